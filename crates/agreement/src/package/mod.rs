//! The package: which projects of a programme does every member accept, and which set is best?
//!
//! A set is accepted if every member then has its δ and no project in it is vetoed. Among accepted
//! sets within the budget the best by the [`Objective`] is chosen: exactly by looking at all sets
//! up to [`MOST_ENUMERATED`] projects, by branch and bound beyond where the gains have a bound, by
//! local search otherwise. The result says which.

mod branch;
mod divide;
mod gains;
mod local;
mod programme;
mod screen;
mod search;
mod vetoes;

pub use gains::{AdditiveGains, Bound, Gains, MemberGain, WithBound};
pub use programme::{Objective, Programme, Project, Sharing, Voter};
pub use search::{Chosen, ChosenMember, Effort, Estimate, Package, PackageProof, choose};
pub use vetoes::{JointPair, JointPairs, Veto, joint_pairs, vetoes};

/// Up to so many projects every affordable set is looked at, 32,767 at most, if the effort allows.
pub const MOST_ENUMERATED: usize = 15;

/// The most projects of a programme.
pub const MOST_PROJECTS: usize = 64;

/// A set of projects: bit i is project i of the programme, sorted by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectSet(pub u64);

impl ProjectSet {
    /// No project.
    pub const EMPTY: ProjectSet = ProjectSet(0);

    /// The first n projects.
    pub fn all(projects: usize) -> ProjectSet {
        match projects {
            0 => ProjectSet(0),
            _ => ProjectSet(u64::MAX >> (64 - projects)),
        }
    }

    /// Whether the project is in it.
    pub fn contains(self, project: usize) -> bool {
        self.0 >> project & 1 == 1
    }

    /// With this project.
    #[must_use]
    pub fn with(self, project: usize) -> ProjectSet {
        ProjectSet(self.0 | 1 << project)
    }

    /// Without this project.
    #[must_use]
    pub fn without(self, project: usize) -> ProjectSet {
        ProjectSet(self.0 & !(1 << project))
    }

    /// Number of projects.
    pub fn size(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its projects, ascending.
    pub fn projects(self) -> impl Iterator<Item = usize> {
        crate::coalition::Coalition(self.0).players()
    }
}
