//! What economies gain when only some of a scenario's projects happen: the values of coalitions,
//! and of packages.
//!
//! Modifications without a project belong to every set. Journeys are searched once for every
//! distinct set of projects that touch them, the equilibrium is solved once for every set, with the
//! taxes that pay for its projects inside. Journeys of a set start from those of the nearest set
//! held: what its projects do not touch is taken from there, so the result is the same to the bit.

use crate::Progress;
use crate::outcome::{Assumption, TableCredit, WorldSummary};
use crate::shock::{AppraisalError, calibrate, closing_warnings, costs_musd, explain, pay, shock};
use crate::{assumptions, run};
use comity_equilibrium::{Calibration, Settings, Solution};
use comity_network::{Engine, Skims, values_of_time};
use comity_scenario::{Change, Resolved, Scenario};
use comity_world::{Problem, World};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

/// The most projects of a scenario that can be taken apart.
pub const MOST_PROJECTS_IN_SET: usize = 64;

/// Why a set of projects has no gains.
#[derive(Debug, thiserror::Error)]
pub enum ProjectSetError {
    #[error(transparent)]
    Appraisal(#[from] AppraisalError),
    /// The scenario does not fit the world once projects are left out.
    #[error("with only {set}: {}", comity_world::problem::list(.problems))]
    Unresolved { set: String, problems: Vec<Problem> },
    #[error("the scenario has {found} projects; at most {MOST_PROJECTS_IN_SET} can be taken apart")]
    TooManyProjects { found: usize },
}

/// What every economy gains from a set of projects, against the world as it is. Million USD a year.
#[derive(Clone, Debug, PartialEq)]
pub struct SetGains {
    /// Equivalent variation, the cost of the projects deducted, `[economy]`.
    pub net_musd: Vec<f64>,
    /// What it pays for the projects, loans counted, `[economy]`.
    pub paid_musd: Vec<f64>,
}

/// Evaluates sets of a scenario's projects. A set is a bitmask over the projects sorted by name.
pub struct ProjectSets<'a> {
    world: &'a World,
    scenario: &'a Scenario,
    settings: Settings,
    names: Vec<&'a str>,
    /// Projects that touch journeys.
    travelling: u64,
    values: [f64; 3],
    calibration: Calibration,
    /// What a reader must know of the world's accounts.
    warnings: Vec<String>,
    /// Journeys of the world as it is; `None` where nothing touches them.
    original: Option<Skims>,
    /// Journeys of the base; `None` where it touches none.
    base: Option<Arc<Held>>,
    /// Journeys of the set around which others are asked for.
    near: RwLock<Option<Arc<Held>>>,
    /// The equilibrium of the base, from which all others start: the result must not depend on
    /// what was solved before.
    start: Option<Solution>,
}

/// Journeys of a set of projects that touch them.
struct Held {
    key: u64,
    skims: Skims,
    /// κ̂ against the world as it is.
    factor: Vec<f64>,
}

/// Whether journeys stay as they are.
fn leaves_journeys(change: &Change) -> bool {
    match change {
        Change::Tariff(_) | Change::NonTariffCost(_) | Change::Productivity(_) => true,
        Change::Membership(c) => !c.changes_journeys(),
        _ => false,
    }
}

impl<'a> ProjectSets<'a> {
    /// Take a scenario apart, and solve for what belongs to no project.
    ///
    /// # Errors
    /// [`ProjectSetError::TooManyProjects`], an inconsistent world, no equilibrium.
    pub fn new(
        world: &'a World,
        scenario: &'a Scenario,
        settings: &Settings,
        progress: &dyn Progress,
    ) -> Result<Self, ProjectSetError> {
        let names: Vec<&str> = scenario.projects.keys().map(String::as_str).collect();
        if names.len() > MOST_PROJECTS_IN_SET {
            return Err(ProjectSetError::TooManyProjects { found: names.len() });
        }
        let mut travelling = 0;
        let mut base_travels = false;
        for modification in &scenario.modifications {
            if leaves_journeys(&modification.change) {
                continue;
            }
            match modification.change.project() {
                None => base_travels = true,
                Some(project) => {
                    let at = names.iter().position(|name| *name == project);
                    travelling |= at.map_or(0, |at| 1 << at);
                }
            }
        }
        let values = values_of_time(world);
        let original = (base_travels || travelling != 0).then(|| {
            let engine = Engine::new(world, values);
            progress.stage("journeys, baseline", engine.searches());
            engine.skim(None, &|| progress.step())
        });
        let (calibration, closing) = calibrate(world).map_err(|e| explain(world, e))?;
        let mut found = ProjectSets {
            world,
            scenario,
            settings: settings.clone(),
            names,
            travelling,
            values,
            calibration,
            warnings: closing_warnings(world, &closing),
            original,
            base: None,
            near: RwLock::new(None),
            start: None,
        };
        progress.stage("equilibrium, base", 0);
        let resolved = found.part(0)?;
        let changed = resolved.apply(world);
        if base_travels {
            found.base = found.search(0, &changed).map(Arc::new);
        }
        let (_, start) = found.solve(&resolved, &changed, found.base.as_deref())?;
        found.start = Some(start);
        Ok(found)
    }

    /// Names of the projects, sorted: bit i is project i.
    pub fn names(&self) -> &[&'a str] {
        &self.names
    }

    /// Income of the baseline, million USD a year, `[economy]`.
    pub fn income_musd(&self) -> Vec<f64> {
        let economies = 0..self.world.economies.len();
        economies.map(|n| self.calibration.income(n)).collect()
    }

    /// The world, for a report.
    pub fn world_summary(&self) -> WorldSummary {
        run::world_summary(self.world)
    }

    /// What the gains rest on.
    pub fn assumptions(&self) -> Vec<Assumption> {
        assumptions::list(self.world, self.values)
    }

    /// Where the world's tables come from.
    pub fn credits(&self) -> Vec<TableCredit> {
        run::credits(self.world)
    }

    /// What a reader must know of the world's accounts.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Gains of these sets, in their order. Sets alike are solved once; the result does not depend
    /// on the number of threads or on what was asked before.
    ///
    /// # Errors
    /// A set whose scenario does not fit the world, or whose equilibrium does not converge.
    pub fn gains(
        &self,
        sets: &[u64],
        progress: &dyn Progress,
    ) -> Result<Vec<SetGains>, ProjectSetError> {
        let distinct: BTreeSet<u64> = sets.iter().copied().collect();
        let mut by_journeys: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for set in &distinct {
            let key = set & self.travelling;
            by_journeys.entry(key).or_default().push(*set);
        }
        progress.stage("sets of projects", distinct.len() as u64);
        let mut known: BTreeMap<u64, SetGains> = BTreeMap::new();
        for (key, sets) in by_journeys {
            let held = self.journeys(key, None)?;
            let solved: Vec<Result<SetGains, ProjectSetError>> = sets
                .par_iter()
                .map(|set| {
                    let resolved = self.part(*set)?;
                    let changed = resolved.apply(self.world);
                    let found = self.solve(&resolved, &changed, held.as_deref());
                    progress.step();
                    found.map(|(gains, _)| gains)
                })
                .collect();
            for (set, gains) in sets.into_iter().zip(solved) {
                known.insert(set, gains?);
            }
        }
        Ok(sets.iter().map(|set| known[set].clone()).collect())
    }

    /// Gains of one set; may be called from many threads at once.
    ///
    /// # Errors
    /// As [`Self::gains`].
    pub fn one(&self, set: u64) -> Result<SetGains, ProjectSetError> {
        let resolved = self.part(set)?;
        let changed = resolved.apply(self.world);
        let key = set & self.travelling;
        let held = self.journeys(key, (key == set).then_some(&changed))?;
        let found = self.solve(&resolved, &changed, held.as_deref());
        found.map(|(gains, _)| gains)
    }

    /// Hold the journeys of this set: those of sets like it are then found sooner. What sets gain is
    /// the same with or without.
    ///
    /// # Errors
    /// As [`Self::gains`].
    pub fn near(&self, set: u64) -> Result<(), ProjectSetError> {
        let found = self.journeys(set & self.travelling, None)?;
        *self.near.write().unwrap_or_else(PoisonError::into_inner) = found;
        Ok(())
    }

    /// The scenario with the base and these projects.
    fn part(&self, set: u64) -> Result<Resolved, ProjectSetError> {
        let wanted = |project: &str| {
            let at = self.names.iter().position(|name| *name == project);
            at.is_some_and(|at| set >> at & 1 == 1)
        };
        let mut part = self.scenario.clone();
        part.modifications
            .retain(|m| m.change.project().is_none_or(wanted));
        part.projects.retain(|name, _| wanted(name));
        part.resolve(self.world)
            .map_err(|problems| ProjectSetError::Unresolved {
                set: self.describe(set),
                problems,
            })
    }

    fn describe(&self, set: u64) -> String {
        let chosen = self.names.iter().enumerate();
        let names: Vec<&str> = chosen
            .filter(|(at, _)| set >> at & 1 == 1)
            .map(|(_, name)| *name)
            .collect();
        if names.is_empty() {
            "what belongs to no project".to_owned()
        } else {
            names.join(", ")
        }
    }

    /// Journeys of these projects; `None` where none changes. `changed` is the world with them, if
    /// it has been made.
    fn journeys(
        &self,
        key: u64,
        changed: Option<&World>,
    ) -> Result<Option<Arc<Held>>, ProjectSetError> {
        if key == 0 {
            return Ok(self.base.clone());
        }
        let near = self.held_near();
        if near.as_ref().is_some_and(|held| held.key == key) {
            return Ok(near);
        }
        let found = match changed {
            Some(changed) => self.search(key, changed),
            None => self.search(key, &self.part(key)?.apply(self.world)),
        };
        Ok(found.map(Arc::new))
    }

    fn held_near(&self) -> Option<Arc<Held>> {
        let near = self.near.read().unwrap_or_else(PoisonError::into_inner);
        near.clone()
    }

    /// Search the journeys of a changed world, from the nearest that are held.
    fn search(&self, key: u64, changed: &World) -> Option<Held> {
        let before = self.original.as_ref()?;
        let held = self.base.clone().into_iter().chain(self.held_near());
        let nearest = held.min_by_key(|held| (held.key ^ key).count_ones());
        // Without a base the world as it is may be nearer.
        let nearest = nearest
            .filter(|h| self.base.is_some() || (h.key ^ key).count_ones() < key.count_ones());
        let earlier = nearest.as_ref().map_or(before, |held| &held.skims);
        let skims = Engine::new(changed, self.values).skim(Some(earlier), &|| ());
        let known = nearest.as_ref().map(|h| (&h.skims, h.factor.as_slice()));
        let factor = comity_trade_costs::factors(self.world, before, known, &skims);
        Some(Held { key, skims, factor })
    }

    fn solve(
        &self,
        resolved: &Resolved,
        changed: &World,
        journeys: Option<&Held>,
    ) -> Result<(SetGains, Solution), ProjectSetError> {
        let explained = |e| ProjectSetError::Appraisal(explain(self.world, e));
        let mut change = shock(&self.calibration, changed, resolved);
        let factor = journeys.map_or(&[][..], |held| &held.factor);
        for (own, journeys) in change.trade_cost.iter_mut().zip(factor) {
            *own *= journeys;
        }
        pay(
            &self.calibration,
            resolved,
            &costs_musd(resolved),
            &mut change,
        )
        .map_err(explained)?;
        let solution = match &self.start {
            Some(start) => {
                comity_equilibrium::solve_from(&self.calibration, &change, &self.settings, start)
            }
            None => comity_equilibrium::solve(&self.calibration, &change, &self.settings),
        }
        .map_err(explained)?;
        let gains = SetGains {
            net_musd: solution.equivalent_variation_musd.clone(),
            paid_musd: solution.project_tax.clone(),
        };
        Ok((gains, solution))
    }
}
