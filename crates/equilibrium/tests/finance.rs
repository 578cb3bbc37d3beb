//! Projects, loans and who bears what.

mod common;
#[path = "common/synthetic.rs"]
mod synthetic;

use comity_equilibrium::{
    Loan, Project, Settings, Shock, annuity, by_mechanism, present_value, solve, yearly_flows,
};
use proptest::prelude::*;

/// A railway for 4.7 bn: 2.3 bn lent by 0 to a company that 0, 1 and 2 own, the
/// rest paid by its owners.
fn railway(rate: f64) -> Project {
    let owners = vec![(0, 0.51), (1, 0.245), (2, 0.245)];
    Project {
        cost_musd: 4700.0,
        life_years: 35.0,
        discount_rate: 0.06,
        paid_by: owners.clone(),
        spent_in: vec![(0, 0.2), (1, 0.7), (2, 0.1)],
        buys: None,
        loans: vec![Loan {
            principal_share: 2300.0 / 4700.0,
            lender: 0,
            borrowers: owners,
            years: 35.0,
            rate,
        }],
    }
}

#[test]
fn an_annuity_is_the_textbook_one() {
    // 1,000 over two years at 10 %: x/1.1 + x/1.21 = 1,000.
    assert!((annuity(1000.0, 0.1, 2.0) - 1000.0 / (1.0 / 1.1 + 1.0 / 1.21)).abs() < 1e-9);
    assert_eq!(annuity(700.0, 0.0, 35.0), 20.0);
    assert!((annuity(700.0, 1e-12, 35.0) - 20.0).abs() < 1e-6);
    assert!((present_value(annuity(5.0, 0.03, 7.0), 0.03, 7.0) - 5.0).abs() < 1e-12);
}

#[test]
fn a_loan_at_the_discount_rate_moves_the_burden_to_the_owners() {
    let flows = yearly_flows(&[railway(0.06)], 4).unwrap();
    for (burden, share) in flows.burden_musd.iter().zip([0.51, 0.245, 0.245, 0.0]) {
        assert!((burden - share * 4700.0).abs() < 1e-9);
    }
    assert!(flows.loans[0].grant_element_musd.abs() < 1e-9);
    let yearly = annuity(4700.0, 0.06, 35.0);
    assert!((flows.spending[1] - 0.7 * yearly).abs() < 1e-9);
}

#[test]
fn a_cheap_loan_is_a_gift_and_a_dear_one_earns() {
    let fair = yearly_flows(&[railway(0.06)], 3).unwrap();
    let cheap = yearly_flows(&[railway(0.02)], 3).unwrap();
    let dear = yearly_flows(&[railway(0.09)], 3).unwrap();
    // 2,300 at 2 % over 35 years is 92.0 a year, worth 1,334 at 6 %.
    let terms = cheap.loans[0];
    assert!((terms.payment_musd - 2300.0 * 0.02 / (1.0 - 1.02_f64.powi(-35))).abs() < 1e-9);
    let worth: f64 = (1..=35)
        .map(|year| terms.payment_musd / 1.06_f64.powi(year))
        .sum();
    assert!((terms.grant_element_musd - (2300.0 - worth)).abs() < 1e-9);
    // The lender owns 51 % of the borrower, so it gives 49 % away to the others.
    let given = 0.49 * terms.grant_element_musd;
    assert!((cheap.burden_musd[0] - fair.burden_musd[0] - given).abs() < 1e-9);
    assert!(cheap.tax[1] < fair.tax[1] && fair.tax[1] < dear.tax[1]);
    assert!(dear.loans[0].grant_element_musd < 0.0);
}

#[test]
fn every_mistake_is_named_at_once() {
    let mut project = railway(-0.01);
    project.paid_by[1].1 = 0.3;
    project.spent_in.push((9, 0.0));
    project.loans[0].borrowers.push((0, 0.0));
    project.life_years = 0.0;
    let error = yearly_flows(&[railway(0.02), project], 3)
        .unwrap_err()
        .to_string();
    for part in [
        "project 1",
        "loan rate",
        "life_years",
        "paid_by [project 1]: the shares must add up to 1; they miss it by (5.5",
        "spent_in [project 1, economy 9]: does not exist",
        "borrowers [project 1, economy 0]: named twice",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!error.contains("project 0"));
    let mut greedy = railway(0.02);
    greedy.loans.push(greedy.loans[0].clone());
    greedy.loans.push(greedy.loans[0].clone());
    let error = yearly_flows(&[greedy], 3).unwrap_err().to_string();
    assert!(error.contains("more than the cost"), "{error}");
}

#[test]
fn the_equilibrium_bears_what_the_loan_shifts() {
    let recipe = synthetic::Recipe {
        economies: 5,
        sectors: 4,
        zeros: 0.2,
        theta: (3.0, 8.0),
        tariff: 0.1,
    };
    let world = synthetic::world(&recipe, 5);
    let scale = 0.05 * world.income(1) / 4700.0;
    let outcome = |rate: f64| {
        let mut project = railway(rate);
        project.cost_musd *= scale;
        project.buys = Some(vec![(0, 0.25), (3, 0.75)]);
        let mut other = railway(0.06);
        other.cost_musd *= 0.1 * scale;
        let mut shock = Shock::none(&world);
        let flows = shock.finance(&world, &[project, other]).unwrap();
        let (paid, spent): (f64, f64) = (flows.tax.iter().sum(), flows.spending.iter().sum());
        assert!((paid - spent).abs() < 1e-12 * spent);
        let composition = shock.project_composition.as_ref().unwrap();
        let row: f64 = composition[4..8].iter().sum();
        assert!((row - 1.0).abs() < 1e-12);
        let solution = solve(&world, &shock, &Settings::default()).unwrap();
        let terms = by_mechanism(&world, &shock, &Settings::default(), 1e-10).unwrap();
        assert!(terms.gap <= 1e-10);
        (flows, solution)
    };
    let (fair, with_fair) = outcome(0.06);
    let (cheap, with_cheap) = outcome(0.01);
    // The borrower gains about what it no longer pays; terms of trade move it a little.
    let saved = fair.tax[1] - cheap.tax[1];
    let gained = with_cheap.equivalent_variation_musd[1] - with_fair.equivalent_variation_musd[1];
    assert!(saved > 0.0);
    assert!((gained / saved - 1.0).abs() < 0.2, "{gained} {saved}");
    assert!(with_cheap.equivalent_variation_musd[0] < with_fair.equivalent_variation_musd[0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn taxes_add_up_to_spending(
        cost in 0.0_f64..1e5, life in 1.0_f64..60.0, discount in 0.0_f64..0.2,
        rate in 0.0_f64..0.3, years in 1.0_f64..60.0, lent in 0.01_f64..1.0, share in 0.0_f64..1.0,
        lender in 0_usize..4, payer in 0_usize..3,
    ) {
        let project = Project {
            cost_musd: cost,
            life_years: life,
            discount_rate: discount,
            paid_by: vec![(payer, share), (payer + 1, 1.0 - share)],
            spent_in: vec![(3, share), (1, 1.0 - share)],
            buys: None,
            loans: vec![Loan {
                principal_share: lent,
                lender,
                borrowers: vec![(payer, 1.0 - share), (payer + 1, share)],
                years,
                rate,
            }],
        };
        let flows = yearly_flows(&[project.clone(), project], 4).unwrap();
        let (paid, spent): (f64, f64) = (flows.tax.iter().sum(), flows.spending.iter().sum());
        let size: f64 = flows.tax.iter().map(|tax| tax.abs()).sum::<f64>() + spent;
        prop_assert!((paid - spent).abs() <= 1e-13 * size);
        let burden: f64 = flows.burden_musd.iter().sum();
        prop_assert!((burden - 2.0 * cost).abs() <= 1e-12 * (size + cost) * 60.0);
    }
}
