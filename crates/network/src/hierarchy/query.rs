//! Many-to-many queries: climb from the sources, sweep down to the targets (RPHAST: Delling,
//! Goldberg & Werneck 2011; climbing the elimination tree: Dibbelt, Strasser & Wagner 2016).
//!
//! A least path climbs from its source to its latest vertex and descends to its target. Vertices
//! that lie above no target are left out of the sweep, which runs for sixteen sources side by side
//! ([`super::lanes`]).

use super::customise::Metric;
use super::lanes::{LANES, Lanes};
use super::topology::Topology;
use super::{Label, UNREACHED};
use rayon::prelude::*;

/// Costs below this fit 32 bits, two of them added.
const NARROW: u64 = (u32::MAX / 2) as u64;

/// The part of a customised topology that leads down to some targets.
#[derive(Clone, Debug)]
pub struct Sweep {
    pub(super) visits: Vec<Visit>,
    /// By arc: depth of the vertex above; cost, also in 32 bits; sums and nothing.
    pub(super) depth: Vec<u32>,
    pub(super) cost: Vec<u64>,
    pub(super) narrow_cost: Vec<u32>,
    pub(super) sums: Vec<[f64; 4]>,
    /// Columns of the targets, in the order of visits.
    pub(super) columns: Vec<u32>,
    targets: usize,
}

/// A vertex to visit, with the ends of its arcs and of the columns it fills.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub position: u32,
    pub subtree_end: u32,
    pub depth: u32,
    pub arcs_end: u32,
    pub columns_end: u32,
}

/// One row of the results; what is not asked for is empty.
pub(super) struct Row<'a> {
    pub source: u32,
    pub cost: &'a mut [u64],
    pub sums: &'a mut [[f64; 3]],
}

impl Sweep {
    /// Select what leads to the targets. A target may be named twice.
    pub fn new(topology: &Topology, metric: &Metric, targets: &[u32]) -> Sweep {
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
            depth: vec![],
            cost: vec![],
            narrow_cost: vec![],
            sums: vec![],
            columns: columns.iter().map(|c| c.1).collect(),
            targets: targets.len(),
        };
        let mut filled = 0;
        for position in (0..topology.vertices() as u32).filter(|p| needed[*p as usize]) {
            for arc in topology.arcs_up(position) {
                let down = metric.down(arc);
                if down.cost < UNREACHED {
                    sweep.depth.push(topology.depth(topology.head(arc)));
                    sweep.cost.push(down.cost);
                    sweep.narrow_cost.push(down.cost.min(NARROW) as u32);
                    let [hours, usd, km] = down.sums;
                    sweep.sums.push([hours, usd, km, 0.0]);
                }
            }
            while columns.get(filled).is_some_and(|c| c.0 == position) {
                filled += 1;
            }
            sweep.visits.push(Visit {
                position,
                subtree_end: topology.end(position),
                depth: topology.depth(position),
                arcs_end: sweep.cost.len() as u32,
                columns_end: filled as u32,
            });
        }
        sweep
    }

    /// Number of vertices and of arcs that a sweep meets.
    pub fn size(&self) -> (usize, usize) {
        (self.visits.len(), self.cost.len())
    }

    /// Least costs, `[source][target]`; [`UNREACHED`] where there is no path.
    pub fn costs(&self, topology: &Topology, metric: &Metric, sources: &[u32]) -> Vec<u64> {
        // Every row is filled; zeros cost nothing to ask for.
        let mut cost = vec![0; sources.len() * self.targets];
        let mut rows = self.rows(sources, &mut cost, &mut []);
        self.run::<false>(topology, metric, &mut rows, &|| {});
        drop(rows);
        cost
    }

    /// Hours, USD and kilometres of the least paths, `[source][target]`; infinite where there is
    /// none. `tick` is called once a source.
    pub fn sums(
        &self,
        topology: &Topology,
        metric: &Metric,
        sources: &[u32],
        tick: &(dyn Fn() + Sync),
    ) -> Vec<[f64; 3]> {
        let mut sums = vec![[0.0; 3]; sources.len() * self.targets];
        let mut rows = self.rows(sources, &mut [], &mut sums);
        self.run::<true>(topology, metric, &mut rows, tick);
        drop(rows);
        sums
    }

    fn rows<'a>(
        &self,
        sources: &[u32],
        cost: &'a mut [u64],
        sums: &'a mut [[f64; 3]],
    ) -> Vec<Row<'a>> {
        let columns = self.targets.max(1);
        let mut cost = cost.chunks_mut(columns);
        let mut sums = sums.chunks_mut(columns);
        sources
            .iter()
            .map(|source| Row {
                source: *source,
                cost: cost.next().unwrap_or_default(),
                sums: sums.next().unwrap_or_default(),
            })
            .collect()
    }

    fn run<const SUMS: bool>(
        &self,
        topology: &Topology,
        metric: &Metric,
        rows: &mut [Row],
        tick: &(dyn Fn() + Sync),
    ) {
        // Neighbouring sources share most of their paths.
        rows.sort_by_key(|row| topology.position(row.source));
        let memory = || {
            (
                Climb::new(topology),
                Lanes::<u32>::new(),
                Lanes::<u64>::new(),
            )
        };
        rows.par_chunks_mut(LANES)
            .for_each_init(memory, |(climb, narrow, wide), rows| {
                climb.run(topology, metric, rows);
                // What 32 bits reach is exact. What they do not may be too dear for them, unless
                // it is in another component.
                if !narrow.sweep::<SUMS>(self, climb, rows) {
                    wide.sweep::<SUMS>(self, climb, rows);
                }
                rows.iter().for_each(|_| tick());
            });
    }
}

/// Search from sixteen sources up to the roots.
pub(super) struct Climb {
    /// Positions of the sources, ascending; the last is repeated where a batch is not full.
    pub sources: [u32; LANES],
    /// Labels of the ancestors of each source, by depth.
    pub labels: Vec<[Label; LANES]>,
}

impl Climb {
    fn new(topology: &Topology) -> Climb {
        Climb {
            sources: [0; LANES],
            labels: vec![[Label::UNREACHED; LANES]; topology.height()],
        }
    }

    fn run(&mut self, topology: &Topology, metric: &Metric, rows: &[Row]) {
        for lane in 0..LANES {
            let row = &rows[lane.min(rows.len() - 1)];
            let source = topology.position(row.source);
            self.sources[lane] = source;
            let depth = topology.depth(source) as usize;
            for row in &mut self.labels[..depth] {
                row[lane] = Label::UNREACHED;
            }
            self.labels[depth][lane] = Label::ZERO;
            let mut at = Some(source);
            while let Some(p) = at {
                let own = self.labels[topology.depth(p) as usize][lane];
                if own.cost < UNREACHED {
                    for arc in topology.arcs_up(p) {
                        let up = metric.up(arc);
                        let above = topology.depth(topology.head(arc)) as usize;
                        let label = &mut self.labels[above][lane];
                        if own.cost + up.cost <= label.cost {
                            label.keep_better(own.then(up));
                        }
                    }
                }
                at = topology.parent(p);
            }
        }
    }
}
