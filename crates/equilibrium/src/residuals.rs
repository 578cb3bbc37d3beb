//! The equations evaluated anew at a solution, from its reported numbers alone.

use std::fmt;

use rayon::prelude::*;
use serde::Serialize;

use crate::calibration::Calibration;
use crate::model::Model;
use crate::solve::Solution;
use comity_powers::{LANES, power};

/// A block of equations of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Block {
    /// Expenditure is final demand, project purchases and inputs (equation 4).
    Goods,
    /// Prices are the power mean of the suppliers' costs (equations 1 and 2).
    Prices,
    /// Income, wage bills that labour demand pays for and labour supply (equations 5 and 6).
    Income,
    /// Exports less imports are the balance the closure asks for.
    Balance,
    /// Trade with tariffs adds up to expenditure (equation 3).
    Trade,
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Block::Goods => "goods market",
            Block::Prices => "price",
            Block::Income => "income",
            Block::Balance => "balance",
            Block::Trade => "trade",
        })
    }
}

/// The largest error in a block and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Residual {
    /// Absolute difference of the two sides over their size.
    pub size: f64,
    /// Economy where the error is largest.
    pub economy: usize,
    /// Sector where the error is largest, for blocks that have sectors.
    pub sector: Option<usize>,
}

impl Residual {
    const NONE: Residual = Residual {
        size: 0.0,
        economy: 0,
        sector: None,
    };

    fn merge(&mut self, other: &Residual) {
        self.see(other.size, other.economy, other.sector);
    }

    fn see(&mut self, size: f64, economy: usize, sector: Option<usize>) {
        // NaN must win: it is the worst error there is.
        if size > self.size || (size.is_nan() && !self.size.is_nan()) {
            *self = Residual {
                size,
                economy,
                sector,
            };
        }
    }
}

/// The largest relative error of every block of equations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Residuals {
    /// Equation 4, relative to expenditure.
    pub goods: Residual,
    /// Equations 1 and 2, relative to the price.
    pub prices: Residual,
    /// Equations 5 and 6, relative to income and to value added.
    pub income: Residual,
    /// The balance, relative to exports plus imports, domestic sales included.
    pub balance: Residual,
    /// Equation 3, relative to expenditure.
    pub trade: Residual,
}

impl Residuals {
    pub(crate) const NONE: Residuals = Residuals {
        goods: Residual::NONE,
        prices: Residual::NONE,
        income: Residual::NONE,
        balance: Residual::NONE,
        trade: Residual::NONE,
    };

    /// The block that is worst off.
    pub fn worst(&self) -> (Block, Residual) {
        let mut worst = (Block::Goods, self.goods);
        for (block, residual) in [
            (Block::Prices, self.prices),
            (Block::Income, self.income),
            (Block::Balance, self.balance),
            (Block::Trade, self.trade),
        ] {
            if residual.size > worst.1.size || residual.size.is_nan() {
                worst = (block, residual);
            }
        }
        worst
    }
}

fn relative(left: f64, right: f64) -> f64 {
    let size = left.abs().max(right.abs());
    if left == right {
        0.0
    } else {
        (left - right).abs() / size
    }
}

/// Evaluates equations 1 to 6 at `solution`. Shares nothing with the iteration
/// but the calibration: powers are taken again, sums are plain sums.
pub(crate) fn evaluate(model: &Model, solution: &Solution) -> Residuals {
    let (calibration, shock) = (model.calibration, model.shock);
    let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
    let mut residuals = Residuals::NONE;

    // Equation 1.
    let costs: Vec<Residual> = (0..n_economies)
        .into_par_iter()
        .map(|n| costs(calibration, solution, n))
        .collect();
    costs.iter().for_each(|cost| residuals.prices.merge(cost));

    // Equations 2 and 3 and the sums over trade, sector by sector.
    struct Sector {
        price: Vec<f64>,
        gross: Vec<f64>,
        net: Vec<f64>,
        revenue: Vec<f64>,
        sold: Vec<f64>,
    }
    let by_sector: Vec<Sector> = (0..n_sectors)
        .into_par_iter()
        .map(|j| {
            let theta = calibration.theta[j];
            let mut sector = Sector {
                price: vec![1.0; n_economies],
                gross: vec![0.0; n_economies],
                net: vec![0.0; n_economies],
                revenue: vec![0.0; n_economies],
                sold: vec![0.0; n_economies],
            };
            let supply: Vec<f64> = (0..n_economies)
                .map(|i| {
                    let cell = i * n_sectors + j;
                    if calibration.produces(i, j) {
                        (solution.cost_hat[cell] / shock.productivity[cell]).powf(-theta)
                    } else {
                        0.0
                    }
                })
                .collect();
            for n in 0..n_economies {
                let spending = calibration.expenditure(n, j);
                let mut sum = 0.0;
                for start in calibration.row(j, n).step_by(LANES) {
                    let end = (start + LANES).min(calibration.row(j, n).end);
                    let mut powers = [1.0; LANES];
                    for (wedge, cell) in powers.iter_mut().zip(start..end) {
                        let (old, new) = (calibration.tariff[cell], shock.tariff[cell]);
                        let found = (1.0 + new) / (1.0 + old) * shock.trade_cost[cell];
                        *wedge = if calibration.trade[cell] == 0.0 {
                            1.0
                        } else {
                            found
                        };
                    }
                    if powers != [1.0; LANES] {
                        power(&mut powers, -theta);
                    }
                    let first = start % n_economies;
                    for (cell, power) in (start..end).zip(powers) {
                        let i = first + cell - start;
                        let flow = calibration.trade[cell] * (1.0 + calibration.tariff[cell]);
                        sum += flow * power * supply[i];
                        let (flow, tariff) = (solution.trade_new[cell], shock.tariff[cell]);
                        sector.net[n] += flow;
                        sector.revenue[n] += flow * tariff;
                        sector.sold[i] += flow;
                    }
                }
                sector.gross[n] = sector.net[n] + sector.revenue[n];
                if spending > 0.0 {
                    sector.price[n] = (sum / spending).powf(-1.0 / theta);
                }
            }
            sector
        })
        .collect();
    let mut exports = vec![0.0; n_economies];
    let mut imports = vec![0.0; n_economies];
    let mut revenue = vec![0.0; n_economies];
    for (j, sector) in by_sector.iter().enumerate() {
        for n in 0..n_economies {
            let cell = n * n_sectors + j;
            exports[n] += sector.sold[n];
            imports[n] += sector.net[n];
            revenue[n] += sector.revenue[n];
            let error = relative(sector.price[n], solution.price_hat[cell]);
            residuals.prices.see(error, n, Some(j));
            let error = relative(sector.gross[n], solution.expenditure_new[cell]);
            residuals.trade.see(error, n, Some(j));
            let error = relative(sector.sold[n], solution.output_new[cell]);
            residuals.trade.see(error, n, Some(j));
        }
    }

    // Equations 4, 5 and 6.
    let spending = shock.spending_by_good(calibration);
    let factor: Vec<f64> = (0..n_economies)
        .map(|n| solution.wage_hat[n] * solution.labour_hat[n] * model.value_added[n])
        .collect();
    let surplus = model.balances(&factor, &revenue);
    let by_economy: Vec<Residuals> = (0..n_economies)
        .into_par_iter()
        .map(|n| {
            let mut residuals = Residuals::NONE;
            let real_wage = solution.wage_hat[n] / solution.price_index_hat[n];
            let labour = real_wage.powf(model.supply_elasticity);
            let error = relative(labour, solution.labour_hat[n]);
            residuals.income.see(error, n, None);
            let income = factor[n] + revenue[n] - surplus[n];
            let error = relative(income, solution.income_new[n]);
            residuals.income.see(error, n, None);
            let output = &solution.output_new[n * n_sectors..(n + 1) * n_sectors];
            let disposable = solution.income_new[n] - shock.tax[n];
            let mut wages = 0.0;
            for j in 0..n_sectors {
                let cell = n * n_sectors + j;
                wages += calibration.value_added_share(n, j) * output[j];
                let inputs = &calibration.input_share[cell * n_sectors..][..n_sectors];
                let demand = calibration.final_share(n, j) * disposable
                    + spending[cell]
                    + crate::accounts::dot(inputs, output);
                // Demand that is zero but for rounding has no relative error.
                if model.demanded[cell] {
                    let error = relative(demand, solution.expenditure_new[cell]);
                    residuals.goods.see(error, n, Some(j));
                }
            }
            residuals.income.see(relative(wages, factor[n]), n, None);
            let balance = exports[n] - imports[n];
            let wanted = surplus[n] + shock.tax[n] - shock.project_spending[n];
            let error = (balance - wanted).abs() / (exports[n] + imports[n]);
            residuals.balance.see(error, n, None);
            residuals
        })
        .collect();
    for found in &by_economy {
        residuals.goods.merge(&found.goods);
        residuals.income.merge(&found.income);
        residuals.balance.merge(&found.balance);
    }
    residuals
}

/// The largest error of equation 1 in economy n.
fn costs(calibration: &Calibration, solution: &Solution, n: usize) -> Residual {
    let n_sectors = calibration.sectors;
    let mut residual = Residual::NONE;
    let wage = solution.wage_hat[n].ln();
    let mut cost: Vec<f64> = (0..n_sectors)
        .map(|j| calibration.value_added_share(n, j) * wage)
        .collect();
    for k in 0..n_sectors {
        let price = solution.price_hat[n * n_sectors + k].ln();
        let row = &calibration.input_share[(n * n_sectors + k) * n_sectors..][..n_sectors];
        crate::accounts::axpy(price, row, &mut cost);
    }
    for (j, cost) in cost.iter().enumerate() {
        if calibration.produces(n, j) {
            let reported = solution.cost_hat[n * n_sectors + j];
            residual.see(relative(cost.exp(), reported), n, Some(j));
        }
    }
    residual
}
