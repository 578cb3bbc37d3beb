//! The verdict in one sentence.

use super::{Position, Question, Standing, Verdict};

pub(super) fn of(question: &Question, verdict: &Verdict, members: &[Standing]) -> String {
    let count = members.len();
    let gaining = members
        .iter()
        .filter(|member| member.position == Position::Gains)
        .count();
    let all = if count == 1 {
        "the only full member".to_owned()
    } else {
        format!("all {count} full members")
    };
    let delta = if question.wanted_percent == 0.0 {
        String::new()
    } else {
        format!(" at least {} %", question.wanted_percent)
    };
    let mut short: Vec<&Standing> = members
        .iter()
        .filter(|member| member.agrees == Some(false))
        .collect();
    short.sort_by(|a, b| {
        let by_need = b.needs_percent.total_cmp(&a.needs_percent);
        by_need.then(a.label.cmp(&b.label))
    });
    let named = |verb_one: &str, verb_many: &str| {
        const MOST: usize = 4;
        let names: Vec<&str> = short.iter().take(MOST).map(|m| m.name.as_str()).collect();
        let verb = if short.len() == 1 {
            verb_one
        } else {
            verb_many
        };
        let more = match short.len().saturating_sub(MOST) {
            0 => String::new(),
            rest => format!(" and {rest} more"),
        };
        format!("{}{more} {verb}", names.join(", "))
    };
    let body = match verdict {
        Verdict::Passes if gaining == count => {
            let verb = if count == 1 { "gains" } else { "gain" };
            format!("passes: {all} {verb}{delta}")
        }
        Verdict::Passes => format!(
            "passes: no full member falls short{}, {gaining} of {count} gain",
            if delta.is_empty() {
                String::new()
            } else {
                format!(" of {} %", question.wanted_percent)
            }
        ),
        Verdict::PassesWithTransfers { total_musd } => format!(
            "passes with transfers of {} million USD a year: {} without",
            amount(*total_musd),
            if delta.is_empty() {
                named("would lose", "would lose")
            } else {
                named("would fall short", "would fall short")
            }
        ),
        Verdict::MembersTogetherLose { loss_musd } => format!(
            "cannot pass: the members together lose {} million USD a year, so no transfers among \
             them can help; {}",
            amount(*loss_musd),
            named("blocks", "block")
        ),
        Verdict::Shortfall {
            gain_musd,
            shortfall_musd,
        } => format!(
            "cannot pass: the members together gain {} million USD a year, {} short of{delta} for \
             each; {}",
            amount(*gain_musd),
            amount(*shortfall_musd),
            named("blocks", "block")
        ),
    };
    format!("{}: {body}.", question.bloc)
}

/// Three significant digits, whole above a hundred, with commas.
fn amount(musd: f64) -> String {
    let digits = if musd == 0.0 {
        0
    } else {
        (2 - musd.abs().log10().floor() as i32).clamp(0, 9) as usize
    };
    let text = format!("{musd:.digits$}");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        let after = whole.len() - index;
        if index > 0 && after % 3 == 0 && digit.is_ascii_digit() && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if part.is_empty() {
        grouped
    } else {
        format!("{grouped}.{part}")
    }
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn amounts_read_well() {
        assert_eq!(amount(1_234_567.0), "1,234,567");
        assert_eq!(amount(3.256), "3.26");
        assert_eq!(amount(0.01234), "0.0123");
        assert_eq!(amount(0.0), "0");
    }
}
