//! Changing what borders cost.

use super::Resolver;
use crate::apply::{Amount, Op, border};
use crate::describe::{amount, count, list, number};
use crate::modification::BorderChange;
use comity_world::{Mode, TerminalKind, TerritoryId};
use std::collections::BTreeSet;

type Pair = (TerritoryId, TerritoryId);

impl Resolver<'_> {
    pub(super) fn border(&mut self, c: &BorderChange) {
        let asked = match (&c.between, &c.from, &c.to) {
            (Some(bloc), ..) => self.pairs_of_bloc(bloc),
            (None, Some(from), Some(to)) => {
                let from = self.territories("from", from.as_slice());
                let to = self.territories("to", to.as_slice());
                from.zip(to).map(|(from, to)| product(&from, &to))
            }
            _ => None,
        };
        let Some(asked) = asked else { return };
        if asked.is_empty() {
            let found = self.at("to", "a border needs two territories");
            self.problems.push(found);
            return;
        }
        let mut changed: Vec<(Pair, Mode)> = Vec::new();
        for mode in c.mode.as_slice() {
            let there = self.existing(*mode);
            let found: Vec<Pair> = asked
                .iter()
                .copied()
                .filter(|(a, b)| there.contains(&(*a, *b)) || there.contains(&(*b, *a)))
                .collect();
            self.complain_of_missing(c, *mode, &asked, &found);
            changed.extend(found.into_iter().map(|pair| (pair, *mode)));
        }
        if c.both_ways {
            let back: Vec<_> = changed.iter().map(|((a, b), m)| ((*b, *a), *m)).collect();
            changed.extend(back);
        }
        changed.sort();
        changed.dedup();
        let hours = Amount::of(c.hours, c.hours_factor);
        let usd = Amount::of(c.usd_per_teu, c.usd_factor);
        let before: Vec<f64> = changed
            .iter()
            .map(|((from, to), mode)| border(&self.world, *from, *to, *mode).hours)
            .collect();
        for ((from, to), mode) in &changed {
            self.emit(Op::SetBorder {
                from: *from,
                to: *to,
                mode: *mode,
                hours,
                usd,
                open: c.open,
                source: format!("scenario {}", self.scenario.id),
            });
        }
        self.step.sentence = self.border_sentence(c, &changed, &before);
    }

    fn border_sentence(
        &self,
        c: &BorderChange,
        changed: &[(Pair, Mode)],
        before: &[f64],
    ) -> String {
        let mut parts: Vec<String> = [
            amount("hours", Amount::of(c.hours, c.hours_factor)),
            amount("USD per TEU", Amount::of(c.usd_per_teu, c.usd_factor)),
            c.open
                .map(|open| if open { "opened" } else { "closed" }.to_owned()),
        ]
        .into_iter()
        .flatten()
        .collect();
        if changed.len() <= 2 && !matches!(Amount::of(c.hours, c.hours_factor), Amount::Keep) {
            for (((from, to), mode), before) in changed.iter().zip(before) {
                let after = border(&self.world, *from, *to, *mode).hours;
                parts.push(format!(
                    "{} to {} {} hours instead of {}",
                    self.territory_name(*from),
                    self.territory_name(*to),
                    number(after),
                    number(*before)
                ));
            }
        }
        let modes: Vec<&str> = c.mode.as_slice().iter().map(|m| m.label()).collect();
        let whose = match (&c.between, &c.from, &c.to) {
            (Some(bloc), ..) => format!("between members of {bloc}"),
            (None, Some(from), Some(to)) => format!(
                "from {} to {}{}",
                list(from.as_slice()),
                list(to.as_slice()),
                if c.both_ways { " and back" } else { "" }
            ),
            _ => String::new(),
        };
        format!(
            "Change every {} border {whose} ({}): {}.",
            list(&modes),
            count(changed.len(), "direction"),
            parts.join(", ")
        )
    }

    fn pairs_of_bloc(&mut self, bloc: &str) -> Option<Vec<Pair>> {
        let members = self.members("between", bloc)?;
        let territories: Vec<TerritoryId> = (0..self.world.territories.len())
            .filter(|at| members.contains(&self.world.territories[*at].economy))
            .map(TerritoryId::from_index)
            .collect();
        Some(product(&territories, &territories))
    }

    /// Borders of a mode that are there: with a row of their own, or crossed by a link. Ships and
    /// aircraft cross between any two territories that have a port or airport.
    pub(super) fn existing(&self, mode: Mode) -> BTreeSet<Pair> {
        let network = &self.world.network;
        let mut pairs: BTreeSet<Pair> = network
            .borders
            .iter()
            .filter(|b| b.mode == mode)
            .map(|b| (b.from, b.to))
            .collect();
        let kind = match mode {
            Mode::Sea => Some(TerminalKind::Port),
            Mode::Air => Some(TerminalKind::Airport),
            Mode::Rail | Mode::Road => None,
        };
        if let Some(kind) = kind {
            let mut with: Vec<TerritoryId> = network
                .terminals
                .iter()
                .filter(|t| t.kind == kind)
                .map(|t| t.territory)
                .collect();
            with.sort();
            with.dedup();
            pairs.extend(product(&with, &with));
        }
        for link in &network.links {
            if network.mode(link) != mode {
                continue;
            }
            let (from, to) = (
                &network.nodes[link.from.index()],
                &network.nodes[link.to.index()],
            );
            if let (Some(a), Some(b)) = (from.territory, to.territory)
                && a != b
            {
                pairs.insert((a, b));
            }
        }
        pairs
    }

    /// Each territory of `from` needs a border with one of `to`, and the other way round.
    fn complain_of_missing(
        &mut self,
        c: &BorderChange,
        mode: Mode,
        asked: &[Pair],
        found: &[Pair],
    ) {
        let mode = mode.label();
        if let Some(bloc) = &c.between {
            if found.is_empty() {
                let message = format!("no two members of {bloc} share a {mode} border");
                let problem = self.at("between", message);
                self.problems.push(problem);
            }
            return;
        }
        let mut named = BTreeSet::new();
        for (key, side) in [("from", 0), ("to", 1)] {
            let end = |pair: &Pair| if side == 0 { pair.0 } else { pair.1 };
            let lonely: BTreeSet<TerritoryId> = asked
                .iter()
                .map(end)
                .filter(|t| !found.iter().any(|pair| end(pair) == *t))
                .filter(|t| !named.contains(t))
                .collect();
            for territory in lonely {
                let partners: Vec<&str> = asked
                    .iter()
                    .filter(|pair| end(pair) == territory)
                    .map(|(a, b)| self.territory_name(if side == 0 { *b } else { *a }))
                    .collect();
                let message = format!(
                    "there is no {mode} border between {} and {}",
                    self.territory_name(territory),
                    list(&partners)
                );
                let neighbours = self.neighbours(territory, mode);
                let help = if neighbours.is_empty() {
                    format!(
                        "{} has no {mode} border at all",
                        self.territory_name(territory)
                    )
                } else {
                    format!(
                        "{} has {mode} borders with {}",
                        self.territory_name(territory),
                        neighbours.join(", ")
                    )
                };
                let problem = self.at(key, message).help(help);
                self.problems.push(problem);
                // A single missing pair is one mistake, not two.
                named.extend(
                    asked
                        .iter()
                        .filter(|pair| end(pair) == territory)
                        .map(|(a, b)| if side == 0 { *b } else { *a }),
                );
            }
        }
    }

    fn neighbours(&self, territory: TerritoryId, mode: &str) -> Vec<String> {
        let Some(mode) = Mode::parse(mode) else {
            return vec![];
        };
        let beside: BTreeSet<TerritoryId> = self
            .existing(mode)
            .into_iter()
            .filter_map(|(a, b)| match (a == territory, b == territory) {
                (true, false) => Some(b),
                (false, true) => Some(a),
                _ => None,
            })
            .collect();
        beside
            .into_iter()
            .map(|t| self.territory_name(t).to_owned())
            .collect()
    }
}

fn product(from: &[TerritoryId], to: &[TerritoryId]) -> Vec<Pair> {
    from.iter()
        .flat_map(|a| to.iter().map(move |b| (*a, *b)))
        .filter(|(a, b)| a != b)
        .collect()
}
