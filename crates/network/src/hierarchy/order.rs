//! The elimination order: nested dissection with inertial flow.
//!
//! Vertices with at most two neighbours go first, since taking them out adds at most one edge.
//! What remains is cut in two by a small set of vertices, over and over; a cut is eliminated after
//! the two sides it separates. Cuts are found by inertial flow (Schild & Sommer 2015): vertices are
//! sorted along a direction, the first and the last quarter become source and sink, and a maximum
//! flow gives the smallest separator between them; the best of nine directions is taken.

use super::flow::{Adjacency, Flow};
use super::{Digraph, NONE};
use rayon::prelude::*;

/// Share of the vertices at either end that inertial flow ties together.
const END_SHARE: f64 = 0.25;
/// Pieces up to this size are not cut further.
const LEAF: usize = 6;
/// Pieces above this size are cut in parallel.
const PARALLEL: usize = 500;

/// Axes, and diagonals between two of them, in the space around the globe: some of them lie well
/// along any patch of its surface, and none breaks at the antimeridian.
const DIRECTIONS: [[f64; 3]; 9] = [
    [1.0, 0.0, 0.0],
    [0.0, 1.0, 0.0],
    [0.0, 0.0, 1.0],
    [1.0, 1.0, 0.0],
    [1.0, -1.0, 0.0],
    [1.0, 0.0, 1.0],
    [1.0, 0.0, -1.0],
    [0.0, 1.0, 1.0],
    [0.0, 1.0, -1.0],
];

/// Vertices in the order of their elimination.
#[derive(Clone, Debug, PartialEq)]
pub struct Order(pub(super) Vec<u32>);

impl Order {
    /// The order of a graph whose vertices lie at `positions` (longitude, latitude in degrees).
    /// Directions of arcs do not matter. Deterministic.
    ///
    /// # Panics
    /// If there is not one position a vertex.
    pub fn new(graph: &Digraph, positions: &[(f64, f64)]) -> Order {
        assert_eq!(graph.vertices(), positions.len(), "a position a vertex");
        let mut neighbours = neighbours(graph);
        let mut order = reduce(&mut neighbours);
        let rest: Vec<u32> = {
            let mut gone = vec![false; graph.vertices()];
            order.iter().for_each(|v| gone[*v as usize] = true);
            (0..graph.vertices() as u32)
                .filter(|v| !gone[*v as usize])
                .collect()
        };
        let piece = Piece::new(&rest, &neighbours, positions);
        order.extend(piece.dissect());
        Order(order)
    }

    /// An order given by hand: every vertex once.
    ///
    /// # Panics
    /// If it is not a permutation.
    pub fn from_vertices(vertices: Vec<u32>) -> Order {
        let mut seen = vec![false; vertices.len()];
        for v in &vertices {
            assert!(
                !std::mem::replace(&mut seen[*v as usize], true),
                "every vertex comes once"
            );
        }
        Order(vertices)
    }

    /// This order for a graph with further vertices, numbered after the present ones: they are
    /// eliminated first.
    pub fn extended(&self, vertices: usize) -> Order {
        let new = self.0.len() as u32..vertices as u32;
        Order(new.chain(self.0.iter().copied()).collect())
    }
}

/// Neighbours of every vertex, either direction, sorted.
pub(super) fn neighbours(graph: &Digraph) -> Vec<Vec<u32>> {
    let mut found = vec![Vec::new(); graph.vertices()];
    for v in 0..graph.vertices() as u32 {
        for at in graph.arcs_of(v) {
            let u = graph.head(at);
            if u != v {
                found[v as usize].push(u);
                found[u as usize].push(v);
            }
        }
    }
    for list in &mut found {
        list.sort_unstable();
        list.dedup();
    }
    found
}

/// Take out vertices with at most two neighbours until none is left, joining the two. No two
/// neighbours go in one round, so that a long chain becomes a shallow tree.
fn reduce(neighbours: &mut [Vec<u32>]) -> Vec<u32> {
    let mut order = Vec::new();
    let mut gone = vec![false; neighbours.len()];
    let mut blocked_in = vec![0u32; neighbours.len()];
    let mut candidates: Vec<u32> = (0..neighbours.len() as u32).collect();
    let mut round = 0;
    while !candidates.is_empty() {
        round += 1;
        let mut again = Vec::new();
        for v in candidates {
            if gone[v as usize] || neighbours[v as usize].len() > 2 {
                continue;
            }
            if blocked_in[v as usize] == round {
                again.push(v);
                continue;
            }
            gone[v as usize] = true;
            order.push(v);
            let ends = std::mem::take(&mut neighbours[v as usize]);
            for end in &ends {
                blocked_in[*end as usize] = round;
                again.push(*end);
                let list = &mut neighbours[*end as usize];
                list.retain(|u| *u != v);
                for other in &ends {
                    if other != end
                        && let Err(at) = list.binary_search(other)
                    {
                        list.insert(at, *other);
                    }
                }
            }
        }
        again.sort_unstable();
        again.dedup();
        candidates = again;
    }
    order
}

/// A part of the graph, with its vertices numbered afresh.
struct Piece {
    names: Vec<u32>,
    positions: Vec<[f64; 3]>,
    graph: Adjacency,
}

impl Piece {
    fn new(vertices: &[u32], neighbours: &[Vec<u32>], positions: &[(f64, f64)]) -> Piece {
        let mut local = vec![NONE; neighbours.len()];
        for (index, v) in vertices.iter().enumerate() {
            local[*v as usize] = index as u32;
        }
        let mut graph = Adjacency {
            first: vec![0],
            to: vec![],
        };
        for v in vertices {
            let list = neighbours[*v as usize].iter();
            graph.to.extend(list.map(|u| local[*u as usize]));
            graph.first.push(graph.to.len() as u32);
        }
        let on_globe = |v: &u32| {
            let (lon, lat) = positions[*v as usize];
            let (lon, lat) = (lon.to_radians(), lat.to_radians());
            [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
        };
        Piece {
            names: vertices.to_vec(),
            positions: vertices.iter().map(on_globe).collect(),
            graph,
        }
    }

    fn len(&self) -> usize {
        self.names.len()
    }

    /// The vertices in the order of elimination, by their names outside.
    fn dissect(&self) -> Vec<u32> {
        if self.len() <= LEAF {
            let mut order: Vec<u32> = (0..self.len() as u32).collect();
            order.sort_by_key(|v| self.graph.of(*v).len());
            return order.iter().map(|v| self.names[*v as usize]).collect();
        }
        let cut = self.smallest_cut();
        let pieces = self.split(&self.components(&cut));
        let inner: Vec<Vec<u32>> = if self.len() > PARALLEL {
            pieces.par_iter().map(Piece::dissect).collect()
        } else {
            pieces.iter().map(Piece::dissect).collect()
        };
        let mut order: Vec<u32> = inner.into_iter().flatten().collect();
        order.extend(cut.iter().map(|v| self.names[*v as usize]));
        order
    }

    /// The component of every vertex once the cut is taken out; [`NONE`] for the cut itself.
    fn components(&self, cut: &[u32]) -> Vec<u32> {
        const UNSEEN: u32 = NONE - 1;
        let mut part = vec![UNSEEN; self.len()];
        cut.iter().for_each(|v| part[*v as usize] = NONE);
        let mut parts = 0;
        let mut stack = Vec::new();
        for start in 0..self.len() as u32 {
            if part[start as usize] != UNSEEN {
                continue;
            }
            part[start as usize] = parts;
            stack.push(start);
            while let Some(v) = stack.pop() {
                for u in self.graph.of(v) {
                    if part[*u as usize] == UNSEEN {
                        part[*u as usize] = parts;
                        stack.push(*u);
                    }
                }
            }
            parts += 1;
        }
        part
    }

    /// The components as pieces of their own.
    fn split(&self, part: &[u32]) -> Vec<Piece> {
        let inside = part.iter().filter(|p| **p != NONE);
        let parts = inside.max().map_or(0, |last| last + 1);
        let mut pieces: Vec<Piece> = (0..parts)
            .map(|_| Piece {
                names: vec![],
                positions: vec![],
                graph: Adjacency {
                    first: vec![0],
                    to: vec![],
                },
            })
            .collect();
        let mut local = vec![NONE; self.len()];
        for v in 0..self.len() {
            if part[v] != NONE {
                let piece = &mut pieces[part[v] as usize];
                local[v] = piece.names.len() as u32;
                piece.names.push(self.names[v]);
                piece.positions.push(self.positions[v]);
            }
        }
        for v in 0..self.len() {
            if part[v] != NONE {
                let graph = &mut pieces[part[v] as usize].graph;
                // Neighbours are in the same component or in the cut.
                let inside = self.graph.of(v as u32).iter().map(|u| local[*u as usize]);
                graph.to.extend(inside.filter(|u| *u != NONE));
                graph.first.push(graph.to.len() as u32);
            }
        }
        pieces
    }

    /// The smallest separator over all directions; nothing if the piece is not connected.
    fn smallest_cut(&self) -> Vec<u32> {
        if self.components(&[]).iter().any(|part| *part != 0) {
            return vec![];
        }
        let ends = ((self.len() as f64 * END_SHARE) as usize).max(1);
        let mut best: Vec<u32> = vec![];
        let mut least = ends + 1;
        let mut flow = Flow::new(&self.graph);
        for direction in DIRECTIONS {
            let mut along: Vec<(f64, u32)> = self
                .positions
                .iter()
                .zip(0..)
                .map(|(p, v)| {
                    let at = p[0] * direction[0] + p[1] * direction[1] + p[2] * direction[2];
                    (at, v)
                })
                .collect();
            along.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let sources: Vec<u32> = along[..ends].iter().map(|a| a.1).collect();
            let mut is_sink = vec![false; self.len()];
            for (_, v) in &along[self.len() - ends..] {
                is_sink[*v as usize] = true;
            }
            if let Some(cut) = flow.separator(&sources, &is_sink, least) {
                least = cut.len();
                best = cut;
            }
        }
        best
    }
}
