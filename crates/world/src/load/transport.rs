//! Places, nodes, links, classes, terminals and borders.

use super::{Tables, cells, unique};
use crate::ids::{ClassId, NodeId, TerritoryId};
use crate::polyline;
use crate::table::{Column, Labels, Problems, Table};
use crate::transport::{
    Border, Link, LinkClass, Mode, Network, Node, Place, Terminal, TerminalKind,
};
use std::collections::HashMap;

const INF: f64 = f64::INFINITY;

/// The nodes that other tables may name.
pub(super) struct NodeIndex {
    file: String,
    /// Number in the files → position; `None` for a node whose row has a mistake, which is not
    /// repeated wherever the node is named.
    positions: HashMap<i64, Option<usize>>,
    /// Whether the table of nodes could be read in full.
    complete: bool,
}

fn modes() -> Labels<Mode> {
    Labels::all(Mode::ALL.map(|m| (m.label().to_owned(), m)))
}

pub(super) fn network(
    tables: &Tables,
    territories: &Labels<usize>,
    problems: &Problems,
) -> (Network, NodeIndex) {
    let (nodes, index) = nodes(tables.get("nodes"), territories, problems);
    let modes = tables.get("modes");
    let classes = classes(modes, problems);
    let links = links(
        tables.get("links"),
        &nodes,
        &index,
        modes,
        &classes,
        problems,
    );
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
    territories: &Labels<usize>,
    problems: &Problems,
) -> (Vec<Node>, NodeIndex) {
    let column = |name| table.column(name, problems);
    let (node, mode, iso3) = (column("node"), column("mode"), column("iso3"));
    let (lon, lat, gauge) = (column("lon"), column("lat"), column("gauge_mm"));
    let modes = modes();
    let read = |row: usize| {
        let territory = match iso3.text(row) {
            None => Some(None),
            Some(_) => iso3.label(row, "territory", territories).map(Some),
        };
        cells! {
            mode = mode.label(row, "mode", &modes),
            territory = territory,
            lon = lon.number_in(row, -180.0, 180.0),
            lat = lat.number_in(row, -90.0, 90.0),
        }
        let gauge_mm = gauge.whole(row).and_then(|g| u16::try_from(g).ok());
        if mode == Mode::Rail && gauge_mm.is_none() {
            gauge.wrong(row, "a rail node must have a gauge in millimetres");
        }
        Some(Node {
            mode,
            territory: territory.map(TerritoryId::from_index),
            lon,
            lat,
            gauge_mm,
        })
    };
    let mut complete = !table.is_damaged() && table.rows() > 0;
    let mut rows: Vec<(i64, usize, Option<Node>)> = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        let read = read(row);
        match required_whole(&node, row) {
            Some(number) => rows.push((number, row, read)),
            None => complete = false,
        }
    }
    unique(&[&node], rows.iter().map(|r| (r.1, r.0)), problems);
    rows.sort_by_key(|r| r.0);
    let mut nodes = Vec::with_capacity(rows.len());
    let mut positions = HashMap::with_capacity(rows.len());
    for (number, _, node) in rows {
        positions.insert(number, node.is_some().then_some(nodes.len()));
        nodes.extend(node);
    }
    let index = NodeIndex {
        file: table.file().to_owned(),
        positions,
        complete,
    };
    (nodes, index)
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
    match index.positions.get(&number) {
        Some(at) => at.map(NodeId::from_index),
        None => {
            if index.complete {
                column.wrong(row, &format!("{} has no such node", index.file));
            }
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
            cells! {
                mode = mode.label(row, "mode", &modes),
                class = class.required_text(row),
                kmh = kmh.positive(row),
                usd_per_teu_km = usd.number_in(row, 0.0, INF),
                fixed_hours = fixed_hours.number_in(row, 0.0, INF),
                fixed_usd_per_teu = fixed_usd.number_in(row, 0.0, INF),
            }
            // The range is that of the fixed fee where nothing is paid by the kilometre.
            let ranged = if usd_per_teu_km > 0.0 {
                usd_per_teu_km
            } else {
                fixed_usd_per_teu
            };
            let class = LinkClass {
                mode,
                class: class.into_owned(),
                kmh,
                usd_per_teu_km,
                fixed_hours,
                fixed_usd_per_teu,
                kmh_range: Column::range(&kmh_low, &kmh_high, row, kmh),
                usd_range: Column::range(&usd_low, &usd_high, row, ranged),
                source: source.text_or_empty(row),
            };
            Some((row, class))
        })
        .collect();
    let keys = rows.iter().map(|(r, c)| (*r, (c.mode, c.class.clone())));
    unique(&[&mode, &class], keys, problems);
    rows.sort_by(|a, b| (a.1.mode, &a.1.class).cmp(&(b.1.mode, &b.1.class)));
    rows.into_iter().map(|(_, c)| c).collect()
}

fn links(
    table: &Table,
    nodes: &[Node],
    index: &NodeIndex,
    modes_table: &Table,
    classes: &[LinkClass],
    problems: &Problems,
) -> Vec<Link> {
    let column = |name| table.column(name, problems);
    let (link, from, to) = (column("link"), column("from"), column("to"));
    let (mode, class, gauge) = (column("mode"), column("class"), column("gauge_mm"));
    let (km, hours) = (column("km"), column("hours_override"));
    let (passage, status, shape) = (column("passage"), column("status"), column("shape"));
    let modes = modes();
    let class_names = modes_table.labels("class");
    let class_of = |row: usize, mode: Option<Mode>| {
        let name = class.required_text(row)?;
        let mode = mode?;
        let of_mode = |c: &&LinkClass| c.mode == mode;
        if let Some(at) = classes.iter().position(|c| of_mode(&c) && c.class == name) {
            return Some(at);
        }
        // A class whose own row has a mistake is no mistake here.
        let lost = class_names.contains(&name) && !classes.iter().any(|c| c.class == name);
        if class_names.is_complete() && !lost {
            let message = format!(
                "{} has no such class of {}",
                modes_table.file(),
                mode.label()
            );
            let names: Vec<&str> = classes
                .iter()
                .filter(of_mode)
                .map(|c| c.class.as_str())
                .collect();
            let problem = table
                .problem(row, "class", message)
                .value(name.as_ref())
                .did_you_mean(&name, names.iter().copied());
            problems.push(match problem.help {
                None => problem.help(format!("there are {}", names.join(", "))),
                Some(_) => problem,
            });
        }
        None
    };
    let end_of = |end: &Column, row: usize| {
        if end.exists() && end.text(row).is_none() {
            end.wrong(row, "a link to nowhere: this end is missing");
        }
        node_of(end, row, index)
    };
    let open_of = |row: usize| match status.text(row).as_deref() {
        Some("open") => Some(true),
        Some("closed") => Some(false),
        _ if status.exists() => {
            status.wrong(row, "must be open or closed");
            None
        }
        _ => None,
    };
    let mut rows: Vec<(i64, usize, Link)> = Vec::with_capacity(table.rows());
    let mut read = |row: usize| {
        let shape_text = shape.text_or_empty(row);
        if polyline::decode(&shape_text).is_none() {
            shape.wrong(row, "not an encoded polyline");
        }
        let hours_override = hours.optional_number_in(row, 0.0, INF);
        let mode = mode.label(row, "mode", &modes);
        cells! {
            number = required_whole(&link, row),
            a = end_of(&from, row),
            b = end_of(&to, row),
            class_at = class_of(row, mode),
            mode = mode,
            open = open_of(row),
            km = km.number_in(row, 0.0, INF),
        }
        for (end, node) in [(&from, a), (&to, b)] {
            if nodes[node.index()].mode != mode {
                let message = format!("a {} link must join two {0} nodes", mode.label());
                end.wrong(row, &message);
            }
        }
        if mode == Mode::Rail && classes[class_at].class != "gauge-change" {
            let of_link = gauge.whole(row);
            for (end, node) in [(&from, a), (&to, b)] {
                let of_node = nodes[node.index()].gauge_mm.map(i64::from);
                if of_link.is_some() && of_node != of_link {
                    end.wrong(row, "the gauge of the link is not the gauge of this node");
                }
            }
        }
        let link = Link {
            from: a,
            to: b,
            class: ClassId::from_index(class_at),
            km,
            hours_override,
            passage: passage.text(row).map(|p| p.into_owned()),
            open,
            shape: shape_text,
        };
        rows.push((number, row, link));
        Some(())
    };
    for row in 0..table.rows() {
        read(row);
    }
    unique(&[&link], rows.iter().map(|r| (r.1, r.0)), problems);
    rows.sort_by_key(|r| r.0);
    rows.into_iter().map(|r| r.2).collect()
}

fn terminals(
    table: &Table,
    territories: &Labels<usize>,
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
    let kinds = Labels::all(
        [
            TerminalKind::Rail,
            TerminalKind::Port,
            TerminalKind::Airport,
        ]
        .map(|k| (k.label().to_owned(), k)),
    );
    let check_nodes = |row: usize, kind: TerminalKind| {
        let own = node_of(&node, row, index);
        let wanted = match kind {
            TerminalKind::Rail => Some(Mode::Rail),
            TerminalKind::Port => Some(Mode::Sea),
            TerminalKind::Airport => None,
        };
        if wanted.is_some() && node.exists() && node.text(row).is_none() {
            node.wrong(row, "a rail terminal or port needs a node");
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
        (own, road)
    };
    let mut rows: Vec<(usize, Terminal)> = (0..table.rows())
        .filter_map(|row| {
            cells! {
                id = id.required_text(row),
                kind = kind.label(row, "kind of terminal", &kinds),
                name = name.required_text(row),
                territory = iso3.label(row, "territory", territories),
                lon = lon.number_in(row, -180.0, 180.0),
                lat = lat.number_in(row, -90.0, 90.0),
                access_km = access.number_in(row, 0.0, INF),
                hours = hours.number_in(row, 0.0, INF),
                usd_per_teu = usd.number_in(row, 0.0, INF),
            }
            let (node, road_node) = check_nodes(row, kind);
            let terminal = Terminal {
                id: id.into_owned(),
                kind,
                name: name.into_owned(),
                code: code.text_or_empty(row),
                territory: TerritoryId::from_index(territory),
                lon,
                lat,
                road_node,
                node,
                access_km,
                hours,
                usd_per_teu,
                source: source.text_or_empty(row),
            };
            Some((row, terminal))
        })
        .collect();
    unique(
        &[&id],
        rows.iter().map(|(r, t)| (*r, t.id.clone())),
        problems,
    );
    rows.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    rows.into_iter().map(|(_, t)| t).collect()
}

fn borders(table: &Table, territories: &Labels<usize>, problems: &Problems) -> Vec<Border> {
    let column = |name| table.column(name, problems);
    let (from, to, mode) = (column("iso3_from"), column("iso3_to"), column("mode"));
    let (hours, usd) = (column("hours"), column("usd_per_teu"));
    let (open, source) = (column("open"), column("source"));
    let modes = modes();
    let mut rows: Vec<(usize, Border)> = (0..table.rows())
        .filter_map(|row| {
            cells! {
                left = from.label(row, "territory", territories),
                entered = to.label(row, "territory", territories),
                mode = mode.label(row, "mode", &modes),
                hours = hours.number_in(row, 0.0, INF),
                usd_per_teu = usd.number_in(row, 0.0, INF),
                open = open.boolean(row),
            }
            if left == entered {
                to.wrong(row, "a border needs two territories");
                return None;
            }
            let border = Border {
                from: TerritoryId::from_index(left),
                to: TerritoryId::from_index(entered),
                mode,
                hours,
                usd_per_teu,
                open,
                source: source.text_or_empty(row),
            };
            Some((row, border))
        })
        .collect();
    let keys = rows.iter().map(|(r, b)| (*r, (b.from, b.to, b.mode)));
    unique(&[&from, &to, &mode], keys, problems);
    rows.sort_by_key(|(_, b)| (b.from, b.to, b.mode));
    rows.into_iter().map(|(_, b)| b).collect()
}

pub(super) fn places(
    table: &Table,
    territories: &Labels<usize>,
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
            let road_node = node_of(&road_node, row, index);
            cells! {
                id = id.required_text(row),
                name = name.required_text(row),
                territory = iso3.label(row, "territory", territories),
                lon = lon.number_in(row, -180.0, 180.0),
                lat = lat.number_in(row, -90.0, 90.0),
                population = population.number_in(row, 0.0, INF),
                weight = weight.number_in(row, 0.0, 1.0),
            }
            let place = Place {
                id: id.into_owned(),
                name: name.into_owned(),
                aliases: aliases
                    .text(row)
                    .map(|text| text.split('|').map(|a| a.trim().to_owned()).collect())
                    .unwrap_or_default(),
                territory: TerritoryId::from_index(territory),
                lon,
                lat,
                population,
                weight,
                road_node,
            };
            Some((row, place))
        })
        .collect();
    unique(
        &[&id],
        rows.iter().map(|(r, p)| (*r, p.id.clone())),
        problems,
    );
    rows.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    rows.into_iter().map(|(_, p)| p).collect()
}
