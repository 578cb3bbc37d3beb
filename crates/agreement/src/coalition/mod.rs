//! Coalitions of players, and what they are worth.
//!
//! A coalition is a bitmask over the players sorted by label, so that nothing depends on the order
//! in which members are listed. A [`Game`] is the table of v(S) over all coalitions; with
//! externalities, [`externalities`] makes one out of a stated conjecture about the outsiders.

pub mod externalities;
mod game;
mod partition;
mod projects;

pub use game::{Game, MOST_PLAYERS_IN_TABLE};
pub use partition::{Partition, partitions};
pub use projects::{ProjectGame, owned_by};

use crate::error::{AgreementError, Mistake};
use std::collections::BTreeSet;

/// The most players a coalition can be made of.
pub const MOST_PLAYERS: usize = 64;

/// A set of players: bit i is player i of the sorted labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coalition(pub u64);

impl Coalition {
    /// Nobody.
    pub const EMPTY: Coalition = Coalition(0);

    /// The first n players.
    pub fn all(players: usize) -> Coalition {
        match players {
            0 => Coalition(0),
            _ => Coalition(u64::MAX >> (64 - players)),
        }
    }

    /// One player.
    pub fn of(player: usize) -> Coalition {
        Coalition(1 << player)
    }

    /// Whether the player is in it.
    pub fn contains(self, player: usize) -> bool {
        self.0 >> player & 1 == 1
    }

    /// With this player.
    #[must_use]
    pub fn with(self, player: usize) -> Coalition {
        Coalition(self.0 | 1 << player)
    }

    /// Without this player.
    #[must_use]
    pub fn without(self, player: usize) -> Coalition {
        Coalition(self.0 & !(1 << player))
    }

    /// Number of players.
    pub fn size(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether nobody is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every player of it is in the other.
    pub fn is_subset_of(self, other: Coalition) -> bool {
        self.0 & !other.0 == 0
    }

    /// Its players, ascending.
    pub fn players(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            (rest != 0).then(|| {
                let player = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                player
            })
        })
    }

    /// The sum of a payoff over its players.
    pub fn sum(self, payoff: &[f64]) -> f64 {
        self.players().map(|player| payoff[player]).sum()
    }
}

/// The players' labels, sorted, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Players(Vec<String>);

impl Players {
    /// Sort the labels and check that none is repeated.
    pub fn new(
        labels: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, AgreementError> {
        let mut sorted: Vec<String> = labels.into_iter().map(Into::into).collect();
        sorted.sort();
        let mut mistakes = Vec::new();
        if sorted.is_empty() {
            mistakes.push(Mistake::NoPlayers);
        }
        let repeated: BTreeSet<&String> = sorted
            .windows(2)
            .filter(|pair| pair[0] == pair[1])
            .map(|pair| &pair[0])
            .collect();
        mistakes.extend(repeated.into_iter().map(|label| Mistake::RepeatedLabel {
            label: label.clone(),
        }));
        AgreementError::unless_empty(mistakes)?;
        if sorted.len() > MOST_PLAYERS {
            return Err(AgreementError::TooManyPlayers {
                what: "a game",
                players: sorted.len(),
                most: MOST_PLAYERS,
                instead: "join members that act together",
            });
        }
        Ok(Players(sorted))
    }

    /// Number of players.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never: a game has at least one player.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The labels, sorted.
    pub fn labels(&self) -> &[String] {
        &self.0
    }

    /// The position of a label.
    pub fn position(&self, label: &str) -> Option<usize> {
        self.0.binary_search_by(|own| own.as_str().cmp(label)).ok()
    }

    /// Everyone.
    pub fn all(&self) -> Coalition {
        Coalition::all(self.len())
    }

    /// A coalition's labels: `{CHN, KGZ}`.
    pub fn describe(&self, coalition: Coalition) -> String {
        let names: Vec<&str> = coalition.players().map(|i| self.0[i].as_str()).collect();
        format!("{{{}}}", names.join(", "))
    }

    /// The coalition of these labels; unknown labels are all reported.
    pub fn coalition<'a>(
        &self,
        context: &str,
        labels: impl IntoIterator<Item = &'a str>,
    ) -> Result<Coalition, AgreementError> {
        let mut mistakes = Vec::new();
        let mut coalition = Coalition::EMPTY;
        for label in labels {
            match self.position(label) {
                Some(player) => coalition = coalition.with(player),
                None => mistakes.push(self.unknown(context, label)),
            }
        }
        AgreementError::unless_empty(mistakes)?;
        Ok(coalition)
    }

    pub(crate) fn unknown(&self, context: &str, label: &str) -> Mistake {
        Mistake::UnknownMember {
            context: context.to_owned(),
            label: label.to_owned(),
            close: crate::error::closest(label, self.0.iter().map(String::as_str)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_sorted_and_unique() {
        let players = Players::new(["UZB", "CHN", "KGZ"]).unwrap();
        assert_eq!(players.labels(), ["CHN", "KGZ", "UZB"]);
        assert_eq!(players.describe(Coalition(0b101)), "{CHN, UZB}");
        let twice = Players::new(["UZB", "CHN", "UZB"]).unwrap_err();
        assert_eq!(twice.to_string(), "\"UZB\" is named twice; name each once");
        assert!(Players::new(Vec::<String>::new()).is_err());
    }

    #[test]
    fn all_of_sixty_four_is_everyone() {
        assert_eq!(Coalition::all(64).0, u64::MAX);
        assert_eq!(Coalition::all(3).players().collect::<Vec<_>>(), [0, 1, 2]);
    }
}
