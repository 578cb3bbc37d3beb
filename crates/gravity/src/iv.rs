//! Two-stage least squares and its tests.
//!
//! First each endogenous regressor is regressed on instruments, exogenous regressors and
//! effects; then the outcome on what these fit. Errors come from the residuals of the
//! outcome with the endogenous regressors as they are. The tests suppose independent,
//! identically distributed errors.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};

use crate::dense::cholesky;
use crate::design::Design;
use crate::error::{GravityError, Problem};

/// A test of two-stage least squares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstrumentTest {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom; the second is none for χ².
    pub degrees_of_freedom: (f64, Option<f64>),
    /// The p-value.
    pub p_value: f64,
}

/// The tests of two-stage least squares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstrumentTests {
    /// For each endogenous regressor: F of its excluded instruments being zero in the
    /// first stage.
    pub first_stage: Vec<(String, InstrumentTest)>,
    /// Wu & Hausman: F of the first stages' residuals in the outcome's equation; small
    /// when least squares would do.
    pub wu_hausman: Option<InstrumentTest>,
    /// Sargan: χ² of the instruments in the residuals, with more instruments than
    /// endogenous regressors; large when some instrument is not valid.
    pub sargan: Option<InstrumentTest>,
}

impl InstrumentTest {
    fn f(less: f64, full: f64, df1: f64, df2: f64) -> Option<InstrumentTest> {
        let statistic = (less - full) / df1 / (full / df2);
        let law = FisherSnedecor::new(df1, df2).ok()?;
        Some(InstrumentTest {
            statistic,
            degrees_of_freedom: (df1, Some(df2)),
            p_value: law.sf(statistic.max(0.0)),
        })
    }

    fn chi_squared(statistic: f64, df: f64) -> Option<InstrumentTest> {
        Some(InstrumentTest {
            statistic,
            degrees_of_freedom: (df, None),
            p_value: ChiSquared::new(df).ok()?.sf(statistic.max(0.0)),
        })
    }
}

/// Columns over rows, column by column.
type Columns = Vec<Vec<f64>>;

/// The first stage.
pub(crate) struct FirstStage {
    /// Columns of the design: endogenous, then exogenous.
    pub kept: Vec<usize>,
    /// What is fitted of the endogenous, and the exogenous, row by row.
    pub x: Vec<f64>,
    /// What is not fitted of the endogenous.
    left: Columns,
    exogenous: Columns,
    instruments: Columns,
    endogenous: Columns,
    names: Vec<String>,
}

fn dot(w: &[f64], a: &[f64], b: &[f64]) -> f64 {
    w.iter().zip(a).zip(b).map(|((w, a), b)| w * a * b).sum()
}

/// What a regression on the columns leaves of the target.
fn residual(w: &[f64], columns: &[&Vec<f64>], target: &[f64]) -> Vec<f64> {
    let k = columns.len();
    let mut gram = vec![0.0; k * k];
    for i in 0..k {
        for j in 0..=i {
            gram[i * k + j] = dot(w, columns[i], columns[j]);
        }
    }
    let scale: Vec<f64> = (0..k).map(|i| gram[i * k + i]).collect();
    let factor = cholesky(gram, k, &scale, 1e-14);
    let mut rest = target.to_vec();
    // The later rounds work on the rounding errors of the first.
    for _ in 0..3 {
        let mut step: Vec<[f64; 1]> = columns.iter().map(|c| [dot(w, c, &rest)]).collect();
        factor.solve(&mut step);
        for (column, b) in columns.iter().zip(&step) {
            rest.iter_mut()
                .zip(*column)
                .for_each(|(r, c)| *r -= b[0] * c);
        }
    }
    rest
}

/// Runs the first stage on columns that the effects have been taken out of.
pub(crate) fn first_stage(
    design: &Design,
    kept: &[usize],
    x: &[f64],
    w: &[f64],
) -> Result<FirstStage, GravityError> {
    let k = kept.len();
    let column = |at: usize| -> Vec<f64> { x.chunks_exact(k).map(|row| row[at]).collect() };
    let with = |role: &dyn Fn(usize) -> bool| -> Vec<usize> {
        (0..k).filter(|&c| role(kept[c])).collect()
    };
    let total = design.k();
    let first_instrument = total - design.instruments;
    let first_endogenous = first_instrument - design.endogenous;
    let exogenous = with(&|j| j < first_endogenous);
    let endogenous = with(&|j| (first_endogenous..first_instrument).contains(&j));
    let instruments = with(&|j| j >= first_instrument);
    if instruments.len() < endogenous.len() || endogenous.is_empty() {
        let names = |of: &[usize]| -> String {
            let names: Vec<&str> = of.iter().map(|&c| design.names[kept[c]].as_str()).collect();
            if names.is_empty() {
                "none".to_string()
            } else {
                names.join(", ")
            }
        };
        return Err(GravityError::Input(vec![
            Problem::new(format!(
                "{} endogenous regressors ({}) and {} instruments ({}) vary on their own",
                endogenous.len(),
                names(&endogenous),
                instruments.len(),
                names(&instruments)
            ))
            .help("each endogenous regressor needs an instrument"),
        ]));
    }
    let of = |columns: &[usize]| -> Columns { columns.iter().map(|&c| column(c)).collect() };
    let (exo, endo, inst) = (of(&exogenous), of(&endogenous), of(&instruments));
    let all: Vec<&Vec<f64>> = exo.iter().chain(&inst).collect();
    let left: Columns = endo.iter().map(|e| residual(w, &all, e)).collect();
    let mut out = Vec::with_capacity(design.rows * (endo.len() + exo.len()));
    for r in 0..design.rows {
        out.extend(endo.iter().zip(&left).map(|(e, l)| e[r] - l[r]));
        out.extend(exo.iter().map(|c| c[r]));
    }
    let names = endogenous
        .iter()
        .map(|&c| design.names[kept[c]].trim_start_matches("fit_").to_string())
        .collect();
    Ok(FirstStage {
        kept: endogenous
            .iter()
            .chain(&exogenous)
            .map(|&c| kept[c])
            .collect(),
        x: out,
        left,
        exogenous: exo,
        instruments: inst,
        endogenous: endo,
        names,
    })
}

impl FirstStage {
    /// Turns the second stage's residuals into those of the outcome with the endogenous
    /// regressors as they are.
    pub(crate) fn structural(&self, coefficients: &[f64], rest: &mut [f64]) {
        for (b, left) in coefficients.iter().zip(&self.left) {
            rest.iter_mut().zip(left).for_each(|(r, l)| *r -= b * l);
        }
    }

    /// The tests, from the outcome after the effects and the structural residuals.
    /// `effects` is the number of parameters that the effects take.
    pub(crate) fn tests(
        &self,
        w: &[f64],
        outcome: &[f64],
        rest: &[f64],
        effects: usize,
    ) -> InstrumentTests {
        let n = rest.len() as f64;
        let (exo, inst) = (self.exogenous.len() as f64, self.instruments.len() as f64);
        let endo = self.endogenous.len() as f64;
        let square = |v: &[f64]| dot(w, v, v);
        let all: Vec<&Vec<f64>> = self.exogenous.iter().chain(&self.instruments).collect();
        let exogenous: Vec<&Vec<f64>> = self.exogenous.iter().collect();
        let first_stage = self
            .names
            .iter()
            .zip(self.endogenous.iter().zip(&self.left))
            .filter_map(|(name, (e, left))| {
                let less = square(&residual(w, &exogenous, e));
                let df = n - effects as f64 - exo - inst;
                let test = InstrumentTest::f(less, square(left), inst, df)?;
                Some((name.clone(), test))
            })
            .collect();
        let plain: Vec<&Vec<f64>> = self.endogenous.iter().chain(&self.exogenous).collect();
        let augmented: Vec<&Vec<f64>> = plain.iter().copied().chain(&self.left).collect();
        let wu_hausman = InstrumentTest::f(
            square(&residual(w, &plain, outcome)),
            square(&residual(w, &augmented, outcome)),
            endo,
            n - effects as f64 - exo - 2.0 * endo,
        );
        let sargan = (inst > endo)
            .then(|| {
                let explained = 1.0 - square(&residual(w, &all, rest)) / square(rest);
                InstrumentTest::chi_squared(n * explained, inst - endo)
            })
            .flatten();
        InstrumentTests {
            first_stage,
            wu_hausman,
            sargan,
        }
    }
}
