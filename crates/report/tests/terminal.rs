//! What the terminal shows.

mod common;

use comity_report::terminal;

#[test]
fn reads_as_expected() {
    insta::assert_snapshot!(terminal::render(&common::outcome(), 110, false));
}

#[test]
fn draws_read_as_expected() {
    let text = terminal::render(&common::drawn(), 110, false);
    let start = text.find("Net gain over").expect("the table of draws");
    let end = start + text[start..].find("Biggest").expect("the next table");
    insta::assert_snapshot!(&text[start..end]);
}

#[test]
fn plain_text_has_no_escapes_and_fits() {
    for width in [80, 100, 110, 120] {
        let text = terminal::render(&common::outcome(), width, false);
        assert!(!text.contains('\u{1b}'));
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
        assert!(!text.contains("-0.0") && !text.contains("NaN"));
    }
}

#[test]
fn colour_only_adds_escapes() {
    let plain = terminal::render(&common::outcome(), 110, false);
    let coloured = terminal::render(&common::outcome(), 110, true);
    assert!(coloured.contains("\u{1b}["));
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some(start) = rest.find("\u{1b}[") {
        stripped.push_str(&rest[..start]);
        let end = start + rest[start..].find('m').expect("an escape ends in m") + 1;
        rest = &rest[end..];
    }
    stripped.push_str(rest);
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(words(&plain), words(&stripped));
}

#[test]
fn no_bloc_no_corridors_no_projects() {
    let mut outcome = common::outcome();
    outcome.scenario.bloc.clear();
    outcome.scenario.projects.clear();
    outcome.corridors.clear();
    for economy in &mut outcome.economies {
        economy.tier = None;
        economy.has_voice = false;
    }
    let text = terminal::render(&outcome, 100, false);
    assert!(text.contains("Biggest gainers\n") && !text.contains("bloc"));
}
