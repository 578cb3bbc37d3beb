//! The bias correction of three-way PPML (Weidner & Zylkin 2021).

mod common;

use std::collections::BTreeMap;

use comity_gravity::{Correction, Covariance, Factor, Family, Fit, Frame, estimate, parse_factors};
use common::{close, error, frame, model, run};
use nalgebra::{DMatrix, DVector};

const EFFECTS: &str = "i^t + j^t + i^j";

fn pair(text: &str) -> Factor {
    parse_factors(text).unwrap().remove(0)
}

struct Row {
    i: usize,
    j: usize,
    t: usize,
    y: f64,
    x: Vec<f64>,
}

/// Uniform numbers in (0, 1).
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.next().ln()).sqrt() * (std::f64::consts::TAU * self.next()).cos()
    }
}

fn text(rows: &[Row]) -> String {
    let mut out = String::from("i,j,t,y,x1,x2\n");
    for r in rows {
        out.push_str(&format!(
            "e{},m{},{},{},{},{}\n",
            r.i, r.j, r.t, r.y, r.x[0], r.x[1]
        ));
    }
    out
}

/// A panel with gaps, of countries that trade with all others.
fn panel(seed: u64, countries: usize, periods: usize) -> Vec<Row> {
    let mut u = Uniform(seed);
    let mut rows = Vec::new();
    for i in 0..countries {
        for j in 0..countries {
            for t in 0..periods {
                let x = vec![u.normal(), f64::from(u.next() < 0.4)];
                let noise = (0.8 * u.normal()).exp();
                let mean = (0.4 * x[0] - 0.3 * x[1] + 0.1 * (i * t) as f64 - 0.2 * j as f64).exp();
                if i != j && u.next() > 0.1 {
                    rows.push(Row {
                        i,
                        j,
                        t,
                        y: mean * noise,
                        x,
                    });
                }
            }
        }
    }
    rows
}

fn corrected(rows: &[Row], formula: &str) -> Fit {
    let frame = Frame::from_csv(&text(rows)).unwrap();
    run(formula, Family::Poisson, &frame)
        .fit_corrected(&frame, &pair("i^j"))
        .unwrap()
}

/// Columns of ones for each distinct key.
fn dummies(rows: &[Row], key: impl Fn(&Row) -> (usize, usize)) -> DMatrix<f64> {
    let mut keys: Vec<(usize, usize)> = rows.iter().map(&key).collect();
    keys.sort_unstable();
    keys.dedup();
    DMatrix::from_fn(rows.len(), keys.len(), |r, c| {
        f64::from(key(&rows[r]) == keys[c])
    })
}

fn beside(parts: &[&DMatrix<f64>]) -> DMatrix<f64> {
    let width = parts.iter().map(|p| p.ncols()).sum();
    let mut out = DMatrix::zeros(parts[0].nrows(), width);
    let mut at = 0;
    for p in parts {
        out.columns_mut(at, p.ncols()).copy_from(p);
        at += p.ncols();
    }
    out
}

fn inverse(m: &DMatrix<f64>) -> DMatrix<f64> {
    let size = m.amax();
    m.clone().pseudo_inverse(1e-10 * size).unwrap()
}

/// The formulas of the paper with every matrix written out: third derivatives as T × T × T
/// arrays, Moore–Penrose inverses, dummies. Given the fitted means.
fn by_hand(rows: &[Row], mu: &[f64]) -> (Vec<f64>, DMatrix<f64>) {
    let n = rows.len();
    let lambda = DMatrix::from_diagonal(&DVector::from_column_slice(mu));
    let (it, jt) = (dummies(rows, |r| (r.i, r.t)), dummies(rows, |r| (r.j, r.t)));
    let ij = dummies(rows, |r| (r.i, r.j));
    let all = beside(&[&it, &jt, &ij]);
    let x = DMatrix::from_fn(n, 2, |r, c| rows[r].x[c]);
    let residual = |d: &DMatrix<f64>, x: &DMatrix<f64>| {
        x - d * inverse(&(d.transpose() * &lambda * d)) * d.transpose() * &lambda * x
    };
    let x = residual(&all, &x);
    let vx = inverse(&(x.transpose() * &lambda * &x));
    let mut pairs: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (r, row) in rows.iter().enumerate() {
        pairs.entry((row.i, row.j)).or_default().push(r);
    }
    let periods = rows.iter().map(|r| r.t).max().unwrap() + 1;
    // Each pair's H, S, G and x̃ over all periods, zero where a period is not there.
    let whole = |of: &[usize]| {
        let total: f64 = of.iter().map(|&r| mu[r]).sum();
        let mut share = vec![0.0; periods];
        let mut s = DMatrix::zeros(periods, 1);
        let mut xs = DMatrix::zeros(periods, 2);
        for &r in of {
            share[rows[r].t] = mu[r] / total;
            s[(rows[r].t, 0)] = rows[r].y - mu[r];
            (0..2).for_each(|c| xs[(rows[r].t, c)] = x[(r, c)]);
        }
        let one = |c: bool| f64::from(c);
        let h = DMatrix::from_fn(periods, periods, |a, b| {
            total * (one(a == b) * share[a] - share[a] * share[b])
        });
        let g = |a: usize, b: usize, c: usize| {
            -total
                * (one(a == b && b == c) * share[a]
                    - one(a == b) * share[a] * share[c]
                    - one(a == c) * share[a] * share[b]
                    - one(b == c) * share[b] * share[a]
                    + 2.0 * share[a] * share[b] * share[c])
        };
        let gx: Vec<DMatrix<f64>> = (0..2)
            .map(|k| {
                DMatrix::from_fn(periods, periods, |b, c| {
                    (0..periods).map(|a| g(a, b, c) * xs[(a, k)]).sum()
                })
            })
            .collect();
        (h, s, xs, gx)
    };
    let mut sum = DVector::zeros(2);
    for side in 0..2 {
        let mut groups: BTreeMap<usize, Vec<&Vec<usize>>> = BTreeMap::new();
        for (&(i, j), of) in &pairs {
            groups.entry([i, j][side]).or_default().push(of);
        }
        let count = groups.len() as f64;
        for members in groups.values() {
            let zero = || DMatrix::<f64>::zeros(periods, periods);
            let (mut hs, mut ss) = (zero(), zero());
            let (mut hxs, mut gxs) = (vec![zero(), zero()], vec![zero(), zero()]);
            for of in members {
                let (h, s, xs, gx) = whole(of);
                ss += &s * s.transpose();
                for k in 0..2 {
                    hxs[k] += &h * xs.column(k) * s.transpose();
                    gxs[k] += &gx[k];
                }
                hs += h;
            }
            let hi = inverse(&hs);
            for k in 0..2 {
                let b = -(&hi * &hxs[k]).trace() + 0.5 * (&gxs[k] * &hi * &ss * &hi).trace();
                sum[k] += count / (count - 1.0) * b;
            }
        }
    }
    let bias = &vx * sum;
    // Leverage over all rows with every dummy, cut down to each pair's block.
    let within = residual(&ij, &beside(&[&it, &jt]));
    let fe = inverse(&(within.transpose() * &lambda * &within));
    let hat = &x * &vx * x.transpose() + &within * fe * within.transpose();
    let mut meat = DMatrix::zeros(2, 2);
    for of in pairs.values() {
        let m = of.len();
        let total: f64 = of.iter().map(|&r| mu[r]).sum();
        let h = DMatrix::from_fn(m, m, |a, b| {
            mu[of[a]] * f64::from(a == b) - mu[of[a]] * mu[of[b]] / total
        });
        let p = DMatrix::from_fn(m, m, |a, b| hat[(of[a], of[b])]);
        let s = DMatrix::from_fn(m, 1, |a, _| rows[of[a]].y - mu[of[a]]);
        let xs = DMatrix::from_fn(m, 2, |a, c| x[(of[a], c)]);
        let put_up = (DMatrix::identity(m, m) - h * p).try_inverse().unwrap();
        meat += xs.transpose() * put_up * &s * s.transpose() * &xs;
    }
    let meat = (&meat + meat.transpose()) * 0.5;
    let g = pairs.len() as f64;
    (
        bias.iter().copied().collect(),
        &vx * meat * &vx * (g / (g - 1.0)),
    )
}

#[test]
fn the_formulas_written_out() {
    for (seed, countries, periods) in [(1, 6, 4), (2, 7, 2), (3, 5, 3)] {
        let rows = panel(seed, countries, periods);
        let frame = Frame::from_csv(&text(&rows)).unwrap();
        let e = run(&format!("y ~ x1 + x2 | {EFFECTS}"), Family::Poisson, &frame);
        let fit = e.fit_corrected(&frame, &pair("i^j")).unwrap();
        let fitted = e.fitted();
        let (used, mu): (Vec<Row>, Vec<f64>) = rows
            .into_iter()
            .zip(fitted)
            .filter_map(|(r, m)| Some((r, m?)))
            .unzip();
        let (bias, v) = by_hand(&used, &mu);
        let note = fit.bias_correction.unwrap();
        for k in 0..2 {
            close("bias", note.bias[k], bias[k], 1e-7);
            close("variance", fit.covariance[k][k], v[(k, k)], 1e-7);
            let c = &fit.coefficients[k];
            close("corrected", c.estimate, note.uncorrected[k] - bias[k], 1e-8);
            close("error", c.standard_error, v[(k, k)].sqrt(), 1e-7);
        }
        close("covariance", fit.covariance[0][1], v[(0, 1)], 1e-6);
        let plain = error(&e, &frame, "cluster:i^j", Correction::Ppmlhdfe, "x1");
        assert_eq!(note.unadjusted_errors[0], plain);
        assert!(fit.coefficients[0].standard_error > plain);
    }
}

/// Effects in any order, exporters and importers exchanged, weights of two: what must not
/// matter does not.
#[test]
fn what_does_not_matter() {
    let rows = panel(5, 7, 3);
    let base = corrected(&rows, &format!("y ~ x1 + x2 | {EFFECTS}"));
    let other = corrected(&rows, "y ~ x1 + x2 | i^j + j^t + t^i");
    let swapped: Vec<Row> = rows
        .iter()
        .map(|r| Row {
            i: r.j,
            j: r.i,
            t: r.t,
            y: 1000.0 * r.y,
            x: r.x.clone(),
        })
        .collect();
    let swapped = corrected(&swapped, &format!("y ~ x1 + x2 | {EFFECTS}"));
    let bias = |f: &Fit| f.bias_correction.clone().unwrap().bias;
    for k in 0..2 {
        for fit in [&other, &swapped] {
            close("bias", bias(fit)[k], bias(&base)[k], 1e-7);
            close(
                "variance",
                fit.covariance[k][k],
                base.covariance[k][k],
                1e-7,
            );
        }
    }
}

/// Repeated draws with the truth at one: the mean of the corrected coefficients is nearer to
/// it (0.028 above, then 0.011; what is left is of higher order in 1/12), and the
/// adjusted errors nearer the spread of the estimates.
#[test]
fn draws_lose_most_of_their_bias() {
    let (countries, periods, draws) = (12, 2, 600);
    let (mut plain, mut fixed, mut se, mut adjusted) = (vec![], vec![], 0.0, 0.0);
    for draw in 0..draws {
        let mut u = Uniform(7_919 * (draw + 1));
        let effect =
            |u: &mut Uniform, n: usize| -> Vec<f64> { (0..n).map(|_| 0.25 * u.normal()).collect() };
        let (a, b) = (
            effect(&mut u, countries * periods),
            effect(&mut u, countries * periods),
        );
        let mut rows = Vec::new();
        for i in 0..countries {
            for j in (0..countries).filter(|&j| j != i) {
                let base = 0.25 * u.normal();
                let mut x = base + 0.7 * u.normal();
                for t in 0..periods {
                    let (ai, bj) = (a[i * periods + t], b[j * periods + t]);
                    x = x / 2.0 + ai + bj + 0.7 * u.normal();
                    let mean = (ai + bj + base + x).exp();
                    // Above or below the mean by a share that is larger where x is.
                    // Log-normal with a variance of half the mean.
                    let s = (0.5 / mean).ln_1p().sqrt();
                    let y = mean * (s * u.normal() - s * s / 2.0).exp();
                    rows.push(Row {
                        i,
                        j,
                        t,
                        y,
                        x: vec![x, 0.0],
                    });
                }
            }
        }
        let fit = corrected(&rows, &format!("y ~ x1 | {EFFECTS}"));
        let note = fit.bias_correction.as_ref().unwrap();
        plain.push(note.uncorrected[0] - 1.0);
        fixed.push(fit.coefficients[0].estimate - 1.0);
        se += note.unadjusted_errors[0] / f64::from(draws as u32);
        adjusted += fit.coefficients[0].standard_error / f64::from(draws as u32);
    }
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (before, after) = (mean(&plain), mean(&fixed));
    let spread = plain.iter().map(|v| (v - before).powi(2)).sum::<f64>() / (plain.len() - 1) as f64;
    let spread = spread.sqrt();
    let noise = spread / f64::from(draws as u32).sqrt();
    assert!(
        before.abs() > 3.0 * noise,
        "no bias to correct: {before} {noise}"
    );
    assert!(after.abs() < 0.6 * before.abs(), "{before} {after}");
    assert!(se < adjusted && (adjusted / spread - 1.0).abs() < (se / spread - 1.0).abs());
}

#[test]
fn the_example_of_ppmlhdfe() {
    let frame = frame("ppmlhdfe_example/trade_fta_total.csv");
    let formula = "trade ~ fta | isoexp^year + isoimp^year + isoexp^isoimp";
    let e = run(formula, Family::Poisson, &frame);
    let fit = e.fit_corrected(&frame, &pair("isoexp^isoimp")).unwrap();
    let note = fit.bias_correction.as_ref().unwrap();
    assert_eq!(
        (note.exporters, note.importers, note.pairs, note.periods),
        (35, 35, 1190, 5)
    );
    assert_eq!(note.saturated_pairs, 0);
    // What ppmlhdfe prints, kept beside the adjusted error.
    assert_eq!(format!("{:.7}", note.unadjusted_errors[0]), "0.0419527");
    assert!(fit.coefficients[0].standard_error > note.unadjusted_errors[0]);
    let again: Fit = serde_json::from_str(&serde_json::to_string(&fit).unwrap()).unwrap();
    assert_eq!(again, fit);
}

#[test]
fn what_it_is_not_for() {
    let rows = panel(9, 5, 3);
    let data = text(&rows);
    let frame = Frame::from_csv(&data).unwrap();
    let refusal = |formula: &str, family: Family, by: &str, frame: &Frame| {
        let mut model = model(formula, family);
        model.also_needed = Covariance::Cluster(vec![pair(by)]).columns();
        let e = estimate(&model, frame).unwrap();
        e.fit_corrected(frame, &pair(by)).unwrap_err().to_string()
    };
    let three = format!("y ~ x1 | {EFFECTS}");
    let two = refusal("y ~ x1 | i^t + j^t", Family::Poisson, "i^j", &frame);
    assert!(
        two.contains("three effects") && two.contains("has i^t + j^t"),
        "{two}"
    );
    let ols = refusal(&three, Family::Ols, "i^j", &frame);
    assert!(ols.contains("for PPML"), "{ols}");
    let by = refusal(&three, Family::Poisson, "i", &frame);
    assert!(
        by.contains("clustered by i, which is none of the effects"),
        "{by}"
    );
    let odd = refusal("y ~ x1 | i^t + j + i^j", Family::Poisson, "i^j", &frame);
    assert!(odd.contains("do not pair up"), "{odd}");
    let first = data.lines().nth(1).unwrap();
    let twice = Frame::from_csv(&format!("{data}{first}\n")).unwrap();
    let twice = refusal(&three, Family::Poisson, "i^j", &twice);
    assert!(twice.contains("several rows in period"), "{twice}");
}
