//! Trade costs under other valuations of the same journeys.
//!
//! What an hour is worth, how strongly shippers respond to cost, elasticities and value densities
//! can be drawn many times without searching again: the cheapest journey of every mode stays the
//! one found at the central values, and its hours and USD are valued anew. Which mode cargo takes
//! is chosen anew every time. By the envelope theorem the journey kept is wrong only to second
//! order in the change of value.

use std::ops::Range;

use comity_network::{Skims, choice, values_of_time};
use comity_powers::powers;
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

impl Journeys {
    /// Generalised costs by mode; infinite where there is no journey.
    fn costs(&self, value: f64, valuation: &Valuation) -> [f64; 4] {
        [0, 1, 2, 3].map(|m| {
            if self.usd[m].is_infinite() {
                f64::INFINITY
            } else {
                valuation.money[m] * self.usd[m] + valuation.hours[m] * self.hours[m] * value
            }
        })
    }
}

/// The place pairs of all economy pairs in one commodity class, economy pair after economy pair:
/// one after the other, so that powers of many can be taken at once.
#[derive(Debug, Default)]
struct Class {
    /// Where the place pairs of each economy pair begin, and the end.
    starts: Vec<usize>,
    weights: Vec<f64>,
    before: Vec<Journeys>,
    /// Place pairs with another journey, ascending, and that journey; where those of each economy
    /// pair begin, and the end.
    changed: Vec<usize>,
    after: Vec<Journeys>,
    changed_starts: Vec<usize>,
}

/// The journeys of all economy pairs that a change touches, before and after.
#[derive(Debug)]
pub struct Affected {
    economies: usize,
    form: ModeChoice,
    /// Commodity class of each sector that travels.
    class_of: Vec<Option<CommodityClass>>,
    /// Importer and exporter.
    pairs: Vec<(usize, usize)>,
    classes: [Class; 3],
    /// Economy pairs that are worked on together.
    blocks: Vec<Range<usize>>,
}

/// About how many place pairs are worked on together.
const BLOCK: usize = 4096;

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
        // Weight, and the journeys before and after, of each place pair, by class.
        type Places = [Vec<(f64, Journeys, Journeys)>; 3];
        let touched: Vec<((usize, usize), Places)> = (0..n * n)
            .into_par_iter()
            .filter_map(|at| {
                let (importer, exporter) = (at / n, at % n);
                let places: Places = CommodityClass::ALL.map(|class| {
                    let weighted = groups[exporter].iter().flat_map(|(a, weight_a)| {
                        let to = groups[importer].iter();
                        to.map(move |(b, weight_b)| (*a, *b, weight_a * weight_b))
                    });
                    weighted
                        .map(|(a, b, weight)| {
                            let old = journeys(before, class, a, b);
                            (weight, old, journeys(after, class, a, b))
                        })
                        .collect()
                });
                let changes = places.iter().flatten().any(|(_, old, new)| old != new);
                changes.then_some(((importer, exporter), places))
            })
            .collect();
        let mut pairs = Vec::with_capacity(touched.len());
        let mut classes: [Class; 3] = Default::default();
        let mut blocks: Vec<Range<usize>> = Vec::new();
        for (ends, places) in touched {
            let at = classes[0].weights.len();
            match blocks.last_mut() {
                Some(block) if at / BLOCK == (at + places[0].len()) / BLOCK => block.end += 1,
                _ => blocks.push(pairs.len()..pairs.len() + 1),
            }
            pairs.push(ends);
            for (class, places) in classes.iter_mut().zip(places) {
                class.starts.push(class.weights.len());
                class.changed_starts.push(class.changed.len());
                for (weight, old, new) in places {
                    if old != new {
                        class.changed.push(class.weights.len());
                        class.after.push(new);
                    }
                    class.weights.push(weight);
                    class.before.push(old);
                }
            }
        }
        for class in &mut classes {
            class.starts.push(class.weights.len());
            class.changed_starts.push(class.changed.len());
        }
        Affected {
            economies: n,
            form: world.settings.journeys.mode_choice,
            class_of: world
                .sectors
                .iter()
                .map(|s| s.freight.as_ref().map(|f| f.class))
                .collect(),
            pairs,
            classes,
            blocks,
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
        let found: Vec<Vec<f64>> = self
            .blocks
            .par_iter()
            .map(|block| self.block_change(block, valuation))
            .collect();
        let mut factors = vec![1.0; sectors * n * n];
        for (block, found) in self.blocks.iter().zip(found) {
            for ((importer, exporter), row) in self.pairs[block.clone()]
                .iter()
                .zip(found.chunks_exact(sectors))
            {
                for (j, factor) in row.iter().enumerate() {
                    factors[(j * n + importer) * n + exporter] = *factor;
                }
            }
        }
        factors
    }

    /// κ̂ of some economy pairs, `[pair][sector]`.
    fn block_change(&self, block: &Range<usize>, valuation: &Valuation) -> Vec<f64> {
        let sectors = self.class_of.len();
        let mut factors = vec![1.0; block.len() * sectors];
        for class in CommodityClass::ALL {
            let members: Vec<(usize, f64, f64)> = (0..sectors)
                .filter(|j| self.class_of[*j] == Some(class))
                .filter_map(|j| Some((j, valuation.usd_per_teu[j]?, valuation.trade_elasticity[j])))
                .collect();
            if members.is_empty() {
                continue;
            }
            let value = valuation.values_of_time[class.index()];
            let Class {
                starts,
                weights,
                before,
                changed,
                after,
                changed_starts,
            } = &self.classes[class.index()];
            let rows = starts[block.start]..starts[block.end];
            let list = changed_starts[block.start]..changed_starts[block.end];
            let old = self.composites(&before[rows.clone()], value, valuation);
            let new = self.composites(&after[list.clone()], value, valuation);
            let place_of = |k: usize| changed[list.start + k];
            for (j, density, theta) in members {
                // w (1 + G ÷ v)^(−θ); 0 where there is no journey.
                let term = |cost: f64| match cost.is_finite() {
                    true => 1.0 + cost / density,
                    false => f64::INFINITY,
                };
                let mut terms: Vec<f64> = old.iter().map(|c| term(*c)).collect();
                powers(&mut terms, -theta);
                let mut others: Vec<f64> = new.iter().map(|c| term(*c)).collect();
                powers(&mut others, -theta);
                for (term, weight) in terms.iter_mut().zip(&weights[rows.clone()]) {
                    *term *= weight;
                }
                for (k, other) in others.iter_mut().enumerate() {
                    *other *= weights[place_of(k)];
                }
                for (row, pair) in factors.chunks_exact_mut(sectors).zip(block.clone()) {
                    let own = starts[pair] - rows.start..starts[pair + 1] - rows.start;
                    let sum = terms[own.clone()].iter().sum::<f64>();
                    let replaced = changed_starts[pair]..changed_starts[pair + 1];
                    for at in replaced {
                        let k = at - list.start;
                        terms[place_of(k) - rows.start] = others[k];
                    }
                    let changed = terms[own].iter().sum::<f64>();
                    if sum != 0.0 && changed != sum {
                        row[j] = (changed / sum).powf(-1.0 / theta);
                    }
                }
            }
        }
        factors
    }

    /// Composite costs; infinite where there is no journey.
    fn composites(&self, journeys: &[Journeys], value: f64, valuation: &Valuation) -> Vec<f64> {
        let costs: Vec<[f64; 4]> = journeys
            .iter()
            .map(|journeys| journeys.costs(value, valuation))
            .collect();
        choice::composite_costs(self.form, valuation.mode_choice, &costs)
    }
}
