//! Alternative paths on one network by plateaus (Cambridge Vehicle Information Technology 2005,
//! "Choice Routing"; Abraham, Delling, Goldberg & Werneck 2013, "Alternative Routes in Road
//! Networks", ACM Journal of Experimental Algorithmics 18).
//!
//! Search from the origin, and against the arcs from the destination. Where the two trees run
//! along the same arcs they share a plateau. The path to the plateau, along it and on to the
//! destination is a sensible alternative: any stretch of it no longer than the plateau, and many
//! that are, is a cheapest path itself.

use crate::dijkstra::Search;
use crate::hierarchy::{Digraph, Label};

/// An alternative must run along a plateau of at least this share of the cheapest cost.
const LEAST_PLATEAU: f64 = 0.05;
/// And cost at most this many times the cheapest.
const MOST_STRETCH: f64 = 2.0;

/// A graph with its arcs turned round.
pub(crate) struct Turned {
    pub graph: Digraph,
    pub labels: Vec<Label>,
    /// Arc of the turned graph → arc of the graph.
    pub arcs: Vec<usize>,
}

impl Turned {
    pub fn new(graph: &Digraph, labels: &[Label]) -> Turned {
        let mut turned: Vec<(u32, u32, usize)> = (0..graph.vertices() as u32)
            .flat_map(|v| graph.arcs_of(v).map(move |at| (graph.head(at), v, at)))
            .collect();
        turned.sort_unstable();
        Turned {
            graph: Digraph::new(graph.vertices(), turned.iter().map(|t| (t.0, t.1))),
            labels: turned.iter().map(|t| labels[t.2]).collect(),
            arcs: turned.iter().map(|t| t.2).collect(),
        }
    }
}

/// A path and what it costs.
pub(crate) struct Route {
    pub label: Label,
    /// Positions of arcs.
    pub arcs: Vec<usize>,
}

/// The cheapest path and its alternatives, cheapest first; none if there is no path.
pub(crate) fn routes(
    graph: &Digraph,
    labels: &[Label],
    turned: &Turned,
    from: u32,
    to: u32,
) -> Vec<Route> {
    let mut ahead = Search::new(graph);
    ahead.run(graph, labels, from);
    let Some(cheapest) = ahead.reached(to) else {
        return vec![];
    };
    let mut back = Search::new(&turned.graph);
    back.run(&turned.graph, &turned.labels, to);
    // The arc by which the destination's tree leaves a vertex.
    let onward = |v: u32| back.arc_into(v).map(|arc| turned.arcs[arc]);
    // Whether that arc is in the origin's tree as well.
    let shared = |v: u32| {
        let arc = onward(v)?;
        (ahead.arc_into(graph.head(arc)) == Some(arc)).then_some(arc)
    };
    let mut inside = vec![false; graph.vertices()];
    for v in 0..graph.vertices() as u32 {
        if let Some(arc) = shared(v) {
            inside[graph.head(arc) as usize] = true;
        }
    }
    let mut found = vec![Route {
        label: cheapest,
        arcs: ahead.path(to),
    }];
    for start in 0..graph.vertices() as u32 {
        if inside[start as usize] {
            continue;
        }
        let (Some(before), Some(after)) = (ahead.reached(start), back.reached(start)) else {
            continue;
        };
        let label = before.then(&after);
        if label.cost as f64 > MOST_STRETCH * cheapest.cost as f64 {
            continue;
        }
        let mut plateau = 0;
        let mut at = start;
        while let Some(arc) = shared(at) {
            plateau += labels[arc].cost;
            at = graph.head(arc);
        }
        if plateau == 0 || (plateau as f64) < LEAST_PLATEAU * cheapest.cost as f64 {
            continue;
        }
        let mut arcs = ahead.path(start);
        let mut at = start;
        while let Some(arc) = onward(at) {
            arcs.push(arc);
            at = graph.head(arc);
        }
        if arcs != found[0].arcs && !returns(graph, from, &arcs) {
            found.push(Route { label, arcs });
        }
    }
    // The first stays first: none is cheaper, and sorting is stable.
    found.sort_by_key(|route| route.label.cost);
    found
}

/// Whether a path comes to a vertex twice.
fn returns(graph: &Digraph, from: u32, arcs: &[usize]) -> bool {
    let mut met: Vec<u32> = arcs.iter().map(|arc| graph.head(*arc)).collect();
    met.push(from);
    met.sort_unstable();
    met.windows(2).any(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn routes_are_paths_without_returns_and_cost_their_arcs(
            ends in proptest::collection::vec((0u32..20, 0u32..20, 1u64..9), 20..80),
        ) {
            let mut ends = ends;
            ends.sort_unstable();
            let graph = Digraph::new(20, ends.iter().map(|e| (e.0, e.1)));
            let labels: Vec<Label> = ends.iter()
                .map(|e| Label { cost: e.2, sums: [e.2 as f64, 1.0, 0.0] })
                .collect();
            let turned = Turned::new(&graph, &labels);
            let found = routes(&graph, &labels, &turned, 0, 19);
            let mut search = Search::new(&graph);
            search.run(&graph, &labels, 0);
            prop_assert_eq!(found.first().map(|r| r.label), search.reached(19));
            for route in &found {
                let mut at = 0;
                let mut label = Label::ZERO;
                for arc in &route.arcs {
                    prop_assert!(graph.arcs_of(at).contains(arc));
                    label = label.then(&labels[*arc]);
                    at = graph.head(*arc);
                }
                prop_assert_eq!(at, 19);
                prop_assert_eq!(label, route.label);
                prop_assert!(!returns(&graph, 0, &route.arcs));
            }
            prop_assert!(found.is_sorted_by_key(|r| r.label.cost));
        }
    }

    #[test]
    fn two_corridors_are_two_routes() {
        // 0 → 1 → 2 → 5 costs 6, 0 → 3 → 4 → 5 costs 9; a third over 6 costs 30.
        let ends = [
            (0, 1, 2),
            (0, 3, 3),
            (0, 6, 15),
            (1, 2, 2),
            (2, 5, 2),
            (3, 4, 3),
            (4, 5, 3),
            (6, 5, 15),
        ];
        let graph = Digraph::new(7, ends.iter().map(|e| (e.0, e.1)));
        let labels: Vec<Label> = ends
            .iter()
            .map(|e| Label {
                cost: e.2,
                sums: [0.0; 3],
            })
            .collect();
        let found = routes(&graph, &labels, &Turned::new(&graph, &labels), 0, 5);
        let costs: Vec<u64> = found.iter().map(|r| r.label.cost).collect();
        assert_eq!(costs, [6, 9]);
    }
}
