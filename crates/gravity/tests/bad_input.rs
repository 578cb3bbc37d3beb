//! Mistakes are named, all at once, with what would have been right.

mod common;

use comity_gravity::{
    Correction, Covariance, Family, Formula, Frame, GravityError, estimate, parse_expression,
};
use common::model;

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

fn message(formula: &str, family: Family, table: &str) -> String {
    let frame = Frame::from_csv(table).unwrap();
    match estimate(&model(formula, family), &frame) {
        Ok(_) => panic!("{formula} was estimated"),
        Err(e) => e.to_string(),
    }
}

#[test]
fn a_formula_points_at_the_place() {
    for (formula, at, what) in [
        (
            "trade ~ rta | exporter +",
            24,
            "expected a column, found the end",
        ),
        ("trade rta", 6, "expected ~, found rta"),
        ("trade ~ lg(dist)", 8, "there is no function lg"),
        ("trade ~ log(dist", 16, "expected ), found the end"),
        ("trade ~ rta | a | b", 19, "expected ~, found the end"),
        ("trade ~ rta - dist", 14, "only the intercept"),
        ("trade ~ 3x", 8, "3x is not a number"),
        ("trade ~ rta ; dist", 12, "has no meaning"),
        ("trade ~ i(year, ref = +)", 22, "expected a level"),
    ] {
        match Formula::parse(formula) {
            Err(GravityError::Formula {
                at: found, message, ..
            }) => {
                assert_eq!(found, at, "{formula}: {message}");
                assert!(message.contains(what), "{formula}: {message}");
            }
            other => panic!("{formula}: {other:?}"),
        }
    }
    let shown = Formula::parse("trade ~ lg(dist)").unwrap_err().to_string();
    assert!(
        shown.contains("\n  trade ~ lg(dist)\n          ^"),
        "{shown}"
    );
    assert!(shown.contains("did you mean log"), "{shown}");
}

#[test]
fn every_unknown_column_is_named_with_the_closest() {
    let error = message(
        "trade ~ rtas + dits | exporter^yaer",
        Family::Poisson,
        TABLE,
    );
    for part in [
        "no column rtas",
        "rta",
        "no column dits",
        "dist",
        "no column yaer",
        "year",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
    assert!(error.starts_with("3 problems"), "{error}");
    let error = message("trade ~ rat", Family::Poisson, TABLE);
    assert!(error.contains("did you mean rta?"), "{error}");
}

#[test]
fn text_where_numbers_belong() {
    let error = message("trade ~ note | exporter", Family::Poisson, TABLE);
    assert!(
        error.contains("note must be numbers, but 8 rows have text, first row 1: \"x\""),
        "{error}"
    );
    assert!(error.contains("i(note)"), "{error}");
}

#[test]
fn negative_outcomes() {
    let error = message("I(trade - 4) ~ rta", Family::Poisson, TABLE);
    assert!(
        error.contains("negative in 4 rows (first in row 2: -1)"),
        "{error}"
    );
}

#[test]
fn missing_values_are_counted_by_column() {
    let table = TABLE
        .replace("3,1,20,A", "NA,1,.,A")
        .replace("2,0,20,C", "2,,20,C");
    let frame = Frame::from_csv(&table).unwrap();
    let e = estimate(&model("trade ~ rta + log(dist)", Family::Poisson), &frame).unwrap();
    let fit = e.fit(&frame, &Covariance::Hc1, Correction::Fixest).unwrap();
    assert_eq!(
        (fit.sample.read, fit.sample.used, fit.sample.missing),
        (8, 6, 2)
    );
    let counts: Vec<(&str, usize)> = fit
        .sample
        .missing_by_column
        .iter()
        .map(|(k, v)| (k.as_str(), *v))
        .collect();
    assert_eq!(counts, [("log(dist)", 1), ("rta", 1), ("trade", 1)]);
    let rows: Vec<usize> = e.dropped_rows().iter().map(|d| d.row).collect();
    assert_eq!(rows, [2, 5]);
    // The logarithm of zero is missing in least squares.
    let e = estimate(&model("log(trade) ~ rta", Family::Ols), &frame).unwrap();
    assert_eq!(e.rows(), 5);
}

#[test]
fn regressors_without_variation_go_with_their_reason() {
    let frame = Frame::from_csv(TABLE).unwrap();
    let e = estimate(
        &model(
            "trade ~ rta + I(2 * rta + 1) + dist + i(exporter, ref = A) + I(rta * 0) | exporter",
            Family::Poisson,
        ),
        &frame,
    )
    .unwrap();
    let fit = e.fit(&frame, &Covariance::Iid, Correction::None).unwrap();
    let reasons: Vec<String> = fit
        .dropped_regressors
        .iter()
        .map(|d| format!("{}: {}", d.name, d.reason))
        .collect();
    assert_eq!(
        reasons,
        [
            "I((2 * rta) + 1): collinear with rta, the fixed effects",
            "exporter::B: collinear with the fixed effects",
            "exporter::C: collinear with the fixed effects",
            "I(rta * 0): constant in the sample",
        ]
    );
    assert_eq!(e.names(), ["rta", "dist"]);
}

#[test]
fn an_effect_with_one_level_is_an_intercept() {
    let table = TABLE.replace("2000", "2001");
    let frame = Frame::from_csv(&table).unwrap();
    let with = estimate(&model("trade ~ rta | year", Family::Poisson), &frame).unwrap();
    let without = estimate(&model("trade ~ rta", Family::Poisson), &frame).unwrap();
    assert_eq!(with.names(), ["rta"]);
    assert!((with.coefficients()[0] - without.coefficients()[1]).abs() < 1e-12);
}

#[test]
fn nothing_left_and_too_many_parameters() {
    let zeros = "y,x,g\n0,1,a\n0,2,b\n0,3,b\n";
    let error = message("y ~ x | g", Family::Poisson, zeros);
    assert!(error.contains("y is zero in every row"), "{error}");
    let alone = "y,x,g\n1,1,a\n2,2,b\n3,3,c\n";
    let error = message("y ~ x | g", Family::Ols, alone);
    assert!(
        error.contains("of 3 rows, 3 alone in their level of g"),
        "{error}"
    );
    let error = message("y ~ x + I(x^2) + I(x^3) + log(x)", Family::Ols, alone);
    assert!(
        error.contains("more parameters than rows: 5 regressors and 3 rows"),
        "{error}"
    );
    let error = message("y ~ x", Family::Ols, "y,x\n");
    assert!(error.contains("no rows"), "{error}");
}

#[test]
fn weights_and_covariances() {
    let frame = Frame::from_csv(TABLE).unwrap();
    let mut m = model("trade ~ rta", Family::Poisson);
    m.weights = Some(parse_expression("rta - 0.5").unwrap());
    let error = estimate(&m, &frame).err().unwrap().to_string();
    assert!(error.contains("negative in row 1: -0.5"), "{error}");
    let e = estimate(&model("trade ~ rta", Family::Poisson), &frame).unwrap();
    let covariance = |kind: &str| {
        Covariance::parse(kind)
            .and_then(|k| e.covariance(&frame, &k, Correction::Fixest))
            .map(|_| ())
            .map_err(|e| e.to_string())
    };
    let error = covariance("cluster:exportr").unwrap_err();
    assert!(error.contains("did you mean exporter"), "{error}");
    let error = covariance("newey-west:exporter,year,1").unwrap_err();
    assert!(error.contains("several rows in period"), "{error}");
    let error = covariance("clusters:exporter").unwrap_err();
    assert!(error.contains("cluster:a^b+c"), "{error}");
    assert!(Correction::parse("reghdf").is_err());
    let error = e
        .fit(&frame, &Covariance::Hc1, Correction::Fixest)
        .unwrap()
        .test(&[("rtaa", 0.0)]);
    assert!(error.unwrap_err().to_string().contains("did you mean rta?"));
}

#[test]
fn files_that_are_no_tables() {
    let error = Frame::read("nowhere.csv".as_ref(), None).unwrap_err();
    assert!(error.to_string().starts_with("nowhere.csv"), "{error}");
    let error = Frame::read("data.xlsx".as_ref(), None).unwrap_err();
    assert!(
        error.to_string().contains("must end in .parquet"),
        "{error}"
    );
    assert!(Frame::from_csv("a,a\n1,2\n").is_err());
}

/// Not converged is an error that says where.
#[test]
fn not_converged_is_an_error() {
    let frame = Frame::from_csv(TABLE).unwrap();
    let mut m = model("trade ~ rta + log(dist)", Family::Poisson);
    m.settings.max_iterations = 1;
    m.settings.check_separation = false;
    match estimate(&m, &frame).err() {
        Some(GravityError::NotConverged {
            iterations,
            diagnosis,
            trace,
            ..
        }) => {
            assert_eq!(iterations, 1);
            assert_eq!(trace.len(), 1);
            assert!(
                diagnosis.contains("first-order condition of"),
                "{diagnosis}"
            );
        }
        other => panic!("{other:?}"),
    }
}
