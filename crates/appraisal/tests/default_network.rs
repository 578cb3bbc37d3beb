//! What is known of the real network holds on the default world: connections, lengths, closed
//! borders, the missing link. Ranges allow for the source's straight edges and for which station
//! of a city is taken; `worlds/eurasia/SOURCES.md` says where they come from.

mod common;

use comity_network::{Journey, LegKind};
use comity_world::{Mode, TerminalKind};

/// By rail between the terminals of the two places themselves: of towns near to each other, a truck
/// over the border and a train back could be cheaper.
fn by_rail(from: &str, to: &str) -> Option<Journey> {
    let modes = [Mode::Rail, Mode::Road];
    let mut world = common::cut(
        common::default_world(),
        &[from, to],
        &modes,
        Some(TerminalKind::Rail),
    );
    let own = [format!("rail:{from}"), format!("rail:{to}")];
    world.network.terminals.retain(|t| own.contains(&t.id));
    common::journey(&world, from, to, Mode::Rail)
}

fn by_road(from: &str, to: &str) -> Option<Journey> {
    let world = common::cut(common::default_world(), &[from, to], &[Mode::Road], None);
    common::journey(&world, from, to, Mode::Road)
}

fn assert_rail_km(from: &str, to: &str, range: std::ops::RangeInclusive<f64>) {
    let journey = by_rail(from, to).unwrap_or_else(|| panic!("no rail {from} – {to}"));
    let km = common::km(&journey, Mode::Rail);
    assert!(
        range.contains(&km),
        "{from} – {to}: {km:.0} km, not in {range:?}"
    );
}

#[test]
fn lines_that_exist_are_connected() {
    assert_rail_km("andijan-uzb", "jalal-abad-kgz", 55.0..=90.0);
    assert_rail_km("dostyk-kaz", "alashankou-chn", 10.0..=20.0);
    assert_rail_km("khorgos-chn", "almaty-kaz", 300.0..=420.0);
    assert_rail_km("tashkent-uzb", "moscow-rus", 3_200.0..=3_400.0);
    assert_rail_km("urumqi-chn", "kashgar-chn", 1_400.0..=1_550.0);
    assert_rail_km("tbilisi-geo", "baku-aze", 500.0..=600.0);
}

#[test]
fn the_missing_link_is_missing() {
    assert_rail_km("kashgar-chn", "andijan-uzb", 3_800.0..=4_300.0);
    let road = by_road("kashgar-chn", "andijan-uzb").expect("a road");
    assert!((400.0..=560.0).contains(&road.km), "{} km", road.km);
}

#[test]
fn gauge_changes_where_gauges_meet() {
    let journey = by_rail("dostyk-kaz", "alashankou-chn").expect("a line");
    let changes = journey
        .legs
        .iter()
        .filter(|l| l.kind == LegKind::GaugeChange)
        .count();
    assert_eq!(changes, 1, "1435 and 1520 mm meet there once");
}

#[test]
fn closed_borders_are_closed() {
    assert!(by_rail("islamabad-pak", "delhi-ind").is_none_or(|j| !crosses(&j, "Pakistan → India")));
    let world = common::default_world();
    let closed = [
        ("ARM", "AZE"),
        ("IND", "PAK"),
        ("KOR", "PRK"),
        ("DZA", "MAR"),
        ("ISR", "LBN"),
    ];
    for (a, b) in closed {
        for (from, to) in [(a, b), (b, a)] {
            let ids = (
                world.territory(from).expect(from),
                world.territory(to).expect(to),
            );
            for mode in [Mode::Rail, Mode::Road] {
                let crossing = comity_network::border::crossing(world, ids.0, ids.1, mode);
                let rows = world.network.borders.iter();
                let listed = rows
                    .filter(|r| (r.from, r.to, r.mode) == (ids.0, ids.1, mode))
                    .count();
                assert!(
                    listed == 0 || crossing.is_none(),
                    "{from} – {to} by {}",
                    mode.label()
                );
            }
        }
    }
    // Neighbours whose only road is a closed border are reached by a detour or not at all.
    if let Some(journey) = by_road("lahore-pak", "delhi-ind") {
        assert!(!crosses(&journey, "Pakistan → India"));
        assert!(journey.km > 3_000.0, "{} km", journey.km);
    }
}

fn crosses(journey: &Journey, border: &str) -> bool {
    journey
        .legs
        .iter()
        .any(|l| l.kind == LegKind::Border && l.what.contains(border))
}
