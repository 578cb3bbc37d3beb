//! From an appraisal of the invented world `tests/reference/tiny_world` to a consensus.

use comity_agreement::consensus::{Position, consensus};
use comity_agreement::from_outcome::{Draws, parties, question};
use comity_appraisal::{Options, Outcome, Silent, appraise};
use comity_scenario::check;
use comity_world::{Source, World};
use std::path::Path;

fn outcome(paid_by: &str) -> Outcome {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference/tiny_world");
    let world = World::load(&Source::Folder(folder)).expect("the world is valid");
    let text = format!(
        r#"
name = "Border post"
world = "tiny"
bloc = "Alliance"

[[modification]]
type = "border"
between = "Alliance"
mode = "rail"
hours = 1
project = "Post"

[project.Post]
cost_musd = 1
life_years = 20
discount_rate = 0.05
paid_by = {paid_by}
spent_in = {{ XAA = 1 }}
"#
    );
    let (_, resolved) = check("post.toml", &text, &world)
        .unwrap_or_else(|problems| panic!("{}", comity_world::problem::list(&problems)));
    appraise(&world, &resolved, &Options::default(), &Silent).expect("the appraisal converges")
}

#[test]
fn an_appraisal_becomes_a_consensus() {
    let outcome = outcome("{ XAA = 0.5, XBB = 0.5 }");
    let draws = Draws::from([
        ("XAA".to_owned(), vec![1.0, -1.0]),
        ("XBB".to_owned(), vec![2.0, 1.0]),
        ("ROW".to_owned(), vec![0.0, 0.0]),
    ]);
    let parties = parties(&outcome, &draws).unwrap();
    let found = consensus(&question(&outcome), &parties).unwrap();
    let labels: Vec<&str> = found.members.iter().map(|m| m.label.as_str()).collect();
    assert_eq!(labels, ["XAA", "XBB"]);
    assert_eq!(found.others[0].label, "ROW");
    assert_eq!(found.others[0].tier, "observer");
    for standing in found.members.iter().chain(&found.others) {
        let economy = outcome
            .economies
            .iter()
            .find(|e| e.iso3 == standing.label)
            .unwrap();
        assert_eq!(standing.net_musd, economy.net_change_musd);
        assert!((standing.net_percent - economy.net_change_percent).abs() < 1e-12);
        assert_eq!(standing.cost_musd, economy.cost_musd_per_year);
    }
    // The appraisal's own count of those that gain.
    let gaining = found
        .members
        .iter()
        .filter(|m| m.position == Position::Gains)
        .count();
    assert_eq!(gaining, outcome.verdict.members_gaining);
    assert_eq!(found.members[0].gain_probability, Some(0.5));
    assert_eq!(found.agree_probability, Some(0.5));
}

#[test]
fn whoever_pays_must_have_a_voice() {
    let error = parties(&outcome("{ XAA = 0.5, ROW = 0.5 }"), &Draws::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Post: ROW bears a share of the cost but has no voice; give the share to a member, or \
         admit ROW"
    );
}
