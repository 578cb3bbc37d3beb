//! A network as read, before it is brought into the terms of a world.

use crate::{ImportError, Options, Report};
use comity_world::{Problem, problem};
use std::collections::BTreeMap;

/// A node as read.
#[derive(Clone, Debug)]
pub(crate) struct RawNode {
    pub lon: f64,
    pub lat: f64,
    /// Territory, if given.
    pub iso3: Option<String>,
    /// Where it was read.
    pub origin: Origin,
}

/// A link as read.
#[derive(Clone, Debug)]
pub(crate) struct RawLink {
    pub id: Id,
    /// Positions in the list of nodes.
    pub from: usize,
    pub to: usize,
    pub one_way: bool,
    pub km: Option<f64>,
    pub hours: Option<f64>,
    /// Type of link in the input's own words.
    pub kind: Option<String>,
    pub gauge: Option<String>,
    /// Points (lon, lat) between the ends.
    pub inner: Vec<(f64, f64)>,
    pub origin: Origin,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Raw {
    pub nodes: Vec<RawNode>,
    pub links: Vec<RawLink>,
}

/// An id, whole numbers before texts, each in their own order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Id {
    Number(i64, u32),
    Text(String, u32),
}

impl Id {
    /// `part` tells the pieces of one feature apart.
    pub fn new(text: &str, part: u32) -> Id {
        match text.parse() {
            Ok(number) => Id::Number(number, part),
            Err(_) => Id::Text(text.to_owned(), part),
        }
    }
}

/// Where a row is.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub file: String,
    pub line: Option<u64>,
}

impl Origin {
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        let problem = Problem::new(&self.file, message);
        match self.line {
            Some(line) => problem.line(line),
            None => problem,
        }
    }
}

/// Column and factor of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    pub column: String,
    pub factor: f64,
}

/// Where fields come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldMap(BTreeMap<String, Mapping>);

/// Fields that can be mapped.
pub const FIELDS: [&str; 7] = ["id", "km", "hours", "class", "gauge", "iso3", "uses"];

impl FieldMap {
    /// From texts `field=column` or `field=column:factor`.
    ///
    /// # Errors
    /// All that are not of this form, name no field, or map a field twice.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<FieldMap, Vec<Problem>> {
        let mut map = FieldMap::default();
        let mut problems = vec![];
        for text in texts {
            let wrong = |message: &str| Problem::new("--map", message).value(text);
            let Some((field, column)) = text.split_once('=') else {
                problems.push(wrong("must be FIELD=COLUMN or FIELD=COLUMN:FACTOR"));
                continue;
            };
            if !FIELDS.contains(&field) {
                let problem = wrong("there is no such field").did_you_mean(field, FIELDS);
                problems.push(match problem.help {
                    None => problem.help(format!("there are {}", FIELDS.join(", "))),
                    Some(_) => problem,
                });
                continue;
            }
            let (column, factor) = match column.rsplit_once(':') {
                None => (column, 1.0),
                Some((column, factor)) => match factor.parse::<f64>() {
                    Ok(factor) if factor > 0.0 && factor.is_finite() => (column, factor),
                    _ => {
                        problems.push(wrong("the factor must be a number above 0"));
                        continue;
                    }
                },
            };
            let mapping = Mapping {
                column: column.to_owned(),
                factor,
            };
            if map.0.insert(field.to_owned(), mapping).is_some() {
                problems.push(wrong("this field is mapped twice"));
            }
        }
        if problems.is_empty() {
            Ok(map)
        } else {
            Err(problems)
        }
    }

    /// The column of a field, if it is mapped.
    pub fn get(&self, field: &str) -> Option<&Mapping> {
        self.0.get(field)
    }
}

/// Collects mistakes and counts while a network is read.
pub(crate) struct Intake {
    pub report: Report,
    /// Mistakes of rows, with the reason to count them by.
    rows: Vec<(Problem, String)>,
    /// Reasons of rows whose mistake is told elsewhere.
    repeated: Vec<String>,
    /// Mistakes that leaving out rows does not cure.
    fatal: Vec<Problem>,
    swap: bool,
}

impl Intake {
    pub fn new(options: &Options) -> Intake {
        Intake {
            report: Report::default(),
            rows: vec![],
            repeated: vec![],
            fatal: vec![],
            swap: options.swap,
        }
    }

    /// A row with a mistake, which is left out if so asked.
    pub fn bad(&mut self, problem: Problem, reason: &str) {
        self.rows.push((problem, reason.to_owned()));
    }

    /// One more row with a mistake that is told elsewhere.
    pub fn again(&mut self, reason: &str) {
        self.repeated.push(reason.to_owned());
    }

    /// A mistake of the input as a whole or of the options.
    pub fn fatal(&mut self, problem: Problem) {
        self.fatal.push(problem);
    }

    pub fn drop(&mut self, reason: &str) {
        *self.report.dropped.entry(reason.to_owned()).or_default() += 1;
    }

    pub fn repair(&mut self, reason: &str) {
        *self.report.repaired.entry(reason.to_owned()).or_default() += 1;
    }

    pub fn fill(&mut self, reason: &str) {
        *self.report.filled.entry(reason.to_owned()).or_default() += 1;
    }

    /// A point as (lon, lat), or what is wrong with it.
    pub fn point(&mut self, x: f64, y: f64) -> Result<(f64, f64), &'static str> {
        let (lon, lat) = if self.swap { (y, x) } else { (x, y) };
        let on_globe = comity_world::audit::nearby::on_globe;
        if on_globe(lon, lat) {
            Ok((lon, lat))
        } else if on_globe(lat, lon) {
            Err("the latitude is out of range; longitude and latitude seem to have changed places")
        } else {
            Err("off the globe: degrees of longitude within 180 and of latitude within 90")
        }
    }

    /// The report, or all mistakes.
    pub fn finish(mut self, drop_bad_rows: bool) -> Result<Report, ImportError> {
        if !self.fatal.is_empty() {
            let rows = self.rows.into_iter().map(|r| r.0);
            let all = if drop_bad_rows {
                self.fatal
            } else {
                rows.chain(self.fatal).collect()
            };
            return Err(ImportError::Invalid(all));
        }
        if !drop_bad_rows && !self.rows.is_empty() {
            return Err(ImportError::Rows(
                self.rows.into_iter().map(|r| r.0).collect(),
            ));
        }
        let rows = std::mem::take(&mut self.rows).into_iter().map(|r| r.1);
        let repeated = std::mem::take(&mut self.repeated);
        for reason in rows.chain(repeated) {
            self.drop(&reason);
        }
        Ok(self.report)
    }
}

/// "did you mean" for a list of labels, or the list itself.
pub(crate) fn hint(name: &str, labels: &[&str]) -> String {
    let close = problem::closest(name, labels.iter().copied(), 3);
    if close.is_empty() {
        format!("there are {}", labels.join(", "))
    } else {
        format!("did you mean {}?", close.join(", "))
    }
}
