//! Links named by the places they are near or between.

use super::target::{Closing, Found};
use comity_network::{Engine, LegKind, values_of_time};
use comity_world::transport::great_circle_km;
use comity_world::{CommodityClass, LinkId, Mode, NodeId, PlaceId, Problem, World};

/// A link farther than this from a place is not near it.
const NEAR_KM: f64 = 100.0;

/// `PLACE:mode`: the open link of the mode that is nearest to a place, by its nearer end.
pub(super) fn near(world: &World, item: &str, text: &str) -> Found {
    let wrong = |message: &str| Box::new(Problem::new(item, message));
    let Some((name, mode)) = text.rsplit_once(':') else {
        return Err(wrong("a link near a place is near:PLACE:MODE"));
    };
    let place = &world.places[place(world, item, name)?.index()];
    let mode = network_mode(item, mode)?;
    let network = &world.network;
    let km = |node: NodeId| {
        let node = &network.nodes[node.index()];
        great_circle_km(place.lon, place.lat, node.lon, node.lat)
    };
    let links = network.links.iter().zip(0..);
    let of_mode = links.filter(|(link, _)| link.open && network.mode(link) == mode);
    // Of several at the node that is nearest, the one whose other end is nearer.
    let distance = |at: usize| {
        let link = &network.links[at];
        let (a, b) = (km(link.from), km(link.to));
        (a.min(b), a.max(b))
    };
    let nearest = of_mode
        .map(|(_, at)| (distance(at), at))
        .min_by(|(a, x), (b, y)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(x.cmp(y)));
    match nearest {
        Some((found, at)) if found.0 <= NEAR_KM => Ok(Closing::link(world, LinkId::from_index(at))),
        _ => Err(Box::new(wrong("no open link of this mode is near").help(
            format!("links within {NEAR_KM:.0} km of a place are looked for"),
        ))),
    }
}

/// `PLACE:PLACE:mode`: the link half way along the cheapest journey of general cargo by the mode.
pub(super) fn between(world: &World, item: &str, text: &str) -> Found {
    let wrong = |message: &str| Box::new(Problem::new(item, message));
    let parts: Vec<&str> = text.split(':').collect();
    let [from, to, mode] = parts.as_slice() else {
        return Err(wrong("a link between places is between:PLACE:PLACE:MODE"));
    };
    let (from, to) = (place(world, item, from)?, place(world, item, to)?);
    let mode = network_mode(item, mode)?;
    let class = CommodityClass::General;
    let value = values_of_time(world)[class.index()];
    let engine = Engine::for_classes(world, &[(class, value)]);
    let skims = engine.skim(None, &|| ());
    let journey = engine.journey(&skims, from, to, mode, class);
    let links: Vec<LinkId> = journey
        .iter()
        .flat_map(|journey| &journey.legs)
        .filter(|leg| leg.kind == LegKind::Travel(mode))
        .flat_map(|leg| leg.links.iter().copied())
        .collect();
    let km = |link: &LinkId| world.network.links[link.index()].km;
    let half = links.iter().map(km).sum::<f64>() / 2.0;
    let mut gone = 0.0;
    let middle = links.iter().find(|link| {
        gone += km(link);
        gone >= half
    });
    match middle {
        Some(link) => Ok(Closing::link(world, *link)),
        None => Err(wrong("no journey by this mode leads from one to the other")),
    }
}

fn place(world: &World, item: &str, name: &str) -> Result<PlaceId, Box<Problem>> {
    match world.find_places(name).as_slice() {
        [one] => Ok(*one),
        [] => {
            let problem = Problem::new(item, "there is no such place").value(name);
            let close = world.suggest_places(name);
            Err(Box::new(match close.as_slice() {
                [] => problem,
                some => problem.help(format!("did you mean {}?", some.join(", "))),
            }))
        }
        several => {
            let ids = several
                .iter()
                .map(|id| world.places[id.index()].id.as_str());
            let problem = Problem::new(item, "several places are called so").value(name);
            let which = ids.collect::<Vec<_>>().join(", ");
            Err(Box::new(problem.help(format!("say which: {which}"))))
        }
    }
}

/// A mode that has links.
fn network_mode(item: &str, label: &str) -> Result<Mode, Box<Problem>> {
    const MODES: [Mode; 3] = [Mode::Rail, Mode::Road, Mode::Sea];
    let found = MODES.into_iter().find(|mode| mode.label() == label);
    found.ok_or_else(|| {
        let problem = Problem::new(item, "a mode with links is wanted").value(label);
        let labels = MODES.map(Mode::label);
        let close = problem.did_you_mean(label, labels);
        Box::new(match close.help {
            None => close.help(format!("there are {}", labels.join(", "))),
            Some(_) => close,
        })
    })
}
