//! Where what takes long to make and never changes is kept between runs.

use std::path::PathBuf;

/// `COMITY_CACHE`, or the user's own folder for such things; `None` if the variable is empty or the
/// user has no such folder.
pub fn folder() -> Option<PathBuf> {
    match std::env::var_os("COMITY_CACHE") {
        Some(folder) if folder.is_empty() => None,
        Some(folder) => Some(PathBuf::from(folder)),
        None => {
            let own = directories::ProjectDirs::from("", "", "comity")?;
            Some(own.cache_dir().to_path_buf())
        }
    }
}
