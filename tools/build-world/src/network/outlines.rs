//! Land outlines: decoding TopoJSON, writing GeoJSON, and telling where a point lies.

use super::geo::{Point, in_ring, point_segment_km};
use crate::io::Result;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Outer ring first, then holes.
type Polygon = Vec<Vec<Point>>;

pub struct Outlines {
    /// Polygons of each territory.
    pub land: BTreeMap<String, Vec<Polygon>>,
    /// Pairs of territories that share a stretch of outline, in alphabetical order.
    pub neighbours: BTreeSet<(String, String)>,
    /// Shapes of the source that belong to no territory of the code list.
    pub unnamed: Vec<String>,
    boxes: Vec<(String, usize, [f64; 4])>,
}

/// Shapes without a numeric id in the source, by name. Somaliland and Northern Cyprus follow the
/// code list, which knows no code for them.
fn iso3_by_name(name: &str) -> Option<&'static str> {
    match name {
        "Kosovo" => Some("XKX"),
        "N. Cyprus" => Some("CYP"),
        "Somaliland" => Some("SOM"),
        _ => None,
    }
}

impl Outlines {
    /// Decode the object `countries` of a TopoJSON file. `numeric` maps ISO numeric codes.
    pub fn read(path: &Path, numeric: &BTreeMap<u32, String>) -> Result<Self> {
        let topology: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
        let pair =
            |v: &Value| -> Point { [v[0].as_f64().unwrap_or(0.0), v[1].as_f64().unwrap_or(0.0)] };
        let (scale, shift) = (
            pair(&topology["transform"]["scale"]),
            pair(&topology["transform"]["translate"]),
        );
        // Arcs are delta-encoded integers: each point is the sum of the steps before it.
        let arcs: Vec<Vec<Point>> = list(&topology["arcs"])
            .iter()
            .map(|arc| {
                let mut sum = [0.0, 0.0];
                list(arc)
                    .iter()
                    .map(|step| {
                        let step = pair(step);
                        sum = [sum[0] + step[0], sum[1] + step[1]];
                        [sum[0] * scale[0] + shift[0], sum[1] * scale[1] + shift[1]]
                    })
                    .collect()
            })
            .collect();
        let mut land: BTreeMap<String, Vec<Polygon>> = BTreeMap::new();
        let mut owners: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        let mut unnamed = Vec::new();
        for shape in list(&topology["objects"]["countries"]["geometries"]) {
            let name = shape["properties"]["name"].as_str().unwrap_or("");
            let by_id = shape["id"]
                .as_str()
                .and_then(|id| id.parse::<u32>().ok())
                .and_then(|id| numeric.get(&id).cloned());
            let Some(iso3) = by_id.or_else(|| iso3_by_name(name).map(String::from)) else {
                unnamed.push(name.to_string());
                continue;
            };
            let polygons: Vec<&Value> = match shape["type"].as_str() {
                Some("Polygon") => vec![&shape["arcs"]],
                Some("MultiPolygon") => list(&shape["arcs"]).iter().collect(),
                _ => continue,
            };
            for polygon in polygons {
                let mut rings = Vec::new();
                for ring in list(polygon) {
                    let mut points: Vec<Point> = Vec::new();
                    for index in list(ring).iter().filter_map(Value::as_i64) {
                        // A negative index ~i means arc i walked backwards.
                        let at = if index < 0 { !index } else { index } as usize;
                        owners.entry(at).or_default().insert(iso3.clone());
                        let mut arc = arcs[at].clone();
                        if index < 0 {
                            arc.reverse();
                        }
                        let skip = usize::from(!points.is_empty());
                        points.extend(arc.into_iter().skip(skip));
                    }
                    rings.push(points);
                }
                land.entry(iso3.clone()).or_default().push(rings);
            }
        }
        let mut neighbours = BTreeSet::new();
        for set in owners.values() {
            let set: Vec<_> = set.iter().collect();
            for i in 0..set.len() {
                for j in i + 1..set.len() {
                    neighbours.insert((set[i].clone(), set[j].clone()));
                }
            }
        }
        let mut boxes = Vec::new();
        for (iso3, polygons) in &land {
            for (i, polygon) in polygons.iter().enumerate() {
                let mut b = [180.0f64, 90.0f64, -180.0f64, -90.0f64];
                for p in &polygon[0] {
                    b = [
                        b[0].min(p[0]),
                        b[1].min(p[1]),
                        b[2].max(p[0]),
                        b[3].max(p[1]),
                    ];
                }
                boxes.push((iso3.clone(), i, b));
            }
        }
        Ok(Self {
            land,
            neighbours,
            unnamed,
            boxes,
        })
    }

    fn contains(polygon: &Polygon, p: Point) -> bool {
        in_ring(p, &polygon[0]) && !polygon[1..].iter().any(|hole| in_ring(p, hole))
    }

    /// Does some polygon of the territory have its bounding box within `degrees` of the point?
    /// A cheap test that catches labels on the wrong continent.
    pub fn plausible(&self, iso3: &str, p: Point, degrees: f64) -> bool {
        !self.land.contains_key(iso3)
            || self.boxes.iter().any(|(code, _, b)| {
                code == iso3
                    && p[0] >= b[0] - degrees
                    && p[0] <= b[2] + degrees
                    && p[1] >= b[1] - degrees
                    && p[1] <= b[3] + degrees
            })
    }

    /// The piece of land on which a point lies or, off the coast, the nearest within about
    /// `reach_km`: (territory, number of the polygon).
    pub fn landmass(&self, p: Point, reach_km: f64) -> Option<(&str, usize)> {
        let pad = reach_km / 111.0 / p[1].to_radians().cos().max(0.1);
        let near: Vec<_> = self
            .boxes
            .iter()
            .filter(|(_, _, b)| {
                p[0] >= b[0] - pad && p[0] <= b[2] + pad && p[1] >= b[1] - pad && p[1] <= b[3] + pad
            })
            .collect();
        for (iso3, i, _) in &near {
            if Self::contains(&self.land[iso3.as_str()][*i], p) {
                return Some((iso3, *i));
            }
        }
        let mut best: Option<(f64, &str, usize)> = None;
        for (iso3, i, _) in &near {
            for ring in &self.land[iso3.as_str()][*i] {
                for pair in ring.windows(2) {
                    let d = point_segment_km(p, pair[0], pair[1]);
                    if d <= reach_km && best.is_none_or(|(b, _, _)| d < b) {
                        best = Some((d, iso3, *i));
                    }
                }
            }
        }
        best.map(|(_, iso3, i)| (iso3, i))
    }

    pub fn are_neighbours(&self, a: &str, b: &str) -> bool {
        let key = (a.min(b).to_string(), a.max(b).to_string());
        self.neighbours.contains(&key)
    }

    /// GeoJSON with two decimals (about 1 km, the precision a world map shows); repeated points
    /// are dropped, and rings that collapse to fewer than four points vanish.
    pub fn write(&self, path: &Path) -> Result<usize> {
        let mut features = Vec::new();
        for (iso3, polygons) in &self.land {
            let mut out = Vec::new();
            for polygon in polygons {
                let mut rings = Vec::new();
                for ring in polygon {
                    let mut points: Vec<[f64; 2]> = Vec::new();
                    for p in ring {
                        let rounded = [
                            (p[0] * 100.0).round() / 100.0 + 0.0,
                            (p[1] * 100.0).round() / 100.0 + 0.0,
                        ];
                        if points.last() != Some(&rounded) {
                            points.push(rounded);
                        }
                    }
                    if points.len() >= 4 {
                        rings.push(points);
                    } else if rings.is_empty() {
                        break;
                    }
                }
                if !rings.is_empty() {
                    out.push(rings);
                }
            }
            if !out.is_empty() {
                features.push(json!({
                    "type": "Feature",
                    "properties": { "iso3": iso3 },
                    "geometry": { "type": "MultiPolygon", "coordinates": out },
                }));
            }
        }
        let count = features.len();
        let collection = json!({ "type": "FeatureCollection", "features": features });
        std::fs::write(path, serde_json::to_string(&collection)? + "\n")?;
        Ok(count)
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
