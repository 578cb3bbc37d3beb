//! Many-to-many queries: climb from the sources, sweep down to the targets (RPHAST: Delling,
//! Goldberg & Werneck 2011; climbing the elimination tree: Dibbelt, Strasser & Wagner 2016).
//!
//! A least path climbs from its source to its latest vertex and descends to its target. Vertices
//! that lie above no target are left out of the sweep. It runs for sixteen sources side by side,
//! in depth-first order of the elimination tree: all that a vertex needs is then on the way from
//! the root to it, and working memory is one row a depth, which stays in the cache.

use super::topology::Topology;
use super::{Label, Weight, customise::Metric};
use rayon::prelude::*;

/// Sources side by side.
const LANES: usize = 16;

/// The part of a customised topology that leads down to some targets.
#[derive(Clone, Debug)]
pub struct Sweep<W> {
    visits: Vec<Visit>,
    arcs: Vec<DownArc<W>>,
    sums: Vec<[f64; 3]>,
    columns: Vec<u32>,
    targets: usize,
}

/// A vertex to visit, with the ends of its arcs and of the columns it fills.
#[derive(Clone, Debug)]
struct Visit {
    position: u32,
    subtree_end: u32,
    depth: u32,
    arcs_end: u32,
    columns_end: u32,
}

#[derive(Clone, Debug)]
struct DownArc<W> {
    /// Depth of the vertex above.
    depth: u32,
    cost: W,
}

/// One row of the results; what is not asked for is empty.
struct Row<'a, W> {
    source: u32,
    cost: &'a mut [W],
    sums: [&'a mut [f64]; 3],
}

impl<W: Weight> Sweep<W> {
    /// Select what leads to the targets. A target may be named twice.
    pub fn new(topology: &Topology, metric: &Metric<W>, targets: &[u32]) -> Sweep<W> {
        let mut needed = vec![false; topology.vertices()];
        let mut columns: Vec<(u32, u32)> = Vec::with_capacity(targets.len());
        for (column, target) in targets.iter().enumerate() {
            let position = topology.position(*target);
            columns.push((position, column as u32));
            let mut at = Some(position);
            while let Some(p) = at.filter(|p| !needed[*p as usize]) {
                needed[p as usize] = true;
                at = topology.parent(p);
            }
        }
        columns.sort_unstable();
        let mut sweep = Sweep {
            visits: vec![],
            arcs: vec![],
            sums: vec![],
            columns: columns.iter().map(|c| c.1).collect(),
            targets: targets.len(),
        };
        let mut filled = 0;
        for position in (0..topology.vertices() as u32).filter(|p| needed[*p as usize]) {
            for arc in topology.arcs_up(position) {
                let down = metric.down(arc);
                if down.cost < W::UNREACHED {
                    sweep.arcs.push(DownArc {
                        depth: topology.depth(topology.head(arc)),
                        cost: down.cost,
                    });
                    sweep.sums.push(down.sums);
                }
            }
            while columns.get(filled).is_some_and(|c| c.0 == position) {
                filled += 1;
            }
            sweep.visits.push(Visit {
                position,
                subtree_end: topology.end(position),
                depth: topology.depth(position),
                arcs_end: sweep.arcs.len() as u32,
                columns_end: filled as u32,
            });
        }
        sweep
    }

    /// Number of vertices and of arcs that a sweep meets.
    pub fn size(&self) -> (usize, usize) {
        (self.visits.len(), self.arcs.len())
    }

    /// Least costs, `[source][target]`; [`Weight::UNREACHED`] where there is no path.
    pub fn costs(&self, topology: &Topology, metric: &Metric<W>, sources: &[u32]) -> Vec<W> {
        let mut cost = vec![W::UNREACHED; sources.len() * self.targets];
        let mut rows = self.rows(sources, &mut cost, [&mut [], &mut [], &mut []]);
        self.run::<false>(topology, metric, &mut rows, &|| {});
        cost
    }

    /// Hours, USD and kilometres of the least paths, `[source][target]`; infinite where there is
    /// none. `tick` is called once a source.
    pub fn sums(
        &self,
        topology: &Topology,
        metric: &Metric<W>,
        sources: &[u32],
        tick: &(dyn Fn() + Sync),
    ) -> [Vec<f64>; 3] {
        let mut sums = [(); 3].map(|()| vec![f64::INFINITY; sources.len() * self.targets]);
        let mut rows = self.rows(sources, &mut [], sums.each_mut().map(|s| &mut s[..]));
        self.run::<true>(topology, metric, &mut rows, tick);
        drop(rows);
        sums
    }

    fn rows<'a>(
        &self,
        sources: &[u32],
        cost: &'a mut [W],
        sums: [&'a mut [f64]; 3],
    ) -> Vec<Row<'a, W>> {
        let columns = self.targets.max(1);
        let mut cost = cost.chunks_mut(columns);
        let mut sums = sums.map(|part| part.chunks_mut(columns));
        sources
            .iter()
            .map(|source| Row {
                source: *source,
                cost: cost.next().unwrap_or_default(),
                sums: sums.each_mut().map(|part| part.next().unwrap_or_default()),
            })
            .collect()
    }

    fn run<const SUMS: bool>(
        &self,
        topology: &Topology,
        metric: &Metric<W>,
        rows: &mut [Row<W>],
        tick: &(dyn Fn() + Sync),
    ) {
        // Neighbouring sources share most of their paths.
        rows.sort_by_key(|row| topology.position(row.source));
        rows.par_chunks_mut(LANES).for_each_init(
            || Lanes::new(topology.height()),
            |lanes, rows| {
                lanes.climb(topology, metric, rows);
                lanes.sweep::<SUMS>(self, rows);
                rows.iter().for_each(|_| tick());
            },
        );
    }
}

/// Working memory of one batch of sources.
struct Lanes<W> {
    /// Positions of the sources; the last is repeated where a batch is not full.
    sources: [u32; LANES],
    /// Labels of the ancestors of each source, by depth.
    climbed: Vec<[Label<W>; LANES]>,
    /// Labels on the way from the root to the vertex visited, by depth.
    cost: Vec<[W; LANES]>,
    sums: Vec<[[f64; LANES]; 3]>,
}

impl<W: Weight> Lanes<W> {
    fn new(height: usize) -> Self {
        Lanes {
            sources: [0; LANES],
            climbed: vec![[Label::UNREACHED; LANES]; height],
            cost: vec![[W::UNREACHED; LANES]; height],
            sums: vec![[[0.0; LANES]; 3]; height],
        }
    }

    /// Search from the sources up to the roots.
    fn climb(&mut self, topology: &Topology, metric: &Metric<W>, rows: &[Row<W>]) {
        for lane in 0..LANES {
            let row = &rows[lane.min(rows.len() - 1)];
            let source = topology.position(row.source);
            self.sources[lane] = source;
            let depth = topology.depth(source) as usize;
            for row in &mut self.climbed[..depth] {
                row[lane] = Label::UNREACHED;
            }
            self.climbed[depth][lane] = Label::ZERO;
            let mut at = Some(source);
            while let Some(p) = at {
                let own = self.climbed[topology.depth(p) as usize][lane];
                if own.cost < W::UNREACHED {
                    for arc in topology.arcs_up(p) {
                        let up = metric.up(arc);
                        let label =
                            &mut self.climbed[topology.depth(topology.head(arc)) as usize][lane];
                        if own.cost + up.cost <= label.cost {
                            label.keep_better(own.then(up));
                        }
                    }
                }
                at = topology.parent(p);
            }
        }
    }

    /// Visit the vertices of a sweep and fill the rows.
    fn sweep<const SUMS: bool>(&mut self, sweep: &Sweep<W>, rows: &mut [Row<W>]) {
        let (first, last) = (self.sources[0], self.sources[LANES - 1]);
        let (mut arc, mut column) = (0, 0);
        for visit in &sweep.visits {
            let arcs = arc..visit.arcs_end as usize;
            arc = arcs.end;
            let depth = visit.depth as usize;
            let mut start = [Label::UNREACHED; LANES];
            let subtree = visit.position..visit.subtree_end;
            if visit.position <= last && first < visit.subtree_end {
                for (lane, source) in self.sources.iter().enumerate() {
                    if subtree.contains(source) {
                        start[lane] = self.climbed[depth][lane];
                    }
                }
            }
            let mut cost = start.map(|label| label.cost);
            let mut by = [W::UNREACHED; LANES];
            let tied = relax::<W, SUMS>(&sweep.arcs[arcs.clone()], &self.cost, &mut cost, &mut by);
            if SUMS {
                let down = &sweep.arcs[arcs.clone()];
                let along = &sweep.sums[arcs];
                if tied {
                    self.break_ties(down, along, &start, &cost, &mut by);
                }
                self.add_up(down, along, &start, &by, depth);
            }
            self.cost[depth] = cost;
            while column < visit.columns_end as usize {
                let at = sweep.columns[column] as usize;
                column += 1;
                for (lane, row) in rows.iter_mut().enumerate() {
                    if !SUMS {
                        row.cost[at] = cost[lane];
                    } else if cost[lane] < W::UNREACHED {
                        for part in 0..3 {
                            row.sums[part][at] = self.sums[depth][part][lane];
                        }
                    }
                }
            }
        }
    }

    /// Among arcs of equal cost, let the sums decide.
    fn break_ties(
        &self,
        arcs: &[DownArc<W>],
        along: &[[f64; 3]],
        start: &[Label<W>; LANES],
        cost: &[W; LANES],
        by: &mut [W; LANES],
    ) {
        for lane in 0..LANES {
            if cost[lane] >= W::UNREACHED {
                continue;
            }
            let mut best = start[lane];
            by[lane] = W::UNREACHED;
            for (index, (arc, sums)) in arcs.iter().zip(along).enumerate() {
                let above = arc.depth as usize;
                if self.cost[above][lane] + arc.cost != cost[lane] {
                    continue;
                }
                let candidate = Label {
                    cost: cost[lane],
                    sums: [0, 1, 2].map(|part| self.sums[above][part][lane] + sums[part]),
                };
                if candidate.beats(&best) {
                    best = candidate;
                    by[lane] = W::from_index(index);
                }
            }
        }
    }

    /// Sums of the vertex at `depth`, each lane along the arc by which it was reached.
    fn add_up(
        &mut self,
        arcs: &[DownArc<W>],
        along: &[[f64; 3]],
        start: &[Label<W>; LANES],
        by: &[W; LANES],
        depth: usize,
    ) {
        let (above, own) = self.sums.split_at_mut(depth);
        let own = &mut own[0];
        if by[0] != W::UNREACHED && by.iter().all(|index| *index == by[0]) {
            let index = by[0].index();
            let from = &above[arcs[index].depth as usize];
            for part in 0..3 {
                for lane in 0..LANES {
                    own[part][lane] = from[part][lane] + along[index][part];
                }
            }
            return;
        }
        for lane in 0..LANES {
            if by[lane] == W::UNREACHED {
                for (own, sum) in own.iter_mut().zip(start[lane].sums) {
                    own[lane] = sum;
                }
            } else {
                let index = by[lane].index();
                let from = &above[arcs[index].depth as usize];
                for part in 0..3 {
                    own[part][lane] = from[part][lane] + along[index][part];
                }
            }
        }
    }
}

/// Reach a vertex by its arcs from above, all lanes side by side. `by` tells which arc it was.
/// Returns whether some lane met two ways of equal cost.
#[inline(always)]
fn relax<W: Weight, const SUMS: bool>(
    arcs: &[DownArc<W>],
    above: &[[W; LANES]],
    cost: &mut [W; LANES],
    by: &mut [W; LANES],
) -> bool {
    let mut tied = [false; LANES];
    for (index, arc) in arcs.iter().enumerate() {
        let from = &above[arc.depth as usize];
        let index = W::from_index(index);
        for lane in 0..LANES {
            let candidate = from[lane] + arc.cost;
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
