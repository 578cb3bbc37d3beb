//! Holding every modification, in order, against a world.
//!
//! A copy of the world is changed on the way, so that each modification meets what the earlier
//! ones left: a close after a build finds the new link.

mod assumed;
mod border;
mod build;
mod ends;
mod links;
mod membership;
mod pairs;
mod policy;
mod rates;

use crate::apply::{Op, apply};
use crate::modification::Change;
use crate::place::KeyPath;
use crate::project::{Loan, Project, ProjectFile, Share};
use crate::resolved::{ChangeKind, ChangedLink, Resolved, Step};
use crate::scenario::Scenario;
use comity_world::{EconomyId, Link, NodeId, Problem, TerritoryId, World, polyline};
use std::collections::BTreeMap;

pub(crate) struct Resolver<'a> {
    scenario: &'a Scenario,
    /// The world as changed so far.
    world: World,
    /// Ends that the scenario builds, by lower-case name.
    sites: BTreeMap<String, ends::Built>,
    /// The modification at hand.
    path: KeyPath,
    step: Step,
    changed: Vec<ChangedLink>,
    problems: Vec<Problem>,
}

pub(crate) fn resolve(scenario: &Scenario, world: &World) -> (Resolved, Vec<Problem>) {
    let mut resolver = Resolver {
        scenario,
        world: world.clone(),
        sites: BTreeMap::new(),
        path: KeyPath::root(),
        step: Step::default(),
        changed: Vec::new(),
        problems: Vec::new(),
    };
    let bloc = resolver.bloc();
    let mut steps = Vec::new();
    for modification in &scenario.modifications {
        resolver.path = KeyPath::modification(modification.number);
        match &modification.change {
            Change::BuildLink(c) => resolver.build_link(c),
            Change::UpgradeLink(c) => resolver.upgrade_link(c),
            Change::CloseLink(c) => resolver.close_link(c),
            Change::Border(c) => resolver.border(c),
            Change::Tariff(c) => resolver.tariff(c),
            Change::NonTariffCost(c) => resolver.non_tariff_cost(c),
            Change::Productivity(c) => resolver.productivity(c),
            Change::FreightRate(c) => resolver.freight_rate(c),
            Change::Terminal(c) => resolver.terminal(c),
            Change::Membership(c) => resolver.membership(c),
        }
        steps.push(std::mem::take(&mut resolver.step));
    }
    resolver.gauge_changes_are_complete();
    let (mut projects, mut unpriced) = (Vec::new(), Vec::new());
    for (name, file) in &scenario.projects {
        let known = resolver.project(name, file);
        let note = file.note.as_deref().unwrap_or_default();
        match known.or_else(|| resolver.assumed(name, note, &steps)) {
            Some(project) => projects.push(project),
            None => unpriced.push(name.clone()),
        }
    }
    let resolved = Resolved {
        id: scenario.id.clone(),
        name: scenario.name.clone(),
        description: scenario.description.clone(),
        bloc,
        sources: scenario.sources.clone(),
        steps,
        projects,
        unpriced,
        changed: resolver.changed,
    };
    (resolved, resolver.problems)
}

impl Resolver<'_> {
    /// Change the world and remember how.
    fn emit(&mut self, op: Op) {
        apply(&op, &mut self.world);
        self.step.ops.push(op);
    }

    /// A problem at a key of the modification at hand; the empty key is the modification itself.
    fn at(&self, key: &str, message: impl Into<String>) -> Problem {
        let path = if key.is_empty() {
            self.path.clone()
        } else {
            self.path.child(key)
        };
        self.scenario.problem(&path, message)
    }

    fn bloc(&mut self) -> String {
        let Some(bloc) = &self.scenario.bloc else {
            return self.world.settings.default_bloc.clone();
        };
        if !self.world.bloc_names().contains(&bloc.as_str()) {
            let path = KeyPath::root().child("bloc");
            let found = self.unknown_bloc(self.scenario.problem(&path, "unknown bloc"), bloc);
            self.problems.push(found);
        }
        bloc.clone()
    }

    fn unknown_bloc(&self, problem: Problem, bloc: &str) -> Problem {
        let names = self.world.bloc_names();
        let problem = problem
            .value(bloc)
            .did_you_mean(bloc, names.iter().copied());
        if problem.help.is_some() {
            problem
        } else {
            problem.help(format!("the blocs are {}", names.join(", ")))
        }
    }

    /// Economies that are full members of a bloc, in the order of ids.
    fn members(&mut self, key: &str, bloc: &str) -> Option<Vec<EconomyId>> {
        if !self.world.bloc_names().contains(&bloc) {
            let found = self.unknown_bloc(self.at(key, "unknown bloc"), bloc);
            self.problems.push(found);
            return None;
        }
        let mut members: Vec<EconomyId> = self
            .world
            .bloc(bloc, None, None)
            .into_iter()
            .filter(|m| m.has_voice())
            .map(|m| m.economy)
            .collect();
        members.sort();
        members.dedup();
        if members.len() < 2 {
            let found = self
                .at(key, "this bloc has fewer than two full members")
                .value(bloc);
            self.problems.push(found);
            return None;
        }
        Some(members)
    }

    fn economies(&mut self, key: &str, codes: &[String]) -> Option<Vec<EconomyId>> {
        let mut good = Vec::new();
        for code in codes {
            match self.world.economy(code) {
                Some(economy) if good.contains(&economy) => {
                    let found = self.at(key, "named twice").value(code);
                    self.problems.push(found);
                }
                Some(economy) => good.push(economy),
                None => {
                    let found = self.unknown_economy(self.at(key, "unknown economy"), code);
                    self.problems.push(found);
                }
            }
        }
        (good.len() == codes.len()).then_some(good)
    }

    fn unknown_economy(&self, problem: Problem, code: &str) -> Problem {
        let by_name = self
            .world
            .economies
            .iter()
            .find(|e| e.name.eq_ignore_ascii_case(code));
        let problem = problem.value(code);
        match by_name {
            Some(economy) => problem.help(format!("write {}", economy.iso3)),
            None => {
                problem.did_you_mean(code, self.world.economies.iter().map(|e| e.iso3.as_str()))
            }
        }
    }

    fn territories(&mut self, key: &str, codes: &[String]) -> Option<Vec<TerritoryId>> {
        let mut good = Vec::new();
        for code in codes {
            match self.world.territory(code) {
                Some(territory) if good.contains(&territory) => {
                    let found = self.at(key, "named twice").value(code);
                    self.problems.push(found);
                }
                Some(territory) => good.push(territory),
                None => {
                    let found = self.unknown_territory(self.at(key, "unknown territory"), code);
                    self.problems.push(found);
                }
            }
        }
        (good.len() == codes.len()).then_some(good)
    }

    fn unknown_territory(&self, problem: Problem, code: &str) -> Problem {
        let by_name = self
            .world
            .territories
            .iter()
            .find(|t| t.name.eq_ignore_ascii_case(code));
        let problem = problem.value(code);
        match by_name {
            Some(territory) => problem.help(format!("write {}", territory.iso3)),
            None => {
                problem.did_you_mean(code, self.world.territories.iter().map(|t| t.iso3.as_str()))
            }
        }
    }

    fn territory_name(&self, territory: TerritoryId) -> &str {
        &self.world.territories[territory.index()].iso3
    }

    /// `None` where its cost is not known.
    fn project(&mut self, name: &str, file: &ProjectFile) -> Option<Project> {
        let path = KeyPath::project(name);
        let (paid_by, spent_in) = (
            self.shares(&path.child("paid_by"), &file.paid_by),
            self.shares(&path.child("spent_in"), &file.spent_in),
        );
        Some(Project {
            name: name.to_owned(),
            cost_musd: file.cost_musd?,
            cost_range_musd: file.cost_range_musd.map(|[low, high]| (low, high)),
            life_years: file.life_years?,
            discount_rate: file.discount_rate?,
            loans: self.loans(name, file, &paid_by),
            paid_by,
            spent_in,
            note: file.note.clone().unwrap_or_default(),
        })
    }

    /// Economies with their shares, in the order of ids.
    fn shares(
        &mut self,
        path: &KeyPath,
        shares: &BTreeMap<String, Share>,
    ) -> Vec<(EconomyId, f64)> {
        let mut good = Vec::new();
        for (code, share) in shares {
            if let Some(economy) = self.economy_at(&path.child(code), code) {
                good.push((economy, share.0));
            }
        }
        good.sort_by_key(|(economy, _)| *economy);
        good
    }

    fn economy_at(&mut self, path: &KeyPath, code: &str) -> Option<EconomyId> {
        let found = self.world.economy(code);
        if found.is_none() {
            let problem = self.scenario.problem(path, "unknown economy");
            let problem = self.unknown_economy(problem, code);
            self.problems.push(problem);
        }
        found
    }

    fn loans(&mut self, name: &str, file: &ProjectFile, paid_by: &[(EconomyId, f64)]) -> Vec<Loan> {
        let Some(cost) = file.cost_musd else {
            return vec![];
        };
        let path = KeyPath::project(name).child("loan");
        let mut loans = Vec::new();
        for loan in &file.loan {
            let lender = self.economy_at(&path.child("lender"), &loan.lender);
            let repaid_by = if loan.repaid_by.is_empty() {
                paid_by.to_vec()
            } else {
                self.shares(&path.child("repaid_by"), &loan.repaid_by)
            };
            if let Some(lender) = lender {
                loans.push(Loan {
                    lender,
                    principal_share: loan.musd / cost,
                    years: loan.years,
                    rate: loan.rate,
                    repaid_by,
                });
            }
        }
        loans
    }

    /// A link as it is on the map, from its first end to its last.
    fn line(&self, link: &Link) -> Vec<(f64, f64)> {
        let point = |node: NodeId| {
            let node = &self.world.network.nodes[node.index()];
            (node.lon, node.lat)
        };
        let mut line = vec![point(link.from)];
        line.extend(polyline::decode(&link.shape).unwrap_or_default());
        line.push(point(link.to));
        line
    }

    /// Remember a changed link for the map.
    fn show(&mut self, label: &str, change: ChangeKind, link: &Link) {
        let changed = ChangedLink {
            label: label.to_owned(),
            mode: self.world.network.mode(link),
            change,
            line: self.line(link),
        };
        self.changed.push(changed);
    }
}
