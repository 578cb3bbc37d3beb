//! A scenario that fits its world, ready to be applied.

use crate::apply::{Op, apply};
use crate::project::Project;
use comity_world::{EconomyId, Mode, SectorId, World};
use std::collections::BTreeMap;

/// A scenario resolved against a world.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// Short name, used for folders.
    pub id: String,
    pub name: String,
    pub description: String,
    /// The bloc whose members are asked.
    pub bloc: String,
    pub sources: Vec<String>,
    pub(crate) steps: Vec<Step>,
    pub(crate) projects: Vec<Project>,
    pub(crate) unpriced: Vec<String>,
    pub(crate) changed: Vec<ChangedLink>,
}

/// A modification as what it does.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Step {
    pub sentence: String,
    pub ops: Vec<Op>,
}

/// What happens to a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Built,
    Upgraded,
    Closed,
}

impl ChangeKind {
    /// `built`, `upgraded` or `closed`.
    pub fn label(self) -> &'static str {
        match self {
            ChangeKind::Built => "built",
            ChangeKind::Upgraded => "upgraded",
            ChangeKind::Closed => "closed",
        }
    }
}

/// A link that the scenario changes, for the map.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedLink {
    /// `Kashgar–Makmal`, or the name of a passage.
    pub label: String,
    pub mode: Mode,
    pub change: ChangeKind,
    /// Points (lon, lat), both ends included.
    pub line: Vec<(f64, f64)>,
}

impl Resolved {
    /// The world after all modifications, in order. Existing nodes, links and places keep their
    /// ids; new ones come after them. `world` is the one the scenario was resolved against, or
    /// one that differs from it in its numbers only.
    pub fn apply(&self, world: &World) -> World {
        let mut changed = world.clone();
        for op in self.steps.iter().flat_map(|step| &step.ops) {
            apply(op, &mut changed);
        }
        changed
    }

    /// Whether it changes links, borders, rates or terminals, so that journeys may change.
    pub fn changes_journeys(&self) -> bool {
        let mut ops = self.steps.iter().flat_map(|step| &step.ops);
        ops.any(|op| {
            !matches!(
                op,
                Op::SetTariff { .. }
                    | Op::TradeCost { .. }
                    | Op::Productivity { .. }
                    | Op::SetTier { .. }
            )
        })
    }

    /// Factors of iceberg trade costs besides transport and tariffs, by sector, importer and
    /// exporter; repeated ones multiply. Pairs not listed keep theirs.
    pub fn non_tariff_costs(&self) -> BTreeMap<(SectorId, EconomyId, EconomyId), f64> {
        let mut factors = BTreeMap::new();
        for op in self.steps.iter().flat_map(|step| &step.ops) {
            if let Op::TradeCost {
                importer,
                exporter,
                sector,
                factor,
            } = op
            {
                *factors
                    .entry((*sector, *importer, *exporter))
                    .or_insert(1.0) *= factor;
            }
        }
        factors
    }

    /// Factors of productivity, new over old; repeated ones multiply. What is not listed keeps its
    /// own.
    pub fn productivity(&self) -> BTreeMap<(EconomyId, SectorId), f64> {
        let mut factors = BTreeMap::new();
        for op in self.steps.iter().flat_map(|step| &step.ops) {
            if let Op::Productivity {
                economy,
                sector,
                factor,
            } = op
            {
                *factors.entry((*economy, *sector)).or_insert(1.0) *= factor;
            }
        }
        factors
    }

    /// One plain sentence for each modification, in order.
    pub fn describe(&self) -> Vec<String> {
        self.steps.iter().map(|s| s.sentence.clone()).collect()
    }

    /// What it costs, by project whose cost is known, sorted by name.
    pub fn projects(&self) -> &[Project] {
        &self.projects
    }

    /// Names of projects whose cost is not known, sorted. Nobody is charged for them.
    pub fn unpriced(&self) -> &[String] {
        &self.unpriced
    }

    /// Links that are built, upgraded or closed, with their lines on the map.
    pub fn changed_links(&self) -> &[ChangedLink] {
        &self.changed
    }
}
