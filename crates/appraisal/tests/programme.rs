//! Programmes on the small invented world: what must add up, and what must agree with appraisals.

mod common;

use comity_appraisal::programme::{Gain, RankedProject};
use comity_appraisal::{
    AccessParameters, EquilibriumSettings, Options, ProgrammeOptions, ProgrammeOutcome, Silent,
    appraise, rank,
};
use comity_network::{Engine, values_of_time};
use comity_scenario::{Programme, Scenario};
use comity_world::{CommodityClass, PlaceId, World};

const LINE: &str = "[[modification]]\ntype = \"upgrade-link\"\nproject = \"Line\"\nmode = \"rail\"\n\
    from = \"Alphaport\"\nto = \"Beta City\"\nkmh = 90\n";
const ROAD: &str = "[[modification]]\ntype = \"upgrade-link\"\nproject = \"Road\"\nmode = \"road\"\n\
    from = \"Alpha City\"\nto = \"Betahill\"\nkmh = 80\n";
const TABLES: &str = "[project.Line]\ncost_musd = 500\nlife_years = 30\ndiscount_rate = 0.05\n\
    paid_by = { ROW = 1 }\nspent_in = { XAA = 1 }\n[project.Road]\n";

fn text(body: &str) -> String {
    format!("name = \"Test\"\nworld = \"tiny\"\n{body}")
}

fn tiny() -> World {
    common::load("tests/reference/tiny_world")
}

fn ranked(world: &World, body: &str, solve: bool) -> ProgrammeOutcome {
    let listed = |found: Vec<comity_world::Problem>| comity_world::problem::list(&found);
    let scenario = Scenario::parse("test.toml", &text(body))
        .map_err(listed)
        .unwrap();
    let programme = Programme::new(&scenario, world).map_err(listed).unwrap();
    let options = ProgrammeOptions {
        equilibrium: solve.then(EquilibriumSettings::default),
        // The small world has no general cargo, whose hour is worth nothing there.
        access: AccessParameters {
            class: CommodityClass::TimeSensitive,
            ..AccessParameters::default()
        },
        ..ProgrammeOptions::default()
    };
    rank(world, &programme, &options, &Silent).expect("an outcome")
}

fn named<'a>(outcome: &'a ProgrammeOutcome, name: &str) -> &'a RankedProject {
    outcome
        .projects
        .iter()
        .find(|p| p.name == name)
        .expect(name)
}

fn income(gain: &Gain) -> f64 {
    gain.real_income_musd.expect("solved")
}

/// With two projects, what is built without one is what the other brings alone. So the gain of one
/// alone and of the other in complement add up to the whole.
#[test]
fn two_projects_add_up_to_the_whole() {
    let outcome = ranked(&tiny(), &format!("{LINE}{ROAD}{TABLES}"), true);
    for (first, second) in [("Line", "Road"), ("Road", "Line")] {
        let parts =
            income(&named(&outcome, first).alone) + income(&named(&outcome, second).complement);
        let whole = income(&outcome.whole);
        assert!(whole > 0.0);
        // Each of three equilibria is solved to 1e-10 of some 1.5e5 million USD.
        assert!((parts - whole).abs() < 1e-4, "{first}: {parts} and {whole}");
        // Land: ln MA adds up, so the sums differ by the product of two small changes only.
        let land = named(&outcome, first).alone.land_value_musd
            + named(&outcome, second).complement.land_value_musd;
        let gap = (land - outcome.whole.land_value_musd).abs();
        assert!(gap < 0.05 * outcome.whole.land_value_musd, "{gap}");
    }
    // Only the road brings land more than a tenth of a million, two thirds of it at home.
    assert_eq!(
        (outcome.gaining_alone, outcome.gaining_in_complement),
        (1, 1)
    );
    let road = named(&outcome, "Road");
    assert_eq!((road.rank, road.rank_alone), (1, 1));
    let share = road.alone.own_share.expect("a gain");
    assert!((0.6..0.8).contains(&share), "{share}");
    assert_eq!(named(&outcome, "Line").alone.own_share, None);
}

#[test]
fn alone_is_what_an_appraisal_says() {
    let world = tiny();
    let outcome = ranked(&world, &format!("{LINE}{ROAD}{TABLES}"), true);
    let body = format!("{LINE}{}", TABLES.replace("[project.Road]\n", ""));
    let (_, resolved) = comity_scenario::check("test.toml", &text(&body), &world).unwrap();
    let one = appraise(&world, &resolved, &Options::default(), &Silent).expect("an outcome");
    let line = named(&outcome, "Line");
    for e in &one.economies {
        let found = outcome.gains.iter().find(|g| {
            (g.project.as_str(), g.state.as_str(), &g.iso3) == ("Line", "alone", &e.iso3)
        });
        let found = found.map_or(0.0, |g| g.real_income_musd.expect("solved"));
        let gap = (found - e.real_income_change_musd).abs();
        assert!(
            gap < 1e-4,
            "{}: {found} and {}",
            e.iso3,
            e.real_income_change_musd
        );
    }
    // Its own economies are those that it passes, and the rest of the world, which pays.
    assert_eq!(line.lies_in, ["XAA", "XBB"]);
    assert_eq!(line.own, ["ROW", "XAA", "XBB"]);
    let annuity = 500.0 * 0.05 / (1.0 - 1.05_f64.powi(-30));
    let ratio = line.alone.income_benefit_cost.expect("a cost");
    assert!((ratio - income(&line.alone) / annuity).abs() < 1e-12);
    let road = named(&outcome, "Road");
    assert_eq!(
        (road.cost_musd, road.complement.land_benefit_cost),
        (None, None)
    );
    assert_eq!(
        outcome.whole.land_benefit_cost, None,
        "the cost of one is not known"
    );
}

/// The income of land from the journeys, written out once more.
#[test]
fn land_value_from_the_journeys() {
    let world = tiny();
    let outcome = ranked(&world, &format!("{LINE}{ROAD}{TABLES}"), false);
    let (_, resolved) = comity_scenario::check(
        "test.toml",
        &text(&format!("{ROAD}[project.Road]\n")),
        &world,
    )
    .unwrap();
    let changed = resolved.apply(&world);
    let values = values_of_time(&world);
    let n = world.economies.len();
    let places = world.places.len();
    let size = |p: usize| {
        let economy = world.economy_of_place(PlaceId::from_index(p));
        world.places[p].weight * world.economies[economy.index()].gdp_musd
    };
    let home = |p: usize| world.economy_of_place(PlaceId::from_index(p)).index();
    let tariff = |from: usize, to: usize| {
        if home(from) == home(to) {
            return 0.0;
        }
        let (mut sum, mut weight) = (0.0, 0.0);
        for j in 0..world.sectors.len() {
            if world.sectors[j].freight.is_none() {
                continue;
            }
            let at = |exporter: usize| (j * n + home(to)) * n + exporter;
            let abroad: f64 = (0..n)
                .filter(|e| *e != home(to))
                .map(|e| world.trade.value_musd[at(e)])
                .sum();
            sum += abroad * world.trade.tariff[at(home(from))];
            weight += abroad;
        }
        sum / weight
    };
    let log_access = |world: &World| -> Vec<f64> {
        let skims = Engine::new(world, values).skim(None, &|| ());
        let skim = skims.class(CommodityClass::TimeSensitive);
        let weight = |from: usize, to: usize| {
            if from == to {
                return 1.0;
            }
            let cost = skim.composite(PlaceId::from_index(from), PlaceId::from_index(to));
            cost.map_or(0.0, |g| (1.0 + g / 50_000.0 + tariff(from, to)).powf(-5.03))
        };
        (0..places)
            .map(|a| {
                let sell: f64 = (0..places).map(|b| size(b) * weight(a, b)).sum();
                let buy: f64 = (0..places).map(|b| size(b) * weight(b, a)).sum();
                0.35 * sell.ln() + 0.65 * buy.ln()
            })
            .collect()
    };
    let (before, after) = (log_access(&world), log_access(&changed));
    let land: f64 = (0..places)
        .map(|a| 0.05 * size(a) * (((after[a] - before[a]) / 1.2515).exp() - 1.0))
        .sum();
    let found = named(&outcome, "Road").alone.land_value_musd;
    assert!(found > 0.0);
    // The same sum in another order.
    assert!((found - land).abs() < 1e-9 * land, "{found} and {land}");
    assert!(!outcome.with_equilibrium);
    assert_eq!(named(&outcome, "Road").alone.real_income_musd, None);
}

/// A bridge that only pays with the road to it: nothing alone, all in complement.
#[test]
fn a_project_may_need_another() {
    // A short cut from Alphaport to Betahill in two pieces that meet where nobody lives.
    let piece = |project: &str, from: &str, to: &str, km: u32| {
        format!(
            "[[modification]]\ntype = \"build-link\"\nproject = \"{project}\"\nmode = \"road\"\n\
             from = {from}\nto = {to}\nkm = {km}\nkmh = 120\n"
        )
    };
    let ridge = "{ name = \"Ridge\", lon = 11.0, lat = 42.0, iso3 = \"XAA\" }";
    let body = format!(
        "{}{}[project.West]\n[project.East]\n",
        piece("West", "\"Alphaport\"", ridge, 340),
        piece("East", ridge, "\"Betahill\"", 250)
    );
    let outcome = ranked(&tiny(), &body, false);
    for name in ["West", "East"] {
        let project = named(&outcome, name);
        assert_eq!(project.alone.land_value_musd, 0.0, "{name}");
        assert_eq!(project.alone.own_share, None);
        assert_eq!(
            project.complement.land_value_musd, outcome.whole.land_value_musd,
            "{name}"
        );
    }
    assert!(outcome.whole.land_value_musd > 0.05);
}

/// What belongs to no project is there before and after.
#[test]
fn the_base_is_no_gain() {
    let world = tiny();
    let border = "[[modification]]\ntype = \"border\"\nfrom = \"XAA\"\nto = \"XBB\"\n\
        mode = [\"rail\", \"road\"]\nhours_factor = 0.1\nusd_factor = 0.1\n";
    let idle = "[[modification]]\ntype = \"build-link\"\nproject = \"Spur\"\nmode = \"road\"\n\
        from = \"Alphaport\"\nto = { name = \"Nowhere\", lon = 8, lat = 41, iso3 = \"XAA\" }\nkm = 120\n";
    let body =
        format!("{border}{idle}{LINE}{TABLES}[project.Spur]\n").replace("[project.Road]\n", "");
    let outcome = ranked(&world, &body, true);
    let spur = named(&outcome, "Spur");
    assert_eq!(spur.alone.land_value_musd, 0.0);
    assert!(income(&spur.alone).abs() < 1e-4, "{}", income(&spur.alone));
    assert_eq!(spur.rank, 2);
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let world = tiny();
    let body = format!("{LINE}{ROAD}{TABLES}");
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let outcome = pool.install(|| ranked(&world, &body, true));
        serde_json::to_string(&(outcome.projects, outcome.gains)).unwrap()
    };
    assert_eq!(with(1), with(4));
}
