//! What in a model does not fit the table: columns that are not there, text where numbers belong,
//! values that the estimator cannot take.

use crate::error::{GravityError, Problem, rows};
use crate::formula::{Expression, Regressor};
use crate::frame::{Frame, Values};
use crate::model::{Family, Model};

/// Every column must be there, and be numbers where numbers are needed.
pub(crate) fn check_columns(model: &Model, frame: &Frame) -> Result<(), GravityError> {
    let mut problems: Vec<Problem> = Vec::new();
    let mut add = |problem: Problem| {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    };
    let text = &model.formula.text;
    model.formula.visit(&mut |name, at| {
        if frame.column(name).is_none() {
            let problem = frame.unknown(name);
            add(Problem {
                message: format!("{}\n    {text}\n    {}^", problem.message, " ".repeat(at)),
                help: problem.help,
            });
        }
    });
    for name in model.columns() {
        if frame.column(&name).is_none() && !model.formula.columns().contains(&name) {
            add(frame.unknown(&name));
        }
    }
    let mut number = |e: &Expression, is_regressor: bool| {
        e.columns(&mut |name, _| {
            if let Some(values) = frame.column(name) {
                text_in_numbers(name, values, is_regressor)
                    .into_iter()
                    .for_each(&mut add);
            }
        });
    };
    number(&model.formula.outcome, false);
    for e in &model.formula.endogenous {
        number(e, false);
    }
    for regressor in model
        .formula
        .regressors
        .iter()
        .chain(&model.formula.instruments)
    {
        match regressor {
            Regressor::Column(e) => number(e, true),
            Regressor::Indicators { times, .. } => times.iter().for_each(|e| number(e, false)),
        }
    }
    let slopes = model.formula.effects.iter().flat_map(|e| &e.slopes);
    for e in slopes.chain(&model.weights).chain(&model.offset) {
        number(e, false);
    }
    if frame.rows() == 0 {
        add(Problem::new("the table has no rows"));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(GravityError::Input(problems))
    }
}

/// Text in a column that must be numbers.
fn text_in_numbers(name: &str, values: &Values, is_regressor: bool) -> Option<Problem> {
    let Values::Text { codes, labels } = values else {
        return None;
    };
    let is_text: Vec<bool> = labels.iter().map(|l| l.parse::<f64>().is_err()).collect();
    let present = codes
        .iter()
        .enumerate()
        .filter(|(_, c)| **c != Values::MISSING);
    let (mut numbers, mut texts, mut first) = (0, 0, None);
    for (row, &code) in present {
        if is_text[code as usize] {
            texts += 1;
            first.get_or_insert((row, code));
        } else {
            numbers += 1;
        }
    }
    let (row, code) = first?;
    let (row, text) = (row + 1, &labels[code as usize]);
    let problem = Problem::new(match texts {
        1 => format!("{name} must be numbers, but row {row} has the text \"{text}\""),
        _ => format!(
            "{name} must be numbers, but {} have text, first row {row}: \"{text}\"",
            rows(texts)
        ),
    });
    Some(if numbers > 0 {
        problem.help("put a number there, or nothing where it is not known")
    } else if is_regressor {
        problem.help(format!("use i({name}) for indicators of its levels"))
    } else {
        problem
    })
}

pub(crate) fn check_values(
    model: &Model,
    y: &[f64],
    weights: Option<&[f64]>,
    missing: &[bool],
    outcome: &str,
) -> Result<(), GravityError> {
    if model.family == Family::Gamma {
        let mut low = (0..y.len()).filter(|&r| !missing[r] && y[r] <= 0.0);
        if let Some(row) = low.next() {
            return Err(GravityError::Input(vec![
                Problem::new(format!(
                    "{outcome} is not positive in {} (first in row {}: {}); gamma PML needs \
                     outcomes above zero",
                    rows(1 + low.count()),
                    row + 1,
                    y[row]
                ))
                .help("poisson and gaussian-log take zeros"),
            ]));
        }
    }
    if matches!(model.family, Family::Poisson | Family::GaussianLog) {
        let mut negative = (0..y.len()).filter(|&r| !missing[r] && y[r] < 0.0);
        if let Some(row) = negative.next() {
            return Err(GravityError::NegativeOutcome {
                outcome: outcome.to_string(),
                count: 1 + negative.count(),
                row: row + 1,
                value: y[row],
            });
        }
        let positive = (0..y.len()).any(|r| !missing[r] && y[r] > 0.0);
        if !positive && missing.iter().any(|m| !m) {
            return Err(GravityError::EmptySample(format!(
                "{outcome} is zero in every row"
            )));
        }
    }
    if let (Some(w), Some(e)) = (weights, &model.weights)
        && let Some(row) = (0..w.len()).find(|&r| !missing[r] && w[r] < 0.0)
    {
        return Err(GravityError::Input(vec![Problem::new(format!(
            "the weight {e} is negative in row {}: {}",
            row + 1,
            w[row]
        ))]));
    }
    Ok(())
}
