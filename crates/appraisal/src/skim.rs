//! Place-to-place matrices, handed out origin by origin so that a caller can write them as it goes.

use crate::Progress;
use comity_network::{Composite, Engine, values_of_time};
use comity_world::{CommodityClass, Mode, PlaceId, World};
use rayon::prelude::*;
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
}

/// One cell of the matrices: from, to, commodity class, main mode. What is unreachable is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct SkimRow {
    pub to: PlaceId,
    pub mode: Mode,
    pub hours: Option<f64>,
    pub usd_per_teu: Option<f64>,
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
        let tracer = engine.tracer(&skims, class);
        let mut unreachable = [0u64; Mode::ALL.len()];
        let mut unreachable_by_all = 0;
        let mut rows = Vec::with_capacity(request.to.len() * request.modes.len());
        for from in request.from.iter().copied() {
            let row = |to: PlaceId, mode: Mode, choice: Option<&Composite>| {
                let cost = costs.cost(from, to, mode);
                SkimRow {
                    to,
                    mode,
                    hours: cost.map(|c| c.hours),
                    usd_per_teu: cost.map(|c| c.usd_per_teu),
                    km: cost.and_then(|_| tracer.km(from, to, mode)),
                    generalised_usd_per_teu: cost.map(|c| c.generalised(value)),
                    share: choice.map(|c| c.shares[mode as usize]),
                    composite_usd_per_teu: choice.map(|c| c.cost),
                }
            };
            let to = request.to.par_iter();
            rows.par_extend(to.flat_map_iter(|to| {
                let choice = costs.choice(from, *to);
                let modes = request.modes.iter();
                modes.map(move |mode| row(*to, *mode, choice.as_ref()))
            }));
            for of_pair in rows.chunks(request.modes.len().max(1)) {
                if of_pair[0].to != from {
                    unreachable_by_all += u64::from(of_pair[0].composite_usd_per_teu.is_none());
                    for row in of_pair {
                        unreachable[row.mode as usize] += u64::from(row.hours.is_none());
                    }
                }
            }
            sink(&SkimBlock {
                class,
                from,
                rows: &rows,
            })?;
            summary.rows += rows.len() as u64;
            rows.clear();
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
