//! Clustered errors with each pair's scores put up for what the effects fitted of them.
//!
//! The scores at the estimate are smaller than those at the truth, as the effects and
//! coefficients fit part of them: of pair ij, (I − H(x̃ V_x x̃' + d V d')) of what they
//! were, with V_x = (Σ x̃'Hx̃)⁻¹, d the pair's exporter–time and importer–time dummies,
//! and V = (Σ d'Hd)⁻ their joint covariance. The adjusted meat is Σ x̃' (I − …)⁻¹ S S' x̃
//! (Weidner & Zylkin 2021, section 3.3).

use rayon::prelude::*;

use super::joint::{Joint, Sums};
use super::{Pair, Panel, Parts, Shares, fail};
use crate::dense::{cholesky, multiply};
use crate::error::GravityError;

/// Exporter–time and importer–time levels whose covariance is computed exactly: it takes
/// 6 bytes for each pair of them, and a quarter of a multiplication for each three.
const MOST_LEVELS: usize = 16_000;

/// A leverage this close to one leaves nothing to put up.
const SATURATED: f64 = 1e-9;

impl Panel {
    /// Levels of both effects that a row is in.
    fn levels_of(&self, parts: &Parts, row: u32) -> [usize; 2] {
        [self.exporter_time, self.importer_time]
            .map(|at| parts.design.effects[at].levels.codes[row as usize] as usize)
    }

    /// V, of all levels of both effects.
    fn level_covariance(&self, parts: &Parts) -> Result<Joint, GravityError> {
        let levels = [self.exporter_time, self.importer_time]
            .map(|at| parts.design.effects[at].levels.count());
        let n = levels[0] + levels[1];
        if n > MOST_LEVELS {
            return Err(fail(format!(
                "the adjusted errors need the covariance of {n} exporter–time and importer–time \
                 levels, and at most {MOST_LEVELS} are handled; estimate on fewer periods or \
                 countries"
            )));
        }
        let sums = Sums {
            pairs: &self.pairs,
            counts: [self.exporters, self.importers],
            levels,
        };
        let h = |pair: &Pair| {
            let rows: Vec<usize> = pair.rows.iter().map(|r| *r as usize).collect();
            let (shares, n) = (Shares::new(parts, &rows), rows.len());
            (0..n * n).map(|at| shares.h(at / n, at % n)).collect()
        };
        Ok(Joint::new(&sums, |row| self.levels_of(parts, row), h))
    }

    /// The adjusted covariance times G / (G − 1), and the number of saturated pairs.
    pub(super) fn adjusted_covariance(
        &self,
        parts: &Parts,
    ) -> Result<(Vec<f64>, usize), GravityError> {
        let k = parts.k;
        let covariance = self.level_covariance(parts)?;
        let scores: Vec<(Vec<f64>, Vec<f64>, bool)> = self
            .pairs
            .par_iter()
            .map(|pair| self.scores(parts, pair, &covariance))
            .collect();
        let mut meat = vec![0.0; k * k];
        let mut saturated = 0;
        for (plain, raised, full) in scores {
            saturated += usize::from(full);
            for i in 0..k {
                for j in 0..k {
                    // (x̃' A S)(S' x̃), made symmetric.
                    meat[i * k + j] += 0.5 * (raised[i] * plain[j] + plain[i] * raised[j]);
                }
            }
        }
        let g = self.pairs.len() as f64;
        let mut out = multiply(&multiply(parts.bread, &meat, k), parts.bread, k);
        out.iter_mut().for_each(|v| *v *= g / (g - 1.0));
        Ok((out, saturated))
    }

    /// x̃'S, x̃'(I − HP)⁻¹S with P = x̃V_xx̃' + dVd', and whether some leverage is one.
    ///
    /// With L = diag μ and u = √ϑ, H = L^½ (I − uu') L^½. S and all that follows from it
    /// is orthogonal to u after division by L^½, so (I − HP)⁻¹S = L^½ (I − K)⁻¹ L^−½ S with
    /// the symmetric K = Q L^½ P L^½ Q, Q = I − uu', whose eigenvalues are leverages.
    fn scores(&self, parts: &Parts, pair: &Pair, covariance: &Joint) -> (Vec<f64>, Vec<f64>, bool) {
        let k = parts.k;
        let n = pair.rows.len();
        let rows: Vec<usize> = pair.rows.iter().map(|&r| r as usize).collect();
        let root: Vec<f64> = rows.iter().map(|&r| parts.means[r].sqrt()).collect();
        let length = root.iter().map(|v| v * v).sum::<f64>().sqrt();
        let u: Vec<f64> = root.iter().map(|v| v / length).collect();
        let at: Vec<[usize; 2]> = pair
            .rows
            .iter()
            .map(|&r| self.levels_of(parts, r))
            .collect();
        let levels = covariance.of(pair, &at);
        let x = |a: usize| &parts.x[rows[a] * k..(rows[a] + 1) * k];
        let mut p = vec![0.0; n * n];
        for a in 0..n {
            let vx: Vec<f64> = (0..k)
                .map(|i| (0..k).map(|j| parts.bread[i * k + j] * x(a)[j]).sum())
                .collect();
            for b in 0..=a {
                let value: f64 = vx.iter().zip(x(b)).map(|(v, x)| v * x).sum();
                let value = value + levels[a * n + b];
                p[a * n + b] = value * root[a] * root[b];
                p[b * n + a] = p[a * n + b];
            }
        }
        // I − Q P Q
        let pu: Vec<f64> = (0..n)
            .map(|a| (0..n).map(|b| p[a * n + b] * u[b]).sum())
            .collect();
        let upu: f64 = u.iter().zip(&pu).map(|(u, v)| u * v).sum();
        for a in 0..n {
            for b in 0..n {
                let own = if a == b { 1.0 } else { 0.0 };
                let inside = p[a * n + b] - u[a] * pu[b] - pu[a] * u[b] + u[a] * u[b] * upu;
                p[a * n + b] = own - inside;
            }
        }
        let factor = cholesky(p, n, &vec![1.0; n], SATURATED);
        let saturated = factor.vanished().next().is_some();
        let e: Vec<f64> = rows.iter().map(|&r| parts.weighted_error[r]).collect();
        let mut raised: Vec<[f64; 1]> = e.iter().zip(&root).map(|(e, l)| [e / l]).collect();
        factor.solve(&mut raised);
        let against = |values: &dyn Fn(usize) -> f64| -> Vec<f64> {
            (0..k)
                .map(|j| (0..n).map(|a| x(a)[j] * values(a)).sum())
                .collect()
        };
        (
            against(&|a| e[a]),
            against(&|a| root[a] * raised[a][0]),
            saturated,
        )
    }
}
