//! Sums and differences in twice the working precision.
//!
//! Summed one after the other, 2^24 values may be off by as many roundings: 2e-9 of the sum of their
//! sizes. The sums here carry the error of each addition along (Knuth's two-sum; Ogita, Rump & Oishi
//! 2005) and lose nothing that a double can show.

/// An unevaluated sum of two doubles.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Double {
    pub high: f64,
    pub low: f64,
}

/// a + b as a rounded sum and its exact error.
#[inline(always)]
pub(crate) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

impl Double {
    pub const ZERO: Double = Double {
        high: 0.0,
        low: 0.0,
    };

    /// Add a double.
    #[inline(always)]
    pub fn add(&mut self, value: f64) {
        let (sum, error) = two_sum(self.high, value);
        self.high = sum;
        self.low += error;
    }

    #[inline(always)]
    pub fn plus(mut self, other: Double) -> Double {
        self.add(other.high);
        self.low += other.low;
        self
    }

    pub fn minus(self, other: Double) -> Double {
        self.plus(Double {
            high: -other.high,
            low: -other.low,
        })
    }

    /// Divided by a double that is an exact integer.
    pub fn over(self, divisor: f64) -> Double {
        let start = two_sum(self.high, self.low);
        let high = start.0 / divisor;
        let remainder = (-high).mul_add(divisor, start.0);
        Double {
            high,
            low: (remainder + start.1) / divisor,
        }
    }

    /// Rounded to a double.
    #[inline(always)]
    pub fn value(self) -> f64 {
        self.high + self.low
    }
}

/// The sum of a list, rounded once.
pub(crate) fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut total = Double::ZERO;
    for value in values {
        total.add(value);
    }
    total.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancellation_loses_nothing() {
        assert_eq!(sum([1e16, 1.0, -1e16, 1.0]), 2.0);
        assert_eq!([1e16, 1.0, -1e16, 1.0].iter().sum::<f64>(), 1.0);
    }

    #[test]
    fn a_third_has_its_second_half() {
        let third = Double {
            high: 1.0,
            low: 0.0,
        }
        .over(3.0);
        // 1/3 − fl(1/3) = 1/3 × 2^−54 exactly.
        assert_eq!(third.low, 2f64.powi(-54) / 3.0);
    }
}
