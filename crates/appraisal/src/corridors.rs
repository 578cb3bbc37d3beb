//! The place pairs that change most, and their journeys.

use crate::compare::{States, percent};
use crate::outcome::{Corridor, Journey, JourneyChange, Leg};
use comity_network::{ClassSkims, Engine};
use comity_world::transport::great_circle_km;
use comity_world::{CommodityClass, Mode, Place, PlaceId, TerritoryId, World};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Rows listed for one pair of territories, so that many towns on one line do not fill the table.
const PER_TERRITORY_PAIR: usize = 2;
/// Rows listed for one place, so that one large city does not either.
const PER_PLACE: usize = 3;
/// Cost changes smaller than this, in percent, are not worth a row.
const LEAST_PERCENT: f64 = 0.01;
/// A place this near the end of a changed link stands for it.
const NEAR_KM: f64 = 50.0;

/// A row of the table with what it is about.
pub(crate) struct Ranked {
    pub from: PlaceId,
    pub to: PlaceId,
    pub row: Corridor,
}

/// Place pairs across borders where most is at stake: the change of the composite cost of general
/// cargo times the goods trade of the pair. A place pair's trade is its economies' trade, both
/// ways, in proportion to the weights of the two places.
pub(crate) fn changed_most(states: &States, most: usize) -> Vec<Ranked> {
    let world = states.world;
    let n = world.places.len();
    let class = CommodityClass::General;
    let (before, after) = (states.before.class(class), states.after.class(class));
    let trade = goods_trade(world);
    let mut found: Vec<(f64, usize, usize)> = (0..n)
        .into_par_iter()
        .flat_map_iter(|a| {
            let trade = &trade;
            let from = PlaceId::from_index(a);
            (a + 1..n).filter_map(move |b| {
                let to = PlaceId::from_index(b);
                if world.places[a].territory == world.places[b].territory {
                    return None;
                }
                let change = match (before.composite(from, to), after.composite(from, to)) {
                    (Some(old), Some(new)) => percent(new, old).abs(),
                    (None, None) => 0.0,
                    // Becoming reachable or unreachable ranks above any change of cost.
                    _ => f64::INFINITY,
                };
                if change <= LEAST_PERCENT {
                    return None;
                }
                let (i, j) = (world.economy_of_place(from), world.economy_of_place(to));
                let size = trade[i.index() * world.economies.len() + j.index()]
                    * world.places[a].weight
                    * world.places[b].weight;
                (size > 0.0).then_some((change * size, a, b))
            })
        })
        .collect();
    found.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut listed: BTreeMap<(TerritoryId, TerritoryId), usize> = BTreeMap::new();
    let mut of_place = vec![0; n];
    let mut ranked = Vec::new();
    for (_, a, b) in found {
        let (x, y) = (world.places[a].territory, world.places[b].territory);
        let count = listed.entry((x.min(y), x.max(y))).or_default();
        if *count == PER_TERRITORY_PAIR || of_place[a] == PER_PLACE || of_place[b] == PER_PLACE {
            continue;
        }
        *count += 1;
        of_place[a] += 1;
        of_place[b] += 1;
        let (from, to) = (PlaceId::from_index(a), PlaceId::from_index(b));
        ranked.push(Ranked {
            from,
            to,
            row: corridor(world, before, after, from, to),
        });
        if ranked.len() == most {
            break;
        }
    }
    ranked
}

/// Trade in goods between two economies, both ways, million USD, `[one][other]`.
fn goods_trade(world: &World) -> Vec<f64> {
    let n = world.economies.len();
    let mut trade = vec![0.0; n * n];
    for (j, sector) in world.sectors.iter().enumerate() {
        if sector.freight.is_none() {
            continue;
        }
        let values = &world.trade.value_musd[j * n * n..][..n * n];
        for at in 0..n * n {
            trade[at] += values[at] + values[at % n * n + at / n];
        }
    }
    trade
}

/// The two places farthest apart among those at the ends of the links that the scenario builds,
/// upgrades or closes: between them the change is seen best.
pub(crate) fn ends_of_change(states: &States) -> Option<(PlaceId, PlaceId)> {
    let world = states.world;
    let nearest = |point: &(f64, f64)| {
        let distance = |p: &Place| great_circle_km(p.lon, p.lat, point.0, point.1);
        world
            .places
            .iter()
            .enumerate()
            .map(|(index, place)| (distance(place), index))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|found| found.0 <= NEAR_KM)
            .map(|found| found.1)
    };
    let mut ends: Vec<usize> = states
        .scenario
        .changed_links()
        .iter()
        .flat_map(|link| [link.line.first(), link.line.last()])
        .filter_map(|point| nearest(point?))
        .collect();
    ends.sort_unstable();
    ends.dedup();
    let apart = |a: usize, b: usize| {
        let (a, b) = (&world.places[a], &world.places[b]);
        great_circle_km(a.lon, a.lat, b.lon, b.lat)
    };
    let mut best: Option<(f64, usize, usize)> = None;
    for (at, a) in ends.iter().enumerate() {
        for b in &ends[at + 1..] {
            let km = apart(*a, *b);
            if best.is_none_or(|found| km > found.0) {
                best = Some((km, *a, *b));
            }
        }
    }
    best.map(|(_, a, b)| (PlaceId::from_index(a), PlaceId::from_index(b)))
}

pub(crate) fn corridor(
    world: &World,
    before: &ClassSkims,
    after: &ClassSkims,
    from: PlaceId,
    to: PlaceId,
) -> Corridor {
    let (a, b) = (&world.places[from.index()], &world.places[to.index()]);
    let iso3 = |t: TerritoryId| world.territories[t.index()].iso3.clone();
    let (old, new) = (before.mean(from, to), after.mean(from, to));
    Corridor {
        from: a.name.clone(),
        from_iso3: iso3(a.territory),
        to: b.name.clone(),
        to_iso3: iso3(b.territory),
        hours_before: old.map(|c| c.hours),
        hours_after: new.map(|c| c.hours),
        usd_per_teu_before: old.map(|c| c.usd_per_teu),
        usd_per_teu_after: new.map(|c| c.usd_per_teu),
        generalised_before: before.composite(from, to),
        generalised_after: after.composite(from, to),
        mode_shares_before: shares(before, from, to),
        mode_shares_after: shares(after, from, to),
    }
}

pub(crate) fn shares(skims: &ClassSkims, from: PlaceId, to: PlaceId) -> BTreeMap<String, f64> {
    match skims.choice(from, to) {
        Some(choice) => Mode::ALL
            .into_iter()
            .zip(choice.shares)
            .map(|(mode, share)| (mode.label().to_owned(), share))
            .collect(),
        None => BTreeMap::new(),
    }
}

/// Along what the scenario changes, then for the first corridors: the journey by the mode whose
/// cost changes most.
pub(crate) fn journeys(
    states: &States,
    engine_before: &Engine,
    engine_after: &Engine,
    corridors: &[Ranked],
    most: usize,
) -> Vec<JourneyChange> {
    let class = CommodityClass::General;
    let (before, after) = (states.before.class(class), states.after.class(class));
    let mut pairs: Vec<(PlaceId, PlaceId)> = ends_of_change(states).into_iter().collect();
    for ranked in corridors {
        if !pairs.contains(&(ranked.from, ranked.to)) {
            pairs.push((ranked.from, ranked.to));
        }
    }
    pairs
        .into_iter()
        .take(most)
        .filter_map(|(from, to)| {
            let change = |mode: Mode| {
                let cost = |skims: &ClassSkims| {
                    skims
                        .cost(from, to, mode)
                        .map(|c| c.generalised(skims.value_of_time))
                };
                match (cost(before), cost(after)) {
                    (Some(old), Some(new)) => percent(new, old).abs(),
                    (None, None) => 0.0,
                    _ => f64::INFINITY,
                }
            };
            let mode = Mode::ALL
                .into_iter()
                .max_by(|a, b| change(*a).total_cmp(&change(*b)))?;
            let value = before.value_of_time;
            let journey = |engine: &Engine, skims| {
                engine
                    .journey(skims, from, to, mode, class)
                    .map(|j| plain(j, value))
            };
            Some(JourneyChange {
                from: states.world.places[from.index()].name.clone(),
                to: states.world.places[to.index()].name.clone(),
                mode: mode.label().to_owned(),
                commodity_class: class.label().to_owned(),
                before: journey(engine_before, states.before),
                after: journey(engine_after, states.after),
            })
        })
        .collect()
}

/// A journey as plain data.
pub(crate) fn plain(journey: comity_network::Journey, value_of_time: f64) -> Journey {
    Journey {
        hours: journey.cost.hours,
        usd_per_teu: journey.cost.usd_per_teu,
        km: journey.km,
        generalised_usd_per_teu: journey.cost.generalised(value_of_time),
        legs: journey
            .legs
            .into_iter()
            .map(|leg| Leg {
                kind: leg.kind.label().to_owned(),
                what: leg.what,
                hours: leg.cost.hours,
                usd_per_teu: leg.cost.usd_per_teu,
                km: leg.km,
                line: leg.line,
            })
            .collect(),
    }
}
