//! Changing tariffs, non-tariff costs and productivity.

use super::Resolver;
use super::pairs::Whose;
use crate::apply::{Amount, Op};
use crate::describe::{list, number};
use crate::modification::{NonTariffCost, Productivity, Tariff};
use comity_world::SectorId;

impl Resolver<'_> {
    pub(super) fn tariff(&mut self, c: &Tariff) {
        let whose = Whose {
            importer: &c.importer,
            exporter: &c.exporter,
            between: &c.between,
            around: &c.around,
            sector: &c.sector,
        };
        let Some((pairs, sectors)) = self.trade_named(whose) else {
            return;
        };
        let rate = Amount::of(c.to, c.factor);
        for (importer, exporter) in &pairs {
            for sector in &sectors {
                self.emit(Op::SetTariff {
                    importer: *importer,
                    exporter: *exporter,
                    sector: *sector,
                    rate,
                });
            }
        }
        let what = match (c.to, c.factor) {
            (Some(to), _) => format!("set to {} % of value", number(to * 100.0)),
            (None, Some(factor)) => format!("multiplied by {}", number(factor)),
            (None, None) => String::new(),
        };
        self.step.sentence = format!("Tariffs {}, {}: {what}.", whose.words(), whose.goods());
    }

    pub(super) fn non_tariff_cost(&mut self, c: &NonTariffCost) {
        let whose = Whose {
            importer: &c.importer,
            exporter: &c.exporter,
            between: &c.between,
            around: &c.around,
            sector: &c.sector,
        };
        let Some((pairs, sectors)) = self.trade_named(whose) else {
            return;
        };
        for (importer, exporter) in &pairs {
            for sector in &sectors {
                self.emit(Op::TradeCost {
                    importer: *importer,
                    exporter: *exporter,
                    sector: *sector,
                    factor: c.factor,
                });
            }
        }
        self.step.sentence = format!(
            "Non-tariff costs {}, {}: {}.",
            whose.words(),
            whose.goods(),
            percent("trade costs", c.factor)
        );
    }

    pub(super) fn productivity(&mut self, c: &Productivity) {
        let economies = self.economies("economy", c.economy.as_slice());
        let sectors = match &c.sector {
            Some(codes) => self.sectors(codes.as_slice()),
            None => Some(
                (0..self.world.sectors.len())
                    .map(SectorId::from_index)
                    .collect(),
            ),
        };
        let (Some(economies), Some(sectors)) = (economies, sectors) else {
            return;
        };
        for economy in &economies {
            for sector in &sectors {
                self.emit(Op::Productivity {
                    economy: *economy,
                    sector: *sector,
                    factor: c.factor,
                });
            }
        }
        let sectors = c
            .sector
            .as_ref()
            .map_or_else(|| "all sectors".to_owned(), |codes| list(codes.as_slice()));
        self.step.sentence = format!(
            "Productivity of {}, {sectors}: {}.",
            list(c.economy.as_slice()),
            percent("it", c.factor)
        );
    }
}

/// "trade costs fall by 2 %".
fn percent(what: &str, factor: f64) -> String {
    let verb = match (what == "it", factor < 1.0) {
        (true, true) => "falls",
        (true, false) => "rises",
        (false, true) => "fall",
        (false, false) => "rise",
    };
    format!(
        "{what} {verb} by {} %",
        number(100.0 * (factor - 1.0).abs())
    )
}
