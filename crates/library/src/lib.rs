//! The worlds and scenarios compiled into the binary, by name.

use comity_world::Source;

mod shelf {
    include!(concat!(env!("OUT_DIR"), "/shelf.rs"));
}

/// Names of the built-in worlds, sorted.
pub fn world_names() -> impl Iterator<Item = &'static str> {
    shelf::WORLDS.iter().map(|(name, _)| *name)
}

/// The built-in world of this name.
pub fn world(name: &str) -> Option<Source> {
    let (name, bytes) = shelf::WORLDS.iter().find(|(n, _)| *n == name)?;
    Some(Source::Archive {
        name: (*name).to_owned(),
        bytes,
    })
}

/// Names of the built-in scenarios, sorted.
pub fn scenario_names() -> impl Iterator<Item = &'static str> {
    shelf::SCENARIOS.iter().map(|(name, _)| *name)
}

/// The text of the built-in scenario of this name.
pub fn scenario(name: &str) -> Option<&'static str> {
    shelf::SCENARIOS
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, text)| *text)
}
