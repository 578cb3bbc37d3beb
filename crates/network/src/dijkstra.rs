//! Cheapest paths from one vertex to all (Dijkstra 1959) with a binary heap.

use crate::Cost;
use crate::graph::Graph;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const UNREACHED: u64 = u64::MAX;
/// Vertices take the low bits of a heap entry, costs the high ones: up to 16 million vertices and
/// costs up to a billion USD.
const VERTEX_BITS: u32 = 24;

/// Working memory and result of a search; reused between origins.
pub(crate) struct Search {
    distance: Vec<u64>,
    /// Arc by which a vertex was reached.
    parent_arc: Vec<u32>,
    parent: Vec<u32>,
    cost: Vec<Cost>,
    km: Vec<f64>,
    heap: BinaryHeap<Reverse<u64>>,
}

impl Search {
    pub fn new(graph: &Graph) -> Search {
        assert!(
            graph.len() < 1 << VERTEX_BITS,
            "too many vertices for the heap entry"
        );
        let n = graph.len();
        Search {
            distance: vec![UNREACHED; n],
            parent_arc: vec![u32::MAX; n],
            parent: vec![u32::MAX; n],
            cost: vec![Cost::default(); n],
            km: vec![0.0; n],
            heap: BinaryHeap::new(),
        }
    }

    /// Search from an origin. Equal costs are settled in the order of vertices, so the result does
    /// not depend on anything but the graph.
    pub fn run(&mut self, graph: &Graph, metric: &[u64], origin: u32) {
        self.distance.fill(UNREACHED);
        self.heap.clear();
        self.distance[origin as usize] = 0;
        self.parent[origin as usize] = u32::MAX;
        self.parent_arc[origin as usize] = u32::MAX;
        self.heap.push(Reverse(u64::from(origin)));
        while let Some(Reverse(entry)) = self.heap.pop() {
            let (distance, v) = (
                entry >> VERTEX_BITS,
                entry as u32 & ((1 << VERTEX_BITS) - 1),
            );
            if distance > self.distance[v as usize] {
                continue;
            }
            // Hours, USD and km travel along, added once when the vertex is settled.
            let through = self.parent_arc[v as usize];
            if through == u32::MAX {
                self.cost[v as usize] = Cost::default();
                self.km[v as usize] = 0.0;
            } else {
                let arc = &graph.arcs[through as usize];
                let from = self.parent[v as usize] as usize;
                self.cost[v as usize] = self.cost[from] + arc.cost;
                self.km[v as usize] = self.km[from] + arc.km;
            }
            for at in graph.arcs_of(v) {
                let arc = &graph.arcs[at];
                let candidate = distance + metric[at];
                if candidate < self.distance[arc.to as usize] {
                    self.distance[arc.to as usize] = candidate;
                    self.parent[arc.to as usize] = v;
                    self.parent_arc[arc.to as usize] = at as u32;
                    self.heap
                        .push(Reverse(candidate << VERTEX_BITS | u64::from(arc.to)));
                }
            }
        }
    }

    /// Cost and kilometres to a vertex, `None` if unreachable.
    #[inline]
    pub fn reached(&self, vertex: u32) -> Option<(Cost, f64)> {
        (self.distance[vertex as usize] != UNREACHED)
            .then(|| (self.cost[vertex as usize], self.km[vertex as usize]))
    }

    /// Positions of the arcs from the origin to a reached vertex, in travelling order.
    pub fn path(&self, vertex: u32) -> Vec<usize> {
        let mut arcs = Vec::new();
        let mut v = vertex as usize;
        while self.parent_arc[v] != u32::MAX {
            arcs.push(self.parent_arc[v] as usize);
            v = self.parent[v] as usize;
        }
        arcs.reverse();
        arcs
    }
}
