//! Core and least core.

use super::lp::{FEASIBLE, Row, minimise};
use crate::coalition::{Coalition, Game};
use crate::error::AgreementError;
use crate::sum::sum;

/// The objection of a coalition to a division: what it gets alone less what it is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Excess {
    /// Who objects.
    pub coalition: Coalition,
    /// v(S) − x(S), unit of v. Positive: S is better off alone.
    pub value: f64,
}

/// The least core, and with it whether the core is empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Core {
    /// The least ε for which some division leaves no coalition an objection above ε, unit of v.
    /// 0 for a single player, whom nobody can object to.
    pub epsilon: f64,
    /// Whether the core has a division: ε ≤ 0 up to 1e-9 of the largest value.
    pub nonempty: bool,
    /// A division of the least core, in the order of the sorted labels; it adds to v(N).
    pub division: Vec<f64>,
    /// The coalitions whose objection is ε.
    pub binding: Vec<Coalition>,
    /// ε less the bound that the linear programme proves, as a share of the largest value.
    pub gap: f64,
}

/// ε here and in the programme may differ by this share of the largest value.
const TOLERANCE: f64 = 1e-8;

/// The largest objection to a division among all coalitions but nobody and everybody; the first
/// such coalition by bitmask. `None` for a single player.
pub fn largest_excess(game: &Game, division: &[f64]) -> Option<Excess> {
    let mut worst: Option<Excess> = None;
    scan(game.values(), division, |coalition, value| {
        if worst.is_none_or(|worst| value > worst.value) {
            worst = Some(Excess { coalition, value });
        }
    });
    worst
}

/// The least core (Maschler, Peleg & Shapley 1979), for every game that fits in a table.
pub fn least_core(game: &Game) -> Result<Core, AgreementError> {
    let players = game.len();
    let scale = game.scale();
    let values: Vec<f64> = game.values().iter().map(|v| v / scale).collect();
    let mut objective = vec![0.0; players + 1];
    objective[players] = 1.0;
    let mut rows = vec![efficient(&values, players)];
    let x = minimise("least core", &objective, &bounds(players), &mut rows, |x| {
        violated(&values, players, x, |_| x[players], Some(players))
    })?;
    let proved = x[players] * scale;
    let division = exactly_efficient(game, &x[..players], scale);
    let Some(worst) = largest_excess(game, &division) else {
        return Ok(Core {
            epsilon: 0.0,
            nonempty: true,
            division,
            binding: Vec::new(),
            gap: 0.0,
        });
    };
    let gap = (worst.value - proved) / scale;
    if gap.abs() > TOLERANCE {
        return Err(AgreementError::Check {
            what: "least core",
            off: gap,
            tolerance: TOLERANCE,
        });
    }
    let mut binding = Vec::new();
    scan(game.values(), &division, |coalition, value| {
        if worst.value - value <= TOLERANCE * scale {
            binding.push(coalition);
        }
    });
    Ok(Core {
        epsilon: worst.value,
        nonempty: worst.value <= FEASIBLE * scale,
        division,
        binding,
        gap,
    })
}

/// The least and the most that each player gets in the core, in the order of the sorted labels;
/// `None` if the core is empty.
pub fn core_range(game: &Game) -> Result<Option<Vec<(f64, f64)>>, AgreementError> {
    if !least_core(game)?.nonempty {
        return Ok(None);
    }
    let players = game.len();
    let scale = game.scale();
    let values: Vec<f64> = game.values().iter().map(|v| v / scale).collect();
    let mut rows = vec![efficient(&values, players)];
    let bounds = &bounds(players)[..players];
    let mut ranges = Vec::with_capacity(players);
    // A core that is a single point may be empty by a rounding error.
    let slack = 2.0 * FEASIBLE;
    for player in 0..players {
        let mut ends = [0.0; 2];
        for (end, sign) in ends.iter_mut().zip([1.0, -1.0]) {
            let mut objective = vec![0.0; players];
            objective[player] = sign;
            let x = minimise("core", &objective, bounds, &mut rows, |x| {
                violated(&values, players, x, |_| slack, None)
            })?;
            *end = x[player] * scale;
        }
        ranges.push((ends[0], ends[1]));
    }
    Ok(Some(ranges))
}

/// Bounds that no division of interest reaches; they keep the programme with few rows bounded. With
/// |v| ≤ 1 the equal split leaves no objection above 2, so in the least core −3 ≤ x ≤ 4, and 2n + 2
/// where objections count per member.
pub(super) fn bounds(players: usize) -> Vec<(f64, f64)> {
    let far = 2.0 * players as f64 + 10.0;
    let mut bounds = vec![(-far, far); players];
    bounds.push((-far * (players as f64 + 1.0), 10.0));
    bounds
}

pub(super) fn efficient(values: &[f64], players: usize) -> Row {
    Row {
        coefficients: (0..players).map(|player| (player, 1.0)).collect(),
        equal: true,
        bound: values[values.len() - 1],
    }
}

/// The most violated row of each coalition size: x(S) + allowed(S) ≥ v(S). `epsilon` is the
/// variable that the row allows by, if it is one.
fn violated(
    values: &[f64],
    players: usize,
    x: &[f64],
    allowed: impl Fn(Coalition) -> f64,
    epsilon: Option<usize>,
) -> Vec<Row> {
    let mut worst: Vec<Option<Excess>> = vec![None; players];
    scan(values, &x[..players], |coalition, excess| {
        let value = excess - allowed(coalition);
        let worst = &mut worst[coalition.size()];
        if value > FEASIBLE && worst.is_none_or(|worst| value > worst.value) {
            *worst = Some(Excess { coalition, value });
        }
    });
    worst
        .into_iter()
        .flatten()
        .map(|excess| {
            let mut coefficients: Vec<(usize, f64)> =
                excess.coalition.players().map(|p| (p, 1.0)).collect();
            let mut bound = values[excess.coalition.0 as usize];
            match epsilon {
                Some(variable) => coefficients.push((variable, 1.0)),
                None => bound -= allowed(excess.coalition),
            }
            Row {
                coefficients,
                equal: false,
                bound,
            }
        })
        .collect()
}

/// Visit every coalition but nobody and everybody with its excess, ascending by bitmask.
pub(super) fn scan(values: &[f64], division: &[f64], mut visit: impl FnMut(Coalition, f64)) {
    const LOW: usize = 10;
    let players = division.len();
    let low = LOW.min(players);
    let mut given = vec![0.0; 1 << low];
    for set in 1..given.len() {
        given[set] = given[set & (set - 1)] + division[set.trailing_zeros() as usize];
    }
    let last = values.len() - 1;
    for (high, block) in values.chunks(given.len()).enumerate() {
        let given_high = Coalition(high as u64).sum(&division[low..]);
        for (low_part, (value, given)) in block.iter().zip(&given).enumerate() {
            let set = high << low | low_part;
            if set != 0 && set != last {
                visit(Coalition(set as u64), value - given_high - given);
            }
        }
    }
}

/// Back to the unit of v, with what is missing from v(N) spread evenly.
pub(super) fn exactly_efficient(game: &Game, x: &[f64], scale: f64) -> Vec<f64> {
    let mut division: Vec<f64> = x.iter().map(|x| x * scale).collect();
    let missing = game.grand() - sum(division.iter().copied());
    let share = missing / division.len() as f64;
    division.iter_mut().for_each(|x| *x += share);
    division
}
