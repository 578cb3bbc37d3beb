//! One-way links in a world whose links go both ways.

use crate::raw::{Intake, RawLink};
use std::collections::BTreeMap;

/// Two directions of one road may differ in length by this share.
const ALIKE: f64 = 0.01;

/// Make one link of the two directions of a road (their mean length), and let what has no other
/// direction go both ways.
pub(crate) fn merge(links: Vec<RawLink>, intake: &mut Intake) -> Vec<RawLink> {
    type Key = (usize, usize, Option<String>, Option<String>);
    let mut kept: Vec<RawLink> = vec![];
    // Links that wait for their other direction: positions in `kept`, by from, to, type and gauge.
    let mut waiting: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for link in links {
        if !link.one_way {
            kept.push(link);
            continue;
        }
        let key = |a, b| (a, b, link.kind.clone(), link.gauge.clone());
        let others = waiting.entry(key(link.to, link.from)).or_default();
        let twin = others.iter().position(|at| match (kept[*at].km, link.km) {
            (Some(a), Some(b)) => (a - b).abs() <= ALIKE * a.abs().max(b.abs()),
            (a, b) => a.is_none() && b.is_none(),
        });
        match twin.map(|at| others.remove(at)) {
            Some(at) => {
                intake.drop("links that are the other direction of one kept");
                let first = &mut kept[at];
                first.one_way = false;
                let mean = |a: Option<f64>, b: Option<f64>| Some((a? + b?) / 2.0);
                first.km = mean(first.km, link.km);
                first.hours = mean(first.hours, link.hours);
            }
            None => {
                waiting
                    .entry(key(link.from, link.to))
                    .or_default()
                    .push(kept.len());
                kept.push(link);
            }
        }
    }
    for _ in kept.iter().filter(|link| link.one_way) {
        intake.repair("one-way links that now go both ways");
    }
    kept
}
