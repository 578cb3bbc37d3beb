//! The game of a programme: a coalition can build the projects that it owns alone.

use super::{Coalition, Game, Players};
use crate::error::{AgreementError, Cause, Mistake};
use crate::package::ProjectSet;

/// The projects that a coalition can carry out without anyone else: all their owners are in it.
/// A project without owners can be carried out by nobody but all players together.
pub fn owned_by(coalition: Coalition, owners: &[Coalition], everyone: Coalition) -> ProjectSet {
    let mut set = ProjectSet::EMPTY;
    for (project, owners) in owners.iter().enumerate() {
        let needed = if owners.is_empty() { everyone } else { *owners };
        if needed.is_subset_of(coalition) {
            set = set.with(project);
        }
    }
    set
}

/// v(S) = the sum over the members of S of their gains when only the projects whose owners are all
/// in S happen. The outsiders do nothing, so this is the game under the conjecture "nothing else
/// happens"; outsiders still trade, and gain or lose in the equilibrium.
pub struct ProjectGame {
    /// Who plays.
    pub players: Players,
    /// \[project\]: who must be in the coalition for it to happen.
    pub owners: Vec<Coalition>,
}

impl ProjectGame {
    /// The table of v(S). `gains` returns the gain of each player (sorted labels), million USD,
    /// when exactly these projects happen. It is called once for each distinct set, in parallel.
    pub fn tabulate<E: Into<Cause>>(
        self,
        gains: impl Fn(ProjectSet) -> Result<Vec<f64>, E> + Sync,
    ) -> Result<Game, AgreementError> {
        let players = self.players.len();
        let everyone = self.players.all();
        let owners = &self.owners;
        let solve = |set: &ProjectSet| -> Result<Vec<f64>, Cause> {
            let gains = gains(*set).map_err(Into::into)?;
            if gains.len() == players {
                Ok(gains)
            } else {
                Err(Box::new(Mistake::Length {
                    what: "the list of gains".into(),
                    expected: players,
                    found: gains.len(),
                }))
            }
        };
        Game::tabulate_by_key(
            self.players,
            |coalition| owned_by(coalition, owners, everyone),
            solve,
            |coalition, gains| crate::sum::sum(coalition.players().map(|player| gains[player])),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_two_countries_needs_both() {
        // Projects: a's port (a alone), the line (a and b).
        let players = Players::new(["a", "b"]).unwrap();
        let owners = vec![Coalition(0b01), Coalition(0b11)];
        let game = ProjectGame { players, owners }
            .tabulate(|set| {
                let port = if set.contains(0) { 1.0 } else { 0.0 };
                let line = if set.contains(1) { 5.0 } else { 0.0 };
                Ok::<_, std::fmt::Error>(vec![port + line, 2.0 * port - line / 5.0])
            })
            .unwrap();
        assert_eq!(game.values(), [0.0, 1.0, 0.0, 1.0 + 5.0 + 2.0 - 1.0]);
    }
}
