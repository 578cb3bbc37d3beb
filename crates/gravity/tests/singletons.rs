//! Singletons, recursively: Stata's nlswork and a chain in which rows fall one by one.

mod common;

use comity_gravity::{Correction, Family, Frame, estimate};
use common::{close, coefficient, error, frame, json, model, number};

#[test]
fn nlswork() {
    let frame = frame("singletons/nlswork.csv");
    let all = json("singletons/expected.json");
    for (case, effects) in [
        ("idcode+year", "idcode + year"),
        ("idcode+iy", "idcode + ind_code^occ_code^year"),
        (
            "idcode+io+iy",
            "idcode + ind_code^occ_code + ind_code^occ_code^year",
        ),
    ] {
        let expected = &all[case];
        let formula = format!("ln_wage ~ age + tenure | {effects}");
        let mut m = model(&formula, Family::Ols);
        let pruned = estimate(&m, &frame).unwrap();
        assert_eq!(
            pruned.rows() as f64,
            number(&expected["recursive_kept"]),
            "{case}"
        );
        m.settings.drop_singletons = false;
        let whole = estimate(&m, &frame).unwrap();
        assert_eq!(whole.rows() as f64, number(&expected["N"]), "{case}");
        for (e, wanted) in [
            (&pruned, &expected["fixest_on_pruned"]),
            (&whole, &expected["fixest_none"]),
        ] {
            for name in ["age", "tenure"] {
                close(
                    &format!("{case} {name}"),
                    coefficient(e, name),
                    number(&wanted["coef"][name]),
                    1e-8,
                );
                for (label, kind, correction) in [
                    ("iid", "iid", Correction::Fixest),
                    ("hetero", "hc1", Correction::Fixest),
                    ("cl", "cluster:idcode", Correction::Fixest),
                    ("twoway", "cluster:idcode+year", Correction::Fixest),
                ] {
                    if wanted["se"][label].is_null() {
                        continue;
                    }
                    close(
                        &format!("{case} {label} {name}"),
                        error(e, &frame, kind, correction, name),
                        number(&wanted["se"][label][name]),
                        1e-7,
                    );
                }
            }
        }
        // idcode nested, the year left with one level less, and one for the constant:
        // here reghdfe and fixest count alike.
        if case == "idcode+year" {
            for name in ["age", "tenure"] {
                close(
                    "cl_reghdfe",
                    error(&pruned, &frame, "cluster:idcode", Correction::Reghdfe, name),
                    number(&expected["fixest_on_pruned"]["se"]["cl_reghdfe"][name]),
                    1e-7,
                );
            }
        }
    }
}

/// The reference says that 98 rows are kept. Pruning until nothing falls, written out
/// plainly here, keeps 20: two rows fall in each of 39 passes. The coefficient is the
/// same either way, as a row alone in its level has no say in it.
#[test]
fn chain() {
    let frame = frame("singletons/chain.csv");
    let expected = &json("singletons/expected.json")["chain"];
    let column = |name: &str| match frame.column(name).unwrap() {
        comity_gravity::Values::Number(v) => v.clone(),
        other => panic!("{other:?}"),
    };
    let (i, j) = (column("i"), column("j"));
    let mut rows: Vec<usize> = (0..frame.rows()).collect();
    let mut passes = 0;
    loop {
        let alone = |of: &[f64], r: usize| rows.iter().filter(|&&q| of[q] == of[r]).count() == 1;
        let left: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|&r| !alone(&i, r) && !alone(&j, r))
            .collect();
        if left.len() == rows.len() {
            break;
        }
        rows = left;
        passes += 1;
    }
    assert_eq!((rows.len(), passes), (20, 39));
    let e = estimate(&model("y ~ x | i + j", Family::Ols), &frame).unwrap();
    assert_eq!(e.rows(), 20);
    let dropped: Vec<usize> = e.dropped_rows().iter().map(|d| d.row - 1).collect();
    assert!(dropped.iter().all(|r| !rows.contains(r)));
    close(
        "x",
        coefficient(&e, "x"),
        number(&expected["coef_pruned"]["x"]),
        1e-8,
    );
}

/// Row r shares level r of i with row r − 1 and level r of j with row r + 1: without
/// the first, the second is alone, and so on.
#[test]
fn a_chain_that_falls_entirely() {
    let mut text = String::from("y,x,i,j\n");
    for r in 0..60 {
        text.push_str(&format!(
            "{},{},{},{}\n",
            (r * 7) % 11,
            (r * 5) % 13,
            r / 2,
            (r + 1) / 2
        ));
    }
    let frame = Frame::from_csv(&text).unwrap();
    let error = estimate(&model("y ~ x | i + j", Family::Ols), &frame)
        .err()
        .expect("nothing is left");
    let said = "of 60 rows, 30 alone in their level of i, 30 alone in their level of j";
    assert!(error.to_string().contains(said), "{error}");
}
