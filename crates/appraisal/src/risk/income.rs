//! Real income when something closes.

use super::Base;
use crate::shock::{AppraisalError, calibrate, costs_musd, explain, pay, shock};
use comity_equilibrium::{Calibration, Settings, Shock, Solution};
use comity_network::{Engine, Skims, values_of_time};
use comity_world::World;

/// Solves for equilibria around a state.
pub(super) struct Incomes<'a> {
    base: &'a Base<'a>,
    settings: &'a Settings,
    calibration: Calibration,
    values: [f64; 3],
    /// Journeys of the world before the scenario, and of the state if there is a scenario.
    original: Skims,
    state: Option<Skims>,
    /// Change of trade costs by the scenario's journeys, and its equilibrium.
    before: Option<(Vec<f64>, Solution)>,
}

/// Change of real income by economy.
pub(super) struct IncomeChange {
    pub percent: Vec<f64>,
    /// Equivalent variation, million USD a year.
    pub musd: Vec<f64>,
}

impl<'a> Incomes<'a> {
    pub fn new(
        base: &'a Base<'a>,
        settings: &'a Settings,
        tick: &(dyn Fn() + Sync),
    ) -> Result<Incomes<'a>, AppraisalError> {
        let world = base.world;
        let calibration = calibrate(world).map_err(|e| explain(world, e))?.0;
        let values = values_of_time(world);
        let original = Engine::new(world, values).skim(None, tick);
        let state = base
            .scenario
            .map(|(_, changed)| Engine::new(changed, values).skim(Some(&original), tick));
        let mut incomes = Incomes {
            base,
            settings,
            calibration,
            values,
            original,
            state,
            before: None,
        };
        if let Some(state) = &incomes.state {
            let factor = comity_trade_costs::change(world, &incomes.original, state).factor;
            let solution = incomes.solve(&factor)?;
            incomes.before = Some((factor, solution));
        }
        Ok(incomes)
    }

    fn solve(&self, factor: &[f64]) -> Result<Solution, AppraisalError> {
        let world = self.base.world;
        let mut found = match self.base.scenario {
            Some((resolved, changed)) => {
                let mut found = shock(&self.calibration, changed, resolved);
                pay(
                    &self.calibration,
                    resolved,
                    &costs_musd(resolved),
                    &mut found,
                )
                .map_err(|e| explain(world, e))?;
                found
            }
            None => Shock::none(&self.calibration),
        };
        for (cost, journeys) in found.trade_cost.iter_mut().zip(factor) {
            *cost *= journeys;
        }
        match &self.before {
            Some((_, start)) => {
                comity_equilibrium::solve_from(&self.calibration, &found, self.settings, start)
            }
            None => comity_equilibrium::solve(&self.calibration, &found, self.settings),
        }
        .map_err(|e| explain(world, e))
    }

    /// From the state to the same with something closed. Exactly zero where no trade cost changes.
    pub fn change(&self, closed: &World) -> Result<IncomeChange, AppraisalError> {
        let nearest = self.state.as_ref().unwrap_or(&self.original);
        let after = Engine::new(closed, self.values).skim(Some(nearest), &|| ());
        let costs = comity_trade_costs::change(self.base.world, &self.original, &after);
        let same = match &self.before {
            Some((factor, _)) => *factor == costs.factor,
            None => costs.factor.iter().all(|f| *f == 1.0),
        };
        let n = self.base.world.economies.len();
        if same {
            return Ok(IncomeChange {
                percent: vec![0.0; n],
                musd: vec![0.0; n],
            });
        }
        let solution = self.solve(&costs.factor)?;
        let old = self.before.as_ref().map(|before| &before.1);
        let percent = |n: usize| {
            let hat = old.map_or(1.0, |s| s.real_income_hat[n]);
            100.0 * (solution.real_income_hat[n] / hat - 1.0)
        };
        let musd = |n: usize| {
            let worth = old.map_or(0.0, |s| s.equivalent_variation_musd[n]);
            solution.equivalent_variation_musd[n] - worth
        };
        Ok(IncomeChange {
            percent: (0..n).map(percent).collect(),
            musd: (0..n).map(musd).collect(),
        })
    }
}
