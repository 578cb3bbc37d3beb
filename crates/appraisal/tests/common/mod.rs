//! The default world, cut down to what a question needs so that searches are quick.
#![allow(dead_code)]

use comity_network::{Engine, Journey, Leg, LegKind};
use comity_world::transport::great_circle_km;
use comity_world::{CommodityClass, Mode, PlaceId, Source, TerminalKind, World};
use std::path::PathBuf;
use std::sync::LazyLock;

/// Terminals farther than this from every place asked about are left out.
const NEAR_KM: f64 = 60.0;
/// USD per TEU-hour; any value would do for distances.
const VALUE_OF_TIME: f64 = 10.0;

pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn load(folder: &str) -> World {
    match World::load(&Source::Folder(repository().join(folder))) {
        Ok(world) => world,
        Err(error) => panic!("{error}"),
    }
}

/// `worlds/eurasia`, read once a test program.
pub fn default_world() -> &'static World {
    static WORLD: LazyLock<World> = LazyLock::new(|| load("worlds/eurasia"));
    &WORLD
}

/// The world after these modifications.
pub fn changed(world: &World, modifications: &str) -> World {
    let text = format!(
        "name = \"Test\"\nworld = \"{}\"\n{modifications}",
        world.settings.name
    );
    match comity_scenario::check("test.toml", &text, world) {
        Ok((_, resolved)) => resolved.apply(world),
        Err(problems) => panic!("{}", comity_world::problem::list(&problems)),
    }
}

/// Only these places, the terminals near them (of one kind, if given) and the links of these modes.
pub fn cut(world: &World, places: &[&str], modes: &[Mode], kind: Option<TerminalKind>) -> World {
    let mut small = world.clone();
    small.places.retain(|p| places.contains(&p.id.as_str()));
    assert_eq!(small.places.len(), places.len(), "places: {places:?}");
    let near = |lon, lat| {
        let mut kept = small.places.iter();
        kept.any(|p| great_circle_km(p.lon, p.lat, lon, lat) <= NEAR_KM)
    };
    small
        .network
        .terminals
        .retain(|t| kind.is_none_or(|k| k == t.kind) && near(t.lon, t.lat));
    let classes = &world.network.classes;
    small
        .network
        .links
        .retain(|l| modes.contains(&classes[l.class.index()].mode));
    small
}

/// The journey between two places of a world by one mode, general cargo.
pub fn journey(world: &World, from: &str, to: &str, mode: Mode) -> Option<Journey> {
    let place = |id: &str| {
        let found = world.places.iter().position(|p| p.id == id);
        PlaceId::from_index(found.unwrap_or_else(|| panic!("no place {id}")))
    };
    let class = CommodityClass::General;
    let engine = Engine::for_classes(world, &[(class, VALUE_OF_TIME)]);
    let skims = engine.skim(None, &|| ());
    engine.journey(&skims, place(from), place(to), mode, class)
}

/// Kilometres by one mode in a journey.
pub fn km(journey: &Journey, mode: Mode) -> f64 {
    let by = |leg: &&Leg| leg.kind == LegKind::Travel(mode);
    journey.legs.iter().filter(by).map(|leg| leg.km).sum()
}
