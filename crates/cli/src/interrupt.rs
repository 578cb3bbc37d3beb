//! Ctrl-C and requests to terminate: obeyed at once, except while files are being written, which is
//! brief and is finished first. Results are whole or absent.

use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::{Mutex, PoisonError};

/// As shells report a command that was stopped by an interrupt.
const INTERRUPTED: i32 = 130;

static WRITING: Mutex<()> = Mutex::new(());
/// A file under way, to be removed when interrupted.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Start to listen.
///
/// # Errors
/// If the system refuses.
pub fn watch() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        let _finished = WRITING.lock();
        let unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = unfinished.as_ref() {
            // Gone already where it was finished.
            let _ = std::fs::remove_file(file);
        }
        eprintln!("interrupted");
        exit(INTERRUPTED);
    })
}

/// Write without being interrupted.
pub fn finish_first<T>(write: impl FnOnce() -> T) -> T {
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    write()
}

/// Remove this file when interrupted: it takes long to write and is under a temporary name.
pub fn discard_on_interrupt(file: &Path) {
    let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    *unfinished = Some(file.to_owned());
}
