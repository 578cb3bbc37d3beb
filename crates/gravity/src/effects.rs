//! Values of the fixed effects, recovered from a linear predictor.

use serde::{Deserialize, Serialize};

use crate::absorb::{Absorber, Dense, Preconditioner, Target};
use crate::collinear::reduce;
use crate::design::Design;
use crate::model::Settings;

/// The values of one fixed effect, or of one slope, by level.
///
/// Intercepts of all effects but the first are normalised to zero at their first
/// level (in the order of the labels); the first effect takes up the constant. Where
/// the data fall apart into several connected parts, only sums within a part mean
/// something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EffectValues {
    /// The factor, as `exporter^year`.
    pub effect: String,
    /// What has the slope; none for an intercept.
    pub slope: Option<String>,
    /// Label and value of each level.
    pub levels: Vec<(String, f64)>,
}

impl Absorber {
    /// Coefficients of the rest and of the lead that add up to `values`, and the
    /// largest error.
    fn decompose(
        &self,
        design: &Design,
        values: &[f64],
        settings: &Settings,
    ) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let w = vec![1.0; design.rows];
        let inverse = self.lead_inverse(&w);
        let pre = Preconditioner::new(self, &w, &inverse, Dense::NONE);
        let mut levels = vec![[0.0; 1]; self.size];
        let mut left = values.to_vec();
        // The second round works on the rounding errors of the first.
        for _ in 0..2 {
            let right = self.right_side::<1>(&w, &inverse, &left);
            let solved = self.solve(
                &w,
                &inverse,
                &pre,
                Dense::NONE,
                right,
                Target::Reduce(1e-13),
                settings.max_inner_iterations,
            );
            for (l, s) in levels.iter_mut().zip(&solved.levels) {
                l[0] += s[0];
            }
            let mut t = vec![0.0; design.rows];
            self.predict(Dense::NONE, &solved.levels, &[], &mut t);
            left.iter_mut().zip(&t).for_each(|(v, t)| *v -= t);
        }
        let mut lead = Vec::new();
        if self.eliminated {
            for s in self.starts.windows(2) {
                let mean = left[s[0]..s[1]].iter().sum::<f64>() / (s[1] - s[0]) as f64;
                left[s[0]..s[1]].iter_mut().for_each(|v| *v -= mean);
                lead.push(mean);
            }
        }
        (levels.into_iter().map(|l| l[0]).collect(), lead, left)
    }
}

/// The effects whose sum is `values`.
pub(crate) fn recover(
    design: &Design,
    a: &Absorber,
    values: &[f64],
    settings: &Settings,
) -> (Vec<EffectValues>, f64) {
    recover_some(design, a, values, settings, |_| true)
}

/// The values of those levels that are to be told.
fn recover_some(
    design: &Design,
    a: &Absorber,
    values: &[f64],
    settings: &Settings,
    told: impl Fn(f64) -> bool,
) -> (Vec<EffectValues>, f64) {
    let (rest, lead, left) = a.decompose(design, values, settings);
    let residual = left.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    (name(design, a, rest, lead, told), residual)
}

/// Whether a coefficient plays a part in a certificate: the combination is one at most.
pub(crate) fn matters(coefficient: f64) -> bool {
    coefficient.abs() > 1e-9
}

/// Coefficients of the rest and of the lead, put back on the variables as they are and
/// normalised; those that are to be told.
pub(crate) fn name(
    design: &Design,
    a: &Absorber,
    rest: Vec<f64>,
    mut lead: Vec<f64>,
    told: impl Fn(f64) -> bool,
) -> Vec<EffectValues> {
    let mut out: Vec<EffectValues> = Vec::new();
    // Slopes were estimated on centred and scaled variables; put them back.
    let mut shift: Vec<Vec<f64>> = design
        .effects
        .iter()
        .map(|e| vec![0.0; e.levels.count()])
        .collect();
    let mut slopes: Vec<(usize, usize, Vec<f64>)> = Vec::new();
    for term in a.rest.iter().filter(|t| t.slope.is_some()) {
        let s = term.slope.expect("a slope");
        let raw = &design.effects[term.effect].slopes[s].1;
        let mut value = vec![0.0; term.levels];
        let mut first = vec![usize::MAX; term.levels];
        let mut second = vec![usize::MAX; term.levels];
        for (r, &c) in term.codes.iter().enumerate() {
            let c = c as usize;
            if first[c] == usize::MAX {
                first[c] = r;
            }
            // The row that differs most from the first gives the scale best.
            let distance = |q: usize| (raw[q] - raw[first[c]]).abs();
            if second[c] == usize::MAX || distance(r) > distance(second[c]) {
                second[c] = r;
            }
        }
        for c in 0..term.levels {
            let (p, q) = (first[c], second[c]);
            let coefficient = rest[term.offset + c];
            let centred = design.effects[term.effect].intercept;
            if centred {
                let span = raw[q] - raw[p];
                if span != 0.0 {
                    value[c] = coefficient * (term.values[q] - term.values[p]) / span;
                    shift[term.effect][c] += coefficient * term.values[p] - value[c] * raw[p];
                }
            } else {
                let pick = if raw[p].abs() > raw[q].abs() { p } else { q };
                if raw[pick] != 0.0 {
                    value[c] = coefficient * term.values[pick] / raw[pick];
                }
            }
        }
        slopes.push((term.effect, s, value));
    }
    // Intercepts in the order of the formula, normalised.
    let mut moved = 0.0;
    let mut intercepts: Vec<(usize, Vec<f64>)> = Vec::new();
    for (f, effect) in design.effects.iter().enumerate() {
        if !effect.intercept {
            continue;
        }
        let mut values = if design.lead == Some(f) {
            std::mem::take(&mut lead)
        } else {
            let term = a
                .rest
                .iter()
                .find(|t| t.effect == f && t.slope.is_none())
                .expect("every intercept is the lead or among the rest");
            rest[term.offset..term.offset + term.levels].to_vec()
        };
        values.iter_mut().zip(&shift[f]).for_each(|(v, s)| *v += s);
        if !intercepts.is_empty() {
            let base = values[0];
            values.iter_mut().for_each(|v| *v -= base);
            moved += base;
        }
        intercepts.push((f, values));
    }
    if let Some((_, first)) = intercepts.first_mut() {
        first.iter_mut().for_each(|v| *v += moved);
    }
    let named = |f: usize, values: Vec<f64>| -> Vec<(String, f64)> {
        values
            .into_iter()
            .enumerate()
            .filter(|&(_, v)| told(v))
            .map(|(l, v)| (design.effects[f].levels.labels.label(l), v))
            .collect()
    };
    for (f, values) in intercepts {
        out.push(EffectValues {
            effect: design.effects[f].name.clone(),
            slope: None,
            levels: named(f, values),
        });
    }
    for (f, s, values) in slopes {
        out.push(EffectValues {
            effect: design.effects[f].name.clone(),
            slope: Some(design.effects[f].slopes[s].0.clone()),
            levels: named(f, values),
        });
    }
    out
}

/// Writes `values` as a combination of regressors and effects: coefficients of both, those of
/// levels that play no part left out, and the largest error.
pub(crate) fn express(
    design: &Design,
    a: &Absorber,
    values: &[f64],
    settings: &Settings,
) -> (Vec<(String, f64)>, Vec<EffectValues>, f64) {
    let w = vec![1.0; design.rows];
    let Ok(reduced) = reduce(design, a, &w, 1e-10, settings, None) else {
        return (Vec::new(), Vec::new(), f64::INFINITY);
    };
    let k = reduced.kept.len();
    let inverse = a.lead_inverse(&w);
    let dense = Dense { x: &reduced.x, k };
    let (gram, scale) = a.gram(&w, &inverse, dense);
    let factor = crate::dense::cholesky(gram, k, &scale, 0.0);
    let mut b = vec![0.0; k];
    let mut left = values.to_vec();
    for _ in 0..3 {
        let mut step = vec![[0.0; 1]; k];
        for (r, row) in reduced.x.chunks_exact(k.max(1)).enumerate() {
            for (s, x) in step.iter_mut().zip(row) {
                s[0] += x * left[r];
            }
        }
        factor.solve(&mut step);
        for (j, s) in step.iter().enumerate() {
            b[j] += s[0];
        }
        for (r, row) in reduced.x.chunks_exact(k.max(1)).enumerate() {
            for (s, x) in step.iter().zip(row) {
                left[r] -= x * s[0];
            }
        }
    }
    let mut effects_sum = values.to_vec();
    for (r, v) in effects_sum.iter_mut().enumerate() {
        for (b, &j) in b.iter().zip(&reduced.kept) {
            *v -= b * design.x[r * design.k() + j];
        }
    }
    let regressors = reduced
        .kept
        .iter()
        .zip(&b)
        .map(|(&j, &b)| (design.names[j].clone(), b))
        .collect();
    let (effects, residual) = recover_some(design, a, &effects_sum, settings, matters);
    (regressors, effects, residual)
}
