//! Published distances by sea, through the whole engine: the default world with nothing but its sea
//! lanes and roads, two towns and their ports; passages closed by a scenario.

mod common;

use comity_world::{Mode, TerminalKind};

const KM_PER_NAUTICAL_MILE: f64 = 1.852;
/// Tolerance of the reference (its README): routes differ by where a ship is taken to round a cape.
const TOLERANCE: f64 = 0.02;

fn nautical_miles(from: &str, to: &str, closed: &[&str]) -> Option<f64> {
    let world = common::default_world();
    let close: String = closed
        .iter()
        .map(|passage| {
            format!("[[modification]]\ntype = \"close-link\"\npassage = \"{passage}\"\n")
        })
        .collect();
    let world = common::changed(world, &close);
    let sea = common::cut(
        &world,
        &[from, to],
        &[Mode::Sea, Mode::Road],
        Some(TerminalKind::Port),
    );
    let journey = common::journey(&sea, from, to, Mode::Sea)?;
    Some(common::km(&journey, Mode::Sea) / KM_PER_NAUTICAL_MILE)
}

fn assert_near(found: Option<f64>, published: f64) {
    let found = found.expect("a way by sea");
    let off = found / published - 1.0;
    assert!(
        off.abs() <= TOLERANCE,
        "{found:.0} nm, published {published} ({:+.2} %)",
        100.0 * off
    );
}

fn published(from: &str, via: &str) -> f64 {
    let text = std::fs::read_to_string(
        common::repository().join("tests/reference/sea_distances/cases.json"),
    );
    let cases: serde_json::Value = serde_json::from_str(&text.expect("the cases")).expect("JSON");
    let found = cases
        .as_array()
        .expect("a list")
        .iter()
        .find(|c| c["frm"] == from && c["via"] == via);
    found
        .and_then(|c| c["published_nm"].as_f64())
        .expect("a published distance")
}

#[test]
fn shanghai_to_rotterdam_by_suez() {
    let found = nautical_miles("shanghai-chn", "rotterdam-nld", &[]);
    assert_near(found, published("Shanghai", "suez"));
}

#[test]
fn with_suez_closed_panama_is_shorter_than_the_cape() {
    let panama = nautical_miles("shanghai-chn", "rotterdam-nld", &["suez"]).expect("a way");
    let cape = nautical_miles("shanghai-chn", "rotterdam-nld", &["suez", "panama"]);
    assert_near(cape, published("Shanghai", "cape"));
    assert!(panama < cape.expect("a way"));
}

#[test]
fn new_york_to_colombo() {
    let found = nautical_miles("new-york-city-usa", "colombo-lka", &[]);
    assert_near(found, published("New York", "gibraltar/suez"));
}

#[test]
fn jeddah_to_constanta_both_ways() {
    let (from, to) = ("jeddah-sau", "constanta-rou");
    assert_near(nautical_miles(from, to, &[]), published("Jeddah", "suez"));
    assert_near(
        nautical_miles(from, to, &["suez"]),
        published("Jeddah", "cape"),
    );
}

#[test]
fn the_black_sea_is_shut_in_without_its_strait() {
    assert_eq!(
        nautical_miles("jeddah-sau", "constanta-rou", &["bosporus"]),
        None
    );
}
