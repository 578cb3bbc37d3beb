//! `comity power`.

use super::table;
use crate::arguments::PowerOptions;
use crate::console::Console;
use crate::error::{CommandError, CommandResult};
use crate::lookup;
use comity_agreement::coalition::Players;
use comity_agreement::power::{Power, Rule, power};
use comity_report::numbers::Style;
use comity_world::World;
use std::collections::{BTreeMap, BTreeSet};

pub fn run(options: &PowerOptions, console: &Console) -> CommandResult {
    let world = lookup::world(options.world.as_deref(), console)?;
    let as_of = options.as_of.as_of.as_ref();
    let world = lookup::at_date(world, as_of, options.bloc.as_deref())?;
    let bloc = lookup::bloc(&world, options.bloc.as_deref())?;
    let members = world.bloc(bloc, None, None);
    let tier = options.tier.as_str();
    let labels: BTreeSet<&str> = members
        .iter()
        .filter(|m| m.tier == tier)
        .map(|m| world.economies[m.economy.index()].iso3.as_str())
        .collect();
    if labels.is_empty() {
        let tiers: BTreeSet<&str> = members.iter().map(|m| m.tier.as_str()).collect();
        let names: Vec<&str> = tiers.into_iter().collect();
        let more = format!("{bloc} has {}: name one with --tier", names.join(", "));
        return Err(CommandError::unknown("tier", tier, names, &more));
    }
    let players = Players::new(labels)?;
    let rule = rule(&options.rule, players)?;
    let found = power(&rule)?;
    if console.json {
        return console.print_json(&found);
    }
    console.print(&text(&world, bloc, &rule, &found));
    Ok(())
}

fn rule(name: &str, players: Players) -> Result<Rule, CommandError> {
    match name {
        "unanimity" => Ok(Rule::unanimity(players)),
        "majority" => Ok(Rule::majority(players)),
        file if file.ends_with(".toml") => {
            let text = std::fs::read_to_string(file)
                .map_err(|e| CommandError::user(format!("cannot read {file}: {e}")))?;
            Ok(Rule::parse(file, &text, &players)?)
        }
        other => Err(CommandError::unknown(
            "rule",
            other,
            ["unanimity", "majority"],
            "give unanimity, majority or a TOML file",
        )),
    }
}

fn text(world: &World, bloc: &str, rule: &Rule, found: &Power) -> String {
    let names: BTreeMap<&str, &str> = world
        .economies
        .iter()
        .map(|e| (e.iso3.as_str(), e.name.as_str()))
        .collect();
    let number = |value: f64| Style::new(4, 4, false).format(value);
    let mut shown = table(
        &[
            "member",
            "Banzhaf",
            "normalised",
            "Shapley–Shubik",
            "blocking",
            "initiative",
            "veto",
        ],
        1,
    );
    for member in &found.members {
        let name = names.get(member.label.as_str()).copied();
        shown.add_row([
            name.unwrap_or(&member.label).to_owned(),
            number(member.banzhaf),
            number(member.banzhaf_normalised),
            number(member.shapley_shubik),
            number(member.blocking),
            number(member.initiative),
            if member.has_veto { "yes" } else { "no" }.to_owned(),
        ]);
    }
    let count = found.members.len();
    let unanimous = found.winning == 1;
    let reading = if unanimous {
        "Nothing passes against anyone: all are equal, whatever their size, and each can stop \
         everything. Power by swings says no more than that. Blocking is the thing to look at: \
         `comity agree SCENARIO --draws 200` says who would use it, and how likely."
    } else {
        "Banzhaf: share of the coalitions of the others that it turns from losing to winning; \
         Shapley–Shubik: share of the orders of joining in which it does. Blocking: share of the \
         winning coalitions that it can stop; initiative: share of the losing ones it can carry."
    };
    format!(
        "{bloc}: power of {count} voters under {}; {} of {} coalitions pass\n\n{shown}\n\n{reading}\n",
        rule.name(),
        found.winning,
        if count < 128 {
            (1u128 << count).to_string()
        } else {
            "all".to_owned()
        },
    )
}
