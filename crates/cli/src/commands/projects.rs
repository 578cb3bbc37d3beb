//! `comity projects`.

use super::table;
use crate::arguments::{ProjectsAction, RankOptions};
use crate::console::Console;
use crate::error::CommandResult;
use crate::interrupt;
use crate::lookup;
use comity_appraisal::{EquilibriumSettings, ProgrammeOptions, ProgrammeOutcome};
use comity_report::programme::{LEGEND, summary};

pub fn run(action: &ProjectsAction, console: &Console) -> CommandResult {
    match action {
        ProjectsAction::Rank(options) => rank(options, console),
    }
}

fn rank(options: &RankOptions, console: &Console) -> CommandResult {
    let since = std::time::Instant::now();
    let (world, programme) =
        lookup::programme(&options.scenario, options.world.as_deref(), console)?;
    let folder = options
        .output
        .folder(&format!("{}-projects", programme.whole.id));
    if !options.output.no_files {
        comity_report::write::may_write(&folder, options.output.force)?;
    }
    let mut command = format!("comity projects rank {}", options.scenario);
    if let Some(world) = &options.world {
        command.push_str(&format!(" --world {world}"));
    }
    if options.equilibrium {
        command.push_str(" --equilibrium");
    }
    let settings = ProgrammeOptions {
        equilibrium: options.equilibrium.then(EquilibriumSettings::default),
        command,
        ..ProgrammeOptions::default()
    };
    let bar = console.progress_with_time_left();
    let found = comity_appraisal::rank(&world, &programme, &settings, &bar);
    bar.finish();
    let found = found?;
    let written = if options.output.no_files {
        vec![]
    } else {
        let files = comity_report::programme::files(&found)?;
        interrupt::finish_first(|| {
            comity_report::write::write_folder(&files, &folder, options.output.force)
        })?
    };
    if console.json {
        console.print_json(&found)?;
    } else {
        console.print(&text(&found, console.width()));
    }
    for warning in &found.diagnostics.warnings {
        console.say(&format!("note: {warning}"));
    }
    if let Some(report) = written.first() {
        console.say(&format!(
            "wrote {} and {} files beside it in {:.1} s",
            report.display(),
            written.len() - 1,
            since.elapsed().as_secs_f64()
        ));
    }
    Ok(())
}

fn text(found: &ProgrammeOutcome, width: usize) -> String {
    let columns = comity_report::programme::table(found);
    let header: Vec<&str> = columns.header.iter().map(String::as_str).collect();
    let mut shown = table(&header, 1);
    for row in &columns.rows {
        shown.add_row(row);
    }
    format!(
        "{}: {} projects by gain in complement\n\n{shown}\n\n{}\n\n{}\n",
        found.name,
        found.projects.len(),
        wrapped(&summary(found), width),
        wrapped(LEGEND, width)
    )
}

/// Lines of at most `width` letters.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is a line");
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + 1 + word.chars().count() <= width {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}
