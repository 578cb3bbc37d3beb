//! The kinds of modification as a file spells them. Doc comments become the descriptions of the
//! JSON Schema.

use crate::membership::Membership;
use comity_world::Mode;
use schemars::JsonSchema;
use serde::Deserialize;

/// A modification and its position in the file, counted from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Modification {
    pub number: usize,
    pub change: Change,
}

/// One change to the world.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Change {
    BuildLink(Box<BuildLink>),
    UpgradeLink(UpgradeLink),
    CloseLink(CloseLink),
    Border(BorderChange),
    Tariff(Tariff),
    NonTariffCost(NonTariffCost),
    Productivity(Productivity),
    FreightRate(FreightRate),
    Terminal(TerminalChange),
    Membership(Membership),
}

impl Change {
    /// The labels of `type` that a file may use.
    pub const TYPES: [&'static str; 10] = [
        "build-link",
        "upgrade-link",
        "close-link",
        "border",
        "tariff",
        "non-tariff-cost",
        "productivity",
        "freight-rate",
        "terminal",
        "membership",
    ];

    /// The project that pays for it, if one does.
    pub fn project(&self) -> Option<&str> {
        match self {
            Change::BuildLink(c) => c.project.as_deref(),
            Change::UpgradeLink(c) => c.project.as_deref(),
            Change::CloseLink(c) => c.project.as_deref(),
            Change::Border(c) => c.project.as_deref(),
            Change::Tariff(c) => c.project.as_deref(),
            Change::NonTariffCost(c) => c.project.as_deref(),
            Change::Productivity(c) => c.project.as_deref(),
            Change::FreightRate(c) => c.project.as_deref(),
            Change::Terminal(c) => c.project.as_deref(),
            Change::Membership(c) => c.project.as_deref(),
        }
    }
}

/// One value or a list of them.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum OneOrMany<T> {
    One(T),
    Many(#[schemars(length(min = 1))] Vec<T>),
}

impl<T> OneOrMany<T> {
    /// All values.
    pub fn as_slice(&self) -> &[T] {
        match self {
            OneOrMany::One(value) => std::slice::from_ref(value),
            OneOrMany::Many(values) => values,
        }
    }
}

/// What a link's end becomes besides an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TerminalRole {
    /// Containers change here between tracks of two gauges.
    GaugeChange,
    /// Trucks bring and fetch containers here.
    Rail,
}

/// An end of a new link: the name of a place, or of an end that an earlier modification built; or a site.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum End {
    Place(String),
    Site(Site),
}

impl End {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            End::Place(name) => name,
            End::Site(site) => &site.name,
        }
    }
}

/// A point on the ground (with lon and lat), or a place with something more built there.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Later modifications call it by this name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Degrees east; with `lat`, a new node. Without both, `name` is an existing place.
    #[schemars(range(min = -180.0, max = 180.0))]
    pub lon: Option<f64>,
    /// Degrees north.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub lat: Option<f64>,
    /// Territory of a new node, ISO 3166-1 alpha-3; default that of the nearest node on land.
    pub iso3: Option<String>,
    /// What is built here besides: a gauge change, a rail terminal, or both.
    pub terminal: Option<OneOrMany<TerminalRole>>,
    /// Dwell and handling of the new rail terminal, hours per passage; default the world's median.
    #[schemars(range(min = 0.0))]
    pub terminal_hours: Option<f64>,
    /// Handling at the new rail terminal, USD per TEU and passage; default the world's median.
    #[schemars(range(min = 0.0))]
    pub terminal_usd_per_teu: Option<f64>,
}

impl Site {
    /// Whether this is built here.
    pub fn has(&self, role: TerminalRole) -> bool {
        self.terminal
            .as_ref()
            .is_some_and(|roles| roles.as_slice().contains(&role))
    }
}

/// A point that a new line passes, for the map only.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Via {
    /// For the reader.
    pub name: Option<String>,
    /// Degrees east.
    #[schemars(range(min = -180.0, max = 180.0))]
    pub lon: f64,
    /// Degrees north.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub lat: f64,
}

/// What the border costs that a new link crosses, both ways.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crossing {
    /// Hours at the border.
    #[schemars(range(min = 0.0))]
    pub hours: f64,
    /// Fees, USD per TEU.
    #[schemars(range(min = 0.0))]
    pub usd_per_teu: f64,
}

/// Builds a link between two ends, open both ways.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildLink {
    /// `rail`, `road` or `sea`.
    #[schemars(schema_with = "link_mode_schema")]
    pub mode: Mode,
    /// Where it begins.
    pub from: End,
    /// Where it ends.
    pub to: End,
    /// Length, kilometres.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub km: f64,
    /// Average speed, stops included, kilometres per hour; default that of the class.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub kmh: Option<f64>,
    /// Hours from end to end, instead of `kmh`.
    #[schemars(range(min = 0.0))]
    pub hours: Option<f64>,
    /// Class of modes.csv, which gives the freight rate; default `standard`, else the class that most kilometres of the mode have.
    pub class: Option<String>,
    /// Track gauge, millimetres; rail only, and needed there.
    #[schemars(range(min = 500, max = 3000))]
    pub gauge_mm: Option<u16>,
    /// Points that the line passes, in order, for the map only.
    #[serde(default)]
    pub via: Vec<Via>,
    /// Sets what the border between the territories of the two ends costs for this mode, both ways.
    pub border: Option<Crossing>,
    /// The project that pays for it.
    pub project: Option<String>,
    /// For the reader.
    pub note: Option<String>,
}

/// Improves the links on the shortest way, by kilometres, between two places.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpgradeLink {
    /// `rail`, `road` or `sea`.
    #[schemars(schema_with = "link_mode_schema")]
    pub mode: Mode,
    /// A place, or an end that an earlier modification built.
    pub from: String,
    /// A place, or an end that an earlier modification built.
    pub to: String,
    /// New class of modes.csv: its freight rate, and its speed unless `kmh` or `hours_factor` is given.
    pub class: Option<String>,
    /// New average speed, kilometres per hour.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub kmh: Option<f64>,
    /// Multiplies the hours of each link, instead of `kmh`.
    #[schemars(range(min = 0.0))]
    pub hours_factor: Option<f64>,
    /// Multiplies the kilometres of each link, at unchanged speed.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub km_factor: Option<f64>,
    /// The project that pays for it.
    pub project: Option<String>,
    /// For the reader.
    pub note: Option<String>,
}

/// Closes a passage, or the links on the shortest way between two places.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseLink {
    /// A strait or canal, by its name in links; instead of `mode`, `from`, `to`.
    pub passage: Option<String>,
    /// `rail`, `road` or `sea`.
    #[serde(default)]
    #[schemars(schema_with = "optional_link_mode_schema")]
    pub mode: Option<Mode>,
    /// A place, or an end that an earlier modification built.
    pub from: Option<String>,
    /// A place, or an end that an earlier modification built.
    pub to: Option<String>,
    /// The project that pays for it.
    pub project: Option<String>,
    /// For the reader.
    pub note: Option<String>,
}

/// Changes what crossing a border takes, for every crossing of the mode between the two territories.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BorderChange {
    /// Territories left, ISO 3166-1 alpha-3.
    pub from: Option<OneOrMany<String>>,
    /// Territories entered, ISO 3166-1 alpha-3.
    pub to: Option<OneOrMany<String>>,
    /// All borders between full members of this bloc, instead of `from` and `to`.
    pub between: Option<String>,
    /// `rail`, `road`, `sea`, `air`, or several.
    #[schemars(with = "OneOrMany<ModeLabel>")]
    pub mode: OneOrMany<Mode>,
    /// New hours at the border.
    #[schemars(range(min = 0.0))]
    pub hours: Option<f64>,
    /// Multiplies the hours at the border.
    #[schemars(range(min = 0.0))]
    pub hours_factor: Option<f64>,
    /// New fees, USD per TEU.
    #[schemars(range(min = 0.0))]
    pub usd_per_teu: Option<f64>,
    /// Multiplies the fees.
    #[schemars(range(min = 0.0))]
    pub usd_factor: Option<f64>,
    /// Opens or closes it.
    pub open: Option<bool>,
    /// Whether the way back changes too.
    #[serde(default = "yes")]
    pub both_ways: bool,
    /// The project that pays for it.
    pub project: Option<String>,
    /// For the reader.
    pub note: Option<String>,
}

/// Changes tariffs.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// Economies that levy it, ISO 3166-1 alpha-3.
    pub importer: Option<OneOrMany<String>>,
    /// Economies whose goods pay it; default all others.
    pub exporter: Option<OneOrMany<String>>,
    /// All pairs of full members of this bloc, instead of `importer` and `exporter`.
    pub between: Option<String>,
    /// What the full members of this bloc levy on everybody outside it (a common external tariff), instead of `importer` and `exporter`.
    pub around: Option<String>,
    /// Codes of sectors; default all tradable ones.
    pub sector: Option<OneOrMany<String>>,
    /// New tariff, ad valorem: 0.05 is 5 %.
    #[schemars(range(min = 0.0))]
    pub to: Option<f64>,
    /// Multiplies the tariff, instead of `to`.
    #[schemars(range(min = 0.0))]
    pub factor: Option<f64>,
    /// The project that pays for it.
    pub project: Option<String>,
    /// For the reader.
    pub note: Option<String>,
}

/// Changes what trade costs besides transport and tariffs: standards, papers, licences.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NonTariffCost {
    /// Economies that import, ISO 3166-1 alpha-3.
    pub importer: Option<OneOrMany<String>>,
    /// Economies that export; default all others.
    pub exporter: Option<OneOrMany<String>>,
    /// All pairs of full members of this bloc, instead of `importer` and `exporter`.
    pub between: Option<String>,
    /// What the full members of this bloc import from everybody outside it, instead of `importer` and `exporter`.
    pub around: Option<String>,
    /// Codes of sectors; default all tradable ones.
    pub sector: Option<OneOrMany<String>>,
    /// Multiplies the iceberg trade cost: 0.98 makes delivered goods 2 % cheaper before tariffs.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub factor: f64,
    /// The project that pays for it.
    pub project: Option<String>,
    /// For the reader.
    pub note: Option<String>,
}

/// Changes productivity.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Productivity {
    /// Economies whose productivity changes, ISO 3166-1 alpha-3.
    pub economy: OneOrMany<String>,
    /// Codes of sectors; default all.
    pub sector: Option<OneOrMany<String>>,
    /// Multiplies productivity: with 1.02, the same inputs give 2 % more.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub factor: f64,
    /// The project that pays for it.
    pub project: Option<String>,
    /// For the reader.
    pub note: Option<String>,
}

/// Changes freight rates.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FreightRate {
    /// `rail`, `road`, `sea` or `air`.
    #[schemars(with = "ModeLabel")]
    pub mode: Mode,
    /// Classes of modes.csv; default all of the mode.
    pub class: Option<OneOrMany<String>>,
    /// New rate, USD per TEU-kilometre.
    #[schemars(range(min = 0.0))]
    pub usd_per_teu_km: Option<f64>,
    /// Multiplies the rate, instead of `usd_per_teu_km`.
    #[schemars(range(min = 0.0))]
    pub factor: Option<f64>,
    /// The project that pays for it.
    pub project: Option<String>,
    /// For the reader.
    pub note: Option<String>,
}

/// Changes what a passage through terminals takes.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TerminalChange {
    /// `rail`, `port` or `airport`.
    #[schemars(with = "TerminalLabel")]
    pub kind: comity_world::TerminalKind,
    /// Ids of terminals.csv; default all of the kind.
    pub id: Option<OneOrMany<String>>,
    /// Only terminals in these territories, ISO 3166-1 alpha-3.
    pub iso3: Option<OneOrMany<String>>,
    /// New dwell and handling, hours per passage.
    #[schemars(range(min = 0.0))]
    pub hours: Option<f64>,
    /// Multiplies the hours.
    #[schemars(range(min = 0.0))]
    pub hours_factor: Option<f64>,
    /// New handling, USD per TEU and passage.
    #[schemars(range(min = 0.0))]
    pub usd_per_teu: Option<f64>,
    /// Multiplies the handling charge.
    #[schemars(range(min = 0.0))]
    pub usd_factor: Option<f64>,
    /// The project that pays for it.
    pub project: Option<String>,
    /// For the reader.
    pub note: Option<String>,
}

fn yes() -> bool {
    true
}

/// Stands for [`Mode`] in the schema.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[allow(dead_code)]
enum ModeLabel {
    Rail,
    Road,
    Sea,
    Air,
}

/// Stands for [`comity_world::TerminalKind`] in the schema.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[allow(dead_code)]
enum TerminalLabel {
    Rail,
    Port,
    Airport,
}

fn link_mode_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "enum": ["rail", "road", "sea"] })
}

fn optional_link_mode_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    link_mode_schema(generator)
}
