//! Reading the reference cases.
#![allow(dead_code)]

use comity_agreement::coalition::Game;
use serde_json::Value;
use std::path::Path;

pub fn reference(path: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference");
    let text = std::fs::read_to_string(root.join(path)).expect(path);
    serde_json::from_str(&text).expect(path)
}

/// A number, or a fraction written as text.
pub fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => match text.split_once('/') {
            Some((over, under)) => over.parse::<f64>().unwrap() / under.parse::<f64>().unwrap(),
            None => text.parse().unwrap(),
        },
        other => other.as_f64().unwrap(),
    }
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

/// A table in lexicographic order of coalitions by size ({1}, {2}, …, {1,2}, {1,3}, …).
pub fn from_lex(values: &[f64]) -> Game {
    let players = (values.len() + 1).ilog2() as usize;
    let mut coalitions: Vec<Vec<usize>> = (1u32..1 << players)
        .map(|set| (0..players).filter(|i| set >> i & 1 == 1).collect())
        .collect();
    coalitions.sort_by_key(|members: &Vec<usize>| (members.len(), members.clone()));
    let mut table = vec![0.0; 1 << players];
    for (members, value) in coalitions.iter().zip(values) {
        let set: usize = members.iter().map(|i| 1 << i).sum();
        table[set] = *value;
    }
    from_table(table)
}

/// Players "0", "1", … in the order of the bits.
pub fn from_table(table: Vec<f64>) -> Game {
    let players = table.len().ilog2() as usize;
    let labels: Vec<String> = (0..players).map(|i| format!("{i:02}")).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    Game::from_table(&labels, table).unwrap()
}

pub fn game(players: usize, value: impl Fn(usize) -> f64) -> Game {
    from_table((0..1usize << players).map(value).collect())
}

#[track_caller]
pub fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found_one, expected_one) in found.iter().zip(expected) {
        assert!(
            (found_one - expected_one).abs() <= tolerance,
            "{found:?} is not {expected:?}"
        );
    }
}
