//! `comity gravity use`: coefficients of an estimate become parameters of a world, with their
//! covariance.

use super::estimates;
use crate::arguments::Mapping;
use crate::console::Console;
use crate::error::{CommandError, CommandResult};
use crate::interrupt;
use crate::lookup;
use clap::Args;
use comity_report::single;
use comity_world::estimates::FILE;
use comity_world::{Estimates, Source, World};
use std::path::{Path, PathBuf};

/// Trade elasticity from the coefficient b on the logarithm of 1 + tariff: −b where trade is valued
/// duty paid, −b − 1 where it is net of duty. Value of time from the coefficient on hours.
#[derive(Args)]
pub struct UseOptions {
    /// File written by `comity gravity fit --out`.
    pub fit: PathBuf,
    #[command(flatten)]
    pub mapping: Mapping,
    /// Sector it holds for (default: all that travel); may be repeated.
    #[arg(long)]
    pub sector: Vec<String>,
    /// World: a built-in name or a folder. A folder gets the estimate.
    #[arg(long)]
    pub world: Option<String>,
    /// File to write (default: estimates.json, in the world's folder if it has one).
    #[arg(long, short)]
    pub out: Option<PathBuf>,
    /// Keep what the file holds of other sectors and parameters.
    #[arg(long)]
    pub add: bool,
    /// Replace the file even if it is not ours.
    #[arg(long)]
    pub force: bool,
}

pub fn run(options: &UseOptions, console: &Console) -> CommandResult {
    let source = lookup::world_source(options.world.as_deref())?;
    let world = World::load(&source)?;
    let out = match (&options.out, &source) {
        (Some(out), _) => out.clone(),
        (None, Source::Folder(folder)) => folder.join(FILE),
        (None, Source::Archive { .. }) => PathBuf::from(FILE),
    };
    let before = read_before(&out, options)?;
    let file = out.display().to_string();
    let text = estimates::read(&options.fit)?;
    let found = estimates::from_fit(
        &options.fit,
        &text,
        &options.mapping,
        &options.sector,
        &world,
    )?;
    let said: Vec<String> = found.estimates[0]
        .parameters
        .iter()
        .zip(&found.estimates[0].covariance)
        .enumerate()
        .map(|(at, (p, row))| {
            format!(
                "{} of {}: {:.4}, standard error {:.4} ({})",
                p.parameter.label(),
                p.sectors.join(", "),
                p.value,
                row[at].max(0.0).sqrt(),
                p.coefficient
            )
        })
        .collect();
    let mut all = before;
    all.add(found);
    let problems = all.problems(&file, &world);
    if !problems.is_empty() {
        return Err(problems.into());
    }
    if console.json {
        console.print_json(&all)?;
    }
    let text = serde_json::to_string_pretty(&all)? + "\n";
    interrupt::finish_first(|| single::write(&[(&out, text.as_bytes())]))?;
    console.say(&said.join("\n"));
    console.say(&format!(
        "wrote {file}; `comity appraise SCENARIO --estimates {file} --draws 500` draws from it"
    ));
    Ok(())
}

/// What the file to write holds that stays.
///
/// # Errors
/// Where it may not be written.
fn read_before(out: &Path, options: &UseOptions) -> Result<Estimates, CommandError> {
    let shown = out.display().to_string();
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).ok()?;
        Estimates::parse(&shown, &text).ok()
    };
    single::may_write(out, options.force, |path| read(path).is_some())?;
    let before = read(out).filter(|_| options.add);
    Ok(before.unwrap_or_default())
}
