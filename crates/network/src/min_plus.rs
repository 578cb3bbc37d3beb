//! Products of matrices in the algebra of least sums.

use rayon::prelude::*;

/// No index.
pub(crate) const NONE: u32 = u32::MAX;

/// Where more than this share of the sums behind a row has changed, all are made anew.
const MOST_CHANGED: f64 = 0.25;

/// Two factors of a product, row-major, and what it starts from.
#[derive(Clone, Copy)]
pub(crate) struct Factors<'a> {
    /// Number of columns of the left factor and of rows of the right one.
    pub inner: usize,
    pub columns: usize,
    /// `[i][k]`
    pub rows: &'a [f64],
    /// `[k][j]`
    pub matrix: &'a [f64],
    /// A sum counts only if it is less, `[i][j]`; none for infinity.
    pub start: Option<&'a [f64]>,
}

/// The least of the start and of `rows[i][k] + matrix[k][j]` over k, and the first k that gives it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Product {
    pub columns: usize,
    pub least: Vec<f64>,
    /// [`NONE`] where nothing is less than the start.
    pub by: Vec<u32>,
}

impl Product {
    pub fn new(factors: Factors) -> Product {
        let found = Product::empty(factors);
        found.fill(|i, least, by| factors.row(i, least, by))
    }

    /// The product of changed factors, of which this is the product of what they were; both start
    /// from the same. Only sums that have changed are looked at, so that little work follows from
    /// little change. The same to the bit as [`Product::new`].
    pub fn again(&self, before: Factors, after: Factors) -> Product {
        let (inner, columns) = (after.inner, after.columns);
        let cells: Vec<Vec<u32>> = (0..inner)
            .into_par_iter()
            .map(|k| {
                let row = k * columns..(k + 1) * columns;
                changed(&before.matrix[row.clone()], &after.matrix[row])
            })
            .collect();
        let found = Product::empty(after);
        found.fill(|i, least, by| {
            let (here, old) = (i * columns..(i + 1) * columns, i * inner..(i + 1) * inner);
            let (earlier, row) = (&before.rows[old.clone()], &after.rows[old]);
            let is_changed = |k: usize| earlier[k] != row[k];
            let sums = |k: usize| {
                if is_changed(k) {
                    columns
                } else if row[k].is_finite() {
                    cells[k].len()
                } else {
                    0
                }
            };
            let work: usize = (0..inner).map(sums).sum();
            if work as f64 > MOST_CHANGED * (inner * columns) as f64 {
                return after.row(i, least, by);
            }
            least.copy_from_slice(&self.least[here.clone()]);
            by.copy_from_slice(&self.by[here]);
            if work == 0 {
                return;
            }
            let mut risen = vec![];
            let mut offer = |k: usize, j: usize| {
                let sum = row[k] + after.matrix[k * columns + j];
                if !offer(&mut least[j], &mut by[j], k as u32, sum) {
                    risen.push(j);
                }
            };
            for k in 0..inner {
                if is_changed(k) {
                    (0..columns).for_each(|j| offer(k, j));
                } else if row[k].is_finite() {
                    cells[k].iter().for_each(|j| offer(k, *j as usize));
                }
            }
            for j in risen {
                (least[j], by[j]) = after.entry(i, j);
            }
        })
    }

    fn empty(factors: Factors) -> Product {
        let size = factors.rows.len() / factors.inner.max(1) * factors.columns;
        Product {
            columns: factors.columns,
            least: vec![f64::INFINITY; size],
            by: vec![NONE; size],
        }
    }

    fn fill(mut self, row: impl Fn(usize, &mut [f64], &mut [u32]) + Sync) -> Product {
        let columns = self.columns.max(1);
        let rows = self.least.par_chunks_mut(columns);
        rows.zip(self.by.par_chunks_mut(columns))
            .enumerate()
            .for_each(|(i, (least, by))| row(i, least, by));
        self
    }

    pub fn row(&self, i: usize) -> &[f64] {
        &self.least[i * self.columns..][..self.columns]
    }
}

impl Factors<'_> {
    /// A row of the product.
    fn row(&self, i: usize, least: &mut [f64], by: &mut [u32]) {
        if let Some(start) = self.start {
            least.copy_from_slice(&start[i * self.columns..][..self.columns]);
        }
        // As wide as the sums, so that both are chosen alike.
        let mut wide = vec![u64::MAX; self.columns];
        let row = &self.rows[i * self.inner..][..self.inner];
        lower(row, self.matrix, least, &mut wide);
        for (by, wide) in by.iter_mut().zip(wide) {
            *by = if wide == u64::MAX { NONE } else { wide as u32 };
        }
    }

    /// One entry of the product.
    fn entry(&self, i: usize, j: usize) -> (f64, u32) {
        let start = |start: &[f64]| start[i * self.columns + j];
        let mut least = self.start.map_or(f64::INFINITY, start);
        let mut by = NONE;
        for (k, base) in self.rows[i * self.inner..][..self.inner].iter().enumerate() {
            let sum = base + self.matrix[k * self.columns + j];
            if sum < least {
                (least, by) = (sum, k as u32);
            }
        }
        (least, by)
    }
}

/// Where two rows differ.
pub(crate) fn changed(before: &[f64], after: &[f64]) -> Vec<u32> {
    let pairs = before.iter().zip(after).zip(0..);
    pairs
        .filter_map(|((a, b), j)| (a != b).then_some(j))
        .collect()
}

/// Take a changed sum by `k` into account: `best` and `by` are then the least sum and the first
/// that gives it, provided that all other sums are at least what they were. False if the least has
/// risen, so that it must be looked for among all.
#[inline]
pub(crate) fn offer(best: &mut f64, by: &mut u32, k: u32, sum: f64) -> bool {
    if *by == k && sum > *best {
        return false;
    }
    if sum < *best || (sum == *best && *by != NONE && k < *by) {
        (*best, *by) = (sum, k);
    }
    true
}

/// Lower every `best[j]` to `row[k] + matrix[k][j]` where that is less, for k in ascending order,
/// and note the k in `by[j]`. Infinite entries of the row are passed over.
fn lower(row: &[f64], matrix: &[f64], best: &mut [f64], by: &mut [u64]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has what the function is compiled for. Measured together with the
        // sweep's: a baseline skim takes 2.1 instead of 2.7 s of CPU, one after a sea lane's change
        // 0.5 instead of 0.6.
        return unsafe { lower_avx2(row, matrix, best, by) };
    }
    lower_here(row, matrix, best, by);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn lower_avx2(row: &[f64], matrix: &[f64], best: &mut [f64], by: &mut [u64]) {
    lower_here(row, matrix, best, by);
}

#[inline(always)]
fn lower_here(row: &[f64], matrix: &[f64], best: &mut [f64], by: &mut [u64]) {
    let columns = best.len();
    let by = &mut by[..columns];
    for (k, base) in row.iter().enumerate() {
        if base.is_infinite() {
            continue;
        }
        let others = &matrix[k * columns..][..columns];
        for j in 0..columns {
            let sum = base + others[j];
            let better = sum < best[j];
            best[j] = if better { sum } else { best[j] };
            by[j] = if better { k as u64 } else { by[j] };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Small whole numbers, so that many sums are equal, and infinity.
    fn entry() -> impl Strategy<Value = f64> {
        prop_oneof![4 => (0u8..4).prop_map(f64::from), 1 => Just(f64::INFINITY)]
    }

    fn entries(count: usize) -> impl Strategy<Value = Vec<f64>> {
        proptest::collection::vec(entry(), count)
    }

    const ROWS: usize = 3;
    const INNER: usize = 9;
    const COLUMNS: usize = 7;

    fn factors<'a>(rows: &'a [f64], matrix: &'a [f64], start: Option<&'a [f64]>) -> Factors<'a> {
        Factors {
            inner: INNER,
            columns: COLUMNS,
            rows,
            matrix,
            start,
        }
    }

    proptest! {
        #[test]
        fn the_first_of_the_least_is_found(
            rows in entries(ROWS * INNER),
            matrix in entries(INNER * COLUMNS),
        ) {
            let start = [2.0; ROWS * COLUMNS];
            let product = Product::new(factors(&rows, &matrix, Some(&start)));
            for i in 0..ROWS {
                for j in 0..COLUMNS {
                    let sum = |k: usize| rows[i * INNER + k] + matrix[k * COLUMNS + j];
                    let sums: Vec<f64> = (0..INNER).map(sum).collect();
                    let least = sums.iter().copied().fold(2.0, f64::min);
                    prop_assert_eq!(product.least[i * COLUMNS + j], least);
                    let first = sums.iter().position(|s| *s == least && least < 2.0);
                    prop_assert_eq!(product.by[i * COLUMNS + j], first.map_or(NONE, |k| k as u32));
                }
            }
        }

        #[test]
        fn again_is_the_same_as_anew(
            rows in entries(ROWS * INNER),
            matrix in entries(INNER * COLUMNS),
            start in proptest::option::of(entries(ROWS * COLUMNS)),
            other_rows in proptest::collection::vec((0..ROWS * INNER, entry()), 0..3),
            other_cells in proptest::collection::vec((0..INNER * COLUMNS, entry()), 0..12),
        ) {
            let before = factors(&rows, &matrix, start.as_deref());
            let (mut rows, mut matrix) = (rows.clone(), matrix.clone());
            other_rows.into_iter().for_each(|(at, entry)| rows[at] = entry);
            other_cells.into_iter().for_each(|(at, entry)| matrix[at] = entry);
            let after = factors(&rows, &matrix, start.as_deref());
            prop_assert_eq!(Product::new(before).again(before, after), Product::new(after));
        }
    }
}
