//! The separation cases of ppmlhdfe: 18 with the truth in the file, 5 from its guide.
//!
//! The expected sample, deviance and finite coefficients come from a linear program
//! (which rows) and a dense regression (what is left). Coefficients to 1e-7 absolute:
//! the cases are tiny and some nearly flat, and the reference is itself iterative.

mod common;

use std::collections::BTreeSet;

use comity_gravity::{Correction, Covariance, Family, Frame, GravityError, estimate};
use common::{error, frame, json, model, number};
use serde_json::Value;

fn formula(case: &Value) -> String {
    let list = |key: &str| -> Vec<String> {
        case[key]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_str().unwrap().to_string())
            .collect()
    };
    let (xs, ids) = (list("xs"), list("ids"));
    let xs = if xs.is_empty() {
        "1".to_string()
    } else {
        xs.join(" + ")
    };
    if ids.is_empty() {
        format!("y ~ {xs}")
    } else {
        format!("y ~ {xs} | {}", ids.join(" + "))
    }
}

fn column(frame: &Frame, name: &str, row: usize) -> f64 {
    match frame.column(name).unwrap() {
        comity_gravity::Values::Number(v) => v[row],
        comity_gravity::Values::Whole(v) => f64::from(v[row]),
        comity_gravity::Values::Text { .. } => panic!("{name} is text"),
    }
}

fn check(name: &str, case: &Value, rectifier_first: bool) -> Result<(), String> {
    let frame = frame(&format!("ppmlhdfe_separation/data/{name}.csv"));
    let mut model = model(&formula(case), Family::Poisson);
    // The truth keeps rows that are alone in their level.
    model.settings.drop_singletons = false;
    model.settings.rectifier_first = rectifier_first;
    let e = estimate(&model, &frame).map_err(|e| e.to_string())?;
    let fit = e
        .fit(&frame, &Covariance::Hc0, Correction::None)
        .map_err(|e| e.to_string())?;
    let wanted: BTreeSet<usize> = case["separated_rows_1based"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_u64().unwrap() as usize)
        .collect();
    let found: BTreeSet<usize> = e.dropped_rows().iter().map(|d| d.row).collect();
    if wanted != found {
        return Err(format!("separated {found:?}, expected {wanted:?}"));
    }
    if fit.sample.used as f64 != number(&case["n_used"]) {
        return Err(format!("{} rows used", fit.sample.used));
    }
    let deviance = number(&case["deviance"]);
    let gap = (fit.statistics.deviance - deviance).abs() / deviance.abs().max(1.0);
    if gap > 1e-10 {
        return Err(format!(
            "deviance {} not {deviance}",
            fit.statistics.deviance
        ));
    }
    for (name, value) in case["coef_identified"].as_object().unwrap() {
        let at = e
            .names()
            .iter()
            .position(|n| n == name)
            .ok_or_else(|| format!("{name} was dropped"))?;
        let gap = (e.coefficients()[at] - number(value)).abs();
        if gap > 1e-7 {
            return Err(format!("{name}: {} not {value}", e.coefficients()[at]));
        }
    }
    for (name, value) in case["se_robust_HC0"].as_object().unwrap() {
        let found = error(&e, &frame, "hc0", Correction::None, name);
        let gap = (found - number(value)).abs();
        if gap > 1e-6 * number(value).max(1.0) {
            return Err(format!("error of {name}: {found} not {value}"));
        }
    }
    for certificate in e.certificates() {
        verify(&frame, certificate)?;
    }
    Ok(())
}

/// z must be as stated in the separated rows and zero where the outcome is positive.
fn verify(frame: &Frame, c: &comity_gravity::Certificate) -> Result<(), String> {
    for row in 0..frame.rows() {
        let mut z = 0.0;
        for (name, b) in &c.regressors {
            z += b * if name == "(Intercept)" {
                1.0
            } else {
                column(frame, name, row)
            };
        }
        for effect in &c.effects {
            let level = column(frame, &effect.effect, row).to_string();
            z += effect
                .levels
                .iter()
                .find(|(l, _)| *l == level)
                .map_or(0.0, |(_, v)| *v);
        }
        let stated = c.rows.iter().find(|(r, _)| *r == row + 1).map(|(_, z)| *z);
        if let Some(stated) = stated {
            if stated <= 0.0 || column(frame, "y", row) != 0.0 || (z - stated).abs() > 1e-6 {
                return Err(format!("row {}: certificate {z}, stated {stated}", row + 1));
            }
        } else if column(frame, "y", row) > 0.0 && z.abs() > 1e-6 {
            return Err(format!(
                "row {}: certificate {z} where y is positive",
                row + 1
            ));
        }
    }
    Ok(())
}

fn check_all(rectifier_first: bool) {
    let truth = json("ppmlhdfe_separation/expected_truth.json");
    let mut failures = Vec::new();
    let cases = truth.as_object().unwrap();
    assert_eq!(cases.len(), 23);
    for (name, case) in cases {
        if let Err(reason) = check(name, case, rectifier_first) {
            failures.push(format!("{name}: {reason}"));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn all_cases() {
    check_all(false);
}

#[test]
fn all_cases_by_the_rectifier() {
    check_all(true);
}

#[test]
fn dropping_singletons_changes_no_estimate() {
    let truth = json("ppmlhdfe_separation/expected_truth.json");
    for (name, case) in truth.as_object().unwrap() {
        let frame = frame(&format!("ppmlhdfe_separation/data/{name}.csv"));
        match estimate(&model(&formula(case), Family::Poisson), &frame) {
            Ok(e) => {
                for (x, value) in case["coef_identified"].as_object().unwrap() {
                    if let Some(at) = e.names().iter().position(|n| n == x) {
                        let gap = (e.coefficients()[at] - number(value)).abs();
                        assert!(
                            gap < 1e-7,
                            "{name} {x}: {} not {value}",
                            e.coefficients()[at]
                        );
                    }
                }
            }
            // Cases made of singletons alone have nothing left.
            Err(GravityError::EmptySample(_)) => assert!(
                case["coef_identified"].as_object().unwrap().len() <= 1,
                "{name}"
            ),
            Err(other) => panic!("{name}: {other}"),
        }
    }
}
