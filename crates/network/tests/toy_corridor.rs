//! The corridor worked by hand in tests/reference/toy_corridor/README.md.

use comity_network::{Engine, Skims};
use comity_world::{CommodityClass, Mode, Source, World};

const TOLERANCE: f64 = 1e-9;

fn world() -> World {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/toy_corridor"
    );
    World::load(&Source::Folder(folder.into())).unwrap_or_else(|e| panic!("{e}"))
}

fn skim(world: &World, value_of_time: f64) -> (Engine<'_>, Skims) {
    let engine = Engine::new(world, [value_of_time; 3]);
    let skims = engine.skim(None, &|| {});
    (engine, skims)
}

fn generalised(world: &World, value: f64) -> [Option<f64>; 4] {
    let (a, c) = (world.find_places("A")[0], world.find_places("C")[0]);
    let (_, skims) = skim(world, value);
    let class = skims.class(CommodityClass::General);
    Mode::ALL.map(|mode| class.cost(a, c, mode).map(|cost| cost.generalised(value)))
}

fn close(found: Option<f64>, expected: f64) {
    let found = found.expect("reachable");
    assert!(
        (found - expected).abs() < TOLERANCE,
        "{found} is not {expected}"
    );
}

#[test]
fn each_main_mode_costs_what_the_hand_says() {
    for value in [0.2, 1.0] {
        let [rail, road, sea, air] = generalised(&world(), value);
        close(rail, 44.0 + 84.0 * value);
        close(road, 76.0 + 30.5 * value);
        close(sea, 50.0 + 132.0 * value);
        assert_eq!(air, None);
    }
    let [rail, road, ..] = generalised(&world(), 32.0 / 53.5);
    close(rail, road.unwrap());
}

#[test]
fn shares_and_composite_are_logit() {
    let world = world();
    let (a, c) = (world.find_places("A")[0], world.find_places("C")[0]);
    let (_, skims) = skim(&world, 0.2);
    let choice = skims.class(CommodityClass::General).choice(a, c).unwrap();
    for (mode, share) in [
        (Mode::Rail, 0.752_460_528_0),
        (Mode::Road, 0.089_420_372_9),
        (Mode::Sea, 0.158_119_099_1),
    ] {
        assert!((choice.shares[mode as usize] - share).abs() < TOLERANCE);
    }
    close(Some(choice.cost), 57.955_932_618_1);
    assert_eq!(
        skims.class(CommodityClass::General).composite(a, c),
        Some(choice.cost)
    );
}

#[test]
fn interdiction_ends_in_unreachable_and_never_in_a_big_number() {
    let mut world = world();
    let link = |world: &World, km: f64| {
        world
            .network
            .links
            .iter()
            .position(|l| l.km == km)
            .expect("the link is there")
    };
    let least = |world: &World| {
        generalised(world, 0.2)
            .into_iter()
            .flatten()
            .min_by(f64::total_cmp)
    };
    close(least(&world), 60.8);
    for (km, expected) in [(300.0, Some(76.4)), (1665.0, Some(82.1)), (320.0, None)] {
        let at = link(&world, km);
        world.network.links[at].open = false;
        match expected {
            Some(cost) => close(least(&world), cost),
            None => assert_eq!(least(&world), None),
        }
    }
    let (a, c) = (world.find_places("A")[0], world.find_places("C")[0]);
    let (engine, skims) = skim(&world, 0.2);
    let class = skims.class(CommodityClass::General);
    assert_eq!(class.composite(a, c), None);
    assert_eq!(class.choice(a, c), None);
    assert_eq!(class.mean(a, c), None);
    for mode in Mode::ALL {
        assert_eq!(
            engine.journey(&skims, a, c, mode, CommodityClass::General),
            None
        );
    }
    assert_eq!(engine.isolated_places(&skims).len(), 2);
}

#[test]
fn a_closed_border_is_not_crossed() {
    let mut world = world();
    for border in &mut world.network.borders {
        border.open = border.mode != Mode::Road;
    }
    assert_eq!(generalised(&world, 0.2)[Mode::Road as usize], None);
}

#[test]
fn abolishing_the_break_of_gauge_saves_its_hours_and_fee() {
    let mut world = world();
    for class in &mut world.network.classes {
        (class.fixed_hours, class.fixed_usd_per_teu) = (0.0, 0.0);
    }
    close(generalised(&world, 0.2)[Mode::Rail as usize], 60.8 - 12.8);
}

#[test]
fn legs_add_up_to_the_skim_and_name_border_and_gauge() {
    let world = world();
    let (a, c) = (world.find_places("A")[0], world.find_places("C")[0]);
    let (engine, skims) = skim(&world, 0.2);
    for mode in [Mode::Rail, Mode::Road, Mode::Sea] {
        let journey = engine
            .journey(&skims, a, c, mode, CommodityClass::General)
            .unwrap();
        let cost = skims
            .class(CommodityClass::General)
            .cost(a, c, mode)
            .unwrap();
        assert!((journey.cost.hours - cost.hours).abs() < TOLERANCE);
        assert!((journey.cost.usd_per_teu - cost.usd_per_teu).abs() < TOLERANCE);
    }
    let rail = engine
        .journey(&skims, a, c, Mode::Rail, CommodityClass::General)
        .unwrap();
    let kinds: Vec<&str> = rail.legs.iter().map(|l| l.kind.label()).collect();
    assert_eq!(
        kinds,
        [
            "terminal",
            "rail",
            "gauge-change",
            "rail",
            "border",
            "terminal"
        ]
    );
    assert_eq!(rail.km, 800.0);
}

#[test]
fn an_earlier_skim_changes_nothing_but_the_work() {
    let changes: [fn(&mut World); 7] = [
        |_| (),
        |w| w.network.links[0].km *= 0.5,
        |w| w.network.links.iter_mut().for_each(|l| l.km *= 1.5),
        |w| w.network.terminals.iter_mut().for_each(|t| t.hours += 1.0),
        |w| w.network.borders.iter_mut().for_each(|b| b.hours += 1.0),
        |w| w.settings.journeys.local_km += 10.0,
        |w| w.places.reverse(),
    ];
    let before = world();
    let (_, earlier) = skim(&before, 0.2);
    for change in changes {
        let mut after = world();
        change(&mut after);
        let engine = Engine::new(&after, [0.2; 3]);
        let fresh = engine.skim(None, &|| {});
        let reused = engine.skim(Some(&earlier), &|| {});
        let (a, c) = (after.find_places("A")[0], after.find_places("C")[0]);
        for (from, to) in [(a, c), (c, a), (a, a)] {
            for class in CommodityClass::ALL {
                let (fresh, reused) = (fresh.class(class), reused.class(class));
                for mode in Mode::ALL {
                    assert_eq!(fresh.cost(from, to, mode), reused.cost(from, to, mode));
                }
                assert_eq!(fresh.composite(from, to), reused.composite(from, to));
            }
        }
    }
}

#[test]
fn one_class_alone_costs_what_it_costs_among_all() {
    let world = world();
    let (a, c) = (world.find_places("A")[0], world.find_places("C")[0]);
    let class = CommodityClass::General;
    let engine = Engine::for_classes(&world, &[(class, 0.2)]);
    let alone = engine.skim(None, &|| {});
    let (_, all) = skim(&world, 0.2);
    assert_eq!(alone.classes.len(), 1);
    for mode in Mode::ALL {
        assert_eq!(
            alone.class(class).cost(a, c, mode),
            all.class(class).cost(a, c, mode)
        );
        let journey = engine.journey(&alone, a, c, mode, class);
        assert_eq!(
            journey.is_some(),
            alone.class(class).cost(a, c, mode).is_some()
        );
    }
}
