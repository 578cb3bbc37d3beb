//! What each member gains from a set of projects.

use super::{Programme, ProjectSet};
use crate::error::{AgreementError, Cause, Mistake};
use crate::sum::sum;
use std::collections::HashMap;
use std::sync::Mutex;

/// What one member gains.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MemberGain {
    /// After its share of the cost, million USD a year.
    pub net_musd: f64,
    /// Its share of the cost, million USD a year.
    pub paid_musd: f64,
}

impl MemberGain {
    /// Before paying.
    pub fn gross_musd(self) -> f64 {
        self.net_musd + self.paid_musd
    }
}

/// The most that any set between two can give.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// \[member\]: net gain, million USD a year.
    pub net_musd: Vec<f64>,
    /// \[member\]: gain before paying, million USD a year.
    pub gross_musd: Vec<f64>,
    /// Net gain of all members together, million USD a year.
    pub total_net_musd: f64,
}

/// The gains of sets of projects. An appraisal of each set in the equilibrium is one; the sum of
/// what each project gives alone, [`AdditiveGains`], is an approximation to it.
pub trait Gains: Sync {
    /// What each member gains if exactly these projects happen, members sorted by label.
    fn gains(&self, set: ProjectSet) -> Result<Vec<MemberGain>, Cause>;

    /// Sets that differ little from this one are asked for next. What they gain is the same without
    /// being told; it may be found sooner.
    fn near(&self, _set: ProjectSet) -> Result<(), Cause> {
        Ok(())
    }

    /// Whether what this set gains is at hand, so that asking for it costs nothing.
    fn at_hand(&self, _set: ProjectSet) -> bool {
        false
    }

    /// The most that any affordable set can give which has all projects of `taken` and otherwise
    /// only projects of `free`; `None` where nothing is known. A bound must never be exceeded.
    fn bound(
        &self,
        _programme: &Programme,
        _taken: ProjectSet,
        _free: ProjectSet,
    ) -> Option<Bound> {
        None
    }
}

/// The additive approximation: a set gives the sum of what its projects give alone. It does not see
/// that projects complement or replace each other.
#[derive(Clone, Debug, PartialEq)]
pub struct AdditiveGains {
    /// \[project\]\[member\].
    pub alone: Vec<Vec<MemberGain>>,
}

impl AdditiveGains {
    /// From the gains of each project alone.
    pub fn measure(programme: &Programme, gains: &dyn Gains) -> Result<Self, AgreementError> {
        let cached = Cached::new(programme, gains);
        let sets: Vec<ProjectSet> = (0..programme.projects().len())
            .map(|project| ProjectSet::EMPTY.with(project))
            .collect();
        Ok(AdditiveGains {
            alone: cached.all(&sets)?,
        })
    }

    /// The most that the free projects add to a quantity, part of a project counting in part
    /// (Dantzig 1957): an upper bound on what whole projects within the money left add.
    fn most(
        &self,
        programme: &Programme,
        free: ProjectSet,
        money: Option<f64>,
        of: impl Fn(&[MemberGain]) -> f64,
    ) -> f64 {
        let mut items: Vec<(f64, f64)> = free
            .projects()
            .map(|p| (of(&self.alone[p]), programme.projects()[p].cost_musd))
            .filter(|(gain, _)| *gain > 0.0)
            .collect();
        let Some(mut money) = money else {
            return sum(items.iter().map(|(gain, _)| *gain));
        };
        items.sort_by(|a, b| (b.0 * a.1).total_cmp(&(a.0 * b.1)));
        let mut most = 0.0;
        for (gain, cost) in items {
            if cost <= money {
                money -= cost;
                most += gain;
            } else {
                most += gain * money.max(0.0) / cost;
                money = 0.0;
            }
        }
        most
    }
}

impl Gains for AdditiveGains {
    fn gains(&self, set: ProjectSet) -> Result<Vec<MemberGain>, Cause> {
        let members = self.alone.first().map_or(0, Vec::len);
        let total = |member: usize, of: fn(&MemberGain) -> f64| {
            sum(set
                .projects()
                .map(|project| of(&self.alone[project][member])))
        };
        Ok((0..members)
            .map(|member| MemberGain {
                net_musd: total(member, |gain| gain.net_musd),
                paid_musd: total(member, |gain| gain.paid_musd),
            })
            .collect())
    }

    fn bound(&self, programme: &Programme, taken: ProjectSet, free: ProjectSet) -> Option<Bound> {
        let base = self.gains(taken).ok()?;
        let money = programme
            .budget_musd()
            .map(|budget| budget * (1.0 + 1e-12) - programme.cost_musd(taken));
        let most = |of: &dyn Fn(&[MemberGain]) -> f64| self.most(programme, free, money, of);
        let total = sum(base.iter().map(|gain| gain.net_musd));
        let together = |gains: &[MemberGain]| sum(gains.iter().map(|gain| gain.net_musd));
        Some(Bound {
            net_musd: (0..base.len())
                .map(|m| base[m].net_musd + most(&|gains: &[MemberGain]| gains[m].net_musd))
                .collect(),
            gross_musd: (0..base.len())
                .map(|m| base[m].gross_musd() + most(&|gains: &[MemberGain]| gains[m].gross_musd()))
                .collect(),
            total_net_musd: total + most(&together),
        })
    }
}

/// Gains of one kind with a bound of another: the additive approximation, plus a stated allowance
/// for what projects add to each other. The bound, and the gap reported with it, are as good as
/// that allowance.
pub struct WithBound<'a> {
    /// The gains themselves.
    pub gains: &'a dyn Gains,
    /// What each project gives alone.
    pub alone: AdditiveGains,
    /// \[member\]: the most that a set can give beyond the sum of its projects alone, million USD a
    /// year.
    pub beyond_musd: Vec<f64>,
}

impl Gains for WithBound<'_> {
    fn gains(&self, set: ProjectSet) -> Result<Vec<MemberGain>, Cause> {
        self.gains.gains(set)
    }

    fn near(&self, set: ProjectSet) -> Result<(), Cause> {
        self.gains.near(set)
    }

    fn at_hand(&self, set: ProjectSet) -> bool {
        self.gains.at_hand(set)
    }

    fn bound(&self, programme: &Programme, taken: ProjectSet, free: ProjectSet) -> Option<Bound> {
        let mut bound = self.alone.bound(programme, taken, free)?;
        for list in [&mut bound.net_musd, &mut bound.gross_musd] {
            for (most, beyond) in list.iter_mut().zip(&self.beyond_musd) {
                *most += beyond;
            }
        }
        bound.total_net_musd += sum(self.beyond_musd.iter().copied());
        Some(bound)
    }
}

/// Gains that are asked for each set once.
pub(super) struct Cached<'a> {
    programme: &'a Programme,
    gains: &'a dyn Gains,
    known: Mutex<HashMap<ProjectSet, Vec<MemberGain>>>,
}

impl<'a> Cached<'a> {
    pub fn new(programme: &'a Programme, gains: &'a dyn Gains) -> Self {
        Cached {
            programme,
            gains,
            known: Mutex::new(HashMap::new()),
        }
    }

    pub fn bound(&self, taken: ProjectSet, free: ProjectSet) -> Option<Bound> {
        self.gains.bound(self.programme, taken, free)
    }

    /// See [`Gains::near`].
    pub fn near(&self, set: ProjectSet) -> Result<(), AgreementError> {
        self.gains
            .near(set)
            .map_err(|source| AgreementError::Evaluation {
                what: self.programme.describe(set),
                source,
            })
    }

    /// Whether a set has been asked for.
    pub fn has(&self, set: ProjectSet) -> bool {
        self.table().contains_key(&set)
    }

    /// Whether asking for a set costs nothing.
    pub fn at_hand(&self, set: ProjectSet) -> bool {
        self.has(set) || self.gains.at_hand(set)
    }

    /// Sets asked for so far, and what they gain, ascending.
    pub fn known(&self) -> Vec<(ProjectSet, Vec<MemberGain>)> {
        let table = self.table();
        let mut known: Vec<_> = table.iter().map(|(set, g)| (*set, g.clone())).collect();
        known.sort_by_key(|(set, _)| *set);
        known
    }

    /// Sets asked for so far.
    pub fn evaluations(&self) -> usize {
        self.table().len()
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<ProjectSet, Vec<MemberGain>>> {
        // A panic elsewhere leaves whole entries only: each is inserted at once.
        self.known
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub fn one(&self, set: ProjectSet) -> Result<Vec<MemberGain>, AgreementError> {
        if let Some(known) = self.table().get(&set) {
            return Ok(known.clone());
        }
        let failed = |source| AgreementError::Evaluation {
            what: self.programme.describe(set),
            source,
        };
        let found = self.gains.gains(set).map_err(failed)?;
        let expected = self.programme.voters().len();
        if found.len() != expected {
            return Err(AgreementError::one(Mistake::Length {
                what: format!("the gains of {}", self.programme.describe(set)),
                expected,
                found: found.len(),
            }));
        }
        let values = found
            .iter()
            .flat_map(|gain| [gain.net_musd, gain.paid_musd]);
        if let Some(value) = values.into_iter().find(|value| !value.is_finite()) {
            return Err(AgreementError::NotFinite {
                what: self.programme.describe(set),
                value,
            });
        }
        self.table().insert(set, found.clone());
        Ok(found)
    }

    /// Several sets, in parallel. The first failure in the order given is reported.
    pub fn all(&self, sets: &[ProjectSet]) -> Result<Vec<Vec<MemberGain>>, AgreementError> {
        use rayon::prelude::*;
        let found: Vec<Result<Vec<MemberGain>, AgreementError>> =
            sets.par_iter().map(|set| self.one(*set)).collect();
        found.into_iter().collect()
    }
}
