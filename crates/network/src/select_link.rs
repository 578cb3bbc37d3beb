//! Which journeys run over a link.

use crate::access::{Access, Tables};
use crate::engine::{Engine, Point};
use crate::layer::Layers;
use crate::reuse::Given;
use crate::sea::{Arrivals, Reach, SeaTables};
use crate::skim::Skims;
use comity_world::{CommodityClass, LinkId, Mode, PlaceId};
use rayon::prelude::*;

/// A pair of places whose cheapest journey by a main mode runs over the link, be it the main mode
/// itself or the way to a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkUse {
    pub from: PlaceId,
    pub to: PlaceId,
    /// The main mode.
    pub mode: Mode,
}

impl Engine<'_> {
    /// The journeys of a skim that run over a link (in either direction), in the order of places.
    /// Multiplied with trade and mode shares ([`crate::ClassSkims::choice`]) they give the link's
    /// load. Where several paths cost the same in hours, USD and kilometres, a journey counts if
    /// one of them runs over the link.
    pub fn select_link(&self, skims: &Skims, link: LinkId, class: CommodityClass) -> Vec<LinkUse> {
        let class = skims.position(class);
        let network = &self.world.network;
        let mode = network.classes[network.links[link.index()].class.index()].mode;
        let layer = match mode {
            Mode::Road => &skims.layers.road,
            Mode::Rail => &skims.layers.rail,
            Mode::Sea => &skims.layers.sea,
            Mode::Air => return vec![],
        };
        let select = Select {
            engine: self,
            layers: &skims.layers,
            class,
            value: self.values_of_time[class],
            given: &skims.given,
            tables: &skims.tables[class].access,
            sea: &skims.tables[class].sea,
            mode,
            points: layer.classes[class].points,
            over: layer.over_link(class, link),
        };
        select.all()
    }
}

struct Select<'a> {
    engine: &'a Engine<'a>,
    layers: &'a Layers,
    class: usize,
    value: f64,
    given: &'a Given,
    tables: &'a Tables,
    sea: &'a SeaTables,
    /// Network of the link, number of points on it, and which of their pairs run over the link.
    mode: Mode,
    points: usize,
    over: Vec<bool>,
}

impl Select<'_> {
    fn all(&self) -> Vec<LinkUse> {
        let n = self.given.places.len();
        let arrivals: Vec<Arrivals> = (0..n)
            .into_par_iter()
            .map(|b| Arrivals::new(self.sea, b))
            .collect();
        let row = |a: usize| {
            let reach = Reach::new(self.sea, a);
            let mut found = Vec::new();
            for b in (0..n).filter(|b| *b != a) {
                let ports = arrivals[b].best(&reach);
                for mode in Mode::ALL {
                    let over = match mode {
                        Mode::Road => self.truck(&self.given.places[a], &self.given.places[b]),
                        Mode::Rail => self.by_rail(a, b),
                        Mode::Sea => ports.is_some_and(|(p, q)| self.by_sea(a, b, p, q)),
                        Mode::Air => self.by_air(a, b),
                    };
                    if over {
                        found.push(LinkUse {
                            from: PlaceId::from_index(a),
                            to: PlaceId::from_index(b),
                            mode,
                        });
                    }
                }
            }
            found
        };
        (0..n).into_par_iter().flat_map_iter(row).collect()
    }

    fn on(&self, mode: Mode, from: u32, to: u32) -> bool {
        mode == self.mode && self.over[from as usize * self.points + to as usize]
    }

    fn truck(&self, from: &Point, to: &Point) -> bool {
        match (from.zone, to.zone) {
            (Some(from), Some(to)) => self.on(Mode::Road, from, to),
            _ => false,
        }
    }

    /// From one point to another by rail with truck access.
    fn rail(&self, from: &Point, to: &Point, out: &[Access], into: &[Access]) -> bool {
        let rails = &self.layers.rail.classes[self.class];
        let found = self.engine.rail_between(rails, self.value, out, into);
        found.is_some_and(|(_, s, t)| {
            let end = |terminal: u32| &self.given.rail_terminals[terminal as usize].0;
            self.truck(from, end(s)) || self.on(Mode::Rail, s, t) || self.truck(end(t), to)
        })
    }

    fn by_rail(&self, a: usize, b: usize) -> bool {
        let (places, access) = (&self.given.places, &self.tables.place_rail);
        let (out, into) = (&access.outbound[a], &access.inbound[b]);
        self.rail(&places[a], &places[b], out, into)
    }

    fn by_air(&self, a: usize, b: usize) -> bool {
        let (places, access) = (&self.given.places, &self.tables.place_air);
        let flight = |s, t| self.given.flight(s, t);
        let (out, into) = (&access.outbound[a], &access.inbound[b]);
        let found = self.engine.air_between(self.value, out, into, flight);
        found.is_some_and(|(_, s, t)| {
            let end = |airport: u32| &self.given.airports[airport as usize].0;
            self.truck(&places[a], end(s)) || self.truck(end(t), &places[b])
        })
    }

    /// By rail or truck, whichever is cheaper.
    fn overland(&self, from: &Point, to: &Point, out: &[Access], into: &[Access]) -> bool {
        let rails = &self.layers.rail.classes[self.class];
        let roads = &self.layers.road.classes[self.class];
        let truck = self.engine.truck(roads, from, to).0.generalised(self.value);
        match self.engine.rail_between(rails, self.value, out, into) {
            Some((rail, ..)) if rail.generalised(self.value) < truck => {
                self.rail(from, to, out, into)
            }
            _ => self.truck(from, to),
        }
    }

    fn by_sea(&self, a: usize, b: usize, p: usize, q: usize) -> bool {
        let (places, ports) = (&self.given.places, &self.given.ports);
        let (place, port) = (&self.tables.place_rail, &self.tables.port_rail);
        let sea = |p: usize, q: usize| self.on(Mode::Sea, p as u32, q as u32);
        let passage = match self.sea.stopover(p, q) {
            None => sea(p, q),
            Some((r, s)) => {
                let (out, into) = (&port.outbound[r], &port.inbound[s]);
                sea(p, r) || self.overland(&ports[r], &ports[s], out, into) || sea(s, q)
            }
        };
        passage
            || self.overland(&places[a], &ports[p], &place.outbound[a], &port.inbound[p])
            || self.overland(&ports[q], &places[b], &port.outbound[q], &place.inbound[b])
    }
}
