//! Power indices from counts of winning coalitions.

use super::count::{Conditions, Method, Winning};
use super::rule::Rule;
use super::{enumerate, generating};
use crate::error::AgreementError;
use crate::sum::sum;
use serde::{Deserialize, Serialize};

/// The power of every member under a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// The rule's name.
    pub rule: String,
    /// How the coalitions were counted.
    pub method: Method,
    /// Coalitions that pass a proposal. Exact up to 2^64.
    pub winning: u128,
    /// Share of the 2^n coalitions that pass a proposal: the power of the assembly to act
    /// (Coleman 1971).
    pub power_to_act: f64,
    /// By label, sorted.
    pub members: Vec<MemberPower>,
}

/// The power of one member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberPower {
    /// The label.
    pub label: String,
    /// Winning coalitions that would lose without it.
    pub swings: u128,
    /// Swings over 2^(n−1) (Banzhaf 1965, absolute).
    pub banzhaf: f64,
    /// Swings over all members' swings; these add to 1.
    pub banzhaf_normalised: f64,
    /// Share of the n! orders of joining in which it turns losing into winning (Shapley & Shubik
    /// 1954); these add to 1.
    pub shapley_shubik: f64,
    /// Share of the winning coalitions that it can block by leaving (Coleman 1971): 1 where nothing
    /// passes against it. Under unanimity this is what a voice is worth; the other indices then
    /// only say that all are equal.
    pub blocking: f64,
    /// Share of the losing coalitions that it can make win by joining (Coleman 1971).
    pub initiative: f64,
    /// Whether nothing passes against it.
    pub has_veto: bool,
}

/// Power under a rule, by the cheaper method.
pub fn power(rule: &Rule) -> Result<Power, AgreementError> {
    let conditions = Conditions::of(rule);
    let members = conditions.members;
    let cells = generating::cells(&conditions);
    // A cell costs 2 n additions of 128 bits, a coalition one comparison a criterion.
    let cheaper = |cells: usize| members >= 64 || (cells * members) >> members == 0;
    match cells {
        Some(cells) if members > enumerate::MOST_MEMBERS || cheaper(cells) => {
            power_by(rule, Method::GeneratingFunctions)
        }
        _ => power_by(rule, Method::Enumeration),
    }
}

/// Power under a rule, by a method of choice.
pub fn power_by(rule: &Rule, method: Method) -> Result<Power, AgreementError> {
    let conditions = Conditions::of(rule);
    let members = conditions.members;
    let winning = match method {
        Method::GeneratingFunctions => {
            let cells = generating::cells(&conditions).ok_or(AgreementError::TooManyPlayers {
                what: "counting by generating functions with such weights",
                players: members,
                most: enumerate::MOST_MEMBERS,
                instead: "round the weights to fewer digits, or join members that vote together",
            })?;
            generating::count(&conditions, cells)
        }
        Method::Enumeration => {
            if members > enumerate::MOST_MEMBERS {
                return Err(AgreementError::TooManyPlayers {
                    what: "enumerating the coalitions of a rule with such weights",
                    players: members,
                    most: enumerate::MOST_MEMBERS,
                    instead: "round the weights to fewer digits, or join members that vote together",
                });
            }
            enumerate::count(&conditions)
        }
    };
    Ok(from_counts(rule, method, &winning))
}

fn from_counts(rule: &Rule, method: Method, winning: &Winning) -> Power {
    let members = rule.players().len();
    let all: u128 = winning.all.iter().sum();
    let coalitions = 2f64.powi(members as i32);
    // Pivots of a member by size: it is in, the coalition wins, and loses without it. More in
    // favour never hurts, so those that win without it also win with it.
    let pivots = |member: usize, size: usize| {
        let without = winning.all[size - 1] - winning.with(member, size - 1);
        winning.with(member, size) - without
    };
    let swings: Vec<u128> = (0..members)
        .map(|member| (1..=members).map(|size| pivots(member, size)).sum())
        .collect();
    let all_swings: u128 = swings.iter().sum();
    let labels = rule.players().labels();
    let of_member = |member: usize| {
        let swings = swings[member];
        let mut orders = members as f64;
        let shapley_shubik = sum((1..=members).map(|size| {
            let term = pivots(member, size) as f64 / orders;
            orders = orders * (members - size) as f64 / size as f64;
            term
        }));
        MemberPower {
            label: labels[member].clone(),
            swings,
            banzhaf: swings as f64 / (coalitions / 2.0),
            banzhaf_normalised: swings as f64 / all_swings as f64,
            shapley_shubik,
            blocking: swings as f64 / all as f64,
            initiative: swings as f64 / (coalitions - all as f64),
            has_veto: swings == all,
        }
    };
    Power {
        rule: rule.name().to_owned(),
        method,
        winning: all,
        power_to_act: all as f64 / coalitions,
        members: (0..members).map(of_member).collect(),
    }
}
