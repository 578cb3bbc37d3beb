//! What is worth closing: what carries most.
//!
//! Closing every link of a world in turn would take days. So all place pairs are put on their
//! cheapest journeys with the weight they have in market access, s_a s_b τ_ab^(−θ), split over the
//! main modes by their shares, and what carries most is closed. Of links that carry nearly the same
//! (a line without junctions) only the most loaded is.

use super::effect::Ground;
use super::rank::RankRequest;
use super::target::{Closing, Kind, crosses, is_open, passages};
use comity_network::Loads;
use comity_world::{LinkId, Mode, Network, PlaceId, TerminalId, TerritoryId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Links that share so much of the larger one's load are one line.
const SAME_LINE: f64 = 0.9;

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Screened {
    /// Place pairs with a weight, each direction counted.
    pub pairs: usize,
    /// Number of closings tried, by kind.
    pub tried: BTreeMap<String, usize>,
    /// Number of links, borders, ports and passages that carry anything, by kind.
    pub used: BTreeMap<String, usize>,
}

/// Something worth closing.
pub(super) struct Candidate {
    pub closing: Closing,
    /// Share of all weight that goes over it, in percent.
    pub use_percent: f64,
}

type Crossing = (TerritoryId, TerritoryId, Mode);

/// Everything to close, and what was looked at.
pub(super) fn candidates(
    ground: &Ground,
    counted: &[bool],
    request: &RankRequest,
) -> (Vec<Candidate>, Screened) {
    let world = ground.state;
    let network = &world.network;
    let weight = |from: PlaceId, to: PlaceId| weight(ground, counted, from, to);
    let loads = ground
        .engine
        .loads(&ground.skims, ground.parameters.class, weight);
    let mut screened = Screened {
        pairs: weighty_pairs(ground, counted),
        ..Screened::default()
    };
    let whole = loads.total.max(f64::MIN_POSITIVE);
    let most = request.most_tried();
    let mut found: Vec<Candidate> = vec![];
    // The most loaded, and all that are wanted whatever their load.
    let mut add = |kind: Kind, used: usize, all: Vec<(Closing, f64)>| {
        screened.used.insert(kind.label().to_owned(), used);
        screened.tried.insert(kind.label().to_owned(), all.len());
        found.extend(all.into_iter().map(|(closing, load)| Candidate {
            closing,
            use_percent: 100.0 * load / whole,
        }));
    };
    let asked = |kind: Kind| request.kinds.is_empty() || request.kinds.contains(&kind);
    if asked(Kind::Passage) {
        let every = passages(world).into_iter().map(|name| {
            let closing = Closing::passage(world, name);
            let load = loads.over(&closing.links);
            (closing, load)
        });
        let every: Vec<_> = every.collect();
        add(Kind::Passage, used(&every), every);
    }
    if asked(Kind::Border) {
        let own = |t: TerritoryId| {
            let economy = world.territories[t.index()].economy;
            request.near.contains(&economy)
        };
        let mut all: Vec<(Crossing, f64)> = over_borders(network, &loads).into_iter().collect();
        let carrying = all.iter().filter(|border| border.1 > 0.0).count();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut left = most;
        all.retain(|((a, b, _), load)| {
            let heavy = *load > 0.0 && left > 0;
            left -= usize::from(heavy);
            heavy || own(*a) || own(*b)
        });
        let tried = all
            .into_iter()
            .map(|((a, b, mode), load)| (Closing::border(world, (a, b), &[mode]), load));
        add(Kind::Border, carrying, tried.collect());
    }
    if asked(Kind::Port) {
        let loads = loads.terminals.iter().zip(0..).filter(|port| *port.0 > 0.0);
        let mut all: Vec<(TerminalId, f64)> = loads
            .map(|(load, at)| (TerminalId::from_index(at), *load))
            .collect();
        let carrying = all.len();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let tried = all.into_iter().take(most);
        let tried = tried.map(|(port, load)| (Closing::port(world, port), load));
        add(Kind::Port, carrying, tried.collect());
    }
    if asked(Kind::Link) {
        let (carrying, lines) = lines(network, &loads, most);
        let tried = lines.into_iter();
        let tried = tried.map(|(link, load)| (Closing::link(world, link), load));
        add(Kind::Link, carrying, tried.collect());
    }
    (found, screened)
}

fn used(all: &[(Closing, f64)]) -> usize {
    all.iter().filter(|one| one.1 > 0.0).count()
}

/// What a pair weighs in market access: the product of sizes times τ^(−θ).
fn weight(ground: &Ground, counted: &[bool], from: PlaceId, to: PlaceId) -> f64 {
    let (a, b) = (from.index(), to.index());
    let markets = &ground.markets;
    let size = markets.sizes[a] * markets.sizes[b];
    if a == b || !(counted[a] || counted[b]) || size <= 0.0 {
        return 0.0;
    }
    let skim = ground.skims.class(ground.parameters.class);
    let tau = markets.tau(skim, a, b);
    tau.map_or(0.0, |tau| {
        size * tau.powf(-ground.parameters.trade_elasticity)
    })
}

fn weighty_pairs(ground: &Ground, counted: &[bool]) -> usize {
    let skim = ground.skims.class(ground.parameters.class);
    let sizes = &ground.markets.sizes;
    let weighs = |a: usize, b: usize| {
        let sized = sizes[a] > 0.0 && sizes[b] > 0.0;
        let reached = || skim.composite(PlaceId::from_index(a), PlaceId::from_index(b));
        a != b && (counted[a] || counted[b]) && sized && reached().is_some()
    };
    let n = sizes.len();
    (0..n * n).filter(|at| weighs(at / n, at % n)).count()
}

/// What every open border on land carries, as the sum over its links. A journey that crosses twice
/// counts twice.
fn over_borders(network: &Network, loads: &Loads) -> BTreeMap<Crossing, f64> {
    let mut all: BTreeMap<Crossing, f64> = BTreeMap::new();
    for (link, load) in network.links.iter().zip(&loads.links) {
        let crossing = crosses(network, link).filter(|pair| is_open(network, *pair));
        if let Some(crossing) = crossing {
            *all.entry(crossing).or_default() += load;
        }
    }
    all
}

/// Up to `most` links with their load, most loaded first, one of each line; and how many links
/// carry anything.
fn lines(network: &Network, loads: &Loads, most: usize) -> (usize, Vec<(LinkId, f64)>) {
    let load = |id: &LinkId| loads.links[id.index()];
    // What crosses a border or runs through a passage is closed as that.
    let on_land = |id: &LinkId| {
        let link = &network.links[id.index()];
        crosses(network, link).is_none()
            && link.passage.is_none()
            && network.mode(link) != Mode::Sea
    };
    let all = (0..network.links.len()).map(LinkId::from_index);
    let mut all: Vec<LinkId> = all.filter(|id| load(id) > 0.0 && on_land(id)).collect();
    let carrying = all.len();
    all.sort_by(|a, b| load(b).total_cmp(&load(a)).then(a.cmp(b)));
    let mut same_line = vec![false; network.links.len()];
    let mut taken: Vec<(LinkId, f64)> = vec![];
    for id in all {
        if same_line[id.index()] {
            continue;
        }
        let own = load(&id);
        taken.push((id, own));
        if taken.len() == most {
            break;
        }
        for (at, shared) in loads.shared(id).into_iter().enumerate() {
            same_line[at] |= shared >= SAME_LINE * own;
        }
    }
    (carrying, taken)
}
