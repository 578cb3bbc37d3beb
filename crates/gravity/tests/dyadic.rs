//! Errors correlated among all pairs that share a country.

mod common;

use comity_gravity::{Correction, Covariance, Family, Frame};
use common::{close, error, frame, run};

/// Scores from a regression without effects, summed over every pair of rows.
#[test]
fn every_pair_of_rows() {
    // Trade at home too, several years, some pairs one way only.
    let mut rows = Vec::new();
    let mut state = 41u64;
    let mut number = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1u64 << 31) as f64 - 0.5
    };
    for i in 0..6 {
        for j in 0..7 {
            for year in 0..2 {
                if (i + 2 * j + year) % 5 != 0 {
                    let x = number() + 0.1 * f64::from(i);
                    rows.push((i, j, x, 2.0 * x + number() + 0.3 * f64::from(j)));
                }
            }
        }
    }
    let mut text = String::from("i,j,x,y\n");
    for (i, j, x, y) in &rows {
        text.push_str(&format!("c{i},c{j},{x},{y}\n"));
    }
    let frame = Frame::from_csv(&text).unwrap();
    let e = run("y ~ x - 1", Family::Ols, &frame);
    let b = e.coefficients()[0];
    let xx: f64 = rows.iter().map(|r| r.2 * r.2).sum();
    let score = |r: &(i32, i32, f64, f64)| r.2 * (r.3 - b * r.2);
    let mut meat = 0.0;
    for r in &rows {
        for s in &rows {
            if r.0 == s.0 || r.0 == s.1 || r.1 == s.0 || r.1 == s.1 {
                meat += score(r) * score(s);
            }
        }
    }
    let plain = (meat / xx / xx).sqrt();
    let found = |c| error(&e, &frame, "dyadic:i,j", c, "x");
    close("none", found(Correction::None), plain, 1e-10);
    close(
        "ppmlhdfe",
        found(Correction::Ppmlhdfe),
        plain * (7.0f64 / 6.0).sqrt(),
        1e-10,
    );
}

/// Three-way PPML: exporter and importer may change places.
#[test]
fn of_ppml() {
    let frame = frame("ppmlhdfe_example/trade_fta_total.csv");
    let e = run(
        "trade ~ fta | isoexp^year + isoimp^year + isoexp^isoimp",
        Family::Poisson,
        &frame,
    );
    let of = |kind: &str, c| error(&e, &frame, kind, c, "fta");
    let one = of("dyadic:isoexp,isoimp", Correction::Fixest);
    assert_eq!(one, of("dyadic:isoimp,isoexp", Correction::Fixest));
    // Wider than clusters of pairs both ways alone.
    assert!(one > of("cluster:isoexp^isoimp", Correction::Fixest));
    let kind = Covariance::parse("dyadic:isoexp,isoimp").unwrap();
    assert_eq!(kind.to_string(), "dyadic:isoexp,isoimp");
    let v = e.covariance(&frame, &kind, Correction::None).unwrap();
    assert_eq!(v.clusters, [("isoexp or isoimp".to_string(), 35)]);
}
