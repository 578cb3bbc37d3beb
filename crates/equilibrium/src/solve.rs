//! The iteration, and what a solution reports.

use serde::Serialize;

use crate::accounts::transpose;
use crate::anderson::Anderson;
use crate::calibration::Calibration;
use crate::error::EquilibriumError;
use crate::flows::Flows;
use crate::model::{Model, Work};
use crate::residuals::{Residuals, evaluate};
use crate::settings::Settings;
use crate::shock::Shock;

/// An equilibrium after the change. N economies, J sectors; `_hat` is new over
/// old, `_new` a level in musd of the baseline's unit of account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Solution {
    /// N.
    pub economies: usize,
    /// J.
    pub sectors: usize,
    /// ŵ, `[n]`.
    pub wage_hat: Vec<f64>,
    /// L̂ = (ŵ/P̂)^ψ, `[n]`; 1 unless [`Settings::supply_elasticity`] is set.
    pub labour_hat: Vec<f64>,
    /// P̂, price of j to buyers in n, `[n][j]`. 1 where n buys no j.
    pub price_hat: Vec<f64>,
    /// P̂_n = Π_j (P̂_n^j)^(α_n^j), price of final demand, `[n]`.
    pub price_index_hat: Vec<f64>,
    /// ĉ, unit cost before productivity, `[n][j]`. 1 where n does not produce j.
    pub cost_hat: Vec<f64>,
    /// Trade net of tariff, `[j][n importer][i exporter]`.
    pub trade_new: Vec<f64>,
    /// X′, spending tariffs included, `[n][j]`.
    pub expenditure_new: Vec<f64>,
    /// Y′, gross output, `[n][j]`.
    pub output_new: Vec<f64>,
    /// I′ = ŵ L̂ VA + R′ − S′, before the taxes that pay for projects, `[n]`.
    pub income_new: Vec<f64>,
    /// R′, tariff revenue, `[n]`.
    pub revenue_new: Vec<f64>,
    /// S′, the balance the closure gives, before project payments cross
    /// borders: exports less imports are S′ + T − K. `[n]`.
    pub surplus_new: Vec<f64>,
    /// T, as in the shock, `[n]`.
    pub project_tax: Vec<f64>,
    /// ((I′ − T)/I)/P̂, exact change of real income, `[n]`.
    pub real_income_hat: Vec<f64>,
    /// What the change is worth to n at baseline prices: I (real_income_hat − 1),
    /// musd per year, `[n]`.
    pub equivalent_variation_musd: Vec<f64>,
    /// ŵ/P̂, `[n]`.
    pub real_wage_hat: Vec<f64>,
    /// Largest relative error of each block of equations, evaluated anew.
    pub residuals: Residuals,
    /// Evaluations of the fixed-point map, continuation steps included.
    pub iterations: usize,
    /// Steps into which the change was cut; 1 if it converged at once.
    pub continuation_steps: usize,
}

impl Solution {
    /// The world after the change, as a baseline for the next one.
    ///
    /// Project taxes and spending become part of balances and final demand.
    ///
    /// # Errors
    /// As [`Calibration::new`].
    pub fn calibration(
        &self,
        calibration: &Calibration,
        shock: &Shock,
    ) -> Result<Calibration, EquilibriumError> {
        calibration.with_flows(self.trade_new.clone(), shock.tariff.clone())
    }

    /// π′_ni^j, share of i in the spending of n on j. 0 where n buys no j.
    pub fn share_new(&self, shock: &Shock, j: usize, n: usize, i: usize) -> f64 {
        let cell = (j * self.economies + n) * self.economies + i;
        let spending = self.expenditure_new[n * self.sectors + j];
        if spending == 0.0 {
            0.0
        } else {
            self.trade_new[cell] * (1.0 + shock.tariff[cell]) / spending
        }
    }

    pub(crate) fn point(&self, calibration: &Calibration) -> Vec<f64> {
        let mut z: Vec<f64> = self.wage_hat.iter().map(|w| w.ln()).collect();
        z.extend(self.price_hat.iter().map(|p| p.ln()));
        for n in 0..self.economies {
            for j in 0..self.sectors {
                let old = calibration.expenditure(n, j);
                let new = self.expenditure_new[n * self.sectors + j];
                z.push(if old > 0.0 && new > 0.0 {
                    (new / old).ln()
                } else {
                    0.0
                });
            }
        }
        z
    }
}

/// Solves for the equilibrium after `shock`.
///
/// # Errors
/// [`EquilibriumError::Shape`] and [`EquilibriumError::Invalid`] as
/// [`Shock::validate`]; [`EquilibriumError::NotConverged`] when any equation of
/// any block is off by more than the tolerance.
///
/// # Source
/// Caliendo & Parro (2015), Review of Economic Studies 82(1), section 2.3, in
/// exact changes; project finance after de Soyres, Mulabdic & Ruta (2020).
pub fn solve(
    calibration: &Calibration,
    shock: &Shock,
    settings: &Settings,
) -> Result<Solution, EquilibriumError> {
    shock.validate(calibration)?;
    settings.validate()?;
    run(calibration, shock, settings, None, 0.0)
}

/// As [`solve`], starting from the solution of a similar change.
///
/// # Errors
/// As [`solve`]; [`EquilibriumError::Shape`] if `start` is of another world.
pub fn solve_from(
    calibration: &Calibration,
    shock: &Shock,
    settings: &Settings,
    start: &Solution,
) -> Result<Solution, EquilibriumError> {
    shock.validate(calibration)?;
    settings.validate()?;
    let expected = calibration.economies * calibration.sectors;
    let layout = "[economy][sector]";
    crate::error::check_length("start", layout, expected, start.price_hat.len())?;
    let found = start.wage_hat.len();
    crate::error::check_length("start", "[economy]", calibration.economies, found)?;
    let start = start.point(calibration);
    run(calibration, shock, settings, Some(start), 0.0)
}

/// Solves with another value added than the calibration's; for [`Calibration::close`].
pub(crate) fn run_with_value_added(
    calibration: &Calibration,
    shock: &Shock,
    settings: &Settings,
    value_added: &[f64],
) -> Result<Solution, EquilibriumError> {
    let mut model = Model::new(calibration, shock, settings, 0.0);
    model.set_value_added(value_added);
    attempt(model, settings, None, &mut 0)
}

/// Solves with `balance_weight` of the baseline balances standing under the
/// balanced closure; cuts the change into steps if it does not converge at once.
pub(crate) fn run(
    calibration: &Calibration,
    shock: &Shock,
    settings: &Settings,
    start: Option<Vec<f64>>,
    balance_weight: f64,
) -> Result<Solution, EquilibriumError> {
    let model = Model::new(calibration, shock, settings, balance_weight);
    let mut spent = 0;
    let first = match attempt(model, settings, start, &mut spent) {
        Ok(solution) => return Ok(solution),
        Err(error) => error,
    };
    let mut steps = 2;
    while steps <= settings.max_continuation_steps {
        let mut z = None;
        for step in 1..=steps {
            let s = step as f64 / steps as f64;
            let weight = 1.0 - s * (1.0 - balance_weight);
            let part = shock.along(calibration, s);
            let model = Model::new(calibration, &part, settings, weight);
            match attempt(model, settings, z.take(), &mut spent) {
                Ok(mut solution) if step == steps => {
                    solution.continuation_steps = steps;
                    return Ok(solution);
                }
                Ok(solution) => z = Some(solution.point(calibration)),
                Err(_) => break,
            }
        }
        steps *= 2;
    }
    Err(match first {
        EquilibriumError::NotConverged {
            block,
            economy,
            sector,
            size,
            tolerance,
            hint,
            ..
        } => EquilibriumError::NotConverged {
            block,
            economy,
            sector,
            size,
            tolerance,
            iterations: spent,
            hint,
        },
        other => other,
    })
}

fn attempt(
    model: Model,
    settings: &Settings,
    start: Option<Vec<f64>>,
    spent: &mut usize,
) -> Result<Solution, EquilibriumError> {
    let mut iteration = Iteration::new(model, settings, start);
    // The iteration's own error and the independent residuals differ by rounding
    // and by what a chain of equations adds up to; tighten until both agree.
    let mut target = 0.5 * settings.tolerance;
    loop {
        let reached = iteration.until(target, spent);
        let solution = iteration.solution(*spent);
        let (block, worst) = solution.residuals.worst();
        if worst.size <= settings.tolerance {
            return Ok(solution);
        }
        if !reached || target < 1e-16 {
            return Err(EquilibriumError::NotConverged {
                block,
                economy: worst.economy,
                sector: worst.sector,
                size: worst.size,
                tolerance: settings.tolerance,
                iterations: *spent,
                hint: hint(&iteration.model, settings, worst.size),
            });
        }
        let Model {
            calibration, shock, ..
        } = iteration.model;
        iteration.model.flows = Flows::new(calibration, shock);
        target *= 0.1;
    }
}

struct Iteration<'a> {
    model: Model<'a>,
    work: Work,
    anderson: Anderson,
    left: usize,
    z: Vec<f64>,
    g: Vec<f64>,
    best: Vec<f64>,
    best_g: Vec<f64>,
    best_norm: f64,
}

impl<'a> Iteration<'a> {
    fn new(model: Model<'a>, settings: &Settings, start: Option<Vec<f64>>) -> Self {
        let z = start.unwrap_or_else(|| vec![0.0; model.dimension()]);
        Iteration {
            work: Work::new(model.calibration),
            model,
            anderson: Anderson::new(settings.anderson_memory),
            left: settings.max_iterations.max(1),
            g: z.clone(),
            best: z.clone(),
            best_g: z.clone(),
            best_norm: f64::INFINITY,
            z,
        }
    }

    /// Iterates until the map's error is at most `target`; false if it gave up.
    fn until(&mut self, target: f64, spent: &mut usize) -> bool {
        /// A point worse than the best by this factor is thrown away.
        const GROWTH: f64 = 30.0;
        /// Iterations without a new best point before the memory is dropped.
        const PATIENCE: usize = 40;
        let mut damping = 1.0;
        let mut since_best = 0;
        let mut f = vec![0.0; self.z.len()];
        while self.best_norm > target {
            if self.left == 0 {
                return false;
            }
            self.left -= 1;
            *spent += 1;
            let norm = self.model.map(&self.z, &mut f, &mut self.work);
            for ((g, z), f) in self.g.iter_mut().zip(&self.z).zip(&f) {
                *g = z + f;
            }
            let lost = !norm.is_finite() || norm > GROWTH * self.best_norm;
            if norm < self.best_norm {
                self.best.copy_from_slice(&self.z);
                self.best_g.copy_from_slice(&self.g);
                self.best_norm = norm;
                since_best = 0;
                if norm <= target {
                    return true;
                }
            } else {
                since_best += 1;
            }
            if lost || since_best > PATIENCE {
                if !self.best_norm.is_finite() || damping < 1e-3 {
                    return false;
                }
                damping *= 0.5;
                since_best = 0;
                self.anderson.clear();
                for ((z, best), g) in self.z.iter_mut().zip(&self.best).zip(&self.best_g) {
                    *z = best + damping * (g - best);
                }
                continue;
            }
            let mut next = std::mem::take(&mut self.z);
            let before = self.longest(&f);
            let old = next.clone();
            self.anderson.step(&f, &self.g, &mut next);
            limit(&old, &mut next, before);
            self.z = next;
        }
        true
    }

    fn solution(&mut self, spent: usize) -> Solution {
        assemble(&mut self.model, &mut self.work, &self.best, spent)
    }

    fn longest(&self, f: &[f64]) -> f64 {
        f.iter().fold(0.0, |longest: f64, f| longest.max(f.abs()))
    }
}

/// Keeps an extrapolated step within sight of the plain one: in logarithms, at
/// most 1, or ten times the plain step if that is longer than 0.1.
fn limit(old: &[f64], next: &mut [f64], plain: f64) {
    let allowed = f64::max(1.0, 10.0 * plain).min(3.0);
    let longest = old
        .iter()
        .zip(&*next)
        .fold(0.0, |longest: f64, (old, next)| {
            longest.max((next - old).abs())
        });
    if longest > allowed {
        let scale = allowed / longest;
        for (next, old) in next.iter_mut().zip(old) {
            *next = old + scale * (*next - old);
        }
    }
}

fn hint(model: &Model, settings: &Settings, size: f64) -> String {
    let theta = &model.calibration.theta;
    let low = (0..theta.len()).min_by(|&a, &b| theta[a].total_cmp(&theta[b]));
    let mut hints = Vec::new();
    if size.is_finite() && size < 100.0 * settings.tolerance {
        hints.push("the error is close to the tolerance: ask for a larger tolerance".to_string());
    } else {
        hints.push("try a smaller change or more iterations".to_string());
    }
    if let Some(sector) = low.filter(|&sector| theta[sector] < 1.0) {
        hints.push(format!(
            "the elasticity of sector {sector} is {}, and below 1 a large change of costs hardly \
             moves trade",
            theta[sector]
        ));
    }
    if model.shock.tax.iter().any(|&tax| tax != 0.0) {
        hints.push("check that no economy pays more in project taxes than it can".to_string());
    }
    hints.join("; ")
}

/// The solution at `z`. Its trade takes the place of the model's flows.
fn assemble(model: &mut Model, work: &mut Work, z: &[f64], spent: usize) -> Solution {
    let calibration = model.calibration;
    let shock = model.shock;
    let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
    let cells = n_economies * n_sectors;
    model.prepare(z, work);
    model
        .flows
        .pass(&work.supply, &work.spending, &mut work.pass);
    let mut output_new = vec![0.0; cells];
    transpose(&work.pass.output, n_sectors, n_economies, &mut output_new);
    let mut revenue_new = vec![0.0; n_economies];
    for by_sector in work.pass.revenue.chunks(n_economies) {
        for (sum, value) in revenue_new.iter_mut().zip(by_sector) {
            *sum += value;
        }
    }
    let trade_new = model.flows.take_trade(&work.supply, &work.spending);
    let ln_cost = &work.ln_cost;
    let (prices, spending) = z[n_economies..].split_at(cells);

    let wage_hat: Vec<f64> = z[..n_economies].iter().map(|w| w.exp()).collect();
    let labour_hat = model.labour(z);
    let factor: Vec<f64> = (0..n_economies)
        .map(|n| wage_hat[n] * labour_hat[n] * model.value_added[n])
        .collect();
    let surplus_new = model.balances(&factor, &revenue_new);
    let income_new: Vec<f64> = (0..n_economies)
        .map(|n| factor[n] + revenue_new[n] - surplus_new[n])
        .collect();
    let price_index_hat: Vec<f64> = (0..n_economies)
        .map(|n| {
            model
                .ln_index(n, &prices[n * n_sectors..][..n_sectors])
                .exp()
        })
        .collect();
    let real_income_hat: Vec<f64> = (0..n_economies)
        .map(|n| (income_new[n] - shock.tax[n]) / calibration.income(n) / price_index_hat[n])
        .collect();
    let cost_hat = (0..cells)
        .map(|cell| {
            if calibration.produces(cell / n_sectors, cell % n_sectors) {
                ln_cost[cell].exp()
            } else {
                1.0
            }
        })
        .collect();
    let mut solution = Solution {
        economies: n_economies,
        sectors: n_sectors,
        price_hat: prices.iter().map(|p| p.exp()).collect(),
        cost_hat,
        expenditure_new: (0..cells)
            .map(|cell| {
                let old = calibration.expenditure(cell / n_sectors, cell % n_sectors);
                if model.demanded[cell] {
                    old * spending[cell].exp()
                } else {
                    0.0
                }
            })
            .collect(),
        trade_new,
        output_new,
        equivalent_variation_musd: (0..n_economies)
            .map(|n| calibration.income(n) * (real_income_hat[n] - 1.0))
            .collect(),
        real_wage_hat: (0..n_economies)
            .map(|n| wage_hat[n] / price_index_hat[n])
            .collect(),
        wage_hat,
        labour_hat,
        price_index_hat,
        income_new,
        revenue_new,
        surplus_new,
        project_tax: shock.tax.clone(),
        real_income_hat,
        residuals: Residuals::NONE,
        iterations: spent,
        continuation_steps: 1,
    };
    solution.residuals = evaluate(model, &solution);
    solution
}
