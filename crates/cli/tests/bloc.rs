//! `comity bloc` and blocs in time.

mod common;

use common::Desk;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

const TERMS: &str = r#"
name = "Terms"
world = "tiny"
bloc = "Alliance"

[[modification]]
type = "membership"
economy = "ROW"
tariffs = "zero"
border_hours_factor = 0.5
"#;

fn file(desk: &Desk, name: &str, text: &str) -> PathBuf {
    let path = desk.path().join(name);
    fs::write(&path, text).expect("a file");
    path
}

fn run(desk: &Desk, arguments: &[&str], terms: &PathBuf) -> assert_cmd::Command {
    let mut command = desk.in_tiny(arguments);
    command.arg("--terms").arg(terms);
    command
}

fn json(command: &mut assert_cmd::Command) -> Value {
    let output = command.args(["--format", "json"]).assert().success();
    serde_json::from_slice(&output.get_output().stdout).expect("JSON on stdout")
}

fn close(a: &Value, b: &Value) {
    let (a, b) = (a.as_f64().expect("a number"), b.as_f64().expect("a number"));
    assert!((a - b).abs() <= 1e-6 * (1.0 + a.abs()), "{a} and {b}");
}

#[test]
fn ranking_and_admission_agree() {
    let desk = Desk::new();
    let terms = file(&desk, "terms.toml", TERMS);
    let ranked = json(&mut run(&desk, &["bloc", "rank-candidates"], &terms));
    let admitted = json(&mut run(
        &desk,
        &["bloc", "admit", "ROW", "--no-files"],
        &terms,
    ));
    let [candidate] = ranked["candidates"].as_array().expect("a list").as_slice() else {
        panic!("one candidate: {ranked}");
    };
    assert_eq!(candidate["iso3"], "ROW");
    assert_eq!(candidate["tier"], "observer");
    close(
        &candidate["members_musd"],
        &admitted["verdict"]["members_net_musd"],
    );
    let voters = admitted["consensus"]["members"].as_array().expect("a list");
    assert_eq!(voters.len(), 3, "two who sit and one who joins");
    for voter in voters {
        let label = voter["label"].as_str().expect("a label");
        let own = if label == "ROW" {
            assert_eq!(voter["tier"], "member, new");
            &candidate["own_musd"]
        } else {
            &candidate["musd"][label]
        };
        close(own, &voter["net_musd"]);
    }
    let sentence = admitted["verdict"]["sentence"].as_str().expect("text");
    assert!(sentence.contains("joined by"), "{sentence}");
    assert!(sentence.contains("has 3 full members"), "{sentence}");
    assert_eq!(ranked["terms"], admitted["terms"]);
}

#[test]
fn the_ranking_can_be_written_and_does_not_depend_on_threads() {
    let desk = Desk::new();
    let terms = file(&desk, "terms.toml", TERMS);
    let arguments = ["bloc", "rank-candidates", "--out", "ranked"];
    run(&desk, &arguments, &terms)
        .assert()
        .success()
        .stdout(contains("Terms, which are an assumption").and(contains("set to zero")))
        .stderr(contains("report.html and candidates.csv beside it"));
    let page = String::from_utf8(desk.read("ranked/report.html")).expect("text");
    for part in [
        "Who might join Alliance?",
        "id=\"chart-members-t\"",
        "Table 2. Gain of each sitting member",
        "Value of time",
        "set to zero",
        "comity bloc rank-candidates",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let manifest: Value =
        serde_json::from_slice(&desk.read("ranked/manifest.json")).expect("a manifest");
    assert_eq!(manifest["ranking"]["candidates"][0]["iso3"], "ROW");
    // By default a folder named after the bloc; none with --no-files.
    run(&desk, &["bloc", "rank-candidates", "--no-files"], &terms)
        .assert()
        .success();
    assert!(!desk.path().join("out/alliance-candidates").exists());
    run(&desk, &["bloc", "rank-candidates"], &terms)
        .assert()
        .success();
    assert!(
        desk.path()
            .join("out/alliance-candidates/report.html")
            .exists()
    );
    let csv = String::from_utf8(desk.read("ranked/candidates.csv")).expect("text");
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.len(), 3);
    assert!(rows[1].starts_with("ROW,observer,1,XAA,"));
    assert!(rows[2].starts_with("ROW,observer,1,XBB,"));
    let with = |threads: &str| {
        let arguments = ["bloc", "rank-candidates", "--threads", threads];
        json(&mut run(&desk, &arguments, &terms))
    };
    assert_eq!(with("1"), with("3"));
}

#[test]
fn terms_must_be_terms() {
    let desk = Desk::new();
    let scenario = desk.scenario().to_path_buf();
    run(&desk, &["bloc", "rank-candidates"], &scenario)
        .assert()
        .code(2)
        .stderr(contains("one modification, of type membership"));
    let terms = file(
        &desk,
        "out.toml",
        &TERMS.replace("tariffs =", "tier = \"outside\"\ntariffs ="),
    );
    run(&desk, &["bloc", "admit", "ROW"], &terms)
        .assert()
        .code(2)
        .stderr(contains("make a member, not outside"));
    let silent = file(
        &desk,
        "silent.toml",
        TERMS.split("tariffs").next().unwrap_or(""),
    );
    run(&desk, &["bloc", "admit", "ROW"], &silent)
        .assert()
        .code(2)
        .stderr(contains("what does membership mean?"));
}

#[test]
fn who_cannot_be_admitted() {
    let desk = Desk::new();
    let terms = file(&desk, "terms.toml", TERMS);
    run(&desk, &["bloc", "admit", "XAA"], &terms)
        .assert()
        .code(2)
        .stderr(contains("is member of Alliance already"));
    run(&desk, &["bloc", "admit", "RWO"], &terms)
        .assert()
        .code(2)
        .stderr(contains("no economy \"RWO\""));
    run(
        &desk,
        &["bloc", "rank-candidates", "--tier", "obsever"],
        &terms,
    )
    .assert()
    .code(2)
    .stderr(contains("did you mean observer?"));
    run(&desk, &["bloc", "admit", "ROW", "--as-of", "1990"], &terms)
        .assert()
        .code(2)
        .stderr(contains("nobody belonged to Alliance on 1990-01-01").and(contains("2001")));
}

#[test]
fn members_are_those_of_the_day() {
    let desk = Desk::new();
    let power = |date: &str| {
        let rule = ["power", "--bloc", "Alliance", "--rule", "unanimity"];
        let found = json(desk.in_tiny(&rule).args(["--as-of", date]));
        found["members"].as_array().expect("members").len()
    };
    assert_eq!(power("2010-06-01"), 2);
    assert_eq!(power("2010-05-31"), 1);
    desk.in_tiny(&["trade", "--bloc", "Alliance"])
        .args(["--as-of", "2010-02-30"])
        .assert()
        .code(2)
        .stderr(contains("is not a date").and(contains("2016-01-01")));
    let mut agree = desk.in_tiny(&["agree", "--no-files"]);
    let found = json(agree.arg(desk.scenario()).args(["--as-of", "2011"]));
    assert_eq!(
        found["consensus"]["members"]
            .as_array()
            .expect("a list")
            .len(),
        2
    );
    assert_eq!(
        found["consensus"]["others"]
            .as_array()
            .expect("a list")
            .len(),
        0
    );
    // In 2005 Betaland pays without a voice.
    let mut early = desk.in_tiny(&["agree", "--no-files"]);
    early
        .arg(desk.scenario())
        .args(["--as-of", "2005"])
        .assert()
        .code(2)
        .stderr(contains("XBB"));
}

#[test]
fn costs_by_the_kilometre_price_projects_without_a_cost() {
    let desk = Desk::new();
    let unpriced = r#"
name = "Two"
world = "tiny"
bloc = "Alliance"

[[modification]]
type = "build-link"
project = "Rail"
mode = "rail"
from = "Alphaport"
to = { name = "Beta City", terminal = "gauge-change" }
gauge_mm = 1435
km = 560

[[modification]]
type = "border"
project = "Border"
mode = "road"
from = "XAA"
to = "XBB"
hours_factor = 0.5

[project."Rail"]
[project."Border"]
"#;
    let rates = "source = \"invented\"\nnew_rail_musd_per_km = 0.01\nlife_years = 30\ndiscount_rate = 0.05\n";
    let scenario = file(&desk, "two.toml", unpriced);
    let costs = file(&desk, "costs.toml", rates);
    let package = |scenario: &PathBuf, more: &[&str]| {
        let mut command = desk.in_tiny(&["package"]);
        command.arg(scenario).args(more).args(["--delta", "-100"]);
        command
    };
    package(&scenario, &[])
        .assert()
        .code(2)
        .stderr(contains("none of the 2 projects has a known cost"));
    let typed = costs.display().to_string();
    let found = json(&mut package(
        &scenario,
        &["--assume-costs", &typed, "--negotiate"],
    ));
    assert_eq!(found["assumed"], serde_json::json!(["Rail"]));
    assert_eq!(found["left_out"], serde_json::json!(["Border"]));
    close(
        &found["package"]["chosen"]["cost_musd"],
        &serde_json::json!(5.6),
    );
    // A scenario may say the same itself.
    let own = unpriced.replace(
        "\n[[modification]]\ntype = \"build-link\"",
        &format!("\n[assumed_costs]\n{rates}\n[[modification]]\ntype = \"build-link\""),
    );
    let own = file(&desk, "own.toml", &own);
    let same = json(&mut package(&own, &["--negotiate"]));
    assert_eq!(found["package"], same["package"]);
    let bad = file(
        &desk,
        "bad.toml",
        "source = \"\"\nnew_rail = 3\nlife_years = 0\n",
    );
    let typed = bad.display().to_string();
    package(&scenario, &["--assume-costs", &typed])
        .assert()
        .code(2)
        .stderr(
            contains("must not be empty")
                .and(contains("new_rail"))
                .and(contains("must be above 0"))
                .and(contains("discount_rate is missing")),
        );
}
