//! Where a change of real income comes from.
//!
//! Three answers to different questions, each under its own name:
//! [`by_income_source`] (exact accounting of one solution), [`by_mechanism`]
//! (exact, integrated along the path of the change) and
//! [`first_order_caliendo_parro`] (the linear sum printed in the paper).

use serde::Serialize;

use crate::calibration::Calibration;
use crate::error::EquilibriumError;
use crate::settings::Settings;
use crate::shock::Shock;
use crate::solve::{Solution, run};

/// The paper's first-order terms. Shares of baseline income (0.01 = 1 %), `[n]`.
///
/// Not the change of real income: for Mexico under NAFTA the sum is +1.31 %
/// where real income rises by 0.0073 %.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FirstOrder {
    /// (1/I) Σ_j Σ_i (E_ni^j d ln c_n^j − M_ni^j d ln c_i^j).
    pub terms_of_trade: Vec<f64>,
    /// (1/I) Σ_j Σ_i t_ni^j M_ni^j (d ln M_ni^j − d ln c_i^j).
    pub volume_of_trade: Vec<f64>,
    /// The sum of the two, which the paper calls the change of welfare.
    pub total: Vec<f64>,
}

/// The decomposition of Caliendo & Parro (2015), equation 15, taken over one
/// finite step with baseline weights, as its tables are: d ln x is x̂ − 1.
///
/// E are exports and M imports net of tariffs in the baseline, c costs, t
/// tariffs. Only tariff changes have a place in it; changes of trade costs,
/// productivity and project finance are left out, as in the paper.
pub fn first_order_caliendo_parro(calibration: &Calibration, solution: &Solution) -> FirstOrder {
    let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
    let mut terms_of_trade = vec![0.0; n_economies];
    let mut volume_of_trade = vec![0.0; n_economies];
    for j in 0..n_sectors {
        for n in 0..n_economies {
            for i in 0..n_economies {
                let cell = (j * n_economies + n) * n_economies + i;
                let flow = calibration.trade[cell];
                if flow == 0.0 {
                    continue;
                }
                let cost = solution.cost_hat[i * n_sectors + j] - 1.0;
                terms_of_trade[i] += flow * cost;
                terms_of_trade[n] -= flow * cost;
                let growth = solution.trade_new[cell] / flow - 1.0;
                volume_of_trade[n] += calibration.tariff[cell] * flow * (growth - cost);
            }
        }
    }
    for n in 0..n_economies {
        terms_of_trade[n] /= calibration.income(n);
        volume_of_trade[n] /= calibration.income(n);
    }
    FirstOrder {
        total: terms_of_trade
            .iter()
            .zip(&volume_of_trade)
            .map(|(a, b)| a + b)
            .collect(),
        terms_of_trade,
        volume_of_trade,
    }
}

/// Real income by where the money comes from. Shares of baseline income, `[n]`;
/// the terms add up to `real_income_hat − 1` exactly.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IncomeSources {
    /// (ŵ L̂ VA/P̂ − VA)/I: what wages (all value added) buy.
    pub real_wage: Vec<f64>,
    /// (R′/P̂ − R)/I: what tariff revenue buys.
    pub tariff_revenue: Vec<f64>,
    /// −(S′/P̂ − S)/I: what the trade balance lends or borrows.
    pub balance: Vec<f64>,
    /// −(T/P̂)/I: what the project takes.
    pub project_tax: Vec<f64>,
    /// `real_income_hat − 1`.
    pub total: Vec<f64>,
}

/// Splits the exact change of real income by source: I′ − T is value added,
/// revenue, balance and tax, each deflated by the price of final demand.
pub fn by_income_source(calibration: &Calibration, solution: &Solution) -> IncomeSources {
    let n_economies = calibration.economies;
    let real = |new: f64, old: f64, n: usize| {
        (new / solution.price_index_hat[n] - old) / calibration.income(n)
    };
    let over = |term: &dyn Fn(usize) -> f64| (0..n_economies).map(term).collect::<Vec<f64>>();
    IncomeSources {
        real_wage: over(&|n| {
            let value_added = calibration.value_added(n);
            let wages = solution.wage_hat[n] * solution.labour_hat[n] * value_added;
            real(wages, value_added, n)
        }),
        tariff_revenue: over(&|n| real(solution.revenue_new[n], calibration.revenue(n), n)),
        balance: over(&|n| -real(solution.surplus_new[n], calibration.surplus(n), n)),
        project_tax: over(&|n| -real(solution.project_tax[n], 0.0, n)),
        total: over(&|n| solution.real_income_hat[n] - 1.0),
    }
}

/// Real income by what moved it. Shares of baseline income, `[n]`; the terms
/// add up to `real_income_hat − 1` within the tolerance asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mechanisms {
    /// Prices of what n sells less prices of what it buys, at the factory gate.
    pub terms_of_trade: Vec<f64>,
    /// Tariff revenue on the change of imported quantities: with a tariff, an
    /// import is worth more to the buyer than it costs the economy.
    pub tariff_revenue: Vec<f64>,
    /// Trade costs saved on what n imports and on its domestic sales.
    pub trade_cost: Vec<f64>,
    /// n's own productivity.
    pub productivity: Vec<f64>,
    /// Labour that the real wage draws in; 0 with labour fixed.
    pub labour: Vec<f64>,
    /// The trade balance.
    pub balance: Vec<f64>,
    /// Project taxes, and the prices of what projects buy in n.
    pub project: Vec<f64>,
    /// `real_income_hat − 1`.
    pub total: Vec<f64>,
    /// Points on the path.
    pub points: usize,
    /// Largest difference between the sum of the terms and the total.
    pub gap: f64,
}

/// Splits the exact change of real income by mechanism, integrating along the
/// straight path (in logarithms) from no change to `shock`. On the way to a
/// cut-off (κ̂ = ∞) it is κ̂^(−θ) that goes straight, from 1 to 0: the flow M
/// vanishes like 1 − s while its cost grows like 1/(1 − s), and their product,
/// the loss from dearer trade, stays finite.
///
/// At every point of the path
///
/// ```text
/// (I − T) d ln W = Σ M_mn d ln p_n − Σ M_ni d ln p_i   terms of trade, p = c/A
///                + Σ t M_ni d ln q_ni                  tariff revenue, q = M/(p κ)
///                − Σ M_ni d ln κ_ni + Σ Y d ln A       trade cost, productivity
///                + ŵ L̂ VA d ln L                       labour
///                − dS − dT + K d ln P_K                balance, project
/// ```
///
/// an identity of equations 1 to 6; the terms are integrated with weight
/// 1/(P̂ I), so that they add up to W − 1. The path is solved at Chebyshev
/// points, doubled from 9 until the terms add up within `tolerance` for every
/// economy. Nothing is scaled to fit: the sum is a check.
///
/// # Errors
/// As [`crate::solve`]; [`EquilibriumError::Decomposition`] if 129 points do not suffice.
pub fn by_mechanism(
    calibration: &Calibration,
    shock: &Shock,
    settings: &Settings,
    tolerance: f64,
) -> Result<Mechanisms, EquilibriumError> {
    shock.validate(calibration)?;
    settings.validate()?;
    let settings = Settings {
        tolerance: settings.tolerance.min(1e-12),
        ..settings.clone()
    };
    let mut degree = 8;
    loop {
        let terms = integrate(calibration, shock, &settings, degree)?;
        if terms.gap <= tolerance {
            return Ok(terms);
        }
        if degree >= 128 {
            let sums = terms.sums();
            let gap = |n: usize| (sums[n] - terms.total[n]).abs();
            let economy = (0..calibration.economies)
                .max_by(|&a, &b| gap(a).total_cmp(&gap(b)))
                .unwrap_or(0);
            return Err(EquilibriumError::Decomposition {
                economy,
                gap: sums[economy] - terms.total[economy],
                tolerance,
                points: degree + 1,
            });
        }
        degree *= 2;
    }
}

impl Mechanisms {
    fn sums(&self) -> Vec<f64> {
        (0..self.total.len())
            .map(|n| {
                self.terms_of_trade[n]
                    + self.tariff_revenue[n]
                    + self.trade_cost[n]
                    + self.productivity[n]
                    + self.labour[n]
                    + self.balance[n]
                    + self.project[n]
            })
            .collect()
    }
}

/// The path at the Chebyshev points s_k = (1 − cos(kπ/m))/2, k = 0 … m.
fn integrate(
    calibration: &Calibration,
    shock: &Shock,
    settings: &Settings,
    degree: usize,
) -> Result<Mechanisms, EquilibriumError> {
    let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
    let points: Vec<f64> = (0..=degree)
        .map(|k| 0.5 * (1.0 - (std::f64::consts::PI * k as f64 / degree as f64).cos()))
        .collect();
    let mut path: Vec<(Shock, Solution)> = Vec::with_capacity(points.len());
    for &s in &points {
        let part = shock.along(calibration, s);
        let start = path.last().map(|(_, solution)| solution.point(calibration));
        let solution = run(calibration, &part, settings, start, 1.0 - s)?;
        path.push((part, solution));
    }
    let derivative = differentiation(degree);
    let weights = quadrature(degree);
    // Logarithms whose derivatives along the path the terms need, `[k][n][j]`.
    let slope = |value: &dyn Fn(usize) -> f64, k: usize| -> f64 {
        derivative[k]
            .iter()
            .enumerate()
            .map(|(l, d)| d * value(l))
            .sum()
    };

    let zeros = || vec![0.0; n_economies];
    let mut terms = Mechanisms {
        terms_of_trade: zeros(),
        tariff_revenue: zeros(),
        trade_cost: zeros(),
        productivity: zeros(),
        labour: zeros(),
        balance: zeros(),
        project: zeros(),
        total: path[degree]
            .1
            .real_income_hat
            .iter()
            .map(|hat| hat - 1.0)
            .collect(),
        points: degree + 1,
        gap: 0.0,
    };
    let end = shock;
    for (k, (part, solution)) in path.iter().enumerate() {
        let scale: Vec<f64> = (0..n_economies)
            .map(|n| weights[k] / (solution.price_index_hat[n] * calibration.income(n)))
            .collect();
        for j in 0..n_sectors {
            let price: Vec<f64> = (0..n_economies)
                .map(|n| {
                    let cell = n * n_sectors + j;
                    slope(&|l| path[l].1.cost_hat[cell].ln(), k) - end.productivity[cell].ln()
                })
                .collect();
            for n in 0..n_economies {
                for i in 0..n_economies {
                    let cell = (j * n_economies + n) * n_economies + i;
                    if calibration.trade[cell] == 0.0 {
                        continue;
                    }
                    let flow = solution.trade_new[cell];
                    terms.terms_of_trade[i] += scale[i] * flow * price[i];
                    terms.terms_of_trade[n] -= scale[n] * flow * price[i];
                    let closes = end.trade_cost[cell] == f64::INFINITY;
                    // M d ln κ̂/ds. A finite cost moves at a constant rate.
                    let cost = if closes {
                        unhindered(calibration, part, solution, cell) / calibration.theta[j]
                    } else {
                        flow * end.trade_cost[cell].ln()
                    };
                    terms.trade_cost[n] -= scale[n] * cost;
                    if part.tariff[cell] > 0.0 {
                        // dM/ds; a flow that ends at 0 has no logarithm there.
                        let growth = if path[degree].1.trade_new[cell] == 0.0 {
                            slope(&|l| path[l].1.trade_new[cell], k)
                        } else {
                            flow * slope(&|l| path[l].1.trade_new[cell].ln(), k)
                        };
                        terms.tariff_revenue[n] +=
                            scale[n] * part.tariff[cell] * (growth - flow * price[i] - cost);
                    }
                }
                let cell = n * n_sectors + j;
                terms.productivity[n] +=
                    scale[n] * solution.output_new[cell] * end.productivity[cell].ln();
            }
        }
        let spending = part.spending_by_good(calibration);
        for n in 0..n_economies {
            terms.balance[n] -= scale[n] * slope(&|l| path[l].1.surplus_new[n], k);
            let wages = calibration.value_added(n) * solution.wage_hat[n] * solution.labour_hat[n];
            let labour = slope(&|l| path[l].1.labour_hat[n].ln(), k);
            terms.labour[n] += scale[n] * wages * labour;
            terms.project[n] -= scale[n] * end.tax[n];
            for j in 0..n_sectors {
                let cell = n * n_sectors + j;
                if spending[cell] > 0.0 {
                    let price = slope(&|l| path[l].1.price_hat[cell].ln(), k);
                    terms.project[n] += scale[n] * spending[cell] * price;
                }
            }
        }
    }
    terms.gap = terms
        .sums()
        .iter()
        .zip(&terms.total)
        .map(|(sum, total)| (sum - total).abs())
        .fold(0.0, f64::max);
    Ok(terms)
}

/// M_ni^j κ̂^θ, the flow there would be at the prices of `solution` if the pair's
/// trade cost had not moved.
fn unhindered(calibration: &Calibration, shock: &Shock, solution: &Solution, cell: usize) -> f64 {
    let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
    let (row, i) = (cell / n_economies, cell % n_economies);
    let (j, n) = (row / n_economies, row % n_economies);
    let (buyer, seller) = (n * n_sectors + j, i * n_sectors + j);
    let tariffs = (1.0 + shock.tariff[cell]) / (1.0 + calibration.tariff[cell]);
    let cost = tariffs * solution.cost_hat[seller] / shock.productivity[seller];
    let share = (cost / solution.price_hat[buyer]).powf(-calibration.theta[j]);
    let spending = solution.expenditure_new[buyer] / calibration.expenditure(n, j);
    calibration.trade[cell] * share * spending / tariffs
}

/// Chebyshev differentiation matrix on [0, 1]; Trefethen (2000), Spectral
/// Methods in MATLAB, chapter 6, with the diagonal as minus the row's sum.
fn differentiation(degree: usize) -> Vec<Vec<f64>> {
    let angle = |k: usize| std::f64::consts::PI * k as f64 / degree as f64;
    let end = |k: usize| if k == 0 || k == degree { 2.0 } else { 1.0 };
    (0..=degree)
        .map(|k| {
            let mut row = vec![0.0; degree + 1];
            for l in 0..=degree {
                if l != k {
                    // cos a − cos b without cancellation.
                    let (a, b) = (angle(k), angle(l));
                    let gap = -2.0 * ((a + b) / 2.0).sin() * ((a - b) / 2.0).sin();
                    let sign = if (k + l) % 2 == 0 { 1.0 } else { -1.0 };
                    // Points run from 0 to 1, which is −cos/2: hence −2.
                    row[l] = -2.0 * sign * end(k) / (end(l) * gap);
                }
            }
            row[k] = -row.iter().sum::<f64>();
            row
        })
        .collect()
}

/// Clenshaw–Curtis weights on [0, 1] for an even degree; Trefethen (2000), chapter 12.
fn quadrature(degree: usize) -> Vec<f64> {
    let m = degree as f64;
    (0..=degree)
        .map(|k| {
            if k == 0 || k == degree {
                return 0.5 / (m * m - 1.0);
            }
            let angle = std::f64::consts::PI * k as f64 / m;
            let mut value = 1.0 - (m * angle).cos() / (m * m - 1.0);
            for l in 1..degree / 2 {
                let l = l as f64;
                value -= 2.0 * (2.0 * l * angle).cos() / (4.0 * l * l - 1.0);
            }
            value / m
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{differentiation, quadrature};

    #[test]
    fn chebyshev_rules_are_exact_for_polynomials() {
        let degree = 8;
        let points: Vec<f64> = (0..=degree)
            .map(|k| 0.5 * (1.0 - (std::f64::consts::PI * k as f64 / degree as f64).cos()))
            .collect();
        for power in 1..=6 {
            let integral: f64 = quadrature(degree)
                .iter()
                .zip(&points)
                .map(|(weight, s)| weight * s.powi(power))
                .sum();
            assert!((integral - 1.0 / (power as f64 + 1.0)).abs() < 1e-14);
            for (k, row) in differentiation(degree).iter().enumerate() {
                let slope: f64 = row
                    .iter()
                    .zip(&points)
                    .map(|(d, s)| d * s.powi(power))
                    .sum();
                let exact = power as f64 * points[k].powi(power - 1);
                assert!((slope - exact).abs() < 1e-11, "{slope} {exact}");
            }
        }
    }
}
