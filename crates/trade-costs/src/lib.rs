//! From journeys between places to the iceberg trade cost of every economy pair and sector.
//!
//! Moving a container of sector j from place a to place b costs the share f_ab = G_ab ÷ v_j of its
//! value, with G the composite generalised cost of the sector's commodity class and v the value
//! density. Place pairs trade in proportion to λ_a λ_b (1 + f_ab)^(−θ_j), λ the place's weight in
//! its economy. The change of the economy pair's cost is the CES mean over its place pairs,
//! κ̂_ni = \[Σ s_ab κ̂_ab^(−θ)\]^(−1/θ) with κ̂_ab = (1 + f′_ab) ÷ (1 + f_ab), which is the same as
//! \[Σ λ_a λ_b (1 + f′_ab)^(−θ) ÷ Σ λ_a λ_b (1 + f_ab)^(−θ)\]^(−1/θ) and in that form also holds
//! where a pair becomes reachable. Trade within an economy is treated alike; sectors that do not
//! travel do not change.

mod affected;

pub use affected::{Affected, Valuation};

use comity_network::{ClassSkims, Skims};
use comity_world::{CommodityClass, EconomyId, PlaceId, SectorId, World};
use rayon::prelude::*;

/// Change of trade costs between two states of a world.
#[derive(Clone, Debug)]
pub struct TradeCostChange {
    pub economies: usize,
    /// κ̂, shape `[sector][importer][exporter]`, 1 = no change; infinite where a pair that could
    /// trade no longer can.
    pub factor: Vec<f64>,
    /// f before, the same shape: ad valorem cost of the journey, weighted over place pairs; `None`
    /// where no place pair is connected or the sector does not travel.
    pub ad_valorem_before: Vec<Option<f64>>,
    /// Economy pairs with trade in a travelling sector that no place pair connects, before and
    /// after. Their cost is left unchanged.
    pub unconnected: Vec<(EconomyId, EconomyId)>,
    /// Economy pairs with trade that the change cuts off.
    pub cut_off: Vec<(EconomyId, EconomyId)>,
}

impl TradeCostChange {
    /// κ̂ of a sector from exporter to importer.
    pub fn factor(&self, sector: SectorId, importer: EconomyId, exporter: EconomyId) -> f64 {
        let n = self.economies;
        self.factor[(sector.index() * n + importer.index()) * n + exporter.index()]
    }
}

/// Places of each economy with their weight, where it has any.
pub fn places_by_economy(world: &World) -> Vec<Vec<(PlaceId, f64)>> {
    let mut groups = vec![vec![]; world.economies.len()];
    for (index, place) in world.places.iter().enumerate() {
        if place.weight > 0.0 {
            let id = PlaceId::from_index(index);
            groups[world.economy_of_place(id).index()].push((id, place.weight));
        }
    }
    groups
}

/// Change of trade costs from the journeys before to those after.
pub fn change(world: &World, before: &Skims, after: &Skims) -> TradeCostChange {
    let n = world.economies.len();
    let groups = places_by_economy(world);
    let mut result = TradeCostChange {
        economies: n,
        factor: vec![1.0; world.sectors.len() * n * n],
        ad_valorem_before: vec![None; world.sectors.len() * n * n],
        unconnected: vec![],
        cut_off: vec![],
    };
    for (j, sector) in world.sectors.iter().enumerate() {
        let Some(freight) = &sector.freight else {
            continue;
        };
        let (old, new) = (before.class(freight.class), after.class(freight.class));
        let theta = sector.trade_elasticity;
        // Importer by importer, so that each writes its own row.
        let rows: Vec<Vec<Sums>> = (0..n)
            .into_par_iter()
            .map(|importer| {
                (0..n)
                    .map(|exporter| {
                        let pair = [&groups[exporter][..], &groups[importer][..]];
                        Sums::new(pair, old, new, freight.usd_per_teu, theta)
                    })
                    .collect()
            })
            .collect();
        for (importer, row) in rows.into_iter().enumerate() {
            for (exporter, sums) in row.into_iter().enumerate() {
                let at = (j * n + importer) * n + exporter;
                let pair = (
                    EconomyId::from_index(exporter),
                    EconomyId::from_index(importer),
                );
                let trades = world.trade.value_musd[at] > 0.0;
                if sums.old == 0.0 {
                    if trades {
                        result.unconnected.push(pair);
                    }
                    continue;
                }
                result.ad_valorem_before[at] = Some(sums.cost / sums.old);
                if sums.new == 0.0 && trades {
                    result.cut_off.push(pair);
                }
                result.factor[at] = sums.factor(theta);
            }
        }
    }
    for pairs in [&mut result.unconnected, &mut result.cut_off] {
        pairs.sort_unstable();
        pairs.dedup();
    }
    result
}

/// Σ λ_a λ_b (1 + G_ab ÷ v)^(−θ) over the place pairs of an economy pair, before and after.
struct Sums {
    old: f64,
    new: f64,
    /// Of the terms before times G_ab ÷ v.
    cost: f64,
}

impl Sums {
    /// Places of the exporter and of the importer with their weights; `density` is v, USD per TEU.
    fn new(
        [exporter, importer]: [&[(PlaceId, f64)]; 2],
        old: &ClassSkims,
        new: &ClassSkims,
        density: f64,
        theta: f64,
    ) -> Sums {
        let mut sums = Sums {
            old: 0.0,
            new: 0.0,
            cost: 0.0,
        };
        for (a, weight_a) in exporter {
            for (b, weight_b) in importer {
                let weight = weight_a * weight_b;
                let (g_old, g_new) = (old.composite(*a, *b), new.composite(*a, *b));
                let term = |g: f64| weight * (1.0 + g / density).powf(-theta);
                let term_old = g_old.map_or(0.0, term);
                sums.old += term_old;
                sums.cost += g_old.map_or(0.0, |g| term_old * g / density);
                sums.new += if g_new == g_old {
                    term_old
                } else {
                    g_new.map_or(0.0, term)
                };
            }
        }
        sums
    }

    /// κ̂; 1 where nothing was connected before.
    fn factor(&self, theta: f64) -> f64 {
        if self.old == 0.0 || self.new == self.old {
            1.0
        } else {
            (self.new / self.old).powf(-1.0 / theta)
        }
    }
}

/// κ̂ alone, shape `[sector][importer][exporter]`: the factors of [`change`], to the bit. Economy
/// pairs none of whose place pairs costs something else keep 1 and are not summed, which saves most
/// of the work where a project touches few of them; so do those that cost what they cost in a state
/// whose factors are known, which keep these.
pub fn factors(
    world: &World,
    before: &Skims,
    known: Option<(&Skims, &[f64])>,
    after: &Skims,
) -> Vec<f64> {
    let n = world.economies.len();
    let groups = places_by_economy(world);
    let mut factors = known.map_or_else(
        || vec![1.0; world.sectors.len() * n * n],
        |(_, factors)| factors.to_vec(),
    );
    for class in CommodityClass::ALL {
        let sectors: Vec<(usize, f64, f64)> = (world.sectors.iter().enumerate())
            .filter_map(|(j, sector)| {
                let freight = sector.freight.as_ref().filter(|f| f.class == class)?;
                Some((j, freight.usd_per_teu, sector.trade_elasticity))
            })
            .collect();
        if sectors.is_empty() {
            continue;
        }
        let (old, new) = (before.class(class), after.class(class));
        let near = known.map_or(old, |(skims, _)| skims.class(class));
        let found: Vec<Option<Vec<f64>>> = (0..n * n)
            .into_par_iter()
            .map(|at| {
                let (importer, exporter) = (&groups[at / n], &groups[at % n]);
                let same =
                    |a: &PlaceId, b: &PlaceId| near.composite(*a, *b) == new.composite(*a, *b);
                let unchanged = |(a, _): &(PlaceId, f64)| importer.iter().all(|(b, _)| same(a, b));
                if exporter.iter().all(unchanged) {
                    return None;
                }
                let pair = [&exporter[..], &importer[..]];
                let of_sector = |(_, density, theta): &(usize, f64, f64)| {
                    Sums::new(pair, old, new, *density, *theta).factor(*theta)
                };
                Some(sectors.iter().map(of_sector).collect())
            })
            .collect();
        for (at, found) in found.into_iter().enumerate() {
            for ((j, _, _), factor) in sectors.iter().zip(found.unwrap_or_default()) {
                factors[j * n * n + at] = factor;
            }
        }
    }
    factors
}

/// Hours and USD per TEU between economies, averaged over modes by their shares and over place
/// pairs by λ_a λ_b; `[exporter][importer]`, `None` where no place pair is connected.
pub fn pair_means(
    world: &World,
    skims: &Skims,
    class: CommodityClass,
) -> Vec<Option<comity_network::Cost>> {
    let n = world.economies.len();
    let groups = places_by_economy(world);
    let skim = skims.class(class);
    (0..n * n)
        .into_par_iter()
        .map(|at| {
            let mut sum = comity_network::Cost::default();
            let mut total = 0.0;
            for (a, weight_a) in &groups[at / n] {
                for (b, weight_b) in &groups[at % n] {
                    if let Some(mean) = skim.mean(*a, *b) {
                        sum += mean * (weight_a * weight_b);
                        total += weight_a * weight_b;
                    }
                }
            }
            (total > 0.0).then(|| sum * (1.0 / total))
        })
        .collect()
}
