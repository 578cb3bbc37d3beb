//! Small dense symmetric matrices, row by row.

/// A Cholesky factor of a positive semi-definite matrix. A pivot that vanishes is
/// left out: its unknown is set to zero, which solves consistent equations.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    pub size: usize,
    /// What lies below the diagonal, row after row, then 1 / diagonal (0 for a pivot left out):
    /// one piece of memory, as small as it can be, since many small factors are read in turn.
    values: Vec<f64>,
}

/// Factors the lower triangle of `matrix`. A pivot below `tolerance × scale` counts
/// as zero.
pub(crate) fn cholesky(
    mut matrix: Vec<f64>,
    size: usize,
    scale: &[f64],
    tolerance: f64,
) -> Cholesky {
    factor(&mut matrix, size, scale, tolerance)
}

/// The same, with the matrix as working memory.
pub(crate) fn factor(matrix: &mut [f64], size: usize, scale: &[f64], tolerance: f64) -> Cholesky {
    let below = size * size.saturating_sub(1) / 2;
    let mut values = vec![0.0; below + size];
    let (lower, inverse) = values.split_at_mut(below);
    let mut at = 0;
    for i in 0..size {
        let (above, line) = matrix.split_at_mut(i * size);
        for j in 0..i {
            let dot: f64 = above[j * size..j * size + j]
                .iter()
                .zip(&line[..j])
                .map(|(a, b)| a * b)
                .sum();
            line[j] = (line[j] - dot) * inverse[j];
        }
        let pivot = line[i] - line[..i].iter().map(|v| v * v).sum::<f64>();
        if pivot > tolerance * scale[i] && pivot > 0.0 {
            inverse[i] = 1.0 / pivot.sqrt();
        } else {
            line[..i].fill(0.0);
        }
        lower[at..at + i].copy_from_slice(&line[..i]);
        at += i;
    }
    Cholesky { size, values }
}

impl Cholesky {
    fn parts(&self) -> (&[f64], &[f64]) {
        self.values.split_at(self.values.len() - self.size)
    }

    /// Which pivots were left out.
    pub(crate) fn vanished(&self) -> impl Iterator<Item = usize> + '_ {
        let inverse = self.parts().1;
        (0..self.size).filter(|&i| inverse[i] == 0.0)
    }

    /// Solves in place for several right-hand sides.
    #[inline]
    pub(crate) fn solve<const M: usize>(&self, b: &mut [[f64; M]]) {
        let n = self.size;
        let (lower, inverse) = self.parts();
        let mut at = 0;
        for i in 0..n {
            let (done, rest) = b.split_at_mut(i);
            let target = &mut rest[0];
            for (l, d) in lower[at..at + i].iter().zip(done.iter()) {
                for m in 0..M {
                    target[m] -= l * d[m];
                }
            }
            for t in target.iter_mut() {
                *t *= inverse[i];
            }
            at += i;
        }
        for i in (0..n).rev() {
            at -= i;
            let (open, rest) = b.split_at_mut(i);
            let target = &mut rest[0];
            for t in target.iter_mut() {
                *t *= inverse[i];
            }
            for (l, o) in lower[at..at + i].iter().zip(open.iter_mut()) {
                for m in 0..M {
                    o[m] -= l * target[m];
                }
            }
        }
    }

    /// The inverse matrix (with rows and columns of zeros for pivots left out).
    pub(crate) fn inverse(&self) -> Vec<f64> {
        let n = self.size;
        let inverse = self.parts().1;
        let mut out = vec![0.0; n * n];
        let mut column = vec![[0.0; 1]; n];
        for j in 0..n {
            column.iter_mut().for_each(|c| c[0] = 0.0);
            column[j][0] = if inverse[j] == 0.0 { 0.0 } else { 1.0 };
            self.solve(&mut column);
            for i in 0..n {
                out[i * n + j] = column[i][0];
            }
        }
        for i in 0..n {
            for j in 0..i {
                let mean = 0.5 * (out[i * n + j] + out[j * n + i]);
                out[i * n + j] = mean;
                out[j * n + i] = mean;
            }
        }
        out
    }
}

/// A × B for n × n matrices.
pub(crate) fn multiply(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![0.0; n * n];
    for i in 0..n {
        for l in 0..n {
            let v = a[i * n + l];
            for j in 0..n {
                out[i * n + j] += v * b[l * n + j];
            }
        }
    }
    out
}

/// Eigenvalues and eigenvectors (by column) of a symmetric matrix, by Jacobi's rotations.
pub(crate) fn eigen(matrix: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut a = matrix.to_vec();
    let mut v = vec![0.0; n * n];
    for i in 0..n {
        v[i * n + i] = 1.0;
    }
    for _ in 0..100 {
        let off: f64 = (0..n)
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .map(|(i, j)| a[i * n + j] * a[i * n + j])
            .sum();
        let all: f64 = a.iter().map(|x| x * x).sum();
        if off <= 1e-32 * all {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                if a[p * n + q] == 0.0 {
                    continue;
                }
                let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * a[p * n + q]);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let t = if theta == 0.0 { 1.0 } else { t };
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for i in 0..n {
                    let (x, y) = (a[i * n + p], a[i * n + q]);
                    a[i * n + p] = c * x - s * y;
                    a[i * n + q] = s * x + c * y;
                }
                for i in 0..n {
                    let (x, y) = (a[p * n + i], a[q * n + i]);
                    a[p * n + i] = c * x - s * y;
                    a[q * n + i] = s * x + c * y;
                }
                for i in 0..n {
                    let (x, y) = (v[i * n + p], v[i * n + q]);
                    v[i * n + p] = c * x - s * y;
                    v[i * n + q] = s * x + c * y;
                }
            }
        }
    }
    ((0..n).map(|i| a[i * n + i]).collect(), v)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_singular_system_is_solved_where_it_is_consistent() {
        // Laplacian of a path of three: b adds to zero.
        let matrix = vec![1.0, 0.0, 0.0, -1.0, 2.0, 0.0, 0.0, -1.0, 1.0];
        let factor = cholesky(matrix, 3, &[1.0, 2.0, 1.0], 1e-12);
        assert_eq!(factor.vanished().collect::<Vec<_>>(), [2]);
        let mut b = [[1.0], [0.0], [-1.0]];
        factor.solve(&mut b);
        assert!((b[0][0] - b[1][0] - 1.0).abs() < 1e-14);
        assert!((b[1][0] - b[2][0] - 1.0).abs() < 1e-14);
    }

    #[test]
    fn eigenvalues_rebuild_the_matrix() {
        let a = [4.0, 1.0, -2.0, 1.0, 3.0, 0.5, -2.0, 0.5, 1.0];
        let (values, vectors) = eigen(&a, 3);
        for i in 0..3 {
            for j in 0..3 {
                let sum: f64 = (0..3)
                    .map(|l| vectors[i * 3 + l] * values[l] * vectors[j * 3 + l])
                    .sum();
                assert!((sum - a[i * 3 + j]).abs() < 1e-12);
            }
        }
    }
}
