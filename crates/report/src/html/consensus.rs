//! The section on agreement: does every member gain, who would block, what would make them agree.

use super::tables::{Column, table};
use super::{Page, escape};
use crate::agreement::{
    Block, amount, delta, names, needed, position, probable_sentence, together, unobjected,
};
use crate::numbers::{MISSING, Style};
use crate::select;
use comity_agreement::AgreementError;
use comity_agreement::consensus::{Consensus, Standing};
use comity_agreement::from_outcome::{Agreement, agreement, question};
use comity_agreement::transfers::{Limits, Settlement, Transfers};
use comity_appraisal::outcome::Outcome;

/// Share of the draws in which transfers shall hold, where nothing else is asked.
const PROBABILITY: f64 = 0.9;
/// A report does not wait long for the proof that transfers are the smallest.
const LIMITS: Limits = Limits { most_nodes: 20_000 };

/// The agreement of an outcome with nothing asked beyond a gain.
pub fn of(outcome: &Outcome) -> Result<Agreement, AgreementError> {
    agreement(outcome, &question(outcome), PROBABILITY, LIMITS)
}

impl Page {
    pub(super) fn consensus(
        &mut self,
        outcome: &Outcome,
        agreement: &Result<Agreement, AgreementError>,
        coalitions: &[Block],
    ) {
        if outcome.scenario.bloc.is_empty() {
            return;
        }
        self.put("<section><h2>Does every member agree?</h2>");
        match agreement {
            Err(reason) => self.put(&format!(
                "<p>Not said: {}.</p>",
                escape(&reason.to_string())
            )),
            Ok(agreement) => self.agreement(agreement),
        }
        self.coalitions(coalitions);
        self.put("</section>");
    }

    fn agreement(&mut self, agreement: &Agreement) {
        let consensus = &agreement.consensus;
        self.put(&format!(
            "<p>{} {}</p>",
            escape(&consensus.sentence),
            escape(&together(consensus))
        ));
        let caption = self.caption(&format!(
            "Full members of {}, each with one voice whatever its size: gain beside what each pays. δ, the gain wanted, is {}",
            consensus.question.bloc,
            delta(consensus)
        ));
        self.put(&members(&caption, consensus, agreement));
        let vetoes = vetoes(consensus);
        if !vetoes.is_empty() {
            self.put("<p>Who would block without transfers:</p>");
            self.list(&vetoes);
        }
        match &consensus.settlement {
            Settlement::Infeasible { shortfall_musd } => self.put(&format!(
                "<p>No transfers among the members leave each with its δ: {} million USD a year are missing.</p>",
                amount(*shortfall_musd)
            )),
            Settlement::Transfers(_) => {
                if let Some(sentence) = unobjected(consensus) {
                    self.put(&format!("<p>{}</p>", escape(&sentence)));
                }
            }
        }
        if let Some(transfers) = consensus.transfers() {
            self.payments(
                "Smallest transfers that leave every member with its δ, at the central values",
                consensus,
                transfers,
            );
        }
        if let Some(probable) = &agreement.probable {
            self.put(&format!("<p>{}</p>", escape(&probable_sentence(probable))));
            if let Settlement::Transfers(transfers) = &probable.settlement {
                let title = format!(
                    "Transfers that hold in {} of the draws",
                    select::probability(probable.holds)
                );
                self.payments(&title, consensus, transfers);
            }
        }
        self.put("<p class=\"note\">Transfers are the smallest in their sum, then in the largest single amount; their own effect on prices is left out. A change below a thousandth of a percent of income and below 10 million USD stops nobody.</p>");
    }

    fn coalitions(&mut self, blocks: &[Block]) {
        if blocks.is_empty() {
            return;
        }
        self.put("<h3>What coalitions are worth</h3>");
        for block in blocks {
            match block {
                Block::Text(words) => self.put(&format!("<p>{}</p>", escape(words))),
                Block::List(items) => self.list(items),
                Block::Table {
                    caption,
                    header,
                    rows,
                } => {
                    let column = |(at, heading): (usize, &String)| {
                        let cells = rows.iter().map(|row| row[at].clone());
                        Column::words(heading, cells)
                    };
                    let columns: Vec<Column> = header.iter().enumerate().map(column).collect();
                    let caption = self.caption(caption);
                    self.put(&table(&caption, "", &columns));
                }
            }
        }
    }

    fn payments(&mut self, title: &str, consensus: &Consensus, transfers: &Transfers) {
        if transfers.payments.is_empty() {
            return;
        }
        let names = names(consensus);
        let name = |label: &str| names.get(label).copied().unwrap_or(label).to_owned();
        let rows = &transfers.payments;
        let columns = [
            Column::words("From", rows.iter().map(|p| name(&p.from))),
            Column::words("To", rows.iter().map(|p| name(&p.to))),
            Column::numbers(
                "Amount",
                "m USD/yr",
                Style::LEVEL,
                rows.iter().map(|p| Some(p.musd)).collect(),
            ),
        ];
        let caption = self.caption(title);
        self.put(&table(&caption, "", &columns));
    }
}

/// Who would block, at the central values or in more than a twentieth of the draws.
pub(super) fn vetoes(consensus: &Consensus) -> Vec<String> {
    const OFTEN: f64 = 0.05;
    let mut found: Vec<&Standing> = consensus.members.iter().collect();
    found.retain(|s| s.agrees == Some(false) || s.block_probability.is_some_and(|p| p > OFTEN));
    found.sort_by(|a, b| {
        let chance = |s: &Standing| s.block_probability.unwrap_or(0.0);
        let by_chance = chance(b).total_cmp(&chance(a));
        by_chance.then(a.label.cmp(&b.label))
    });
    let sentence = |s: &&Standing| {
        let chance = s.block_probability.map_or(String::new(), |p| {
            format!(", in {} of the draws", select::probability(p))
        });
        if s.agrees == Some(false) {
            format!(
                "{}{chance}: would need {} million USD a year",
                s.name,
                amount(s.needs_musd)
            )
        } else {
            format!("{}{chance}, though not at the central values", s.name)
        }
    };
    found.iter().map(sentence).collect()
}

fn members(caption: &str, consensus: &Consensus, agreement: &Agreement) -> String {
    let rows = &consensus.members;
    let paid: f64 = rows.iter().map(|s| s.cost_musd).sum();
    let number =
        |heading: &str, unit: &'static str, style: Style, f: &dyn Fn(&Standing) -> Option<f64>| {
            Column::numbers(heading, unit, style, rows.iter().map(f).collect())
        };
    let words = |heading: &str, f: &dyn Fn(&Standing) -> Option<String>| {
        let cells = rows.iter().map(|s| f(s).unwrap_or_else(|| MISSING.into()));
        Column::words(heading, cells)
    };
    let mut columns = vec![words("Member", &|s| Some(s.name.clone()))];
    if paid > 0.0 {
        columns.push(number("Share of cost", "%", Style::SHARE, &|s| {
            Some(100.0 * s.cost_musd / paid)
        }));
        columns.push(number("Pays", "m USD/yr", Style::LEVEL, &|s| {
            Some(s.cost_musd)
        }));
    }
    columns.push(number("Net gain", "% of income", Style::PERCENT, &|s| {
        Some(s.net_percent)
    }));
    columns.push(number("Net gain", "m USD/yr", Style::MUSD, &|s| {
        Some(s.net_musd)
    }));
    if consensus.draws > 0 {
        let share = format!("{:.0} % interval", 100.0 * consensus.question.interval);
        columns.push(words(&format!("{share}, m USD/yr"), &|s| {
            let i = s.interval?;
            Some(select::range(Style::MUSD, i.low_musd, i.high_musd))
        }));
        columns.push(words("P(gain > δ)", &|s| {
            s.gain_probability.map(select::probability)
        }));
        columns.push(words("P(would block)", &|s| {
            s.block_probability.map(select::probability)
        }));
    }
    columns.push(words("Position", &|s| {
        Some(position(s.position).to_owned())
    }));
    columns.push(number("Would need", "m USD/yr", Style::LEVEL, &needed));
    if let Some(transfers) = agreement.consensus.transfers() {
        columns.push(number("Transfer", "m USD/yr", Style::MUSD, &|s| {
            let own = transfers.members.iter().find(|m| m.label == s.label)?;
            Some(own.transfer_musd)
        }));
    }
    table(caption, "wide", &columns)
}
