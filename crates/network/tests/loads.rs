//! What journeys are made of, added up: against journeys followed link by link.

use comity_network::{Engine, LegKind, Selection, Skims, values_of_time};
use comity_world::{CommodityClass, LinkId, Mode, PlaceId, Source, TerminalKind, World};

const CLASS: CommodityClass = CommodityClass::General;

fn world(name: &str) -> World {
    let folder = format!(
        "{}/../../tests/reference/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    World::load(&Source::Folder(folder.into())).unwrap_or_else(|e| panic!("{e}"))
}

fn with_skims(world: &World, test: impl Fn(&Engine, &Skims)) {
    let engine = Engine::new(world, values_of_time(world));
    let skims = engine.skim(None, &|| {});
    test(&engine, &skims);
}

fn places(world: &World) -> impl Iterator<Item = PlaceId> + Clone + use<> {
    (0..world.places.len()).map(PlaceId::from_index)
}

/// Some weight of each pair, none of them the same.
fn weight(from: PlaceId, to: PlaceId) -> f64 {
    1.0 + from.index() as f64 * 10.0 + to.index() as f64
}

#[test]
fn kilometres_are_those_of_the_journey() {
    for name in ["tiny_world", "toy_corridor"] {
        let world = world(name);
        with_skims(&world, |engine, skims| {
            let tracer = engine.tracer(skims, CLASS);
            let mut found = 0;
            for from in places(&world) {
                for (to, mode) in places(&world).flat_map(|to| Mode::ALL.map(|m| (to, m))) {
                    let km = tracer.km(from, to, mode);
                    let journey = engine.journey(skims, from, to, mode, CLASS);
                    assert_eq!(km.is_some(), journey.is_some());
                    if let (Some(km), Some(journey)) = (km, journey) {
                        found += 1;
                        assert!((km - journey.km).abs() <= 1e-9 * journey.km.max(1.0));
                    }
                }
            }
            assert!(found >= 6);
        });
    }
}

#[test]
fn loads_are_those_of_all_journeys_followed() {
    let world = world("tiny_world");
    with_skims(&world, |engine, skims| {
        let loads = engine.loads(skims, CLASS, weight);
        let mut links = vec![0.0; world.network.links.len()];
        let (mut total, mut ports) = (0.0, 0.0);
        let mut either = 0.0;
        let of_rail = |link: &LinkId| {
            let network = &world.network;
            network.mode(&network.links[link.index()]) == Mode::Rail
        };
        let all = (0..links.len()).map(LinkId::from_index);
        let two: Vec<LinkId> = all.filter(of_rail).take(2).collect();
        for (from, to) in places(&world).flat_map(|a| places(&world).map(move |b| (a, b))) {
            let Some(choice) = skims.class(CLASS).choice(from, to) else {
                continue;
            };
            total += weight(from, to);
            for mode in Mode::ALL {
                let part = weight(from, to) * choice.shares[mode as usize];
                let Some(journey) = engine.journey(skims, from, to, mode, CLASS) else {
                    continue;
                };
                let over: Vec<LinkId> = journey
                    .legs
                    .iter()
                    .flat_map(|leg| leg.links.iter().copied())
                    .collect();
                over.iter().for_each(|link| links[link.index()] += part);
                if over.iter().any(|link| two.contains(link)) {
                    either += part;
                }
                let calls = |leg: &&comity_network::Leg| {
                    leg.kind == LegKind::Terminal && leg.what.starts_with("port")
                };
                ports += part * journey.legs.iter().filter(calls).count() as f64;
            }
        }
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * total;
        assert!(close(loads.total, total));
        for (own, by_hand) in loads.links.iter().zip(&links) {
            assert!(close(*own, *by_hand), "{own} is not {by_hand}");
        }
        assert!(links.iter().filter(|l| **l > 0.0).count() > 8);
        assert!(close(loads.terminals.iter().sum(), ports) && ports > 0.0);
        assert!(close(loads.over(&two), either) && either > 0.0);
        // What is shared with itself is all.
        for at in (0..links.len()).map(LinkId::from_index) {
            let shared = loads.shared(at);
            assert!(close(shared[at.index()], links[at.index()]));
            let mut pairs = shared.iter().zip(&links);
            assert!(pairs.all(|(shared, own)| *shared <= own + 1e-9 * total));
        }
    });
}

/// Several weights at once are each of them alone, to the bit.
#[test]
fn weights_do_not_mix() {
    let world = world("tiny_world");
    with_skims(&world, |engine, skims| {
        let costs = skims.class(CLASS);
        let parts = |from, to, scale: f64| {
            let choice = costs.choice(from, to)?;
            Some(choice.shares.map(|share| scale * share))
        };
        let other = |from: PlaceId, to: PlaceId| weight(to, from).sqrt();
        let both = engine.loads_by_mode(skims, CLASS, |from, to| {
            let own = parts(from, to, weight(from, to))?;
            Some([own, parts(from, to, other(from, to))?])
        });
        let alone = [
            engine.loads(skims, CLASS, weight),
            engine.loads(skims, CLASS, other),
        ];
        for (one, alone) in both.iter().zip(&alone) {
            assert_eq!(one.links, alone.links);
            assert_eq!(one.terminals, alone.terminals);
        }
        assert_ne!(both[0].links, both[1].links);
    });
}

#[test]
fn a_selection_is_what_journeys_followed_use() {
    let world = world("tiny_world");
    let network = &world.network;
    let port = (0..network.terminals.len())
        .find(|at| network.terminals[*at].kind == TerminalKind::Port)
        .map(comity_world::TerminalId::from_index)
        .expect("a port");
    let territory = |iso3: &str| world.territory(iso3).expect(iso3);
    let by_air = (territory("XAA"), territory("XBB"), Mode::Air);
    with_skims(&world, |engine, skims| {
        let links: Vec<LinkId> = [0, 3, 9].map(LinkId::from_index).to_vec();
        let selections = [
            Selection {
                links: links.clone(),
                ..Selection::default()
            },
            Selection {
                ports: vec![port],
                ..Selection::default()
            },
            Selection {
                crossings: vec![by_air],
                ..Selection::default()
            },
        ];
        for selection in selections {
            let uses = engine.select(skims, &selection, CLASS);
            assert!(uses.is_sorted() && !uses.is_empty());
            for (from, to) in places(&world).flat_map(|a| places(&world).map(move |b| (a, b))) {
                for mode in Mode::ALL {
                    let journey = engine.journey(skims, from, to, mode, CLASS);
                    let legs = journey.iter().flat_map(|j| &j.legs);
                    let name = format!("port terminal {}", network.terminals[port.index()].name);
                    let mut legs = legs.filter(|leg| {
                        leg.links.iter().any(|link| selection.links.contains(link))
                            || !selection.ports.is_empty() && leg.what == name
                            || !selection.crossings.is_empty()
                                && leg.kind == LegKind::Border
                                && leg.what.ends_with("(air)")
                                && ["Alphaland", "Betaland"]
                                    .iter()
                                    .all(|t| leg.what.contains(t))
                    });
                    let uses = uses
                        .iter()
                        .any(|u| (u.from, u.to, u.mode) == (from, to, mode));
                    assert_eq!(uses, legs.next().is_some(), "{from:?} {to:?} {mode:?}");
                }
            }
        }
    });
}
