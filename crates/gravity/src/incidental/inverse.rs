//! A generalised inverse of a large positive semi-definite matrix, element by element.

use rayon::prelude::*;

/// Rows worked on together.
const PANEL: usize = 48;

/// A⁻ = L⁻ᵀ L⁻¹, with rows and columns of zeros where a pivot vanishes.
pub(super) struct Inverse {
    /// Column j of L⁻¹ from the diagonal down.
    columns: Vec<Vec<f64>>,
}

/// Σ a b in eight partial sums, which the compiler turns into vector instructions.
#[inline]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (x, y) in a8.iter().zip(b8) {
        for l in 0..8 {
            sums[l] += x[l] * y[l];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f64>() + rest
}

impl Inverse {
    /// Of the lower triangle of `matrix`. A pivot below its `floor` counts as zero. About 2/3 n³
    /// operations.
    pub(super) fn new(mut matrix: Vec<f64>, n: usize, floor: &[f64]) -> Inverse {
        let mut inverse = vec![0.0; n];
        let mut first = 0;
        while first < n {
            let last = (first + PANEL).min(n);
            // What the columns before the panel leave.
            let above: Vec<Vec<f64>> = (first..last)
                .map(|j| matrix[j * n..j * n + first].to_vec())
                .collect();
            matrix[first * n..]
                .par_chunks_mut(n)
                .enumerate()
                .for_each(|(below, line)| {
                    let (done, open) = line.split_at_mut(first);
                    for (j, other) in above.iter().enumerate().take(below + 1) {
                        open[j] -= dot(done, other);
                    }
                });
            // The block on the diagonal.
            for i in first..last {
                for j in first..i {
                    let sum = dot(
                        &matrix[i * n + first..i * n + j],
                        &matrix[j * n + first..j * n + j],
                    );
                    matrix[i * n + j] = (matrix[i * n + j] - sum) * inverse[j];
                }
                let line = &mut matrix[i * n..i * n + i + 1];
                let pivot = line[i] - line[first..i].iter().map(|v| v * v).sum::<f64>();
                if pivot > floor[i] && pivot > 0.0 {
                    line[i] = pivot.sqrt();
                    inverse[i] = 1.0 / line[i];
                } else {
                    line.fill(0.0);
                }
            }
            // The panel below it.
            let block: Vec<Vec<f64>> = (first..last)
                .map(|j| matrix[j * n + first..j * n + j].to_vec())
                .collect();
            matrix[last * n..].par_chunks_mut(n).for_each(|line| {
                let open = &mut line[first..last];
                for (j, other) in block.iter().enumerate() {
                    open[j] = (open[j] - dot(&open[..j], other)) * inverse[first + j];
                }
            });
            first = last;
        }
        let columns = (0..n)
            .into_par_iter()
            .map(|j| {
                let mut column = vec![0.0; n - j];
                column[0] = inverse[j];
                if column[0] != 0.0 {
                    for i in j + 1..n {
                        let sum = dot(&matrix[i * n + j..i * n + i], &column[..i - j]);
                        column[i - j] = -sum * inverse[i];
                    }
                }
                column
            })
            .collect();
        Inverse { columns }
    }

    /// All elements, row by row.
    pub(super) fn full(self) -> Vec<f64> {
        let n = self.columns.len();
        let mut full = vec![0.0; n * n];
        full.par_chunks_mut(n.max(1))
            .enumerate()
            .for_each(|(p, row)| {
                for (q, value) in row.iter_mut().enumerate() {
                    let from = p.max(q);
                    *value = dot(&self.columns[p][from - p..], &self.columns[q][from - q..]);
                }
            });
        full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_singular_matrix_times_its_inverse_times_itself_is_itself() {
        // X'X of a matrix whose last column is the sum of two others.
        let n = 131;
        let x = |r: usize, c: usize| -> f64 {
            let one = |c: usize| ((r * 37 + c * 101 + r * c * 13) % 97) as f64 / 97.0 - 0.5;
            if c == 60 { one(3) + one(7) } else { one(c) }
        };
        let mut a = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                a[i * n + j] = (0..400).map(|r| x(r, i) * x(r, j)).sum::<f64>()
                    + if i == j && i > 90 { 2.0 } else { 0.0 };
            }
        }
        let floor: Vec<f64> = (0..n).map(|i| 1e-10 * a[i * n + i]).collect();
        let full = Inverse::new(a.clone(), n, &floor).full();
        let product = |a: &[f64], b: &[f64]| crate::dense::multiply(a, b, n);
        let again = product(&product(&a, &full), &a);
        let size = a.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        for (found, wanted) in again.iter().zip(&a) {
            assert!((found - wanted).abs() < 1e-9 * size, "{found} {wanted}");
        }
    }
}
