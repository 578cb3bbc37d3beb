//! Estimated parameters with their joint covariance: estimates.json of a world, or a file of its own.
//!
//! An estimate takes the place of a sector's own number: its value is the central one, and draws
//! come from the joint normal distribution of all parameters of one estimate. Estimates are
//! independent of one another.

use crate::ids::SectorId;
use crate::problem::Problem;
use crate::{Sector, World};
use serde::{Deserialize, Serialize};

/// Name of the file in a world folder.
pub const FILE: &str = "estimates.json";

/// Share of the largest entry by which a covariance may fail to be symmetric, and its smallest
/// eigenvalue fall below zero, in units of the standard errors.
const ROUNDING: f64 = 1e-9;

/// A file of estimates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimates {
    pub estimates: Vec<Estimate>,
}

/// Parameters estimated together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// What it was estimated from, for the reader: a file, a formula.
    pub source: String,
    pub parameters: Vec<EstimatedParameter>,
    /// Of the parameters' values, in their order.
    pub covariance: Vec<Vec<f64>>,
}

/// What an estimated parameter stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EstimatedKind {
    /// θ.
    TradeElasticity,
    /// By how much a day more in transit lowers the logarithm of trade. Over θ it is the loss of
    /// value a day.
    DayEffect,
}

impl EstimatedKind {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            EstimatedKind::TradeElasticity => "trade elasticity",
            EstimatedKind::DayEffect => "effect of a day on trade",
        }
    }
}

/// A parameter of an estimate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EstimatedParameter {
    pub parameter: EstimatedKind,
    /// Codes of the sectors it holds for.
    pub sectors: Vec<String>,
    /// The coefficient it comes from, and how.
    pub coefficient: String,
    /// Above zero.
    pub value: f64,
}

impl Estimates {
    /// Read a file, called `file` in messages.
    ///
    /// # Errors
    /// Where it is no such file.
    pub fn parse(file: &str, text: &str) -> Result<Estimates, Vec<Problem>> {
        serde_json::from_str(text).map_err(|error| {
            vec![
                Problem::new(file, format!("these are no estimates: {error}")).help(
                    "`comity gravity use FIT.json --parameter trade_elasticity=NAME` writes them",
                ),
            ]
        })
    }

    /// What does not fit the world, all at once.
    pub fn problems(&self, file: &str, world: &World) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut seen: Vec<(EstimatedKind, &str)> = Vec::new();
        for (at, estimate) in self.estimates.iter().enumerate() {
            let place = format!("estimates[{at}]");
            for p in &estimate.parameters {
                let say = |message: String| Problem::new(file, message).column(place.clone());
                let label = p.parameter.label();
                if !(p.value > 0.0 && p.value.is_finite()) {
                    problems.push(
                        say(format!("the {label} must be above 0")).value(p.value.to_string()),
                    );
                }
                if p.sectors.is_empty() {
                    problems.push(say(format!("the {label} names no sector")));
                }
                for code in &p.sectors {
                    match world.sector(code) {
                        None => {
                            let codes = world.sectors.iter().map(|s| s.code.as_str());
                            problems.push(
                                say(format!("there is no sector {code}")).did_you_mean(code, codes),
                            );
                        }
                        Some(id)
                            if p.parameter == EstimatedKind::DayEffect
                                && world.sectors[id.index()].freight.is_none() =>
                        {
                            problems.push(say(format!(
                                "sector {code} does not travel, so a day does nothing to it"
                            )));
                        }
                        Some(_) if seen.contains(&(p.parameter, code)) => {
                            problems.push(say(format!("a second {label} for sector {code}")));
                        }
                        Some(_) => seen.push((p.parameter, code)),
                    }
                }
            }
            if let Err(message) = covariance_of(estimate) {
                problems.push(Problem::new(file, message).column(format!("{place}.covariance")));
            }
        }
        problems
    }

    /// Take away what `newer` gives for the same parameters and sectors. What is left of an
    /// estimate keeps its own covariance.
    fn give_way(&mut self, newer: &Estimates) {
        let replaced = |kind: EstimatedKind, code: &String| {
            let all = newer.estimates.iter().flat_map(|e| &e.parameters);
            all.into_iter()
                .any(|p| p.parameter == kind && p.sectors.contains(code))
        };
        for estimate in &mut self.estimates {
            for p in &mut estimate.parameters {
                p.sectors.retain(|code| !replaced(p.parameter, code));
            }
            let kept: Vec<usize> = (0..estimate.parameters.len())
                .filter(|at| !estimate.parameters[*at].sectors.is_empty())
                .collect();
            let row = |i: &usize| kept.iter().map(|j| estimate.covariance[*i][*j]).collect();
            estimate.covariance = kept.iter().map(row).collect();
            estimate.parameters.retain(|p| !p.sectors.is_empty());
        }
        self.estimates.retain(|e| !e.parameters.is_empty());
    }

    /// Add newer estimates, which take the place of these where both speak of the same.
    pub fn add(&mut self, newer: Estimates) {
        self.give_way(&newer);
        self.estimates.extend(newer.estimates);
    }
}

/// A matrix of the right shape, finite, symmetric, positive semidefinite; or what is wrong.
fn covariance_of(estimate: &Estimate) -> Result<(), String> {
    let (v, n) = (&estimate.covariance, estimate.parameters.len());
    if v.len() != n || v.iter().any(|row| row.len() != n) {
        return Err(format!("must have {n} rows of {n} numbers"));
    }
    let largest = v.iter().flatten().fold(0.0f64, |m, x| m.max(x.abs()));
    let cells = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
    for (i, j) in cells {
        let place = format!("row {}, column {}", i + 1, j + 1);
        let (one, other) = (v[i][j], v[j][i]);
        if !one.is_finite() {
            return Err(format!("{place} is no number"));
        }
        if (one - other).abs() > ROUNDING * largest {
            return Err(format!(
                "is not symmetric: {one} in {place}, but {other} the other way"
            ));
        }
    }
    match factor(v) {
        Some(_) => Ok(()),
        None => Err("is not positive semidefinite".to_owned()),
    }
}

/// L, lower triangular, with L L' = V (Cholesky); `None` if V is not positive semidefinite. A
/// parameter that those before it determine has a column of zeros.
pub fn factor(v: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let n = v.len();
    let deviation: Vec<f64> = (0..n).map(|i| v[i][i].max(0.0).sqrt()).collect();
    let mut l = vec![vec![0.0; n]; n];
    // On correlations, so that one tolerance does for parameters of any size.
    for j in 0..n {
        let (low, scale) = (v[j][j], deviation[j]);
        if low < 0.0 {
            return None;
        }
        let of = |i: usize| {
            let both = deviation[i] * scale;
            if both > 0.0 {
                Some(v[i][j] / both)
            } else {
                (v[i][j] == 0.0).then_some(0.0)
            }
        };
        let left = of(j)? - (0..j).map(|k| l[j][k] * l[j][k]).sum::<f64>();
        if scale > 0.0 && left < -ROUNDING {
            return None;
        }
        let pivot = if left > ROUNDING { left.sqrt() } else { 0.0 };
        l[j][j] = pivot;
        for i in j + 1..n {
            let rest = of(i)? - (0..j).map(|k| l[i][k] * l[j][k]).sum::<f64>();
            if pivot > 0.0 {
                l[i][j] = rest / pivot;
            } else if rest.abs() > ROUNDING.sqrt() {
                return None;
            }
        }
    }
    for (row, scale) in l.iter_mut().zip(&deviation) {
        row.iter_mut().for_each(|x| *x *= scale);
    }
    Some(l)
}

impl World {
    /// Use these estimates, beside those that the world has where they speak of something else.
    /// They give the sectors' central values, too.
    ///
    /// # Errors
    /// Everything in them that does not fit the world.
    pub fn use_estimates(&mut self, file: &str, newer: Estimates) -> Result<(), Vec<Problem>> {
        let problems = newer.problems(file, self);
        if !problems.is_empty() {
            return Err(problems);
        }
        self.estimates.add(newer);
        let sectors_of = |world: &World, p: &EstimatedParameter| -> Vec<SectorId> {
            let known = p.sectors.iter().filter_map(|code| world.sector(code));
            known.collect()
        };
        let estimates = self.estimates.estimates.clone();
        for kind in [EstimatedKind::TradeElasticity, EstimatedKind::DayEffect] {
            for estimate in &estimates {
                for (at, p) in estimate.parameters.iter().enumerate() {
                    let variance = estimate.covariance[at][at];
                    for id in sectors_of(self, p) {
                        if p.parameter == kind {
                            set(&mut self.sectors[id.index()], estimate, p, variance);
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// A sector's central value; θ comes before the effect of a day, which is divided by it.
fn set(sector: &mut Sector, estimate: &Estimate, p: &EstimatedParameter, variance: f64) {
    match p.parameter {
        EstimatedKind::TradeElasticity => {
            sector.trade_elasticity = p.value;
            sector.trade_elasticity_se = variance.max(0.0).sqrt();
            sector.trade_elasticity_source =
                format!("estimate: {}, {}", p.coefficient, estimate.source);
        }
        EstimatedKind::DayEffect => {
            let percent = percent_a_day(p.value, sector.trade_elasticity);
            if let Some(freight) = &mut sector.freight {
                freight.time_value_percent_per_day = percent;
            }
        }
    }
}

/// Loss of value in transit, percent a day, that makes a day lower the logarithm of trade by
/// `day_effect`. Trade falls with (1 + f)^(−θ), f the cost of the journey over the value; taken at
/// small f.
pub fn percent_a_day(day_effect: f64, trade_elasticity: f64) -> f64 {
    100.0 * day_effect / trade_elasticity
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_give_the_matrix_back() {
        let v = vec![
            vec![4.0, 1.2, -0.002],
            vec![1.2, 1.0, 0.0],
            vec![-0.002, 0.0, 1e-4],
        ];
        let l = factor(&v).expect("a factor");
        for i in 0..3 {
            for j in 0..3 {
                let found: f64 = (0..3).map(|k| l[i][k] * l[j][k]).sum();
                assert!((found - v[i][j]).abs() < 1e-15, "{i} {j}: {found}");
            }
        }
    }

    #[test]
    fn singular_is_allowed_and_indefinite_is_not() {
        // The second is twice the first.
        let l = factor(&[vec![1.0, 2.0], vec![2.0, 4.0]]).expect("a factor");
        assert_eq!(l, [[1.0, 0.0], [2.0, 0.0]]);
        assert!(factor(&[vec![1.0, 2.1], vec![2.1, 4.0]]).is_none());
        assert!(factor(&[vec![-1.0]]).is_none());
        assert!(factor(&[vec![0.0, 0.1], vec![0.1, 1.0]]).is_none());
        assert_eq!(factor(&[vec![0.0]]), Some(vec![vec![0.0]]));
    }

    #[test]
    fn newer_estimates_take_the_place_of_older() {
        let parameter = |kind, sectors: &[&str], value| EstimatedParameter {
            parameter: kind,
            sectors: sectors.iter().map(|s| (*s).to_owned()).collect(),
            coefficient: String::new(),
            value,
        };
        use EstimatedKind::{DayEffect, TradeElasticity};
        let mut old = Estimates {
            estimates: vec![Estimate {
                source: "old".to_owned(),
                parameters: vec![
                    parameter(TradeElasticity, &["A", "B"], 4.0),
                    parameter(DayEffect, &["A"], 0.05),
                ],
                covariance: vec![vec![1.0, 0.1], vec![0.1, 0.5]],
            }],
        };
        let newer = Estimates {
            estimates: vec![Estimate {
                source: "new".to_owned(),
                parameters: vec![parameter(TradeElasticity, &["A", "B"], 6.0)],
                covariance: vec![vec![2.0]],
            }],
        };
        old.add(newer);
        assert_eq!(old.estimates.len(), 2);
        assert_eq!(old.estimates[0].parameters.len(), 1);
        assert_eq!(old.estimates[0].parameters[0].parameter, DayEffect);
        assert_eq!(old.estimates[0].covariance, [[0.5]]);
    }
}
