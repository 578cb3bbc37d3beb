//! A made-up world: ten economies, a bloc of six, a railway over a pass.

use comity_appraisal::outcome::*;
use comity_appraisal::{EconomyInterval, ParameterSummary, Samples, SensitivityRow, Uncertainty};
use std::collections::BTreeMap;

/// Land for the map: two rectangles and a triangle with a hole.
#[allow(dead_code)] // not every test draws a map
pub const OUTLINES: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"iso3":"AAA"},"geometry":{"type":"Polygon","coordinates":[[[10,40],[20,40],[20,50],[10,50],[10,40]]]}},
{"type":"Feature","properties":{"iso3":"BBB"},"geometry":{"type":"MultiPolygon","coordinates":[[[[20,40],[30,40],[30,50],[20,50],[20,40]],[[24,44],[26,44],[25,46],[24,44]]]]}},
{"type":"Feature","properties":{"iso3":"ZZZ","name":"Terra <Nullius>"},"geometry":{"type":"Polygon","coordinates":[[[10,30],[30,30],[20,39],[10,30]]]}}]}"#;

fn shares(of: &[(&str, f64)]) -> BTreeMap<String, f64> {
    of.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect()
}

#[allow(clippy::too_many_arguments)]
fn economy(
    iso3: &str,
    name: &str,
    tier: Option<&str>,
    income: f64,
    percent: f64,
    cost_share: f64,
    hours: Option<(f64, f64)>,
) -> EconomyOutcome {
    let musd = income * percent / 100.0;
    let cost = cost_share * 206.0;
    EconomyOutcome {
        iso3: iso3.to_owned(),
        name: name.to_owned(),
        region: "Nowhere".to_owned(),
        tier: tier.map(str::to_owned),
        has_voice: tier == Some("member"),
        income_musd: income,
        partner_hours_before: hours.map(|h| h.0),
        partner_hours_after: hours.map(|h| h.1),
        partner_usd_per_teu_before: hours.map(|h| 10.0 * h.0),
        partner_usd_per_teu_after: hours.map(|h| 10.0 * h.1),
        trade_cost_change_percent: -0.8 * percent,
        exports_before_musd: 0.3 * income,
        exports_after_musd: 0.3 * income * (1.0 + percent / 50.0),
        imports_before_musd: 0.35 * income,
        imports_after_musd: 0.35 * income * (1.0 + percent / 60.0),
        real_income_change_percent: percent,
        real_income_change_musd: musd,
        price_index_change_percent: -0.4 * percent,
        real_wage_change_percent: 0.9 * percent,
        from_trade_cost_percent: Some(0.8 * percent),
        from_terms_of_trade_percent: Some(0.15 * percent),
        from_tariff_revenue_percent: Some(0.05 * percent),
        from_productivity_percent: Some(0.0),
        from_trade_balance_percent: Some(0.0),
        from_project_percent: Some(-0.2 * percent),
        cost_share,
        cost_musd_per_year: cost,
        net_change_percent: 100.0 * (musd - cost) / income,
        net_change_musd: musd - cost,
        in_input_output: iso3 != "CCC",
    }
}

fn leg(kind: &str, what: &str, hours: f64, usd: f64, km: f64, line: &[(f64, f64)]) -> Leg {
    Leg {
        kind: kind.to_owned(),
        what: what.to_owned(),
        hours,
        usd_per_teu: usd,
        km,
        line: line.to_vec(),
    }
}

fn journey(legs: Vec<Leg>) -> Journey {
    let sum = |f: fn(&Leg) -> f64| legs.iter().map(f).sum::<f64>();
    Journey {
        hours: sum(|l| l.hours),
        usd_per_teu: sum(|l| l.usd_per_teu),
        km: sum(|l| l.km),
        generalised_usd_per_teu: sum(|l| l.usd_per_teu) + 4.0 * sum(|l| l.hours),
        legs,
    }
}

fn place(id: &str, name: &str, iso3: &str, lon: f64, lat: f64, hours: Option<f64>) -> PlaceOutcome {
    PlaceOutcome {
        id: id.to_owned(),
        name: name.to_owned(),
        iso3: iso3.to_owned(),
        lon,
        lat,
        population: 1e6 / lat,
        hours_before: hours,
        hours_after: hours.map(|h| 0.97 * h),
        market_access_change_percent: hours.map(|_| 0.4),
    }
}

fn corridor(from: &str, to: &str, before: Option<f64>, after: Option<f64>) -> Corridor {
    Corridor {
        from: from.to_owned(),
        from_iso3: "AAA".to_owned(),
        to: to.to_owned(),
        to_iso3: "BBB".to_owned(),
        hours_before: before,
        hours_after: after,
        usd_per_teu_before: before.map(|h| 21.0 * h),
        usd_per_teu_after: after.map(|h| 19.5 * h),
        generalised_before: before.map(|h| 26.0 * h),
        generalised_after: after.map(|h| 23.0 * h),
        mode_shares_before: match before {
            Some(_) => shares(&[("rail", 0.212), ("road", 0.788)]),
            None => BTreeMap::new(),
        },
        mode_shares_after: shares(&[("rail", 0.467), ("road", 0.533)]),
    }
}

/// The outcome of a railway that pays for some and not for others.
pub fn outcome() -> Outcome {
    let member = Some("member");
    let partner = Some("dialogue partner");
    let economies = vec![
        economy(
            "AAA",
            "Arland",
            member,
            1_800_000.0,
            0.004_1,
            0.51,
            Some((210.0, 207.5)),
        ),
        economy(
            "BBB",
            "Bergia & <Vale>",
            member,
            11_500.0,
            1.92,
            0.245,
            Some((402.0, 371.0)),
        ),
        economy("CCC", "Cordova Isles", member, 90_000.0, 0.131, 0.245, None),
        economy(
            "DDD",
            "Dun",
            Some("observer"),
            14_000.0,
            -0.003_1,
            0.0,
            Some((300.0, 300.2)),
        ),
        economy(
            "EEE",
            "Democratic Commonwealth of Estria",
            partner,
            400_000.0,
            0.000_03,
            0.0,
            Some((150.0, 150.0)),
        ),
        economy(
            "FFF",
            "Fenn",
            partner,
            250_000.0,
            -0.021,
            0.0,
            Some((180.0, 180.0)),
        ),
        economy(
            "GGG",
            "Gallia \"Minor\"",
            None,
            2_000_000.0,
            0.000_9,
            0.0,
            Some((90.0, 89.9)),
        ),
        economy(
            "HHH",
            "Holm",
            None,
            700_000.0,
            -0.002,
            0.0,
            Some((95.0, 95.0)),
        ),
        economy(
            "III",
            "Inland",
            None,
            8_000.0,
            0.05,
            0.0,
            Some((500.0, 495.0)),
        ),
        economy("JJJ", "Jura's Rest", None, 60_000.0, 0.0, 0.0, None),
    ];
    let world_net_musd = economies.iter().map(|e| e.net_change_musd).sum();
    let members_net_musd = economies
        .iter()
        .filter(|e| e.has_voice)
        .map(|e| e.net_change_musd)
        .sum();
    let old = [(12.0, 42.0), (15.0, 47.0), (22.0, 48.0), (28.0, 43.0)];
    let pass = [(12.0, 42.0), (18.0, 43.0), (21.0, 42.5), (28.0, 43.0)];
    Outcome {
        uncertainty: None,
        scenario: ScenarioSummary {
            id: "pass-railway".to_owned(),
            name: "Railway over the <Grey> Pass".to_owned(),
            description: "A line of 900 km from Alba to Brod, with a change of gauge.".to_owned(),
            bloc: "League of Six".to_owned(),
            modifications: vec!["Build 900 km of railway, Alba – Brod, 60 km/h.".to_owned()],
            projects: vec![ProjectSummary {
                name: "Pass railway".to_owned(),
                cost_musd: 3_000.0,
                life_years: 35.0,
                discount_rate: 0.06,
                annuity_musd: 206.0,
                paid_by: shares(&[("AAA", 0.51), ("BBB", 0.245), ("CCC", 0.245)]),
                spent_in: shares(&[("AAA", 0.3), ("BBB", 0.7)]),
                loans: vec!["AAA lends 1,000 million USD.".to_owned()],
            }],
            sources: vec!["https://example.org/pass?a=1&b=2".to_owned()],
        },
        world: WorldSummary {
            name: "toy".to_owned(),
            title: "A made-up world".to_owned(),
            version: "1".to_owned(),
            base_year: 2023,
            economies: 10,
            sectors: 3,
            places: 3,
            nodes: 1_200,
            links: 3_400,
        },
        verdict: Verdict {
            sentence:
                "Two of three members gain from the railway; Arland loses 31 million USD a year."
                    .to_owned(),
            members_gaining: 2,
            members_losing: 1,
            members_indifferent: 0,
            members_net_musd,
            world_net_musd,
        },
        economies,
        corridors: vec![
            corridor("Alba", "Brod", Some(120.4), Some(88.0)),
            corridor("Alba", "Çeşme <Old Town>", None, Some(310.0)),
        ],
        journeys: vec![
            JourneyChange {
                from: "Alba".to_owned(),
                to: "Brod".to_owned(),
                mode: "rail".to_owned(),
                commodity_class: "general".to_owned(),
                before: Some(journey(vec![
                    leg("terminal", "terminal Alba", 24.0, 100.0, 0.0, &[]),
                    leg("rail", "rail Alba – Brod", 60.0, 900.0, 1_700.0, &old),
                ])),
                after: Some(journey(vec![
                    leg("rail", "rail Alba – Brod", 30.0, 600.0, 1_250.0, &pass),
                    leg("border", "border AAA → BBB", 20.0, 150.0, 0.0, &[]),
                ])),
            },
            JourneyChange {
                from: "Alba".to_owned(),
                to: "Çeşme <Old Town>".to_owned(),
                mode: "sea".to_owned(),
                commodity_class: "bulk".to_owned(),
                before: None,
                after: Some(journey(vec![leg(
                    "sea",
                    "sea Alba – Çeşme",
                    300.0,
                    700.0,
                    5_000.0,
                    &[(12.0, 42.0), (9.0, 35.0), (19.0, 31.0)],
                )])),
            },
        ],
        map_links: vec![MapLink {
            label: "Alba – Brod".to_owned(),
            mode: "rail".to_owned(),
            change: "built".to_owned(),
            line: pass[..3].to_vec(),
        }],
        pairs: vec![
            PairOutcome {
                exporter: "AAA".to_owned(),
                importer: "BBB".to_owned(),
                hours_before: Some(120.4),
                hours_after: Some(88.0),
                usd_per_teu_before: Some(2_500.0),
                usd_per_teu_after: Some(1_700.0),
                trade_cost_change_percent: Some(-1.2),
                trade_before_musd: 900.0,
                trade_after_musd: 960.0,
            },
            PairOutcome {
                exporter: "AAA".to_owned(),
                importer: "CCC".to_owned(),
                hours_before: None,
                hours_after: None,
                usd_per_teu_before: None,
                usd_per_teu_after: None,
                trade_cost_change_percent: Some(0.0),
                trade_before_musd: 5.0,
                trade_after_musd: 4.99,
            },
        ],
        places: vec![
            place("alba", "Alba", "AAA", 12.0, 42.0, Some(200.0)),
            place("brod", "Brod", "BBB", 28.0, 43.0, Some(250.0)),
            place("far", "Far \"Away\"", "CCC", 19.0, 45.0, None),
        ],
        assumptions: vec![Assumption {
            what: "Value of time, general cargo".to_owned(),
            value: "1.1 % a day".to_owned(),
            range: "0.6–2.1 %".to_owned(),
            source: "A & B (2013) <preprint>".to_owned(),
        }],
        sources: vec![TableCredit {
            table: "trade.parquet".to_owned(),
            title: "Made up for this test".to_owned(),
            licence: "CC0-1.0".to_owned(),
        }],
        diagnostics: Diagnostics {
            version: "0.1.0".to_owned(),
            iterations: 41,
            residuals: BTreeMap::from([
                ("goods markets".to_owned(), 3.2e-11),
                ("prices".to_owned(), 8e-13),
            ]),
            seconds: BTreeMap::from([("journeys".to_owned(), 1.5)]),
            counts: BTreeMap::from([("unreachable place pairs".to_owned(), 12_345)]),
            warnings: vec!["Nobody has asked the shepherds <yet>.".to_owned()],
            inputs: BTreeMap::from([("trade.parquet".to_owned(), "ab".repeat(32))]),
            command: "comity appraise pass-railway --world 'toy & co'".to_owned(),
        },
    }
}

/// The outcome with four draws of two parameters.
pub fn drawn() -> Outcome {
    let mut outcome = outcome();
    let scaled = |factor: f64, of: fn(&EconomyOutcome) -> f64| -> Vec<f64> {
        outcome.economies.iter().map(|e| factor * of(e)).collect()
    };
    let factors = [0.5, 0.9, 1.1, 2.0];
    let economies = outcome.economies.iter().map(|e| EconomyInterval {
        iso3: e.iso3.clone(),
        low_percent: 0.5 * e.net_change_percent,
        median_percent: e.net_change_percent,
        high_percent: 2.0 * e.net_change_percent,
        low_musd: 0.5 * e.net_change_musd,
        median_musd: e.net_change_musd,
        high_musd: 2.0 * e.net_change_musd,
        probability_of_gain: if e.net_change_musd > 0.0 { 1.0 } else { 0.25 },
    });
    let parameter = |what: &str, unit: &str| ParameterSummary {
        what: what.to_owned(),
        unit: unit.to_owned(),
        central: 4.0,
        low: 3.0,
        high: 5.0,
        distribution: "triangular, 2 to 6, most likely 4".to_owned(),
    };
    outcome.uncertainty = Some(Uncertainty {
        draws: 4,
        seed: 7,
        failed: 0,
        wrong_sign: vec![],
        probability_that_every_member_gains: 0.25,
        parameters: vec![
            parameter("trade elasticity, Food", ""),
            parameter("cost", "million USD"),
        ],
        economies: economies.collect(),
        sensitivity: vec![SensitivityRow {
            iso3: "AAA".to_owned(),
            name: "Alba".to_owned(),
            parameter: "cost".to_owned(),
            unit: "million USD".to_owned(),
            rank_correlation: -0.9,
            value_low: 3.0,
            net_at_low_musd: Some(12.0),
            value_high: 5.0,
            net_at_high_musd: Some(-3.0),
            sign_turns_at: Some(4.6),
        }],
        samples: Samples {
            parameters: vec![vec![4.0, 3.0]; 4],
            percent: factors
                .iter()
                .map(|f| scaled(*f, |e| e.net_change_percent))
                .collect(),
            musd: factors
                .iter()
                .map(|f| scaled(*f, |e| e.net_change_musd))
                .collect(),
        },
    });
    outcome
}
