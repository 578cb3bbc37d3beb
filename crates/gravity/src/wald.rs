//! The Wald test of several coefficients at once.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};

use crate::dense::cholesky;
use crate::error::{GravityError, Problem};
use crate::model::Family;
use crate::vcov::CovarianceMatrix;

/// b'V⁻¹b of some coefficients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaldTest {
    /// The coefficients tested to be zero.
    pub names: Vec<String>,
    /// b'V⁻¹b; chi-squared.
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

pub(crate) fn test(
    all: &[String],
    b: &[f64],
    v: &CovarianceMatrix,
    names: &[&str],
    family: Family,
) -> Result<WaldTest, GravityError> {
    let mut at = Vec::new();
    let mut problems = Vec::new();
    for name in names {
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
    let unit: Vec<f64> = at.iter().map(|&j| v.matrix[j * k + j].sqrt()).collect();
    let mut matrix = vec![0.0; q * q];
    for (r, &i) in at.iter().enumerate() {
        for (c, &j) in at.iter().enumerate() {
            matrix[r * q + c] = v.matrix[i * k + j] / (unit[r] * unit[c]);
        }
    }
    let factor = cholesky(matrix, q, &vec![1.0; q], 1e-12);
    let rank = q - factor.vanished().count();
    let mut solved: Vec<[f64; 1]> = at.iter().zip(&unit).map(|(&j, u)| [b[j] / u]).collect();
    let scaled = solved.clone();
    factor.solve(&mut solved);
    let chi_squared: f64 = scaled.iter().zip(&solved).map(|(a, b)| a[0] * b[0]).sum();
    let f = chi_squared / rank.max(1) as f64;
    let p_value = match (family, v.degrees_of_freedom) {
        (Family::Ols | Family::Gamma | Family::GaussianLog, Some(df)) => {
            FisherSnedecor::new(rank.max(1) as f64, df).map_or(f64::NAN, |d| d.sf(f))
        }
        _ => ChiSquared::new(rank.max(1) as f64).map_or(f64::NAN, |d| d.sf(chi_squared)),
    };
    Ok(WaldTest {
        names: names.iter().map(|n| (*n).to_string()).collect(),
        chi_squared,
        f,
        numerator: rank,
        denominator: v.degrees_of_freedom,
        p_value,
    })
}
