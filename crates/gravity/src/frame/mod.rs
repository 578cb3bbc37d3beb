//! Data in columns: numbers, whole numbers or text.

mod csv;
mod parquet;

use std::path::Path;

use crate::columns::present;
use crate::error::{GravityError, Problem};
use crate::levels::encode;
use crate::subset::{Condition, left_out};

/// Columns listed where none is close to the one asked for.
const COLUMNS_SHOWN: usize = 20;

/// Values of one column, one per row.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers; a missing one is NaN.
    Number(Vec<f64>),
    /// Whole numbers without a missing one.
    Whole(Vec<i32>),
    /// Text by code; a missing one is [`Values::MISSING`].
    Text {
        /// Index into `labels`, one per row.
        codes: Vec<u32>,
        /// The distinct texts.
        labels: Vec<String>,
    },
}

impl Values {
    /// The code of a missing text.
    pub const MISSING: u32 = u32::MAX;

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Values::Number(v) => v.len(),
            Values::Whole(v) => v.len(),
            Values::Text { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A named column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Values,
}

/// A table of columns of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame {
    columns: Vec<Column>,
    rows: usize,
    /// Names of columns in the file that were not read.
    unread: Vec<String>,
}

impl Frame {
    /// A table of the columns given.
    ///
    /// # Errors
    /// Columns of unequal length or with the same name.
    pub fn new(columns: Vec<Column>) -> Result<Self, GravityError> {
        let rows = columns.first().map_or(0, |c| c.values.len());
        let mut problems = Vec::new();
        for (index, column) in columns.iter().enumerate() {
            if column.values.len() != rows {
                problems.push(Problem::new(format!(
                    "column {} has {} rows, {} has {rows}",
                    column.name,
                    column.values.len(),
                    columns[0].name
                )));
            }
            if columns[..index].iter().any(|c| c.name == column.name) {
                problems.push(Problem::new(format!("two columns called {}", column.name)));
            }
        }
        if problems.is_empty() {
            Ok(Frame {
                columns,
                rows,
                unread: Vec::new(),
            })
        } else {
            Err(GravityError::Input(problems))
        }
    }

    /// Reads a CSV or Parquet file, by its ending. With `wanted`, only those
    /// columns are kept; names that are not there are reported by whoever asks for
    /// the column.
    ///
    /// # Errors
    /// A file that is not there or is no table.
    pub fn read(path: &Path, wanted: Option<&[String]>) -> Result<Self, GravityError> {
        match path.extension().and_then(|e| e.to_str()) {
            Some("parquet") => parquet::read(path, wanted),
            Some("csv" | "tsv" | "txt") => csv::read(path, wanted),
            _ => Err(GravityError::Read {
                file: path.display().to_string(),
                message: "the name must end in .parquet, .csv, .tsv or .txt".to_string(),
            }),
        }
    }

    /// Reads CSV text with a header row.
    ///
    /// # Errors
    /// Text that is no table.
    pub fn from_csv(text: &str) -> Result<Self, GravityError> {
        csv::parse(text.as_bytes(), "csv text", b',', None)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Names of the columns, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|c| c.name.as_str())
    }

    /// The values of a column, if it is there.
    pub fn column(&self, name: &str) -> Option<&Values> {
        self.columns
            .iter()
            .find(|c| c.name == name)
            .map(|c| &c.values)
    }

    /// The levels of a column in the rows that meet all conditions, in their order, to estimate
    /// one sample for each.
    ///
    /// # Errors
    /// A column that is not there; what is wrong with the conditions.
    pub fn levels(&self, name: &str, subset: &[Condition]) -> Result<Vec<String>, GravityError> {
        let values = self
            .column(name)
            .ok_or_else(|| GravityError::Input(vec![self.unknown(name)]))?;
        let mut out = vec![false; self.rows];
        for (row, _) in left_out(subset, self)? {
            out[row as usize] = true;
        }
        let mut rows = present(values);
        rows.retain(|&row| !out[row as usize]);
        let levels = encode(values, &rows);
        Ok((0..levels.count())
            .map(|l| levels.labels.label(l))
            .collect())
    }

    /// A column that is not there, with the closest names.
    pub(crate) fn unknown(&self, name: &str) -> Problem {
        let names = || self.names().chain(self.unread.iter().map(String::as_str));
        let problem =
            Problem::new(format!("there is no column {name}")).did_you_mean(name, names());
        if problem.help.is_some() {
            return problem;
        }
        // Nothing is close: say what there is.
        let mut shown: Vec<&str> = names().take(COLUMNS_SHOWN).collect();
        let more = names().count() - shown.len();
        let more = format!("{more} more");
        if names().count() > COLUMNS_SHOWN {
            shown.push(&more);
        }
        problem.help(format!("there are {}", shown.join(", ")))
    }

    /// Remembers which names the file has beside the columns read.
    fn with_names(mut self, names: impl IntoIterator<Item = String>) -> Frame {
        self.unread = names
            .into_iter()
            .filter(|n| self.column(n).is_none())
            .collect();
        self
    }
}
