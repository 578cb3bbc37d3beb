//! Places, nodes, links, classes, terminals and borders.

use super::{Tables, unique};
use crate::ids::{ClassId, NodeId, TerritoryId};
use crate::polyline;
use crate::table::{Column, Problems, Table};
use crate::transport::{
    Border, Link, LinkClass, Mode, Network, Node, Place, Terminal, TerminalKind,
};
use std::collections::{BTreeMap, HashMap};

const INF: f64 = f64::INFINITY;

/// Node number in the files → position.
pub(super) type NodeIndex = HashMap<i64, usize>;

fn modes() -> BTreeMap<String, Mode> {
    Mode::ALL
        .into_iter()
        .map(|m| (m.label().to_owned(), m))
        .collect()
}

pub(super) fn network(
    tables: &Tables,
    territories: &BTreeMap<String, usize>,
    problems: &Problems,
) -> (Network, NodeIndex) {
    let (nodes, index) = nodes(tables.get("nodes"), territories, problems);
    let classes = classes(tables.get("modes"), problems);
    let links = links(tables.get("links"), &nodes, &index, &classes, problems);
    let terminals = terminals(
        tables.get("terminals"),
        territories,
        &nodes,
        &index,
        problems,
    );
    let borders = borders(tables.get("borders"), territories, problems);
    (
        Network {
            nodes,
            links,
            classes,
            terminals,
            borders,
        },
        index,
    )
}

fn nodes(
    table: &Table,
    territories: &BTreeMap<String, usize>,
    problems: &Problems,
) -> (Vec<Node>, NodeIndex) {
    let column = |name| table.column(name, problems);
    let (node, mode, iso3) = (column("node"), column("mode"), column("iso3"));
    let (lon, lat, gauge) = (column("lon"), column("lat"), column("gauge_mm"));
    let modes = modes();
    let mut rows: Vec<(i64, usize, Node)> = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        let Some(number) = required_whole(&node, row) else {
            continue;
        };
        let Some(mode) = mode.label(row, "mode", &modes) else {
            continue;
        };
        let territory = match iso3.text(row) {
            None => None,
            Some(_) => match iso3.label(row, "territory", territories) {
                Some(found) => Some(TerritoryId::from_index(found)),
                None => continue,
            },
        };
        let (Some(lon), Some(lat)) = (
            lon.number_in(row, -180.0, 180.0),
            lat.number_in(row, -90.0, 90.0),
        ) else {
            continue;
        };
        let gauge_mm = gauge.whole(row).and_then(|g| u16::try_from(g).ok());
        if mode == Mode::Rail && gauge_mm.is_none() {
            gauge.wrong(row, "a rail node must have a gauge in millimetres");
        }
        rows.push((
            number,
            row,
            Node {
                mode,
                territory,
                lon,
                lat,
                gauge_mm,
            },
        ));
    }
    unique(
        table,
        "node",
        rows.iter().map(|r| (r.1, r.0)),
        i64::to_string,
        problems,
    );
    rows.sort_by_key(|r| r.0);
    let index = rows.iter().enumerate().map(|(at, r)| (r.0, at)).collect();
    (rows.into_iter().map(|r| r.2).collect(), index)
}

fn required_whole(column: &Column, row: usize) -> Option<i64> {
    let value = column.whole(row);
    if value.is_none() && column.text(row).is_none() {
        column.required_number(row);
    }
    value
}

/// The node a cell names: `None` if the cell is empty or (a problem) wrong.
fn node_of(column: &Column, row: usize, index: &NodeIndex) -> Option<NodeId> {
    let number = column.whole(row)?;
    match index.get(&number) {
        Some(at) => Some(NodeId::from_index(*at)),
        None => {
            column.wrong(row, "nodes has no such node");
            None
        }
    }
}

fn classes(table: &Table, problems: &Problems) -> Vec<LinkClass> {
    let column = |name| table.column(name, problems);
    let (mode, class) = (column("mode"), column("class"));
    let (kmh, usd) = (column("kmh"), column("usd_per_teu_km"));
    let (fixed_hours, fixed_usd) = (column("fixed_hours"), column("fixed_usd_per_teu"));
    let (usd_low, usd_high) = (column("usd_low"), column("usd_high"));
    let (kmh_low, kmh_high) = (column("kmh_low"), column("kmh_high"));
    let source = column("source");
    let modes = modes();
    let mut rows: Vec<(usize, LinkClass)> = (0..table.rows())
        .filter_map(|row| {
            let kmh = kmh.positive(row)?;
            let usd = usd.number_in(row, 0.0, INF)?;
            Some((
                row,
                LinkClass {
                    mode: mode.label(row, "mode", &modes)?,
                    class: class.required_text(row)?.into_owned(),
                    kmh,
                    usd_per_teu_km: usd,
                    fixed_hours: fixed_hours.number_in(row, 0.0, INF)?,
                    fixed_usd_per_teu: fixed_usd.number_in(row, 0.0, INF)?,
                    kmh_range: (
                        kmh_low.number(row).unwrap_or(kmh),
                        kmh_high.number(row).unwrap_or(kmh),
                    ),
                    usd_range: (
                        usd_low.number(row).unwrap_or(usd),
                        usd_high.number(row).unwrap_or(usd),
                    ),
                    source: source.text(row).unwrap_or_default().into_owned(),
                },
            ))
        })
        .collect();
    unique(
        table,
        "class",
        rows.iter().map(|(r, c)| (*r, (c.mode, c.class.clone()))),
        |key| format!("{} {}", key.0.label(), key.1),
        problems,
    );
    rows.sort_by(|a, b| (a.1.mode, &a.1.class).cmp(&(b.1.mode, &b.1.class)));
    rows.into_iter().map(|(_, c)| c).collect()
}

fn links(
    table: &Table,
    nodes: &[Node],
    index: &NodeIndex,
    classes: &[LinkClass],
    problems: &Problems,
) -> Vec<Link> {
    let column = |name| table.column(name, problems);
    let (link, from, to) = (column("link"), column("from"), column("to"));
    let (mode, class, gauge) = (column("mode"), column("class"), column("gauge_mm"));
    let (km, hours) = (column("km"), column("hours_override"));
    let (passage, status, shape) = (column("passage"), column("status"), column("shape"));
    let modes = modes();
    let mut rows: Vec<(i64, usize, Link)> = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        let Some(number) = required_whole(&link, row) else {
            continue;
        };
        let (Some(a), Some(b)) = (node_of(&from, row, index), node_of(&to, row, index)) else {
            for end in [&from, &to] {
                if end.text(row).is_none() {
                    end.wrong(row, "a link to nowhere: this end is missing");
                }
            }
            continue;
        };
        let Some(mode) = mode.label(row, "mode", &modes) else {
            continue;
        };
        let Some(name) = class.required_text(row) else {
            continue;
        };
        let Some(class_at) = classes
            .iter()
            .position(|c| c.mode == mode && c.class == name)
        else {
            class.wrong(
                row,
                &format!("modes.csv has no class of this name for {}", mode.label()),
            );
            continue;
        };
        if nodes[a.index()].mode != mode || nodes[b.index()].mode != mode {
            from.wrong(
                row,
                &format!("a {} link must join two {0} nodes", mode.label()),
            );
            continue;
        }
        let breaks_gauge = name == "gauge-change";
        if mode == Mode::Rail && !breaks_gauge {
            let of_link = gauge.whole(row);
            for (end, node) in [(&from, a), (&to, b)] {
                let of_node = nodes[node.index()].gauge_mm.map(i64::from);
                if of_link.is_some() && of_node != of_link {
                    end.wrong(row, "the gauge of the link is not the gauge of this node");
                }
            }
        }
        let open = match status.text(row).as_deref() {
            Some("open") => true,
            Some("closed") => false,
            _ => {
                status.wrong(row, "must be open or closed");
                continue;
            }
        };
        let Some(km) = km.number_in(row, 0.0, INF) else {
            continue;
        };
        let hours_override = hours.number(row);
        if hours_override.is_some_and(|h| h < 0.0) {
            hours.wrong(row, "must be at least 0");
        }
        let shape_text = shape.text(row).unwrap_or_default().into_owned();
        if polyline::decode(&shape_text).is_none() {
            shape.wrong(row, "not an encoded polyline");
        }
        rows.push((
            number,
            row,
            Link {
                from: a,
                to: b,
                class: ClassId::from_index(class_at),
                km,
                hours_override,
                passage: passage.text(row).map(|p| p.into_owned()),
                open,
                shape: shape_text,
            },
        ));
    }
    unique(
        table,
        "link",
        rows.iter().map(|r| (r.1, r.0)),
        i64::to_string,
        problems,
    );
    rows.sort_by_key(|r| r.0);
    rows.into_iter().map(|r| r.2).collect()
}

fn terminals(
    table: &Table,
    territories: &BTreeMap<String, usize>,
    nodes: &[Node],
    index: &NodeIndex,
    problems: &Problems,
) -> Vec<Terminal> {
    let column = |name| table.column(name, problems);
    let (id, kind, name, code) = (column("id"), column("kind"), column("name"), column("code"));
    let (iso3, lon, lat) = (column("iso3"), column("lon"), column("lat"));
    let (road_node, node) = (column("road_node"), column("node"));
    let (access, hours, usd) = (column("access_km"), column("hours"), column("usd_per_teu"));
    let source = column("source");
    let kinds: BTreeMap<String, TerminalKind> = [
        TerminalKind::Rail,
        TerminalKind::Port,
        TerminalKind::Airport,
    ]
    .into_iter()
    .map(|k| (k.label().to_owned(), k))
    .collect();
    let mut rows: Vec<(usize, Terminal)> = Vec::new();
    for row in 0..table.rows() {
        let Some(kind) = kind.label(row, "kind of terminal", &kinds) else {
            continue;
        };
        let own = node_of(&node, row, index);
        let wanted = match kind {
            TerminalKind::Rail => Some(Mode::Rail),
            TerminalKind::Port => Some(Mode::Sea),
            TerminalKind::Airport => None,
        };
        if wanted.is_some() && own.is_none() {
            if node.text(row).is_none() {
                node.wrong(row, "a rail terminal or port needs a node");
            }
            continue;
        }
        if let (Some(wanted), Some(own)) = (wanted, own)
            && nodes[own.index()].mode != wanted
        {
            node.wrong(row, &format!("this is not a {} node", wanted.label()));
        }
        let road = node_of(&road_node, row, index);
        if road.is_some_and(|n| nodes[n.index()].mode != Mode::Road) {
            road_node.wrong(row, "this is not a road node");
        }
        let Some(territory) = iso3.label(row, "territory", territories) else {
            continue;
        };
        let fields = (|| {
            Some(Terminal {
                id: id.required_text(row)?.into_owned(),
                kind,
                name: name.required_text(row)?.into_owned(),
                code: code.text(row).unwrap_or_default().into_owned(),
                territory: TerritoryId::from_index(territory),
                lon: lon.number_in(row, -180.0, 180.0)?,
                lat: lat.number_in(row, -90.0, 90.0)?,
                road_node: road,
                node: own,
                access_km: access.number_in(row, 0.0, INF)?,
                hours: hours.number_in(row, 0.0, INF)?,
                usd_per_teu: usd.number_in(row, 0.0, INF)?,
                source: source.text(row).unwrap_or_default().into_owned(),
            })
        })();
        if let Some(terminal) = fields {
            rows.push((row, terminal));
        }
    }
    unique(
        table,
        "id",
        rows.iter().map(|(r, t)| (*r, t.id.clone())),
        String::clone,
        problems,
    );
    rows.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    rows.into_iter().map(|(_, t)| t).collect()
}

fn borders(
    table: &Table,
    territories: &BTreeMap<String, usize>,
    problems: &Problems,
) -> Vec<Border> {
    let column = |name| table.column(name, problems);
    let (from, to, mode) = (column("iso3_from"), column("iso3_to"), column("mode"));
    let (hours, usd) = (column("hours"), column("usd_per_teu"));
    let (open, source) = (column("open"), column("source"));
    let modes = modes();
    let mut rows: Vec<(usize, Border)> = (0..table.rows())
        .filter_map(|row| {
            let a = from.label(row, "territory", territories)?;
            let b = to.label(row, "territory", territories)?;
            if a == b {
                to.wrong(row, "a border needs two territories");
                return None;
            }
            Some((
                row,
                Border {
                    from: TerritoryId::from_index(a),
                    to: TerritoryId::from_index(b),
                    mode: mode.label(row, "mode", &modes)?,
                    hours: hours.number_in(row, 0.0, INF)?,
                    usd_per_teu: usd.number_in(row, 0.0, INF)?,
                    open: open.boolean(row)?,
                    source: source.text(row).unwrap_or_default().into_owned(),
                },
            ))
        })
        .collect();
    unique(
        table,
        "iso3_from",
        rows.iter().map(|(r, b)| (*r, (b.from, b.to, b.mode))),
        |key| key.2.label().to_owned(),
        problems,
    );
    rows.sort_by_key(|(_, b)| (b.from, b.to, b.mode));
    rows.into_iter().map(|(_, b)| b).collect()
}

pub(super) fn places(
    table: &Table,
    territories: &BTreeMap<String, usize>,
    index: &NodeIndex,
    problems: &Problems,
) -> Vec<Place> {
    let column = |name| table.column(name, problems);
    let (id, name, aliases) = (column("id"), column("name"), column("aliases"));
    let (iso3, lon, lat) = (column("iso3"), column("lon"), column("lat"));
    let (population, weight) = (column("population"), column("weight_in_economy"));
    let road_node = column("road_node");
    let mut rows: Vec<(usize, Place)> = (0..table.rows())
        .filter_map(|row| {
            Some((
                row,
                Place {
                    id: id.required_text(row)?.into_owned(),
                    name: name.required_text(row)?.into_owned(),
                    aliases: aliases
                        .text(row)
                        .map(|text| text.split('|').map(|a| a.trim().to_owned()).collect())
                        .unwrap_or_default(),
                    territory: TerritoryId::from_index(iso3.label(
                        row,
                        "territory",
                        territories,
                    )?),
                    lon: lon.number_in(row, -180.0, 180.0)?,
                    lat: lat.number_in(row, -90.0, 90.0)?,
                    population: population.number_in(row, 0.0, INF)?,
                    weight: weight.number_in(row, 0.0, 1.0)?,
                    road_node: node_of(&road_node, row, index),
                },
            ))
        })
        .collect();
    unique(
        table,
        "id",
        rows.iter().map(|(r, p)| (*r, p.id.clone())),
        String::clone,
        problems,
    );
    rows.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    rows.into_iter().map(|(_, p)| p).collect()
}
