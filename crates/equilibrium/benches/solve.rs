//! Seconds for one solve on synthetic worlds of the sizes in use.

use std::hint::black_box;

use comity_equilibrium::{Settings, Shock, solve, solve_from};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

#[path = "../tests/common/synthetic.rs"]
mod synthetic;

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("solve");
    group.sample_size(10);
    let sizes = [(31, 40), (76, 45), (189, 65), (196, 8), (196, 133)];
    for (economies, sectors) in sizes {
        let recipe = synthetic::Recipe {
            economies,
            sectors,
            zeros: 0.45,
            theta: (2.0, 12.0),
            tariff: 0.15,
        };
        let world = synthetic::world(&recipe, 1);
        let settings = Settings::default();
        let size = format!("{economies}x{sectors}");
        for change in [0.02, 0.2] {
            let shock = synthetic::shock(&world, change, 2);
            let first = solve(&world, &shock, &settings).expect("the benchmark converges");
            println!(
                "{size}, changes up to {change}: {} iterations, residual {:e}",
                first.iterations,
                first.residuals.worst().1.size
            );
            let name = format!("{change} cold");
            group.bench_with_input(BenchmarkId::new(name, &size), &shock, |bencher, shock| {
                bencher.iter(|| solve(&world, black_box(shock), &settings));
            });
            let near: Shock = synthetic::shock(&world, change * 0.98, 2);
            let start = solve(&world, &near, &settings).expect("the benchmark converges");
            let name = format!("{change} warm");
            group.bench_with_input(BenchmarkId::new(name, &size), &shock, |bencher, shock| {
                bencher.iter(|| solve_from(&world, black_box(shock), &settings, &start));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
