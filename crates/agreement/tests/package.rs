//! The chosen package against brute force over all sets.

use comity_agreement::Cause;
use comity_agreement::package::{
    AdditiveGains, Effort, Gains, MemberGain, Objective, PackageProof, Programme, Project,
    ProjectSet, Sharing, Voter, WithBound, choose, joint_pairs, vetoes,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

const INCOMES: [f64; 3] = [100.0, 400.0, 50.0];

/// Gains from a table: [set][member] net, and a third of each project's cost paid by each.
#[derive(Debug)]
struct Table {
    net: Vec<[f64; 3]>,
    costs: Vec<f64>,
}

impl Gains for Table {
    fn gains(&self, set: ProjectSet) -> Result<Vec<MemberGain>, Cause> {
        let cost: f64 = set.projects().map(|p| self.costs[p]).sum();
        let net = &self.net[set.0 as usize];
        Ok(net
            .iter()
            .map(|net_musd| MemberGain {
                net_musd: *net_musd,
                paid_musd: cost / 3.0,
            })
            .collect())
    }
}

fn programme(costs: &[f64], wanted: f64, objective: Objective, sharing: Sharing) -> Programme {
    let voters = INCOMES.iter().enumerate().map(|(i, income)| Voter {
        label: ["a", "b", "c"][i].into(),
        income_musd: *income,
        wanted_musd: wanted,
    });
    let third = 1.0 / 3.0;
    let projects = costs.iter().enumerate().map(|(i, cost)| Project {
        name: format!("p{i:02}"),
        cost_musd: *cost,
        paid_by: BTreeMap::from([
            ("a".into(), third),
            ("b".into(), third),
            ("c".into(), third),
        ]),
    });
    Programme::new(projects.collect(), voters.collect(), objective, sharing).unwrap()
}

/// The score of net gains.
fn value(objective: Objective, net: &[f64]) -> f64 {
    let least = |list: Vec<f64>| list.into_iter().fold(f64::INFINITY, f64::min);
    match objective {
        Objective::Total => net.iter().sum(),
        Objective::Maximin => least(net.to_vec()),
        Objective::Equal => least(
            net.iter()
                .zip(INCOMES)
                .map(|(n, i)| 100.0 * n / i)
                .collect(),
        ),
    }
}

/// The best score of a set with the cost shared anew, by bisection on the least gain.
fn negotiated(objective: Objective, gains: &[MemberGain], wanted: f64) -> Option<f64> {
    let gross: Vec<f64> = gains.iter().map(|g| g.net_musd + g.paid_musd).collect();
    let net: f64 = gains.iter().map(|g| g.net_musd).sum();
    if gross.iter().any(|g| *g < wanted) || net < wanted * gross.len() as f64 {
        return None;
    }
    if objective == Objective::Total {
        return Some(net);
    }
    let weight = |i: usize| {
        if objective == Objective::Equal {
            INCOMES[i] / 100.0
        } else {
            1.0
        }
    };
    // A least gain t can be had if what members keep at least is no more than there is.
    let possible = |t: f64| {
        let least: Vec<f64> = (0..gross.len())
            .map(|i| (t * weight(i)).max(wanted))
            .collect();
        least.iter().zip(&gross).all(|(l, g)| *l <= g + 1e-12) && least.iter().sum::<f64>() <= net
    };
    let (mut low, mut high) = (-1e4, 1e4);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if possible(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}

fn brute_force(programme: &Programme, gains: &dyn Gains, wanted: f64) -> Option<f64> {
    let count = programme.projects().len();
    let mut best: Option<f64> = None;
    for set in 1..1u64 << count {
        let set = ProjectSet(set);
        let cost: f64 = set
            .projects()
            .map(|p| programme.projects()[p].cost_musd)
            .sum();
        if programme.budget_musd().is_some_and(|budget| cost > budget) {
            continue;
        }
        let gains = gains.gains(set).unwrap();
        let score = match programme.sharing {
            Sharing::Given => {
                let net: Vec<f64> = gains.iter().map(|g| g.net_musd).collect();
                let accepted = net.iter().all(|n| *n >= wanted);
                accepted.then(|| value(programme.objective, &net))
            }
            Sharing::Negotiated => negotiated(programme.objective, &gains, wanted),
        };
        if let Some(score) = score {
            best = Some(best.map_or(score, |best| best.max(score)));
        }
    }
    best
}

fn objectives() -> impl Strategy<Value = (Objective, Sharing)> {
    (
        prop_oneof![
            Just(Objective::Total),
            Just(Objective::Equal),
            Just(Objective::Maximin)
        ],
        prop_oneof![Just(Sharing::Given), Just(Sharing::Negotiated)],
    )
}

fn table(count: usize) -> impl Strategy<Value = Table> {
    (
        prop::collection::vec([-9i32..16, -9i32..16, -9i32..16], 1 << count),
        prop::collection::vec(1i32..10, count),
    )
        .prop_map(|(net, costs)| Table {
            net: net.into_iter().map(|n| n.map(f64::from)).collect(),
            costs: costs.into_iter().map(f64::from).collect(),
        })
}

#[track_caller]
fn same(found: Option<f64>, expected: Option<f64>) {
    match (found, expected) {
        (None, None) => {}
        (Some(found), Some(expected)) => {
            assert!((found - expected).abs() < 1e-8, "{found} is not {expected}");
        }
        _ => panic!("{found:?} is not {expected:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn enumeration_finds_the_best(
        table in (1usize..6).prop_flat_map(table),
        (objective, sharing) in objectives(),
        budget in prop::option::of(10.0f64..30.0),
        wanted in prop_oneof![Just(0.0), Just(1.0)],
    ) {
        let mut programme = programme(&table.costs, wanted, objective, sharing);
        if let Some(budget) = budget {
            programme = programme.with_budget(budget).unwrap();
        }
        let found = choose(&programme, &table, Effort::default()).unwrap();
        prop_assert_eq!(found.proof, PackageProof::Exact);
        let expected = brute_force(&programme, &table, wanted);
        same(found.chosen.as_ref().map(|c| c.value), expected);
        if let Some(chosen) = found.chosen {
            prop_assert!(chosen.members.iter().all(|m| m.net_musd >= wanted - 1e-9));
            let set = programme.set(chosen.projects.iter().map(String::as_str)).unwrap();
            let gains = table.gains(set).unwrap();
            let (paid, net): (f64, f64) = gains
                .iter()
                .fold((0.0, 0.0), |(p, n), g| (p + g.paid_musd, n + g.net_musd));
            let own: f64 = chosen.members.iter().map(|m| m.paid_musd).sum();
            prop_assert!((own - paid).abs() < 1e-9);
            prop_assert!((chosen.total_net_musd - net).abs() < 1e-9);
            prop_assert!(chosen.members.iter().all(|m| m.paid_musd >= -1e-9));
        }
    }

    /// Sixteen projects go to branch and bound. The gains add up but for an allowance, which is the
    /// bound's.
    #[test]
    fn branch_and_bound_finds_the_best(
        alone in prop::collection::vec([-5i32..8, -5i32..8, -5i32..8], 16),
        costs in prop::collection::vec(1i32..10, 16),
        (objective, sharing) in objectives(),
        budget in 10.0f64..40.0,
        extra in 0u64..3,
    ) {
        let costs: Vec<f64> = costs.into_iter().map(f64::from).collect();
        let additive = AdditiveGains {
            alone: alone
                .iter()
                .zip(&costs)
                .map(|(net, cost)| {
                    let gain = |n: &i32| MemberGain { net_musd: f64::from(*n), paid_musd: cost / 3.0 };
                    net.iter().map(gain).collect()
                })
                .collect(),
        };
        struct Joint<'a>(&'a AdditiveGains, u64);
        impl Gains for Joint<'_> {
            fn gains(&self, set: ProjectSet) -> Result<Vec<MemberGain>, Cause> {
                let mut gains = self.0.gains(set)?;
                let extra = (set.0.count_ones() as u64 * 7 % (self.1 + 1)) as f64;
                gains.iter_mut().for_each(|gain| gain.net_musd += extra);
                Ok(gains)
            }
        }
        let joint = Joint(&additive, extra);
        let gains = WithBound {
            gains: &joint,
            alone: additive.clone(),
            beyond_musd: vec![extra as f64; 3],
        };
        let programme =
            programme(&costs, 0.0, objective, sharing).with_budget(budget).unwrap();
        let effort = Effort { most_evaluations: 100_000, kept_back: 0, most_nodes: 1_000_000 };
        let found = choose(&programme, &gains, effort).unwrap();
        prop_assert_eq!(found.proof, PackageProof::Exact);
        same(found.chosen.map(|c| c.value), brute_force(&programme, &joint, 0.0));
        // Cut short, the bound still holds.
        let effort = Effort { most_evaluations: 60, kept_back: 0, most_nodes: 40 };
        let cut = choose(&programme, &gains, effort).unwrap();
        let best = brute_force(&programme, &joint, 0.0);
        if let (Some(bound), Some(best)) = (cut.bound, best) {
            prop_assert!(bound >= best - 1e-9, "{} below {}", bound, best);
        }
        if let (PackageProof::BestFound, Some(chosen)) = (cut.proof, cut.chosen) {
            let gap = cut.gap.unwrap();
            prop_assert!(chosen.value + gap >= best.unwrap() - 1e-9);
        }
    }
}

#[test]
fn the_order_of_projects_and_members_does_not_matter() {
    let costs = [4.0, 3.0, 2.0];
    let straight = programme(&costs, 0.0, Objective::Total, Sharing::Given);
    let again = Programme::new(
        straight.projects().iter().rev().cloned().collect(),
        straight.voters().iter().rev().cloned().collect(),
        Objective::Total,
        Sharing::Given,
    )
    .unwrap();
    assert_eq!(again, straight);
}

#[test]
fn without_a_bound_local_search_says_that_the_gap_is_unknown() {
    struct Pairs;
    impl Gains for Pairs {
        // Projects gain only in pairs (0, 1), (2, 3), …; each costs one member alone.
        fn gains(&self, set: ProjectSet) -> Result<Vec<MemberGain>, Cause> {
            let mut net = [0.0; 3];
            for project in set.projects() {
                net[project % 3] -= 1.0;
                if set.contains(project ^ 1) {
                    net.iter_mut()
                        .for_each(|n| *n += 1.0 + project as f64 / 10.0);
                }
            }
            let gain = |net_musd: f64| MemberGain {
                net_musd,
                paid_musd: 1.0,
            };
            Ok(net.into_iter().map(gain).collect())
        }
    }
    let programme = programme(&[1.0; 20], 0.0, Objective::Total, Sharing::Given)
        .with_budget(6.0)
        .unwrap();
    let found = choose(&programme, &Pairs, Effort::default()).unwrap();
    assert_eq!(
        (found.proof, found.bound, found.gap),
        (PackageProof::BestFound, None, None)
    );
    // Alone every project gives −1: six give −6, and what they give beyond is as much as seen.
    let estimate = found.estimate.unwrap();
    let best = found.chosen.as_ref().unwrap().value;
    assert!((estimate.beyond_musd - (best + 6.0)).abs() < 1e-9);
    assert!(estimate.gap.unwrap() >= 0.0 && estimate.most.unwrap() >= best);
    // The three last pairs: 3 × (1.4 … 1.9) × 2 rows less one for each project.
    let chosen = found.chosen.unwrap();
    assert_eq!(chosen.projects, ["p14", "p15", "p16", "p17", "p18", "p19"]);
    let pairs = joint_pairs(&programme, &Pairs, usize::MAX).unwrap().found;
    assert_eq!(pairs.len(), 10);
    assert_eq!(
        (pairs[0].first.as_str(), pairs[0].second.as_str()),
        ("p00", "p01")
    );
    assert_eq!(pairs[0].first_blocked_by, ["a"]);
    assert_eq!(pairs[0].second_blocked_by, ["b"]);
    // Every pair falls as short by what its projects give alone, and any may gain as much on top.
    let few = joint_pairs(&programme, &Pairs, 30).unwrap();
    assert_eq!((few.looked_at, few.not_looked_at), (30, 190 - 30));
    assert_eq!(few.may_pass, 160);
    assert!(few.found.len() < 10 && few.found.iter().all(|pair| pairs.contains(pair)));
}

/// Without synergies what projects give alone tells all: the best set is looked at first, and no
/// other is thought to be better.
#[test]
fn where_gains_add_up_the_search_starts_at_the_best() {
    let costs = [1.0; 18];
    let additive = AdditiveGains {
        alone: (0..18)
            .map(|p| {
                let net = |m: i32| f64::from((7 * p + 5 * m * p) % 11 - 4);
                let gain = |m| MemberGain {
                    net_musd: net(m),
                    paid_musd: 1.0 / 3.0,
                };
                (0..3).map(gain).collect()
            })
            .collect(),
    };
    struct Unbounded<'a>(&'a AdditiveGains);
    impl Gains for Unbounded<'_> {
        fn gains(&self, set: ProjectSet) -> Result<Vec<MemberGain>, Cause> {
            self.0.gains(set)
        }
    }
    let gains = Unbounded(&additive);
    for objective in [Objective::Total, Objective::Equal, Objective::Maximin] {
        let programme = programme(&costs, 0.0, objective, Sharing::Given)
            .with_budget(7.0)
            .unwrap();
        let effort = Effort {
            most_evaluations: 19,
            ..Effort::default()
        };
        let found = choose(&programme, &gains, effort).unwrap();
        assert_eq!(found.evaluations, 19, "each alone, and the best");
        assert_eq!(found.proof, PackageProof::BestFound);
        let value = found.chosen.map(|c| c.value);
        same(value, brute_force(&programme, &gains, 0.0));
        let estimate = found.estimate.unwrap();
        assert!(estimate.beyond_musd.abs() < 1e-9);
        assert!(estimate.gap.unwrap().abs() < 1e-9, "{estimate:?}");
        // What is kept back is not spent on the search.
        let effort = Effort {
            most_evaluations: 60,
            kept_back: 30,
            ..Effort::default()
        };
        let found = choose(&programme, &gains, effort).unwrap();
        assert!(found.evaluations <= 30, "{}", found.evaluations);
    }
}

/// The pair that would pass by what its projects give alone is looked at first.
#[test]
fn pairs_are_looked_at_by_what_they_promise() {
    // p00 costs a 1 and gives c 2; p01 costs b 5; p02 costs c 1 and gives a 2.
    let alone = [[-1.0, 0.0, 2.0], [0.0, -5.0, 0.0], [2.0, 0.0, -1.0]];
    let table = Table {
        costs: vec![1.0; 3],
        net: (0..8usize)
            .map(|set| {
                let own = |m: usize| (0..3).map(|p| alone[p][m] * (set >> p & 1) as f64).sum();
                [own(0), own(1), own(2)]
            })
            .collect(),
    };
    let programme = programme(&table.costs, 0.0, Objective::Total, Sharing::Given);
    let pairs = joint_pairs(&programme, &table, 1).unwrap();
    let [pair] = pairs.found.as_slice() else {
        panic!("{pairs:?}");
    };
    assert_eq!((pair.first.as_str(), pair.second.as_str()), ("p00", "p02"));
    assert_eq!(
        (pairs.looked_at, pairs.not_looked_at, pairs.may_pass),
        (1, 2, 0)
    );
}

#[test]
fn a_small_effort_is_kept_to_and_said() {
    let table = Table {
        costs: vec![1.0; 10],
        net: (0..1u32 << 10)
            .map(|set| [f64::from(set.count_ones()), 1.0, 1.0])
            .collect(),
    };
    let programme = programme(&table.costs, 0.0, Objective::Total, Sharing::Given);
    let effort = Effort {
        most_evaluations: 100,
        kept_back: 0,
        most_nodes: 100,
    };
    let found = choose(&programme, &table, effort).unwrap();
    assert_eq!((found.proof, found.gap), (PackageProof::BestFound, None));
    // It stops after the step in which the limit is reached.
    assert!(found.evaluations < 200, "{}", found.evaluations);
    assert_eq!(found.chosen.unwrap().value, 12.0);
    let found = choose(&programme, &table, Effort::default()).unwrap();
    assert_eq!(
        (found.proof, found.evaluations),
        (PackageProof::Exact, 1023)
    );
}

#[test]
fn vetoes_say_who_would_block_what() {
    // p00 is good for all, p01 bad for b alone but fine beside p00, p02 vetoed by c.
    let table = Table {
        costs: vec![1.0, 1.0, 1.0],
        net: (0..8u32)
            .map(|set| {
                let has = |p: u32| f64::from(set >> p & 1);
                [
                    2.0 * has(0) + 3.0 * has(1) + 9.0 * has(2),
                    2.0 * has(0) - has(1) + 9.0 * has(2),
                    has(0) + has(1) + 9.0 * has(2),
                ]
            })
            .collect(),
    };
    let programme = programme(&table.costs, 0.0, Objective::Total, Sharing::Given)
        .with_vetoes([("c", "p02")])
        .unwrap();
    let found = choose(&programme, &table, Effort::default()).unwrap();
    let projects = found.chosen.unwrap().projects;
    assert_eq!(projects, ["p00", "p01"]);
    let vetoes = vetoes(&programme, &table, &projects).unwrap();
    let of = |label: &str, project: &str| {
        let found = vetoes
            .iter()
            .find(|v| v.label == label && v.project == project);
        found.unwrap().clone()
    };
    let veto = of("b", "p01");
    assert!(veto.blocks_alone && !veto.blocks_in_package);
    assert_eq!((veto.alone_musd, veto.adds_musd), (-1.0, -1.0));
    assert!(of("c", "p02").declared && !of("c", "p02").blocks_alone);
    assert_eq!(vetoes.len(), 9);
}

#[test]
fn mistakes_of_a_programme_are_named_together() {
    let project = |name: &str, cost_musd: f64, payer: &str, share: f64| Project {
        name: name.into(),
        cost_musd,
        paid_by: BTreeMap::from([(payer.to_owned(), share)]),
    };
    let voter = |label: &str, income_musd: f64| Voter {
        label: label.into(),
        income_musd,
        wanted_musd: 0.0,
    };
    let text = Programme::new(
        vec![
            project("line", 5.0, "KGZ", 1.0),
            project("line", 6.0, "CHN", 0.5),
            project("port", -1.0, "IRQ", 1.0),
        ],
        vec![voter("KGZ", 10.0), voter("CHN", 0.0)],
        Objective::Total,
        Sharing::Given,
    )
    .unwrap_err()
    .to_string();
    for part in [
        "5 mistakes",
        "\"line\" is named twice",
        "income of CHN is 0",
        "line: the cost shares add to 0.5; they must add to 1",
        "cost of port is -1",
        "port: IRQ bears a share of the cost but has no voice",
    ] {
        assert!(text.contains(part), "{part} not in {text}");
    }
    let programme = programme(&[5.0, 3.0], 0.0, Objective::Total, Sharing::Given);
    let text = programme.clone().with_budget(2.0).unwrap_err().to_string();
    assert_eq!(
        text,
        "the budget of 2 million USD is below every project; the cheapest, p01, costs 3: raise the \
         budget to that at least"
    );
    let text = programme
        .with_vetoes([("d", "p1")])
        .unwrap_err()
        .to_string();
    assert!(text.contains("\"d\" is no member"), "{text}");
    assert!(text.contains("did you mean p01"), "{text}");
    let none = Programme::new(
        Vec::new(),
        vec![voter("a", 1.0)],
        Objective::Total,
        Sharing::Given,
    );
    assert!(none.unwrap_err().to_string().contains("no projects"));
}
