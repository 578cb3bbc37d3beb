//! What may go wrong while a report is written.

use std::path::PathBuf;

/// A report that could not be made or written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The folder holds something that Comity did not write.
    #[error(
        "{} exists and was not written by comity: choose another folder, or force to write into it",
        folder.display()
    )]
    ForeignFolder { folder: PathBuf },
    /// The path names something that is not a folder.
    #[error("{} exists and is not a folder", path.display())]
    NotAFolder { path: PathBuf },
    /// The file exists and Comity did not write it.
    #[error(
        "{} exists and was not written by comity: choose another name, or force to replace it",
        path.display()
    )]
    ForeignFile { path: PathBuf },
    /// The path names something that is not a file.
    #[error("{} exists and is not a file", path.display())]
    NotAFile { path: PathBuf },
    /// The folder that the file should go into is not there.
    #[error(
        "cannot write {}: there is no folder {}; make it first",
        path.display(),
        folder.display()
    )]
    NoFolder { path: PathBuf, folder: PathBuf },
    /// The end of the name says nothing about how to write the file.
    #[error("{}: the name must end in .parquet or .csv", path.display())]
    FileKind { path: PathBuf },
    /// The operating system refused to read, write or move a file.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    /// The outlines of the world are not the GeoJSON that the map needs.
    #[error("the land outlines are not valid GeoJSON: {0}")]
    Outlines(String),
    /// The extent asked for the map has no area or lies off the globe.
    #[error(
        "the extent [{west}, {south}, {east}, {north}] is not a map: west, south, east, north in degrees, \
         with south below north and west apart from east"
    )]
    Extent {
        west: f64,
        south: f64,
        east: f64,
        north: f64,
    },
    /// The outcome holds a number that is not finite: a mistake of the engine.
    #[error("the outcome's {field} of {of} is not a finite number")]
    NotFinite { field: &'static str, of: String },
    /// A table could not be put into Parquet: a mistake of the engine.
    #[error("cannot write the {table} table as Parquet: {message}")]
    Parquet {
        table: &'static str,
        message: String,
    },
}

impl ReportError {
    /// True where the user can put it right (paths, permissions, the world's outlines, the extent);
    /// false for mistakes of the engine.
    pub fn is_user_error(&self) -> bool {
        match self {
            Self::ForeignFolder { .. }
            | Self::NotAFolder { .. }
            | Self::ForeignFile { .. }
            | Self::NotAFile { .. }
            | Self::NoFolder { .. }
            | Self::FileKind { .. }
            | Self::Io { .. }
            | Self::Outlines(_)
            | Self::Extent { .. } => true,
            Self::NotFinite { .. } | Self::Parquet { .. } => false,
        }
    }

    pub(crate) fn io(
        action: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> ReportError {
        let path = path.to_path_buf();
        move |source| ReportError::Io {
            action,
            path,
            source,
        }
    }
}
