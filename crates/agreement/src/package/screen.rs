//! What sets may give, judged by what their projects give alone: cheap, since nothing is solved.
//!
//! The search starts from the best set by this measure, and the estimate of what it may have missed
//! comes from it.

use super::divide::most;
use super::gains::Cached;
use super::{AdditiveGains, Bound, Gains, MemberGain, Programme, ProjectSet};
use crate::sum::sum;

/// Nodes of the tree of a screening.
const MOST_NODES: usize = 500_000;

/// What sets give beyond the sum of what their projects give alone, million USD a year.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Beyond {
    /// \[member\].
    pub net_musd: Vec<f64>,
    /// \[member\].
    pub gross_musd: Vec<f64>,
    pub total_net_musd: f64,
}

impl Beyond {
    /// Nothing.
    pub fn none(programme: &Programme) -> Beyond {
        let members = programme.voters().len();
        Beyond {
            net_musd: vec![0.0; members],
            gross_musd: vec![0.0; members],
            total_net_musd: 0.0,
        }
    }

    /// The most over the sets looked at, for each member and for all together.
    pub fn seen(programme: &Programme, cached: &Cached, alone: &AdditiveGains) -> Beyond {
        let mut found = Beyond::none(programme);
        for (set, gains) in cached.known() {
            let Ok(added) = alone.gains(set) else {
                continue;
            };
            let pairs = || gains.iter().zip(&added);
            for (member, (own, added)) in pairs().enumerate() {
                let net = &mut found.net_musd[member];
                *net = net.max(own.net_musd - added.net_musd);
                let gross = &mut found.gross_musd[member];
                *gross = gross.max(own.gross_musd() - added.gross_musd());
            }
            let total = sum(pairs().map(|(own, added)| own.net_musd - added.net_musd));
            found.total_net_musd = found.total_net_musd.max(total);
        }
        found
    }

    fn add(&self, mut bound: Bound) -> Bound {
        let lists = [
            (&mut bound.net_musd, &self.net_musd),
            (&mut bound.gross_musd, &self.gross_musd),
        ];
        for (list, beyond) in lists {
            for (most, beyond) in list.iter_mut().zip(beyond) {
                *most += beyond;
            }
        }
        bound.total_net_musd += self.total_net_musd;
        bound
    }
}

/// The gains of each project alone; of those that are not eligible, nothing.
pub(super) fn alone(
    programme: &Programme,
    eligible: ProjectSet,
    singles: &[Vec<MemberGain>],
) -> AdditiveGains {
    let nothing = vec![MemberGain::default(); programme.voters().len()];
    let mut alone = vec![nothing; programme.projects().len()];
    for (project, gains) in eligible.projects().zip(singles) {
        alone[project].clone_from(gains);
    }
    AdditiveGains { alone }
}

/// The best set by this measure, and the most that any can score; `None` if none can be accepted.
pub(super) fn screen(
    programme: &Programme,
    alone: &AdditiveGains,
    beyond: &Beyond,
    eligible: ProjectSet,
) -> Option<(ProjectSet, f64)> {
    let total = |project: usize| sum(alone.alone[project].iter().map(|gain| gain.net_musd));
    let mut order: Vec<usize> = eligible.projects().collect();
    order.sort_by(|a, b| total(*b).total_cmp(&total(*a)).then(a.cmp(b)));
    let mut tree = Tree {
        programme,
        alone,
        beyond,
        order,
        nodes: 0,
        best: None,
        open: f64::NEG_INFINITY,
    };
    tree.descend(ProjectSet::EMPTY, eligible, 0);
    tree.best.map(|(set, value)| (set, value.max(tree.open)))
}

struct Tree<'a> {
    programme: &'a Programme,
    alone: &'a AdditiveGains,
    beyond: &'a Beyond,
    order: Vec<usize>,
    nodes: usize,
    best: Option<(ProjectSet, f64)>,
    /// The highest value that a node left unsearched may hold.
    open: f64,
}

impl Tree<'_> {
    fn promise(&self, taken: ProjectSet, free: ProjectSet) -> Option<f64> {
        let bound = self.alone.bound(self.programme, taken, free)?;
        let promise = most(self.programme, &self.beyond.add(bound))?;
        let worth = self.best.is_none_or(|(_, best)| promise > best);
        worth.then_some(promise)
    }

    fn descend(&mut self, taken: ProjectSet, free: ProjectSet, depth: usize) {
        let Some(promise) = self.promise(taken, free) else {
            return;
        };
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            self.open = self.open.max(promise);
            return;
        }
        let next = (depth..self.order.len()).find(|at| free.contains(self.order[*at]));
        let Some(at) = next else { return };
        let project = self.order[at];
        let rest = free.without(project);
        let with = taken.with(project);
        if let Some(value) = self.promise(with, ProjectSet::EMPTY) {
            self.best = Some((with, value));
        }
        let mut affordable = rest;
        for other in rest.projects() {
            if !self.programme.affords(with.with(other)) {
                affordable = affordable.without(other);
            }
        }
        self.descend(with, affordable, at + 1);
        self.descend(taken, rest, at + 1);
    }
}
