//! Writing the tables in the columns that the world folder prescribes.

use super::accounts::Accounts;
use super::economies::Economies;
use super::matrix::Cube;
use super::reported::Reported;
use super::sectors::{COUNT, Sectors, code};
use crate::io::{self, Result, write_csv, write_parquet};
use arrow_array::{ArrayRef, Float64Array, StringArray};
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

fn texts(values: Vec<&str>) -> ArrayRef {
    Arc::new(StringArray::from(values))
}

fn numbers(values: Vec<f64>) -> ArrayRef {
    Arc::new(Float64Array::from(values))
}

pub fn economies(out: &Path, world: &Economies) -> Result<()> {
    write_csv(&out.join("economies.csv"), &world.rows)?;
    write_csv(&out.join("territories.csv"), &world.territories)
}

pub fn sectors(out: &Path, sectors: &Sectors) -> Result<()> {
    write_csv(&out.join("sectors.csv"), &sectors.rows)?;
    write_csv(
        &out.join("elasticity_alternatives.csv"),
        &sectors.alternatives,
    )
}

pub fn trade(out: &Path, trade: &Cube, tariff: &Cube, world: &Economies) -> Result<()> {
    let (mut exporter, mut importer, mut sector) = (Vec::new(), Vec::new(), Vec::new());
    let (mut value, mut rate) = (Vec::new(), Vec::new());
    for j in 0..COUNT {
        for i in 0..world.len() {
            for n in (0..world.len()).filter(|&n| trade.at(j, i, n) > 0.0) {
                exporter.push(world.code(i));
                importer.push(world.code(n));
                sector.push(code(j));
                value.push(trade.at(j, i, n));
                rate.push(tariff.at(j, i, n));
            }
        }
    }
    write_parquet(
        &out.join("trade.parquet"),
        vec![
            ("exporter", texts(exporter)),
            ("importer", texts(importer)),
            ("sector", texts(sector)),
            ("value_musd", numbers(value)),
            ("tariff_ad_valorem", numbers(rate)),
        ],
    )
}

#[derive(Serialize)]
struct ReportedRow<'a> {
    exporter: &'a str,
    importer: &'a str,
    value_musd: f64,
}

pub fn reported(out: &Path, reported: &Reported, world: &Economies) -> Result<()> {
    let rows: Vec<ReportedRow> = reported
        .rows
        .iter()
        .map(|&(i, n, value)| ReportedRow {
            exporter: world.code(i),
            importer: world.code(n),
            // the source gives thousands with up to four decimals
            value_musd: super::matrix::round(value, 7),
        })
        .collect();
    io::write_csv(&out.join("trade_reported.csv"), &rows)
}

#[derive(Serialize)]
struct ProductionRow<'a> {
    economy: &'a str,
    sector: &'a str,
    gross_output_musd: f64,
    value_added_musd: f64,
    final_demand_musd: f64,
}

pub fn accounts(out: &Path, accounts: &Accounts, world: &Economies) -> Result<()> {
    let (mut economy, mut input, mut using, mut share) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut rows = Vec::new();
    for (n, account) in accounts.rows.iter().enumerate() {
        for j in 0..COUNT {
            rows.push(ProductionRow {
                economy: world.code(n),
                sector: code(j),
                gross_output_musd: account.output[j],
                value_added_musd: account.value_added[j],
                final_demand_musd: account.final_demand[j],
            });
            for k in 0..COUNT {
                economy.push(world.code(n));
                input.push(code(k));
                using.push(code(j));
                share.push(account.share[k][j]);
            }
        }
    }
    write_csv(&out.join("production.csv"), &rows)?;
    write_parquet(
        &out.join("input_output.parquet"),
        vec![
            ("economy", texts(economy)),
            ("input_sector", texts(input)),
            ("using_sector", texts(using)),
            ("share", numbers(share)),
        ],
    )
}
