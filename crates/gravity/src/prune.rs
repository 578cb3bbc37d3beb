//! Rows that say nothing: alone in a level of a fixed effect, or in a level
//! whose outcomes are all zero. Both are taken away until none is left
//! (Correia 2015, "Singletons, cluster-robust standard errors and fixed effects").

use rayon::prelude::*;

use crate::by_row;
use crate::levels::Levels;

/// Rows taken away, by effect.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Pruned {
    /// (row, effect): the only row left in a level of that effect.
    pub singletons: Vec<(u32, usize)>,
    /// (row, effect): every outcome left in the level is zero.
    pub zero_levels: Vec<(u32, usize)>,
    /// The rows kept, ascending.
    pub kept: Vec<u32>,
}

/// `zeros`: the outcomes, where levels of zeros are to go. `singletons`: whether
/// rows alone in their level are to go.
pub(crate) fn prune(
    rows: usize,
    effects: &[&Levels],
    zeros: Option<&[f64]>,
    singletons: bool,
) -> Pruned {
    let mut out = Pruned::default();
    let (mut count, mut positive): (Vec<Vec<u32>>, Vec<Vec<u32>>) = effects
        .par_iter()
        .map(|effect| {
            let (mut count, mut positive) = (vec![0; effect.count()], vec![0; effect.count()]);
            for (row, &code) in effect.codes.iter().enumerate() {
                count[code as usize] += 1;
                if zeros.is_some_and(|y| y[row] > 0.0) {
                    positive[code as usize] += 1;
                }
            }
            (count, positive)
        })
        .unzip();
    let reason = |row: usize, count: &[Vec<u32>], positive: &[Vec<u32>]| {
        for (f, effect) in effects.iter().enumerate() {
            let level = effect.codes[row] as usize;
            if zeros.is_some() && positive[f][level] == 0 {
                return Some((f, true));
            }
        }
        if singletons {
            for (f, effect) in effects.iter().enumerate() {
                if count[f][effect.codes[row] as usize] == 1 {
                    return Some((f, false));
                }
            }
        }
        None
    };
    let mut alive: Vec<u32> = by_row::map(rows, |r| r as u32);
    // Passes over what is left take care of all but long chains, in which one row
    // falls after another; those are followed from row to row below.
    const PASSES: usize = 8;
    let mut fallen: Vec<u32> = Vec::new();
    let mut gone = vec![false; rows];
    for _ in 0..PASSES {
        fallen.clear();
        // Judge all rows by the same counts, so that their order does not matter.
        let judged: Vec<(u32, usize, bool)> = alive
            .par_iter()
            .with_min_len(1 << 13)
            .filter_map(|&row| {
                let (f, zero) = reason(row as usize, &count, &positive)?;
                Some((row, f, zero))
            })
            .collect();
        for (row, f, zero) in judged {
            if zero {
                out.zero_levels.push((row, f));
            } else {
                out.singletons.push((row, f));
            }
            fallen.push(row);
        }
        if fallen.is_empty() {
            break;
        }
        remove(&fallen, effects, zeros, &mut count, &mut positive);
        fallen.iter().for_each(|&row| gone[row as usize] = true);
        let left = by_row::filter(alive.len(), |at| !gone[alive[at] as usize]);
        alive = by_row::pick(&alive, &left);
    }
    if !fallen.is_empty() {
        follow_chains(
            effects,
            zeros,
            &mut alive,
            &mut count,
            &mut positive,
            &reason,
            &mut out,
        );
    }
    out.kept = alive;
    out
}

/// Why a row falls, given how many rows and positive outcomes its levels have: the
/// effect, and whether it is for zeros.
type Reason<'a> = dyn Fn(usize, &[Vec<u32>], &[Vec<u32>]) -> Option<(usize, bool)> + 'a;

fn remove(
    fallen: &[u32],
    effects: &[&Levels],
    zeros: Option<&[f64]>,
    count: &mut [Vec<u32>],
    positive: &mut [Vec<u32>],
) {
    for &row in fallen {
        for (f, effect) in effects.iter().enumerate() {
            let level = effect.codes[row as usize] as usize;
            count[f][level] -= 1;
            if zeros.is_some_and(|y| y[row as usize] > 0.0) {
                positive[f][level] -= 1;
            }
        }
    }
}

/// Generations as in the passes, but only the rows that share a level with one
/// that fell are looked at again.
fn follow_chains(
    effects: &[&Levels],
    zeros: Option<&[f64]>,
    alive: &mut Vec<u32>,
    count: &mut [Vec<u32>],
    positive: &mut [Vec<u32>],
    reason: &Reason,
    out: &mut Pruned,
) {
    let members: Vec<(Vec<u32>, Vec<u32>)> = effects
        .iter()
        .map(|effect| {
            let mut start = vec![0u32; effect.count() + 1];
            for &row in alive.iter() {
                start[effect.codes[row as usize] as usize + 1] += 1;
            }
            for level in 0..effect.count() {
                start[level + 1] += start[level];
            }
            let mut fill = start.clone();
            let mut rows = vec![0u32; alive.len()];
            for &row in alive.iter() {
                let at = &mut fill[effect.codes[row as usize] as usize];
                rows[*at as usize] = row;
                *at += 1;
            }
            (start, rows)
        })
        .collect();
    let total = effects.first().map_or(0, |e| e.codes.len());
    let mut gone = vec![true; total];
    for &row in alive.iter() {
        gone[row as usize] = false;
    }
    let mut suspects: Vec<u32> = alive.clone();
    loop {
        let mut fallen = Vec::new();
        for &row in &suspects {
            if gone[row as usize] {
                continue;
            }
            if let Some((f, zero)) = reason(row as usize, count, positive) {
                gone[row as usize] = true;
                fallen.push(row);
                if zero {
                    out.zero_levels.push((row, f));
                } else {
                    out.singletons.push((row, f));
                }
            }
        }
        if fallen.is_empty() {
            break;
        }
        remove(&fallen, effects, zeros, count, positive);
        suspects.clear();
        for &row in &fallen {
            for (f, effect) in effects.iter().enumerate() {
                let level = effect.codes[row as usize] as usize;
                let (start, rows) = &members[f];
                // Only a level with one row, or without a positive one, topples more.
                if count[f][level] == 1 || zeros.is_some() && positive[f][level] == 0 {
                    let range = start[level] as usize..start[level + 1] as usize;
                    suspects.extend(rows[range].iter().filter(|&&r| !gone[r as usize]));
                }
            }
        }
        suspects.sort_unstable();
        suspects.dedup();
    }
    alive.retain(|&row| !gone[row as usize]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::levels::{Labels, Levels};

    fn levels(codes: &[u32]) -> Levels {
        let count = codes.iter().max().map_or(0, |&c| i64::from(c) + 1);
        Levels {
            codes: codes.to_vec(),
            labels: Labels::Whole((0..count).collect()),
        }
    }

    #[test]
    fn a_long_chain_falls_row_by_row() {
        // Row r sits in level r of a and level r + 1 of b; the next row shares it.
        let n = 100u32;
        let a: Vec<u32> = (0..n).map(|r| r / 2).collect();
        let b: Vec<u32> = (0..n).map(|r| r.div_ceil(2)).collect();
        let pruned = prune(n as usize, &[&levels(&a), &levels(&b)], None, true);
        assert!(pruned.kept.is_empty());
        assert_eq!(pruned.singletons.len(), n as usize);
    }

    #[test]
    fn zero_levels_and_singletons_take_turns() {
        // Level 1 of a is all zero; without it level 0 of b has one row.
        let a = levels(&[0, 1, 1, 0, 0]);
        let b = levels(&[0, 0, 1, 1, 1]);
        let y = [1.0, 0.0, 0.0, 2.0, 3.0];
        let pruned = prune(5, &[&a, &b], Some(&y), true);
        assert_eq!(pruned.zero_levels, [(1, 0), (2, 0)]);
        assert_eq!(pruned.singletons, [(0, 1)]);
        assert_eq!(pruned.kept, [3, 4]);
        let kept = prune(5, &[&a, &b], Some(&y), false).kept;
        assert_eq!(kept, [0, 3, 4]);
    }
}
