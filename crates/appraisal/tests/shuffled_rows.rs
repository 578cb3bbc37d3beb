//! The order of rows in a world's files does not change a bit of what an appraisal finds.

#[path = "../../world/tests/common/mod.rs"]
mod common;

use comity_appraisal::{Options, Outcome, Silent, appraise};
use comity_world::schema;
use common::{Tiny, header_of};
use std::collections::BTreeMap;

/// Touches every stage: a railway with a gauge change, a border, a tariff, and a bill.
const SCENARIO: &str = r#"
name = "A short cut"
world = "tiny"
bloc = "Alliance"

[[modification]]
type = "build-link"
project = "Short cut"
mode = "rail"
from = "Alphaport"
to = { name = "Beta City", terminal = "gauge-change" }
gauge_mm = 1435
km = 560
kmh = 60

[[modification]]
type = "border"
mode = "road"
from = "XAA"
to = "XBB"
hours_factor = 0.5

[[modification]]
type = "tariff"
importer = "XBB"
exporter = "XAA"
sector = "MAN"
factor = 0.5

[project."Short cut"]
cost_musd = 100
life_years = 30
discount_rate = 0.05
paid_by = { XAA = 0.5, XBB = 0.5 }
spent_in = { XAA = 0.5, XBB = 0.5 }
"#;

/// The outcome as JSON, without what depends on the files' bytes and the clock.
fn outcome(tiny: &Tiny) -> String {
    let world = tiny.load().expect("a valid world");
    let (_, scenario) = comity_scenario::check("short-cut.toml", SCENARIO, &world)
        .map_err(|problems| comity_world::problem::list(&problems))
        .expect("a scenario that fits");
    let options = Options::default();
    let mut found: Outcome = appraise(&world, &scenario, &options, &Silent).expect("an outcome");
    assert!(!found.diagnostics.inputs.is_empty() && !found.diagnostics.seconds.is_empty());
    found.diagnostics.inputs = BTreeMap::new();
    found.diagnostics.seconds = BTreeMap::new();
    serde_json::to_string_pretty(&found).expect("JSON")
}

/// The tiny world with the rows of every table in another order: row k of n goes to where
/// `place(k, n)` sorts it.
fn shuffled(place: impl Fn(usize, usize) -> usize, parquet: bool) -> Tiny {
    let mut tiny = Tiny::copy();
    let mut moved = 0;
    for spec in schema::TABLES {
        let file = format!("{}.csv", spec.stem);
        if !tiny.path(&file).exists() {
            continue;
        }
        let text = tiny.text(&file);
        let rows: Vec<&str> = text.lines().skip(1).collect();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|row| place(*row, rows.len()));
        moved += order.iter().enumerate().filter(|(a, b)| a != *b).count();
        let mut text = header_of(&text).to_owned() + "\n";
        for row in order {
            text += rows[row];
            text.push('\n');
        }
        tiny = tiny.write(&file, &text);
        if parquet {
            tiny = tiny.with_parquet(spec.stem);
        }
    }
    assert!(moved > 50, "only {moved} rows moved");
    tiny
}

#[test]
fn the_outcome_does_not_depend_on_the_order_of_rows() {
    let expected = outcome(&Tiny::copy());
    assert!(expected.contains("\"real_income_change_percent\""));
    let reversed = |row: usize, rows: usize| rows - row;
    // A prime and a multiplier without common factor with it scatter the rows.
    let scattered = |row: usize, _: usize| (row * 37 + 11) % 101;
    for (name, tiny) in [
        ("reversed", shuffled(reversed, false)),
        ("scattered", shuffled(scattered, false)),
        ("reversed, Parquet", shuffled(reversed, true)),
        ("scattered, Parquet", shuffled(scattered, true)),
    ] {
        assert!(outcome(&tiny) == expected, "{name}");
    }
}
