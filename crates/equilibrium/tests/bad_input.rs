//! Every mistake is named, all at once.

use comity_equilibrium::{Calibration, EquilibriumError, Settings, Shock, solve};

fn problems(error: EquilibriumError) -> Vec<String> {
    match error {
        EquilibriumError::Invalid(problems) => problems.iter().map(|p| p.to_string()).collect(),
        other => panic!("{other}"),
    }
}

#[test]
fn several_mistakes_are_reported_together() {
    let trade = vec![80.0, -1.0, f64::NAN, 80.0];
    let error = Calibration::new(2, 1, trade, vec![0.0; 4], vec![0.4, 0.4], vec![0.0]).unwrap_err();
    let problems = problems(error);
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problems[0].contains("economy 0, exporter 1, sector 0"));
    assert!(problems[2].contains("theta [sector 0]"));
}

#[test]
fn a_wrong_length_names_the_array_and_its_layout() {
    let error = Calibration::new(2, 1, vec![1.0; 3], vec![0.0; 4], vec![0.4, 0.4], vec![2.0]);
    let text = error.unwrap_err().to_string();
    assert_eq!(
        text,
        "trade has 3 values, expected 4 ([sector][importer][exporter])"
    );
}

#[test]
fn inputs_beyond_purchases_are_named_by_cell() {
    // Economy 0 sells 200 of the good, uses 0.9 of that as input and buys only 100.
    let trade = vec![90.0, 10.0, 110.0, 300.0];
    let error = Calibration::new(2, 1, trade, vec![0.0; 4], vec![0.9, 0.1], vec![4.0]);
    let problems = problems(error.unwrap_err());
    assert!(
        problems[0].starts_with("trade [economy 0, sector 0]: more is used as input"),
        "{problems:?}"
    );
}

#[test]
fn an_economy_without_any_partner_is_named() {
    let trade = vec![80.0, 20.0, 0.0, 20.0, 80.0, 0.0, 0.0, 0.0, 50.0];
    let error = Calibration::new(3, 1, trade, vec![0.0; 9], vec![0.4; 3], vec![4.0]);
    let problems = problems(error.unwrap_err());
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("[economy 2]: no trade connects"));
}

#[test]
fn an_economy_may_lack_a_sector() {
    // Sector 1 is produced in economy 1 only, and economy 0 does not buy it.
    let trade = vec![80.0, 20.0, 25.0, 80.0, 0.0, 0.0, 0.0, 40.0];
    let world = Calibration::new(2, 2, trade, vec![0.1; 8], vec![0.0; 8], vec![4.0, 6.0]).unwrap();
    let mut shock = Shock::none(&world);
    shock.trade_cost[1] = 0.7;
    let solution = solve(&world, &shock, &Settings::default()).unwrap();
    assert!(!world.buys(0, 1) && !world.produces(0, 1));
    assert_eq!(solution.price_hat[1], 1.0);
    assert_eq!(solution.output_new[1], 0.0);
    assert!(solution.real_income_hat[0] > 1.0);
}

#[test]
fn giving_up_names_the_block_and_the_place() {
    let trade = vec![80.0, 20.0, 20.0, 180.0];
    let world = Calibration::new(2, 1, trade, vec![0.0; 4], vec![0.0; 2], vec![5.0]).unwrap();
    let mut shock = Shock::none(&world);
    shock.trade_cost[1] = 0.5;
    let settings = Settings {
        max_iterations: 2,
        ..Settings::default()
    };
    let text = solve(&world, &shock, &settings).unwrap_err().to_string();
    assert!(text.contains("equations are off by"), "{text}");
    assert!(text.contains("worst at economy"), "{text}");
}

#[test]
fn projects_cannot_buy_what_is_not_sold() {
    let trade = vec![80.0, 20.0, 25.0, 80.0, 0.0, 0.0, 0.0, 40.0];
    let world = Calibration::new(2, 2, trade, vec![0.0; 8], vec![0.0; 8], vec![4.0, 6.0]).unwrap();
    let mut shock = Shock::none(&world);
    shock.tax = vec![1.0, 0.0];
    shock.project_spending = vec![1.0, 0.0];
    shock.project_composition = Some(vec![0.5, 0.5, 0.0, 0.0]);
    let problems = problems(solve(&world, &shock, &Settings::default()).unwrap_err());
    assert!(
        problems[0].contains("a good that nobody sells"),
        "{problems:?}"
    );
}
