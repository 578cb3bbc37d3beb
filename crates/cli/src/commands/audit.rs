//! `comity world audit`: the text of it. Counts of everything, and the worst few of each kind.

use super::table;
use comity_report::numbers;
use comity_world::audit::{Audit, CoordinateFault, LinkAt, ModeAudit, NodeAt, Thresholds};
use std::fmt::Write;

/// Findings shown of each kind.
const WORST: usize = 10;

pub fn text(label: &str, found: &Audit, thresholds: &Thresholds) -> String {
    let mut out = format!("{label}\n\n{}", summary(found));
    for mode in &found.modes {
        of_mode(&mut out, mode, thresholds);
    }
    let far = found.far_places.iter().map(|p| {
        let km = |km: Option<f64>| km.map_or("–".to_owned(), |km| format!("{km:.0}"));
        format!(
            "{} ({}, {}): {} km to rail, {} km to road",
            p.name,
            p.iso3,
            p.place,
            km(p.rail_km),
            km(p.road_km)
        )
    });
    let title = format!(
        "Places more than {} km from any node of rail and road",
        thresholds.far_km
    );
    list(&mut out, &title, far);
    list(
        &mut out,
        "Places and terminals on nodes where no open link ends",
        found
            .stranded
            .iter()
            .map(|s| format!("{} {}: {} {}", s.kind, s.id, s.mode.label(), node(&s.at))),
    );
    list(
        &mut out,
        "Closed borders that open links cross",
        found.closed_crossings.iter().map(|c| {
            let links = c.links.len();
            let noun = if links == 1 { "link" } else { "links" };
            format!(
                "{} to {} by {}: {links} {noun}",
                c.from,
                c.to,
                c.mode.label()
            )
        }),
    );
    list(
        &mut out,
        "Coordinates out of range or apparently swapped",
        found.coordinates.iter().map(|m| {
            let fault = match m.fault {
                CoordinateFault::OutOfRange => "out of range",
                CoordinateFault::Swapped => "apparently swapped",
            };
            format!("{} {} at {}, {}: {fault}", m.kind, m.id, m.lon, m.lat)
        }),
    );
    out.push_str(
        "\nFindings are not errors: an island may be an island. --format json lists all.\n",
    );
    out
}

fn summary(found: &Audit) -> String {
    let mut header = vec![""];
    header.extend(found.modes.iter().map(|m| m.mode.label()));
    let mut rows = table(&header, 1);
    type Count = fn(&ModeAudit) -> usize;
    let lines: [(&str, Count); 16] = [
        ("nodes", |m| m.nodes),
        ("links", |m| m.links),
        ("  closed", |m| m.closed_links),
        ("km", |m| m.km.round() as usize),
        ("components", |m| m.components.len()),
        ("  of one node without links", |m| m.isolated_nodes),
        ("gaps between components", |m| m.gaps.len()),
        ("dead ends", |m| m.dangling_ends),
        ("  with a place or terminal", |m| m.dangling_ends_served),
        ("links from a node to itself", |m| m.self_loops.len()),
        ("pairs of nodes with several links", |m| m.parallel.len()),
        ("  with duplicates", |m| {
            m.parallel.iter().filter(|p| p.duplicate).count()
        }),
        ("long links", |m| m.long.len()),
        ("links without length", |m| m.zero_length.len()),
        ("shorter than the great circle", |m| m.too_short.len()),
        ("exactly the great circle", |m| m.straight.len()),
    ];
    for (what, count) in lines {
        let mut cells = vec![what.to_owned()];
        cells.extend(found.modes.iter().map(|m| numbers::count(count(m) as u64)));
        rows.add_row(cells);
    }
    let mut cells = vec!["hours out of the speed range".to_owned()];
    cells.extend(
        found
            .modes
            .iter()
            .map(|m| numbers::count(m.speeds.len() as u64)),
    );
    rows.add_row(cells);
    let lines: Vec<String> = rows
        .to_string()
        .lines()
        .map(|l| l.trim_end().to_owned())
        .collect();
    lines.join("\n") + "\n"
}

fn of_mode(out: &mut String, mode: &ModeAudit, thresholds: &Thresholds) {
    let label = mode.mode.label();
    let title = |what: &str| format!("{label}: {what}");
    list(
        out,
        &title("smaller components with places or terminals"),
        mode.components
            .iter()
            .skip(1)
            .filter(|c| !c.places.is_empty() || !c.terminals.is_empty())
            .map(|c| {
                let ids: Vec<&str> = c
                    .places
                    .iter()
                    .chain(&c.terminals)
                    .map(String::as_str)
                    .collect();
                let more = ids.len().saturating_sub(4);
                let and = if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                };
                format!(
                    "{} nodes, {:.0} km, {}: {}{and}",
                    c.nodes,
                    c.km,
                    node(&c.at),
                    ids[..ids.len().min(4)].join(", ")
                )
            }),
    );
    list(
        out,
        &title(&format!("gaps below {} km", thresholds.gap_km)),
        mode.gaps.iter().map(|g| {
            format!(
                "{:.0} m between {} and {} (components of {} and {} nodes)",
                1000.0 * g.km,
                node(&g.a),
                node(&g.b),
                g.nodes.0,
                g.nodes.1
            )
        }),
    );
    list(
        out,
        &title(&format!(
            "dead ends without a terminal within {} km of a place",
            thresholds.end_near_place_km
        )),
        mode.dangling_near_places
            .iter()
            .map(|e| format!("{}, {:.1} km from {}", node(&e.at), e.km, e.place)),
    );
    list(
        out,
        &title("links from a node to itself"),
        mode.self_loops.iter().map(link),
    );
    list(
        out,
        &title("pairs of nodes with several links"),
        mode.parallel.iter().map(|p| {
            let numbers: Vec<String> = p.links.iter().map(usize::to_string).collect();
            let duplicate = if p.duplicate { ", duplicate" } else { "" };
            format!("links {}, {}{duplicate}", numbers.join(", "), node(&p.from))
        }),
    );
    list(
        out,
        &title(&format!("links longer than {} km", thresholds.long_km)),
        mode.long.iter().map(link),
    );
    list(
        out,
        &title("links without length"),
        mode.zero_length.iter().map(link),
    );
    let against = |l: &comity_world::audit::Length| {
        format!(
            "{}; great circle {:.1} km",
            link(&l.link),
            l.great_circle_km
        )
    };
    list(
        out,
        &title("links shorter than the great circle between their ends, which cannot be"),
        mode.too_short.iter().map(against),
    );
    list(
        out,
        &title("links exactly as long as the great circle, which nobody measured"),
        mode.straight.iter().map(against),
    );
    list(
        out,
        &title("links whose own hours imply a speed out of the range of their class"),
        mode.speeds.iter().map(|s| {
            let kmh = s
                .kmh
                .map_or("no time at all".to_owned(), |v| format!("{v:.1} km/h"));
            let (low, high) = s.kmh_range;
            format!("{}; {kmh}, class {low} to {high}", link(&s.link))
        }),
    );
}

fn list(out: &mut String, title: &str, items: impl Iterator<Item = String>) {
    let items: Vec<String> = items.collect();
    if items.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}: {}", numbers::count(items.len() as u64));
    for item in items.iter().take(WORST) {
        let _ = writeln!(out, "  {item}");
    }
    if items.len() > WORST {
        let more = numbers::count((items.len() - WORST) as u64);
        let _ = writeln!(out, "  and {more} more");
    }
}

fn node(at: &NodeAt) -> String {
    let territory = at.iso3.as_ref().map_or(String::new(), |t| format!(" {t}"));
    format!("node {}{territory} ({:.4}, {:.4})", at.node, at.lon, at.lat)
}

fn link(at: &LinkAt) -> String {
    format!(
        "link {} ({}, {:.1} km) from {} to {}",
        at.link,
        at.class,
        at.km,
        node(&at.from),
        node(&at.to)
    )
}
