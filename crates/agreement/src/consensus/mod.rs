//! Consensus: nothing passes against a member, each has one voice whatever its size.

mod sentence;

use crate::error::{AgreementError, Mistake};
use crate::sum::sum;
use crate::transfers::{Account, DrawnAccount, Limits, Probable, Settlement, Transfers, smallest};
use comity_appraisal::{INDIFFERENT_MUSD, INDIFFERENT_PERCENT, quantile};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An economy with its gain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Party {
    /// Label, ISO 3166-1 alpha-3 for economies.
    pub label: String,
    /// Name in words.
    pub name: String,
    /// Tier in the bloc.
    pub tier: String,
    /// Whether nothing passes against it.
    pub has_voice: bool,
    /// Income of the baseline, million USD a year.
    pub income_musd: f64,
    /// Real income gained less its share of the cost, million USD a year.
    pub net_musd: f64,
    /// Its share of the cost, million USD a year.
    pub cost_musd: f64,
    /// The net gain in each joint draw; empty without draws.
    pub draws_musd: Vec<f64>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The bloc, for the sentence.
    pub bloc: String,
    /// δ: the gain that a member wants before it agrees, percent of its income.
    pub wanted_percent: f64,
    /// A net change smaller than this, in percent of income, and smaller than `unnoticed_musd`
    /// goes unnoticed: the member is indifferent, and being that little short of δ stops nobody.
    pub unnoticed_percent: f64,
    /// Million USD a year; see `unnoticed_percent`.
    pub unnoticed_musd: f64,
    /// Share of the draws within the interval: 0.9 runs from the 5th to the 95th percentile.
    pub interval: f64,
}

impl Question {
    /// δ = 0, 90 % interval; unnoticed is what the verdict of an appraisal does not name.
    pub fn of(bloc: impl Into<String>) -> Self {
        Question {
            bloc: bloc.into(),
            wanted_percent: 0.0,
            unnoticed_percent: INDIFFERENT_PERCENT,
            unnoticed_musd: INDIFFERENT_MUSD,
            interval: 0.9,
        }
    }
}

/// Where an economy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// Net gain noticed.
    Gains,
    /// Net loss noticed.
    Loses,
    /// Neither.
    Indifferent,
}

/// A row of the consensus table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Label.
    pub label: String,
    /// Name in words.
    pub name: String,
    /// Tier in the bloc.
    pub tier: String,
    /// Net gain, percent of income.
    pub net_percent: f64,
    /// Net gain, million USD a year.
    pub net_musd: f64,
    /// Share of the cost, million USD a year.
    pub cost_musd: f64,
    /// From draws; `None` without.
    pub interval: Option<Interval>,
    /// Share of the draws with a net gain above δ; `None` without draws.
    pub gain_probability: Option<f64>,
    /// Gains, loses or neither.
    pub position: Position,
    /// Whether it agrees; `None` without a voice.
    pub agrees: Option<bool>,
    /// Share of the draws in which it would not agree; `None` without draws or a voice.
    pub block_probability: Option<f64>,
    /// What it would need to agree, million USD a year: 0 if it agrees or has no voice.
    pub needs_musd: f64,
    /// The same in percent of income.
    pub needs_percent: f64,
}

/// An interval of net gains.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end, percent of income.
    pub low_percent: f64,
    /// Median, percent of income.
    pub median_percent: f64,
    /// Upper end, percent of income.
    pub high_percent: f64,
    /// Lower end, million USD a year.
    pub low_musd: f64,
    /// Upper end, million USD a year.
    pub high_musd: f64,
}

/// Whether it passes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every member agrees.
    Passes,
    /// Every member agrees after transfers of so much, million USD a year.
    PassesWithTransfers {
        /// All that is paid.
        total_musd: f64,
    },
    /// The members together lose, million USD a year.
    MembersTogetherLose {
        /// Their loss together.
        loss_musd: f64,
    },
    /// The members together gain, but less than δ for each, million USD a year.
    Shortfall {
        /// Their gain together.
        gain_musd: f64,
        /// What is missing to δ for each.
        shortfall_musd: f64,
    },
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Consensus {
    /// What was asked.
    pub question: Question,
    /// Whether it passes.
    pub verdict: Verdict,
    /// The verdict in one sentence.
    pub sentence: String,
    /// Net gain of the members together, million USD a year.
    pub members_net_musd: f64,
    /// Number of joint draws.
    pub draws: usize,
    /// Share of the draws in which every member agrees, without transfers.
    pub agree_probability: Option<f64>,
    /// Full members, by label.
    pub members: Vec<Standing>,
    /// Those without a voice, by label.
    pub others: Vec<Standing>,
    /// The smallest transfers that leave every member at least δ better off. Empty payments if all
    /// have δ already.
    pub settlement: Settlement,
}

impl Consensus {
    /// The transfers with which it passes; `None` if it passes without, or with none.
    pub fn transfers(&self) -> Option<&Transfers> {
        match self.verdict {
            Verdict::PassesWithTransfers { .. } => self.settlement.transfers(),
            _ => None,
        }
    }

    /// What would make up all losses that stop nobody, million USD a year; `None` if it does not
    /// pass without transfers, or nobody loses.
    pub fn unobjected_musd(&self) -> Option<f64> {
        let total = self.settlement.transfers()?.total_musd;
        (self.verdict == Verdict::Passes && total > 0.0).then_some(total)
    }
}

/// Who gains, who agrees, and what it would take. The order of parties does not matter.
pub fn consensus(question: &Question, parties: &[Party]) -> Result<Consensus, AgreementError> {
    check(question, parties)?;
    let mut sorted: Vec<&Party> = parties.iter().collect();
    sorted.sort_by(|a, b| a.label.cmp(&b.label));
    let (voices, others): (Vec<&Party>, Vec<&Party>) = sorted.iter().partition(|p| p.has_voice);
    let settlement = smallest(&accounts(question, &voices))?;
    let members: Vec<Standing> = voices.iter().map(|p| standing(question, p)).collect();
    let others: Vec<Standing> = others.iter().map(|p| standing(question, p)).collect();
    let together = sum(voices.iter().map(|party| party.net_musd));
    let verdict = if members.iter().all(|m| m.agrees == Some(true)) {
        Verdict::Passes
    } else {
        match &settlement {
            Settlement::Transfers(transfers) => Verdict::PassesWithTransfers {
                total_musd: transfers.total_musd,
            },
            Settlement::Infeasible { .. } if together < 0.0 => Verdict::MembersTogetherLose {
                loss_musd: -together,
            },
            Settlement::Infeasible { shortfall_musd } => Verdict::Shortfall {
                gain_musd: together,
                shortfall_musd: *shortfall_musd,
            },
        }
    };
    let draws = voices[0].draws_musd.len();
    let agree_probability = (draws > 0).then(|| {
        let all = |draw: usize| {
            voices
                .iter()
                .all(|party| question.agrees(party, party.draws_musd[draw]))
        };
        (0..draws).filter(|draw| all(*draw)).count() as f64 / draws as f64
    });
    let sentence = sentence::of(question, &verdict, &members);
    Ok(Consensus {
        question: question.clone(),
        verdict,
        sentence,
        members_net_musd: together,
        draws,
        agree_probability,
        members,
        others,
        settlement,
    })
}

/// The smallest transfers, fixed beforehand, with which every member has at least δ in a share
/// `probability` of the joint draws.
pub fn settlement_with_probability(
    question: &Question,
    parties: &[Party],
    probability: f64,
    limits: Limits,
) -> Result<Probable, AgreementError> {
    check(question, parties)?;
    let accounts: Vec<DrawnAccount> = parties
        .iter()
        .filter(|party| party.has_voice)
        .map(|party| DrawnAccount {
            label: party.label.clone(),
            wanted_musd: question.wanted_musd(party),
            draws_musd: party.draws_musd.clone(),
        })
        .collect();
    crate::transfers::with_probability(&accounts, probability, limits)
}

fn accounts(question: &Question, voices: &[&Party]) -> Vec<Account> {
    let account = |party: &&Party| Account {
        label: party.label.clone(),
        net_musd: party.net_musd,
        wanted_musd: question.wanted_musd(party),
    };
    voices.iter().map(account).collect()
}

impl Question {
    fn wanted_musd(&self, party: &Party) -> f64 {
        self.wanted_percent / 100.0 * party.income_musd
    }

    fn agrees(&self, party: &Party, net_musd: f64) -> bool {
        let short_musd = self.wanted_musd(party) - net_musd;
        short_musd <= 0.0 || self.unnoticed(party, short_musd)
    }

    /// Whether a change of the party's income goes unnoticed.
    fn unnoticed(&self, party: &Party, musd: f64) -> bool {
        musd.abs() < self.unnoticed_below_musd(party.income_musd)
    }

    /// Changes below this, million USD a year, go unnoticed by a member of this income: the lesser
    /// of the two thresholds, since both must hold.
    pub fn unnoticed_below_musd(&self, income_musd: f64) -> f64 {
        (self.unnoticed_percent / 100.0 * income_musd).min(self.unnoticed_musd)
    }
}

fn percent(musd: f64, party: &Party) -> f64 {
    100.0 * musd / party.income_musd
}

fn standing(question: &Question, party: &Party) -> Standing {
    let net_percent = percent(party.net_musd, party);
    let position = if question.unnoticed(party, party.net_musd) || party.net_musd == 0.0 {
        Position::Indifferent
    } else if net_percent > 0.0 {
        Position::Gains
    } else {
        Position::Loses
    };
    let agrees = question.agrees(party, party.net_musd);
    let needs_musd = if party.has_voice && !agrees {
        question.wanted_musd(party) - party.net_musd
    } else {
        0.0
    };
    let draws = &party.draws_musd;
    let share = |count: usize| count as f64 / draws.len() as f64;
    let drawn = !draws.is_empty();
    Standing {
        label: party.label.clone(),
        name: party.name.clone(),
        tier: party.tier.clone(),
        net_percent,
        net_musd: party.net_musd,
        cost_musd: party.cost_musd,
        interval: drawn.then(|| interval(question, party)),
        gain_probability: drawn.then(|| {
            let wanted = question.wanted_musd(party);
            share(draws.iter().filter(|draw| **draw > wanted).count())
        }),
        position,
        agrees: party.has_voice.then_some(agrees),
        block_probability: (drawn && party.has_voice).then(|| {
            let blocked = draws.iter().filter(|draw| !question.agrees(party, **draw));
            share(blocked.count())
        }),
        needs_musd,
        needs_percent: percent(needs_musd, party),
    }
}

fn interval(question: &Question, party: &Party) -> Interval {
    let mut sorted = party.draws_musd.clone();
    sorted.sort_by(f64::total_cmp);
    let tail = (1.0 - question.interval) / 2.0;
    let (low, high) = (quantile(&sorted, tail), quantile(&sorted, 1.0 - tail));
    Interval {
        low_percent: percent(low, party),
        median_percent: percent(quantile(&sorted, 0.5), party),
        high_percent: percent(high, party),
        low_musd: low,
        high_musd: high,
    }
}

fn check(question: &Question, parties: &[Party]) -> Result<(), AgreementError> {
    let range = |what: String, value: f64, good: bool, wanted: &'static str| {
        (!good).then_some(Mistake::OutOfRange {
            what,
            value,
            wanted,
        })
    };
    let finite = "it must be a finite number";
    let mut mistakes = Vec::new();
    let delta = question.wanted_percent;
    mistakes.extend(range("δ".into(), delta, delta.is_finite(), finite));
    let band = question.unnoticed_percent;
    let good = band.is_finite() && band >= 0.0;
    let wanted = "it must be a percentage of at least 0";
    mistakes.extend(range("the unnoticed change".into(), band, good, wanted));
    let band = question.unnoticed_musd;
    let good = band.is_finite() && band >= 0.0;
    let wanted = "it must be an amount of at least 0 million USD";
    mistakes.extend(range("the unnoticed change".into(), band, good, wanted));
    let share = question.interval;
    let good = share > 0.0 && share < 1.0;
    let wanted = "it must be above 0 and below 1";
    mistakes.extend(range("the interval".into(), share, good, wanted));
    let draws = parties.first().map_or(0, |party| party.draws_musd.len());
    let mut seen = BTreeSet::new();
    for party in parties {
        let label = &party.label;
        if !seen.insert(label) {
            mistakes.push(Mistake::RepeatedLabel {
                label: label.clone(),
            });
        }
        let income = party.income_musd;
        let good = income.is_finite() && income > 0.0;
        let what = format!("the income of {label}");
        mistakes.extend(range(what, income, good, "it must be above 0"));
        let values = [party.net_musd, party.cost_musd];
        let odd = values
            .iter()
            .chain(&party.draws_musd)
            .find(|value| !value.is_finite());
        mistakes.extend(
            odd.and_then(|value| {
                range(format!("a gain or cost of {label}"), *value, false, finite)
            }),
        );
        if party.cost_musd != 0.0 && !party.has_voice {
            mistakes.push(Mistake::NonMemberPays {
                project: question.bloc.clone(),
                label: label.clone(),
            });
        }
        if party.draws_musd.len() != draws {
            mistakes.push(Mistake::Length {
                what: format!("the list of draws of {label}"),
                expected: draws,
                found: party.draws_musd.len(),
            });
        }
    }
    if !parties.iter().any(|party| party.has_voice) {
        mistakes.push(Mistake::NoMembers {
            bloc: question.bloc.clone(),
        });
    }
    AgreementError::unless_empty(mistakes)
}
