//! In which territory each node lies.

use crate::outlines::Outlines;
use crate::raw::{Intake, Raw, RawNode, hint};
use crate::{Options, TerritoryBy};
use comity_world::audit::nearby::Nearby;
use comity_world::{Problem, TerritoryId, World};

/// A territory taken from farther away than this is worth a note, km.
const FAR_KM: f64 = 50.0;
/// As for the audit: a point this far astray, and so many times nearer the other way round.
const ASTRAY_KM: f64 = 200.0;
const NEARER: f64 = 10.0;

/// The territory of every node: as given, or that of the outline it lies in (if so asked), or that
/// of the nearest node, place or terminal of the base. Nodes that seem swapped, by the same measure, are mistakes.
pub(crate) fn find(
    world: &World,
    raw: Raw,
    options: &Options,
    intake: &mut Intake,
) -> (Raw, Vec<TerritoryId>) {
    let network = &world.network;
    let of_nodes = network.nodes.iter();
    let of_nodes = of_nodes.filter_map(|n| Some((n.territory?, n.lon, n.lat)));
    let of_places = world.places.iter().map(|p| (p.territory, p.lon, p.lat));
    let of_terminals = network
        .terminals
        .iter()
        .map(|t| (t.territory, t.lon, t.lat));
    let known: Vec<(TerritoryId, f64, f64)> =
        of_nodes.chain(of_places).chain(of_terminals).collect();
    let tree = Nearby::new(known.iter().enumerate().map(|(i, k)| (i, k.1, k.2)));
    let labels: Vec<&str> = world.territories.iter().map(|t| t.iso3.as_str()).collect();
    let outlines = match options.territory {
        TerritoryBy::Nearest => None,
        TerritoryBy::Outline => {
            let found = Outlines::new(world);
            if found.is_none() {
                let message = "the world has no outlines of territories";
                intake.fatal(Problem::new("outlines.geojson", message));
            }
            found
        }
    };
    let mut territories = vec![];
    let mut keep: Vec<Option<usize>> = vec![];
    let (mut far, mut farthest) = (0, 0.0f64);
    for node in &raw.nodes {
        let near = tree.nearest(node.lon, node.lat);
        let near_km = near.map_or(f64::INFINITY, |n| n.km);
        let the_other_way = tree.nearest(node.lat, node.lon);
        if near_km > ASTRAY_KM && the_other_way.is_some_and(|n| n.km * NEARER < near_km) {
            let message = format!(
                "longitude and latitude seem to have changed places: {near_km:.0} km from \
                 everything in the world"
            );
            let problem = node.origin.problem(message);
            let problem = problem.value(format!("{}, {}", node.lon, node.lat));
            intake.bad(problem.help(crate::gmns::SWAP), "nodes apparently swapped");
            keep.push(None);
            continue;
        }
        let territory = match &node.iso3 {
            Some(iso3) => {
                let found = world.territory(iso3);
                if found.is_none() {
                    let problem = node.origin.problem("the world has no such territory");
                    let problem = problem.column("iso3").value(iso3);
                    intake.bad(
                        problem.help(hint(iso3, &labels)),
                        "nodes of unknown territory",
                    );
                }
                found
            }
            None => match outlines.as_ref().and_then(|o| o.find(node.lon, node.lat)) {
                Some(territory) => {
                    intake.fill("territories from the outlines");
                    Some(territory)
                }
                None => near.map(|n| {
                    intake
                        .fill("territories from the nearest node, place or terminal of the world");
                    if n.km > FAR_KM {
                        far += 1;
                        farthest = farthest.max(n.km);
                    }
                    known[n.index].0
                }),
            },
        };
        keep.push(territory.map(|territory| {
            territories.push(territory);
            territories.len() - 1
        }));
    }
    if far > 0 {
        intake.report.notes.push(format!(
            "{far} nodes took the territory of something more than {FAR_KM:.0} km away \
             (at most {farthest:.0} km)"
        ));
    }
    let nodes = raw.nodes.into_iter().zip(&keep);
    let nodes: Vec<RawNode> = nodes.filter(|(_, k)| k.is_some()).map(|(n, _)| n).collect();
    let mut lost = 0;
    let links = raw
        .links
        .into_iter()
        .filter_map(|mut link| match (keep[link.from], keep[link.to]) {
            (Some(from), Some(to)) => {
                (link.from, link.to) = (from, to);
                Some(link)
            }
            _ => {
                lost += 1;
                None
            }
        })
        .collect();
    for _ in 0..lost {
        intake.drop("links to nodes that were left out");
    }
    (Raw { nodes, links }, territories)
}
