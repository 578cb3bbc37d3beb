//! Whether every member agrees, in words and tables, and as CSV.

use crate::numbers::{MISSING, Style};
use crate::select;
use crate::terminal::{Column, NAME, Page};
use comity_agreement::consensus::{Consensus, Position, Standing};
use comity_agreement::from_outcome::Agreement;
use comity_agreement::transfers::{Payment, Probable, Proof, Settlement};
use std::collections::BTreeMap;

/// A part of what coalitions are worth, for a terminal or a page.
pub enum Block {
    Text(String),
    List(Vec<String>),
    /// Every row has a cell for each heading, the first of them a name.
    Table {
        caption: String,
        header: Vec<String>,
        rows: Vec<Vec<String>>,
    },
}

/// A position in words.
pub fn position(of: Position) -> &'static str {
    match of {
        Position::Gains => "gains",
        Position::Loses => "loses",
        Position::Indifferent => "indifferent",
    }
}

/// "0", "0.5 %": what each member wants, for a heading.
pub(crate) fn delta(consensus: &Consensus) -> String {
    let wanted = consensus.question.wanted_percent;
    if wanted == 0.0 {
        "0".to_owned()
    } else {
        format!("{wanted} %")
    }
}

/// What a member would need, or a dash.
pub(crate) fn needed(standing: &Standing) -> Option<f64> {
    (standing.needs_musd > 0.0).then_some(standing.needs_musd)
}

/// Names by label.
pub(crate) fn names(consensus: &Consensus) -> BTreeMap<&str, &str> {
    let all = consensus.members.iter().chain(&consensus.others);
    all.map(|s| (s.label.as_str(), s.name.as_str())).collect()
}

/// Two sentences about transfers that hold with a probability.
pub(crate) fn probable_sentence(probable: &Probable) -> String {
    let asked = select::probability(probable.asked);
    match &probable.settlement {
        Settlement::Infeasible { shortfall_musd } => format!(
            "No transfers fixed beforehand hold in {asked} of the draws; the nearest miss is {} million USD a year.",
            amount(*shortfall_musd)
        ),
        Settlement::Transfers(transfers) if transfers.payments.is_empty() => {
            format!("No transfers are needed in {asked} of the draws.")
        }
        Settlement::Transfers(transfers) => {
            let proof = match probable.proof {
                Proof::Exact => "No smaller ones hold as often.".to_owned(),
                Proof::BestFound => format!(
                    "Smaller ones may exist, but none below {} million USD.",
                    amount(probable.lower_bound_musd)
                ),
            };
            format!(
                "Fixed beforehand, transfers of {} million USD a year hold in {} of the draws ({asked} asked). {proof}",
                amount(transfers.total_musd),
                select::probability(probable.holds),
            )
        }
    }
}

/// That nobody objects to what some lose, where it passes all the same.
pub(crate) fn unobjected(consensus: &Consensus) -> Option<String> {
    let musd = consensus.unobjected_musd()?;
    Some(format!(
        "No transfers are needed: what some members fall short of, {} million USD a year together, is \
         too little for them to object.",
        amount(musd)
    ))
}

/// Million USD in running text.
pub(crate) fn amount(musd: f64) -> String {
    Style::LEVEL.widened([musd]).format(musd)
}

/// The consensus table, the verdict and the transfers. `width` in columns; no escape sequences
/// unless `colour`.
pub fn render(agreement: &Agreement, width: usize, colour: bool) -> String {
    let consensus = &agreement.consensus;
    let bloc = &consensus.question.bloc;
    let mut page = Page::new(width, colour);
    page.bold(&consensus.sentence);
    page.paragraph(&together(consensus));
    let title = format!("{bloc}: full members, each with one voice");
    page.table(&title, standings(consensus, &consensus.members, true));
    if !consensus.others.is_empty() {
        let title = format!("{bloc}: observers and others, without a voice");
        page.table(&title, standings(consensus, &consensus.others, false));
    }
    let names = names(consensus);
    match &consensus.settlement {
        Settlement::Infeasible { shortfall_musd } => page.paragraph(&format!(
            "\nNo transfers among the members leave each with its δ of {}: {} million USD a year are missing.",
            delta(consensus),
            amount(*shortfall_musd)
        )),
        Settlement::Transfers(_) => {
            if let Some(sentence) = unobjected(consensus) {
                page.paragraph(&format!("\n{sentence}"));
            }
        }
    }
    if let Some(transfers) = consensus.transfers() {
        page.table(
            "Smallest transfers that leave every member with its δ, at the central values",
            payments(&transfers.payments, &names),
        );
    }
    if let Some(probable) = &agreement.probable {
        page.paragraph("");
        page.paragraph(&probable_sentence(probable));
        if let Settlement::Transfers(transfers) = &probable.settlement
            && !transfers.payments.is_empty()
        {
            let title = format!(
                "Transfers that hold in {} of the draws",
                select::probability(probable.holds)
            );
            page.table(&title, payments(&transfers.payments, &names));
        }
    }
    page.into_text()
}

/// What the members gain together, and how often all agree.
pub(crate) fn together(consensus: &Consensus) -> String {
    let verb = if consensus.members_net_musd < 0.0 {
        "lose"
    } else {
        "gain"
    };
    let mut words = format!(
        "Together the members {verb} {} million USD a year.",
        amount(consensus.members_net_musd.abs())
    );
    if let Some(share) = consensus.agree_probability {
        words.push_str(&format!(
            " Without transfers all agree in {} of {} draws.",
            select::probability(share),
            consensus.draws
        ));
    }
    words
}

fn standings(consensus: &Consensus, rows: &[Standing], voices: bool) -> Vec<Column> {
    let number = |header: &str, style: Style, f: &dyn Fn(&Standing) -> Option<f64>| {
        Column::numbers(header, style, rows.iter().map(f).collect())
    };
    let words = |header: &str, most: usize, f: &dyn Fn(&Standing) -> Option<String>| {
        let cells = rows.iter().map(|s| f(s).unwrap_or_else(|| MISSING.into()));
        Column::words(header, most, cells)
    };
    let mut columns = vec![words("economy", NAME, &|s| Some(s.name.clone()))];
    if !voices {
        columns.push(words("tier", 16, &|s| Some(s.tier.clone())));
    }
    columns.push(number("net\n% income", Style::PERCENT, &|s| Some(s.net_percent)).judged());
    columns.push(number("net\nm USD/yr", Style::MUSD, &|s| Some(s.net_musd)).judged());
    if rows.iter().any(|s| s.cost_musd != 0.0) {
        columns.push(number("pays\nm USD/yr", Style::LEVEL, &|s| {
            Some(s.cost_musd)
        }));
    }
    if consensus.draws > 0 {
        let share = format!("{:.0} % interval", 100.0 * consensus.question.interval);
        columns.push(words(&format!("{share}\nm USD/yr"), 22, &|s| {
            s.interval
                .map(|i| select::range(Style::MUSD, i.low_musd, i.high_musd))
        }));
        let header = format!("P(gain\n> {})", delta(consensus));
        columns.push(words(&header, 8, &|s| {
            s.gain_probability.map(select::probability)
        }));
    }
    columns.push(words("position", 12, &|s| {
        Some(position(s.position).to_owned())
    }));
    if voices {
        if consensus.draws > 0 {
            columns.push(words("P(would\nblock)", 8, &|s| {
                s.block_probability.map(select::probability)
            }));
        }
        columns.push(words("agrees", 6, &|s| {
            s.agrees
                .map(|agrees| if agrees { "yes" } else { "no" }.into())
        }));
        columns.push(number("would need\nm USD/yr", Style::LEVEL, &needed));
    }
    columns
}

fn payments(rows: &[Payment], names: &BTreeMap<&str, &str>) -> Vec<Column> {
    let name = |label: &str| names.get(label).copied().unwrap_or(label).to_owned();
    vec![
        Column::words("from", NAME, rows.iter().map(|p| name(&p.from))),
        Column::words("to", NAME, rows.iter().map(|p| name(&p.to))),
        Column::numbers(
            "m USD/yr",
            Style::LEVEL,
            rows.iter().map(|p| Some(p.musd)).collect(),
        ),
    ]
}

/// One row a member and then one for everyone else in the bloc; an empty cell is a number that
/// does not apply. `transfer_musd` is what it gets (negative: pays) of the smallest transfers.
pub fn consensus_csv(agreement: &Agreement) -> String {
    let consensus = &agreement.consensus;
    let transfers = consensus.settlement.transfers();
    let mut text = String::from(
        "iso3,name,tier,has_voice,net_percent,net_musd,cost_musd,low_percent,median_percent,\
         high_percent,low_musd,high_musd,gain_probability,block_probability,position,agrees,\
         needs_musd,transfer_musd\n",
    );
    let optional = |value: Option<f64>| value.map_or(String::new(), |v| v.to_string());
    for (voice, row) in [(true, &consensus.members), (false, &consensus.others)]
        .into_iter()
        .flat_map(|(voice, rows)| rows.iter().map(move |row| (voice, row)))
    {
        let transfer = transfers.and_then(|t| {
            let own = t.members.iter().find(|m| m.label == row.label);
            own.map(|m| m.transfer_musd)
        });
        let interval = |f: fn(&comity_agreement::consensus::Interval) -> f64| {
            optional(row.interval.as_ref().map(f))
        };
        let quoted = |words: &str| {
            if words.contains([',', '"', '\n']) {
                format!("\"{}\"", words.replace('"', "\"\""))
            } else {
                words.to_owned()
            }
        };
        let cells = [
            row.label.clone(),
            quoted(&row.name),
            quoted(&row.tier),
            voice.to_string(),
            row.net_percent.to_string(),
            row.net_musd.to_string(),
            row.cost_musd.to_string(),
            interval(|i| i.low_percent),
            interval(|i| i.median_percent),
            interval(|i| i.high_percent),
            interval(|i| i.low_musd),
            interval(|i| i.high_musd),
            optional(row.gain_probability),
            optional(row.block_probability),
            position(row.position).to_owned(),
            row.agrees.map_or(String::new(), |a| a.to_string()),
            row.needs_musd.to_string(),
            optional(transfer),
        ];
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}
