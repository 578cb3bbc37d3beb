//! From the name of an end to a node of the network.

use super::Resolver;
use crate::apply::Op;
use crate::describe::number;
use crate::modification::{End, Site, TerminalRole};
use crate::place::KeyPath;
use comity_world::transport::great_circle_km;
use comity_world::{Link, Mode, Node, NodeId, PlaceId, TerritoryId};
use std::collections::BTreeMap;

/// How far from a place its node of a mode may be, kilometres in a straight line.
pub(crate) const REACH_KM: f64 = 60.0;

/// How far apart the tracks of two gauges at one station may be, kilometres.
const STATION_KM: f64 = 5.0;

/// An end that the scenario builds: a site of its own, or a gauge change at a place.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    pub name: String,
    lon: f64,
    lat: f64,
    territory: Option<TerritoryId>,
    /// Its nodes; the gauge is 0 where not rail.
    nodes: BTreeMap<(Mode, u16), NodeId>,
    gauge_change: bool,
    defined: KeyPath,
}

/// What an end is.
#[derive(Clone, Debug)]
pub(crate) enum Spot {
    Built(String),
    Place(PlaceId),
}

fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

impl Resolver<'_> {
    /// The place or built end of this name.
    pub(super) fn spot(&mut self, key: &str, name: &str) -> Option<Spot> {
        if self.sites.contains_key(&fold(name)) {
            return Some(Spot::Built(fold(name)));
        }
        match self.world.find_places(name).as_slice() {
            [only] => Some(Spot::Place(*only)),
            [] => {
                if !self.scenario.lost_names.contains(&fold(name)) {
                    let mut close = self.world.suggest_places(name);
                    let sites = self.sites.values().map(|s| s.name.as_str());
                    close.extend(comity_world::problem::closest(name, sites, 2));
                    let mut found = self.at(key, "unknown place").value(name);
                    found = if close.is_empty() {
                        found.help("give a new end as { name, lon, lat }")
                    } else {
                        found.help(format!("did you mean {}?", close.join(", ")))
                    };
                    self.problems.push(found);
                }
                None
            }
            several => {
                let names: Vec<String> = several
                    .iter()
                    .map(|id| {
                        let place = &self.world.places[id.index()];
                        format!(
                            "\"{}, {}\"",
                            place.name,
                            self.territory_name(place.territory)
                        )
                    })
                    .collect();
                let found = self
                    .at(key, "several places have this name")
                    .value(name)
                    .help(format!("write {}", names.join(" or ")));
                self.problems.push(found);
                None
            }
        }
    }

    /// The node where a new link ends, made if need be; its name goes into sentences.
    pub(super) fn end(
        &mut self,
        key: &str,
        end: &End,
        mode: Mode,
        gauge: Option<u16>,
    ) -> Option<NodeId> {
        let spot = match end {
            End::Site(site) if site.lon.is_some() => self.new_site(key, site)?,
            _ => self.spot(key, end.name())?,
        };
        let site = match end {
            End::Site(site) => Some(site),
            End::Place(_) => None,
        };
        let node = match &spot {
            Spot::Built(name) => self.node_of_site(key, name, mode, gauge, site)?,
            Spot::Place(place) => self.node_of_place(key, *place, mode, gauge, site)?,
        };
        if let Some(site) = site.filter(|s| s.has(TerminalRole::Rail)) {
            self.rail_terminal(key, site, &spot, node);
        }
        Some(node)
    }

    /// Define a site of its own, or find it again.
    fn new_site(&mut self, key: &str, site: &Site) -> Option<Spot> {
        let (lon, lat) = (site.lon?, site.lat?);
        let name = fold(&site.name);
        if let Some(known) = self.sites.get_mut(&name) {
            if (known.lon, known.lat) == (lon, lat) {
                known.gauge_change |= site.has(TerminalRole::GaugeChange);
                return Some(Spot::Built(name));
            }
            let first = self.scenario.lines.of(&known.defined).unwrap_or(0);
            let found = self
                .at(
                    key,
                    format!("another end of this name, elsewhere, is in line {first}"),
                )
                .value(&site.name);
            self.problems.push(found);
            return None;
        }
        let territory = match &site.iso3 {
            Some(iso3) => {
                let found = self.world.territory(iso3);
                if found.is_none() {
                    let path = self.path.child(key).child("iso3");
                    let problem = self.scenario.problem(&path, "unknown territory");
                    let problem = self.unknown_territory(problem, iso3);
                    self.problems.push(problem);
                }
                found
            }
            None => self.territory_near(lon, lat),
        };
        let built = Built {
            name: site.name.trim().to_owned(),
            lon,
            lat,
            territory,
            nodes: BTreeMap::new(),
            gauge_change: site.has(TerminalRole::GaugeChange),
            defined: self.path.child(key),
        };
        self.sites.insert(name.clone(), built);
        Some(Spot::Built(name))
    }

    /// Territory of the nearest node on land.
    fn territory_near(&self, lon: f64, lat: f64) -> Option<TerritoryId> {
        self.world
            .network
            .nodes
            .iter()
            .filter_map(|n| Some((n.territory?, great_circle_km(lon, lat, n.lon, n.lat))))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(territory, _)| territory)
    }

    fn node_of_site(
        &mut self,
        key: &str,
        name: &str,
        mode: Mode,
        gauge: Option<u16>,
        again: Option<&Site>,
    ) -> Option<NodeId> {
        let wanted = (mode, gauge.unwrap_or(0));
        if again.is_some_and(|s| s.has(TerminalRole::GaugeChange))
            && let Some(site) = self.sites.get_mut(name)
        {
            site.gauge_change = true;
        }
        let site = self.sites.get(name)?.clone();
        if let Some(node) = site.nodes.get(&wanted) {
            return Some(*node);
        }
        let other = site.nodes.iter().find(|(k, _)| k.0 == mode);
        let other = other.map(|(k, node)| (k.1, *node));
        if let (Some((gauge, _)), false) = (other, site.gauge_change) {
            let found = self.other_gauge(key, &site.name, wanted.1, gauge);
            self.problems.push(found);
            return None;
        }
        let node = self.add_node(Node {
            mode,
            territory: if mode == Mode::Sea {
                None
            } else {
                site.territory
            },
            lon: site.lon,
            lat: site.lat,
            gauge_mm: gauge,
        });
        if let Some(site) = self.sites.get_mut(name) {
            site.nodes.insert(wanted, node);
        }
        if let Some((_, other)) = other {
            self.gauge_change(key, node, other)?;
        }
        Some(node)
    }

    fn other_gauge(&self, key: &str, name: &str, wanted: u16, there: u16) -> comity_world::Problem {
        self.at(
            key,
            format!("the tracks at {name} are of {there} mm, the new ones of {wanted} mm"),
        )
        .help(format!(
            "to change gauge there, give the end as {{ name = {name:?}, terminal = \"gauge-change\" }}"
        ))
    }

    /// The node of a mode at a place: that of its terminal, else the nearest within reach.
    fn node_of_place(
        &mut self,
        key: &str,
        id: PlaceId,
        mode: Mode,
        gauge: Option<u16>,
        site: Option<&Site>,
    ) -> Option<NodeId> {
        let place = self.world.places[id.index()].clone();
        let changes = site.is_some_and(|s| s.has(TerminalRole::GaugeChange));
        let same = self.place_node(id, mode, gauge);
        let other = self.place_node(id, mode, None);
        let wanted = gauge.unwrap_or(0);
        let node = match (same, other) {
            (Ok(node), _) => node,
            (Err(_), Ok(other)) if changes => {
                let beside = self.world.network.nodes[other.index()].clone();
                let node = self.add_node(Node {
                    gauge_mm: gauge,
                    ..beside
                });
                self.gauge_change(key, node, other)?;
                return Some(node);
            }
            (Err(_), Ok(other)) => {
                let there = self.world.network.nodes[other.index()]
                    .gauge_mm
                    .unwrap_or(0);
                let found = self.other_gauge(key, &place.name, wanted, there);
                self.problems.push(found);
                return None;
            }
            (Err(nearest), Err(_)) => {
                let found = self.nowhere(key, &place.name, mode, nearest);
                self.problems.push(found);
                return None;
            }
        };
        if changes && let Some(other) = self.other_gauge_beside(node) {
            if !self.joined(node, other) {
                self.gauge_change(key, node, other)?;
            }
        } else if changes {
            let name = fold(&place.name);
            let built = Built {
                name: place.name.clone(),
                lon: place.lon,
                lat: place.lat,
                territory: Some(place.territory),
                nodes: BTreeMap::from([((mode, wanted), node)]),
                gauge_change: true,
                defined: self.path.child(key),
            };
            self.sites.insert(name, built);
        }
        Some(node)
    }

    /// The nearest rail node of another gauge that belongs to the same station.
    fn other_gauge_beside(&self, id: NodeId) -> Option<NodeId> {
        let nodes = &self.world.network.nodes;
        let node = &nodes[id.index()];
        nodes
            .iter()
            .enumerate()
            .filter(|(_, n)| n.mode == Mode::Rail && n.gauge_mm != node.gauge_mm)
            .map(|(at, n)| (at, great_circle_km(node.lon, node.lat, n.lon, n.lat)))
            .filter(|(_, km)| *km <= STATION_KM)
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(at, _)| NodeId::from_index(at))
    }

    fn joined(&self, a: NodeId, b: NodeId) -> bool {
        let links = &self.world.network.links;
        links
            .iter()
            .any(|l| l.open && ((l.from, l.to) == (a, b) || (l.from, l.to) == (b, a)))
    }

    pub(super) fn nowhere(
        &self,
        key: &str,
        name: &str,
        mode: Mode,
        nearest: Option<f64>,
    ) -> comity_world::Problem {
        let mode = mode.label();
        let message =
            format!("a link to nowhere: no {mode} node lies within {REACH_KM} km of {name}");
        let help = match nearest {
            Some(km) => format!(
                "the nearest is {} km away; a new line can begin at {{ name, lon, lat }}",
                number(km.round())
            ),
            None => format!("this world has no {mode} node at all"),
        };
        self.at(key, message).help(help)
    }

    /// The node of a mode (and gauge) for a place, or how far the nearest is.
    pub(super) fn place_node(
        &self,
        id: PlaceId,
        mode: Mode,
        gauge: Option<u16>,
    ) -> Result<NodeId, Option<f64>> {
        let place = &self.world.places[id.index()];
        let network = &self.world.network;
        let fits = |node: &Node| node.mode == mode && (gauge.is_none() || node.gauge_mm == gauge);
        let own = match mode {
            Mode::Road => place.road_node,
            _ => {
                let kind = if mode == Mode::Rail { "rail" } else { "port" };
                let id = format!("{kind}:{}", place.id);
                network
                    .terminals
                    .binary_search_by(|t| t.id.as_str().cmp(&id))
                    .ok()
                    .and_then(|at| network.terminals[at].node)
            }
        };
        if let Some(node) = own.filter(|n| fits(&network.nodes[n.index()])) {
            return Ok(node);
        }
        let nearest = network
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| fits(node))
            .map(|(at, n)| (at, great_circle_km(place.lon, place.lat, n.lon, n.lat)))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        match nearest {
            Some((at, km)) if km <= REACH_KM => Ok(NodeId::from_index(at)),
            Some((_, km)) => Err(Some(km)),
            None => Err(None),
        }
    }

    /// An existing node of a mode at a spot, of whatever gauge, for the ends of a way.
    pub(super) fn existing_node(&mut self, key: &str, name: &str, mode: Mode) -> Option<NodeId> {
        match self.spot(key, name)? {
            Spot::Built(built) => {
                let site = self.sites.get(&built)?;
                let node = site.nodes.iter().find(|(k, _)| k.0 == mode);
                let node = node.map(|(_, node)| *node);
                if node.is_none() {
                    let message = format!("a link to nowhere: {name} has no {} node", mode.label());
                    let found = self.at(key, message);
                    self.problems.push(found);
                }
                node
            }
            Spot::Place(place) => match self.place_node(place, mode, None) {
                Ok(node) => Some(node),
                Err(nearest) => {
                    let name = self.world.places[place.index()].name.clone();
                    let found = self.nowhere(key, &name, mode, nearest);
                    self.problems.push(found);
                    None
                }
            },
        }
    }

    fn add_node(&mut self, node: Node) -> NodeId {
        let id = NodeId::from_index(self.world.network.nodes.len());
        self.emit(Op::AddNode(node));
        id
    }

    /// Join two coincident rail nodes of different gauge.
    fn gauge_change(&mut self, key: &str, from: NodeId, to: NodeId) -> Option<()> {
        let Some(class) = self.world.network.class(Mode::Rail, "gauge-change") else {
            let found = self.at(
                key,
                "this world has no class gauge-change for rail, so containers cannot change gauge",
            );
            self.problems.push(found);
            return None;
        };
        self.emit(Op::AddLink(Link {
            from,
            to,
            class,
            km: 0.0,
            hours_override: None,
            passage: None,
            open: true,
            shape: String::new(),
        }));
        Some(())
    }

    /// A gauge change that only tracks of one gauge reach changes nothing.
    pub(super) fn gauge_changes_are_complete(&mut self) {
        for site in self.sites.values() {
            let gauges = site.nodes.keys().filter(|k| k.0 == Mode::Rail).count();
            if site.gauge_change && gauges == 1 {
                let message = format!(
                    "tracks of only one gauge reach the gauge change {}",
                    site.name
                );
                let found = self.scenario.problem(&site.defined, message);
                self.problems.push(found);
            }
        }
    }

    /// Where an end is: (name, territory, lon, lat, id for terminals).
    pub(super) fn whereabouts(
        &self,
        spot: &Spot,
    ) -> Option<(String, Option<TerritoryId>, f64, f64, String)> {
        Some(match spot {
            Spot::Built(name) => {
                let site = self.sites.get(name)?;
                let id = crate::parse::slug(&site.name);
                (site.name.clone(), site.territory, site.lon, site.lat, id)
            }
            Spot::Place(id) => {
                let p = &self.world.places[id.index()];
                (
                    p.name.clone(),
                    Some(p.territory),
                    p.lon,
                    p.lat,
                    p.id.clone(),
                )
            }
        })
    }
}
