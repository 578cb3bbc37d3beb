//! Blocs in time.

use comity_world::{Date, Source, World};
use std::path::PathBuf;

fn tiny() -> World {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference/tiny_world");
    World::load(&Source::Folder(folder)).unwrap()
}

#[test]
fn a_date_is_a_day_of_the_calendar() {
    let day = |text: &str| text.parse::<Date>().map(|d| d.as_str().to_owned());
    assert_eq!(day("2016-02-29").unwrap(), "2016-02-29");
    assert_eq!(day("2016").unwrap(), "2016-01-01");
    assert_eq!(day("2016-11").unwrap(), "2016-11-01");
    for bad in [
        "",
        "16",
        "2016-13-01",
        "2015-02-29",
        "1900-02-29",
        "2016-04-31",
        "2016-1-1",
        "2016-01-01-01",
        "2016/01/01",
        "2016-00-10",
        "２０１６",
    ] {
        let error = day(bad).unwrap_err().to_string();
        assert!(error.contains("YYYY-MM-DD"), "{error}");
    }
}

#[test]
fn members_are_those_of_the_day() {
    let who = |date: &str| -> Vec<String> {
        let world = tiny().at_date(&date.parse().unwrap());
        let members = world.bloc("Alliance", None, None);
        let code = |m: &&comity_world::Membership| world.economies[m.economy.index()].iso3.clone();
        members.iter().map(code).collect()
    };
    assert_eq!(who("2000-12-31"), Vec::<String>::new());
    assert_eq!(who("2001-01-01"), ["XAA"]);
    assert_eq!(who("2010-05-31"), ["XAA"]);
    assert_eq!(who("2010-06-01"), ["XAA", "XBB"]);
    assert_eq!(who("2012"), ["ROW", "XAA", "XBB"]);
}
