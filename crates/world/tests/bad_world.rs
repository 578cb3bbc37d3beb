//! What a user is told about tables that are missing, refuse a key or disagree.

mod common;

use common::{Tiny, assert_problems};

mod tables {
    use super::*;
    use comity_world::schema;

    #[test]
    fn a_missing_table_says_which_stage_needs_it() {
        for spec in schema::TABLES.iter().filter(|t| t.required) {
            let tiny = Tiny::copy().remove(&format!("{}.csv", spec.stem));
            let expected = format!(
                "{}.csv or .parquet: this table is missing; needed by {}",
                spec.stem, spec.needed_by
            );
            assert_problems(&tiny, &[&expected]);
        }
    }

    #[test]
    fn a_table_without_rows_says_which_stage_needs_it() {
        for spec in schema::TABLES.iter().filter(|t| t.must_have_rows) {
            let file = format!("{}.csv", spec.stem);
            let tiny = Tiny::copy().empty(&file);
            let found = tiny.problems();
            let expected = format!(
                "{file}: the table has no rows; needed by {}",
                spec.needed_by
            );
            assert!(found.contains(&expected), "{found:?}");
        }
    }

    #[test]
    fn a_table_without_rows_is_not_repeated_by_every_reference() {
        for stem in ["economies", "sectors", "territories", "nodes", "modes"] {
            let file = format!("{stem}.csv");
            let found = Tiny::copy().empty(&file).problems();
            assert_eq!(found.len(), 1, "{found:?}");
        }
    }

    #[test]
    fn several_missing_tables_come_together() {
        let tiny = Tiny::copy()
            .remove("trade.csv")
            .remove("modes.csv")
            .remove("world.toml");
        assert_problems(
            &tiny,
            &[
                "world.toml: this file is missing; needed by every stage",
                "trade.csv or .parquet: this table is missing; needed by trade costs and the equilibrium",
                "modes.csv or .parquet: this table is missing; needed by journeys",
            ],
        );
    }

    #[test]
    fn optional_tables_may_be_missing() {
        let mut tiny = Tiny::copy();
        for file in [
            "heritage.csv",
            "elasticity_alternatives.csv",
            "trade_reported.csv",
        ] {
            tiny = tiny.remove(file);
        }
        let world = tiny.load().expect("a world without what only maps need");
        assert!(world.heritage.is_empty() && world.reported_trade.is_empty());
    }

    #[test]
    fn a_folder_that_is_not_there() {
        let source = comity_world::Source::Folder("no/such/world".into());
        let error = comity_world::World::load(&source).expect_err("no world");
        assert_eq!(
            error.to_string(),
            "1 problem\n  no/such/world: there is no such world folder"
        );
    }
}

mod keys {
    use super::*;
    use comity_world::schema;

    /// Every key of the schema is one that the loader refuses twice.
    #[test]
    fn every_table_refuses_a_row_twice() {
        let mut checked = 0;
        for spec in schema::TABLES.iter().filter(|t| !t.key.is_empty()) {
            let file = format!("{}.csv", spec.stem);
            let tiny = Tiny::copy();
            let text = tiny.text(&file);
            let row = text.lines().nth(1).expect("a row").to_owned();
            let last = text.lines().count() + 1;
            let value = key_of(spec, &text);
            let expected = format!(
                "{file}:{last} [{}]: duplicate key, first in line 2 (found \"{value}\")",
                spec.key.join(" ")
            );
            assert_problems(&tiny.append(&file, &row), &[&expected]);
            checked += 1;
        }
        assert_eq!(checked, 16);
    }

    /// The cells of the first row that make its key.
    fn key_of(spec: &schema::TableSpec, text: &str) -> String {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().expect("a header").clone();
        let row = reader.records().next().expect("a row").expect("a row");
        let cells: Vec<&str> = spec
            .key
            .iter()
            .map(|name| &row[header.iter().position(|h| h == *name).expect("a column")])
            .collect();
        cells.join(" ")
    }

    #[test]
    fn two_remainders() {
        let tiny = Tiny::copy().replace("economies.csv", "200,220,true,false", "200,220,true,true");
        assert_problems(
            &tiny,
            &["economies.csv:4 [remainder]: only one economy can be the remainder"],
        );
    }
}

mod networks {
    use super::*;

    #[test]
    fn a_node_that_does_not_exist() {
        let tiny = Tiny::copy()
            .replace("links.csv", "1,1,2,rail", "1,1,99,rail")
            .replace("places.csv", "0.25,15", "0.25,98")
            .replace("terminals.csv", "40,14,5,5,24", "40,97,96,5,24");
        assert_problems(
            &tiny,
            &[
                "links.csv:3 [to]: nodes.csv has no such node (found \"99\")",
                "terminals.csv:4 [node]: nodes.csv has no such node (found \"96\")",
                "terminals.csv:4 [road_node]: nodes.csv has no such node (found \"97\")",
                "places.csv:6 [road_node]: nodes.csv has no such node (found \"98\")",
            ],
        );
    }

    #[test]
    fn a_mistake_in_a_node_is_not_repeated_by_its_links() {
        let tiny = Tiny::copy().replace(
            "nodes.csv",
            "1,rail,XAA,10,40,1435",
            "1,rail,XAA,ten,40,1435",
        );
        assert_problems(&tiny, &["nodes.csv:3 [lon]: not a number (found \"ten\")"]);
    }

    #[test]
    fn a_mistake_in_a_class_is_not_repeated_by_its_links() {
        let tiny = Tiny::copy().replace("modes.csv", "rail,main,50,", "rail,main,fast,");
        assert_problems(&tiny, &["modes.csv:2 [kmh]: not a number (found \"fast\")"]);
    }

    #[test]
    fn a_link_to_nowhere_between_modes_or_gauges() {
        let tiny = Tiny::copy()
            .replace("links.csv", "1,1,2,rail", "1,1,,rail")
            .replace("links.csv", "9,14,15,road", "9,14,5,road")
            .replace(
                "links.csv",
                "4,4,5,rail,secondary,1520",
                "4,4,5,rail,secondary,1435",
            );
        assert_problems(
            &tiny,
            &[
                "links.csv:3 [to]: a link to nowhere: this end is missing",
                "links.csv:6 [from]: the gauge of the link is not the gauge of this node (found \"4\")",
                "links.csv:6 [to]: the gauge of the link is not the gauge of this node (found \"5\")",
                "links.csv:11 [to]: a road link must join two road nodes (found \"5\")",
            ],
        );
    }

    #[test]
    fn a_border_with_itself_and_a_status_nobody_knows() {
        let tiny = Tiny::copy()
            .replace("borders.csv", "XBB,XCC,road", "XBB,XBB,road")
            .replace(
                "links.csv",
                "13,21,23,sea,lane,,545,,canal,open",
                "13,21,23,sea,lane,,545,,canal,shut",
            );
        assert_problems(
            &tiny,
            &[
                "links.csv:15 [status]: must be open or closed (found \"shut\")",
                "borders.csv:5 [iso3_to]: a border needs two territories (found \"XBB\")",
            ],
        );
    }
}

mod disagreements {
    use super::*;

    #[test]
    fn trade_names_an_economy_that_economies_lacks() {
        let tiny = Tiny::copy().append("trade.csv", "XEE,XAA,AGR,5,0");
        assert_problems(
            &tiny,
            &["trade.csv:29 [exporter]: unknown economy (found \"XEE\"); there are ROW, XAA, XBB"],
        );
    }

    #[test]
    fn production_lacks_a_sector_of_an_economy() {
        let tiny = Tiny::copy().replace("production.csv", "XBB,MAN,710,383.4,841.3\n", "");
        assert_problems(
            &tiny,
            &["production.csv: there is no row for economy XBB, sector MAN"],
        );
    }

    #[test]
    fn output_is_not_what_is_sold() {
        let tiny = Tiny::copy().replace("trade.csv", "XBB,XBB,MAN,600,0", "XBB,XBB,MAN,529,0");
        assert_problems(
            &tiny,
            &[
                "production.csv: sales in the trade table and gross output differ: by 10.000 % for XBB MAN (the worst cell)",
                "production.csv: final demand and inputs do not add to expenditure: by 5.832 % for XBB MAN (the worst cell)",
            ],
        );
    }

    #[test]
    fn shares_do_not_add_up() {
        // 0.30 of inputs instead of 0.25 beside a value added of 0.55.
        let tiny = Tiny::copy().replace(
            "input_output.csv",
            "XAA,AGR,AGR,0.2\n",
            "XAA,AGR,AGR,0.25\n",
        );
        let found = tiny.problems();
        let expected = "production.csv: value added and inputs do not add to gross output: by 4.762 % for XAA AGR (the worst cell)";
        assert_eq!(found[0], expected);
    }

    #[test]
    fn weights_of_places_do_not_add_to_one() {
        let tiny = Tiny::copy().replace("places.csv", "1000000,0.375,10", "1000000,0.475,10");
        assert_problems(
            &tiny,
            &[
                "places.csv [weight_in_economy]: the weights of the places of XAA add to 1.100000, not to 1",
            ],
        );
    }

    #[test]
    fn an_economy_is_twice_in_a_bloc_at_a_time() {
        let tiny = Tiny::copy().append("blocs.csv", "Alliance,XAA,observer,2011,2012,invented");
        assert_problems(
            &tiny,
            &["blocs.csv:7 [from]: begins before the membership in line 2 ends (found \"2011\")"],
        );
        let tiny = Tiny::copy()
            .append("blocs.csv", "Solo,XBB,observer,2019-05,2021-01-01,invented")
            .append("blocs.csv", "Solo,XBB,observer,2018,2019-05,invented");
        tiny.load().expect("one tier after the other is fine");
    }

    #[test]
    fn an_economy_without_a_place() {
        let tiny = Tiny::copy().replace(
            "places.csv",
            "gamma-port,Gammaport,Port Gamma,XCC,20,38,4000000,1,18\n",
            "",
        );
        assert_problems(
            &tiny,
            &["places.csv: ROW (Rest of the world) has no place, so nothing can be sent there"],
        );
    }
}
