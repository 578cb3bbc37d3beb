//! What is uncertain, and how.

use comity_network::values_of_time_for;
use comity_scenario::Resolved;
use comity_trade_costs::Valuation;
use comity_world::estimates::percent_a_day;
use comity_world::{EstimatedKind, Mode, SectorId, World};
use statrs::distribution::{ContinuousCDF, Normal};

/// How a number is distributed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Distribution {
    /// Positive, with this mean and standard deviation.
    LogNormal { mean: f64, deviation: f64 },
    /// Together with the other parameters of its estimate. Above zero: what falls below is left
    /// out.
    Normal { mean: f64, deviation: f64 },
    /// Between `low` and `high`, most likely at `mode`.
    Triangular { low: f64, mode: f64, high: f64 },
}

impl Distribution {
    /// The value below which the share `u` of draws lies, 0 < u < 1.
    pub fn quantile(self, u: f64) -> f64 {
        match self {
            Distribution::LogNormal { mean, deviation } => {
                let spread = (deviation / mean).powi(2).ln_1p();
                let normal = Normal::standard().inverse_cdf(u);
                mean * (spread.sqrt() * normal - 0.5 * spread).exp()
            }
            Distribution::Normal { mean, deviation } => {
                mean + deviation * Normal::standard().inverse_cdf(u)
            }
            Distribution::Triangular { low, mode, high } => {
                let turn = (mode - low) / (high - low);
                if u < turn {
                    low + (u * (high - low) * (mode - low)).sqrt()
                } else {
                    high - ((1.0 - u) * (high - low) * (high - mode)).sqrt()
                }
            }
        }
    }

    /// In words.
    pub fn describe(self) -> String {
        match self {
            Distribution::LogNormal { mean, deviation } => {
                format!("log-normal, mean {mean:.4}, standard deviation {deviation:.4}")
            }
            Distribution::Normal { mean, deviation } => format!(
                "normal with the covariance of its estimate, mean {mean:.4}, \
                 standard deviation {deviation:.4}"
            ),
            Distribution::Triangular { low, mode, high } => {
                format!("triangular, {low} to {high}, most likely {mode:.4}")
            }
        }
    }
}

/// What a draw sets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// θ of these sectors.
    Elasticity(Vec<usize>),
    /// Loss of value in transit, percent a day.
    TimeValue(usize),
    /// Fall of the logarithm of trade a day; over θ it is the loss of value.
    DayEffect(Vec<usize>),
    Density(usize),
    ModeChoice,
    /// Factor of what journeys by the mode cost.
    Money(usize),
    /// Factor of the hours of journeys by the mode.
    Hours(usize),
    /// Capital cost of a project, million USD.
    Cost(usize),
}

/// An uncertain number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    pub what: String,
    pub unit: &'static str,
    pub central: f64,
    pub distribution: Distribution,
    pub target: Target,
    /// The estimate it is drawn with and its position there.
    pub estimate: Option<(usize, usize)>,
}

/// Every number of the world and the scenario that has a range or a standard error.
pub(crate) fn parameters(world: &World, scenario: &Resolved) -> Vec<Parameter> {
    let mut list = estimated(world);
    let fixed = |kind: EstimatedKind, j: usize| {
        let mut estimates = world.estimates.estimates.iter();
        estimates.any(|e| {
            let mut own = e.parameters.iter();
            own.any(|p| p.parameter == kind && p.sectors.contains(&world.sectors[j].code))
        })
    };
    let mut add = |what: String, unit, central: f64, distribution, target| {
        let moves = match distribution {
            Distribution::LogNormal { deviation, .. } | Distribution::Normal { deviation, .. } => {
                deviation > 0.0
            }
            Distribution::Triangular { low, mode, high } => {
                low < high && low <= mode && mode <= high
            }
        };
        if moves {
            list.push(Parameter {
                what,
                unit,
                central,
                distribution,
                target,
                estimate: None,
            });
        }
    };
    let between = |central: f64, (low, high): (f64, f64)| Distribution::Triangular {
        low,
        mode: central,
        high,
    };
    for (j, sector) in world.sectors.iter().enumerate() {
        if !fixed(EstimatedKind::TradeElasticity, j) {
            add(
                format!("trade elasticity, {}", sector.name),
                "",
                sector.trade_elasticity,
                Distribution::LogNormal {
                    mean: sector.trade_elasticity,
                    deviation: sector.trade_elasticity_se,
                },
                Target::Elasticity(vec![j]),
            );
        }
        let Some(freight) = &sector.freight else {
            continue;
        };
        if !fixed(EstimatedKind::DayEffect, j) {
            add(
                format!("loss of value in transit, {}", sector.name),
                "% a day",
                freight.time_value_percent_per_day,
                between(freight.time_value_percent_per_day, freight.time_value_range),
                Target::TimeValue(j),
            );
        }
        add(
            format!("value density, {}", sector.name),
            "USD per TEU",
            freight.usd_per_teu,
            between(freight.usd_per_teu, freight.usd_per_teu_range),
            Target::Density(j),
        );
    }
    let journeys = &world.settings.journeys;
    add(
        "choice between modes".to_owned(),
        "",
        journeys.mode_choice_parameter,
        between(journeys.mode_choice_parameter, journeys.mode_choice_range),
        Target::ModeChoice,
    );
    for mode in Mode::ALL {
        let (money, hours) = mode_ranges(world, mode);
        add(
            format!("freight charges by {}", mode.label()),
            "times the central ones",
            1.0,
            between(1.0, money),
            Target::Money(mode as usize),
        );
        add(
            format!("hours by {}", mode.label()),
            "times the central ones",
            1.0,
            between(1.0, hours),
            Target::Hours(mode as usize),
        );
    }
    for (at, project) in scenario.projects().iter().enumerate() {
        if let Some(range) = project.cost_range_musd {
            add(
                format!("cost of {}", project.name),
                "million USD",
                project.cost_musd,
                between(project.cost_musd, range),
                Target::Cost(at),
            );
        }
    }
    list
}

/// The parameters of the world's estimates, in their order. A standard error of zero stays: others
/// of the estimate may vary.
fn estimated(world: &World) -> Vec<Parameter> {
    let mut list = Vec::new();
    let travelling: Vec<&str> = world
        .sectors
        .iter()
        .filter(|s| s.freight.is_some())
        .map(|s| s.code.as_str())
        .collect();
    for (at, estimate) in world.estimates.estimates.iter().enumerate() {
        for (position, p) in estimate.parameters.iter().enumerate() {
            let mut known: Vec<usize> = p
                .sectors
                .iter()
                .filter_map(|code| world.sector(code))
                .map(SectorId::index)
                .collect();
            known.sort_unstable();
            let codes: Vec<&str> = known
                .iter()
                .map(|j| world.sectors[*j].code.as_str())
                .collect();
            let of = match codes.as_slice() {
                [_] => world.sectors[known[0]].name.clone(),
                codes if codes == travelling => "all goods".to_owned(),
                codes => codes.join(", "),
            };
            let (unit, target) = match p.parameter {
                EstimatedKind::TradeElasticity => ("", Target::Elasticity(known)),
                EstimatedKind::DayEffect => ("of the log of trade", Target::DayEffect(known)),
            };
            list.push(Parameter {
                what: format!("{}, {of} (estimate)", p.parameter.label()),
                unit,
                central: p.value,
                distribution: Distribution::Normal {
                    mean: p.value,
                    deviation: estimate.covariance[position][position].max(0.0).sqrt(),
                },
                target,
                estimate: Some((at, position)),
            });
        }
    }
    list
}

/// The first parameter that is below zero and must not be.
pub(crate) fn wrong_sign(parameters: &[Parameter], values: &[f64]) -> Option<usize> {
    let normal = |p: &Parameter| matches!(p.distribution, Distribution::Normal { .. });
    let mut pairs = parameters.iter().zip(values);
    pairs.position(|(p, value)| normal(p) && *value <= 0.0)
}

/// Ranges of a mode's charges and hours as factors: its classes' own, weighted by kilometres.
/// Classes without kilometres of their own (air) count alike.
fn mode_ranges(world: &World, mode: Mode) -> ((f64, f64), (f64, f64)) {
    let network = &world.network;
    let mut km = vec![0.0; network.classes.len()];
    for link in &network.links {
        km[link.class.index()] += link.km;
    }
    let mut sums = [0.0; 5];
    let all: f64 = (0..km.len())
        .filter(|c| network.classes[*c].mode == mode)
        .map(|c| km[c])
        .sum();
    for (class, km) in network.classes.iter().zip(&km) {
        if class.mode != mode || class.usd_per_teu_km <= 0.0 {
            continue;
        }
        let weight = if all > 0.0 { *km } else { 1.0 };
        let (rate, speed) = (class.usd_per_teu_km, class.kmh);
        sums[0] += weight * class.usd_range.0 / rate;
        sums[1] += weight * class.usd_range.1 / rate;
        // Hours fall as speed rises.
        sums[2] += weight * speed / class.kmh_range.1;
        sums[3] += weight * speed / class.kmh_range.0;
        sums[4] += weight;
    }
    if sums[4] == 0.0 {
        return ((1.0, 1.0), (1.0, 1.0));
    }
    let mean = |at: usize| sums[at] / sums[4];
    ((mean(0), mean(1)), (mean(2), mean(3)))
}

/// A draw: how journeys are valued, and what the projects cost.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Drawn {
    pub valuation: Valuation,
    /// Capital cost by project, million USD.
    pub costs_musd: Vec<f64>,
}

/// The numbers with each parameter at its value.
pub(crate) fn set(
    world: &World,
    scenario: &Resolved,
    parameters: &[Parameter],
    values: &[f64],
) -> Drawn {
    let mut sectors = world.sectors.clone();
    let mut valuation = Valuation::central(world);
    let mut costs_musd: Vec<f64> = scenario.projects().iter().map(|p| p.cost_musd).collect();
    for (parameter, value) in parameters.iter().zip(values) {
        match &parameter.target {
            Target::Elasticity(of) => {
                of.iter()
                    .for_each(|j| valuation.trade_elasticity[*j] = *value);
            }
            // Once all elasticities are known.
            Target::DayEffect(_) => {}
            Target::TimeValue(j) => {
                if let Some(freight) = &mut sectors[*j].freight {
                    freight.time_value_percent_per_day = *value;
                }
            }
            Target::Density(j) => {
                if let Some(freight) = &mut sectors[*j].freight {
                    freight.usd_per_teu = *value;
                }
                valuation.usd_per_teu[*j] = Some(*value);
            }
            Target::ModeChoice => valuation.mode_choice = *value,
            Target::Money(mode) => valuation.money[*mode] = *value,
            Target::Hours(mode) => valuation.hours[*mode] = *value,
            Target::Cost(project) => costs_musd[*project] = *value,
        }
    }
    for (parameter, value) in parameters.iter().zip(values) {
        let Target::DayEffect(of) = &parameter.target else {
            continue;
        };
        for j in of {
            let theta = valuation.trade_elasticity[*j];
            if let Some(freight) = &mut sectors[*j].freight {
                freight.time_value_percent_per_day = percent_a_day(*value, theta);
            }
        }
    }
    valuation.values_of_time = values_of_time_for(&sectors, &world.trade);
    Drawn {
        valuation,
        costs_musd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_have_their_moments() {
        let mean = |of: Distribution| {
            let n = 200_000;
            let sum: f64 = (0..n)
                .map(|k| of.quantile((k as f64 + 0.5) / n as f64))
                .sum();
            sum / n as f64
        };
        let log = Distribution::LogNormal {
            mean: 4.0,
            deviation: 1.0,
        };
        // Midpoints of 200,000 equal parts: the tails cut off are worth less than 1e-3.
        assert!((mean(log) - 4.0).abs() < 1e-3, "{}", mean(log));
        let triangle = Distribution::Triangular {
            low: 2.0,
            mode: 4.0,
            high: 9.0,
        };
        assert!((mean(triangle) - 5.0).abs() < 1e-6, "{}", mean(triangle));
        assert!((triangle.quantile(2.0 / 7.0) - 4.0).abs() < 1e-12);
        assert_eq!(triangle.quantile(1e-300_f64).floor(), 2.0);
    }
}
