//! The answer in one sentence.

use crate::outcome::{EconomyOutcome, Verdict};
use comity_scenario::Resolved;

/// A net change below this share of income, in percent, and below [`INDIFFERENT_MUSD`] counts as
/// no change. Both, so that neither a small economy's large share nor a large economy's large sum
/// is passed over.
pub const INDIFFERENT_PERCENT: f64 = 0.001;
/// See [`INDIFFERENT_PERCENT`]; million USD a year.
pub const INDIFFERENT_MUSD: f64 = 10.0;

pub(crate) fn of(scenario: &Resolved, economies: &[EconomyOutcome]) -> Verdict {
    let members: Vec<&EconomyOutcome> = economies.iter().filter(|e| e.has_voice).collect();
    let gains = |e: &&&EconomyOutcome| is_noticed(e) && e.net_change_musd > 0.0;
    let loses = |e: &&&EconomyOutcome| is_noticed(e) && e.net_change_musd < 0.0;
    let gaining = members.iter().filter(gains).count();
    let mut losers: Vec<&&EconomyOutcome> = members.iter().filter(loses).collect();
    losers.sort_by(|a, b| a.net_change_percent.total_cmp(&b.net_change_percent));
    let members_net: f64 = members.iter().map(|e| e.net_change_musd).sum();
    let world_net: f64 = economies.iter().map(|e| e.net_change_musd).sum();
    let indifferent = members.len() - gaining - losers.len();
    let cost = if scenario.projects().is_empty() {
        ""
    } else {
        " after paying for it"
    };
    let head = format!("{}: ", scenario.name);
    let bloc = &scenario.bloc;
    let body = if members.is_empty() {
        format!("{bloc} has no full members, so nobody has a voice")
    } else if gaining == members.len() {
        format!(
            "every one of the {} full members of {bloc} gains{cost}",
            members.len()
        )
    } else if losers.is_empty() && gaining == 0 {
        format!(
            "none of the {} full members of {bloc} notices it",
            members.len()
        )
    } else {
        let mut parts = vec![format!(
            "not every full member of {bloc} gains{cost}: {gaining} of {} gain",
            members.len()
        )];
        if !losers.is_empty() {
            let named: Vec<String> = losers
                .iter()
                .take(4)
                .map(|e| {
                    format!(
                        "{} {} million USD or {} %",
                        e.name,
                        with_sign(e.net_change_musd),
                        signed(e.net_change_percent)
                    )
                })
                .collect();
            let more = if losers.len() > 4 { "; …" } else { "" };
            let verb = if losers.len() == 1 { "loses" } else { "lose" };
            parts.push(format!(
                "{} {verb} ({}{more})",
                losers.len(),
                named.join("; ")
            ));
        }
        if indifferent > 0 {
            parts.push(format!(
                "{indifferent} see no change worth naming (less than {INDIFFERENT_PERCENT} % of income \
                 and {INDIFFERENT_MUSD} million USD)"
            ));
        }
        parts.join(", ")
    };
    let together = if members_net < 0.0 { "lose" } else { "gain" };
    let sentence = format!(
        "{head}{body}; together the members {together} {} million USD a year and the world {} {}.{}",
        rounded(members_net.abs()),
        if world_net < 0.0 { "loses" } else { "gains" },
        rounded(world_net.abs()),
        after_membership(bloc, economies),
    );
    Verdict {
        sentence,
        members_gaining: gaining,
        members_losing: losers.len(),
        members_indifferent: indifferent,
        members_net_musd: members_net,
        world_net_musd: world_net,
    }
}

/// The same count among those who are members after the scenario; empty if they are the same. The
/// counts above are of the sitting members, who decide.
fn after_membership(bloc: &str, economies: &[EconomyOutcome]) -> String {
    let list = |of: fn(&EconomyOutcome) -> bool| -> Vec<String> {
        economies
            .iter()
            .filter(|e| of(e))
            .map(|e| format!("{} ({} million USD)", e.name, with_sign(e.net_change_musd)))
            .collect()
    };
    let (joining, leaving) = (list(EconomyOutcome::joins), list(EconomyOutcome::leaves));
    if joining.is_empty() && leaving.is_empty() {
        return String::new();
    }
    let after: Vec<&EconomyOutcome> = economies
        .iter()
        .filter(|e| e.tier_after.as_deref() == Some("member"))
        .collect();
    let gaining = after
        .iter()
        .filter(|e| is_noticed(e) && e.net_change_musd > 0.0);
    let losing = after
        .iter()
        .filter(|e| is_noticed(e) && e.net_change_musd < 0.0);
    let mut moves = Vec::new();
    for (verb, names) in [("joined by", joining), ("left by", leaving)] {
        if !names.is_empty() {
            moves.push(format!("{verb} {}", names.join(", ")));
        }
    }
    format!(
        " These are the sitting members; {bloc}, {}, has {} full members, of which {} gain and {} lose.",
        moves.join(" and "),
        after.len(),
        gaining.count(),
        losing.count(),
    )
}

/// Whether a net change is worth naming.
fn is_noticed(e: &EconomyOutcome) -> bool {
    e.net_change_percent.abs() >= INDIFFERENT_PERCENT || e.net_change_musd.abs() >= INDIFFERENT_MUSD
}

/// Two significant digits, with sign.
fn signed(percent: f64) -> String {
    let digits = (1 - percent.abs().log10().floor() as i32).clamp(0, 6) as usize;
    let sign = if percent < 0.0 { "−" } else { "+" };
    format!("{sign}{:.digits$}", percent.abs())
}

fn with_sign(musd: f64) -> String {
    let sign = if musd < 0.0 { "−" } else { "+" };
    format!("{sign}{}", rounded(musd.abs()))
}

fn rounded(musd: f64) -> String {
    let digits = if musd >= 10.0 { 0 } else { 1 };
    let text = format!("{musd:.digits$}");
    let (whole, rest) = text
        .split_once('.')
        .map_or((text.as_str(), ""), |(w, r)| (w, r));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if rest.is_empty() {
        grouped
    } else {
        format!("{grouped}.{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(signed(-0.01234), "−0.012");
        assert_eq!(signed(12.34), "+12");
        assert_eq!(rounded(1_234_567.0), "1,234,567");
        assert_eq!(rounded(3.26), "3.3");
    }
}
