//! `comity skim`.

use crate::arguments::Skim;
use crate::console::Console;
use crate::error::{CommandError, CommandResult};
use crate::interrupt;
use crate::lookup;
use comity_appraisal::{SkimRequest, SkimSummary, skim};
use comity_report::numbers;
use comity_report::skim::{SkimFile, may_write};
use comity_world::{CommodityClass, Mode, PlaceId, World};

const ALL: &str = "all";

pub fn run(options: &Skim, console: &Console) -> CommandResult {
    let since = std::time::Instant::now();
    may_write(&options.out, options.force)?;
    let labels = Mode::ALL.map(Mode::label);
    let modes = match options.mode.as_str() {
        ALL => Mode::ALL.to_vec(),
        name => vec![Mode::parse(name).ok_or_else(|| {
            let more = format!("there are {} and all", labels.join(", "));
            CommandError::unknown("mode", name, labels, &more)
        })?],
    };
    let labels = CommodityClass::ALL.map(CommodityClass::label);
    let classes = match options.class.as_str() {
        ALL => CommodityClass::ALL.to_vec(),
        name => vec![CommodityClass::parse(name).ok_or_else(|| {
            let more = format!("there are {} and all", labels.join(", "));
            CommandError::unknown("commodity class", name, labels, &more)
        })?],
    };
    let (world, changed) = match &options.scenario {
        None => (lookup::world(options.world.as_deref(), console)?, None),
        Some(name) => {
            let (world, scenario) = lookup::scenario(name, options.world.as_deref(), console)?;
            let changed = scenario.apply(&world);
            (world, Some(changed))
        }
    };
    let (from, to) = ends(&world, options)?;
    let request = SkimRequest {
        world: &world,
        state: changed.as_ref().unwrap_or(&world),
        classes: &classes,
        modes: &modes,
        from: &from,
        to: &to,
    };
    let command = command(options);
    let mut file = SkimFile::create(&options.out, &world, &command, options.force)?;
    interrupt::discard_on_interrupt(file.temporary());
    let bar = console.progress();
    let summary = skim(&request, &bar, |block| file.write(block));
    bar.finish();
    let summary = summary?;
    interrupt::finish_first(|| file.finish())?;
    if console.json {
        console.print_json(&serde_json::json!({
            "file": options.out,
            "from": from.len(),
            "to": to.len(),
            "summary": summary,
        }))?;
    }
    console.say(&said(&summary, options, since.elapsed().as_secs_f64()));
    Ok(())
}

/// Origins and destinations, all places unless named, in the order of their ids.
fn ends(world: &World, options: &Skim) -> Result<(Vec<PlaceId>, Vec<PlaceId>), CommandError> {
    let mut mistakes = vec![];
    let mut of = |names: &[String]| -> Vec<PlaceId> {
        if names.is_empty() {
            return (0..world.places.len()).map(PlaceId::from_index).collect();
        }
        let mut found = vec![];
        for name in names {
            match lookup::place(world, name) {
                Ok(place) => found.push(place),
                Err(error) => mistakes.push(error.message),
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    };
    let ends = (of(&options.from), of(&options.to));
    if mistakes.is_empty() {
        Ok(ends)
    } else {
        Err(CommandError::user(mistakes.join("\n")))
    }
}

fn command(options: &Skim) -> String {
    let mut command = "comity skim".to_owned();
    let mut add = |name: &str, value: &str| {
        let quoted = if value.contains([' ', ',']) {
            format!("\"{value}\"")
        } else {
            value.to_owned()
        };
        command.push_str(&format!(" --{name} {quoted}"));
    };
    for (name, value) in [("world", &options.world), ("scenario", &options.scenario)] {
        if let Some(value) = value {
            add(name, value);
        }
    }
    add("class", &options.class);
    add("mode", &options.mode);
    options.from.iter().for_each(|name| add("from", name));
    options.to.iter().for_each(|name| add("to", name));
    command
}

fn said(summary: &SkimSummary, options: &Skim, seconds: f64) -> String {
    let mut text = format!(
        "wrote {} rows into {} in {seconds:.1} s",
        numbers::count(summary.rows),
        options.out.display()
    );
    for (class, by_mode) in &summary.unreachable {
        let modes: Vec<String> = by_mode
            .iter()
            .map(|(mode, pairs)| format!("{} by {mode}", numbers::count(*pairs)))
            .collect();
        let by_all = summary.unreachable_by_all.get(class).copied().unwrap_or(0);
        text.push_str(&format!(
            "\n{class}: unreachable pairs of places: {}; {} by any mode",
            modes.join(", "),
            numbers::count(by_all)
        ));
    }
    text
}
