//! Place-to-place matrices by commodity class and main mode.

use crate::choice::{self, Composite};
use crate::dijkstra::Search;
use crate::graph::Graph;
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
    pub(crate) composite: Vec<f64>,
    form: comity_world::settings::ModeChoice,
    parameter: f64,
    places: usize,
}

/// Journeys of one commodity class by one main mode, `[from][to]`; infinite where unreachable.
#[derive(Clone, Debug)]
pub struct ModeSkim {
    pub(crate) hours: Vec<f64>,
    pub(crate) usd: Vec<f64>,
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

    pub(crate) fn new(engine: &Engine, class: usize, modes: Vec<ModeSkim>) -> ClassSkims {
        let journeys = &engine.world.settings.journeys;
        let mut skims = ClassSkims {
            class: engine.classes[class],
            value_of_time: engine.values_of_time[class],
            modes,
            composite: vec![],
            form: journeys.mode_choice,
            parameter: journeys.mode_choice_parameter,
            places: engine.world.places.len(),
        };
        skims.composite = (0..skims.places * skims.places)
            .into_par_iter()
            .map(|at| {
                choice::composite(skims.form, skims.parameter, skims.generalised(at))
                    .map_or(f64::INFINITY, |c| c.cost)
            })
            .collect();
        skims
    }
}

/// The searches behind the matrices, kept so that a scenario repeats only those whose graph it
/// changes.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    pub road: Arc<Layer>,
    pub rail: Arc<Layer>,
    pub sea: Arc<Layer>,
}

/// Cheapest paths between chosen vertices of one network, for every commodity class.
#[derive(Debug)]
pub(crate) struct Layer {
    graph: Graph,
    points: Vec<u32>,
    values_of_time: Vec<f64>,
    pub classes: Vec<Matrix>,
}

/// Point-to-point costs, row-major, infinite where unreachable.
#[derive(Debug)]
pub(crate) struct Matrix {
    pub points: usize,
    pub hours: Vec<f64>,
    pub usd: Vec<f64>,
    pub km: Vec<f64>,
}

impl Matrix {
    #[inline]
    pub fn cost(&self, from: u32, to: u32) -> Cost {
        let at = from as usize * self.points + to as usize;
        Cost::new(self.hours[at], self.usd[at])
    }

    #[inline]
    pub fn km(&self, from: u32, to: u32) -> f64 {
        self.km[from as usize * self.points + to as usize]
    }
}

impl Layer {
    /// Search from every point, unless an earlier layer did so on the very same graph.
    pub fn new(
        graph: &Graph,
        points: &[u32],
        values_of_time: &[f64],
        earlier: Option<&Arc<Layer>>,
        tick: &(dyn Fn() + Sync),
    ) -> Arc<Layer> {
        if let Some(layer) = earlier
            && layer.values_of_time == values_of_time
            && layer.points == points
            && layer.graph == *graph
        {
            for _ in 0..points.len() * values_of_time.len() {
                tick();
            }
            return layer.clone();
        }
        let classes = values_of_time
            .iter()
            .map(|value| {
                let metric = graph.metric(*value);
                let rows: Vec<[Vec<f64>; 3]> = points
                    .par_iter()
                    .map_init(
                        || Search::new(graph),
                        |search, origin| {
                            search.run(graph, &metric, *origin);
                            let mut row = [(); 3].map(|()| vec![f64::INFINITY; points.len()]);
                            for (column, point) in points.iter().enumerate() {
                                if let Some((cost, km)) = search.reached(*point) {
                                    row[0][column] = cost.hours;
                                    row[1][column] = cost.usd_per_teu;
                                    row[2][column] = km;
                                }
                            }
                            tick();
                            row
                        },
                    )
                    .collect();
                let gather = |part: usize| -> Vec<f64> {
                    rows.iter()
                        .flat_map(|row| row[part].iter().copied())
                        .collect()
                };
                Matrix {
                    points: points.len(),
                    hours: gather(0),
                    usd: gather(1),
                    km: gather(2),
                }
            })
            .collect();
        Arc::new(Layer {
            graph: graph.clone(),
            points: points.to_vec(),
            values_of_time: values_of_time.to_vec(),
            classes,
        })
    }
}
