//! What breaks when a link, border, port or passage closes: market access lost, place pairs cut
//! off, real income. `docs/guide/risk.md` says how it is used and what is screened.
//!
//! [`resolve`] finds what is to be closed by its name; [`close`] closes a set of it together;
//! [`rank_closings`] closes one after another and ranks them.

mod by_place;
mod close;
mod effect;
mod income;
mod lines;
mod rank;
mod screen;
mod target;

pub use close::{CloseOutcome, CutPair, EconomyRisk, close};
pub use rank::{RankOutcome, RankRequest, RiskRow, rank_closings};
pub use screen::Screened;
pub use target::{Closing, Kind, resolve};

use crate::market_access::AccessParameters;
use crate::outcome::Diagnostics;
use comity_equilibrium::Settings;
use comity_scenario::Resolved;
use comity_world::World;
use std::collections::BTreeMap;

/// What may be asked of a closing.
#[derive(Clone, Debug, Default)]
pub struct RiskOptions {
    pub access: AccessParameters,
    /// Solve for real income, with these settings; without, market access only.
    pub equilibrium: Option<Settings>,
    /// Bloc whose economies are marked; empty for none.
    pub bloc: String,
    /// The command that reproduces the outcome.
    pub command: String,
}

/// The state that something is closed in: a world, after a scenario if there is one.
pub struct Base<'a> {
    /// Before any scenario: values of time and the equilibrium come from its trade.
    pub world: &'a World,
    /// The scenario, and the world after it.
    pub scenario: Option<(&'a Resolved, &'a World)>,
}

impl Base<'_> {
    /// The world as it is before anything closes.
    pub fn state(&self) -> &World {
        self.scenario.map_or(self.world, |(_, changed)| changed)
    }

    pub(crate) fn name(&self) -> Option<String> {
        self.scenario.map(|(resolved, _)| resolved.name.clone())
    }
}

pub(crate) fn diagnostics(world: &World, command: &str, warnings: Vec<String>) -> Diagnostics {
    Diagnostics {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        iterations: 0,
        residuals: BTreeMap::new(),
        seconds: BTreeMap::new(),
        counts: BTreeMap::new(),
        warnings,
        inputs: world.hashes.clone(),
        command: command.to_owned(),
    }
}
