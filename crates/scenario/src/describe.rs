//! Modifications in words.

use crate::apply::Amount;

/// A number as people write it: no more than three digits after the point, thousands apart.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{:.3}", value.abs());
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if value < 0.0 && text != "0" {
        "−"
    } else {
        ""
    };
    if rest.is_empty() {
        format!("{sign}{grouped}")
    } else {
        format!("{sign}{grouped}.{rest}")
    }
}

/// `40.6 hours instead of 90`, `half the hours`: what happens to an amount; `None` if nothing.
pub(crate) fn amount(what: &str, amount: Amount) -> Option<String> {
    match amount {
        Amount::Keep => None,
        Amount::To(value) => Some(format!("{what} set to {}", number(value))),
        Amount::Times(factor) => Some(format!("{what} multiplied by {}", number(factor))),
    }
}

/// `A`, `A and B`, `A, B and C`; beyond six, `A, B, C, D, E and 12 more`.
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [head @ .., last] if names.len() <= 6 => format!("{} and {last}", head.join(", ")),
        _ => format!("{} and {} more", names[..5].join(", "), names.len() - 5),
    }
}

/// `1 link`, `3 links`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(1234567.5), "1,234,567.5");
        assert_eq!(number(344.0), "344");
        assert_eq!(number(0.0004), "0");
        assert_eq!(number(-0.25), "−0.25");
        assert_eq!(number(100.0), "100");
    }

    #[test]
    fn lists_read_well() {
        assert_eq!(list(&["A"]), "A");
        assert_eq!(list(&["A", "B", "C"]), "A, B and C");
        assert_eq!(list(&["A"; 9]), "A, A, A, A, A and 4 more");
    }
}
