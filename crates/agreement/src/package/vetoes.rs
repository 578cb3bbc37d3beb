//! Who would veto what, and what passes only together.

use super::divide::Offer;
use super::gains::Cached;
use super::{Gains, MemberGain, Programme, ProjectSet};
use crate::error::AgreementError;
use serde::{Deserialize, Serialize};

/// A member's view of one project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Veto {
    /// The member.
    pub label: String,
    /// The project.
    pub project: String,
    /// Its net gain from the project alone, million USD a year.
    pub alone_musd: f64,
    /// Whether the project alone leaves it below its δ.
    pub blocks_alone: bool,
    /// What the project adds to its net gain, given the rest of the package, million USD a year.
    pub adds_musd: f64,
    /// Whether it accepts the package without the project but not with it.
    pub blocks_in_package: bool,
    /// Whether it vetoes the project by declaration.
    pub declared: bool,
}

/// Every member's view of every project, given a package (by names; empty for none). Costs are
/// shared as the programme says.
pub fn vetoes(
    programme: &Programme,
    gains: &dyn Gains,
    package: &[String],
) -> Result<Vec<Veto>, AgreementError> {
    let cached = Cached::new(programme, gains);
    let package = programme.set(package.iter().map(String::as_str))?;
    let mut sets = Vec::new();
    for project in 0..programme.projects().len() {
        sets.push(ProjectSet::EMPTY.with(project));
        sets.push(package.with(project));
        sets.push(package.without(project));
    }
    sets.sort();
    sets.dedup();
    sets.retain(|set| !set.is_empty());
    cached.near(package)?;
    cached.all(&sets)?;
    let mut found = Vec::new();
    for (member, voter) in programme.voters().iter().enumerate() {
        for (project, of) in programme.projects().iter().enumerate() {
            let net = |set: ProjectSet| -> Result<f64, AgreementError> {
                if set.is_empty() {
                    return Ok(0.0);
                }
                let offer = Offer::new(programme, set, cached.one(set)?);
                Ok(offer.gains[member].net_musd)
            };
            let alone_musd = net(ProjectSet::EMPTY.with(project))?;
            let with = net(package.with(project))?;
            let without = net(package.without(project))?;
            let wanted = voter.wanted_musd;
            found.push(Veto {
                label: voter.label.clone(),
                project: of.name.clone(),
                alone_musd,
                blocks_alone: alone_musd < wanted,
                adds_musd: with - without,
                blocks_in_package: with < wanted && without >= wanted,
                declared: programme.vetoed_by(member).contains(project),
            });
        }
    }
    Ok(found)
}

/// Two projects of which neither alone is accepted by all, while both together are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JointPair {
    /// The first by name.
    pub first: String,
    /// The second.
    pub second: String,
    /// Who blocks the first alone.
    pub first_blocked_by: Vec<String>,
    /// Who blocks the second alone.
    pub second_blocked_by: Vec<String>,
    /// Net gain of all members from both, million USD a year.
    pub total_net_musd: f64,
}

/// The pairs that pass only together, as far as they were looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JointPairs {
    /// By the names of the projects.
    pub found: Vec<JointPair>,
    /// Pairs within the budget of which neither project is accepted alone, looked at.
    pub looked_at: usize,
    /// Such pairs not looked at, for want of effort.
    pub not_looked_at: usize,
    /// Of those, pairs that would be accepted if they gave what their projects give alone, or fall
    /// short by no more than a pair looked at gained beyond that.
    pub may_pass: usize,
}

/// The pairs of projects that pass only together. Declared vetoes and the budget rule pairs out. At
/// most so many sets are asked for that are not at hand, besides projects alone: the pairs that
/// would fall least short of being accepted if they gave what their projects give alone.
pub fn joint_pairs(
    programme: &Programme,
    gains: &dyn Gains,
    most_evaluations: usize,
) -> Result<JointPairs, AgreementError> {
    let cached = Cached::new(programme, gains);
    let eligible = programme.eligible();
    let alone: Vec<ProjectSet> = eligible
        .projects()
        .map(|project| ProjectSet::EMPTY.with(project))
        .collect();
    let blocked = |set: ProjectSet| -> Result<Offer, AgreementError> {
        Ok(Offer::new(programme, set, cached.one(set)?))
    };
    cached.all(&alone)?;
    let mut rejected = Vec::new();
    for set in alone {
        let offer = blocked(set)?;
        if !offer.accepted() {
            rejected.push(offer);
        }
    }
    let mut pairs: Vec<Pair> = Vec::new();
    for (index, first) in rejected.iter().enumerate() {
        for second in &rejected[index + 1..] {
            let both = ProjectSet(first.set.0 | second.set.0);
            if programme.affords(both) {
                let own = cached.one(first.set)?.into_iter();
                let added = own.zip(cached.one(second.set)?).map(|(a, b)| MemberGain {
                    net_musd: a.net_musd + b.net_musd,
                    paid_musd: a.paid_musd + b.paid_musd,
                });
                pairs.push(Pair {
                    first,
                    second,
                    both,
                    short: Offer::new(programme, both, added.collect()).missing,
                });
            }
        }
    }
    pairs.sort_by(|a, b| a.short.total_cmp(&b.short).then(a.both.cmp(&b.both)));
    let mut left = most_evaluations;
    let (mut looked_at, skipped): (Vec<Pair>, Vec<Pair>) = pairs.into_iter().partition(|pair| {
        let free = cached.at_hand(pair.both);
        let taken = free || left > 0;
        left -= usize::from(!free && taken);
        taken
    });
    looked_at.sort_by_key(|pair| (pair.first.set.0, pair.second.set.0));
    let sets: Vec<ProjectSet> = looked_at.iter().map(|pair| pair.both).collect();
    cached.all(&sets)?;
    let mut found = Vec::new();
    let mut most_saved: f64 = 0.0;
    for pair in &looked_at {
        let offer = blocked(pair.both)?;
        most_saved = most_saved.max(pair.short - offer.missing);
        if offer.accepted() {
            let name = |set: ProjectSet| {
                let project = set.projects().next().unwrap_or(0);
                programme.projects()[project].name.clone()
            };
            found.push(JointPair {
                first: name(pair.first.set),
                second: name(pair.second.set),
                first_blocked_by: blockers(programme, pair.first),
                second_blocked_by: blockers(programme, pair.second),
                total_net_musd: offer.total,
            });
        }
    }
    Ok(JointPairs {
        found,
        looked_at: looked_at.len(),
        not_looked_at: skipped.len(),
        may_pass: skipped.iter().filter(|p| p.short <= most_saved).count(),
    })
}

/// Two projects of which neither is accepted alone.
struct Pair<'a> {
    first: &'a Offer,
    second: &'a Offer,
    both: ProjectSet,
    /// What is missing if both give what they give alone.
    short: f64,
}

fn blockers(programme: &Programme, offer: &Offer) -> Vec<String> {
    programme
        .voters()
        .iter()
        .zip(&offer.gains)
        .filter(|(voter, gain)| gain.net_musd < voter.wanted_musd)
        .map(|(voter, _)| voter.label.clone())
        .collect()
}
