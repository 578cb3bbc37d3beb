//! Economies, sectors, trade, production, blocs and heritage.

use super::{cells, unique};
use crate::bloc::{Heritage, Membership};
use crate::economy::{
    Accounts, Economy, Freight, ReportedFlow, Sector, Territory, Trade, TradeAdjustment,
};
use crate::ids::{EconomyId, SectorId, TerritoryId};
use crate::problem::Problem;
use crate::table::{Column, Labels, Problems, Table};
use crate::transport::CommodityClass;

const INF: f64 = f64::INFINITY;

pub(super) struct Index<'a> {
    pub economies: &'a Labels<usize>,
    pub sectors: &'a Labels<usize>,
    pub territories: &'a Labels<usize>,
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
            cells! {
                iso3 = iso3.required_text(row),
                name = name.required_text(row),
                gdp_musd = gdp.number_in(row, 0.0, INF),
                population = population.number_in(row, 0.0, INF),
                border_export_hours = xh.number_in(row, 0.0, INF),
                border_import_hours = mh.number_in(row, 0.0, INF),
                border_export_usd = xu.number_in(row, 0.0, INF),
                border_import_usd = mu.number_in(row, 0.0, INF),
                in_input_output = known.boolean(row),
                remainder = remainder.boolean(row),
            }
            let economy = Economy {
                iso3: iso3.into_owned(),
                name: name.into_owned(),
                region: region.text_or_empty(row),
                gdp_musd,
                population,
                border_export_hours,
                border_import_hours,
                border_export_usd,
                border_import_usd,
                in_input_output,
                remainder,
            };
            Some((row, economy))
        })
        .collect();
    let keys = rows.iter().map(|(r, e)| (*r, e.iso3.clone()));
    unique(&[&iso3], keys, problems);
    let mut remainders = rows.iter().filter(|(_, e)| e.remainder).skip(1);
    if let Some((row, _)) = remainders.next() {
        problems.push(table.problem(*row, "remainder", "only one economy can be the remainder"));
    }
    rows.sort_by(|a, b| a.1.iso3.cmp(&b.1.iso3));
    rows.into_iter().map(|(_, e)| e).collect()
}

pub(super) fn territories(table: &Table, index: &Index, problems: &Problems) -> Vec<Territory> {
    let iso3 = table.column("iso3", problems);
    let name = table.column("name", problems);
    let economy = table.column("economy", problems);
    let mut rows: Vec<(usize, Territory)> = (0..table.rows())
        .filter_map(|row| {
            cells! {
                iso3 = iso3.required_text(row),
                name = name.required_text(row),
                economy = economy.label(row, "economy", index.economies),
            }
            let territory = Territory {
                iso3: iso3.into_owned(),
                name: name.into_owned(),
                economy: EconomyId::from_index(economy),
            };
            Some((row, territory))
        })
        .collect();
    let keys = rows.iter().map(|(r, t)| (*r, t.iso3.clone()));
    unique(&[&iso3], keys, problems);
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
    let classes = Labels::all(CommodityClass::ALL.map(|c| (c.label().to_owned(), c)));
    let mut rows: Vec<(usize, Sector)> = (0..table.rows())
        .filter_map(|row| {
            let freight = |row: usize| {
                cells! {
                    time_value_percent_per_day = time.number_in(row, 0.0, 100.0),
                    usd_per_teu = density.positive(row),
                    class = class.label(row, "commodity class", &classes),
                }
                let hurry = time_value_percent_per_day;
                Some(Freight {
                    class,
                    time_value_percent_per_day,
                    time_value_range: Column::range(&time_low, &time_high, row, hurry),
                    usd_per_teu,
                    usd_per_teu_range: Column::range(&density_low, &density_high, row, usd_per_teu),
                })
            };
            cells! {
                code = code.required_text(row),
                name = name.required_text(row),
                tradable = tradable.boolean(row),
                trade_elasticity = theta.positive(row),
                trade_elasticity_se = se.number_in(row, 0.0, INF),
            }
            let sector = Sector {
                code: code.into_owned(),
                name: name.into_owned(),
                tradable,
                trade_elasticity,
                trade_elasticity_se,
                trade_elasticity_source: source.text_or_empty(row),
                freight: if tradable { Some(freight(row)?) } else { None },
                note: note.text_or_empty(row),
            };
            Some((row, sector))
        })
        .collect();
    let keys = rows.iter().map(|(r, s)| (*r, s.code.clone()));
    unique(&[&code], keys, problems);
    rows.sort_by(|a, b| a.1.code.cmp(&b.1.code));
    rows.into_iter().map(|(_, s)| s).collect()
}

pub(super) fn alternatives(
    table: &Table,
    index: &Index,
    problems: &Problems,
) -> Vec<(SectorId, String, f64)> {
    let sector = table.column("sector", problems);
    let source = table.column("source", problems);
    let theta = table.column("trade_elasticity", problems);
    let mut rows: Vec<(usize, (SectorId, String, f64))> = (0..table.rows())
        .filter_map(|row| {
            cells! {
                sector = sector.label(row, "sector", index.sectors),
                source = source.required_text(row),
                theta = theta.positive(row),
            }
            let sector = SectorId::from_index(sector);
            Some((row, (sector, source.into_owned(), theta)))
        })
        .collect();
    let keys = rows.iter().map(|(r, a)| (*r, (a.0, a.1.clone())));
    unique(&[&sector, &source], keys, problems);
    rows.sort_by(|(_, a), (_, b)| (a.0, &a.1).cmp(&(b.0, &b.1)));
    rows.into_iter().map(|(_, a)| a).collect()
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
    let mut first = vec![NOT_SEEN; cells];
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
        if is_first(
            &[&exporter, &importer, &sector],
            row,
            &mut first[at],
            problems,
        ) {
            trade.value_musd[at] = flow;
            trade.tariff[at] = duty;
        }
    }
    trade
}

const NOT_SEEN: u32 = u32::MAX;

/// Whether a row is the first with its key; complains if not. `first` is that row, if known.
fn is_first(key: &[&Column], row: usize, first: &mut u32, problems: &Problems) -> bool {
    if *first == NOT_SEEN {
        *first = row as u32;
        return true;
    }
    problems.push(Column::duplicate(key, row, *first as usize));
    false
}

pub(super) fn reported(table: &Table, index: &Index, problems: &Problems) -> Vec<ReportedFlow> {
    let exporter = table.column("exporter", problems);
    let importer = table.column("importer", problems);
    let value = table.column("value_musd", problems);
    let mut rows: Vec<(usize, ReportedFlow)> = (0..table.rows())
        .filter_map(|row| {
            cells! {
                exporter = exporter.label(row, "economy", index.economies),
                importer = importer.label(row, "economy", index.economies),
                value_musd = value.number_in(row, 0.0, INF),
            }
            let flow = ReportedFlow {
                exporter: EconomyId::from_index(exporter),
                importer: EconomyId::from_index(importer),
                value_musd,
            };
            Some((row, flow))
        })
        .collect();
    let keys = rows.iter().map(|(r, f)| (*r, (f.exporter, f.importer)));
    unique(&[&exporter, &importer], keys, problems);
    rows.sort_by_key(|(_, f)| (f.exporter, f.importer));
    rows.into_iter().map(|(_, f)| f).collect()
}

pub(super) fn adjustments(table: &Table, problems: &Problems) -> Vec<TradeAdjustment> {
    let column = |name| table.column(name, problems);
    let (kind, exporter, importer) = (column("kind"), column("exporter"), column("importer"));
    let (from, to, note) = (column("from_musd"), column("to_musd"), column("note"));
    let mut rows: Vec<TradeAdjustment> = (0..table.rows())
        .filter_map(|row| {
            cells! {
                kind = kind.required_text(row),
                from_musd = from.required_number(row),
                to_musd = to.required_number(row),
            }
            Some(TradeAdjustment {
                kind: kind.into_owned(),
                exporter: exporter.text_or_empty(row),
                importer: importer.text_or_empty(row),
                from_musd,
                to_musd,
                note: note.text_or_empty(row),
            })
        })
        .collect();
    // A pair may be treated more than once, so the whole row decides.
    rows.sort_by(|a, b| {
        let key = |t: &TradeAdjustment| {
            (
                t.kind.clone(),
                t.exporter.clone(),
                t.importer.clone(),
                t.note.clone(),
            )
        };
        key(a)
            .cmp(&key(b))
            .then(a.from_musd.total_cmp(&b.from_musd))
            .then(a.to_musd.total_cmp(&b.to_musd))
    });
    rows
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
    let mut first = vec![NOT_SEEN; economies * sectors];
    let before = problems.len();
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
        if is_first(&[&economy, &sector], row, &mut first[at], problems) {
            accounts.gross_output_musd[at] = y;
            accounts.value_added_musd[at] = v;
            accounts.final_demand_musd[at] = d;
        }
    }
    // A row with a mistake, or a lost one, may be the one that seems to be missing.
    let whole = !production.is_damaged() && production.rows() > 0 && problems.len() == before;
    if whole && index.economies.is_complete() && index.sectors.is_complete() {
        for (economy, i) in index.economies.iter() {
            for (sector, j) in index.sectors.iter() {
                if first[i * sectors + j] == NOT_SEEN {
                    problems.push(Problem::new(
                        production.file(),
                        format!("there is no row for economy {economy}, sector {sector}"),
                    ));
                }
            }
        }
    }
    let economy = input_output.column("economy", problems);
    let input = input_output.column("input_sector", problems);
    let using = input_output.column("using_sector", problems);
    let share = input_output.column("share", problems);
    let mut first = vec![NOT_SEEN; economies * sectors * sectors];
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
        if is_first(&[&economy, &input, &using], row, &mut first[at], problems) {
            accounts.input_share[at] = value;
        }
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
        let membership = Membership {
            bloc: bloc.into_owned(),
            economy: EconomyId::from_index(economy),
            tier: tier.into_owned(),
            from: from.text_or_empty(row),
            until: until.text_or_empty(row),
            source: source.text_or_empty(row),
        };
        rows.push((row, membership));
    }
    let keys = rows
        .iter()
        .map(|(r, m)| (*r, (m.bloc.clone(), m.economy, m.from.clone())));
    unique(&[&bloc, &iso3, &from], keys, problems);
    rows.sort_by(|a, b| {
        (&a.1.bloc, a.1.economy, &a.1.from).cmp(&(&b.1.bloc, b.1.economy, &b.1.from))
    });
    for pair in rows.windows(2) {
        let ((first_row, first), (row, second)) = (&pair[0], &pair[1]);
        let same = first.bloc == second.bloc && first.economy == second.economy;
        // A row that has the same key is a mistake already.
        if !same || first.from == second.from {
            continue;
        }
        if first.until.is_empty() || first_day(&first.until) > first_day(&second.from) {
            let other = table.name_of_row(*first_row);
            let message = format!("begins before the membership in {other} ends");
            from.wrong(*row, &message);
        }
    }
    rows.into_iter().map(|(_, m)| m).collect()
}

/// A date of any precision as its first day.
fn first_day(date: &str) -> String {
    let parts = date.split('-').count();
    date.to_owned() + ["", "-01-01", "-01"].get(parts).copied().unwrap_or("")
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

pub(super) fn heritage(table: &Table, index: &Index, problems: &Problems) -> Vec<Heritage> {
    let column = |name| table.column(name, problems);
    let (id, name, iso3) = (column("id"), column("name"), column("iso3"));
    let (lon, lat) = (column("lon"), column("lat"));
    let (inscribed, source) = (column("inscribed"), column("source"));
    let mut rows: Vec<(usize, Heritage)> = (0..table.rows())
        .filter_map(|row| {
            let territory = match iso3.text(row) {
                Some(_) => iso3.label(row, "territory", index.territories).map(Some),
                None => Some(None),
            };
            cells! {
                id = id.required_text(row),
                name = name.required_text(row),
                territory = territory,
                lon = lon.number_in(row, -180.0, 180.0),
                lat = lat.number_in(row, -90.0, 90.0),
            }
            let site = Heritage {
                id: id.into_owned(),
                name: name.into_owned(),
                territory: territory.map(TerritoryId::from_index),
                lon,
                lat,
                inscribed: inscribed.whole(row).map(|y| y as i32),
                source: source.text_or_empty(row),
            };
            Some((row, site))
        })
        .collect();
    let keys = rows.iter().map(|(r, h)| (*r, h.id.clone()));
    unique(&[&id], keys, problems);
    rows.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    rows.into_iter().map(|(_, h)| h).collect()
}
