//! The command as a user meets it, on the built-in world.

mod common;

use common::Desk;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

fn comity(arguments: &[&str]) -> assert_cmd::assert::Assert {
    Desk::new().comity(arguments).assert()
}

#[test]
fn the_built_in_world_is_valid_and_its_accounts_close() {
    let output = comity(&["world", "check", "--format", "json"]).success();
    let found: serde_json::Value =
        serde_json::from_slice(&output.get_output().stdout).expect("JSON on stdout");
    for gap in found["largest_relative_gap"]
        .as_object()
        .expect("gaps")
        .values()
    {
        assert!(gap.as_f64().expect("a number") < 1e-9);
    }
}

#[test]
fn every_built_in_scenario_fits_its_world() {
    for name in ["cku-railway", "suez-closed", "khorgos-fast-border"] {
        comity(&["scenario", "check", name])
            .success()
            .stdout(contains("valid"));
    }
}

/// Reported totals of BACI 2023: 493.9 billion USD with members, 891.9 with all tiers.
#[test]
fn reported_trade_of_a_member_with_its_bloc_is_the_sources_own() {
    let arguments = [
        "trade",
        "--bloc",
        "SCO",
        "--economy",
        "CHN",
        "--format",
        "json",
    ];
    let output = comity(&arguments).success();
    let found: serde_json::Value =
        serde_json::from_slice(&output.get_output().stdout).expect("JSON on stdout");
    for (partner, expected) in [("member", 493.9), ("all tiers", 891.9)] {
        let lines = found["lines"].as_array().expect("lines");
        let line = lines
            .iter()
            .find(|l| l["partner"] == partner)
            .expect("the line is there");
        let total = line["reported_exports_musd"].as_f64().expect("a number")
            + line["reported_imports_musd"].as_f64().expect("a number");
        assert!(
            (total / 1000.0 - expected).abs() < 0.05,
            "{partner}: {total}"
        );
    }
}

/// Small trade is shown in millions, large in billions.
#[test]
fn trade_is_shown_in_a_unit_that_fits() {
    let shown = |economy| {
        let output = comity(&["trade", "--bloc", "SCO", "--economy", economy]).success();
        String::from_utf8(output.get_output().stdout.clone()).expect("text")
    };
    let (large, small) = (shown("CHN"), shown("KGZ"));
    assert!(
        large.contains("billion USD") && large.contains(" 493.9 "),
        "{large}"
    );
    assert!(small.contains("million USD"), "{small}");
    // Kyrgyzstan's exports to Belarus are some tens of millions.
    let belarus = small
        .lines()
        .find(|l| l.trim_start().starts_with("Belarus"));
    let exports = belarus
        .and_then(|l| l.split_whitespace().nth(1))
        .expect("a figure");
    let exports: f64 = exports.parse().expect("a number");
    assert!((1.0..100.0).contains(&exports), "{small}");
}

#[test]
fn misspelt_names_are_the_users_mistake_and_get_a_suggestion() {
    comity(&["times", "--from", "Kashgr", "--to", "Andijan"])
        .code(2)
        .stdout("")
        .stderr(contains("Kashgr").and(contains("Kashgar")));
    comity(&["trade", "--economy", "CHM"])
        .code(2)
        .stderr(contains("CHN"));
    comity(&["trade", "--bloc", "SC0"])
        .code(2)
        .stderr(contains("SCO"));
    comity(&["appraise", "cku-railwy"])
        .code(2)
        .stderr(contains("cku-railway"));
    comity(&["world", "check", "nowhere"]).code(2);
}
