//! Whose trade in what a policy is about.

use super::Resolver;
use crate::describe::list;
use crate::modification::OneOrMany;
use comity_world::{EconomyId, SectorId};

/// The keys that tariffs and non-tariff costs have in common.
#[derive(Clone, Copy)]
pub(super) struct Whose<'a> {
    pub importer: &'a Option<OneOrMany<String>>,
    pub exporter: &'a Option<OneOrMany<String>>,
    pub between: &'a Option<String>,
    pub around: &'a Option<String>,
    pub sector: &'a Option<OneOrMany<String>>,
}

impl Whose<'_> {
    /// "of KAZ on goods from CHN", "between members of SCO".
    pub fn words(&self) -> String {
        match (self.between, self.around, self.importer, self.exporter) {
            (Some(bloc), ..) => format!("between members of {bloc}"),
            (None, Some(bloc), ..) => {
                format!("of members of {bloc} on goods from outside it")
            }
            (None, None, Some(importer), Some(exporter)) => format!(
                "of {} on goods from {}",
                list(importer.as_slice()),
                list(exporter.as_slice())
            ),
            (None, None, Some(importer), None) => {
                format!("of {} on goods from everywhere", list(importer.as_slice()))
            }
            _ => String::new(),
        }
    }

    /// "AGR and TEX", "all tradable sectors".
    pub fn goods(&self) -> String {
        match self.sector {
            Some(codes) => list(codes.as_slice()),
            None => "all tradable sectors".to_owned(),
        }
    }
}

/// An importer and an exporter.
type Pair = (EconomyId, EconomyId);

impl Resolver<'_> {
    /// Importers with their exporters, and the sectors; `None` after a problem.
    pub(super) fn trade_named(&mut self, whose: Whose) -> Option<(Vec<Pair>, Vec<SectorId>)> {
        let pairs = self.pairs(whose);
        let sectors = match whose.sector {
            Some(codes) => self.sectors(codes.as_slice()),
            None => Some(self.tradable()),
        };
        let (pairs, sectors) = (pairs?, sectors?);
        if pairs.is_empty() {
            let found = self.at("importer", "the importer and the exporter are the same");
            self.problems.push(found);
            return None;
        }
        Some((pairs, sectors))
    }

    fn pairs(&mut self, whose: Whose) -> Option<Vec<Pair>> {
        let all = || (0..self.world.economies.len()).map(EconomyId::from_index);
        let (importers, exporters) = if let Some(bloc) = whose.between {
            let members = self.members("between", bloc)?;
            (members.clone(), members)
        } else if let Some(bloc) = whose.around {
            let all: Vec<EconomyId> = all().collect();
            let members = self.members("around", bloc)?;
            let outside = all.into_iter().filter(|e| !members.contains(e)).collect();
            (members, outside)
        } else {
            let all: Vec<EconomyId> = all().collect();
            let importers = whose
                .importer
                .as_ref()
                .map(|codes| self.economies("importer", codes.as_slice()));
            let exporters = match whose.exporter {
                Some(codes) => self.economies("exporter", codes.as_slice()),
                None => Some(all),
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

    pub(super) fn tradable(&self) -> Vec<SectorId> {
        self.world
            .sectors
            .iter()
            .enumerate()
            .filter(|(_, s)| s.tradable)
            .map(|(at, _)| SectorId::from_index(at))
            .collect()
    }

    pub(super) fn sectors(&mut self, codes: &[String]) -> Option<Vec<SectorId>> {
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
