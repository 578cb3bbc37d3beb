//! Work on all rows, on several threads, with results that do not depend on their number.

use rayon::prelude::*;

/// Rows that are worked on together.
const BLOCK: usize = 1 << 13;

/// One value for each row.
pub(crate) fn map<T: Send>(rows: usize, f: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    (0..rows)
        .into_par_iter()
        .with_min_len(BLOCK)
        .map(f)
        .collect()
}

/// The values of some rows.
pub(crate) fn pick<T: Copy + Send + Sync>(values: &[T], rows: &[u32]) -> Vec<T> {
    map(rows.len(), |r| values[rows[r] as usize])
}

/// The rows of values that lie side by side, `values[row * k + column]`.
pub(crate) fn pick_wide(values: &[f64], k: usize, rows: &[u32]) -> Vec<f64> {
    let mut out = vec![0.0; rows.len() * k];
    if k > 0 {
        let places = out.par_chunks_exact_mut(k).zip(rows).with_min_len(BLOCK);
        places.for_each(|(out, &r)| {
            out.copy_from_slice(&values[r as usize * k..(r as usize + 1) * k]);
        });
    }
    out
}

/// The rows that pass, in their order.
pub(crate) fn filter(rows: usize, passes: impl Fn(usize) -> bool + Sync + Send) -> Vec<u32> {
    let blocks: Vec<Vec<u32>> = (0..rows.div_ceil(BLOCK))
        .into_par_iter()
        .map(|b| {
            (b * BLOCK..((b + 1) * BLOCK).min(rows))
                .filter(|&r| passes(r))
                .map(|r| r as u32)
                .collect()
        })
        .collect();
    blocks.concat()
}

/// Sums over all rows, in blocks of a fixed size.
pub(crate) fn sums<const N: usize>(rows: usize, f: impl Fn(usize) -> [f64; N] + Sync) -> [f64; N] {
    let blocks: Vec<[f64; N]> = (0..rows.div_ceil(BLOCK))
        .into_par_iter()
        .map(|b| {
            let mut sum = [0.0; N];
            for row in b * BLOCK..((b + 1) * BLOCK).min(rows) {
                let values = f(row);
                (0..N).for_each(|i| sum[i] += values[i]);
            }
            sum
        })
        .collect();
    let mut total = [0.0; N];
    for block in blocks {
        (0..N).for_each(|i| total[i] += block[i]);
    }
    total
}

/// The sum over all rows, in blocks of a fixed size.
pub(crate) fn sum(rows: usize, f: impl Fn(usize) -> f64 + Sync) -> f64 {
    sums(rows, |row| [f(row)])[0]
}

/// Sums by column over rows that lie one after the other, `values[row * k + column]`: what `add`
/// puts into the sums for each row.
pub(crate) fn column_sums(
    values: &[f64],
    k: usize,
    add: impl Fn(usize, &[f64], &mut [f64]) + Sync,
) -> Vec<f64> {
    let mut total = vec![0.0; k];
    if k == 0 {
        return total;
    }
    let blocks: Vec<Vec<f64>> = values
        .par_chunks(BLOCK * k)
        .enumerate()
        .map(|(b, block)| {
            let mut sum = vec![0.0; k];
            for (r, row) in block.chunks_exact(k).enumerate() {
                add(b * BLOCK + r, row, &mut sum);
            }
            sum
        })
        .collect();
    for block in blocks {
        total.iter_mut().zip(block).for_each(|(t, b)| *t += b);
    }
    total
}
