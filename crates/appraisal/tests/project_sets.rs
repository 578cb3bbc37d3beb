//! Sets of a scenario's projects on the small invented world.

mod common;

use comity_appraisal::{EquilibriumSettings, Options, ProjectSets, SetGains, Silent, appraise};
use comity_scenario::Scenario;
use comity_world::World;

/// What always happens: a faster border. Then a better line, a better road, a new line with a node
/// of its own, and lower tariffs, which leave journeys as they are.
const SCENARIO: &str = r#"
name = "Test"
world = "tiny"
[[modification]]
type = "border"
from = "XAA"
to = "XBB"
mode = "rail"
hours_factor = 0.8
[[modification]]
type = "upgrade-link"
project = "Line"
mode = "rail"
from = "Alphaport"
to = "Beta City"
kmh = 90
[[modification]]
type = "upgrade-link"
project = "Road"
mode = "road"
from = "Alpha City"
to = "Betahill"
kmh = 80
[[modification]]
type = "build-link"
project = "Spur"
mode = "rail"
from = "Beta City"
to = { name = "Middle", lon = 12.0, lat = 40.5 }
gauge_mm = 1520
km = 185
kmh = 100
[[modification]]
type = "build-link"
project = "Spur"
mode = "rail"
from = "Middle"
to = { name = "Alpha City", terminal = "gauge-change" }
gauge_mm = 1520
km = 185
kmh = 100
[[modification]]
type = "tariff"
project = "Tariffs"
between = "Alliance"
to = 0
[project]
Line = { cost_musd = 500, life_years = 30, discount_rate = 0.05, paid_by = { XAA = 1 }, spent_in = { XAA = 1 } }
Road = { cost_musd = 20, life_years = 30, discount_rate = 0.05, paid_by = { XBB = 1 }, spent_in = { XBB = 1 } }
Spur = { cost_musd = 50, life_years = 30, discount_rate = 0.05, paid_by = { XBB = 1 }, spent_in = { XAA = 1 } }
Tariffs = { cost_musd = 0, life_years = 1, discount_rate = 0, paid_by = { XAA = 1 }, spent_in = { XAA = 1 } }
"#;

fn tiny() -> World {
    common::load("tests/reference/tiny_world")
}

fn scenario(text: &str) -> Scenario {
    Scenario::parse("test.toml", text)
        .unwrap_or_else(|found| panic!("{}", comity_world::problem::list(&found)))
}

fn solver<'a>(world: &'a World, scenario: &'a Scenario) -> ProjectSets<'a> {
    let settings = EquilibriumSettings::default();
    ProjectSets::new(world, scenario, &settings, &Silent).unwrap_or_else(|e| panic!("{e}"))
}

fn gains(sets: &ProjectSets, set: u64) -> SetGains {
    sets.one(set).unwrap_or_else(|e| panic!("{e}"))
}

/// Whatever set is held, whatever was asked before, one by one or all at once: the same bits.
#[test]
fn what_is_held_changes_no_result() {
    let world = tiny();
    let without_base = SCENARIO.replacen(
        "type = \"border\"",
        "type = \"border\"\nproject = \"Tariffs\"",
        1,
    );
    for text in [SCENARIO, without_base.as_str()] {
        let scenario = scenario(text);
        let plain = solver(&world, &scenario);
        assert_eq!(plain.names(), ["Line", "Road", "Spur", "Tariffs"]);
        let all: Vec<u64> = (0..16).collect();
        let expected: Vec<SetGains> = all.iter().map(|set| gains(&plain, *set)).collect();
        assert!(expected.iter().skip(1).all(|g| *g != expected[0]));
        assert_eq!(
            plain.gains(&all, &Silent).unwrap_or_else(|e| panic!("{e}")),
            expected
        );
        let held = solver(&world, &scenario);
        for near in all.iter().rev() {
            held.near(*near).unwrap_or_else(|e| panic!("{e}"));
            for (set, expected) in all.iter().zip(&expected) {
                assert_eq!(gains(&held, *set), *expected, "{set:b} near {near:b}");
            }
        }
    }
}

/// A set is worth what an appraisal of the scenario with its projects alone says.
#[test]
fn a_set_gains_what_its_appraisal_says() {
    let world = tiny();
    let whole = scenario(SCENARIO);
    let sets = solver(&world, &whole);
    sets.near(0b0110).unwrap_or_else(|e| panic!("{e}"));
    for set in [0b0001u64, 0b0101, 0b0110, 0b1111] {
        let mut part = whole.clone();
        let names = sets.names();
        let chosen = |name: &str| {
            let at = names.iter().position(|own| *own == name);
            at.is_some_and(|at| set >> at & 1 == 1)
        };
        part.modifications
            .retain(|m| m.change.project().is_none_or(chosen));
        part.projects.retain(|name, _| chosen(name));
        let resolved = part
            .resolve(&world)
            .unwrap_or_else(|found| panic!("{}", comity_world::problem::list(&found)));
        let outcome = appraise(&world, &resolved, &Options::default(), &Silent)
            .unwrap_or_else(|e| panic!("{e}"));
        let found = gains(&sets, set);
        for (n, e) in outcome.economies.iter().enumerate() {
            // Two equilibria, each solved to 1e-10 of some 1.5e5 million USD.
            let gap = (e.net_change_musd - found.net_musd[n]).abs();
            assert!(gap < 1e-4, "{set:b}, {}: off by {gap}", e.iso3);
        }
    }
}
