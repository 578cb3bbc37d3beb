//! A subset is the table without the other rows, and says which rows those are.

mod common;

use comity_gravity::{Condition, Correction, Covariance, Family, Frame, estimate};
use common::{frame, model, reference};

const FORMULA: &str = "trade ~ fta + ln_distw | isoexp^year + isoimp^year";

fn conditions(texts: &[&str]) -> Vec<Condition> {
    let parse = |text: &&str| Condition::parse(text).unwrap_or_else(|e| panic!("{e}"));
    texts.iter().map(parse).collect()
}

#[test]
fn a_subset_is_the_table_without_the_other_rows() {
    let whole = frame("ppmlhdfe_example/trade_fta_total.csv");
    let mut m = model(FORMULA, Family::Poisson);
    m.subset = conditions(&["year >= 1995", "isoexp != AUS"]);
    let some = estimate(&m, &whole).unwrap();
    let fit = some
        .fit(&whole, &Covariance::Hc1, Correction::Fixest)
        .unwrap();

    let text = std::fs::read_to_string(reference("ppmlhdfe_example/trade_fta_total.csv")).unwrap();
    let field = |line: &str, at: usize| line.split(',').nth(at).unwrap().to_string();
    let later = |line: &str| field(line, 3).parse::<u32>().unwrap() >= 1995;
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    let kept: Vec<&str> = lines
        .clone()
        .filter(|l| later(l) && field(l, 0) != "AUS")
        .collect();
    let alone = Frame::from_csv(&format!("{header}\n{}\n", kept.join("\n"))).unwrap();
    let other = estimate(&model(FORMULA, Family::Poisson), &alone).unwrap();
    // Rows are put into an order of their own, so the bits are the same.
    assert_eq!(some.coefficients(), other.coefficients());
    let errors = |fit: &comity_gravity::Fit| -> Vec<f64> {
        fit.coefficients.iter().map(|c| c.standard_error).collect()
    };
    let other = other
        .fit(&alone, &Covariance::Hc1, Correction::Fixest)
        .unwrap();
    assert_eq!(errors(&fit), errors(&other));
    assert_eq!(fit.sample.used, other.sample.used);

    // Rows are counted at the first condition that they do not meet, and listed.
    let early = lines.clone().filter(|l| !later(l)).count();
    let australian = lines.filter(|l| later(l) && field(l, 0) == "AUS").count();
    assert_eq!(
        fit.sample.subset,
        [
            ("year >= 1995".to_string(), early),
            ("isoexp != AUS".to_string(), australian)
        ]
    );
    assert!(early > 0 && australian > 0);
    let listed = some.dropped_rows();
    let of = |what: &str| {
        let reason = format!("not in the subset: {what}");
        listed.iter().filter(|d| d.reason == reason).count()
    };
    assert_eq!(of("year >= 1995"), early);
    assert_eq!(of("isoexp != AUS"), australian);
    let sum = listed.len() + fit.sample.used;
    assert_eq!(sum, fit.sample.read);
}

/// What is missing or negative in rows left out is nobody's concern.
#[test]
fn rows_left_out_are_not_judged() {
    let table =
        Frame::from_csv("y,x,g,keep\n-1,1,a,0\n2,,a,0\n3,1,a,1\n4,2,a,1\n6,3,b,1\n5,5,b,1\n")
            .unwrap();
    let mut m = model("y ~ x | g", Family::Poisson);
    m.subset = conditions(&["keep = 1"]);
    let e = estimate(&m, &table).unwrap();
    assert_eq!(e.rows(), 4);
    let fit = e.fit(&table, &Covariance::Hc1, Correction::None).unwrap();
    assert_eq!(fit.sample.missing, 0);
    // With a split, a row out of both is counted once, in the subset.
    m.sample = Some(("g".to_string(), "b".to_string()));
    m.formula = model("y ~ x", Family::Poisson).formula;
    let e = estimate(&m, &table).unwrap();
    let fit = e.fit(&table, &Covariance::Hc1, Correction::None).unwrap();
    let s = &fit.sample;
    assert_eq!((s.subset[0].1, s.outside, s.used, s.read), (2, 2, 2, 6));
    assert_eq!(table.levels("g", &m.subset).unwrap(), ["a", "b"]);
    assert_eq!(table.levels("g", &conditions(&["x > 2"])).unwrap(), ["b"]);
}

#[test]
fn conditions_that_do_not_fit_are_mistakes() {
    let table = Frame::from_csv("y,x,s\n1,1,a\n2,2,b\n3,5,a\n").unwrap();
    let said = |texts: &[&str]| {
        let mut m = model("y ~ x", Family::Ols);
        m.subset = conditions(texts);
        estimate(&m, &table).err().expect("a mistake").to_string()
    };
    let both = said(&["xx = 1", "ss"]);
    assert!(both.starts_with("2 problems"), "{both}");
    let both = said(&["s > a", "x = one"]);
    assert!(
        both.contains("use = or !=") && both.contains("\"one\" is none"),
        "{both}"
    );
    let none = said(&["x > 5", "y"]);
    assert!(
        none.contains("no rows left to estimate from: none of 3 rows meets x > 5 and y"),
        "{none}"
    );
}
