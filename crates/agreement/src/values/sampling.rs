//! The Shapley value by sampling, for games too large for a table.

use crate::coalition::{Coalition, Players};
use crate::error::{AgreementError, Cause, Mistake};
use crate::sum::sum;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// Estimates with their standard errors, in the order of the sorted labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    /// Unit of v. They add to v(N) up to rounding, whatever the number of samples.
    pub values: Vec<f64>,
    /// Standard error of each.
    pub standard_errors: Vec<f64>,
    /// Orders of the players looked at: twice the pairs.
    pub orders: usize,
}

/// Estimate the Shapley value from random orders in which the players join (Castro, Gómez & Tejada
/// 2009). Each order is taken with its reverse (antithetic), and the standard error is that of the
/// mean over such pairs. Pair k draws from stream k of ChaCha8, so the result depends on the seed
/// alone, not on threads.
///
/// v is evaluated n + 1 times an order, in parallel; v of nobody is taken as 0 and never asked.
pub fn shapley_sampled<E: Into<Cause>>(
    players: &Players,
    pairs: usize,
    seed: u64,
    value: impl Fn(Coalition) -> Result<f64, E> + Sync,
) -> Result<Sampled, AgreementError> {
    if pairs < 2 {
        return Err(AgreementError::one(Mistake::OutOfRange {
            what: "the number of pairs of orders".into(),
            value: pairs as f64,
            wanted: "a standard error needs at least 2",
        }));
    }
    let count = players.len();
    let failed = |coalition: Coalition, source: Cause| AgreementError::Evaluation {
        what: players.describe(coalition),
        source,
    };
    let marginals = |order: &[usize], into: &mut [f64]| -> Result<(), AgreementError> {
        let mut coalition = Coalition::EMPTY;
        let mut before = 0.0;
        for &player in order {
            coalition = coalition.with(player);
            let after = value(coalition).map_err(|error| failed(coalition, error.into()))?;
            if !after.is_finite() {
                return Err(AgreementError::NotFinite {
                    what: players.describe(coalition),
                    value: after,
                });
            }
            into[player] += 0.5 * (after - before);
            before = after;
        }
        Ok(())
    };
    let sampled: Vec<Result<Vec<f64>, AgreementError>> = (0..pairs as u64)
        .into_par_iter()
        .map(|pair| {
            let mut order = shuffled(count, seed, pair);
            let mut mean = vec![0.0; count];
            marginals(&order, &mut mean)?;
            order.reverse();
            marginals(&order, &mut mean)?;
            Ok(mean)
        })
        .collect();
    let sampled: Vec<Vec<f64>> = sampled.into_iter().collect::<Result<_, _>>()?;
    let mut values = Vec::with_capacity(count);
    let mut standard_errors = Vec::with_capacity(count);
    for player in 0..count {
        let of_player = || sampled.iter().map(|pair| pair[player]);
        let mean = sum(of_player()) / pairs as f64;
        let variance = sum(of_player().map(|x| (x - mean).powi(2))) / (pairs - 1) as f64;
        values.push(mean);
        standard_errors.push((variance / pairs as f64).sqrt());
    }
    Ok(Sampled {
        values,
        standard_errors,
        orders: 2 * pairs,
    })
}

/// A random order, each equally likely (Fisher & Yates, without modulo bias).
fn shuffled(count: usize, seed: u64, stream: u64) -> Vec<usize> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        let choices = last as u64 + 1;
        let limit = u64::MAX - u64::MAX % choices;
        let drawn = loop {
            let drawn = random.next_u64();
            if drawn < limit {
                break drawn % choices;
            }
        };
        order.swap(last, drawn as usize);
    }
    order
}
