//! From names on the command line to worlds, scenarios, places.

use crate::console::Console;
use crate::error::CommandError;
use comity_scenario::{Programme, Resolved, Scenario};
use comity_world::{Date, PlaceId, Source, World};
use std::path::Path;

/// Where a world's files are: a folder, or a built-in world. Without a name, the first built-in one.
pub fn world_source(name: Option<&str>) -> Result<Source, CommandError> {
    match name {
        None => comity_library::world_names()
            .next()
            .and_then(comity_library::world)
            .ok_or_else(|| CommandError::ours("this program has no built-in world")),
        Some(name) => {
            if let Some(source) = comity_library::world(name) {
                return Ok(source);
            }
            if Path::new(name).is_dir() {
                return Ok(Source::Folder(name.into()));
            }
            Err(CommandError::unknown(
                "world",
                name,
                comity_library::world_names(),
                "give a folder or one of `comity world list`",
            ))
        }
    }
}

/// Load a world.
pub fn world(name: Option<&str>, console: &Console) -> Result<World, CommandError> {
    let source = world_source(name)?;
    let since = std::time::Instant::now();
    let world = World::load(&source)?;
    console.detail(&format!(
        "read world {} in {:.2} s",
        source.label(),
        since.elapsed().as_secs_f64()
    ));
    Ok(world)
}

/// Text of a scenario and what messages call it.
fn scenario_text(name: &str) -> Result<(String, String), CommandError> {
    let path = Path::new(name);
    let looks_like_file = name.ends_with(".toml") || name.contains(std::path::MAIN_SEPARATOR);
    if looks_like_file || path.is_file() {
        let text = std::fs::read_to_string(path)
            .map_err(|e| CommandError::user(format!("cannot read {name}: {e}")))?;
        return Ok((name.to_owned(), text));
    }
    match comity_library::scenario(name) {
        Some(text) => Ok((format!("{name}.toml"), text.to_owned())),
        None => Err(CommandError::unknown(
            "scenario",
            name,
            comity_library::scenario_names(),
            "give a TOML file or one of `comity scenario list`",
        )),
    }
}

/// A scenario with the world it is held against.
pub fn scenario(
    name: &str,
    world_name: Option<&str>,
    console: &Console,
) -> Result<(World, Resolved), CommandError> {
    let (world, _, resolved) = checked(name, world_name, None, None, console)?;
    Ok((world, resolved))
}

/// A scenario with the world it is held against, whose blocs are those of a day; a bloc given
/// takes the place of the scenario's own.
pub fn scenario_at(
    name: &str,
    world_name: Option<&str>,
    bloc_name: Option<&str>,
    as_of: Option<&Date>,
    console: &Console,
) -> Result<(World, Resolved), CommandError> {
    let (world, _, mut resolved) = checked(name, world_name, bloc_name, as_of, console)?;
    if let Some(own) = bloc_name {
        resolved.bloc = bloc(&world, Some(own))?.to_owned();
    }
    Ok((world, resolved))
}

/// The world as it is, or with the blocs of a day. The bloc asked about must have been there.
pub fn at_date(
    world: World,
    as_of: Option<&Date>,
    asked: Option<&str>,
) -> Result<World, CommandError> {
    let Some(date) = as_of else {
        return Ok(world);
    };
    let asked = bloc(&world, asked)?.to_owned();
    if world.bloc(&asked, None, Some(date.as_str())).is_empty() {
        let rows = world.blocs.iter().filter(|m| m.bloc == asked);
        let first = rows.map(|m| m.from.as_str()).min().unwrap_or_default();
        return Err(CommandError::user(format!(
            "nobody belonged to {asked} on {}; the first did from {first} on",
            date.as_str()
        )));
    }
    Ok(world.at_date(date))
}

/// A scenario of many projects, taken apart, with its world.
pub fn programme(
    name: &str,
    world_name: Option<&str>,
    console: &Console,
) -> Result<(World, Programme), CommandError> {
    let (world, scenario, _) = checked(name, world_name, None, None, console)?;
    let programme = Programme::new(&scenario, &world)?;
    Ok((world, programme))
}

/// A scenario as read and as resolved, with its world.
fn checked(
    name: &str,
    world_name: Option<&str>,
    bloc_name: Option<&str>,
    as_of: Option<&Date>,
    console: &Console,
) -> Result<(World, Scenario, Resolved), CommandError> {
    let (file, text) = scenario_text(name)?;
    let own = match Scenario::parse(&file, &text) {
        Ok(scenario) => scenario,
        // Hold what can be read against the world as well, so that all mistakes come at once.
        Err(problems) => {
            let Ok(world) = world(world_name, console) else {
                return Err(problems.into());
            };
            let all = comity_scenario::check(&file, &text, &world)
                .err()
                .unwrap_or(problems);
            return Err(all.into());
        }
    };
    let world = world(world_name.or(Some(&own.world)), console)?;
    // Where the scenario's bloc is unknown, its own check says so, with its line.
    let known = |bloc: &&str| world.bloc_names().contains(bloc);
    let asked = bloc_name.or(own.bloc.as_deref().filter(known));
    let world = at_date(world, as_of, asked)?;
    let (scenario, resolved) = comity_scenario::check(&file, &text, &world)?;
    Ok((world, scenario, resolved))
}

/// A scenario as its file has it, for states with some of its projects only.
pub fn unresolved(name: &str) -> Result<Scenario, CommandError> {
    let (file, text) = scenario_text(name)?;
    Ok(Scenario::parse(&file, &text)?)
}

/// A bloc of the world: as named, or the world's own.
pub fn bloc<'w>(world: &'w World, name: Option<&'w str>) -> Result<&'w str, CommandError> {
    let bloc = name.unwrap_or(&world.settings.default_bloc);
    let names = world.bloc_names();
    if names.contains(&bloc) {
        return Ok(bloc);
    }
    let more = if names.is_empty() {
        "this world has none".to_owned()
    } else {
        format!("this world has {}", names.join(", "))
    };
    Err(CommandError::unknown("bloc", bloc, names, &more))
}

/// The one place of this name.
pub fn place(world: &World, name: &str) -> Result<PlaceId, CommandError> {
    let found = world.find_places(name);
    match found.as_slice() {
        [one] => Ok(*one),
        [] => {
            let close = world.suggest_places(name);
            let hint = if close.is_empty() {
                "`comity world show` says how many places there are".to_owned()
            } else {
                format!("did you mean {}?", close.join(", "))
            };
            Err(CommandError::user(format!(
                "there is no place \"{name}\"; {hint}"
            )))
        }
        several => {
            let options: Vec<String> = several
                .iter()
                .map(|id| {
                    let place = &world.places[id.index()];
                    let territory = &world.territories[place.territory.index()].iso3;
                    format!("\"{}, {territory}\" ({})", place.name, place.id)
                })
                .collect();
            Err(CommandError::user(format!(
                "several places are called \"{name}\"; say which: {}",
                options.join(", ")
            )))
        }
    }
}
