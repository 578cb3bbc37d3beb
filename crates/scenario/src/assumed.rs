//! What projects are assumed to cost whose cost is not known: so much a kilometre.

use crate::place::{KeyPath, Lines};
use crate::walk::{Walker, note_lines};
use comity_world::{Mode, Problem};
use schemars::JsonSchema;
use serde::Deserialize;
use std::cell::RefCell;
use toml::de::DeTable;

/// Assumed costs by the kilometre of links built or upgraded, for projects without `cost_musd`. Each is paid for and spent where its kilometres lie. A project that builds no links, or links without a rate here, keeps an unknown cost.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssumedCosts {
    /// Where the rates come from.
    #[schemars(length(min = 1))]
    pub source: String,
    /// New railway, million USD a kilometre.
    #[schemars(range(min = 0.0))]
    pub new_rail_musd_per_km: Option<f64>,
    /// Railway improved, million USD a kilometre.
    #[schemars(range(min = 0.0))]
    pub upgraded_rail_musd_per_km: Option<f64>,
    /// New road, million USD a kilometre.
    #[schemars(range(min = 0.0))]
    pub new_road_musd_per_km: Option<f64>,
    /// Road improved, million USD a kilometre.
    #[schemars(range(min = 0.0))]
    pub upgraded_road_musd_per_km: Option<f64>,
    /// Years over which they are paid for.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub life_years: f64,
    /// Real interest a year: 0.06 is 6 %.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub discount_rate: f64,
}

impl AssumedCosts {
    /// Read the keys from a TOML file of their own.
    ///
    /// # Errors
    /// Every mistake, in the order of lines.
    pub fn parse(file: &str, text: &str) -> Result<AssumedCosts, Vec<Problem>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let problem = |error: &toml::de::Error| {
                let before = error.span().map_or(0, |span| span.start.min(text.len()));
                let line = 1 + text[..before].matches('\n').count() as u64;
                Problem::new(file, error.message().trim()).line(line)
            };
            return Err(errors.iter().map(problem).collect());
        }
        let mut lines = Lines::default();
        note_lines(table.get_ref(), text, &KeyPath::root(), &mut lines);
        let schema = crate::schema::schema_of::<AssumedCosts>();
        let walker = Walker {
            file,
            lines: &lines,
            definitions: &schema["$defs"],
            problems: RefCell::new(Vec::new()),
        };
        let read = walker.table(&schema, table.get_ref(), &KeyPath::root());
        let mut problems = walker.problems.into_inner();
        let read = read.map(serde_json::from_value::<AssumedCosts>);
        match read {
            Some(Ok(costs)) if problems.is_empty() => Ok(costs),
            Some(Err(error)) => Err(vec![Problem::new(file, error.to_string())]),
            _ => {
                problems.sort_by_key(|p| p.line);
                Err(problems)
            }
        }
    }

    /// Million USD a kilometre; `None` where nothing is assumed.
    pub(crate) fn rate(&self, mode: Mode, new: bool) -> Option<f64> {
        match (mode, new) {
            (Mode::Rail, true) => self.new_rail_musd_per_km,
            (Mode::Rail, false) => self.upgraded_rail_musd_per_km,
            (Mode::Road, true) => self.new_road_musd_per_km,
            (Mode::Road, false) => self.upgraded_road_musd_per_km,
            (Mode::Sea | Mode::Air, _) => None,
        }
    }
}
