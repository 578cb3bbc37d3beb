//! What is worth closing: what the weightiest journeys use.
//!
//! Closing every link of a world in turn would take days. So the place pairs that weigh most in
//! market access are taken, s_a s_b τ_ab^(−θ), and their cheapest journeys by every main mode that
//! has a notable share are followed link by link. A link's use is the weight times the share, over
//! all journeys that run over it. Of links that carry nearly the same journeys (a line without
//! junctions) only the most used is closed.

use super::effect::Ground;
use super::rank::RankRequest;
use super::target::{Closing, Kind, crosses, is_open, passages};
use comity_network::{Journey, Leg, LegKind};
use comity_world::{LinkId, Mode, Network, NodeId, PlaceId, TerminalId, TerminalKind, TerritoryId};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Pairs followed between economies and within one.
const ACROSS: usize = 3000;
const WITHIN: usize = 600;
/// Main modes chosen less often than this are not followed.
const LEAST_SHARE: f64 = 0.05;
/// Links that share so much of the larger one's use are one line.
const SAME_LINE: f64 = 0.9;

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Screened {
    /// Place pairs whose journeys were followed.
    pub pairs: usize,
    /// Their share of the weight of all pairs, in percent.
    pub weight_percent: f64,
    /// Number of closings tried, by kind.
    pub tried: BTreeMap<String, usize>,
    /// Number of lines, borders, ports and passages that the journeys use, by kind; of lines as
    /// many as were looked at.
    pub used: BTreeMap<String, usize>,
}

/// Something worth closing.
pub(super) struct Candidate {
    pub closing: Closing,
    /// Share of the followed weight that uses it, in percent.
    pub use_percent: f64,
}

type Crossing = (TerritoryId, TerritoryId, Mode);

/// Which pairs, by position in the sample, use something, and how much.
#[derive(Clone, Default)]
struct Use {
    weight: f64,
    by: Vec<(u32, f64)>,
}

impl Use {
    fn add(&mut self, pair: u32, weight: f64) {
        self.weight += weight;
        match self.by.last_mut() {
            Some(last) if last.0 == pair => last.1 += weight,
            _ => self.by.push((pair, weight)),
        }
    }

    /// What the two have in common; both are in the order of pairs.
    fn shared(&self, other: &Use) -> f64 {
        let mut rest = other.by.iter().peekable();
        let mut shared = 0.0;
        for (pair, weight) in &self.by {
            while rest.next_if(|(at, _)| at < pair).is_some() {}
            if let Some((_, theirs)) = rest.next_if(|(at, _)| at == pair) {
                shared += weight.min(*theirs);
            }
        }
        shared
    }
}

#[derive(Default)]
struct Load {
    links: BTreeMap<LinkId, Use>,
    borders: BTreeMap<Crossing, f64>,
    ports: BTreeMap<TerminalId, f64>,
    passages: BTreeMap<String, f64>,
    total: f64,
}

/// Everything to close, and what was looked at.
pub(super) fn candidates(
    ground: &Ground,
    counted: &[bool],
    request: &RankRequest,
    tick: &(dyn Fn() + Sync),
) -> (Vec<Candidate>, Screened) {
    let world = ground.state;
    let (sample, weight_percent) = sample(ground, counted);
    let load = follow(ground, &sample, tick);
    let percent = |weight: f64| {
        if load.total > 0.0 {
            100.0 * weight / load.total
        } else {
            0.0
        }
    };
    let mut found: Vec<Candidate> = vec![];
    let mut screened = Screened {
        pairs: sample.len(),
        weight_percent,
        ..Screened::default()
    };
    let asked = |kind: Kind| request.kinds.is_empty() || request.kinds.contains(&kind);
    let most = request.most_tried();
    let mut add = |kind: Kind, all: Vec<Candidate>, most: usize| {
        if !asked(kind) {
            return;
        }
        let label = kind.label().to_owned();
        let used = all.iter().filter(|c| c.use_percent > 0.0).count();
        screened.used.insert(label.clone(), used);
        screened.tried.insert(label, all.len().min(most));
        found.extend(all.into_iter().take(most));
    };

    let every = passages(world).into_iter().map(|name| Candidate {
        closing: Closing::passage(world, name),
        use_percent: percent(load.passages.get(name).copied().unwrap_or(0.0)),
    });
    add(Kind::Passage, every.collect(), usize::MAX);

    // Those with traffic, and those of the economies looked at.
    let own = |t: TerritoryId| {
        let economy = world.territories[t.index()].economy;
        request.near.contains(&economy)
    };
    let mut there: Vec<Crossing> = world
        .network
        .links
        .iter()
        .filter_map(|link| crosses(&world.network, link))
        .filter(|pair| is_open(&world.network, *pair))
        .filter(|pair| load.borders.contains_key(pair) || own(pair.0) || own(pair.1))
        .collect();
    there.sort_unstable();
    there.dedup();
    let borders = there.into_iter().map(|(a, b, mode)| Candidate {
        closing: Closing::border(world, (a, b), &[mode]),
        use_percent: percent(load.borders.get(&(a, b, mode)).copied().unwrap_or(0.0)),
    });
    add(Kind::Border, borders.collect(), usize::MAX);

    let mut ports: Vec<(TerminalId, f64)> = load.ports.iter().map(|(p, w)| (*p, *w)).collect();
    ports.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let ports = ports.into_iter().map(|(port, weight)| Candidate {
        closing: Closing::port(world, port),
        use_percent: percent(weight),
    });
    add(Kind::Port, ports.collect(), most);

    if asked(Kind::Link) {
        let lines = lines(&world.network, &load.links, most);
        let links = lines.into_iter().map(|(link, weight)| Candidate {
            closing: Closing::link(world, link),
            use_percent: percent(weight),
        });
        add(Kind::Link, links.collect(), most);
    }
    (found, screened)
}

/// The weightiest pairs of places (smaller id first), with their weight, in the order of places;
/// and their share of all weight in percent.
fn sample(ground: &Ground, counted: &[bool]) -> (Vec<(PlaceId, PlaceId, f64)>, f64) {
    let skim = ground.skims.class(ground.parameters.class);
    let (markets, theta) = (&ground.markets, ground.parameters.trade_elasticity);
    let n = markets.sizes.len();
    let row = |a: usize| {
        let pairs = (a + 1..n).filter(move |b| counted[a] || counted[*b]);
        pairs.filter_map(move |b| {
            let tau = |from, to| markets.tau(skim, from, to).map_or(0.0, |t| t.powf(-theta));
            let weight = markets.sizes[a] * markets.sizes[b] * (tau(a, b) + tau(b, a));
            (weight > 0.0).then_some((a, b, weight))
        })
    };
    let all: Vec<(usize, usize, f64)> = (0..n).into_par_iter().flat_map_iter(row).collect();
    let total: f64 = all.iter().map(|p| p.2).sum();
    let abroad = |p: &&(usize, usize, f64)| markets.economies[p.0] != markets.economies[p.1];
    let mut taken: Vec<(usize, usize, f64)> = vec![];
    for (most, across) in [(ACROSS, true), (WITHIN, false)] {
        let mut some: Vec<_> = all
            .iter()
            .filter(|p| abroad(p) == across)
            .copied()
            .collect();
        some.sort_unstable_by(|x, y| y.2.total_cmp(&x.2).then((x.0, x.1).cmp(&(y.0, y.1))));
        taken.extend(some.into_iter().take(most));
    }
    taken.sort_by_key(|p| (p.0, p.1));
    let share = taken.iter().map(|p| p.2).sum::<f64>() / total.max(f64::MIN_POSITIVE);
    let sample = taken
        .into_iter()
        .map(|(a, b, weight)| (PlaceId::from_index(a), PlaceId::from_index(b), weight))
        .collect();
    (sample, 100.0 * share)
}

/// Follow the journeys of the sample.
fn follow(ground: &Ground, sample: &[(PlaceId, PlaceId, f64)], tick: &(dyn Fn() + Sync)) -> Load {
    let class = ground.parameters.class;
    let skim = ground.skims.class(class);
    let network = &ground.state.network;
    let mut ports: BTreeMap<NodeId, Vec<TerminalId>> = BTreeMap::new();
    for (at, terminal) in network.terminals.iter().enumerate() {
        if let (TerminalKind::Port, Some(node)) = (terminal.kind, terminal.node) {
            let all = ports.entry(node).or_default();
            all.push(TerminalId::from_index(at));
        }
    }
    let parts: Vec<Vec<(f64, Used)>> = sample
        .par_iter()
        .map(|(from, to, weight)| {
            tick();
            let Some(choice) = skim.choice(*from, *to) else {
                return vec![];
            };
            let modes = Mode::ALL.into_iter().zip(choice.shares);
            modes
                .filter(|(mode, share)| *share >= LEAST_SHARE && *mode != Mode::Air)
                .filter_map(|(mode, share)| {
                    let engine = &ground.engine;
                    let journey = engine.journey(&ground.skims, *from, *to, mode, class)?;
                    Some((weight * share, used(network, &ports, &journey)))
                })
                .collect()
        })
        .collect();
    let mut load = Load {
        total: sample.iter().map(|p| p.2).sum(),
        ..Load::default()
    };
    for (pair, modes) in parts.into_iter().enumerate() {
        for (weight, used) in modes {
            for link in &used.links {
                load.links
                    .entry(*link)
                    .or_default()
                    .add(pair as u32, weight);
            }
            let passed = used.links.iter().map(|link| &network.links[link.index()]);
            let (mut crossed, mut through) = (vec![], vec![]);
            for link in passed {
                crossed.extend(crosses(network, link));
                through.extend(link.passage.clone());
            }
            // A journey uses a thing once, however many links of it.
            crossed.sort_unstable();
            crossed.dedup();
            through.sort_unstable();
            through.dedup();
            for crossing in crossed {
                *load.borders.entry(crossing).or_default() += weight;
            }
            for passage in through {
                *load.passages.entry(passage).or_default() += weight;
            }
            for port in used.ports {
                *load.ports.entry(port).or_default() += weight;
            }
        }
    }
    load
}

/// What one journey runs over, each once.
struct Used {
    links: Vec<LinkId>,
    ports: Vec<TerminalId>,
}

fn used(network: &Network, at_node: &BTreeMap<NodeId, Vec<TerminalId>>, journey: &Journey) -> Used {
    let mut links: Vec<LinkId> = journey
        .legs
        .iter()
        .flat_map(|leg| leg.links.iter().copied())
        .collect();
    let mut ports = vec![];
    let by_sea = |leg: Option<&Leg>| leg.is_some_and(|l| l.kind == LegKind::Travel(Mode::Sea));
    for (at, leg) in journey
        .legs
        .iter()
        .enumerate()
        .filter(|l| by_sea(Some(l.1)))
    {
        let ends = [
            (at.checked_sub(1), leg.links.first(), leg.line.first()),
            (Some(at + 1), leg.links.last(), leg.line.last()),
        ];
        for (beside, link, point) in ends {
            if by_sea(beside.and_then(|b| journey.legs.get(b))) {
                continue;
            }
            let (Some(link), Some(point)) = (link, point) else {
                continue;
            };
            let link = &network.links[link.index()];
            let node = [link.from, link.to].into_iter().find(|node| {
                let node = &network.nodes[node.index()];
                (node.lon, node.lat) == *point
            });
            let there = node.and_then(|n| at_node.get(&n)).map_or(&[][..], |p| p);
            // Ports that share a node are told apart by the name of the leg.
            let named = |id: &&TerminalId| leg.what.contains(&network.terminals[id.index()].name);
            ports.extend(match there {
                [one] => Some(*one),
                several => several.iter().find(named).copied(),
            });
        }
    }
    links.sort_unstable();
    links.dedup();
    ports.sort_unstable();
    ports.dedup();
    Used { links, ports }
}

/// Up to `most` links with their use, most used first, one of each line.
fn lines(network: &Network, load: &BTreeMap<LinkId, Use>, most: usize) -> Vec<(LinkId, f64)> {
    let mut all: Vec<(&LinkId, &Use)> = load.iter().collect();
    // What crosses a border or runs through a passage is closed as that.
    all.retain(|(id, _)| {
        let link = &network.links[id.index()];
        crosses(network, link).is_none()
            && link.passage.is_none()
            && network.mode(link) != Mode::Sea
    });
    all.sort_by(|a, b| b.1.weight.total_cmp(&a.1.weight).then(a.0.cmp(b.0)));
    let mut taken: Vec<(&LinkId, &Use)> = vec![];
    for (id, used) in all {
        let mode = network.mode(&network.links[id.index()]);
        let same_line = |(other, better): &&(&LinkId, &Use)| {
            mode == network.mode(&network.links[other.index()])
                && used.weight >= SAME_LINE * better.weight
                && used.shared(better) >= SAME_LINE * better.weight
        };
        if !taken.iter().any(|t| same_line(&t)) {
            taken.push((id, used));
            if taken.len() == most {
                break;
            }
        }
    }
    taken
        .into_iter()
        .map(|(id, used)| (*id, used.weight))
        .collect()
}
