//! From a world to its journeys.

use crate::graph::Graph;
use crate::hierarchy::{Digraph, Label};
use crate::layer::{Layer, Layers, Matrix};
use crate::reuse::{Given, Known};
use crate::skim::Skims;
use crate::{Cost, border};
use comity_world::transport::great_circle_km;
use comity_world::{
    CommodityClass, Mode, NodeId, PlaceId, Terminal, TerminalId, TerminalKind, TerritoryId, World,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Truck kilometres per great-circle kilometre where no road network is recorded.
const DETOUR: f64 = 1.3;
/// Great-circle kilometres within which such a truck journey is taken for granted.
const OFF_NETWORK_KM: f64 = 100.0;

/// The graphs of a world, ready to search.
pub struct Engine<'w> {
    pub(crate) world: &'w World,
    /// The commodity classes searched, and their values of time in USD per TEU-hour.
    pub(crate) classes: Vec<CommodityClass>,
    pub(crate) values_of_time: Vec<f64>,
    pub(crate) road: Graph,
    pub(crate) rail: Graph,
    pub(crate) sea: Graph,
    /// Road vertices of places and terminals, sorted.
    pub(crate) zones: Vec<u32>,
    pub(crate) rail_terminals: Vec<TerminalId>,
    pub(crate) ports: Vec<TerminalId>,
    pub(crate) airports: Vec<TerminalId>,
    /// Collection or delivery at one end.
    pub(crate) local: Cost,
    /// Per truck kilometre off the network.
    pub(crate) truck_km: Cost,
}

/// A network of one mode as a graph with one metric.
#[derive(Clone, Debug)]
pub struct PlainGraph {
    pub graph: Digraph,
    /// Longitude and latitude by vertex.
    pub positions: Vec<(f64, f64)>,
    /// By arc: generalised cost in thousandths of a USD; hours, USD and kilometres.
    pub labels: Vec<Label>,
    /// Vertices that journeys start, end or change mode at. Terminals may share one.
    pub points: Vec<u32>,
}

/// Somewhere goods start, end or change mode: a place or a port.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub zone: Option<u32>,
    pub territory: TerritoryId,
    pub lon: f64,
    pub lat: f64,
    /// Collection, delivery or the way from the road node: hours and USD at this end.
    pub own: Cost,
}

impl<'w> Engine<'w> {
    /// Build the graphs of a world. `values_of_time` in USD per TEU-hour, by commodity class
    /// ([`crate::values_of_time`]).
    pub fn new(world: &'w World, values_of_time: [f64; 3]) -> Engine<'w> {
        let classes = CommodityClass::ALL.into_iter().zip(values_of_time);
        Engine::for_classes(world, &classes.collect::<Vec<_>>())
    }

    /// The same for some commodity classes only.
    pub fn for_classes(world: &'w World, values_of_time: &[(CommodityClass, f64)]) -> Engine<'w> {
        let (road, (rail, sea)) = rayon::join(
            || Graph::new(world, Mode::Road),
            || {
                rayon::join(
                    || Graph::new(world, Mode::Rail),
                    || Graph::new(world, Mode::Sea),
                )
            },
        );
        let network = &world.network;
        let mut zones: Vec<u32> = world
            .places
            .iter()
            .filter_map(|p| p.road_node)
            .chain(network.terminals.iter().filter_map(|t| t.road_node))
            .map(|node| road.vertex(node))
            .collect();
        zones.sort_unstable();
        zones.dedup();
        let of_kind = |kind: TerminalKind| -> Vec<TerminalId> {
            let terminals = network.terminals.iter().enumerate();
            terminals
                .filter(|(_, t)| t.kind == kind)
                .map(|(index, _)| TerminalId::from_index(index))
                .collect()
        };
        let journeys = &world.settings.journeys;
        let truck_km = network
            .class(Mode::Road, &journeys.local_road_class)
            .map(|id| &network.classes[id.index()])
            .map_or(Cost::default(), |c| {
                Cost::new(1.0 / c.kmh, c.usd_per_teu_km)
            });
        Engine {
            world,
            classes: values_of_time.iter().map(|v| v.0).collect(),
            values_of_time: values_of_time.iter().map(|v| v.1).collect(),
            zones,
            rail_terminals: of_kind(TerminalKind::Rail),
            ports: of_kind(TerminalKind::Port),
            airports: of_kind(TerminalKind::Airport),
            local: truck_km * journeys.local_km,
            truck_km,
            road,
            rail,
            sea,
        }
    }

    /// The network of a mode as a plain graph, for tools and benches; `None` for air, which has no
    /// links. `value_of_time` in USD per TEU-hour.
    pub fn plain_graph(&self, mode: Mode, value_of_time: f64) -> Option<PlainGraph> {
        let (graph, points) = match mode {
            Mode::Road => (&self.road, self.zones.clone()),
            Mode::Rail => (&self.rail, self.vertices(&self.rail, &self.rail_terminals)),
            Mode::Sea => (&self.sea, self.vertices(&self.sea, &self.ports)),
            Mode::Air => return None,
        };
        Some(PlainGraph {
            graph: graph.digraph.clone(),
            positions: graph.positions.clone(),
            labels: graph.labels(value_of_time),
            points,
        })
    }

    fn vertices(&self, graph: &Graph, terminals: &[TerminalId]) -> Vec<u32> {
        terminals
            .iter()
            .map(|t| self.terminal_vertex(graph, *t))
            .collect()
    }

    /// The world whose graphs these are.
    pub fn world(&self) -> &'w World {
        self.world
    }

    /// Number of searches a skim takes, for progress: `tick` is called so often.
    pub fn searches(&self) -> u64 {
        self.classes.len() as u64
            * (self.zones.len() + self.rail_terminals.len() + self.ports.len()) as u64
    }

    /// All journeys between places. `earlier` is a skim of another state of the same world: what
    /// the change does not touch is taken from it. The result is the same with or without.
    pub fn skim(&self, earlier_skims: Option<&Skims>, tick: &(dyn Fn() + Sync)) -> Skims {
        let values = &self.values_of_time;
        let earlier = earlier_skims.map(|s| &s.layers);
        let rail_points = self.vertices(&self.rail, &self.rail_terminals);
        let sea_points = self.vertices(&self.sea, &self.ports);
        let known = [
            earlier.map(|l| &l.road),
            earlier.map(|l| &l.rail),
            earlier.map(|l| &l.sea),
        ];
        // Side by side: a network's first cuts do not fill all threads.
        let (road, (rail, sea)) = rayon::join(
            || Layer::new(&self.road, &self.zones, values, known[0], tick),
            || {
                rayon::join(
                    || Layer::new(&self.rail, &rail_points, values, known[1], tick),
                    || Layer::new(&self.sea, &sea_points, values, known[2], tick),
                )
            },
        );
        let layers = Layers { road, rail, sea };
        let given = Arc::new(Given::new(self));
        let (classes, tables) = (0..self.classes.len())
            .map(|class| {
                let known =
                    earlier_skims.and_then(|skims| Known::new(self, skims, &layers, &given, class));
                self.skim_class(&layers, class, &given, known.as_ref())
            })
            .unzip();
        Skims {
            places: self.world.places.len(),
            classes,
            layers,
            given,
            tables,
        }
    }

    pub(crate) fn terminal(&self, id: TerminalId) -> &'w Terminal {
        &self.world.network.terminals[id.index()]
    }

    pub(crate) fn terminal_vertex(&self, graph: &Graph, id: TerminalId) -> u32 {
        // A validated world gives every rail terminal and port a node of its network.
        self.terminal(id)
            .node
            .map_or(u32::MAX, |node| graph.vertex(node))
    }

    pub(crate) fn zone(&self, road_node: Option<NodeId>) -> Option<u32> {
        let vertex = self.road.vertex(road_node?);
        self.zones.binary_search(&vertex).ok().map(|z| z as u32)
    }

    pub(crate) fn place_point(&self, place: usize) -> Point {
        let place = &self.world.places[place];
        Point {
            zone: self.zone(place.road_node),
            territory: place.territory,
            lon: place.lon,
            lat: place.lat,
            own: self.local,
        }
    }

    pub(crate) fn terminal_point(&self, id: TerminalId) -> Point {
        let terminal = self.terminal(id);
        Point {
            zone: self.zone(terminal.road_node),
            territory: terminal.territory,
            lon: terminal.lon,
            lat: terminal.lat,
            own: self.truck_km * terminal.access_km,
        }
    }

    /// Truck journey between two points with what each end takes; infinite if there is none. Where
    /// a point has no road node (small islands), a short distance in the same territory is taken
    /// as the crow flies times [`DETOUR`]. Second: kilometres on the road.
    pub(crate) fn truck(&self, roads: &Matrix, from: &Point, to: &Point) -> (Cost, f64) {
        let (between, km) = match (from.zone, to.zone) {
            (Some(a), Some(b)) => (roads.cost(a, b), roads.km(a, b)),
            _ if from.territory == to.territory => {
                let direct = great_circle_km(from.lon, from.lat, to.lon, to.lat);
                if direct <= OFF_NETWORK_KM {
                    (self.truck_km * (direct * DETOUR), direct * DETOUR)
                } else {
                    (Cost::new(f64::INFINITY, f64::INFINITY), f64::INFINITY)
                }
            }
            _ => (Cost::new(f64::INFINITY, f64::INFINITY), f64::INFINITY),
        };
        (from.own + between + to.own, km)
    }

    /// The flight between two airports, without their terminals; `None` if the border is closed.
    pub(crate) fn flight(&self, from: TerminalId, to: TerminalId) -> Option<(Cost, f64)> {
        let class = self
            .world
            .network
            .classes
            .iter()
            .find(|c| c.mode == Mode::Air)?;
        let (a, b) = (self.terminal(from), self.terminal(to));
        let crossing = border::crossing(self.world, a.territory, b.territory, Mode::Air)?;
        let km = great_circle_km(a.lon, a.lat, b.lon, b.lat);
        let own = Cost::new(
            km / class.kmh + class.fixed_hours,
            km * class.usd_per_teu_km + class.fixed_usd_per_teu,
        );
        Some((own + crossing, km))
    }

    /// Kilometres of a flight between two airports, by their positions.
    pub(crate) fn flight_km(&self, from: u32, to: u32) -> f64 {
        let [a, b] = [from, to].map(|at| self.terminal(self.airports[at as usize]));
        great_circle_km(a.lon, a.lat, b.lon, b.lat)
    }

    /// Kilometres by truck that a point takes of its own.
    pub(crate) fn own_km(&self, point: &Point) -> f64 {
        point.own.hours / self.truck_km.hours.max(f64::MIN_POSITIVE)
    }

    /// Places that no mode connects with any other, by id.
    pub fn isolated_places(&self, skims: &Skims) -> Vec<PlaceId> {
        let n = skims.places;
        let composite = &skims.classes[0].composite;
        (0..n)
            .filter(|a| (0..n).all(|b| *a == b || composite[a * n + b].is_infinite()))
            .map(PlaceId::from_index)
            .collect()
    }

    /// Counts that a reader of the result should know.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let count = |n: usize| n as u64;
        BTreeMap::from([
            ("road zones".to_owned(), count(self.zones.len())),
            (
                "rail terminals".to_owned(),
                count(self.rail_terminals.len()),
            ),
            ("ports".to_owned(), count(self.ports.len())),
            ("airports".to_owned(), count(self.airports.len())),
            (
                "places without road".to_owned(),
                count(
                    self.world
                        .places
                        .iter()
                        .filter(|p| p.road_node.is_none())
                        .count(),
                ),
            ),
        ])
    }
}
