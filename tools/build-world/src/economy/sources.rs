//! Rows of the raw CSV tables.

use serde::Deserialize;

#[derive(Deserialize)]
pub struct CountryCode {
    pub iso2: String,
    pub iso3: String,
    pub name: String,
    pub region: String,
    pub sub_region: String,
}

#[derive(Deserialize)]
pub struct WorldBank {
    #[serde(rename = "Country Code")]
    pub code: String,
    #[serde(rename = "Year")]
    pub year: i32,
    #[serde(rename = "Value")]
    pub value: f64,
}

#[derive(Deserialize)]
pub struct GdpUsd {
    pub iso3: String,
    pub gdp_usd: Option<f64>,
}

#[derive(Deserialize)]
pub struct BorderCost {
    pub iso3: String,
    pub border_time_import: Option<f64>,
    pub border_time_export: Option<f64>,
    pub border_fee_import: Option<f64>,
    pub border_fee_export: Option<f64>,
}

#[derive(Deserialize)]
pub struct BorderHours {
    pub iso3: String,
    pub export_border_compliance_hours_2019: Option<f64>,
    pub import_border_compliance_hours_2018: Option<f64>,
}

#[derive(Deserialize)]
pub struct Pair {
    pub exporter: String,
    pub importer: String,
    pub value_kusd: f64,
}

#[derive(Deserialize)]
pub struct SitcPair {
    pub exporter: String,
    pub importer: String,
    pub sitc: usize,
    pub value_kusd: f64,
}

#[derive(Deserialize)]
pub struct WdiTariff {
    pub iso3: String,
    pub tariff_pct: Option<f64>,
}

#[derive(Deserialize)]
pub struct ReedTariff {
    pub iso3: String,
    pub tariff_weighted: Option<f64>,
}

#[derive(Deserialize)]
pub struct GrossOutput {
    pub country: String,
    pub sector: String,
    pub gross_output_musd: f64,
}
