//! Ordinary least squares.

use crate::absorb::{Absorber, Dense, Preconditioner};
use crate::collinear::reduce;
use crate::correction::Parameters;
use crate::dense::cholesky;
use crate::design::Design;
use crate::error::GravityError;
use crate::iv::{InstrumentTests, first_stage};
use crate::model::Settings;
use crate::poisson::{FirstOrder, Solution};

/// Residuals and what the total variation was.
pub(crate) struct LeastSquares {
    pub solution: Solution,
    /// Σ w of the squared outcome after the effects.
    pub within_total: f64,
    /// With instruments.
    pub tests: Option<InstrumentTests>,
}

pub(crate) fn fit(
    design: &Design,
    a: &Absorber,
    settings: &Settings,
) -> Result<LeastSquares, GravityError> {
    let n = design.rows;
    let w: Vec<f64> = (0..n).map(|r| design.weight(r)).collect();
    let reduced = reduce(design, a, &w, 1e-11, settings, None)?;
    let (mut kept, mut x) = (reduced.kept, reduced.x);
    let first = match design.endogenous {
        0 => None,
        _ => {
            let mut first = first_stage(design, &kept, &x, &w)?;
            kept = std::mem::take(&mut first.kept);
            x = std::mem::take(&mut first.x);
            Some(first)
        }
    };
    let k = kept.len();
    let inverse = a.lead_inverse(&w);
    let pre = Preconditioner::new(a, &w, &inverse, Dense::NONE);
    let target: Vec<f64> = match &design.offset {
        Some(offset) => design.y.iter().zip(offset).map(|(y, o)| y - o).collect(),
        None => design.y.clone(),
    };
    let mut rest = target.clone();
    let mut iterations = 0;
    let mut take_out = |values: &mut [f64]| {
        let done = a.demean(
            &w,
            &inverse,
            &pre,
            values,
            1,
            1e-12,
            settings.max_inner_iterations,
        );
        iterations += done.iterations;
        done.converged
    };
    let mut done = take_out(&mut rest);
    let outcome = first.as_ref().map(|_| rest.clone());
    let within_total: f64 = rest.iter().zip(&w).map(|(v, w)| w * v * v).sum();
    let dense = Dense { x: &x, k };
    let (gram, scale) = a.gram(&w, &inverse, dense);
    let factor = cholesky(gram, k, &scale, 0.0);
    let mut coefficients = vec![0.0; k];
    // The second and third round work on what is left: iterative refinement.
    for _ in 0..3 {
        let mut step = vec![[0.0; 1]; k];
        for (r, row) in x.chunks_exact(k.max(1)).enumerate() {
            for (s, x) in step.iter_mut().zip(row) {
                s[0] += x * w[r] * rest[r];
            }
        }
        factor.solve(&mut step);
        for (b, s) in coefficients.iter_mut().zip(&step) {
            *b += s[0];
        }
        for (r, row) in x.chunks_exact(k.max(1)).enumerate() {
            for (s, x) in step.iter().zip(row) {
                rest[r] -= x * s[0];
            }
        }
        done &= take_out(&mut rest);
    }
    if !done {
        return Err(GravityError::NotConverged {
            stage: "taking the fixed effects out of the outcome",
            iterations,
            diagnosis: "conjugate gradients stalled; the fixed effects are nearly nested in each \
                        other"
                .to_string(),
            trace: Vec::new(),
        });
    }
    let first_order = first_order(design, a, &w, dense, &kept, &rest, &target);
    if first_order.error > settings.tolerance {
        return Err(GravityError::NotConverged {
            stage: "least squares",
            iterations,
            diagnosis: format!(
                "the first-order condition of {} is off by {:.1e} of its size (tolerance {:.0e})",
                first_order.place, first_order.error, settings.tolerance
            ),
            trace: Vec::new(),
        });
    }
    let tests = first.zip(outcome).map(|(first, outcome)| {
        first.structural(&coefficients, &mut rest);
        let parameters = Parameters {
            design,
            regressors: 0,
        };
        first.tests(&w, &outcome, &rest, parameters.full())
    });
    let fitted: Vec<f64> = design.y.iter().zip(&rest).map(|(y, e)| y - e).collect();
    Ok(LeastSquares {
        solution: Solution {
            kept,
            dropped: reduced.dropped,
            coefficients,
            eta: fitted.clone(),
            mu: fitted,
            x,
            first_order,
            iterations: 1,
            inner_iterations: reduced.iterations + iterations,
        },
        within_total,
        tests,
    })
}

/// |Σ x w e| over Σ |x| w (|y| + |e|), the largest over regressors and levels.
pub(crate) fn first_order(
    design: &Design,
    a: &Absorber,
    w: &[f64],
    dense: Dense,
    kept: &[usize],
    rest: &[f64],
    target: &[f64],
) -> FirstOrder {
    let none = vec![0.0; a.leads()];
    let weighted: Vec<f64> = rest.iter().zip(w).map(|(e, w)| e * w).collect();
    let size_of = |r: usize| w[r] * (target[r].abs() + rest[r].abs());
    let score = a.score(w, &none, dense, &weighted);
    let size = a.level_sums(size_of, false);
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
    for term in &a.rest {
        for level in 0..term.levels {
            let at = term.offset + level;
            if size[at] > 0.0 {
                offer(score.levels[at][0].abs() / size[at], &|| {
                    let effect = &design.effects[term.effect];
                    format!("{} = {}", effect.name, effect.levels.labels.label(level))
                });
            }
        }
    }
    let k = dense.k;
    let mut size = vec![0.0; k];
    for (r, x) in dense.x.chunks_exact(k.max(1)).enumerate() {
        size.iter_mut()
            .zip(x)
            .for_each(|(s, x)| *s += x.abs() * size_of(r));
    }
    for j in 0..k {
        if size[j] > 0.0 {
            offer(score.dense[j].abs() / size[j], &|| {
                design.names[kept[j]].clone()
            });
        }
    }
    worst
}
