//! A bloc's trade accounts: what is reported, what filling and treatment add.

use comity_world::{EconomyId, World};
use serde::Serialize;
use std::collections::BTreeMap;

/// Goods trade of one economy or bloc with groups of partners, million USD a year.
#[derive(Clone, Debug, Serialize)]
pub struct TradeAccounts {
    pub bloc: String,
    /// Whose trade: an ISO code, or the bloc itself.
    pub of: String,
    pub base_year: i32,
    pub lines: Vec<TradeLine>,
}

/// Trade with one partner or group of partners.
#[derive(Clone, Debug, Serialize)]
pub struct TradeLine {
    pub partner: String,
    pub name: String,
    /// Tier of the partner; `None` for groups.
    pub tier: Option<String>,
    /// Goods as the source reports them.
    pub reported_exports_musd: f64,
    pub reported_imports_musd: f64,
    /// What each treatment adds to exports and imports together, by kind.
    pub adjustments_musd: BTreeMap<String, f64>,
    /// Goods in the world's trade table, after treatment.
    pub treated_exports_musd: f64,
    pub treated_imports_musd: f64,
    /// Services in the world's trade table.
    pub services_exports_musd: f64,
    pub services_imports_musd: f64,
}

impl TradeLine {
    fn new(partner: &str, name: &str, tier: Option<String>) -> Self {
        TradeLine {
            partner: partner.to_owned(),
            name: name.to_owned(),
            tier,
            reported_exports_musd: 0.0,
            reported_imports_musd: 0.0,
            adjustments_musd: BTreeMap::new(),
            treated_exports_musd: 0.0,
            treated_imports_musd: 0.0,
            services_exports_musd: 0.0,
            services_imports_musd: 0.0,
        }
    }

    /// Exports and imports as reported.
    pub fn reported_musd(&self) -> f64 {
        self.reported_exports_musd + self.reported_imports_musd
    }

    /// Exports and imports after treatment.
    pub fn treated_musd(&self) -> f64 {
        self.treated_exports_musd + self.treated_imports_musd
    }

    fn add(&mut self, other: &TradeLine) {
        self.reported_exports_musd += other.reported_exports_musd;
        self.reported_imports_musd += other.reported_imports_musd;
        for (kind, value) in &other.adjustments_musd {
            *self.adjustments_musd.entry(kind.clone()).or_insert(0.0) += value;
        }
        self.treated_exports_musd += other.treated_exports_musd;
        self.treated_imports_musd += other.treated_imports_musd;
        self.services_exports_musd += other.services_exports_musd;
        self.services_imports_musd += other.services_imports_musd;
    }
}

/// Kind given to what the source of the split by sector and the closing of accounts move.
const REST: &str = "balanced";

/// Trade of one economy with every other economy.
fn partners_of(world: &World, of: EconomyId) -> Vec<TradeLine> {
    let n = world.economies.len();
    let mut lines: Vec<TradeLine> = world
        .economies
        .iter()
        .map(|e| TradeLine::new(&e.iso3, &e.name, None))
        .collect();
    for flow in &world.reported_trade {
        if flow.exporter == of {
            lines[flow.importer.index()].reported_exports_musd += flow.value_musd;
        } else if flow.importer == of {
            lines[flow.exporter.index()].reported_imports_musd += flow.value_musd;
        }
    }
    let own = &world.economies[of.index()].iso3;
    for adjustment in &world.trade_adjustments {
        let partner = if adjustment.exporter == *own {
            &adjustment.importer
        } else if adjustment.importer == *own {
            &adjustment.exporter
        } else {
            continue;
        };
        if let Some(partner) = world.economy(partner) {
            *lines[partner.index()]
                .adjustments_musd
                .entry(adjustment.kind.clone())
                .or_insert(0.0) += adjustment.to_musd - adjustment.from_musd;
        }
    }
    for (j, sector) in world.sectors.iter().enumerate() {
        for other in (0..n).filter(|other| *other != of.index()) {
            let out = world.trade.value_musd[(j * n + other) * n + of.index()];
            let back = world.trade.value_musd[(j * n + of.index()) * n + other];
            let line = &mut lines[other];
            if sector.tradable {
                line.treated_exports_musd += out;
                line.treated_imports_musd += back;
            } else {
                line.services_exports_musd += out;
                line.services_imports_musd += back;
            }
        }
    }
    for line in &mut lines {
        let known: f64 = line.adjustments_musd.values().sum();
        let rest = line.treated_musd() - line.reported_musd() - known;
        *line.adjustments_musd.entry(REST.to_owned()).or_insert(0.0) += rest;
    }
    lines
}

fn tiers(world: &World, bloc: &str) -> Vec<String> {
    let mut tiers: Vec<String> = world
        .bloc(bloc, None, None)
        .iter()
        .map(|m| m.tier.clone())
        .collect();
    tiers.sort_by_key(|t| (t != "member", t != "observer", t.clone()));
    tiers.dedup();
    tiers
}

/// Trade of one economy with a bloc: a line a partner, a line a tier, all tiers, the world.
/// `tier` restricts partners to one tier.
pub fn economy_accounts(
    world: &World,
    bloc: &str,
    tier: Option<&str>,
    of: EconomyId,
) -> TradeAccounts {
    let lines = partners_of(world, of);
    let mut result = Vec::new();
    let mut all = TradeLine::new("all tiers", &format!("{bloc}, all tiers"), None);
    for group in tiers(world, bloc)
        .iter()
        .filter(|t| tier.is_none_or(|wanted| wanted == *t))
    {
        let mut sum = TradeLine::new(group, &format!("{bloc}, {group}"), None);
        let mut rows: Vec<TradeLine> = Vec::new();
        for membership in world.bloc(bloc, Some(group), None) {
            if membership.economy != of {
                let mut line = lines[membership.economy.index()].clone();
                line.tier = Some(group.clone());
                sum.add(&line);
                rows.push(line);
            }
        }
        rows.sort_by(|a, b| b.reported_musd().total_cmp(&a.reported_musd()));
        result.extend(rows);
        all.add(&sum);
        result.push(sum);
    }
    if tier.is_none() {
        result.push(all);
    }
    let mut total = TradeLine::new("world", "World", None);
    lines.iter().for_each(|line| total.add(line));
    result.push(total);
    TradeAccounts {
        bloc: bloc.to_owned(),
        of: world.economies[of.index()].iso3.clone(),
        base_year: world.settings.base_year,
        lines: result,
    }
}

/// Trade of each economy of a bloc with the rest of the bloc, then the sum (each flow once as an
/// export and once as an import).
pub fn bloc_accounts(world: &World, bloc: &str, tier: Option<&str>) -> TradeAccounts {
    let members = world.bloc(bloc, tier, None);
    let mut result = Vec::new();
    let mut all = TradeLine::new(bloc, &format!("{bloc}, within"), None);
    for membership in &members {
        let economy = &world.economies[membership.economy.index()];
        let lines = partners_of(world, membership.economy);
        let mut sum = TradeLine::new(&economy.iso3, &economy.name, Some(membership.tier.clone()));
        for other in members.iter().filter(|m| m.economy != membership.economy) {
            sum.add(&lines[other.economy.index()]);
        }
        all.add(&sum);
        result.push(sum);
    }
    result.sort_by(|a, b| b.reported_musd().total_cmp(&a.reported_musd()));
    result.push(all);
    TradeAccounts {
        bloc: bloc.to_owned(),
        of: bloc.to_owned(),
        base_year: world.settings.base_year,
        lines: result,
    }
}
