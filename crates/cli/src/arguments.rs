//! The command line as typed. Names in it are looked up later, in [`crate::lookup`].

mod agreement;
mod estimates;
mod network;
mod shared;

pub use agreement::*;
pub use estimates::*;
pub use network::*;
pub use shared::*;

use crate::commands::gravity::GravityAction;
use clap::{Args, Parser, Subcommand, ValueEnum};
use comity_appraisal::{Closure, EquilibriumSettings};
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
    #[arg(long, global = true, display_order = 1000, value_parser = positive)]
    pub threads: Option<usize>,
    /// Say nothing on stderr but errors.
    #[arg(
        short,
        long,
        global = true,
        display_order = 1001,
        conflicts_with = "verbose"
    )]
    pub quiet: bool,
    /// Say more on stderr: stages with their seconds, counts.
    #[arg(short, long, global = true, display_order = 1002)]
    pub verbose: bool,
    /// Colour on stdout; auto: only on a terminal, and never when NO_COLOR is set.
    #[arg(long, global = true, display_order = 1003, value_enum, default_value_t = When::Auto)]
    pub colour: When,
    /// Output on stdout: text for people, JSON for programs.
    #[arg(long, global = true, display_order = 1004, value_enum, default_value_t = Format::Text)]
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
    /// Does every member of a bloc gain, who would block, and what would make them agree.
    Agree(Agree),
    /// The set of a programme's projects that every member accepts and that is best.
    Package(PackageOptions),
    /// Who might join a bloc, and what that does to each member.
    #[command(subcommand)]
    Bloc(BlocAction),
    /// Voting power of a bloc's members under a rule.
    Power(PowerOptions),
    /// Solve for the equilibrium alone and write all its tables.
    Solve(Solve),
    /// Journeys between two places: hours, USD per TEU, km and legs, before and after.
    Times(TimesOptions),
    /// Place-to-place matrices: hours, USD, km, generalised cost by class and mode, composite, shares.
    Skim(Skim),
    /// What flows over a chosen link, border, port or passage.
    Flows(FlowsOptions),
    /// A bloc's trade accounts: goods as reported, filled, treated; services.
    Trade(TradeOptions),
    /// What is lost when links, borders, ports or passages close.
    #[command(subcommand)]
    Risk(RiskAction),
    /// Estimate gravity equations with many fixed effects.
    #[command(subcommand)]
    Gravity(GravityAction),
    /// Look at a world and check its tables.
    #[command(subcommand)]
    World(WorldAction),
    /// Check scenario files and print their schema.
    #[command(subcommand)]
    Scenario(ScenarioAction),
    /// Set the projects of a programme against each other.
    #[command(subcommand)]
    Projects(ProjectsAction),
}

#[derive(Subcommand)]
pub enum ProjectsAction {
    /// Rank the projects of a scenario file: each alone, and each with all others built.
    ///
    /// Reports the change of market access and of the income of land (Reed & Trubetskoy 2019), the
    /// share that stays in each project's own economies, and, where the cost is known, benefit over
    /// cost. A project alone is compared with the world without any project; in complement, all
    /// projects together are compared with all but this one.
    Rank(RankOptions),
}

#[derive(Args)]
#[command(mut_arg("out", |a| a.help("Folder to write (default: out/<scenario>-projects)")))]
pub struct RankOptions {
    /// Name of a built-in scenario (see `comity scenario list`) or a TOML file with two projects
    /// or more.
    pub scenario: String,
    /// World: a built-in name or a folder (default: the scenario's own).
    #[arg(long)]
    pub world: Option<String>,
    /// Solve for the exact real income of every economy in every state, and rank by it.
    #[arg(long)]
    pub equilibrium: bool,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Subcommand)]
pub enum RiskAction {
    /// Close some links, borders, ports or passages together.
    Close(RiskClose),
    /// Close what the weightiest journeys use, one after another, and rank it by what is lost.
    Links(RiskLinks),
}

#[derive(Args)]
pub struct RiskClose {
    /// What to close, separated by commas: a passage (suez), a border (CHN-KAZ, CHN-KAZ:rail), a
    /// port by name or code (port:CNSHA), the border links near a place (crossing:Khorgos), a link
    /// by its number (link:1234).
    #[arg(required = true, value_delimiter = ',', value_name = "ITEM")]
    pub items: Vec<String>,
    /// World: a built-in name or a folder (default: the scenario's own).
    #[arg(long)]
    pub world: Option<String>,
    /// Scenario after which they close: a built-in name or a TOML file.
    #[arg(long)]
    pub scenario: Option<String>,
    /// Solve for the real income of every economy.
    #[arg(long)]
    pub equilibrium: bool,
}

#[derive(Args)]
pub struct RiskLinks {
    /// Rows printed, and solved for with --equilibrium.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub top: u16,
    /// Only these: link, border, port, passage or all; separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "all")]
    pub kind: Vec<String>,
    /// Rank by what the places of these economies lose (ISO codes, separated by commas).
    #[arg(long, value_delimiter = ',', value_name = "ISO3")]
    pub near: Vec<String>,
    /// World: a built-in name or a folder (default: the scenario's own).
    #[arg(long)]
    pub world: Option<String>,
    /// Scenario after which they close: a built-in name or a TOML file.
    #[arg(long)]
    pub scenario: Option<String>,
    /// Solve for the real income lost by the rows printed.
    #[arg(long)]
    pub equilibrium: bool,
    /// Folder to write a page with a map, a table and a manifest into (default: none).
    #[arg(long, short)]
    pub out: Option<PathBuf>,
    /// Write into the folder even if it holds something that is not ours.
    #[arg(long, requires = "out")]
    pub force: bool,
}

#[derive(Args)]
#[command(mut_arg("out", |a| a.help("Folder to write (default: out/<scenario>)")))]
pub struct Appraise {
    /// Name of a built-in scenario (see `comity scenario list`) or a TOML file.
    pub scenario: String,
    /// World: a built-in name or a folder (default: the scenario's own).
    #[arg(long)]
    pub world: Option<String>,
    #[command(flatten)]
    pub as_of: AsOf,
    #[command(flatten)]
    pub equilibrium: EquilibriumOptions,
    #[command(flatten)]
    pub draws: DrawOptions,
    #[command(flatten)]
    pub estimates: EstimateOptions,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Args)]
#[command(mut_arg("out", |a| a.help("Folder to write (default: out/<scenario>-equilibrium)")))]
pub struct Solve {
    /// Scenario: a built-in name or a TOML file.
    #[arg(long)]
    pub scenario: String,
    /// World: a built-in name or a folder (default: the scenario's own).
    #[arg(long)]
    pub world: Option<String>,
    #[command(flatten)]
    pub equilibrium: EquilibriumOptions,
    #[command(flatten)]
    pub estimates: EstimateOptions,
    #[command(flatten)]
    pub output: Output,
}

/// What is held fixed while solving.
#[derive(Args)]
pub struct EquilibriumOptions {
    /// Trade balances: fixed in units of world income; fixed as a share of own income; or zero.
    #[arg(long, value_enum, default_value_t = ClosureName::FixedBalance)]
    pub closure: ClosureName,
    /// Largest relative error allowed in any equation.
    #[arg(long, default_value_t = 1e-10, value_parser = tolerance)]
    pub tolerance: f64,
}

impl EquilibriumOptions {
    pub fn settings(&self) -> EquilibriumSettings {
        EquilibriumSettings {
            tolerance: self.tolerance,
            closure: match self.closure {
                ClosureName::FixedBalance => Closure::FixedBalance,
                ClosureName::ShareOfIncome => Closure::ShareOfIncome,
                ClosureName::Balanced => Closure::Balanced,
            },
            ..EquilibriumSettings::default()
        }
    }

    /// As typed, for the command that makes a result again; empty if nothing was.
    pub fn typed(&self) -> String {
        let standard = EquilibriumSettings::default();
        let mut text = String::new();
        if self.closure != ClosureName::FixedBalance {
            let name = self.closure.to_possible_value();
            text.push_str(" --closure ");
            text.push_str(name.as_ref().map_or("", |n| n.get_name()));
        }
        if self.tolerance != standard.tolerance {
            text.push_str(&format!(" --tolerance {:e}", self.tolerance));
        }
        text
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ClosureName {
    /// In units of world income.
    FixedBalance,
    /// As a share of the economy's own income.
    ShareOfIncome,
    /// Zero; closing the balances is then part of the change.
    Balanced,
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
    /// Show up to so many distinct routes by each mode, cheapest first.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=20))]
    pub alternatives: Option<u8>,
    /// World: a built-in name or a folder.
    #[arg(long)]
    pub world: Option<String>,
}

/// One row for every from, to, class and mode. What is unreachable is empty. OMX (HDF5) is not
/// written: its only library is in C; `docs/guide/own-network.md` shows how to convert.
#[derive(Args)]
pub struct Skim {
    /// File to write: .parquet or .csv.
    #[arg(long, short)]
    pub out: PathBuf,
    /// World: a built-in name or a folder.
    #[arg(long)]
    pub world: Option<String>,
    /// Scenario after which to travel: a built-in name or a TOML file.
    #[arg(long)]
    pub scenario: Option<String>,
    /// Commodity class: bulk, general, time-sensitive or all.
    #[arg(long, default_value = "general")]
    pub class: String,
    /// Main mode: rail, road, sea, air or all.
    #[arg(long, default_value = "all")]
    pub mode: String,
    /// Only from this place; may be repeated.
    #[arg(long)]
    pub from: Vec<String>,
    /// Only to this place; may be repeated.
    #[arg(long)]
    pub to: Vec<String>,
    /// Replace the file even if it is not ours.
    #[arg(long)]
    pub force: bool,
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
    #[command(flatten)]
    pub as_of: AsOf,
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
    /// Look for what seems wrong with a network: islands, gaps, dead ends, impossible lengths,
    /// places that no road reaches.
    Audit {
        /// A built-in name or a folder.
        world: Option<String>,
    },
    /// Put your own network into a world: GMNS tables or GeoJSON lines.
    Import(Box<Import>),
    /// List the built-in worlds.
    List,
    /// Write the datapackage.json of a world folder.
    Describe {
        /// A world folder.
        folder: PathBuf,
    },
}

/// Replace the rail or road network of a world by one of your own. Every mistake is reported at
/// once and nothing is written. GeoPackage is not read: convert it with
/// `ogr2ogr -f GeoJSON lines.geojson lines.gpkg`.
#[derive(Args)]
pub struct Import {
    /// A folder with node.csv and link.csv (GMNS), or a GeoJSON file.
    #[arg(long)]
    pub from: PathBuf,
    #[arg(long, value_enum)]
    pub kind: ImportKind,
    /// Network to replace: rail or road.
    #[arg(long, value_enum, default_value_t = ImportMode::Road)]
    pub mode: ImportMode,
    /// World to start from: a built-in name or a folder.
    #[arg(long)]
    pub into: Option<String>,
    /// World folder to write.
    #[arg(long, short)]
    pub out: PathBuf,
    /// Where a field comes from: km=COLUMN or km=COLUMN:FACTOR; fields are id, km, hours, class,
    /// gauge, iso3, uses. May be repeated.
    #[arg(long, value_name = "FIELD=COLUMN[:FACTOR]")]
    pub map: Vec<String>,
    /// Class of links whose type is COLUMN VALUE: primary=highway. May be repeated.
    #[arg(long, value_name = "VALUE=CLASS")]
    pub class_of: Vec<String>,
    /// Class of links without a type, and of types that are neither a class nor mapped.
    #[arg(long)]
    pub class: Option<String>,
    /// Gauge of rail links that give none, mm.
    #[arg(long)]
    pub gauge: Option<u16>,
    /// Only links whose allowed uses name this; links that name none are kept. May be repeated.
    #[arg(long = "use", value_name = "USE")]
    pub uses: Vec<String>,
    /// Take hours from the free speed of GMNS links, rather than from the speed of their class.
    #[arg(long)]
    pub free_speed: bool,
    /// Line ends of GeoJSON closer than this become one node, metres.
    #[arg(long, default_value_t = 50.0, value_parser = not_negative)]
    pub snap_m: f64,
    /// Places and terminals farther than this from every node are not attached, km.
    #[arg(long, default_value_t = 50.0, value_parser = not_negative)]
    pub attach_km: f64,
    /// Territory of nodes that give none: that of the nearest node, place or terminal of the world,
    /// or that of the outline they lie in (else the nearest).
    #[arg(long, value_enum, default_value_t = TerritoryFrom::Nearest)]
    pub territory: TerritoryFrom,
    /// Title of the network, for the world's list of sources.
    #[arg(long, value_name = "TITLE")]
    pub source: Option<String>,
    /// Its licence.
    #[arg(long, requires = "source")]
    pub licence: Option<String>,
    /// Coordinates are latitude first: change them over.
    #[arg(long)]
    pub swap: bool,
    /// Leave out rows with mistakes, and count them, rather than stop.
    #[arg(long)]
    pub drop_bad_rows: bool,
    /// Write into the folder even if it holds something that is not ours.
    #[arg(long)]
    pub force: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportKind {
    /// General Modeling Network Specification: node.csv, link.csv, config.csv.
    Gmns,
    /// LineString features.
    Geojson,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TerritoryFrom {
    Nearest,
    Outline,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportMode {
    Rail,
    Road,
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

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number < 1e-3 => Ok(number),
        _ => Err("must be a number above 0 and below 0.001".to_owned()),
    }
}

fn finite(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err("must be a number".to_owned()),
    }
}

fn probability(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number <= 1.0 => Ok(number),
        _ => Err("must be a number above 0, at most 1".to_owned()),
    }
}

fn not_negative(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number >= 0.0 && number.is_finite() => Ok(number),
        _ => Err("must be a number of at least 0".to_owned()),
    }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("must be a whole number of at least 1".to_owned()),
        Ok(number) => Ok(number),
    }
}
