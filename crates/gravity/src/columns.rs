//! Columns of numbers from expressions and regressors.

use std::borrow::Cow;

use crate::by_row;
use crate::design::is_absent;
use crate::error::{GravityError, Problem};
use crate::formula::{Expression, Operator, Regressor};
use crate::frame::{Frame, Values};
use crate::levels::encode;
use crate::sample::Candidates;

/// Adds the columns of regressors, those of a name already there left out, and marks
/// the rows that miss a value.
pub(crate) fn regressor_columns<'a>(
    regressors: &[Regressor],
    frame: &'a Frame,
    columns: &mut Vec<(String, Cow<'a, [f64]>)>,
    sample: &mut Candidates,
) -> Result<(), GravityError> {
    for regressor in regressors {
        match regressor {
            Regressor::Column(e) => {
                let name = e.to_string();
                if columns.iter().all(|(other, _)| *other != name) {
                    let values = evaluate(e, frame);
                    sample.mark(&name, |r| !values[r].is_finite());
                    columns.push((name, values));
                }
            }
            Regressor::Indicators {
                factor: (name, _),
                times,
                reference,
            } => {
                let values = frame.column(name).expect("columns were checked");
                sample.mark_absent(name, frame);
                let times = times.as_ref().map(|e| (e.to_string(), evaluate(e, frame)));
                if let Some((shown, values)) = &times {
                    sample.mark(shown, |r| !values[r].is_finite());
                }
                let made = indicators(name, values, times, reference.as_deref())?;
                columns.extend(made.into_iter().map(|(name, v)| (name, v.into())));
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
    times: Option<(String, Cow<[f64]>)>,
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
pub(crate) fn evaluate<'a>(expression: &Expression, frame: &'a Frame) -> Cow<'a, [f64]> {
    let n = frame.rows();
    match expression {
        Expression::Number(v) => vec![*v; n].into(),
        Expression::Column(name, _) => match frame.column(name).expect("columns were checked") {
            Values::Number(v) => v.into(),
            Values::Whole(v) => by_row::map(n, |r| f64::from(v[r])).into(),
            Values::Text { codes, labels } => {
                let numbers: Vec<f64> = labels
                    .iter()
                    .map(|l| l.parse().unwrap_or(f64::NAN))
                    .collect();
                by_row::map(n, |r| {
                    numbers.get(codes[r] as usize).copied().unwrap_or(f64::NAN)
                })
                .into()
            }
        },
        Expression::Call(function, a) => {
            let values = evaluate(a, frame);
            by_row::map(n, |r| function.apply(values[r])).into()
        }
        Expression::Negative(a) => {
            let values = evaluate(a, frame);
            by_row::map(n, |r| -values[r]).into()
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

fn both<'a>(
    a: &Expression,
    b: &Expression,
    frame: &Frame,
    op: impl Fn(f64, f64) -> f64 + Sync + Send,
) -> Cow<'a, [f64]> {
    let (left, right) = (evaluate(a, frame), evaluate(b, frame));
    by_row::map(frame.rows(), |r| op(left[r], right[r])).into()
}
