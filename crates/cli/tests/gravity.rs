//! `comity gravity`: an estimate, its files, estimates side by side, a mistake.

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

fn comity() -> Command {
    Command::cargo_bin("comity").expect("the command was built")
}

#[test]
fn estimates_and_tables() {
    let data = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/ppmlhdfe_example/trade_fta_total.csv"
    );
    let formula = "trade ~ fta | isoexp^year + isoimp^year + isoexp^isoimp";
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("three-way.json");
    comity()
        .args(["gravity", "fit", formula, "--data", data])
        .args([
            "--vcov",
            "cluster:isoexp^isoimp",
            "--correction",
            "ppmlhdfe",
        ])
        .arg("--out")
        .arg(&out)
        .assert()
        .success()
        // What ppmlhdfe prints, to four digits.
        .stdout(
            contains("0.1924")
                .and(contains("(0.04195)"))
                .and(contains("5,950")),
        );
    comity()
        .args(["gravity", "table", "--table", "latex", "--stars"])
        .arg(&out)
        .assert()
        .success()
        .stdout(contains("three-way").and(contains("0.1924***")));
    comity()
        .args([
            "gravity",
            "fit",
            "trade ~ fat | isoexp^year",
            "--data",
            data,
        ])
        .assert()
        .code(2)
        .stderr(contains("there is no column fat").and(contains("did you mean fta?")));
}

#[test]
fn bias_correction() {
    let data = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/ppmlhdfe_example/trade_fta_total.csv"
    );
    let formula = "trade ~ fta | isoexp^year + isoimp^year + isoexp^isoimp";
    let fit = |vcov: &str| {
        let mut command = comity();
        command.args(["gravity", "fit", formula, "--data", data, "--vcov", vcov]);
        command.arg("--bias-correction");
        command
    };
    fit("cluster:isoexp^isoimp")
        .assert()
        .success()
        .stdout(contains("fta before the correction 0.1924 (0.04195)"));
    fit("hc1")
        .assert()
        .code(2)
        .stderr(contains("--vcov cluster:exporter^importer"));
}
