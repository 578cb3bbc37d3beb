//! Which rail terminals and airports places and ports use.

use crate::Cost;
use crate::engine::{Engine, Point};
use crate::layer::{Layers, Matrix};
use crate::reuse::Given;
use rayon::prelude::*;

/// A terminal a point may use, with the truck journey and the terminal's own hours and USD.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Access {
    /// Position in the engine's list of terminals of the kind.
    pub terminal: u32,
    pub cost: Cost,
}

/// Access of every point by commodity class: outbound and inbound.
#[derive(Debug)]
pub(crate) struct AccessTable {
    pub outbound: Vec<Vec<Access>>,
    pub inbound: Vec<Vec<Access>>,
}

/// Access of places and ports to rail terminals and airports, for one commodity class.
#[derive(Debug)]
pub(crate) struct Tables {
    pub place_rail: AccessTable,
    pub port_rail: AccessTable,
    pub place_air: AccessTable,
}

impl Engine<'_> {
    /// The terminals each point may choose from: the cheapest few within reach by truck, or the
    /// one cheapest within far reach. `km_into` are road kilometres, `[to][from]`; `ends` are the
    /// terminals with their own hours and USD.
    fn access(
        &self,
        roads: &Matrix,
        km_into: &[f64],
        value: f64,
        points: &[Point],
        ends: &[(Point, Cost)],
    ) -> AccessTable {
        let journeys = &self.world.settings.journeys;
        let farthest = journeys.access_km.max(journeys.far_access_km);
        let choose = |point: &Point, outbound: bool| -> Vec<Access> {
            let mut found: Vec<(f64, f64, Access)> = Vec::new();
            for (index, (end, dwell)) in ends.iter().enumerate() {
                // Most terminals are too far away, which one number tells.
                if let (Some(p), Some(e)) = (point.zone, end.zone) {
                    let km = if outbound {
                        roads.km(p, e)
                    } else {
                        km_into[p as usize * roads.points + e as usize]
                    };
                    if km > farthest {
                        continue;
                    }
                }
                let (cost, km) = if outbound {
                    self.truck(roads, point, end)
                } else {
                    self.truck(roads, end, point)
                };
                if !cost.hours.is_finite() || km > farthest {
                    continue;
                }
                let cost = cost + *dwell;
                let access = Access {
                    terminal: index as u32,
                    cost,
                };
                found.push((cost.generalised(value), km, access));
            }
            found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.terminal.cmp(&b.2.terminal)));
            let near: Vec<Access> = found
                .iter()
                .filter(|f| f.1 <= journeys.access_km)
                .take(journeys.access_terminals)
                .map(|f| f.2)
                .collect();
            if !near.is_empty() {
                return near;
            }
            found
                .iter()
                .filter(|f| f.1 <= journeys.far_access_km)
                .take(1)
                .map(|f| f.2)
                .collect()
        };
        let all = |outbound| points.par_iter().map(|p| choose(p, outbound)).collect();
        AccessTable {
            outbound: all(true),
            inbound: all(false),
        }
    }

    pub(crate) fn access_tables(&self, layers: &Layers, class: usize, given: &Given) -> Tables {
        let roads = &layers.road.classes[class];
        let km_into = roads.km_into();
        let value = self.values_of_time[class];
        let access = |points: &[Point], ends: &[(Point, Cost)]| {
            self.access(roads, &km_into, value, points, ends)
        };
        Tables {
            place_rail: access(&given.places, &given.rail_terminals),
            port_rail: access(&given.ports, &given.rail_terminals),
            place_air: access(&given.places, &given.airports),
        }
    }
}
