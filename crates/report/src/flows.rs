//! What flows over a link: tables for programs, tables for people.

use crate::equilibrium::Columns;
use crate::files::GENERATOR;
use crate::numbers::Style;
use comity_appraisal::{ChosenItem, FlowTotals, FlowsOutcome};
use serde::Serialize;
use serde_json::json;
use std::fmt::Write as _;

/// What a folder holds. The manifest comes last.
pub const FILES: [&str; 3] = ["economy_pairs.csv", "place_pairs.csv", "manifest.json"];

/// All files with their names, in the order of [`FILES`].
pub fn files(found: &FlowsOutcome) -> Vec<(&'static str, Vec<u8>)> {
    let contents = [
        csv(&found.pairs),
        csv(&found.places),
        manifest(found).into_bytes(),
    ];
    FILES.into_iter().zip(contents).collect()
}

fn csv<T: Serialize>(rows: &[T]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer
            .serialize(row)
            .expect("a flat record is written to memory");
    }
    writer.into_inner().expect("memory does not fail")
}

fn manifest(found: &FlowsOutcome) -> String {
    let d = &found.diagnostics;
    let manifest = json!({
        "generator": GENERATOR,
        "version": d.version,
        "command": d.command,
        "scenario": found.scenario,
        "world": found.world,
        "chosen": found.chosen,
        "before": found.before,
        "after": found.after,
        "rows": { "economy_pairs": found.pairs.len(), "place_pairs": found.places.len() },
        "inputs_sha256": d.inputs,
        "seconds": d.seconds,
        "files": FILES,
    });
    serde_json::to_string_pretty(&manifest).expect("plain data") + "\n"
}

/// What was chosen, and how much flows over it.
pub fn summary(found: &FlowsOutcome) -> String {
    let mut text = String::new();
    for item in &found.chosen {
        let _ = writeln!(text, "Over {}  [{}]{}", item.label, item.item, only(item));
    }
    let states = [
        ("before", Some(&found.before)),
        ("after", found.after.as_ref()),
    ];
    for (state, totals) in states {
        let Some(totals) = totals else { continue };
        let state = match found.after {
            None => String::new(),
            Some(_) => format!("{state}: "),
        };
        let _ = write!(text, "\n{state}{}", total(totals));
    }
    text
}

fn only(item: &ChosenItem) -> &'static str {
    match (item.there_before, item.there_after) {
        (true, true) => "",
        (true, false) => ", before only",
        (false, _) => ", after only",
    }
}

fn total(totals: &FlowTotals) -> String {
    let musd = |value: f64| Style::LEVEL.widened([value]).format(value);
    let by = |parts: &std::collections::BTreeMap<String, f64>| {
        let mut parts: Vec<_> = parts.iter().filter(|part| *part.1 > 0.0).collect();
        parts.sort_by(|a, b| b.1.total_cmp(a.1));
        let words = parts
            .into_iter()
            .map(|(label, value)| format!("{label} {}", musd(*value)));
        words.collect::<Vec<_>>().join(", ")
    };
    let whole = totals.abroad_musd + totals.domestic_musd;
    let mut text = format!(
        "{} million USD a year of trade between economies ({} % of all goods trade) and {} within them",
        musd(totals.abroad_musd),
        Style::PERCENT
            .widened([totals.abroad_percent])
            .format(totals.abroad_percent),
        musd(totals.domestic_musd),
    );
    if whole > 0.0 {
        let _ = write!(
            text,
            "\n  by main mode: {}\n  by class of cargo: {}",
            by(&totals.by_mode_musd),
            by(&totals.by_class_musd)
        );
    }
    text
}

/// What the figures mean.
pub const MEANING: &str = "Goods trade of the base year whose cheapest journey by a main mode uses \
     what was chosen, times the share of that mode. No traffic was counted.";

/// The first `most` economy pairs.
pub fn economy_table(found: &FlowsOutcome, most: usize) -> Columns {
    let mut header = vec!["exporter", "importer", "goods trade\nm USD/yr"];
    header.extend(match found.after {
        None => vec!["over it\nm USD/yr", "share of\npair, %"],
        Some(_) => vec![
            "before\nm USD/yr",
            "share, %",
            "after\nm USD/yr",
            "share, %",
        ],
    });
    let rows = found.pairs.iter().take(most).map(|row| {
        let mut cells = vec![
            row.exporter.clone(),
            row.importer.clone(),
            Style::LEVEL.format(row.goods_musd),
            Style::LEVEL.format(row.over_musd),
            Style::SHARE.format(row.over_percent),
        ];
        if found.after.is_some() {
            cells.push(Style::LEVEL.optional(row.over_after_musd));
            cells.push(Style::SHARE.optional(row.over_after_percent));
        }
        cells
    });
    Columns {
        rows: rows.collect(),
        header: header.into_iter().map(str::to_owned).collect(),
    }
}

/// The first `most` place pairs.
pub fn place_table(found: &FlowsOutcome, most: usize) -> Columns {
    let mut header = vec!["from", "to", "main mode"];
    header.extend(match found.after {
        None => vec!["m USD/yr"],
        Some(_) => vec!["before\nm USD/yr", "after\nm USD/yr"],
    });
    let rows = found.places.iter().take(most).map(|row| {
        let mut cells = vec![
            format!("{}, {}", row.from, row.from_iso3),
            format!("{}, {}", row.to, row.to_iso3),
            row.mode.clone(),
            Style::LEVEL.format(row.over_musd),
        ];
        if found.after.is_some() {
            cells.push(Style::LEVEL.optional(row.over_after_musd));
        }
        cells
    });
    Columns {
        rows: rows.collect(),
        header: header.into_iter().map(str::to_owned).collect(),
    }
}
