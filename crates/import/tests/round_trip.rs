//! A network written in another format and read back is the same network.

mod common;

use comity_import::{FieldMap, Kind, Options};
use comity_world::Mode;
use common::{folder, gmns, into_tiny, load, same_journeys, text, tiny};
use proptest::prelude::*;

#[test]
fn roads_through_gmns() {
    let world = tiny();
    let [nodes, links] = gmns(&world, Mode::Road);
    let input = folder(&[("node.csv", &text(&nodes)), ("link.csv", &text(&links))]);
    let imported = into_tiny(input.path(), &Options::new(Kind::Gmns, Mode::Road)).unwrap();
    let back = load(&imported);
    same_journeys(&world, &back);
    assert_eq!(imported.report.nodes_written, 9);
    assert_eq!(imported.report.links_written, 7);
    assert!(imported.report.dropped.is_empty());
    assert!(imported.report.unattached.is_empty());
    assert_eq!(back.places, world.places_with_roads_of(&back));
    // What is not of the mode is as it was.
    assert_eq!(back.trade, world.trade);
    assert_eq!(back.network.borders, world.network.borders);
}

/// The places of a world with the road nodes of another: attached to the same spots.
trait PlacesWithRoads {
    fn places_with_roads_of(&self, other: &comity_world::World) -> Vec<comity_world::Place>;
}

impl PlacesWithRoads for comity_world::World {
    fn places_with_roads_of(&self, other: &comity_world::World) -> Vec<comity_world::Place> {
        let mut places = self.places.clone();
        for (place, new) in places.iter_mut().zip(&other.places) {
            let spot = |world: &comity_world::World, node: Option<comity_world::NodeId>| {
                let node = &world.network.nodes[node.expect("attached").index()];
                (node.lon, node.lat)
            };
            assert_eq!(spot(self, place.road_node), spot(other, new.road_node));
            place.road_node = new.road_node;
        }
        places
    }
}

#[test]
fn rails_of_two_gauges_through_gmns() {
    let world = tiny();
    let [nodes, links] = gmns(&world, Mode::Rail);
    let input = folder(&[("node.csv", &text(&nodes)), ("link.csv", &text(&links))]);
    let imported = into_tiny(input.path(), &Options::new(Kind::Gmns, Mode::Rail)).unwrap();
    same_journeys(&world, &load(&imported));
}

#[test]
fn two_gauges_in_one_spot_get_a_change_of_gauge() {
    let world = tiny();
    // Node 4 is where node 3 is, with another gauge: name it 3 and leave the change out.
    let [nodes, links] = gmns(&world, Mode::Rail);
    let nodes: Vec<String> = nodes.into_iter().filter(|r| !r.starts_with("4,")).collect();
    let links: Vec<String> = links
        .into_iter()
        .filter(|r| !r.contains("gauge-change"))
        .map(|r| r.replace("4,4,5,", "4,3,5,"))
        .collect();
    let input = folder(&[("node.csv", &text(&nodes)), ("link.csv", &text(&links))]);
    let imported = into_tiny(input.path(), &Options::new(Kind::Gmns, Mode::Rail)).unwrap();
    assert_eq!(
        imported.report.repaired["breaks of gauge given a change of gauge"],
        1
    );
    same_journeys(&world, &load(&imported));
}

#[test]
fn the_two_directions_of_a_road_are_one_link() {
    let world = tiny();
    let [nodes, links] = gmns(&world, Mode::Road);
    let mut both = vec![links[0].clone()];
    for row in &links[1..] {
        let mut cells: Vec<String> = row.splitn(5, ',').map(str::to_owned).collect();
        cells[3] = "true".to_owned();
        both.push(cells.join(","));
        cells.swap(1, 2);
        cells[0] = format!("back-{}", cells[0]);
        // The line still runs the first way, which says nothing about the journey.
        both.push(cells.join(","));
    }
    let input = folder(&[("node.csv", &text(&nodes)), ("link.csv", &text(&both))]);
    let imported = into_tiny(input.path(), &Options::new(Kind::Gmns, Mode::Road)).unwrap();
    let dropped = &imported.report.dropped;
    assert_eq!(dropped["links that are the other direction of one kept"], 7);
    assert!(imported.report.repaired.is_empty());
    same_journeys(&world, &load(&imported));
}

#[test]
fn units_and_other_columns() {
    let world = tiny();
    let [nodes, links] = gmns(&world, Mode::Road);
    let plain = text(&links);
    // Kilometres in a column of another name, in metres.
    let mut metres: Vec<String> = vec![links[0].replace("length", "metres")];
    let mut miles: Vec<String> = vec![links[0].clone()];
    for row in &links[1..] {
        let mut cells: Vec<String> = row.splitn(6, ',').map(str::to_owned).collect();
        let km: f64 = cells[4].parse().unwrap();
        cells[4] = (km * 1000.0).to_string();
        metres.push(cells.join(","));
        cells[4] = (km / 1.609_344).to_string();
        miles.push(cells.join(","));
    }
    let options = Options::new(Kind::Gmns, Mode::Road);
    let in_metres = Options {
        map: FieldMap::parse(["km=metres:0.001"]).unwrap(),
        ..options.clone()
    };
    let config = "dataset_name,long_length,speed\nroads,mi,mph\n";
    for (links, config, options) in [
        (&plain, "", &options),
        (&text(&metres), "", &in_metres),
        (&text(&miles), config, &options),
    ] {
        let nodes = text(&nodes);
        let mut files = vec![("node.csv", nodes.as_str()), ("link.csv", links.as_str())];
        if !config.is_empty() {
            files.push(("config.csv", config));
        }
        let input = folder(&files);
        let imported = into_tiny(input.path(), options).unwrap();
        let back = load(&imported);
        let km = |w: &comity_world::World| -> Vec<f64> {
            let links = w.network.links.iter();
            let roads = links.filter(|l| w.network.mode(l) == Mode::Road);
            roads.map(|l| l.km).collect()
        };
        for (a, b) in km(&world).iter().zip(km(&back)) {
            // Two roundings on the way.
            assert!((a - b).abs() <= 1e-12 * a, "{a} {b}");
        }
    }
}

fn shuffled() -> impl Strategy<Value = [Vec<String>; 2]> {
    let [nodes, links] = gmns(&tiny(), Mode::Road);
    let rows = |table: Vec<String>| {
        let header = table[0].clone();
        Just(table[1..].to_vec())
            .prop_shuffle()
            .prop_map(move |rows| [vec![header.clone()], rows].concat())
    };
    (rows(nodes), rows(links)).prop_map(|(nodes, links)| [nodes, links])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_order_of_rows_does_not_show([nodes, links] in shuffled()) {
        let [first_nodes, first_links] = gmns(&tiny(), Mode::Road);
        let options = Options::new(Kind::Gmns, Mode::Road);
        let files = |nodes: &[String], links: &[String]| {
            let input = folder(&[("node.csv", &text(nodes)), ("link.csv", &text(links))]);
            let mut options = options.clone();
            options.source = Some(("roads".to_owned(), "CC0-1.0".to_owned()));
            into_tiny(input.path(), &options).unwrap().files
        };
        prop_assert!(files(&nodes, &links) == files(&first_nodes, &first_links));
    }
}
