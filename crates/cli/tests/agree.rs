//! `comity agree` and `comity power`.

mod common;

use common::Desk;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

const HEAD: &str = r#"
name = "Rail and road"
world = "tiny"
bloc = "Alliance"
"#;

/// It takes both.
const RAILWAY: &str = r#"
[[modification]]
type = "build-link"
project = "Railway"
mode = "rail"
from = "Alphaport"
to = { name = "Beta City", terminal = "gauge-change" }
gauge_mm = 1435
km = 560
kmh = 60

[project."Railway"]
cost_musd = 100
life_years = 30
discount_rate = 0.05
paid_by = { XAA = 0.5, XBB = 0.5 }
spent_in = { XAA = 0.5, XBB = 0.5 }
"#;

/// Alphaland can do this alone.
const ROAD: &str = r#"
[[modification]]
type = "border"
project = "Road border"
mode = "road"
from = "XAA"
to = "XBB"
hours_factor = 0.5

[project."Road border"]
cost_musd = 2
life_years = 30
discount_rate = 0.05
paid_by = { XAA = 1 }
spent_in = { XAA = 1 }
"#;

fn json(command: &mut assert_cmd::Command) -> Value {
    let output = command.args(["--format", "json"]).assert().success();
    serde_json::from_slice(&output.get_output().stdout).expect("JSON on stdout")
}

fn agree(desk: &Desk, scenario: &PathBuf, arguments: &[&str]) -> assert_cmd::Command {
    let mut command = desk.in_tiny(&["agree"]);
    command.arg(scenario).args(arguments);
    command
}

fn own_scenario(desk: &Desk, name: &str, text: &str) -> PathBuf {
    let path = desk.path().join(name);
    fs::write(&path, text).expect("a scenario");
    path
}

fn economy<'a>(outcome: &'a Value, iso3: &str) -> &'a Value {
    let economies = outcome["economies"].as_array().expect("economies");
    economies
        .iter()
        .find(|e| e["iso3"] == iso3)
        .expect("the economy")
}

#[test]
fn the_table_is_that_of_the_appraisal() {
    let desk = Desk::new();
    let scenario = desk.scenario().to_path_buf();
    let found = json(&mut agree(&desk, &scenario, &["--out", "results"]));
    let outcome = json(&mut desk.appraise(&["--no-files"]));
    let members = found["consensus"]["members"].as_array().expect("members");
    let labels: Vec<&str> = members.iter().filter_map(|m| m["label"].as_str()).collect();
    assert_eq!(labels, ["XAA", "XBB"]);
    for member in members {
        let own = economy(&outcome, member["label"].as_str().expect("a label"));
        assert_eq!(member["net_musd"], own["net_change_musd"]);
    }
    let gaining = members.iter().filter(|m| m["position"] == "gains").count();
    assert_eq!(outcome["verdict"]["members_gaining"], gaining);
    assert_eq!(found["consensus"]["others"][0]["label"], "ROW");
    assert_eq!(found["consensus"]["others"][0]["agrees"], Value::Null);
    assert_eq!(found["probable"], Value::Null);
    let names = desk.names("results");
    for file in [
        "agreement.json",
        "brief.html",
        "consensus.csv",
        "report.html",
    ] {
        assert!(names.iter().any(|n| n == file), "{file}");
    }
    let brief = String::from_utf8(desk.read("results/brief.html")).expect("text");
    let sentence = found["consensus"]["sentence"].as_str().expect("a sentence");
    assert!(brief.contains(sentence) && brief.contains("What would flip it"));
    let report = String::from_utf8(desk.read("results/report.html")).expect("text");
    assert!(report.contains("Does every member agree?") && report.contains(sentence));
    // A second run may replace what the first wrote.
    agree(&desk, &scenario, &["--out", "results"])
        .assert()
        .success()
        .stdout(contains("full members, each with one voice").and(contains("Betaland")));
}

#[test]
fn transfers_under_draws_hold_as_often_as_said() {
    let desk = Desk::new();
    let scenario = desk.scenario().to_path_buf();
    // A δ that the railway does not give to both, so that somebody would block.
    let arguments = ["--no-files", "--draws", "20", "--probability", "0.8"];
    let plain = json(&mut agree(&desk, &scenario, &arguments));
    let members = plain["consensus"]["members"].as_array().expect("members");
    let percent = |m: &Value| m["net_percent"].as_f64().expect("a number");
    let (low, high) = (percent(&members[0]), percent(&members[1]));
    let delta = format!("{}", low.min(high) + 0.25 * (high - low).abs());
    let mut wanting = arguments.to_vec();
    wanting.extend(["--delta", &delta]);
    let found = json(&mut agree(&desk, &scenario, &wanting));
    assert_eq!(found["consensus"]["draws"], 20);
    for member in found["consensus"]["members"].as_array().expect("members") {
        let chance = member["gain_probability"].as_f64().expect("a number");
        assert!((0.0..=1.0).contains(&chance));
        let interval = &member["interval"];
        assert!(interval["low_musd"].as_f64() <= interval["high_musd"].as_f64());
    }
    let short = found["consensus"]["members"]
        .as_array()
        .expect("members")
        .iter()
        .find(|m| m["agrees"] == false)
        .expect("somebody is short of δ");
    assert!(short["needs_musd"].as_f64().expect("a number") > 0.0);
    let probable = &found["probable"];
    let transfers = &probable["settlement"]["transfers"];
    if transfers.is_object() {
        assert!(probable["holds"].as_f64().expect("a share") >= 0.8);
        let total: f64 = transfers["members"]
            .as_array()
            .expect("members")
            .iter()
            .map(|m| m["transfer_musd"].as_f64().expect("a number"))
            .sum();
        assert!(total.abs() < 1e-9, "transfers add to nothing: {total}");
    } else {
        let shortfall = &probable["settlement"]["infeasible"]["shortfall_musd"];
        assert!(shortfall.as_f64().expect("a shortfall") > 0.0);
    }
}

/// Every value is checked against an appraisal of the scenario with the same projects.
#[test]
fn coalitions_are_worth_what_their_own_projects_bring() {
    let desk = Desk::new();
    let both = own_scenario(&desk, "both.toml", &format!("{HEAD}{RAILWAY}{ROAD}"));
    let road = own_scenario(&desk, "road.toml", &format!("{HEAD}{ROAD}"));
    let values = [
        "--no-files",
        "--values",
        "shapley,core,nucleolus",
        "--tolerance",
        "1e-12",
    ];
    let found = json(&mut agree(&desk, &both, &values));
    let appraise = |scenario: &PathBuf| {
        let mut command = desk.in_tiny(&["appraise", "--no-files", "--tolerance", "1e-12"]);
        json(command.arg(scenario))
    };
    let (all, road) = (appraise(&both), appraise(&road));
    let net = |outcome: &Value, iso3: &str| -> f64 {
        let own = economy(outcome, iso3);
        own["net_change_musd"].as_f64().expect("a number")
    };
    let values = &found["values"];
    // Nothing; the road; road and railway. (Betaland alone can do nothing.)
    assert_eq!(values["sets_solved"], 3);
    let worth = |game: usize, members: &[&str]| -> f64 {
        let coalitions = values["coalitions"].as_array().expect("coalitions");
        let own = coalitions
            .iter()
            .find(|c| c["members"] == serde_json::json!(members))
            .expect("the coalition");
        own["musd"][game].as_f64().expect("a number")
    };
    // Both solved to 1e-12, from different starts; gains are sums over incomes of 1e5 million.
    let near = |found: f64, expected: f64| {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    };
    let together = net(&all, "XAA") + net(&all, "XBB");
    for game in [0, 1] {
        near(worth(game, &["XAA", "XBB"]), together);
        near(worth(game, &["XAA"]), net(&road, "XAA"));
        let divided = values["games"][game]["shapley_musd"].as_array();
        let shapley: Vec<f64> = divided
            .expect("values")
            .iter()
            .filter_map(Value::as_f64)
            .collect();
        near(shapley.iter().sum(), together);
        let (a, b) = (worth(game, &["XAA"]), worth(game, &["XBB"]));
        near(shapley[0], (a + together - b) / 2.0);
    }
    // Betaland alone does nothing; it feels what Alphaland does alone.
    assert_eq!(worth(0, &["XBB"]), 0.0);
    near(worth(1, &["XBB"]), net(&road, "XBB"));
    assert!(net(&road, "XBB").abs() > 1e-6, "an externality to see");
    let games = values["games"].as_array().expect("games");
    assert!(games.iter().all(|game| game["conjecture"].is_string()));
    let range = &values["range_over_conjectures"][1];
    assert_eq!(range["player"], "XBB");
    let end = |of: &str, at: usize| range[of][at].as_f64().expect("a number");
    let alone = [0.0, net(&road, "XBB")];
    near(end("alone_musd", 0), alone[0].min(alone[1]));
    near(end("alone_musd", 1), alone[0].max(alone[1]));
    let shapley = |game: usize| games[game]["shapley_musd"][1].as_f64().expect("a number");
    near(end("shapley_musd", 0), shapley(0).min(shapley(1)));
    near(end("shapley_musd", 1), shapley(0).max(shapley(1)));
    let again = json(
        agree(
            &desk,
            &both,
            &["--no-files", "--values", "shapley,core,nucleolus"],
        )
        .args(["--tolerance", "1e-12", "--threads", "1"]),
    );
    assert_eq!(again, found, "one thread or many");
    agree(&desk, &both, &["--no-files", "--values", "shapley"])
        .assert()
        .success()
        .stdout(
            contains("With externalities")
                .and(contains("Road border: takes XAA"))
                .and(contains("If outsiders do what they can do alone:"))
                .and(contains("From the least to the most over both:")),
        );
    agree(&desk, &both, &["--out", "worth", "--values", "shapley"])
        .assert()
        .success();
    let page = String::from_utf8(desk.read("worth/report.html")).expect("text");
    for part in [
        "What coalitions are worth",
        "If outsiders leave undone what they could do alone",
        "From the least to the most over both",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn mistakes_are_named() {
    let desk = Desk::new();
    let scenario = desk.scenario().to_path_buf();
    let run = |arguments: &[&str]| agree(&desk, &scenario, arguments).assert().code(2);
    // Betaland pays and is only a dialogue partner of the other bloc.
    run(&["--no-files", "--bloc", "Solo"])
        .stderr(contains("XBB bears a share of the cost but has no voice"));
    run(&["--bloc", "Aliance"]).stderr(contains("did you mean Alliance?"));
    run(&["--values", "core", "--players", "XAA,XBC"]).stderr(contains("did you mean XBB?"));
    run(&["--values", "core", "--players", "XAA"])
        .stderr(contains("XBB pays for Short cut and is no player"));
    run(&["--values", "core", "--players", "XAA,XBB,XAA"])
        .stderr(contains("\"XAA\" is named twice"));
    run(&["--probability", "0.5"]).stderr(contains("--draws"));
    run(&["--draws", "20", "--probability", "1.5"]).stderr(contains("at most 1"));
    let road = ROAD.split("\n[project").next().expect("the modification");
    let free = format!("{HEAD}{}", road.replace("project = \"Road border\"", ""));
    let free = own_scenario(&desk, "free.toml", &free);
    agree(&desk, &free, &["--values", "shapley"])
        .assert()
        .code(2)
        .stderr(contains("the scenario has no projects"));
    assert!(
        desk.names(".").iter().all(|name| name != "out"),
        "nothing is written"
    );
}

/// Twenty-five players are refused before any long work.
#[test]
fn too_many_players_are_told_what_to_do() {
    let codes = "AGO,ARE,ARG,AUS,AUT,BEL,BGD,BGR,BLR,BRA,CAN,CHE,CHL,CHN,CIV,CMR,COL,CRI,CYP,CZE,DEU,DNK,EGY,ESP,EST";
    let desk = Desk::new();
    let arguments = [
        "agree",
        "cku-railway",
        "--values",
        "shapley",
        "--players",
        codes,
    ];
    desk.comity(&arguments).assert().code(2).stderr(contains(
        "at most 24 players, 25 given; name fewer with --players",
    ));
}

#[test]
fn power_under_three_rules() {
    let desk = Desk::new();
    desk.in_tiny(&["power", "--rule", "unanimity"])
        .assert()
        .success()
        .stdout(contains("all are equal").and(contains("Blocking is the thing to look at")));
    let found = json(&mut desk.in_tiny(&["power", "--bloc", "Alliance", "--rule", "majority"]));
    assert_eq!(found["members"][0]["shapley_shubik"], 0.5);
    assert_eq!(found["members"][1]["blocking"], 1.0);
    let rule = "name = \"by income\"\n[[criterion]]\nname = \"income\"\nmore_than_share = 0.5\nweights = { XAA = 4977, XBB = 1648 }\n";
    fs::write(desk.path().join("rule.toml"), rule).expect("a rule");
    let found = json(&mut desk.in_tiny(&["power", "--rule", "rule.toml"]));
    assert_eq!(found["members"][0]["banzhaf"], 1.0);
    assert_eq!(found["members"][1]["banzhaf"], 0.0);
    let wrong = |arguments: &[&str], said: &str| {
        let mut command = desk.in_tiny(&["power"]);
        command
            .args(arguments)
            .assert()
            .code(2)
            .stderr(contains(said));
    };
    wrong(&["--rule", "unanimty"], "did you mean unanimity?");
    wrong(&["--rule", "absent.toml"], "cannot read absent.toml");
    wrong(
        &["--rule", "majority", "--tier", "observr"],
        "did you mean observer?",
    );
    fs::write(
        desk.path().join("never.toml"),
        rule.replace("more_than_share = 0.5", "quota = 9000"),
    )
    .expect("a rule");
    wrong(&["--rule", "never.toml"], "can never pass");
    fs::write(
        desk.path().join("always.toml"),
        rule.replace("more_than_share = 0.5", "quota = 0"),
    )
    .expect("a rule");
    wrong(
        &["--rule", "always.toml"],
        "always passes, even with nobody in favour; raise a quota above 0",
    );
}

/// A world whose blocs.csv has one row more.
fn world_with(desk: &Desk, name: &str, row: &str) -> String {
    let folder = desk.path().join(name);
    fs::create_dir(&folder).expect("a folder");
    for file in fs::read_dir(common::tiny_world()).expect("the tiny world") {
        let from = file.expect("an entry").path();
        let to = folder.join(from.file_name().expect("a name"));
        fs::copy(&from, &to).expect("a copy");
    }
    let blocs = folder.join("blocs.csv");
    let rows = fs::read_to_string(&blocs).expect("blocs") + row + "\n";
    fs::write(&blocs, rows).expect("blocs");
    folder.display().to_string()
}

#[test]
fn a_bloc_without_members_decides_nothing() {
    let desk = Desk::new();
    let scenario = own_scenario(&desk, "both.toml", &format!("{HEAD}{RAILWAY}{ROAD}"));
    let scenario = scenario.display().to_string();
    let watchers = world_with(&desk, "watchers", "Watchers,XAA,observer,2001,,invented");
    let strangers = world_with(&desk, "strangers", "Alliance,XZZ,member,2001,,invented");
    let wrong = |arguments: &[&str], world: &str, bloc: &str, said: &str| {
        desk.comity(arguments)
            .args(["--world", world, "--bloc", bloc])
            .assert()
            .code(2)
            .stderr(contains(said));
    };
    let instead = "has no full members, so nobody can";
    wrong(&["agree", &scenario], &watchers, "Watchers", instead);
    wrong(&["package", &scenario], &watchers, "Watchers", instead);
    wrong(&["bloc", "rank-candidates"], &watchers, "Watchers", instead);
    wrong(
        &["power", "--rule", "unanimity"],
        &watchers,
        "Watchers",
        "Watchers has observer: name one with --tier",
    );
    wrong(
        &["package", &scenario],
        &strangers,
        "Alliance",
        "unknown economy (found \"XZZ\")",
    );
    // An observer pays: named with what to do instead.
    let paid = format!("{HEAD}{RAILWAY}").replace("XBB = 0.5 }\nspent", "ROW = 0.5 }\nspent");
    let paid = own_scenario(&desk, "paid.toml", &paid)
        .display()
        .to_string();
    let tiny = common::tiny_world().display().to_string();
    wrong(
        &["package", &paid],
        &tiny,
        "Alliance",
        "Railway: ROW bears a share of the cost but has no voice; give the share to a member",
    );
}

/// The package is the best of what appraisals of all three sets say.
#[test]
fn the_package_is_the_best_that_both_accept() {
    let desk = Desk::new();
    let sets = [
        (vec!["Railway"], format!("{HEAD}{RAILWAY}")),
        (vec!["Road border"], format!("{HEAD}{ROAD}")),
        (
            vec!["Railway", "Road border"],
            format!("{HEAD}{RAILWAY}{ROAD}"),
        ),
    ];
    let mut best: Option<(f64, Vec<&str>)> = None;
    for (names, text) in sets {
        let file = own_scenario(&desk, "set.toml", &text);
        let mut command = desk.in_tiny(&["appraise", "--no-files", "--tolerance", "1e-12"]);
        let outcome = json(command.arg(&file));
        let net = |iso3: &str| {
            let own = economy(&outcome, iso3)["net_change_musd"].as_f64();
            own.expect("a number")
        };
        let (a, b) = (net("XAA"), net("XBB"));
        // A loss below 0.001 % of income and 10 million stops nobody.
        let stands = |iso3: &str, net: f64| {
            let income = economy(&outcome, iso3)["income_musd"].as_f64();
            net > -(1e-5 * income.expect("a number")).min(10.0)
        };
        if stands("XAA", a)
            && stands("XBB", b)
            && best.as_ref().is_none_or(|(most, _)| a + b > *most)
        {
            best = Some((a + b, names));
        }
    }
    let (most, names) = best.expect("some set is accepted");
    let file = own_scenario(&desk, "all.toml", &format!("{HEAD}{RAILWAY}{ROAD}"));
    let package = |arguments: &[&str]| {
        let mut command = desk.in_tiny(&["package", "--tolerance", "1e-12"]);
        command.arg(&file).args(arguments);
        command
    };
    let found = json(&mut package(&["--bloc", "Alliance"]));
    assert_eq!(found["package"]["proof"], "exact");
    assert_eq!(found["sets_solved"], 3);
    let chosen = &found["package"]["chosen"];
    assert_eq!(chosen["projects"], serde_json::json!(names));
    let total = chosen["total_net_musd"].as_f64().expect("a number");
    // Both solved to 1e-12, from different starts.
    assert!((total - most).abs() < 1e-6, "{total} is not {most}");
    package(&["--budget", "1e6"])
        .assert()
        .code(2)
        .stderr(contains(
            "the budget of 1 million USD is below every project",
        ));
    let found = json(&mut package(&["--without", "Railway"]));
    assert_eq!(found["sets_solved"], 1);
    package(&["--without", "Railwy"])
        .assert()
        .code(2)
        .stderr(contains("did you mean Railway?"));
    // Neither set alone tells about both: an estimate, not a bound.
    package(&["--most-evaluations", "2"])
        .assert()
        .success()
        .stdout(contains("The best found (").and(contains("An estimate: if no set gives more")));
    package(&["--objective", "maximin"])
        .assert()
        .success()
        .stdout(contains("every member accepts").and(contains("3 equilibria solved")));
}
