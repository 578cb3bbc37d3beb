//! The smallest transfers that leave every member at least δ better off.
//!
//! Smallest in the sum of absolute values first, then in the largest amount that any one member
//! pays or gets. The first fixes what each member short of δ receives: exactly what it lacks. The
//! second fixes what the others pay: all the same amount, or all they have above δ if that is less.
//! So the amounts are unique; who pays whom is then written with as few payments as a simple rule
//! gives.

mod bound;
mod draws;
mod scenarios;

pub use draws::{DrawnAccount, Limits, Probable, Proof, with_probability};

use crate::error::{AgreementError, Mistake};
use crate::sum::sum;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Gains below this share of all gains are rounding.
const ROUNDING: f64 = 1e-12;

/// What a member gets, and what it asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Who.
    pub label: String,
    /// Net gain before transfers, million USD a year.
    pub net_musd: f64,
    /// Net gain it asks for, δ in million USD a year.
    pub wanted_musd: f64,
}

/// Whether transfers can make everyone agree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settlement {
    /// They can, with these.
    Transfers(Transfers),
    /// The members together gain too little.
    Infeasible {
        /// What is missing, million USD a year.
        shortfall_musd: f64,
    },
}

impl Settlement {
    /// The transfers, if there are any to speak of.
    pub fn transfers(&self) -> Option<&Transfers> {
        match self {
            Settlement::Transfers(transfers) => Some(transfers),
            Settlement::Infeasible { .. } => None,
        }
    }
}

/// Transfers among members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transfers {
    /// All that is paid, million USD a year: half the sum of absolute values.
    pub total_musd: f64,
    /// The largest amount that one member pays or gets.
    pub largest_musd: f64,
    /// By label, sorted.
    pub members: Vec<MemberTransfer>,
    /// Who pays whom, largest payments first.
    pub payments: Vec<Payment>,
}

/// What one member gets (positive) or pays (negative).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberTransfer {
    /// Who.
    pub label: String,
    /// Million USD a year.
    pub transfer_musd: f64,
    /// Net gain after the transfer, million USD a year; under draws, that of the worst draw kept.
    pub after_musd: f64,
}

/// One payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// Who pays.
    pub from: String,
    /// Who gets it.
    pub to: String,
    /// Million USD a year.
    pub musd: f64,
}

/// The smallest transfers for point estimates.
pub fn smallest(accounts: &[Account]) -> Result<Settlement, AgreementError> {
    let mut sorted: Vec<&Account> = accounts.iter().collect();
    sorted.sort_by(|a, b| a.label.cmp(&b.label));
    let mut mistakes = labels(sorted.iter().map(|account| account.label.as_str()));
    for account in &sorted {
        for (what, value) in [
            ("net gain", account.net_musd),
            ("wanted gain", account.wanted_musd),
        ] {
            mistakes.extend(finite(&account.label, what, value));
        }
    }
    AgreementError::unless_empty(mistakes)?;
    let labels: Vec<&str> = sorted.iter().map(|a| a.label.as_str()).collect();
    let net: Vec<f64> = sorted.iter().map(|a| a.net_musd).collect();
    let surplus: Vec<f64> = sorted.iter().map(|a| a.net_musd - a.wanted_musd).collect();
    Ok(settle(&labels, &net, &surplus))
}

fn labels<'a>(sorted: impl Iterator<Item = &'a str>) -> Vec<Mistake> {
    let mut seen = BTreeSet::new();
    let mut mistakes = Vec::new();
    for label in sorted {
        if !seen.insert(label) {
            mistakes.push(Mistake::RepeatedLabel {
                label: label.to_owned(),
            });
        }
    }
    if seen.is_empty() {
        mistakes.push(Mistake::NoPlayers);
    }
    mistakes
}

fn finite(label: &str, what: &str, value: f64) -> Option<Mistake> {
    (!value.is_finite()).then(|| Mistake::OutOfRange {
        what: format!("the {what} of {label}"),
        value,
        wanted: "it must be a finite number of million USD",
    })
}

/// Settle surpluses over what is wanted; labels sorted.
fn settle(labels: &[&str], net: &[f64], surplus: &[f64]) -> Settlement {
    let amounts = match amounts(surplus) {
        Ok(amounts) => amounts,
        Err(shortfall_musd) => return Settlement::Infeasible { shortfall_musd },
    };
    let payments = payments(labels, &amounts);
    let members: Vec<MemberTransfer> = labels
        .iter()
        .zip(net)
        .zip(&amounts)
        .map(|((label, net), amount)| MemberTransfer {
            label: (*label).to_owned(),
            transfer_musd: *amount,
            after_musd: net + amount,
        })
        .collect();
    Settlement::Transfers(Transfers {
        total_musd: sum(amounts.iter().map(|amount| amount.max(0.0))),
        largest_musd: amounts.iter().fold(0.0, |most, a| most.max(a.abs())),
        members,
        payments,
    })
}

/// What each gets (positive) or pays (negative), or the shortfall.
fn amounts(surplus: &[f64]) -> Result<Vec<f64>, f64> {
    let together = sum(surplus.iter().copied());
    let scale = sum(surplus.iter().map(|s| s.abs()));
    if together < -ROUNDING * scale {
        return Err(-together);
    }
    let needed = sum(surplus.iter().map(|s| (-s).max(0.0)));
    let level = payer_level(surplus, needed);
    Ok(surplus
        .iter()
        .map(|surplus| {
            if *surplus < 0.0 {
                -surplus
            } else {
                // Plus zero: no "-0" in a table.
                -surplus.min(level) + 0.0
            }
        })
        .collect())
}

/// The least cap on each payment with which the payers raise what is needed.
fn payer_level(surplus: &[f64], needed: f64) -> f64 {
    if needed <= 0.0 {
        return 0.0;
    }
    let mut payers: Vec<f64> = surplus.iter().copied().filter(|s| *s > 0.0).collect();
    payers.sort_by(f64::total_cmp);
    let mut missing = needed;
    for (index, most) in payers.iter().enumerate() {
        let each = missing / (payers.len() - index) as f64;
        if *most >= each {
            return each;
        }
        missing -= most;
    }
    // Short by a rounding error: everyone pays all.
    f64::INFINITY
}

/// Largest payer to largest receiver, until all is paid.
fn payments(labels: &[&str], amounts: &[f64]) -> Vec<Payment> {
    let side = |sign: f64| {
        let mut side: Vec<(f64, &str)> = labels
            .iter()
            .zip(amounts)
            .filter(|(_, amount)| sign * **amount > 0.0)
            .map(|(label, amount)| (amount.abs(), *label))
            .collect();
        side.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        side
    };
    let (mut payers, mut receivers) = (side(-1.0), side(1.0));
    let least = ROUNDING * sum(amounts.iter().map(|amount| amount.abs()));
    let mut payments = Vec::new();
    let (mut payer, mut receiver) = (0, 0);
    while payer < payers.len() && receiver < receivers.len() {
        let musd = payers[payer].0.min(receivers[receiver].0);
        if musd > least {
            payments.push(Payment {
                from: payers[payer].1.to_owned(),
                to: receivers[receiver].1.to_owned(),
                musd,
            });
        }
        payers[payer].0 -= musd;
        receivers[receiver].0 -= musd;
        if payers[payer].0 <= least {
            payer += 1;
        }
        if receivers.get(receiver).is_some_and(|r| r.0 <= least) {
            receiver += 1;
        }
    }
    payments.sort_by(|a, b| {
        let by_size = b.musd.total_cmp(&a.musd);
        by_size.then(a.from.cmp(&b.from)).then(a.to.cmp(&b.to))
    });
    payments
}
