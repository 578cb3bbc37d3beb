//! The searches behind the skims, one network at a time.

use crate::Cost;
use crate::dijkstra::Search;
use crate::graph::{COST_UNIT, Graph};
use crate::hierarchy::customise::Metric;
use crate::hierarchy::order::Order;
use crate::hierarchy::query::Sweep;
use crate::hierarchy::topology::{Slots, Topology};
use crate::hierarchy::{Label, kept};
use crate::plateau::Turned;
use comity_world::{LinkId, Mode};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A changed network keeps the order of the earlier one while no more than this share of its arcs
/// is new to it: every new arc costs a little speed, a new order costs more once.
const NEW_ARCS: f64 = 0.01;
/// Trees of cheapest paths whose loads are held at a time.
const TREES: usize = 64;

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

impl Layers {
    /// The network of a mode; `None` for air, which has none.
    pub fn of(&self, mode: Mode) -> Option<&Layer> {
        match mode {
            Mode::Road => Some(&self.road),
            Mode::Rail => Some(&self.rail),
            Mode::Sea => Some(&self.sea),
            Mode::Air => None,
        }
    }
}

impl Layer {
    /// Number of points.
    pub fn points(&self) -> usize {
        self.points.len()
    }

    /// What weighs so much between points, by arc of the graph: every weight of `demand`,
    /// `[from][to]`, goes along the cheapest path (of several that cost the same in all, one).
    /// Several demands share the search.
    pub fn assign<const N: usize>(&self, class: usize, demand: [&[f64]; N]) -> [Vec<f64>; N] {
        let n = self.points.len();
        let labels = self.graph.labels(self.values_of_time[class]);
        let digraph = &self.graph.digraph;
        let mut load = [(); N].map(|()| vec![0.0; digraph.arcs()]);
        let some = |demand: &[f64], from: usize| demand[from * n..][..n].iter().any(|w| *w > 0.0);
        let rows: Vec<usize> = (0..n)
            .filter(|from| demand.iter().any(|demand| some(demand, *from)))
            .collect();
        // So many at a time as fit the memory, added up in the order of points.
        for some in rows.chunks(TREES) {
            let trees: Vec<[Vec<f64>; N]> = some
                .par_iter()
                .map_init(
                    || Search::new(digraph),
                    |search, from| {
                        search.run(digraph, &labels, self.points[*from]);
                        demand.map(|demand| {
                            let weights = demand[from * n..][..n].iter().copied();
                            search.assign(digraph, self.points.iter().copied().zip(weights))
                        })
                    },
                )
                .collect();
            for tree in trees {
                for (load, own) in load.iter_mut().flatten().zip(tree.iter().flatten()) {
                    *load += own;
                }
            }
        }
        load
    }

    /// Add loads of arcs to those of their links in the world, both directions together.
    pub fn by_link(&self, by_arc: &[f64], links: &mut [f64]) {
        for (arc, load) in self.graph.arcs.iter().zip(by_arc) {
            links[arc.link as usize] += load;
        }
    }

    /// Whether the cheapest path between two points runs over one of some links, `[from][to]`.
    /// Where several paths cost the same in all, whether one of them does.
    pub fn over_links(&self, class: usize, links: &[LinkId]) -> Vec<bool> {
        let chosen: BTreeSet<usize> = links.iter().map(|link| link.index()).collect();
        self.over_arcs(class, &self.arcs_of(|link| chosen.contains(&link)))
    }

    /// The arcs of some links: where each starts, and its position.
    fn arcs_of(&self, chosen: impl Fn(usize) -> bool) -> Vec<(u32, usize)> {
        let graph = &self.graph;
        let vertices = 0..graph.digraph.vertices() as u32;
        let all = vertices.flat_map(|v| graph.digraph.arcs_of(v).map(move |at| (v, at)));
        all.filter(|(_, at)| chosen(graph.arcs[*at].link as usize))
            .collect()
    }

    fn over_arcs(&self, class: usize, arcs: &[(u32, usize)]) -> Vec<bool> {
        let (topology, metric, matrix) =
            (&self.topology, &self.metrics[class], &self.classes[class]);
        let arc = |at: usize| &self.graph.arcs[at];
        let (tails, heads): (Vec<u32>, Vec<u32>) =
            arcs.iter().map(|(v, at)| (*v, arc(*at).to)).unzip();
        let n = self.points.len();
        let before = Sweep::new(topology, metric, &tails);
        let before = before.sums(topology, metric, &self.points, &|| {});
        let after = Sweep::new(topology, metric, &self.points);
        let after = after.sums(topology, metric, &heads, &|| {});
        let mut over = vec![false; n * n];
        let rows = over.par_chunks_mut(n.max(1)).enumerate();
        rows.for_each(|(from, row)| {
            let sums = matrix.row(from);
            for (index, (_, at)) in arcs.iter().enumerate() {
                let arc = arc(*at);
                let along = [arc.cost.hours, arc.cost.usd_per_teu, arc.km];
                let before = &before[from * arcs.len() + index];
                let first = [0, 1, 2].map(|part| before[part] + along[part]);
                if !first[0].is_finite() {
                    continue;
                }
                let after = &after[index * n..][..n];
                for ((over, after), sums) in row.iter_mut().zip(after).zip(sums) {
                    // Sums are exact, so that equality means a path of the same cost.
                    *over |= sums[0].is_finite()
                        && first[0] + after[0] == sums[0]
                        && first[1] + after[1] == sums[1]
                        && first[2] + after[2] == sums[2];
                }
            }
        });
        over
    }

    /// Of the demand between points that goes over a link, what every arc carries: before the link
    /// it comes in along one tree of cheapest paths, after it it goes out along another.
    pub fn shared(&self, class: usize, link: LinkId, demand: &[f64]) -> Vec<f64> {
        let n = self.points.len();
        let digraph = &self.graph.digraph;
        let labels = self.graph.labels(self.values_of_time[class]);
        let turned = Turned::new(digraph, &labels);
        let mut load = vec![0.0; digraph.arcs()];
        for (tail, at) in self.arcs_of(|of| of == link.index()) {
            let over = self.over_arcs(class, &[(tail, at)]);
            let (mut out, mut into) = (vec![0.0; n], vec![0.0; n]);
            for pair in (0..n * n).filter(|pair| over[*pair]) {
                out[pair / n] += demand[pair];
                into[pair % n] += demand[pair];
            }
            load[at] += out.iter().sum::<f64>();
            let weights = |of: Vec<f64>| self.points.iter().copied().zip(of);
            let mut search = Search::new(digraph);
            search.run(digraph, &labels, digraph.head(at));
            let after = search.assign(digraph, weights(into));
            search.run(&turned.graph, &turned.labels, tail);
            let before = search.assign(&turned.graph, weights(out));
            for (own, after) in load.iter_mut().zip(after) {
                *own += after;
            }
            for (arc, before) in turned.arcs.iter().zip(before) {
                load[*arc] += before;
            }
        }
        load
    }

    /// By how much the way from end to end of each of some links becomes dearer without it, in the
    /// dearer of its directions, USD; infinite if there is no other way.
    pub fn detours(&self, class: usize, links: &[LinkId]) -> Vec<f64> {
        let digraph = &self.graph.digraph;
        let labels = self.graph.labels(self.values_of_time[class]);
        let chosen: BTreeSet<usize> = links.iter().map(|link| link.index()).collect();
        let mut arcs: BTreeMap<usize, Vec<(u32, usize)>> = BTreeMap::new();
        for (tail, at) in self.arcs_of(|link| chosen.contains(&link)) {
            let of = arcs.entry(self.graph.arcs[at].link as usize).or_default();
            of.push((tail, at));
        }
        let memory = || (Search::new(digraph), labels.clone());
        let detour = |(search, open): &mut (Search, Vec<Label>), link: &LinkId| {
            let arcs = arcs.get(&link.index()).map_or(&[][..], Vec::as_slice);
            arcs.iter().for_each(|(_, at)| open[*at] = Label::UNREACHED);
            let mut most = 0.0_f64;
            for (tail, at) in arcs {
                let head = digraph.head(*at);
                search.run_to(digraph, open, *tail, head);
                let more = match search.reached(head) {
                    Some(round) => round.cost.saturating_sub(labels[*at].cost) as f64 / COST_UNIT,
                    None => f64::INFINITY,
                };
                most = most.max(more);
            }
            arcs.iter().for_each(|(_, at)| open[*at] = labels[*at]);
            most
        };
        links.par_iter().map_init(memory, detour).collect()
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
        return made(kept::order(digraph, &graph.positions));
    };
    let missing = earlier.topology.missing(digraph);
    if missing == 0 && digraph.vertices() == earlier.topology.vertices() {
        let slots = earlier.topology.slots(digraph).expect("none is missing");
        return (earlier.topology.clone(), slots);
    }
    if missing as f64 <= NEW_ARCS * digraph.arcs() as f64 {
        return made(earlier.topology.order().extended(digraph.vertices()));
    }
    made(kept::order(digraph, &graph.positions))
}
