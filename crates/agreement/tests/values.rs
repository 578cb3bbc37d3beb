//! Properties of the values on random games, and another program's answers.

mod common;

use comity_agreement::AgreementError;
use comity_agreement::coalition::{Coalition, Game, Players};
use comity_agreement::values::{
    Domain, Per, core_range, largest_excess, least_core, nucleolus, shapley, shapley_sampled,
};
use common::{close, from_table};
use coopgame::{Domain as TheirDomain, ExplicitGame, nucleolus as theirs};
use proptest::prelude::*;
use std::convert::Infallible;

/// Games with small whole values, where ties and degenerate programmes are common.
fn games(most: usize) -> impl Strategy<Value = Game> {
    (1..=most).prop_flat_map(|players| {
        prop::collection::vec(-20i32..40, 1 << players).prop_map(|mut table| {
            table[0] = 0;
            from_table(table.into_iter().map(f64::from).collect())
        })
    })
}

/// Games in which everyone together gains most, so that imputations exist.
fn essential_games(most: usize) -> impl Strategy<Value = Game> {
    games(most).prop_map(|game| {
        let mut table = game.values().to_vec();
        let last = table.len() - 1;
        let alone: f64 = (0..game.len()).map(|i| table[1 << i]).sum();
        table[last] = table[last].max(alone + 3.0);
        from_table(table)
    })
}

fn bits(set: usize, order: &[usize]) -> usize {
    (0..order.len())
        .filter(|i| set >> i & 1 == 1)
        .map(|i| 1 << order[i])
        .sum()
}

/// The definition: the mean over all orders of joining.
fn by_orders(game: &Game) -> Vec<f64> {
    fn join(game: &Game, joined: Coalition, weight: f64, total: &mut [f64]) {
        let left = game.len() - joined.size();
        for player in (0..game.len()).filter(|p| !joined.contains(*p)) {
            let after = joined.with(player);
            let share = weight / left as f64;
            total[player] += share * (game.value(after) - game.value(joined));
            join(game, after, share, total);
        }
    }
    let mut total = vec![0.0; game.len()];
    join(game, Coalition::EMPTY, 1.0, &mut total);
    total
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn shapley_is_the_mean_over_orders_and_efficient(game in games(6)) {
        let found = shapley(&game);
        close(&found, &by_orders(&game), 1e-11);
        prop_assert!((found.iter().sum::<f64>() - game.grand()).abs() < 1e-12 * game.scale() * 8.0);
    }

    #[test]
    fn shapley_is_additive(players in 1usize..10, seed in any::<u64>()) {
        let value = |set: usize, salt: u64| {
            let mixed = (set as u64 ^ salt).wrapping_mul(seed | 1).rotate_left(17) % 1000;
            if set == 0 { 0.0 } else { mixed as f64 / 7.0 }
        };
        let table = |salt: u64| (0..1usize << players).map(|s| value(s, salt)).collect::<Vec<_>>();
        let (a, b) = (table(0), table(99));
        let both = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        let sum: Vec<f64> = shapley(&from_table(a))
            .iter()
            .zip(shapley(&from_table(b)))
            .map(|(a, b)| a + b)
            .collect();
        close(&shapley(&from_table(both)), &sum, 1e-12 * 300.0);
    }

    #[test]
    fn a_player_that_adds_its_own_alone_gets_that(game in games(6), own in -5i32..6) {
        let players = game.len();
        let own = f64::from(own);
        let mut table = game.values().to_vec();
        table.extend(game.values().iter().map(|v| v + own));
        let larger = from_table(table);
        let found = shapley(&larger);
        prop_assert!((found[players] - own).abs() < 1e-11);
        close(&found[..players], &shapley(&game), 1e-11);
    }

    #[test]
    fn alike_players_get_alike(game in games(5)) {
        // A copy of player 0: v counts whether one, the other or both are in alike.
        let players = game.len();
        let table = (0..1usize << (players + 1))
            .map(|set| {
                let copies = (set & 1) + (set >> players & 1);
                let others = game.values()[set & ((1 << players) - 1) & !1];
                others + copies as f64 * f64::from((set & !1 & !(1 << players)).count_ones())
            })
            .collect();
        let found = shapley(&from_table(table));
        prop_assert!((found[0] - found[players]).abs() < 1e-11);
    }

    #[test]
    fn the_order_of_members_does_not_matter(
        game in essential_games(5),
        shuffle in Just((0..5usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let players = game.len();
        let order: Vec<usize> = shuffle.into_iter().filter(|i| *i < players).collect();
        let labels: Vec<String> = order.iter().map(|i| format!("{i:02}")).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let table = (0..1usize << players).map(|set| game.values()[bits(set, &order)]).collect();
        let again = Game::from_table(&labels, table).unwrap();
        prop_assert_eq!(&again, &game);
        prop_assert_eq!(shapley(&again), shapley(&game));
        let of = |game: &Game| nucleolus(game, Domain::Imputations, Per::Coalition).unwrap();
        prop_assert_eq!(of(&again), of(&game));
    }

    #[test]
    fn the_least_core_equals_the_other_programs(game in games(6)) {
        let core = least_core(&game).unwrap();
        prop_assert!((core.division.iter().sum::<f64>() - game.grand()).abs() < 1e-9);
        if game.len() > 1 {
            let other = ExplicitGame::from_binary(&game.values()[1..]).unwrap();
            let expected = theirs::least_core(&other, TheirDomain::Preimputation).unwrap();
            prop_assert!((core.epsilon - expected.epsilon()).abs() < 1e-8 * game.scale());
        }
        prop_assert_eq!(core_range(&game).unwrap().is_some(), core.nonempty);
        if core.nonempty {
            for (player, (low, high)) in core_range(&game).unwrap().unwrap().iter().enumerate() {
                let own = core.division[player];
                let slack = 1e-7 * game.scale();
                prop_assert!(low - slack <= own && own <= high + slack);
            }
        }
    }

    #[test]
    fn core_membership_is_no_objection_at_all(game in games(5), division in prop::collection::vec(-9i32..10, 5)) {
        let mut division: Vec<f64> = division[..game.len()].iter().map(|x| f64::from(*x)).collect();
        division[0] += game.grand() - division.iter().sum::<f64>();
        let objections = (1..game.values().len() - 1)
            .map(|set| game.values()[set] - Coalition(set as u64).sum(&division));
        let worst = objections.fold(f64::NEG_INFINITY, f64::max);
        match largest_excess(&game, &division) {
            None => prop_assert_eq!(game.len(), 1),
            Some(found) => {
                prop_assert!((found.value - worst).abs() < 1e-12 * game.scale());
                let core = least_core(&game).unwrap();
                prop_assert!(found.value >= core.epsilon - 1e-9 * game.scale());
            }
        }
    }

    #[test]
    fn the_nucleolus_equals_the_other_programs(game in essential_games(6)) {
        let other = ExplicitGame::from_binary(&game.values()[1..]).unwrap();
        let scale = game.scale();
        let found = nucleolus(&game, Domain::Imputations, Per::Coalition).unwrap();
        let expected = theirs::nucleolus(&other).unwrap();
        close(&found.division, expected.allocation(), 1e-7 * scale);
        let found = nucleolus(&game, Domain::Efficient, Per::Coalition).unwrap();
        let expected = theirs::prenucleolus(&other).unwrap();
        close(&found.division, expected.allocation(), 1e-7 * scale);
        let found = nucleolus(&game, Domain::Imputations, Per::Member).unwrap();
        let expected =
            theirs::variants::per_capita_nucleolus(&other, TheirDomain::Imputation).unwrap();
        close(&found.division, expected.allocation(), 1e-7 * scale);
    }
}

#[test]
fn a_nucleolus_of_twelve_players_passes_kohlberg() {
    // Three kinds of gloves, four owners each: many coalitions with the same objection.
    let table = (0..1usize << 12)
        .map(|set| {
            let kind = |k: usize| (set >> (4 * k) & 0xf).count_ones();
            f64::from(kind(0).min(kind(1)).min(kind(2)))
        })
        .collect();
    let game = from_table(table);
    let found = nucleolus(&game, Domain::Imputations, Per::Coalition).unwrap();
    assert!(found.kohlberg < 1e-9);
    // All three kinds are as scarce, so by symmetry everyone gets a third.
    close(&found.division, &[1.0 / 3.0; 12], 1e-8);
}

#[test]
fn without_imputations_there_is_no_nucleolus() {
    let game = from_table(vec![0.0, 2.0, 2.0, 3.0]);
    let error = nucleolus(&game, Domain::Imputations, Per::Coalition).unwrap_err();
    assert!(matches!(error, AgreementError::NoImputation { .. }));
    let found = nucleolus(&game, Domain::Efficient, Per::Coalition).unwrap();
    close(&found.division, &[1.5, 1.5], 1e-9);
}

#[test]
fn sampling_covers_the_exact_value() {
    let players = Players::new((0..30).map(|i| format!("{i:02}"))).unwrap();
    let weights: Vec<f64> = (0..30).map(|i| 1.0 + f64::from(i % 7)).collect();
    let total: f64 = weights.iter().sum();
    // v = (Σ w)³ has no closed form as simple, v = (Σ w)² does; reversed pairs make the latter
    // exact, so a third power on half of the players adds noise.
    let square = |s: Coalition| Ok::<_, Infallible>(s.sum(&weights).powi(2));
    let exact = shapley_sampled(&players, 10, 1, square).unwrap();
    let expected: Vec<f64> = weights.iter().map(|w| w * total).collect();
    close(&exact.values, &expected, 1e-9 * total * total);
    // Majority: no pair is exact.
    let majority =
        |s: Coalition| Ok::<_, Infallible>(f64::from(u8::from(2.0 * s.sum(&weights) > total)));
    let sampled = shapley_sampled(&players, 4_000, 7, majority).unwrap();
    assert!((sampled.values.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    // Exact: the Shapley–Shubik index of the same game, by generating functions.
    let text: String = players
        .labels()
        .iter()
        .zip(&weights)
        .map(|(label, weight)| format!("\"{label}\" = {weight}, "))
        .collect();
    let text = format!(
        "name = 'm'\n[[criterion]]\nname = 'w'\nmore_than_share = 0.5\nweights = {{ {} }}",
        text.trim_end_matches(", ")
    );
    let rule = comity_agreement::power::Rule::parse("m.toml", &text, &players).unwrap();
    let exact = comity_agreement::power::power(&rule).unwrap();
    let mut squares = 0.0;
    for (i, member) in exact.members.iter().enumerate() {
        let error = sampled.standard_errors[i];
        assert!(error > 0.0 && error < 0.01);
        let z = (sampled.values[i] - member.shapley_shubik) / error;
        assert!(z.abs() < 5.0, "{z}");
        squares += z * z / 30.0;
    }
    // Thirty standardised errors: their mean square is near 1 if the standard errors are right.
    assert!((0.3..2.5).contains(&squares), "{squares}");
    let again = shapley_sampled(&players, 4_000, 7, majority).unwrap();
    assert_eq!(again, sampled);
}

#[test]
fn sums_do_not_drown_small_players() {
    // A dummy beside values of 1e8: a naive sum of 2^17 such values is off by 1e-5.
    let weights: Vec<f64> = (0..17)
        .map(|i| if i == 5 { 0.0 } else { 1e3 + i as f64 })
        .collect();
    let game = common::game(17, |s| Coalition(s as u64).sum(&weights).powi(2));
    assert!(shapley(&game)[5].abs() < 1e-12 * game.grand());
    assert_eq!(shapley(&game)[5], 0.0);
}
