//! From a panel and a fit to an appraisal that draws from it.

mod common;

use common::{Desk, repository, tiny_world};
use predicates::prelude::*;
use predicates::str::contains;
use std::fs;

/// A file of estimates for the tiny world: θ 4 ± 0.5, a day −0.04 ± 0.01, correlation −0.5.
fn estimates(desk: &Desk, covariance: &str) -> String {
    let text = format!(
        r#"{{"estimates": [{{"source": "by hand", "parameters": [
        {{"parameter": "trade_elasticity", "sectors": ["AGR", "MAN"], "coefficient": "b", "value": 4.0}},
        {{"parameter": "day_effect", "sectors": ["AGR", "MAN"], "coefficient": "d", "value": 0.04}}],
        "covariance": {covariance}}}]}}"#
    );
    fs::write(desk.path().join("e.json"), text).expect("a file");
    "e.json".to_owned()
}

const PROPER: &str = "[[0.25, -0.0025], [-0.0025, 0.0001]]";

#[test]
fn a_panel_by_hand() {
    let desk = Desk::new();
    desk.in_tiny(&["gravity", "panel", "--out", "p.csv", "--with-remainder"])
        .assert()
        .success();
    let text = String::from_utf8(desk.read("p.csv")).expect("text");
    let header: Vec<&str> = text.lines().next().expect("a header").split(',').collect();
    let at = |name: &str| header.iter().position(|h| *h == name).expect("a column");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .skip(1)
        .map(|l| l.split(',').collect())
        .collect();
    assert_eq!(rows.len(), 3 * 3 * 3);
    let row = |e: &str, i: &str, s: &str| {
        let found = rows.iter().find(|r| r[..3] == [e, i, s]);
        found.expect("a row").clone()
    };
    let agr = row("XAA", "XBB", "AGR");
    assert_eq!(agr[at("trade_usd")], "20000000");
    assert_eq!(agr[at("duty_paid_usd")], "24000000");
    assert_eq!(agr[at("contiguous")], "1");
    assert_eq!(agr[at("common_bloc")], "1");
    assert_eq!(row("XAA", "ROW", "AGR")[at("contiguous")], "0");
    assert_eq!(row("XAA", "XAA", "AGR")[at("domestic")], "1");
    assert_eq!(row("XAA", "XBB", "SRV")[at("hours")], "");
    // Nine pairs of places by the spherical law of cosines, weights of places.csv.
    let a = [(10.0, 40.0, 0.5), (8.0, 40.0, 0.375), (11.0, 39.0, 0.125)];
    let b = [(14.0, 40.0, 0.625), (14.0, 42.0, 0.25), (13.0, 39.0, 0.125)];
    let mut sum = 0.0;
    for (x, y, w) in a {
        for (p, q, v) in b {
            let r = |d: f64| d.to_radians();
            let c = r(y).sin() * r(q).sin() + r(y).cos() * r(q).cos() * r(p - x).cos();
            sum += w * v / (6371.0088 * c.acos());
        }
    }
    let found: f64 = agr[at("distance_km")].parse().expect("a number");
    assert!((found * sum - 1.0).abs() < 1e-9, "{found}");
}

#[test]
fn mistakes_all_at_once() {
    let desk = Desk::new();
    let data = repository().join("tests/reference/ppmlhdfe_example/trade_fta_total.csv");
    desk.comity(&["gravity", "fit", "trade ~ fta | isoexp^year + isoimp^year"])
        .arg("--data")
        .arg(data)
        .args(["--out", "fit.json"])
        .assert()
        .success();
    desk.in_tiny(&["gravity", "use", "fit.json", "--out", "o.json"])
        .args(["--parameter", "trade_elasticty=fta", "--parameter"])
        .args(["trade_elasticity=ftaa", "--parameter"])
        .args(["trade_elasticity:AGRI=fta"])
        .assert()
        .code(2)
        .stderr(
            contains("did you mean trade_elasticity")
                .and(contains("no coefficient \"ftaa\"; it has fta"))
                .and(contains("did you mean AGR?")),
        );
    desk.appraise(&["--no-files", "--estimates", "fit.json"])
        .assert()
        .code(2)
        .stderr(
            contains("add --parameter WHAT=NAME")
                .and(contains("fta: 2.3708 (0.0436)"))
                .and(contains("trade_elasticity, if it is on ln(1 + tariff)"))
                .and(contains("value_of_time, if it is on hours")),
        );
    // The same words as `gravity use`, all mistakes at once.
    desk.appraise(&["--no-files", "--estimates", "fit.json"])
        .args(["--parameter", "trade_elasticty=fta"])
        .args(["--parameter", "trade_elasticity:MAN,AGRI=ftaa"])
        .assert()
        .code(2)
        .stderr(
            contains("did you mean trade_elasticity")
                .and(contains("no coefficient \"ftaa\"; it has fta"))
                .and(contains("did you mean AGR?")),
        );
    desk.appraise(&["--no-files", "--parameter", "trade_elasticity=fta"])
        .assert()
        .code(2)
        .stderr(contains("--estimates"));
    let file = estimates(&desk, PROPER);
    desk.appraise(&["--no-files", "--estimates", &file, "--parameter", "a=b"])
        .assert()
        .code(2)
        .stderr(contains("says already what its numbers stand for"));
    let file = estimates(&desk, "[[0.25, -0.25], [-0.25, 0.0001]]");
    desk.appraise(&["--no-files", "--estimates", &file])
        .assert()
        .code(2)
        .stderr(contains("is not positive semidefinite"));
    // θ is two thirds of a standard error from zero.
    let file = estimates(&desk, "[[36, 0], [0, 0.0001]]");
    desk.appraise(&["--no-files", "--estimates", &file, "--draws", "50"])
        .assert()
        .code(2)
        .stderr(contains("does not tell its sign"));
}

const MAPPING: [&str; 4] = [
    "--parameter",
    "trade_elasticity=tariff",
    "--parameter",
    "value_of_time_per_day=hours",
];

/// A fit with its mapping on the command line is the file that `gravity use` makes of it.
#[test]
fn a_raw_fit_is_what_use_makes_of_it() {
    let desk = Desk::new();
    let raw = desk.fit_of_goods();
    desk.in_tiny(&["gravity", "use", raw, "--out", "used.json"])
        .args(MAPPING)
        .assert()
        .success();
    let outcome = |arguments: &[&str]| {
        let found = desk
            .appraise(&["--no-files", "--draws", "16", "--format", "json"])
            .args(arguments)
            .assert()
            .success();
        let bytes = found.get_output().stdout.clone();
        let mut json: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        // Seconds, the hash of the file, and the command.
        let diagnostics = json["diagnostics"].take();
        (diagnostics["command"].to_string(), json)
    };
    let (_, used) = outcome(&["--estimates", "used.json"]);
    let mut options = vec!["--estimates", raw];
    options.extend(MAPPING);
    let (command, direct) = outcome(&options);
    assert!(
        command.contains("--estimates goods.json --parameter trade_elasticity=tariff"),
        "{command}"
    );
    assert_eq!(direct, used);
    let theta = direct["uncertainty"]["parameters"][0]["central"].as_f64();
    // Trade is net of duty.
    assert!((theta.expect("a number") - 4.0).abs() < 0.3, "{theta:?}");
    options.extend(["--valued", "duty-paid"]);
    let (_, paid) = outcome(&options);
    let more = paid["uncertainty"]["parameters"][0]["central"].as_f64();
    assert!((more.expect("a number") - theta.expect("a number") - 1.0).abs() < 1e-9);
}

/// An estimate named on the command line does what it does in the folder of the world.
#[test]
fn every_command_with_elasticities_takes_estimates() {
    let desk = Desk::new();
    let raw = desk.fit_of_goods();
    let copy = desk.copy_of_tiny();
    desk.comity(&["gravity", "use", raw, "--world", &copy])
        .args(MAPPING)
        .assert()
        .success();
    assert!(desk.path().join("copy/estimates.json").is_file());
    desk.comity(&["world", "check", &copy]).assert().success();
    let scenario = desk.scenario().display().to_string();
    let tiny = tiny_world().display().to_string();
    let terms = "name = \"Terms\"\nworld = \"tiny\"\nbloc = \"Alliance\"\n[[modification]]\n\
                 type = \"membership\"\neconomy = \"ROW\"\ntariffs = \"zero\"\n";
    fs::write(desk.path().join("terms.toml"), terms).expect("a file");
    let terms = ["--terms", "terms.toml"];
    let admit = ["bloc", "admit", "ROW", "--no-files", terms[0], terms[1]];
    let commands: [&[&str]; 5] = [
        &["agree", &scenario, "--no-files", "--draws", "16"],
        &["package", &scenario],
        &["solve", "--scenario", &scenario, "--no-files"],
        &admit,
        &["bloc", "rank-candidates", terms[0], terms[1]],
    ];
    for command in commands {
        let run = |world: &str, more: &[&str]| {
            let mut run = desk.comity(command);
            run.args(["--world", world, "--format", "json"]).args(more);
            let found = run.assert().success();
            let text = String::from_utf8(found.get_output().stdout.clone()).expect("text");
            let mut json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            // Seconds and the command.
            json["diagnostics"].take();
            json["command"].take();
            json
        };
        let mut options = vec!["--estimates", raw];
        options.extend(MAPPING);
        let named = run(&tiny, &options);
        assert_eq!(named, run(&copy, &[]), "{command:?}");
        assert_ne!(named, run(&tiny, &[]), "{command:?}");
        desk.comity(command)
            .args(["--world", &tiny, "--estimates", raw])
            .assert()
            .code(2)
            .stderr(contains("log1p(tariff): -"));
    }
}

/// All that an appraisal with draws from a fit writes, but for how long it took.
#[test]
fn every_file_is_the_same_on_one_thread_and_two() {
    let desk = Desk::new();
    let raw = desk.fit_of_goods();
    for threads in ["1", "2"] {
        desk.appraise(&["--draws", "24", "--seed", "3", "--out", threads])
            .args(["--estimates", raw])
            .args(MAPPING)
            .env("RAYON_NUM_THREADS", threads)
            .assert()
            .success();
    }
    let names = desk.names("1");
    assert_eq!(names, desk.names("2"));
    for drawn in ["draws.parquet", "parameters.parquet", "report.html"] {
        assert!(names.iter().any(|name| name == drawn), "{drawn}");
    }
    for name in &names {
        let read = |folder: &str| desk.read(&format!("{folder}/{name}"));
        if name == "manifest.json" {
            let manifest = |folder: &str| {
                let mut json: serde_json::Value =
                    serde_json::from_slice(&read(folder)).expect("JSON");
                assert!(json["seconds"].take().is_object());
                json
            };
            assert_eq!(manifest("1"), manifest("2"));
        } else {
            assert!(read("1") == read("2"), "{name}");
        }
    }
    // Another seed is another file of draws: the comparison could have failed.
    desk.appraise(&["--draws", "24", "--seed", "4", "--out", "other"])
        .args(["--estimates", raw])
        .args(MAPPING)
        .assert()
        .success();
    assert!(desk.read("1/draws.parquet") != desk.read("other/draws.parquet"));
}

#[test]
fn threads_change_nothing_and_no_change_changes_nothing() {
    let desk = Desk::new();
    let file = estimates(&desk, PROPER);
    let run = |threads: &str| {
        let found = desk
            .appraise(&["--no-files", "--estimates", &file, "--draws", "32"])
            .args(["--format", "json", "--threads", threads])
            .assert()
            .success();
        let bytes = found.get_output().stdout.clone();
        let json: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        json["uncertainty"].clone()
    };
    let one = run("1");
    assert_eq!(one.to_string(), run("2").to_string());
    let first = &one["parameters"][0];
    assert_eq!(first["central"], 4.0);
    assert!(
        first["what"]
            .as_str()
            .is_some_and(|w| w.contains("all goods (estimate)"))
    );
    fs::write(
        desk.path().join("none.toml"),
        "name = \"None\"\nworld = \"tiny\"\n",
    )
    .expect("a file");
    let found = desk
        .comity(&["appraise", "none.toml", "--no-files", "--draws", "16"])
        .args(["--estimates", &file, "--format", "json", "--world"])
        .arg(tiny_world())
        .assert()
        .success();
    let json: serde_json::Value = serde_json::from_slice(&found.get_output().stdout).expect("JSON");
    for economy in json["uncertainty"]["economies"].as_array().expect("rows") {
        assert_eq!(economy["low_musd"], 0.0);
        assert_eq!(economy["high_musd"], 0.0);
    }
}
