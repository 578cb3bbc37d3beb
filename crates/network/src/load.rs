//! What every link, port and border carries, from weights of all place pairs.
//!
//! Every pair's weight is split over its main modes by their shares and taken apart into stretches
//! on the networks ([`crate::trace`]). What is to go between two points of a network then goes down
//! the tree of cheapest paths from each point. Nothing is sampled.

use crate::engine::Engine;
use crate::skim::Skims;
use crate::trace::Hop;
use comity_world::{CommodityClass, LinkId, Mode, PlaceId};
use rayon::prelude::*;

/// Origins whose journeys are taken apart side by side.
const ORIGINS: usize = 32;

/// Loads of one commodity class.
pub struct Loads<'a> {
    engine: &'a Engine<'a>,
    skims: &'a Skims,
    class: usize,
    /// By mode: what goes between the points of its network, `[from][to]`.
    demand: [Vec<f64>; 3],
    /// By link of the world, both directions together. A journey counts as often as it passes.
    pub links: Vec<f64>,
    /// By terminal of the world, ports only: what a ship loads or unloads there.
    pub terminals: Vec<f64>,
    /// All weights of pairs with a journey.
    pub total: f64,
}

const NETWORKS: [Mode; 3] = [Mode::Rail, Mode::Road, Mode::Sea];

impl Engine<'_> {
    /// Put weights on the cheapest journeys of a class, each split over the main modes by their
    /// shares. `weight` is of a place pair and not negative.
    pub fn loads<'a>(
        &'a self,
        skims: &'a Skims,
        class: CommodityClass,
        weight: impl Fn(PlaceId, PlaceId) -> f64 + Sync,
    ) -> Loads<'a> {
        let costs = skims.class(class);
        let [loads] = self.loads_by_mode(skims, class, |from, to| {
            let whole = weight(from, to);
            let choice = costs.choice(from, to).filter(|_| whole > 0.0)?;
            Some([choice.shares.map(|share| whole * share)])
        });
        loads
    }

    /// Put weights on the cheapest journeys of a class by each main mode, in the order of
    /// [`Mode::ALL`]; none of them negative. Several weights of a pair, for as many loads, cost
    /// little more than one.
    pub fn loads_by_mode<'a, const N: usize>(
        &'a self,
        skims: &'a Skims,
        class: CommodityClass,
        weights: impl Fn(PlaceId, PlaceId) -> Option<[[f64; 4]; N]> + Sync,
    ) -> [Loads<'a>; N] {
        let position = skims.position(class);
        let network = &self.world.network;
        let mut loads: [Loads; N] = std::array::from_fn(|_| Loads {
            engine: self,
            skims,
            class: position,
            demand: NETWORKS.map(|mode| {
                let points = skims.layers.of(mode).map_or(0, |layer| layer.points());
                vec![0.0; points * points]
            }),
            links: vec![0.0; network.links.len()],
            terminals: vec![0.0; network.terminals.len()],
            total: 0.0,
        });
        let tracer = self.tracer(skims, class);
        let places: Vec<PlaceId> = (0..skims.places).map(PlaceId::from_index).collect();
        let row = |from: &PlaceId| {
            let (mut found, mut hops, mut total) = (Vec::new(), Vec::new(), [0.0; N]);
            for to in &places {
                let Some(parts) = weights(*from, *to) else {
                    continue;
                };
                for (total, parts) in total.iter_mut().zip(&parts) {
                    *total += parts.iter().sum::<f64>();
                }
                for mode in Mode::ALL {
                    let part = parts.map(|parts| parts[mode as usize]);
                    if part.iter().all(|part| *part <= 0.0) {
                        continue;
                    }
                    hops.clear();
                    if tracer.hops(*from, *to, mode, &mut hops).is_some() {
                        found.extend(hops.iter().filter_map(|hop| match *hop {
                            Hop::Way { mode, from, to } => Some((mode, from, to, part)),
                            _ => None,
                        }));
                    }
                }
            }
            (found, total)
        };
        for some in places.chunks(ORIGINS) {
            let rows: Vec<_> = some.par_iter().map(row).collect();
            for (found, total) in rows {
                for (loads, total) in loads.iter_mut().zip(total) {
                    loads.total += total;
                }
                for (mode, from, to, weights) in found {
                    for (loads, weight) in loads.iter_mut().zip(weights) {
                        loads.add(mode, from, to, weight);
                    }
                }
            }
        }
        for mode in NETWORKS {
            let layer = skims.layers.of(mode).expect("a network's mode");
            let demand = loads.each_ref().map(|l| l.demand[mode as usize].as_slice());
            let by_arc = layer.assign(position, demand);
            for (loads, by_arc) in loads.iter_mut().zip(by_arc) {
                layer.by_link(&by_arc, &mut loads.links);
            }
        }
        loads
    }
}

impl Loads<'_> {
    fn add(&mut self, mode: Mode, from: u32, to: u32, weight: f64) {
        let layer = self.skims.layers.of(mode).expect("a network's mode");
        self.demand[mode as usize][from as usize * layer.points() + to as usize] += weight;
        if mode == Mode::Sea {
            for port in [from, to] {
                let id = self.engine.ports[port as usize];
                self.terminals[id.index()] += weight;
            }
        }
    }

    /// What runs over any of some links. A journey counts once for each of its stretches on a
    /// network, however many of the links are on it.
    pub fn over(&self, links: &[LinkId]) -> f64 {
        let mut sum = 0.0;
        for mode in NETWORKS {
            let of_mode = |link: &&LinkId| self.mode(**link) == mode;
            let some: Vec<LinkId> = links.iter().filter(of_mode).copied().collect();
            if some.is_empty() {
                continue;
            }
            let layer = self.skims.layers.of(mode).expect("a network's mode");
            let over = layer.over_links(self.class, &some);
            let demand = self.demand[mode as usize].iter();
            sum += demand.zip(over).filter(|d| d.1).map(|d| d.0).sum::<f64>();
        }
        sum
    }

    /// By link of the world: what runs over it and over this link on the same stretch.
    pub fn shared(&self, link: LinkId) -> Vec<f64> {
        let mode = self.mode(link);
        let mut links = vec![0.0; self.links.len()];
        let Some(layer) = self.skims.layers.of(mode) else {
            return links;
        };
        let shared = layer.shared(self.class, link, &self.demand[mode as usize]);
        layer.by_link(&shared, &mut links);
        links
    }

    /// By how much the way from one end of a link to the other becomes dearer without it, in the
    /// dearer direction, USD per TEU of generalised cost; infinite if there is no other.
    pub fn detours(&self, links: &[LinkId]) -> Vec<f64> {
        let mut found = vec![0.0; links.len()];
        for mode in NETWORKS {
            let of_mode = |at: &usize| self.mode(links[*at]) == mode;
            let some: Vec<usize> = (0..links.len()).filter(of_mode).collect();
            let chosen: Vec<LinkId> = some.iter().map(|at| links[*at]).collect();
            if let Some(layer) = self.skims.layers.of(mode).filter(|_| !some.is_empty()) {
                let detours = layer.detours(self.class, &chosen);
                some.into_iter()
                    .zip(detours)
                    .for_each(|(at, detour)| found[at] = detour);
            }
        }
        found
    }

    fn mode(&self, link: LinkId) -> Mode {
        let network = &self.engine.world.network;
        network.mode(&network.links[link.index()])
    }
}
