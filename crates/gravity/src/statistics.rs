//! Likelihood, deviance and measures of fit.

use statrs::function::gamma::ln_gamma;

use crate::by_row;
use crate::design::Design;
use crate::fit::Statistics;
use crate::model::Family;

#[allow(clippy::too_many_arguments)]
pub(crate) fn statistics(
    design: &Design,
    family: Family,
    eta: &[f64],
    mu: &[f64],
    squares: f64,
    within_total: f64,
    regressors: usize,
    parameters: usize,
) -> Statistics {
    let n = design.rows;
    let w = |r: usize| design.weight(r);
    let offset = |r: usize| design.offset.as_ref().map_or(0.0, |o| o[r]);
    let total = by_row::sum(n, w);
    let mean = by_row::sum(n, |r| w(r) * design.y[r]) / total;
    let count = n as f64;
    let left = count - parameters as f64;
    let (log_likelihood, null, deviance) = match family {
        Family::Poisson => {
            // Of the model with a constant (and the offset) only.
            let base = by_row::sum(n, |r| w(r) * offset(r).exp()) / total;
            let constant = (mean / base).ln();
            let of_row = |r: usize| {
                let y = design.y[r];
                let factorial = ln_gamma(y + 1.0);
                let e0 = constant + offset(r);
                let saturated = if y > 0.0 { y * (y.ln() - eta[r]) } else { 0.0 };
                [
                    w(r) * (y * eta[r] - mu[r] - factorial),
                    w(r) * (y * e0 - e0.exp() - factorial),
                    2.0 * w(r) * (saturated - (y - mu[r])),
                ]
            };
            let [own, null, deviance] = by_row::sums(n, of_row);
            (own, null, deviance)
        }
        Family::Gamma => {
            let e = |r: usize| offset(r).exp();
            let constant = (0..n).map(|r| w(r) * design.y[r] / e(r)).sum::<f64>() / total;
            let null: Vec<f64> = (0..n).map(|r| constant * e(r)).collect();
            // With the dispersion that is the mean deviance, as R has it.
            let ll = |mu: &[f64]| {
                let deviance = family.deviance(design, mu);
                let shape = total / deviance;
                let of_row = |r: usize| {
                    let (y, rate) = (design.y[r], shape / mu[r]);
                    shape * rate.ln() - ln_gamma(shape) + (shape - 1.0) * y.ln() - rate * y
                };
                (0..n).map(|r| w(r) * of_row(r)).sum::<f64>()
            };
            (ll(mu), ll(&null), family.deviance(design, mu))
        }
        Family::Ols | Family::GaussianLog => {
            let log_weights: f64 = match &design.weights {
                Some(w) => w.iter().map(|w| w.ln()).sum(),
                None => 0.0,
            };
            let ll = |squares: f64| {
                0.5 * (log_weights
                    - count * ((2.0 * std::f64::consts::PI).ln() + (squares / count).ln() + 1.0))
            };
            let around_mean: f64 = (0..n).map(|r| w(r) * (design.y[r] - mean).powi(2)).sum();
            (ll(squares), ll(around_mean), squares)
        }
    };
    let squared_correlation = squared_correlation(design, mu);
    let (mut r2, mut adjusted_r2, mut within_r2, mut adjusted_within_r2, mut rmse) =
        (None, None, None, None, None);
    if family == Family::Ols {
        let around_mean: f64 = (0..n).map(|r| w(r) * (design.y[r] - mean).powi(2)).sum();
        if around_mean > 0.0 {
            r2 = Some(1.0 - squares / around_mean);
            if left > 0.0 {
                let constant = if design.effects.is_empty() && !design.has_intercept {
                    0.0
                } else {
                    1.0
                };
                adjusted_r2 = Some(1.0 - squares / around_mean * (count - constant) / left);
            }
        }
        if !design.effects.is_empty() && within_total > 0.0 {
            within_r2 = Some(1.0 - squares / within_total);
            if left > 0.0 {
                let k = regressors as f64;
                adjusted_within_r2 = Some(1.0 - squares / within_total * (left + k) / left);
            }
        }
        rmse = Some((squares / total).sqrt());
    }
    Statistics {
        parameters,
        log_likelihood,
        log_likelihood_null: null,
        deviance,
        pseudo_r2: 1.0 - log_likelihood / null,
        squared_correlation,
        r2,
        adjusted_r2,
        within_r2,
        adjusted_within_r2,
        rmse,
        aic: -2.0 * log_likelihood + 2.0 * parameters as f64,
        bic: -2.0 * log_likelihood + count.ln() * parameters as f64,
        outcome_mean: mean,
    }
}

fn squared_correlation(design: &Design, mu: &[f64]) -> f64 {
    let n = design.rows;
    let [my, mm] = by_row::sums(n, |r| [design.y[r], mu[r]]).map(|sum| sum / n as f64);
    let [yy, mm, ym] = by_row::sums(n, |r| {
        let (y, m) = (design.y[r] - my, mu[r] - mm);
        [y * y, m * m, y * m]
    });
    ym * ym / (yy * mm)
}
