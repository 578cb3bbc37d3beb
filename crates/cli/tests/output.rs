//! Where results go: folders, stdout and stderr.

mod common;

use common::{Desk, FILES, tiny_world};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use std::fs;

#[test]
fn a_fresh_folder_gets_all_files_and_no_others() {
    let desk = Desk::new();
    desk.appraise(&["--out", "a/b/results"])
        .assert()
        .success()
        .stdout(contains("A short cut"))
        .stderr(contains("wrote a/b/results/report.html"));
    assert_eq!(desk.names("a/b/results"), FILES);
    assert_eq!(desk.names("a/b"), ["results"]);
    assert_eq!(desk.names(""), ["a"]);
}

#[test]
fn without_a_folder_results_go_to_out() {
    let desk = Desk::new();
    desk.appraise(&[]).assert().success();
    assert_eq!(desk.names("out"), ["short-cut"]);
    assert_eq!(desk.names("out/short-cut"), FILES);
}

#[test]
fn an_empty_folder_is_a_fresh_one() {
    let desk = Desk::new();
    fs::create_dir(desk.path().join("results")).expect("a folder");
    desk.appraise(&["--out", "results"]).assert().success();
    assert_eq!(desk.names("results"), FILES);
    assert_eq!(desk.names(""), ["results"]);
}

#[test]
fn our_own_folder_is_overwritten_quietly() {
    let desk = Desk::new();
    desk.appraise(&["--out", "results"]).assert().success();
    let before = desk.read("results/economies.csv");
    let text = fs::read_to_string(desk.scenario()).expect("the scenario");
    fs::write(desk.scenario(), text.replace("km = 560", "km = 600")).expect("another scenario");
    desk.appraise(&["--out", "results", "-q"])
        .assert()
        .success()
        .stderr("");
    assert_ne!(before, desk.read("results/economies.csv"));
    assert_eq!(desk.names("results"), FILES);
    assert_eq!(desk.names(""), ["results"]);
}

/// Refused before the work, whether there is no manifest or that of another program.
#[test]
fn a_foreign_folder_is_left_alone() {
    for (file, text) in [
        ("notes.txt", "mine"),
        ("manifest.json", "{\"name\": \"a web page\"}"),
    ] {
        let desk = Desk::new();
        let folder = desk.path().join("results");
        fs::create_dir(&folder).expect("a folder");
        fs::write(folder.join(file), text).expect("a file");
        desk.appraise(&["--out", "results"])
            .assert()
            .code(2)
            .stdout("")
            .stderr(
                contains("results exists and was not written by comity").and(contains("force")),
            );
        assert_eq!(desk.names("results"), [file]);
        assert_eq!(desk.read(&format!("results/{file}")), text.as_bytes());
        assert_eq!(desk.names(""), ["results"]);
    }
}

#[test]
fn force_writes_beside_what_is_there() {
    let desk = Desk::new();
    let folder = desk.path().join("results");
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("notes.txt"), "mine").expect("a file");
    desk.appraise(&["--out", "results", "--force"])
        .assert()
        .success();
    assert_eq!(desk.read("results/notes.txt"), b"mine");
    let mut expected = FILES.to_vec();
    expected.push("notes.txt");
    expected.sort_unstable();
    assert_eq!(desk.names("results"), expected);
    assert_eq!(desk.names(""), ["results"]);
}

#[test]
fn a_file_is_no_folder() {
    let desk = Desk::new();
    fs::write(desk.path().join("results"), "mine").expect("a file");
    desk.appraise(&["--out", "results", "--force"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("results exists and is not a folder"));
    assert_eq!(desk.read("results"), b"mine");
}

/// A run that cannot finish leaves no temporary folder and no half of its results.
#[test]
fn a_failing_run_leaves_nothing() {
    // The parent of the folder is a file.
    let desk = Desk::new();
    fs::write(desk.path().join("taken"), "mine").expect("a file");
    desk.appraise(&["--out", "taken/results"]).assert().code(2);
    assert_eq!(desk.names(""), ["taken"]);

    // A folder has the name of the first file to be moved into place.
    let desk = Desk::new();
    let in_the_way = desk.path().join("results/report.html/inner");
    fs::create_dir_all(&in_the_way).expect("a folder");
    desk.appraise(&["--out", "results", "--force"])
        .assert()
        .code(2)
        .stderr(contains("report.html"));
    assert_eq!(desk.names("results"), ["report.html"]);
    assert_eq!(desk.names("results/report.html"), ["inner"]);
    assert_eq!(desk.names(""), ["results"]);

    // The scenario has a mistake.
    let desk = Desk::new();
    let text = fs::read_to_string(desk.scenario()).expect("the scenario");
    fs::write(desk.scenario(), text.replace("Beta City", "Beta Citty")).expect("a scenario");
    desk.appraise(&["--out", "results"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("Beta City"));
    assert_eq!(desk.names(""), [""; 0]);
}

#[test]
fn no_files_means_none() {
    let desk = Desk::new();
    desk.appraise(&["--no-files"]).assert().success();
    assert_eq!(desk.names(""), [""; 0]);
}

/// With `--format json`, stdout is one JSON value and nothing else, however talkative stderr is.
#[test]
fn json_is_alone_on_stdout() {
    let desk = Desk::new();
    let json = |mut command: assert_cmd::Command| -> serde_json::Value {
        let output = command.args(["--format", "json", "-v"]).assert().success();
        serde_json::from_slice(&output.get_output().stdout).expect("JSON and nothing else")
    };
    let outcome = json(desk.appraise(&["--out", "results"]));
    assert_eq!(outcome["scenario"]["id"], "short-cut");
    assert_eq!(outcome["economies"].as_array().map(Vec::len), Some(3));
    let times = json(desk.in_tiny(&["times", "--from", "Alphaport", "--to", "Beta City"]));
    assert!(times["journeys"].is_array());
    let trade = json(desk.in_tiny(&["trade"]));
    assert!(trade["lines"].is_array());
    let tiny = tiny_world();
    let tiny = tiny.to_str().expect("a path in UTF-8");
    let world = json(desk.comity(&["world", "show", tiny]));
    assert_eq!(world["counts"]["economies"], 3);
    assert_eq!(json(desk.comity(&["world", "check", tiny]))["valid"], true);
    assert!(json(desk.comity(&["world", "list"])).is_array());
    assert!(json(desk.comity(&["scenario", "list"])).is_array());
    assert!(json(desk.comity(&["scenario", "schema"])).is_object());
    let scenario = desk.scenario().to_str().expect("a path in UTF-8");
    json(desk.in_tiny(&["scenario", "check", scenario]));
}

#[test]
fn quiet_is_silent_on_stderr() {
    let desk = Desk::new();
    desk.appraise(&["-q"])
        .assert()
        .success()
        .stdout(contains("A short cut"))
        .stderr("");
    desk.in_tiny(&["times", "--from", "Alphaport", "--to", "Beta City", "-q"])
        .assert()
        .success()
        .stderr("");
    // Errors are said all the same.
    desk.in_tiny(&["trade", "--economy", "XAB", "-q"])
        .assert()
        .code(2)
        .stderr(contains("XAA"));
}

/// The same bytes whatever the number of threads. Only the report and the manifest hold timings.
#[test]
fn results_do_not_depend_on_threads() {
    let desk = Desk::new();
    for threads in ["1", "2", "5"] {
        desk.appraise(&["--threads", threads, "--out", threads])
            .assert()
            .success();
    }
    for file in [
        "economies.csv",
        "pairs.parquet",
        "places.parquet",
        "journeys.geojson",
    ] {
        let one = desk.read(&format!("1/{file}"));
        assert!(!one.is_empty());
        for threads in ["2", "5"] {
            assert!(
                one == desk.read(&format!("{threads}/{file}")),
                "{file}, {threads} threads"
            );
        }
    }
}

#[test]
fn unknown_names_get_a_suggestion() {
    let desk = Desk::new();
    let refused = |mut command: assert_cmd::Command, given: &str, meant: &str| {
        command
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains(format!("\"{given}\"; did you mean {meant}")));
    };
    let times = ["times", "--from", "Alphaport", "--to"];
    refused(
        desk.comity(&["appraise", "cku-railwy"]),
        "cku-railwy",
        "cku-railway?",
    );
    refused(
        desk.comity(&["scenario", "check", "suez-close"]),
        "suez-close",
        "suez-closed?",
    );
    refused(
        desk.comity(&["world", "check", "eurasai"]),
        "eurasai",
        "eurasia?",
    );
    refused(
        desk.comity(&["trade", "--world", "eurasai"]),
        "eurasai",
        "eurasia?",
    );
    refused(
        desk.in_tiny(&[&times[..], &["Betahil"]].concat()),
        "Betahil",
        "Betahill?",
    );
    refused(
        desk.in_tiny(&["times", "--from", "Alfaport", "--to", "Betahill"]),
        "Alfaport",
        "Alphaport?",
    );
    refused(
        desk.in_tiny(&[&times[..], &["Betahill", "--mode", "rial"]].concat()),
        "rial",
        "rail?",
    );
    refused(
        desk.in_tiny(&[&times[..], &["Betahill", "--class", "bulky"]].concat()),
        "bulky",
        "bulk?",
    );
    refused(desk.in_tiny(&["trade", "--economy", "XAC"]), "XAC", "XAA");
    refused(
        desk.in_tiny(&["trade", "--bloc", "Aliance"]),
        "Aliance",
        "Alliance?",
    );
    refused(
        desk.in_tiny(&["trade", "--tier", "memebr"]),
        "memebr",
        "member?",
    );
    // Two places share a name.
    desk.in_tiny(&[&times[..], &["Twin"]].concat())
        .assert()
        .code(2)
        .stderr(contains("\"Twin, XAA\"").and(contains("\"Twin, XBB\"")));
    assert_eq!(desk.names(""), [""; 0]);
}

#[test]
fn solve_writes_its_tables_and_finds_nothing_where_nothing_changes() {
    let desk = Desk::new();
    let scenario = desk.path().join("free.toml");
    std::fs::write(
        &scenario,
        "name = \"Free\"\nworld = \"tiny\"\n[[modification]]\ntype = \"tariff\"\nbetween = \"Alliance\"\nto = 0\n",
    )
    .expect("written");
    let world = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/tiny_world"
    );
    let run = |scenario: &std::path::Path, more: &[&str]| {
        let mut command = desk.comity(&["solve", "--scenario"]);
        command.arg(scenario).args(["--world", world]).args(more);
        command.assert().success().get_output().clone()
    };
    run(&scenario, &["--out", "free", "-q"]);
    for file in [
        "economies.csv",
        "sectors.csv",
        "trade.parquet",
        "manifest.json",
    ] {
        assert!(desk.path().join("free").join(file).is_file(), "{file}");
    }
    let found: serde_json::Value =
        serde_json::from_slice(&run(&scenario, &["--no-files", "--format", "json", "-q"]).stdout)
            .expect("JSON");
    assert_eq!(found["journeys_searched"], false);
    for economy in found["economies"].as_array().expect("a list") {
        let number = |key: &str| economy[key].as_f64().expect(key);
        let parts = number("source_real_wage_percent")
            + number("source_tariff_revenue_percent")
            + number("source_trade_balance_percent")
            + number("source_project_tax_percent");
        // The split by source is an identity: rounding alone.
        assert!((parts - number("real_income_change_percent")).abs() < 1e-10);
    }
    let still = desk.path().join("still.toml");
    std::fs::write(&still, "name = \"Still\"\nworld = \"tiny\"\n").expect("written");
    let found: serde_json::Value =
        serde_json::from_slice(&run(&still, &["--no-files", "--format", "json", "-q"]).stdout)
            .expect("JSON");
    for economy in found["economies"].as_array().expect("a list") {
        assert_eq!(economy["real_income_change_percent"], 0.0);
    }
}
