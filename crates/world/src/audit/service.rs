//! Places and terminals that nothing reaches; links across borders that are closed.

use super::{ClosedCrossing, Stranded, node_at};
use crate::{NodeId, TerritoryId, World};
use std::cmp::Reverse;
use std::collections::BTreeMap;

pub(super) fn stranded(world: &World) -> Vec<Stranded> {
    let network = &world.network;
    let mut reached = vec![false; network.nodes.len()];
    for link in network.links.iter().filter(|l| l.open && l.from != l.to) {
        reached[link.from.index()] = true;
        reached[link.to.index()] = true;
    }
    let mut found = vec![];
    let mut look = |kind: &str, id: &str, node: Option<NodeId>| {
        if let Some(node) = node.filter(|n| !reached[n.index()]) {
            found.push(Stranded {
                kind: kind.to_owned(),
                id: id.to_owned(),
                mode: network.nodes[node.index()].mode,
                at: node_at(world, node),
            });
        }
    };
    for place in &world.places {
        look("place", &place.id, place.road_node);
    }
    for terminal in &network.terminals {
        look(terminal.kind.label(), &terminal.id, terminal.road_node);
        look(terminal.kind.label(), &terminal.id, terminal.node);
    }
    found
}

pub(super) fn closed_crossings(world: &World) -> Vec<ClosedCrossing> {
    let network = &world.network;
    let mut across: BTreeMap<(TerritoryId, TerritoryId, crate::Mode), Vec<usize>> = BTreeMap::new();
    for (index, link) in network.links.iter().enumerate().filter(|(_, l)| l.open) {
        let territory = |node: NodeId| network.nodes[node.index()].territory;
        let (Some(a), Some(b)) = (territory(link.from), territory(link.to)) else {
            continue;
        };
        // Links go both ways, so a link crosses in both directions.
        for (from, to) in [(a, b), (b, a)] {
            let mode = network.mode(link);
            if from != to && network.border(from, to, mode).is_some_and(|b| !b.open) {
                across.entry((from, to, mode)).or_default().push(index);
            }
        }
    }
    let label = |t: TerritoryId| world.territories[t.index()].iso3.clone();
    let mut found: Vec<ClosedCrossing> = across
        .into_iter()
        .map(|((from, to, mode), links)| ClosedCrossing {
            from: label(from),
            to: label(to),
            mode,
            links,
        })
        .collect();
    found.sort_by_key(|c| Reverse(c.links.len()));
    found
}
