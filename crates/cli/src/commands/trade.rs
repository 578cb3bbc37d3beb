//! `comity trade`.

use super::table;
use crate::arguments::TradeOptions;
use crate::console::Console;
use crate::error::{CommandError, CommandResult};
use crate::lookup;
use comity_appraisal::{TradeAccounts, bloc_accounts, economy_accounts};
use comity_report::numbers::Style;
use comity_world::World;
use std::collections::BTreeSet;

pub fn run(options: &TradeOptions, console: &Console) -> CommandResult {
    let world = lookup::world(options.world.as_deref(), console)?;
    let as_of = options.as_of.as_of.as_ref();
    let world = lookup::at_date(world, as_of, options.bloc.as_deref())?;
    let bloc = options
        .bloc
        .as_deref()
        .unwrap_or(&world.settings.default_bloc);
    if !world.bloc_names().contains(&bloc) {
        let names = world.bloc_names();
        let more = format!("this world has {}", names.join(", "));
        return Err(CommandError::unknown("bloc", bloc, names, &more));
    }
    let tier = match options.tier.as_str() {
        "all" => None,
        name => {
            let tiers: BTreeSet<&str> = world
                .bloc(bloc, None, None)
                .iter()
                .map(|m| m.tier.as_str())
                .collect();
            if !tiers.contains(name) {
                let names: Vec<&str> = tiers.into_iter().collect();
                let more = format!("{bloc} has {}, or all", names.join(", "));
                return Err(CommandError::unknown("tier", name, names, &more));
            }
            Some(name)
        }
    };
    let accounts = match &options.economy {
        None => bloc_accounts(&world, bloc, tier),
        Some(code) => {
            let codes = world.economies.iter().map(|e| e.iso3.as_str());
            let more = "give an ISO 3166-1 alpha-3 code";
            let economy = world
                .economy(code)
                .ok_or_else(|| CommandError::unknown("economy", code, codes, more))?;
            economy_accounts(&world, bloc, tier, economy)
        }
    };
    if console.json {
        return console.print_json(&accounts);
    }
    console.print(&text(&world, &accounts));
    Ok(())
}

/// Lines below this are shown in millions, or small partners would all round to nothing.
const IN_BILLIONS_FROM_MUSD: f64 = 100_000.0;

/// All digits before the point, one after it.
const ONE_DECIMAL: Style = Style::new(15, 1, false);

/// What figures are shown in.
#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Billion,
    Million,
}

impl Unit {
    fn of(accounts: &TradeAccounts) -> Unit {
        let mut lines = accounts.lines.iter();
        match lines.any(|line| line.reported_musd() >= IN_BILLIONS_FROM_MUSD) {
            true => Unit::Billion,
            false => Unit::Million,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Unit::Billion => "billion",
            Unit::Million => "million",
        }
    }

    /// With one decimal; what rounds to nothing is 0.
    fn show(self, musd: f64) -> String {
        ONE_DECIMAL.format(match self {
            Unit::Billion => musd / 1000.0,
            Unit::Million => musd,
        })
    }
}

fn text(world: &World, accounts: &TradeAccounts) -> String {
    let of = world
        .economy(&accounts.of)
        .map_or(accounts.of.as_str(), |id| {
            world.economies[id.index()].name.as_str()
        });
    let unit = Unit::of(accounts);
    let kinds: BTreeSet<&str> = accounts
        .lines
        .iter()
        .flat_map(|l| l.adjustments_musd.iter())
        .filter(|(_, value)| value.abs() >= 0.05)
        .map(|(kind, _)| kind.as_str())
        .collect();
    let mut header = vec!["", "exports", "imports", "goods reported"];
    header.extend(kinds.iter());
    header.extend(["goods treated", "services"]);
    let mut rows = table(&header, 1);
    for line in &accounts.lines {
        let name = match &line.tier {
            Some(_) => format!("  {}", line.name),
            None => line.name.clone(),
        };
        let mut cells = vec![
            name,
            unit.show(line.reported_exports_musd),
            unit.show(line.reported_imports_musd),
            unit.show(line.reported_musd()),
        ];
        for kind in &kinds {
            cells.push(unit.show(line.adjustments_musd.get(*kind).copied().unwrap_or(0.0)));
        }
        cells.push(unit.show(line.treated_musd()));
        cells.push(unit.show(line.services_exports_musd + line.services_imports_musd));
        rows.add_row(cells);
    }
    let table: Vec<String> = rows
        .to_string()
        .lines()
        .map(|l| l.trim_end().to_owned())
        .collect();
    format!(
        "Goods trade of {of} with {}, {}, {} USD\n\n{}\n\n\
         Exports, imports and goods reported are the source's own; the next columns are what each\n\
         treatment adds to exports and imports together, and goods treated is what the model uses.\n\
         trade_adjustments.csv of the world lists every change.\n",
        accounts.bloc,
        accounts.base_year,
        unit.label(),
        table.join("\n")
    )
}
