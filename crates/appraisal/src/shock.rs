//! A world and a scenario as the equilibrium wants them.

use comity_equilibrium::{Calibration, EquilibriumError, Shock};
use comity_scenario::Resolved;
use comity_world::World;

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub enum AppraisalError {
    #[error("{message}")]
    Equilibrium {
        message: String,
        source: EquilibriumError,
    },
    #[error(
        "{failed} of {draws} draws have no equilibrium within the tolerance, too many to leave out"
    )]
    Draws { failed: usize, draws: usize },
}

/// What a scenario changes besides journeys and projects: tariffs, non-tariff costs, productivity.
pub(crate) fn shock(calibration: &Calibration, changed: &World, scenario: &Resolved) -> Shock {
    let mut shock = Shock::none(calibration);
    shock.tariff.clone_from(&changed.trade.tariff);
    for ((sector, importer, exporter), factor) in scenario.non_tariff_costs() {
        shock.trade_cost[changed.trade.at(sector, importer, exporter)] *= factor;
    }
    for ((economy, sector), factor) in scenario.productivity() {
        shock.productivity[economy.index() * calibration.sectors + sector.index()] *= factor;
    }
    shock
}

/// Taxes and spending of the projects, with these capital costs, into the shock.
pub(crate) fn pay(scenario: &Resolved, costs_musd: &[f64], shock: &mut Shock) {
    for (project, cost) in scenario.projects().iter().zip(costs_musd) {
        let annuity = project.annuity_of(*cost);
        for (economy, share) in &project.paid_by {
            shock.tax[economy.index()] += share * annuity;
        }
        for (economy, share) in &project.spent_in {
            shock.project_spending[economy.index()] += share * annuity;
        }
    }
}

/// Capital costs as the scenario has them.
pub(crate) fn costs_musd(scenario: &Resolved) -> Vec<f64> {
    scenario.projects().iter().map(|p| p.cost_musd).collect()
}

/// The world as the equilibrium wants it.
pub(crate) fn calibrate(world: &World) -> Result<Calibration, EquilibriumError> {
    Calibration::new(
        world.economies.len(),
        world.sectors.len(),
        world.trade.value_musd.clone(),
        world.trade.tariff.clone(),
        world.accounts.input_share.clone(),
        world.sectors.iter().map(|s| s.trade_elasticity).collect(),
    )
}

/// Say which economy and sector the numbers in the error mean.
pub(crate) fn explain(world: &World, source: EquilibriumError) -> AppraisalError {
    let mut message = source.to_string();
    if let EquilibriumError::NotConverged {
        economy, sector, ..
    } = &source
    {
        let name = &world.economies[*economy].name;
        message.push_str(&format!(" (economy: {name}"));
        if let Some(sector) = sector {
            message.push_str(&format!(", sector: {}", world.sectors[*sector].name));
        }
        message.push(')');
    }
    AppraisalError::Equilibrium { message, source }
}
