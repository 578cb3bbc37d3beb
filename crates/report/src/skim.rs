//! Place-to-place matrices in long form, written origin by origin: CSV or Parquet.
//!
//! The file is written under a temporary name beside its own and moved into place at the end. A
//! CSV file is ours if its first line is our header, a Parquet file if its metadata says so.

use crate::error::ReportError;
use crate::files::GENERATOR;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, Int32Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use comity_appraisal::{SkimBlock, SkimRow};
use comity_world::{CommodityClass, Mode, World};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnPath;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a row group: all that is held in memory.
const ROW_GROUP: usize = 262_144;
/// Rows gathered before they are encoded.
const BATCH: usize = 32_768;

const LABELS: [&str; 4] = ["from", "to", "class", "mode"];
type Number = fn(&SkimRow) -> Option<f64>;
const NUMBERS: [(&str, Number); 6] = [
    ("hours", |r| r.hours),
    ("usd_per_teu", |r| r.usd_per_teu),
    ("km", |r| r.km),
    ("generalised_usd_per_teu", |r| r.generalised_usd_per_teu),
    ("share", |r| r.share),
    ("composite_usd_per_teu", |r| r.composite_usd_per_teu),
];

/// How the file is written, by the end of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkimFormat {
    Csv,
    Parquet,
}

impl SkimFormat {
    /// # Errors
    /// [`ReportError::FileKind`] if the name ends otherwise.
    pub fn of(path: &Path) -> Result<SkimFormat, ReportError> {
        match path.extension().and_then(|e| e.to_str()) {
            Some("csv") => Ok(SkimFormat::Csv),
            Some("parquet") => Ok(SkimFormat::Parquet),
            _ => Err(ReportError::FileKind {
                path: path.to_path_buf(),
            }),
        }
    }
}

fn header() -> String {
    let names = LABELS.into_iter().chain(NUMBERS.iter().map(|c| c.0));
    names.collect::<Vec<_>>().join(",")
}

/// Whether a file may be written, to be asked before the work.
///
/// # Errors
/// [`ReportError::FileKind`], [`ReportError::NotAFile`], [`ReportError::ForeignFile`].
pub fn may_write(path: &Path, force: bool) -> Result<(), ReportError> {
    SkimFormat::of(path)?;
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(ReportError::io("read", path)(e)),
    };
    if !found.is_file() {
        return Err(ReportError::NotAFile {
            path: path.to_path_buf(),
        });
    }
    if force || is_ours(path) {
        Ok(())
    } else {
        Err(ReportError::ForeignFile {
            path: path.to_path_buf(),
        })
    }
}

fn is_ours(path: &Path) -> bool {
    let Ok(file) = File::open(path) else {
        return false;
    };
    match SkimFormat::of(path) {
        Ok(SkimFormat::Csv) => {
            let mut line = String::new();
            let read = BufReader::new(file).read_line(&mut line);
            read.is_ok() && line.trim_end() == header()
        }
        Ok(SkimFormat::Parquet) => SerializedFileReader::new(file).is_ok_and(|reader| {
            let pairs = reader.metadata().file_metadata().key_value_metadata();
            pairs.is_some_and(|pairs| {
                pairs
                    .iter()
                    .any(|p| p.key == "generator" && p.value.as_deref() == Some(GENERATOR))
            })
        }),
        Err(_) => false,
    }
}

/// A file of matrices under way. Without [`SkimFile::finish`] nothing is left behind.
pub struct SkimFile {
    path: PathBuf,
    temporary: PathBuf,
    places: Vec<String>,
    sink: Sink,
    done: bool,
}

enum Sink {
    Csv(BufWriter<File>),
    Parquet(Box<ParquetSink>),
}

struct ParquetSink {
    writer: ArrowWriter<File>,
    schema: Arc<Schema>,
    places: ArrayRef,
    classes: ArrayRef,
    modes: ArrayRef,
    from: Vec<i32>,
    class: Vec<i32>,
    rows: Vec<SkimRow>,
}

impl SkimFile {
    /// Begin a file. `command` is kept in the metadata of a Parquet file.
    ///
    /// # Errors
    /// Those of [`may_write`], and [`ReportError::Io`].
    pub fn create(
        path: &Path,
        world: &World,
        command: &str,
        force: bool,
    ) -> Result<SkimFile, ReportError> {
        may_write(path, force)?;
        let format = SkimFormat::of(path)?;
        let parent = match path.parent() {
            Some(p) if !p.as_os_str().is_empty() => p.to_path_buf(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(ReportError::io("create", &parent))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = parent.join(format!(".comity-{name}-new-{}", std::process::id()));
        let file = File::create(&temporary).map_err(ReportError::io("create", &temporary))?;
        let places: Vec<String> = world.places.iter().map(|p| p.id.clone()).collect();
        let sink = match format {
            SkimFormat::Csv => {
                let mut out = BufWriter::new(file);
                writeln!(out, "{}", header()).map_err(ReportError::io("write", &temporary))?;
                Sink::Csv(out)
            }
            SkimFormat::Parquet => {
                Sink::Parquet(Box::new(ParquetSink::new(file, &places, command)?))
            }
        };
        Ok(SkimFile {
            path: path.to_path_buf(),
            temporary,
            places,
            sink,
            done: false,
        })
    }

    /// Where it is until it is finished.
    pub fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Add the rows of one origin.
    ///
    /// # Errors
    /// [`ReportError::Io`] or [`ReportError::Parquet`].
    pub fn write(&mut self, block: &SkimBlock) -> Result<(), ReportError> {
        match &mut self.sink {
            Sink::Csv(out) => {
                let class = block.class.label();
                let from = field(&self.places[block.from.index()]);
                for row in block.rows {
                    let to = field(&self.places[row.to.index()]);
                    let mut line = format!("{from},{to},{class},{}", row.mode.label());
                    for (_, number) in NUMBERS {
                        line.push(',');
                        if let Some(value) = number(row) {
                            line.push_str(&value.to_string());
                        }
                    }
                    line.push('\n');
                    out.write_all(line.as_bytes())
                        .map_err(ReportError::io("write", &self.temporary))?;
                }
                Ok(())
            }
            Sink::Parquet(sink) => {
                sink.from.extend(std::iter::repeat_n(
                    block.from.index() as i32,
                    block.rows.len(),
                ));
                sink.class.extend(std::iter::repeat_n(
                    block.class.index() as i32,
                    block.rows.len(),
                ));
                sink.rows.extend_from_slice(block.rows);
                if sink.rows.len() >= BATCH {
                    sink.flush()?;
                }
                Ok(())
            }
        }
    }

    /// Complete the file and move it into place.
    ///
    /// # Errors
    /// [`ReportError::Io`] or [`ReportError::Parquet`].
    pub fn finish(mut self) -> Result<(), ReportError> {
        match &mut self.sink {
            Sink::Csv(out) => out
                .flush()
                .map_err(ReportError::io("write", &self.temporary))?,
            Sink::Parquet(sink) => {
                sink.flush()?;
                sink.writer.finish().map_err(failed)?;
            }
        }
        fs::rename(&self.temporary, &self.path).map_err(ReportError::io("replace", &self.path))?;
        self.done = true;
        Ok(())
    }
}

impl Drop for SkimFile {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// A label as a CSV field (RFC 4180).
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn failed(error: parquet::errors::ParquetError) -> ReportError {
    ReportError::Parquet {
        table: "skim",
        message: error.to_string(),
    }
}

impl ParquetSink {
    fn new(file: File, places: &[String], command: &str) -> Result<ParquetSink, ReportError> {
        let label = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let labels = LABELS.map(|name| Field::new(name, label.clone(), false));
        let numbers = NUMBERS
            .iter()
            .map(|(name, _)| Field::new(*name, DataType::Float64, true));
        let fields: Vec<Field> = labels.into_iter().chain(numbers).collect();
        let schema = Arc::new(Schema::new(fields));
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP))
            .set_key_value_metadata(Some(vec![
                KeyValue::new("generator".to_owned(), GENERATOR.to_owned()),
                KeyValue::new("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
                KeyValue::new("command".to_owned(), command.to_owned()),
            ]));
        for (name, _) in NUMBERS {
            // Measured numbers hardly repeat: a dictionary of them only costs time. The composite
            // repeats for every mode, which dictionary and zstd both fold.
            if name != "composite_usd_per_teu" {
                let column = ColumnPath::from(name);
                properties = properties
                    .set_column_dictionary_enabled(column.clone(), false)
                    .set_column_encoding(column, Encoding::BYTE_STREAM_SPLIT);
            }
        }
        let writer =
            ArrowWriter::try_new(file, schema.clone(), Some(properties.build())).map_err(failed)?;
        let texts = |labels: Vec<&str>| -> ArrayRef { Arc::new(StringArray::from(labels)) };
        Ok(ParquetSink {
            writer,
            schema,
            places: texts(places.iter().map(String::as_str).collect()),
            classes: texts(CommodityClass::ALL.map(CommodityClass::label).to_vec()),
            modes: texts(Mode::ALL.map(Mode::label).to_vec()),
            from: vec![],
            class: vec![],
            rows: vec![],
        })
    }

    fn flush(&mut self) -> Result<(), ReportError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let label = |keys: Vec<i32>, values: &ArrayRef| -> Result<ArrayRef, ReportError> {
            DictionaryArray::<Int32Type>::try_new(Int32Array::from(keys), values.clone())
                .map(|array| Arc::new(array) as ArrayRef)
                .map_err(|e| ReportError::Parquet {
                    table: "skim",
                    message: e.to_string(),
                })
        };
        let rows = std::mem::take(&mut self.rows);
        let to = rows.iter().map(|r| r.to.index() as i32).collect();
        let mode = rows.iter().map(|r| r.mode as i32).collect();
        let mut arrays = vec![
            label(std::mem::take(&mut self.from), &self.places)?,
            label(to, &self.places)?,
            label(std::mem::take(&mut self.class), &self.classes)?,
            label(mode, &self.modes)?,
        ];
        for (_, number) in NUMBERS {
            arrays.push(Arc::new(rows.iter().map(number).collect::<Float64Array>()));
        }
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(|e| {
            ReportError::Parquet {
                table: "skim",
                message: e.to_string(),
            }
        })?;
        self.writer.write(&batch).map_err(failed)
    }
}
