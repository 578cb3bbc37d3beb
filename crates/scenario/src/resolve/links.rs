//! Improving and closing links that are there.

use super::Resolver;
use crate::apply::{Op, Pace};
use crate::describe::{count, number};
use crate::modification::{CloseLink, UpgradeLink};
use crate::path::shortest;
use crate::resolved::ChangeKind;
use comity_world::{LinkId, Mode};

impl Resolver<'_> {
    /// The links on the shortest way between two ends, gauge changes left out.
    fn way(&mut self, mode: Mode, from: &str, to: &str) -> Option<Vec<LinkId>> {
        let a = self.existing_node("from", from, mode);
        let b = self.existing_node("to", to, mode);
        let (a, b) = (a?, b?);
        let network = &self.world.network;
        let links = shortest(network, mode, a, b).map(|mut links| {
            links.retain(|id| {
                let class = network.links[id.index()].class;
                network.classes[class.index()].class != "gauge-change"
            });
            links
        });
        let message = match links {
            Some(links) if !links.is_empty() => return Some(links),
            Some(_) => format!(
                "{from} and {to} share a {} node: nothing lies between them",
                mode.label()
            ),
            None => format!("no open {} links lead from {from} to {to}", mode.label()),
        };
        let found = self.at("to", message);
        self.problems.push(found);
        None
    }

    fn km(&self, links: &[LinkId]) -> f64 {
        let all = &self.world.network.links;
        links.iter().map(|id| all[id.index()].km).sum()
    }

    pub(super) fn upgrade_link(&mut self, c: &UpgradeLink) {
        let class = match &c.class {
            None => None,
            Some(name) => match self.class("class", c.mode, name) {
                None => {
                    // Still look for the ends, to report all mistakes.
                    self.way(c.mode, &c.from, &c.to);
                    return;
                }
                found => found,
            },
        };
        let Some(links) = self.way(c.mode, &c.from, &c.to) else {
            return;
        };
        let pace = match (c.kmh, c.hours_factor, class) {
            (Some(kmh), ..) => Pace::Kmh(kmh),
            (None, Some(factor), _) => Pace::Factor(factor),
            (None, None, Some(_)) => Pace::OfClass,
            (None, None, None) => Pace::Kept,
        };
        let label = format!("{}–{}", c.from, c.to);
        let km = self.km(&links);
        for id in &links {
            let link = self.world.network.links[id.index()].clone();
            self.show(&label, ChangeKind::Upgraded, &link);
            self.emit(Op::SetLink {
                link: *id,
                class,
                pace,
                km_factor: c.km_factor.unwrap_or(1.0),
            });
        }
        let mut parts = Vec::new();
        if let Some(class) = &c.class {
            parts.push(format!("class {class}"));
        }
        if let Some(kmh) = c.kmh {
            parts.push(format!("{} km/h", number(kmh)));
        }
        if let Some(factor) = c.hours_factor {
            parts.push(format!("hours multiplied by {}", number(factor)));
        }
        if let Some(factor) = c.km_factor {
            parts.push(format!("length multiplied by {}", number(factor)));
        }
        self.step.sentence = format!(
            "Upgrade the shortest {} way from {} to {} ({}, {} km): {}.",
            c.mode.label(),
            c.from,
            c.to,
            count(links.len(), "link"),
            number(km.round()),
            parts.join(", ")
        );
    }

    pub(super) fn close_link(&mut self, c: &CloseLink) {
        if let Some(passage) = &c.passage {
            return self.close_passage(passage);
        }
        let (Some(mode), Some(from), Some(to)) = (c.mode, &c.from, &c.to) else {
            return;
        };
        let Some(links) = self.way(mode, from, to) else {
            return;
        };
        let km = self.km(&links);
        self.close(&format!("{from}–{to}"), &links);
        self.step.sentence = format!(
            "Close the shortest {} way from {from} to {to} ({}, {} km).",
            mode.label(),
            count(links.len(), "link"),
            number(km.round())
        );
    }

    fn close_passage(&mut self, passage: &str) {
        let all = &self.world.network.links;
        let of_passage: Vec<LinkId> = all
            .iter()
            .enumerate()
            .filter(|(_, link)| link.passage.as_deref() == Some(passage))
            .map(|(at, _)| LinkId::from_index(at))
            .collect();
        let open: Vec<LinkId> = of_passage
            .iter()
            .copied()
            .filter(|id| all[id.index()].open)
            .collect();
        if of_passage.is_empty() {
            let mut names: Vec<&str> = all.iter().filter_map(|l| l.passage.as_deref()).collect();
            names.sort_unstable();
            names.dedup();
            let mut found = self.at("passage", "unknown passage").value(passage);
            found = found.did_you_mean(passage, names.iter().copied());
            if found.help.is_none() && !names.is_empty() {
                found = found.help(format!("the passages are {}", names.join(", ")));
            }
            self.problems.push(found);
        } else if open.is_empty() {
            let found = self
                .at("passage", "this passage is closed already")
                .value(passage);
            self.problems.push(found);
        } else {
            self.close(passage, &open);
            self.step.sentence = format!(
                "Close the passage {passage} ({}).",
                count(open.len(), "link")
            );
        }
    }

    fn close(&mut self, label: &str, links: &[LinkId]) {
        for id in links {
            let link = self.world.network.links[id.index()].clone();
            self.show(label, ChangeKind::Closed, &link);
            self.emit(Op::CloseLink(*id));
        }
    }
}
