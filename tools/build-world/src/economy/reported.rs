//! Merchandise trade as reported, and the pairs that no one reported.
//!
//! A pair is missing from the 2023 table when neither partner sent in its figures that year; it
//! is not zero. We take as unreported a pair that is absent in **both** directions in 2023 and
//! had trade in 2019: a single direction that is absent next to one that is present was seen by a
//! reporter and is left at zero. Where 2019 has neither direction as well, the UNCTAD matrix of
//! 2015, which estimates such pairs, serves at its own level.

use super::adjust::Ledger;
use super::blocs::Blocs;
use super::economies::Economies;
use super::icio::Aligned;
use super::matrix::{Matrix, round};
use super::sectors::GOODS;
use super::sources::{Pair, SitcPair};
use crate::io::{self, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A flow of 2019 below this (musd) is too small to be worth filling.
const FILL_FROM: f64 = 1.0;
/// The same for a flow that only the matrix of 2015 has.
const FILL_FROM_2015: f64 = 10.0;
/// Growth from 2019 to 2023 of an unreported pair is kept within these.
const GROWTH_BOUNDS: (f64, f64) = (0.2, 5.0);
/// Pairs needed for the growth with a bloc; below it the growth with everyone is used.
const PAIRS_FOR_GROWTH: usize = 3;

pub struct Reported {
    /// Rows of the 2023 table, as they are.
    pub rows: Vec<(usize, usize, f64)>,
    pub year_2023: Matrix,
    /// 2019, with the economies that 2023 lacks added up as the remainder.
    pub year_2019: Matrix,
    pub year_2015: Matrix,
    pub report: Value,
}

pub fn read(raw: &Path, world: &Economies) -> Result<Reported> {
    let mut rows = Vec::new();
    let mut year_2023 = Matrix::zeros(world.len());
    for p in io::read_csv::<Pair>(&raw.join("trade/baci2023.csv.gz"))? {
        let (i, n) = (world.index[&p.exporter], world.index[&p.importer]);
        rows.push((i, n, p.value_kusd / 1e3));
        *year_2023.at_mut(i, n) += p.value_kusd / 1e3;
    }
    let mut year_2019 = Matrix::zeros(world.len());
    let mut others = BTreeSet::new();
    for p in io::read_csv::<Pair>(&raw.join("trade/baci2019.csv.gz"))? {
        let mut place = |code: &String| {
            world.index.get(code).copied().unwrap_or_else(|| {
                others.insert(code.clone());
                world.remainder()
            })
        };
        let (i, n) = (place(&p.exporter), place(&p.importer));
        if i != n {
            *year_2019.at_mut(i, n) += p.value_kusd / 1e3;
        }
    }
    let mut year_2015 = Matrix::zeros(world.len());
    for p in io::read_csv::<SitcPair>(&raw.join("trade/unctad2015_sitc1.csv.gz"))? {
        if let (Some(&i), Some(&n)) = (world.index.get(&p.exporter), world.index.get(&p.importer)) {
            *year_2015.at_mut(i, n) += p.value_kusd.max(0.0) / 1e3;
        }
    }
    let report = json!({
        "pairs_2023": rows.len(),
        "total_2023_musd": round(year_2023.total(), 1),
        "remainder_made_of": others,
    });
    Ok(Reported {
        rows,
        year_2023,
        year_2019,
        year_2015,
        report,
    })
}

/// Growth 2019–2023 of the trade summed over `pairs` that both years have, and how many they are.
fn growth(reported: &Reported, pairs: impl Iterator<Item = (usize, usize)>) -> (f64, usize) {
    let (mut now, mut then, mut count) = (0.0, 0.0, 0);
    for (i, n) in pairs {
        let (a, b) = (reported.year_2023.at(i, n), reported.year_2019.at(i, n));
        if a > 0.0 && b > 0.0 {
            now += a;
            then += b;
            count += 1;
        }
    }
    (if then > 0.0 { now / then } else { 1.0 }, count)
}

/// Expected growth of a flow that was not reported: geometric mean of the exporter's growth (with
/// the importer's bloc, if it has one) and the importer's (with the exporter's bloc).
///
/// The blocs matter where trade was diverted: Russia's exports to an unreported member of a bloc
/// that sanctions it are taken to have moved like those to the bloc's other members.
fn pair_growth(reported: &Reported, world: &Economies, blocs: &Blocs, i: usize, n: usize) -> f64 {
    let mates = |of: usize| -> Vec<usize> {
        blocs
            .mates(world.code(of))
            .iter()
            .filter_map(|c| world.index.get(c).copied())
            .collect()
    };
    let everyone = 0..world.len();
    let (mut out, count) = growth(reported, mates(n).into_iter().map(|m| (i, m)));
    if count < PAIRS_FOR_GROWTH {
        out = growth(reported, everyone.clone().map(|m| (i, m))).0;
    }
    let (mut into, count) = growth(reported, mates(i).into_iter().map(|m| (m, n)));
    if count < PAIRS_FOR_GROWTH {
        into = growth(reported, everyone.map(|m| (m, n))).0;
    }
    (out * into).sqrt().clamp(GROWTH_BOUNDS.0, GROWTH_BOUNDS.1)
}

/// Fill unreported pairs, Taiwan's trade and the remainder's.
pub fn fill(
    goods: &mut Matrix,
    reported: &Reported,
    world: &Economies,
    blocs: &Blocs,
    icio: &Aligned,
    moves: &mut Ledger,
) -> Value {
    let rest = world.remainder();
    let twn = world.index["TWN"];
    let mut unreported: Vec<(f64, String)> = Vec::new();
    let mut by_economy: BTreeMap<&str, f64> = BTreeMap::new();
    let mut older: Vec<(f64, String)> = Vec::new();
    let mut remainder = (0usize, 0.0);
    for i in 0..world.len() {
        for n in (0..world.len()).filter(|&n| n != i && i != twn && n != twn) {
            let before = reported.year_2019.at(i, n);
            let absent = reported.year_2023.at(i, n) == 0.0 && reported.year_2023.at(n, i) == 0.0;
            let old = reported.year_2015.at(i, n);
            let never = before == 0.0 && reported.year_2019.at(n, i) == 0.0;
            if absent && never && old >= FILL_FROM_2015 {
                *goods.at_mut(i, n) = old;
                older.push((old, format!("{}>{}", world.code(i), world.code(n))));
                let note = "pair unreported in 2019 and 2023: UNCTAD 2015 value, not scaled";
                moves.record("filled", world.code(i), world.code(n), (0.0, old), note);
                continue;
            }
            if !absent || before < FILL_FROM {
                continue;
            }
            let factor = pair_growth(reported, world, blocs, i, n);
            let value = before * factor;
            *goods.at_mut(i, n) = value;
            let whose = if i == rest || n == rest {
                remainder = (remainder.0 + 1, remainder.1 + value);
                "remainder"
            } else {
                unreported.push((value, format!("{}>{}", world.code(i), world.code(n))));
                *by_economy.entry(world.code(i)).or_default() += value;
                *by_economy.entry(world.code(n)).or_default() += value;
                "pair unreported in 2023"
            };
            let note = format!("{whose}: BACI 2019 value {before:.1} times growth {factor:.3}");
            moves.record("filled", world.code(i), world.code(n), (0.0, value), &note);
        }
    }
    let taiwan = fill_from_icio(goods, world, icio, twn, moves);
    let mut largest = unreported.clone();
    largest.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut whose: Vec<_> = by_economy.into_iter().collect();
    whose.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    json!({
        "unreported_pairs": unreported.len(),
        "unreported_musd": round(unreported.iter().map(|u| u.0).sum(), 1),
        "unreported_largest": largest.iter().take(30).map(|(v, p)| json!([p, round(*v, 1)])).collect::<Vec<_>>(),
        "unreported_by_economy_exports_plus_imports": whose.iter().take(20).map(|(c, v)| json!([c, round(*v, 1)])).collect::<Vec<_>>(),
        "from_2015_pairs": older.len(),
        "from_2015_musd": round(older.iter().map(|u| u.0).sum(), 1),
        "from_2015": older.iter().map(|(v, p)| json!([p, round(*v, 1)])).collect::<Vec<_>>(),
        "remainder_flows": remainder.0,
        "remainder_musd": round(remainder.1, 1),
        "taiwan": taiwan,
    })
}

/// Goods trade of an economy that only the input–output table has, 2022 levels unscaled. Its
/// trade with economies outside that table is spread by their total imports or exports.
fn fill_from_icio(
    goods: &mut Matrix,
    world: &Economies,
    icio: &Aligned,
    who: usize,
    moves: &mut Ledger,
) -> Value {
    let flow = |i: usize, n: usize| (0..GOODS).map(|j| icio.flow.at(j, i, n)).sum::<f64>();
    let outside: Vec<usize> = (0..world.len())
        .filter(|&n| !world.rows[n].in_input_output)
        .collect();
    let imports: f64 = outside.iter().map(|&n| goods.imports(n)).sum();
    let exports: f64 = outside.iter().map(|&n| goods.exports(n)).sum();
    let (mut sold, mut bought) = (0.0, 0.0);
    let weights: Vec<(f64, f64)> = (0..world.len())
        .map(|n| (goods.imports(n) / imports, goods.exports(n) / exports))
        .collect();
    for n in (0..world.len()).filter(|&n| n != who) {
        let (out, into, note) = if world.rows[n].in_input_output {
            (
                flow(who, n),
                flow(n, who),
                "ICIO 2022 goods flow, not scaled to 2023",
            )
        } else {
            (
                flow(who, icio.rest) * weights[n].0,
                flow(icio.rest, who) * weights[n].1,
                "ICIO 2022 goods flow with its rest of the world, spread by total trade",
            )
        };
        for (i, m, value) in [(who, n, out), (n, who, into)] {
            if value > 0.0 {
                *goods.at_mut(i, m) = value;
                moves.record("filled", world.code(i), world.code(m), (0.0, value), note);
            }
        }
        sold += out;
        bought += into;
    }
    json!({"exports_musd": round(sold, 1), "imports_musd": round(bought, 1)})
}
