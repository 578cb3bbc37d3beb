//! What `comity gravity` writes: whole files, of ours only.

mod common;

use common::{Desk, repository, tiny_world};
use predicates::prelude::*;
use predicates::str::contains;
use std::fs;

const FOREIGN: &str = "notes of mine\n";

fn fit(desk: &Desk, more: &[&str]) -> assert_cmd::Command {
    let data = repository().join("tests/reference/ppmlhdfe_example/trade_fta_total.csv");
    let mut command = desk.comity(&["gravity", "fit", "trade ~ fta | isoexp + isoimp^year"]);
    command.arg("--data").arg(data).args(more);
    command
}

#[test]
fn a_fit_replaces_its_own_files_and_no_others() {
    let desk = Desk::new();
    let all = [
        "--out",
        "fit.json",
        "--effects",
        "e.csv",
        "--dropped",
        "d.csv",
    ];
    fit(&desk, &all).assert().success();
    assert_eq!(desk.names("."), ["d.csv", "e.csv", "fit.json"]);
    let first = desk.read("fit.json");
    // Its own, again.
    fit(&desk, &all).assert().success();
    assert_eq!(desk.read("fit.json"), first);
    for name in ["fit.json", "e.csv", "d.csv"] {
        fs::write(desk.path().join(name), FOREIGN).expect("a file");
    }
    // All three at once, and none is touched.
    fit(&desk, &all).assert().code(2).stderr(
        contains("--out: fit.json exists and was not written by comity")
            .and(contains("--effects: e.csv exists"))
            .and(contains("--dropped: d.csv exists")),
    );
    for name in ["fit.json", "e.csv", "d.csv"] {
        assert_eq!(desk.read(name), FOREIGN.as_bytes());
    }
    fit(&desk, &all).arg("--force").assert().success();
    assert_eq!(desk.read("fit.json"), first);
    assert_eq!(desk.names("."), ["d.csv", "e.csv", "fit.json"]);
}

#[test]
fn a_fit_says_before_the_work_what_it_cannot_write() {
    let desk = Desk::new();
    fit(&desk, &["--out", "nowhere/fit.json"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains(
            "cannot write nowhere/fit.json: there is no folder nowhere; make it first",
        ));
    fit(&desk, &["--out", "a.csv", "--dropped", "a.csv"])
        .assert()
        .code(2)
        .stderr(contains("--dropped and --out name the same file, a.csv"));
    fs::create_dir(desk.path().join("folder")).expect("a folder");
    fit(&desk, &["--out", "folder"])
        .assert()
        .code(2)
        .stderr(contains("folder exists and is not a file"));
    // Of several, each number is looked at.
    fs::write(desk.path().join("f-3.json"), FOREIGN).expect("a file");
    fit(&desk, &["--fsplit", "year", "--out", "f.json"])
        .assert()
        .code(2)
        .stderr(contains("f-3.json exists"));
    assert_eq!(desk.names("."), ["f-3.json", "folder"]);
}

fn estimates(desk: &Desk, file: &str) -> serde_json::Value {
    let value: serde_json::Value = serde_json::from_slice(&desk.read(file)).expect("JSON");
    value["estimates"].clone()
}

#[test]
fn use_writes_into_a_world_that_then_draws_from_it() {
    let desk = Desk::new();
    let raw = desk.fit_of_goods();
    let world = desk.copy_of_tiny();
    let used = |more: &[&str]| {
        let mut command = desk.comity(&["gravity", "use", raw, "--world", &world]);
        command.args(more);
        command
    };
    used(&["--parameter", "trade_elasticity:AGR=tariff"])
        .assert()
        .success();
    desk.comity(&["world", "check", &world]).assert().success();
    // The rest stays with --add, and goes without.
    used(&["--add", "--parameter", "trade_elasticity:MAN=tariff"])
        .args(["--parameter", "value_of_time_per_day:AGR,MAN=hours"])
        .assert()
        .success();
    let both = estimates(&desk, "copy/estimates.json");
    let sectors = |e: &serde_json::Value, p: usize| e["parameters"][p]["sectors"].to_string();
    assert_eq!(sectors(&both[0], 0), r#"["AGR"]"#);
    assert_eq!(sectors(&both[1], 0), r#"["MAN"]"#);
    assert_eq!(sectors(&both[1], 1), r#"["AGR","MAN"]"#);
    desk.comity(&["world", "check", &world]).assert().success();
    let found = desk
        .comity(&["appraise"])
        .arg(desk.scenario())
        .args(["--world", &world, "--no-files", "--draws", "16"])
        .args(["--format", "json"])
        .assert()
        .success();
    let json: serde_json::Value = serde_json::from_slice(&found.get_output().stdout).expect("JSON");
    let drawn = json["uncertainty"]["parameters"]
        .as_array()
        .expect("a list");
    let estimated = drawn.iter().filter(|p| {
        let what = p["what"].as_str().expect("text");
        what.contains("(estimate)")
    });
    assert_eq!(estimated.count(), 3);
    // Newer takes the place of older, sector by sector.
    used(&["--add", "--parameter", "trade_elasticity=tariff"])
        .assert()
        .success();
    let newer = estimates(&desk, "copy/estimates.json");
    assert_eq!(newer.as_array().map(Vec::len), Some(2));
    assert_eq!(sectors(&newer[0], 0), r#"["AGR","MAN"]"#);
    assert_eq!(newer[0]["parameters"][0]["parameter"], "day_effect");
    used(&["--parameter", "trade_elasticity=tariff"])
        .assert()
        .success();
    assert_eq!(
        estimates(&desk, "copy/estimates.json")
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    let names = desk.names("copy");
    assert!(!names.iter().any(|n| n.starts_with(".comity")), "{names:?}");
}

#[test]
fn use_leaves_alone_what_holds_no_estimates() {
    let desk = Desk::new();
    let raw = desk.fit_of_goods();
    let used = |out: &str| {
        let mut command = desk.in_tiny(&["gravity", "use", raw, "--out", out]);
        command.args(["--parameter", "trade_elasticity=tariff"]);
        command
    };
    fs::write(desk.path().join("mine.json"), FOREIGN).expect("a file");
    used("mine.json")
        .assert()
        .code(2)
        .stderr(contains("mine.json exists and was not written by comity"));
    assert_eq!(desk.read("mine.json"), FOREIGN.as_bytes());
    used("mine.json").arg("--force").assert().success();
    assert!(estimates(&desk, "mine.json").is_array());
    // The fit itself is no file of estimates.
    used(raw)
        .assert()
        .code(2)
        .stderr(contains("goods.json exists"));
    used("nowhere/e.json")
        .assert()
        .code(2)
        .stderr(contains("there is no folder nowhere"));
}

#[test]
fn a_panel_is_the_same_in_parquet_and_replaces_only_its_own() {
    let desk = Desk::new();
    let panel = |out: &str| {
        let mut command = desk.comity(&["gravity", "panel", "--with-remainder", "--out", out]);
        command.arg("--world").arg(tiny_world());
        command
    };
    for out in ["p.csv", "q.parquet", "q.parquet"] {
        panel(out).assert().success();
    }
    let all = ["p-columns.json", "p.csv", "q-columns.json", "q.parquet"];
    assert_eq!(desk.names("."), all);
    let coefficients = |data: &str| {
        let found = desk
            .comity(&[
                "gravity",
                "fit",
                "trade_usd ~ log(distance_km) + tariff | sector",
            ])
            .args(["--data", data, "--format", "json"])
            .assert()
            .success();
        let json: serde_json::Value =
            serde_json::from_slice(&found.get_output().stdout).expect("JSON");
        assert_eq!(json["sample"]["read"], 27);
        json["coefficients"].clone()
    };
    assert_eq!(coefficients("p.csv"), coefficients("q.parquet"));
    // Somebody else's table under the name, though our description lies beside it.
    fs::copy(desk.path().join("p.csv"), desk.path().join("own.csv")).expect("a copy");
    let own = String::from_utf8(desk.read("p.csv")).expect("text");
    fs::write(
        desk.path().join("p.csv"),
        own.replacen("exporter", "from", 1),
    )
    .expect("a file");
    panel("p.csv")
        .assert()
        .code(2)
        .stderr(contains("p.csv exists and was not written by comity"));
    fs::write(desk.path().join("own-columns.json"), FOREIGN).expect("a file");
    panel("own.csv")
        .assert()
        .code(2)
        .stderr(contains("own-columns.json exists"));
    panel("own.csv").arg("--force").assert().success();
    panel("nowhere/p.csv")
        .assert()
        .code(2)
        .stderr(contains("there is no folder nowhere"));
    panel("p.xlsx")
        .assert()
        .code(2)
        .stderr(contains("must end in .parquet or .csv"));
    let names = desk.names(".");
    assert!(!names.iter().any(|n| n.starts_with(".comity")), "{names:?}");
}

/// Under PPML the first-order conditions of the effects make fitted means add up to outcomes.
#[test]
fn fitted_means_add_up_to_the_outcomes() {
    let desk = Desk::new();
    fit(&desk, &["--fitted", "f.csv", "--out", "fit.json"])
        .assert()
        .success();
    let text = String::from_utf8(desk.read("f.csv")).expect("text");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("row,outcome,fitted"));
    let (mut outcome, mut fitted, mut rows, mut last) = (0.0, 0.0, 0, 0.0);
    for line in lines {
        let cells: Vec<f64> = line
            .split(',')
            .map(|c| c.parse().expect("number"))
            .collect();
        assert!(cells[0] > last && cells[2] > 0.0, "{line}");
        last = cells[0];
        outcome += cells[1];
        fitted += cells[2];
        rows += 1;
    }
    let found: serde_json::Value = serde_json::from_slice(&desk.read("fit.json")).expect("JSON");
    assert_eq!(found["sample"]["used"], rows);
    // The conditions hold to 1e-8.
    assert!((fitted / outcome - 1.0).abs() < 1e-7, "{fitted} {outcome}");
    // The same as Parquet, which is replaced as our own and nobody else's.
    for _ in 0..2 {
        fit(&desk, &["--fitted", "f.parquet"]).assert().success();
    }
    fs::write(desk.path().join("f.parquet"), FOREIGN).expect("a file");
    fit(&desk, &["--fitted", "f.parquet"])
        .assert()
        .code(2)
        .stderr(contains("--fitted: f.parquet exists"));
}

#[test]
fn hypotheses_are_tested_and_named() {
    let desk = Desk::new();
    let output = fit(
        &desk,
        &["--test", "fta", "--test", "fta=0.5", "--format", "json"],
    )
    .assert()
    .success();
    let found: serde_json::Value =
        serde_json::from_slice(&output.get_output().stdout).expect("JSON");
    let b = found["coefficients"][0]["estimate"].as_f64().expect("b");
    let error = found["coefficients"][0]["standard_error"]
        .as_f64()
        .expect("se");
    for (at, value) in [(0, 0.0), (1, 0.5)] {
        let by_hand = ((b - value) / error).powi(2);
        let test = found["tests"][at]["chi_squared"].as_f64().expect("χ²");
        assert!((test / by_hand - 1.0).abs() < 1e-12, "{test} {by_hand}");
    }
    fit(&desk, &["--test", "fta=0.5"])
        .assert()
        .success()
        .stdout(contains("Wald test of fta = 0.5: χ²(1) = "));
    fit(&desk, &["--test", "ftaa"])
        .assert()
        .code(2)
        .stderr(contains("there is no coefficient ftaa").and(contains("did you mean fta?")));
    fit(&desk, &["--test", "fta=half"])
        .assert()
        .code(2)
        .stderr(contains("\"half\" is no number"));
}
