//! The downward sweep for sixteen sources side by side.
//!
//! It runs in depth-first order of the elimination tree. All that a vertex needs then lies on the
//! way from the root to it, and working memory is one row a depth, which stays in the cache.

use super::query::{Climb, Row, Sweep};
use super::{Label, UNREACHED};

/// Sources side by side.
pub(super) const LANES: usize = 16;

/// A whole number to sweep costs in; sums of two costs up to `MOST` do not overflow.
pub(super) trait Weight: Copy + Ord + std::ops::Add<Output = Self> {
    /// Unreached, and no arc.
    const MOST: Self;
    /// What is too large is unreached.
    fn from_cost(cost: u64) -> Self;
    fn cost(self) -> u64;
    fn from_index(index: usize) -> Self;
    fn index(self) -> usize;
    fn costs(sweep: &Sweep) -> &[Self];
}

macro_rules! weight {
    ($type:ty, $field:ident) => {
        impl Weight for $type {
            const MOST: Self = <$type>::MAX / 2;
            #[inline]
            fn from_cost(cost: u64) -> Self {
                cost.min(u64::from(Self::MOST)) as $type
            }
            #[inline]
            fn cost(self) -> u64 {
                u64::from(self)
            }
            #[inline]
            fn from_index(index: usize) -> Self {
                index as $type
            }
            #[inline]
            fn index(self) -> usize {
                self as usize
            }
            #[inline]
            fn costs(sweep: &Sweep) -> &[Self] {
                &sweep.$field
            }
        }
    };
}
weight!(u32, narrow_cost);
weight!(u64, cost);

/// Labels on the way from the root to the vertex visited, by depth.
pub(super) struct Lanes<W> {
    cost: Vec<[W; LANES]>,
    /// Hours, USD, kilometres and nothing: four numbers are moved as one.
    sums: Vec<[[f64; 4]; LANES]>,
}

/// Arcs from above to one vertex.
#[derive(Clone, Copy)]
struct Arcs<'a, W> {
    depth: &'a [u32],
    cost: &'a [W],
    sums: &'a [[f64; 4]],
}

impl<W: Weight> Lanes<W> {
    pub fn new() -> Self {
        Lanes {
            cost: vec![],
            sums: vec![],
        }
    }

    /// Visit the vertices of a sweep and fill the rows. Whether all that is connected was reached:
    /// if not, it may cost more than the numbers hold.
    pub fn sweep<const SUMS: bool>(
        &mut self,
        sweep: &Sweep,
        climb: &Climb,
        rows: &mut [Row],
    ) -> bool {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has what the function is compiled for. Measured on the default
            // world's roads: costs alone take 0.6 of the time, with sums 0.4.
            return unsafe { self.sweep_avx2::<SUMS>(sweep, climb, rows) };
        }
        self.sweep_here::<SUMS>(sweep, climb, rows)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn sweep_avx2<const SUMS: bool>(
        &mut self,
        sweep: &Sweep,
        climb: &Climb,
        rows: &mut [Row],
    ) -> bool {
        self.sweep_here::<SUMS>(sweep, climb, rows)
    }

    #[inline(always)]
    fn sweep_here<const SUMS: bool>(
        &mut self,
        sweep: &Sweep,
        climb: &Climb,
        rows: &mut [Row],
    ) -> bool {
        self.cost.resize(climb.labels.len(), [W::MOST; LANES]);
        self.sums.resize(climb.labels.len(), [[0.0; 4]; LANES]);
        let (first, last) = (climb.sources[0], climb.sources[LANES - 1]);
        let (mut arc, mut column) = (0, 0);
        let (mut connected, mut all_reached) = ([false; LANES], true);
        for visit in &sweep.visits {
            let range = arc..visit.arcs_end as usize;
            arc = range.end;
            let arcs = Arcs {
                depth: &sweep.depth[range.clone()],
                cost: &W::costs(sweep)[range.clone()],
                sums: &sweep.sums[range],
            };
            let depth = visit.depth as usize;
            // Only the ancestors of a source are reached by climbing.
            let subtree = visit.position..visit.subtree_end;
            if depth == 0 {
                // Every component has a root of its own.
                connected = climb.sources.map(|source| subtree.contains(&source));
            }
            let climbed = visit.position <= last && first < visit.subtree_end;
            let mut start = [Label::UNREACHED; LANES];
            let mut cost = [W::MOST; LANES];
            if climbed {
                for (lane, source) in climb.sources.iter().enumerate() {
                    if subtree.contains(source) {
                        start[lane] = climb.labels[depth][lane];
                        cost[lane] = W::from_cost(start[lane].cost);
                    }
                }
            }
            let mut by = [W::MOST; LANES];
            let tied = relax::<W, SUMS>(arcs, &self.cost, &mut cost, &mut by);
            self.cost[depth] = cost;
            if SUMS {
                if tied {
                    self.break_ties(arcs, &start, depth, &mut by);
                }
                self.add_up(arcs, &start, &by, depth);
            }
            let filled = column..visit.columns_end as usize;
            column = filled.end;
            if !filled.is_empty() {
                let lanes = cost.iter().zip(&connected);
                all_reached &= lanes.fold(true, |all, (c, there)| all & (*c < W::MOST || !there));
            }
            for at in &sweep.columns[filled] {
                self.fill::<SUMS>(*at as usize, depth, rows);
            }
        }
        all_reached
    }

    #[inline(always)]
    fn fill<const SUMS: bool>(&self, at: usize, depth: usize, rows: &mut [Row]) {
        for (lane, row) in rows.iter_mut().enumerate() {
            let cost = self.cost[depth][lane];
            let reached = cost < W::MOST;
            if SUMS {
                let [hours, usd, km, _] = self.sums[depth][lane];
                row.sums[at] = if reached {
                    [hours, usd, km]
                } else {
                    [f64::INFINITY; 3]
                };
            } else {
                row.cost[at] = if reached { cost.cost() } else { UNREACHED };
            }
        }
    }

    /// Among arcs of equal cost, let the sums decide.
    fn break_ties(&self, arcs: Arcs<W>, start: &[Label; LANES], depth: usize, by: &mut [W; LANES]) {
        for lane in 0..LANES {
            let cost = self.cost[depth][lane];
            if cost >= W::MOST {
                continue;
            }
            let mut best = start[lane];
            by[lane] = W::MOST;
            for (index, above) in arcs.depth.iter().enumerate() {
                let above = *above as usize;
                if self.cost[above][lane] + arcs.cost[index] != cost {
                    continue;
                }
                let (from, along) = (&self.sums[above][lane], &arcs.sums[index]);
                let sums = [0, 1, 2].map(|part| from[part] + along[part]);
                let candidate = Label {
                    cost: cost.cost(),
                    sums,
                };
                if candidate.beats(&best) {
                    best = candidate;
                    by[lane] = W::from_index(index);
                }
            }
        }
    }

    /// Sums of the vertex at `depth`, each lane along the arc by which it was reached.
    #[inline(always)]
    fn add_up(&mut self, arcs: Arcs<W>, start: &[Label; LANES], by: &[W; LANES], depth: usize) {
        let (above, own) = self.sums.split_at_mut(depth);
        let own = &mut own[0];
        for lane in 0..LANES {
            if by[lane] == W::MOST {
                let [hours, usd, km] = start[lane].sums;
                own[lane] = [hours, usd, km, 0.0];
            } else {
                let index = by[lane].index();
                let from = &above[arcs.depth[index] as usize][lane];
                let along = &arcs.sums[index];
                for part in 0..4 {
                    own[lane][part] = from[part] + along[part];
                }
            }
        }
    }
}

/// Reach a vertex by its arcs from above, all lanes side by side. `by` tells which arc it was.
/// Returns whether some lane met two ways of equal cost.
#[inline(always)]
fn relax<W: Weight, const SUMS: bool>(
    arcs: Arcs<W>,
    above: &[[W; LANES]],
    cost: &mut [W; LANES],
    by: &mut [W; LANES],
) -> bool {
    let mut tied = [false; LANES];
    for (index, (depth, along)) in arcs.depth.iter().zip(arcs.cost).enumerate() {
        let from = &above[*depth as usize];
        let index = W::from_index(index);
        for lane in 0..LANES {
            let candidate = from[lane] + *along;
            let better = candidate < cost[lane];
            if SUMS {
                tied[lane] |= candidate == cost[lane];
                by[lane] = if better { index } else { by[lane] };
            }
            cost[lane] = if better { candidate } else { cost[lane] };
        }
    }
    SUMS && tied.contains(&true)
}
