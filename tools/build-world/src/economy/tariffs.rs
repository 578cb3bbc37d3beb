//! Ad valorem tariffs by pair and sector.
//!
//! Between ICIO economies: the table's own (Teti's Global Tariff Database), weighted by the
//! pair's trade over the industries of a sector. An ICIO importer facing someone outside the
//! table applies what it applies, trade-weighted, to partners it has no agreement with. An
//! importer outside the table has only one average (World Bank, else Reed & Trubetskoy, else the
//! median of its region), given the world's profile over sectors. Customs unions and free-trade
//! areas that we know of are zero, services are zero.
//!
//! The table's food tariffs (C10T12) are means over tariff lines, blown up by prohibitive duties
//! on tobacco and alcohol that hardly anything enters under: 98 % in Saudi Arabia, 40 % in the
//! United States, whose other rates average what the World Bank has. [`tame_food`] corrects them.

use super::blocs::Blocs;
use super::economies::Economies;
use super::icio::{Aligned, Icio};
use super::matrix::{Cube, round};
use super::sectors::{COUNT, GOODS, code, median};
use super::sources::{ReedTariff, WdiTariff};
use crate::io::{self, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

const FOOD: &str = "C10T12";
const FARM: &str = "A01";
/// Food keeps at least this multiple of the importer's mean tariff.
const FOOD_AT_LEAST: f64 = 2.0;
/// No rate is above what the other industries reach.
const HIGHEST: f64 = 0.3;

fn world_bank(raw: &Path) -> Result<HashMap<String, f64>> {
    let path = raw.join("macro/wdi_tariff_applied_weighted_mean_latest.csv");
    let rows = io::read_csv::<WdiTariff>(&path)?;
    Ok(rows
        .into_iter()
        .filter_map(|r| r.tariff_pct.map(|t| (r.iso3, t / 100.0)))
        .collect())
}

/// Scale an importer's food tariffs down where its trade-weighted mean over all goods exceeds the
/// World Bank's, until they agree; not below its own rate on farm products or twice the World
/// Bank's mean. Then cut every rate to [`HIGHEST`].
pub fn tame_food(raw: &Path, icio: &mut Icio) -> Result<Value> {
    let mean = world_bank(raw)?;
    // importer → value and duty of food, farm products, all goods
    let mut sums: BTreeMap<String, [(f64, f64); 3]> = BTreeMap::new();
    let abroad = |f: &super::icio::Flow| {
        f.exporter != f.importer && f.exporter != "ROW" && f.importer != "ROW"
    };
    for f in icio
        .flows
        .iter()
        .filter(|f| abroad(f) && !f.sector.starts_with("Services"))
    {
        let entry = sums.entry(f.importer.clone()).or_default();
        let food = f.sector == FOOD;
        for (sum, counts) in entry.iter_mut().zip([food, f.sector == FARM, true]) {
            if counts {
                sum.0 += f.value;
                sum.1 += f.value * f.tariff;
            }
        }
    }
    let mut factors: BTreeMap<String, f64> = BTreeMap::new();
    let mut list = Vec::new();
    for (importer, [food, farm, all]) in &sums {
        let Some(mean) = mean
            .get(importer)
            .filter(|&m| all.1 > m * all.0 && food.1 > 0.0)
        else {
            continue;
        };
        let rate = food.1 / food.0;
        let fitting = (mean * all.0 - (all.1 - food.1)) / food.0;
        let wanted = fitting.max(farm.1 / farm.0).max(FOOD_AT_LEAST * mean);
        if wanted < rate {
            factors.insert(importer.clone(), wanted / rate);
            list.push(json!([importer, round(rate, 4), round(wanted, 4)]));
        }
    }
    let mut cut = 0;
    for f in &mut icio.flows {
        if f.sector == FOOD {
            f.tariff *= factors.get(&f.importer).copied().unwrap_or(1.0);
        }
        if f.tariff > HIGHEST {
            f.tariff = HIGHEST;
            cut += 1;
        }
    }
    Ok(json!({"food_importers_scaled_from_to": list, "rates_cut_to_0.3": cut}))
}

/// One average rate for each importer (as a fraction), and who needed which source.
fn averages(raw: &Path, world: &Economies) -> Result<(Vec<f64>, Value)> {
    let wdi = world_bank(raw)?;
    let reed: HashMap<String, f64> =
        io::read_csv::<ReedTariff>(&raw.join("parameters/reed_trubetskoy_tariffs.csv"))?
            .into_iter()
            .filter_map(|r| r.tariff_weighted.map(|t| (r.iso3, t)))
            .collect();
    let known: Vec<Option<f64>> = world
        .rows
        .iter()
        .map(|r| wdi.get(&r.iso3).or(reed.get(&r.iso3)).copied())
        .collect();
    let (mut second, mut third) = (Vec::new(), Vec::new());
    let rates = (0..world.len())
        .map(|n| {
            if !world.rows[n].in_input_output && !wdi.contains_key(world.code(n)) {
                if known[n].is_some() {
                    &mut second
                } else {
                    &mut third
                }
                .push(world.code(n));
            }
            known[n].unwrap_or_else(|| {
                let of = |same: bool| -> Vec<f64> {
                    (0..world.len())
                        .filter(|&m| !same || world.rows[m].region == world.rows[n].region)
                        .filter_map(|m| known[m])
                        .collect()
                };
                let mut like = of(true);
                if like.is_empty() {
                    like = of(false);
                }
                median(&mut like)
            })
        })
        .collect();
    Ok((
        rates,
        json!({"reed_trubetskoy": second, "regional_median": third}),
    ))
}

/// Trade-weighted rate over `exporters` of importer `n` in sector `j`.
fn weighted(icio: &Aligned, j: usize, n: usize, exporters: &[usize]) -> Option<f64> {
    let value: f64 = exporters.iter().map(|&i| icio.flow.at(j, i, n)).sum();
    let duty: f64 = exporters.iter().map(|&i| icio.duty.at(j, i, n)).sum();
    (value > 0.0).then(|| duty / value)
}

/// Tariffs wherever there is trade.
pub fn build(
    raw: &Path,
    trade: &Cube,
    world: &Economies,
    icio: &Aligned,
    blocs: &Blocs,
) -> Result<(Cube, Value)> {
    let (average, sources) = averages(raw, world)?;
    let inside: Vec<usize> = (0..world.len())
        .filter(|&n| world.rows[n].in_input_output)
        .collect();
    let profile = profile(icio, &inside);
    // what each ICIO importer applies to partners it has no agreement with
    let outsiders: HashMap<usize, [f64; GOODS]> = inside
        .iter()
        .map(|&n| {
            let strangers: Vec<usize> = inside
                .iter()
                .copied()
                .filter(|&i| i != n && !blocs.free(world.code(i), world.code(n)))
                .collect();
            (
                n,
                std::array::from_fn(|j| weighted(icio, j, n, &strangers).unwrap_or(0.0)),
            )
        })
        .collect();

    let mut tariff = Cube::zeros(COUNT, world.len());
    let names = [
        "ICIO pair",
        "importer's rate to strangers (ICIO)",
        "importer's average with the world's profile",
        "free trade",
    ];
    let mut used = [(0usize, 0.0); 4];
    let mut duty = [0.0; GOODS];
    for j in 0..GOODS {
        for i in 0..world.len() {
            for (n, mean) in average.iter().enumerate() {
                let value = trade.at(j, i, n);
                if i == n || value == 0.0 {
                    continue;
                }
                let (rate, which) = if blocs.free(world.code(i), world.code(n)) {
                    (0.0, 3)
                } else if let Some(strangers) = outsiders.get(&n) {
                    let counts = icio.counts.at(j, i, n);
                    if !world.rows[i].in_input_output || counts == 0.0 {
                        (strangers[j], 1)
                    } else {
                        let simple = icio.rates.at(j, i, n) / counts;
                        (weighted(icio, j, n, &[i]).unwrap_or(simple), 0)
                    }
                } else {
                    (mean * profile[j], 2)
                };
                let rate = round(rate, 5);
                *tariff.at_mut(j, i, n) = rate;
                used[which].0 += 1;
                used[which].1 += value;
                duty[j] += rate * value;
            }
        }
    }
    let report = json!({
        "by": names.iter().zip(used).map(|(name, (cells, value))| json!({"rate": name, "cells": cells, "musd": round(value, 1)})).collect::<Vec<_>>(),
        "importers_outside_icio_without_world_bank_rate": sources,
        "profile_over_sectors": (0..GOODS).map(|j| json!([code(j), round(profile[j], 4)])).collect::<Vec<_>>(),
        "revenue_musd": round(duty.iter().sum(), 1),
        "world_mean_rate_by_sector": (0..GOODS).map(|j| json!([code(j), round(duty[j] / trade.sectors[j].total(), 5)])).collect::<Vec<_>>(),
    });
    Ok((tariff, report))
}

/// How a sector's rate compares with the importer's mean: median over importers whose mean is
/// above half a per cent, scaled so that world trade pays one on average.
fn profile(icio: &Aligned, inside: &[usize]) -> [f64; GOODS] {
    let sum = |cube: &Cube, j: usize, n: usize| -> f64 {
        inside
            .iter()
            .filter(|&&i| i != n)
            .map(|&i| cube.at(j, i, n))
            .sum()
    };
    let mut ratios: [Vec<f64>; GOODS] = std::array::from_fn(|_| Vec::new());
    let mut value = [0.0; GOODS];
    for &n in inside {
        let bought: [f64; GOODS] = std::array::from_fn(|j| sum(&icio.flow, j, n));
        let duty: [f64; GOODS] = std::array::from_fn(|j| sum(&icio.duty, j, n));
        let all = duty.iter().sum::<f64>() / bought.iter().sum::<f64>();
        for j in 0..GOODS {
            value[j] += bought[j];
            if all > 0.005 && bought[j] > 0.0 {
                ratios[j].push(duty[j] / bought[j] / all);
            }
        }
    }
    let middle: [f64; GOODS] = std::array::from_fn(|j| median(&mut ratios[j]));
    let mean = (0..GOODS).map(|j| middle[j] * value[j]).sum::<f64>() / value.iter().sum::<f64>();
    middle.map(|m| m / mean)
}
