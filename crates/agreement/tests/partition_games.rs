//! Games with externalities, `tests/reference/pfg_myerson`. Exact fractions there; 1e-12 here.

mod common;

use comity_agreement::coalition::externalities::{Conjecture, PartitionGame};
use comity_agreement::coalition::{Coalition, Game, Partition, Players};
use comity_agreement::values::{conjecture_values, myerson, shapley, shapley_bounds};
use common::{close, number, numbers, reference};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::convert::Infallible;

fn players(count: usize) -> Players {
    Players::new((0..count).map(|i| format!("{i:02}"))).unwrap()
}

fn reference_game() -> PartitionGame {
    let reference = reference("pfg_myerson/cases.json");
    let set = |list: &serde_json::Value| {
        let members = list.as_array().unwrap().iter();
        Coalition(members.map(|i| 1 << i.as_u64().unwrap()).sum())
    };
    let mut worth: BTreeMap<(Partition, Coalition), f64> = BTreeMap::new();
    for entry in reference["game"].as_array().unwrap() {
        let blocs = entry["partition"].as_array().unwrap().iter().map(set);
        let partition = Partition::new(blocs.collect());
        worth.insert(
            (partition, set(&entry["coalition"])),
            number(&entry["value"]),
        );
    }
    PartitionGame::tabulate(players(3), |partition| {
        let blocs = partition.blocs().iter();
        Ok::<_, Infallible>(
            blocs
                .map(|bloc| worth[&(partition.clone(), *bloc)])
                .collect(),
        )
    })
    .unwrap()
}

#[test]
fn values_equal_the_reference() {
    let reference = reference("pfg_myerson/cases.json");
    let game = reference_game();
    assert!(game.has_externalities(1e-9));
    close(
        &myerson(&game).unwrap(),
        &numbers(&reference["myerson"]),
        1e-12,
    );
    let by_conjecture = conjecture_values(&game);
    let of = |conjecture| {
        let found = by_conjecture.iter().find(|v| v.conjecture == conjecture);
        found.unwrap().values.clone()
    };
    let expected = numbers(&reference["externality_free"]);
    close(&of(Conjecture::OutsidersAlone), &expected, 1e-12);
    let expected = numbers(&reference["mcquillin"]);
    close(&of(Conjecture::OutsidersTogether), &expected, 1e-12);
}

#[test]
fn bounds_hold_the_value_of_every_conjecture() {
    let game = reference_game();
    for (player, (low, high)) in shapley_bounds(&game).into_iter().enumerate() {
        for found in conjecture_values(&game) {
            let value = found.values[player];
            assert!(low - 1e-12 <= value && value <= high + 1e-12);
        }
    }
}

#[test]
fn a_fixed_conjecture_needs_one_evaluation_a_coalition() {
    let game = reference_game();
    let worth = |partition: &Partition, bloc: Coalition| {
        let found = game
            .embedded()
            .find(|(own, whole, _)| *own == bloc && *whole == partition);
        Ok::<_, Infallible>(found.expect("every partition is there").2)
    };
    for conjecture in [Conjecture::OutsidersAlone, Conjecture::OutsidersTogether] {
        let found = Game::under_conjecture(players(3), conjecture, worth).unwrap();
        assert_eq!(found, game.game(conjecture));
    }
    let error = Game::under_conjecture(players(3), Conjecture::Worst, worth).unwrap_err();
    assert!(
        error.to_string().contains("tabulate a partition game"),
        "{error}"
    );
}

#[test]
fn too_many_players_for_all_partitions() {
    let worth = |_: &Partition| Ok::<_, Infallible>(Vec::new());
    let error = PartitionGame::tabulate(players(11), worth)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("at most 10 players, 11 given; tabulate v(S) under one conjecture"),
        "{error}"
    );
}

#[test]
fn cournot_firms_share_the_monopoly() {
    let reference = reference("pfg_myerson/cases.json");
    let cournot = &reference["cournot"];
    let demand = number(&cournot["a"]);
    for (count, key) in [(3, "myerson_n3"), (4, "myerson_n4")] {
        // k blocs that set quantities: each earns (a / (k + 1))².
        let game = PartitionGame::tabulate(players(count), |partition| {
            let blocs = partition.blocs().len();
            Ok::<_, Infallible>(vec![(demand / (blocs as f64 + 1.0)).powi(2); blocs])
        })
        .unwrap();
        close(
            &myerson(&game).unwrap(),
            &numbers(&cournot[key]),
            1e-12 * demand * demand,
        );
    }
}

#[test]
fn ten_players_lose_six_digits_at_most() {
    let worth = |bloc: Coalition| (bloc.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64;
    let game = PartitionGame::tabulate(players(10), |partition| {
        Ok::<_, Infallible>(partition.blocs().iter().map(|bloc| worth(*bloc)).collect())
    })
    .unwrap();
    // Without externalities: Shapley. Worths reach 2^24.
    let expected = shapley(&game.game(Conjecture::OutsidersAlone));
    close(&myerson(&game).unwrap(), &expected, 1e-9 * 2f64.powi(24));
}

proptest! {
    #[test]
    fn without_externalities_myerson_is_shapley(
        count in 1usize..6,
        worth in prop::collection::vec(-9i32..10, 32),
    ) {
        let value = |bloc: Coalition| f64::from(worth[bloc.0 as usize]);
        let game = PartitionGame::tabulate(players(count), |partition| {
            Ok::<_, Infallible>(partition.blocs().iter().map(|bloc| value(*bloc)).collect())
        })
        .unwrap();
        prop_assert!(!game.has_externalities(0.0));
        let expected = shapley(&game.game(Conjecture::OutsidersAlone));
        close(&myerson(&game).unwrap(), &expected, 1e-11);
    }

    #[test]
    fn myerson_is_efficient_and_additive(
        count in 1usize..6,
        seed in prop::collection::vec(-9i32..10, 60),
    ) {
        let tabulate = |shift: usize| {
            PartitionGame::tabulate(players(count), |partition| {
                let blocs = partition.blocs();
                let worth = blocs.iter().map(|bloc| {
                    let at = bloc.0 as usize * 7 + blocs.len() * 11 + shift;
                    f64::from(seed[at % seed.len()])
                });
                Ok::<_, Infallible>(worth.collect())
            })
            .unwrap()
        };
        let (first, second) = (tabulate(0), tabulate(5));
        let both = PartitionGame::tabulate(players(count), |partition| {
            let of = |game: &PartitionGame| -> Vec<f64> {
                game.embedded()
                    .filter(|(_, own, _)| *own == partition)
                    .map(|(_, _, worth)| worth)
                    .collect()
            };
            let pairs = of(&first).into_iter().zip(of(&second));
            Ok::<_, Infallible>(pairs.map(|(a, b)| a + b).collect())
        })
        .unwrap();
        let (a, b) = (myerson(&first).unwrap(), myerson(&second).unwrap());
        let sum: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        close(&myerson(&both).unwrap(), &sum, 1e-10);
        let grand = first.game(Conjecture::OutsidersAlone).grand();
        prop_assert!((a.iter().sum::<f64>() - grand).abs() < 1e-10);
    }
}
