//! Which node of a network serves a point on the map.

use super::geo::{Point, chord2, haversine, unit};
use super::graph::{Graph, Territory};
use super::outlines::Outlines;
use rstar::RTree;
use rstar::primitives::GeomWithData;
use std::collections::BTreeMap;

pub type Entry = GeomWithData<[f64; 3], u32>;

/// An R-tree of points on the unit sphere.
pub fn tree(points: impl Iterator<Item = (u32, Point)>) -> RTree<Entry> {
    RTree::bulk_load(points.map(|(i, p)| Entry::new(unit(p), i)).collect())
}

/// Entries within `reach_km` of the point in order of distance (ties by index).
pub fn near(tree: &RTree<Entry>, p: Point, reach_km: f64) -> Vec<u32> {
    let limit = chord2(reach_km);
    let mut found: Vec<(f64, u32)> = tree
        .nearest_neighbor_iter_with_distance_2(unit(p))
        .take_while(|(_, d)| *d <= limit)
        .map(|(entry, d)| (d, entry.data))
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    found.into_iter().map(|(_, i)| i).collect()
}

/// A network with what is needed to attach points to it.
pub struct Attacher<'a> {
    pub graph: &'a Graph,
    pub tree: RTree<Entry>,
    pub component: Vec<u32>,
    pub sizes: Vec<u32>,
}

impl<'a> Attacher<'a> {
    pub fn new(graph: &'a Graph) -> Self {
        let (component, sizes) = graph.components();
        let nodes = graph.nodes.iter().enumerate();
        Self {
            graph,
            tree: tree(nodes.map(|(i, n)| (i as u32, n.at))),
            component,
            sizes,
        }
    }

    fn size(&self, node: u32) -> u32 {
        self.sizes[self.component[node as usize] as usize]
    }

    /// Nearest node of the territory; a node of a larger component is preferred when it is not
    /// much farther (10 km, or three times as far), so that a cut-off siding or a stray street
    /// does not isolate a city.
    pub fn main_node(&self, p: Point, territory: Territory, reach_km: f64) -> Option<u32> {
        let mut first: BTreeMap<u32, (f64, u32)> = BTreeMap::new();
        for i in near(&self.tree, p, reach_km) {
            if self.graph.nodes[i as usize].territory == territory {
                let d = haversine(p, self.graph.nodes[i as usize].at);
                first.entry(self.component[i as usize]).or_insert((d, i));
            }
        }
        let nearest = first.values().map(|(d, _)| *d).min_by(f64::total_cmp)?;
        let allowed = (3.0 * nearest).max(10.0);
        first
            .values()
            .filter(|(d, _)| *d <= allowed)
            .max_by(|x, y| {
                self.size(x.1)
                    .cmp(&self.size(y.1))
                    .then(y.0.total_cmp(&x.0))
            })
            .map(|(_, i)| *i)
    }

    /// As `main_node`, on the same piece of land as the point: no truck drives over a strait.
    pub fn main_node_on_land(
        &self,
        p: Point,
        territory: Territory,
        reach_km: f64,
        outlines: &Outlines,
    ) -> Option<u32> {
        let node = self.main_node(p, territory, reach_km)?;
        let at = self.graph.nodes[node as usize].at;
        if haversine(p, at) < 12.0 {
            return Some(node);
        }
        // Only two different pieces of one territory are a strait; along land borders the coarse
        // outlines may put a town on its neighbour's side.
        let strait = match (outlines.landmass(p, 20.0), outlines.landmass(at, 20.0)) {
            (Some(here), Some(there)) => here.0 == there.0 && here.1 != there.1,
            _ => false,
        };
        (!strait).then_some(node)
    }

    /// Nearest node within reach whose component has at least `least` nodes.
    pub fn nearest_in_large(&self, p: Point, reach_km: f64, least: u32) -> Option<u32> {
        let limit = chord2(reach_km);
        self.tree
            .nearest_neighbor_iter_with_distance_2(unit(p))
            .take_while(|(_, d)| *d <= limit)
            .map(|(entry, _)| entry.data)
            .find(|&i| self.size(i) >= least)
    }
}
