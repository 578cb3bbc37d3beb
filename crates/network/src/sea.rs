//! Journeys by sea: land to a port, one or two sea legs, land from a port.
//!
//! Two sea legs with land between matter where an inland sea is crossed on the way to an ocean.

use crate::access::{Access, Tables};
use crate::engine::{Engine, Point};
use crate::layer::Layers;
use crate::min_plus::{NONE, lower};
use crate::reuse::{Given, Same};
use crate::skim::ModeSkim;
use crate::{Cost, border};
use comity_world::Mode;
use rayon::prelude::*;
use std::sync::Arc;

const NOWHERE: Cost = Cost {
    hours: f64::INFINITY,
    usd_per_teu: f64::INFINITY,
};

/// A dense matrix of costs with their generalised sum.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grid {
    pub columns: usize,
    pub cost: Vec<Cost>,
    pub generalised: Vec<f64>,
}

impl Grid {
    fn new(
        rows: usize,
        columns: usize,
        value: f64,
        known: Option<(&Grid, impl Fn(usize, usize) -> bool + Sync)>,
        cell: impl Fn(usize, usize) -> Option<Cost> + Sync,
    ) -> Grid {
        let cost: Vec<Cost> = (0..rows * columns)
            .into_par_iter()
            .map(|at| {
                let (row, column) = (at / columns, at % columns);
                match &known {
                    Some((earlier, same)) if same(row, column) => earlier.cost[at],
                    _ => cell(row, column).unwrap_or(NOWHERE),
                }
            })
            .collect();
        let generalised = cost.iter().map(|c| c.generalised(value)).collect();
        Grid {
            columns,
            cost,
            generalised,
        }
    }

    pub fn row(&self, row: usize) -> &[f64] {
        &self.generalised[row * self.columns..][..self.columns]
    }

    /// Which rows are the same as those of another grid.
    fn same_rows(&self, other: &Grid) -> Vec<bool> {
        let rows = self.cost.chunks(self.columns.max(1));
        rows.zip(other.cost.chunks(self.columns.max(1)))
            .map(|(a, b)| a == b)
            .collect()
    }

    pub fn at(&self, row: usize, column: usize) -> Cost {
        self.cost[row * self.columns + column]
    }
}

/// Everything about the sea for one commodity class.
#[derive(Debug)]
pub(crate) struct SeaTables {
    /// Port to port, one sea leg, dwell at both ports and the border between them included.
    pub leg: Grid,
    /// Port to port over land, without dwell.
    pub bridge: Arc<Grid>,
    /// Port to port by one or two sea legs.
    pub passage: Arc<Grid>,
    /// Where a passage of two sea legs goes ashore and to sea again, `[from][to]`.
    stops: Arc<Vec<Option<(u32, u32)>>>,
    /// Place to port over land.
    pub outbound: Arc<Grid>,
    /// Port to place over land, `[place][port]`.
    pub inbound: Arc<Grid>,
}

/// An earlier grid, and which of its entries may be copied.
type Copied<'a> = (&'a Grid, fn(usize, usize) -> bool);

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
    let (passage, stops) = match known.filter(|k| k.leg == leg && k.bridge == bridge) {
        Some(known) => (known.passage.clone(), known.stops.clone()),
        None => {
            let (passage, stops) = two_legs(&leg, &bridge, value, ports);
            (Arc::new(passage), Arc::new(stops))
        }
    };
    SeaTables {
        leg,
        bridge,
        passage,
        stops,
        outbound,
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

/// One sea leg, or two with land between, whichever is cheaper, and where those stop.
fn two_legs(
    leg: &Grid,
    bridge: &Grid,
    value: f64,
    ports: usize,
) -> (Grid, Vec<Option<(u32, u32)>>) {
    let row = |p: usize| -> Vec<Option<(u32, u32)>> {
        // Cheapest sea leg and land bridge from p to s.
        let mut ashore = vec![f64::INFINITY; ports];
        let mut over = vec![NONE; ports];
        lower(leg.row(p), &bridge.generalised, &mut ashore, &mut over);
        let mut best = leg.row(p).to_vec();
        // From p to p is no journey, even by way of others.
        best[p] = f64::NEG_INFINITY;
        let mut again = vec![NONE; ports];
        lower(&ashore, &leg.generalised, &mut best, &mut again);
        let stop = |s: u64| (s != NONE).then(|| (over[s as usize] as u32, s as u32));
        again.into_iter().map(stop).collect()
    };
    let stops: Vec<Option<(u32, u32)>> = (0..ports).into_par_iter().flat_map_iter(row).collect();
    let passage = Grid::new(ports, ports, value, None::<Copied>, |p, q| {
        Some(match stops[p * ports + q] {
            None => leg.at(p, q),
            Some((r, s)) => {
                let (r, s) = (r as usize, s as usize);
                leg.at(p, r) + bridge.at(r, s) + leg.at(s, q)
            }
        })
    });
    (passage, stops)
}

/// Ways over the last port to one place, cheapest land first.
pub(crate) struct Arrivals(Vec<(f64, usize)>);

impl Arrivals {
    pub fn new(sea: &SeaTables, to: usize) -> Arrivals {
        let row = sea.inbound.row(to).iter().copied().zip(0..);
        let mut found: Vec<(f64, usize)> = row.filter(|i| i.0.is_finite()).collect();
        found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Arrivals(found)
    }

    /// The first and last port of the cheapest way, the first of them where several cost the same.
    pub fn best(&self, reach: &Reach) -> Option<(usize, usize)> {
        let mut best: Option<(f64, usize)> = None;
        for (land, port) in &self.0 {
            // The rest is dearer by land than the best is in all.
            if best.is_some_and(|b| reach.least + land > b.0) {
                break;
            }
            let cost = reach.cost[*port] + land;
            let better = |b: (f64, usize)| cost < b.0 || (cost == b.0 && *port < b.1);
            if cost.is_finite() && best.is_none_or(better) {
                best = Some((cost, *port));
            }
        }
        best.map(|(_, last)| (reach.first[last] as usize, last))
    }
}

/// From one place to every last port: cheapest generalised cost, and the first port.
pub(crate) struct Reach {
    cost: Vec<f64>,
    first: Vec<u64>,
    least: f64,
}

impl Reach {
    pub fn new(sea: &SeaTables, from: usize) -> Reach {
        let mut cost = vec![f64::INFINITY; sea.passage.columns];
        let mut first = vec![NONE; sea.passage.columns];
        let passages = &sea.passage.generalised;
        lower(sea.outbound.row(from), passages, &mut cost, &mut first);
        let least = cost.iter().copied().fold(f64::INFINITY, f64::min);
        Reach { cost, first, least }
    }
}

/// The cheapest port pair of a journey: position of the first and the last port.
pub(crate) fn best_ports(sea: &SeaTables, from: usize, to: usize) -> Option<(usize, usize)> {
    Arrivals::new(sea, to).best(&Reach::new(sea, from))
}

/// The place-to-place matrix by sea.
pub(crate) fn by_sea(engine: &Engine, sea: &SeaTables, same: Option<&Same>) -> ModeSkim {
    let arrivals: Vec<Arrivals> = (0..engine.world.places.len())
        .into_par_iter()
        .map(|b| Arrivals::new(sea, b))
        .collect();
    let known = same.filter(|s| s.known.tables.sea.passage == sea.passage);
    let known = known.map(|s| {
        let before = &s.known.tables.sea;
        let rows = sea.outbound.same_rows(&before.outbound);
        let columns = sea.inbound.same_rows(&before.inbound);
        (s.mode(Mode::Sea), rows, columns)
    });
    if let Some((before, rows, columns)) = &known
        && rows.iter().chain(columns).all(|same| *same)
    {
        return (*before).clone();
    }
    let known = known
        .map(|(before, rows, columns)| (before, move |a: usize, b: usize| rows[a] && columns[b]));
    engine.matrix(
        known,
        |a| Reach::new(sea, a),
        |reach, a, b| {
            if a == b {
                return None;
            }
            let (p, q) = arrivals[b].best(reach)?;
            Some(sea.outbound.at(a, p) + sea.passage.at(p, q) + sea.inbound.at(b, q))
        },
    )
}

impl SeaTables {
    /// Where a passage of two sea legs goes ashore and to sea again; `None` if it is one.
    pub fn stopover(&self, p: usize, q: usize) -> Option<(usize, usize)> {
        let (r, s) = self.stops[p * self.passage.columns + q]?;
        Some((r as usize, s as usize))
    }
}
