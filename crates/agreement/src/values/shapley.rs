//! The Shapley value, exactly.
//!
//! φ_i = (1/n) Σ_s [ mean of v over coalitions of size s with i − mean of v over coalitions of size
//! s − 1 without i ] (Shapley 1953, grouped by size). So one pass over the table is enough that
//! sums v by size and player. Sums carry their rounding errors, see `sum`.
//!
//! The pass splits a coalition's bitmask into high and low bits. For the low bits, whole blocks are
//! added elementwise into one block for each size of the high part; for the high bits, each block
//! is summed by the size of its low part. Work is 2^n additions twice, not n 2^n.

use crate::coalition::{Coalition, Game};
use crate::sum::Double;
use rayon::prelude::*;

/// Bits of a block: 256 values, which stay in the first-level cache.
const LOW: usize = 8;

/// The Shapley value of each player, in the order of the sorted labels and the unit of v.
/// The payoffs add to v(N) up to the rounding of each.
pub fn shapley(game: &Game) -> Vec<f64> {
    let players = game.len();
    let sums = size_sums(game.values(), players);
    (0..players)
        .map(|player| {
            let mut total = Double::ZERO;
            // C(n − 1, s − 1): coalitions of size s with the player, and of size s − 1 without.
            let mut count = 1.0;
            for size in 1..=players {
                let with = sums.with(player, size).over(count);
                let without = sums
                    .all(size - 1)
                    .minus(sums.with(player, size - 1))
                    .over(count);
                total = total.plus(with.minus(without));
                count = count * (players - size) as f64 / size as f64;
            }
            total.over(players as f64).value()
        })
        .collect()
}

/// Sums of v by the size of the coalition.
struct SizeSums {
    players: usize,
    /// \[size\].
    all: Vec<Double>,
    /// \[player\]\[size\]: over coalitions with the player.
    with: Vec<Double>,
}

impl SizeSums {
    fn new(players: usize) -> Self {
        SizeSums {
            players,
            all: vec![Double::ZERO; players + 1],
            with: vec![Double::ZERO; players * (players + 1)],
        }
    }

    fn all(&self, size: usize) -> Double {
        self.all[size]
    }

    fn with(&self, player: usize, size: usize) -> Double {
        self.with[player * (self.players + 1) + size]
    }

    fn add(&mut self, coalition: u64, size: usize, value: Double) {
        for player in Coalition(coalition).players() {
            let cell = &mut self.with[player * (self.players + 1) + size];
            *cell = cell.plus(value);
        }
    }

    fn merge(&mut self, other: &SizeSums) {
        for (own, other) in self.all.iter_mut().zip(&other.all) {
            *own = own.plus(*other);
        }
        for (own, other) in self.with.iter_mut().zip(&other.with) {
            *own = own.plus(*other);
        }
    }
}

fn size_sums(values: &[f64], players: usize) -> SizeSums {
    let low = LOW.min(players);
    let block = 1usize << low;
    let blocks = values.len() / block;
    // A fixed number of pieces, merged in their order: the same sums whatever the threads.
    let piece = blocks.div_ceil(16).max(1);
    let pieces: Vec<SizeSums> = (0..blocks.div_ceil(piece))
        .into_par_iter()
        .map(|index| {
            let first = index * piece;
            let last = (first + piece).min(blocks);
            sums_of_blocks(values, players, low, first..last)
        })
        .collect();
    let mut total = SizeSums::new(players);
    for sums in &pieces {
        total.merge(sums);
    }
    total
}

fn sums_of_blocks(
    values: &[f64],
    players: usize,
    low: usize,
    blocks: std::ops::Range<usize>,
) -> SizeSums {
    let block = 1usize << low;
    let sizes = players - low + 1;
    // [size of the high part][low part].
    let mut high_sums = vec![0.0f64; sizes * block];
    let mut low_sums = vec![0.0f64; sizes * block];
    let mut sums = SizeSums::new(players);
    for high in blocks {
        let values = &values[high * block..][..block];
        let size = high.count_ones() as usize;
        let sum = &mut high_sums[size * block..][..block];
        let error = &mut low_sums[size * block..][..block];
        for ((sum, error), value) in sum.iter_mut().zip(error.iter_mut()).zip(values) {
            let (next, lost) = crate::sum::two_sum(*sum, *value);
            *sum = next;
            *error += lost;
        }
        let mut by_size = [Double::ZERO; LOW + 1];
        for (low_part, value) in values.iter().enumerate() {
            by_size[low_part.count_ones() as usize].add(*value);
        }
        for (low_size, value) in by_size.iter().take(low + 1).enumerate() {
            sums.add((high << low) as u64, size + low_size, *value);
        }
    }
    for size in 0..sizes {
        for part in 0..block {
            let value = Double {
                high: high_sums[size * block + part],
                low: low_sums[size * block + part],
            };
            let total = size + part.count_ones() as usize;
            sums.all[total] = sums.all[total].plus(value);
            sums.add(part as u64, total, value);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coalition::Players;

    /// v(S) = (Σ w)²: φ_i = w_i Σ w, in closed form.
    fn quadratic(players: usize) -> (Game, Vec<f64>) {
        let weights: Vec<f64> = (0..players)
            .map(|i| 0.1 + (i * 7 % 11) as f64 / 3.0)
            .collect();
        let labels = Players::new((0..players).map(|i| format!("p{i:02}"))).unwrap();
        let total: f64 = weights.iter().sum();
        let expected = weights.iter().map(|w| w * total).collect();
        let game = Game::tabulate(labels, |s| {
            Ok::<_, std::fmt::Error>(s.sum(&weights).powi(2))
        })
        .unwrap();
        (game, expected)
    }

    #[test]
    fn the_quadratic_game_has_its_closed_form_at_every_size() {
        // The table itself is rounded to 1e-16 of its largest value, the square of the weights.
        for players in [1, 2, 5, 8, 9, 13, 18] {
            let (game, expected) = quadratic(players);
            for (found, expected) in shapley(&game).iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-14 * game.grand(), "{players}");
            }
        }
    }
}
