//! Columns of numbers from expressions and regressors.

use crate::design::is_absent;
use crate::error::{GravityError, Problem};
use crate::formula::{Expression, Operator, Regressor};
use crate::frame::{Frame, Values};
use crate::levels::encode;

/// Takes a column's name and what tells whether a row misses it.
pub(crate) type Mark<'a> = &'a mut dyn FnMut(&str, &mut dyn FnMut(usize) -> bool);

/// Adds the columns of regressors, those of a name already there left out, and marks
/// the rows that miss a value.
pub(crate) fn regressor_columns(
    regressors: &[Regressor],
    frame: &Frame,
    columns: &mut Vec<(String, Vec<f64>)>,
    mark: Mark,
) -> Result<(), GravityError> {
    for regressor in regressors {
        match regressor {
            Regressor::Column(e) => {
                let name = e.to_string();
                if columns.iter().all(|(other, _)| *other != name) {
                    let values = evaluate(e, frame);
                    mark(&name, &mut |r| !values[r].is_finite());
                    columns.push((name, values));
                }
            }
            Regressor::Indicators {
                factor: (name, _),
                times,
                reference,
            } => {
                let values = frame.column(name).expect("columns were checked");
                mark(name, &mut |r| is_absent(values, r));
                let times = times.as_ref().map(|e| (e.to_string(), evaluate(e, frame)));
                if let Some((shown, values)) = &times {
                    mark(shown, &mut |r| !values[r].is_finite());
                }
                columns.extend(indicators(name, values, times, reference.as_deref())?);
            }
        }
    }
    Ok(())
}

/// Rows that have a value.
pub(crate) fn present(values: &Values) -> Vec<u32> {
    (0..values.len() as u32)
        .filter(|&r| !is_absent(values, r as usize))
        .collect()
}

/// Which rows of the table are not in the sample.
pub(crate) fn outside(
    sample: &Option<(String, String)>,
    frame: &Frame,
) -> Result<Vec<bool>, GravityError> {
    let Some((column, level)) = sample else {
        return Ok(vec![false; frame.rows()]);
    };
    let values = frame.column(column).expect("columns were checked");
    let rows = present(values);
    let levels = encode(values, &rows);
    let labels: Vec<String> = (0..levels.count())
        .map(|l| levels.labels.label(l))
        .collect();
    let Some(wanted) = labels.iter().position(|l| l == level) else {
        return Err(GravityError::Input(vec![
            Problem::new(format!("{column} has no level {level}"))
                .did_you_mean(level, labels.iter().map(String::as_str)),
        ]));
    };
    let mut out = vec![true; frame.rows()];
    for (&row, &code) in rows.iter().zip(&levels.codes) {
        out[row as usize] = code as usize != wanted;
    }
    Ok(out)
}

fn indicators(
    name: &str,
    values: &Values,
    times: Option<(String, Vec<f64>)>,
    reference: Option<&str>,
) -> Result<Vec<(String, Vec<f64>)>, GravityError> {
    let n = values.len();
    let present = present(values);
    let levels = encode(values, &present);
    let labels: Vec<String> = (0..levels.count())
        .map(|l| levels.labels.label(l))
        .collect();
    if let Some(reference) = reference
        && !labels.iter().any(|l| l == reference)
    {
        return Err(GravityError::Input(vec![
            Problem::new(format!("{name} has no level {reference}"))
                .did_you_mean(reference, labels.iter().map(String::as_str)),
        ]));
    }
    let mut out: Vec<(String, Vec<f64>)> = labels
        .iter()
        .map(|label| {
            let shown = match &times {
                Some((x, _)) => format!("{name}::{label}:{x}"),
                None => format!("{name}::{label}"),
            };
            (shown, vec![0.0; n])
        })
        .collect();
    for (&row, &code) in present.iter().zip(&levels.codes) {
        out[code as usize].1[row as usize] = times.as_ref().map_or(1.0, |(_, v)| v[row as usize]);
    }
    if let Some(reference) = reference {
        let at = labels.iter().position(|l| l == reference);
        out.remove(at.expect("the level was found above"));
    }
    Ok(out)
}

/// An expression over all rows of the table; not a number where it has no value.
pub(crate) fn evaluate(expression: &Expression, frame: &Frame) -> Vec<f64> {
    let n = frame.rows();
    match expression {
        Expression::Number(v) => vec![*v; n],
        Expression::Column(name, _) => match frame.column(name).expect("columns were checked") {
            Values::Number(v) => v.clone(),
            Values::Whole(v) => v.iter().map(|&v| f64::from(v)).collect(),
            Values::Text { codes, labels } => {
                let numbers: Vec<f64> = labels
                    .iter()
                    .map(|l| l.parse().unwrap_or(f64::NAN))
                    .collect();
                codes
                    .iter()
                    .map(|&c| numbers.get(c as usize).copied().unwrap_or(f64::NAN))
                    .collect()
            }
        },
        Expression::Call(function, a) => {
            let mut values = evaluate(a, frame);
            values.iter_mut().for_each(|v| *v = function.apply(*v));
            values
        }
        Expression::Negative(a) => {
            let mut values = evaluate(a, frame);
            values.iter_mut().for_each(|v| *v = -*v);
            values
        }
        Expression::Product(a, b) => both(a, b, frame, |a, b| a * b),
        Expression::Binary(operator, a, b) => match operator {
            Operator::Add => both(a, b, frame, |a, b| a + b),
            Operator::Subtract => both(a, b, frame, |a, b| a - b),
            Operator::Multiply => both(a, b, frame, |a, b| a * b),
            Operator::Divide => both(a, b, frame, |a, b| a / b),
            Operator::Power => both(a, b, frame, f64::powf),
        },
    }
}

fn both(a: &Expression, b: &Expression, frame: &Frame, op: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let mut left = evaluate(a, frame);
    let right = evaluate(b, frame);
    left.iter_mut().zip(right).for_each(|(l, r)| *l = op(*l, r));
    left
}
