//! `comity gravity panel`: a world's own cross-section, to estimate from.

use crate::console::Console;
use crate::error::{CommandError, CommandResult};
use crate::interrupt;
use crate::lookup;
use clap::Args;
use comity_appraisal::{PanelRequest, panel};
use comity_report::{numbers, panel as file};
use comity_world::SectorId;
use std::path::PathBuf;

/// One row for every exporter, importer and sector. What is not known is empty, not zero. Units
/// and meanings of the columns go into a file beside it (panel-columns.json).
#[derive(Args)]
pub struct PanelOptions {
    /// World: a built-in name or a folder.
    #[arg(long)]
    pub world: Option<String>,
    /// Scenario after which journeys and tariffs are taken; trade stays the world's own.
    #[arg(long)]
    pub scenario: Option<String>,
    /// File to write: .parquet or .csv.
    #[arg(long, short, default_value = "panel.parquet")]
    pub out: PathBuf,
    /// Only this sector; may be repeated.
    #[arg(long)]
    pub sector: Vec<String>,
    /// Leave out domestic flows.
    #[arg(long)]
    pub international: bool,
    /// Keep the rest of the world, whose distances mean little.
    #[arg(long)]
    pub with_remainder: bool,
    /// Replace the file even if it is not ours.
    #[arg(long)]
    pub force: bool,
}

pub fn run(options: &PanelOptions, console: &Console) -> CommandResult {
    file::may_write(&options.out, options.force)?;
    let (world, state) = match &options.scenario {
        None => (lookup::world(options.world.as_deref(), console)?, None),
        Some(name) => {
            let (world, scenario) = lookup::scenario(name, options.world.as_deref(), console)?;
            let state = scenario.apply(&world);
            (world, Some(state))
        }
    };
    let (mut sectors, mut mistakes) = (Vec::new(), Vec::new());
    for code in &options.sector {
        match world.sector(code) {
            Some(id) => sectors.push(id),
            None => {
                let codes = world.sectors.iter().map(|s| s.code.as_str());
                let more = format!("there are {}", codes.clone().collect::<Vec<_>>().join(", "));
                mistakes.push(CommandError::unknown("sector", code, codes, &more).message);
            }
        }
    }
    if !mistakes.is_empty() {
        return Err(CommandError::user(mistakes.join("\n")));
    }
    if sectors.is_empty() {
        sectors = (0..world.sectors.len()).map(SectorId::from_index).collect();
    }
    sectors.sort_unstable();
    sectors.dedup();
    let bar = console.progress();
    let found = panel(
        &PanelRequest {
            world: &world,
            state: state.as_ref().unwrap_or(&world),
            sectors: &sectors,
            domestic: !options.international,
            remainder: options.with_remainder,
        },
        &bar,
    );
    bar.finish();
    interrupt::finish_first(|| file::write(&options.out, &world, &found, &command(options)))?;
    console.say(&format!(
        "wrote {} rows into {}: {} without trade, {} of goods without any journey, {} of what does \
         not travel; left out: {} of the rest of the world, {} domestic",
        numbers::count(found.rows.len() as u64),
        options.out.display(),
        numbers::count(found.zero_rows),
        numbers::count(found.unreached_rows),
        numbers::count(found.rows_that_do_not_travel),
        numbers::count(found.remainder_rows),
        numbers::count(found.domestic_rows),
    ));
    Ok(())
}

fn command(options: &PanelOptions) -> String {
    let mut text = "comity gravity panel".to_owned();
    for (name, value) in [("world", &options.world), ("scenario", &options.scenario)] {
        if let Some(value) = value {
            text.push_str(&format!(" --{name} {value}"));
        }
    }
    for code in &options.sector {
        text.push_str(&format!(" --sector {code}"));
    }
    for (name, given) in [
        ("international", options.international),
        ("with-remainder", options.with_remainder),
    ] {
        if given {
            text.push_str(&format!(" --{name}"));
        }
    }
    text
}
