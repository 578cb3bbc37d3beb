//! Does the built network pass what is known of the real one? Figures only; the reader judges.

use super::backbone::weights_with_borders;
use super::geo::{Point, haversine};
use super::graph::{Edge, Graph, Node, Search, distance};
use super::lines::Lines;
use super::places::Place;
use super::read::Raw;
use super::tables::Tables;
use serde_json::{Value, json};

/// The written tables as a graph of one mode again, node numbers kept. Closed links are left out.
pub fn graph_of(tables: &Tables, mode: &str, closed_passages: bool) -> Graph {
    let nodes = tables
        .nodes
        .iter()
        .map(|n| Node {
            at: n.at,
            territory: n.territory,
            keep: false,
        })
        .collect();
    let edges = tables
        .links
        .iter()
        .filter(|l| l.mode == mode && (l.open || closed_passages))
        .map(|l| {
            let mut edge = Edge::straight(l.from as u32, l.to as u32, l.km);
            edge.passage = l.passage.clone();
            edge
        })
        .collect();
    Graph {
        nodes,
        edges,
        origin: Vec::new(),
    }
}

fn round1(km: Option<f64>) -> Value {
    km.map_or(Value::Null, |v| json!((v * 10.0).round() / 10.0))
}

/// Rail distances between named places, by the rail terminal of each.
pub fn rail(raw: &Raw, tables: &Tables, node_of: impl Fn(&str) -> Option<i32>) -> Value {
    let cases = [
        ("tashkent-uzb", "moscow-rus", "3,277-3,400"),
        ("andijan-uzb", "osh-kgz", "about 55"),
        ("andijan-uzb", "jalal-abad-kgz", "about 62"),
        ("dostyk-kaz", "alashankou-chn", "about 14"),
        ("khorgos-chn", "zharkent-kaz", "connected, under 100"),
        (
            "khorgos-chn",
            "almaty-kaz",
            "about 350-400 by Altynkol and Zhetygen",
        ),
        (
            "kashgar-chn",
            "andijan-uzb",
            "3,800-4,300 by Dostyk or Khorgos",
        ),
        ("kashgar-chn", "urumqi-chn", "about 1,475"),
        ("lanzhou-chn", "urumqi-chn", "about 1,800-1,900"),
        ("tashkent-uzb", "andijan-uzb", "about 400 by Angren-Pap"),
        ("dushanbe-tjk", "termez-uzb", "connected, about 250"),
        ("tashkent-uzb", "mashhad-irn", "connected, about 1,300"),
        ("almaty-kaz", "bandar-abbas-irn", "connected"),
        ("moscow-rus", "beijing-chn", "7,600-9,000"),
        ("moscow-rus", "warsaw-pol", "about 1,300"),
        ("tbilisi-geo", "baku-aze", "about 550"),
        ("tbilisi-geo", "ankara-tur", "connected"),
        ("istanbul-tur", "ankara-tur", "about 570 by the old line"),
        ("istanbul-tur", "tehran-irn", "about 2,900 by Lake Van"),
        ("islamabad-pak", "delhi-ind", "null: closed"),
        (
            "bishkek-kgz",
            "osh-kgz",
            "connected only through neighbours",
        ),
        ("quetta-pak", "tehran-irn", "connected by Zahedan"),
    ];
    let graph = graph_of(tables, "rail", false);
    let adjacency = graph.adjacency();
    let weights = weights_with_borders(raw, &graph, "rail", 0.0);
    let rows: Vec<Value> = cases
        .iter()
        .map(|(a, b, expected)| {
            let (x, y) = (node_of(a), node_of(b));
            let km = match (x, y) {
                (Some(x), Some(y)) => {
                    distance(&adjacency, &weights, graph.nodes.len(), x as u32, y as u32)
                }
                _ => None,
            };
            json!({ "from": a, "to": b, "km": round1(km), "expected": expected,
                    "both_have_terminal": x.is_some() && y.is_some() })
        })
        .collect();
    json!(rows)
}

/// Road distances between named places.
pub fn road(raw: &Raw, tables: &Tables, places: &[Place]) -> Value {
    let cases = [
        (
            "kashgar-chn",
            "andijan-uzb",
            "about 450-560 (source: Irkeshtam in one edge)",
        ),
        ("kashgar-chn", "naryn-kgz", "about 330 by Torugart"),
        ("kashgar-chn", "osh-kgz", "about 500"),
        ("bishkek-kgz", "osh-kgz", "about 600-670"),
        ("tashkent-uzb", "moscow-rus", "about 3,300"),
        ("almaty-kaz", "bishkek-kgz", "about 240"),
        ("lahore-pak", "delhi-ind", "not over the closed border"),
        (
            "kashgar-chn",
            "islamabad-pak",
            "about 1,200-1,300 by the Karakoram Highway",
        ),
        ("herat-afg", "mashhad-irn", "about 380"),
        ("kabul-afg", "termez-uzb", "about 480"),
        ("moscow-rus", "beijing-chn", "about 7,000-8,000"),
        ("berlin-deu", "moscow-rus", "about 1,820"),
    ];
    let graph = graph_of(tables, "road", false);
    let adjacency = graph.adjacency();
    let weights = weights_with_borders(raw, &graph, "road", 0.0);
    let node = |id: &str| {
        let place = places.iter().find(|p| p.id == id);
        place.and_then(|p| p.road_node)
    };
    let rows: Vec<Value> = cases
        .iter()
        .map(|(a, b, expected)| {
            let km = match (node(a), node(b)) {
                (Some(x), Some(y)) => {
                    distance(&adjacency, &weights, graph.nodes.len(), x as u32, y as u32)
                }
                _ => None,
            };
            json!({ "from": a, "to": b, "km": round1(km), "expected": expected })
        })
        .collect();
    json!(rows)
}

/// Distances between places before and after simplification, closed borders being walls: from
/// every `step`-th attached place to all others between 100 and 3,000 km away.
pub fn before_after(raw: &Raw, lines: &Lines, mode: &str, places: &[Place], step: usize) -> Value {
    let (full, graph) = (&lines.full, &lines.graph);
    let (fa, ga) = (full.adjacency(), graph.adjacency());
    let fw = weights_with_borders(raw, full, mode, 0.0);
    let gw = weights_with_borders(raw, graph, mode, 0.0);
    let mut fs = Search::new(full.nodes.len());
    let mut gs = Search::new(graph.nodes.len());
    let ends: Vec<(usize, u32, u32)> = (0..places.len())
        .filter_map(|i| Some((i, lines.full_node(i)?, lines.node(i)?)))
        .collect();
    let (mut pairs, mut sum, mut worst, mut over, mut lost) = (0usize, 0.0, 0.0f64, 0usize, 0usize);
    let mut worst_pair = String::new();
    for &(i, f, g) in ends.iter().step_by(step) {
        fs.run(&fa, &fw, &[f], |_, d| d < 9_000.0);
        gs.run(&ga, &gw, &[g], |_, d| d < 9_500.0);
        for &(j, fj, gj) in &ends {
            let crow = haversine(places[i].at, places[j].at);
            if !(100.0..=3_000.0).contains(&crow) {
                continue;
            }
            let (before, after) = (fs.dist(fj), gs.dist(gj));
            if !before.is_finite() || before >= 9_000.0 {
                continue;
            }
            if !after.is_finite() {
                lost += 1;
                continue;
            }
            let change = (after / before - 1.0).abs();
            pairs += 1;
            sum += change;
            over += usize::from(change > 0.02);
            if change > worst {
                worst = change;
                worst_pair = format!("{} - {}", places[i].id, places[j].id);
            }
        }
    }
    json!({
        "pairs": pairs,
        "mean_percent": (sum / pairs.max(1) as f64 * 1e4).round() / 100.0,
        "max_percent": (worst * 1e4).round() / 100.0,
        "worst_pair": worst_pair,
        "share_over_2_percent": (over as f64 / pairs.max(1) as f64 * 1e4).round() / 1e4,
        "pairs_lost": lost,
    })
}

/// Port-to-port distances in nautical miles against published ones.
pub fn sea(tables: &Tables, port: impl Fn(&str) -> Option<i32>) -> Value {
    // (from, to, closed passages, published or peer nm)
    let cases: [(&str, &str, &str, f64); 13] = [
        ("CNSHA", "NLRTM", "", 10_600.0),
        ("CNSHA", "NLRTM", "suez panama", 13_800.0),
        ("USNYC", "LKCMB", "", 8_604.0),
        ("SAJED", "ROCND", "", 1_698.0),
        ("SAJED", "ROCND", "suez panama", 11_771.0),
        ("SGSIN", "NLRTM", "", 8_368.2),
        ("CNSHA", "USSAV", "", 10_271.2),
        ("CNSHA", "USLAX", "", 5_764.0),
        ("CNSHA", "CAVAN", "", 5_165.4),
        ("KZAAU", "AZBAK", "", 252.6),
        ("BRSSZ", "ZADUR", "", 4_222.4),
        ("AUSYD", "CLVAP", "", 6_400.8),
        ("IRBAZ", "TMKRW", "", 250.0),
    ];
    let graph = graph_of(tables, "sea", false);
    let adjacency = graph.adjacency();
    let rows: Vec<Value> = cases
        .iter()
        .map(|(a, b, shut, expected)| {
            let weights: Vec<f64> = graph
                .edges
                .iter()
                .map(|e| {
                    if e.passage.as_deref().is_some_and(|p| shut.contains(p)) {
                        f64::INFINITY
                    } else {
                        e.km
                    }
                })
                .collect();
            let km = match (port(a), port(b)) {
                (Some(x), Some(y)) => {
                    distance(&adjacency, &weights, graph.nodes.len(), x as u32, y as u32)
                }
                _ => None,
            };
            let nm = km.map(|k| k / 1.852);
            json!({ "from": a, "to": b, "closed": shut, "nm": round1(nm), "reference_nm": expected,
                    "percent_off": nm.map(|n| ((n / expected - 1.0) * 1e3).round() / 10.0) })
        })
        .collect();
    json!(rows)
}

/// Is the sea one piece from port to port, but for the Caspian?
pub fn unreached_ports(tables: &Tables, ports: &[(String, i32)]) -> Value {
    let graph = graph_of(tables, "sea", false);
    let (component, _) = graph.components();
    let ocean = ports
        .iter()
        .find(|(code, _)| code == "SGSIN")
        .map(|(_, n)| component[*n as usize]);
    let apart: Vec<&String> = ports
        .iter()
        .filter(|(_, n)| Some(component[*n as usize]) != ocean)
        .map(|(code, _)| code)
        .collect();
    json!(apart)
}

/// Great-circle kilometres that no link may undercut by much: links far shorter than the crow
/// flies betray a fault.
pub fn shorter_than_the_crow(tables: &Tables) -> usize {
    let at = |n: i32| -> Point { tables.nodes[n as usize].at };
    tables
        .links
        .iter()
        .filter(|l| l.km + 1.5 < 0.97 * haversine(at(l.from), at(l.to)))
        .count()
}
