//! Place-to-place matrices by commodity class and main mode.

use crate::choice::{self, Composite};
use crate::combine::ClassTables;
use crate::layer::Layers;
use crate::reuse::Given;
use crate::{Cost, Engine};
use comity_world::{CommodityClass, Mode, PlaceId};
use rayon::prelude::*;
use std::sync::Arc;

/// Journeys between all places of a world.
#[derive(Clone, Debug)]
pub struct Skims {
    pub places: usize,
    pub classes: Vec<ClassSkims>,
    pub(crate) layers: Layers,
    pub(crate) given: Arc<Given>,
    pub(crate) tables: Vec<Arc<ClassTables>>,
}

/// Journeys of one commodity class.
#[derive(Clone, Debug)]
pub struct ClassSkims {
    pub class: CommodityClass,
    /// USD per TEU-hour.
    pub value_of_time: f64,
    /// In the order of [`Mode::ALL`].
    pub modes: Vec<ModeSkim>,
    /// Composite generalised cost over modes, USD per TEU, `[from][to]`; infinite where unreachable.
    pub(crate) composite: Arc<Vec<f64>>,
    form: comity_world::settings::ModeChoice,
    parameter: f64,
    places: usize,
}

/// Journeys of one commodity class by one main mode, `[from][to]`; infinite where unreachable.
/// Shared with an earlier skim where nothing has changed.
#[derive(Clone, Debug)]
pub struct ModeSkim {
    pub(crate) hours: Arc<Vec<f64>>,
    pub(crate) usd: Arc<Vec<f64>>,
}

impl Skims {
    /// Journeys of a class.
    ///
    /// # Panics
    /// If the engine was made for another class only.
    pub fn class(&self, class: CommodityClass) -> &ClassSkims {
        &self.classes[self.position(class)]
    }

    pub(crate) fn position(&self, class: CommodityClass) -> usize {
        self.classes
            .iter()
            .position(|c| c.class == class)
            .expect("the class was searched")
    }
}

impl ClassSkims {
    /// The journey by a main mode; `None` if unreachable.
    pub fn cost(&self, from: PlaceId, to: PlaceId, mode: Mode) -> Option<Cost> {
        let at = from.index() * self.places + to.index();
        let skim = &self.modes[mode as usize];
        skim.hours[at]
            .is_finite()
            .then(|| Cost::new(skim.hours[at], skim.usd[at]))
    }

    /// Composite generalised cost over modes, USD per TEU; `None` if unreachable by all.
    pub fn composite(&self, from: PlaceId, to: PlaceId) -> Option<f64> {
        let cost = self.composite[from.index() * self.places + to.index()];
        cost.is_finite().then_some(cost)
    }

    /// Composite and mode shares of a pair; `None` if unreachable.
    pub fn choice(&self, from: PlaceId, to: PlaceId) -> Option<Composite> {
        let at = from.index() * self.places + to.index();
        choice::composite(self.form, self.parameter, self.generalised(at))
    }

    /// By how much the composite cost of a pair, whose choice is given, rises with the generalised
    /// cost of each mode, at most.
    pub fn slopes(&self, from: PlaceId, to: PlaceId, choice: &Composite) -> [f64; 4] {
        let costs = self.generalised(from.index() * self.places + to.index());
        choice::slopes(self.form, choice, costs)
    }

    /// Hours and USD per TEU averaged over modes by their shares; `None` if unreachable.
    pub fn mean(&self, from: PlaceId, to: PlaceId) -> Option<Cost> {
        let at = from.index() * self.places + to.index();
        let found = choice::composite(self.form, self.parameter, self.generalised(at))?;
        let mut mean = Cost::default();
        for (skim, share) in self.modes.iter().zip(found.shares) {
            if share > 0.0 {
                mean += Cost::new(skim.hours[at], skim.usd[at]) * share;
            }
        }
        Some(mean)
    }

    fn generalised(&self, at: usize) -> [f64; 4] {
        let cost = |m: usize| {
            Cost::new(self.modes[m].hours[at], self.modes[m].usd[at])
                .generalised(self.value_of_time)
        };
        [cost(0), cost(1), cost(2), cost(3)]
    }

    /// Combine the modes. Where they are the same as in `known`, so is their combination.
    pub(crate) fn new(
        engine: &Engine,
        class: usize,
        modes: Vec<ModeSkim>,
        known: Option<&ClassSkims>,
    ) -> ClassSkims {
        let journeys = &engine.world.settings.journeys;
        let mut skims = ClassSkims {
            class: engine.classes[class],
            value_of_time: engine.values_of_time[class],
            modes,
            composite: Arc::default(),
            form: journeys.mode_choice,
            parameter: journeys.mode_choice_parameter,
            places: engine.world.places.len(),
        };
        let shared = |known: &&ClassSkims| {
            let mut modes = skims.modes.iter().zip(&known.modes);
            modes.all(|(new, old)| Arc::ptr_eq(&new.hours, &old.hours))
        };
        if let Some(known) = known.filter(shared) {
            skims.composite = known.composite.clone();
            return skims;
        }
        let composite: Vec<f64> = (0..skims.places * skims.places)
            .into_par_iter()
            .map(|at| {
                if let Some(known) = known
                    && skims.modes.iter().zip(&known.modes).all(|(new, old)| {
                        new.hours[at] == old.hours[at] && new.usd[at] == old.usd[at]
                    })
                {
                    return known.composite[at];
                }
                choice::composite(skims.form, skims.parameter, skims.generalised(at))
                    .map_or(f64::INFINITY, |c| c.cost)
            })
            .collect();
        skims.composite = Arc::new(composite);
        skims
    }
}
