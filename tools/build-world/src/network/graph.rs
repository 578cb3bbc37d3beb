//! A plain undirected graph of track, carriageway or lane, and shortest paths on it.

use super::geo::Point;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Index of a territory in the sorted list of codes; `NOWHERE` at sea.
pub type Territory = u16;
pub const NOWHERE: Territory = u16::MAX;
/// Marks a raw node that no longer exists.
pub const GONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub struct Node {
    pub at: Point,
    pub territory: Territory,
    /// Contraction and pruning must leave this node alone.
    pub keep: bool,
}

#[derive(Clone, Debug)]
pub struct Edge {
    pub a: u32,
    pub b: u32,
    pub km: f64,
    /// Inner points from `a` to `b`.
    pub shape: Vec<Point>,
    pub passage: Option<String>,
    /// How many of the searches that made the backbone ran along this edge.
    pub used: u32,
}

impl Edge {
    pub fn straight(a: u32, b: u32, km: f64) -> Self {
        Self {
            a,
            b,
            km,
            shape: Vec::new(),
            passage: None,
            used: 0,
        }
    }

    pub fn other(&self, node: u32) -> u32 {
        if self.a == node { self.b } else { self.a }
    }
}

#[derive(Clone, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// For each node of the source, the node that now stands for it, or `GONE`.
    pub origin: Vec<u32>,
}

/// Compressed adjacency: arcs of node n are `arcs[start[n]..start[n + 1]]`.
pub struct Adjacency {
    start: Vec<u32>,
    arcs: Vec<(u32, u32)>,
}

impl Adjacency {
    /// (neighbour, edge) pairs of a node.
    pub fn of(&self, node: u32) -> &[(u32, u32)] {
        &self.arcs[self.start[node as usize] as usize..self.start[node as usize + 1] as usize]
    }
}

impl Graph {
    pub fn adjacency(&self) -> Adjacency {
        let mut start = vec![0u32; self.nodes.len() + 1];
        for edge in &self.edges {
            start[edge.a as usize + 1] += 1;
            start[edge.b as usize + 1] += 1;
        }
        for i in 1..start.len() {
            start[i] += start[i - 1];
        }
        let mut next = start.clone();
        let mut arcs = vec![(0, 0); self.edges.len() * 2];
        for (index, edge) in self.edges.iter().enumerate() {
            for (from, to) in [(edge.a, edge.b), (edge.b, edge.a)] {
                arcs[next[from as usize] as usize] = (to, index as u32);
                next[from as usize] += 1;
            }
        }
        Adjacency { start, arcs }
    }

    /// Component number of each node, and the number of nodes of each component.
    pub fn components(&self) -> (Vec<u32>, Vec<u32>) {
        let adjacency = self.adjacency();
        let mut component = vec![GONE; self.nodes.len()];
        let mut sizes = Vec::new();
        for seed in 0..self.nodes.len() as u32 {
            if component[seed as usize] != GONE {
                continue;
            }
            let number = sizes.len() as u32;
            component[seed as usize] = number;
            let mut stack = vec![seed];
            let mut size = 0;
            while let Some(node) = stack.pop() {
                size += 1;
                for &(next, _) in adjacency.of(node) {
                    if component[next as usize] == GONE {
                        component[next as usize] = number;
                        stack.push(next);
                    }
                }
            }
            sizes.push(size);
        }
        (component, sizes)
    }

    /// Keep the edges that `keep_edge` accepts and the nodes that have an edge or are marked keep.
    pub fn retain(&self, keep_edge: impl Fn(usize, &Edge) -> bool) -> Graph {
        let mut wanted: Vec<bool> = self.nodes.iter().map(|n| n.keep).collect();
        let kept: Vec<&Edge> = self
            .edges
            .iter()
            .enumerate()
            .filter(|(i, e)| keep_edge(*i, e))
            .map(|(_, e)| e)
            .collect();
        for edge in &kept {
            wanted[edge.a as usize] = true;
            wanted[edge.b as usize] = true;
        }
        let mut renumbered = vec![GONE; self.nodes.len()];
        let mut nodes = Vec::new();
        for (i, node) in self.nodes.iter().enumerate() {
            if wanted[i] {
                renumbered[i] = nodes.len() as u32;
                nodes.push(node.clone());
            }
        }
        let edges = kept
            .into_iter()
            .map(|e| Edge {
                a: renumbered[e.a as usize],
                b: renumbered[e.b as usize],
                ..e.clone()
            })
            .collect();
        let origin = self
            .origin
            .iter()
            .map(|&o| {
                if o == GONE {
                    GONE
                } else {
                    renumbered[o as usize]
                }
            })
            .collect();
        Graph {
            nodes,
            edges,
            origin,
        }
    }

    pub fn weights_km(&self) -> Vec<f64> {
        self.edges.iter().map(|e| e.km).collect()
    }
}

/// Working memory of Dijkstra's search, reusable between sources.
pub struct Search {
    dist: Vec<f64>,
    via: Vec<u32>,
    touched: Vec<u32>,
    heap: BinaryHeap<Reverse<(u64, u32)>>,
}

impl Search {
    pub fn new(nodes: usize) -> Self {
        Self {
            dist: vec![f64::INFINITY; nodes],
            via: vec![GONE; nodes],
            touched: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }

    /// Search outward from the nearest of `sources`; `settle(node, dist)` is called in order of distance and ends
    /// the search by returning false. Edges of infinite weight are walls.
    pub fn run(
        &mut self,
        adjacency: &Adjacency,
        weights: &[f64],
        sources: &[u32],
        mut settle: impl FnMut(u32, f64) -> bool,
    ) {
        for &node in &self.touched {
            self.dist[node as usize] = f64::INFINITY;
            self.via[node as usize] = GONE;
        }
        self.touched.clear();
        self.heap.clear();
        for &source in sources {
            self.dist[source as usize] = 0.0;
            self.touched.push(source);
            self.heap.push(Reverse((0f64.to_bits(), source)));
        }
        // The bits of non-negative floats order as the floats do.
        while let Some(Reverse((bits, node))) = self.heap.pop() {
            let dist = f64::from_bits(bits);
            if dist > self.dist[node as usize] {
                continue;
            }
            if !settle(node, dist) {
                return;
            }
            for &(next, edge) in adjacency.of(node) {
                let reached = dist + weights[edge as usize];
                if reached < self.dist[next as usize] {
                    if self.dist[next as usize] == f64::INFINITY {
                        self.touched.push(next);
                    }
                    self.dist[next as usize] = reached;
                    self.via[next as usize] = edge;
                    self.heap.push(Reverse((reached.to_bits(), next)));
                }
            }
        }
    }

    pub fn dist(&self, node: u32) -> f64 {
        self.dist[node as usize]
    }

    /// Edge by which the last search reached the node, `GONE` at the source or where unreached.
    pub fn via(&self, node: u32) -> u32 {
        self.via[node as usize]
    }
}

/// Shortest distance between two nodes, `None` where unreachable.
pub fn distance(
    adjacency: &Adjacency,
    weights: &[f64],
    nodes: usize,
    a: u32,
    b: u32,
) -> Option<f64> {
    let mut search = Search::new(nodes);
    let mut found = None;
    search.run(adjacency, weights, &[a], |node, dist| {
        if node == b {
            found = Some(dist);
        }
        found.is_none()
    });
    found
}
