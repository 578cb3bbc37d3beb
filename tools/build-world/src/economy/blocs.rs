//! Blocs and heritage: small tables that are copied with little change.

use super::sources::CountryCode;
use crate::io::{self, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

#[derive(Deserialize)]
pub struct RawBloc {
    pub bloc: String,
    pub iso3: String,
    pub tier: String,
    pub from: String,
    pub until: String,
    pub basis: String,
}

#[derive(Serialize)]
struct BlocRow<'a> {
    bloc: &'a str,
    iso3: &'a str,
    tier: &'a str,
    from: &'a str,
    until: &'a str,
    source: &'a str,
}

/// Customs unions and free-trade areas that the blocs table does not hold. In force in 2023.
const FREE_TRADE: [&[&str]; 3] = [
    &["ARM", "BLR", "KAZ", "KGZ", "MDA", "RUS", "TJK", "UZB"], // CIS free-trade area
    &["ARE", "BHR", "KWT", "OMN", "QAT", "SAU"],               // Gulf Cooperation Council
    &["BWA", "LSO", "NAM", "SWZ", "ZAF"],                      // Southern African Customs Union
];

/// Blocs of the table that are customs unions or free-trade areas; SCO and CAREC are neither.
const TRADE_BLOCS: [&str; 3] = ["EAEU", "EU", "ASEAN"];

pub struct Blocs {
    pub rows: Vec<RawBloc>,
    trade: BTreeMap<String, Vec<String>>,
}

pub fn read(raw: &Path) -> Result<Blocs> {
    let rows: Vec<RawBloc> = io::read_csv(&raw.join("blocs/blocs.csv"))?;
    let mut trade: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows
        .iter()
        .filter(|r| TRADE_BLOCS.contains(&r.bloc.as_str()) && r.tier == "member")
    {
        trade
            .entry(row.bloc.clone())
            .or_default()
            .push(row.iso3.clone());
    }
    Ok(Blocs { rows, trade })
}

impl Blocs {
    /// Members of the trade bloc that `iso3` is in (itself included); empty if none.
    pub fn mates(&self, iso3: &str) -> &[String] {
        self.trade
            .values()
            .find(|members| members.iter().any(|m| m == iso3))
            .map_or(&[], |m| m)
    }

    /// Do goods move between the two without tariff?
    pub fn free(&self, a: &str, b: &str) -> bool {
        self.mates(a).iter().any(|m| m == b)
            || FREE_TRADE.iter().any(|m| m.contains(&a) && m.contains(&b))
    }

    /// Economies of a bloc with their tier, in the order of the table.
    pub fn of(&self, bloc: &str) -> impl Iterator<Item = (&str, &str)> {
        self.rows
            .iter()
            .filter(move |r| r.bloc == bloc)
            .map(|r| (r.iso3.as_str(), r.tier.as_str()))
    }
}

pub fn write(raw: &Path, out: &Path) -> Result<()> {
    let blocs = read(raw)?;
    let rows: Vec<BlocRow> = blocs
        .rows
        .iter()
        .map(|r| BlocRow {
            bloc: &r.bloc,
            iso3: &r.iso3,
            tier: &r.tier,
            from: &r.from,
            until: &r.until,
            source: &r.basis,
        })
        .collect();
    io::write_csv(&out.join("blocs.csv"), &rows)
}

#[derive(Deserialize)]
struct RawSite {
    id: String,
    name: String,
    inscribed: i32,
    lon: Option<f64>,
    lat: Option<f64>,
    iso2: String,
    transboundary: String,
}

#[derive(Serialize)]
struct Site {
    id: String,
    name: String,
    iso3: String,
    lon: f64,
    lat: f64,
    inscribed: i32,
    source: String,
}

/// World Heritage points. A site in several countries takes the first that is listed, and its
/// source says so; one without a country keeps an empty code.
pub fn write_heritage(raw: &Path, out: &Path) -> Result<Value> {
    let codes: HashMap<String, String> =
        io::read_csv::<CountryCode>(&raw.join("macro/country_codes.csv"))?
            .into_iter()
            .map(|c| (c.iso2.to_lowercase(), c.iso3))
            .collect();
    let mut sites = Vec::new();
    let (mut shared, mut homeless, mut dropped) = (0, 0, 0);
    for site in io::read_csv::<RawSite>(&raw.join("heritage/world_heritage_points_2023.csv"))? {
        let (Some(lon), Some(lat)) = (site.lon, site.lat) else {
            dropped += 1;
            continue;
        };
        let first = site
            .iso2
            .split([',', ';', ' '])
            .next()
            .unwrap_or("")
            .to_lowercase();
        let iso3 = codes.get(&first).cloned().unwrap_or_default();
        let mut source = "UNESCO World Heritage List 2023 (facts)".to_string();
        if site.transboundary == "1" {
            shared += 1;
            source += "; transboundary: ";
            source += &site.iso2;
        }
        homeless += usize::from(iso3.is_empty());
        sites.push(Site {
            id: site.id,
            name: site.name.trim().into(),
            iso3,
            lon,
            lat,
            inscribed: site.inscribed,
            source,
        });
    }
    io::write_csv(&out.join("heritage.csv"), &sites)?;
    Ok(
        json!({"sites": sites.len(), "transboundary": shared, "without_country": homeless, "without_point_dropped": dropped}),
    )
}
