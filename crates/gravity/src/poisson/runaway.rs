//! Separated rows as Newton's method meets them.
//!
//! Along a separating combination z the likelihood rises for ever, and Newton's step
//! tends to −z there and to zero elsewhere. So the rows that keep running away are the
//! ones to ask: one regression of their indicator, weighted so that all other rows hold
//! fast, gives z, if there is one. That spares the iterative rectifier on all rows.

use rayon::prelude::*;

use super::RUNAWAY;
use crate::absorb::{Absorber, Dense, Preconditioner, Target};
use crate::by_row;
use crate::design::Design;
use crate::effects::{matters, name};
use crate::model::Settings;
use crate::separation::Found;

/// What to do about rows that run away.
pub(super) enum Advice {
    Wait,
    Certify,
    GiveUp,
}

/// Remembers how many rows ran away.
#[derive(Default)]
pub(super) struct Watcher {
    count: usize,
    tried: usize,
    streak: usize,
}

impl Watcher {
    /// `largest`: the largest step of the other rows.
    pub(super) fn look(&mut self, iteration: usize, count: usize, largest: f64) -> Advice {
        self.streak = if count == self.count {
            self.streak + 1
        } else {
            0
        };
        self.count = count;
        if self.streak >= 1 && largest < 0.3 && self.tried < 4 {
            self.tried += 1;
            self.streak = 0;
            return Advice::Certify;
        }
        if iteration >= 20 && self.streak >= 2 || self.tried >= 4 {
            return Advice::GiveUp;
        }
        Advice::Wait
    }
}

/// How much lighter the rows that run away are made.
const LIGHT: f64 = 1e-8;

/// The combination that separates the rows which ran away in the last step, if it
/// proves to be one.
#[allow(clippy::too_many_arguments)]
pub(super) fn certify(
    design: &Design,
    a: &Absorber,
    dense: Dense,
    (kept, taken_out): (&[usize], &[f64]),
    w: &[f64],
    (before, after): (&[f64], &[f64]),
    settings: &Settings,
) -> Option<Found> {
    let n = design.rows;
    let k = dense.k;
    let free = by_row::map(n, |r| design.y[r] == 0.0 && after[r] - before[r] < RUNAWAY);
    let light = by_row::map(n, |r| if free[r] { LIGHT * w[r] } else { w[r] });
    let inverse = a.lead_inverse(&light);
    // That of the fit knows nothing of the light rows, and takes many more rounds.
    let pre = Preconditioner::new(a, &light, &inverse, dense);
    let mut levels = vec![[0.0; 1]; a.size];
    let mut b = vec![0.0; k];
    let (mut z, mut t) = (by_row::map(n, |_| 0.0), by_row::map(n, |_| 0.0));
    let (mut top, mut low, mut off) = (0.0f64, 0.0f64, f64::INFINITY);
    // A further round aims at what the last one found, and so takes out what that left
    // in the other rows.
    for round in 0..3 {
        let error = by_row::map(n, |r| {
            let target = match (free[r], round) {
                (false, _) => 0.0,
                (true, 0) => 1.0,
                (true, _) => z[r],
            };
            light[r] * (target - z[r])
        });
        let right = a.score(&light, &inverse, dense, &error);
        let most = settings.max_inner_iterations.min(300);
        let target = Target::Reduce(1e-6);
        let solved = a.solve(&light, &inverse, &pre, dense, right, target, most);
        a.predict(dense, &solved.levels, &solved.dense, &mut t);
        let shifts = by_row::map(a.leads(), |p| {
            let rows = a.starts[p]..a.starts[p + 1];
            rows.map(|r| error[r] - light[r] * t[r]).sum::<f64>() * inverse[p]
        });
        let parts = a.split_rows(&mut z, 1);
        a.chunk_ranges()
            .into_par_iter()
            .zip(parts)
            .for_each(|(chunk, z)| {
                let first = a.starts[chunk.start];
                for p in chunk {
                    for r in a.starts[p]..a.starts[p + 1] {
                        z[r - first] += t[r] + shifts[p];
                    }
                }
            });
        for (l, s) in levels.iter_mut().zip(&solved.levels) {
            l[0] += s[0];
        }
        for (b, s) in b.iter_mut().zip(&solved.dense) {
            *b += s;
        }
        (top, low, off) = (0..n)
            .into_par_iter()
            .with_min_len(1 << 13)
            .map(|r| match free[r] {
                true => (z[r], z[r], 0.0),
                false => (0.0, f64::INFINITY, z[r].abs()),
            })
            .reduce(
                || (0.0, f64::INFINITY, 0.0),
                |a, b| (f64::max(a.0, b.0), f64::min(a.1, b.1), f64::max(a.2, b.2)),
            );
        if off <= 1e-9 * top {
            break;
        }
    }
    if top <= 0.0 || low < 1e-3 * top || off > 1e-7 * top || !off.is_finite() {
        return None;
    }
    // In terms of the regressors as they are: x̃ = x − D·taken_out − means of the lead.
    let mut rest: Vec<f64> = levels.iter().map(|l| l[0] / top).collect();
    let b: Vec<f64> = b.iter().map(|b| b / top).collect();
    for (l, out) in rest.iter_mut().zip(taken_out.chunks_exact(k.max(1))) {
        *l -= out.iter().zip(&b).map(|(g, b)| g * b).sum::<f64>();
    }
    let wide: Vec<[f64; 1]> = rest.iter().map(|&l| [l]).collect();
    let mut sum = t;
    a.predict(Dense::NONE, &wide, &[], &mut sum);
    let all = design.k();
    let of_row = |r: usize| {
        let regressors = b.iter().zip(kept);
        sum[r]
            + regressors
                .map(|(b, &j)| b * design.x[r * all + j])
                .sum::<f64>()
    };
    let errors = by_row::map(a.leads(), |p| {
        let rows = a.starts[p]..a.starts[p + 1];
        let shift = match a.eliminated {
            true => z[rows.start] / top - of_row(rows.start),
            false => 0.0,
        };
        let off = rows.map(|r| {
            let goal = if free[r] { z[r] / top } else { 0.0 };
            (of_row(r) + shift - goal).abs()
        });
        (shift, off.fold(0.0, f64::max))
    });
    let residual = errors.iter().map(|e| e.1).fold(0.0, f64::max);
    if residual > 1e-6 || !residual.is_finite() {
        return None;
    }
    let lead = match a.eliminated {
        true => errors.into_iter().map(|e| e.0).collect(),
        false => Vec::new(),
    };
    Some(Found {
        rows: by_row::filter(n, |r| free[r])
            .into_iter()
            .map(|r| (r, z[r as usize] / top))
            .collect(),
        regressors: kept
            .iter()
            .zip(&b)
            .map(|(&j, &b)| (design.names[j].clone(), b))
            .collect(),
        effects: name(design, a, rest, lead, matters),
        residual,
    })
}
