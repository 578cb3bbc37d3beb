//! The part of a network that journeys use: every edge that lies on a shortest path between
//! neighbouring anchors (cities, ports), between places, or over a border.
//!
//! Keeping whole shortest paths keeps the distances between anchors exact, which dropping "minor"
//! edges by length or density would not.

use super::assumptions::{BORDER_PENALTY_KM, closed, inside_europe};
use super::attach::{near, tree};
use super::geo::{Point, haversine, octant};
use super::graph::{Adjacency, GONE, Graph, Search};
use super::read::Raw;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Kilometres, with closed borders as walls and a penalty at the others.
pub fn weights_with_borders(raw: &Raw, graph: &Graph, mode: &str, penalty_km: f64) -> Vec<f64> {
    graph
        .edges
        .iter()
        .map(|e| {
            let a = raw.iso3(graph.nodes[e.a as usize].territory);
            let b = raw.iso3(graph.nodes[e.b as usize].territory);
            if a == b || (inside_europe(a) && inside_europe(b)) {
                e.km
            } else if closed(a, b, mode).is_some() {
                f64::INFINITY
            } else {
                e.km + penalty_km
            }
        })
        .collect()
}

/// Both kinds of route: free of borders, and shy of them.
pub fn both_weights(raw: &Raw, graph: &Graph, mode: &str) -> [Vec<f64>; 2] {
    [
        graph.weights_km(),
        weights_with_borders(raw, graph, mode, BORDER_PENALTY_KM),
    ]
}

/// Mark the paths from each source to its targets; `targets` gives them with a bound on the
/// distance beyond which the search gives up.
fn mark(
    graph: &mut Graph,
    adjacency: &Adjacency,
    weights: &[f64],
    targets: &[(u32, Vec<u32>, f64)],
) {
    let count = graph.nodes.len();
    let paths: Vec<Vec<u32>> = targets
        .par_iter()
        .map_init(
            || (Search::new(count), vec![false; count]),
            |(search, wanted), (source, list, bound)| {
                let mut left = 0;
                for &t in list {
                    if !wanted[t as usize] {
                        wanted[t as usize] = true;
                        left += 1;
                    }
                }
                search.run(adjacency, weights, &[*source], |node, dist| {
                    if wanted[node as usize] {
                        wanted[node as usize] = false;
                        left -= 1;
                    }
                    left > 0 && dist <= *bound
                });
                let mut edges = Vec::new();
                for &t in list {
                    wanted[t as usize] = false;
                    let mut node = t;
                    while search.via(node) != GONE {
                        let edge = search.via(node);
                        edges.push(edge);
                        node = graph.edges[edge as usize].other(node);
                    }
                }
                edges.sort_unstable();
                edges.dedup();
                edges
            },
        )
        .collect();
    for edge in paths.into_iter().flatten() {
        graph.edges[edge as usize].used += 1;
    }
}

/// Paths to the nearest anchors and to the nearest in each of eight directions.
pub fn mark_neighbours(
    raw: &Raw,
    graph: &mut Graph,
    mode: &str,
    anchors: &[u32],
    nearest: usize,
    reach_km: f64,
) {
    let adjacency = graph.adjacency();
    let at: Vec<Point> = anchors
        .iter()
        .map(|&n| graph.nodes[n as usize].at)
        .collect();
    let index = tree(at.iter().enumerate().map(|(i, p)| (i as u32, *p)));
    let targets: Vec<(u32, Vec<u32>, f64)> = (0..anchors.len())
        .into_par_iter()
        .map(|i| {
            let mut list = Vec::new();
            let mut farthest: f64 = 0.0;
            let mut ring = 50.0;
            // Widen the ring until all directions have an answer, so that dense regions stay cheap.
            loop {
                list.clear();
                let mut sectors = [false; 8];
                for (rank, j) in near(&index, at[i], ring).into_iter().enumerate() {
                    let j = j as usize;
                    if anchors[j] == anchors[i] {
                        continue;
                    }
                    let sector = octant(at[i], at[j]);
                    if rank <= nearest || !sectors[sector] {
                        sectors[sector] = true;
                        list.push(anchors[j]);
                        farthest = farthest.max(haversine(at[i], at[j]));
                    }
                }
                if ring >= reach_km || sectors.iter().all(|s| *s) {
                    break;
                }
                ring = (ring * 2.0).min(reach_km);
            }
            (anchors[i], list, 3.0 * farthest + 100.0)
        })
        .collect();
    for (round, weights) in both_weights(raw, graph, mode).into_iter().enumerate() {
        let slack = if round == 0 {
            0.0
        } else {
            2.0 * BORDER_PENALTY_KM
        };
        let bounded: Vec<_> = targets
            .iter()
            .map(|(s, l, b)| (*s, l.clone(), b + slack))
            .collect();
        mark(graph, &adjacency, &weights, &bounded);
    }
}

/// Paths between all pairs of places no more than `reach_km` apart, by length alone and shy of
/// borders; closed borders are walls.
pub fn mark_pairs(raw: &Raw, graph: &mut Graph, mode: &str, places: &[u32], reach_km: f64) {
    let adjacency = graph.adjacency();
    let targets: Vec<(u32, Vec<u32>, f64)> = places
        .iter()
        .map(|&s| {
            let at = graph.nodes[s as usize].at;
            let list = places
                .iter()
                .copied()
                .filter(|&t| t > s && haversine(at, graph.nodes[t as usize].at) <= reach_km)
                .collect();
            (s, list, 2.5 * reach_km)
        })
        .collect();
    for penalty in [0.0, BORDER_PENALTY_KM] {
        let weights = weights_with_borders(raw, graph, mode, penalty);
        mark(graph, &adjacency, &weights, &targets);
    }
}

/// Every pair of territories that the source joins keeps at least one crossing: the one with the
/// shortest way to an anchor on either side. Returns how many pairs needed it.
pub fn mark_crossings(graph: &mut Graph, anchors: &[u32]) -> usize {
    let adjacency = graph.adjacency();
    let mut search = Search::new(graph.nodes.len());
    // Within territories only, so that each side has its own way.
    let weights: Vec<f64> = graph
        .edges
        .iter()
        .map(|e| {
            let same = graph.nodes[e.a as usize].territory == graph.nodes[e.b as usize].territory;
            if same { e.km } else { f64::INFINITY }
        })
        .collect();
    search.run(&adjacency, &weights, anchors, |_, _| true);
    let mut best: BTreeMap<(u16, u16), (f64, usize)> = BTreeMap::new();
    let mut have: BTreeMap<(u16, u16), bool> = BTreeMap::new();
    for (i, e) in graph.edges.iter().enumerate() {
        let (x, y) = (
            graph.nodes[e.a as usize].territory,
            graph.nodes[e.b as usize].territory,
        );
        if x == y {
            continue;
        }
        let key = (x.min(y), x.max(y));
        *have.entry(key).or_default() |= e.used > 0;
        let way = search.dist(e.a) + search.dist(e.b) + e.km;
        let slot = best.entry(key).or_insert((f64::INFINITY, i));
        if way < slot.0 {
            *slot = (way, i);
        }
    }
    let mut added = 0;
    for (key, (way, i)) in best {
        if have[&key] || !way.is_finite() {
            continue;
        }
        added += 1;
        graph.edges[i].used += 1;
        for mut node in [graph.edges[i].a, graph.edges[i].b] {
            while search.via(node) != GONE {
                let edge = search.via(node) as usize;
                graph.edges[edge].used += 1;
                node = graph.edges[edge].other(node);
            }
        }
    }
    added
}
