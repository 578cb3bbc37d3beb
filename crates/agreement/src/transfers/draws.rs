//! Transfers fixed beforehand that hold with a probability.
//!
//! The draws are joint scenarios: draw k is one state of the world for all members. Transfers hold
//! in a draw if every member then has at least what it asks for, so they must hold in a share p of
//! the draws at once. For a set of draws that they must hold in, each member's surplus is its least
//! over the set, and the smallest transfers follow as for point estimates. The question is which
//! draws to give up: at most ⌊(1 − p) K⌋ of K.
//!
//! *Exact*: giving up a draw helps only if it is the worst left for some member. So every optimal
//! set is reached by giving up, one after the other, a draw that is the worst left for somebody,
//! and a tree search over those with two bounds (each member gives up its own worst draws for free;
//! and for a price, see `bound`) finds the optimum. *Best found*, beyond the limit on the size of the search: the better of a
//! quantile for each member, with the draws to give up shared out among the members so that the sum
//! is least (conservative: the sets given up are counted as if they did not overlap), then a greedy
//! use of what is left and exchanges of one draw for another. The lower bound is reported with it.

use super::bound::Lagrangian;
use super::scenarios::{Dropped, Scenarios, needed};
use super::{Settlement, amounts, finite, labels, payer_level, settle};
use crate::error::{AgreementError, Mistake};
use crate::sum::sum;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What a member gets in each draw, and what it asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawnAccount {
    /// Who.
    pub label: String,
    /// Net gain it asks for, million USD a year.
    pub wanted_musd: f64,
    /// \[draw\]: net gain before transfers, million USD a year.
    pub draws_musd: Vec<f64>,
}

/// How far to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sets of draws looked at before the search stops.
    pub most_nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            most_nodes: 200_000,
        }
    }
}

/// What is known about a settlement under draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// No smaller transfers hold in as many draws; or none at all do.
    Exact,
    /// The search was cut short: smaller ones may exist, down to the lower bound.
    BestFound,
}

/// Transfers that hold with a probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probable {
    /// The transfers; `after_musd` is the least over the draws in which they hold. If infeasible,
    /// the shortfall of the set of draws that comes closest, as far as was searched.
    pub settlement: Settlement,
    /// Whether they are proved to be the smallest.
    pub proof: Proof,
    /// No transfers that hold in as many draws pay less in total, million USD a year.
    pub lower_bound_musd: f64,
    /// Share of the draws in which every member has what it asks for after the transfers; 0 if
    /// infeasible.
    pub holds: f64,
    /// Share asked for.
    pub asked: f64,
}

/// The smallest transfers, fixed beforehand, that leave every member with what it asks for in at
/// least a share `probability` of the draws.
pub fn with_probability(
    accounts: &[DrawnAccount],
    probability: f64,
    limits: Limits,
) -> Result<Probable, AgreementError> {
    let mut sorted: Vec<&DrawnAccount> = accounts.iter().collect();
    sorted.sort_by(|a, b| a.label.cmp(&b.label));
    check(&sorted, probability)?;
    let draws = sorted[0].draws_musd.len();
    let surplus: Vec<Vec<f64>> = sorted
        .iter()
        .map(|a| a.draws_musd.iter().map(|d| d - a.wanted_musd).collect())
        .collect();
    // The least whole number of draws that is a share p of them; 0.95 of 100 is 95, not 96.
    let kept = (probability * draws as f64 * (1.0 - 1e-12)).ceil() as usize;
    let scenarios = Scenarios::new(surplus, draws - kept.min(draws));
    let bound = Lagrangian::new(&scenarios);
    let mut search = Search {
        scenarios: &scenarios,
        bound: &bound,
        best: None,
        closest: f64::INFINITY,
        seen: HashSet::new(),
        nodes_left: limits.most_nodes,
    };
    let mut none = Dropped::none(draws);
    search.consider(&none);
    search.conservative();
    let exact = search.descend(&mut none);
    let proof = if exact {
        Proof::Exact
    } else {
        Proof::BestFound
    };
    let none = Dropped::none(draws);
    let free = scenarios.surplus(&none, scenarios.most_dropped);
    let bound = needed(&free).max(bound.at(&scenarios, &none));
    let Some(best) = search.best else {
        return Ok(Probable {
            settlement: Settlement::Infeasible {
                shortfall_musd: search.closest,
            },
            // A shortfall even with every member's worst draws given up for free proves it.
            proof: if amounts(&free).is_err() {
                Proof::Exact
            } else {
                proof
            },
            lower_bound_musd: bound,
            holds: 0.0,
            asked: probability,
        });
    };
    let worst = scenarios.surplus(&best.dropped, 0);
    let names: Vec<&str> = sorted.iter().map(|a| a.label.as_str()).collect();
    let net: Vec<f64> = sorted
        .iter()
        .zip(&worst)
        .map(|(account, surplus)| surplus + account.wanted_musd)
        .collect();
    let settlement = settle(&names, &net, &worst);
    let lower_bound_musd = if exact { best.needed } else { bound };
    let holds = scenarios.holds(&settlement) as f64 / draws as f64;
    Ok(Probable {
        settlement,
        proof,
        lower_bound_musd,
        holds,
        asked: probability,
    })
}

fn check(sorted: &[&DrawnAccount], probability: f64) -> Result<(), AgreementError> {
    let mut mistakes = labels(sorted.iter().map(|account| account.label.as_str()));
    if !(probability > 0.0 && probability <= 1.0) {
        mistakes.push(Mistake::OutOfRange {
            what: "the probability".into(),
            value: probability,
            wanted: "it must be above 0 and at most 1",
        });
    }
    let draws = sorted.first().map_or(0, |account| account.draws_musd.len());
    if draws == 0 && !sorted.is_empty() {
        mistakes.push(Mistake::OutOfRange {
            what: "the number of draws".into(),
            value: 0.0,
            wanted: "appraise with draws first",
        });
    }
    for account in sorted {
        if account.draws_musd.len() != draws {
            mistakes.push(Mistake::Length {
                what: format!("the list of draws of {}", account.label),
                expected: draws,
                found: account.draws_musd.len(),
            });
        }
        mistakes.extend(finite(&account.label, "wanted gain", account.wanted_musd));
        let odd = account.draws_musd.iter().find(|d| !d.is_finite());
        mistakes.extend(odd.and_then(|d| finite(&account.label, "drawn gain", *d)));
    }
    AgreementError::unless_empty(mistakes)
}

#[derive(Clone)]
struct Candidate {
    dropped: Dropped,
    needed: f64,
    level: f64,
}

struct Search<'a> {
    scenarios: &'a Scenarios,
    bound: &'a Lagrangian,
    best: Option<Candidate>,
    /// The least shortfall seen.
    closest: f64,
    seen: HashSet<Vec<u32>>,
    nodes_left: usize,
}

impl Search<'_> {
    /// Whether (needed, level) comes before the best, beyond rounding.
    fn improves(&self, needed: f64, level: f64) -> bool {
        let Some(best) = &self.best else { return true };
        let rounding = super::ROUNDING * self.scenarios.scale;
        needed < best.needed - rounding
            || needed <= best.needed + rounding && level < best.level - rounding
    }

    fn consider(&mut self, dropped: &Dropped) {
        let surplus = self.scenarios.surplus(dropped, 0);
        match amounts(&surplus) {
            Err(shortfall) => self.closest = self.closest.min(shortfall),
            Ok(_) => {
                let needed = needed(&surplus);
                let level = payer_level(&surplus, needed);
                if self.improves(needed, level) {
                    self.best = Some(Candidate {
                        dropped: dropped.clone(),
                        needed,
                        level,
                    });
                }
            }
        }
    }

    /// Whether the whole tree below was searched or bounded.
    fn descend(&mut self, dropped: &mut Dropped) -> bool {
        if self.nodes_left == 0 {
            return false;
        }
        self.nodes_left -= 1;
        self.consider(dropped);
        let left = self.scenarios.most_dropped - dropped.list.len();
        if left == 0 {
            return true;
        }
        let free = self.scenarios.surplus(dropped, left);
        let level = |needed| payer_level(&free, needed);
        let simple = needed(&free);
        if amounts(&free).is_err() || !self.improves(simple, level(simple)) {
            return true;
        }
        let tight = self.bound.at(self.scenarios, dropped).max(simple);
        if !self.improves(tight, level(tight)) {
            return true;
        }
        let mut next: Vec<(f64, u32)> = (0..free.len())
            .filter_map(|member| {
                let draw = self.scenarios.worst(member, dropped, 0)?;
                Some((self.scenarios.surplus[member][draw as usize], draw))
            })
            .collect();
        next.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut tried = HashSet::new();
        let mut whole = true;
        for (_, draw) in next {
            if !tried.insert(draw) {
                continue;
            }
            dropped.add(draw);
            if self.seen.insert(dropped.list.clone()) {
                whole &= self.descend(dropped);
            }
            dropped.remove(draw);
            if !whole && self.nodes_left == 0 {
                return false;
            }
        }
        whole
    }

    /// A quantile for each member: share out the draws to give up so that least is needed, or so
    /// that the members together have most; then use what overlaps greedily.
    fn conservative(&mut self) {
        let budget = self.scenarios.most_dropped;
        let members = self.scenarios.surplus.len();
        type Price = fn(f64) -> f64;
        let prices: [Price; 2] = [|surplus| (-surplus).max(0.0), |surplus| -surplus];
        for price in prices {
            // cost[k]: least price of the members so far with k draws shared out.
            let mut cost = vec![0.0; budget + 1];
            let mut choices: Vec<Vec<usize>> = Vec::with_capacity(members);
            for member in 0..members {
                let of_member = &self.scenarios.surplus[member];
                let order = &self.scenarios.worst_first[member];
                let priced = |given_up: usize| {
                    let draw = order[given_up.min(order.len() - 1)];
                    price(of_member[draw as usize])
                };
                let mut next = vec![f64::INFINITY; budget + 1];
                let mut choice = vec![0; budget + 1];
                for total in 0..=budget {
                    for own in 0..=total {
                        let sum = cost[total - own] + priced(own);
                        if sum < next[total] {
                            next[total] = sum;
                            choice[total] = own;
                        }
                    }
                }
                cost = next;
                choices.push(choice);
            }
            let mut dropped = Dropped::none(self.scenarios.surplus[0].len());
            let mut total = budget;
            for member in (0..members).rev() {
                let own = choices[member][total];
                for draw in self.scenarios.worst_first[member].iter().take(own) {
                    dropped.add(*draw);
                }
                total -= own;
            }
            self.consider(&dropped);
            self.greedy(&mut dropped, price);
            self.exchange(&mut dropped, price);
        }
    }

    fn cost(&self, dropped: &Dropped, price: fn(f64) -> f64) -> f64 {
        sum(self.scenarios.surplus(dropped, 0).into_iter().map(price))
    }

    /// The draw whose giving up leaves the least cost, if any is left to give up.
    fn cheapest(&self, dropped: &mut Dropped, price: fn(f64) -> f64) -> Option<(f64, u32)> {
        let mut best: Option<(f64, u32)> = None;
        for member in 0..self.scenarios.surplus.len() {
            let draw = self.scenarios.worst(member, dropped, 0)?;
            dropped.add(draw);
            let cost = self.cost(dropped, price);
            dropped.remove(draw);
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, draw));
            }
        }
        best
    }

    /// Keep a draw after all and give up a better one, as long as that helps.
    fn exchange(&mut self, dropped: &mut Dropped, price: fn(f64) -> f64) {
        let rounding = super::ROUNDING * self.scenarios.scale;
        let mut cost = self.cost(dropped, price);
        loop {
            let before = cost;
            for kept in dropped.list.clone() {
                dropped.remove(kept);
                match self.cheapest(dropped, price) {
                    Some((less, draw)) if less < cost - rounding => {
                        dropped.add(draw);
                        cost = less;
                        self.consider(dropped);
                    }
                    _ => dropped.add(kept),
                }
            }
            if cost >= before {
                return;
            }
        }
    }

    /// Give up further draws, each time the one whose loss of price is largest.
    fn greedy(&mut self, dropped: &mut Dropped, price: fn(f64) -> f64) {
        while dropped.list.len() < self.scenarios.most_dropped {
            let best = self.cheapest(dropped, price);
            let Some((_, draw)) = best else { return };
            dropped.add(draw);
            self.consider(dropped);
        }
    }
}
