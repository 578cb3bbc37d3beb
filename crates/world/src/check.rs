//! Accounting identities and cross-table rules that a world must satisfy.

use crate::problem::Problem;
use crate::{EconomyId, Mode, SectorId, World};

/// Largest relative gap of an accounting identity that is accepted.
pub const ACCOUNTS_TOLERANCE: f64 = 1e-6;

/// The identities of a world and the largest relative gap found in each.
#[derive(Clone, Debug)]
pub struct AccountsReport {
    /// Sales (net of tariff, domestic included) against gross output.
    pub sales_output: Gap,
    /// Value added plus inputs against gross output.
    pub inputs_output: Gap,
    /// Expenditure (tariffs included) against final demand plus inputs.
    pub expenditure: Gap,
}

/// The worst cell of an identity.
#[derive(Clone, Debug)]
pub struct Gap {
    pub relative: f64,
    pub economy: EconomyId,
    pub sector: SectorId,
}

impl Gap {
    fn new() -> Self {
        Gap {
            relative: 0.0,
            economy: EconomyId::from_index(0),
            sector: SectorId::from_index(0),
        }
    }

    fn see(&mut self, left: f64, right: f64, economy: usize, sector: usize) {
        let relative = (left - right).abs() / left.abs().max(right.abs()).max(1e-6);
        if relative > self.relative {
            *self = Gap {
                relative,
                economy: EconomyId::from_index(economy),
                sector: SectorId::from_index(sector),
            };
        }
    }
}

/// Measure the accounting identities.
pub fn accounts(world: &World) -> AccountsReport {
    let (economies, sectors) = (world.economies.len(), world.sectors.len());
    let accounts = &world.accounts;
    let trade = &world.trade;
    let mut report = AccountsReport {
        sales_output: Gap::new(),
        inputs_output: Gap::new(),
        expenditure: Gap::new(),
    };
    for j in 0..sectors {
        let block = j * economies * economies;
        let mut sales = vec![0.0; economies];
        let mut spent = vec![0.0; economies];
        for (n, spending) in spent.iter_mut().enumerate() {
            for (i, sold) in sales.iter_mut().enumerate() {
                let at = block + n * economies + i;
                *sold += trade.value_musd[at];
                *spending += trade.value_musd[at] * (1.0 + trade.tariff[at]);
            }
        }
        for n in 0..economies {
            let output = accounts.gross_output_musd[n * sectors + j];
            report.sales_output.see(sales[n], output, n, j);
            let inputs: f64 = (0..sectors)
                .map(|k| accounts.input_share[(n * sectors + k) * sectors + j])
                .sum();
            let value_added = accounts.value_added_musd[n * sectors + j];
            report
                .inputs_output
                .see(inputs * output + value_added, output, n, j);
            let bought: f64 = (0..sectors)
                .map(|k| {
                    accounts.input_share[(n * sectors + j) * sectors + k]
                        * accounts.gross_output_musd[n * sectors + k]
                })
                .sum();
            let final_demand = accounts.final_demand_musd[n * sectors + j];
            report
                .expenditure
                .see(bought + final_demand, spent[n], n, j);
        }
    }
    report
}

/// Problems that only a whole world can have: accounts that do not close, economies without
/// places, weights that do not add up, dangling references.
pub fn world(world: &World) -> Vec<Problem> {
    let mut problems = Vec::new();
    let report = accounts(world);
    for (file, what, gap) in [
        (
            "production.csv",
            "sales in the trade table and gross output differ",
            &report.sales_output,
        ),
        (
            "production.csv",
            "value added and inputs do not add to gross output",
            &report.inputs_output,
        ),
        (
            "production.csv",
            "final demand and inputs do not add to expenditure",
            &report.expenditure,
        ),
    ] {
        if gap.relative > ACCOUNTS_TOLERANCE {
            problems.push(Problem::new(
                file,
                format!(
                    "{what}: by {:.3} % for {} {} (the worst cell)",
                    100.0 * gap.relative,
                    world.economies[gap.economy.index()].iso3,
                    world.sectors[gap.sector.index()].code
                ),
            ));
        }
    }
    let mut weight = vec![0.0; world.economies.len()];
    for place in &world.places {
        weight[world.territories[place.territory.index()].economy.index()] += place.weight;
    }
    for (economy, weight) in world.economies.iter().zip(weight) {
        if weight == 0.0 {
            problems.push(Problem::new(
                "places.csv",
                format!(
                    "{} ({}) has no place, so nothing can be sent there",
                    economy.iso3, economy.name
                ),
            ));
        } else if (weight - 1.0_f64).abs() > 1e-6 {
            problems.push(
                Problem::new(
                    "places.csv",
                    format!(
                        "the weights of the places of {} add to {weight:.6}, not to 1",
                        economy.iso3
                    ),
                )
                .column("weight_in_economy"),
            );
        }
    }
    let road_classes = || {
        let classes = world.network.classes.iter();
        classes.filter(|c| c.mode == Mode::Road)
    };
    let local = world.settings.journeys.local_road_class.as_str();
    if !road_classes().any(|c| c.class == local) {
        problems.push(
            Problem::new("world.toml", "the modes table has no such class of road")
                .column("journeys.local-road-class")
                .value(local)
                .did_you_mean(local, road_classes().map(|c| c.class.as_str())),
        );
    }
    if !world
        .bloc_names()
        .contains(&world.settings.default_bloc.as_str())
    {
        problems.push(
            Problem::new("world.toml", "blocs.csv has no such bloc")
                .column("default-bloc")
                .value(&world.settings.default_bloc)
                .did_you_mean(&world.settings.default_bloc, world.bloc_names()),
        );
    }
    problems
}
