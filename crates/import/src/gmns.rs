//! The General Modeling Network Specification (Zephyr Foundation, version 0.96): node.csv and
//! link.csv, with units from config.csv. Geometry is read from the link itself, as WKT;
//! geometry.csv, lanes and movements are not read.

use crate::raw::{FIELDS, Id, Intake, Mapping, Origin, Raw, RawLink, RawNode, hint};
use crate::{ImportError, Options, wkt};
use comity_world::Problem;
use comity_world::table::{Column, Problems, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const KM_PER: [(&str, f64); 9] = [
    ("km", 1.0),
    ("kilometer", 1.0),
    ("kilometers", 1.0),
    ("mi", 1.609_344),
    ("mile", 1.609_344),
    ("miles", 1.609_344),
    ("m", 0.001),
    ("meters", 0.001),
    ("ft", 0.000_304_8),
];
const KMH_PER: [(&str, f64); 5] = [
    ("kmh", 1.0),
    ("kph", 1.0),
    ("km/h", 1.0),
    ("mph", 1.609_344),
    ("m/s", 3.6),
];

pub(crate) fn read(
    folder: &Path,
    options: &Options,
    intake: &mut Intake,
) -> Result<Raw, ImportError> {
    let problems = Problems::default();
    let nodes = table(folder, "node.csv", &problems)?;
    let links = table(folder, "link.csv", &problems)?;
    let config = table(folder, "config.csv", &problems)?;
    for (file, found) in [("node.csv", &nodes), ("link.csv", &links)] {
        if found.is_none() {
            let at = folder.join(file).display().to_string();
            intake.fatal(Problem::new(at, "this file is missing").help("a GMNS folder needs it"));
        }
    }
    let mut raw = Raw::default();
    if let (Some(nodes), Some(links)) = (nodes, links) {
        let units = units(config.as_ref(), &links, options, intake);
        let index = read_nodes(&nodes, options, &problems, intake, &mut raw);
        read_links(&links, &index, units, options, &problems, intake, &mut raw);
    }
    for problem in problems.into_vec() {
        intake.fatal(problem);
    }
    Ok(raw)
}

fn table(folder: &Path, file: &str, problems: &Problems) -> Result<Option<Table>, ImportError> {
    let path = folder.join(file);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(Table::from_csv(file, &bytes, problems))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ImportError::Io { path, source }),
    }
}

/// Kilometres per unit of length, km/h per unit of speed.
fn units(
    config: Option<&Table>,
    links: &Table,
    options: &Options,
    intake: &mut Intake,
) -> (f64, f64) {
    let quiet = Problems::default();
    let mut of = |column: &str, known: &[(&str, f64)], assumed: &str| {
        let given = config
            .filter(|c| c.rows() > 0)
            .and_then(|c| c.optional_column(column, &quiet).text(0));
        let Some(given) = given else {
            intake.report.notes.push(format!(
                "config.csv gives no {column}: {assumed} is assumed"
            ));
            return 1.0;
        };
        let name = given.to_lowercase();
        match known.iter().find(|(unit, _)| *unit == name) {
            Some((_, factor)) => *factor,
            None => {
                let labels: Vec<&str> = known.iter().map(|k| k.0).collect();
                let problem = Problem::new("config.csv", "this unit is not known")
                    .column(column)
                    .value(given.as_ref());
                intake.fatal(problem.help(hint(&name, &labels)));
                1.0
            }
        }
    };
    let has = |name: &str| links.column_names().any(|c| c == name);
    let km = match options.map.get("km") {
        None if has("length") => of("long_length", &KM_PER, "a length in km"),
        _ => 1.0,
    };
    let kmh = if options.free_speed {
        of("speed", &KMH_PER, "a speed in km/h")
    } else {
        1.0
    };
    (km, kmh)
}

fn origin(table: &Table, row: usize) -> Origin {
    Origin {
        file: table.file().to_owned(),
        line: Some(table.line(row)),
    }
}

/// A finite number, nothing, or text that is no number.
fn number(column: &Column, row: usize) -> Result<Option<f64>, String> {
    match column.text(row) {
        None => Ok(None),
        Some(text) => match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Some(value)),
            _ => Err(text.into_owned()),
        },
    }
}

/// Nodes by their id: the position, or `None` where the row has a mistake of its own.
type Index = BTreeMap<String, Option<usize>>;

fn read_nodes(
    table: &Table,
    options: &Options,
    problems: &Problems,
    intake: &mut Intake,
    raw: &mut Raw,
) -> Index {
    let column = |name| table.column(name, problems);
    let (id, x, y) = (column("node_id"), column("x_coord"), column("y_coord"));
    let iso3 = options.map.get("iso3").map_or("iso3", |m| &m.column);
    let iso3 = table.optional_column(iso3, problems);
    intake.report.read.insert("nodes".to_owned(), table.rows());
    let mut found: BTreeMap<Id, (String, Option<RawNode>, usize)> = BTreeMap::new();
    if !(id.exists() && x.exists() && y.exists()) {
        return Index::new();
    }
    for row in 0..table.rows() {
        let Some(name) = id.text(row) else {
            let problem = table.problem(row, "node_id", "this node has no id");
            intake.bad(problem, "nodes without an id");
            continue;
        };
        let key = Id::new(&name, 0);
        if let Some((_, _, first)) = found.get(&key) {
            let message = format!("{} has this id too", table.name_of_row(*first));
            let problem = table.problem(row, "node_id", message);
            intake.bad(problem.value(name.as_ref()), "nodes whose id is taken");
            continue;
        }
        let mut coordinates = [None; 2];
        for (cell, (column, label)) in coordinates
            .iter_mut()
            .zip([(&x, "x_coord"), (&y, "y_coord")])
        {
            match number(column, row) {
                Ok(value) => *cell = value,
                Err(text) => {
                    let problem = table.problem(row, label, "not a number").value(text);
                    intake.bad(problem, "nodes without coordinates");
                }
            }
        }
        let node = match coordinates {
            [Some(x), Some(y)] => match intake.point(x, y) {
                Ok((lon, lat)) => Some(RawNode {
                    lon,
                    lat,
                    iso3: iso3.text(row).map(|t| t.into_owned()),
                    origin: origin(table, row),
                }),
                Err(message) => {
                    let problem = table.problem(row, "x_coord", message);
                    let problem = problem.value(format!("{x}, {y}"));
                    intake.bad(problem.help(SWAP), "nodes off the globe");
                    None
                }
            },
            _ => {
                if x.text(row).is_none() || y.text(row).is_none() {
                    let problem = table.problem(row, "x_coord", "a coordinate is missing");
                    intake.bad(problem, "nodes without coordinates");
                }
                None
            }
        };
        found.insert(key, (name.into_owned(), node, row));
    }
    let mut index = Index::new();
    for (_, (name, node, _)) in found {
        index.insert(name, node.is_some().then_some(raw.nodes.len()));
        raw.nodes.extend(node);
    }
    index
}

pub(crate) const SWAP: &str = "--swap reads latitude first";

fn read_links(
    table: &Table,
    index: &Index,
    (km_per, kmh_per): (f64, f64),
    options: &Options,
    problems: &Problems,
    intake: &mut Intake,
    raw: &mut Raw,
) {
    let mapped = |field: &str, usual: &str, factor: f64| -> Mapping {
        debug_assert!(FIELDS.contains(&field));
        options.map.get(field).cloned().unwrap_or(Mapping {
            column: usual.to_owned(),
            factor,
        })
    };
    let [id_at, km_at, class_at, gauge_at, hours_at, uses_at] = [
        mapped("id", "link_id", 1.0),
        mapped("km", "length", km_per),
        mapped("class", "facility_type", 1.0),
        mapped("gauge", "gauge_mm", 1.0),
        mapped("hours", "hours", 1.0),
        mapped("uses", "allowed_uses", 1.0),
    ];
    for field in ["km", "class", "gauge", "hours", "uses"] {
        // A column that was asked for must be there.
        if let Some(asked) = options.map.get(field) {
            table.column(&asked.column, problems);
        }
    }
    let column = |name| table.column(name, problems);
    let optional = |name| table.optional_column(name, problems);
    let (id, from, to) = (
        column(id_at.column.as_str()),
        column("from_node_id"),
        column("to_node_id"),
    );
    let (km, class) = (optional(&km_at.column), optional(&class_at.column));
    let (gauge, hours) = (optional(&gauge_at.column), optional(&hours_at.column));
    let (uses, speed) = (optional(&uses_at.column), optional("free_speed"));
    let (directed, geometry) = (optional("directed"), optional("geometry"));
    intake.report.read.insert("links".to_owned(), table.rows());
    if options.free_speed && !speed.exists() {
        let problem = Problem::new("link.csv", "this column is missing").column("free_speed");
        intake.fatal(problem.help("--free-speed needs it"));
    }
    if !(id.exists() && from.exists() && to.exists()) {
        return;
    }
    let mut seen: BTreeMap<Id, usize> = BTreeMap::new();
    let mut given_speeds = false;
    for row in 0..table.rows() {
        let mut bad = false;
        let mut wrong = |intake: &mut Intake, problem: Problem, reason: &str| {
            // A row is dropped once, by the first reason; all its mistakes are reported.
            intake.bad(
                problem,
                if bad {
                    "further mistakes of such rows"
                } else {
                    reason
                },
            );
            bad = true;
        };
        let Some(name) = id.text(row) else {
            let problem = table.problem(row, &id_at.column, "this link has no id");
            wrong(intake, problem, "links without an id");
            continue;
        };
        let key = Id::new(&name, 0);
        if let Some(first) = seen.get(&key) {
            let message = format!("{} has this id too", table.name_of_row(*first));
            let problem = table.problem(row, &id_at.column, message);
            wrong(
                intake,
                problem.value(name.as_ref()),
                "links whose id is taken",
            );
            continue;
        }
        seen.insert(key.clone(), row);
        if !options.uses.is_empty()
            && let Some(allowed) = uses.text(row)
        {
            let allowed: BTreeSet<String> = allowed
                .split([',', ';', '|', ' '])
                .map(|u| u.trim().to_lowercase())
                .collect();
            if !options
                .uses
                .iter()
                .any(|u| allowed.contains(&u.to_lowercase()))
            {
                intake.drop("links not open to the use asked for");
                continue;
            }
        }
        let mut ends = [None; 2];
        for (end, (column, label)) in ends
            .iter_mut()
            .zip([(&from, "from_node_id"), (&to, "to_node_id")])
        {
            match column.text(row) {
                None => {
                    let problem = table.problem(row, label, "a link to nowhere: no node given");
                    wrong(intake, problem, "links to nowhere");
                }
                Some(node) => match index.get(node.as_ref()) {
                    Some(Some(at)) => *end = Some(*at),
                    // The node's own mistake is reported; its links go with it.
                    Some(None) => {
                        if options.drop_bad_rows {
                            intake.drop("links to nodes that were left out");
                        }
                        break;
                    }
                    None => {
                        let problem = table.problem(row, label, "node.csv has no such node");
                        let problem = problem.value(node.as_ref());
                        wrong(intake, problem, "links to nodes that do not exist");
                    }
                },
            }
        }
        let mut measure =
            |intake: &mut Intake, column: &Column, label: &str, what: &str| match number(
                column, row,
            ) {
                Ok(Some(value)) if value < 0.0 => {
                    let problem = table.problem(row, label, "must not be negative");
                    let reason = format!("links of negative {what}");
                    wrong(intake, problem.value(value.to_string()), &reason);
                    None
                }
                Ok(value) => value,
                Err(text) => {
                    let problem = table.problem(row, label, "not a number").value(text);
                    wrong(intake, problem, &format!("links whose {what} is no number"));
                    None
                }
            };
        let length = measure(intake, &km, &km_at.column, "length").map(|v| v * km_at.factor);
        let mut own_hours =
            measure(intake, &hours, &hours_at.column, "hours").map(|v| v * hours_at.factor);
        let kmh = measure(intake, &speed, "free_speed", "speed").map(|v| v * kmh_per);
        given_speeds |= kmh.is_some();
        if options.free_speed && own_hours.is_none() {
            own_hours = match (length, kmh) {
                (Some(km), Some(kmh)) if km > 0.0 && kmh > 0.0 => Some(km / kmh),
                _ => None,
            };
        }
        let inner = match geometry.text(row) {
            None => vec![],
            Some(text) => match points(&text, intake) {
                Ok(points) => points,
                Err(message) => {
                    let problem = table.problem(row, "geometry", message);
                    wrong(intake, problem, "links whose geometry cannot be read");
                    vec![]
                }
            },
        };
        let one_way = match directed
            .text(row)
            .as_deref()
            .map(str::to_lowercase)
            .as_deref()
        {
            None | Some("false" | "0" | "f" | "no") => false,
            Some("true" | "1" | "t" | "yes") => true,
            Some(other) => {
                let problem = table.problem(row, "directed", "must be true or false");
                wrong(
                    intake,
                    problem.value(other),
                    "links neither directed nor not",
                );
                false
            }
        };
        let (false, [Some(from), Some(to)]) = (bad, ends) else {
            continue;
        };
        raw.links.push(RawLink {
            id: key,
            from,
            to,
            one_way,
            km: length,
            hours: own_hours,
            kind: class.text(row).map(|t| t.into_owned()),
            gauge: gauge.text(row).map(|t| t.into_owned()),
            inner,
            origin: origin(table, row),
        });
    }
    if given_speeds && !options.free_speed {
        let note =
            "free speeds are not used: hours come from the speed of each class (--free-speed)";
        intake.report.notes.push(note.to_owned());
    }
}

/// The inner points of a line of well-known text.
fn points(text: &str, intake: &mut Intake) -> Result<Vec<(f64, f64)>, &'static str> {
    let line = wkt::line(text).ok_or("not a LINESTRING of well-known text")?;
    let inner = &line[1..line.len() - 1];
    inner.iter().map(|(x, y)| intake.point(*x, *y)).collect()
}
