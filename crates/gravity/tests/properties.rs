//! What must hold whatever the data.

mod common;

use comity_gravity::{
    Correction, Covariance, Estimate, Family, Fit, Frame, TableFormat, estimate, table,
};
use common::{frame, model, run};
use proptest::prelude::*;

/// Numbers from 0 to 1, the same for the same seed.
fn uniforms(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A random panel with gaps, zeros and weights over many orders.
fn panel(seed: u64, countries: usize, years: usize, spread: f64) -> String {
    let mut uniform = uniforms(seed);
    let mut text = String::from("i,j,t,y,x1,x2,x3,w\n");
    for i in 0..countries {
        for j in 0..countries {
            for t in 0..years {
                if uniform() < 0.1 {
                    continue;
                }
                let (x1, x2, x3) = (uniform(), uniform() * 10.0, f64::from(uniform() < 0.3));
                let mean = (0.5 * x1 - 0.1 * x2 + 0.4 * x3 + (i + 2 * j) as f64 * spread).exp();
                let y = if uniform() < 0.2 {
                    0.0
                } else {
                    mean * 2.0 * uniform()
                };
                text.push_str(&format!(
                    "c{i},c{j},{t},{y},{x1},{x2},{x3},{}\n",
                    10f64.powf(uniform() * 4.0)
                ));
            }
        }
    }
    text
}

/// Dense Newton on dummies: the same maximum by other means.
fn dense(text: &str, effects: &[&[&str]]) -> Vec<f64> {
    let mut reader = csv_rows(text);
    let header = reader.remove(0);
    let at = |name: &str| header.iter().position(|h| h == name).unwrap();
    let mut columns: Vec<Vec<f64>> = ["x1", "x2", "x3"]
        .iter()
        .map(|x| reader.iter().map(|r| r[at(x)].parse().unwrap()).collect())
        .collect();
    for (f, effect) in effects.iter().enumerate() {
        let key =
            |r: &Vec<String>| -> String { effect.iter().map(|e| r[at(e)].clone() + "_").collect() };
        let mut labels: Vec<String> = reader.iter().map(key).collect();
        labels.sort();
        labels.dedup();
        for label in labels.iter().skip(usize::from(f > 0)) {
            columns.push(reader.iter().map(|r| f64::from(key(r) == *label)).collect());
        }
    }
    let y: Vec<f64> = reader.iter().map(|r| r[at("y")].parse().unwrap()).collect();
    let (n, k) = (y.len(), columns.len());
    let mean = y.iter().sum::<f64>() / n as f64;
    let mut eta: Vec<f64> = y.iter().map(|v| ((v + mean) / 2.0).ln()).collect();
    let mut b = vec![0.0; k];
    for _ in 0..60 {
        let mu: Vec<f64> = eta.iter().map(|e| e.exp()).collect();
        let mut a = vec![vec![0.0; k + 1]; k];
        for r in 0..n {
            let z = eta[r] + (y[r] - mu[r]) / mu[r];
            for i in 0..k {
                let wx = mu[r] * columns[i][r];
                if wx != 0.0 {
                    for j in 0..k {
                        a[i][j] += wx * columns[j][r];
                    }
                    a[i][k] += wx * z;
                }
            }
        }
        b = solve(a);
        for r in 0..n {
            eta[r] = (0..k).map(|i| b[i] * columns[i][r]).sum();
        }
    }
    b[..3].to_vec()
}

fn csv_rows(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .map(|l| l.split(',').map(str::to_string).collect())
        .collect()
}

/// Elimination that leaves out what is redundant.
fn solve(mut a: Vec<Vec<f64>>) -> Vec<f64> {
    let k = a.len();
    let scale: Vec<f64> = (0..k).map(|i| a[i][i]).collect();
    let mut used = vec![false; k];
    for i in 0..k {
        if a[i][i] <= 1e-10 * scale[i] {
            continue;
        }
        used[i] = true;
        let pivot = a[i].clone();
        for (l, row) in a.iter_mut().enumerate() {
            if l != i {
                let f = row[i] / pivot[i];
                row.iter_mut().zip(&pivot).for_each(|(v, p)| *v -= f * p);
            }
        }
    }
    (0..k)
        .map(|i| if used[i] { a[i][k] / a[i][i] } else { 0.0 })
        .collect()
}

fn report(text: &str, formula: &str, family: Family) -> Fit {
    let frame = Frame::from_csv(text).unwrap();
    let mut m = model(formula, family);
    m.also_needed = vec!["t".to_string()];
    let e = estimate(&m, &frame).unwrap();
    e.fit(
        &frame,
        &Covariance::parse("cluster:i^j").unwrap(),
        Correction::Fixest,
    )
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// The same coefficients as a dense regression on dummies, to 1e-8.
    #[test]
    fn agrees_with_dummies(seed in 1u64..1_000_000, spread in 0.0f64..0.6) {
        let text = panel(seed, 5, 4, spread);
        let fit = report(&text, "y ~ x1 + x2 + x3 | i^t + j^t + i^j", Family::Poisson);
        // Comparable where nothing was separated or alone.
        prop_assume!(fit.sample.used == fit.sample.read);
        let expected = dense(&text, &[&["i", "t"], &["j", "t"], &["i", "j"]]);
        for (c, e) in fit.coefficients.iter().zip(&expected) {
            prop_assert!((c.estimate - e).abs() <= 1e-8 * e.abs().max(1e-2), "{} {} {e}", c.name, c.estimate);
        }
        prop_assert!(fit.convergence.first_order_error <= 1e-9);
    }

    /// The order of rows and the number of threads change no bit.
    #[test]
    fn bytes_do_not_depend_on_rows_or_threads(seed in 1u64..1_000_000) {
        let text = panel(seed, 6, 4, 0.3);
        let mut lines: Vec<&str> = text.lines().collect();
        let header = lines.remove(0);
        lines.reverse();
        let third = lines.len() / 3;
        lines.rotate_left(third);
        let shuffled = format!("{header}\n{}\n", lines.join("\n"));
        for (formula, family) in [
            ("y ~ x1 + x2 + x3 | i^t + j^t + i^j", Family::Poisson),
            ("y ~ x1 + x2 | i[x3] + j", Family::Ols),
            ("y ~ x1 + x2 + x3", Family::Poisson),
        ] {
            let pool = |n| rayon_pool(n);
            let one = pool(1).install(|| report(&text, formula, family));
            let two = pool(2).install(|| report(&shuffled, formula, family));
            let show = |f: &Fit| {
                let mut f = f.clone();
                f.certificates.clear(); // these name rows
                serde_json::to_string(&f).unwrap()
            };
            prop_assert_eq!(show(&one), show(&two));
        }
    }

    /// Outcomes in another unit change effects only; a regressor in another unit
    /// changes its own coefficient only.
    #[test]
    fn units(seed in 1u64..1_000_000, power in -6i32..7) {
        let text = panel(seed, 6, 3, 0.2);
        let frame = Frame::from_csv(&text).unwrap();
        let unit = 10f64.powi(power);
        let plain = run("y ~ x1 + x2 | i^t + j^t", Family::Poisson, &frame);
        let scaled = run(
            &format!("I({unit} * y) ~ x1 + I({unit} * x2) | i^t + j^t"),
            Family::Poisson,
            &frame,
        );
        prop_assert_eq!(plain.rows(), scaled.rows());
        let (a, b) = (plain.coefficients(), scaled.coefficients());
        prop_assert!((a[0] - b[0]).abs() < 1e-8, "{} {}", a[0], b[0]);
        prop_assert!((a[1] - b[1] * unit).abs() < 1e-8, "{} {}", a[1], b[1] * unit);
    }
}

fn rayon_pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
}

/// Slopes by level are the same as the variable times an indicator of each level, with
/// and without an intercept for each level; and so are their values.
#[test]
fn slopes_are_interactions() {
    let frame = Frame::from_csv(&panel(77, 6, 6, 0.2)).unwrap();
    for family in [Family::Poisson, Family::Ols] {
        for (slopes, indicators) in [
            ("y ~ x1 + x2 | i[t] + j", "y ~ x1 + x2 + i(i, t) | i + j"),
            ("y ~ x1 + x2 | i[[t]]", "y ~ x1 + x2 + i(i, t) - 1"),
            (
                "y ~ x1 + x2 | i[t, x3]",
                "y ~ x1 + x2 + i(i, t) + i(i, x3) | i",
            ),
        ] {
            let a = run(slopes, family, &frame);
            let b = run(indicators, family, &frame);
            for name in ["x1", "x2"] {
                common::close(
                    slopes,
                    common::coefficient(&a, name),
                    common::coefficient(&b, name),
                    1e-8,
                );
            }
            for values in a.effects().iter().filter(|v| v.slope.is_some()) {
                let x = values.slope.as_deref().unwrap();
                for (level, value) in &values.levels {
                    let name = format!("{}::{level}:{x}", values.effect);
                    common::close(&name, *value, common::coefficient(&b, &name), 1e-6);
                }
            }
        }
    }
}

/// Effects that are nearly nested, weights over ten orders of magnitude, trade over
/// twelve: the conditions still hold to 1e-9 each.
#[test]
fn ill_conditioned_designs() {
    let mut text = String::from("y,x,a,b,w\n");
    let mut state = 88172645463325252u64;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    for r in 0..4000 {
        let a = r / 10;
        // b is a, but for one row in forty.
        let b = if r % 40 == 7 { (a + 1) % 400 } else { a };
        let x = uniform();
        let y = 10f64.powf(12.0 * (a as f64 / 400.0)) * (0.7 * x).exp() * (0.1 + uniform());
        text.push_str(&format!(
            "{y},{x},{a},{b},{}\n",
            10f64.powf(10.0 * uniform() - 5.0)
        ));
    }
    let frame = Frame::from_csv(&text).unwrap();
    for (weights, family) in [
        (None, Family::Poisson),
        (Some("w"), Family::Poisson),
        (Some("w"), Family::Ols),
    ] {
        let mut m = model("y ~ x | a + b", family);
        m.weights = weights.map(|w| comity_gravity::parse_expression(w).unwrap());
        let e = estimate(&m, &frame).unwrap();
        let fit = e.fit(&frame, &Covariance::Iid, Correction::None).unwrap();
        assert!(
            fit.convergence.first_order_error <= 1e-9,
            "{:?}",
            fit.convergence
        );
        assert_eq!(fit.sample.used, 4000);
    }
}

/// Fitted values add up to outcomes within every level of every effect.
#[test]
fn fitted_values_add_up() {
    let frame = frame("ppmlhdfe_example/trade_fta_total.csv");
    let e: Estimate = run(
        "trade ~ fta | isoexp^year + isoimp^year + isoexp^isoimp",
        Family::Poisson,
        &frame,
    );
    let fitted = e.fitted();
    let text = |name: &str| match frame.column(name).unwrap() {
        comity_gravity::Values::Text { codes, .. } => codes.clone(),
        comity_gravity::Values::Number(v) => v.iter().map(|v| *v as u32).collect(),
        comity_gravity::Values::Whole(v) => v.iter().map(|v| *v as u32).collect(),
    };
    let comity_gravity::Values::Number(trade) = frame.column("trade").unwrap() else {
        panic!("trade is not numbers")
    };
    let (i, j, t) = (text("isoexp"), text("isoimp"), text("year"));
    let mut sums = std::collections::HashMap::new();
    for (r, m) in fitted.iter().enumerate() {
        let m = m.expect("no row was dropped");
        for key in [(0, i[r], t[r]), (1, j[r], t[r]), (2, i[r], j[r])] {
            let sum: &mut (f64, f64) = sums.entry(key).or_default();
            sum.0 += trade[r];
            sum.1 += m;
        }
    }
    assert_eq!(sums.len(), 595 + 595 + 1190 - 2 * (595 - 175));
    for (key, (y, m)) in sums {
        assert!((y - m).abs() <= 1e-9 * y, "{key:?}: {y} and {m}");
    }
}

#[test]
fn tables_and_files() {
    let frame = frame("fixest_trade/trade.csv");
    let fits: Vec<Fit> = [
        (
            "Euros ~ log(dist_km) | Origin + Destination",
            Family::Poisson,
        ),
        (
            "log(Euros) ~ log(dist_km) + I(2 * log(dist_km)) | Origin",
            Family::Ols,
        ),
    ]
    .iter()
    .map(|(formula, family)| {
        run(formula, *family, &frame)
            .fit(
                &frame,
                &Covariance::parse("cluster:Origin").unwrap(),
                Correction::Fixest,
            )
            .unwrap()
    })
    .collect();
    let again: Fit = serde_json::from_str(&serde_json::to_string(&fits[0]).unwrap()).unwrap();
    assert_eq!(again, fits[0]);
    let columns = [("(1)".to_string(), &fits[0]), ("(2)".to_string(), &fits[1])];
    let markdown = table(&columns, TableFormat::Markdown, true);
    for part in [
        "log(dist_km)",
        "PPML",
        "OLS",
        "38,325",
        "Origin effects",
        "dropped",
        "15 Origin",
    ] {
        assert!(markdown.contains(part), "{part} in\n{markdown}");
    }
    let latex = table(&columns, TableFormat::Latex, false);
    assert!(latex.starts_with("\\begin{tabular}{lrr}"));
    assert!(latex.contains("log(dist\\_km)"), "{latex}");
    let html = table(&columns, TableFormat::Html, false);
    assert!(html.contains("<th>log(dist_km)</th>"), "{html}");
    let csv = table(&columns, TableFormat::Csv, false);
    let fields: Vec<usize> = csv.lines().take(12).map(|l| l.split(',').count()).collect();
    assert!(fields[..6].iter().all(|f| *f == 3), "{csv}");
}

/// Trade of two sectors between places of a square whose days and cost spread means over some
/// thirty orders: the first steps of Newton's method are long, and the weights of the last
/// regression are as far apart.
fn far_apart(seed: u64, countries: usize) -> String {
    let mut uniform = uniforms(seed);
    let places: Vec<[f64; 2]> = (0..countries).map(|_| [uniform(), uniform()]).collect();
    let sizes: Vec<[f64; 4]> = (0..countries)
        .map(|_| [(); 4].map(|()| 10.0 * (uniform() - 0.5)))
        .collect();
    let mut text = String::from("i,j,s,home,days,cost,y\n");
    for i in 0..countries {
        for j in 0..countries {
            let apart = [0, 1].map(|axis| places[i][axis] - places[j][axis]);
            let squared = apart[0].powi(2) + apart[1].powi(2);
            let days = 400.0 * squared + 0.1;
            let cost = (0.8 * uniform()).exp() * (100.0 + 3000.0 * squared.sqrt());
            let home = f64::from(i == j);
            for s in 0..2 {
                let size = 10.0 + sizes[i][s] + sizes[j][2 + s];
                let mean = (size - 0.1 * days - 0.5 * cost.ln() + 3.0 * home).exp();
                let traded = i == j || uniform() < 0.6;
                let y = if traded { mean * 4.0 * uniform() } else { 0.0 };
                text.push_str(&format!("e{i},m{j},{s},{home},{days},{cost},{y}\n"));
            }
        }
    }
    text
}

#[test]
fn means_far_apart_are_reached() {
    for seed in 1..=12 {
        for countries in [8, 16, 20] {
            let table = Frame::from_csv(&far_apart(seed, countries)).unwrap();
            let formula = "y ~ i(s, home) + days + log(cost) | i^s + j^s";
            let found = estimate(&model(formula, Family::Poisson), &table)
                .unwrap_or_else(|e| panic!("{countries} countries, seed {seed}: {e}"));
            let fit = found.fit(&table, &Covariance::Hc1, Correction::Fixest);
            let error = fit.unwrap().convergence.first_order_error;
            assert!(error <= 1e-9, "{countries} countries, seed {seed}: {error}");
        }
    }
}
