//! Words on the map that do not cover one another.

use super::escape;
use super::geometry::{Point, Rect, area, distance_to_segment, inside, tenth};
use super::projection::Sheet;
use std::fmt::Write as _;

/// Mean width of a letter in the size of the type.
const LETTER: f64 = 0.56;

/// Labels set so far.
#[derive(Default)]
pub struct Labels {
    taken: Vec<Rect>,
    /// Points of the journeys, which words had better not cross.
    lines: Vec<Point>,
    svg: String,
}

impl Labels {
    /// Keeps a box free of words.
    pub fn reserve(&mut self, rect: Rect) {
        self.taken.push(rect);
    }

    /// Points close to one another along lines that words keep off where they can.
    pub fn avoid(&mut self, points: impl IntoIterator<Item = Point>) {
        self.lines.extend(points);
    }

    /// A dot with its name beside it; without the name where it would cover another. Returns false
    /// then, and draws nothing at all if `optional`.
    pub fn place(
        &mut self,
        sheet: &Sheet,
        at: Point,
        name: &str,
        strong: bool,
        optional: bool,
    ) -> bool {
        let (x, y) = at;
        let size = if strong { 12.5 } else { 10.5 };
        let radius = if strong { 3.4 } else { 1.8 };
        let width = name.chars().count() as f64 * size * LETTER;
        let gap = radius + 3.5;
        let middle = size * 0.36;
        let candidates = [
            (x + gap, y + middle, "start"),
            (x - gap, y + middle, "end"),
            (x, y - gap, "middle"),
            (x, y + gap + size * 0.75, "middle"),
            (x + gap * 0.7, y - gap * 0.9, "start"),
            (x - gap * 0.7, y + gap + size * 0.5, "end"),
        ];
        let fitting = candidates.into_iter().filter_map(|(tx, ty, anchor)| {
            let left = match anchor {
                "start" => tx,
                "end" => tx - width,
                _ => tx - width / 2.0,
            };
            let rect = [
                left - 1.0,
                ty - size * 0.85,
                left + width + 1.0,
                ty + size * 0.25,
            ];
            self.free(sheet, rect).then_some((tx, ty, anchor, rect))
        });
        let fitting: Vec<_> = fitting.collect();
        let found = fitting
            .iter()
            .find(|c| self.clear(c.3))
            .or(fitting.first())
            .copied();
        if found.is_none() && optional {
            return false;
        }
        let class = if strong { "place" } else { "city" };
        let _ = write!(
            self.svg,
            r#"<circle class="{class}" cx="{}" cy="{}" r="{radius}"/>"#,
            tenth(x),
            tenth(y)
        );
        self.reserve([x - radius, y - radius, x + radius, y + radius]);
        let Some((tx, ty, anchor, rect)) = found else {
            return false;
        };
        self.reserve(rect);
        let _ = write!(
            self.svg,
            r#"<text class="{class}" x="{}" y="{}" text-anchor="{anchor}">{}</text>"#,
            tenth(tx),
            tenth(ty),
            escape(name)
        );
        true
    }

    /// The name of a territory in the middle of its largest ring, where there is room.
    pub fn territory(&mut self, sheet: &Sheet, rings: &[Vec<Point>], name: &str) {
        let Some(ring) = rings.iter().max_by(|a, b| area(a).total_cmp(&area(b))) else {
            return;
        };
        let size = 11.0;
        // Letters are spaced and in capitals.
        let width = name.chars().count() as f64 * size * 0.86;
        if area(ring) < width * size * 1.6 {
            return;
        }
        const GRID: usize = 14;
        let x0 = ring.iter().map(|p| p.0).fold(f64::INFINITY, f64::min);
        let x1 = ring.iter().map(|p| p.0).fold(f64::NEG_INFINITY, f64::max);
        let y0 = ring.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
        let y1 = ring.iter().map(|p| p.1).fold(f64::NEG_INFINITY, f64::max);
        let mut best: Option<(f64, Rect, Point)> = None;
        for step in 0..GRID * GRID {
            let x = x0 + (x1 - x0) * ((step % GRID) as f64 + 0.5) / GRID as f64;
            let y = y0 + (y1 - y0) * ((step / GRID) as f64 + 0.5) / GRID as f64;
            let rect = [
                x - width / 2.0,
                y - size * 0.9,
                x + width / 2.0,
                y + size * 0.3,
            ];
            let room = [rect[0], x, rect[2]]
                .into_iter()
                .all(|px| inside(ring, (px, y - size * 0.3)));
            if !room || !self.free(sheet, rect) || !self.clear(rect) {
                continue;
            }
            let depth = (0..ring.len())
                .map(|i| distance_to_segment((x, y), ring[i], ring[(i + 1) % ring.len()]))
                .fold(f64::INFINITY, f64::min);
            if best.as_ref().is_none_or(|(d, ..)| depth > *d) {
                best = Some((depth, rect, (x, y)));
            }
        }
        let Some((_, rect, (x, y))) = best else {
            return;
        };
        self.reserve(rect);
        let _ = write!(
            self.svg,
            r#"<text class="territory" x="{}" y="{}" text-anchor="middle">{}</text>"#,
            tenth(x),
            tenth(y),
            escape(&name.to_uppercase())
        );
    }

    pub fn into_svg(self) -> String {
        self.svg
    }

    fn clear(&self, rect: Rect) -> bool {
        !self
            .lines
            .iter()
            .any(|&(x, y)| (rect[0]..=rect[2]).contains(&x) && (rect[1]..=rect[3]).contains(&y))
    }

    fn free(&self, sheet: &Sheet, rect: Rect) -> bool {
        rect[0] >= 2.0
            && rect[1] >= 2.0
            && rect[2] <= sheet.width - 2.0
            && rect[3] <= sheet.height - 2.0
            && self
                .taken
                .iter()
                .all(|t| rect[2] < t[0] || rect[0] > t[2] || rect[3] < t[1] || rect[1] > t[3])
    }
}
