//! Blocs of economies, and heritage sites.

use crate::ids::{EconomyId, TerritoryId};

/// One economy's place in a bloc: a row of blocs.csv.
#[derive(Clone, Debug, PartialEq)]
pub struct Membership {
    pub bloc: String,
    pub economy: EconomyId,
    /// `member`, `observer`, `dialogue partner`, …; only a `member` has a voice.
    pub tier: String,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; empty where unknown.
    pub from: String,
    /// Empty while it lasts.
    pub until: String,
    pub source: String,
}

impl Membership {
    /// Whether the membership holds at a date `YYYY-MM-DD`. Partial dates count from their first
    /// day; an unknown start counts as always. Without a date: whether it has not ended.
    pub fn holds_at(&self, date: Option<&str>) -> bool {
        match date {
            None => self.until.is_empty(),
            Some(date) => {
                self.from.as_str() <= date && (self.until.is_empty() || date < self.until.as_str())
            }
        }
    }

    /// Whether this tier has a vote.
    pub fn has_voice(&self) -> bool {
        self.tier == "member"
    }
}

/// A day, `YYYY-MM-DD`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(String);

/// Text that is no date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a date: write YYYY-MM-DD, for example 2016-01-01 (or YYYY, YYYY-MM: their first day)"
)]
pub struct BadDate(pub String);

impl Date {
    /// The day as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Date {
    type Err = BadDate;

    /// Partial dates are their first day.
    fn from_str(text: &str) -> Result<Date, BadDate> {
        let bad = || BadDate(text.to_owned());
        let mut numbers = [1u32; 3];
        for (at, part) in text.split('-').enumerate() {
            let length = if at == 0 { 4 } else { 2 };
            if at > 2 || part.len() != length || !part.bytes().all(|b| b.is_ascii_digit()) {
                return Err(bad());
            }
            numbers[at] = part.parse().map_err(|_| bad())?;
        }
        let [year, month, day] = numbers;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return Err(bad()),
        };
        if !(1..=days).contains(&day) {
            return Err(bad());
        }
        Ok(Date(format!("{year:04}-{month:02}-{day:02}")))
    }
}

/// A World Heritage site: name, point, year.
#[derive(Clone, Debug, PartialEq)]
pub struct Heritage {
    pub id: String,
    pub name: String,
    pub territory: Option<TerritoryId>,
    pub lon: f64,
    pub lat: f64,
    pub inscribed: Option<i32>,
    pub source: String,
}
