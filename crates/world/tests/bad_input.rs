//! What a user is told about a table that is wrong: file, line, column, value and what would help.

mod common;

use common::{Tiny, assert_problems};

mod codes {
    use super::*;

    #[test]
    fn an_unknown_economy_names_the_closest() {
        let tiny = Tiny::copy().replace("trade.csv", "XAA,XBB,AGR,20,0.2", "XAA,XBBB,AGR,20,0.2");
        assert_problems(
            &tiny,
            &["trade.csv:3 [importer]: unknown economy (found \"XBBB\"); did you mean XBB?"],
        );
    }

    #[test]
    fn an_unknown_code_that_is_close_to_none_gets_the_list() {
        let tiny = Tiny::copy().replace("trade.csv", "XAA,XBB,AGR,20,0.2", "XAA,QQQ,AGR,20,0.2");
        assert_problems(
            &tiny,
            &["trade.csv:3 [importer]: unknown economy (found \"QQQ\"); there are ROW, XAA, XBB"],
        );
    }

    #[test]
    fn an_unknown_sector_names_the_closest() {
        let tiny = Tiny::copy().replace("input_output.csv", "XAA,AGR,MAN,", "XAA,AGR,MNA,");
        assert_problems(
            &tiny,
            &[
                "input_output.csv:3 [using_sector]: unknown sector (found \"MNA\"); did you mean MAN?",
            ],
        );
    }

    #[test]
    fn an_unknown_territory_of_a_place_and_of_a_border() {
        let tiny = Tiny::copy()
            .replace(
                "places.csv",
                "betahill,Betahill,,XBB",
                "betahill,Betahill,,XB",
            )
            .replace("borders.csv", "XBB,XCC,road", "XBB,XC,road");
        assert_problems(
            &tiny,
            &[
                "borders.csv:5 [iso3_to]: unknown territory (found \"XC\"); did you mean XCC?",
                "places.csv:6 [iso3]: unknown territory (found \"XB\"); did you mean XBB?",
            ],
        );
    }

    #[test]
    fn an_unknown_mode_class_and_kind() {
        let tiny = Tiny::copy()
            .replace("links.csv", "9,14,15,road,minor", "9,14,15,road,mnior")
            .replace("borders.csv", "XAA,XBB,road", "XAA,XBB,raod")
            .replace(
                "terminals.csv",
                "airport:beta-city,airport",
                "airport:beta-city,aerodrome",
            );
        assert_problems(
            &tiny,
            &[
                "links.csv:11 [class]: modes.csv has no such class of road (found \"mnior\"); did you mean minor?",
                "terminals.csv:8 [kind]: unknown kind of terminal (found \"aerodrome\"); there are airport, port, rail",
                "borders.csv:4 [mode]: unknown mode (found \"raod\"); did you mean road?",
            ],
        );
    }

    #[test]
    fn an_unknown_commodity_class_and_a_bloc_without_economy() {
        let tiny = Tiny::copy()
            .replace("sectors.csv", ",bulk,", ",bulky,")
            .append("blocs.csv", "Solo,XAB,member,2020,,invented");
        assert_problems(
            &tiny,
            &[
                "sectors.csv:2 [commodity_class]: unknown commodity class (found \"bulky\"); did you mean bulk?",
                "blocs.csv:7 [iso3]: unknown economy (found \"XAB\"); did you mean XAA, XBB?",
            ],
        );
    }
}

mod columns {
    use super::*;

    #[test]
    fn a_missing_column_names_itself_and_what_is_close() {
        let tiny = Tiny::copy().replace("links.csv", "hours_override", "hour_override");
        assert_problems(
            &tiny,
            &["links.csv [hours_override]: this column is missing; there is hour_override"],
        );
    }

    #[test]
    fn a_missing_key_column_is_not_repeated_by_every_reference() {
        let tiny = Tiny::copy().replace("economies.csv", "iso3,name", "country,name");
        assert_problems(&tiny, &["economies.csv [iso3]: this column is missing"]);
    }

    #[test]
    fn a_missing_column_of_numbers_is_not_repeated_by_every_reference() {
        let tiny = Tiny::copy()
            .replace("economies.csv", "gdp_musd", "gdp_usd")
            .replace("nodes.csv", "lon", "longitude");
        assert_problems(
            &tiny,
            &[
                "economies.csv [gdp_musd]: this column is missing; there is gdp_usd",
                "nodes.csv [lon]: this column is missing",
            ],
        );
    }

    #[test]
    fn two_columns_of_one_name() {
        let tiny = Tiny::copy().replace("economies.csv", "region", "name");
        assert_problems(
            &tiny,
            &[
                "economies.csv:1 [name]: two columns have this name",
                "economies.csv [region]: this column is missing",
            ],
        );
    }

    #[test]
    fn text_in_another_encoding() {
        let tiny = Tiny::copy();
        let mut bytes = tiny.text("economies.csv").into_bytes();
        let at = bytes
            .windows(8)
            .position(|w| w == b"Betaland")
            .expect("Betaland");
        bytes[at + 1] = 0xe9;
        std::fs::write(tiny.path("economies.csv"), bytes).expect("a written file");
        assert_problems(&tiny, &["economies.csv:3: not UTF-8 text"]);
    }

    #[test]
    fn a_row_with_too_few_cells() {
        let tiny = Tiny::copy().replace("economies.csv", ",10,12,50,60,false,true", ",10,12");
        assert_problems(
            &tiny,
            &["economies.csv:4: the header has 11 columns, this row 7"],
        );
    }
}

mod numbers {
    use super::*;

    #[test]
    fn text_where_a_number_belongs() {
        let tiny = Tiny::copy().replace(
            "economies.csv",
            "1647.8",
            "1.647,8".replace(',', "·").as_str(),
        );
        assert_problems(
            &tiny,
            &["economies.csv:3 [gdp_musd]: not a number (found \"1.647·8\")"],
        );
    }

    #[test]
    fn not_a_number_and_infinity() {
        let tiny = Tiny::copy()
            .replace("economies.csv", "1647.8", "NaN")
            .replace("trade.csv", "XAA,XBB,MAN,300", "XAA,XBB,MAN,inf")
            .replace(
                "links.csv",
                "1,1,2,rail,main,1435,170",
                "1,1,2,rail,main,1435,-inf",
            );
        assert_problems(
            &tiny,
            &[
                "economies.csv:3 [gdp_musd]: not a finite number (found \"NaN\")",
                "trade.csv:12 [value_musd]: not a finite number (found \"inf\")",
                "links.csv:3 [km]: not a finite number (found \"-inf\")",
            ],
        );
    }

    #[test]
    fn negative_values() {
        let tiny = Tiny::copy()
            .replace("trade.csv", "XAA,XBB,AGR,20,0.2", "XAA,XBB,AGR,-20,-0.2")
            .replace("production.csv", "XAA,AGR,860,", "XAA,AGR,-860,")
            .replace(
                "links.csv",
                "2,2,3,rail,main,1435,18,0.5",
                "2,2,3,rail,main,1435,-18,-0.5",
            )
            .replace("borders.csv", "XAA,XBB,road,10", "XAA,XBB,road,-10");
        assert_problems(
            &tiny,
            &[
                "trade.csv:3 [value_musd]: must be at least 0 (found \"-20\")",
                "trade.csv:3 [tariff_ad_valorem]: must be at least 0 (found \"-0.2\")",
                "production.csv:2 [gross_output_musd]: must be at least 0 (found \"-860\")",
                "links.csv:4 [hours_override]: must be at least 0 (found \"-0.5\")",
                "links.csv:4 [km]: must be at least 0 (found \"-18\")",
                "borders.csv:4 [hours]: must be at least 0 (found \"-10\")",
            ],
        );
    }

    #[test]
    fn out_of_range() {
        let tiny = Tiny::copy()
            .replace("input_output.csv", "XAA,AGR,AGR,0.2", "XAA,AGR,AGR,1.2")
            .replace("sectors.csv", "AGR,Food,true,4,", "AGR,Food,true,0,")
            .replace("places.csv", "XAA,10,40,", "XAA,190,40,");
        assert_problems(
            &tiny,
            &[
                "sectors.csv:2 [trade_elasticity]: must be above 0 (found \"0\")",
                "input_output.csv:2 [share]: must lie between 0 and 1 (found \"1.2\")",
                "places.csv:2 [lon]: must lie between -180 and 180 (found \"190\")",
            ],
        );
    }

    #[test]
    fn a_range_that_does_not_hold_its_number() {
        let tiny = Tiny::copy().replace("sectors.csv", "10000,8000,15000", "10000,12000,9000");
        assert_problems(
            &tiny,
            &[
                "sectors.csv:2 [usd_per_teu_low]: the low end is above the number, 10000 (found \"12000\")",
                "sectors.csv:2 [usd_per_teu_high]: the high end is below the number, 10000 (found \"9000\")",
            ],
        );
    }

    #[test]
    fn a_missing_number_and_a_missing_label() {
        let tiny = Tiny::copy().replace("trade.csv", "XAA,XBB,AGR,20,0.2", "XAA,,AGR,,0.2");
        assert_problems(
            &tiny,
            &[
                "trade.csv:3 [importer]: a value is missing",
                "trade.csv:3 [value_musd]: a number is missing",
            ],
        );
    }

    #[test]
    fn neither_true_nor_false_and_no_date() {
        let tiny = Tiny::copy()
            .replace(
                "borders.csv",
                "XBB,XCC,road,8,90,false",
                "XBB,XCC,road,8,90,no",
            )
            .replace("blocs.csv", "2010-06", "June 2010");
        assert_problems(
            &tiny,
            &[
                "blocs.csv:3 [from]: must be a date YYYY, YYYY-MM or YYYY-MM-DD (found \"June 2010\")",
                "borders.csv:5 [open]: must be true or false (found \"no\")",
            ],
        );
    }
}

mod parquet {
    use super::*;

    #[test]
    fn a_cell_that_is_not_a_number() {
        let tiny = Tiny::copy()
            .replace("trade.csv", "XAA,XBB,AGR,20,0.2", "XAA,XBB,AGR,NaN,0.2")
            .with_parquet("trade");
        assert_problems(
            &tiny,
            &["trade.parquet, row 2 [value_musd]: not a finite number (found \"NaN\")"],
        );
    }

    #[test]
    fn a_null_where_a_number_must_be() {
        let tiny = Tiny::copy()
            .replace("trade.csv", "XAA,XBB,AGR,20,0.2", "XAA,XBB,AGR,,0.2")
            .with_parquet("trade");
        assert_problems(
            &tiny,
            &["trade.parquet, row 2 [value_musd]: a number is missing"],
        );
    }

    #[test]
    fn labels_and_columns_as_in_csv() {
        let tiny = Tiny::copy()
            .replace("trade.csv", "XAA,XBB,AGR,20,0.2", "XAA,XBBB,AGR,20,0.2")
            .with_parquet("trade")
            .replace("economies.csv", "gdp_musd", "gdp_usd");
        assert_problems(
            &tiny,
            &[
                "economies.csv [gdp_musd]: this column is missing; there is gdp_usd",
                "trade.parquet, row 2 [importer]: unknown economy (found \"XBBB\"); did you mean XBB?",
            ],
        );
    }

    #[test]
    fn a_row_twice() {
        let tiny = Tiny::copy()
            .append("trade.csv", "XAA,XBB,AGR,20,0.2")
            .with_parquet("trade");
        assert_problems(
            &tiny,
            &[
                "trade.parquet, row 28 [exporter importer sector]: duplicate key, first in row 2 (found \"XAA XBB AGR\")",
            ],
        );
    }

    #[test]
    fn a_file_that_is_no_parquet() {
        let tiny = Tiny::copy()
            .remove("trade.csv")
            .write("trade.parquet", "exporter,importer");
        let found = tiny.problems();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("trade.parquet: not a readable Parquet file: "));
    }

    #[test]
    fn the_same_table_twice() {
        let tiny = Tiny::copy();
        let text = tiny.text("trade.csv");
        let tiny = tiny.with_parquet("trade").write("trade.csv", &text);
        assert_problems(
            &tiny,
            &["trade.parquet: there is also trade.csv; one of the two must go"],
        );
    }
}

mod settings {
    use super::*;

    #[test]
    fn unknown_and_missing_keys_come_together() {
        let tiny = Tiny::copy()
            .replace("world.toml", "base-year", "bas-year")
            .replace("world.toml", "local-km", "local_km")
            .replace("world.toml", "extent", "window");
        assert_problems(
            &tiny,
            &[
                "world.toml:5 [bas-year]: unknown key; did you mean base-year?",
                "world.toml:8 [journeys.local-km]: this key is missing",
                "world.toml:15 [journeys.local_km]: unknown key; did you mean local-km?",
                "world.toml:19 [map.window]: unknown key; the keys here are extent",
                "world.toml [base-year]: this key is missing",
            ],
        );
    }

    #[test]
    fn values_that_do_not_fit_come_together() {
        let tiny = Tiny::copy()
            .replace("world.toml", "base-year = 2023", "base-year = \"2023\"")
            .replace(
                "world.toml",
                "mode-choice = \"log\"",
                "mode-choice = \"probit\"",
            )
            .replace("world.toml", "access-terminals = 3", "access-terminals = 0")
            .replace("world.toml", "\naccess-km = 150.0", "\naccess-km = nan")
            .replace("world.toml", "[2.0, 8.0]", "[2.0]");
        assert_problems(
            &tiny,
            &[
                "world.toml:5 [base-year]: must be a whole number (found \"2023\")",
                "world.toml:9 [journeys.mode-choice]: must be level or log (found \"probit\")",
                "world.toml:11 [journeys.mode-choice-range]: must be a list of 2 finite numbers (found \"[2.0]\")",
                "world.toml:12 [journeys.access-terminals]: must be at least 1 (found \"0\")",
                "world.toml:13 [journeys.access-km]: must be a finite number of at least 0 (found \"nan\")",
            ],
        );
    }

    #[test]
    fn a_source_of_a_table_that_is_none() {
        let tiny = Tiny::copy().append(
            "world.toml",
            "[sources]\neconmies = { title = \"x\", licence = \"CC0\" }\ntrade = { title = \"x\" }",
        );
        assert_problems(
            &tiny,
            &[
                "world.toml:21 [sources.econmies]: unknown key; did you mean economies?",
                "world.toml:22 [sources.trade.licence]: this key is missing",
            ],
        );
    }

    #[test]
    fn names_that_other_tables_lack() {
        let tiny = Tiny::copy()
            .replace("world.toml", "\"highway\"", "\"hihgway\"")
            .replace("world.toml", "\"Alliance\"", "\"Aliance\"");
        assert_problems(
            &tiny,
            &[
                "world.toml [journeys.local-road-class]: the modes table has no such class of road (found \"hihgway\"); did you mean highway?",
                "world.toml [default-bloc]: blocs.csv has no such bloc (found \"Aliance\"); did you mean Alliance?",
            ],
        );
    }

    #[test]
    fn text_that_is_no_toml() {
        let tiny = Tiny::copy().replace("world.toml", "version = \"1\"", "version = \"1");
        let found = tiny.problems();
        assert!(found[0].starts_with("world.toml:4: "), "{found:?}");
    }

    #[test]
    fn a_mistake_here_does_not_hide_those_of_the_tables() {
        let tiny = Tiny::copy()
            .replace("world.toml", "base-year = 2023", "base-year = -1")
            .replace("economies.csv", "1647.8", "many");
        assert_problems(
            &tiny,
            &[
                "world.toml:5 [base-year]: must be at least 0 (found \"-1\")",
                "economies.csv:3 [gdp_musd]: not a number (found \"many\")",
            ],
        );
    }
}

/// Several mistakes of one row, one file and one world are reported together, each once.
#[test]
fn all_mistakes_come_in_one_go() {
    let tiny = Tiny::copy()
        .replace("economies.csv", "1647.8,2000000,40", "lots,-2,NaN")
        .replace("economies.csv", "4977.0", "")
        .replace("places.csv", "1000000,0.625,14", "x,y,z");
    assert_problems(
        &tiny,
        &[
            "economies.csv:2 [gdp_musd]: a number is missing",
            "economies.csv:3 [gdp_musd]: not a number (found \"lots\")",
            "economies.csv:3 [population]: must be at least 0 (found \"-2\")",
            "economies.csv:3 [border_export_hours]: not a finite number (found \"NaN\")",
            "places.csv:5 [road_node]: not a number (found \"z\")",
            "places.csv:5 [population]: not a number (found \"x\")",
            "places.csv:5 [weight_in_economy]: not a number (found \"y\")",
        ],
    );
}

/// A long list names each file once, and counts what it leaves out.
#[test]
fn the_list_is_grouped_by_file_and_cut() {
    let tiny = Tiny::copy();
    let text = tiny
        .text("trade.csv")
        .replace(",AGR,", ",AGX,")
        .replace(",MAN,", ",MNA,");
    let mut text = text.replace(",SRV,", ",SRW,");
    for line in 0..20 {
        text += &format!("XAA,XBB,S{line},1,0\n");
    }
    let error = tiny
        .write("trade.csv", &text)
        .load()
        .expect_err("many problems")
        .to_string();
    assert!(
        error.starts_with("47 problems\n  trade.csv:2 [sector]"),
        "{error}"
    );
    assert!(error.ends_with("trade.csv: and 7 more problems"), "{error}");
    assert_eq!(error.lines().count(), 42);
}
