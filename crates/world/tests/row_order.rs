//! The order of rows in a file means nothing.

mod common;

use comity_world::schema;
use common::{Tiny, header_of};
use proptest::prelude::*;

/// Row numbers of every table, each list shuffled.
fn orders(tables: &[(&'static str, Vec<String>)]) -> impl Strategy<Value = Vec<Vec<usize>>> {
    tables
        .iter()
        .map(|(_, rows)| Just((0..rows.len()).collect::<Vec<usize>>()).prop_shuffle())
        .collect::<Vec<_>>()
}

fn tables() -> Vec<(&'static str, Vec<String>)> {
    let tiny = Tiny::copy();
    schema::TABLES
        .iter()
        .filter(|spec| tiny.path(&format!("{}.csv", spec.stem)).exists())
        .map(|spec| {
            let text = tiny.text(&format!("{}.csv", spec.stem));
            (spec.stem, text.lines().skip(1).map(str::to_owned).collect())
        })
        .collect()
}

fn check(order: &[Vec<usize>], parquet: bool) {
    let mut tiny = Tiny::copy();
    let original = tiny.load().expect("the tiny world is valid");
    for ((stem, rows), order) in tables().iter().zip(order) {
        let file = format!("{stem}.csv");
        let mut text = header_of(&tiny.text(&file)).to_owned() + "\n";
        for row in order {
            text += &rows[*row];
            text.push('\n');
        }
        tiny = tiny.write(&file, &text);
        if parquet {
            tiny = tiny.with_parquet(stem);
        }
    }
    let mut shuffled = tiny.load().expect("a shuffled world is valid");
    shuffled.hashes = original.hashes.clone();
    assert!(shuffled == original, "the order of rows shows");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn shuffled_csv_tables_are_the_same_world(order in orders(&tables())) {
        check(&order, false);
    }

    #[test]
    fn shuffled_parquet_tables_are_the_same_world(order in orders(&tables())) {
        check(&order, true);
    }
}

/// The tables that the tiny world lacks have an order too.
#[test]
fn trade_adjustments_are_sorted() {
    let header = "kind,exporter,importer,from_musd,to_musd,note\n";
    let rows = [
        "filled,XBB,XAA,0,2,",
        "filled,XAA,XBB,0,1,",
        "damped,XBB,XAA,9,3,x",
    ];
    let write = |order: [usize; 3]| {
        let rows: Vec<&str> = order.iter().map(|at| rows[*at]).collect();
        let tiny = Tiny::copy().write(
            "trade_adjustments.csv",
            &(header.to_owned() + &rows.join("\n")),
        );
        tiny.load().expect("a valid world").trade_adjustments
    };
    let found = write([0, 1, 2]);
    assert_eq!(found.len(), 3);
    assert_eq!(found, write([2, 1, 0]));
    assert_eq!(found, write([1, 2, 0]));
}
