//! Runs a baseline and a scenario through the stages (journeys, trade costs, equilibrium) and
//! compares them. This is the only place that knows the order of the stages.

pub mod outcome;

pub use outcome::Outcome;
