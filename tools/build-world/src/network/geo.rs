//! Distances on the sphere, planar tests in degrees, and plain-letter names.

/// Mean radius of the Earth, km (IUGG).
const EARTH_KM: f64 = 6371.0088;

/// A point: longitude, latitude in degrees.
pub type Point = [f64; 2];

/// Great-circle distance in km (haversine formula).
pub fn haversine(a: Point, b: Point) -> f64 {
    let (la, lb) = (a[1].to_radians(), b[1].to_radians());
    let dlat = (lb - la) / 2.0;
    let dlon = (b[0] - a[0]).to_radians() / 2.0;
    let h = dlat.sin().powi(2) + la.cos() * lb.cos() * dlon.sin().powi(2);
    2.0 * EARTH_KM * h.sqrt().min(1.0).asin()
}

/// Longitude in (-180, 180]; -180 becomes 180 so that the two edges of the map coincide.
pub fn normalise_lon(lon: f64) -> f64 {
    let mut lon = lon;
    while lon > 180.0 {
        lon -= 360.0;
    }
    while lon <= -180.0 {
        lon += 360.0;
    }
    lon
}

/// A point on the unit sphere: straight-line nearness there is nearness on the globe, which lets
/// an ordinary R-tree answer nearest-neighbour questions across the antimeridian.
pub fn unit(p: Point) -> [f64; 3] {
    let (lon, lat) = (p[0].to_radians(), p[1].to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
}

/// Squared chord on the unit sphere that spans `km` of great circle.
pub fn chord2(km: f64) -> f64 {
    (2.0 * (km / EARTH_KM / 2.0).sin()).powi(2)
}

/// Distance in km from `p` to the segment `a`–`b`, in a local flat projection.
pub fn point_segment_km(p: Point, a: Point, b: Point) -> f64 {
    let kx = 111.32 * p[1].to_radians().cos();
    let ky = 110.57;
    let wrap = |d: f64| {
        if d > 180.0 {
            d - 360.0
        } else if d < -180.0 {
            d + 360.0
        } else {
            d
        }
    };
    let (ax, ay) = (wrap(a[0] - p[0]) * kx, (a[1] - p[1]) * ky);
    let (bx, by) = (wrap(b[0] - p[0]) * kx, (b[1] - p[1]) * ky);
    let (dx, dy) = (bx - ax, by - ay);
    let length2 = dx * dx + dy * dy;
    let t = if length2 == 0.0 {
        0.0
    } else {
        (-(ax * dx + ay * dy) / length2).clamp(0.0, 1.0)
    };
    (ax + t * dx).hypot(ay + t * dy)
}

/// Initial bearing from `a` to `b` as one of eight sectors of 45 degrees.
pub fn octant(a: Point, b: Point) -> usize {
    let mut dx = b[0] - a[0];
    if dx > 180.0 {
        dx -= 360.0;
    } else if dx < -180.0 {
        dx += 360.0;
    }
    let angle = (b[1] - a[1]).atan2(dx * a[1].to_radians().cos());
    let turn = (angle / std::f64::consts::TAU).rem_euclid(1.0);
    ((turn * 8.0) as usize).min(7)
}

/// Is the point inside the ring (even–odd rule, planar in degrees)?
pub fn in_ring(p: Point, ring: &[Point]) -> bool {
    let mut inside = false;
    let mut j = ring.len().saturating_sub(1);
    for i in 0..ring.len() {
        let (a, b) = (ring[i], ring[j]);
        if (a[1] > p[1]) != (b[1] > p[1])
            && p[0] < (b[0] - a[0]) * (p[1] - a[1]) / (b[1] - a[1]) + a[0]
        {
            inside = !inside;
        }
        j = i;
    }
    inside
}

/// Douglas–Peucker: inner points of `start … end` that matter at `tolerance_km`.
pub fn thin_shape(start: Point, inner: &[Point], end: Point, tolerance_km: f64) -> Vec<Point> {
    let mut line = Vec::with_capacity(inner.len() + 2);
    line.push(start);
    line.extend_from_slice(inner);
    line.push(end);
    let mut keep = vec![false; line.len()];
    let mut stack = vec![(0, line.len() - 1)];
    while let Some((first, last)) = stack.pop() {
        if last <= first + 1 {
            continue;
        }
        let (mut worst, mut at) = (0.0, first);
        for i in first + 1..last {
            let d = point_segment_km(line[i], line[first], line[last]);
            if d > worst {
                (worst, at) = (d, i);
            }
        }
        if worst > tolerance_km {
            keep[at] = true;
            stack.push((first, at));
            stack.push((at, last));
        }
    }
    line.iter()
        .zip(&keep)
        .filter(|(_, k)| **k)
        .map(|(p, _)| *p)
        .collect()
}

/// Letters without diacritics or apostrophes, one space between words.
pub fn plain(name: &str) -> String {
    let ascii = deunicode::deunicode(name);
    let kept: String = ascii
        .chars()
        .filter(|c| !matches!(c, '\'' | '`' | '"'))
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lower-case letters, digits and hyphens: `Xi'an` is `xian`, `Mazar-i-Sharif` `mazar-i-sharif`.
pub fn slug(name: &str) -> String {
    let mut out = String::new();
    for c in plain(name).to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_degree_of_the_equator_is_111_km() {
        assert!((haversine([0.0, 0.0], [1.0, 0.0]) - 111.195).abs() < 0.01);
        assert!((haversine([179.5, 0.0], [-179.5, 0.0]) - 111.195).abs() < 0.01);
    }

    #[test]
    fn thinning_keeps_the_corner_and_drops_the_wiggle() {
        let inner = [[0.5, 0.001], [1.0, 0.0], [1.0, 0.5]];
        let thin = thin_shape([0.0, 0.0], &inner, [1.0, 1.0], 1.0);
        assert_eq!(thin, vec![[1.0, 0.0]]);
    }

    #[test]
    fn slugs_are_plain() {
        assert_eq!(slug("Ürümqi"), "urumqi");
        assert_eq!(slug("Xi’an"), "xian");
        assert_eq!(slug("Bandar-e Anzalī"), "bandar-e-anzali");
    }
}
