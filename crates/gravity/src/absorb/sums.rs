//! Sums by level, made chunk by chunk and added up in the order of the chunks.

use std::ops::Range;

use rayon::prelude::*;

use super::{Absorber, BLOCK};

/// Sums of one chunk: by level (the spans of the effects, one after the other), by
/// regressor, and what the caller adds up.
#[derive(Default)]
pub(super) struct Partial<const M: usize> {
    pub levels: Vec<[f64; M]>,
    pub dense: Vec<f64>,
    pub square: Vec<f64>,
    /// Rows of one lead level.
    pub buffer: Vec<[f64; M]>,
}

/// The result of a pass: D'(I − P)u and X'(I − P)u for weighted rows u, and ‖(I − P)u‖².
///
/// It keeps the memory of the pass, so that the next one need not ask for it again: large
/// pieces come from the system page by page, at a price close to that of filling them.
#[derive(Default)]
pub(crate) struct Projected<const M: usize> {
    pub levels: Vec<[f64; M]>,
    pub dense: Vec<f64>,
    /// Σ w t² of the rows centred within the lead (only where asked for).
    pub square: Vec<f64>,
    pub(super) partials: Vec<Partial<M>>,
}

impl Absorber {
    /// Runs `work` over the chunks; each result goes to the chunk's place in `out`.
    pub(super) fn fill_by_chunk<T: Send>(
        &self,
        out: &mut [T],
        work: impl Fn(usize, Range<usize>, &mut T) + Sync,
    ) {
        let each = |(c, out): (usize, &mut T)| work(c, self.chunks[c].clone(), out);
        if out.len() == 1 {
            out.iter_mut().enumerate().for_each(each);
        } else {
            out.par_iter_mut()
                .enumerate()
                .with_max_len(1)
                .for_each(each);
        }
    }

    /// Where the levels of each effect begin in a chunk's sums, less the first level of its
    /// span (so that it may wrap), and how many sums there are.
    pub(super) fn shifts(&self, chunk: usize) -> (Vec<usize>, usize) {
        let mut shift = Vec::with_capacity(self.rest.len());
        let mut length = 0usize;
        for span in &self.spans[chunk] {
            shift.push(length.wrapping_sub(span.start));
            length += span.len();
        }
        (shift, length)
    }

    /// Adds up what the chunks have, block by block of levels. `along`: what the sums are
    /// multiplied with; the products are returned, added up.
    pub(super) fn merge<const M: usize>(
        &self,
        sums: &mut Projected<M>,
        along: Option<&[[f64; M]]>,
    ) -> [f64; M] {
        sums.levels.resize(self.size, [0.0; M]);
        let partials = &sums.partials;
        let products: Vec<[f64; M]> = sums
            .levels
            .par_chunks_mut(BLOCK)
            .enumerate()
            .map(|(block, out)| {
                let first = block * BLOCK;
                let last = first + out.len();
                out.fill([0.0; M]);
                for (c, partial) in partials.iter().enumerate() {
                    let mut from = 0;
                    for (term, span) in self.rest.iter().zip(&self.spans[c]) {
                        let begin = (term.offset + span.start).max(first);
                        let end = (term.offset + span.end).min(last);
                        if begin < end {
                            let skip = from + begin - (term.offset + span.start);
                            let part = &partial.levels[skip..skip + end - begin];
                            for (o, p) in out[begin - first..end - first].iter_mut().zip(part) {
                                for m in 0..M {
                                    o[m] += p[m];
                                }
                            }
                        }
                        from += span.len();
                    }
                }
                let mut product = [0.0; M];
                for (o, a) in along.iter().flat_map(|a| out.iter().zip(&a[first..last])) {
                    for m in 0..M {
                        product[m] += o[m] * a[m];
                    }
                }
                product
            })
            .collect();
        let mut total = [0.0; M];
        for product in products {
            for m in 0..M {
                total[m] += product[m];
            }
        }
        for out in [&mut sums.dense, &mut sums.square] {
            out.clear();
        }
        for partial in partials {
            add(&mut sums.dense, &partial.dense);
            add(&mut sums.square, &partial.square);
        }
        total
    }

    /// Σ w |slope| of each level of the rest, one pass a chunk.
    pub(crate) fn level_sums(
        &self,
        weighted: impl Fn(usize) -> f64 + Sync,
        square: bool,
    ) -> Vec<f64> {
        let mut sums = Projected::<1>::default();
        sums.partials
            .resize_with(self.chunks.len(), Default::default);
        self.fill_by_chunk(&mut sums.partials, |c, chunk, out| {
            let (shift, length) = self.shifts(c);
            let mut levels = vec![[0.0]; length];
            for row in self.starts[chunk.start]..self.starts[chunk.end] {
                let u = weighted(row);
                for (term, shift) in self.rest.iter().zip(&shift) {
                    let v = term
                        .values
                        .get(row)
                        .map_or(1.0, |v| if square { v * v } else { v.abs() });
                    levels[(term.codes[row] as usize).wrapping_add(*shift)][0] += v * u;
                }
            }
            out.levels = levels;
        });
        self.merge(&mut sums, None);
        sums.levels.into_flattened()
    }
}

fn add(total: &mut Vec<f64>, part: &[f64]) {
    total.resize(part.len(), 0.0);
    total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
}
