//! Real assemblies, `tests/reference/voting`: exact counts there, indices printed to ten digits.

mod common;

use comity_agreement::coalition::{Coalition, Players};
use comity_agreement::power::{Criterion, Fraction, Method, Power, Quota, Rule, power, power_by};
use common::{number, reference};
use serde_json::Value;
use std::collections::BTreeMap;

fn rule(case: &Value) -> Rule {
    let names = case["players"].as_array().unwrap().iter();
    // Players of the same name are told apart by their place.
    let labels: Vec<String> = names
        .enumerate()
        .map(|(i, name)| format!("{} {i:02}", name.as_str().unwrap()))
        .collect();
    let players = Players::new(labels.clone()).unwrap();
    let quotas = case["quotas"].as_array().unwrap();
    let criteria = case["weights"]
        .as_array()
        .unwrap()
        .iter()
        .zip(quotas)
        .enumerate()
        .map(|(i, (weights, quota))| {
            let mut sorted = vec![Fraction::whole(0); labels.len()];
            for (label, weight) in labels.iter().zip(weights.as_array().unwrap()) {
                sorted[players.position(label).unwrap()] =
                    Fraction::whole(weight.as_u64().unwrap());
            }
            let quota = Quota::AtLeast(Fraction::whole(quota.as_u64().unwrap()));
            Criterion::new(format!("criterion {i}"), &sorted, quota).unwrap()
        })
        .collect();
    let minority = case["blocking_minority_min"].as_u64().unwrap() as usize;
    let minority = (minority > 0).then_some(minority);
    Rule::new("reference", players, criteria, Coalition::EMPTY, minority).unwrap()
}

#[track_caller]
fn agrees(found: &Power, case: &Value) {
    let header = case["header"].as_str().unwrap();
    let winning: u128 = header.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert_eq!(found.winning, winning);
    for (i, expected) in case["results"].as_array().unwrap().iter().enumerate() {
        let label = format!("{} {i:02}", expected["player"].as_str().unwrap());
        let member = found.members.iter().find(|m| m.label == label).unwrap();
        assert_eq!(
            member.swings,
            u128::from(expected["swings"].as_u64().unwrap())
        );
        for (value, key) in [
            (member.banzhaf, "banzhaf_abs"),
            (member.banzhaf_normalised, "banzhaf_norm"),
            (member.shapley_shubik, "shapley_shubik"),
        ] {
            // The reference prints ten decimals.
            let expected = number(&expected[key]);
            assert!(
                (value - expected).abs() <= 0.51e-10,
                "{label} {key}: {value} {expected}"
            );
        }
    }
    let sum: f64 = found.members.iter().map(|m| m.shapley_shubik).sum();
    assert!((sum - 1.0).abs() < 1e-13);
}

#[test]
fn security_council_by_weights_and_by_vetoes() {
    let case = reference("voting/unsc.json");
    let by_weights = power(&rule(&case)).unwrap();
    agrees(&by_weights, &case);
    // The same as the Charter says it: nine votes, and the five permanent ones among them.
    let labels = by_weights.members.iter().map(|m| m.label.clone());
    let players = Players::new(labels).unwrap();
    let permanent = players.labels().iter().enumerate();
    let permanent = permanent.filter(|(_, label)| label.starts_with("permanent"));
    let vetoes = permanent.fold(Coalition::EMPTY, |set, (i, _)| set.with(i));
    let nine = Quota::AtLeast(Fraction::whole(9));
    let members = Criterion::one_each("members", 15, nine).unwrap();
    let charter = Rule::new("Charter", players, vec![members], vetoes, None).unwrap();
    for method in [Method::Enumeration, Method::GeneratingFunctions] {
        let found = power_by(&charter, method).unwrap();
        agrees(&found, &case);
        for member in &found.members {
            let permanent = member.label.starts_with("permanent");
            let exact = if permanent {
                421.0 / 2145.0
            } else {
                4.0 / 2145.0
            };
            assert!((member.shapley_shubik - exact).abs() < 1e-15);
            assert_eq!(member.has_veto, permanent);
            assert_eq!(member.blocking == 1.0, permanent);
        }
    }
}

#[test]
fn lisbon_with_28_members() {
    let case = reference("voting/lisbon28.json");
    let rule = rule(&case);
    let by_functions = power_by(&rule, Method::GeneratingFunctions).unwrap();
    agrees(&by_functions, &case);
    let by_enumeration = power_by(&rule, Method::Enumeration).unwrap();
    agrees(&by_enumeration, &case);
    assert_eq!(by_functions.members, by_enumeration.members);
}

#[test]
fn lisbon_with_its_blocking_minority_of_four() {
    let case = reference("voting/lisbon28_blocking4.json");
    agrees(&power(&rule(&case)).unwrap(), &case);
}

#[test]
fn nice_with_three_criteria() {
    let case = reference("voting/nice27.json");
    let found = power(&rule(&case)).unwrap();
    assert_eq!(found.method, Method::Enumeration);
    agrees(&found, &case);
    let case = reference("voting/nice27_votes_only.json");
    let found = power(&rule(&case)).unwrap();
    assert_eq!(found.method, Method::GeneratingFunctions);
    agrees(&found, &case);
}

#[test]
fn small_games_have_their_banzhaf_index() {
    let reference = reference("coop_games/games.json");
    let case = &reference["weighted_50_49_1_1_q51"];
    let players = Players::new(["a", "b", "c", "d"]).unwrap();
    let text = "name = 'shares'\n[[criterion]]\nname = 'votes'\nquota = 51\n\
                weights = { a = 50, b = 49, c = 1, d = 1 }\n";
    let found = power(&Rule::parse("shares.toml", text, &players).unwrap()).unwrap();
    let banzhaf: Vec<f64> = found.members.iter().map(|m| m.banzhaf_normalised).collect();
    common::close(&banzhaf, &common::numbers(&case["banzhaf_norm"]), 1e-15);
    let shubik: Vec<f64> = found.members.iter().map(|m| m.shapley_shubik).collect();
    common::close(&shubik, &common::numbers(&case["shapley_shubik"]), 1e-15);
}

#[test]
fn under_unanimity_all_are_equal_and_each_can_block() {
    for members in [1, 2, 10, 64] {
        let players = Players::new((0..members).map(|i| format!("{i:02}"))).unwrap();
        let found = power(&Rule::unanimity(players)).unwrap();
        assert_eq!(found.winning, 1);
        for member in &found.members {
            assert!((member.shapley_shubik - 1.0 / members as f64).abs() < 1e-15);
            assert_eq!((member.blocking, member.has_veto), (1.0, true));
        }
    }
}

#[test]
fn a_rule_file_is_read_exactly() {
    let players = Players::new(["CHN", "KGZ", "UZB"]).unwrap();
    let text = r#"
name = "two thirds of the members with most people"
vetoes = ["KGZ"]
[[criterion]]
name = "members"
share = "2/3"
[[criterion]]
name = "people"
more_than_share = 0.5
weights = { CHN = 1.4, KGZ = 0.007, UZB = 0.036 }
"#;
    let rule = Rule::parse("rule.toml", text, &players).unwrap();
    assert_eq!(rule.criteria()[0].quota(), 2);
    assert_eq!(rule.criteria()[1].weights(), [1400, 7, 36]);
    assert_eq!(rule.criteria()[1].quota(), 722);
    let found = power(&rule).unwrap();
    let swings: BTreeMap<&str, u128> = found
        .members
        .iter()
        .map(|m| (m.label.as_str(), m.swings))
        .collect();
    // Winning: CHN with KGZ, and all three.
    assert_eq!(found.winning, 2);
    assert_eq!(swings, BTreeMap::from([("CHN", 2), ("KGZ", 2), ("UZB", 0)]));
}
