//! Distinct routes between two places.
//!
//! Candidates are the journeys over every pair of terminals within reach, and on the network of
//! the main mode the plateau alternatives ([`crate::plateau`]). They are taken cheapest first,
//! each if it is distinct from those taken before: at most [`MOST_SHARED`] of its kilometres are
//! on links of any one of them.

use crate::Cost;
use crate::access::Access;
use crate::engine::Engine;
use crate::graph::Graph;
use crate::journey::{Choice, Journey, Path};
use crate::plateau::{Turned, routes};
use crate::skim::Skims;
use comity_world::{CommodityClass, LinkId, Mode, PlaceId};
use std::collections::HashSet;

/// Most of its kilometres that an alternative may share with a better one.
const MOST_SHARED: f64 = 0.7;
/// Most that an alternative may cost, as a multiple of the cheapest.
const MOST_STRETCH: f64 = 2.0;
/// Candidates looked at; neighbouring ports give many that differ little.
const MOST_CANDIDATES: usize = 500;

/// A journey to be unpacked, and its generalised cost.
struct Candidate {
    generalised: f64,
    choice: Choice,
}

impl Engine<'_> {
    /// Up to `k` distinct routes between two places by a main mode, cheapest first; the first is
    /// [`Engine::journey`]. Alternatives are found among terminals and by plateaus, which gives
    /// sensible routes and not every possible one. Empty if unreachable.
    pub fn alternatives(
        &self,
        skims: &Skims,
        from: PlaceId,
        to: PlaceId,
        mode: Mode,
        class: CommodityClass,
        k: usize,
    ) -> Vec<Journey> {
        let Some(best) = self.journey(skims, from, to, mode, class) else {
            return vec![];
        };
        let value = self.values_of_time[skims.position(class)];
        let dearest = MOST_STRETCH * best.cost.generalised(value);
        let mut taken = vec![best];
        if from == to {
            taken.truncate(k);
            return taken;
        }
        let mut candidates = self.candidates(skims, from, to, mode, class);
        candidates.retain(|c| c.generalised <= dearest);
        candidates.sort_by(|a, b| a.generalised.total_cmp(&b.generalised));
        for candidate in candidates.into_iter().take(MOST_CANDIDATES) {
            if taken.len() >= k {
                break;
            }
            let choice = &candidate.choice;
            if let Some(journey) = self.journey_by(skims, from, to, mode, class, choice)
                && taken.iter().all(|better| self.distinct(&journey, better))
            {
                taken.push(journey);
            }
        }
        taken.truncate(k);
        taken
    }

    /// Whether a journey shares little enough with a better one.
    fn distinct(&self, journey: &Journey, better: &Journey) -> bool {
        let links = |journey: &Journey| -> HashSet<LinkId> {
            let legs = journey.legs.iter();
            legs.flat_map(|leg| leg.links.iter().copied()).collect()
        };
        let (own, other) = (links(journey), links(better));
        let mut shared: Vec<&LinkId> = own.intersection(&other).collect();
        shared.sort_unstable();
        let km: f64 = shared
            .iter()
            .map(|link| self.world.network.links[link.index()].km)
            .sum();
        km <= MOST_SHARED * journey.km && journey.legs != better.legs
    }

    fn candidates(
        &self,
        skims: &Skims,
        from: PlaceId,
        to: PlaceId,
        mode: Mode,
        class: CommodityClass,
    ) -> Vec<Candidate> {
        let class = skims.position(class);
        let value = self.values_of_time[class];
        let (given, tables) = (&skims.given, &skims.tables[class]);
        let (a, b) = (&given.places[from.index()], &given.places[to.index()]);
        let mut found = Vec::new();
        match mode {
            Mode::Road => {
                if let (Some(x), Some(y)) = (a.zone, b.zone) {
                    let (x, y) = (self.zones[x as usize], self.zones[y as usize]);
                    let paths = Paths::new(mode, &self.road, value);
                    let ends = a.own + b.own;
                    found.extend(paths.between(x, y, ends, value, &Choice::default()));
                }
            }
            Mode::Rail => {
                let access = &tables.access.place_rail;
                let paths = Paths::new(mode, &self.rail, value);
                for (s, t) in pairs(&access.outbound[from.index()], &access.inbound[to.index()]) {
                    let vertex = |access: &Access| {
                        let id = self.rail_terminals[access.terminal as usize];
                        self.terminal_vertex(&self.rail, id)
                    };
                    let choice = Choice {
                        terminals: Some((s.terminal, t.terminal)),
                        ..Choice::default()
                    };
                    let ends = s.cost + t.cost;
                    found.extend(paths.between(vertex(s), vertex(t), ends, value, &choice));
                }
            }
            Mode::Air => {
                let access = &tables.access.place_air;
                for (s, t) in pairs(&access.outbound[from.index()], &access.inbound[to.index()]) {
                    if let Some(flight) = given.flight(s.terminal, t.terminal) {
                        found.push(Candidate {
                            generalised: (s.cost + flight + t.cost).generalised(value),
                            choice: Choice {
                                terminals: Some((s.terminal, t.terminal)),
                                ..Choice::default()
                            },
                        });
                    }
                }
            }
            Mode::Sea => {
                let sea = &tables.sea;
                for p in 0..self.ports.len() {
                    for q in 0..self.ports.len() {
                        let cost = sea.outbound.at(from.index(), p)
                            + sea.passage(p, q)
                            + sea.inbound.at(to.index(), q);
                        let generalised = cost.generalised(value);
                        if generalised.is_finite() {
                            let choice = Choice {
                                ports: Some((p, q)),
                                ..Choice::default()
                            };
                            found.push(Candidate {
                                generalised,
                                choice,
                            });
                        }
                    }
                }
                // Other lanes between the best ports, if they are joined by one sea leg.
                let best = sea.ports(from.index(), to.index());
                if let Some((p, q)) = best.filter(|(p, q)| sea.stopover(*p, *q).is_none()) {
                    let vertex = |port: usize| self.terminal_vertex(&self.sea, self.ports[port]);
                    let lane = skims.layers.sea.classes[class].cost(p as u32, q as u32);
                    let leg = sea.leg.at(p, q);
                    let at_ports =
                        Cost::new(leg.hours - lane.hours, leg.usd_per_teu - lane.usd_per_teu);
                    let ends =
                        sea.outbound.at(from.index(), p) + at_ports + sea.inbound.at(to.index(), q);
                    let choice = Choice {
                        ports: Some((p, q)),
                        ..Choice::default()
                    };
                    let paths = Paths::new(mode, &self.sea, value);
                    found.extend(paths.between(vertex(p), vertex(q), ends, value, &choice));
                }
            }
        }
        found
    }
}

/// Two different terminals, one to start from and one to arrive at.
fn pairs<'a>(
    outbound: &'a [Access],
    inbound: &'a [Access],
) -> impl Iterator<Item = (&'a Access, &'a Access)> {
    let all = outbound
        .iter()
        .flat_map(move |s| inbound.iter().map(move |t| (s, t)));
    all.filter(|(s, t)| s.terminal != t.terminal)
}

/// A network ready for plateau searches.
struct Paths<'a> {
    mode: Mode,
    graph: &'a Graph,
    labels: Vec<crate::hierarchy::Label>,
    turned: Turned,
}

impl<'a> Paths<'a> {
    fn new(mode: Mode, graph: &'a Graph, value: f64) -> Paths<'a> {
        let labels = graph.labels(value);
        let turned = Turned::new(&graph.digraph, &labels);
        Paths {
            mode,
            graph,
            labels,
            turned,
        }
    }

    /// Candidates between two vertices; `ends` is what the rest of the journey takes.
    fn between(
        &self,
        from: u32,
        to: u32,
        ends: Cost,
        value: f64,
        choice: &Choice,
    ) -> Vec<Candidate> {
        let found = routes(&self.graph.digraph, &self.labels, &self.turned, from, to);
        let candidate = |route: crate::plateau::Route| {
            let [hours, usd, _] = route.label.sums;
            Candidate {
                generalised: (ends + Cost::new(hours, usd)).generalised(value),
                choice: Choice {
                    path: Some(Path {
                        mode: self.mode,
                        from,
                        to,
                        arcs: route.arcs,
                    }),
                    ..choice.clone()
                },
            }
        };
        found.into_iter().map(candidate).collect()
    }
}
