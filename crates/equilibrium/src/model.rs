//! The fixed-point map z ↦ g(z) with z = (ln ŵ, ln P̂, ln X̂).

use rayon::prelude::*;

use crate::accounts::{axpy, dot, row_sums, transpose};
use crate::calibration::Calibration;
use crate::settings::{Closure, Numeraire, Settings};
use crate::shock::Shock;

/// Below this many bilateral cells threads cost more than they save.
const PARALLEL_FROM: usize = 200_000;

pub(crate) struct Model<'a> {
    pub(crate) calibration: &'a Calibration,
    pub(crate) shock: &'a Shock,
    closure: Closure,
    numeraire: Numeraire,
    pub(crate) supply_elasticity: f64,
    /// Share of the baseline balance still standing under [`Closure::Balanced`].
    balance_weight: f64,
    /// M (τ/τ′) (τ̂ κ̂)^(−θ), `[j][n][i]`: baseline flows at new wedges and old costs.
    pub(crate) flows: Vec<f64>,
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
    parallel: bool,
}

/// Buffers of one evaluation, kept between iterations.
pub(crate) struct Work {
    ln_cost: Vec<f64>,
    supply: Vec<f64>,
    supply_by_sector: Vec<f64>,
    spending_by_sector: Vec<f64>,
    output_by_sector: Vec<f64>,
    price_by_sector: Vec<f64>,
    revenue_by_sector: Vec<f64>,
    output: Vec<f64>,
    price: Vec<f64>,
}

impl Work {
    pub(crate) fn new(calibration: &Calibration) -> Self {
        let zeros = || vec![0.0; calibration.economies * calibration.sectors];
        Work {
            ln_cost: zeros(),
            supply: zeros(),
            supply_by_sector: zeros(),
            spending_by_sector: zeros(),
            output_by_sector: zeros(),
            price_by_sector: zeros(),
            revenue_by_sector: zeros(),
            output: zeros(),
            price: zeros(),
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
        let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
        let block = n_economies * n_economies;
        let parallel = block * n_sectors >= PARALLEL_FROM;
        let mut flows = calibration.trade.clone();
        let wedge = |j: usize, flows: &mut [f64]| {
            let theta = calibration.theta[j];
            for (flow, cell) in flows.iter_mut().zip(j * block..) {
                if *flow == 0.0 {
                    continue;
                }
                let (old, new) = (calibration.tariff[cell], shock.tariff[cell]);
                let tariffs = if old == new {
                    1.0
                } else {
                    (1.0 + new) / (1.0 + old)
                };
                let wedge = tariffs * shock.trade_cost[cell];
                if wedge != 1.0 {
                    *flow *= (-theta * wedge.ln()).exp();
                }
                *flow /= tariffs;
            }
        };
        if parallel {
            let blocks = flows.par_chunks_mut(block).enumerate();
            blocks.for_each(|(j, flows)| wedge(j, flows));
        } else {
            let blocks = flows.chunks_mut(block).enumerate();
            blocks.for_each(|(j, flows)| wedge(j, flows));
        }
        let value_added: Vec<f64> = (0..n_economies)
            .map(|n| calibration.value_added(n))
            .collect();
        let spending = shock.spending_by_good(calibration);
        let mut model = Model {
            demanded: demanded(calibration, shock, &spending),
            calibration,
            shock,
            closure: settings.closure,
            numeraire: settings.numeraire,
            supply_elasticity: settings.supply_elasticity,
            balance_weight,
            flows,
            ln_productivity: shock.productivity.iter().map(|value| value.ln()).collect(),
            spending,
            value_added,
            wage_step: wage_steps(calibration, settings.supply_elasticity),
            world: 0.0,
            parallel,
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
        if self.parallel {
            let rows = ln_cost.par_chunks_mut(n_sectors).enumerate();
            rows.for_each(|(n, cost)| row(n, cost));
        } else {
            let rows = ln_cost.chunks_mut(n_sectors).enumerate();
            rows.for_each(|(n, cost)| row(n, cost));
        }
    }

    /// (ĉ/Â)^(−θ), `[n][j]`.
    pub(crate) fn supply(&self, ln_cost: &[f64], supply: &mut [f64]) {
        let theta = self.calibration.theta.iter().cycle();
        for (((supply, cost), productivity), theta) in supply
            .iter_mut()
            .zip(ln_cost)
            .zip(&self.ln_productivity)
            .zip(theta)
        {
            *supply = (-theta * (cost - productivity)).exp();
        }
    }

    /// Writes g(z) into `g`; returns the largest relative error of the equations
    /// at z (NaN or infinite where z is outside the model's domain).
    pub(crate) fn map(&self, z: &[f64], g: &mut [f64], work: &mut Work) -> f64 {
        let calibration = self.calibration;
        let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
        let cells = n_economies * n_sectors;

        self.ln_costs(z, &mut work.ln_cost);
        self.supply(&work.ln_cost, &mut work.supply);
        transpose(
            &work.supply,
            n_economies,
            n_sectors,
            &mut work.supply_by_sector,
        );
        for ((x, ln_x), demanded) in work
            .supply
            .iter_mut()
            .zip(&z[n_economies + cells..])
            .zip(&self.demanded)
        {
            *x = if *demanded { ln_x.exp() } else { 0.0 };
        }
        transpose(
            &work.supply,
            n_economies,
            n_sectors,
            &mut work.spending_by_sector,
        );

        self.trade(work);
        transpose(
            &work.output_by_sector,
            n_sectors,
            n_economies,
            &mut work.output,
        );
        transpose(
            &work.price_by_sector,
            n_sectors,
            n_economies,
            &mut work.price,
        );
        let mut norm = 0.0_f64;
        let prices = n_economies..n_economies + cells;
        for ((g, z), price) in g[prices.clone()]
            .iter_mut()
            .zip(&z[prices])
            .zip(&work.price)
        {
            *g = *price;
            norm = worse(norm, price - z);
        }

        // Equation 5.
        let mut revenue = vec![0.0; n_economies];
        for by_sector in work.revenue_by_sector.chunks(n_economies) {
            for (sum, value) in revenue.iter_mut().zip(by_sector) {
                *sum += value;
            }
        }
        let labour = self.labour(z);
        let factor: Vec<f64> = (0..n_economies)
            .map(|n| z[n].exp() * labour[n] * self.value_added[n])
            .collect();
        let surplus = self.balances(&factor, &revenue);

        // Equations 4 and 6.
        let row = |n: usize, x: &mut [f64]| -> f64 {
            let output = &work.output[n * n_sectors..(n + 1) * n_sectors];
            let disposable = factor[n] + revenue[n] - surplus[n] - self.shock.tax[n];
            for (j, x) in x.iter_mut().enumerate() {
                let cell = n * n_sectors + j;
                if !self.demanded[cell] {
                    *x = 0.0;
                    continue;
                }
                let baseline = calibration.expenditure(n, j);
                let inputs = &calibration.input_share[cell * n_sectors..][..n_sectors];
                let demand = calibration.final_share(n, j) * disposable
                    + self.spending[cell]
                    + dot(inputs, output);
                *x = (demand / baseline).ln();
            }
            if disposable > 0.0 { 0.0 } else { f64::NAN }
        };
        let targets = &mut g[n_economies + cells..];
        let bad: f64 = if self.parallel {
            let rows = targets.par_chunks_mut(n_sectors).enumerate();
            let bad: Vec<f64> = rows.map(|(n, x)| row(n, x)).collect();
            bad.iter().sum()
        } else {
            let rows = targets.chunks_mut(n_sectors).enumerate();
            rows.map(|(n, x)| row(n, x)).sum()
        };
        norm = worse(norm, bad);
        for (g, z) in g[n_economies + cells..]
            .iter()
            .zip(&z[n_economies + cells..])
        {
            norm = worse(norm, g - z);
        }

        let mut world = 0.0;
        for n in 0..n_economies {
            let mut wages = 0.0;
            for j in 0..n_sectors {
                wages += calibration.value_added_share(n, j) * work.output[n * n_sectors + j];
            }
            let excess = (wages / factor[n]).ln();
            norm = worse(norm, excess);
            g[n] = z[n] + self.wage_step[n] * excess;
            world += g[n].exp() * labour[n] * self.value_added[n];
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
        for g in &mut g[..n_economies] {
            *g += shift;
        }
        norm
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

    /// Equations 2 and 3 for all sectors, one pass over the flows.
    fn trade(&self, work: &mut Work) {
        let calibration = self.calibration;
        let n_economies = calibration.economies;
        let (supplies, spendings) = (&work.supply_by_sector, &work.spending_by_sector);
        let sector = |j: usize, output: &mut [f64], price: &mut [f64], revenue: &mut [f64]| {
            let supply = &supplies[j * n_economies..][..n_economies];
            let spending = &spendings[j * n_economies..][..n_economies];
            output.fill(0.0);
            for n in 0..n_economies {
                let baseline = calibration.expenditure(n, j);
                if baseline == 0.0 {
                    price[n] = 0.0;
                    revenue[n] = 0.0;
                    continue;
                }
                let row = calibration.row(j, n);
                let flows = &self.flows[row.clone()];
                let (gross, tax) = row_sums(flows, supply, &self.shock.tariff[row]);
                let index = gross / baseline;
                price[n] = -index.ln() / calibration.theta[j];
                let scale = spending[n] / index;
                revenue[n] = scale * tax;
                axpy(scale, flows, output);
            }
            for (output, supply) in output.iter_mut().zip(supply) {
                *output *= supply;
            }
        };
        if self.parallel {
            work.output_by_sector
                .par_chunks_mut(n_economies)
                .zip(work.price_by_sector.par_chunks_mut(n_economies))
                .zip(work.revenue_by_sector.par_chunks_mut(n_economies))
                .enumerate()
                .for_each(|(j, ((output, price), revenue))| sector(j, output, price, revenue));
        } else {
            work.output_by_sector
                .chunks_mut(n_economies)
                .zip(work.price_by_sector.chunks_mut(n_economies))
                .zip(work.revenue_by_sector.chunks_mut(n_economies))
                .enumerate()
                .for_each(|(j, ((output, price), revenue))| sector(j, output, price, revenue));
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
    if !shock.trade_cost.contains(&f64::INFINITY) {
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

/// 1/(1 + ψ + ε_n), with ε_n the baseline elasticity of the demand for labour with
/// respect to the wage, other economies' prices given. A guess is enough: it
/// sets the length of a step, not where the steps end.
fn wage_steps(calibration: &Calibration, supply_elasticity: f64) -> Vec<f64> {
    let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
    let mut elasticity = vec![0.0; n_economies];
    for j in 0..n_sectors {
        let mut kept = vec![0.0; n_economies];
        for n in 0..n_economies {
            let spending = calibration.expenditure(n, j);
            if spending == 0.0 {
                continue;
            }
            for (i, cell) in calibration.row(j, n).enumerate() {
                let flow = calibration.trade[cell];
                kept[i] += flow * flow * (1.0 + calibration.tariff[cell]) / spending;
            }
        }
        for i in 0..n_economies {
            let lost = calibration.output(i, j) - kept[i];
            let share = calibration.value_added_share(i, j);
            let pass_through = 0.5 * (1.0 + share);
            elasticity[i] += share * calibration.theta[j] * pass_through * lost.max(0.0)
                / calibration.value_added(i);
        }
    }
    elasticity
        .iter()
        .map(|elasticity| 1.0 / (1.0 + supply_elasticity + elasticity))
        .collect()
}
