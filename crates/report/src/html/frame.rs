//! What all pages begin with, and sections that several have.

use super::{STYLE, escape};
use comity_appraisal::outcome::WorldSummary;
use std::fmt::Write as _;

/// A page from its doctype to its first heading. `style` follows the style that all pages share, and
/// `class` is the body's; both may be empty.
pub(crate) fn opening(version: &str, title: &str, style: &str, class: &str) -> String {
    let class = match class {
        "" => String::new(),
        class => format!(r#" class="{class}""#),
    };
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="comity {version}">
<title>{title}</title>
<style>
{STYLE}{style}</style>
</head>
<body{class}>
<main>
"#,
        version = escape(version),
        title = escape(title),
    )
}

/// A page from its doctype to the end of its heading. `series` says what kind of page it is.
pub(crate) fn head(
    version: &str,
    series: &str,
    world: &WorldSummary,
    title: &str,
    lead: &str,
) -> String {
    let mut html = opening(version, title, "", "");
    let _ = writeln!(
        html,
        r#"<header>
<p class="series">Comity {series} · {world}, {year}</p>
<h1>{title}</h1>
<p class="lead">{lead}</p>
</header>"#,
        series = escape(series),
        world = escape(&world.title),
        year = world.base_year,
        title = escape(title),
        lead = escape(lead),
    );
    html
}

/// The result in one sentence.
pub(crate) fn verdict(sentence: &str) -> String {
    format!(
        "<section class=\"verdict\" aria-label=\"Result\"><p class=\"sentence\">{}</p></section>\n",
        escape(sentence)
    )
}

/// A section that lists some sentences; nothing if there are none. `class` may be empty.
pub(crate) fn listed(html: &mut String, class: &str, heading: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(
        html,
        r#"<section class="{class}"><h2>{}</h2><ul>"#,
        escape(heading)
    );
    for item in items {
        let _ = writeln!(html, "<li>{}</li>", escape(item));
    }
    html.push_str("</ul></section>\n");
}
