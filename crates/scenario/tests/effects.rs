//! What each kind of modification does to a world.

mod common;

use comity_scenario::{ChangeKind, Scenario, check};
use comity_world::{Mode, NodeId, World};
use common::{after, problems, resolved, text, tiny};

fn same(a: &World, b: &World) {
    assert_eq!(a.network, b.network);
    assert_eq!(a.trade, b.trade);
    assert_eq!(a.accounts, b.accounts);
    assert_eq!(a.places, b.places);
    assert_eq!(a.economies, b.economies);
    assert_eq!(a.territories, b.territories);
    assert_eq!(a.sectors, b.sectors);
    assert_eq!(a.blocs, b.blocs);
}

fn hours(world: &World, from: &str, to: &str, mode: Mode) -> f64 {
    let id = |iso3| world.territory(iso3).unwrap();
    world.network.border(id(from), id(to), mode).unwrap().hours
}

const NEW_LINE: &str = r#"
[[modification]]
type = "build-link"
mode = "rail"
from = "Alpha City"
to = { name = "Ridge", lon = 12.1, lat = 40.6, iso3 = "XBB", terminal = ["gauge-change", "rail"] }
gauge_mm = 1435
km = 300
kmh = 50
via = [{ lon = 11, lat = 40.5 }]
border = { hours = 12, usd_per_teu = 99 }

[[modification]]
type = "build-link"
mode = "rail"
from = "Ridge"
to = "Beta City"
gauge_mm = 1520
km = 200
hours = 10
class = "secondary"
"#;

#[test]
fn an_empty_scenario_changes_nothing() {
    same(&after(""), &tiny());
}

#[test]
fn a_built_line_changes_gauge_and_crosses_the_border_once() {
    let (before, world) = (tiny(), after(NEW_LINE));
    let network = &world.network;
    // What was there keeps its ids.
    assert_eq!(
        network.nodes[..before.network.nodes.len()],
        before.network.nodes
    );
    assert_eq!(
        network.links[..before.network.links.len()],
        before.network.links
    );
    let [west, east] = &network.nodes[before.network.nodes.len()..] else {
        panic!("two new nodes");
    };
    assert_eq!((west.gauge_mm, east.gauge_mm), (Some(1435), Some(1520)));
    assert_eq!((west.lon, west.lat), (east.lon, east.lat));
    assert_eq!(west.territory, world.territory("XBB"));
    let [first, change, second] = &network.links[before.network.links.len()..] else {
        panic!("three new links");
    };
    assert_eq!(first.hours_override, Some(6.0));
    assert_eq!(network.classes[first.class.index()].class, "main");
    assert_eq!(network.classes[change.class.index()].class, "gauge-change");
    assert_eq!(second.hours_override, Some(10.0));
    assert_eq!(
        first.from,
        NodeId::from_index(1),
        "the rail terminal of Alpha City"
    );
    assert_eq!(
        second.to,
        NodeId::from_index(5),
        "the rail terminal of Beta City"
    );
    assert_eq!(hours(&world, "XAA", "XBB", Mode::Rail), 12.0);
    assert_eq!(hours(&world, "XBB", "XAA", Mode::Rail), 12.0);
    assert_eq!(hours(&world, "XAA", "XBB", Mode::Road), 10.0);
    let ids: Vec<&str> = network.terminals.iter().map(|t| t.id.as_str()).collect();
    assert!(ids.is_sorted() && ids.contains(&"rail:ridge"));
    let keys: Vec<_> = network
        .borders
        .iter()
        .map(|b| (b.from, b.to, b.mode))
        .collect();
    assert!(keys.is_sorted());
}

#[test]
fn a_changed_link_has_its_line_and_a_sentence() {
    let resolved = resolved(NEW_LINE);
    let changed = resolved.changed_links();
    assert_eq!(changed.len(), 2);
    assert_eq!(changed[0].label, "Alpha City–Ridge");
    assert_eq!(changed[0].change, ChangeKind::Built);
    assert_eq!(changed[0].line, [(10.0, 40.0), (11.0, 40.5), (12.1, 40.6)]);
    assert_eq!(
        resolved.describe(),
        [
            "Build a rail link of 1,435 mm gauge from Alpha City to Ridge: 300 km in 6 hours \
             (50 km/h), 0.25 USD per TEU-km (class main); containers change gauge at Ridge; \
             a rail terminal at Ridge; it crosses the border XAA–XBB: 12 hours and 99 USD per TEU, \
             now the figures of every rail crossing between the two, both ways.",
            "Build a rail link of 1,520 mm gauge from Ridge to Beta City: 200 km in 10 hours \
             (20 km/h), 0.5 USD per TEU-km (class secondary).",
        ]
    );
}

#[test]
fn a_gauge_change_can_stand_at_a_place() {
    let world = after(
        r#"
[[modification]]
type = "build-link"
mode = "rail"
from = "Alphaport"
to = { name = "Beta City", terminal = "gauge-change" }
gauge_mm = 1435
km = 560
"#,
    );
    let before = tiny().network;
    let node = &world.network.nodes[before.nodes.len()];
    assert_eq!(
        (node.lon, node.lat, node.gauge_mm),
        (14.0, 40.0, Some(1435))
    );
    let [change, line] = &world.network.links[before.links.len()..] else {
        panic!("two new links");
    };
    assert_eq!(change.to, NodeId::from_index(5));
    assert_eq!(line.to, NodeId::from_index(before.nodes.len()));
}

#[test]
fn territory_of_a_new_end_comes_from_the_nearest_node() {
    let world = after(
        r#"
[[modification]]
type = "build-link"
mode = "road"
from = "Beta City"
to = { name = "Outpost", lon = 14.5, lat = 41 }
km = 150
"#,
    );
    let node = world.network.nodes.last().unwrap();
    assert_eq!(node.territory, world.territory("XBB"));
}

#[test]
fn order_matters() {
    let built_then_closed = format!(
        "{NEW_LINE}\n[[modification]]\ntype = \"close-link\"\nmode = \"rail\"\nfrom = \"Ridge\"\nto = \"Beta City\"\n"
    );
    let world = after(&built_then_closed);
    assert!(!world.network.links.last().unwrap().open);
    let closed_then_built = format!(
        "[[modification]]\ntype = \"close-link\"\nmode = \"rail\"\nfrom = \"Ridge\"\nto = \"Beta City\"\n{NEW_LINE}"
    );
    assert_eq!(
        problems(&closed_then_built),
        [
            "test.toml:6 [modification 1, from]: unknown place (found \"Ridge\"); give a new end as { name, lon, lat }"
        ]
    );
}

#[test]
fn an_upgrade_follows_the_shortest_way_but_for_gauge_changes() {
    let body = r#"
[[modification]]
type = "upgrade-link"
mode = "rail"
from = "Alphaport"
to = "Beta City"
hours_factor = 0.5
km_factor = 0.9
"#;
    let world = after(body);
    let links = &world.network.links;
    assert_eq!(links[0].km, 162.0);
    assert!((links[0].hours_override.unwrap() - 180.0 / 50.0 * 0.45).abs() < 1e-12);
    assert!((links[2].hours_override.unwrap() - 0.5 * 0.45).abs() < 1e-12);
    assert_eq!(links[3], tiny().network.links[3]);
    let resolved = resolved(body);
    assert_eq!(resolved.changed_links().len(), 4);
    assert_eq!(
        resolved.changed_links()[0].line.len(),
        4,
        "its shape is kept"
    );
    assert_eq!(
        resolved.describe(),
        [
            "Upgrade the shortest rail way from Alphaport to Beta City (4 links, 538 km): \
          hours multiplied by 0.5, length multiplied by 0.9."
        ]
    );
}

#[test]
fn a_new_class_brings_its_own_speed() {
    let world = after(
        r#"
[[modification]]
type = "upgrade-link"
mode = "road"
from = "Beta City"
to = "Betahill"
class = "highway"
"#,
    );
    let link = &world.network.links[9];
    assert_eq!(world.network.classes[link.class.index()].class, "highway");
    assert_eq!(link.hours_override, None);
}

#[test]
fn closing_a_passage_closes_its_links_only() {
    let world = after("[[modification]]\ntype = \"close-link\"\npassage = \"canal\"\n");
    let closed: Vec<usize> = (0..world.network.links.len())
        .filter(|at| !world.network.links[*at].open)
        .collect();
    assert_eq!(closed, [13]);
}

#[test]
fn border_changes_go_both_ways_unless_told_otherwise() {
    let body = "[[modification]]\ntype = \"border\"\nmode = \"rail\"\nfrom = \"XAA\"\nto = \"XBB\"\nhours_factor = 0.5\n";
    let world = after(body);
    assert_eq!(hours(&world, "XAA", "XBB", Mode::Rail), 20.0);
    assert_eq!(hours(&world, "XBB", "XAA", Mode::Rail), 15.0);
    let world = after(&format!("{body}both_ways = false\n"));
    assert_eq!(hours(&world, "XAA", "XBB", Mode::Rail), 20.0);
    assert_eq!(hours(&world, "XBB", "XAA", Mode::Rail), 30.0);
    assert_eq!(
        resolved(body).describe(),
        [
            "Change every rail border from XAA to XBB and back (2 directions): hours multiplied by 0.5, \
          XAA to XBB 20 hours instead of 40, XBB to XAA 15 hours instead of 30."
        ]
    );
}

#[test]
fn a_border_without_a_row_starts_from_the_economies() {
    // Leaving XBB takes 40 hours and 200 USD, entering XAA 30 hours and 120 USD.
    let world = after(
        "[[modification]]\ntype = \"border\"\nmode = [\"road\", \"rail\"]\nbetween = \"Alliance\"\nusd_factor = 0.5\n",
    );
    let id = |iso3| world.territory(iso3).unwrap();
    let row = world
        .network
        .border(id("XBB"), id("XAA"), Mode::Road)
        .unwrap();
    assert_eq!((row.hours, row.usd_per_teu, row.open), (70.0, 160.0, true));
    assert_eq!(hours(&world, "XAA", "XBB", Mode::Road), 10.0);
}

#[test]
fn a_border_can_be_opened() {
    let world = after(
        "[[modification]]\ntype = \"border\"\nmode = \"road\"\nfrom = \"XBB\"\nto = [\"XAA\", \"XCC\"]\nopen = true\nboth_ways = false\n",
    );
    let id = |iso3| world.territory(iso3).unwrap();
    assert!(
        world
            .network
            .border(id("XBB"), id("XCC"), Mode::Road)
            .unwrap()
            .open
    );
    assert!(
        world
            .network
            .border(id("XCC"), id("XBB"), Mode::Road)
            .is_none()
    );
}

#[test]
fn tariffs() {
    let (before, world) = (
        tiny(),
        after("[[modification]]\ntype = \"tariff\"\nbetween = \"Alliance\"\nfactor = 0.5\n"),
    );
    let at = |sector: &str, importer: &str, exporter: &str| {
        before.trade.at(
            before.sector(sector).unwrap(),
            before.economy(importer).unwrap(),
            before.economy(exporter).unwrap(),
        )
    };
    assert_eq!(world.trade.tariff[at("AGR", "XBB", "XAA")], 0.1);
    assert_eq!(world.trade.tariff[at("MAN", "XAA", "XBB")], 0.02);
    assert_eq!(world.trade.tariff[at("AGR", "XBB", "ROW")], 0.25);
    assert_eq!(world.trade.value_musd, before.trade.value_musd);
    let world = after(
        "[[modification]]\ntype = \"tariff\"\nimporter = \"XBB\"\nsector = \"AGR\"\nto = 0.3\n",
    );
    assert_eq!(world.trade.tariff[at("AGR", "XBB", "ROW")], 0.3);
    assert_eq!(world.trade.tariff[at("AGR", "XBB", "XAA")], 0.3);
    assert_eq!(world.trade.tariff[at("AGR", "XBB", "XBB")], 0.0);
    assert_eq!(world.trade.tariff[at("MAN", "XBB", "XAA")], 0.1);
}

#[test]
fn freight_rates_keep_the_proportions_of_their_range() {
    let world = after(
        "[[modification]]\ntype = \"freight-rate\"\nmode = \"rail\"\nclass = \"main\"\nusd_per_teu_km = 0.5\n",
    );
    let id = world.network.class(Mode::Rail, "main").unwrap();
    let class = &world.network.classes[id.index()];
    assert_eq!((class.usd_per_teu_km, class.usd_range), (0.5, (0.4, 0.8)));
}

#[test]
fn terminals_change_by_territory() {
    let world = after(
        "[[modification]]\ntype = \"terminal\"\nkind = \"rail\"\niso3 = \"XAA\"\nhours_factor = 0.5\nusd_per_teu = 10\n",
    );
    let of = |id: &str| world.network.terminals.iter().find(|t| t.id == id).unwrap();
    assert_eq!(
        (
            of("rail:alpha-city").hours,
            of("rail:alpha-city").usd_per_teu
        ),
        (6.0, 10.0)
    );
    assert_eq!(
        (of("rail:beta-city").hours, of("rail:beta-city").usd_per_teu),
        (24.0, 80.0)
    );
    assert_eq!(of("port:alpha-port").hours, 48.0);
}

#[test]
fn projects_have_their_economies_and_annuity() {
    let body = r#"
[[modification]]
type = "close-link"
passage = "canal"
project = "Dam"

[project.Dam]
cost_musd = 1000
life_years = 2
discount_rate = 0.1
paid_by = { XBB = 0.75, XAA = 0.25 }
spent_in = { ROW = 1 }
"#;
    let resolved = resolved(body);
    let [dam] = resolved.projects() else {
        panic!("one project");
    };
    let world = tiny();
    let id = |iso3| world.economy(iso3).unwrap();
    assert_eq!(dam.paid_by, [(id("XAA"), 0.25), (id("XBB"), 0.75)]);
    assert_eq!(dam.spent_in, [(id("ROW"), 1.0)]);
    assert!((dam.annuity_musd() - 576.190476).abs() < 1e-6);
}

#[test]
fn factors_apply_to_a_world_with_other_numbers() {
    let resolved = resolved(
        "[[modification]]\ntype = \"border\"\nmode = \"rail\"\nfrom = \"XAA\"\nto = \"XBB\"\nhours_factor = 0.5\n",
    );
    let mut drawn = tiny();
    for border in &mut drawn.network.borders {
        border.hours *= 3.0;
    }
    assert_eq!(
        hours(&resolved.apply(&drawn), "XAA", "XBB", Mode::Rail),
        60.0
    );
}

#[test]
fn all_mistakes_of_a_file_come_at_once_in_order() {
    let body = r#"
colour = "blue"

[[modification]]
type = "build-link"
project = "Dma"
mode = "rail"
from = "Alpha Citty"
to = { name = "Ridge", lon = 190, lat = 41 }
gauge_mm = 1435
km = -3

[[modification]]
type = "build-link"
mode = "rail"
from = "Ridge"
to = "Betacity"
gauge_mm = 1520
km = 200

[[modification]]
type = "teleport"

[project.Dam]
cost_musd = "much"
life_years = 0
discount_rate = 0.1
paid_by = { XAA = 0.5, XBB = 0.4 }
spent_in = { XAB = 1 }

[project.Dyke]
cost_musd = 1
life_years = 10
discount_rate = 0.1
paid_by = { XAA = 0.5, XBB = 0.4 }
spent_in = { XAB = 1 }
"#;
    assert_eq!(
        problems(body),
        [
            "test.toml:4 [colour]: unknown key (found \"colour\"); the keys here are assumed_costs, bloc, description, id, modification, name, project, sources, world",
            "test.toml:8 [modification 1, project]: no such project in this file (found \"Dma\"); did you mean Dam?",
            "test.toml:11 [modification 1, to.lon]: must lie between -180 and 180 (found \"190\")",
            "test.toml:13 [modification 1, km]: must be above 0 (found \"-3\")",
            "test.toml:19 [modification 2, to]: unknown place (found \"Betacity\"); did you mean Beta City?",
            "test.toml:24 [modification 3, type]: unknown type of modification (found \"teleport\"); the types are build-link, upgrade-link, close-link, border, tariff, non-tariff-cost, productivity, freight-rate, terminal, membership",
            "test.toml:26 [project \"Dam\"]: no modification belongs to this project; write project = \"Dam\" in the modifications it pays for",
            "test.toml:27 [project \"Dam\", cost_musd]: text where a number belongs (found \"much\")",
            "test.toml:28 [project \"Dam\", life_years]: must be above 0 (found \"0\")",
            "test.toml:33 [project \"Dyke\"]: no modification belongs to this project; write project = \"Dyke\" in the modifications it pays for",
            "test.toml:37 [project \"Dyke\", paid_by]: the shares add to 0.9, not to 1; give fractions: 0.25 for a quarter",
            "test.toml:38 [project \"Dyke\", spent_in.XAB]: unknown economy (found \"XAB\"); did you mean XAA, XBB?",
        ]
    );
}

#[test]
fn duplicate_keys_and_what_else_is_wrong() {
    let found = problems("bloc = \"Alliance\"\nbloc = \"Solo\"\nid = \"Bad Id\"");
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(
        found[0].starts_with("test.toml:4: duplicate key"),
        "{}",
        found[0]
    );
}

#[test]
fn the_id_is_the_stem_of_the_file() {
    let scenario = Scenario::parse("some/where/My Line.toml", &text("")).unwrap();
    assert_eq!(scenario.id, "my-line");
    assert!(
        check("x.toml", &text("id = \"other\""), &tiny())
            .unwrap()
            .1
            .id
            == "other"
    );
}

#[test]
fn a_common_external_tariff_spares_members() {
    let (before, world) = (
        tiny(),
        after("[[modification]]\ntype = \"tariff\"\naround = \"Alliance\"\nto = 0.07\n"),
    );
    let rate = |world: &comity_world::World, importer: &str, exporter: &str| {
        let (n, i) = (
            before.economy(importer).unwrap(),
            before.economy(exporter).unwrap(),
        );
        world.trade.tariff[before.trade.at(before.sector("AGR").unwrap(), n, i)]
    };
    assert_eq!(rate(&world, "XBB", "ROW"), 0.07);
    assert_eq!(rate(&world, "XBB", "XAA"), rate(&before, "XBB", "XAA"));
    assert_eq!(rate(&world, "ROW", "XBB"), rate(&before, "ROW", "XBB"));
}

#[test]
fn non_tariff_costs_and_productivity_multiply() {
    let body = "[[modification]]\ntype = \"non-tariff-cost\"\nimporter = \"XBB\"\nexporter = \"XAA\"\nfactor = 0.9\n\
                [[modification]]\ntype = \"non-tariff-cost\"\nbetween = \"Alliance\"\nsector = \"AGR\"\nfactor = 0.5\n\
                [[modification]]\ntype = \"productivity\"\neconomy = \"XAA\"\nsector = \"AGR\"\nfactor = 1.02\n";
    let (world, resolved) = (tiny(), resolved(body));
    let (a, b) = (world.economy("XAA").unwrap(), world.economy("XBB").unwrap());
    let (agr, man) = (world.sector("AGR").unwrap(), world.sector("MAN").unwrap());
    let costs = resolved.non_tariff_costs();
    assert_eq!(costs[&(agr, b, a)], 0.45);
    assert_eq!(costs[&(agr, a, b)], 0.5);
    assert_eq!(costs[&(man, b, a)], 0.9);
    assert!(!costs.contains_key(&(man, a, b)));
    let productivity: Vec<_> = resolved.productivity().into_iter().collect();
    assert_eq!(productivity, [((a, agr), 1.02)]);
    assert_eq!(
        resolved.describe(),
        [
            "Non-tariff costs of XBB on goods from XAA, all tradable sectors: trade costs fall by 10 %.",
            "Non-tariff costs between members of Alliance, AGR: trade costs fall by 50 %.",
            "Productivity of XAA, AGR: it rises by 2 %.",
        ]
    );
}

#[test]
fn around_stands_alone() {
    let found = problems(
        "[[modification]]\ntype = \"tariff\"\naround = \"Alliance\"\nbetween = \"Alliance\"\nto = 0\n",
    );
    assert!(
        found[0].ends_with("around and between exclude each other"),
        "{found:#?}"
    );
    let found =
        problems("[[modification]]\ntype = \"productivity\"\neconomy = \"XAA\"\nfactor = 0\n");
    assert!(found[0].contains("must be above 0"), "{found:#?}");
}
