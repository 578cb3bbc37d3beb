//! The shortest way by kilometres along the open links of a mode.

use comity_world::{LinkId, Mode, Network, NodeId};
use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

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

/// Links from one node to the other (Dijkstra's algorithm), in order; `None` if there is no way.
pub(crate) fn shortest(
    network: &Network,
    mode: Mode,
    from: NodeId,
    to: NodeId,
) -> Option<Vec<LinkId>> {
    let mut around: HashMap<NodeId, Vec<(LinkId, NodeId, f64)>> = HashMap::new();
    for (index, link) in network.links.iter().enumerate() {
        if link.open && network.mode(link) == mode {
            let id = LinkId::from_index(index);
            around
                .entry(link.from)
                .or_default()
                .push((id, link.to, link.km));
            around
                .entry(link.to)
                .or_default()
                .push((id, link.from, link.km));
        }
    }
    let mut best: HashMap<NodeId, (f64, Option<(LinkId, NodeId)>)> = HashMap::new();
    let mut heap = BinaryHeap::new();
    best.insert(from, (0.0, None));
    heap.push(Reached {
        km: 0.0,
        node: from,
    });
    while let Some(Reached { km, node }) = heap.pop() {
        if node == to {
            break;
        }
        if km > best[&node].0 {
            continue;
        }
        for &(link, next, length) in around.get(&node).into_iter().flatten() {
            let through = km + length;
            if best.get(&next).is_none_or(|(known, _)| through < *known) {
                best.insert(next, (through, Some((link, node))));
                heap.push(Reached {
                    km: through,
                    node: next,
                });
            }
        }
    }
    let mut links = Vec::new();
    let mut at = to;
    while let Some((link, before)) = best.get(&at)?.1 {
        links.push(link);
        at = before;
    }
    links.reverse();
    Some(links)
}
