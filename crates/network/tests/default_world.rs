//! The hierarchy against Dijkstra's algorithm on the default world, exactly.

use comity_network::dijkstra::Search;
use comity_network::hierarchy::UNREACHED;
use comity_network::hierarchy::customise::Metric;
use comity_network::hierarchy::order::Order;
use comity_network::hierarchy::query::Sweep;
use comity_network::hierarchy::topology::Topology;
use comity_network::{Engine, Skims, values_of_time};
use comity_world::{CommodityClass, Mode, NodeId, PlaceId, Source, World};
use std::sync::OnceLock;

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../worlds/eurasia");
        World::load(&Source::Folder(folder.into())).unwrap_or_else(|e| panic!("{e}"))
    })
}

const CLASS: CommodityClass = CommodityClass::General;

/// Value of time of the one class, for engines of it alone.
fn value() -> f64 {
    values_of_time(world())[CLASS.index()]
}

/// The engine of the world as it is, and its skim.
fn baseline() -> &'static (Engine<'static>, Skims) {
    static BASELINE: OnceLock<(Engine<'static>, Skims)> = OnceLock::new();
    BASELINE.get_or_init(|| {
        let engine = Engine::for_classes(world(), &[(CLASS, value())]);
        let skims = engine.skim(None, &|| {});
        (engine, skims)
    })
}

/// A hundred, spread evenly.
fn hundred<T: Copy>(all: &[T]) -> Vec<T> {
    assert!(all.len() >= 100);
    (0..100).map(|at| all[at * all.len() / 100]).collect()
}

#[test]
fn every_pair_of_a_hundred_costs_what_dijkstra_says() {
    let values = values_of_time(world());
    let engine = Engine::new(world(), values);
    for mode in [Mode::Road, Mode::Rail, Mode::Sea] {
        let mut topology = None;
        for value in values {
            let plain = engine.plain_graph(mode, value).unwrap();
            let (graph, labels) = (&plain.graph, &plain.labels);
            let topology = topology
                .get_or_insert_with(|| Topology::new(graph, Order::new(graph, &plain.positions)));
            let slots = topology.slots(graph).unwrap();
            let metric = Metric::new(topology, &slots, labels);
            let points = hundred(&plain.points);
            let sweep = Sweep::new(topology, &metric, &points);
            let costs = sweep.costs(topology, &metric, &points);
            let sums = sweep.sums(topology, &metric, &points, &|| {});
            let mut search = Search::new(graph);
            let mut reached = 0;
            for (from, origin) in points.iter().enumerate() {
                search.run(graph, labels, *origin);
                for (to, point) in points.iter().enumerate() {
                    let at = from * points.len() + to;
                    match search.reached(*point) {
                        Some(label) => {
                            reached += 1;
                            assert_eq!(costs[at], label.cost);
                            assert_eq!(sums[at], label.sums);
                        }
                        None => {
                            assert_eq!(costs[at], UNREACHED);
                            assert_eq!(sums[at], [f64::INFINITY; 3]);
                        }
                    }
                }
            }
            assert!(reached > points.len(), "most pairs are connected");
        }
    }
}

/// Journeys are unpacked by Dijkstra's algorithm, skims come from the hierarchy.
#[test]
fn legs_add_up_to_the_skim() {
    let class = CLASS;
    let (engine, skims) = baseline();
    let places = world().places.len();
    let ids: Vec<PlaceId> = (0..places).map(PlaceId::from_index).collect();
    let some = hundred(&ids);
    let mut found = 0;
    for (a, b) in [(3, 71), (20, 55), (88, 12)] {
        for mode in Mode::ALL {
            let journey = engine.journey(skims, some[a], some[b], mode, class);
            let cost = skims.class(class).cost(some[a], some[b], mode);
            assert_eq!(journey.is_some(), cost.is_some());
            if let (Some(journey), Some(cost)) = (journey, cost) {
                found += 1;
                // Legs subtract border costs and add them again: rounding, nothing else.
                assert!((journey.cost.hours - cost.hours).abs() < 1e-9 * cost.hours);
                let usd = cost.usd_per_teu;
                assert!((journey.cost.usd_per_teu - usd).abs() < 1e-9 * usd);
            }
        }
    }
    assert!(found >= 6);
}

#[test]
fn alternatives_are_distinct_and_the_first_is_the_cheapest() {
    let (class, value) = (CLASS, value());
    let (engine, skims) = baseline();
    let (from, to) = (
        world().find_places("Chongqing")[0],
        world().find_places("Warsaw")[0],
    );
    let mut several = 0;
    for mode in Mode::ALL {
        let found = engine.alternatives(skims, from, to, mode, class, 3);
        let best = engine.journey(skims, from, to, mode, class);
        assert_eq!(found.first(), best.as_ref());
        let costs: Vec<f64> = found.iter().map(|j| j.cost.generalised(value)).collect();
        assert!(
            costs
                .windows(2)
                .all(|pair| pair[0] <= pair[1] + 1e-9 * pair[1])
        );
        for (at, journey) in found.iter().enumerate() {
            let own: Vec<_> = journey.legs.iter().flat_map(|leg| &leg.links).collect();
            for better in &found[..at] {
                let other: Vec<_> = better.legs.iter().flat_map(|leg| &leg.links).collect();
                let shared = own.iter().filter(|link| other.contains(link));
                let km: f64 = shared.map(|l| world().network.links[l.index()].km).sum();
                assert!(km <= 0.7 * journey.km + 1e-6);
            }
        }
        several += usize::from(found.len() > 1);
    }
    assert!(several >= 2, "the two places have more than one way");
}

/// A journey that runs over a link is among those that select it, and one that does not cost less
/// over it: closing the link changes nothing for it.
#[test]
fn select_link_names_the_journeys_over_a_link() {
    let (class, value) = (CLASS, [(CLASS, value())]);
    let (engine, skims) = baseline();
    let places: Vec<PlaceId> = (0..world().places.len()).map(PlaceId::from_index).collect();
    let some = hundred(&places);
    for mode in [Mode::Rail, Mode::Road, Mode::Sea] {
        // Some journey of many links.
        let pairs = some.iter().zip(&some[7..]);
        let (from, to, journey) = pairs
            .filter_map(|(a, b)| Some((*a, *b, engine.journey(skims, *a, *b, mode, class)?)))
            .find(|(_, _, j)| j.legs.iter().map(|leg| leg.links.len()).sum::<usize>() > 20)
            .expect("not all are short");
        let legs = journey.legs.iter();
        let links: Vec<_> = legs.flat_map(|leg| leg.links.iter().copied()).collect();
        let link = links[links.len() / 2];
        let uses = engine.select_link(skims, link, class);
        assert!(
            uses.iter()
                .any(|u| (u.from, u.to, u.mode) == (from, to, mode))
        );
        assert!(uses.is_sorted());
        // Those named among neighbours of the two places, and those followed link by link.
        for (a, b) in some.iter().take(12).flat_map(|a| [(*a, to), (from, *a)]) {
            let journey = engine.journey(skims, a, b, mode, class);
            let mut legs = journey.iter().flat_map(|j| &j.legs);
            let runs = legs.any(|leg| leg.links.contains(&link));
            let key = (a, b, mode);
            let named = uses.binary_search_by_key(&key, |u| (u.from, u.to, u.mode));
            assert_eq!(named.is_ok(), runs);
        }
        let mut closed = world().clone();
        closed.network.links[link.index()].open = false;
        let after = Engine::for_classes(&closed, &value).skim(Some(skims), &|| {});
        let mut dearer = 0;
        for a in &some {
            for b in &some {
                for by in Mode::ALL {
                    let cost = |skims: &Skims| skims.class(class).cost(*a, *b, by);
                    let at = uses.binary_search_by_key(&(*a, *b, by), |u| (u.from, u.to, u.mode));
                    let named = at.is_ok();
                    if !named {
                        assert_eq!(cost(skims), cost(&after));
                    }
                    dearer += usize::from(cost(skims) != cost(&after));
                }
            }
        }
        assert!(dearer > 0 || uses.len() < 100, "a much used link is missed");
    }
}

/// A scenario's skim takes what it can from the baseline's; the result must not show it.
#[test]
fn a_skim_after_another_is_a_skim_from_nothing() {
    let (class, value) = (CLASS, [(CLASS, value())]);
    let (_, before) = baseline();
    for change in [rails_change, a_road_closes, seas_and_skies_change] {
        let mut changed = world().clone();
        change(&mut changed);
        let engine = Engine::for_classes(&changed, &value);
        let fresh = engine.skim(None, &|| {});
        let reused = engine.skim(Some(before), &|| {});
        let mut differ = 0;
        let places = || (0..changed.places.len()).map(PlaceId::from_index);
        for (a, b) in places().flat_map(|a| places().map(move |b| (a, b))) {
            for mode in Mode::ALL {
                let cost = reused.class(class).cost(a, b, mode);
                assert_eq!(cost, fresh.class(class).cost(a, b, mode));
                differ += usize::from(cost != before.class(class).cost(a, b, mode));
            }
            let composite = fresh.class(class).composite(a, b);
            assert_eq!(reused.class(class).composite(a, b), composite);
        }
        assert!(differ > 0, "the change is felt");
    }
}

fn links_of(world: &World, mode: Mode) -> Vec<usize> {
    let network = &world.network;
    (0..network.links.len())
        .filter(|at| network.classes[network.links[*at].class.index()].mode == mode)
        .collect()
}

/// A line closed, one improved, and a new one between two others' ends with a new node on it.
fn rails_change(world: &mut World) {
    let rails = links_of(world, Mode::Rail);
    let network = &mut world.network;
    network.links[rails[rails.len() / 2]].open = false;
    network.links[rails[rails.len() / 3]].km *= 0.25;
    let mut first = network.links[rails[10]].clone();
    let mut second = network.links[rails[rails.len() / 5]].clone();
    let node = network.nodes[first.from.index()].clone();
    network.nodes.push(node);
    let new = NodeId::from_index(network.nodes.len() - 1);
    (first.to, second.to) = (new, new);
    network.links.extend([first, second]);
}

fn a_road_closes(world: &mut World) {
    let roads = links_of(world, Mode::Road);
    // One that matters: the longest.
    let longest = roads
        .into_iter()
        .max_by(|a, b| {
            let links = &world.network.links;
            links[*a].km.total_cmp(&links[*b].km)
        })
        .unwrap();
    world.network.links[longest].open = false;
}

/// A sea lane gets longer and the borders dearer by air.
fn seas_and_skies_change(world: &mut World) {
    let lanes = links_of(world, Mode::Sea);
    let network = &mut world.network;
    network.links[lanes[lanes.len() / 2]].km *= 3.0;
    for border in network.borders.iter_mut().filter(|b| b.mode == Mode::Air) {
        border.hours += 24.0;
    }
}
