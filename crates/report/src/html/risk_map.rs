//! Where the critical links, borders, ports and passages are.

use super::escape;
use super::geometry::{Point, path, tenth};
use super::labels::Labels;
use super::map::{WIDTH, graticule, line_path, scale_bar};
use super::outlines;
use super::projection::{Extent, Sheet};
use crate::error::ReportError;
use std::fmt::Write as _;

const HEIGHT: f64 = 560.0;
/// Least span of the map, degrees, and what is shown around, as a share.
const LEAST: f64 = 6.0;
const AROUND: f64 = 0.15;

/// Something on the map.
pub struct Mark<'a> {
    pub rank: usize,
    pub label: &'a str,
    pub lines: &'a [Vec<Point>],
}

/// The map as an SVG of its own; `None` where there is nothing to show. Territories in `shaded`
/// (ISO codes) are drawn darker.
///
/// # Errors
/// [`ReportError::Outlines`].
pub fn map(
    marks: &[Mark],
    outlines_geojson: &str,
    shaded: &[String],
    title: &str,
) -> Result<Option<String>, ReportError> {
    let points: Vec<Point> = marks
        .iter()
        .flat_map(|m| m.lines.iter().flatten().copied())
        .collect();
    let Some(extent) = Extent::around(&points) else {
        return Ok(None);
    };
    let sheet = Sheet::fit(extent.grown(AROUND, LEAST), WIDTH, 300.0, HEIGHT);
    let (mut inside, mut outside) = (String::new(), String::new());
    for outline in outlines::read(outlines_geojson)? {
        let land = if shaded.contains(&outline.iso3) {
            &mut inside
        } else {
            &mut outside
        };
        for ring in outlines::on_sheet(&outline, &sheet) {
            land.push_str(&path(&ring, true));
        }
    }
    let mut labels = Labels::default();
    let bar = scale_bar(&sheet, &mut labels);
    let (mut lines, mut words) = (String::new(), String::new());
    for mark in marks {
        let name = escape(mark.label);
        let _ = write!(words, "{}. {name}. ", mark.rank);
        for line in mark.lines {
            let d = line_path(line, &sheet);
            if !d.is_empty() {
                let _ = write!(
                    lines,
                    r#"<path class="link closed" d="{d}"><title>{}. {name}</title></path>"#,
                    mark.rank
                );
            }
        }
        if let Some((lon, lat)) = middle(mark.lines) {
            let pixel = sheet.pixel((sheet.near(lon), lat));
            labels.place(&sheet, pixel, &mark.rank.to_string(), true, false);
        }
    }
    let (w, h) = (tenth(sheet.width), tenth(sheet.height));
    Ok(Some(format!(
        r##"<svg class="map" viewBox="0 0 {w} {h}" role="img" aria-labelledby="risk-t risk-d">
<title id="risk-t">{}</title><desc id="risk-d">{}</desc>
<defs><clipPath id="risk-sheet"><rect width="{w}" height="{h}"/></clipPath></defs>
<rect class="sea" width="{w}" height="{h}"/>
<g clip-path="url(#risk-sheet)">
<path class="graticule" d="{}"/>
<path class="land" d="{outside}"/>
<path class="land bloc" d="{inside}"/>
<g class="links">{lines}</g>
</g>
{bar}<g class="labels">{}</g>
<rect class="frame" x="0.5" y="0.5" width="{}" height="{}"/>
</svg>"##,
        escape(title),
        words.trim_end(),
        graticule(&sheet),
        labels.into_svg(),
        tenth(sheet.width - 1.0),
        tenth(sheet.height - 1.0),
    )))
}

/// The point in the middle of the line that lies most central.
pub fn middle(lines: &[Vec<Point>]) -> Option<Point> {
    let middles: Vec<Point> = lines
        .iter()
        .filter_map(|line| match line.as_slice() {
            [] => None,
            [one] => Some(*one),
            [a, b] => Some(((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0)),
            more => Some(more[more.len() / 2]),
        })
        .collect();
    let n = middles.len() as f64;
    let sum = middles
        .iter()
        .fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
    let apart = |p: &&Point| (p.0 - sum.0 / n).hypot(p.1 - sum.1 / n);
    let found = middles.iter().min_by(|a, b| apart(a).total_cmp(&apart(b)));
    found.copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_numbered_and_told_in_words() {
        let lines = [vec![(70.0, 40.0), (71.0, 41.0)]];
        let marks = [Mark {
            rank: 1,
            label: "A & B (rail)",
            lines: &lines,
        }];
        let svg = map(&marks, "", &[], "Critical").unwrap().expect("a map");
        assert!(svg.contains("1. A &amp; B (rail).") && svg.contains(">1</text>"));
        assert!(svg.contains("link closed"));
        assert!(map(&[], "", &[], "Critical").unwrap().is_none());
    }

    #[test]
    fn the_middle_lies_on_a_line() {
        let lines = vec![
            vec![(0.0, 0.0), (2.0, 0.0)],
            vec![(10.0, 0.0), (11.0, 1.0), (12.0, 0.0)],
            vec![(5.0, 5.0)],
        ];
        assert_eq!(middle(&lines), Some((5.0, 5.0)));
        assert_eq!(middle(&lines[..1]), Some((1.0, 0.0)));
        assert_eq!(middle(&[]), None);
    }
}
