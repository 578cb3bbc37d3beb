//! The nodes and links tables under construction, and writing them.

use super::geo::Point;
use super::graph::{Graph, NOWHERE, Territory};
use super::read::Raw;
use crate::io::{Result, write_parquet};
use arrow_array::{Float64Array, Int32Array, StringArray};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub struct OutNode {
    pub mode: &'static str,
    pub territory: Territory,
    pub at: Point,
    pub gauge: Option<i32>,
}

pub struct OutLink {
    pub from: i32,
    pub to: i32,
    pub mode: &'static str,
    pub class: &'static str,
    pub gauge: Option<i32>,
    pub km: f64,
    pub passage: Option<String>,
    pub open: bool,
    pub shape: Vec<Point>,
}

#[derive(Default)]
pub struct Tables {
    pub nodes: Vec<OutNode>,
    pub links: Vec<OutLink>,
}

impl Tables {
    pub fn add_node(&mut self, node: OutNode) -> i32 {
        self.nodes.push(node);
        self.nodes.len() as i32 - 1
    }

    /// Add a road or sea graph. `class` sees the territories of both ends.
    pub fn add_graph(
        &mut self,
        graph: &Graph,
        mode: &'static str,
        class: impl Fn(Territory, Territory) -> &'static str,
        closed_passages: &[&str],
    ) -> i32 {
        let first = self.nodes.len() as i32;
        for node in &graph.nodes {
            self.add_node(OutNode {
                mode,
                territory: node.territory,
                at: node.at,
                gauge: None,
            });
        }
        for edge in &graph.edges {
            let territory = |n: u32| graph.nodes[n as usize].territory;
            let passage = edge.passage.as_deref();
            self.links.push(OutLink {
                from: first + edge.a as i32,
                to: first + edge.b as i32,
                mode,
                class: class(territory(edge.a), territory(edge.b)),
                gauge: None,
                km: edge.km,
                passage: edge.passage.clone(),
                open: !passage.is_some_and(|p| closed_passages.contains(&p)),
                shape: edge.shape.clone(),
            });
        }
        first
    }

    /// Add a rail graph, one gauge a node. Where a line joins territories of different gauge, the
    /// border link keeps the gauge of the narrower side and ends, inside the territory of the
    /// broader one, at a second node that a link of class `gauge-change` ties to the first.
    /// Returns the number of the first node and of the gauge breaks made.
    pub fn add_rail(
        &mut self,
        graph: &Graph,
        gauge: impl Fn(Territory) -> i32,
        high_capacity: impl Fn(Territory) -> bool,
    ) -> (i32, usize) {
        let first = self.nodes.len() as i32;
        for node in &graph.nodes {
            self.add_node(OutNode {
                mode: "rail",
                territory: node.territory,
                at: node.at,
                gauge: Some(gauge(node.territory)),
            });
        }
        let mut twins: BTreeMap<(u32, i32), i32> = BTreeMap::new();
        for edge in &graph.edges {
            let (ta, tb) = (
                graph.nodes[edge.a as usize].territory,
                graph.nodes[edge.b as usize].territory,
            );
            let (ga, gb) = (gauge(ta), gauge(tb));
            let mut ends = [first + edge.a as i32, first + edge.b as i32];
            if ga != gb {
                let (slot, broad, territory) = if ga > gb {
                    (0, edge.a, ta)
                } else {
                    (1, edge.b, tb)
                };
                let narrow = ga.min(gb);
                ends[slot] = match twins.get(&(broad, narrow)) {
                    Some(&twin) => twin,
                    None => {
                        let twin = self.add_node(OutNode {
                            mode: "rail",
                            territory,
                            at: graph.nodes[broad as usize].at,
                            gauge: Some(narrow),
                        });
                        twins.insert((broad, narrow), twin);
                        self.links.push(OutLink {
                            from: twin,
                            to: first + broad as i32,
                            mode: "rail",
                            class: "gauge-change",
                            gauge: None,
                            km: 0.0,
                            passage: None,
                            open: true,
                            shape: Vec::new(),
                        });
                        twin
                    }
                };
            }
            self.links.push(OutLink {
                from: ends[0],
                to: ends[1],
                mode: "rail",
                class: if high_capacity(ta) && high_capacity(tb) {
                    "high-capacity"
                } else {
                    "standard"
                },
                gauge: Some(ga.min(gb)),
                km: edge.km,
                passage: None,
                open: true,
                shape: edge.shape.clone(),
            });
        }
        (first, twins.len())
    }

    pub fn write(&self, raw: &Raw, out: &Path) -> Result<()> {
        let iso3 = self
            .nodes
            .iter()
            .map(|n| (n.territory != NOWHERE).then(|| raw.iso3(n.territory)));
        let rounded = |v: f64, places: i32| {
            let unit = 10f64.powi(places);
            (v * unit).round() / unit
        };
        write_parquet(
            &out.join("nodes.parquet"),
            vec![
                (
                    "node",
                    Arc::new(Int32Array::from_iter_values(0..self.nodes.len() as i32)),
                ),
                (
                    "mode",
                    Arc::new(StringArray::from_iter_values(
                        self.nodes.iter().map(|n| n.mode),
                    )),
                ),
                ("iso3", Arc::new(StringArray::from_iter(iso3))),
                (
                    "lon",
                    Arc::new(Float64Array::from_iter_values(
                        self.nodes.iter().map(|n| rounded(n.at[0], 4)),
                    )),
                ),
                (
                    "lat",
                    Arc::new(Float64Array::from_iter_values(
                        self.nodes.iter().map(|n| rounded(n.at[1], 4)),
                    )),
                ),
                (
                    "gauge_mm",
                    Arc::new(Int32Array::from_iter(self.nodes.iter().map(|n| n.gauge))),
                ),
            ],
        )?;
        let links = &self.links;
        let text = |f: fn(&OutLink) -> &str| {
            Arc::new(StringArray::from_iter_values(links.iter().map(f))) as arrow_array::ArrayRef
        };
        let shapes = links
            .iter()
            .map(|l| encode(&l.shape))
            .collect::<Result<Vec<String>>>()?;
        write_parquet(
            &out.join("links.parquet"),
            vec![
                (
                    "link",
                    Arc::new(Int32Array::from_iter_values(0..links.len() as i32)),
                ),
                (
                    "from",
                    Arc::new(Int32Array::from_iter_values(links.iter().map(|l| l.from))),
                ),
                (
                    "to",
                    Arc::new(Int32Array::from_iter_values(links.iter().map(|l| l.to))),
                ),
                ("mode", text(|l| l.mode)),
                ("class", text(|l| l.class)),
                (
                    "gauge_mm",
                    Arc::new(Int32Array::from_iter(links.iter().map(|l| l.gauge))),
                ),
                (
                    "km",
                    Arc::new(Float64Array::from_iter_values(
                        links.iter().map(|l| rounded(l.km, 3)),
                    )),
                ),
                (
                    "hours_override",
                    Arc::new(Float64Array::from(vec![None::<f64>; links.len()])),
                ),
                (
                    "passage",
                    Arc::new(StringArray::from_iter(
                        links.iter().map(|l| l.passage.as_deref()),
                    )),
                ),
                ("status", text(|l| if l.open { "open" } else { "closed" })),
                ("shape", Arc::new(StringArray::from_iter_values(shapes))),
            ],
        )
    }
}

/// Encoded polyline of precision 4; empty when the link is straight.
fn encode(shape: &[Point]) -> Result<String> {
    if shape.is_empty() {
        return Ok(String::new());
    }
    let points = shape.iter().map(|p| polyline_coord(*p));
    Ok(polyline::encode_coordinates(points, 4)?)
}

fn polyline_coord(p: Point) -> geo_types::Coord<f64> {
    geo_types::Coord { x: p[0], y: p[1] }
}

#[cfg(test)]
mod tests {
    use super::super::graph::{Edge, Node};
    use super::*;

    #[test]
    fn a_border_of_gauges_becomes_two_nodes_and_a_change() {
        let node = |territory, x: f64| Node {
            at: [x, 0.0],
            territory,
            keep: false,
        };
        let graph = Graph {
            nodes: vec![node(0, 0.0), node(1, 1.0), node(1, 2.0)],
            edges: vec![Edge::straight(0, 1, 100.0), Edge::straight(1, 2, 50.0)],
            origin: vec![0, 1, 2],
        };
        let mut tables = Tables::default();
        let gauge = |t| if t == 0 { 1435 } else { 1520 };
        let (_, breaks) = tables.add_rail(&graph, gauge, |_| false);
        assert_eq!((breaks, tables.nodes.len(), tables.links.len()), (1, 4, 3));
        let change = tables.links.iter().find(|l| l.class == "gauge-change");
        let change = change.map(|l| (l.from, l.to, l.km));
        assert_eq!(change, Some((3, 1, 0.0)));
        // Every link but the change joins nodes of its own gauge.
        for link in tables.links.iter().filter(|l| l.class != "gauge-change") {
            assert_eq!(tables.nodes[link.from as usize].gauge, link.gauge);
            assert_eq!(tables.nodes[link.to as usize].gauge, link.gauge);
        }
    }
}
