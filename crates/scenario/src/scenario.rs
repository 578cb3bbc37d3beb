//! A scenario as read from its file, before it meets a world.

use crate::assumed::AssumedCosts;
use crate::error::ScenarioError;
use crate::modification::{Change, Modification};
use crate::place::{KeyPath, Lines};
use crate::project::ProjectFile;
use crate::{Resolved, parse, resolve};
use comity_world::{Problem, World};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A scenario: what changes in a world, in order, and who pays for it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Comity scenario")]
#[allow(dead_code)] // Read table by table, so that one mistake does not hide the next; see parse.rs.
pub(crate) struct ScenarioFile {
    /// Name, for people.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Short name, used for folders: lower-case letters, digits, `-`; default the file's name.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]*$"))]
    pub id: Option<String>,
    /// What it is about, what it assumes and leaves out.
    #[serde(default)]
    pub description: String,
    /// The world it is made for: a built-in one by name, or a folder.
    #[schemars(length(min = 1))]
    pub world: String,
    /// The bloc whose members are asked; default the world's.
    pub bloc: Option<String>,
    /// Where its numbers come from: title and date.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What projects are assumed to cost whose cost is not known.
    pub assumed_costs: Option<AssumedCosts>,
    /// What changes, in order.
    #[serde(default)]
    pub modification: Vec<Change>,
    /// What it costs, by project.
    #[serde(default)]
    pub project: BTreeMap<String, ProjectFile>,
}

/// A scenario as its file has it: well-formed, but not yet held against a world.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// How messages call the file.
    pub file: String,
    /// Short name, used for folders.
    pub id: String,
    pub name: String,
    pub description: String,
    /// The world it is made for.
    pub world: String,
    /// The bloc whose members are asked; `None` for the world's own.
    pub bloc: Option<String>,
    pub sources: Vec<String>,
    /// For projects without a cost; `None` leaves it unknown.
    pub assumed_costs: Option<AssumedCosts>,
    pub modifications: Vec<Modification>,
    pub projects: BTreeMap<String, ProjectFile>,
    pub(crate) lines: Lines,
    /// Names that a malformed modification would have defined; asking for them is no new mistake.
    pub(crate) lost_names: BTreeSet<String>,
    /// Lines that are not TOML: what is read there is a guess, and not worth complaining of.
    pub(crate) lost_lines: BTreeSet<u64>,
}

impl Scenario {
    /// Read a scenario from text; `file` is what messages call it, and its stem the default id.
    ///
    /// # Errors
    /// Every mistake that can be found without a world, in the order of lines.
    pub fn parse(file: &str, text: &str) -> Result<Scenario, Vec<Problem>> {
        let (scenario, problems) = parse::read(file, text);
        if problems.is_empty() {
            Ok(scenario)
        } else {
            Err(sorted(problems))
        }
    }

    /// Read a scenario from a file.
    ///
    /// # Errors
    /// If the file cannot be read, or as [`Scenario::parse`].
    pub fn load(path: &Path) -> Result<Scenario, ScenarioError> {
        let text = std::fs::read_to_string(path).map_err(|source| ScenarioError::Io {
            path: path.display().to_string(),
            source,
        })?;
        Ok(Scenario::parse(&path.display().to_string(), &text)?)
    }

    /// Hold every modification, in order, against a world.
    ///
    /// # Errors
    /// Everything that does not fit, in the order of lines.
    pub fn resolve(&self, world: &World) -> Result<Resolved, Vec<Problem>> {
        let (resolved, problems) = resolve::resolve(self, world);
        if problems.is_empty() {
            Ok(resolved)
        } else {
            Err(sorted(problems))
        }
    }

    /// A problem at a key of the file.
    pub(crate) fn problem(&self, path: &KeyPath, message: impl Into<String>) -> Problem {
        problem(&self.file, &self.lines, path, message)
    }
}

/// Read a scenario and hold it against a world, reporting the mistakes of both steps together.
///
/// # Errors
/// Every mistake, in the order of lines.
pub fn check(file: &str, text: &str, world: &World) -> Result<(Scenario, Resolved), Vec<Problem>> {
    let (scenario, mut problems) = parse::read(file, text);
    let (resolved, more) = resolve::resolve(&scenario, world);
    let readable = |p: &Problem| {
        p.line
            .is_none_or(|line| !scenario.lost_lines.contains(&line))
    };
    problems.extend(more.into_iter().filter(readable));
    if problems.is_empty() {
        Ok((scenario, resolved))
    } else {
        Err(sorted(problems))
    }
}

pub(crate) fn problem(
    file: &str,
    lines: &Lines,
    path: &KeyPath,
    message: impl Into<String>,
) -> Problem {
    let mut problem = Problem::new(file, message);
    let key = path.to_string();
    if !key.is_empty() {
        problem = problem.column(key);
    }
    match lines.of(path) {
        Some(line) => problem.line(line),
        None => problem,
    }
}

fn sorted(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|p| p.line);
    problems
}
