//! A set of links, borders, ports and passages closed together.

use super::effect::{Ground, Shutter};
use super::income::Incomes;
use super::target::Closing;
use super::{Base, RiskOptions, diagnostics};
use crate::Progress;
use crate::market_access::AccessParameters;
use crate::outcome::{Diagnostics, WorldSummary};
use crate::run::world_summary;
use crate::shock::AppraisalError;
use comity_network::values_of_time;
use comity_world::{EconomyId, PlaceId, World};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Pairs listed by name; all are counted.
const LISTED: usize = 50;

/// What a set of closings does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CloseOutcome {
    pub world: WorldSummary,
    /// Name of the scenario in whose world they close.
    pub scenario: Option<String>,
    pub closed: Vec<ClosedItem>,
    pub access: AccessParameters,
    /// Mean change over all places, weighted by their size.
    pub market_access_change_percent: f64,
    /// Mean change of the composite generalised cost over pairs of places that keep a journey,
    /// weighted by the product of their sizes; `None` if there are none.
    pub cost_change_percent: Option<f64>,
    /// Pairs of places that lose their last journey, each direction counted.
    pub unreachable_pairs: usize,
    /// The first of them by the product of their sizes.
    pub unreachable: Vec<CutPair>,
    /// Largest loss of market access first; without economies that have no places.
    pub economies: Vec<EconomyRisk>,
    /// Equivalent variation of all economies, million USD a year; `None` if not solved for or if
    /// there is no equilibrium.
    pub real_income_change_musd: Option<f64>,
    pub diagnostics: Diagnostics,
}

/// Something closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClosedItem {
    pub item: String,
    pub kind: super::Kind,
    pub label: String,
}

/// From one place to another there is no way any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CutPair {
    pub from: String,
    pub from_iso3: String,
    pub to: String,
    pub to_iso3: String,
}

/// What one economy loses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EconomyRisk {
    pub iso3: String,
    pub name: String,
    /// In the bloc; `None` outside it.
    pub tier: Option<String>,
    /// Mean over its places, weighted by their size.
    pub market_access_change_percent: f64,
    /// `None` if not solved for.
    pub real_income_change_percent: Option<f64>,
    pub real_income_change_musd: Option<f64>,
}

/// Close all of these together.
///
/// # Errors
/// With an equilibrium: if the world's accounts are inconsistent. Where there is none once all is
/// closed, as with an economy cut off from all others, a warning says so and income is `None`.
pub fn close(
    base: &Base,
    closings: &[Closing],
    options: &RiskOptions,
    progress: &dyn Progress,
) -> Result<CloseOutcome, AppraisalError> {
    let begun = Instant::now();
    let state = base.state();
    progress.stage("journeys, baseline", 0);
    let values = values_of_time(base.world);
    let ground = Ground::new(state, options.access, values, &|| ());
    progress.stage("journeys, closed", 0);
    let mut shutter = Shutter::new(state);
    let closed = shutter.shut(closings);
    let effect = ground.effect(closed, &vec![true; state.places.len()]);
    let mut warnings = vec![];
    let income = match &options.equilibrium {
        Some(settings) => {
            progress.stage("equilibrium", 0);
            match Incomes::new(base, settings, &|| ())?.change(closed) {
                Ok(change) => Some(change),
                // An economy cut off from all others has no equilibrium with them.
                Err(error) => {
                    warnings.push(format!("Real income could not be solved for: {error}"));
                    None
                }
            }
        }
        None => None,
    };
    let economy = |n: usize| {
        let found = &state.economies[n];
        let change = ground.mean_percent(&effect, |place| ground.markets.economies[place] == n)?;
        Some(EconomyRisk {
            iso3: found.iso3.clone(),
            name: found.name.clone(),
            tier: tier(state, &options.bloc, n),
            market_access_change_percent: change,
            real_income_change_percent: income.as_ref().map(|i| i.percent[n]),
            real_income_change_musd: income.as_ref().map(|i| i.musd[n]),
        })
    };
    let mut economies: Vec<EconomyRisk> = (0..state.economies.len()).filter_map(economy).collect();
    economies.sort_by(|a, b| {
        let change = |e: &EconomyRisk| e.market_access_change_percent;
        change(a)
            .total_cmp(&change(b))
            .then_with(|| a.iso3.cmp(&b.iso3))
    });
    let mut cut = effect.unreachable.clone();
    let size = |(a, b): &(PlaceId, PlaceId)| {
        ground.markets.sizes[a.index()] * ground.markets.sizes[b.index()]
    };
    cut.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.cmp(b)));
    let mut made = diagnostics(state, &options.command, warnings);
    let seconds = begun.elapsed().as_secs_f64();
    made.seconds.insert("risk".to_owned(), seconds);
    Ok(CloseOutcome {
        world: world_summary(state),
        scenario: base.name(),
        closed: closings.iter().map(ClosedItem::of).collect(),
        access: options.access,
        market_access_change_percent: ground.mean_percent(&effect, |_| true).unwrap_or(0.0),
        cost_change_percent: effect.cost_percent,
        unreachable_pairs: cut.len(),
        unreachable: cut
            .iter()
            .take(LISTED)
            .map(|pair| cut_pair(state, *pair))
            .collect(),
        economies,
        real_income_change_musd: income.as_ref().map(|i| i.musd.iter().sum()),
        diagnostics: made,
    })
}

impl ClosedItem {
    pub(super) fn of(closing: &Closing) -> ClosedItem {
        ClosedItem {
            item: closing.item.clone(),
            kind: closing.kind,
            label: closing.label.clone(),
        }
    }
}

fn tier(world: &World, bloc: &str, economy: usize) -> Option<String> {
    let id = EconomyId::from_index(economy);
    let members = world.bloc(bloc, None, None);
    let found = members.into_iter().find(|m| m.economy == id)?;
    Some(found.tier.clone())
}

fn cut_pair(world: &World, (from, to): (PlaceId, PlaceId)) -> CutPair {
    let place = |id: PlaceId| &world.places[id.index()];
    let iso3 = |id: PlaceId| {
        let territory = place(id).territory;
        world.territories[territory.index()].iso3.clone()
    };
    CutPair {
        from: place(from).name.clone(),
        from_iso3: iso3(from),
        to: place(to).name.clone(),
        to_iso3: iso3(to),
    }
}
