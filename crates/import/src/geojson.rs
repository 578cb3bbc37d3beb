//! Lines of a GeoJSON file (RFC 7946): one link for each LineString, or each part of a
//! MultiLineString, its ends made into nodes by [`crate::snap`].

use crate::gmns::SWAP;
use crate::raw::{Id, Intake, Mapping, Origin, Raw};
use crate::snap::{self, Line};
use crate::{ImportError, Options};
use comity_world::Problem;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// Properties looked for where a field is not mapped, and what they are multiplied by.
const USUAL: [(&str, &[(&str, f64)]); 6] = [
    ("id", &[("id", 1.0), ("link_id", 1.0)]),
    (
        "km",
        &[("km", 1.0), ("length_km", 1.0), ("length_m", 0.001)],
    ),
    ("hours", &[("hours", 1.0)]),
    (
        "class",
        &[
            ("class", 1.0),
            ("facility_type", 1.0),
            ("highway", 1.0),
            ("railway", 1.0),
        ],
    ),
    ("gauge", &[("gauge_mm", 1.0), ("gauge", 1.0)]),
    ("uses", &[("allowed_uses", 1.0)]),
];

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    id: Option<Value>,
    geometry: Option<Geometry>,
    #[serde(default)]
    properties: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Geometry {
    r#type: String,
    #[serde(default)]
    coordinates: Value,
}

pub(crate) fn read(
    path: &Path,
    options: &Options,
    intake: &mut Intake,
) -> Result<Raw, ImportError> {
    let bytes = std::fs::read(path).map_err(|source| ImportError::Io {
        path: path.to_path_buf(),
        source,
    })?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let collection: Collection = match serde_json::from_slice(&bytes) {
        Ok(collection) => collection,
        Err(error) => {
            let message = format!("not a GeoJSON FeatureCollection: {error}");
            let mut problem = Problem::new(file.as_ref(), message);
            if error.line() > 0 {
                problem = problem.line(error.line() as u64);
            }
            intake.fatal(problem);
            return Ok(Raw::default());
        }
    };
    check_mapped(&collection, &file, options, intake);
    let mut lines = vec![];
    let mut seen: BTreeMap<Id, usize> = BTreeMap::new();
    let read = &mut intake.report.read;
    read.insert("features".to_owned(), collection.features.len());
    for (index, feature) in collection.features.iter().enumerate() {
        let origin = Origin {
            file: format!("{file} feature {}", index + 1),
            line: None,
        };
        of_feature(
            feature, index, &origin, options, intake, &mut seen, &mut lines,
        );
    }
    lines.sort_by(|a: &Line, b| a.id.cmp(&b.id));
    Ok(snap::network(lines, options.snap_km, intake))
}

/// A property that was asked for must be somewhere.
fn check_mapped(collection: &Collection, file: &str, options: &Options, intake: &mut Intake) {
    for (field, _) in USUAL {
        let Some(asked) = options.map.get(field) else {
            continue;
        };
        let mut names = collection
            .features
            .iter()
            .flat_map(|f| f.properties.iter().flat_map(Map::keys));
        if !names.any(|name| *name == asked.column) {
            let mut known: Vec<&str> = collection
                .features
                .iter()
                .flat_map(|f| f.properties.iter().flat_map(Map::keys))
                .map(String::as_str)
                .collect();
            known.sort_unstable();
            known.dedup();
            let problem = Problem::new(file, "no feature has this property").column(&asked.column);
            intake.fatal(problem.did_you_mean(&asked.column, known));
        }
    }
}

/// The property of a field and its factor; `None` where it is missing or null.
fn property<'f>(
    feature: &'f Feature,
    field: &str,
    options: &Options,
) -> Option<(&'f Value, Mapping)> {
    let properties = feature.properties.as_ref()?;
    let usual = USUAL.iter().find(|(name, _)| *name == field)?.1;
    let candidates: Vec<Mapping> = match options.map.get(field) {
        Some(asked) => vec![asked.clone()],
        None => usual
            .iter()
            .map(|(column, factor)| Mapping {
                column: (*column).to_owned(),
                factor: *factor,
            })
            .collect(),
    };
    candidates.into_iter().find_map(|mapping| {
        let value = properties.get(&mapping.column)?;
        let empty = value.is_null() || value.as_str().is_some_and(|t| t.trim().is_empty());
        (!empty).then_some((value, mapping))
    })
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

fn of_feature(
    feature: &Feature,
    index: usize,
    origin: &Origin,
    options: &Options,
    intake: &mut Intake,
    seen: &mut BTreeMap<Id, usize>,
    lines: &mut Vec<Line>,
) {
    let Some(geometry) = &feature.geometry else {
        intake.drop("features without geometry");
        return;
    };
    let parts: Vec<&Value> = match geometry.r#type.as_str() {
        "LineString" => vec![&geometry.coordinates],
        "MultiLineString" => geometry
            .coordinates
            .as_array()
            .into_iter()
            .flatten()
            .collect(),
        _ => {
            intake.drop("features that are no lines");
            return;
        }
    };
    let as_text = |field| property(feature, field, options).map(|(value, _)| text(value));
    if !options.uses.is_empty()
        && let Some(allowed) = as_text("uses")
    {
        let mut allowed = allowed.split([',', ';', '|', ' ']).map(str::to_lowercase);
        if !allowed.any(|u| options.uses.iter().any(|asked| asked.to_lowercase() == u)) {
            intake.drop("links not open to the use asked for");
            return;
        }
    }
    let name = feature.id.as_ref().map(text).or_else(|| as_text("id"));
    // Features without an id come after all others, in the order of their points.
    let name = match name {
        Some(name) => {
            let key = Id::new(&name, 0);
            if let Some(first) = seen.get(&key) {
                let message = format!("feature {} has this id too", first + 1);
                intake.bad(
                    origin.problem(message).value(name),
                    "links whose id is taken",
                );
                return;
            }
            seen.insert(key, index);
            Some(name)
        }
        None => None,
    };
    let mut bad = false;
    let mut measure = |intake: &mut Intake, field: &str, what: &str| {
        let (value, mapping) = property(feature, field, options)?;
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let message = match number.filter(|n| n.is_finite()) {
            Some(number) if number >= 0.0 => return Some(number * mapping.factor),
            Some(_) => "must not be negative",
            None => "not a number",
        };
        let problem = origin.problem(message).column(&mapping.column);
        let reason = if bad {
            "further mistakes of such rows".to_owned()
        } else {
            format!("links of impossible {what}")
        };
        intake.bad(problem.value(text(value)), &reason);
        bad = true;
        None
    };
    let km = measure(intake, "km", "length");
    let hours = measure(intake, "hours", "hours");
    if bad {
        return;
    }
    if parts.len() > 1 && (km.is_some() || hours.is_some()) {
        intake.repair("features of several lines whose length was shared out among them");
    }
    let mut found = vec![];
    for part in parts {
        match points(part, intake) {
            Ok(points) => found.push(points),
            Err(message) => {
                let problem = origin.problem(message).help(SWAP);
                intake.bad(problem, "lines whose coordinates cannot be");
                return;
            }
        }
    }
    let lengths: Vec<f64> = found.iter().map(|points| snap::length_km(points)).collect();
    let whole: f64 = lengths.iter().sum();
    for (part, (points, length)) in found.into_iter().zip(lengths).enumerate() {
        let share = if whole > 0.0 { length / whole } else { 1.0 };
        let id = match &name {
            Some(name) => Id::new(name, part as u32),
            None => Id::Text(format!("\u{10ffff}{points:?}"), part as u32),
        };
        lines.push(Line {
            id,
            points,
            km: km.map(|v| v * share),
            hours: hours.map(|v| v * share),
            kind: as_text("class"),
            gauge: as_text("gauge"),
            origin: origin.clone(),
        });
    }
}

fn points(part: &Value, intake: &mut Intake) -> Result<Vec<(f64, f64)>, String> {
    let positions = part
        .as_array()
        .ok_or("not a line: its coordinates are no list")?;
    let points: Vec<(f64, f64)> = positions
        .iter()
        .map(|position| {
            let number = |at: usize| position.get(at).and_then(Value::as_f64);
            let (Some(x), Some(y)) = (number(0), number(1)) else {
                return Err(format!("not a position: {position}"));
            };
            let found = intake.point(x, y);
            found.map_err(|message| format!("{message} ({x}, {y})"))
        })
        .collect::<Result<_, _>>()?;
    if points.len() < 2 {
        return Err("a line needs two points".to_owned());
    }
    Ok(points)
}
