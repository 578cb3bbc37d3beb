//! The searches behind the skims, one network at a time.

use crate::Cost;
use crate::graph::Graph;
use crate::hierarchy::customise::Metric;
use crate::hierarchy::order::Order;
use crate::hierarchy::query::Sweep;
use crate::hierarchy::topology::{Slots, Topology};
use comity_world::LinkId;
use rayon::prelude::*;
use std::sync::Arc;

/// A changed network keeps the order of the earlier one while no more than this share of its arcs
/// is new to it: every new arc costs a little speed, a new order costs more once.
const NEW_ARCS: f64 = 0.01;

/// The searches behind the matrices, kept so that a scenario repeats only those whose graph it
/// changes.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    pub road: Arc<Layer>,
    pub rail: Arc<Layer>,
    pub sea: Arc<Layer>,
}

/// Cheapest paths between chosen vertices of one network, for every commodity class.
#[derive(Debug)]
pub(crate) struct Layer {
    graph: Graph,
    points: Vec<u32>,
    values_of_time: Vec<f64>,
    topology: Arc<Topology>,
    metrics: Vec<Metric>,
    pub classes: Vec<Matrix>,
}

/// Point-to-point hours, USD and kilometres, row-major, infinite where unreachable.
#[derive(Debug)]
pub(crate) struct Matrix {
    pub points: usize,
    sums: Vec<[f64; 3]>,
}

impl Matrix {
    #[inline]
    pub fn cost(&self, from: u32, to: u32) -> Cost {
        let [hours, usd, _] = self.sums[from as usize * self.points + to as usize];
        Cost::new(hours, usd)
    }

    #[inline]
    pub fn km(&self, from: u32, to: u32) -> f64 {
        self.sums[from as usize * self.points + to as usize][2]
    }

    /// What it takes from one point to all.
    pub fn row(&self, from: usize) -> &[[f64; 3]] {
        &self.sums[from * self.points..][..self.points]
    }

    /// Kilometres with rows and columns exchanged, `[to][from]`.
    pub fn km_into(&self) -> Vec<f64> {
        // In blocks that fit the cache.
        const BLOCK: usize = 32;
        let n = self.points;
        let mut turned = vec![0.0; n * n];
        let blocks = turned.par_chunks_mut(n.max(1) * BLOCK).enumerate();
        blocks.for_each(|(block, rows)| {
            for from in (0..n).step_by(BLOCK) {
                for (column, row) in rows.chunks_mut(n).enumerate() {
                    let row = row.iter_mut().enumerate().skip(from).take(BLOCK);
                    for (at, km) in row {
                        *km = self.sums[at * n + block * BLOCK + column][2];
                    }
                }
            }
        });
        turned
    }
}

impl Layer {
    /// Search between all points. What an earlier layer of a similar graph knows is used: all of
    /// it if the graph is the same, else its order and what did not change of its metrics. The
    /// result is the same with or without.
    pub fn new(
        graph: &Graph,
        points: &[u32],
        values_of_time: &[f64],
        earlier: Option<&Arc<Layer>>,
        tick: &(dyn Fn() + Sync),
    ) -> Arc<Layer> {
        if let Some(layer) = earlier
            && layer.values_of_time == values_of_time
            && layer.points == points
            && layer.graph == *graph
        {
            for _ in 0..points.len() * values_of_time.len() {
                tick();
            }
            return layer.clone();
        }
        let (topology, slots) = complete(graph, earlier.map(|l| &**l));
        // Metrics of the same topology may be repaired instead of made.
        let known = earlier.filter(|layer| Arc::ptr_eq(&layer.topology, &topology));
        let metrics: Vec<Metric> = values_of_time
            .par_iter()
            .map(|value| {
                let labels = graph.labels(*value);
                let same = |layer: &Arc<Layer>| {
                    let at = layer.values_of_time.iter().position(|v| v == value)?;
                    Some(layer.metrics[at].clone())
                };
                match known.and_then(same) {
                    Some(mut metric) => {
                        metric.update(&topology, &slots, &labels);
                        metric
                    }
                    None => Metric::new(&topology, &slots, &labels),
                }
            })
            .collect();
        let classes = metrics
            .iter()
            .map(|metric| {
                let sweep = Sweep::new(&topology, metric, points);
                Matrix {
                    points: points.len(),
                    sums: sweep.sums(&topology, metric, points, tick),
                }
            })
            .collect();
        Arc::new(Layer {
            graph: graph.clone(),
            points: points.to_vec(),
            values_of_time: values_of_time.to_vec(),
            topology,
            metrics,
            classes,
        })
    }
}

impl Layer {
    /// Whether the cheapest path between two points runs over a link, `[from][to]`. Where several
    /// paths cost the same in all, whether one of them does.
    pub fn over_link(&self, class: usize, link: LinkId) -> Vec<bool> {
        let (topology, metric, matrix) =
            (&self.topology, &self.metrics[class], &self.classes[class]);
        let n = self.points.len();
        let mut over = vec![false; n * n];
        for v in 0..self.graph.digraph.vertices() as u32 {
            for at in self.graph.digraph.arcs_of(v) {
                let arc = &self.graph.arcs[at];
                if arc.link as usize != link.index() {
                    continue;
                }
                let along = [arc.cost.hours, arc.cost.usd_per_teu, arc.km];
                let before =
                    Sweep::new(topology, metric, &[v]).sums(topology, metric, &self.points, &|| {});
                let after = Sweep::new(topology, metric, &self.points).sums(
                    topology,
                    metric,
                    &[arc.to],
                    &|| {},
                );
                over.par_chunks_mut(n.max(1))
                    .enumerate()
                    .for_each(|(from, row)| {
                        let first = [0, 1, 2].map(|part| before[from][part] + along[part]);
                        for (to, over) in row.iter_mut().enumerate() {
                            // Sums are exact, so that equality means a path of the same cost.
                            let whole = [0, 1, 2].map(|part| first[part] + after[to][part]);
                            *over |= whole[0].is_finite() && whole == matrix.row(from)[to];
                        }
                    });
            }
        }
        over
    }

    /// Whether two layers are between the same points.
    pub fn same_points(&self, other: &Layer) -> bool {
        self.points == other.points
    }
}

/// The completed graph: the earlier one if it covers this graph, else one with its order if the
/// two are similar, else a new one.
fn complete(graph: &Graph, earlier: Option<&Layer>) -> (Arc<Topology>, Slots) {
    let digraph = &graph.digraph;
    let made = |order: Order| {
        let topology = Topology::new(digraph, order);
        let slots = topology.slots(digraph).expect("its own arcs are covered");
        (Arc::new(topology), slots)
    };
    let Some(earlier) = earlier.filter(|layer| graph.extends(&layer.graph)) else {
        return made(Order::new(digraph, &graph.positions));
    };
    let missing = earlier.topology.missing(digraph);
    if missing == 0 && digraph.vertices() == earlier.topology.vertices() {
        let slots = earlier.topology.slots(digraph).expect("none is missing");
        return (earlier.topology.clone(), slots);
    }
    if missing as f64 <= NEW_ARCS * digraph.arcs() as f64 {
        return made(earlier.topology.order().extended(digraph.vertices()));
    }
    made(Order::new(digraph, &graph.positions))
}
