//! Ctrl-C and requests to terminate: obeyed at once, except while files are being written, which is
//! brief and is finished first. Results are whole or absent.

use std::process::exit;
use std::sync::{Mutex, PoisonError};

/// As shells report a command that was stopped by an interrupt.
const INTERRUPTED: i32 = 130;

static WRITING: Mutex<()> = Mutex::new(());

/// Start to listen.
///
/// # Errors
/// If the system refuses.
pub fn watch() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        let _finished = WRITING.lock();
        eprintln!("interrupted");
        exit(INTERRUPTED);
    })
}

/// Write without being interrupted.
pub fn finish_first<T>(write: impl FnOnce() -> T) -> T {
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    write()
}
