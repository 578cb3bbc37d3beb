//! The estimation panel as Parquet or CSV, with its columns described in a file beside it.

use crate::error::ReportError;
use crate::files::{GENERATOR, encode};
use crate::single;
use crate::skim::SkimFormat;
use arrow_array::{ArrayRef, Float64Array, StringArray};
use comity_appraisal::{Panel, PanelRow};
use comity_world::World;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Text = fn(&World, &PanelRow) -> String;
type Number = fn(&World, &PanelRow) -> Option<f64>;

const TEXTS: [(&str, &str, Text); 3] = [
    ("exporter", "ISO code", |w, r| {
        w.economies[r.exporter.index()].iso3.clone()
    }),
    ("importer", "ISO code", |w, r| {
        w.economies[r.importer.index()].iso3.clone()
    }),
    ("sector", "code", |w, r| {
        w.sectors[r.sector.index()].code.clone()
    }),
];

fn column_names() -> Vec<&'static str> {
    let texts = TEXTS.iter().map(|t| t.0);
    texts.chain(NUMBERS.iter().map(|n| n.0)).collect()
}

fn header() -> String {
    column_names().join(",")
}

fn flag(yes: bool) -> Option<f64> {
    Some(f64::from(u8::from(yes)))
}

/// Name, unit, meaning, value.
const NUMBERS: [(&str, &str, &str, Number); 18] = [
    ("year", "", "base year of the world", |w, _| {
        Some(f64::from(w.settings.base_year))
    }),
    (
        "domestic",
        "0 or 1",
        "exporter and importer are the same",
        |_, r| flag(r.exporter == r.importer),
    ),
    (
        "trade_usd",
        "USD a year",
        "trade net of duty; zero where there is none",
        |_, r| Some(r.trade_usd),
    ),
    (
        "duty_paid_usd",
        "USD a year",
        "trade with the tariff on it",
        |_, r| Some(r.trade_usd * (1.0 + r.tariff)),
    ),
    ("tariff", "ad valorem", "0.05 is 5 %", |_, r| Some(r.tariff)),
    (
        "production_usd",
        "USD a year",
        "gross output of the exporter in the sector",
        |_, r| Some(r.production_usd),
    ),
    (
        "expenditure_usd",
        "USD a year",
        "spending of the importer on the sector, duty paid",
        |_, r| Some(r.expenditure_usd),
    ),
    (
        "distance_km",
        "km",
        "harmonic mean of great circles between places, weighted by their shares",
        |_, r| r.pair.distance_km,
    ),
    (
        "contiguous",
        "0 or 1",
        "a border row or a link by road or rail joins them",
        |_, r| flag(r.pair.contiguous),
    ),
    (
        "common_bloc",
        "0 or 1",
        "both are full members of one bloc in the base year",
        |_, r| flag(r.pair.common_bloc),
    ),
    (
        "hours",
        "hours",
        "door to door, mean over modes by share and over places",
        |_, r| r.pair.hours,
    ),
    (
        "usd_per_teu",
        "USD per TEU",
        "freight charges and fees, the same mean",
        |_, r| r.pair.usd_per_teu,
    ),
    (
        "generalised_usd_per_teu",
        "USD per TEU",
        "composite over modes of charges and hours at the class's value of time",
        |_, r| r.pair.generalised_usd_per_teu,
    ),
    ("share_rail", "share", "of rail", |_, r| {
        r.pair.shares.map(|s| s[0])
    }),
    ("share_road", "share", "of road", |_, r| {
        r.pair.shares.map(|s| s[1])
    }),
    ("share_sea", "share", "of sea", |_, r| {
        r.pair.shares.map(|s| s[2])
    }),
    ("share_air", "share", "of air", |_, r| {
        r.pair.shares.map(|s| s[3])
    }),
    (
        "reached",
        "share",
        "of the pairs of places that have a journey",
        |_, r| Some(r.pair.reached),
    ),
];

/// The file that describes the columns: `panel.parquet` has `panel-columns.json`.
pub fn columns_file(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}-columns.json"))
}

/// Whether both files may be written, to be asked before the work.
///
/// # Errors
/// [`ReportError::FileKind`], and those of [`single::may_write`].
pub fn may_write(path: &Path, force: bool) -> Result<(), ReportError> {
    let format = SkimFormat::of(path)?;
    let has_our_columns = |path: &Path| match format {
        SkimFormat::Csv => single::begins_with(path, &header()),
        SkimFormat::Parquet => single::is_parquet_of(path, &column_names()),
    };
    single::may_write(path, force, has_our_columns)?;
    single::may_write(&columns_file(path), force, |beside| {
        let described = fs::read(beside).ok();
        let described: Option<Value> = described.and_then(|b| serde_json::from_slice(&b).ok());
        described.is_some_and(|d| d["generator"] == GENERATOR)
    })
}

/// Write the panel and the description of its columns.
///
/// # Errors
/// [`ReportError::Io`] or [`ReportError::Parquet`].
pub fn write(path: &Path, world: &World, panel: &Panel, command: &str) -> Result<(), ReportError> {
    let bytes = match SkimFormat::of(path)? {
        SkimFormat::Csv => csv(world, panel).into_bytes(),
        SkimFormat::Parquet => parquet(world, panel)?,
    };
    let description = description(world, panel, command);
    single::write(&[
        (&columns_file(path), description.as_bytes()),
        (path, &bytes),
    ])
}

fn parquet(world: &World, panel: &Panel) -> Result<Vec<u8>, ReportError> {
    let mut columns: Vec<(&'static str, ArrayRef, bool)> = Vec::new();
    for (name, _, text) in TEXTS {
        let values = panel.rows.iter().map(|r| text(world, r));
        columns.push((name, Arc::new(StringArray::from_iter_values(values)), false));
    }
    for (name, _, _, number) in NUMBERS {
        let values: Float64Array = panel.rows.iter().map(|r| number(world, r)).collect();
        columns.push((name, Arc::new(values), true));
    }
    encode("panel", columns)
}

fn csv(world: &World, panel: &Panel) -> String {
    let mut out = header() + "\n";
    for row in &panel.rows {
        let texts = TEXTS.iter().map(|t| t.2(world, row));
        let numbers = NUMBERS
            .iter()
            .map(|n| n.3(world, row).map_or_else(String::new, |v| v.to_string()));
        out.push_str(&texts.chain(numbers).collect::<Vec<_>>().join(","));
        out.push('\n');
    }
    out
}

fn description(world: &World, panel: &Panel, command: &str) -> String {
    let texts = TEXTS
        .iter()
        .map(|t| json!({ "name": t.0, "type": "string", "meaning": t.1 }));
    let numbers = NUMBERS
        .iter()
        .map(|n| json!({ "name": n.0, "type": "number", "unit": n.1, "meaning": n.2 }));
    let value = json!({
        "generator": GENERATOR,
        "version": env!("CARGO_PKG_VERSION"),
        "command": command,
        "world": world.settings.name,
        "inputs_sha256": world.hashes,
        "rows": panel.rows.len(),
        "rows_without_trade": panel.zero_rows,
        "rows_without_journey": panel.unreached_rows,
        "rows_that_do_not_travel": panel.rows_that_do_not_travel,
        "left_out_remainder": panel.remainder_rows,
        "left_out_domestic": panel.domestic_rows,
        "columns": texts.chain(numbers).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&value).expect("plain data") + "\n"
}
