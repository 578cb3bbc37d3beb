//! What is worth closing: what carries most.
//!
//! Closing every link of a world in turn would take days. So the journeys of all place pairs are
//! loaded with what they contribute to mean market access, split over the main modes by their
//! shares: passages are all closed, borders and ports as long as they carry more than what the last
//! row asked for loses, links as [`super::lines`] orders them.
//!
//! With ln MA_a = (1 − β) ln FMA_a + β ln CMA_a the journey from a to b contributes
//! size_a (1 − β) size_b τ_ab^(−θ) ÷ FMA_a for the seller and size_b β size_a τ_ab^(−θ) ÷ CMA_b for
//! the buyer, each where the place counts. So an island's only port weighs as much as the island.

use super::effect::Ground;
use super::lines::Lines;
use super::rank::RankRequest;
use super::target::{Closing, Kind, crosses, is_open, passages};
use comity_network::Loads;
use comity_world::{Mode, Network, PlaceId, TerminalId, TerritoryId};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Screened {
    /// Place pairs that contribute to market access, each direction counted.
    pub pairs: usize,
    /// Number of closings tried, by kind.
    pub tried: BTreeMap<String, usize>,
    /// Number of links, borders, ports and passages that carry anything, by kind.
    pub used: BTreeMap<String, usize>,
    /// Links that lost more than their bound, of those tried; [`super::lines`] says why that can be.
    pub above_bound: usize,
    /// The largest of their losses as a multiple of its bound; 1 if there are none.
    pub most_above: f64,
}

/// Something worth closing.
pub(super) struct Candidate {
    pub closing: Closing,
    /// Share of the market access of all that count that goes over it, in percent.
    pub use_percent: f64,
    /// Whether it is tried however little it carries.
    pub wanted: bool,
}

/// What may be closed.
pub(super) struct Candidates<'a> {
    /// All but links, the most loaded of each kind first.
    pub found: Vec<Candidate>,
    /// Links, if they are asked for.
    pub lines: Option<Lines<'a>>,
    /// A load of so much is all the market access that counts.
    pub whole: f64,
}

type Crossing = (TerritoryId, TerritoryId, Mode);

/// Everything that may be closed, and what was looked at; what is tried is not counted yet.
pub(super) fn candidates<'a>(
    ground: &'a Ground<'a>,
    counted: &[bool],
    request: &RankRequest,
) -> (Candidates<'a>, Screened) {
    let world = ground.state;
    let network = &world.network;
    let (places, weights) = (ground.markets.sizes.len(), weights(ground, counted));
    let class = ground.parameters.class;
    let skim = ground.skims.class(class);
    let [loads, per_usd] = ground
        .engine
        .loads_by_mode(&ground.skims, class, |from, to| {
            let whole = weights[from.index() * places + to.index()];
            let choice = skim.choice(from, to).filter(|_| whole > 0.0)?;
            let lost = whole * lost_per_usd(ground, from, to)?;
            let slopes = skim.slopes(from, to, &choice);
            Some([
                choice.shares.map(|share| whole * share),
                slopes.map(|slope| lost * slope),
            ])
        });
    let mut screened = Screened {
        pairs: weights.iter().filter(|weight| **weight > 0.0).count(),
        most_above: 1.0,
        ..Screened::default()
    };
    let sizes = ground.markets.sizes.iter().zip(counted);
    let whole: f64 = sizes.filter(|s| *s.1).map(|s| s.0).sum();
    let whole = whole.max(f64::MIN_POSITIVE);
    let most = request.most_tried();
    let mut found: Vec<Candidate> = vec![];
    let mut add = |kind: Kind, used: usize, all: Vec<(Closing, f64, bool)>| {
        screened.used.insert(kind.label().to_owned(), used);
        let mut all = all;
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.item.cmp(&b.0.item)));
        for (at, (closing, load, wanted)) in all.into_iter().enumerate() {
            found.push(Candidate {
                closing,
                use_percent: 100.0 * load / whole,
                wanted: wanted || at < most,
            });
        }
    };
    let asked = |kind: Kind| request.kinds.is_empty() || request.kinds.contains(&kind);
    if asked(Kind::Passage) {
        let every = passages(world).into_iter().map(|name| {
            let closing = Closing::passage(world, name);
            let load = loads.over(&closing.links);
            (closing, load, true)
        });
        let every: Vec<_> = every.collect();
        let used = every.iter().filter(|one| one.1 > 0.0).count();
        add(Kind::Passage, used, every);
    }
    if asked(Kind::Border) {
        let own = |t: TerritoryId| {
            let economy = world.territories[t.index()].economy;
            request.near.contains(&economy)
        };
        let mut all = over_borders(network, &loads);
        let carrying = all.values().filter(|load| **load > 0.0).count();
        all.retain(|(a, b, _), load| *load > 0.0 || own(*a) || own(*b));
        let tried = all.into_iter().map(|((a, b, mode), load)| {
            let closing = Closing::border(world, (a, b), &[mode]);
            (closing, load, own(a) || own(b))
        });
        add(Kind::Border, carrying, tried.collect());
    }
    if asked(Kind::Port) {
        let loads = loads.terminals.iter().zip(0..).filter(|port| *port.0 > 0.0);
        let tried = loads.map(|(load, at)| {
            let port = TerminalId::from_index(at);
            (Closing::port(world, port), *load, false)
        });
        let tried: Vec<_> = tried.collect();
        add(Kind::Port, tried.len(), tried);
    }
    let lines = asked(Kind::Link).then(|| Lines::new(ground, loads, per_usd.links));
    if let Some(lines) = &lines {
        let kind = Kind::Link.label().to_owned();
        screened.used.insert(kind, lines.carrying);
    }
    let candidates = Candidates {
        found,
        lines,
        whole,
    };
    (candidates, screened)
}

/// The share of its weight that a pair loses, at most, for each USD that it becomes dearer: θ ÷ (τ v).
fn lost_per_usd(ground: &Ground, from: PlaceId, to: PlaceId) -> Option<f64> {
    let (markets, parameters) = (&ground.markets, &ground.parameters);
    let skim = ground.skims.class(parameters.class);
    let tau = markets.tau(skim, from.index(), to.index())?;
    Some(parameters.trade_elasticity / (tau * parameters.shipment_usd_per_teu))
}

/// What every pair contributes to the market access of the places that count, times their size,
/// `[from][to]`.
fn weights(ground: &Ground, counted: &[bool]) -> Vec<f64> {
    let skim = ground.skims.class(ground.parameters.class);
    let (markets, parameters) = (&ground.markets, &ground.parameters);
    let (sizes, beta) = (&markets.sizes, parameters.labour_share);
    let n = sizes.len();
    // τ^(−θ), nothing from a place to itself.
    let near = |at: usize| {
        let (a, b) = (at / n, at % n);
        if a == b || sizes[a] <= 0.0 || sizes[b] <= 0.0 {
            return 0.0;
        }
        let tau = markets.tau(skim, a, b);
        tau.map_or(0.0, |tau| tau.powf(-parameters.trade_elasticity))
    };
    let mut weights: Vec<f64> = (0..n * n).into_par_iter().map(near).collect();
    let (mut selling, mut buying) = (sizes.clone(), sizes.clone());
    for (at, near) in weights.iter().enumerate() {
        selling[at / n] += sizes[at % n] * near;
        buying[at % n] += sizes[at / n] * near;
    }
    for (at, weight) in weights.iter_mut().enumerate().filter(|w| *w.1 > 0.0) {
        let (a, b) = (at / n, at % n);
        let own = |place: usize, part: f64, access: f64| match counted[place] {
            true => part / access,
            false => 0.0,
        };
        let parts = own(a, 1.0 - beta, selling[a]) + own(b, beta, buying[b]);
        *weight *= sizes[a] * sizes[b] * parts;
    }
    weights
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
