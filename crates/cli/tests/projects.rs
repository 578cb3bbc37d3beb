//! `comity projects rank` on the tiny world.

mod common;

use common::{Desk, tiny_world};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use std::fs;

const PROGRAMME: &str = r#"
name = "Two roads & a line"
world = "tiny"

[[modification]]
type = "upgrade-link"
project = "Line"
mode = "rail"
from = "Alphaport"
to = "Beta City"
class = "main"

[[modification]]
type = "upgrade-link"
project = "Road"
mode = "road"
from = "Alpha City"
to = "Betahill"
class = "highway"
km_factor = 0.8

[project.Line]
cost_musd = 10
life_years = 30
discount_rate = 0.05
paid_by = { XAA = 1 }
spent_in = { XAA = 1 }

[project.Road]
note = "nobody has said what it costs"
"#;

fn rank(desk: &Desk, text: &str, arguments: &[&str]) -> assert_cmd::Command {
    fs::write(desk.path().join("roads.toml"), text).expect("a programme");
    let mut command = desk.comity(&["projects", "rank", "roads.toml", "--world"]);
    command.arg(tiny_world()).args(arguments);
    command
}

#[test]
fn ranks_writes_and_says_so() {
    let desk = Desk::new();
    rank(&desk, PROGRAMME, &[])
        .assert()
        .success()
        .stdout(
            contains("2 projects by gain in complement").and(contains("1 (50 %) in complement")),
        )
        .stderr(
            contains("The cost of 1 of the 2 projects is not known").and(contains(
                "wrote out/roads-projects/report.html and 3 files beside it",
            )),
        );
    let folder = "out/roads-projects";
    let expected = ["gains.csv", "manifest.json", "projects.csv", "report.html"];
    assert_eq!(desk.names(folder), expected);
    let table = String::from_utf8(desk.read("out/roads-projects/projects.csv")).expect("text");
    let road = table.lines().find(|l| l.contains("Road")).expect("a row");
    // Cost and annuity are empty, not 0.
    assert!(road.contains(",,,"), "{road}");
    let page = String::from_utf8(desk.read("out/roads-projects/report.html")).expect("text");
    assert!(page.contains("Two roads &amp; a line") && page.contains("<svg"));
    assert!(
        !page.contains("src=") && !page.contains("href="),
        "asks nothing of a server"
    );
    // Once more into our own folder.
    rank(&desk, PROGRAMME, &["--equilibrium", "-q"])
        .assert()
        .success()
        .stdout(contains("Real income of all economies"))
        .stderr("");
    assert_eq!(desk.names(folder), expected);
}

#[test]
fn json_has_every_number() {
    let desk = Desk::new();
    let output = rank(
        &desk,
        PROGRAMME,
        &["--equilibrium", "--no-files", "--format", "json"],
    )
    .output()
    .expect("a run");
    assert!(output.status.success());
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let projects = found["projects"].as_array().expect("projects");
    assert_eq!(projects.len(), 2);
    assert_eq!(projects[0]["rank"], 1);
    for project in projects {
        assert!(project["alone"]["real_income_musd"].as_f64().is_some());
        assert_eq!(
            project["cost_musd"].is_null(),
            project["name"] == "Road",
            "unknown is null"
        );
    }
    assert!(found["gains"].as_array().is_some_and(|g| !g.is_empty()));
    assert_eq!(desk.names(""), ["roads.toml"]);
}

#[test]
fn mistakes_are_named() {
    let desk = Desk::new();
    let one = PROGRAMME
        .replace("project = \"Road\"\n", "")
        .replace("[project.Road]\n", "");
    let one = one.replace("note = \"nobody has said what it costs\"\n", "");
    rank(&desk, &one, &[]).assert().code(2).stderr(contains(
        "a programme needs two projects or more, and this file has one",
    ));
    rank(&desk, &format!("{PROGRAMME}\n[project.Line]\n"), &[])
        .assert()
        .code(2)
        .stderr(contains("two projects have this name"));
    fs::create_dir(desk.path().join("mine")).expect("a folder");
    fs::write(desk.path().join("mine/notes.txt"), "mine").expect("a file");
    rank(&desk, PROGRAMME, &["--out", "mine"])
        .assert()
        .code(2)
        .stderr(contains("was not written by comity"));
    rank(&desk, PROGRAMME, &["--out", "mine", "--force"])
        .assert()
        .success();
    assert_eq!(desk.read("mine/notes.txt"), b"mine");
}
