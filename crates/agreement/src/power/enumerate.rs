//! Counting winning coalitions by looking at each.
//!
//! Coalitions are split into high and low bits. The weights of all low parts are tabulated once,
//! sorted by size; for each high part the low parts that win with it are found by one comparison a
//! criterion, and counted into one array for each size of the high part (for the low members) and
//! by size (for the high members). About a nanosecond a coalition.

use super::count::{Conditions, Winning};
use crate::coalition::Coalition;
use rayon::prelude::*;
use std::ops::Range;

/// The most members: 2^30 coalitions.
pub(super) const MOST_MEMBERS: usize = 30;

const LOW: usize = 10;

pub(super) fn count(conditions: &Conditions) -> Winning {
    let narrow = conditions
        .weighted
        .iter()
        .all(|criterion| criterion.total() < 1 << 30);
    if narrow {
        count_in::<i32>(conditions)
    } else {
        count_in::<i64>(conditions)
    }
}

/// Weights fit the narrower type where they can: twice as many comparisons at a time.
trait Weight: Copy + PartialOrd + Send + Sync {
    fn from_i64(value: i64) -> Self;
}

impl Weight for i32 {
    fn from_i64(value: i64) -> i32 {
        value as i32
    }
}

impl Weight for i64 {
    fn from_i64(value: i64) -> i64 {
        value
    }
}

/// The low parts, sorted by size.
struct LowParts<W> {
    bits: usize,
    parts: Vec<u64>,
    /// \[size\]: where its parts are.
    segments: Vec<Range<usize>>,
    /// \[criterion\]\[part\].
    weights: Vec<Vec<W>>,
    /// \[part\]: 1 if every low member with a veto is in it.
    no_veto: Vec<u32>,
}

impl<W: Weight> LowParts<W> {
    fn new(conditions: &Conditions) -> Self {
        let bits = LOW.min(conditions.members);
        let mut parts: Vec<u64> = (0..1 << bits).collect();
        parts.sort_by_key(|part: &u64| (part.count_ones(), *part));
        let mut segments = Vec::with_capacity(bits + 1);
        let mut start = 0;
        for size in 0..=bits {
            let end = parts.partition_point(|part| part.count_ones() as usize <= size);
            segments.push(start..end);
            start = end;
        }
        let weights = conditions
            .weighted
            .iter()
            .map(|criterion| {
                let weight = |part: &u64| {
                    let members = Coalition(*part).players();
                    W::from_i64(members.map(|m| criterion.weights()[m] as i64).sum())
                };
                parts.iter().map(weight).collect()
            })
            .collect();
        let vetoes = conditions.vetoes.0 & ((1 << bits) - 1);
        let no_veto = parts
            .iter()
            .map(|part| u32::from(part & vetoes == vetoes))
            .collect();
        LowParts {
            bits,
            parts,
            segments,
            weights,
            no_veto,
        }
    }
}

fn count_in<W: Weight>(conditions: &Conditions) -> Winning {
    let low = LowParts::<W>::new(conditions);
    let blocks = 1u64 << (conditions.members - low.bits);
    let piece = blocks.div_ceil(64).max(1);
    // Whole numbers add up to the same whatever the order.
    (0..blocks.div_ceil(piece))
        .into_par_iter()
        .map(|index| {
            let first = index * piece;
            count_blocks(conditions, &low, first..(first + piece).min(blocks))
        })
        .reduce(
            || Winning::none(conditions.members),
            |mut total, more| {
                total.merge(&more);
                total
            },
        )
}

fn count_blocks<W: Weight>(
    conditions: &Conditions,
    low: &LowParts<W>,
    blocks: Range<u64>,
) -> Winning {
    let block = low.parts.len();
    let sizes = conditions.members - low.bits + 1;
    let mut winning = Winning::none(conditions.members);
    // [size of the high part][low part]: at most C(20, 10) high parts have the same size.
    let mut by_high_size = vec![0u32; sizes * block];
    let mut wins = vec![0u32; block];
    let high_vetoes = conditions.vetoes.0 >> low.bits;
    for high in blocks {
        if high & high_vetoes != high_vetoes {
            continue;
        }
        let size = high.count_ones() as usize;
        let members = || Coalition(high << low.bits).players();
        wins.copy_from_slice(&low.no_veto);
        for (criterion, weights) in conditions.weighted.iter().zip(&low.weights) {
            let there: u64 = members().map(|m| criterion.weights()[m]).sum();
            let missing = W::from_i64(criterion.quota() as i64 - there as i64);
            for (win, weight) in wins.iter_mut().zip(weights) {
                *win &= u32::from(*weight >= missing);
            }
        }
        for (low_size, segment) in low.segments.iter().enumerate() {
            let total = size + low_size;
            let wins = &mut wins[segment.clone()];
            if total >= conditions.suffices {
                wins.copy_from_slice(&low.no_veto[segment.clone()]);
            } else if total < conditions.least {
                wins.fill(0);
            }
            let count: u32 = wins.iter().sum();
            if count > 0 {
                let count = u128::from(count);
                winning.all[total] += count;
                members().for_each(|member| winning.add(member, total, count));
            }
        }
        let counts = &mut by_high_size[size * block..][..block];
        for (count, win) in counts.iter_mut().zip(&wins) {
            *count += win;
        }
    }
    for size in 0..sizes {
        for (part, count) in low.parts.iter().zip(&by_high_size[size * block..]) {
            if *count > 0 {
                let total = size + part.count_ones() as usize;
                for member in Coalition(*part).players() {
                    winning.add(member, total, u128::from(*count));
                }
            }
        }
    }
    winning
}
