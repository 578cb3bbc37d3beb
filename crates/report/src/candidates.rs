//! Candidates for admission to a bloc, ranked: a page with a chart and tables, and a table for
//! programs.

use crate::error::ReportError;
use crate::files::GENERATOR;
use crate::html::chart::{Bar, bars};
use crate::html::tables::{Column, assumptions, credits, table};
use crate::html::{escape, frame};
use crate::numbers::{Style, count};
use comity_appraisal::outcome::{Assumption, TableCredit, WorldSummary};
use comity_appraisal::{INDIFFERENT_MUSD, INDIFFERENT_PERCENT};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a folder of a ranking holds. The manifest comes last.
pub const FILES: [&str; 3] = ["report.html", "candidates.csv", "manifest.json"];

/// All candidates, best for the sitting members first.
#[derive(Serialize)]
pub struct Ranking {
    pub bloc: String,
    pub command: String,
    /// What the first candidate's membership means; the same for all but for the names.
    pub terms: Vec<String>,
    /// Sitting members, by label.
    pub members: Vec<String>,
    pub candidates: Vec<Candidate>,
}

/// What the admission of one candidate does.
#[derive(Serialize)]
pub struct Candidate {
    pub iso3: String,
    pub name: String,
    pub tier: String,
    /// Sum over sitting members, million USD a year.
    pub members_musd: f64,
    pub gain: usize,
    pub lose: usize,
    pub indifferent: usize,
    /// Sitting members that lose, and would stop it.
    pub vetoed_by: Vec<String>,
    pub own_musd: f64,
    pub own_percent: f64,
    /// Gain of each sitting member, million USD a year.
    pub musd: BTreeMap<String, f64>,
    /// The same in percent of income.
    pub percent: BTreeMap<String, f64>,
}

/// What stands behind a ranking.
pub struct Background {
    pub version: String,
    pub world: WorldSummary,
    /// ISO code → name.
    pub names: BTreeMap<String, String>,
    pub assumptions: Vec<Assumption>,
    /// Of the terms.
    pub sources: Vec<String>,
    /// Of the world's tables.
    pub credits: Vec<TableCredit>,
    pub warnings: Vec<String>,
    /// File → SHA-256.
    pub inputs: BTreeMap<String, String>,
}

/// All files with their names, in the order of [`FILES`].
///
/// # Errors
/// [`ReportError::NotFinite`] where a gain is no number, a mistake of the engine.
pub fn files(
    ranking: &Ranking,
    behind: &Background,
) -> Result<Vec<(&'static str, Vec<u8>)>, ReportError> {
    for c in &ranking.candidates {
        let all = c.musd.values().chain([&c.own_musd]);
        if all.into_iter().any(|gain| !gain.is_finite()) {
            return Err(ReportError::NotFinite {
                field: "gain",
                of: c.name.clone(),
            });
        }
    }
    let manifest = json!({
        "generator": GENERATOR,
        "version": behind.version,
        "command": ranking.command,
        "world": behind.world,
        "inputs_sha256": behind.inputs,
        "warnings": behind.warnings,
        "ranking": ranking,
        "files": FILES,
    });
    let manifest = serde_json::to_string_pretty(&manifest).expect("plain data") + "\n";
    let contents = [
        page(ranking, behind).into_bytes(),
        csv(ranking).into_bytes(),
        manifest.into_bytes(),
    ];
    Ok(FILES.into_iter().zip(contents).collect())
}

/// One row for each candidate and sitting member.
fn csv(ranking: &Ranking) -> String {
    let mut text = String::from(
        "candidate,tier,rank,member,member_gain_musd,member_gain_percent,members_musd,own_musd,own_percent\n",
    );
    for (at, c) in ranking.candidates.iter().enumerate() {
        for member in &ranking.members {
            let _ = writeln!(
                text,
                "{},{},{},{member},{},{},{},{},{}",
                c.iso3,
                c.tier,
                at + 1,
                c.musd[member],
                c.percent[member],
                c.members_musd,
                c.own_musd,
                c.own_percent
            );
        }
    }
    text
}

/// "1 candidate", "16 candidates".
pub fn candidates(ranking: &Ranking) -> String {
    match ranking.candidates.len() {
        1 => "1 candidate".to_owned(),
        many => format!("{many} candidates"),
    }
}

/// How many pass, in one sentence.
pub fn summary(ranking: &Ranking) -> String {
    let passing: Vec<&str> = ranking
        .candidates
        .iter()
        .filter(|c| c.lose == 0)
        .map(|c| c.name.as_str())
        .collect();
    let of = ranking.candidates.len();
    match passing.as_slice() {
        [] if of == 1 => "Some sitting member loses by it.".to_owned(),
        [] => format!("By each of the {of} candidates some sitting member loses."),
        names => format!(
            "No sitting member loses by {} of the {of} candidates: {}.",
            names.len(),
            names.join(", ")
        ),
    }
}

fn page(ranking: &Ranking, behind: &Background) -> String {
    let title = format!("Who might join {}?", ranking.bloc);
    let lead = format!(
        "{}, each joining alone, by what that gives the {} sitting members together.",
        candidates(ranking),
        ranking.members.len()
    );
    let mut html = frame::head(&behind.version, "admission", &behind.world, &title, &lead);
    html.push_str(&frame::verdict(&summary(ranking)));
    frame::listed(
        &mut html,
        "warnings",
        "What these figures do not know",
        &behind.warnings,
    );
    html.push_str("<section><h2>The terms</h2>\n<p>What membership means is an assumption; for the first candidate by code it says:</p>\n<ul>");
    for sentence in &ranking.terms {
        let _ = write!(html, "<li>{}</li>", escape(sentence));
    }
    html.push_str("</ul></section>\n<section><h2>The ranking</h2>\n");
    let rows: Vec<Bar<'_>> = ranking
        .candidates
        .iter()
        .map(|c| Bar {
            name: &c.name,
            value: c.members_musd,
            interval: None,
            shade: 0,
        })
        .collect();
    let words = "Gain of the sitting members together by the admission of each candidate";
    let svg = bars(
        "chart-members",
        words,
        "million USD a year",
        &rows,
        Style::MUSD,
    );
    let _ = writeln!(
        html,
        "<figure><figcaption>Figure 1. {words}</figcaption>\n{svg}</figure>"
    );
    html.push_str(&ranked(ranking, behind));
    let _ = writeln!(
        html,
        "<p class=\"note\">A member objects from a loss of {INDIFFERENT_PERCENT} % of its income or \
         {INDIFFERENT_MUSD} million USD a year on; smaller changes count as neither gain nor loss. An \
         absolute gain favours large neighbours.</p></section>"
    );
    html.push_str("<section><h2>What each sitting member gains</h2>\n");
    let musd = |c: &Candidate, member: &str| c.musd[member];
    let percent = |c: &Candidate, member: &str| c.percent[member];
    html.push_str(&gains(
        "Table 2. Gain of each sitting member",
        "m USD/yr",
        Style::MUSD,
        ranking,
        behind,
        &musd,
    ));
    html.push_str(&gains(
        "Table 3. The same in percent of its income",
        "%",
        Style::PERCENT,
        ranking,
        behind,
        &percent,
    ));
    html.push_str("</section>\n<section><h2>Assumptions</h2>\n");
    html.push_str(&assumptions(
        "Table 4. Numbers that the result rests on",
        &behind.assumptions,
    ));
    html.push_str("</section>\n");
    sources(&mut html, behind);
    let w = &behind.world;
    let _ = write!(
        html,
        "<section><h2>The computation</h2><p>Comity {}; world {} {}: {} economies, {} sectors, {} places, {} links.</p>\n\
         <p>The command that makes this page again:</p>\n<pre><code>{}</code></pre></section>\n</main>\n</body>\n</html>\n",
        escape(&behind.version),
        escape(&w.name),
        escape(&w.version),
        count(w.economies as u64),
        count(w.sectors as u64),
        count(w.places as u64),
        count(w.links as u64),
        escape(&ranking.command),
    );
    html
}

fn name<'a>(behind: &'a Background, iso3: &'a str) -> &'a str {
    behind.names.get(iso3).map_or(iso3, String::as_str)
}

fn ranked(ranking: &Ranking, behind: &Background) -> String {
    let rows = &ranking.candidates;
    let words = |f: &dyn Fn(&Candidate) -> String| rows.iter().map(f).collect::<Vec<_>>();
    let vetoes = |c: &Candidate| {
        let names: Vec<&str> = c.vetoed_by.iter().map(|m| name(behind, m)).collect();
        if names.is_empty() {
            "nobody".to_owned()
        } else {
            names.join(", ")
        }
    };
    let numbers = |heading: &str, unit: &'static str, style, f: &dyn Fn(&Candidate) -> f64| {
        Column::numbers(
            heading,
            unit,
            style,
            rows.iter().map(|c| Some(f(c))).collect(),
        )
    };
    let whole = Style::new(1, 0, false);
    let columns = [
        Column::words(
            "Candidate",
            (1..)
                .zip(rows)
                .map(|(rank, c)| format!("{rank}. {}", c.name)),
        ),
        Column::words("Tier", words(&|c| c.tier.clone())),
        numbers("Members together", "m USD/yr", Style::MUSD, &|c| {
            c.members_musd
        }),
        numbers("Gain", "members", whole, &|c| c.gain as f64),
        numbers("Lose", "members", whole, &|c| c.lose as f64),
        numbers("Neither", "members", whole, &|c| c.indifferent as f64),
        numbers("Own gain", "m USD/yr", Style::MUSD, &|c| c.own_musd),
        numbers("Own gain", "% of income", Style::PERCENT, &|c| {
            c.own_percent
        }),
        Column::words("Would veto", words(&vetoes)),
    ];
    table(
        "Table 1. Candidates by what they give the sitting members together",
        "wide",
        &columns,
    )
}

fn gains(
    caption: &str,
    unit: &'static str,
    style: Style,
    ranking: &Ranking,
    behind: &Background,
    of: &dyn Fn(&Candidate, &str) -> f64,
) -> String {
    let rows = &ranking.candidates;
    let mut columns = vec![Column::words(
        "Candidate",
        rows.iter().map(|c| c.name.clone()),
    )];
    for member in &ranking.members {
        let cells = rows.iter().map(|c| Some(of(c, member))).collect();
        columns.push(Column::numbers(name(behind, member), unit, style, cells));
    }
    table(caption, "wide", &columns)
}

fn sources(html: &mut String, behind: &Background) {
    html.push_str("<section><h2>Sources</h2>\n");
    if !behind.sources.is_empty() {
        html.push_str("<p>Of the terms:</p><ul>");
        for source in &behind.sources {
            let _ = write!(html, "<li>{}</li>", escape(source));
        }
        html.push_str("</ul>");
    }
    html.push_str(&credits("Table 5. Tables of the world", &behind.credits));
    html.push_str("</section>\n");
}
