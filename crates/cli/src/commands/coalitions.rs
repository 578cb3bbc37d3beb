//! What every coalition is worth in the equilibrium, and how to divide what all gain together.

use super::table;
use crate::arguments::ValueName;
use crate::console::Console;
use crate::error::CommandError;
use comity_agreement::AgreementError;
use comity_agreement::coalition::{Coalition, Game, MOST_PLAYERS_IN_TABLE, Players, owned_by};
use comity_agreement::values::{
    Domain, MOST_PLAYERS_IN_NUCLEOLUS, Per, core_range, least_core, nucleolus, shapley,
};
use comity_appraisal::{EquilibriumSettings, ProjectSets, SetGains};
use comity_report::agreement::Block;
use comity_report::numbers::Style;
use comity_scenario::{Resolved, Scenario};
use comity_world::World;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Coalitions listed one by one in JSON; on the page, those of so many players.
const MOST_LISTED: usize = 1024;
const PLAYERS_SHOWN: usize = 5;

/// A game whose values are still to be found.
pub struct Prepared {
    scenario: Scenario,
    players: Players,
    projects: Vec<OwnedProject>,
    owners: Vec<Coalition>,
    always: Vec<String>,
}

/// A project and whose it is.
#[derive(Clone, Serialize)]
pub struct OwnedProject {
    name: String,
    /// Who pays, lends or repays. Empty where the cost is not known: then it takes everybody.
    owners: Vec<String>,
}

/// The values of a game.
#[derive(Serialize)]
pub struct Values {
    players: Vec<String>,
    projects: Vec<OwnedProject>,
    /// Modifications that belong to no project and always happen.
    always: Vec<String>,
    /// Sets of projects for which the equilibrium was solved.
    sets_solved: usize,
    /// One for each conjecture; one alone where both give the same values.
    games: Vec<GameValues>,
    /// From the least to the most over the conjectures; empty where there is one game.
    range_over_conjectures: Vec<PlayerRange>,
    /// By size and label; empty if there are more than 1,024.
    coalitions: Vec<CoalitionValue>,
}

/// Million USD a year, least and most over the conjectures.
#[derive(Serialize)]
struct PlayerRange {
    player: String,
    alone_musd: (f64, f64),
    #[serde(skip_serializing_if = "Option::is_none")]
    shapley_musd: Option<(f64, f64)>,
}

#[derive(Serialize)]
struct CoalitionValue {
    members: Vec<String>,
    /// Million USD a year under each conjecture, in the order of `games`.
    musd: Vec<f64>,
}

/// A game under a conjecture about the outsiders. Million USD a year; lists in the order of players.
#[derive(Serialize)]
struct GameValues {
    conjecture: &'static str,
    together_musd: f64,
    alone_musd: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shapley_musd: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    core: Option<CoreValues>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nucleolus_musd: Option<Vec<f64>>,
    /// In place of the nucleolus, where no division gives every player what it gets alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    prenucleolus_musd: Option<Vec<f64>>,
}

#[derive(Serialize)]
struct CoreValues {
    empty: bool,
    /// The least objection that some coalition has to any division.
    epsilon_musd: f64,
    /// What each gets at least and at most in the core; `None` if it is empty.
    range_musd: Option<Vec<(f64, f64)>>,
}

/// Who plays and who owns what, checked before any long work.
pub fn prepare(
    world: &World,
    scenario: Scenario,
    resolved: &Resolved,
    wanted: &[String],
) -> Result<Prepared, CommandError> {
    let label = |id: comity_world::EconomyId| world.economies[id.index()].iso3.clone();
    let labels: Vec<String> = if wanted.is_empty() {
        let members = world.bloc(&resolved.bloc, None, None);
        let voices = members.iter().filter(|m| m.has_voice());
        voices.map(|m| label(m.economy)).collect()
    } else {
        for code in wanted {
            if world.economy(code).is_none() {
                let codes = world.economies.iter().map(|e| e.iso3.as_str());
                let more = "give ISO 3166-1 alpha-3 codes";
                return Err(CommandError::unknown("economy", code, codes, more));
            }
        }
        wanted.to_vec()
    };
    if labels.len() > MOST_PLAYERS_IN_TABLE {
        return Err(AgreementError::TooManyPlayers {
            what: "an exact table of coalitions",
            players: labels.len(),
            most: MOST_PLAYERS_IN_TABLE,
            instead: "name fewer with --players: those who pay for a project are enough",
        }
        .into());
    }
    let players = Players::new(labels)?;
    let mut projects = Vec::new();
    for project in resolved.projects() {
        let loans = project.loans.iter();
        let lent = loans.flat_map(|l| l.repaid_by.iter().copied().chain([(l.lender, 1.0)]));
        let all = project.paid_by.iter().copied().chain(lent);
        let owners: BTreeSet<String> = all
            .filter(|(_, share)| *share > 0.0)
            .map(|(id, _)| label(id))
            .collect();
        projects.push(OwnedProject {
            name: project.name.clone(),
            owners: owners.into_iter().collect(),
        });
    }
    projects.extend(resolved.unpriced().iter().map(|name| OwnedProject {
        name: name.clone(),
        owners: vec![],
    }));
    projects.sort_by(|a, b| a.name.cmp(&b.name));
    if projects.is_empty() {
        return Err(CommandError::user(
            "the scenario has no projects, so no coalition can do or leave anything: write \
             project = \"NAME\" in its modifications and [project.\"NAME\"] with paid_by (a policy \
             may cost 0)",
        ));
    }
    let mut missing = Vec::new();
    let mut owners = Vec::new();
    for project in &projects {
        let mut own = Coalition::EMPTY;
        for owner in &project.owners {
            match players.position(owner) {
                Some(player) => own = own.with(player),
                None => missing.push(format!(
                    "{owner} pays for {} and is no player: name it in --players",
                    project.name
                )),
            }
        }
        owners.push(own);
    }
    if !missing.is_empty() {
        return Err(CommandError::user(missing.join("\n")));
    }
    let always = scenario
        .modifications
        .iter()
        .zip(resolved.describe())
        .filter(|(m, _)| m.change.project().is_none())
        .map(|(_, sentence)| sentence)
        .collect();
    Ok(Prepared {
        scenario,
        players,
        projects,
        owners,
        always,
    })
}

/// Solve the equilibrium for every distinct set of projects, and value the game.
pub fn values(
    prepared: Prepared,
    world: &World,
    settings: &EquilibriumSettings,
    asked: &[ValueName],
    console: &Console,
) -> Result<Values, CommandError> {
    let count = prepared.players.len();
    if asked.contains(&ValueName::Nucleolus) && count > MOST_PLAYERS_IN_NUCLEOLUS {
        return Err(AgreementError::TooManyPlayers {
            what: "the nucleolus",
            players: count,
            most: MOST_PLAYERS_IN_NUCLEOLUS,
            instead: "leave it out of --values, or name fewer with --players",
        }
        .into());
    }
    let everyone = prepared.players.all();
    let own = |s: Coalition| owned_by(s, &prepared.owners, everyone).0;
    let outside = |s: Coalition| own(Coalition(everyone.0 & !s.0));
    // What happens if outsiders do nothing, and if they carry out what they own alone.
    let quiet = |s: Coalition| own(s);
    let active = |s: Coalition| own(s) | outside(s);
    let coalitions = 1u64 << count;
    let distinct: BTreeSet<u64> = (0..coalitions)
        .map(Coalition)
        .flat_map(|s| [quiet(s), active(s)])
        .chain([0])
        .collect();
    let sets: Vec<u64> = distinct.into_iter().collect();
    let bar = console.progress_with_time_left();
    let solved = ProjectSets::new(world, &prepared.scenario, settings, &bar)
        .and_then(|solver| solver.gains(&sets, &bar));
    bar.finish();
    let known: BTreeMap<u64, SetGains> = sets.iter().copied().zip(solved?).collect();
    let place: Vec<usize> = prepared
        .players
        .labels()
        .iter()
        .filter_map(|label| world.economy(label))
        .map(|id| id.index())
        .collect();
    let base = &known[&0].net_musd;
    let value = |s: Coalition, set: u64| -> f64 {
        let net = &known[&set].net_musd;
        s.players()
            .map(|player| net[place[player]] - base[place[player]])
            .sum()
    };
    let game = |set: &(dyn Fn(Coalition) -> u64 + Sync)| {
        Game::tabulate(prepared.players.clone(), |s| {
            Ok::<f64, std::fmt::Error>(if s.is_empty() { 0.0 } else { value(s, set(s)) })
        })
    };
    let quiet_game = game(&quiet)?;
    let active_game = game(&active)?;
    let mut games = vec![(
        "outsiders leave undone what they could do alone",
        quiet_game,
    )];
    if games[0].1 != active_game {
        games.push(("outsiders do what they can do alone", active_game));
    }
    let mut listed: Vec<Coalition> = Vec::new();
    if coalitions as usize <= MOST_LISTED {
        listed.extend((1..coalitions).map(Coalition));
        listed.sort_by_key(|s| (s.size(), s.players().collect::<Vec<_>>()));
    }
    let labels = prepared.players.labels();
    let valued: Vec<GameValues> = games
        .iter()
        .map(|(conjecture, game)| game_values(conjecture, game, asked))
        .collect::<Result<_, _>>()?;
    Ok(Values {
        range_over_conjectures: ranges(labels, &valued),
        players: labels.to_vec(),
        coalitions: listed
            .into_iter()
            .map(|s| CoalitionValue {
                members: s.players().map(|p| labels[p].clone()).collect(),
                musd: games.iter().map(|(_, game)| game.value(s)).collect(),
            })
            .collect(),
        games: valued,
        projects: prepared.projects,
        always: prepared.always,
        sets_solved: sets.len(),
    })
}

fn ranges(labels: &[String], games: &[GameValues]) -> Vec<PlayerRange> {
    if games.len() < 2 {
        return vec![];
    }
    let range = |values: Vec<f64>| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        (low, values.into_iter().fold(f64::NEG_INFINITY, f64::max))
    };
    let of = |(player, label): (usize, &String)| {
        let shapley: Option<Vec<f64>> = games
            .iter()
            .map(|game| Some(game.shapley_musd.as_ref()?[player]))
            .collect();
        PlayerRange {
            player: label.clone(),
            alone_musd: range(games.iter().map(|game| game.alone_musd[player]).collect()),
            shapley_musd: shapley.map(range),
        }
    };
    labels.iter().enumerate().map(of).collect()
}

fn game_values(
    conjecture: &'static str,
    game: &Game,
    asked: &[ValueName],
) -> Result<GameValues, CommandError> {
    let wants = |name: ValueName| asked.contains(&name);
    let core = if wants(ValueName::Core) {
        let least = least_core(game)?;
        Some(CoreValues {
            empty: !least.nonempty,
            epsilon_musd: least.epsilon,
            range_musd: core_range(game)?,
        })
    } else {
        None
    };
    let (mut division, mut forced) = (None, None);
    if wants(ValueName::Nucleolus) {
        match nucleolus(game, Domain::Imputations, Per::Coalition) {
            Ok(found) => division = Some(found.division),
            Err(AgreementError::NoImputation { .. }) => {
                forced = Some(nucleolus(game, Domain::Efficient, Per::Coalition)?.division);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(GameValues {
        conjecture,
        together_musd: game.grand(),
        alone_musd: (0..game.len())
            .map(|player| game.value(Coalition::of(player)))
            .collect(),
        shapley_musd: wants(ValueName::Shapley).then(|| shapley(game)),
        core,
        nucleolus_musd: division,
        prenucleolus_musd: forced,
    })
}

/// The values for a terminal.
pub fn text(blocks: &[Block]) -> String {
    let mut text = String::new();
    for block in blocks {
        match block {
            Block::Text(words) => text.push_str(&format!("{words}\n")),
            Block::List(items) => {
                for item in items {
                    text.push_str(&format!("  {item}\n"));
                }
            }
            Block::Table {
                caption,
                header,
                rows,
            } => {
                let header: Vec<&str> = header.iter().map(String::as_str).collect();
                let mut shown = table(&header, 1);
                for row in rows {
                    shown.add_row(row.clone());
                }
                text.push_str(&format!("\n{caption}:\n{shown}\n"));
            }
        }
    }
    text
}

/// The values in words and tables.
pub fn blocks(values: &Values, world: &World) -> Vec<Block> {
    let number = |value: f64| Style::MUSD.widened([value]).format(value);
    let name = |label: &str| {
        let id = world.economy(label);
        id.map_or_else(
            || label.to_owned(),
            |id| world.economies[id.index()].name.clone(),
        )
    };
    let several = values.games.len() > 1;
    let mut blocks = vec![Block::Text(format!(
        "Coalitions of {} players, million USD a year: what its members gain when only the projects \
         happen whose owners are all in it ({} equilibria solved).",
        values.players.len(),
        values.sets_solved
    ))];
    let owned = |project: &OwnedProject| {
        if project.owners.is_empty() {
            format!("{}: cost not known, so it takes everybody", project.name)
        } else {
            format!("{}: takes {}", project.name, project.owners.join(", "))
        }
    };
    let always = |sentence: &String| format!("always happens, belonging to no project: {sentence}");
    let projects = values.projects.iter().map(owned);
    blocks.push(Block::List(
        projects.chain(values.always.iter().map(always)).collect(),
    ));
    blocks.push(Block::Text(
        if several {
            "With externalities: what a coalition is worth depends on what outsiders do. Two \
             conjectures are shown; outsiders who do a part of what they can may lead beyond both."
        } else {
            "What outsiders may do alone changes no value."
        }
        .to_owned(),
    ));
    if values.players.len() <= PLAYERS_SHOWN {
        let worth = |game: &GameValues| {
            if several {
                format!("worth if {}", game.conjecture)
            } else {
                "worth".to_owned()
            }
        };
        let row = |of: &CoalitionValue| {
            let cells = of.musd.iter().map(|value| number(*value));
            std::iter::once(of.members.join(", "))
                .chain(cells)
                .collect()
        };
        blocks.push(Block::Table {
            caption: "What each coalition is worth".to_owned(),
            header: std::iter::once("coalition".to_owned())
                .chain(values.games.iter().map(worth))
                .collect(),
            rows: values.coalitions.iter().map(row).collect(),
        });
    }
    for game in &values.games {
        blocks.push(divisions(values, game, &name, &number));
        blocks.push(Block::Text(conclusion(game, &number)));
    }
    if several {
        let through = |(low, high): (f64, f64)| format!("{} to {}", number(low), number(high));
        let mut header = vec!["player".to_owned(), "alone".to_owned()];
        if values.games[0].shapley_musd.is_some() {
            header.push("Shapley value".to_owned());
        }
        let row = |of: &PlayerRange| {
            let cells = [name(&of.player), through(of.alone_musd)];
            let cells = cells.into_iter();
            cells.chain(of.shapley_musd.map(through)).collect()
        };
        blocks.push(Block::Table {
            caption: "From the least to the most over both".to_owned(),
            header,
            rows: values.range_over_conjectures.iter().map(row).collect(),
        });
    }
    blocks
}

/// What each player gets by each way to divide.
fn divisions(
    values: &Values,
    game: &GameValues,
    name: &dyn Fn(&str) -> String,
    number: &dyn Fn(f64) -> String,
) -> Block {
    let mut header = vec!["player", "alone"];
    if game.shapley_musd.is_some() {
        header.push("Shapley value");
    }
    let range = game.core.as_ref().and_then(|c| c.range_musd.as_ref());
    if range.is_some() {
        header.extend(["core, least", "core, most"]);
    }
    if game.nucleolus_musd.is_some() {
        header.push("nucleolus");
    }
    if game.prenucleolus_musd.is_some() {
        header.push("prenucleolus");
    }
    let row = |(player, label): (usize, &String)| {
        let mut row = vec![name(label), number(game.alone_musd[player])];
        row.extend(game.shapley_musd.as_ref().map(|v| number(v[player])));
        if let Some(range) = range {
            row.extend([number(range[player].0), number(range[player].1)]);
        }
        row.extend(game.nucleolus_musd.as_ref().map(|v| number(v[player])));
        row.extend(game.prenucleolus_musd.as_ref().map(|v| number(v[player])));
        row
    };
    Block::Table {
        caption: if values.games.len() > 1 {
            format!("If {}", game.conjecture)
        } else {
            "What each player gets".to_owned()
        },
        header: header.into_iter().map(str::to_owned).collect(),
        rows: values.players.iter().enumerate().map(row).collect(),
    }
}

/// What all gain together, and whether some division suits all.
fn conclusion(game: &GameValues, number: &dyn Fn(f64) -> String) -> String {
    let mut text = format!("Together {}.", number(game.together_musd));
    if let Some(core) = &game.core {
        text.push_str(&if core.empty {
            format!(
                " The core is empty: under any division some coalition is better off alone by {} or more.",
                Style::LEVEL
                    .widened([core.epsilon_musd])
                    .format(core.epsilon_musd)
            )
        } else {
            " The core is not empty: some divisions leave no coalition better off alone.".to_owned()
        });
    }
    if game.prenucleolus_musd.is_some() {
        text.push_str(
            " No division gives every player what it gets alone, so there is no nucleolus; the \
             prenucleolus does not ask for that.",
        );
    }
    text
}
