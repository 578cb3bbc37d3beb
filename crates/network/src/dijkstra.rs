//! Cheapest paths from one vertex to all (Dijkstra 1959) with a binary heap.
//!
//! The oracle of the hierarchy, and the finder of single paths arc by arc.

use crate::hierarchy::{Digraph, Label, UNREACHED};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const NONE: u32 = u32::MAX;
/// Vertices take the low bits of a heap entry, costs the high ones: up to 16 million vertices and
/// costs up to a billion USD.
const VERTEX_BITS: u32 = 24;

/// Working memory and result of a search; reused between origins.
pub struct Search {
    label: Vec<Label>,
    /// Arc by which a vertex was reached, and where from.
    parent_arc: Vec<u32>,
    parent: Vec<u32>,
    /// Whether a vertex has a better label than when it was last searched from.
    open: Vec<bool>,
    heap: BinaryHeap<Reverse<u64>>,
}

impl Search {
    /// Working memory for a graph.
    ///
    /// # Panics
    /// If the graph has more than 16 million vertices.
    pub fn new(graph: &Digraph) -> Search {
        let n = graph.vertices();
        assert!(n < 1 << VERTEX_BITS, "too many vertices for the heap entry");
        Search {
            label: vec![Label::UNREACHED; n],
            parent_arc: vec![NONE; n],
            parent: vec![NONE; n],
            open: vec![false; n],
            heap: BinaryHeap::new(),
        }
    }

    /// Search from an origin to all vertices.
    pub fn run(&mut self, graph: &Digraph, labels: &[Label], origin: u32) {
        self.search(graph, labels, origin, None);
    }

    /// Search from an origin until the path to a target is known.
    pub fn run_to(&mut self, graph: &Digraph, labels: &[Label], origin: u32, target: u32) {
        self.search(graph, labels, origin, Some(target));
    }

    fn search(&mut self, graph: &Digraph, labels: &[Label], origin: u32, target: Option<u32>) {
        self.label.fill(Label::UNREACHED);
        self.open.fill(false);
        self.parent_arc.fill(NONE);
        self.heap.clear();
        self.label[origin as usize] = Label::ZERO;
        self.parent[origin as usize] = NONE;
        self.open[origin as usize] = true;
        self.heap.push(Reverse(u64::from(origin)));
        while let Some(Reverse(entry)) = self.heap.pop() {
            let (cost, v) = (
                entry >> VERTEX_BITS,
                entry as u32 & ((1 << VERTEX_BITS) - 1),
            );
            if target.is_some_and(|t| cost > self.label[t as usize].cost) {
                break;
            }
            if !std::mem::replace(&mut self.open[v as usize], false) {
                continue;
            }
            let own = self.label[v as usize];
            for at in graph.arcs_of(v) {
                let to = graph.head(at);
                let known = &mut self.label[to as usize];
                if own.cost + labels[at].cost > known.cost {
                    continue;
                }
                // Along arcs without cost a vertex of the same cost may improve in its sums and
                // is then searched from again.
                let candidate = own.then(&labels[at]);
                if candidate.beats(known) {
                    *known = candidate;
                    self.parent[to as usize] = v;
                    self.parent_arc[to as usize] = at as u32;
                    self.open[to as usize] = true;
                    let entry = candidate.cost << VERTEX_BITS | u64::from(to);
                    self.heap.push(Reverse(entry));
                }
            }
        }
    }

    /// What the cheapest path to a vertex costs, `None` if unreachable.
    #[inline]
    pub fn reached(&self, vertex: u32) -> Option<Label> {
        let label = self.label[vertex as usize];
        (label.cost != UNREACHED).then_some(label)
    }

    /// Position of the arc by which a reached vertex was reached; `None` for the origin.
    pub fn arc_into(&self, vertex: u32) -> Option<usize> {
        let arc = self.parent_arc[vertex as usize];
        (arc != NONE).then_some(arc as usize)
    }

    /// Send weights from the origin to reached vertices, (vertex, weight); what every arc carries.
    pub fn assign(&self, graph: &Digraph, weights: impl Iterator<Item = (u32, f64)>) -> Vec<f64> {
        let n = self.label.len();
        let mut through = vec![0.0; n];
        for (vertex, weight) in weights {
            through[vertex as usize] += weight;
        }
        let mut children = vec![0u32; n];
        let on_tree = |v: &usize| self.parent_arc[*v] != NONE;
        for v in (0..n).filter(on_tree) {
            children[self.parent[v] as usize] += 1;
        }
        let mut load = vec![0.0; graph.arcs()];
        let mut leaves: Vec<usize> = (0..n).filter(|v| on_tree(v) && children[*v] == 0).collect();
        while let Some(v) = leaves.pop() {
            let above = self.parent[v] as usize;
            load[self.parent_arc[v] as usize] = through[v];
            through[above] += through[v];
            children[above] -= 1;
            if children[above] == 0 && on_tree(&above) {
                leaves.push(above);
            }
        }
        load
    }

    /// Positions of the arcs from the origin to a reached vertex, in travelling order.
    pub fn path(&self, vertex: u32) -> Vec<usize> {
        let mut arcs = Vec::new();
        let mut v = vertex as usize;
        while self.parent_arc[v] != NONE {
            arcs.push(self.parent_arc[v] as usize);
            v = self.parent[v] as usize;
        }
        arcs.reverse();
        arcs
    }
}
