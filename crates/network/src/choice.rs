//! Choice between main modes: logit shares and the composite cost.

use comity_powers::{LANES, power};
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

/// Composite costs alone, of many pairs at once; infinite where a pair is unreachable. In the *log*
/// form they are those of [`composite`] but for rounding, and what a pair gets does not depend on
/// those beside it.
pub fn composite_costs(form: ModeChoice, parameter: f64, costs: &[[f64; 4]]) -> Vec<f64> {
    if form == ModeChoice::Level {
        let cost = |costs: &[f64; 4]| composite(form, parameter, *costs);
        let found = costs.iter().map(cost);
        return found.map(|c| c.map_or(f64::INFINITY, |c| c.cost)).collect();
    }
    let mut out = Vec::with_capacity(costs.len());
    for some in costs.chunks(LANES) {
        let mut least = [f64::INFINITY; LANES];
        let (mut ratios, mut reached) = ([[1.0; LANES]; 4], [[0.0; LANES]; 4]);
        for (lane, costs) in some.iter().enumerate() {
            least[lane] = costs.iter().copied().fold(f64::INFINITY, f64::min);
            for (mode, cost) in costs.iter().enumerate() {
                if cost.is_finite() {
                    ratios[mode][lane] = cost / least[lane];
                    reached[mode][lane] = 1.0;
                }
            }
        }
        let mut sums = [0.0; LANES];
        for (ratios, reached) in ratios.iter_mut().zip(&reached) {
            power(ratios, -parameter);
            for lane in 0..LANES {
                sums[lane] += reached[lane] * ratios[lane];
            }
        }
        power(&mut sums, -1.0 / parameter);
        let made = least.iter().zip(&sums).map(|(least, sum)| least * sum);
        out.extend(made.take(some.len()));
    }
    out
}

/// By how much the composite cost rises with that of each mode: ∂C/∂G_m = s_m in the *level* form,
/// s_m C ÷ G_m in the *log* form; 0 for unreachable modes. The composite is concave in the costs,
/// so that it never rises by more than these times the rises of the costs.
pub fn slopes(form: ModeChoice, composite: &Composite, costs: [f64; 4]) -> [f64; 4] {
    let slope = |(share, cost): (f64, f64)| match form {
        _ if share <= 0.0 => 0.0,
        ModeChoice::Level => share,
        ModeChoice::Log => share * composite.cost / cost,
    };
    [0, 1, 2, 3].map(|mode| slope((composite.shares[mode], costs[mode])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn slopes_bound_what_rises(
            costs in proptest::array::uniform4(1.0..1e5f64),
            shares in proptest::array::uniform4(0.0..10.0f64),
            parameter in 1.0..20.0f64,
        ) {
            let rises = [0, 1, 2, 3].map(|m| shares[m] * costs[m]);
            for (form, parameter) in [(ModeChoice::Log, parameter), (ModeChoice::Level, parameter / 1e4)] {
                let before = composite(form, parameter, costs).unwrap();
                let slopes = slopes(form, &before, costs);
                let after = |scale: f64| {
                    let costs = [0, 1, 2, 3].map(|m| costs[m] + scale * rises[m]);
                    composite(form, parameter, costs).unwrap().cost
                };
                let most: f64 = slopes.iter().zip(rises).map(|(slope, rise)| slope * rise).sum();
                prop_assert!(after(1.0) - before.cost <= most * (1.0 + 1e-9) + 1e-9);
                // A millionth of the rises is near the limit.
                let small = (after(1e-6) - before.cost) / 1e-6;
                prop_assert!((small - most).abs() <= 1e-2 * most + 1e-3, "{small} {most}");
            }
        }

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
    fn many_at_once_are_as_each_alone() {
        let inf = f64::INFINITY;
        let mut costs: Vec<[f64; 4]> = (0..70)
            .map(|i| [900.0, 1_000.0 + f64::from(i), inf, 7e4 / f64::from(i + 1)])
            .collect();
        costs[40] = [inf; 4];
        costs[41] = [inf, 12.0, inf, inf];
        for (form, parameter) in [(ModeChoice::Log, 4.3), (ModeChoice::Level, 0.01)] {
            let found = composite_costs(form, parameter, &costs);
            assert_eq!(found.len(), costs.len());
            for (found, costs) in found.iter().zip(&costs) {
                match composite(form, parameter, *costs) {
                    // Two powers, each exact to some units in the last place.
                    Some(c) => assert!((found / c.cost - 1.0).abs() < 1e-14, "{costs:?}"),
                    None => assert_eq!(*found, inf),
                }
            }
            assert_eq!(found[41], 12.0);
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
