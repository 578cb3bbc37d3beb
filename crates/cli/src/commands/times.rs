//! `comity times`.

use super::table;
use crate::arguments::TimesOptions;
use crate::console::Console;
use crate::error::{CommandError, CommandResult};
use crate::lookup;
use comity_appraisal::outcome::Journey;
use comity_appraisal::{Times, TimesRequest, times};
use comity_report::numbers::{MISSING, Style};
use comity_world::{CommodityClass, Mode};
use std::fmt::Write;

pub fn run(options: &TimesOptions, console: &Console) -> CommandResult {
    let modes = match options.mode.as_deref() {
        None => Mode::ALL.to_vec(),
        Some(name) => {
            let labels = Mode::ALL.map(Mode::label);
            let found = Mode::parse(name).ok_or_else(|| {
                let more = format!("there are {}", labels.join(", "));
                CommandError::unknown("mode", name, labels, &more)
            })?;
            vec![found]
        }
    };
    let labels = CommodityClass::ALL.map(CommodityClass::label);
    let class = CommodityClass::parse(&options.class).ok_or_else(|| {
        let more = format!("there are {}", labels.join(", "));
        CommandError::unknown("commodity class", &options.class, labels, &more)
    })?;
    let (world, changed) = match &options.scenario {
        None => (lookup::world(options.world.as_deref(), console)?, None),
        Some(name) => {
            let (world, scenario) = lookup::scenario(name, options.world.as_deref(), console)?;
            let changed = scenario.apply(&world);
            (world, Some(changed))
        }
    };
    let request = TimesRequest {
        world: &world,
        changed: changed.as_ref(),
        from: lookup::place(&world, &options.from)?,
        to: lookup::place(&world, &options.to)?,
        modes: &modes,
        class,
        alternatives: options.alternatives.map_or(0, usize::from),
    };
    let bar = console.progress();
    let found = times(&request, &bar);
    bar.finish();
    if console.json {
        return console.print_json(&found);
    }
    console.print(&text(&found));
    Ok(())
}

fn text(found: &Times) -> String {
    let level = Style::LEVEL;
    let mut out = format!(
        "{} – {}, {} cargo at {} USD per TEU-hour\n\n",
        found.from,
        found.to,
        found.commodity_class,
        level.format(found.value_of_time_usd_per_teu_hour)
    );
    let header = [
        "mode",
        "",
        "hours",
        "USD per TEU",
        "km",
        "generalised cost, USD per TEU",
        "share of mode, %",
    ];
    let mut summary = table(&header, 2);
    for journey in &found.journeys {
        let mut row = |state: &str, one: &Option<Journey>, share: Option<&f64>| {
            let share = share.map_or(MISSING.to_owned(), |s| format!("{:.1}", 100.0 * s));
            let mut cells = vec![journey.mode.clone(), state.to_owned()];
            match one {
                Some(j) => cells.extend([
                    level.format(j.hours),
                    level.format(j.usd_per_teu),
                    level.format(j.km),
                    level.format(j.generalised_usd_per_teu),
                    share,
                ]),
                None => {
                    cells.push("unreachable".to_owned());
                    cells.extend(std::iter::repeat_n(MISSING.to_owned(), 4));
                }
            }
            summary.add_row(cells);
        };
        let before = if found.has_scenario { "before" } else { "" };
        row(
            before,
            &journey.before,
            found.mode_shares_before.get(&journey.mode),
        );
        if found.has_scenario {
            row(
                "after",
                &journey.after,
                found.mode_shares_after.get(&journey.mode),
            );
        }
    }
    let _ = writeln!(out, "{}", trimmed(&summary.to_string()));
    let composite = |value: Option<f64>| {
        value.map_or("unreachable".to_owned(), |v| {
            format!("{} USD per TEU", level.format(v))
        })
    };
    let _ = writeln!(
        out,
        "\nComposite over modes: {}{}\nShares are the choice among all four main modes.",
        composite(found.composite_before),
        if found.has_scenario {
            format!(" before, {} after", composite(found.composite_after))
        } else {
            String::new()
        }
    );
    if !found.alternatives.is_empty() {
        alternatives(&mut out, found);
        return out;
    }
    for journey in &found.journeys {
        legs(
            &mut out,
            &journey.mode,
            if found.has_scenario { "before" } else { "" },
            &journey.before,
        );
        let same = match (&journey.before, &journey.after) {
            (Some(a), Some(b)) => {
                a.hours == b.hours && a.usd_per_teu == b.usd_per_teu && a.legs.len() == b.legs.len()
            }
            (None, None) => true,
            _ => false,
        };
        if found.has_scenario {
            if same {
                let _ = writeln!(out, "\n{}, after: unchanged", journey.mode);
            } else {
                legs(&mut out, &journey.mode, "after", &journey.after);
            }
        }
    }
    out
}

/// Routes side by side, then leg by leg.
fn alternatives(out: &mut String, found: &Times) {
    let level = Style::LEVEL;
    let header = [
        "route",
        "",
        "hours",
        "USD per TEU",
        "km",
        "generalised cost, USD per TEU",
        "more than the cheapest, %",
    ];
    let mut rows = table(&header, 2);
    let mut details = String::new();
    for of_mode in &found.alternatives {
        let states = [("before", &of_mode.before), ("after", &of_mode.after)];
        for (state, routes) in states {
            let state = match (found.has_scenario, state) {
                (false, "after") => continue,
                (false, _) => "",
                (true, state) => state,
            };
            for (index, route) in routes.iter().enumerate() {
                let name = format!("{} {}", of_mode.mode, index + 1);
                let cost = route.generalised_usd_per_teu;
                let more = 100.0 * (cost / routes[0].generalised_usd_per_teu - 1.0);
                rows.add_row(vec![
                    name.clone(),
                    state.to_owned(),
                    level.format(route.hours),
                    level.format(route.usd_per_teu),
                    level.format(route.km),
                    level.format(cost),
                    if index == 0 {
                        String::new()
                    } else {
                        format!("{more:.1}")
                    },
                ]);
                legs(&mut details, &name, state, &Some(route.clone()));
            }
            if routes.is_empty() {
                let mut cells = vec![of_mode.mode.clone(), state.to_owned()];
                cells.push("unreachable".to_owned());
                cells.extend(std::iter::repeat_n(MISSING.to_owned(), 4));
                rows.add_row(cells);
            }
        }
    }
    let _ = writeln!(out, "\nDistinct routes, cheapest first\n");
    let _ = writeln!(out, "{}", trimmed(&rows.to_string()));
    out.push_str(&details);
}

fn legs(out: &mut String, mode: &str, state: &str, journey: &Option<Journey>) {
    let comma = if state.is_empty() { "" } else { ", " };
    let Some(journey) = journey else {
        let _ = writeln!(out, "\n{mode}{comma}{state}: unreachable");
        return;
    };
    let _ = writeln!(out, "\n{mode}{comma}{state}, leg by leg");
    let mut rows = table(&["", "hours", "USD per TEU", "km"], 1);
    for leg in &journey.legs {
        let km = if leg.km > 0.0 {
            Style::LEVEL.format(leg.km)
        } else {
            String::new()
        };
        rows.add_row(vec![
            leg.what.clone(),
            Style::LEVEL.format(leg.hours),
            Style::LEVEL.format(leg.usd_per_teu),
            km,
        ]);
    }
    rows.add_row(vec![
        "total".to_owned(),
        Style::LEVEL.format(journey.hours),
        Style::LEVEL.format(journey.usd_per_teu),
        Style::LEVEL.format(journey.km),
    ]);
    let _ = writeln!(out, "{}", trimmed(&rows.to_string()));
}

fn trimmed(table: &str) -> String {
    table
        .lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}
