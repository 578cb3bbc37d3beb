//! From a source graph of rail or road to the graph of the world folder: healing, attaching the
//! places, choosing the backbone, simplifying.

use super::assumptions::{
    ACCESS_DETOUR, ACCESS_ROAD_KM, CENTRAL_ASIA, KNOWN_CROSSINGS, NODE_TOO_FAR_KM, SPLIT_EDGE_KM,
    SPLIT_REACH_KM,
};
use super::attach::Attacher;
use super::backbone::{mark_crossings, mark_neighbours, mark_pairs};
use super::geo::{Point, haversine, point_segment_km};
use super::graph::{Edge, GONE, Graph, NOWHERE, Node};
use super::heal::heal;
use super::read::Raw;
use super::simplify::{collapse_short, drop_loops_and_parallels, thin_shapes, tidy};
use crate::io::Result;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// A point to attach: where, in which territory, how far to look.
pub struct Wanted {
    pub at: Point,
    pub iso3: String,
    pub reach_km: f64,
}

/// How much of a mode to keep.
pub struct Recipe {
    pub mode: &'static str,
    pub heal: bool,
    /// Neighbours of each anchor city whose paths are kept, besides one in each of 8 directions.
    pub nearest: usize,
    pub octant_reach_km: f64,
    /// Paths between all places within this distance are kept.
    pub pairs_reach_km: f64,
    /// Give cities without a road an access road.
    pub access_roads: bool,
    /// Keep every line in Central Asia and Xinjiang.
    pub all_of_central_asia: bool,
    /// Yards and interchanges up to this size become one node.
    pub collapse_km: f64,
    pub thin_km: f64,
}

pub struct Lines {
    pub graph: Graph,
    /// The graph before the backbone was chosen, for the check of distances.
    pub full: Graph,
    /// Node of the source that serves each wanted point.
    pub attached: Vec<Option<u32>>,
    pub report: Value,
}

impl Lines {
    /// Node of the final graph for wanted point i.
    pub fn node(&self, i: usize) -> Option<u32> {
        let node = self.graph.origin[self.attached[i]? as usize];
        (node != GONE).then_some(node)
    }

    /// Node of the full graph for wanted point i.
    pub fn full_node(&self, i: usize) -> Option<u32> {
        let node = self.full.origin[self.attached[i]? as usize];
        (node != GONE).then_some(node)
    }
}

/// Build one mode. The first `places` of `wanted` are places, the rest ports and the like;
/// `cities` are further anchors of the backbone.
pub fn build(
    raw_folder: &Path,
    raw: &Raw,
    recipe: &Recipe,
    wanted: &[Wanted],
    cities: &[Point],
) -> Result<Lines> {
    let (mut graph, source) = raw.graph(raw_folder, recipe.mode)?;
    let (loops, parallels) = drop_loops_and_parallels(&mut graph);
    let wrong = drop_wrong_borders(raw, &mut graph);
    let healed = if recipe.heal {
        heal(raw, &mut graph)
    } else {
        Value::Null
    };
    let attacher = Attacher::new(&graph);
    let mut attached: Vec<Option<u32>> = wanted
        .iter()
        .map(|w| {
            let territory = raw.territory(&w.iso3);
            attacher.main_node_on_land(w.at, territory, w.reach_km, &raw.outlines)
        })
        .collect();
    let rich: Vec<u32> = cities
        .iter()
        .filter_map(|&p| attacher.nearest_in_large(p, 12.0, 50))
        .collect();
    drop(attacher);
    let split = split_edges(raw, &mut graph, wanted, &mut attached);
    let tied = if recipe.access_roads {
        access_roads(raw, &mut graph, wanted, &mut attached)
    } else {
        Vec::new()
    };
    for &n in attached.iter().flatten().chain(&rich) {
        graph.nodes[n as usize].keep = true;
    }
    let first = tidy(&mut graph);
    let full = graph.clone();

    let mut anchors: Vec<u32> = attached
        .iter()
        .flatten()
        .chain(&rich)
        .map(|&n| graph.origin[n as usize])
        .filter(|&n| n != GONE)
        .collect();
    anchors.sort_unstable();
    anchors.dedup();
    let mut places: Vec<u32> = attached
        .iter()
        .flatten()
        .map(|&n| graph.origin[n as usize])
        .filter(|&n| n != GONE)
        .collect();
    places.sort_unstable();
    places.dedup();
    mark_neighbours(
        raw,
        &mut graph,
        recipe.mode,
        &anchors,
        recipe.nearest,
        recipe.octant_reach_km,
    );
    mark_pairs(raw, &mut graph, recipe.mode, &places, recipe.pairs_reach_km);
    let crossings = mark_crossings(&mut graph, &anchors);
    let region: Vec<bool> = graph
        .nodes
        .iter()
        .map(|n| {
            let iso3 = raw.iso3(n.territory);
            CENTRAL_ASIA.contains(&iso3) || (iso3 == "CHN" && n.at[0] < 96.0 && n.at[1] > 35.5)
        })
        .collect();
    let before_backbone = (graph.nodes.len(), graph.edges.len());
    let mut graph = graph.retain(|_, e| {
        e.used > 0 || (recipe.all_of_central_asia && region[e.a as usize] && region[e.b as usize])
    });
    let backbone = (graph.nodes.len(), graph.edges.len());
    let second = tidy(&mut graph);
    let mut merged = 0;
    // Small clusters first: a busy node then takes the rest of its yard whole.
    let mut third = (0, 0, 0);
    for share in [0.25, 0.5, 1.0] {
        merged += collapse_short(&mut graph, recipe.collapse_km * share);
        let t = tidy(&mut graph);
        third = (third.0 + t.0, third.1 + t.1, third.2 + t.2);
    }
    thin_shapes(&mut graph, recipe.thin_km);
    let nowhere = graph
        .nodes
        .iter()
        .filter(|n| n.territory == NOWHERE)
        .count();
    let (_, sizes) = graph.components();
    let report = json!({
        "source": source,
        "self_loops_dropped": loops,
        "parallel_edges_merged": parallels,
        "edges_between_territories_that_do_not_touch": wrong,
        "healed": healed,
        "anchor_cities": rich.len(),
        "places_far_from_nodes_put_on_a_long_edge": split,
        "places_without_road_given_an_access_road": tied,
        "wanted_points_attached": attached.iter().flatten().count(),
        "wanted_points_without_node": attached.iter().filter(|a| a.is_none()).count(),
        "first_simplification_contracted_pruned_parallel": [first.0, first.1, first.2],
        "nodes_edges_before_backbone": [before_backbone.0, before_backbone.1],
        "nodes_edges_of_backbone": [backbone.0, backbone.1],
        "border_crossings_kept_though_on_no_shortest_path": crossings,
        "second_simplification_contracted_pruned_parallel": [second.0, second.1, second.2],
        "nodes_merged_in_yards_and_interchanges": merged,
        "third_simplification_contracted_pruned_parallel": [third.0, third.1, third.2],
        "nodes": graph.nodes.len(),
        "links": graph.edges.len(),
        "km": graph.edges.iter().map(|e| e.km).sum::<f64>().round(),
        "components": sizes.len(),
        "largest_component_nodes": sizes.iter().max(),
        "nodes_without_territory": nowhere,
    });
    Ok(Lines {
        graph,
        full,
        attached,
        report,
    })
}

/// Drop edges between territories whose outlines do not touch and that no fixed link joins; they
/// are faults of the source. Both lists are counted.
fn drop_wrong_borders(raw: &Raw, graph: &mut Graph) -> Value {
    let mut dropped: BTreeMap<String, usize> = BTreeMap::new();
    let mut kept: BTreeMap<String, usize> = BTreeMap::new();
    let nodes = &graph.nodes;
    graph.edges.retain(|e| {
        let (x, y) = (nodes[e.a as usize].territory, nodes[e.b as usize].territory);
        if x == y || x == NOWHERE || y == NOWHERE {
            return true;
        }
        let (x, y) = (raw.iso3(x), raw.iso3(y));
        if raw.outlines.are_neighbours(x, y) {
            return true;
        }
        let key = (x.min(y), x.max(y));
        let known = KNOWN_CROSSINGS.contains(&key);
        let list = if known { &mut kept } else { &mut dropped };
        *list.entry(format!("{}-{}", key.0, key.1)).or_default() += 1;
        known
    });
    json!({ "dropped": dropped, "kept_as_known": kept })
}

/// A long edge of the source may pass a city without a node. Where a city has no node nearby and
/// such an edge passes, the edge is split at the point nearest the city. Returns whose.
fn split_edges(
    raw: &Raw,
    graph: &mut Graph,
    wanted: &[Wanted],
    attached: &mut [Option<u32>],
) -> Vec<String> {
    let mut done = Vec::new();
    for (i, w) in wanted.iter().enumerate() {
        let far = attached[i].map_or(f64::INFINITY, |n| {
            haversine(w.at, graph.nodes[n as usize].at)
        });
        if far <= NODE_TOO_FAR_KM {
            continue;
        }
        let own = raw.territory(&w.iso3);
        let best = graph
            .edges
            .iter()
            .enumerate()
            .filter(|(_, e)| e.km >= SPLIT_EDGE_KM)
            .filter_map(|(j, e)| {
                let (a, b) = (&graph.nodes[e.a as usize], &graph.nodes[e.b as usize]);
                if a.territory != own && b.territory != own {
                    return None;
                }
                // A cheap test first: the city is inside the ellipse around the edge.
                let (da, db) = (haversine(w.at, a.at), haversine(w.at, b.at));
                if da + db > 1.3 * e.km + 2.0 * SPLIT_REACH_KM {
                    return None;
                }
                Some((point_segment_km(w.at, a.at, b.at), da / (da + db), j))
            })
            .min_by(|x, y| x.0.total_cmp(&y.0).then(x.2.cmp(&y.2)));
        let Some((d, share, j)) = best else {
            continue;
        };
        if d > SPLIT_REACH_KM.min(w.reach_km) || d > 0.7 * far {
            continue;
        }
        let edge = graph.edges[j].clone();
        let (a, b) = (
            graph.nodes[edge.a as usize].at,
            graph.nodes[edge.b as usize].at,
        );
        let n = graph.nodes.len() as u32;
        graph.nodes.push(Node {
            at: [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])],
            territory: own,
            keep: false,
        });
        graph.origin.push(n);
        graph.edges[j] = Edge::straight(edge.a, n, edge.km * share);
        graph
            .edges
            .push(Edge::straight(n, edge.b, edge.km * (1.0 - share)));
        attached[i] = Some(n);
        done.push(format!("{} {:.2} {:.2}", w.iso3, w.at[0], w.at[1]));
    }
    done
}

/// A city whose network does not come near in the source is tied to the nearest node of a large
/// component on its own piece of land. Returns whose.
fn access_roads(
    raw: &Raw,
    graph: &mut Graph,
    wanted: &[Wanted],
    attached: &mut [Option<u32>],
) -> Vec<String> {
    let mut roads = Vec::new();
    {
        let attacher = Attacher::new(graph);
        for (i, w) in wanted.iter().enumerate() {
            if attached[i].is_some() {
                continue;
            }
            let own = raw.territory(&w.iso3);
            let Some(land) = raw.outlines.landmass(w.at, 20.0) else {
                continue;
            };
            let node = attacher.main_node(w.at, own, ACCESS_ROAD_KM).filter(|&n| {
                let there = raw.outlines.landmass(graph.nodes[n as usize].at, 20.0);
                there == Some(land)
            });
            if let Some(n) = node {
                roads.push((i, n));
            }
        }
    }
    let mut done = Vec::new();
    for (i, n) in roads {
        let w = &wanted[i];
        let km = ACCESS_DETOUR * haversine(w.at, graph.nodes[n as usize].at);
        let new = graph.nodes.len() as u32;
        graph.nodes.push(Node {
            at: w.at,
            territory: raw.territory(&w.iso3),
            keep: false,
        });
        graph.origin.push(new);
        graph.edges.push(Edge::straight(new, n, km));
        attached[i] = Some(new);
        done.push(format!(
            "{} {:.2} {:.2}: {km:.0} km",
            w.iso3, w.at[0], w.at[1]
        ));
    }
    done
}
