//! Joint draws of surpluses, some of which are given up.

use super::Settlement;
use crate::sum::sum;

/// What the members short of zero lack.
pub(super) fn needed(surplus: &[f64]) -> f64 {
    sum(surplus.iter().map(|s| (-s).max(0.0)))
}

/// The draws given up.
#[derive(Clone)]
pub(super) struct Dropped {
    pub flags: Vec<bool>,
    /// Ascending.
    pub list: Vec<u32>,
}

impl Dropped {
    pub fn none(draws: usize) -> Self {
        Dropped {
            flags: vec![false; draws],
            list: Vec::new(),
        }
    }

    pub fn add(&mut self, draw: u32) {
        if let Err(place) = self.list.binary_search(&draw) {
            self.list.insert(place, draw);
            self.flags[draw as usize] = true;
        }
    }

    pub fn remove(&mut self, draw: u32) {
        if let Ok(place) = self.list.binary_search(&draw) {
            self.list.remove(place);
            self.flags[draw as usize] = false;
        }
    }
}

pub(super) struct Scenarios {
    /// \[member\]\[draw\].
    pub surplus: Vec<Vec<f64>>,
    /// \[member\]: draws, worst first, ties by number.
    pub worst_first: Vec<Vec<u32>>,
    pub most_dropped: usize,
    pub scale: f64,
}

impl Scenarios {
    pub fn new(surplus: Vec<Vec<f64>>, most_dropped: usize) -> Self {
        let worst_first = surplus
            .iter()
            .map(|of_member| {
                let mut order: Vec<u32> = (0..of_member.len() as u32).collect();
                order.sort_by(|a, b| {
                    of_member[*a as usize]
                        .total_cmp(&of_member[*b as usize])
                        .then(a.cmp(b))
                });
                order
            })
            .collect();
        let scale = surplus
            .iter()
            .flatten()
            .fold(f64::MIN_POSITIVE, |most, s| most.max(s.abs()));
        Scenarios {
            surplus,
            worst_first,
            most_dropped,
            scale,
        }
    }

    /// The worst draw left to a member after `further` more of its own are given up.
    pub fn worst(&self, member: usize, dropped: &Dropped, further: usize) -> Option<u32> {
        self.worst_first[member]
            .iter()
            .filter(|draw| !dropped.flags[**draw as usize])
            .nth(further)
            .copied()
    }

    /// \[member\]: the least surplus over the draws kept. With every draw given up, the largest.
    pub fn surplus(&self, dropped: &Dropped, further: usize) -> Vec<f64> {
        (0..self.surplus.len())
            .map(|member| {
                let draw = self.worst(member, dropped, further);
                let best = || self.worst_first[member].last().copied();
                let draw = draw.or_else(best).unwrap_or(0);
                self.surplus[member][draw as usize]
            })
            .collect()
    }

    /// Draws in which everyone has enough after the transfers.
    pub fn holds(&self, settlement: &Settlement) -> usize {
        let Some(transfers) = settlement.transfers() else {
            return 0;
        };
        let rounding = super::ROUNDING * self.scale * self.surplus.len() as f64;
        (0..self.surplus[0].len())
            .filter(|draw| {
                self.surplus
                    .iter()
                    .zip(&transfers.members)
                    .all(|(surplus, member)| surplus[*draw] + member.transfer_musd >= -rounding)
            })
            .count()
    }
}
