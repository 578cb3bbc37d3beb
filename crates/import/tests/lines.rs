//! Lines of a GeoJSON file become a network.

mod common;

use comity_import::{Kind, Options};
use comity_world::audit::{Thresholds, audit};
use comity_world::{Mode, World, polyline};
use common::{folder, into_tiny, load, same_journeys, tiny};
use proptest::prelude::*;
use serde_json::{Value, json};

fn line(points: &[(f64, f64)], properties: Value) -> Value {
    let points: Vec<[f64; 2]> = points.iter().map(|p| [p.0, p.1]).collect();
    json!({
        "type": "Feature",
        "geometry": { "type": "LineString", "coordinates": points },
        "properties": properties,
    })
}

fn import(features: &[Value], options: &Options) -> comity_import::Imported {
    let text = json!({ "type": "FeatureCollection", "features": features }).to_string();
    let input = folder(&[("lines.geojson", &text)]);
    into_tiny(&input.path().join("lines.geojson"), options).unwrap()
}

fn options() -> Options {
    Options {
        class: Some("highway".to_owned()),
        ..Options::new(Kind::GeoJson, Mode::Road)
    }
}

fn roads(world: &World) -> Vec<f64> {
    let links = world.network.links.iter();
    let roads = links.filter(|l| world.network.mode(l) == Mode::Road);
    roads.map(|l| l.km).collect()
}

#[test]
fn the_roads_of_the_tiny_world() {
    let world = tiny();
    let network = &world.network;
    let mut features = vec![];
    for (at, link) in network.links.iter().enumerate() {
        if network.mode(link) == Mode::Road {
            let (a, b) = (
                &network.nodes[link.from.index()],
                &network.nodes[link.to.index()],
            );
            let mut points = vec![(a.lon, a.lat)];
            points.extend(polyline::decode(&link.shape).unwrap());
            points.push((b.lon, b.lat));
            let class = &network.classes[link.class.index()].class;
            let properties = json!({ "id": at, "length_m": link.km * 1000.0, "class": class });
            features.push(line(&points, properties));
        }
    }
    let imported = import(&features, &options());
    assert!(imported.report.repaired.is_empty());
    // Gammaport has no road, so no node: its port is then reached as the crow flies, on the spot.
    let alone: Vec<&str> = imported
        .report
        .unattached
        .iter()
        .map(|u| u.id.as_str())
        .collect();
    assert_eq!(
        alone,
        ["gamma-port", "airport:gamma-port", "port:gamma-port"]
    );
    let mut back = load(&imported);
    assert_eq!(roads(&back).len(), 7);
    // Put Gammaport's node back to compare all journeys.
    let gamma = world
        .places
        .iter()
        .position(|p| p.id == "gamma-port")
        .unwrap();
    let node = network.nodes[world.places[gamma].road_node.unwrap().index()].clone();
    back.network.nodes.push(node);
    let id = comity_world::NodeId::from_index(back.network.nodes.len() - 1);
    back.places[gamma].road_node = Some(id);
    for terminal in &mut back.network.terminals {
        if terminal.road_node.is_none() {
            terminal.road_node = Some(id);
        }
    }
    same_journeys(&world, &back);
}

#[test]
fn lengths_are_drawn_where_none_is_given_and_lines_are_cut_where_others_end() {
    let main = [(10.0, 40.0), (10.2, 40.0), (10.4, 40.0), (10.6, 40.0)];
    // Ends 20 m from the second vertex of the main road.
    let side = [(10.2, 40.000_18), (10.2, 40.3)];
    let imported = import(
        &[line(&main, json!({ "km": 60 })), line(&side, json!({}))],
        &options(),
    );
    let report = &imported.report;
    assert_eq!(report.repaired["lines cut where another ends on them"], 1);
    assert_eq!(
        report.repaired["line ends moved to another within the tolerance"],
        1
    );
    assert_eq!(report.filled["lengths from the line itself"], 1);
    assert_eq!((report.nodes_written, report.links_written), (4, 3));
    let mut km = roads(&load(&imported));
    km.sort_by(f64::total_cmp);
    // A third and two thirds of the 60 km given: the vertices are evenly spaced on a parallel.
    assert!(
        (km[0] - 20.0).abs() < 1e-9 && (km[2] - 40.0).abs() < 1e-9,
        "{km:?}"
    );
    let degrees = 0.299_82_f64;
    assert!((km[1] - 6371.0088 * degrees.to_radians()).abs() < 1e-6);
}

#[test]
fn what_is_no_line_is_counted() {
    let point =
        json!({ "type": "Feature", "geometry": { "type": "Point", "coordinates": [1, 2] } });
    let nothing = json!({ "type": "Feature", "geometry": null, "properties": null });
    let several = json!({
        "type": "Feature",
        "geometry": {
            "type": "MultiLineString",
            "coordinates": [[[10, 40], [10.5, 40]], [[10.5, 40], [10.5, 40.5]]],
        },
        "properties": { "km": 100 },
    });
    // Shorter than the tolerance: it closes on itself.
    let stub = line(&[(10.0, 40.0), (10.000_1, 40.0)], json!({}));
    let imported = import(&[point, nothing, several, stub], &options());
    let report = &imported.report;
    assert_eq!(report.dropped["features that are no lines"], 1);
    assert_eq!(report.dropped["features without geometry"], 1);
    assert_eq!(report.dropped["links from a node to itself"], 1);
    let total: f64 = roads(&load(&imported)).iter().sum();
    assert!((total - 100.0).abs() < 1e-9);
}

#[test]
fn mistakes_name_the_feature() {
    let features = [
        line(&[(10.0, 40.0), (11.0, 140.0)], json!({})),
        line(&[(10.0, 40.0), (11.0, 41.0)], json!({ "km": -1 })),
        line(&[(10.0, 40.0)], json!({})),
        line(&[(10.0, 40.0), (11.0, 41.0)], json!({ "id": 7 })),
        line(&[(10.0, 40.0), (11.0, 42.0)], json!({ "id": 7 })),
    ];
    let text = json!({ "type": "FeatureCollection", "features": features }).to_string();
    let input = folder(&[("lines.geojson", &text)]);
    let error = into_tiny(&input.path().join("lines.geojson"), &options()).unwrap_err();
    let text = error.to_string();
    for part in [
        "feature 1: the latitude is out of range",
        "feature 2 [km]: must not be negative",
        "feature 3: a line needs two points",
        "feature 5: feature 4 has this id too",
        "4 problems",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let input = folder(&[("lines.geojson", "{\n\"features\": 3 }")]);
    let error = into_tiny(&input.path().join("lines.geojson"), &options()).unwrap_err();
    assert!(error.to_string().contains("lines.geojson:2: not a GeoJSON"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Line ends that miss each other by less than the tolerance make the network that exact ends
    /// make, in whatever order the lines come.
    #[test]
    fn small_misses_are_mended(
        misses in proptest::collection::vec((-1.0..1.0f64, -1.0..1.0f64), 48),
        order in Just((0..24usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        // A grid of 4 × 4 nodes, 24 lines. A miss is at most 15 m each way, two ends within 43 m.
        let most = 15.0 / 111_195.0;
        let node = |at: usize| (10.0 + 0.1 * (at % 4) as f64, 40.0 + 0.1 * (at / 4) as f64);
        let mut pairs = vec![];
        for at in 0..16 {
            if at % 4 < 3 { pairs.push((at, at + 1)); }
            if at < 12 { pairs.push((at, at + 4)); }
        }
        prop_assert_eq!(pairs.len(), 24);
        let features: Vec<Value> = pairs.iter().enumerate().map(|(number, (a, b))| {
            let end = |at: usize, miss: (f64, f64)| {
                let (lon, lat) = node(at);
                (lon + most * miss.0, lat + most * miss.1)
            };
            let points = [end(*a, misses[2 * number]), end(*b, misses[2 * number + 1])];
            line(&points, json!({ "id": number }))
        }).collect();
        let shuffled: Vec<Value> = order.iter().map(|at| features[*at].clone()).collect();
        let one = import(&features, &options());
        let two = import(&shuffled, &options());
        prop_assert!(one.files == two.files);
        let found = audit(&load(&one), &Thresholds::default());
        let road = found.modes.iter().find(|m| m.mode == Mode::Road).unwrap();
        prop_assert_eq!((road.nodes, road.links, road.components.len()), (16, 24, 1));
        prop_assert_eq!((road.dangling_ends, road.gaps.len()), (0, 0));
    }
}
