//! Lines and rings on the paper: cut to the sheet, thinned, written as SVG paths.

use std::fmt::Write as _;

pub type Point = (f64, f64);

/// A rectangle: x0, y0, x1, y1.
pub type Rect = [f64; 4];

/// The part of a ring inside a rectangle (Sutherland & Hodgman 1974).
pub fn clip_ring(ring: &[Point], [x0, y0, x1, y1]: Rect) -> Vec<Point> {
    let mut points = ring.to_vec();
    type Side = (usize, f64, f64);
    let sides: [Side; 4] = [(0, x0, 1.0), (0, x1, -1.0), (1, y0, 1.0), (1, y1, -1.0)];
    for (axis, at, sign) in sides {
        let depth = |p: &Point| sign * (if axis == 0 { p.0 } else { p.1 } - at);
        let mut kept = Vec::with_capacity(points.len());
        for (index, point) in points.iter().enumerate() {
            let before = &points[(index + points.len() - 1) % points.len()];
            let (d0, d1) = (depth(before), depth(point));
            if (d0 < 0.0) != (d1 < 0.0) {
                let t = d0 / (d0 - d1);
                kept.push((
                    before.0 + t * (point.0 - before.0),
                    before.1 + t * (point.1 - before.1),
                ));
            }
            if d1 >= 0.0 {
                kept.push(*point);
            }
        }
        points = kept;
    }
    points
}

/// The parts of a line inside a rectangle (Liang & Barsky 1984, segment by segment).
pub fn clip_line(line: &[Point], [x0, y0, x1, y1]: Rect) -> Vec<Vec<Point>> {
    let mut parts: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    for pair in line.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut t0, mut t1) = (0.0_f64, 1.0_f64);
        let mut inside = true;
        for (p, q) in [
            (-dx, a.0 - x0),
            (dx, x1 - a.0),
            (-dy, a.1 - y0),
            (dy, y1 - a.1),
        ] {
            if p == 0.0 {
                inside &= q >= 0.0;
            } else if p < 0.0 {
                t0 = t0.max(q / p);
            } else {
                t1 = t1.min(q / p);
            }
        }
        if !inside || t0 > t1 {
            open = false;
            continue;
        }
        let at = |t: f64| (a.0 + t * dx, a.1 + t * dy);
        if !open || t0 > 0.0 {
            parts.push(vec![at(t0)]);
        }
        if let Some(part) = parts.last_mut() {
            part.push(at(t1));
        }
        open = t1 >= 1.0;
    }
    parts
}

/// A line without the points that lie within `tolerance` of it (Douglas & Peucker 1973).
pub fn thin(line: &[Point], tolerance: f64) -> Vec<Point> {
    if line.len() < 3 {
        return line.to_vec();
    }
    let mut keep = vec![false; line.len()];
    keep[0] = true;
    keep[line.len() - 1] = true;
    let mut stack = vec![(0, line.len() - 1)];
    while let Some((first, last)) = stack.pop() {
        let mut farthest = (tolerance, 0);
        for index in first + 1..last {
            let d = distance_to_segment(line[index], line[first], line[last]);
            if d > farthest.0 {
                farthest = (d, index);
            }
        }
        if farthest.1 > 0 {
            keep[farthest.1] = true;
            stack.push((first, farthest.1));
            stack.push((farthest.1, last));
        }
    }
    line.iter()
        .zip(keep)
        .filter_map(|(p, k)| k.then_some(*p))
        .collect()
}

pub fn distance_to_segment(p: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length2 = dx * dx + dy * dy;
    let t = if length2 > 0.0 {
        (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length2).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)
}

/// Area of a ring, never negative.
pub fn area(ring: &[Point]) -> f64 {
    let mut twice = 0.0;
    for (index, a) in ring.iter().enumerate() {
        let b = ring[(index + 1) % ring.len()];
        twice += a.0 * b.1 - b.0 * a.1;
    }
    twice.abs() / 2.0
}

/// True inside the ring (even–odd rule).
pub fn inside(ring: &[Point], (x, y): Point) -> bool {
    let mut odd = false;
    for (index, a) in ring.iter().enumerate() {
        let b = ring[(index + 1) % ring.len()];
        if (a.1 > y) != (b.1 > y) && x < (b.0 - a.0) * (y - a.1) / (b.1 - a.1) + a.0 {
            odd = !odd;
        }
    }
    odd
}

/// Longitudes that run on past ±180 rather than jump.
pub fn unwrap(line: &[Point]) -> Vec<Point> {
    let mut out: Vec<Point> = Vec::with_capacity(line.len());
    for &(lon, lat) in line {
        let lon = out
            .last()
            .map_or(lon, |last| lon - ((lon - last.0) / 360.0).round() * 360.0);
        out.push((lon, lat));
    }
    out
}

/// Points of SVG path data to a tenth of a pixel; `close` for rings.
pub fn path(points: &[Point], close: bool) -> String {
    let mut d = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        let _ = write!(d, "{command}{} {}", tenth(*x), tenth(*y));
    }
    if close {
        d.push('Z');
    }
    d
}

/// A number to a tenth, without a trailing `.0` or `-0`.
pub fn tenth(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0 + 0.0;
    if rounded.fract() == 0.0 {
        format!("{rounded:.0}")
    } else {
        format!("{rounded:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipping_cuts_at_the_edge() {
        let square = [(-1.0, -1.0), (3.0, -1.0), (3.0, 3.0), (-1.0, 3.0)];
        let clipped = clip_ring(&square, [0.0, 0.0, 2.0, 2.0]);
        assert!((area(&clipped) - 4.0).abs() < 1e-12);
        let parts = clip_line(
            &[(-1.0, 1.0), (3.0, 1.0), (3.0, 0.5), (1.0, 0.5)],
            [0.0, 0.0, 2.0, 2.0],
        );
        assert_eq!(
            parts,
            [vec![(0.0, 1.0), (2.0, 1.0)], vec![(2.0, 0.5), (1.0, 0.5)]]
        );
    }

    #[test]
    fn thinning_keeps_corners() {
        let line = [(0.0, 0.0), (1.0, 0.01), (2.0, 0.0), (2.0, 2.0)];
        assert_eq!(thin(&line, 0.1), [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0)]);
    }

    #[test]
    fn lines_run_on_past_the_antimeridian() {
        assert_eq!(unwrap(&[(179.0, 0.0), (-179.0, 1.0)])[1].0, 181.0);
    }

    #[test]
    fn no_negative_zero() {
        assert_eq!(tenth(-0.01), "0");
        assert_eq!(tenth(2.25), "2.3");
    }
}
