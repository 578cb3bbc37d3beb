//! Ad valorem tariffs by pair and sector.
//!
//! Between ICIO economies: the table's own (Teti's Global Tariff Database), weighted by the
//! pair's trade over the industries of a sector. An ICIO importer facing someone outside the
//! table applies what it applies, trade-weighted, to partners it has no agreement with. An
//! importer outside the table has only one average (World Bank, else Reed & Trubetskoy, else the
//! median of its region), given the world's profile over sectors. Customs unions and free-trade
//! areas that we know of are zero, services are zero.

use super::blocs::Blocs;
use super::economies::Economies;
use super::icio::Aligned;
use super::matrix::{Cube, round};
use super::sectors::{COUNT, GOODS, code, median};
use super::sources::{ReedTariff, WdiTariff};
use crate::io::{self, Result};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;

/// One average rate for each importer (as a fraction), and who needed which source.
fn averages(raw: &Path, world: &Economies) -> Result<(Vec<f64>, Value)> {
    let wdi: HashMap<String, f64> =
        io::read_csv::<WdiTariff>(&raw.join("macro/wdi_tariff_applied_weighted_mean_latest.csv"))?
            .into_iter()
            .filter_map(|r| r.tariff_pct.map(|t| (r.iso3, t / 100.0)))
            .collect();
    let reed: HashMap<String, f64> =
        io::read_csv::<ReedTariff>(&raw.join("parameters/reed_trubetskoy_tariffs.csv"))?
            .into_iter()
            .filter_map(|r| r.tariff_weighted.map(|t| (r.iso3, t)))
            .collect();
    let known: Vec<Option<f64>> =
        world.rows.iter().map(|r| wdi.get(&r.iso3).or(reed.get(&r.iso3)).copied()).collect();
    let (mut second, mut third) = (Vec::new(), Vec::new());
    let rates = (0..world.len())
        .map(|n| {
            if !world.rows[n].in_input_output && !wdi.contains_key(world.code(n)) {
                if known[n].is_some() { &mut second } else { &mut third }.push(world.code(n));
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
    Ok((rates, json!({"reed_trubetskoy": second, "regional_median": third})))
}

/// Trade-weighted rate over `exporters` of importer `n` in sector `j`.
fn weighted(icio: &Aligned, j: usize, n: usize, exporters: &[usize]) -> Option<f64> {
    let value: f64 = exporters.iter().map(|&i| icio.flow.at(j, i, n)).sum();
    let duty: f64 = exporters.iter().map(|&i| icio.duty.at(j, i, n)).sum();
    (value > 0.0).then(|| duty / value)
}

/// Tariffs wherever there is trade.
pub fn build(raw: &Path, trade: &Cube, world: &Economies, icio: &Aligned, blocs: &Blocs) -> Result<(Cube, Value)> {
    let (average, sources) = averages(raw, world)?;
    let inside: Vec<usize> = (0..world.len()).filter(|&n| world.rows[n].in_input_output).collect();
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
            (n, std::array::from_fn(|j| weighted(icio, j, n, &strangers).unwrap_or(0.0)))
        })
        .collect();

    let mut tariff = Cube::zeros(COUNT, world.len());
    let names = ["ICIO pair", "importer's rate to strangers (ICIO)", "importer's average with the world's profile", "free trade"];
    let mut used = [(0usize, 0.0); 4];
    let mut duty = [0.0; GOODS];
    for j in 0..GOODS {
        for i in 0..world.len() {
            for n in 0..world.len() {
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
                    (average[n] * profile[j], 2)
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

/// A sector's world rate over the world rate of all goods.
fn profile(icio: &Aligned, inside: &[usize]) -> [f64; GOODS] {
    let sum = |cube: &Cube, j: usize| -> f64 {
        inside.iter().flat_map(|&i| inside.iter().map(move |&n| (i, n))).filter(|(i, n)| i != n).map(|(i, n)| cube.at(j, i, n)).sum()
    };
    let value: [f64; GOODS] = std::array::from_fn(|j| sum(&icio.flow, j));
    let duty: [f64; GOODS] = std::array::from_fn(|j| sum(&icio.duty, j));
    let all = duty.iter().sum::<f64>() / value.iter().sum::<f64>();
    std::array::from_fn(|j| duty[j] / value[j] / all)
}
