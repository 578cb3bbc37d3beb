//! Cross-border services: ICIO 2022 for its own economies, a rough spread for the others.

use super::economies::Economies;
use super::icio::Aligned;
use super::matrix::{Cube, round};
use super::sectors::{GOODS, SERVICES};
use super::transit::BOUND;
use serde_json::{Value, json};

/// Put services into the trade table.
///
/// Economies outside ICIO share its rest-of-the-world row and column by GDP, and trade no
/// services among themselves. That row is a third of the column: ICIO's remainder, a residual,
/// has a services deficit of 14 % of its GDP, which no single economy can be charged with. Both
/// are scaled to their geometric mean. `kept` are economies whose goods deficit passes the bound and is
/// paid for by visitors: they are given the services exports that bring their whole deficit down
/// to the bound, sold to ICIO economies in proportion to what these buy from the rest of the world.
pub fn add(trade: &mut Cube, world: &Economies, icio: &Aligned, kept: &[usize]) -> Value {
    let inside: Vec<usize> = (0..world.len())
        .filter(|&n| world.rows[n].in_input_output)
        .collect();
    let outside: Vec<usize> = (0..world.len())
        .filter(|&n| !world.rows[n].in_input_output)
        .collect();
    let gdp: f64 = outside.iter().map(|&n| world.gdp(n)).sum();
    let sum = |to_rest: bool| -> f64 {
        let (r, s) = (icio.rest, SERVICES);
        inside
            .iter()
            .map(|&i| {
                if to_rest {
                    icio.flow.at(s, i, r)
                } else {
                    icio.flow.at(s, r, i)
                }
            })
            .sum()
    };
    let (sold, bought) = (sum(true), sum(false));
    let (down, up) = ((bought / sold).sqrt(), (sold / bought).sqrt());
    let mut totals = [0.0; 3];
    for &i in &inside {
        for &n in inside.iter().filter(|&&n| n != i) {
            let value = icio.flow.at(SERVICES, i, n);
            *trade.at_mut(SERVICES, i, n) = value;
            totals[0] += value;
        }
        for &n in &outside {
            let share = world.gdp(n) / gdp;
            let out = icio.flow.at(SERVICES, i, icio.rest) * down;
            let into = icio.flow.at(SERVICES, icio.rest, i) * up;
            *trade.at_mut(SERVICES, i, n) = out * share;
            *trade.at_mut(SERVICES, n, i) = into * share;
            totals[1] += out * share;
            totals[2] += into * share;
        }
    }
    let mut visitors = Vec::new();
    for &i in kept.iter().filter(|&&i| !world.rows[i].in_input_output) {
        let deficit: f64 = (0..=GOODS)
            .map(|j| trade.sectors[j].imports(i) - trade.sectors[j].exports(i))
            .sum();
        let extra = deficit - BOUND * world.gdp(i);
        if extra <= 0.0 {
            continue;
        }
        for &n in &inside {
            *trade.at_mut(SERVICES, i, n) += extra * icio.flow.at(SERVICES, icio.rest, n) / bought;
        }
        visitors.push(json!([world.code(i), round(extra, 1)]));
    }
    json!({
        "among_icio_economies_musd": round(totals[0], 1),
        "exports_of_icio_economies_to_others_musd": round(totals[1], 1),
        "imports_of_icio_economies_from_others_musd": round(totals[2], 1),
        "icio_with_its_remainder_before_scaling_musd": {"exports": round(sold, 1), "imports": round(bought, 1)},
        "others_spread_by_gdp": outside.len(),
        "visitor_services_imputed_musd": visitors,
        "level": "2022, not scaled to 2023",
    })
}
