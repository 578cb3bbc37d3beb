//! A point of the iteration, and steps from it.

use rayon::prelude::*;

use super::{FirstOrder, RUNAWAY};
use crate::absorb::{Absorber, Dense};
use crate::design::Design;

/// The point of the iteration.
pub(super) struct State<'a> {
    design: &'a Design,
    a: &'a Absorber,
    /// Σ w y of each lead level.
    lead_total: Vec<f64>,
    pub eta: Vec<f64>,
    pub mu: Vec<f64>,
    /// Σ w (y η − μ)
    pub objective: f64,
}

/// A point that was tried.
pub(super) struct Step {
    pub eta: Vec<f64>,
    pub mu: Vec<f64>,
    pub objective: f64,
    /// max |Δη| over the rows that do not run away.
    pub largest: f64,
    /// Rows with zero outcome whose Δη is below [`RUNAWAY`].
    pub runaways: usize,
}

impl<'a> State<'a> {
    /// Effects alone: their first-order conditions are fitted in turn, twice.
    pub(super) fn start(design: &'a Design, a: &'a Absorber) -> State<'a> {
        let n = design.rows;
        let lead_total = lead_total(design, a);
        let total: f64 = lead_total.iter().sum();
        let base: f64 = (0..n)
            .map(|r| design.weight(r) * design.offset.as_ref().map_or(1.0, |o| o[r].exp()))
            .sum();
        let shift = (total / base).ln();
        let intercept = design.has_intercept || design.effects.iter().any(|e| e.intercept);
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

    /// A point that is known already.
    pub(super) fn resume(design: &'a Design, a: &'a Absorber, eta: Vec<f64>) -> State<'a> {
        let mu: Vec<f64> = eta.iter().map(|e| e.exp()).collect();
        let objective = (0..design.rows)
            .map(|r| design.weight(r) * (design.y[r] * eta[r] - mu[r]))
            .sum();
        State {
            design,
            a,
            lead_total: lead_total(design, a),
            eta,
            mu,
            objective,
        }
    }

    /// The intercept that `start` gave, where there is one.
    pub(super) fn intercept(&self) -> f64 {
        self.eta[0] - self.design.offset.as_ref().map_or(0.0, |o| o[0])
    }

    /// w (y − μ)
    pub(super) fn error(&self) -> Vec<f64> {
        (0..self.design.rows)
            .into_par_iter()
            .with_min_len(1 << 14)
            .map(|r| self.design.weight(r) * (self.design.y[r] - self.mu[r]))
            .collect()
    }

    /// The state after a step of some length along t, with the lead solved exactly.
    pub(super) fn step(&self, t: &[f64], length: f64) -> Step {
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
                        if change.is_nan() {
                            objective = f64::NAN;
                        }
                        if y == 0.0 && change < RUNAWAY {
                            runaways += 1;
                        } else {
                            largest = largest.max(change.abs());
                        }
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
    pub(super) fn first_order(&self, w: &[f64], dense: Dense, kept: &[usize]) -> FirstOrder {
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

/// Σ w y of each lead level.
fn lead_total(design: &Design, a: &Absorber) -> Vec<f64> {
    a.starts
        .windows(2)
        .map(|s| (s[0]..s[1]).map(|r| design.weight(r) * design.y[r]).sum())
        .collect()
}
