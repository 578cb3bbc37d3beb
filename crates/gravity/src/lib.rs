//! Gravity equations with many fixed effects.
//!
//! [`estimate`] takes a [`Model`] (a [`Formula`] in fixest's syntax, PPML, OLS, gamma or Gaussian with a log link, weights,
//! offset) and a [`Frame`] (from CSV or Parquet), and gives an [`Estimate`]: coefficients,
//! any number of covariances, values of the fixed effects, fitted means, every row that
//! was left out with its reason. [`Estimate::fit`] gives the [`Fit`] that is written to
//! files and set side by side by [`table`]. The method is in `docs/method/gravity.md`.
#![warn(missing_docs)]
// Loops run over rows, levels and columns, as the equations' indices do, and use
// one index for several arrays.
#![allow(clippy::needless_range_loop)]

mod absorb;
mod bootstrap;
mod by_row;
mod check;
mod collinear;
mod columns;
mod correction;
mod dense;
mod design;
mod dyadic;
mod effects;
mod error;
mod estimate;
mod fit;
mod formula;
mod frame;
mod glm;
mod incidental;
mod iv;
mod levels;
mod model;
mod ols;
mod order;
mod poisson;
mod prune;
mod report;
mod sample;
mod separation;
mod statistics;
mod subset;
mod table;
mod vcov;
mod wald;

pub use bootstrap::{
    Bootstrap, BootstrapCoefficient, BootstrapMethod, BootstrapResult, BootstrapWeights,
};
pub use effects::EffectValues;
pub use error::{GravityError, Problem};
pub use estimate::{Certificate, Estimate, estimate};
pub use fit::{
    Coefficient, Convergence, DroppedRegressor, DroppedRow, EffectCount, Fit, FittedRow, Sample,
    Statistics,
};
pub use formula::{
    Expression, Factor, FixedEffect, Formula, Function, Operator, Regressor, parse_expression,
    parse_factors,
};
pub use frame::{Column, Frame, Values};
pub use incidental::BiasCorrection;
pub use iv::{InstrumentTest, InstrumentTests};
pub use model::{Correction, Covariance, Family, Model, Settings};
pub use subset::Condition;
pub use table::{TableFormat, table};
pub use vcov::CovarianceMatrix;
pub use wald::WaldTest;
