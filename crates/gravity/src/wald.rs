//! The Wald test of several coefficients at once.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};

use crate::dense::cholesky;
use crate::error::{GravityError, Problem};
use crate::model::Family;

/// b'V⁻¹b of some coefficients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaldTest {
    /// The coefficients tested.
    pub names: Vec<String>,
    /// What each is tested to be; empty where all are tested to be zero.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<f64>,
    /// (b − r)'V⁻¹(b − r) with r the values; chi-squared.
    pub chi_squared: f64,
    /// The same over the number of coefficients; F.
    pub f: f64,
    /// Coefficients tested, less those that the covariance cannot tell apart.
    pub numerator: usize,
    /// Degrees of freedom of the denominator of F; none where chi-squared is used.
    pub denominator: Option<f64>,
    /// P-value: of F for least squares, of chi-squared for PPML.
    pub p_value: f64,
}

/// What a test starts from: all coefficients, and their covariance row by row.
pub(crate) struct Given<'a> {
    pub names: &'a [String],
    pub coefficients: &'a [f64],
    pub covariance: &'a [f64],
    pub degrees_of_freedom: Option<f64>,
    pub family: Family,
}

/// The test that some coefficients have these values.
pub(crate) fn test(given: &Given, hypotheses: &[(&str, f64)]) -> Result<WaldTest, GravityError> {
    let (all, b, v) = (given.names, given.coefficients, given.covariance);
    let mut at = Vec::new();
    let mut problems = Vec::new();
    for (name, _) in hypotheses {
        match all.iter().position(|n| n == name) {
            Some(j) => at.push(j),
            None => problems.push(
                Problem::new(format!("there is no coefficient {name}"))
                    .did_you_mean(name, all.iter().map(String::as_str)),
            ),
        }
    }
    if !problems.is_empty() {
        return Err(GravityError::Input(problems));
    }
    let q = at.len();
    let k = all.len();
    let unit: Vec<f64> = at.iter().map(|&j| v[j * k + j].sqrt()).collect();
    let mut matrix = vec![0.0; q * q];
    for (r, &i) in at.iter().enumerate() {
        for (c, &j) in at.iter().enumerate() {
            matrix[r * q + c] = v[i * k + j] / (unit[r] * unit[c]);
        }
    }
    let factor = cholesky(matrix, q, &vec![1.0; q], 1e-12);
    let rank = q - factor.vanished().count();
    let off = at.iter().zip(hypotheses).map(|(&j, h)| b[j] - h.1);
    let mut solved: Vec<[f64; 1]> = off.zip(&unit).map(|(off, u)| [off / u]).collect();
    let scaled = solved.clone();
    factor.solve(&mut solved);
    let chi_squared: f64 = scaled.iter().zip(&solved).map(|(a, b)| a[0] * b[0]).sum();
    let f = chi_squared / rank.max(1) as f64;
    let p_value = match (given.family, given.degrees_of_freedom) {
        (Family::Ols | Family::Gamma | Family::GaussianLog, Some(df)) => {
            FisherSnedecor::new(rank.max(1) as f64, df).map_or(f64::NAN, |d| d.sf(f))
        }
        _ => ChiSquared::new(rank.max(1) as f64).map_or(f64::NAN, |d| d.sf(chi_squared)),
    };
    Ok(WaldTest {
        names: hypotheses.iter().map(|h| h.0.to_string()).collect(),
        values: match hypotheses.iter().all(|h| h.1 == 0.0) {
            true => Vec::new(),
            false => hypotheses.iter().map(|h| h.1).collect(),
        },
        chi_squared,
        f,
        numerator: rank,
        denominator: given.degrees_of_freedom,
        p_value,
    })
}
