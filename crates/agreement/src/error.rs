//! What can go wrong, named, with what to do instead.

use std::error::Error;
use std::fmt;

/// The cause of a failed evaluation, from the caller's own code.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AgreementError {
    /// The input contradicts itself; every mistake found is listed.
    #[error("{}", list(.0))]
    Invalid(Vec<Mistake>),
    /// A table of 2^n values would be needed and would not fit.
    #[error("{what} takes at most {most} players, {players} given; {instead}")]
    TooManyPlayers {
        /// What was asked for.
        what: &'static str,
        /// Players given.
        players: usize,
        /// Players allowed.
        most: usize,
        /// What to do instead.
        instead: &'static str,
    },
    /// The members alone can get more than all together: no imputation exists.
    #[error(
        "no division gives every player what it gets alone: together {together}, alone {alone} in \
         sum; ask for the prenucleolus, or leave out players that the others gain nothing from"
    )]
    NoImputation {
        /// v(N).
        together: f64,
        /// Σ v({i}).
        alone: f64,
    },
    /// The caller's function failed.
    #[error("cannot value {what}: {source}")]
    Evaluation {
        /// The coalition or set of projects, by names.
        what: String,
        /// The function's own error.
        source: Cause,
    },
    /// A value is not a number.
    #[error("the value of {what} is {value}; values must be finite numbers")]
    NotFinite {
        /// The coalition or set of projects, by names.
        what: String,
        /// The value found.
        value: f64,
    },
    /// The linear programme could not be solved.
    #[error("the linear programme of the {what} failed: {reason}")]
    Solver {
        /// The solution concept.
        what: &'static str,
        /// The solver's words.
        reason: String,
    },
    /// The result does not pass its own check.
    #[error("the {what} misses its own check by {off:e} (tolerance {tolerance:e})")]
    Check {
        /// The solution concept.
        what: &'static str,
        /// How far off, as a share of the largest value.
        off: f64,
        /// What was allowed.
        tolerance: f64,
    },
}

impl AgreementError {
    /// A single mistake as an error.
    pub fn one(mistake: Mistake) -> Self {
        AgreementError::Invalid(vec![mistake])
    }

    /// `Ok` if there is no mistake.
    pub(crate) fn unless_empty(mistakes: Vec<Mistake>) -> Result<(), Self> {
        if mistakes.is_empty() {
            Ok(())
        } else {
            Err(AgreementError::Invalid(mistakes))
        }
    }
}

/// One mistake in the input.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Mistake {
    /// Nobody has a voice.
    #[error(
        "{bloc} has no full members, so nobody can agree; name a bloc with members, or a date when it had some"
    )]
    NoMembers {
        /// The bloc.
        bloc: String,
    },
    /// A list of players is empty.
    #[error("no players are named; a game needs at least one")]
    NoPlayers,
    /// A label that nobody has.
    #[error("{context}: {label:?} is no member{}", suggestion(.close))]
    UnknownMember {
        /// Where it is named.
        context: String,
        /// The label.
        label: String,
        /// Labels close to it.
        close: Vec<String>,
    },
    /// A label that two have.
    #[error("{label:?} is named twice; name each once")]
    RepeatedLabel {
        /// The label.
        label: String,
    },
    /// Someone without a voice bears a cost.
    #[error(
        "{project}: {label} bears a share of the cost but has no voice; give the share to a \
         member, or admit {label}"
    )]
    NonMemberPays {
        /// The project.
        project: String,
        /// Who pays.
        label: String,
    },
    /// Cost shares that do not add to one.
    #[error("{project}: the cost shares add to {sum}; they must add to 1")]
    SharesDoNotAdd {
        /// The project.
        project: String,
        /// Their sum.
        sum: f64,
    },
    /// A number out of its range.
    #[error("{what} is {value}; {wanted}")]
    OutOfRange {
        /// What the number is.
        what: String,
        /// The number.
        value: f64,
        /// What it must be.
        wanted: &'static str,
    },
    /// A list has the wrong length.
    #[error("{what} has {found} values, expected {expected}")]
    Length {
        /// What the list is.
        what: String,
        /// Length asked for.
        expected: usize,
        /// Length given.
        found: usize,
    },
    /// A conjecture about which partition forms can only be applied to all of them.
    #[error(
        "\"{conjecture}\" asks for the worth of every partition; tabulate a partition game, which \
         takes up to 10 players, or let the outsiders act alone or together"
    )]
    NeedsAllPartitions {
        /// The conjecture, in words.
        conjecture: &'static str,
    },
    /// A programme without projects.
    #[error("the programme has no projects; list at least one")]
    NoProjects,
    /// More projects than a set can hold.
    #[error("the programme has {found} projects; at most {most} are supported, split it")]
    TooManyProjects {
        /// Projects given.
        found: usize,
        /// Projects allowed.
        most: usize,
    },
    /// A project that nobody knows.
    #[error("{context}: {name:?} is no project of the programme{}", suggestion(.close))]
    UnknownProject {
        /// Where it is named.
        context: String,
        /// The name.
        name: String,
        /// Names close to it.
        close: Vec<String>,
    },
    /// Not even one project can be paid.
    #[error(
        "the budget of {budget_musd} million USD is below every project; the cheapest, {project}, \
         costs {cost_musd}: raise the budget to that at least"
    )]
    BudgetBelowEveryProject {
        /// The budget.
        budget_musd: f64,
        /// The cheapest project.
        project: String,
        /// Its cost.
        cost_musd: f64,
    },
    /// All in favour, and it still fails.
    #[error(
        "the rule {rule:?} can never pass: with all in favour {criterion} reaches {reach} of \
         {quota}; lower that quota to {reach} or less"
    )]
    NeverPasses {
        /// The rule.
        rule: String,
        /// The criterion that fails.
        criterion: String,
        /// Its largest weight, in the rule's own units.
        reach: String,
        /// Its quota.
        quota: String,
    },
    /// Nobody in favour, and it still passes.
    #[error("the rule {rule:?} always passes, even with nobody in favour; {instead}")]
    AlwaysPasses {
        /// The rule.
        rule: String,
        /// What to do instead.
        instead: &'static str,
    },
    /// Something wrong with a rule file.
    #[error("{file}{}: {message}", at(.line))]
    RuleFile {
        /// The file.
        file: String,
        /// Line, counted from 1.
        line: Option<u64>,
        /// What is wrong and what to do.
        message: String,
    },
}

fn at(line: &Option<u64>) -> String {
    line.map_or(String::new(), |line| format!(":{line}"))
}

fn suggestion(close: &[String]) -> String {
    if close.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", close.join(", "))
    }
}

fn list(mistakes: &[Mistake]) -> String {
    struct Lines<'a>(&'a [Mistake]);
    impl fmt::Display for Lines<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for mistake in self.0 {
                write!(f, "\n  {mistake}")?;
            }
            Ok(())
        }
    }
    match mistakes {
        [one] => one.to_string(),
        _ => format!("{} mistakes{}", mistakes.len(), Lines(mistakes)),
    }
}

/// The candidates closest to a name, best first: within a third of its length in edits.
pub(crate) fn closest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Vec<String> {
    let folded = name.to_lowercase();
    let allowed = (folded.chars().count() / 3).max(1);
    let mut scored: Vec<(usize, &str)> = candidates
        .into_iter()
        .map(|c| {
            let distance = strsim::damerau_levenshtein(&folded, &c.to_lowercase());
            (distance, c)
        })
        .filter(|(distance, _)| *distance <= allowed)
        .collect();
    scored.sort();
    scored.dedup();
    scored
        .into_iter()
        .take(3)
        .map(|(_, c)| c.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_mistakes_are_listed_together() {
        let mistakes = vec![
            Mistake::NoProjects,
            Mistake::UnknownMember {
                context: "vetoes".into(),
                label: "CHM".into(),
                close: closest("CHM", ["CHN", "KGZ", "CHL"]),
            },
        ];
        assert_eq!(
            AgreementError::Invalid(mistakes).to_string(),
            "2 mistakes\n  the programme has no projects; list at least one\n  \
             vetoes: \"CHM\" is no member; did you mean CHL, CHN?"
        );
    }
}
