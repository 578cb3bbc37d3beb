//! The appraisal under drawn parameters: intervals, probabilities, and what moves the answer.
//!
//! Parameters are drawn quasi-randomly: a scrambled Sobol sequence (Owen 1995; Burley 2020) through
//! each parameter's own quantiles, independent of one another but for those estimated together
//! ([`joint`]). Every draw values the journeys anew
//! ([`comity_trade_costs::Affected`]) and solves the equilibrium anew, from the central solution.

mod joint;
mod parameters;
mod quantile;
mod sensitivity;
mod summary;

pub(crate) use parameters::parameters;
pub use quantile::quantile;
pub use summary::{
    EconomyInterval, ParameterSummary, Samples, SensitivityRow, Uncertainty, WrongSign,
};

use crate::Progress;
use crate::shock::{AppraisalError, pay, shock};
use comity_equilibrium::{Calibration, Settings, Shock, Solution};
use comity_scenario::Resolved;
use comity_trade_costs::Affected;
use comity_world::World;
use joint::Joint;
use parameters::{Drawn, Parameter};
use rayon::prelude::*;

/// Share of draws that may fail to converge before the whole is an error.
const FAILURES: f64 = 0.01;

/// Share of draws in which an estimated parameter may have the wrong sign before the whole is an
/// error: an estimate less than 1.64 standard errors from zero does not tell its sign.
const WRONG_SIGNS: f64 = 0.05;

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    /// At most 65,536, the length of the sequence.
    pub count: u32,
    pub seed: u32,
}

impl Draws {
    /// The longest sequence.
    pub const MOST: u32 = 65_536;
}

/// All that a draw is solved with.
pub(crate) struct Setting<'a> {
    pub world: &'a World,
    pub changed: &'a World,
    pub scenario: &'a Resolved,
    pub calibration: &'a Calibration,
    pub settings: &'a Settings,
    /// At the central values, with the projects paid for.
    pub central: &'a Solution,
    pub affected: &'a Affected,
}

/// Net gain of every economy.
#[derive(Clone, Debug)]
pub(crate) struct Gains {
    pub percent: Vec<f64>,
    pub musd: Vec<f64>,
}

impl Setting<'_> {
    fn solve(&self, drawn: &Drawn) -> Option<Gains> {
        let mut calibration = self.calibration.clone();
        calibration
            .theta
            .clone_from(&drawn.valuation.trade_elasticity);
        let mut change: Shock = shock(&calibration, self.changed, self.scenario);
        let costs = self.affected.change(&drawn.valuation);
        for (factor, journeys) in change.trade_cost.iter_mut().zip(costs) {
            *factor *= journeys;
        }
        pay(&calibration, self.scenario, &drawn.costs_musd, &mut change).ok()?;
        let solution =
            comity_equilibrium::solve_from(&calibration, &change, self.settings, self.central)
                .ok()?;
        Some(Gains {
            percent: solution
                .real_income_hat
                .iter()
                .map(|hat| 100.0 * (hat - 1.0))
                .collect(),
            musd: solution.equivalent_variation_musd,
        })
    }

    fn at(&self, parameters: &[Parameter], values: &[f64]) -> Option<Gains> {
        if parameters::wrong_sign(parameters, values).is_some() {
            return None;
        }
        self.solve(&parameters::set(
            self.world,
            self.scenario,
            parameters,
            values,
        ))
    }
}

/// Draw, solve and summarise.
///
/// # Errors
/// [`AppraisalError::Draws`] if more than 1 % of the draws do not converge,
/// [`AppraisalError::WrongSign`] if more than 5 % have an estimated parameter below zero.
pub(crate) fn run(
    setting: &Setting,
    draws: Draws,
    progress: &dyn Progress,
) -> Result<Uncertainty, AppraisalError> {
    let parameters = parameters(setting.world, setting.scenario);
    let joints = joint::joints(setting.world, &parameters);
    let all: Vec<Vec<f64>> = (0..draws.count)
        .map(|draw| point(&parameters, &joints, draw, draws.seed))
        .collect();
    let (values, left_out) = signed(&parameters, all)?;
    progress.stage("draws", values.len() as u64);
    let found: Vec<Option<Gains>> = values
        .par_iter()
        .map(|values| {
            let gains = setting.at(&parameters, values);
            progress.step();
            gains
        })
        .collect();
    let failed = found.iter().filter(|gains| gains.is_none()).count();
    if failed as f64 > FAILURES * found.len() as f64 {
        return Err(AppraisalError::Draws {
            failed,
            draws: found.len(),
        });
    }
    let (values, gains): (Vec<Vec<f64>>, Vec<Gains>) = values
        .into_iter()
        .zip(found)
        .filter_map(|(values, gains)| Some((values, gains?)))
        .unzip();
    let swings = sensitivity::swings(setting, &parameters, progress);
    Ok(summary::summarise(
        setting,
        draws,
        failed,
        left_out,
        &parameters,
        values,
        gains,
        swings,
    ))
}

/// The draws whose estimated parameters have the right sign, and the others.
///
/// # Errors
/// [`AppraisalError::WrongSign`]
fn signed(
    parameters: &[Parameter],
    all: Vec<Vec<f64>>,
) -> Result<(Vec<Vec<f64>>, Vec<WrongSign>), AppraisalError> {
    let draws = all.len();
    let (mut kept, mut left_out) = (Vec::with_capacity(draws), Vec::new());
    for (draw, values) in all.into_iter().enumerate() {
        match parameters::wrong_sign(parameters, &values) {
            None => kept.push(values),
            Some(at) => left_out.push(WrongSign {
                draw,
                parameter: parameters[at].what.clone(),
                value: values[at],
            }),
        }
    }
    if left_out.len() as f64 > WRONG_SIGNS * draws as f64 {
        let of = |p: &&Parameter| left_out.iter().filter(|l| l.parameter == p.what).count();
        let worst = parameters.iter().max_by_key(of);
        return Err(AppraisalError::WrongSign {
            count: left_out.len(),
            draws,
            parameter: worst.map_or_else(String::new, |p| {
                format!("{} ({})", p.what, p.distribution.describe())
            }),
        });
    }
    Ok((kept, left_out))
}

/// The values of all parameters in one draw.
fn point(parameters: &[Parameter], joints: &[Joint], draw: u32, seed: u32) -> Vec<f64> {
    let shares: Vec<f64> = parameters
        .iter()
        .enumerate()
        .map(|(dimension, _)| {
            // Sets of dimensions beyond the sequence's are scrambled apart.
            let sets = sobol_burley::NUM_DIMENSIONS;
            let (set, dimension) = (dimension as u32 / sets, dimension as u32 % sets);
            let u =
                sobol_burley::sample(draw, dimension, seed.wrapping_add(set.wrapping_mul(7919)));
            // Away from 0 and 1 by half the step of the sequence's numbers.
            f64::from(u).clamp(3e-8, 1.0 - 3e-8)
        })
        .collect();
    let mut values: Vec<f64> = parameters
        .iter()
        .zip(&shares)
        .map(|(parameter, share)| parameter.distribution.quantile(*share))
        .collect();
    for joint in joints {
        joint.set(&shares, &mut values);
    }
    values
}
