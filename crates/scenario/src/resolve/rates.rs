//! Changing freight rates and terminals.

use super::Resolver;
use crate::apply::{Amount, Op};
use crate::describe::{amount, count, list, number};
use crate::modification::{FreightRate, TerminalChange};
use comity_world::{ClassId, Terminal};

impl Resolver<'_> {
    pub(super) fn freight_rate(&mut self, c: &FreightRate) {
        let classes: Vec<ClassId> = match &c.class {
            Some(names) => names
                .as_slice()
                .iter()
                .filter_map(|name| self.class("class", c.mode, name))
                .collect(),
            None => self
                .world
                .network
                .classes
                .iter()
                .enumerate()
                .filter(|(_, class)| class.mode == c.mode)
                .map(|(at, _)| ClassId::from_index(at))
                .collect(),
        };
        if classes.is_empty() && c.class.is_none() {
            let message = format!("this world has no class of {}", c.mode.label());
            let found = self.at("mode", message);
            self.problems.push(found);
            return;
        }
        for class in classes {
            self.emit(Op::SetRate {
                class,
                rate: Amount::of(c.usd_per_teu_km, c.factor),
            });
        }
        let which = match &c.class {
            Some(names) => format!("{} {}", c.mode.label(), list(names.as_slice())),
            None => c.mode.label().to_owned(),
        };
        let what = match (c.usd_per_teu_km, c.factor) {
            (Some(rate), _) => format!("set to {} USD per TEU-km", number(rate)),
            (None, Some(factor)) => format!("multiplied by {}", number(factor)),
            (None, None) => String::new(),
        };
        self.step.sentence = format!("Freight rate of {which}: {what}.");
    }

    pub(super) fn terminal(&mut self, c: &TerminalChange) {
        let ids = match &c.id {
            Some(ids) => {
                for id in ids.as_slice() {
                    self.terminal_is_there(c, id);
                }
                Some(ids.as_slice())
            }
            None => None,
        };
        let territories = match &c.iso3 {
            Some(codes) => match self.territories("iso3", codes.as_slice()) {
                None => return,
                found => found,
            },
            None => None,
        };
        let chosen: Vec<String> = self
            .world
            .network
            .terminals
            .iter()
            .filter(|t| t.kind == c.kind)
            .filter(|t| ids.is_none_or(|ids| ids.contains(&t.id)))
            .filter(|t| {
                territories
                    .as_ref()
                    .is_none_or(|l| l.contains(&t.territory))
            })
            .map(|t| t.id.clone())
            .collect();
        if chosen.is_empty() && c.id.is_none() {
            let message = format!(
                "there is no {} terminal of this description",
                c.kind.label()
            );
            let found = self.at("", message);
            self.problems.push(found);
            return;
        }
        let hours = Amount::of(c.hours, c.hours_factor);
        let usd = Amount::of(c.usd_per_teu, c.usd_factor);
        for id in &chosen {
            self.emit(Op::SetTerminal {
                id: id.clone(),
                hours,
                usd,
            });
        }
        let parts: Vec<String> = [amount("hours", hours), amount("USD per TEU", usd)]
            .into_iter()
            .flatten()
            .collect();
        let place = match (&c.id, &c.iso3) {
            (Some(ids), _) => format!(" {}", list(ids.as_slice())),
            (None, Some(codes)) => format!(" in {}", list(codes.as_slice())),
            (None, None) => " everywhere".to_owned(),
        };
        self.step.sentence = format!(
            "{} of kind {}{place}: {} per passage.",
            count(chosen.len(), "terminal"),
            c.kind.label(),
            parts.join(", ")
        );
    }

    fn terminal_is_there(&mut self, c: &TerminalChange, id: &str) {
        let of_kind = |t: &&Terminal| t.kind == c.kind;
        let terminals = &self.world.network.terminals;
        if terminals.iter().filter(of_kind).any(|t| t.id == id) {
            return;
        }
        let names = terminals.iter().filter(of_kind).map(|t| t.id.as_str());
        let message = format!("there is no {} terminal of this id", c.kind.label());
        let found = self.at("id", message).value(id).did_you_mean(id, names);
        self.problems.push(found);
    }
}
