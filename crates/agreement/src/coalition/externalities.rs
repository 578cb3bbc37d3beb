//! Games with externalities: what a coalition is worth depends on what the others do.
//!
//! A partition function gives every bloc of every partition a worth (Thrall & Lucas 1963). To speak
//! of v(S) one must say what the outsiders do: a [`Conjecture`]. The range over conjectures tells
//! how much hangs on that.

use super::{Coalition, Game, Partition, Players, partitions};
use crate::error::{AgreementError, Cause, Mistake};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The most players whose partitions are all evaluated: 115,975 of them.
pub const MOST_PLAYERS_IN_PARTITIONS: usize = 10;

/// What the players outside a coalition are assumed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conjecture {
    /// Each acts alone (de Clippel & Serrano 2008).
    OutsidersAlone,
    /// All act as one bloc (McQuillin 2009).
    OutsidersTogether,
    /// They form the blocs that are worst for the coalition (the α-conjecture, Hart & Kurz 1983).
    Worst,
    /// They form the blocs that are best for it.
    Best,
}

impl Conjecture {
    /// All, from the least to the most hopeful, the two fixed ones between.
    pub const ALL: [Conjecture; 4] = [
        Conjecture::Worst,
        Conjecture::OutsidersAlone,
        Conjecture::OutsidersTogether,
        Conjecture::Best,
    ];

    /// In words, for tables.
    pub fn describe(self) -> &'static str {
        match self {
            Conjecture::OutsidersAlone => "outsiders act each alone",
            Conjecture::OutsidersTogether => "outsiders act as one bloc",
            Conjecture::Worst => "outsiders form what is worst for the coalition",
            Conjecture::Best => "outsiders form what is best for the coalition",
        }
    }

    /// The partition that a coalition reckons with, where the conjecture fixes it beforehand.
    pub fn partition(self, coalition: Coalition, players: usize) -> Option<Partition> {
        match self {
            Conjecture::OutsidersAlone => Some(Partition::singletons_outside(coalition, players)),
            Conjecture::OutsidersTogether => Some(Partition::one_bloc_outside(coalition, players)),
            Conjecture::Worst | Conjecture::Best => None,
        }
    }
}

/// A partition function, tabulated.
#[derive(Clone, Debug)]
pub struct PartitionGame {
    players: Players,
    /// Sorted.
    partitions: Vec<Partition>,
    /// \[partition\]\[bloc\].
    worth: Vec<Vec<f64>>,
}

impl PartitionGame {
    /// Evaluate every partition once, in parallel. `worth` gives the worth of each bloc of the
    /// partition, in the order of [`Partition::blocs`].
    pub fn tabulate<E: Into<Cause>>(
        players: Players,
        worth: impl Fn(&Partition) -> Result<Vec<f64>, E> + Sync,
    ) -> Result<Self, AgreementError> {
        if players.len() > MOST_PLAYERS_IN_PARTITIONS {
            return Err(AgreementError::TooManyPlayers {
                what: "a table of all partitions",
                players: players.len(),
                most: MOST_PLAYERS_IN_PARTITIONS,
                instead: "tabulate v(S) under one conjecture, which takes up to 24 players",
            });
        }
        let mut all = partitions(players.all());
        all.sort();
        let found: Vec<Result<Vec<f64>, Cause>> = all
            .par_iter()
            .map(|partition| worth(partition).map_err(Into::into))
            .collect();
        let mut table = Vec::with_capacity(all.len());
        for (partition, found) in all.iter().zip(found) {
            let worth = found.map_err(|source| AgreementError::Evaluation {
                what: describe(&players, partition),
                source,
            })?;
            if worth.len() != partition.blocs().len() {
                return Err(AgreementError::one(Mistake::Length {
                    what: format!("the worth of {}", describe(&players, partition)),
                    expected: partition.blocs().len(),
                    found: worth.len(),
                }));
            }
            if let Some(value) = worth.iter().find(|value| !value.is_finite()) {
                return Err(AgreementError::NotFinite {
                    what: describe(&players, partition),
                    value: *value,
                });
            }
            table.push(worth);
        }
        Ok(PartitionGame {
            players,
            partitions: all,
            worth: table,
        })
    }

    /// The players.
    pub fn players(&self) -> &Players {
        &self.players
    }

    /// Every bloc of every partition, with its worth.
    pub fn embedded(&self) -> impl Iterator<Item = (Coalition, &Partition, f64)> {
        self.partitions
            .iter()
            .zip(&self.worth)
            .flat_map(|(partition, worth)| {
                let blocs = partition.blocs().iter().zip(worth);
                blocs.map(move |(bloc, worth)| (*bloc, partition, *worth))
            })
    }

    /// The lowest and the highest worth of each coalition over all partitions it is in, by bitmask.
    pub fn ranges(&self) -> Vec<(f64, f64)> {
        let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); 1 << self.players.len()];
        ranges[0] = (0.0, 0.0);
        for (bloc, _, worth) in self.embedded() {
            let range = &mut ranges[bloc.0 as usize];
            range.0 = range.0.min(worth);
            range.1 = range.1.max(worth);
        }
        ranges
    }

    /// Whether some coalition's worth depends on the others, by more than this share of the largest
    /// worth.
    pub fn has_externalities(&self, tolerance: f64) -> bool {
        let ranges = self.ranges();
        let scale = ranges.iter().fold(0.0f64, |most, (low, high)| {
            most.max(low.abs()).max(high.abs())
        });
        ranges
            .iter()
            .any(|(low, high)| high - low > tolerance * scale)
    }

    /// v(S) under a conjecture.
    pub fn game(&self, conjecture: Conjecture) -> Game {
        let count = self.players.len();
        let mut values = vec![0.0; 1 << count];
        match conjecture {
            Conjecture::Worst | Conjecture::Best => {
                let worst = conjecture == Conjecture::Worst;
                for (value, (low, high)) in values.iter_mut().zip(self.ranges()) {
                    *value = if worst { low } else { high };
                }
            }
            Conjecture::OutsidersAlone | Conjecture::OutsidersTogether => {
                for (bloc, partition, worth) in self.embedded() {
                    if conjecture.partition(bloc, count).as_ref() == Some(partition) {
                        values[bloc.0 as usize] = worth;
                    }
                }
            }
        }
        Game::from_sorted(self.players.clone(), values)
    }
}

impl Game {
    /// v(S) under a conjecture that fixes the partition beforehand, one evaluation a coalition, for
    /// games too large for all partitions. `worth` gets the partition and the bloc in it.
    pub fn under_conjecture<E: Into<Cause>>(
        players: Players,
        conjecture: Conjecture,
        worth: impl Fn(&Partition, Coalition) -> Result<f64, E> + Sync,
    ) -> Result<Game, AgreementError> {
        let count = players.len();
        if conjecture.partition(Coalition::EMPTY, count).is_none() {
            return Err(AgreementError::one(Mistake::NeedsAllPartitions {
                conjecture: conjecture.describe(),
            }));
        }
        Game::tabulate(players, |coalition| {
            match conjecture.partition(coalition, count) {
                Some(partition) => worth(&partition, coalition).map_err(Into::into),
                None => Ok::<f64, Cause>(f64::NAN),
            }
        })
    }
}

fn describe(players: &Players, partition: &Partition) -> String {
    let blocs: Vec<String> = partition
        .blocs()
        .iter()
        .map(|bloc| players.describe(*bloc))
        .collect();
    blocs.join(" | ")
}
