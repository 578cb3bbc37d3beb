//! The two ways of counting against each other and against the rule itself, and rule files.

use comity_agreement::coalition::{Coalition, Players};
use comity_agreement::power::{Criterion, Fraction, Method, Quota, Rule, power, power_by};
use proptest::prelude::*;

fn rules() -> impl Strategy<Value = Option<Rule>> {
    let members = 1usize..13;
    members.prop_flat_map(|members| {
        let criterion = (prop::collection::vec(0u64..9, members), 0u64..40);
        (
            Just(members),
            prop::collection::vec(criterion, 0..3),
            prop::option::of(0u64..(members as u64 + 1)),
            any::<u64>(),
            prop::option::of(0usize..members + 2),
        )
            .prop_map(|(members, weighted, least, vetoes, minority)| {
                let players = Players::new((0..members).map(|i| format!("{i:02}"))).unwrap();
                let mut criteria: Vec<Criterion> = weighted
                    .into_iter()
                    .map(|(weights, quota)| {
                        let weights: Vec<Fraction> =
                            weights.into_iter().map(Fraction::whole).collect();
                        let quota = Quota::AtLeast(Fraction::whole(quota));
                        Criterion::new("weights", &weights, quota).unwrap()
                    })
                    .collect();
                let quota = |least| Quota::AtLeast(Fraction::whole(least));
                criteria
                    .extend(least.and_then(|l| Criterion::one_each("members", members, quota(l))));
                // Few vetoes, or hardly anything passes.
                let vetoes = Coalition(vetoes & vetoes.rotate_left(7) & vetoes.rotate_left(29));
                let vetoes = Coalition(vetoes.0 & players.all().0);
                Rule::new("random", players, criteria, vetoes, minority).ok()
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn both_counts_agree_with_the_rule(rule in rules()) {
        prop_assume!(rule.is_some());
        let rule = rule.unwrap();
        let enumerated = power_by(&rule, Method::Enumeration).unwrap();
        let generated = power_by(&rule, Method::GeneratingFunctions).unwrap();
        prop_assert_eq!(&enumerated.members, &generated.members);
        prop_assert_eq!(enumerated.winning, generated.winning);
        let members = rule.players().len();
        let passes = |set: u64| rule.passes(Coalition(set));
        let winning = (0..1u64 << members).filter(|set| passes(*set)).count();
        prop_assert_eq!(enumerated.winning, winning as u128);
        for (i, member) in enumerated.members.iter().enumerate() {
            let swings = (0..1u64 << members)
                .filter(|set| passes(*set) && !passes(set & !(1 << i)))
                .count();
            prop_assert_eq!(member.swings, swings as u128);
            prop_assert_eq!(member.has_veto, !passes(rule.players().all().without(i).0));
        }
        let sum: f64 = enumerated.members.iter().map(|m| m.shapley_shubik).sum();
        prop_assert!((sum - 1.0).abs() < 1e-13);
        let sum: f64 = enumerated.members.iter().map(|m| m.banzhaf_normalised).sum();
        prop_assert!((sum - 1.0).abs() < 1e-13);
    }
}

#[test]
fn beyond_enumeration_generating_functions_take_over() {
    // Forty members with weights 1 to 4, a majority of weight.
    let players = Players::new((0..40).map(|i| format!("{i:02}"))).unwrap();
    let weights: Vec<Fraction> = (0..40).map(|i| Fraction::whole(1 + i % 4)).collect();
    let half = Fraction {
        numerator: 1,
        denominator: 2,
    };
    let criterion = Criterion::new("weight", &weights, Quota::MoreThanShare(half)).unwrap();
    let rule = Rule::new(
        "large",
        players.clone(),
        vec![criterion],
        Coalition::EMPTY,
        None,
    )
    .unwrap();
    let found = power(&rule).unwrap();
    assert_eq!(found.method, Method::GeneratingFunctions);
    // Of two complementary coalitions one wins, unless both have half of the weight.
    assert!(found.winning < 1 << 39);
    let sum: f64 = found.members.iter().map(|m| m.shapley_shubik).sum();
    assert!((sum - 1.0).abs() < 1e-13);
    assert!(found.members[0].shapley_shubik < found.members[3].shapley_shubik);
    let error = power_by(&rule, Method::Enumeration)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("at most 30 players, 40 given; round the weights"),
        "{error}"
    );
}

#[test]
fn every_mistake_of_a_rule_file_has_its_line() {
    let players = Players::new(["CHN", "KGZ", "UZB"]).unwrap();
    let text = r#"name = "rule"
vetos = ["KGZ"]
vetoes = ["KGZZ"]
[[criterion]]
name = "people"
share = 1.5
weights = { CHN = 1.4, UZB = -1, KAZ = 2 }
[[criterion]]
quota = 2
share = 0.5
"#;
    let error = Rule::parse("rule.toml", text, &players)
        .unwrap_err()
        .to_string();
    for line in [
        "rule.toml:2: unknown key \"vetos\"; did you mean vetoes?",
        "rule.toml:3: \"KGZZ\" is no member; did you mean KGZ?",
        "rule.toml:6: share is a share of all weight, from 0 to 1",
        "rule.toml:7: \"KAZ\" is no member; did you mean KGZ?",
        "rule.toml:7: a weight must be a number that is not negative",
        "rule.toml:7: the criterion \"people\" gives no weight to KGZ; write 0 if that is meant",
        "rule.toml:8: the key name of a criterion is missing",
        "rule.toml:8: the criterion \"\" needs exactly one of quota, share and more_than_share",
    ] {
        assert!(error.contains(line), "{line}\nnot in\n{error}");
    }
    assert!(error.starts_with("8 mistakes"), "{error}");
    let error = Rule::parse("rule.toml", "name = \"x\nvetoes = 3", &players).unwrap_err();
    assert!(error.to_string().contains("rule.toml:1"), "{error}");
}

#[test]
fn rules_that_never_or_always_pass_are_refused() {
    let players = Players::new(["CHN", "KGZ", "UZB"]).unwrap();
    let parse = |text: &str| {
        Rule::parse("rule.toml", text, &players)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        parse(
            "name = 'r'\n[[criterion]]\nname = 'votes'\nquota = 4.5\nweights = { CHN = 2, KGZ = 1, UZB = 1 }"
        ),
        "the rule \"r\" can never pass: with all in favour votes reaches 4 of 5; lower that quota \
         to 4 or less"
    );
    let always = "the rule \"r\" always passes, even with nobody in favour; ";
    assert_eq!(
        parse("name = 'r'"),
        format!("{always}give it a criterion or a veto")
    );
    assert_eq!(
        parse("name = 'r'\n[[criterion]]\nname = 'votes'\nquota = 0"),
        format!("{always}raise a quota above 0")
    );
    assert_eq!(
        parse("name = 'r'\nblocking_minority = 4\n[[criterion]]\nname = 'votes'\nquota = 2"),
        format!("{always}lower the blocking minority to the number of members or less")
    );
}

#[test]
fn the_rule_of_the_manual_is_read_as_it_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manual = std::fs::read_to_string(path.join("../../docs/method/agreement.md")).unwrap();
    let text = manual
        .split("```toml")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let players = Players::new(["CHN", "KGZ", "UZB"]).unwrap();
    let rule = Rule::parse("manual", text.unwrap(), &players).unwrap();
    // 1.65 of three members are two; two thirds of 1453.5 are 969.
    assert_eq!(rule.criteria()[0].quota(), 2);
    let (weights, quota) = (rule.criteria()[1].weights(), rule.criteria()[1].quota());
    assert_eq!((weights, quota), (&[14_100, 71, 364][..], 9_690));
    assert!(rule.passes(Coalition(0b011)) && !rule.passes(Coalition(0b110)));
}
