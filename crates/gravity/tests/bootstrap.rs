//! Bootstraps over clusters.

mod common;

use comity_gravity::{
    Bootstrap, BootstrapResult, BootstrapWeights, Correction, Family, Frame, estimate,
};
use common::{close, coefficient, error, frame, model, run};
use nalgebra::{DMatrix, DVector};

struct Data {
    text: String,
    group: Vec<usize>,
    period: Vec<usize>,
    x: Vec<f64>,
    z: Vec<f64>,
    y: Vec<f64>,
}

/// Groups of unequal size with errors that a group shares.
fn data(groups: usize) -> Data {
    let mut state = 77u64;
    let mut number = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    };
    let mut d = Data {
        text: String::from("g,t,x,z,y\n"),
        group: vec![],
        period: vec![],
        x: vec![],
        z: vec![],
        y: vec![],
    };
    for g in 0..groups {
        let common = number();
        for r in 0..4 + g % 3 {
            let (t, x, z) = (r % 3, number() + common, number());
            let y = 0.5 * x - z + 2.0 * common * x + number() + 0.2 * t as f64 + 3.0;
            d.text.push_str(&format!("g{g},{t},{x},{z},{y}\n"));
            d.group.push(g);
            d.period.push(t);
            d.x.push(x);
            d.z.push(z);
            d.y.push(y);
        }
    }
    d
}

fn boot(formula: &str, family: Family, text: &str, what: &str, draws: usize) -> BootstrapResult {
    let frame = Frame::from_csv(text).unwrap();
    let mut bootstrap = Bootstrap::parse(what).unwrap();
    bootstrap.draws = draws;
    run(formula, family, &frame)
        .bootstrap(&frame, &bootstrap)
        .unwrap()
}

/// All 2⁷ changes of sign, each with dummies, normal equations and clustered errors.
#[test]
fn wild_by_hand() {
    let d = data(7);
    let n = d.y.len();
    let found = boot("y ~ x + z | t", Family::Ols, &d.text, "wild:g", 999);
    assert!(found.exhaustive);
    assert_eq!((found.draws, found.cluster.1), (128, 7));
    let columns = |with: &[&Vec<f64>]| {
        let mut all: Vec<DVector<f64>> =
            with.iter().map(|v| DVector::from_column_slice(v)).collect();
        for t in 0..3 {
            all.push(DVector::from_fn(n, |r, _| f64::from(d.period[r] == t)));
        }
        DMatrix::from_columns(&all)
    };
    let ols = |m: &DMatrix<f64>, y: &DVector<f64>| {
        let inverse = (m.transpose() * m).try_inverse().unwrap();
        let b = &inverse * m.transpose() * y;
        (b.clone(), y - m * b, inverse)
    };
    // t of the first column.
    let t = |m: &DMatrix<f64>, y: &DVector<f64>| {
        let (b, e, inverse) = ols(m, y);
        let mut meat = DMatrix::zeros(m.ncols(), m.ncols());
        for g in 0..7 {
            let mut s = DVector::zeros(m.ncols());
            for r in (0..n).filter(|&r| d.group[r] == g) {
                s += m.row(r).transpose() * e[r];
            }
            meat += &s * s.transpose();
        }
        let v = &inverse * meat * &inverse;
        b[0] / v[(0, 0)].sqrt()
    };
    let y = DVector::from_column_slice(&d.y);
    for (at, (own, other)) in [(&d.x, &d.z), (&d.z, &d.x)].into_iter().enumerate() {
        let full = columns(&[own, other]);
        let (b, e, _) = ols(&columns(&[other]), &y);
        let fitted = columns(&[other]) * b;
        let here = t(&full, &y).abs();
        let far = (0..128)
            .filter(|draw| {
                let sign = |r: usize| {
                    if draw >> d.group[r] & 1 == 1 {
                        -1.0
                    } else {
                        1.0
                    }
                };
                let again = DVector::from_fn(n, |r, _| fitted[r] + sign(r) * e[r]);
                t(&full, &again).abs() >= here * (1.0 - 1e-10)
            })
            .count();
        assert_eq!(found.coefficients[at].p_value, far as f64 / 128.0);
    }
    // More than the estimate itself and its mirror image, fewer than all.
    assert!((3..128).contains(&((found.coefficients[0].p_value * 128.0) as usize)));
}

/// Clusters' sums of scores, written out, under all changes of sign.
#[test]
fn score_by_hand() {
    let d = data(6);
    let frame = Frame::from_csv(&d.text).unwrap();
    let e = run("y ~ x | g", Family::Poisson, &frame);
    let mu: Vec<f64> = e.fitted().into_iter().map(Option::unwrap).collect();
    let mut sums = [0.0; 6];
    for (g, sum) in sums.iter_mut().enumerate() {
        let rows: Vec<usize> = (0..d.y.len()).filter(|&r| d.group[r] == g).collect();
        let mean = rows.iter().map(|&r| mu[r] * d.x[r]).sum::<f64>()
            / rows.iter().map(|&r| mu[r]).sum::<f64>();
        *sum = rows
            .iter()
            .map(|&r| (d.x[r] - mean) * (d.y[r] - mu[r]))
            .sum();
    }
    let size = sums.iter().map(|s| s * s).sum::<f64>().sqrt();
    let se = error(&e, &frame, "cluster:g", Correction::None, "x");
    let here = (coefficient(&e, "x") / se).abs();
    let far = (0..64)
        .filter(|draw| {
            let sum: f64 = (0..6)
                .map(|g| {
                    if draw >> g & 1 == 1 {
                        -sums[g]
                    } else {
                        sums[g]
                    }
                })
                .sum();
            (sum / size).abs() >= here
        })
        .count();
    let found = boot("y ~ x | g", Family::Poisson, &d.text, "score:g", 64);
    assert!(found.exhaustive);
    assert_eq!(found.coefficients[0].p_value, far as f64 / 64.0);
}

/// With many clusters, draws of pairs spread as the clustered errors say.
#[test]
fn pairs_agree_with_clustered_errors() {
    let d = data(60);
    let frame = Frame::from_csv(&d.text).unwrap();
    for family in [Family::Ols, Family::Poisson] {
        let formula = "y ~ x + z | g + t";
        let e = run(formula, family, &frame);
        let found = boot(formula, family, &d.text, "pairs:g", 300);
        assert_eq!(found.failed, 0);
        for (c, name) in found.coefficients.iter().zip(["x", "z"]) {
            let se = error(&e, &frame, "cluster:g", Correction::Ppmlhdfe, name);
            let ratio = c.standard_error.unwrap() / se;
            assert!((0.85..1.15).contains(&ratio), "{name}: {ratio}");
            let (low, high) = c.interval.unwrap();
            assert!(low < coefficient(&e, name) && coefficient(&e, name) < high);
        }
        let v = found.covariance.unwrap();
        close(
            "variance",
            v[0][0].sqrt(),
            found.coefficients[0].standard_error.unwrap(),
            1e-12,
        );
    }
}

/// The same seed gives the same bits on one thread and two, whatever the order of rows;
/// another seed does not.
#[test]
fn seeds_threads_and_rows() {
    let d = data(25);
    let mut lines: Vec<&str> = d.text.lines().skip(1).collect();
    lines.reverse();
    let backward = format!("g,t,x,z,y\n{}\n", lines.join("\n"));
    let on = |threads: usize, text: &str, what: &str, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let frame = Frame::from_csv(text).unwrap();
            let family = if what.starts_with("score") {
                Family::Poisson
            } else {
                Family::Ols
            };
            let mut bootstrap = Bootstrap::parse(what).unwrap();
            (bootstrap.draws, bootstrap.seed) = (99, seed);
            bootstrap.weights = BootstrapWeights::Webb;
            let e = run("y ~ x + z | t", family, &frame);
            serde_json::to_string(&e.bootstrap(&frame, &bootstrap).unwrap()).unwrap()
        })
    };
    for what in ["pairs:g", "wild:g", "score:g"] {
        let one = on(1, &d.text, what, 5);
        assert_eq!(one, on(2, &d.text, what, 5), "{what}");
        assert_eq!(one, on(2, &backward, what, 5), "{what}");
        assert_ne!(one, on(1, &d.text, what, 6), "{what}");
    }
}

#[test]
fn mistakes() {
    let frame = frame("ppmlhdfe_example/trade_fta_total.csv");
    let e = estimate(&model("trade ~ fta | isoexp^year", Family::Poisson), &frame).unwrap();
    let refuse = |what: &str| {
        let error = Bootstrap::parse(what).and_then(|b| e.bootstrap(&frame, &b));
        error.unwrap_err().to_string()
    };
    assert!(refuse("wild:isoexp").contains("score is its like for PPML"));
    assert!(refuse("wilde:isoexp").contains("no method wilde"));
    assert!(refuse("pairs:isoexp+year").contains("not 2"));
    assert!(refuse("score:isoexport").contains("did you mean isoexp"));
    assert!(refuse("score:category").contains("one cluster only"));
}
