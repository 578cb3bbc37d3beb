//! Time and fees at land borders, per direction and mode.

use super::assumptions::*;
use super::graph::NOWHERE;
use super::read::Raw;
use super::tables::Tables;
use super::terminals::round;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Serialize)]
pub struct BorderRow {
    iso3_from: String,
    iso3_to: String,
    mode: &'static str,
    hours: f64,
    usd_per_teu: f64,
    open: bool,
    source: String,
}

/// Rail borders that a scenario may open where today's network has none.
const PROSPECTIVE_RAIL: &[(&str, &str)] = &[("CHN", "KGZ"), ("CHN", "PAK"), ("AFG", "PAK")];

/// One row per direction for every pair of territories that a rail or road link joins.
pub fn build(raw: &Raw, tables: &Tables) -> (Vec<BorderRow>, Value) {
    let mut pairs: BTreeSet<(String, String, &'static str)> = BTreeSet::new();
    let mut crossings: BTreeMap<String, usize> = BTreeMap::new();
    for link in &tables.links {
        let (a, b) = (
            tables.nodes[link.from as usize].territory,
            tables.nodes[link.to as usize].territory,
        );
        if a == b || a == NOWHERE || b == NOWHERE || link.mode == "sea" {
            continue;
        }
        let (a, b) = (raw.iso3(a).to_string(), raw.iso3(b).to_string());
        *crossings.entry(link.mode.to_string()).or_default() += 1;
        pairs.insert((a.clone(), b.clone(), link.mode));
        pairs.insert((b, a, link.mode));
    }
    for (a, b) in PROSPECTIVE_RAIL {
        pairs.insert(((*a).into(), (*b).into(), "rail"));
        pairs.insert(((*b).into(), (*a).into(), "rail"));
    }
    let mut rows = Vec::new();
    let mut by_rule: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut shut = BTreeSet::new();
    for (from, to, mode) in pairs {
        let (hours, usd, rule, source) = figures(raw, &from, &to, mode);
        *by_rule.entry(rule).or_default() += 1;
        let why = closed(&from, &to, mode);
        if why.is_some() {
            shut.insert(format!("{from}-{to} {mode}"));
        }
        rows.push(BorderRow {
            open: why.is_none(),
            source: match why {
                Some(why) => format!("closed: {why}; if opened: {source}"),
                None => source,
            },
            iso3_from: from,
            iso3_to: to,
            mode,
            hours: round(hours, 1),
            usd_per_teu: round(usd, 0),
        });
    }
    let report = json!({
        "rows": rows.len(),
        "rows_by_rule": by_rule,
        "crossing_links": crossings,
        "closed": shut,
    });
    (rows, report)
}

/// Hours, USD, the rule that gave them, and the text for the source column.
fn figures(raw: &Raw, from: &str, to: &str, mode: &str) -> (f64, f64, &'static str, String) {
    let both = |list: &[&str]| list.contains(&from) && list.contains(&to);
    let say = |h: f64, u: f64, rule, text: &str| (h, u, rule, text.to_string());
    if inside_europe(from) && inside_europe(to) {
        let hours = if mode == "rail" { 1.0 } else { 0.5 };
        return say(
            hours,
            0.0,
            "inside_europe",
            "assumption: inside the EU, EFTA and their microstates",
        );
    }
    if mode == "rail" {
        match (from, to) {
            ("CHN", "KAZ") | ("KAZ", "CHN") => {
                return say(
                    32.65,
                    215.0,
                    "carec_specific",
                    "CAREC CPMM 2022: mean of Khorgos 34.8 h and Alashankou 30.5 h outbound; fee: CAREC rail average 215 USD",
                );
            }
            ("CHN", "MNG") | ("MNG", "CHN") => {
                return say(
                    44.4,
                    215.0,
                    "carec_specific",
                    "CAREC CPMM 2022: Erenhot 44.4 h outbound; fee: CAREC rail average 215 USD",
                );
            }
            _ => {}
        }
        if both(EAEU) {
            return say(
                6.0,
                50.0,
                "eaeu",
                "assumption: inside the customs union, change of locomotive and papers",
            );
        }
        if both(CAREC) {
            return say(
                40.6,
                215.0,
                "carec_average",
                "CAREC CPMM 2022, rail average of border points",
            );
        }
    } else {
        match (from, to) {
            ("CHN", "KAZ") | ("KAZ", "CHN") => {
                return say(
                    23.5,
                    638.0,
                    "carec_specific",
                    "CAREC CPMM 2022: Khorgos 23.5 h; fee: PRC road average 638 USD",
                );
            }
            ("KAZ", "KGZ") | ("KGZ", "KAZ") => {
                return say(
                    2.1,
                    50.0,
                    "carec_specific",
                    "CAREC CPMM 2020: Kyrgyz border points 2.1 h; fee: assumption (customs union)",
                );
            }
            ("GEO", "AZE") => {
                return say(
                    54.9,
                    208.0,
                    "carec_specific",
                    "CAREC CPMM 2023: Tsiteli Khidi 54.9 h outbound; fee: CAREC road average 208 USD",
                );
            }
            _ => {}
        }
        if both(EAEU) {
            return say(3.0, 20.0, "eaeu", "assumption: inside the customs union");
        }
        if both(CAREC) {
            return if from == "CHN" || to == "CHN" {
                say(
                    20.7,
                    638.0,
                    "carec_specific",
                    "CAREC CPMM 2022: PRC road average",
                )
            } else {
                say(
                    9.9,
                    208.0,
                    "carec_average",
                    "CAREC CPMM 2022, road average of border points",
                )
            };
        }
    }
    let (leaving, entering) = (raw.border_figures.get(from), raw.border_figures.get(to));
    let hours = leaving
        .map_or(BORDER_SIDE_HOURS_DEFAULT, |f| f.export_hours)
        .min(BORDER_SIDE_HOURS_CAP)
        + entering
            .map_or(BORDER_SIDE_HOURS_DEFAULT, |f| f.import_hours)
            .min(BORDER_SIDE_HOURS_CAP);
    let usd = leaving
        .map_or(BORDER_SIDE_USD_DEFAULT, |f| f.export_usd)
        .min(BORDER_SIDE_USD_CAP)
        + entering
            .map_or(BORDER_SIDE_USD_DEFAULT, |f| f.import_usd)
            .min(BORDER_SIDE_USD_CAP);
    let (rule, text) = if leaving.is_some() && entering.is_some() {
        (
            "reed_trubetskoy",
            "Reed & Trubetskoy 2019: export side + import side, each capped at 96 h and 600 USD",
        )
    } else {
        (
            "reed_trubetskoy_with_default",
            "Reed & Trubetskoy 2019 with their default of 45 h a side and 340 USD where a territory has no figure",
        )
    };
    (hours.max(1.0), usd, rule, text.to_string())
}
