//! What is reported of an estimate.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::bootstrap::BootstrapResult;
use crate::error::GravityError;
use crate::estimate::Certificate;
use crate::incidental::BiasCorrection;
use crate::iv::InstrumentTests;
use crate::model::{Correction, Family};
use crate::wald::{self, WaldTest};

/// An estimate as it is written to a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// The formula as written.
    pub formula: String,
    /// The estimator.
    pub family: Family,
    /// The outcome.
    pub outcome: String,
    /// The coefficients in the order of the formula.
    pub coefficients: Vec<Coefficient>,
    /// The kind of covariance, as it is asked for.
    pub covariance_kind: String,
    /// Whose small-sample correction.
    pub correction: Correction,
    /// Rows and columns in the order of the coefficients.
    pub covariance: Vec<Vec<f64>>,
    /// Number of clusters by factor.
    pub clusters: Vec<(String, usize)>,
    /// Degrees of freedom for t; none where the normal distribution is used.
    pub degrees_of_freedom: Option<f64>,
    /// Whether negative eigenvalues of the covariance were set to zero.
    pub covariance_repaired: bool,
    /// What the bias correction of three-way PPML took away; then coefficients are the
    /// corrected ones, and the covariance is the adjusted one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bias_correction: Option<BiasCorrection>,
    /// The rows.
    pub sample: Sample,
    /// Why rows are separated that no level of zeros explains.
    pub certificates: Vec<Certificate>,
    /// Regressors that had to go.
    pub dropped_regressors: Vec<DroppedRegressor>,
    /// The fixed effects.
    pub effects: Vec<EffectCount>,
    /// Measures of fit.
    pub statistics: Statistics,
    /// The test that all coefficients but the intercept are zero.
    pub wald: Option<WaldTest>,
    /// Tests that were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<WaldTest>,
    /// Tests of two-stage least squares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruments: Option<InstrumentTests>,
    /// What a bootstrap gave, if one was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<BootstrapResult>,
    /// How the solution was reached and how exact it is.
    pub convergence: Convergence,
}

impl Fit {
    /// The Wald test that some coefficients have these values, under the covariance of the fit.
    ///
    /// # Errors
    /// Names that are no coefficients.
    pub fn test(&self, hypotheses: &[(&str, f64)]) -> Result<WaldTest, GravityError> {
        let of = |c: &Coefficient| (c.name.clone(), c.estimate);
        let (names, coefficients): (Vec<String>, Vec<f64>) =
            self.coefficients.iter().map(of).unzip();
        let given = wald::Given {
            names: &names,
            coefficients: &coefficients,
            covariance: &self.covariance.concat(),
            degrees_of_freedom: self.degrees_of_freedom,
            family: self.family,
        };
        wald::test(&given, hypotheses)
    }
}

/// A row of the sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FittedRow {
    /// Row of the table, counted from 1.
    pub row: usize,
    /// The outcome.
    pub outcome: f64,
    /// Its fitted mean.
    pub fitted: f64,
}

/// One coefficient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// The regressor.
    pub name: String,
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Estimate over standard error.
    pub statistic: f64,
    /// Two-sided p-value.
    pub p_value: f64,
    /// 95 % confidence interval.
    pub interval: (f64, f64),
}

impl Coefficient {
    pub(crate) fn new(name: String, estimate: f64, standard_error: f64, df: Option<f64>) -> Self {
        let statistic = estimate / standard_error;
        let z = statistic.abs();
        let (p_value, quantile) = match df.and_then(|df| StudentsT::new(0.0, 1.0, df).ok()) {
            Some(t) => (2.0 * t.sf(z), t.inverse_cdf(0.975)),
            None => {
                let normal = Normal::standard();
                (2.0 * normal.sf(z), normal.inverse_cdf(0.975))
            }
        };
        Coefficient {
            name,
            estimate,
            standard_error,
            statistic,
            p_value,
            interval: (
                estimate - quantile * standard_error,
                estimate + quantile * standard_error,
            ),
        }
    }
}

/// Rows used, and rows dropped by reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The column and the level that make the sample; none for all rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<(String, String)>,
    /// The conditions on the rows, each with the rows that met all before it, but not it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subset: Vec<(String, usize)>,
    /// Rows of the table.
    pub read: usize,
    /// Rows that are not of the sample.
    #[serde(default)]
    pub outside: usize,
    /// Rows used.
    pub used: usize,
    /// Rows with a missing value. A logarithm of zero is missing.
    pub missing: usize,
    /// Missing values by column; a row can miss several.
    pub missing_by_column: BTreeMap<String, usize>,
    /// Rows with a weight of zero.
    pub zero_weight: usize,
    /// Rows alone in a level of a fixed effect.
    pub singletons: usize,
    /// The same by effect.
    pub singletons_by_effect: Vec<(String, usize)>,
    /// Separated rows.
    pub separated: usize,
    /// Those of them in a level of zeros, by effect.
    pub separated_in_zero_levels: Vec<(String, usize)>,
    /// Those of them that a combination separates.
    pub separated_by_combination: usize,
}

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DroppedRow {
    /// Row of the table, counted from 1.
    pub row: usize,
    /// Why.
    pub reason: String,
}

/// A regressor that was left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DroppedRegressor {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// One set of fixed effects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EffectCount {
    /// The factor, as `exporter^year`.
    pub name: String,
    /// Levels in the sample.
    pub levels: usize,
    /// Whether each level has an intercept.
    pub intercept: bool,
    /// What has a slope in each level.
    pub slopes: Vec<String>,
}

/// Measures of fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Regressors and levels, less one for each effect after the first.
    pub parameters: usize,
    /// Log-likelihood, with its constant.
    pub log_likelihood: f64,
    /// Log-likelihood of a constant alone.
    pub log_likelihood_null: f64,
    /// Deviance; for least squares the sum of squares.
    pub deviance: f64,
    /// 1 − log-likelihood over that of a constant alone (McFadden).
    pub pseudo_r2: f64,
    /// Squared correlation of outcome and fitted mean.
    pub squared_correlation: f64,
    /// R² (least squares).
    pub r2: Option<f64>,
    /// R² adjusted for the parameters.
    pub adjusted_r2: Option<f64>,
    /// R² of what the effects leave.
    pub within_r2: Option<f64>,
    /// The same adjusted for the regressors.
    pub adjusted_within_r2: Option<f64>,
    /// Root mean squared error (least squares).
    pub rmse: Option<f64>,
    /// Akaike's criterion.
    pub aic: f64,
    /// Schwarz's criterion.
    pub bic: f64,
    /// Weighted mean of the outcome.
    pub outcome_mean: f64,
}

/// How the solution was reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Convergence {
    /// Newton steps.
    pub iterations: usize,
    /// Conjugate gradient steps, all solves together.
    pub inner_iterations: usize,
    /// The largest relative error of a first-order condition at the solution.
    pub first_order_error: f64,
    /// Where it is.
    pub first_order_place: String,
}
