//! Every mistake of an input is reported at once, or counted and left out.

mod common;

use comity_import::{FieldMap, ImportError, Kind, Options, TerritoryBy, import};
use comity_world::{Mode, Problem, Source};
use common::{folder, into_tiny, load, tiny_folder};

const NODES: &str = "node_id,x_coord,y_coord,iso3
a,10,40,
b,10.5,40,
c,11,40,XAA
c,12,40,
d,200,40,
e,40,120,
f,x,40,
g,,40,
h,40,12,
i,10.2,40.1,XXA
,10,41,
";
const LINKS: &str = "link_id,from_node_id,to_node_id,directed,length,facility_type
1,a,b,false,50,highway
2,b,c,true,0,highway
2,a,c,false,90,highway
3,a,zz,false,50,highway
4,a,b,false,-3,highway
5,a,b,false,many,highway
6,a,b,maybe,60,highway
7,a,a,false,1,highway
8,a,c,false,,highway
9,a,c,false,95,goat track
10,b,c,false,60,goat track
11,a,d,false,60,highway
12,,b,false,60,highway
,a,b,false,60,highway
";

fn problems(error: &ImportError) -> &[Problem] {
    match error {
        ImportError::Rows(problems) | ImportError::Invalid(problems) => problems,
        other => panic!("{other}"),
    }
}

fn has(found: &[Problem], file: &str, line: u64, message: &str) {
    let mut matching = found
        .iter()
        .filter(|p| p.file == file && p.line == Some(line));
    assert!(
        matching.any(|p| p.message.contains(message)),
        "{file}:{line} {message}\n{}",
        comity_world::problem::list(found)
    );
}

#[test]
fn all_at_once() {
    let input = folder(&[("node.csv", NODES), ("link.csv", LINKS)]);
    let error = into_tiny(input.path(), &Options::new(Kind::Gmns, Mode::Road)).unwrap_err();
    let found = problems(&error);
    for (line, message) in [
        (5, "line 4 has this id too"),
        (6, "off the globe"),
        (7, "longitude and latitude seem to have changed places"),
        (8, "not a number"),
        (9, "a coordinate is missing"),
        (10, "longitude and latitude seem to have changed places"),
        (11, "no such territory"),
        (12, "no id"),
    ] {
        has(found, "node.csv", line, message);
    }
    for (line, message) in [
        (4, "line 3 has this id too"),
        (5, "no such node"),
        (6, "must not be negative"),
        (7, "not a number"),
        (8, "must be true or false"),
        (11, "no class for this type of link"),
        (14, "a link to nowhere"),
        (15, "no id"),
    ] {
        has(found, "link.csv", line, message);
    }
    // The two goat tracks are one problem, which says how many there are.
    let goats: Vec<&Problem> = found
        .iter()
        .filter(|p| p.value.as_deref() == Some("goat track"))
        .collect();
    assert_eq!(goats.len(), 1);
    assert!(goats[0].help.as_ref().unwrap().contains("2 such links"));
    assert_eq!(found.len(), 16, "{}", comity_world::problem::list(found));
}

#[test]
fn or_left_out_and_counted() {
    let input = folder(&[("node.csv", NODES), ("link.csv", LINKS)]);
    let options = Options {
        drop_bad_rows: true,
        ..Options::new(Kind::Gmns, Mode::Road)
    };
    let imported = into_tiny(input.path(), &options).unwrap();
    let report = &imported.report;
    let dropped: Vec<(&str, usize)> = report
        .dropped
        .iter()
        .map(|(reason, rows)| (reason.as_str(), *rows))
        .collect();
    assert_eq!(
        dropped,
        [
            ("links from a node to itself", 1),
            ("links neither directed nor not", 1),
            ("links of negative length", 1),
            ("links of unknown class", 2),
            ("links to nodes that do not exist", 1),
            ("links to nodes that were left out", 1),
            ("links to nowhere", 1),
            ("links whose id is taken", 1),
            ("links whose length is no number", 1),
            ("links without an id", 1),
            ("nodes apparently swapped", 1),
            ("nodes of unknown territory", 1),
            ("nodes off the globe", 2),
            ("nodes whose id is taken", 1),
            ("nodes without an id", 1),
            ("nodes without coordinates", 2),
        ]
    );
    // Every row is accounted for.
    assert_eq!(report.read["nodes"], 11);
    assert_eq!(report.nodes_written, 3);
    assert_eq!(report.read["links"], 14);
    assert_eq!(report.links_written, 3);
    assert_eq!(
        report.repaired["lengths of 0 replaced by the length of the line"],
        1
    );
    assert_eq!(report.repaired["one-way links that now go both ways"], 1);
    assert_eq!(report.filled["lengths from the line between the ends"], 1);
    let world = load(&imported);
    let roads: Vec<f64> = world
        .network
        .links
        .iter()
        .filter(|l| world.network.mode(l) == Mode::Road)
        .map(|l| l.km)
        .collect();
    // Half a degree and a degree on the 40th parallel; the first as given. The great circle runs a
    // little north of the parallel, by less than a metre here.
    let degree = 6371.0088 * 1f64.to_radians() * 40f64.to_radians().cos();
    assert_eq!(roads[0], 50.0);
    assert!((roads[1] - degree / 2.0).abs() < 1e-3);
    assert!((roads[2] - degree).abs() < 2e-3);
    // Most of the tiny world is out of reach of three nodes.
    let unattached: Vec<&str> = report
        .unattached
        .iter()
        .filter(|u| u.kind == "place")
        .map(|u| u.id.as_str())
        .collect();
    assert_eq!(
        unattached,
        [
            "alpha-port",
            "beta-city",
            "betahill",
            "gamma-port",
            "twin-xaa",
            "twin-xbb"
        ]
    );
}

#[test]
fn mistakes_of_the_options() {
    let input = folder(&[("node.csv", NODES), ("link.csv", LINKS)]);
    let options = Options {
        class: Some("highwy".to_owned()),
        class_of: [("goat track".to_owned(), "path".to_owned())].into(),
        map: FieldMap::parse(["km=lenght"]).unwrap(),
        drop_bad_rows: true,
        ..Options::new(Kind::Gmns, Mode::Road)
    };
    let error = into_tiny(input.path(), &options).unwrap_err();
    let text = error.to_string();
    for part in [
        "did you mean highway?",
        "there are highway, minor",
        "there is length",
        "3 problems",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let found = FieldMap::parse(["km", "kmm=x", "km=a:0", "hours=a", "hours=b"]).unwrap_err();
    assert_eq!(found.len(), 4);
    assert!(found[1].help.as_ref().unwrap().contains("km"));
}

#[test]
fn files_missing_or_unknown_units() {
    let input = folder(&[("node.csv", "node_id,x_coord\n1,2\n")]);
    let error = into_tiny(input.path(), &Options::new(Kind::Gmns, Mode::Road)).unwrap_err();
    assert!(error.to_string().contains("link.csv: this file is missing"));
    let config = "long_length\nfurlong\n";
    let files = [
        ("node.csv", NODES),
        ("link.csv", LINKS),
        ("config.csv", config),
    ];
    let error = into_tiny(folder(&files).path(), &Options::new(Kind::Gmns, Mode::Road));
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains("this unit is not known (found \"furlong\")"),
        "{text}"
    );
}

#[test]
fn a_whole_file_swapped() {
    // Latitude first: 40 north of 10 and 11 east becomes 10 and 11 north of 40 east.
    let nodes = "node_id,x_coord,y_coord\n1,40,10\n2,40,10.5\n";
    let links = "link_id,from_node_id,to_node_id,length,facility_type\n1,1,2,50,highway\n";
    let input = folder(&[("node.csv", nodes), ("link.csv", links)]);
    let mut options = Options::new(Kind::Gmns, Mode::Road);
    let error = into_tiny(input.path(), &options).unwrap_err();
    assert_eq!(problems(&error).len(), 2);
    assert!(error.to_string().contains("--swap"));
    options.swap = true;
    let world = load(&into_tiny(input.path(), &options).unwrap());
    let road = world.network.nodes.iter().find(|n| n.mode == Mode::Road);
    assert_eq!(road.map(|n| (n.lon, n.lat)), Some((10.0, 40.0)));
}

#[test]
fn rails_without_a_gauge_or_of_an_unknown_one() {
    let nodes = "node_id,x_coord,y_coord\n1,10,40\n2,10.5,40\n3,11,40\n";
    let links = "link_id,from_node_id,to_node_id,length,facility_type,gauge_mm\n\
                 1,1,2,50,main,1435\n2,2,3,50,main,\n3,1,3,99,main,15200\n";
    let input = folder(&[("node.csv", nodes), ("link.csv", links)]);
    let mut options = Options::new(Kind::Gmns, Mode::Rail);
    let error = into_tiny(input.path(), &options).unwrap_err().to_string();
    assert!(
        error.contains("1 rail links have no gauge; give --gauge"),
        "{error}"
    );
    assert!(
        error.contains("not a gauge in millimetres (found \"15200\")"),
        "{error}"
    );
    options.gauge_mm = Some(1435);
    options.drop_bad_rows = true;
    let imported = into_tiny(input.path(), &options).unwrap();
    assert_eq!(imported.report.filled["gauges from --gauge"], 1);
    assert_eq!(imported.report.dropped["links of unknown gauge"], 1);
    // Without a node a rail terminal cannot be.
    let removed: Vec<&str> = imported
        .report
        .unattached
        .iter()
        .filter(|u| u.removed)
        .map(|u| u.id.as_str())
        .collect();
    assert_eq!(removed, ["rail:alpha-port", "rail:beta-city"]);
    load(&imported);
}

#[test]
fn territories_by_nearness_or_by_outline() {
    // Two nodes at 12.02 and 11.98 degrees east: everything of XBB begins at 12.05 and of XAA ends
    // at 11.95, but the outline here draws the border at 11.97.
    let nodes = "node_id,x_coord,y_coord\n1,12.02,40.2\n2,11.98,40.2\n";
    let links = "link_id,from_node_id,to_node_id,length,facility_type\n1,1,2,4,highway\n";
    let input = folder(&[("node.csv", nodes), ("link.csv", links)]);
    let base = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(tiny_folder()).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, base.path().join(path.file_name().unwrap())).unwrap();
    }
    let square = |iso3: &str, west: f64, east: f64| {
        serde_json::json!({
            "type": "Feature",
            "properties": { "iso3": iso3 },
            "geometry": { "type": "Polygon", "coordinates":
                [[[west, 36], [east, 36], [east, 44], [west, 44], [west, 36]]] },
        })
    };
    let features = [square("XAA", 7.0, 11.97), square("XBB", 11.97, 16.0)];
    let outlines = serde_json::json!({ "type": "FeatureCollection", "features": features });
    std::fs::write(base.path().join("outlines.geojson"), outlines.to_string()).unwrap();
    let source = Source::Folder(base.path().to_owned());
    let mut options = Options::new(Kind::Gmns, Mode::Road);
    for (by, expected) in [
        (TerritoryBy::Nearest, ["XBB", "XAA"]),
        (TerritoryBy::Outline, ["XBB", "XBB"]),
    ] {
        options.territory = by;
        let world = load(&import(input.path(), &source, &options).unwrap());
        let nodes = world.network.nodes.iter().filter(|n| n.mode == Mode::Road);
        let found: Vec<&str> = nodes
            .map(|n| {
                world.territories[n.territory.unwrap().index()]
                    .iso3
                    .as_str()
            })
            .collect();
        assert_eq!(found, expected);
    }
    let error = into_tiny(input.path(), &options).unwrap_err();
    assert!(error.to_string().contains("the world has no outlines"));
}
