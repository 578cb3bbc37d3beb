//! `comity risk`.

use super::loaded::{Loaded, typed};
use super::table;
use crate::arguments::{RiskAction, RiskClose, RiskLinks};
use crate::console::Console;
use crate::error::{CommandError, CommandResult};
use crate::interrupt;
use comity_appraisal::EquilibriumSettings;
use comity_appraisal::risk::{
    CloseOutcome, EconomyRisk, Kind, RankOutcome, RankRequest, RiskOptions, close, rank_closings,
    resolve,
};
use comity_report::numbers::{Style, count};
use comity_report::risk as report;
use comity_world::{EconomyId, Problem, World};
use std::fmt::Write;

/// Economies outside the bloc that are printed.
const WORST: usize = 10;
/// Pairs printed that lose their last journey.
const PAIRS: usize = 10;

pub fn run(action: &RiskAction, console: &Console) -> CommandResult {
    match action {
        RiskAction::Close(options) => run_close(options, console),
        RiskAction::Links(options) => run_links(options, console),
    }
}

fn settings(loaded: &Loaded, equilibrium: bool, command: String) -> RiskOptions {
    RiskOptions {
        equilibrium: equilibrium.then(EquilibriumSettings::default),
        bloc: match &loaded.scenario {
            Some((resolved, _)) => resolved.bloc.clone(),
            None => loaded.world.settings.default_bloc.clone(),
        },
        command,
        ..RiskOptions::default()
    }
}

fn run_close(options: &RiskClose, console: &Console) -> CommandResult {
    let (world, scenario) = (options.world.as_deref(), options.scenario.as_deref());
    let loaded = Loaded::new(world, scenario, console)?;
    let base = loaded.base();
    let items: Vec<&str> = options.items.iter().map(String::as_str).collect();
    let closings = resolve(base.state(), &items)?;
    let command = format!(
        "comity risk close {}{}",
        items.join(","),
        typed(world, scenario, options.equilibrium)
    );
    let settings = settings(&loaded, options.equilibrium, command);
    let bar = console.progress();
    let found = close(&base, &closings, &settings, &bar);
    bar.finish();
    let found = found?;
    if console.json {
        console.print_json(&found)?;
    } else {
        console.print(&closed(&found));
    }
    for warning in &found.diagnostics.warnings {
        console.say(&format!("note: {warning}"));
    }
    Ok(())
}

fn closed(found: &CloseOutcome) -> String {
    let labels: Vec<&str> = found.closed.iter().map(|c| c.label.as_str()).collect();
    let percent = |value: f64| Style::PERCENT.widened([value]).format(value);
    let mut out = format!("Closed: {}\n\n", labels.join("; "));
    let _ = writeln!(
        out,
        "Market access of all places, mean: {} %",
        percent(found.market_access_change_percent)
    );
    if let Some(change) = found.cost_change_percent {
        let _ = writeln!(
            out,
            "Generalised cost, mean over pairs of places that keep a journey: {} %",
            percent(change)
        );
    }
    if let Some(musd) = found.real_income_change_musd {
        let _ = writeln!(
            out,
            "Real income of all economies: {} million USD a year",
            Style::MUSD.format(musd)
        );
    }
    let _ = writeln!(
        out,
        "Pairs of places (each direction) that lose their last journey: {}",
        count(found.unreachable_pairs as u64)
    );
    for pair in found.unreachable.iter().take(PAIRS) {
        let _ = writeln!(
            out,
            "  {}, {} → {}, {}",
            pair.from, pair.from_iso3, pair.to, pair.to_iso3
        );
    }
    let worst: Vec<&EconomyRisk> = found
        .economies
        .iter()
        .filter(|e| e.market_access_change_percent < 0.0)
        .take(WORST)
        .collect();
    let bloc: Vec<&EconomyRisk> = found
        .economies
        .iter()
        .filter(|e| e.tier.is_some())
        .collect();
    for (title, rows) in [("Hardest hit", worst), ("The bloc", bloc)] {
        if !rows.is_empty() {
            let _ = write!(out, "\n{title}\n{}\n", economies(&rows));
        }
    }
    out
}

fn economies(rows: &[&EconomyRisk]) -> String {
    let solved = rows.iter().any(|e| e.real_income_change_percent.is_some());
    let mut header = vec!["", "tier", "market access, %"];
    if solved {
        header.extend(["real income, %", "million USD a year"]);
    }
    let mut shown = table(&header, 2);
    for e in rows {
        let mut cells = vec![
            e.name.clone(),
            e.tier.clone().unwrap_or_default(),
            Style::PERCENT.format(e.market_access_change_percent),
        ];
        if solved {
            cells.push(Style::PERCENT.optional(e.real_income_change_percent));
            cells.push(Style::MUSD.optional(e.real_income_change_musd));
        }
        shown.add_row(cells);
    }
    shown.to_string()
}

fn run_links(options: &RiskLinks, console: &Console) -> CommandResult {
    let since = std::time::Instant::now();
    if let Some(folder) = &options.out {
        comity_report::write::may_write(folder, options.force)?;
    }
    let (world, scenario) = (options.world.as_deref(), options.scenario.as_deref());
    let loaded = Loaded::new(world, scenario, console)?;
    let base = loaded.base();
    let request = request(options, base.state())?;
    let mut command = format!("comity risk links --top {}", options.top);
    if !request.kinds.is_empty() {
        let _ = write!(command, " --kind {}", options.kind.join(","));
    }
    if !options.near.is_empty() {
        let _ = write!(command, " --near {}", options.near.join(","));
    }
    command.push_str(&typed(world, scenario, options.equilibrium));
    let settings = settings(&loaded, options.equilibrium, command);
    let bar = console.progress_with_time_left();
    let found = rank_closings(&base, &request, &settings, &bar);
    bar.finish();
    let found = found?;
    let top = usize::from(options.top);
    let written = match &options.out {
        None => vec![],
        Some(folder) => {
            let files = report::files(&found, top, &base.state().outlines)?;
            interrupt::finish_first(|| {
                comity_report::write::write_folder(&files, folder, options.force)
            })?
        }
    };
    if console.json {
        console.print_json(&found)?;
    } else {
        console.print(&ranked(&found, top));
    }
    for warning in &found.diagnostics.warnings {
        console.say(&format!("note: {warning}"));
    }
    for (stage, seconds) in &found.diagnostics.seconds {
        console.detail(&format!("{stage}: {seconds:.1} s"));
    }
    if let Some(page) = written.first() {
        console.say(&format!(
            "wrote {} and {} files beside it in {:.1} s",
            page.display(),
            written.len() - 1,
            since.elapsed().as_secs_f64()
        ));
    }
    Ok(())
}

/// The options looked up, or all their mistakes.
fn request(options: &RiskLinks, world: &World) -> Result<RankRequest, CommandError> {
    const ALL: &str = "all";
    let mut problems = vec![];
    let (mut kinds, mut near) = (vec![], vec![]);
    for name in options.kind.iter().filter(|name| *name != ALL) {
        match Kind::parse(name) {
            Some(kind) => kinds.push(kind),
            None => {
                let labels = Kind::ALL.map(Kind::label);
                let problem = Problem::new("--kind", "unknown kind").value(name);
                let help = format!("there are {} and {ALL}", labels.join(", "));
                let close = problem.did_you_mean(name, labels.into_iter().chain([ALL]));
                problems.push(match close.help {
                    None => close.help(help),
                    Some(_) => close,
                });
            }
        }
    }
    if options.kind.iter().any(|name| name == ALL) {
        kinds.clear();
    }
    for name in &options.near {
        let code = name.trim().to_uppercase();
        match world.economy(&code) {
            Some(id) => near.push(id),
            None => {
                let codes = world.economies.iter().map(|e| e.iso3.as_str());
                let problem = Problem::new("--near", "unknown economy").value(name);
                problems.push(problem.did_you_mean(&code, codes));
            }
        }
    }
    let without_places = |id: &&EconomyId| {
        let economy = id.index();
        let mut of_places = (0..world.places.len()).map(comity_world::PlaceId::from_index);
        !of_places.any(|place| world.economy_of_place(place).index() == economy)
    };
    for id in near.iter().filter(without_places) {
        let economy = &world.economies[id.index()];
        let problem = Problem::new("--near", "this economy has no places");
        problems.push(problem.value(&economy.iso3));
    }
    if !problems.is_empty() {
        return Err(problems.into());
    }
    kinds.sort_unstable();
    kinds.dedup();
    near.sort_unstable();
    near.dedup();
    Ok(RankRequest {
        top: usize::from(options.top),
        kinds,
        near,
    })
}

fn ranked(found: &RankOutcome, top: usize) -> String {
    let columns = report::table(found, top);
    let header: Vec<&str> = columns.header.iter().map(String::as_str).collect();
    let mut shown = table(&header, 3);
    for row in &columns.rows {
        shown.add_row(row);
    }
    format!(
        "{}\n\n{shown}\n\n{}\n",
        report::title(found),
        report::summary(found)
    )
}
