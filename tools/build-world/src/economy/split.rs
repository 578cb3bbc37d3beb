//! The sectors of each pair's trade.

use super::economies::Economies;
use super::icio::Aligned;
use super::matrix::{Cube, Matrix, round as to_places};
use super::sectors::{COUNT, GOODS, density, from_sitc, normalise};
use super::sources::SitcPair;
use crate::io::{self, Result};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;

/// A pair's ICIO goods flow below this (musd) says nothing about its composition.
const ENOUGH: f64 = 0.1;
/// Cells below this (musd) are dropped.
const SMALLEST: f64 = 0.001;

/// Split pair totals by sector: by the pair's ICIO 2022 flows where both are in ICIO, else by its
/// UNCTAD 2015 sections, else by the exporter's average over all its trade in 2015, else by its
/// ICIO average, else by the world's.
pub fn by_sector(
    raw: &Path,
    goods: &Matrix,
    world: &Economies,
    icio: &Aligned,
) -> Result<(Cube, Value)> {
    let mut sections: HashMap<(usize, usize), [f64; 10]> = HashMap::new();
    let mut of_exporter = vec![[0.0; 10]; world.len()];
    let mut of_world = [0.0; 10];
    for row in io::read_csv::<SitcPair>(&raw.join("trade/unctad2015_sitc1.csv.gz"))? {
        let value = row.value_kusd.max(0.0);
        of_world[row.sitc] += value;
        let Some(&i) = world.index.get(&row.exporter) else {
            continue;
        };
        of_exporter[i][row.sitc] += value;
        if let Some(&n) = world.index.get(&row.importer) {
            sections.entry((i, n)).or_insert([0.0; 10])[row.sitc] += value;
        }
    }
    let world_shares = from_sitc(&of_world).ok_or("unctad2015_sitc1.csv.gz is empty")?;
    let exporter_shares: Vec<Option<[f64; GOODS]>> = of_exporter.iter().map(from_sitc).collect();
    let icio_exporter = |i: usize| {
        let mut shares = [0.0; GOODS];
        for (j, share) in shares.iter_mut().enumerate() {
            *share = (0..=icio.rest)
                .filter(|&n| n != i)
                .map(|n| icio.flow.at(j, i, n))
                .sum();
        }
        normalise(shares)
    };

    let names = [
        "ICIO 2022 pair",
        "UNCTAD 2015 pair",
        "exporter's average 2015",
        "exporter's average ICIO",
        "world average",
    ];
    let mut used = [(0usize, 0.0); 5];
    let mut trade = Cube::zeros(COUNT, world.len());
    for (i, &average) in exporter_shares.iter().enumerate() {
        let own = icio_exporter(i);
        for n in (0..world.len()).filter(|&n| n != i && goods.at(i, n) > 0.0) {
            let both = world.rows[i].in_input_output && world.rows[n].in_input_output;
            let pair = both.then(|| std::array::from_fn(|j| icio.flow.at(j, i, n)));
            let pair = pair
                .filter(|p: &[f64; GOODS]| p.iter().sum::<f64>() >= ENOUGH)
                .and_then(normalise);
            let choices = [
                pair,
                sections.get(&(i, n)).and_then(from_sitc),
                average,
                own.filter(|_| world.rows[i].in_input_output),
                Some(world_shares),
            ];
            let which = choices.iter().position(Option::is_some).unwrap_or(4);
            let shares = choices[which].unwrap_or(world_shares);
            used[which].0 += 1;
            used[which].1 += goods.at(i, n);
            for (j, share) in shares.iter().enumerate() {
                *trade.at_mut(j, i, n) = goods.at(i, n) * share;
            }
        }
    }
    let used: Vec<Value> = names
        .iter()
        .zip(used)
        .map(|(name, (pairs, value))| json!({"shares": name, "pairs": pairs, "musd": to_places(value, 1)}))
        .collect();
    Ok((trade, json!({"by": used})))
}

/// Round cross-border trade to 100 USD and drop the smallest cells, so that every account that
/// follows is computed from exactly what is written.
pub fn round(trade: &mut Cube, world: &Economies) -> Value {
    let (mut dropped, mut lost, mut cells) = (0usize, 0.0, 0usize);
    let mut teu = 0.0;
    let mut goods = 0.0;
    for j in 0..COUNT {
        for i in 0..world.len() {
            for n in (0..world.len()).filter(|&n| n != i) {
                let cell = trade.at_mut(j, i, n);
                if *cell == 0.0 {
                    continue;
                }
                if *cell < SMALLEST {
                    dropped += 1;
                    lost += *cell;
                    *cell = 0.0;
                    continue;
                }
                *cell = to_places(*cell, 4);
                cells += 1;
                if j < GOODS {
                    goods += *cell;
                    teu += *cell * 1e6 / density(j);
                }
            }
        }
    }
    let weighted: f64 = (0..GOODS)
        .map(|j| density(j) * trade.sectors[j].total())
        .sum();
    json!({
        "cross_border_cells": cells,
        "dropped_below_0.001_musd": dropped,
        "dropped_musd": to_places(lost, 3),
        "goods_musd": to_places(goods, 1),
        "mean_usd_per_teu_over_goods_trade": (goods * 1e6 / teu).round(),
        "value_weighted_usd_per_teu": (weighted / goods).round(),
    })
}
