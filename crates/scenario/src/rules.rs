//! Rules between the keys of a file that a schema does not say well.

use crate::membership::Membership;
use crate::modification::{
    BorderChange, BuildLink, Change, CloseLink, End, FreightRate, Tariff, TerminalChange,
    TerminalRole, UpgradeLink,
};
use crate::place::KeyPath;
use crate::project::ProjectFile;
use crate::scenario::Scenario;
use comity_world::{Mode, Problem};
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// Largest distance of a sum of shares from 1.
const SHARES_TOLERANCE: f64 = 1e-6;

struct Rules<'a> {
    scenario: &'a Scenario,
    path: KeyPath,
    problems: &'a mut Vec<Problem>,
}

pub(crate) fn check(scenario: &Scenario, table: &DeTable, problems: &mut Vec<Problem>) {
    for modification in &scenario.modifications {
        let mut rules = Rules {
            scenario,
            path: KeyPath::modification(modification.number),
            problems,
        };
        match &modification.change {
            Change::BuildLink(c) => rules.build_link(c),
            Change::UpgradeLink(c) => rules.upgrade_link(c),
            Change::CloseLink(c) => rules.close_link(c),
            Change::Border(c) => rules.border(c),
            Change::Tariff(c) => rules.tariff(c),
            Change::NonTariffCost(c) => rules.whose(
                c.importer.is_some(),
                c.exporter.is_some(),
                c.between.is_some(),
                c.around.is_some(),
            ),
            Change::Productivity(_) => {}
            Change::FreightRate(c) => rules.freight_rate(c),
            Change::Terminal(c) => rules.terminal(c),
            Change::Membership(c) => rules.membership(c),
        }
    }
    projects(scenario, table, problems);
}

impl Rules<'_> {
    fn wrong(&mut self, key: &str, message: impl Into<String>) {
        let path = if key.is_empty() {
            self.path.clone()
        } else {
            self.path.child(key)
        };
        let problem = self.scenario.problem(&path, message);
        self.problems.push(problem);
    }

    fn not_both(&mut self, first: (&str, bool), second: (&str, bool)) {
        if first.1 && second.1 {
            let message = format!("{} and {} exclude each other", first.0, second.0);
            self.wrong(second.0, message);
        }
    }

    fn at_least_one(&mut self, keys: &[(&str, bool)]) {
        if keys.iter().all(|(_, given)| !given) {
            let names: Vec<&str> = keys.iter().map(|(name, _)| *name).collect();
            self.wrong(
                "",
                format!("changes nothing: give at least one of {}", names.join(", ")),
            );
        }
    }

    fn build_link(&mut self, c: &BuildLink) {
        self.not_both(("kmh", c.kmh.is_some()), ("hours", c.hours.is_some()));
        match (c.mode, c.gauge_mm) {
            (Mode::Rail, None) => self.wrong("", "a rail link needs gauge_mm, its track gauge"),
            (Mode::Rail, Some(_)) | (_, None) => {}
            (mode, Some(_)) => {
                let message = format!("only rail has a track gauge, not {}", mode.label());
                self.wrong("gauge_mm", message);
            }
        }
        for (key, end) in [("from", &c.from), ("to", &c.to)] {
            let End::Site(site) = end else { continue };
            if site.lon.is_some() != site.lat.is_some() {
                self.wrong(key, "a site needs both lon and lat");
            }
            if site.iso3.is_some() && site.lon.is_none() {
                self.wrong(
                    key,
                    "iso3 belongs to a site with lon and lat, not to a place",
                );
            }
            if c.mode != Mode::Rail && site.has(TerminalRole::GaugeChange) {
                self.wrong(key, "a gauge change belongs to a rail link");
            }
            if c.mode != Mode::Rail && site.has(TerminalRole::Rail) {
                self.wrong(key, "a rail terminal belongs to a rail link");
            }
            let costs = site.terminal_hours.is_some() || site.terminal_usd_per_teu.is_some();
            if costs && !site.has(TerminalRole::Rail) {
                self.wrong(
                    key,
                    "terminal_hours and terminal_usd_per_teu need terminal = \"rail\"",
                );
            }
        }
        self.two_ends(c.from.name(), c.to.name());
    }

    fn two_ends(&mut self, from: &str, to: &str) {
        if from.trim().to_lowercase() == to.trim().to_lowercase() {
            self.wrong("to", format!("both ends are {to}"));
        }
    }

    fn upgrade_link(&mut self, c: &UpgradeLink) {
        self.not_both(
            ("kmh", c.kmh.is_some()),
            ("hours_factor", c.hours_factor.is_some()),
        );
        self.at_least_one(&[
            ("class", c.class.is_some()),
            ("kmh", c.kmh.is_some()),
            ("hours_factor", c.hours_factor.is_some()),
            ("km_factor", c.km_factor.is_some()),
        ]);
        self.two_ends(&c.from, &c.to);
    }

    fn close_link(&mut self, c: &CloseLink) {
        let ends = [
            ("mode", c.mode.is_some()),
            ("from", c.from.is_some()),
            ("to", c.to.is_some()),
        ];
        if c.passage.is_some() {
            for end in ends {
                self.not_both(("passage", true), end);
            }
        } else if ends.iter().all(|(_, given)| !given) {
            self.wrong("", "closes nothing: give passage, or mode, from and to");
        } else {
            for (name, given) in ends {
                if !given {
                    self.wrong("", format!("the key {name} is missing"));
                }
            }
        }
        if let (Some(from), Some(to)) = (&c.from, &c.to) {
            self.two_ends(from, to);
        }
    }

    fn border(&mut self, c: &BorderChange) {
        self.pairs(
            ("from", c.from.is_some()),
            ("to", c.to.is_some()),
            c.between.is_some(),
            true,
        );
        self.not_both(
            ("hours", c.hours.is_some()),
            ("hours_factor", c.hours_factor.is_some()),
        );
        self.not_both(
            ("usd_per_teu", c.usd_per_teu.is_some()),
            ("usd_factor", c.usd_factor.is_some()),
        );
        self.at_least_one(&[
            ("hours", c.hours.is_some()),
            ("hours_factor", c.hours_factor.is_some()),
            ("usd_per_teu", c.usd_per_teu.is_some()),
            ("usd_factor", c.usd_factor.is_some()),
            ("open", c.open.is_some()),
        ]);
    }

    fn pairs(
        &mut self,
        from: (&'static str, bool),
        to: (&'static str, bool),
        between: bool,
        needs_to: bool,
    ) {
        if between {
            self.not_both(("between", true), from);
            self.not_both(("between", true), to);
            return;
        }
        if !from.1 && !to.1 {
            let message = format!("between whom? Give {} and {}, or between", from.0, to.0);
            self.wrong("", message);
            return;
        }
        for (end, needed) in [(from, true), (to, needs_to)] {
            if needed && !end.1 {
                self.wrong("", format!("the key {} is missing", end.0));
            }
        }
    }

    /// The keys that say whose trade is meant.
    fn whose(&mut self, importer: bool, exporter: bool, between: bool, around: bool) {
        if around {
            for other in [
                ("between", between),
                ("importer", importer),
                ("exporter", exporter),
            ] {
                self.not_both(("around", true), other);
            }
            return;
        }
        let (importer, exporter) = (("importer", importer), ("exporter", exporter));
        self.pairs(importer, exporter, between, false);
    }

    fn tariff(&mut self, c: &Tariff) {
        self.whose(
            c.importer.is_some(),
            c.exporter.is_some(),
            c.between.is_some(),
            c.around.is_some(),
        );
        self.not_both(("to", c.to.is_some()), ("factor", c.factor.is_some()));
        self.at_least_one(&[("to", c.to.is_some()), ("factor", c.factor.is_some())]);
    }

    fn freight_rate(&mut self, c: &FreightRate) {
        let (rate, factor) = (c.usd_per_teu_km.is_some(), c.factor.is_some());
        self.not_both(("usd_per_teu_km", rate), ("factor", factor));
        self.at_least_one(&[("usd_per_teu_km", rate), ("factor", factor)]);
    }

    fn terminal(&mut self, c: &TerminalChange) {
        self.not_both(
            ("hours", c.hours.is_some()),
            ("hours_factor", c.hours_factor.is_some()),
        );
        self.not_both(
            ("usd_per_teu", c.usd_per_teu.is_some()),
            ("usd_factor", c.usd_factor.is_some()),
        );
        self.at_least_one(&[
            ("hours", c.hours.is_some()),
            ("hours_factor", c.hours_factor.is_some()),
            ("usd_per_teu", c.usd_per_teu.is_some()),
            ("usd_factor", c.usd_factor.is_some()),
        ]);
    }

    /// What membership means is said, and said once.
    fn membership(&mut self, c: &Membership) {
        let given = c.effects_given();
        self.not_both(given[0], given[1]);
        self.not_both(given[2], given[3]);
        if c.effects.is_some() {
            for effect in given {
                self.not_both(("effects", true), effect);
            }
        } else if given.iter().all(|(_, given)| !given) {
            let names: Vec<&str> = given.iter().map(|(name, _)| *name).collect();
            self.wrong(
                "",
                format!(
                    "what does membership mean? Give at least one of {}, or effects = \"none\"",
                    names.join(", ")
                ),
            );
        }
    }
}

/// Shares add to 1, and projects and modifications know each other. Works on the names in the
/// table, so that a malformed project or modification still counts as there.
fn projects(scenario: &Scenario, table: &DeTable, problems: &mut Vec<Problem>) {
    for (name, project) in &scenario.projects {
        loans(scenario, name, project, problems);
        let priced = project.cost_musd.is_some();
        for (key, given) in [
            ("life_years", project.life_years.is_some()),
            ("discount_rate", project.discount_rate.is_some()),
        ] {
            if priced && !given {
                let message = format!("the key {key} is missing, which a cost needs");
                problems.push(scenario.problem(&KeyPath::project(name), message));
            }
        }
        if let Some([low, high]) = project.cost_range_musd
            && !project
                .cost_musd
                .is_some_and(|cost| 0.0 <= low && low <= cost && cost <= high)
        {
            let path = KeyPath::project(name).child("cost_range_musd");
            let message = match project.cost_musd {
                Some(cost) => format!("must hold cost_musd, {cost}"),
                None => "a range needs cost_musd within it".to_owned(),
            };
            problems.push(
                scenario
                    .problem(&path, message)
                    .value(format!("{low} to {high}")),
            );
        }
        for (key, shares) in [
            ("paid_by", &project.paid_by),
            ("spent_in", &project.spent_in),
        ] {
            let path = KeyPath::project(name).child(key);
            if shares.is_empty() {
                if priced {
                    problems.push(scenario.problem(&path, "no economy is named"));
                }
                continue;
            }
            let sum: f64 = shares.values().map(|share| share.0).sum();
            if (sum - 1.0).abs() > SHARES_TOLERANCE {
                let sum = (sum * 1e9).round() / 1e9;
                problems.push(
                    scenario
                        .problem(&path, format!("the shares add to {sum}, not to 1"))
                        .help("give fractions: 0.25 for a quarter"),
                );
            }
        }
    }
    let mut defined: BTreeMap<&str, bool> = match table.get("project").map(|p| p.get_ref()) {
        Some(DeValue::Table(projects)) => projects
            .iter()
            .map(|(name, _)| (name.get_ref().as_ref(), false))
            .collect(),
        _ => BTreeMap::new(),
    };
    let Some(DeValue::Array(items)) = table.get("modification").map(|m| m.get_ref()) else {
        return unused(scenario, &defined, problems);
    };
    for (index, item) in items.iter().enumerate() {
        let Some(name) = item
            .get_ref()
            .as_table()
            .and_then(|fields| fields.get("project")?.get_ref().as_str())
        else {
            continue;
        };
        match defined.get_mut(name) {
            Some(used) => *used = true,
            None => {
                let path = KeyPath::modification(index + 1).child("project");
                let mut found = scenario
                    .problem(&path, "no such project in this file")
                    .value(name)
                    .did_you_mean(name, defined.keys().copied());
                if found.help.is_none() {
                    found = found.help(format!("define it under [project.{name:?}]"));
                }
                problems.push(found);
            }
        }
    }
    unused(scenario, &defined, problems);
}

/// Loans need a cost to pay for, and pay for no more than that.
fn loans(scenario: &Scenario, name: &str, project: &ProjectFile, problems: &mut Vec<Problem>) {
    if project.loan.is_empty() {
        return;
    }
    let path = KeyPath::project(name).child("loan");
    let lent: f64 = project.loan.iter().map(|loan| loan.musd).sum();
    match project.cost_musd {
        Some(cost) if lent <= cost * (1.0 + SHARES_TOLERANCE) => {}
        Some(cost) => {
            let message = format!("the loans, {lent} million USD, exceed the cost of {cost}");
            problems.push(scenario.problem(&path, message));
        }
        None => problems.push(scenario.problem(&path, "a loan needs the project's cost_musd")),
    }
    for loan in &project.loan {
        let sum: f64 = loan.repaid_by.values().map(|share| share.0).sum();
        if !loan.repaid_by.is_empty() && (sum - 1.0).abs() > SHARES_TOLERANCE {
            let message = format!("the shares of repaid_by add to {sum}, not to 1");
            problems.push(scenario.problem(&path, message));
        }
    }
}

fn unused(scenario: &Scenario, defined: &BTreeMap<&str, bool>, problems: &mut Vec<Problem>) {
    for (name, used) in defined {
        if !used {
            problems.push(
                scenario
                    .problem(
                        &KeyPath::project(name),
                        "no modification belongs to this project",
                    )
                    .help(format!(
                        "write project = {name:?} in the modifications it pays for"
                    )),
            );
        }
    }
}
