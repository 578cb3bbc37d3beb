//! Poisson pseudo-maximum likelihood.
//!
//! Newton's method on the likelihood in which the lead effect is solved for in
//! closed form: exp(a_p) = Σ_p y / Σ_p exp(rest). The Newton direction in all
//! other effects and the regressors at once comes from conjugate gradients; it is
//! the same as that of iteratively reweighted least squares, but needs one
//! right-hand side instead of one for each regressor. The regressors are replaced
//! by what the effects leave of them, which changes neither fit nor coefficients
//! and makes the equations nearly block-diagonal.

mod runaway;
mod state;

use std::borrow::Cow;

use rayon::prelude::*;

use crate::absorb::{Absorber, Dense, Preconditioner, Target};
use crate::by_row;
use crate::collinear::{Reduced, Start, reduce};
use crate::design::Design;
use crate::error::GravityError;
use crate::model::Settings;
use crate::separation::Found;
use state::State;

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

/// Where an iteration stopped, so that another can go on from there.
pub(crate) struct Point {
    pub eta: Vec<f64>,
    pub coefficients: Vec<f64>,
    pub dropped: Vec<(String, String)>,
    pub regressors: Start,
    pub iterations: usize,
    pub inner_iterations: usize,
}

pub(crate) enum Outcome {
    Solved(Box<Solution>),
    /// Rows that a combination separates, with the certificate.
    Separated(Box<(Found, Point)>),
    /// Some rows with zero outcomes keep running away, but no certificate came of it.
    Suspect,
}

/// A step of this size in the linear predictor of a row with zero outcome, while the
/// likelihood hardly moves, is the mark of separation: there Newton's step tends to −1.
const RUNAWAY: f64 = -0.3;

/// The largest change of a row's linear predictor that is tried: exp of more overflows. Where a mean
/// lies many orders below its outcome, Newton's step is longer by as many.
const LONGEST: f64 = 600.0;

/// Once linear predictors have moved this far, the preconditioner is made anew. Making it costs
/// as much as a few rounds of conjugate gradients, and one of older weights costs less than that.
const FAR: f64 = 0.5;

/// What the effects leave of the regressors on the way, relative to what they leave in the end.
/// It makes the equations nearly block-diagonal, and tells what to look at more closely; weights
/// still change by far more.
const LOOSE: f64 = 1e-2;

/// The same at the solution, where standard errors are made from it.
const TIGHT: f64 = 1e-9;

/// With `watch`, looks out for separated rows.
pub(crate) fn fit(
    design: &Design,
    a: &Absorber,
    settings: &Settings,
    watch: bool,
    from: Option<Point>,
) -> Result<Outcome, GravityError> {
    let n = design.rows;
    let (mut iterations, mut inner_iterations) = (0, 0);
    let mut resumed = None;
    if let Some(point) = from {
        iterations = point.iterations;
        inner_iterations = point.inner_iterations;
        let state = State::resume(design, a, point.eta);
        let w = weights(design, &state.mu);
        let reduced = reduce(design, a, &w, LOOSE, settings, Some(point.regressors))?;
        inner_iterations += reduced.iterations;
        // A regressor that has nothing left to say takes its coefficient with it, and
        // the others change: begin anew.
        if reduced.dropped.is_empty() {
            let reduced = Reduced {
                dropped: point.dropped,
                ..reduced
            };
            resumed = Some((state, reduced, point.coefficients));
        }
    }
    let (mut state, reduced, mut coefficients) = match resumed {
        Some(resumed) => resumed,
        None => {
            let state = State::start(design, a);
            let reduced = reduce(
                design,
                a,
                &weights(design, &state.mu),
                LOOSE,
                settings,
                None,
            )?;
            inner_iterations += reduced.iterations;
            let mut coefficients = vec![0.0; reduced.kept.len()];
            if design.has_intercept && reduced.kept.first() == Some(&0) {
                coefficients[0] = state.intercept();
            }
            (state, reduced, coefficients)
        }
    };
    let (kept, dropped, mut x, levels) = (reduced.kept, reduced.dropped, reduced.x, reduced.levels);
    let k = kept.len();

    let limit = iterations + settings.max_iterations;
    let mut trace = Vec::new();
    let mut t = by_row::map(n, |_| 0.0);
    let mut error = Vec::new();
    let mut last = f64::INFINITY;
    let mut watcher = runaway::Watcher::default();
    let mut pre = reduced.pre;
    // How far linear predictors have moved since the preconditioner was made.
    let mut moved = 0.0;
    let mut first_order: Option<FirstOrder> = None;
    let mut converged = k == 0 && a.size == 0;
    while !converged && iterations < limit {
        iterations += 1;
        let dense = Dense { x: &x, k };
        let w = weights(design, &state.mu);
        let inverse = a.lead_inverse(&w);
        // The preconditioner may be of weights a little older.
        if moved > FAR {
            pre = Preconditioner::new(a, &w, &inverse, dense);
            moved = 0.0;
        } else if last > 0.05 {
            pre.renew_dense(a, &w, &inverse, dense);
        }
        state.error(&mut error);
        let right = a.score(&w, &inverse, dense, &error);
        let eta = last.clamp(1e-6, 0.03);
        let solved = a.solve(
            &w,
            &inverse,
            &pre,
            dense,
            right,
            Target::ReduceTo(eta, 1e-29 * by_row::sum(n, |r| w[r])),
            settings.max_inner_iterations,
        );
        inner_iterations += solved.iterations;
        drop(w);
        a.predict(dense, &solved.levels, &solved.dense, &mut t);
        let most = t.par_iter().map(|t| t.abs()).reduce(|| 0.0, f64::max);
        let mut length = (LONGEST / most).min(1.0);
        let mut step = state.step(&t, length);
        let slack = 1e-13 * state.objective.abs();
        let mut halvings = 0;
        let lowest = state.objective - slack;
        let worse = |s: &state::Step| s.objective.is_nan() || s.objective < lowest;
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
        moved += last;
        trace.push(last);
        let runaways = step.runaways;
        state.accept(&step);
        let w = weights(design, &state.mu);
        if watch && runaways > 0 {
            match watcher.look(iterations, runaways, last) {
                runaway::Advice::Wait => {}
                runaway::Advice::Certify => {
                    let found = runaway::certify(
                        design,
                        a,
                        dense,
                        (&kept, &levels),
                        &w,
                        (&state.other_eta, &state.eta),
                        settings,
                    );
                    if let Some(found) = found {
                        drop(w);
                        let point = Point {
                            eta: state.eta,
                            coefficients,
                            dropped,
                            regressors: Start { kept, x, levels },
                            iterations,
                            inner_iterations,
                        };
                        return Ok(Outcome::Separated(Box::new((found, point))));
                    }
                }
                runaway::Advice::GiveUp => return Ok(Outcome::Suspect),
            }
            continue;
        }
        // What is left after this step is about its square, or what the inner solver
        // left of it.
        let settled = length == 1.0 && runaways == 0 && last * last.max(eta) <= 1e-9;
        // Rows of very small means may be moved about by rounding errors alone. What
        // counts is that the conditions hold.
        let long = iterations > 15 && !watch;
        if settled || long {
            let f = state.first_order(&w, dense, &kept);
            let bar = if settled { 1.0 } else { 0.01 };
            converged = f.error <= bar * settings.tolerance;
            first_order = Some(f);
        }
    }
    let w = weights(design, &state.mu);
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
    // Made anew: where its blocks are all there is, it is exact, and so are standard errors.
    let pre = Preconditioner::new(a, &w, &inverse, Dense::NONE);
    let most = settings.max_inner_iterations;
    let done = a.demean(&w, &inverse, &pre, &mut x, k, TIGHT, most);
    inner_iterations += done.iterations;
    drop(w);
    if !done.converged {
        return Err(GravityError::NotConverged {
            stage: "taking the fixed effects out of the regressors at the solution",
            iterations: done.iterations,
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

/// Weights of the last regression: w μ.
fn weights<'a>(design: &Design, mu: &'a [f64]) -> Cow<'a, [f64]> {
    match &design.weights {
        Some(w) => mu
            .par_iter()
            .zip(w)
            .map(|(m, w)| m * w)
            .collect::<Vec<f64>>()
            .into(),
        None => Cow::Borrowed(mu),
    }
}
