//! Residuals or scores times a random weight for each cluster.

use rand_chacha::rand_core::Rng;
use rayon::prelude::*;

use super::{
    Bootstrap, BootstrapCoefficient, BootstrapMethod, BootstrapResult, BootstrapWeights, below,
};
use crate::absorb::{Absorber, Dense, Preconditioner};
use crate::correction::is_nested;
use crate::design::Design;
use crate::error::GravityError;
use crate::estimate::Estimate;
use crate::frame::Frame;
use crate::levels::Levels;
use crate::model::Family;

/// Draws whose residuals are freed from the effects together.
const BATCH: usize = 4;

pub(super) fn run(
    estimate: &Estimate,
    frame: &Frame,
    bootstrap: &Bootstrap,
) -> Result<BootstrapResult, GravityError> {
    let wild = bootstrap.method == BootstrapMethod::Wild;
    let refuse = |reason: &str| Err(GravityError::Bootstrap(reason.to_string()));
    if wild && estimate.model.family != Family::Ols {
        return refuse("wild is for least squares; score is its like for PPML");
    }
    if !estimate.model.formula.endogenous.is_empty() {
        return refuse("wild and score do not resample the first stage; use pairs");
    }
    let clusters = bootstrap.clusters(&estimate.design, frame)?;
    let count = clusters.count();
    let exhaustive = bootstrap.weights == BootstrapWeights::Rademacher
        && count < usize::BITS as usize - 1
        && 1 << count <= bootstrap.draws;
    let draws = if exhaustive {
        1 << count
    } else {
        bootstrap.draws
    };
    let weights: Vec<Vec<f64>> = (0..draws)
        .map(|draw| {
            if exhaustive {
                return (0..count)
                    .map(|c| if draw >> c & 1 == 1 { -1.0 } else { 1.0 })
                    .collect();
            }
            let mut random = bootstrap.random(draw);
            (0..count)
                .map(|_| match bootstrap.weights {
                    BootstrapWeights::Rademacher => {
                        if random.next_u64() >> 63 == 1 {
                            1.0
                        } else {
                            -1.0
                        }
                    }
                    BootstrapWeights::Webb => {
                        let drawn = below(&mut random, 6) as i32;
                        let size = (f64::from(drawn % 3 + 1) / 2.0).sqrt();
                        if drawn < 3 { size } else { -size }
                    }
                })
                .collect()
        })
        .collect();
    let test = Test::new(estimate, &clusters);
    let coefficients = (0..test.k)
        .map(|j| {
            let (t, drawn) = if wild {
                test.wild(j, &weights)?
            } else {
                test.score(j, &weights)
            };
            // The draw without any change of sign gives the statistic itself, but for
            // rounding.
            let bar = t.abs() * (1.0 - 1e-10);
            let far = drawn.iter().filter(|d| d.abs() >= bar).count() as f64;
            let p_value = if exhaustive {
                far / draws as f64
            } else {
                (1.0 + far) / (1.0 + draws as f64)
            };
            Ok(BootstrapCoefficient {
                name: estimate.names()[j].clone(),
                standard_error: None,
                interval: None,
                p_value,
            })
        })
        .collect::<Result<_, GravityError>>()?;
    Ok(BootstrapResult {
        method: bootstrap.method,
        weights: Some(bootstrap.weights),
        cluster: (bootstrap.cluster.to_string(), count),
        draws,
        failed: 0,
        exhaustive,
        seed: bootstrap.seed,
        coefficients,
        covariance: None,
    })
}

/// What t statistics are made from.
struct Test<'a> {
    design: &'a Design,
    absorber: &'a Absorber,
    clusters: &'a Levels,
    k: usize,
    x: &'a [f64],
    bread: &'a [f64],
    coefficients: &'a [f64],
    /// w (y − μ)
    weighted_error: &'a [f64],
    /// Whether a cluster's sum of scores does not see the effects in its residuals.
    nested: bool,
    most: usize,
}

impl<'a> Test<'a> {
    fn new(estimate: &'a Estimate, clusters: &'a Levels) -> Test<'a> {
        let design = &estimate.design;
        Test {
            design,
            absorber: &estimate.absorber,
            clusters,
            k: estimate.names().len(),
            x: &estimate.solution.x,
            bread: &estimate.bread,
            coefficients: estimate.coefficients(),
            weighted_error: &estimate.weighted_error,
            nested: design
                .effects
                .iter()
                .all(|e| is_nested(&e.levels, clusters)),
            most: estimate.model.settings.max_inner_iterations,
        }
    }

    /// Σ_j bread_ij x_j of each row: what a row's error adds to the coefficient.
    fn influence(&self, i: usize) -> Vec<f64> {
        let bread = &self.bread[i * self.k..(i + 1) * self.k];
        self.x
            .chunks_exact(self.k)
            .map(|x| x.iter().zip(bread).map(|(x, b)| x * b).sum())
            .collect()
    }

    /// Sums by cluster of influence times weighted error.
    fn by_cluster(&self, influence: &[f64], weighted: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut sums = vec![0.0; self.clusters.count()];
        for (r, &c) in self.clusters.codes.iter().enumerate() {
            sums[c as usize] += influence[r] * weighted(r);
        }
        sums
    }

    fn size(sums: &[f64]) -> f64 {
        sums.iter().map(|s| s * s).sum::<f64>().sqrt()
    }

    /// t of the estimate, and of Σ v a over √Σ (v a)² with a the clusters' contributions.
    fn score(&self, i: usize, weights: &[Vec<f64>]) -> (f64, Vec<f64>) {
        let influence = self.influence(i);
        let sums = self.by_cluster(&influence, |r| self.weighted_error[r]);
        let drawn = weights
            .iter()
            .map(|v| {
                let drawn: Vec<f64> = sums.iter().zip(v).map(|(s, v)| s * v).collect();
                drawn.iter().sum::<f64>() / Test::size(&drawn)
            })
            .collect();
        (self.coefficients[i] / Test::size(&sums), drawn)
    }

    /// t of the estimate, and of the draws under the null.
    fn wild(&self, i: usize, weights: &[Vec<f64>]) -> Result<(f64, Vec<f64>), GravityError> {
        let k = self.k;
        let n = self.design.rows;
        let influence = self.influence(i);
        let sums = self.by_cluster(&influence, |r| self.weighted_error[r]);
        // Residuals without regressor i: it takes back what it explains beyond the others.
        let back = self.coefficients[i] / self.bread[i * k + i];
        let w: Vec<f64> = (0..n).map(|r| self.design.weight(r)).collect();
        let restricted: Vec<f64> = (0..n)
            .map(|r| self.weighted_error[r] / w[r] + back * influence[r])
            .collect();
        let inverse = self.absorber.lead_inverse(&w);
        let pre = Preconditioner::new(self.absorber, &w, &inverse, Dense::NONE);
        let drawn: Vec<Option<Vec<f64>>> = weights
            .par_chunks(BATCH)
            .map(|batch| {
                let m = batch.len();
                let mut u: Vec<f64> = Vec::with_capacity(n * m);
                for (e, &c) in restricted.iter().zip(&self.clusters.codes) {
                    u.extend(batch.iter().map(|v| v[c as usize] * e));
                }
                if !self.nested {
                    let done = self
                        .absorber
                        .demean(&w, &inverse, &pre, &mut u, m, 1e-10, self.most);
                    if !done.converged {
                        return None;
                    }
                }
                Some(
                    (0..m)
                        .map(|d| self.statistic(i, &influence, &w, &u, m, d))
                        .collect(),
                )
            })
            .collect();
        match drawn.into_iter().collect::<Option<Vec<_>>>() {
            Some(drawn) => Ok((
                self.coefficients[i] / Test::size(&sums),
                drawn.into_iter().flatten().collect(),
            )),
            None => Err(GravityError::NotConverged {
                stage: "taking the fixed effects out of the bootstrap's residuals",
                iterations: self.most,
                diagnosis: "conjugate gradients stalled".to_string(),
                trace: Vec::new(),
            }),
        }
    }

    /// t of coefficient i in the regression of column d of `u`.
    fn statistic(
        &self,
        i: usize,
        influence: &[f64],
        w: &[f64],
        u: &[f64],
        m: usize,
        d: usize,
    ) -> f64 {
        let k = self.k;
        let mut xu = vec![0.0; k];
        for (r, x) in self.x.chunks_exact(k).enumerate() {
            let value = w[r] * u[r * m + d];
            xu.iter_mut().zip(x).for_each(|(s, x)| *s += x * value);
        }
        let b: Vec<f64> = (0..k)
            .map(|p| (0..k).map(|q| self.bread[p * k + q] * xu[q]).sum())
            .collect();
        let sums = self.by_cluster(influence, |r| {
            let x = &self.x[r * k..(r + 1) * k];
            let fitted: f64 = x.iter().zip(&b).map(|(x, b)| x * b).sum();
            w[r] * (u[r * m + d] - fitted)
        });
        b[i] / Test::size(&sums)
    }
}
