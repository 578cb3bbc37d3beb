//! Checks a TOML value, with its position, against the JSON Schema, and finds every mistake:
//! serde alone would stop at the first.

use crate::place::{KeyPath, Lines};
use crate::scenario::problem;
use comity_world::Problem;
use serde_json::{Map, Number, Value, json};
use std::cell::RefCell;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads values of one file.
pub(crate) struct Walker<'a> {
    pub file: &'a str,
    pub lines: &'a Lines,
    /// `$defs` of the schema.
    pub definitions: &'a Value,
    pub problems: RefCell<Vec<Problem>>,
}

/// Notes the line of every key in a table.
pub(crate) fn note_lines(table: &DeTable, text: &str, path: &KeyPath, lines: &mut Lines) {
    let line_of = |at: usize| 1 + text[..at.min(text.len())].matches('\n').count() as u64;
    for (key, value) in table.iter() {
        let here = path.child(key.get_ref());
        lines.note(&here, line_of(key.span().start));
        note_value(value, text, &here, lines);
    }
}

fn note_value(value: &Spanned<DeValue>, text: &str, path: &KeyPath, lines: &mut Lines) {
    match value.get_ref() {
        DeValue::Table(table) => note_lines(table, text, path, lines),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let here = path.child(&(index + 1).to_string());
                let line = 1 + text[..item.span().start].matches('\n').count() as u64;
                lines.note(&here, line);
                note_value(item, text, &here, lines);
            }
        }
        _ => {}
    }
}

impl Walker<'_> {
    pub fn push(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub fn problem(&self, path: &KeyPath, message: impl Into<String>) -> Problem {
        problem(self.file, self.lines, path, message)
    }

    fn wrong(&self, path: &KeyPath, message: impl Into<String>, value: impl Into<String>) {
        self.push(self.problem(path, message).value(value));
    }

    /// The value as JSON, `None` if it does not follow the schema (each reason is a problem).
    pub fn value(&self, schema: &Value, value: &DeValue, path: &KeyPath) -> Option<Value> {
        let schema = self.target(schema);
        if let Some(branches) = choices(schema) {
            return self.choose(branches, value, path);
        }
        let wanted = schema.get("type").and_then(Value::as_str);
        match (wanted, value) {
            (Some("string"), DeValue::String(text)) => self.text(schema, text, path),
            (Some("boolean"), DeValue::Boolean(value)) => Some(json!(value)),
            (Some("number" | "integer"), DeValue::Integer(_) | DeValue::Float(_)) => {
                self.number(schema, wanted == Some("integer"), value, path)
            }
            (Some("array"), DeValue::Array(items)) => {
                let fewest = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
                if (items.len() as u64) < fewest {
                    self.push(self.problem(path, "the list is empty"));
                    return None;
                }
                let of_items = schema.get("items").unwrap_or(&Value::Null);
                let read: Vec<Option<Value>> = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| {
                        let here = path.child(&(index + 1).to_string());
                        self.value(of_items, item.get_ref(), &here)
                    })
                    .collect();
                read.into_iter()
                    .collect::<Option<Vec<_>>>()
                    .map(Value::Array)
            }
            (Some("object"), DeValue::Table(table)) => self.table(schema, table, path),
            _ => {
                let message = format!("{} where {} belongs", found(value), kind(wanted));
                self.wrong(path, message, shown(value));
                None
            }
        }
    }

    /// A table, key by key.
    pub fn table(&self, schema: &Value, table: &DeTable, path: &KeyPath) -> Option<Value> {
        let schema = self.target(schema);
        let none = Map::new();
        let properties = schema
            .get("properties")
            .and_then(Value::as_object)
            .unwrap_or(&none);
        let mut good = true;
        let mut object = Map::new();
        for (key, value) in table.iter() {
            let key: &str = key.get_ref();
            let here = path.child(key);
            let of_value = match (properties.get(key), schema.get("additionalProperties")) {
                (Some(known), _) => known,
                (None, Some(others @ Value::Object(_))) => others,
                _ => {
                    let names: Vec<&str> = properties.keys().map(String::as_str).collect();
                    let mut unknown = self.problem(&here, "unknown key").value(key);
                    unknown = unknown.did_you_mean(key, names.iter().copied());
                    if unknown.help.is_none() {
                        unknown = unknown.help(format!("the keys here are {}", names.join(", ")));
                    }
                    self.push(unknown);
                    good = false;
                    continue;
                }
            };
            match self.value(of_value, value.get_ref(), &here) {
                Some(value) => {
                    object.insert(key.to_owned(), value);
                }
                None => good = false,
            }
        }
        for key in required(schema) {
            if !table.contains_key(key) {
                self.push(self.problem(path, format!("the key {key} is missing")));
                good = false;
            }
        }
        good.then_some(Value::Object(object))
    }

    fn choose(&self, branches: &[Value], value: &DeValue, path: &KeyPath) -> Option<Value> {
        let constants: Vec<&str> = branches
            .iter()
            .filter_map(|b| b.get("const").and_then(Value::as_str))
            .collect();
        if constants.len() == branches.len() {
            return match value.as_str() {
                Some(text) => self.one_of(text, &constants, path),
                None => {
                    let message = format!("{} where text belongs", found(value));
                    self.wrong(path, message, shown(value));
                    None
                }
            };
        }
        let fits = branches.iter().find(|branch| {
            let branch = self.target(branch);
            let wanted = branch
                .get("type")
                .and_then(Value::as_str)
                .or_else(|| choices(branch).map(|_| "string"));
            matches!(
                (wanted, value),
                (Some("string"), DeValue::String(_))
                    | (Some("boolean"), DeValue::Boolean(_))
                    | (
                        Some("number" | "integer"),
                        DeValue::Integer(_) | DeValue::Float(_)
                    )
                    | (Some("array"), DeValue::Array(_))
                    | (Some("object"), DeValue::Table(_))
            )
        });
        match fits {
            Some(branch) => self.value(branch, value, path),
            None => {
                let wanted: Vec<&str> = branches
                    .iter()
                    .map(|b| kind(self.target(b).get("type").and_then(Value::as_str)))
                    .collect();
                let message = format!("{} where {} belongs", found(value), wanted.join(" or "));
                self.wrong(path, message, shown(value));
                None
            }
        }
    }

    fn text(&self, schema: &Value, text: &str, path: &KeyPath) -> Option<Value> {
        if let Some(Value::Array(names)) = schema.get("enum") {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            return self.one_of(text, &names, path);
        }
        if schema.get("minLength").is_some() && text.trim().is_empty() {
            self.push(self.problem(path, "must not be empty"));
            return None;
        }
        Some(json!(text))
    }

    fn one_of(&self, text: &str, names: &[&str], path: &KeyPath) -> Option<Value> {
        if names.contains(&text) {
            return Some(json!(text));
        }
        let list = names.join(", ");
        self.wrong(path, format!("must be one of {list}"), text);
        None
    }

    fn number(
        &self,
        schema: &Value,
        whole: bool,
        value: &DeValue,
        path: &KeyPath,
    ) -> Option<Value> {
        let Some(number) = parse_number(value) else {
            self.wrong(path, "not a number that can be read", shown(value));
            return None;
        };
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let complaint = if !number.is_finite() {
            Some("must be a finite number".to_owned())
        } else if whole && number.fract() != 0.0 {
            Some("must be a whole number".to_owned())
        } else if let Some(low) = bound("exclusiveMinimum").filter(|low| number <= *low) {
            Some(format!("must be above {low}"))
        } else {
            let (low, high) = (bound("minimum"), bound("maximum"));
            let below = low.is_some_and(|low| number < low);
            let above = high.is_some_and(|high| number > high);
            match (below || above, low, high) {
                (false, ..) => None,
                (_, Some(low), Some(high)) => Some(format!("must lie between {low} and {high}")),
                (_, Some(low), None) => Some(format!("must be at least {low}")),
                (_, None, Some(high)) => Some(format!("must be at most {high}")),
                (_, None, None) => None,
            }
        };
        if let Some(complaint) = complaint {
            self.wrong(path, complaint, shown(value));
            return None;
        }
        if whole {
            return Some(json!(number as i64));
        }
        Number::from_f64(number).map(Value::Number)
    }

    /// The schema that a `$ref` stands for.
    fn target<'a>(&'a self, schema: &'a Value) -> &'a Value {
        schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix("#/$defs/"))
            .and_then(|name| self.definitions.get(name))
            .unwrap_or(schema)
    }
}

fn choices(schema: &Value) -> Option<&[Value]> {
    ["anyOf", "oneOf"]
        .into_iter()
        .find_map(|key| schema.get(key).and_then(Value::as_array))
        .map(Vec::as_slice)
}

fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn parse_number(value: &DeValue) -> Option<f64> {
    match value {
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .map(|value| value as f64),
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => None,
    }
}

/// What a value is, for messages.
fn found(value: &DeValue) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true/false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn kind(wanted: Option<&str>) -> &'static str {
    match wanted {
        Some("string") => "text",
        Some("number") => "a number",
        Some("integer") => "a whole number",
        Some("boolean") => "true or false",
        Some("array") => "a list",
        Some("object") => "a table",
        _ => "text",
    }
}

fn shown(value: &DeValue) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(integer) => integer.to_string(),
        DeValue::Float(float) => float.to_string(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(value) => value.to_string(),
        DeValue::Array(_) => "[…]".to_owned(),
        DeValue::Table(_) => "{…}".to_owned(),
    }
}
