//! Cheapest journeys between places.
//!
//! Generalised cost is USD per TEU plus hours times the value of time of the commodity class. For
//! each main mode the cheapest journey is searched: rail, sea and air with truck access at both
//! ends, and road alone; sea may use rail or road to reach its ports, and two sea legs with land
//! between. Shares over main modes are logit and the composite cost is the logsum
//! ([`choice`]).
//!
//! [`Engine`] turns a world into graphs; [`Engine::skim`] gives the place-to-place matrices
//! ([`Skims`]); [`Engine::journey`] gives one journey leg by leg.

mod access;
mod alternatives;
pub mod border;
pub mod choice;
mod combine;
pub mod dijkstra;
mod engine;
mod graph;
pub mod hierarchy;
mod journey;
mod layer;
mod load;
mod min_plus;
mod plateau;
mod reuse;
mod sea;
mod select_link;
mod skim;
mod trace;
mod value_of_time;

pub use choice::Composite;
pub use engine::{Engine, PlainGraph};
pub use journey::{Journey, Leg, LegKind};
pub use load::Loads;
pub use select_link::{LinkUse, Selection};
pub use skim::{ClassSkims, ModeSkim, Skims};
pub use trace::Tracer;
pub use value_of_time::{values_of_time, values_of_time_for};

/// What a journey or part of it takes and costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    pub hours: f64,
    pub usd_per_teu: f64,
}

impl Cost {
    /// Hours and USD per TEU.
    pub fn new(hours: f64, usd_per_teu: f64) -> Self {
        Cost { hours, usd_per_teu }
    }

    /// Generalised cost in USD per TEU at a value of time in USD per TEU-hour.
    #[inline]
    pub fn generalised(self, value_of_time: f64) -> f64 {
        // Infinity times a value of time of zero would not be a number.
        if self.usd_per_teu.is_infinite() {
            return f64::INFINITY;
        }
        self.usd_per_teu + self.hours * value_of_time
    }
}

impl std::ops::Add for Cost {
    type Output = Cost;
    #[inline]
    fn add(self, other: Cost) -> Cost {
        Cost {
            hours: self.hours + other.hours,
            usd_per_teu: self.usd_per_teu + other.usd_per_teu,
        }
    }
}

impl std::ops::AddAssign for Cost {
    #[inline]
    fn add_assign(&mut self, other: Cost) {
        *self = *self + other;
    }
}

impl std::ops::Mul<f64> for Cost {
    type Output = Cost;
    fn mul(self, factor: f64) -> Cost {
        Cost {
            hours: self.hours * factor,
            usd_per_teu: self.usd_per_teu * factor,
        }
    }
}
