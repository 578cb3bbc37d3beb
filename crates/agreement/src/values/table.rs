//! All values of a game side by side, for a reader.

use super::{
    Domain, MOST_PLAYERS_IN_NUCLEOLUS, Per, core_range, largest_excess, least_core, nucleolus,
    shapley,
};
use crate::coalition::Game;
use crate::error::AgreementError;
use serde::{Deserialize, Serialize};

/// What each player may claim, and whether a division holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueTable {
    /// v(N), unit of v.
    pub together: f64,
    /// Whether some division leaves no coalition better off alone.
    pub core_nonempty: bool,
    /// ε of the least core: how much better off alone some coalition is under any division; how
    /// much worse off alone at least, if negative.
    pub epsilon: f64,
    /// Whether the Shapley value is in the core.
    pub shapley_in_core: bool,
    /// The coalition with the largest objection to the Shapley value, by labels.
    pub shapley_objector: Vec<String>,
    /// What that coalition gets alone beyond its Shapley value; negative if it gets less.
    pub shapley_objection: f64,
    /// By label, sorted.
    pub players: Vec<PlayerValue>,
}

/// One player's values, unit of v.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlayerValue {
    /// Label.
    pub label: String,
    /// v({i}): what it gets alone.
    pub alone: f64,
    /// v(N) − v(N without i): what the others would miss without it.
    pub marginal: f64,
    /// Shapley value.
    pub shapley: f64,
    /// Nucleolus; `None` beyond 12 players, or where no division gives everyone what it gets alone.
    pub nucleolus: Option<f64>,
    /// The least it gets in the core; `None` if the core is empty.
    pub core_low: Option<f64>,
    /// The most it gets in the core.
    pub core_high: Option<f64>,
}

/// Every value of a game that fits in a table.
pub fn value_table(game: &Game) -> Result<ValueTable, AgreementError> {
    let by_shapley = shapley(game);
    let core = least_core(game)?;
    let ranges = core_range(game)?;
    let division = if game.len() > MOST_PLAYERS_IN_NUCLEOLUS {
        None
    } else {
        match nucleolus(game, Domain::Imputations, Per::Coalition) {
            Ok(found) => Some(found.division),
            Err(AgreementError::NoImputation { .. }) => None,
            Err(error) => return Err(error),
        }
    };
    let everyone = game.players().all();
    let worst = largest_excess(game, &by_shapley);
    let labels = game.players().labels();
    let range = |player: usize| ranges.as_ref().map(|ranges| ranges[player]);
    Ok(ValueTable {
        together: game.grand(),
        core_nonempty: core.nonempty,
        epsilon: core.epsilon,
        // The same rounding as for an empty core.
        shapley_in_core: worst.is_none_or(|worst| worst.value <= 1e-9 * game.scale()),
        shapley_objector: worst.map_or(Vec::new(), |worst| {
            let members = worst.coalition.players();
            members.map(|player| labels[player].clone()).collect()
        }),
        shapley_objection: worst.map_or(0.0, |worst| worst.value),
        players: (0..game.len())
            .map(|player| PlayerValue {
                label: labels[player].clone(),
                alone: game.values()[1 << player],
                marginal: game.grand() - game.value(everyone.without(player)),
                shapley: by_shapley[player],
                nucleolus: division.as_ref().map(|division| division[player]),
                core_low: range(player).map(|(low, _)| low),
                core_high: range(player).map(|(_, high)| high),
            })
            .collect(),
    })
}
