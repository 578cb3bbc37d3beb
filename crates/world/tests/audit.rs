//! Faults planted in a sound network are found, all of them and nothing else.

mod common;

use comity_world::audit::{Audit, CoordinateFault, LinkAt, Thresholds, audit};
use comity_world::transport::great_circle_km;
use comity_world::{
    Border, ClassId, Link, Mode, Node, NodeId, Place, Source, Terminal, TerminalKind, TerritoryId,
    World,
};
use proptest::prelude::*;
use std::sync::LazyLock;

const SIDE: usize = 12;
const LON: f64 = 60.0;
const LAT: f64 = 30.0;
/// Degrees between the nodes of the grid, about 11 km.
const STEP: f64 = 0.1;

static TINY: LazyLock<World> = LazyLock::new(|| {
    World::load(&Source::Folder(common::original())).expect("the tiny world is valid")
});

/// A grid of roads in two territories, with a place on every second node of every second row.
struct Sound {
    world: World,
    class: ClassId,
    halves: [TerritoryId; 2],
}

fn sound() -> Sound {
    let mut world = TINY.clone();
    let class = world.network.class(Mode::Road, "highway").unwrap();
    let halves = ["XAA", "XBB"].map(|iso3| world.territory(iso3).unwrap());
    world.network.nodes.clear();
    world.network.links.clear();
    world.network.terminals.clear();
    world.network.borders.clear();
    world.places.clear();
    let mut sound = Sound {
        world,
        class,
        halves,
    };
    for row in 0..SIDE {
        for column in 0..SIDE {
            let lon = LON + STEP * column as f64;
            let lat = LAT + STEP * row as f64;
            let node = sound.node(lon, lat, halves[usize::from(column >= SIDE / 2)]);
            if row % 2 == 0 && column % 2 == 0 {
                sound.place(lon, lat, Some(node));
            }
        }
    }
    for at in 0..SIDE * SIDE {
        if at % SIDE + 1 < SIDE {
            sound.link(at, at + 1, 1.2);
        }
        if at / SIDE + 1 < SIDE {
            sound.link(at, at + SIDE, 1.2);
        }
    }
    sound
}

impl Sound {
    fn node(&mut self, lon: f64, lat: f64, territory: TerritoryId) -> usize {
        self.world.network.nodes.push(Node {
            mode: Mode::Road,
            territory: Some(territory),
            lon,
            lat,
            gauge_mm: None,
        });
        self.world.network.nodes.len() - 1
    }

    fn place(&mut self, lon: f64, lat: f64, node: Option<usize>) -> String {
        let id = format!("place-{:04}", self.world.places.len());
        self.world.places.push(Place {
            id: id.clone(),
            name: id.clone(),
            aliases: vec![],
            territory: self.halves[0],
            lon,
            lat,
            population: 1000.0,
            weight: 0.0,
            road_node: node.map(NodeId::from_index),
        });
        id
    }

    /// A link some times as long as the great circle.
    fn link(&mut self, from: usize, to: usize, times: f64) -> usize {
        let nodes = &self.world.network.nodes;
        let km = great_circle_km(
            nodes[from].lon,
            nodes[from].lat,
            nodes[to].lon,
            nodes[to].lat,
        );
        self.link_of(from, to, km * times)
    }

    fn link_of(&mut self, from: usize, to: usize, km: f64) -> usize {
        self.world.network.links.push(Link {
            from: NodeId::from_index(from),
            to: NodeId::from_index(to),
            class: self.class,
            km,
            hours_override: None,
            passage: None,
            open: true,
            shape: String::new(),
        });
        self.world.network.links.len() - 1
    }

    /// Three nodes east of a point, the nearest 0.01 degrees (under 1 km) from it.
    fn triangle(&mut self, lon: f64, lat: f64) -> usize {
        let territory = self.halves[0];
        let a = self.node(lon + 0.01, lat, territory);
        let b = self.node(lon + 0.045, lat, territory);
        let c = self.node(lon + 0.045, lat + 0.03, territory);
        for (x, y) in [(a, b), (b, c), (c, a)] {
            self.link(x, y, 1.2);
        }
        a
    }

    fn corner(&self, at: usize) -> (f64, f64, TerritoryId) {
        let node = &self.world.network.nodes[at];
        (node.lon, node.lat, node.territory.unwrap())
    }
}

/// How many faults of each kind.
#[derive(Clone, Debug)]
struct Faults {
    counts: [usize; 16],
    closed: bool,
    /// Links of the grid, shuffled, and its nodes likewise: each fault takes the next.
    links: Vec<usize>,
    nodes: Vec<usize>,
}

fn faults() -> impl Strategy<Value = Faults> {
    let links = 2 * SIDE * (SIDE - 1);
    (
        proptest::array::uniform16(0..3usize),
        any::<bool>(),
        Just((0..links).collect::<Vec<_>>()).prop_shuffle(),
        Just((0..SIDE * SIDE).collect::<Vec<_>>()).prop_shuffle(),
    )
        .prop_map(|(counts, closed, links, nodes)| Faults {
            counts,
            closed,
            links,
            nodes,
        })
}

fn links_of<'a>(found: impl IntoIterator<Item = &'a LinkAt>) -> Vec<usize> {
    sorted(found.into_iter().map(|l| l.link))
}

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort();
    items
}

fn check(faults: &Faults) {
    let mut sound = sound();
    let mut links = faults.links.iter().copied();
    let mut nodes = faults.nodes.iter().copied();
    let mut link = || links.next().expect("fewer faults than links");
    let mut node = || nodes.next().expect("fewer faults than nodes");
    let [
        loops,
        twins,
        others,
        longs,
        shorts,
        straights,
        zeros,
        fast,
        islands,
        far_islands,
        spurs,
        far,
        stranded,
        off,
        swapped_places,
        swapped_nodes,
    ] = faults.counts;

    let loops: Vec<usize> = (0..loops)
        .map(|_| {
            let at = node();
            sound.link_of(at, at, 1.0)
        })
        .collect();
    let mut parallel: Vec<(Vec<usize>, bool)> = vec![];
    for number in 0..twins + others {
        let (first, duplicate) = (link(), number < twins);
        let mut twin = sound.world.network.links[first].clone();
        if !duplicate {
            twin.km *= 1.1;
        }
        std::mem::swap(&mut twin.from, &mut twin.to);
        sound.world.network.links.push(twin);
        parallel.push((vec![first, sound.world.network.links.len() - 1], duplicate));
    }
    let mut change = |count: usize, factor: f64| -> Vec<usize> {
        let changed: Vec<usize> = (0..count).map(|_| link()).collect();
        for at in &changed {
            sound.world.network.links[*at].km *= factor;
        }
        changed
    };
    let longs = change(longs, 20.0);
    let shorts = change(shorts, 0.8 / 1.2);
    let straights = change(straights, 1.0 / 1.2);
    let fast = change(fast, 1.0);
    for (number, at) in fast.iter().enumerate() {
        // No time at all, or 200 km/h, or 1 km/h; the class is good for 50 to 70.
        let changed = &mut sound.world.network.links[*at];
        changed.hours_override = Some([0.0, changed.km / 200.0, changed.km][number % 3]);
    }
    // What is within the range is no finding.
    let fine = link();
    sound.world.network.links[fine].hours_override =
        Some(sound.world.network.links[fine].km / 60.0);
    let zeros: Vec<usize> = (0..zeros)
        .map(|_| {
            let at = node();
            let (lon, lat, territory) = sound.corner(at);
            let twin = sound.node(lon, lat, territory);
            let third = sound.node(lon + 0.003, lat + 0.003, territory);
            sound.link(at, third, 1.2);
            sound.link(twin, third, 1.2);
            sound.link_of(at, twin, 0.0)
        })
        .collect();
    let mut components = 1;
    let gaps: Vec<(usize, usize)> = (0..islands)
        .map(|_| {
            let at = node();
            let (lon, lat, _) = sound.corner(at);
            components += 1;
            (at, sound.triangle(lon, lat))
        })
        .collect();
    for number in 0..far_islands {
        sound.triangle(LON + number as f64, 20.0);
        components += 1;
    }
    let spurs: Vec<usize> = (0..spurs)
        .map(|_| {
            let at = node();
            let (lon, lat, territory) = sound.corner(at);
            let end = sound.node(lon - 0.03, lat + 0.04, territory);
            sound.link(at, end, 1.2);
            end
        })
        .collect();
    let mut far: Vec<String> = (0..far)
        .map(|number| sound.place(LON + number as f64, 5.0, None))
        .collect();
    let mut isolated = 0;
    let stranded: Vec<String> = (0..stranded)
        .map(|number| {
            let lon = LON + number as f64;
            let node = sound.node(lon, 15.0, sound.halves[0]);
            isolated += 1;
            let id = format!("airport:{number}");
            sound.world.network.terminals.push(Terminal {
                id: id.clone(),
                kind: TerminalKind::Airport,
                name: id.clone(),
                code: String::new(),
                territory: sound.halves[0],
                lon,
                lat: 15.0,
                road_node: Some(NodeId::from_index(node)),
                node: None,
                access_km: 1.0,
                hours: 1.0,
                usd_per_teu: 1.0,
                source: String::new(),
            });
            id
        })
        .collect();
    let mut misplaced = vec![];
    for number in 0..off {
        isolated += 1;
        let (lon, lat) = [(200.0, 10.0), (60.0, 95.0), (f64::NAN, 0.0)][number % 3];
        let node = sound.node(lon, lat, sound.halves[0]);
        misplaced.push((node.to_string(), CoordinateFault::OutOfRange));
    }
    for _ in 0..swapped_places {
        let (lon, lat, _) = sound.corner(node());
        let id = sound.place(lat, lon, None);
        far.push(id.clone());
        misplaced.push((id, CoordinateFault::Swapped));
    }
    // Two of one territory would keep each other company.
    for number in 0..swapped_nodes.min(2) {
        isolated += 1;
        let territory = sound.halves[number];
        let node = sound.node(LAT + 0.5 + 0.3 * number as f64, LON + 0.5, territory);
        misplaced.push((node.to_string(), CoordinateFault::Swapped));
        // A place that lies near the swapped node is not far from a node any more.
        let (lon, lat) = (LAT + 0.5 + 0.3 * number as f64, LON + 0.5);
        far.retain(|id| {
            let place = sound.world.places.iter().find(|p| p.id == *id).unwrap();
            great_circle_km(place.lon, place.lat, lon, lat) > 25.0
        });
    }
    if faults.closed {
        sound.world.network.borders.push(Border {
            from: sound.halves[0],
            to: sound.halves[1],
            mode: Mode::Road,
            hours: 1.0,
            usd_per_teu: 1.0,
            open: false,
            source: String::new(),
        });
    }

    let world = &sound.world;
    let found: Audit = audit(world, &Thresholds::default());
    assert_eq!(found.modes.len(), 1);
    let road = &found.modes[0];
    assert_eq!(road.nodes, world.network.nodes.len());
    assert_eq!(road.links, world.network.links.len());
    let km: f64 = world.network.links.iter().map(|l| l.km).sum();
    assert!((road.km - km).abs() <= 1e-9 * km);
    assert_eq!(road.isolated_nodes, isolated);
    assert_eq!(road.components.len(), components + isolated);
    let in_components: usize = road.components.iter().map(|c| c.nodes).sum();
    assert_eq!(in_components, road.nodes);
    assert_eq!(links_of(&road.self_loops), sorted(loops));
    let of_pairs = road.parallel.iter();
    assert_eq!(
        sorted(of_pairs.map(|p| (p.links.clone(), p.duplicate))),
        sorted(parallel)
    );
    assert_eq!(links_of(&road.long), sorted(longs));
    assert_eq!(
        links_of(road.too_short.iter().map(|l| &l.link)),
        sorted(shorts)
    );
    assert_eq!(
        links_of(road.straight.iter().map(|l| &l.link)),
        sorted(straights)
    );
    assert_eq!(links_of(&road.zero_length), sorted(zeros));
    assert_eq!(links_of(road.speeds.iter().map(|s| &s.link)), sorted(fast));
    assert_eq!(
        sorted(road.gaps.iter().map(|g| (g.a.node, g.b.node))),
        sorted(gaps)
    );
    assert_eq!(road.dangling_ends, spurs.len());
    assert_eq!(road.dangling_ends_served, 0);
    let ends = road.dangling_near_places.iter();
    assert_eq!(sorted(ends.map(|e| e.at.node)), sorted(spurs));
    assert_eq!(
        sorted(found.far_places.iter().map(|p| p.place.clone())),
        sorted(far)
    );
    assert_eq!(
        sorted(found.stranded.iter().map(|s| s.id.clone())),
        sorted(stranded)
    );
    assert_eq!(
        sorted(found.coordinates.iter().map(|m| (m.id.clone(), m.fault))),
        sorted(misplaced)
    );
    let crossing: Vec<_> = found
        .closed_crossings
        .iter()
        .map(|c| (c.from.as_str(), c.to.as_str()))
        .collect();
    if faults.closed {
        assert_eq!(crossing, [("XAA", "XBB")]);
        // Every row of the grid crosses once, and the twins of those that do.
        let territory = |n: NodeId| world.network.nodes[n.index()].territory;
        let links = world.network.links.iter();
        let crossing = links.filter(|l| territory(l.from) != territory(l.to));
        assert!(found.closed_crossings[0].links.len() >= SIDE);
        assert_eq!(found.closed_crossings[0].links.len(), crossing.count());
    } else {
        assert!(crossing.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_planted_fault_is_found_and_nothing_else(faults in faults()) {
        check(&faults);
    }
}

#[test]
fn a_sound_network_has_no_findings() {
    check(&Faults {
        counts: [0; 16],
        closed: false,
        links: (0..2 * SIDE * (SIDE - 1)).collect(),
        nodes: (0..SIDE * SIDE).collect(),
    });
}

#[test]
fn the_tiny_world() {
    let found = audit(&TINY, &Thresholds::default());
    let rail = &found.modes[0];
    // The change of gauge joins its two halves and is no link without length.
    assert_eq!((rail.mode, rail.components.len()), (Mode::Rail, 1));
    assert!(rail.zero_length.is_empty());
    assert_eq!((rail.dangling_ends, rail.dangling_ends_served), (2, 2));
    // Gammaport has a road node and no road.
    let stranded: Vec<&str> = found.stranded.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(
        stranded,
        ["gamma-port", "airport:gamma-port", "port:gamma-port"]
    );
    let road = &found.modes[1];
    assert_eq!(road.components.len(), 2);
    assert_eq!(road.components[1].places, ["gamma-port"]);
    assert_eq!(
        road.components[1].terminals,
        ["airport:gamma-port", "port:gamma-port"]
    );
}
