//! Runs a baseline and a scenario through the stages (journeys, trade costs, equilibrium) and
//! compares them. This is the only place that knows the order of the stages.

mod assumptions;
mod coalitions;
mod compare;
mod corridors;
mod draws;
mod flows;
mod market_access;
pub mod outcome;
mod panel;
pub mod programme;
mod progress;
pub mod risk;
mod run;
mod shock;
mod skim;
mod solve;
mod times;
mod trade_accounts;
mod verdict;

pub use coalitions::{MOST_PROJECTS_IN_SET, ProjectSetError, ProjectSets, SetGains};
/// How the equilibrium is solved and what is held fixed.
pub use comity_equilibrium::{Closure, Settings as EquilibriumSettings};
pub use draws::{
    Draws, EconomyInterval, ParameterSummary, Samples, SensitivityRow, Uncertainty, WrongSign,
    quantile,
};
pub use flows::{
    Chosen, ChosenItem, EconomyFlow, FlowTotals, FlowsOutcome, PlaceFlow, choose, flows,
};
pub use market_access::AccessParameters;
pub use outcome::Outcome;
pub use panel::{PairRow, Panel, PanelRequest, PanelRow, panel};
pub use programme::{ProgrammeOptions, ProgrammeOutcome, rank};
pub use progress::{Progress, Silent};
pub use run::{Options, appraise};
pub use shock::AppraisalError;
pub use skim::{SkimBlock, SkimRequest, SkimRow, SkimSummary, skim};
pub use solve::{EconomyRow, Equilibrium, SectorRow, TradeRow, solve};
pub use times::{Alternatives, Times, TimesRequest, times};
pub use trade_accounts::{TradeAccounts, TradeLine, bloc_accounts, economy_accounts};
pub use verdict::{INDIFFERENT_MUSD, INDIFFERENT_PERCENT};
