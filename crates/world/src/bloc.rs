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
