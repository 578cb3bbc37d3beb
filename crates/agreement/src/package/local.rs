//! Local search: from the best set by what projects give alone, then from every project alone, change
//! the set as long as that is better.
//!
//! Small changes come first (add a project), larger ones where those do not help: drop or swap one;
//! add a pair, since some projects are worth having only together; exchange one for two or two for
//! one, since a tight budget leaves no room to add.
//!
//! A set that somebody blocks is worse the more is missing, so the search walks through blocked
//! sets to accepted ones.

use super::divide::Offer;
use super::gains::Cached;
use super::screen::{self, Beyond};
use super::search::keep_better;
use super::{AdditiveGains, MemberGain, Programme, ProjectSet};
use crate::error::AgreementError;
use std::cmp::Ordering;

/// How far to walk.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    /// Sets to start from, the best first.
    starts: usize,
    /// Kinds of change, the small ones first.
    changes: usize,
}

impl Walk {
    /// One walk of small changes: a start for branch and bound, which does the rest.
    pub const QUICK: Walk = Walk {
        starts: 1,
        changes: 2,
    };
    /// From every project, with every kind of change.
    pub const THOROUGH: Walk = Walk {
        starts: usize::MAX,
        changes: 4,
    };
}

type Change = fn(ProjectSet, ProjectSet) -> Vec<ProjectSet>;

/// Small changes looked at together, by what they promise, the most first.
const BATCH: usize = 8;

/// A search in progress.
struct Search<'a> {
    programme: &'a Programme,
    cached: &'a Cached<'a>,
    eligible: ProjectSet,
    alone: AdditiveGains,
    most_evaluations: usize,
}

pub(super) fn search(
    programme: &Programme,
    cached: &Cached,
    eligible: ProjectSet,
    walk: Walk,
    most_evaluations: usize,
) -> Result<Option<Offer>, AgreementError> {
    let singles: Vec<ProjectSet> = eligible
        .projects()
        .map(|project| ProjectSet::EMPTY.with(project))
        .collect();
    let gains = cached.all(&singles)?;
    let search = Search {
        programme,
        cached,
        eligible,
        alone: screen::alone(programme, eligible, &gains),
        most_evaluations,
    };
    let mut starts = search.offers(&singles)?;
    // The best start first, should the effort run out.
    starts.sort_by(order);
    // Before all, what would be best if projects added nothing to each other.
    let none = Beyond::none(programme);
    if let Some((set, _)) = screen::screen(programme, &search.alone, &none, eligible)
        && set.size() > 1
        && search.left() > 0
    {
        starts.splice(0..0, search.offers(&[set])?);
    }
    let mut best = None;
    for mut here in starts.into_iter().take(walk.starts) {
        loop {
            keep_better(&mut best, here.clone());
            if search.left() == 0 {
                return Ok(best);
            }
            cached.near(here.set)?;
            match search.step(walk, &here)? {
                Some(offer) => here = offer,
                None => break,
            }
        }
    }
    Ok(best)
}

/// The better offer first, to the last bit: an order to sort by, unlike [`Offer::beats`], to which
/// rounding makes no difference.
fn order(a: &Offer, b: &Offer) -> Ordering {
    a.missing
        .total_cmp(&b.missing)
        .then(b.value.total_cmp(&a.value))
        .then(b.total.total_cmp(&a.total))
        .then(a.set.size().cmp(&b.set.size()))
        .then(b.set.0.reverse_bits().cmp(&a.set.0.reverse_bits()))
}

impl Search<'_> {
    /// Sets that may still be asked for.
    fn left(&self) -> usize {
        self.most_evaluations
            .saturating_sub(self.cached.evaluations())
    }

    fn offers(&self, sets: &[ProjectSet]) -> Result<Vec<Offer>, AgreementError> {
        let gains = self.cached.all(sets)?;
        let offer = |(set, gains): (&ProjectSet, _)| Offer::new(self.programme, *set, gains);
        Ok(sets.iter().zip(gains).map(offer).collect())
    }

    /// A change of the smallest kind that is better than `here`: of small changes the best of the
    /// first few that has one, of others the best of all that the effort allows.
    fn step(&self, walk: Walk, here: &Offer) -> Result<Option<Offer>, AgreementError> {
        let changes: [(Change, usize); 4] = [
            (added, BATCH),
            (swapped, BATCH),
            (pair_added, usize::MAX),
            (exchanged, usize::MAX),
        ];
        for (change, batch) in &changes[..walk.changes] {
            let mut sets = change(self.eligible, here.set);
            sets.retain(|set| !set.is_empty() && self.programme.affords(*set));
            for sets in self.by_promise(here, sets)?.chunks(*batch) {
                let mut new = 0;
                let within = |set: &&ProjectSet| {
                    new += usize::from(!self.cached.has(**set));
                    new <= self.left()
                };
                let sets: Vec<ProjectSet> = sets.iter().take_while(within).copied().collect();
                let mut best: Option<Offer> = None;
                for offer in self.offers(&sets)? {
                    if offer.beats(best.as_ref().unwrap_or(here)) {
                        best = Some(offer);
                    }
                }
                if best.is_some() || self.left() == 0 {
                    return Ok(best);
                }
            }
        }
        Ok(None)
    }

    /// The best first, if a change gives what its projects give alone.
    fn by_promise(
        &self,
        here: &Offer,
        sets: Vec<ProjectSet>,
    ) -> Result<Vec<ProjectSet>, AgreementError> {
        let own = self.cached.one(here.set)?;
        let change = |gains: &mut [MemberGain], projects: u64, sign: f64| {
            for project in ProjectSet(projects).projects() {
                for (gain, alone) in gains.iter_mut().zip(&self.alone.alone[project]) {
                    gain.net_musd += sign * alone.net_musd;
                    gain.paid_musd += sign * alone.paid_musd;
                }
            }
        };
        let promise = |set: ProjectSet| {
            let mut gains = own.clone();
            change(&mut gains, set.0 & !here.set.0, 1.0);
            change(&mut gains, here.set.0 & !set.0, -1.0);
            Offer::new(self.programme, set, gains)
        };
        let mut offers: Vec<Offer> = sets.into_iter().map(promise).collect();
        offers.sort_by(order);
        Ok(offers.into_iter().map(|offer| offer.set).collect())
    }
}

fn outside(eligible: ProjectSet, set: ProjectSet) -> ProjectSet {
    ProjectSet(eligible.0 & !set.0)
}

fn added(eligible: ProjectSet, set: ProjectSet) -> Vec<ProjectSet> {
    let more = outside(eligible, set).projects();
    more.map(|project| set.with(project)).collect()
}

/// Without one project, or with another in its place.
fn swapped(eligible: ProjectSet, set: ProjectSet) -> Vec<ProjectSet> {
    let mut found = Vec::new();
    for dropped in set.projects() {
        let less = set.without(dropped);
        found.push(less);
        let more = outside(eligible, set).projects();
        found.extend(more.map(|project| less.with(project)));
    }
    found
}

fn pair_added(eligible: ProjectSet, set: ProjectSet) -> Vec<ProjectSet> {
    let more: Vec<usize> = outside(eligible, set).projects().collect();
    let mut found = Vec::new();
    for (index, first) in more.iter().enumerate() {
        let with = set.with(*first);
        found.extend(more[index + 1..].iter().map(|second| with.with(*second)));
    }
    found
}

/// One project out and two in, or two out and one in.
fn exchanged(eligible: ProjectSet, set: ProjectSet) -> Vec<ProjectSet> {
    let mut found = Vec::new();
    for dropped in set.projects() {
        let less = set.without(dropped);
        // Not the one just dropped: that would only add.
        found.extend(
            pair_added(eligible, less)
                .into_iter()
                .filter(|s| !s.contains(dropped)),
        );
        let others = less.projects().filter(|other| *other > dropped);
        for other in others {
            let least = less.without(other);
            let more = outside(eligible, set).projects();
            found.extend(more.map(|project| least.with(project)));
        }
    }
    found
}
