//! A network of one mode as a graph in compressed sparse rows.

use crate::hierarchy::{Digraph, Label, fixed_point};
use crate::{Cost, border};
use comity_world::{Mode, NodeId, World};

/// Directed graph of one mode; closed links and closed borders are not in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Graph {
    pub mode: Mode,
    /// World node → vertex, `u32::MAX` if not of this mode.
    vertex: Vec<u32>,
    /// Vertex → world node.
    nodes: Vec<u32>,
    /// Longitude and latitude of every vertex.
    pub positions: Vec<(f64, f64)>,
    /// Arcs sorted by where they start.
    pub digraph: Digraph,
    pub arcs: Vec<Arc>,
}

/// Units of cost in a USD.
pub(crate) const COST_UNIT: f64 = 1000.0;
/// Dearest arc, in thousandths of a USD, so that no sum of arcs overflows. About 270 million USD.
const DEAREST: u64 = 1 << 38;

/// One direction of a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Arc {
    pub to: u32,
    /// Position of the world's link.
    pub link: u32,
    /// Whether the arc runs from the link's `from` to its `to`.
    pub forward: bool,
    /// Link and border together, in fixed point.
    pub cost: Cost,
    /// In fixed point.
    pub km: f64,
}

impl Graph {
    pub fn new(world: &World, mode: Mode) -> Graph {
        let network = &world.network;
        let mut vertex = vec![u32::MAX; network.nodes.len()];
        let mut nodes = Vec::new();
        let mut positions = Vec::new();
        for (index, node) in network.nodes.iter().enumerate() {
            if node.mode == mode {
                vertex[index] = nodes.len() as u32;
                nodes.push(index as u32);
                positions.push((node.lon, node.lat));
            }
        }
        let mut found: Vec<(u32, Arc)> = Vec::new();
        for (index, link) in network.links.iter().enumerate() {
            let class = &network.classes[link.class.index()];
            if !link.open || class.mode != mode {
                continue;
            }
            let own = Cost::new(
                link.hours_override.unwrap_or(link.km / class.kmh) + class.fixed_hours,
                link.km * class.usd_per_teu_km + class.fixed_usd_per_teu,
            );
            for (a, b, forward) in [(link.from, link.to, true), (link.to, link.from, false)] {
                let territories = (
                    network.nodes[a.index()].territory,
                    network.nodes[b.index()].territory,
                );
                let crossing = match territories {
                    (Some(x), Some(y)) => border::crossing(world, x, y, mode),
                    _ => Some(Cost::default()),
                };
                if let Some(crossing) = crossing {
                    let cost = own + crossing;
                    let arc = Arc {
                        to: vertex[b.index()],
                        link: index as u32,
                        forward,
                        cost: Cost::new(fixed_point(cost.hours), fixed_point(cost.usd_per_teu)),
                        km: fixed_point(link.km),
                    };
                    found.push((vertex[a.index()], arc));
                }
            }
        }
        found.sort_by_key(|(from, arc)| (*from, arc.to, arc.link));
        let ends = found.iter().map(|(from, arc)| (*from, arc.to));
        Graph {
            mode,
            digraph: Digraph::new(nodes.len(), ends),
            vertex,
            nodes,
            positions,
            arcs: found.into_iter().map(|(_, arc)| arc).collect(),
        }
    }

    /// The vertex of a world node of this mode.
    pub fn vertex(&self, node: NodeId) -> u32 {
        self.vertex[node.index()]
    }

    /// The world node of a vertex.
    pub fn node(&self, vertex: u32) -> NodeId {
        NodeId::from_index(self.nodes[vertex as usize] as usize)
    }

    /// Whether the vertices of another graph are the first of this one's.
    pub fn extends(&self, other: &Graph) -> bool {
        self.nodes.starts_with(&other.nodes)
    }

    /// What every arc costs at a value of time. The deciding cost is generalised cost in
    /// thousandths of a USD: whole numbers, so that which of two journeys is cheaper never depends
    /// on the order of additions.
    pub fn labels(&self, value_of_time: f64) -> Vec<Label> {
        let label = |arc: &Arc| {
            let cost = (arc.cost.generalised(value_of_time) * COST_UNIT).round() as u64;
            Label {
                cost: cost.min(DEAREST),
                sums: [arc.cost.hours, arc.cost.usd_per_teu, arc.km],
            }
        };
        self.arcs.iter().map(label).collect()
    }
}
