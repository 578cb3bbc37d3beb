//! How to solve, and what is held fixed while solving.

use serde::{Deserialize, Serialize};

use crate::error::{EquilibriumError, Problem};

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
    /// S keeps its share of the economy's own value added and tariff revenue,
    /// so that final demand keeps its ratio to it. As own incomes move apart
    /// the balances no longer add up to zero over the world, so all final
    /// demands are scaled by one common factor that makes them: the
    /// "multiplicative" deficits of ge_gravity, and Ξ̂ in universal gravity.
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
    /// ψ, elasticity of labour supply with respect to the real wage:
    /// L̂ = (ŵ/P̂)^ψ. 0, the default, holds labour fixed, as Caliendo & Parro
    /// do. With one sector and no inputs ψ is the aggregate supply elasticity of
    /// universal gravity (Allen, Arkolakis & Takahashi 2020). Real income counts
    /// the wages of the added labour and not the leisure given up.
    pub supply_elasticity: f64,
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
            supply_elasticity: 0.0,
            max_continuation_steps: 16,
        }
    }
}

impl Settings {
    /// # Errors
    /// [`EquilibriumError::Invalid`] for a tolerance that is not positive and a
    /// supply elasticity that is negative or not finite.
    pub fn validate(&self) -> Result<(), EquilibriumError> {
        let mut problems = Vec::new();
        if self.tolerance.is_nan() || self.tolerance <= 0.0 {
            let reason = "must be positive";
            problems.push(Problem::new("tolerance", self.tolerance, reason));
        }
        if !(self.supply_elasticity.is_finite() && self.supply_elasticity >= 0.0) {
            let reason = "must be finite and not negative";
            let value = self.supply_elasticity;
            problems.push(Problem::new("supply_elasticity", value, reason));
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(EquilibriumError::Invalid(problems))
        }
    }
}
