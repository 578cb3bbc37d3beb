//! The scenarios that come with Comity.

mod common;

use comity_scenario::{Scenario, json_schema};
use comity_world::{Mode, NodeId, Source, World};
use common::repository;

fn shipped(name: &str) -> Scenario {
    let path = repository().join("scenarios").join(name);
    match Scenario::load(&path) {
        Ok(scenario) => scenario,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn all_are_well_formed() {
    let folder = std::fs::read_dir(repository().join("scenarios")).unwrap();
    let mut count = 0;
    for entry in folder {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".toml") {
            assert!(!shipped(&name).description.is_empty());
            count += 1;
        }
    }
    assert!(count >= 3);
}

/// The tiny world with the names that the railway and the canal need.
fn stand_in() -> World {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(repository().join("tests/reference/tiny_world")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let text = [
            ("XAA", "CHN"),
            ("XBB", "KGZ"),
            ("ROW", "UZB"),
            ("XCC", "KAZ"),
            ("Alliance", "SCO"),
            ("Alpha City", "Kashgar"),
            ("Beta City", "Jalal-Abad"),
            ("canal", "suez"),
        ]
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to));
        std::fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
    }
    let mut world = match World::load(&Source::Folder(folder.path().to_owned())) {
        Ok(world) => world,
        Err(error) => panic!("{error}"),
    };
    for (node, lon, lat) in [(1, 75.99, 39.47), (5, 73.0, 40.93)] {
        world.network.nodes[node].lon = lon;
        world.network.nodes[node].lat = lat;
    }
    world
}

#[test]
fn the_railway_resolves() {
    let world = stand_in();
    let resolved = match shipped("cku-railway.toml").resolve(&world) {
        Ok(resolved) => resolved,
        Err(problems) => panic!("{}", comity_world::problem::list(&problems)),
    };
    assert_eq!(resolved.id, "cku-railway");
    let after = resolved.apply(&world);
    let built = &after.network.links[world.network.links.len()..];
    assert_eq!(built.iter().map(|l| l.km).sum::<f64>(), 473.0);
    assert_eq!(built[0].from, NodeId::from_index(1));
    assert_eq!(built[2].to, NodeId::from_index(5));
    let (chn, kgz) = (
        world.territory("CHN").unwrap(),
        world.territory("KGZ").unwrap(),
    );
    for (from, to) in [(chn, kgz), (kgz, chn)] {
        let border = after.network.border(from, to, Mode::Rail).unwrap();
        assert_eq!((border.hours, border.usd_per_teu), (40.6, 215.0));
    }
    let [project] = resolved.projects() else {
        panic!("one project");
    };
    assert!(
        (project.annuity_musd() - 324.177).abs() < 1e-3,
        "{}",
        project.annuity_musd()
    );
}

#[test]
fn the_canal_closes() {
    let world = stand_in();
    let resolved = shipped("suez-closed.toml").resolve(&world).unwrap();
    assert_eq!(resolved.describe(), ["Close the passage suez (1 link)."]);
    assert_eq!(resolved.bloc, "SCO", "the world's own");
}

#[test]
fn the_schema_describes_every_key() {
    fn visit(schema: &serde_json::Value, path: &str) {
        match schema {
            serde_json::Value::Object(object) => {
                if let Some(serde_json::Value::Object(properties)) = object.get("properties") {
                    for (key, value) in properties {
                        let described = value.get("description").is_some() || key == "type";
                        assert!(described, "{path}/{key} has no description");
                    }
                }
                for (key, value) in object {
                    visit(value, &format!("{path}/{key}"));
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|i| visit(i, path)),
            _ => {}
        }
    }
    let schema = json_schema();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    visit(&schema, "");
    assert!(!schema.to_string().contains("null"));
}

#[test]
fn the_programme_fits_the_default_world() {
    let folder = repository().join("worlds/eurasia");
    let world = match World::load(&Source::Folder(folder)) {
        Ok(world) => world,
        Err(error) => panic!("{error}"),
    };
    let programme = shipped("eurasia-programme.toml");
    let resolved = match programme.resolve(&world) {
        Ok(resolved) => resolved,
        Err(problems) => panic!("{}", comity_world::problem::list(&problems)),
    };
    assert!(programme.projects.len() >= 25);
    let told = |project: &comity_scenario::ProjectFile| project.note.is_some();
    assert!(programme.projects.values().all(told), "what is assumed");
    assert_eq!(
        resolved.projects().len() + resolved.unpriced().len(),
        programme.projects.len()
    );
    // An unknown cost is none, never 0.
    assert!(resolved.projects().iter().all(|p| p.cost_musd > 0.0));
}
