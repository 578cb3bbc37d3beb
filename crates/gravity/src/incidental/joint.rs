//! The joint covariance of exporter–time and importer–time effects.
//!
//! H = [A B; B' C], where A has a block for each exporter and C one for each importer, since a
//! pair's rows share both. Eliminating the exporters leaves S = C − B'A⁻B, and
//!
//! V_ij = −A⁻B S⁻,  V_ii = A⁻ − V_ij B'A⁻,  V_jj = S⁻,
//!
//! of which the blocks of V_ii and V_jj and all of V_ij are needed. H is positive semi-definite
//! and singular; any generalised inverse does, as only its effect on rows of H is used. About
//! n³ / 4 multiplications and 6 n² bytes for n levels, half of them exporters'.

use rayon::prelude::*;

use super::inverse::{Inverse, dot};
use super::{Pair, RANK};
use crate::dense::cholesky;

/// Rows worked on together, so that what they are multiplied with is read once.
const TOGETHER: usize = 8;

/// Blocks of levels, by exporter or importer.
pub(super) struct Groups {
    /// Position of every level: those of one group follow each other.
    position: Vec<usize>,
    /// First position of every group, and the end.
    first: Vec<usize>,
}

impl Groups {
    /// `members` are pairs of a group and one of its levels, repeated or not.
    fn new(count: usize, levels: usize, members: impl Iterator<Item = (usize, usize)>) -> Groups {
        let mut owner = vec![0; levels];
        members.for_each(|(group, level)| owner[level] = group);
        let mut first = vec![0; count + 1];
        owner.iter().for_each(|group| first[group + 1] += 1);
        for group in 0..count {
            first[group + 1] += first[group];
        }
        let mut next = first.clone();
        let position = owner
            .iter()
            .map(|group| {
                next[*group] += 1;
                next[*group] - 1
            })
            .collect();
        Groups { position, first }
    }

    fn levels(&self) -> usize {
        self.position.len()
    }

    fn range(&self, group: usize) -> std::ops::Range<usize> {
        self.first[group]..self.first[group + 1]
    }

    fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        (0..self.first.len() - 1).map(|group| self.range(group))
    }
}

/// What the joint covariance is made from.
pub(super) struct Sums<'a> {
    pub pairs: &'a [Pair],
    /// Exporters and importers.
    pub counts: [usize; 2],
    /// Levels of the exporter–time and the importer–time effect.
    pub levels: [usize; 2],
}

/// V = H⁻, block by block.
pub(super) struct Joint {
    exporters: Groups,
    importers: Groups,
    /// V_ii by exporter, V_jj by importer.
    own: [Vec<Vec<f64>>; 2],
    /// V_ij, `[exporter–time][importer–time]` by position.
    across: Vec<f64>,
}

impl Joint {
    /// `levels_of` gives a row's two levels, `h` the elements of a pair's H, row by row.
    pub fn new(
        sums: &Sums,
        levels_of: impl Fn(u32) -> [usize; 2],
        h: impl Fn(&Pair) -> Vec<f64>,
    ) -> Joint {
        let [e, m] = sums.levels;
        let groups = |side: usize, group: fn(&Pair) -> usize| {
            let of = |pair: &'_ Pair| -> Vec<(usize, usize)> {
                let rows = pair.rows.iter();
                rows.map(|r| (group(pair), levels_of(*r)[side])).collect()
            };
            let members = sums.pairs.iter().flat_map(of);
            Groups::new(sums.counts[side], sums.levels[side], members)
        };
        let (exporters, importers) = (groups(0, |p| p.exporter), groups(1, |p| p.importer));
        let mut own: Vec<Vec<f64>> = exporters
            .ranges()
            .map(|r| vec![0.0; r.len() * r.len()])
            .collect();
        // B' and C, row by row of importer–time levels.
        let (mut b, mut c) = (vec![0.0; m * e], vec![0.0; m * m]);
        for pair in sums.pairs {
            let (n, h) = (pair.rows.len(), h(pair));
            let at: Vec<[usize; 2]> = pair
                .rows
                .iter()
                .map(|r| {
                    let [x, y] = levels_of(*r);
                    [exporters.position[x], importers.position[y]]
                })
                .collect();
            let range = exporters.range(pair.exporter);
            let block = &mut own[pair.exporter];
            for (i, one) in at.iter().enumerate() {
                for (j, other) in at.iter().enumerate() {
                    let h = h[i * n + j];
                    block[(one[0] - range.start) * range.len() + other[0] - range.start] += h;
                    c[one[1] * m + other[1]] += h;
                    b[one[1] * e + other[0]] += h;
                }
            }
        }
        let factors: Vec<_> = own
            .into_iter()
            .zip(exporters.ranges())
            .map(|(block, range)| {
                let n = range.len();
                let diagonal: Vec<f64> = (0..n).map(|i| block[i * n + i]).collect();
                cholesky(block, n, &diagonal, RANK)
            })
            .collect();
        // A⁻B, in the same places as B.
        let mut w = b.clone();
        w.par_chunks_mut(e).for_each(|row| {
            for (factor, range) in factors.iter().zip(exporters.ranges()) {
                factor.solve(row[range].as_chunks_mut::<1>().0);
            }
        });
        let floor: Vec<f64> = (0..m).map(|i| RANK * c[i * m + i]).collect();
        c.par_chunks_mut(m * TOGETHER)
            .enumerate()
            .for_each(|(at, rows)| {
                let first = at * TOGETHER;
                for (q, w) in w.chunks(e).enumerate().take(first + rows.len() / m) {
                    for (p, row) in rows.chunks_mut(m).enumerate() {
                        row[q] -= dot(&b[(first + p) * e..][..e], w);
                    }
                }
            });
        drop(b);
        let inverse = Inverse::new(c, m, &floor).full();
        let w = transposed(&w, m, e);
        let mut across = vec![0.0; e * m];
        across
            .par_chunks_mut(m * TOGETHER)
            .enumerate()
            .for_each(|(at, rows)| {
                let first = at * TOGETHER;
                for (q, column) in inverse.chunks(m).enumerate() {
                    for (p, row) in rows.chunks_mut(m).enumerate() {
                        row[q] = -dot(&w[(first + p) * m..][..m], column);
                    }
                }
            });
        let by_exporter = factors
            .par_iter()
            .enumerate()
            .map(|(exporter, factor)| {
                let (range, mut block) = (exporters.range(exporter), factor.inverse());
                let n = range.len();
                for (i, p) in range.clone().enumerate() {
                    for (j, q) in range.clone().enumerate() {
                        block[i * n + j] -= dot(&across[p * m..][..m], &w[q * m..][..m]);
                    }
                }
                block
            })
            .collect();
        let by_importer = importers.ranges().map(|range| {
            let rows = range.clone();
            rows.flat_map(|p| inverse[p * m..][range.clone()].iter().copied())
                .collect()
        });
        Joint {
            own: [by_exporter, by_importer.collect()],
            exporters,
            importers,
            across,
        }
    }

    /// dVd' of a pair's rows, row by row, given the levels of each.
    pub fn of(&self, pair: &Pair, levels: &[[usize; 2]]) -> Vec<f64> {
        let sides = [
            (&self.exporters, pair.exporter),
            (&self.importers, pair.importer),
        ];
        let m = self.importers.levels();
        let [x, y] = [0, 1].map(|side| {
            let (groups, group) = sides[side];
            let (range, own) = (groups.range(group), &self.own[side][group]);
            move |p: usize, q: usize| own[(p - range.start) * range.len() + q - range.start]
        });
        let at = |row: &[usize; 2]| {
            [
                self.exporters.position[row[0]],
                self.importers.position[row[1]],
            ]
        };
        let at: Vec<[usize; 2]> = levels.iter().map(at).collect();
        let element = |one: &[usize; 2], other: &[usize; 2]| {
            let across = self.across[one[0] * m + other[1]] + self.across[other[0] * m + one[1]];
            x(one[0], other[0]) + y(one[1], other[1]) + across
        };
        at.iter()
            .flat_map(|one| at.iter().map(move |other| (one, other)))
            .map(|(one, other)| element(one, other))
            .collect()
    }
}

/// A matrix of `rows` × `columns` with both exchanged.
fn transposed(matrix: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    // In blocks that fit the cache.
    const BLOCK: usize = 32;
    let mut turned = vec![0.0; rows * columns];
    turned
        .par_chunks_mut(rows * BLOCK)
        .enumerate()
        .for_each(|(at, lines)| {
            for from in (0..rows).step_by(BLOCK) {
                for (column, line) in lines.chunks_mut(rows).enumerate() {
                    for (row, value) in line.iter_mut().enumerate().skip(from).take(BLOCK) {
                        *value = matrix[row * columns + at * BLOCK + column];
                    }
                }
            }
        });
    turned
}
