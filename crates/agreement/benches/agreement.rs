//! Seconds for the sizes in use. Targets: Shapley table of 20 players in 50 ms, of 24 in 1 s and
//! 300 MB; a package out of 25 projects in 180 s.

use comity_agreement::Cause;
use comity_agreement::coalition::externalities::PartitionGame;
use comity_agreement::coalition::{Coalition, Game, Players};
use comity_agreement::package::{
    AdditiveGains, Effort, Gains, MemberGain, Objective, Programme, Project, ProjectSet, Sharing,
    Voter, WithBound, choose,
};
use comity_agreement::power::{Criterion as Condition, Fraction, Method, Quota, Rule, power_by};
use comity_agreement::transfers::{DrawnAccount, Limits, with_probability};
use comity_agreement::values::{
    Domain, Per, least_core, myerson, nucleolus, shapley, shapley_sampled,
};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::hint::black_box;

/// A fixed sequence of numbers from 0 to 1 (Knuth's linear congruence).
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn players(count: usize) -> Players {
    Players::new((0..count).map(|i| format!("{i:02}"))).expect("labels differ")
}

/// Gains that grow with the square of the coalition, give or take a fifth.
fn game(count: usize) -> Game {
    Game::tabulate(players(count), |s| {
        let noise = Sequence(s.0).next();
        Ok::<_, Infallible>((s.size() as f64).powi(2) * (1.0 + 0.2 * noise))
    })
    .expect("the values are finite")
}

fn values(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("values");
    group.sample_size(10);
    for count in [10, 16, 20, 24] {
        let game = game(count);
        group.bench_with_input(
            BenchmarkId::new("shapley", count),
            &game,
            |bencher, game| {
                bencher.iter(|| shapley(black_box(game)));
            },
        );
        if count <= 20 {
            group.bench_with_input(BenchmarkId::new("least core", count), &game, |b, game| {
                b.iter(|| least_core(black_box(game)).expect("it is solved"));
            });
        }
    }
    let game = game(12);
    group.bench_with_input(BenchmarkId::new("nucleolus", 12), &game, |bencher, game| {
        bencher.iter(|| nucleolus(black_box(game), Domain::Imputations, Per::Coalition));
    });
    let many = players(30);
    group.bench_function("shapley sampled, 30 players, 1000 pairs", |bencher| {
        let value = |s: Coalition| Ok::<_, Infallible>((s.size() as f64).powf(1.5));
        bencher.iter(|| shapley_sampled(&many, 1000, 1, value));
    });
    let cournot = PartitionGame::tabulate(players(9), |partition| {
        let blocs = partition.blocs().len();
        Ok::<_, Infallible>(vec![(1.0 / (blocs as f64 + 1.0)).powi(2); blocs])
    })
    .expect("the values are finite");
    group.bench_with_input(BenchmarkId::new("myerson", 9), &cournot, |bencher, game| {
        bencher.iter(|| myerson(black_box(game)));
    });
    group.finish();
}

fn power(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("power");
    group.sample_size(10);
    // 28 members, two criteria, populations of four digits: the size of the EU Council.
    let mut sequence = Sequence(1);
    let people: Vec<Fraction> = (0..28)
        .map(|_| Fraction::whole(50 + (8000.0 * sequence.next().powi(3)) as u64))
        .collect();
    let share = |numerator| Fraction {
        numerator,
        denominator: 100,
    };
    let criteria = vec![
        Condition::new("people", &people, Quota::AtLeastShare(share(65))),
        Condition::one_each("members", 28, Quota::AtLeastShare(share(55))),
    ];
    let criteria = criteria
        .into_iter()
        .map(|c| c.expect("few digits"))
        .collect();
    let rule = Rule::new("council", players(28), criteria, Coalition::EMPTY, None);
    let rule = rule.expect("it can pass and fail");
    for method in [Method::GeneratingFunctions, Method::Enumeration] {
        group.bench_function(format!("28 members, {method:?}"), |bencher| {
            bencher.iter(|| power_by(black_box(&rule), method));
        });
    }
    group.finish();
}

/// Gains that add up, but for what two projects in a row add to each other.
struct Corridor(AdditiveGains);

impl Gains for Corridor {
    fn gains(&self, set: ProjectSet) -> Result<Vec<MemberGain>, Cause> {
        let mut gains = self.0.gains(set)?;
        let rows = (set.0 & set.0 >> 1).count_ones().min(4);
        gains
            .iter_mut()
            .for_each(|gain| gain.net_musd += f64::from(rows));
        Ok(gains)
    }
}

fn package(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("package");
    group.sample_size(10);
    for (count, members) in [(15, 10), (25, 10)] {
        let mut sequence = Sequence(3);
        let tenth = 1.0 / members as f64;
        let label = |i: usize| format!("{i:02}");
        let projects: Vec<Project> = (0..count)
            .map(|i| Project {
                name: format!("p{i:02}"),
                cost_musd: 500.0 + 4000.0 * sequence.next(),
                paid_by: (0..members)
                    .map(|m| (label(m), tenth))
                    .collect::<BTreeMap<_, _>>(),
            })
            .collect();
        let voters: Vec<Voter> = (0..members)
            .map(|m| Voter {
                label: label(m),
                income_musd: 1e4 * (1.0 + 50.0 * sequence.next()),
                wanted_musd: 0.0,
            })
            .collect();
        let alone = (0..count)
            .map(|_| {
                let gain = |_| MemberGain {
                    net_musd: 60.0 * sequence.next() - 15.0,
                    paid_musd: 10.0,
                };
                (0..members).map(gain).collect()
            })
            .collect();
        let additive = AdditiveGains { alone };
        let corridor = Corridor(additive.clone());
        let bounded = WithBound {
            gains: &corridor,
            alone: additive.clone(),
            beyond_musd: vec![4.0; members],
        };
        for objective in [Objective::Total, Objective::Equal, Objective::Maximin] {
            let programme =
                Programme::new(projects.clone(), voters.clone(), objective, Sharing::Given)
                    .and_then(|programme| programme.with_budget(20_000.0))
                    .expect("the programme is sound");
            let kinds: [(&str, &dyn Gains); 3] = [
                ("additive", &additive),
                ("bounded", &bounded),
                ("unbounded", &corridor),
            ];
            for (kind, gains) in kinds {
                let found = choose(&programme, gains, Effort::default()).expect("gains are finite");
                println!(
                    "{count} projects, {kind}, {objective:?}: {:?}, value {:?}, gap {:?}, {} sets",
                    found.proof,
                    found.chosen.map(|chosen| chosen.value),
                    found.gap,
                    found.evaluations
                );
                let name = format!("{count} projects, {kind}, {objective:?}");
                group.bench_function(name, |bencher| {
                    bencher.iter(|| choose(&programme, black_box(gains), Effort::default()));
                });
            }
        }
    }
    group.finish();
}

fn transfers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("transfers");
    group.sample_size(10);
    let mut sequence = Sequence(5);
    let accounts: Vec<DrawnAccount> = (0..10)
        .map(|member| DrawnAccount {
            label: format!("{member}"),
            wanted_musd: 0.0,
            draws_musd: (0..500)
                .map(|_| if member < 3 { -2.0 } else { 12.0 } + 6.0 * sequence.next() - 3.0)
                .collect(),
        })
        .collect();
    group.bench_function("10 members, 500 draws, p = 0.9", |bencher| {
        bencher.iter(|| with_probability(black_box(&accounts), 0.9, Limits::default()));
    });
    group.finish();
}

criterion_group!(benches, values, power, package, transfers);
criterion_main!(benches);
