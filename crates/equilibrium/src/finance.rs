//! Who pays for projects, and when: from costs, shares and loans to the yearly
//! taxes and spending of equation 4 and 5.

use serde::{Deserialize, Serialize};

use crate::calibration::Calibration;
use crate::error::{EquilibriumError, Problem};
use crate::shock::Shock;

/// Shares that must add to 1 may miss it by this much.
const ROUNDING: f64 = 1e-9;

/// A project and how it is paid for. Economies and sectors are indices.
///
/// # Convention
/// All rates are real. The cost falls due at the start. Lenders pay their
/// loans' principals then, and the rest (the equity) is paid by `paid_by`.
/// Each borrower repays its share of a loan in equal yearly payments at the
/// loan's rate. What an economy pays and receives over time is brought to the
/// start at the project's discount rate and spread evenly over the project's
/// life, so that one year's equilibrium stands for all of them:
///
/// ```text
/// annuity(c, r, L) = c r / (1 − (1 + r)^−L)
/// repaid_l         = annuity(principal_l, rate_l, years_l) (1 − (1 + r)^−years_l) / r
/// burden_n         = equity share + principals lent − repayments received + repayments made
/// T_n              = annuity(burden_n, r, L),   K_n = spending share · annuity(cost, r, L)
/// ```
///
/// Burdens add up to the cost, so ΣT = ΣK. A loan at the discount rate leaves
/// the lender with no burden. A cheaper one leaves it with the grant element,
/// principal − repaid; a dearer one earns it money, and its T may be negative.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Capital cost, musd.
    pub cost_musd: f64,
    /// Years over which it is paid for, above 0.
    pub life_years: f64,
    /// Real interest a year at which payments are compared, 0.06 = 6 %.
    pub discount_rate: f64,
    /// (economy, share): who pays what loans do not; shares add to 1. May be
    /// empty if loans pay for everything.
    pub paid_by: Vec<(usize, f64)>,
    /// (economy, share): where the money is spent; shares add to 1.
    pub spent_in: Vec<(usize, f64)>,
    /// (sector, share): what is bought there, shares adding to 1. `None`: the
    /// same goods as the economy's final demand.
    pub buys: Option<Vec<(usize, f64)>>,
    /// Loans between economies.
    pub loans: Vec<Loan>,
}

/// A loan that pays for part of a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loan {
    /// Principal, as a share of the project's cost, above 0.
    pub principal_share: f64,
    /// Economy that lends.
    pub lender: usize,
    /// (economy, share): who repays; shares add to 1. The lender may be among
    /// them, as an owner of the company that borrows.
    pub borrowers: Vec<(usize, f64)>,
    /// Years of repayment, above 0.
    pub years: f64,
    /// Real interest a year.
    pub rate: f64,
}

/// Yearly flows of a set of projects, musd.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct YearlyFlows {
    /// T, `[n]`.
    pub tax: Vec<f64>,
    /// K, `[n]`.
    pub spending: Vec<f64>,
    /// Present value of what each economy pays, at the start, `[n]`.
    pub burden_musd: Vec<f64>,
    /// Terms of every loan, in the order of projects and of their loans.
    pub loans: Vec<LoanTerms>,
}

/// What a loan amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LoanTerms {
    /// Which project.
    pub project: usize,
    /// Principal, musd.
    pub principal_musd: f64,
    /// Yearly payment over the loan's years, musd.
    pub payment_musd: f64,
    /// Principal less the present value of the repayments at the project's
    /// discount rate, musd: what the lender gives away. Negative if it earns.
    pub grant_element_musd: f64,
}

/// The equal yearly payment over `years` that is worth `amount` at the start:
/// amount · rate / (1 − (1 + rate)^−years), and amount / years without interest.
pub fn annuity(amount: f64, rate: f64, years: f64) -> f64 {
    amount / present_value(1.0, rate, years)
}

/// What `payment` a year for `years` years is worth at the start.
pub fn present_value(payment: f64, rate: f64, years: f64) -> f64 {
    // 1 − (1 + rate)^−years without cancellation when the rate is small.
    let discounted = -(-years * rate.ln_1p()).exp_m1();
    if discounted == 0.0 {
        payment * years
    } else {
        payment * discounted / rate
    }
}

/// Adds up the yearly flows of `projects` in a world of `economies`.
///
/// # Errors
/// [`EquilibriumError::Invalid`] with every problem found: amounts, years or
/// rates out of range, shares that do not add to 1 (by how much), loans of more
/// than the cost, economies that do not exist or are named twice.
pub fn yearly_flows(
    projects: &[Project],
    economies: usize,
) -> Result<YearlyFlows, EquilibriumError> {
    let mut problems = Vec::new();
    for (index, project) in projects.iter().enumerate() {
        let mut found = Vec::new();
        project.check(economies, &mut found);
        problems.extend(found.into_iter().map(|problem| problem.project(index)));
    }
    if !problems.is_empty() {
        return Err(EquilibriumError::Invalid(problems));
    }
    let mut flows = YearlyFlows {
        tax: vec![0.0; economies],
        spending: vec![0.0; economies],
        burden_musd: vec![0.0; economies],
        loans: Vec::new(),
    };
    for (index, project) in projects.iter().enumerate() {
        let (rate, life) = (project.discount_rate, project.life_years);
        let mut burden = vec![0.0; economies];
        let mut equity = project.cost_musd;
        for loan in &project.loans {
            let principal = loan.principal_share * project.cost_musd;
            let payment = annuity(principal, loan.rate, loan.years);
            let repaid = present_value(payment, rate, loan.years);
            equity -= principal;
            burden[loan.lender] += principal - repaid;
            for &(borrower, share) in &loan.borrowers {
                burden[borrower] += share * repaid;
            }
            flows.loans.push(LoanTerms {
                project: index,
                principal_musd: principal,
                payment_musd: payment,
                grant_element_musd: principal - repaid,
            });
        }
        for &(payer, share) in &project.paid_by {
            burden[payer] += share * equity;
        }
        let yearly = annuity(1.0, rate, life);
        for n in 0..economies {
            flows.burden_musd[n] += burden[n];
            flows.tax[n] += burden[n] * yearly;
        }
        for &(place, share) in &project.spent_in {
            flows.spending[place] += share * project.cost_musd * yearly;
        }
    }
    Ok(flows)
}

impl Shock {
    /// Adds the taxes and the spending of `projects` to the change, and what
    /// the projects buy.
    ///
    /// # Errors
    /// As [`yearly_flows`]; a sector that does not exist or is named twice.
    pub fn finance(
        &mut self,
        calibration: &Calibration,
        projects: &[Project],
    ) -> Result<YearlyFlows, EquilibriumError> {
        let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
        let flows = yearly_flows(projects, n_economies)?;
        let mut problems = Vec::new();
        for (index, project) in projects.iter().enumerate() {
            let Some(buys) = &project.buys else {
                continue;
            };
            let mut found = Vec::new();
            check_shares("buys", buys, n_sectors, &mut found);
            problems.extend(found.into_iter().map(|problem| problem.project(index)));
        }
        if !problems.is_empty() {
            return Err(EquilibriumError::Invalid(problems));
        }
        let mut goods = self.spending_by_good(calibration);
        for project in projects {
            let yearly = annuity(project.cost_musd, project.discount_rate, project.life_years);
            for &(n, share) in &project.spent_in {
                let row = &mut goods[n * n_sectors..][..n_sectors];
                match &project.buys {
                    Some(buys) => {
                        for &(j, part) in buys {
                            row[j] += share * yearly * part;
                        }
                    }
                    None => {
                        for (j, row) in row.iter_mut().enumerate() {
                            *row += share * yearly * calibration.final_share(n, j);
                        }
                    }
                }
            }
        }
        for n in 0..n_economies {
            self.tax[n] += flows.tax[n];
            self.project_spending[n] += flows.spending[n];
        }
        if self.project_composition.is_some() || projects.iter().any(|p| p.buys.is_some()) {
            for n in 0..n_economies {
                let row = &mut goods[n * n_sectors..][..n_sectors];
                let sum: f64 = row.iter().sum();
                row.iter_mut()
                    .for_each(|share| *share = if sum > 0.0 { *share / sum } else { 0.0 });
            }
            self.project_composition = Some(goods);
        }
        Ok(flows)
    }
}

impl Project {
    fn check(&self, economies: usize, problems: &mut Vec<Problem>) {
        let cost = self.cost_musd;
        if !(cost.is_finite() && cost >= 0.0) {
            let reason = "must be finite and not negative";
            problems.push(Problem::new("cost_musd", cost, reason));
        }
        check_terms(
            ("life_years", self.life_years),
            ("discount_rate", self.discount_rate),
            problems,
        );
        let mut lent = 0.0;
        for loan in &self.loans {
            let share = loan.principal_share;
            lent += share;
            if !(share.is_finite() && share > 0.0) {
                let reason = "must be finite and positive";
                problems.push(Problem::new("principal_share", share, reason));
            }
            check_terms(
                ("loan years", loan.years),
                ("loan rate", loan.rate),
                problems,
            );
            if loan.lender >= economies {
                let reason = "no such economy";
                problems.push(Problem::new("lender", loan.lender as f64, reason));
            }
            check_shares("borrowers", &loan.borrowers, economies, problems);
        }
        if lent > 1.0 + ROUNDING {
            let reason = "the loans are more than the cost; shares of it";
            problems.push(Problem::new("principal_share", lent, reason));
        }
        if !self.paid_by.is_empty() || lent < 1.0 - ROUNDING {
            check_shares("paid_by", &self.paid_by, economies, problems);
        }
        check_shares("spent_in", &self.spent_in, economies, problems);
    }
}

fn check_terms(years: (&'static str, f64), rate: (&'static str, f64), problems: &mut Vec<Problem>) {
    if !(years.1.is_finite() && years.1 > 0.0) {
        let reason = "must be finite and positive";
        problems.push(Problem::new(years.0, years.1, reason));
    }
    if !(rate.1.is_finite() && rate.1 >= 0.0) {
        let reason = "must be finite and not negative (0.06 is 6 %)";
        problems.push(Problem::new(rate.0, rate.1, reason));
    }
}

fn check_shares(
    table: &'static str,
    shares: &[(usize, f64)],
    count: usize,
    problems: &mut Vec<Problem>,
) {
    let mut seen = vec![false; count];
    let mut sum = 0.0;
    for &(index, share) in shares {
        sum += share;
        let place = |problem: Problem| {
            if table == "buys" {
                problem.sector(index)
            } else {
                problem.economy(index)
            }
        };
        if index >= count {
            problems.push(place(Problem::new(table, share, "does not exist")));
            continue;
        }
        if std::mem::replace(&mut seen[index], true) {
            problems.push(place(Problem::new(table, share, "named twice")));
        }
        if !(share.is_finite() && share >= 0.0) {
            let reason = "a share must be finite and not negative";
            problems.push(place(Problem::new(table, share, reason)));
        }
    }
    if sum.is_nan() || (sum - 1.0).abs() > ROUNDING {
        let reason = "the shares must add up to 1; they miss it by";
        problems.push(Problem::new(table, sum - 1.0, reason));
    }
}
