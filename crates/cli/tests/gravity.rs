//! `comity gravity`: an estimate, its files, estimates side by side, a mistake.

mod common;

use common::Desk;
use predicates::prelude::*;
use predicates::str::contains;

#[test]
fn estimates_and_tables() {
    let desk = Desk::new();
    let data = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/ppmlhdfe_example/trade_fta_total.csv"
    );
    let formula = "trade ~ fta | isoexp^year + isoimp^year + isoexp^isoimp";
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("three-way.json");
    desk.comity(&[])
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
    desk.comity(&[])
        .args(["gravity", "table", "--table", "latex", "--stars"])
        .arg(&out)
        .assert()
        .success()
        .stdout(contains("three-way").and(contains("0.1924***")));
    desk.comity(&[])
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
    let desk = Desk::new();
    let data = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/ppmlhdfe_example/trade_fta_total.csv"
    );
    let formula = "trade ~ fta | isoexp^year + isoimp^year + isoexp^isoimp";
    let fit = |vcov: &str| {
        let mut command = desk.comity(&[]);
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

/// Outcomes, steps and samples in one call give what each gives alone.
#[test]
fn several_at_once() {
    let desk = Desk::new();
    let data = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/ppmlhdfe_example/trade_fta_total.csv"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("steps.json");
    let fit = |formula: &str, more: &[&str]| {
        let mut command = desk.comity(&[]);
        command.args(["gravity", "fit", formula, "--data", data]);
        command.args(more);
        command
    };
    let effects = "isoexp + isoimp";
    let text = out.to_str().expect("UTF-8");
    fit(
        &format!("trade ~ ln_distw + csw0(contig, fta) | {effects}"),
        &["--fsplit", "year", "--out", text],
    )
    .assert()
    .success()
    .stdout(
        contains("(18)")
            .and(contains("year = 2004"))
            .and(contains("all")),
    );
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    let coefficients = |text: &str| -> Vec<(String, f64)> {
        let fit: comity_gravity::Fit = serde_json::from_str(text).expect("an estimate");
        let of = |c: &comity_gravity::Coefficient| (c.name.clone(), c.estimate);
        fit.coefficients.iter().map(of).collect()
    };
    assert_eq!(coefficients(&read("steps-1.json")).len(), 1);
    // The last is of 2004 with all three; the same rows alone give the same bits.
    let last = read("steps-18.json");
    let source = std::fs::read_to_string(data).expect("the data");
    let rows: Vec<&str> = source
        .lines()
        .enumerate()
        .filter(|(at, l)| *at == 0 || l.split(',').nth(3) == Some("2004"))
        .map(|(_, l)| l)
        .collect();
    let alone = folder.path().join("2004.csv");
    std::fs::write(&alone, rows.join("\n") + "\n").expect("a file");
    let single = folder.path().join("single.json");
    desk.comity(&[])
        .args(["gravity", "fit"])
        .arg(format!("trade ~ ln_distw + contig + fta | {effects}"))
        .arg("--data")
        .arg(&alone)
        .arg("--out")
        .arg(&single)
        .assert()
        .success();
    assert_eq!(coefficients(&last), coefficients(&read("single.json")));
    fit("trade ~ fta | isoexp", &["--split", "yaer"])
        .assert()
        .code(2)
        .stderr(contains("no column yaer").and(contains("did you mean year?")));
    fit("c(trade, contig) ~ sw(fta, fat) | isoexp", &[])
        .assert()
        .code(2)
        .stderr(contains("trade ~ fat | isoexp: ").and(contains("there is no column fat")));
}

#[test]
fn bootstrap() {
    let desk = Desk::new();
    let data = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/ppmlhdfe_example/trade_fta_total.csv"
    );
    let fit = |more: &[&str]| {
        let mut command = desk.comity(&[]);
        command.args(["gravity", "fit", "trade ~ fta + ln_distw | isoexp + isoimp"]);
        command.args(["--data", data, "--bootstrap"]).args(more);
        command
    };
    fit(&[
        "score:isoexp",
        "--draws",
        "199",
        "--bootstrap-weights",
        "webb",
    ])
    .assert()
    .success()
    .stdout(
        contains("(1): score bootstrap over 35 isoexp, 199 draws, seed 1.")
            .and(contains("(1): fta p = ")),
    );
    fit(&["wild:isoexp"])
        .assert()
        .code(2)
        .stderr(contains("wild is for least squares"));
}

#[test]
fn subset() {
    let desk = Desk::new();
    let data = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/ppmlhdfe_example/trade_fta_total.csv"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let dropped = folder.path().join("dropped.csv");
    let fit = |more: &[&str]| {
        let mut command = desk.comity(&[]);
        command.args(["gravity", "fit", "trade ~ fta | isoexp + isoimp"]);
        command.args(["--data", data]).args(more);
        command
    };
    // 1,190 pairs in each of five years.
    fit(&["--subset", "year>=2000", "--subset", "fta", "--dropped"])
        .arg(&dropped)
        .assert()
        .success()
        .stdout(
            contains("| Left out: subset    |     3,570 |")
                .and(contains(
                    "subset year >= 2000, which leaves out 3,570 rows.",
                ))
                .and(contains("subset fta, which leaves out 0 rows.")),
        );
    let text = std::fs::read_to_string(&dropped).expect("a file");
    let row = "\"not in the subset: year >= 2000\"";
    assert_eq!(text.lines().filter(|l| l.ends_with(row)).count(), 3570);
    // Levels that the subset leaves are the samples of a split.
    fit(&["--subset", "year != 1988", "--split", "year", "--quiet"])
        .assert()
        .success()
        .stdout(contains("year = 1988").not().and(contains("year = 2004")));
    fit(&["--subset", "yaer>2000", "--subset", "isoexp=AUT"])
        .assert()
        .code(2)
        .stderr(contains("no column yaer (did you mean year?)"));
    fit(&["--subset", "year=>2000"])
        .assert()
        .code(2)
        .stderr(contains(
            "the condition \"year=>2000\" does not parse: signs are",
        ));
}
