//! What is: the economies, sectors, trade, places and links that every other stage works on.
//!
//! A [`World`] is read from a folder of tables ([`World::load`]) or from such a folder packed
//! into the binary. Every mistake in the tables is found in one pass and reported with file, row,
//! column and value. Inside, arrays are dense and indexed by the newtypes of [`ids`]; economies,
//! sectors and places are sorted by their label, so the order of rows in a file never matters.

pub mod audit;
pub mod bloc;
pub mod check;
pub mod economy;
pub mod estimates;
pub mod ids;
mod load;
pub mod polyline;
pub mod problem;
pub mod schema;
pub mod settings;
pub mod source;
pub mod table;
pub mod transport;

pub use bloc::{BadDate, Date, Heritage, Membership};
pub use economy::{Accounts, Economy, ReportedFlow, Sector, Territory, Trade, TradeAdjustment};
pub use estimates::{Estimate, EstimatedKind, EstimatedParameter, Estimates};
pub use ids::{ClassId, EconomyId, LinkId, NodeId, PlaceId, SectorId, TerminalId, TerritoryId};
pub use problem::{Problem, WorldError};
pub use settings::Settings;
pub use source::Source;
pub use transport::{
    Border, CommodityClass, Link, LinkClass, Mode, Network, Node, Place, Terminal, TerminalKind,
};

use std::collections::BTreeMap;

/// Everything that is the case before a scenario changes it.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    pub settings: Settings,
    /// Sorted by ISO code.
    pub economies: Vec<Economy>,
    /// Sorted by ISO code; where a place, node or border lies.
    pub territories: Vec<Territory>,
    /// Sorted by code.
    pub sectors: Vec<Sector>,
    /// Other estimates of each sector's trade elasticity: (sector, source, value).
    pub elasticity_alternatives: Vec<(SectorId, String, f64)>,
    /// Estimates with their covariance, which the sectors' own numbers already follow.
    pub estimates: Estimates,
    pub trade: Trade,
    /// Bilateral totals as the source reports them, untreated.
    pub reported_trade: Vec<ReportedFlow>,
    pub trade_adjustments: Vec<TradeAdjustment>,
    pub accounts: Accounts,
    /// Sorted by id.
    pub places: Vec<Place>,
    pub network: Network,
    pub blocs: Vec<Membership>,
    pub heritage: Vec<Heritage>,
    /// Land outlines as GeoJSON text, for maps; empty if the world has none.
    pub outlines: String,
    /// SHA-256 of every table read, by file name.
    pub hashes: BTreeMap<String, String>,
}

impl World {
    /// Read a world from its source, reporting all mistakes at once.
    ///
    /// # Errors
    /// [`WorldError::Invalid`] with every problem found; [`WorldError::Io`] if the folder cannot be read.
    pub fn load(source: &Source) -> Result<World, WorldError> {
        load::load(source)
    }

    /// Count a file beside the world's own among what was read.
    pub fn hash_file(&mut self, name: &str, bytes: &[u8]) {
        self.hashes.insert(name.to_owned(), load::hash(bytes));
    }

    /// The economy with this ISO code.
    pub fn economy(&self, iso3: &str) -> Option<EconomyId> {
        self.economies
            .binary_search_by(|e| e.iso3.as_str().cmp(iso3))
            .ok()
            .map(EconomyId::from_index)
    }

    /// The territory with this ISO code.
    pub fn territory(&self, iso3: &str) -> Option<TerritoryId> {
        self.territories
            .binary_search_by(|t| t.iso3.as_str().cmp(iso3))
            .ok()
            .map(TerritoryId::from_index)
    }

    /// The sector with this code.
    pub fn sector(&self, code: &str) -> Option<SectorId> {
        self.sectors
            .binary_search_by(|s| s.code.as_str().cmp(code))
            .ok()
            .map(SectorId::from_index)
    }

    /// The economy a place belongs to.
    pub fn economy_of_place(&self, place: PlaceId) -> EconomyId {
        self.territories[self.places[place.index()].territory.index()].economy
    }

    /// Places whose id, name or alias matches, ignoring case; `Name, ISO` narrows to a territory.
    /// More than one match means that the name is ambiguous, none that it is unknown.
    pub fn find_places(&self, name: &str) -> Vec<PlaceId> {
        let (name, territory) = match name.rsplit_once(',') {
            Some((head, tail)) => (head.trim(), Some(tail.trim())),
            None => (name.trim(), None),
        };
        let folded = name.to_lowercase();
        let matches: Vec<PlaceId> = self
            .places
            .iter()
            .enumerate()
            .filter(|(_, p)| {
                p.id == folded
                    || p.name.to_lowercase() == folded
                    || p.aliases.iter().any(|a| a.to_lowercase() == folded)
            })
            .filter(|(_, p)| {
                territory.is_none_or(|iso3| {
                    self.territories[p.territory.index()]
                        .iso3
                        .eq_ignore_ascii_case(iso3)
                })
            })
            .map(|(index, _)| PlaceId::from_index(index))
            .collect();
        matches
    }

    /// Names close to a misspelt place name, best first.
    pub fn suggest_places(&self, name: &str) -> Vec<String> {
        let candidates = self
            .places
            .iter()
            .flat_map(|p| std::iter::once(&p.name).chain(&p.aliases))
            .map(String::as_str);
        problem::closest(name, candidates, 3)
    }

    /// Members of a bloc at a date (`YYYY-MM-DD`; `None` for those not yet left), in all tiers or one.
    pub fn bloc(&self, bloc: &str, tier: Option<&str>, as_of: Option<&str>) -> Vec<&Membership> {
        self.blocs
            .iter()
            .filter(|m| m.bloc == bloc)
            .filter(|m| tier.is_none_or(|t| m.tier == t))
            .filter(|m| m.holds_at(as_of))
            .collect()
    }

    /// Give an economy a tier in a bloc, or take it out of it, from now on. Ended memberships stay.
    pub fn set_tier(&mut self, bloc: &str, economy: EconomyId, tier: Option<&str>, source: &str) {
        self.blocs
            .retain(|m| !(m.bloc == bloc && m.economy == economy && m.until.is_empty()));
        let Some(tier) = tier else { return };
        let new = Membership {
            bloc: bloc.to_owned(),
            economy,
            tier: tier.to_owned(),
            from: String::new(),
            until: String::new(),
            source: source.to_owned(),
        };
        let at = self
            .blocs
            .partition_point(|m| (m.bloc.as_str(), m.economy) <= (bloc, economy));
        self.blocs.insert(at, new);
    }

    /// The world with the blocs that it had at a date: whoever belonged then belongs, nobody else.
    pub fn at_date(mut self, date: &Date) -> World {
        self.blocs.retain(|m| m.holds_at(Some(date.as_str())));
        self.blocs.iter_mut().for_each(|m| m.until.clear());
        self
    }

    /// Names of all blocs, sorted.
    pub fn bloc_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.blocs.iter().map(|m| m.bloc.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
