//! A lower bound on what must be transferred, by pricing the draws given up.
//!
//! If a draw given up counts 1/m for each of the m members short of their δ among whose worst draws
//! it is, then the draws given up count at most their number, k. So with a price λ ≥ 0 a draw,
//! Σ_i min_j [what i lacks with its j worst draws given up + λ × what those j count] − λ k
//! is a lower bound for every λ: each member chooses its draws alone. It is concave in λ; the best λ
//! is found once, at the root, and holds below.

use super::scenarios::{Dropped, Scenarios};

pub(super) struct Lagrangian {
    /// Members that lack something before any draw is given up.
    short: Vec<usize>,
    /// \[draw\]: 1/m.
    counts: Vec<f64>,
    price: f64,
}

impl Lagrangian {
    pub fn new(scenarios: &Scenarios) -> Self {
        let draws = scenarios.surplus[0].len();
        let none = Dropped::none(draws);
        let lacking = scenarios.surplus(&none, 0);
        let short: Vec<usize> = (0..lacking.len()).filter(|m| lacking[*m] < 0.0).collect();
        let mut members = vec![0u32; draws];
        for member in &short {
            let worst = scenarios.worst_first[*member].iter();
            for draw in worst.take(scenarios.most_dropped) {
                members[*draw as usize] += 1;
            }
        }
        let mut bound = Lagrangian {
            counts: members
                .iter()
                .map(|m| 1.0 / f64::from((*m).max(1)))
                .collect(),
            short,
            price: 0.0,
        };
        bound.price = bound.best_price(scenarios, &none);
        bound
    }

    /// Ternary search on a concave function; any price is valid, so its end need not be exact.
    fn best_price(&mut self, scenarios: &Scenarios, none: &Dropped) -> f64 {
        let mut at = |price: f64| {
            self.price = price;
            self.at(scenarios, none)
        };
        let (mut low, mut high) = (0.0, scenarios.scale * scenarios.surplus.len() as f64);
        for _ in 0..100 {
            let third = (high - low) / 3.0;
            if at(low + third) < at(high - third) {
                low += third;
            } else {
                high -= third;
            }
        }
        0.5 * (low + high)
    }

    /// The bound on what is needed with all of `dropped` given up and as many more as are left.
    pub fn at(&self, scenarios: &Scenarios, dropped: &Dropped) -> f64 {
        let left = scenarios.most_dropped - dropped.list.len();
        let mut total = -self.price * left as f64;
        for member in &self.short {
            let mut counted = 0.0;
            let mut least = f64::INFINITY;
            let kept = scenarios.worst_first[*member]
                .iter()
                .filter(|draw| !dropped.flags[**draw as usize]);
            for draw in kept.take(left + 1) {
                let surplus = scenarios.surplus[*member][*draw as usize];
                least = least.min((-surplus).max(0.0) + self.price * counted);
                if surplus >= 0.0 {
                    break;
                }
                counted += self.counts[*draw as usize];
            }
            total += least;
        }
        total.max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenarios::needed;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_set_of_draws_given_up_needs_less_than_the_bound(
            draws in prop::collection::vec(prop::collection::vec(-9.0f64..4.0, 3), 2..9),
            most_dropped in 1usize..4,
            first in 0usize..9,
        ) {
            let count = draws.len();
            let surplus = (0..3).map(|m| draws.iter().map(|draw| draw[m]).collect()).collect();
            let scenarios = Scenarios::new(surplus, most_dropped.min(count - 1));
            let bound = Lagrangian::new(&scenarios);
            let mut none = Dropped::none(count);
            let mut one = Dropped::none(count);
            one.add((first % count) as u32);
            for given_up in [&mut none, &mut one] {
                let promised = bound.at(&scenarios, given_up);
                for set in 0u32..1 << count {
                    let more = (0..count as u32).filter(|d| set >> d & 1 == 1);
                    let mut all = given_up.clone();
                    more.for_each(|draw| all.add(draw));
                    if all.list.len() <= scenarios.most_dropped {
                        let needed = needed(&scenarios.surplus(&all, 0));
                        prop_assert!(promised <= needed + 1e-9, "{} above {}", promised, needed);
                    }
                }
            }
        }
    }
}
