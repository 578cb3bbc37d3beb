//! What a journey is made of, without following it link by link: the stretches of its cheapest way
//! on each network, the ports and airports it calls at, the kilometres off the networks.

use crate::access::{Access, Tables};
use crate::engine::{Engine, Point};
use crate::layer::Matrix;
use crate::reuse::Given;
use crate::sea::SeaTables;
use crate::skim::Skims;
use comity_world::{CommodityClass, Mode, PlaceId};

/// A part of a journey.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Hop {
    /// The cheapest way between two points of a network. Points of the rail network are the rail
    /// terminals, those of the sea the ports.
    Way { mode: Mode, from: u32, to: u32 },
    /// Between two airports.
    Flight { from: u32, to: u32 },
    /// Kilometres by truck off the recorded network.
    Local(f64),
}

/// The journeys of a skim in one commodity class, taken apart.
pub struct Tracer<'a> {
    engine: &'a Engine<'a>,
    skims: &'a Skims,
    class: usize,
    given: &'a Given,
    tables: &'a Tables,
    sea: &'a SeaTables,
}

impl Engine<'_> {
    /// Take apart the journeys of a class.
    pub fn tracer<'a>(&'a self, skims: &'a Skims, class: CommodityClass) -> Tracer<'a> {
        let class = skims.position(class);
        let tables = &skims.tables[class];
        Tracer {
            engine: self,
            skims,
            class,
            given: &skims.given,
            tables: &tables.access,
            sea: &tables.sea,
        }
    }
}

impl Tracer<'_> {
    /// Kilometres of the cheapest journey by a main mode; `None` if unreachable. Those of
    /// [`Engine::journey`] but for the order of additions.
    pub fn km(&self, from: PlaceId, to: PlaceId, mode: Mode) -> Option<f64> {
        let mut hops = Vec::with_capacity(16);
        self.hops(from, to, mode, &mut hops)?;
        Some(hops.iter().map(|hop| self.hop_km(*hop)).sum())
    }

    fn hop_km(&self, hop: Hop) -> f64 {
        match hop {
            Hop::Way { mode, from, to } => {
                let layer = self.skims.layers.of(mode).expect("a network's mode");
                layer.classes[self.class].km(from, to)
            }
            Hop::Flight { from, to } => self.engine.flight_km(from, to),
            Hop::Local(km) => km,
        }
    }

    /// The parts of the cheapest journey by a main mode, in travelling order, after what `hops`
    /// holds; `None` if unreachable.
    pub(crate) fn hops(
        &self,
        from: PlaceId,
        to: PlaceId,
        mode: Mode,
        hops: &mut Vec<Hop>,
    ) -> Option<()> {
        let (a, b) = (from.index(), to.index());
        let (from, to) = (&self.given.places[a], &self.given.places[b]);
        if a == b && mode != Mode::Road {
            return None;
        }
        let start = hops.len();
        self.end(hops, from);
        let found = match mode {
            Mode::Road if a == b => Some(()),
            Mode::Road => self.truck(hops, from, to),
            Mode::Rail => {
                let access = &self.tables.place_rail;
                self.rail(hops, from, to, &access.outbound[a], &access.inbound[b])
            }
            Mode::Sea => self.sea(hops, a, b),
            Mode::Air => self.air(hops, a, b),
        };
        if found.is_none() {
            hops.truncate(start);
            return None;
        }
        self.end(hops, to);
        Some(())
    }

    fn roads(&self) -> &Matrix {
        &self.skims.layers.road.classes[self.class]
    }

    fn rails(&self) -> &Matrix {
        &self.skims.layers.rail.classes[self.class]
    }

    fn value(&self) -> f64 {
        self.engine.values_of_time[self.class]
    }

    /// What a point takes of its own.
    fn end(&self, hops: &mut Vec<Hop>, point: &Point) {
        hops.push(Hop::Local(self.engine.own_km(point)));
    }

    fn truck(&self, hops: &mut Vec<Hop>, from: &Point, to: &Point) -> Option<()> {
        let (cost, km) = self.engine.truck(self.roads(), from, to);
        if !cost.hours.is_finite() {
            return None;
        }
        hops.push(match (from.zone, to.zone) {
            (Some(from), Some(to)) => Hop::Way {
                mode: Mode::Road,
                from,
                to,
            },
            _ => Hop::Local(km),
        });
        Some(())
    }

    /// From one point to another by rail with truck access, without their own ends.
    fn rail(
        &self,
        hops: &mut Vec<Hop>,
        from: &Point,
        to: &Point,
        out: &[Access],
        into: &[Access],
    ) -> Option<()> {
        let found = self
            .engine
            .rail_between(self.rails(), self.value(), out, into);
        let (_, s, t) = found?;
        let end = |terminal: u32| &self.given.rail_terminals[terminal as usize].0;
        self.truck(hops, from, end(s))?;
        self.end(hops, end(s));
        hops.push(Hop::Way {
            mode: Mode::Rail,
            from: s,
            to: t,
        });
        self.end(hops, end(t));
        self.truck(hops, end(t), to)
    }

    fn air(&self, hops: &mut Vec<Hop>, a: usize, b: usize) -> Option<()> {
        let (places, access) = (&self.given.places, &self.tables.place_air);
        let flight = |s, t| self.given.flight(s, t);
        let (out, into) = (&access.outbound[a], &access.inbound[b]);
        let (_, s, t) = self.engine.air_between(self.value(), out, into, flight)?;
        let end = |airport: u32| &self.given.airports[airport as usize].0;
        self.truck(hops, &places[a], end(s))?;
        self.end(hops, end(s));
        hops.push(Hop::Flight { from: s, to: t });
        self.end(hops, end(t));
        self.truck(hops, end(t), &places[b])
    }

    /// By rail or truck, whichever is cheaper.
    fn overland(
        &self,
        hops: &mut Vec<Hop>,
        from: &Point,
        to: &Point,
        out: &[Access],
        into: &[Access],
    ) -> Option<()> {
        let value = self.value();
        let truck = self.engine.truck(self.roads(), from, to).0;
        match self.engine.rail_between(self.rails(), value, out, into) {
            Some((rail, ..)) if rail.generalised(value) < truck.generalised(value) => {
                self.rail(hops, from, to, out, into)
            }
            _ => self.truck(hops, from, to),
        }
    }

    fn sea(&self, hops: &mut Vec<Hop>, a: usize, b: usize) -> Option<()> {
        let (places, ports) = (&self.given.places, &self.given.ports);
        let (place, port) = (&self.tables.place_rail, &self.tables.port_rail);
        let (p, q) = self.sea.ports(a, b)?;
        let (out, into) = (&place.outbound[a], &port.inbound[p]);
        self.overland(hops, &places[a], &ports[p], out, into)?;
        self.end(hops, &ports[p]);
        let sail = |hops: &mut Vec<Hop>, from: usize, to: usize| {
            hops.push(Hop::Way {
                mode: Mode::Sea,
                from: from as u32,
                to: to as u32,
            });
        };
        match self.sea.stopover(p, q) {
            None => sail(hops, p, q),
            Some((r, s)) => {
                sail(hops, p, r);
                self.end(hops, &ports[r]);
                let (out, into) = (&port.outbound[r], &port.inbound[s]);
                self.overland(hops, &ports[r], &ports[s], out, into)?;
                self.end(hops, &ports[s]);
                sail(hops, s, q);
            }
        }
        self.end(hops, &ports[q]);
        let (out, into) = (&port.outbound[q], &place.inbound[b]);
        self.overland(hops, &ports[q], &places[b], out, into)
    }
}
