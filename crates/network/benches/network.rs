//! The hierarchy beside Dijkstra's algorithm on the default world: preparation, customisation,
//! matrices, changes and threads. `cargo bench -p comity-network`. With `-- export PATH` the road
//! graph is written there instead, for `peers_network.py`; with `-- skims` only whole skims are
//! measured; with `-- large` only the refined road graph, which `-- large export PATH` writes.
//!
//! Times are CPU time of the process, least of a few runs, unless they say wall.

#[path = "graphs/refined.rs"]
mod refined;

use comity_network::dijkstra::Search;
use comity_network::hierarchy::customise::Metric;
use comity_network::hierarchy::order::Order;
use comity_network::hierarchy::query::Sweep;
use comity_network::hierarchy::topology::Topology;
use comity_network::hierarchy::{Digraph, Label, UNREACHED};
use comity_network::{Engine, PlainGraph, values_of_time};
use comity_world::{Mode, Source, World};
use cpu_time::ProcessTime;
use rand::{Rng, SeedableRng};
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

/// Least CPU and wall seconds, and the last result.
fn timed<T>(runs: usize, mut work: impl FnMut() -> T) -> (f64, f64, T) {
    let (mut cpu, mut wall) = (f64::INFINITY, f64::INFINITY);
    let mut last = None;
    for _ in 0..runs {
        let (start, start_cpu) = (Instant::now(), ProcessTime::now());
        last = Some(black_box(work()));
        cpu = cpu.min(start_cpu.elapsed().as_secs_f64());
        wall = wall.min(start.elapsed().as_secs_f64());
    }
    (cpu, wall, last.expect("at least one run"))
}

fn best<T>(runs: usize, work: impl FnMut() -> T) -> (f64, T) {
    let (cpu, _, last) = timed(runs, work);
    (cpu, last)
}

fn row(what: &str, seconds: f64, note: &str) {
    println!("| {what} | {:.3} ms | {note} |", seconds * 1e3);
}

fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("a pool of threads").install(work)
}

fn tail_of(graph: &Digraph, arc: usize) -> u32 {
    (0..graph.vertices() as u32)
        .find(|v| graph.arcs_of(*v).contains(&arc))
        .expect("every arc starts somewhere")
}

fn measure(name: &str, plain: &PlainGraph) {
    let PlainGraph {
        graph,
        positions,
        labels,
        points,
    } = plain;
    let (vertices, arcs) = (graph.vertices(), graph.arcs());
    println!(
        "\n{name}: {vertices} vertices, {arcs} arcs, {} points\n",
        points.len()
    );
    println!("| what | time | note |\n|---|---|---|");

    let (seconds, order) = best(2, || on_threads(1, || Order::new(graph, positions)));
    row("order", seconds, "nested dissection");
    let (seconds, topology) = best(3, || Topology::new(graph, order.clone()));
    row(
        "completion",
        seconds,
        &format!("{} arcs, height {}", topology.arcs(), topology.height()),
    );
    let slots = topology.slots(graph).expect("its own arcs");
    let (seconds, metric) = best(5, || {
        on_threads(1, || Metric::new(&topology, &slots, labels))
    });
    let per_million = seconds / (arcs as f64 / 1e6);
    row(
        "customisation, whole",
        seconds,
        &format!("{per_million:.3} s per million arcs"),
    );

    let mut random = rand::rngs::StdRng::seed_from_u64(1);
    let pair = [(); 2].map(|()| random.random_range(0..arcs));
    let changes = pair.map(|arc| (tail_of(graph, arc), graph.head(arc), Label::UNREACHED));
    let back = pair.map(|arc| (tail_of(graph, arc), graph.head(arc), labels[arc]));
    let mut changed = metric.clone();
    let (mut seconds, mut count) = (f64::INFINITY, 0);
    for _ in 0..5 {
        changed.set(&topology, &back);
        let start = ProcessTime::now();
        count = changed.set(&topology, &changes).expect("arcs of the graph");
        seconds = seconds.min(start.elapsed().as_secs_f64());
    }
    row(
        "customisation, two arcs closed",
        seconds,
        &format!("{count} completed arcs recomputed"),
    );

    let origins: Vec<u32> = (0..50)
        .map(|_| random.random_range(0..vertices as u32))
        .collect();
    let mut search = Search::new(graph);
    let (seconds, ()) = best(3, || {
        for origin in &origins {
            search.run(graph, labels, *origin);
        }
    });
    let dijkstra = seconds / origins.len() as f64;
    row("Dijkstra, one to all", dijkstra, "hours, USD, km along");

    let many: Vec<u32> = (0..2000)
        .map(|_| random.random_range(0..vertices as u32))
        .collect();
    for (what, points) in [("2,000 × 2,000 random", &many), ("all points", points)] {
        let by_dijkstra = dijkstra * points.len() as f64;
        row(
            &format!("{what}: Dijkstra"),
            by_dijkstra,
            "one-to-all times number of sources",
        );
        let (seconds, sweep) = best(3, || Sweep::new(&topology, &metric, points));
        row(
            &format!("{what}: selection"),
            seconds,
            &format!("{} vertices, {} arcs", sweep.size().0, sweep.size().1),
        );
        let (seconds, costs) = best(3, || {
            on_threads(1, || sweep.costs(&topology, &metric, points))
        });
        let ratio = by_dijkstra / seconds;
        row(
            &format!("{what}: cost alone"),
            seconds,
            &format!("{ratio:.0} × Dijkstra"),
        );
        let (one, one_wall, sums) = timed(5, || {
            on_threads(1, || sweep.sums(&topology, &metric, points, &|| {}))
        });
        let ratio = by_dijkstra / one;
        row(
            &format!("{what}: hours, USD, km"),
            one,
            &format!("{ratio:.0} × Dijkstra"),
        );
        let (_, two_wall, _) = timed(5, || {
            on_threads(2, || sweep.sums(&topology, &metric, points, &|| {}))
        });
        row(
            &format!("{what}: hours, USD, km, two threads, wall"),
            two_wall,
            &format!("{:.2} × one thread", one_wall / two_wall),
        );
        // A matrix that was wrong would be measured in vain.
        let n = points.len();
        for from in (0..n).step_by(n.div_ceil(20).max(1)) {
            search.run(graph, labels, points[from]);
            for (to, point) in points.iter().enumerate() {
                let at = from * n + to;
                match search.reached(*point) {
                    Some(label) => {
                        assert_eq!(costs[at], label.cost);
                        assert_eq!(sums[at], label.sums);
                    }
                    None => assert!(costs[at] == UNREACHED && sums[at][0].is_infinite()),
                }
            }
        }
    }
}

fn export(path: &str, plain: &PlainGraph) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    writeln!(file, "from,to,cost")?;
    for v in 0..plain.graph.vertices() as u32 {
        for at in plain.graph.arcs_of(v) {
            let (to, cost) = (plain.graph.head(at), plain.labels[at].cost);
            writeln!(file, "{v},{to},{cost}")?;
        }
    }
    let mut file = std::io::BufWriter::new(std::fs::File::create(format!("{path}.nodes"))?);
    writeln!(file, "lon,lat")?;
    for (lon, lat) in &plain.positions {
        writeln!(file, "{lon},{lat}")?;
    }
    Ok(())
}

fn main() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../worlds/eurasia");
    let (seconds, world) = best(1, || {
        World::load(&Source::Folder(folder.into())).unwrap_or_else(|e| panic!("{e}"))
    });
    println!("world loaded in {seconds:.2} s");
    let values = values_of_time(&world);
    let (seconds, engine) = best(1, || Engine::new(&world, values));
    println!("engine made in {seconds:.2} s");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = |what: &str| arguments.iter().position(|a| a == what);
    let roads = || {
        let plain = engine.plain_graph(Mode::Road, values[0]).expect("roads");
        match asked("large") {
            Some(_) => refined::refined(&plain),
            None => plain,
        }
    };
    if let Some(at) = asked("export") {
        let path = arguments.get(at + 1).expect("export takes a path");
        let plain = roads();
        return export(path, &plain).unwrap_or_else(|e| panic!("{path}: {e}"));
    }
    if asked("large").is_some() {
        return measure("refined roads", &roads());
    }
    if asked("skims").is_none() {
        for mode in [Mode::Road, Mode::Rail, Mode::Sea] {
            let plain = engine.plain_graph(mode, values[0]).expect("it has links");
            measure(mode.label(), &plain);
        }
    }
    skims(&world, &engine, values);
}

fn skims(world: &World, engine: &Engine, values: [f64; 3]) {
    println!(
        "\nSkims: {} places, three classes, four modes, all threads\n",
        world.places.len()
    );
    println!("| what | CPU | wall |\n|---|---|---|");
    let skim_row = |what: &str, (cpu, wall): (f64, f64)| {
        println!("| {what} | {cpu:.3} s | {wall:.3} s |");
    };
    let (cpu, wall, before) = timed(2, || engine.skim(None, &|| {}));
    skim_row("baseline, from nothing", (cpu, wall));
    for (mode, what) in [
        (Mode::Road, "a road"),
        (Mode::Rail, "a railway"),
        (Mode::Sea, "a sea lane"),
    ] {
        let network = &world.network;
        let of_mode =
            |l: &comity_world::transport::Link| network.classes[l.class.index()].mode == mode;
        let links: Vec<usize> = (0..network.links.len())
            .filter(|at| of_mode(&network.links[*at]))
            .collect();
        let mut changed = world.clone();
        changed.network.links[links[links.len() / 2]].km *= 0.5;
        changed.network.links[links[links.len() / 3]].open = false;
        let (cpu, wall, _) = timed(3, || {
            Engine::new(&changed, values).skim(Some(&before), &|| {})
        });
        let what = format!("{what} shortened, one closed, graphs included");
        skim_row(&what, (cpu, wall));
    }
}
