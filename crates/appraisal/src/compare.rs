//! Baseline against scenario, economy by economy, pair by pair, place by place.

use crate::market_access::{AccessParameters, Markets};
use crate::outcome::{EconomyOutcome, Outcome, PairOutcome, PlaceOutcome};
use comity_equilibrium::{Calibration, Mechanisms, Solution};
use comity_network::{Cost, Skims};
use comity_scenario::Resolved;
use comity_trade_costs::{TradeCostChange, pair_means};
use comity_world::{CommodityClass, EconomyId, PlaceId, World};
use rayon::prelude::*;

/// Partners over which an economy's mean journey is taken.
const PARTNERS: usize = 10;

/// Everything that is compared.
pub(crate) struct States<'a> {
    pub world: &'a World,
    pub changed: &'a World,
    pub scenario: &'a Resolved,
    pub before: &'a Skims,
    pub after: &'a Skims,
    pub costs: &'a TradeCostChange,
    pub calibration: &'a Calibration,
    /// As if the projects cost nothing.
    pub solution: &'a Solution,
    /// With their cost paid and spent; the same as `solution` without projects.
    pub financed: &'a Solution,
    /// `None` where real income could not be split.
    pub mechanisms: Option<&'a Mechanisms>,
}

pub(crate) fn percent(after: f64, before: f64) -> f64 {
    if after == before {
        0.0
    } else {
        100.0 * (after / before - 1.0)
    }
}

impl States<'_> {
    fn sectors(&self) -> usize {
        self.world.sectors.len()
    }

    fn economies(&self) -> usize {
        self.world.economies.len()
    }

    /// Trade of all sectors, `[importer][exporter]`, million USD.
    fn totals(&self, trade: &[f64]) -> Vec<f64> {
        let n = self.economies();
        let mut totals = vec![0.0; n * n];
        for block in trade.chunks_exact(n * n) {
            for (total, value) in totals.iter_mut().zip(block) {
                *total += value;
            }
        }
        totals
    }

    /// Whether a sector travels.
    fn travels(&self, sector: usize) -> bool {
        self.world.sectors[sector].freight.is_some()
    }
}

pub(crate) fn economies(states: &States) -> Vec<EconomyOutcome> {
    let world = states.world;
    let n = states.economies();
    let class = CommodityClass::General;
    let means_before = pair_means(world, states.before, class);
    let means_after = pair_means(world, states.after, class);
    let totals_before = states.totals(&world.trade.value_musd);
    let totals_after = states.totals(&states.solution.trade_new);
    let bloc = world.bloc(&states.scenario.bloc, None, None);
    let bloc_after = states.changed.bloc(&states.scenario.bloc, None, None);
    (0..n)
        .map(|index| {
            let economy = &world.economies[index];
            let membership = bloc.iter().find(|m| m.economy.index() == index);
            let partner = |after: bool| {
                let means = if after { &means_after } else { &means_before };
                partner_mean(n, index, &totals_before, means)
            };
            let (partners_before, partners_after) = (partner(false), partner(true));
            let abroad = |totals: &[f64], exports: bool| -> f64 {
                (0..n)
                    .filter(|other| *other != index)
                    .map(|other| {
                        totals[if exports {
                            other * n + index
                        } else {
                            index * n + other
                        }]
                    })
                    .sum()
            };
            let part =
                |of: fn(&Mechanisms) -> &Vec<f64>| states.mechanisms.map(|m| 100.0 * of(m)[index]);
            let income = states.calibration.income(index);
            let gain = states.solution.equivalent_variation_musd[index];
            let cost = states.financed.project_tax[index];
            let annuities: f64 = states.financed.project_tax.iter().sum();
            EconomyOutcome {
                iso3: economy.iso3.clone(),
                name: economy.name.clone(),
                region: economy.region.clone(),
                tier: membership.map(|m| m.tier.clone()),
                has_voice: membership.is_some_and(|m| m.has_voice()),
                tier_after: bloc_after
                    .iter()
                    .find(|m| m.economy.index() == index)
                    .map(|m| m.tier.clone()),
                income_musd: income,
                partner_hours_before: partners_before.map(|c| c.hours),
                partner_hours_after: partners_after.map(|c| c.hours),
                partner_usd_per_teu_before: partners_before.map(|c| c.usd_per_teu),
                partner_usd_per_teu_after: partners_after.map(|c| c.usd_per_teu),
                trade_cost_change_percent: trade_cost_change(states, index),
                exports_before_musd: abroad(&totals_before, true),
                exports_after_musd: abroad(&totals_after, true),
                imports_before_musd: abroad(&totals_before, false),
                imports_after_musd: abroad(&totals_after, false),
                real_income_change_percent: percent(states.solution.real_income_hat[index], 1.0),
                real_income_change_musd: gain,
                price_index_change_percent: percent(states.solution.price_index_hat[index], 1.0),
                real_wage_change_percent: percent(states.solution.real_wage_hat[index], 1.0),
                from_trade_cost_percent: part(|m| &m.trade_cost),
                from_terms_of_trade_percent: part(|m| &m.terms_of_trade),
                from_tariff_revenue_percent: part(|m| &m.tariff_revenue),
                from_productivity_percent: part(|m| &m.productivity),
                from_trade_balance_percent: part(|m| &m.balance),
                from_project_percent: part(|m| &m.project),
                cost_share: if annuities > 0.0 {
                    cost / annuities
                } else {
                    0.0
                },
                cost_musd_per_year: cost,
                net_change_percent: percent(states.financed.real_income_hat[index], 1.0),
                net_change_musd: states.financed.equivalent_variation_musd[index],
                in_input_output: economy.in_input_output,
            }
        })
        .collect()
}

/// Mean journey to and from the largest partners, weighted by trade in both directions.
fn partner_mean(n: usize, index: usize, totals: &[f64], means: &[Option<Cost>]) -> Option<Cost> {
    let mut partners: Vec<(f64, usize)> = (0..n)
        .filter(|other| *other != index)
        .map(|other| (totals[index * n + other] + totals[other * n + index], other))
        .collect();
    partners.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut sum = Cost::default();
    let mut weight = 0.0;
    for (_, other) in partners.into_iter().take(PARTNERS) {
        // pair_means is [exporter][importer], totals are [importer][exporter].
        for (exporter, importer) in [(index, other), (other, index)] {
            let value = totals[importer * n + exporter];
            if let Some(mean) = means[exporter * n + importer]
                && value > 0.0
            {
                sum += mean * value;
                weight += value;
            }
        }
    }
    (weight > 0.0).then(|| sum * (1.0 / weight))
}

fn trade_cost_change(states: &States, index: usize) -> f64 {
    let n = states.economies();
    let (mut weighted, mut total) = (0.0, 0.0);
    for j in (0..states.sectors()).filter(|j| states.travels(*j)) {
        for other in (0..n).filter(|other| *other != index) {
            for at in [(j * n + index) * n + other, (j * n + other) * n + index] {
                let factor = states.costs.factor[at];
                if factor.is_finite() {
                    weighted += states.world.trade.value_musd[at] * (factor - 1.0);
                    total += states.world.trade.value_musd[at];
                }
            }
        }
    }
    if total > 0.0 {
        100.0 * weighted / total
    } else {
        0.0
    }
}

pub(crate) fn pairs(states: &States) -> Vec<PairOutcome> {
    let world = states.world;
    let n = states.economies();
    let class = CommodityClass::General;
    let before = pair_means(world, states.before, class);
    let after = pair_means(world, states.after, class);
    let totals_before = states.totals(&world.trade.value_musd);
    let totals_after = states.totals(&states.solution.trade_new);
    let mut rows = Vec::new();
    for exporter in 0..n {
        for importer in 0..n {
            let total = totals_before[importer * n + exporter];
            if total == 0.0 {
                continue;
            }
            let (mut weighted, mut goods) = (0.0, 0.0);
            let mut cut_off = false;
            for j in (0..states.sectors()).filter(|j| states.travels(*j)) {
                let at = (j * n + importer) * n + exporter;
                cut_off |= states.costs.factor[at].is_infinite();
                if states.costs.factor[at].is_finite() {
                    weighted += world.trade.value_musd[at] * (states.costs.factor[at] - 1.0);
                    goods += world.trade.value_musd[at];
                }
            }
            let (old, new) = (
                before[exporter * n + importer],
                after[exporter * n + importer],
            );
            rows.push(PairOutcome {
                exporter: world.economies[exporter].iso3.clone(),
                importer: world.economies[importer].iso3.clone(),
                hours_before: old.map(|c| c.hours),
                hours_after: new.map(|c| c.hours),
                usd_per_teu_before: old.map(|c| c.usd_per_teu),
                usd_per_teu_after: new.map(|c| c.usd_per_teu),
                trade_cost_change_percent: if goods > 0.0 {
                    Some(100.0 * weighted / goods)
                } else {
                    (!cut_off).then_some(0.0)
                },
                trade_before_musd: total,
                trade_after_musd: totals_after[importer * n + exporter],
            });
        }
    }
    rows
}

/// Economic size of every place: its share of its economy's product, million USD.
pub(crate) fn sizes(world: &World) -> Vec<f64> {
    world
        .places
        .iter()
        .enumerate()
        .map(|(index, place)| {
            let economy = world.economy_of_place(PlaceId::from_index(index));
            place.weight * world.economies[economy.index()].gdp_musd
        })
        .collect()
}

pub(crate) fn places(states: &States) -> Vec<PlaceOutcome> {
    let world = states.world;
    let sizes = sizes(world);
    let parameters = AccessParameters::default();
    let (before, after) = (
        states.before.class(parameters.class),
        states.after.class(parameters.class),
    );
    let access_before = Markets::new(world, parameters).access(states.before);
    let access_after = Markets::new(states.changed, parameters).access(states.after);
    (0..world.places.len())
        .into_par_iter()
        .map(|index| {
            let (from, place) = (PlaceId::from_index(index), &world.places[index]);
            let home = world.economy_of_place(from);
            let (mut hours, mut weight) = ([0.0; 2], [0.0; 2]);
            for (other, size) in sizes.iter().enumerate() {
                let to = PlaceId::from_index(other);
                if world.economy_of_place(to) == home {
                    continue;
                }
                for (state, skim) in [before, after].into_iter().enumerate() {
                    if let Some(mean) = skim.mean(from, to) {
                        hours[state] += size * mean.hours;
                        weight[state] += size;
                    }
                }
            }
            let mean = |state: usize| (weight[state] > 0.0).then(|| hours[state] / weight[state]);
            let access = access_before[index].zip(access_after[index]);
            PlaceOutcome {
                id: place.id.clone(),
                name: place.name.clone(),
                iso3: world.territories[place.territory.index()].iso3.clone(),
                lon: place.lon,
                lat: place.lat,
                population: place.population,
                hours_before: mean(0),
                hours_after: mean(1),
                market_access_change_percent: access.map(|(old, new)| 100.0 * (new - old).exp_m1()),
            }
        })
        .collect()
}

/// Changes worth a warning.
const LEAST_PERCENT: f64 = 0.001;
const LEAST_HOURS: f64 = 0.05;

fn hours_added(e: &EconomyOutcome) -> f64 {
    match (e.partner_hours_before, e.partner_hours_after) {
        (Some(before), Some(after)) => after - before,
        _ => 0.0,
    }
}

/// What a reader must know before using the figures.
pub(crate) fn warnings(states: &States, outcome: &Outcome) -> Vec<String> {
    let world = states.world;
    let name = |id: EconomyId| world.economies[id.index()].name.as_str();
    let economies = &outcome.economies;
    let mut warnings = vec![match &outcome.uncertainty {
        None => "These are point estimates. The ranges of the assumptions are listed, but not \
                 carried through to the results; --draws 500 does that."
            .to_owned(),
        Some(found) => format!(
            "Intervals hold what {} parameters with a range or a standard error make of the \
             result, drawn independently{}; journeys keep the route that is cheapest at the \
             central values. What has no range here is taken as certain: trade and production, the \
             scenario itself, borders and terminals but for the hours and charges of their mode.{}{}",
            found.parameters.len(),
            if world.estimates.estimates.is_empty() {
                ""
            } else {
                " but for those estimated together, which keep their covariance"
            },
            if found.failed > 0 {
                format!(" {} draws did not converge and are left out.", found.failed)
            } else {
                String::new()
            },
            match found.wrong_sign.len() {
                0 => String::new(),
                count => format!(
                    " {count} draws have an estimated parameter below zero and are left out."
                ),
            }
        ),
    }];
    let imputed: Vec<&str> = world
        .bloc(&states.scenario.bloc, Some("member"), None)
        .iter()
        .filter(|m| !world.economies[m.economy.index()].in_input_output)
        .map(|m| name(m.economy))
        .collect();
    if !imputed.is_empty() {
        warnings.push(format!(
            "The structure of production of {} is imputed from other economies.",
            imputed.join(", ")
        ));
    }
    let slower: Vec<&str> = economies
        .iter()
        .filter(|e| e.tier.is_some() && e.trade_cost_change_percent < -LEAST_PERCENT)
        .filter(|e| hours_added(e) > LEAST_HOURS)
        .map(|e| e.name.as_str())
        .collect();
    if !slower.is_empty() {
        warnings.push(format!(
            "Mean hours rise although costs fall for {}: cargo moves to a mode that is slower but \
             cheaper.",
            slower.join(", ")
        ));
    }
    if states.mechanisms.is_none() {
        warnings.push("The change of real income could not be split by what moves it.".to_owned());
    }
    if !states.scenario.projects().is_empty() {
        warnings.push(
            "Projects are paid by equal yearly taxes over their life, and their cost is spent in \
             the same yearly parts; the years of construction are not told apart. Exports, imports \
             and prices are shown without this finance, net gains with it."
                .to_owned(),
        );
    }
    if !states.scenario.unpriced().is_empty() {
        warnings.push(format!(
            "Nobody is charged for projects whose cost is not known: {}.",
            states.scenario.unpriced().join(", ")
        ));
    }
    if !states.costs.unconnected.is_empty() {
        let value: f64 = states
            .costs
            .unconnected
            .iter()
            .map(|(exporter, importer)| world.trade.total_musd(*importer, *exporter))
            .sum();
        let total: f64 = world.trade.value_musd.iter().sum();
        warnings.push(format!(
            "{} economy pairs with trade have no journey in the network (trade of {:.0} million \
             USD, {:.4} % of all sales); their trade costs are left as they are.",
            states.costs.unconnected.len(),
            value,
            100.0 * value / total
        ));
    }
    if !states.costs.cut_off.is_empty() {
        let pairs: Vec<String> = states
            .costs
            .cut_off
            .iter()
            .take(10)
            .map(|(exporter, importer)| format!("{} → {}", name(*exporter), name(*importer)))
            .collect();
        warnings.push(format!(
            "The scenario cuts off {} economy pairs that traded: {}{}.",
            states.costs.cut_off.len(),
            pairs.join(", "),
            if states.costs.cut_off.len() > 10 {
                ", …"
            } else {
                ""
            }
        ));
    }
    if states.changed.places.len() != world.places.len() {
        warnings.push("The scenario adds places; they have no trade of their own.".to_owned());
    }
    warnings
}
