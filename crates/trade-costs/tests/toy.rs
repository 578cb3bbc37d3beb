//! Trade costs on the toy corridor, by hand: one place each side, so the economy pair is the pair.

use comity_network::Engine;
use comity_world::{CommodityClass, EconomyId, SectorId, Source, World};

fn world() -> World {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/toy_corridor"
    );
    World::load(&Source::Folder(folder.into())).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn no_change_is_exactly_no_change() {
    let world = world();
    let skims = Engine::new(&world, [0.2; 3]).skim(None, &|| {});
    let change = comity_trade_costs::change(&world, &skims, &skims);
    let factors = comity_trade_costs::factors(&world, &skims, None, &skims);
    assert_eq!(factors, change.factor);
    assert!(change.factor.iter().all(|k| *k == 1.0));
    assert!(change.unconnected.is_empty() && change.cut_off.is_empty());
}

#[test]
fn one_pair_of_places_is_the_pair_of_economies() {
    let before = world();
    let mut after = before.clone();
    for class in &mut after.network.classes {
        (class.fixed_hours, class.fixed_usd_per_teu) = (0.0, 0.0);
    }
    let skim = |world: &World| Engine::new(world, [0.2; 3]).skim(None, &|| {});
    let (old, new) = (skim(&before), skim(&after));
    let change = comity_trade_costs::change(&before, &old, &new);
    let (x, y) = (EconomyId::from_index(0), EconomyId::from_index(1));
    let found = change.factor(SectorId::from_index(0), y, x);
    // Logsum with rail at 48.0 instead of 60.8; value density 1000 USD per TEU.
    let logsum = |rail: f64| {
        let sum: f64 = [rail, 82.1, 76.4]
            .iter()
            .map(|g: &f64| (-0.1 * g).exp())
            .sum();
        -sum.ln() / 0.1
    };
    let expected = (1.0 + logsum(48.0) / 1000.0) / (1.0 + logsum(60.8) / 1000.0);
    assert!(
        (found - expected).abs() < 1e-12,
        "{found} is not {expected}"
    );
    // At home nothing changes.
    assert_eq!(change.factor(SectorId::from_index(0), x, x), 1.0);
}

#[test]
fn a_pair_cut_off_is_named() {
    let before = world();
    let mut after = before.clone();
    after
        .network
        .borders
        .iter_mut()
        .for_each(|b| b.open = false);
    let skim = |world: &World| Engine::new(world, [0.2; 3]).skim(None, &|| {});
    let (old, new) = (skim(&before), skim(&after));
    let change = comity_trade_costs::change(&before, &old, &new);
    assert_eq!(change.cut_off.len(), 2);
    let factors = comity_trade_costs::factors(&before, &old, None, &new);
    assert_eq!(factors, change.factor);
    assert!(
        change
            .factor(
                SectorId::from_index(0),
                EconomyId::from_index(0),
                EconomyId::from_index(1)
            )
            .is_infinite()
    );
    let means = comity_trade_costs::pair_means(&after, &new, CommodityClass::General);
    assert_eq!(means[1], None);
}

#[test]
fn the_worlds_own_valuation_gives_the_same_change() {
    use comity_trade_costs::{Affected, Valuation};
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/tiny_world"
    );
    let before = World::load(&Source::Folder(folder.into())).unwrap_or_else(|e| panic!("{e}"));
    let mut after = before.clone();
    for border in &mut after.network.borders {
        border.hours *= 0.5;
    }
    let values = comity_network::values_of_time(&before);
    let skim = |world: &World| Engine::new(world, values).skim(None, &|| {});
    let (old, new) = (skim(&before), skim(&after));
    let change = comity_trade_costs::change(&before, &old, &new);
    let factors = comity_trade_costs::factors(&before, &old, None, &new);
    assert_eq!(factors, change.factor);
    // From a state in between, part of whose pairs cost what they cost in the end: the same.
    let mut between = before.clone();
    for border in between.network.borders.iter_mut().step_by(2) {
        border.hours *= 0.5;
    }
    let between = skim(&between);
    let known = comity_trade_costs::factors(&before, &old, None, &between);
    assert_ne!(known, factors);
    for (skims, own) in [(&between, &known), (&new, &factors)] {
        let found = comity_trade_costs::factors(&before, &old, Some((skims, own)), &new);
        assert_eq!(found, factors);
    }
    let back = comity_trade_costs::factors(&before, &old, Some((&new, &factors)), &old);
    assert!(back.iter().all(|factor| *factor == 1.0));
    let affected = Affected::new(&before, &old, &new);
    assert!(affected.economy_pairs() > 0);
    let central = Valuation::central(&before);
    for (a, b) in affected.change(&central).iter().zip(&change.factor) {
        // The same sums in the same order, but for factors of exactly one.
        assert!((a - b).abs() <= 1e-14, "{a} is not {b}");
    }
    // Goods worth less a container feel a saving more.
    let mut light = central.clone();
    for density in light.usd_per_teu.iter_mut().flatten() {
        *density *= 0.5;
    }
    let (full, half) = (affected.change(&central), affected.change(&light));
    let at = (0..full.len())
        .find(|k| full[*k] < 1.0)
        .expect("a pair that gains");
    assert!(half[at] < full[at]);
    // Nothing changes, nothing is touched.
    assert_eq!(Affected::new(&before, &old, &old).economy_pairs(), 0);
}
