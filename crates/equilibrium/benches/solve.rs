//! CPU seconds, iterations and memory of one solve on synthetic worlds of the
//! sizes in use, at the default tolerance of 1e-10 on every block.
//!
//! `cargo bench -p comity-equilibrium` runs all sizes on one thread, then the
//! large ones on two. `cargo bench -p comity-equilibrium -- 189x65` runs one.
//! CPU time and memory are read from /proc, so the figures need Linux.

use std::time::Instant;

use comity_equilibrium::{Calibration, Settings, Shock, Solution, solve, solve_from};

#[path = "../tests/common/synthetic.rs"]
mod synthetic;

/// Economies, sectors, CPU seconds allowed.
const SIZES: [(usize, usize, f64); 6] = [
    (31, 40, 0.010),
    (76, 45, 0.05),
    (196, 8, f64::NAN),
    (189, 65, 0.30),
    (196, 133, 0.9),
    (3000, 1, 2.0),
];

/// CPU seconds of all threads of this process.
fn cpu() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux");
    let nanoseconds = tasks.map(|task| {
        let path = task.expect("a thread").path().join("schedstat");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let first = text.split(' ').next().and_then(|n| n.parse::<f64>().ok());
        first.unwrap_or(0.0)
    });
    nanoseconds.sum::<f64>() / 1e9
}

/// Bytes of memory in use, now and at most since the last reset.
fn memory() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
        1024.0 * kilobytes.unwrap_or(f64::NAN)
    };
    (field("VmRSS:"), field("VmHWM:"))
}

struct Run {
    /// Mean CPU seconds: the kernel may count in ticks of 4 ms.
    cpu: f64,
    /// Shortest wall-clock seconds: on a shared machine the others measure the neighbours.
    wall: f64,
    solution: Solution,
}

fn measured(runs: usize, run: impl Fn() -> Solution) -> Run {
    let mut solution = run();
    let (before, mut wall) = (cpu(), f64::INFINITY);
    for _ in 0..runs {
        let start = Instant::now();
        solution = run();
        wall = wall.min(start.elapsed().as_secs_f64());
    }
    Run {
        cpu: (cpu() - before) / runs as f64,
        wall,
        solution,
    }
}

fn pool(threads: usize) -> rayon::ThreadPool {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(threads);
    builder.build().expect("threads")
}

fn measure(economies: usize, sectors: usize, allowed: f64) {
    let recipe = synthetic::Recipe {
        economies,
        sectors,
        zeros: 0.45,
        theta: (2.0, 12.0),
        tariff: 0.15,
    };
    let world: Calibration = synthetic::world(&recipe, 1);
    let settings = Settings::default();
    let runs = if economies * economies * sectors > 1_000_000 {
        10
    } else {
        100
    };
    let array = 8.0 * (economies * economies * sectors) as f64;
    for size in [0.02, 0.2] {
        let shock: Shock = synthetic::shock(&world, size, 2);
        // Near: every change is 2 % smaller.
        let near = solve(&world, &synthetic::shock(&world, size * 0.98, 2), &settings);
        let near = near.expect("the benchmark converges");
        let one = pool(1);
        let cold = one.install(|| {
            measured(runs, || {
                solve(&world, &shock, &settings).expect("converges")
            })
        });
        let warm = one.install(|| {
            measured(runs, || {
                solve_from(&world, &shock, &settings, &near).expect("converges")
            })
        });
        let two = pool(2).install(|| {
            measured(runs, || {
                solve(&world, &shock, &settings).expect("converges")
            })
        });
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        let held = memory().0;
        let last = one.install(|| solve(&world, &shock, &settings).expect("converges"));
        let used = (memory().1 - held) / array;
        assert_eq!(last.trade_new.len(), world.trade.len());
        println!(
            "{economies:>4} x {sectors:<3}  +-{size:<4}  {:>4} its  {:>8.4} s (target {allowed:.3})  \
             warm {:>4} its {:>8.4} s ({:.1} x)  two threads {:>8.4} s wall ({:.2} x)  \
             memory {used:.2} x  residual {:.1e}",
            cold.solution.iterations,
            cold.cpu,
            warm.solution.iterations,
            warm.cpu,
            cold.cpu / warm.cpu,
            two.wall,
            cold.wall / two.wall,
            cold.solution.residuals.worst().1.size,
        );
    }
}

fn main() {
    let asked = std::env::args()
        .skip(1)
        .find(|argument| argument.contains('x'));
    for (economies, sectors, allowed) in SIZES {
        let name = format!("{economies}x{sectors}");
        if asked.as_ref().is_none_or(|asked| *asked == name) {
            measure(economies, sectors, allowed);
        }
    }
}
