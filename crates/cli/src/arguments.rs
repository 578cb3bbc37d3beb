//! The command line as typed. Names in it are looked up later, in [`crate::lookup`].

use crate::commands::gravity::GravityAction;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Appraise cooperation between countries: what a railway, a faster border, a tariff agreement or
/// a closed corridor does to shipment times, trade costs, trade and real income, and whether every
/// member of a bloc gains.
#[derive(Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Start with: comity appraise cku-railway"
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub common: Common,
}

/// Options of every command.
#[derive(Args)]
pub struct Common {
    /// Threads to use (default: all). The result is the same whatever their number.
    #[arg(long, global = true, value_parser = positive)]
    pub threads: Option<usize>,
    /// Say nothing on stderr but errors.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more on stderr: stages with their seconds, counts.
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Colour on stdout; auto: only on a terminal, and never when NO_COLOR is set.
    #[arg(long, global = true, value_enum, default_value_t = When::Auto)]
    pub colour: When,
    /// Output on stdout: text for people, JSON for programs.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

#[derive(Subcommand)]
pub enum Command {
    /// Compare a scenario with its world and write a report.
    Appraise(Appraise),
    /// Journeys between two places: hours, USD per TEU, km and legs, before and after.
    Times(TimesOptions),
    /// A bloc's trade accounts: goods as reported, filled, treated; services.
    Trade(TradeOptions),
    /// Estimate gravity equations with many fixed effects.
    #[command(subcommand)]
    Gravity(GravityAction),
    /// Look at a world and check its tables.
    #[command(subcommand)]
    World(WorldAction),
    /// Check scenario files and print their schema.
    #[command(subcommand)]
    Scenario(ScenarioAction),
}

#[derive(Args)]
pub struct Appraise {
    /// Name of a built-in scenario (see `comity scenario list`) or a TOML file.
    pub scenario: String,
    /// World: a built-in name or a folder (default: the scenario's own).
    #[arg(long)]
    pub world: Option<String>,
    /// Folder to write (default: out/<scenario>).
    #[arg(long, short)]
    pub out: Option<PathBuf>,
    /// Write into the folder even if it holds something that is not ours.
    #[arg(long)]
    pub force: bool,
    /// Write no files, only print.
    #[arg(long, conflicts_with_all = ["out", "force"])]
    pub no_files: bool,
}

#[derive(Args)]
pub struct TimesOptions {
    /// Place of departure, by name; "Name, ISO" where several share it.
    #[arg(long)]
    pub from: String,
    /// Place of arrival.
    #[arg(long)]
    pub to: String,
    /// Main mode: rail, road, sea or air (default: all).
    #[arg(long)]
    pub mode: Option<String>,
    /// Scenario to compare with: a built-in name or a TOML file.
    #[arg(long)]
    pub scenario: Option<String>,
    /// Commodity class: bulk, general or time-sensitive.
    #[arg(long, default_value = "general")]
    pub class: String,
    /// World: a built-in name or a folder.
    #[arg(long)]
    pub world: Option<String>,
}

#[derive(Args)]
pub struct TradeOptions {
    /// Bloc (default: the world's own).
    #[arg(long)]
    pub bloc: Option<String>,
    /// Only partners of this tier: member, observer, "dialogue partner" or all.
    #[arg(long, default_value = "all")]
    pub tier: String,
    /// Trade of this economy with the bloc (default: trade within the bloc).
    #[arg(long)]
    pub economy: Option<String>,
    /// World: a built-in name or a folder.
    #[arg(long)]
    pub world: Option<String>,
}

#[derive(Subcommand)]
pub enum WorldAction {
    /// Check every table of a world and report all mistakes.
    Check {
        /// A built-in name or a folder.
        world: Option<String>,
    },
    /// Say what is in a world and where it comes from.
    Show {
        /// A built-in name or a folder.
        world: Option<String>,
    },
    /// List the built-in worlds.
    List,
    /// Write the datapackage.json of a world folder.
    Describe {
        /// A world folder.
        folder: PathBuf,
    },
}

#[derive(Subcommand)]
pub enum ScenarioAction {
    /// Check a scenario against its world and report all mistakes.
    Check {
        /// Name of a built-in scenario or a TOML file.
        scenario: String,
        /// World: a built-in name or a folder (default: the scenario's own).
        #[arg(long)]
        world: Option<String>,
    },
    /// Print the JSON Schema of scenario files.
    Schema,
    /// List the built-in scenarios.
    List,
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("must be a whole number of at least 1".to_owned()),
        Ok(number) => Ok(number),
    }
}
