//! Calibrations given as shares, as the published cases are.

use crate::accounts::dot;
use crate::calibration::Calibration;
use crate::error::{EquilibriumError, Problem, check_length};
use crate::settings::{Closure, Numeraire, Settings};
use crate::shock::Shock;
use crate::solve::{Solution, run_with_value_added};

/// A world given by its shares. N economies, J sectors, dense and row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    /// N.
    pub economies: usize,
    /// J.
    pub sectors: usize,
    /// π, `[j][n importer][i exporter]`; each row adds to 1, or is 0 where n buys no j.
    pub trade_share: Vec<f64>,
    /// Ad valorem tariff, `[j][n][i]`.
    pub tariff: Vec<f64>,
    /// γ_n^kj, share of gross output of j spent on input k, `[n][k][j]`.
    pub input_share: Vec<f64>,
    /// α, share of j in final demand, `[n][j]`; each row adds to 1.
    pub final_share: Vec<f64>,
    /// θ, `[j]`.
    pub theta: Vec<f64>,
    /// VA, musd, `[n]`.
    pub value_added: Vec<f64>,
    /// S, exports less imports, musd, `[n]`; adds to 0.
    pub surplus: Vec<f64>,
    /// Accept input shares below zero. They make no economic sense beyond a
    /// by-product, but published tables have some (Caliendo & Parro's has one),
    /// and a replication must take them as they are.
    pub negative_inputs: bool,
}

impl Calibration {
    /// Builds a calibration from shares that describe an equilibrium.
    ///
    /// Expenditure follows from shares, value added and balances (equations 4
    /// and 5 with nothing changed).
    ///
    /// # Errors
    /// As [`Calibration::close`], and [`EquilibriumError::Invalid`] naming every
    /// economy whose value added differs from what its sales pay for by more
    /// than 1e-9. Use [`Calibration::close`] to accept the difference.
    pub fn from_shares(shares: &Shares) -> Result<Calibration, EquilibriumError> {
        let (calibration, closing) = Calibration::close(shares)?;
        let mut problems = Vec::new();
        for (n, wage) in closing.wage_hat.iter().enumerate() {
            if (wage - 1.0).abs() > 1e-9 {
                let reason = "value added is not what sales pay for; the wage that closes the \
                              accounts is off by this share";
                problems.push(Problem::new("value_added", wage - 1.0, reason).economy(n));
            }
        }
        if problems.is_empty() {
            Ok(calibration)
        } else {
            Err(EquilibriumError::Invalid(problems))
        }
    }

    /// Builds the equilibrium nearest to shares whose accounts do not quite close.
    ///
    /// Published shares are rounded, or come from a baseline solved to a few
    /// digits. Here the model is solved with nothing changed: wages, prices and
    /// trade shares move just enough for labour markets to clear, with balances
    /// and world value added as given. The second value is that solution; its
    /// hats say how far the closed world is from the given one.
    ///
    /// # Errors
    /// [`EquilibriumError::Shape`], [`EquilibriumError::Invalid`] (values not
    /// finite or negative, rows that do not add to 1 within 1e-9, balances that
    /// do not add to 0), [`EquilibriumError::NotConverged`].
    pub fn close(shares: &Shares) -> Result<(Calibration, Solution), EquilibriumError> {
        shares.validate()?;
        let (n_economies, n_sectors) = (shares.economies, shares.sectors);
        let expenditure = shares.expenditure();
        let mut trade = shares.trade_share.clone();
        for (cell, flow) in trade.iter_mut().enumerate() {
            let (j, n) = (
                cell / (n_economies * n_economies),
                cell / n_economies % n_economies,
            );
            *flow *= expenditure[n * n_sectors + j] / (1.0 + shares.tariff[cell]);
        }
        let given = Calibration::build(
            n_economies,
            n_sectors,
            trade,
            shares.tariff.clone(),
            shares.input_share.clone(),
            shares.theta.clone(),
            shares.negative_inputs,
        )?
        .with_surplus(&shares.surplus, &shares.value_added);
        let shock = Shock::none(&given);
        let settings = Settings {
            tolerance: 1e-12,
            closure: Closure::FixedBalance,
            numeraire: Numeraire::WorldValueAdded,
            max_continuation_steps: 1,
            ..Settings::default()
        };
        let closing = run_with_value_added(&given, &shock, &settings, &shares.value_added)?;
        let calibration = closing.calibration(&given, &shock)?;
        Ok((calibration, closing))
    }
}

impl Shares {
    fn validate(&self) -> Result<(), EquilibriumError> {
        let (n, j) = (self.economies, self.sectors);
        let bilateral = "[sector][importer][exporter]";
        check_length("trade_share", bilateral, j * n * n, self.trade_share.len())?;
        check_length("tariff", bilateral, j * n * n, self.tariff.len())?;
        let layout = "[economy][input sector][using sector]";
        check_length("input_share", layout, n * j * j, self.input_share.len())?;
        let layout = "[economy][sector]";
        check_length("final_share", layout, n * j, self.final_share.len())?;
        check_length("theta", "[sector]", j, self.theta.len())?;
        check_length("value_added", "[economy]", n, self.value_added.len())?;
        check_length("surplus", "[economy]", n, self.surplus.len())?;
        let mut problems = Vec::new();
        for (cell, &value) in self.tariff.iter().enumerate() {
            if !(value.is_finite() && value >= 0.0) {
                let reason = "must be finite and not negative";
                let problem = Problem::new("tariff", value, reason).sector(cell / (n * n));
                problems.push(problem.economy(cell / n % n).exporter(cell % n));
            }
        }
        let rows = [
            ("trade_share", &self.trade_share, n),
            ("final_share", &self.final_share, j),
        ];
        for (table, values, width) in rows {
            for (index, row) in values.chunks(width.max(1)).enumerate() {
                let sum: f64 = row.iter().sum();
                let empty = table == "trade_share" && row.iter().all(|&value| value == 0.0);
                let negative = row.iter().any(|&value| value < 0.0);
                if empty || (!negative && (sum - 1.0).abs() <= 1e-9) {
                    continue;
                }
                let reason = if negative {
                    "a share is negative; the row adds up to this"
                } else {
                    "the shares of the row do not add up to 1"
                };
                let problem = Problem::new(table, sum, reason);
                problems.push(match table {
                    "trade_share" => problem.economy(index % n).sector(index / n),
                    _ => problem.economy(index),
                });
            }
        }
        for (index, &value) in self.value_added.iter().enumerate() {
            if !(value.is_finite() && value > 0.0) {
                let reason = "must be finite and positive";
                problems.push(Problem::new("value_added", value, reason).economy(index));
            }
        }
        let sum: f64 = self.surplus.iter().sum();
        let size: f64 = self.surplus.iter().map(|surplus| surplus.abs()).sum();
        if !(sum.is_finite() && sum.abs() <= 1e-9 * size) {
            let reason = "the balances of the world must add up to 0";
            problems.push(Problem::new("surplus", sum, reason));
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(EquilibriumError::Invalid(problems))
        }
    }

    /// X from equations 3 to 5 with nothing changed, by the plain fixed point
    /// (a contraction, since output pays for inputs and for value added).
    fn expenditure(&self) -> Vec<f64> {
        let (n_economies, n_sectors) = (self.economies, self.sectors);
        let mut x: Vec<f64> = (0..n_economies * n_sectors)
            .map(|cell| self.final_share[cell] * self.value_added[cell / n_sectors])
            .collect();
        for _ in 0..10_000 {
            let mut output = vec![0.0; n_economies * n_sectors];
            let mut income: Vec<f64> = (0..n_economies)
                .map(|n| self.value_added[n] - self.surplus[n])
                .collect();
            for (cell, share) in self.trade_share.iter().enumerate() {
                let (row, i) = (cell / n_economies, cell % n_economies);
                let (j, n) = (row / n_economies, row % n_economies);
                let net = share * x[n * n_sectors + j] / (1.0 + self.tariff[cell]);
                output[i * n_sectors + j] += net;
                income[n] += net * self.tariff[cell];
            }
            let mut change = 0.0_f64;
            for (cell, x) in x.iter_mut().enumerate() {
                let n = cell / n_sectors;
                let inputs = &self.input_share[cell * n_sectors..][..n_sectors];
                let made = &output[n * n_sectors..(n + 1) * n_sectors];
                let new = self.final_share[cell] * income[n] + dot(inputs, made);
                if new != *x {
                    change = change.max((new - *x).abs() / new.abs());
                }
                *x = new;
            }
            // Also leaves when NaN: the calibration then names the cells.
            if change.is_nan() || change < 1e-14 {
                break;
            }
        }
        x
    }
}
