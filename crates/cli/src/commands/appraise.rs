//! `comity appraise`.

use super::estimates;
use crate::arguments::Appraise;
use crate::console::Console;
use crate::error::CommandResult;
use crate::interrupt;
use crate::lookup;
use comity_appraisal::Options;

pub fn run(options: &Appraise, console: &Console) -> CommandResult {
    let since = std::time::Instant::now();
    let (mut world, scenario) = lookup::scenario_at(
        &options.scenario,
        options.world.as_deref(),
        None,
        options.as_of.as_of.as_ref(),
        console,
    )?;
    estimates::apply(&options.estimates, &mut world)?;
    let folder = options.output.folder(&scenario.id);
    if !options.output.no_files {
        // Before the work, not after it.
        comity_report::write::may_write(&folder, options.output.force)?;
    }
    let mut command = format!("comity appraise {}", options.scenario);
    if let Some(world) = &options.world {
        command.push_str(&format!(" --world {world}"));
    }
    command.push_str(&options.as_of.typed());
    command.push_str(&options.equilibrium.typed());
    command.push_str(&options.estimates.typed());
    command.push_str(&options.draws.typed());
    let draws = options.draws.draws();
    let settings = Options {
        draws,
        equilibrium: options.equilibrium.settings(),
        command,
        ..Options::default()
    };
    let bar = console.progress();
    let outcome = comity_appraisal::appraise(&world, &scenario, &settings, &bar);
    bar.finish();
    let outcome = outcome?;
    let written = if options.output.no_files {
        vec![]
    } else {
        let manifest = serde_json::json!({
            "equilibrium": settings.equilibrium,
            "journeys": world.settings.journeys,
            "draws": draws.map(|d| d.count),
            "seed": draws.map(|d| d.seed),
            "estimates": world.estimates.estimates,
        });
        interrupt::finish_first(|| {
            comity_report::write::write_all(
                &outcome,
                &world.outlines,
                world.settings.map.extent,
                &folder,
                options.output.force,
                manifest,
            )
        })?
    };
    if console.json {
        console.print_json(&outcome)?;
    } else {
        console.print(&comity_report::terminal::render(
            &outcome,
            console.width(),
            console.colour,
        ));
    }
    for (what, count) in &outcome.diagnostics.counts {
        console.detail(&format!("{what}: {count}"));
    }
    if console.json {
        // On the page they stand below the tables.
        for warning in &outcome.diagnostics.warnings {
            console.say(&format!("note: {warning}"));
        }
    }
    if let Some(report) = written.first() {
        console.say(&format!(
            "wrote {} and {} tables beside it in {:.1} s",
            report.display(),
            written.len() - 1,
            since.elapsed().as_secs_f64()
        ));
    }
    Ok(())
}
