//! Packs every folder of `worlds/` that has a world.toml into a zip archive, and lists the
//! scenarios of `scenarios/`, so that an installed program needs no other file.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let mut code = String::from("pub(crate) const WORLDS: &[(&str, &[u8])] = &[\n");
    println!("cargo:rerun-if-changed={}", root.join("worlds").display());
    for folder in entries(&root.join("worlds"))? {
        if !folder.join("world.toml").is_file() {
            continue;
        }
        let name = name_of(&folder);
        let archive = out.join(format!("{name}.zip"));
        pack(&folder, &archive)?;
        writeln!(
            code,
            "    ({name:?}, include_bytes!({:?})),",
            archive.display().to_string()
        )?;
    }
    code.push_str("];\npub(crate) const SCENARIOS: &[(&str, &str)] = &[\n");
    println!(
        "cargo:rerun-if-changed={}",
        root.join("scenarios").display()
    );
    for file in entries(&root.join("scenarios"))? {
        if file.extension().is_some_and(|e| e == "toml") {
            let stem = file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let path = fs::canonicalize(&file)?;
            writeln!(
                code,
                "    ({stem:?}, include_str!({:?})),",
                path.display().to_string()
            )?;
        }
    }
    code.push_str("];\n");
    fs::write(out.join("shelf.rs"), code)?;
    Ok(())
}

/// Sorted, so that the archive does not depend on the file system.
fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|e| e.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn pack(folder: &Path, archive: &Path) -> Result<(), Box<dyn Error>> {
    let mut zip = ZipWriter::new(fs::File::create(archive)?);
    for file in entries(folder)? {
        let name = name_of(&file);
        let compressed = name.ends_with(".parquet");
        let wanted = compressed
            || [".csv", ".geojson", ".toml"]
                .iter()
                .any(|e| name.ends_with(e));
        if !wanted {
            continue;
        }
        println!("cargo:rerun-if-changed={}", file.display());
        // Parquet is compressed already.
        let method = if compressed {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        zip.start_file(
            name,
            SimpleFileOptions::default().compression_method(method),
        )?;
        zip.write_all(&fs::read(&file)?)?;
    }
    zip.finish()?;
    Ok(())
}
