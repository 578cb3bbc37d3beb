//! The preconditioner: blocks of small groups of levels, inverted exactly.

use rayon::prelude::*;

use super::{Absorber, Dense, Rest};
use crate::dense::{Cholesky, cholesky};

/// Levels of one effect that the lead ties together, directly or by a chain.
///
/// For pairs as the lead, the years of one exporter are such a group.
pub(super) struct Groups {
    /// Position of each level in its group.
    local: Vec<u32>,
    groups: Vec<Group>,
}

struct Group {
    levels: Vec<u32>,
    leads: Vec<u32>,
}

impl Groups {
    /// The groups of an effect, if they are small enough to be worth inverting.
    pub(super) fn find(starts: &[usize], term: &Rest) -> Option<Groups> {
        let rows = term.codes.len();
        let leads = starts.len() - 1;
        let mut parent: Vec<u32> = (0..term.levels as u32).collect();
        fn root(parent: &mut [u32], mut a: u32) -> u32 {
            while parent[a as usize] != a {
                parent[a as usize] = parent[parent[a as usize] as usize];
                a = parent[a as usize];
            }
            a
        }
        // Work of one build: the square of the levels that each lead level meets.
        let mut seen = vec![u32::MAX; term.levels];
        let mut work = 0usize;
        for p in 0..leads {
            let codes = &term.codes[starts[p]..starts[p + 1]];
            let mut met = 0usize;
            for &code in codes {
                if seen[code as usize] != p as u32 {
                    seen[code as usize] = p as u32;
                    met += 1;
                }
                let (a, b) = (root(&mut parent, codes[0]), root(&mut parent, code));
                // The smaller level is the root, so that groups do not depend on order.
                if a != b {
                    parent[a.max(b) as usize] = a.min(b);
                }
            }
            work += met * met;
        }
        if work > 64 * rows + (1 << 20) {
            return None;
        }
        let mut group_of = vec![u32::MAX; term.levels];
        let mut local = vec![0u32; term.levels];
        let mut groups: Vec<Group> = Vec::new();
        for level in 0..term.levels as u32 {
            let top = root(&mut parent, level) as usize;
            if group_of[top] == u32::MAX {
                group_of[top] = groups.len() as u32;
                groups.push(Group {
                    levels: Vec::new(),
                    leads: Vec::new(),
                });
            }
            let group = group_of[top];
            group_of[level as usize] = group;
            local[level as usize] = groups[group as usize].levels.len() as u32;
            groups[group as usize].levels.push(level);
        }
        let cube: f64 = groups.iter().map(|g| (g.levels.len() as f64).powi(3)).sum();
        let square: usize = groups.iter().map(|g| g.levels.len().pow(2)).sum();
        if cube > 64.0 * rows as f64 + 2e6 || square > 4 * rows + (1 << 18) {
            return None;
        }
        for p in 0..leads {
            let code = term.codes[starts[p]] as usize;
            groups[group_of[code] as usize].leads.push(p as u32);
        }
        Some(Groups { local, groups })
    }

    /// The inverse of each group's block of the Schur complement.
    fn factor(
        &self,
        starts: &[usize],
        codes: &[u32],
        w: &[f64],
        inverse: &[f64],
        diagonal: &[f64],
    ) -> Vec<Cholesky> {
        self.groups
            .par_iter()
            .with_min_len(16)
            .map(|group| {
                let s = group.levels.len();
                let mut matrix = vec![0.0; s * s];
                for (i, &level) in group.levels.iter().enumerate() {
                    matrix[i * s + i] = diagonal[level as usize];
                }
                let mut sums = vec![0.0; s];
                let mut met: Vec<u32> = Vec::with_capacity(s);
                let mut is_met = vec![false; s];
                for &p in &group.leads {
                    let p = p as usize;
                    for row in starts[p]..starts[p + 1] {
                        let i = self.local[codes[row] as usize];
                        if !is_met[i as usize] {
                            is_met[i as usize] = true;
                            met.push(i);
                        }
                        sums[i as usize] += w[row];
                    }
                    met.sort_unstable();
                    for (a, &i) in met.iter().enumerate() {
                        let scaled = sums[i as usize] * inverse[p];
                        let line = &mut matrix[i as usize * s..];
                        for &j in &met[..=a] {
                            line[j as usize] -= scaled * sums[j as usize];
                        }
                    }
                    for &i in &met {
                        sums[i as usize] = 0.0;
                        is_met[i as usize] = false;
                    }
                    met.clear();
                }
                let scale: Vec<f64> = group
                    .levels
                    .iter()
                    .map(|&level| diagonal[level as usize])
                    .collect();
                cholesky(matrix, s, &scale, 1e-11)
            })
            .collect()
    }
}

enum Block {
    Diagonal,
    Groups(Vec<Cholesky>),
}

/// An approximate inverse of the normal matrix, for one set of weights.
pub(crate) struct Preconditioner {
    blocks: Vec<Block>,
    /// 1 / diagonal of the rest; 0 where the diagonal is 0.
    inverse: Vec<f64>,
    dense: Option<Cholesky>,
}

impl Preconditioner {
    pub(crate) fn new(a: &Absorber, w: &[f64], lead: &[f64], dense: Dense) -> Preconditioner {
        let diagonal = a.level_sums(|row| w[row], true);
        let blocks = a
            .rest
            .iter()
            .zip(&a.groups)
            .map(|(term, groups)| match groups {
                Some(groups) => Block::Groups(groups.factor(
                    &a.starts,
                    &term.codes,
                    w,
                    lead,
                    &diagonal[term.offset..term.offset + term.levels],
                )),
                None => Block::Diagonal,
            })
            .collect();
        let dense = (dense.k > 0).then(|| {
            let (gram, scale) = a.gram(w, lead, dense);
            cholesky(gram, dense.k, &scale, 1e-13)
        });
        Preconditioner {
            blocks,
            inverse: diagonal
                .iter()
                .map(|&d| if d > 0.0 { 1.0 / d } else { 0.0 })
                .collect(),
            dense,
        }
    }

    /// z = M⁻¹ r for the effects.
    pub(super) fn solve<const M: usize>(&self, a: &Absorber, r: &[[f64; M]], z: &mut [[f64; M]]) {
        let mut buffer: Vec<[f64; M]> = Vec::new();
        for ((term, groups), block) in a.rest.iter().zip(&a.groups).zip(&self.blocks) {
            let range = term.offset..term.offset + term.levels;
            match (block, groups) {
                (Block::Groups(factors), Some(groups)) => {
                    let (r, z) = (&r[range.clone()], &mut z[range]);
                    for (group, factor) in groups.groups.iter().zip(factors) {
                        buffer.clear();
                        buffer.extend(group.levels.iter().map(|&l| r[l as usize]));
                        factor.solve(&mut buffer);
                        for (&l, b) in group.levels.iter().zip(&buffer) {
                            z[l as usize] = *b;
                        }
                    }
                }
                _ => {
                    for i in range {
                        for m in 0..M {
                            z[i][m] = r[i][m] * self.inverse[i];
                        }
                    }
                }
            }
        }
    }

    /// z = M⁻¹ r for the regressors.
    pub(super) fn solve_dense(&self, r: &[f64], z: &mut [f64]) {
        z.copy_from_slice(r);
        if let Some(factor) = &self.dense {
            let (z, _) = z.as_chunks_mut::<1>();
            factor.solve(z);
        }
    }
}

impl Absorber {
    /// X'W(I − P)X with P the means within the lead, and the diagonal of X'WX.
    pub(crate) fn gram(&self, w: &[f64], inverse: &[f64], dense: Dense) -> (Vec<f64>, Vec<f64>) {
        let k = dense.k;
        let partials = self.by_chunk(|_, chunk| {
            let mut gram = vec![0.0; k * k];
            let mut scale = vec![0.0; k];
            let mut mean = vec![0.0; k];
            let mut centred = vec![0.0; k];
            for p in chunk {
                mean.fill(0.0);
                for row in self.starts[p]..self.starts[p + 1] {
                    for (m, x) in mean.iter_mut().zip(&dense.x[row * k..(row + 1) * k]) {
                        *m += w[row] * x;
                    }
                }
                mean.iter_mut().for_each(|m| *m *= inverse[p]);
                for row in self.starts[p]..self.starts[p + 1] {
                    let x = &dense.x[row * k..(row + 1) * k];
                    for j in 0..k {
                        centred[j] = x[j] - mean[j];
                        scale[j] += w[row] * x[j] * x[j];
                    }
                    for i in 0..k {
                        let wx = w[row] * centred[i];
                        for j in 0..=i {
                            gram[i * k + j] += wx * centred[j];
                        }
                    }
                }
            }
            (gram, scale)
        });
        let mut gram = vec![0.0; k * k];
        let mut scale = vec![0.0; k];
        for (g, s) in &partials {
            gram.iter_mut().zip(g).for_each(|(a, b)| *a += b);
            scale.iter_mut().zip(s).for_each(|(a, b)| *a += b);
        }
        (gram, scale)
    }
}
