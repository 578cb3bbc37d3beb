//! The files of `comity gravity fit`: the estimate, its fixed effects, the rows left out.

use super::gravity::FitOptions;
use crate::error::{CommandError, CommandResult};
use crate::interrupt;
use comity_gravity::{Estimate, Fit};
use comity_report::single;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

const EFFECTS: &str = "effect,slope,level,value";
const DROPPED: &str = "row,reason";

/// Whether the files of all estimations may be written, to be asked before the work; `count` is
/// none for one that is not numbered.
///
/// # Errors
/// All that stands in the way, together.
pub fn may_write(options: &FitOptions, count: Option<usize>) -> CommandResult {
    type IsOurs = fn(&Path) -> bool;
    let kinds: [(&str, &Option<PathBuf>, IsOurs); 3] = [
        ("--out", &options.out, is_fit),
        ("--effects", &options.effects, |path| {
            begins_with(path, EFFECTS)
        }),
        ("--dropped", &options.dropped, |path| {
            begins_with(path, DROPPED)
        }),
    ];
    let mut mistakes: Vec<String> = Vec::new();
    let mut seen: Vec<(&str, &PathBuf)> = Vec::new();
    for (option, path, is_ours) in kinds {
        let Some(path) = path else { continue };
        if let Some((other, _)) = seen.iter().find(|(_, other)| *other == path) {
            mistakes.push(format!(
                "{option} and {other} name the same file, {}",
                path.display()
            ));
            continue;
        }
        seen.push((option, path));
        let numbers: Vec<Option<usize>> = match count {
            None => vec![None],
            Some(count) => (1..=count).map(Some).collect(),
        };
        let wrong = numbers
            .into_iter()
            .find_map(|n| single::may_write(&numbered(path, n), options.force, is_ours).err());
        mistakes.extend(wrong.map(|e| format!("{option}: {e}")));
    }
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(CommandError::user(mistakes.join("\n")))
    }
}

fn is_fit(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| serde_json::from_str::<Fit>(&text).is_ok())
}

fn begins_with(path: &Path, header: &str) -> bool {
    let mut line = String::new();
    let read = File::open(path).and_then(|file| BufReader::new(file).read_line(&mut line));
    read.is_ok() && line.trim_end() == header
}

/// Write the files of one estimation, all or none.
///
/// # Errors
/// The system's.
pub fn write(
    options: &FitOptions,
    fit: &Fit,
    estimate: &Estimate,
    number: Option<usize>,
) -> CommandResult {
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    if let Some(path) = &options.out {
        let text = serde_json::to_string_pretty(fit)? + "\n";
        files.push((numbered(path, number), text));
    }
    if let Some(path) = &options.effects {
        files.push((numbered(path, number), effects(estimate)));
    }
    if let Some(path) = &options.dropped {
        files.push((numbered(path, number), dropped(estimate)));
    }
    let files: Vec<(&Path, &[u8])> = files
        .iter()
        .map(|(path, text)| (path.as_path(), text.as_bytes()))
        .collect();
    interrupt::finish_first(|| single::write(&files))?;
    Ok(())
}

/// `fit.json` as `fit-2.json`.
fn numbered(path: &Path, number: Option<usize>) -> PathBuf {
    let Some(number) = number else {
        return path.to_path_buf();
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = match path.extension() {
        Some(ending) => format!("{stem}-{number}.{}", ending.to_string_lossy()),
        None => format!("{stem}-{number}"),
    };
    path.with_file_name(name)
}

fn effects(estimate: &Estimate) -> String {
    let mut out = format!("{EFFECTS}\n");
    for values in estimate.effects() {
        let slope = values.slope.unwrap_or_default();
        for (level, value) in values.levels {
            let level = level.replace('"', "\"\"");
            out.push_str(&format!("{},{slope},\"{level}\",{value}\n", values.effect));
        }
    }
    out
}

fn dropped(estimate: &Estimate) -> String {
    let mut out = format!("{DROPPED}\n");
    for row in estimate.dropped_rows() {
        let reason = row.reason.replace('"', "\"\"");
        out.push_str(&format!("{},\"{reason}\"\n", row.row));
    }
    out
}
