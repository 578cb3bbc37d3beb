//! `comity flows`.

use super::loaded::{Loaded, typed};
use super::table;
use crate::arguments::FlowsOptions;
use crate::console::Console;
use crate::error::CommandResult;
use crate::interrupt;
use comity_appraisal::{choose, flows};
use comity_report::equilibrium::Columns;
use comity_report::flows as report;
use comity_report::numbers::count;

/// Place pairs in JSON; all are in the folder.
const PLACES_IN_JSON: usize = 1000;

pub fn run(options: &FlowsOptions, console: &Console) -> CommandResult {
    if let Some(folder) = &options.out {
        comity_report::write::may_write(folder, options.force)?;
    }
    let (world, scenario) = (options.world.as_deref(), options.scenario.as_deref());
    let loaded = Loaded::new(world, scenario, console)?;
    let base = loaded.base();
    let items: Vec<&str> = options.items.iter().map(String::as_str).collect();
    let chosen = choose(&base, &items)?;
    let command = format!(
        "comity flows {}{}",
        items.join(","),
        typed(world, scenario, false)
    );
    let bar = console.progress();
    let mut found = flows(&base, chosen, &command, &bar);
    bar.finish();
    let written = match &options.out {
        None => vec![],
        Some(folder) => {
            let files = report::files(&found);
            interrupt::finish_first(|| {
                comity_report::write::write_folder(&files, folder, options.force)
            })?
        }
    };
    if console.json {
        found.places.truncate(PLACES_IN_JSON);
        console.print_json(&found)?;
    } else {
        let top = usize::from(options.top);
        let mut text = report::summary(&found);
        let tables = [
            (
                "Economy pairs",
                report::economy_table(&found, top),
                found.pairs.len(),
                2,
            ),
            (
                "Place pairs",
                report::place_table(&found, top),
                found.places.len(),
                3,
            ),
        ];
        for (title, columns, all, first_number) in tables {
            if all > 0 {
                let shown = columns.rows.len();
                text.push_str(&format!(
                    "\n\n{title}, the largest {} of {}\n{}",
                    count(shown as u64),
                    count(all as u64),
                    rows(&columns, first_number)
                ));
            }
        }
        console.print(&format!("{text}\n\n{}\n", report::MEANING));
    }
    for (stage, seconds) in &found.diagnostics.seconds {
        console.detail(&format!("{stage}: {seconds:.1} s"));
    }
    if let Some(first) = written.first() {
        console.say(&format!(
            "wrote {} and {} files beside it",
            first.display(),
            written.len() - 1
        ));
    }
    Ok(())
}

fn rows(columns: &Columns, first_number: usize) -> String {
    let header: Vec<&str> = columns.header.iter().map(String::as_str).collect();
    let mut shown = table(&header, first_number);
    for row in &columns.rows {
        shown.add_row(row);
    }
    shown.to_string()
}
