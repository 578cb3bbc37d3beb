//! Pseudo-maximum likelihood with a logarithmic link and another variance than Poisson's:
//! gamma, V = μ² (Manning & Mullahy 2001), and Gaussian, V = 1 (nonlinear least squares).
//!
//! Iteratively reweighted least squares: (y − μ)/μ is regressed on regressors and effects
//! with weights μ²/V, and the linear predictor moves by what is fitted.

use crate::absorb::{Absorber, Dense, Preconditioner};
use crate::collinear::reduce;
use crate::dense::cholesky;
use crate::design::Design;
use crate::error::GravityError;
use crate::model::{Family, Settings};
use crate::ols::first_order;
use crate::poisson::{FirstOrder, Solution};

/// Relative change of the linear predictor below which the iteration has settled.
const SETTLED: f64 = 1e-10;

pub(crate) fn fit(
    design: &Design,
    a: &Absorber,
    settings: &Settings,
    family: Family,
) -> Result<Solution, GravityError> {
    let n = design.rows;
    let weights = |mu: &[f64]| -> Vec<f64> {
        (0..n)
            .map(|r| design.weight(r) * family.working_weight(mu[r]))
            .collect()
    };
    let total: f64 = (0..n).map(|r| design.weight(r)).sum();
    let mean = (0..n).map(|r| design.weight(r) * design.y[r]).sum::<f64>() / total;
    let mut mu: Vec<f64> = design.y.iter().map(|y| (y + mean) / 2.0).collect();
    let mut eta: Vec<f64> = mu.iter().map(|m| m.ln()).collect();
    let mut w = weights(&mu);
    let reduced = reduce(design, a, &w, 1e-11, settings, None)?;
    let (kept, mut x) = (reduced.kept, reduced.x);
    let k = kept.len();
    let mut inner_iterations = reduced.iterations;
    let mut coefficients = vec![0.0; k];
    let mut objective = f64::INFINITY;
    let mut trace = Vec::new();
    let mut conditions = FirstOrder {
        error: f64::INFINITY,
        place: "no condition".to_string(),
    };
    for iterations in 1..=settings.max_iterations {
        let inverse = a.lead_inverse(&w);
        let pre = Preconditioner::new(a, &w, &inverse, Dense::NONE);
        let mut take_out = |values: &mut [f64], k: usize| {
            let most = settings.max_inner_iterations;
            let done = a.demean(&w, &inverse, &pre, values, k, 1e-11, most);
            inner_iterations += done.iterations;
            done.converged
        };
        // The first round takes the start itself along, which is no combination of
        // regressors and effects.
        let offset = |r: usize| design.offset.as_ref().map_or(0.0, |o| o[r]);
        let target: Vec<f64> = (0..n)
            .map(|r| {
                let start = if iterations == 1 {
                    eta[r] - offset(r)
                } else {
                    0.0
                };
                start + (design.y[r] - mu[r]) / mu[r]
            })
            .collect();
        let mut rest = target.clone();
        let mut done = take_out(&mut rest, 1);
        if iterations > 1 {
            done &= take_out(&mut x, k);
        }
        if !done {
            return Err(GravityError::NotConverged {
                stage: family.name(),
                iterations,
                diagnosis: "conjugate gradients stalled while taking out the fixed effects"
                    .to_string(),
                trace,
            });
        }
        let dense = Dense { x: &x, k };
        let (gram, scale) = a.gram(&w, &inverse, dense);
        let factor = cholesky(gram, k, &scale, 0.0);
        let mut step = vec![[0.0; 1]; k];
        for (r, row) in x.chunks_exact(k.max(1)).enumerate() {
            for (s, x) in step.iter_mut().zip(row) {
                s[0] += x * w[r] * rest[r];
            }
        }
        factor.solve(&mut step);
        for (r, row) in x.chunks_exact(k.max(1)).enumerate() {
            for (s, x) in step.iter().zip(row) {
                rest[r] -= x * s[0];
            }
        }
        let mut length = 1.0;
        loop {
            let from = |r: usize| if iterations == 1 { offset(r) } else { eta[r] };
            let tried: Vec<f64> = (0..n)
                .map(|r| from(r) + length * (target[r] - rest[r]))
                .collect();
            let means: Vec<f64> = tried.iter().map(|e| e.exp()).collect();
            let value = family.deviance(design, &means);
            // Near the solution the deviance no longer tells good steps from bad ones.
            let slack = 1e-12 * objective.abs();
            if value.is_finite() && value <= objective + slack || length < 1e-6 {
                let moved = |r: usize| (tried[r] - eta[r]).abs() / (1.0 + eta[r].abs());
                trace.push((0..n).map(moved).fold(0.0, f64::max));
                (eta, mu, objective) = (tried, means, value);
                break;
            }
            // The first step leads to the space of the model; where it leads too far, the
            // iteration begins with the offset alone.
            length *= if iterations == 1 { 0.0 } else { 0.5 };
        }
        for (b, s) in coefficients.iter_mut().zip(&step) {
            *b += length * s[0];
        }
        w = weights(&mu);
        if trace.last().is_some_and(|last| *last < SETTLED) {
            conditions = check(design, a, family, dense, &kept, &mu);
            if conditions.error <= settings.tolerance {
                // The regressors at the final weights are what errors are made from.
                let inverse = a.lead_inverse(&w);
                let pre = Preconditioner::new(a, &w, &inverse, Dense::NONE);
                let most = settings.max_inner_iterations;
                a.demean(&w, &inverse, &pre, &mut x, k, 1e-11, most);
                return Ok(Solution {
                    kept,
                    dropped: reduced.dropped,
                    coefficients,
                    eta,
                    mu,
                    x,
                    first_order: conditions,
                    iterations,
                    inner_iterations,
                });
            }
        }
    }
    Err(GravityError::NotConverged {
        stage: family.name(),
        iterations: settings.max_iterations,
        diagnosis: if conditions.error.is_finite() {
            format!(
                "the first-order condition of {} is off by {:.1e} of its size (tolerance {:.0e})",
                conditions.place, conditions.error, settings.tolerance
            )
        } else {
            "the linear predictor keeps moving; some rows may be separated".to_string()
        },
        trace,
    })
}

/// The conditions of regressors and of every level, the lead's too.
fn check(
    design: &Design,
    a: &Absorber,
    family: Family,
    dense: Dense,
    kept: &[usize],
    mu: &[f64],
) -> FirstOrder {
    let w: Vec<f64> = (0..design.rows)
        .map(|r| design.weight(r) * family.score_factor(mu[r]))
        .collect();
    let rest: Vec<f64> = design.y.iter().zip(mu).map(|(y, m)| y - m).collect();
    let mut worst = first_order(design, a, &w, dense, kept, &rest, &design.y);
    if let (true, Some(lead)) = (a.eliminated, design.lead) {
        for (p, s) in a.starts.windows(2).enumerate() {
            let gap: f64 = (s[0]..s[1]).map(|r| w[r] * rest[r]).sum();
            let size: f64 = (s[0]..s[1]).map(|r| w[r] * (design.y[r] + mu[r])).sum();
            if gap.abs() > worst.error * size {
                let effect = &design.effects[lead];
                worst = FirstOrder {
                    error: gap.abs() / size,
                    place: format!("{} = {}", effect.name, effect.levels.labels.label(p)),
                };
            }
        }
    }
    worst
}

impl Family {
    fn name(self) -> &'static str {
        match self {
            Family::Poisson => "PPML",
            Family::Ols => "least squares",
            Family::Gamma => "gamma PML",
            Family::GaussianLog => "the Gaussian with a log link",
        }
    }

    /// The variance at a mean, up to a factor.
    pub(crate) fn variance(self, mu: f64) -> f64 {
        match self {
            Family::Poisson => mu,
            Family::Gamma => mu * mu,
            Family::Ols | Family::GaussianLog => 1.0,
        }
    }

    /// What multiplies x (y − μ) in the score.
    pub(crate) fn score_factor(self, mu: f64) -> f64 {
        match self {
            Family::Poisson | Family::Ols => 1.0,
            Family::Gamma => 1.0 / mu,
            Family::GaussianLog => mu,
        }
    }

    /// Weight of a row in the last regression.
    pub(crate) fn working_weight(self, mu: f64) -> f64 {
        match self {
            Family::Ols | Family::Gamma => 1.0,
            Family::Poisson => mu,
            Family::GaussianLog => mu * mu,
        }
    }

    /// The deviance of the two families here.
    pub(crate) fn deviance(self, design: &Design, mu: &[f64]) -> f64 {
        (0..design.rows)
            .map(|r| {
                let (y, m) = (design.y[r], mu[r]);
                let d = match self {
                    Family::Gamma => 2.0 * ((y - m) / m - (y / m).ln()),
                    _ => (y - m) * (y - m),
                };
                design.weight(r) * d
            })
            .sum()
    }
}
