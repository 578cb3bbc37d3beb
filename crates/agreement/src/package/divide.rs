//! Whether a set is accepted, how its cost is shared, and what it scores.

use super::{Bound, MemberGain, Objective, Programme, ProjectSet, Sharing};
use crate::sum::sum;
use std::cmp::Ordering;

/// Below this share of the gains at stake, a difference is rounding.
const ROUNDING: f64 = 1e-12;

/// A set with its gains shared.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub set: ProjectSet,
    /// \[member\].
    pub gains: Vec<MemberGain>,
    /// What is missing to everyone's δ, million USD a year; 0 if all accept.
    pub missing: f64,
    pub value: f64,
    pub total: f64,
}

impl Offer {
    pub fn new(programme: &Programme, set: ProjectSet, gains: Vec<MemberGain>) -> Self {
        let scale = sum(gains.iter().map(|g| g.net_musd.abs() + g.paid_musd.abs()));
        let gains = match programme.sharing {
            Sharing::Given => gains,
            Sharing::Negotiated => shared_anew(programme, gains),
        };
        let lack = |(gain, wanted): (&MemberGain, f64)| (wanted - gain.net_musd).max(0.0);
        let wanted = programme.voters().iter().map(|voter| voter.wanted_musd);
        let missing = sum(gains.iter().zip(wanted).map(lack));
        let net: Vec<f64> = gains.iter().map(|gain| gain.net_musd).collect();
        let total = sum(net.iter().copied());
        Offer {
            set,
            missing: if missing <= ROUNDING * scale {
                0.0
            } else {
                missing
            },
            value: value(programme, &net, total),
            total,
            gains,
        }
    }

    pub fn accepted(&self) -> bool {
        self.missing == 0.0
    }

    /// Whether this offer comes before the other: accepted first, then by the objective.
    pub fn beats(&self, other: &Offer) -> bool {
        let unlike = |a: f64, b: f64| (a - b).abs() > ROUNDING * (a.abs() + b.abs());
        let higher = |a: f64, b: f64| {
            if unlike(a, b) {
                a.total_cmp(&b)
            } else {
                Ordering::Equal
            }
        };
        higher(other.missing, self.missing)
            .then(higher(self.value, other.value))
            .then(higher(self.total, other.total))
            .then(other.set.size().cmp(&self.set.size()))
            // Sets of equal size: the first project by name that only one has decides.
            .then((self.set.0.reverse_bits()).cmp(&other.set.0.reverse_bits()))
            .is_gt()
    }
}

/// What the objective makes of net gains.
fn value(programme: &Programme, net: &[f64], total: f64) -> f64 {
    let least = |of: &dyn Fn(usize) -> f64| (0..net.len()).map(of).fold(f64::INFINITY, f64::min);
    match programme.objective {
        Objective::Total => total,
        Objective::Equal => {
            least(&|member| 100.0 * net[member] / programme.voters()[member].income_musd)
        }
        Objective::Maximin => least(&|member| net[member]),
    }
}

/// The most that any offer within a bound can score; `None` if none can be accepted.
pub(super) fn most(programme: &Programme, bound: &Bound) -> Option<f64> {
    let voters = programme.voters();
    let size = |list: &[f64]| sum(list.iter().map(|most| most.abs()));
    let slack = ROUNDING * (size(&bound.net_musd) + size(&bound.gross_musd));
    let wanted = sum(voters.iter().map(|voter| voter.wanted_musd));
    let ceiling = match programme.sharing {
        Sharing::Given => &bound.net_musd,
        Sharing::Negotiated => &bound.gross_musd,
    };
    let someone_blocks = voters
        .iter()
        .zip(ceiling)
        .any(|(voter, most)| *most < voter.wanted_musd - slack);
    if someone_blocks || bound.total_net_musd < wanted - slack {
        return None;
    }
    let total = bound.total_net_musd.min(sum(ceiling.iter().copied()));
    let net = match (programme.sharing, programme.objective) {
        (_, Objective::Total) => return Some(total + slack),
        (Sharing::Given, _) => bound.net_musd.clone(),
        (Sharing::Negotiated, _) => level(programme, ceiling, total),
    };
    Some(value(programme, &net, total) + slack)
}

fn shared_anew(programme: &Programme, gains: Vec<MemberGain>) -> Vec<MemberGain> {
    let voters = programme.voters();
    let gross: Vec<f64> = gains.iter().map(|gain| gain.gross_musd()).collect();
    let net = sum(gains.iter().map(|gain| gain.net_musd));
    let wanted = voters.iter().map(|voter| voter.wanted_musd);
    let blocked = gross
        .iter()
        .zip(wanted.clone())
        .any(|(gross, wanted)| *gross < wanted);
    if blocked || net < sum(wanted) {
        // No sharing satisfies all: leave it as it is, so that what is missing shows.
        return gains;
    }
    let shared = level(programme, &gross, net);
    gross
        .iter()
        .zip(shared)
        .map(|(gross, net_musd)| MemberGain {
            net_musd,
            paid_musd: gross - net_musd,
        })
        .collect()
}

/// Net gains min(max(t × weight, wanted), gross) that add to `total`: the least gain a unit of
/// weight, t, is as large as can be. Weights are incomes, or 1 under [`Objective::Maximin`].
fn level(programme: &Programme, gross: &[f64], total: f64) -> Vec<f64> {
    let voters = programme.voters();
    let weight = |member: usize| match programme.objective {
        Objective::Maximin => 1.0,
        Objective::Total | Objective::Equal => voters[member].income_musd,
    };
    let net = |t: f64| -> Vec<f64> {
        (0..gross.len())
            .map(|m| (t * weight(m)).max(voters[m].wanted_musd).min(gross[m]))
            .collect()
    };
    // The sum is piecewise linear and rising in t, with corners where a member leaves its δ or
    // reaches its gross gain.
    let mut corners: Vec<f64> = (0..gross.len())
        .flat_map(|m| [voters[m].wanted_musd / weight(m), gross[m] / weight(m)])
        .collect();
    corners.sort_by(f64::total_cmp);
    let mut below: Option<(f64, f64)> = None;
    for corner in corners {
        let reached = sum(net(corner));
        if reached >= total {
            let Some((start, from)) = below else {
                return net(corner);
            };
            let part = (total - from) / (reached - from);
            return net(start + part * (corner - start));
        }
        below = Some((corner, reached));
    }
    net(f64::INFINITY)
}
