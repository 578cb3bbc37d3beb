//! What a closing does to journeys and market access.

use super::target::Closing;
use crate::market_access::{AccessParameters, Markets};
use comity_network::{Engine, Skims};
use comity_world::{PlaceId, World};
use rayon::prelude::*;

/// The state before anything closes, for the commodity class that market access looks at.
pub(super) struct Ground<'w> {
    pub state: &'w World,
    pub markets: Markets,
    pub parameters: AccessParameters,
    /// USD per TEU-hour of the class.
    value: f64,
    pub engine: Engine<'w>,
    pub skims: Skims,
    /// ln MA by place.
    access: Vec<Option<f64>>,
}

/// What a closing does.
pub(super) struct Effect {
    /// Change of ln MA by place; `None` for places without size.
    pub access: Vec<Option<f64>>,
    /// Pairs that had a journey and have none any more, in the order of places; each direction
    /// counts.
    pub unreachable: Vec<(PlaceId, PlaceId)>,
    /// Mean change of the composite cost of pairs that keep a journey, weighted by the product of
    /// their sizes, percent; `None` if there are none.
    pub cost_percent: Option<f64>,
}

impl<'w> Ground<'w> {
    pub fn new(
        state: &'w World,
        parameters: AccessParameters,
        values_of_time: [f64; 3],
        tick: &(dyn Fn() + Sync),
    ) -> Ground<'w> {
        let value = values_of_time[parameters.class.index()];
        let engine = Engine::for_classes(state, &[(parameters.class, value)]);
        let skims = engine.skim(None, tick);
        let markets = Markets::new(state, parameters);
        Ground {
            access: markets.access(&skims),
            state,
            markets,
            parameters,
            value,
            engine,
            skims,
        }
    }

    /// The effect of another state of the same network, counting pairs with a counted place.
    pub fn effect(&self, closed: &World, counted: &[bool]) -> Effect {
        let class = self.parameters.class;
        let engine = Engine::for_classes(closed, &[(class, self.value)]);
        let after = engine.skim(Some(&self.skims), &|| ());
        let access = self.markets.access(&after);
        let (old, new) = (self.skims.class(class), after.class(class));
        let sizes = &self.markets.sizes;
        let row = |a: usize| {
            let from = PlaceId::from_index(a);
            let (mut cut, mut weight, mut sum) = (vec![], 0.0, 0.0);
            for (b, size) in sizes.iter().enumerate() {
                if a == b || !(counted[a] || counted[b]) {
                    continue;
                }
                let to = PlaceId::from_index(b);
                match (old.composite(from, to), new.composite(from, to)) {
                    (Some(_), None) => cut.push((from, to)),
                    (Some(old), Some(new)) => {
                        let own = sizes[a] * size;
                        weight += own;
                        sum += own * (new / old - 1.0);
                    }
                    (None, _) => {}
                }
            }
            (cut, weight, sum)
        };
        let rows: Vec<_> = (0..sizes.len()).into_par_iter().map(row).collect();
        let weight: f64 = rows.iter().map(|r| r.1).sum();
        let sum: f64 = rows.iter().map(|r| r.2).sum();
        Effect {
            access: self
                .access
                .iter()
                .zip(&access)
                .map(|(old, new)| Some((*new)? - (*old)?))
                .collect(),
            unreachable: rows.into_iter().flat_map(|r| r.0).collect(),
            cost_percent: (weight > 0.0).then(|| 100.0 * sum / weight),
        }
    }

    /// Mean change of market access over some places, weighted by their size, percent; `None` if
    /// none of them has a size.
    pub fn mean_percent(&self, effect: &Effect, of: impl Fn(usize) -> bool) -> Option<f64> {
        let (mut sum, mut size) = (0.0, 0.0);
        for (place, change) in effect.access.iter().enumerate() {
            if let (Some(change), true) = (change, of(place)) {
                sum += self.markets.sizes[place] * 100.0 * change.exp_m1();
                size += self.markets.sizes[place];
            }
        }
        (size > 0.0).then(|| sum / size)
    }
}

/// A world in which one set after another is closed, without copying all of it each time.
pub(super) struct Shutter<'w> {
    state: &'w World,
    closed: World,
}

impl<'w> Shutter<'w> {
    pub fn new(state: &'w World) -> Shutter<'w> {
        Shutter {
            state,
            closed: state.clone(),
        }
    }

    /// The state with these closed and nothing else.
    pub fn shut<'c>(&mut self, closings: impl IntoIterator<Item = &'c Closing>) -> &World {
        let (open, closed) = (&self.state.network, &mut self.closed.network);
        for (link, own) in closed.links.iter_mut().zip(&open.links) {
            link.open = own.open;
        }
        closed.borders.clone_from(&open.borders);
        for (terminal, own) in closed.terminals.iter_mut().zip(&open.terminals) {
            (terminal.hours, terminal.usd_per_teu) = (own.hours, own.usd_per_teu);
        }
        for closing in closings {
            closing.shut(&mut self.closed);
        }
        &self.closed
    }
}
