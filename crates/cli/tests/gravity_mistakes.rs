//! What `comity gravity fit` says of requests and data that do not fit.

mod common;

use common::Desk;
use predicates::prelude::*;
use predicates::str::contains;
use std::fs;

const TABLE: &str = "\
trade,rta,dist,exporter,importer,year,note
5,0,10,A,B,2000,x
3,1,20,A,C,2000,y
0,0,30,B,A,2000,x
8,1,10,B,C,2001,y
2,0,20,C,A,2001,x
4,1,35,C,B,2001,y
6,0,12,A,B,2001,x
1,1,22,B,A,2001,y
";

/// `comity gravity fit` of a table in t.csv.
fn fit(table: &str, formula: &str, more: &[&str]) -> assert_cmd::assert::Assert {
    let desk = Desk::new();
    fs::write(desk.path().join("t.csv"), table).expect("a table");
    let mut command = desk.comity(&["gravity", "fit", formula, "--data", "t.csv"]);
    command.args(more).assert()
}

/// It is the user's mistake, and the message holds all of these.
#[track_caller]
fn refused(table: &str, formula: &str, more: &[&str], parts: &[&str]) {
    let found = fit(table, formula, more).code(2).stdout("");
    let said = String::from_utf8(found.get_output().stderr.clone()).expect("text");
    for part in parts {
        assert!(said.contains(part), "{part}\nis not in\n{said}");
    }
}

#[test]
fn negative_outcomes() {
    let negative = TABLE.replace("\n8,1,10", "\n-8,1,10");
    let said = "t.csv: trade is negative in 1 row (first in row 4: -8)";
    refused(&negative, "trade ~ rta | exporter", &[], &[said]);
    let said = "t.csv: trade is negative in 1 row (first in row 4: -8)";
    let family = ["--family", "gaussian-log"];
    refused(&negative, "trade ~ rta | exporter", &family, &[said]);
    let said = "trade is not positive in 1 row (first in row 3: 0)";
    refused(
        TABLE,
        "trade ~ rta",
        &["--family", "gamma"],
        &["t.csv", said],
    );
    // Least squares takes them.
    fit(&negative, "trade ~ rta | exporter", &["--family", "ols"]).success();
}

#[test]
fn missing_values_are_counted_and_listed() {
    let missing = TABLE
        .replace("\n3,1,20,A", "\nNA,1,.,A")
        .replace("\n2,0,20,C", "\n2,,20,C");
    fit(&missing, "trade ~ rta + log(dist)", &[])
        .success()
        .stdout(
            contains("| Dropped: missing    |        2 |")
                .and(contains("(1): trade missing in 1 row."))
                .and(contains("(1): log(dist) missing in 1 row."))
                .and(contains("(1): rta missing in 1 row.")),
        );
    let none = "y,x,w\n1,,1\n2,,1\n,3,0\n4,4,0\n";
    refused(
        none,
        "y ~ x",
        &["--weights", "w"],
        &[
            "t.csv: no rows left to estimate from: of 4 rows, 3 with a missing value, 1 with a \
             weight of zero, x is missing in 2, y is missing in 1",
        ],
    );
}

#[test]
fn effects_and_regressors_without_variation_are_named() {
    let one = TABLE.replace(",2000,", ",2001,");
    fit(&one, "trade ~ rta | year", &[])
        .success()
        .stdout(contains(
            "(1): year has one level, so its effect is a constant.",
        ));
    fit(
        TABLE,
        "trade ~ rta + i(exporter) + I(rta*0) | exporter",
        &[],
    )
    .success()
    .stdout(
        contains("exporter::A dropped: collinear with the fixed effects.")
            .and(contains("dropped: constant in the sample."))
            .and(contains("has one level").not()),
    );
}

#[test]
fn unknown_columns() {
    refused(
        TABLE,
        "trade ~ rtaa + dits | exporter^yaer",
        &["--vcov", "cluster:exportr"],
        &[
            "t.csv: 4 problems:",
            "there is no column rtaa\n    trade ~ rtaa + dits | exporter^yaer\n            ^ \
             (did you mean rta?)",
            "(did you mean dist?)",
            "(did you mean year?)",
            "there is no column exportr (did you mean exporter, importer?)",
        ],
    );
    // Where nothing is close, all there is.
    refused(
        TABLE,
        "trade ~ rta",
        &["--weights", "qqq"],
        &["no column qqq (there are trade, rta, dist, exporter, importer, year, note)"],
    );
    refused(
        TABLE,
        "trade ~ rta",
        &["--split", "yeer"],
        &["did you mean year?"],
    );
}

#[test]
fn text_where_numbers_belong() {
    let text = TABLE.replace("\n4,1,35", "\nfour,1,35");
    refused(
        &text,
        "trade ~ rta",
        &[],
        &[
            "t.csv: 1 problem:\n  trade must be numbers, but row 6 has the text \"four\" (put a \
             number there, or nothing where it is not known)",
        ],
    );
    refused(
        &text,
        "trade ~ note | exporter[importer]",
        &[],
        &[
            "t.csv: 3 problems:",
            "note must be numbers, but 8 rows have text, first row 1: \"x\" (use i(note) for \
             indicators of its levels)",
            "importer must be numbers, but 8 rows have text, first row 1: \"B\"\n",
        ],
    );
}

#[test]
fn more_parameters_than_rows() {
    let few = "y,x,z,w,g\n1,1,2,9,a\n2,2,7,1,b\n3,5,4,3,a\n";
    refused(
        few,
        "y ~ x + z + w + log(x)",
        &[],
        &["t.csv: more parameters than rows: 5 regressors and 3 rows"],
    );
    refused(
        few,
        "y ~ x + z | g",
        &["--keep-singletons"],
        &["3 parameters (regressors, and levels of effects) leave no degree of freedom in 3 rows"],
    );
}

#[test]
fn formulas_that_do_not_parse_point_at_the_place() {
    for (formula, parts) in [
        (
            "trade ~ rta | exporter +",
            [
                "expected a column, found the end",
                "\n                          ^",
            ],
        ),
        ("trade rta", ["expected ~, found rta", "\n        ^"]),
        (
            "trade ~ log(dist",
            ["expected ), found the end", "\n                  ^"],
        ),
        (
            "trade ~ lg(dist)",
            ["there is no function lg", "did you mean log"],
        ),
        (
            "trade ~ rta ; dist",
            ["; has no meaning here", "\n              ^"],
        ),
        (
            "trade ~ rta || year",
            ["expected a column, found |", "\n               ^"],
        ),
        (
            " ",
            [
                "it is empty",
                "a formula is outcome ~ regressors | fixed effects",
            ],
        ),
    ] {
        let mut all = vec!["the formula does not parse: "];
        all.extend(parts);
        refused(TABLE, formula, &[], &all);
    }
}

#[test]
fn nothing_left_after_pruning() {
    let alone = "y,x,g,h\n1,1,a,k\n2,2,b,k\n0,3,c,k\n0,4,c,m\n";
    refused(
        alone,
        "y ~ x | g",
        &[],
        &[
            "t.csv: no rows left to estimate from: of 4 rows, 2 alone in their level of g, 2 where \
             all outcomes are zero in the level of g",
        ],
    );
    refused(
        "y,x\n",
        "y ~ x",
        &[],
        &["t.csv: 1 problem:\n  the table has no rows"],
    );
    let zeros = "y,x\n0,1\n0,2\n";
    refused(zeros, "y ~ x", &[], &["y is zero in every row"]);
}

#[test]
fn options_that_are_none() {
    let vcov = |kind: &str, parts: &[&str]| {
        refused(TABLE, "trade ~ rta", &["--vcov", kind], parts);
    };
    vcov(
        "clstr:exporter",
        &["clstr:exporter", "did you mean cluster?"],
    );
    vcov("qqq", &["give iid, hc0, hc1, cluster:a^b+c"]);
    vcov("dyadic:exporter", &["dyadic:exporter,importer"]);
    refused(
        TABLE,
        "trade ~ rta",
        &["--correction", "reghdf"],
        &["there is no correction reghdf; did you mean reghdfe?"],
    );
    refused(
        TABLE,
        "trade ~ rta",
        &["--weights", "rta - 0.5"],
        &["t.csv: 1 problem:\n  the weight rta - 0.5 is negative in row 1: -0.5"],
    );
}

#[test]
fn files_that_are_no_tables() {
    let ragged = "y,x\n1,2\n3\n";
    refused(
        ragged,
        "y ~ x",
        &[],
        &["t.csv: line 3 has 1 instead of 2 cells"],
    );
    let desk = Desk::new();
    fs::write(desk.path().join("t.parquet"), "no Parquet").expect("a file");
    for (data, said) in [
        ("nowhere.csv", "nowhere.csv: No such file"),
        ("t.parquet", "t.parquet: "),
        (
            "t.xlsx",
            "t.xlsx: the name must end in .parquet, .csv, .tsv or .txt",
        ),
    ] {
        desk.comity(&["gravity", "fit", "y ~ x", "--data", data])
            .assert()
            .code(2)
            .stderr(contains(said));
    }
}
