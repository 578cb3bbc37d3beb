//! `comity risk` and `comity times --alternatives` as a user meets them, on the small world.

mod common;

use common::Desk;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

fn run(desk: &Desk, arguments: &[&str]) -> assert_cmd::assert::Assert {
    desk.in_tiny(arguments).assert()
}

fn json(desk: &Desk, arguments: &[&str]) -> Value {
    let all: Vec<&str> = arguments
        .iter()
        .copied()
        .chain(["--format", "json"])
        .collect();
    let output = run(desk, &all).success();
    serde_json::from_slice(&output.get_output().stdout).expect("JSON on stdout")
}

#[test]
fn a_set_closes_together_whatever_its_order() {
    let desk = Desk::new();
    run(&desk, &["risk", "close", "canal,XAA-XBB:rail"])
        .success()
        .stdout(contains("canal").and(contains("Hardest hit")));
    let mut one = json(&desk, &["risk", "close", "canal,XAA-XBB:rail"]);
    let mut other = json(&desk, &["risk", "close", "XBB-XAA:rail,canal"]);
    for found in [&mut one, &mut other] {
        assert!(
            found["market_access_change_percent"]
                .as_f64()
                .expect("a number")
                < 0.0
        );
        found["diagnostics"] = Value::Null;
    }
    assert_eq!(one, other);
}

#[test]
fn all_mistakes_come_at_once_with_what_is_close() {
    let desk = Desk::new();
    run(&desk, &["risk", "close", "cannal,XAA-XBC,link:99"])
        .code(2)
        .stdout("")
        .stderr(
            contains("3 problems")
                .and(contains("did you mean canal?"))
                .and(contains("XBB"))
                .and(contains("17 links")),
        );
    run(&desk, &["risk", "links", "--kind", "prot", "--near", "XAC"])
        .code(2)
        .stderr(contains("did you mean port?").and(contains("XAA")));
}

#[test]
fn a_ranking_is_printed_and_written_whole() {
    let desk = Desk::new();
    let arguments = ["risk", "links", "--top", "3", "--equilibrium"];
    run(&desk, &arguments)
        .success()
        .stdout(contains("What all places would miss most").and(contains("real income")));
    let with_folder: Vec<&str> = arguments.into_iter().chain(["--out", "risk"]).collect();
    run(&desk, &with_folder)
        .success()
        .stderr(contains("wrote risk/report.html"));
    assert_eq!(
        desk.names("risk"),
        ["manifest.json", "report.html", "risk.csv"]
    );
    let read = |name: &str| std::fs::read_to_string(desk.path().join("risk").join(name)).unwrap();
    assert!(read("report.html").contains("Figure 1. What closes, numbered by rank"));
    let manifest: Value = serde_json::from_str(&read("manifest.json")).expect("JSON");
    let rows = read("risk.csv").lines().count() - 1;
    assert_eq!(manifest["closings"].as_u64(), Some(rows as u64));
    let command = manifest["command"].as_str().expect("a command");
    assert!(
        command.starts_with("comity risk links --top 3"),
        "{command}"
    );
}

/// On the built-in world: the small one has no two ways between the same terminals that share a
/// stretch, which plateaus need.
#[test]
fn alternatives_are_told_apart_and_cheapest_first() {
    let desk = Desk::new();
    let comity = |more: &[&str]| {
        let ends = ["--from", "Kashgar", "--to", "Tashkent", "--mode", "rail"];
        desk.comity(&["times"]).args(ends).args(more).assert()
    };
    let json = |more: &[&str]| -> Value {
        let output = comity(&[more, &["--format", "json"]].concat()).success();
        serde_json::from_slice(&output.get_output().stdout).expect("JSON on stdout")
    };
    let found = json(&["--alternatives", "3", "--scenario", "cku-railway"]);
    for state in ["before", "after"] {
        let routes = found["alternatives"][0][state].as_array().expect("routes");
        assert!((2..=3).contains(&routes.len()), "{state}: {}", routes.len());
        let cost = |route: &Value| route["generalised_usd_per_teu"].as_f64().expect("a cost");
        assert!(
            routes
                .windows(2)
                .all(|pair| cost(&pair[0]) <= cost(&pair[1]))
        );
        // The first is the cheapest journey there is.
        assert_eq!(routes[0], found["journeys"][0][state]);
        assert_ne!(routes[0]["legs"], routes[1]["legs"]);
    }
    let (before, after) = (
        &found["alternatives"][0]["before"][0],
        &found["alternatives"][0]["after"][0],
    );
    assert_ne!(before, after);
    comity(&["--alternatives", "2"])
        .success()
        .stdout(contains("Distinct routes, cheapest first").and(contains("rail 2, leg by leg")));
    assert!(json(&[]).get("alternatives").is_none());
    comity(&["--alternatives", "0"]).code(2);
}
