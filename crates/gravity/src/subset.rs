//! Conditions that the rows of a sample must meet: `year >= 2000`, `domestic = 0`, `hours`.

use std::fmt;

use crate::design::is_absent;
use crate::error::{GravityError, Problem};
use crate::frame::{Frame, Values};

/// How a value of a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Signs, those that begin like another before it.
const SIGNS: [(&str, Comparison); 7] = [
    ("!=", Comparison::Unequal),
    ("==", Comparison::Equal),
    (">=", Comparison::GreaterOrEqual),
    ("<=", Comparison::LessOrEqual),
    ("=", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl Comparison {
    fn sign(self) -> &'static str {
        let mut signs = SIGNS.iter().filter(|(sign, _)| *sign != "==");
        let found = signs.find(|(_, comparison)| *comparison == self);
        found.map_or("", |(sign, _)| sign)
    }

    fn of_numbers(self, a: f64, b: f64) -> bool {
        match self {
            Comparison::Equal => a == b,
            Comparison::Unequal => a != b,
            Comparison::Less => a < b,
            Comparison::LessOrEqual => a <= b,
            Comparison::Greater => a > b,
            Comparison::GreaterOrEqual => a >= b,
        }
    }
}

/// A condition on one column. A row that misses the value does not meet it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    column: String,
    /// None if the value has only to be there.
    test: Option<(Comparison, String)>,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.test {
            None => write!(f, "{}", self.column),
            Some((comparison, value)) => {
                write!(f, "{} {} {value}", self.column, comparison.sign())
            }
        }
    }
}

impl Condition {
    /// Reads `COLUMN=VALUE`, with `!=`, `<`, `<=`, `>` or `>=` too, or `COLUMN` alone for rows that
    /// have a value there. Quotes around either are taken off.
    ///
    /// ```
    /// use comity_gravity::Condition;
    /// let condition = Condition::parse("year>=2000")?;
    /// assert_eq!(condition.to_string(), "year >= 2000");
    /// assert!(Condition::parse("year >=").is_err());
    /// # Ok::<(), comity_gravity::GravityError>(())
    /// ```
    ///
    /// # Errors
    /// [`GravityError::Condition`]: nothing before a sign or after it, or a sign that has no
    /// meaning here.
    pub fn parse(text: &str) -> Result<Condition, GravityError> {
        let fail = |message: &str| GravityError::Condition {
            condition: text.to_string(),
            message: message.to_string(),
        };
        let first = text.find(['!', '=', '<', '>']);
        let Some(at) = first else {
            let column = unquoted(text);
            if column.is_empty() {
                return Err(fail("it is empty"));
            }
            return Ok(Condition {
                column: column.to_string(),
                test: None,
            });
        };
        let (left, rest) = text.split_at(at);
        let found = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign));
        let Some((sign, comparison)) = found else {
            return Err(fail("a ! stands before = only"));
        };
        let (column, value) = (unquoted(left), unquoted(&rest[sign.len()..]));
        if column.is_empty() {
            return Err(fail(&format!("no column stands before {sign}")));
        }
        if value.is_empty() {
            return Err(fail(&format!(
                "no value stands after {sign} (the column's name alone keeps the rows that have one)"
            )));
        }
        if value.starts_with(['=', '<', '>', '!', '~']) {
            return Err(fail("signs are =, !=, <, <=, > and >="));
        }
        Ok(Condition {
            column: column.to_string(),
            test: Some((*comparison, value.to_string())),
        })
    }

    /// The column it is about.
    pub fn column(&self) -> &str {
        &self.column
    }

    /// Which rows of a table meet it.
    ///
    /// # Errors
    /// A column that is not there; a value that the column cannot be compared with, or, if it is
    /// text, does not have.
    fn met(&self, frame: &Frame) -> Result<Vec<bool>, Problem> {
        let name = &self.column;
        let values = frame.column(name).ok_or_else(|| frame.unknown(name))?;
        let of_rows =
            |meets: &dyn Fn(usize) -> bool| -> Vec<bool> { (0..frame.rows()).map(meets).collect() };
        let Some((comparison, value)) = &self.test else {
            return Ok(of_rows(&|row| !is_absent(values, row)));
        };
        if let Values::Text { codes, labels } = values {
            if !matches!(comparison, Comparison::Equal | Comparison::Unequal) {
                let message = format!("{self}: {name} is text, which is neither more nor less");
                return Err(Problem::new(message).help("use = or !="));
            }
            let Some(wanted) = labels.iter().position(|label| label == value) else {
                let labels = labels.iter().map(String::as_str);
                let problem = Problem::new(format!("{name} has no level {value}"));
                return Err(problem.did_you_mean(value, labels));
            };
            let equal = *comparison == Comparison::Equal;
            return Ok(of_rows(&|row| {
                codes[row] != Values::MISSING && (codes[row] as usize == wanted) == equal
            }));
        }
        let number: f64 = value.parse().map_err(|_| {
            Problem::new(format!(
                "{self}: {name} is numbers, and \"{value}\" is none"
            ))
        })?;
        let meets = |of: f64| of.is_finite() && comparison.of_numbers(of, number);
        Ok(match values {
            Values::Whole(v) => of_rows(&|row| meets(f64::from(v[row]))),
            Values::Number(v) => of_rows(&|row| meets(v[row])),
            Values::Text { .. } => unreachable!("text has returned"),
        })
    }
}

/// The rows that do not meet all conditions, each with the first that it does not meet.
///
/// # Errors
/// [`GravityError::Input`]: everything wrong with the conditions.
pub(crate) fn left_out(
    conditions: &[Condition],
    frame: &Frame,
) -> Result<Vec<(u32, usize)>, GravityError> {
    if conditions.is_empty() {
        return Ok(Vec::new());
    }
    let mut problems = Vec::new();
    let mut unmet: Vec<Option<usize>> = vec![None; frame.rows()];
    for (at, condition) in conditions.iter().enumerate() {
        match condition.met(frame) {
            Err(problem) => problems.push(problem),
            Ok(met) => {
                for (first, met) in unmet.iter_mut().zip(met) {
                    if !met {
                        first.get_or_insert(at);
                    }
                }
            }
        }
    }
    if !problems.is_empty() {
        return Err(GravityError::Input(problems));
    }
    let rows = unmet.into_iter().enumerate();
    Ok(rows
        .filter_map(|(row, at)| Some((row as u32, at?)))
        .collect())
}

/// Without space around it and one pair of quotes.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    ['`', '"', '\''].into_iter().find_map(inner).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
year,sector,hours
2000,AGR,1.5
2001,MAN,
2002,SRV,3
2003,,4
";

    /// The rows kept.
    fn kept(condition: &str) -> Vec<usize> {
        let frame = Frame::from_csv(TABLE).expect("a table");
        let condition = Condition::parse(condition).expect("a condition");
        let left = left_out(&[condition], &frame).expect("rows");
        (0..4)
            .filter(|&r| left.iter().all(|(row, _)| *row as usize != r))
            .collect()
    }

    fn fault(condition: &str) -> String {
        let frame = Frame::from_csv(TABLE).expect("a table");
        let left = Condition::parse(condition).and_then(|c| left_out(&[c], &frame));
        left.expect_err("a mistake").to_string()
    }

    #[test]
    fn every_sign() {
        assert_eq!(kept("year=2001"), [1]);
        assert_eq!(kept("year == 2001.0"), [1]);
        assert_eq!(kept("year!=2001"), [0, 2, 3]);
        assert_eq!(kept("year<2001"), [0]);
        assert_eq!(kept("year<=2001"), [0, 1]);
        assert_eq!(kept("year>2001"), [2, 3]);
        assert_eq!(kept("year>=2001"), [1, 2, 3]);
        assert_eq!(kept("hours > -1e3"), [0, 2, 3]);
    }

    #[test]
    fn what_is_missing_meets_nothing() {
        assert_eq!(kept("hours"), [0, 2, 3]);
        assert_eq!(kept("sector"), [0, 1, 2]);
        assert_eq!(kept("hours != 3"), [0, 3]);
        assert_eq!(kept("sector != \"MAN\""), [0, 2]);
        assert_eq!(kept("`sector` = MAN"), [1]);
    }

    #[test]
    fn all_must_hold_and_the_first_unmet_is_named() {
        let frame = Frame::from_csv(TABLE).expect("a table");
        let both = ["hours", "year >= 2002"].map(|c| Condition::parse(c).expect("a condition"));
        assert_eq!(left_out(&both, &frame), Ok(vec![(0, 1), (1, 0)]));
        let wrong = ["hour", "yaer"].map(|c| Condition::parse(c).expect("a condition"));
        let said = left_out(&wrong, &frame).expect_err("mistakes").to_string();
        assert!(said.contains("hours?") && said.contains("year?"), "{said}");
    }

    #[test]
    fn mistakes() {
        for (condition, what) in [
            ("yaer>2000", "there is no column yaer (did you mean year?)"),
            ("sector=MNA", "sector has no level MNA (did you mean MAN?)"),
            ("sector>AGR", "use = or !="),
            ("year>lots", "year is numbers, and \"lots\" is none"),
            ("year>", "no value stands after >"),
            ("=3", "no column stands before ="),
            ("!year", "a ! stands before = only"),
            ("year=>3", "signs are"),
            (" ", "it is empty"),
        ] {
            let said = fault(condition);
            assert!(said.contains(what), "{condition}: {said}");
        }
    }
}
