//! Anderson acceleration of a fixed point z = g(z).
//!
//! Walker & Ni (2011), "Anderson acceleration for fixed-point iterations",
//! SIAM J. Numer. Anal. 49(4), type II in difference form: with f = g(z) − z,
//! z⁺ = g − ΔG·x where x minimises |f − ΔF·x|.

use crate::accounts::dot;

pub(crate) struct Anderson {
    memory: usize,
    /// Oldest first.
    delta_f: Vec<Vec<f64>>,
    delta_g: Vec<Vec<f64>>,
    /// Inner products of the ΔF, oldest first.
    gram: Vec<Vec<f64>>,
    previous: Option<(Vec<f64>, Vec<f64>)>,
}

impl Anderson {
    pub(crate) fn new(memory: usize) -> Self {
        Anderson {
            memory,
            delta_f: Vec::new(),
            delta_g: Vec::new(),
            gram: Vec::new(),
            previous: None,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.delta_f.clear();
        self.delta_g.clear();
        self.gram.clear();
        self.previous = None;
    }

    /// Takes `f` = g(z) − z and `g` at the newest point; writes the next point into `next`.
    pub(crate) fn step(&mut self, f: &[f64], g: &[f64], next: &mut [f64]) {
        next.copy_from_slice(g);
        if self.memory == 0 {
            return;
        }
        match self.previous.take() {
            Some((mut old_f, mut old_g)) => {
                let (mut column_f, mut column_g) = self.recycle(f.len());
                for index in 0..f.len() {
                    column_f[index] = f[index] - old_f[index];
                    column_g[index] = g[index] - old_g[index];
                }
                self.push(column_f, column_g);
                old_f.copy_from_slice(f);
                old_g.copy_from_slice(g);
                self.previous = Some((old_f, old_g));
            }
            None => self.previous = Some((f.to_vec(), g.to_vec())),
        }
        let right: Vec<f64> = self.delta_f.iter().map(|column| dot(column, f)).collect();
        let weights = least_squares(&self.gram, &right);
        for (weight, column) in weights.iter().zip(&self.delta_g) {
            if *weight != 0.0 {
                crate::accounts::axpy(-weight, column, next);
            }
        }
    }

    fn recycle(&mut self, length: usize) -> (Vec<f64>, Vec<f64>) {
        if self.delta_f.len() == self.memory {
            self.gram.remove(0);
            for row in &mut self.gram {
                row.remove(0);
            }
            (self.delta_f.remove(0), self.delta_g.remove(0))
        } else {
            (vec![0.0; length], vec![0.0; length])
        }
    }

    fn push(&mut self, column_f: Vec<f64>, column_g: Vec<f64>) {
        self.delta_f.push(column_f);
        self.delta_g.push(column_g);
        let newest = self.delta_f.len() - 1;
        let row: Vec<f64> = self
            .delta_f
            .iter()
            .map(|column| dot(column, &self.delta_f[newest]))
            .collect();
        for (index, value) in row.iter().enumerate().take(newest) {
            self.gram[index].push(*value);
        }
        self.gram.push(row);
    }
}

/// Solves the normal equations by Cholesky on columns scaled to length one,
/// newest column first; a column that depends on newer ones (pivot below
/// 1e-12) gets weight zero instead of a large, meaningless one.
fn least_squares(gram: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let m = right.len();
    let mut weights = vec![0.0; m];
    let scale: Vec<f64> = (0..m).map(|k| gram[k][k].sqrt()).collect();
    let mut kept: Vec<usize> = Vec::new();
    let mut factor: Vec<Vec<f64>> = Vec::new();
    for k in (0..m).rev() {
        if !(scale[k].is_finite() && scale[k] > 0.0) {
            continue;
        }
        let mut row: Vec<f64> = Vec::with_capacity(kept.len() + 1);
        for (a, &other) in kept.iter().enumerate() {
            let mut value = gram[k][other] / (scale[k] * scale[other]);
            for b in 0..a {
                value -= row[b] * factor[a][b];
            }
            row.push(value / factor[a][a]);
        }
        let pivot = 1.0 - row.iter().map(|value| value * value).sum::<f64>();
        if pivot > 1e-12 {
            row.push(pivot.sqrt());
            kept.push(k);
            factor.push(row);
        }
    }
    let size = kept.len();
    let mut solution: Vec<f64> = kept.iter().map(|&k| right[k] / scale[k]).collect();
    for a in 0..size {
        for b in 0..a {
            solution[a] -= factor[a][b] * solution[b];
        }
        solution[a] /= factor[a][a];
    }
    for a in (0..size).rev() {
        for b in a + 1..size {
            solution[a] -= factor[b][a] * solution[b];
        }
        solution[a] /= factor[a][a];
    }
    for (value, &k) in solution.iter().zip(&kept) {
        weights[k] = value / scale[k];
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::Anderson;

    #[test]
    fn a_linear_map_in_three_dimensions_needs_four_steps() {
        // g(z) = Mz + b with a fixed point at (1, 2, 3).
        let matrix = [[0.5, 0.2, 0.1], [0.1, -0.7, 0.3], [0.0, 0.4, 0.8]];
        let target = [1.0, 2.0, 3.0];
        let map = |z: &[f64]| -> Vec<f64> {
            (0..3)
                .map(|r| {
                    let shift: f64 = (0..3).map(|c| matrix[r][c] * (z[c] - target[c])).sum();
                    target[r] + shift
                })
                .collect()
        };
        let mut anderson = Anderson::new(5);
        let mut z = vec![0.0; 3];
        for _ in 0..5 {
            let g = map(&z);
            let f: Vec<f64> = g.iter().zip(&z).map(|(g, z)| g - z).collect();
            let mut next = vec![0.0; 3];
            anderson.step(&f, &g, &mut next);
            z = next;
        }
        for (z, target) in z.iter().zip(target) {
            assert!((z - target).abs() < 1e-9);
        }
    }
}
