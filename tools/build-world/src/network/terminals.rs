//! Ports, rail terminals and airports: where a mode is entered.

use super::assumptions::*;
use super::geo::{Point, haversine};
use super::places::Place;
use super::read::{Airport, Port, Raw};
use crate::io::{Result, read_csv};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[derive(Serialize)]
pub struct TerminalRow {
    pub id: String,
    pub kind: &'static str,
    pub name: String,
    pub code: String,
    pub iso3: String,
    pub lon: f64,
    pub lat: f64,
    pub road_node: Option<i32>,
    pub node: Option<i32>,
    pub access_km: f64,
    pub hours: f64,
    pub usd_per_teu: f64,
    pub source: &'static str,
}

pub fn round(v: f64, decimals: i32) -> f64 {
    let unit = 10f64.powi(decimals);
    (v * unit).round() / unit
}

#[derive(Deserialize)]
struct LpiRow {
    country: String,
    lpi_score: Option<f64>,
    year: u32,
}

#[derive(Deserialize)]
struct Named {
    iso3: String,
    name: String,
}

/// Latest Logistics Performance Index score of each territory whose name matches.
pub fn lpi(raw_folder: &Path) -> Result<BTreeMap<String, f64>> {
    let names: Vec<Named> = read_csv(&raw_folder.join("macro/country_codes.csv"))?;
    let by_name: BTreeMap<String, String> = names.into_iter().map(|n| (n.name, n.iso3)).collect();
    let mut rows: Vec<LpiRow> = read_csv(&raw_folder.join("macro/lpi_merged_2012_2023.csv"))?;
    rows.sort_by_key(|r| r.year);
    let mut scores = BTreeMap::new();
    for row in rows {
        let iso3 = by_name
            .get(&row.country)
            .cloned()
            .or_else(|| lpi_alias(&row.country).map(String::from));
        if let (Some(iso3), Some(score)) = (iso3, row.lpi_score) {
            scores.insert(iso3, score);
        }
    }
    Ok(scores)
}

/// Names of the index that the code list spells otherwise.
fn lpi_alias(name: &str) -> Option<&'static str> {
    Some(match name {
        "Russian Federation" => "RUS",
        "Iran, Islamic Rep." => "IRN",
        "Korea, Rep." => "KOR",
        "Hong Kong SAR, China" | "Hong Kong, China" => "HKG",
        "Taiwan, China" | "Taiwan" => "TWN",
        "Türkiye" | "Turkey" | "Turkiye" => "TUR",
        "United States" => "USA",
        "United Kingdom" => "GBR",
        "Egypt, Arab Rep." => "EGY",
        "Vietnam" | "Viet Nam" => "VNM",
        "Yemen, Rep." => "YEM",
        "Syrian Arab Republic" => "SYR",
        _ => return None,
    })
}

/// Choose ports: those named, the best near each place, at least one for every territory that
/// has one. `lane_km` is the distance of each port from the sea lanes, `None` far inland.
/// Returns indices in order and the count of each rule.
pub fn choose_ports(
    raw: &Raw,
    ports: &[Port],
    lane_km: &[Option<f64>],
    places: &[Place],
) -> (Vec<usize>, BTreeMap<&'static str, usize>) {
    let mut chosen: BTreeSet<usize> = BTreeSet::new();
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (i, port) in ports.iter().enumerate() {
        if NAMED_PORTS.contains(&port.code.as_str()) && lane_km[i].is_some() && chosen.insert(i) {
            *counts.entry("named").or_default() += 1;
        }
    }
    // The largest places choose first; a port already chosen within reach of a place serves it.
    let mut order: Vec<&Place> = places.iter().collect();
    order.sort_by(|a, b| b.population.total_cmp(&a.population).then(a.id.cmp(&b.id)));
    for place in &order {
        let near =
            |i: &usize| ports[*i].iso3 == place.iso3 && haversine(ports[*i].at, place.at) <= 60.0;
        if chosen.iter().any(near) {
            continue;
        }
        let best = (0..ports.len())
            .filter(|&i| {
                ports[i].iso3 == place.iso3
                    && ports[i].principal
                    && lane_km[i].is_some_and(|km| km <= 60.0)
            })
            .map(|i| (haversine(ports[i].at, place.at), i))
            .filter(|(d, _)| *d <= 150.0)
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        if let Some((_, i)) = best
            && chosen.insert(i)
        {
            *counts.entry("principal_port_near_a_place").or_default() += 1;
        }
    }
    for iso3 in &raw.territories {
        if chosen.iter().any(|&i| &ports[i].iso3 == iso3) {
            continue;
        }
        let Some(largest) = order.iter().find(|p| &p.iso3 == iso3) else {
            continue;
        };
        let best = (0..ports.len())
            .filter(|&i| &ports[i].iso3 == iso3 && lane_km[i].is_some_and(|km| km <= 150.0))
            .map(|i| {
                let d = haversine(ports[i].at, largest.at);
                // A principal port may be 200 km farther and still be the better one.
                (d - if ports[i].principal { 200.0 } else { 0.0 }, i)
            })
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        if let Some((_, i)) = best {
            chosen.insert(i);
            *counts.entry("only_port_of_a_territory").or_default() += 1;
        }
    }
    (chosen.into_iter().collect(), counts)
}

/// Airports of rank 6 and better within 60 km of a place, each tied to the nearest place.
pub fn choose_airports(airports: &[Airport], places: &[Place]) -> Vec<(usize, usize)> {
    let mut best_for_place: BTreeMap<usize, (f64, f64, usize)> = BTreeMap::new();
    for (a, airport) in airports.iter().enumerate() {
        if airport.rank > 6.0 {
            continue;
        }
        let nearest = places
            .iter()
            .enumerate()
            .map(|(p, place)| (haversine(place.at, airport.at), p))
            .min_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
        if let Some((d, p)) = nearest
            && d <= 60.0
        {
            let slot = best_for_place.entry(p).or_insert((airport.rank, d, a));
            if (airport.rank, d) < (slot.0, slot.1) {
                *slot = (airport.rank, d, a);
            }
        }
    }
    let chosen = best_for_place.into_iter();
    chosen.map(|(p, (_, _, a))| (a, p)).collect()
}

/// Truck kilometres between a terminal and the road node that serves it.
pub fn access_km(a: Point, b: Point) -> f64 {
    round(haversine(a, b) * ACCESS_DETOUR, 1)
}

#[derive(Serialize)]
pub struct ModeRow {
    mode: &'static str,
    class: &'static str,
    kmh: f64,
    usd_per_teu_km: f64,
    fixed_hours: f64,
    fixed_usd_per_teu: f64,
    usd_low: f64,
    usd_high: f64,
    kmh_low: f64,
    kmh_high: f64,
    source: &'static str,
}

/// Speeds and rates of every class.
pub fn modes() -> Vec<ModeRow> {
    let row = |mode, class, kmh: [f64; 3], usd: [f64; 3], source| ModeRow {
        mode,
        class,
        kmh: kmh[1],
        usd_per_teu_km: usd[1],
        fixed_hours: 0.0,
        fixed_usd_per_teu: 0.0,
        usd_low: usd[0],
        usd_high: usd[2],
        kmh_low: kmh[0],
        kmh_high: kmh[2],
        source,
    };
    vec![
        row(
            "rail",
            "standard",
            [25.0, 38.0, 45.0],
            [0.35, 0.47, 0.60],
            "USD: Reed & Trubetskoy 2019, standard rail. Speed: 38 km/h, about CAREC CPMM rail speed without delay 2019-2021 (41.6-45.0) less stops on single track (assumption). Ranges: assumption",
        ),
        row(
            "rail",
            "high-capacity",
            [42.0, 54.0, 82.0],
            [0.17, 0.23, 0.47],
            "USD: Reed & Trubetskoy 2019, high-capacity rail. Speed: CAREC CPMM rail speed without delay 2022 (53.9 km/h); high: PRC 82.3 km/h. Ranges of USD: assumption",
        ),
        ModeRow {
            fixed_hours: 24.0,
            fixed_usd_per_teu: 329.0,
            ..row(
                "rail",
                "gauge-change",
                [38.0, 38.0, 38.0],
                [120.0, 0.0, 329.0],
                "USD per passage: CAREC CPMM 2020, Dostyk 329 (low: Erenhot 120; usd_low and usd_high are of the fixed fee). Hours: assumption, 24; from under an hour for one train to weeks in congestion",
            )
        },
        row(
            "road",
            "highway",
            [23.4, 42.0, 55.0],
            [0.63, 0.85, 1.10],
            "USD: Reed & Trubetskoy 2019, undivided road. Speed: CAREC CPMM road speed without delay 2022 (42.0); low: with delay (23.4). High: assumption",
        ),
        row(
            "road",
            "motorway",
            [45.0, 60.0, 75.0],
            [0.50, 0.63, 0.85],
            "USD: Reed & Trubetskoy 2019, divided road. Speed 60 km/h with drivers' rests: assumption",
        ),
        row(
            "sea",
            "lane",
            [25.9, 29.6, 33.3],
            [0.04, 0.045, 0.05],
            "USD: Reed & Trubetskoy 2019, 0.04 in the paper, 0.05 in the parameters. Speed: 16 knots, porteconomicsmanagement.org (10,600 nm in 27 days); range 14-18 knots: assumption",
        ),
        row(
            "air",
            "default",
            [600.0, 800.0, 850.0],
            [2.0, 2.75, 4.0],
            "assumption: about 0.28 USD per tonne-km at 10 t per TEU; 800 km/h",
        ),
    ]
}
