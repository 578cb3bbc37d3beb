//! The keys of world.toml: which there are and what each holds. Serde alone would stop at the first
//! mistake.

use super::FILE;
use crate::problem::Problem;
use crate::schema::TABLES;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What belongs at a key.
enum Kind {
    Text,
    OneOf(&'static [&'static str]),
    /// A whole number of at least this.
    Whole(i64),
    /// A finite number of at least 0, or above 0.
    Number,
    Positive,
    /// This many finite numbers.
    Numbers(usize),
    Table(&'static [Key]),
    /// A table for each table of the world, by its stem.
    EachTable(&'static [Key]),
}

struct Key {
    name: &'static str,
    required: bool,
    kind: Kind,
}

const fn must(name: &'static str, kind: Kind) -> Key {
    Key {
        name,
        required: true,
        kind,
    }
}

const fn may(name: &'static str, kind: Kind) -> Key {
    Key {
        name,
        required: false,
        kind,
    }
}

const TOP: &[Key] = &[
    must("name", Kind::Text),
    must("title", Kind::Text),
    must("version", Kind::Text),
    must("base-year", Kind::Whole(0)),
    must("default-bloc", Kind::Text),
    must("journeys", Kind::Table(JOURNEYS)),
    may("map", Kind::Table(MAP)),
    may("sources", Kind::EachTable(SOURCE)),
];

const JOURNEYS: &[Key] = &[
    must("mode-choice", Kind::OneOf(&["level", "log"])),
    must("mode-choice-parameter", Kind::Positive),
    must("mode-choice-range", Kind::Numbers(2)),
    must("access-terminals", Kind::Whole(1)),
    must("access-km", Kind::Number),
    must("far-access-km", Kind::Number),
    must("local-km", Kind::Number),
    must("local-road-class", Kind::Text),
];

const MAP: &[Key] = &[may("extent", Kind::Numbers(4))];

const SOURCE: &[Key] = &[
    must("title", Kind::Text),
    must("licence", Kind::Text),
    may("licence-url", Kind::Text),
];

/// Every mistake in the keys and values of world.toml.
pub(super) fn check(text: &str) -> Vec<Problem> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let syntax: Vec<Problem> = errors
        .iter()
        .map(|error| {
            let problem = Problem::new(FILE, error.message().trim());
            match error.span() {
                Some(span) => problem.line(line_of(text, span.start)),
                None => problem,
            }
        })
        .collect();
    if !syntax.is_empty() {
        // What the parser made up to go on would be reported as well.
        return syntax;
    }
    let mut reader = Reader {
        text,
        problems: vec![],
    };
    let at = table.span().start;
    reader.table(TOP, table.get_ref(), "", at);
    reader.problems.sort_by_key(|p| p.line.unwrap_or(u64::MAX));
    reader.problems
}

/// Line of a position, from 1.
pub(super) fn line_of(text: &str, at: usize) -> u64 {
    1 + text[..at.min(text.len())].matches('\n').count() as u64
}

struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn table(&mut self, keys: &[Key], table: &DeTable, path: &str, at: usize) {
        for (name, value) in table.iter() {
            let start = name.span().start;
            let name: &str = name.get_ref();
            match keys.iter().find(|k| k.name == name) {
                Some(key) => self.value(&key.kind, value, &join(path, name), start),
                None => self.unknown(name, keys.iter().map(|k| k.name), path, start),
            }
        }
        for key in keys {
            if key.required && !table.contains_key(key.name) {
                let mut problem =
                    Problem::new(FILE, "this key is missing").column(join(path, key.name));
                if !path.is_empty() {
                    problem = problem.line(line_of(self.text, at));
                }
                self.problems.push(problem);
            }
        }
    }

    fn unknown<'n>(
        &mut self,
        name: &str,
        known: impl Iterator<Item = &'n str> + Clone,
        path: &str,
        at: usize,
    ) {
        let mut problem = Problem::new(FILE, "unknown key")
            .line(line_of(self.text, at))
            .column(join(path, name))
            .did_you_mean(name, known.clone());
        if problem.help.is_none() {
            let names: Vec<&str> = known.collect();
            problem = problem.help(format!("the keys here are {}", names.join(", ")));
        }
        self.problems.push(problem);
    }

    fn value(&mut self, kind: &Kind, value: &Spanned<DeValue>, path: &str, at: usize) {
        let found = value.get_ref();
        let wrong = match (kind, found) {
            (Kind::Table(keys), DeValue::Table(table)) => {
                return self.table(keys, table, path, at);
            }
            (Kind::EachTable(keys), DeValue::Table(tables)) => {
                for (name, entry) in tables.iter() {
                    let start = name.span().start;
                    let name: &str = name.get_ref();
                    if !TABLES.iter().any(|t| t.stem == name) {
                        self.unknown(name, TABLES.iter().map(|t| t.stem), path, start);
                    } else if let DeValue::Table(source) = entry.get_ref() {
                        self.table(keys, source, &join(path, name), start);
                    } else {
                        self.wrong("must be a table", entry, &join(path, name));
                    }
                }
                return;
            }
            (Kind::Text, DeValue::String(_)) => None,
            (Kind::Text, _) => Some("must be text".to_owned()),
            (Kind::OneOf(names), DeValue::String(name)) if names.contains(&name.as_ref()) => None,
            (Kind::OneOf(names), _) => Some(format!("must be {}", names.join(" or "))),
            (Kind::Whole(low), DeValue::Integer(_)) => number(found)
                .is_none_or(|n| n < *low as f64)
                .then(|| format!("must be at least {low}")),
            (Kind::Whole(_), _) => Some("must be a whole number".to_owned()),
            (Kind::Number, _) => number(found)
                .is_none_or(|n| n < 0.0)
                .then(|| "must be a finite number of at least 0".to_owned()),
            (Kind::Positive, _) => number(found)
                .is_none_or(|n| n <= 0.0)
                .then(|| "must be a finite number above 0".to_owned()),
            (Kind::Numbers(count), DeValue::Array(items))
                if items.len() == *count && items.iter().all(|i| number(i.get_ref()).is_some()) =>
            {
                None
            }
            (Kind::Numbers(count), _) => Some(format!("must be a list of {count} finite numbers")),
            (Kind::Table(_) | Kind::EachTable(_), _) => Some("must be a table".to_owned()),
        };
        if let Some(message) = wrong {
            self.wrong(&message, value, path);
        }
    }

    fn wrong(&mut self, message: &str, value: &Spanned<DeValue>, path: &str) {
        let span = value.span();
        let mut problem = Problem::new(FILE, message)
            .line(line_of(self.text, span.start))
            .column(path);
        if let Some(found) = self.text.get(span)
            && !found.contains('\n')
        {
            problem = problem.value(found.trim_matches('"'));
        }
        self.problems.push(problem);
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// A finite number.
fn number(value: &DeValue) -> Option<f64> {
    let number = match value {
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok()? as f64
        }
        DeValue::Float(float) => float.as_str().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}
