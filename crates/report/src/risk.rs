//! Critical links, borders, ports and passages: a table for people, a table for programs, one page
//! with a map and bars.

use crate::equilibrium::Columns;
use crate::error::ReportError;
use crate::files::GENERATOR;
use crate::html::chart::{Bar, bars};
use crate::html::risk_map::{Mark, map, middle};
use crate::html::tables::{Column, table as html_table};
use crate::html::{escape, frame};
use crate::numbers::{MISSING, Style, count};
use comity_appraisal::risk::{RankOutcome, RiskRow, Screened};
use serde::Serialize;
use serde_json::json;
use std::fmt::Write as _;

/// What a folder holds. The manifest comes last.
pub const FILES: [&str; 3] = ["report.html", "risk.csv", "manifest.json"];

/// All files with their names, in the order of [`FILES`]. The page shows the first `top` rows, the
/// table all. `outlines_geojson` is the world's land (empty: a map without land).
///
/// # Errors
/// [`ReportError::Outlines`] for a map that cannot be drawn; [`ReportError::NotFinite`] where a
/// figure is no number, a mistake of the engine.
pub fn files(
    found: &RankOutcome,
    top: usize,
    outlines_geojson: &str,
) -> Result<Vec<(&'static str, Vec<u8>)>, ReportError> {
    for row in &found.rows {
        let income = row.real_income_change_musd.unwrap_or(0.0);
        if !row.market_access_change_percent.is_finite() || !income.is_finite() {
            return Err(ReportError::NotFinite {
                field: "loss",
                of: row.item.clone(),
            });
        }
    }
    let contents = [
        page(found, top, outlines_geojson)?.into_bytes(),
        csv(&found.rows),
        manifest(found, top).into_bytes(),
    ];
    Ok(FILES.into_iter().zip(contents).collect())
}

/// A row of risk.csv.
#[derive(Serialize)]
struct Line<'a> {
    rank: usize,
    kind: &'a str,
    item: &'a str,
    label: &'a str,
    iso3: String,
    use_percent: f64,
    market_access_change_percent: f64,
    cost_change_percent: Option<f64>,
    unreachable_pairs: usize,
    hardest_hit: Option<&'a str>,
    hardest_hit_percent: Option<f64>,
    real_income_change_musd: Option<f64>,
    real_income_change_percent: Option<f64>,
    lon: Option<f64>,
    lat: Option<f64>,
}

fn csv(rows: &[RiskRow]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        let point = middle(&row.lines);
        let line = Line {
            rank: row.rank,
            kind: row.kind.label(),
            item: &row.item,
            label: &row.label,
            iso3: row.iso3.join(" "),
            use_percent: row.use_percent,
            market_access_change_percent: row.market_access_change_percent,
            cost_change_percent: row.cost_change_percent,
            unreachable_pairs: row.unreachable_pairs,
            hardest_hit: row.hardest_hit.as_ref().map(|h| h.0.as_str()),
            hardest_hit_percent: row.hardest_hit.as_ref().map(|h| h.1),
            real_income_change_musd: row.real_income_change_musd,
            real_income_change_percent: row.real_income_change_percent,
            lon: point.map(|p| p.0),
            lat: point.map(|p| p.1),
        };
        writer
            .serialize(line)
            .expect("a flat record is written to memory");
    }
    writer.into_inner().expect("memory does not fail")
}

fn manifest(found: &RankOutcome, top: usize) -> String {
    let d = &found.diagnostics;
    let manifest = json!({
        "generator": GENERATOR,
        "version": d.version,
        "command": d.command,
        "scenario": found.scenario,
        "near": found.near,
        "world": found.world,
        "settings": {
            "market_access": found.access,
            "equilibrium": found.with_equilibrium,
            "top": top,
        },
        "screened": found.screened,
        "closings": found.rows.len(),
        "inputs_sha256": d.inputs,
        "warnings": d.warnings,
        "seconds": d.seconds,
        "files": FILES,
    });
    serde_json::to_string_pretty(&manifest).expect("plain data") + "\n"
}

/// Whose loss the ranking is of.
fn whose(found: &RankOutcome) -> String {
    match found.near.as_slice() {
        [] => "all places".to_owned(),
        near => near.join(", "),
    }
}

/// What was ranked, in a line.
pub fn title(found: &RankOutcome) -> String {
    let after = match &found.scenario {
        None => String::new(),
        Some(name) => format!(", after {name}"),
    };
    format!("What {} would miss most{after}", whose(found))
}

/// The first `top` rows for a terminal: rank, kind and name first, then numbers.
pub fn table(found: &RankOutcome, top: usize) -> Columns {
    let mut header = [
        "",
        "kind",
        "closed",
        "market\naccess, %",
        "hardest\nhit",
        "%",
    ]
    .map(str::to_owned)
    .to_vec();
    header.push("pairs\ncut off".to_owned());
    header.push("access\ncarried, %".to_owned());
    if found.with_equilibrium {
        header.extend(["real income\nm USD/yr", "%"].map(str::to_owned));
    }
    let percent = Style::PERCENT;
    let cells = |row: &RiskRow| {
        let hit = row.hardest_hit.as_ref();
        let mut cells = vec![
            row.rank.to_string(),
            row.kind.label().to_owned(),
            format!("{}  [{}]", row.label, row.item),
            percent.format(row.market_access_change_percent),
            hit.map_or(MISSING.to_owned(), |h| h.0.clone()),
            percent.optional(hit.map(|h| h.1)),
            count(row.unreachable_pairs as u64),
            Style::SHARE.format(row.use_percent),
        ];
        if found.with_equilibrium {
            cells.push(Style::MUSD.optional(row.real_income_change_musd));
            cells.push(percent.optional(row.real_income_change_percent));
        }
        cells
    };
    Columns {
        header,
        rows: found.rows.iter().take(top).map(cells).collect(),
    }
}

/// What was looked at, in sentences.
pub fn summary(found: &RankOutcome) -> String {
    let s = &found.screened;
    let tried: Vec<String> = s
        .tried
        .iter()
        .map(|(kind, tried)| format!("{} {kind}{}", count(*tried as u64), plural(*tried)))
        .collect();
    format!(
        "Closed one at a time, both ways: {}. Market access of {}, mean weighted by size ({} cargo, θ = {}); \
         a place pair that is cut off counts for nothing. What is carried was added up over the journeys of all {} pairs of places (each direction). Borders and ports were \
         tried as long as they carry more than the last row asked for loses, links (one of each line) as long as they could lose more than it if all that they carry went round{}.",
        tried.join(", "),
        whose(found),
        found.access.class.label(),
        found.access.trade_elasticity,
        count(s.pairs as u64),
        above_bound(s),
    )
}

/// What is said of links that lost more than their bound.
fn above_bound(s: &Screened) -> String {
    let above = 100.0 * (s.most_above - 1.0);
    match s.above_bound {
        0 => String::new(),
        number => format!(
            "; {} of them lost more than that bound, by up to {}",
            count(number as u64),
            if above < 0.1 {
                "0.1 % of it".to_owned()
            } else {
                format!("{} % of it", Style::SHARE.format(above))
            }
        ),
    }
}

fn plural(number: usize) -> &'static str {
    if number == 1 { "" } else { "s" }
}

fn page(found: &RankOutcome, top: usize, outlines: &str) -> Result<String, ReportError> {
    let rows: Vec<&RiskRow> = found.rows.iter().take(top).collect();
    let title = title(found);
    let w = &found.world;
    let d = &found.diagnostics;
    let mut html = frame::head(&d.version, "risk", w, &title, &summary(found));
    frame::listed(
        &mut html,
        "warnings",
        "What these figures do not know",
        &d.warnings,
    );
    html.push_str("<section><h2>The ranking</h2>\n");
    let marks: Vec<Mark> = rows
        .iter()
        .map(|row| Mark {
            rank: row.rank,
            label: &row.label,
            lines: &row.lines,
        })
        .collect();
    let words = "What closes, numbered by rank";
    let mut figure = 0;
    if let Some(svg) = map(&marks, outlines, &found.bloc, words)? {
        figure += 1;
        let _ = writeln!(
            html,
            "<figure><figcaption>Figure {figure}. {words}</figcaption>\n{svg}</figure>"
        );
    }
    let names: Vec<String> = rows
        .iter()
        .map(|row| format!("{}. {}", row.rank, row.label))
        .collect();
    let losses: Vec<Bar> = rows
        .iter()
        .zip(&names)
        .map(|(row, name)| Bar {
            name,
            value: row.market_access_change_percent,
            interval: None,
            shade: 0,
        })
        .collect();
    let words = format!("Change of market access of {}", whose(found));
    let svg = bars("risk-bars", &words, "percent", &losses, Style::PERCENT);
    let _ = writeln!(
        html,
        "<figure><figcaption>Figure {}. {}</figcaption>\n{svg}</figure>",
        figure + 1,
        escape(&words)
    );
    html.push_str(&ranking(found, &rows));
    let _ = write!(
        html,
        "</section>\n<section><h2>The computation</h2><p>Comity {}; world {} {}: {} places, {} links. \
         risk.csv holds all {} closings.</p>\n<p>The command that makes this page again:</p>\n\
         <pre><code>{}</code></pre></section>\n</main>\n</body>\n</html>\n",
        escape(&found.diagnostics.version),
        escape(&w.name),
        escape(&w.version),
        count(w.places as u64),
        count(w.links as u64),
        count(found.rows.len() as u64),
        escape(&found.diagnostics.command),
    );
    Ok(html)
}

fn ranking(found: &RankOutcome, rows: &[&RiskRow]) -> String {
    let words = |f: &dyn Fn(&RiskRow) -> String| rows.iter().map(|r| f(r)).collect::<Vec<_>>();
    let numbers =
        |f: &dyn Fn(&RiskRow) -> Option<f64>| rows.iter().map(|r| f(r)).collect::<Vec<_>>();
    let percent = Style::PERCENT;
    let mut columns = vec![
        Column::words("Closed", words(&|r| format!("{}. {}", r.rank, r.label))),
        Column::words("Item", words(&|r| r.item.clone())),
        Column::numbers(
            "Market access",
            "%",
            percent,
            numbers(&|r| Some(r.market_access_change_percent)),
        ),
        Column::numbers("Cost", "%", percent, numbers(&|r| r.cost_change_percent)),
        Column::words(
            "Hardest hit",
            words(&|r| {
                let hit = r.hardest_hit.as_ref();
                hit.map_or(MISSING.to_owned(), |h| h.0.clone())
            }),
        ),
        Column::numbers(
            "its access",
            "%",
            percent,
            numbers(&|r| r.hardest_hit.as_ref().map(|h| h.1)),
        ),
        Column::words(
            "Pairs cut off",
            words(&|r| count(r.unreachable_pairs as u64)),
        ),
        Column::numbers(
            "Access carried",
            "%",
            Style::SHARE,
            numbers(&|r| Some(r.use_percent)),
        ),
    ];
    if found.with_equilibrium {
        columns.push(Column::numbers(
            "Real income",
            "m USD/yr",
            Style::MUSD,
            numbers(&|r| r.real_income_change_musd),
        ));
        columns.push(Column::numbers(
            "Real income",
            "%",
            percent,
            numbers(&|r| r.real_income_change_percent),
        ));
    }
    html_table("Table 1. What is lost when each closes", "text", &columns)
}
