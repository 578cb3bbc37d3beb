//! Which ports journeys by sea go through.

use super::grid::Grid;
use crate::min_plus::{Factors, NONE, Product, changed, offer};
use rayon::prelude::*;
use std::sync::OnceLock;

/// What the choice of ports depends on.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Ways<'a> {
    pub places: usize,
    /// Place to port over land.
    pub outbound: &'a Grid,
    /// Port to port over sea.
    pub passage: &'a Grid,
    /// Port to place over land, `[place][port]`.
    pub inbound: &'a Grid,
}

/// The first and the last port of the cheapest way between any two places; of several the one with
/// the first last port, then with the first first port.
#[derive(Debug, PartialEq)]
pub(crate) struct Ports {
    /// From every place to every last port: cheapest generalised cost, and the first port.
    reach: Product,
    /// The last port, `[from][to]`; [`NONE`] where there is no way.
    last: Vec<u32>,
    places: usize,
}

impl<'a> Ways<'a> {
    fn over_sea(self) -> Factors<'a> {
        Factors {
            inner: self.outbound.columns,
            columns: self.passage.columns,
            rows: &self.outbound.generalised,
            matrix: &self.passage.generalised,
            start: None,
        }
    }
}

impl Ports {
    pub fn new(ways: Ways) -> Ports {
        let places = ways.places;
        let arrivals: Vec<Arrivals> = (0..places)
            .into_par_iter()
            .map(|to| Arrivals::new(ways.inbound.row(to)))
            .collect();
        let reach = Product::new(ways.over_sea());
        let last = |from: usize| {
            let cost = reach.row(from);
            let least = least(cost);
            arrivals.iter().map(move |to| to.best(cost, least))
        };
        let last = (0..places).into_par_iter().flat_map_iter(last).collect();
        Ports {
            reach,
            last,
            places,
        }
    }

    /// The ports of changed ways, if these are those of what they were. Only ports that cost
    /// something else than they did are looked at. The same as [`Ports::new`].
    pub fn again(&self, before: Ways, after: Ways) -> Ports {
        let places = self.places;
        let reach = (self.reach).again(before.over_sea(), after.over_sea());
        let into: Vec<Vec<u32>> = (0..places)
            .into_par_iter()
            .map(|to| changed(before.inbound.row(to), after.inbound.row(to)))
            .collect();
        let arrivals: Vec<OnceLock<Arrivals>> = (0..places).map(|_| OnceLock::new()).collect();
        let mut last = self.last.clone();
        let rows = last.par_chunks_mut(places.max(1)).enumerate();
        rows.for_each(|(from, last)| {
            let (old, cost) = (self.reach.row(from), reach.row(from));
            let out = changed(old, cost);
            let least = least(cost);
            for (to, last) in last.iter_mut().enumerate() {
                if out.is_empty() && into[to].is_empty() {
                    continue;
                }
                let (earlier, land) = (before.inbound.row(to), after.inbound.row(to));
                let mut best = match *last {
                    NONE => f64::INFINITY,
                    port => old[port as usize] + earlier[port as usize],
                };
                let mut holds = |port: &u32| {
                    let sum = cost[*port as usize] + land[*port as usize];
                    offer(&mut best, last, *port, sum)
                };
                if !(out.iter().all(&mut holds) && into[to].iter().all(&mut holds)) {
                    let to = arrivals[to].get_or_init(|| Arrivals::new(land));
                    *last = to.best(cost, least);
                }
            }
        });
        Ports {
            reach,
            last,
            places,
        }
    }

    /// Positions of the first and the last port.
    pub fn between(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        let last = self.last[from * self.places + to];
        (last != NONE).then(|| {
            let first = self.reach.by[from * self.reach.columns + last as usize];
            (first as usize, last as usize)
        })
    }
}

fn least(cost: &[f64]) -> f64 {
    cost.iter().copied().fold(f64::INFINITY, f64::min)
}

/// Ways over the last port to one place, cheapest land first.
struct Arrivals(Vec<(f64, u32)>);

impl Arrivals {
    /// From the cost by land from every port.
    fn new(land: &[f64]) -> Arrivals {
        let row = land.iter().copied().zip(0..);
        let mut found: Vec<(f64, u32)> = row.filter(|i| i.0.is_finite()).collect();
        found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Arrivals(found)
    }

    /// The last port of the cheapest way, the first of them where several cost the same. `reach` is
    /// the cost to every last port, `least` the least of them.
    fn best(&self, reach: &[f64], least: f64) -> u32 {
        let mut best = (f64::INFINITY, NONE);
        for (land, port) in &self.0 {
            // The rest is dearer by land than the best is in all.
            if least + land > best.0 {
                break;
            }
            let cost = reach[*port as usize] + land;
            if cost < best.0 || (cost == best.0 && *port < best.1 && best.1 != NONE) {
                best = (cost, *port);
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cost;
    use proptest::prelude::*;

    const PLACES: usize = 5;
    const PORTS: usize = 7;

    /// Small whole numbers, so that many ways cost the same, and infinity.
    fn hours() -> impl Strategy<Value = f64> {
        prop_oneof![6 => (0u8..5).prop_map(f64::from), 1 => Just(f64::INFINITY)]
    }

    fn grid(hours: &[f64]) -> Grid {
        let cell = |row: usize, column: usize| Some(Cost::new(hours[row * PORTS + column], 0.0));
        let none = None::<super::super::grid::Copied>;
        Grid::new(hours.len() / PORTS, PORTS, 1.0, none, cell)
    }

    #[test]
    fn without_ports_there_is_no_way() {
        let [outbound, passage, inbound] = [vec![], vec![], vec![]].map(|cost| Grid {
            columns: 0,
            generalised: vec![0.0; cost.len()],
            cost,
        });
        let ways = Ways {
            places: 2,
            outbound: &outbound,
            passage: &passage,
            inbound: &inbound,
        };
        let ports = Ports::new(ways);
        assert_eq!(ports.between(0, 1), None);
        assert_eq!(ports.again(ways, ways), ports);
    }

    proptest! {
        #[test]
        fn again_is_the_same_as_anew_and_as_all_pairs(
            hours in proptest::collection::vec(hours(), (2 * PLACES + PORTS) * PORTS),
            others in proptest::collection::vec((0..(2 * PLACES + PORTS) * PORTS, hours()), 0..12),
        ) {
            let split = |hours: &[f64]| {
                let (outbound, rest) = hours.split_at(PLACES * PORTS);
                let (passage, inbound) = rest.split_at(PORTS * PORTS);
                [grid(outbound), grid(passage), grid(inbound)]
            };
            fn ways(grids: &[Grid; 3]) -> Ways<'_> {
                let [outbound, passage, inbound] = grids;
                Ways { places: PLACES, outbound, passage, inbound }
            }
            let before = split(&hours);
            let mut hours = hours;
            others.into_iter().for_each(|(at, other)| hours[at] = other);
            let after = split(&hours);
            let found = Ports::new(ways(&after));
            prop_assert_eq!(&Ports::new(ways(&before)).again(ways(&before), ways(&after)), &found);
            let [outbound, passage, inbound] = &after;
            for from in 0..PLACES {
                for to in 0..PLACES {
                    let cost = |p: usize, q: usize| {
                        outbound.row(from)[p] + passage.row(p)[q] + inbound.row(to)[q]
                    };
                    let pairs = (0..PORTS).flat_map(|q| (0..PORTS).map(move |p| (p, q)));
                    let mut best = None;
                    for (p, q) in pairs.filter(|(p, q)| cost(*p, *q).is_finite()) {
                        if best.is_none_or(|(first, last)| cost(p, q) < cost(first, last)) {
                            best = Some((p, q));
                        }
                    }
                    prop_assert_eq!(found.between(from, to), best);
                }
            }
        }
    }
}
