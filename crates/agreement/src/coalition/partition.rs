//! Partitions of the players into blocs.

use super::Coalition;

/// Disjoint, non-empty coalitions, sorted by their lowest player.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition(Vec<Coalition>);

impl Partition {
    /// Sort the blocs; empty ones are dropped.
    pub fn new(mut blocs: Vec<Coalition>) -> Self {
        blocs.retain(|bloc| !bloc.is_empty());
        blocs.sort_by_key(|bloc| bloc.0.trailing_zeros());
        Partition(blocs)
    }

    /// A coalition, and everyone else of n players alone.
    pub fn singletons_outside(coalition: Coalition, players: usize) -> Self {
        let alone = (0..players).filter(|player| !coalition.contains(*player));
        Self::new(alone.map(Coalition::of).chain([coalition]).collect())
    }

    /// A coalition, and everyone else of n players together.
    pub fn one_bloc_outside(coalition: Coalition, players: usize) -> Self {
        let rest = Coalition(Coalition::all(players).0 & !coalition.0);
        Self::new(vec![coalition, rest])
    }

    /// The blocs.
    pub fn blocs(&self) -> &[Coalition] {
        &self.0
    }
}

/// All partitions of a set: Bell's number of them, 1 for the empty set, in a fixed order.
pub fn partitions(set: Coalition) -> Vec<Partition> {
    fn extend(rest: Coalition, blocs: &mut Vec<Coalition>, all: &mut Vec<Partition>) {
        let Some(player) = rest.players().next() else {
            all.push(Partition::new(blocs.clone()));
            return;
        };
        let rest = rest.without(player);
        for index in 0..blocs.len() {
            blocs[index] = blocs[index].with(player);
            extend(rest, blocs, all);
            blocs[index] = blocs[index].without(player);
        }
        blocs.push(Coalition::of(player));
        extend(rest, blocs, all);
        blocs.pop();
    }
    let mut all = Vec::new();
    extend(set, &mut Vec::new(), &mut all);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn there_are_as_many_as_bell_says() {
        for (players, bell) in [(0, 1), (1, 1), (2, 2), (3, 5), (4, 15), (7, 877)] {
            let all = partitions(Coalition::all(players));
            assert_eq!(all.len(), bell);
            let distinct: BTreeSet<&Partition> = all.iter().collect();
            assert_eq!(distinct.len(), bell);
        }
    }
}
