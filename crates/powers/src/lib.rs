//! Powers of many numbers at once.
//!
//! Powers of all wedges are most of what a solve does besides iterating. The
//! standard library takes them one by one; these loops have no branches, so
//! that the compiler can take several at a time. ln and exp use the range
//! reduction and the minimax coefficients of Sun's fdlibm (1993), good to one
//! unit in the last place, on the range where neither over- nor underflows.
#![warn(missing_docs)]
// The coefficients as published.
#![allow(clippy::excessive_precision)]

/// Numbers that are handled together.
pub const LANES: usize = 32;

/// Raises every number to the power `y`: exactly 1 for 1, and the limits 0 or ∞
/// for ∞. What becomes of a number does not depend on those beside it.
pub fn power(x: &mut [f64; LANES], y: f64) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has what the function is compiled for. The same operations in the
        // same order give the same bits; measured, they take three quarters of
        // the time.
        return unsafe { power_avx2(x, y) };
    }
    power_here(x, y)
}

/// The same for any number of numbers.
pub fn powers(x: &mut [f64], y: f64) {
    let (whole, rest) = x.as_chunks_mut();
    whole.iter_mut().for_each(|x| power(x, y));
    if !rest.is_empty() {
        let mut last = [1.0; LANES];
        last[..rest.len()].copy_from_slice(rest);
        power(&mut last, y);
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn power_avx2(x: &mut [f64; LANES], y: f64) {
    power_here(x, y);
}

#[inline(always)]
fn power_here(x: &mut [f64; LANES], y: f64) {
    let given = *x;
    let mut logarithm = [0.0; LANES];
    let mut all_plain = true;
    for (target, x) in logarithm.iter_mut().zip(&given) {
        *target = y * ln(*x);
        all_plain &= plain(*x, *target);
    }
    for (target, logarithm) in x.iter_mut().zip(&logarithm) {
        *target = exp(*logarithm);
    }
    if !all_plain {
        for ((target, x), logarithm) in x.iter_mut().zip(&given).zip(&logarithm) {
            if !plain(*x, *logarithm) {
                *target = x.powf(y);
            }
        }
    }
}

/// Whether neither the number nor its power, whose logarithm is given, is at an end of the range.
#[inline(always)]
fn plain(x: f64, logarithm: f64) -> bool {
    (f64::MIN_POSITIVE..=f64::MAX).contains(&x) && logarithm.abs() < 690.0
}

/// ln x for normal, positive x.
#[inline(always)]
fn ln(x: f64) -> f64 {
    const ROOT: u64 = 0x3fe6_a09e_667f_3bcd; // √½
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    const MANTISSA: u64 = (1 << 52) - 1;
    // 2^52 with an integer in its low bits is that integer plus 2^52.
    const SHIFT: u64 = 0x4330_0000_0000_0000;
    let bits = x.to_bits().wrapping_add(ONE - ROOT);
    let exponent = f64::from_bits((bits >> 52) | SHIFT) - (4_503_599_627_370_496.0 + 1023.0);
    let mantissa = f64::from_bits((bits & MANTISSA).wrapping_add(ROOT));
    let f = mantissa - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w
        * (3.999999999940941908e-01
            + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    let odd = z
        * (6.666666666666735130e-01
            + w * (2.857142874366239149e-01
                + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    let half = 0.5 * f * f;
    s * (half + even + odd) + exponent * 1.90821492927058770002e-10 - half
        + f
        + exponent * 6.93147180369123816490e-01
}

/// exp x for |x| < 700.
#[inline(always)]
fn exp(x: f64) -> f64 {
    // Adding 1.5 · 2^52 rounds to an integer and leaves it in the low bits.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    let shifted = x * std::f64::consts::LOG2_E + SHIFT;
    let n = shifted - SHIFT;
    let high = x - n * 6.93147180369123816490e-01;
    let low = n * 1.90821492927058770002e-10;
    let r = high - low;
    let t = r * r;
    let c = r - t
        * (1.66666666666666019037e-01
            + t * (-2.77777777770155933842e-03
                + t * (6.61375632143793436117e-05
                    + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
    let y = 1.0 + (r * c / (2.0 - c) - low + high);
    f64::from_bits(y.to_bits().wrapping_add(shifted.to_bits() << 52))
}

#[cfg(test)]
mod tests {
    use super::{LANES, power, powers};

    /// exp(y ln x) is off by |y ln x| units in the last place of ln x, and a few.
    #[test]
    fn powers_are_those_of_the_standard_library() {
        let mut x = 1e-3_f64;
        while x < 1e3 {
            for y in [-65.0, -12.5, -5.0, -0.4, 0.7] {
                let exact = x.powf(y);
                let allowed = (4.0 + 2.0 * (y * x.ln()).abs()) * f64::EPSILON;
                let mut found = [1.0; LANES];
                found[7] = x;
                power(&mut found, y);
                assert!((found[7] / exact - 1.0).abs() < allowed, "{x} {y}");
                assert_eq!(found[8], 1.0);
            }
            x *= 1.0173;
        }
    }

    #[test]
    fn the_ends_of_the_range_are_exact() {
        for y in [-0.3, -5.0] {
            let mut found = [1.0; LANES];
            found[0] = f64::INFINITY;
            found[1] = 1e-320;
            found[2] = f64::MAX;
            power(&mut found, y);
            assert_eq!(found[0], 0.0);
            assert_eq!(found[1], 1e-320_f64.powf(y));
            let exact = f64::MAX.powf(y);
            let allowed = (4.0 + 2.0 * (y * f64::MAX.ln()).abs()) * f64::EPSILON;
            assert!((found[2] - exact).abs() <= allowed * exact, "{y}");
            assert_eq!(found[3], 1.0);
        }
    }

    #[test]
    fn numbers_do_not_depend_on_those_beside_them() {
        let numbers: Vec<f64> = (0..77).map(|i| 0.3 + 0.1 * f64::from(i)).collect();
        let mut alone = numbers.clone();
        powers(&mut alone, -4.3);
        let mut mixed = numbers.clone();
        mixed.insert(5, f64::INFINITY);
        mixed.insert(50, 1e-320);
        powers(&mut mixed, -4.3);
        assert_eq!(mixed.remove(50), 1e-320_f64.powf(-4.3));
        assert_eq!(mixed.remove(5), 0.0);
        assert_eq!(mixed, alone);
        powers(&mut [], 2.0);
    }
}
