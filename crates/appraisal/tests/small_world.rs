//! Whole appraisals on the small invented world: no change, a pair cut off, what moves income.

mod common;

use comity_appraisal::{Draws, Options, Outcome, Silent, appraise};
use comity_world::World;

fn outcome(modifications: &str) -> Outcome {
    let world: World = common::load("tests/reference/tiny_world");
    let text = format!("name = \"Test\"\nworld = \"tiny\"\n{modifications}");
    let (_, resolved) = comity_scenario::check("test.toml", &text, &world)
        .unwrap_or_else(|problems| panic!("{}", comity_world::problem::list(&problems)));
    appraise(&world, &resolved, &Options::default(), &Silent).expect("an outcome")
}

fn assert_parts_add_up(outcome: &Outcome) {
    for e in &outcome.economies {
        let parts = [
            e.from_trade_cost_percent,
            e.from_terms_of_trade_percent,
            e.from_tariff_revenue_percent,
            e.from_productivity_percent,
            e.from_trade_balance_percent,
            e.from_project_percent,
        ];
        let sum: f64 = parts.iter().map(|p| p.expect("a split")).sum();
        // The split's own tolerance is 1e-10 of income.
        let gap = (sum - e.net_change_percent).abs();
        assert!(gap <= 1e-8, "{}: parts differ by {gap} %", e.iso3);
    }
}

#[test]
fn no_change_changes_exactly_nothing() {
    let outcome = outcome("");
    for e in &outcome.economies {
        assert_eq!(e.real_income_change_percent, 0.0, "{}", e.iso3);
        assert_eq!(e.net_change_musd, 0.0, "{}", e.iso3);
        assert_eq!(e.trade_cost_change_percent, 0.0, "{}", e.iso3);
        assert_eq!(e.exports_before_musd, e.exports_after_musd, "{}", e.iso3);
    }
    assert!(outcome.corridors.is_empty());
}

#[test]
fn a_pair_cut_off_trades_no_more_and_loses() {
    let outcome = outcome(
        "[[modification]]\ntype = \"border\"\nfrom = \"XBB\"\nto = \"XAA\"\n\
         mode = [\"rail\", \"road\", \"air\"]\nopen = false\n",
    );
    let pair = outcome
        .pairs
        .iter()
        .find(|p| (p.exporter.as_str(), p.importer.as_str()) == ("XAA", "XBB"))
        .expect("a pair that traded");
    assert!(pair.trade_before_musd > 0.0);
    // Services do not travel: what is left of the pair's trade is theirs.
    assert!(pair.trade_after_musd < pair.trade_before_musd);
    assert_eq!(pair.hours_after, None);
    assert_eq!(pair.trade_cost_change_percent, None);
    for iso3 in ["XAA", "XBB"] {
        let e = outcome
            .economies
            .iter()
            .find(|e| e.iso3 == iso3)
            .expect(iso3);
        assert!(e.real_income_change_percent < 0.0, "{iso3}");
    }
    let warnings = outcome.diagnostics.warnings.join("\n");
    assert!(warnings.contains("cuts off 2 economy pairs"), "{warnings}");
}

#[test]
fn what_moves_income_adds_up() {
    let cheaper = "[[modification]]\ntype = \"border\"\nfrom = \"XAA\"\nto = \"XBB\"\n\
                   mode = \"road\"\nhours_factor = 0.2\nusd_factor = 0.5\n";
    let freer = "[[modification]]\ntype = \"tariff\"\nbetween = \"Alliance\"\nto = 0\n";
    let better = "[[modification]]\ntype = \"productivity\"\neconomy = \"XBB\"\nfactor = 1.05\n";
    for modifications in [cheaper, freer, better] {
        assert_parts_add_up(&outcome(modifications));
    }
    let outcome = outcome(better);
    let b = outcome
        .economies
        .iter()
        .find(|e| e.iso3 == "XBB")
        .expect("XBB");
    // 5 % more from the same inputs in every sector, and more through inputs: at least 5 %
    // in all, less what it gives away in its terms of trade.
    assert!(b.from_productivity_percent.expect("a split") > 5.0);
    assert!(b.from_terms_of_trade_percent.expect("a split") < 0.0);
}

#[test]
fn cheaper_non_tariff_costs_help_the_pair() {
    let outcome = outcome(
        "[[modification]]\ntype = \"non-tariff-cost\"\nbetween = \"Alliance\"\nfactor = 0.95\n",
    );
    for iso3 in ["XAA", "XBB"] {
        let e = outcome
            .economies
            .iter()
            .find(|e| e.iso3 == iso3)
            .expect(iso3);
        assert!(e.real_income_change_percent > 0.0, "{iso3}");
    }
    assert_parts_add_up(&outcome);
}

#[test]
fn who_pays_and_where_it_is_spent() {
    let link = "[[modification]]\ntype = \"upgrade-link\"\nmode = \"rail\"\nfrom = \"Alpha City\"\n\
                to = \"Beta City\"\nkmh = 90\nproject = \"Line\"\n";
    let project = |payer: &str, spent: &str| {
        format!(
            "{link}[project.Line]\ncost_musd = 500\nlife_years = 30\ndiscount_rate = 0.05\n\
             paid_by = {{ {payer} = 1 }}\nspent_in = {{ {spent} = 1 }}\n"
        )
    };
    let of = |outcome: &Outcome, iso3: &str| {
        let found = outcome.economies.iter().find(|e| e.iso3 == iso3);
        found.cloned().expect(iso3)
    };
    let annuity = 500.0 * 0.05 / (1.0 - 1.05_f64.powi(-30));
    let home = outcome(&project("XAA", "XAA"));
    let abroad = outcome(&project("XAA", "XBB"));
    for outcome in [&home, &abroad] {
        assert_parts_add_up(outcome);
        let cost: f64 = outcome.economies.iter().map(|e| e.cost_musd_per_year).sum();
        assert!((cost - annuity).abs() <= 1e-9 * annuity, "{cost}");
        // What everybody gains before anybody pays does not depend on who pays.
        assert_eq!(
            of(outcome, "XBB").real_income_change_musd,
            of(&home, "XBB").real_income_change_musd
        );
    }
    let payer = of(&home, "XAA");
    assert_eq!(payer.cost_share, 1.0);
    assert!(payer.net_change_musd < payer.real_income_change_musd);
    // Money spent abroad worsens the payer's terms of trade and betters those of where it goes.
    assert!(of(&abroad, "XAA").net_change_musd < payer.net_change_musd);
    assert!(of(&abroad, "XBB").net_change_musd > of(&home, "XBB").net_change_musd);
}

fn with_draws(modifications: &str, count: u32, seed: u32) -> Outcome {
    let world: World = common::load("tests/reference/tiny_world");
    let text = format!("name = \"Test\"\nworld = \"tiny\"\n{modifications}");
    let (_, resolved) = comity_scenario::check("test.toml", &text, &world)
        .unwrap_or_else(|problems| panic!("{}", comity_world::problem::list(&problems)));
    let options = Options {
        draws: Some(Draws { count, seed }),
        ..Options::default()
    };
    appraise(&world, &resolved, &options, &Silent).expect("an outcome")
}

const FASTER: &str = "[[modification]]\ntype = \"border\"\nfrom = \"XAA\"\nto = \"XBB\"\n\
                      mode = \"road\"\nhours_factor = 0.2\nusd_factor = 0.5\n";

#[test]
fn the_same_seed_draws_the_same_whatever_the_threads() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let outcome = pool.expect("threads").install(|| with_draws(FASTER, 16, 3));
        serde_json::to_string(&outcome.uncertainty).expect("JSON")
    };
    let (one, two) = (on(1), on(2));
    assert_eq!(one, two);
    let other = with_draws(FASTER, 16, 4).uncertainty;
    assert_ne!(one, serde_json::to_string(&other).expect("JSON"));
}

#[test]
fn draws_surround_the_central_gain() {
    let outcome = with_draws(FASTER, 64, 1);
    let drawn = outcome.uncertainty.expect("draws");
    assert_eq!((drawn.draws, drawn.failed), (64, 0));
    for (e, interval) in outcome.economies.iter().zip(&drawn.economies) {
        assert_eq!(e.iso3, interval.iso3);
        assert!(interval.low_musd <= interval.median_musd, "{}", e.iso3);
        assert!(interval.median_musd <= interval.high_musd, "{}", e.iso3);
        if e.has_voice {
            assert!(interval.low_musd < e.net_change_musd, "{}", e.iso3);
            assert!(e.net_change_musd < interval.high_musd, "{}", e.iso3);
        }
    }
    // A faster border helps both neighbours whatever the numbers.
    assert_eq!(drawn.probability_that_every_member_gains, 1.0);
    assert!(
        drawn
            .sensitivity
            .iter()
            .all(|row| row.sign_turns_at.is_none())
    );
}

#[test]
fn nothing_drawn_changes_what_nothing_changes() {
    let drawn = with_draws("", 10, 1).uncertainty.expect("draws");
    for interval in &drawn.economies {
        assert_eq!(
            (interval.low_musd, interval.high_musd),
            (0.0, 0.0),
            "{}",
            interval.iso3
        );
    }
    assert!(drawn.sensitivity.is_empty());
}
