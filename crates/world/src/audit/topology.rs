//! How the links of a mode hang together.

use super::nearby::Nearby;
use super::{Component, DanglingEnd, Gap, ModeAudit, Parallel, Thresholds, link_at, node_at};
use crate::{LinkId, Mode, NodeId, World};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn of(
    world: &World,
    mode: Mode,
    links: &[LinkId],
    thresholds: &Thresholds,
) -> ModeAudit {
    let network = &world.network;
    let nodes: Vec<usize> = (0..network.nodes.len())
        .filter(|n| network.nodes[*n].mode == mode)
        .collect();
    let mut forest = Forest::new(network.nodes.len());
    let mut ends = vec![0usize; network.nodes.len()];
    let mut between: BTreeMap<(NodeId, NodeId), Vec<usize>> = BTreeMap::new();
    let mut self_loops = vec![];
    for id in links {
        let link = &network.links[id.index()];
        if link.from == link.to {
            self_loops.push(link_at(world, *id));
            continue;
        }
        forest.join(link.from.index(), link.to.index());
        ends[link.from.index()] += 1;
        ends[link.to.index()] += 1;
        let pair = (link.from.min(link.to), link.from.max(link.to));
        between.entry(pair).or_default().push(id.index());
    }
    let (components, component_of) = components(world, &nodes, links, &mut forest);
    let served = served(world);
    let dangling: Vec<usize> = nodes.iter().copied().filter(|n| ends[*n] == 1).collect();
    let is_served = |n: &usize| served.contains(&NodeId::from_index(*n));
    ModeAudit {
        mode,
        nodes: nodes.len(),
        links: links.len(),
        closed_links: links
            .iter()
            .filter(|id| !network.links[id.index()].open)
            .count(),
        km: links.iter().map(|id| network.links[id.index()].km).sum(),
        isolated_nodes: nodes.iter().filter(|n| ends[**n] == 0).count(),
        gaps: gaps(world, &nodes, &components, &component_of, thresholds),
        components,
        dangling_ends: dangling.len(),
        dangling_ends_served: dangling.iter().filter(|n| is_served(n)).count(),
        dangling_near_places: near_places(
            world,
            dangling.iter().copied().filter(|n| !is_served(n)),
            thresholds,
        ),
        self_loops,
        parallel: parallel(world, between),
        long: vec![],
        zero_length: vec![],
        too_short: vec![],
        straight: vec![],
        speeds: vec![],
    }
}

/// Nodes where a place or terminal is.
fn served(world: &World) -> BTreeSet<NodeId> {
    let places = world.places.iter().filter_map(|p| p.road_node);
    let terminals = world.network.terminals.iter();
    places
        .chain(terminals.flat_map(|t| t.road_node.into_iter().chain(t.node)))
        .collect()
}

/// Components, largest first, and for every node of the world the position of its component.
fn components(
    world: &World,
    nodes: &[usize],
    links: &[LinkId],
    forest: &mut Forest,
) -> (Vec<Component>, Vec<usize>) {
    let mut by_root: BTreeMap<usize, Component> = BTreeMap::new();
    for node in nodes {
        let component = by_root
            .entry(forest.root(*node))
            .or_insert_with(|| Component {
                nodes: 0,
                links: 0,
                km: 0.0,
                at: node_at(world, NodeId::from_index(*node)),
                places: vec![],
                terminals: vec![],
            });
        component.nodes += 1;
    }
    for id in links {
        let link = &world.network.links[id.index()];
        if let Some(component) = by_root.get_mut(&forest.root(link.from.index())) {
            component.links += 1;
            component.km += link.km;
        }
    }
    let mut order: Vec<(usize, Component)> = by_root.into_iter().collect();
    order.sort_by_key(|(_, c)| (Reverse(c.nodes), Reverse(c.links), c.at.node));
    let position: BTreeMap<usize, usize> = order
        .iter()
        .enumerate()
        .map(|(at, (root, _))| (*root, at))
        .collect();
    let mut component_of = vec![usize::MAX; world.network.nodes.len()];
    for node in nodes {
        component_of[*node] = position[&forest.root(*node)];
    }
    let mut components: Vec<Component> = order.into_iter().map(|(_, c)| c).collect();
    let small = |node: Option<NodeId>| {
        let at = component_of[node?.index()];
        (at != usize::MAX && at > 0).then_some(at)
    };
    for place in &world.places {
        if let Some(at) = small(place.road_node) {
            components[at].places.push(place.id.clone());
        }
    }
    for terminal in &world.network.terminals {
        let at: BTreeSet<usize> = [small(terminal.road_node), small(terminal.node)]
            .into_iter()
            .flatten()
            .collect();
        for at in at {
            components[at].terminals.push(terminal.id.clone());
        }
    }
    (components, component_of)
}

/// The nearest nodes of every two components that come close.
fn gaps(
    world: &World,
    nodes: &[usize],
    components: &[Component],
    component_of: &[usize],
    thresholds: &Thresholds,
) -> Vec<Gap> {
    let position = |n: usize| (world.network.nodes[n].lon, world.network.nodes[n].lat);
    let tree = Nearby::new(nodes.iter().map(|n| (*n, position(*n).0, position(*n).1)));
    let mut nearest: BTreeMap<(usize, usize), (f64, usize, usize)> = BTreeMap::new();
    // Of two components at least one is not the largest.
    for node in nodes.iter().copied().filter(|n| component_of[*n] > 0) {
        let (lon, lat) = position(node);
        for near in tree.within(lon, lat, thresholds.gap_km) {
            let (own, other) = (component_of[node], component_of[near.index]);
            if own == other || near.km >= thresholds.gap_km {
                continue;
            }
            let pair = (own.min(other), own.max(other));
            // The node of the larger component first.
            let (a, b) = if own < other {
                (node, near.index)
            } else {
                (near.index, node)
            };
            let found = (near.km, a, b);
            nearest
                .entry(pair)
                .and_modify(|best| {
                    if found
                        .0
                        .total_cmp(&best.0)
                        .then((a, b).cmp(&(best.1, best.2)))
                        .is_lt()
                    {
                        *best = found;
                    }
                })
                .or_insert(found);
        }
    }
    let mut gaps: Vec<Gap> = nearest
        .into_iter()
        .map(|((larger, smaller), (km, a, b))| Gap {
            km,
            a: node_at(world, NodeId::from_index(a)),
            b: node_at(world, NodeId::from_index(b)),
            nodes: (components[larger].nodes, components[smaller].nodes),
        })
        .collect();
    gaps.sort_by(|x, y| {
        x.km.total_cmp(&y.km)
            .then((x.a.node, x.b.node).cmp(&(y.a.node, y.b.node)))
    });
    gaps
}

fn near_places(
    world: &World,
    ends: impl Iterator<Item = usize>,
    thresholds: &Thresholds,
) -> Vec<DanglingEnd> {
    let places = world.places.iter().enumerate();
    let tree = Nearby::new(places.map(|(index, p)| (index, p.lon, p.lat)));
    let mut found: Vec<DanglingEnd> = ends
        .filter_map(|node| {
            let at = node_at(world, NodeId::from_index(node));
            let near = tree.nearest(at.lon, at.lat)?;
            (near.km <= thresholds.end_near_place_km).then(|| DanglingEnd {
                at,
                place: world.places[near.index].id.clone(),
                population: world.places[near.index].population,
                km: near.km,
            })
        })
        .collect();
    found.sort_by(|a, b| {
        b.population
            .total_cmp(&a.population)
            .then(a.km.total_cmp(&b.km))
            .then(a.at.node.cmp(&b.at.node))
    });
    found
}

fn parallel(world: &World, between: BTreeMap<(NodeId, NodeId), Vec<usize>>) -> Vec<Parallel> {
    between
        .into_iter()
        .filter(|(_, links)| links.len() > 1)
        .map(|((a, b), links)| {
            let alike = |x: usize, y: usize| {
                let (x, y) = (&world.network.links[x], &world.network.links[y]);
                x.class == y.class
                    && x.km == y.km
                    && x.hours_override == y.hours_override
                    && x.open == y.open
                    && x.passage == y.passage
            };
            Parallel {
                from: node_at(world, a),
                to: node_at(world, b),
                duplicate: (1..links.len()).any(|x| (0..x).any(|y| alike(links[x], links[y]))),
                links,
            }
        })
        .collect()
}

/// Disjoint sets, with path halving and the smaller number as the root.
struct Forest(Vec<usize>);

impl Forest {
    fn new(size: usize) -> Forest {
        Forest((0..size).collect())
    }

    fn root(&mut self, mut node: usize) -> usize {
        while self.0[node] != node {
            self.0[node] = self.0[self.0[node]];
            node = self.0[node];
        }
        node
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
