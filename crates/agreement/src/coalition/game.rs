//! The table of a game's values.

use super::{Coalition, Players};
use crate::error::{AgreementError, Cause, Mistake};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The most players whose 2^n values are tabulated: 128 MiB.
pub const MOST_PLAYERS_IN_TABLE: usize = 24;

/// A game with transferable utility: v(S) for every coalition S, v of nobody being 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Game {
    players: Players,
    /// \[coalition as bitmask\].
    values: Vec<f64>,
}

impl Game {
    /// From a table by bitmask over the labels *as given*: `values[0b101]` is the coalition of the
    /// first and the third label. The table is put into the order of the sorted labels.
    pub fn from_table(labels: &[&str], values: Vec<f64>) -> Result<Self, AgreementError> {
        let players = Players::new(labels.iter().copied())?;
        limit(&players)?;
        let expected = 1usize << players.len();
        if values.len() != expected {
            return Err(AgreementError::one(Mistake::Length {
                what: "the table of coalition values".into(),
                expected,
                found: values.len(),
            }));
        }
        let place: Vec<usize> = labels
            .iter()
            .filter_map(|label| players.position(label))
            .collect();
        let sorted = if place.is_sorted() {
            values
        } else {
            // Where the bits of a set go, by its low and its high half.
            let moved = |set: usize| -> usize {
                let members = Coalition(set as u64).players();
                members.map(|player| 1 << place[player]).sum()
            };
            const LOW: usize = 12;
            let low: Vec<usize> = (0..expected.min(1 << LOW)).map(moved).collect();
            let high: Vec<usize> = (0..expected.div_ceil(1 << LOW))
                .map(|part| moved(part << LOW))
                .collect();
            let mut sorted = vec![0.0; expected];
            for (set, value) in values.into_iter().enumerate() {
                sorted[low[set % (1 << LOW)] | high[set >> LOW]] = value;
            }
            sorted
        };
        Self::checked(players, sorted)
    }

    /// Evaluate every coalition, in parallel. The function gets the bitmask over sorted labels; its
    /// first failure by bitmask is the one reported.
    pub fn tabulate<E: Into<Cause>>(
        players: Players,
        value: impl Fn(Coalition) -> Result<f64, E> + Sync,
    ) -> Result<Self, AgreementError> {
        limit(&players)?;
        // Written in place: at 24 players a list of results beside it would not fit 300 MB.
        let mut table = vec![0.0; 1 << players.len()];
        // One coalition at a time up to ten players: an evaluation may take a second.
        let size = (table.len() / 1024).max(1);
        let failures: Vec<Option<(u64, Cause)>> = table
            .par_chunks_mut(size)
            .enumerate()
            .map(|(chunk, values)| {
                for (index, place) in values.iter_mut().enumerate() {
                    let set = (chunk * size + index) as u64;
                    if set > 0 {
                        match value(Coalition(set)) {
                            Ok(found) => *place = found,
                            Err(error) => return Some((set, error.into())),
                        }
                    }
                }
                None
            })
            .collect();
        if let Some((set, source)) = failures.into_iter().flatten().next() {
            return Err(AgreementError::Evaluation {
                what: players.describe(Coalition(set)),
                source,
            });
        }
        Self::checked(players, table)
    }

    /// Evaluate each distinct key once, in parallel, and share the result among all coalitions with
    /// that key. The keys are what a coalition's worth depends on, for instance the projects it can
    /// build alone; `value` gives the worth of a coalition from the outcome of its key.
    pub fn tabulate_by_key<K, O, E>(
        players: Players,
        key: impl Fn(Coalition) -> K + Sync,
        solve: impl Fn(&K) -> Result<O, E> + Sync,
        value: impl Fn(Coalition, &O) -> f64,
    ) -> Result<Self, AgreementError>
    where
        K: Ord + Send + Sync,
        O: Send,
        E: Into<Cause>,
    {
        limit(&players)?;
        let coalitions = 1u64 << players.len();
        let mut first_of_key: BTreeMap<K, Coalition> = BTreeMap::new();
        let keys: Vec<K> = (1..coalitions)
            .into_par_iter()
            .map(|set| key(Coalition(set)))
            .collect();
        let mut outcome_of: Vec<u32> = Vec::with_capacity(keys.len());
        {
            // Positions are those of the sorted keys, whatever the coalition that asks first.
            let mut sorted: Vec<&K> = keys.iter().collect();
            sorted.sort_unstable();
            sorted.dedup();
            outcome_of.extend(
                keys.iter()
                    .map(|k| sorted.partition_point(|s| *s < k) as u32),
            );
        }
        for (index, key) in keys.into_iter().enumerate() {
            first_of_key
                .entry(key)
                .or_insert(Coalition(index as u64 + 1));
        }
        let distinct: Vec<(K, Coalition)> = first_of_key.into_iter().collect();
        let solved: Vec<Result<O, Cause>> = distinct
            .par_iter()
            .map(|(key, _)| solve(key).map_err(Into::into))
            .collect();
        let mut outcomes = Vec::with_capacity(solved.len());
        for (outcome, (_, coalition)) in solved.into_iter().zip(&distinct) {
            outcomes.push(outcome.map_err(|source| AgreementError::Evaluation {
                what: players.describe(*coalition),
                source,
            })?);
        }
        let mut table = Vec::with_capacity(coalitions as usize);
        table.push(0.0);
        for (index, position) in outcome_of.into_iter().enumerate() {
            table.push(value(
                Coalition(index as u64 + 1),
                &outcomes[position as usize],
            ));
        }
        Self::checked(players, table)
    }

    /// A table already checked, by bitmask over the sorted labels.
    pub(crate) fn from_sorted(players: Players, values: Vec<f64>) -> Self {
        Game { players, values }
    }

    fn checked(players: Players, values: Vec<f64>) -> Result<Self, AgreementError> {
        if let Some(set) = values.iter().position(|value| !value.is_finite()) {
            return Err(AgreementError::NotFinite {
                what: players.describe(Coalition(set as u64)),
                value: values[set],
            });
        }
        if values[0] != 0.0 {
            return Err(AgreementError::one(Mistake::OutOfRange {
                what: "the value of the empty coalition".into(),
                value: values[0],
                wanted: "nobody gets nothing: it must be 0",
            }));
        }
        Ok(Game { players, values })
    }

    /// The players.
    pub fn players(&self) -> &Players {
        &self.players
    }

    /// Number of players.
    pub fn len(&self) -> usize {
        self.players.len()
    }

    /// Never: a game has at least one player.
    pub fn is_empty(&self) -> bool {
        self.players.is_empty()
    }

    /// v(S).
    pub fn value(&self, coalition: Coalition) -> f64 {
        self.values[coalition.0 as usize]
    }

    /// v(N).
    pub fn grand(&self) -> f64 {
        self.values[self.values.len() - 1]
    }

    /// All values by bitmask.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The largest absolute value, at least the smallest positive number.
    pub fn scale(&self) -> f64 {
        self.values
            .iter()
            .fold(f64::MIN_POSITIVE, |most, value| most.max(value.abs()))
    }
}

fn limit(players: &Players) -> Result<(), AgreementError> {
    if players.len() > MOST_PLAYERS_IN_TABLE {
        return Err(AgreementError::TooManyPlayers {
            what: "an exact table of coalitions",
            players: players.len(),
            most: MOST_PLAYERS_IN_TABLE,
            instead: "use the sampled Shapley value, or name fewer players",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_table_follows_its_labels() {
        // v = {b: 1, a: 2, both: 4}, given with b first.
        let game = Game::from_table(&["b", "a"], vec![0.0, 1.0, 2.0, 4.0]).unwrap();
        assert_eq!(game.values(), [0.0, 2.0, 1.0, 4.0]);
    }

    #[test]
    fn equal_keys_are_solved_once() {
        let players = Players::new(["a", "b", "c"]).unwrap();
        let calls = AtomicUsize::new(0);
        let game = Game::tabulate_by_key(
            players,
            |s| s.contains(0) && s.contains(1),
            |both| {
                calls.fetch_add(1, Ordering::Relaxed);
                Ok::<_, std::fmt::Error>(if *both { 10.0 } else { 1.0 })
            },
            |s, gain| gain * s.size() as f64,
        )
        .unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), 2);
        assert_eq!(game.values(), [0.0, 1.0, 1.0, 20.0, 1.0, 2.0, 2.0, 30.0]);
    }

    #[test]
    fn too_many_players_are_told_what_to_do() {
        let players = Players::new((0..25).map(|i| format!("p{i:02}"))).unwrap();
        let error = Game::tabulate(players, |_| Ok::<_, std::fmt::Error>(0.0)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "an exact table of coalitions takes at most 24 players, 25 given; use the sampled \
             Shapley value, or name fewer players"
        );
    }

    #[test]
    fn a_failure_names_the_coalition() {
        let players = Players::new(["a", "b"]).unwrap();
        let error = Game::tabulate(players, |s| {
            if s.size() == 2 {
                Err("no equilibrium")
            } else {
                Ok(0.0)
            }
        })
        .unwrap_err();
        assert_eq!(error.to_string(), "cannot value {a, b}: no equilibrium");
    }
}
