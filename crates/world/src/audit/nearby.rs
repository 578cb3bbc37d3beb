//! Nearest points on the globe. Points are held in space, not in degrees, so that neither the date
//! line nor the poles part neighbours.

use crate::transport::great_circle_km;
use rstar::RTree;
use rstar::primitives::GeomWithData;

const RADIUS_KM: f64 = 6371.0088;

type Point = GeomWithData<[f64; 3], (usize, f64, f64)>;

/// Points that can be asked for by nearness.
pub struct Nearby(RTree<Point>);

/// A point found: its number as given, and how far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    pub index: usize,
    pub km: f64,
}

fn in_space(lon: f64, lat: f64) -> [f64; 3] {
    let (lambda, phi) = (lon.to_radians(), lat.to_radians());
    [
        RADIUS_KM * phi.cos() * lambda.cos(),
        RADIUS_KM * phi.cos() * lambda.sin(),
        RADIUS_KM * phi.sin(),
    ]
}

impl Nearby {
    /// From numbered points (number, lon, lat); those off the globe are left out.
    pub fn new(points: impl IntoIterator<Item = (usize, f64, f64)>) -> Nearby {
        let points = points
            .into_iter()
            .filter(|(_, lon, lat)| on_globe(*lon, *lat))
            .map(|(index, lon, lat)| Point::new(in_space(lon, lat), (index, lon, lat)))
            .collect();
        Nearby(RTree::bulk_load(points))
    }

    /// The nearest point; of several equally near the one with the least number. `None` if there
    /// are no points or the question is off the globe.
    pub fn nearest(&self, lon: f64, lat: f64) -> Option<Near> {
        if !on_globe(lon, lat) {
            return None;
        }
        let at = in_space(lon, lat);
        let closest = self.0.nearest_neighbor(at)?;
        // Coincident points are in the order of the tree, which is no order to rely on.
        self.within(lon, lat, km_to(closest, lon, lat) + 1e-9)
            .into_iter()
            .next()
            .or(Some(Near {
                index: closest.data.0,
                km: km_to(closest, lon, lat),
            }))
    }

    /// The nearest point but this one.
    pub fn nearest_other(&self, lon: f64, lat: f64, itself: Option<usize>) -> Option<Near> {
        if !on_globe(lon, lat) {
            return None;
        }
        self.0
            .nearest_neighbor_iter(in_space(lon, lat))
            .find(|point| Some(point.data.0) != itself)
            .map(|point| Near {
                index: point.data.0,
                km: km_to(point, lon, lat),
            })
    }

    /// All points within some kilometres, nearest first, then by number.
    pub fn within(&self, lon: f64, lat: f64, km: f64) -> Vec<Near> {
        if !on_globe(lon, lat) {
            return vec![];
        }
        // A straight line through the globe is shorter than the way around; the slack is for
        // rounding, and the distance itself decides.
        let half_angle = (km / (2.0 * RADIUS_KM)).min(std::f64::consts::FRAC_PI_2);
        let chord = 2.0 * RADIUS_KM * half_angle.sin() + 1e-6;
        let mut found: Vec<Near> = self
            .0
            .locate_within_distance(in_space(lon, lat), chord * chord)
            .map(|point| Near {
                index: point.data.0,
                km: km_to(point, lon, lat),
            })
            .filter(|near| near.km <= km)
            .collect();
        found.sort_by(|a, b| a.km.total_cmp(&b.km).then(a.index.cmp(&b.index)));
        found
    }
}

fn km_to(point: &Point, lon: f64, lat: f64) -> f64 {
    great_circle_km(lon, lat, point.data.1, point.data.2)
}

/// Whether a longitude and latitude in degrees name a point of the globe.
pub fn on_globe(lon: f64, lat: f64) -> bool {
    (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_date_line_and_the_poles_part_nobody() {
        let points = Nearby::new([(0, 179.999, 10.0), (1, 0.0, 10.0), (2, 10.0, 89.999)]);
        assert_eq!(points.nearest(-179.999, 10.0).unwrap().index, 0);
        assert_eq!(points.nearest(-170.0, 89.999).unwrap().index, 2);
        assert_eq!(points.nearest(0.0, 91.0), None);
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_trying_all_finds(
            points in proptest::collection::vec((-180.0..180.0f64, -90.0..90.0f64), 1..60),
            lon in -180.0..180.0f64, lat in -90.0..90.0f64, km in 1.0..20_100.0f64,
        ) {
            let tree = Nearby::new(points.iter().enumerate().map(|(i, p)| (i, p.0, p.1)));
            let mut all: Vec<Near> = points.iter().enumerate()
                .map(|(index, p)| Near { index, km: great_circle_km(lon, lat, p.0, p.1) })
                .collect();
            all.sort_by(|a, b| a.km.total_cmp(&b.km).then(a.index.cmp(&b.index)));
            prop_assert_eq!(tree.nearest(lon, lat).unwrap().index, all[0].index);
            all.retain(|near| near.km <= km);
            prop_assert_eq!(tree.within(lon, lat, km), all);
        }
    }
}
