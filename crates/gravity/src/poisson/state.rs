//! A point of the iteration, and steps from it.

use rayon::prelude::*;

use super::{FirstOrder, RUNAWAY};
use crate::absorb::{Absorber, Dense};
use crate::by_row;
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
    /// Linear predictor of the point tried last or, once that was taken, of the one before.
    pub other_eta: Vec<f64>,
    other_mu: Vec<f64>,
}

/// A point that was tried.
pub(super) struct Step {
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
        let base = by_row::sum(n, |r| {
            design.weight(r) * design.offset.as_ref().map_or(1.0, |o| o[r].exp())
        });
        let shift = (total / base).ln();
        let intercept = design.has_intercept || design.effects.iter().any(|e| e.intercept);
        let mut eta = by_row::map(n, |r| {
            design.offset.as_ref().map_or(0.0, |o| o[r]) + if intercept { shift } else { 0.0 }
        });
        let wanted = a.level_sums(|r| design.weight(r) * design.y[r], false);
        let mut mu = by_row::map(n, |r| eta[r].exp());
        let sweeps = if a.rest.iter().any(|t| t.values.is_empty()) {
            2
        } else {
            1
        };
        for _ in 0..sweeps {
            for term in a.rest.iter().filter(|t| t.values.is_empty()) {
                let sum = a.level_sums(|r| design.weight(r) * mu[r], false);
                let factor: Vec<f64> = sum[term.offset..]
                    .iter()
                    .zip(&wanted[term.offset..term.offset + term.levels])
                    .map(|(s, y)| if *y > 0.0 && *s > 0.0 { y / s } else { 1.0 })
                    .collect();
                let log: Vec<f64> = factor.iter().map(|f| f.ln()).collect();
                mu.par_iter_mut()
                    .zip(&mut eta)
                    .zip(&term.codes)
                    .for_each(|((m, e), &c)| {
                        *m *= factor[c as usize];
                        *e += log[c as usize];
                    });
            }
            if a.eliminated {
                let parts: Vec<_> = a
                    .split_rows(&mut eta, 1)
                    .into_iter()
                    .zip(a.split_rows(&mut mu, 1))
                    .collect();
                a.chunk_ranges()
                    .into_par_iter()
                    .zip(parts)
                    .for_each(|(chunk, (eta, mu))| {
                        let first = a.starts[chunk.start];
                        for p in chunk {
                            let rows = a.starts[p]..a.starts[p + 1];
                            let own = rows.start - first..rows.end - first;
                            let sum: f64 = rows
                                .zip(&mu[own.clone()])
                                .map(|(r, m)| design.weight(r) * m)
                                .sum();
                            let factor = lead_total[p] / sum;
                            let shift = factor.ln();
                            for i in own {
                                mu[i] *= factor;
                                eta[i] += shift;
                            }
                        }
                    });
            }
        }
        let objective = by_row::sum(n, |r| design.weight(r) * (design.y[r] * eta[r] - mu[r]));
        State {
            design,
            a,
            lead_total,
            eta,
            mu,
            objective,
            other_eta: Vec::new(),
            other_mu: Vec::new(),
        }
    }

    /// A point that is known already.
    pub(super) fn resume(design: &'a Design, a: &'a Absorber, eta: Vec<f64>) -> State<'a> {
        let mu = by_row::map(design.rows, |r| eta[r].exp());
        let objective = by_row::sum(design.rows, |r| {
            design.weight(r) * (design.y[r] * eta[r] - mu[r])
        });
        State {
            design,
            a,
            lead_total: lead_total(design, a),
            eta,
            mu,
            objective,
            other_eta: Vec::new(),
            other_mu: Vec::new(),
        }
    }

    /// The intercept that `start` gave, where there is one.
    pub(super) fn intercept(&self) -> f64 {
        self.eta[0] - self.design.offset.as_ref().map_or(0.0, |o| o[0])
    }

    /// w (y − μ)
    pub(super) fn error(&self, out: &mut Vec<f64>) {
        (0..self.design.rows)
            .into_par_iter()
            .map(|r| self.design.weight(r) * (self.design.y[r] - self.mu[r]))
            .collect_into_vec(out);
    }

    /// Takes the point that was tried last.
    pub(super) fn accept(&mut self, step: &Step) {
        std::mem::swap(&mut self.eta, &mut self.other_eta);
        std::mem::swap(&mut self.mu, &mut self.other_mu);
        self.objective = step.objective;
    }

    /// Tries a step of some length along t, with the lead solved exactly.
    pub(super) fn step(&mut self, t: &[f64], length: f64) -> Step {
        let a = self.a;
        let mut eta = std::mem::take(&mut self.other_eta);
        let mut mu = std::mem::take(&mut self.other_mu);
        for values in [&mut eta, &mut mu] {
            if values.len() < self.design.rows {
                *values = by_row::map(self.design.rows, |_| 0.0);
            }
        }
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
        self.other_eta = eta;
        self.other_mu = mu;
        Step {
            objective: sums.iter().map(|s| s.0).sum(),
            largest: sums.iter().map(|s| s.1).fold(0.0, f64::max),
            runaways: sums.iter().map(|s| s.2).sum(),
        }
    }

    /// |Σ x w (y − μ)| over Σ |x| w (y + μ), the largest over regressors and levels.
    pub(super) fn first_order(&self, w: &[f64], dense: Dense, kept: &[usize]) -> FirstOrder {
        let d = self.design;
        let none = vec![0.0; self.a.leads()];
        let mut error = Vec::new();
        self.error(&mut error);
        let score = self.a.score(w, &none, dense, &error);
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
            let errors = by_row::map(self.a.leads(), |p| {
                let (mut gap, mut size) = (0.0, 0.0);
                for r in self.a.starts[p]..self.a.starts[p + 1] {
                    gap += d.weight(r) * (d.y[r] - self.mu[r]);
                    size += d.weight(r) * (d.y[r] + self.mu[r]);
                }
                f64::abs(gap) / size
            });
            for (p, &error) in errors.iter().enumerate() {
                offer(error, &|| {
                    let effect = &d.effects[lead];
                    format!("{} = {}", effect.name, effect.levels.labels.label(p))
                });
            }
        }
        let k = dense.k;
        let size = by_row::column_sums(dense.x, k, |r, x, size| {
            let u = d.weight(r) * (d.y[r] + self.mu[r]);
            size.iter_mut().zip(x).for_each(|(s, x)| *s += x.abs() * u);
        });
        for j in 0..k {
            offer(score.dense[j].abs() / size[j], &|| d.names[kept[j]].clone());
        }
        worst
    }
}

/// Σ w y of each lead level.
fn lead_total(design: &Design, a: &Absorber) -> Vec<f64> {
    by_row::map(a.leads(), |p| {
        (a.starts[p]..a.starts[p + 1])
            .map(|r| design.weight(r) * design.y[r])
            .sum()
    })
}
