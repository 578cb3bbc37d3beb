//! The ledger of departures from the reported trade table.

use super::matrix::round;
use crate::io::{self, Result};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Serialize)]
struct Row {
    kind: String,
    exporter: String,
    importer: String,
    from_musd: f64,
    to_musd: f64,
    note: String,
}

/// Rows of `trade_adjustments.csv`.
#[derive(Default)]
pub struct Ledger {
    rows: Vec<Row>,
}

impl Ledger {
    pub fn record(
        &mut self,
        kind: &str,
        exporter: &str,
        importer: &str,
        change: (f64, f64),
        note: &str,
    ) {
        self.rows.push(Row {
            kind: kind.into(),
            exporter: exporter.into(),
            importer: importer.into(),
            from_musd: round(change.0, 4),
            to_musd: round(change.1, 4),
            note: note.into(),
        });
    }

    pub fn write(&mut self, out: &Path) -> Result<()> {
        io::write_csv(&out.join("trade_adjustments.csv"), &self.rows)
    }

    /// Rows, increase and decrease by kind.
    pub fn summary(&self) -> Value {
        let mut kinds: BTreeMap<&str, (usize, f64, f64)> = BTreeMap::new();
        for row in &self.rows {
            let entry = kinds.entry(&row.kind).or_default();
            let change = row.to_musd - row.from_musd;
            entry.0 += 1;
            entry.1 += change.max(0.0);
            entry.2 += (-change).max(0.0);
        }
        let kinds: BTreeMap<_, _> = kinds
            .into_iter()
            .map(|(kind, (rows, up, down))| {
                (kind, json!({"rows": rows, "increased_musd": round(up, 1), "decreased_musd": round(down, 1)}))
            })
            .collect();
        json!(kinds)
    }
}
