//! An equilibrium alone: tables for programs, one table for people.

use crate::error::ReportError;
use crate::files::{GENERATOR, encode, numbers, strings};
use crate::numbers::Style;
use comity_appraisal::{EconomyRow, Equilibrium, TradeRow};
use serde::Serialize;
use serde_json::{Value, json};

/// What a folder of an equilibrium holds.
pub const FILES: [&str; 4] = [
    "economies.csv",
    "sectors.csv",
    "trade.parquet",
    "manifest.json",
];

/// All files with their names, in the order of [`FILES`].
///
/// # Errors
/// [`ReportError::Parquet`] if a table cannot be encoded, a mistake of the engine.
pub fn files(found: &Equilibrium) -> Result<Vec<(&'static str, Vec<u8>)>, ReportError> {
    let contents = [
        csv(&found.economies),
        csv(&found.sectors),
        trade(&found.trade)?,
        manifest(found).into_bytes(),
    ];
    Ok(FILES.into_iter().zip(contents).collect())
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

fn trade(rows: &[TradeRow]) -> Result<Vec<u8>, ReportError> {
    let text = |f: fn(&TradeRow) -> &str| strings(rows, f);
    let number = |f: fn(&TradeRow) -> Option<f64>| numbers(rows, f);
    encode(
        "trade",
        vec![
            ("exporter", text(|r| &r.exporter), false),
            ("importer", text(|r| &r.importer), false),
            ("sector", text(|r| &r.sector), false),
            ("trade_musd", number(|r| Some(r.trade_musd)), false),
            ("trade_new_musd", number(|r| Some(r.trade_new_musd)), false),
            ("tariff", number(|r| Some(r.tariff)), false),
            ("tariff_new", number(|r| Some(r.tariff_new)), false),
            ("trade_cost_hat", number(|r| r.trade_cost_hat), true),
            ("share", number(|r| Some(r.share)), false),
            ("share_new", number(|r| Some(r.share_new)), false),
        ],
    )
}

fn manifest(found: &Equilibrium) -> String {
    let d = &found.diagnostics;
    let manifest: Value = json!({
        "generator": GENERATOR,
        "version": d.version,
        "command": d.command,
        "scenario": { "id": found.scenario, "name": found.name },
        "settings": { "equilibrium": found.settings },
        "journeys_searched": found.journeys_searched,
        "inputs_sha256": d.inputs,
        "iterations": d.iterations,
        "residuals": d.residuals,
        "counts": d.counts,
        "warnings": d.warnings,
        "files": FILES,
    });
    serde_json::to_string_pretty(&manifest).expect("plain data") + "\n"
}

/// Heading and cells of a table for a terminal; all columns but the first hold numbers.
pub struct Columns {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// The economies whose real income changes most, so many in percent and so many more in million
/// USD, gains first.
pub fn table(found: &Equilibrium, by_percent: usize, by_musd: usize) -> Columns {
    let mut rows: Vec<&EconomyRow> = found.economies.iter().collect();
    let mut front = |from: usize, count: usize, size: fn(&EconomyRow) -> f64| {
        let from = from.min(rows.len());
        rows[from..].sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.iso3.cmp(&b.iso3)));
        (from + count).min(rows.len())
    };
    let shown = front(0, by_percent, |e| e.real_income_change_percent.abs());
    let shown = front(shown, by_musd, |e| e.real_income_change_musd.abs());
    rows.truncate(shown);
    rows.sort_by(|a, b| {
        let change = |e: &EconomyRow| e.real_income_change_percent;
        change(b).total_cmp(&change(a)).then(a.iso3.cmp(&b.iso3))
    });
    let percent = |hat: f64| Style::PERCENT.format(100.0 * (hat - 1.0));
    let header = [
        "economy",
        "wage\n%",
        "prices\n%",
        "from real\nwage %",
        "tariff\nrevenue %",
        "trade\nbalance %",
        "project\ntax %",
        "real\nincome %",
        "real income\nm USD/yr",
        "first order\n(CP 2015) %",
    ];
    let cells = |e: &EconomyRow| {
        vec![
            e.name.clone(),
            percent(e.wage_hat),
            percent(e.price_index_hat),
            Style::PERCENT.format(e.source_real_wage_percent),
            Style::PERCENT.format(e.source_tariff_revenue_percent),
            Style::PERCENT.format(e.source_trade_balance_percent),
            Style::PERCENT.format(e.source_project_tax_percent),
            Style::PERCENT.format(e.real_income_change_percent),
            Style::MUSD.format(e.real_income_change_musd),
            Style::PERCENT.format(e.first_order_caliendo_parro_percent),
        ]
    };
    Columns {
        header: header.map(str::to_owned).to_vec(),
        rows: rows.into_iter().map(cells).collect(),
    }
}
