//! Choosing the best accepted set.

use super::divide::{Offer, most};
use super::gains::Cached;
use super::local::Walk;
use super::screen::{self, Beyond};
use super::{Gains, MOST_ENUMERATED, Programme, ProjectSet, branch, local};
use crate::error::AgreementError;
use serde::{Deserialize, Serialize};

/// How far to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Sets whose gains are asked for. If more are affordable, not all are looked at, even with at
    /// most [`MOST_ENUMERATED`] projects.
    pub most_evaluations: usize,
    /// Of these, so many are kept for other questions where not all sets are looked at: vetoes,
    /// pairs.
    pub kept_back: usize,
    /// Nodes of the branch and bound.
    pub most_nodes: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Effort {
            most_evaluations: 40_000,
            kept_back: 0,
            most_nodes: 1_000_000,
        }
    }
}

/// What is known about the chosen set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageProof {
    /// No accepted set within the budget is better; or there is none.
    Exact,
    /// The best found; `bound` says how much better another may be, if that is known.
    BestFound,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Package {
    /// The best set that every member accepts; `None` if none was found.
    pub chosen: Option<Chosen>,
    /// Whether it is proved best.
    pub proof: PackageProof,
    /// No accepted set has a higher value of the objective. `None` if unknown, or if no set can be
    /// accepted.
    pub bound: Option<f64>,
    /// `bound` less the value of the chosen set, in the unit of the objective; 0 if exact.
    pub gap: Option<f64>,
    /// What is likely where there is no bound; `None` if there is one.
    pub estimate: Option<Estimate>,
    /// Sets whose gains were asked for.
    pub evaluations: usize,
}

/// What a set may score if it gives no more beyond what its projects give alone than the sets looked
/// at do. Not a bound: sets that were not looked at may give more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The most that a set looked at gives all members together beyond that, million USD a year.
    pub beyond_musd: f64,
    /// The most that a set may score then; `None` if none is accepted then.
    pub most: Option<f64>,
    /// `most` less the value of the chosen set, in the unit of the objective.
    pub gap: Option<f64>,
}

/// An accepted set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// Names, sorted.
    pub projects: Vec<String>,
    /// What they cost, million USD.
    pub cost_musd: f64,
    /// The objective: million USD a year, or percent of income under
    /// [`Objective::Equal`](super::Objective::Equal).
    pub value: f64,
    /// The members' net gain together, million USD a year.
    pub total_net_musd: f64,
    /// By label, sorted.
    pub members: Vec<ChosenMember>,
}

/// What the chosen set does for one member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChosenMember {
    /// Label.
    pub label: String,
    /// Net gain, million USD a year.
    pub net_musd: f64,
    /// Net gain, percent of income.
    pub net_percent: f64,
    /// What it pays, million USD a year.
    pub paid_musd: f64,
    /// Its share of all that is paid; `None` if nothing is.
    pub share: Option<f64>,
}

/// The best set of projects that every member accepts, within the budget.
pub fn choose(
    programme: &Programme,
    gains: &dyn Gains,
    effort: Effort,
) -> Result<Package, AgreementError> {
    let cached = Cached::new(programme, gains);
    let eligible = programme.eligible();
    let few = eligible.size() <= MOST_ENUMERATED;
    let sets = if few {
        promising(programme, &cached, eligible)
    } else {
        Vec::new()
    };
    let searched = effort.most_evaluations.saturating_sub(effort.kept_back);
    let mut estimate = None;
    let found = if few && sets.len() <= effort.most_evaluations {
        enumerate(programme, &cached, &sets)?
    } else if cached.bound(ProjectSet::EMPTY, eligible).is_some() {
        let effort = Effort {
            most_evaluations: searched,
            ..effort
        };
        let most = effort.most_evaluations / 4;
        let start = local::search(programme, &cached, eligible, Walk::QUICK, most)?;
        branch::search(programme, &cached, eligible, effort, start)?
    } else {
        let best = local::search(programme, &cached, eligible, Walk::THOROUGH, searched)?;
        estimate = Some(estimated(programme, &cached, eligible, best.as_ref())?);
        Found {
            best,
            proof: PackageProof::BestFound,
            bound: None,
        }
    };
    let value = found.best.as_ref().map(|offer| offer.value);
    let bound = match found.proof {
        PackageProof::Exact => value,
        PackageProof::BestFound => found.bound,
    };
    Ok(Package {
        chosen: found.best.map(|offer| chosen(programme, offer)),
        proof: found.proof,
        bound,
        gap: bound
            .zip(value)
            .map(|(bound, value)| (bound - value).max(0.0)),
        estimate,
        evaluations: cached.evaluations(),
    })
}

fn estimated(
    programme: &Programme,
    cached: &Cached,
    eligible: ProjectSet,
    best: Option<&Offer>,
) -> Result<Estimate, AgreementError> {
    let singles: Vec<ProjectSet> = eligible
        .projects()
        .map(|project| ProjectSet::EMPTY.with(project))
        .collect();
    let alone = screen::alone(programme, eligible, &cached.all(&singles)?);
    let beyond = Beyond::seen(programme, cached, &alone);
    let most = screen::screen(programme, &alone, &beyond, eligible).map(|(_, most)| most);
    // The chosen set is one of those looked at.
    let most = most.map(|most| best.map_or(most, |best| most.max(best.value)));
    Ok(Estimate {
        beyond_musd: beyond.total_net_musd,
        most,
        gap: most.zip(best).map(|(most, best)| most - best.value),
    })
}

pub(super) struct Found {
    pub best: Option<Offer>,
    pub proof: PackageProof,
    pub bound: Option<f64>,
}

/// Keep the better of two accepted offers.
pub(super) fn keep_better(best: &mut Option<Offer>, offer: Offer) {
    if offer.accepted() && best.as_ref().is_none_or(|best| offer.beats(best)) {
        *best = Some(offer);
    }
}

/// The affordable sets that may be accepted, by the most that they can score, highest first.
fn promising(
    programme: &Programme,
    cached: &Cached,
    eligible: ProjectSet,
) -> Vec<(f64, ProjectSet)> {
    let mut sets: Vec<(f64, ProjectSet)> = subsets(eligible)
        .filter(|set| !set.is_empty() && programme.affords(*set))
        .filter_map(|set| {
            let promise = match cached.bound(set, ProjectSet::EMPTY) {
                Some(bound) => most(programme, &bound)?,
                None => f64::INFINITY,
            };
            Some((promise, set))
        })
        .collect();
    sets.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    sets
}

/// Look at each set, but for those that cannot beat the best so far.
fn enumerate(
    programme: &Programme,
    cached: &Cached,
    sets: &[(f64, ProjectSet)],
) -> Result<Found, AgreementError> {
    // As many at a time as keep the cores busy between two looks at the best.
    const BATCH: usize = 32;
    let mut best: Option<Offer> = None;
    for batch in sets.chunks(BATCH) {
        let promising: Vec<ProjectSet> = batch
            .iter()
            .filter(|(promise, _)| best.as_ref().is_none_or(|best| *promise >= best.value))
            .map(|(_, set)| *set)
            .collect();
        let gains = cached.all(&promising)?;
        for (set, gains) in promising.into_iter().zip(gains) {
            keep_better(&mut best, Offer::new(programme, set, gains));
        }
    }
    Ok(Found {
        best,
        proof: PackageProof::Exact,
        bound: None,
    })
}

/// All subsets, ascending.
fn subsets(of: ProjectSet) -> impl Iterator<Item = ProjectSet> {
    let mut next = Some(0u64);
    std::iter::from_fn(move || {
        let set = next?;
        let after = (set | !of.0).wrapping_add(1) & of.0;
        next = (after != 0).then_some(after);
        Some(ProjectSet(set))
    })
}

fn chosen(programme: &Programme, offer: Offer) -> Chosen {
    let paid: f64 = crate::sum::sum(offer.gains.iter().map(|gain| gain.paid_musd));
    let members = programme
        .voters()
        .iter()
        .zip(&offer.gains)
        .map(|(voter, gain)| ChosenMember {
            label: voter.label.clone(),
            net_musd: gain.net_musd,
            net_percent: 100.0 * gain.net_musd / voter.income_musd,
            paid_musd: gain.paid_musd,
            share: (paid > 0.0).then(|| gain.paid_musd / paid),
        })
        .collect();
    Chosen {
        projects: offer
            .set
            .projects()
            .map(|project| programme.projects()[project].name.clone())
            .collect(),
        cost_musd: programme.cost_musd(offer.set),
        value: offer.value,
        total_net_musd: offer.total,
        members,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets_are_all_of_them() {
        let found: Vec<u64> = subsets(ProjectSet(0b1010)).map(|set| set.0).collect();
        assert_eq!(found, [0b0000, 0b0010, 0b1000, 0b1010]);
        assert_eq!(subsets(ProjectSet::EMPTY).count(), 1);
    }
}
