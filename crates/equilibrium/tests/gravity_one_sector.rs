//! One sector: the "GE gravity" models of the field, solved by the same code.
//! Structural gravity after Yotov et al. (2016), universal gravity after Allen,
//! Arkolakis & Takahashi (2020) as in `ge_gravity2`, and a peer whose markets
//! do not clear.

mod common;

use std::collections::HashMap;

use comity_equilibrium::{Calibration, Closure, Settings, Shock, Solution, solve};
use common::{Table, gap, reference};

/// Bilateral values by label, importer by row.
struct Matrix {
    index: HashMap<String, usize>,
    n: usize,
}

impl Matrix {
    /// Economies in the order of first appearance among the exporters.
    fn of(table: &Table, exporter: &str, keep: impl Fn(&[String]) -> bool) -> Matrix {
        let mut index = HashMap::new();
        for row in table.rows.iter().filter(|row| keep(row)) {
            let next = index.len();
            index
                .entry(table.text(row, exporter).to_string())
                .or_insert(next);
        }
        let n = index.len();
        Matrix { index, n }
    }

    fn read(
        &self,
        table: &Table,
        names: (&str, &str),
        keep: impl Fn(&[String]) -> bool,
        value: impl Fn(&[String]) -> f64,
    ) -> Vec<f64> {
        let mut values = vec![f64::NAN; self.n * self.n];
        for row in table.rows.iter().filter(|row| keep(row)) {
            let (exporter, importer) = (table.text(row, names.0), table.text(row, names.1));
            values[self.index[importer] * self.n + self.index[exporter]] = value(row);
        }
        assert!(values.iter().all(|value| !value.is_nan()));
        values
    }

    fn by_economy(&self, table: &Table, key: &str, column: &str) -> Vec<f64> {
        let mut values = vec![f64::NAN; self.n];
        for row in &table.rows {
            values[self.index[table.text(row, key)]] = table.number(row, column);
        }
        assert!(values.iter().all(|value| !value.is_nan()));
        values
    }
}

fn one_sector(n: usize, trade: Vec<f64>, theta: f64, input_share: f64) -> Calibration {
    let inputs = vec![input_share; n];
    Calibration::new(n, 1, trade, vec![0.0; n * n], inputs, vec![theta]).unwrap()
}

/// κ̂ from a partial effect β on trade: κ̂^(−θ) = exp(β).
fn cost(theta: f64, effect: f64) -> f64 {
    (-effect / theta).exp()
}

fn percent(hats: impl Iterator<Item = f64>) -> Vec<f64> {
    hats.map(|hat| 100.0 * (hat - 1.0)).collect()
}

fn tight() -> Settings {
    Settings {
        tolerance: 1e-13,
        ..Settings::default()
    }
}

/// An Advanced Guide to Trade Policy Analysis, chapter 2, application 1:
/// removing all international borders, σ = 7, in the gravity model's fitted
/// trade, which is the trade costs scaled to the observed sales and purchases.
fn without_borders() -> (Matrix, Calibration, Shock) {
    const THETA: f64 = 6.0;
    let file = |name: &str| reference("agtpa").join(name);
    let table = Table::read(file("ch2_app1_data_2006.csv"));
    let text = std::fs::read_to_string(file("ch2_app1_ppml.json")).unwrap();
    let estimates: serde_json::Value = serde_json::from_str(&text).unwrap();
    let beta = |name: &str| estimates["coef"][name].as_f64().unwrap();
    let matrix = Matrix::of(&table, "exporter", |_| true);
    let n = matrix.n;
    let names = ("exporter", "importer");
    let observed = matrix.read(&table, names, |_| true, |row| table.number(row, "trade"));
    let fitted = matrix.read(
        &table,
        names,
        |_| true,
        |row| {
            let border = table.text(row, "exporter") != table.text(row, "importer");
            let index = beta("ln_DIST") * table.number(row, "DIST").ln()
                + beta("CNTG") * table.number(row, "CNTG")
                + beta("INTL_BRDR") * f64::from(u8::from(border));
            index.exp()
        },
    );
    let mut trade = fitted;
    for _ in 0..2000 {
        let mut change = 0.0_f64;
        for i in 0..n {
            let sold: f64 = (0..n).map(|m| observed[m * n + i]).sum();
            let fit: f64 = (0..n).map(|m| trade[m * n + i]).sum();
            (0..n).for_each(|m| trade[m * n + i] *= sold / fit);
        }
        for m in 0..n {
            let bought: f64 = observed[m * n..(m + 1) * n].iter().sum();
            let fit: f64 = trade[m * n..(m + 1) * n].iter().sum();
            change = change.max((bought / fit - 1.0).abs());
            (0..n).for_each(|i| trade[m * n + i] *= bought / fit);
        }
        if change < 1e-15 {
            break;
        }
    }
    let world = one_sector(n, trade, THETA, 0.0);
    let mut shock = Shock::none(&world);
    for cell in 0..n * n {
        if cell / n != cell % n {
            shock.trade_cost[cell] = cost(THETA, -beta("INTL_BRDR"));
        }
    }
    (matrix, world, shock)
}

/// Percent changes to 1e-9 points: the reference is an independent solver's,
/// converged to about 1e-13.
fn check_agtpa(closure: Closure, file: &str, key: &str) {
    let (matrix, world, shock) = without_borders();
    let settings = Settings { closure, ..tight() };
    let solution = solve(&world, &shock, &settings).unwrap();
    let expected = Table::read(reference("agtpa").join(file));
    let column = |name: &str| matrix.by_economy(&expected, key, name);
    let n = matrix.n;
    let germany = solution.price_index_hat[matrix.index["DEU"]];
    let exports = |flows: &[f64], i: usize| -> f64 {
        (0..n).filter(|&m| m != i).map(|m| flows[m * n + i]).sum()
    };
    let found = [
        ("rGDP", percent(solution.real_wage_hat.iter().copied())),
        ("welfare", percent(solution.real_income_hat.iter().copied())),
        (
            "price",
            percent(solution.wage_hat.iter().map(|w| w / germany)),
        ),
        (
            "IMR",
            percent(solution.price_index_hat.iter().map(|p| p / germany)),
        ),
        (
            "exports",
            percent((0..n).map(|i| exports(&solution.trade_new, i) / exports(&world.trade, i))),
        ),
    ];
    for (name, found) in found {
        let gap = gap(&found, &column(name));
        println!("{file} {name}: {gap:e} points");
        assert!(gap < 1e-9, "{name} {gap:e}");
    }
}

#[test]
fn agtpa_with_balances_fixed() {
    check_agtpa(Closure::FixedBalance, "ch2_app1_exact_additive.csv", "");
}

#[test]
fn agtpa_with_balances_as_shares() {
    check_agtpa(
        Closure::ShareOfIncome,
        "ch2_app1_exact_multiplicative.csv",
        "country",
    );
}

struct Universal {
    matrix: Matrix,
    trade: Vec<f64>,
}

fn universal(year: &str) -> Universal {
    let table = Table::read(reference("ge_gravity2").join("flows_1950_1990.csv"));
    let keep = |row: &[String]| table.text(row, "year") == year;
    let matrix = Matrix::of(&table, "iso_o", keep);
    let trade = matrix.read(&table, ("iso_o", "iso_d"), keep, |row| {
        table.number(row, "flow") / 1e6
    });
    Universal { matrix, trade }
}

fn nafta(case: &Universal, world: &Calibration, theta: f64) -> Shock {
    let mut shock = Shock::none(world);
    let members = ["CAN", "MEX", "USA"].map(|member| case.matrix.index[member]);
    for importer in members {
        for exporter in members {
            if importer != exporter {
                shock.trade_cost[importer * case.matrix.n + exporter] = cost(theta, 0.5);
            }
        }
    }
    shock
}

/// The table `ge_gravity2` prints, with exports in units of the economy's own
/// output price and purchases in units of its price index. The reference is an independent solver's, converged to 1e-13.
fn check_nafta(case: &Universal, solution: &Solution, real_income: bool) {
    let n = case.matrix.n;
    let path = reference("ge_gravity2").join("nafta1990_theta5.03_psi1.24.csv");
    let expected = Table::read(path);
    let column = |name: &str| case.matrix.by_economy(&expected, "", name);
    let abroad = |flows: &[f64], cell: &dyn Fn(usize) -> usize, own: usize| -> f64 {
        let others = (0..n).filter(|&other| other != own);
        others.map(|other| flows[cell(other)]).sum()
    };
    let growth = |cell: &dyn Fn(usize, usize) -> usize, deflator: &[f64]| {
        percent((0..n).map(|own| {
            let cell = |other: usize| cell(own, other);
            abroad(&solution.trade_new, &cell, own)
                / abroad(&case.trade, &cell, own)
                / deflator[own]
        }))
    };
    let domestic = (0..n).map(|own| {
        let cell = own * n + own;
        solution.trade_new[cell] / case.trade[cell] / solution.price_index_hat[own]
    });
    let mut found = vec![
        (
            "Exports",
            growth(&|own, other| other * n + own, &solution.cost_hat),
        ),
        (
            "Imports",
            growth(&|own, other| own * n + other, &solution.price_index_hat),
        ),
        ("p_hat", solution.cost_hat.clone()),
        ("Domestic", percent(domestic)),
        ("P_hat", solution.price_index_hat.clone()),
    ];
    if real_income {
        let welfare = percent(solution.real_income_hat.iter().copied());
        found.push(("Welfare", welfare));
    }
    for (name, found) in found {
        let gap = gap(&found, &column(name));
        println!("{name}: {gap:e}");
        assert!(gap < 1e-9, "{name} {gap:e}");
    }
}

/// ψ as an elasticity of labour supply.
#[test]
fn nafta_1990_in_universal_gravity() {
    let case = universal("1990");
    let world = one_sector(case.matrix.n, case.trade.clone(), 5.03, 0.0);
    let settings = Settings {
        closure: Closure::ShareOfIncome,
        supply_elasticity: 1.24,
        ..tight()
    };
    let solution = solve(&world, &nafta(&case, &world, 5.03), &settings).unwrap();
    check_nafta(&case, &solution, true);
    let path = reference("ge_gravity2").join("nafta1990_theta5.03_psi1.24.csv");
    let output = case.matrix.by_economy(&Table::read(path), "", "Output");
    assert!(gap(&percent(solution.labour_hat.iter().copied()), &output) < 1e-9);
}

/// A share ψ/(1 + ψ) of output spent on inputs of the same good is the same
/// model: p = w^ζ P^(1−ζ) with ζ = 1/(1 + ψ) gives Q = (p/P)^ψ.
///
/// The peer scales all spending, inputs included, by one factor Ξ̂ to make
/// balances add up; that rule is imposed here until it no longer moves.
#[test]
fn roundabout_inputs_are_a_supply_elasticity() {
    let case = universal("1990");
    let n = case.matrix.n;
    let psi = 1.24;
    let world = one_sector(n, case.trade.clone(), 5.03, psi / (1.0 + psi));
    let mut shock = nafta(&case, &world, 5.03);
    let mut balances: Vec<f64> = (0..n).map(|c| world.surplus(c)).collect();
    for _ in 0..20 {
        shock.surplus = Some(balances.clone());
        let solution = solve(&world, &shock, &tight()).unwrap();
        let sold = &solution.output_new;
        let wanted: Vec<f64> = (0..n)
            .map(|c| sold[c] * world.expenditure(c, 0) / world.output(c, 0))
            .collect();
        let factor = sold.iter().sum::<f64>() / wanted.iter().sum::<f64>();
        let next: Vec<f64> = (0..n).map(|c| sold[c] - factor * wanted[c]).collect();
        let moved = gap(&next, &balances) / sold.iter().sum::<f64>();
        balances = next;
        if moved < 1e-15 {
            check_nafta(&case, &solution, false);
            return;
        }
    }
    panic!("the balances did not settle");
}

/// Spain's borders under Franco, by year and supply elasticity.
#[test]
fn spanish_autarky_in_universal_gravity() {
    let expected = Table::read(reference("ge_gravity2").join("franco_spain.csv"));
    let effect = |year: &str| match year {
        "1950" => -1.254 + 0.665,
        "1960" => -0.937 + 0.438,
        "1970" => -0.604 + 0.428,
        _ => -0.694 + 0.653,
    };
    for row in &expected.rows {
        let (year, psi) = (expected.text(row, "year"), expected.number(row, "psi"));
        let case = universal(year);
        let n = case.matrix.n;
        assert_eq!(n as f64, expected.number(row, "N"));
        let world = one_sector(n, case.trade.clone(), 4.0, 0.0);
        let spain = case.matrix.index["ESP"];
        let mut shock = Shock::none(&world);
        for other in (0..n).filter(|&other| other != spain) {
            shock.trade_cost[spain * n + other] = cost(4.0, effect(year));
            shock.trade_cost[other * n + spain] = cost(4.0, effect(year));
        }
        let settings = Settings {
            closure: Closure::ShareOfIncome,
            supply_elasticity: psi,
            ..tight()
        };
        let solution = solve(&world, &shock, &settings).unwrap();
        let welfare = 100.0 * (solution.real_income_hat[spain] - 1.0);
        let gap = (welfare - expected.number(row, "W_ESP_pct")).abs();
        println!("{year}, supply elasticity {psi}: {welfare} %, gap {gap:e}");
        assert!(gap < 1e-9, "{gap:e}");
    }
}

/// gegravity 0.3 keeps the baseline income shares while prices move, so that
/// what its exporters sell is not what it says they produce.
#[test]
fn gegravity_does_not_clear_its_markets_and_we_do() {
    let file = |name: &str| Table::read(reference("gegravity_sample").join(name));
    let (flows, costs) = (file("bilateral_results.csv"), file("bilateral_costs.csv"));
    let names = ("exporter", "importer");
    let matrix = Matrix::of(&flows, names.0, |_| true);
    let n = matrix.n;
    let column = |name: &str| matrix.read(&flows, names, |_| true, |row| flows.number(row, name));
    let (trade, peer) = (column("baseline modeled trade"), column("experiment trade"));
    let effect = matrix.read(
        &costs,
        names,
        |_| true,
        |row| costs.number(row, "experiment trade cost") / costs.number(row, "baseline trade cost"),
    );
    let results = file("country_results.csv");
    let stated = matrix.by_economy(&results, "country", "output change (percent)");
    let sold = |flows: &[f64], i: usize| -> f64 { (0..n).map(|m| flows[m * n + i]).sum() };
    let sales = |flows: &[f64]| percent((0..n).map(|i| sold(flows, i) / sold(&trade, i)));

    let error = gap(&sales(&peer), &stated);
    println!("gegravity: sales differ from output by up to {error} %");
    assert!(error > 0.1, "{error}");
    let japan = matrix.index["JPN"];
    assert!((stated[japan] - 0.2454).abs() < 1e-4 && (sales(&peer)[japan] - 0.4294).abs() < 1e-4);

    // Its example has an elasticity of substitution of 5.
    const THETA: f64 = 4.0;
    let world = one_sector(n, trade.clone(), THETA, 0.0);
    let mut shock = Shock::none(&world);
    for (cost, effect) in shock.trade_cost.iter_mut().zip(&effect) {
        *cost = effect.powf(-1.0 / THETA);
    }
    let solution = solve(&world, &shock, &tight()).unwrap();
    // Output is the endowment at its price.
    let output = percent(solution.wage_hat.iter().copied());
    let error = gap(&sales(&solution.trade_new), &output);
    println!("here: {error:e} %");
    assert!(error < 1e-10);
    assert!(solution.residuals.worst().1.size <= 1e-13);
    // The pair gains, as in the peer's table.
    for member in ["CAN", "JPN"] {
        assert!(solution.real_income_hat[matrix.index[member]] > 1.0);
    }
}
