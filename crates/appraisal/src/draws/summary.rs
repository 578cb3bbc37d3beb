//! Draws in a few numbers.

use super::parameters::Parameter;
use super::quantile::quantile;
use super::sensitivity::{HIGH, LOW, Swing, flip, rank_correlation};
use super::{Draws, Gains, Setting};
use serde::{Deserialize, Serialize};

/// What the ranges of the parameters make of the result.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Uncertainty {
    pub draws: usize,
    pub seed: u32,
    /// Draws whose equilibrium did not converge; they are left out.
    pub failed: usize,
    /// Draws with an estimated parameter of the wrong sign; they are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrong_sign: Vec<WrongSign>,
    /// Share of draws in which every economy with a voice gains.
    pub probability_that_every_member_gains: f64,
    pub parameters: Vec<ParameterSummary>,
    /// In the order of the outcome's economies.
    pub economies: Vec<EconomyInterval>,
    /// For every economy of the bloc, the parameter that swings its gain most.
    pub sensitivity: Vec<SensitivityRow>,
    #[serde(skip)]
    pub samples: Samples,
}

/// A draw that was left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WrongSign {
    /// Counted from 0.
    pub draw: usize,
    pub parameter: String,
    pub value: f64,
}

/// All draws that were not left out.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// `[draw][parameter]`.
    pub parameters: Vec<Vec<f64>>,
    /// Net gain, percent of income, `[draw][economy]`.
    pub percent: Vec<Vec<f64>>,
    /// Million USD a year, `[draw][economy]`.
    pub musd: Vec<Vec<f64>>,
}

/// An uncertain number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ParameterSummary {
    pub what: String,
    pub unit: String,
    pub central: f64,
    /// 5 and 95 % of draws lie below.
    pub low: f64,
    pub high: f64,
    pub distribution: String,
}

/// Net gain of an economy over the draws: 5, 50 and 95 % lie below.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EconomyInterval {
    pub iso3: String,
    pub low_percent: f64,
    pub median_percent: f64,
    pub high_percent: f64,
    pub low_musd: f64,
    pub median_musd: f64,
    pub high_musd: f64,
    /// Share of draws with a net gain above zero.
    pub probability_of_gain: f64,
}

/// What moves an economy's net gain most.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SensitivityRow {
    pub iso3: String,
    pub name: String,
    pub parameter: String,
    pub unit: String,
    /// Spearman's, between the parameter and the net gain over all draws.
    pub rank_correlation: f64,
    /// With the others at their central values.
    pub value_low: f64,
    pub net_at_low_musd: Option<f64>,
    pub value_high: f64,
    pub net_at_high_musd: Option<f64>,
    /// A value between low and high, with the others central, where the net gain is zero.
    pub sign_turns_at: Option<f64>,
}

#[allow(clippy::too_many_arguments)]
pub(crate) fn summarise(
    setting: &Setting,
    draws: Draws,
    failed: usize,
    wrong_sign: Vec<WrongSign>,
    parameters: &[Parameter],
    values: Vec<Vec<f64>>,
    gains: Vec<Gains>,
    swings: Vec<Swing>,
) -> Uncertainty {
    let world = setting.world;
    let bloc = world.bloc(&setting.scenario.bloc, None, None);
    let voices: Vec<usize> = bloc
        .iter()
        .filter(|m| m.has_voice())
        .map(|m| m.economy.index())
        .collect();
    let all_gain = gains
        .iter()
        .filter(|g| voices.iter().all(|n| g.musd[*n] > 0.0))
        .count();
    let economies = world
        .economies
        .iter()
        .enumerate()
        .map(|(n, economy)| {
            let mut percent: Vec<f64> = gains.iter().map(|g| g.percent[n]).collect();
            let mut musd: Vec<f64> = gains.iter().map(|g| g.musd[n]).collect();
            let above = musd.iter().filter(|v| **v > 0.0).count();
            percent.sort_by(f64::total_cmp);
            musd.sort_by(f64::total_cmp);
            EconomyInterval {
                iso3: economy.iso3.clone(),
                low_percent: quantile(&percent, LOW),
                median_percent: quantile(&percent, 0.5),
                high_percent: quantile(&percent, HIGH),
                low_musd: quantile(&musd, LOW),
                median_musd: quantile(&musd, 0.5),
                high_musd: quantile(&musd, HIGH),
                probability_of_gain: above as f64 / gains.len() as f64,
            }
        })
        .collect();
    let mut members: Vec<usize> = bloc.iter().map(|m| m.economy.index()).collect();
    members.sort_unstable();
    members.dedup();
    let sensitivity = members
        .into_iter()
        .filter_map(|n| {
            let at = largest_swing(&swings, n)?;
            let drawn: Vec<f64> = values.iter().map(|v| v[at]).collect();
            let gained: Vec<f64> = gains.iter().map(|g| g.musd[n]).collect();
            let swing = &swings[at];
            let of = |gains: &Option<Gains>| gains.as_ref().map(|g| g.musd[n]);
            Some(SensitivityRow {
                iso3: world.economies[n].iso3.clone(),
                name: world.economies[n].name.clone(),
                parameter: parameters[at].what.clone(),
                unit: parameters[at].unit.to_owned(),
                rank_correlation: rank_correlation(&drawn, &gained),
                value_low: swing.low,
                net_at_low_musd: of(&swing.at_low),
                value_high: swing.high,
                net_at_high_musd: of(&swing.at_high),
                sign_turns_at: flip(setting, parameters, at, swing, n),
            })
        })
        .collect();
    let (percent, musd) = gains.into_iter().map(|g| (g.percent, g.musd)).unzip();
    Uncertainty {
        draws: draws.count as usize,
        seed: draws.seed,
        failed,
        wrong_sign,
        probability_that_every_member_gains: all_gain as f64 / values.len() as f64,
        parameters: parameters
            .iter()
            .map(|p| ParameterSummary {
                what: p.what.clone(),
                unit: p.unit.to_owned(),
                central: p.central,
                low: p.distribution.quantile(LOW),
                high: p.distribution.quantile(HIGH),
                distribution: p.distribution.describe(),
            })
            .collect(),
        economies,
        sensitivity,
        samples: Samples {
            parameters: values,
            percent,
            musd,
        },
    }
}

/// The parameter between whose ends an economy's gain differs most; none where nothing moves it.
fn largest_swing(swings: &[Swing], economy: usize) -> Option<usize> {
    let size = |swing: &Swing| match (&swing.at_low, &swing.at_high) {
        (Some(low), Some(high)) => (high.musd[economy] - low.musd[economy]).abs(),
        _ => 0.0,
    };
    (0..swings.len())
        .max_by(|a, b| {
            size(&swings[*a])
                .total_cmp(&size(&swings[*b]))
                .then(b.cmp(a))
        })
        .filter(|at| size(&swings[*at]) > 0.0)
}
