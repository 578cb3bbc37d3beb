//! A world and a scenario as the equilibrium wants them.

use comity_equilibrium::{
    Adjustment, Calibration, Closing, EquilibriumError, Loan, NOTABLE, Project, Shock,
};
use comity_scenario::Resolved;
use comity_world::{EconomyId, World};

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
    #[error(
        "in {count} of {draws} draws an estimated parameter is below zero, which has no meaning; \
         most often the {parameter}; an estimate so close to zero does not tell its sign: use a \
         more exact one, or leave this parameter out"
    )]
    WrongSign {
        count: usize,
        draws: usize,
        parameter: String,
    },
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

/// Taxes and spending of the projects, with these capital costs, into the shock. Loans keep their
/// share of the cost.
///
/// # Errors
/// None for a resolved scenario, whose shares add up and whose loans do not exceed the cost.
pub(crate) fn pay(
    calibration: &Calibration,
    scenario: &Resolved,
    costs_musd: &[f64],
    shock: &mut Shock,
) -> Result<(), EquilibriumError> {
    let indices = |shares: &[(EconomyId, f64)]| -> Vec<(usize, f64)> {
        shares
            .iter()
            .map(|(id, share)| (id.index(), *share))
            .collect()
    };
    let projects: Vec<Project> = scenario
        .projects()
        .iter()
        .zip(costs_musd)
        .filter(|(_, cost)| **cost > 0.0)
        .map(|(project, cost)| Project {
            cost_musd: *cost,
            life_years: project.life_years,
            discount_rate: project.discount_rate,
            paid_by: indices(&project.paid_by),
            spent_in: indices(&project.spent_in),
            buys: None,
            loans: project
                .loans
                .iter()
                .map(|loan| Loan {
                    principal_share: loan.principal_share,
                    lender: loan.lender.index(),
                    borrowers: indices(&loan.repaid_by),
                    years: loan.years,
                    rate: loan.rate,
                })
                .collect(),
        })
        .collect();
    shock.finance(calibration, &projects).map(|_| ())
}

/// Capital costs as the scenario has them.
pub(crate) fn costs_musd(scenario: &Resolved) -> Vec<f64> {
    scenario.projects().iter().map(|p| p.cost_musd).collect()
}

/// The world as the equilibrium wants it, made consistent where its accounts do not close.
pub(crate) fn calibrate(world: &World) -> Result<(Calibration, Closing), EquilibriumError> {
    Calibration::consistent(
        world.economies.len(),
        world.sectors.len(),
        world.trade.value_musd.clone(),
        world.trade.tariff.clone(),
        world.accounts.input_share.clone(),
        world.sectors.iter().map(|s| s.trade_elasticity).collect(),
        None,
    )
}

/// What a reader must know of accounts that had to be moved; empty if they closed.
pub(crate) fn closing_warnings(world: &World, closing: &Closing) -> Vec<String> {
    if closing.adjustments.is_empty() {
        return vec![];
    }
    let mut worst = closing.adjustments.clone();
    let moved = |a: &Adjustment| (a.used_musd - a.stated_musd).abs();
    worst.sort_by(|a, b| moved(b).total_cmp(&moved(a)));
    let cells: Vec<String> = worst
        .iter()
        .take(5)
        .map(|a| {
            let what = match a.sector {
                Some(j) => format!("final demand for {}", world.sectors[j].name),
                None => "trade balance".to_owned(),
            };
            format!(
                "{}, {what}: {:.1} instead of {:.1} million USD",
                world.economies[a.economy].name, a.used_musd, a.stated_musd
            )
        })
        .collect();
    let mut warnings = vec![format!(
        "The world's accounts did not close; {} numbers were moved, most of all {}.",
        closing.adjustments.len(),
        cells.join("; ")
    )];
    let notable: Vec<String> = closing
        .warnings(NOTABLE)
        .into_iter()
        .map(|(n, share)| format!("{} ({:.1} %)", world.economies[n].name, 100.0 * share))
        .collect();
    if !notable.is_empty() {
        warnings.push(format!(
            "Closing the accounts moved more than 5 % of income of {}: do not rely on their figures.",
            notable.join(", ")
        ));
    }
    warnings
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
