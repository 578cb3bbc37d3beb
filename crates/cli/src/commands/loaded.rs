//! The state that closings and flows are asked about.

use crate::console::Console;
use crate::error::CommandError;
use crate::lookup;
use comity_appraisal::risk::Base;
use comity_scenario::Resolved;
use comity_world::World;
use std::fmt::Write;

/// A world, and a scenario with the world after it.
pub struct Loaded {
    pub world: World,
    pub scenario: Option<(Resolved, World)>,
}

impl Loaded {
    pub fn new(
        world: Option<&str>,
        scenario: Option<&str>,
        console: &Console,
    ) -> Result<Loaded, CommandError> {
        let Some(name) = scenario else {
            let world = lookup::world(world, console)?;
            return Ok(Loaded {
                world,
                scenario: None,
            });
        };
        let (world, resolved) = lookup::scenario(name, world, console)?;
        let changed = resolved.apply(&world);
        Ok(Loaded {
            world,
            scenario: Some((resolved, changed)),
        })
    }

    pub fn base(&self) -> Base<'_> {
        Base {
            world: &self.world,
            scenario: self.scenario.as_ref().map(|s| (&s.0, &s.1)),
        }
    }
}

/// The options as typed, for the command that makes a result again.
pub fn typed(world: Option<&str>, scenario: Option<&str>, equilibrium: bool) -> String {
    let mut text = String::new();
    for (name, value) in [("world", world), ("scenario", scenario)] {
        if let Some(value) = value {
            let _ = write!(text, " --{name} {value}");
        }
    }
    if equilibrium {
        text.push_str(" --equilibrium");
    }
    text
}
