//! Counting winning coalitions by size and weights at once.
//!
//! The number of coalitions with k members and weights w is a coefficient of
//! Π_i (1 + x y^{w_i}); a member is taken out again by exact division (Bilbao et al. 2000).

use super::count::{Conditions, Winning};

/// The most cells of the table: 64 MiB.
const MOST_CELLS: u128 = 1 << 22;

/// The table over (size, weight of each criterion), flat.
struct Shape {
    members: usize,
    /// Cells that one member more moves on: one size, and its weights.
    steps: Vec<usize>,
    /// Cells of one size.
    weights: usize,
}

/// Cells that the table would have; `None` if too many.
pub(super) fn cells(conditions: &Conditions) -> Option<usize> {
    let mut cells = conditions.members as u128 + 1;
    for criterion in &conditions.weighted {
        cells = cells.checked_mul(u128::from(criterion.total()) + 1)?;
    }
    (cells <= MOST_CELLS).then_some(cells as usize)
}

/// Count, for as many members as coalitions have bits. `cells` must have said yes.
pub(super) fn count(conditions: &Conditions, cells: usize) -> Winning {
    let members = conditions.members;
    let mut strides = Vec::with_capacity(conditions.weighted.len());
    let mut weights = 1usize;
    for criterion in &conditions.weighted {
        strides.push(weights);
        weights *= criterion.total() as usize + 1;
    }
    let steps = (0..members)
        .map(|member| {
            let moved: usize = conditions
                .weighted
                .iter()
                .zip(&strides)
                .map(|(criterion, stride)| criterion.weights()[member] as usize * stride)
                .sum();
            weights + moved
        })
        .collect();
    let shape = Shape {
        members,
        steps,
        weights,
    };
    let wins = winning_cells(conditions, &strides, weights);
    // Members with a veto are in every winning coalition: they are counted in from the start.
    let free: Vec<usize> = (0..members)
        .filter(|member| !conditions.vetoes.contains(*member))
        .collect();
    let start: usize = conditions
        .vetoes
        .players()
        .map(|member| shape.steps[member])
        .sum();
    let mut table = vec![0u128; cells];
    table[start] = 1;
    let mut filled = start;
    for member in &free {
        let step = shape.steps[*member];
        filled += step;
        for cell in (step..=filled.min(cells - 1)).rev() {
            table[cell] += table[cell - step];
        }
    }
    let mut winning = Winning::none(members);
    winning.all = won(&shape, &table, &wins, conditions);
    for member in 0..members {
        let with = if conditions.vetoes.contains(member) {
            winning.all.clone()
        } else {
            let step = shape.steps[member];
            let mut without = table.clone();
            for cell in step..cells {
                without[cell] -= without[cell - step];
            }
            let without = won(&shape, &without, &wins, conditions);
            let pairs = winning.all.iter().zip(without);
            pairs.map(|(all, without)| all - without).collect()
        };
        for (size, count) in with.into_iter().enumerate() {
            winning.add(member, size, count);
        }
    }
    winning
}

/// \[weights\]: whether they meet every weighted criterion.
fn winning_cells(conditions: &Conditions, strides: &[usize], weights: usize) -> Vec<bool> {
    (0..weights)
        .map(|cell| {
            conditions
                .weighted
                .iter()
                .zip(strides)
                .all(|(criterion, stride)| {
                    let total = criterion.total() as usize + 1;
                    (cell / stride % total) as u64 >= criterion.quota()
                })
        })
        .collect()
}

/// \[size\]: coalitions that win.
fn won(shape: &Shape, table: &[u128], wins: &[bool], conditions: &Conditions) -> Vec<u128> {
    (0..=shape.members)
        .map(|size| {
            let row = &table[size * shape.weights..][..shape.weights];
            if size >= conditions.suffices {
                row.iter().sum()
            } else if size < conditions.least {
                0
            } else {
                let won = row.iter().zip(wins).filter(|(_, wins)| **wins);
                won.map(|(count, _)| count).sum()
            }
        })
        .collect()
}
