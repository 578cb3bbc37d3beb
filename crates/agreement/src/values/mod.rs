//! How a coalition game's worth may be divided: Shapley value, core and least core, nucleolus, and
//! Myerson's value for games with externalities.

mod core;
mod lp;
mod myerson;
mod nucleolus;
mod sampling;
mod shapley;
mod table;

pub use self::core::{Core, Excess, core_range, largest_excess, least_core};
pub use myerson::{ConjectureValues, conjecture_values, myerson, shapley_bounds};
pub use nucleolus::{Domain, MOST_PLAYERS_IN_NUCLEOLUS, Nucleolus, Per, nucleolus};
pub use sampling::{Sampled, shapley_sampled};
pub use shapley::shapley;
pub use table::{PlayerValue, ValueTable, value_table};
