//! From an appraisal to the parties of a consensus.

use crate::consensus::{Consensus, Party, Question, consensus, settlement_with_probability};
use crate::error::{AgreementError, Mistake};
use crate::transfers::{Limits, Probable};
use comity_appraisal::Outcome;
use comity_appraisal::outcome::EconomyOutcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Net gains of economies in joint draws: ISO code → million USD a year in each draw.
pub type Draws = BTreeMap<String, Vec<f64>>;

/// Everything that is asked of an appraisal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Who gains, who agrees, and the smallest transfers.
    pub consensus: Consensus,
    /// Transfers, fixed beforehand, that hold with a probability; `None` without draws.
    pub probable: Option<Probable>,
}

/// The consensus of an appraisal, with its own draws if it has any.
///
/// # Errors
/// [`AgreementError::Invalid`] if the bloc has no full members, if someone without a voice bears a
/// cost, or if a number asked is out of its range.
pub fn agreement(
    outcome: &Outcome,
    question: &Question,
    probability: f64,
    limits: Limits,
) -> Result<Agreement, AgreementError> {
    let draws = draws(outcome);
    let parties = parties(outcome, &draws)?;
    let probable = if draws.is_empty() {
        None
    } else {
        let found = settlement_with_probability(question, &parties, probability, limits)?;
        Some(found)
    };
    Ok(Agreement {
        consensus: consensus(question, &parties)?,
        probable,
    })
}

/// The joint draws of an appraisal; empty if it has none, or was read from a file, which does not
/// keep them.
pub fn draws(outcome: &Outcome) -> Draws {
    let Some(uncertainty) = &outcome.uncertainty else {
        return Draws::new();
    };
    let musd = &uncertainty.samples.musd;
    if musd.is_empty() {
        return Draws::new();
    }
    let of = |n: usize| musd.iter().map(|draw| draw[n]).collect();
    let economies = outcome.economies.iter().enumerate();
    economies.map(|(n, e)| (e.iso3.clone(), of(n))).collect()
}

/// The sitting members of the scenario's bloc, those who join it, and those in it without a voice. Whoever bears a cost must
/// have a voice. Without draws pass an empty map.
pub fn parties(outcome: &Outcome, draws: &Draws) -> Result<Vec<Party>, AgreementError> {
    let mut mistakes = Vec::new();
    for project in &outcome.scenario.projects {
        for (label, share) in &project.paid_by {
            let voice = |e: &EconomyOutcome| e.iso3 == *label && has_voice(e);
            if *share != 0.0 && !outcome.economies.iter().any(voice) {
                mistakes.push(Mistake::NonMemberPays {
                    project: project.name.clone(),
                    label: label.clone(),
                });
            }
        }
    }
    if !outcome.economies.iter().any(has_voice) {
        mistakes.push(Mistake::NoMembers {
            bloc: outcome.scenario.bloc.clone(),
        });
    }
    AgreementError::unless_empty(mistakes)?;
    let in_bloc = outcome.economies.iter().filter_map(|economy| {
        let tier = if economy.joins() {
            "member, new".to_owned()
        } else {
            economy.tier.clone()?
        };
        Some(party(economy, tier, draws))
    });
    Ok(in_bloc.collect())
}

/// The question of δ = 0 for the scenario's bloc.
pub fn question(outcome: &Outcome) -> Question {
    Question::of(outcome.scenario.bloc.clone())
}

/// Nothing passes against a sitting member, nor does anyone join against its will.
fn has_voice(economy: &EconomyOutcome) -> bool {
    economy.has_voice || economy.joins()
}

fn party(economy: &EconomyOutcome, tier: String, draws: &Draws) -> Party {
    Party {
        label: economy.iso3.clone(),
        name: economy.name.clone(),
        tier,
        has_voice: has_voice(economy),
        income_musd: economy.income_musd,
        net_musd: economy.net_change_musd,
        cost_musd: economy.cost_musd_per_year,
        draws_musd: draws.get(&economy.iso3).cloned().unwrap_or_default(),
    }
}
