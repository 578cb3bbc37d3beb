//! Market access of places and the income of their land (Reed & Trubetskoy 2019, after Donaldson &
//! Hornbeck 2016); `docs/method/market-access.md` gives the equations and what was taken from where.

use crate::compare::sizes;
use comity_network::{ClassSkims, Skims};
use comity_world::{CommodityClass, PlaceId, World};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// What market access is measured with. The defaults are those of Reed & Trubetskoy (2019).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessParameters {
    /// θ, how fast trade between places falls with its cost. Default 5.03.
    pub trade_elasticity: f64,
    /// α, share of income that is paid to land. Default 0.05.
    pub land_share: f64,
    /// β, share of labour: the weight of buying in market access. Default 0.65.
    pub labour_share: f64,
    /// Value of a shipment, USD per TEU. Default 50,000.
    pub shipment_usd_per_teu: f64,
    /// Commodity class whose journeys are looked at. Default general cargo.
    #[serde(with = "label")]
    pub class: CommodityClass,
}

impl Default for AccessParameters {
    fn default() -> Self {
        AccessParameters {
            trade_elasticity: 5.03,
            land_share: 0.05,
            labour_share: 0.65,
            shipment_usd_per_teu: 50_000.0,
            class: CommodityClass::General,
        }
    }
}

impl AccessParameters {
    /// Elasticity of the income of land with respect to market access, 1 ÷ (1 + αθ).
    pub fn land_elasticity(&self) -> f64 {
        1.0 / (1.0 + self.land_share * self.trade_elasticity)
    }

    /// What land earns more, in the unit of `size` a year, when the logarithm of market access
    /// rises by `change`.
    pub fn land_value(&self, size: f64, change: f64) -> f64 {
        self.land_share * size * (self.land_elasticity() * change).exp_m1()
    }
}

mod label {
    use comity_world::CommodityClass;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(class: &CommodityClass, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(class.label())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<CommodityClass, D::Error> {
        let text = String::deserialize(from)?;
        CommodityClass::parse(&text).ok_or_else(|| D::Error::custom("unknown commodity class"))
    }
}

/// The markets of a world: how large its places are, and what tariff lies between them.
pub(crate) struct Markets {
    parameters: AccessParameters,
    /// Million USD, `[place]`.
    pub sizes: Vec<f64>,
    /// Position of each place's economy.
    pub economies: Vec<usize>,
    /// Mean tariff on goods, ad valorem, `[importer][exporter]`.
    tariffs: Vec<f64>,
}

impl Markets {
    pub fn new(world: &World, parameters: AccessParameters) -> Markets {
        Markets {
            parameters,
            sizes: sizes(world),
            economies: (0..world.places.len())
                .map(|place| world.economy_of_place(PlaceId::from_index(place)).index())
                .collect(),
            tariffs: mean_tariffs(world),
        }
    }

    /// ln MA of every place under these journeys; `None` for places without size.
    pub fn access(&self, skims: &Skims) -> Vec<Option<f64>> {
        let skim = skims.class(self.parameters.class);
        let tau = |from: usize, to: usize| self.tau(skim, from, to);
        access(&self.sizes, &self.parameters, tau)
    }

    /// Iceberg cost between two places: 1 + journey ÷ value of a shipment + tariff; `None` if
    /// unreachable.
    pub fn tau(&self, skim: &ClassSkims, from: usize, to: usize) -> Option<f64> {
        let n = (self.tariffs.len() as f64).sqrt() as usize;
        let cost = skim.composite(PlaceId::from_index(from), PlaceId::from_index(to))?;
        let (exporter, importer) = (self.economies[from], self.economies[to]);
        let tariff = self.tariffs[importer * n + exporter];
        Some(1.0 + cost / self.parameters.shipment_usd_per_teu + tariff)
    }
}

/// Tariff on goods of every economy pair: the mean over sectors that travel, weighted by what the
/// importer buys of each abroad, so that a tariff that stops trade still counts. None at home.
fn mean_tariffs(world: &World) -> Vec<f64> {
    let n = world.economies.len();
    let mut tariffs = vec![0.0; n * n];
    for importer in 0..n {
        let weights: Vec<(usize, f64)> = world
            .sectors
            .iter()
            .enumerate()
            .filter(|(_, sector)| sector.freight.is_some())
            .map(|(j, _)| {
                let row = &world.trade.value_musd[(j * n + importer) * n..][..n];
                (j, row.iter().sum::<f64>() - row[importer])
            })
            .collect();
        let total: f64 = weights.iter().map(|w| w.1).sum();
        if total <= 0.0 {
            continue;
        }
        for exporter in (0..n).filter(|exporter| *exporter != importer) {
            let sum = |(j, weight): &(usize, f64)| {
                weight * world.trade.tariff[(j * n + importer) * n + exporter]
            };
            tariffs[importer * n + exporter] = weights.iter().map(sum).sum::<f64>() / total;
        }
    }
    tariffs
}

/// ln MA = (1 − β) ln FMA + β ln CMA, with FMA = Σ_b size_b τ_ab^(−θ) for selling and
/// CMA = Σ_b size_b τ_ba^(−θ) for buying. A place counts in its own market at full size. Pairs
/// without a journey count for nothing.
fn access(
    sizes: &[f64],
    parameters: &AccessParameters,
    tau: impl Fn(usize, usize) -> Option<f64> + Sync,
) -> Vec<Option<f64>> {
    let (theta, beta) = (parameters.trade_elasticity, parameters.labour_share);
    (0..sizes.len())
        .into_par_iter()
        .map(|place| {
            if sizes[place] <= 0.0 {
                return None;
            }
            let (mut selling, mut buying) = (sizes[place], sizes[place]);
            for (other, size) in sizes.iter().enumerate() {
                if other == place || *size <= 0.0 {
                    continue;
                }
                if let Some(tau) = tau(place, other) {
                    selling += size * tau.powf(-theta);
                }
                if let Some(tau) = tau(other, place) {
                    buying += size * tau.powf(-theta);
                }
            }
            Some((1.0 - beta) * selling.ln() + beta * buying.ln())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two places, worked by hand: selling costs 10 %, buying 20 %, then 5 % and 15 %.
    #[test]
    fn two_places_by_hand() {
        let parameters = AccessParameters::default();
        let sizes = [100.0, 50.0];
        let state = |there: f64, back: f64| {
            access(&sizes, &parameters, |from, _| {
                Some(if from == 0 { there } else { back })
            })
        };
        let (before, after) = (state(1.1, 1.2), state(1.05, 1.15));
        // 1.1^−5.03 = 0.6191485, 1.2^−5.03 = 0.3996854: 0.35 ln 130.957423 + 0.65 ln 119.984272.
        let by_hand = 0.35 * (100.0 + 50.0 * (-5.03 * 1.1_f64.ln()).exp()).ln()
            + 0.65 * (100.0 + 50.0 * (-5.03 * 1.2_f64.ln()).exp()).ln();
        let found = before[0].expect("a size");
        assert!((found - by_hand).abs() < 1e-14);
        assert!((found - 4.817_990).abs() < 1e-6, "{found}");
        // 1 ÷ (1 + 0.05 × 5.03) = 0.799041.
        assert!((parameters.land_elasticity() - 0.799_041).abs() < 1e-6);
        let change = after[0].expect("a size") - found;
        let ratio = change.exp();
        let land = 0.05 * 100.0 * (ratio.powf(1.0 / 1.2515) - 1.0);
        // The two forms differ by rounding only.
        assert!((parameters.land_value(100.0, change) - land).abs() < 1e-12);
        assert!(land > 0.0);
    }

    #[test]
    fn what_cannot_be_reached_counts_for_nothing() {
        let parameters = AccessParameters::default();
        let alone = access(&[100.0, 50.0, 0.0], &parameters, |_, _| None);
        assert_eq!(alone[0], Some(100.0_f64.ln()));
        assert_eq!(alone[2], None);
        assert_eq!(parameters.land_value(100.0, 0.0), 0.0);
    }
}
