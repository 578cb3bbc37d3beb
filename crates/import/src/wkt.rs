//! Well-known text of a line (OGC 06-103r4, section 7): the one geometry that GMNS links have.

/// Points of `LINESTRING (x y, x y, …)`, further coordinates ignored; `None` if it is not one.
pub(crate) fn line(text: &str) -> Option<Vec<(f64, f64)>> {
    let text = text.trim();
    let name = text.get(..10)?;
    if !name.eq_ignore_ascii_case("LINESTRING") {
        return None;
    }
    let rest = text[10..].trim_start();
    let open = rest.find('(')?;
    if !["", "Z", "M", "ZM"].contains(&rest[..open].trim().to_ascii_uppercase().as_str()) {
        return None;
    }
    let inner = rest[open + 1..].strip_suffix(')')?;
    let points: Option<Vec<(f64, f64)>> = inner
        .split(',')
        .map(|point| {
            let mut numbers = point.split_whitespace().map(str::parse::<f64>);
            let (x, y) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
            (x.is_finite() && y.is_finite()).then_some((x, y))
        })
        .collect();
    points.filter(|p| p.len() >= 2)
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn lines_and_what_is_none() {
        let found = Some(vec![(30.5, 10.0), (-10.0, 3.0)]);
        assert_eq!(line("LINESTRING (30.5 10, -10 3)"), found);
        assert_eq!(line("linestring z(30.5 10 7,-10 3 8)"), found);
        for text in [
            "",
            "POINT (1 2)",
            "LINESTRING EMPTY",
            "LINESTRING (1 2)",
            "LINESTRING (1 2, 3)",
            "LINESTRING (1 2, 3 4",
            "LINESTRING (1 2, a b)",
            "LINESTRINGÄ",
        ] {
            assert_eq!(line(text), None, "{text}");
        }
    }
}
