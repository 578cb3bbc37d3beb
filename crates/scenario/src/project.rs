//! What a project costs, who pays and where the money is spent.

use crate::describe::{list, number};
use comity_world::{EconomyId, World};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A project as a file spells it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectFile {
    /// Capital cost, million USD. Left out where it is not known; the other keys are then not needed.
    #[schemars(range(min = 0.0))]
    pub cost_musd: Option<f64>,
    /// Lowest and highest cost worth thinking of, million USD; draws come from between.
    pub cost_range_musd: Option<[f64; 2]>,
    /// Years over which it is paid for.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub life_years: Option<f64>,
    /// Real interest a year: 0.06 is 6 %.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub discount_rate: Option<f64>,
    /// Economies (ISO 3166-1 alpha-3) that pay, with their shares, which add to 1.
    #[serde(default)]
    pub paid_by: BTreeMap<String, Share>,
    /// Economies where the money is spent, with their shares, which add to 1.
    #[serde(default)]
    pub spent_in: BTreeMap<String, Share>,
    /// Loans between economies that pay for part of the cost; `paid_by` pays the rest.
    #[serde(default)]
    pub loan: Vec<LoanFile>,
    /// For the reader.
    pub note: Option<String>,
}

/// A loan from one economy to those who repay it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoanFile {
    /// Economy that lends, ISO 3166-1 alpha-3.
    pub lender: String,
    /// Principal, million USD.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub musd: f64,
    /// Years of equal repayments.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub years: f64,
    /// Real interest a year: 0.02 is 2 %.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rate: f64,
    /// Economies that repay, with their shares, which add to 1; default those of `paid_by`.
    #[serde(default)]
    pub repaid_by: BTreeMap<String, Share>,
}

/// A share of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Share(#[schemars(range(min = 0.0, max = 1.0))] pub f64);

/// A project of known cost, resolved against a world.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    pub name: String,
    /// Capital cost, million USD.
    pub cost_musd: f64,
    /// Lowest and highest cost, around `cost_musd`.
    pub cost_range_musd: Option<(f64, f64)>,
    /// Years over which it is paid for, above 0.
    pub life_years: f64,
    /// Real interest a year: 0.06 is 6 %.
    pub discount_rate: f64,
    /// Who pays which share; adds to 1. In the order of ids.
    pub paid_by: Vec<(EconomyId, f64)>,
    /// Where which share is spent; adds to 1. In the order of ids.
    pub spent_in: Vec<(EconomyId, f64)>,
    pub loans: Vec<Loan>,
    pub note: String,
}

/// A loan resolved against a world.
#[derive(Clone, Debug, PartialEq)]
pub struct Loan {
    pub lender: EconomyId,
    /// Principal, as a share of the project's cost.
    pub principal_share: f64,
    pub years: f64,
    /// Real interest a year.
    pub rate: f64,
    /// Who repays which share; adds to 1. In the order of ids.
    pub repaid_by: Vec<(EconomyId, f64)>,
}

impl Project {
    /// The equal yearly payment over the project's life that is worth its cost, million USD:
    /// cost × r / (1 − (1 + r)^−life), and cost / life without interest.
    pub fn annuity_musd(&self) -> f64 {
        self.annuity_of(self.cost_musd)
    }

    /// One sentence for each loan.
    pub fn loan_sentences(&self, world: &World) -> Vec<String> {
        let iso3 = |id: &EconomyId| world.economies[id.index()].iso3.as_str();
        let sentence = |loan: &Loan| {
            let repaid: Vec<String> = loan
                .repaid_by
                .iter()
                .map(|(id, share)| format!("{} {} %", iso3(id), number(100.0 * share)))
                .collect();
            format!(
                "{} lends {} million USD over {} years at {} % a year, repaid by {}.",
                iso3(&loan.lender),
                number(loan.principal_share * self.cost_musd),
                number(loan.years),
                number(100.0 * loan.rate),
                list(&repaid),
            )
        };
        self.loans.iter().map(sentence).collect()
    }

    /// The same for another capital cost.
    pub fn annuity_of(&self, cost_musd: f64) -> f64 {
        annuity(cost_musd, self.life_years, self.discount_rate)
    }
}

fn annuity(cost: f64, years: f64, rate: f64) -> f64 {
    // 1 − (1 + r)^−life, without cancellation when r is small.
    let discounted = -(-years * rate.ln_1p()).exp_m1();
    if discounted == 0.0 {
        cost / years
    } else {
        cost * rate / discounted
    }
}

#[cfg(test)]
mod tests {
    use super::annuity;

    #[test]
    fn annuity_is_the_textbook_one() {
        // 1,000 over two years at 10 %: x/1.1 + x/1.21 = 1,000.
        let payment = annuity(1000.0, 2.0, 0.1);
        assert!((payment / 1.1 + payment / 1.21 - 1000.0).abs() < 1e-9);
    }

    #[test]
    fn annuity_without_interest_is_cost_over_life() {
        assert_eq!(annuity(700.0, 35.0, 0.0), 20.0);
        assert!((annuity(700.0, 35.0, 1e-12) - 20.0).abs() < 1e-6);
    }
}
