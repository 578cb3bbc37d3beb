//! Passes over the rows.

use rayon::prelude::*;

use super::sums::Projected;
use super::{Absorber, Rest};

/// Regressors that are solved for together with the effects: `x[row * k + column]`.
#[derive(Clone, Copy)]
pub(crate) struct Dense<'a> {
    pub x: &'a [f64],
    pub k: usize,
}

impl Dense<'_> {
    pub(crate) const NONE: Dense<'static> = Dense { x: &[], k: 0 };
}

/// How the rest is read, so that the common cases are unrolled.
trait Terms<const M: usize>: Sync {
    fn gather(&self, row: usize, coefficients: &[[f64; M]]) -> [f64; M];
    fn scatter(&self, row: usize, value: &[f64; M], out: &mut [[f64; M]], shift: &[usize]);
}

struct Plain<'a, const G: usize> {
    codes: [&'a [u32]; G],
    offset: [usize; G],
}

impl<const M: usize, const G: usize> Terms<M> for Plain<'_, G> {
    #[inline(always)]
    fn gather(&self, row: usize, coefficients: &[[f64; M]]) -> [f64; M] {
        let mut t = [0.0; M];
        for g in 0..G {
            let c = &coefficients[self.offset[g] + self.codes[g][row] as usize];
            for m in 0..M {
                t[m] += c[m];
            }
        }
        t
    }

    #[inline(always)]
    fn scatter(&self, row: usize, value: &[f64; M], out: &mut [[f64; M]], shift: &[usize]) {
        for g in 0..G {
            let o = &mut out[(self.codes[g][row] as usize).wrapping_add(shift[g])];
            for m in 0..M {
                o[m] += value[m];
            }
        }
    }
}

struct Any<'a>(&'a [Rest]);

impl<const M: usize> Terms<M> for Any<'_> {
    #[inline(always)]
    fn gather(&self, row: usize, coefficients: &[[f64; M]]) -> [f64; M] {
        let mut t = [0.0; M];
        for term in self.0 {
            let c = &coefficients[term.offset + term.codes[row] as usize];
            let v = term.values.get(row).copied().unwrap_or(1.0);
            for m in 0..M {
                t[m] += v * c[m];
            }
        }
        t
    }

    #[inline(always)]
    fn scatter(&self, row: usize, value: &[f64; M], out: &mut [[f64; M]], shift: &[usize]) {
        for (term, shift) in self.0.iter().zip(shift) {
            let v = term.values.get(row).copied().unwrap_or(1.0);
            let o = &mut out[(term.codes[row] as usize).wrapping_add(*shift)];
            for m in 0..M {
                o[m] += v * value[m];
            }
        }
    }
}

/// Calls `$body` with `$terms` bound to the fastest way to read the rest.
macro_rules! with_terms {
    ($absorber:expr, $terms:ident, $body:expr) => {{
        let rest = &$absorber.rest;
        let plain = rest.iter().all(|t| t.values.is_empty());
        match rest.len() {
            0 => {
                let $terms = Plain::<0> {
                    codes: [],
                    offset: [],
                };
                $body
            }
            1 if plain => {
                let $terms = Plain::<1> {
                    codes: [&rest[0].codes],
                    offset: [rest[0].offset],
                };
                $body
            }
            2 if plain => {
                let $terms = Plain::<2> {
                    codes: [&rest[0].codes, &rest[1].codes],
                    offset: [rest[0].offset, rest[1].offset],
                };
                $body
            }
            3 if plain => {
                let $terms = Plain::<3> {
                    codes: [&rest[0].codes, &rest[1].codes, &rest[2].codes],
                    offset: [rest[0].offset, rest[1].offset, rest[2].offset],
                };
                $body
            }
            _ => {
                let $terms = Any(rest);
                $body
            }
        }
    }};
}

/// Calls `$body` with a width of known size where regressors are few.
macro_rules! unrolled {
    ($k:expr, $width:ident => $body:expr) => {
        match $k {
            1 => {
                let $width = 1;
                $body
            }
            2 => {
                let $width = 2;
                $body
            }
            3 => {
                let $width = 3;
                $body
            }
            4 => {
                let $width = 4;
                $body
            }
            $width => $body,
        }
    };
}

/// t ← t + Σ_j x_j c_j, with `c[j * M + m]`.
#[inline(always)]
fn add_inner<const M: usize>(t: &mut [f64; M], x: &[f64], c: &[f64]) {
    unrolled!(x.len(), k => {
        let (x, c) = (&x[..k], &c[..k * M]);
        for j in 0..k {
            for m in 0..M {
                t[m] += x[j] * c[j * M + m];
            }
        }
    });
}

/// s_j ← s_j + x_j u, with `s[j * M + m]`.
#[inline(always)]
fn add_outer<const M: usize>(s: &mut [f64], x: &[f64], u: &[f64; M]) {
    unrolled!(x.len(), k => {
        let (x, s) = (&x[..k], &mut s[..k * M]);
        for j in 0..k {
            for m in 0..M {
                s[j * M + m] += x[j] * u[m];
            }
        }
    });
}

impl Absorber {
    /// Runs `work` over the chunks; results in the order of the chunks.
    pub(crate) fn by_chunk<T: Send>(
        &self,
        work: impl Fn(usize, std::ops::Range<usize>) -> T + Sync,
    ) -> Vec<T> {
        let work = &work;
        if self.chunks.len() == 1 {
            return vec![work(0, self.chunks[0].clone())];
        }
        (0..self.chunks.len())
            .into_par_iter()
            .map(|c| work(c, self.chunks[c].clone()))
            .collect()
    }

    /// Cuts a slice with one entry per row at the chunks.
    pub(crate) fn split_rows<'a, T>(
        &self,
        mut values: &'a mut [T],
        width: usize,
    ) -> Vec<&'a mut [T]> {
        let mut out = Vec::with_capacity(self.chunks.len());
        for chunk in &self.chunks {
            let rows = self.starts[chunk.end] - self.starts[chunk.start];
            let (head, tail) = values.split_at_mut(rows * width);
            out.push(head);
            values = tail;
        }
        out
    }

    /// D'(u − w mean u) and X'(u − w mean u) with u(row) a weighted value and the
    /// mean taken within the lead level. Returns the products with `along`, if it is given.
    #[allow(clippy::too_many_arguments)]
    fn project<const M: usize, T: Terms<M>>(
        &self,
        terms: &T,
        w: &[f64],
        inverse: &[f64],
        dense: Dense,
        square: bool,
        row_value: impl Fn(usize) -> [f64; M] + Sync,
        along: Option<&[[f64; M]]>,
        sums: &mut Projected<M>,
    ) -> [f64; M] {
        let k = dense.k;
        sums.partials
            .resize_with(self.chunks.len(), Default::default);
        self.fill_by_chunk(&mut sums.partials, |c, chunk, partial| {
            let (shift, length) = self.shifts(c);
            // Positions may wrap while the shift is added; see `scatter`.
            partial.levels.clear();
            partial.levels.resize(length, [0.0; M]);
            partial.dense.clear();
            partial.dense.resize(k * M, 0.0);
            let longest = chunk.clone().map(|p| self.starts[p + 1] - self.starts[p]);
            partial.buffer.resize(longest.max().unwrap_or(0), [0.0; M]);
            let mut squares = [0.0; M];
            // Slices, whose places need not be read again after every number written.
            let out = partial.levels.as_mut_slice();
            let sums = partial.dense.as_mut_slice();
            let buffer = partial.buffer.as_mut_slice();
            let (starts, x) = (self.starts.as_slice(), dense.x);
            for p in chunk {
                let (begin, end) = (starts[p], starts[p + 1]);
                let buffer = &mut buffer[..end - begin];
                let mut mean = [0.0; M];
                for (u, row) in buffer.iter_mut().zip(begin..end) {
                    *u = row_value(row);
                    for m in 0..M {
                        mean[m] += u[m];
                    }
                }
                for m in 0..M {
                    mean[m] *= inverse[p];
                }
                for (u, row) in buffer.iter_mut().zip(begin..end) {
                    let wr = w[row];
                    for m in 0..M {
                        u[m] -= wr * mean[m];
                    }
                    terms.scatter(row, u, out, &shift);
                    if square && wr > 0.0 {
                        for m in 0..M {
                            squares[m] += u[m] * u[m] / wr;
                        }
                    }
                    if k > 0 {
                        add_outer(sums, &x[row * k..(row + 1) * k], u);
                    }
                }
            }
            partial.square.clear();
            partial.square.extend(squares);
        });
        self.merge(sums, along)
    }

    /// The right-hand side from values of the rows, `values[row * M + m]`.
    pub(crate) fn right_side<const M: usize>(
        &self,
        w: &[f64],
        inverse: &[f64],
        values: &[f64],
    ) -> Projected<M> {
        let (values, _) = values.as_chunks::<M>();
        let row_value = |row: usize| {
            let mut u = values[row];
            for v in &mut u {
                *v *= w[row];
            }
            u
        };
        let mut out = Projected::default();
        with_terms!(
            self,
            terms,
            self.project(
                &terms,
                w,
                inverse,
                Dense::NONE,
                true,
                row_value,
                None,
                &mut out
            )
        );
        out
    }

    /// The right-hand side from weighted values of the rows.
    pub(crate) fn score(
        &self,
        w: &[f64],
        inverse: &[f64],
        dense: Dense,
        weighted: &[f64],
    ) -> Projected<1> {
        let row_value = |row: usize| [weighted[row]];
        let mut out = Projected::default();
        with_terms!(
            self,
            terms,
            self.project(&terms, w, inverse, dense, false, row_value, None, &mut out)
        );
        out
    }

    /// The normal matrix times coefficients of the effects and of the regressors, into `out`;
    /// and the products of both.
    pub(super) fn apply<const M: usize>(
        &self,
        w: &[f64],
        inverse: &[f64],
        dense: Dense,
        levels: &[[f64; M]],
        coefficients: &[f64],
        out: &mut Projected<M>,
    ) -> [f64; M] {
        let k = dense.k;
        let mut products = with_terms!(self, terms, {
            let row_value = |row: usize| {
                let mut t = terms.gather(row, levels);
                if k > 0 {
                    add_inner(&mut t, &dense.x[row * k..(row + 1) * k], coefficients);
                }
                for v in &mut t {
                    *v *= w[row];
                }
                t
            };
            self.project(
                &terms,
                w,
                inverse,
                dense,
                false,
                row_value,
                Some(levels),
                out,
            )
        });
        for (c, q) in coefficients.chunks_exact(M).zip(out.dense.chunks_exact(M)) {
            for m in 0..M {
                products[m] += c[m] * q[m];
            }
        }
        products
    }

    /// values ← values − D·levels, then centred within the lead.
    pub(crate) fn subtract<const M: usize>(
        &self,
        w: &[f64],
        inverse: &[f64],
        levels: &[[f64; M]],
        values: &mut [f64],
    ) {
        let parts = self.split_rows(values, M);
        let work = |chunk: std::ops::Range<usize>, part: &mut [f64]| {
            let first = self.starts[chunk.start];
            let (part, _) = part.as_chunks_mut::<M>();
            with_terms!(self, terms, {
                for p in chunk {
                    let (begin, end) = (self.starts[p], self.starts[p + 1]);
                    let mut mean = [0.0; M];
                    for row in begin..end {
                        let t: [f64; M] = terms.gather(row, levels);
                        let v = &mut part[row - first];
                        for m in 0..M {
                            v[m] -= t[m];
                            mean[m] += w[row] * v[m];
                        }
                    }
                    for m in 0..M {
                        mean[m] *= inverse[p];
                    }
                    for v in &mut part[begin - first..end - first] {
                        for m in 0..M {
                            v[m] -= mean[m];
                        }
                    }
                }
            });
        };
        if self.chunks.len() == 1 {
            for part in parts {
                work(self.chunks[0].clone(), part);
            }
        } else {
            self.chunks
                .clone()
                .into_par_iter()
                .zip(parts)
                .for_each(|(chunk, part)| work(chunk, part));
        }
    }

    /// t(row) = D·levels + X·coefficients, one value a row, before the lead.
    pub(crate) fn predict(
        &self,
        dense: Dense,
        levels: &[[f64; 1]],
        coefficients: &[f64],
        out: &mut [f64],
    ) {
        let k = dense.k;
        let parts = self.split_rows(out, 1);
        self.chunks
            .clone()
            .into_par_iter()
            .zip(parts)
            .for_each(|(chunk, part)| {
                let first = self.starts[chunk.start];
                with_terms!(self, terms, {
                    for (i, o) in part.iter_mut().enumerate() {
                        let row = first + i;
                        let t: [f64; 1] = terms.gather(row, levels);
                        let mut t = t[0];
                        if k > 0 {
                            for (x, b) in dense.x[row * k..(row + 1) * k].iter().zip(coefficients) {
                                t += x * b;
                            }
                        }
                        *o = t;
                    }
                });
            });
    }
}
