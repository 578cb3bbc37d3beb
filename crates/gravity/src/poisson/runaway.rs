//! Separated rows as Newton's method meets them.
//!
//! Along a separating combination z the likelihood rises for ever, and Newton's step
//! tends to −z there and to zero elsewhere. So the rows that keep running away are the
//! ones to ask: one regression of their indicator, weighted so that all other rows hold
//! fast, gives z, if there is one. That spares the iterative rectifier on all rows.

use super::RUNAWAY;
use crate::absorb::{Absorber, Dense, Preconditioner, Target};
use crate::design::Design;
use crate::effects::name;
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
    pre: &Preconditioner,
    dense: Dense,
    (kept, taken_out): (&[usize], &[f64]),
    w: &[f64],
    (before, after): (&[f64], &[f64]),
    settings: &Settings,
) -> Option<Found> {
    let n = design.rows;
    let k = dense.k;
    let free: Vec<bool> = (0..n)
        .map(|r| design.y[r] == 0.0 && after[r] - before[r] < RUNAWAY)
        .collect();
    let light: Vec<f64> = (0..n)
        .map(|r| if free[r] { LIGHT * w[r] } else { w[r] })
        .collect();
    let inverse = a.lead_inverse(&light);
    let mut levels = vec![[0.0; 1]; a.size];
    let mut b = vec![0.0; k];
    let mut z = vec![0.0; n];
    let mut lead = vec![0.0; a.leads()];
    let (mut top, mut low, mut off) = (0.0f64, 0.0f64, f64::INFINITY);
    // A further round aims at what the last one found, and so takes out what that left
    // in the other rows.
    for round in 0..3 {
        let error: Vec<f64> = (0..n)
            .map(|r| {
                let target = match (free[r], round) {
                    (false, _) => 0.0,
                    (true, 0) => 1.0,
                    (true, _) => z[r],
                };
                light[r] * (target - z[r])
            })
            .collect();
        let right = a.score(&light, &inverse, dense, &error);
        let most = settings.max_inner_iterations.min(300);
        let target = Target::Reduce(1e-6);
        let solved = a.solve(&light, &inverse, pre, dense, right, target, most);
        let mut t = vec![0.0; n];
        a.predict(dense, &solved.levels, &solved.dense, &mut t);
        for (p, s) in a.starts.windows(2).enumerate() {
            let mut gap = 0.0;
            for r in s[0]..s[1] {
                gap += error[r] - light[r] * t[r];
            }
            let shift = gap * inverse[p];
            lead[p] += shift;
            for r in s[0]..s[1] {
                z[r] += t[r] + shift;
            }
        }
        for (l, s) in levels.iter_mut().zip(&solved.levels) {
            l[0] += s[0];
        }
        for (b, s) in b.iter_mut().zip(&solved.dense) {
            *b += s;
        }
        (top, low, off) = (0.0, f64::INFINITY, 0.0);
        for r in 0..n {
            if free[r] {
                top = top.max(z[r]);
                low = low.min(z[r]);
            } else {
                off = off.max(z[r].abs());
            }
        }
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
    let mut sum = vec![0.0; n];
    a.predict(Dense::NONE, &wide, &[], &mut sum);
    let all = design.k();
    for (r, s) in sum.iter_mut().enumerate() {
        for (b, &j) in b.iter().zip(kept) {
            *s += b * design.x[r * all + j];
        }
    }
    let mut residual = 0.0f64;
    for (p, s) in a.starts.windows(2).enumerate() {
        let shift = if a.eliminated {
            z[s[0]] / top - sum[s[0]]
        } else {
            0.0
        };
        lead[p] = shift;
        for r in s[0]..s[1] {
            let goal = if free[r] { z[r] / top } else { 0.0 };
            residual = residual.max((sum[r] + shift - goal).abs());
        }
    }
    if residual > 1e-6 || !residual.is_finite() {
        return None;
    }
    let lead = if a.eliminated { lead } else { Vec::new() };
    Some(Found {
        rows: (0..n)
            .filter(|&r| free[r])
            .map(|r| (r as u32, z[r] / top))
            .collect(),
        regressors: kept
            .iter()
            .zip(&b)
            .map(|(&j, &b)| (design.names[j].clone(), b))
            .collect(),
        effects: name(design, a, rest, lead),
        residual,
    })
}
