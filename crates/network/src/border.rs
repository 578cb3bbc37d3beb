//! What crossing between two territories costs.

use crate::Cost;
use comity_world::{Mode, TerritoryId, World};

/// Cost of crossing from one territory into another by a mode; `None` if closed.
///
/// The row of borders.csv if there is one, else the exporter's export and the importer's import
/// figures of economies.csv. Staying in a territory costs nothing.
pub fn crossing(world: &World, from: TerritoryId, to: TerritoryId, mode: Mode) -> Option<Cost> {
    if from == to {
        return Some(Cost::default());
    }
    match world.network.border(from, to, mode) {
        Some(border) if !border.open => None,
        Some(border) => Some(Cost::new(border.hours, border.usd_per_teu)),
        None => {
            let exporter = &world.economies[world.territories[from.index()].economy.index()];
            let importer = &world.economies[world.territories[to.index()].economy.index()];
            Some(Cost::new(
                exporter.border_export_hours + importer.border_import_hours,
                exporter.border_export_usd + importer.border_import_usd,
            ))
        }
    }
}
