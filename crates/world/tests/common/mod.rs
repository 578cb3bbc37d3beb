//! The tiny world in a folder of its own, to be broken or shuffled.
#![allow(dead_code)]

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use comity_world::{Problem, Source, World, WorldError, schema};
use parquet::arrow::ArrowWriter;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// `tests/reference/tiny_world`.
pub fn original() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference/tiny_world")
}

/// A copy of the tiny world.
pub struct Tiny {
    folder: TempDir,
}

impl Tiny {
    pub fn copy() -> Tiny {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for entry in fs::read_dir(original()).expect("the tiny world") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name");
            fs::copy(&path, folder.path().join(name)).expect("a copy");
        }
        Tiny { folder }
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).expect("a text file")
    }

    pub fn write(self, file: &str, text: &str) -> Tiny {
        fs::write(self.path(file), text).expect("a written file");
        self
    }

    /// Replace a text that occurs once.
    pub fn replace(self, file: &str, old: &str, new: &str) -> Tiny {
        let text = self.text(file);
        assert_eq!(text.matches(old).count(), 1, "{old} in {file}");
        let text = text.replacen(old, new, 1);
        self.write(file, &text)
    }

    pub fn append(self, file: &str, row: &str) -> Tiny {
        let text = self.text(file) + row + "\n";
        self.write(file, &text)
    }

    pub fn remove(self, file: &str) -> Tiny {
        fs::remove_file(self.path(file)).expect("a removed file");
        self
    }

    /// Keep the header alone.
    pub fn empty(self, file: &str) -> Tiny {
        let header = header_of(&self.text(file)).to_owned() + "\n";
        self.write(file, &header)
    }

    /// Turn a CSV table into a Parquet one.
    pub fn with_parquet(self, stem: &str) -> Tiny {
        let csv = self.text(&format!("{stem}.csv"));
        write_parquet(stem, &csv, &self.path(&format!("{stem}.parquet")));
        self.remove(&format!("{stem}.csv"))
    }

    pub fn load(&self) -> Result<World, WorldError> {
        World::load(&Source::Folder(self.folder.path().to_owned()))
    }

    /// All problems, one a line, as a user reads them.
    pub fn problems(&self) -> Vec<String> {
        match self.load() {
            Ok(_) => panic!("the world was accepted"),
            Err(WorldError::Invalid(problems)) => problems.iter().map(Problem::to_string).collect(),
            Err(error) => panic!("{error}"),
        }
    }
}

/// The world as it is, with one thing broken, gives exactly these messages.
#[track_caller]
pub fn assert_problems(tiny: &Tiny, expected: &[&str]) {
    let found = tiny.problems();
    assert_eq!(found, expected, "\n{}", found.join("\n"));
}

pub fn header_of(csv: &str) -> &str {
    csv.lines().next().expect("a header")
}

/// Rows of a table as Parquet, each column with the type of the schema. A cell that is `NaN`,
/// `inf` or `-inf` is kept as such.
pub fn write_parquet(stem: &str, csv: &str, path: &Path) {
    let spec = schema::TABLES
        .iter()
        .find(|t| t.stem == stem)
        .expect("a table of the schema");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|r| r.expect("a row")).collect();
    let columns = header.iter().enumerate().map(|(at, name)| {
        let kind = spec
            .columns
            .iter()
            .find(|c| c.0 == name)
            .expect("a column of the schema")
            .1;
        let cells = rows
            .iter()
            .map(|row| Some(&row[at]).filter(|v| !v.is_empty()));
        let array: ArrayRef = match kind {
            "number" => Arc::new(
                cells
                    .map(|c| c.map(|v| v.parse::<f64>().expect("a number")))
                    .collect::<Float64Array>(),
            ),
            "integer" => Arc::new(
                cells
                    .map(|c| c.map(|v| v.parse::<i64>().expect("a whole number")))
                    .collect::<Int64Array>(),
            ),
            "boolean" => Arc::new(
                cells
                    .map(|c| c.map(|v| v == "true"))
                    .collect::<BooleanArray>(),
            ),
            _ => Arc::new(cells.collect::<StringArray>()),
        };
        (name, array, true)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(columns).expect("a batch");
    let file = fs::File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written rows");
    writer.close().expect("a closed file");
}
