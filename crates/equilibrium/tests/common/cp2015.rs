//! The authors' data of Caliendo & Parro (2015): 31 economies, 40 sectors.
#![allow(dead_code)]

use std::collections::HashMap;

use comity_equilibrium::{Calibration, Numeraire, Settings, Shares, Shock};

use super::common::{Table, reference};

pub const N: usize = 31;
pub const J: usize = 40;

pub struct Case {
    pub country: HashMap<String, usize>,
    pub world: Calibration,
    pub nafta: Shock,
    /// Tariffs of 2005, all economies.
    pub later: Vec<f64>,
}

pub fn table(file: &str) -> Table {
    Table::read(reference("cp2015_nafta").join(file))
}

/// The balanced world of the paper's main results.
pub fn balanced_world() -> Case {
    let base = table("country_sector.csv");
    let country = base.index("country");
    let at = |n: usize, j: usize| n * J + j;
    let mut value_added_share = vec![0.0; N * J];
    let mut final_share = vec![0.0; N * J];
    for row in &base.rows {
        let n = country[base.text(row, "country")];
        let j = base.number(row, "sector") as usize - 1;
        value_added_share[at(n, j)] = base.number(row, "value_added_share");
        final_share[at(n, j)] = base.number(row, "final_demand_share");
    }
    let mut input_share = vec![0.0; N * J * J];
    let inputs = table("input_output.csv");
    for row in &inputs.rows {
        let n = country[inputs.text(row, "country")];
        let k = inputs.number(row, "input_sector") as usize - 1;
        for j in 0..J {
            // The file gives shares of the cost of inputs, not of gross output.
            input_share[at(n, k) * J + j] =
                inputs.number(row, &(j + 1).to_string()) * (1.0 - value_added_share[at(n, j)]);
        }
    }
    let bilateral = |file: &str, missing: f64| {
        let table = table(file);
        let mut values = vec![missing; J * N * N];
        for row in &table.rows {
            let j = table.number(row, "sector") as usize - 1;
            let n = country[table.text(row, "importer")];
            for exporter in &table.header[2..] {
                let i = country[exporter];
                values[(j * N + n) * N + i] = table.number(row, exporter);
            }
        }
        values
    };
    let less_one = |gross: Vec<f64>| gross.iter().map(|gross| gross - 1.0).collect::<Vec<f64>>();
    let tariff = less_one(bilateral("gross_tariff_1993.csv", 1.0));
    let later = less_one(bilateral("gross_tariff_2005.csv", 1.0));
    let sectors = table("sectors.csv");
    let theta = sectors
        .rows
        .iter()
        .map(|row| sectors.number(row, "theta"))
        .collect();
    let accounts = table("value_added.csv");
    let value_added = by_country(&accounts, "value_added", &country);
    let shares = Shares {
        economies: N,
        sectors: J,
        trade_share: bilateral("trade_share.csv", 0.0),
        tariff,
        input_share,
        final_share,
        theta,
        value_added,
        surplus: vec![0.0; N],
        // Canada, sector 20 in sector 11: −0.0006.
        negative_inputs: true,
    };
    let world = Calibration::from_shares(&shares).unwrap();
    let nafta = tariffs_among_members(&world, &country, &later);
    Case {
        country,
        world,
        nafta,
        later,
    }
}

pub fn tariffs_among_members(
    world: &Calibration,
    country: &HashMap<String, usize>,
    later: &[f64],
) -> Shock {
    let members: Vec<usize> = ["Mexico", "Canada", "USA"]
        .iter()
        .map(|&c| country[c])
        .collect();
    let mut nafta = Shock::none(world);
    for j in 0..J {
        for &n in &members {
            for &i in &members {
                let cell = (j * N + n) * N + i;
                nafta.tariff[cell] = later[cell];
            }
        }
    }
    nafta
}

pub fn by_country(table: &Table, column: &str, country: &HashMap<String, usize>) -> Vec<f64> {
    let mut values = vec![0.0; N];
    for row in &table.rows {
        values[country[table.text(row, "country")]] = table.number(row, column);
    }
    values
}

/// The authors' code holds world value added constant, and balances in that unit.
pub fn settings() -> Settings {
    Settings {
        tolerance: 1e-12,
        numeraire: Numeraire::WorldValueAdded,
        ..Settings::default()
    }
}
