//! Which rows a reader sees, and in which order. Shared by terminal and page.

use crate::numbers::{MISSING, Style, difference, percent_change};
use comity_appraisal::outcome::{Corridor, EconomyOutcome, Outcome};
use comity_appraisal::{EconomyInterval, SensitivityRow, Uncertainty};

/// Hours of a corridor: as many places before as after.
pub const CORRIDOR_HOURS: Style = Style::new(5, 1, false);

/// Economies of the bloc by net gain in percent, best first.
pub fn bloc(outcome: &Outcome) -> Vec<&EconomyOutcome> {
    sorted(outcome.economies.iter().filter(|e| e.tier.is_some()))
}

/// Up to `count` economies outside the bloc that gain most in percent, best first.
pub fn gainers_outside(outcome: &Outcome, count: usize) -> Vec<&EconomyOutcome> {
    let mut rows = sorted(
        outcome
            .economies
            .iter()
            .filter(|e| e.tier.is_none() && e.net_change_musd > 0.0),
    );
    rows.truncate(count);
    rows
}

/// Up to `count` economies outside the bloc that lose most in percent, worst first.
pub fn losers_outside(outcome: &Outcome, count: usize) -> Vec<&EconomyOutcome> {
    let mut rows = sorted(
        outcome
            .economies
            .iter()
            .filter(|e| e.tier.is_none() && e.net_change_musd < 0.0),
    );
    rows.reverse();
    rows.truncate(count);
    rows
}

fn sorted<'a>(rows: impl Iterator<Item = &'a EconomyOutcome>) -> Vec<&'a EconomyOutcome> {
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by(|a, b| {
        b.net_change_percent
            .total_cmp(&a.net_change_percent)
            .then_with(|| a.iso3.cmp(&b.iso3))
    });
    rows
}

/// Tiers of the bloc: those with a voice first, then the smaller circle before the larger.
pub fn tiers(outcome: &Outcome) -> Vec<String> {
    let mut tiers: Vec<(bool, usize, String)> = Vec::new();
    for economy in &outcome.economies {
        let Some(tier) = &economy.tier else { continue };
        match tiers.iter_mut().find(|(_, _, name)| name == tier) {
            Some((voiceless, size, _)) => {
                *voiceless &= !economy.has_voice;
                *size += 1;
            }
            None => tiers.push((!economy.has_voice, 1, tier.clone())),
        }
    }
    tiers.sort();
    tiers.into_iter().map(|(_, _, name)| name).collect()
}

/// Change of the mean hours to the ten largest partners: hours and percent.
pub fn partner_hours(e: &EconomyOutcome) -> (Option<f64>, Option<f64>) {
    (
        difference(e.partner_hours_before, e.partner_hours_after),
        percent_change(e.partner_hours_before, e.partner_hours_after),
    )
}

/// Change of exports in percent.
pub fn exports_percent(e: &EconomyOutcome) -> Option<f64> {
    percent_change(Some(e.exports_before_musd), Some(e.exports_after_musd))
}

/// The interval of an economy.
pub fn interval<'a>(of: &'a Uncertainty, iso3: &str) -> Option<&'a EconomyInterval> {
    of.economies.iter().find(|e| e.iso3 == iso3)
}

/// What moves an economy's gain most.
pub fn sensitivity<'a>(of: &'a Uncertainty, iso3: &str) -> Option<&'a SensitivityRow> {
    of.sensitivity.iter().find(|e| e.iso3 == iso3)
}

/// The median of the net gain, with as many places as its interval has.
pub fn median(of: &EconomyInterval) -> String {
    let style = Style::MUSD.widened([of.low_musd, of.high_musd]);
    style.format(of.median_musd)
}

/// "−98 to −60", in a style that suits both.
pub fn range(style: Style, low: f64, high: f64) -> String {
    let style = style.widened([low, high]);
    format!("{} to {}", style.format(low), style.format(high))
}

/// "12 %", "0 %", "< 1 %", "> 99 %": no digit that so many draws do not bear.
pub fn probability(share: f64) -> String {
    if share == 0.0 || share == 1.0 {
        format!("{:.0} %", 100.0 * share)
    } else if share < 0.01 {
        "< 1 %".to_owned()
    } else if share > 0.99 {
        "> 99 %".to_owned()
    } else {
        format!("{:.0} %", 100.0 * share)
    }
}

/// The value of a parameter at which a sign turns, with its unit.
pub fn turning_point(row: &SensitivityRow) -> String {
    match row.sign_turns_at {
        None => MISSING.to_owned(),
        Some(value) => {
            let value = Style::new(3, 3, false).format(value);
            format!("{value} {}", row.unit).trim_end().to_owned()
        }
    }
}

/// Share of journeys by a mode, percent; none where the place pair is not connected at all.
pub fn mode_share(shares: &std::collections::BTreeMap<String, f64>, mode: &str) -> Option<f64> {
    (!shares.is_empty()).then(|| 100.0 * shares.get(mode).copied().unwrap_or(0.0))
}

/// "From – To".
pub fn corridor_name(c: &Corridor) -> String {
    format!("{} – {}", c.from, c.to)
}

/// A number that is not finite anywhere in the outcome: field and owner.
pub fn not_finite(outcome: &Outcome) -> Option<(&'static str, String)> {
    for e in &outcome.economies {
        let optional = [
            ("partner_hours_before", e.partner_hours_before),
            ("partner_hours_after", e.partner_hours_after),
            ("partner_usd_per_teu_before", e.partner_usd_per_teu_before),
            ("partner_usd_per_teu_after", e.partner_usd_per_teu_after),
            ("from_trade_cost_percent", e.from_trade_cost_percent),
            ("from_terms_of_trade_percent", e.from_terms_of_trade_percent),
            ("from_tariff_revenue_percent", e.from_tariff_revenue_percent),
            ("from_productivity_percent", e.from_productivity_percent),
            ("from_trade_balance_percent", e.from_trade_balance_percent),
            ("from_project_percent", e.from_project_percent),
        ];
        let plain = [
            ("income_musd", e.income_musd),
            ("trade_cost_change_percent", e.trade_cost_change_percent),
            ("exports_before_musd", e.exports_before_musd),
            ("exports_after_musd", e.exports_after_musd),
            ("imports_before_musd", e.imports_before_musd),
            ("imports_after_musd", e.imports_after_musd),
            ("real_income_change_percent", e.real_income_change_percent),
            ("real_income_change_musd", e.real_income_change_musd),
            ("price_index_change_percent", e.price_index_change_percent),
            ("real_wage_change_percent", e.real_wage_change_percent),
            ("cost_share", e.cost_share),
            ("cost_musd_per_year", e.cost_musd_per_year),
            ("net_change_percent", e.net_change_percent),
            ("net_change_musd", e.net_change_musd),
        ];
        let all = plain
            .into_iter()
            .chain(optional.into_iter().filter_map(|(f, v)| Some((f, v?))));
        for (field, value) in all {
            if !value.is_finite() {
                return Some((field, e.iso3.clone()));
            }
        }
    }
    for p in &outcome.pairs {
        for (field, value) in [
            ("trade_cost_change_percent", p.trade_cost_change_percent),
            ("trade_before_musd", Some(p.trade_before_musd)),
            ("trade_after_musd", Some(p.trade_after_musd)),
        ] {
            if value.is_some_and(|v| !v.is_finite()) {
                return Some((field, format!("{} to {}", p.exporter, p.importer)));
            }
        }
    }
    let totals = [
        ("members_net_musd", outcome.verdict.members_net_musd),
        ("world_net_musd", outcome.verdict.world_net_musd),
    ];
    totals
        .into_iter()
        .find(|(_, v)| !v.is_finite())
        .map(|(f, _)| (f, "the verdict".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_has_the_places_of_its_interval() {
        let of = |low_musd, median_musd, high_musd| EconomyInterval {
            iso3: "MDV".to_owned(),
            low_percent: 0.0,
            median_percent: 0.0,
            high_percent: 0.0,
            low_musd,
            median_musd,
            high_musd,
            probability_of_gain: 1.0,
        };
        assert_eq!(median(&of(0.0017, 0.0024, 0.0032)), "+0.0024");
        assert_eq!(median(&of(-98.2, -77.71, -60.0)), "−77.7");
        assert_eq!(median(&of(-0.001, 0.0, 0.4)), "0");
    }
}
