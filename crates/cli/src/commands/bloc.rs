//! `comity bloc`: who might join, and what that does to each member.

use super::{agree, estimates, table};
use crate::arguments::{Admit, BlocAction, RankCandidates, Terms};
use crate::console::Console;
use crate::error::{CommandError, CommandResult};
use crate::interrupt;
use crate::lookup;
use comity_agreement::consensus::Question;
use comity_appraisal::{Options, ProjectSets, SetGains};
use comity_report::candidates::{self, Background, Candidate, Ranking};
use comity_report::numbers::Style;
use comity_scenario::{Change, Membership, Modification, OneOrMany, ProjectFile, Scenario};
use comity_world::{EconomyId, World};
use std::collections::{BTreeMap, BTreeSet};

pub fn run(action: &BlocAction, console: &Console) -> CommandResult {
    match action {
        BlocAction::Admit(options) => admit(options, console),
        BlocAction::RankCandidates(options) => rank(options, console),
    }
}

/// A world, its bloc, and what membership in it means.
struct Bloc {
    world: World,
    bloc: String,
    /// The scenario of the terms, whose economy is still that of its file.
    scenario: Scenario,
    terms: Membership,
}

impl Bloc {
    fn read(options: &Terms, console: &Console) -> Result<Bloc, CommandError> {
        let mut scenario = lookup::unresolved(&options.terms)?;
        let [
            Modification {
                change: Change::Membership(terms),
                ..
            },
        ] = scenario.modifications.as_slice()
        else {
            return Err(CommandError::user(format!(
                "{}: terms are a scenario with one modification, of type membership; this one has \
                 {} modifications",
                options.terms,
                scenario.modifications.len()
            )));
        };
        if terms.tier != "member" {
            return Err(CommandError::user(format!(
                "{}: terms of admission make a member, not {}",
                options.terms, terms.tier
            )));
        }
        let mut terms = terms.clone();
        let own = options.world.as_deref().unwrap_or(&scenario.world);
        let world = lookup::world(Some(own), console)?;
        let asked = options.bloc.as_deref();
        let asked = asked.or(terms.bloc.as_deref()).or(scenario.bloc.as_deref());
        let bloc = lookup::bloc(&world, asked)?.to_owned();
        let mut world = lookup::at_date(world, options.as_of.as_of.as_ref(), Some(&bloc))?;
        if !world.bloc(&bloc, None, None).iter().any(|m| m.has_voice()) {
            return Err(CommandError::user(format!(
                "{bloc} has no full members, so nobody can admit anybody; name a bloc with members, or a \
                 date when it had some"
            )));
        }
        estimates::apply(&options.estimates, &mut world)?;
        scenario.bloc = Some(bloc.clone());
        terms.bloc = None;
        terms.project = None;
        scenario.projects.clear();
        Ok(Bloc {
            world,
            bloc,
            scenario,
            terms,
        })
    }

    fn name<'a>(&'a self, iso3: &'a str) -> &'a str {
        let id = self.world.economy(iso3);
        id.map_or(iso3, |id| self.world.economies[id.index()].name.as_str())
    }

    /// The terms with this economy in the place of their own.
    fn joined_by(&self, economies: &[String], project: Option<&str>) -> Change {
        Change::Membership(Membership {
            economy: OneOrMany::Many(economies.to_vec()),
            project: project.map(str::to_owned),
            ..self.terms.clone()
        })
    }
}

fn admit(options: &Admit, console: &Console) -> CommandResult {
    let since = std::time::Instant::now();
    let mut bloc = Bloc::read(&options.terms, console)?;
    for code in &options.economies {
        if bloc.world.economy(code).is_none() {
            let codes = bloc.world.economies.iter().map(|e| e.iso3.as_str());
            let more = "give an ISO 3166-1 alpha-3 code";
            return Err(CommandError::unknown("economy", code, codes, more));
        }
    }
    let names: Vec<&str> = options.economies.iter().map(|c| bloc.name(c)).collect();
    let name = format!("{} admits {}", bloc.bloc, names.join(", "));
    let id = format!("{}-admits-{}", bloc.bloc, options.economies.join("-")).to_lowercase();
    bloc.scenario.modifications = vec![Modification {
        number: 1,
        change: bloc.joined_by(&options.economies, None),
    }];
    bloc.scenario.name = name;
    let folder = options.output.folder(&id);
    bloc.scenario.id = id;
    bloc.scenario.description = format!("Under the terms of {}.", options.terms.terms);
    let resolved = bloc.scenario.resolve(&bloc.world)?;
    if !options.output.no_files {
        comity_report::write::may_write(&folder, options.output.force)?;
    }
    let draws = options.draws.draws();
    let settings = Options {
        draws,
        equilibrium: options.equilibrium.settings(),
        command: command(options),
        ..Options::default()
    };
    let probability = 0.9;
    let (outcome, found) = agree::ask(
        &bloc.world,
        &resolved,
        &settings,
        options.wanted.delta,
        probability,
        console,
    )?;
    let terms = resolved.describe();
    let written = if options.output.no_files {
        vec![]
    } else {
        let manifest = serde_json::json!({
            "equilibrium": settings.equilibrium,
            "journeys": bloc.world.settings.journeys,
            "draws": draws.map(|d| d.count),
            "seed": draws.map(|d| d.seed),
            "delta_percent": options.wanted.delta,
            "terms": terms,
            "estimates": bloc.world.estimates.estimates,
        });
        interrupt::finish_first(|| {
            comity_report::write::write_agreement(
                &outcome,
                &found,
                &[],
                &bloc.world.outlines,
                bloc.world.settings.map.extent,
                &folder,
                options.output.force,
                manifest,
            )
        })?
    };
    if console.json {
        console.print_json(&serde_json::json!({
            "terms": terms,
            "verdict": outcome.verdict,
            "consensus": found.consensus,
            "probable": found.probable,
        }))?;
    } else {
        let mut text = format!(
            "Terms, which are an assumption ({}): {}\n\n{}\n\n",
            options.terms.terms,
            terms.join(" "),
            outcome.verdict.sentence
        );
        text.push_str(&comity_report::agreement::render(
            &found,
            console.width(),
            console.colour,
        ));
        console.print(&text);
    }
    for warning in &outcome.diagnostics.warnings {
        console.say(&format!("note: {warning}"));
    }
    if let [report, brief, ..] = written.as_slice() {
        console.say(&format!(
            "wrote {}, {} and {} tables beside them in {:.1} s",
            report.display(),
            brief.display(),
            written.len() - 2,
            since.elapsed().as_secs_f64()
        ));
    }
    Ok(())
}

/// The command that makes the result again.
fn command(options: &Admit) -> String {
    let mut command = format!("comity bloc admit {}", options.economies.join(","));
    command.push_str(&typed(&options.terms));
    command.push_str(&options.wanted.typed());
    command.push_str(&options.equilibrium.typed());
    command.push_str(&options.draws.typed());
    command
}

fn typed(terms: &Terms) -> String {
    let mut text = format!(" --terms {}", terms.terms);
    for (key, value) in [("bloc", &terms.bloc), ("world", &terms.world)] {
        if let Some(value) = value {
            text.push_str(&format!(" --{key} {value}"));
        }
    }
    text + &terms.as_of.typed() + &terms.estimates.typed()
}

fn rank(options: &RankCandidates, console: &Console) -> CommandResult {
    let since = std::time::Instant::now();
    let mut bloc = Bloc::read(&options.terms, console)?;
    let name = format!("{}-candidates", bloc.bloc.to_lowercase());
    let folder = options.output.folder(&name);
    if !options.output.no_files {
        comity_report::write::may_write(&folder, options.output.force)?;
    }
    let label = |id: EconomyId| bloc.world.economies[id.index()].iso3.clone();
    let all = bloc.world.bloc(&bloc.bloc, None, None);
    let (sitting, outside): (Vec<_>, Vec<_>) = all.into_iter().partition(|m| m.has_voice());
    if let Some(tier) = &options.tier {
        let tiers: BTreeSet<&str> = outside.iter().map(|m| m.tier.as_str()).collect();
        if !tiers.contains(tier.as_str()) {
            let names: Vec<&str> = tiers.into_iter().collect();
            let more = format!("{} has {}", bloc.bloc, names.join(", "));
            return Err(CommandError::unknown("tier", tier, names, &more));
        }
    }
    let mut sitting: Vec<EconomyId> = sitting.iter().map(|m| m.economy).collect();
    sitting.sort_by_key(|id| label(*id));
    // Projects are sorted by name, and so are these.
    let candidates: BTreeMap<String, (EconomyId, String)> = outside
        .iter()
        .filter(|m| options.tier.as_ref().is_none_or(|tier| m.tier == *tier))
        .map(|m| (label(m.economy), (m.economy, m.tier.clone())))
        .collect();
    if candidates.is_empty() {
        return Err(CommandError::user(format!(
            "{} has neither observers nor dialogue partners; name a candidate with `comity bloc \
             admit`",
            bloc.bloc
        )));
    }
    let joins = candidates
        .keys()
        .enumerate()
        .map(|(at, iso3)| Modification {
            number: at + 1,
            change: bloc.joined_by(std::slice::from_ref(iso3), Some(iso3)),
        });
    bloc.scenario.modifications = joins.collect();
    bloc.scenario.projects = candidates
        .keys()
        .map(|iso3| (iso3.clone(), ProjectFile::default()))
        .collect();
    let mut first = bloc.scenario.clone();
    first.modifications.truncate(1);
    first
        .projects
        .retain(|name, _| candidates.keys().next() == Some(name));
    let terms = first.resolve(&bloc.world)?.describe();
    let bar = console.progress_with_time_left();
    let found = gains(&bloc, candidates.len(), options, &bar);
    bar.finish();
    let Found {
        income,
        gains: found,
        behind,
    } = found?;
    let mut ranked: Vec<Candidate> = candidates
        .iter()
        .zip(&found)
        .map(|((iso3, (id, tier)), gains)| {
            candidate(&bloc, iso3, *id, tier, &sitting, gains, &income)
        })
        .collect();
    ranked.sort_by(|a, b| {
        let by_gain = b.members_musd.total_cmp(&a.members_musd);
        by_gain.then_with(|| a.iso3.cmp(&b.iso3))
    });
    let tier = options.tier.as_ref();
    let ranking = Ranking {
        command: format!(
            "comity bloc rank-candidates{}{}{}",
            typed(&options.terms),
            tier.map_or_else(String::new, |tier| format!(" --tier {tier:?}")),
            options.equilibrium.typed()
        ),
        members: sitting.iter().map(|id| label(*id)).collect(),
        terms,
        candidates: ranked,
        bloc: bloc.bloc.clone(),
    };
    if !options.output.no_files {
        let files = candidates::files(&ranking, &behind)?;
        interrupt::finish_first(|| {
            comity_report::write::write_folder(&files, &folder, options.output.force)
        })?;
    }
    if console.json {
        console.print_json(&ranking)?;
    } else {
        console.print(&text(&ranking, &bloc));
    }
    for warning in &behind.warnings {
        console.say(&format!("note: {warning}"));
    }
    if !options.output.no_files {
        console.say(&format!(
            "wrote {} and candidates.csv beside it in {:.1} s",
            folder.join("report.html").display(),
            since.elapsed().as_secs_f64()
        ));
    }
    Ok(())
}

/// Incomes, what each candidate's admission gives everybody, and what stands behind that.
struct Found {
    income: Vec<f64>,
    gains: Vec<SetGains>,
    behind: Background,
}

fn gains(
    bloc: &Bloc,
    count: usize,
    options: &RankCandidates,
    progress: &dyn comity_appraisal::Progress,
) -> Result<Found, CommandError> {
    let settings = options.equilibrium.settings();
    let sets = ProjectSets::new(&bloc.world, &bloc.scenario, &settings, progress)?;
    let alone: Vec<u64> = (0..count).map(|at| 1 << at).collect();
    let named = |e: &comity_world::Economy| (e.iso3.clone(), e.name.clone());
    Ok(Found {
        income: sets.income_musd(),
        gains: sets.gains(&alone, progress)?,
        behind: Background {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            world: sets.world_summary(),
            names: bloc.world.economies.iter().map(named).collect(),
            assumptions: sets.assumptions(),
            sources: bloc.scenario.sources.clone(),
            credits: sets.credits(),
            warnings: sets.warnings().to_vec(),
            inputs: bloc.world.hashes.clone(),
        },
    })
}

fn candidate(
    bloc: &Bloc,
    iso3: &str,
    id: EconomyId,
    tier: &str,
    sitting: &[EconomyId],
    gains: &SetGains,
    income: &[f64],
) -> Candidate {
    let question = Question::of(bloc.bloc.clone());
    let label = |id: EconomyId| bloc.world.economies[id.index()].iso3.clone();
    let of = |id: EconomyId| gains.net_musd[id.index()];
    let percent = |id: EconomyId| 100.0 * of(id) / income[id.index()];
    let noticed = |id: EconomyId| of(id).abs() >= question.unnoticed_below_musd(income[id.index()]);
    let members = || sitting.iter().copied();
    let gain = members().filter(|m| noticed(*m) && of(*m) > 0.0).count();
    let vetoed_by: Vec<String> = members()
        .filter(|m| noticed(*m) && of(*m) < 0.0)
        .map(label)
        .collect();
    Candidate {
        iso3: iso3.to_owned(),
        name: bloc.name(iso3).to_owned(),
        tier: tier.to_owned(),
        members_musd: members().map(of).sum(),
        gain,
        lose: vetoed_by.len(),
        indifferent: sitting.len() - gain - vetoed_by.len(),
        vetoed_by,
        own_musd: of(id),
        own_percent: percent(id),
        musd: members().map(|m| (label(m), of(m))).collect(),
        percent: members().map(|m| (label(m), percent(m))).collect(),
    }
}

fn text(ranking: &Ranking, bloc: &Bloc) -> String {
    let number = |value: f64| Style::MUSD.widened([value]).format(value);
    let mut shown = table(
        &[
            "candidate",
            "tier",
            "members m USD/yr",
            "gain",
            "lose",
            "indifferent",
            "own m USD/yr",
            "own % income",
            "would veto",
        ],
        2,
    );
    if let Some(column) = shown.column_mut(8) {
        column.set_cell_alignment(comfy_table::CellAlignment::Left);
    }
    for c in &ranking.candidates {
        let vetoes: Vec<&str> = c.vetoed_by.iter().map(|iso3| bloc.name(iso3)).collect();
        let vetoes = if vetoes.is_empty() {
            "nobody".to_owned()
        } else {
            vetoes.join(", ")
        };
        shown.add_row([
            c.name.clone(),
            c.tier.clone(),
            number(c.members_musd),
            c.gain.to_string(),
            c.lose.to_string(),
            c.indifferent.to_string(),
            number(c.own_musd),
            Style::PERCENT.format(c.own_percent),
            vetoes,
        ]);
    }
    format!(
        "{}: {} for admission, by what each gives the {} sitting members together\n\n\
         Terms, which are an assumption, for the first by code: {}\n\n{shown}\n\n{}\n",
        ranking.bloc,
        candidates::candidates(ranking),
        ranking.members.len(),
        ranking.terms.join(" "),
        candidates::summary(ranking),
    )
}
