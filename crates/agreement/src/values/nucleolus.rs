//! The nucleolus: the division whose sorted objections are lexicographically least.
//!
//! Successive linear programmes (Maschler, Peleg & Shapley 1979): make the largest objection as
//! small as possible; settle the coalitions whose objection is then the same in every solution; go
//! on with the rest. The result is checked by Kohlberg's criterion (1971).

use super::core::{bounds, efficient, exactly_efficient, scan};
use super::lp::{FEASIBLE, Row, minimise};
use crate::coalition::{Coalition, Game};
use crate::error::AgreementError;
use crate::sum::sum;

/// The most players: 4,094 coalitions, each looked at in up to eleven programmes.
pub const MOST_PLAYERS_IN_NUCLEOLUS: usize = 12;

/// Objections that differ by less than this, as a share of the largest value, count as equal.
const TIGHT: f64 = 1e-8;
/// A direction that raises a coalition's payoff by less than this does not raise it.
const RAISED: f64 = 1e-6;

/// The divisions to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// All of v(N) is shared, and every player gets at least what it gets alone: the nucleolus.
    Imputations,
    /// All of v(N) is shared: the prenucleolus.
    Efficient,
}

/// How an objection counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// As it is.
    Coalition,
    /// Divided by the coalition's size: the per-capita nucleolus.
    Member,
}

/// The nucleolus.
#[derive(Clone, Debug, PartialEq)]
pub struct Nucleolus {
    /// In the order of the sorted labels, unit of v; adds to v(N).
    pub division: Vec<f64>,
    /// The objections settled at each step, descending, unit of v (a member).
    pub levels: Vec<f64>,
    /// How much some coalition at or above a level of objection could still be raised without
    /// lowering another: 0 if Kohlberg's criterion holds.
    pub kohlberg: f64,
}

/// The nucleolus, the prenucleolus or their per-capita variants.
pub fn nucleolus(game: &Game, domain: Domain, per: Per) -> Result<Nucleolus, AgreementError> {
    let players = game.len();
    if players > MOST_PLAYERS_IN_NUCLEOLUS {
        return Err(AgreementError::TooManyPlayers {
            what: "the nucleolus",
            players,
            most: MOST_PLAYERS_IN_NUCLEOLUS,
            instead: "use the least core, which takes up to 24",
        });
    }
    let scale = game.scale();
    let values: Vec<f64> = game.values().iter().map(|v| v / scale).collect();
    let alone: Vec<f64> = (0..players).map(|i| values[1 << i]).collect();
    let floor = match domain {
        Domain::Imputations => Some(alone.as_slice()),
        Domain::Efficient => None,
    };
    let grand = values[values.len() - 1];
    if floor.is_some() && sum(alone.iter().copied()) > grand + FEASIBLE {
        return Err(AgreementError::NoImputation {
            together: game.grand(),
            alone: sum(alone.iter().map(|v| v * scale)),
        });
    }
    let search = Search {
        values: &values,
        players,
        floor,
        per,
    };
    let (x, levels) = search.run()?;
    let kohlberg = search.kohlberg(&x)?;
    if kohlberg > RAISED {
        return Err(AgreementError::Check {
            what: "nucleolus",
            off: kohlberg,
            tolerance: RAISED,
        });
    }
    Ok(Nucleolus {
        division: exactly_efficient(game, &x, scale),
        levels: levels.into_iter().map(|level| level * scale).collect(),
        kohlberg,
    })
}

struct Search<'a> {
    /// \[coalition\], at most 1 in size.
    values: &'a [f64],
    players: usize,
    /// \[player\]: the least it may get.
    floor: Option<&'a [f64]>,
    per: Per,
}

impl Search<'_> {
    fn weight(&self, coalition: Coalition) -> f64 {
        match self.per {
            Per::Coalition => 1.0,
            Per::Member => coalition.size() as f64,
        }
    }

    fn run(&self) -> Result<(Vec<f64>, Vec<f64>), AgreementError> {
        let players = self.players;
        let mut settled = Span::new(players);
        settled.add(Coalition::all(players));
        let mut fixed = vec![efficient(self.values, players)];
        let mut levels = Vec::new();
        let mut bounds = bounds(players);
        for (bounds, floor) in bounds.iter_mut().zip(self.floor.into_iter().flatten()) {
            bounds.0 = *floor - FEASIBLE;
        }
        let mut x = vec![self.values[self.values.len() - 1] / players as f64; players];
        while settled.rank() < players {
            let open: Vec<bool> = (0..self.values.len() as u64)
                .map(|set| !settled.contains(Coalition(set)))
                .collect();
            let mut rows = fixed.clone();
            let mut objective = vec![0.0; players + 1];
            objective[players] = 1.0;
            let point = minimise("nucleolus", &objective, &bounds, &mut rows, |point| {
                self.objecting(point, &open)
            })?;
            let epsilon = point[players];
            x = point[..players].to_vec();
            let mut tight = Vec::new();
            scan(self.values, &x, |coalition, excess| {
                if open[coalition.0 as usize] && excess >= epsilon * self.weight(coalition) - TIGHT
                {
                    tight.push(coalition);
                }
            });
            let equal: Vec<Coalition> = settled.members.clone();
            let (always, _) = self.never_raised(&x, &tight, &equal)?;
            let before = settled.rank();
            for coalition in always {
                if settled.add(coalition) {
                    fixed.push(Row {
                        coefficients: coalition.players().map(|p| (p, 1.0)).collect(),
                        equal: true,
                        bound: coalition.sum(&x),
                    });
                }
            }
            if settled.rank() == before {
                return Err(AgreementError::Solver {
                    what: "nucleolus",
                    reason: format!("no coalition is settled at the objection {epsilon:e}"),
                });
            }
            levels.push(epsilon);
        }
        Ok((x, levels))
    }

    /// The open coalition of each size that objects most beyond ε.
    fn objecting(&self, point: &[f64], open: &[bool]) -> Vec<Row> {
        let players = self.players;
        let mut worst: Vec<Option<(f64, Coalition)>> = vec![None; players + 1];
        scan(self.values, &point[..players], |coalition, excess| {
            let value = excess - point[players] * self.weight(coalition);
            let worst = &mut worst[coalition.size()];
            if open[coalition.0 as usize]
                && value > FEASIBLE
                && worst.is_none_or(|(most, _)| value > most)
            {
                *worst = Some((value, coalition));
            }
        });
        worst
            .into_iter()
            .flatten()
            .map(|(_, coalition)| {
                let mut coefficients: Vec<(usize, f64)> =
                    coalition.players().map(|p| (p, 1.0)).collect();
                coefficients.push((players, self.weight(coalition)));
                Row {
                    coefficients,
                    equal: false,
                    bound: self.values[coalition.0 as usize],
                }
            })
            .collect()
    }

    /// Of these coalitions, those that no direction raises which lowers none of them, keeps the
    /// `equal` ones and takes nobody below the floor; and the largest raise found at the end.
    fn never_raised(
        &self,
        x: &[f64],
        coalitions: &[Coalition],
        equal: &[Coalition],
    ) -> Result<(Vec<Coalition>, f64), AgreementError> {
        let players = self.players;
        let mut bounds = vec![(-1.0, 1.0); players];
        for (player, floor) in self.floor.into_iter().flatten().enumerate() {
            if x[player] <= floor + TIGHT {
                bounds[player].0 = 0.0;
            }
        }
        let mut rows: Vec<Row> = equal.iter().map(|s| at_least_zero(*s, true)).collect();
        let mut left = coalitions.to_vec();
        loop {
            let mut objective = vec![0.0; players];
            for coalition in &left {
                for player in coalition.players() {
                    // Scaled: thousands of coalitions may add up.
                    objective[player] -= 1.0 / left.len() as f64;
                }
            }
            let y = minimise("nucleolus", &objective, &bounds, &mut rows, |y| {
                lowered(coalitions, y, players)
            })?;
            let most = left.iter().fold(0.0f64, |most, s| most.max(s.sum(&y)));
            let before = left.len();
            left.retain(|coalition| coalition.sum(&y) <= RAISED);
            if left.len() == before {
                return Ok((left, most));
            }
            if left.is_empty() {
                return Ok((left, most));
            }
        }
    }

    /// Kohlberg's criterion: at each level of objection, no direction raises a coalition at or
    /// above it without lowering another. Returns the largest raise possible.
    fn kohlberg(&self, x: &[f64]) -> Result<f64, AgreementError> {
        let mut sorted: Vec<(f64, Coalition)> = Vec::new();
        scan(self.values, x, |coalition, excess| {
            sorted.push((excess / self.weight(coalition), coalition));
        });
        sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let everyone = [Coalition::all(self.players)];
        let mut span = Span::new(self.players);
        span.add(everyone[0]);
        let mut upto = 0;
        let mut worst = 0.0f64;
        while span.rank() < self.players && upto < sorted.len() {
            let level = sorted[upto].0;
            while upto < sorted.len() && sorted[upto].0 >= level - TIGHT {
                span.add(sorted[upto].1);
                upto += 1;
            }
            let collection: Vec<Coalition> = sorted[..upto].iter().map(|(_, s)| *s).collect();
            let (left, most) = self.never_raised(x, &collection, &everyone)?;
            worst = worst.max(most);
            if left.len() < collection.len() {
                worst = worst.max(1.0);
            }
        }
        Ok(worst)
    }
}

fn at_least_zero(coalition: Coalition, equal: bool) -> Row {
    Row {
        coefficients: coalition.players().map(|p| (p, 1.0)).collect(),
        equal,
        bound: 0.0,
    }
}

/// The coalitions that a direction lowers most, at most twice as many as players.
fn lowered(coalitions: &[Coalition], y: &[f64], players: usize) -> Vec<Row> {
    let mut lowered: Vec<(f64, Coalition)> = coalitions
        .iter()
        .map(|coalition| (coalition.sum(y), *coalition))
        .filter(|(raise, _)| *raise < -FEASIBLE)
        .collect();
    lowered.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    lowered.truncate(2 * players);
    lowered
        .into_iter()
        .map(|(_, coalition)| at_least_zero(coalition, false))
        .collect()
}

/// The linear span of coalitions as 0–1 vectors, in echelon form.
struct Span {
    players: usize,
    members: Vec<Coalition>,
    /// Each with its pivot; the pivot's entry is 1 there and 0 in the rows after.
    rows: Vec<(usize, Vec<f64>)>,
}

impl Span {
    fn new(players: usize) -> Self {
        Span {
            players,
            members: Vec::new(),
            rows: Vec::new(),
        }
    }

    fn rank(&self) -> usize {
        self.rows.len()
    }

    /// What is left of the coalition outside the span, and its largest entry.
    fn remainder(&self, coalition: Coalition) -> (Vec<f64>, usize, f64) {
        let mut rest: Vec<f64> = (0..self.players)
            .map(|player| f64::from(u8::from(coalition.contains(player))))
            .collect();
        for (pivot, row) in &self.rows {
            let factor = rest[*pivot];
            if factor != 0.0 {
                for (rest, row) in rest.iter_mut().zip(row) {
                    *rest -= factor * row;
                }
                rest[*pivot] = 0.0;
            }
        }
        let (pivot, most) = rest
            .iter()
            .enumerate()
            .fold((0, 0.0f64), |(at, most), (i, value)| {
                if value.abs() > most {
                    (i, value.abs())
                } else {
                    (at, most)
                }
            });
        (rest, pivot, most)
    }

    fn contains(&self, coalition: Coalition) -> bool {
        // Entries are ratios of small determinants of 0–1 matrices: far from 1e-9 unless 0.
        self.remainder(coalition).2 < 1e-9
    }

    /// Add a coalition; false if it was in the span.
    fn add(&mut self, coalition: Coalition) -> bool {
        let (mut rest, pivot, most) = self.remainder(coalition);
        if most < 1e-9 {
            return false;
        }
        let scale = rest[pivot];
        rest.iter_mut().for_each(|value| *value /= scale);
        self.rows.push((pivot, rest));
        self.members.push(coalition);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coalition::Players;

    #[test]
    fn kohlberg_finds_fault_with_any_other_division() {
        // Three claims of 100, 200, 300 on an estate of 200: (50, 75, 75).
        let claims = [100.0, 200.0, 300.0];
        let players = Players::new(["a", "b", "c"]).unwrap();
        let game = Game::tabulate(players, |s| {
            let outside = (0..3).filter(|i| !s.contains(*i)).map(|i| claims[i]);
            Ok::<_, std::fmt::Error>((200.0 - outside.sum::<f64>()).max(0.0))
        })
        .unwrap();
        let values: Vec<f64> = game.values().iter().map(|v| v / 200.0).collect();
        let search = Search {
            values: &values,
            players: 3,
            floor: Some(&[0.0; 3]),
            per: Per::Coalition,
        };
        assert!(search.kohlberg(&[0.25, 0.375, 0.375]).unwrap() < 1e-12);
        for other in [[0.25, 0.376, 0.374], [0.24, 0.38, 0.38], [0.0, 0.5, 0.5]] {
            assert!(search.kohlberg(&other).unwrap() > 0.1, "{other:?}");
        }
    }
}
