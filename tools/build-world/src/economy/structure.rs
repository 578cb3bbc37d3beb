//! How each economy produces and spends before balancing: input shares, domestic sales and final
//! demand per unit of GDP.

use super::economies::Economies;
use super::icio::{Aligned, number, text};
use super::matrix::round;
use super::sectors::{COUNT, of_icio};
use super::sources::GrossOutput;
use crate::io::{self, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Like economies whose structure is averaged for one outside ICIO.
const LIKE: usize = 3;
/// Largest share of inputs in output taken from the tables.
const MOST_INPUTS: f64 = 0.95;
/// Always among the like economies of its region: the only one of Central Asia in ICIO.
const ALWAYS: (&str, &str) = ("Central Asia", "KAZ");
/// An entrepôt whose structure is like nobody's.
const UNLIKE: &str = "HKG";

/// Structure of one economy; money per unit of GDP.
#[derive(Clone)]
pub struct Structure {
    /// `inputs[k][j]`: input k per unit of output of j.
    pub inputs: [[f64; COUNT]; COUNT],
    pub domestic: [f64; COUNT],
    /// Everything bought, domestic and foreign.
    pub absorbed: [f64; COUNT],
    pub final_demand: [f64; COUNT],
}

pub struct Structures {
    pub rows: Vec<Structure>,
    pub report: Value,
}

type Uses = [[f64; COUNT]; COUNT];
type Outputs = [f64; COUNT];
type ByCountry<T> = HashMap<String, T>;

/// Read use and output by economy, aggregated to our sectors.
fn read(raw: &Path) -> Result<(ByCountry<Uses>, ByCountry<Outputs>)> {
    let mut uses: HashMap<String, Uses> = HashMap::new();
    for batch in io::read_parquet(&raw.join("input_output/icio2022_national_use.parquet"))? {
        let (country, input, using) = (
            text(&batch, "country")?,
            text(&batch, "input_sector")?,
            text(&batch, "using_sector")?,
        );
        let value = number(&batch, "value_musd")?;
        for row in 0..batch.num_rows() {
            let table = uses
                .entry(country[row].clone())
                .or_insert([[0.0; COUNT]; COUNT]);
            table[of_icio(&input[row])][of_icio(&using[row])] += value[row].max(0.0);
        }
    }
    let mut output: HashMap<String, [f64; COUNT]> = HashMap::new();
    for row in io::read_csv::<GrossOutput>(&raw.join("input_output/icio2022_gross_output.csv"))? {
        output.entry(row.country).or_insert([0.0; COUNT])[of_icio(&row.sector)] +=
            row.gross_output_musd;
    }
    Ok((uses, output))
}

/// Structures of all economies: their own from ICIO, or the mean of like economies.
pub fn build(raw: &Path, world: &Economies, icio: &Aligned) -> Result<Structures> {
    let (uses, output) = read(raw)?;
    let mut own: Vec<Option<Structure>> = vec![None; world.len()];
    let mut added = 0.0;
    let mut capped = Vec::new();
    let mut value_added_to_gdp = Vec::new();
    for n in (0..world.len()).filter(|&n| world.rows[n].in_input_output) {
        let code = world.code(n);
        let table = uses
            .get(code)
            .ok_or_else(|| format!("icio2022_national_use.parquet has no {code}"))?;
        let gross = output
            .get(code)
            .ok_or_else(|| format!("icio2022_gross_output.csv has no {code}"))?;
        let (structure, extra, value_added) = from_icio(n, table, gross, icio, |j| {
            capped.push(json!([code, super::sectors::code(j)]))
        });
        added += extra;
        value_added_to_gdp.push((value_added / world.gdp(n), code.to_string()));
        own[n] = Some(structure);
    }
    let missing = |j: usize| {
        (0..world.len())
            .filter_map(|n| own[n].as_ref())
            .map(|s| s.inputs[0][j])
            .sum::<f64>()
            == 0.0
    };
    if let Some(j) = (0..COUNT).find(|&j| missing(j)) {
        return Err(format!(
            "no economy has inputs of sector {}",
            super::sectors::code(j)
        )
        .into());
    }
    let typical = mean(&own.iter().flatten().collect::<Vec<_>>());
    let mut proxies = BTreeMap::new();
    let rows = (0..world.len())
        .map(|n| match &own[n] {
            Some(s) => fill_columns(s.clone(), &typical),
            None => {
                let like = like(world, n);
                proxies.insert(
                    world.code(n).to_string(),
                    like.iter().map(|&m| world.code(m)).collect::<Vec<_>>(),
                );
                let members: Vec<&Structure> =
                    like.iter().filter_map(|&m| own[m].as_ref()).collect();
                fill_columns(mean(&members), &typical)
            }
        })
        .collect();
    value_added_to_gdp.sort_by(|a, b| a.0.total_cmp(&b.0));
    let report = json!({
        "icio_economies": uses.len(),
        "imputed_economies": proxies.len(),
        "imputed_from": proxies,
        "inputs_from_rest_of_world_added_musd": round(added, 1),
        "sectors_with_inputs_capped_at_0.95": capped,
        "icio2022_value_added_over_gdp2023": value_added_to_gdp.iter().map(|(r, c)| json!([c, round(*r, 4)])).collect::<Vec<_>>(),
    });
    Ok(Structures { rows, report })
}

/// Structure of an ICIO economy.
///
/// The table of national uses lacks inputs bought from ICIO's rest of the world, though the trade
/// table has those purchases. Uses of an input are raised by the share that it has in all that
/// the economy buys of it (proportionality).
fn from_icio(
    n: usize,
    table: &Uses,
    gross: &[f64; COUNT],
    icio: &Aligned,
    mut capped: impl FnMut(usize),
) -> (Structure, f64, f64) {
    let mut added = 0.0;
    let mut inputs = *table;
    let mut absorbed = [0.0; COUNT];
    for k in 0..COUNT {
        absorbed[k] = (0..=icio.rest).map(|i| icio.flow.at(k, i, n)).sum();
        let named = absorbed[k] - icio.flow.at(k, icio.rest, n);
        let factor = if named > 0.0 {
            absorbed[k] / named
        } else {
            1.0
        };
        for cell in &mut inputs[k] {
            added += *cell * (factor - 1.0);
            *cell *= factor;
        }
    }
    let mut value_added = 0.0;
    let mut used = [0.0; COUNT];
    for j in 0..COUNT {
        let total: f64 = inputs.iter().map(|row| row[j]).sum();
        let keep = if gross[j] <= 0.0 {
            0.0
        } else if total > MOST_INPUTS * gross[j] {
            capped(j);
            MOST_INPUTS * gross[j] / total
        } else {
            1.0
        };
        value_added += gross[j] - total * keep;
        for k in 0..COUNT {
            used[k] += inputs[k][j] * keep;
            inputs[k][j] = if gross[j] > 0.0 {
                inputs[k][j] * keep / gross[j]
            } else {
                0.0
            };
        }
    }
    let structure = Structure {
        inputs,
        domestic: std::array::from_fn(|j| icio.flow.at(j, n, n) / value_added),
        absorbed: absorbed.map(|x| x / value_added),
        final_demand: std::array::from_fn(|j| (absorbed[j] - used[j]).max(0.0) / value_added),
    };
    (structure, added, value_added)
}

/// The ICIO economies nearest in GDP per head in the same region, or on the same continent where
/// the region has too few, or anywhere (the remainder belongs to no continent).
fn like(world: &Economies, n: usize) -> Vec<usize> {
    let rich = |m: usize| (world.gdp(m) / world.rows[m].population).ln();
    let all =
        (0..world.len()).filter(|&m| world.rows[m].in_input_output && world.code(m) != UNLIKE);
    let inside: Vec<usize> = all.collect();
    let region = |&m: &usize| world.rows[m].region == world.rows[n].region;
    let continent = |&m: &usize| world.continent[m] == world.continent[n];
    let mut near: Vec<usize> = inside.iter().copied().filter(region).collect();
    if near.len() < LIKE {
        near = inside.iter().copied().filter(continent).collect();
    }
    if near.len() < LIKE {
        near = inside;
    }
    let first = |m: usize| !(world.rows[n].region == ALWAYS.0 && world.code(m) == ALWAYS.1);
    near.sort_by(|&a, &b| {
        let distance = |m: usize| (rich(m) - rich(n)).abs();
        first(a)
            .cmp(&first(b))
            .then(distance(a).total_cmp(&distance(b)))
            .then(a.cmp(&b))
    });
    near.truncate(LIKE);
    near
}

/// Mean structure; a column of inputs is the mean over those that produce the good.
fn mean(members: &[&Structure]) -> Structure {
    let count = members.len() as f64;
    let over = |pick: fn(&Structure) -> &[f64; COUNT]| -> [f64; COUNT] {
        std::array::from_fn(|j| members.iter().map(|s| pick(s)[j]).sum::<f64>() / count)
    };
    let mut inputs = [[0.0; COUNT]; COUNT];
    for j in 0..COUNT {
        let makers: Vec<_> = members
            .iter()
            .filter(|s| s.inputs.iter().any(|row| row[j] > 0.0))
            .collect();
        for (k, row) in inputs.iter_mut().enumerate() {
            row[j] =
                makers.iter().map(|s| s.inputs[k][j]).sum::<f64>() / (makers.len().max(1) as f64);
        }
    }
    Structure {
        inputs,
        domestic: over(|s| &s.domestic),
        absorbed: over(|s| &s.absorbed),
        final_demand: over(|s| &s.final_demand),
    }
}

/// Give a sector that nobody in the sample produces the typical column of inputs.
fn fill_columns(mut structure: Structure, typical: &Structure) -> Structure {
    for j in 0..COUNT {
        if structure.inputs.iter().all(|row| row[j] == 0.0) {
            for k in 0..COUNT {
                structure.inputs[k][j] = typical.inputs[k][j];
            }
        }
    }
    structure
}
