//! Single files, written whole or not at all: under a temporary name beside their own, then moved
//! into place.

use crate::error::ReportError;
use crate::files::encode;
use arrow_array::{ArrayRef, Float64Array};
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Whether a file may be written, to be asked before the work: nothing is there, or something that
/// `is_ours`, or `force`; and there is a folder to write it into.
///
/// # Errors
/// [`ReportError::NoFolder`], [`ReportError::NotAFile`], [`ReportError::ForeignFile`].
pub fn may_write(
    path: &Path,
    force: bool,
    is_ours: impl FnOnce(&Path) -> bool,
) -> Result<(), ReportError> {
    let folder = folder(path);
    if !folder.is_dir() {
        return Err(ReportError::NoFolder {
            path: path.to_path_buf(),
            folder,
        });
    }
    let path_buf = || path.to_path_buf();
    match fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(ReportError::io("read", path)(e)),
        Ok(found) if !found.is_file() => Err(ReportError::NotAFile { path: path_buf() }),
        Ok(_) if force || is_ours(path) => Ok(()),
        Ok(_) => Err(ReportError::ForeignFile { path: path_buf() }),
    }
}

/// Write files together: all are complete under temporary names before the first is moved into
/// place.
///
/// # Errors
/// [`ReportError::Io`]; then nothing temporary is left.
pub fn write(files: &[(&Path, &[u8])]) -> Result<(), ReportError> {
    let mut written = Vec::with_capacity(files.len());
    for (path, bytes) in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = Temporary {
            path: folder(path).join(format!(".comity-{name}-new-{}", std::process::id())),
        };
        fs::write(&temporary.path, bytes).map_err(ReportError::io("write", path))?;
        written.push(temporary);
    }
    for ((path, _), temporary) in files.iter().zip(&written) {
        fs::rename(&temporary.path, path).map_err(ReportError::io("replace", path))?;
    }
    Ok(())
}

/// A Parquet file of columns of numbers, none missing.
///
/// # Errors
/// [`ReportError::Parquet`].
pub fn parquet(
    table: &'static str,
    columns: Vec<(&'static str, Vec<f64>)>,
) -> Result<Vec<u8>, ReportError> {
    let column = |(name, values): (&'static str, Vec<f64>)| {
        let values: ArrayRef = Arc::new(Float64Array::from(values));
        (name, values, false)
    };
    encode(table, columns.into_iter().map(column).collect())
}

/// Whether a file begins with this line.
pub fn begins_with(path: &Path, header: &str) -> bool {
    let mut line = String::new();
    let read = File::open(path).and_then(|file| BufReader::new(file).read_line(&mut line));
    read.is_ok() && line.trim_end() == header
}

/// Whether a file is Parquet with these columns.
pub fn is_parquet_of(path: &Path, columns: &[&str]) -> bool {
    let reader = File::open(path).map(SerializedFileReader::new);
    reader.is_ok_and(|reader| {
        reader.is_ok_and(|reader| {
            let schema = reader.metadata().file_metadata().schema_descr();
            let found = schema.columns().iter().map(|c| c.name());
            found.eq(columns.iter().copied())
        })
    })
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// A file that is removed when it goes out of scope, unless it has been moved into place.
struct Temporary {
    path: PathBuf,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
