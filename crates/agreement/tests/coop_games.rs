//! Published games with known solutions, `tests/reference/coop_games`.
//!
//! Tolerance 1e-9 of the largest value: the programmes are solved to that feasibility. Shapley
//! values are exact sums: 1e-12.

mod common;

use comity_agreement::values::{Domain, Per, largest_excess, least_core, nucleolus, shapley};
use common::{close, from_lex, game, number, numbers, reference};

fn division(game: &comity_agreement::coalition::Game, domain: Domain, per: Per) -> Vec<f64> {
    let found = nucleolus(game, domain, per).unwrap();
    assert!(
        found.kohlberg < 1e-9,
        "Kohlberg's criterion: {}",
        found.kohlberg
    );
    found.division
}

#[test]
fn the_talmud_divides_an_estate_by_the_nucleolus() {
    let reference = reference("coop_games/games.json");
    let talmud = &reference["talmud"];
    let claims = numbers(&talmud["claims"]);
    for case in talmud["cases"].as_array().unwrap() {
        let estate = number(&case["E"]);
        let game = game(3, |set| {
            let outside: f64 = (0..3)
                .filter(|i| set >> i & 1 == 0)
                .map(|i| claims[i])
                .sum();
            (estate - outside).max(0.0)
        });
        let expected = numbers(&case["nucleolus"]);
        let found = division(&game, Domain::Imputations, Per::Coalition);
        close(&found, &expected, 1e-9 * estate);
        if let Some(expected) = case.get("shapley") {
            close(&shapley(&game), &numbers(expected), 1e-12 * estate);
        }
    }
}

#[test]
fn a_prenucleolus_may_give_less_than_alone() {
    let reference = reference("coop_games/games.json");
    let case = &reference["peleg_sudholter_5_5_12"];
    let game = from_lex(&numbers(&case["v_lex"]));
    let found = division(&game, Domain::Efficient, Per::Coalition);
    close(&found, &numbers(&case["prenucleolus"]), 1e-8);
    // The nucleolus of the same game keeps everyone at 0 or more: it must differ.
    let found = division(&game, Domain::Imputations, Per::Coalition);
    close(&found, &[1.0, 1.0, 0.0], 1e-8);
}

#[test]
fn four_players_of_kopelowitz() {
    let reference = reference("coop_games/games.json");
    let case = &reference["kopelowitz4"];
    let game = from_lex(&numbers(&case["v_lex"]));
    let found = division(&game, Domain::Imputations, Per::Coalition);
    close(&found, &numbers(&case["nucleolus"]), 2e-8);
}

#[test]
fn young_shares_savings_per_capita() {
    let reference = reference("coop_games/games.json");
    let case = &reference["young1985"];
    let costs = from_lex(&numbers(&case["cost_lex"]));
    let savings = game(3, |set| {
        let alone: f64 = (0..3)
            .filter(|i| set >> i & 1 == 1)
            .map(|i| costs.values()[1 << i])
            .sum();
        alone - costs.values()[set]
    });
    let found = division(&savings, Domain::Imputations, Per::Member);
    close(
        &found,
        &numbers(&case["per_capita_nucleolus_savings"]),
        2e-8,
    );
}

#[test]
fn the_owner_of_the_only_right_glove_gets_everything_in_the_core() {
    let reference = reference("coop_games/games.json");
    let case = &reference["glove_2L1R"];
    let game = game(3, |set| {
        let left = (set & 0b011).count_ones();
        f64::from(left.min((set >> 2) as u32 & 1))
    });
    close(&shapley(&game), &numbers(&case["shapley"]), 1e-15);
    let expected = numbers(&case["nucleolus"]);
    let found = division(&game, Domain::Imputations, Per::Coalition);
    close(&found, &expected, 1e-8);
    let core = least_core(&game).unwrap();
    assert!(core.nonempty);
    let ranges = comity_agreement::values::core_range(&game)
        .unwrap()
        .unwrap();
    for ((low, high), expected) in ranges.iter().zip(&expected) {
        assert!((low - expected).abs() < 1e-8 && (high - expected).abs() < 1e-8);
    }
}

#[test]
fn simple_games_have_their_shapley_shubik_index_and_nucleolus() {
    let reference = reference("coop_games/games.json");
    let case = &reference["weighted_50_49_1_1_q51"];
    let (weights, quota) = (numbers(&case["w"]), number(&case["q"]));
    let votes = game(4, |set| {
        let weight: f64 = (0..4)
            .filter(|i| set >> i & 1 == 1)
            .map(|i| weights[i])
            .sum();
        f64::from(u8::from(weight >= quota))
    });
    close(&shapley(&votes), &numbers(&case["shapley_shubik"]), 1e-15);
    let case = &reference["apex5"];
    let apex = game(5, |set| {
        let others = (set >> 1).count_ones();
        let wins = (set & 1 == 1 && others >= 1) || others == 4;
        f64::from(u8::from(wins))
    });
    close(&shapley(&apex), &numbers(&case["shapley"]), 1e-15);
    let found = division(&apex, Domain::Imputations, Per::Coalition);
    close(&found, &numbers(&case["nucleolus"]), 1e-9);
    let core = least_core(&apex).unwrap();
    assert!(!core.nonempty);
    // The first level of the nucleolus is the least core's ε: the apex with one other gets 4/7.
    assert!((core.epsilon - 3.0 / 7.0).abs() < 1e-9, "{}", core.epsilon);
    assert!((largest_excess(&apex, &core.division).unwrap().value - core.epsilon).abs() == 0.0);
}
