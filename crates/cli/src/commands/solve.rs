//! `comity solve`.

use super::{estimates, table};
use crate::arguments::Solve;
use crate::console::Console;
use crate::error::CommandResult;
use crate::interrupt;
use crate::lookup;
use comity_appraisal::Equilibrium;

/// Economies printed: those whose income changes most in percent, and in million USD.
const BY_PERCENT: usize = 15;
const BY_MUSD: usize = 10;

pub fn run(options: &Solve, console: &Console) -> CommandResult {
    let since = std::time::Instant::now();
    let (mut world, scenario) =
        lookup::scenario(&options.scenario, options.world.as_deref(), console)?;
    estimates::apply(&options.estimates, &mut world)?;
    let folder = options
        .output
        .folder(&format!("{}-equilibrium", scenario.id));
    if !options.output.no_files {
        comity_report::write::may_write(&folder, options.output.force)?;
    }
    let mut command = format!("comity solve --scenario {}", options.scenario);
    if let Some(world) = &options.world {
        command.push_str(&format!(" --world {world}"));
    }
    command.push_str(&options.equilibrium.typed());
    command.push_str(&options.estimates.typed());
    let settings = options.equilibrium.settings();
    let bar = console.progress();
    let found = comity_appraisal::solve(&world, &scenario, &settings, &command, &bar);
    bar.finish();
    let found = found?;
    let written = if options.output.no_files {
        vec![]
    } else {
        let files = comity_report::equilibrium::files(&found)?;
        interrupt::finish_first(|| {
            comity_report::write::write_folder(&files, &folder, options.output.force)
        })?
    };
    if console.json {
        console.print_json(&found)?;
    } else {
        console.print(&text(&found));
    }
    for warning in &found.diagnostics.warnings {
        console.say(&format!("note: {warning}"));
    }
    if !written.is_empty() {
        console.say(&format!(
            "wrote {} tables into {} in {:.1} s",
            written.len() - 1,
            folder.display(),
            since.elapsed().as_secs_f64()
        ));
    }
    Ok(())
}

fn text(found: &Equilibrium) -> String {
    let columns = comity_report::equilibrium::table(found, BY_PERCENT, BY_MUSD);
    let header: Vec<&str> = columns.header.iter().map(String::as_str).collect();
    let mut shown = table(&header, 1);
    for row in &columns.rows {
        shown.add_row(row);
    }
    let residuals: Vec<String> = found
        .diagnostics
        .residuals
        .iter()
        .map(|(block, size)| format!("{block} {size:.1e}"))
        .collect();
    let journeys = if found.journeys_searched {
        "Journeys were searched before and after."
    } else {
        "The scenario leaves journeys alone; none were searched."
    };
    format!(
        "{}: the {} economies of {} whose real income changes most, in percent or in million USD\n\n{shown}\n\n\
         Real income is exact; the four columns before it add up to it. The first-order sum of\n\
         Caliendo & Parro (2015) is shown for comparison and is not the change of real income.\n\
         {journeys} Solved in {} iterations; largest relative errors: {}.\n",
        found.name,
        columns.rows.len(),
        found.economies.len(),
        found.diagnostics.iterations,
        residuals.join(", ")
    )
}
