//! Trade equilibrium in exact changes.
//!
//! Given a calibrated world economy (trade with tariffs, input–output shares,
//! elasticities) and a change of trade costs, tariffs, productivity or project
//! finance, [`solve`] finds the new wages, prices, trade and real incomes of
//! Caliendo & Parro (2015), with infrastructure finance after de Soyres,
//! Mulabdic & Ruta (2020). Arrays in, arrays out: the crate knows no names.
//!
//! ```
//! use comity_equilibrium::{Calibration, Settings, Shock, solve};
//!
//! // Two economies, one sector without inputs; importer by row, musd.
//! let trade = vec![80.0, 20.0, 20.0, 180.0];
//! let world = Calibration::new(2, 1, trade, vec![0.0; 4], vec![0.0; 2], vec![5.0])?;
//! let mut shock = Shock::none(&world);
//! shock.trade_cost[1] = 0.9; // what 0 buys from 1 arrives 10 % cheaper
//! let solution = solve(&world, &shock, &Settings::default())?;
//! assert!(solution.real_income_hat[0] > 1.0);
//! # Ok::<(), comity_equilibrium::EquilibriumError>(())
//! ```
#![warn(missing_docs)]
// Loops run over economies and sectors, as the equations' indices do, and use
// one index for several arrays.
#![allow(clippy::needless_range_loop)]

mod accounts;
mod anderson;
mod calibration;
mod closing;
mod decomposition;
mod error;
mod finance;
mod flows;
mod model;
mod residuals;
mod settings;
mod shares;
mod shock;
mod solve;

pub use calibration::Calibration;
pub use closing::{Adjustment, Closing, NOTABLE};
pub use decomposition::{
    FirstOrder, IncomeSources, Mechanisms, by_income_source, by_mechanism,
    first_order_caliendo_parro,
};
pub use error::{EquilibriumError, Problem};
pub use finance::{Loan, LoanTerms, Project, YearlyFlows, annuity, present_value, yearly_flows};
pub use residuals::{Block, Residual, Residuals};
pub use settings::{Closure, Numeraire, Settings};
pub use shares::Shares;
pub use shock::Shock;
pub use solve::{Solution, solve, solve_from};
