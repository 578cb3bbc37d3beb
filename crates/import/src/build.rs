//! A network as read, in the terms of a world: classes, gauges, lengths, territories.

use crate::classes::Classes;
use crate::raw::{Intake, Raw, RawLink};
use crate::{Options, attach, directions, snap, territories};
use comity_world::transport::great_circle_km;
use comity_world::{ClassId, Link, Mode, Node, NodeId, Problem, TerritoryId, World, polyline};
use std::collections::{BTreeMap, BTreeSet};

/// The class of links between two gauges, as in the world folder.
pub(crate) const GAUGE_CHANGE: &str = "gauge-change";
/// Gauges in use run from 381 mm (miniature lines apart) to 1,676 mm.
const GAUGES_MM: std::ops::RangeInclusive<u16> = 381..=1676;

/// Put the network in the place of the world's network of its mode.
pub(crate) fn replace(world: &mut World, raw: Raw, options: &Options, intake: &mut Intake) {
    let mode = options.mode;
    let classes = Classes::new(world, options, intake);
    let (mut raw, territories) = territories::find(world, raw, options, intake);
    raw.links.sort_by(|a, b| a.id.cmp(&b.id));
    let links = std::mem::take(&mut raw.links);
    let links = directions::merge(links, intake);
    let mut sorted = vec![];
    for link in links {
        if link.from == link.to {
            intake.drop("links from a node to itself");
        } else {
            sorted.extend(classes.of(link, intake));
        }
    }
    classes.report(intake);
    let links: Vec<Made> = if mode == Mode::Rail {
        gauges(sorted, raw.nodes.len(), &classes, options, intake)
    } else {
        let on_road = sorted.into_iter();
        on_road
            .map(|(link, class)| Made {
                link,
                class,
                gauge: None,
                gauge_change: false,
            })
            .collect()
    };
    let old = world.clone();
    let mut renumbered = remove(world, mode);
    let mut made = Maker {
        world,
        raw: &raw,
        territories: &territories,
        mode,
        nodes: BTreeMap::new(),
        in_use: BTreeMap::new(),
    };
    // Nodes in their own order, with one for each gauge that meets there.
    let mut met: Vec<BTreeSet<Option<u16>>> = vec![BTreeSet::new(); raw.nodes.len()];
    for link in links.iter().filter(|l| !l.gauge_change) {
        met[link.link.from].insert(link.gauge);
        met[link.link.to].insert(link.gauge);
    }
    for link in links.iter().filter(|l| l.gauge_change) {
        for end in [link.link.from, link.link.to] {
            if met[end].is_empty() {
                met[end].insert(options.gauge_mm);
            }
        }
    }
    for (node, gauges) in met.into_iter().enumerate() {
        if gauges.is_empty() {
            if mode == Mode::Rail {
                intake.drop("rail nodes without links, which have no gauge");
            } else {
                made.node(node, None);
            }
        }
        for gauge in gauges {
            made.node(node, gauge);
        }
    }
    for link in &links {
        made.link(link, intake);
    }
    let joints: Vec<Vec<NodeId>> = made.in_use.values().cloned().collect();
    join_gauges(world, &joints, intake);
    lengths_in_general(world, mode, intake);
    renumbered.finish(world);
    attach::all(world, &old, options, intake);
}

/// A link with all that it needs.
struct Made {
    link: RawLink,
    class: ClassId,
    gauge: Option<u16>,
    gauge_change: bool,
}

/// The gauge of every link; changes of gauge have none of their own, but a gauge at each end.
fn gauges(
    links: Vec<(RawLink, ClassId)>,
    nodes: usize,
    classes: &Classes,
    options: &Options,
    intake: &mut Intake,
) -> Vec<Made> {
    let mut without = 0;
    let mut known = vec![options.gauge_mm.is_some(); nodes];
    let mut made = vec![];
    for (link, class) in links {
        if classes.is_gauge_change(class) {
            made.push(Made {
                link,
                class,
                gauge: None,
                gauge_change: true,
            });
            continue;
        }
        let gauge = match (&link.gauge, options.gauge_mm) {
            (None, Some(gauge)) => {
                intake.fill("gauges from --gauge");
                gauge
            }
            (None, None) => {
                without += 1;
                continue;
            }
            (Some(text), _) => {
                let gauge = text.parse::<f64>().ok().filter(|g| g.fract() == 0.0);
                let gauge = gauge.map(|g| g as u16).filter(|g| GAUGES_MM.contains(g));
                let Some(gauge) = gauge else {
                    let problem = link.origin.problem("not a gauge in millimetres");
                    let problem = problem.column("gauge").value(text);
                    intake.bad(problem, "links of unknown gauge");
                    continue;
                };
                gauge
            }
        };
        known[link.from] = true;
        known[link.to] = true;
        made.push(Made {
            link,
            class,
            gauge: Some(gauge),
            gauge_change: false,
        });
    }
    if without > 0 {
        let message = format!("{without} rail links have no gauge");
        intake.fatal(Problem::new("gauge", message).help("give --gauge MILLIMETRES"));
        return vec![];
    }
    made.retain(|m| {
        let kept = !m.gauge_change || (known[m.link.from] && known[m.link.to]);
        if !kept {
            let message = "a change of gauge needs a line of known gauge at both ends";
            intake.bad(
                m.link.origin.problem(message),
                "changes of gauge to nowhere",
            );
        }
        kept
    });
    made
}

/// What became of the nodes that stay.
struct Renumbered(Vec<Option<NodeId>>);

/// Take the network of a mode out of the world.
fn remove(world: &mut World, mode: Mode) -> Renumbered {
    let network = &mut world.network;
    let mut next = 0;
    let renumbered: Vec<Option<NodeId>> = network
        .nodes
        .iter()
        .map(|node| {
            (node.mode != mode).then(|| {
                next += 1;
                NodeId::from_index(next - 1)
            })
        })
        .collect();
    network.nodes.retain(|node| node.mode != mode);
    network.links.retain_mut(|link| {
        match (renumbered[link.from.index()], renumbered[link.to.index()]) {
            (Some(from), Some(to)) => {
                (link.from, link.to) = (from, to);
                true
            }
            _ => false,
        }
    });
    Renumbered(renumbered)
}

impl Renumbered {
    /// Follow the nodes that stay; what named others is without a node now.
    fn finish(&mut self, world: &mut World) {
        let of = |node: Option<NodeId>| node.and_then(|n| self.0[n.index()]);
        for place in &mut world.places {
            place.road_node = of(place.road_node);
        }
        for terminal in &mut world.network.terminals {
            terminal.road_node = of(terminal.road_node);
            terminal.node = of(terminal.node);
        }
    }
}

struct Maker<'a> {
    world: &'a mut World,
    raw: &'a Raw,
    territories: &'a [TerritoryId],
    mode: Mode,
    /// Node of the input and gauge → node of the world.
    nodes: BTreeMap<(usize, Option<u16>), NodeId>,
    /// All nodes of the world of a node of the input.
    in_use: BTreeMap<usize, Vec<NodeId>>,
}

impl Maker<'_> {
    fn node(&mut self, raw: usize, gauge_mm: Option<u16>) {
        let nodes = &mut self.world.network.nodes;
        let id = NodeId::from_index(nodes.len());
        nodes.push(Node {
            mode: self.mode,
            territory: Some(self.territories[raw]),
            lon: self.raw.nodes[raw].lon,
            lat: self.raw.nodes[raw].lat,
            gauge_mm,
        });
        self.nodes.insert((raw, gauge_mm), id);
        self.in_use.entry(raw).or_default().push(id);
    }

    fn link(&mut self, made: &Made, intake: &mut Intake) {
        let Made {
            link,
            class,
            gauge,
            gauge_change,
        } = made;
        let (gauge, gauge_change) = (*gauge, *gauge_change);
        let (from, to) = if gauge_change {
            (self.in_use[&link.from][0], self.in_use[&link.to][0])
        } else {
            (
                self.nodes[&(link.from, gauge)],
                self.nodes[&(link.to, gauge)],
            )
        };
        let (a, b) = (&self.raw.nodes[link.from], &self.raw.nodes[link.to]);
        let mut line = vec![(a.lon, a.lat)];
        line.extend(&link.inner);
        line.push((b.lon, b.lat));
        let drawn = snap::length_km(&line);
        let km = match link.km {
            Some(km) if km > 0.0 || gauge_change => km,
            Some(_) if drawn > 0.0 => {
                intake.repair("lengths of 0 replaced by the length of the line");
                drawn
            }
            Some(_) => {
                intake.repair("lengths of 0 kept, both ends being in one spot");
                0.0
            }
            None => {
                intake.fill("lengths from the line between the ends");
                drawn
            }
        };
        self.world.network.links.push(Link {
            from,
            to,
            class: *class,
            km,
            hours_override: link.hours,
            passage: None,
            open: true,
            shape: polyline::encode(&link.inner),
        });
    }
}

/// Where several gauges meet in one node of the input, join them by changes of gauge.
fn join_gauges(world: &mut World, joints: &[Vec<NodeId>], intake: &mut Intake) {
    let class = world.network.class(Mode::Rail, GAUGE_CHANGE);
    for nodes in joints.iter().filter(|nodes| nodes.len() > 1) {
        let Some(class) = class else {
            let message = "several gauges meet, and the world has no class gauge-change";
            intake.fatal(Problem::new("modes", message));
            return;
        };
        for pair in nodes.windows(2) {
            intake.repair("breaks of gauge given a change of gauge");
            world.network.links.push(Link {
                from: pair[0],
                to: pair[1],
                class,
                km: 0.0,
                hours_override: None,
                passage: None,
                open: true,
                shape: String::new(),
            });
        }
    }
}

/// Lengths that are all too short or too long tell of a wrong unit.
fn lengths_in_general(world: &World, mode: Mode, intake: &mut Intake) {
    let network = &world.network;
    let mut ratios: Vec<f64> = network
        .links
        .iter()
        .filter(|l| network.mode(l) == mode)
        .filter_map(|l| {
            let (a, b) = (&network.nodes[l.from.index()], &network.nodes[l.to.index()]);
            let direct = great_circle_km(a.lon, a.lat, b.lon, b.lat);
            (direct > 1.0).then_some(l.km / direct)
        })
        .collect();
    if ratios.is_empty() {
        return;
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    if !(0.9..=3.0).contains(&median) {
        intake.report.notes.push(format!(
            "half of the links are less than {median:.3} times as long as the great circle \
             between their ends: check the unit of length (--map km=COLUMN:FACTOR)"
        ));
    }
}
