//! Trade between a pair cut off: an infinite trade cost.

mod common;
#[path = "common/synthetic.rs"]
mod synthetic;

use comity_equilibrium::{
    Calibration, EquilibriumError, Settings, Shock, by_income_source, by_mechanism,
    first_order_caliendo_parro, solve, solve_from,
};
use common::gap;
use synthetic::{Random, Recipe, world};

fn recipe(economies: usize, sectors: usize) -> Recipe {
    Recipe {
        economies,
        sectors,
        zeros: 0.2,
        theta: (1.0, 12.0),
        tariff: 0.2,
    }
}

/// An embargo: the first and the last economy sell each other nothing, and a
/// few other cross-border flows end as well.
fn embargo(world: &Calibration, factor: f64, seed: u64) -> Shock {
    let mut random = Random(seed);
    let n = world.economies;
    let mut shock = Shock::none(world);
    for cell in 0..shock.trade_cost.len() {
        let (buyer, seller) = (cell / n % n, cell % n);
        let pair = (buyer == 0 && seller == n - 1) || (buyer == n - 1 && seller == 0);
        let other = random.unit() < 0.1 && buyer != seller;
        if pair || other {
            shock.trade_cost[cell] = factor;
        }
    }
    shock
}

fn problems(error: EquilibriumError) -> Vec<String> {
    match error {
        EquilibriumError::Invalid(problems) => problems.iter().map(|p| p.to_string()).collect(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_cut_off_pair_trades_nothing_and_every_equation_holds() {
    for seed in 0..30 {
        let world = world(&recipe(3 + seed as usize, 1 + seed as usize % 7), seed);
        let shock = embargo(&world, f64::INFINITY, seed);
        let solution = solve(&world, &shock, &Settings::default()).unwrap();
        for (cell, flow) in solution.trade_new.iter().enumerate() {
            let open = world.trade[cell] > 0.0 && shock.trade_cost[cell].is_finite();
            assert_eq!(*flow > 0.0, open, "cell {cell}: {flow}");
        }
        let worst = solution.residuals.worst().1.size;
        assert!(worst <= 1e-10, "{worst:e}");
    }
}

/// A large cost factor leaves flows of the order κ̂^(−θ), so the gap to the
/// cut-off is of that order for the lowest elasticity, 1 or a little more here.
#[test]
fn a_cut_off_is_the_limit_of_a_large_cost() {
    let settings = Settings {
        tolerance: 1e-12,
        ..Settings::default()
    };
    for seed in 0..10 {
        let world = world(&recipe(4 + seed as usize, 1 + seed as usize % 5), seed);
        let limit = solve(&world, &embargo(&world, f64::INFINITY, seed), &settings).unwrap();
        for factor in [1e6, 1e9] {
            let near = solve(&world, &embargo(&world, factor, seed), &settings).unwrap();
            let found = [
                gap(&near.wage_hat, &limit.wage_hat),
                gap(&near.price_index_hat, &limit.price_index_hat),
                gap(&near.real_income_hat, &limit.real_income_hat),
            ];
            let lowest = world.theta.iter().fold(f64::INFINITY, |a, &b| a.min(b));
            let allowed = 10.0 * f64::powf(factor, -lowest) + 1e-11;
            for found in found {
                assert!(found < allowed, "{seed} {factor:e}: {found:e} {allowed:e}");
            }
        }
    }
}

#[test]
fn reopening_leads_back() {
    // The pair is cut off, then a warm start brings it back.
    let world = world(&recipe(8, 4), 3);
    let settings = Settings::default();
    let closed = solve(&world, &embargo(&world, f64::INFINITY, 3), &settings).unwrap();
    let open = solve_from(&world, &Shock::none(&world), &settings, &closed).unwrap();
    assert!(gap(&open.real_income_hat, &[1.0; 8]) < 1e-9);
}

#[test]
fn a_buyer_without_any_supplier_is_named() {
    let world = world(&recipe(4, 3), 1);
    let mut shock = Shock::none(&world);
    for i in 0..4 {
        shock.trade_cost[(2 * 4 + 1) * 4 + i] = f64::INFINITY;
    }
    let problems = problems(solve(&world, &shock, &Settings::default()).unwrap_err());
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].contains("[economy 1, sector 2]: every supplier"),
        "{problems:?}"
    );
}

#[test]
fn an_economy_cut_off_from_the_world_is_named() {
    let world = world(&recipe(5, 2), 1);
    let mut shock = Shock::none(&world);
    for cell in 0..shock.trade_cost.len() {
        let (n, i) = (cell / 5 % 5, cell % 5);
        if n != i && (n == 3 || i == 3) {
            shock.trade_cost[cell] = f64::INFINITY;
        }
    }
    let problems = problems(solve(&world, &shock, &Settings::default()).unwrap_err());
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].contains("[economy 3]: cut off from the largest"),
        "{problems:?}"
    );
}

#[test]
fn an_economy_without_customers_is_named() {
    // Economy 1 sells abroad only.
    let trade = vec![80.0, 20.0, 20.0, 0.0];
    let world = Calibration::new(2, 1, trade, vec![0.0; 4], vec![0.0; 2], vec![5.0]).unwrap();
    let mut shock = Shock::none(&world);
    shock.trade_cost[1] = f64::INFINITY;
    let problems = problems(solve(&world, &shock, &Settings::default()).unwrap_err());
    assert!(
        problems[0].contains("[economy 1]: every customer"),
        "{problems:?}"
    );
}

#[test]
fn nan_and_zero_are_still_refused() {
    let world = world(&recipe(3, 1), 1);
    let mut shock = Shock::none(&world);
    shock.trade_cost[1] = f64::NAN;
    shock.trade_cost[2] = 0.0;
    shock.trade_cost[3] = f64::NEG_INFINITY;
    assert_eq!(problems(shock.validate(&world).unwrap_err()).len(), 3);
}

/// Sector 0 is used only to make sector 1 in economy 0, whose only customer is
/// economy 1. Cut that off and nobody wants sector 0 in economy 0 any more.
fn chain() -> (Calibration, Shock) {
    let trade = vec![
        10.0, 10.0, 0.0, 60.0, // sector 0: what 0 buys, what 1 buys
        0.0, 0.0, 40.0, 50.0, // sector 1
        50.0, 30.0, 5.0, 90.0, // sector 2
    ];
    let mut input = vec![0.0; 2 * 9];
    input[1] = 0.5; // economy 0, input 0, using 1
    let world = Calibration::new(2, 3, trade, vec![0.1; 12], input, vec![4.0, 3.0, 5.0]).unwrap();
    let mut shock = Shock::none(&world);
    shock.trade_cost[6] = f64::INFINITY;
    (world, shock)
}

#[test]
fn demand_for_an_input_ends_with_the_last_sale_of_what_it_makes() {
    let (mut world, mut shock) = chain();
    // 22 bought, 20 used: use all, so that no final demand is left.
    let mut input = world.input_share.clone();
    input[1] = 0.55;
    world = Calibration::new(
        2,
        3,
        world.trade.clone(),
        world.tariff.clone(),
        input,
        world.theta.clone(),
    )
    .unwrap();
    shock.tariff.clone_from(&world.tariff);
    let solution = solve(&world, &shock, &Settings::default()).unwrap();
    assert_eq!(solution.expenditure_new[0], 0.0);
    assert_eq!(solution.output_new[1], 0.0);
    assert_eq!(solution.trade_new[0], 0.0);
    assert!(solution.price_hat[0].is_finite());
    assert!(solution.residuals.worst().1.size <= 1e-10);
    let terms = by_mechanism(&world, &shock, &Settings::default(), 1e-10).unwrap();
    assert!(terms.gap <= 1e-10, "{:e}", terms.gap);
}

#[test]
fn decompositions_add_up_on_the_way_to_a_cut_off() {
    for seed in 0..4 {
        let world = world(&recipe(5, 3), seed);
        let shock = embargo(&world, f64::INFINITY, seed);
        let settings = Settings::default();
        let solution = solve(&world, &shock, &settings).unwrap();
        let terms = by_mechanism(&world, &shock, &settings, 1e-10).unwrap();
        println!("{} points, gap {:e}", terms.points, terms.gap);
        assert!(terms.gap <= 1e-10);
        let total: Vec<f64> = solution
            .real_income_hat
            .iter()
            .map(|hat| hat - 1.0)
            .collect();
        assert!(gap(&terms.total, &total) < 1e-9);
        // Who can buy from fewer loses by dearer trade.
        assert!(terms.trade_cost[0] < 0.0);
        let sources = by_income_source(&world, &solution);
        let sum = sources.real_wage[0] + sources.tariff_revenue[0] + sources.balance[0];
        assert!((sum - total[0]).abs() < 1e-12);
        let linear = first_order_caliendo_parro(&world, &solution);
        assert!(linear.total.iter().all(|term| term.is_finite()));
    }
}
