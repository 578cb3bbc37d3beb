//! The equilibrium alone, with all its tables.

use crate::Progress;
use crate::outcome::Diagnostics;
use crate::run::{SPLIT_TOLERANCE, diagnostics};
use crate::shock::{AppraisalError, calibrate, closing_warnings, costs_musd, explain, pay, shock};
use comity_equilibrium::{
    Calibration, FirstOrder, IncomeSources, Mechanisms, Settings, Shock, Solution,
    by_income_source, by_mechanism, first_order_caliendo_parro,
};
use comity_network::{Engine, values_of_time};
use comity_scenario::Resolved;
use comity_world::World;
use serde::Serialize;

/// An equilibrium before and after a scenario, labelled. `_hat` is new over old; money in million
/// USD a year of the baseline's unit of account.
#[derive(Clone, Debug, Serialize)]
pub struct Equilibrium {
    pub scenario: String,
    pub name: String,
    /// What is held fixed while solving.
    pub settings: Settings,
    /// False where the scenario leaves journeys alone, so that none were searched.
    pub journeys_searched: bool,
    pub economies: Vec<EconomyRow>,
    pub sectors: Vec<SectorRow>,
    pub trade: Vec<TradeRow>,
    pub diagnostics: Diagnostics,
}

/// An economy. Parts are in percent of baseline income.
#[derive(Clone, Debug, Serialize)]
pub struct EconomyRow {
    pub iso3: String,
    pub name: String,
    pub wage_hat: f64,
    pub price_index_hat: f64,
    pub real_wage_hat: f64,
    pub income_musd: f64,
    pub income_new_musd: f64,
    pub tariff_revenue_musd: f64,
    pub tariff_revenue_new_musd: f64,
    /// Exports less imports.
    pub trade_balance_musd: f64,
    pub trade_balance_new_musd: f64,
    pub project_tax_musd: f64,
    pub project_spending_musd: f64,
    /// Exact; with project taxes taken off.
    pub real_income_change_percent: f64,
    /// Equivalent variation.
    pub real_income_change_musd: f64,
    /// Real income by where the money comes from; the four add up to the exact change.
    pub source_real_wage_percent: f64,
    pub source_tariff_revenue_percent: f64,
    pub source_trade_balance_percent: f64,
    pub source_project_tax_percent: f64,
    /// Real income by what moved it, integrated along the path; they add up to the exact change.
    /// Missing where the integral did not come within its tolerance.
    pub from_trade_cost_percent: Option<f64>,
    pub from_terms_of_trade_percent: Option<f64>,
    pub from_tariff_revenue_percent: Option<f64>,
    pub from_productivity_percent: Option<f64>,
    pub from_trade_balance_percent: Option<f64>,
    pub from_project_percent: Option<f64>,
    /// The one-step terms of Caliendo & Parro (2015), which are not the exact change.
    pub first_order_caliendo_parro_terms_of_trade_percent: f64,
    pub first_order_caliendo_parro_volume_of_trade_percent: f64,
    pub first_order_caliendo_parro_percent: f64,
}

/// A sector of an economy.
#[derive(Clone, Debug, Serialize)]
pub struct SectorRow {
    pub iso3: String,
    pub sector: String,
    /// Price to buyers in the economy.
    pub price_hat: f64,
    /// Unit cost of producers in the economy, before productivity.
    pub cost_hat: f64,
    pub output_musd: f64,
    pub output_new_musd: f64,
    /// Tariffs included.
    pub expenditure_musd: f64,
    pub expenditure_new_musd: f64,
}

/// A flow; domestic sales included.
#[derive(Clone, Debug, Serialize)]
pub struct TradeRow {
    pub exporter: String,
    pub importer: String,
    pub sector: String,
    /// Net of tariff.
    pub trade_musd: f64,
    pub trade_new_musd: f64,
    pub tariff: f64,
    pub tariff_new: f64,
    /// Change of the iceberg trade cost; missing where the pair is cut off.
    pub trade_cost_hat: Option<f64>,
    /// Share of the exporter in the importer's spending on the sector.
    pub share: f64,
    pub share_new: f64,
}

/// Solve for the equilibrium after a scenario. Journeys are searched only where it changes them.
///
/// # Errors
/// If the world's accounts are inconsistent or the equilibrium does not converge.
pub fn solve(
    world: &World,
    scenario: &Resolved,
    settings: &Settings,
    command: &str,
    progress: &dyn Progress,
) -> Result<Equilibrium, AppraisalError> {
    let changed = scenario.apply(world);
    let (calibration, closing) = calibrate(world).map_err(|e| explain(world, e))?;
    let mut change = shock(&calibration, &changed, scenario);
    let journeys_searched = scenario.changes_journeys();
    if journeys_searched {
        let values = values_of_time(world);
        let (before, after) = (Engine::new(world, values), Engine::new(&changed, values));
        progress.stage("journeys, baseline", before.searches());
        let old = before.skim(None, &|| progress.step());
        progress.stage("journeys, scenario", after.searches());
        let new = after.skim(Some(&old), &|| progress.step());
        let costs = comity_trade_costs::change(world, &old, &new);
        for (factor, journeys) in change.trade_cost.iter_mut().zip(&costs.factor) {
            *factor *= journeys;
        }
    }
    pay(&calibration, scenario, &costs_musd(scenario), &mut change)
        .map_err(|e| explain(world, e))?;
    progress.stage("equilibrium", 0);
    let solution = comity_equilibrium::solve(&calibration, &change, settings)
        .map_err(|e| explain(world, e))?;
    let parts = Parts {
        sources: by_income_source(&calibration, &solution),
        mechanisms: by_mechanism(&calibration, &change, settings, SPLIT_TOLERANCE).ok(),
        first_order: first_order_caliendo_parro(&calibration, &solution),
    };
    let mut diagnostics = diagnostics(world, &solution, command);
    diagnostics.warnings = closing_warnings(world, &closing);
    Ok(Equilibrium {
        scenario: scenario.id.clone(),
        name: scenario.name.clone(),
        settings: settings.clone(),
        journeys_searched,
        economies: economies(world, &calibration, &change, &solution, &parts),
        sectors: sectors(world, &calibration, &solution),
        trade: trade(world, &calibration, &change, &solution),
        diagnostics,
    })
}

struct Parts {
    sources: IncomeSources,
    mechanisms: Option<Mechanisms>,
    first_order: FirstOrder,
}

fn economies(
    world: &World,
    calibration: &Calibration,
    shock: &Shock,
    solution: &Solution,
    parts: &Parts,
) -> Vec<EconomyRow> {
    let row = |n: usize| {
        let from =
            |of: fn(&Mechanisms) -> &Vec<f64>| parts.mechanisms.as_ref().map(|m| 100.0 * of(m)[n]);
        let payments = shock.tax[n] - shock.project_spending[n];
        EconomyRow {
            iso3: world.economies[n].iso3.clone(),
            name: world.economies[n].name.clone(),
            wage_hat: solution.wage_hat[n],
            price_index_hat: solution.price_index_hat[n],
            real_wage_hat: solution.real_wage_hat[n],
            income_musd: calibration.income(n),
            income_new_musd: solution.income_new[n],
            tariff_revenue_musd: calibration.revenue(n),
            tariff_revenue_new_musd: solution.revenue_new[n],
            trade_balance_musd: calibration.surplus(n),
            trade_balance_new_musd: solution.surplus_new[n] + payments,
            project_tax_musd: shock.tax[n],
            project_spending_musd: shock.project_spending[n],
            real_income_change_percent: 100.0 * (solution.real_income_hat[n] - 1.0),
            real_income_change_musd: solution.equivalent_variation_musd[n],
            source_real_wage_percent: 100.0 * parts.sources.real_wage[n],
            source_tariff_revenue_percent: 100.0 * parts.sources.tariff_revenue[n],
            source_trade_balance_percent: 100.0 * parts.sources.balance[n],
            source_project_tax_percent: 100.0 * parts.sources.project_tax[n],
            from_trade_cost_percent: from(|m| &m.trade_cost),
            from_terms_of_trade_percent: from(|m| &m.terms_of_trade),
            from_tariff_revenue_percent: from(|m| &m.tariff_revenue),
            from_productivity_percent: from(|m| &m.productivity),
            from_trade_balance_percent: from(|m| &m.balance),
            from_project_percent: from(|m| &m.project),
            first_order_caliendo_parro_terms_of_trade_percent: 100.0
                * parts.first_order.terms_of_trade[n],
            first_order_caliendo_parro_volume_of_trade_percent: 100.0
                * parts.first_order.volume_of_trade[n],
            first_order_caliendo_parro_percent: 100.0 * parts.first_order.total[n],
        }
    };
    (0..world.economies.len()).map(row).collect()
}

fn sectors(world: &World, calibration: &Calibration, solution: &Solution) -> Vec<SectorRow> {
    let mut rows = Vec::with_capacity(world.economies.len() * world.sectors.len());
    for (n, economy) in world.economies.iter().enumerate() {
        for (j, sector) in world.sectors.iter().enumerate() {
            let at = n * world.sectors.len() + j;
            rows.push(SectorRow {
                iso3: economy.iso3.clone(),
                sector: sector.code.clone(),
                price_hat: solution.price_hat[at],
                cost_hat: solution.cost_hat[at],
                output_musd: calibration.output(n, j),
                output_new_musd: solution.output_new[at],
                expenditure_musd: calibration.expenditure(n, j),
                expenditure_new_musd: solution.expenditure_new[at],
            });
        }
    }
    rows
}

fn trade(
    world: &World,
    calibration: &Calibration,
    shock: &Shock,
    solution: &Solution,
) -> Vec<TradeRow> {
    let n = world.economies.len();
    let mut rows = Vec::new();
    for (i, exporter) in world.economies.iter().enumerate() {
        for (m, importer) in world.economies.iter().enumerate() {
            for (j, sector) in world.sectors.iter().enumerate() {
                let at = (j * n + m) * n + i;
                if calibration.trade[at] == 0.0 {
                    continue;
                }
                let cost = shock.trade_cost[at];
                rows.push(TradeRow {
                    exporter: exporter.iso3.clone(),
                    importer: importer.iso3.clone(),
                    sector: sector.code.clone(),
                    trade_musd: calibration.trade[at],
                    trade_new_musd: solution.trade_new[at],
                    tariff: calibration.tariff[at],
                    tariff_new: shock.tariff[at],
                    trade_cost_hat: cost.is_finite().then_some(cost),
                    share: calibration.share(j, m, i),
                    share_new: solution.share_new(shock, j, m, i),
                });
            }
        }
    }
    rows
}
