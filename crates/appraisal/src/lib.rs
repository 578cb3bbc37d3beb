//! Runs a baseline and a scenario through the stages (journeys, trade costs, equilibrium) and
//! compares them. This is the only place that knows the order of the stages.

mod assumptions;
mod compare;
mod corridors;
pub mod outcome;
mod progress;
mod run;
mod times;
mod trade_accounts;
mod verdict;

pub use outcome::Outcome;
pub use progress::{Progress, Silent};
pub use run::{AppraisalError, Options, appraise};
pub use times::{Times, TimesRequest, times};
pub use trade_accounts::{TradeAccounts, TradeLine, bloc_accounts, economy_accounts};
