//! Winning coalitions, counted by size and member.

use super::rule::{Criterion, Rule};
use crate::coalition::Coalition;
use serde::{Deserialize, Serialize};

/// How the winning coalitions were counted. Both are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Each of the 2^n coalitions is looked at.
    Enumeration,
    /// Coalitions of the same size and weights are counted together (Mann & Shapley 1962).
    GeneratingFunctions,
}

/// The number of winning coalitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Winning {
    pub members: usize,
    /// \[size\].
    pub all: Vec<u128>,
    /// \[member\]\[size\]: with the member in favour.
    pub with: Vec<u128>,
}

impl Winning {
    pub fn none(members: usize) -> Self {
        Winning {
            members,
            all: vec![0; members + 1],
            with: vec![0; members * (members + 1)],
        }
    }

    pub fn with(&self, member: usize, size: usize) -> u128 {
        self.with[member * (self.members + 1) + size]
    }

    pub fn add(&mut self, member: usize, size: usize, count: u128) {
        self.with[member * (self.members + 1) + size] += count;
    }

    pub fn merge(&mut self, other: &Winning) {
        for (own, other) in self.all.iter_mut().zip(&other.all) {
            *own += other;
        }
        for (own, other) in self.with.iter_mut().zip(&other.with) {
            *own += other;
        }
    }
}

/// A rule's conditions sorted into those on the number in favour and those on their weight.
pub(super) struct Conditions<'a> {
    pub members: usize,
    /// At least so many in favour, and
    pub least: usize,
    /// enough weight of each kind;
    pub weighted: Vec<&'a Criterion>,
    /// or at least so many in favour;
    pub suffices: usize,
    /// and these in any case.
    pub vetoes: Coalition,
}

impl<'a> Conditions<'a> {
    pub fn of(rule: &'a Rule) -> Self {
        let members = rule.players().len();
        let mut least = 0;
        let mut weighted = Vec::new();
        for criterion in rule.criteria() {
            match criterion.as_count() {
                Some(count) => least = least.max(count),
                None if criterion.quota() > 0 => weighted.push(criterion),
                None => {}
            }
        }
        // Fewer against than the minority: in favour more than n less the minority.
        let suffices = match rule.blocking_minority() {
            None | Some(0) => usize::MAX,
            Some(minority) => (members + 1).saturating_sub(minority),
        };
        Conditions {
            members,
            least,
            weighted,
            suffices,
            vetoes: rule.vetoes(),
        }
    }
}
