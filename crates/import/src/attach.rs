//! Where places and terminals meet a network that is new.

use crate::raw::Intake;
use crate::{Options, Unattached};
use comity_world::audit::nearby::{Near, Nearby};
use comity_world::transport::great_circle_km;
use comity_world::{Mode, NodeId, TerminalKind, TerritoryId, World};

/// Truck kilometres per great-circle kilometre off the network, as for the default world.
const DETOUR: f64 = 1.3;

/// Attach places and terminals to the network of the mode imported. Of the nodes within reach, the
/// nearest with a link in the same territory is taken, else the nearest with a link, else the
/// nearest.
pub(crate) fn all(world: &mut World, old: &World, options: &Options, intake: &mut Intake) {
    let finder = Finder::new(world, options);
    let unattached = &mut intake.report.unattached;
    if options.mode == Mode::Road {
        for place in &mut world.places {
            place.road_node = match finder.find(place.lon, place.lat, place.territory) {
                Ok(near) => Some(NodeId::from_index(near.index)),
                Err(km) => {
                    unattached.push(Unattached {
                        kind: "place".to_owned(),
                        id: place.id.clone(),
                        km,
                        removed: false,
                    });
                    None
                }
            };
        }
    }
    let nodes = &world.network.nodes;
    world.network.terminals.retain_mut(|terminal| {
        let wanted = match options.mode {
            Mode::Rail => terminal.kind == TerminalKind::Rail,
            _ => true,
        };
        if !wanted {
            return true;
        }
        let found = finder.find(terminal.lon, terminal.lat, terminal.territory);
        let removed = options.mode == Mode::Rail && found.is_err();
        if let Err(km) = found {
            unattached.push(Unattached {
                kind: terminal.kind.label().to_owned(),
                id: terminal.id.clone(),
                km,
                removed,
            });
        }
        let node = found.ok().map(|near| NodeId::from_index(near.index));
        if options.mode == Mode::Rail {
            terminal.node = node;
            return !removed;
        }
        terminal.road_node = node;
        let before = old
            .network
            .terminals
            .binary_search_by(|t| t.id.cmp(&terminal.id));
        let before = before
            .ok()
            .and_then(|at| old.network.terminals[at].road_node);
        if let Some(node) = node {
            let now = &nodes[node.index()];
            // Where the road meets it in the same spot as before, so is the way to it.
            let same = before.is_some_and(|b| {
                let then = &old.network.nodes[b.index()];
                great_circle_km(then.lon, then.lat, now.lon, now.lat) < 1e-6
            });
            if !same {
                let direct = great_circle_km(terminal.lon, terminal.lat, now.lon, now.lat);
                terminal.access_km = (direct * DETOUR * 10.0).round() / 10.0;
            }
        }
        true
    });
}

struct Finder {
    tree: Nearby,
    linked: Vec<bool>,
    territory: Vec<Option<TerritoryId>>,
    reach_km: f64,
}

impl Finder {
    fn new(world: &World, options: &Options) -> Finder {
        let network = &world.network;
        let mut linked = vec![false; network.nodes.len()];
        for link in &network.links {
            linked[link.from.index()] = true;
            linked[link.to.index()] = true;
        }
        let nodes = network.nodes.iter().enumerate();
        let of_mode = nodes.filter(|(_, n)| n.mode == options.mode);
        Finder {
            tree: Nearby::new(of_mode.map(|(at, n)| (at, n.lon, n.lat))),
            linked,
            territory: network.nodes.iter().map(|n| n.territory).collect(),
            reach_km: options.attach_km,
        }
    }

    /// The node for a point, or how far the nearest is.
    fn find(&self, lon: f64, lat: f64, territory: TerritoryId) -> Result<Near, Option<f64>> {
        let near = self.tree.within(lon, lat, self.reach_km);
        let own = |n: &&Near| self.linked[n.index] && self.territory[n.index] == Some(territory);
        near.iter()
            .find(own)
            .or_else(|| near.iter().find(|n| self.linked[n.index]))
            .or(near.first())
            .copied()
            .ok_or_else(|| self.tree.nearest(lon, lat).map(|n| n.km))
    }
}
