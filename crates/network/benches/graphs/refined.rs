//! A graph of the size of a world's roads: the default world's road network, refined.
//!
//! Nobody has surveyed it. It keeps the shape of the real network, and with it the small cuts that
//! nested dissection lives on, and adds what a finer map would: every vertex becomes the corner of
//! a block of four by four local streets, and every link is cut into pieces until the graph has
//! 857,148 vertices. Deterministic.

use comity_network::PlainGraph;
use comity_network::hierarchy::{Digraph, Label, fixed_point};
use rand::{Rng, SeedableRng};

/// Vertices of the refined graph.
const VERTICES: usize = 857_148;
/// Vertices along a side of a block.
const SIDE: usize = 4;
/// Degrees between neighbours in a block, a few hundred metres.
const STREET: f64 = 0.003;

/// Both directions of a link that is to be cut into pieces.
struct Link {
    ends: (u32, u32),
    labels: [Option<Label>; 2],
}

pub fn refined(plain: &PlainGraph) -> PlainGraph {
    let mut random = rand::rngs::StdRng::seed_from_u64(1);
    let mut positions = plain.positions.clone();
    let mut arcs: Vec<(u32, u32, Label)> = vec![];
    let links = links(plain);
    let blocks = plain.graph.vertices() * (SIDE * SIDE - 1);
    let inner = VERTICES.saturating_sub(positions.len() + blocks);
    // The same number of cuts for every link, one more for the first of them.
    for (at, link) in links.iter().enumerate() {
        let cuts = inner / links.len() + usize::from(at < inner % links.len());
        let (a, b) = link.ends;
        let (from, to) = (positions[a as usize], positions[b as usize]);
        let mut last = a;
        for piece in 0..=cuts {
            let next = if piece == cuts {
                b
            } else {
                let part = (piece + 1) as f64 / (cuts + 1) as f64;
                let bend = 0.01 * random.random_range(-1.0..1.0);
                let along = |x: f64, y: f64| x + part * (y - x) + bend;
                positions.push((along(from.0, to.0), along(from.1, to.1)));
                positions.len() as u32 - 1
            };
            let [there, back] = link.labels.map(|label| {
                label.map(|whole| Label {
                    cost: whole.cost / (cuts as u64 + 1),
                    sums: whole.sums.map(|sum| fixed_point(sum / (cuts + 1) as f64)),
                })
            });
            arcs.extend(there.map(|label| (last, next, label)));
            arcs.extend(back.map(|label| (next, last, label)));
            last = next;
        }
    }
    for corner in 0..plain.graph.vertices() as u32 {
        block(corner, &mut positions, &mut arcs, &mut random);
    }
    arcs.sort_by_key(|arc| (arc.0, arc.1));
    PlainGraph {
        graph: Digraph::new(positions.len(), arcs.iter().map(|arc| (arc.0, arc.1))),
        labels: arcs.into_iter().map(|arc| arc.2).collect(),
        positions,
        points: plain.points.clone(),
    }
}

/// Arcs in pairs, those that run both ways between the same vertices together.
fn links(plain: &PlainGraph) -> Vec<Link> {
    let graph = &plain.graph;
    let mut all: Vec<(u32, u32, bool, Label)> = (0..graph.vertices() as u32)
        .flat_map(|v| graph.arcs_of(v).map(move |at| (v, at)))
        .map(|(v, at)| {
            let u = graph.head(at);
            (v.min(u), v.max(u), v > u, plain.labels[at])
        })
        .filter(|arc| arc.0 != arc.1)
        .collect();
    all.sort_by_key(|arc| (arc.0, arc.1, arc.2, arc.3.cost));
    let ends = |arc: &(u32, u32, bool, Label)| (arc.0, arc.1);
    let cheapest = |arcs: &[(u32, u32, bool, Label)], back: bool| {
        arcs.iter().find(|arc| arc.2 == back).map(|arc| arc.3)
    };
    all.chunk_by(|a, b| ends(a) == ends(b))
        .map(|arcs| Link {
            ends: ends(&arcs[0]),
            labels: [cheapest(arcs, false), cheapest(arcs, true)],
        })
        .collect()
}

/// Streets around a vertex, each direction of a random cost.
fn block(
    corner: u32,
    positions: &mut Vec<(f64, f64)>,
    arcs: &mut Vec<(u32, u32, Label)>,
    random: &mut rand::rngs::StdRng,
) {
    let first = positions.len() as u32;
    let (lon, lat) = positions[corner as usize];
    let vertex = |row: usize, column: usize| match row * SIDE + column {
        0 => corner,
        at => first + at as u32 - 1,
    };
    for row in 0..SIDE {
        for column in 0..SIDE {
            if (row, column) != (0, 0) {
                let at = |steps: usize| STREET * steps as f64;
                positions.push((lon + at(column), (lat + at(row)).clamp(-90.0, 90.0)));
            }
            let right = (column + 1 < SIDE).then(|| vertex(row, column + 1));
            let up = (row + 1 < SIDE).then(|| vertex(row + 1, column));
            for other in [right, up].into_iter().flatten() {
                for (from, to) in [(vertex(row, column), other), (other, vertex(row, column))] {
                    let km = fixed_point(random.random_range(0.2..0.6));
                    let label = Label {
                        cost: (km * 1500.0) as u64,
                        sums: [fixed_point(km / 20.0), fixed_point(km * 1.2), km],
                    };
                    arcs.push((from, to, label));
                }
            }
        }
    }
}
