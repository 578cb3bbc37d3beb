//! A voting rule.

use super::decimal::{Fraction, gcd, to_whole};
use crate::coalition::{Coalition, Players};
use crate::error::{AgreementError, Mistake};

/// What a criterion asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// At least this weight in favour, in the unit of the weights.
    AtLeast(Fraction),
    /// At least this share of all weight.
    AtLeastShare(Fraction),
    /// More than this share of all weight.
    MoreThanShare(Fraction),
}

/// One condition of a rule: enough weight in favour.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// What is weighed: "members", "population", "votes".
    pub name: String,
    /// \[member, sorted labels\], in whole numbers without common divisor.
    weights: Vec<u64>,
    /// The least weight in favour that meets it, in the same whole numbers.
    quota: u64,
    /// Of the rule's unit, one whole number is `unit.0 / unit.1`.
    unit: (u128, u128),
}

impl Criterion {
    /// A criterion over weights (sorted labels). `None` if the numbers have too many digits.
    pub fn new(name: impl Into<String>, weights: &[Fraction], quota: Quota) -> Option<Self> {
        let (mut whole, scale) = to_whole(weights)?;
        let divisor = whole.iter().fold(0, |d, w| gcd(d, u128::from(*w))).max(1);
        whole.iter_mut().for_each(|w| *w /= divisor as u64);
        let total: u128 = whole.iter().map(|w| u128::from(*w)).sum();
        let share_of_total = |share: Fraction| {
            let product = total.checked_mul(share.numerator)?;
            Some((
                product / share.denominator,
                product % share.denominator != 0,
            ))
        };
        let quota = match quota {
            Quota::AtLeast(weight) => {
                let product = weight.numerator.checked_mul(scale)?;
                product.div_ceil(weight.denominator.checked_mul(divisor)?)
            }
            Quota::AtLeastShare(share) => {
                let (floor, more) = share_of_total(share)?;
                floor + u128::from(more)
            }
            Quota::MoreThanShare(share) => share_of_total(share)?.0 + 1,
        };
        Some(Criterion {
            name: name.into(),
            weights: whole,
            quota: u64::try_from(quota).ok()?,
            unit: (divisor, scale),
        })
    }

    /// Everyone counts one.
    pub fn one_each(name: impl Into<String>, members: usize, quota: Quota) -> Option<Self> {
        Self::new(name, &vec![Fraction::whole(1); members], quota)
    }

    /// \[member\]: whole-number weights without common divisor.
    pub fn weights(&self) -> &[u64] {
        &self.weights
    }

    /// The least weight that meets the criterion, in the unit of [`Criterion::weights`].
    pub fn quota(&self) -> u64 {
        self.quota
    }

    /// All weight.
    pub fn total(&self) -> u64 {
        self.weights.iter().sum()
    }

    /// If everyone weighs the same, how many must be in favour.
    pub(super) fn as_count(&self) -> Option<usize> {
        let first = *self.weights.first()?;
        let same = first > 0 && self.weights.iter().all(|w| *w == first);
        // Saturated: more than all members can never be reached anyway.
        same.then(|| usize::try_from(self.quota.div_ceil(first)).unwrap_or(usize::MAX))
    }

    /// A whole number in the rule's own unit.
    fn in_unit(&self, whole: u64) -> String {
        let numerator = u128::from(whole) * self.unit.0;
        if numerator.is_multiple_of(self.unit.1) {
            (numerator / self.unit.1).to_string()
        } else {
            format!("{}", numerator as f64 / self.unit.1 as f64)
        }
    }
}

/// When a proposal passes: every member with a veto is in favour, and either all criteria are met
/// or fewer members are against than the blocking minority.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    name: String,
    players: Players,
    criteria: Vec<Criterion>,
    vetoes: Coalition,
    blocking_minority: Option<usize>,
}

impl Rule {
    /// Check that the rule can pass, and can fail.
    pub fn new(
        name: impl Into<String>,
        players: Players,
        criteria: Vec<Criterion>,
        vetoes: Coalition,
        blocking_minority: Option<usize>,
    ) -> Result<Self, AgreementError> {
        let rule = Rule {
            name: name.into(),
            players,
            criteria,
            vetoes,
            blocking_minority,
        };
        let mut mistakes = Vec::new();
        for criterion in &rule.criteria {
            if criterion.weights.len() != rule.players.len() {
                mistakes.push(Mistake::Length {
                    what: format!("the weights of {}", criterion.name),
                    expected: rule.players.len(),
                    found: criterion.weights.len(),
                });
            } else if criterion.total() < criterion.quota {
                mistakes.push(Mistake::NeverPasses {
                    rule: rule.name.clone(),
                    criterion: criterion.name.clone(),
                    reach: criterion.in_unit(criterion.total()),
                    quota: criterion.in_unit(criterion.quota),
                });
            }
        }
        AgreementError::unless_empty(mistakes)?;
        if rule.passes(Coalition::EMPTY) {
            return Err(AgreementError::one(Mistake::AlwaysPasses {
                rule: rule.name.clone(),
                instead: if rule.criteria.is_empty() {
                    "give it a criterion or a veto"
                } else if rule.criteria.iter().all(|c| c.quota == 0) {
                    "raise a quota above 0"
                } else {
                    "lower the blocking minority to the number of members or less"
                },
            }));
        }
        Ok(rule)
    }

    /// Nothing passes against a member.
    pub fn unanimity(players: Players) -> Self {
        let all = Quota::AtLeast(Fraction::whole(players.len() as u64));
        Self::counted("unanimity", players, all)
    }

    /// More than half of the members.
    pub fn majority(players: Players) -> Self {
        let half = Fraction {
            numerator: 1,
            denominator: 2,
        };
        Self::counted("majority", players, Quota::MoreThanShare(half))
    }

    fn counted(name: &str, players: Players, quota: Quota) -> Self {
        let criteria = Criterion::one_each("members", players.len(), quota);
        Rule {
            name: name.into(),
            criteria: criteria.into_iter().collect(),
            players,
            vetoes: Coalition::EMPTY,
            blocking_minority: None,
        }
    }

    /// The rule's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who votes.
    pub fn players(&self) -> &Players {
        &self.players
    }

    /// The conditions, all of which must be met.
    pub fn criteria(&self) -> &[Criterion] {
        &self.criteria
    }

    /// Who can stop a proposal alone by right.
    pub fn vetoes(&self) -> Coalition {
        self.vetoes
    }

    /// With fewer members against than this, a proposal passes whatever the criteria.
    pub fn blocking_minority(&self) -> Option<usize> {
        self.blocking_minority
    }

    /// Whether a proposal passes with exactly these in favour.
    pub fn passes(&self, in_favour: Coalition) -> bool {
        let against = self.players.len() - in_favour.size();
        let met = |criterion: &Criterion| {
            let weight: u64 = in_favour.players().map(|p| criterion.weights[p]).sum();
            weight >= criterion.quota
        };
        self.vetoes.is_subset_of(in_favour)
            && (self.criteria.iter().all(met)
                || self.blocking_minority.is_some_and(|least| against < least))
    }
}
