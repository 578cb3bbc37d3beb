//! Does every member gain? What would make them agree, and which package could they accept?
//!
//! The rooms, each of which stands on plain numbers with labels:
//!
//! - [`consensus`]: who gains, who loses, with what probability, and the verdict in a sentence;
//! - [`transfers`]: the smallest payments that leave nobody worse off;
//! - [`coalition`]: what each coalition is worth, with or without externalities;
//! - [`values`]: Shapley value, core, nucleolus, Myerson's value;
//! - [`power`]: voting power under any rule of weights, quotas and vetoes;
//! - [`package`]: the set of projects that every member accepts and that is best.
//!
//! Only [`from_outcome`] knows an appraisal. Results do not depend on the order of members or on
//! the number of threads. The equations are in `docs/method/agreement.md`.
#![warn(missing_docs)]

pub mod coalition;
pub mod consensus;
mod error;
pub mod from_outcome;
pub mod package;
pub mod power;
mod sum;
pub mod transfers;
pub mod values;

pub use error::{AgreementError, Cause, Mistake};
