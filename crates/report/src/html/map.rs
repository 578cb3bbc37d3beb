//! Where the journeys run, before and after.

use super::escape;
use super::geometry::{Point, clip_line, path, tenth, thin, unwrap};
use super::labels::Labels;
use super::outlines::{self, Outline};
use super::projection::{Extent, Sheet};
use crate::error::ReportError;
use comity_appraisal::outcome::{Journey, Outcome};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Width of a map, pixels of its view box.
pub(super) const WIDTH: f64 = 960.0;
/// A second map is drawn where the first would show the scenario's links this small.
const ZOOM: f64 = 1.8;

/// A map and what to say under it.
pub struct Map {
    pub svg: String,
    pub caption: String,
    /// Modes drawn, for the legend.
    pub modes: BTreeSet<String>,
}

/// The maps that an outcome calls for: around the scenario's links, and of the extent given, or of
/// the whole journeys where those reach much farther. None where there is neither link nor journey
/// and no extent is given.
///
/// # Errors
/// [`ReportError::Outlines`] and [`ReportError::Extent`].
pub fn maps(
    outcome: &Outcome,
    outlines_geojson: &str,
    extent: Option<[f64; 4]>,
) -> Result<Vec<Map>, ReportError> {
    let outlines = outlines::read(outlines_geojson)?;
    let draw = |extent: Extent, max_height: f64, caption: &str, id: usize| {
        let sheet = Sheet::fit(extent, WIDTH, 300.0, max_height);
        Map::draw(outcome, &outlines, &sheet, caption, id)
    };
    let asked = if let Some(asked) = extent {
        let [west, south, east, north] = asked;
        let east_of = if east < west { east + 360.0 } else { east };
        let fair = asked.iter().all(|v| v.is_finite())
            && south < north
            && (-90.0..=90.0).contains(&south)
            && (-90.0..=90.0).contains(&north)
            && east_of > west
            && east_of - west <= 360.0;
        if !fair {
            return Err(ReportError::Extent {
                west,
                south,
                east,
                north,
            });
        }
        Some(Extent {
            west,
            south,
            east: east_of,
            north,
        })
    } else {
        None
    };
    let links: Vec<Point> = outcome
        .map_links
        .iter()
        .flat_map(|l| l.line.iter().copied())
        .collect();
    let mut all = links.clone();
    for change in &outcome.journeys {
        for journey in [&change.before, &change.after].into_iter().flatten() {
            all.extend(journey.legs.iter().flat_map(|l| l.line.iter().copied()));
        }
    }
    let around = Extent::around(&all).map(|e| e.grown(0.08, 3.0));
    let Some(region) = asked.or(around) else {
        return Ok(Vec::new());
    };
    let whole = "The whole journeys, before and after";
    let only_closed = outcome.map_links.iter().all(|l| l.change == "closed");
    match Extent::around(&links).map(|e| e.grown(0.35, 3.0)) {
        Some(detail)
            if !only_closed
                && region.width().max(region.height())
                    > ZOOM * detail.width().max(detail.height()) =>
        {
            Ok(vec![
                draw(detail, 520.0, "Around the scenario’s links", 1),
                draw(region, 480.0, whole, 2),
            ])
        }
        _ => Ok(vec![draw(region, 560.0, whole, 1)]),
    }
}

impl Map {
    fn draw(
        outcome: &Outcome,
        outlines: &[Outline],
        sheet: &Sheet,
        caption: &str,
        id: usize,
    ) -> Map {
        let bloc: BTreeSet<&str> = outcome
            .economies
            .iter()
            .filter(|e| e.tier.is_some())
            .map(|e| e.iso3.as_str())
            .collect();
        let names: BTreeMap<&str, &str> = outcome
            .economies
            .iter()
            .map(|e| (e.iso3.as_str(), e.name.as_str()))
            .collect();
        let (mut inside, mut outside) = (String::new(), String::new());
        let mut territories = Vec::new();
        for outline in outlines {
            let rings = outlines::on_sheet(outline, sheet);
            let land = if bloc.contains(outline.iso3.as_str()) {
                &mut inside
            } else {
                &mut outside
            };
            for ring in &rings {
                land.push_str(&path(ring, true));
            }
            let name = names.get(outline.iso3.as_str()).copied();
            if let Some(name) = name.or(outline.name.as_deref()) {
                territories.push((rings, name));
            }
        }
        let mut modes = BTreeSet::new();
        let links = links(outcome, sheet);
        let before = journeys(outcome, sheet, |c| c.0, &mut modes);
        let after = journeys(outcome, sheet, |c| c.1, &mut modes);

        let mut labels = Labels::default();
        let bar = scale_bar(sheet, &mut labels);
        labels.avoid(line_points(outcome, sheet));
        label_places(outcome, sheet, &mut labels);
        for (rings, name) in &territories {
            labels.territory(sheet, rings, name);
        }
        let (w, h) = (tenth(sheet.width), tenth(sheet.height));
        let title = format!("Map {id}: {caption}");
        let words = description(outcome);
        let svg = format!(
            r##"<svg class="map" viewBox="0 0 {w} {h}" role="img" aria-labelledby="map{id}-t map{id}-d">
<title id="map{id}-t">{}</title><desc id="map{id}-d">{}</desc>
<defs><clipPath id="sheet{id}"><rect width="{w}" height="{h}"/></clipPath></defs>
<rect class="sea" width="{w}" height="{h}"/>
<g clip-path="url(#sheet{id})">
<path class="graticule" d="{}"/>
<path class="land" d="{outside}"/>
<path class="land bloc" d="{inside}"/>
<g class="links">{links}</g>
<g class="before">{before}</g>
<g class="after">{after}</g>
</g>
{bar}<g class="labels">{}</g>
<rect class="frame" x="0.5" y="0.5" width="{}" height="{}"/>
</svg>"##,
            escape(&title),
            escape(&words),
            graticule(sheet),
            labels.into_svg(),
            tenth(sheet.width - 1.0),
            tenth(sheet.height - 1.0),
        );
        Map {
            svg,
            caption: caption.to_owned(),
            modes,
        }
    }
}

/// What the map shows, for those who do not see it.
fn description(outcome: &Outcome) -> String {
    let mut words = String::new();
    for link in &outcome.map_links {
        let _ = write!(words, "{} ({}, {}). ", link.label, link.mode, link.change);
    }
    let pairs: BTreeSet<String> = outcome
        .journeys
        .iter()
        .map(|j| format!("{} to {} by {}", j.from, j.to, j.mode))
        .collect();
    for pair in pairs {
        let _ = write!(words, "Journey {pair}. ");
    }
    words.trim_end().to_owned()
}

/// A line in degrees as SVG path data, cut to the sheet and thinned.
pub(super) fn line_path(line: &[Point], sheet: &Sheet) -> String {
    let paper = [-8.0, -8.0, sheet.width + 8.0, sheet.height + 8.0];
    let line = unwrap(line);
    let Some(first) = line.first() else {
        return String::new();
    };
    let home = sheet.near(first.0) - first.0;
    let mut d = String::new();
    for turn in [home - 360.0, home, home + 360.0] {
        // Beyond half a turn a cone folds over itself: leave such points out.
        let far = |p: &Point| (p.0 + turn - sheet.shows.middle().0).abs() > 180.0;
        for stretch in line.split(far) {
            let pixels: Vec<Point> = stretch
                .iter()
                .map(|&(lon, lat)| sheet.pixel((lon + turn, lat)))
                .collect();
            for part in clip_line(&pixels, paper) {
                d.push_str(&path(&thin(&part, 0.4), false));
            }
        }
    }
    d
}

fn links(outcome: &Outcome, sheet: &Sheet) -> String {
    let mut svg = String::new();
    for link in &outcome.map_links {
        let d = line_path(&link.line, sheet);
        if !d.is_empty() {
            let class = if link.change == "closed" {
                "link closed"
            } else {
                "link"
            };
            let _ = write!(
                svg,
                r#"<path class="{class}" d="{d}"><title>{} ({})</title></path>"#,
                escape(&link.label),
                escape(&link.change)
            );
        }
    }
    svg
}

/// Each stretch once, whatever the number of journeys that take it.
fn journeys<'a>(
    outcome: &'a Outcome,
    sheet: &Sheet,
    phase: impl Fn((&'a Option<Journey>, &'a Option<Journey>)) -> &'a Option<Journey>,
    modes: &mut BTreeSet<String>,
) -> String {
    let mut drawn = BTreeSet::new();
    let mut svg = String::new();
    for change in &outcome.journeys {
        let Some(journey) = phase((&change.before, &change.after)) else {
            continue;
        };
        for leg in &journey.legs {
            let d = line_path(&leg.line, sheet);
            if d.is_empty() || !drawn.insert((leg.kind.clone(), d.clone())) {
                continue;
            }
            modes.insert(leg.kind.clone());
            let _ = write!(
                svg,
                r#"<path class="{}" d="{d}"><title>{}</title></path>"#,
                mode_class(&leg.kind),
                escape(&leg.what)
            );
        }
    }
    svg
}

/// The CSS class of a mode's line.
pub fn mode_class(kind: &str) -> &'static str {
    match kind {
        "rail" => "rail",
        "road" => "road",
        "sea" => "sea-leg",
        "air" => "air",
        _ => "other",
    }
}

/// Ends of journeys and links in bold, then the largest cities where there is room.
fn label_places(outcome: &Outcome, sheet: &Sheet, labels: &mut Labels) {
    let at = |lon: f64, lat: f64| sheet.pixel((sheet.near(lon), lat));
    let mut named = BTreeSet::new();
    let mut strong: Vec<(&str, Point)> = Vec::new();
    for change in &outcome.journeys {
        let journey = change.after.as_ref().or(change.before.as_ref());
        let mut points = journey
            .iter()
            .flat_map(|j| &j.legs)
            .flat_map(|l| l.line.iter().copied());
        let (first, last) = (points.next(), points.last());
        for (name, fallback) in [(&change.from, first), (&change.to, last)] {
            let known = outcome
                .places
                .iter()
                .find(|p| p.name == *name || p.id == *name);
            let Some((lon, lat)) = known.map(|p| (p.lon, p.lat)).or(fallback) else {
                continue;
            };
            let pixel = at(lon, lat);
            if sheet.holds(pixel) && named.insert(name.as_str()) {
                strong.push((name, pixel));
            }
        }
    }
    let mut cities: Vec<_> = outcome
        .places
        .iter()
        .map(|p| (p, at(p.lon, p.lat)))
        .filter(|(_, pixel)| sheet.holds(*pixel))
        .collect();
    cities.sort_by(|(a, _), (b, _)| {
        b.population
            .total_cmp(&a.population)
            .then_with(|| a.id.cmp(&b.id))
    });
    for link in &outcome.map_links {
        for &(lon, lat) in [link.line.first(), link.line.last()].into_iter().flatten() {
            let end = at(lon, lat);
            let nearby = cities
                .iter()
                .find(|(_, p)| (p.0 - end.0).hypot(p.1 - end.1) < 8.0);
            if let Some((place, pixel)) = nearby
                && named.insert(place.name.as_str())
            {
                strong.push((&place.name, *pixel));
            }
        }
    }
    // No name may cover another place's dot.
    for (_, (x, y)) in &strong {
        labels.reserve([x - 3.0, y - 3.0, x + 3.0, y + 3.0]);
    }
    for (name, pixel) in strong {
        labels.place(sheet, pixel, name, true, false);
    }
    let mut room = 14;
    for (place, pixel) in cities {
        if room > 0
            && named.insert(place.name.as_str())
            && labels.place(sheet, pixel, &place.name, false, true)
        {
            room -= 1;
        }
    }
}

/// Points at most a few pixels apart along every line that is drawn.
fn line_points(outcome: &Outcome, sheet: &Sheet) -> Vec<Point> {
    const APART: f64 = 4.0;
    let journeys = outcome
        .journeys
        .iter()
        .flat_map(|c| [&c.before, &c.after])
        .flatten()
        .flat_map(|j| &j.legs)
        .map(|l| &l.line);
    let links = outcome.map_links.iter().map(|l| &l.line);
    let mut out = Vec::new();
    for line in journeys.chain(links) {
        let pixels: Vec<Point> = unwrap(line)
            .into_iter()
            .map(|(lon, lat)| sheet.pixel((sheet.near(lon), lat)))
            .collect();
        for part in clip_line(&pixels, [0.0, 0.0, sheet.width, sheet.height]) {
            for pair in part.windows(2) {
                let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
                let steps = (dx.hypot(dy) / APART).ceil().max(1.0);
                out.extend((0..steps as usize).map(|k| {
                    let t = k as f64 / steps;
                    (pair[0].0 + t * dx, pair[0].1 + t * dy)
                }));
            }
        }
    }
    out
}

pub(super) fn graticule(sheet: &Sheet) -> String {
    let shows = sheet.shows;
    let span = shows.width().min(2.0 * shows.height());
    let step = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0]
        .into_iter()
        .find(|s| span / s <= 10.0)
        .unwrap_or(30.0);
    let mut d = String::new();
    let mut draw = |line: Vec<Point>| {
        for part in clip_line(&line, [0.0, 0.0, sheet.width, sheet.height]) {
            d.push_str(&path(&thin(&part, 0.3), false));
        }
    };
    let ticks = |from: f64, to: f64| {
        let first = (from / step).ceil() as i64;
        let last = (to / step).floor() as i64;
        (first..=last).map(move |k| k as f64 * step)
    };
    for lon in ticks(shows.west, shows.east) {
        draw(
            (0..=30)
                .map(|k| sheet.pixel((lon, shows.south + shows.height() * f64::from(k) / 30.0)))
                .collect(),
        );
    }
    for lat in ticks(shows.south, shows.north) {
        draw(
            (0..=60)
                .map(|k| sheet.pixel((shows.west + shows.width() * f64::from(k) / 60.0, lat)))
                .collect(),
        );
    }
    d
}

/// A bar of a round length, at most a fifth of the sheet, true at its middle.
pub(super) fn scale_bar(sheet: &Sheet, labels: &mut Labels) -> String {
    let longest = sheet.km_per_pixel() * sheet.width / 5.0;
    let power = 10.0_f64.powf(longest.log10().floor());
    let km = [5.0, 2.0, 1.0]
        .into_iter()
        .map(|k| k * power)
        .find(|k| *k <= longest)
        .unwrap_or(power);
    let length = km / sheet.km_per_pixel();
    let (x, y) = (16.0, sheet.height - 16.0);
    labels.reserve([x - 8.0, y - 22.0, x + length + 60.0, y + 8.0]);
    format!(
        r#"<g class="scale"><path d="M{x} {y0}V{y1}H{x1}V{y0}"/><text x="{tx}" y="{y1}">{km} km</text></g>
"#,
        y0 = tenth(y - 6.0),
        y1 = tenth(y),
        x1 = tenth(x + length),
        tx = tenth(x + length + 6.0),
    )
}
