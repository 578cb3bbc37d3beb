//! `comity world audit`, `comity world import`, `comity skim`.

mod common;

use common::{Desk, tiny_world};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;
use std::fs;

/// A road from Alphaport past Alpha City to Beta City, as GMNS.
const NODES: &str = "node_id,x_coord,y_coord\np,8,40\na,10,40\nb,14,40\n";
const LINKS: &str = "link_id,from_node_id,to_node_id,directed,length,facility_type\n\
                     1,p,a,false,180,trunk\n2,a,b,false,360,trunk\n";

fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON on stdout")
}

fn gmns(desk: &Desk, links: &str) {
    let folder = desk.path().join("gmns");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("node.csv"), NODES).expect("a file");
    fs::write(folder.join("link.csv"), links).expect("a file");
}

fn import(desk: &Desk, more: &[&str]) -> assert_cmd::Command {
    let mut command = desk.comity(&["world", "import", "--from", "gmns", "--kind", "gmns"]);
    command.arg("--into").arg(tiny_world());
    command.args(["--out", "mine"]).args(more);
    command
}

#[test]
fn the_audit_for_people_and_for_programs() {
    let desk = Desk::new();
    let world = tiny_world();
    let world = world.to_str().expect("a path");
    desk.comity(&["world", "audit", world])
        .assert()
        .success()
        .stdout(contains("components").and(contains("gamma-port")));
    let mut command = desk.comity(&["world", "audit", world, "--format", "json"]);
    let found = json(&command.output().expect("it runs"));
    assert_eq!(found["thresholds"]["gap_km"], 2.0);
    let modes = found["audit"]["modes"].as_array().expect("modes");
    assert_eq!(modes.len(), 3);
    assert_eq!(modes[1]["mode"], "road");
    assert_eq!(modes[1]["components"][1]["places"][0], "gamma-port");
}

#[test]
fn a_network_imported_is_a_world_to_work_with() {
    let desk = Desk::new();
    gmns(&desk, LINKS);
    import(&desk, &["--class-of", "trunk=highway"])
        .assert()
        .success()
        .stdout(
            contains("Read 2 links and 3 nodes; wrote 3 nodes and 2 links.")
                .and(contains("place gamma-port"))
                .and(contains("components")),
        );
    desk.comity(&["world", "check", "mine"])
        .assert()
        .success()
        .stdout(contains("every table is valid"));
    desk.comity(&["times", "--world", "mine", "--from", "Alphaport", "--to"])
        .args(["Beta City", "--mode", "road"])
        .assert()
        .success()
        // 540 km and 10 at either end.
        .stdout(contains("560"));
    let scenario = desk.scenario().to_str().expect("a path").to_owned();
    desk.comity(&["appraise", &scenario, "--world", "mine", "--out", "results"])
        .assert()
        .success();
    // Ours, so it may be written again, and to the same bytes.
    let first = desk.read("mine/links.parquet");
    import(&desk, &["--class-of", "trunk=highway", "--format", "json"])
        .assert()
        .success();
    assert!(desk.read("mine/links.parquet") == first);
    desk.comity(&["world", "describe", "mine"])
        .assert()
        .success();
}

#[test]
fn mistakes_of_an_import_write_nothing() {
    let desk = Desk::new();
    gmns(&desk, &(LINKS.to_owned() + "3,a,nowhere,false,-1,trunk\n"));
    import(&desk, &[]).assert().code(2).stderr(
        contains("node.csv has no such node")
            .and(contains("must not be negative"))
            .and(contains("--class-of trunk=CLASS")),
    );
    import(&desk, &["--map", "kilometres=x", "--class-of", "trunk"])
        .assert()
        .code(2)
        .stderr(contains("no such field").and(contains("must be VALUE=CLASS")));
    assert_eq!(desk.names(""), ["gmns"]);
}

#[test]
fn a_table_never_stands_beside_itself() {
    let desk = Desk::new();
    gmns(&desk, LINKS);
    fs::create_dir(desk.path().join("mine")).expect("a folder");
    fs::write(desk.path().join("mine/links.csv"), "old").expect("a file");
    let class = ["--class-of", "trunk=highway"];
    import(&desk, &class)
        .assert()
        .code(2)
        .stderr(contains("was not written by comity"));
    import(&desk, &[&class[..], &["--force"]].concat())
        .assert()
        .code(2)
        .stderr(contains(
            "mine/links.csv: would stand beside the new links.parquet",
        ));
    assert_eq!(desk.names("mine"), ["links.csv"]);
}

#[test]
fn matrices_in_a_file() {
    let desk = Desk::new();
    desk.in_tiny(&["skim", "--out", "m.csv", "--class", "all"])
        .assert()
        .success()
        .stdout("")
        .stderr(contains("wrote 588 rows").and(contains("unreachable pairs of places: 12 by air")));
    let all = String::from_utf8(desk.read("m.csv")).expect("text");
    assert_eq!(all.lines().count(), 589);
    // The file is ours, so it may be replaced.
    desk.in_tiny(&["skim", "--out", "m.csv", "--mode", "road"])
        .args([
            "--from",
            "Alphaport",
            "--to",
            "Beta City",
            "--to",
            "Alphaport",
        ])
        .assert()
        .success();
    let some = String::from_utf8(desk.read("m.csv")).expect("text");
    let rows: Vec<&str> = some.lines().collect();
    assert_eq!(rows.len(), 3);
    assert!(rows[1].starts_with("alpha-port,alpha-port,general,road,"));
    assert!(rows[2].starts_with("alpha-port,beta-city,general,road,"));
    // With a scenario that halves the time at the border.
    let scenario = desk.scenario().to_str().expect("a path").to_owned();
    desk.in_tiny(&["skim", "--out", "after.parquet", "--scenario", &scenario])
        .assert()
        .success();
    assert_eq!(desk.names(""), ["after.parquet", "m.csv"]);
}

#[test]
fn mistakes_of_a_skim_are_told_before_the_work() {
    let desk = Desk::new();
    desk.in_tiny(&["skim", "--out", "m.omx"])
        .assert()
        .code(2)
        .stderr(contains("must end in .parquet or .csv"));
    desk.in_tiny(&["skim", "--out", "m.csv", "--mode", "rails"])
        .assert()
        .code(2)
        .stderr(contains("did you mean rail?"));
    desk.in_tiny(&[
        "skim", "--out", "m.csv", "--from", "Alphaprt", "--to", "Twin",
    ])
    .assert()
    .code(2)
    .stderr(contains("did you mean Alphaport?").and(contains("several places are called")));
    fs::write(desk.path().join("m.csv"), "mine").expect("a file");
    desk.in_tiny(&["skim", "--out", "m.csv"])
        .assert()
        .code(2)
        .stderr(contains("was not written by comity"));
    assert_eq!(desk.read("m.csv"), b"mine");
    assert_eq!(desk.names(""), ["m.csv"]);
}

/// On the built-in world: small networks are ordered faster than a file is read.
#[test]
fn orders_are_kept_between_runs_and_change_nothing() {
    let desk = Desk::new();
    let times = |cache: &str| {
        let ends = ["--from", "Osh", "--to", "Tashkent", "--mode", "road"];
        let mut command = desk.comity(&["times"]);
        command.args(ends).env("COMITY_CACHE", cache);
        command.assert().success().get_output().stdout.clone()
    };
    let without = times("");
    assert_eq!(desk.names(""), [""; 0]);
    assert!(times("kept") == without);
    let kept = desk.names("kept");
    assert!(!kept.is_empty() && kept.iter().all(|name| name.ends_with(".order")));
    assert!(times("kept") == without);
    assert_eq!(desk.names("kept"), kept);
    fs::write(desk.path().join("kept").join(&kept[0]), "spoilt").expect("a file");
    assert!(times("kept") == without);
    assert_ne!(desk.read(&format!("kept/{}", kept[0])), b"spoilt");
}
