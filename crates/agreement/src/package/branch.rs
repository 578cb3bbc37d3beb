//! Branch and bound over projects: take it or leave it, most promising first.

use super::divide::{Offer, most};
use super::gains::Cached;
use super::search::{Effort, Found, PackageProof, keep_better};
use super::{Programme, ProjectSet};
use crate::error::AgreementError;
use crate::sum::sum;

pub(super) fn search(
    programme: &Programme,
    cached: &Cached,
    eligible: ProjectSet,
    effort: Effort,
    start: Option<Offer>,
) -> Result<Found, AgreementError> {
    let singles: Vec<ProjectSet> = eligible
        .projects()
        .map(|project| ProjectSet::EMPTY.with(project))
        .collect();
    let alone = cached.all(&singles)?;
    let mut order: Vec<(f64, usize)> = eligible
        .projects()
        .zip(alone)
        .map(|(project, gains)| {
            let total = sum(gains.iter().map(|gain| gain.net_musd));
            let cost = programme.projects()[project].cost_musd;
            (total / cost.max(f64::MIN_POSITIVE), project)
        })
        .collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut tree = Tree {
        programme,
        cached,
        order: order.into_iter().map(|(_, project)| project).collect(),
        effort,
        nodes: 0,
        best: start,
        open: None,
    };
    tree.descend(ProjectSet::EMPTY, eligible, 0)?;
    let proof = match tree.open {
        None => PackageProof::Exact,
        Some(_) => PackageProof::BestFound,
    };
    let bound = tree.open.map(|open| match &tree.best {
        Some(best) => best.value.max(open),
        None => open,
    });
    Ok(Found {
        best: tree.best,
        proof,
        bound,
    })
}

struct Tree<'a> {
    programme: &'a Programme,
    cached: &'a Cached<'a>,
    order: Vec<usize>,
    effort: Effort,
    nodes: usize,
    best: Option<Offer>,
    /// The highest value that a node left unsearched may hold.
    open: Option<f64>,
}

impl Tree<'_> {
    /// The most that a set between `taken` and `taken` with all `free` can score, if that is worth
    /// looking at.
    fn promise(&self, taken: ProjectSet, free: ProjectSet) -> Option<f64> {
        // Without a bound anything is possible.
        let promise = match self.cached.bound(taken, free) {
            Some(bound) => most(self.programme, &bound)?,
            None => f64::INFINITY,
        };
        let worth = self.best.as_ref().is_none_or(|best| promise >= best.value);
        worth.then_some(promise)
    }

    /// Sets with all of `taken`, none outside `taken` and `free`, deciding from `depth` on.
    fn descend(
        &mut self,
        taken: ProjectSet,
        free: ProjectSet,
        depth: usize,
    ) -> Result<(), AgreementError> {
        let Some(promise) = self.promise(taken, free) else {
            return Ok(());
        };
        self.nodes += 1;
        let evaluated = self.cached.evaluations();
        if self.nodes > self.effort.most_nodes || evaluated >= self.effort.most_evaluations {
            self.open = Some(self.open.map_or(promise, |open| open.max(promise)));
            return Ok(());
        }
        let next = (depth..self.order.len()).find(|at| free.contains(self.order[*at]));
        let Some(at) = next else { return Ok(()) };
        let project = self.order[at];
        let rest = free.without(project);
        let with = taken.with(project);
        // Only affordable projects are left free, so the set is within the budget.
        if self.promise(with, ProjectSet::EMPTY).is_some() {
            let gains = self.cached.one(with)?;
            keep_better(&mut self.best, Offer::new(self.programme, with, gains));
        }
        let mut affordable = rest;
        for other in rest.projects() {
            if !self.programme.affords(with.with(other)) {
                affordable = affordable.without(other);
            }
        }
        self.descend(with, affordable, at + 1)?;
        self.descend(taken, rest, at + 1)
    }
}
