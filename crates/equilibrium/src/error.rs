//! What can go wrong, named by cell.

use std::fmt;

use crate::residuals::Block;

/// One thing that is wrong with the input, with the cell it is in.
///
/// Indices are those of the caller's arrays. The crate knows no names; whoever
/// built the arrays turns an index back into an ISO code or a sector code.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The array, as the field is called: `"trade"`, `"tariff"`, `"input_share"` …
    pub table: &'static str,
    /// The project, where there are several.
    pub project: Option<usize>,
    /// The economy (the importer, where there are two).
    pub economy: Option<usize>,
    /// The exporter, for bilateral arrays.
    pub exporter: Option<usize>,
    /// The sector (the input, where there are two).
    pub sector: Option<usize>,
    /// The sector that uses the input.
    pub using_sector: Option<usize>,
    /// The offending number.
    pub value: f64,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Problem {
    pub(crate) fn new(table: &'static str, value: f64, reason: &'static str) -> Self {
        Problem {
            table,
            project: None,
            economy: None,
            exporter: None,
            sector: None,
            using_sector: None,
            value,
            reason,
        }
    }

    pub(crate) fn project(mut self, p: usize) -> Self {
        self.project = Some(p);
        self
    }

    pub(crate) fn economy(mut self, n: usize) -> Self {
        self.economy = Some(n);
        self
    }

    pub(crate) fn exporter(mut self, i: usize) -> Self {
        self.exporter = Some(i);
        self
    }

    pub(crate) fn sector(mut self, j: usize) -> Self {
        self.sector = Some(j);
        self
    }

    pub(crate) fn using_sector(mut self, k: usize) -> Self {
        self.using_sector = Some(k);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.table)?;
        let cell = [
            ("project", self.project),
            ("economy", self.economy),
            ("exporter", self.exporter),
            ("sector", self.sector),
            ("using sector", self.using_sector),
        ];
        let named: Vec<String> = cell
            .iter()
            .filter_map(|(name, index)| index.map(|index| format!("{name} {index}")))
            .collect();
        if !named.is_empty() {
            write!(f, " [{}]", named.join(", "))?;
        }
        write!(f, ": {} ({:e})", self.reason, self.value)
    }
}

/// Why there is no equilibrium to show.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EquilibriumError {
    /// An array does not have the length its dimensions ask for.
    #[error("{table} has {found} values, expected {expected} ({layout})")]
    Shape {
        /// The array.
        table: &'static str,
        /// Its layout, for instance `"[sector][importer][exporter]"`.
        layout: &'static str,
        /// Length asked for.
        expected: usize,
        /// Length given.
        found: usize,
    },
    /// The input contradicts itself; every problem found is listed.
    #[error("{} in the input of the equilibrium:{}", count(.0), list(.0))]
    Invalid(Vec<Problem>),
    /// The iteration stopped before every block of equations held.
    #[error(
        "no equilibrium found: the {block} equations are off by {size:e} (tolerance {tolerance:e}) \
         after {iterations} iterations, worst at {}; {hint}",
        place(.economy, .sector)
    )]
    NotConverged {
        /// The block of equations that is worst off.
        block: Block,
        /// The economy where it is worst.
        economy: usize,
        /// The sector where it is worst, if the block has sectors.
        sector: Option<usize>,
        /// Relative error there. NaN if the iteration left the real numbers.
        size: f64,
        /// What was asked for.
        tolerance: f64,
        /// Iterations spent, continuation steps included.
        iterations: usize,
        /// What to try.
        hint: String,
    },
    /// The decomposition along the path did not add up with the number of points allowed.
    #[error(
        "the decomposition of economy {economy} misses its total by {gap:e} (tolerance \
         {tolerance:e}) with {points} points on the path; allow more points"
    )]
    Decomposition {
        /// The economy where the gap is largest.
        economy: usize,
        /// Sum of the terms minus the total, as a share of baseline income.
        gap: f64,
        /// What was asked for.
        tolerance: f64,
        /// Points used.
        points: usize,
    },
}

fn count(problems: &[Problem]) -> String {
    match problems.len() {
        1 => "1 problem".to_string(),
        n => format!("{n} problems"),
    }
}

fn list(problems: &[Problem]) -> String {
    const SHOWN: usize = 20;
    let mut text = String::new();
    for problem in problems.iter().take(SHOWN) {
        text.push_str(&format!("\n  {problem}"));
    }
    if problems.len() > SHOWN {
        text.push_str(&format!("\n  and {} more", problems.len() - SHOWN));
    }
    text
}

fn place(economy: &usize, sector: &Option<usize>) -> String {
    match sector {
        Some(sector) => format!("economy {economy}, sector {sector}"),
        None => format!("economy {economy}"),
    }
}

pub(crate) fn check_length(
    table: &'static str,
    layout: &'static str,
    expected: usize,
    found: usize,
) -> Result<(), EquilibriumError> {
    if expected == found {
        Ok(())
    } else {
        Err(EquilibriumError::Shape {
            table,
            layout,
            expected,
            found,
        })
    }
}
