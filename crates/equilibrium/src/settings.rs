//! How to solve, and what is held fixed while solving.

use serde::{Deserialize, Serialize};

/// What happens to the trade balances S when trade costs change.
///
/// The balances are data that the static model does not explain, so the user
/// has to say what becomes of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Closure {
    /// S′ = S, measured in the numeraire (world income, unless set otherwise).
    #[default]
    FixedBalance,
    /// S keeps its share of the economy's own value added and tariff revenue.
    /// As own incomes move apart the shares no longer add up to zero over the
    /// world; the gap is spread over all economies in proportion to the same
    /// income.
    ShareOfIncome,
    /// S′ = 0. Unless the baseline is balanced, closing the balances is itself
    /// a change: compare with a baseline that was balanced first
    /// ([`crate::Solution::calibration`]).
    Balanced,
}

/// The unit of account of the counterfactual: the sum that does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Numeraire {
    /// Value added plus tariff revenue of the world.
    #[default]
    WorldIncome,
    /// Value added of the world, as in Caliendo & Parro's code and in KITE.
    /// It matters only for what is fixed in money: balances and project costs.
    WorldValueAdded,
}

/// Settings of [`crate::solve`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Largest relative error allowed in any equation of any block. Default 1e-10.
    pub tolerance: f64,
    /// Iterations allowed for one solve (a continuation step has as many). Default 600.
    pub max_iterations: usize,
    /// Steps remembered by Anderson acceleration; 0 is the plain fixed point. Default 10.
    pub anderson_memory: usize,
    /// What happens to the trade balances.
    pub closure: Closure,
    /// The unit of account.
    pub numeraire: Numeraire,
    /// If the full change does not converge at once, cut it into at most this
    /// many smaller ones and follow the solution along. 1 switches this off.
    /// Default 16.
    pub max_continuation_steps: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            tolerance: 1e-10,
            max_iterations: 600,
            anderson_memory: 10,
            closure: Closure::default(),
            numeraire: Numeraire::default(),
            max_continuation_steps: 16,
        }
    }
}
