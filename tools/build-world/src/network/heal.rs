//! Joining what the track source left apart: gaps between components, and ends that dangle a
//! stone's throw from track that is far away along the network.

use super::assumptions::{
    HEAL_COMPONENTS_KM, KNOWN_RAIL_LINES, NEVER_HEAL, SNAP_ACROSS_BORDER_KM, SNAP_DETOUR, SNAP_KM,
    closed,
};
use super::attach::{near, tree};
use super::geo::haversine;
use super::graph::{Edge, Graph, Node, Search};
use super::read::Raw;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// May healing join these territories? Never over a closed border or where there is no bridge.
fn may_join(raw: &Raw, graph: &Graph, a: u32, b: u32) -> bool {
    let (x, y) = (
        raw.iso3(graph.nodes[a as usize].territory),
        raw.iso3(graph.nodes[b as usize].territory),
    );
    if x == y {
        return true;
    }
    let key = (x.min(y), x.max(y));
    closed(x, y, "rail").is_none()
        && !NEVER_HEAL.contains(&key)
        && raw.outlines.are_neighbours(x, y)
}

fn describe(raw: &Raw, graph: &Graph, a: u32, b: u32, km: f64) -> Value {
    let (x, y) = (&graph.nodes[a as usize], &graph.nodes[b as usize]);
    json!({
        "from": raw.iso3(x.territory),
        "to": raw.iso3(y.territory),
        "lon": x.at[0],
        "lat": x.at[1],
        "gap_km": (km * 100.0).round() / 100.0,
    })
}

/// Heal a rail graph in place.
pub fn heal(raw: &Raw, graph: &mut Graph) -> Value {
    let index = tree(
        graph
            .nodes
            .iter()
            .enumerate()
            .map(|(i, n)| (i as u32, n.at)),
    );
    let mut borders = Vec::new();

    let (component, sizes) = graph.components();
    let mut best: BTreeMap<(u32, u32), (f64, u32, u32)> = BTreeMap::new();
    let giant = (0..sizes.len()).max_by_key(|&c| (sizes[c], std::cmp::Reverse(c)));
    for a in 0..graph.nodes.len() as u32 {
        let own = component[a as usize];
        // Every pair of components has a member outside the largest: searching from those is
        // enough.
        if Some(own as usize) == giant {
            continue;
        }
        let at = graph.nodes[a as usize].at;
        for b in near(&index, at, HEAL_COMPONENTS_KM) {
            let other = component[b as usize];
            if other == own || !may_join(raw, graph, a, b) {
                continue;
            }
            let gap = haversine(at, graph.nodes[b as usize].at);
            let key = (own.min(other), own.max(other));
            let slot = best.entry(key).or_insert((f64::INFINITY, a, b));
            if gap < slot.0 {
                *slot = (gap, a, b);
            }
        }
    }
    let joined = best.len();
    for &(gap, a, b) in best.values() {
        if graph.nodes[a as usize].territory != graph.nodes[b as usize].territory {
            borders.push(describe(raw, graph, a, b, gap));
        }
        graph.edges.push(Edge::straight(a, b, gap));
    }

    let snapped = snap_ends(raw, graph, &index, &mut borders);

    let mut known = Vec::new();
    for line in KNOWN_RAIL_LINES {
        let Some(&a) = near(&index, line.from, 5.0).first() else {
            continue;
        };
        let b = match near(&index, line.to, 2.0).first() {
            Some(&b) => b,
            None => {
                graph.nodes.push(Node {
                    at: line.to,
                    territory: raw.territory(line.to_iso3),
                    keep: false,
                });
                graph.origin.push(graph.nodes.len() as u32 - 1);
                graph.nodes.len() as u32 - 1
            }
        };
        graph.edges.push(Edge::straight(a, b, line.km));
        known.push(line.name);
    }
    let (_, after) = graph.components();
    json!({
        "components_before": sizes.len(),
        "component_pairs_joined_over_2_km_or_less": joined,
        "dangling_ends_snapped_within_5_km": snapped,
        "known_lines_added": known,
        "healed_across_borders": borders,
        "components_after": after.len(),
    })
}

/// Snap each dangling end to the nearest node within reach that is far along the network.
fn snap_ends(
    raw: &Raw,
    graph: &mut Graph,
    index: &rstar::RTree<super::attach::Entry>,
    borders: &mut Vec<Value>,
) -> usize {
    let adjacency = graph.adjacency();
    let weights = graph.weights_km();
    let mut search = Search::new(graph.nodes.len());
    let mut joins = Vec::new();
    for end in 0..graph.nodes.len() as u32 {
        if adjacency.of(end).len() != 1 {
            continue;
        }
        let at = graph.nodes[end as usize].at;
        search.run(&adjacency, &weights, &[end], |_, d| {
            d <= SNAP_KM * SNAP_DETOUR
        });
        let territory = graph.nodes[end as usize].territory;
        let target = near(index, at, SNAP_KM).into_iter().find_map(|b| {
            let gap = haversine(at, graph.nodes[b as usize].at).max(0.05);
            let far = search.dist(b) > SNAP_DETOUR * gap;
            let abroad = graph.nodes[b as usize].territory != territory;
            (b != end
                && far
                && (!abroad || gap <= SNAP_ACROSS_BORDER_KM)
                && may_join(raw, graph, end, b))
            .then_some((b, gap))
        });
        if let Some((b, gap)) = target {
            joins.push((end, b, gap));
        }
    }
    for &(a, b, gap) in &joins {
        if graph.nodes[a as usize].territory != graph.nodes[b as usize].territory {
            borders.push(describe(raw, graph, a, b, gap));
        }
        graph.edges.push(Edge::straight(a, b, gap));
    }
    joins.len()
}
