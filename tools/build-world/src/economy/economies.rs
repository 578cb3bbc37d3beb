//! Who is in the world: economies, their size and borders, and whose every territory is.

use super::icio::Icio;
use super::matrix::round;
use super::sectors::median;
use super::sources::{BorderCost, BorderHours, CountryCode, GdpUsd, Pair, WorldBank};
use crate::io::{self, Result};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

pub const REMAINDER: &str = "ROW";
const YEAR: i32 = 2023;

/// Stated where no table has a figure (musd).
const STATED_GDP: [(&str, f64, &str); 2] = [
    (
        "TWN",
        755_000.0,
        "stated figure; ICIO 2022 value added is 762,699",
    ),
    (
        "VEN",
        92_000.0,
        "stated figure; the table that comes with the trade data has 482,359, the level of 2014",
    ),
];
const PRK_GDP: f64 = 17_000.0;
const TWN_POPULATION: f64 = 23_400_000.0;

/// Territories whose trade the trade table reports together with another economy.
const REPORTED_WITH: [(&str, &[&str]); 8] = [
    ("USA", &["PRI", "VIR", "UMI"]),
    ("FRA", &["GLP", "MTQ", "GUF", "REU", "MYT", "MAF", "MCO"]),
    ("CHE", &["LIE"]),
    ("NOR", &["SJM", "BVT"]),
    ("FIN", &["ALA"]),
    ("ITA", &["VAT"]),
    ("GBR", &["IMN", "GGY", "JEY"]),
    ("AUS", &["HMD"]),
];

#[derive(Serialize, Clone)]
pub struct EconomyRow {
    pub iso3: String,
    pub name: String,
    pub region: String,
    pub gdp_musd: f64,
    pub population: f64,
    pub border_export_hours: f64,
    pub border_import_hours: f64,
    pub border_export_usd: f64,
    pub border_import_usd: f64,
    pub in_input_output: bool,
    pub remainder: bool,
}

#[derive(Serialize)]
pub struct TerritoryRow {
    pub iso3: String,
    pub name: String,
    pub economy: String,
}

pub struct Economies {
    pub rows: Vec<EconomyRow>,
    pub index: HashMap<String, usize>,
    /// Continent, for choosing like economies.
    pub continent: Vec<String>,
    pub territories: Vec<TerritoryRow>,
    pub report: Value,
}

/// The figure of `YEAR`, or else the latest, with its year.
fn latest(rows: &[WorldBank]) -> HashMap<String, (f64, i32)> {
    let mut found: HashMap<String, (f64, i32)> = HashMap::new();
    for row in rows.iter().filter(|r| r.year <= YEAR) {
        let entry = found
            .entry(row.code.clone())
            .or_insert((row.value, row.year));
        if row.year > entry.1 {
            *entry = (row.value, row.year);
        }
    }
    found
}

/// The four border figures, in the order export hours, import hours, export USD, import USD.
type Border = [Option<f64>; 4];

fn borders(raw: &Path) -> Result<HashMap<String, Border>> {
    let mut found: HashMap<String, Border> = HashMap::new();
    for r in io::read_csv::<BorderCost>(&raw.join("parameters/reed_trubetskoy_border_costs.csv"))? {
        let figures = [
            r.border_time_export,
            r.border_time_import,
            r.border_fee_export,
            r.border_fee_import,
        ];
        found.insert(r.iso3, figures);
    }
    for r in io::read_csv::<BorderHours>(&raw.join("macro/wdi_border_compliance_hours.csv"))? {
        let entry = found.entry(r.iso3).or_default();
        entry[0] = entry[0].or(r.export_border_compliance_hours_2019);
        entry[1] = entry[1].or(r.import_border_compliance_hours_2018);
    }
    // the raw tables write a missing figure as -9999
    for figures in found.values_mut() {
        figures
            .iter_mut()
            .for_each(|f| *f = f.filter(|v| *v >= 0.0));
    }
    Ok(found)
}

impl Economies {
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    pub fn code(&self, i: usize) -> &str {
        &self.rows[i].iso3
    }
    pub fn gdp(&self, i: usize) -> f64 {
        self.rows[i].gdp_musd
    }
    /// Index of the remainder economy.
    pub fn remainder(&self) -> usize {
        self.index[REMAINDER]
    }

    pub fn read(raw: &Path, icio: &Icio) -> Result<Self> {
        let mut codes: BTreeSet<String> = BTreeSet::from(["TWN".to_string()]);
        for pair in io::read_csv::<Pair>(&raw.join("trade/baci2023.csv.gz"))? {
            codes.insert(pair.exporter);
            codes.insert(pair.importer);
        }
        let countries: Vec<CountryCode> = io::read_csv(&raw.join("macro/country_codes.csv"))?;
        let gdp = latest(&io::read_csv(&raw.join("macro/wb_gdp.csv.gz"))?);
        let population = latest(&io::read_csv(&raw.join("macro/wb_population.csv.gz"))?);
        let other_gdp: HashMap<String, f64> =
            io::read_csv::<GdpUsd>(&raw.join("macro/baci2023_gdp_usd.csv"))?
                .into_iter()
                .filter_map(|r| r.gdp_usd.map(|g| (r.iso3, g)))
                .collect();
        let borders = borders(raw)?;
        let by_code: BTreeMap<&str, &CountryCode> =
            countries.iter().map(|c| (c.iso3.as_str(), c)).collect();

        let mut sources: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut rows = Vec::new();
        let mut continent = Vec::new();
        let mut figures: Vec<Border> = Vec::new();
        for code in &codes {
            let country = by_code
                .get(code.as_str())
                .ok_or_else(|| format!("country_codes.csv has no {code}"))?;
            let stated = STATED_GDP.iter().find(|(c, _, _)| c == code);
            let (value, source) = match (stated, gdp.get(code), other_gdp.get(code)) {
                (Some(&(_, v, why)), _, _) => (v, why.to_string()),
                (_, Some(&(v, YEAR)), _) => (v / 1e6, "World Bank 2023".to_string()),
                (_, _, Some(&v)) => (v / 1e6, "table that comes with the trade data".into()),
                (_, Some(&(v, year)), None) => (v / 1e6, format!("World Bank {year}")),
                _ => return Err(format!("no GDP of {code}").into()),
            };
            sources.entry(source).or_default().push(code.clone());
            let people = match population.get(code) {
                Some(&(v, _)) => v,
                None if code == "TWN" => TWN_POPULATION,
                None => return Err(format!("no population of {code}").into()),
            };
            let (region, area) = if country.sub_region.is_empty() {
                ("Eastern Asia", "Asia") // the codes table leaves TWN out of the UN regions
            } else {
                (country.sub_region.as_str(), country.region.as_str())
            };
            figures.push(borders.get(code).copied().unwrap_or_default());
            continent.push(area.to_string());
            rows.push(EconomyRow {
                iso3: code.clone(),
                name: country.name.clone(),
                region: region.into(),
                gdp_musd: round(value, 3),
                population: people.round(),
                border_export_hours: 0.0,
                border_import_hours: 0.0,
                border_export_usd: 0.0,
                border_import_usd: 0.0,
                in_input_output: icio.regions.contains(code),
                remainder: false,
            });
        }

        let territories = territories(&countries, &codes);
        let mut rest = (PRK_GDP, 0.0);
        let mut rest_of = vec!["PRK (assumption 17,000 musd)".to_string()];
        for t in territories.iter().filter(|t| t.economy == REMAINDER) {
            if let Some(&(value, year)) = gdp.get(&t.iso3) {
                rest.0 += value / 1e6;
                rest_of.push(format!("{} {year}", t.iso3));
            }
            rest.1 += population.get(&t.iso3).map_or(0.0, |p| p.0);
        }
        figures.push(Border::default());
        continent.push("World".into());
        rows.push(EconomyRow {
            iso3: REMAINDER.into(),
            name: "Rest of the world".into(),
            region: "Rest of the world".into(),
            gdp_musd: round(rest.0, 3),
            population: rest.1.round(),
            border_export_hours: 0.0,
            border_import_hours: 0.0,
            border_export_usd: 0.0,
            border_import_usd: 0.0,
            in_input_output: false,
            remainder: true,
        });
        let imputed = fill_borders(&mut rows, &figures);
        let index = rows
            .iter()
            .enumerate()
            .map(|(i, r)| (r.iso3.clone(), i))
            .collect();
        let counts: BTreeMap<_, _> = sources
            .iter()
            .map(|(s, c)| {
                (
                    s.clone(),
                    if c.len() > 40 {
                        json!(c.len())
                    } else {
                        json!(c)
                    },
                )
            })
            .collect();
        let report = json!({
            "count": rows.len(),
            "in_input_output": rows.iter().filter(|r| r.in_input_output).count(),
            "gdp_sources": counts,
            "gdp_world_musd": round(rows.iter().map(|r| r.gdp_musd).sum(), 1),
            "remainder_gdp_musd": round(rest.0, 1),
            "remainder_gdp_from": rest_of,
            "border_figures_imputed_by_regional_median": imputed,
            "territories": territories.len(),
            "territories_in_remainder": territories.iter().filter(|t| t.economy == REMAINDER).count(),
        });
        Ok(Self {
            rows,
            index,
            continent,
            territories,
            report,
        })
    }
}

/// Put the border figures in, missing ones by the median of the region, else of the world.
/// Returns for each figure whose it was.
fn fill_borders(rows: &mut [EconomyRow], figures: &[Border]) -> Value {
    let names = [
        "border_export_hours",
        "border_import_hours",
        "border_export_usd",
        "border_import_usd",
    ];
    let mut imputed = BTreeMap::new();
    for (k, name) in names.iter().enumerate() {
        let mut who = Vec::new();
        for i in 0..rows.len() {
            let value = figures[i][k].unwrap_or_else(|| {
                who.push(rows[i].iso3.clone());
                let of = |same: bool| -> Vec<f64> {
                    (0..rows.len())
                        .filter(|&m| !same || rows[m].region == rows[i].region)
                        .filter_map(|m| figures[m][k])
                        .collect()
                };
                let mut like = of(true);
                if like.is_empty() {
                    like = of(false);
                }
                median(&mut like)
            });
            let row = &mut rows[i];
            *[
                &mut row.border_export_hours,
                &mut row.border_import_hours,
                &mut row.border_export_usd,
                &mut row.border_import_usd,
            ][k] = round(value, 3);
        }
        imputed.insert(*name, json!({"count": who.len(), "economies": who}));
    }
    json!(imputed)
}

/// Every ISO code and Kosovo: itself if an economy, the economy that reports its trade, else the
/// remainder. No other parent is assumed.
fn territories(countries: &[CountryCode], economies: &BTreeSet<String>) -> Vec<TerritoryRow> {
    let kosovo = ("XKX", "Kosovo");
    let mut all: BTreeMap<&str, &str> = countries
        .iter()
        .map(|c| (c.iso3.as_str(), c.name.as_str()))
        .collect();
    all.insert(kosovo.0, kosovo.1);
    all.into_iter()
        .map(|(iso3, name)| {
            let economy = if economies.contains(iso3) {
                iso3
            } else {
                REPORTED_WITH
                    .iter()
                    .find(|(_, those)| those.contains(&iso3))
                    .map_or(REMAINDER, |(parent, _)| parent)
            };
            TerritoryRow {
                iso3: iso3.into(),
                name: name.into(),
                economy: economy.into(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latest_figure_not_after_the_base_year() {
        let row = |year, value| WorldBank {
            code: "A".into(),
            year,
            value,
        };
        assert_eq!(
            latest(&[
                row(2021, 1.0),
                row(2023, 3.0),
                row(2022, 2.0),
                row(2024, 4.0)
            ])["A"],
            (3.0, 2023)
        );
    }
}
