//! Economies, sectors, trade, production, blocs and heritage.

use super::unique;
use crate::bloc::{Heritage, Membership};
use crate::economy::{
    Accounts, Economy, Freight, ReportedFlow, Sector, Territory, Trade, TradeAdjustment,
};
use crate::ids::{EconomyId, SectorId, TerritoryId};
use crate::problem::Problem;
use crate::table::{Problems, Table};
use crate::transport::CommodityClass;
use std::collections::BTreeMap;

const INF: f64 = f64::INFINITY;

pub(super) struct Index<'a> {
    pub economies: &'a BTreeMap<String, usize>,
    pub sectors: &'a BTreeMap<String, usize>,
}

pub(super) fn economies(table: &Table, problems: &Problems) -> Vec<Economy> {
    let column = |name| table.column(name, problems);
    let (iso3, name, region) = (column("iso3"), column("name"), column("region"));
    let (gdp, population) = (column("gdp_musd"), column("population"));
    let (xh, mh) = (column("border_export_hours"), column("border_import_hours"));
    let (xu, mu) = (column("border_export_usd"), column("border_import_usd"));
    let (known, remainder) = (column("in_input_output"), column("remainder"));
    let mut rows: Vec<(usize, Economy)> = (0..table.rows())
        .filter_map(|row| {
            Some((
                row,
                Economy {
                    iso3: iso3.required_text(row)?.into_owned(),
                    name: name.required_text(row)?.into_owned(),
                    region: region.text(row).unwrap_or_default().into_owned(),
                    gdp_musd: gdp.number_in(row, 0.0, INF)?,
                    population: population.number_in(row, 0.0, INF)?,
                    border_export_hours: xh.number_in(row, 0.0, INF)?,
                    border_import_hours: mh.number_in(row, 0.0, INF)?,
                    border_export_usd: xu.number_in(row, 0.0, INF)?,
                    border_import_usd: mu.number_in(row, 0.0, INF)?,
                    in_input_output: known.boolean(row)?,
                    remainder: remainder.boolean(row)?,
                },
            ))
        })
        .collect();
    unique(
        table,
        "iso3",
        rows.iter().map(|(r, e)| (*r, e.iso3.clone())),
        String::clone,
        problems,
    );
    let mut remainders = rows.iter().filter(|(_, e)| e.remainder).skip(1);
    if let Some((row, _)) = remainders.next() {
        problems.push(table.problem(*row, "remainder", "only one economy can be the remainder"));
    }
    rows.sort_by(|a, b| a.1.iso3.cmp(&b.1.iso3));
    rows.into_iter().map(|(_, e)| e).collect()
}

pub(super) fn territories(
    table: &Table,
    economies: &BTreeMap<String, usize>,
    problems: &Problems,
) -> Vec<Territory> {
    let iso3 = table.column("iso3", problems);
    let name = table.column("name", problems);
    let economy = table.column("economy", problems);
    let mut rows: Vec<(usize, Territory)> = (0..table.rows())
        .filter_map(|row| {
            Some((
                row,
                Territory {
                    iso3: iso3.required_text(row)?.into_owned(),
                    name: name.required_text(row)?.into_owned(),
                    economy: EconomyId::from_index(economy.label(row, "economy", economies)?),
                },
            ))
        })
        .collect();
    unique(
        table,
        "iso3",
        rows.iter().map(|(r, t)| (*r, t.iso3.clone())),
        String::clone,
        problems,
    );
    rows.sort_by(|a, b| a.1.iso3.cmp(&b.1.iso3));
    rows.into_iter().map(|(_, t)| t).collect()
}

pub(super) fn sectors(table: &Table, problems: &Problems) -> Vec<Sector> {
    let column = |name| table.column(name, problems);
    let (code, name, tradable) = (column("code"), column("name"), column("tradable"));
    let (theta, se) = (column("trade_elasticity"), column("trade_elasticity_se"));
    let source = column("trade_elasticity_source");
    let time = column("time_value_percent_per_day");
    let (time_low, time_high) = (column("time_value_low"), column("time_value_high"));
    let density = column("usd_per_teu");
    let (density_low, density_high) = (column("usd_per_teu_low"), column("usd_per_teu_high"));
    let (class, note) = (column("commodity_class"), column("note"));
    let classes: BTreeMap<String, CommodityClass> = CommodityClass::ALL
        .into_iter()
        .map(|c| (c.label().to_owned(), c))
        .collect();
    let mut rows: Vec<(usize, Sector)> = (0..table.rows())
        .filter_map(|row| {
            let tradable = tradable.boolean(row)?;
            let freight = if tradable {
                let time_value = time.number_in(row, 0.0, 100.0)?;
                let value = density.positive(row)?;
                Some(Freight {
                    class: class.label(row, "commodity class", &classes)?,
                    time_value_percent_per_day: time_value,
                    time_value_range: (
                        time_low.number(row).unwrap_or(time_value),
                        time_high.number(row).unwrap_or(time_value),
                    ),
                    usd_per_teu: value,
                    usd_per_teu_range: (
                        density_low.number(row).unwrap_or(value),
                        density_high.number(row).unwrap_or(value),
                    ),
                })
            } else {
                None
            };
            Some((
                row,
                Sector {
                    code: code.required_text(row)?.into_owned(),
                    name: name.required_text(row)?.into_owned(),
                    tradable,
                    trade_elasticity: theta.positive(row)?,
                    trade_elasticity_se: se.number_in(row, 0.0, INF)?,
                    trade_elasticity_source: source.text(row).unwrap_or_default().into_owned(),
                    freight,
                    note: note.text(row).unwrap_or_default().into_owned(),
                },
            ))
        })
        .collect();
    unique(
        table,
        "code",
        rows.iter().map(|(r, s)| (*r, s.code.clone())),
        String::clone,
        problems,
    );
    rows.sort_by(|a, b| a.1.code.cmp(&b.1.code));
    rows.into_iter().map(|(_, s)| s).collect()
}

pub(super) fn alternatives(
    table: &Table,
    index: &Index,
    problems: &Problems,
) -> Vec<(SectorId, String, f64)> {
    if table.rows() == 0 {
        return vec![];
    }
    let sector = table.column("sector", problems);
    let source = table.column("source", problems);
    let theta = table.column("trade_elasticity", problems);
    let mut rows: Vec<(SectorId, String, f64)> = (0..table.rows())
        .filter_map(|row| {
            let sector = sector.label(row, "sector", index.sectors)?;
            Some((
                SectorId::from_index(sector),
                source.required_text(row)?.into_owned(),
                theta.positive(row)?,
            ))
        })
        .collect();
    rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    rows
}

pub(super) fn trade(table: &Table, index: &Index, problems: &Problems) -> Trade {
    let (economies, sectors) = (index.economies.len(), index.sectors.len());
    let cells = economies * economies * sectors;
    let mut trade = Trade {
        economies,
        value_musd: vec![0.0; cells],
        tariff: vec![0.0; cells],
    };
    let exporter = table.column("exporter", problems);
    let importer = table.column("importer", problems);
    let sector = table.column("sector", problems);
    let value = table.column("value_musd", problems);
    let tariff = table.column("tariff_ad_valorem", problems);
    let mut first_row = vec![u32::MAX; cells];
    for row in 0..table.rows() {
        let (Some(i), Some(n), Some(j), Some(flow), Some(duty)) = (
            exporter.label(row, "economy", index.economies),
            importer.label(row, "economy", index.economies),
            sector.label(row, "sector", index.sectors),
            value.number_in(row, 0.0, INF),
            tariff.number_in(row, 0.0, INF),
        ) else {
            continue;
        };
        let at = (j * economies + n) * economies + i;
        if first_row[at] != u32::MAX {
            let first = table.line(first_row[at] as usize);
            problems.push(
                table
                    .problem(
                        row,
                        "exporter",
                        format!("duplicate key, first in line {first}"),
                    )
                    .value(format!(
                        "{} {} {}",
                        exporter.text(row).unwrap_or_default(),
                        importer.text(row).unwrap_or_default(),
                        sector.text(row).unwrap_or_default()
                    )),
            );
            continue;
        }
        first_row[at] = row as u32;
        trade.value_musd[at] = flow;
        trade.tariff[at] = duty;
    }
    trade
}

pub(super) fn reported(table: &Table, index: &Index, problems: &Problems) -> Vec<ReportedFlow> {
    if table.rows() == 0 {
        return vec![];
    }
    let exporter = table.column("exporter", problems);
    let importer = table.column("importer", problems);
    let value = table.column("value_musd", problems);
    let mut flows: Vec<ReportedFlow> = (0..table.rows())
        .filter_map(|row| {
            let i = exporter.label(row, "economy", index.economies)?;
            let n = importer.label(row, "economy", index.economies)?;
            Some(ReportedFlow {
                exporter: EconomyId::from_index(i),
                importer: EconomyId::from_index(n),
                value_musd: value.number_in(row, 0.0, INF)?,
            })
        })
        .collect();
    flows.sort_by_key(|f| (f.exporter, f.importer));
    flows
}

pub(super) fn adjustments(table: &Table, problems: &Problems) -> Vec<TradeAdjustment> {
    if table.rows() == 0 {
        return vec![];
    }
    let column = |name| table.column(name, problems);
    let (kind, exporter, importer) = (column("kind"), column("exporter"), column("importer"));
    let (from, to, note) = (column("from_musd"), column("to_musd"), column("note"));
    (0..table.rows())
        .filter_map(|row| {
            Some(TradeAdjustment {
                kind: kind.required_text(row)?.into_owned(),
                exporter: exporter.text(row).unwrap_or_default().into_owned(),
                importer: importer.text(row).unwrap_or_default().into_owned(),
                from_musd: from.required_number(row)?,
                to_musd: to.required_number(row)?,
                note: note.text(row).unwrap_or_default().into_owned(),
            })
        })
        .collect()
}

pub(super) fn accounts(
    production: &Table,
    input_output: &Table,
    index: &Index,
    problems: &Problems,
) -> Accounts {
    let (economies, sectors) = (index.economies.len(), index.sectors.len());
    let mut accounts = Accounts {
        input_share: vec![0.0; economies * sectors * sectors],
        gross_output_musd: vec![0.0; economies * sectors],
        value_added_musd: vec![0.0; economies * sectors],
        final_demand_musd: vec![0.0; economies * sectors],
    };
    let mut seen = vec![false; economies * sectors];
    let economy = production.column("economy", problems);
    let sector = production.column("sector", problems);
    let output = production.column("gross_output_musd", problems);
    let value_added = production.column("value_added_musd", problems);
    let final_demand = production.column("final_demand_musd", problems);
    for row in 0..production.rows() {
        let (Some(i), Some(j), Some(y), Some(v), Some(d)) = (
            economy.label(row, "economy", index.economies),
            sector.label(row, "sector", index.sectors),
            output.number_in(row, 0.0, INF),
            value_added.number_in(row, 0.0, INF),
            final_demand.number_in(row, 0.0, INF),
        ) else {
            continue;
        };
        let at = i * sectors + j;
        if std::mem::replace(&mut seen[at], true) {
            problems.push(production.problem(row, "economy", "duplicate key"));
            continue;
        }
        accounts.gross_output_musd[at] = y;
        accounts.value_added_musd[at] = v;
        accounts.final_demand_musd[at] = d;
    }
    let complete = problems.is_empty();
    for (economy, i) in index.economies {
        for (sector, j) in index.sectors {
            if complete && !seen[i * sectors + j] {
                problems.push(Problem::new(
                    production.file(),
                    format!("there is no row for economy {economy}, sector {sector}"),
                ));
            }
        }
    }
    let economy = input_output.column("economy", problems);
    let input = input_output.column("input_sector", problems);
    let using = input_output.column("using_sector", problems);
    let share = input_output.column("share", problems);
    let mut first = vec![false; economies * sectors * sectors];
    for row in 0..input_output.rows() {
        let (Some(i), Some(k), Some(j), Some(value)) = (
            economy.label(row, "economy", index.economies),
            input.label(row, "sector", index.sectors),
            using.label(row, "sector", index.sectors),
            share.number_in(row, 0.0, 1.0),
        ) else {
            continue;
        };
        let at = (i * sectors + k) * sectors + j;
        if std::mem::replace(&mut first[at], true) {
            problems.push(input_output.problem(row, "economy", "duplicate key"));
            continue;
        }
        accounts.input_share[at] = value;
    }
    accounts
}

pub(super) fn blocs(table: &Table, index: &Index, problems: &Problems) -> Vec<Membership> {
    let column = |name| table.column(name, problems);
    let (bloc, iso3, tier) = (column("bloc"), column("iso3"), column("tier"));
    let (from, until, source) = (column("from"), column("until"), column("source"));
    let mut rows: Vec<(usize, Membership)> = Vec::new();
    for row in 0..table.rows() {
        for date in [&from, &until] {
            if date.text(row).is_some_and(|d| !is_date(&d)) {
                date.wrong(row, "must be a date YYYY, YYYY-MM or YYYY-MM-DD");
            }
        }
        let (Some(bloc), Some(economy), Some(tier)) = (
            bloc.required_text(row),
            iso3.label(row, "economy", index.economies),
            tier.required_text(row),
        ) else {
            continue;
        };
        rows.push((
            row,
            Membership {
                bloc: bloc.into_owned(),
                economy: EconomyId::from_index(economy),
                tier: tier.into_owned(),
                from: from.text(row).unwrap_or_default().into_owned(),
                until: until.text(row).unwrap_or_default().into_owned(),
                source: source.text(row).unwrap_or_default().into_owned(),
            },
        ));
    }
    unique(
        table,
        "iso3",
        rows.iter()
            .map(|(r, m)| (*r, (m.bloc.clone(), m.economy, m.from.clone()))),
        |key| key.0.clone(),
        problems,
    );
    rows.sort_by(|a, b| {
        (&a.1.bloc, a.1.economy, &a.1.from).cmp(&(&b.1.bloc, b.1.economy, &b.1.from))
    });
    rows.into_iter().map(|(_, m)| m).collect()
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|b| b.is_ascii_digit())
    };
    !parts.is_empty()
        && parts.len() <= 3
        && digits(parts[0], 4)
        && parts[1..].iter().all(|p| digits(p, 2))
}

pub(super) fn heritage(
    table: &Table,
    territories: &BTreeMap<String, usize>,
    problems: &Problems,
) -> Vec<Heritage> {
    if table.rows() == 0 {
        return vec![];
    }
    let column = |name| table.column(name, problems);
    let (id, name, iso3) = (column("id"), column("name"), column("iso3"));
    let (lon, lat) = (column("lon"), column("lat"));
    let (inscribed, source) = (column("inscribed"), column("source"));
    let mut sites: Vec<Heritage> = (0..table.rows())
        .filter_map(|row| {
            let territory = match iso3.text(row) {
                Some(_) => Some(TerritoryId::from_index(iso3.label(
                    row,
                    "territory",
                    territories,
                )?)),
                None => None,
            };
            Some(Heritage {
                id: id.required_text(row)?.into_owned(),
                name: name.required_text(row)?.into_owned(),
                territory,
                lon: lon.number_in(row, -180.0, 180.0)?,
                lat: lat.number_in(row, -90.0, 90.0)?,
                inscribed: inscribed.whole(row).map(|y| y as i32),
                source: source.text(row).unwrap_or_default().into_owned(),
            })
        })
        .collect();
    sites.sort_by(|a, b| a.id.cmp(&b.id));
    sites
}
