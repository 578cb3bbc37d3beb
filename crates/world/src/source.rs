//! Where a world's files are: a folder, or an archive packed into the binary.

use crate::problem::{Problem, WorldError};
use bytes::Bytes;
use std::io::{Cursor, Read};
use std::path::PathBuf;

/// The files of a world.
#[derive(Clone, Debug)]
pub enum Source {
    Folder(PathBuf),
    /// A zip archive in memory.
    Archive {
        name: String,
        bytes: &'static [u8],
    },
}

impl Source {
    /// How messages call it.
    pub fn label(&self) -> String {
        match self {
            Source::Folder(path) => path.display().to_string(),
            Source::Archive { name, .. } => format!("{name} (built in)"),
        }
    }

    /// Contents of a file, `None` if there is no such file.
    ///
    /// # Errors
    /// If the file is there but cannot be read.
    pub fn read(&self, file: &str) -> Result<Option<Bytes>, WorldError> {
        match self {
            Source::Folder(folder) => {
                let path = folder.join(file);
                match std::fs::read(&path) {
                    Ok(bytes) => Ok(Some(bytes.into())),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(source) => Err(WorldError::Io {
                        path: path.display().to_string(),
                        source,
                    }),
                }
            }
            Source::Archive { name, bytes } => {
                let damaged = |message: String| {
                    WorldError::one(Problem::new(format!("{name}/{file}"), message))
                };
                let mut archive = zip::ZipArchive::new(Cursor::new(*bytes))
                    .map_err(|e| damaged(e.to_string()))?;
                match archive.by_name(file) {
                    Err(zip::result::ZipError::FileNotFound) => Ok(None),
                    Err(error) => Err(damaged(error.to_string())),
                    Ok(mut entry) => {
                        let mut buffer = Vec::with_capacity(entry.size() as usize);
                        entry
                            .read_to_end(&mut buffer)
                            .map_err(|e| damaged(e.to_string()))?;
                        Ok(Some(buffer.into()))
                    }
                }
            }
        }
    }

    /// Whether there is a world here at all.
    ///
    /// # Errors
    /// If the folder is missing.
    pub fn must_exist(&self) -> Result<(), WorldError> {
        match self {
            Source::Folder(path) if !path.is_dir() => Err(WorldError::one(Problem::new(
                path.display().to_string(),
                "there is no such world folder",
            ))),
            _ => Ok(()),
        }
    }
}
