//! The order of the stages.

use crate::compare::{self, States};
use crate::draws::{self, Draws, Setting};
use crate::outcome::{
    Diagnostics, MapLink, Outcome, ProjectSummary, ScenarioSummary, TableCredit, WorldSummary,
};
use crate::shock::{AppraisalError, calibrate, closing_warnings, costs_musd, explain, pay, shock};
use crate::{Progress, assumptions, corridors, verdict};
use comity_equilibrium::{Settings, Solution};
use comity_network::{Engine, values_of_time};
use comity_scenario::Resolved;
use comity_trade_costs::Affected;
use comity_world::{EconomyId, World};
use std::collections::BTreeMap;
use std::time::Instant;

/// What an appraisal may be asked.
#[derive(Clone, Debug)]
pub struct Options {
    /// Settings of the equilibrium solver.
    pub equilibrium: Settings,
    /// How many corridors to list.
    pub corridors: usize,
    /// How many journeys to draw.
    pub journeys: usize,
    /// Draw the uncertain parameters; `None` for point estimates alone.
    pub draws: Option<Draws>,
    /// The command that reproduces the outcome.
    pub command: String,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            equilibrium: Settings::default(),
            corridors: 12,
            journeys: 4,
            draws: None,
            command: String::new(),
        }
    }
}

/// The parts of a change of real income add up to it within this share of income.
pub(crate) const SPLIT_TOLERANCE: f64 = 1e-10;

/// Compare a scenario with its world.
///
/// # Errors
/// If the world's accounts are inconsistent or the equilibrium does not converge.
pub fn appraise(
    world: &World,
    scenario: &Resolved,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Outcome, AppraisalError> {
    let mut clock = Clock::new();
    let changed = scenario.apply(world);
    let values = values_of_time(world);

    let engine_before = Engine::new(world, values);
    progress.stage("journeys, baseline", engine_before.searches());
    let before = engine_before.skim(None, &|| progress.step());
    clock.lap("journeys, baseline");
    let engine_after = Engine::new(&changed, values);
    progress.stage("journeys, scenario", engine_after.searches());
    let after = engine_after.skim(Some(&before), &|| progress.step());
    clock.lap("journeys, scenario");

    progress.stage("trade costs", 0);
    let costs = comity_trade_costs::change(world, &before, &after);
    clock.lap("trade costs");

    progress.stage("equilibrium", 0);
    let (calibration, closing) = calibrate(world).map_err(|e| explain(world, e))?;
    let mut shock = shock(&calibration, &changed, scenario);
    for (factor, journeys) in shock.trade_cost.iter_mut().zip(&costs.factor) {
        *factor *= journeys;
    }
    let settings = &options.equilibrium;
    let solution =
        comity_equilibrium::solve(&calibration, &shock, settings).map_err(|e| explain(world, e))?;
    let financed = if scenario.projects().is_empty() {
        solution.clone()
    } else {
        pay(&calibration, scenario, &costs_musd(scenario), &mut shock)
            .map_err(|e| explain(world, e))?;
        comity_equilibrium::solve_from(&calibration, &shock, settings, &solution)
            .map_err(|e| explain(world, e))?
    };
    let mechanisms =
        comity_equilibrium::by_mechanism(&calibration, &shock, settings, SPLIT_TOLERANCE).ok();
    clock.lap("equilibrium");

    let uncertainty = match options.draws {
        None => None,
        Some(how) => {
            let affected = Affected::new(world, &before, &after);
            let setting = Setting {
                world,
                changed: &changed,
                scenario,
                calibration: &calibration,
                settings,
                central: &financed,
                affected: &affected,
            };
            let found = draws::run(&setting, how, progress)?;
            clock.lap("draws");
            Some(found)
        }
    };

    progress.stage("comparison", 0);
    let states = States {
        world,
        changed: &changed,
        scenario,
        before: &before,
        after: &after,
        costs: &costs,
        calibration: &calibration,
        solution: &solution,
        financed: &financed,
        mechanisms: mechanisms.as_ref(),
    };
    let economies = compare::economies(&states);
    let corridors = corridors::changed_most(&states, options.corridors);
    let journeys = corridors::journeys(
        &states,
        &engine_before,
        &engine_after,
        &corridors,
        options.journeys,
    );
    let mut outcome = Outcome {
        scenario: summary(world, scenario),
        world: world_summary(world),
        verdict: verdict::of(scenario, &economies),
        pairs: compare::pairs(&states),
        places: compare::places(&states),
        economies,
        corridors: corridors.into_iter().map(|c| c.row).collect(),
        journeys,
        map_links: scenario
            .changed_links()
            .iter()
            .map(|link| MapLink {
                label: link.label.clone(),
                mode: link.mode.label().to_owned(),
                change: link.change.label().to_owned(),
                line: link.line.clone(),
            })
            .collect(),
        uncertainty,
        assumptions: assumptions::list(world, values),
        sources: credits(world),
        diagnostics: diagnostics(world, &financed, &options.command),
    };
    outcome.diagnostics.counts.extend(engine_before.counts());
    outcome.diagnostics.counts.insert(
        "isolated places".to_owned(),
        engine_before.isolated_places(&before).len() as u64,
    );
    outcome.diagnostics.warnings = compare::warnings(&states, &outcome);
    outcome
        .diagnostics
        .warnings
        .extend(closing_warnings(world, &closing));
    outcome.diagnostics.counts.insert(
        "account cells moved to close".to_owned(),
        closing.adjustments.len() as u64,
    );
    clock.lap("comparison");
    outcome.diagnostics.seconds = clock.laps;
    Ok(outcome)
}

fn summary(world: &World, scenario: &Resolved) -> ScenarioSummary {
    let labelled = |shares: &[(EconomyId, f64)]| -> BTreeMap<String, f64> {
        let label = |id: &EconomyId| world.economies[id.index()].iso3.clone();
        shares
            .iter()
            .map(|(id, share)| (label(id), *share))
            .collect()
    };
    ScenarioSummary {
        id: scenario.id.clone(),
        name: scenario.name.clone(),
        description: scenario.description.clone(),
        bloc: scenario.bloc.clone(),
        modifications: scenario.describe(),
        projects: scenario
            .projects()
            .iter()
            .map(|project| ProjectSummary {
                name: project.name.clone(),
                cost_musd: project.cost_musd,
                life_years: project.life_years,
                discount_rate: project.discount_rate,
                annuity_musd: project.annuity_musd(),
                paid_by: labelled(&project.paid_by),
                spent_in: labelled(&project.spent_in),
                loans: project.loan_sentences(world),
            })
            .collect(),
        sources: scenario.sources.clone(),
    }
}

pub(crate) fn world_summary(world: &World) -> WorldSummary {
    WorldSummary {
        name: world.settings.name.clone(),
        title: world.settings.title.clone(),
        version: world.settings.version.clone(),
        base_year: world.settings.base_year,
        economies: world.economies.len(),
        sectors: world.sectors.len(),
        places: world.places.len(),
        nodes: world.network.nodes.len(),
        links: world.network.links.len(),
    }
}

/// Where the world's tables come from.
pub(crate) fn credits(world: &World) -> Vec<TableCredit> {
    let credit = |(table, source): (&String, &comity_world::settings::TableSource)| TableCredit {
        table: table.clone(),
        title: source.title.clone(),
        licence: source.licence.clone(),
    };
    world.settings.sources.iter().map(credit).collect()
}

pub(crate) fn diagnostics(world: &World, solution: &Solution, command: &str) -> Diagnostics {
    let found = &solution.residuals;
    let residuals = [
        ("goods", found.goods.size),
        ("prices", found.prices.size),
        ("income", found.income.size),
        ("balance", found.balance.size),
        ("trade", found.trade.size),
    ];
    let mut counts = BTreeMap::new();
    for adjustment in &world.trade_adjustments {
        *counts
            .entry(format!("trade pairs {}", adjustment.kind))
            .or_insert(0) += 1;
    }
    let imputed = world
        .economies
        .iter()
        .filter(|e| !e.in_input_output)
        .count();
    counts.insert(
        "economies with imputed production structure".to_owned(),
        imputed as u64,
    );
    counts.insert(
        "reported trade pairs".to_owned(),
        world.reported_trade.len() as u64,
    );
    Diagnostics {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        iterations: solution.iterations,
        residuals: residuals
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect(),
        seconds: BTreeMap::new(),
        counts,
        warnings: vec![],
        inputs: world.hashes.clone(),
        command: command.to_owned(),
    }
}

struct Clock {
    last: Instant,
    laps: BTreeMap<String, f64>,
}

impl Clock {
    fn new() -> Self {
        Clock {
            last: Instant::now(),
            laps: BTreeMap::new(),
        }
    }

    fn lap(&mut self, stage: &str) {
        self.laps
            .insert(stage.to_owned(), self.last.elapsed().as_secs_f64());
        self.last = Instant::now();
    }
}
