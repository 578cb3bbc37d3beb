//! Smallest vertex separators by maximum flow (Dinitz 1970) with one unit through every vertex
//! (Even & Tarjan 1975).
//!
//! Every vertex v is thought of as two states, arriving (2v) and leaving (2v + 1), joined by one
//! unit; edges take any amount. A unit of flow through v is recorded by where it came from and
//! where it goes on to.

use super::NONE;

/// An undirected simple graph in compressed sparse rows.
pub(super) struct Adjacency {
    pub first: Vec<u32>,
    pub to: Vec<u32>,
}

impl Adjacency {
    pub fn len(&self) -> usize {
        self.first.len() - 1
    }

    #[inline]
    pub fn of(&self, v: u32) -> &[u32] {
        &self.to[self.first[v as usize] as usize..self.first[v as usize + 1] as usize]
    }
}

const SOURCE: u32 = NONE - 1;
const SINK: u32 = NONE - 2;
const FAR: u32 = u32::MAX;

/// Working memory, reused between cuts of one graph.
pub(super) struct Flow<'a> {
    graph: &'a Adjacency,
    previous: Vec<u32>,
    next: Vec<u32>,
    level: Vec<u32>,
    tried: Vec<u32>,
    queue: Vec<u32>,
    path: Vec<u32>,
}

impl<'a> Flow<'a> {
    pub fn new(graph: &'a Adjacency) -> Flow<'a> {
        let n = graph.len();
        Flow {
            graph,
            previous: vec![NONE; n],
            next: vec![NONE; n],
            level: vec![FAR; 2 * n],
            tried: vec![0; 2 * n],
            queue: Vec::new(),
            path: Vec::new(),
        }
    }

    /// A smallest set of vertices that every path from `sources` to a sink meets, if it is smaller
    /// than `limit`. It may contain sources and sinks.
    pub fn separator(
        &mut self,
        sources: &[u32],
        is_sink: &[bool],
        limit: usize,
    ) -> Option<Vec<u32>> {
        self.previous.fill(NONE);
        self.next.fill(NONE);
        let mut amount = 0;
        while self.levels(sources, is_sink) {
            self.tried.fill(0);
            for source in sources {
                if self.previous[*source as usize] != SOURCE && self.augment(*source, is_sink) {
                    amount += 1;
                    if amount >= limit {
                        return None;
                    }
                }
            }
        }
        let cut = (0..self.graph.len())
            .filter(|v| self.level[2 * v] != FAR && self.level[2 * v + 1] == FAR)
            .map(|v| v as u32)
            .collect();
        Some(cut)
    }

    /// Distance of every state from the sources in the residual graph; whether a sink is reached.
    fn levels(&mut self, sources: &[u32], is_sink: &[bool]) -> bool {
        self.level.fill(FAR);
        self.queue.clear();
        for source in sources {
            self.level[2 * *source as usize] = 0;
            self.queue.push(2 * source);
        }
        let mut at = 0;
        let mut reached = FAR;
        while at < self.queue.len() {
            let state = self.queue[at];
            at += 1;
            let level = self.level[state as usize];
            if level >= reached {
                break;
            }
            let v = state / 2;
            let visit = |state: u32, queue: &mut Vec<u32>, levels: &mut Vec<u32>| {
                if levels[state as usize] == FAR {
                    levels[state as usize] = level + 1;
                    queue.push(state);
                }
            };
            if state.is_multiple_of(2) {
                if let Some(out) = self.through(v) {
                    visit(out, &mut self.queue, &mut self.level);
                }
            } else {
                if is_sink[v as usize] && self.next[v as usize] != SINK {
                    reached = reached.min(level + 1);
                }
                for u in self.graph.of(v) {
                    visit(2 * u, &mut self.queue, &mut self.level);
                }
                if self.next[v as usize] != NONE {
                    visit(2 * v, &mut self.queue, &mut self.level);
                }
            }
        }
        reached != FAR
    }

    /// Where the residual graph leads from arriving at v: through it if it is free, else back
    /// along the unit that takes it.
    fn through(&self, v: u32) -> Option<u32> {
        match self.previous[v as usize] {
            NONE => Some(2 * v + 1),
            SOURCE => None,
            before => Some(2 * before + 1),
        }
    }

    /// Send one more unit from a source along rising levels.
    fn augment(&mut self, source: u32, is_sink: &[bool]) -> bool {
        self.path.clear();
        self.path.push(2 * source);
        while let Some(state) = self.path.last().copied() {
            match self.advance(state, is_sink) {
                Some(SINK) => {
                    self.record();
                    return true;
                }
                Some(next) => self.path.push(next),
                None => {
                    self.path.pop();
                    if let Some(before) = self.path.last() {
                        self.tried[*before as usize] += 1;
                    }
                }
            }
        }
        false
    }

    /// The next admissible state, or `SINK`.
    fn advance(&mut self, state: u32, is_sink: &[bool]) -> Option<u32> {
        let v = state / 2;
        let level = self.level[state as usize].wrapping_add(1);
        if state.is_multiple_of(2) {
            if self.tried[state as usize] > 0 {
                return None;
            }
            return self
                .through(v)
                .filter(|out| self.level[*out as usize] == level);
        }
        if is_sink[v as usize] && self.next[v as usize] != SINK {
            return Some(SINK);
        }
        let neighbours = self.graph.of(v);
        while (self.tried[state as usize] as usize) < neighbours.len() {
            let u = neighbours[self.tried[state as usize] as usize];
            if self.level[2 * u as usize] == level {
                return Some(2 * u);
            }
            self.tried[state as usize] += 1;
        }
        let back = self.tried[state as usize] as usize == neighbours.len()
            && self.next[v as usize] != NONE
            && self.level[2 * v as usize] == level;
        back.then_some(2 * v)
    }

    fn record(&mut self) {
        let first = self.path[0] / 2;
        self.previous[first as usize] = SOURCE;
        for pair in self.path.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let (v, u) = ((from / 2) as usize, (to / 2) as usize);
            match (from % 2, to % 2) {
                // On to a neighbour.
                (1, 0) if v != u => {
                    self.next[v] = u as u32;
                    self.previous[u] = v as u32;
                }
                // The unit that took v is led elsewhere.
                (1, 0) => {
                    self.next[v] = NONE;
                    self.previous[v] = NONE;
                }
                // Through a free vertex, or back to where its unit came from.
                _ => {}
            }
        }
        let last = self.path[self.path.len() - 1] / 2;
        self.next[last as usize] = SINK;
    }
}
