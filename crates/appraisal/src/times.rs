//! Journeys between two places, before and after.

use crate::Progress;
use crate::corridors::{plain, shares};
use crate::outcome::{Journey, JourneyChange};
use comity_network::{Engine, Skims, values_of_time};
use comity_world::{CommodityClass, Mode, PlaceId, World};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is asked.
pub struct TimesRequest<'a> {
    pub world: &'a World,
    /// The world after the scenario, if there is one.
    pub changed: Option<&'a World>,
    pub from: PlaceId,
    pub to: PlaceId,
    pub modes: &'a [Mode],
    pub class: CommodityClass,
    /// Distinct routes wanted by each mode, the cheapest included; 0 for none.
    pub alternatives: usize,
}

/// Journeys between two places by the main modes.
#[derive(Clone, Debug, Serialize)]
pub struct Times {
    pub from: String,
    pub to: String,
    pub commodity_class: String,
    pub value_of_time_usd_per_teu_hour: f64,
    /// Name of the commodity class's composite cost, USD per TEU; `None` if unreachable.
    pub composite_before: Option<f64>,
    pub composite_after: Option<f64>,
    pub mode_shares_before: BTreeMap<String, f64>,
    pub mode_shares_after: BTreeMap<String, f64>,
    pub journeys: Vec<JourneyChange>,
    /// Distinct routes by mode, if they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternatives>,
    /// False where `after` repeats `before` because no scenario was given.
    pub has_scenario: bool,
}

/// Distinct routes by one mode, cheapest first; fewer than asked for where there are no more that
/// are sensible (see `docs/method/network.md`), none where the place is unreachable.
#[derive(Clone, Debug, Serialize)]
pub struct Alternatives {
    pub mode: String,
    pub before: Vec<Journey>,
    /// The same as `before` where there is no scenario.
    pub after: Vec<Journey>,
}

/// Search the journeys between two places.
pub fn times(request: &TimesRequest, progress: &dyn Progress) -> Times {
    let (world, class) = (request.world, request.class);
    let value = values_of_time(world)[class.index()];
    let engine = Engine::for_classes(world, &[(class, value)]);
    progress.stage("journeys, baseline", engine.searches());
    let before = engine.skim(None, &|| progress.step());
    let changed = request.changed.map(|changed| {
        let engine = Engine::for_classes(changed, &[(class, value)]);
        progress.stage("journeys, scenario", engine.searches());
        let skims = engine.skim(Some(&before), &|| progress.step());
        (engine, skims)
    });
    let (from, to) = (request.from, request.to);
    let one = |engine: &Engine, skims: &Skims, mode: Mode| -> Option<Journey> {
        engine
            .journey(skims, from, to, mode, class)
            .map(|j| plain(j, value))
    };
    let name = |place: PlaceId| world.places[place.index()].name.clone();
    let journeys = request
        .modes
        .iter()
        .map(|mode| {
            let old = one(&engine, &before, *mode);
            let new = match &changed {
                Some((engine, skims)) => one(engine, skims, *mode),
                None => old.clone(),
            };
            JourneyChange {
                from: name(from),
                to: name(to),
                mode: mode.label().to_owned(),
                commodity_class: class.label().to_owned(),
                before: old,
                after: new,
            }
        })
        .collect();
    let several = |engine: &Engine, skims: &Skims, mode: Mode| -> Vec<Journey> {
        let found = engine.alternatives(skims, from, to, mode, class, request.alternatives);
        found.into_iter().map(|j| plain(j, value)).collect()
    };
    let alternatives = |mode: &Mode| {
        let old = several(&engine, &before, *mode);
        let new = match &changed {
            Some((engine, skims)) => several(engine, skims, *mode),
            None => old.clone(),
        };
        Alternatives {
            mode: mode.label().to_owned(),
            before: old,
            after: new,
        }
    };
    let alternatives = match request.alternatives {
        0 => vec![],
        _ => request.modes.iter().map(alternatives).collect(),
    };
    let after = changed.as_ref().map_or(&before, |c| &c.1);
    Times {
        from: name(from),
        to: name(to),
        commodity_class: class.label().to_owned(),
        value_of_time_usd_per_teu_hour: value,
        composite_before: before.class(class).composite(from, to),
        composite_after: after.class(class).composite(from, to),
        mode_shares_before: shares(before.class(class), from, to),
        mode_shares_after: shares(after.class(class), from, to),
        journeys,
        alternatives,
        has_scenario: request.changed.is_some(),
    }
}
