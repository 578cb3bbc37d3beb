//! One journey, leg by leg.

use crate::access::{Access, Tables};
use crate::dijkstra::Search;
use crate::engine::{Engine, Point};
use crate::graph::Graph;
use crate::reuse::Given;
use crate::sea::SeaTables;
use crate::skim::Skims;
use crate::{Cost, border};
use comity_world::{
    CommodityClass, LinkId, Mode, NodeId, PlaceId, TerminalId, TerritoryId, polyline,
};

/// The cheapest journey between two places by one main mode.
#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    pub cost: Cost,
    pub km: f64,
    pub legs: Vec<Leg>,
}

/// What a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegKind {
    Travel(Mode),
    Terminal,
    Border,
    GaugeChange,
}

impl LegKind {
    /// The label used in output.
    pub fn label(self) -> &'static str {
        match self {
            LegKind::Travel(mode) => mode.label(),
            LegKind::Terminal => "terminal",
            LegKind::Border => "border",
            LegKind::GaugeChange => "gauge-change",
        }
    }
}

/// A part of a journey: a stretch in one territory by one mode, a terminal, a border, a break of
/// gauge.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    pub kind: LegKind,
    /// In words.
    pub what: String,
    pub cost: Cost,
    pub km: f64,
    /// Points (lon, lat); empty for what has no length.
    pub line: Vec<(f64, f64)>,
    /// Links run over, in travelling order; empty off the recorded networks.
    pub links: Vec<LinkId>,
}

impl Engine<'_> {
    /// The cheapest journey between two places by a main mode, for a commodity class. Its total is
    /// that of the skim. `None` if unreachable.
    pub fn journey(
        &self,
        skims: &Skims,
        from: PlaceId,
        to: PlaceId,
        mode: Mode,
        class: CommodityClass,
    ) -> Option<Journey> {
        self.journey_by(skims, from, to, mode, class, &Choice::default())
    }

    /// A journey with some choices made.
    pub(crate) fn journey_by(
        &self,
        skims: &Skims,
        from: PlaceId,
        to: PlaceId,
        mode: Mode,
        class: CommodityClass,
        choice: &Choice,
    ) -> Option<Journey> {
        let guide = Guide {
            engine: self,
            skims,
            choice,
            class: skims.position(class),
            given: &skims.given,
            tables: &skims.tables[skims.position(class)].access,
            sea: &skims.tables[skims.position(class)].sea,
        };
        let mut legs = Vec::new();
        match mode {
            Mode::Road => guide.road(&mut legs, from, to)?,
            Mode::Rail => guide.rail(&mut legs, from, to)?,
            Mode::Sea => guide.sea(&mut legs, from, to)?,
            Mode::Air => guide.air(&mut legs, from, to)?,
        }
        let mut total = Journey {
            cost: Cost::default(),
            km: 0.0,
            legs: vec![],
        };
        for leg in legs {
            total.cost += leg.cost;
            total.km += leg.km;
            total.legs.push(leg);
        }
        Some(total)
    }
}

/// What of a journey is given; the rest is as cheap as can be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    /// Positions of the first and last rail terminal or airport, where that is the main mode.
    pub terminals: Option<(u32, u32)>,
    /// Positions of the first and last port.
    pub ports: Option<(usize, usize)>,
    /// The path on one network.
    pub path: Option<Path>,
}

/// A path between two vertices of a network.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub mode: Mode,
    pub from: u32,
    pub to: u32,
    /// Positions of arcs.
    pub arcs: Vec<usize>,
}

struct Guide<'a> {
    engine: &'a Engine<'a>,
    skims: &'a Skims,
    choice: &'a Choice,
    class: usize,
    given: &'a Given,
    tables: &'a Tables,
    sea: &'a SeaTables,
}

impl Guide<'_> {
    fn place_name(&self, place: PlaceId) -> &str {
        &self.engine.world.places[place.index()].name
    }

    fn territory_name(&self, territory: Option<TerritoryId>) -> String {
        territory.map_or("international waters".to_owned(), |t| {
            self.engine.world.territories[t.index()].name.clone()
        })
    }

    fn position(&self, node: NodeId) -> (f64, f64) {
        let node = &self.engine.world.network.nodes[node.index()];
        (node.lon, node.lat)
    }

    /// A truck leg that is not on the recorded network: collection, delivery, access.
    fn off_network(&self, legs: &mut Vec<Leg>, what: String, cost: Cost, km: f64) {
        if cost != Cost::default() {
            legs.push(Leg {
                kind: LegKind::Travel(Mode::Road),
                what,
                cost,
                km,
                line: vec![],
                links: vec![],
            });
        }
    }

    fn own_end(&self, legs: &mut Vec<Leg>, point: &Point, what: String) {
        self.off_network(legs, what, point.own, self.engine.own_km(point));
    }

    fn terminal(&self, legs: &mut Vec<Leg>, id: TerminalId) {
        let terminal = self.engine.terminal(id);
        legs.push(Leg {
            kind: LegKind::Terminal,
            what: format!("{} terminal {}", terminal.kind.label(), terminal.name),
            cost: Cost::new(terminal.hours, terminal.usd_per_teu),
            km: 0.0,
            line: vec![],
            links: vec![],
        });
    }

    /// The road between two points, without what each end takes.
    fn truck(&self, legs: &mut Vec<Leg>, from: &Point, to: &Point) -> Option<()> {
        match (from.zone, to.zone) {
            (Some(a), Some(b)) => {
                if a != b {
                    let zones = &self.engine.zones;
                    let graph = &self.engine.road;
                    self.path(legs, graph, zones[a as usize], zones[b as usize])?;
                }
            }
            _ => {
                let roads = &self.skims.layers.road.classes[self.class];
                let (cost, km) = self.engine.truck(roads, from, to);
                if !cost.hours.is_finite() {
                    return None;
                }
                let per_km = self.engine.truck_km;
                let what = "road off the recorded network".to_owned();
                self.off_network(legs, what, per_km * km, km);
            }
        }
        Some(())
    }

    fn road(&self, legs: &mut Vec<Leg>, from: PlaceId, to: PlaceId) -> Option<()> {
        let (a, b) = (
            self.given.places[from.index()],
            self.given.places[to.index()],
        );
        self.own_end(legs, &a, format!("collection in {}", self.place_name(from)));
        if from != to {
            if a.zone.is_none() || b.zone.is_none() {
                self.skims.classes[self.class].cost(from, to, Mode::Road)?;
            }
            self.truck(legs, &a, &b)?;
        }
        self.own_end(legs, &b, format!("delivery in {}", self.place_name(to)));
        Some(())
    }

    /// Truck from a point to a terminal and the terminal itself, or the way back.
    fn reach_terminal(&self, legs: &mut Vec<Leg>, from: &Point, id: TerminalId) -> Option<()> {
        let end = self.engine.terminal_point(id);
        self.truck(legs, from, &end)?;
        self.own_end(
            legs,
            &end,
            format!("road to {}", self.engine.terminal(id).name),
        );
        self.terminal(legs, id);
        Some(())
    }

    fn leave_terminal(&self, legs: &mut Vec<Leg>, id: TerminalId, to: &Point) -> Option<()> {
        let end = self.engine.terminal_point(id);
        self.terminal(legs, id);
        self.own_end(
            legs,
            &end,
            format!("road from {}", self.engine.terminal(id).name),
        );
        self.truck(legs, &end, to)
    }

    /// A rail journey between two points without what the points themselves take.
    fn rail_between(
        &self,
        legs: &mut Vec<Leg>,
        ends: (&Point, &Point),
        access: (&[Access], &[Access]),
        chosen: Option<(u32, u32)>,
    ) -> Option<()> {
        let engine = self.engine;
        let rails = &self.skims.layers.rail.classes[self.class];
        let value = engine.values_of_time[self.class];
        let best = || {
            let (_, s, t) = engine.rail_between(rails, value, access.0, access.1)?;
            Some((s, t))
        };
        let (s, t) = chosen.or_else(best)?;
        let (s, t) = (
            engine.rail_terminals[s as usize],
            engine.rail_terminals[t as usize],
        );
        self.reach_terminal(legs, ends.0, s)?;
        let graph = &engine.rail;
        self.path(
            legs,
            graph,
            engine.terminal_vertex(graph, s),
            engine.terminal_vertex(graph, t),
        )?;
        self.leave_terminal(legs, t, ends.1)
    }

    fn rail(&self, legs: &mut Vec<Leg>, from: PlaceId, to: PlaceId) -> Option<()> {
        if from == to {
            return None;
        }
        let (a, b) = (
            self.given.places[from.index()],
            self.given.places[to.index()],
        );
        let table = &self.tables.place_rail;
        self.own_end(legs, &a, format!("collection in {}", self.place_name(from)));
        let access = (
            &table.outbound[from.index()][..],
            &table.inbound[to.index()][..],
        );
        self.rail_between(legs, (&a, &b), access, self.choice.terminals)?;
        self.own_end(legs, &b, format!("delivery in {}", self.place_name(to)));
        Some(())
    }

    fn air(&self, legs: &mut Vec<Leg>, from: PlaceId, to: PlaceId) -> Option<()> {
        if from == to {
            return None;
        }
        let engine = self.engine;
        let value = engine.values_of_time[self.class];
        let (a, b) = (
            self.given.places[from.index()],
            self.given.places[to.index()],
        );
        let table = &self.tables.place_air;
        let (out, inn) = (&table.outbound[from.index()], &table.inbound[to.index()]);
        let flight = |s: u32, t: u32| {
            let (s, t) = (engine.airports[s as usize], engine.airports[t as usize]);
            engine.flight(s, t).map(|found| found.0)
        };
        let best = || {
            let (_, s, t) = engine.air_between(value, out, inn, flight)?;
            Some((s, t))
        };
        let (s, t) = self.choice.terminals.or_else(best)?;
        let (s, t) = (engine.airports[s as usize], engine.airports[t as usize]);
        self.own_end(legs, &a, format!("collection in {}", self.place_name(from)));
        self.reach_terminal(legs, &a, s)?;
        let (flight, km) = engine.flight(s, t)?;
        let (x, y) = (engine.terminal(s), engine.terminal(t));
        let crossing = border::crossing(engine.world, x.territory, y.territory, Mode::Air)?;
        legs.push(Leg {
            kind: LegKind::Travel(Mode::Air),
            what: format!("flight {} – {}", x.name, y.name),
            cost: Cost::new(
                flight.hours - crossing.hours,
                flight.usd_per_teu - crossing.usd_per_teu,
            ),
            km,
            line: vec![(x.lon, x.lat), (y.lon, y.lat)],
            links: vec![],
        });
        self.border_leg(legs, (x.territory, y.territory), Mode::Air, crossing);
        self.leave_terminal(legs, t, &b)?;
        self.own_end(legs, &b, format!("delivery in {}", self.place_name(to)));
        Some(())
    }

    fn sea(&self, legs: &mut Vec<Leg>, from: PlaceId, to: PlaceId) -> Option<()> {
        if from == to {
            return None;
        }
        let best = || self.sea.ports(from.index(), to.index());
        let (p, q) = self.choice.ports.or_else(best)?;
        let (a, b) = (
            self.given.places[from.index()],
            self.given.places[to.index()],
        );
        self.own_end(legs, &a, format!("collection in {}", self.place_name(from)));
        self.overland(legs, (End::Place(from), End::Port(p)))?;
        match self.sea.stopover(p, q) {
            None => self.sea_leg(legs, p, q)?,
            Some((r, s)) => {
                self.sea_leg(legs, p, r)?;
                self.overland(legs, (End::Port(r), End::Port(s)))?;
                self.sea_leg(legs, s, q)?;
            }
        }
        self.overland(legs, (End::Port(q), End::Place(to)))?;
        self.own_end(legs, &b, format!("delivery in {}", self.place_name(to)));
        Some(())
    }

    fn end(&self, end: End) -> Point {
        match end {
            End::Place(place) => self.given.places[place.index()],
            End::Port(port) => self.given.ports[port],
        }
    }

    /// Land between a place and a port or two ports: rail or road, whichever is cheaper. Places'
    /// own ends are not included, ports' are.
    fn overland(&self, legs: &mut Vec<Leg>, (from, to): (End, End)) -> Option<()> {
        let engine = self.engine;
        let value = engine.values_of_time[self.class];
        let layers = &self.skims.layers;
        let (a, b) = (self.end(from), self.end(to));
        let outbound = match from {
            End::Place(place) => &self.tables.place_rail.outbound[place.index()],
            End::Port(port) => &self.tables.port_rail.outbound[port],
        };
        let inbound = match to {
            End::Place(place) => &self.tables.place_rail.inbound[place.index()],
            End::Port(port) => &self.tables.port_rail.inbound[port],
        };
        let rails = &layers.rail.classes[self.class];
        let by_rail = engine
            .rail_between(rails, value, outbound, inbound)
            .map(|found| found.0);
        let by_truck = engine.truck(&layers.road.classes[self.class], &a, &b).0;
        if let End::Port(port) = from {
            let name = &engine.terminal(engine.ports[port]).name;
            self.own_end(legs, &a, format!("road from port {name}"));
        }
        match by_rail {
            Some(rail) if rail.generalised(value) < by_truck.generalised(value) => {
                self.rail_between(legs, (&a, &b), (outbound, inbound), None)?;
            }
            _ => self.truck(legs, &a, &b)?,
        }
        if let End::Port(port) = to {
            let name = &engine.terminal(engine.ports[port]).name;
            self.own_end(legs, &b, format!("road to port {name}"));
        }
        Some(())
    }

    fn sea_leg(&self, legs: &mut Vec<Leg>, p: usize, q: usize) -> Option<()> {
        let engine = self.engine;
        let (p, q) = (engine.ports[p], engine.ports[q]);
        self.terminal(legs, p);
        let graph = &engine.sea;
        let before = legs.len();
        self.path(
            legs,
            graph,
            engine.terminal_vertex(graph, p),
            engine.terminal_vertex(graph, q),
        )?;
        for leg in &mut legs[before..] {
            leg.what = format!(
                "sea {} – {}",
                engine.terminal(p).name,
                engine.terminal(q).name
            );
        }
        let territories = (engine.terminal(p).territory, engine.terminal(q).territory);
        let crossing = border::crossing(engine.world, territories.0, territories.1, Mode::Sea)?;
        self.border_leg(legs, territories, Mode::Sea, crossing);
        self.terminal(legs, q);
        Some(())
    }

    fn border_leg(
        &self,
        legs: &mut Vec<Leg>,
        (from, to): (TerritoryId, TerritoryId),
        mode: Mode,
        cost: Cost,
    ) {
        if from == to || cost == Cost::default() {
            return;
        }
        let name = |t: TerritoryId| &self.engine.world.territories[t.index()].name;
        legs.push(Leg {
            kind: LegKind::Border,
            what: format!("border {} → {} ({})", name(from), name(to), mode.label()),
            cost,
            km: 0.0,
            line: vec![],
            links: vec![],
        });
    }

    /// A path on a graph, split where the territory or the gauge changes.
    fn path(&self, legs: &mut Vec<Leg>, graph: &Graph, from: u32, to: u32) -> Option<()> {
        let world = self.engine.world;
        let network = &world.network;
        let given = self.choice.path.as_ref();
        let given = given.filter(|p| (p.mode, p.from, p.to) == (graph.mode, from, to));
        let arcs = match given {
            Some(path) => path.arcs.clone(),
            None => {
                let labels = graph.labels(self.engine.values_of_time[self.class]);
                let mut search = Search::new(&graph.digraph);
                search.run_to(&graph.digraph, &labels, from, to);
                search.reached(to)?;
                search.path(to)
            }
        };
        let mut at = graph.node(from);
        let mut stretch: Option<Leg> = None;
        let finish = |legs: &mut Vec<Leg>, stretch: &mut Option<Leg>| {
            legs.extend(stretch.take());
        };
        for position in arcs {
            let arc = &graph.arcs[position];
            let link = &network.links[arc.link as usize];
            let next = graph.node(arc.to);
            let territories = (
                network.nodes[at.index()].territory,
                network.nodes[next.index()].territory,
            );
            let crossing = match territories {
                (Some(x), Some(y)) => border::crossing(world, x, y, graph.mode)?,
                _ => Cost::default(),
            };
            let own = Cost::new(
                arc.cost.hours - crossing.hours,
                arc.cost.usd_per_teu - crossing.usd_per_teu,
            );
            let gauges = (
                network.nodes[at.index()].gauge_mm,
                network.nodes[next.index()].gauge_mm,
            );
            if gauges.0 != gauges.1 {
                finish(legs, &mut stretch);
                let mm = |g: Option<u16>| g.map_or("?".to_owned(), |g| g.to_string());
                legs.push(Leg {
                    kind: LegKind::GaugeChange,
                    what: format!("change of gauge {} → {} mm", mm(gauges.0), mm(gauges.1)),
                    cost: own,
                    km: arc.km,
                    line: vec![],
                    links: vec![LinkId::from_index(arc.link as usize)],
                });
            } else {
                let leg = stretch.get_or_insert_with(|| Leg {
                    kind: LegKind::Travel(graph.mode),
                    what: format!(
                        "{} in {}",
                        graph.mode.label(),
                        self.territory_name(territories.0)
                    ),
                    cost: Cost::default(),
                    km: 0.0,
                    line: vec![self.position(at)],
                    links: vec![],
                });
                leg.cost += own;
                leg.km += arc.km;
                leg.links.push(LinkId::from_index(arc.link as usize));
                let mut inner = polyline::decode(&link.shape).unwrap_or_default();
                if !arc.forward {
                    inner.reverse();
                }
                leg.line.extend(inner);
                leg.line.push(self.position(next));
            }
            if let (Some(x), Some(y)) = territories
                && x != y
            {
                finish(legs, &mut stretch);
                self.border_leg(legs, (x, y), graph.mode, crossing);
            }
            at = next;
        }
        finish(legs, &mut stretch);
        Some(())
    }
}

#[derive(Clone, Copy)]
enum End {
    Place(PlaceId),
    Port(usize),
}
