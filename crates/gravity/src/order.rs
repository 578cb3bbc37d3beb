//! The order of the rows.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::levels::Levels;

/// Rows sorted by the lead effect, then the others; where all levels are equal, by
/// the numbers, so that the order of rows in the file plays no part in any sum.
pub(crate) fn canonical_order(
    factors: &[Levels],
    lead: Option<usize>,
    extra: &[&[f64]],
    used: &[u32],
) -> Vec<u32> {
    let others: Vec<&[u32]> = (0..factors.len())
        .filter(|&f| lead != Some(f))
        .map(|f| factors[f].codes.as_slice())
        .collect();
    let by_levels = |a: u32, b: u32| {
        others
            .iter()
            .map(|codes| codes[a as usize].cmp(&codes[b as usize]))
            .find(|o| o.is_ne())
            .unwrap_or(Ordering::Equal)
    };
    let compare = |&a: &u32, &b: &u32| {
        by_levels(a, b).then_with(|| {
            let (a, b) = (used[a as usize] as usize, used[b as usize] as usize);
            extra
                .iter()
                .map(|v| v[a].total_cmp(&v[b]))
                .find(|o| o.is_ne())
                .unwrap_or(Ordering::Equal)
        })
    };
    let Some(lead) = lead else {
        let mut order: Vec<u32> = (0..used.len() as u32).collect();
        order.par_sort_by(compare);
        return order;
    };
    let (mut order, starts) = by_level(&factors[lead]);
    // Whole levels of the lead that are sorted together.
    const ROWS: u32 = 1 << 14;
    let mut parts: Vec<(&[u32], &mut [u32])> = Vec::new();
    let (mut first, mut rest) = (0, order.as_mut_slice());
    for level in 1..starts.len() {
        let rows = starts[level] - starts[first];
        if rows >= ROWS || level + 1 == starts.len() {
            let (part, tail) = rest.split_at_mut(rows as usize);
            parts.push((&starts[first..=level], part));
            (first, rest) = (level, tail);
        }
    }
    parts.into_par_iter().for_each(|(starts, part)| {
        for level in starts.windows(2) {
            let rows = (level[0] - starts[0]) as usize..(level[1] - starts[0]) as usize;
            part[rows].sort_by(compare);
        }
    });
    order
}

/// The rows, sorted by their level, those of a level in their order; and where each level begins.
fn by_level(factor: &Levels) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; factor.count() + 1];
    for &code in &factor.codes {
        starts[code as usize + 1] += 1;
    }
    for level in 0..factor.count() {
        starts[level + 1] += starts[level];
    }
    let n = factor.codes.len();
    let sorted = (1..n)
        .into_par_iter()
        .all(|r| factor.codes[r - 1] <= factor.codes[r]);
    if sorted {
        return ((0..n as u32).collect(), starts);
    }
    let mut next = starts.clone();
    let mut order = vec![0u32; n];
    for (row, &code) in factor.codes.iter().enumerate() {
        let at = &mut next[code as usize];
        order[*at as usize] = row as u32;
        *at += 1;
    }
    (order, starts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::levels::Labels;

    #[test]
    fn rows_follow_levels_then_numbers_whatever_their_order_in_the_file() {
        let levels = |codes: Vec<u32>| Levels {
            codes,
            labels: Labels::Whole((0..3).collect()),
        };
        // (lead, other, number) of each row, in three orders of the file.
        let rows = [
            (2, 0, 1.0),
            (0, 1, 5.0),
            (0, 1, -5.0),
            (1, 2, 0.0),
            (0, 0, 9.0),
        ];
        for turn in 0..rows.len() {
            let mut rows = rows;
            rows.rotate_left(turn);
            let factors = [
                levels(rows.iter().map(|r| r.1).collect()),
                levels(rows.iter().map(|r| r.0).collect()),
            ];
            let numbers: Vec<f64> = rows.iter().map(|r| r.2).collect();
            let used: Vec<u32> = (0..rows.len() as u32).collect();
            let sorted = |lead| -> Vec<f64> {
                let order = canonical_order(&factors, lead, &[&numbers], &used);
                order.iter().map(|&r| numbers[r as usize]).collect()
            };
            assert_eq!(sorted(Some(1)), [9.0, -5.0, 5.0, 0.0, 1.0]);
            assert_eq!(sorted(None), [9.0, 1.0, -5.0, 5.0, 0.0]);
        }
    }
}
