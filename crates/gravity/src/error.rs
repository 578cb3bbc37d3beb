//! What can go wrong, named by column, place in the formula or row.

use std::fmt;

/// One mistake in a request: a column, a value, a place in the formula.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Problem {
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the names closest to the one given, if any is close.
    pub(crate) fn did_you_mean<'a>(
        self,
        name: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        match suggestion(name, candidates) {
            Some(text) => self.help(text),
            None => self,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if let Some(help) = &self.help {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

/// "did you mean a, b?", or nothing when no name is close.
pub(crate) fn suggestion<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let wanted = name.to_lowercase();
    let mut scored: Vec<(f64, &str)> = candidates
        .into_iter()
        .map(|c| {
            let name = c.to_lowercase();
            // Jaro's measure misses two letters that changed places in a short name.
            let slip = wanted.len() > 2 && strsim::osa_distance(&wanted, &name) == 1;
            let score = strsim::jaro_winkler(&wanted, &name);
            (if slip { score.max(0.9) } else { score }, c)
        })
        .filter(|(score, _)| *score > 0.75)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let names: Vec<&str> = scored.iter().take(3).map(|(_, c)| *c).collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(", ")))
}

/// Why there is no estimate to show.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GravityError {
    /// A file cannot be read as a table.
    #[error("{file}: {message}")]
    Read {
        /// The file.
        file: String,
        /// What is wrong with it.
        message: String,
    },
    /// A formula does not parse. The caret points at the place.
    #[error(
        "the formula does not parse: {message}\n  {formula}\n  {caret}{}",
        .help.as_ref().map(|h| format!("\n{h}")).unwrap_or_default(),
        caret = format!("{}^", " ".repeat(*.at))
    )]
    Formula {
        /// The formula as given.
        formula: String,
        /// Characters before the place.
        at: usize,
        /// What is wrong there.
        message: String,
        /// What would be right.
        help: Option<String>,
    },
    /// A condition on the rows does not parse.
    #[error("the condition {condition:?} does not parse: {message}")]
    Condition {
        /// The condition as given.
        condition: String,
        /// What is wrong.
        message: String,
    },
    /// The data do not fit the request; every mistake found is listed.
    #[error("{}:{}", count(.0), list(.0))]
    Input(Vec<Problem>),
    /// PPML needs outcomes that are not negative.
    #[error(
        "{outcome} is negative in {} (first in row {row}: {value}); \
         Poisson pseudo-maximum likelihood needs outcomes of zero or more",
        rows(*.count)
    )]
    NegativeOutcome {
        /// The outcome.
        outcome: String,
        /// How many rows.
        count: usize,
        /// The first such row of the data, counted from 1.
        row: usize,
        /// Its value.
        value: f64,
    },
    /// No row is left to estimate from.
    #[error("no rows left to estimate from: {0}")]
    EmptySample(String),
    /// Every regressor went.
    #[error("more parameters than rows: {regressors} regressors and {rows} rows")]
    TooManyParameters {
        /// Regressors asked for.
        regressors: usize,
        /// Rows left.
        rows: usize,
    },
    /// An iteration stopped before the first-order conditions held.
    #[error("{stage} did not converge in {iterations} iterations: {diagnosis}{}", steps(.trace))]
    NotConverged {
        /// The part of the estimation.
        stage: &'static str,
        /// Iterations spent.
        iterations: usize,
        /// Which condition is off, where, by how much.
        diagnosis: String,
        /// The last values of the quantity that should have fallen.
        trace: Vec<f64>,
    },
    /// The bias correction of three-way PPML does not apply.
    #[error("no bias correction: {0}")]
    BiasCorrection(String),
    /// A bootstrap cannot be had.
    #[error("no bootstrap: {0}")]
    Bootstrap(String),
    /// There is no such small-sample correction.
    #[error("there is no correction {name}; {}", .help.as_deref().unwrap_or("there are none, fixest, reghdfe, ppmlhdfe and stata-ppml"))]
    Correction {
        /// The name given.
        name: String,
        /// The closest names.
        help: Option<String>,
    },
    /// A covariance matrix cannot be had.
    #[error("no covariance of kind {kind}: {reason}")]
    Covariance {
        /// The kind asked for.
        kind: String,
        /// Why not.
        reason: String,
    },
}

/// `1 row`, `3 rows`.
pub(crate) fn rows(count: usize) -> String {
    match count {
        1 => "1 row".to_string(),
        n => format!("{n} rows"),
    }
}

fn count(problems: &[Problem]) -> String {
    match problems.len() {
        1 => "1 problem".to_string(),
        n => format!("{n} problems"),
    }
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|p| format!("\n  {p}")).collect()
}

fn steps(values: &[f64]) -> String {
    if values.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = values
        .iter()
        .rev()
        .take(6)
        .rev()
        .map(|v| format!("{v:.1e}"))
        .collect();
    format!(" (last steps: {})", shown.join(", "))
}
