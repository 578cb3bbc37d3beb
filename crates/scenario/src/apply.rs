//! The elementary changes that modifications are made of, and what each does to a world.
//!
//! Changes that multiply are kept as factors, so that a resolved scenario can be applied to a
//! world whose costs have been drawn anew.

use comity_world::{
    Border, ClassId, EconomyId, Link, LinkId, Mode, Node, SectorId, Terminal, TerritoryId, World,
};

/// How a number changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Amount {
    Keep,
    To(f64),
    Times(f64),
}

impl Amount {
    /// From a pair of keys, of which at most one is given.
    pub fn of(to: Option<f64>, factor: Option<f64>) -> Amount {
        match (to, factor) {
            (Some(value), _) => Amount::To(value),
            (None, Some(factor)) => Amount::Times(factor),
            (None, None) => Amount::Keep,
        }
    }

    /// The number after the change.
    pub fn apply(self, value: f64) -> f64 {
        match self {
            Amount::Keep => value,
            Amount::To(new) => new,
            Amount::Times(factor) => value * factor,
        }
    }
}

/// What happens to the hours of a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    /// As its class has it.
    OfClass,
    /// As before, in proportion to its length.
    Kept,
    Kmh(f64),
    Factor(f64),
}

/// An elementary change. Ids are those of the world it was resolved against, with the nodes and
/// links of earlier changes appended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Op {
    AddNode(Node),
    AddLink(Link),
    AddTerminal(Terminal),
    SetLink {
        link: LinkId,
        class: Option<ClassId>,
        pace: Pace,
        km_factor: f64,
    },
    CloseLink(LinkId),
    SetBorder {
        from: TerritoryId,
        to: TerritoryId,
        mode: Mode,
        hours: Amount,
        usd: Amount,
        open: Option<bool>,
        source: String,
    },
    SetTariff {
        importer: EconomyId,
        exporter: EconomyId,
        sector: SectorId,
        rate: Amount,
    },
    /// Multiplies the iceberg cost of a pair; see [`crate::Resolved::non_tariff_costs`].
    TradeCost {
        importer: EconomyId,
        exporter: EconomyId,
        sector: SectorId,
        factor: f64,
    },
    /// Multiplies productivity; see [`crate::Resolved::productivity`].
    Productivity {
        economy: EconomyId,
        sector: SectorId,
        factor: f64,
    },
    /// Gives an economy a tier in a bloc, or takes it out.
    SetTier {
        bloc: String,
        economy: EconomyId,
        tier: Option<String>,
        source: String,
    },
    SetRate {
        class: ClassId,
        rate: Amount,
    },
    SetTerminal {
        id: String,
        hours: Amount,
        usd: Amount,
    },
}

/// Change the world.
pub(crate) fn apply(op: &Op, world: &mut World) {
    match op {
        Op::AddNode(node) => world.network.nodes.push(node.clone()),
        Op::AddLink(link) => world.network.links.push(link.clone()),
        Op::AddTerminal(terminal) => {
            let terminals = &mut world.network.terminals;
            let at = terminals.partition_point(|t| t.id < terminal.id);
            terminals.insert(at, terminal.clone());
        }
        Op::SetLink {
            link,
            class,
            pace,
            km_factor,
        } => set_link(world, *link, *class, *pace, *km_factor),
        Op::CloseLink(link) => world.network.links[link.index()].open = false,
        Op::SetBorder {
            from,
            to,
            mode,
            hours,
            usd,
            open,
            source,
        } => {
            let before = border(world, *from, *to, *mode);
            let after = Border {
                hours: hours.apply(before.hours),
                usd_per_teu: usd.apply(before.usd_per_teu),
                open: open.unwrap_or(before.open),
                source: source.clone(),
                ..before
            };
            let borders = &mut world.network.borders;
            let key = (*from, *to, *mode);
            match borders.binary_search_by(|b| (b.from, b.to, b.mode).cmp(&key)) {
                Ok(at) => borders[at] = after,
                Err(at) => borders.insert(at, after),
            }
        }
        Op::SetTariff {
            importer,
            exporter,
            sector,
            rate,
        } => {
            let at = world.trade.at(*sector, *importer, *exporter);
            world.trade.tariff[at] = rate.apply(world.trade.tariff[at]);
        }
        // A world holds levels of what these change by: the equilibrium takes the factors.
        Op::TradeCost { .. } | Op::Productivity { .. } => {}
        Op::SetTier {
            bloc,
            economy,
            tier,
            source,
        } => world.set_tier(bloc, *economy, tier.as_deref(), source),
        Op::SetRate { class, rate } => {
            let class = &mut world.network.classes[class.index()];
            let (before, (low, high)) = (class.usd_per_teu_km, class.usd_range);
            let after = rate.apply(before);
            class.usd_per_teu_km = after;
            // The range keeps its proportions to the rate.
            class.usd_range = match (rate, before > 0.0) {
                (Amount::Keep, _) => (low, high),
                (_, true) => (low * (after / before), high * (after / before)),
                (_, false) => (after, after),
            };
        }
        Op::SetTerminal { id, hours, usd } => {
            let terminals = &mut world.network.terminals;
            if let Ok(at) = terminals.binary_search_by(|t| t.id.as_str().cmp(id)) {
                let terminal = &mut terminals[at];
                terminal.hours = hours.apply(terminal.hours);
                terminal.usd_per_teu = usd.apply(terminal.usd_per_teu);
            }
        }
    }
}

fn set_link(world: &mut World, id: LinkId, class: Option<ClassId>, pace: Pace, km_factor: f64) {
    let network = &mut world.network;
    let link = &mut network.links[id.index()];
    let before = link
        .hours_override
        .unwrap_or(link.km / network.classes[link.class.index()].kmh);
    link.km *= km_factor;
    link.class = class.unwrap_or(link.class);
    link.hours_override = match pace {
        Pace::OfClass => None,
        Pace::Kept => link.hours_override.map(|hours| hours * km_factor),
        Pace::Kmh(kmh) => Some(link.km / kmh),
        Pace::Factor(factor) => Some(before * km_factor * factor),
    };
}

/// The row of a crossing or, without one, the exporter's export and the importer's import figures.
pub(crate) fn border(world: &World, from: TerritoryId, to: TerritoryId, mode: Mode) -> Border {
    if let Some(row) = world.network.border(from, to, mode) {
        return row.clone();
    }
    let economy = |t: TerritoryId| &world.economies[world.territories[t.index()].economy.index()];
    Border {
        from,
        to,
        mode,
        hours: economy(from).border_export_hours + economy(to).border_import_hours,
        usd_per_teu: economy(from).border_export_usd + economy(to).border_import_usd,
        open: true,
        source: String::new(),
    }
}
