//! ppmlhdfe's example: 35 countries, 1988–2004, three sets of effects.

mod common;

use comity_gravity::{Correction, Family, estimate, parse_expression};
use common::{close, coefficient, error, frame, json, model, number, run};

#[test]
fn three_way_gravity() {
    let frame = frame("ppmlhdfe_example/trade_fta_total.csv");
    let expected = &json("ppmlhdfe_example/expected.json")["total"];
    let formula = "trade ~ fta | isoexp^year + isoimp^year + isoexp^isoimp";
    let e = run(formula, Family::Poisson, &frame);
    assert_eq!(e.rows() as f64, number(&expected["nobs"]));
    close(
        "fta",
        coefficient(&e, "fta"),
        number(&expected["coef"]["fta"]),
        1e-8,
    );
    let pair = "cluster:isoexp^isoimp";
    for (label, kind, correction) in [
        ("ppmlhdfe_cluster", pair, Correction::Ppmlhdfe),
        ("ppmlhdfe_cluster", pair, Correction::StataPpml),
        ("fixest_default", pair, Correction::Fixest),
        ("iid", "iid", Correction::Fixest),
        ("hetero", "hc1", Correction::Fixest),
        ("twoway_fixest", "cluster:isoexp+isoimp", Correction::Fixest),
        (
            "threeway_fixest",
            "cluster:isoexp+isoimp+year",
            Correction::Fixest,
        ),
    ] {
        close(
            label,
            error(&e, &frame, kind, correction, "fta"),
            number(&expected["se"][label]["fta"]),
            1e-7,
        );
    }
    // What ppmlhdfe prints.
    assert_eq!(format!("{:.7}", coefficient(&e, "fta")), "0.1924455");
    let printed = error(&e, &frame, pair, Correction::Ppmlhdfe, "fta");
    assert_eq!(format!("{printed:.7}"), "0.0419527");
    let fit = e
        .fit(&frame, &comity_gravity::Covariance::Iid, Correction::None)
        .unwrap();
    close(
        "log-likelihood",
        fit.statistics.log_likelihood,
        number(&expected["loglik"]),
        1e-10,
    );
    close(
        "deviance",
        fit.statistics.deviance,
        number(&expected["deviance"]),
        1e-10,
    );
    close(
        "pseudo-R²",
        fit.statistics.pseudo_r2,
        number(&expected["fitstat"]["pr2"]),
        1e-9,
    );
}

/// A weight of two is the same as the row twice; an offset is the same as exposure.
#[test]
fn weights_and_offsets() {
    let frame = frame("ppmlhdfe_example/trade_fta_total.csv");
    let formula = "trade ~ fta + ln_distw | isoexp^year + isoimp^year";
    let plain = run(formula, Family::Poisson, &frame);
    let doubled = common::weighted(formula, Family::Poisson, "fta + 1", &frame);
    let mut text = String::from("trade,fta,ln_distw,isoexp,isoimp,year\n");
    let source =
        std::fs::read_to_string(common::reference("ppmlhdfe_example/trade_fta_total.csv")).unwrap();
    for line in source.lines().skip(1) {
        let c: Vec<&str> = line.split(',').collect();
        let row = format!("{},{},{},{},{},{}\n", c[4], c[5], c[6], c[0], c[1], c[3]);
        text.push_str(&row);
        if c[5] == "1" {
            text.push_str(&row);
        }
    }
    let twice = comity_gravity::Frame::from_csv(&text).unwrap();
    let repeated = run(formula, Family::Poisson, &twice);
    for name in ["fta", "ln_distw"] {
        close(
            name,
            coefficient(&doubled, name),
            coefficient(&repeated, name),
            1e-9,
        );
        assert!((coefficient(&plain, name) / coefficient(&doubled, name) - 1.0).abs() > 1e-4);
    }
    let mut model = model(formula, Family::Poisson);
    model.offset = Some(parse_expression("0.5 * ln_distw").unwrap());
    let shifted = estimate(&model, &frame).unwrap();
    close(
        "offset",
        coefficient(&shifted, "ln_distw") + 0.5,
        coefficient(&plain, "ln_distw"),
        1e-9,
    );
}
