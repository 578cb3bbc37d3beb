//! Gamma and Gaussian with a log link.

mod common;

use comity_gravity::{Correction, Covariance, Family, Frame, estimate, parse_expression};
use common::{close, coefficient, error, frame, json, model, number, run};

#[test]
fn statsmodels() {
    let frame = frame("log_link/data.csv");
    let expected = json("log_link/expected_statsmodels.json");
    for (name, family) in [
        ("gamma", Family::Gamma),
        ("gaussian-log", Family::GaussianLog),
    ] {
        for variant in ["plain", "offset", "weighted"] {
            let mut m = model("y ~ x + z | exporter + importer", family);
            match variant {
                "offset" => m.offset = Some(parse_expression("o").unwrap()),
                "weighted" => m.weights = Some(parse_expression("w").unwrap()),
                _ => {}
            }
            let e = estimate(&m, &frame).unwrap();
            let wanted = &expected[format!("{name} {variant}")];
            for x in ["x", "z"] {
                close(name, coefficient(&e, x), number(&wanted["coef"][x]), 1e-8);
                for (kind, label, correction) in [
                    ("iid", "iid", Correction::Fixest),
                    ("hc0", "hc0", Correction::None),
                ] {
                    let found = error(&e, &frame, kind, correction, x);
                    close(label, found, number(&wanted[label][x]), 1e-7);
                }
            }
            let fit = e.fit(&frame, &Covariance::Iid, Correction::None).unwrap();
            close(
                "deviance",
                fit.statistics.deviance,
                number(&wanted["deviance"]),
                1e-9,
            );
            assert!(fit.convergence.first_order_error <= 1e-9);
        }
    }
}

/// With the outcome times a number nothing changes but the effects; a regressor that is an
/// effect's goes; zeros and what is below are refused where they have no place.
#[test]
fn units_and_mistakes() {
    let text = std::fs::read_to_string(common::reference("log_link/data.csv")).unwrap();
    let frame = Frame::from_csv(&text).unwrap();
    for family in [Family::Gamma, Family::GaussianLog] {
        let a = run("y ~ x + z | exporter + importer", family, &frame);
        let b = run("I(1e6 * y) ~ x + z | exporter + importer", family, &frame);
        close("x", coefficient(&b, "x"), coefficient(&a, "x"), 1e-7);
        let without = run("y ~ x + z", family, &frame);
        assert_eq!(without.names(), ["(Intercept)", "x", "z"]);
    }
    let refuse = |outcome: &str, family: Family| {
        let m = model(&format!("{outcome} ~ x | exporter"), family);
        match estimate(&m, &frame) {
            Ok(_) => panic!("{outcome} was taken"),
            Err(e) => e.to_string(),
        }
    };
    let zero = refuse("I(y * z)", Family::Gamma);
    assert!(
        zero.contains("is not positive in") && zero.contains("gaussian-log"),
        "{zero}"
    );
    assert!(refuse("I(-y)", Family::GaussianLog).contains("negative"));
}
