//! Why a scenario cannot be used.

use comity_world::Problem;
use comity_world::problem::list;

/// A scenario that cannot be read, or that does not fit its world.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// Every mistake found.
    #[error("{}", list(.0))]
    Invalid(Vec<Problem>),
    #[error("cannot read {path}: {source}")]
    Io {
        path: String,
        source: std::io::Error,
    },
}

impl From<Vec<Problem>> for ScenarioError {
    fn from(problems: Vec<Problem>) -> Self {
        ScenarioError::Invalid(problems)
    }
}
