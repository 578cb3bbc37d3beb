//! Separated rows, found by the iterative rectifier.
//!
//! Rows are separated when some combination z of regressors and effects is zero
//! wherever the outcome is positive, not negative where it is zero, and positive
//! somewhere: the likelihood then rises for ever along −z, and the rows with z > 0
//! say nothing about the other coefficients. Correia, Guimarães & Zylkin (2021),
//! "Verifying the existence of maximum likelihood estimates for generalized linear
//! models", find z by turns: regress u on everything, with a large weight where the
//! outcome is positive; replace u by the positive part of the fit. The combination
//! found is the certificate.

use crate::absorb::{Absorber, Dense, Preconditioner, Target};
use crate::design::Design;
use crate::error::GravityError;
use crate::model::Settings;

/// Weight of the rows where z must be zero, against one for the others.
const ANCHOR: f64 = 1e5;
const MAX_ROUNDS: usize = 3000;

/// A combination that separates rows.
pub(crate) struct Found {
    /// Separated rows of the design, ascending, and z there.
    pub rows: Vec<(u32, f64)>,
    /// Coefficients of z on the regressors.
    pub regressors: Vec<(String, f64)>,
    /// Coefficients of z on the effects: by effect (intercepts first, then slopes), by level,
    /// those left out that play no part.
    pub effects: Vec<crate::effects::EffectValues>,
    /// max |z| over the rows where it must be zero, relative to max z.
    pub residual: f64,
}

struct Regression<'a> {
    a: &'a Absorber,
    w: Vec<f64>,
    inverse: Vec<f64>,
    pre: Preconditioner,
    x: Vec<f64>,
    k: usize,
    z: Vec<f64>,
    max_iterations: usize,
}

impl<'a> Regression<'a> {
    fn new(design: &Design, a: &'a Absorber, free: &[bool], settings: &Settings) -> Self {
        let w: Vec<f64> = free.iter().map(|&f| if f { 1.0 } else { ANCHOR }).collect();
        let inverse = a.lead_inverse(&w);
        let k = design.k();
        let mut x = design.x.clone();
        let plain = Preconditioner::new(a, &w, &inverse, Dense::NONE);
        // Loosely: it only makes the equations easier.
        a.demean(&w, &inverse, &plain, &mut x, k, 1e-4, 200);
        for j in 0..k {
            let length = x
                .chunks_exact(k)
                .map(|row| row[j] * row[j])
                .sum::<f64>()
                .sqrt();
            if length > 0.0 {
                x.chunks_exact_mut(k).for_each(|row| row[j] /= length);
            }
        }
        let pre = Preconditioner::new(a, &w, &inverse, Dense { x: &x, k });
        Regression {
            a,
            w,
            inverse,
            pre,
            x,
            k,
            z: vec![0.0; design.rows],
            max_iterations: settings.max_inner_iterations,
        }
    }

    /// Fits u, starting from the last fit.
    fn fit(&mut self, u: &[f64], tolerance: f64) {
        let dense = Dense {
            x: &self.x,
            k: self.k,
        };
        let error: Vec<f64> = (0..u.len())
            .map(|r| self.w[r] * (u[r] - self.z[r]))
            .collect();
        let right = self.a.score(&self.w, &self.inverse, dense, &error);
        let solved = self.a.solve(
            &self.w,
            &self.inverse,
            &self.pre,
            dense,
            right,
            Target::Reduce(tolerance),
            self.max_iterations,
        );
        let mut t = vec![0.0; u.len()];
        self.a.predict(dense, &solved.levels, &solved.dense, &mut t);
        for (z, t) in self.z.iter_mut().zip(&t) {
            *z += t;
        }
        if self.a.eliminated {
            for (p, s) in self.a.starts.windows(2).enumerate() {
                let gap: f64 = (s[0]..s[1]).map(|r| self.w[r] * (u[r] - self.z[r])).sum();
                let shift = gap * self.inverse[p];
                self.z[s[0]..s[1]].iter_mut().for_each(|z| *z += shift);
            }
        }
    }
}

/// Rows that some combination separates, or none.
pub(crate) fn find(
    design: &Design,
    a: &Absorber,
    settings: &Settings,
) -> Result<Option<Found>, GravityError> {
    let n = design.rows;
    let zero: Vec<bool> = design.y.iter().map(|&y| y == 0.0).collect();
    if !zero.contains(&true) {
        return Ok(None);
    }
    let mut regression = Regression::new(design, a, &zero, settings);
    let mut u: Vec<f64> = zero.iter().map(|&z| f64::from(u8::from(z))).collect();
    let mut trace = Vec::new();
    let mut look = 4;
    for round in 1..=MAX_ROUNDS {
        regression.fit(&u, 1e-9);
        let z = &regression.z;
        let (mut top, mut gap) = (0.0f64, 0.0f64);
        for r in 0..n {
            if zero[r] {
                top = top.max(z[r]);
                gap = gap.max(-z[r]);
            } else {
                gap = gap.max(z[r].abs());
            }
        }
        trace.push(gap / top.max(f64::MIN_POSITIVE));
        // Only z = 0 is left of the start, where u was one.
        if top < 1e-7 {
            return Ok(None);
        }
        for r in 0..n {
            u[r] = if zero[r] { z[r].max(0.0) } else { 0.0 };
        }
        if round == look || gap <= 1e-9 * top {
            look += (look / 2).max(4);
            let bar = (3.0 * gap).max(1e-6 * top);
            let free: Vec<bool> = (0..n).map(|r| zero[r] && z[r] > bar).collect();
            if free.contains(&true)
                && let Some(found) = certify(design, a, &free, &u, settings)
            {
                return Ok(Some(found));
            }
            if gap <= 1e-9 * top {
                return Ok(None);
            }
        }
    }
    Err(GravityError::NotConverged {
        stage: "the search for separated rows",
        iterations: MAX_ROUNDS,
        diagnosis: "no combination of regressors and effects was found that separates rows, nor \
                    excluded; switch the check off to estimate regardless"
            .to_string(),
        trace,
    })
}

/// Projects u on the combinations that vanish outside the free rows. It is a
/// certificate if it is positive on all of them.
fn certify(
    design: &Design,
    a: &Absorber,
    free: &[bool],
    u: &[f64],
    settings: &Settings,
) -> Option<Found> {
    let n = design.rows;
    let mut regression = Regression::new(design, a, free, settings);
    let mut target: Vec<f64> = (0..n).map(|r| if free[r] { u[r] } else { 0.0 }).collect();
    for _ in 0..6 {
        regression.fit(&target, 1e-12);
        for r in 0..n {
            target[r] = if free[r] { regression.z[r] } else { 0.0 };
        }
    }
    let z = &regression.z;
    let (mut top, mut low, mut off) = (0.0f64, f64::INFINITY, 0.0f64);
    for r in 0..n {
        if free[r] {
            top = top.max(z[r]);
            low = low.min(z[r]);
        } else {
            off = off.max(z[r].abs());
        }
    }
    if !(low > 1e-7 * top && off <= 1e-9 * top && off <= 1e-2 * low) {
        return None;
    }
    let scaled: Vec<f64> = (0..n)
        .map(|r| if free[r] { z[r] / top } else { 0.0 })
        .collect();
    let (regressors, effects, residual) = crate::effects::express(design, a, &scaled, settings);
    (residual <= 1e-6).then(|| Found {
        rows: (0..n)
            .filter(|&r| free[r])
            .map(|r| (r as u32, scaled[r]))
            .collect(),
        regressors,
        effects,
        residual,
    })
}
