//! In which territory's outline a point lies.

use comity_world::{TerritoryId, World};
use serde_json::Value;

type Ring = Vec<(f64, f64)>;

/// A polygon with its holes, and the box around it.
struct Polygon {
    territory: TerritoryId,
    /// West, south, east, north.
    extent: [f64; 4],
    rings: Vec<Ring>,
}

/// The outlines of a world.
pub(crate) struct Outlines(Vec<Polygon>);

impl Outlines {
    /// Those of a world's outlines.geojson; `None` if it has none that can be read. What belongs to
    /// no territory of the world is left aside.
    pub fn new(world: &World) -> Option<Outlines> {
        let collection: Value = serde_json::from_str(&world.outlines).ok()?;
        let mut polygons = vec![];
        for feature in collection["features"].as_array()? {
            let iso3 = feature["properties"]["iso3"].as_str();
            let Some(territory) = iso3.and_then(|code| world.territory(code)) else {
                continue;
            };
            let coordinates = &feature["geometry"]["coordinates"];
            let found: Vec<&Value> = match feature["geometry"]["type"].as_str() {
                Some("Polygon") => vec![coordinates],
                Some("MultiPolygon") => coordinates.as_array()?.iter().collect(),
                _ => vec![],
            };
            polygons.extend(found.into_iter().filter_map(|p| polygon(territory, p)));
        }
        (!polygons.is_empty()).then_some(Outlines(polygons))
    }

    /// The territory whose outline holds the point; the first in the file if several do.
    pub fn find(&self, lon: f64, lat: f64) -> Option<TerritoryId> {
        let holds = |polygon: &&Polygon| {
            let [west, south, east, north] = polygon.extent;
            (west..=east).contains(&lon)
                && (south..=north).contains(&lat)
                && inside(&polygon.rings, lon, lat)
        };
        self.0.iter().find(holds).map(|polygon| polygon.territory)
    }
}

fn polygon(territory: TerritoryId, rings: &Value) -> Option<Polygon> {
    let rings: Vec<Ring> = rings
        .as_array()?
        .iter()
        .map(|ring| {
            let points = ring.as_array()?.iter();
            points
                .map(|p| Some((p.get(0)?.as_f64()?, p.get(1)?.as_f64()?)))
                .collect()
        })
        .collect::<Option<_>>()?;
    let mut extent = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for (lon, lat) in rings.iter().flatten() {
        extent[0] = extent[0].min(*lon);
        extent[1] = extent[1].min(*lat);
        extent[2] = extent[2].max(*lon);
        extent[3] = extent[3].max(*lat);
    }
    Some(Polygon {
        territory,
        extent,
        rings,
    })
}

/// Even–odd rule over all rings, so that a hole is outside (Shimrat 1962, algorithm 112).
fn inside(rings: &[Ring], lon: f64, lat: f64) -> bool {
    let mut inside = false;
    for ring in rings {
        let next = ring.iter().cycle().skip(1);
        for (a, b) in ring.iter().zip(next) {
            if (a.1 > lat) != (b.1 > lat) && lon < a.0 + (lat - a.1) / (b.1 - a.1) * (b.0 - a.0) {
                inside = !inside;
            }
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn a_square_with_a_hole() {
        let square = |a: f64, b: f64| vec![(a, a), (b, a), (b, b), (a, b), (a, a)];
        let rings = [square(0.0, 10.0), square(4.0, 6.0)];
        for (point, expected) in [
            ((1.0, 1.0), true),
            ((9.9, 5.0), true),
            ((5.0, 5.0), false),
            ((5.0, 3.0), true),
            ((11.0, 5.0), false),
            ((-1.0, 10.0), false),
            ((5.0, 12.0), false),
        ] {
            assert_eq!(inside(&rings, point.0, point.1), expected, "{point:?}");
        }
    }
}
