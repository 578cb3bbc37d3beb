//! The same bytes whatever the number of threads.

mod common;

use comity_agreement::Cause;
use comity_agreement::coalition::{Coalition, Game, Players};
use comity_agreement::package::{
    Effort, Gains, MemberGain, Objective, Package, Programme, Project, ProjectSet, Sharing, Voter,
    choose,
};
use comity_agreement::power::{Criterion, Fraction, Method, Power, Quota, Rule, power_by};
use comity_agreement::values::{Sampled, shapley, shapley_sampled};
use std::collections::BTreeMap;
use std::convert::Infallible;

struct Rugged;

impl Gains for Rugged {
    fn gains(&self, set: ProjectSet) -> Result<Vec<MemberGain>, Cause> {
        let mixed = set.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let gain = |shift: u64| MemberGain {
            net_musd: (mixed >> shift & 0xff) as f64 / 3.0 - 30.0,
            paid_musd: 0.0,
        };
        Ok(vec![gain(0), gain(8)])
    }
}

fn everything() -> (Vec<f64>, Sampled, Power, Package, Package) {
    let players = Players::new((0..15).map(|i| format!("{i:02}"))).unwrap();
    let value = |s: Coalition| Ok::<_, Infallible>((s.0 as f64).sqrt() / 3.0);
    let game = Game::tabulate(players.clone(), value).unwrap();
    let sampled = shapley_sampled(&players, 50, 3, value).unwrap();
    let weights: Vec<Fraction> = (1..16).map(Fraction::whole).collect();
    let quota = Quota::AtLeast(Fraction::whole(70));
    let criteria = vec![Criterion::new("weight", &weights, quota).unwrap()];
    let rule = Rule::new("rule", players, criteria, Coalition::EMPTY, None).unwrap();
    let power = power_by(&rule, Method::Enumeration).unwrap();
    let package = |projects: usize| {
        let project = |i: usize| Project {
            name: format!("{i:02}"),
            cost_musd: 0.0,
            paid_by: BTreeMap::new(),
        };
        let voter = |label: &str| Voter {
            label: label.into(),
            income_musd: 10.0,
            wanted_musd: 0.0,
        };
        let programme = Programme::new(
            (0..projects).map(project).collect(),
            vec![voter("a"), voter("b")],
            Objective::Maximin,
            Sharing::Given,
        );
        choose(&programme.unwrap(), &Rugged, Effort::default()).unwrap()
    };
    (shapley(&game), sampled, power, package(11), package(17))
}

#[test]
fn threads_change_nothing() {
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(everything)
    };
    let alone = with(1);
    assert_eq!(with(3), alone);
    assert_eq!(with(8), alone);
}
