//! Three economies, two sectors: the golden file of KITE.jl, which holds what a
//! patched R KITE computes.

mod common;

use comity_equilibrium::{Calibration, Numeraire, Settings, Shares, Shock, solve};
use common::{Table, reference};

const N: usize = 3;
const J: usize = 2;

fn economy(name: &str) -> usize {
    ["c1", "c2", "c3"].iter().position(|&c| c == name).unwrap()
}

fn sector(name: &str) -> usize {
    ["s1", "s2"].iter().position(|&s| s == name).unwrap()
}

fn shares() -> (Shares, Vec<f64>) {
    let case = |file: &str| Table::read(reference("kitejl_toy_3x2").join(file));
    let by_sector = |file: &str| {
        let table = case(file);
        let mut values = vec![0.0; N * J];
        for row in &table.rows {
            let (n, j) = (table.text(row, "country"), table.text(row, "sector"));
            values[economy(n) * J + sector(j)] = table.number(row, "value");
        }
        values
    };
    let by_economy = |file: &str| {
        let table = case(file);
        let mut values = vec![0.0; N];
        for row in &table.rows {
            values[economy(table.text(row, "country"))] = table.number(row, "value");
        }
        values
    };
    let factor_share = by_sector("factor_share.csv");
    let mut input_share = vec![0.0; N * J * J];
    let table = case("intermediate_share.csv");
    for row in &table.rows {
        let n = economy(table.text(row, "country"));
        let (k, j) = (
            sector(table.text(row, "input")),
            sector(table.text(row, "output")),
        );
        // The file gives shares of the cost of inputs, not of gross output.
        input_share[(n * J + k) * J + j] =
            table.number(row, "value") * (1.0 - factor_share[n * J + j]);
    }
    let mut trade_share = vec![0.0; J * N * N];
    let table = case("trade_share.csv");
    for row in &table.rows {
        let (i, n) = (table.text(row, "origin"), table.text(row, "destination"));
        let j = sector(table.text(row, "sector"));
        trade_share[(j * N + economy(n)) * N + economy(i)] = table.number(row, "value");
    }
    let mut theta = vec![0.0; J];
    let table = case("trade_elasticity.csv");
    for row in &table.rows {
        theta[sector(table.text(row, "sector"))] = table.number(row, "value");
    }
    let shares = Shares {
        economies: N,
        sectors: J,
        trade_share,
        tariff: vec![0.0; J * N * N],
        input_share,
        final_share: by_sector("consumption_share.csv"),
        theta,
        value_added: by_economy("value_added.csv"),
        // Exports less imports, as here.
        surplus: by_economy("trade_balance.csv"),
        negative_inputs: false,
    };
    (shares, by_sector("expenditure.csv"))
}

fn shock(scenario: &str, world: &Calibration) -> Shock {
    let mut shock = Shock::none(world);
    for j in 0..J {
        for n in 0..N {
            for i in 0..N {
                let cell = (j * N + n) * N + i;
                match scenario {
                    "uniform_tariff" if n != i => shock.tariff[cell] = 0.10,
                    "bilateral_tariff" if n == 0 && i == 1 => shock.tariff[cell] = 0.25,
                    _ => {}
                }
            }
        }
    }
    shock
}

#[test]
fn expenditure_follows_from_the_shares() {
    let (shares, expenditure) = shares();
    let world = Calibration::from_shares(&shares).unwrap();
    for n in 0..N {
        for j in 0..J {
            let error = world.expenditure(n, j) / expenditure[n * J + j] - 1.0;
            assert!(error.abs() < 1e-12, "{n} {j} {error}");
        }
    }
}

#[test]
fn every_scenario_of_the_golden_file() {
    let world = Calibration::from_shares(&shares().0).unwrap();
    let golden = Table::read(reference("kitejl_toy_3x2").join("golden_cp2015_3x2.csv"));
    // KITE holds world value added constant, and balances in that unit.
    let settings = Settings {
        tolerance: 1e-12,
        numeraire: Numeraire::WorldValueAdded,
        ..Settings::default()
    };
    let (mut compared, mut worst) = (0, 0.0_f64);
    for scenario in ["null", "uniform_tariff", "bilateral_tariff"] {
        let shock = shock(scenario, &world);
        let solution = solve(&world, &shock, &settings).unwrap();
        for row in &golden.rows {
            if golden.text(row, "scenario") != scenario {
                continue;
            }
            let (i, j, k) = (
                golden.text(row, "i"),
                golden.text(row, "j"),
                golden.text(row, "k"),
            );
            let (expected, found) = match golden.text(row, "variable") {
                "wage_change" => (golden.number(row, "value"), solution.wage_hat[economy(i)]),
                "price_change" => (
                    golden.number(row, "value"),
                    solution.price_hat[economy(i) * J + sector(j)],
                ),
                "trade_share_new" => (
                    golden.number(row, "value"),
                    // i is the exporter and j the importer in the file.
                    solution.share_new(&shock, sector(k), economy(j), economy(i)),
                ),
                other => panic!("{other}"),
            };
            worst = worst.max((found - expected).abs());
            assert!((found - expected).abs() < 1e-9, "{row:?} {found}");
            compared += 1;
        }
    }
    assert_eq!(compared, golden.rows.len());
    println!("largest difference {worst:e} over {compared} values");
}
