//! A table in memory, from CSV or Parquet, read cell by cell with every mistake collected.

use crate::problem::{Problem, closest};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// A list of labels up to this long is shown whole where none is close to the one given.
const FEW: usize = 8;

/// Mistakes found so far.
#[derive(Debug, Default)]
pub struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    /// Note one more.
    pub fn push(&self, problem: Problem) {
        self.0.borrow_mut().push(problem);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// All of them.
    pub fn into_vec(self) -> Vec<Problem> {
        self.0.into_inner()
    }
}

/// Labels that rows of other tables refer to, and what each stands for.
#[derive(Debug)]
pub struct Labels<T> {
    known: BTreeMap<String, T>,
    /// False where the table that defines them is missing or damaged: what is not found may have
    /// been lost with it, so that only the damage is worth a message.
    complete: bool,
}

impl<T> Labels<T> {
    /// A closed list.
    pub fn all(known: impl IntoIterator<Item = (String, T)>) -> Labels<T> {
        Labels {
            known: known.into_iter().collect(),
            complete: true,
        }
    }

    /// Label and meaning, sorted by label.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.known
            .iter()
            .map(|(label, what)| (label.as_str(), what))
    }

    /// Whether the label is known.
    pub fn contains(&self, label: &str) -> bool {
        self.known.contains_key(label)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether the table that defines them could be read in full.
    pub fn is_complete(&self) -> bool {
        self.complete
    }
}

#[derive(Debug)]
enum Cells {
    Text(Vec<Option<String>>),
    Number(Vec<Option<f64>>),
    Boolean(Vec<Option<bool>>),
}

impl Cells {
    fn text(&self, row: usize) -> Option<Cow<'_, str>> {
        match self {
            Cells::Text(cells) => cells[row].as_deref().map(Cow::Borrowed),
            Cells::Number(cells) => cells[row].map(|v| Cow::Owned(v.to_string())),
            Cells::Boolean(cells) => cells[row].map(|v| Cow::Owned(v.to_string())),
        }
    }
}

/// A table: named columns of equal length.
#[derive(Debug)]
pub struct Table {
    file: String,
    rows: usize,
    /// Whether rows were lost: the file is missing, or some of it could not be read.
    damaged: bool,
    /// Line of each row in a CSV file; empty for Parquet, where a row is its number.
    lines: Vec<u64>,
    columns: BTreeMap<String, Cells>,
}

impl Table {
    /// Stands for a table that is missing.
    pub fn missing(file: &str) -> Table {
        Table {
            file: file.to_owned(),
            rows: 0,
            damaged: true,
            lines: vec![],
            columns: BTreeMap::new(),
        }
    }

    /// Parse a CSV file: UTF-8, comma, header row; an empty cell is missing.
    pub fn from_csv(file: &str, bytes: &[u8], problems: &Problems) -> Table {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let mut table = Table {
            file: file.to_owned(),
            rows: 0,
            damaged: false,
            lines: vec![],
            columns: BTreeMap::new(),
        };
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(error) => {
                table.damaged = true;
                problems.push(Problem::new(file, error.to_string()).line(1));
                return table;
            }
        };
        let mut cells: Vec<Vec<Option<String>>> = vec![vec![]; header.len()];
        for record in reader.records() {
            match record {
                Ok(record) => {
                    table
                        .lines
                        .push(record.position().map_or(0, csv::Position::line));
                    table.rows += 1;
                    for (column, value) in cells.iter_mut().zip(&record) {
                        column.push((!value.is_empty()).then(|| value.to_owned()));
                    }
                }
                Err(error) => {
                    table.damaged = true;
                    let line = error.position().map_or(1, csv::Position::line);
                    let message = match error.kind() {
                        csv::ErrorKind::UnequalLengths {
                            expected_len, len, ..
                        } => {
                            format!("the header has {expected_len} columns, this row {len}")
                        }
                        csv::ErrorKind::Utf8 { .. } => "not UTF-8 text".to_owned(),
                        _ => error.to_string(),
                    };
                    problems.push(Problem::new(file, message).line(line));
                }
            }
        }
        for (name, column) in header.iter().zip(cells) {
            if table
                .columns
                .insert(name.to_owned(), Cells::Text(column))
                .is_some()
            {
                problems.push(
                    Problem::new(file, "two columns have this name")
                        .line(1)
                        .column(name),
                );
            }
        }
        table
    }

    /// Parse a Parquet file.
    pub fn from_parquet(file: &str, bytes: Bytes, problems: &Problems) -> Table {
        let mut table = Table {
            file: file.to_owned(),
            rows: 0,
            damaged: false,
            lines: vec![],
            columns: BTreeMap::new(),
        };
        let read = || -> Result<_, Box<dyn std::error::Error>> {
            let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
            let schema = builder.schema().clone();
            let batches = builder
                .with_batch_size(65_536)
                .build()?
                .collect::<Result<Vec<_>, _>>()?;
            Ok((schema, batches))
        };
        let (schema, batches) = match read() {
            Ok(read) => read,
            Err(error) => {
                table.damaged = true;
                problems.push(Problem::new(
                    file,
                    format!("not a readable Parquet file: {error}"),
                ));
                return table;
            }
        };
        table.rows = batches.iter().map(|b| b.num_rows()).sum();
        for (index, field) in schema.fields().iter().enumerate() {
            let arrays: Vec<&ArrayRef> = batches.iter().map(|b| b.column(index)).collect();
            match cells_of(&arrays, field.data_type()) {
                Some(cells) => {
                    table.columns.insert(field.name().clone(), cells);
                }
                None => problems.push(
                    Problem::new(
                        file,
                        format!("columns of type {} are not read", field.data_type()),
                    )
                    .column(field.name()),
                ),
            }
        }
        table
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether rows were lost: the file is missing, or some of it could not be read.
    pub fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// The labels of a column, numbered in their order. A row counts even if another of its cells
    /// is wrong, so that one mistake is not repeated wherever the row is referred to.
    pub fn labels(&self, column: &str) -> Labels<usize> {
        let cells = self.columns.get(column);
        let texts: Vec<Option<String>> = (0..self.rows)
            .map(|row| cells.and_then(|c| c.text(row)).map(Cow::into_owned))
            .collect();
        let complete = !self.damaged && self.rows > 0 && texts.iter().all(Option::is_some);
        let sorted: BTreeSet<String> = texts.into_iter().flatten().collect();
        Labels {
            known: sorted.into_iter().zip(0..).collect(),
            complete,
        }
    }

    /// The file's name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Line (CSV) or number from 1 (Parquet) of a row.
    pub fn line(&self, row: usize) -> u64 {
        self.lines.get(row).copied().unwrap_or(row as u64 + 1)
    }

    /// A row as messages that point at another one call it.
    pub fn name_of_row(&self, row: usize) -> String {
        let what = if self.lines.is_empty() { "row" } else { "line" };
        format!("{what} {}", self.line(row))
    }

    /// A problem at a row.
    pub fn problem(&self, row: usize, column: &str, message: impl Into<String>) -> Problem {
        Problem::new(&self.file, message)
            .line(self.line(row))
            .column(column)
    }

    /// Names of the columns.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// A column to read from. A missing one is a problem now, and reads as missing everywhere.
    pub fn column<'a>(&'a self, name: &'a str, problems: &'a Problems) -> Column<'a> {
        let cells = self.columns.get(name);
        // A file that could not be read at all is one problem, not one a column.
        if cells.is_none() && !self.columns.is_empty() {
            let mut problem = Problem::new(&self.file, "this column is missing").column(name);
            let close = closest(name, self.column_names(), 2);
            if !close.is_empty() {
                problem = problem.help(format!("there is {}", close.join(", ")));
            }
            problems.push(problem);
        }
        Column {
            table: self,
            name,
            cells,
            problems,
        }
    }

    /// A column that a table may lack.
    pub fn optional_column<'a>(&'a self, name: &'a str, problems: &'a Problems) -> Column<'a> {
        Column {
            table: self,
            name,
            cells: self.columns.get(name),
            problems,
        }
    }
}

fn cells_of(arrays: &[&ArrayRef], data_type: &DataType) -> Option<Cells> {
    macro_rules! numbers {
        ($kind:ty) => {
            Cells::Number(
                arrays
                    .iter()
                    .flat_map(|a| {
                        a.as_primitive::<$kind>()
                            .iter()
                            .map(|v| v.map(|v| v as f64))
                    })
                    .collect(),
            )
        };
    }
    Some(match data_type {
        DataType::Float64 => Cells::Number(
            arrays
                .iter()
                .flat_map(|a| a.as_primitive::<Float64Type>().iter())
                .collect(),
        ),
        DataType::Float32 => numbers!(Float32Type),
        DataType::Int32 => numbers!(Int32Type),
        DataType::Int64 => numbers!(Int64Type),
        DataType::Boolean => {
            Cells::Boolean(arrays.iter().flat_map(|a| a.as_boolean().iter()).collect())
        }
        DataType::Utf8 => Cells::Text(
            arrays
                .iter()
                .flat_map(|a| a.as_string::<i32>().iter().map(text))
                .collect(),
        ),
        DataType::LargeUtf8 => Cells::Text(
            arrays
                .iter()
                .flat_map(|a| a.as_string::<i64>().iter().map(text))
                .collect(),
        ),
        DataType::Null => Cells::Text(vec![None; arrays.iter().map(|a| a.len()).sum()]),
        _ => return None,
    })
}

fn text(value: Option<&str>) -> Option<String> {
    value.filter(|v| !v.is_empty()).map(str::to_owned)
}

/// A column being read; mistakes go to the list of problems.
pub struct Column<'a> {
    table: &'a Table,
    name: &'a str,
    cells: Option<&'a Cells>,
    problems: &'a Problems,
}

impl<'a> Column<'a> {
    fn complain(&self, row: usize, message: impl Into<String>, value: Option<&str>) {
        let mut problem = self.table.problem(row, self.name, message);
        if let Some(value) = value {
            problem = problem.value(value);
        }
        self.problems.push(problem);
    }

    /// Whether the table has the column.
    pub fn exists(&self) -> bool {
        self.cells.is_some()
    }

    /// Text of a cell, `None` if empty.
    pub fn text(&self, row: usize) -> Option<Cow<'a, str>> {
        self.cells?.text(row)
    }

    /// Text of a cell, empty if there is none.
    pub fn text_or_empty(&self, row: usize) -> String {
        self.text(row).unwrap_or_default().into_owned()
    }

    /// Text of a cell that must not be empty.
    pub fn required_text(&self, row: usize) -> Option<Cow<'a, str>> {
        let text = self.text(row);
        if text.is_none() && self.exists() {
            self.complain(row, "a value is missing", None);
        }
        text
    }

    /// Number of a cell, `None` if empty or not a finite number (which is a problem).
    pub fn number(&self, row: usize) -> Option<f64> {
        let number = match self.cells? {
            Cells::Number(cells) => cells[row]?,
            Cells::Text(cells) => {
                let text = cells[row].as_deref()?;
                match text.parse::<f64>() {
                    Ok(number) => number,
                    Err(_) => {
                        self.complain(row, "not a number", Some(text));
                        return None;
                    }
                }
            }
            Cells::Boolean(_) => {
                self.complain(row, "a true/false value where a number belongs", None);
                return None;
            }
        };
        if number.is_finite() {
            Some(number)
        } else {
            self.complain(row, "not a finite number", Some(&number.to_string()));
            None
        }
    }

    /// A number that must be there.
    pub fn required_number(&self, row: usize) -> Option<f64> {
        let before = self.problems.len();
        let number = self.number(row);
        if number.is_none() && self.exists() && self.problems.len() == before {
            self.complain(row, "a number is missing", None);
        }
        number
    }

    /// A number that must be there and lie in a range, both ends included.
    pub fn number_in(&self, row: usize, low: f64, high: f64) -> Option<f64> {
        self.required_number(row)?;
        self.optional_number_in(row, low, high)
    }

    /// A number that may be missing, but must else lie in a range, both ends included.
    pub fn optional_number_in(&self, row: usize, low: f64, high: f64) -> Option<f64> {
        let number = self.number(row)?;
        if number < low || number > high {
            let message = match (low.is_finite(), high.is_finite()) {
                (true, true) => format!("must lie between {low} and {high}"),
                (true, false) => format!("must be at least {low}"),
                _ => format!("must be at most {high}"),
            };
            self.complain(row, message, Some(&number.to_string()));
            return None;
        }
        Some(number)
    }

    /// A number above zero.
    pub fn positive(&self, row: usize) -> Option<f64> {
        let number = self.required_number(row)?;
        if number <= 0.0 {
            self.complain(row, "must be above 0", Some(&number.to_string()));
            return None;
        }
        Some(number)
    }

    /// A whole number, `None` if empty.
    pub fn whole(&self, row: usize) -> Option<i64> {
        let number = self.number(row)?;
        if number.fract() != 0.0 || number.abs() > 9e15 {
            self.complain(row, "must be a whole number", Some(&number.to_string()));
            return None;
        }
        Some(number as i64)
    }

    /// true or false.
    pub fn boolean(&self, row: usize) -> Option<bool> {
        match self.cells? {
            Cells::Boolean(cells) => {
                if cells[row].is_none() {
                    self.complain(row, "true or false is missing", None);
                }
                cells[row]
            }
            Cells::Text(cells) => match cells[row].as_deref() {
                Some("true" | "True" | "TRUE" | "1") => Some(true),
                Some("false" | "False" | "FALSE" | "0") => Some(false),
                other => {
                    self.complain(row, "must be true or false", other);
                    None
                }
            },
            Cells::Number(_) => {
                self.complain(row, "a number where true or false belongs", None);
                None
            }
        }
    }

    /// A label that must be one of a known set; `what` names the set in the message.
    pub fn label<T: Copy>(&self, row: usize, what: &str, labels: &Labels<T>) -> Option<T> {
        let text = self.required_text(row)?;
        let found = labels.known.get(text.as_ref()).copied();
        if found.is_none() && labels.complete {
            let names = || labels.known.keys().map(String::as_str);
            let mut problem = self
                .table
                .problem(row, self.name, format!("unknown {what}"))
                .value(text.as_ref())
                .did_you_mean(&text, names());
            if problem.help.is_none() && labels.len() <= FEW {
                let list: Vec<&str> = names().collect();
                problem = problem.help(format!("there are {}", list.join(", ")));
            }
            self.problems.push(problem);
        }
        found
    }

    /// A row whose key, spread over these columns, is that of an earlier row.
    pub fn duplicate(columns: &[&Column], row: usize, first: usize) -> Problem {
        let table = columns[0].table;
        let names: Vec<&str> = columns.iter().map(|c| c.name).collect();
        let key: Vec<String> = columns.iter().map(|c| c.text_or_empty(row)).collect();
        let message = format!("duplicate key, first in {}", table.name_of_row(first));
        table
            .problem(row, &names.join(" "), message)
            .value(key.join(" ").trim())
    }

    /// The low and high end of a number, each the number itself where its cell is empty.
    pub fn range(low: &Column, high: &Column, row: usize, number: f64) -> (f64, f64) {
        let ends = (
            low.optional_number_in(row, 0.0, f64::INFINITY),
            high.optional_number_in(row, 0.0, f64::INFINITY),
        );
        if ends.0.is_some_and(|end| end > number) {
            low.wrong(row, &format!("the low end is above the number, {number}"));
        }
        if ends.1.is_some_and(|end| end < number) {
            high.wrong(row, &format!("the high end is below the number, {number}"));
        }
        (ends.0.unwrap_or(number), ends.1.unwrap_or(number))
    }

    /// Complain about the cell.
    pub fn wrong(&self, row: usize, message: &str) {
        let value = self.text(row);
        self.complain(row, message, value.as_deref());
    }
}
