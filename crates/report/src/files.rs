//! Tables and lines for other programs: CSV, Parquet, GeoJSON and the manifest.

use crate::error::ReportError;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt32Array};
use comity_appraisal::Uncertainty;
use comity_appraisal::outcome::{Journey, Outcome, PairOutcome, PlaceOutcome};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json};
use std::sync::Arc;

/// The value of `generator` in every manifest that this crate writes.
pub const GENERATOR: &str = "comity";

/// One row an economy, columns named like the fields of
/// [`EconomyOutcome`](comity_appraisal::outcome::EconomyOutcome); an empty cell is a missing number.
pub fn economies_csv(outcome: &Outcome) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for economy in &outcome.economies {
        writer
            .serialize(economy)
            .expect("a flat record is written to memory");
    }
    let bytes = writer.into_inner().expect("memory does not fail");
    String::from_utf8(bytes).expect("text in, text out")
}

/// Every economy pair, zstd-compressed Parquet; columns named like the fields of [`PairOutcome`].
///
/// # Errors
/// [`ReportError::Parquet`] if the table cannot be encoded, a mistake of the engine.
pub fn pairs_parquet(outcome: &Outcome) -> Result<Vec<u8>, ReportError> {
    let rows = &outcome.pairs;
    let text = |f: fn(&PairOutcome) -> &str| strings(rows, f);
    let number = |f: fn(&PairOutcome) -> Option<f64>| numbers(rows, f);
    encode(
        "pairs",
        vec![
            ("exporter", text(|p| &p.exporter), false),
            ("importer", text(|p| &p.importer), false),
            ("hours_before", number(|p| p.hours_before), true),
            ("hours_after", number(|p| p.hours_after), true),
            ("usd_per_teu_before", number(|p| p.usd_per_teu_before), true),
            ("usd_per_teu_after", number(|p| p.usd_per_teu_after), true),
            (
                "trade_cost_change_percent",
                number(|p| p.trade_cost_change_percent),
                true,
            ),
            (
                "trade_before_musd",
                number(|p| Some(p.trade_before_musd)),
                false,
            ),
            (
                "trade_after_musd",
                number(|p| Some(p.trade_after_musd)),
                false,
            ),
        ],
    )
}

/// Every place, zstd-compressed Parquet; columns named like the fields of [`PlaceOutcome`].
///
/// # Errors
/// [`ReportError::Parquet`] if the table cannot be encoded, a mistake of the engine.
pub fn places_parquet(outcome: &Outcome) -> Result<Vec<u8>, ReportError> {
    let rows = &outcome.places;
    let text = |f: fn(&PlaceOutcome) -> &str| strings(rows, f);
    let number = |f: fn(&PlaceOutcome) -> Option<f64>| numbers(rows, f);
    encode(
        "places",
        vec![
            ("id", text(|p| &p.id), false),
            ("name", text(|p| &p.name), false),
            ("iso3", text(|p| &p.iso3), false),
            ("lon", number(|p| Some(p.lon)), false),
            ("lat", number(|p| Some(p.lat)), false),
            ("population", number(|p| Some(p.population)), false),
            ("hours_before", number(|p| p.hours_before), true),
            ("hours_after", number(|p| p.hours_after), true),
            (
                "market_access_change_percent",
                number(|p| p.market_access_change_percent),
                true,
            ),
        ],
    )
}

/// Every draw and economy: `draw`, `iso3`, `net_change_percent`, `net_change_musd`.
///
/// # Errors
/// [`ReportError::Parquet`] if the table cannot be encoded, a mistake of the engine.
pub fn draws_parquet(outcome: &Outcome, of: &Uncertainty) -> Result<Vec<u8>, ReportError> {
    let economies = outcome.economies.len();
    let draws = of.samples.percent.len();
    let numbers = |values: &[Vec<f64>]| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(
            values.iter().flatten().copied(),
        ))
    };
    let draw: Vec<u32> = (0..draws as u32)
        .flat_map(|d| std::iter::repeat_n(d, economies))
        .collect();
    let labels = outcome.economies.iter().map(|e| e.iso3.as_str());
    let iso3: Vec<&str> = (0..draws).flat_map(|_| labels.clone()).collect();
    encode(
        "draws",
        vec![
            ("draw", Arc::new(UInt32Array::from_iter_values(draw)), false),
            ("iso3", Arc::new(StringArray::from_iter_values(iso3)), false),
            ("net_change_percent", numbers(&of.samples.percent), false),
            ("net_change_musd", numbers(&of.samples.musd), false),
        ],
    )
}

/// Every draw and parameter: `draw`, `parameter`, `value`.
///
/// # Errors
/// [`ReportError::Parquet`] if the table cannot be encoded, a mistake of the engine.
pub fn parameters_parquet(of: &Uncertainty) -> Result<Vec<u8>, ReportError> {
    let (draws, count) = (of.samples.parameters.len(), of.parameters.len());
    let draw: Vec<u32> = (0..draws as u32)
        .flat_map(|d| std::iter::repeat_n(d, count))
        .collect();
    let names = of.parameters.iter().map(|p| p.what.as_str());
    let names: Vec<&str> = (0..draws).flat_map(|_| names.clone()).collect();
    let values = of.samples.parameters.iter().flatten().copied();
    encode(
        "parameters",
        vec![
            ("draw", Arc::new(UInt32Array::from_iter_values(draw)), false),
            (
                "parameter",
                Arc::new(StringArray::from_iter_values(names)),
                false,
            ),
            (
                "value",
                Arc::new(Float64Array::from_iter_values(values)),
                false,
            ),
        ],
    )
}

pub(crate) fn strings<T>(rows: &[T], f: fn(&T) -> &str) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(rows.iter().map(f)))
}

pub(crate) fn numbers<T>(rows: &[T], f: fn(&T) -> Option<f64>) -> ArrayRef {
    Arc::new(rows.iter().map(f).collect::<Float64Array>())
}

pub(crate) fn encode(
    table: &'static str,
    columns: Vec<(&'static str, ArrayRef, bool)>,
) -> Result<Vec<u8>, ReportError> {
    let failed = |message: String| ReportError::Parquet { table, message };
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns).map_err(|e| failed(e.to_string()))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties))
        .map_err(|e| failed(e.to_string()))?;
    writer.write(&batch).map_err(|e| failed(e.to_string()))?;
    writer.close().map_err(|e| failed(e.to_string()))?;
    Ok(bytes)
}

/// A FeatureCollection (RFC 7946): a feature for every leg of every journey, `phase` `before` or
/// `after`, and one for every link of the scenario, `phase` `scenario`. Legs without length (terminals,
/// borders) have no geometry.
pub fn journeys_geojson(outcome: &Outcome) -> String {
    let mut features = Vec::new();
    for change in &outcome.journeys {
        let mut add = |phase: &str, journey: &Option<Journey>| {
            for (index, leg) in journey.iter().flat_map(|j| j.legs.iter().enumerate()) {
                features.push(json!({
                    "type": "Feature",
                    "geometry": geometry(&leg.line),
                    "properties": {
                        "from": change.from,
                        "to": change.to,
                        "mode": change.mode,
                        "commodity_class": change.commodity_class,
                        "phase": phase,
                        "leg": index + 1,
                        "kind": leg.kind,
                        "what": leg.what,
                        "hours": leg.hours,
                        "usd_per_teu": leg.usd_per_teu,
                        "km": leg.km,
                    },
                }));
            }
        };
        add("before", &change.before);
        add("after", &change.after);
    }
    for link in &outcome.map_links {
        features.push(json!({
            "type": "Feature",
            "geometry": geometry(&link.line),
            "properties": {
                "phase": "scenario",
                "label": link.label,
                "mode": link.mode,
                "change": link.change,
            },
        }));
    }
    json!({ "type": "FeatureCollection", "features": features }).to_string()
}

fn geometry(line: &[(f64, f64)]) -> Value {
    match line {
        [] => Value::Null,
        [(lon, lat)] => json!({ "type": "Point", "coordinates": [lon, lat] }),
        _ => {
            let points: Vec<Value> = line.iter().map(|(lon, lat)| json!([lon, lat])).collect();
            json!({ "type": "LineString", "coordinates": points })
        }
    }
}

/// What made the folder: version, command, inputs with their hashes, the caller's `settings` (seed,
/// threads, options), residuals, timings, counts and warnings. Pretty-printed JSON.
pub fn manifest_json(outcome: &Outcome, settings: Value, names: &[&str]) -> String {
    let d = &outcome.diagnostics;
    let manifest = json!({
        "generator": GENERATOR,
        "version": d.version,
        "command": d.command,
        "scenario": { "id": outcome.scenario.id, "name": outcome.scenario.name, "bloc": outcome.scenario.bloc },
        "world": outcome.world,
        "verdict": outcome.verdict,
        "settings": settings,
        "inputs_sha256": d.inputs,
        "iterations": d.iterations,
        "residuals": d.residuals,
        "counts": d.counts,
        "warnings": d.warnings,
        "seconds": d.seconds,
        "files": names,
    });
    serde_json::to_string_pretty(&manifest).expect("plain data") + "\n"
}
