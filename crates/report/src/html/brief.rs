//! One page for those who decide: verdict, map, chart, table, what would flip it, sources. It fits
//! on one sheet of A4 whatever the scenario: what is too long is cut and said to be.

use super::tables::{Column, table};
use super::{chart, escape, frame, map};
use crate::agreement::{delta, needed, position, probable_sentence, together};
use crate::error::ReportError;
use crate::numbers::{MISSING, Style};
use crate::select;
use comity_agreement::consensus::{Consensus, Standing};
use comity_agreement::from_outcome::Agreement;
use comity_appraisal::outcome::Outcome;
use comity_appraisal::{SensitivityRow, Uncertainty};
use std::fmt::Write as _;

const BRIEF: &str = include_str!("brief.css");
/// Members in the chart and in the table.
const ROWS: usize = 12;
/// Assumptions that would flip it.
const FLIPS: usize = 3;
/// Sources of the scenario, and letters of each.
const SOURCES: usize = 4;
const LETTERS: usize = 190;

/// The page as one HTML file without external requests; arguments as for
/// [`render`](super::render).
///
/// # Errors
/// As [`render`](super::render).
pub fn render(
    outcome: &Outcome,
    agreement: &Agreement,
    outlines_geojson: &str,
    extent: Option<[f64; 4]>,
) -> Result<String, ReportError> {
    if let Some((field, of)) = select::not_finite(outcome) {
        return Err(ReportError::NotFinite { field, of });
    }
    let consensus = &agreement.consensus;
    let maps = map::maps(outcome, outlines_geojson, extent)?;
    let title = cut(&outcome.scenario.name, 110);
    let version = &outcome.diagnostics.version;
    let mut page = frame::opening(version, &format!("{title}: brief"), BRIEF, "brief");
    let _ = writeln!(
        page,
        r#"<p class="series">Comity brief · {bloc} · {world}, {year}</p>
<h1>{title}</h1>
<section class="verdict"><p class="sentence">{sentence}</p><p>{together}</p></section>"#,
        bloc = escape(&outcome.scenario.bloc),
        world = escape(&outcome.world.title),
        year = outcome.world.base_year,
        title = escape(&title),
        sentence = escape(&consensus.sentence),
        together = escape(&together(consensus)),
    );
    page.push_str("<div class=\"pair\">\n");
    if let Some(map) = maps.first() {
        let mut legend = vec!["land of the bloc shaded"];
        for (class, words) in [
            ("class=\"link\"", "links of the scenario yellow"),
            ("class=\"link closed\"", "closed links black"),
        ] {
            if map.svg.contains(class) {
                legend.push(words);
            }
        }
        if !map.modes.is_empty() {
            legend.push("journeys before dashed");
        }
        let _ = writeln!(
            page,
            "<figure><figcaption>{}: {}</figcaption>\n{}</figure>",
            escape(&map.caption),
            legend.join(", "),
            map.svg
        );
    }
    page.push_str("<div><h2>What would flip it</h2>\n");
    page.push_str(&flips(outcome, consensus));
    page.push_str("</div>\n</div>\n");
    let shown = shown(consensus);
    page.push_str(&bars(consensus, &shown));
    page.push_str(&standings(consensus, &shown));
    if let Some(probable) = &agreement.probable {
        let _ = writeln!(page, "<p>{}</p>", escape(&probable_sentence(probable)));
    }
    page.push_str("<h2>Sources</h2>\n");
    page.push_str(&sources(outcome));
    page.push_str("</main>\n</body>\n</html>\n");
    Ok(page)
}

/// Words cut at so many letters.
fn cut(words: &str, most: usize) -> String {
    if words.chars().count() <= most {
        return words.to_owned();
    }
    let mut short: String = words.chars().take(most - 1).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// The members by net gain in percent, best first; of many, those whose gain is farthest from zero.
fn shown(consensus: &Consensus) -> Vec<&Standing> {
    let mut rows: Vec<&Standing> = consensus.members.iter().collect();
    rows.sort_by(|a, b| {
        let size = |s: &Standing| (s.agrees == Some(false), s.net_percent.abs());
        let (a_size, b_size) = (size(a), size(b));
        let by_size = b_size.0.cmp(&a_size.0).then(b_size.1.total_cmp(&a_size.1));
        by_size.then(a.label.cmp(&b.label))
    });
    rows.truncate(ROWS);
    rows.sort_by(|a, b| {
        let by_gain = b.net_percent.total_cmp(&a.net_percent);
        by_gain.then(a.label.cmp(&b.label))
    });
    rows
}

fn bars(consensus: &Consensus, shown: &[&Standing]) -> String {
    let bars: Vec<chart::Bar<'_>> = shown
        .iter()
        .map(|s| chart::Bar {
            name: &s.name,
            value: s.net_percent,
            interval: s.interval.map(|i| (i.low_percent, i.high_percent)),
            shade: 0,
        })
        .collect();
    let title = "Net gain or loss of full members, percent of income";
    let lines = if consensus.draws > 0 {
        format!(
            "; lines: {:.0} % of {} draws",
            100.0 * consensus.question.interval,
            consensus.draws
        )
    } else {
        String::new()
    };
    let svg = chart::bars(
        "brief-chart",
        title,
        "percent of income",
        &bars,
        Style::PERCENT,
    );
    format!("<figure><figcaption>{title}{lines}</figcaption>\n{svg}</figure>\n")
}

fn standings(consensus: &Consensus, rows: &[&Standing]) -> String {
    let number =
        |heading: &str, unit: &'static str, style: Style, f: &dyn Fn(&Standing) -> Option<f64>| {
            Column::numbers(heading, unit, style, rows.iter().map(|s| f(s)).collect())
        };
    let words = |heading: &str, f: &dyn Fn(&Standing) -> Option<String>| {
        let cells = rows.iter().map(|s| f(s).unwrap_or_else(|| MISSING.into()));
        Column::words(heading, cells)
    };
    let mut columns = vec![
        words("Member", &|s| Some(s.name.clone())),
        number("Pays", "m USD/yr", Style::LEVEL, &|s| Some(s.cost_musd)),
        number("Net gain", "m USD/yr", Style::MUSD, &|s| Some(s.net_musd)),
        number("Net gain", "% of income", Style::PERCENT, &|s| {
            Some(s.net_percent)
        }),
    ];
    if consensus.draws > 0 {
        columns.push(words("P(gain > δ)", &|s| {
            s.gain_probability.map(select::probability)
        }));
        columns.push(words("P(would block)", &|s| {
            s.block_probability.map(select::probability)
        }));
    }
    columns.push(words("Position", &|s| {
        Some(position(s.position).to_owned())
    }));
    columns.push(number("Would need", "m USD/yr", Style::LEVEL, &needed));
    if let Some(transfers) = consensus.transfers() {
        columns.push(number("Transfer", "m USD/yr", Style::MUSD, &|s| {
            let own = transfers.members.iter().find(|m| m.label == s.label)?;
            Some(own.transfer_musd)
        }));
    }
    let rest = consensus.members.len() - rows.len();
    let more = if rest > 0 {
        format!("; {rest} more, whose change is smaller, are in report.html")
    } else {
        String::new()
    };
    let caption = format!(
        "Each full member has one voice. δ, the gain wanted, is {}{more}",
        delta(consensus)
    );
    table(&caption, "wide", &columns)
}

/// A sentence for each assumption that would turn the sign of a member's gain.
fn flips(outcome: &Outcome, consensus: &Consensus) -> String {
    let Some(uncertainty) = &outcome.uncertainty else {
        return "<p>Not known: no parameters were drawn. Run with --draws 200.</p>\n".to_owned();
    };
    let mut found: Vec<(f64, String)> = uncertainty
        .sensitivity
        .iter()
        .filter_map(|row| {
            let member = consensus.members.iter().find(|m| m.label == row.iso3)?;
            let economy = outcome.economies.iter().find(|e| e.iso3 == row.iso3)?;
            // A gain that nobody notices on either side flips nothing.
            let noticed = |musd: f64| {
                musd.abs() >= consensus.question.unnoticed_musd
                    || 100.0 * musd.abs() / economy.income_musd
                        >= consensus.question.unnoticed_percent
            };
            let ends = [
                Some(member.net_musd),
                row.net_at_low_musd,
                row.net_at_high_musd,
            ];
            if !ends.into_iter().flatten().any(noticed) {
                return None;
            }
            flip(row, member.net_musd, uncertainty)
        })
        .collect();
    // The nearest to its central value first; ties as in the table.
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.truncate(FLIPS);
    if found.is_empty() {
        return format!(
            "<p>None does, one at a time. {} parameters were drawn; for no member does the one that moves its gain most turn a gain worth naming into a loss, or a loss into a gain, within the range that holds 90 % of its draws.</p>\n",
            uncertainty.parameters.len()
        );
    }
    let mut list = String::from("<ol>\n");
    for (_, sentence) in &found {
        let _ = writeln!(list, "<li>{}</li>", escape(sentence));
    }
    list.push_str("</ol>\n");
    list
}

/// How far off, as a share of the range, and in words.
fn flip(row: &SensitivityRow, net_musd: f64, of: &Uncertainty) -> Option<(f64, String)> {
    let turns = row.sign_turns_at?;
    let parameter = of.parameters.iter().find(|p| p.what == row.parameter)?;
    let number = |value: f64| Style::new(3, 3, false).format(value);
    let (now, then) = if net_musd < 0.0 {
        ("loss", "gain")
    } else {
        ("gain", "loss")
    };
    let (verb, preposition) = if turns > parameter.central {
        ("rises", "above")
    } else {
        ("falls", "below")
    };
    let words = format!(
        "{}: the {now} becomes a {then} if {} {verb} {preposition} {} (central {}, 90 % of draws from {} to {}).",
        row.name,
        row.parameter,
        select::turning_point(row),
        number(parameter.central),
        number(row.value_low),
        number(row.value_high),
    );
    let range = (row.value_high - row.value_low).abs();
    Some((((turns - parameter.central) / range).abs(), words))
}

fn sources(outcome: &Outcome) -> String {
    let own = &outcome.scenario.sources;
    let mut words: Vec<String> = own.iter().take(SOURCES).map(|s| cut(s, LETTERS)).collect();
    if own.len() > SOURCES {
        words.push(format!("{} more in report.html", own.len() - SOURCES));
    }
    let world = &outcome.world;
    words.push(format!(
        "world {} {} ({} tables, listed with licences in report.html)",
        world.name,
        world.version,
        outcome.sources.len()
    ));
    format!(
        "<p class=\"note\">{}. Made by Comity {}: <code>{}</code></p>\n",
        escape(&words.join("; ")),
        escape(&outcome.diagnostics.version),
        escape(&cut(&outcome.diagnostics.command, 160)),
    )
}
