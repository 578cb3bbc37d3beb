//! Local search: from every project alone, add, drop or swap a project as long as that is better.
//!
//! A set that somebody blocks is worse the more is missing, so the search walks through blocked
//! sets to accepted ones.

use super::divide::Offer;
use super::gains::Cached;
use super::search::keep_better;
use super::{Programme, ProjectSet};
use crate::error::AgreementError;

pub(super) fn search(
    programme: &Programme,
    cached: &Cached,
    eligible: ProjectSet,
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
    for mut here in starts {
        loop {
            keep_better(&mut best, here.clone());
            if cached.evaluations() >= most_evaluations {
                return Ok(best);
            }
            let sets = neighbours(programme, eligible, here.set);
            let better =
                offers(programme, cached, &sets)?
                    .into_iter()
                    .fold(None::<Offer>, |best, offer| match best {
                        Some(best) if !offer.beats(&best) => Some(best),
                        _ => Some(offer),
                    });
            match better {
                Some(offer) if offer.beats(&here) => here = offer,
                _ => break,
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

fn neighbours(programme: &Programme, eligible: ProjectSet, set: ProjectSet) -> Vec<ProjectSet> {
    let outside = ProjectSet(eligible.0 & !set.0);
    let mut found: Vec<ProjectSet> = outside.projects().map(|p| set.with(p)).collect();
    for dropped in set.projects() {
        let less = set.without(dropped);
        found.push(less);
        found.extend(outside.projects().map(|p| less.with(p)));
    }
    found.retain(|set| !set.is_empty() && programme.affords(*set));
    found.sort();
    found
}
