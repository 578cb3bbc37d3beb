//! fixest's trade data: 38,325 rows of EU trade, up to four fixed effects.
//!
//! Tolerances: 1e-8 relative on coefficients and 1e-7 on standard errors. fixest was
//! run with glm.tol 1e-12 and fixef.tol 1e-10, which bounds what can be compared.

mod common;

use comity_gravity::{Correction, Estimate, Family, Frame};
use common::{close, coefficient, error, frame, json, number, run};
use serde_json::Value;

const B: f64 = 1e-8;
const SE: f64 = 1e-7;

fn check_errors(
    e: &Estimate,
    frame: &Frame,
    expected: &Value,
    names: &[&str],
    labels: &[(&str, &str, Correction)],
) {
    for &(label, kind, correction) in labels {
        for name in names {
            let wanted = &expected["se"][label][*name];
            let key = if *name == "log(dist_km)" {
                "ldist"
            } else {
                name
            };
            let wanted = if wanted.is_null() {
                &expected["se"][label][key]
            } else {
                wanted
            };
            close(
                &format!("{label} error of {name}"),
                error(e, frame, kind, correction, name),
                number(wanted),
                SE,
            );
        }
    }
}

const FIXEST: Correction = Correction::Fixest;

fn usual() -> Vec<(&'static str, &'static str, Correction)> {
    vec![
        ("iid", "iid", FIXEST),
        ("hetero", "hc1", FIXEST),
        ("cl_origin", "cluster:Origin", FIXEST),
        ("cl_product", "cluster:Product", FIXEST),
        ("twoway", "cluster:Origin+Destination", FIXEST),
        ("threeway", "cluster:Origin+Destination+Product", FIXEST),
        ("cl_pair", "cluster:Origin^Destination", FIXEST),
        ("cl_origin_noadj", "cluster:Origin", Correction::None),
    ]
}

fn check_fit(e: &Estimate, frame: &Frame, expected: &Value) {
    let fit = e
        .fit(frame, &comity_gravity::Covariance::Iid, FIXEST)
        .unwrap();
    assert_eq!(fit.sample.used as f64, number(&expected["nobs"]));
    close(
        "log-likelihood",
        fit.statistics.log_likelihood,
        number(&expected["loglik"]),
        1e-11,
    );
    close(
        "deviance",
        fit.statistics.deviance,
        number(&expected["deviance"]),
        1e-10,
    );
    let fitstat = &expected["fitstat"];
    close(
        "pseudo-R²",
        fit.statistics.pseudo_r2,
        number(&fitstat["pr2"]),
        1e-10,
    );
    close(
        "squared correlation",
        fit.statistics.squared_correlation,
        number(&fitstat["sq.cor"]),
        1e-8,
    );
    close("BIC", fit.statistics.bic, number(&fitstat["bic"]), 1e-11);
    if let Some(r2) = fit.statistics.r2 {
        close("R²", r2, number(&fitstat["r2"]), 1e-10);
        close(
            "adjusted R²",
            fit.statistics.adjusted_r2.unwrap(),
            number(&fitstat["ar2"]),
            1e-10,
        );
    }
    if let Some(r2) = fit.statistics.within_r2 {
        close("within R²", r2, number(&fitstat["wr2"]), 1e-10);
        close(
            "adjusted within R²",
            fit.statistics.adjusted_within_r2.unwrap(),
            number(&fitstat["war2"]),
            1e-10,
        );
    }
    if let Some(sizes) = expected["fixef_sizes"].as_object() {
        for effect in &fit.effects {
            assert_eq!(
                effect.levels as f64,
                number(&sizes[&effect.name]),
                "{}",
                effect.name
            );
        }
    }
    assert!(fit.convergence.first_order_error < 1e-9);
}

#[test]
fn poisson_with_four_effects() {
    let frame = frame("fixest_trade/trade.csv");
    let expected = &json("fixest_trade/expected.json")["pois_4fe"];
    let e = run(
        "Euros ~ log(dist_km) | Origin + Destination + Product + Year",
        Family::Poisson,
        &frame,
    );
    close(
        "ldist",
        coefficient(&e, "log(dist_km)"),
        number(&expected["coef"]["ldist"]),
        B,
    );
    let mut kinds = usual();
    kinds.push(("fourway", "cluster:Origin+Destination+Product+Year", FIXEST));
    check_errors(&e, &frame, expected, &["log(dist_km)"], &kinds);
    check_fit(&e, &frame, expected);
}

#[test]
fn least_squares_with_four_effects() {
    let frame = frame("fixest_trade/trade.csv");
    let expected = &json("fixest_trade/expected.json")["ols_4fe"];
    let e = run(
        "log(Euros) ~ log(dist_km) | Origin + Destination + Product + Year",
        Family::Ols,
        &frame,
    );
    close(
        "ldist",
        coefficient(&e, "log(dist_km)"),
        number(&expected["coef"]["ldist"]),
        B,
    );
    let mut kinds = usual();
    kinds.push(("fourway", "cluster:Origin+Destination+Product+Year", FIXEST));
    check_errors(&e, &frame, expected, &["log(dist_km)"], &kinds);
    check_fit(&e, &frame, expected);
}

#[test]
fn without_fixed_effects() {
    let frame = frame("fixest_trade/trade.csv");
    let all = json("fixest_trade/expected.json");
    for (case, formula, family) in [
        ("pois_nofe", "Euros ~ log(dist_km)", Family::Poisson),
        ("ols_nofe", "log(Euros) ~ log(dist_km)", Family::Ols),
    ] {
        let expected = &all[case];
        let e = run(formula, family, &frame);
        for (name, key) in [("(Intercept)", "(Intercept)"), ("log(dist_km)", "ldist")] {
            close(
                name,
                coefficient(&e, name),
                number(&expected["coef"][key]),
                B,
            );
        }
        check_errors(
            &e,
            &frame,
            expected,
            &["(Intercept)", "log(dist_km)"],
            &usual(),
        );
        check_fit(&e, &frame, expected);
    }
}

#[test]
fn one_effect_after_the_other() {
    let frame = frame("fixest_trade/trade.csv");
    let all = json("fixest_trade/expected.json");
    let effects = ["Year", "Destination", "Origin", "Product"];
    for count in 1..=4 {
        let expected = &all[format!("pois_step{count}")];
        let formula = format!("Euros ~ log(dist_km) | {}", effects[..count].join(" + "));
        let e = run(&formula, Family::Poisson, &frame);
        close(
            &formula,
            coefficient(&e, "log(dist_km)"),
            number(&expected["coef"]["ldist"]),
            B,
        );
        check_errors(
            &e,
            &frame,
            expected,
            &["log(dist_km)"],
            &[("iid", "iid", FIXEST)],
        );
        check_fit(&e, &frame, expected);
    }
}

#[test]
fn interacted_effects() {
    let frame = frame("fixest_trade/trade.csv");
    let expected = &json("fixest_trade/expected.json")["pois_int"];
    let e = run(
        "Euros ~ log(dist_km) | Origin^Year + Destination^Year + Product",
        Family::Poisson,
        &frame,
    );
    close(
        "ldist",
        coefficient(&e, "log(dist_km)"),
        number(&expected["coef"]["ldist"]),
        B,
    );
    let mut kinds = usual();
    kinds.push((
        "fourway",
        "cluster:Origin^Year+Destination+Product+Year",
        FIXEST,
    ));
    check_errors(&e, &frame, expected, &["log(dist_km)"], &kinds);
    check_fit(&e, &frame, expected);
}

#[test]
fn slopes() {
    let frame = frame("fixest_trade/trade.csv");
    let expected = &json("fixest_trade/expected.json")["ols_slope"];
    // The reference has t = Year - 2006; a slope in Year with an intercept is the same.
    let e = run(
        "log(Euros) ~ log(dist_km) | Origin[Year] + Destination + Product^Year",
        Family::Ols,
        &frame,
    );
    close(
        "ldist",
        coefficient(&e, "log(dist_km)"),
        number(&expected["coef"]["ldist"]),
        B,
    );
    let mut kinds = usual();
    kinds.push(("fourway", "cluster:Origin+Destination+Product+Year", FIXEST));
    check_errors(&e, &frame, expected, &["log(dist_km)"], &kinds);
    check_fit(&e, &frame, expected);
}

#[test]
fn panel_errors() {
    let frame = frame("fixest_trade/panel_pair_year.csv");
    let all = json("fixest_trade/expected.json");
    for (case, formula, family) in [
        (
            "panel_ols",
            "log(Euros) ~ log(dist_km) | Origin + Destination",
            Family::Ols,
        ),
        (
            "panel_pois",
            "Euros ~ log(dist_km) | Origin + Destination",
            Family::Poisson,
        ),
    ] {
        let expected = &all[case];
        let e = run(formula, family, &frame);
        close(
            case,
            coefficient(&e, "log(dist_km)"),
            number(&expected["coef"]["log(dist_km)"]),
            B,
        );
        let kinds = [
            ("NW1", "newey-west:pair,Year,1", FIXEST),
            ("NW3", "newey-west:pair,Year,3", FIXEST),
            ("DK1", "driscoll-kraay:Year,1", FIXEST),
            ("DK2", "driscoll-kraay:Year,2", FIXEST),
            ("iid", "iid", FIXEST),
            ("hetero", "hc1", FIXEST),
            ("twoway", "cluster:Origin+Destination", FIXEST),
        ];
        let known: Vec<_> = kinds
            .into_iter()
            .filter(|(label, ..)| !expected["se"][*label].is_null())
            // Some numbers of fixest are 1.4e-7 off; see below.
            .filter(|(label, ..)| case != "panel_pois" || *label == "iid")
            .collect();
        check_errors(&e, &frame, expected, &["log(dist_km)"], &known);
        check_fit(&e, &frame, expected);
    }
}

/// fixest computes the errors from the weights of the iteration before the last. Here
/// that shows in the seventh digit. The numbers below are from a dense regression on
/// dummies in extended precision (64-bit mantissa), iterated to its last digit.
#[test]
fn exact_panel_errors() {
    let frame = frame("fixest_trade/panel_pair_year.csv");
    let e = run(
        "Euros ~ log(dist_km) | Origin + Destination",
        Family::Poisson,
        &frame,
    );
    let name = "log(dist_km)";
    close(name, coefficient(&e, name), -1.536_608_274_585_743_4, 1e-12);
    let nw = error(&e, &frame, "newey-west:pair,Year,3", FIXEST, name);
    close("NW3", nw, 0.052_558_058_305_905_34, 1e-12);
    for (kind, exact) in [
        ("iid", 1.939_847_114_301_336_7e-6),
        ("hc1", 0.027_654_442_851_582_033),
        ("driscoll-kraay:Year,2", 0.008_891_793_427_535_777),
        ("cluster:Origin+Destination", 0.132_986_818_664_295_5),
    ] {
        close(kind, error(&e, &frame, kind, FIXEST, name), exact, 1e-12);
    }
    let fixest = &json("fixest_trade/expected.json")["panel_pois"]["se"]["NW3"][name];
    assert!(
        (number(fixest) / nw - 1.0).abs() > 1e-7,
        "fixest agrees after all"
    );
}

#[test]
fn values_of_the_effects() {
    let frame = frame("fixest_trade/trade.csv");
    let expected = &json("fixest_trade/expected.json")["fixef_pois_4fe"];
    let e = run(
        "Euros ~ log(dist_km) | Origin + Destination + Product + Year",
        Family::Poisson,
        &frame,
    );
    let effects = e.effects();
    assert_eq!(effects.len(), 4);
    for values in &effects {
        let wanted = expected[&values.effect].as_object().unwrap();
        assert_eq!(wanted.len(), values.levels.len());
        // Both are free of one constant: compare differences from the first level.
        let base = number(&wanted[&values.levels[0].0]);
        for (label, value) in &values.levels {
            let difference = number(&wanted[label]) - base;
            let found = value - values.levels[0].1;
            assert!(
                (found - difference).abs() < 1e-7,
                "{} {label}: {found} and {difference}",
                values.effect
            );
        }
    }
}
