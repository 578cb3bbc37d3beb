//! From text to a scenario: every mistake that can be found without a world.

use crate::modification::{Change, Modification};
use crate::place::{KeyPath, Lines};
use crate::rules;
use crate::scenario::{Scenario, problem};
use crate::schema::json_schema;
use crate::walk::{Walker, note_lines};
use comity_world::Problem;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use toml::de::{DeTable, DeValue};

/// Read what can be read, with all problems.
pub(crate) fn read(file: &str, text: &str) -> (Scenario, Vec<Problem>) {
    let mut problems = Vec::new();
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let mut found = Problem::new(file, error.message().trim());
        if let Some(span) = error.span() {
            let before = &text[..span.start.min(text.len())];
            found = found.line(1 + before.matches('\n').count() as u64);
            if let Some(here) = text.get(span).map(str::trim)
                && !here.is_empty()
                && here.len() <= 60
                && !here.contains('\n')
            {
                found = found.value(here);
            }
            let head = before.rsplit('\n').next().unwrap_or_default().trim();
            if found.message == "duplicate key" && head == "[project." {
                found.message = "two projects have this name".to_owned();
                found.help = Some("give one of them another name".to_owned());
            }
        }
        problems.push(found);
    }
    let lost_lines: BTreeSet<u64> = problems.iter().filter_map(|p| p.line).collect();
    let syntax = std::mem::take(&mut problems);
    let table = table.get_ref();
    let mut lines = Lines::default();
    note_lines(table, text, &KeyPath::root(), &mut lines);

    let schema = json_schema();
    let walker = Walker {
        file,
        lines: &lines,
        definitions: &schema["$defs"],
        problems: RefCell::new(Vec::new()),
    };
    let top = top_level(&walker, &schema, table);
    let (modifications, lost_names) = modifications(&walker, &schema, table);
    let projects = projects(&walker, &schema, table);
    problems.extend(walker.problems.into_inner());

    let text_of = |key: &str| {
        top.get(key)
            .and_then(Value::as_str)
            .map(|text| text.trim().to_owned())
    };
    let id = text_of("id").unwrap_or_else(|| slug(stem(file)));
    if id.is_empty() || slug(&id) != id {
        let suggestion = slug(&id);
        let mut found = problem(
            file,
            &lines,
            &KeyPath::root().child("id"),
            "must be made of lower-case letters, digits and single dashes",
        )
        .value(&id);
        if !suggestion.is_empty() {
            found = found.help(format!("for example {suggestion}"));
        }
        problems.push(found);
    }
    let sources = top
        .get("sources")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let scenario = Scenario {
        file: file.to_owned(),
        id,
        name: text_of("name").unwrap_or_default(),
        description: text_of("description").unwrap_or_default(),
        world: text_of("world").unwrap_or_default(),
        bloc: text_of("bloc"),
        sources,
        assumed_costs: top
            .get("assumed_costs")
            .and_then(|value| serde_json::from_value(value.clone()).ok()),
        modifications,
        projects,
        lines,
        lost_names,
        lost_lines,
    };
    rules::check(&scenario, table, &mut problems);
    problems.retain(|p| {
        p.line
            .is_none_or(|line| !scenario.lost_lines.contains(&line))
    });
    problems.extend(syntax);
    (scenario, problems)
}

/// The keys of the file itself. The tables in it are read one by one, each on its own.
fn top_level(walker: &Walker, schema: &Value, table: &DeTable) -> BTreeMap<String, Value> {
    let mut good = BTreeMap::new();
    let properties = schema["properties"].as_object();
    let known: Vec<&str> = properties
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect();
    for (key, value) in table.iter() {
        let key: &str = key.get_ref();
        let path = KeyPath::root().child(key);
        if key == "modification" || key == "project" {
            continue;
        }
        if !known.contains(&key) {
            let mut found = walker
                .problem(&path, "unknown key")
                .value(key)
                .did_you_mean(key, known.iter().copied());
            if found.help.is_none() {
                found = found.help(format!("the keys here are {}", known.join(", ")));
            }
            walker.push(found);
            continue;
        }
        if let Some(value) = walker.value(&schema["properties"][key], value.get_ref(), &path) {
            good.insert(key.to_owned(), value);
        }
    }
    for key in ["name", "world"] {
        if !table.contains_key(key) {
            walker.push(walker.problem(&KeyPath::root(), format!("the key {key} is missing")));
        }
    }
    good
}

fn modifications(
    walker: &Walker,
    schema: &Value,
    table: &DeTable,
) -> (Vec<Modification>, BTreeSet<String>) {
    let mut good = Vec::new();
    let mut lost = BTreeSet::new();
    let items = match table.get("modification").map(toml::Spanned::get_ref) {
        None => return (good, lost),
        Some(DeValue::Array(items)) => items,
        Some(_) => {
            let path = KeyPath::root().child("modification");
            let found = walker
                .problem(&path, "must be a list of tables")
                .help("write [[modification]], with two brackets");
            walker.push(found);
            return (good, lost);
        }
    };
    for (index, item) in items.iter().enumerate() {
        let number = index + 1;
        let path = KeyPath::modification(number);
        let DeValue::Table(fields) = item.get_ref() else {
            walker.push(
                walker
                    .problem(&path, "must be a table")
                    .help("write [[modification]], then one key a line"),
            );
            continue;
        };
        let change = variant(walker, schema, fields, &path)
            .and_then(|variant| walker.table(variant, fields, &path))
            .and_then(|value| typed::<Change>(walker, value, &path));
        match change {
            Some(change) => good.push(Modification { number, change }),
            None => lost.extend(names_defined(fields)),
        }
    }
    (good, lost)
}

/// The part of the schema for a modification's `type`.
fn variant<'a>(
    walker: &Walker,
    schema: &'a Value,
    fields: &DeTable,
    path: &KeyPath,
) -> Option<&'a Value> {
    let types = Change::TYPES.join(", ");
    let here = path.child("type");
    let Some(value) = fields.get("type") else {
        walker.push(
            walker
                .problem(path, "the key type is missing")
                .help(format!("the types are {types}")),
        );
        return None;
    };
    let Some(name) = value.get_ref().as_str() else {
        walker.push(walker.problem(&here, "type must be text"));
        return None;
    };
    let found = schema["$defs"]["Change"]["oneOf"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|variant| variant["properties"]["type"]["const"] == json!(name));
    if found.is_none() {
        let mut unknown = walker
            .problem(&here, "unknown type of modification")
            .value(name)
            .did_you_mean(name, Change::TYPES);
        if unknown.help.is_none() {
            unknown = unknown.help(format!("the types are {types}"));
        }
        walker.push(unknown);
    }
    found
}

fn names_defined(fields: &DeTable) -> Vec<String> {
    ["from", "to"]
        .into_iter()
        .filter_map(|end| fields.get(end)?.get_ref().as_table()?.get("name"))
        .filter_map(|name| name.get_ref().as_str())
        .map(|name| name.trim().to_lowercase())
        .collect()
}

fn projects(
    walker: &Walker,
    schema: &Value,
    table: &DeTable,
) -> BTreeMap<String, crate::ProjectFile> {
    let mut good = BTreeMap::new();
    let of_project = &schema["$defs"]["ProjectFile"];
    match table.get("project").map(toml::Spanned::get_ref) {
        None => {}
        Some(DeValue::Table(projects)) => {
            for (name, value) in projects.iter() {
                let path = KeyPath::project(name.get_ref());
                let project = walker
                    .value(of_project, value.get_ref(), &path)
                    .and_then(|value| typed(walker, value, &path));
                if let Some(project) = project {
                    good.insert(name.get_ref().to_string(), project);
                }
            }
        }
        Some(_) => walker.push(
            walker
                .problem(&KeyPath::root().child("project"), "must be a table")
                .help("write [project.\"its name\"]"),
        ),
    }
    good
}

/// The value as its type. The schema has been checked, so a failure here is one that it cannot express.
fn typed<T: DeserializeOwned>(walker: &Walker, value: Value, path: &KeyPath) -> Option<T> {
    match serde_json::from_value(value) {
        Ok(typed) => Some(typed),
        Err(error) => {
            walker.push(walker.problem(path, error.to_string()));
            None
        }
    }
}

fn stem(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    name.strip_suffix(".toml").unwrap_or(name)
}

/// Lower-case letters and digits of a name, with dashes between its words.
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}
