//! Readers of the reference cases. Labels become indices in the order of first
//! appearance in a named column.
#![allow(dead_code)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub fn reference(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/reference")
        .join(case)
}

pub struct Table {
    columns: HashMap<String, usize>,
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn read(path: impl AsRef<Path>) -> Table {
        let path = path.as_ref();
        let mut reader = csv::Reader::from_path(path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let header: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
        let columns = header.iter().cloned().zip(0..).collect();
        let rows = reader
            .records()
            .map(|row| row.unwrap().iter().map(String::from).collect())
            .collect();
        Table {
            columns,
            header,
            rows,
        }
    }

    pub fn text<'a>(&self, row: &'a [String], column: &str) -> &'a str {
        &row[self.columns[column]]
    }

    pub fn number(&self, row: &[String], column: &str) -> f64 {
        self.text(row, column).parse().unwrap()
    }

    pub fn index(&self, column: &str) -> HashMap<String, usize> {
        let mut index = HashMap::new();
        for row in &self.rows {
            let next = index.len();
            index
                .entry(self.text(row, column).to_string())
                .or_insert(next);
        }
        index
    }
}

/// Largest |a − b|.
pub fn gap(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max)
}

/// Largest |a/b − 1|.
pub fn relative_gap(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a / b - 1.0).abs())
        .fold(0.0, f64::max)
}
