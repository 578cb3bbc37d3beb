//! The calibrated world economy: flows in, consistent accounts out.

use crate::accounts::{axpy, dot, row_sums};
use crate::error::{EquilibriumError, Problem, check_length};

/// Largest negative final demand, relative to expenditure, that is taken for rounding.
pub(crate) const CLOSE: f64 = 1e-9;

/// A calibrated world economy of N economies and J sectors.
///
/// Everything the model needs follows from five arrays, so the accounts close
/// by construction: expenditure X is trade with its tariff, output Y is what is
/// sold anywhere, value added is output less inputs, final demand is
/// expenditure less what is used as input, and the balance S is what income
/// exceeds final demand by. Arrays are dense and row-major, values in musd per
/// year.
///
/// The fields are public to be read. Accounts are computed in
/// [`Calibration::new`]; build a new calibration rather than change a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// N.
    pub economies: usize,
    /// J.
    pub sectors: usize,
    /// `[j][n importer][i exporter]`, value net of tariff, musd; domestic sales are n = i.
    pub trade: Vec<f64>,
    /// `[j][n importer][i exporter]`, ad valorem, 0.05 = 5 %.
    pub tariff: Vec<f64>,
    /// γ_n^kj: `[n][k input][j using]`, share of the gross output of j spent on input k.
    pub input_share: Vec<f64>,
    /// θ, trade elasticity: `[j]`, positive.
    pub theta: Vec<f64>,
    expenditure: Vec<f64>,
    output: Vec<f64>,
    value_added_share: Vec<f64>,
    final_demand: Vec<f64>,
    value_added: Vec<f64>,
    revenue: Vec<f64>,
    income: Vec<f64>,
    surplus: Vec<f64>,
    negative_inputs: bool,
}

impl Calibration {
    /// Builds the accounts and checks that they describe a world.
    ///
    /// Shapes and units as in the fields of the same name.
    ///
    /// # Errors
    /// [`EquilibriumError::Shape`] for a wrong length; otherwise
    /// [`EquilibriumError::Invalid`] with every problem found:
    /// values that are negative or not finite, elasticities that are not
    /// positive, input shares that add up to more than 1, a good of which more
    /// is used as input than is bought (beyond 1e-9 of expenditure), economies
    /// without value added or final demand, and economies whose trade connects
    /// them to nobody in the main part of the world, whose relative wages no
    /// market would determine.
    pub fn new(
        economies: usize,
        sectors: usize,
        trade: Vec<f64>,
        tariff: Vec<f64>,
        input_share: Vec<f64>,
        theta: Vec<f64>,
    ) -> Result<Self, EquilibriumError> {
        Calibration::build(economies, sectors, trade, tariff, input_share, theta, false)
    }

    /// As [`Calibration::new`]; `negative_inputs` accepts input shares below zero.
    pub(crate) fn build(
        economies: usize,
        sectors: usize,
        trade: Vec<f64>,
        tariff: Vec<f64>,
        input_share: Vec<f64>,
        theta: Vec<f64>,
        negative_inputs: bool,
    ) -> Result<Self, EquilibriumError> {
        Calibration::unchecked(
            economies,
            sectors,
            trade,
            tariff,
            input_share,
            theta,
            negative_inputs,
        )?
        .checked()
    }

    /// The accounts, with values checked one by one and not yet against each other.
    pub(crate) fn unchecked(
        economies: usize,
        sectors: usize,
        trade: Vec<f64>,
        tariff: Vec<f64>,
        input_share: Vec<f64>,
        theta: Vec<f64>,
        negative_inputs: bool,
    ) -> Result<Self, EquilibriumError> {
        let (n, j) = (economies, sectors);
        let bilateral = "[sector][importer][exporter]";
        check_length("trade", bilateral, j * n * n, trade.len())?;
        check_length("tariff", bilateral, j * n * n, tariff.len())?;
        let layout = "[economy][input sector][using sector]";
        check_length("input_share", layout, n * j * j, input_share.len())?;
        check_length("theta", "[sector]", j, theta.len())?;

        let mut problems = Vec::new();
        if n == 0 || j == 0 {
            let reason = "a world needs at least one economy and one sector";
            problems.push(Problem::new("trade", 0.0, reason));
            return Err(EquilibriumError::Invalid(problems));
        }
        check_flows(n, "trade", &trade, &mut problems);
        check_flows(n, "tariff", &tariff, &mut problems);
        check_parameters(j, &input_share, &theta, negative_inputs, &mut problems);
        if !problems.is_empty() {
            return Err(EquilibriumError::Invalid(problems));
        }
        let mut calibration = Calibration {
            economies,
            sectors,
            trade,
            tariff,
            input_share,
            theta,
            expenditure: vec![0.0; n * j],
            output: vec![0.0; n * j],
            value_added_share: vec![0.0; n * j],
            final_demand: vec![0.0; n * j],
            value_added: vec![0.0; n],
            revenue: vec![0.0; n],
            income: vec![0.0; n],
            surplus: vec![0.0; n],
            negative_inputs,
        };
        calibration.account();
        Ok(calibration)
    }

    pub(crate) fn checked(self) -> Result<Self, EquilibriumError> {
        let mut problems = Vec::new();
        self.check_accounts(&mut problems);
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(EquilibriumError::Invalid(problems))
        }
    }

    fn account(&mut self) {
        let (n_economies, n_sectors) = (self.economies, self.sectors);
        let ones = vec![1.0; n_economies];
        // Sums over importers go block by block, as in the solver.
        let rows = crate::flows::block_rows(n_economies);
        for j in 0..n_sectors {
            let mut sold = vec![0.0; n_economies];
            let mut block = vec![0.0; n_economies];
            for n in 0..n_economies {
                let row = self.row(j, n);
                let (gross, tax) =
                    row_sums(&self.trade[row.clone()], &ones, &self.tariff[row.clone()]);
                self.expenditure[n * n_sectors + j] = gross;
                self.revenue[n] += tax;
                axpy(1.0, &self.trade[row], &mut block);
                if (n + 1) % rows == 0 || n + 1 == n_economies {
                    axpy(1.0, &block, &mut sold);
                    block.fill(0.0);
                }
            }
            for (i, sold) in sold.iter().enumerate() {
                self.output[i * n_sectors + j] = *sold;
            }
        }
        for n in 0..n_economies {
            let cells = n * n_sectors..(n + 1) * n_sectors;
            for k in 0..n_sectors {
                let inputs = &self.input_share[(n * n_sectors + k) * n_sectors..][..n_sectors];
                let used = dot(inputs, &self.output[cells.clone()]);
                self.final_demand[n * n_sectors + k] = self.expenditure[n * n_sectors + k] - used;
            }
            for j in 0..n_sectors {
                let inputs: f64 = (0..n_sectors)
                    .map(|k| self.input_share[(n * n_sectors + k) * n_sectors + j])
                    .sum();
                self.value_added_share[n * n_sectors + j] = 1.0 - inputs;
            }
            self.value_added[n] = dot(
                &self.value_added_share[cells.clone()],
                &self.output[cells.clone()],
            );
            let final_demand: f64 = self.final_demand[cells].iter().sum();
            self.surplus[n] = self.value_added[n] + self.revenue[n] - final_demand;
            self.income[n] = self.value_added[n] + self.revenue[n] - self.surplus[n];
        }
    }

    fn check_accounts(&self, problems: &mut Vec<Problem>) {
        for n in 0..self.economies {
            for j in 0..self.sectors {
                let share = self.value_added_share(n, j);
                if share < -CLOSE {
                    let reason = "the input shares of this sector add up to more than 1";
                    let problem = Problem::new("input_share", 1.0 - share, reason);
                    problems.push(problem.economy(n).using_sector(j));
                }
                let (demand, spending) = (self.final_demand(n, j), self.expenditure(n, j));
                let used = spending - demand;
                if demand < -CLOSE * used {
                    let reason = if spending == 0.0 {
                        "used as an input but bought from nobody, musd short"
                    } else {
                        "more is used as input than is bought, musd short"
                    };
                    let problem = Problem::new("trade", -demand, reason);
                    problems.push(problem.economy(n).sector(j));
                }
            }
            if self.value_added(n) <= 0.0 {
                let reason = "the economy has no value added";
                problems.push(Problem::new("trade", self.value_added(n), reason).economy(n));
            }
            if self.income(n) <= 0.0 {
                let reason = "the economy has no final demand";
                problems.push(Problem::new("trade", self.income(n), reason).economy(n));
            }
        }
        for n in self.isolated(|cell| self.trade[cell] > 0.0) {
            let reason =
                "no trade connects this economy to the largest connected part of the world";
            problems.push(Problem::new("trade", 0.0, reason).economy(n));
        }
    }

    /// Economies outside the largest connected part of the network of the
    /// bilateral cells that are `open`.
    pub(crate) fn isolated(&self, open_cell: impl Fn(usize) -> bool) -> Vec<usize> {
        let n = self.economies;
        let mut linked = vec![false; n * n];
        for cell in 0..self.trade.len() {
            if open_cell(cell) {
                let (a, b) = (cell / n % n, cell % n);
                linked[a * n + b] = true;
                linked[b * n + a] = true;
            }
        }
        let mut part = vec![usize::MAX; n];
        let mut sizes = Vec::new();
        for start in 0..n {
            if part[start] != usize::MAX {
                continue;
            }
            let label = sizes.len();
            part[start] = label;
            let mut size = 0;
            let mut open = vec![start];
            while let Some(a) = open.pop() {
                size += 1;
                for b in 0..n {
                    if part[b] == usize::MAX && linked[a * n + b] {
                        part[b] = label;
                        open.push(b);
                    }
                }
            }
            sizes.push(size);
        }
        let largest = (0..sizes.len())
            .rev()
            .max_by_key(|&label| sizes[label])
            .unwrap_or(0);
        (0..n).filter(|&a| part[a] != largest).collect()
    }

    /// The same flows with balances and incomes as stated instead of as derived
    /// from them; a step on the way to a calibration whose accounts close.
    pub(crate) fn with_surplus(mut self, surplus: &[f64], value_added: &[f64]) -> Self {
        self.surplus.copy_from_slice(surplus);
        for n in 0..self.economies {
            self.income[n] = value_added[n] + self.revenue[n] - surplus[n];
        }
        self
    }

    /// The world with other flows and tariffs, and the same technology.
    pub(crate) fn with_flows(
        &self,
        trade: Vec<f64>,
        tariff: Vec<f64>,
    ) -> Result<Calibration, EquilibriumError> {
        Calibration::build(
            self.economies,
            self.sectors,
            trade,
            tariff,
            self.input_share.clone(),
            self.theta.clone(),
            self.negative_inputs,
        )
    }

    pub(crate) fn row(&self, j: usize, n: usize) -> std::ops::Range<usize> {
        let start = (j * self.economies + n) * self.economies;
        start..start + self.economies
    }

    /// Value of j that n buys from i, net of tariff, musd.
    pub fn flow(&self, j: usize, n: usize, i: usize) -> f64 {
        self.trade[(j * self.economies + n) * self.economies + i]
    }

    /// π_ni^j, share of i in the spending of n on j, tariffs included. 0 where n buys no j.
    pub fn share(&self, j: usize, n: usize, i: usize) -> f64 {
        let cell = (j * self.economies + n) * self.economies + i;
        let spending = self.expenditure(n, j);
        if spending == 0.0 {
            0.0
        } else {
            self.trade[cell] * (1.0 + self.tariff[cell]) / spending
        }
    }

    /// X_n^j, spending of n on j, tariffs included, musd.
    pub fn expenditure(&self, n: usize, j: usize) -> f64 {
        self.expenditure[n * self.sectors + j]
    }

    /// Y_n^j, gross output of j in n, musd. 0 where n does not produce j.
    pub fn output(&self, n: usize, j: usize) -> f64 {
        self.output[n * self.sectors + j]
    }

    /// γ_n^j, share of value added in gross output.
    pub fn value_added_share(&self, n: usize, j: usize) -> f64 {
        self.value_added_share[n * self.sectors + j]
    }

    /// Final demand of n for j, musd. May be negative by rounding (1e-9 of expenditure).
    pub fn final_demand(&self, n: usize, j: usize) -> f64 {
        self.final_demand[n * self.sectors + j]
    }

    /// α_n^j, share of j in the final demand of n.
    pub fn final_share(&self, n: usize, j: usize) -> f64 {
        self.final_demand(n, j) / self.income[n]
    }

    /// VA_n, value added, musd.
    pub fn value_added(&self, n: usize) -> f64 {
        self.value_added[n]
    }

    /// R_n, tariff revenue, musd.
    pub fn revenue(&self, n: usize) -> f64 {
        self.revenue[n]
    }

    /// I_n = VA_n + R_n − S_n, which is also final demand, musd.
    pub fn income(&self, n: usize) -> f64 {
        self.income[n]
    }

    /// S_n, trade balance, exports less imports, musd.
    pub fn surplus(&self, n: usize) -> f64 {
        self.surplus[n]
    }

    /// Whether n buys j at all. Where it does not, no price exists and price
    /// changes are reported as 1.
    pub fn buys(&self, n: usize, j: usize) -> bool {
        self.expenditure(n, j) > 0.0
    }

    /// Whether n produces j. Where it does not, cost changes are reported as 1.
    pub fn produces(&self, n: usize, j: usize) -> bool {
        self.output(n, j) > 0.0
    }
}

fn check_flows(
    n_economies: usize,
    table: &'static str,
    values: &[f64],
    problems: &mut Vec<Problem>,
) {
    for (cell, &value) in values.iter().enumerate() {
        if !(value.is_finite() && value >= 0.0) {
            let (row, i) = (cell / n_economies, cell % n_economies);
            let problem = Problem::new(table, value, "must be finite and not negative");
            let problem = problem.economy(row % n_economies).exporter(i);
            problems.push(problem.sector(row / n_economies));
        }
    }
}

fn check_parameters(
    n_sectors: usize,
    input_share: &[f64],
    theta: &[f64],
    negative_inputs: bool,
    problems: &mut Vec<Problem>,
) {
    for (cell, &value) in input_share.iter().enumerate() {
        if !(value.is_finite() && (negative_inputs || value >= 0.0)) {
            let (row, j) = (cell / n_sectors, cell % n_sectors);
            let problem = Problem::new("input_share", value, "must be finite and not negative");
            let problem = problem.economy(row / n_sectors).sector(row % n_sectors);
            problems.push(problem.using_sector(j));
        }
    }
    for (j, &value) in theta.iter().enumerate() {
        if !(value.is_finite() && value > 0.0) {
            let reason = "an elasticity must be positive and finite";
            problems.push(Problem::new("theta", value, reason).sector(j));
        }
    }
}
