//! What changes.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::calibration::Calibration;
use crate::error::{EquilibriumError, Problem, check_length};

/// A change of trade costs, tariffs, productivity and project finance.
///
/// N economies, J sectors; arrays are dense and row-major. Start from
/// [`Shock::none`] and overwrite what changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shock {
    /// κ̂, change of trade costs other than tariffs, new over old: `[j][n importer][i exporter]`, 1 = no change.
    /// `f64::INFINITY` cuts the pair off: n buys nothing from i, exactly.
    pub trade_cost: Vec<f64>,
    /// New ad valorem tariffs, `[j][n importer][i exporter]`, 0.05 = 5 %.
    pub tariff: Vec<f64>,
    /// Â, change of productivity, new over old: `[i economy][j sector]`.
    pub productivity: Vec<f64>,
    /// T, taxes that pay for projects, musd per year, `[n]`. Negative for a
    /// receipt, such as the yearly payment to a lender.
    pub tax: Vec<f64>,
    /// K, what the projects spend in each economy, musd per year, `[n]`. ΣT = ΣK.
    pub project_spending: Vec<f64>,
    /// g, what the projects buy, `[n][j]`, each economy's row adding to 1 where
    /// it has spending. `None`: the same goods as final demand.
    pub project_composition: Option<Vec<f64>>,
    /// S′, trade balances to impose, exports less imports in musd, `[n]`, adding
    /// to 0. `None` leaves the balances to the closure; given, they override it.
    pub surplus: Option<Vec<f64>>,
}

impl Shock {
    /// The shock that changes nothing.
    pub fn none(calibration: &Calibration) -> Self {
        let (n, j) = (calibration.economies, calibration.sectors);
        Shock {
            trade_cost: vec![1.0; j * n * n],
            tariff: calibration.tariff.clone(),
            productivity: vec![1.0; n * j],
            tax: vec![0.0; n],
            project_spending: vec![0.0; n],
            project_composition: None,
            surplus: None,
        }
    }

    /// Project spending by good, `[n][j]`, musd per year.
    pub(crate) fn spending_by_good(&self, calibration: &Calibration) -> Vec<f64> {
        let sectors = calibration.sectors;
        let mut spending = vec![0.0; calibration.economies * sectors];
        for n in 0..calibration.economies {
            if self.project_spending[n] == 0.0 {
                continue;
            }
            for j in 0..sectors {
                let share = match &self.project_composition {
                    Some(composition) => composition[n * sectors + j],
                    None => calibration.final_share(n, j),
                };
                spending[n * sectors + j] = share * self.project_spending[n];
            }
        }
        spending
    }

    /// Checks shapes and values against the calibration.
    ///
    /// # Errors
    /// [`EquilibriumError::Shape`] for a wrong length, otherwise
    /// [`EquilibriumError::Invalid`] with every problem found: values that are
    /// not finite (but for a trade cost, which may be infinite), factors that are
    /// not positive, negative tariffs or spending, taxes that do not add up to
    /// spending within 1e-9, projects that buy what the economy cannot get, and
    /// cut-offs that leave a buyer without any supplier, an economy without any
    /// customer, or an economy without any connection to the rest.
    pub fn validate(&self, calibration: &Calibration) -> Result<(), EquilibriumError> {
        let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
        let bilateral = n_sectors * n_economies * n_economies;
        let layout = "[sector][importer][exporter]";
        check_length("trade_cost", layout, bilateral, self.trade_cost.len())?;
        check_length("tariff", layout, bilateral, self.tariff.len())?;
        let by_sector = n_economies * n_sectors;
        let layout = "[economy][sector]";
        check_length("productivity", layout, by_sector, self.productivity.len())?;
        check_length("tax", "[economy]", n_economies, self.tax.len())?;
        let found = self.project_spending.len();
        check_length("project_spending", "[economy]", n_economies, found)?;
        if let Some(composition) = &self.project_composition {
            check_length("project_composition", layout, by_sector, composition.len())?;
        }
        if let Some(surplus) = &self.surplus {
            check_length("surplus", "[economy]", n_economies, surplus.len())?;
        }

        let mut problems = Vec::new();
        let rows = self
            .trade_cost
            .par_chunks(n_economies)
            .zip(self.tariff.par_chunks(n_economies));
        let wrong: Vec<usize> = rows
            .enumerate()
            .filter(|(_, (costs, tariffs))| {
                let cost = |cost: &f64| *cost > 0.0;
                let tariff = |tariff: &f64| tariff.is_finite() && *tariff >= 0.0;
                !(costs.iter().all(cost) && tariffs.iter().all(tariff))
            })
            .map(|(row, _)| row)
            .collect();
        for row in wrong {
            let (j, n) = (row / n_economies, row % n_economies);
            for i in 0..n_economies {
                let cell = (j * n_economies + n) * n_economies + i;
                let (cost, tariff) = (self.trade_cost[cell], self.tariff[cell]);
                if cost.is_nan() || cost <= 0.0 {
                    let reason = "a factor must be positive (infinite: cut off)";
                    let problem = Problem::new("trade_cost", cost, reason);
                    problems.push(problem.economy(n).exporter(i).sector(j));
                }
                if !(tariff.is_finite() && tariff >= 0.0) {
                    let reason = "a tariff must be finite and not negative";
                    let problem = Problem::new("tariff", tariff, reason);
                    problems.push(problem.economy(n).exporter(i).sector(j));
                }
            }
        }
        for (cell, &value) in self.productivity.iter().enumerate() {
            if !(value.is_finite() && value > 0.0) {
                let reason = "a factor must be positive and finite";
                let problem = Problem::new("productivity", value, reason);
                problems.push(problem.economy(cell / n_sectors).sector(cell % n_sectors));
            }
        }
        self.validate_cut_offs(calibration, &mut problems);
        self.validate_finance(calibration, &mut problems);
        if problems.is_empty() {
            Ok(())
        } else {
            Err(EquilibriumError::Invalid(problems))
        }
    }

    /// Whether the flow in this bilateral cell exists and is not cut off.
    pub(crate) fn open(&self, calibration: &Calibration, cell: usize) -> bool {
        calibration.trade[cell] > 0.0 && self.trade_cost[cell] < f64::INFINITY
    }

    /// Whether any trade cost is infinite.
    pub(crate) fn cuts_off(&self) -> bool {
        self.trade_cost
            .par_iter()
            .any(|&cost| cost == f64::INFINITY)
    }

    fn validate_cut_offs(&self, calibration: &Calibration, problems: &mut Vec<Problem>) {
        if !self.cuts_off() {
            return;
        }
        let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
        let mut sells = vec![false; n_economies];
        for j in 0..n_sectors {
            for n in 0..n_economies {
                let mut supplied = false;
                for (i, cell) in calibration.row(j, n).enumerate() {
                    if self.open(calibration, cell) {
                        supplied = true;
                        sells[i] = true;
                    }
                }
                if calibration.buys(n, j) && !supplied {
                    let reason = "every supplier of this good is cut off";
                    let problem = Problem::new("trade_cost", f64::INFINITY, reason);
                    problems.push(problem.economy(n).sector(j));
                }
            }
        }
        let alone = calibration.isolated(|cell| self.open(calibration, cell));
        for (n, sells) in sells.iter().enumerate() {
            let reason = if !sells {
                "every customer of this economy is cut off"
            } else if alone.contains(&n) {
                "cut off from the largest connected part of the world: no market fixes its \
                 relative wage"
            } else {
                continue;
            };
            problems.push(Problem::new("trade_cost", f64::INFINITY, reason).economy(n));
        }
    }

    fn validate_finance(&self, calibration: &Calibration, problems: &mut Vec<Problem>) {
        let sectors = calibration.sectors;
        for (n, &tax) in self.tax.iter().enumerate() {
            if !tax.is_finite() {
                problems.push(Problem::new("tax", tax, "not a finite number").economy(n));
            } else if tax >= calibration.income(n) {
                let reason = "the tax takes the whole income";
                problems.push(Problem::new("tax", tax, reason).economy(n));
            }
        }
        for (n, &spending) in self.project_spending.iter().enumerate() {
            if !(spending.is_finite() && spending >= 0.0) {
                let reason = "spending must be finite and not negative";
                problems.push(Problem::new("project_spending", spending, reason).economy(n));
                continue;
            }
            let Some(composition) = &self.project_composition else {
                continue;
            };
            if spending == 0.0 {
                continue;
            }
            let row = &composition[n * sectors..(n + 1) * sectors];
            let mut sum = 0.0;
            for (j, &share) in row.iter().enumerate() {
                sum += share;
                let reason = if !(share.is_finite() && share >= 0.0) {
                    "a share must be finite and not negative"
                } else if share > 0.0 && calibration.expenditure(n, j) == 0.0 {
                    "projects buy a good that nobody sells in this economy"
                } else {
                    continue;
                };
                let problem = Problem::new("project_composition", share, reason);
                problems.push(problem.economy(n).sector(j));
            }
            if sum.is_nan() || (sum - 1.0).abs() > 1e-9 {
                let reason = "the shares of what projects buy must add up to 1";
                problems.push(Problem::new("project_composition", sum, reason).economy(n));
            }
        }
        if let Some(surplus) = &self.surplus {
            let sum: f64 = surplus.iter().sum();
            let size: f64 = surplus.iter().map(|surplus| surplus.abs()).sum();
            if !(sum.is_finite() && sum.abs() <= 1e-9 * size) {
                let reason = "the balances of the world must add up to 0";
                problems.push(Problem::new("surplus", sum, reason));
            }
        }
        let tax: f64 = self.tax.iter().sum();
        let spending: f64 = self.project_spending.iter().sum();
        let scale = self.tax.iter().map(|tax| tax.abs()).sum::<f64>() + spending.abs();
        if (tax - spending).abs() > 1e-9 * scale {
            let reason = "taxes of all economies minus spending of all projects must be 0";
            problems.push(Problem::new("tax", tax - spending, reason));
        }
    }

    /// The point a share `s` of the way from no change to this change:
    /// factors and gross tariffs move geometrically, money linearly. On the way
    /// to a cut-off κ̂^(−θ) falls linearly to 0.
    pub(crate) fn along(&self, calibration: &Calibration, s: f64) -> Shock {
        if s == 1.0 {
            return self.clone();
        }
        let power = |value: &f64| if *value == 1.0 { 1.0 } else { value.powf(s) };
        let tariff = |(old, new): (&f64, &f64)| {
            if old == new {
                *old
            } else {
                (1.0 + old) * ((1.0 + new) / (1.0 + old)).powf(s) - 1.0
            }
        };
        let block = calibration.economies * calibration.economies;
        let cost = |(cell, cost): (usize, &f64)| {
            if *cost == f64::INFINITY {
                (1.0 - s).powf(-1.0 / calibration.theta[cell / block])
            } else {
                power(cost)
            }
        };
        Shock {
            trade_cost: self.trade_cost.iter().enumerate().map(cost).collect(),
            tariff: calibration
                .tariff
                .iter()
                .zip(&self.tariff)
                .map(tariff)
                .collect(),
            productivity: self.productivity.iter().map(power).collect(),
            tax: self.tax.iter().map(|value| s * value).collect(),
            project_spending: self
                .project_spending
                .iter()
                .map(|value| s * value)
                .collect(),
            project_composition: self.project_composition.clone(),
            surplus: self.surplus.as_ref().map(|surplus| {
                let baseline = (0..calibration.economies).map(|n| calibration.surplus(n));
                let moved = surplus.iter().zip(baseline);
                moved.map(|(new, old)| old + s * (new - old)).collect()
            }),
        }
    }
}
