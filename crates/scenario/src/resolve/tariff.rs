//! Changing tariffs.

use super::Resolver;
use crate::apply::{Amount, Op};
use crate::describe::{list, number};
use crate::modification::Tariff;
use comity_world::{EconomyId, SectorId};

impl Resolver<'_> {
    pub(super) fn tariff(&mut self, c: &Tariff) {
        let pairs = self.tariff_pairs(c);
        let sectors = match &c.sector {
            Some(codes) => self.sectors(codes.as_slice()),
            None => Some(self.tradable()),
        };
        let (Some(pairs), Some(sectors)) = (pairs, sectors) else {
            return;
        };
        if pairs.is_empty() {
            let key = if c.between.is_some() {
                "between"
            } else {
                "importer"
            };
            let found = self.at(key, "an economy levies no tariff on itself");
            self.problems.push(found);
            return;
        }
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
        let goods = match &c.sector {
            Some(codes) => list(codes.as_slice()),
            None => "all tradable sectors".to_owned(),
        };
        let whom = match (&c.between, &c.importer, &c.exporter) {
            (Some(bloc), ..) => format!("between members of {bloc}"),
            (None, Some(importer), Some(exporter)) => format!(
                "of {} on goods from {}",
                list(importer.as_slice()),
                list(exporter.as_slice())
            ),
            (None, Some(importer), None) => {
                format!("of {} on goods from everywhere", list(importer.as_slice()))
            }
            _ => String::new(),
        };
        let what = match (c.to, c.factor) {
            (Some(to), _) => format!("set to {} % of value", number(to * 100.0)),
            (None, Some(factor)) => format!("multiplied by {}", number(factor)),
            (None, None) => String::new(),
        };
        self.step.sentence = format!("Tariffs {whom}, {goods}: {what}.");
    }

    fn tariff_pairs(&mut self, c: &Tariff) -> Option<Vec<(EconomyId, EconomyId)>> {
        let (importers, exporters) = if let Some(bloc) = &c.between {
            let members = self.members("between", bloc)?;
            (members.clone(), members)
        } else {
            let importers = c
                .importer
                .as_ref()
                .map(|codes| self.economies("importer", codes.as_slice()));
            let exporters = match &c.exporter {
                Some(codes) => self.economies("exporter", codes.as_slice()),
                None => Some(
                    (0..self.world.economies.len())
                        .map(EconomyId::from_index)
                        .collect(),
                ),
            };
            (importers??, exporters?)
        };
        let pairs = importers
            .iter()
            .flat_map(|n| exporters.iter().map(move |i| (*n, *i)))
            .filter(|(n, i)| n != i)
            .collect();
        Some(pairs)
    }

    fn tradable(&self) -> Vec<SectorId> {
        self.world
            .sectors
            .iter()
            .enumerate()
            .filter(|(_, s)| s.tradable)
            .map(|(at, _)| SectorId::from_index(at))
            .collect()
    }

    fn sectors(&mut self, codes: &[String]) -> Option<Vec<SectorId>> {
        let mut good = Vec::new();
        for code in codes {
            match self.world.sector(code) {
                Some(sector) if good.contains(&sector) => {
                    let found = self.at("sector", "named twice").value(code);
                    self.problems.push(found);
                }
                Some(sector) => good.push(sector),
                None => {
                    let known: Vec<&str> =
                        self.world.sectors.iter().map(|s| s.code.as_str()).collect();
                    let mut found = self.at("sector", "unknown sector").value(code);
                    found = found.did_you_mean(code, known.iter().copied());
                    if found.help.is_none() {
                        found = found.help(format!("the sectors are {}", known.join(", ")));
                    }
                    self.problems.push(found);
                }
            }
        }
        (good.len() == codes.len()).then_some(good)
    }
}
