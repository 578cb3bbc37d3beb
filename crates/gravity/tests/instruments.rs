//! Two-stage least squares.

mod common;

use comity_gravity::{Correction, Covariance, Family, Frame, estimate};
use common::{close, coefficient, error, frame, json, model, number, run};
use nalgebra::{DMatrix, DVector};

/// Coefficients, errors and the first stage's F as pyfixest gives them.
#[test]
fn pyfixest() {
    let frame = frame("instruments/data.csv");
    let all = json("instruments/expected_pyfixest.json");
    for case in ["exact", "over"] {
        let expected = &all[case];
        let e = run(expected["formula"].as_str().unwrap(), Family::Ols, &frame);
        assert_eq!(e.names(), ["fit_w", "x"]);
        for (name, key) in [("fit_w", "w"), ("x", "x")] {
            let wanted = number(&expected["coef"][key]);
            close(name, coefficient(&e, name), wanted, 1e-9);
            for (kind, label) in [
                ("iid", "iid"),
                ("hc1", "hetero"),
                ("cluster:g", "cluster_g"),
            ] {
                let found = error(&e, &frame, kind, Correction::Fixest, name);
                close(label, found, number(&expected["se"][label][key]), 1e-8);
            }
        }
        let fit = e.fit(&frame, &Covariance::Iid, Correction::Fixest).unwrap();
        let tests = fit.instruments.unwrap();
        let (name, first) = &tests.first_stage[0];
        assert_eq!(name, "w");
        close(
            "F",
            first.statistic,
            number(&expected["first_stage_f"]),
            1e-8,
        );
        assert_eq!(tests.sargan.is_some(), case == "over");
    }
}

/// All of it by dummies and normal equations.
#[test]
fn dummies_give_the_same() {
    let frame = frame("instruments/data.csv");
    let text = std::fs::read_to_string(common::reference("instruments/data.csv")).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .skip(1)
        .map(|l| l.split(',').collect())
        .collect();
    let n = rows.len();
    let column = |at: usize| DVector::from_fn(n, |r, _| rows[r][at].parse::<f64>().unwrap());
    let (z1, z2, x, w, y) = (column(2), column(3), column(4), column(5), column(6));
    let mut exogenous = vec![x.clone()];
    for g in 0..12 {
        let label = format!("g{g}");
        exogenous.push(DVector::from_fn(n, |r, _| f64::from(rows[r][0] == label)));
    }
    let matrix = |extra: &[&DVector<f64>]| {
        let all: Vec<DVector<f64>> = extra
            .iter()
            .map(|v| (*v).clone())
            .chain(exogenous.clone())
            .collect();
        DMatrix::from_columns(&all)
    };
    let ols = |m: &DMatrix<f64>, t: &DVector<f64>| {
        let b = (m.transpose() * m)
            .lu()
            .solve(&(m.transpose() * t))
            .unwrap();
        let rest = t - m * &b;
        (b, rest)
    };
    let (_, v) = ols(&matrix(&[&z1, &z2]), &w);
    let (b, _) = ols(&matrix(&[&(&w - &v)]), &y);
    let rest = &y - matrix(&[&w]) * &b;
    let nf = n as f64;
    let fit = run("y ~ x | g | w ~ z1 + z2", Family::Ols, &frame)
        .fit(&frame, &Covariance::Iid, Correction::Fixest)
        .unwrap();
    close("fit_w", fit.coefficients[0].estimate, b[0], 1e-9);
    close(
        "squares",
        fit.statistics.deviance,
        rest.norm_squared(),
        1e-9,
    );
    let tests = fit.instruments.unwrap();
    let (_, less) = ols(&matrix(&[]), &w);
    let df = nf - 15.0;
    let f = (less.norm_squared() - v.norm_squared()) / 2.0 / (v.norm_squared() / df);
    close("F", tests.first_stage[0].1.statistic, f, 1e-9);
    let (_, plain) = ols(&matrix(&[&w]), &y);
    let (c, augmented) = ols(&matrix(&[&w, &v]), &y);
    // With the first stage's residuals beside it, least squares gives the second stage.
    close("augmented", c[0], b[0], 1e-9);
    let df = nf - 15.0;
    let wu = (plain.norm_squared() - augmented.norm_squared()) / (augmented.norm_squared() / df);
    let found = tests.wu_hausman.unwrap();
    close("Wu–Hausman", found.statistic, wu, 1e-9);
    assert_eq!(found.degrees_of_freedom, (1.0, Some(df)));
    let (_, e) = ols(&matrix(&[&z1, &z2]), &rest);
    let sargan = nf * (1.0 - e.norm_squared() / rest.norm_squared());
    let found = tests.sargan.unwrap();
    close("Sargan", found.statistic, sargan, 1e-8);
    assert_eq!(found.degrees_of_freedom, (1.0, None));
    // χ² with one degree of freedom is a squared normal.
    assert!((0.0..=1.0).contains(&found.p_value));
}

/// A regressor as its own instrument gives least squares; without effects, too.
#[test]
fn its_own_instrument() {
    let text = std::fs::read_to_string(common::reference("instruments/data.csv")).unwrap();
    let mut lines = text.lines();
    let mut data = format!("{},same\n", lines.next().unwrap());
    for line in lines {
        let w = line.split(',').nth(5).unwrap();
        // Scaled and shifted, or it would be left out as equal to w.
        data.push_str(&format!(
            "{line},{}\n",
            w.parse::<f64>().unwrap() + 1e-3 * line.len() as f64
        ));
    }
    let frame = Frame::from_csv(&data).unwrap();
    let a = run("y ~ x | 0 | w ~ z1", Family::Ols, &frame);
    let b = run("y ~ x | w ~ z1", Family::Ols, &frame);
    assert_eq!(a.names(), ["fit_w", "(Intercept)", "x"]);
    assert_eq!(a.coefficients(), b.coefficients());
    let near = run("y ~ x | g | w ~ same", Family::Ols, &frame);
    let ols = run("y ~ w + x | g", Family::Ols, &frame);
    let gap = coefficient(&near, "fit_w") - coefficient(&ols, "w");
    assert!(gap.abs() < 1e-3, "{gap}");
}

#[test]
fn mistakes() {
    let frame = frame("instruments/data.csv");
    let refuse = |formula: &str, family: Family| match estimate(&model(formula, family), &frame) {
        Ok(_) => panic!("{formula} was estimated"),
        Err(e) => e.to_string(),
    };
    let few = refuse("y ~ 1 | g | w + x ~ z1", Family::Ols);
    assert!(
        few.contains("2 endogenous regressors (fit_w, fit_x) and 1 instruments (z1)"),
        "{few}"
    );
    let ppml = refuse("y ~ x | g | w ~ z1", Family::Poisson);
    assert!(ppml.contains("instruments are for least squares"), "{ppml}");
    let name = refuse("y ~ x | g | w ~ z3", Family::Ols);
    assert!(name.contains("no column z3"), "{name}");
}
