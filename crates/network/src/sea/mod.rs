//! Journeys by sea: land to a port, one or two sea legs, land from a port.
//!
//! Two sea legs with land between matter where an inland sea is crossed on the way to an ocean.

mod grid;
mod ports;

use crate::access::{Access, Tables};
use crate::engine::{Engine, Point};
use crate::layer::Layers;
use crate::min_plus::{Factors, NONE, Product};
use crate::reuse::{Given, Same};
use crate::skim::ModeSkim;
use crate::{Cost, border};
use comity_world::Mode;
use grid::{Copied, Grid};
use ports::{Ports, Ways};
use std::sync::Arc;

/// Everything about the sea for one commodity class.
#[derive(Debug)]
pub(crate) struct SeaTables {
    /// Port to port, one sea leg, dwell at both ports and the border between them included.
    pub leg: Grid,
    /// Port to port over land, without dwell.
    pub bridge: Arc<Grid>,
    legs: Arc<Legs>,
    /// Place to port over land.
    pub outbound: Arc<Grid>,
    /// Port to place over land, `[place][port]`.
    pub inbound: Arc<Grid>,
    ports: Arc<Ports>,
}

/// Port to port by one sea leg, or by two with land between, whichever is cheaper.
#[derive(Debug, PartialEq)]
struct Legs {
    /// By one sea leg and over land.
    ashore: Product,
    /// By another sea leg after those; starts from one sea leg alone.
    two: Product,
    passage: Grid,
}

/// The grids of one commodity class; `same` tells what may be copied from an earlier skim.
pub(crate) fn tables(
    engine: &Engine,
    layers: &Layers,
    class: usize,
    given: &Given,
    access: &Tables,
    same: Option<&Same>,
) -> SeaTables {
    let value = engine.values_of_time[class];
    let ports = given.ports.len();
    let seas = &layers.sea.classes[class];
    let dwell = |port: usize| {
        let terminal = engine.terminal(engine.ports[port]);
        Cost::new(terminal.hours, terminal.usd_per_teu)
    };
    let leg = Grid::new(ports, ports, value, None::<Copied>, |p, q| {
        if p == q {
            return None;
        }
        let (from, to) = (given.ports[p].territory, given.ports[q].territory);
        let crossing = border::crossing(engine.world, from, to, Mode::Sea)?;
        Some(dwell(p) + seas.cost(p as u32, q as u32) + crossing + dwell(q))
    });
    let (bridge, outbound, inbound) = match same.filter(|s| s.land()) {
        Some(same) => {
            let known = &same.known.tables.sea;
            let grids = (&known.bridge, &known.outbound, &known.inbound);
            (grids.0.clone(), grids.1.clone(), grids.2.clone())
        }
        None => {
            let (bridge, outbound, inbound) = land(engine, layers, class, given, access, same);
            (Arc::new(bridge), Arc::new(outbound), Arc::new(inbound))
        }
    };
    let known = same.map(|s| &s.known.tables.sea);
    let known_legs = known.filter(|k| k.leg == leg);
    let legs = match known_legs.filter(|k| Arc::ptr_eq(&k.bridge, &bridge) || k.bridge == bridge) {
        Some(known) => known.legs.clone(),
        None => {
            let known = known_legs.map(|known| (&*known.legs, &*known.bridge));
            Arc::new(Legs::new(&leg, &bridge, value, known))
        }
    };
    let places = given.places.len();
    let now = ways(places, &outbound, &legs, &inbound);
    let ports = match known.map(|k| (k, ways(places, &k.outbound, &k.legs, &k.inbound))) {
        None => Arc::new(Ports::new(now)),
        Some((known, before)) if before == now => known.ports.clone(),
        Some((known, before)) => Arc::new(known.ports.again(before, now)),
    };
    SeaTables {
        leg,
        bridge,
        legs,
        outbound,
        inbound,
        ports,
    }
}

fn ways<'a>(places: usize, outbound: &'a Grid, legs: &'a Legs, inbound: &'a Grid) -> Ways<'a> {
    Ways {
        places,
        outbound,
        passage: &legs.passage,
        inbound,
    }
}

/// Port to port, place to port and port to place over land.
fn land(
    engine: &Engine,
    layers: &Layers,
    class: usize,
    given: &Given,
    access: &Tables,
    same: Option<&Same>,
) -> (Grid, Grid, Grid) {
    let value = engine.values_of_time[class];
    let (places, ports) = (given.places.len(), given.ports.len());
    let roads = &layers.road.classes[class];
    let rails = &layers.rail.classes[class];
    // By land from one point to another, whichever of rail and truck is cheaper.
    let overland = |from: &Point, to: &Point, outbound: &[Access], inbound: &[Access]| {
        let truck = engine.truck(roads, from, to).0;
        match engine.rail_between(rails, value, outbound, inbound) {
            Some((rail, ..)) if rail.generalised(value) < truck.generalised(value) => rail,
            _ => truck,
        }
    };
    let unchanged = |same: &Same, from: &Point, to: &Point, out: &[Access], into: &[Access]| {
        same.road(from, to) && same.rails(out, into)
    };
    let (place_rail, port_rail) = (&access.place_rail, &access.port_rail);
    let from_port = |p: usize| (&given.ports[p], &port_rail.outbound[p][..]);
    let to_port = |p: usize| (&given.ports[p], &port_rail.inbound[p][..]);
    let from_place = |a: usize| (&given.places[a], &place_rail.outbound[a][..]);
    let to_place = |b: usize| (&given.places[b], &place_rail.inbound[b][..]);
    let known = same.map(|s| {
        let copied = move |p: usize, q: usize| {
            let (from, to) = (from_port(p), to_port(q));
            s.port_rail.pair(p, q) && unchanged(s, from.0, to.0, from.1, to.1)
        };
        (&*s.known.tables.sea.bridge, copied)
    });
    let bridge = Grid::new(ports, ports, value, known, |p, q| {
        let (from, to) = (from_port(p), to_port(q));
        (p != q).then(|| overland(from.0, to.0, from.1, to.1))
    });
    let known = same.map(|s| {
        let copied = move |a: usize, p: usize| {
            let (from, to) = (from_place(a), to_port(p));
            let ends = s.place_rail.outbound(a) && s.port_rail.inbound(p);
            ends && unchanged(s, from.0, to.0, from.1, to.1)
        };
        (&*s.known.tables.sea.outbound, copied)
    });
    let outbound = Grid::new(places, ports, value, known, |a, p| {
        let (from, to) = (from_place(a), to_port(p));
        Some(overland(from.0, to.0, from.1, to.1))
    });
    let known = same.map(|s| {
        let copied = move |b: usize, q: usize| {
            let (from, to) = (from_port(q), to_place(b));
            let ends = s.port_rail.outbound(q) && s.place_rail.inbound(b);
            ends && unchanged(s, from.0, to.0, from.1, to.1)
        };
        (&*s.known.tables.sea.inbound, copied)
    });
    let inbound = Grid::new(places, ports, value, known, |b, q| {
        let (from, to) = (from_port(q), to_place(b));
        Some(overland(from.0, to.0, from.1, to.1))
    });
    (bridge, outbound, inbound)
}

impl Legs {
    /// `known` are the legs of another bridge over land, with that bridge, by the same sea legs.
    fn new(leg: &Grid, bridge: &Grid, value: f64, known: Option<(&Legs, &Grid)>) -> Legs {
        let ports = leg.columns;
        fn ashore<'a>(leg: &'a Grid, bridge: &'a Grid) -> Factors<'a> {
            Factors {
                inner: leg.columns,
                columns: leg.columns,
                rows: &leg.generalised,
                matrix: &bridge.generalised,
                start: None,
            }
        }
        let mut start = leg.generalised.clone();
        for p in 0..ports {
            // From p to p is no journey, even by way of others.
            start[p * ports + p] = f64::NEG_INFINITY;
        }
        let two = |ashore| Factors {
            inner: ports,
            columns: ports,
            rows: ashore,
            matrix: &leg.generalised,
            start: Some(&start),
        };
        let (ashore, two) = match known {
            None => {
                let ashore = Product::new(ashore(leg, bridge));
                let two = Product::new(two(&ashore.least));
                (ashore, two)
            }
            Some((known, before)) => {
                let (before, after) = (ashore(leg, before), ashore(leg, bridge));
                let ashore = known.ashore.again(before, after);
                let again = (known.two).again(two(&known.ashore.least), two(&ashore.least));
                (ashore, again)
            }
        };
        let passage = Grid::new(ports, ports, value, None::<Copied>, |p, q| {
            Some(match stops(&ashore, &two, p, q) {
                None => leg.at(p, q),
                Some((r, s)) => leg.at(p, r) + bridge.at(r, s) + leg.at(s, q),
            })
        });
        Legs {
            ashore,
            two,
            passage,
        }
    }
}

/// Where a passage of two sea legs goes ashore and to sea again; `None` if it is one.
fn stops(ashore: &Product, two: &Product, p: usize, q: usize) -> Option<(usize, usize)> {
    let ports = two.columns;
    let again = two.by[p * ports + q];
    (again != NONE).then(|| {
        let again = again as usize;
        (ashore.by[p * ports + again] as usize, again)
    })
}

/// The place-to-place matrix by sea.
pub(crate) fn by_sea(engine: &Engine, sea: &SeaTables, same: Option<&Same>) -> ModeSkim {
    if let Some(same) = same
        && Arc::ptr_eq(&same.known.tables.sea.ports, &sea.ports)
    {
        return same.mode(Mode::Sea).clone();
    }
    let known = None::<(&ModeSkim, fn(usize, usize) -> bool)>;
    engine.matrix(
        known,
        |_| (),
        |(), a, b| {
            if a == b {
                return None;
            }
            let (p, q) = sea.ports(a, b)?;
            Some(sea.outbound.at(a, p) + sea.passage(p, q) + sea.inbound.at(b, q))
        },
    )
}

impl SeaTables {
    /// Port to port by one or two sea legs.
    pub fn passage(&self, p: usize, q: usize) -> Cost {
        self.legs.passage.at(p, q)
    }

    /// Where a passage of two sea legs goes ashore and to sea again; `None` if it is one.
    pub fn stopover(&self, p: usize, q: usize) -> Option<(usize, usize)> {
        stops(&self.legs.ashore, &self.legs.two, p, q)
    }

    /// The cheapest port pair of a journey between two places: the first and the last port.
    pub fn ports(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        self.ports.between(from, to)
    }
}
