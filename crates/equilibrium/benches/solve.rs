//! CPU seconds, iterations and memory of one solve on synthetic worlds of the
//! sizes in use, at the default tolerance of 1e-10 on every block.
//!
//! `cargo bench -p comity-equilibrium` runs all sizes on one thread, then the
//! large ones on two. `cargo bench -p comity-equilibrium -- 189x65` runs one.
//! CPU time and memory are read from /proc, so the figures need Linux.

use std::time::Instant;

use comity_equilibrium::{Calibration, Settings, Shock, Solution, solve, solve_from};

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/common/cp2015.rs"]
mod cp2015;
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

/// CPU seconds of this process, its finished threads included; in ticks of 10 ms.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    // After the name in brackets, user and system time are fields 12 and 13.
    let (_, fields) = text.rsplit_once(')').expect("a name in brackets");
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: f64 = ticks.map(|n| n.parse::<f64>().expect("ticks")).sum();
    ticks / 100.0
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
    /// Mean CPU seconds.
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
        // Before anything else is freed: memory that is used again does not show.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        let held = memory().0;
        let first = pool(1).install(|| solve(&world, &shock, &settings).expect("converges"));
        let used = (memory().1 - held) / array;
        drop(first);
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

/// NAFTA on the authors' data. CPU seconds of the peers, run side by side on
/// the same data on another machine: the authors' MATLAB code in Octave 154, an
/// R and C++ port 1.7, KITE 24.01 at a tolerance of 1e-4 0.85.
fn nafta() {
    let case = cp2015::balanced_world();
    for (tolerance, peers) in [
        (
            1e-10,
            [("MATLAB code", 154.0), ("R and C++", 1.7)].as_slice(),
        ),
        (1e-4, [("KITE at 1e-4", 0.85)].as_slice()),
    ] {
        let settings = Settings {
            tolerance,
            ..cp2015::settings()
        };
        let run = pool(1).install(|| {
            measured(200, || {
                solve(&case.world, &case.nafta, &settings).expect("converges")
            })
        });
        print!(
            "NAFTA 31 x 40, tolerance {tolerance:e}: {} its {:.4} s",
            run.solution.iterations, run.cpu
        );
        for (peer, seconds) in peers {
            print!(", {peer} {seconds} s ({:.0} x)", seconds / run.cpu);
        }
        println!();
    }
}

fn main() {
    let asked = std::env::args()
        .skip(1)
        .find(|argument| argument.contains('x'));
    if asked.is_none() {
        nafta();
    }
    for (economies, sectors, allowed) in SIZES {
        let name = format!("{economies}x{sectors}");
        if asked.as_ref().is_none_or(|asked| *asked == name) {
            measure(economies, sectors, allowed);
        }
    }
}
