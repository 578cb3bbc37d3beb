//! The shortest way by kilometres along the open links of a mode.

use comity_world::{LinkId, Mode, Network, NodeId};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

#[derive(PartialEq)]
struct Reached {
    km: f64,
    node: NodeId,
}

impl Eq for Reached {}

impl Ord for Reached {
    fn cmp(&self, other: &Self) -> Ordering {
        // The heap gives the greatest first; we want the nearest, and ties by node.
        other
            .km
            .total_cmp(&self.km)
            .then_with(|| other.node.cmp(&self.node))
    }
}

impl PartialOrd for Reached {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// No link yet.
const NONE: u32 = u32::MAX;

/// Links from one node to the other (Dijkstra's algorithm), in order; `None` if there is no way.
pub(crate) fn shortest(
    network: &Network,
    mode: Mode,
    from: NodeId,
    to: NodeId,
) -> Option<Vec<LinkId>> {
    let around = Around::new(network, mode);
    let nodes = network.nodes.len();
    let mut km_to = vec![f64::INFINITY; nodes];
    let mut by = vec![NONE; nodes];
    let mut heap = BinaryHeap::new();
    km_to[from.index()] = 0.0;
    heap.push(Reached {
        km: 0.0,
        node: from,
    });
    while let Some(Reached { km, node }) = heap.pop() {
        if node == to {
            break;
        }
        if km > km_to[node.index()] {
            continue;
        }
        for &id in around.of(node) {
            let link = &network.links[id as usize];
            let next = if link.from == node {
                link.to
            } else {
                link.from
            };
            let through = km + link.km;
            if through < km_to[next.index()] {
                km_to[next.index()] = through;
                by[next.index()] = id;
                heap.push(Reached {
                    km: through,
                    node: next,
                });
            }
        }
    }
    if km_to[to.index()].is_infinite() {
        return None;
    }
    let mut links = Vec::new();
    let mut at = to;
    while at != from {
        let id = by[at.index()];
        let link = &network.links[id as usize];
        at = if link.to == at { link.from } else { link.to };
        links.push(LinkId::from_index(id as usize));
    }
    links.reverse();
    Some(links)
}

/// The open links of a mode at every node, in the order of links: compressed sparse rows, since a
/// programme of many projects looks for many ways.
struct Around {
    first: Vec<u32>,
    links: Vec<u32>,
}

impl Around {
    fn new(network: &Network, mode: Mode) -> Around {
        let open = || {
            network
                .links
                .iter()
                .enumerate()
                .filter(|(_, link)| link.open && network.mode(link) == mode)
        };
        let mut first = vec![0u32; network.nodes.len() + 1];
        for (_, link) in open() {
            first[link.from.index() + 1] += 1;
            first[link.to.index() + 1] += 1;
        }
        for node in 0..network.nodes.len() {
            first[node + 1] += first[node];
        }
        let mut next = first.clone();
        let mut links = vec![0u32; first[network.nodes.len()] as usize];
        for (index, link) in open() {
            for end in [link.from, link.to] {
                let at = &mut next[end.index()];
                links[*at as usize] = index as u32;
                *at += 1;
            }
        }
        Around { first, links }
    }

    fn of(&self, node: NodeId) -> &[u32] {
        let at = node.index();
        &self.links[self.first[at] as usize..self.first[at + 1] as usize]
    }
}
