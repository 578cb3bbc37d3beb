//! A ranked programme: a table for people, tables for programs, one page with bars.

use crate::equilibrium::Columns;
use crate::error::ReportError;
use crate::files::GENERATOR;
use crate::html::chart::{Bar, bars};
use crate::html::tables::{Column, table as html_table};
use crate::html::{escape, frame};
use crate::numbers::{MISSING, Style, count};
use comity_appraisal::ProgrammeOutcome;
use comity_appraisal::programme::{Gain, LEAST_GAIN_MUSD, RankedProject};
use serde::Serialize;
use serde_json::json;
use std::fmt::Write as _;

/// What a folder of a programme holds. The manifest comes last.
pub const FILES: [&str; 4] = ["report.html", "projects.csv", "gains.csv", "manifest.json"];

/// Places after the point for gains: the last digit that counts.
const GAIN: Style = Style::new(3, 1, true);
/// Ratios of benefit to cost.
const RATIO: Style = Style::new(2, 4, false);

/// All files with their names, in the order of [`FILES`].
///
/// # Errors
/// [`ReportError::NotFinite`] where a gain is no number, a mistake of the engine.
pub fn files(found: &ProgrammeOutcome) -> Result<Vec<(&'static str, Vec<u8>)>, ReportError> {
    for project in &found.projects {
        for gain in [&project.alone, &project.complement] {
            let income = gain.real_income_musd.unwrap_or(0.0);
            if !gain.land_value_musd.is_finite() || !income.is_finite() {
                return Err(ReportError::NotFinite {
                    field: "gain",
                    of: project.name.clone(),
                });
            }
        }
    }
    let rows: Vec<Row> = found.projects.iter().map(Row::of).collect();
    let contents = [
        page(found).into_bytes(),
        csv(&rows),
        csv(&found.gains),
        manifest(found).into_bytes(),
    ];
    Ok(FILES.into_iter().zip(contents).collect())
}

/// A project as a row of projects.csv.
#[derive(Serialize)]
struct Row<'a> {
    rank: usize,
    rank_alone: usize,
    project: &'a str,
    lies_in: String,
    own_economies: String,
    km: f64,
    cost_musd: Option<f64>,
    annuity_musd: Option<f64>,
    alone_market_access_percent: f64,
    alone_land_value_musd: f64,
    alone_own_land_value_musd: f64,
    alone_own_share: Option<f64>,
    alone_real_income_musd: Option<f64>,
    alone_own_real_income_musd: Option<f64>,
    alone_land_benefit_cost: Option<f64>,
    alone_income_benefit_cost: Option<f64>,
    complement_market_access_percent: f64,
    complement_land_value_musd: f64,
    complement_own_land_value_musd: f64,
    complement_own_share: Option<f64>,
    complement_real_income_musd: Option<f64>,
    complement_own_real_income_musd: Option<f64>,
    complement_land_benefit_cost: Option<f64>,
    complement_income_benefit_cost: Option<f64>,
    note: &'a str,
}

impl Row<'_> {
    fn of(p: &RankedProject) -> Row<'_> {
        let (a, c) = (&p.alone, &p.complement);
        Row {
            rank: p.rank,
            rank_alone: p.rank_alone,
            project: &p.name,
            lies_in: p.lies_in.join(" "),
            own_economies: p.own.join(" "),
            km: p.km,
            cost_musd: p.cost_musd,
            annuity_musd: p.annuity_musd,
            alone_market_access_percent: a.market_access_percent,
            alone_land_value_musd: a.land_value_musd,
            alone_own_land_value_musd: a.own_land_value_musd,
            alone_own_share: a.own_share,
            alone_real_income_musd: a.real_income_musd,
            alone_own_real_income_musd: a.own_real_income_musd,
            alone_land_benefit_cost: a.land_benefit_cost,
            alone_income_benefit_cost: a.income_benefit_cost,
            complement_market_access_percent: c.market_access_percent,
            complement_land_value_musd: c.land_value_musd,
            complement_own_land_value_musd: c.own_land_value_musd,
            complement_own_share: c.own_share,
            complement_real_income_musd: c.real_income_musd,
            complement_own_real_income_musd: c.own_real_income_musd,
            complement_land_benefit_cost: c.land_benefit_cost,
            complement_income_benefit_cost: c.income_benefit_cost,
            note: &p.note,
        }
    }
}

fn csv<T: Serialize>(rows: &[T]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer
            .serialize(row)
            .expect("a flat record is written to memory");
    }
    writer.into_inner().expect("memory does not fail")
}

fn manifest(found: &ProgrammeOutcome) -> String {
    let d = &found.diagnostics;
    let manifest = json!({
        "generator": GENERATOR,
        "version": d.version,
        "command": d.command,
        "scenario": { "id": found.id, "name": found.name },
        "world": found.world,
        "settings": { "market_access": found.access, "equilibrium": found.with_equilibrium },
        "projects": found.projects.len(),
        "gaining_alone": found.gaining_alone,
        "gaining_in_complement": found.gaining_in_complement,
        "whole": found.whole,
        "inputs_sha256": d.inputs,
        "residuals": d.residuals,
        "counts": d.counts,
        "warnings": d.warnings,
        "seconds": d.seconds,
        "files": FILES,
    });
    serde_json::to_string_pretty(&manifest).expect("plain data") + "\n"
}

/// The gain that a programme is ranked by.
fn ranked_by(gain: &Gain) -> f64 {
    gain.real_income_musd.unwrap_or(gain.land_value_musd)
}

fn ratio(gain: &Gain) -> Option<f64> {
    gain.income_benefit_cost.or(gain.land_benefit_cost)
}

fn km(p: &RankedProject) -> Option<f64> {
    (p.km > 0.0).then_some(p.km)
}

/// The ranked table for a terminal: name first, then numbers.
pub fn table(found: &ProgrammeOutcome) -> Columns {
    let mut header = vec![
        "project".to_owned(),
        "km".to_owned(),
        "cost\nm USD".to_owned(),
        "land\nalone".to_owned(),
        "land in\ncomplement".to_owned(),
    ];
    if found.with_equilibrium {
        header.push("income\nalone".to_owned());
        header.push("income in\ncomplement".to_owned());
    }
    header.extend(["rank\nalone", "rank", "own\nshare %", "benefit\n÷ cost"].map(str::to_owned));
    let cells = |p: &RankedProject| {
        let mut row = vec![
            p.name.clone(),
            Style::new(3, 0, false).optional(km(p)),
            Style::new(3, 0, false).optional(p.cost_musd),
            GAIN.format(p.alone.land_value_musd),
            GAIN.format(p.complement.land_value_musd),
        ];
        if found.with_equilibrium {
            row.push(GAIN.optional(p.alone.real_income_musd));
            row.push(GAIN.optional(p.complement.real_income_musd));
        }
        row.extend([
            p.rank_alone.to_string(),
            p.rank.to_string(),
            Style::new(2, 0, false).optional(p.complement.own_share.map(|s| 100.0 * s)),
            RATIO.optional(ratio(&p.complement)),
        ]);
        row
    };
    Columns {
        header,
        rows: found.projects.iter().map(cells).collect(),
    }
}

/// What the table says, in sentences for people.
pub fn summary(found: &ProgrammeOutcome) -> String {
    let n = found.projects.len();
    let percent = |k: usize| Style::SHARE.plain(100.0 * k as f64 / n.max(1) as f64);
    let mut text = format!(
        "{} of {n} projects ({} %) bring land at least {LEAST_GAIN_MUSD} million USD a year alone, {} ({} %) in complement. \
         The programme as a whole brings it {} million USD a year; market access changes by {} % on average.",
        found.gaining_alone,
        percent(found.gaining_alone),
        found.gaining_in_complement,
        percent(found.gaining_in_complement),
        Style::MUSD.format(found.whole.land_value_musd),
        Style::PERCENT
            .widened([found.whole.market_access_percent])
            .plain(found.whole.market_access_percent),
    );
    if let Some(income) = found.whole.real_income_musd {
        let _ = write!(
            text,
            " Real income of all economies changes by {} million USD a year, costs not counted.",
            Style::MUSD.format(income)
        );
    }
    text
}

/// What the columns mean.
pub const LEGEND: &str = "Gains in million USD a year, as if the projects cost nothing. Land: change of the income of land by \
market access (Reed & Trubetskoy 2019). Alone: against the world without any project. In complement: all projects built, \
with it and without it. Own share: part of the gain of land in complement that falls to economies which the project lies in \
or which pay for it. Benefit ÷ cost: yearly gain in complement over the yearly payment that is worth the cost.";

fn page(found: &ProgrammeOutcome) -> String {
    let by = if found.with_equilibrium {
        "real income"
    } else {
        "income of land"
    };
    let mut html = frame::head(
        &found.diagnostics.version,
        "programme",
        &found.world,
        &found.name,
        &found.description,
    );
    html.push_str(&frame::verdict(&summary(found)));
    frame::listed(
        &mut html,
        "warnings",
        "What these figures do not know",
        &found.diagnostics.warnings,
    );
    html.push_str("<section><h2>The ranking</h2>\n");
    type Value = fn(&RankedProject) -> f64;
    let figures: [(&str, String, Value); 2] = [
        (
            "chart-complement",
            format!("Gain of {by} in complement: all projects built, with this one and without"),
            |p| ranked_by(&p.complement),
        ),
        (
            "chart-alone",
            format!("Gain of {by} alone: against the world without any project"),
            |p| ranked_by(&p.alone),
        ),
    ];
    for (number, (id, words, value)) in figures.into_iter().enumerate() {
        let rows: Vec<Bar<'_>> = found
            .projects
            .iter()
            .map(|p| Bar {
                name: &p.name,
                value: value(p),
                interval: None,
                shade: 0,
            })
            .collect();
        let svg = bars(id, &words, "million USD a year", &rows, GAIN);
        let _ = writeln!(
            html,
            "<figure><figcaption>Figure {}. {}</figcaption>\n{svg}</figure>",
            number + 1,
            escape(&words)
        );
    }
    html.push_str(&ranking(found));
    let _ = writeln!(html, r#"<p class="note">{}</p></section>"#, escape(LEGEND));
    html.push_str(&notes(found));
    frame::listed(&mut html, "", "Sources", &found.sources);
    let w = &found.world;
    let _ = write!(
        html,
        "<section><h2>The computation</h2><p>Comity {}; world {} {}: {} economies, {} places, {} links. \
         θ = {}, α = {}, β = {}, {} USD per TEU, {} cargo.</p>\n<p>The command that makes this page again:</p>\n\
         <pre><code>{}</code></pre></section>\n</main>\n</body>\n</html>\n",
        escape(&found.diagnostics.version),
        escape(&w.name),
        escape(&w.version),
        count(w.economies as u64),
        count(w.places as u64),
        count(w.links as u64),
        found.access.trade_elasticity,
        found.access.land_share,
        found.access.labour_share,
        Style::LEVEL.plain(found.access.shipment_usd_per_teu),
        found.access.class.label(),
        escape(&found.diagnostics.command),
    );
    html
}

fn ranking(found: &ProgrammeOutcome) -> String {
    let rows = &found.projects;
    let words = |f: &dyn Fn(&RankedProject) -> String| rows.iter().map(f).collect::<Vec<_>>();
    let numbers = |f: &dyn Fn(&RankedProject) -> Option<f64>| rows.iter().map(f).collect();
    let whole = Style::new(3, 0, false);
    let mut columns = vec![
        Column::words("Project", words(&|p| format!("{}. {}", p.rank, p.name))),
        Column::words("Lies in", words(&|p| p.lies_in.join(", "))),
        Column::numbers("Length", "km", whole, numbers(&km)),
        Column::numbers("Cost", "m USD", whole, numbers(&|p| p.cost_musd)),
        Column::numbers(
            "Market access",
            "complement, %",
            Style::PERCENT,
            numbers(&|p| Some(p.complement.market_access_percent)),
        ),
        Column::numbers(
            "Land alone",
            "m USD/yr",
            GAIN,
            numbers(&|p| Some(p.alone.land_value_musd)),
        ),
        Column::numbers(
            "in complement",
            "m USD/yr",
            GAIN,
            numbers(&|p| Some(p.complement.land_value_musd)),
        ),
    ];
    if found.with_equilibrium {
        columns.push(Column::numbers(
            "Real income alone",
            "m USD/yr",
            GAIN,
            numbers(&|p| p.alone.real_income_musd),
        ));
        columns.push(Column::numbers(
            "in complement",
            "m USD/yr",
            GAIN,
            numbers(&|p| p.complement.real_income_musd),
        ));
        columns.push(Column::numbers(
            "of it own",
            "m USD/yr",
            GAIN,
            numbers(&|p| p.complement.own_real_income_musd),
        ));
    }
    columns.push(Column::words(
        "Rank alone",
        words(&|p| p.rank_alone.to_string()),
    ));
    columns.push(Column::numbers(
        "Own share",
        "%",
        Style::new(2, 0, false),
        numbers(&|p| p.complement.own_share.map(|s| 100.0 * s)),
    ));
    columns.push(Column::numbers(
        "Benefit ÷ cost",
        "in complement",
        RATIO,
        numbers(&|p| ratio(&p.complement)),
    ));
    html_table("Table 1. Projects by gain in complement", "wide", &columns)
}

fn notes(found: &ProgrammeOutcome) -> String {
    let noted: Vec<&RankedProject> = found
        .projects
        .iter()
        .filter(|p| !p.note.is_empty())
        .collect();
    if noted.is_empty() {
        return String::new();
    }
    let columns = [
        Column::words("Project", noted.iter().map(|p| p.name.clone())),
        Column::words("What is assumed", noted.iter().map(|p| p.note.clone())),
        Column::words(
            "Own economies",
            noted.iter().map(|p| {
                if p.own.is_empty() {
                    MISSING.to_owned()
                } else {
                    p.own.join(", ")
                }
            }),
        ),
    ];
    format!(
        "<section><h2>The projects</h2>{}</section>\n",
        html_table("Table 2. What is assumed of each project", "text", &columns)
    )
}
