//! The tiny world, its networks as other people's files, and journeys through both.
#![allow(dead_code)]

use comity_import::{ImportError, Imported, Options, import};
use comity_network::{Engine, Skims, values_of_time};
use comity_world::{CommodityClass, Mode, PlaceId, Source, World, polyline};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub fn tiny_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference/tiny_world")
}

pub fn tiny() -> World {
    World::load(&Source::Folder(tiny_folder())).expect("the tiny world is valid")
}

/// A folder with these files.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a written file");
    }
    folder
}

/// Import into the tiny world.
pub fn into_tiny(from: &Path, options: &Options) -> Result<Imported, ImportError> {
    import(from, &Source::Folder(tiny_folder()), options)
}

/// Write what was imported and load it as any world.
pub fn load(imported: &Imported) -> World {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, bytes) in &imported.files {
        fs::write(folder.path().join(name), bytes).expect("a written file");
    }
    World::load(&Source::Folder(folder.path().to_owned())).expect("an imported world is valid")
}

/// The network of a mode as GMNS: node.csv and link.csv, each a header and rows.
pub fn gmns(world: &World, mode: Mode) -> [Vec<String>; 2] {
    let network = &world.network;
    let mut nodes = vec!["node_id,x_coord,y_coord".to_owned()];
    for (at, node) in network.nodes.iter().enumerate() {
        if node.mode == mode {
            nodes.push(format!("{at},{},{}", node.lon, node.lat));
        }
    }
    let header =
        "link_id,from_node_id,to_node_id,directed,length,facility_type,gauge_mm,hours,geometry";
    let mut links = vec![header.to_owned()];
    for (at, link) in network.links.iter().enumerate() {
        if network.mode(link) != mode {
            continue;
        }
        let (a, b) = (
            &network.nodes[link.from.index()],
            &network.nodes[link.to.index()],
        );
        let mut line = vec![(a.lon, a.lat)];
        line.extend(polyline::decode(&link.shape).expect("a polyline"));
        line.push((b.lon, b.lat));
        let points: Vec<String> = line.iter().map(|p| format!("{} {}", p.0, p.1)).collect();
        links.push(format!(
            "{at},{},{},false,{},{},{},{},\"LINESTRING ({})\"",
            link.from.index(),
            link.to.index(),
            link.km,
            network.classes[link.class.index()].class,
            a.gauge_mm.map_or(String::new(), |g| g.to_string()),
            link.hours_override.map_or(String::new(), |h| h.to_string()),
            points.join(", ")
        ));
    }
    [nodes, links]
}

pub fn text(rows: &[String]) -> String {
    rows.join("\n") + "\n"
}

pub fn skim(world: &World) -> Skims {
    Engine::new(world, values_of_time(world)).skim(None, &|| ())
}

/// Every journey is the same, to the last bit.
pub fn same_journeys(a: &World, b: &World) {
    let (one, two) = (skim(a), skim(b));
    let mut reached = 0;
    for class in CommodityClass::ALL {
        for from in 0..a.places.len() {
            for to in 0..a.places.len() {
                let (x, y) = (PlaceId::from_index(from), PlaceId::from_index(to));
                for mode in Mode::ALL {
                    let found = one.class(class).cost(x, y, mode);
                    assert_eq!(
                        found,
                        two.class(class).cost(x, y, mode),
                        "{from} {to} {mode:?}"
                    );
                    reached += usize::from(found.is_some());
                }
            }
        }
    }
    assert!(reached > 100, "there are journeys to compare");
}
