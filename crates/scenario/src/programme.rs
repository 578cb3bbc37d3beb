//! Many projects in one file: each alone, all but one, all together.
//!
//! Every state is a scenario of its own, made of some of the file's modifications and resolved
//! anew against the world, since what a modification means (the shortest way to upgrade, say) may
//! depend on what else is built. Modifications without a project belong to every state.

use crate::apply::Op;
use crate::describe::number;
use crate::modification::{Change, End, Modification};
use crate::path::shortest;
use crate::place::KeyPath;
use crate::project::Project;
use crate::{Resolved, Scenario};
use comity_world::{
    EconomyId, Link, LinkId, Mode, Network, Node, NodeId, Problem, TerritoryId, World,
};
use std::collections::{BTreeMap, BTreeSet};

/// Lengths within this share of each other are those of the same link.
const SAME_LENGTH: f64 = 0.1;

/// A scenario of many projects, taken apart.
#[derive(Clone, Debug)]
pub struct Programme {
    /// Only what belongs to no project.
    pub base: Resolved,
    /// Sorted by name.
    pub projects: Vec<ProgrammeProject>,
    /// Everything.
    pub whole: Resolved,
    /// What a reader should know: ways that exist already, upgrades that overlap.
    pub notes: Vec<String>,
}

/// A project of a programme.
#[derive(Clone, Debug)]
pub struct ProgrammeProject {
    pub name: String,
    /// What it costs and who pays; `None` where that is not known.
    pub cost: Option<Project>,
    pub note: String,
    /// The base and this project.
    pub alone: Resolved,
    /// The base and all other projects.
    pub complement: Resolved,
    /// Kilometres of links that it builds or upgrades.
    pub km: f64,
    /// Economies it lies in: those with a territory where a link begins or ends that it builds,
    /// upgrades or closes, or whose terminals, borders, tariffs or productivity it changes. In
    /// the order of ids.
    pub lies_in: Vec<EconomyId>,
}

impl ProgrammeProject {
    /// Economies it lies in or that pay for it, in the order of ids.
    pub fn own(&self) -> Vec<EconomyId> {
        let payers = self.cost.iter().flat_map(|cost| &cost.paid_by);
        let payers = payers.filter(|(_, share)| *share > 0.0).map(|(id, _)| *id);
        let all: BTreeSet<EconomyId> = self.lies_in.iter().copied().chain(payers).collect();
        all.into_iter().collect()
    }
}

impl Programme {
    /// Take a scenario apart.
    ///
    /// # Errors
    /// What is wrong with the scenario as a whole; then fewer than two projects, a project that
    /// needs an end which another one builds, a link that exists already, and whatever does not
    /// resolve in a state.
    pub fn new(scenario: &Scenario, world: &World) -> Result<Programme, Vec<Problem>> {
        let whole = scenario.resolve(world)?;
        let names: Vec<&str> = scenario.projects.keys().map(String::as_str).collect();
        let mut problems = Vec::new();
        if names.len() < 2 {
            let message = format!(
                "a programme needs two projects or more, and this file has {}",
                if names.is_empty() { "none" } else { "one" }
            );
            let found = Problem::new(&scenario.file, message);
            problems.push(
                found.help("write [project.\"NAME\"], and project = \"NAME\" in its modifications"),
            );
        }
        problems.extend(names_alike(scenario, &names));
        problems.extend(borrowed_ends(scenario));
        if !problems.is_empty() {
            return Err(problems);
        }

        let base = part(scenario, |_| false, world)?;
        let mut projects = Vec::new();
        for name in &names {
            let alone = part(scenario, |project| project == *name, world);
            let complement = part(scenario, |project| project != *name, world);
            let (alone, complement) = match (alone, complement) {
                (Ok(alone), Ok(complement)) => (alone, complement),
                (alone, complement) => {
                    let said = |found: Vec<Problem>, state: &str| -> Vec<Problem> {
                        let prefix = |mut p: Problem| {
                            p.message = format!("{state} {name:?}: {}", p.message);
                            p
                        };
                        found.into_iter().map(prefix).collect()
                    };
                    problems.extend(said(alone.err().unwrap_or_default(), "with only project"));
                    let without = complement.err().unwrap_or_default();
                    problems.extend(said(without, "without project"));
                    continue;
                }
            };
            projects.push(project(scenario, name, alone, complement, world));
        }
        let before = base.apply(world);
        let mut notes = Vec::new();
        for (modification, step) in scenario.modifications.iter().zip(&whole.steps) {
            if let (Change::BuildLink(c), Some(project)) =
                (&modification.change, modification.change.project())
            {
                let ends = format!("{}–{}", c.from.name(), c.to.name());
                let built = built(&step.ops, &before.network);
                for link in built {
                    match existing(&before.network, c.mode, link) {
                        Existing::Link(km) => problems.push(already(
                            scenario,
                            modification,
                            project,
                            &format!(
                                "a {} link {ends} of {} km exists",
                                c.mode.label(),
                                number(km)
                            ),
                        )),
                        Existing::Way(km) => notes.push(format!(
                            "{project}: the new {} link {ends} is {} km long, and a way of {} km \
                             exists; a second line beside it is assumed to be meant.",
                            c.mode.label(),
                            number(c.km),
                            number(km.round())
                        )),
                        Existing::Nothing => {}
                    }
                }
            }
        }
        problems.extend(built_twice(scenario, &whole));
        notes.extend(upgraded_twice(scenario, &whole, &before.network));
        if !problems.is_empty() {
            problems.sort_by_key(|p| p.line);
            return Err(problems);
        }
        Ok(Programme {
            base,
            projects,
            whole,
            notes,
        })
    }
}

/// The scenario with the base and the projects that are wanted, resolved.
fn part(
    scenario: &Scenario,
    wanted: impl Fn(&str) -> bool,
    world: &World,
) -> Result<Resolved, Vec<Problem>> {
    let mut part = scenario.clone();
    part.modifications
        .retain(|m| m.change.project().is_none_or(&wanted));
    part.projects.retain(|name, _| wanted(name));
    part.resolve(world)
}

/// Projects whose names differ in case only: TOML keeps apart what a reader does not.
fn names_alike(scenario: &Scenario, names: &[&str]) -> Vec<Problem> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for name in names {
        if let Some(first) = seen.insert(name.trim().to_lowercase(), name) {
            let message = format!("two projects have one name but for case: {first:?} and this");
            problems.push(scenario.problem(&KeyPath::project(name), message));
        }
    }
    problems
}

/// The ends by name that a modification needs, and those that it defines.
fn ends(change: &Change) -> (Vec<(&'static str, &str)>, Vec<&str>) {
    let (mut needed, mut defined) = (Vec::new(), Vec::new());
    match change {
        Change::BuildLink(c) => {
            for (key, end) in [("from", &c.from), ("to", &c.to)] {
                match end {
                    End::Site(site) if site.lon.is_some() => defined.push(site.name.as_str()),
                    _ => needed.push((key, end.name())),
                }
            }
        }
        Change::UpgradeLink(c) => needed.extend([("from", c.from.as_str()), ("to", &c.to)]),
        Change::CloseLink(c) => {
            needed.extend(c.from.as_deref().map(|name| ("from", name)));
            needed.extend(c.to.as_deref().map(|name| ("to", name)));
        }
        _ => {}
    }
    (needed, defined)
}

/// Ends that only another project builds.
fn borrowed_ends(scenario: &Scenario) -> Vec<Problem> {
    let fold = |name: &str| name.trim().to_lowercase();
    let mut builders: BTreeMap<String, Vec<Option<&str>>> = BTreeMap::new();
    let mut problems = Vec::new();
    for modification in &scenario.modifications {
        let (needed, defined) = ends(&modification.change);
        let project = modification.change.project();
        for (key, name) in needed {
            let Some(built_by) = builders.get(&fold(name)) else {
                continue;
            };
            if built_by.contains(&None) || built_by.contains(&project) {
                continue;
            }
            let builder = built_by[0].unwrap_or_default();
            let who = match project {
                Some(project) => format!("project {project:?} needs"),
                None => "what is built in any case needs".to_owned(),
            };
            let path = KeyPath::modification(modification.number).child(key);
            let message = format!("{who} an end that only project {builder:?} builds");
            problems.push(
                scenario
                    .problem(&path, message)
                    .value(name)
                    .help("give it lon and lat here too, or make the two one project"),
            );
        }
        for name in defined {
            builders.entry(fold(name)).or_default().push(project);
        }
    }
    problems
}

fn project(
    scenario: &Scenario,
    name: &str,
    alone: Resolved,
    complement: Resolved,
    world: &World,
) -> ProgrammeProject {
    let modifications = scenario
        .modifications
        .iter()
        .filter(|m| m.change.project().is_none_or(|project| project == name));
    let own = modifications
        .zip(&alone.steps)
        .filter(|(m, _)| m.change.project().is_some())
        .flat_map(|(_, step)| &step.ops);
    let footprint = Footprint::of(own, &alone, world);
    ProgrammeProject {
        name: name.to_owned(),
        cost: alone.projects().iter().find(|p| p.name == name).cloned(),
        note: scenario.projects[name].note.clone().unwrap_or_default(),
        km: footprint.km,
        lies_in: footprint.economies.into_iter().collect(),
        alone,
        complement,
    }
}

/// Where a project is.
struct Footprint {
    km: f64,
    economies: BTreeSet<EconomyId>,
}

impl Footprint {
    fn of<'a>(ops: impl Iterator<Item = &'a Op>, alone: &Resolved, world: &World) -> Footprint {
        let network = &world.network;
        let new: Vec<&Node> = added_nodes(alone);
        let mut found = Footprint {
            km: 0.0,
            economies: BTreeSet::new(),
        };
        let mut upgraded: BTreeMap<LinkId, f64> = BTreeMap::new();
        let links: Vec<&Link> = network.links.iter().chain(added_links(alone)).collect();
        let mut territories: BTreeSet<TerritoryId> = BTreeSet::new();
        let at = |node: NodeId| -> Option<TerritoryId> {
            match network.nodes.get(node.index()) {
                Some(node) => node.territory,
                None => new[node.index() - network.nodes.len()].territory,
            }
        };
        for op in ops {
            match op {
                Op::AddNode(node) => territories.extend(node.territory),
                Op::AddLink(link) => {
                    found.km += link.km;
                    territories.extend([link.from, link.to].into_iter().filter_map(at));
                }
                Op::SetLink {
                    link, km_factor, ..
                } => {
                    let on = links[link.index()];
                    // Upgraded twice, it is still one stretch of line.
                    *upgraded.entry(*link).or_insert(on.km) *= km_factor;
                    territories.extend([on.from, on.to].into_iter().filter_map(at));
                }
                Op::CloseLink(link) => {
                    let on = links[link.index()];
                    territories.extend([on.from, on.to].into_iter().filter_map(at));
                }
                Op::AddTerminal(terminal) => {
                    territories.insert(terminal.territory);
                }
                Op::SetBorder { from, to, .. } => territories.extend([*from, *to]),
                Op::SetTariff { importer, .. } | Op::TradeCost { importer, .. } => {
                    found.economies.insert(*importer);
                }
                Op::Productivity { economy, .. } | Op::SetTier { economy, .. } => {
                    found.economies.insert(*economy);
                }
                Op::SetTerminal { id, .. } => {
                    let all = &network.terminals;
                    let of = all.iter().filter(|t| t.id == *id).map(|t| t.territory);
                    territories.extend(of);
                }
                Op::SetRate { .. } => {}
            }
        }
        found.km += upgraded.values().sum::<f64>();
        let economy = |t: &TerritoryId| world.territories[t.index()].economy;
        found.economies.extend(territories.iter().map(economy));
        found
    }
}

fn added_nodes(resolved: &Resolved) -> Vec<&Node> {
    let ops = resolved.steps.iter().flat_map(|step| &step.ops);
    ops.filter_map(|op| match op {
        Op::AddNode(node) => Some(node),
        _ => None,
    })
    .collect()
}

fn added_links(resolved: &Resolved) -> impl Iterator<Item = &Link> {
    let ops = resolved.steps.iter().flat_map(|step| &step.ops);
    ops.filter_map(|op| match op {
        Op::AddLink(link) => Some(link),
        _ => None,
    })
}

fn is_gauge_change(network: &Network, link: &Link) -> bool {
    network.classes[link.class.index()].class == "gauge-change"
}

/// The links that a step builds, gauge changes left out.
fn built<'a>(ops: &'a [Op], network: &'a Network) -> impl Iterator<Item = &'a Link> {
    ops.iter().filter_map(|op| match op {
        Op::AddLink(link) if !is_gauge_change(network, link) => Some(link),
        _ => None,
    })
}

/// What already lies between the two ends of a new link.
enum Existing {
    Nothing,
    /// A link of about its length, kilometres.
    Link(f64),
    /// A way over several links that is not much longer.
    Way(f64),
}

fn existing(network: &Network, mode: Mode, new: &Link) -> Existing {
    // A new node has no links but new ones; and ids of new nodes differ between states.
    let known = |node: NodeId| node.index() < network.nodes.len();
    if !known(new.from) || !known(new.to) {
        return Existing::Nothing;
    }
    let same_ends = |l: &&Link| {
        l.open
            && network.mode(l) == mode
            && (same(l.from, l.to) == same(new.from, new.to))
            && (l.km - new.km).abs() <= SAME_LENGTH * new.km
    };
    if let Some(link) = network.links.iter().find(same_ends) {
        return Existing::Link(link.km);
    }
    match shortest(network, mode, new.from, new.to) {
        Some(links) => {
            let km: f64 = links.iter().map(|id| network.links[id.index()].km).sum();
            if km <= (1.0 + SAME_LENGTH) * new.km {
                Existing::Way(km)
            } else {
                Existing::Nothing
            }
        }
        None => Existing::Nothing,
    }
}

/// Two ends whatever their order.
fn same(a: NodeId, b: NodeId) -> (NodeId, NodeId) {
    (a.min(b), a.max(b))
}

fn already(scenario: &Scenario, modification: &Modification, project: &str, what: &str) -> Problem {
    let path = KeyPath::modification(modification.number);
    scenario
        .problem(
            &path,
            format!("project {project:?} builds what is there: {what}"),
        )
        .help("use upgrade-link to improve it")
}

/// Links that two projects build.
fn built_twice(scenario: &Scenario, whole: &Resolved) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen: Vec<(&str, Mode, &Link)> = Vec::new();
    for (modification, step) in scenario.modifications.iter().zip(&whole.steps) {
        let (Change::BuildLink(c), Some(project)) =
            (&modification.change, modification.change.project())
        else {
            continue;
        };
        for op in &step.ops {
            let Op::AddLink(link) = op else { continue };
            if link.km == 0.0 {
                continue; // A change of gauge.
            }
            let twin = seen.iter().find(|(other, mode, old)| {
                *other != project
                    && *mode == c.mode
                    && same(old.from, old.to) == same(link.from, link.to)
                    && (old.km - link.km).abs() <= SAME_LENGTH * link.km
            });
            if let Some((other, ..)) = twin {
                let path = KeyPath::modification(modification.number);
                let message = format!("projects {other:?} and {project:?} build the same link");
                problems.push(
                    scenario
                        .problem(&path, message)
                        .help("keep it in one of them, or build it without a project"),
                );
            }
            seen.push((project, c.mode, link));
        }
    }
    problems
}

/// Kilometres that two projects upgrade, in words.
fn upgraded_twice(scenario: &Scenario, whole: &Resolved, network: &Network) -> Vec<String> {
    let mut first: BTreeMap<LinkId, &str> = BTreeMap::new();
    let mut shared: BTreeMap<(&str, &str), BTreeSet<LinkId>> = BTreeMap::new();
    for (modification, step) in scenario.modifications.iter().zip(&whole.steps) {
        let Some(project) = modification.change.project() else {
            continue;
        };
        for op in &step.ops {
            if let Op::SetLink { link, .. } = op {
                let before = *first.entry(*link).or_insert(project);
                if before != project {
                    shared.entry((before, project)).or_default().insert(*link);
                }
            }
        }
    }
    let km = |links: &BTreeSet<LinkId>| -> f64 {
        let known = |id: &LinkId| network.links.get(id.index()).map_or(0.0, |l| l.km);
        links.iter().map(known).sum()
    };
    shared
        .iter()
        .filter(|(_, links)| km(links) >= 1.0)
        .map(|((a, b), links)| {
            format!(
                "{a} and {b} both upgrade the same {} km; with both built, the later one in the \
                 file counts there.",
                number(km(links).round())
            )
        })
        .collect()
}
