//! What can be closed, and finding it by name.

use super::by_place;
use comity_network::Selection;
use comity_world::transport::great_circle_km;
use comity_world::{
    Border, Link, LinkId, Mode, Network, PlaceId, Problem, TerminalId, TerminalKind, TerritoryId,
    World, polyline, problem,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Border links within so many kilometres of a place are its crossing.
const CROSSING_KM: f64 = 40.0;
const PROBLEM: &str = "nothing of this name can be closed";

/// What is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Link,
    Border,
    Port,
    Passage,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 4] = [Kind::Link, Kind::Border, Kind::Port, Kind::Passage];

    /// The label used in tables and on the command line.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Link => "link",
            Kind::Border => "border",
            Kind::Port => "port",
            Kind::Passage => "passage",
        }
    }

    /// The kind with this label.
    pub fn parse(label: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.label() == label)
    }
}

/// Something closed as one, in both directions, for the whole year.
#[derive(Clone, Debug, PartialEq)]
pub struct Closing {
    pub kind: Kind,
    /// What [`resolve`] finds it by.
    pub item: String,
    /// In words.
    pub label: String,
    /// ISO codes of the territories it lies in or between, sorted.
    pub iso3: Vec<String>,
    pub(crate) links: Vec<LinkId>,
    /// Each pair once, the smaller first.
    pub(crate) borders: Vec<(TerritoryId, TerritoryId, Mode)>,
    pub(crate) ports: Vec<TerminalId>,
}

impl Closing {
    /// Close it. A closed port serves no ship: its dwell is infinite, and ships may still pass it.
    pub(crate) fn shut(&self, world: &mut World) {
        for id in &self.links {
            world.network.links[id.index()].open = false;
        }
        for (a, b, mode) in &self.borders {
            for (from, to) in [(*a, *b), (*b, *a)] {
                shut_border(world, from, to, *mode);
            }
        }
        for id in &self.ports {
            let port = &mut world.network.terminals[id.index()];
            port.hours = f64::INFINITY;
            port.usd_per_teu = f64::INFINITY;
        }
    }

    /// The links, ports and crossings of some of these in a world, as journeys use them.
    pub(crate) fn selection(world: &World, chosen: &[Closing]) -> Selection {
        let mut selection = Selection::default();
        for closing in chosen {
            selection.links.extend(&closing.links);
            selection.ports.extend(&closing.ports);
            selection.crossings.extend(&closing.borders);
        }
        let over: BTreeSet<_> = selection.crossings.iter().copied().collect();
        let crossing = world.network.links.iter().enumerate().filter(|(_, link)| {
            crosses(&world.network, link).is_some_and(|pair| over.contains(&pair))
        });
        selection
            .links
            .extend(crossing.map(|(at, _)| LinkId::from_index(at)));
        selection
    }

    /// Lines on the map (lon, lat): its links, the links over its borders, or the port's point.
    pub(crate) fn lines(&self, world: &World) -> Vec<Vec<(f64, f64)>> {
        let network = &world.network;
        let mut lines: Vec<Vec<(f64, f64)>> = self
            .links
            .iter()
            .map(|id| line(network, &network.links[id.index()]))
            .collect();
        let over: BTreeSet<_> = self.borders.iter().copied().collect();
        if !over.is_empty() {
            for link in &network.links {
                if crosses(network, link).is_some_and(|pair| over.contains(&pair)) {
                    lines.push(line(network, link));
                }
            }
        }
        for id in &self.ports {
            let port = &network.terminals[id.index()];
            lines.push(vec![(port.lon, port.lat)]);
        }
        lines
    }

    pub(crate) fn passage(world: &World, name: &str) -> Closing {
        let links = &world.network.links;
        Closing {
            kind: Kind::Passage,
            item: format!("passage:{name}"),
            label: name.to_owned(),
            iso3: vec![],
            links: (0..links.len())
                .filter(|at| links[*at].open && links[*at].passage.as_deref() == Some(name))
                .map(LinkId::from_index)
                .collect(),
            borders: vec![],
            ports: vec![],
        }
    }

    pub(crate) fn border(
        world: &World,
        pair: (TerritoryId, TerritoryId),
        modes: &[Mode],
    ) -> Closing {
        let territory = |t: TerritoryId| &world.territories[t.index()];
        let (a, b) = (pair.0.min(pair.1), pair.0.max(pair.1));
        let labels: Vec<&str> = modes.iter().map(|m| m.label()).collect();
        let (mut item, codes) = (String::new(), [territory(a), territory(b)]);
        item.push_str(&format!("{}-{}", codes[0].iso3, codes[1].iso3));
        if let [one] = modes {
            item.push_str(&format!(":{}", one.label()));
        }
        Closing {
            kind: Kind::Border,
            item,
            label: format!(
                "{} – {} ({})",
                codes[0].name,
                codes[1].name,
                labels.join(", ")
            ),
            iso3: codes.map(|t| t.iso3.clone()).to_vec(),
            links: vec![],
            borders: modes.iter().map(|mode| (a, b, *mode)).collect(),
            ports: vec![],
        }
    }

    pub(crate) fn port(world: &World, id: TerminalId) -> Closing {
        let port = &world.network.terminals[id.index()];
        let iso3 = world.territories[port.territory.index()].iso3.clone();
        Closing {
            kind: Kind::Port,
            item: port.id.clone(),
            label: format!("port {}, {iso3}", port.name),
            iso3: vec![iso3],
            links: vec![],
            borders: vec![],
            ports: vec![id],
        }
    }

    pub(crate) fn link(world: &World, id: LinkId) -> Closing {
        let network = &world.network;
        let link = &network.links[id.index()];
        let iso3: BTreeSet<String> = [link.from, link.to]
            .iter()
            .filter_map(|node| network.nodes[node.index()].territory)
            .map(|t| world.territories[t.index()].iso3.clone())
            .collect();
        let iso3: Vec<String> = iso3.into_iter().collect();
        let (a, b) = (nearest(world, link.from), nearest(world, link.to));
        let near = match (a, b) {
            (Some(a), Some(b)) if a == b => format!(" near {a}"),
            (Some(a), Some(b)) => format!(" between {a} and {b}"),
            _ => String::new(),
        };
        let lies = if iso3.is_empty() {
            "at sea".to_owned()
        } else {
            iso3.join("–")
        };
        Closing {
            kind: Kind::Link,
            item: format!("link:{}", id.index()),
            label: format!("{}{near}, {lies}", network.mode(link).label()),
            iso3,
            links: vec![id],
            borders: vec![],
            ports: vec![],
        }
    }
}

/// The place nearest to a node.
fn nearest(world: &World, node: comity_world::NodeId) -> Option<&str> {
    let node = &world.network.nodes[node.index()];
    let km = |p: &&comity_world::Place| great_circle_km(p.lon, p.lat, node.lon, node.lat);
    let places = world.places.iter();
    let found = places.min_by(|a, b| km(a).total_cmp(&km(b)))?;
    Some(&found.name)
}

fn shut_border(world: &mut World, from: TerritoryId, to: TerritoryId, mode: Mode) {
    let borders = &mut world.network.borders;
    match borders.binary_search_by(|b| (b.from, b.to, b.mode).cmp(&(from, to, mode))) {
        Ok(at) => borders[at].open = false,
        Err(at) => borders.insert(
            at,
            Border {
                from,
                to,
                mode,
                hours: 0.0,
                usd_per_teu: 0.0,
                open: false,
                source: String::new(),
            },
        ),
    }
}

fn line(network: &Network, link: &Link) -> Vec<(f64, f64)> {
    let end = |node: comity_world::NodeId| {
        let node = &network.nodes[node.index()];
        (node.lon, node.lat)
    };
    let mut line = vec![end(link.from)];
    line.extend(polyline::decode(&link.shape).unwrap_or_default());
    line.push(end(link.to));
    line
}

/// The border that an open link crosses, the smaller territory first.
pub(crate) fn crosses(network: &Network, link: &Link) -> Option<(TerritoryId, TerritoryId, Mode)> {
    let territory = |node: comity_world::NodeId| network.nodes[node.index()].territory;
    let (a, b) = (territory(link.from)?, territory(link.to)?);
    (link.open && a != b).then(|| (a.min(b), a.max(b), network.mode(link)))
}

/// Whether goods may cross in one direction at least.
pub(crate) fn is_open(network: &Network, (a, b, mode): (TerritoryId, TerritoryId, Mode)) -> bool {
    [(a, b), (b, a)]
        .into_iter()
        .any(|(from, to)| network.border(from, to, mode).is_none_or(|row| row.open))
}

/// Names of passages with an open link, sorted.
pub(crate) fn passages(world: &World) -> BTreeSet<&str> {
    let links = world.network.links.iter();
    links
        .filter(|l| l.open)
        .filter_map(|l| l.passage.as_deref())
        .collect()
}

/// Find what is to be closed: a passage (`suez`), a border by all modes or one (`CHN-KAZ`,
/// `CHN-KAZ:rail`), a port by name, code or id (`port:CNSHA`), the border links near a place
/// (`crossing:Khorgos`), a link by its position in the world (`link:1234`), the link nearest to a
/// place (`near:Osh:road`) or half way between two (`between:Osh:Bishkek:road`). A word without a
/// prefix may be any of the first three or, where no port is called so, a place with border links
/// nearby. `world` is the state in which it closes. The result does not depend on the order of
/// items, and holds each once.
///
/// # Errors
/// Every item that is unknown, ambiguous or closed already, with the closest names.
pub fn resolve(world: &World, items: &[&str]) -> Result<Vec<Closing>, Vec<Problem>> {
    let finder = Finder { world };
    let (mut found, mut problems) = (BTreeMap::new(), vec![]);
    let mut sorted: Vec<&str> = items.iter().map(|item| item.trim()).collect();
    sorted.sort_unstable();
    sorted.dedup();
    for item in sorted {
        match finder.find(item) {
            Ok(closing) => {
                found.insert(closing.item.clone(), closing);
            }
            Err(problem) => problems.push(*problem),
        }
    }
    if problems.is_empty() {
        Ok(found.into_values().collect())
    } else {
        Err(problems)
    }
}

struct Finder<'a> {
    world: &'a World,
}

pub(super) type Found = Result<Closing, Box<Problem>>;

impl Finder<'_> {
    fn find(&self, item: &str) -> Found {
        let wrong = |message: &str| Box::new(Problem::new(item, message));
        match item.split_once(':') {
            Some(("passage", name)) => self
                .passage(name)
                .unwrap_or_else(|| Err(self.unknown(item, name, "there is no such passage"))),
            Some(("port", name)) => self
                .port(item, name)
                .unwrap_or_else(|| Err(self.unknown(item, name, "there is no such port"))),
            Some(("link", id)) => self.link(item, id),
            Some(("near", text)) => by_place::near(self.world, item, text),
            Some(("between", text)) => by_place::between(self.world, item, text),
            Some(("crossing", name)) => self
                .crossing(item, name)
                .unwrap_or_else(|| Err(self.unknown(item, name, "there is no such place"))),
            Some(("border", pair)) => self
                .border(item, pair)
                .unwrap_or_else(|| Err(wrong("a border is two ISO codes: border:AAA-BBB"))),
            _ => self
                .passage(item)
                .or_else(|| self.border(item, item))
                .or_else(|| self.port(item, item))
                .or_else(|| self.crossing(item, item))
                .unwrap_or_else(|| Err(self.unknown(item, item, PROBLEM))),
        }
    }

    /// Names close to one that is unknown, as they are to be typed.
    fn unknown(&self, item: &str, name: &str, message: &str) -> Box<Problem> {
        let world = self.world;
        let passages = passages(world);
        let ports = self.ports().map(|id| &world.network.terminals[id.index()]);
        let ports: Vec<&str> = ports
            .flat_map(|p| [p.name.as_str(), p.code.as_str()])
            .filter(|n| !n.is_empty())
            .collect();
        let places = self.at_borders();
        let all = passages.iter().chain(&ports).chain(&places).copied();
        let close = problem::closest(name, all, 3);
        let help = if close.is_empty() {
            let names: Vec<&str> = passages.into_iter().collect();
            let mut help = String::new();
            if !names.is_empty() {
                help.push_str(&format!("passages are {}; ", names.join(", ")));
            }
            help.push_str("else AAA-BBB or AAA-BBB:rail for a border, port:NAME, link:NUMBER");
            help
        } else {
            format!("did you mean {}?", close.join(", "))
        };
        Box::new(Problem::new(item, message).help(help))
    }

    fn passage(&self, name: &str) -> Option<Found> {
        let links = self.world.network.links.iter();
        let all: BTreeSet<&str> = links.filter_map(|l| l.passage.as_deref()).collect();
        let found = all.into_iter().find(|p| p.eq_ignore_ascii_case(name))?;
        let closing = Closing::passage(self.world, found);
        Some(if closing.links.is_empty() {
            let item = closing.item;
            Err(Box::new(Problem::new(
                item,
                "this passage is closed already",
            )))
        } else {
            Ok(closing)
        })
    }

    fn ports(&self) -> impl Iterator<Item = TerminalId> {
        let terminals = self.world.network.terminals.iter().enumerate();
        terminals
            .filter(|(_, t)| t.kind == TerminalKind::Port)
            .map(|(at, _)| TerminalId::from_index(at))
    }

    fn port(&self, item: &str, name: &str) -> Option<Found> {
        let world = self.world;
        let same = |text: &str| !text.is_empty() && text.to_lowercase() == name.to_lowercase();
        let by = |of: &dyn Fn(&comity_world::Terminal) -> bool| -> Vec<TerminalId> {
            self.ports()
                .filter(|id| of(&world.network.terminals[id.index()]))
                .collect()
        };
        let mut found = by(&|t| same(&t.code) || t.id == item || t.id == name);
        if found.is_empty() {
            found = by(&|t| same(&t.name));
        }
        match found.as_slice() {
            [] => None,
            [one] => Some(Ok(Closing::port(world, *one))),
            several => {
                let ids: Vec<&str> = several
                    .iter()
                    .map(|id| world.network.terminals[id.index()].id.as_str())
                    .collect();
                let problem = Problem::new(item, "several ports are called so");
                let problem = problem.help(format!("say which: {}", ids.join(", ")));
                Some(Err(Box::new(problem)))
            }
        }
    }

    fn link(&self, item: &str, id: &str) -> Found {
        let links = &self.world.network.links;
        let wrong = |message: String| Err(Box::new(Problem::new(item, message)));
        match id.parse::<usize>() {
            Err(_) => wrong("a link is a whole number".to_owned()),
            Ok(at) if at >= links.len() => {
                wrong(format!("there are {} links, counted from 0", links.len()))
            }
            Ok(at) if !links[at].open => wrong("this link is closed already".to_owned()),
            Ok(at) => Ok(Closing::link(self.world, LinkId::from_index(at))),
        }
    }

    /// Modes that cross between two territories: by a link on land, between ports, between
    /// airports.
    fn modes(&self, a: TerritoryId, b: TerritoryId) -> Vec<Mode> {
        let network = &self.world.network;
        let land: BTreeSet<Mode> = network
            .links
            .iter()
            .filter_map(|link| crosses(network, link))
            .filter(|found| (found.0, found.1) == (a.min(b), a.max(b)))
            .map(|found| found.2)
            .collect();
        let has = |kind: TerminalKind, t: TerritoryId| {
            let mut terminals = network.terminals.iter();
            terminals.any(|found| found.kind == kind && found.territory == t)
        };
        let both = |kind: TerminalKind| has(kind, a) && has(kind, b);
        Mode::ALL
            .into_iter()
            .filter(|mode| match mode {
                Mode::Rail | Mode::Road => land.contains(mode),
                Mode::Sea => both(TerminalKind::Port),
                Mode::Air => both(TerminalKind::Airport),
            })
            .collect()
    }

    /// `AAA-BBB` or `AAA-BBB:mode`; `None` if it does not look like that.
    fn border(&self, item: &str, text: &str) -> Option<Found> {
        let (pair, mode) = match text.split_once(':') {
            Some((pair, mode)) => (pair, Some(mode)),
            None => (text, None),
        };
        let (a, b) = pair.split_once(['-', '–'])?;
        let (a, b) = (a.trim().to_uppercase(), b.trim().to_uppercase());
        let is_code = |code: &str| code.len() == 3 && code.chars().all(|c| c.is_ascii_uppercase());
        if !is_code(&a) || !is_code(&b) {
            return None;
        }
        let wrong = |message: &str| Box::new(Problem::new(item, message));
        let territory = |code: &str| {
            self.world.territory(code).ok_or_else(|| {
                let codes = self.world.territories.iter().map(|t| t.iso3.as_str());
                let problem = Problem::new(item, "unknown territory").value(code);
                Box::new(problem.did_you_mean(code, codes))
            })
        };
        Some((|| {
            let (a, b) = (territory(&a)?, territory(&b)?);
            if a == b {
                return Err(wrong("a border needs two territories"));
            }
            let there = self.modes(a, b);
            let labels: Vec<&str> = there.iter().map(|m| m.label()).collect();
            let modes = match mode {
                None => there.clone(),
                Some(label) => match Mode::parse(label) {
                    Some(mode) if there.contains(&mode) => vec![mode],
                    Some(_) => {
                        let problem =
                            Problem::new(item, "nothing crosses this border by this mode");
                        return Err(Box::new(problem.help(format!(
                            "modes that do: {}",
                            if labels.is_empty() {
                                "none".to_owned()
                            } else {
                                labels.join(", ")
                            }
                        ))));
                    }
                    None => {
                        let problem = Problem::new(item, "unknown mode").value(label);
                        return Err(Box::new(
                            problem.did_you_mean(label, Mode::ALL.map(Mode::label)),
                        ));
                    }
                },
            };
            let network = &self.world.network;
            let open: Vec<Mode> = modes
                .iter()
                .copied()
                .filter(|mode| is_open(network, (a, b, *mode)))
                .collect();
            match (modes.is_empty(), open.is_empty()) {
                (true, _) => Err(wrong("nothing crosses between these territories")),
                (_, true) => Err(wrong("this border is closed already")),
                _ => {
                    let mut closing = Closing::border(self.world, (a, b), &open);
                    if mode.is_none() {
                        // All modes, even where only one is left.
                        closing.item.truncate(7);
                    }
                    Ok(closing)
                }
            }
        })())
    }

    /// Open land links over a border, with their ends.
    fn border_links(&self) -> impl Iterator<Item = LinkId> {
        let network = &self.world.network;
        let links = network.links.iter().enumerate();
        links
            .filter(|(_, link)| crosses(network, link).is_some_and(|pair| is_open(network, pair)))
            .map(|(at, _)| LinkId::from_index(at))
    }

    fn km_to(&self, place: PlaceId, link: LinkId) -> f64 {
        let (network, place) = (&self.world.network, &self.world.places[place.index()]);
        let link = &network.links[link.index()];
        let km = |node: comity_world::NodeId| {
            let node = &network.nodes[node.index()];
            great_circle_km(place.lon, place.lat, node.lon, node.lat)
        };
        km(link.from).min(km(link.to))
    }

    /// Names of places that have a crossing nearby.
    fn at_borders(&self) -> Vec<&str> {
        let links: Vec<LinkId> = self.border_links().collect();
        (0..self.world.places.len())
            .filter(|at| {
                let place = PlaceId::from_index(*at);
                links.iter().any(|l| self.km_to(place, *l) <= CROSSING_KM)
            })
            .map(|at| self.world.places[at].name.as_str())
            .collect()
    }

    fn crossing(&self, item: &str, name: &str) -> Option<Found> {
        let world = self.world;
        let places = world.find_places(name);
        if places.is_empty() {
            return None;
        }
        let links: Vec<LinkId> = self
            .border_links()
            .filter(|link| places.iter().any(|p| self.km_to(*p, *link) <= CROSSING_KM))
            .collect();
        if links.is_empty() {
            let problem = Problem::new(item, "no border is crossed near this place");
            return Some(Err(Box::new(problem.help(format!(
                "border links within {CROSSING_KM:.0} km are looked for"
            )))));
        }
        let place = &world.places[places[0].index()];
        let iso3: BTreeSet<String> = links
            .iter()
            .filter_map(|l| crosses(&world.network, &world.network.links[l.index()]))
            .flat_map(|(a, b, _)| [a, b])
            .map(|t| world.territories[t.index()].iso3.clone())
            .collect();
        let iso3: Vec<String> = iso3.into_iter().collect();
        Some(Ok(Closing {
            kind: Kind::Border,
            item: format!("crossing:{}", place.name),
            label: format!("crossing at {}, {}", place.name, iso3.join("–")),
            iso3,
            links,
            borders: vec![],
            ports: vec![],
        }))
    }
}
