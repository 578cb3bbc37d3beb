//! Worlds whose accounts do not close.

mod common;
#[path = "common/synthetic.rs"]
mod synthetic;

use comity_equilibrium::{Calibration, Closing, EquilibriumError, NOTABLE, Settings, Shock, solve};
use proptest::prelude::*;

fn world(economies: usize, sectors: usize, seed: u64) -> Calibration {
    let recipe = synthetic::Recipe {
        economies,
        sectors,
        zeros: 0.3,
        theta: (2.0, 9.0),
        tariff: 0.2,
    };
    synthetic::world(&recipe, seed)
}

fn consistent(
    world: &Calibration,
    input: Vec<f64>,
    stated: Option<&[f64]>,
) -> Result<(Calibration, Closing), EquilibriumError> {
    Calibration::consistent(
        world.economies,
        world.sectors,
        world.trade.clone(),
        world.tariff.clone(),
        input,
        world.theta.clone(),
        stated,
    )
}

#[test]
fn accounts_that_close_are_left_alone() {
    let world = world(6, 4, 3);
    let (same, closing) = consistent(&world, world.input_share.clone(), None).unwrap();
    assert_eq!(same, world);
    assert!(closing.adjustments.is_empty());
    assert!(closing.share_of_income.iter().all(|&share| share == 0.0));
    assert!(closing.warnings(NOTABLE).is_empty());
}

#[test]
fn stated_final_demand_gives_way_to_trade_and_is_reported() {
    let world = world(4, 3, 7);
    let mut stated: Vec<f64> = (0..12)
        .map(|cell| world.final_demand(cell / 3, cell % 3))
        .collect();
    // Economy 2 states half as much again of good 1, and so a lower balance.
    let extra = 0.5 * stated[7];
    stated[7] += extra;
    let (used, closing) = consistent(&world, world.input_share.clone(), Some(&stated)).unwrap();
    assert_eq!(used, world);
    assert_eq!(closing.adjustments.len(), 2, "{closing:?}");
    let demand = closing.adjustments[0];
    assert_eq!((demand.economy, demand.sector), (2, Some(1)));
    assert!((demand.used_musd - demand.stated_musd + extra).abs() < 1e-9 * extra);
    let balance = closing.adjustments[1];
    assert_eq!((balance.economy, balance.sector), (2, None));
    assert!((balance.used_musd - balance.stated_musd - extra).abs() < 1e-6 * extra);
    let share = extra / world.income(2);
    assert!((closing.share_of_income[2] - share).abs() < 1e-9);
    assert_eq!(
        closing.warnings(0.9 * share),
        vec![(2, closing.share_of_income[2])]
    );
    assert!(closing.warnings(1.1 * share).is_empty());
}

#[test]
fn a_large_repair_is_a_warning_that_names_the_economy() {
    // Economy 0 uses 180 of the good as input and buys 140 of it.
    let trade = vec![90.0, 50.0, 110.0, 300.0, 100.0, 20.0, 10.0, 200.0];
    let mut input = vec![0.1; 8];
    input[0] = 0.9;
    input[2] = 0.0;
    let theta = vec![4.0, 4.0];
    let strict = Calibration::new(
        2,
        2,
        trade.clone(),
        vec![0.0; 8],
        input.clone(),
        theta.clone(),
    );
    assert!(strict.is_err());
    let (world, closing) =
        Calibration::consistent(2, 2, trade, vec![0.0; 8], input, theta, None).unwrap();
    assert!(world.final_demand(0, 0).abs() < 1e-9 * world.expenditure(0, 0));
    assert!(world.expenditure(0, 0) > 180.0);
    let warned: Vec<usize> = closing.warnings(NOTABLE).iter().map(|w| w.0).collect();
    assert!(warned.contains(&0), "{closing:?}");
}

#[test]
fn a_good_that_nobody_sells_cannot_be_repaired() {
    let trade = vec![80.0, 20.0, 25.0, 80.0, 0.0, 0.0, 0.0, 40.0];
    let mut input = vec![0.0; 8];
    input[2] = 0.3; // economy 0 uses good 1, which it does not buy
    let error = Calibration::consistent(2, 2, trade, vec![0.0; 8], input, vec![4.0; 2], None);
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains("[economy 0, sector 1]: used as an input"),
        "{text}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Some economies use up to several times what they buy of some goods.
    #[test]
    fn repaired_worlds_close_and_solve(
        n in 2_usize..10, j in 2_usize..6, seed in 0_u64..1000, factor in 1.0_f64..4.0,
    ) {
        let base = world(n, j, seed);
        let mut input = base.input_share.clone();
        let mut random = synthetic::Random(seed);
        for a in 0..n {
            for using in 0..j {
                let k = (random.unit() * j as f64) as usize % j;
                let column: f64 = (0..j).map(|k| input[(a * j + k) * j + using]).sum();
                let cell = (a * j + k) * j + using;
                let room = 0.95 - (column - input[cell]);
                if random.unit() < 0.3 {
                    input[cell] = (factor * input[cell]).min(room).max(input[cell]);
                }
            }
        }
        let used_before = |a: usize, k: usize| -> f64 {
            (0..j).map(|s| input[(a * j + k) * j + s] * base.output(a, s)).sum()
        };
        match consistent(&base, input.clone(), None) {
            Ok((repaired, closing)) => {
                let mut world_balance = 0.0;
                for a in 0..n {
                    world_balance += repaired.surplus(a);
                    for k in 0..j {
                        // Final demand is what was left over, or 0: nothing nearer exists.
                        let left = base.expenditure(a, k) - used_before(a, k);
                        let found = repaired.final_demand(a, k);
                        let scale = repaired.expenditure(a, k);
                        prop_assert!((found - left.max(0.0)).abs() <= 2e-9 * scale, "{found} {left}");
                        let moved = closing.adjustments.iter()
                            .any(|cell| cell.economy == a && cell.sector == Some(k));
                        prop_assert_eq!(moved, left < -1e-9 * scale);
                        // Suppliers keep their shares.
                        for i in 0..n {
                            let (old, new) = (base.share(k, a, i), repaired.share(k, a, i));
                            prop_assert!((old - new).abs() < 1e-12);
                        }
                    }
                }
                let size: f64 = (0..n).map(|a| repaired.income(a)).sum();
                prop_assert!(world_balance.abs() < 1e-9 * size);
                let still = solve(&repaired, &Shock::none(&repaired), &Settings::default()).unwrap();
                prop_assert!(still.real_income_hat.iter().all(|&hat| (hat - 1.0).abs() < 1e-8));
            }
            Err(EquilibriumError::Invalid(problems)) => {
                // Nothing left for an economy's final demand.
                prop_assert!(problems.iter().all(|p| p.reason.contains("final demand")), "{:?}", problems);
            }
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        }
    }
}
