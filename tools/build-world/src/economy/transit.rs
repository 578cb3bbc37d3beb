//! Goods that pass through an economy, and ships that only fly its flag.
//!
//! A merchandise deficit above [`BOUND`] of GDP cannot be what an economy absorbs unless
//! something else pays for it. What exceeds the bound is moved on to where the goods go
//! (transit, entrepôt) or removed (ship registries); economies whose excess tourism, remittances
//! or aid plausibly pay for are left alone and listed.

use super::adjust::Ledger;
use super::economies::Economies;
use super::matrix::{Matrix, round};
use super::reported::Reported;
use serde_json::{Value, json};

/// Largest merchandise deficit taken at face value, as a share of GDP.
pub const BOUND: f64 = 0.4;
/// Destinations that an entrepôt's excess goes to, the largest by its recorded exports.
const ENTREPOT_DESTINATIONS: usize = 20;
/// Flows below this (musd) are not worth moving.
const SMALLEST: f64 = 1.0;
/// A registry's recorded exports above this share of GDP are ships changing flag.
const REGISTRY_EXPORTS: f64 = 0.4;

enum Treatment {
    /// Excess imports go on to these, by each origin's recorded trade with them.
    Transit(&'static [&'static str]),
    /// Excess imports go on to the largest recorded destinations of its own exports.
    Entrepot,
    /// Excess imports (and exports) are registrations of ships.
    Registry,
}

/// Who is treated and how. Order matters little: each step only lowers its own deficit.
const TREATED: [(&str, Treatment); 9] = [
    ("HKG", Treatment::Entrepot),
    ("KGZ", Treatment::Transit(&["RUS", "KAZ"])),
    ("TJK", Treatment::Transit(&["RUS", "KAZ"])),
    ("DJI", Treatment::Transit(&["ETH"])),
    (
        "TGO",
        Treatment::Transit(&["BFA", "NER", "MLI", "GHA", "BEN", "NGA"]),
    ),
    ("GMB", Treatment::Transit(&["SEN", "GNB", "MLI", "GIN"])),
    ("LBR", Treatment::Registry),
    ("MHL", Treatment::Registry),
    ("PAN", Treatment::Registry),
];

/// Flows that are clearly booked to the wrong code: many times the partner's economy can hold
/// and without precedent in 2019. Cut to their value of 2019.
const MISREPORTED: [(&str, &str); 3] = [("GMB", "KAZ"), ("KAZ", "GMB"), ("DNK", "GMB")];

/// Imports less exports, over GDP.
pub fn deficit(goods: &Matrix, world: &Economies, n: usize) -> f64 {
    (goods.imports(n) - goods.exports(n)) / world.gdp(n)
}

/// Economies above the bound that are left alone.
pub fn kept(goods: &Matrix, world: &Economies) -> Vec<usize> {
    (0..world.len())
        .filter(|&n| deficit(goods, world, n) > BOUND * (1.0 + 1e-9))
        .filter(|&n| TREATED.iter().all(|(code, _)| *code != world.code(n)))
        .collect()
}

/// Shares of `amount` taken from each origin of `hub`'s imports, in proportion to their size.
/// Origins that are also destinations, and flows below [`SMALLEST`], are left alone.
fn take(goods: &Matrix, hub: usize, amount: f64, spared: &[usize]) -> Vec<(usize, f64)> {
    let origins: Vec<usize> = (0..goods.n)
        .filter(|&i| i != hub && !spared.contains(&i) && goods.at(i, hub) >= SMALLEST)
        .collect();
    let total: f64 = origins.iter().map(|&i| goods.at(i, hub)).sum();
    let part = (amount / total).min(1.0);
    origins
        .into_iter()
        .map(|i| (i, goods.at(i, hub) * part))
        .collect()
}

/// Move `amount` of `hub`'s imports on to `destinations`, weighted by `weight(origin, destination)`.
/// World trade and every origin's exports stay what they were. Returns what was moved.
fn move_on(
    goods: &mut Matrix,
    hub: usize,
    amount: f64,
    (destinations, spare): (&[usize], bool),
    weight: impl Fn(usize, usize) -> f64,
    mut record: impl FnMut(usize, usize, f64, f64),
) -> f64 {
    let mut moved = 0.0;
    for (origin, part) in take(goods, hub, amount, if spare { destinations } else { &[] }) {
        let to: Vec<(usize, f64)> = destinations
            .iter()
            .filter(|&&z| z != origin)
            .map(|&z| (z, weight(origin, z)))
            .collect();
        let total: f64 = to.iter().map(|t| t.1).sum();
        if total <= 0.0 {
            continue;
        }
        let before = goods.at(origin, hub);
        *goods.at_mut(origin, hub) = before - part;
        record(origin, hub, before, before - part);
        for (z, w) in to.into_iter().filter(|t| t.1 > 0.0) {
            let before = goods.at(origin, z);
            let after = before + part * w / total;
            *goods.at_mut(origin, z) = after;
            record(origin, z, before, after);
        }
        moved += part;
    }
    moved
}

/// Apply all treatments to the trade table.
pub fn treat(
    goods: &mut Matrix,
    reported: &Reported,
    world: &Economies,
    moves: &mut Ledger,
) -> Value {
    let place = |code: &&str| world.index.get(*code).copied();
    let total_before = goods.total();
    let mut misreported = Vec::new();
    for (exporter, importer) in MISREPORTED {
        let (Some(i), Some(n)) = (place(&exporter), place(&importer)) else {
            continue;
        };
        let (before, after) = (goods.at(i, n), reported.year_2019.at(i, n));
        if before > after {
            *goods.at_mut(i, n) = after;
            moves.record(
                "misreported-removed",
                exporter,
                importer,
                (before, after),
                "many times what the smaller partner's economy can hold; cut to the value of 2019",
            );
            misreported.push(json!([
                format!("{exporter}>{importer}"),
                round(before, 1),
                round(after, 1)
            ]));
        }
    }

    let mut steps = Vec::new();
    for (code, treatment) in &TREATED {
        let Some(hub) = place(code) else { continue };
        let untreated = deficit(goods, world, hub);
        if let Treatment::Registry = treatment {
            cut_exports(goods, world, hub, moves);
        }
        let excess = goods.imports(hub) - goods.exports(hub) - BOUND * world.gdp(hub);
        let moved = match treatment {
            _ if excess <= 0.0 => 0.0,
            Treatment::Transit(to) => {
                let to: Vec<usize> = to.iter().filter_map(place).collect();
                let note = format!("goods in transit through {code}");
                let recorded = goods.clone();
                let weight = |i: usize, z: usize| recorded.at(i, z).max(1e-6 * recorded.imports(z));
                move_on(goods, hub, excess, (&to, true), weight, |i, n, a, b| {
                    moves.record("transit-moved", world.code(i), world.code(n), (a, b), &note);
                })
            }
            Treatment::Entrepot => {
                let recorded = goods.clone();
                let mut to: Vec<usize> = (0..world.len()).filter(|&z| z != hub).collect();
                to.sort_by(|&a, &b| {
                    recorded
                        .at(hub, b)
                        .total_cmp(&recorded.at(hub, a))
                        .then(a.cmp(&b))
                });
                to.truncate(ENTREPOT_DESTINATIONS);
                let note = format!("entrepot {code}: on to its recorded destinations");
                move_on(
                    goods,
                    hub,
                    excess,
                    (&to, false),
                    |_, z| recorded.at(hub, z),
                    |i, n, a, b| {
                        moves.record("transit-moved", world.code(i), world.code(n), (a, b), &note);
                    },
                )
            }
            Treatment::Registry => {
                let mut removed = 0.0;
                for (i, part) in take(goods, hub, excess, &[]) {
                    let before = goods.at(i, hub);
                    *goods.at_mut(i, hub) = before - part;
                    removed += part;
                    moves.record(
                        "registry-removed",
                        world.code(i),
                        code,
                        (before, before - part),
                        "ships registered, not imported",
                    );
                }
                removed
            }
        };
        steps.push(json!({
            "economy": code,
            "kind": match treatment { Treatment::Transit(_) => "transit", Treatment::Entrepot => "entrepot", Treatment::Registry => "registry" },
            "deficit_over_gdp_untreated": round(untreated, 4),
            "deficit_over_gdp_treated": round(deficit(goods, world, hub), 4),
            "moved_or_removed_musd": round(moved, 1),
            "imports_after_musd": round(goods.imports(hub), 1),
        }));
    }
    let kept: Vec<Value> = kept(goods, world)
        .iter()
        .map(|&n| json!([world.code(n), round(deficit(goods, world, n), 4)]))
        .collect();
    json!({
        "bound_deficit_over_gdp": BOUND,
        "misreported": misreported,
        "treated": steps,
        "kept_above_bound_paid_by_tourism_remittances_or_aid": kept,
        "total_before_musd": round(total_before, 1),
        "total_after_musd": round(goods.total(), 1),
    })
}

/// A registry sells ships that were never made there: scale exports to a share of GDP.
fn cut_exports(goods: &mut Matrix, world: &Economies, hub: usize, moves: &mut Ledger) {
    let part = REGISTRY_EXPORTS * world.gdp(hub) / goods.exports(hub);
    if part >= 1.0 {
        return;
    }
    for n in (0..goods.n).filter(|&n| n != hub) {
        let before = goods.at(hub, n);
        if before > 0.0 {
            *goods.at_mut(hub, n) = before * part;
            moves.record(
                "registry-removed",
                world.code(hub),
                world.code(n),
                (before, before * part),
                "ships leaving the register, not exports",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Matrix {
        let mut goods = Matrix::zeros(4);
        *goods.at_mut(0, 1) = 100.0; // origin to hub
        *goods.at_mut(3, 1) = 20.0; // a destination sells to the hub as well
        *goods.at_mut(0, 2) = 30.0;
        *goods.at_mut(0, 3) = 10.0;
        goods
    }

    #[test]
    fn moving_on_conserves_world_trade_and_each_origins_exports() {
        let before = example();
        let mut goods = before.clone();
        let moved = move_on(
            &mut goods,
            1,
            60.0,
            (&[2, 3], true),
            |i, z| before.at(i, z),
            |_, _, _, _| (),
        );
        assert!((moved - 60.0).abs() < 1e-12);
        assert!((goods.total() - before.total()).abs() < 1e-9);
        for i in 0..4 {
            assert!((goods.exports(i) - before.exports(i)).abs() < 1e-9);
        }
        assert!((goods.imports(1) - 60.0).abs() < 1e-9);
        // split three to one, as recorded
        assert!((goods.at(0, 2) - 75.0).abs() < 1e-9 && (goods.at(0, 3) - 25.0).abs() < 1e-9);
        // destinations do not send goods through the hub to themselves
        assert_eq!(goods.at(3, 1), 20.0);
    }

    #[test]
    fn no_more_is_taken_than_there_is() {
        let goods = example();
        let taken: f64 = take(&goods, 1, 1e6, &[2, 3]).iter().map(|t| t.1).sum();
        assert_eq!(taken, 100.0);
    }
}
