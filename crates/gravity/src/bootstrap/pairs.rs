//! Clusters drawn with replacement.

use rayon::prelude::*;

use super::{Bootstrap, BootstrapCoefficient, BootstrapResult, below};
use crate::error::GravityError;
use crate::estimate::{Estimate, from_design};
use crate::frame::Frame;
use crate::levels::Levels;
use crate::model::Family;

pub(super) fn run(
    estimate: &Estimate,
    frame: &Frame,
    bootstrap: &Bootstrap,
) -> Result<BootstrapResult, GravityError> {
    let clusters = bootstrap.clusters(&estimate.design, frame)?;
    let draws: Vec<Option<Vec<f64>>> = (0..bootstrap.draws)
        .into_par_iter()
        .map(|draw| again(estimate, &clusters, bootstrap, draw))
        .collect();
    let made: Vec<&Vec<f64>> = draws.iter().flatten().collect();
    if made.len() < 2 {
        return Err(GravityError::Bootstrap(format!(
            "{} of {} draws could be estimated",
            made.len(),
            bootstrap.draws
        )));
    }
    let n = made.len() as f64;
    let k = estimate.names().len();
    let mean: Vec<f64> = (0..k)
        .map(|j| made.iter().map(|d| d[j]).sum::<f64>() / n)
        .collect();
    let covariance: Vec<Vec<f64>> = (0..k)
        .map(|i| {
            (0..k)
                .map(|j| {
                    let product = |d: &&Vec<f64>| (d[i] - mean[i]) * (d[j] - mean[j]);
                    made.iter().map(product).sum::<f64>() / (n - 1.0)
                })
                .collect()
        })
        .collect();
    let coefficients = (0..k)
        .map(|j| {
            let b = estimate.coefficients()[j];
            let mut sorted: Vec<f64> = made.iter().map(|d| d[j]).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let far = sorted.iter().filter(|d| (*d - b).abs() >= b.abs()).count();
            BootstrapCoefficient {
                name: estimate.names()[j].clone(),
                standard_error: Some(covariance[j][j].sqrt()),
                interval: Some((percentile(&sorted, 0.025), percentile(&sorted, 0.975))),
                p_value: (1.0 + far as f64) / (1.0 + n),
            }
        })
        .collect();
    Ok(BootstrapResult {
        method: bootstrap.method,
        weights: None,
        cluster: (bootstrap.cluster.to_string(), clusters.count()),
        draws: bootstrap.draws,
        failed: bootstrap.draws - made.len(),
        exhaustive: false,
        seed: bootstrap.seed,
        coefficients,
        covariance: Some(covariance),
    })
}

/// The coefficients of one draw, if all regressors stay.
fn again(
    estimate: &Estimate,
    clusters: &Levels,
    bootstrap: &Bootstrap,
    draw: usize,
) -> Option<Vec<f64>> {
    let mut random = bootstrap.random(draw);
    let count = clusters.count();
    let mut times = vec![0u32; count];
    for _ in 0..count {
        times[below(&mut random, count as u64) as usize] += 1;
    }
    let of = |row: u32| times[clusters.codes[row as usize] as usize];
    let mut design = estimate.design.clone();
    let weights: Vec<f64> = (0..design.rows)
        .map(|r| design.weight(r) * f64::from(of(r as u32)))
        .collect();
    design.weights = Some(weights);
    let drawn: Vec<u32> = (0..design.rows as u32).filter(|&r| of(r) > 0).collect();
    // A row alone in a level counts once for each time its cluster came, but says nothing
    // about the coefficients.
    let family = estimate.model.family;
    let zeros = matches!(family, Family::Poisson | Family::GaussianLog);
    design.keep(&drawn, true, zeros).ok()?;
    let again = from_design(&estimate.model, design).ok()?;
    (again.names() == estimate.names()).then(|| again.coefficients().to_vec())
}

/// Linear between the two nearest.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + part * (sorted[high] - sorted[low])
}
