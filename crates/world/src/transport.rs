//! Places, networks, terminals and borders.

use crate::ids::{ClassId, NodeId, TerritoryId};
use serde::{Deserialize, Serialize};

/// A mode of transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Rail,
    Road,
    Sea,
    Air,
}

impl Mode {
    /// All modes, in the order that reports use.
    pub const ALL: [Mode; 4] = [Mode::Rail, Mode::Road, Mode::Sea, Mode::Air];

    /// The label used in tables.
    pub fn label(self) -> &'static str {
        match self {
            Mode::Rail => "rail",
            Mode::Road => "road",
            Mode::Sea => "sea",
            Mode::Air => "air",
        }
    }

    /// The mode with this label.
    pub fn parse(label: &str) -> Option<Mode> {
        Mode::ALL.into_iter().find(|m| m.label() == label)
    }
}

/// How a good travels: what its time is worth on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommodityClass {
    Bulk,
    General,
    TimeSensitive,
}

impl CommodityClass {
    /// All classes, from the least to the most pressed for time.
    pub const ALL: [CommodityClass; 3] = [
        CommodityClass::Bulk,
        CommodityClass::General,
        CommodityClass::TimeSensitive,
    ];

    /// The label used in tables.
    pub fn label(self) -> &'static str {
        match self {
            CommodityClass::Bulk => "bulk",
            CommodityClass::General => "general",
            CommodityClass::TimeSensitive => "time-sensitive",
        }
    }

    /// The class with this label.
    pub fn parse(label: &str) -> Option<CommodityClass> {
        CommodityClass::ALL.into_iter().find(|c| c.label() == label)
    }

    /// Position in [`CommodityClass::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// A place that sends and receives goods.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub id: String,
    pub name: String,
    pub aliases: Vec<String>,
    pub territory: TerritoryId,
    pub lon: f64,
    pub lat: f64,
    pub population: f64,
    /// Share of the economy that the place stands for; sums to 1 over an economy's places.
    pub weight: f64,
    /// Where trucks reach it.
    pub road_node: Option<NodeId>,
}

/// A node of the rail, road or sea network.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub mode: Mode,
    /// `None` at sea.
    pub territory: Option<TerritoryId>,
    pub lon: f64,
    pub lat: f64,
    /// `None` where not rail.
    pub gauge_mm: Option<u16>,
}

/// A link between two nodes of one mode, open both ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub from: NodeId,
    pub to: NodeId,
    pub class: ClassId,
    pub km: f64,
    /// Replaces km ÷ speed where known.
    pub hours_override: Option<f64>,
    /// Name of a strait or canal.
    pub passage: Option<String>,
    pub open: bool,
    /// Inner points of the line, encoded; empty when straight.
    pub shape: String,
}

/// Speed and freight rate of a class of links: a row of modes.csv.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkClass {
    pub mode: Mode,
    pub class: String,
    pub kmh: f64,
    pub usd_per_teu_km: f64,
    /// Hours for each link of the class, whatever its length.
    pub fixed_hours: f64,
    /// USD per TEU for each link of the class.
    pub fixed_usd_per_teu: f64,
    pub kmh_range: (f64, f64),
    /// Of the freight rate, or of the fixed fee where there is no rate.
    pub usd_range: (f64, f64),
    pub source: String,
}

/// What a terminal serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TerminalKind {
    Rail,
    Port,
    Airport,
}

impl TerminalKind {
    /// The label used in tables.
    pub fn label(self) -> &'static str {
        match self {
            TerminalKind::Rail => "rail",
            TerminalKind::Port => "port",
            TerminalKind::Airport => "airport",
        }
    }

    /// The kind with this label.
    pub fn parse(label: &str) -> Option<TerminalKind> {
        [
            TerminalKind::Rail,
            TerminalKind::Port,
            TerminalKind::Airport,
        ]
        .into_iter()
        .find(|k| k.label() == label)
    }
}

/// Where goods change between road and another mode.
#[derive(Clone, Debug, PartialEq)]
pub struct Terminal {
    pub id: String,
    pub kind: TerminalKind,
    pub name: String,
    /// UN/LOCODE or IATA code; empty if none.
    pub code: String,
    pub territory: TerritoryId,
    pub lon: f64,
    pub lat: f64,
    /// Where trucks reach it; `None` if they cannot.
    pub road_node: Option<NodeId>,
    /// Its node in its own network; `None` for airports, which have none.
    pub node: Option<NodeId>,
    /// Truck kilometres between the road node and the terminal.
    pub access_km: f64,
    /// Dwell and handling per passage.
    pub hours: f64,
    /// Handling per passage.
    pub usd_per_teu: f64,
    pub source: String,
}

/// What crossing from one territory into another costs, in one direction by one mode.
#[derive(Clone, Debug, PartialEq)]
pub struct Border {
    pub from: TerritoryId,
    pub to: TerritoryId,
    pub mode: Mode,
    pub hours: f64,
    pub usd_per_teu: f64,
    pub open: bool,
    pub source: String,
}

/// The transport network of a world.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    pub nodes: Vec<Node>,
    pub links: Vec<Link>,
    /// Sorted by mode and class.
    pub classes: Vec<LinkClass>,
    /// Sorted by id.
    pub terminals: Vec<Terminal>,
    /// Sorted by from, to, mode.
    pub borders: Vec<Border>,
}

impl Network {
    /// The class with this mode and label.
    pub fn class(&self, mode: Mode, class: &str) -> Option<ClassId> {
        self.classes
            .iter()
            .position(|c| c.mode == mode && c.class == class)
            .map(ClassId::from_index)
    }

    /// The row of borders for a crossing, if there is one.
    pub fn border(&self, from: TerritoryId, to: TerritoryId, mode: Mode) -> Option<&Border> {
        self.borders
            .binary_search_by(|b| (b.from, b.to, b.mode).cmp(&(from, to, mode)))
            .ok()
            .map(|index| &self.borders[index])
    }

    /// The mode of a link.
    pub fn mode(&self, link: &Link) -> Mode {
        self.classes[link.class.index()].mode
    }
}

/// Great-circle distance in kilometres on a sphere of radius 6,371.0088 km (haversine formula).
pub fn great_circle_km(lon_a: f64, lat_a: f64, lon_b: f64, lat_b: f64) -> f64 {
    let (phi_a, phi_b) = (lat_a.to_radians(), lat_b.to_radians());
    let half_phi = (phi_b - phi_a) / 2.0;
    let half_lambda = (lon_b - lon_a).to_radians() / 2.0;
    let h = half_phi.sin().powi(2) + phi_a.cos() * phi_b.cos() * half_lambda.sin().powi(2);
    2.0 * 6371.0088 * h.sqrt().min(1.0).asin()
}
