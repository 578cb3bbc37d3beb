//! The bias that many fixed effects leave in three-way PPML (Weidner & Zylkin 2021,
//! "Bias and consistency in three-way gravity models", Journal of International
//! Economics 132).
//!
//! With a fixed number of periods and N countries, the coefficients of PPML with
//! exporter–time, importer–time and pair effects are off by an amount of order 1/N, as
//! large as the standard error's own order, and clustered errors are too small by the
//! same order. Both have closed forms. Per pair ij, with T rows: S = y − μ, H = M(diag ϑ −
//! ϑϑ') where M = Σ μ and ϑ = μ/M, G the third derivatives of the likelihood given the
//! pair's total, x̃ the regressors after all effects. The bias is
//!
//! (Σ x̃'Hx̃)⁻¹ (N_I/(N_I − 1) Σ_i b_i + N_J/(N_J − 1) Σ_j b_j),
//! b_i = −tr[H_i⁻ Σ_j Hx̃S'] + ½ tr[(Σ_j Gx̃) H_i⁻ (Σ_j SS') H_i⁻], H_i = Σ_j H
//!
//! and the same for importers. The factors of N follow the authors' `ppml_fe_bias`.

mod inverse;
mod joint;
mod leverage;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::dense::cholesky;
use crate::design::{Design, factor_levels};
use crate::error::GravityError;
use crate::formula::{Factor, FixedEffect};
use crate::frame::Frame;
use crate::levels::Levels;

/// Pivots below this share of the diagonal are zero: the T × T matrices have rank
/// T − 1 at most.
const RANK: f64 = 1e-10;

/// What the correction did to the coefficients, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BiasCorrection {
    /// The coefficients before the correction.
    pub uncorrected: Vec<f64>,
    /// The bias: uncorrected less corrected.
    pub bias: Vec<f64>,
    /// Standard errors clustered by pair, without the adjustment (G / (G − 1)).
    pub unadjusted_errors: Vec<f64>,
    /// Exporters in the sample.
    pub exporters: usize,
    /// Importers.
    pub importers: usize,
    /// Pairs.
    pub pairs: usize,
    /// Periods.
    pub periods: usize,
    /// Pairs of which some combination of rows is fitted whatever the outcome (leverage
    /// of one): the adjustment leaves that combination out.
    pub saturated_pairs: usize,
}

/// What the correction is made from.
pub(crate) struct Parts<'a> {
    pub design: &'a Design,
    /// Regressors after the effects, row by row.
    pub x: &'a [f64],
    pub k: usize,
    /// w μ
    pub means: &'a [f64],
    /// w (y − μ)
    pub weighted_error: &'a [f64],
    /// Inverse of X̃'WX̃.
    pub bread: &'a [f64],
}

/// The rows of one pair.
struct Pair {
    exporter: usize,
    importer: usize,
    /// Rows of the design in the order of their periods.
    rows: Vec<u32>,
}

/// The panel behind three-way effects.
pub(crate) struct Panel {
    pairs: Vec<Pair>,
    /// Period of each row.
    period: Vec<u32>,
    /// Position of the exporter–time and of the importer–time effect.
    exporter_time: usize,
    importer_time: usize,
    /// The pair's factor.
    pub pair_factor: Factor,
    exporters: usize,
    importers: usize,
    periods: usize,
}

/// Bias of each coefficient, the adjusted covariance, and the number of saturated pairs.
pub(crate) struct Corrected {
    pub bias: Vec<f64>,
    pub covariance: Vec<f64>,
    pub saturated: usize,
}

fn fail(reason: impl Into<String>) -> GravityError {
    GravityError::BiasCorrection(reason.into())
}

impl Panel {
    /// Finds exporter, importer and period in the three effects.
    pub(crate) fn new(
        design: &Design,
        effects: &[FixedEffect],
        pair: &Factor,
        frame: &Frame,
    ) -> Result<Panel, GravityError> {
        let (roles, pair_index) = roles(effects, pair)?;
        let level = |columns: &[(String, usize)]| -> Levels {
            factor_levels(&factor(columns), frame, &design.source)
        };
        let (exporter, importer, time) = (
            level(&roles.exporter),
            level(&roles.importer),
            level(&roles.time),
        );
        let pair = &design.effects[pair_index].levels;
        let mut order: Vec<u32> = (0..design.rows as u32).collect();
        let key = |r: u32| (pair.codes[r as usize], time.codes[r as usize]);
        order.sort_by_key(|&r| key(r));
        if let Some(twice) = order.windows(2).find(|p| key(p[0]) == key(p[1])) {
            let (p, t) = key(twice[0]);
            return Err(fail(format!(
                "pair {} has several rows in period {}; the correction is for one row a pair \
                 and period",
                pair.labels.label(p as usize),
                time.labels.label(t as usize)
            )));
        }
        let pairs: Vec<Pair> = order
            .chunk_by(|&a, &b| pair.codes[a as usize] == pair.codes[b as usize])
            .map(|rows| Pair {
                exporter: exporter.codes[rows[0] as usize] as usize,
                importer: importer.codes[rows[0] as usize] as usize,
                rows: rows.to_vec(),
            })
            .collect();
        let panel = Panel {
            exporters: exporter.count(),
            importers: importer.count(),
            periods: time.count(),
            period: time.codes,
            exporter_time: roles.exporter_time,
            importer_time: roles.importer_time,
            pair_factor: effects[pair_index].factor.clone(),
            pairs,
        };
        if panel.exporters < 2 || panel.importers < 2 || panel.pairs.len() < 2 {
            return Err(fail(format!(
                "{} exporters, {} importers and {} pairs in the sample; two of each are needed",
                panel.exporters,
                panel.importers,
                panel.pairs.len()
            )));
        }
        Ok(panel)
    }

    /// What is reported of the correction.
    pub(crate) fn note(
        &self,
        uncorrected: Vec<f64>,
        bias: Vec<f64>,
        unadjusted_errors: Vec<f64>,
        saturated_pairs: usize,
    ) -> BiasCorrection {
        BiasCorrection {
            uncorrected,
            bias,
            unadjusted_errors,
            exporters: self.exporters,
            importers: self.importers,
            pairs: self.pairs.len(),
            periods: self.periods,
            saturated_pairs,
        }
    }

    pub(crate) fn correct(&self, parts: &Parts) -> Result<Corrected, GravityError> {
        let k = parts.k;
        let mut sum = vec![0.0; k];
        for (groups, of) in [
            (
                self.exporters,
                (|p: &Pair| p.exporter) as fn(&Pair) -> usize,
            ),
            (self.importers, |p: &Pair| p.importer),
        ] {
            let mut members: Vec<Vec<&Pair>> = vec![Vec::new(); groups];
            self.pairs.iter().for_each(|p| members[of(p)].push(p));
            let terms: Vec<Vec<f64>> = members
                .par_iter()
                .map(|pairs| self.group_bias(parts, pairs))
                .collect();
            let scale = groups as f64 / (groups as f64 - 1.0);
            for term in terms {
                sum.iter_mut().zip(term).for_each(|(s, t)| *s += scale * t);
            }
        }
        let bias = (0..k)
            .map(|i| (0..k).map(|j| parts.bread[i * k + j] * sum[j]).sum())
            .collect();
        let (covariance, saturated) = self.adjusted_covariance(parts)?;
        Ok(Corrected {
            bias,
            covariance,
            saturated,
        })
    }

    /// b of one exporter or importer, for each regressor.
    fn group_bias(&self, parts: &Parts, pairs: &[&Pair]) -> Vec<f64> {
        let (k, t) = (parts.k, self.periods);
        let mut h_sum = vec![0.0; t * t];
        let mut ss = vec![0.0; t * t];
        let mut hxs = vec![0.0; k * t * t];
        let mut gx = vec![0.0; k * t * t];
        for pair in pairs {
            let rows: Vec<usize> = pair.rows.iter().map(|&r| r as usize).collect();
            let at: Vec<usize> = rows.iter().map(|&r| self.period[r] as usize).collect();
            let share = Shares::new(parts, &rows);
            let e: Vec<f64> = rows.iter().map(|&r| parts.weighted_error[r]).collect();
            for a in 0..rows.len() {
                for b in 0..rows.len() {
                    let cell = at[a] * t + at[b];
                    h_sum[cell] += share.h(a, b);
                    ss[cell] += e[a] * e[b];
                }
            }
            for j in 0..k {
                let x: Vec<f64> = rows.iter().map(|&r| parts.x[r * k + j]).collect();
                let mean: f64 = x.iter().zip(&share.theta).map(|(x, s)| x * s).sum();
                let d: Vec<f64> = x.iter().map(|x| x - mean).collect();
                for a in 0..rows.len() {
                    // H x = M ϑ (x − Σ ϑ x)
                    let hx = share.total * share.theta[a] * d[a];
                    for b in 0..rows.len() {
                        let cell = (j * t + at[a]) * t + at[b];
                        hxs[cell] += hx * e[b];
                        // Third cumulants of the multinomial, contracted with x.
                        let cumulant = if a == b { share.theta[a] * d[a] } else { 0.0 }
                            - share.theta[a] * share.theta[b] * (d[a] + d[b]);
                        gx[cell] -= share.total * cumulant;
                    }
                }
            }
        }
        let diagonal: Vec<f64> = (0..t).map(|s| h_sum[s * t + s]).collect();
        let inverse = cholesky(h_sum, t, &diagonal, RANK).inverse();
        // H⁻ (Σ SS') H⁻
        let spread = crate::dense::multiply(&crate::dense::multiply(&inverse, &ss, t), &inverse, t);
        let trace = |a: &[f64], b: &[f64]| -> f64 {
            (0..t)
                .flat_map(|i| (0..t).map(move |j| (i, j)))
                .map(|(i, j)| a[i * t + j] * b[j * t + i])
                .sum()
        };
        (0..k)
            .map(|j| {
                let block = j * t * t..(j + 1) * t * t;
                -trace(&inverse, &hxs[block.clone()]) + 0.5 * trace(&gx[block], &spread)
            })
            .collect()
    }
}

/// A pair's total and the shares of its rows.
struct Shares {
    total: f64,
    theta: Vec<f64>,
}

impl Shares {
    fn new(parts: &Parts, rows: &[usize]) -> Shares {
        let total: f64 = rows.iter().map(|&r| parts.means[r]).sum();
        Shares {
            total,
            theta: rows.iter().map(|&r| parts.means[r] / total).collect(),
        }
    }

    /// An element of H = M (diag ϑ − ϑϑ').
    fn h(&self, a: usize, b: usize) -> f64 {
        let own = if a == b { self.theta[a] } else { 0.0 };
        self.total * (own - self.theta[a] * self.theta[b])
    }
}

/// Which columns say who exports, who imports, and when.
struct Roles {
    exporter: Vec<(String, usize)>,
    importer: Vec<(String, usize)>,
    time: Vec<(String, usize)>,
    exporter_time: usize,
    importer_time: usize,
}

fn factor(columns: &[(String, usize)]) -> Factor {
    Factor {
        columns: columns.to_vec(),
    }
}

/// The effects must be `a^t`, `b^t` and the pair `a^b`, in any order, with one column or
/// more for each of a, b and t. The three are alike in form, so which is the pair is said.
fn roles(effects: &[FixedEffect], pair: &Factor) -> Result<(Roles, usize), GravityError> {
    let needed = "three effects, as exporter^year + importer^year + exporter^importer, \
                  without slopes";
    let plain = effects.iter().all(|e| e.intercept && e.slopes.is_empty());
    let shown: Vec<String> = effects.iter().map(|e| e.factor.to_string()).collect();
    let shown = shown.join(" + ");
    if effects.len() != 3 || !plain {
        let found = if shown.is_empty() { "none" } else { &shown };
        return Err(fail(format!("it is for {needed}; the formula has {found}")));
    }
    let has = |columns: &[(String, usize)], name: &str| columns.iter().any(|(n, _)| n == name);
    let of = |f: usize| &effects[f].factor.columns;
    let is_pair = |f: &usize| {
        of(*f).len() == pair.columns.len() && of(*f).iter().all(|(n, _)| has(&pair.columns, n))
    };
    let Some(third) = (0..3).find(is_pair) else {
        return Err(fail(format!(
            "errors are clustered by {pair}, which is none of the effects {shown}; cluster by \
             the pair effect"
        )));
    };
    let (first, second) = ((third + 1) % 3, (third + 2) % 3);
    let (first, second) = (first.min(second), first.max(second));
    let shared = |a: usize, b: usize| -> Vec<(String, usize)> {
        let both = of(a).iter().filter(|(n, _)| has(of(b), n));
        both.cloned().collect()
    };
    let roles = Roles {
        time: shared(first, second),
        exporter: shared(first, third),
        importer: shared(second, third),
        exporter_time: first,
        importer_time: second,
    };
    // Each column is in exactly two effects.
    let (t, i, j) = (roles.time.len(), roles.exporter.len(), roles.importer.len());
    let whole = of(first).len() == i + t && of(second).len() == j + t && of(third).len() == i + j;
    if !whole || t * i * j == 0 {
        return Err(fail(format!(
            "it is for {needed}; in {shown} the columns do not pair up so"
        )));
    }
    Ok((roles, third))
}
