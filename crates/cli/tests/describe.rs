//! The description of the built-in world.

mod common;

use common::{Desk, names, repository};
use predicates::str::contains;
use std::fs;

/// The committed datapackage.json is what the command would write now, and it writes nothing else.
#[test]
fn the_committed_description_is_up_to_date() {
    let desk = Desk::new();
    let original = repository().join("worlds/eurasia");
    for name in names(&original) {
        if name != "datapackage.json" {
            fs::copy(original.join(&name), desk.path().join(&name)).expect("a copy");
        }
    }
    desk.comity(&["world", "describe", "."])
        .assert()
        .success()
        .stdout("");
    let committed = fs::read(original.join("datapackage.json")).expect("the committed description");
    assert!(
        committed == desk.read("datapackage.json"),
        "run `comity world describe worlds/eurasia` and commit the result"
    );
    assert_eq!(desk.names(""), names(&original));
}

#[test]
fn a_world_with_mistakes_is_not_described() {
    let desk = Desk::new();
    fs::write(desk.path().join("world.toml"), "name = \"x\"\n").expect("a file");
    desk.comity(&["world", "describe", "."])
        .assert()
        .code(2)
        .stderr(contains("links.csv or .parquet: this table is missing"));
    assert_eq!(desk.names(""), ["world.toml"]);
}
