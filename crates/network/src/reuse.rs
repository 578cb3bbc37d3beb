//! What a skim may take from an earlier one of a similar world.
//!
//! Every entry of a skim is a function of a few inputs: access of its two ends, and entries of the
//! matrices between terminals. Where none of them has changed the entry is copied. This is exact:
//! inputs are compared by value.

use crate::Cost;
use crate::access::{Access, AccessTable, Tables};
use crate::combine::ClassTables;
use crate::engine::{Engine, Point};
use crate::layer::{Layer, Layers};
use crate::skim::{ClassSkims, ModeSkim, Skims};
use comity_world::settings::Journeys;
use comity_world::{Mode, TerminalId};
use rayon::prelude::*;
use std::sync::Arc;

/// What journeys are built from besides the networks, the same for every commodity class.
#[derive(Debug, PartialEq)]
pub(crate) struct Given {
    pub places: Vec<Point>,
    pub ports: Vec<Point>,
    /// With each terminal's own hours and USD.
    pub rail_terminals: Vec<(Point, Cost)>,
    pub airports: Vec<(Point, Cost)>,
    flights: Vec<Option<Cost>>,
    truck_km: Cost,
    local: Cost,
    journeys: Journeys,
}

impl Given {
    pub fn new(engine: &Engine) -> Given {
        let n = engine.airports.len();
        let end = |id: &TerminalId| {
            let terminal = engine.terminal(*id);
            let own = Cost::new(terminal.hours, terminal.usd_per_teu);
            (engine.terminal_point(*id), own)
        };
        let flight = |at: usize| {
            let (from, to) = (engine.airports[at / n], engine.airports[at % n]);
            engine.flight(from, to).map(|found| found.0)
        };
        Given {
            places: (0..engine.world.places.len())
                .map(|place| engine.place_point(place))
                .collect(),
            ports: engine.ports.iter().map(|id| end(id).0).collect(),
            rail_terminals: engine.rail_terminals.iter().map(end).collect(),
            airports: engine.airports.iter().map(end).collect(),
            flights: (0..n * n).into_par_iter().map(flight).collect(),
            truck_km: engine.truck_km,
            local: engine.local,
            journeys: engine.world.settings.journeys.clone(),
        }
    }

    /// The flight between two airports, without their terminals; `None` if the border is closed.
    pub fn flight(&self, from: u32, to: u32) -> Option<Cost> {
        self.flights[from as usize * self.airports.len() + to as usize]
    }

    /// Whether all but the flights is the same.
    fn same_ends(&self, other: &Given) -> bool {
        self.places == other.places
            && self.ports == other.ports
            && self.rail_terminals == other.rail_terminals
            && self.airports == other.airports
            && (self.truck_km, self.local) == (other.truck_km, other.local)
            && self.journeys == other.journeys
    }
}

/// An earlier skim of one commodity class between the same points, and where it differs.
pub(crate) struct Known<'a> {
    pub skims: &'a ClassSkims,
    pub tables: &'a ClassTables,
    road: Changed,
    rail: Changed,
    flights: bool,
}

impl<'a> Known<'a> {
    /// `None` if the earlier skim is of other places, terminals, settings or classes.
    pub fn new(
        engine: &Engine,
        earlier: &'a Skims,
        layers: &Layers,
        given: &Given,
        class: usize,
    ) -> Option<Known<'a>> {
        let skims = earlier.classes.get(class)?;
        let asked = (engine.classes[class], engine.values_of_time[class]);
        if (skims.class, skims.value_of_time) != asked || !given.same_ends(&earlier.given) {
            return None;
        }
        Some(Known {
            skims,
            tables: &earlier.tables[class],
            road: Changed::new(&earlier.layers.road, &layers.road, class)?,
            rail: Changed::new(&earlier.layers.rail, &layers.rail, class)?,
            flights: given.flights == earlier.given.flights,
        })
    }

    pub fn same_roads(&self) -> bool {
        self.road.bits.is_none()
    }

    pub fn same_rails(&self) -> bool {
        self.rail.bits.is_none()
    }
}

/// Which entries of a matrix between points have changed; no bits if none has.
struct Changed {
    words: usize,
    bits: Option<Vec<u64>>,
}

impl Changed {
    /// `None` if the points are others.
    fn new(before: &Arc<Layer>, after: &Arc<Layer>, class: usize) -> Option<Changed> {
        if !before.same_points(after) {
            return None;
        }
        let (old, new) = (&before.classes[class], &after.classes[class]);
        let words = new.points.div_ceil(64);
        if Arc::ptr_eq(before, after) || new.points == 0 {
            return Some(Changed { words, bits: None });
        }
        let mut bits = vec![0u64; words * new.points];
        bits.par_chunks_mut(words)
            .enumerate()
            .for_each(|(from, row)| {
                for (to, (a, b)) in old.row(from).iter().zip(new.row(from)).enumerate() {
                    if a != b {
                        row[to / 64] |= 1 << (to % 64);
                    }
                }
            });
        let any = bits.iter().any(|word| *word != 0);
        Some(Changed {
            words,
            bits: any.then_some(bits),
        })
    }

    #[inline]
    fn at(&self, from: u32, to: u32) -> bool {
        self.bits.as_ref().is_some_and(|bits| {
            let (from, to) = (from as usize, to as usize);
            bits[from * self.words + to / 64] >> (to % 64) & 1 != 0
        })
    }
}

/// Which ends have the access they had.
pub(crate) struct SameEnds {
    outbound: Vec<bool>,
    inbound: Vec<bool>,
}

impl SameEnds {
    fn new(before: &AccessTable, after: &AccessTable) -> SameEnds {
        let same = |old: &[Vec<Access>], new: &[Vec<Access>]| {
            old.iter().zip(new).map(|(a, b)| a == b).collect()
        };
        SameEnds {
            outbound: same(&before.outbound, &after.outbound),
            inbound: same(&before.inbound, &after.inbound),
        }
    }

    #[inline]
    pub fn pair(&self, from: usize, to: usize) -> bool {
        self.outbound[from] && self.inbound[to]
    }

    /// Whether all ends have.
    pub fn all(&self) -> bool {
        self.outbound.iter().chain(&self.inbound).all(|same| *same)
    }

    #[inline]
    pub fn outbound(&self, from: usize) -> bool {
        self.outbound[from]
    }

    #[inline]
    pub fn inbound(&self, to: usize) -> bool {
        self.inbound[to]
    }
}

/// What is the same as in the known skim.
pub(crate) struct Same<'a> {
    pub known: &'a Known<'a>,
    pub place_rail: SameEnds,
    pub port_rail: SameEnds,
    pub place_air: SameEnds,
    pub flights: bool,
}

impl<'a> Same<'a> {
    pub fn new(known: &'a Known, access: &Tables) -> Same<'a> {
        let before = &known.tables.access;
        Same {
            known,
            place_rail: SameEnds::new(&before.place_rail, &access.place_rail),
            port_rail: SameEnds::new(&before.port_rail, &access.port_rail),
            place_air: SameEnds::new(&before.place_air, &access.place_air),
            flights: known.flights,
        }
    }

    /// The matrix of a mode in the known skim.
    pub fn mode(&self, mode: Mode) -> &'a ModeSkim {
        &self.known.skims.modes[mode as usize]
    }

    /// Whether all ways by land are the same.
    pub fn land(&self) -> bool {
        let networks = self.known.same_roads() && self.known.same_rails();
        networks && self.place_rail.all() && self.port_rail.all()
    }

    /// Whether the truck journey between two points is the same.
    #[inline]
    pub fn road(&self, from: &Point, to: &Point) -> bool {
        match (from.zone, to.zone) {
            (Some(from), Some(to)) => !self.known.road.at(from, to),
            _ => true,
        }
    }

    /// Whether the railway between all these terminals is the same.
    #[inline]
    pub fn rails(&self, outbound: &[Access], inbound: &[Access]) -> bool {
        let rail = &self.known.rail;
        rail.bits.is_none()
            || !outbound
                .iter()
                .any(|s| inbound.iter().any(|t| rail.at(s.terminal, t.terminal)))
    }
}
