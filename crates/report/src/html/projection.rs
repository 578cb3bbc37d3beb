//! From degrees to the paper, and back.
//!
//! Lambert's conformal conic with two standard parallels (Snyder, *Map Projections: A Working Manual*,
//! USGS Professional Paper 1395, 1987, equations 15-1 to 15-5 on the sphere) for regions on one side of
//! the equator, else the equirectangular projection true at the middle latitude (equation 12-1).

/// Longitude or latitude span beyond which a cone distorts too much.
const CONE_MAX_LON: f64 = 130.0;

/// West, south, east, north in degrees; east may exceed 180.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    pub west: f64,
    pub south: f64,
    pub east: f64,
    pub north: f64,
}

impl Extent {
    /// The smallest extent around the points, through the antimeridian if that is shorter.
    pub fn around(points: &[(f64, f64)]) -> Option<Extent> {
        let mut lons: Vec<f64> = points.iter().map(|p| p.0).collect();
        if lons.is_empty() {
            return None;
        }
        lons.sort_by(f64::total_cmp);
        // The widest empty arc is left out.
        let last = lons.len() - 1;
        let mut west = lons[0];
        let mut east = lons[last];
        let mut widest = west + 360.0 - east;
        for pair in lons.windows(2) {
            if pair[1] - pair[0] > widest {
                widest = pair[1] - pair[0];
                west = pair[1];
                east = pair[0] + 360.0;
            }
        }
        let lats = points.iter().map(|p| p.1);
        Some(Extent {
            west,
            east,
            south: lats.clone().fold(f64::INFINITY, f64::min),
            north: lats.fold(f64::NEG_INFINITY, f64::max),
        })
    }

    pub fn width(self) -> f64 {
        self.east - self.west
    }

    pub fn height(self) -> f64 {
        self.north - self.south
    }

    pub fn middle(self) -> (f64, f64) {
        (
            (self.west + self.east) / 2.0,
            (self.south + self.north) / 2.0,
        )
    }

    /// Grown by a share of its size on every side, to at least `least` degrees, within the globe.
    pub fn grown(self, share: f64, least: f64) -> Extent {
        let (lon, lat) = self.middle();
        let half_lat = (self.height() * (0.5 + share)).max(least / 2.0);
        let shrink = lat.to_radians().cos().max(0.2);
        let half_lon = (self.width() * (0.5 + share)).max(least / 2.0 / shrink);
        Extent {
            west: lon - half_lon.min(180.0),
            east: lon + half_lon.min(180.0),
            south: (lat - half_lat).max(-85.0),
            north: (lat + half_lat).min(85.0),
        }
    }
}

/// A projection centred on a meridian, in units of the Earth's radius, y upwards.
#[derive(Clone, Copy, Debug)]
pub enum Projection {
    Conic {
        meridian: f64,
        n: f64,
        f: f64,
        rho0: f64,
    },
    Equirectangular {
        meridian: f64,
        cos: f64,
    },
}

impl Projection {
    /// The projection that suits an extent.
    pub fn of(extent: Extent) -> Projection {
        let (meridian, middle) = extent.middle();
        let one_side = extent.south > 3.0 || extent.north < -3.0;
        if one_side && extent.width() < CONE_MAX_LON && middle.abs() < 75.0 {
            let sixth = extent.height() / 6.0;
            let (p1, p2) = (
                (extent.south + sixth).to_radians(),
                (extent.north - sixth).to_radians(),
            );
            let n = if (p1 - p2).abs() < 1e-9 {
                p1.sin()
            } else {
                (p1.cos() / p2.cos()).ln() / (tangent(p2) / tangent(p1)).ln()
            };
            let f = p1.cos() * tangent(p1).powf(n) / n;
            let rho0 = f / tangent(middle.to_radians()).powf(n);
            return Projection::Conic {
                meridian,
                n,
                f,
                rho0,
            };
        }
        Projection::Equirectangular {
            meridian,
            cos: middle.to_radians().cos(),
        }
    }

    pub fn meridian(self) -> f64 {
        match self {
            Self::Conic { meridian, .. } | Self::Equirectangular { meridian, .. } => meridian,
        }
    }

    /// Degrees to the plane. Longitudes are taken as they are, so that lines can run on past ±180.
    pub fn forward(self, (lon, lat): (f64, f64)) -> (f64, f64) {
        let lambda = (lon - self.meridian()).to_radians();
        let phi = lat.clamp(-89.5, 89.5).to_radians();
        match self {
            Self::Conic { n, f, rho0, .. } => {
                let rho = f / tangent(phi).powf(n);
                (rho * (n * lambda).sin(), rho0 - rho * (n * lambda).cos())
            }
            Self::Equirectangular { cos, .. } => (lambda * cos, phi),
        }
    }

    /// The plane to degrees.
    pub fn inverse(self, (x, y): (f64, f64)) -> (f64, f64) {
        match self {
            Self::Conic {
                meridian,
                n,
                f,
                rho0,
            } => {
                let sign = n.signum();
                let rho = sign * x.hypot(rho0 - y);
                let theta = (sign * x).atan2(sign * (rho0 - y));
                let phi = 2.0 * (f / rho).powf(1.0 / n).atan() - std::f64::consts::FRAC_PI_2;
                (meridian + (theta / n).to_degrees(), phi.to_degrees())
            }
            Self::Equirectangular { meridian, cos } => {
                (meridian + (x / cos).to_degrees(), y.to_degrees())
            }
        }
    }
}

/// tan(π/4 + φ/2).
fn tangent(phi: f64) -> f64 {
    (std::f64::consts::FRAC_PI_4 + phi / 2.0).tan()
}

/// A projection fitted to a sheet of pixels, y downwards.
#[derive(Clone, Copy, Debug)]
pub struct Sheet {
    projection: Projection,
    scale: f64,
    left: f64,
    top: f64,
    pub width: f64,
    pub height: f64,
    /// Degrees that the sheet shows, its corners included.
    pub shows: Extent,
}

impl Sheet {
    /// `extent` as large as `width` × `max_height` pixels allow; the sheet keeps the full width and at
    /// least `min_height`.
    pub fn fit(extent: Extent, width: f64, min_height: f64, max_height: f64) -> Sheet {
        let projection = Projection::of(extent);
        let edge = |t: f64| {
            let lon = extent.west + t * extent.width();
            let lat = extent.south + t * extent.height();
            [
                (lon, extent.south),
                (lon, extent.north),
                (extent.west, lat),
                (extent.east, lat),
            ]
        };
        let (mut x0, mut x1, mut y0, mut y1) = (
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
        );
        for step in 0..=40 {
            for point in edge(f64::from(step) / 40.0) {
                let (x, y) = projection.forward(point);
                (x0, x1) = (x0.min(x), x1.max(x));
                (y0, y1) = (y0.min(y), y1.max(y));
            }
        }
        let scale = (width / (x1 - x0)).min(max_height / (y1 - y0));
        let height = ((y1 - y0) * scale).clamp(min_height, max_height);
        let mut sheet = Sheet {
            projection,
            scale,
            left: (x0 + x1) / 2.0 - width / scale / 2.0,
            top: (y0 + y1) / 2.0 + height / scale / 2.0,
            width,
            height,
            shows: extent,
        };
        let border: Vec<(f64, f64)> = (0..=40)
            .flat_map(|step| {
                let t = f64::from(step) / 40.0;
                [
                    (t * width, 0.0),
                    (t * width, height),
                    (0.0, t * height),
                    (width, t * height),
                ]
            })
            .map(|p| sheet.degrees(p))
            .collect();
        let least = |f: fn(&(f64, f64)) -> f64| border.iter().map(f).fold(f64::INFINITY, f64::min);
        let most =
            |f: fn(&(f64, f64)) -> f64| border.iter().map(f).fold(f64::NEG_INFINITY, f64::max);
        sheet.shows = Extent {
            west: least(|p| p.0).min(extent.west),
            east: most(|p| p.0).max(extent.east),
            south: least(|p| p.1).min(extent.south).max(-89.0),
            north: most(|p| p.1).max(extent.north).min(89.0),
        };
        sheet
    }

    pub fn pixel(&self, degrees: (f64, f64)) -> (f64, f64) {
        let (x, y) = self.projection.forward(degrees);
        ((x - self.left) * self.scale, (self.top - y) * self.scale)
    }

    pub fn degrees(&self, (px, py): (f64, f64)) -> (f64, f64) {
        self.projection
            .inverse((self.left + px / self.scale, self.top - py / self.scale))
    }

    /// The longitude shifted by full turns to lie nearest to the sheet's middle.
    pub fn near(&self, lon: f64) -> f64 {
        let meridian = self.projection.meridian();
        lon - ((lon - meridian) / 360.0).round() * 360.0
    }

    pub fn holds(&self, (x, y): (f64, f64)) -> bool {
        (0.0..=self.width).contains(&x) && (0.0..=self.height).contains(&y)
    }

    /// Ground distance of a pixel at the sheet's middle, km.
    pub fn km_per_pixel(&self) -> f64 {
        let (x, y) = (self.width / 2.0, self.height / 2.0);
        haversine_km(self.degrees((x - 0.5, y)), self.degrees((x + 0.5, y)))
    }
}

/// Great-circle distance on a sphere of radius 6371.0088 km (IUGG mean).
fn haversine_km((lon1, lat1): (f64, f64), (lon2, lat2): (f64, f64)) -> f64 {
    let (p1, p2) = (lat1.to_radians(), lat2.to_radians());
    let h = ((p2 - p1) / 2.0).sin().powi(2)
        + p1.cos() * p2.cos() * ((lon2 - lon1).to_radians() / 2.0).sin().powi(2);
    2.0 * 6371.0088 * h.sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Snyder (1987), p. 295, numerical example on the sphere: φ1 33°, φ2 45°, φ0 23°, λ0 −96°, at
    /// (−75°, 35°) x = 0.2966785, y = 0.2462112. The origin differs here, x does not.
    #[test]
    fn conic_agrees_with_snyder() {
        let p = Projection::of(Extent {
            west: -126.0,
            east: -66.0,
            south: 30.0,
            north: 48.0,
        });
        let (x, y) = p.forward((-75.0, 35.0));
        assert!((x - 0.296_678_5).abs() < 1e-6, "{x}");
        let (_, y0) = p.forward((-96.0, 23.0));
        assert!((y - y0 - 0.246_211_2).abs() < 1e-6, "{}", y - y0);
    }

    #[test]
    fn inverse_undoes_forward() {
        for extent in [
            (60.0, 80.0, 35.0, 45.0),
            (-80.0, -40.0, -50.0, -10.0),
            (-20.0, 50.0, -35.0, 35.0),
        ] {
            let (west, east, south, north) = extent;
            let p = Projection::of(Extent {
                west,
                east,
                south,
                north,
            });
            let point = (west + 3.0, south + 2.0);
            let (lon, lat) = p.inverse(p.forward(point));
            assert!((lon - point.0).abs() < 1e-9 && (lat - point.1).abs() < 1e-9);
        }
    }

    #[test]
    fn extent_takes_the_shorter_way_round() {
        let e = Extent::around(&[(170.0, 0.0), (-170.0, 10.0)]).unwrap();
        assert_eq!((e.west, e.east), (170.0, 190.0));
    }
}
