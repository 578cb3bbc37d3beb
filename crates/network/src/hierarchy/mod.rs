//! Cheapest paths by customisable contraction hierarchies.
//!
//! Work is split by how often it repeats (Dibbelt, Strasser & Wagner 2016, "Customizable
//! Contraction Hierarchies", ACM Journal of Experimental Algorithmics 21):
//!
//! 1. [`order`]: once a network, an elimination order by nested dissection with inertial flow
//!    (Schild & Sommer 2015, "On Balanced Separators in Road Networks", SEA).
//! 2. [`topology`]: the chordal completion and the elimination tree of that order.
//! 3. [`customise`]: once a metric, the costs of the completed arcs, in whole or in part.
//! 4. [`query`]: many-to-many by a restricted downward sweep (Delling, Goldberg & Werneck 2011,
//!    "Faster Batched Shortest Paths in Road Networks", ATMOS).
//!
//! A path is judged by its cost in whole numbers, then its hours, USD and kilometres ([`Label`]).
//! Hours, USD and kilometres are multiples of 2⁻³² ([`fixed_point`]), so that their sums are exact
//! up to 2²¹ and do not depend on the order of additions: two algorithms that find a least path
//! find the same four numbers.

pub mod customise;
mod flow;
pub mod kept;
mod lanes;
pub mod order;
pub mod query;
#[cfg(test)]
mod tests;
pub mod topology;

/// No vertex, arc or position.
pub(crate) const NONE: u32 = u32::MAX;

/// A directed graph in compressed sparse rows. Parallel arcs and loops are allowed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Digraph {
    first: Vec<u32>,
    to: Vec<u32>,
}

impl Digraph {
    /// A graph from its arcs (from, to), sorted by `from`.
    ///
    /// # Panics
    /// If the arcs are not sorted or name a vertex that is not there.
    pub fn new(vertices: usize, arcs: impl Iterator<Item = (u32, u32)>) -> Digraph {
        let mut first = vec![0; vertices + 1];
        let mut to = Vec::new();
        let mut last = 0;
        for (a, b) in arcs {
            assert!(a >= last, "arcs are sorted by their tail");
            assert!((b as usize) < vertices, "arcs end at a vertex");
            last = a;
            first[a as usize + 1] += 1;
            to.push(b);
        }
        for v in 0..vertices {
            first[v + 1] += first[v];
        }
        Digraph { first, to }
    }

    /// Number of vertices.
    pub fn vertices(&self) -> usize {
        self.first.len() - 1
    }

    /// Number of arcs.
    pub fn arcs(&self) -> usize {
        self.to.len()
    }

    /// Positions of the arcs that leave a vertex.
    #[inline]
    pub fn arcs_of(&self, vertex: u32) -> std::ops::Range<usize> {
        self.first[vertex as usize] as usize..self.first[vertex as usize + 1] as usize
    }

    /// Where an arc leads.
    #[inline]
    pub fn head(&self, arc: usize) -> u32 {
        self.to[arc]
    }
}

/// More than any cost, and small enough that two of it can be added.
pub const UNREACHED: u64 = u64::MAX / 2;

/// What a path costs: the cost that decides, and the sums that travel along.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Label {
    /// [`UNREACHED`] if there is no path.
    pub cost: u64,
    /// Hours, USD and kilometres, all [`fixed_point`].
    pub sums: [f64; 3],
}

impl Label {
    /// No path.
    pub const UNREACHED: Self = Label {
        cost: UNREACHED,
        sums: [0.0; 3],
    };
    /// The path that stays where it is.
    pub const ZERO: Self = Label {
        cost: 0,
        sums: [0.0; 3],
    };

    /// Whether this path is better: by cost, then hours, USD, kilometres.
    #[inline]
    pub fn beats(&self, other: &Self) -> bool {
        self.cost < other.cost || (self.cost == other.cost && self.sums < other.sums)
    }

    /// One path after the other. Unreached if either is.
    #[inline]
    pub fn then(&self, next: &Self) -> Self {
        let cost = self.cost + next.cost;
        if cost >= UNREACHED {
            return Self::UNREACHED;
        }
        let (a, b) = (&self.sums, &next.sums);
        Label {
            cost,
            sums: [a[0] + b[0], a[1] + b[1], a[2] + b[2]],
        }
    }

    /// Keep the better of two paths.
    #[inline]
    pub fn keep_better(&mut self, other: Self) {
        if other.beats(self) {
            *self = other;
        }
    }
}

/// The nearest multiple of 2⁻³². Sums of such numbers up to 2²¹ are exact in double precision.
pub fn fixed_point(x: f64) -> f64 {
    const UNIT: f64 = (1u64 << 32) as f64;
    // What is too large for the unit is a multiple of it anyway.
    if x.abs() < (1u64 << 21) as f64 {
        (x * UNIT).round() / UNIT
    } else {
        x
    }
}
