#![allow(dead_code)]
use comity_scenario::{Resolved, check};
use comity_world::{Source, World};
use std::path::PathBuf;

pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// `tests/reference/tiny_world`.
pub fn tiny() -> World {
    match World::load(&Source::Folder(
        repository().join("tests/reference/tiny_world"),
    )) {
        Ok(world) => world,
        Err(error) => panic!("{error}"),
    }
}

/// A scenario with these modifications and projects.
pub fn text(body: &str) -> String {
    format!("name = \"Test\"\nworld = \"tiny\"\n{body}")
}

/// All problems as lines.
pub fn problems(body: &str) -> Vec<String> {
    match check("test.toml", &text(body), &tiny()) {
        Ok(_) => vec![],
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

/// The scenario resolved against the tiny world.
pub fn resolved(body: &str) -> Resolved {
    match check("test.toml", &text(body), &tiny()) {
        Ok((_, resolved)) => resolved,
        Err(problems) => panic!("{}", comity_world::problem::list(&problems)),
    }
}

/// The tiny world after these modifications.
pub fn after(body: &str) -> World {
    resolved(body).apply(&tiny())
}
