//! Local search: from every project alone, change the set as long as that is better.
//!
//! Small changes come first (add a project), larger ones where those do not help: drop or swap one;
//! add a pair, since some projects are worth having only together; exchange one for two or two for
//! one, since a tight budget leaves no room to add.
//!
//! A set that somebody blocks is worse the more is missing, so the search walks through blocked
//! sets to accepted ones.

use super::divide::Offer;
use super::gains::Cached;
use super::search::keep_better;
use super::{Programme, ProjectSet};
use crate::error::AgreementError;

/// How far to walk.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    /// Projects to start from, the best first.
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
    let mut starts = offers(programme, cached, &singles)?;
    // The best start first, should the effort run out.
    starts.sort_by(|a, b| {
        if a.beats(b) {
            std::cmp::Ordering::Less
        } else if b.beats(a) {
            std::cmp::Ordering::Greater
        } else {
            a.set.cmp(&b.set)
        }
    });
    let mut best = None;
    for mut here in starts.into_iter().take(walk.starts) {
        loop {
            keep_better(&mut best, here.clone());
            if cached.evaluations() >= most_evaluations {
                return Ok(best);
            }
            cached.near(here.set)?;
            match step(programme, cached, eligible, walk, &here)? {
                Some(offer) => here = offer,
                None => break,
            }
        }
    }
    Ok(best)
}

fn offers(
    programme: &Programme,
    cached: &Cached,
    sets: &[ProjectSet],
) -> Result<Vec<Offer>, AgreementError> {
    let gains = cached.all(sets)?;
    Ok(sets
        .iter()
        .zip(gains)
        .map(|(set, gains)| Offer::new(programme, *set, gains))
        .collect())
}

/// The best change of the smallest kind that is better than `here`.
fn step(
    programme: &Programme,
    cached: &Cached,
    eligible: ProjectSet,
    walk: Walk,
    here: &Offer,
) -> Result<Option<Offer>, AgreementError> {
    let changes: [Change; 4] = [added, swapped, pair_added, exchanged];
    for change in &changes[..walk.changes] {
        let mut sets = change(eligible, here.set);
        sets.retain(|set| !set.is_empty() && programme.affords(*set));
        let mut best: Option<Offer> = None;
        for offer in offers(programme, cached, &sets)? {
            if offer.beats(best.as_ref().unwrap_or(here)) {
                best = Some(offer);
            }
        }
        if best.is_some() {
            return Ok(best);
        }
    }
    Ok(None)
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
