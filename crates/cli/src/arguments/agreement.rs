//! Whether members agree: `agree`, `package`, `bloc`, `power`.

use super::{
    DrawOptions, EquilibriumOptions, EstimateOptions, Output, Wanted, not_negative, positive,
    probability,
};
use clap::{Args, Subcommand, ValueEnum};
use comity_world::Date;
use std::path::PathBuf;

/// Blocs in time.
#[derive(Args)]
pub struct AsOf {
    /// Who belongs to the blocs: as on this day, YYYY-MM-DD (default: now). Trade and everything
    /// else stay those of the world.
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<Date>,
}

impl AsOf {
    /// As typed, with a space before it; empty if it was not.
    pub fn typed(&self) -> String {
        let date = self.as_of.as_ref();
        date.map_or_else(String::new, |date| format!(" --as-of {}", date.as_str()))
    }
}

#[derive(Args)]
#[command(mut_arg("out", |a| a.help("Folder to write (default: out/<scenario>-agreement)")))]
pub struct Agree {
    /// Name of a built-in scenario (see `comity scenario list`) or a TOML file.
    pub scenario: String,
    /// World: a built-in name or a folder (default: the scenario's own).
    #[arg(long)]
    pub world: Option<String>,
    /// Bloc whose members are asked (default: the scenario's own).
    #[arg(long)]
    pub bloc: Option<String>,
    #[command(flatten)]
    pub as_of: AsOf,
    #[command(flatten)]
    pub draws: DrawOptions,
    #[command(flatten)]
    pub wanted: Wanted,
    /// Share of the draws in which transfers shall hold.
    #[arg(long, default_value_t = 0.9, requires = "draws", value_parser = probability)]
    pub probability: f64,
    /// Also value every coalition of players, in the equilibrium, and divide what they gain
    /// together: shapley, core, nucleolus.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub values: Vec<ValueName>,
    /// Players of the coalitions, by ISO code (default: all full members of the bloc).
    #[arg(long, value_delimiter = ',', requires = "values")]
    pub players: Vec<String>,
    #[command(flatten)]
    pub equilibrium: EquilibriumOptions,
    #[command(flatten)]
    pub estimates: EstimateOptions,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ValueName {
    /// What each adds, averaged over all orders of joining.
    Shapley,
    /// Divisions that leave no coalition better off alone, or the nearest to it.
    Core,
    /// The division whose largest objections are as small as possible, up to 12 players.
    Nucleolus,
}

#[derive(Args)]
pub struct PackageOptions {
    /// A TOML file or built-in scenario with several projects.
    pub scenario: String,
    /// World: a built-in name or a folder (default: the scenario's own).
    #[arg(long)]
    pub world: Option<String>,
    /// Bloc whose members must accept (default: the scenario's own).
    #[arg(long)]
    pub bloc: Option<String>,
    #[command(flatten)]
    pub as_of: AsOf,
    /// Most that the projects may cost to build, USD: 50e9.
    #[arg(long, value_name = "USD", value_parser = not_negative)]
    pub budget: Option<f64>,
    /// Leave out this project; may be repeated.
    #[arg(long, value_name = "PROJECT")]
    pub without: Vec<String>,
    /// Leave out, and list, every project for which somebody without a voice would pay.
    #[arg(long)]
    pub members_only: bool,
    /// Costs by the kilometre for projects whose cost is not known: a TOML file.
    #[arg(long, value_name = "FILE")]
    pub assume_costs: Option<PathBuf>,
    /// What makes one accepted set better than another.
    #[arg(long, value_enum, default_value_t = ObjectiveName::Total)]
    pub objective: ObjectiveName,
    /// Divide the cost of the set anew, rather than by the projects' own shares.
    #[arg(long)]
    pub negotiate: bool,
    #[command(flatten)]
    pub wanted: Wanted,
    /// Sets of projects to solve the equilibrium for, at most. If there are more, the best found
    /// is shown.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = positive)]
    pub most_evaluations: usize,
    /// Allow that a set gives each member so much more than its projects do alone, million USD a
    /// year: with that there is a bound, and the gap to it is shown.
    #[arg(long, value_name = "MUSD", value_parser = not_negative)]
    pub beyond: Option<f64>,
    #[command(flatten)]
    pub equilibrium: EquilibriumOptions,
    #[command(flatten)]
    pub estimates: EstimateOptions,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ObjectiveName {
    /// The members' net gain together.
    Total,
    /// The least gain in percent of income.
    Equal,
    /// The least gain in million USD.
    Maximin,
}

#[derive(Args)]
pub struct PowerOptions {
    /// Bloc (default: the world's own).
    #[arg(long)]
    pub bloc: Option<String>,
    /// Who votes: economies of this tier.
    #[arg(long, default_value = "member")]
    pub tier: String,
    /// unanimity, majority, or a TOML file with a rule (weights, quotas, vetoes).
    #[arg(long)]
    pub rule: String,
    /// World: a built-in name or a folder.
    #[arg(long)]
    pub world: Option<String>,
    #[command(flatten)]
    pub as_of: AsOf,
}

#[derive(Subcommand)]
pub enum BlocAction {
    /// What admitting an economy does to each member, and whether all agree.
    ///
    /// What membership means is stated by --terms; the default terms are an assumption, and are
    /// printed.
    Admit(Admit),
    /// Rank everybody in a bloc without a voice by what their admission gives the sitting members.
    RankCandidates(RankCandidates),
}

/// The bloc, and what membership in it means.
#[derive(Args)]
pub struct Terms {
    /// Bloc (default: that of the terms).
    #[arg(long)]
    pub bloc: Option<String>,
    /// A scenario with one membership modification, a built-in one or a TOML file: the candidate
    /// takes the place of its economy.
    #[arg(long, value_name = "SCENARIO", default_value = "admission-terms")]
    pub terms: String,
    /// World: a built-in name or a folder (default: that of the terms).
    #[arg(long)]
    pub world: Option<String>,
    #[command(flatten)]
    pub as_of: AsOf,
    #[command(flatten)]
    pub estimates: EstimateOptions,
}

#[derive(Args)]
#[command(mut_arg("out", |a| a.help("Folder to write (default: out/BLOC-admits-ISO3)")))]
pub struct Admit {
    /// Who joins, by ISO code; several, separated by commas, join together.
    #[arg(required = true, value_delimiter = ',', value_name = "ISO3")]
    pub economies: Vec<String>,
    #[command(flatten)]
    pub terms: Terms,
    #[command(flatten)]
    pub draws: DrawOptions,
    #[command(flatten)]
    pub wanted: Wanted,
    #[command(flatten)]
    pub equilibrium: EquilibriumOptions,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Args)]
#[command(mut_arg("out", |a| a.help("Folder to write (default: out/<bloc>-candidates)")))]
pub struct RankCandidates {
    #[command(flatten)]
    pub terms: Terms,
    /// Only candidates of this tier, for example observer (default: all without a voice).
    #[arg(long)]
    pub tier: Option<String>,
    #[command(flatten)]
    pub equilibrium: EquilibriumOptions,
    #[command(flatten)]
    pub output: Output,
}
