//! A network of one mode as a graph in compressed sparse rows.

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
    /// Arcs of vertex v are `first[v]..first[v + 1]`.
    first: Vec<u32>,
    pub arcs: Vec<Arc>,
}

/// One direction of a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Arc {
    pub to: u32,
    pub link: u32,
    /// Whether the arc runs from the link's `from` to its `to`.
    pub forward: bool,
    /// Link and border together.
    pub cost: Cost,
    pub km: f64,
}

impl Graph {
    pub fn new(world: &World, mode: Mode) -> Graph {
        let network = &world.network;
        let mut vertex = vec![u32::MAX; network.nodes.len()];
        let mut nodes = Vec::new();
        for (index, node) in network.nodes.iter().enumerate() {
            if node.mode == mode {
                vertex[index] = nodes.len() as u32;
                nodes.push(index as u32);
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
                    let arc = Arc {
                        to: vertex[b.index()],
                        link: index as u32,
                        forward,
                        cost: own + crossing,
                        km: link.km,
                    };
                    found.push((vertex[a.index()], arc));
                }
            }
        }
        found.sort_by_key(|(from, arc)| (*from, arc.to, arc.link));
        let mut first = vec![0u32; nodes.len() + 1];
        for (from, _) in &found {
            first[*from as usize + 1] += 1;
        }
        for v in 0..nodes.len() {
            first[v + 1] += first[v];
        }
        Graph {
            mode,
            vertex,
            nodes,
            first,
            arcs: found.into_iter().map(|(_, arc)| arc).collect(),
        }
    }

    /// Number of vertices.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The vertex of a world node of this mode.
    pub fn vertex(&self, node: NodeId) -> u32 {
        self.vertex[node.index()]
    }

    /// The world node of a vertex.
    pub fn node(&self, vertex: u32) -> NodeId {
        NodeId::from_index(self.nodes[vertex as usize] as usize)
    }

    /// Positions of a vertex's arcs.
    #[inline]
    pub fn arcs_of(&self, vertex: u32) -> std::ops::Range<usize> {
        self.first[vertex as usize] as usize..self.first[vertex as usize + 1] as usize
    }

    /// Generalised cost of every arc in thousandths of a USD, for a value of time. Whole numbers,
    /// so that which of two journeys is cheaper never depends on the order of additions.
    pub fn metric(&self, value_of_time: f64) -> Vec<u64> {
        self.arcs
            .iter()
            .map(|arc| (arc.cost.generalised(value_of_time) * 1000.0).round() as u64)
            .collect()
    }
}
