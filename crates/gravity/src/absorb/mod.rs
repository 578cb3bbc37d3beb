//! Fixed effects taken out exactly.
//!
//! The normal equations of weighted least squares on many fixed effects are
//! solved without forming the dummies. The largest effect (the *lead*) is
//! eliminated exactly: rows are sorted by it and centred within its levels. What
//! is left is a system in the levels of the other effects, the Schur complement
//! S = D'WD − D'WL (L'WL)⁻¹ L'WD, solved by preconditioned conjugate gradients. The
//! preconditioner inverts the block of each effect exactly where the lead ties its
//! levels into small groups (the years of one exporter, tied by its pairs), and
//! uses the diagonal elsewhere.
//!
//! S is singular, as effects add up to the same constant. The equations are
//! consistent, so conjugate gradients still converge, to one of the solutions.

mod cg;
mod kernel;
mod precondition;
mod sums;

use std::ops::Range;

pub(crate) use cg::Target;
pub(crate) use kernel::Dense;
pub(crate) use precondition::Preconditioner;

use rayon::prelude::*;

use crate::design::Design;
use precondition::Groups;

/// Levels that are worked on together. Sums over levels are taken block by block, so that the
/// number of threads does not change a bit.
const BLOCK: usize = 4096;

/// An effect that is not the lead: an intercept or a slope for each level.
pub(crate) struct Rest {
    /// Position among the design's effects, and among its slopes.
    pub effect: usize,
    pub slope: Option<usize>,
    pub codes: Vec<u32>,
    pub levels: usize,
    /// The slope's variable, centred within the level where the level has an
    /// intercept too, and scaled; empty for an intercept.
    pub values: Vec<f64>,
    /// First position in the vector of coefficients.
    pub offset: usize,
}

/// The structure of the fixed effects over rows sorted by the lead.
pub(crate) struct Absorber {
    /// First row of each level of the lead, and the end. Without a lead, blocks of
    /// rows that nothing is eliminated from.
    pub starts: Vec<usize>,
    /// Whether there is a lead.
    pub eliminated: bool,
    pub rest: Vec<Rest>,
    /// Levels of all the rest.
    pub size: usize,
    /// Ranges of lead levels that are worked on together. They depend on the data
    /// alone, and sums are taken chunk by chunk, so that the number of threads does
    /// not change a bit.
    chunks: Vec<Range<usize>>,
    /// For each chunk and effect, the range of levels that it touches.
    spans: Vec<Vec<Range<usize>>>,
    groups: Groups,
}

impl Absorber {
    /// With `poisson`, rows will weigh about as much as their outcome.
    pub(crate) fn new(design: &Design, poisson: bool) -> Absorber {
        let n = design.rows;
        let (starts, eliminated) = match design.lead {
            Some(lead) => {
                let levels = &design.effects[lead].levels;
                let mut starts = vec![0usize; levels.count() + 1];
                for &code in &levels.codes {
                    starts[code as usize + 1] += 1;
                }
                for level in 0..levels.count() {
                    starts[level + 1] += starts[level];
                }
                (starts, true)
            }
            None => {
                const BLOCK: usize = 1024;
                let blocks = n.div_ceil(BLOCK);
                ((0..=blocks).map(|b| (b * BLOCK).min(n)).collect(), false)
            }
        };
        let mut rest = Vec::new();
        let mut size = 0;
        for (f, effect) in design.effects.iter().enumerate() {
            let levels = effect.levels.count();
            if effect.intercept && design.lead != Some(f) {
                rest.push(Rest {
                    effect: f,
                    slope: None,
                    codes: effect.levels.codes.clone(),
                    levels,
                    values: Vec::new(),
                    offset: size,
                });
                size += levels;
            }
            for (s, (_, values)) in effect.slopes.iter().enumerate() {
                rest.push(Rest {
                    effect: f,
                    slope: Some(s),
                    codes: effect.levels.codes.clone(),
                    levels,
                    values: standardise(values, &effect.levels.codes, levels, effect.intercept),
                    offset: size,
                });
                size += levels;
            }
        }
        let chunks = chunks(&starts, n);
        let spans = chunks
            .par_iter()
            .map(|chunk| {
                let rows = starts[chunk.start]..starts[chunk.end];
                rest.iter()
                    .map(|term| {
                        let codes = &term.codes[rows.clone()];
                        let low = codes.iter().min().map_or(0, |&c| c as usize);
                        let high = codes.iter().max().map_or(0, |&c| c as usize + 1);
                        low..high
                    })
                    .collect()
            })
            .collect();
        let lead_weight: Vec<f64> = starts
            .par_windows(2)
            .with_min_len(1 << 10)
            .map(|s| {
                (s[0]..s[1])
                    .map(|r| design.weight(r) * if poisson { design.y[r] } else { 1.0 })
                    .sum()
            })
            .collect();
        let groups = if eliminated {
            Groups::find(&starts, &rest, &lead_weight)
        } else {
            Groups::none(&rest)
        };
        Absorber {
            starts,
            eliminated,
            rest,
            size,
            chunks,
            spans,
            groups,
        }
    }

    /// Number of lead levels (or blocks of rows).
    pub(crate) fn leads(&self) -> usize {
        self.starts.len() - 1
    }

    /// The ranges of lead levels that are worked on together.
    pub(crate) fn chunk_ranges(&self) -> Vec<Range<usize>> {
        self.chunks.clone()
    }

    /// 1 / Σ w of each lead level; 0 without a lead.
    pub(crate) fn lead_inverse(&self, w: &[f64]) -> Vec<f64> {
        if !self.eliminated {
            return vec![0.0; self.leads()];
        }
        self.starts
            .par_windows(2)
            .with_min_len(1 << 10)
            .map(|s| {
                let total: f64 = w[s[0]..s[1]].iter().sum();
                if total > 0.0 { 1.0 / total } else { 0.0 }
            })
            .collect()
    }
}

/// About equal numbers of rows, cut at lead levels.
fn chunks(starts: &[usize], rows: usize) -> Vec<Range<usize>> {
    const SMALLEST: usize = 8192;
    const MOST: usize = 8;
    let wanted = (rows / SMALLEST).clamp(1, MOST);
    let leads = starts.len() - 1;
    let mut cuts = vec![0];
    for c in 1..wanted {
        let cut = starts
            .partition_point(|&s| s < rows * c / wanted)
            .min(leads);
        if cut > *cuts.last().expect("not empty") {
            cuts.push(cut);
        }
    }
    if *cuts.last().expect("not empty") < leads {
        cuts.push(leads);
    }
    cuts.windows(2).map(|c| c[0]..c[1]).collect()
}

/// Centred within each level (where an intercept takes up the mean) and scaled to
/// length one, which changes neither the fit nor the space spanned, only the
/// condition of the equations.
fn standardise(values: &[f64], codes: &[u32], levels: usize, centre: bool) -> Vec<f64> {
    let mut out = values.to_vec();
    if centre {
        let mut sum = vec![0.0; levels];
        let mut count = vec![0.0; levels];
        for (&v, &c) in values.iter().zip(codes) {
            sum[c as usize] += v;
            count[c as usize] += 1.0;
        }
        for (v, &c) in out.iter_mut().zip(codes) {
            *v -= sum[c as usize] / count[c as usize];
        }
    }
    let mut square = vec![0.0f64; levels];
    for (&v, &c) in out.iter().zip(codes) {
        square[c as usize] += v * v;
    }
    let mut raw = vec![0.0f64; levels];
    for (&v, &c) in values.iter().zip(codes) {
        raw[c as usize] += v * v;
    }
    for (v, &c) in out.iter_mut().zip(codes) {
        let c = c as usize;
        // A variable constant within the level has no slope there.
        *v = if square[c] > 1e-24 * raw[c] {
            *v / square[c].sqrt()
        } else {
            0.0
        };
    }
    out
}
