//! Production, use and final demand that close exactly with the trade table.

use super::balance::{Fixed, Table, balance};
use super::blocs::Blocs;
use super::economies::Economies;
use super::matrix::{Cube, Matrix, round};
use super::reported::Reported;
use super::sectors::{COUNT, GOODS, code};
use super::structure::{Structure, Structures};
use super::transit::deficit;
use crate::io::Result;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Smallest share of value added in output.
const LEAST_VALUE_ADDED: f64 = 0.05;
/// Where structure is imputed, home production is what absorption leaves after imports, but at
/// least this part of absorption.
const HOME_PART: f64 = 0.25;
/// First guesses are kept above this share of GDP, and home sales above this share of exports.
const FLOOR: (f64, f64) = (1e-4, 0.02);

/// Accounts of one economy as they are written.
pub struct Account {
    /// `share[k][j]`: input k per unit of output of j.
    pub share: [[f64; COUNT]; COUNT],
    pub output: [f64; COUNT],
    pub value_added: [f64; COUNT],
    pub final_demand: [f64; COUNT],
}

pub struct Accounts {
    pub rows: Vec<Account>,
    pub report: Value,
}

/// Exports, and imports with tariffs.
fn fixed(trade: &Cube, tariff: &Cube, world: &Economies, n: usize) -> Fixed {
    let imports = |j: usize| {
        (0..world.len())
            .filter(|&i| i != n)
            .map(|i| trade.at(j, i, n) * (1.0 + tariff.at(j, i, n)))
            .sum()
    };
    Fixed {
        exports: std::array::from_fn(|j| trade.sectors[j].exports(n)),
        imports: std::array::from_fn(imports),
        gdp: world.gdp(n),
    }
}

/// First guess of an economy's table.
fn guess(s: &Structure, fixed: &Fixed, own: bool) -> Table {
    let domestic: [f64; COUNT] = std::array::from_fn(|j| {
        let home = if own {
            s.domestic[j] * fixed.gdp
        } else {
            let absorbed = s.absorbed[j] * fixed.gdp;
            (absorbed - fixed.imports[j]).max(HOME_PART * absorbed)
        };
        home.max(FLOOR.0 * fixed.gdp)
            .max(FLOOR.1 * fixed.exports[j])
    });
    let output: [f64; COUNT] = std::array::from_fn(|j| domestic[j] + fixed.exports[j]);
    let inputs: [[f64; COUNT]; COUNT] =
        std::array::from_fn(|k| std::array::from_fn(|j| s.inputs[k][j] * output[j]));
    let spent = fixed.gdp + fixed.imports.iter().sum::<f64>() - fixed.exports.iter().sum::<f64>();
    let all: f64 = s.final_demand.iter().sum();
    Table {
        value_added: std::array::from_fn(|j| {
            output[j] - inputs.iter().map(|row| row[j]).sum::<f64>()
        }),
        final_demand: std::array::from_fn(|j| {
            (spent * s.final_demand[j] / all).max(FLOOR.0 * fixed.gdp)
        }),
        inputs,
        domestic,
    }
}

/// How far balancing moved the guesses.
#[derive(Default)]
struct Movement {
    /// table → sum of guesses, sum of absolute changes
    tables: BTreeMap<&'static str, (f64, f64)>,
    economies: Vec<(f64, String)>,
    cells: Vec<(f64, Value)>,
}

impl Movement {
    fn add(&mut self, economy: &str, gdp: f64, from: &Table, to: &Table) {
        let mut moved = 0.0;
        let mut cell = |table: &'static str, name: String, a: f64, b: f64| {
            let entry = self.tables.entry(table).or_default();
            entry.0 += a;
            entry.1 += (b - a).abs();
            moved += (b - a).abs() / gdp;
            let what = json!({"economy": economy, "table": table, "cell": name, "from_musd": round(a, 1), "to_musd": round(b, 1), "change_over_gdp": round((b - a) / gdp, 4)});
            self.cells.push(((b - a).abs() / gdp, what));
        };
        for j in 0..COUNT {
            cell(
                "domestic sales",
                code(j).into(),
                from.domestic[j],
                to.domestic[j],
            );
            cell(
                "value added",
                code(j).into(),
                from.value_added[j],
                to.value_added[j],
            );
            cell(
                "final demand",
                code(j).into(),
                from.final_demand[j],
                to.final_demand[j],
            );
            for k in 0..COUNT {
                cell(
                    "inputs",
                    format!("{} in {}", code(k), code(j)),
                    from.inputs[k][j],
                    to.inputs[k][j],
                );
            }
        }
        self.economies.push((moved, economy.to_string()));
    }

    fn report(mut self) -> Value {
        self.cells.sort_by(|a, b| {
            b.0.total_cmp(&a.0)
                .then_with(|| a.1.to_string().cmp(&b.1.to_string()))
        });
        self.economies
            .sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let tables: BTreeMap<_, _> = self
            .tables
            .iter()
            .map(|(t, (size, change))| {
                (*t, json!({"guess_musd": round(*size, 0), "absolute_change_musd": round(*change, 0), "relative": round(change / size, 4)}))
            })
            .collect();
        json!({
            "tables": tables,
            "worst_economies_change_over_gdp": self.economies.iter().take(20).map(|(m, c)| json!([c, round(*m, 3)])).collect::<Vec<_>>(),
            "worst_cells": self.cells.into_iter().take(20).map(|c| c.1).collect::<Vec<_>>(),
        })
    }
}

/// Balance every economy, write its domestic sales into the trade table and derive the accounts
/// from the rounded numbers, so that they close exactly.
pub fn close(
    trade: &mut Cube,
    tariff: &Cube,
    world: &Economies,
    structures: &Structures,
) -> Result<Accounts> {
    let mut rows = Vec::new();
    let mut movements = [Movement::default(), Movement::default()];
    let mut raised = Vec::new();
    for n in 0..world.len() {
        let own = world.rows[n].in_input_output;
        let fixed = fixed(trade, tariff, world, n);
        let start = guess(&structures.rows[n], &fixed, own);
        let table = lift_value_added(&start, &fixed, |j| {
            raised.push(json!([world.code(n), code(j)]))
        })
        .map_err(|e| {
            format!(
                "{}: the accounts do not balance, off by {e:.2e} of GDP",
                world.code(n)
            )
        })?;
        movements[usize::from(!own)].add(world.code(n), fixed.gdp, &start, &table);
        for j in 0..COUNT {
            *trade.at_mut(j, n, n) = round(table.domestic[j], 4).max(1e-4);
        }
        let output: [f64; COUNT] =
            std::array::from_fn(|j| (0..world.len()).map(|m| trade.at(j, n, m)).sum());
        let share: [[f64; COUNT]; COUNT] = std::array::from_fn(|k| {
            std::array::from_fn(|j| {
                round(
                    table.inputs[k][j] / (table.domestic[j] + fixed.exports[j]),
                    10,
                )
            })
        });
        let bought = |j: usize| -> f64 {
            (0..world.len())
                .map(|i| trade.at(j, i, n) * (1.0 + tariff.at(j, i, n)))
                .sum()
        };
        let value_added = std::array::from_fn(|j| {
            output[j] * (1.0 - share.iter().map(|row| row[j]).sum::<f64>())
        });
        let final_demand: [f64; COUNT] = std::array::from_fn(|k| {
            bought(k) - (0..COUNT).map(|j| share[k][j] * output[j]).sum::<f64>()
        });
        if let Some(k) = (0..COUNT).find(|&k| final_demand[k] < 0.0) {
            return Err(format!(
                "{}: final demand for {} is {:.3e}",
                world.code(n),
                code(k),
                final_demand[k]
            )
            .into());
        }
        rows.push(Account {
            share,
            output,
            value_added,
            final_demand,
        });
    }
    let mut gdp: Vec<(f64, String)> = (0..world.len())
        .map(|n| {
            (
                rows[n].value_added.iter().sum::<f64>() / world.gdp(n) - 1.0,
                world.code(n).to_string(),
            )
        })
        .collect();
    gdp.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()).then(a.1.cmp(&b.1)));
    let [own, imputed] = movements;
    let report = json!({
        "icio_economies": own.report(),
        "imputed_economies": imputed.report(),
        "value_added_share_lifted_to_0.05": raised,
        "value_added_over_gdp_minus_one_worst": gdp.iter().take(20).map(|(e, c)| json!([c, format!("{e:.1e}")])).collect::<Vec<_>>(),
    });
    Ok(Accounts { rows, report })
}

/// Balance; where value added falls below its least share, start again from a higher guess.
fn lift_value_added(
    start: &Table,
    fixed: &Fixed,
    mut raised: impl FnMut(usize),
) -> std::result::Result<Table, f64> {
    let mut from = start.clone();
    let mut told = [false; COUNT];
    for _ in 0..40 {
        let table = balance(&from, fixed)?;
        let low: Vec<usize> = (0..COUNT)
            .filter(|&j| {
                table.value_added[j] < LEAST_VALUE_ADDED * (table.domestic[j] + fixed.exports[j])
            })
            .collect();
        if low.is_empty() {
            return Ok(table);
        }
        for j in low {
            if !std::mem::replace(&mut told[j], true) {
                raised(j);
            }
            from.value_added[j] *= 1.5;
        }
    }
    Err(f64::NAN)
}

/// Figures to judge the result by.
pub fn checks(
    trade: &Cube,
    tariff: &Cube,
    world: &Economies,
    accounts: &Accounts,
    reported: &Reported,
    treated: &Matrix,
    blocs: &Blocs,
) -> Value {
    let mut closing = [0.0f64; 3];
    let mut least_value_added = f64::INFINITY;
    for (n, a) in accounts.rows.iter().enumerate() {
        for j in 0..COUNT {
            let sales: f64 = (0..world.len()).rev().map(|m| trade.at(j, n, m)).sum();
            let bought: f64 = (0..world.len())
                .rev()
                .map(|i| trade.at(j, i, n) * (1.0 + tariff.at(j, i, n)))
                .sum();
            let inputs: f64 = (0..COUNT).map(|k| a.share[k][j]).sum::<f64>() * a.output[j];
            let uses: f64 = (0..COUNT).map(|k| a.share[j][k] * a.output[k]).sum::<f64>();
            closing[0] = closing[0].max((sales / a.output[j] - 1.0).abs());
            closing[1] = closing[1].max(((inputs + a.value_added[j]) / a.output[j] - 1.0).abs());
            closing[2] = closing[2].max(((uses + a.final_demand[j]) / bought - 1.0).abs());
            least_value_added = least_value_added.min(a.value_added[j] / a.output[j]);
        }
    }
    let line = |n: usize| {
        let a = &accounts.rows[n];
        let gdp = world.gdp(n);
        let sum = |which: fn(&Matrix, usize) -> f64, to: usize| -> f64 {
            (0..to).map(|j| which(&trade.sectors[j], n)).sum()
        };
        let demand: f64 = a.final_demand.iter().sum();
        json!({
            "goods_deficit_over_gdp_reported": round(deficit(&reported.year_2023, world, n), 4),
            "goods_deficit_over_gdp": round((sum(Matrix::imports, GOODS) - sum(Matrix::exports, GOODS)) / gdp, 4),
            "deficit_over_gdp_with_services": round((sum(Matrix::imports, COUNT) - sum(Matrix::exports, COUNT)) / gdp, 4),
            "goods_trade_over_gdp": round((sum(Matrix::imports, GOODS) + sum(Matrix::exports, GOODS)) / gdp, 4),
            "output_over_gdp": round(a.output.iter().sum::<f64>() / gdp, 3),
            "final_demand_shares": (0..COUNT).map(|j| json!([code(j), round(a.final_demand[j] / demand, 4)])).collect::<Vec<_>>(),
        })
    };
    let partners: BTreeMap<&str, Value> = blocs
        .of("SCO")
        .filter_map(|(c, _)| world.index.get(c).map(|&n| (c, line(n))))
        .collect();
    let china = world.index.get("CHN").copied();
    let mut with_china: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    for (c, tier) in blocs.of("SCO") {
        if let (Some(china), Some(&n)) = (china, world.index.get(c)) {
            let entry = with_china.entry(tier).or_default();
            for (total, table) in entry.iter_mut().zip([&reported.year_2023, treated]) {
                if n != china {
                    *total += table.at(china, n) + table.at(n, china);
                }
            }
        }
    }
    json!({
        "closing_errors": {
            "sales_equal_output": format!("{:.1e}", closing[0]),
            "inputs_and_value_added_equal_output": format!("{:.1e}", closing[1]),
            "expenditure_equals_uses": format!("{:.1e}", closing[2]),
        },
        "least_value_added_share": round(least_value_added, 4),
        "goods_trade_musd": {"reported": round(reported.year_2023.total(), 1), "treated": round(treated.total(), 1)},
        "services_trade_musd": round((0..world.len()).map(|n| trade.sectors[GOODS].exports(n)).sum(), 1),
        "china_with_sco_goods_musd_reported_treated": with_china,
        "sco": partners,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn structure() -> Structure {
        Structure {
            inputs: [[0.06; COUNT]; COUNT],
            domestic: [0.2; COUNT],
            absorbed: [0.25; COUNT],
            final_demand: [0.12; COUNT],
        }
    }

    #[test]
    fn imports_crowd_out_imputed_home_production() {
        let fixed = Fixed {
            exports: [1.0; COUNT],
            imports: [24.0, 5.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0],
            gdp: 100.0,
        };
        let table = guess(&structure(), &fixed, false);
        assert_eq!(table.domestic[0], 0.25 * 25.0);
        assert_eq!(table.domestic[1], 20.0);
        assert_eq!(table.domestic[2], 25.0);
    }

    #[test]
    fn value_added_keeps_its_least_share() {
        let mut s = structure();
        s.inputs.iter_mut().for_each(|row| row[3] = 0.12375); // one per cent of value added
        let fixed = Fixed {
            exports: [10.0; COUNT],
            imports: [10.0; COUNT],
            gdp: 100.0,
        };
        let start = guess(&s, &fixed, true);
        let table = lift_value_added(&start, &fixed, |_| ()).unwrap();
        for j in 0..COUNT {
            assert!(table.value_added[j] >= LEAST_VALUE_ADDED * (table.domestic[j] + 10.0) - 1e-9);
        }
    }
}
