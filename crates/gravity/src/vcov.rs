//! Covariance matrices of the coefficients.

use crate::correction::Parameters;
use crate::dense::{eigen, multiply};
use crate::design::{Design, factor_levels, is_absent};
use crate::dyadic::Dyads;
use crate::error::GravityError;
use crate::formula::Factor;
use crate::frame::Frame;
use crate::levels::{Labels, Levels, combine, encode};
use crate::model::{Correction, Covariance, Family};

/// A covariance matrix and how it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct CovarianceMatrix {
    /// The kind.
    pub kind: Covariance,
    /// Whose small-sample correction.
    pub correction: Correction,
    /// Symmetric, row by row, in the order of the coefficients.
    pub matrix: Vec<f64>,
    /// Number of clusters (or units, or periods) by factor.
    pub clusters: Vec<(String, usize)>,
    /// Degrees of freedom for t; none where the normal distribution is used.
    pub degrees_of_freedom: Option<f64>,
    /// Whether negative eigenvalues, as multiway clusters and dyads can give, were set to zero
    /// (Cameron, Gelbach & Miller 2011).
    pub repaired: bool,
}

/// What the covariance is made from.
pub(crate) struct Ingredients<'a> {
    pub design: &'a Design,
    pub family: Family,
    /// Regressors after the effects, row by row.
    pub x: &'a [f64],
    pub k: usize,
    /// w (y − μ)
    pub weighted_error: &'a [f64],
    /// Inverse of X'WX.
    pub bread: &'a [f64],
    /// Σ w e² / V, V the variance up to a factor; not for PPML.
    pub squares: f64,
}

pub(crate) fn covariance(
    i: &Ingredients,
    frame: &Frame,
    kind: &Covariance,
    correction: Correction,
) -> Result<CovarianceMatrix, GravityError> {
    let n = i.design.rows as f64;
    let parameters = Parameters {
        design: i.design,
        regressors: i.k,
    };
    let fail = |reason: String| GravityError::Covariance {
        kind: kind.to_string(),
        reason,
    };
    let freedom = |parameters: usize| {
        let left = n - parameters as f64;
        if left > 0.0 {
            Ok(left)
        } else {
            Err(fail(format!(
                "{parameters} parameters (regressors, and levels of effects) leave no degree of \
                 freedom in {n} rows; estimate fewer, or take the correction none"
            )))
        }
    };
    let mut clusters = Vec::new();
    let mut repaired = false;
    let mut smallest = None;
    let matrix = match kind {
        Covariance::Iid => {
            let scale = match i.family {
                // fixest scales the inverse Hessian, too.
                Family::Poisson => match correction {
                    Correction::Fixest => (n - 1.0) / freedom(parameters.full())?,
                    _ => 1.0,
                },
                _ => {
                    let k = match correction {
                        Correction::None => 0,
                        other => parameters.unclustered(other),
                    };
                    i.squares / freedom(k)?
                }
            };
            i.bread.iter().map(|b| b * scale).collect()
        }
        Covariance::Hc0 | Covariance::Hc1 => {
            let factor = match (kind, correction) {
                (Covariance::Hc0, _) | (_, Correction::None) => 1.0,
                (_, Correction::Ppmlhdfe | Correction::StataPpml) => n / freedom(1)?,
                _ => n / freedom(parameters.unclustered(correction))?,
            };
            sandwich(i.bread, &white(i), i.k, factor)
        }
        Covariance::Cluster(factors) => {
            let levels = i.clusters(frame, factors, kind)?;
            for (f, l) in factors.iter().zip(&levels) {
                if l.count() < 2 {
                    return Err(fail(format!("{f} has one cluster only")));
                }
                clusters.push((f.to_string(), l.count()));
            }
            let least = levels.iter().map(Levels::count).min().unwrap_or(2) as f64;
            smallest = Some(least);
            let factor = match correction {
                Correction::None => 1.0,
                Correction::Ppmlhdfe | Correction::StataPpml => least / (least - 1.0),
                _ => {
                    let k = parameters.clustered(correction, &levels);
                    least / (least - 1.0) * (n - 1.0) / freedom(k)?
                }
            };
            let mut meat = vec![0.0; i.k * i.k];
            for subset in 1u32..1 << levels.len() {
                let members: Vec<Levels> = (0..levels.len())
                    .filter(|&d| subset >> d & 1 == 1)
                    .map(|d| levels[d].clone())
                    .collect();
                let sign = if members.len() % 2 == 1 { 1.0 } else { -1.0 };
                let part = i.clustered(&combine(members));
                meat.iter_mut().zip(part).for_each(|(m, p)| *m += sign * p);
            }
            let mut matrix = sandwich(i.bread, &meat, i.k, factor);
            if levels.len() > 1 {
                repaired = repair(&mut matrix, i.k);
            }
            matrix
        }
        Covariance::Dyadic { exporter, importer } => {
            let both = [exporter.clone(), importer.clone()];
            let levels = i.clusters(frame, &both, kind)?;
            let dyads = Dyads::new(&levels[0], &levels[1]);
            let count = dyads.countries as f64;
            if dyads.countries < 3 {
                return Err(fail(format!(
                    "{exporter} and {importer} have {} countries in all; every pair shares one",
                    dyads.countries
                )));
            }
            clusters.push((format!("{exporter} or {importer}"), dyads.countries));
            smallest = Some(count);
            let factor = match correction {
                Correction::None => 1.0,
                Correction::Ppmlhdfe | Correction::StataPpml => count / (count - 1.0),
                _ => {
                    let k = parameters.clustered(correction, std::slice::from_ref(&dyads.pairs));
                    count / (count - 1.0) * (n - 1.0) / freedom(k)?
                }
            };
            let meat = dyads.meat(i.x, i.k, i.weighted_error);
            let mut matrix = sandwich(i.bread, &meat, i.k, factor);
            repaired = repair(&mut matrix, i.k);
            matrix
        }
        Covariance::NeweyWest { unit, time, lag } => {
            let units = i
                .clusters(frame, std::slice::from_ref(unit), kind)?
                .remove(0);
            let periods = i.periods(frame, time, kind)?;
            let meat = i.newey_west(&units, &periods, *lag).map_err(fail)?;
            let count = periods.count() as f64;
            if periods.count() < 2 {
                return Err(fail(format!("{time} has one period only")));
            }
            clusters.push((unit.to_string(), units.count()));
            clusters.push((time.clone(), periods.count()));
            smallest = Some(count);
            // fixest takes the number of periods for G.
            let factor = match correction {
                Correction::Fixest => {
                    count / (count - 1.0) * (n - 1.0) / freedom(parameters.full())?
                }
                Correction::Reghdfe => (n - 1.0) / freedom(parameters.unclustered(correction))?,
                _ => 1.0,
            };
            sandwich(i.bread, &meat, i.k, factor)
        }
        Covariance::DriscollKraay { time, lag } => {
            let periods = i.periods(frame, time, kind)?;
            let count = periods.count() as f64;
            if periods.count() < 2 {
                return Err(fail(format!("{time} has one period only")));
            }
            clusters.push((time.clone(), periods.count()));
            smallest = Some(count);
            let meat = i.driscoll_kraay(&periods, *lag);
            let factor = match correction {
                Correction::None => 1.0,
                Correction::Ppmlhdfe | Correction::StataPpml => count / (count - 1.0),
                _ => count / (count - 1.0) * (n - 1.0) / freedom(parameters.full())?,
            };
            sandwich(i.bread, &meat, i.k, factor)
        }
    };
    let degrees_of_freedom = match (i.family, smallest) {
        (Family::Poisson, _) => None,
        (_, Some(g)) => Some(g - 1.0),
        (_, None) => Some((n - parameters.full() as f64).max(1.0)),
    };
    Ok(CovarianceMatrix {
        kind: kind.clone(),
        correction,
        matrix,
        clusters,
        degrees_of_freedom,
        repaired,
    })
}

fn sandwich(bread: &[f64], meat: &[f64], k: usize, factor: f64) -> Vec<f64> {
    let mut out = multiply(&multiply(bread, meat, k), bread, k);
    out.iter_mut().for_each(|v| *v *= factor);
    for i in 0..k {
        for j in 0..i {
            let mean = 0.5 * (out[i * k + j] + out[j * k + i]);
            out[i * k + j] = mean;
            out[j * k + i] = mean;
        }
    }
    out
}

/// Sets negative eigenvalues to zero; whether there were any.
fn repair(matrix: &mut [f64], k: usize) -> bool {
    let (values, vectors) = eigen(matrix, k);
    let top = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    if values.iter().all(|v| *v >= -1e-14 * top) {
        return false;
    }
    for i in 0..k {
        for j in 0..k {
            matrix[i * k + j] = (0..k)
                .map(|l| vectors[i * k + l] * values[l].max(0.0) * vectors[j * k + l])
                .sum();
        }
    }
    true
}

fn add_outer(meat: &mut [f64], a: &[f64], b: &[f64], weight: f64) {
    let k = a.len();
    for i in 0..k {
        for j in 0..k {
            meat[i * k + j] += weight * a[i] * b[j];
        }
    }
}

fn white(i: &Ingredients) -> Vec<f64> {
    let mut meat = vec![0.0; i.k * i.k];
    for (x, e) in i.x.chunks_exact(i.k.max(1)).zip(i.weighted_error) {
        add_outer(&mut meat, x, x, e * e);
    }
    meat
}

impl Ingredients<'_> {
    /// Scores summed by level, `sums[level * k + column]`.
    fn sums(&self, levels: &Levels) -> Vec<f64> {
        let k = self.k;
        let mut sums = vec![0.0; levels.count() * k];
        for ((x, e), &c) in self
            .x
            .chunks_exact(k.max(1))
            .zip(self.weighted_error)
            .zip(&levels.codes)
        {
            let sum = &mut sums[c as usize * k..(c as usize + 1) * k];
            for (s, x) in sum.iter_mut().zip(x) {
                *s += x * e;
            }
        }
        sums
    }

    fn clustered(&self, levels: &Levels) -> Vec<f64> {
        let mut meat = vec![0.0; self.k * self.k];
        for sum in self.sums(levels).chunks_exact(self.k.max(1)) {
            add_outer(&mut meat, sum, sum, 1.0);
        }
        meat
    }

    fn clusters(
        &self,
        frame: &Frame,
        factors: &[Factor],
        kind: &Covariance,
    ) -> Result<Vec<Levels>, GravityError> {
        let names = kind.columns();
        let problems: Vec<_> = names
            .iter()
            .filter(|n| frame.column(n).is_none())
            .map(|n| frame.unknown(n))
            .collect();
        if !problems.is_empty() {
            return Err(GravityError::Input(problems));
        }
        for name in names {
            let values = frame.column(&name).expect("looked for above");
            let absent = self
                .design
                .source
                .iter()
                .filter(|&&r| is_absent(values, r as usize))
                .count();
            if absent > 0 {
                return Err(GravityError::Covariance {
                    kind: kind.to_string(),
                    reason: format!(
                        "{name} is missing in {absent} rows of the sample; name it when estimating, \
                         so that they are left out"
                    ),
                });
            }
        }
        Ok(factors
            .iter()
            .map(|f| factor_levels(f, frame, &self.design.source))
            .collect())
    }

    /// Whole periods.
    fn periods(
        &self,
        frame: &Frame,
        time: &str,
        kind: &Covariance,
    ) -> Result<Levels, GravityError> {
        self.clusters(frame, &[], kind)?;
        let values = frame.column(time).expect("looked for above");
        let levels = encode(values, &self.design.source);
        match levels.labels {
            Labels::Whole(_) => Ok(levels),
            _ => Err(GravityError::Covariance {
                kind: kind.to_string(),
                reason: format!("{time} must hold whole numbers, as years"),
            }),
        }
    }

    fn newey_west(&self, units: &Levels, periods: &Levels, lag: usize) -> Result<Vec<f64>, String> {
        let Labels::Whole(times) = &periods.labels else {
            return Err("periods must be whole".to_string());
        };
        let k = self.k;
        let n = self.design.rows;
        let mut order: Vec<u32> = (0..n as u32).collect();
        let key = |r: u32| (units.codes[r as usize], periods.codes[r as usize]);
        order.sort_by_key(|&r| key(r));
        if let Some(pair) = order.windows(2).find(|p| key(p[0]) == key(p[1])) {
            return Err(format!(
                "unit {} has several rows in period {}",
                units.labels.label(units.codes[pair[0] as usize] as usize),
                times[periods.codes[pair[0] as usize] as usize]
            ));
        }
        let score = |r: u32| -> Vec<f64> {
            let r = r as usize;
            self.x[r * k..(r + 1) * k]
                .iter()
                .map(|x| x * self.weighted_error[r])
                .collect()
        };
        let mut meat = vec![0.0; k * k];
        for (position, &r) in order.iter().enumerate() {
            let here = score(r);
            add_outer(&mut meat, &here, &here, 1.0);
            for &q in order[..position].iter().rev() {
                if units.codes[q as usize] != units.codes[r as usize] {
                    break;
                }
                let distance = times[periods.codes[r as usize] as usize]
                    - times[periods.codes[q as usize] as usize];
                if distance > lag as i64 {
                    break;
                }
                let weight = 1.0 - distance as f64 / (lag as f64 + 1.0);
                let there = score(q);
                add_outer(&mut meat, &here, &there, weight);
                add_outer(&mut meat, &there, &here, weight);
            }
        }
        Ok(meat)
    }

    fn driscoll_kraay(&self, periods: &Levels, lag: usize) -> Vec<f64> {
        let Labels::Whole(times) = &periods.labels else {
            unreachable!("periods are whole")
        };
        let k = self.k;
        let sums = self.sums(periods);
        let at = |t: usize| &sums[t * k..(t + 1) * k];
        let mut meat = vec![0.0; k * k];
        for t in 0..times.len() {
            add_outer(&mut meat, at(t), at(t), 1.0);
            for s in (0..t).rev() {
                let distance = times[t] - times[s];
                if distance > lag as i64 {
                    break;
                }
                let weight = 1.0 - distance as f64 / (lag as f64 + 1.0);
                add_outer(&mut meat, at(t), at(s), weight);
                add_outer(&mut meat, at(s), at(t), weight);
            }
        }
        meat
    }
}
