//! Making a graph smaller without changing the distances that matter.

use super::geo::thin_shape;
use super::graph::{Edge, GONE, Graph};
use std::collections::BTreeMap;

/// Drop self-loops and keep the shortest of parallel edges. Returns (loops, parallels) dropped.
pub fn drop_loops_and_parallels(graph: &mut Graph) -> (usize, usize) {
    let before = graph.edges.len();
    graph.edges.retain(|e| e.a != e.b);
    let loops = before - graph.edges.len();
    let mut best: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    let mut used: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    for (i, edge) in graph.edges.iter().enumerate() {
        let key = (edge.a.min(edge.b), edge.a.max(edge.b));
        *used.entry(key).or_default() += edge.used;
        let slot = best.entry(key).or_insert(i);
        if edge.km < graph.edges[*slot].km {
            *slot = i;
        }
    }
    let mut keep = vec![false; graph.edges.len()];
    for (key, &i) in &best {
        keep[i] = true;
        graph.edges[i].used = used[key];
    }
    let parallels = graph.edges.len() - best.len();
    let mut flags = keep.into_iter();
    graph.edges.retain(|_| flags.next().unwrap_or(false));
    (loops, parallels)
}

/// Remove dead ends that lead to no kept node. Returns the number of edges removed.
pub fn prune_dead_ends(graph: &mut Graph) -> usize {
    let adjacency = graph.adjacency();
    let mut degree: Vec<usize> = (0..graph.nodes.len() as u32)
        .map(|n| adjacency.of(n).len())
        .collect();
    let mut dead = vec![false; graph.edges.len()];
    let mut stack: Vec<u32> = (0..graph.nodes.len() as u32)
        .filter(|&n| degree[n as usize] == 1 && !graph.nodes[n as usize].keep)
        .collect();
    while let Some(node) = stack.pop() {
        let Some(&(next, edge)) = adjacency.of(node).iter().find(|(_, e)| !dead[*e as usize])
        else {
            continue;
        };
        dead[edge as usize] = true;
        degree[node as usize] = 0;
        degree[next as usize] -= 1;
        if degree[next as usize] == 1 && !graph.nodes[next as usize].keep {
            stack.push(next);
        }
    }
    let pruned = dead.iter().filter(|d| **d).count();
    *graph = graph.retain(|i, _| !dead[i]);
    pruned
}

/// Join the two edges of every node of degree two that is not kept, does not stand beside a
/// border and does not separate two passages. Lengths add up; the node becomes an inner point.
/// Returns the number of nodes contracted.
pub fn contract(graph: &mut Graph) -> usize {
    let adjacency = graph.adjacency();
    let mut around: Vec<Vec<u32>> = (0..graph.nodes.len() as u32)
        .map(|n| adjacency.of(n).iter().map(|(_, e)| *e).collect())
        .collect();
    let mut edges: Vec<Option<Edge>> = graph.edges.drain(..).map(Some).collect();
    let mut contracted = 0;
    for n in 0..graph.nodes.len() as u32 {
        let node = &graph.nodes[n as usize];
        if node.keep || around[n as usize].len() != 2 {
            continue;
        }
        let (first, second) = (around[n as usize][0], around[n as usize][1]);
        let (Some(x), Some(y)) = (&edges[first as usize], &edges[second as usize]) else {
            continue;
        };
        let (left, right) = (x.other(n), y.other(n));
        let here = node.territory;
        if first == second
            || left == right
            || left == n
            || right == n
            || graph.nodes[left as usize].territory != here
            || graph.nodes[right as usize].territory != here
            || x.passage != y.passage
        {
            continue;
        }
        let mut shape = oriented(x, left);
        shape.push(node.at);
        shape.extend(oriented(y, n));
        let joined = Edge {
            a: left,
            b: right,
            km: x.km + y.km,
            shape,
            passage: x.passage.clone(),
            used: x.used.max(y.used),
        };
        edges[first as usize] = Some(joined);
        edges[second as usize] = None;
        around[n as usize].clear();
        for e in &mut around[right as usize] {
            if *e == second {
                *e = first;
            }
        }
        contracted += 1;
    }
    graph.edges = edges.into_iter().flatten().collect();
    *graph = graph.retain(|_, _| true);
    contracted
}

/// Inner points of the edge when walked from `from`.
fn oriented(edge: &Edge, from: u32) -> Vec<[f64; 2]> {
    let mut shape = edge.shape.clone();
    if edge.a != from {
        shape.reverse();
    }
    shape
}

/// Merge nodes of one territory that short edges (≤ `max_km`) join: a yard or an interchange
/// becomes one node, the busiest of them. The distance from a vanished node to the busiest one is
/// added to its other edges, so that the main flow keeps its length. Returns nodes merged.
pub fn collapse_short(graph: &mut Graph, max_km: f64) -> usize {
    let adjacency = graph.adjacency();
    let count = graph.nodes.len();
    let flow: Vec<u64> = (0..count as u32)
        .map(|n| {
            let used = adjacency
                .of(n)
                .iter()
                .map(|(_, e)| u64::from(graph.edges[*e as usize].used));
            used.sum::<u64>()
        })
        .collect();
    let mut order: Vec<u32> = (0..count as u32).collect();
    order.sort_by_key(|&n| (std::cmp::Reverse(flow[n as usize]), n));
    // The busiest nodes take their surroundings first, along short edges only.
    let mut head = vec![GONE; count];
    let mut walked = vec![0.0; count];
    for &busy in &order {
        if head[busy as usize] != GONE {
            continue;
        }
        head[busy as usize] = busy;
        let mut stack = vec![busy];
        while let Some(n) = stack.pop() {
            for &(next, e) in adjacency.of(n) {
                let edge = &graph.edges[e as usize];
                let distance = walked[n as usize] + edge.km;
                if head[next as usize] == GONE
                    && edge.passage.is_none()
                    && distance <= max_km
                    && graph.nodes[next as usize].territory == graph.nodes[busy as usize].territory
                {
                    head[next as usize] = busy;
                    walked[next as usize] = distance;
                    stack.push(next);
                }
            }
        }
    }
    let mut merged = 0;
    for (n, &h) in head.iter().enumerate() {
        if h != n as u32 {
            merged += 1;
            // A kept node lives on in the node that took it.
            graph.nodes[h as usize].keep |= graph.nodes[n].keep;
            graph.nodes[n].keep = false;
        }
    }
    let positions: Vec<_> = graph.nodes.iter().map(|n| n.at).collect();
    for edge in &mut graph.edges {
        for end in [edge.a, edge.b] {
            let h = head[end as usize];
            if h != end {
                edge.km += walked[end as usize];
                let at = positions[end as usize];
                if end == edge.a {
                    edge.shape.insert(0, at);
                } else {
                    edge.shape.push(at);
                }
            }
        }
        edge.a = head[edge.a as usize];
        edge.b = head[edge.b as usize];
    }
    for o in &mut graph.origin {
        if *o != GONE {
            *o = head[*o as usize];
        }
    }
    drop_loops_and_parallels(graph);
    *graph = graph.retain(|_, _| true);
    merged
}

/// Contract, prune and merge parallels until nothing changes. Returns (contracted, pruned, parallels).
pub fn tidy(graph: &mut Graph) -> (usize, usize, usize) {
    let mut total = (0, 0, 0);
    loop {
        let pruned = prune_dead_ends(graph);
        let contracted = contract(graph);
        let (loops, parallels) = drop_loops_and_parallels(graph);
        total.0 += contracted;
        total.1 += pruned;
        total.2 += loops + parallels;
        if pruned + contracted + loops + parallels == 0 {
            return total;
        }
    }
}

/// Thin every shape to the points that matter at `tolerance_km`.
pub fn thin_shapes(graph: &mut Graph, tolerance_km: f64) {
    for edge in &mut graph.edges {
        let (a, b) = (
            graph.nodes[edge.a as usize].at,
            graph.nodes[edge.b as usize].at,
        );
        edge.shape = thin_shape(a, &edge.shape, b, tolerance_km);
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::{Node, distance};
    use super::*;

    fn chain(territories: &[u16], keep: &[usize]) -> Graph {
        let nodes = territories
            .iter()
            .enumerate()
            .map(|(i, &territory)| Node {
                at: [i as f64 * 0.1, 0.0],
                territory,
                keep: keep.contains(&i),
            })
            .collect::<Vec<_>>();
        let edges = (1..nodes.len())
            .map(|i| Edge::straight(i as u32 - 1, i as u32, i as f64))
            .collect();
        let origin = (0..nodes.len() as u32).collect();
        Graph {
            nodes,
            edges,
            origin,
        }
    }

    #[test]
    fn contraction_keeps_lengths_and_points() {
        let mut graph = chain(&[0; 6], &[0, 5]);
        assert_eq!(contract(&mut graph), 4);
        assert_eq!(graph.edges.len(), 1);
        assert_eq!(graph.edges[0].km, 15.0);
        assert_eq!(graph.edges[0].shape.len(), 4);
    }

    #[test]
    fn contraction_stops_at_borders() {
        let mut graph = chain(&[0, 0, 0, 1, 1, 1], &[0, 5]);
        contract(&mut graph);
        assert_eq!(graph.nodes.len(), 4);
        let crossing = graph
            .edges
            .iter()
            .filter(|e| graph.nodes[e.a as usize].territory != graph.nodes[e.b as usize].territory)
            .count();
        assert_eq!(crossing, 1);
    }

    #[test]
    fn dead_ends_go_unless_kept() {
        let mut graph = chain(&[0; 6], &[0, 3]);
        assert_eq!(prune_dead_ends(&mut graph), 2);
        assert_eq!(graph.origin[5], GONE);
        assert_ne!(graph.origin[3], GONE);
    }

    #[test]
    fn collapsing_a_yard_keeps_the_through_distance() {
        // 0 --1-- 1 -.2- 2 --10-- 3, the yard is {1, 2}.
        let mut graph = chain(&[0; 4], &[0, 3]);
        graph.edges[1].km = 0.2;
        graph.edges[2].km = 10.0;
        assert_eq!(collapse_short(&mut graph, 0.5), 1);
        let (a, b) = (graph.origin[0], graph.origin[3]);
        let km = distance(
            &graph.adjacency(),
            &graph.weights_km(),
            graph.nodes.len(),
            a,
            b,
        );
        assert!((km.unwrap_or(0.0) - 11.2).abs() < 1e-9);
        assert_eq!(graph.origin[1], graph.origin[2]);
    }
}
