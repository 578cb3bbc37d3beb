//! Reading a rule from TOML.

use super::decimal::Fraction;
use super::rule::{Criterion, Quota, Rule};
use crate::coalition::{Coalition, Players};
use crate::error::{AgreementError, Mistake, closest};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const KEYS: [&str; 4] = ["name", "vetoes", "blocking_minority", "criterion"];
const CRITERION_KEYS: [&str; 5] = ["name", "weights", "quota", "share", "more_than_share"];

impl Rule {
    /// Read a rule for these members. Every mistake is reported, with its line.
    ///
    /// ```toml
    /// name = "qualified majority"
    /// vetoes = ["CHN"]              # members without whom nothing passes
    /// blocking_minority = 2         # passes anyway with fewer than 2 against
    ///
    /// [[criterion]]                 # all criteria must be met
    /// name = "members"              # without weights everyone counts one
    /// share = 0.55                  # at least; or more_than_share = "1/2"; or quota = 2
    ///
    /// [[criterion]]
    /// name = "population"
    /// quota = 1.5
    /// weights = { CHN = 1.4, KGZ = 0.007, UZB = 0.036 }
    /// ```
    pub fn parse(file: &str, text: &str, members: &Players) -> Result<Self, AgreementError> {
        let mut reader = Reader {
            file,
            text,
            members,
            mistakes: Vec::new(),
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let at = error.span().unwrap_or(0..0);
            reader.wrong(&at, error.message().trim().to_owned());
        }
        AgreementError::unless_empty(std::mem::take(&mut reader.mistakes))?;
        let table = table.get_ref();
        reader.keys(table, &KEYS, "a rule");
        let name = match table.get("name") {
            None => {
                reader.wrong(&(0..0), "the key name is missing".into());
                String::new()
            }
            Some(value) => reader.text_of(value, "name"),
        };
        let vetoes = table.get("vetoes").map(|value| reader.labels(value));
        let minority = table
            .get("blocking_minority")
            .and_then(|value| reader.count(value));
        let criteria = table.get("criterion").map(|value| reader.criteria(value));
        let mut mistakes = reader.mistakes;
        mistakes.sort_by_key(|mistake| match mistake {
            Mistake::RuleFile { line, .. } => *line,
            _ => None,
        });
        AgreementError::unless_empty(mistakes)?;
        Rule::new(
            name,
            members.clone(),
            criteria.unwrap_or_default(),
            vetoes.unwrap_or_default(),
            minority,
        )
    }
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    members: &'a Players,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn wrong(&mut self, at: &Range<usize>, message: String) {
        let before = &self.text.as_bytes()[..at.start.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.mistakes.push(Mistake::RuleFile {
            file: self.file.to_owned(),
            line: Some(line),
            message,
        });
    }

    fn keys(&mut self, table: &DeTable, known: &[&str], of: &str) {
        for (key, _) in table {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let close = closest(name, known.iter().copied());
                let help = if close.is_empty() {
                    format!("the keys of {of} are {}", known.join(", "))
                } else {
                    format!("did you mean {}?", close.join(", "))
                };
                self.wrong(&key.span(), format!("unknown key {name:?}; {help}"));
            }
        }
    }

    fn text_of(&mut self, value: &Spanned<DeValue>, key: &str) -> String {
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => text.trim().to_owned(),
            _ => {
                self.wrong(&value.span(), format!("{key} must be text"));
                String::new()
            }
        }
    }

    fn unknown(&mut self, at: &Range<usize>, label: &str) {
        let close = closest(label, self.members.labels().iter().map(String::as_str));
        let help = if close.is_empty() {
            format!("the members are {}", self.members.labels().join(", "))
        } else {
            format!("did you mean {}?", close.join(", "))
        };
        self.wrong(at, format!("{label:?} is no member; {help}"));
    }

    fn labels(&mut self, value: &Spanned<DeValue>) -> Coalition {
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(&value.span(), "vetoes must be a list of members".into());
            return Coalition::EMPTY;
        };
        let mut found = Coalition::EMPTY;
        for item in items.iter() {
            let label = self.text_of(item, "a member");
            match self.members.position(&label) {
                Some(player) => found = found.with(player),
                None if label.is_empty() => {}
                None => self.unknown(&item.span(), &label),
            }
        }
        found
    }

    fn count(&mut self, value: &Spanned<DeValue>) -> Option<usize> {
        let count = number(value.get_ref())
            .filter(|f| f.denominator == 1)
            .and_then(|f| usize::try_from(f.numerator).ok());
        if count.is_none() {
            let message = "blocking_minority must be a whole number of members";
            self.wrong(&value.span(), message.into());
        }
        count
    }

    fn fraction(&mut self, value: &Spanned<DeValue>, what: &str) -> Option<Fraction> {
        let found = number(value.get_ref());
        if found.is_none() {
            let message = format!(
                "{what} must be a number that is not negative, of at most 18 digits, or a fraction \
                 such as \"2/3\""
            );
            self.wrong(&value.span(), message);
        }
        found
    }

    fn criteria(&mut self, value: &Spanned<DeValue>) -> Vec<Criterion> {
        let DeValue::Array(items) = value.get_ref() else {
            let message =
                "criterion must be a list of tables; write [[criterion]], with two brackets";
            self.wrong(&value.span(), message.into());
            return Vec::new();
        };
        let mut criteria = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::Table(table) => criteria.extend(self.criterion(table, &item.span())),
                _ => self.wrong(&item.span(), "a criterion must be a table".into()),
            }
        }
        criteria
    }

    fn criterion(&mut self, table: &DeTable, at: &Range<usize>) -> Option<Criterion> {
        self.keys(table, &CRITERION_KEYS, "a criterion");
        let name = match table.get("name") {
            Some(value) => self.text_of(value, "name"),
            None => {
                self.wrong(at, "the key name of a criterion is missing".into());
                String::new()
            }
        };
        let weights = match table.get("weights") {
            Some(value) => self.weights(value, &name),
            None => Some(vec![Fraction::whole(1); self.members.len()]),
        };
        let given: Vec<&str> = ["quota", "share", "more_than_share"]
            .into_iter()
            .filter(|key| table.contains_key(*key))
            .collect();
        let [key] = given.as_slice() else {
            let message = format!(
                "the criterion {name:?} needs exactly one of quota, share and more_than_share"
            );
            self.wrong(at, message);
            return None;
        };
        let value = &table[*key];
        let amount = self.fraction(value, key)?;
        if *key != "quota" && amount.numerator > amount.denominator {
            let message = format!("{key} is a share of all weight, from 0 to 1");
            self.wrong(&value.span(), message);
            return None;
        }
        let quota = match *key {
            "quota" => Quota::AtLeast(amount),
            "share" => Quota::AtLeastShare(amount),
            _ => Quota::MoreThanShare(amount),
        };
        let criterion = Criterion::new(&name, &weights?, quota);
        if criterion.is_none() {
            let message = format!("the weights of {name:?} have too many digits; round them");
            self.wrong(at, message);
        }
        criterion
    }

    fn weights(&mut self, value: &Spanned<DeValue>, name: &str) -> Option<Vec<Fraction>> {
        let DeValue::Table(table) = value.get_ref() else {
            let message = "weights must be a table of members, such as { CHN = 3, KGZ = 1 }";
            self.wrong(&value.span(), message.into());
            return None;
        };
        let mut weights: Vec<Option<Fraction>> = vec![None; self.members.len()];
        let mut good = true;
        for (label, weight) in table {
            match self.members.position(label.get_ref()) {
                None => {
                    self.unknown(&label.span(), label.get_ref());
                    good = false;
                }
                Some(player) => {
                    weights[player] = self.fraction(weight, "a weight");
                    good &= weights[player].is_some();
                }
            }
        }
        let missing: Vec<&str> = self
            .members
            .labels()
            .iter()
            .filter(|label| !table.contains_key(label.as_str()))
            .map(String::as_str)
            .collect();
        if !missing.is_empty() {
            let message = format!(
                "the criterion {name:?} gives no weight to {}; write 0 if that is meant",
                missing.join(", ")
            );
            self.wrong(&value.span(), message);
            good = false;
        }
        if good {
            weights.into_iter().collect()
        } else {
            None
        }
    }
}

/// A number as it is written.
fn number(value: &DeValue) -> Option<Fraction> {
    match value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
        DeValue::Float(number) => number.as_str().parse().ok().or_else(|| {
            // Powers of ten, as in 1e6.
            let value: f64 = number.as_str().parse().ok()?;
            Fraction::from_f64(value)
        }),
        DeValue::String(text) => text.parse().ok(),
        _ => None,
    }
}
