//! What needs both rooms: the economies that places belong to, and the economies that blocs name.

use crate::io::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Rows = (csv::StringRecord, Vec<csv::StringRecord>);

fn read(path: &Path) -> Result<Rows> {
    let mut reader = csv::Reader::from_path(path)?;
    let header = reader.headers()?.clone();
    let rows = reader.records().collect::<std::result::Result<_, _>>()?;
    Ok((header, rows))
}

fn write(path: &Path, header: &csv::StringRecord, rows: &[csv::StringRecord]) -> Result<()> {
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.flush()?;
    Ok(())
}

fn position(header: &csv::StringRecord, name: &str) -> Result<usize> {
    let found = header.iter().position(|column| column == name);
    found.ok_or_else(|| format!("there is no column {name}").into())
}

/// Weigh places within the economy that territories.csv gives them, and leave out of blocs.csv
/// who is no economy of its own; each one left out is said.
pub fn join(out: &Path) -> Result<()> {
    let (header, territories) = read(&out.join("territories.csv"))?;
    let (iso3, economy) = (position(&header, "iso3")?, position(&header, "economy")?);
    let economy_of: BTreeMap<String, String> = territories
        .iter()
        .map(|row| (row[iso3].to_owned(), row[economy].to_owned()))
        .collect();

    let path = out.join("places.csv");
    let (header, mut places) = read(&path)?;
    let iso3 = position(&header, "iso3")?;
    let population = position(&header, "population")?;
    let weight = position(&header, "weight_in_economy")?;
    let home = |row: &csv::StringRecord| -> Result<String> {
        let found = economy_of.get(&row[iso3]).cloned();
        found.ok_or_else(|| format!("places.csv: territory {} is not known", &row[iso3]).into())
    };
    let mut totals: BTreeMap<String, f64> = BTreeMap::new();
    for row in &places {
        *totals.entry(home(row)?).or_default() += row[population].parse::<f64>()?;
    }
    for row in &mut places {
        let share = row[population].parse::<f64>()? / totals[&home(row)?];
        let cells = row.iter().enumerate();
        *row = cells
            .map(|(at, cell)| {
                if at == weight {
                    share.to_string()
                } else {
                    cell.to_owned()
                }
            })
            .collect();
    }
    write(&path, &header, &places)?;

    let (header, economies) = read(&out.join("economies.csv"))?;
    let iso3 = position(&header, "iso3")?;
    let known: BTreeSet<&str> = economies.iter().map(|row| &row[iso3]).collect();
    let path = out.join("blocs.csv");
    let (header, mut blocs) = read(&path)?;
    let (bloc, iso3) = (position(&header, "bloc")?, position(&header, "iso3")?);
    blocs.retain(|row| {
        let keep = known.contains(&row[iso3]);
        if !keep {
            eprintln!(
                "blocs.csv: {} {} left out, no economy of its own",
                &row[bloc], &row[iso3]
            );
        }
        keep
    });
    write(&path, &header, &blocs)
}
