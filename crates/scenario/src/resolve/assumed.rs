//! Assumed costs of projects without one of their own.

use super::Resolver;
use crate::apply::Op;
use crate::assumed::AssumedCosts;
use crate::describe::number;
use crate::project::Project;
use crate::resolved::Step;
use comity_world::{EconomyId, Link};
use std::collections::BTreeMap;

impl Resolver<'_> {
    /// The project at its kilometres' assumed cost; `None` where that covers nothing or not all.
    pub(super) fn assumed(&self, name: &str, note: &str, steps: &[Step]) -> Option<Project> {
        let costs = self.scenario.assumed_costs.as_ref()?;
        let mut by_economy: BTreeMap<EconomyId, f64> = BTreeMap::new();
        let modifications = self.scenario.modifications.iter().zip(steps);
        let own = modifications.filter(|(m, _)| m.change.project() == Some(name));
        for op in own.flat_map(|(_, step)| &step.ops) {
            let (link, new) = match op {
                Op::AddLink(link) => (link, true),
                Op::SetLink { link, .. } => (&self.world.network.links[link.index()], false),
                _ => continue,
            };
            // A gauge change has no kilometres.
            if link.km == 0.0 {
                continue;
            }
            let musd = self.assumed_for(link, new, costs)?;
            let ends = self.economies_at_ends(link);
            for end in &ends {
                *by_economy.entry(*end).or_default() += musd / ends.len() as f64;
            }
        }
        let cost_musd: f64 = by_economy.values().sum();
        if cost_musd <= 0.0 {
            return None;
        }
        let shares: Vec<(EconomyId, f64)> = by_economy
            .into_iter()
            .map(|(economy, musd)| (economy, musd / cost_musd))
            .collect();
        let assumed = format!("Cost assumed: {} million USD.", number(cost_musd.round()));
        Some(Project {
            name: name.to_owned(),
            cost_musd,
            cost_range_musd: None,
            life_years: costs.life_years,
            discount_rate: costs.discount_rate,
            loans: vec![],
            paid_by: shares.clone(),
            spent_in: shares,
            note: format!("{note} {assumed}").trim().to_owned(),
        })
    }

    fn assumed_for(&self, link: &Link, new: bool, costs: &AssumedCosts) -> Option<f64> {
        let mode = self.world.network.mode(link);
        Some(link.km * costs.rate(mode, new)?)
    }

    /// Economies where a link begins and ends: one or two.
    fn economies_at_ends(&self, link: &Link) -> Vec<EconomyId> {
        let ends = [link.from, link.to].into_iter();
        let territories = ends.filter_map(|n| self.world.network.nodes[n.index()].territory);
        territories
            .map(|t| self.world.territories[t.index()].economy)
            .collect()
    }
}
