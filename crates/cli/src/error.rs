//! A failed command: what to say and whose mistake it is.

use comity_agreement::AgreementError;
use comity_appraisal::{AppraisalError, ProjectSetError};
use comity_gravity::GravityError;
use comity_import::ImportError;
use comity_report::ReportError;
use comity_scenario::ScenarioError;
use comity_world::{Problem, WorldError};

/// Why a command failed.
#[derive(Debug)]
pub struct CommandError {
    pub message: String,
    /// True where the user can put it right.
    pub of_user: bool,
}

impl CommandError {
    /// The user's mistake.
    pub fn user(message: impl Into<String>) -> Self {
        CommandError {
            message: message.into(),
            of_user: true,
        }
    }

    /// Ours.
    pub fn ours(message: impl Into<String>) -> Self {
        CommandError {
            message: message.into(),
            of_user: false,
        }
    }

    /// The user's mistake, with the names closest to the one given.
    pub fn unknown<'a>(
        what: &str,
        name: &str,
        candidates: impl IntoIterator<Item = &'a str>,
        more: &str,
    ) -> Self {
        let close = comity_world::problem::closest(name, candidates, 3);
        let hint = if close.is_empty() {
            more.to_owned()
        } else {
            format!("did you mean {}?", close.join(", "))
        };
        CommandError::user(format!("there is no {what} \"{name}\"; {hint}"))
    }
}

impl From<WorldError> for CommandError {
    fn from(error: WorldError) -> Self {
        CommandError::user(error.to_string())
    }
}

impl From<GravityError> for CommandError {
    fn from(error: GravityError) -> Self {
        CommandError::user(error.to_string())
    }
}

impl From<ScenarioError> for CommandError {
    fn from(error: ScenarioError) -> Self {
        CommandError::user(error.to_string())
    }
}

impl From<Vec<Problem>> for CommandError {
    fn from(problems: Vec<Problem>) -> Self {
        CommandError::user(comity_world::problem::list(&problems))
    }
}

impl From<AppraisalError> for CommandError {
    fn from(error: AppraisalError) -> Self {
        CommandError {
            of_user: matches!(error, AppraisalError::WrongSign { .. }),
            message: error.to_string(),
        }
    }
}

impl From<AgreementError> for CommandError {
    fn from(error: AgreementError) -> Self {
        use AgreementError::{Invalid, NoImputation, TooManyPlayers};
        CommandError {
            of_user: matches!(
                error,
                Invalid(_) | TooManyPlayers { .. } | NoImputation { .. }
            ),
            message: error.to_string(),
        }
    }
}

impl From<ProjectSetError> for CommandError {
    fn from(error: ProjectSetError) -> Self {
        CommandError {
            of_user: !matches!(error, ProjectSetError::Appraisal(_)),
            message: error.to_string(),
        }
    }
}

impl From<ReportError> for CommandError {
    fn from(error: ReportError) -> Self {
        CommandError {
            message: error.to_string(),
            of_user: error.is_user_error(),
        }
    }
}

impl From<ImportError> for CommandError {
    fn from(error: ImportError) -> Self {
        CommandError {
            message: error.to_string(),
            of_user: !matches!(error, ImportError::Encode { .. }),
        }
    }
}

impl From<serde_json::Error> for CommandError {
    fn from(error: serde_json::Error) -> Self {
        CommandError::ours(format!("cannot write JSON: {error}"))
    }
}

/// What a command returns.
pub type CommandResult = Result<(), CommandError>;
