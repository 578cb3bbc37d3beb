//! The page's tables.

use super::escape;
use crate::numbers::{MISSING, Style, missing_places, percent_change};
use crate::select;
use comity_appraisal::Uncertainty;
use comity_appraisal::outcome::{
    Assumption, Corridor, EconomyOutcome, Journey, Leg, Outcome, ProjectSummary, TableCredit,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A part of a gain that is nowhere as large as this, million USD a year, is not shown.
const LEAST_MUSD: f64 = 0.005;

/// A column: heading, unit and cells (already escaped).
pub struct Column {
    heading: String,
    unit: &'static str,
    numeric: bool,
    cells: Vec<String>,
}

impl Column {
    pub fn words(heading: &str, cells: impl IntoIterator<Item = String>) -> Column {
        Column {
            heading: heading.to_owned(),
            unit: "",
            numeric: false,
            cells: cells.into_iter().map(|c| escape(&c)).collect(),
        }
    }

    /// Numbers aligned at their points; `unit` stands under the heading.
    pub fn numbers(
        heading: &str,
        unit: &'static str,
        style: Style,
        values: Vec<Option<f64>>,
    ) -> Column {
        let style = style.widened(values.iter().copied().flatten());
        let cells = values.into_iter().map(|v| style.optional(v)).collect();
        Column::aligned(heading, unit, cells)
    }

    /// Numbers in words, their points brought in line.
    fn aligned(heading: &str, unit: &'static str, mut cells: Vec<String>) -> Column {
        // Empty boxes as wide as the digits (`ch`) and the point (half a digit) that a cell lacks.
        let lacking = missing_places(&cells);
        for (cell, (point, digits)) in cells.iter_mut().zip(lacking) {
            if digits > 0 {
                let half = if point { ".5" } else { "" };
                let _ = write!(cell, r#"<i style="width:{digits}{half}ch"></i>"#);
            }
        }
        Column {
            heading: heading.to_owned(),
            unit,
            numeric: true,
            cells,
        }
    }
}

/// A table whose first column heads its rows. `numbered` is the caption, without markup.
pub fn table(caption: &str, class: &str, columns: &[Column]) -> String {
    let mut html = format!(
        r#"<table class="{class}"><caption>{}</caption><thead><tr>"#,
        escape(caption)
    );
    for column in columns {
        let kind = if column.numeric { r#" class="n""# } else { "" };
        let _ = write!(html, r#"<th scope="col"{kind}>{}"#, escape(&column.heading));
        if !column.unit.is_empty() {
            let _ = write!(html, r#" <span class="unit">{}</span>"#, column.unit);
        }
        html.push_str("</th>");
    }
    html.push_str("</tr></thead><tbody>\n");
    let rows = columns.first().map_or(0, |c| c.cells.len());
    for row in 0..rows {
        html.push_str("<tr>");
        for (index, column) in columns.iter().enumerate() {
            let kind = if column.numeric { r#" class="n""# } else { "" };
            let cell = &column.cells[row];
            if index == 0 {
                let _ = write!(html, r#"<th scope="row"{kind}>{cell}</th>"#);
            } else {
                let _ = write!(html, "<td{kind}>{cell}</td>");
            }
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table>\n");
    html
}

/// Economies with everything that changes; tier and cost only inside the bloc.
pub fn economies(caption: &str, rows: &[&EconomyOutcome], inside: bool) -> String {
    let number = |heading: &str,
                  unit: &'static str,
                  style: Style,
                  f: &dyn Fn(&EconomyOutcome) -> Option<f64>| {
        Column::numbers(heading, unit, style, rows.iter().map(|e| f(e)).collect())
    };
    let name = |e: &&EconomyOutcome| {
        let mark = if e.in_input_output { "" } else { " †" };
        format!("{}{mark}", e.name)
    };
    let mut columns = vec![Column::words("Economy", rows.iter().map(name))];
    if inside {
        let tier = rows
            .iter()
            .map(|e| e.tier.clone().unwrap_or_else(|| MISSING.to_owned()));
        columns.push(Column::words("Tier", tier));
    }
    let percent = Style::PERCENT;
    columns.extend([
        number("Hours to partners", "h", Style::HOURS, &|e| {
            select::partner_hours(e).0
        }),
        number("Hours to partners", "%", percent, &|e| {
            select::partner_hours(e).1
        }),
        number("Trade cost", "%", percent, &|e| {
            Some(e.trade_cost_change_percent)
        }),
        number("Exports", "%", percent, &select::exports_percent),
        number("Imports", "%", percent, &|e| {
            percent_change(Some(e.imports_before_musd), Some(e.imports_after_musd))
        }),
        number("Price level", "%", percent, &|e| {
            Some(e.price_index_change_percent)
        }),
        number("Real income", "%", percent, &|e| {
            Some(e.real_income_change_percent)
        }),
        number("Real income", "m USD/yr", Style::MUSD, &|e| {
            Some(e.real_income_change_musd)
        }),
    ]);
    if inside {
        columns.push(number("Share of cost", "%", Style::SHARE, &|e| {
            Some(100.0 * e.cost_share)
        }));
    }
    columns.extend([
        number("Net gain", "m USD/yr", Style::MUSD, &|e| {
            Some(e.net_change_musd)
        }),
        number("Net gain", "% of income", percent, &|e| {
            Some(e.net_change_percent)
        }),
    ]);
    table(caption, "wide", &columns)
}

/// Net gains over the draws.
pub fn uncertainty(caption: &str, rows: &[&EconomyOutcome], of: &Uncertainty) -> String {
    let interval = |e: &&EconomyOutcome| select::interval(of, &e.iso3);
    let median = |e: &&EconomyOutcome| interval(e).map_or(MISSING.to_owned(), select::median);
    let words = |heading: &str, f: &dyn Fn(&EconomyOutcome) -> Option<String>| {
        let missing = || MISSING.to_owned();
        Column::words(heading, rows.iter().map(|e| f(e).unwrap_or_else(missing)))
    };
    let moved = |e: &EconomyOutcome| select::sensitivity(of, &e.iso3);
    let columns = [
        Column::words("Economy", rows.iter().map(|e| e.name.clone())),
        Column::aligned("Median", "m USD/yr", rows.iter().map(median).collect()),
        words("90 % interval, m USD/yr", &|e| {
            interval(&e).map(|i| select::range(Style::MUSD, i.low_musd, i.high_musd))
        }),
        words("% of income", &|e| {
            interval(&e).map(|i| select::range(Style::PERCENT, i.low_percent, i.high_percent))
        }),
        words("P(gain)", &|e| {
            interval(&e).map(|i| select::probability(i.probability_of_gain))
        }),
        words("Moved most by", &|e| moved(e).map(|m| m.parameter.clone())),
        words("Rank corr.", &|e| {
            moved(e).map(|m| Style::new(2, 2, true).format(m.rank_correlation))
        }),
        words("Swing, m USD/yr", &|e| {
            let m = moved(e)?;
            Some(select::range(
                Style::MUSD,
                m.net_at_low_musd?,
                m.net_at_high_musd?,
            ))
        }),
        words("Sign turns at", &|e| moved(e).map(select::turning_point)),
    ];
    table(caption, "wide", &columns)
}

/// What moves real income, part by part in million USD a year; a part that is nowhere at work is
/// left out.
pub fn mechanisms(caption: &str, rows: &[&EconomyOutcome]) -> String {
    type Part = fn(&EconomyOutcome) -> Option<f64>;
    let parts: [(&str, Part); 6] = [
        ("Trade costs", |e| e.from_trade_cost_percent),
        ("Terms of trade", |e| e.from_terms_of_trade_percent),
        ("Tariff revenue", |e| e.from_tariff_revenue_percent),
        ("Productivity", |e| e.from_productivity_percent),
        ("Trade balance", |e| e.from_trade_balance_percent),
        ("Project", |e| e.from_project_percent),
    ];
    let mut columns = vec![Column::words(
        "Economy",
        rows.iter().map(|e| e.name.clone()),
    )];
    let mut add = |heading, values: Vec<Option<f64>>| {
        columns.push(Column::numbers(heading, "m USD/yr", Style::MUSD, values));
    };
    for (heading, part) in parts {
        let musd = |e: &&EconomyOutcome| part(e).map(|v| v / 100.0 * e.income_musd);
        let values: Vec<Option<f64>> = rows.iter().map(musd).collect();
        if values.iter().flatten().any(|v| v.abs() >= LEAST_MUSD) {
            add(heading, values);
        }
    }
    let total = |e: &&EconomyOutcome| Some(e.net_change_musd);
    add("Net gain", rows.iter().map(total).collect());
    table(caption, "", &columns)
}

/// True where any of the rows has an imputed structure, marked † in [`economies`].
pub fn any_imputed(rows: &[&EconomyOutcome]) -> bool {
    rows.iter().any(|e| !e.in_input_output)
}

/// Place pairs before and after.
pub fn corridors(caption: &str, rows: &[Corridor]) -> String {
    let side = |f: &dyn Fn(&Corridor) -> Option<f64>| rows.iter().map(f).collect::<Vec<_>>();
    let usd = Style::new(4, 0, false);
    let columns = [
        Column::words("Corridor", rows.iter().map(select::corridor_name)),
        Column::numbers(
            "Time before",
            "h",
            select::CORRIDOR_HOURS,
            side(&|c| c.hours_before),
        ),
        Column::numbers(
            "after",
            "h",
            select::CORRIDOR_HOURS,
            side(&|c| c.hours_after),
        ),
        Column::numbers(
            "Freight before",
            "USD per TEU",
            usd,
            side(&|c| c.usd_per_teu_before),
        ),
        Column::numbers("after", "USD per TEU", usd, side(&|c| c.usd_per_teu_after)),
        Column::numbers(
            "Rail share before",
            "%",
            Style::SHARE,
            side(&|c| select::mode_share(&c.mode_shares_before, "rail")),
        ),
        Column::numbers(
            "after",
            "%",
            Style::SHARE,
            side(&|c| select::mode_share(&c.mode_shares_after, "rail")),
        ),
        Column::numbers(
            "Generalised cost",
            "change, %",
            Style::PERCENT,
            side(&|c| percent_change(c.generalised_before, c.generalised_after)),
        ),
    ];
    table(caption, "", &columns)
}

/// Projects: what they cost, who pays and where it is spent.
pub fn projects(caption: &str, rows: &[ProjectSummary]) -> String {
    let side = |f: &dyn Fn(&ProjectSummary) -> f64| rows.iter().map(|p| Some(f(p))).collect();
    let columns = [
        Column::words("Project", rows.iter().map(|p| p.name.clone())),
        Column::numbers("Cost", "m USD", Style::LEVEL, side(&|p| p.cost_musd)),
        Column::numbers(
            "Life",
            "years",
            Style::new(3, 0, false),
            side(&|p| p.life_years),
        ),
        Column::numbers(
            "Discount rate",
            "%",
            Style::SHARE,
            side(&|p| 100.0 * p.discount_rate),
        ),
        Column::numbers(
            "Annuity",
            "m USD/yr",
            Style::LEVEL,
            side(&|p| p.annuity_musd),
        ),
        Column::words("Paid by", rows.iter().map(|p| shares(&p.paid_by))),
        Column::words("Spent in", rows.iter().map(|p| shares(&p.spent_in))),
    ];
    table(caption, "", &columns)
}

/// "AAA 51 %, BBB 49 %", largest first.
fn shares(of: &BTreeMap<String, f64>) -> String {
    let mut parts: Vec<_> = of.iter().collect();
    parts.sort_by(|a, b| b.1.total_cmp(a.1).then_with(|| a.0.cmp(b.0)));
    let words: Vec<String> = parts
        .into_iter()
        .map(|(iso3, share)| format!("{iso3} {}\u{a0}%", Style::SHARE.plain(100.0 * share)))
        .collect();
    if words.is_empty() {
        MISSING.to_owned()
    } else {
        words.join(", ")
    }
}

/// Where the world's tables come from.
pub fn credits(caption: &str, rows: &[TableCredit]) -> String {
    let column = |heading: &str, f: fn(&TableCredit) -> &String| {
        Column::words(heading, rows.iter().map(|s| f(s).clone()))
    };
    let columns = [
        column("Table", |s| &s.table),
        column("Source", |s| &s.title),
        column("Licence", |s| &s.licence),
    ];
    table(caption, "text", &columns)
}

/// What the result rests on.
pub fn assumptions(caption: &str, rows: &[Assumption]) -> String {
    let column = |heading: &str, f: fn(&Assumption) -> &String| {
        Column::words(heading, rows.iter().map(|a| f(a).clone()))
    };
    let columns = [
        column("Assumption", |a| &a.what),
        column("Value", |a| &a.value),
        column("Range", |a| &a.range),
        column("Source", |a| &a.source),
    ];
    table(caption, "text", &columns)
}

/// Every journey as a fold-out with its legs before and after.
pub fn journeys(outcome: &Outcome) -> String {
    let mut html = String::new();
    for change in &outcome.journeys {
        let total = |f: fn(&Journey) -> f64, style: Style| {
            format!(
                "{} → {}",
                style.optional(change.before.as_ref().map(f)),
                style.optional(change.after.as_ref().map(f))
            )
        };
        let _ = write!(
            html,
            "<details><summary><b>{} – {}</b> by {}, {} cargo: {} h; {} USD per TEU; {} km</summary>\n<div class=\"sides\">",
            escape(&change.from),
            escape(&change.to),
            escape(&change.mode),
            escape(&change.commodity_class),
            total(|j| j.hours, Style::LEVEL),
            total(|j| j.usd_per_teu, Style::new(4, 0, false)),
            total(|j| j.km, Style::new(4, 0, false)),
        );
        for (phase, journey) in [("Before", &change.before), ("After", &change.after)] {
            match journey {
                Some(journey) => html.push_str(&legs(phase, &journey.legs)),
                None => {
                    let _ = write!(html, "<p>{phase}: no journey by this mode.</p>");
                }
            }
        }
        html.push_str("</div></details>\n");
    }
    html
}

fn legs(phase: &str, legs: &[Leg]) -> String {
    let side = |f: fn(&Leg) -> f64| legs.iter().map(|l| Some(f(l))).collect::<Vec<_>>();
    // What has no length shows a dash rather than 0 km.
    let km = legs.iter().map(|l| (l.km > 0.0).then_some(l.km)).collect();
    let columns = [
        Column::words("Leg", legs.iter().map(|l| l.what.clone())),
        Column::numbers("Time", "h", Style::LEVEL, side(|l| l.hours)),
        Column::numbers(
            "Freight",
            "USD per TEU",
            Style::new(4, 0, false),
            side(|l| l.usd_per_teu),
        ),
        Column::numbers("Length", "km", Style::new(4, 0, false), km),
    ];
    table(phase, "legs", &columns)
}
