//! Values of games with externalities.

use super::shapley;
use crate::coalition::externalities::{Conjecture, PartitionGame};
use crate::error::AgreementError;
use crate::sum::{Double, sum};

/// Myerson's value (1977, *International Journal of Game Theory* 6(1)):
/// Φ_i = Σ over embedded coalitions (S, Q) of
/// (−1)^(q−1) (q−1)! [1/n − Σ_{T ∈ Q, T ≠ S, i ∉ T} 1/((q−1)(n−|T|))] w(S, Q), with q = |Q|.
/// It needs no conjecture. Without externalities it is the Shapley value.
///
/// Terms alternate in sign and grow with (q − 1)!, so at ten players six digits cancel. The values
/// must add to v(N) within 1e-8 of the largest worth, or there is none.
pub fn myerson(game: &PartitionGame) -> Result<Vec<f64>, AgreementError> {
    const TOLERANCE: f64 = 1e-8;
    let players = game.players().len();
    let mut totals = vec![Double::ZERO; players];
    for (bloc, partition, worth) in game.embedded() {
        let blocs = partition.blocs();
        let others = blocs.len() - 1;
        let factorial: f64 = (1..=others).map(|k| k as f64).product();
        let sign = if others % 2 == 0 { 1.0 } else { -1.0 };
        for (player, total) in totals.iter_mut().enumerate() {
            let away = blocs
                .iter()
                .filter(|other| **other != bloc && !other.contains(player))
                .map(|other| 1.0 / (others * (players - other.size())) as f64);
            let share = 1.0 / players as f64 - sum(away);
            total.add(sign * factorial * share * worth);
        }
    }
    let values: Vec<f64> = totals.into_iter().map(Double::value).collect();
    let grand = game.game(Conjecture::OutsidersAlone).grand();
    let largest = game.embedded().map(|(_, _, worth)| worth.abs());
    let scale = largest.fold(f64::MIN_POSITIVE, f64::max);
    let off = (sum(values.iter().copied()) - grand) / scale;
    if off.abs() > TOLERANCE {
        return Err(AgreementError::Check {
            what: "Myerson value",
            off,
            tolerance: TOLERANCE,
        });
    }
    Ok(values)
}

/// The Shapley value under one conjecture.
#[derive(Clone, Debug, PartialEq)]
pub struct ConjectureValues {
    /// What the outsiders are assumed to do.
    pub conjecture: Conjecture,
    /// In the order of the sorted labels, unit of v.
    pub values: Vec<f64>,
}

/// The Shapley value under every conjecture.
pub fn conjecture_values(game: &PartitionGame) -> Vec<ConjectureValues> {
    Conjecture::ALL
        .into_iter()
        .map(|conjecture| ConjectureValues {
            conjecture,
            values: shapley(&game.game(conjecture)),
        })
        .collect()
}

/// The least and the most that the Shapley value can give each player, whatever each coalition
/// conjectures: player i gets least if every coalition with i is worth its least and every one
/// without i its most. Reached for one player at a time, not for all at once.
pub fn shapley_bounds(game: &PartitionGame) -> Vec<(f64, f64)> {
    let least = game.game(Conjecture::Worst);
    let most = game.game(Conjecture::Best);
    let players = game.players().len();
    // 1/(n C(n−1, s)): the weight of joining a coalition of size s.
    let mut weights = vec![1.0 / players as f64; players];
    for size in 1..players {
        weights[size] = weights[size - 1] * size as f64 / (players - size) as f64;
    }
    (0..players)
        .map(|player| {
            let bound = |with: &[f64], without: &[f64]| {
                sum((0..with.len())
                    .filter(|set| set >> player & 1 == 0)
                    .map(|set| {
                        let gain = with[set | 1 << player] - without[set];
                        weights[set.count_ones() as usize] * gain
                    }))
            };
            (
                bound(least.values(), most.values()),
                bound(most.values(), least.values()),
            )
        })
        .collect()
}
