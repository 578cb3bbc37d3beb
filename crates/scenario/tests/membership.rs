//! An economy joins or leaves a bloc, and what that means is what the scenario says.

mod common;

use comity_world::{EconomyId, World};
use common::{after, problems, resolved, tiny};

fn joins(effects: &str) -> String {
    format!(
        "[[modification]]\ntype = \"membership\"\nbloc = \"Alliance\"\neconomy = \"ROW\"\n{effects}"
    )
}

fn id(world: &World, iso3: &str) -> EconomyId {
    world.economy(iso3).unwrap()
}

fn tier(world: &World, bloc: &str, iso3: &str) -> Option<String> {
    let members = world.bloc(bloc, None, None);
    let found = members.iter().find(|m| m.economy == id(world, iso3));
    found.map(|m| m.tier.clone())
}

/// Sum over tradable sectors of the tariffs of an importer on an exporter.
fn tariffs(world: &World, importer: &str, exporter: &str) -> Vec<f64> {
    let sectors = world.sectors.iter().enumerate();
    sectors
        .filter(|(_, s)| s.tradable)
        .map(|(j, _)| {
            let sector = comity_world::SectorId::from_index(j);
            let at = world
                .trade
                .at(sector, id(world, importer), id(world, exporter));
            world.trade.tariff[at]
        })
        .collect()
}

/// A world where every tariff between economies differs from every other.
fn levied() -> World {
    let mut world = tiny();
    for (at, tariff) in world.trade.tariff.iter_mut().enumerate() {
        *tariff = 0.01 * (at + 1) as f64;
    }
    world
}

fn applied(effects: &str) -> World {
    let text = common::text(&joins(effects));
    let (_, resolved) = comity_scenario::check("test.toml", &text, &levied()).unwrap();
    resolved.apply(&levied())
}

#[test]
fn without_effects_only_the_vote_changes() {
    let (before, world) = (tiny(), after(&joins("effects = \"none\"")));
    assert_eq!(tier(&before, "Alliance", "ROW").unwrap(), "observer");
    assert_eq!(tier(&world, "Alliance", "ROW").unwrap(), "member");
    assert_eq!(before.trade, world.trade);
    assert_eq!(before.network, world.network);
    assert_eq!(tier(&before, "Solo", "XAA"), tier(&world, "Solo", "XAA"));
    let resolved = resolved(&joins("effects = \"none\""));
    assert!(!resolved.changes_journeys());
    assert_eq!(
        resolved.describe(),
        ["Membership: ROW as member of Alliance: it changes votes and nothing else."]
    );
}

#[test]
fn zero_tariffs_hold_between_the_newcomer_and_members_both_ways() {
    let (before, world) = (levied(), applied("tariffs = \"zero\""));
    for other in ["XAA", "XBB"] {
        for (importer, exporter) in [("ROW", other), (other, "ROW")] {
            assert!(
                tariffs(&world, importer, exporter)
                    .iter()
                    .all(|t| *t == 0.0)
            );
        }
    }
    assert_eq!(
        tariffs(&world, "XAA", "XBB"),
        tariffs(&before, "XAA", "XBB")
    );
    assert_eq!(before.network, world.network);
}

#[test]
fn the_mean_of_the_bloc_is_weighted_by_trade() {
    let (before, world) = (levied(), applied("tariffs = \"bloc-mean\""));
    let trade = |j: usize, importer: &str, exporter: &str| {
        let sector = comity_world::SectorId::from_index(j);
        let at = before
            .trade
            .at(sector, id(&before, importer), id(&before, exporter));
        (before.trade.value_musd[at], before.trade.tariff[at])
    };
    let tradable: Vec<usize> = (0..before.sectors.len())
        .filter(|j| before.sectors[*j].tradable)
        .collect();
    for (k, j) in tradable.into_iter().enumerate() {
        let ((v, t), (w, u)) = (trade(j, "XAA", "XBB"), trade(j, "XBB", "XAA"));
        let mean = if v + w > 0.0 {
            (v * t + w * u) / (v + w)
        } else {
            (t + u) / 2.0
        };
        let found = tariffs(&world, "ROW", "XAA")[k];
        assert!((found - mean).abs() < 1e-12, "{found} instead of {mean}");
    }
}

#[test]
fn a_factor_cuts_tariffs_in_proportion() {
    let (before, world) = (levied(), applied("tariff_factor = 0.25"));
    let (old, new) = (
        tariffs(&before, "XBB", "ROW"),
        tariffs(&world, "XBB", "ROW"),
    );
    for (old, new) in old.iter().zip(new) {
        assert!((new - 0.25 * old).abs() < 1e-12);
    }
}

#[test]
fn border_hours_fall_to_the_median_and_never_rise() {
    // Among sitting members rail takes 40 and 30 hours: 35.
    let mut world = tiny();
    let (xbb, xcc) = (
        world.territory("XBB").unwrap(),
        world.territory("XCC").unwrap(),
    );
    let mut row = world.network.borders[0].clone();
    (row.from, row.to, row.mode, row.hours) = (xbb, xcc, comity_world::Mode::Rail, 90.0);
    world.network.borders.push(row.clone());
    (row.from, row.to, row.hours) = (xcc, xbb, 20.0);
    world.network.borders.push(row);
    world
        .network
        .borders
        .sort_by_key(|b| (b.from, b.to, b.mode));
    let text = common::text(&joins("border_hours = \"bloc-median\""));
    let (_, resolved) = comity_scenario::check("test.toml", &text, &world).unwrap();
    assert!(resolved.changes_journeys());
    let after = resolved.apply(&world);
    let hours = |from, to| {
        let row = after.network.border(from, to, comity_world::Mode::Rail);
        row.unwrap().hours
    };
    assert!((hours(xbb, xcc) - 35.0).abs() < 1e-9);
    assert!((hours(xcc, xbb) - 20.0).abs() < 1e-9);
    assert_eq!(after.trade, world.trade);
}

#[test]
fn who_leaves_is_outside() {
    let world = after(
        "[[modification]]\ntype = \"membership\"\nbloc = \"Alliance\"\neconomy = \"XBB\"\n\
         tier = \"outside\"\ntariffs = \"outside-mean\"",
    );
    assert_eq!(tier(&world, "Alliance", "XBB"), None);
    assert_eq!(tier(&world, "Solo", "XBB").unwrap(), "dialogue partner");
}

#[test]
fn non_tariff_costs_are_kept_as_factors() {
    let resolved = resolved(&joins("non_tariff_factor = 0.98"));
    let costs = resolved.non_tariff_costs();
    assert!(costs.values().all(|factor| *factor == 0.98));
    let tradable = tiny().sectors.iter().filter(|s| s.tradable).count();
    assert_eq!(costs.len(), 4 * tradable);
}

#[test]
fn later_modifications_meet_the_new_members() {
    let body = joins("effects = \"none\"")
        + "\n[[modification]]\ntype = \"tariff\"\nbetween = \"Alliance\"\nto = 0";
    let text = common::text(&body);
    let (_, resolved) = comity_scenario::check("test.toml", &text, &levied()).unwrap();
    let world = resolved.apply(&levied());
    assert!(tariffs(&world, "ROW", "XAA").iter().all(|t| *t == 0.0));
}

#[test]
fn mistakes_come_all_at_once() {
    let body = joins("tariffs = \"zero\"\ntariff_factor = 0.5\ntier = \"membr\"")
        + "\n[[modification]]\ntype = \"membership\"\nbloc = \"Allianz\"\neconomy = \"XXB\"\n"
        + "\n[[modification]]\ntype = \"membership\"\nbloc = \"Alliance\"\neconomy = \"XAA\"\neffects = \"none\"\nnon_tariff_factor = 0.9\n";
    let found = problems(&body);
    let expected = [
        "tariffs and tariff_factor exclude each other",
        "unknown tier (found \"membr\"); did you mean member?",
        "what does membership mean?",
        "unknown bloc (found \"Allianz\"); did you mean Alliance?",
        "unknown economy (found \"XXB\")",
        "effects and non_tariff_factor exclude each other",
        "is member of Alliance already (found \"XAA\")",
    ];
    for part in expected {
        let hits = found.iter().filter(|line| line.contains(part)).count();
        assert_eq!(hits, 1, "{part} in {found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn nobody_to_be_a_member_with() {
    let mut world = tiny();
    world
        .blocs
        .retain(|m| m.bloc != "Alliance" || m.tier == "observer");
    let text = common::text(&joins("tariffs = \"zero\""));
    let found = comity_scenario::check("test.toml", &text, &world).unwrap_err();
    let found = comity_world::problem::list(&found);
    assert!(found.contains("no other full member"), "{found}");
    assert!(found.contains("write effects = \"none\""), "{found}");
}
