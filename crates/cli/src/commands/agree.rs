//! `comity agree`.

use super::{coalitions, estimates};
use crate::arguments::Agree;
use crate::console::Console;
use crate::error::{CommandError, CommandResult};
use crate::interrupt;
use crate::lookup;
use comity_agreement::consensus::Question;
use comity_agreement::from_outcome::{Agreement, agreement, question};
use comity_agreement::transfers::Limits;
use comity_appraisal::{Options, Outcome};
use comity_scenario::Resolved;
use comity_world::World;

pub fn run(options: &Agree, console: &Console) -> CommandResult {
    let since = std::time::Instant::now();
    let (mut world, scenario) = lookup::scenario_at(
        &options.scenario,
        options.world.as_deref(),
        options.bloc.as_deref(),
        options.as_of.as_of.as_ref(),
        console,
    )?;
    estimates::apply(&options.estimates, &mut world)?;
    let folder = options.output.folder(&format!("{}-agreement", scenario.id));
    if !options.output.no_files {
        // Before the work, not after it.
        comity_report::write::may_write(&folder, options.output.force)?;
    }
    // What can be wrong with the game, before the long work.
    let game = if options.values.is_empty() {
        None
    } else {
        let unresolved = lookup::unresolved(&options.scenario)?;
        Some(coalitions::prepare(
            &world,
            unresolved,
            &scenario,
            &options.players,
        )?)
    };
    let draws = options.draws.draws();
    let settings = Options {
        draws,
        equilibrium: options.equilibrium.settings(),
        command: command(options),
        ..Options::default()
    };
    let (outcome, found) = ask(
        &world,
        &scenario,
        &settings,
        options.wanted.delta,
        options.probability,
        console,
    )?;
    let values = match game {
        None => None,
        Some(game) => Some(coalitions::values(
            game,
            &world,
            &settings.equilibrium,
            &options.values,
            console,
        )?),
    };
    let worth = values
        .as_ref()
        .map_or_else(Vec::new, |values| coalitions::blocks(values, &world));
    let written = if options.output.no_files {
        vec![]
    } else {
        let manifest = serde_json::json!({
            "equilibrium": settings.equilibrium,
            "journeys": world.settings.journeys,
            "draws": draws.map(|d| d.count),
            "seed": draws.map(|d| d.seed),
            "delta_percent": options.wanted.delta,
            "probability": options.probability,
            "values": values,
            "estimates": world.estimates.estimates,
        });
        interrupt::finish_first(|| {
            comity_report::write::write_agreement(
                &outcome,
                &found,
                &worth,
                &world.outlines,
                world.settings.map.extent,
                &folder,
                options.output.force,
                manifest,
            )
        })?
    };
    if console.json {
        console.print_json(&serde_json::json!({
            "consensus": found.consensus,
            "probable": found.probable,
            "values": values,
        }))?;
        for warning in &outcome.diagnostics.warnings {
            console.say(&format!("note: {warning}"));
        }
    } else {
        let mut text = comity_report::agreement::render(&found, console.width(), console.colour);
        if !worth.is_empty() {
            text.push('\n');
            text.push_str(&coalitions::text(&worth));
        }
        for warning in &outcome.diagnostics.warnings {
            text.push_str(&format!("\nNote: {warning}"));
        }
        console.print(&text);
    }
    if let [report, brief, ..] = written.as_slice() {
        console.say(&format!(
            "wrote {}, {} and {} tables beside them in {:.1} s",
            report.display(),
            brief.display(),
            written.len() - 2,
            since.elapsed().as_secs_f64()
        ));
    }
    Ok(())
}

/// Appraise a scenario, and ask every member.
pub fn ask(
    world: &World,
    scenario: &Resolved,
    settings: &Options,
    delta: f64,
    probability: f64,
    console: &Console,
) -> Result<(Outcome, Agreement), CommandError> {
    let bar = console.progress();
    let outcome = comity_appraisal::appraise(world, scenario, settings, &bar);
    bar.finish();
    let outcome = outcome?;
    let question = Question {
        wanted_percent: delta,
        ..question(&outcome)
    };
    let found = agreement(&outcome, &question, probability, Limits::default())?;
    Ok((outcome, found))
}

/// The command that makes the result again.
fn command(options: &Agree) -> String {
    let mut command = format!("comity agree {}", options.scenario);
    if let Some(world) = &options.world {
        command.push_str(&format!(" --world {world}"));
    }
    if let Some(bloc) = &options.bloc {
        command.push_str(&format!(" --bloc {bloc}"));
    }
    command.push_str(&options.as_of.typed());
    command.push_str(&options.wanted.typed());
    command.push_str(&options.equilibrium.typed());
    command.push_str(&options.estimates.typed());
    command.push_str(&options.draws.typed());
    if options.probability != 0.9 {
        command.push_str(&format!(" --probability {}", options.probability));
    }
    command
}
