//! One parameter at a time: how far it swings each gain, and where it turns its sign.

use super::parameters::Parameter;
use super::{Gains, Setting};
use crate::Progress;
use rayon::prelude::*;

/// A parameter is swung between these shares of its distribution.
pub(crate) const LOW: f64 = 0.05;
pub(crate) const HIGH: f64 = 0.95;
/// Halvings of the search for the value that turns a sign: the range divided by 1,024.
const HALVINGS: usize = 10;

/// Gains with one parameter at the low or the high end of its range and the others central.
pub(crate) struct Swing {
    pub low: f64,
    pub high: f64,
    /// Missing where the equilibrium did not converge.
    pub at_low: Option<Gains>,
    pub at_high: Option<Gains>,
}

/// Every parameter in turn.
pub(crate) fn swings(
    setting: &Setting,
    parameters: &[Parameter],
    progress: &dyn Progress,
) -> Vec<Swing> {
    progress.stage("one parameter at a time", 2 * parameters.len() as u64);
    (0..parameters.len())
        .into_par_iter()
        .map(|at| {
            let end = |share: f64| {
                let value = parameters[at].distribution.quantile(share);
                let gains = with(setting, parameters, at, value);
                progress.step();
                (value, gains)
            };
            let ((low, at_low), (high, at_high)) = (end(LOW), end(HIGH));
            Swing {
                low,
                high,
                at_low,
                at_high,
            }
        })
        .collect()
}

/// The value of a parameter at which an economy's gain is zero, between its central value and the
/// end of its range where the sign is the other one; `None` if the sign stays.
pub(crate) fn flip(
    setting: &Setting,
    parameters: &[Parameter],
    at: usize,
    swing: &Swing,
    economy: usize,
) -> Option<f64> {
    let central = setting.central.equivalent_variation_musd[economy];
    let turned = |gains: &Option<Gains>| {
        let gain = gains.as_ref().map(|g| g.musd[economy]);
        gain.is_some_and(|gain| gain * central < 0.0)
    };
    let mut far = if turned(&swing.at_low) {
        swing.low
    } else if turned(&swing.at_high) {
        swing.high
    } else {
        return None;
    };
    let mut near = parameters[at].central;
    for _ in 0..HALVINGS {
        let middle = 0.5 * (near + far);
        let gain = with(setting, parameters, at, middle)?.musd[economy];
        if gain * central < 0.0 {
            far = middle;
        } else {
            near = middle;
        }
    }
    Some(0.5 * (near + far))
}

fn with(setting: &Setting, parameters: &[Parameter], at: usize, value: f64) -> Option<Gains> {
    let mut values: Vec<f64> = parameters.iter().map(|p| p.central).collect();
    values[at] = value;
    setting.at(parameters, &values)
}

/// Spearman's rank correlation; 0 where either does not vary.
pub(crate) fn rank_correlation(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = (ranks(x), ranks(y));
    let mean = (x.len() as f64 - 1.0) / 2.0;
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(&y) {
        xy += (a - mean) * (b - mean);
        xx += (a - mean).powi(2);
        yy += (b - mean).powi(2);
    }
    if xx == 0.0 || yy == 0.0 {
        0.0
    } else {
        xy / (xx * yy).sqrt()
    }
}

/// Ranks from 0, ties sharing their mean.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let same = |at: &usize| values[*at] == values[order[start]];
        let end = start + order[start..].iter().take_while(|at| same(at)).count();
        for at in &order[start..end] {
            ranks[*at] = (start + end - 1) as f64 / 2.0;
        }
        start = end;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spearman_by_hand() {
        // Ranks 0 1 2 3 against 0 2 1 3: 1 − 6 × (0 + 1 + 1 + 0) / (4 × 15) = 0.8.
        assert!(
            (rank_correlation(&[1.0, 2.0, 3.0, 9.0], &[0.0, 5.0, 4.0, 6.0]) - 0.8).abs() < 1e-15
        );
        assert_eq!(rank_correlation(&[1.0, 1.0], &[1.0, 2.0]), 0.0);
        assert_eq!(ranks(&[2.0, 1.0, 2.0]), [1.5, 0.0, 1.5]);
    }
}
