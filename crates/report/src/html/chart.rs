//! Ranked horizontal bars on a linear axis with a zero line.

use super::escape;
use super::geometry::tenth;
use crate::numbers::Style;
use std::fmt::Write as _;

const WIDTH: f64 = 960.0;
/// Room for names on the left.
const NAMES: f64 = 190.0;
/// Room for a printed value beyond a bar's end.
const VALUE: f64 = 84.0;
const ROW: f64 = 19.0;
const BAR: f64 = 12.0;
/// Room for the axis above the bars.
const TOP: f64 = 34.0;

/// A bar: name, value and the rank of its tier (0 = darkest shade).
pub struct Bar<'a> {
    pub name: &'a str,
    pub value: f64,
    /// A line over the bar, from the lower to the upper end of an interval.
    pub interval: Option<(f64, f64)>,
    pub shade: usize,
}

/// The bars as an SVG of their own, in the order given. `unit` names the axis.
pub fn bars(id: &str, title: &str, unit: &str, rows: &[Bar<'_>], style: Style) -> String {
    let style = style.widened(rows.iter().map(|r| r.value));
    let least = |r: &Bar| r.interval.map_or(r.value, |i| i.0.min(r.value));
    let most = |r: &Bar| r.interval.map_or(r.value, |i| i.1.max(r.value));
    let low = rows.iter().map(least).fold(0.0_f64, f64::min);
    let high = rows.iter().map(most).fold(0.0_f64, f64::max);
    let span = if high > low { high - low } else { 1.0 };
    // Values are printed beyond the bars, on either side of zero.
    let left = NAMES + if low < 0.0 { VALUE } else { 10.0 };
    let right = WIDTH - VALUE;
    let x = |value: f64| left + (value - low) / span * (right - left);
    let height = TOP + ROW * rows.len() as f64 + 8.0;

    let mut axis = String::new();
    for tick in ticks(low, if high > low { high } else { low + 1.0 }) {
        let _ = write!(
            axis,
            r#"<path class="grid" d="M{px} {TOP}V{bottom}"/><text class="tick" x="{px}" y="{y}" text-anchor="middle">{label}</text>"#,
            px = tenth(x(tick)),
            bottom = tenth(height - 6.0),
            y = tenth(TOP - 6.0),
            label = Style::new(2, 9, true).format(tick),
        );
    }
    let mut body = String::new();
    for (index, row) in rows.iter().enumerate() {
        let top = TOP + ROW * index as f64 + (ROW - BAR) / 2.0;
        let text = top + BAR - 2.2;
        let loss = row.value < 0.0;
        let (start, end) = if loss {
            (x(row.value), x(0.0))
        } else {
            (x(0.0), x(row.value))
        };
        let value = style.format(row.value);
        let (vx, anchor) = if loss {
            (x(least(row)) - 5.0, "end")
        } else {
            (x(most(row)) + 5.0, "start")
        };
        let _ = writeln!(
            body,
            r#"<text class="name" x="{nx}" y="{ty}" text-anchor="end">{name}</text><rect class="{class} s{shade}" x="{x0}" y="{y0}" width="{w}" height="{BAR}"/><text class="value" x="{vx}" y="{ty}" text-anchor="{anchor}">{value}</text>"#,
            nx = NAMES - 8.0,
            ty = tenth(text),
            name = escape(&shorten(row.name)),
            class = if loss { "loss" } else { "gain" },
            shade = row.shade.min(2),
            x0 = tenth(start),
            y0 = tenth(top),
            w = tenth(end - start),
            vx = tenth(vx),
        );
        if let Some((low, high)) = row.interval {
            let _ = writeln!(
                body,
                r#"<path class="interval" d="M{a} {m}H{b}M{a} {t}V{u}M{b} {t}V{u}"/>"#,
                a = tenth(x(low)),
                b = tenth(x(high)),
                m = tenth(top + BAR / 2.0),
                t = tenth(top + 2.0),
                u = tenth(top + BAR - 2.0),
            );
        }
    }
    format!(
        r#"<svg class="chart" viewBox="0 0 {WIDTH} {h}" role="img" aria-labelledby="{id}-t {id}-d">
<title id="{id}-t">{title}</title><desc id="{id}-d">{desc}</desc>
<text class="axis" x="{ux}" y="12" text-anchor="start">{unit}</text>
{axis}
{body}<path class="zero" d="M{zero} {y0}V{y1}"/>
</svg>"#,
        h = tenth(height),
        title = escape(title),
        desc = escape(&description(rows, unit, style)),
        ux = tenth(left),
        unit = escape(unit),
        zero = tenth(x(0.0)),
        y0 = tenth(TOP - 3.0),
        y1 = tenth(height - 6.0),
    )
}

fn description(rows: &[Bar<'_>], unit: &str, style: Style) -> String {
    let mut words = format!("Bars in {unit}: ");
    for (index, row) in rows.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        let _ = write!(words, "{comma}{} {}", row.name, style.format(row.value));
    }
    words
}

fn shorten(name: &str) -> String {
    const MOST: usize = 27;
    if name.chars().count() <= MOST {
        return name.to_owned();
    }
    name.chars()
        .take(MOST - 1)
        .chain(std::iter::once('…'))
        .collect()
}

/// Round numbers from `low` to `high`, zero among them, at most seven.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / 6.0;
    let power = 10.0_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|k| k * power)
        .find(|s| *s >= rough)
        .unwrap_or(10.0 * power);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|k| k as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_zero() {
        assert_eq!(ticks(-0.4, 1.0), [0.0, 0.5, 1.0]);
        assert!(ticks(-3.0, 40.0).contains(&0.0));
        assert!(ticks(0.0, 1e-7).len() <= 7);
    }

    #[test]
    fn losses_run_left_of_zero() {
        let rows = [
            Bar {
                interval: None,
                name: "A & B",
                value: 2.0,
                shade: 0,
            },
            Bar {
                interval: None,
                name: "C",
                value: -1.0,
                shade: 5,
            },
        ];
        let svg = bars("c", "t", "percent", &rows, Style::PERCENT);
        assert!(svg.contains("A &amp; B") && svg.contains("−1.00") && svg.contains("loss s2"));
    }
}
