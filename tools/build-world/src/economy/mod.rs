//! Economies, sectors, trade, input–output, blocs and heritage of a world, from the raw tables.
//!
//! Data flows one way: who there is ([`economies`]), what is traded ([`reported`], [`transit`]),
//! in which sectors and at which tariffs ([`split`], [`tariffs`]), how it is produced
//! ([`structure`]), and last the least change of the national accounts that makes all of it add
//! up ([`balance`], [`accounts`]). Cross-border trade is fixed before balancing and never touched
//! by it.

mod accounts;
mod adjust;
mod balance;
mod blocs;
mod economies;
mod icio;
mod matrix;
mod reported;
mod sectors;
mod services;
mod sources;
mod split;
mod structure;
mod tariffs;
mod transit;
mod write;

use crate::io::Result;
use serde_json::json;
use std::path::Path;

/// Write every table of the economy room and `build-report-economy.json`.
pub fn build(raw: &Path, out: &Path) -> Result<()> {
    let blocs = blocs::read(raw)?;
    let mut icio = icio::Icio::read(raw)?;
    let food = tariffs::tame_food(raw, &mut icio)?;
    let world = economies::Economies::read(raw, &icio)?;
    let icio = icio.align(&world);
    let mut report = serde_json::Map::new();
    report.insert("economies".into(), world.report.clone());

    let sectors = sectors::build(raw, &icio)?;
    report.insert("sectors".into(), sectors.report.clone());

    let reported = reported::read(raw, &world)?;
    let mut moves = adjust::Ledger::default();
    let mut goods = reported.year_2023.clone();
    report.insert("reported".into(), reported.report.clone());
    report.insert(
        "filled".into(),
        reported::fill(&mut goods, &reported, &world, &blocs, &icio, &mut moves),
    );
    report.insert(
        "transit".into(),
        transit::treat(&mut goods, &reported, &world, &mut moves),
    );

    let (mut trade, split_report) = split::by_sector(raw, &goods, &world, &icio)?;
    report.insert("split".into(), split_report);
    report.insert(
        "services".into(),
        services::add(&mut trade, &world, &icio, &transit::kept(&goods, &world)),
    );
    report.insert("rounding".into(), split::round(&mut trade, &world));
    let (tariff, tariff_report) = tariffs::build(raw, &trade, &world, &icio, &blocs)?;
    report.insert("tariffs".into(), tariff_report);
    report.insert("food_tariffs".into(), food);

    let structure = structure::build(raw, &world, &icio)?;
    report.insert("structure".into(), structure.report.clone());
    let accounts = accounts::close(&mut trade, &tariff, &world, &structure)?;
    report.insert("balance".into(), accounts.report.clone());
    report.insert(
        "checks".into(),
        accounts::checks(
            &trade, &tariff, &world, &accounts, &reported, &goods, &blocs,
        ),
    );

    write::economies(out, &world)?;
    write::sectors(out, &sectors)?;
    write::trade(out, &trade, &tariff, &world)?;
    write::reported(out, &reported, &world)?;
    moves.write(out)?;
    write::accounts(out, &accounts, &world)?;
    blocs::write(raw, out)?;
    report.insert("heritage".into(), blocs::write_heritage(raw, out)?);
    report.insert("adjustments".into(), moves.summary());
    let text = serde_json::to_string_pretty(&json!(report))? + "\n";
    std::fs::write(out.join("build-report-economy.json"), text)?;
    Ok(())
}
