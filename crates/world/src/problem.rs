//! What is wrong with an input, said so that its author can mend it.

use std::fmt;

/// One mistake in one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub file: String,
    /// Line of a CSV or TOML file, or row number of a Parquet file, both counted from 1.
    pub line: Option<u64>,
    pub column: Option<String>,
    pub value: Option<String>,
    pub message: String,
    pub help: Option<String>,
}

impl Problem {
    /// A problem of a file as a whole.
    pub fn new(file: impl Into<String>, message: impl Into<String>) -> Self {
        Problem {
            file: file.into(),
            line: None,
            column: None,
            value: None,
            message: message.into(),
            help: None,
        }
    }

    /// At this line or row.
    pub fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// In this column.
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    /// With this value.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// With a hint.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With the names that are closest to the one given, if any is close.
    pub fn did_you_mean<'a>(
        self,
        name: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let close = closest(name, candidates, 3);
        if close.is_empty() {
            self
        } else {
            self.help(format!("did you mean {}?", close.join(", ")))
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            // Rows of a Parquet file have no lines to count.
            if self.file.ends_with(".parquet") {
                write!(f, ", row {line}")?;
            } else {
                write!(f, ":{line}")?;
            }
        }
        if let Some(column) = &self.column {
            write!(f, " [{column}]")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(value) = &self.value {
            write!(f, " (found \"{value}\")")?;
        }
        if let Some(help) = &self.help {
            write!(f, "; {help}")?;
        }
        Ok(())
    }
}

/// The candidates closest to a name, best first: within a third of its length in edits, or equal
/// but for case, or containing it.
pub fn closest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Vec<String> {
    let folded = name.to_lowercase();
    let allowed = (folded.chars().count() / 3).max(1);
    let mut scored: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = candidate.to_lowercase();
            let distance = strsim::damerau_levenshtein(&folded, &other);
            let contains = folded.len() >= 4 && other.contains(&folded);
            (distance <= allowed || contains).then_some((distance, candidate))
        })
        .collect();
    scored.sort();
    scored.dedup();
    scored
        .into_iter()
        .take(most)
        .map(|(_, c)| c.to_owned())
        .collect()
}

/// Why a world could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    #[error("{}", list(.0))]
    Invalid(Vec<Problem>),
    #[error("cannot read {path}: {source}")]
    Io {
        path: String,
        source: std::io::Error,
    },
}

impl WorldError {
    /// The single problem, as an error.
    pub fn one(problem: Problem) -> Self {
        WorldError::Invalid(vec![problem])
    }
}

/// Problems one a line, at most forty of a file, with a count of the rest.
pub fn list(problems: &[Problem]) -> String {
    const MOST: usize = 40;
    let mut lines = Vec::new();
    let mut files: Vec<&str> = Vec::new();
    for problem in problems {
        if !files.contains(&problem.file.as_str()) {
            files.push(&problem.file);
        }
    }
    for file in files {
        let of_file: Vec<&Problem> = problems.iter().filter(|p| p.file == file).collect();
        lines.extend(of_file.iter().take(MOST).map(ToString::to_string));
        if of_file.len() > MOST {
            lines.push(format!(
                "{file}: and {} more problems",
                of_file.len() - MOST
            ));
        }
    }
    let count = problems.len();
    let noun = if count == 1 { "problem" } else { "problems" };
    format!("{count} {noun}\n  {}", lines.join("\n  "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_close_and_sorted() {
        assert_eq!(
            closest("Kashgr", ["Kashgar", "Kabul", "Osh"], 3),
            ["Kashgar"]
        );
        assert_eq!(closest("chn", ["CHN", "CHL", "KGZ"], 3), ["CHN", "CHL"]);
        assert!(closest("Nowhere", ["Kashgar"], 3).is_empty());
    }
}
