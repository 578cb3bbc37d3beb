//! Who belongs to a bloc, and what that means for trade and borders.

use super::Resolver;
use crate::apply::{Amount, Op, border};
use crate::describe::{count, list, number};
use crate::membership::{BorderHours, Membership, NamedTariffs, OUTSIDE, Tariffs};
use comity_world::{EconomyId, Mode, SectorId, TerritoryId};
use std::collections::BTreeSet;

/// Those concerned by one modification.
struct Parties {
    bloc: String,
    /// Who joins, leaves or changes tier.
    movers: Vec<EconomyId>,
    /// Full members before, without the movers.
    sitting: Vec<EconomyId>,
    /// Full members after.
    after: Vec<EconomyId>,
}

impl Parties {
    /// Movers with the full members after the change, each pair once.
    fn pairs(&self) -> Vec<(EconomyId, EconomyId)> {
        let mut pairs = BTreeSet::new();
        for mover in &self.movers {
            for other in self.after.iter().filter(|other| *other != mover) {
                pairs.insert((*mover.min(other), *mover.max(other)));
            }
        }
        pairs.into_iter().collect()
    }

    /// The same pairs, both ways.
    fn directions(&self) -> Vec<(EconomyId, EconomyId)> {
        let pairs = self.pairs().into_iter();
        pairs.flat_map(|(a, b)| [(a, b), (b, a)]).collect()
    }
}

impl Resolver<'_> {
    pub(super) fn membership(&mut self, c: &Membership) {
        let Some(parties) = self.parties(c) else {
            return;
        };
        let mut effects = Vec::new();
        if c.effects.is_none() && parties.pairs().is_empty() {
            let message = format!(
                "{} has no other full member, so membership has no effect",
                parties.bloc
            );
            let found = self.at("bloc", message).help("write effects = \"none\"");
            self.problems.push(found);
            return;
        }
        effects.extend(self.membership_tariffs(c, &parties));
        effects.extend(self.membership_borders(c, &parties));
        if let Some(factor) = c.non_tariff_factor {
            for (importer, exporter) in parties.directions() {
                for sector in self.tradable() {
                    self.emit(Op::TradeCost {
                        importer,
                        exporter,
                        sector,
                        factor,
                    });
                }
            }
            effects.push(format!(
                "non-tariff costs between it and members multiplied by {}",
                number(factor)
            ));
        }
        effects.extend(self.external_tariff(c, &parties));
        for economy in &parties.movers {
            self.emit(Op::SetTier {
                bloc: parties.bloc.clone(),
                economy: *economy,
                tier: (c.tier != OUTSIDE).then(|| c.tier.clone()),
                source: format!("scenario {}", self.scenario.id),
            });
        }
        let who = list(c.economy.as_slice());
        let moves = match c.tier.as_str() {
            OUTSIDE => format!("{who} outside {}", parties.bloc),
            tier => format!("{who} as {tier} of {}", parties.bloc),
        };
        let means = if effects.is_empty() {
            "it changes votes and nothing else".to_owned()
        } else {
            effects.join("; ")
        };
        self.step.sentence = format!("Membership: {moves}: {means}.");
    }

    fn parties(&mut self, c: &Membership) -> Option<Parties> {
        let bloc = match &c.bloc {
            Some(bloc) => bloc.clone(),
            None => match &self.scenario.bloc {
                Some(bloc) => bloc.clone(),
                None => self.world.settings.default_bloc.clone(),
            },
        };
        let known_bloc = self.world.bloc_names().contains(&bloc.as_str());
        if !known_bloc {
            // That the scenario's own bloc is unknown has been said at its own key.
            if c.bloc.is_some() {
                let found = self.unknown_bloc(self.at("bloc", "unknown bloc"), &bloc);
                self.problems.push(found);
            }
        }
        let tiers: BTreeSet<String> = self.world.blocs.iter().map(|m| m.tier.clone()).collect();
        let tiers: BTreeSet<&str> = tiers.iter().map(String::as_str).collect();
        let known_tier = c.tier == OUTSIDE || c.tier == "member" || tiers.contains(c.tier.as_str());
        if !known_tier {
            let names: Vec<&str> = tiers.into_iter().chain([OUTSIDE]).collect();
            let mut found = self
                .at("tier", "unknown tier")
                .value(&c.tier)
                .did_you_mean(&c.tier, names.iter().copied());
            if found.help.is_none() {
                found = found.help(format!("the tiers are {}", names.join(", ")));
            }
            self.problems.push(found);
        }
        let movers = self.economies("economy", c.economy.as_slice())?;
        if !known_bloc || !known_tier {
            return None;
        }
        let mut members = Vec::new();
        let mut good = true;
        for economy in &movers {
            let now = self.world.bloc(&bloc, None, None);
            let now = now.into_iter().find(|m| m.economy == *economy);
            let now = now.map_or(OUTSIDE, |m| m.tier.as_str());
            if now == c.tier {
                let name = &self.world.economies[economy.index()].name;
                let message = match now {
                    OUTSIDE => format!("{name} does not belong to {bloc}"),
                    tier => format!("{name} is {tier} of {bloc} already"),
                };
                let iso3 = &self.world.economies[economy.index()].iso3;
                let found = self.at("economy", message).value(iso3);
                self.problems.push(found);
                good = false;
            }
        }
        for m in self.world.bloc(&bloc, None, None) {
            if m.has_voice() && !movers.contains(&m.economy) {
                members.push(m.economy);
            }
        }
        members.sort();
        members.dedup();
        let mut after = members.clone();
        if c.tier == "member" {
            after.extend(&movers);
            after.sort();
        }
        good.then_some(Parties {
            bloc,
            movers,
            sitting: members,
            after,
        })
    }

    fn membership_tariffs(&mut self, c: &Membership, parties: &Parties) -> Option<String> {
        let named = match (c.tariffs, c.tariff_factor) {
            (None, None) => return None,
            (Some(Tariffs::Named(named)), _) => Some(named),
            (Some(Tariffs::Rate(_)), _) | (None, Some(_)) => None,
        };
        if named == Some(NamedTariffs::BlocMean) && parties.sitting.len() < 2 {
            let message = "there are no two sitting full members whose tariffs have a mean";
            let found = self.at("tariffs", message).value("bloc-mean");
            self.problems.push(found);
            return None;
        }
        for sector in self.tradable() {
            let within = self.mean_tariff(sector, &parties.sitting, &parties.sitting);
            for (importer, exporter) in parties.directions() {
                let rate = match (c.tariffs, c.tariff_factor) {
                    (Some(Tariffs::Rate(rate)), _) => Amount::To(rate),
                    (Some(Tariffs::Named(NamedTariffs::Zero)), _) => Amount::To(0.0),
                    (Some(Tariffs::Named(NamedTariffs::BlocMean)), _) => Amount::To(within?),
                    (Some(Tariffs::Named(NamedTariffs::OutsideMean)), _) => {
                        let outside = self.outside(parties);
                        Amount::To(self.mean_tariff(sector, &[importer], &outside)?)
                    }
                    (None, factor) => Amount::of(None, factor),
                };
                self.emit(Op::SetTariff {
                    importer,
                    exporter,
                    sector,
                    rate,
                });
            }
        }
        Some(match (c.tariffs, c.tariff_factor) {
            (Some(Tariffs::Rate(rate)), _) => format!(
                "tariffs between it and members set to {} % of value",
                number(100.0 * rate)
            ),
            (Some(Tariffs::Named(NamedTariffs::Zero)), _) => {
                "tariffs between it and members set to zero".to_owned()
            }
            (Some(Tariffs::Named(NamedTariffs::BlocMean)), _) => {
                "tariffs between it and members set to the mean that sitting members levy on one \
                 another, by sector, weighted by trade"
                    .to_owned()
            }
            (Some(Tariffs::Named(NamedTariffs::OutsideMean)), _) => {
                "tariffs between it and members set to the mean that each importer levies on \
                 everybody outside, by sector, weighted by trade"
                    .to_owned()
            }
            (None, factor) => format!(
                "tariffs between it and members multiplied by {}",
                number(factor?)
            ),
        })
    }

    /// Economies outside the bloc, before and after.
    fn outside(&self, parties: &Parties) -> Vec<EconomyId> {
        (0..self.world.economies.len())
            .map(EconomyId::from_index)
            .filter(|e| !parties.movers.contains(e) && !parties.sitting.contains(e))
            .collect()
    }

    /// Mean tariff, weighted by trade; a plain mean where there is no trade, `None` without pairs.
    fn mean_tariff(
        &self,
        sector: SectorId,
        importers: &[EconomyId],
        exporters: &[EconomyId],
    ) -> Option<f64> {
        let trade = &self.world.trade;
        let (mut levied, mut value, mut sum, mut pairs) = (0.0, 0.0, 0.0, 0);
        for importer in importers {
            for exporter in exporters.iter().filter(|exporter| *exporter != importer) {
                let at = trade.at(sector, *importer, *exporter);
                levied += trade.value_musd[at] * trade.tariff[at];
                value += trade.value_musd[at];
                sum += trade.tariff[at];
                pairs += 1;
            }
        }
        match (pairs, value > 0.0) {
            (0, _) => None,
            (_, true) => Some(levied / value),
            (pairs, false) => Some(sum / f64::from(pairs)),
        }
    }

    fn external_tariff(&mut self, c: &Membership, parties: &Parties) -> Option<String> {
        c.external_tariff?;
        if parties.sitting.is_empty() {
            let message = format!("{} has no sitting full member", parties.bloc);
            let found = self.at("external_tariff", message);
            self.problems.push(found);
            return None;
        }
        for sector in self.tradable() {
            for exporter in self.outside(parties) {
                let rate = self.mean_tariff(sector, &parties.sitting, &[exporter])?;
                for importer in &parties.movers {
                    self.emit(Op::SetTariff {
                        importer: *importer,
                        exporter,
                        sector,
                        rate: Amount::To(rate),
                    });
                }
            }
        }
        Some(
            "its tariffs on everybody outside set to the mean of what sitting members levy on the \
             same exporter, by sector, weighted by trade"
                .to_owned(),
        )
    }

    /// A median is a factor on the hours there are, so that it holds where hours are drawn anew.
    fn membership_borders(&mut self, c: &Membership, parties: &Parties) -> Option<String> {
        if !c.changes_journeys() {
            return None;
        }
        let (mut changed, mut shared, mut medians) = (0, 0, Vec::new());
        for mode in [Mode::Rail, Mode::Road, Mode::Sea, Mode::Air] {
            let there = self.existing(mode);
            let exists = |pair: &(TerritoryId, TerritoryId)| {
                there.contains(pair) || there.contains(&(pair.1, pair.0))
            };
            let movers: Vec<_> = self
                .territory_pairs(&parties.directions())
                .into_iter()
                .filter(exists)
                .collect();
            shared += movers.len();
            let within = product(&parties.sitting);
            let within = self.territory_pairs(&within).into_iter().filter(exists);
            let hours = within.map(|(from, to)| border(&self.world, from, to, mode).hours);
            let median = median(hours.collect());
            for (from, to) in movers {
                let before = border(&self.world, from, to, mode).hours;
                let hours = match (c.border_hours, c.border_hours_factor, median) {
                    (Some(BorderHours::Hours(hours)), ..) => Amount::To(hours),
                    (Some(BorderHours::Named(_)), _, Some(median)) if before > median => {
                        Amount::Times(median / before)
                    }
                    (Some(BorderHours::Named(_)), ..) => continue,
                    (None, factor, _) => Amount::of(None, factor),
                };
                changed += 1;
                self.emit(Op::SetBorder {
                    from,
                    to,
                    mode,
                    hours,
                    usd: Amount::Keep,
                    open: None,
                    source: format!("scenario {}", self.scenario.id),
                });
            }
            if let (Some(BorderHours::Named(_)), Some(median)) = (c.border_hours, median) {
                medians.push(format!("{} {}", mode.label(), number(median)));
            }
        }
        if shared == 0 {
            return Some("border hours stay: it shares no border with members".to_owned());
        }
        Some(match (c.border_hours, c.border_hours_factor) {
            (Some(BorderHours::Hours(hours)), _) => format!(
                "hours at its borders with members set to {} ({})",
                number(hours),
                count(changed, "direction")
            ),
            (Some(BorderHours::Named(_)), _) => format!(
                "hours at its borders with members cut to the median between sitting members where \
                 longer ({}; {} of {shared} directions)",
                medians.join(", "),
                number(f64::from(changed as u32))
            ),
            (None, factor) => format!(
                "hours at its borders with members multiplied by {} ({})",
                number(factor?),
                count(changed, "direction")
            ),
        })
    }

    /// Territories of pairs of economies.
    fn territory_pairs(&self, pairs: &[(EconomyId, EconomyId)]) -> Vec<(TerritoryId, TerritoryId)> {
        let of = |economy: EconomyId| {
            let territories = self.world.territories.iter().enumerate();
            territories
                .filter(move |(_, t)| t.economy == economy)
                .map(|(at, _)| TerritoryId::from_index(at))
        };
        let pairs = pairs.iter();
        pairs
            .flat_map(|(a, b)| of(*a).flat_map(move |from| of(*b).map(move |to| (from, to))))
            .collect()
    }
}

fn product(economies: &[EconomyId]) -> Vec<(EconomyId, EconomyId)> {
    let economies = economies.iter();
    let pairs = economies
        .clone()
        .flat_map(|a| economies.clone().map(move |b| (*a, *b)));
    pairs.filter(|(a, b)| a != b).collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}
