use crate::io::Result;
use std::path::Path;

pub fn build(_raw: &Path, _out: &Path) -> Result<()> {
    Ok(())
}
