//! `comity package`.

use super::{estimates, table};
use crate::arguments::{ObjectiveName, PackageOptions};
use crate::console::Console;
use crate::error::{CommandError, CommandResult};
use crate::lookup;
use comity_agreement::Cause;
use comity_agreement::consensus::Question;
use comity_agreement::package::{
    AdditiveGains, Effort, Estimate, Gains, JointPairs, MemberGain, Objective, Package,
    PackageProof, Programme, Project, ProjectSet, Sharing, Veto, Voter, WithBound, choose,
    joint_pairs, vetoes,
};
use comity_appraisal::{Progress, ProjectSets, SetGains};
use comity_report::numbers::Style;
use comity_scenario::AssumedCosts;
use comity_world::{EconomyId, World};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Mutex;

/// The answer, with what was left out.
#[derive(Serialize)]
struct Answer {
    bloc: String,
    objective: Objective,
    sharing: Sharing,
    budget_musd: Option<f64>,
    /// Projects whose cost is not known.
    left_out: Vec<String>,
    /// Projects for which somebody without a voice would pay.
    foreign: Vec<String>,
    /// Projects whose cost is assumed, so much a kilometre.
    assumed: Vec<String>,
    assumed_source: Option<String>,
    package: Package,
    vetoes: Vec<Veto>,
    only_together: JointPairs,
    /// Equilibria solved.
    sets_solved: usize,
}

pub fn run(options: &PackageOptions, console: &Console) -> CommandResult {
    let (mut world, mut resolved) = lookup::scenario_at(
        &options.scenario,
        options.world.as_deref(),
        options.bloc.as_deref(),
        options.as_of.as_of.as_ref(),
        console,
    )?;
    estimates::apply(&options.estimates, &mut world)?;
    let mut scenario = lookup::unresolved(&options.scenario)?;
    if let Some(file) = &options.assume_costs {
        let file = file.display().to_string();
        let text = std::fs::read_to_string(&file)
            .map_err(|e| CommandError::user(format!("cannot read {file}: {e}")))?;
        scenario.assumed_costs = Some(AssumedCosts::parse(&file, &text)?);
        let bloc = resolved.bloc;
        resolved = scenario.resolve(&world)?;
        resolved.bloc = bloc;
    }
    let label = |id: EconomyId| world.economies[id.index()].iso3.clone();
    let left_out = resolved.unpriced().to_vec();
    let priced = || resolved.projects().iter().map(|p| p.name.as_str());
    for name in &options.without {
        if !priced().any(|own| own == name) && !left_out.contains(name) {
            let more = "see the file for its projects";
            return Err(CommandError::unknown("project", name, priced(), more));
        }
    }
    if resolved.projects().is_empty() {
        return Err(CommandError::user(if left_out.is_empty() {
            "the scenario has no projects: write [project.\"NAME\"], and project = \"NAME\" in its \
             modifications"
                .to_owned()
        } else {
            format!(
                "none of the {} projects has a known cost, so nobody can say who pays: give them \
                 cost_musd, life_years, discount_rate, paid_by and spent_in",
                left_out.len()
            )
        }));
    }
    let members = world.bloc(&resolved.bloc, None, None);
    if !members.iter().any(|m| m.has_voice()) {
        return Err(CommandError::user(format!(
            "{} has no full members, so nobody can accept a package; name a bloc with members, or a \
             date when it had some",
            resolved.bloc
        )));
    }
    let voice = |id: EconomyId| members.iter().any(|m| m.economy == id && m.has_voice());
    let foreign: Vec<String> = resolved
        .projects()
        .iter()
        .filter(|p| options.members_only && p.paid_by.iter().any(|(id, s)| *s > 0.0 && !voice(*id)))
        .map(|p| p.name.clone())
        .collect();
    let out = |name: &str| {
        let names = left_out.iter().chain(&options.without);
        let mut names = names.chain(&foreign);
        names.any(|left| left == name)
    };
    scenario
        .modifications
        .retain(|m| !m.change.project().is_some_and(out));
    scenario.projects.retain(|name, _| !out(name));
    let wanted = resolved.projects().iter().filter(|p| !out(&p.name));
    let projects = wanted.map(|project| Project {
        name: project.name.clone(),
        cost_musd: project.cost_musd,
        paid_by: project
            .paid_by
            .iter()
            .filter(|(_, share)| *share > 0.0)
            .map(|(id, share)| (label(*id), *share))
            .collect(),
    });
    let mut voices: Vec<EconomyId> = members
        .iter()
        .filter(|m| m.has_voice())
        .map(|m| m.economy)
        .collect();
    // The order of the programme: by label.
    voices.sort_by_key(|id| label(*id));
    let objective = match options.objective {
        ObjectiveName::Total => Objective::Total,
        ObjectiveName::Equal => Objective::Equal,
        ObjectiveName::Maximin => Objective::Maximin,
    };
    let sharing = if options.negotiate {
        Sharing::Negotiated
    } else {
        Sharing::Given
    };
    if projects.clone().next().is_none() {
        return Err(CommandError::user(
            "no project is left once those are left out that have no known cost, that --without \
             names, and for which somebody without a voice would pay",
        ));
    }
    let assumed: Vec<String> = scenario
        .projects
        .iter()
        .filter(|(_, file)| file.cost_musd.is_none())
        .map(|(name, _)| name.clone())
        .collect();
    let costs = scenario.assumed_costs.as_ref();
    let question = Question::of(resolved.bloc.clone());
    // What is wrong with the programme is said before the long work: incomes do not matter to it.
    let make = |income: &dyn Fn(EconomyId) -> f64| -> Result<Programme, CommandError> {
        let voters = voices.iter().map(|id| Voter {
            label: label(*id),
            income_musd: income(*id),
            // Being short of δ by what goes unnoticed stops nobody, as in `comity agree`.
            wanted_musd: options.wanted.delta / 100.0 * income(*id)
                - question.unnoticed_below_musd(income(*id)),
        });
        let projects = projects.clone().collect();
        let programme = Programme::new(projects, voters.collect(), objective, sharing)?;
        Ok(match options.budget {
            Some(usd) => programme.with_budget(usd / 1e6)?,
            None => programme,
        })
    };
    make(&|_| 1.0)?;
    let bar = console.progress_with_time_left();
    let found = answer(options, &world, &scenario, &voices, &bar, |income| {
        make(&|id| income[id.index()])
    });
    bar.finish();
    let (package, vetoes, only_together, sets_solved) = found?;
    let answer = Answer {
        bloc: resolved.bloc.clone(),
        objective,
        sharing,
        budget_musd: options.budget.map(|usd| usd / 1e6),
        left_out: left_out.clone(),
        foreign: foreign.clone(),
        assumed,
        assumed_source: costs.map(|c| c.source.clone()),
        package,
        vetoes,
        only_together,
        sets_solved,
    };
    if console.json {
        return console.print_json(&answer);
    }
    console.print(&text(&answer, &world));
    Ok(())
}

type Found = (Package, Vec<Veto>, JointPairs, usize);

fn answer(
    options: &PackageOptions,
    world: &World,
    scenario: &comity_scenario::Scenario,
    voices: &[EconomyId],
    progress: &dyn Progress,
    programme: impl Fn(&[f64]) -> Result<Programme, CommandError>,
) -> Result<Found, CommandError> {
    let solver = ProjectSets::new(world, scenario, &options.equilibrium.settings(), progress)?;
    let programme = programme(&solver.income_musd())?;
    progress.stage("sets of projects", options.most_evaluations as u64);
    let gains = InEquilibrium {
        base: solver.one(0)?,
        solver,
        voices,
        progress,
        known: Mutex::new(HashMap::new()),
    };
    let count = programme.projects().len();
    // Vetoes take a set a project more, the package with or without it; pairs up to a quarter.
    let pairs = (count * (count - 1) / 2).min(options.most_evaluations / 4);
    let effort = Effort {
        most_evaluations: options.most_evaluations,
        kept_back: count + pairs,
        ..Effort::default()
    };
    let package = match options.beyond {
        None => choose(&programme, &gains, effort)?,
        Some(beyond) => {
            let bounded = WithBound {
                gains: &gains,
                alone: AdditiveGains::measure(&programme, &gains)?,
                beyond_musd: vec![beyond; voices.len()],
            };
            choose(&programme, &bounded, effort)?
        }
    };
    let chosen = package.chosen.as_ref();
    let names = chosen.map_or(&[][..], |c| c.projects.as_slice());
    let vetoes = vetoes(&programme, &gains, names)?;
    let left = options.most_evaluations.saturating_sub(gains.table().len());
    let only_together = joint_pairs(&programme, &gains, left)?;
    let solved = gains.table().len();
    Ok((package, vetoes, only_together, solved))
}

/// Gains of sets of projects in the equilibrium, each solved once.
struct InEquilibrium<'a> {
    solver: ProjectSets<'a>,
    base: SetGains,
    voices: &'a [EconomyId],
    progress: &'a dyn Progress,
    known: Mutex<HashMap<ProjectSet, Vec<MemberGain>>>,
}

impl InEquilibrium<'_> {
    /// Never held while solving.
    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<ProjectSet, Vec<MemberGain>>> {
        self.known
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Gains for InEquilibrium<'_> {
    fn gains(&self, set: ProjectSet) -> Result<Vec<MemberGain>, Cause> {
        if let Some(known) = self.table().get(&set) {
            return Ok(known.clone());
        }
        let found = self.solver.one(set.0)?;
        let of = |id: &EconomyId| {
            let n = id.index();
            MemberGain {
                net_musd: found.net_musd[n] - self.base.net_musd[n],
                paid_musd: found.paid_musd[n] - self.base.paid_musd[n],
            }
        };
        let gains: Vec<MemberGain> = self.voices.iter().map(of).collect();
        self.progress.step();
        self.table().insert(set, gains.clone());
        Ok(gains)
    }

    fn near(&self, set: ProjectSet) -> Result<(), Cause> {
        Ok(self.solver.near(set.0)?)
    }

    fn at_hand(&self, set: ProjectSet) -> bool {
        self.table().contains_key(&set)
    }
}

fn text(answer: &Answer, world: &World) -> String {
    let number = |value: f64| Style::MUSD.widened([value]).format(value);
    let level = |value: f64| Style::LEVEL.widened([value]).format(value);
    let name = |label: &str| {
        let id = world.economy(label);
        id.map_or_else(
            || label.to_owned(),
            |id| world.economies[id.index()].name.clone(),
        )
    };
    let package = &answer.package;
    let mut text = String::new();
    match &package.chosen {
        None => text.push_str(&format!(
            "{}: no set of projects was found that every member accepts.\n",
            answer.bloc
        )),
        Some(chosen) => {
            text.push_str(&format!(
                "{}: every member accepts {}, which cost {} million USD and bring the members \
                 together {} million USD a year.\n\n",
                answer.bloc,
                chosen.projects.join(", "),
                level(chosen.cost_musd),
                number(chosen.total_net_musd)
            ));
            let mut shown = table(
                &[
                    "member",
                    "net m USD/yr",
                    "net % income",
                    "pays m USD/yr",
                    "share of cost %",
                ],
                1,
            );
            for member in &chosen.members {
                shown.add_row([
                    name(&member.label),
                    number(member.net_musd),
                    Style::PERCENT.format(member.net_percent),
                    level(member.paid_musd),
                    Style::SHARE.optional(member.share.map(|s| 100.0 * s)),
                ]);
            }
            text.push_str(&format!("{shown}\n"));
        }
    }
    let unit = match answer.objective {
        Objective::Equal => "% of income",
        Objective::Total | Objective::Maximin => "million USD a year",
    };
    text.push_str(&match (package.proof, package.gap) {
        (PackageProof::Exact, _) => "\nNo accepted set within the budget is better".to_owned(),
        (PackageProof::BestFound, Some(gap)) => format!(
            "\nThe best found; another may be better by up to {} {unit}, as far as --beyond holds",
            level(gap)
        ),
        (PackageProof::BestFound, None) => "\nThe best found".to_owned(),
    });
    text.push_str(&format!(" ({} equilibria solved).\n", answer.sets_solved));
    if let Some(estimate) = &package.estimate {
        text.push_str(&missed(estimate, unit));
    }
    let blocked: Vec<&Veto> = answer.vetoes.iter().filter(|v| v.blocks_alone).collect();
    if !blocked.is_empty() {
        text.push_str("\nWho would veto which project alone:\n");
        let mut shown = table(&["member", "project", "its gain, m USD/yr"], 2);
        for veto in blocked {
            shown.add_row([
                name(&veto.label),
                veto.project.clone(),
                number(veto.alone_musd),
            ]);
        }
        text.push_str(&format!("{shown}\n"));
    }
    text.push_str(&together(&answer.only_together, &name));
    if !answer.assumed.is_empty() {
        text.push_str(&format!(
            "\nThe cost of {} projects is assumed ({}): {}.\n",
            answer.assumed.len(),
            answer.assumed_source.as_deref().unwrap_or_default(),
            answer.assumed.join(", ")
        ));
    }
    if !answer.foreign.is_empty() {
        text.push_str(&format!(
            "\nLeft out, as somebody without a voice would pay: {}.\n",
            answer.foreign.join(", ")
        ));
    }
    if !answer.left_out.is_empty() {
        text.push_str(&format!(
            "\nLeft out, as their cost is not known: {}.\n",
            answer.left_out.join(", ")
        ));
    }
    text
}

/// What the search may have missed, and that this is not a bound.
fn missed(estimate: &Estimate, unit: &str) -> String {
    let level = |value: f64| Style::LEVEL.widened([value]).format(value);
    let if_so = format!(
        "How much better another may be is not known: --beyond gives a bound. An estimate: if no \
         set gives more beyond what its projects give alone than those looked at do (at most {} \
         million USD a year for the members together)",
        level(estimate.beyond_musd)
    );
    match (estimate.most, estimate.gap) {
        (None, _) => format!("{if_so}, none is accepted that was not looked at.\n"),
        (Some(most), None) => {
            format!(
                "{if_so}, one that is accepted reaches at most {} {unit}.\n",
                level(most)
            )
        }
        (Some(_), Some(gap)) => {
            format!(
                "{if_so}, another is better by at most {} {unit}.\n",
                level(gap)
            )
        }
    }
}

/// The pairs that pass only together, and how many were looked at.
fn together(pairs: &JointPairs, name: &dyn Fn(&str) -> String) -> String {
    let all = pairs.looked_at + pairs.not_looked_at;
    if all == 0 {
        return String::new();
    }
    let names = |labels: &[String]| {
        let names: Vec<String> = labels.iter().map(|label| name(label)).collect();
        names.join(", ")
    };
    let mut text = format!(
        "\n{all} pairs of projects of which neither passes alone: {} looked at, {} pass together.\n",
        pairs.looked_at,
        pairs.found.len()
    );
    for pair in &pairs.found {
        text.push_str(&format!(
            "  {} (alone blocked by {}) and {} ({}): together {} million USD a year.\n",
            pair.first,
            names(&pair.first_blocked_by),
            pair.second,
            names(&pair.second_blocked_by),
            Style::MUSD
                .widened([pair.total_net_musd])
                .format(pair.total_net_musd)
        ));
    }
    if pairs.not_looked_at > 0 {
        text.push_str(&format!(
            "  {} were not looked at (--most-evaluations): those that fall furthest short of being \
             accepted by what their projects give alone. {}\n",
            pairs.not_looked_at,
            match pairs.may_pass {
                0 => "None would pass by gaining as much on top as any pair looked at.".to_owned(),
                some => format!(
                    "Of these {some} would pass by gaining as much on top as the best pair looked at."
                ),
            }
        ));
    }
    text
}
