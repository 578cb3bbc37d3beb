//! Reading a world from its source: every table, every mistake.

mod economy;
mod transport;

use crate::problem::{Problem, WorldError};
use crate::schema;
use crate::settings::Settings;
use crate::source::Source;
use crate::table::{Problems, Table};
use crate::{World, check};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Tables by stem, as read.
struct Tables {
    tables: BTreeMap<&'static str, Table>,
}

impl Tables {
    fn get(&self, stem: &str) -> &Table {
        &self.tables[stem]
    }
}

pub(crate) fn load(source: &Source) -> Result<World, WorldError> {
    source.must_exist()?;
    let problems = Problems::default();
    let mut hashes = BTreeMap::new();

    let settings = match source.read("world.toml")? {
        Some(bytes) => {
            hashes.insert("world.toml".to_owned(), hash(&bytes));
            match std::str::from_utf8(&bytes).map(Settings::parse) {
                Ok(Ok(settings)) => Some(settings),
                Ok(Err(found)) => {
                    found.into_iter().for_each(|p| problems.push(p));
                    None
                }
                Err(_) => {
                    problems.push(Problem::new("world.toml", "not UTF-8 text"));
                    None
                }
            }
        }
        None => {
            problems.push(Problem::new(
                "world.toml",
                "missing: no stage can run without it",
            ));
            None
        }
    };

    let mut tables = BTreeMap::new();
    for spec in schema::TABLES {
        let mut found = None;
        for extension in ["csv", "parquet"] {
            let file = format!("{}.{extension}", spec.stem);
            if let Some(bytes) = source.read(&file)? {
                if found.is_some() {
                    problems.push(Problem::new(
                        &file,
                        format!("there is also {}.csv; one of the two must go", spec.stem),
                    ));
                    continue;
                }
                hashes.insert(file.clone(), hash(&bytes));
                found = Some(match extension {
                    "csv" => Table::from_csv(&file, &bytes, &problems),
                    _ => Table::from_parquet(&file, bytes, &problems),
                });
            }
        }
        match found {
            Some(table) => {
                if table.rows() == 0 && spec.must_have_rows && problems.is_empty() {
                    problems.push(Problem::new(table.file(), "the table has no rows"));
                }
                tables.insert(spec.stem, table);
            }
            None if spec.required => problems.push(
                Problem::new(
                    format!("{}.csv or .parquet", spec.stem),
                    "this table is missing",
                )
                .help(format!("needed by {}", spec.needed_by)),
            ),
            None => {
                tables.insert(
                    spec.stem,
                    Table::from_csv(spec.stem, b"", &Problems::default()),
                );
            }
        }
    }
    let outlines = match source.read("outlines.geojson")? {
        Some(bytes) => {
            hashes.insert("outlines.geojson".to_owned(), hash(&bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        }
        None => String::new(),
    };
    // Without all tables the rows would only repeat what is missing.
    if settings.is_none() || tables.len() < schema::TABLES.len() || !problems.is_empty() {
        return Err(WorldError::Invalid(problems.into_vec()));
    }
    let settings = settings.ok_or_else(|| WorldError::Invalid(vec![]))?;

    let tables = Tables { tables };
    let economies = economy::economies(tables.get("economies"), &problems);
    let economy_index = labels(economies.iter().map(|e| e.iso3.as_str()));
    let territories = economy::territories(tables.get("territories"), &economy_index, &problems);
    let territory_index = labels(territories.iter().map(|t| t.iso3.as_str()));
    let sectors = economy::sectors(tables.get("sectors"), &problems);
    let sector_index = labels(sectors.iter().map(|s| s.code.as_str()));
    let index = economy::Index {
        economies: &economy_index,
        sectors: &sector_index,
    };
    let elasticity_alternatives =
        economy::alternatives(tables.get("elasticity_alternatives"), &index, &problems);
    let trade = economy::trade(tables.get("trade"), &index, &problems);
    let reported_trade = economy::reported(tables.get("trade_reported"), &index, &problems);
    let trade_adjustments = economy::adjustments(tables.get("trade_adjustments"), &problems);
    let accounts = economy::accounts(
        tables.get("production"),
        tables.get("input_output"),
        &index,
        &problems,
    );
    let blocs = economy::blocs(tables.get("blocs"), &index, &problems);
    let heritage = economy::heritage(tables.get("heritage"), &territory_index, &problems);

    let (network, node_index) = transport::network(&tables, &territory_index, &problems);
    let places = transport::places(
        tables.get("places"),
        &territory_index,
        &node_index,
        &problems,
    );

    if !problems.is_empty() {
        return Err(WorldError::Invalid(problems.into_vec()));
    }
    let world = World {
        settings,
        economies,
        territories,
        sectors,
        elasticity_alternatives,
        trade,
        reported_trade,
        trade_adjustments,
        accounts,
        places,
        network,
        blocs,
        heritage,
        outlines,
        hashes,
    };
    let found = check::world(&world);
    if found.is_empty() {
        Ok(world)
    } else {
        Err(WorldError::Invalid(found))
    }
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// Label → position, of a sorted list.
fn labels<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<String, usize> {
    names
        .enumerate()
        .map(|(index, name)| (name.to_owned(), index))
        .collect()
}

/// Complain about rows that share a key. Returns the rows that come first with theirs.
fn unique<K: Ord + Clone>(
    table: &Table,
    column: &str,
    keys: impl Iterator<Item = (usize, K)>,
    show: impl Fn(&K) -> String,
    problems: &Problems,
) {
    let mut seen: BTreeMap<K, usize> = BTreeMap::new();
    for (row, key) in keys {
        if let Some(first) = seen.get(&key) {
            problems.push(
                table
                    .problem(
                        row,
                        column,
                        format!("duplicate key, first in line {}", table.line(*first)),
                    )
                    .value(show(&key)),
            );
        } else {
            seen.insert(key, row);
        }
    }
}
