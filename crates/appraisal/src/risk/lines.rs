//! Which links to close, the one that may lose most first.
//!
//! Two figures bound what closing a link loses. It loses no more than it carries; and every journey
//! over it can go round, so that its cost rises by no more than the detour Δ from one end of the
//! link to the other. A pair's share of market access, τ^(−θ), is convex in its cost and the
//! composite concave in that of a mode, so that it falls by no more than θ ÷ τ times
//! ∂C/∂G_m Δ ÷ the value of a shipment: a second load of the network, per USD. The smaller of the
//! two orders the links; when it is less than what the last row asked for has lost, no link left is
//! among the rows.
//!
//! Both are of the first order in a place's sales and purchases, and know nothing of a railhead
//! that falls out of a lorry's reach. So every link tried is held against its bound and what was
//! above it is counted.

use super::effect::Ground;
use super::target::crosses;
use comity_network::Loads;
use comity_world::{LinkId, Mode, Network};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Links that share so much of the larger one's load are one line.
const SAME_LINE: f64 = 0.95;
/// Detours looked for side by side.
const AT_ONCE: usize = 64;

/// The links that carry anything and are not closed as a border or passage.
pub(super) struct Lines<'a> {
    carried: Loads<'a>,
    /// By link: what is lost, at most, for each USD that it becomes dearer.
    per_usd: Vec<f64>,
    left: BinaryHeap<Bound>,
    /// Links of a line that was tried.
    tried: Vec<bool>,
    /// Number of links that carry anything.
    pub carrying: usize,
}

/// Whether a link on land is closed as itself, not as its border or passage.
fn closes_alone(network: &Network, id: LinkId) -> bool {
    let link = &network.links[id.index()];
    let as_another = crosses(network, link).is_some() || link.passage.is_some();
    !as_another && network.mode(link) != Mode::Sea
}

/// What a link can lose at most.
struct Bound {
    most: f64,
    link: LinkId,
    /// Whether the detour is known.
    known: bool,
}

impl Ord for Bound {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_most = self.most.total_cmp(&other.most);
        by_most.then_with(|| other.link.cmp(&self.link))
    }
}

impl PartialOrd for Bound {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Bound {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Bound {}

impl<'a> Lines<'a> {
    /// `carried` is loaded with what pairs contribute, `per_usd` with what they lose for each USD.
    pub fn new(ground: &Ground, carried: Loads<'a>, per_usd: Vec<f64>) -> Lines<'a> {
        let network = &ground.state.network;
        let all = (0..network.links.len()).map(LinkId::from_index);
        let left: BinaryHeap<Bound> = all
            .map(|link| Bound {
                most: carried.links[link.index()],
                link,
                known: false,
            })
            .filter(|bound| bound.most > 0.0 && closes_alone(network, bound.link))
            .collect();
        Lines {
            carried,
            per_usd,
            carrying: left.len(),
            left,
            tried: vec![false; network.links.len()],
        }
    }

    /// The link of those left that may lose most, with what it carries and its bound. The others
    /// of its line are not tried any more.
    pub fn next(&mut self) -> Option<(LinkId, f64, f64)> {
        loop {
            let first = self.left.pop()?;
            if self.tried[first.link.index()] {
                continue;
            }
            if first.known {
                let carried = self.carried.links[first.link.index()];
                self.leave_line_of(first.link, carried);
                return Some((first.link, carried, first.most));
            }
            let mut some = vec![first.link];
            while some.len() < AT_ONCE {
                match self.left.peek() {
                    Some(next) if !next.known => {
                        let next = self.left.pop().expect("it was there").link;
                        some.extend((!self.tried[next.index()]).then_some(next));
                    }
                    _ => break,
                }
            }
            let detours = self.carried.detours(&some);
            for (link, detour) in some.into_iter().zip(detours) {
                let carried = self.carried.links[link.index()];
                let dearer = self.per_usd[link.index()] * detour;
                self.left.push(Bound {
                    // An infinite detour of what loses nothing is no number.
                    most: carried.min(if dearer.is_nan() { carried } else { dearer }),
                    link,
                    known: true,
                });
            }
        }
    }

    fn leave_line_of(&mut self, link: LinkId, own: f64) {
        let loads = &self.carried.links;
        let shared = self.carried.shared(link);
        for (at, shared) in shared.into_iter().enumerate() {
            self.tried[at] |= shared > 0.0 && shared >= SAME_LINE * own.max(loads[at]);
        }
        self.tried[link.index()] = true;
    }
}

#[cfg(test)]
mod tests {
    use super::super::effect::Shutter;
    use super::super::rank::RankRequest;
    use super::super::screen::candidates;
    use super::super::target::{Closing, Kind};
    use super::*;
    use crate::AccessParameters;
    use comity_network::values_of_time;
    use comity_world::{CommodityClass, Source, World};
    use proptest::prelude::*;

    fn tiny() -> World {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/reference/tiny_world"
        );
        World::load(&Source::Folder(folder.into())).unwrap_or_else(|e| panic!("{e}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Whatever the lengths of the links: bounds come largest first, none is less than the
        /// loss, and the link that loses most is among those offered.
        #[test]
        fn no_link_loses_more_than_its_bound(
            lengths in proptest::collection::vec(0.3..3.0f64, 17),
            near in 0usize..4,
        ) {
            let mut world = tiny();
            let links = world.network.links.iter_mut().zip(lengths);
            links.for_each(|(link, scale)| link.km *= scale);
            let parameters = AccessParameters {
                class: CommodityClass::TimeSensitive,
                ..AccessParameters::default()
            };
            let ground = Ground::new(&world, parameters, values_of_time(&world), &|| ());
            let counted: Vec<bool> = ground.markets.economies.iter().map(|n| near == 3 || *n == near).collect();
            let request = RankRequest { kinds: vec![Kind::Link], ..RankRequest::default() };
            let (found, screened) = candidates(&ground, &counted, &request);
            let mut lines = found.lines.expect("links are asked for");
            prop_assert_eq!(screened.used["link"], lines.carrying);
            let mut shutter = Shutter::new(&world);
            let mut loss = |link: LinkId| {
                let effect = ground.effect(shutter.shut([&Closing::link(&world, link)]), &counted);
                -ground.mean_percent(&effect, |place| counted[place]).expect("sizes")
            };
            let (mut last, mut largest) = (f64::INFINITY, 0.0_f64);
            while let Some((link, load, bound)) = lines.next() {
                let lost = loss(link);
                let most = 100.0 * bound / found.whole;
                prop_assert!(bound <= last && bound <= load);
                // Sales and purchases are lost alike here, so that the first order is nearly all.
                prop_assert!(lost <= most * (1.0 + 1e-3) + 1e-9, "{link:?}: {lost} {most}");
                last = bound;
                largest = largest.max(lost);
            }
            for at in 0..world.network.links.len() {
                let link = LinkId::from_index(at);
                let alone = closes_alone(&world.network, link);
                let lost = loss(link);
                prop_assert!(!alone || lost <= largest + 1e-9, "{link:?}: {lost} {largest}");
            }
        }
    }
}
