//! Where things are: places far from every node, coordinates that cannot be right.

use super::nearby::{Nearby, on_globe};
use super::{CoordinateFault, FarPlace, Misplaced, Thresholds};
use crate::{Mode, TerritoryId, World};
use std::collections::BTreeMap;

/// A point this far from everything it belongs to may be misplaced, km.
const ASTRAY_KM: f64 = 200.0;
/// It is swapped if the other way round it is this many times nearer.
const NEARER: f64 = 10.0;

pub(super) fn far_places(world: &World, thresholds: &Thresholds) -> Vec<FarPlace> {
    let tree = |mode: Mode| {
        let nodes = world.network.nodes.iter().enumerate();
        Nearby::new(
            nodes
                .filter(|(_, n)| n.mode == mode)
                .map(|(index, n)| (index, n.lon, n.lat)),
        )
    };
    let (rail, road) = (tree(Mode::Rail), tree(Mode::Road));
    let nearest = |km: &FarPlace| {
        let least = |a: Option<f64>| a.unwrap_or(f64::INFINITY);
        least(km.rail_km).min(least(km.road_km))
    };
    let mut found: Vec<FarPlace> = world
        .places
        .iter()
        .map(|place| FarPlace {
            place: place.id.clone(),
            name: place.name.clone(),
            iso3: world.territories[place.territory.index()].iso3.clone(),
            lon: place.lon,
            lat: place.lat,
            rail_km: rail.nearest(place.lon, place.lat).map(|n| n.km),
            road_km: road.nearest(place.lon, place.lat).map(|n| n.km),
        })
        .filter(|place| nearest(place) > thresholds.far_km)
        .collect();
    // By id among equals, in which order the places come.
    found.sort_by(|a, b| nearest(b).total_cmp(&nearest(a)));
    found
}

/// Coordinates off the globe, and those apparently the wrong way round: a node, place or terminal
/// far from every other node of its territory that would be near one were its longitude and
/// latitude to change places. Nodes at sea have no territory and are held against the globe alone.
pub(super) fn misplaced(world: &World) -> Vec<Misplaced> {
    let network = &world.network;
    let mut found = vec![];
    let trees = by_territory(world, &[]);
    let mut swapped = vec![];
    for (index, node) in network.nodes.iter().enumerate() {
        let around = node.territory.and_then(|t| trees.get(&t));
        if let Some(fault) = fault(node.lon, node.lat, around, Some(index)) {
            if fault == CoordinateFault::Swapped {
                swapped.push(index);
            }
            found.push(Misplaced {
                kind: "node".to_owned(),
                id: index.to_string(),
                lon: node.lon,
                lat: node.lat,
                fault,
            });
        }
    }
    let trees = by_territory(world, &swapped);
    let places = world.places.iter();
    let places = places.map(|p| ("place", &p.id, p.territory, p.lon, p.lat));
    let terminals = network.terminals.iter();
    let terminals = terminals.map(|t| (t.kind.label(), &t.id, t.territory, t.lon, t.lat));
    for (kind, id, territory, lon, lat) in places.chain(terminals) {
        if let Some(fault) = fault(lon, lat, trees.get(&territory), None) {
            found.push(Misplaced {
                kind: kind.to_owned(),
                id: id.clone(),
                lon,
                lat,
                fault,
            });
        }
    }
    found
}

/// The nodes of every territory but those that are swapped (sorted).
fn by_territory(world: &World, swapped: &[usize]) -> BTreeMap<TerritoryId, Nearby> {
    let mut points: BTreeMap<TerritoryId, Vec<(usize, f64, f64)>> = BTreeMap::new();
    for (index, node) in world.network.nodes.iter().enumerate() {
        if let (Some(territory), Err(_)) = (node.territory, swapped.binary_search(&index)) {
            let around = points.entry(territory).or_default();
            around.push((index, node.lon, node.lat));
        }
    }
    points
        .into_iter()
        .map(|(territory, points)| (territory, Nearby::new(points)))
        .collect()
}

/// What is wrong with a point that belongs to those around it, itself (if it is one of them) aside.
fn fault(
    lon: f64,
    lat: f64,
    around: Option<&Nearby>,
    itself: Option<usize>,
) -> Option<CoordinateFault> {
    if !on_globe(lon, lat) {
        return Some(CoordinateFault::OutOfRange);
    }
    let as_is = around?.nearest_other(lon, lat, itself)?.km;
    if as_is <= ASTRAY_KM {
        return None;
    }
    let swapped = around?.nearest_other(lat, lon, itself)?.km;
    (swapped * NEARER < as_is).then_some(CoordinateFault::Swapped)
}
