//! The equations at z = (ln ŵ, ln P̂, ln X̂), and the step they ask for.

use rayon::prelude::*;

use crate::accounts::{axpy, dot, transpose};
use crate::calibration::Calibration;
use crate::flows::{Flows, Pass};
use crate::settings::{Closure, Numeraire, Settings};
use crate::shock::Shock;

/// Rounds of an economy's own input–output loop in one step.
const ROUNDS: usize = 2;

pub(crate) struct Model<'a> {
    pub(crate) calibration: &'a Calibration,
    pub(crate) shock: &'a Shock,
    closure: Closure,
    numeraire: Numeraire,
    pub(crate) supply_elasticity: f64,
    /// Share of the baseline balance still standing under [`Closure::Balanced`].
    balance_weight: f64,
    pub(crate) flows: Flows<'a>,
    /// Whether anybody still demands j in n, `[n][j]`. Cut-offs can end the
    /// demand for an input by ending all sales of what is made from it.
    pub(crate) demanded: Vec<bool>,
    /// ln Â, `[n][j]`.
    ln_productivity: Vec<f64>,
    /// Project spending by good, `[n][j]`.
    spending: Vec<f64>,
    /// Value added at ŵ = 1, `[n]`.
    pub(crate) value_added: Vec<f64>,
    /// Step of ln ŵ for a unit of relative excess demand for labour, `[n]`.
    wage_step: Vec<f64>,
    world: f64,
}

/// Buffers of one evaluation, kept between iterations.
pub(crate) struct Work {
    pub(crate) ln_cost: Vec<f64>,
    /// (ĉ/Â)^(−θ), `[j][n]`.
    pub(crate) supply: Vec<f64>,
    /// X̂, `[j][n]`.
    pub(crate) spending: Vec<f64>,
    pub(crate) pass: Pass,
    /// Y′, `[n][j]`.
    output: Vec<f64>,
}

impl Work {
    pub(crate) fn new(calibration: &Calibration) -> Self {
        let zeros = || vec![0.0; calibration.economies * calibration.sectors];
        Work {
            ln_cost: zeros(),
            supply: zeros(),
            spending: zeros(),
            pass: Pass::new(calibration),
            output: zeros(),
        }
    }
}

impl<'a> Model<'a> {
    pub(crate) fn new(
        calibration: &'a Calibration,
        shock: &'a Shock,
        settings: &Settings,
        balance_weight: f64,
    ) -> Self {
        let spending = shock.spending_by_good(calibration);
        let value_added = (0..calibration.economies).map(|n| calibration.value_added(n));
        let mut model = Model {
            demanded: demanded(calibration, shock, &spending),
            calibration,
            shock,
            closure: settings.closure,
            numeraire: settings.numeraire,
            supply_elasticity: settings.supply_elasticity,
            balance_weight,
            flows: Flows::new(calibration, shock),
            ln_productivity: shock.productivity.iter().map(|value| value.ln()).collect(),
            spending,
            value_added: value_added.collect(),
            wage_step: wage_steps(calibration, settings.supply_elasticity),
            world: 0.0,
        };
        model.set_world();
        model
    }

    /// Replaces value added, for a baseline whose wage bills are yet to be made consistent.
    pub(crate) fn set_value_added(&mut self, value_added: &[f64]) {
        self.value_added.copy_from_slice(value_added);
        self.set_world();
    }

    fn set_world(&mut self) {
        self.world = (0..self.calibration.economies)
            .map(|n| match self.numeraire {
                Numeraire::WorldIncome => self.value_added[n] + self.calibration.revenue(n),
                Numeraire::WorldValueAdded => self.value_added[n],
            })
            .sum();
    }

    pub(crate) fn dimension(&self) -> usize {
        let (n, j) = (self.calibration.economies, self.calibration.sectors);
        n + 2 * n * j
    }

    /// ln ĉ (equation 1) at `z`, `[n][j]`.
    pub(crate) fn ln_costs(&self, z: &[f64], ln_cost: &mut [f64]) {
        let calibration = self.calibration;
        let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
        let (wages, prices) = (
            &z[..n_economies],
            &z[n_economies..][..n_economies * n_sectors],
        );
        let row = |n: usize, cost: &mut [f64]| {
            for (j, cost) in cost.iter_mut().enumerate() {
                *cost = calibration.value_added_share(n, j) * wages[n];
            }
            for k in 0..n_sectors {
                let price = prices[n * n_sectors + k];
                if price != 0.0 {
                    let inputs = &calibration.input_share[(n * n_sectors + k) * n_sectors..];
                    axpy(price, &inputs[..n_sectors], cost);
                }
            }
        };
        if self.flows.parallel {
            let rows = ln_cost.par_chunks_mut(n_sectors).enumerate();
            rows.for_each(|(n, cost)| row(n, cost));
        } else {
            let rows = ln_cost.chunks_mut(n_sectors).enumerate();
            rows.for_each(|(n, cost)| row(n, cost));
        }
    }

    /// Costs, supply and spending at `z`: what a pass over the flows needs.
    pub(crate) fn prepare(&self, z: &[f64], work: &mut Work) {
        let (n_economies, n_sectors) = (self.calibration.economies, self.calibration.sectors);
        let cells = n_economies * n_sectors;
        self.ln_costs(z, &mut work.ln_cost);
        let (ln_cost, ln_spending) = (&work.ln_cost, &z[n_economies + cells..]);
        let sector = |(j, (supply, spending)): (usize, (&mut [f64], &mut [f64]))| {
            let theta = self.calibration.theta[j];
            for n in 0..n_economies {
                let cell = n * n_sectors + j;
                supply[n] = (-theta * (ln_cost[cell] - self.ln_productivity[cell])).exp();
                let demanded = self.demanded[cell];
                spending[n] = if demanded {
                    ln_spending[cell].exp()
                } else {
                    0.0
                };
            }
        };
        if self.flows.parallel {
            let supply = work.supply.par_chunks_mut(n_economies);
            let sectors = supply.zip(work.spending.par_chunks_mut(n_economies));
            sectors.enumerate().for_each(sector);
        } else {
            let supply = work.supply.chunks_mut(n_economies);
            let sectors = supply.zip(work.spending.chunks_mut(n_economies));
            sectors.enumerate().for_each(sector);
        }
    }

    /// Writes the step that equations 1 to 6 ask for at `z` into `step`; returns
    /// their largest relative error (NaN or infinite where z is outside the
    /// model's domain).
    ///
    /// The plain step is the error itself: the new price less the old one and
    /// so on. Most of its slow convergence comes from each economy's own loop,
    /// in which a dearer input makes domestic products dearer, inputs again.
    /// A few rounds of that loop, with domestic shares as they are, belong to
    /// the step, and so does what the new wage does to costs and demand at home.
    pub(crate) fn map(&self, z: &[f64], step: &mut [f64], work: &mut Work) -> f64 {
        let calibration = self.calibration;
        let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
        let cells = n_economies * n_sectors;

        self.prepare(z, work);
        self.flows
            .pass(&work.supply, &work.spending, &mut work.pass);
        transpose(&work.pass.output, n_sectors, n_economies, &mut work.output);

        // Equation 5.
        let mut revenue = vec![0.0; n_economies];
        for by_sector in work.pass.revenue.chunks(n_economies) {
            for (sum, value) in revenue.iter_mut().zip(by_sector) {
                *sum += value;
            }
        }
        let labour = self.labour(z);
        let factor: Vec<f64> = (0..n_economies)
            .map(|n| z[n].exp() * labour[n] * self.value_added[n])
            .collect();
        let surplus = self.balances(&factor, &revenue);

        // Equation 6 and the numeraire.
        let mut norm = 0.0_f64;
        let mut world = 0.0;
        let mut wage_step = vec![0.0; n_economies];
        for n in 0..n_economies {
            let mut wages = 0.0;
            for j in 0..n_sectors {
                wages += calibration.value_added_share(n, j) * work.output[n * n_sectors + j];
            }
            let excess = (wages / factor[n]).ln();
            norm = worse(norm, excess);
            wage_step[n] = self.wage_step[n] * excess;
            world += (z[n] + wage_step[n]).exp() * labour[n] * self.value_added[n];
        }
        let target = match self.numeraire {
            Numeraire::WorldIncome => {
                let revenue: f64 = revenue.iter().sum();
                (self.world - revenue).max(0.1 * self.world)
            }
            Numeraire::WorldValueAdded => self.world,
        };
        let shift = (target / world).ln();
        norm = worse(norm, shift);

        // Equations 1, 2 and 4.
        let row = |n: usize, price_step: &mut [f64], spending_step: &mut [f64]| -> f64 {
            let own = n * n_sectors..(n + 1) * n_sectors;
            let domestic = work.pass.domestic[n..].iter().step_by(n_economies);
            let domestic: Vec<f64> = domestic.copied().collect();
            let economy = Economy {
                calibration,
                n,
                domestic: &domestic,
            };
            let output = &work.output[own];
            let disposable = factor[n] + revenue[n] - surplus[n] - self.shock.tax[n];
            let mut norm = if disposable > 0.0 { 0.0 } else { f64::NAN };
            for j in 0..n_sectors {
                let cell = n * n_sectors + j;
                let error = work.pass.price[j * n_economies + n] - z[n_economies + cell];
                norm = worse(norm, error);
                price_step[j] = error;
                spending_step[j] = 0.0;
                if self.demanded[cell] {
                    let demand = calibration.final_share(n, j) * disposable
                        + self.spending[cell]
                        + dot(economy.inputs(j), output);
                    let ln_demand = (demand / calibration.expenditure(n, j)).ln();
                    let error = ln_demand - z[n_economies + cells + cell];
                    norm = worse(norm, error);
                    spending_step[j] = error;
                }
            }
            economy.prices(price_step, wage_step[n]);
            economy.spending(
                spending_step,
                &z[n_economies + cells + n * n_sectors..][..n_sectors],
                wage_step[n] * factor[n],
            );
            // What is not bought has no price to move.
            for j in 0..n_sectors {
                if calibration.buys(n, j) {
                    price_step[j] += shift;
                    spending_step[j] += shift;
                }
            }
            norm
        };
        let (wages, rest) = step.split_at_mut(n_economies);
        let (prices, spending) = rest.split_at_mut(cells);
        let norms: Vec<f64> = if self.flows.parallel {
            let rows = prices
                .par_chunks_mut(n_sectors)
                .zip(spending.par_chunks_mut(n_sectors))
                .enumerate();
            rows.map(|(n, (price, x))| row(n, price, x)).collect()
        } else {
            let rows = prices
                .chunks_mut(n_sectors)
                .zip(spending.chunks_mut(n_sectors))
                .enumerate();
            rows.map(|(n, (price, x))| row(n, price, x)).collect()
        };
        for (wage, wage_step) in wages.iter_mut().zip(&wage_step) {
            *wage = wage_step + shift;
        }
        norms.into_iter().fold(norm, worse)
    }

    /// L̂ = (ŵ/P̂)^ψ at `z`, `[n]`.
    pub(crate) fn labour(&self, z: &[f64]) -> Vec<f64> {
        let (n_economies, n_sectors) = (self.calibration.economies, self.calibration.sectors);
        if self.supply_elasticity == 0.0 {
            return vec![1.0; n_economies];
        }
        let labour = |n: usize| {
            let prices = &z[n_economies + n * n_sectors..][..n_sectors];
            (self.supply_elasticity * (z[n] - self.ln_index(n, prices))).exp()
        };
        (0..n_economies).map(labour).collect()
    }

    /// ln P̂_n, the price of final demand, from the logarithms of the prices in n.
    pub(crate) fn ln_index(&self, n: usize, prices: &[f64]) -> f64 {
        prices
            .iter()
            .enumerate()
            .map(|(j, price)| self.calibration.final_share(n, j) * price)
            .sum()
    }

    /// S′ under the closure, `[n]`.
    pub(crate) fn balances(&self, factor: &[f64], revenue: &[f64]) -> Vec<f64> {
        if let Some(surplus) = &self.shock.surplus {
            return surplus.clone();
        }
        balances(
            self.calibration,
            self.closure,
            self.balance_weight,
            factor,
            revenue,
        )
    }
}

/// One economy's own loop, linear around the present point.
struct Economy<'a> {
    calibration: &'a Calibration,
    n: usize,
    /// Share of domestic goods in what it buys, `[j]`.
    domestic: &'a [f64],
}

impl Economy<'_> {
    fn inputs(&self, k: usize) -> &[f64] {
        let n_sectors = self.calibration.sectors;
        &self.calibration.input_share[(self.n * n_sectors + k) * n_sectors..][..n_sectors]
    }

    /// δ = error + D (γ dw + Γᵀ δ), D the domestic shares.
    fn prices(&self, step: &mut [f64], wage_step: f64) {
        let n_sectors = self.calibration.sectors;
        for (j, step) in step.iter_mut().enumerate() {
            let share = self.calibration.value_added_share(self.n, j);
            *step += self.domestic[j] * share * wage_step;
        }
        let start = step.to_vec();
        let mut cost = vec![0.0; n_sectors];
        for _ in 0..ROUNDS {
            cost.fill(0.0);
            for (k, step) in step.iter().enumerate() {
                axpy(*step, self.inputs(k), &mut cost);
            }
            for j in 0..n_sectors {
                step[j] = start[j] + self.domestic[j] * cost[j];
            }
        }
    }

    /// dX = X · error + α dI + Γ D dX in money, and back to logarithms.
    fn spending(&self, step: &mut [f64], ln_spending: &[f64], wages_step: f64) {
        let n_sectors = self.calibration.sectors;
        let level: Vec<f64> = ln_spending
            .iter()
            .enumerate()
            .map(|(j, x)| self.calibration.expenditure(self.n, j) * x.exp())
            .collect();
        let start: Vec<f64> = (0..n_sectors)
            .map(|j| level[j] * step[j] + self.calibration.final_share(self.n, j) * wages_step)
            .collect();
        let mut change = start.clone();
        let mut sold = vec![0.0; n_sectors];
        for _ in 0..ROUNDS {
            for j in 0..n_sectors {
                sold[j] = self.domestic[j] * change[j];
            }
            for j in 0..n_sectors {
                change[j] = start[j] + dot(self.inputs(j), &sold);
            }
        }
        for j in 0..n_sectors {
            if level[j] > 0.0 {
                step[j] = change[j] / level[j];
            }
        }
    }
}

fn worse(norm: f64, error: f64) -> f64 {
    if norm.is_nan() || error.is_nan() {
        f64::NAN
    } else {
        norm.max(error.abs())
    }
}

/// Cells whose good is bought for final demand, by a project, or as an input of
/// something that is still sold to such a cell.
fn demanded(calibration: &Calibration, shock: &Shock, spending: &[f64]) -> Vec<bool> {
    let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
    let cells = n_economies * n_sectors;
    let buys: Vec<bool> = (0..cells)
        .map(|cell| calibration.buys(cell / n_sectors, cell % n_sectors))
        .collect();
    if !shock.cuts_off() {
        return buys;
    }
    let last = |cell: &usize| {
        let (n, j) = (cell / n_sectors, cell % n_sectors);
        let rounding = crate::calibration::CLOSE * calibration.expenditure(n, j);
        buys[*cell] && (calibration.final_demand(n, j) > rounding || spending[*cell] > 0.0)
    };
    let mut open: Vec<usize> = (0..cells).filter(last).collect();
    let mut demanded = vec![false; cells];
    for &cell in &open {
        demanded[cell] = true;
    }
    let mut sold = vec![false; cells];
    while let Some(cell) = open.pop() {
        let (n, j) = (cell / n_sectors, cell % n_sectors);
        for (i, flow) in calibration.row(j, n).enumerate() {
            if sold[i * n_sectors + j] || !shock.open(calibration, flow) {
                continue;
            }
            sold[i * n_sectors + j] = true;
            for k in 0..n_sectors {
                let input = i * n_sectors + k;
                let share = calibration.input_share[input * n_sectors + j];
                if share != 0.0 && buys[input] && !demanded[input] {
                    demanded[input] = true;
                    open.push(input);
                }
            }
        }
    }
    demanded
}

/// S′ under the closure, given value added and tariff revenue, musd, `[n]`.
/// Under [`Closure::Balanced`], `weight` of the baseline balance still stands
/// (0 at the end of the way).
fn balances(
    calibration: &Calibration,
    closure: Closure,
    weight: f64,
    factor: &[f64],
    revenue: &[f64],
) -> Vec<f64> {
    let n_economies = calibration.economies;
    let baseline = (0..n_economies).map(|n| calibration.surplus(n));
    match closure {
        Closure::FixedBalance => baseline.collect(),
        Closure::Balanced => baseline.map(|surplus| weight * surplus).collect(),
        Closure::ShareOfIncome => {
            let growth = |n: usize| {
                (factor[n] + revenue[n]) / (calibration.value_added(n) + calibration.revenue(n))
            };
            let (mut gap, mut spent) = (0.0, 0.0);
            for n in 0..n_economies {
                gap += calibration.surplus(n) * (growth(n) - 1.0);
                spent += calibration.income(n) * growth(n);
            }
            baseline
                .enumerate()
                .map(|(n, surplus)| (surplus - gap / spent * calibration.income(n)) * growth(n))
                .collect()
        }
    }
}

/// 1/(1 + ψ + ε_n), with ε_n the baseline elasticity of the demand for labour
/// with respect to the wage, other economies' prices given and markets abroad
/// held for small. A guess is enough: it sets the length of a step, not where
/// the steps end.
fn wage_steps(calibration: &Calibration, supply_elasticity: f64) -> Vec<f64> {
    let elasticity = |n: usize| -> f64 {
        (0..calibration.sectors)
            .map(|j| {
                let home = calibration.flow(j, n, n) * calibration.share(j, n, n);
                let lost = (calibration.output(n, j) - home).max(0.0);
                let share = calibration.value_added_share(n, j);
                let pass_through = 0.5 * (1.0 + share);
                share * calibration.theta[j] * pass_through * lost / calibration.value_added(n)
            })
            .sum()
    };
    (0..calibration.economies)
        .map(|n| 1.0 / (1.0 + supply_elasticity + elasticity(n)))
        .collect()
}
