//! A folder of results, written whole or not at all.

use crate::error::ReportError;
use crate::{agreement, files, html};
use comity_agreement::from_outcome::Agreement;
use comity_appraisal::outcome::Outcome;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Whether [`write_folder`] would write into `folder`, to be asked before the work that fills it.
///
/// # Errors
/// As [`write_folder`], where the folder is the reason.
pub fn may_write(folder: &Path, force: bool) -> Result<(), ReportError> {
    Target::inspect(folder, force).map(|_| ())
}

/// Write the results of an appraisal into `folder` and return their paths, the report first.
///
/// # Errors
/// As [`write_folder`], and those of [`html::render`].
pub fn write_all(
    outcome: &Outcome,
    outlines: &str,
    extent: Option<[f64; 4]>,
    folder: &Path,
    force: bool,
    manifest_settings: Value,
) -> Result<Vec<PathBuf>, ReportError> {
    let report = html::render(outcome, outlines, extent)?;
    let mut contents = tables(outcome, report)?;
    add_manifest(outcome, manifest_settings, &mut contents);
    write_folder(&contents, folder, force)
}

/// As [`write_all`], with what coalitions are worth, if that was asked, and `brief.html`, `consensus.csv` and `agreement.json` beside the report.
///
/// # Errors
/// As [`write_all`].
#[allow(clippy::too_many_arguments)]
pub fn write_agreement(
    outcome: &Outcome,
    agreement: &Agreement,
    coalitions: &[agreement::Block],
    outlines: &str,
    extent: Option<[f64; 4]>,
    folder: &Path,
    force: bool,
    manifest_settings: Value,
) -> Result<Vec<PathBuf>, ReportError> {
    let brief = html::brief::render(outcome, agreement, outlines, extent)?;
    let report = html::render_with(
        outcome,
        &Ok(agreement.clone()),
        coalitions,
        outlines,
        extent,
    )?;
    let mut contents = tables(outcome, report)?;
    let json = serde_json::to_string_pretty(agreement).expect("plain data") + "\n";
    contents.insert(1, ("brief.html", brief.into_bytes()));
    contents.push((
        "consensus.csv",
        agreement::consensus_csv(agreement).into_bytes(),
    ));
    contents.push(("agreement.json", json.into_bytes()));
    add_manifest(outcome, manifest_settings, &mut contents);
    write_folder(&contents, folder, force)
}

fn add_manifest(outcome: &Outcome, settings: Value, contents: &mut Vec<(&str, Vec<u8>)>) {
    let mut names: Vec<&str> = contents.iter().map(|(name, _)| *name).collect();
    names.push("manifest.json");
    let manifest = files::manifest_json(outcome, settings, &names);
    contents.push(("manifest.json", manifest.into_bytes()));
}

/// The report and all tables.
fn tables(outcome: &Outcome, report: String) -> Result<Vec<(&'static str, Vec<u8>)>, ReportError> {
    let mut contents: Vec<(&str, Vec<u8>)> = vec![
        ("report.html", report.into_bytes()),
        ("economies.csv", files::economies_csv(outcome).into_bytes()),
        ("pairs.parquet", files::pairs_parquet(outcome)?),
        ("places.parquet", files::places_parquet(outcome)?),
        (
            "journeys.geojson",
            files::journeys_geojson(outcome).into_bytes(),
        ),
    ];
    if let Some(uncertainty) = &outcome.uncertainty {
        contents.push(("draws.parquet", files::draws_parquet(outcome, uncertainty)?));
        contents.push((
            "parameters.parquet",
            files::parameters_parquet(uncertainty)?,
        ));
    }
    Ok(contents)
}

/// Write named files into `folder` and return their paths. The last is the manifest: where it is,
/// the rest is complete.
///
/// Everything is written to a sibling folder whose name starts with `.comity-` and moved into place
/// at the end, so that an interruption leaves the old results or none. A folder of an earlier run is
/// replaced; one that holds other files is refused unless `force`, and even then (or where the user has put
/// other files beside ours) only the files named here are replaced.
///
/// # Errors
/// [`ReportError::ForeignFolder`] and [`ReportError::NotAFolder`] where `folder` is not ours to write,
/// [`ReportError::Io`] where the system refuses.
pub fn write_folder(
    contents: &[(&str, Vec<u8>)],
    folder: &Path,
    force: bool,
) -> Result<Vec<PathBuf>, ReportError> {
    let target = Target::inspect(folder, force)?;
    let path = target.path();
    let parent = match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_path_buf(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&parent).map_err(ReportError::io("create", &parent))?;
    let temporary = Temporary::create(&parent, path, "new")?;
    for (name, bytes) in contents {
        let file = temporary.path.join(name);
        fs::write(&file, bytes).map_err(ReportError::io("write", &file))?;
    }
    match &target {
        Target::Absent(path) => {
            // An empty folder may stand there, which not every system replaces by a rename.
            let _ = fs::remove_dir(path);
            rename(&temporary.path, path)?;
        }
        Target::Ours(path) => {
            let old = Temporary::name(&parent, path, "old");
            rename(path, &old)?;
            if let Err(error) = rename(&temporary.path, path) {
                // Put the earlier results back rather than leave none.
                let _ = fs::rename(&old, path);
                return Err(error);
            }
            fs::remove_dir_all(&old).map_err(ReportError::io("remove", &old))?;
        }
        Target::Shared(path) => {
            for (name, _) in contents {
                rename(&temporary.path.join(name), &path.join(name))?;
            }
        }
    }
    Ok(contents.iter().map(|(name, _)| folder.join(name)).collect())
}

/// What is found where the results shall go.
enum Target {
    /// Nothing, or an empty folder.
    Absent(PathBuf),
    /// Results of an earlier run and nothing else.
    Ours(PathBuf),
    /// Other files too: they stay.
    Shared(PathBuf),
}

impl Target {
    fn inspect(folder: &Path, force: bool) -> Result<Target, ReportError> {
        let kind = match fs::metadata(folder) {
            Ok(kind) => kind,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Target::Absent(folder.to_path_buf()));
            }
            Err(e) => return Err(ReportError::io("read", folder)(e)),
        };
        if !kind.is_dir() {
            return Err(ReportError::NotAFolder {
                path: folder.to_path_buf(),
            });
        }
        // Through links, and so that `.` has a parent and a name.
        let path = fs::canonicalize(folder).map_err(ReportError::io("read", folder))?;
        let mut names = Vec::new();
        let mut only_files = true;
        for entry in fs::read_dir(&path).map_err(ReportError::io("read", folder))? {
            let entry = entry.map_err(ReportError::io("read", folder))?;
            only_files &= entry.file_type().is_ok_and(|kind| kind.is_file());
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
        if names.is_empty() {
            return Ok(Target::Absent(path));
        }
        let ours = our_files(&path);
        if !force && ours.is_none() {
            return Err(ReportError::ForeignFolder {
                folder: folder.to_path_buf(),
            });
        }
        let written = ours.unwrap_or_default();
        if only_files && names.iter().all(|name| written.contains(name)) {
            Ok(Target::Ours(path))
        } else {
            Ok(Target::Shared(path))
        }
    }

    fn path(&self) -> &Path {
        match self {
            Target::Absent(path) | Target::Ours(path) | Target::Shared(path) => path,
        }
    }
}

/// The files that Comity wrote into a folder, by its manifest; `None` if there is no such manifest.
fn our_files(folder: &Path) -> Option<Vec<String>> {
    let bytes = fs::read(folder.join("manifest.json")).ok()?;
    let manifest: Value = serde_json::from_slice(&bytes).ok()?;
    (manifest["generator"] == files::GENERATOR).then(|| {
        let names = manifest["files"].as_array().into_iter().flatten();
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    })
}

/// A folder that is removed when it goes out of scope, unless it has been moved into place.
struct Temporary {
    path: PathBuf,
}

impl Temporary {
    fn name(parent: &Path, target: &Path, role: &str) -> PathBuf {
        let name = target
            .file_name()
            .map_or_else(|| "out".into(), |n| n.to_string_lossy());
        parent.join(format!(".comity-{name}-{role}-{}", std::process::id()))
    }

    fn create(parent: &Path, target: &Path, role: &str) -> Result<Temporary, ReportError> {
        let path = Temporary::name(parent, target, role);
        fs::create_dir(&path).map_err(ReportError::io("create", &path))?;
        Ok(Temporary { path })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), ReportError> {
    fs::rename(from, to).map_err(ReportError::io("replace", to))
}
