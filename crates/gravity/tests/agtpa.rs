//! Yotov et al. (2016), chapter 2, application 1: trade without borders, 2006.

mod common;

use comity_gravity::{Correction, Covariance, Family};
use common::{close, coefficient, frame, json, number, run};

#[test]
fn trade_without_borders() {
    let frame = frame("agtpa_ch2_app1/data.csv");
    let expected = json("agtpa_ch2_app1/ppml.json");
    let e = run(
        "trade ~ log(DIST) + CNTG + INTL_BRDR | exporter + importer",
        Family::Poisson,
        &frame,
    );
    assert_eq!(e.rows() as f64, number(&expected["nobs"]));
    for (name, key) in [
        ("log(DIST)", "ln_DIST"),
        ("CNTG", "CNTG"),
        ("INTL_BRDR", "INTL_BRDR"),
    ] {
        close(
            key,
            coefficient(&e, name),
            number(&expected["coef"][key]),
            1e-8,
        );
    }
    let fit = e.fit(&frame, &Covariance::Iid, Correction::None).unwrap();
    close(
        "deviance",
        fit.statistics.deviance,
        number(&expected["deviance"]),
        1e-10,
    );
    close(
        "log-likelihood",
        fit.statistics.log_likelihood,
        number(&expected["loglik"]),
        1e-10,
    );
}
