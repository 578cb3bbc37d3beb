//! `comity flows` as a user meets it, on the small world.

mod common;

use common::Desk;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

#[test]
fn flows_are_printed_and_written_whole() {
    let desk = Desk::new();
    let scenario = desk.scenario().to_str().expect("a path").to_owned();
    desk.in_tiny(&["flows", "canal"])
        .assert()
        .success()
        .stdout(contains("Over canal").and(contains("Economy pairs, the largest")));
    let arguments = ["flows", "XAA-XBB:rail,canal", "--scenario", &scenario];
    desk.in_tiny(&[&arguments[..], &["--out", "over"]].concat())
        .assert()
        .success()
        .stdout(contains("before:").and(contains("after:")))
        .stderr(contains("wrote over/economy_pairs.csv"));
    assert_eq!(
        desk.names("over"),
        ["economy_pairs.csv", "manifest.json", "place_pairs.csv"]
    );
    let mut json = desk.in_tiny(&[&arguments[..], &["--format", "json"]].concat());
    let output = json.output().expect("it runs");
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let manifest: Value = serde_json::from_slice(&desk.read("over/manifest.json")).expect("JSON");
    assert_eq!(manifest["before"], found["before"]);
    let pairs = String::from_utf8(desk.read("over/economy_pairs.csv")).expect("text");
    let rows = found["pairs"].as_array().expect("rows");
    assert_eq!(pairs.lines().count(), rows.len() + 1);
    // The rows add up to the totals.
    for (state, column) in [("before", "over_musd"), ("after", "over_after_musd")] {
        let number = |value: &Value| value.as_f64().expect("a number");
        let sum: f64 = rows.iter().map(|row| number(&row[column])).sum();
        let totals = &found[state];
        let all = number(&totals["abroad_musd"]) + number(&totals["domestic_musd"]);
        assert!((sum - all).abs() < 1e-9 * all && all > 0.0);
    }
    // The order of items does not matter.
    let mut turned = desk.in_tiny(&["flows", "canal,XBB-XAA:rail", "--format", "json"]);
    let turned: Value =
        serde_json::from_slice(&turned.output().expect("it runs").stdout).expect("JSON");
    assert_eq!(turned["before"], found["before"]);
}

#[test]
fn unknown_names_are_told_all_at_once() {
    let desk = Desk::new();
    desk.in_tiny(&["flows", "cannal,near:Alphaprt:rail"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(
            contains("2 problems")
                .and(contains("did you mean canal?"))
                .and(contains("did you mean Alphaport?")),
        );
}
