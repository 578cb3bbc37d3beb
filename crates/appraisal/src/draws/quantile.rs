//! Quantiles of draws.

/// The quantile of a sorted list, linear between order statistics (Hyndman & Fan 1996, type 7).
/// `share` from 0 to 1; NaN for an empty list.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let position = share.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    let part = position - below as f64;
    let low = sorted[below];
    let high = sorted[(below + 1).min(last)];
    low + part * (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_type_7() {
        // R: quantile(c(1, 2, 4, 8), c(0.05, 0.5, 0.95)) = 1.15 3.00 7.40.
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (share, expected) in [
            (0.05, 1.15),
            (0.5, 3.0),
            (0.95, 7.4),
            (0.0, 1.0),
            (1.0, 8.0),
        ] {
            assert!((quantile(&sorted, share) - expected).abs() < 1e-12);
        }
    }
}
