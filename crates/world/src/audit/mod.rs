//! What looks wrong with a network although every table is valid: islands, gaps, dead ends,
//! impossible lengths, places that no road reaches.
//!
//! A finding is not an error: an island may be an island. Nodes and links are numbered from 0 in
//! the order of their ids in the files.

pub mod lengths;
pub mod nearby;
mod position;
mod service;
mod topology;

use crate::{LinkId, Mode, NodeId, World};
use serde::Serialize;

/// What counts as a finding.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Thresholds {
    /// Two components closer than this have a gap between them, km.
    pub gap_km: f64,
    /// A dead end this close to a place is listed, km.
    pub end_near_place_km: f64,
    /// A land link longer than this is long, km.
    pub long_km: f64,
    /// A place with no node of a land mode within this is far from it, km.
    pub far_km: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds {
            gap_km: 2.0,
            end_near_place_km: 25.0,
            long_km: 200.0,
            far_km: 25.0,
        }
    }
}

/// Everything found in a world's network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Audit {
    /// Modes that have nodes, in the order of [`Mode::ALL`].
    pub modes: Vec<ModeAudit>,
    /// Places far from every node of road or rail, farthest first.
    pub far_places: Vec<FarPlace>,
    /// Places and terminals on nodes where no open link ends, sorted by id.
    pub stranded: Vec<Stranded>,
    /// Closed borders that open links cross, most links first.
    pub closed_crossings: Vec<ClosedCrossing>,
    /// Coordinates off the globe or apparently the wrong way round.
    pub coordinates: Vec<Misplaced>,
}

/// Everything found in the network of one mode.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModeAudit {
    pub mode: Mode,
    pub nodes: usize,
    pub links: usize,
    /// Of which closed. They count as drawn: for components, ends and gaps alike.
    pub closed_links: usize,
    /// Length of all links.
    pub km: f64,
    /// Nodes where no link ends. Each is a component of its own.
    pub isolated_nodes: usize,
    /// Connected components, largest first (by nodes, then links).
    pub components: Vec<Component>,
    /// The nearest nodes of every two components closer than [`Thresholds::gap_km`], nearest first.
    pub gaps: Vec<Gap>,
    /// Nodes where exactly one link ends.
    pub dangling_ends: usize,
    /// Of which with a place or terminal, where lines may well end.
    pub dangling_ends_served: usize,
    /// Those without one but near a place, by the place's population, largest first.
    pub dangling_near_places: Vec<DanglingEnd>,
    /// Links from a node to itself.
    pub self_loops: Vec<LinkAt>,
    /// Pairs of nodes that several links join.
    pub parallel: Vec<Parallel>,
    /// Land links longer than [`Thresholds::long_km`], longest first.
    pub long: Vec<LinkAt>,
    /// Links without length that are no fixed passage (a change of gauge) either.
    pub zero_length: Vec<LinkAt>,
    /// Links shorter than the great circle between their ends, by more than
    /// [`lengths::SHORT_SHARE`] and [`lengths::SHORT_KM`], most missing first.
    pub too_short: Vec<Length>,
    /// Land links exactly as long as the great circle, longest first: nobody measured them.
    pub straight: Vec<Length>,
    /// Links whose own hours imply a speed outside the range of their class.
    pub speeds: Vec<Speed>,
}

/// A node, and where it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeAt {
    pub node: usize,
    /// Territory; `None` at sea.
    pub iso3: Option<String>,
    pub lon: f64,
    pub lat: f64,
}

/// A link, and where it begins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkAt {
    pub link: usize,
    pub class: String,
    pub km: f64,
    pub from: NodeAt,
    pub to: NodeAt,
}

/// A connected component of a mode.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Component {
    pub nodes: usize,
    pub links: usize,
    pub km: f64,
    /// Its first node.
    pub at: NodeAt,
    /// Ids of places on its nodes; not listed for the largest component.
    pub places: Vec<String>,
    /// Ids of terminals on its nodes; not listed for the largest component.
    pub terminals: Vec<String>,
}

/// Two nodes of different components close to each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    pub km: f64,
    pub a: NodeAt,
    pub b: NodeAt,
    /// Sizes of the two components, in nodes.
    pub nodes: (usize, usize),
}

/// A node where one link ends, near a place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DanglingEnd {
    pub at: NodeAt,
    pub place: String,
    pub population: f64,
    pub km: f64,
}

/// Links between the same two nodes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parallel {
    pub from: NodeAt,
    pub to: NodeAt,
    pub links: Vec<usize>,
    /// Whether two of them are alike in everything: a duplicate.
    pub duplicate: bool,
}

/// A link's length against the great circle between its ends.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Length {
    #[serde(flatten)]
    pub link: LinkAt,
    pub great_circle_km: f64,
}

/// The speed that a link's own hours imply.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Speed {
    #[serde(flatten)]
    pub link: LinkAt,
    pub hours: f64,
    /// `None` where the hours are 0.
    pub kmh: Option<f64>,
    pub kmh_range: (f64, f64),
}

/// A place far from a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FarPlace {
    pub place: String,
    pub name: String,
    pub iso3: String,
    pub lon: f64,
    pub lat: f64,
    /// To the nearest node; `None` where the mode has none.
    pub rail_km: Option<f64>,
    pub road_km: Option<f64>,
}

/// A place or terminal on a node where nothing can arrive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stranded {
    /// `place` or the kind of terminal.
    pub kind: String,
    pub id: String,
    /// Mode of the node.
    pub mode: Mode,
    pub at: NodeAt,
}

/// A closed border that open links cross.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClosedCrossing {
    pub from: String,
    pub to: String,
    pub mode: Mode,
    pub links: Vec<usize>,
}

/// A coordinate that cannot be right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Misplaced {
    /// `node`, `place` or the kind of terminal.
    pub kind: String,
    /// Number of the node, or id.
    pub id: String,
    pub lon: f64,
    pub lat: f64,
    pub fault: CoordinateFault,
}

/// What is wrong with a coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoordinateFault {
    /// Longitude outside ±180 or latitude outside ±90.
    OutOfRange,
    /// Far from what it belongs to, but close once longitude and latitude change places.
    Swapped,
}

/// Look for everything that seems wrong.
pub fn audit(world: &World, thresholds: &Thresholds) -> Audit {
    let modes = Mode::ALL
        .into_iter()
        .filter(|mode| world.network.nodes.iter().any(|n| n.mode == *mode))
        .map(|mode| {
            let links = of_mode(world, mode);
            let mut found = topology::of(world, mode, &links, thresholds);
            lengths::add(world, &links, thresholds, &mut found);
            found
        })
        .collect();
    Audit {
        modes,
        far_places: position::far_places(world, thresholds),
        stranded: service::stranded(world),
        closed_crossings: service::closed_crossings(world),
        coordinates: position::misplaced(world),
    }
}

fn of_mode(world: &World, mode: Mode) -> Vec<LinkId> {
    let links = world.network.links.iter().enumerate();
    links
        .filter(|(_, link)| world.network.mode(link) == mode)
        .map(|(index, _)| LinkId::from_index(index))
        .collect()
}

fn node_at(world: &World, node: NodeId) -> NodeAt {
    let found = &world.network.nodes[node.index()];
    NodeAt {
        node: node.index(),
        iso3: found
            .territory
            .map(|t| world.territories[t.index()].iso3.clone()),
        lon: found.lon,
        lat: found.lat,
    }
}

fn link_at(world: &World, id: LinkId) -> LinkAt {
    let link = &world.network.links[id.index()];
    LinkAt {
        link: id.index(),
        class: world.network.classes[link.class.index()].class.clone(),
        km: link.km,
        from: node_at(world, link.from),
        to: node_at(world, link.to),
    }
}
