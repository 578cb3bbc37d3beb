//! Voting power: how often a member's vote decides, under any rule of weights, quotas and vetoes.

mod count;
mod decimal;
mod enumerate;
mod file;
mod generating;
mod indices;
mod rule;

pub use count::Method;
pub use decimal::Fraction;
pub use indices::{MemberPower, Power, power, power_by};
pub use rule::{Criterion, Quota, Rule};
