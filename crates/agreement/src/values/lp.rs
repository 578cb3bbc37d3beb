//! Linear programmes with one row for each coalition, of which only the binding ones are written.
//!
//! The rows are generated as they are found violated (Kelley's cutting planes), so a game of 2^n
//! coalitions costs a few programmes of some dozens of rows.

use crate::error::AgreementError;
use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions};

/// Allowed violation of a row, for games scaled to values of at most 1.
pub(crate) const FEASIBLE: f64 = 1e-9;

/// Rounds of rows before giving up: each adds rows not yet there, and there are finitely many.
const MOST_ROUNDS: usize = 2000;

/// coefficients · x (at least, or equal to) bound.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub coefficients: Vec<(usize, f64)>,
    pub equal: bool,
    pub bound: f64,
}

/// The x that minimises objective · x within bounds and rows. After each solution `violated` names
/// the rows that are broken; none means done. The rows found are kept in `rows`.
pub(crate) fn minimise(
    what: &'static str,
    objective: &[f64],
    bounds: &[(f64, f64)],
    rows: &mut Vec<Row>,
    mut violated: impl FnMut(&[f64]) -> Vec<Row>,
) -> Result<Vec<f64>, AgreementError> {
    for _ in 0..MOST_ROUNDS {
        let x = solve(what, objective, bounds, rows)?;
        let more = violated(&x);
        if more.is_empty() {
            return Ok(x);
        }
        rows.extend(more);
    }
    Err(AgreementError::Solver {
        what,
        reason: format!("rows are still violated after {MOST_ROUNDS} rounds"),
    })
}

fn solve(
    what: &'static str,
    objective: &[f64],
    bounds: &[(f64, f64)],
    rows: &[Row],
) -> Result<Vec<f64>, AgreementError> {
    let failed = |reason: String| AgreementError::Solver { what, reason };
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let variables: Vec<_> = objective
        .iter()
        .zip(bounds)
        .map(|(cost, bounds)| problem.add_var(*cost, *bounds))
        .collect();
    for row in rows {
        let terms = row.coefficients.iter().map(|(i, c)| (variables[*i], *c));
        let direction = if row.equal {
            ComparisonOp::Eq
        } else {
            ComparisonOp::Ge
        };
        problem.add_constraint(terms, direction, row.bound);
    }
    let mut options = SolveOptions::default();
    options.tolerances.feasibility = FEASIBLE / 4.0;
    let outcome = problem
        .solve_with(options)
        .map_err(|error| failed(error.to_string()))?;
    let solution = outcome
        .into_solution()
        .map_err(|_| failed("interrupted".into()))?;
    Ok(variables.iter().map(|v| solution.var_value(*v)).collect())
}
