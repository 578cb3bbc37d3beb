//! Choice between main modes: logit shares and the composite cost.

use comity_world::settings::ModeChoice;

/// Composite cost and mode shares of a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Composite {
    /// Generalised cost, USD per TEU.
    pub cost: f64,
    /// Shares in the order of the costs given; 0 for unreachable modes, adding to 1.
    pub shares: [f64; 4],
}

/// Combine the generalised costs of the main modes; infinite means unreachable by that mode.
/// `None` if unreachable by all.
///
/// *Level* form: shares ∝ exp(−μ G_m) and composite −(1/μ) ln Σ exp(−μ G_m) (McFadden 1978).
/// *Log* form: the same logit in ln G, shares ∝ G_m^(−σ) and composite (Σ G_m^(−σ))^(−1/σ), which
/// stays positive and does not depend on the unit of cost.
pub fn composite(form: ModeChoice, parameter: f64, costs: [f64; 4]) -> Option<Composite> {
    let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
    if least.is_infinite() {
        return None;
    }
    let weights = costs.map(|cost| {
        if cost.is_infinite() {
            0.0
        } else {
            match form {
                ModeChoice::Level => (-parameter * (cost - least)).exp(),
                ModeChoice::Log => (cost / least).powf(-parameter),
            }
        }
    });
    let sum: f64 = weights.iter().sum();
    let cost = match form {
        ModeChoice::Level => least - sum.ln() / parameter,
        ModeChoice::Log => least * sum.powf(-1.0 / parameter),
    };
    Some(Composite {
        cost,
        shares: weights.map(|w| w / sum),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shares_add_to_one_and_composite_is_at_most_the_least(
            costs in proptest::array::uniform4(1.0..1e5f64), sigma in 1.0..20.0f64
        ) {
            let found = composite(ModeChoice::Log, sigma, costs).unwrap();
            let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
            prop_assert!((found.shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!(found.cost <= least * (1.0 + 1e-12) && found.cost > 0.0);
            // Homogeneous of degree one in the unit of cost.
            let scaled = composite(ModeChoice::Log, sigma, costs.map(|c| 3.0 * c)).unwrap();
            prop_assert!((scaled.cost / found.cost - 3.0).abs() < 1e-9);
        }
    }

    #[test]
    fn unreachable_modes_have_no_share() {
        let inf = f64::INFINITY;
        let found = composite(ModeChoice::Level, 0.1, [inf, 50.0, inf, inf]).unwrap();
        assert_eq!(found.shares, [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(found.cost, 50.0);
        assert_eq!(composite(ModeChoice::Log, 4.0, [inf; 4]), None);
    }
}
