//! Building a link and what stands at its ends.

use super::Resolver;
use super::ends::{REACH_KM, Spot};
use crate::apply::{Amount, Op};
use crate::describe::number;
use crate::modification::{BuildLink, Crossing, Site};
use crate::resolved::ChangeKind;
use comity_world::transport::great_circle_km;
use comity_world::{
    ClassId, Link, Mode, Node, NodeId, Terminal, TerminalKind, TerritoryId, polyline,
};

/// A link may be this much shorter than the straight line between its ends, for rounded coordinates.
const STRAIGHT_TOLERANCE: f64 = 0.95;

impl Resolver<'_> {
    pub(super) fn build_link(&mut self, c: &BuildLink) {
        let class = match &c.class {
            Some(name) => self.class("class", c.mode, name),
            None => self.usual_class(c.mode),
        };
        // Without its gauge a rail link has already been complained about.
        let gauge = if c.mode == Mode::Rail {
            c.gauge_mm
        } else {
            None
        };
        if c.mode == Mode::Rail && gauge.is_none() {
            return;
        }
        let from = self.end("from", &c.from, c.mode, gauge);
        let to = self.end("to", &c.to, c.mode, gauge);
        let (Some(from), Some(to), Some(class)) = (from, to, class) else {
            return;
        };
        if from == to {
            let message = format!(
                "both ends are the same {} node: nothing lies between them",
                c.mode.label()
            );
            let found = self.at("to", message).value(c.to.name());
            self.problems.push(found);
            return;
        }
        let node = |id: NodeId| &self.world.network.nodes[id.index()];
        let (a, b) = (node(from).clone(), node(to).clone());
        let straight = great_circle_km(a.lon, a.lat, b.lon, b.lat);
        if c.km < STRAIGHT_TOLERANCE * straight {
            let found = self
                .at("km", "shorter than the straight line between the ends")
                .value(number(c.km))
                .help(format!(
                    "the straight line is {} km",
                    number(straight.round())
                ));
            self.problems.push(found);
        }
        let points: Vec<(f64, f64)> = c.via.iter().map(|v| (v.lon, v.lat)).collect();
        let link = Link {
            from,
            to,
            class,
            km: c.km,
            hours_override: c.hours.or(c.kmh.map(|kmh| c.km / kmh)),
            passage: None,
            open: true,
            shape: polyline::encode(&points),
        };
        let label = format!("{}–{}", c.from.name(), c.to.name());
        self.show(&label, ChangeKind::Built, &link);
        self.emit(Op::AddLink(link.clone()));
        let crossing = self.crossing(c, &a, &b);
        self.step.sentence = self.built(c, &link, gauge) + &crossing;
    }

    fn built(&self, c: &BuildLink, link: &Link, gauge: Option<u16>) -> String {
        let class = &self.world.network.classes[link.class.index()];
        let hours = link.hours_override.unwrap_or(c.km / class.kmh);
        let tracks = gauge.map_or(String::new(), |g| {
            format!(" of {} mm gauge", number(f64::from(g)))
        });
        let mut sentence = format!(
            "Build a {} link{tracks} from {} to {}: {} km in {} hours ({} km/h)",
            c.mode.label(),
            c.from.name(),
            c.to.name(),
            number(c.km),
            number((hours * 100.0).round() / 100.0),
            number((c.km / hours * 10.0).round() / 10.0),
        );
        sentence += &format!(
            ", {} USD per TEU-km (class {})",
            number(class.usd_per_teu_km),
            class.class
        );
        for end in [&c.from, &c.to] {
            use crate::modification::{End, TerminalRole};
            if let End::Site(site) = end {
                if site.has(TerminalRole::GaugeChange) {
                    sentence += &format!("; containers change gauge at {}", site.name);
                }
                if site.has(TerminalRole::Rail) {
                    sentence += &format!("; a rail terminal at {}", site.name);
                }
            }
        }
        sentence
    }

    /// The border that the link crosses: sets its costs if the file gives them, and says so.
    fn crossing(&mut self, c: &BuildLink, a: &Node, b: &Node) -> String {
        let territories = match (a.territory, b.territory) {
            (Some(a), Some(b)) if a != b => Some((a, b)),
            _ => None,
        };
        let (from, to) = match (territories, &c.border) {
            (Some(pair), _) => pair,
            (None, None) => return ".".to_owned(),
            (None, Some(_)) => {
                let found = self.at("border", "the link crosses no border").help(
                    "both ends lie in the same territory; give iso3 to a new end if it does not",
                );
                self.problems.push(found);
                return ".".to_owned();
            }
        };
        if let Some(crossing) = c.border {
            self.set_crossing(c.mode, from, to, crossing);
        }
        let after = crate::apply::border(&self.world, from, to, c.mode);
        let pair = format!("{}–{}", self.territory_name(from), self.territory_name(to));
        if after.open {
            format!(
                "; it crosses the border {pair}: {} hours and {} USD per TEU{}.",
                number(after.hours),
                number(after.usd_per_teu),
                if c.border.is_some() {
                    format!(
                        ", now the figures of every {} crossing between the two, both ways",
                        c.mode.label()
                    )
                } else {
                    String::new()
                }
            )
        } else {
            format!(
                "; the border {pair} that it crosses is closed to {}.",
                c.mode.label()
            )
        }
    }

    fn set_crossing(&mut self, mode: Mode, a: TerritoryId, b: TerritoryId, crossing: Crossing) {
        for (from, to) in [(a, b), (b, a)] {
            self.emit(Op::SetBorder {
                from,
                to,
                mode,
                hours: Amount::To(crossing.hours),
                usd: Amount::To(crossing.usd_per_teu),
                open: Some(true),
                source: format!("scenario {}", self.scenario.id),
            });
        }
    }

    /// The class of this name, or a problem.
    pub(super) fn class(&mut self, key: &str, mode: Mode, name: &str) -> Option<ClassId> {
        let found = self.world.network.class(mode, name);
        if found.is_none() {
            let classes = &self.world.network.classes;
            let names: Vec<&str> = classes
                .iter()
                .filter(|c| c.mode == mode)
                .map(|c| c.class.as_str())
                .collect();
            let message = format!("{} has no such class", mode.label());
            let mut problem = self.at(key, message).value(name);
            problem = problem.did_you_mean(name, names.iter().copied());
            if problem.help.is_none() {
                problem = problem.help(format!("its classes are {}", names.join(", ")));
            }
            self.problems.push(problem);
        }
        found
    }

    /// The class `standard`, else the one that most kilometres of the mode have.
    fn usual_class(&mut self, mode: Mode) -> Option<ClassId> {
        let network = &self.world.network;
        let standard = network.class(mode, "standard");
        if standard.is_some() {
            return standard;
        }
        let mut km = vec![0.0; network.classes.len()];
        for link in &network.links {
            km[link.class.index()] += link.km;
        }
        let most = network
            .classes
            .iter()
            .enumerate()
            .filter(|(_, c)| c.mode == mode && c.class != "gauge-change")
            .max_by(|a, b| km[a.0].total_cmp(&km[b.0]).then(b.0.cmp(&a.0)))
            .map(|(at, _)| ClassId::from_index(at));
        if most.is_none() {
            let message = format!("this world has no class of {} links", mode.label());
            let found = self.at("mode", message);
            self.problems.push(found);
        }
        most
    }

    /// A new rail terminal at an end.
    pub(super) fn rail_terminal(&mut self, key: &str, site: &Site, spot: &Spot, node: NodeId) {
        let Some((name, territory, lon, lat, slug)) = self.whereabouts(spot) else {
            return;
        };
        let id = format!("rail:{slug}");
        if self.world.network.terminals.iter().any(|t| t.id == id) {
            let found = self
                .at(key, format!("there is a rail terminal at {name} already"))
                .value(&id)
                .help("leave terminal = \"rail\" out");
            self.problems.push(found);
            return;
        }
        let Some(territory) = territory else {
            let found = self
                .at(key, "a rail terminal needs a territory")
                .help("give iso3");
            self.problems.push(found);
            return;
        };
        let road = self
            .world
            .network
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, n)| n.mode == Mode::Road)
            .map(|(at, n)| (at, great_circle_km(lon, lat, n.lon, n.lat)))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let Some((road, access_km)) = road.filter(|(_, km)| *km <= REACH_KM) else {
            let message =
                format!("no road node lies within {REACH_KM} km of the rail terminal {name}");
            let found = self.at(key, message);
            self.problems.push(found);
            return;
        };
        let hours = site.terminal_hours.or_else(|| self.median(|t| t.hours));
        let usd = site
            .terminal_usd_per_teu
            .or_else(|| self.median(|t| t.usd_per_teu));
        let (Some(hours), Some(usd_per_teu)) = (hours, usd) else {
            let found = self.at(
                key,
                "this world has no rail terminal to take costs from: give terminal_hours and terminal_usd_per_teu",
            );
            self.problems.push(found);
            return;
        };
        self.emit(Op::AddTerminal(Terminal {
            id,
            kind: TerminalKind::Rail,
            name,
            code: String::new(),
            territory,
            lon,
            lat,
            road_node: Some(NodeId::from_index(road)),
            node: Some(node),
            access_km,
            hours,
            usd_per_teu,
            source: format!("scenario {}", self.scenario.id),
        }));
    }

    fn median(&self, of: impl Fn(&Terminal) -> f64) -> Option<f64> {
        let mut values: Vec<f64> = self
            .world
            .network
            .terminals
            .iter()
            .filter(|t| t.kind == TerminalKind::Rail)
            .map(of)
            .collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        match values.len() {
            0 => None,
            n if n.is_multiple_of(2) => Some((values[middle - 1] + values[middle]) / 2.0),
            _ => Some(values[middle]),
        }
    }
}
