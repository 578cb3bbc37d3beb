//! Economies, sectors and what they trade and produce.

use crate::ids::{EconomyId, SectorId};
use crate::transport::CommodityClass;

/// An economy: a row of economies.csv.
#[derive(Clone, Debug, PartialEq)]
pub struct Economy {
    pub iso3: String,
    pub name: String,
    pub region: String,
    pub gdp_musd: f64,
    pub population: f64,
    pub border_export_hours: f64,
    pub border_import_hours: f64,
    /// Per TEU.
    pub border_export_usd: f64,
    /// Per TEU.
    pub border_import_usd: f64,
    /// False where the structure of production is imputed.
    pub in_input_output: bool,
    /// True for the one row, if any, that stands for the rest of the world.
    pub remainder: bool,
}

/// A territory: where a place, node or border lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Territory {
    pub iso3: String,
    pub name: String,
    pub economy: EconomyId,
}

/// A sector: a row of sectors.csv.
#[derive(Clone, Debug, PartialEq)]
pub struct Sector {
    pub code: String,
    pub name: String,
    /// False: never pays for a journey.
    pub tradable: bool,
    /// Theta, the elasticity of trade with respect to trade costs.
    pub trade_elasticity: f64,
    pub trade_elasticity_se: f64,
    pub trade_elasticity_source: String,
    /// How it travels and is valued; `None` for sectors that do not travel.
    pub freight: Option<Freight>,
    pub note: String,
}

/// What a sector's goods are worth in transit, with the range of each assumption.
#[derive(Clone, Debug, PartialEq)]
pub struct Freight {
    pub class: CommodityClass,
    /// Loss of value per day in transit, percent.
    pub time_value_percent_per_day: f64,
    pub time_value_range: (f64, f64),
    /// Value of a container load.
    pub usd_per_teu: f64,
    pub usd_per_teu_range: (f64, f64),
}

/// Trade by sector, importer and exporter, domestic sales included.
///
/// Shape `[sector][importer][exporter]`, dense, row-major. Values in million USD net of tariff.
#[derive(Clone, Debug, PartialEq)]
pub struct Trade {
    pub economies: usize,
    pub value_musd: Vec<f64>,
    /// Ad valorem, 0.05 = 5 %.
    pub tariff: Vec<f64>,
}

impl Trade {
    /// Position of a flow in the dense arrays.
    #[inline]
    pub fn at(&self, sector: SectorId, importer: EconomyId, exporter: EconomyId) -> usize {
        (sector.index() * self.economies + importer.index()) * self.economies + exporter.index()
    }

    /// Value of a flow over all sectors, million USD.
    pub fn total_musd(&self, importer: EconomyId, exporter: EconomyId) -> f64 {
        let stride = self.economies * self.economies;
        let first = importer.index() * self.economies + exporter.index();
        self.value_musd.iter().skip(first).step_by(stride).sum()
    }
}

/// A bilateral total as the source reports it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportedFlow {
    pub exporter: EconomyId,
    pub importer: EconomyId,
    pub value_musd: f64,
}

/// A documented departure of the trade table from the reported totals.
#[derive(Clone, Debug, PartialEq)]
pub struct TradeAdjustment {
    pub kind: String,
    pub exporter: String,
    pub importer: String,
    pub from_musd: f64,
    pub to_musd: f64,
    pub note: String,
}

/// Production and its inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Accounts {
    /// Shape `[economy][input sector][using sector]`: spending on the input per unit of gross
    /// output of the using sector, tariffs included.
    pub input_share: Vec<f64>,
    /// Shape `[economy][sector]`, million USD.
    pub gross_output_musd: Vec<f64>,
    /// Shape `[economy][sector]`, million USD.
    pub value_added_musd: Vec<f64>,
    /// Shape `[economy][sector]`, million USD, tariffs included.
    pub final_demand_musd: Vec<f64>,
}
