//! The raw tables, typed, and the territory of every node of the source graphs.

use super::assumptions::{NAMED_AREAS, RELABELLED};
use super::geo::{Point, haversine, normalise_lon};
use super::graph::{Edge, Graph, NOWHERE, Node, Territory};
use super::outlines::Outlines;
use crate::io::{Result, read_csv, read_parquet};
use arrow_array::{Array, Float64Array, Int32Array, LargeStringArray, StringArray};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[derive(Deserialize)]
pub struct CountryCode {
    pub iso2: String,
    pub iso3: String,
    pub numeric: String,
    pub region: String,
    pub capital: String,
}

#[derive(Deserialize)]
pub struct City {
    pub name: String,
    pub countrycode: String,
    pub latitude: f64,
    pub longitude: f64,
    pub population: f64,
}

#[derive(Deserialize)]
struct TradeRow {
    exporter: String,
    importer: String,
}

#[derive(Deserialize)]
struct CountryName {
    country_name: String,
    iso3: String,
}

#[derive(Deserialize)]
struct GaugeRow {
    iso3: String,
    gauge_mm: i32,
}

#[derive(Deserialize)]
struct BorderCost {
    iso3: String,
    border_time_import: f64,
    border_time_export: f64,
    border_fee_import: f64,
    border_fee_export: f64,
}

/// Hours and USD of leaving and entering a territory.
#[derive(Clone, Copy)]
pub struct BorderFigures {
    pub export_hours: f64,
    pub import_hours: f64,
    pub export_usd: f64,
    pub import_usd: f64,
}

pub struct Port {
    pub code: String,
    pub name: String,
    pub iso3: String,
    pub at: Point,
    /// The source's mark of a principal port.
    pub principal: bool,
}

pub struct Airport {
    pub code: String,
    pub name: String,
    pub at: Point,
    pub rank: f64,
}

pub struct Raw {
    pub countries: Vec<CountryCode>,
    pub iso3_of_iso2: BTreeMap<String, String>,
    /// Sorted ISO alpha-3 codes; a `Territory` is an index into it.
    pub territories: Vec<String>,
    pub outlines: Outlines,
    pub cities: Vec<City>,
    /// Economies of the trade table, and Taiwan, which other sources supply.
    pub economies: BTreeSet<String>,
    pub gauges: BTreeMap<String, i32>,
    pub border_figures: BTreeMap<String, BorderFigures>,
}

impl Raw {
    pub fn read(raw: &Path) -> Result<Self> {
        let mut countries: Vec<CountryCode> = read_csv(&raw.join("macro/country_codes.csv"))?;
        if !countries.iter().any(|c| c.iso3 == "XKX") {
            // The code list lacks Kosovo, which ISO 3166-1 does not name.
            countries.push(CountryCode {
                iso2: "XK".into(),
                iso3: "XKX".into(),
                numeric: String::new(),
                region: "Europe".into(),
                capital: "Pristina".into(),
            });
        }
        let iso3_of_iso2 = countries
            .iter()
            .map(|c| (c.iso2.clone(), c.iso3.clone()))
            .collect();
        let mut territories: Vec<String> = countries.iter().map(|c| c.iso3.clone()).collect();
        territories.sort();
        territories.dedup();
        let numeric = countries
            .iter()
            .filter_map(|c| Some((c.numeric.parse::<f64>().ok()? as u32, c.iso3.clone())))
            .collect();
        let outlines = Outlines::read(&raw.join("map/countries-50m.json"), &numeric)?;
        let trade: Vec<TradeRow> = read_csv(&raw.join("trade/baci2023.csv.gz"))?;
        let mut economies: BTreeSet<String> = trade
            .into_iter()
            .flat_map(|row| [row.exporter, row.importer])
            .collect();
        economies.insert("TWN".into());
        let gauges: Vec<GaugeRow> = read_csv(&raw.join("network/main_gauge_by_economy.csv"))?;
        let costs: Vec<BorderCost> =
            read_csv(&raw.join("parameters/reed_trubetskoy_border_costs.csv"))?;
        let border_figures = costs
            .into_iter()
            // -9999 marks a missing figure in the source.
            .filter(|c| c.border_time_import >= 0.0)
            .map(|c| {
                let figures = BorderFigures {
                    export_hours: c.border_time_export,
                    import_hours: c.border_time_import,
                    export_usd: c.border_fee_export,
                    import_usd: c.border_fee_import,
                };
                let iso3 = if c.iso3 == "XK" { "XKX".into() } else { c.iso3 };
                (iso3, figures)
            })
            .collect();
        Ok(Self {
            countries,
            iso3_of_iso2,
            territories,
            outlines,
            cities: read_csv(&raw.join("places/geonames_cities15000.csv.gz"))?,
            economies,
            gauges: gauges.into_iter().map(|g| (g.iso3, g.gauge_mm)).collect(),
            border_figures,
        })
    }

    pub fn territory(&self, iso3: &str) -> Territory {
        self.territories
            .binary_search_by(|t| t.as_str().cmp(iso3))
            .map_or(NOWHERE, |i| i as Territory)
    }

    /// Code of a territory, empty at sea.
    pub fn iso3(&self, territory: Territory) -> &str {
        self.territories
            .get(territory as usize)
            .map_or("", String::as_str)
    }

    pub fn region(&self, iso3: &str) -> &str {
        self.countries
            .iter()
            .find(|c| c.iso3 == iso3)
            .map_or("", |c| c.region.as_str())
    }

    pub fn gauge(&self, iso3: &str) -> i32 {
        self.gauges.get(iso3).copied().unwrap_or(1435)
    }

    /// One source graph (`rail` or `road`), with the territory of every node made good.
    pub fn graph(&self, raw: &Path, mode: &str) -> Result<(Graph, Value)> {
        let names: Vec<CountryName> = read_csv(&raw.join("network/country_names.csv"))?;
        let mut by_name: BTreeMap<String, String> = names
            .into_iter()
            .map(|n| (n.country_name, n.iso3))
            .collect();
        for (name, iso3) in NAMED_AREAS {
            by_name.insert((*name).into(), (*iso3).into());
        }
        let mut graph = Graph::default();
        let (mut unlabelled, mut implausible, mut at_sea) = (0, 0, 0);
        for batch in read_parquet(&raw.join(format!("network/{mode}_nodes.parquet")))? {
            let lat = floats(batch.column_by_name("lat"), "lat")?;
            let lon = floats(batch.column_by_name("lon"), "lon")?;
            let label = texts(batch.column_by_name("country_name"), "country_name")?;
            for (i, label) in label.iter().enumerate() {
                let at = [normalise_lon(lon.value(i)), lat.value(i)];
                let labelled = by_name.get(label).filter(|iso3| !iso3.is_empty());
                // The source labels some nodes by the box around a country that spans the
                // antimeridian: Mozambique as Fiji, Iceland as Russia.
                let trusted = labelled.filter(|iso3| self.outlines.plausible(iso3, at, 0.7));
                let iso3 = match trusted {
                    Some(iso3) => iso3.as_str(),
                    None => {
                        if labelled.is_some() {
                            implausible += 1;
                        } else {
                            unlabelled += 1;
                        }
                        match self.outlines.landmass(at, 60.0) {
                            Some((iso3, _)) => iso3,
                            None => {
                                at_sea += 1;
                                labelled.map_or("", String::as_str)
                            }
                        }
                    }
                };
                graph.nodes.push(Node {
                    at,
                    territory: self.territory(iso3),
                    keep: false,
                });
            }
        }
        for batch in read_parquet(&raw.join(format!("network/{mode}_edges.parquet")))? {
            let from = ints(batch.column_by_name("from"), "from")?;
            let to = ints(batch.column_by_name("to"), "to")?;
            let km = floats(batch.column_by_name("km"), "km")?;
            for i in 0..batch.num_rows() {
                graph.edges.push(Edge::straight(
                    from.value(i) as u32,
                    to.value(i) as u32,
                    km.value(i),
                ));
            }
        }
        graph.origin = (0..graph.nodes.len() as u32).collect();
        let still_nowhere = fill_nowhere(&mut graph);
        let mut relabelled = 0;
        for (lon, lat, km, iso3) in RELABELLED {
            let territory = self.territory(iso3);
            for node in &mut graph.nodes {
                if node.territory != territory && haversine(node.at, [*lon, *lat]) <= *km {
                    node.territory = territory;
                    relabelled += 1;
                }
            }
        }
        let report = json!({
            "source_nodes": graph.nodes.len(),
            "source_edges": graph.edges.len(),
            "nodes_without_country_given_the_land_they_lie_on": unlabelled,
            "nodes_with_a_country_far_away_given_the_land_they_lie_on": implausible,
            "of_these_far_from_any_land": at_sea,
            "relabelled_by_hand": relabelled,
            "nodes_without_territory_in_the_end": still_nowhere,
        });
        Ok((graph, report))
    }
}

/// A node out at sea (a bridge, a tunnel) takes the territory of a neighbour along the line.
fn fill_nowhere(graph: &mut Graph) -> usize {
    loop {
        let mut changed = false;
        for i in 0..graph.edges.len() {
            let (a, b) = (graph.edges[i].a as usize, graph.edges[i].b as usize);
            for (x, y) in [(a, b), (b, a)] {
                if graph.nodes[x].territory == NOWHERE && graph.nodes[y].territory != NOWHERE {
                    graph.nodes[x].territory = graph.nodes[y].territory;
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    let nowhere = graph.nodes.iter().filter(|n| n.territory == NOWHERE);
    nowhere.count()
}

fn missing(name: &str) -> Box<dyn std::error::Error> {
    format!("column {name} is missing or of another type").into()
}

fn floats<'a>(column: Option<&'a arrow_array::ArrayRef>, name: &str) -> Result<&'a Float64Array> {
    column
        .and_then(|c| c.as_any().downcast_ref())
        .ok_or_else(|| missing(name))
}

fn ints<'a>(column: Option<&'a arrow_array::ArrayRef>, name: &str) -> Result<&'a Int32Array> {
    column
        .and_then(|c| c.as_any().downcast_ref())
        .ok_or_else(|| missing(name))
}

fn texts(column: Option<&arrow_array::ArrayRef>, name: &str) -> Result<Vec<String>> {
    let column = column.ok_or_else(|| missing(name))?;
    if let Some(array) = column.as_any().downcast_ref::<LargeStringArray>() {
        return Ok(array.iter().map(|v| v.unwrap_or("").to_string()).collect());
    }
    let array: &StringArray = column
        .as_any()
        .downcast_ref()
        .ok_or_else(|| missing(name))?;
    Ok(array.iter().map(|v| v.unwrap_or("").to_string()).collect())
}

/// Ports of the sea-lane source; the first two letters of a UN/LOCODE are the country.
pub fn ports(raw: &Path, data: &Raw) -> Result<(Vec<Port>, usize)> {
    let text = std::fs::read_to_string(raw.join("network/searoute_ports.geojson"))?;
    let geojson: Value = serde_json::from_str(&text)?;
    let mut ports: Vec<Port> = Vec::new();
    let mut dropped = 0;
    for feature in geojson["features"].as_array().into_iter().flatten() {
        let properties = &feature["properties"];
        let code = properties["port"].as_str().unwrap_or("").to_string();
        let at = [
            normalise_lon(
                feature["geometry"]["coordinates"][0]
                    .as_f64()
                    .unwrap_or(0.0),
            ),
            feature["geometry"]["coordinates"][1]
                .as_f64()
                .unwrap_or(0.0),
        ];
        let iso3 = code.get(..2).and_then(|c| data.iso3_of_iso2.get(c));
        let Some(iso3) = iso3.filter(|iso3| data.outlines.plausible(iso3, at, 0.5)) else {
            dropped += 1;
            continue;
        };
        ports.push(Port {
            name: properties["name"].as_str().unwrap_or("").to_string(),
            iso3: iso3.clone(),
            at,
            principal: properties["t"].as_f64() == Some(1.0),
            code,
        });
    }
    ports.sort_by(|a, b| (&a.code, !a.principal).cmp(&(&b.code, !b.principal)));
    ports.dedup_by(|a, b| a.code == b.code);
    Ok((ports, dropped))
}

/// Civil airports of Natural Earth with their rank (smaller is more important).
pub fn airports(raw: &Path) -> Result<Vec<Airport>> {
    let text = std::fs::read_to_string(raw.join("network/ne_10m_airports.json"))?;
    let geojson: Value = serde_json::from_str(&text)?;
    let mut airports: Vec<Airport> = geojson["features"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|f| f["properties"]["type"].as_str() != Some("military"))
        .filter_map(|f| {
            let properties = &f["properties"];
            let code = properties["iata_code"].as_str()?.to_string();
            Some(Airport {
                name: properties["name"].as_str().unwrap_or("").to_string(),
                at: [
                    f["geometry"]["coordinates"][0].as_f64()?,
                    f["geometry"]["coordinates"][1].as_f64()?,
                ],
                rank: properties["scalerank"].as_f64().unwrap_or(9.0),
                code,
            })
        })
        .filter(|a| a.code.len() == 3)
        .collect();
    airports.sort_by(|a, b| a.code.cmp(&b.code));
    airports.dedup_by(|a, b| a.code == b.code);
    Ok(airports)
}
