//! Closings on small invented worlds: what must be cut off, what must not change, who comes first.

mod common;

use comity_appraisal::risk::{
    Base, CloseOutcome, Kind, RankOutcome, RankRequest, RiskOptions, close, rank_closings, resolve,
};
use comity_appraisal::{AccessParameters, EquilibriumSettings, Silent};
use comity_network::{Engine, values_of_time};
use comity_world::{CommodityClass, Mode, PlaceId, World};
use proptest::prelude::*;
use std::sync::LazyLock;

fn tiny() -> &'static World {
    static WORLD: LazyLock<World> = LazyLock::new(|| common::load("tests/reference/tiny_world"));
    &WORLD
}

fn toy() -> &'static World {
    static WORLD: LazyLock<World> = LazyLock::new(|| common::load("tests/reference/toy_corridor"));
    &WORLD
}

fn base(world: &World) -> Base<'_> {
    Base {
        world,
        scenario: None,
    }
}

fn options(class: CommodityClass, solve: bool) -> RiskOptions {
    RiskOptions {
        access: AccessParameters {
            class,
            ..AccessParameters::default()
        },
        equilibrium: solve.then(EquilibriumSettings::default),
        bloc: "Alliance".to_owned(),
        ..RiskOptions::default()
    }
}

/// The small worlds have no general cargo; the class decides the value of time only.
const CLASS: CommodityClass = CommodityClass::TimeSensitive;

fn closed(world: &World, items: &[&str], solve: bool) -> CloseOutcome {
    let closings = resolve(world, items)
        .map_err(|found| comity_world::problem::list(&found))
        .unwrap();
    close(&base(world), &closings, &options(CLASS, solve), &Silent).expect("an outcome")
}

fn ranked(world: &World, request: &RankRequest, solve: bool) -> RankOutcome {
    rank_closings(&base(world), request, &options(CLASS, solve), &Silent).expect("an outcome")
}

/// An outcome without how long it took.
fn figures(mut outcome: CloseOutcome) -> serde_json::Value {
    outcome.diagnostics.seconds.clear();
    serde_json::to_value(outcome).expect("plain data")
}

#[test]
fn closing_nothing_changes_exactly_nothing() {
    for world in [tiny(), toy()] {
        let found = closed(world, &[], true);
        assert_eq!(found.market_access_change_percent, 0.0);
        assert_eq!(found.cost_change_percent, Some(0.0));
        assert_eq!(found.unreachable_pairs, 0);
        assert_eq!(found.real_income_change_musd, Some(0.0));
        assert!(!found.economies.is_empty());
        for economy in &found.economies {
            assert_eq!(economy.market_access_change_percent, 0.0);
            assert_eq!(economy.real_income_change_percent, Some(0.0));
        }
    }
}

/// In the toy corridor rail, road and sea all lead from A to C. With only one of them left, closing
/// its link cuts both directions off, and nothing remains of either place's market but its own.
#[test]
fn the_only_link_cuts_off_and_comes_first() {
    let mut world = toy().clone();
    let network = &mut world.network;
    for link in &mut network.links {
        let territory = |node: comity_world::NodeId| network.nodes[node.index()].territory;
        link.open = match network.classes[link.class.index()].mode {
            Mode::Rail => true,
            Mode::Road => territory(link.from) == territory(link.to),
            _ => false,
        };
    }
    let border = closed(&world, &["XXX-YYY:rail"], true);
    assert_eq!(border.unreachable_pairs, 2, "{border:?}");
    assert_eq!(border.unreachable.len(), 2);
    // No pair is left to compare.
    assert_eq!(border.cost_change_percent, None);
    assert!(border.market_access_change_percent < 0.0);
    // Two economies without trade have no common equilibrium, which must be said.
    assert_eq!(border.real_income_change_musd, None);
    let warning = &border.diagnostics.warnings[0];
    assert!(warning.contains("cut off"), "{warning}");

    let request = RankRequest {
        top: 3,
        ..RankRequest::default()
    };
    let found = ranked(&world, &request, true);
    let first = &found.rows[0];
    assert_eq!((first.rank, first.unreachable_pairs), (1, 2), "{first:?}");
    assert_eq!(
        first.market_access_change_percent,
        border.market_access_change_percent
    );
    assert_eq!(first.real_income_change_musd, None);
    // Every journey goes over it, and selling costs what buying does: what it carries is what is
    // lost.
    let lost = -first.market_access_change_percent;
    assert!((first.use_percent - lost).abs() < 1e-9, "{first:?}");
    assert!(found.diagnostics.warnings.len() >= 2);
    for pair in found.rows.windows(2) {
        assert!(pair[0].market_access_change_percent <= pair[1].market_access_change_percent);
    }
}

/// Market access that is left when the two places are cut off from each other is that of their own
/// market: worked by hand from the journeys before.
#[test]
fn loss_of_market_access_by_hand() {
    let world = toy();
    let values = values_of_time(world);
    let engine = Engine::for_classes(world, &[(CLASS, values[CLASS.index()])]);
    let skims = engine.skim(None, &|| ());
    let found = closed(world, &["XXX-YYY"], false);
    assert_eq!(found.unreachable_pairs, 2);
    let parameters = AccessParameters::default();
    let (theta, beta) = (parameters.trade_elasticity, parameters.labour_share);
    let size = |p: usize| {
        let place = PlaceId::from_index(p);
        world.places[p].weight * world.economies[world.economy_of_place(place).index()].gdp_musd
    };
    let tariff = |exporter: usize, importer: usize| {
        let n = world.economies.len();
        let (mut sum, mut all) = (0.0, 0.0);
        for (j, sector) in world.sectors.iter().enumerate() {
            if sector.freight.is_some() {
                let row = |i: usize| (j * n + importer) * n + i;
                let abroad: f64 = (0..n)
                    .filter(|i| *i != importer)
                    .map(|i| world.trade.value_musd[row(i)])
                    .sum();
                sum += abroad * world.trade.tariff[row(exporter)];
                all += abroad;
            }
        }
        if all > 0.0 { sum / all } else { 0.0 }
    };
    let tau = |from: usize, to: usize| {
        let place = PlaceId::from_index;
        let cost = skims
            .class(CLASS)
            .composite(place(from), place(to))
            .unwrap();
        let economy = |p: usize| world.economy_of_place(place(p)).index();
        1.0 + cost / parameters.shipment_usd_per_teu + tariff(economy(from), economy(to))
    };
    for (own, other) in [(0, 1), (1, 0)] {
        let selling = (size(own) + size(other) * tau(own, other).powf(-theta)) / size(own);
        let buying = (size(own) + size(other) * tau(other, own).powf(-theta)) / size(own);
        let by_hand = 100.0 * (selling.powf(beta - 1.0) * buying.powf(-beta) - 1.0);
        let iso3 = &world.economies[world.economy_of_place(PlaceId::from_index(own)).index()].iso3;
        let economy = found
            .economies
            .iter()
            .find(|e| e.iso3 == *iso3)
            .expect("it");
        // The two forms differ by rounding only.
        assert!((economy.market_access_change_percent - by_hand).abs() < 1e-9);
    }
}

#[test]
fn the_order_of_items_does_not_matter() {
    let one = closed(tiny(), &["canal", "XAA-XBB:rail", "link:9", "canal"], true);
    let other = closed(tiny(), &["link:9", " canal", "XBB-XAA:rail"], true);
    assert_eq!(figures(one), figures(other));
}

#[test]
fn what_closes_is_found_by_many_names() {
    let found = |item: &str| resolve(tiny(), &[item]).unwrap().remove(0);
    assert_eq!(found("canal").kind, Kind::Passage);
    assert_eq!(found("CANAL"), found("passage:canal"));
    assert_eq!(found("xaa-xbb:road"), found("border:XBB-XAA:road"));
    let port = found("port:gamma-port");
    assert_eq!(port, found("XCCGP"));
    assert_eq!(port, found("port:Gammaport"));
    assert_eq!(port.iso3, ["XCC"]);
    assert_eq!(found("link:9").kind, Kind::Link);
    let all = found("XAA-XBB");
    assert_eq!(all.item, "XAA-XBB");
    // Neither is a port of XBB, so nothing sails between the two.
    assert!(all.label.contains("rail, road, air"), "{}", all.label);
}

#[test]
fn unknown_items_are_named_all_at_once_with_what_is_close() {
    let items = [
        "cannal",
        "port:Gamaport",
        "XAA-XBC",
        "XAA-XBB:sea",
        "XAA-XBB:rial",
        "link:99",
        "link:x",
        "crossing:Nowhere",
        "XAA-XAA",
        "passage:Gammaport",
    ];
    let problems = resolve(tiny(), &items).unwrap_err();
    assert_eq!(problems.len(), items.len(), "{problems:?}");
    let said = |item: &str| {
        let found = problems.iter().find(|p| p.file == item).expect(item);
        found.to_string()
    };
    for (item, hint) in [
        ("cannal", "did you mean canal?"),
        ("port:Gamaport", "did you mean Gammaport?"),
        ("XAA-XBC", "XBB"),
        ("XAA-XBB:sea", "modes that do: rail, road, air"),
        ("XAA-XBB:rial", "did you mean rail?"),
        ("link:99", "there are 17 links"),
        ("link:x", "whole number"),
        ("crossing:Nowhere", "passages are canal"),
        ("XAA-XAA", "two territories"),
    ] {
        assert!(said(item).contains(hint), "{}", said(item));
    }
}

#[test]
fn what_is_closed_already_cannot_close() {
    let mut world = tiny().clone();
    for link in &mut world.network.links {
        link.open &= link.passage.is_none();
    }
    world.network.links[9].open = false;
    let problems = resolve(&world, &["passage:canal", "link:9"]).unwrap_err();
    assert_eq!(problems.len(), 2);
    for problem in problems {
        assert!(problem.to_string().contains("closed already"), "{problem}");
    }
}

/// Closing a port is the same as a world that never had it.
#[test]
fn a_closed_port_is_no_port() {
    let without = {
        let mut world = tiny().clone();
        world.network.terminals.retain(|t| t.code != "XCCGP");
        world
    };
    let values = values_of_time(tiny());
    let skims = Engine::new(&without, values).skim(None, &|| ());
    let before = Engine::new(tiny(), values).skim(None, &|| ());
    let found = closed(tiny(), &["XCCGP"], false);
    let n = tiny().places.len();
    let (mut cut, mut changed) = (0, false);
    for at in (0..n * n).filter(|at| at / n != at % n) {
        let (from, to) = (PlaceId::from_index(at / n), PlaceId::from_index(at % n));
        let (old, new) = (
            before.class(CLASS).composite(from, to),
            skims.class(CLASS).composite(from, to),
        );
        cut += usize::from(old.is_some() && new.is_none());
        changed |= old != new;
    }
    assert!(changed);
    assert_eq!(found.unreachable_pairs, cut);
    let there = tiny().places.iter().position(|p| p.id == "gamma-port");
    let place = PlaceId::from_index(there.expect("it"));
    let before_sea = before.class(CLASS);
    assert!((0..n).any(|a| {
        let from = PlaceId::from_index(a);
        before_sea.cost(from, place, Mode::Sea).is_some()
    }));
}

/// The canal shortens the only sea route, so closing it makes sea dearer and cuts nobody off.
#[test]
fn a_passage_with_a_way_round_cuts_nobody_off() {
    let found = closed(tiny(), &["canal"], true);
    assert_eq!(found.unreachable_pairs, 0);
    assert!(found.cost_change_percent.expect("pairs") > 0.0);
    assert!(found.market_access_change_percent < 0.0);
    assert!(found.real_income_change_musd.expect("solved") < 0.0);
}

#[test]
fn ranking_near_an_economy_counts_its_places_only() {
    let request = |near: Vec<&str>, kinds: Vec<Kind>| RankRequest {
        top: 5,
        kinds,
        near: near.iter().map(|c| tiny().economy(c).unwrap()).collect(),
    };
    let found = ranked(tiny(), &request(vec!["XBB"], vec![]), false);
    let of = |found: &RankOutcome, item: &str| {
        let row = found.rows.iter().find(|r| r.item == item);
        row.map(|r| r.market_access_change_percent)
    };
    for row in &found.rows {
        let alone = closed(tiny(), &[&row.item], false);
        let economy = alone.economies.iter().find(|e| e.iso3 == "XBB").unwrap();
        assert_eq!(
            economy.market_access_change_percent, row.market_access_change_percent,
            "{}",
            row.item
        );
    }
    // The canal leads to neither place of Betaland, whose borders matter.
    assert!(of(&found, "XAA-XBB:road").is_some());
    let ports = ranked(tiny(), &request(vec![], vec![Kind::Port]), false);
    assert!(ports.rows.iter().all(|r| r.kind == Kind::Port));
    assert_eq!(ports.screened.tried.len(), 1);
}

#[test]
fn closing_after_a_scenario_starts_from_its_world() {
    let text = "name = \"Test\"\nworld = \"tiny\"\n[[modification]]\ntype = \"close-link\"\n\
        passage = \"canal\"\n";
    let (_, resolved) = comity_scenario::check("test.toml", text, tiny()).unwrap();
    let changed = resolved.apply(tiny());
    let after = Base {
        world: tiny(),
        scenario: Some((&resolved, &changed)),
    };
    assert!(resolve(&changed, &["canal"]).is_err());
    let nothing = close(&after, &[], &options(CLASS, true), &Silent).unwrap();
    assert_eq!(nothing.market_access_change_percent, 0.0);
    assert_eq!(nothing.real_income_change_musd, Some(0.0));
    // One after the other is both at once.
    let closings = resolve(&changed, &["XAA-XBB:rail"]).unwrap();
    let second = close(&after, &closings, &options(CLASS, true), &Silent).unwrap();
    let first = closed(tiny(), &["canal"], true);
    let both = closed(tiny(), &["canal", "XAA-XBB:rail"], true);
    let sum = first.real_income_change_musd.unwrap() + second.real_income_change_musd.unwrap();
    // Each equilibrium is solved to 1e-10 of some 1.5e5 million USD.
    assert!((sum - both.real_income_change_musd.unwrap()).abs() < 1e-4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Closing more never gains market access, and never brings a pair back.
    #[test]
    fn closing_more_loses_more(some in proptest::collection::btree_set(0usize..17, 0..5),
                               more in proptest::collection::btree_set(0usize..17, 0..5)) {
        let items = |set: &std::collections::BTreeSet<usize>| -> Vec<String> {
            set.iter().map(|at| format!("link:{at}")).collect()
        };
        let of = |items: &[String]| {
            let names: Vec<&str> = items.iter().map(String::as_str).collect();
            closed(tiny(), &names, false)
        };
        let few = items(&some);
        let many = items(&some.union(&more).copied().collect());
        let (few, many) = (of(&few), of(&many));
        // Logsums are rounded in the last digits.
        prop_assert!(many.market_access_change_percent <= few.market_access_change_percent + 1e-9);
        prop_assert!(few.market_access_change_percent <= 1e-9);
        prop_assert!(many.unreachable_pairs >= few.unreachable_pairs);
    }
}
