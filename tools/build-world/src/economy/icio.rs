//! The OECD inter-country input–output table of 2022 with tariffs, aggregated to our sectors.
//!
//! The table's own rest of the world (and São Tomé and Príncipe, which the trade data lack)
//! becomes one extra region behind our economies: `Aligned::rest`.

use super::economies::Economies;
use super::matrix::Cube;
use super::sectors::{COUNT, of_icio};
use crate::io::{self, Result};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, RecordBatch};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub struct Flow {
    pub exporter: String,
    pub importer: String,
    pub sector: String,
    pub value: f64,
    pub tariff: f64,
}

/// The raw flows and who is in them.
pub struct Icio {
    pub regions: BTreeSet<String>,
    pub flows: Vec<Flow>,
}

/// A text column of a Parquet batch, whatever its string encoding.
pub fn text(batch: &RecordBatch, name: &str) -> Result<Vec<String>> {
    let column = batch
        .column_by_name(name)
        .ok_or_else(|| format!("no column {name}"))?;
    let values = if let Some(c) = column.as_string_opt::<i32>() {
        c.iter().map(|v| v.unwrap_or("").to_string()).collect()
    } else if let Some(c) = column.as_string_opt::<i64>() {
        c.iter().map(|v| v.unwrap_or("").to_string()).collect()
    } else if let Some(c) = column.as_string_view_opt() {
        c.iter().map(|v| v.unwrap_or("").to_string()).collect()
    } else {
        return Err(format!("column {name} is {} rather than text", column.data_type()).into());
    };
    Ok(values)
}

/// A number column of a Parquet batch, single or double precision.
pub fn number(batch: &RecordBatch, name: &str) -> Result<Vec<f64>> {
    let column = batch
        .column_by_name(name)
        .ok_or_else(|| format!("no column {name}"))?;
    if let Some(c) = column.as_primitive_opt::<Float64Type>() {
        Ok(c.iter().map(|v| v.unwrap_or(0.0)).collect())
    } else if let Some(c) = column.as_primitive_opt::<Float32Type>() {
        Ok(c.iter().map(|v| f64::from(v.unwrap_or(0.0))).collect())
    } else {
        Err(format!(
            "column {name} is {} rather than a number",
            column.data_type()
        )
        .into())
    }
}

impl Icio {
    pub fn read(raw: &Path) -> Result<Self> {
        let path = raw.join("input_output/icio2022_trade_tariff.parquet");
        let mut flows = Vec::new();
        let mut regions = BTreeSet::new();
        for batch in io::read_parquet(&path)? {
            let columns = (
                text(&batch, "exporter")?,
                text(&batch, "importer")?,
                text(&batch, "sector")?,
            );
            let value = number(&batch, "value_musd")?;
            let tariff = number(&batch, "tariff")?;
            for row in 0..batch.num_rows() {
                regions.insert(columns.0[row].clone());
                flows.push(Flow {
                    exporter: columns.0[row].clone(),
                    importer: columns.1[row].clone(),
                    sector: columns.2[row].clone(),
                    value: value[row].max(0.0),
                    tariff: tariff[row].max(0.0),
                });
            }
        }
        Ok(Self { regions, flows })
    }

    /// Put the flows on our economies and sectors.
    pub fn align(self, world: &Economies) -> Aligned {
        let rest = world.len();
        let place = |code: &str| {
            world
                .index
                .get(code)
                .copied()
                .filter(|&i| world.rows[i].in_input_output)
                .unwrap_or(rest)
        };
        let mut aligned = Aligned {
            rest,
            flow: Cube::zeros(COUNT, rest + 1),
            duty: Cube::zeros(COUNT, rest + 1),
            rates: Cube::zeros(COUNT, rest + 1),
            counts: Cube::zeros(COUNT, rest + 1),
            traded: BTreeMap::new(),
        };
        for f in self.flows {
            let (i, n, j) = (place(&f.exporter), place(&f.importer), of_icio(&f.sector));
            *aligned.flow.at_mut(j, i, n) += f.value;
            *aligned.duty.at_mut(j, i, n) += f.value * f.tariff;
            *aligned.rates.at_mut(j, i, n) += f.tariff;
            *aligned.counts.at_mut(j, i, n) += 1.0;
            if i != n {
                *aligned.traded.entry(f.sector).or_default() += f.value;
            }
        }
        aligned
    }
}

/// ICIO on our economies and sectors; index `rest` is everyone the table does not name.
pub struct Aligned {
    pub rest: usize,
    /// Value, by sector, exporter, importer (domestic sales on the diagonal).
    pub flow: Cube,
    /// Value times tariff.
    pub duty: Cube,
    /// Sum of the tariff rates of the industries in the sector, and their number.
    pub rates: Cube,
    pub counts: Cube,
    /// World cross-border trade by ICIO industry.
    pub traded: BTreeMap<String, f64>,
}
