//! Numbers of a rule, exactly: a share of 0.65 is 65/100, not the double next to it.

use std::str::FromStr;

/// A non-negative fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// Above.
    pub numerator: u128,
    /// Below, not 0.
    pub denominator: u128,
}

impl Fraction {
    /// A whole number.
    pub const fn whole(value: u64) -> Self {
        Fraction {
            numerator: value as u128,
            denominator: 1,
        }
    }

    /// The decimal number that a double is written as.
    pub fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() || value < 0.0 {
            return None;
        }
        // The shortest decimal that reads back as this double: what its author wrote.
        format!("{value}").parse().ok()
    }

    /// Reduced to lowest terms.
    fn reduced(self) -> Self {
        let divisor = gcd(self.numerator, self.denominator).max(1);
        Fraction {
            numerator: self.numerator / divisor,
            denominator: self.denominator / divisor,
        }
    }
}

impl FromStr for Fraction {
    type Err = ();

    /// `12`, `0.65` or `2/3`; at most eighteen digits each.
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = |text: &str| -> Result<u128, ()> {
            let good = !text.is_empty()
                && text.len() <= 18
                && text.bytes().all(|digit| digit.is_ascii_digit());
            if good {
                text.parse().map_err(|_| ())
            } else {
                Err(())
            }
        };
        let text = text.trim();
        if let Some((over, under)) = text.split_once('/') {
            let denominator = digits(under.trim())?;
            return if denominator == 0 {
                Err(())
            } else {
                Ok(Fraction {
                    numerator: digits(over.trim())?,
                    denominator,
                }
                .reduced())
            };
        }
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let scale = 10u128.pow(u32::try_from(part.len()).map_err(|_| ())?.min(19));
        let part = if part.is_empty() { 0 } else { digits(part)? };
        Ok(Fraction {
            numerator: digits(whole)? * scale + part,
            denominator: scale,
        }
        .reduced())
    }
}

pub(super) fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Whole numbers in the ratio of the fractions, and what each unit of them stands for: 1/scale.
/// `None` if they do not fit 62 bits.
pub(super) fn to_whole(fractions: &[Fraction]) -> Option<(Vec<u64>, u128)> {
    let mut scale: u128 = 1;
    for fraction in fractions {
        scale = scale.checked_mul(fraction.denominator / gcd(scale, fraction.denominator))?;
        if scale >= 1 << 62 {
            return None;
        }
    }
    let mut total: u128 = 0;
    let mut whole = Vec::with_capacity(fractions.len());
    for fraction in fractions {
        let value = fraction
            .numerator
            .checked_mul(scale / fraction.denominator)?;
        total = total.checked_add(value)?;
        if total >= 1 << 62 {
            return None;
        }
        whole.push(value as u64);
    }
    Some((whole, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        let of = |text: &str| {
            text.parse::<Fraction>()
                .map(|f| (f.numerator, f.denominator))
        };
        assert_eq!(of("0.65"), Ok((13, 20)));
        assert_eq!(of("2/3"), Ok((2, 3)));
        assert_eq!(of("255"), Ok((255, 1)));
        assert_eq!(of("1e5"), Err(()));
        assert_eq!(of("-1"), Err(()));
        assert_eq!(of("1/0"), Err(()));
        let f = Fraction::from_f64(0.1).unwrap();
        assert_eq!((f.numerator, f.denominator), (1, 10));
    }

    #[test]
    fn weights_keep_their_ratio() {
        let weights: Vec<Fraction> = ["1.5", "2", "0.25"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        assert_eq!(to_whole(&weights), Some((vec![6, 8, 1], 4)));
    }
}
