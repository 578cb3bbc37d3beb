//! What may change: a scenario is an ordered list of small modifications, read from a TOML file.
//!
//! Three steps. [`Scenario::parse`] reads the file and finds every mistake that needs no world:
//! unknown keys, wrong types, negative lengths, shares that do not add to 1.
//! [`Scenario::resolve`] holds all modifications against a [`World`](comity_world::World), in
//! order, and finds every name, border or link that is not there. [`Resolved::apply`] then cannot
//! fail. [`check`] runs the first two and reports the mistakes of both together.

mod apply;
mod assumed;
mod describe;
mod error;
mod membership;
mod modification;
mod parse;
mod path;
mod place;
mod programme;
mod project;
mod resolve;
mod resolved;
mod rules;
mod scenario;
mod schema;
mod walk;

pub use assumed::AssumedCosts;
pub use error::ScenarioError;
pub use membership::{
    BorderHours, ExternalTariff, Membership, NamedHours, NamedTariffs, NoEffects, Tariffs,
};
pub use modification::{
    BorderChange, BuildLink, Change, CloseLink, End, FreightRate, Modification, NonTariffCost,
    OneOrMany, Productivity, Site, Tariff, TerminalChange, TerminalRole, UpgradeLink, Via,
};
pub use programme::{Programme, ProgrammeProject};
pub use project::{Loan, LoanFile, Project, ProjectFile};
pub use resolved::{ChangeKind, ChangedLink, Resolved};
pub use scenario::{Scenario, check};
pub use schema::json_schema;
