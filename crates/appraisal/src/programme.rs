//! A programme of many projects: each alone, each in complement of all others, all together.
//!
//! *Alone* compares the base with the base and the project; *in complement* compares everything
//! with everything but the project. The difference says whether a project needs the others.

use crate::Progress;
use crate::market_access::{AccessParameters, Markets};
use crate::outcome::{Diagnostics, WorldSummary};
use crate::run::world_summary;
use crate::shock::{AppraisalError, calibrate, explain, shock};
use comity_equilibrium::{Calibration, Settings, Solution};
use comity_network::{Engine, Skims, values_of_time};
use comity_scenario::{Programme, ProgrammeProject, Resolved};
use comity_world::{EconomyId, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Instant;

/// A gain below this, million USD a year, is none: the last digit of Reed & Trubetskoy's table.
pub const LEAST_GAIN_MUSD: f64 = 0.1;

/// What may be asked of a programme.
#[derive(Clone, Debug, Default)]
pub struct ProgrammeOptions {
    pub access: AccessParameters,
    /// Solve for real income in every state, with these settings; without, market access only.
    pub equilibrium: Option<Settings>,
    /// The command that reproduces the outcome.
    pub command: String,
}

/// A programme, ranked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProgrammeOutcome {
    pub id: String,
    pub name: String,
    pub description: String,
    pub sources: Vec<String>,
    pub world: WorldSummary,
    pub access: AccessParameters,
    /// False where only market access was computed.
    pub with_equilibrium: bool,
    /// By gain in complement, largest first: of real income if it was solved for, else of land.
    pub projects: Vec<RankedProject>,
    /// All projects together, against the base.
    pub whole: Gain,
    /// Projects that gain at least [`LEAST_GAIN_MUSD`] of land income, alone and in complement.
    pub gaining_alone: usize,
    pub gaining_in_complement: usize,
    /// Who gains what from which project: every economy that is touched, sorted by project, state
    /// and ISO code. The project `""` is the programme as a whole.
    pub gains: Vec<EconomyGain>,
    pub diagnostics: Diagnostics,
}

/// A project and what it brings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RankedProject {
    /// From 1, in the order of the outcome.
    pub rank: usize,
    /// Position by the same gain alone.
    pub rank_alone: usize,
    pub name: String,
    /// Kilometres of links built or upgraded.
    pub km: f64,
    /// ISO codes of the economies it lies in.
    pub lies_in: Vec<String>,
    /// ISO codes of its own economies: those it lies in and those that pay for it.
    pub own: Vec<String>,
    /// `None` where the cost is not known.
    pub cost_musd: Option<f64>,
    /// Equal yearly payment over the life that is worth the cost.
    pub annuity_musd: Option<f64>,
    pub alone: Gain,
    pub complement: Gain,
    pub note: String,
}

/// What a change brings a year, as if it cost nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Gain {
    /// Mean change of market access over places, weighted by their size.
    pub market_access_percent: f64,
    /// Change of the income of land, million USD a year.
    pub land_value_musd: f64,
    /// The part of it in the project's own economies.
    pub own_land_value_musd: f64,
    /// Own part ÷ all, where the whole is a gain of at least [`LEAST_GAIN_MUSD`]. 0 to 1 unless
    /// someone loses.
    pub own_share: Option<f64>,
    /// Equivalent variation of all economies, million USD a year; `None` if not solved for.
    pub real_income_musd: Option<f64>,
    pub own_real_income_musd: Option<f64>,
    /// Income of land ÷ annuity; `None` where the cost is not known.
    pub land_benefit_cost: Option<f64>,
    /// Real income ÷ annuity.
    pub income_benefit_cost: Option<f64>,
}

/// What one economy gains from one project in one state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EconomyGain {
    /// Empty for the programme as a whole.
    pub project: String,
    /// `alone`, `complement` or `whole`.
    pub state: String,
    pub iso3: String,
    pub land_value_musd: f64,
    pub real_income_musd: Option<f64>,
}

/// Everything known of a state: ln MA by place, and equivalent variation by economy against the
/// world as it is.
struct State {
    access: Vec<Option<f64>>,
    income: Option<Vec<f64>>,
}

/// A state that others are compared with.
struct Reference {
    journeys: Skims,
    /// Change of trade costs from the world as it is to this state; `None` for none.
    factors: Option<Vec<f64>>,
}

/// Evaluates states.
struct Evaluator<'a> {
    world: &'a World,
    markets: Markets,
    values: [f64; 3],
    options: &'a ProgrammeOptions,
    calibration: Option<Calibration>,
    /// The latest solution, from which the next one starts.
    latest: Option<Solution>,
    progress: &'a dyn Progress,
}

impl Evaluator<'_> {
    /// The journeys of a state. `earlier` are those of another state, most of which may hold.
    fn journeys(&self, changed: &World, earlier: Option<&Skims>) -> Skims {
        let found = if self.calibration.is_some() {
            Engine::new(changed, self.values).skim(earlier, &|| ())
        } else {
            let class = self.options.access.class;
            let values = [(class, self.values[class.index()])];
            Engine::for_classes(changed, &values).skim(earlier, &|| ())
        };
        self.progress.step();
        found
    }

    /// What the journeys of a state mean, and the change of trade costs from the world as it is.
    ///
    /// A change of trade costs is a ratio of two sums over place pairs, so that from the world to
    /// this state it is that to the reference times that from there. The world's own journeys need
    /// not be kept.
    fn state(
        &mut self,
        resolved: &Resolved,
        changed: &World,
        from: &Reference,
        journeys: &Skims,
    ) -> Result<(State, Option<Vec<f64>>), AppraisalError> {
        let access = self.markets.access(journeys);
        let (Some(calibration), Some(settings)) = (&self.calibration, &self.options.equilibrium)
        else {
            let income = None;
            return Ok((State { access, income }, None));
        };
        let mut factors = comity_trade_costs::change(self.world, &from.journeys, journeys).factor;
        for (factor, earlier) in factors.iter_mut().zip(from.factors.iter().flatten()) {
            *factor *= earlier;
        }
        let mut shock = shock(calibration, changed, resolved);
        for (cost, factor) in shock.trade_cost.iter_mut().zip(&factors) {
            *cost *= factor;
        }
        let solution = match &self.latest {
            Some(start) => comity_equilibrium::solve_from(calibration, &shock, settings, start),
            None => comity_equilibrium::solve(calibration, &shock, settings),
        }
        .map_err(|e| explain(self.world, e))?;
        let income = solution.equivalent_variation_musd.clone();
        self.latest = Some(solution);
        let income = Some(income);
        Ok((State { access, income }, Some(factors)))
    }

    /// A project's state against a reference.
    fn against(&mut self, resolved: &Resolved, from: &Reference) -> Result<State, AppraisalError> {
        let changed = resolved.apply(self.world);
        let journeys = self.journeys(&changed, Some(&from.journeys));
        Ok(self.state(resolved, &changed, from, &journeys)?.0)
    }

    /// A state that becomes a reference itself. Where it cuts a pair off, nothing can be told from
    /// its trade costs of a state that joins the pair again, so the earlier reference stays.
    fn reference(
        &mut self,
        resolved: &Resolved,
        from: Reference,
    ) -> Result<(State, Reference), AppraisalError> {
        let changed = resolved.apply(self.world);
        let journeys = self.journeys(&changed, Some(&from.journeys));
        let (state, factors) = self.state(resolved, &changed, &from, &journeys)?;
        let cuts = factors.iter().flatten().any(|factor| factor.is_infinite());
        let next = if cuts {
            from
        } else {
            Reference { journeys, factors }
        };
        Ok((state, next))
    }
}

/// Set every project of a programme against the others.
///
/// Two skims are held at a time: that of the state that others are compared with (the base, then
/// the whole programme) and that of the state at hand.
///
/// # Errors
/// If the world's accounts are inconsistent or an equilibrium does not converge.
pub fn rank(
    world: &World,
    programme: &Programme,
    options: &ProgrammeOptions,
    progress: &dyn Progress,
) -> Result<ProgrammeOutcome, AppraisalError> {
    let begun = Instant::now();
    let count = programme.projects.len();
    let has_base = !programme.base.describe().is_empty();
    let calibration = match options.equilibrium {
        Some(_) => Some(calibrate(world).map_err(|e| explain(world, e))?.0),
        None => None,
    };
    let mut evaluator = Evaluator {
        world,
        markets: Markets::new(world, options.access),
        values: values_of_time(world),
        options,
        calibration,
        latest: None,
        progress,
    };
    progress.stage("states", 2 * count as u64 + 2 + u64::from(has_base));

    let solved = options.equilibrium.is_some();
    let original = Reference {
        journeys: evaluator.journeys(world, None),
        factors: None,
    };
    let (base, reference) = if has_base {
        evaluator.reference(&programme.base, original)?
    } else {
        let access = evaluator.markets.access(&original.journeys);
        let income = solved.then(|| vec![0.0; world.economies.len()]);
        (State { access, income }, original)
    };
    let mut alone = Vec::with_capacity(count);
    for project in &programme.projects {
        alone.push(evaluator.against(&project.alone, &reference)?);
    }
    let (whole, reference) = evaluator.reference(&programme.whole, reference)?;
    let mut without = Vec::with_capacity(count);
    for project in &programme.projects {
        without.push(evaluator.against(&project.complement, &reference)?);
    }
    drop(reference);

    let compared = Comparison {
        world,
        markets: &evaluator.markets,
        parameters: &options.access,
    };
    let mut gains = Vec::new();
    let mut projects = Vec::with_capacity(count);
    for ((project, alone), without) in programme.projects.iter().zip(&alone).zip(&without) {
        let states = [
            ("alone", compared.changes(&base, alone)),
            ("complement", compared.changes(without, &whole)),
        ];
        for (state, changes) in &states {
            gains.extend(compared.rows(&project.name, state, changes));
        }
        let [alone, complement] = states.map(|(_, changes)| compared.gain(project, &changes));
        projects.push(compared.project(project, alone, complement));
    }
    let changes = compared.changes(&base, &whole);
    gains.extend(compared.rows("", "whole", &changes));
    let whole = compared.total(programme, &changes);
    order(&mut projects);
    let gaining = |of: fn(&RankedProject) -> &Gain| {
        let gains = |p: &&RankedProject| of(p).land_value_musd >= LEAST_GAIN_MUSD;
        projects.iter().filter(gains).count()
    };
    Ok(ProgrammeOutcome {
        id: programme.whole.id.clone(),
        name: programme.whole.name.clone(),
        description: programme.whole.description.clone(),
        sources: programme.whole.sources.clone(),
        world: world_summary(world),
        access: options.access,
        with_equilibrium: solved,
        whole,
        gaining_alone: gaining(|p| &p.alone),
        gaining_in_complement: gaining(|p| &p.complement),
        projects,
        gains,
        diagnostics: diagnostics(world, programme, options, evaluator.latest.as_ref(), begun),
    })
}

/// By gain in complement, then alone, then name; and the position alone.
fn order(projects: &mut [RankedProject]) {
    let size = |gain: &Gain| gain.real_income_musd.unwrap_or(gain.land_value_musd);
    projects.sort_by(|a, b| {
        size(&b.alone)
            .total_cmp(&size(&a.alone))
            .then_with(|| a.name.cmp(&b.name))
    });
    for (position, project) in projects.iter_mut().enumerate() {
        project.rank_alone = position + 1;
    }
    projects.sort_by(|a, b| {
        size(&b.complement)
            .total_cmp(&size(&a.complement))
            .then(a.rank_alone.cmp(&b.rank_alone))
    });
    for (position, project) in projects.iter_mut().enumerate() {
        project.rank = position + 1;
    }
}

/// From two states, by economy.
struct Changes {
    access_percent: f64,
    /// Million USD a year, `[economy]`.
    land: Vec<f64>,
    income: Option<Vec<f64>>,
}

struct Comparison<'a> {
    world: &'a World,
    markets: &'a Markets,
    parameters: &'a AccessParameters,
}

impl Comparison<'_> {
    fn changes(&self, before: &State, after: &State) -> Changes {
        let mut land = vec![0.0; self.world.economies.len()];
        let (mut access, mut size) = (0.0, 0.0);
        for (place, (old, new)) in before.access.iter().zip(&after.access).enumerate() {
            let (Some(old), Some(new)) = (old, new) else {
                continue;
            };
            let (own, change) = (self.markets.sizes[place], new - old);
            land[self.markets.economies[place]] += self.parameters.land_value(own, change);
            access += own * 100.0 * change.exp_m1();
            size += own;
        }
        let income = before.income.as_ref().zip(after.income.as_ref());
        Changes {
            access_percent: if size > 0.0 { access / size } else { 0.0 },
            land,
            income: income.map(|(old, new)| new.iter().zip(old).map(|(a, b)| a - b).collect()),
        }
    }

    fn rows(&self, project: &str, state: &str, changes: &Changes) -> Vec<EconomyGain> {
        let row = |n: usize| EconomyGain {
            project: project.to_owned(),
            state: state.to_owned(),
            iso3: self.world.economies[n].iso3.clone(),
            land_value_musd: changes.land[n],
            real_income_musd: changes.income.as_ref().map(|income| income[n]),
        };
        let touched = |r: &EconomyGain| {
            r.land_value_musd != 0.0 || r.real_income_musd.is_some_and(|v| v != 0.0)
        };
        (0..self.world.economies.len())
            .map(row)
            .filter(touched)
            .collect()
    }

    fn sums(&self, own: &[EconomyId], annuity: Option<f64>, changes: &Changes) -> Gain {
        let within = |values: &[f64]| own.iter().map(|id| values[id.index()]).sum::<f64>();
        let land: f64 = changes.land.iter().sum();
        let income: Option<f64> = changes.income.as_ref().map(|i| i.iter().sum());
        let ratio = |gain: f64| annuity.filter(|a| *a > 0.0).map(|annuity| gain / annuity);
        Gain {
            market_access_percent: changes.access_percent,
            land_value_musd: land,
            own_land_value_musd: within(&changes.land),
            own_share: (land >= LEAST_GAIN_MUSD).then(|| within(&changes.land) / land),
            real_income_musd: income,
            own_real_income_musd: changes.income.as_ref().map(|i| within(i)),
            land_benefit_cost: ratio(land),
            income_benefit_cost: income.and_then(ratio),
        }
    }

    fn gain(&self, project: &ProgrammeProject, changes: &Changes) -> Gain {
        let annuity = project.cost.as_ref().map(|c| c.annuity_musd());
        self.sums(&project.own(), annuity, changes)
    }

    /// The whole: its own economies are those of all projects; its cost is known where all are.
    fn total(&self, programme: &Programme, changes: &Changes) -> Gain {
        let all: std::collections::BTreeSet<EconomyId> =
            programme.projects.iter().flat_map(|p| p.own()).collect();
        let annuities: Option<Vec<f64>> = programme
            .projects
            .iter()
            .map(|p| p.cost.as_ref().map(|c| c.annuity_musd()))
            .collect();
        let own: Vec<EconomyId> = all.into_iter().collect();
        self.sums(&own, annuities.map(|a| a.iter().sum()), changes)
    }

    fn project(&self, project: &ProgrammeProject, alone: Gain, complement: Gain) -> RankedProject {
        let labels = |ids: &[EconomyId]| -> Vec<String> {
            let label = |id: &EconomyId| self.world.economies[id.index()].iso3.clone();
            ids.iter().map(label).collect()
        };
        RankedProject {
            rank: 0,
            rank_alone: 0,
            name: project.name.clone(),
            km: project.km,
            lies_in: labels(&project.lies_in),
            own: labels(&project.own()),
            cost_musd: project.cost.as_ref().map(|c| c.cost_musd),
            annuity_musd: project.cost.as_ref().map(|c| c.annuity_musd()),
            alone,
            complement,
            note: project.note.clone(),
        }
    }
}

fn diagnostics(
    world: &World,
    programme: &Programme,
    options: &ProgrammeOptions,
    latest: Option<&Solution>,
    begun: Instant,
) -> Diagnostics {
    let mut found = match latest {
        Some(solution) => crate::run::diagnostics(world, solution, &options.command),
        None => Diagnostics {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            iterations: 0,
            residuals: BTreeMap::new(),
            seconds: BTreeMap::new(),
            counts: BTreeMap::new(),
            warnings: vec![],
            inputs: world.hashes.clone(),
            command: options.command.clone(),
        },
    };
    found
        .seconds
        .insert("programme".to_owned(), begun.elapsed().as_secs_f64());
    found.warnings.clone_from(&programme.notes);
    if !programme.whole.unpriced().is_empty() {
        found.warnings.push(format!(
            "The cost of {} of the {} projects is not known, so they have no benefit–cost ratio.",
            programme.whole.unpriced().len(),
            programme.projects.len()
        ));
    }
    found
}
