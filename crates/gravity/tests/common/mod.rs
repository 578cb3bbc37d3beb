//! Reading reference cases.
#![allow(dead_code)]

use std::path::PathBuf;

use comity_gravity::{
    Correction, Covariance, Estimate, Family, Formula, Frame, Model, estimate, parse_expression,
};
use serde_json::Value;

pub fn reference(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/reference")
        .join(path)
}

pub fn json(path: &str) -> Value {
    let file = reference(path);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

pub fn frame(path: &str) -> Frame {
    Frame::read(&reference(path), None).unwrap_or_else(|e| panic!("{e}"))
}

pub fn model(formula: &str, family: Family) -> Model {
    Model::new(
        Formula::parse(formula).unwrap_or_else(|e| panic!("{e}")),
        family,
    )
}

pub fn run(formula: &str, family: Family, frame: &Frame) -> Estimate {
    estimate(&model(formula, family), frame).unwrap_or_else(|e| panic!("{e}"))
}

pub fn weighted(formula: &str, family: Family, weights: &str, frame: &Frame) -> Estimate {
    let mut model = model(formula, family);
    model.weights = Some(parse_expression(weights).unwrap_or_else(|e| panic!("{e}")));
    estimate(&model, frame).unwrap_or_else(|e| panic!("{e}"))
}

pub fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is not a number"))
}

/// Relative, or absolute where the expected number is below one in size and `floor` says so.
pub fn close(what: &str, found: f64, expected: f64, tolerance: f64) {
    let error = (found - expected).abs() / expected.abs().max(1e-300);
    assert!(
        error <= tolerance,
        "{what}: found {found:.15e}, expected {expected:.15e}, relative error {error:.2e} above {tolerance:.0e}"
    );
}

pub fn coefficient(e: &Estimate, name: &str) -> f64 {
    let at = e
        .names()
        .iter()
        .position(|n| n == name)
        .unwrap_or_else(|| panic!("no coefficient {name} among {:?}", e.names()));
    e.coefficients()[at]
}

pub fn error(e: &Estimate, frame: &Frame, kind: &str, correction: Correction, name: &str) -> f64 {
    let kind = Covariance::parse(kind).unwrap_or_else(|e| panic!("{e}"));
    let v = e
        .covariance(frame, &kind, correction)
        .unwrap_or_else(|e| panic!("{e}"));
    let k = e.names().len();
    let at = e
        .names()
        .iter()
        .position(|n| n == name)
        .unwrap_or_else(|| panic!("no coefficient {name}"));
    v.matrix[at * k + at].sqrt()
}
