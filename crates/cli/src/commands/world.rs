//! `comity world`.

use super::table;
use crate::arguments::WorldAction;
use crate::console::Console;
use crate::error::{CommandError, CommandResult};
use crate::interrupt;
use crate::lookup;
use comity_report::numbers;
use comity_world::audit::{Thresholds, audit};
use comity_world::{Source, TerminalKind, World, check, schema};
use std::collections::BTreeMap;
use std::path::Path;

pub fn run(action: &WorldAction, console: &Console) -> CommandResult {
    match action {
        WorldAction::List => list(console),
        WorldAction::Check { world } => check_world(world.as_deref(), console),
        WorldAction::Show { world } => show(world.as_deref(), console),
        WorldAction::Audit { world } => audit_world(world.as_deref(), console),
        WorldAction::Import(options) => super::import::run(options, console),
        WorldAction::Describe { folder } => describe(folder, console),
    }
}

fn list(console: &Console) -> CommandResult {
    let names: Vec<&str> = comity_library::world_names().collect();
    if console.json {
        return console.print_json(&names);
    }
    console.print(&names.join("\n"));
    Ok(())
}

fn check_world(name: Option<&str>, console: &Console) -> CommandResult {
    let label = lookup::world_source(name)?.label();
    let world = lookup::world(name, console)?;
    let report = check::accounts(&world);
    let gaps = [
        ("sales = gross output", &report.sales_output),
        ("value added + inputs = gross output", &report.inputs_output),
        ("expenditure = final demand + inputs", &report.expenditure),
    ];
    if console.json {
        let gaps: BTreeMap<&str, f64> = gaps.iter().map(|(k, g)| (*k, g.relative)).collect();
        return console.print_json(&serde_json::json!({
            "world": label,
            "valid": true,
            "largest_relative_gap": gaps,
        }));
    }
    let mut text = format!("{label}: every table is valid.\nAccounts, largest relative gap:\n");
    for (what, gap) in gaps {
        text.push_str(&format!(
            "  {what}: {:.1e} ({} {})\n",
            gap.relative,
            world.economies[gap.economy.index()].iso3,
            world.sectors[gap.sector.index()].code
        ));
    }
    console.print(&text);
    Ok(())
}

fn audit_world(name: Option<&str>, console: &Console) -> CommandResult {
    let label = lookup::world_source(name)?.label();
    let world = lookup::world(name, console)?;
    let thresholds = Thresholds::default();
    let found = audit(&world, &thresholds);
    if console.json {
        return console.print_json(&serde_json::json!({
            "world": label,
            "thresholds": thresholds,
            "audit": found,
        }));
    }
    console.print(&super::audit::text(&label, &found, &thresholds));
    Ok(())
}

fn counts(world: &World) -> Vec<(String, usize)> {
    let network = &world.network;
    let mut counts = vec![
        ("economies".to_owned(), world.economies.len()),
        (
            "economies with imputed structure of production".to_owned(),
            world
                .economies
                .iter()
                .filter(|e| !e.in_input_output)
                .count(),
        ),
        ("territories".to_owned(), world.territories.len()),
        ("sectors".to_owned(), world.sectors.len()),
        (
            "trade flows".to_owned(),
            world.trade.value_musd.iter().filter(|v| **v > 0.0).count(),
        ),
        (
            "trade adjustments".to_owned(),
            world.trade_adjustments.len(),
        ),
        ("places".to_owned(), world.places.len()),
        (
            "places without road".to_owned(),
            world
                .places
                .iter()
                .filter(|p| p.road_node.is_none())
                .count(),
        ),
    ];
    for mode in comity_world::Mode::ALL {
        let nodes = network.nodes.iter().filter(|n| n.mode == mode).count();
        let links: Vec<_> = network
            .links
            .iter()
            .filter(|l| network.mode(l) == mode)
            .collect();
        if nodes > 0 {
            counts.push((format!("{} nodes", mode.label()), nodes));
            counts.push((format!("{} links", mode.label()), links.len()));
            let km: f64 = links.iter().map(|l| l.km).sum();
            counts.push((format!("{} km", mode.label()), km.round() as usize));
        }
    }
    for kind in [
        TerminalKind::Rail,
        TerminalKind::Port,
        TerminalKind::Airport,
    ] {
        let found = network.terminals.iter().filter(|t| t.kind == kind).count();
        counts.push((format!("{} terminals", kind.label()), found));
    }
    counts.push((
        "border crossings by direction and mode".to_owned(),
        network.borders.len(),
    ));
    counts.push((
        "of which closed".to_owned(),
        network.borders.iter().filter(|b| !b.open).count(),
    ));
    counts.push(("heritage sites".to_owned(), world.heritage.len()));
    counts
}

fn show(name: Option<&str>, console: &Console) -> CommandResult {
    let world = lookup::world(name, console)?;
    let counts = counts(&world);
    if console.json {
        let counts: BTreeMap<&str, usize> = counts.iter().map(|(k, v)| (k.as_str(), *v)).collect();
        return console.print_json(&serde_json::json!({
            "settings": world.settings,
            "counts": counts,
            "sha256": world.hashes,
        }));
    }
    let settings = &world.settings;
    let mut text = format!(
        "{} ({}, version {}, base year {})\n\n",
        settings.title, settings.name, settings.version, settings.base_year
    );
    let mut rows = table(&["", "count"], 1);
    for (what, count) in counts {
        rows.add_row(vec![what, numbers::count(count as u64)]);
    }
    text.push_str(&rows.to_string());
    text.push_str("\n\nSectors\n");
    let mut rows = table(
        &[
            "",
            "",
            "elasticity",
            "USD per TEU",
            "% of value per day",
            "class",
        ],
        2,
    );
    for sector in &world.sectors {
        let (value, time, class) = match &sector.freight {
            Some(f) => (
                format!("{:.0}", f.usd_per_teu),
                format!("{}", f.time_value_percent_per_day),
                f.class.label(),
            ),
            None => ("–".to_owned(), "–".to_owned(), "does not travel"),
        };
        rows.add_row(vec![
            sector.code.clone(),
            sector.name.clone(),
            format!("{:.2}", sector.trade_elasticity),
            value,
            time,
            class.to_owned(),
        ]);
    }
    text.push_str(&rows.to_string());
    text.push_str("\n\nBlocs\n");
    for bloc in world.bloc_names() {
        let mut tiers: BTreeMap<&str, usize> = BTreeMap::new();
        for membership in world.bloc(bloc, None, None) {
            *tiers.entry(membership.tier.as_str()).or_default() += 1;
        }
        let tiers: Vec<String> = tiers.iter().map(|(t, n)| format!("{n} {t}")).collect();
        text.push_str(&format!("  {bloc}: {}\n", tiers.join(", ")));
    }
    text.push_str("\nSources and licences\n");
    for (file, source) in &settings.sources {
        text.push_str(&format!(
            "  {file}: {} ({})\n",
            source.title, source.licence
        ));
    }
    console.print(&text);
    Ok(())
}

fn describe(folder: &Path, console: &Console) -> CommandResult {
    let world = World::load(&Source::Folder(folder.to_owned()))?;
    let files: Vec<String> = world.hashes.keys().cloned().collect();
    let package = schema::datapackage(&world.settings, &files);
    let path = folder.join("datapackage.json");
    let temporary = folder.join(".datapackage.json.tmp");
    let failed =
        |e: std::io::Error| CommandError::user(format!("cannot write {}: {e}", path.display()));
    let text = serde_json::to_string_pretty(&package)? + "\n";
    interrupt::finish_first(|| {
        std::fs::write(&temporary, text)
            .and_then(|()| std::fs::rename(&temporary, &path))
            .inspect_err(|_| {
                let _ = std::fs::remove_file(&temporary);
            })
            .map_err(failed)
    })?;
    console.say(&format!("wrote {}", path.display()));
    Ok(())
}
