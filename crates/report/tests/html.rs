//! The page is well-formed, safe and complete in itself.

mod common;

use comity_report::{ReportError, html};

/// Tags that need no end.
const VOID: [&str; 3] = ["meta", "!DOCTYPE", "br"];

fn assert_balanced(page: &str) {
    let style_end = page.find("</style>").expect("a style sheet");
    let style_start = page.find("<style>").expect("a style sheet");
    let page = format!("{}{}", &page[..style_start], &page[style_end + 8..]);
    let mut open: Vec<&str> = Vec::new();
    for piece in page.split('<').skip(1) {
        let tag = &piece[..piece.find('>').expect("a tag ends")];
        assert!(
            !piece[tag.len() + 1..].contains('>'),
            "a stray > after <{tag}>"
        );
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "unbalanced");
        } else if !tag.ends_with('/') {
            let name = tag.split_whitespace().next().expect("a name");
            if !VOID.contains(&name) {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
}

#[test]
fn well_formed_and_self_contained() {
    let page = html::render(&common::outcome(), common::OUTLINES, None).unwrap();
    assert_balanced(&page);
    for word in [
        "NaN",
        "null",
        "undefined",
        "inf ",
        "-0.00",
        "src=",
        "href=",
        "@import",
        "url(h",
    ] {
        assert!(!page.contains(word), "{word} in the page");
    }
    // Ids are used once.
    let mut ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .map(|p| &p[..p.find('"').unwrap()])
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn text_is_escaped() {
    let page = html::render(&common::outcome(), common::OUTLINES, None).unwrap();
    for raw in [
        "<Vale>",
        "<Grey>",
        "<Old Town>",
        "<preprint>",
        "<yet>",
        "<Nullius>",
        "b=2\"",
        "& co",
    ] {
        assert!(!page.contains(raw), "{raw} is not escaped");
    }
    assert!(page.contains("Bergia &amp; &lt;Vale&gt;"));
}

#[test]
fn same_outcome_same_page() {
    let page = || html::render(&common::outcome(), common::OUTLINES, None).unwrap();
    assert_eq!(page(), page());
}

#[test]
fn empty_outcome_still_makes_a_page() {
    let mut outcome = common::outcome();
    outcome.economies.clear();
    outcome.corridors.clear();
    outcome.journeys.clear();
    outcome.map_links.clear();
    outcome.places.clear();
    outcome.assumptions.clear();
    outcome.sources.clear();
    outcome.scenario.projects.clear();
    outcome.scenario.bloc.clear();
    outcome.diagnostics.warnings.clear();
    let page = html::render(&outcome, "", None).unwrap();
    assert_balanced(&page);
    assert!(!page.contains("class=\"map\""));
}

#[test]
fn extents_across_the_antimeridian_and_the_equator() {
    for extent in [[170.0, -20.0, -160.0, 20.0], [-180.0, -85.0, 180.0, 85.0]] {
        let page = html::render(&common::outcome(), common::OUTLINES, Some(extent)).unwrap();
        assert_balanced(&page);
        assert!(!page.contains("NaN"));
    }
}

#[test]
fn mistakes_are_told_apart() {
    let outcome = common::outcome();
    let nowhere = html::render(&outcome, "", Some([10.0, 50.0, 20.0, 40.0])).unwrap_err();
    assert!(matches!(nowhere, ReportError::Extent { .. }) && nowhere.is_user_error());
    let garbled = html::render(&outcome, "{\"features\": 3}", None).unwrap_err();
    assert!(matches!(garbled, ReportError::Outlines(_)) && garbled.is_user_error());
    let mut broken = common::outcome();
    broken.economies[1].net_change_musd = f64::NAN;
    let broken = html::render(&broken, "", None).unwrap_err();
    assert!(!broken.is_user_error());
    assert!(broken.to_string().contains("net_change_musd") && broken.to_string().contains("BBB"));
}

#[test]
fn draws_have_their_table_and_lines() {
    let page = html::render(&common::drawn(), "", None).unwrap();
    assert!(page.contains("Net gain over 4 draws of 2 parameters"));
    assert!(page.contains(r#"class="interval""#) && page.contains("Sign turns at"));
    assert!(
        !html::render(&common::outcome(), "", None)
            .unwrap()
            .contains(r#"class="interval""#)
    );
}

#[test]
fn the_brief_is_well_formed_and_says_what_would_flip_it() {
    use comity_agreement::from_outcome::{agreement, question};
    let outcome = common::drawn();
    let found = agreement(&outcome, &question(&outcome), 0.9, Default::default()).unwrap();
    let page = html::brief::render(&outcome, &found, common::OUTLINES, None).unwrap();
    assert_balanced(&page);
    assert!(
        page.contains(
            &found
                .consensus
                .sentence
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
        )
    );
    assert_eq!(page.matches("<svg class=\"chart\"").count(), 1);
    assert_eq!(page.matches("<table").count(), 1);
    for word in ["NaN", "src=", "href=", "url(h"] {
        assert!(!page.contains(word), "{word} in the page");
    }
}

#[test]
fn whether_members_agree_stands_in_the_report() {
    let page = html::render(&common::outcome(), common::OUTLINES, None).unwrap();
    assert!(page.contains("Does every member agree?"));
    // Without a voice for whoever pays, the reason stands there instead.
    let mut outcome = common::outcome();
    for economy in &mut outcome.economies {
        economy.has_voice = false;
        economy.tier_after = None;
    }
    let page = html::render(&outcome, common::OUTLINES, None).unwrap();
    assert!(page.contains("Not said:"));
}
