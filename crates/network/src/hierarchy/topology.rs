//! The chordal completion of an order, and its elimination tree (Dibbelt, Strasser & Wagner 2016).
//!
//! Eliminating a vertex joins all its later neighbours. In the completed graph the later
//! neighbours of a vertex are its ancestors in the elimination tree, whose parent relation is
//! "first later neighbour". Vertices are numbered here by their position in a depth-first walk
//! from the roots, so that ancestors come first and subtrees are ranges.

use super::order::{Order, neighbours};
use super::{Digraph, NONE};

/// The completed graph: one arc, in both directions, from each vertex to each later neighbour.
#[derive(Clone, Debug)]
pub struct Topology {
    order: Order,
    /// Vertex → position, and back.
    position: Vec<u32>,
    vertex: Vec<u32>,
    /// By position: parent ([`NONE`] for roots), number of ancestors, end of the subtree's range.
    parent: Vec<u32>,
    depth: Vec<u32>,
    end: Vec<u32>,
    /// Arcs of a position to its ancestors, nearest first: `arcs[p]` is a range of `head`.
    arcs: Vec<(u32, u32)>,
    head: Vec<u32>,
    tail: Vec<u32>,
    /// Arcs that come from below: `below[below_first[p]..below_first[p + 1]]`, ascending.
    below_first: Vec<u32>,
    below: Vec<u32>,
    /// Positions by level, leaves first. Arcs are numbered in this order.
    by_level: Vec<u32>,
    level_first: Vec<u32>,
}

impl Topology {
    /// Complete a graph in an order of its vertices.
    ///
    /// # Panics
    /// If the order is of another number of vertices.
    pub fn new(graph: &Digraph, order: Order) -> Topology {
        let n = graph.vertices();
        assert_eq!(n, order.0.len(), "the order is of this graph");
        let later = complete(graph, &order.0);
        let parent_rank = |rank: u32| later[rank as usize].first().copied();
        // Depth-first walk: position of every rank.
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); n];
        let mut stack: Vec<u32> = Vec::new();
        for rank in 0..n as u32 {
            match parent_rank(rank) {
                Some(parent) => children[parent as usize].push(rank),
                None => stack.push(rank),
            }
        }
        let mut position_of_rank = vec![NONE; n];
        let mut rank_at = Vec::with_capacity(n);
        while let Some(rank) = stack.pop() {
            position_of_rank[rank as usize] = rank_at.len() as u32;
            rank_at.push(rank);
            stack.extend(&children[rank as usize]);
        }
        let (mut parent, mut depth) = (vec![NONE; n], vec![0; n]);
        for p in 0..n {
            if let Some(above) = parent_rank(rank_at[p]) {
                let above = position_of_rank[above as usize];
                parent[p] = above;
                depth[p] = depth[above as usize] + 1;
            }
        }
        let mut end: Vec<u32> = (1..=n as u32).collect();
        let mut level = vec![0u32; n];
        for p in (0..n).rev() {
            if parent[p] != NONE {
                let above = parent[p] as usize;
                end[above] = end[above].max(end[p]);
                level[above] = level[above].max(level[p] + 1);
            }
        }
        let mut by_level: Vec<u32> = (0..n as u32).collect();
        by_level.sort_by_key(|p| level[*p as usize]);
        let levels = level.iter().max().map_or(0, |l| l + 1);
        let level_first = (0..=levels)
            .map(|l| by_level.partition_point(|p| level[*p as usize] < l) as u32)
            .collect();
        let (mut arcs, mut head, mut tail) = (vec![(0, 0); n], vec![], vec![]);
        for p in &by_level {
            let first = head.len() as u32;
            let ups = later[rank_at[*p as usize] as usize].iter();
            head.extend(ups.map(|rank| position_of_rank[*rank as usize]));
            tail.resize(head.len(), *p);
            arcs[*p as usize] = (first, head.len() as u32);
        }
        let mut below_first = vec![0; n + 1];
        for above in &head {
            below_first[*above as usize + 1] += 1;
        }
        for p in 0..n {
            below_first[p + 1] += below_first[p];
        }
        let mut next = below_first.clone();
        let mut below = vec![0; head.len()];
        for (arc, above) in head.iter().enumerate() {
            let at = &mut next[*above as usize];
            below[*at as usize] = arc as u32;
            *at += 1;
        }
        let vertex: Vec<u32> = rank_at.iter().map(|rank| order.0[*rank as usize]).collect();
        let mut position = vec![0; n];
        for (p, v) in vertex.iter().enumerate() {
            position[*v as usize] = p as u32;
        }
        Topology {
            order,
            position,
            vertex,
            parent,
            depth,
            end,
            arcs,
            head,
            tail,
            below_first,
            below,
            by_level,
            level_first,
        }
    }

    /// The order it was made with.
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// Number of vertices.
    pub fn vertices(&self) -> usize {
        self.vertex.len()
    }

    /// Number of arcs of the completed graph, each counted once for its two directions.
    pub fn arcs(&self) -> usize {
        self.head.len()
    }

    /// Most vertices on a way to a root, the root included.
    pub fn height(&self) -> usize {
        self.depth.iter().max().map_or(0, |d| *d as usize + 1)
    }

    /// Number of levels: vertices of one level can be customised side by side.
    pub fn levels(&self) -> usize {
        self.level_first.len() - 1
    }

    /// Where the arcs of a graph on these vertices lie in the completed graph. `None` if one of
    /// them is not there: the graph then needs a topology of its own.
    ///
    /// # Panics
    /// If the graph has another number of vertices.
    pub fn slots(&self, graph: &Digraph) -> Option<Slots> {
        assert_eq!(graph.vertices(), self.vertices(), "the same vertices");
        let mut slots = Vec::with_capacity(graph.arcs());
        for v in 0..graph.vertices() as u32 {
            for at in graph.arcs_of(v) {
                let u = graph.head(at);
                slots.push(if u == v { NONE } else { self.slot(v, u)? });
            }
        }
        Some(Slots(slots))
    }

    /// How many arcs of a graph, whose first vertices are these, are not in the completed graph.
    pub fn missing(&self, graph: &Digraph) -> usize {
        let known = |v: u32| (v as usize) < self.vertices();
        let arcs = (0..graph.vertices() as u32)
            .flat_map(|v| graph.arcs_of(v).map(move |at| (v, graph.head(at))));
        arcs.filter(|(v, u)| {
            let covered = known(*v) && known(*u) && self.slot(*v, *u).is_some();
            v != u && !covered
        })
        .count()
    }

    /// Twice the position of the completed arc, plus one if it is run from above.
    pub(super) fn slot(&self, from: u32, to: u32) -> Option<u32> {
        let (from, to) = (self.position(from), self.position(to));
        if from > to {
            self.arc(from, to).map(|arc| 2 * arc)
        } else {
            self.arc(to, from).map(|arc| 2 * arc + 1)
        }
    }

    /// The arc from a position to an ancestor.
    pub(super) fn arc(&self, below: u32, above: u32) -> Option<u32> {
        let (first, last) = self.arcs[below as usize];
        // Nearest first means deepest first: ancestors have smaller positions.
        let heads = &self.head[first as usize..last as usize];
        let at = heads.binary_search_by(|head| above.cmp(head)).ok()?;
        Some(first + at as u32)
    }

    #[inline]
    pub(super) fn position(&self, vertex: u32) -> u32 {
        self.position[vertex as usize]
    }

    #[inline]
    pub(super) fn parent(&self, position: u32) -> Option<u32> {
        let parent = self.parent[position as usize];
        (parent != NONE).then_some(parent)
    }

    #[inline]
    pub(super) fn depth(&self, position: u32) -> u32 {
        self.depth[position as usize]
    }

    #[inline]
    pub(super) fn end(&self, position: u32) -> u32 {
        self.end[position as usize]
    }

    /// Arcs of a position to its ancestors, nearest first.
    #[inline]
    pub(super) fn arcs_up(&self, position: u32) -> std::ops::Range<usize> {
        let (first, last) = self.arcs[position as usize];
        first as usize..last as usize
    }

    /// Arcs that come to a position from below.
    #[inline]
    pub(super) fn arcs_below(&self, position: u32) -> &[u32] {
        let p = position as usize;
        &self.below[self.below_first[p] as usize..self.below_first[p + 1] as usize]
    }

    #[inline]
    pub(super) fn head(&self, arc: usize) -> u32 {
        self.head[arc]
    }

    #[inline]
    pub(super) fn tail(&self, arc: usize) -> u32 {
        self.tail[arc]
    }

    /// The positions of every level, leaves first.
    pub(super) fn level(&self, level: usize) -> &[u32] {
        let range = self.level_first[level] as usize..self.level_first[level + 1] as usize;
        &self.by_level[range]
    }
}

/// Where the arcs of a graph lie in a completed graph; loops lie nowhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Slots(Vec<u32>);

impl Slots {
    /// Arc of the completed graph, and 0 if it is run from below, 1 if from above.
    #[inline]
    pub(super) fn of(&self, arc: usize) -> Option<(usize, usize)> {
        let slot = self.0[arc];
        (slot != NONE).then_some(((slot / 2) as usize, (slot % 2) as usize))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// By rank: the ranks of the later neighbours in the completed graph, ascending.
fn complete(graph: &Digraph, order: &[u32]) -> Vec<Vec<u32>> {
    let n = order.len();
    let mut rank = vec![0u32; n];
    for (r, v) in order.iter().enumerate() {
        rank[*v as usize] = r as u32;
    }
    let neighbours = neighbours(graph);
    let mut later: Vec<Vec<u32>> = vec![Vec::new(); n];
    let mut seen = vec![NONE; n];
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); n];
    for r in 0..n {
        let mut found: Vec<u32> = Vec::new();
        let mut add = |other: u32| {
            if other as usize > r && seen[other as usize] != r as u32 {
                seen[other as usize] = r as u32;
                found.push(other);
            }
        };
        for v in &neighbours[order[r] as usize] {
            add(rank[*v as usize]);
        }
        for child in &children[r] {
            later[*child as usize].iter().for_each(|other| add(*other));
        }
        found.sort_unstable();
        if let Some(parent) = found.first() {
            children[*parent as usize].push(r as u32);
        }
        later[r] = found;
    }
    later
}
