//! Estimates side by side.

use std::fmt::Write;

use crate::bootstrap::{BootstrapMethod, BootstrapResult};
use crate::fit::Fit;
use crate::iv::InstrumentTest;
use crate::model::Family;
use crate::wald::WaldTest;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// Pipes, for documents and terminals.
    Markdown,
    /// A `tabular` with booktabs rules.
    Latex,
    /// A `table` element.
    Html,
    /// Comma-separated, one cell a field.
    Csv,
}

impl TableFormat {
    /// Reads `markdown`, `latex`, `html` or `csv`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "markdown" | "md" => Some(TableFormat::Markdown),
            "latex" | "tex" => Some(TableFormat::Latex),
            "html" => Some(TableFormat::Html),
            "csv" => Some(TableFormat::Csv),
            _ => None,
        }
    }
}

/// A part of the table; parts are set apart by a rule.
struct Part {
    rows: Vec<Vec<String>>,
}

/// Estimates side by side, a column each: coefficients with standard errors below, the
/// fixed effects, what was dropped, measures of fit. With `stars`, * is p < 0.1, ** is
/// p < 0.05, *** is p < 0.01.
pub fn table(fits: &[(String, &Fit)], format: TableFormat, stars: bool) -> String {
    let mut head = vec![String::new()];
    let mut outcomes = vec!["Outcome".to_string()];
    let mut families = vec!["Estimator".to_string()];
    for (title, fit) in fits {
        head.push(title.clone());
        outcomes.push(fit.outcome.clone());
        families.push(
            match fit.family {
                Family::Poisson => "PPML",
                Family::Ols if fit.instruments.is_some() => "2SLS",
                Family::Ols => "OLS",
                Family::Gamma => "Gamma PML",
                Family::GaussianLog => "Gaussian, log link",
            }
            .to_string(),
        );
    }
    let mut about = vec![outcomes, families];
    if fits.iter().any(|(_, f)| f.sample.of.is_some()) {
        let mut samples = vec!["Sample".to_string()];
        samples.extend(fits.iter().map(|(_, f)| match &f.sample.of {
            Some((column, level)) => format!("{column} = {level}"),
            None => "all".to_string(),
        }));
        about.push(samples);
    }
    let parts = [
        Part { rows: about },
        coefficients(fits, stars),
        effects(fits),
        sample(fits),
        measures(fits),
    ];
    let notes = notes(fits, stars);
    match format {
        TableFormat::Markdown => markdown(&head, &parts, &notes),
        TableFormat::Latex => latex(&head, &parts, &notes),
        TableFormat::Html => html(&head, &parts, &notes),
        TableFormat::Csv => csv(&head, &parts, &notes),
    }
}

/// The distinct values over all fits, in the order of their first appearance.
fn union<'a>(lists: impl Iterator<Item = Vec<&'a str>>) -> Vec<&'a str> {
    let mut all: Vec<&str> = Vec::new();
    for name in lists.flatten() {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// Four significant digits, without an exponent where that stays short.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e7).contains(&size) {
        return format!("{value:.3e}");
    }
    let decimals = if size >= 1000.0 {
        0
    } else if size >= 1.0 || size == 0.0 {
        3
    } else {
        (3 - size.log10().floor() as i32).clamp(3, 7) as usize
    };
    format!("{value:.decimals$}")
}

/// Digits in groups of three.
fn whole(value: usize) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    out
}

/// `1 row`, `1,234 rows`.
fn counted(rows: usize) -> String {
    let unit = if rows == 1 { "row" } else { "rows" };
    format!("{} {unit}", whole(rows))
}

fn coefficients(fits: &[(String, &Fit)], stars: bool) -> Part {
    let names = union(fits.iter().map(|(_, f)| {
        let kept = f.coefficients.iter().map(|c| c.name.as_str());
        let dropped = f.dropped_regressors.iter().map(|d| d.name.as_str());
        kept.chain(dropped).collect()
    }));
    let mut rows = Vec::new();
    for name in names {
        let mut estimates = vec![name.to_string()];
        let mut errors = vec![String::new()];
        for (_, fit) in fits {
            let found = fit.coefficients.iter().find(|c| c.name == name);
            let (estimate, error) = match found {
                Some(c) => {
                    let mark = match c.p_value {
                        p if !stars || p >= 0.1 || p.is_nan() => "",
                        p if p >= 0.05 => "*",
                        p if p >= 0.01 => "**",
                        _ => "***",
                    };
                    (
                        format!("{}{mark}", number(c.estimate)),
                        format!("({})", number(c.standard_error)),
                    )
                }
                None if fit.dropped_regressors.iter().any(|d| d.name == name) => {
                    ("dropped".to_string(), String::new())
                }
                None => (String::new(), String::new()),
            };
            estimates.push(estimate);
            errors.push(error);
        }
        rows.push(estimates);
        rows.push(errors);
    }
    Part { rows }
}

fn effects(fits: &[(String, &Fit)]) -> Part {
    let names = union(
        fits.iter()
            .map(|(_, f)| f.effects.iter().map(|e| e.name.as_str()).collect()),
    );
    let row = |name: &&str| {
        let mut row = vec![format!("{name} effects")];
        for (_, fit) in fits {
            let cell = match fit.effects.iter().find(|e| e.name == **name) {
                Some(e) if e.slopes.is_empty() => whole(e.levels),
                Some(e) => format!("{}, slopes in {}", whole(e.levels), e.slopes.join(", ")),
                None => "none".to_string(),
            };
            row.push(cell);
        }
        row
    };
    Part {
        rows: names.iter().map(row).collect(),
    }
}

fn sample(fits: &[(String, &Fit)]) -> Part {
    type Count = fn(&Fit) -> usize;
    let counts: [(&str, Count); 6] = [
        ("Rows used", |f| f.sample.used),
        ("Left out: subset", |f| {
            f.sample.subset.iter().map(|(_, count)| count).sum()
        }),
        ("Dropped: missing", |f| f.sample.missing),
        ("Dropped: singletons", |f| f.sample.singletons),
        ("Dropped: separated", |f| f.sample.separated),
        ("Dropped: zero weight", |f| f.sample.zero_weight),
    ];
    let rows = counts
        .iter()
        .enumerate()
        .filter(|(i, (_, count))| *i == 0 || fits.iter().any(|(_, f)| count(f) > 0))
        .map(|(_, (name, count))| {
            let mut row = vec![(*name).to_string()];
            row.extend(fits.iter().map(|(_, f)| whole(count(f))));
            row
        })
        .collect();
    Part { rows }
}

fn measures(fits: &[(String, &Fit)]) -> Part {
    type Measure = fn(&Fit) -> Option<f64>;
    let measures: [(&str, Measure); 6] = [
        ("Pseudo-R²", |f| {
            (f.family != Family::Ols).then_some(f.statistics.pseudo_r2)
        }),
        ("R²", |f| f.statistics.r2),
        ("Within R²", |f| f.statistics.within_r2),
        ("Squared correlation", |f| {
            (f.family != Family::Ols).then_some(f.statistics.squared_correlation)
        }),
        ("Log-likelihood", |f| Some(f.statistics.log_likelihood)),
        ("Deviance", |f| {
            (f.family != Family::Ols).then_some(f.statistics.deviance)
        }),
    ];
    let rows = measures
        .iter()
        .filter(|(_, measure)| fits.iter().any(|(_, f)| measure(f).is_some()))
        .map(|(name, measure)| {
            let mut row = vec![(*name).to_string()];
            row.extend(
                fits.iter()
                    .map(|(_, f)| measure(f).map(number).unwrap_or_default()),
            );
            row
        })
        .collect();
    Part { rows }
}

/// Below the table: the errors, stars, and why anything was dropped.
fn notes(fits: &[(String, &Fit)], stars: bool) -> Vec<String> {
    let mut notes = Vec::new();
    for (title, fit) in fits {
        let clusters: Vec<String> = fit
            .clusters
            .iter()
            .map(|(name, count)| format!("{} {name}", whole(*count)))
            .collect();
        let among = if clusters.is_empty() {
            String::new()
        } else {
            format!(" ({})", clusters.join(", "))
        };
        notes.push(format!(
            "{title}: standard errors {}{among}, correction {}.",
            fit.covariance_kind,
            fit.correction.name()
        ));
        notes.extend(
            fit.tests
                .iter()
                .map(|test| format!("{title}: {}.", hypothesis(fit.family, test))),
        );
        if let Some(tests) = &fit.instruments {
            for (name, test) in &tests.first_stage {
                notes.push(format!("{title}: first stage of {name}: {}.", shown(test)));
            }
            if let Some(test) = &tests.wu_hausman {
                notes.push(format!("{title}: Wu–Hausman: {}.", shown(test)));
            }
            if let Some(test) = &tests.sargan {
                notes.push(format!("{title}: Sargan: {}.", shown(test)));
            }
        }
        if let Some(bootstrap) = &fit.bootstrap {
            notes.extend(resampled(title, bootstrap));
        }
        if let Some(c) = &fit.bias_correction {
            notes.push(format!(
                "{title}: coefficients corrected for the bias of three-way PPML, errors adjusted \
                 (Weidner & Zylkin 2021)."
            ));
            for (coefficient, (before, error)) in fit
                .coefficients
                .iter()
                .zip(c.uncorrected.iter().zip(&c.unadjusted_errors))
            {
                notes.push(format!(
                    "{title}: {} before the correction {} ({}).",
                    coefficient.name,
                    number(*before),
                    number(*error)
                ));
            }
        }
        for effect in fit.effects.iter().filter(|e| e.levels == 1) {
            notes.push(format!(
                "{title}: {} has one level, so its effect is a constant.",
                effect.name
            ));
        }
        for dropped in &fit.dropped_regressors {
            notes.push(format!(
                "{title}: {} dropped: {}.",
                dropped.name, dropped.reason
            ));
        }
        for (condition, count) in &fit.sample.subset {
            notes.push(format!(
                "{title}: subset {condition}, which leaves out {}.",
                counted(*count)
            ));
        }
        for (column, count) in &fit.sample.missing_by_column {
            notes.push(format!("{title}: {column} missing in {}.", counted(*count)));
        }
        for (effect, count) in &fit.sample.singletons_by_effect {
            notes.push(format!(
                "{title}: {} alone in their level of {effect}.",
                counted(*count)
            ));
        }
        for (effect, count) in &fit.sample.separated_in_zero_levels {
            notes.push(format!(
                "{title}: {} separated: all outcomes in their level of {effect} are zero.",
                counted(*count)
            ));
        }
        if fit.sample.separated_by_combination > 0 {
            notes.push(format!(
                "{title}: {} separated by a combination of regressors and effects.",
                counted(fit.sample.separated_by_combination)
            ));
        }
    }
    if stars {
        notes.push("* p < 0.1, ** p < 0.05, *** p < 0.01.".to_string());
    }
    notes
}

/// A Wald test in words.
fn hypothesis(family: Family, test: &WaldTest) -> String {
    let value = |at: usize| test.values.get(at).copied().unwrap_or(0.0);
    let parts: Vec<String> = test
        .names
        .iter()
        .enumerate()
        .map(|(at, name)| format!("{name} = {}", value(at)))
        .collect();
    let statistic = match test.denominator.filter(|_| family != Family::Poisson) {
        Some(df) => format!("F({}, {df}) = {}", test.numerator, number(test.f)),
        None => format!("χ²({}) = {}", test.numerator, number(test.chi_squared)),
    };
    format!(
        "Wald test of {}: {statistic}, p = {}",
        parts.join(", "),
        number(test.p_value)
    )
}

/// What a bootstrap gave, a line for it and one for each coefficient.
fn resampled(title: &str, bootstrap: &BootstrapResult) -> Vec<String> {
    let method = match bootstrap.method {
        BootstrapMethod::Pairs => "pairs cluster bootstrap",
        BootstrapMethod::Wild => "wild cluster bootstrap",
        BootstrapMethod::Score => "score bootstrap",
    };
    let (cluster, count) = &bootstrap.cluster;
    let failed = match bootstrap.failed {
        0 => String::new(),
        failed => format!(", {} of them failed", whole(failed)),
    };
    let draws = if bootstrap.exhaustive {
        format!("all {} changes of sign", whole(bootstrap.draws))
    } else {
        let (draws, seed) = (whole(bootstrap.draws), bootstrap.seed);
        format!("{draws} draws{failed}, seed {seed}")
    };
    let mut lines = vec![format!(
        "{title}: {method} over {} {cluster}, {draws}.",
        whole(*count)
    )];
    for c in &bootstrap.coefficients {
        let spread = match (c.standard_error, c.interval) {
            (Some(error), Some((low, high))) => format!(
                ", error {}, 95 % interval {} to {}",
                number(error),
                number(low),
                number(high)
            ),
            _ => String::new(),
        };
        lines.push(format!(
            "{title}: {} p = {}{spread}.",
            c.name,
            number(c.p_value)
        ));
    }
    lines
}

/// "F(2, 165) = 43.38, p = 1.4e-19"
fn shown(test: &InstrumentTest) -> String {
    let (first, second) = test.degrees_of_freedom;
    let law = match second {
        Some(second) => format!("F({first}, {second})"),
        None => format!("χ²({first})"),
    };
    let (value, p) = (number(test.statistic), number(test.p_value));
    format!("{law} = {value}, p = {p}")
}

fn markdown(head: &[String], parts: &[Part], notes: &[String]) -> String {
    let escape = |cell: &String| cell.replace('|', "\\|").replace('*', "\\*");
    let rows: Vec<Vec<String>> = std::iter::once(head)
        .chain(parts.iter().flat_map(|p| p.rows.iter().map(Vec::as_slice)))
        .map(|row| row.iter().map(escape).collect())
        .collect();
    let width: Vec<usize> = (0..head.len())
        .map(|c| {
            rows.iter()
                .map(|r| r[c].chars().count())
                .max()
                .unwrap_or(0)
                .max(3)
        })
        .collect();
    let mut out = String::new();
    for (i, row) in rows.iter().enumerate() {
        for (c, cell) in row.iter().enumerate() {
            let fill = " ".repeat(width[c] - cell.chars().count());
            if c == 0 {
                let _ = write!(out, "| {cell}{fill} |");
            } else {
                let _ = write!(out, " {fill}{cell} |");
            }
        }
        out.push('\n');
        if i == 0 {
            for (c, w) in width.iter().enumerate() {
                let dashes = "-".repeat(*w);
                let _ = if c == 0 {
                    write!(out, "| {dashes} |")
                } else {
                    write!(out, " {}: |", &dashes[1..])
                };
            }
            out.push('\n');
        }
    }
    for note in notes {
        let _ = write!(out, "\n{}\n", escape(note));
    }
    out
}

fn latex(head: &[String], parts: &[Part], notes: &[String]) -> String {
    let escape = |cell: &str| {
        let mut out = String::new();
        for c in cell.chars() {
            match c {
                '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                    out.push('\\');
                    out.push(c);
                }
                '^' => out.push_str("\\^{}"),
                '~' => out.push_str("\\~{}"),
                '\\' => out.push_str("\\textbackslash{}"),
                '²' => out.push_str("\\textsuperscript{2}"),
                '<' => out.push_str("\\textless{}"),
                _ => out.push(c),
            }
        }
        out
    };
    let line = |row: &[String]| {
        let cells: Vec<String> = row.iter().map(|c| escape(c)).collect();
        format!("{} \\\\\n", cells.join(" & "))
    };
    let mut out = format!(
        "\\begin{{tabular}}{{l{}}}\n\\toprule\n",
        "r".repeat(head.len() - 1)
    );
    out.push_str(&line(head));
    for part in parts.iter().filter(|p| !p.rows.is_empty()) {
        out.push_str("\\midrule\n");
        part.rows.iter().for_each(|row| out.push_str(&line(row)));
    }
    out.push_str("\\bottomrule\n\\end{tabular}\n");
    for note in notes {
        let _ = writeln!(out, "\n{}", escape(note));
    }
    out
}

fn html(head: &[String], parts: &[Part], notes: &[String]) -> String {
    let escape = |cell: &str| {
        cell.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let line = |row: &[String], first: &str, tag: &str| {
        let mut out = String::from("<tr>");
        for (c, cell) in row.iter().enumerate() {
            let tag = if c == 0 { first } else { tag };
            let _ = write!(out, "<{tag}>{}</{tag}>", escape(cell));
        }
        out.push_str("</tr>\n");
        out
    };
    let mut out = String::from("<table>\n<thead>\n");
    out.push_str(&line(head, "th", "th"));
    out.push_str("</thead>\n");
    for part in parts.iter().filter(|p| !p.rows.is_empty()) {
        out.push_str("<tbody>\n");
        part.rows
            .iter()
            .for_each(|row| out.push_str(&line(row, "th", "td")));
        out.push_str("</tbody>\n");
    }
    out.push_str("</table>\n");
    for note in notes {
        let _ = writeln!(out, "<p>{}</p>", escape(note));
    }
    out
}

fn csv(head: &[String], parts: &[Part], notes: &[String]) -> String {
    let quote = |cell: &String| {
        if cell.contains([',', '"', '\n']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.clone()
        }
    };
    let mut out = String::new();
    let rows =
        std::iter::once(head).chain(parts.iter().flat_map(|p| p.rows.iter().map(Vec::as_slice)));
    for row in rows {
        let cells: Vec<String> = row.iter().map(quote).collect();
        let _ = writeln!(out, "{}", cells.join(","));
    }
    for note in notes {
        let blank = ",".repeat(head.len() - 1);
        let _ = writeln!(out, "{}{blank}", quote(note));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_four_digits() {
        for (value, shown) in [
            (0.192445493, "0.1924"),
            (-1.5278, "-1.528"),
            (0.0419527, "0.04195"),
            (1.926e-6, "1.926e-6"),
            (12345.6, "12346"),
            (0.0, "0.000"),
        ] {
            assert_eq!(number(value), shown);
        }
        assert_eq!(whole(1234567), "1,234,567");
    }
}
