//! The sea: lanes split where they share a vertex, joined across the antimeridian, and ports tied
//! to the nearest lane.

use super::assumptions::VOLGA_DON;
use super::attach::{near, tree};
use super::geo::{Point, haversine, normalise_lon};
use super::graph::{Edge, Graph, NOWHERE, Node};
use super::read::Port;
use super::simplify::{contract, drop_loops_and_parallels, thin_shapes};
use crate::io::Result;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Components smaller than this are inland waters or strays: no port is tied to them.
const LEAST_COMPONENT: u32 = 8;

/// The lane graph, every vertex of the source a node.
pub fn lanes(raw: &Path) -> Result<(Graph, Value)> {
    let text = std::fs::read_to_string(raw.join("network/searoute_marnet.geojson"))?;
    let geojson: Value = serde_json::from_str(&text)?;
    let mut graph = Graph::default();
    let mut index: BTreeMap<(i64, i64), u32> = BTreeMap::new();
    let mut lines = 0;
    let mut wrapped = 0;
    let mut river = 0;
    for feature in geojson["features"].as_array().into_iter().flatten() {
        let passage = feature["properties"]["passage"].as_str().map(String::from);
        let geometry = &feature["geometry"];
        let parts: Vec<&Value> = match geometry["type"].as_str() {
            Some("MultiLineString") => geometry["coordinates"]
                .as_array()
                .into_iter()
                .flatten()
                .collect(),
            _ => vec![&geometry["coordinates"]],
        };
        for part in parts {
            lines += 1;
            let mut last: Option<u32> = None;
            for c in part.as_array().into_iter().flatten() {
                let (lon, lat) = (c[0].as_f64().unwrap_or(0.0), c[1].as_f64().unwrap_or(0.0));
                let at: Point = [normalise_lon(lon), lat];
                wrapped += usize::from(at[0] != lon);
                // Five decimals (1 m): vertices of the source that differ less are the same.
                let key = ((at[0] * 1e5).round() as i64, (at[1] * 1e5).round() as i64);
                let nodes = &mut graph.nodes;
                let n = *index.entry(key).or_insert_with(|| {
                    nodes.push(Node {
                        at,
                        territory: NOWHERE,
                        keep: false,
                    });
                    nodes.len() as u32 - 1
                });
                if let Some(m) = last.filter(|&m| m != n) {
                    let from = graph.nodes[m as usize].at;
                    let mut edge = Edge::straight(m, n, haversine(from, at));
                    edge.passage = passage.clone();
                    let inside = |p: Point| {
                        p[0] > VOLGA_DON[0]
                            && p[1] > VOLGA_DON[1]
                            && p[0] < VOLGA_DON[2]
                            && p[1] < VOLGA_DON[3]
                    };
                    if inside(from) && inside(at) {
                        edge.passage = Some("volga_don".into());
                        river += 1;
                    }
                    graph.edges.push(edge);
                }
                last = Some(n);
            }
        }
    }
    graph.origin = (0..graph.nodes.len() as u32).collect();
    // A vertex on the antimeridian stays a node, so that no shape crosses the edge of the map.
    for node in &mut graph.nodes {
        node.keep = node.at[0] == 180.0;
    }
    let (loops, parallels) = drop_loops_and_parallels(&mut graph);
    let (_, sizes) = graph.components();
    let mut largest = sizes.clone();
    largest.sort_unstable_by(|a, b| b.cmp(a));
    largest.truncate(8);
    let report = json!({
        "source_lines": lines,
        "vertices": graph.nodes.len(),
        "vertices_with_longitude_normalised": wrapped,
        "loops_dropped": loops,
        "parallel_segments_merged": parallels,
        "segments_marked_volga_don": river,
        "components": sizes.len(),
        "component_sizes": largest,
    });
    Ok((graph, report))
}

/// Distance from each port to the lanes, and the vertex there; `None` beyond `reach_km`.
pub fn nearest_lane(graph: &Graph, ports: &[&Port], reach_km: f64) -> Vec<Option<(u32, f64)>> {
    let (component, sizes) = graph.components();
    let nodes = graph.nodes.iter().enumerate();
    let index = tree(
        nodes
            .filter(|(i, _)| sizes[component[*i] as usize] >= LEAST_COMPONENT)
            .map(|(i, n)| (i as u32, n.at)),
    );
    ports
        .iter()
        .map(|p| {
            let vertex = near(&index, p.at, reach_km).first().copied()?;
            Some((vertex, haversine(p.at, graph.nodes[vertex as usize].at)))
        })
        .collect()
}

/// Tie the chosen ports to the lanes and simplify. Returns the node of each port.
pub fn with_ports(graph: &mut Graph, ports: &[(Point, u32, f64)]) -> (Vec<u32>, usize) {
    let mut raw_nodes = Vec::new();
    for &(at, vertex, km) in ports {
        graph.nodes.push(Node {
            at,
            territory: NOWHERE,
            keep: true,
        });
        let n = graph.nodes.len() as u32 - 1;
        graph.origin.push(n);
        raw_nodes.push(graph.origin.len() - 1);
        graph.edges.push(Edge::straight(n, vertex, km));
    }
    let mut contracted = 0;
    loop {
        let c = contract(graph);
        let (loops, parallels) = drop_loops_and_parallels(graph);
        contracted += c;
        if c + loops + parallels == 0 {
            break;
        }
    }
    thin_shapes(graph, 2.0);
    let nodes = raw_nodes.into_iter().map(|i| graph.origin[i]).collect();
    (nodes, contracted)
}
