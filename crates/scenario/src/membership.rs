//! An economy joins a bloc, leaves it or changes its tier, and what that means.

use crate::modification::OneOrMany;
use schemars::JsonSchema;
use serde::Deserialize;

/// The tier of those outside a bloc, as files write it.
pub(crate) const OUTSIDE: &str = "outside";

/// Changes who belongs to a bloc. What membership means must be said: at least one effect, or `effects = "none"`. Effects are between each economy named and the full members of the bloc after the change.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// Economies that join, leave or change tier, ISO 3166-1 alpha-3.
    pub economy: OneOrMany<String>,
    /// The bloc; default the scenario's.
    pub bloc: Option<String>,
    /// The tier it has then, `outside` to leave.
    #[serde(default = "member")]
    #[schemars(length(min = 1))]
    pub tier: String,
    /// `none`: it changes votes and nothing else.
    pub effects: Option<NoEffects>,
    /// Tariffs between it and members, both ways, all tradable sectors: `zero`, `bloc-mean`, `outside-mean`, or a rate, ad valorem.
    pub tariffs: Option<Tariffs>,
    /// Multiplies these tariffs, instead of `tariffs`.
    #[schemars(range(min = 0.0))]
    pub tariff_factor: Option<f64>,
    /// Hours at its borders with members, all modes, both ways: `bloc-median` (where they are longer), or a number.
    pub border_hours: Option<BorderHours>,
    /// Multiplies these hours, instead of `border_hours`.
    #[schemars(range(min = 0.0))]
    pub border_hours_factor: Option<f64>,
    /// Multiplies the iceberg cost of its trade with members, both ways: 0.98 makes delivered goods 2 % cheaper before tariffs.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub non_tariff_factor: Option<f64>,
    /// What it levies on everybody outside the bloc: `bloc-mean`, what members levy there.
    pub external_tariff: Option<ExternalTariff>,
    /// The project that pays for it.
    pub project: Option<String>,
    /// For the reader.
    pub note: Option<String>,
}

fn member() -> String {
    "member".to_owned()
}

/// Said where membership changes nothing but votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum NoEffects {
    None,
}

/// Tariffs between a newcomer and members.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Tariffs {
    Named(NamedTariffs),
    /// Ad valorem: 0.05 is 5 %.
    Rate(#[schemars(range(min = 0.0))] f64),
}

/// Tariffs that follow from what others levy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum NamedTariffs {
    Zero,
    BlocMean,
    OutsideMean,
}

/// Hours at the borders between a newcomer and members.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum BorderHours {
    Named(NamedHours),
    Hours(#[schemars(range(min = 0.0))] f64),
}

/// Hours that follow from those of other borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum NamedHours {
    BlocMedian,
}

/// What a newcomer levies on outsiders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum ExternalTariff {
    BlocMean,
}

impl Membership {
    /// The keys that say what membership means, and whether each is given.
    pub(crate) fn effects_given(&self) -> [(&'static str, bool); 6] {
        [
            ("tariffs", self.tariffs.is_some()),
            ("tariff_factor", self.tariff_factor.is_some()),
            ("border_hours", self.border_hours.is_some()),
            ("border_hours_factor", self.border_hours_factor.is_some()),
            ("non_tariff_factor", self.non_tariff_factor.is_some()),
            ("external_tariff", self.external_tariff.is_some()),
        ]
    }

    /// Whether journeys may change.
    pub fn changes_journeys(&self) -> bool {
        self.border_hours.is_some() || self.border_hours_factor.is_some()
    }
}
