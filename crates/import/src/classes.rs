//! From types of links in the input to classes of links in the world.

use crate::Options;
use crate::build::GAUGE_CHANGE;
use crate::raw::{Intake, RawLink, hint};
use comity_world::{ClassId, Mode, Problem, World};
use std::collections::BTreeMap;

/// The classes of a mode, and how types of links become classes.
pub(crate) struct Classes {
    mode: Mode,
    known: Vec<(String, ClassId)>,
    class_of: BTreeMap<String, ClassId>,
    default: Option<ClassId>,
    /// Where a type of link was found that is nowhere mapped.
    unknown: std::cell::RefCell<BTreeMap<String, (Problem, usize)>>,
}

impl Classes {
    pub fn new(world: &World, options: &Options, intake: &mut Intake) -> Classes {
        let mode = options.mode;
        let known: Vec<(String, ClassId)> = world
            .network
            .classes
            .iter()
            .enumerate()
            .filter(|(_, c)| c.mode == mode)
            .map(|(at, c)| (c.class.clone(), ClassId::from_index(at)))
            .collect();
        let mut find = |option: &str, label: &str| {
            let found = known.iter().find(|k| k.0 == label).map(|k| k.1);
            if found.is_none() {
                let labels: Vec<&str> = known.iter().map(|k| k.0.as_str()).collect();
                let message = format!("the world has no such class of {}", mode.label());
                let problem = Problem::new(option, message).value(label);
                intake.fatal(problem.help(hint(label, &labels)));
            }
            found
        };
        let default = options.class.as_ref().and_then(|l| find("--class", l));
        let class_of = options
            .class_of
            .iter()
            .filter_map(|(kind, label)| Some((kind.clone(), find("--class-of", label)?)))
            .collect();
        Classes {
            mode,
            known,
            class_of,
            default,
            unknown: std::cell::RefCell::default(),
        }
    }

    pub fn is_gauge_change(&self, class: ClassId) -> bool {
        let mut known = self.known.iter();
        known.any(|(label, id)| *id == class && label == GAUGE_CHANGE)
    }

    /// A link with its class; a type unknown is noted once, with its number of links.
    pub fn of(&self, link: RawLink, intake: &mut Intake) -> Option<(RawLink, ClassId)> {
        let found = match &link.kind {
            Some(kind) => {
                let mapped = self.class_of.get(kind).copied();
                let same = self.known.iter().find(|k| k.0 == *kind).map(|k| k.1);
                mapped.or(same).or_else(|| {
                    let default = self.default?;
                    intake.fill("classes of unknown types from --class");
                    Some(default)
                })
            }
            None => {
                if self.default.is_some() {
                    intake.fill("classes of links without a type from --class");
                }
                self.default
            }
        };
        if found.is_none() {
            let kind = link.kind.clone().unwrap_or_default();
            let mut unknown = self.unknown.borrow_mut();
            let entry = unknown.entry(kind).or_insert_with(|| {
                let problem = match &link.kind {
                    Some(kind) => link
                        .origin
                        .problem("no class for this type of link")
                        .value(kind),
                    None => link.origin.problem("this link has no type, so no class"),
                };
                (problem, 0)
            });
            entry.1 += 1;
        }
        Some((link, found?))
    }

    pub fn report(&self, intake: &mut Intake) {
        let labels: Vec<&str> = self.known.iter().map(|k| k.0.as_str()).collect();
        for (kind, (problem, links)) in self.unknown.take() {
            let how = if kind.is_empty() {
                "--class CLASS".to_owned()
            } else {
                format!("--class-of {kind}=CLASS or --class CLASS")
            };
            let noun = if links == 1 { "link" } else { "links" };
            let problem = problem.help(format!(
                "{links} such {noun}; give {how}; the classes of {} are {}",
                self.mode.label(),
                labels.join(", ")
            ));
            for _ in 1..links {
                intake.again("links of unknown class");
            }
            intake.bad(problem, "links of unknown class");
        }
    }
}
