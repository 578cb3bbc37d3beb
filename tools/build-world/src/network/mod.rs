//! Places, networks, terminals, borders and outlines of a world.
//!
//! The order: choose places and ports, simplify rail, road and sea around them, number the nodes,
//! tie places and terminals to the nodes, price the borders, check, report.

mod assumptions;
mod attach;
mod backbone;
mod borders;
mod checks;
mod geo;
mod graph;
mod heal;
mod lines;
mod outlines;
mod places;
mod read;
mod sea;
mod simplify;
mod tables;
mod terminals;

use crate::io::{Result, write_csv};
use assumptions::*;
use geo::{Point, haversine};
use lines::{Lines, Recipe, Wanted};
use places::Place;
use read::{Port, Raw};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tables::{OutNode, Tables};
use terminals::{TerminalRow, access_km, round};

/// Every piece of rail that may carry a shipment; thin outside Eurasia by the choice of cities.
const RAIL: Recipe = Recipe {
    mode: "rail",
    heal: true,
    nearest: 8,
    octant_reach_km: 600.0,
    pairs_reach_km: 4_000.0,
    access_roads: false,
    all_of_central_asia: true,
    collapse_km: 1.0,
    thin_km: 1.0,
};

const ROAD: Recipe = Recipe {
    mode: "road",
    heal: false,
    nearest: 5,
    octant_reach_km: 400.0,
    pairs_reach_km: 3_000.0,
    access_roads: true,
    all_of_central_asia: false,
    collapse_km: 2.0,
    thin_km: 1.0,
};

/// Ports farther than this from any lane are inland and not chosen.
const LANE_REACH_KM: f64 = 150.0;
const RAIL_REACH_KM: f64 = 30.0;
const RAIL_REACH_PORT_KM: f64 = 15.0;
const ROAD_REACH_KM: f64 = 50.0;
const ROAD_REACH_PORT_KM: f64 = 60.0;

/// Write all tables of the network room to `out`.
pub fn build(raw_folder: &Path, out: &Path) -> Result<()> {
    let raw = Raw::read(raw_folder)?;
    let (candidates, unknown) = places::candidates(&raw);
    let (mut places, places_report) = places::choose(&raw, &candidates, unknown);
    let cities = anchor_cities(&raw, &candidates);

    let (ports, ports_dropped) = read::ports(raw_folder, &raw)?;
    let (mut lanes, lanes_report) = sea::lanes(raw_folder)?;
    let all: Vec<&Port> = ports.iter().collect();
    let lane = sea::nearest_lane(&lanes, &all, LANE_REACH_KM);
    let lane_km: Vec<Option<f64>> = lane.iter().map(|l| l.map(|(_, km)| km)).collect();
    let (chosen, port_rules) = terminals::choose_ports(&raw, &ports, &lane_km, &places);
    let tied: Vec<(Point, u32, f64)> = chosen
        .iter()
        .filter_map(|&i| lane[i].map(|(vertex, km)| (ports[i].at, vertex, km)))
        .collect();
    let (port_nodes, lane_vertices_contracted) = sea::with_ports(&mut lanes, &tied);
    eprintln!("{} places, {} ports", places.len(), chosen.len());

    let wanted = |place_km, port_km| -> Vec<Wanted> {
        let from_places = places.iter().map(|p| Wanted {
            at: p.at,
            iso3: p.iso3.clone(),
            reach_km: place_km,
        });
        let from_ports = chosen.iter().map(|&i| Wanted {
            at: ports[i].at,
            iso3: ports[i].iso3.clone(),
            reach_km: port_km,
        });
        from_places.chain(from_ports).collect()
    };
    let rail_wanted = wanted(RAIL_REACH_KM, RAIL_REACH_PORT_KM);
    let rail = lines::build(raw_folder, &raw, &RAIL, &rail_wanted, &cities)?;
    eprintln!("rail: {} nodes", rail.graph.nodes.len());
    let road_wanted = wanted(ROAD_REACH_KM, ROAD_REACH_PORT_KM);
    let road = lines::build(raw_folder, &raw, &ROAD, &road_wanted, &cities)?;
    eprintln!("road: {} nodes", road.graph.nodes.len());

    let mut tables = Tables::default();
    let (rail_first, gauge_breaks) = tables.add_rail(
        &rail.graph,
        |t| raw.gauge(raw.iso3(t)),
        |t| high_capacity_rail(raw.iso3(t)),
    );
    let road_class = |a, b| {
        if motorway_network(raw.iso3(a)) && motorway_network(raw.iso3(b)) {
            "motorway"
        } else {
            "highway"
        }
    };
    let road_first = tables.add_graph(&road.graph, "road", road_class, &[]);
    let sea_first = tables.add_graph(&lanes, "sea", |_, _| "lane", CLOSED_PASSAGES);

    let islands = tie_places(&raw, &mut tables, &road, road_first, &mut places);
    let context = Terminals {
        places: &places,
        ports: &ports,
        chosen: &chosen,
        rail: &rail,
        rail_first,
        road: &road,
        road_first,
        port_nodes: port_nodes.iter().map(|&n| sea_first + n as i32).collect(),
    };
    let (rows, terminals_report) = context.rows(raw_folder)?;
    let (border_rows, borders_report) = borders::build(&raw, &tables);
    let features = raw.outlines.write(&out.join("outlines.geojson"))?;

    let rail_terminal: BTreeMap<&str, i32> = rows
        .iter()
        .filter(|t| t.kind == "rail")
        .filter_map(|t| Some((t.id.strip_prefix("rail:")?, t.node?)))
        .collect();
    let port_node: BTreeMap<&str, i32> = rows
        .iter()
        .filter(|t| t.kind == "port")
        .filter_map(|t| Some((t.code.as_str(), t.node?)))
        .collect();
    let port_list: Vec<(String, i32)> = port_node
        .iter()
        .map(|(code, n)| ((*code).to_string(), *n))
        .collect();
    let report = json!({
        "places": places_report,
        "places_without_road_given_a_node_of_their_own": islands,
        "rail": rail.report,
        "gauge_breaks": gauge_breaks,
        "road": road.report,
        "sea": {
            "lanes": lanes_report,
            "vertices_contracted": lane_vertices_contracted,
            "nodes": lanes.nodes.len(),
            "links": lanes.edges.len(),
            "closed_passages": CLOSED_PASSAGES,
        },
        "ports": {
            "in_source_with_code_and_plausible_point": ports.len(),
            "dropped_code_or_point_not_plausible_for_its_country": ports_dropped,
            "chosen_by_rule": port_rules,
        },
        "terminals": terminals_report,
        "borders": borders_report,
        "outlines": {
            "features": features,
            "shapes_without_territory_dropped": raw.outlines.unnamed,
        },
        "checks": {
            "rail": checks::rail(&raw, &tables, |id| rail_terminal.get(id).copied()),
            "road": checks::road(&raw, &tables, &places),
            "sea": checks::sea(&tables, |code| port_node.get(code).copied()),
            "ports_apart_from_the_ocean": checks::unreached_ports(&tables, &port_list),
            "rail_distances_before_and_after": checks::before_after(&raw, &rail, "rail", &places, 12),
            "road_distances_before_and_after": checks::before_after(&raw, &road, "road", &places, 12),
            "links_shorter_than_the_crow_flies": checks::shorter_than_the_crow(&tables),
        },
    });

    tables.write(&raw, out)?;
    let place_rows: Vec<_> = places.iter().map(Place::row).collect();
    write_csv(&out.join("places.csv"), &place_rows)?;
    write_csv(&out.join("modes.csv"), &terminals::modes())?;
    write_csv(&out.join("terminals.csv"), &rows)?;
    write_csv(&out.join("borders.csv"), &border_rows)?;
    let text = serde_json::to_string_pretty(&report)? + "\n";
    std::fs::write(out.join("build-report-network.json"), text)?;
    Ok(())
}

/// Cities between which the backbone runs: dense in Central Asia, fair in the rest of Eurasia,
/// thin elsewhere.
fn anchor_cities(raw: &Raw, candidates: &[places::Candidate]) -> Vec<Point> {
    candidates
        .iter()
        .filter(|c| {
            let p = &c.place;
            let xinjiang = p.iso3 == "CHN" && p.at[0] < 96.0 && p.at[1] > 35.5;
            let least = if CENTRAL_ASIA.contains(&p.iso3.as_str()) || xinjiang {
                15_000.0
            } else if p.iso3 == "MNG" || p.iso3 == "AFG" {
                25_000.0
            } else if matches!(raw.region(&p.iso3), "Asia" | "Europe") {
                75_000.0
            } else {
                250_000.0
            };
            p.population >= least
        })
        .map(|c| c.place.at)
        .collect()
}

/// Give each place its road node; a place without roads within reach (an island) gets a node of
/// its own, so that its port and airport can still serve it. Returns those places.
fn tie_places(
    raw: &Raw,
    tables: &mut Tables,
    road: &Lines,
    first: i32,
    places: &mut [Place],
) -> Vec<String> {
    let mut islands = Vec::new();
    for (i, place) in places.iter_mut().enumerate() {
        let node = match road.node(i) {
            Some(n) => first + n as i32,
            None => {
                islands.push(place.id.clone());
                tables.add_node(OutNode {
                    mode: "road",
                    territory: raw.territory(&place.iso3),
                    at: place.at,
                    gauge: None,
                })
            }
        };
        place.road_node = Some(node);
    }
    islands
}

/// What the terminals table is made from.
struct Terminals<'a> {
    places: &'a [Place],
    ports: &'a [Port],
    chosen: &'a [usize],
    rail: &'a Lines,
    rail_first: i32,
    road: &'a Lines,
    road_first: i32,
    port_nodes: Vec<i32>,
}

impl Terminals<'_> {
    fn rows(&self, raw_folder: &Path) -> Result<(Vec<TerminalRow>, serde_json::Value)> {
        let scores = terminals::lpi(raw_folder)?;
        let mut rows = Vec::new();
        self.rail_rows(&mut rows);
        let rail_count = rows.len();
        let (far, roadless) = self.port_rows(&scores, &mut rows);
        let airports = read::airports(raw_folder)?;
        let before = rows.len();
        for (a, p) in terminals::choose_airports(&airports, self.places) {
            let (airport, place) = (&airports[a], &self.places[p]);
            rows.push(TerminalRow {
                id: format!("airport:{}", airport.code),
                kind: "airport",
                name: airport.name.clone(),
                code: airport.code.clone(),
                iso3: place.iso3.clone(),
                lon: round(airport.at[0], 4),
                lat: round(airport.at[1], 4),
                road_node: place.road_node,
                node: None,
                access_km: access_km(airport.at, place.at),
                hours: AIRPORT_HOURS,
                usd_per_teu: AIRPORT_USD,
                source: "Natural Earth 10m; hours and USD: assumption",
            });
        }
        let without_rail = self.places.len()
            - rows
                .iter()
                .take(rail_count)
                .filter(|r| r.code.is_empty())
                .count();
        let report = json!({
            "rail": rows.iter().filter(|r| r.kind == "rail").count(),
            "places_without_rail_terminal": without_rail,
            "ports": rows.iter().filter(|r| r.kind == "port").count(),
            "ports_tied_to_the_road_node_of_a_place": far,
            "ports_without_road": roadless,
            "airports": rows.len() - before,
            "ports_in_territories_without_logistics_index": self.chosen.iter()
                .filter(|&&i| !scores.contains_key(&self.ports[i].iso3)).count(),
        });
        Ok((rows, report))
    }

    /// One for each place with track in reach.
    fn rail_rows(&self, rows: &mut Vec<TerminalRow>) {
        for (i, place) in self.places.iter().enumerate() {
            let Some(n) = self.rail.node(i) else {
                continue;
            };
            let at = self.rail.graph.nodes[n as usize].at;
            rows.push(TerminalRow {
                id: format!("rail:{}", place.id),
                kind: "rail",
                name: format!("{} rail terminal", place.name),
                code: String::new(),
                iso3: place.iso3.clone(),
                lon: round(at[0], 4),
                lat: round(at[1], 4),
                road_node: place.road_node,
                node: Some(self.rail_first + n as i32),
                access_km: access_km(at, place.at),
                hours: RAIL_TERMINAL_HOURS,
                usd_per_teu: RAIL_TERMINAL_USD,
                source: "Reed & Trubetskoy 2019 switch (5 h, 25 USD) + 12 h dwell and 50 USD lift (assumption)",
            });
        }
    }

    /// Ports, and a rail terminal at each with track in reach. Returns the ports tied to the road
    /// node of a place because no street of a served component is near, and those without road.
    fn port_rows(
        &self,
        scores: &BTreeMap<String, f64>,
        rows: &mut Vec<TerminalRow>,
    ) -> (Vec<String>, Vec<String>) {
        let (component, _) = self.road.graph.components();
        let served: BTreeSet<u32> = (0..self.places.len())
            .filter_map(|i| self.road.node(i))
            .map(|n| component[n as usize])
            .collect();
        let (mut far, mut roadless) = (Vec::new(), Vec::new());
        let mut rail_rows = Vec::new();
        for (k, &i) in self.chosen.iter().enumerate() {
            let port = &self.ports[i];
            let slot = self.places.len() + k;
            let own = self
                .road
                .node(slot)
                .filter(|&n| served.contains(&component[n as usize]));
            let (road_node, access) = match own {
                Some(n) => (
                    Some(self.road_first + n as i32),
                    access_km(port.at, self.road.graph.nodes[n as usize].at),
                ),
                None => {
                    let place = self
                        .places
                        .iter()
                        .filter(|p| p.iso3 == port.iso3)
                        .map(|p| (haversine(p.at, port.at), p))
                        .filter(|(d, _)| *d <= 150.0)
                        .min_by(|a, b| a.0.total_cmp(&b.0));
                    match place {
                        Some((_, p)) => {
                            far.push(port.code.clone());
                            (p.road_node, access_km(port.at, p.at))
                        }
                        None => {
                            roadless.push(port.code.clone());
                            (None, 0.0)
                        }
                    }
                }
            };
            let hours = port_hours(scores.get(&port.iso3).copied());
            rows.push(TerminalRow {
                id: format!("port:{}", port.code),
                kind: "port",
                name: port.name.clone(),
                code: port.code.clone(),
                iso3: port.iso3.clone(),
                lon: round(port.at[0], 4),
                lat: round(port.at[1], 4),
                road_node,
                node: Some(self.port_nodes[k]),
                access_km: access,
                hours,
                usd_per_teu: PORT_USD,
                source: "USD: Reed & Trubetskoy 2019 port fee; hours: assumption by Logistics Performance Index (24 from 3.5, 48 from 2.7, else 72)",
            });
            if let Some(n) = self.rail.node(slot) {
                let at = self.rail.graph.nodes[n as usize].at;
                rail_rows.push(TerminalRow {
                    id: format!("rail:port:{}", port.code),
                    kind: "rail",
                    name: format!("{} port rail terminal", port.name),
                    code: port.code.clone(),
                    iso3: port.iso3.clone(),
                    lon: round(at[0], 4),
                    lat: round(at[1], 4),
                    road_node,
                    node: Some(self.rail_first + n as i32),
                    access_km: access_km(at, port.at),
                    hours: RAIL_TERMINAL_HOURS,
                    usd_per_teu: RAIL_TERMINAL_USD,
                    source: "Reed & Trubetskoy 2019 switch (5 h, 25 USD) + 12 h dwell and 50 USD lift (assumption)",
                });
            }
        }
        rows.extend(rail_rows);
        (far, roadless)
    }
}
