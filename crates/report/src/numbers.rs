//! Numbers for readers: few digits, small effects still visible, never `-0.00`, never scientific.

/// Stands for a missing number.
pub const MISSING: &str = "–";
/// U+2212, as wide as a digit in tabular numerals.
const MINUS: char = '−';

/// How a column of numbers is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Digits that count, beyond which a fraction is cut. Integers keep all theirs.
    pub significant: usize,
    /// Places after the point at most; what rounds to zero there is written `0`.
    pub decimals: usize,
    /// Write `+` before gains.
    pub signed: bool,
}

impl Style {
    /// Changes in percent.
    pub const PERCENT: Style = Style::new(3, 4, true);
    /// Shares in percent.
    pub const SHARE: Style = Style::new(3, 1, false);
    /// Changes in million USD.
    pub const MUSD: Style = Style::new(3, 2, true);
    /// Levels: hours, USD per TEU, km, million USD.
    pub const LEVEL: Style = Style::new(3, 1, false);
    /// Changes in hours.
    pub const HOURS: Style = Style::new(3, 2, true);

    pub const fn new(significant: usize, decimals: usize, signed: bool) -> Style {
        Style {
            significant,
            decimals,
            signed,
        }
    }

    /// The same style with as many places as the largest of these values needs to show two digits:
    /// a column of very small effects stays readable.
    pub fn widened(self, values: impl IntoIterator<Item = f64>) -> Style {
        let largest = values
            .into_iter()
            .filter(|v| v.is_finite())
            .fold(0.0_f64, |a, v| a.max(v.abs()));
        if largest == 0.0 {
            return self;
        }
        let needed = (1.0 - largest.log10().floor()).max(0.0) as usize;
        Style {
            decimals: self.decimals.max(needed.min(9)),
            ..self
        }
    }

    /// The number in words of this style.
    pub fn format(self, value: f64) -> String {
        if !value.is_finite() {
            return MISSING.to_owned();
        }
        let magnitude = value.abs();
        let leading = if magnitude > 0.0 {
            magnitude.log10().floor() as i32
        } else {
            0
        };
        let wanted = (self.significant as i32 - 1 - leading).max(0) as usize;
        let digits = format!("{magnitude:.*}", wanted.min(self.decimals));
        // Zeros that only came from cutting at the last place carry no meaning.
        if digits.bytes().all(|b| b == b'0' || b == b'.') {
            return "0".to_owned();
        }
        let sign = match (value < 0.0, self.signed) {
            (true, _) => MINUS.to_string(),
            (false, true) => "+".to_owned(),
            (false, false) => String::new(),
        };
        sign + &grouped(&digits)
    }

    /// The number without zeros at the end of its fraction, for running text.
    pub fn plain(self, value: f64) -> String {
        let text = self.format(value);
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    }

    /// The number, or a dash where there is none.
    pub fn optional(self, value: Option<f64>) -> String {
        value.map_or_else(|| MISSING.to_owned(), |v| self.format(v))
    }
}

/// Commas between groups of three digits before the point.
fn grouped(digits: &str) -> String {
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let mut out = String::with_capacity(digits.len() + whole.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A whole number with commas.
pub fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// What each cell of a column lacks on its right for the points to stand under one another once the
/// column is aligned right: whether a point, and how many digits.
pub fn missing_places(cells: &[String]) -> Vec<(bool, usize)> {
    let fraction = |cell: &String| {
        cell.rsplit_once('.')
            .filter(|(_, f)| f.bytes().all(|b| b.is_ascii_digit()))
            .map_or(0, |(_, f)| f.len())
    };
    let most = cells.iter().map(fraction).max().unwrap_or(0);
    let lack = |cell| (fraction(cell) == 0 && most > 0, most - fraction(cell));
    cells.iter().map(lack).collect()
}

/// [`missing_places`] filled with spaces, for type of one width.
pub fn align_points(cells: &mut [String]) {
    let lacking = missing_places(cells);
    for (cell, (point, digits)) in cells.iter_mut().zip(lacking) {
        cell.extend(std::iter::repeat_n(' ', digits + usize::from(point)));
    }
}

/// Change in percent, where both ends are known and the first is not zero.
pub fn percent_change(before: Option<f64>, after: Option<f64>) -> Option<f64> {
    match (before, after) {
        (Some(b), Some(a)) if b != 0.0 => Some(100.0 * (a / b - 1.0)),
        _ => None,
    }
}

/// Difference, where both ends are known.
pub fn difference(before: Option<f64>, after: Option<f64>) -> Option<f64> {
    Some(after? - before?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adaptive_digits() {
        let p = Style::PERCENT;
        assert_eq!(p.format(12.3456), "+12.3");
        assert_eq!(p.format(1.2345), "+1.23");
        assert_eq!(p.format(-0.0412), "−0.0412");
        assert_eq!(p.format(0.0004), "+0.0004");
        assert_eq!(p.format(0.000_04), "0");
        assert_eq!(p.format(-0.0), "0");
        assert_eq!(p.format(f64::NAN), "–");
        assert_eq!(Style::MUSD.format(-1_234_567.8), "−1,234,568");
        assert_eq!(Style::LEVEL.format(123.0), "123");
        assert_eq!(Style::LEVEL.optional(None), "–");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(Style::LEVEL.plain(35.0), "35");
        assert_eq!(Style::LEVEL.plain(1_200.0), "1,200");
    }

    #[test]
    fn small_columns_get_more_places() {
        let style = Style::PERCENT.widened([0.000_012, -0.000_003]);
        assert_eq!(style.format(0.000_012), "+0.000012");
        assert_eq!(style.format(-0.000_003), "−0.000003");
        assert_eq!(Style::PERCENT.widened([0.5]).decimals, 4);
    }

    #[test]
    fn points_line_up() {
        let mut cells = vec!["+1.25".to_owned(), "0".to_owned(), "–".to_owned()];
        align_points(&mut cells);
        assert_eq!(cells, ["+1.25", "0   ", "–   "]);
    }
}
