//! Reading a world from its source: every table, every mistake.

mod economy;
mod transport;

use crate::estimates::{self, Estimates};
use crate::problem::{Problem, WorldError};
use crate::schema;
use crate::settings::Settings;
use crate::source::Source;
use crate::table::{Column, Problems, Table};
use crate::{World, check};

/// Reads every cell of a row before giving up on the row, so that all its mistakes are reported.
macro_rules! cells {
    ($($name:ident = $value:expr),+ $(,)?) => {
        let ($(Some($name),)+) = ($($value,)+) else {
            return None;
        };
    };
}
use cells;

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

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
            problems.push(
                Problem::new("world.toml", "this file is missing").help("needed by every stage"),
            );
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
        let table = match found {
            Some(table) => {
                if table.rows() == 0 && spec.must_have_rows && !table.is_damaged() {
                    problems.push(
                        Problem::new(table.file(), "the table has no rows")
                            .help(format!("needed by {}", spec.needed_by)),
                    );
                }
                table
            }
            None if spec.required => {
                let file = format!("{}.csv or .parquet", spec.stem);
                problems.push(
                    Problem::new(&file, "this table is missing")
                        .help(format!("needed by {}", spec.needed_by)),
                );
                Table::missing(&file)
            }
            None => Table::from_csv(spec.stem, b"", &Problems::default()),
        };
        tables.insert(spec.stem, table);
    }
    let outlines = match source.read("outlines.geojson")? {
        Some(bytes) => {
            hashes.insert("outlines.geojson".to_owned(), hash(&bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        }
        None => String::new(),
    };

    let estimates = match source.read(estimates::FILE)? {
        Some(bytes) => {
            hashes.insert(estimates::FILE.to_owned(), hash(&bytes));
            let text = String::from_utf8_lossy(&bytes);
            match Estimates::parse(estimates::FILE, &text) {
                Ok(found) => found,
                Err(found) => {
                    found.into_iter().for_each(|p| problems.push(p));
                    Estimates::default()
                }
            }
        }
        None => Estimates::default(),
    };

    let tables = Tables { tables };
    let index = economy::Index {
        economies: &tables.get("economies").labels("iso3"),
        sectors: &tables.get("sectors").labels("code"),
        territories: &tables.get("territories").labels("iso3"),
    };
    let economies = economy::economies(tables.get("economies"), &problems);
    let territories = economy::territories(tables.get("territories"), &index, &problems);
    let sectors = economy::sectors(tables.get("sectors"), &problems);
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
    let heritage = economy::heritage(tables.get("heritage"), &index, &problems);

    let (network, node_index) = transport::network(&tables, index.territories, &problems);
    let places = transport::places(
        tables.get("places"),
        index.territories,
        &node_index,
        &problems,
    );

    let (Some(settings), true) = (settings, problems.is_empty()) else {
        return Err(WorldError::Invalid(problems.into_vec()));
    };
    let mut world = World {
        settings,
        economies,
        territories,
        sectors,
        elasticity_alternatives,
        estimates: Estimates::default(),
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
    let mut found = check::world(&world);
    found.extend(
        world
            .use_estimates(estimates::FILE, estimates)
            .err()
            .unwrap_or_default(),
    );
    if found.is_empty() {
        Ok(world)
    } else {
        Err(WorldError::Invalid(found))
    }
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// Complain about rows that share a key with an earlier one; `columns` are those of the key.
fn unique<K: Ord>(
    columns: &[&Column],
    keys: impl Iterator<Item = (usize, K)>,
    problems: &Problems,
) {
    let mut seen: BTreeMap<K, usize> = BTreeMap::new();
    for (row, key) in keys {
        match seen.entry(key) {
            Entry::Occupied(first) => {
                problems.push(Column::duplicate(columns, row, *first.get()));
            }
            Entry::Vacant(place) => {
                place.insert(row);
            }
        }
    }
}
