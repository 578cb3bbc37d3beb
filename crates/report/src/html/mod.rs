//! One self-contained page: opens offline, prints on A4, asks nothing of any server.

pub mod brief;
pub(crate) mod chart;
mod consensus;
pub(crate) mod frame;
mod geometry;
mod labels;
mod map;
mod outlines;
mod projection;
pub(crate) mod risk_map;
pub(crate) mod tables;

use crate::agreement::Block;
use crate::error::ReportError;
use crate::numbers::{Style, count};
use crate::select;
use comity_agreement::AgreementError;
use comity_agreement::from_outcome::Agreement;
use comity_appraisal::outcome::{EconomyOutcome, Outcome};
use comity_appraisal::{EconomyInterval, Uncertainty};
use std::fmt::Write as _;

pub(crate) const STYLE: &str = include_str!("style.css");
/// Economies shown outside the bloc on each side, and in all where there is no bloc.
const OUTSIDE: usize = 10;
/// Corridors shown.
const CORRIDORS: usize = 25;

/// The report as one HTML file without external requests. `outlines_geojson` is the world's land
/// (empty: a map without land); `extent` is west, south, east, north in degrees, chosen from the
/// scenario's links and journeys if `None`.
///
/// # Errors
/// [`ReportError::Outlines`] and [`ReportError::Extent`] for a map that cannot be drawn,
/// [`ReportError::NotFinite`] where the outcome holds a number that is none.
pub fn render(
    outcome: &Outcome,
    outlines_geojson: &str,
    extent: Option<[f64; 4]>,
) -> Result<String, ReportError> {
    let agreement = consensus::of(outcome);
    render_with(outcome, &agreement, &[], outlines_geojson, extent)
}

/// As [`render`], with an agreement that is already known, or the reason why there is none, and what
/// coalitions are worth, if that was asked.
///
/// # Errors
/// As [`render`].
pub fn render_with(
    outcome: &Outcome,
    agreement: &Result<Agreement, AgreementError>,
    coalitions: &[Block],
    outlines_geojson: &str,
    extent: Option<[f64; 4]>,
) -> Result<String, ReportError> {
    if let Some((field, of)) = select::not_finite(outcome) {
        return Err(ReportError::NotFinite { field, of });
    }
    let maps = map::maps(outcome, outlines_geojson, extent)?;
    let mut page = Page::default();
    page.head(outcome);
    page.verdict(outcome);
    page.scenario(outcome);
    page.maps(&maps);
    page.economies(outcome);
    page.consensus(outcome, agreement, coalitions);
    page.corridors(outcome);
    page.assumptions(outcome);
    page.sources(outcome);
    page.computation(outcome);
    page.html.push_str("</main>\n</body>\n</html>\n");
    Ok(page.html)
}

/// Text made safe for HTML, between tags and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[derive(Default)]
struct Page {
    html: String,
    figures: usize,
    tables: usize,
}

impl Page {
    fn put(&mut self, html: &str) {
        self.html.push_str(html);
        self.html.push('\n');
    }

    fn caption(&mut self, words: &str) -> String {
        self.tables += 1;
        format!("Table {}. {words}", self.tables)
    }

    fn figure(&mut self, svg: &str, words: &str, legend: &str) {
        self.figures += 1;
        let number = self.figures;
        let words = escape(words);
        self.put(&format!(
            "<figure><figcaption>Figure {number}. {words}</figcaption>\n{legend}{svg}</figure>"
        ));
    }

    fn head(&mut self, outcome: &Outcome) {
        let scenario = &outcome.scenario;
        let series = match scenario.bloc.as_str() {
            "" => "appraisal".to_owned(),
            bloc => format!("appraisal · {bloc}"),
        };
        self.html.push_str(&frame::head(
            &outcome.diagnostics.version,
            &series,
            &outcome.world,
            &scenario.name,
            &scenario.description,
        ));
    }

    fn verdict(&mut self, outcome: &Outcome) {
        let verdict = &outcome.verdict;
        let members =
            verdict.members_gaining + verdict.members_losing + verdict.members_indifferent;
        let musd = |v: f64| Style::MUSD.widened([v]).format(v);
        let cost: f64 = outcome.scenario.projects.iter().map(|p| p.cost_musd).sum();
        let annuity: f64 = outcome
            .scenario
            .projects
            .iter()
            .map(|p| p.annuity_musd)
            .sum();
        let (cost, cost_note) = if outcome.scenario.projects.is_empty() {
            ("none".to_owned(), "the scenario has no project".to_owned())
        } else {
            (
                Style::LEVEL.format(cost),
                format!(
                    "million USD; {} million a year over the life",
                    Style::LEVEL.format(annuity)
                ),
            )
        };
        let keys = [
            (
                "Members that gain",
                format!("{} of {members}", verdict.members_gaining),
                format!(
                    "{} lose, {} see no change worth naming",
                    verdict.members_losing, verdict.members_indifferent
                ),
            ),
            (
                "Members together, net",
                musd(verdict.members_net_musd),
                "million USD a year".to_owned(),
            ),
            (
                "World, net",
                musd(verdict.world_net_musd),
                "million USD a year".to_owned(),
            ),
            ("Cost", cost, cost_note),
        ];
        self.put(r#"<section class="verdict" aria-label="Verdict">"#);
        self.put(&format!(
            r#"<p class="sentence">{}</p><dl class="keys">"#,
            escape(&verdict.sentence)
        ));
        for (what, value, note) in keys {
            self.put(&format!(
                r#"<div><dt>{what}</dt><dd class="figure">{value}</dd><dd>{note}</dd></div>"#
            ));
        }
        self.put("</dl></section>");
        let warnings = &outcome.diagnostics.warnings;
        if !warnings.is_empty() {
            self.put(r#"<section class="warnings"><h2>What these figures do not know</h2>"#);
            self.list(warnings);
            self.put("</section>");
        }
    }

    fn list(&mut self, items: &[String]) {
        self.put("<ul>");
        for item in items {
            self.put(&format!("<li>{}</li>", with_options(item)));
        }
        self.put("</ul>");
    }

    fn scenario(&mut self, outcome: &Outcome) {
        let scenario = &outcome.scenario;
        if scenario.modifications.is_empty() && scenario.projects.is_empty() {
            return;
        }
        self.put("<section><h2>The scenario</h2>");
        if !scenario.modifications.is_empty() {
            self.list(&scenario.modifications);
        }
        if !scenario.projects.is_empty() {
            let caption = self.caption("Projects, their cost and who bears it");
            self.put(&tables::projects(&caption, &scenario.projects));
            let loans: Vec<String> = scenario
                .projects
                .iter()
                .flat_map(|p| p.loans.iter().map(|l| format!("{}: {l}", p.name)))
                .collect();
            if !loans.is_empty() {
                self.list(&loans);
            }
        }
        self.put("</section>");
    }

    fn maps(&mut self, maps: &[map::Map]) {
        if maps.is_empty() {
            return;
        }
        self.put("<section><h2>Where the journeys run</h2>");
        for map in maps {
            let mut legend = String::from(r#"<p class="legend">"#);
            let mut entry = |class: &str, words: &str| {
                let _ = write!(
                    legend,
                    r#"<span><svg class="key" viewBox="0 0 34 12" aria-hidden="true"><g class="{}"><path class="{}" d="M1 6H33"/></g></svg> {}</span> "#,
                    class.split(' ').next().unwrap_or_default(),
                    class.split(' ').nth(1).unwrap_or_default(),
                    escape(words)
                );
            };
            if map.svg.contains(r#"class="link""#) {
                entry("links link", "built or upgraded");
            }
            if map.svg.contains(r#"class="link closed""#) {
                entry("links closed", "closed");
            }
            if !map.modes.is_empty() {
                entry("before rail", "journey before");
            }
            for mode in &map.modes {
                entry(
                    &format!("after {}", map::mode_class(mode)),
                    &format!("after, by {mode}"),
                );
            }
            legend.push_str(r#"<span class="bloc-key">land of the bloc shaded</span></p>"#);
            self.figure(&map.svg, &map.caption, &legend);
        }
        self.put("</section>");
    }

    fn economies(&mut self, outcome: &Outcome) {
        let tiers = select::tiers(outcome);
        let bloc = select::bloc(outcome);
        let gainers = select::gainers_outside(outcome, OUTSIDE);
        let losers = select::losers_outside(outcome, OUTSIDE);
        self.put("<section><h2>Who gains, who loses</h2>");
        let bloc_name = &outcome.scenario.bloc;
        let charted: Vec<&EconomyOutcome> = if bloc.is_empty() {
            gainers.iter().chain(losers.iter().rev()).copied().collect()
        } else {
            bloc.clone()
        };
        if !charted.is_empty() {
            self.charts(&charted, &tiers, outcome.uncertainty.as_ref());
        }
        if !bloc.is_empty() {
            let caption = self.caption(&format!(
                "Economies of the {bloc_name}, by net gain in percent of income. Changes from before to after; hours to the ten largest partners"
            ));
            self.put(&tables::economies(&caption, &bloc, true));
        }
        if let Some(uncertainty) = &outcome.uncertainty {
            let caption = self.caption(&format!(
                "Net gain over {} draws of {} parameters, and the parameter that swings it most",
                uncertainty.draws,
                uncertainty.parameters.len()
            ));
            self.put(&tables::uncertainty(&caption, &bloc, uncertainty));
            self.put(&format!(
                r#"<p class="note">90 % interval: 5 % of draws lie below, 5 % above; lines over the bars of the charts show it. Rank correlation: Spearman’s, over all draws. The swing is between the 5 and 95 % points of the parameter, with all others central; a sign turns only if it does so in between. Every member gains in {} % of the draws. Seed {}.</p>"#,
                Style::SHARE.plain(100.0 * uncertainty.probability_that_every_member_gains),
                uncertainty.seed,
            ));
        }
        if bloc.iter().any(|e| e.from_trade_cost_percent.is_some()) {
            let caption = self.caption(
                "What moves real income. Trade costs: journeys of what the economy buys; terms of trade: prices of what it sells against what it buys; project: taxes that pay for it",
            );
            self.put(&tables::mechanisms(&caption, &bloc));
        }
        let outside = if bloc.is_empty() {
            ""
        } else {
            " outside the bloc"
        };
        for (words, rows) in [("Biggest gainers", &gainers), ("Biggest losers", &losers)] {
            if rows.is_empty() {
                self.put(&format!("<p>{words}{outside}: none.</p>"));
            } else {
                let caption = self.caption(&format!("{words}{outside}, in percent of income"));
                self.put(&tables::economies(&caption, rows, false));
            }
        }
        let marked = [&bloc, &gainers, &losers]
            .into_iter()
            .any(|rows| tables::any_imputed(rows));
        if marked {
            self.put(
                "<p class=\"note\">† The structure of production is imputed from a proxy.</p>",
            );
        }
        self.put("<p class=\"note\">Real income is the exact change (equivalent variation) as if the project cost nothing; net gain is with its cost paid by taxes and spent, inside the equilibrium. – means unreachable or not applicable.</p></section>");
    }

    fn charts(
        &mut self,
        rows: &[&EconomyOutcome],
        tiers: &[String],
        uncertainty: Option<&Uncertainty>,
    ) {
        let shade = |e: &EconomyOutcome| {
            e.tier
                .as_ref()
                .and_then(|t| tiers.iter().position(|x| x == t))
                .unwrap_or(0)
        };
        let mut legend = String::new();
        if !tiers.is_empty() {
            legend.push_str(r#"<p class="legend">"#);
            for (rank, tier) in tiers.iter().enumerate() {
                let s = rank.min(2);
                let _ = write!(
                    legend,
                    r#"<span><svg class="key" viewBox="0 0 34 12" aria-hidden="true"><rect class="gain s{s}" width="16" height="12"/><rect class="loss s{s}" x="18" width="16" height="12"/></svg> {} (gain, loss)</span> "#,
                    escape(tier)
                );
            }
            legend.push_str("</p>\n");
        }
        type Value = fn(&EconomyOutcome) -> f64;
        type Interval = fn(&EconomyInterval) -> (f64, f64);
        type Figure = (
            &'static str,
            &'static str,
            &'static str,
            Style,
            Value,
            Option<Interval>,
        );
        let mut figures: Vec<Figure> = vec![
            (
                "chart-percent",
                "Net gain or loss, percent of income",
                "percent of income",
                Style::PERCENT,
                |e| e.net_change_percent,
                Some(|i| (i.low_percent, i.high_percent)),
            ),
            (
                "chart-musd",
                "Net gain or loss, million USD a year",
                "million USD a year",
                Style::MUSD,
                |e| e.net_change_musd,
                Some(|i| (i.low_musd, i.high_musd)),
            ),
        ];
        if rows.iter().any(|e| e.cost_musd_per_year != 0.0) {
            figures.push((
                "chart-before-cost",
                "Gain or loss before the cost, million USD a year",
                "million USD a year",
                Style::MUSD,
                |e| e.real_income_change_musd,
                None,
            ));
        }
        for (id, title, unit, style, value, ends) in figures {
            let interval =
                |e: &EconomyOutcome| Some(ends?(select::interval(uncertainty?, &e.iso3)?));
            let mut sorted = rows.to_vec();
            sorted.sort_by(|a, b| {
                value(b)
                    .total_cmp(&value(a))
                    .then_with(|| a.iso3.cmp(&b.iso3))
            });
            let bars: Vec<chart::Bar<'_>> = sorted
                .iter()
                .map(|e| chart::Bar {
                    name: &e.name,
                    value: value(e),
                    interval: interval(e),
                    shade: shade(e),
                })
                .collect();
            let svg = chart::bars(id, title, unit, &bars, style);
            self.figure(&svg, title, &legend);
        }
    }

    fn corridors(&mut self, outcome: &Outcome) {
        if outcome.corridors.is_empty() && outcome.journeys.is_empty() {
            return;
        }
        self.put("<section><h2>Corridors and journeys</h2>");
        if !outcome.corridors.is_empty() {
            let shown = &outcome.corridors[..outcome.corridors.len().min(CORRIDORS)];
            let caption = self.caption(
                "Corridors where the change weighs most: change of generalised cost × trade (general cargo, weighted over modes)",
            );
            self.put(&tables::corridors(&caption, shown));
        }
        if !outcome.journeys.is_empty() {
            self.put("<h3>Journeys leg by leg</h3>");
            self.put(&tables::journeys(outcome));
        }
        self.put("</section>");
    }

    fn assumptions(&mut self, outcome: &Outcome) {
        if outcome.assumptions.is_empty() {
            return;
        }
        self.put("<section><h2>Assumptions</h2>");
        let caption = self.caption("Numbers that the result rests on");
        self.put(&tables::assumptions(&caption, &outcome.assumptions));
        self.put("</section>");
    }

    fn sources(&mut self, outcome: &Outcome) {
        self.put("<section><h2>Sources</h2>");
        if !outcome.scenario.sources.is_empty() {
            self.put("<p>Of the scenario:</p>");
            self.list(&outcome.scenario.sources);
        }
        if !outcome.sources.is_empty() {
            let caption = self.caption("Tables of the world");
            self.put(&tables::credits(&caption, &outcome.sources));
        }
        self.put("</section>");
    }

    fn computation(&mut self, outcome: &Outcome) {
        let d = &outcome.diagnostics;
        let w = &outcome.world;
        self.put("<section><h2>The computation</h2>");
        self.put(&format!(
            "<p>Comity {}; world {} {}: {} economies, {} sectors, {} places, {} nodes, {} links. The equilibrium took {} iterations.</p>",
            escape(&d.version),
            escape(&w.name),
            escape(&w.version),
            count(w.economies as u64),
            count(w.sectors as u64),
            count(w.places as u64),
            count(w.nodes as u64),
            count(w.links as u64),
            count(d.iterations as u64),
        ));
        let residuals: Vec<(String, String)> = d
            .residuals
            .iter()
            .map(|(block, r)| (block.clone(), format!("{r:.1e}")))
            .collect();
        let counts: Vec<(String, String)> = d
            .counts
            .iter()
            .map(|(what, n)| (what.clone(), count(*n)))
            .collect();
        let inputs: Vec<(String, String)> = d
            .inputs
            .iter()
            .map(|(file, hash)| (file.clone(), hash.clone()))
            .collect();
        self.put(r#"<div class="sides">"#);
        self.pairs(
            "Largest relative residual",
            "Equations",
            "Residual",
            "",
            &residuals,
        );
        self.pairs("Counts", "What", "Number", "", &counts);
        self.put("</div>");
        if !inputs.is_empty() {
            self.put("<details><summary>Inputs and their SHA-256</summary>");
            self.pairs("Inputs", "File", "SHA-256", "hashes", &inputs);
            self.put("</details>");
        }
        self.put(&format!(
            "<p>The command that makes this page again:</p>\n<pre><code>{}</code></pre></section>",
            escape(&d.command)
        ));
    }

    /// A small table of names and values, nothing if there are none.
    fn pairs(
        &mut self,
        caption: &str,
        name: &str,
        value: &str,
        class: &str,
        rows: &[(String, String)],
    ) {
        if rows.is_empty() {
            return;
        }
        let columns = [
            tables::Column::words(name, rows.iter().map(|r| r.0.clone())),
            tables::Column::words(value, rows.iter().map(|r| r.1.clone())),
        ];
        let class = format!("pairs {class}");
        let html = tables::table(caption, class.trim_end(), &columns);
        self.put(&html);
    }
}

/// Text whose options of the command, `--draws`, are marked, so that no line ends within one.
fn with_options(text: &str) -> String {
    let mark = |word: &str| match word.len() > 2 && word.starts_with("--") {
        true => format!("<code>{word}</code>"),
        false => word.to_owned(),
    };
    let words: Vec<String> = escape(text).split(' ').map(mark).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::with_options;

    #[test]
    fn options_are_marked_and_text_is_escaped() {
        assert_eq!(
            with_options("less < more; --draws 500 does -- that"),
            "less &lt; more; <code>--draws</code> 500 does -- that"
        );
    }
}
