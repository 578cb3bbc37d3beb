//! Skims of the main modes from searches on single networks.

use crate::Cost;
use crate::access::{Access, Tables};
use crate::engine::Engine;
use crate::layer::{Layers, Matrix};
use crate::reuse::{Given, Known, Same};
use crate::sea::{self, SeaTables};
use crate::skim::{ClassSkims, ModeSkim};
use comity_world::Mode;
use rayon::prelude::*;
use std::sync::Arc;

/// What a skim of one commodity class was combined from, kept to unpack journeys.
#[derive(Debug)]
pub(crate) struct ClassTables {
    pub access: Arc<Tables>,
    pub sea: SeaTables,
}

impl Engine<'_> {
    pub(crate) fn skim_class(
        &self,
        layers: &Layers,
        class: usize,
        given: &Given,
        known: Option<&Known>,
    ) -> (ClassSkims, Arc<ClassTables>) {
        let access = match known {
            Some(known) if known.same_roads() => known.tables.access.clone(),
            _ => Arc::new(self.access_tables(layers, class, given)),
        };
        let same = known.map(|known| Same::new(known, &access));
        let same = same.as_ref();
        let sea = sea::tables(self, layers, class, given, &access, same);
        let modes = vec![
            self.by_rail(layers, class, &access, same),
            self.by_road(layers, class, given, same),
            sea::by_sea(self, &sea, same),
            self.by_air(class, given, &access, same),
        ];
        let skims = ClassSkims::new(self, class, modes, known.map(|known| known.skims));
        (skims, Arc::new(ClassTables { access, sea }))
    }

    /// The cheapest rail journey between two points, with the terminals used.
    pub(crate) fn rail_between(
        &self,
        rails: &Matrix,
        value: f64,
        outbound: &[Access],
        inbound: &[Access],
    ) -> Option<(Cost, u32, u32)> {
        cheapest(value, outbound, inbound, |s, t| {
            let cost = rails.cost(s, t);
            cost.hours.is_finite().then_some(cost)
        })
    }

    /// The cheapest air journey between two places, with the airports used.
    pub(crate) fn air_between(
        &self,
        value: f64,
        outbound: &[Access],
        inbound: &[Access],
        flight: impl Fn(u32, u32) -> Option<Cost>,
    ) -> Option<(Cost, u32, u32)> {
        cheapest(value, outbound, inbound, flight)
    }

    fn by_road(
        &self,
        layers: &Layers,
        class: usize,
        given: &Given,
        same: Option<&Same>,
    ) -> ModeSkim {
        if let Some(same) = same.filter(|s| s.known.same_roads()) {
            return same.mode(Mode::Road).clone();
        }
        let roads = &layers.road.classes[class];
        let points = &given.places;
        self.matrix(
            same.map(|s| (s.mode(Mode::Road), |a, b| s.road(&points[a], &points[b]))),
            |_| (),
            |(), a, b| {
                let cost = if a == b {
                    self.local * 2.0
                } else {
                    self.truck(roads, &points[a], &points[b]).0
                };
                cost.hours.is_finite().then_some(cost)
            },
        )
    }

    fn by_rail(
        &self,
        layers: &Layers,
        class: usize,
        tables: &Tables,
        same: Option<&Same>,
    ) -> ModeSkim {
        if let Some(same) = same.filter(|s| s.known.same_rails() && s.place_rail.all()) {
            return same.mode(Mode::Rail).clone();
        }
        let rails = &layers.rail.classes[class];
        let value = self.values_of_time[class];
        let table = &tables.place_rail;
        self.matrix(
            same.map(|s| {
                let unchanged = |a: usize, b: usize| {
                    s.place_rail.pair(a, b) && s.rails(&table.outbound[a], &table.inbound[b])
                };
                (s.mode(Mode::Rail), unchanged)
            }),
            |a| &table.outbound[a][..],
            |outbound, a, b| {
                (a != b)
                    .then(|| self.rail_between(rails, value, outbound, &table.inbound[b]))?
                    .map(|found| found.0)
            },
        )
    }

    fn by_air(
        &self,
        class: usize,
        given: &Given,
        tables: &Tables,
        same: Option<&Same>,
    ) -> ModeSkim {
        if let Some(same) = same.filter(|s| s.flights && s.place_air.all()) {
            return same.mode(Mode::Air).clone();
        }
        let value = self.values_of_time[class];
        let table = &tables.place_air;
        self.matrix(
            same.map(|s| {
                (s.mode(Mode::Air), |a, b| {
                    s.flights && s.place_air.pair(a, b)
                })
            }),
            |a| &table.outbound[a][..],
            |outbound, a, b| {
                let flight = |s, t| given.flight(s, t);
                (a != b)
                    .then(|| self.air_between(value, outbound, &table.inbound[b], flight))?
                    .map(|found| found.0)
            },
        )
    }

    /// A place-to-place matrix from a function of the pair; `start` prepares a row. Pairs that are
    /// known to be the same are copied from an earlier matrix.
    pub(crate) fn matrix<T>(
        &self,
        known: Option<(&ModeSkim, impl Fn(usize, usize) -> bool + Sync)>,
        start: impl Fn(usize) -> T + Sync,
        pair: impl Fn(&T, usize, usize) -> Option<Cost> + Sync,
    ) -> ModeSkim {
        let n = self.world.places.len();
        let (mut hours, mut usd) = (vec![f64::INFINITY; n * n], vec![f64::INFINITY; n * n]);
        let rows = hours.par_chunks_mut(n.max(1));
        rows.zip(usd.par_chunks_mut(n.max(1)))
            .enumerate()
            .for_each(|(a, (hours, usd))| {
                let mut from = None;
                for b in 0..n {
                    if let Some((earlier, same)) = &known
                        && same(a, b)
                    {
                        hours[b] = earlier.hours[a * n + b];
                        usd[b] = earlier.usd[a * n + b];
                        continue;
                    }
                    let from = from.get_or_insert_with(|| start(a));
                    if let Some(cost) = pair(from, a, b) {
                        hours[b] = cost.hours;
                        usd[b] = cost.usd_per_teu;
                    }
                }
            });
        ModeSkim {
            hours: Arc::new(hours),
            usd: Arc::new(usd),
        }
    }
}

/// The cheapest journey through two different terminals, with the terminals used; `between` is the
/// part from one to the other, `None` where there is none.
fn cheapest(
    value: f64,
    outbound: &[Access],
    inbound: &[Access],
    between: impl Fn(u32, u32) -> Option<Cost>,
) -> Option<(Cost, u32, u32)> {
    let mut best: Option<(f64, Cost, u32, u32)> = None;
    for from in outbound {
        for to in inbound {
            if from.terminal == to.terminal {
                continue;
            }
            let Some(middle) = between(from.terminal, to.terminal) else {
                continue;
            };
            let cost = from.cost + middle + to.cost;
            let generalised = cost.generalised(value);
            if best.as_ref().is_none_or(|b| generalised < b.0) {
                best = Some((generalised, cost, from.terminal, to.terminal));
            }
        }
    }
    best.map(|(_, cost, from, to)| (cost, from, to))
}
