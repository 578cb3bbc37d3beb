//! The consensus table: voices, verdicts, mistakes.

use comity_agreement::consensus::{Party, Position, Question, Verdict, consensus};
use proptest::prelude::*;

fn party(label: &str, has_voice: bool, net_musd: f64) -> Party {
    Party {
        label: label.into(),
        name: format!("The {label}"),
        tier: if has_voice { "member" } else { "observer" }.into(),
        has_voice,
        income_musd: 1000.0,
        net_musd,
        cost_musd: 0.0,
        draws_musd: Vec::new(),
    }
}

#[test]
fn observers_are_shown_and_have_no_voice() {
    let parties = [
        party("b", true, 5.0),
        party("c", false, -50.0),
        party("a", true, 0.005),
    ];
    let found = consensus(&Question::of("bloc"), &parties).unwrap();
    assert_eq!(found.verdict, Verdict::Passes);
    assert_eq!(
        found.sentence,
        "bloc: passes: no full member falls short, 1 of 2 gain."
    );
    assert_eq!(found.members[0].label, "a");
    assert_eq!(found.members[0].position, Position::Indifferent);
    let observer = &found.others[0];
    assert_eq!(
        (observer.position, observer.agrees),
        (Position::Loses, None)
    );
    assert_eq!(
        (observer.needs_musd, observer.block_probability),
        (0.0, None)
    );
    assert_eq!(found.members_net_musd, 5.005);
    assert!(found.settlement.transfers().unwrap().payments.is_empty());
    assert_eq!((found.transfers(), found.unobjected_musd()), (None, None));
}

/// A loss that stops nobody asks for no transfers; one that does, asks for them.
#[test]
fn a_verdict_that_passes_lists_no_transfers() {
    let with = |loss: f64| {
        let parties = [party("a", true, 5.0), party("b", true, -loss)];
        consensus(&Question::of("bloc"), &parties).unwrap()
    };
    let small = with(0.004);
    assert_eq!(small.verdict, Verdict::Passes);
    assert_eq!(small.transfers(), None);
    assert_eq!(small.unobjected_musd(), Some(0.004));
    let large = with(2.0);
    assert_eq!(
        large.verdict,
        Verdict::PassesWithTransfers { total_musd: 2.0 }
    );
    assert_eq!(large.transfers().unwrap().total_musd, 2.0);
    assert_eq!(large.unobjected_musd(), None);
    assert!(
        large
            .sentence
            .contains("passes with transfers of 2.00 million")
    );
}

/// A change is passed over only if it is small both as a share and as a sum, as in the verdict of
/// an appraisal.
#[test]
fn a_change_goes_unnoticed_only_below_both_thresholds() {
    let with = |income_musd: f64, net_musd: f64| Party {
        income_musd,
        ..party("a", true, net_musd)
    };
    let question = Question::of("bloc");
    assert_eq!(
        (question.unnoticed_percent, question.unnoticed_musd),
        (
            comity_appraisal::INDIFFERENT_PERCENT,
            comity_appraisal::INDIFFERENT_MUSD
        )
    );
    // Income, net gain, position, whether it agrees.
    let cases = [
        (2e7, -9.0, Position::Indifferent, true),
        // 0.00006 % of income, but above the sum.
        (2e7, -12.0, Position::Loses, false),
        (2e7, 12.0, Position::Gains, true),
        // A small sum, but 0.002 % of income.
        (1e5, -2.0, Position::Loses, false),
        (1e5, 2.0, Position::Gains, true),
        (1e5, -0.9, Position::Indifferent, true),
    ];
    for (income, net, position, agrees) in cases {
        let found = consensus(&question, &[with(income, net)]).unwrap();
        let member = &found.members[0];
        assert_eq!(
            (member.position, member.agrees),
            (position, Some(agrees)),
            "{net} of {income}"
        );
    }
    // The same around a δ: 0.01 % of 2e7 is 2,000.
    let question = Question {
        wanted_percent: 0.01,
        ..question
    };
    for (net, agrees) in [(1_991.0, true), (1_988.0, false), (2_000.0, true)] {
        let found = consensus(&question, &[with(2e7, net)]).unwrap();
        assert_eq!(found.members[0].agrees, Some(agrees), "{net}");
    }
}

#[test]
fn members_that_lose_together_cannot_be_helped() {
    let parties = [party("a", true, 5.0), party("b", true, -1500.25)];
    let found = consensus(&Question::of("bloc"), &parties).unwrap();
    assert_eq!(
        found.verdict,
        Verdict::MembersTogetherLose { loss_musd: 1495.25 }
    );
    assert_eq!(
        found.sentence,
        "bloc: cannot pass: the members together lose 1,495 million USD a year, so no transfers \
         among them can help; The b blocks."
    );
}

#[test]
fn all_gain() {
    let parties = [party("a", true, 5.0), party("b", true, 2.0)];
    let found = consensus(&Question::of("bloc"), &parties).unwrap();
    assert_eq!(found.sentence, "bloc: passes: all 2 full members gain.");
    let question = Question {
        wanted_percent: 0.1,
        ..Question::of("bloc")
    };
    let found = consensus(&question, &parties).unwrap();
    assert_eq!(
        found.sentence,
        "bloc: passes: all 2 full members gain at least 0.1 %."
    );
}

#[test]
fn a_bloc_without_members_is_an_error() {
    let error = consensus(&Question::of("bloc"), &[party("a", false, 1.0)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "bloc has no full members, so nobody can agree; name a bloc with members, or a date when \
         it had some"
    );
}

#[test]
fn mistakes_are_named_together() {
    let mut parties = vec![
        party("a", true, 1.0),
        party("a", true, f64::NAN),
        party("c", false, 1.0),
    ];
    parties[0].income_musd = 0.0;
    parties[1].draws_musd = vec![1.0];
    parties[2].cost_musd = 3.0;
    let question = Question {
        interval: 1.0,
        ..Question::of("bloc")
    };
    let error = consensus(&question, &parties).unwrap_err().to_string();
    for part in [
        "6 mistakes",
        "the interval is 1",
        "the income of a is 0",
        "\"a\" is named twice",
        "a gain or cost of a is NaN",
        "draws of a has 1 values, expected 0",
        "bloc: c bears a share of the cost but has no voice; give the share to a member, or admit c",
    ] {
        assert!(error.contains(part), "{part}\nnot in\n{error}");
    }
}

proptest! {
    #[test]
    fn the_order_of_parties_does_not_matter(
        order in Just((0..6usize).collect::<Vec<_>>()).prop_shuffle(),
        nets in prop::collection::vec(-20.0f64..30.0, 6),
        draws in prop::collection::vec(prop::collection::vec(-20.0f64..30.0, 7), 6),
    ) {
        let parties: Vec<Party> = (0..6)
            .map(|i| Party {
                draws_musd: draws[i].clone(),
                ..party(&format!("{i}"), i != 2, nets[i])
            })
            .collect();
        let shuffled: Vec<Party> = order.iter().map(|i| parties[*i].clone()).collect();
        let question = Question::of("bloc");
        let found = consensus(&question, &parties).unwrap();
        prop_assert_eq!(&consensus(&question, &shuffled).unwrap(), &found);
        // What members need is what those short of δ lack; nobody else needs anything.
        for member in &found.members {
            prop_assert_eq!(member.needs_musd > 0.0, member.agrees == Some(false));
            prop_assert!((member.net_musd + member.needs_musd >= 0.0) || member.agrees == Some(true));
        }
        let all = found.members.iter().all(|m| m.agrees == Some(true));
        prop_assert_eq!(all, found.verdict == Verdict::Passes);
    }
}
