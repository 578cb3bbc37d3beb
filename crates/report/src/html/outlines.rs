//! Land outlines read from GeoJSON and cut to a sheet.

use super::geometry::{Point, area, clip_ring, thin, unwrap};
use super::projection::Sheet;
use crate::error::ReportError;
use serde_json::Value;

/// Rings smaller than this many square pixels are dropped.
const SMALLEST: f64 = 1.5;
/// Thinning tolerance, pixels.
const TOLERANCE: f64 = 0.45;

/// A territory's rings in degrees.
pub struct Outline {
    pub iso3: String,
    pub name: Option<String>,
    pub rings: Vec<Vec<Point>>,
}

/// Reads polygons and multipolygons; empty text is a world without outlines.
///
/// # Errors
/// [`ReportError::Outlines`] where the text is not a FeatureCollection of such.
pub fn read(geojson: &str) -> Result<Vec<Outline>, ReportError> {
    if geojson.trim().is_empty() {
        return Ok(Vec::new());
    }
    let root: Value =
        serde_json::from_str(geojson).map_err(|e| ReportError::Outlines(e.to_string()))?;
    let features = root["features"]
        .as_array()
        .ok_or_else(|| ReportError::Outlines("no array \"features\"".to_owned()))?;
    features
        .iter()
        .enumerate()
        .map(|(index, f)| outline(index, f))
        .collect()
}

fn outline(index: usize, feature: &Value) -> Result<Outline, ReportError> {
    let geometry = &feature["geometry"];
    let empty = Vec::new();
    let coordinates = geometry["coordinates"].as_array();
    let polygons: Vec<&Value> = match (geometry["type"].as_str(), coordinates) {
        (Some("Polygon"), Some(_)) => vec![&geometry["coordinates"]],
        (Some("MultiPolygon"), Some(polygons)) => polygons.iter().collect(),
        (None, _) if geometry.is_null() => Vec::new(),
        _ => {
            return Err(ReportError::Outlines(format!(
                "feature {index} is neither a Polygon nor a MultiPolygon"
            )));
        }
    };
    let mut rings = Vec::new();
    for ring in polygons.iter().flat_map(|p| p.as_array().unwrap_or(&empty)) {
        let points: Option<Vec<Point>> = ring
            .as_array()
            .unwrap_or(&empty)
            .iter()
            .map(|p| Some((p.get(0)?.as_f64()?, p.get(1)?.as_f64()?)))
            .collect();
        rings.push(points.ok_or_else(|| {
            ReportError::Outlines(format!(
                "feature {index} has a point that is not [lon, lat]"
            ))
        })?);
    }
    let text = |key: &str| feature["properties"][key].as_str().map(str::to_owned);
    Ok(Outline {
        iso3: text("iso3").unwrap_or_default(),
        name: text("name"),
        rings,
    })
}

/// The rings of an outline on the sheet, in pixels.
pub fn on_sheet(outline: &Outline, sheet: &Sheet) -> Vec<Vec<Point>> {
    let shows = sheet.shows;
    let margin = 0.5;
    let window = [
        shows.west - margin,
        shows.south - margin,
        shows.east + margin,
        shows.north + margin,
    ];
    // A little beyond the edge, so that no outline runs along it.
    let paper = [-4.0, -4.0, sheet.width + 4.0, sheet.height + 4.0];
    let mut out = Vec::new();
    for ring in &outline.rings {
        let ring = unwrap(ring);
        for turn in [-360.0, 0.0, 360.0] {
            let shifted: Vec<Point> = ring.iter().map(|&(x, y)| (x + turn, y)).collect();
            let kept = clip_ring(&shifted, window);
            if kept.len() < 3 {
                continue;
            }
            let pixels: Vec<Point> = kept.into_iter().map(|p| sheet.pixel(p)).collect();
            let mut cut = clip_ring(&pixels, paper);
            if cut.len() < 3 || area(&cut) < SMALLEST {
                continue;
            }
            // Thinning needs two fixed ends: open the ring and close it again.
            cut.push(cut[0]);
            let mut thinned = thin(&cut, TOLERANCE);
            thinned.pop();
            if thinned.len() >= 3 {
                out.push(thinned);
            }
        }
    }
    out
}
