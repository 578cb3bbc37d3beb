//! Every mistake has its own message, with its line.

mod common;

use common::problems;

/// The only problem of a scenario.
fn only(body: &str) -> String {
    let found = problems(body);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.into_iter().next().unwrap_or_default()
}

macro_rules! mistakes {
    ($($name:ident: $body:expr => $message:expr;)*) => {
        $(#[test]
        fn $name() {
            assert_eq!(only($body), $message);
        })*
    };
}

mistakes! {
    unknown_top_key: "descripton = \"x\"" =>
        "test.toml:3 [descripton]: unknown key (found \"descripton\"); did you mean description?";
    syntax: "bloc = " =>
        "test.toml:3: string values must be quoted, expected literal string";
    unknown_type: "[[modification]]\ntype = \"build-lnk\"" =>
        "test.toml:4 [modification 1, type]: unknown type of modification (found \"build-lnk\"); did you mean build-link?";
    missing_type: "[[modification]]\nmode = \"rail\"" =>
        "test.toml:3 [modification 1]: the key type is missing; the types are build-link, upgrade-link, close-link, border, tariff, non-tariff-cost, productivity, freight-rate, terminal, membership";
    single_brackets: "[modification]\ntype = \"tariff\"" =>
        "test.toml:3 [modification]: must be a list of tables; write [[modification]], with two brackets";
    unknown_key: "[[modification]]\ntype = \"freight-rate\"\nmode = \"rail\"\nfactr = 0.5\nfactor = 0.5" =>
        "test.toml:6 [modification 1, factr]: unknown key (found \"factr\"); did you mean factor?";
    wrong_type: "[[modification]]\ntype = \"freight-rate\"\nmode = \"rail\"\nfactor = \"half\"" =>
        "test.toml:6 [modification 1, factor]: text where a number belongs (found \"half\")";
    unknown_mode: "[[modification]]\ntype = \"freight-rate\"\nmode = \"train\"\nfactor = 0.5" =>
        "test.toml:5 [modification 1, mode]: must be one of rail, road, sea, air (found \"train\")";
    nan: "[[modification]]\ntype = \"freight-rate\"\nmode = \"rail\"\nfactor = nan" =>
        "test.toml:6 [modification 1, factor]: must be a finite number (found \"nan\")";
    infinite: "[[modification]]\ntype = \"freight-rate\"\nmode = \"rail\"\nfactor = inf" =>
        "test.toml:6 [modification 1, factor]: must be a finite number (found \"inf\")";
    negative_km: "[[modification]]\ntype = \"build-link\"\nmode = \"road\"\nfrom = \"Alphaport\"\nto = \"Beta City\"\nkm = -5" =>
        "test.toml:8 [modification 1, km]: must be above 0 (found \"-5\")";
    negative_hours: "[[modification]]\ntype = \"border\"\nmode = \"rail\"\nfrom = \"XAA\"\nto = \"XBB\"\nhours = -1" =>
        "test.toml:8 [modification 1, hours]: must be at least 0 (found \"-1\")";
    missing_key: "[[modification]]\ntype = \"build-link\"\nmode = \"road\"\nfrom = \"Alphaport\"\nto = \"Beta City\"" =>
        "test.toml:3 [modification 1]: the key km is missing";
    hours_and_factor: "[[modification]]\ntype = \"border\"\nmode = \"rail\"\nfrom = \"XAA\"\nto = \"XBB\"\nhours = 1\nhours_factor = 0.5" =>
        "test.toml:9 [modification 1, hours_factor]: hours and hours_factor exclude each other";
    changes_nothing: "[[modification]]\ntype = \"border\"\nmode = \"rail\"\nfrom = \"XAA\"\nto = \"XBB\"" =>
        "test.toml:3 [modification 1]: changes nothing: give at least one of hours, hours_factor, usd_per_teu, usd_factor, open";
    unknown_place: "[[modification]]\ntype = \"close-link\"\nmode = \"road\"\nfrom = \"Alphapart\"\nto = \"Beta City\"" =>
        "test.toml:6 [modification 1, from]: unknown place (found \"Alphapart\"); did you mean Alphaport?";
    ambiguous_place: "[[modification]]\ntype = \"close-link\"\nmode = \"road\"\nfrom = \"Twin\"\nto = \"Beta City\"" =>
        "test.toml:6 [modification 1, from]: several places have this name (found \"Twin\"); write \"Twin, XAA\" or \"Twin, XBB\"";
    nowhere: "[[modification]]\ntype = \"build-link\"\nmode = \"rail\"\nfrom = \"Betahill\"\nto = \"Beta City\"\nkm = 300\ngauge_mm = 1520" =>
        "test.toml:6 [modification 1, from]: a link to nowhere: no rail node lies within 60 km of Betahill; the nearest is 222 km away; a new line can begin at { name, lon, lat }";
    wrong_gauge: "[[modification]]\ntype = \"build-link\"\nmode = \"rail\"\nfrom = \"Alpha City\"\nto = { name = \"New\", lon = 10, lat = 41 }\nkm = 130\ngauge_mm = 1520" =>
        "test.toml:6 [modification 1, from]: the tracks at Alpha City are of 1435 mm, the new ones of 1520 mm; to change gauge there, give the end as { name = \"Alpha City\", terminal = \"gauge-change\" }";
    no_gauge: "[[modification]]\ntype = \"build-link\"\nmode = \"rail\"\nfrom = \"Alpha City\"\nto = \"Beta City\"\nkm = 400" =>
        "test.toml:3 [modification 1]: a rail link needs gauge_mm, its track gauge";
    too_short: "[[modification]]\ntype = \"build-link\"\nmode = \"road\"\nfrom = \"Alpha City\"\nto = \"Beta City\"\nkm = 200" =>
        "test.toml:8 [modification 1, km]: shorter than the straight line between the ends (found \"200\"); the straight line is 341 km";
    no_way: "[[modification]]\ntype = \"close-link\"\nmode = \"road\"\nfrom = \"Alpha City\"\nto = \"Gammaport\"" =>
        "test.toml:7 [modification 1, to]: no open road links lead from Alpha City to Gammaport";
    unknown_passage: "[[modification]]\ntype = \"close-link\"\npassage = \"canel\"" =>
        "test.toml:5 [modification 1, passage]: unknown passage (found \"canel\"); did you mean canal?";
    closed_twice: "[[modification]]\ntype = \"close-link\"\npassage = \"canal\"\n[[modification]]\ntype = \"close-link\"\npassage = \"canal\"" =>
        "test.toml:8 [modification 2, passage]: this passage is closed already (found \"canal\")";
    unknown_class: "[[modification]]\ntype = \"upgrade-link\"\nmode = \"road\"\nfrom = \"Alpha City\"\nto = \"Beta City\"\nclass = \"highwy\"" =>
        "test.toml:8 [modification 1, class]: road has no such class (found \"highwy\"); did you mean highway?";
    no_such_border: "[[modification]]\ntype = \"border\"\nmode = \"rail\"\nfrom = \"XAA\"\nto = \"XCC\"\nhours = 1" =>
        "test.toml:6 [modification 1, from]: there is no rail border between XAA and XCC; XAA has rail borders with XBB";
    unknown_territory: "[[modification]]\ntype = \"border\"\nmode = \"rail\"\nfrom = \"XAB\"\nto = \"XBB\"\nhours = 1" =>
        "test.toml:6 [modification 1, from]: unknown territory (found \"XAB\"); did you mean XAA, XBB?";
    name_for_code: "[[modification]]\ntype = \"tariff\"\nimporter = \"Betaland\"\nto = 0" =>
        "test.toml:5 [modification 1, importer]: unknown economy (found \"Betaland\"); write XBB";
    unknown_sector: "[[modification]]\ntype = \"tariff\"\nimporter = \"XBB\"\nsector = \"MAM\"\nto = 0" =>
        "test.toml:6 [modification 1, sector]: unknown sector (found \"MAM\"); did you mean MAN?";
    unknown_bloc: "[[modification]]\ntype = \"tariff\"\nbetween = \"Aliance\"\nto = 0" =>
        "test.toml:5 [modification 1, between]: unknown bloc (found \"Aliance\"); did you mean Alliance?";
    lonely_bloc: "[[modification]]\ntype = \"tariff\"\nbetween = \"Solo\"\nto = 0" =>
        "test.toml:5 [modification 1, between]: this bloc has fewer than two full members (found \"Solo\")";
    own_tariff: "[[modification]]\ntype = \"tariff\"\nimporter = \"XAA\"\nexporter = \"XAA\"\nto = 0" =>
        "test.toml:5 [modification 1, importer]: the importer and the exporter are the same";
    unknown_terminal: "[[modification]]\ntype = \"terminal\"\nkind = \"rail\"\nid = \"rail:beta-sity\"\nhours = 1" =>
        "test.toml:6 [modification 1, id]: there is no rail terminal of this id (found \"rail:beta-sity\"); did you mean rail:beta-city?";
    scenario_bloc: "bloc = \"Allianse\"" =>
        "test.toml:3 [bloc]: unknown bloc (found \"Allianse\"); did you mean Alliance?";
    bad_id: "id = \"My Scenario\"" =>
        "test.toml:3 [id]: must be made of lower-case letters, digits and single dashes (found \"My Scenario\"); for example my-scenario";
    unused_project: "[project.P]\ncost_musd = 1\nlife_years = 10\ndiscount_rate = 0.05\npaid_by = { XAA = 1 }\nspent_in = { XAA = 1 }" =>
        "test.toml:3 [project \"P\"]: no modification belongs to this project; write project = \"P\" in the modifications it pays for";
    undefined_project: "[[modification]]\ntype = \"close-link\"\npassage = \"canal\"\nproject = \"P\"" =>
        "test.toml:6 [modification 1, project]: no such project in this file (found \"P\"); define it under [project.\"P\"]";
    border_inside: "[[modification]]\ntype = \"build-link\"\nmode = \"road\"\nfrom = \"Alphaport\"\nto = \"Alpha City\"\nkm = 200\nborder = { hours = 1, usd_per_teu = 1 }" =>
        "test.toml:9 [modification 1, border]: the link crosses no border; both ends lie in the same territory; give iso3 to a new end if it does not";
    lone_gauge_change: "[[modification]]\ntype = \"build-link\"\nmode = \"rail\"\nfrom = \"Alpha City\"\nto = { name = \"New\", lon = 10, lat = 41, terminal = \"gauge-change\" }\nkm = 130\ngauge_mm = 1435" =>
        "test.toml:7 [modification 1, to]: tracks of only one gauge reach the gauge change New";
    same_name: "[[modification]]\ntype = \"build-link\"\nmode = \"road\"\nfrom = \"Alpha City\"\nto = { name = \"New\", lon = 10, lat = 41 }\nkm = 130\n[[modification]]\ntype = \"build-link\"\nmode = \"road\"\nfrom = \"Alpha City\"\nto = { name = \"New\", lon = 10, lat = 41.5 }\nkm = 230" =>
        "test.toml:13 [modification 2, to]: another end of this name, elsewhere, is in line 7 (found \"New\")";
    air: "[[modification]]\ntype = \"build-link\"\nmode = \"air\"\nfrom = \"Alpha City\"\nto = \"Beta City\"\nkm = 400" =>
        "test.toml:5 [modification 1, mode]: must be one of rail, road, sea (found \"air\")";
}
