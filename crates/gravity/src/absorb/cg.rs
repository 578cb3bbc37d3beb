//! Preconditioned conjugate gradients, several right-hand sides side by side.

use rayon::prelude::*;

use super::sums::Projected;
use super::{Absorber, BLOCK, Dense, Preconditioner};

/// When to stop. The measure is r'M⁻¹r, about the squared length of what is still
/// to be taken out of the rows.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// Relative to the length of what is left of the rows after the effects.
    Within(f64),
    /// Relative to the start.
    Reduce(f64),
    /// Relative to the start, but not below a squared length that rounding errors make.
    ReduceTo(f64, f64),
}

/// Coefficients that solve the normal equations.
pub(crate) struct Solved<const M: usize> {
    pub levels: Vec<[f64; M]>,
    pub dense: Vec<f64>,
    pub iterations: usize,
    pub converged: bool,
}

/// Where means are many orders apart, rounding errors can make a direction look downhill and end
/// the search; from what is left, computed anew, it goes on. So often it is begun.
const STARTS: usize = 4;

/// Squared lengths below this share of the start are rounding errors.
const ROUNDING: f64 = 1e-28;

impl Absorber {
    /// Solves (X D)'W(I − P)(X D) c = right side.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn solve<const M: usize>(
        &self,
        w: &[f64],
        inverse: &[f64],
        pre: &Preconditioner,
        dense: Dense,
        right: Projected<M>,
        target: Target,
        max_iterations: usize,
    ) -> Solved<M> {
        let k = dense.k;
        let mut x = vec![[0.0; M]; self.size];
        let mut xd = vec![0.0; k * M];
        let (mut r, mut rd) = (right.levels, right.dense);
        if rd.len() != k * M {
            rd = vec![0.0; k * M];
        }
        // M⁻¹ r, in the order of the preconditioner.
        let mut z = vec![[0.0; M]; self.size];
        let mut zd = vec![0.0; k * M];
        let precondition = |r: &[[f64; M]], rd: &[f64], z: &mut [[f64; M]], zd: &mut [f64]| {
            let mut product = pre.solve(self, r, z);
            if k > 0 {
                pre.solve_dense(rd, zd);
            }
            for (a, b) in rd.chunks_exact(M).zip(zd.chunks_exact(M)) {
                for m in 0..M {
                    product[m] += a[m] * b[m];
                }
            }
            product
        };
        let mut rho = precondition(&r, &rd, &mut z, &mut zd);
        let mut p = vec![[0.0; M]; self.size];
        self.advance(&mut p, &z, [0.0; M]);
        let mut pd = zd.clone();
        let mut q = Projected {
            partials: right.partials,
            ..Projected::default()
        };
        let start = rho;
        let square = right.square.first_chunk().copied().unwrap_or([0.0; M]);
        let mut within = square;
        let limit = |m: usize, within: &[f64; M]| match target {
            Target::Within(tolerance) => tolerance * tolerance * within[m].max(1e-15 * square[m]),
            Target::Reduce(eta) => eta * eta * start[m],
            Target::ReduceTo(eta, floor) => (eta * eta * start[m]).max(floor),
        };
        let mut open = [true; M];
        let mut iterations = 0;
        loop {
            for m in 0..M {
                if rho[m] <= limit(m, &within).max(ROUNDING * start[m]) || rho[m] <= 0.0 {
                    open[m] = false;
                }
            }
            if !open.contains(&true) || iterations == max_iterations {
                break;
            }
            iterations += 1;
            let curvature = self.apply(w, inverse, dense, &p, &pd, &mut q);
            let mut alpha = [0.0; M];
            for m in 0..M {
                if open[m] {
                    if curvature[m] > 0.0 {
                        alpha[m] = rho[m] / curvature[m];
                        within[m] -= alpha[m] * rho[m];
                    } else {
                        open[m] = false;
                    }
                }
            }
            x.par_chunks_mut(BLOCK)
                .zip(r.par_chunks_mut(BLOCK))
                .zip(p.par_chunks(BLOCK).zip(q.levels.par_chunks(BLOCK)))
                .for_each(|((x, r), (p, q))| {
                    for i in 0..x.len() {
                        for m in 0..M {
                            x[i][m] += alpha[m] * p[i][m];
                            r[i][m] -= alpha[m] * q[i][m];
                        }
                    }
                });
            for j in 0..k {
                for m in 0..M {
                    xd[j * M + m] += alpha[m] * pd[j * M + m];
                    rd[j * M + m] -= alpha[m] * q.dense[j * M + m];
                }
            }
            let next = precondition(&r, &rd, &mut z, &mut zd);
            let mut beta = [0.0; M];
            for m in 0..M {
                if open[m] {
                    beta[m] = next[m] / rho[m];
                    rho[m] = next[m];
                }
            }
            self.advance(&mut p, &z, beta);
            for j in 0..k {
                for m in 0..M {
                    pd[j * M + m] = zd[j * M + m] + beta[m] * pd[j * M + m];
                }
            }
        }
        let converged = (0..M).all(|m| {
            let bound = limit(m, &within).max(ROUNDING * start[m]);
            rho[m] <= bound * (1.0 + 1e-9)
        });
        Solved {
            levels: x,
            dense: xd,
            iterations,
            converged,
        }
    }

    /// p ← z + β p, with z in the order of the preconditioner.
    fn advance<const M: usize>(&self, p: &mut [[f64; M]], z: &[[f64; M]], beta: [f64; M]) {
        p.par_chunks_mut(BLOCK)
            .zip(self.groups.places().par_chunks(BLOCK))
            .for_each(|(p, places)| {
                for (p, &place) in p.iter_mut().zip(places) {
                    for m in 0..M {
                        p[m] = z[place as usize][m] + beta[m] * p[m];
                    }
                }
            });
    }

    /// Takes the effects out of columns that lie side by side, `values[row * k + column]`.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn demean(
        &self,
        w: &[f64],
        inverse: &[f64],
        pre: &Preconditioner,
        values: &mut [f64],
        k: usize,
        tolerance: f64,
        max_iterations: usize,
    ) -> Demeaned {
        match k {
            0 => Demeaned {
                levels: Vec::new(),
                iterations: 0,
                converged: true,
            },
            1 => self.demean_some::<1>(w, inverse, pre, values, tolerance, max_iterations),
            2 => self.demean_some::<2>(w, inverse, pre, values, tolerance, max_iterations),
            3 => self.demean_some::<3>(w, inverse, pre, values, tolerance, max_iterations),
            4 => self.demean_some::<4>(w, inverse, pre, values, tolerance, max_iterations),
            _ => {
                let mut total = Demeaned {
                    levels: vec![0.0; self.size * k],
                    iterations: 0,
                    converged: true,
                };
                let mut first = 0;
                while first < k {
                    let m = (k - first).min(4);
                    let mut part: Vec<f64> = values
                        .chunks_exact(k)
                        .flat_map(|row| row[first..first + m].iter().copied())
                        .collect();
                    let done =
                        self.demean(w, inverse, pre, &mut part, m, tolerance, max_iterations);
                    for (row, part) in values.chunks_exact_mut(k).zip(part.chunks_exact(m)) {
                        row[first..first + m].copy_from_slice(part);
                    }
                    for (level, part) in total
                        .levels
                        .chunks_exact_mut(k)
                        .zip(done.levels.chunks_exact(m))
                    {
                        level[first..first + m].copy_from_slice(part);
                    }
                    total.iterations += done.iterations;
                    total.converged &= done.converged;
                    first += m;
                }
                total
            }
        }
    }

    fn demean_some<const M: usize>(
        &self,
        w: &[f64],
        inverse: &[f64],
        pre: &Preconditioner,
        values: &mut [f64],
        tolerance: f64,
        max_iterations: usize,
    ) -> Demeaned {
        let mut done = Demeaned {
            levels: vec![0.0; self.size * M],
            iterations: 0,
            converged: false,
        };
        for _ in 0..STARTS {
            let right = self.right_side::<M>(w, inverse, values);
            let solved = self.solve(
                w,
                inverse,
                pre,
                Dense::NONE,
                right,
                Target::Within(tolerance),
                max_iterations,
            );
            self.subtract(w, inverse, &solved.levels, values);
            let levels = solved.levels.as_flattened();
            for (sum, own) in done.levels.iter_mut().zip(levels) {
                *sum += own;
            }
            done.iterations += solved.iterations;
            done.converged = solved.converged;
            if done.converged || done.iterations >= max_iterations {
                break;
            }
        }
        done
    }
}

/// What taking out the effects came to.
pub(crate) struct Demeaned {
    /// Coefficients that were taken out, by level of the rest, `levels[level * k + column]`.
    pub levels: Vec<f64>,
    pub iterations: usize,
    pub converged: bool,
}
