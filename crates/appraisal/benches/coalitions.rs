//! Whole jobs on the default world. Target: the 1,024 coalitions of ten members, each of which can
//! halve its tariffs on the others, in the equilibrium, in at most 60 s on two cores.

use comity_appraisal::{EquilibriumSettings, ProjectSets, Silent};
use comity_scenario::Scenario;
use comity_world::{Source, World};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::PathBuf;

const MEMBERS: [&str; 10] = [
    "BLR", "CHN", "IND", "IRN", "KAZ", "KGZ", "PAK", "RUS", "TJK", "UZB",
];

/// Every member halves its tariffs on all others, at no cost.
fn scenario() -> Scenario {
    let mut text = String::from("name = \"Halved\"\nworld = \"eurasia\"\nbloc = \"SCO\"\n");
    for member in MEMBERS {
        let others: Vec<String> = MEMBERS
            .iter()
            .filter(|other| **other != member)
            .map(|other| format!("{other:?}"))
            .collect();
        text.push_str(&format!(
            "[[modification]]\ntype = \"tariff\"\nproject = \"{member} halves\"\n\
             importer = \"{member}\"\nexporter = [{}]\nfactor = 0.5\n\
             [project.\"{member} halves\"]\ncost_musd = 0\nlife_years = 1\ndiscount_rate = 0\n\
             paid_by = {{ {member} = 1 }}\nspent_in = {{ {member} = 1 }}\n",
            others.join(", ")
        ));
    }
    Scenario::parse("halved.toml", &text).expect("a scenario")
}

fn coalitions(criterion: &mut Criterion) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../worlds/eurasia");
    let world = World::load(&Source::Folder(folder)).expect("the default world");
    let scenario = scenario();
    let sets: Vec<u64> = (0..1 << MEMBERS.len()).collect();
    let mut group = criterion.benchmark_group("coalitions");
    group.sample_size(10);
    group.bench_function("1,024 of ten members", |bencher| {
        bencher.iter(|| {
            let settings = EquilibriumSettings::default();
            let solver = ProjectSets::new(&world, &scenario, &settings, &Silent)
                .expect("the base is solved");
            solver
                .gains(black_box(&sets), &Silent)
                .expect("all are solved")
        });
    });
    group.finish();
}

criterion_group!(benches, coalitions);
criterion_main!(benches);
