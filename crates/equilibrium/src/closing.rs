//! Accounts that do not close, made to close before anything is computed.

use serde::Serialize;

use crate::accounts::{axpy, dot};
use crate::calibration::{CLOSE, Calibration};
use crate::error::{EquilibriumError, check_length};

/// An adjustment above this share of an economy's income deserves a warning.
pub const NOTABLE: f64 = 0.05;

/// One number of the accounts that had to move, musd.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Adjustment {
    /// The economy.
    pub economy: usize,
    /// The sector of a final demand; `None` for the trade balance.
    pub sector: Option<usize>,
    /// As stated, or as the flows imply if nothing was stated.
    pub stated_musd: f64,
    /// As used.
    pub used_musd: f64,
}

/// What closing the accounts changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Closing {
    /// Cells that moved by more than rounding (1e-9 of what the economy buys of
    /// the good, or of its income), by economy, sectors first.
    pub adjustments: Vec<Adjustment>,
    /// Half the sum of all changes of final demand and of the balance, as a
    /// share of the economy's income, `[n]`: what moved from one use to another.
    pub share_of_income: Vec<f64>,
}

impl Closing {
    /// Economies whose accounts moved by more than `share` of their income
    /// ([`NOTABLE`] is the usual limit), with how much.
    pub fn warnings(&self, share: f64) -> Vec<(usize, f64)> {
        let moved = self.share_of_income.iter().copied().enumerate();
        moved.filter(|&(_, moved)| moved > share).collect()
    }
}

impl Calibration {
    /// As [`Calibration::new`], from a world whose accounts need not close.
    ///
    /// `stated` is final demand by good, musd, `[n][j]`, if the world states it.
    /// It and the balances give way; trade shares, tariffs, technology and
    /// elasticities do not.
    ///
    /// - Where trade covers what is used as input, final demand becomes the
    ///   rest, and the balance what trade says. Given the flows there is no
    ///   other choice, so none is smaller.
    /// - Where more is used as input than is bought, final demand becomes 0,
    ///   the nearest number that is not negative, and purchases grow until they
    ///   cover the inputs, from all suppliers in proportion. That raises
    ///   output, inputs elsewhere and trade; final demand of all other goods
    ///   stays, and balances follow from trade.
    ///
    /// If the accounts close already, the world is that of [`Calibration::new`]
    /// to the last bit.
    ///
    /// # Errors
    /// As [`Calibration::new`]; a good used as input and bought from nobody
    /// cannot be repaired.
    pub fn consistent(
        economies: usize,
        sectors: usize,
        trade: Vec<f64>,
        tariff: Vec<f64>,
        input_share: Vec<f64>,
        theta: Vec<f64>,
        stated: Option<&[f64]>,
    ) -> Result<(Calibration, Closing), EquilibriumError> {
        if let Some(stated) = stated {
            let expected = economies * sectors;
            check_length("final_demand", "[economy][sector]", expected, stated.len())?;
        }
        let given =
            Calibration::unchecked(economies, sectors, trade, tariff, input_share, theta, false)?;
        let short = |cell: usize| {
            let (n, j) = (cell / sectors, cell % sectors);
            let demand = given.final_demand(n, j);
            demand < -CLOSE * (given.expenditure(n, j) - demand)
        };
        let used = if (0..economies * sectors).any(short) {
            let demand: Vec<f64> = (0..economies * sectors)
                .map(|cell| given.final_demand(cell / sectors, cell % sectors).max(0.0))
                .collect();
            let trade = given.with_final_demand(&demand);
            let (tariff, input) = (given.tariff.clone(), given.input_share.clone());
            Calibration::new(
                economies,
                sectors,
                trade,
                tariff,
                input,
                given.theta.clone(),
            )?
        } else {
            given.clone().checked()?
        };
        let closing = report(&given, &used, stated);
        Ok((used, closing))
    }

    /// Flows in which each good is bought for `demand` and for inputs, at the
    /// trade shares, tariffs and technology of this calibration.
    fn with_final_demand(&self, demand: &[f64]) -> Vec<f64> {
        let (n_economies, n_sectors) = (self.economies, self.sectors);
        let cells = n_economies * n_sectors;
        let growth = |x: f64, cell: usize| {
            let old = self.expenditure(cell / n_sectors, cell % n_sectors);
            if old > 0.0 { x / old } else { 1.0 }
        };
        let mut x: Vec<f64> = (0..cells)
            .map(|cell| self.expenditure(cell / n_sectors, cell % n_sectors))
            .collect();
        // A contraction: of every unit sold, value added is not spent on inputs.
        for _ in 0..10_000 {
            let mut output = vec![0.0; cells];
            let mut sold = vec![0.0; n_economies];
            for j in 0..n_sectors {
                sold.fill(0.0);
                for n in 0..n_economies {
                    let cell = n * n_sectors + j;
                    axpy(
                        growth(x[cell], cell),
                        &self.trade[self.row(j, n)],
                        &mut sold,
                    );
                }
                for (i, sold) in sold.iter().enumerate() {
                    output[i * n_sectors + j] = *sold;
                }
            }
            let mut change = 0.0_f64;
            for (cell, x) in x.iter_mut().enumerate() {
                let n = cell / n_sectors;
                let inputs = &self.input_share[cell * n_sectors..][..n_sectors];
                let new = demand[cell] + dot(inputs, &output[n * n_sectors..][..n_sectors]);
                if new != *x {
                    change = change.max((new - *x).abs() / new.abs().max(x.abs()));
                }
                *x = new;
            }
            if change.is_nan() || change < 1e-13 {
                break;
            }
        }
        let mut trade = self.trade.clone();
        for (row, flows) in trade.chunks_mut(n_economies).enumerate() {
            let cell = row % n_economies * n_sectors + row / n_economies;
            let growth = growth(x[cell], cell);
            flows.iter_mut().for_each(|flow| *flow *= growth);
        }
        trade
    }
}

fn report(given: &Calibration, used: &Calibration, stated: Option<&[f64]>) -> Closing {
    let mut closing = Closing {
        adjustments: Vec::new(),
        share_of_income: Vec::new(),
    };
    for n in 0..used.economies {
        let mut moved = 0.0;
        let mut see = |sector, before: f64, after: f64, scale: f64| {
            moved += (after - before).abs();
            if (after - before).abs() > CLOSE * scale {
                closing.adjustments.push(Adjustment {
                    economy: n,
                    sector,
                    stated_musd: before,
                    used_musd: after,
                });
            }
        };
        let mut total = 0.0;
        for j in 0..used.sectors {
            let before = match stated {
                Some(stated) => stated[n * used.sectors + j],
                None => given.final_demand(n, j),
            };
            total += before;
            let scale = used.expenditure(n, j).max(before.abs());
            see(Some(j), before, used.final_demand(n, j), scale);
        }
        // Income that the stated final demand does not spend is the stated balance.
        let balance = given.value_added(n) + given.revenue(n) - total;
        see(None, balance, used.surplus(n), used.income(n));
        closing.share_of_income.push(0.5 * moved / used.income(n));
    }
    closing
}
