//! What an appraisal finds: plain data with labels and units, ready to be written or shown.
//!
//! "Before" is the baseline, "after" the scenario. Changes in percent are 100 × (after ÷ before − 1).
//! A missing number means unreachable or not applicable, never zero.

pub use crate::draws::Uncertainty;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The result of an appraisal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    pub scenario: ScenarioSummary,
    pub world: WorldSummary,
    pub verdict: Verdict,
    /// Every economy, sorted by ISO code.
    pub economies: Vec<EconomyOutcome>,
    /// The place pairs whose composite generalised cost changes most, most changed first.
    pub corridors: Vec<Corridor>,
    /// Journeys with their lines on the map, before and after.
    pub journeys: Vec<JourneyChange>,
    /// Links that the scenario builds, upgrades or closes.
    pub map_links: Vec<MapLink>,
    pub pairs: Vec<PairOutcome>,
    pub places: Vec<PlaceOutcome>,
    /// `None` where no parameters were drawn.
    #[serde(default)]
    pub uncertainty: Option<Uncertainty>,
    pub assumptions: Vec<Assumption>,
    /// Where the world's tables come from.
    pub sources: Vec<TableCredit>,
    pub diagnostics: Diagnostics,
}

/// The scenario in words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScenarioSummary {
    /// Short name, used for folders: `cku-railway`.
    pub id: String,
    pub name: String,
    pub description: String,
    pub bloc: String,
    /// One sentence for each modification.
    pub modifications: Vec<String>,
    pub projects: Vec<ProjectSummary>,
    pub sources: Vec<String>,
}

/// A project and who pays for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProjectSummary {
    pub name: String,
    pub cost_musd: f64,
    pub life_years: f64,
    /// 0.06 = 6 % a year.
    pub discount_rate: f64,
    /// Equal yearly payment over the life that is worth the cost.
    pub annuity_musd: f64,
    /// ISO code → share, adding to 1.
    pub paid_by: BTreeMap<String, f64>,
    pub spent_in: BTreeMap<String, f64>,
    /// One sentence for each loan.
    #[serde(default)]
    pub loans: Vec<String>,
}

/// The world in numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WorldSummary {
    pub name: String,
    pub title: String,
    pub version: String,
    pub base_year: i32,
    pub economies: usize,
    pub sectors: usize,
    pub places: usize,
    pub nodes: usize,
    pub links: usize,
}

/// The answer in one sentence, and what stands behind it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict {
    pub sentence: String,
    /// Full members that gain, lose, and whose change is below a thousandth of a percent of income.
    pub members_gaining: usize,
    pub members_losing: usize,
    pub members_indifferent: usize,
    /// Sum over full members, million USD a year, costs deducted.
    pub members_net_musd: f64,
    /// Sum over all economies, million USD a year, costs deducted.
    pub world_net_musd: f64,
}

impl EconomyOutcome {
    /// Whether the scenario makes it a full member.
    pub fn joins(&self) -> bool {
        !self.has_voice && self.tier_after.as_deref() == Some("member")
    }

    /// Whether the scenario takes its voice.
    pub fn leaves(&self) -> bool {
        self.has_voice && self.tier_after.as_deref() != Some("member")
    }
}

/// What changes for one economy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EconomyOutcome {
    pub iso3: String,
    pub name: String,
    pub region: String,
    /// Tier in the scenario's bloc before the scenario; `None` outside it.
    pub tier: Option<String>,
    pub has_voice: bool,
    /// National income of the baseline, million USD a year.
    pub income_musd: f64,
    /// Mean over the ten largest trade partners, weighted by trade, of the journey hours (general
    /// cargo, weighted over modes and place pairs).
    pub partner_hours_before: Option<f64>,
    pub partner_hours_after: Option<f64>,
    /// The same for USD per TEU.
    pub partner_usd_per_teu_before: Option<f64>,
    pub partner_usd_per_teu_after: Option<f64>,
    /// Trade-weighted mean change of the trade cost factor over goods imports and exports.
    pub trade_cost_change_percent: f64,
    /// Exports of goods and services, million USD; imports likewise.
    pub exports_before_musd: f64,
    pub exports_after_musd: f64,
    pub imports_before_musd: f64,
    pub imports_after_musd: f64,
    /// Exact change of real income, before the project's cost.
    pub real_income_change_percent: f64,
    /// Equivalent variation, million USD a year, as if the projects cost nothing.
    pub real_income_change_musd: f64,
    pub price_index_change_percent: f64,
    pub real_wage_change_percent: f64,
    /// What moves real income, percent of income; the parts add up to
    /// `net_change_percent`. Missing where the split could not be computed. First: cheaper
    /// or dearer journeys of what the economy buys.
    pub from_trade_cost_percent: Option<f64>,
    /// Prices of what it sells against prices of what it buys, at the factory gate.
    pub from_terms_of_trade_percent: Option<f64>,
    /// Tariff revenue on changed imports.
    pub from_tariff_revenue_percent: Option<f64>,
    /// Its own productivity.
    pub from_productivity_percent: Option<f64>,
    /// What its fixed trade balance buys at new prices.
    pub from_trade_balance_percent: Option<f64>,
    /// The taxes that pay for projects, and the prices of what projects buy in the economy.
    pub from_project_percent: Option<f64>,
    /// Share of all projects' cost that it bears, 0 to 1.
    pub cost_share: f64,
    /// Its share of the annuities, million USD a year.
    pub cost_musd_per_year: f64,
    /// Exact change of real income with the taxes that pay for the projects and the spending of
    /// their cost inside the equilibrium.
    pub net_change_percent: f64,
    /// Equivalent variation, million USD a year.
    pub net_change_musd: f64,
    /// False where its structure of production is imputed.
    pub in_input_output: bool,
    /// Tier after the scenario, the same as `tier` unless membership changes.
    #[serde(default)]
    pub tier_after: Option<String>,
}

/// A place pair before and after, general cargo, weighted over modes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Corridor {
    pub from: String,
    pub from_iso3: String,
    pub to: String,
    pub to_iso3: String,
    pub hours_before: Option<f64>,
    pub hours_after: Option<f64>,
    pub usd_per_teu_before: Option<f64>,
    pub usd_per_teu_after: Option<f64>,
    /// Composite generalised cost, USD per TEU.
    pub generalised_before: Option<f64>,
    pub generalised_after: Option<f64>,
    /// Mode label → share of journeys, adding to 1.
    pub mode_shares_before: BTreeMap<String, f64>,
    pub mode_shares_after: BTreeMap<String, f64>,
}

/// One journey by one main mode, before and after.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JourneyChange {
    pub from: String,
    pub to: String,
    pub mode: String,
    pub commodity_class: String,
    pub before: Option<Journey>,
    pub after: Option<Journey>,
}

/// A journey between two places.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Journey {
    pub hours: f64,
    pub usd_per_teu: f64,
    pub km: f64,
    /// Generalised cost, USD per TEU.
    pub generalised_usd_per_teu: f64,
    pub legs: Vec<Leg>,
}

/// A part of a journey: a stretch by one mode, a terminal, a border or a change of gauge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Leg {
    /// `rail`, `road`, `sea`, `air`, `terminal`, `border`, `gauge-change`.
    pub kind: String,
    /// In words: "rail Kashgar – Khorgos", "border CHN → KAZ".
    pub what: String,
    pub hours: f64,
    pub usd_per_teu: f64,
    pub km: f64,
    /// Points (lon, lat) of the line; empty for what has no length.
    pub line: Vec<(f64, f64)>,
}

/// A link of the scenario, for the map.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MapLink {
    pub label: String,
    pub mode: String,
    /// `built`, `upgraded`, `closed`.
    pub change: String,
    pub line: Vec<(f64, f64)>,
}

/// An economy pair, exporter to importer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PairOutcome {
    pub exporter: String,
    pub importer: String,
    /// General cargo, weighted over place pairs and modes.
    pub hours_before: Option<f64>,
    pub hours_after: Option<f64>,
    pub usd_per_teu_before: Option<f64>,
    pub usd_per_teu_after: Option<f64>,
    /// Trade-weighted over goods sectors; missing where the scenario cuts the pair off.
    pub trade_cost_change_percent: Option<f64>,
    pub trade_before_musd: f64,
    pub trade_after_musd: f64,
}

/// A place: how far it is from the world's markets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlaceOutcome {
    pub id: String,
    pub name: String,
    pub iso3: String,
    pub lon: f64,
    pub lat: f64,
    pub population: f64,
    /// Mean hours to all places outside its economy, weighted by their economic size.
    pub hours_before: Option<f64>,
    pub hours_after: Option<f64>,
    /// Change of market access, general cargo, tariffs included: the measure of
    /// `docs/method/market-access.md`.
    pub market_access_change_percent: Option<f64>,
}

/// A number that the result rests on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Assumption {
    pub what: String,
    pub value: String,
    pub range: String,
    pub source: String,
}

/// Where a table comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TableCredit {
    pub table: String,
    pub title: String,
    pub licence: String,
}

/// How well the computation went.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Diagnostics {
    pub version: String,
    pub iterations: usize,
    /// Block of equations → largest relative residual.
    pub residuals: BTreeMap<String, f64>,
    /// Stage → seconds.
    pub seconds: BTreeMap<String, f64>,
    /// What → count: rows read, places without road, unreachable pairs, …
    pub counts: BTreeMap<String, u64>,
    /// Things a reader must know before using the figures.
    pub warnings: Vec<String>,
    /// File → SHA-256.
    pub inputs: BTreeMap<String, String>,
    pub command: String,
}
