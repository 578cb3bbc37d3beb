//! The two countries of `docs/method/agreement.md`, number by number.

use comity_agreement::Cause;
use comity_agreement::coalition::{Coalition, Game, Players, ProjectGame};
use comity_agreement::consensus::{
    Consensus, Party, Position, Question, Verdict, consensus, settlement_with_probability,
};
use comity_agreement::package::{
    Effort, Gains, MemberGain, Objective, Programme, Project, ProjectSet, Sharing, Voter, choose,
    joint_pairs, vetoes,
};
use comity_agreement::power::{Rule, power};
use comity_agreement::transfers::{Limits, Proof, Settlement};
use comity_agreement::values::{
    Domain, Per, core_range, least_core, nucleolus, shapley, value_table,
};
use std::collections::BTreeMap;
use std::convert::Infallible;

const DRAWS: [[f64; 2]; 4] = [[18.0, -6.0], [14.0, -2.0], [22.0, -9.0], [10.0, 1.0]];

fn parties() -> Vec<Party> {
    let party = |member: usize, label: &str, income_musd: f64, net_musd: f64| Party {
        label: label.into(),
        name: label.into(),
        tier: "member".into(),
        has_voice: true,
        income_musd,
        net_musd,
        cost_musd: 12.0,
        draws_musd: DRAWS.iter().map(|draw| draw[member]).collect(),
    };
    vec![party(0, "A", 1000.0, 18.0), party(1, "B", 500.0, -6.0)]
}

fn ask(wanted_percent: f64) -> Consensus {
    let question = Question {
        wanted_percent,
        ..Question::of("bloc")
    };
    consensus(&question, &parties()).unwrap()
}

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn consensus_and_transfers() {
    let found = ask(0.0);
    assert_eq!(
        found.verdict,
        Verdict::PassesWithTransfers { total_musd: 6.0 }
    );
    assert_eq!(
        found.sentence,
        "bloc: passes with transfers of 6.00 million USD a year: B would lose without."
    );
    let [a, b] = found.members.as_slice() else {
        panic!()
    };
    near(a.net_percent, 1.8);
    near(b.net_percent, -1.2);
    assert_eq!((a.position, b.position), (Position::Gains, Position::Loses));
    assert_eq!((a.agrees, b.agrees), (Some(true), Some(false)));
    assert_eq!((a.needs_musd, b.needs_musd), (0.0, 6.0));
    assert_eq!(
        (a.gain_probability, b.gain_probability),
        (Some(1.0), Some(0.25))
    );
    assert_eq!(b.block_probability, Some(0.75));
    assert_eq!(found.agree_probability, Some(0.25));
    let interval = b.interval.unwrap();
    near(interval.low_musd, -8.55);
    near(interval.high_musd, 0.55);
    near(interval.median_percent, -0.8);
    let transfers = found.settlement.transfers().unwrap();
    let after: Vec<f64> = transfers.members.iter().map(|m| m.after_musd).collect();
    assert_eq!(after, [12.0, 0.0]);
    let payment = &transfers.payments[0];
    assert_eq!(
        (payment.from.as_str(), payment.to.as_str(), payment.musd),
        ("A", "B", 6.0)
    );

    assert_eq!(
        ask(0.5).verdict,
        Verdict::PassesWithTransfers { total_musd: 8.5 }
    );
    let found = ask(1.0);
    let Verdict::Shortfall {
        gain_musd,
        shortfall_musd,
    } = found.verdict
    else {
        panic!("{:?}", found.verdict)
    };
    near(gain_musd, 12.0);
    near(shortfall_musd, 3.0);
    assert_eq!(
        found.sentence,
        "bloc: cannot pass: the members together gain 12.0 million USD a year, 3.00 short of at \
         least 1 % for each; B blocks."
    );
}

#[test]
fn transfers_with_a_probability() {
    let question = Question::of("bloc");
    for (probability, total) in [(1.0, 9.0), (0.75, 6.0), (0.5, 2.0)] {
        let found =
            settlement_with_probability(&question, &parties(), probability, Limits::default())
                .unwrap();
        assert_eq!(found.proof, Proof::Exact);
        assert_eq!(found.settlement.transfers().unwrap().total_musd, total);
        assert_eq!(found.holds, probability);
    }
}

#[test]
fn coalition_values() {
    // Projects: the port of A alone, the line of both. Gains of A and B.
    let game: Game = ProjectGame {
        players: Players::new(["A", "B"]).unwrap(),
        owners: vec![Coalition(0b01), Coalition(0b11)],
    }
    .tabulate(|set| {
        Ok::<_, Infallible>(match (set.contains(0), set.contains(1)) {
            (true, true) => vec![18.0, -6.0],
            (true, false) => vec![2.0, 0.0],
            _ => vec![0.0, 0.0],
        })
    })
    .unwrap();
    assert_eq!(game.values(), [0.0, 2.0, 0.0, 12.0]);
    assert_eq!(shapley(&game), [7.0, 5.0]);
    let core = least_core(&game).unwrap();
    near(core.epsilon, -5.0);
    assert!(core.nonempty);
    let ranges = core_range(&game).unwrap().unwrap();
    for ((low, high), (expected_low, expected_high)) in
        ranges.iter().zip([(2.0, 12.0), (0.0, 10.0)])
    {
        // The range is that of the core widened by 2e-9 of the largest value.
        assert!((low - expected_low).abs() < 1e-7 && (high - expected_high).abs() < 1e-7);
    }
    let found = nucleolus(&game, Domain::Imputations, Per::Coalition).unwrap();
    near(found.division[0], 7.0);
    near(found.division[1], 5.0);
    let table = value_table(&game).unwrap();
    assert!(table.core_nonempty && table.shapley_in_core);
    near(table.shapley_objection, -5.0);
    let [a, b] = table.players.as_slice() else {
        panic!()
    };
    assert_eq!((a.alone, a.marginal, a.shapley), (2.0, 12.0, 7.0));
    assert_eq!((b.alone, b.marginal, b.shapley), (0.0, 10.0, 5.0));
    near(b.nucleolus.unwrap(), 5.0);
}

#[test]
fn voting_power() {
    let players = Players::new(["A", "B"]).unwrap();
    let found = power(&Rule::unanimity(players.clone())).unwrap();
    for member in &found.members {
        assert_eq!((member.shapley_shubik, member.blocking), (0.5, 1.0));
    }
    let text = "name = 'two to one'\n[[criterion]]\nname = 'votes'\nmore_than_share = 0.5\n\
                weights = { A = 2, B = 1 }";
    let found = power(&Rule::parse("rule.toml", text, &players).unwrap()).unwrap();
    let shubik: Vec<f64> = found.members.iter().map(|m| m.shapley_shubik).collect();
    assert_eq!(shubik, [1.0, 0.0]);
}

struct Toy;

impl Gains for Toy {
    fn gains(&self, set: ProjectSet) -> Result<Vec<MemberGain>, Cause> {
        // Projects by name: the line, the post.
        let mut gains = [MemberGain::default(); 2];
        for project in set.projects() {
            let (net, paid) = [([18.0, -6.0], [12.0, 12.0]), ([-2.0, 8.0], [3.0, 0.0])][project];
            for member in 0..2 {
                gains[member].net_musd += net[member];
                gains[member].paid_musd += paid[member];
            }
        }
        Ok(gains.to_vec())
    }
}

fn programme(objective: Objective, sharing: Sharing, post: bool) -> Programme {
    let voter = |label: &str, income_musd: f64| Voter {
        label: label.into(),
        income_musd,
        wanted_musd: 0.0,
    };
    let project = |name: &str, cost_musd: f64, shares: &[(&str, f64)]| Project {
        name: name.into(),
        cost_musd,
        paid_by: shares
            .iter()
            .map(|(l, s)| ((*l).to_owned(), *s))
            .collect::<BTreeMap<_, _>>(),
    };
    let mut projects = vec![project("line", 300.0, &[("A", 0.5), ("B", 0.5)])];
    if post {
        projects.push(project("post", 50.0, &[("A", 1.0)]));
    }
    let voters = vec![voter("A", 1000.0), voter("B", 500.0)];
    Programme::new(projects, voters, objective, sharing).unwrap()
}

#[test]
fn packages() {
    let both = programme(Objective::Total, Sharing::Given, true);
    let chosen = choose(&both, &Toy, Effort::default())
        .unwrap()
        .chosen
        .unwrap();
    assert_eq!(chosen.projects, ["line", "post"]);
    assert_eq!(chosen.total_net_musd, 18.0);
    let net: Vec<f64> = chosen.members.iter().map(|m| m.net_musd).collect();
    assert_eq!(net, [16.0, 2.0]);
    let pairs = joint_pairs(&both, &Toy, usize::MAX).unwrap().found;
    assert_eq!(pairs.len(), 1);
    assert_eq!(
        (&pairs[0].first_blocked_by, &pairs[0].second_blocked_by),
        (&vec!["B".to_owned()], &vec!["A".to_owned()])
    );
    let blocks: Vec<(String, String)> = vetoes(&both, &Toy, &chosen.projects)
        .unwrap()
        .into_iter()
        .filter(|veto| veto.blocks_alone)
        .map(|veto| (veto.label, veto.project))
        .collect();
    let expected = [("A", "post"), ("B", "line")];
    assert_eq!(blocks, expected.map(|(l, p)| (l.to_owned(), p.to_owned())));
    let poor = both.with_budget(300.0).unwrap();
    assert!(
        choose(&poor, &Toy, Effort::default())
            .unwrap()
            .chosen
            .is_none()
    );

    for (objective, net, paid) in [
        (Objective::Equal, [8.0, 4.0], [22.0, 2.0]),
        (Objective::Maximin, [6.0, 6.0], [24.0, 0.0]),
    ] {
        let line = programme(objective, Sharing::Negotiated, false);
        let chosen = choose(&line, &Toy, Effort::default())
            .unwrap()
            .chosen
            .unwrap();
        for (member, (net, paid)) in chosen.members.iter().zip(net.iter().zip(paid)) {
            near(member.net_musd, *net);
            near(member.paid_musd, paid);
        }
    }
}

#[test]
fn no_settlement_shows_the_shortfall() {
    let found = ask(1.0);
    let Settlement::Infeasible { shortfall_musd } = found.settlement else {
        panic!()
    };
    near(shortfall_musd, 3.0);
}
