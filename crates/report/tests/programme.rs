//! Files and tables of a made-up programme.

use comity_appraisal::outcome::{Diagnostics, WorldSummary};
use comity_appraisal::programme::{EconomyGain, Gain, ProgrammeOutcome, RankedProject};
use comity_report::ReportError;
use comity_report::programme::{FILES, files, summary, table};
use std::collections::BTreeMap;

fn gain(land: f64, cost: Option<f64>) -> Gain {
    Gain {
        market_access_percent: land / 1000.0,
        land_value_musd: land,
        own_land_value_musd: land / 4.0,
        own_share: (land >= 0.1).then_some(0.25),
        land_benefit_cost: cost.map(|cost| land / cost),
        ..Gain::default()
    }
}

fn project(
    rank: usize,
    name: &str,
    alone: f64,
    complement: f64,
    cost: Option<f64>,
) -> RankedProject {
    RankedProject {
        rank,
        rank_alone: 3 - rank,
        name: name.to_owned(),
        km: 120.0,
        lies_in: vec!["AAA".to_owned()],
        own: vec!["AAA".to_owned(), "BBB".to_owned()],
        cost_musd: cost.map(|c| 10.0 * c),
        annuity_musd: cost,
        alone: gain(alone, cost),
        complement: gain(complement, cost),
        note: "by <the> pass".to_owned(),
    }
}

fn outcome() -> ProgrammeOutcome {
    ProgrammeOutcome {
        id: "passes".to_owned(),
        name: "Passes & bridges".to_owned(),
        description: String::new(),
        sources: vec!["A \"source\"".to_owned()],
        world: WorldSummary {
            name: "made-up".to_owned(),
            title: "A made-up world".to_owned(),
            version: "1".to_owned(),
            base_year: 2023,
            economies: 2,
            sectors: 2,
            places: 3,
            nodes: 4,
            links: 5,
        },
        access: Default::default(),
        with_equilibrium: false,
        projects: vec![
            project(1, "Pass", 0.0, 12.5, Some(50.0)),
            project(2, "Bridge", 4.0, 3.0, None),
        ],
        whole: gain(20.0, None),
        gaining_alone: 1,
        gaining_in_complement: 2,
        gains: vec![EconomyGain {
            project: "Pass".to_owned(),
            state: "complement".to_owned(),
            iso3: "AAA".to_owned(),
            land_value_musd: 3.125,
            real_income_musd: None,
        }],
        diagnostics: Diagnostics {
            version: "0".to_owned(),
            iterations: 0,
            residuals: BTreeMap::new(),
            seconds: BTreeMap::new(),
            counts: BTreeMap::new(),
            warnings: vec!["a warning".to_owned()],
            inputs: BTreeMap::new(),
            command: "comity projects rank passes".to_owned(),
        },
    }
}

#[test]
fn files_hold_every_project() {
    let found = files(&outcome()).unwrap();
    assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), FILES);
    let text = |name: &str| {
        let file = found.iter().find(|f| f.0 == name).unwrap();
        String::from_utf8(file.1.clone()).unwrap()
    };
    let mut rows = csv::Reader::from_reader(found[1].1.as_slice());
    let header = rows.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let cell = |row: usize, column: &str| {
        let at = header.iter().position(|h| h == column).unwrap();
        rows[row][at].to_owned()
    };
    assert_eq!(rows.len(), 2);
    assert_eq!(cell(0, "complement_land_benefit_cost"), "0.25");
    assert_eq!(cell(1, "cost_musd"), "", "unknown is empty");
    assert_eq!(cell(0, "alone_own_share"), "", "no gain, no share");
    assert_eq!(cell(0, "own_economies"), "AAA BBB");
    let page = text("report.html");
    assert!(page.contains("Passes &amp; bridges") && page.contains("by &lt;the&gt; pass"));
    assert!(!page.contains("<the>") && !page.contains("http"));
    assert_eq!(page.matches("<svg").count(), 2);
    let manifest: serde_json::Value = serde_json::from_str(&text("manifest.json")).unwrap();
    assert_eq!(manifest["generator"], "comity");
    assert_eq!(manifest["gaining_in_complement"], 2);
    assert_eq!(text("gains.csv").lines().count(), 2);
}

#[test]
fn the_table_ranks() {
    let shown = table(&outcome());
    assert_eq!(shown.rows[0][0], "Pass");
    assert_eq!(shown.rows[0][3..], ["0", "+12.5", "2", "1", "25", "0.25"]);
    assert_eq!(shown.rows[1][2], "–");
    assert!(shown.rows.iter().all(|row| row.len() == shown.header.len()));
    let sentence = summary(&outcome());
    assert!(
        sentence.starts_with("1 of 2 projects (50 %) bring land at least 0.1 million USD a year alone, 2 (100 %) in complement."),
        "{sentence}"
    );
}

#[test]
fn what_is_no_number_is_refused() {
    let mut outcome = outcome();
    outcome.projects[1].complement.land_value_musd = f64::NAN;
    assert!(matches!(files(&outcome), Err(ReportError::NotFinite { of, .. }) if of == "Bridge"));
}
