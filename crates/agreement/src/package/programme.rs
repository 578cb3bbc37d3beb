//! A programme of projects, and those who must accept them.

use super::{MOST_PROJECTS, ProjectSet};
use crate::coalition::Players;
use crate::error::{AgreementError, Mistake, closest};
use crate::sum::sum;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Name, unique in the programme.
    pub name: String,
    /// What it costs to build, million USD; counts against the budget.
    pub cost_musd: f64,
    /// Label → share of the cost, adding to 1.
    pub paid_by: BTreeMap<String, f64>,
}

/// A member that must accept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Voter {
    /// Label.
    pub label: String,
    /// Income, million USD a year.
    pub income_musd: f64,
    /// The gain it asks for, million USD a year.
    pub wanted_musd: f64,
}

/// What makes one accepted set better than another. Ties go to the larger total gain, then to fewer
/// projects, then to the first by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// The members' net gain together, million USD a year.
    Total,
    /// The least gain in percent of income: as equal percentages as the gains allow.
    Equal,
    /// The net gain of the member that gains least, million USD a year.
    Maximin,
}

/// Who pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// As the gains say.
    Given,
    /// The cost of the set is shared anew among the members, nobody paying less than nothing, so
    /// that the least gain is as large as possible: in million USD under [`Objective::Maximin`], in
    /// percent of income otherwise. What members gain before paying is taken as it is: payments
    /// are small beside trade, so their effect on prices is left out.
    Negotiated,
}

/// A programme, its members and the question. Projects are sorted by name, members by label; all
/// sets and lists of gains are in these orders.
#[derive(Clone, Debug, PartialEq)]
pub struct Programme {
    projects: Vec<Project>,
    voters: Vec<Voter>,
    budget_musd: Option<f64>,
    /// \[member\]: projects it vetoes by declaration.
    vetoed: Vec<ProjectSet>,
    /// What makes a set better.
    pub objective: Objective,
    /// Who pays.
    pub sharing: Sharing,
}

impl Programme {
    /// Sort, and report every mistake at once.
    pub fn new(
        mut projects: Vec<Project>,
        mut voters: Vec<Voter>,
        objective: Objective,
        sharing: Sharing,
    ) -> Result<Self, AgreementError> {
        projects.sort_by(|a, b| a.name.cmp(&b.name));
        voters.sort_by(|a, b| a.label.cmp(&b.label));
        let mut mistakes = Vec::new();
        if projects.is_empty() {
            mistakes.push(Mistake::NoProjects);
        }
        if projects.len() > MOST_PROJECTS {
            mistakes.push(Mistake::TooManyProjects {
                found: projects.len(),
                most: MOST_PROJECTS,
            });
        }
        if voters.is_empty() {
            mistakes.push(Mistake::NoPlayers);
        }
        let names = projects.iter().map(|p| &p.name);
        let labels = voters.iter().map(|v| &v.label);
        for list in [repeated(names), repeated(labels)] {
            mistakes.extend(
                list.into_iter()
                    .map(|label| Mistake::RepeatedLabel { label }),
            );
        }
        for voter in &voters {
            let label = &voter.label;
            if !(voter.income_musd.is_finite() && voter.income_musd > 0.0) {
                mistakes.push(Mistake::OutOfRange {
                    what: format!("the income of {label}"),
                    value: voter.income_musd,
                    wanted: "it must be above 0",
                });
            }
            if !voter.wanted_musd.is_finite() {
                mistakes.push(Mistake::OutOfRange {
                    what: format!("the gain wanted by {label}"),
                    value: voter.wanted_musd,
                    wanted: "it must be a finite number",
                });
            }
        }
        for project in &projects {
            mistakes.extend(wrong_with(project, &voters));
        }
        AgreementError::unless_empty(mistakes)?;
        Ok(Programme {
            vetoed: vec![ProjectSet::EMPTY; voters.len()],
            projects,
            voters,
            budget_musd: None,
            objective,
            sharing,
        })
    }

    /// Within this budget, million USD. It must pay for one project at least.
    pub fn with_budget(mut self, budget_musd: f64) -> Result<Self, AgreementError> {
        if !(budget_musd.is_finite() && budget_musd >= 0.0) {
            return Err(AgreementError::one(Mistake::OutOfRange {
                what: "the budget".into(),
                value: budget_musd,
                wanted: "it must be a number of million USD of at least 0",
            }));
        }
        let by_cost = |a: &&Project, b: &&Project| a.cost_musd.total_cmp(&b.cost_musd);
        if let Some(cheapest) = self.projects.iter().min_by(by_cost)
            && cheapest.cost_musd > budget_musd
        {
            return Err(AgreementError::one(Mistake::BudgetBelowEveryProject {
                budget_musd,
                project: cheapest.name.clone(),
                cost_musd: cheapest.cost_musd,
            }));
        }
        self.budget_musd = Some(budget_musd);
        Ok(self)
    }

    /// With declared vetoes: (member, project).
    pub fn with_vetoes<'a>(
        mut self,
        vetoes: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, AgreementError> {
        let labels = Players::new(self.voters.iter().map(|v| v.label.clone()))?;
        let mut mistakes = Vec::new();
        for (label, name) in vetoes {
            let member = labels.position(label);
            let project = self.position(name);
            if member.is_none() {
                mistakes.push(labels.unknown("vetoes", label));
            }
            if project.is_none() {
                mistakes.push(self.unknown("vetoes", name));
            }
            if let (Some(member), Some(project)) = (member, project) {
                self.vetoed[member] = self.vetoed[member].with(project);
            }
        }
        AgreementError::unless_empty(mistakes)?;
        Ok(self)
    }

    /// By name, sorted.
    pub fn projects(&self) -> &[Project] {
        &self.projects
    }

    /// By label, sorted.
    pub fn voters(&self) -> &[Voter] {
        &self.voters
    }

    /// Million USD.
    pub fn budget_musd(&self) -> Option<f64> {
        self.budget_musd
    }

    /// The position of a project.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.projects
            .binary_search_by(|own| own.name.as_str().cmp(name))
            .ok()
    }

    /// The set of these names; unknown names are all reported.
    pub fn set<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<ProjectSet, AgreementError> {
        let mut set = ProjectSet::EMPTY;
        let mut mistakes = Vec::new();
        for name in names {
            match self.position(name) {
                Some(project) => set = set.with(project),
                None => mistakes.push(self.unknown("the package", name)),
            }
        }
        AgreementError::unless_empty(mistakes)?;
        Ok(set)
    }

    fn unknown(&self, context: &str, name: &str) -> Mistake {
        Mistake::UnknownProject {
            context: context.to_owned(),
            name: name.to_owned(),
            close: closest(name, self.projects.iter().map(|p| p.name.as_str())),
        }
    }

    /// The projects that a member vetoes by declaration.
    pub fn vetoed_by(&self, member: usize) -> ProjectSet {
        self.vetoed[member]
    }

    /// The projects that nobody vetoes by declaration and that the budget pays for alone.
    pub fn eligible(&self) -> ProjectSet {
        let vetoed = self.vetoed.iter().fold(0, |all, set| all | set.0);
        let mut set = ProjectSet(ProjectSet::all(self.projects.len()).0 & !vetoed);
        for project in set.projects() {
            if !self.affords(ProjectSet::EMPTY.with(project)) {
                set = set.without(project);
            }
        }
        set
    }

    /// What a set costs, million USD.
    pub fn cost_musd(&self, set: ProjectSet) -> f64 {
        sum(set
            .projects()
            .map(|project| self.projects[project].cost_musd))
    }

    /// Whether the budget pays for a set.
    pub fn affords(&self, set: ProjectSet) -> bool {
        // Costs such as 0.1 + 0.2 of a budget of 0.3 must fit.
        self.budget_musd
            .is_none_or(|budget| self.cost_musd(set) <= budget * (1.0 + 1e-12))
    }

    /// A set in words.
    pub fn describe(&self, set: ProjectSet) -> String {
        let names: Vec<&str> = set
            .projects()
            .map(|project| self.projects[project].name.as_str())
            .collect();
        format!("{{{}}}", names.join(", "))
    }
}

fn repeated<'a>(sorted: impl Iterator<Item = &'a String>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    sorted
        .filter(|label| !seen.insert(label.as_str()))
        .cloned()
        .collect()
}

fn wrong_with(project: &Project, voters: &[Voter]) -> Vec<Mistake> {
    let name = &project.name;
    let mut mistakes = Vec::new();
    if !(project.cost_musd.is_finite() && project.cost_musd >= 0.0) {
        mistakes.push(Mistake::OutOfRange {
            what: format!("the cost of {name}"),
            value: project.cost_musd,
            wanted: "it must be a number of million USD of at least 0",
        });
    }
    for (label, share) in &project.paid_by {
        if !(0.0..=1.0).contains(share) {
            mistakes.push(Mistake::OutOfRange {
                what: format!("the share of {label} in the cost of {name}"),
                value: *share,
                wanted: "it must be from 0 to 1",
            });
        } else if *share > 0.0 && !voters.iter().any(|voter| voter.label == *label) {
            mistakes.push(Mistake::NonMemberPays {
                project: name.clone(),
                label: label.clone(),
            });
        }
    }
    let total = sum(project.paid_by.values().copied());
    let pays = !project.paid_by.is_empty() || project.cost_musd > 0.0;
    if pays && (total - 1.0).abs() > 1e-9 {
        mistakes.push(Mistake::SharesDoNotAdd {
            project: name.clone(),
            sum: total,
        });
    }
    mistakes
}
