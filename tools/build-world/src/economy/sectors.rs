//! The eight sectors, their concordances and their trade parameters.

use super::icio::Aligned;
use super::matrix::round;
use crate::io::{self, Result};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Number of sectors; all but the last are goods.
pub const COUNT: usize = 8;
pub const GOODS: usize = 7;
pub const SERVICES: usize = 7;
pub const MATERIALS: usize = 4;

/// What we assume of a sector beside its elasticity.
struct Spec {
    code: &'static str,
    name: &'static str,
    class: &'static str,
    /// Percent of value per day in transit, placed inside the 0.6–2.1 of Hummels & Schaur (2013).
    time_value: Option<f64>,
    /// USD per TEU.
    density: Option<f64>,
    note: &'static str,
}

const ASSUMED: &str = "Time value: assumption inside the 0.6-2.1 % a day of Hummels & Schaur (2013), which is also the range. Value density: assumption, range half to double.";

const SPECS: [Spec; COUNT] = [
    Spec {
        code: "AGR",
        name: "Agriculture and food",
        class: "general",
        time_value: Some(1.0),
        density: Some(25_000.0),
        note: "ICIO A01 A02 A03 C10T12; SITC 0 1 4.",
    },
    Spec {
        code: "RAW",
        name: "Raw materials",
        class: "bulk",
        time_value: Some(0.6),
        density: Some(6_000.0),
        note: "ICIO B07 B08; SITC 2. Mining support services (B09) are counted with services.",
    },
    Spec {
        code: "FUE",
        name: "Fuels",
        class: "bulk",
        time_value: Some(0.6),
        density: Some(9_000.0),
        note: "ICIO B05 B06 C19; SITC 3. Pipelines and power lines are not told apart from wagons and ships.",
    },
    Spec {
        code: "CHE",
        name: "Chemicals and plastics",
        class: "general",
        time_value: Some(0.8),
        density: Some(45_000.0),
        note: "ICIO C20 C21 C22; SITC 5.",
    },
    Spec {
        code: "MAT",
        name: "Materials and metals",
        class: "general",
        time_value: Some(0.7),
        density: Some(25_000.0),
        note: "ICIO C16 C17_18 C23 C24A C24B C25; SITC 6 less its textiles (15 %, assumption); non-monetary gold is in here.",
    },
    Spec {
        code: "MAC",
        name: "Machinery and vehicles",
        class: "time-sensitive",
        time_value: Some(1.7),
        density: Some(120_000.0),
        note: "ICIO C26 C27 C28 C29 C301 C302T309; SITC 7.",
    },
    Spec {
        code: "TEX",
        name: "Textiles and consumer goods",
        class: "time-sensitive",
        time_value: Some(1.6),
        density: Some(60_000.0),
        note: "ICIO C13T15 C31T33; SITC 8 and the textiles of 6.",
    },
    Spec {
        code: "SER",
        name: "Services",
        class: "",
        time_value: None,
        density: None,
        note: "All else, with utilities, construction and mining support.",
    },
];

/// Code of sector `j`.
pub fn code(j: usize) -> &'static str {
    SPECS[j].code
}

/// Our sector of an ICIO industry.
pub fn of_icio(industry: &str) -> usize {
    match industry {
        "A01" | "A02" | "A03" | "C10T12" => 0,
        "B07" | "B08" => 1,
        "B05" | "B06" | "C19" => 2,
        "C20" | "C21" | "C22" => 3,
        "C16" | "C17_18" | "C23" | "C24A" | "C24B" | "C25" => MATERIALS,
        "C26" | "C27" | "C28" | "C29" | "C301" | "C302T309" => 5,
        "C13T15" | "C31T33" => 6,
        _ => SERVICES,
    }
}

/// Shares of the goods sectors in trade given by SITC section (index 0–9).
///
/// Section 9 (not elsewhere classified) holds mostly non-monetary gold and confidential trade.
/// Where it is the larger part of a pair's trade it is gold and goes to materials; otherwise it
/// is spread like the rest. `None` when there is no trade.
pub fn from_sitc(sitc: &[f64; 10]) -> Option<[f64; GOODS]> {
    /// Part of section 6 that is textile yarn and fabrics (division 65). Assumption.
    const TEXTILES_IN_6: f64 = 0.15;
    let mut shares = [
        sitc[0] + sitc[1] + sitc[4],
        sitc[2],
        sitc[3],
        sitc[5],
        sitc[6] * (1.0 - TEXTILES_IN_6),
        sitc[7],
        sitc[8] + sitc[6] * TEXTILES_IN_6,
    ];
    let classified: f64 = shares.iter().sum();
    if sitc[9] > classified {
        shares[MATERIALS] += sitc[9];
    }
    normalise(shares)
}

/// Scale to sum to one; `None` when all are zero.
pub fn normalise(mut shares: [f64; GOODS]) -> Option<[f64; GOODS]> {
    let sum: f64 = shares.iter().sum();
    if sum <= 0.0 {
        return None;
    }
    shares.iter_mut().for_each(|s| *s /= sum);
    Some(shares)
}

#[derive(Serialize)]
pub struct SectorRow {
    code: &'static str,
    name: &'static str,
    tradable: bool,
    trade_elasticity: f64,
    trade_elasticity_se: f64,
    trade_elasticity_source: String,
    time_value_percent_per_day: Option<f64>,
    time_value_low: Option<f64>,
    time_value_high: Option<f64>,
    usd_per_teu: Option<f64>,
    usd_per_teu_low: Option<f64>,
    usd_per_teu_high: Option<f64>,
    commodity_class: &'static str,
    note: String,
}

#[derive(Serialize)]
pub struct Alternative {
    sector: &'static str,
    source: String,
    trade_elasticity: f64,
}

pub struct Sectors {
    pub rows: Vec<SectorRow>,
    pub alternatives: Vec<Alternative>,
    pub report: Value,
}

/// Not an estimate: kept as an alternative, left out of the median and the spread.
const UNIFORM: &str = "U4";
/// What we use for goods. One source would be simpler to cite, but none is near the others in
/// every sector (chemicals: 9.6 in FGO, 2.3 in Shap), and a spread around an outlier would say
/// nothing about it.
const USED: &str = "median of seven published sources (BSY, CP, FGO, GYY, IS, LL, Shap)";
/// Half-width given to the services elasticity, whose sources agree by convention, not evidence.
const SERVICES_SE: f64 = 1.0;

fn full_name(source: &str) -> &str {
    match source {
        "FGO" => "FGO: Fontagne, Guimbard & Orefice (2022)",
        "CP" => "CP: Caliendo & Parro (2015)",
        "BSY" => "BSY: Bagwell, Staiger & Yurukoglu (2021)",
        "Shap" => "Shap: Shapiro (2016)",
        "LL" => "LL: Lashkaripour & Lugovskyy (2023)",
        "U4" => "U4: uniform 4",
        "GYY" => "GYY: Giri, Yi & Yilmazkuday (2021)",
        other => other,
    }
}

/// Median of a list that is not empty.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    }
}

/// Trade-weighted means of the industry elasticities, and their spread over the sources.
pub fn build(raw: &Path, icio: &Aligned) -> Result<Sectors> {
    let table: Vec<BTreeMap<String, String>> =
        io::read_csv(&raw.join("parameters/trade_elasticity_icio28.csv"))?;
    // weight and weighted sum by sector and source
    let mut sums: BTreeMap<(usize, String), (f64, f64)> = BTreeMap::new();
    for row in &table {
        let industry = &row["icio_sector"];
        let sector = of_icio(industry);
        if industry == "B09" {
            continue; // its elasticity is that of the other mining industries, its trade is services
        }
        let weight = icio.traded.get(industry).copied().unwrap_or(0.0);
        for (source, theta) in row.iter().filter(|(k, _)| *k != "icio_sector") {
            if source == "CP" && industry == "C19" {
                continue; // 64.85 for petroleum, from few observations: not a usable elasticity
            }
            let theta: f64 = theta.parse()?;
            let entry = sums.entry((sector, source.clone())).or_default();
            entry.0 += weight;
            entry.1 += weight * theta;
        }
    }
    let mut rows = Vec::new();
    let mut alternatives = Vec::new();
    for (j, spec) in SPECS.iter().enumerate() {
        let mut thetas = Vec::new();
        for ((_, source), (weight, sum)) in sums.iter().filter(|((s, _), _)| *s == j) {
            let theta = round(sum / weight, 4);
            if source != UNIFORM {
                thetas.push(theta);
            }
            alternatives.push(Alternative {
                sector: spec.code,
                source: full_name(source).to_string(),
                trade_elasticity: theta,
            });
        }
        let centre = median(&mut thetas.clone());
        let mut deviations: Vec<f64> = thetas.iter().map(|t| (t - centre).abs()).collect();
        let mut se = 1.4826 * median(&mut deviations);
        let mut source = USED.to_string();
        let mut note = spec.note.to_string();
        if j == SERVICES {
            se = SERVICES_SE;
            source = "median of seven published sources, six of which put 4 by convention".into();
            note += " Standard error: assumption.";
        } else {
            note = format!(
                "{note} Elasticity: trade-weighted mean over industries for each source, then the median; its standard error is 1.4826 times the median absolute deviation over the sources, not a sampling error. {ASSUMED}"
            );
        }
        rows.push(SectorRow {
            code: spec.code,
            name: spec.name,
            tradable: j != SERVICES,
            trade_elasticity: round(centre, 4),
            trade_elasticity_se: round(se, 4),
            trade_elasticity_source: source,
            time_value_percent_per_day: spec.time_value,
            time_value_low: spec.time_value.map(|_| 0.6),
            time_value_high: spec.time_value.map(|_| 2.1),
            usd_per_teu: spec.density,
            usd_per_teu_low: spec.density.map(|d| d / 2.0),
            usd_per_teu_high: spec.density.map(|d| d * 2.0),
            commodity_class: spec.class,
            note,
        });
    }
    let report = json!({
        "elasticity_source": USED,
        "left_out": "CP for C19 (64.85) in the mean of fuels; B09",
        "elasticities": rows.iter().map(|r| json!({"sector": r.code, "theta": r.trade_elasticity, "se": r.trade_elasticity_se})).collect::<Vec<_>>(),
    });
    Ok(Sectors {
        rows,
        alternatives,
        report,
    })
}

/// Assumed USD per TEU of a goods sector.
pub fn density(j: usize) -> f64 {
    SPECS[j].density.unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sitc_shares_add_up() {
        let shares = from_sitc(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]).unwrap();
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((shares[0] / shares[1] - 8.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn mostly_unclassified_trade_is_gold() {
        let mut sitc = [0.0; 10];
        sitc[0] = 1.0;
        sitc[9] = 3.0;
        assert_eq!(from_sitc(&sitc).unwrap()[MATERIALS], 0.75);
        assert!(from_sitc(&[0.0; 10]).is_none());
    }
}
