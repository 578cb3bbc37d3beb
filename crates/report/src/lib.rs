//! What an appraisal finds, for people and for programs.
//!
//! The only input is an [`Outcome`](comity_appraisal::outcome::Outcome). [`terminal::render`] prints it,
//! [`html::render`] makes one self-contained page of it, [`files`] turns it into tables and lines, and
//! [`write::write_all`] puts everything into a folder.

pub mod agreement;
pub mod candidates;
pub mod equilibrium;
pub mod error;
pub mod files;
pub mod flows;
pub mod html;
pub mod numbers;
pub mod panel;
pub mod programme;
pub mod risk;
mod select;
pub mod single;
pub mod skim;
pub mod terminal;
pub mod write;

pub use error::ReportError;
