//! What flows over a link: the toy corridor by hand, and the tiny world journey by journey.

mod common;

use comity_appraisal::risk::Base;
use comity_appraisal::{FlowsOutcome, Silent, choose, flows};
use comity_network::{Engine, values_of_time};
use comity_world::{CommodityClass, Mode, PlaceId, World};
use std::sync::LazyLock;

fn tiny() -> &'static World {
    static WORLD: LazyLock<World> = LazyLock::new(|| common::load("tests/reference/tiny_world"));
    &WORLD
}

fn toy() -> &'static World {
    static WORLD: LazyLock<World> = LazyLock::new(|| common::load("tests/reference/toy_corridor"));
    &WORLD
}

fn over(base: &Base, items: &[&str]) -> FlowsOutcome {
    let chosen = choose(base, items)
        .map_err(|found| comity_world::problem::list(&found))
        .unwrap();
    flows(base, chosen, "", &Silent)
}

fn base(world: &World) -> Base<'_> {
    Base {
        world,
        scenario: None,
    }
}

/// 1 % of 1,000 USD a day is 10 ÷ 24 USD an hour, at which rail costs 44 + 84 v = 79, road
/// 76 + 30.5 v = 88.7083 and sea 50 + 132 v = 105; μ is 0.1. Twenty million go either way.
fn shares_by_hand() -> [f64; 3] {
    let value = 10.0 / 24.0;
    let costs = [
        44.0 + 84.0 * value,
        76.0 + 30.5 * value,
        50.0 + 132.0 * value,
    ];
    let weights = costs.map(|cost| f64::exp(-0.1 * (cost - costs[0])));
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

#[test]
fn the_toy_corridor_by_hand() {
    let [rail, road, sea] = shares_by_hand();
    assert!((rail - 0.688_211).abs() < 1e-6, "{rail}");
    // The railway; the road over the border; the road to the port; the strait; both of the last.
    for (items, share, modes) in [
        (&["XXX-YYY:rail"][..], rail, 1),
        (&["near:A:rail"], rail, 1),
        (&["between:A:C:rail"], rail, 1),
        (&["link:4"], road, 1),
        (&["link:7"], sea, 1),
        (&["strait"], sea, 1),
        (&["port:P", "strait"], sea, 1),
        (&["link:4", "strait", "link:7"], road + sea, 2),
    ] {
        let found = over(&base(toy()), items);
        assert_eq!(found.after, None);
        assert!(
            (found.before.abroad_musd - 40.0 * share).abs() < 1e-6,
            "{items:?} {found:?}"
        );
        assert!((found.before.abroad_percent - 100.0 * share).abs() < 1e-6);
        assert_eq!(found.before.domestic_musd, 0.0);
        assert_eq!(found.before.place_pairs, 2 * modes);
        assert_eq!(found.pairs.len(), 2);
        for pair in &found.pairs {
            assert_eq!(pair.goods_musd, 20.0);
            assert!((pair.over_musd - 20.0 * share).abs() < 1e-6);
            assert!((pair.over_percent - 100.0 * share).abs() < 1e-6);
        }
    }
}

#[test]
fn a_scenario_shifts_what_flows() {
    let text = "name = \"Test\"\nworld = \"toy\"\n[[modification]]\ntype = \"close-link\"\n\
        passage = \"strait\"\n";
    let (_, resolved) = comity_scenario::check("test.toml", text, toy()).unwrap();
    let changed = resolved.apply(toy());
    let base = Base {
        world: toy(),
        scenario: Some((&resolved, &changed)),
    };
    let [rail, road, sea] = shares_by_hand();
    let found = over(&base, &["strait"]);
    assert!(found.chosen[0].there_before && !found.chosen[0].there_after);
    assert!((found.before.abroad_musd - 40.0 * sea).abs() < 1e-6);
    assert_eq!(found.after.unwrap().abroad_musd, 0.0);
    assert_eq!(found.pairs[0].over_after_musd, Some(0.0));
    let found = over(&base, &["XXX-YYY:rail"]);
    let after = found.after.unwrap();
    assert!((after.abroad_musd - 40.0 * rail / (rail + road)).abs() < 1e-6);
    assert!(after.abroad_musd > found.before.abroad_musd);
}

/// Every pair of every sector, spread over places as trade costs do, and every journey followed.
#[test]
fn the_tiny_world_journey_by_journey() {
    let world = tiny();
    let engine = Engine::new(world, values_of_time(world));
    let skims = engine.skim(None, &|| ());
    let places = || (0..world.places.len()).map(PlaceId::from_index);
    let economy = |place: PlaceId| world.economy_of_place(place).index();
    let n = world.economies.len();
    let link = 0;
    let (mut abroad, mut domestic) = (0.0, 0.0);
    let mut by_class = [0.0; 3];
    for (j, sector) in world.sectors.iter().enumerate() {
        let Some(freight) = &sector.freight else {
            continue;
        };
        let skim = skims.class(freight.class);
        let weight = |a: PlaceId, b: PlaceId| {
            let cost = skim.composite(a, b);
            let factor = cost.map_or(0.0, |g| {
                (1.0 + g / freight.usd_per_teu).powf(-sector.trade_elasticity)
            });
            world.places[a.index()].weight * world.places[b.index()].weight * factor
        };
        for (a, b) in places().flat_map(|a| places().map(move |b| (a, b))) {
            let pair = (economy(a), economy(b));
            let all: f64 = places()
                .flat_map(|x| places().map(move |y| (x, y)))
                .filter(|(x, y)| (economy(*x), economy(*y)) == pair)
                .map(|(x, y)| weight(x, y))
                .sum();
            let Some(choice) = skim.choice(a, b) else {
                continue;
            };
            let value = world.trade.value_musd[(j * n + pair.1) * n + pair.0];
            for mode in Mode::ALL {
                let journey = engine.journey(&skims, a, b, mode, freight.class);
                let runs = journey.is_some_and(|journey| {
                    let mut links = journey.legs.iter().flat_map(|leg| &leg.links);
                    links.any(|l| l.index() == link)
                });
                if runs {
                    let musd = value * weight(a, b) / all * choice.shares[mode as usize];
                    by_class[freight.class.index()] += musd;
                    *(if pair.0 == pair.1 {
                        &mut domestic
                    } else {
                        &mut abroad
                    }) += musd;
                }
            }
        }
    }
    let found = over(&base(world), &[&format!("link:{link}")]).before;
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.max(1.0);
    assert!(
        close(found.abroad_musd, abroad) && abroad > 0.0,
        "{found:?}"
    );
    assert!(close(found.domestic_musd, domestic), "{found:?}");
    for class in CommodityClass::ALL {
        assert!(close(
            found.by_class_musd[class.label()],
            by_class[class.index()]
        ));
    }
    assert!(close(found.by_mode_musd.values().sum(), abroad + domestic));
}

#[test]
fn mistakes_come_all_at_once() {
    let items = [
        "near:Alphaprt:rail",
        "near:Alphaport:rial",
        "between:Alphaport:Nowhere:road",
        "near:Alphaport",
        "link:99",
        "near:Alphaport:air",
    ];
    let problems = choose(&base(tiny()), &items).err().expect("mistakes");
    assert_eq!(problems.len(), items.len());
    for (problem, hint) in problems.iter().zip([
        "did you mean Alphaport?",
        "did you mean rail?",
        "there is no such place",
        "near:PLACE:MODE",
        "there are 17 links",
        "rail, road, sea",
    ]) {
        assert!(problem.to_string().contains(hint), "{problem}");
    }
}
