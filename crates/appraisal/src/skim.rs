//! Place-to-place matrices, handed out origin by origin so that a caller can write them as it goes.

use crate::Progress;
use comity_network::{Engine, values_of_time};
use comity_world::{CommodityClass, Mode, PlaceId, World};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is asked.
pub struct SkimRequest<'a> {
    /// The world before any scenario: values of time come from its trade.
    pub world: &'a World,
    /// The world to skim: after the scenario, or `world` again. It has the same places.
    pub state: &'a World,
    pub classes: &'a [CommodityClass],
    pub modes: &'a [Mode],
    pub from: &'a [PlaceId],
    pub to: &'a [PlaceId],
    /// Follow every journey for its kilometres, which takes far longer than all the rest.
    pub km: bool,
}

/// One cell of the matrices: from, to, commodity class, main mode. What is unreachable is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct SkimRow {
    pub to: PlaceId,
    pub mode: Mode,
    pub hours: Option<f64>,
    pub usd_per_teu: Option<f64>,
    /// `None` also where it was not asked for.
    pub km: Option<f64>,
    /// USD per TEU plus hours × the class's value of time.
    pub generalised_usd_per_teu: Option<f64>,
    /// Of this mode among all four; `None` where no mode reaches the place.
    pub share: Option<f64>,
    /// Composite generalised cost over all four modes, USD per TEU; the same for each of them.
    pub composite_usd_per_teu: Option<f64>,
}

/// The rows of one origin and commodity class, by destination and mode in the order asked.
pub struct SkimBlock<'a> {
    pub class: CommodityClass,
    pub from: PlaceId,
    pub rows: &'a [SkimRow],
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SkimSummary {
    pub rows: u64,
    /// USD per TEU-hour, by commodity class.
    pub value_of_time_usd_per_teu_hour: BTreeMap<String, f64>,
    /// Pairs of two different places without a journey, by class and mode.
    pub unreachable: BTreeMap<String, BTreeMap<String, u64>>,
    /// Pairs of two different places that no mode connects, by class.
    pub unreachable_by_all: BTreeMap<String, u64>,
}

/// Search the journeys class by class, which keeps the memory to one class, and give every block
/// of rows to `sink`, origins and destinations in the order asked.
///
/// # Errors
/// Those of `sink`, at the first of which the work stops.
pub fn skim<E>(
    request: &SkimRequest,
    progress: &dyn Progress,
    mut sink: impl FnMut(&SkimBlock) -> Result<(), E>,
) -> Result<SkimSummary, E> {
    let values = values_of_time(request.world);
    let mut summary = SkimSummary::default();
    for class in request.classes.iter().copied() {
        let value = values[class.index()];
        let label = class.label().to_owned();
        let engine = Engine::for_classes(request.state, &[(class, value)]);
        progress.stage(&format!("journeys, {label}"), engine.searches());
        let skims = engine.skim(None, &|| progress.step());
        progress.stage(&format!("matrices, {label}"), request.from.len() as u64);
        let costs = skims.class(class);
        let mut unreachable = [0u64; Mode::ALL.len()];
        let mut unreachable_by_all = 0;
        let mut rows = Vec::with_capacity(request.to.len() * request.modes.len());
        for from in request.from.iter().copied() {
            rows.clear();
            for to in request.to.iter().copied() {
                let choice = costs.choice(from, to);
                if choice.is_none() && from != to {
                    unreachable_by_all += 1;
                }
                for mode in request.modes.iter().copied() {
                    let cost = costs.cost(from, to, mode);
                    if cost.is_none() && from != to {
                        unreachable[mode as usize] += 1;
                    }
                    let journey = (request.km && cost.is_some())
                        .then(|| engine.journey(&skims, from, to, mode, class))
                        .flatten();
                    rows.push(SkimRow {
                        to,
                        mode,
                        hours: cost.map(|c| c.hours),
                        usd_per_teu: cost.map(|c| c.usd_per_teu),
                        km: journey.map(|j| j.km),
                        generalised_usd_per_teu: cost.map(|c| c.generalised(value)),
                        share: choice.as_ref().map(|c| c.shares[mode as usize]),
                        composite_usd_per_teu: choice.as_ref().map(|c| c.cost),
                    });
                }
            }
            sink(&SkimBlock {
                class,
                from,
                rows: &rows,
            })?;
            summary.rows += rows.len() as u64;
            progress.step();
        }
        let by_mode = request.modes.iter();
        summary.unreachable.insert(
            label.clone(),
            by_mode
                .map(|m| (m.label().to_owned(), unreachable[*m as usize]))
                .collect(),
        );
        summary
            .unreachable_by_all
            .insert(label.clone(), unreachable_by_all);
        summary.value_of_time_usd_per_teu_hour.insert(label, value);
    }
    Ok(summary)
}
