//! Poisson pseudo-maximum likelihood.
//!
//! Newton's method on the likelihood in which the lead effect is solved for in
//! closed form: exp(a_p) = Σ_p y / Σ_p exp(rest). The Newton direction in all
//! other effects and the regressors at once comes from conjugate gradients; it is
//! the same as that of iteratively reweighted least squares, but needs one
//! right-hand side instead of one for each regressor. The regressors are replaced
//! by what the effects leave of them, which changes neither fit nor coefficients
//! and makes the equations nearly block-diagonal.

use rayon::prelude::*;

use crate::absorb::{Absorber, Dense, Preconditioner, Target};
use crate::collinear::reduce;
use crate::design::Design;
use crate::error::GravityError;
use crate::model::Settings;

/// The largest relative error among the first-order conditions, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FirstOrder {
    pub error: f64,
    pub place: String,
}

/// A solution of the first-order conditions.
pub(crate) struct Solution {
    pub kept: Vec<usize>,
    pub dropped: Vec<(String, String)>,
    pub coefficients: Vec<f64>,
    /// Linear predictor, offset included.
    pub eta: Vec<f64>,
    pub mu: Vec<f64>,
    /// Regressors after the effects, at the final weights.
    pub x: Vec<f64>,
    pub first_order: FirstOrder,
    pub iterations: usize,
    pub inner_iterations: usize,
}

pub(crate) enum Outcome {
    Solved(Box<Solution>),
    /// Some rows with zero outcomes keep running away.
    Suspect,
}

/// A step of this size in the linear predictor of a row with zero outcome, while the
/// likelihood hardly moves, is the mark of separation: there Newton's step tends to −1.
const RUNAWAY: f64 = -0.3;

struct State<'a> {
    design: &'a Design,
    a: &'a Absorber,
    /// Σ w y of each lead level.
    lead_total: Vec<f64>,
    eta: Vec<f64>,
    mu: Vec<f64>,
    /// Σ w (y η − μ)
    objective: f64,
}

struct Step {
    eta: Vec<f64>,
    mu: Vec<f64>,
    objective: f64,
    /// max |Δη|
    largest: f64,
    /// Rows with zero outcome whose Δη is below [`RUNAWAY`].
    runaways: usize,
}

/// With `watch`, gives up as [`Outcome::Suspect`] when rows look separated.
pub(crate) fn fit(
    design: &Design,
    a: &Absorber,
    settings: &Settings,
    watch: bool,
) -> Result<Outcome, GravityError> {
    let n = design.rows;
    let mut state = State::start(design, a);
    let weight = |mu: &[f64]| -> Vec<f64> {
        match &design.weights {
            Some(w) => mu.iter().zip(w).map(|(m, w)| m * w).collect(),
            None => mu.to_vec(),
        }
    };
    let mut w = weight(&state.mu);
    let reduced = reduce(design, a, &w, 1e-3, settings)?;
    let (kept, dropped, mut x) = (reduced.kept, reduced.dropped, reduced.x);
    let mut inner_iterations = reduced.iterations;
    let k = kept.len();
    let mut coefficients = vec![0.0; k];
    if design.has_intercept && kept.first() == Some(&0) {
        coefficients[0] = state.intercept();
    }

    let mut trace = Vec::new();
    let mut t = vec![0.0; n];
    let mut last = f64::INFINITY;
    let mut streak = 0;
    let mut pre: Option<Preconditioner> = None;
    let mut iterations = 0;
    let mut first_order: Option<FirstOrder> = None;
    let mut converged = k == 0 && a.size == 0;
    while !converged && iterations < settings.max_iterations {
        iterations += 1;
        let dense = Dense { x: &x, k };
        let inverse = a.lead_inverse(&w);
        // The preconditioner may be of weights a little older.
        if pre.is_none() || last > 0.05 {
            pre = Some(Preconditioner::new(a, &w, &inverse, dense));
        }
        let pre = pre.as_ref().expect("just made");
        let error = state.error();
        let right = a.score(&w, &inverse, dense, &error);
        let eta = last.clamp(1e-6, 0.03);
        let solved = a.solve(
            &w,
            &inverse,
            pre,
            dense,
            right,
            Target::ReduceTo(eta, 1e-29 * w.iter().sum::<f64>()),
            settings.max_inner_iterations,
        );
        inner_iterations += solved.iterations;
        a.predict(dense, &solved.levels, &solved.dense, &mut t);
        let mut length = 1.0;
        let mut step = state.step(&t, length);
        let slack = 1e-13 * state.objective.abs();
        let mut halvings = 0;
        let worse = |s: &Step| s.objective.is_nan() || s.objective < state.objective - slack;
        // Below this size the likelihood does not tell good steps from bad ones.
        while (worse(&step) && step.largest > 1e-6 || step.objective.is_nan()) && halvings < 30 {
            length *= 0.5;
            halvings += 1;
            step = state.step(&t, length);
        }
        if !step.objective.is_finite() {
            return Err(GravityError::NotConverged {
                stage: "PPML",
                iterations,
                diagnosis: "the likelihood is not finite along Newton's direction".to_string(),
                trace,
            });
        }
        for (b, d) in coefficients.iter_mut().zip(&solved.dense) {
            *b += length * d;
        }
        last = step.largest;
        trace.push(last);
        let runaways = step.runaways;
        state.eta = step.eta;
        state.mu = step.mu;
        state.objective = step.objective;
        w = weight(&state.mu);
        // What is left after this step is about its square, or what the inner solver
        // left of it.
        if length == 1.0 && last * last.max(eta) <= 1e-9 {
            first_order = Some(state.first_order(&w, dense, &kept));
            let error = first_order.as_ref().map_or(0.0, |f| f.error);
            converged = error <= settings.tolerance;
        }
        if watch {
            streak = if runaways > 0 { streak + 1 } else { 0 };
            if streak >= 3 && iterations >= 8 {
                return Ok(Outcome::Suspect);
            }
        }
        // Rows of very small means may be moved about by rounding errors alone. What
        // counts is that the conditions hold.
        if !converged && iterations > 15 && !watch {
            first_order = Some(state.first_order(&w, dense, &kept));
            let error = first_order.as_ref().map_or(0.0, |f| f.error);
            converged = error <= 0.01 * settings.tolerance;
        }
    }
    let inverse = a.lead_inverse(&w);
    let first_order = match first_order {
        Some(f) if converged => f,
        _ => state.first_order(&w, Dense { x: &x, k }, &kept),
    };
    if !converged || first_order.error > settings.tolerance {
        if watch {
            return Ok(Outcome::Suspect);
        }
        return Err(GravityError::NotConverged {
            stage: "PPML",
            iterations,
            diagnosis: format!(
                "the first-order condition of {} is off by {:.1e} of its size (tolerance {:.0e})",
                first_order.place, first_order.error, settings.tolerance
            ),
            trace,
        });
    }
    let pre = Preconditioner::new(a, &w, &inverse, Dense::NONE);
    let (more, done) = a.demean(
        &w,
        &inverse,
        &pre,
        &mut x,
        k,
        1e-9,
        settings.max_inner_iterations,
    );
    inner_iterations += more;
    if !done {
        return Err(GravityError::NotConverged {
            stage: "taking the fixed effects out of the regressors at the solution",
            iterations: more,
            diagnosis: "conjugate gradients stalled".to_string(),
            trace,
        });
    }
    Ok(Outcome::Solved(Box::new(Solution {
        kept,
        dropped,
        coefficients,
        eta: state.eta,
        mu: state.mu,
        x,
        first_order,
        iterations,
        inner_iterations,
    })))
}

impl<'a> State<'a> {
    /// Effects alone: their first-order conditions are fitted in turn, twice.
    fn start(design: &'a Design, a: &'a Absorber) -> State<'a> {
        let n = design.rows;
        let lead_total: Vec<f64> = a
            .starts
            .windows(2)
            .map(|s| (s[0]..s[1]).map(|r| design.weight(r) * design.y[r]).sum())
            .collect();
        let total: f64 = lead_total.iter().sum();
        let base: f64 = (0..n)
            .map(|r| design.weight(r) * design.offset.as_ref().map_or(1.0, |o| o[r].exp()))
            .sum();
        let shift = (total / base).ln();
        let intercept = design.has_intercept || !design.effects.is_empty();
        let mut eta: Vec<f64> = (0..n)
            .map(|r| {
                design.offset.as_ref().map_or(0.0, |o| o[r]) + if intercept { shift } else { 0.0 }
            })
            .collect();
        let wanted = a.level_sums(|r| design.weight(r) * design.y[r], false);
        let mut mu: Vec<f64> = eta.iter().map(|e| e.exp()).collect();
        let sweeps = if a.rest.iter().any(|t| t.values.is_empty()) {
            2
        } else {
            1
        };
        for _ in 0..sweeps {
            for term in a.rest.iter().filter(|t| t.values.is_empty()) {
                let mut sum = vec![0.0; term.levels];
                for (r, &c) in term.codes.iter().enumerate() {
                    sum[c as usize] += design.weight(r) * mu[r];
                }
                let factor: Vec<f64> = sum
                    .iter()
                    .zip(&wanted[term.offset..])
                    .map(|(s, y)| if *y > 0.0 && *s > 0.0 { y / s } else { 1.0 })
                    .collect();
                let log: Vec<f64> = factor.iter().map(|f| f.ln()).collect();
                for ((m, e), &c) in mu.iter_mut().zip(&mut eta).zip(&term.codes) {
                    *m *= factor[c as usize];
                    *e += log[c as usize];
                }
            }
            if a.eliminated {
                for (p, s) in a.starts.windows(2).enumerate() {
                    let sum: f64 = (s[0]..s[1]).map(|r| design.weight(r) * mu[r]).sum();
                    let factor = lead_total[p] / sum;
                    for r in s[0]..s[1] {
                        mu[r] *= factor;
                        eta[r] += factor.ln();
                    }
                }
            }
        }
        let objective = (0..n)
            .map(|r| design.weight(r) * (design.y[r] * eta[r] - mu[r]))
            .sum();
        State {
            design,
            a,
            lead_total,
            eta,
            mu,
            objective,
        }
    }

    /// The intercept that `start` gave, where there is one.
    fn intercept(&self) -> f64 {
        self.eta[0] - self.design.offset.as_ref().map_or(0.0, |o| o[0])
    }

    /// w (y − μ)
    fn error(&self) -> Vec<f64> {
        (0..self.design.rows)
            .map(|r| self.design.weight(r) * (self.design.y[r] - self.mu[r]))
            .collect()
    }

    /// The state after a step of some length along t, with the lead solved exactly.
    fn step(&self, t: &[f64], length: f64) -> Step {
        let n = self.design.rows;
        let mut eta = vec![0.0; n];
        let mut mu = vec![0.0; n];
        let a = self.a;
        let parts: Vec<_> = a
            .split_rows(&mut eta, 1)
            .into_iter()
            .zip(a.split_rows(&mut mu, 1))
            .collect();
        let sums: Vec<(f64, f64, usize)> = a
            .chunk_ranges()
            .into_par_iter()
            .zip(parts)
            .map(|(chunk, (eta, mu))| {
                let first = a.starts[chunk.start];
                let (mut objective, mut largest, mut runaways) = (0.0, 0.0f64, 0);
                for p in chunk {
                    let (begin, end) = (a.starts[p], a.starts[p + 1]);
                    let mut sum = 0.0;
                    for r in begin..end {
                        let m = self.mu[r] * (length * t[r]).exp();
                        mu[r - first] = m;
                        sum += self.design.weight(r) * m;
                    }
                    let factor = if a.eliminated {
                        self.lead_total[p] / sum
                    } else {
                        1.0
                    };
                    let shift = factor.ln();
                    for r in begin..end {
                        let change = length * t[r] + shift;
                        let m = mu[r - first] * factor;
                        let e = self.eta[r] + change;
                        mu[r - first] = m;
                        eta[r - first] = e;
                        let y = self.design.y[r];
                        objective += self.design.weight(r) * (y * e - m);
                        largest = largest.max(change.abs());
                        if change.is_nan() {
                            objective = f64::NAN;
                        }
                        runaways += usize::from(y == 0.0 && change < RUNAWAY);
                    }
                }
                (objective, largest, runaways)
            })
            .collect();
        Step {
            eta,
            mu,
            objective: sums.iter().map(|s| s.0).sum(),
            largest: sums.iter().map(|s| s.1).fold(0.0, f64::max),
            runaways: sums.iter().map(|s| s.2).sum(),
        }
    }

    /// |Σ x w (y − μ)| over Σ |x| w (y + μ), the largest over regressors and levels.
    fn first_order(&self, w: &[f64], dense: Dense, kept: &[usize]) -> FirstOrder {
        let d = self.design;
        let none = vec![0.0; self.a.leads()];
        let score = self.a.score(w, &none, dense, &self.error());
        let size = self
            .a
            .level_sums(|r| d.weight(r) * (d.y[r] + self.mu[r]), false);
        let mut worst = FirstOrder {
            error: 0.0,
            place: "no condition".to_string(),
        };
        let mut offer = |error: f64, place: &dyn Fn() -> String| {
            if error > worst.error || error.is_nan() {
                worst = FirstOrder {
                    error,
                    place: place(),
                };
            }
        };
        for term in &self.a.rest {
            for level in 0..term.levels {
                let at = term.offset + level;
                if size[at] > 0.0 {
                    offer(score.levels[at][0].abs() / size[at], &|| {
                        let effect = &d.effects[term.effect];
                        let name = effect.levels.labels.label(level);
                        match term.slope {
                            None => format!("{} = {name}", effect.name),
                            Some(s) => {
                                format!(
                                    "the slope of {} at {} = {name}",
                                    effect.slopes[s].0, effect.name
                                )
                            }
                        }
                    });
                }
            }
        }
        if let (true, Some(lead)) = (self.a.eliminated, d.lead) {
            for (p, s) in self.a.starts.windows(2).enumerate() {
                let (mut gap, mut size) = (0.0, 0.0);
                for r in s[0]..s[1] {
                    gap += d.weight(r) * (d.y[r] - self.mu[r]);
                    size += d.weight(r) * (d.y[r] + self.mu[r]);
                }
                offer(f64::abs(gap) / size, &|| {
                    let effect = &d.effects[lead];
                    format!("{} = {}", effect.name, effect.levels.labels.label(p))
                });
            }
        }
        let k = dense.k;
        let mut size = vec![0.0; k];
        for (r, x) in dense.x.chunks_exact(k.max(1)).enumerate() {
            let u = d.weight(r) * (d.y[r] + self.mu[r]);
            size.iter_mut().zip(x).for_each(|(s, x)| *s += x.abs() * u);
        }
        for j in 0..k {
            offer(score.dense[j].abs() / size[j], &|| d.names[kept[j]].clone());
        }
        worst
    }
}
