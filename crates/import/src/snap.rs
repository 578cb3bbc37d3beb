//! Nodes out of lines: ends close to each other are one node, and a line is cut where another one
//! ends on it.

use crate::raw::{Id, Intake, Origin, Raw, RawLink, RawNode};
use comity_world::audit::nearby::Nearby;
use comity_world::transport::great_circle_km;
use std::collections::{BTreeMap, BTreeSet};

/// A line as read.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub id: Id,
    /// At least two.
    pub points: Vec<(f64, f64)>,
    pub km: Option<f64>,
    pub hours: Option<f64>,
    pub kind: Option<String>,
    pub gauge: Option<String>,
    pub origin: Origin,
}

/// Length of a line over its points on the sphere, km.
pub(crate) fn length_km(points: &[(f64, f64)]) -> f64 {
    let pairs = points.windows(2);
    pairs
        .map(|p| great_circle_km(p[0].0, p[0].1, p[1].0, p[1].1))
        .sum()
}

fn km((lon_a, lat_a): (f64, f64), (lon_b, lat_b): (f64, f64)) -> f64 {
    great_circle_km(lon_a, lat_a, lon_b, lat_b)
}

/// The network that lines make. Their order decides nothing but the order of the links.
pub(crate) fn network(lines: Vec<Line>, snap_km: f64, intake: &mut Intake) -> Raw {
    let lines = cut(lines, snap_km, intake);
    // Distinct ends in the order of their coordinates, so that the order of lines does not matter.
    let mut ends: Vec<(f64, f64)> = lines
        .iter()
        .flat_map(|l| [l.points[0], l.points[l.points.len() - 1]])
        .collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    ends.dedup();
    let tree = Nearby::new(ends.iter().enumerate().map(|(i, p)| (i, p.0, p.1)));
    // Each cluster's first end is where its node is.
    let mut root: Vec<usize> = (0..ends.len()).collect();
    fn find(root: &mut [usize], mut at: usize) -> usize {
        while root[at] != at {
            root[at] = root[root[at]];
            at = root[at];
        }
        at
    }
    for (at, end) in ends.iter().enumerate() {
        for near in tree.within(end.0, end.1, snap_km) {
            let (a, b) = (find(&mut root, at), find(&mut root, near.index));
            root[a.max(b)] = a.min(b);
        }
    }
    let mut raw = Raw::default();
    let mut node_of = vec![0; ends.len()];
    let origin = Origin {
        file: "line ends".to_owned(),
        line: None,
    };
    for at in 0..ends.len() {
        let first = find(&mut root, at);
        node_of[at] = if first == at {
            raw.nodes.push(RawNode {
                lon: ends[at].0,
                lat: ends[at].1,
                iso3: None,
                origin: origin.clone(),
            });
            raw.nodes.len() - 1
        } else {
            intake.repair("line ends moved to another within the tolerance");
            node_of[first]
        };
    }
    let node = |point: (f64, f64)| {
        let order = |p: &(f64, f64)| p.0.total_cmp(&point.0).then(p.1.total_cmp(&point.1));
        ends.binary_search_by(order).map(|at| node_of[at])
    };
    for line in lines {
        let last = line.points.len() - 1;
        let (Ok(from), Ok(to)) = (node(line.points[0]), node(line.points[last])) else {
            continue;
        };
        let km = line.km.or_else(|| {
            intake.fill("lengths from the line itself");
            Some(length_km(&line.points))
        });
        raw.links.push(RawLink {
            id: line.id,
            from,
            to,
            one_way: false,
            km,
            hours: line.hours,
            kind: line.kind,
            gauge: line.gauge,
            inner: line.points[1..last].to_vec(),
            origin: line.origin,
        });
    }
    raw
}

/// Cut lines at the vertices where another line ends.
fn cut(lines: Vec<Line>, snap_km: f64, intake: &mut Intake) -> Vec<Line> {
    let mut vertices = vec![];
    for (number, line) in lines.iter().enumerate() {
        let last = line.points.len() - 1;
        for at in 1..last {
            let point = line.points[at];
            // What is next to the line's own ends becomes part of their nodes.
            if km(point, line.points[0]) > snap_km && km(point, line.points[last]) > snap_km {
                vertices.push((number, at));
            }
        }
    }
    let tree = Nearby::new(vertices.iter().enumerate().map(|(index, (line, at))| {
        let point = lines[*line].points[*at];
        (index, point.0, point.1)
    }));
    let mut cuts: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for line in &lines {
        for end in [line.points[0], line.points[line.points.len() - 1]] {
            let mut met = BTreeSet::new();
            // The nearest vertex of each line, once.
            for near in tree.within(end.0, end.1, snap_km) {
                let (number, at) = vertices[near.index];
                if met.insert(number) {
                    cuts.entry(number).or_default().insert(at);
                }
            }
        }
    }
    let mut parts = vec![];
    for (number, line) in lines.into_iter().enumerate() {
        let Some(at) = cuts.get(&number) else {
            parts.push(line);
            continue;
        };
        intake.repair("lines cut where another ends on them");
        let whole = length_km(&line.points);
        let mut first = 0;
        let last = line.points.len() - 1;
        for (part, end) in at.iter().copied().chain([last]).enumerate() {
            let points = line.points[first..=end].to_vec();
            let share = if whole > 0.0 {
                length_km(&points) / whole
            } else {
                1.0
            };
            let id = match &line.id {
                Id::Number(id, piece) => Id::Number(*id, piece + ((part as u32) << 16)),
                Id::Text(id, piece) => Id::Text(id.clone(), piece + ((part as u32) << 16)),
            };
            parts.push(Line {
                id,
                points,
                km: line.km.map(|v| v * share),
                hours: line.hours.map(|v| v * share),
                ..line.clone()
            });
            first = end;
        }
    }
    parts
}
