//! Customisation: what the arcs of the completed graph cost in a metric (Dibbelt, Strasser &
//! Wagner 2016, basic customisation).
//!
//! An arc between x and a later y costs the least of its input arcs and of the ways x–w–y over an
//! earlier w. Every arc pulls its cost from arcs of lower levels, so that the arcs of one level are
//! independent, and an arc can be recomputed alone where part of the metric changes.

use super::Label;
use super::topology::{Slots, Topology};
use std::collections::BTreeSet;

/// From below and from above.
type Both = [Label; 2];

const UP: usize = 0;
const DOWN: usize = 1;
/// Levels with more arcs than this are shared between threads.
const PARALLEL: usize = 2_000;

/// The costs of a completed graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// The least input arc, by completed arc and direction.
    input: Vec<Both>,
    /// With the ways over earlier vertices.
    arcs: Vec<Both>,
}

impl Metric {
    /// Customise a topology. `labels` are those of the arcs that the slots place.
    ///
    /// # Panics
    /// If there is not one label a slot.
    pub fn new(topology: &Topology, slots: &Slots, labels: &[Label]) -> Metric {
        let input = Self::place(topology, slots, labels);
        let mut arcs = input.clone();
        for level in 0..topology.levels() {
            let positions = topology.level(level);
            let first = positions.first().map_or(0, |p| topology.arcs_up(*p).start);
            let last = positions.last().map_or(0, |p| topology.arcs_up(*p).end);
            let (done, rest) = arcs.split_at_mut(first);
            pull_level(topology, done, positions, &mut rest[..last - first]);
        }
        Metric { input, arcs }
    }

    fn place(topology: &Topology, slots: &Slots, labels: &[Label]) -> Vec<Both> {
        assert_eq!(slots.len(), labels.len(), "a label an arc");
        let mut input = vec![[Label::UNREACHED; 2]; topology.arcs()];
        for (at, label) in labels.iter().enumerate() {
            if let Some((arc, direction)) = slots.of(at) {
                input[arc][direction].keep_better(*label);
            }
        }
        input
    }

    /// Take on new labels and recompute what depends on those that differ. The result is that of
    /// [`Metric::new`]. Returns how many completed arcs were recomputed.
    ///
    /// # Panics
    /// If there is not one label a slot.
    pub fn update(&mut self, topology: &Topology, slots: &Slots, labels: &[Label]) -> usize {
        let input = Self::place(topology, slots, labels);
        let differs = |arc: &usize| input[*arc] != self.input[*arc];
        let changed: Vec<usize> = (0..input.len()).filter(differs).collect();
        self.input = input;
        self.repair(topology, changed)
    }

    /// Set the input labels of single arcs of the graph, (from, to, label), where no other arc of
    /// the graph joins the same two vertices in the same direction, and recompute what depends on
    /// them. Returns how many completed arcs were recomputed; `None`, and nothing is changed, if an
    /// arc is not in the topology.
    pub fn set(&mut self, topology: &Topology, changes: &[(u32, u32, Label)]) -> Option<usize> {
        let mut placed = Vec::new();
        for (from, to, label) in changes {
            if from != to {
                placed.push((topology.slot(*from, *to)?, label));
            }
        }
        let mut changed = Vec::new();
        for (slot, label) in placed {
            let (arc, direction) = ((slot / 2) as usize, (slot % 2) as usize);
            self.input[arc][direction] = *label;
            changed.push(arc);
        }
        Some(self.repair(topology, changed))
    }

    /// Recompute arcs whose input has changed, and those above them as far as changes reach. Arcs
    /// are numbered by level, so that the smallest waiting arc depends on none that waits.
    fn repair(&mut self, topology: &Topology, changed: Vec<usize>) -> usize {
        let mut waiting: BTreeSet<usize> = changed.into_iter().collect();
        let mut count = 0;
        while let Some(arc) = waiting.pop_first() {
            count += 1;
            let found = self.pull_one(topology, arc);
            if found == self.arcs[arc] {
                continue;
            }
            self.arcs[arc] = found;
            let (x, y) = (topology.tail(arc), topology.head(arc));
            for other in topology.arcs_up(x) {
                let z = topology.head(other);
                if z != y {
                    let (below, above) = (y.max(z), y.min(z));
                    let joined = topology.arc(below, above).expect("the graph is chordal");
                    waiting.insert(joined as usize);
                }
            }
        }
        count
    }

    fn pull_one(&self, topology: &Topology, arc: usize) -> Both {
        let (x, y) = (topology.tail(arc), topology.head(arc));
        let mut found = self.input[arc];
        for wx in topology.arcs_below(x) {
            let wx = *wx as usize;
            if let Some(wy) = topology.arc(topology.tail(wx), y) {
                over(&mut found, &self.arcs[wx], &self.arcs[wy as usize]);
            }
        }
        found
    }

    /// The label of a completed arc run from below.
    #[inline]
    pub(super) fn up(&self, arc: usize) -> &Label {
        &self.arcs[arc][UP]
    }

    /// The label of a completed arc run from above.
    #[inline]
    pub(super) fn down(&self, arc: usize) -> &Label {
        &self.arcs[arc][DOWN]
    }
}

/// Improve the arc x–y by the way over w.
#[inline]
fn over(xy: &mut Both, wx: &Both, wy: &Both) {
    // Sums are added only where costs are not worse.
    if wx[DOWN].cost + wy[UP].cost <= xy[UP].cost {
        xy[UP].keep_better(wx[DOWN].then(&wy[UP]));
    }
    if wy[DOWN].cost + wx[UP].cost <= xy[DOWN].cost {
        xy[DOWN].keep_better(wy[DOWN].then(&wx[UP]));
    }
}

/// Pull the arcs of positions of one level; `own` are their arcs, `done` those of lower levels.
fn pull_level(topology: &Topology, done: &[Both], positions: &[u32], own: &mut [Both]) {
    if positions.len() > 1 && own.len() > PARALLEL {
        let (left, right) = positions.split_at(positions.len() / 2);
        let size: usize = left.iter().map(|p| topology.arcs_up(*p).len()).sum();
        let (own_left, own_right) = own.split_at_mut(size);
        rayon::join(
            || pull_level(topology, done, left, own_left),
            || pull_level(topology, done, right, own_right),
        );
        return;
    }
    let mut place = vec![0u32; topology.height()];
    let mut rest = own;
    for x in positions {
        let range = topology.arcs_up(*x);
        let (arcs, after) = rest.split_at_mut(range.len());
        rest = after;
        for (at, arc) in range.enumerate() {
            place[topology.depth(topology.head(arc)) as usize] = at as u32;
        }
        for wx in topology.arcs_below(*x) {
            let wx = *wx as usize;
            // The later neighbours of w beyond x are later neighbours of x.
            for wy in wx + 1..topology.arcs_up(topology.tail(wx)).end {
                let y = topology.depth(topology.head(wy)) as usize;
                over(&mut arcs[place[y] as usize], &done[wx], &done[wy]);
            }
        }
    }
}
