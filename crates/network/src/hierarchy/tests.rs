//! The hierarchy against Dijkstra's algorithm, and Dijkstra's against Floyd and Warshall's.

use super::customise::Metric;
use super::order::Order;
use super::query::Sweep;
use super::topology::Topology;
use super::{Digraph, Label, UNREACHED, fixed_point};
use crate::dijkstra::Search;
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Case {
    graph: Digraph,
    labels: Vec<Label>,
    positions: Vec<(f64, f64)>,
}

/// Few distinct costs, zero among them, so that ties, parallel arcs and loops without cost abound;
/// arcs have one direction, and sparse graphs fall into islands.
fn cases() -> impl Strategy<Value = Case> {
    (1usize..40).prop_flat_map(|n| {
        let arc = (0..n as u32, 0..n as u32, 0u64..5, 0u32..3, 0u32..3, 0u32..3);
        let arcs = proptest::collection::vec(arc, 0..4 * n);
        let positions = proptest::collection::vec((-180.0..180.0f64, -80.0..80.0f64), n);
        (arcs, positions).prop_map(move |(mut arcs, positions)| {
            arcs.sort_unstable();
            let third = |x: u32| fixed_point(f64::from(x) / 3.0);
            let label = |a: &(u32, u32, u64, u32, u32, u32)| Label {
                cost: a.2,
                sums: [third(a.3), third(a.4), third(a.5)],
            };
            Case {
                graph: Digraph::new(n, arcs.iter().map(|a| (a.0, a.1))),
                labels: arcs.iter().map(label).collect(),
                positions,
            }
        })
    })
}

fn all(graph: &Digraph) -> Vec<u32> {
    (0..graph.vertices() as u32).collect()
}

fn by_dijkstra(graph: &Digraph, labels: &[Label], points: &[u32]) -> Vec<Label> {
    let mut search = Search::new(graph);
    let row = |from: &u32| {
        search.run(graph, labels, *from);
        let to = points.iter();
        to.map(|v| search.reached(*v).unwrap_or(Label::UNREACHED))
            .collect::<Vec<_>>()
    };
    points.iter().flat_map(row).collect()
}

fn by_floyd_warshall(graph: &Digraph, labels: &[Label]) -> Vec<Label> {
    let n = graph.vertices();
    let mut found = vec![Label::UNREACHED; n * n];
    for v in 0..n {
        found[v * n + v] = Label::ZERO;
        for at in graph.arcs_of(v as u32) {
            found[v * n + graph.head(at) as usize].keep_better(labels[at]);
        }
    }
    for w in 0..n {
        for v in 0..n {
            for u in 0..n {
                let way = found[v * n + w].then(&found[w * n + u]);
                found[v * n + u].keep_better(way);
            }
        }
    }
    found
}

fn by_hierarchy(topology: &Topology, metric: &Metric, points: &[u32]) -> Vec<Label> {
    let sweep = Sweep::new(topology, metric, points);
    let costs = sweep.costs(topology, metric, points);
    let sums = sweep.sums(topology, metric, points, &|| {});
    costs
        .iter()
        .enumerate()
        .map(|(at, cost)| {
            if *cost >= UNREACHED {
                assert_eq!(sums[at], [f64::INFINITY; 3]);
                return Label::UNREACHED;
            }
            Label {
                cost: *cost,
                sums: sums[at],
            }
        })
        .collect()
}

fn whole(topology: &Topology, graph: &Digraph, labels: &[Label]) -> Metric {
    Metric::new(topology, &topology.slots(graph).unwrap(), labels)
}

proptest! {
    #[test]
    fn dijkstra_finds_what_floyd_and_warshall_find(case in cases()) {
        let found = by_dijkstra(&case.graph, &case.labels, &all(&case.graph));
        prop_assert_eq!(found, by_floyd_warshall(&case.graph, &case.labels));
    }

    #[test]
    fn a_path_costs_what_its_arcs_cost(case in cases(), to in 0u32..40) {
        let to = to % case.graph.vertices() as u32;
        let mut search = Search::new(&case.graph);
        search.run_to(&case.graph, &case.labels, 0, to);
        let mut sum = Label::ZERO;
        let mut at = 0;
        for arc in search.path(to) {
            prop_assert!(case.graph.arcs_of(at).contains(&arc));
            sum = sum.then(&case.labels[arc]);
            at = case.graph.head(arc);
        }
        if let Some(found) = search.reached(to) {
            prop_assert_eq!(at, to);
            prop_assert_eq!(found, sum);
        }
    }

    #[test]
    fn the_hierarchy_finds_what_dijkstra_finds(case in cases()) {
        let points = all(&case.graph);
        let expected = by_dijkstra(&case.graph, &case.labels, &points);
        let topology = Topology::new(&case.graph, Order::new(&case.graph, &case.positions));
        let metric = whole(&topology, &case.graph, &case.labels);
        prop_assert_eq!(by_hierarchy(&topology, &metric, &points), expected);
    }

    #[test]
    fn costs_beyond_32_bits_are_no_different(case in cases()) {
        let points = all(&case.graph);
        let mut labels = case.labels.clone();
        labels.iter_mut().for_each(|label| label.cost <<= 28);
        let expected = by_dijkstra(&case.graph, &labels, &points);
        let topology = Topology::new(&case.graph, Order::new(&case.graph, &case.positions));
        let metric = whole(&topology, &case.graph, &labels);
        prop_assert_eq!(by_hierarchy(&topology, &metric, &points), expected);
    }

    #[test]
    fn any_order_will_do(case in cases(), keys in proptest::collection::vec(any::<u32>(), 40)) {
        let mut points = all(&case.graph);
        points.sort_by_key(|v| keys[*v as usize]);
        let expected = by_dijkstra(&case.graph, &case.labels, &points);
        let topology = Topology::new(&case.graph, Order::from_vertices(points.clone()));
        let metric = whole(&topology, &case.graph, &case.labels);
        prop_assert_eq!(by_hierarchy(&topology, &metric, &points), expected);
    }

    #[test]
    fn a_metric_in_part_is_the_metric_as_a_whole(
        case in cases(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0u64..9), 0..4),
    ) {
        prop_assume!(case.graph.arcs() > 0);
        let topology = Topology::new(&case.graph, Order::new(&case.graph, &case.positions));
        let slots = topology.slots(&case.graph).unwrap();
        let mut metric = Metric::new(&topology, &slots, &case.labels);
        let mut labels = case.labels.clone();
        for (at, cost) in changes {
            labels[at.index(case.graph.arcs())].cost = cost;
        }
        metric.update(&topology, &slots, &labels);
        prop_assert_eq!(&metric, &Metric::new(&topology, &slots, &labels));
    }

    #[test]
    fn arcs_may_close_and_open_one_by_one(case in cases(), at in any::<prop::sample::Index>()) {
        prop_assume!(case.graph.arcs() > 0);
        let arc = at.index(case.graph.arcs());
        let from = all(&case.graph).into_iter().find(|v| case.graph.arcs_of(*v).contains(&arc));
        let ends = (from.unwrap(), case.graph.head(arc));
        let topology = Topology::new(&case.graph, Order::new(&case.graph, &case.positions));
        let mut metric = whole(&topology, &case.graph, &case.labels);
        metric.set(&topology, &[(ends.0, ends.1, Label::UNREACHED)]).unwrap();
        let mut closed = case.labels.clone();
        for other in case.graph.arcs_of(ends.0) {
            if case.graph.head(other) == ends.1 {
                closed[other] = Label::UNREACHED;
            }
        }
        prop_assert_eq!(&metric, &whole(&topology, &case.graph, &closed));
        let points = all(&case.graph);
        let expected = by_dijkstra(&case.graph, &closed, &points);
        prop_assert_eq!(by_hierarchy(&topology, &metric, &points), expected);
    }

    #[test]
    fn a_graph_that_grows_may_keep_its_order(case in cases(), links in 1usize..5) {
        let n = case.graph.vertices();
        let order = Order::new(&case.graph, &case.positions);
        let mut arcs: Vec<(u32, u32)> = all(&case.graph).into_iter()
            .flat_map(|v| case.graph.arcs_of(v).map(move |at| (v, at)))
            .map(|(v, at)| (v, case.graph.head(at)))
            .collect();
        let mut labels = case.labels.clone();
        for new in n..n + links {
            arcs.push((new as u32, (new * 7 % n) as u32));
            labels.push(Label { cost: 1, sums: [1.0; 3] });
            arcs.push((new as u32, (new * 3 % n) as u32));
            labels.push(Label { cost: 2, sums: [0.0; 3] });
        }
        let graph = Digraph::new(n + links, arcs.into_iter());
        let old = Topology::new(&case.graph, order.clone());
        prop_assert_eq!(old.missing(&graph), 2 * links);
        let topology = Topology::new(&graph, order.extended(n + links));
        let metric = whole(&topology, &graph, &labels);
        let points = all(&graph);
        let expected = by_dijkstra(&graph, &labels, &points);
        prop_assert_eq!(by_hierarchy(&topology, &metric, &points), expected);
    }

    #[test]
    fn the_order_keeps_a_grid_narrow(side in 8u32..25) {
        let at = |x: u32, y: u32| x * side + y;
        let mut arcs = Vec::new();
        let mut positions = Vec::new();
        for x in 0..side {
            for y in 0..side {
                positions.push((f64::from(x), f64::from(y)));
                if x + 1 < side {
                    arcs.push((at(x, y), at(x + 1, y)));
                }
                if y + 1 < side {
                    arcs.push((at(x, y), at(x, y + 1)));
                }
            }
        }
        arcs.sort_unstable();
        let graph = Digraph::new((side * side) as usize, arcs.into_iter());
        let topology = Topology::new(&graph, Order::new(&graph, &positions));
        // Nested dissection of a grid (George 1973): at most (31/4) n log2 n arcs, and separators
        // that shrink by half every two levels, 4 sides in all.
        let n = f64::from(side * side);
        prop_assert!(topology.arcs() as f64 <= 7.75 * n * n.log2());
        prop_assert!(topology.height() <= 4 * side as usize);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let n = 300u32;
    let arcs: Vec<(u32, u32)> = (0..n)
        .flat_map(|v| [(v, (v + 1) % n), (v, (v * 7 + 3) % n)])
        .collect();
    let graph = Digraph::new(n as usize, arcs.into_iter());
    let labels: Vec<Label> = (0..graph.arcs() as u64)
        .map(|at| Label {
            cost: at * 31 % 17,
            sums: [fixed_point(at as f64 / 7.0), 0.0, 1.0],
        })
        .collect();
    let positions: Vec<(f64, f64)> = (0..n).map(|v| (f64::from(v), f64::from(v % 9))).collect();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let topology = Topology::new(&graph, Order::new(&graph, &positions));
            let metric = whole(&topology, &graph, &labels);
            by_hierarchy(&topology, &metric, &all(&graph))
        })
    };
    assert_eq!(run(1), run(4));
}

#[test]
fn nothing_to_search_is_no_mistake() {
    let graph = Digraph::new(0, std::iter::empty());
    let topology = Topology::new(&graph, Order::new(&graph, &[]));
    let metric = whole(&topology, &graph, &[]);
    assert!(by_hierarchy(&topology, &metric, &[]).is_empty());
}
