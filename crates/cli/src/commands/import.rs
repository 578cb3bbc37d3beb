//! `comity world import`.

use crate::arguments::{Import, ImportKind, ImportMode, TerritoryFrom};
use crate::console::Console;
use crate::error::{CommandError, CommandResult};
use crate::interrupt;
use crate::lookup;
use comity_import::{FieldMap, Imported, Kind, Options, Report, TerritoryBy, import};
use comity_report::numbers::count;
use comity_world::audit::{Thresholds, audit};
use comity_world::{Mode, Problem, Source, World};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Places and terminals shown that could not be attached.
const SHOWN: usize = 10;
const MANIFEST: &str = "manifest.json";

pub fn run(options: &Import, console: &Console) -> CommandResult {
    let since = std::time::Instant::now();
    comity_report::write::may_write(&options.out, options.force)?;
    let base = lookup::world_source(options.into.as_deref())?;
    let asked = asked(options)?;
    let Imported { files, report } = import(&options.from, &base, &asked)?;
    not_twice(options, &files)?;
    let mut named: Vec<(&str, Vec<u8>)> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.clone()))
        .collect();
    named.push((MANIFEST, manifest(options, &base, &named, &report)?));
    interrupt::finish_first(|| {
        comity_report::write::write_folder(&named, &options.out, options.force)
    })?;
    let label = options.out.display().to_string();
    // Read again, so that what is audited is what was written, checked like any world.
    let world = World::load(&Source::Folder(options.out.clone())).map_err(|error| {
        CommandError::ours(format!(
            "{label} was written, but is no valid world: {error}"
        ))
    })?;
    let thresholds = Thresholds::default();
    let found = audit(&world, &thresholds);
    if console.json {
        console.print_json(&serde_json::json!({
            "world": label,
            "import": report,
            "thresholds": thresholds,
            "audit": found,
        }))?;
    } else {
        let audit = super::audit::text(&label, &found, &thresholds);
        console.print(&format!("{}\n{audit}", text(&report)));
    }
    console.say(&format!(
        "wrote {} files into {label} in {:.1} s",
        named.len(),
        since.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// Where other files stay, a table must not come to stand beside itself in another format.
fn not_twice(options: &Import, files: &[(String, Vec<u8>)]) -> CommandResult {
    if !options.force {
        return Ok(());
    }
    let twins: Vec<Problem> = files
        .iter()
        .filter_map(|(name, _)| {
            let (stem, extension) = name.rsplit_once('.')?;
            let other = match extension {
                "csv" => format!("{stem}.parquet"),
                "parquet" => format!("{stem}.csv"),
                _ => return None,
            };
            let path = options.out.join(other);
            let label = path.display().to_string();
            let message = format!("would stand beside the new {name}; one of the two must go");
            path.exists().then(|| Problem::new(label, message))
        })
        .collect();
    if twins.is_empty() {
        Ok(())
    } else {
        Err(twins.into())
    }
}

/// The options as the import takes them, or all their mistakes.
fn asked(options: &Import) -> Result<Options, CommandError> {
    let mut problems: Vec<Problem> = vec![];
    let kind = match options.kind {
        ImportKind::Gmns => Kind::Gmns,
        ImportKind::Geojson => Kind::GeoJson,
    };
    let mode = match options.mode {
        ImportMode::Rail => Mode::Rail,
        ImportMode::Road => Mode::Road,
    };
    let map = FieldMap::parse(options.map.iter().map(String::as_str)).unwrap_or_else(|found| {
        problems.extend(found);
        FieldMap::default()
    });
    let mut class_of = BTreeMap::new();
    for text in &options.class_of {
        let wrong = |message: &str| Problem::new("--class-of", message).value(text);
        match text.split_once('=') {
            Some((value, class)) if !value.is_empty() && !class.is_empty() => {
                if class_of
                    .insert(value.to_owned(), class.to_owned())
                    .is_some()
                {
                    problems.push(wrong("this type is mapped twice"));
                }
            }
            _ => problems.push(wrong("must be VALUE=CLASS")),
        }
    }
    let exists = match kind {
        Kind::Gmns => options.from.is_dir(),
        Kind::GeoJson => options.from.is_file(),
    };
    if !exists {
        let message = match kind {
            Kind::Gmns => "there is no such folder",
            Kind::GeoJson => "there is no such file",
        };
        problems.push(Problem::new(options.from.display().to_string(), message));
    }
    if !problems.is_empty() {
        return Err(problems.into());
    }
    let source = options.source.as_ref().map(|title| {
        let licence = options.licence.clone().unwrap_or("not stated".to_owned());
        (title.clone(), licence)
    });
    Ok(Options {
        map,
        class_of,
        class: options.class.clone(),
        gauge_mm: options.gauge,
        uses: options.uses.clone(),
        free_speed: options.free_speed,
        snap_km: options.snap_m / 1000.0,
        attach_km: options.attach_km,
        territory: match options.territory {
            TerritoryFrom::Nearest => TerritoryBy::Nearest,
            TerritoryFrom::Outline => TerritoryBy::Outline,
        },
        swap: options.swap,
        drop_bad_rows: options.drop_bad_rows,
        source,
        ..Options::new(kind, mode)
    })
}

/// What made the folder.
fn manifest(
    options: &Import,
    base: &Source,
    files: &[(&str, Vec<u8>)],
    report: &Report,
) -> Result<Vec<u8>, CommandError> {
    let mut names: Vec<&str> = files.iter().map(|f| f.0).collect();
    names.push(MANIFEST);
    let manifest = serde_json::json!({
        "generator": comity_report::files::GENERATOR,
        "version": env!("CARGO_PKG_VERSION"),
        "from": options.from,
        "base": base.label(),
        "import": report,
        "files": names,
    });
    Ok((serde_json::to_string_pretty(&manifest)? + "\n").into_bytes())
}

fn text(report: &Report) -> String {
    let read: Vec<String> = report
        .read
        .iter()
        .map(|(table, rows)| format!("{} {table}", count(*rows as u64)))
        .collect();
    let mut out = format!(
        "Read {}; wrote {} nodes and {} links.\n",
        read.join(" and "),
        count(report.nodes_written as u64),
        count(report.links_written as u64)
    );
    for (title, counts) in [
        ("Left out", &report.dropped),
        ("Repaired", &report.repaired),
        ("Filled", &report.filled),
    ] {
        for (reason, rows) in counts {
            let _ = writeln!(out, "{title}: {} {reason}", count(*rows as u64));
        }
    }
    for note in &report.notes {
        let _ = writeln!(out, "Note: {note}");
    }
    if !report.unattached.is_empty() {
        let _ = writeln!(
            out,
            "Not attached, no node being near enough: {}",
            count(report.unattached.len() as u64)
        );
    }
    for one in report.unattached.iter().take(SHOWN) {
        let km = one
            .km
            .map_or("there are no nodes".to_owned(), |km| format!("{km:.0} km"));
        let removed = if one.removed { ", removed" } else { "" };
        let _ = writeln!(out, "  {} {}: {km}{removed}", one.kind, one.id);
    }
    if report.unattached.len() > SHOWN {
        let more = report.unattached.len() - SHOWN;
        let _ = writeln!(
            out,
            "  and {} more; manifest.json lists all",
            count(more as u64)
        );
    }
    out
}
