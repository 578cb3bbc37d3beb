//! The files of `comity gravity fit`: the estimate, its fixed effects, fitted means, the rows left
//! out.

use super::gravity::FitOptions;
use crate::error::{CommandError, CommandResult};
use crate::interrupt;
use comity_gravity::{Estimate, Fit, FittedRow};
use comity_report::single;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const EFFECTS: &str = "effect,slope,level,value";
const DROPPED: &str = "row,reason";
const FITTED: [&str; 3] = ["row", "outcome", "fitted"];

/// Whether the files of all estimations may be written, to be asked before the work; `count` is
/// none for one that is not numbered.
///
/// # Errors
/// All that stands in the way, together.
pub fn may_write(options: &FitOptions, count: Option<usize>) -> CommandResult {
    type IsOurs = fn(&Path) -> bool;
    let kinds: [(&str, &Option<PathBuf>, IsOurs); 4] = [
        ("--out", &options.out, is_fit),
        ("--effects", &options.effects, |path| {
            single::begins_with(path, EFFECTS)
        }),
        ("--fitted", &options.fitted, is_fitted),
        ("--dropped", &options.dropped, |path| {
            single::begins_with(path, DROPPED)
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

fn is_fitted(path: &Path) -> bool {
    match is_parquet(path) {
        true => single::is_parquet_of(path, &FITTED),
        false => single::begins_with(path, &FITTED.join(",")),
    }
}

fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "parquet")
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
    let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    if let Some(path) = &options.out {
        let text = serde_json::to_string_pretty(fit)? + "\n";
        files.push((numbered(path, number), text.into_bytes()));
    }
    if let Some(path) = &options.effects {
        files.push((numbered(path, number), effects(estimate).into_bytes()));
    }
    if let Some(path) = &options.fitted {
        let path = numbered(path, number);
        let bytes = match is_parquet(&path) {
            true => single::parquet("fitted", fitted_columns(estimate))?,
            false => fitted(estimate).into_bytes(),
        };
        files.push((path, bytes));
    }
    if let Some(path) = &options.dropped {
        files.push((numbered(path, number), dropped(estimate).into_bytes()));
    }
    let files: Vec<(&Path, &[u8])> = files
        .iter()
        .map(|(path, bytes)| (path.as_path(), bytes.as_slice()))
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

fn fitted(estimate: &Estimate) -> String {
    let mut out = FITTED.join(",") + "\n";
    for row in estimate.fitted_rows() {
        let _ = writeln!(out, "{},{},{}", row.row, row.outcome, row.fitted);
    }
    out
}

fn fitted_columns(estimate: &Estimate) -> Vec<(&'static str, Vec<f64>)> {
    let rows = estimate.fitted_rows();
    let column = |of: fn(&FittedRow) -> f64| rows.iter().map(of).collect();
    let columns = [
        column(|r| r.row as f64),
        column(|r| r.outcome),
        column(|r| r.fitted),
    ];
    FITTED.into_iter().zip(columns).collect()
}

fn dropped(estimate: &Estimate) -> String {
    let mut out = format!("{DROPPED}\n");
    for row in estimate.dropped_rows() {
        let reason = row.reason.replace('"', "\"\"");
        out.push_str(&format!("{},\"{reason}\"\n", row.row));
    }
    out
}
