//! Trade costs under other valuations of the same journeys.
//!
//! What an hour is worth, how strongly shippers respond to cost, elasticities and value densities
//! can be drawn many times without searching again: the cheapest journey of every mode stays the
//! one found at the central values, and its hours and USD are valued anew. Which mode cargo takes
//! is chosen anew every time. By the envelope theorem the journey kept is wrong only to second
//! order in the change of value.

use comity_network::{Skims, choice, values_of_time};
use comity_world::settings::ModeChoice;
use comity_world::{CommodityClass, Mode, PlaceId, World};
use rayon::prelude::*;

/// The numbers that turn journeys into trade costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Valuation {
    /// USD per TEU-hour, in the order of [`CommodityClass::ALL`].
    pub values_of_time: [f64; 3],
    /// σ or μ of the choice between modes.
    pub mode_choice: f64,
    /// Factors of what journeys by a mode cost in USD, in the order of [`Mode::ALL`].
    pub money: [f64; 4],
    /// Factors of the hours of journeys by a mode.
    pub hours: [f64; 4],
    /// θ by sector.
    pub trade_elasticity: Vec<f64>,
    /// Value density by sector; `None` where it does not travel.
    pub usd_per_teu: Vec<Option<f64>>,
}

impl Valuation {
    /// The world's own numbers.
    pub fn central(world: &World) -> Valuation {
        let sectors = world.sectors.iter();
        Valuation {
            values_of_time: values_of_time(world),
            mode_choice: world.settings.journeys.mode_choice_parameter,
            money: [1.0; 4],
            hours: [1.0; 4],
            trade_elasticity: sectors.clone().map(|s| s.trade_elasticity).collect(),
            usd_per_teu: sectors
                .map(|s| s.freight.as_ref().map(|f| f.usd_per_teu))
                .collect(),
        }
    }
}

/// Hours and USD per TEU by mode; infinite where there is no journey.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Journeys {
    hours: [f64; 4],
    usd: [f64; 4],
}

/// A place pair in one commodity class.
#[derive(Clone, Copy, Debug)]
struct PlacePair {
    weight: f64,
    before: Journeys,
    /// Position in the list of changed journeys.
    after: Option<u32>,
}

/// An economy pair with a changed journey between some of its places.
#[derive(Debug)]
struct EconomyPair {
    importer: usize,
    exporter: usize,
    /// By commodity class.
    places: [Vec<PlacePair>; 3],
    changed: Vec<Journeys>,
}

/// The journeys of all economy pairs that a change touches, before and after.
#[derive(Debug)]
pub struct Affected {
    economies: usize,
    form: ModeChoice,
    /// Commodity class of each sector that travels.
    class_of: Vec<Option<CommodityClass>>,
    pairs: Vec<EconomyPair>,
}

impl Affected {
    /// Gather what a change touches. Economy pairs none of whose places see another journey are
    /// left out: their costs do not change whatever the valuation.
    pub fn new(world: &World, before: &Skims, after: &Skims) -> Affected {
        let n = world.economies.len();
        let groups = crate::places_by_economy(world);
        let journeys = |skims: &Skims, class: CommodityClass, a: PlaceId, b: PlaceId| {
            let skim = skims.class(class);
            let mut found = Journeys {
                hours: [f64::INFINITY; 4],
                usd: [f64::INFINITY; 4],
            };
            for mode in Mode::ALL {
                if let Some(cost) = skim.cost(a, b, mode) {
                    found.hours[mode as usize] = cost.hours;
                    found.usd[mode as usize] = cost.usd_per_teu;
                }
            }
            found
        };
        let pairs = (0..n * n)
            .into_par_iter()
            .filter_map(|at| {
                let (importer, exporter) = (at / n, at % n);
                let mut pair = EconomyPair {
                    importer,
                    exporter,
                    places: [vec![], vec![], vec![]],
                    changed: vec![],
                };
                for (position, class) in CommodityClass::ALL.into_iter().enumerate() {
                    for (a, weight_a) in &groups[exporter] {
                        for (b, weight_b) in &groups[importer] {
                            let old = journeys(before, class, *a, *b);
                            let new = journeys(after, class, *a, *b);
                            let after = (old != new).then(|| {
                                pair.changed.push(new);
                                pair.changed.len() as u32 - 1
                            });
                            pair.places[position].push(PlacePair {
                                weight: weight_a * weight_b,
                                before: old,
                                after,
                            });
                        }
                    }
                }
                (!pair.changed.is_empty()).then_some(pair)
            })
            .collect();
        Affected {
            economies: n,
            form: world.settings.journeys.mode_choice,
            class_of: world
                .sectors
                .iter()
                .map(|s| s.freight.as_ref().map(|f| f.class))
                .collect(),
            pairs,
        }
    }

    /// How many economy pairs are touched.
    pub fn economy_pairs(&self) -> usize {
        self.pairs.len()
    }

    /// κ̂ under a valuation, shape `[sector][importer][exporter]`: what [`crate::change`] gives for
    /// the world's own.
    pub fn change(&self, valuation: &Valuation) -> Vec<f64> {
        let (n, sectors) = (self.economies, self.class_of.len());
        let rows: Vec<Vec<f64>> = self
            .pairs
            .par_iter()
            .map(|pair| self.pair_change(pair, valuation))
            .collect();
        let mut factors = vec![1.0; sectors * n * n];
        for (pair, row) in self.pairs.iter().zip(rows) {
            for (j, factor) in row.into_iter().enumerate() {
                factors[(j * n + pair.importer) * n + pair.exporter] = factor;
            }
        }
        factors
    }

    /// κ̂ by sector.
    fn pair_change(&self, pair: &EconomyPair, valuation: &Valuation) -> Vec<f64> {
        let mut factors = vec![1.0; self.class_of.len()];
        for class in CommodityClass::ALL {
            let sectors: Vec<(usize, f64, f64)> = (0..factors.len())
                .filter(|j| self.class_of[*j] == Some(class))
                .filter_map(|j| Some((j, valuation.usd_per_teu[j]?, valuation.trade_elasticity[j])))
                .collect();
            if sectors.is_empty() {
                continue;
            }
            let value = valuation.values_of_time[class.index()];
            let composite = |journeys: &Journeys| {
                let costs = std::array::from_fn(|m| {
                    if journeys.usd[m].is_infinite() {
                        f64::INFINITY
                    } else {
                        valuation.money[m] * journeys.usd[m]
                            + valuation.hours[m] * journeys.hours[m] * value
                    }
                });
                choice::composite(self.form, valuation.mode_choice, costs).map(|c| c.cost)
            };
            let mut sums = vec![(0.0, 0.0); sectors.len()];
            for place in &pair.places[class.index()] {
                let old = composite(&place.before);
                let new = match place.after {
                    Some(at) => composite(&pair.changed[at as usize]),
                    None => old,
                };
                for ((_, density, theta), (before, after)) in sectors.iter().zip(&mut sums) {
                    let term = |cost: f64| place.weight * (1.0 + cost / density).powf(-theta);
                    let term_old = old.map_or(0.0, term);
                    *before += term_old;
                    *after += if new == old {
                        term_old
                    } else {
                        new.map_or(0.0, term)
                    };
                }
            }
            for ((j, _, theta), (before, after)) in sectors.iter().zip(sums) {
                factors[*j] = if before == 0.0 || after == before {
                    1.0
                } else {
                    (after / before).powf(-1.0 / theta)
                };
            }
        }
        factors
    }
}
