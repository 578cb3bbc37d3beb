//! world.toml: what holds for a world as a whole.

mod keys;

use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FILE: &str = "world.toml";

/// The settings of a world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Short name, the folder's.
    pub name: String,
    pub title: String,
    pub version: String,
    /// Year the tables describe.
    pub base_year: i32,
    /// The bloc shown when none is named.
    pub default_bloc: String,
    pub journeys: Journeys,
    #[serde(default)]
    pub map: Map,
    /// Where each table comes from, by file name.
    #[serde(default)]
    pub sources: BTreeMap<String, TableSource>,
}

/// How journeys are built and chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Journeys {
    pub mode_choice: ModeChoice,
    /// Sigma of the `log` form (no unit), mu of the `level` form (per USD per TEU).
    pub mode_choice_parameter: f64,
    /// Range of the parameter, for sensitivity.
    pub mode_choice_range: (f64, f64),
    /// How many terminals of a mode a place may choose from.
    pub access_terminals: usize,
    /// Truck kilometres within which it may choose.
    pub access_km: f64,
    /// Truck kilometres within which it takes the nearest one if none is within `access_km`.
    pub far_access_km: f64,
    /// Truck kilometres of collection and delivery at each end of a road journey.
    pub local_km: f64,
    /// Road class of local and access kilometres.
    pub local_road_class: String,
}

/// Form of the choice between main modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModeChoice {
    /// Logit in generalised cost: shares ∝ exp(−μ G), composite −(1/μ) ln Σ exp(−μ G).
    Level,
    /// Logit in the logarithm of generalised cost: shares ∝ G^(−σ), composite (Σ G^(−σ))^(−1/σ).
    Log,
}

/// What maps show by default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Map {
    /// West, south, east, north, degrees.
    #[serde(default)]
    pub extent: Option<[f64; 4]>,
}

/// Source and licence of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TableSource {
    pub title: String,
    pub licence: String,
    #[serde(default)]
    pub licence_url: Option<String>,
}

impl Settings {
    /// Parse world.toml.
    ///
    /// # Errors
    /// Every mistake found, with its line.
    pub fn parse(text: &str) -> Result<Settings, Vec<Problem>> {
        let found = keys::check(text);
        if !found.is_empty() {
            return Err(found);
        }
        let settings: Settings = toml::from_str(text).map_err(|error| {
            let mut problem = Problem::new(FILE, error.message().trim());
            if let Some(span) = error.span() {
                problem = problem.line(keys::line_of(text, span.start));
            }
            vec![problem]
        })?;
        let mut problems = Vec::new();
        let (low, high) = settings.journeys.mode_choice_range;
        let parameter = settings.journeys.mode_choice_parameter;
        if low > parameter || high < parameter {
            problems.push(
                Problem::new(
                    FILE,
                    format!("must hold mode-choice-parameter, {parameter}"),
                )
                .column("journeys.mode-choice-range")
                .value(format!("{low}, {high}")),
            );
        }
        if problems.is_empty() {
            Ok(settings)
        } else {
            Err(problems)
        }
    }
}
