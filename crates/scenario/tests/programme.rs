//! A file of many projects, taken apart into states.

mod common;

use comity_scenario::{Programme, Scenario};
use comity_world::{Mode, World};
use common::{text, tiny};
use proptest::prelude::*;

const PROJECTS: &str = r#"
[[modification]]
type = "border"
mode = "rail"
from = "XAA"
to = "XBB"
hours_factor = 0.5

[[modification]]
type = "build-link"
project = "Ridge road"
mode = "road"
from = "Alpha City"
to = { name = "Ridge", lon = 12, lat = 41, iso3 = "XAA" }
km = 210

[[modification]]
type = "build-link"
project = "Ridge road"
mode = "road"
from = "Ridge"
to = "Betahill"
km = 220

[[modification]]
type = "upgrade-link"
project = "Fast line"
mode = "rail"
from = "Alphaport"
to = "Beta City"
kmh = 90

[[modification]]
type = "build-link"
project = "Coast road"
mode = "road"
from = "Alphaport"
to = { name = "Coast", lon = 8, lat = 41, iso3 = "XAA" }
km = 120

[project."Ridge road"]
cost_musd = 100
life_years = 20
discount_rate = 0.05
paid_by = { ROW = 1 }
spent_in = { XAA = 1 }

[project."Fast line"]
note = "cost not published"

[project."Coast road"]
"#;

fn programme(body: &str) -> Result<Programme, Vec<String>> {
    let lines = |found: Vec<comity_world::Problem>| {
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let scenario = Scenario::parse("test.toml", &text(body)).map_err(lines)?;
    Programme::new(&scenario, &tiny()).map_err(lines)
}

fn problems(body: &str) -> Vec<String> {
    programme(body).err().unwrap_or_default()
}

fn speeds(world: &World) -> Vec<f64> {
    let rail = world.network.links.iter().filter(|l| l.km > 0.0);
    rail.filter(|l| world.network.mode(l) == Mode::Rail)
        .map(|l| {
            let class = &world.network.classes[l.class.index()];
            l.km / l.hours_override.unwrap_or(l.km / class.kmh)
        })
        .collect()
}

#[test]
fn every_state_has_the_base_and_its_projects() {
    let found = programme(PROJECTS).unwrap();
    let world = tiny();
    let names: Vec<&str> = found.projects.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["Coast road", "Fast line", "Ridge road"]);
    let all = found
        .projects
        .iter()
        .flat_map(|p| [&p.alone, &p.complement]);
    for state in all.chain([&found.base, &found.whole]) {
        let after = state.apply(&world);
        let (a, b) = (
            world.territory("XAA").unwrap(),
            world.territory("XBB").unwrap(),
        );
        let border = after.network.border(a, b, Mode::Rail).unwrap();
        assert_eq!(border.hours, 20.0, "the base belongs to every state");
    }
    let links = world.network.links.len();
    let new = |state: &comity_scenario::Resolved| state.apply(&world).network.links.len() - links;
    let [coast, fast, ridge] = &found.projects[..] else {
        panic!("three projects")
    };
    assert_eq!((new(&found.base), new(&found.whole)), (0, 3));
    assert_eq!((new(&coast.alone), new(&coast.complement)), (1, 2));
    assert_eq!((new(&fast.alone), new(&fast.complement)), (0, 3));
    assert_eq!((new(&ridge.alone), new(&ridge.complement)), (2, 1));
    // New nodes get other ids without the project that comes first: the coast road still begins
    // at Alphaport and ends where it should.
    let after = ridge.complement.apply(&world);
    let coast_road = &after.network.links[links];
    let end = &after.network.nodes[coast_road.to.index()];
    assert_eq!((end.lon, end.lat, coast_road.km), (8.0, 41.0, 120.0));
    assert!(speeds(&fast.alone.apply(&world)).contains(&90.0));
    assert!(!speeds(&fast.complement.apply(&world)).contains(&90.0));
}

#[test]
fn costs_kilometres_and_economies() {
    let found = programme(PROJECTS).unwrap();
    let world = tiny();
    let id = |iso3| world.economy(iso3).unwrap();
    let [coast, fast, ridge] = &found.projects[..] else {
        panic!("three projects")
    };
    assert_eq!(ridge.km, 430.0);
    // 180 + 170 + 18 + 170; the gauge change on the way has no length.
    assert_eq!(fast.km, 538.0);
    assert_eq!(coast.lies_in, [id("XAA")]);
    let mut both = [id("XAA"), id("XBB")];
    both.sort();
    assert_eq!(ridge.lies_in, both);
    assert_eq!(fast.own(), both);
    assert!(ridge.own().contains(&id("ROW")), "who pays is its own too");
    assert_eq!(ridge.cost.as_ref().unwrap().cost_musd, 100.0);
    assert!(fast.cost.is_none() && coast.cost.is_none());
    assert_eq!(fast.note, "cost not published");
    assert_eq!(found.whole.unpriced(), ["Coast road", "Fast line"]);
}

#[test]
fn one_project_is_no_programme() {
    let one = "[[modification]]\ntype = \"close-link\"\npassage = \"canal\"\nproject = \"P\"\n[project.P]\n";
    assert_eq!(
        problems(one),
        [
            "test.toml: a programme needs two projects or more, and this file has one; write [project.\"NAME\"], and project = \"NAME\" in its modifications"
        ]
    );
    assert!(problems("")[0].contains("this file has none"));
}

#[test]
fn two_projects_of_one_name() {
    let twice = format!("{PROJECTS}\n[project.\"Coast road\"]\n");
    assert_eq!(
        problems(&twice),
        [
            "test.toml:55: two projects have this name (found \"\"Coast road\"\"); give one of them another name"
        ]
    );
    let alike = PROJECTS.replace("Coast road", "RIDGE ROAD");
    let found = problems(&alike);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("two projects have one name but for case"));
}

#[test]
fn an_end_of_another_project_is_named() {
    let borrowed = PROJECTS.replace(
        "to = { name = \"Coast\", lon = 8, lat = 41, iso3 = \"XAA\" }",
        "to = \"Ridge\"",
    );
    let borrowed = borrowed.replace("km = 120", "km = 500");
    assert_eq!(
        problems(&borrowed),
        [
            "test.toml:40 [modification 5, to]: project \"Coast road\" needs an end that only project \"Ridge road\" builds (found \"Ridge\"); give it lon and lat here too, or make the two one project"
        ]
    );
}

#[test]
fn a_link_that_exists_is_not_built_again() {
    let again = PROJECTS
        .replace(
            "{ name = \"Coast\", lon = 8, lat = 41, iso3 = \"XAA\" }",
            "\"Alpha City\"",
        )
        .replace("km = 120", "km = 190");
    assert_eq!(
        problems(&again),
        [
            "test.toml:35 [modification 5]: project \"Coast road\" builds what is there: a road link Alphaport–Alpha City of 180 km exists; use upgrade-link to improve it"
        ]
    );
    // More than 10 % apart in length, it is another road.
    let longer = again.replace("km = 190", "km = 201");
    assert!(programme(&longer).is_ok());
    // A way over several links is only noted.
    let parallel = again
        .replace("to = \"Alpha City\"", "to = \"Beta City\"")
        .replace("km = 190", "km = 540");
    let notes = programme(&parallel).unwrap().notes;
    assert_eq!(notes.len(), 1, "{notes:#?}");
    assert!(notes[0].contains("a way of 547 km exists"), "{notes:#?}");
}

#[test]
fn two_projects_do_not_build_the_same_link() {
    let twice = PROJECTS
        .replace(
            "from = \"Alphaport\"\nto = { name = \"Coast\", lon = 8, lat = 41, iso3 = \"XAA\" }",
            "from = { name = \"Ridge\", lon = 12, lat = 41, iso3 = \"XAA\" }\nto = \"Betahill\"",
        )
        .replace("km = 120", "km = 230");
    let found = problems(&twice);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].contains("projects \"Ridge road\" and \"Coast road\" build the same link"),
        "{found:#?}"
    );
}

#[test]
fn overlapping_upgrades_are_noted() {
    let both = PROJECTS.replace(
        "type = \"build-link\"\nproject = \"Coast road\"\nmode = \"road\"\nfrom = \"Alphaport\"\nto = { name = \"Coast\", lon = 8, lat = 41, iso3 = \"XAA\" }\nkm = 120",
        "type = \"upgrade-link\"\nproject = \"Coast road\"\nmode = \"rail\"\nfrom = \"Alphaport\"\nto = \"Alpha City\"\nkmh = 70",
    );
    let notes = programme(&both).unwrap().notes;
    assert_eq!(
        notes,
        [
            "Fast line and Coast road both upgrade the same 180 km; with both built, the later one in the file counts there."
        ]
    );
}

#[test]
fn a_cost_needs_its_payers() {
    let half = PROJECTS
        .replace("life_years = 20\n", "")
        .replace("paid_by = { ROW = 1 }\n", "");
    let found = problems(&half);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("the key life_years is missing, which a cost needs"));
    assert!(found[1].contains("no economy is named"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the order of the modifications in the file, a state builds the same links.
    #[test]
    fn the_order_of_projects_does_not_matter(order in Just(vec![1usize, 2, 3, 4]).prop_shuffle()) {
        let blocks: Vec<&str> = PROJECTS.split("[[modification]]").collect();
        // The second stretch of the ridge road needs the first before it.
        prop_assume!(order.iter().position(|b| *b == 1) < order.iter().position(|b| *b == 2));
        let (last, projects) = blocks[5].split_once("[project.").unwrap();
        let pieces = [blocks[1], blocks[2], blocks[3], blocks[4], last];
        let mut body = format!("[[modification]]{}", pieces[0]);
        for at in &order {
            body += &format!("[[modification]]{}", pieces[*at]);
        }
        body += &format!("[project.{projects}");
        let (world, found, usual) = (tiny(), programme(&body).unwrap(), programme(PROJECTS).unwrap());
        let lengths = |state: &comity_scenario::Resolved| {
            let after = state.apply(&world);
            let mut km: Vec<f64> = after.network.links[world.network.links.len()..].iter().map(|l| l.km).collect();
            km.sort_by(f64::total_cmp);
            km
        };
        for (a, b) in found.projects.iter().zip(&usual.projects) {
            prop_assert_eq!(&a.name, &b.name);
            prop_assert_eq!(a.km, b.km);
            prop_assert_eq!(&a.lies_in, &b.lies_in);
            prop_assert_eq!(lengths(&a.alone), lengths(&b.alone));
            prop_assert_eq!(lengths(&a.complement), lengths(&b.complement));
        }
    }
}
