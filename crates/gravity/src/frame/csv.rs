//! CSV into columns. A column is numeric when every cell that is not missing
//! reads as a number.

use std::collections::HashMap;
use std::path::Path;

use super::{Column, Frame, Values};
use crate::error::GravityError;

/// What stands for a missing value: R's, Python's and Stata's habits.
fn is_missing(cell: &str) -> bool {
    matches!(cell, "" | "." | "NA" | "NaN" | "nan" | "N/A" | "null")
}

pub(super) fn read(path: &Path, wanted: Option<&[String]>) -> Result<Frame, GravityError> {
    let file = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|e| GravityError::Read {
        file: file.clone(),
        message: e.to_string(),
    })?;
    let tab = path.extension().is_some_and(|e| e == "tsv");
    parse(&bytes, &file, if tab { b'\t' } else { b',' }, wanted)
}

/// A column while it is being read: numbers until the first text appears.
#[derive(Default)]
struct Builder {
    numbers: Vec<f64>,
    text: Option<Text>,
}

#[derive(Default)]
struct Text {
    codes: Vec<u32>,
    labels: Vec<String>,
    index: HashMap<String, u32>,
}

impl Text {
    fn push(&mut self, cell: &str) {
        if is_missing(cell) {
            self.codes.push(Values::MISSING);
            return;
        }
        let code = match self.index.get(cell) {
            Some(&code) => code,
            None => {
                let code = self.labels.len() as u32;
                self.labels.push(cell.to_string());
                self.index.insert(cell.to_string(), code);
                code
            }
        };
        self.codes.push(code);
    }
}

pub(super) fn parse(
    bytes: &[u8],
    file: &str,
    delimiter: u8,
    wanted: Option<&[String]>,
) -> Result<Frame, GravityError> {
    let fail = |e: csv::Error| GravityError::Read {
        file: file.to_string(),
        message: match e.kind() {
            csv::ErrorKind::UnequalLengths {
                pos,
                expected_len,
                len,
            } => format!(
                "line {} has {len} instead of {expected_len} cells",
                pos.as_ref().map_or(0, csv::Position::line)
            ),
            _ => e.to_string(),
        },
    };
    let open = || {
        csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .trim(csv::Trim::All)
            .from_reader(bytes)
    };
    let mut reader = open();
    let header = reader.headers().map_err(fail)?.clone();
    let names: Vec<String> = header
        .iter()
        .map(|n| n.trim_start_matches('\u{feff}').to_string())
        .collect();
    let kept: Vec<usize> = (0..names.len())
        .filter(|&j| wanted.is_none_or(|w| w.contains(&names[j])))
        .collect();
    let mut builders: Vec<Builder> = kept.iter().map(|_| Builder::default()).collect();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(fail)? {
        for (builder, &j) in builders.iter_mut().zip(&kept) {
            let cell = record.get(j).unwrap_or("");
            if let Some(text) = &mut builder.text {
                text.push(cell);
            } else if is_missing(cell) {
                builder.numbers.push(f64::NAN);
            } else if let Ok(number) = cell.parse::<f64>() {
                builder.numbers.push(number);
            } else {
                // The first text in a column that looked numeric: read the
                // column again from the top as text.
                let done = builder.numbers.len();
                let mut text = Text::default();
                let mut again = open();
                let mut earlier = csv::StringRecord::new();
                for _ in 0..done {
                    again.read_record(&mut earlier).map_err(fail)?;
                    text.push(earlier.get(j).unwrap_or(""));
                }
                text.push(cell);
                builder.numbers = Vec::new();
                builder.text = Some(text);
            }
        }
    }
    let columns = builders
        .into_iter()
        .zip(&kept)
        .map(|(builder, &j)| Column {
            name: names[j].clone(),
            values: match builder.text {
                Some(text) => Values::Text {
                    codes: text.codes,
                    labels: text.labels,
                },
                None => Values::Number(builder.numbers),
            },
        })
        .collect();
    Ok(Frame::new(columns)?.with_names(names))
}
