//! Estimates for a world: a fit with what its coefficients stand for, or a file in which that has
//! been said.

use crate::arguments::{EstimateOptions, Mapping, Valued};
use crate::error::CommandError;
use comity_gravity::Fit;
use comity_world::{Estimate, EstimatedKind, EstimatedParameter, Estimates, World, problem};
use std::path::Path;

/// A fit whose first-order conditions are further off did not converge.
const CONVERGED: f64 = 1e-6;

/// What a coefficient can stand for, and what it must be the coefficient on.
const WHAT: [(&str, &str); 3] = [
    ("trade_elasticity", "ln(1 + tariff)"),
    ("value_of_time", "hours"),
    ("value_of_time_per_day", "days"),
];

/// A parameter as a linear function of a coefficient: constant + factor × coefficient.
struct Mapped {
    coefficient: usize,
    factor: f64,
    parameter: EstimatedParameter,
}

/// Let a world use what the options name, if they name anything.
///
/// # Errors
/// Everything in it that does not fit the world or the file.
pub fn apply(options: &EstimateOptions, world: &mut World) -> Result<(), CommandError> {
    let Some(path) = &options.estimates else {
        if options.mapping.parameters.is_empty() && options.mapping.valued.is_none() {
            return Ok(());
        }
        return Err(CommandError::user(
            "--parameter and --valued say how to read the fit that --estimates names: give that, too",
        ));
    };
    let shown = path.display().to_string();
    let text = read(path)?;
    let found = if is_fit(&text) {
        from_fit(path, &text, &options.mapping, &[], world)?
    } else if options.mapping.parameters.is_empty() && options.mapping.valued.is_none() {
        Estimates::parse(&shown, &text)?
    } else {
        let found = Estimates::parse(&shown, &text)?;
        let parameters = found.estimates.iter().flat_map(|e| &e.parameters);
        let has: Vec<&str> = parameters.map(|p| p.parameter.label()).collect();
        return Err(CommandError::user(format!(
            "{shown} says already what its numbers stand for ({}): leave out --parameter and --valued",
            has.join(", ")
        )));
    };
    world.use_estimates(&shown, found)?;
    world.hash_file(&shown, text.as_bytes());
    Ok(())
}

/// The text of a file.
///
/// # Errors
/// The system's, with the file's name.
pub fn read(path: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(path)
        .map_err(|e| CommandError::user(format!("cannot read {}: {e}", path.display())))
}

/// Whether this is what `gravity fit --out` writes, if perhaps damaged.
fn is_fit(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text)
        .is_ok_and(|value| value.get("coefficients").is_some())
}

/// The parameters that the coefficients of a fit stand for, with their covariance. Those that name
/// no sector of their own hold for `sectors`, or for all that travel if there are none.
///
/// # Errors
/// A fit that does not say what it must, a mapping that does not fit it or the world: all at once.
pub fn from_fit(
    path: &Path,
    text: &str,
    mapping: &Mapping,
    sectors: &[String],
    world: &World,
) -> Result<Estimates, CommandError> {
    let shown = path.display().to_string();
    let fit: Fit = serde_json::from_str(text).map_err(|e| {
        CommandError::user(format!(
            "{shown} is no estimate of `comity gravity fit`: {e}"
        ))
    })?;
    if mapping.parameters.is_empty() {
        return Err(CommandError::user(unmapped(&shown, &fit)));
    }
    let valued = mapping
        .valued
        .unwrap_or(if fit.outcome.contains("duty_paid_usd") {
            Valued::DutyPaid
        } else {
            Valued::Net
        });
    let mut mistakes = Vec::new();
    let error = fit.convergence.first_order_error;
    if error.is_nan() || error > CONVERGED {
        mistakes.push(format!(
            "{shown}: the fit did not converge: its first-order conditions are off by {error:.1e} ({})",
            fit.convergence.first_order_place
        ));
    }
    let mapped: Vec<Mapped> = mapping
        .parameters
        .iter()
        .filter_map(|text| match map(text, sectors, &fit, world, valued) {
            Ok(found) => Some(found),
            Err(found) => {
                let of = |message: String| format!("--parameter {text}: {message}");
                mistakes.extend(found.into_iter().map(of));
                None
            }
        })
        .collect();
    let k = fit.coefficients.len();
    let square = fit.covariance.len() == k && fit.covariance.iter().all(|row| row.len() == k);
    if !square {
        mistakes.push(format!(
            "{shown}: the covariance has not {k} rows of {k} numbers"
        ));
    }
    if !mistakes.is_empty() {
        return Err(CommandError::user(mistakes.join("\n")));
    }
    let covariance = mapped
        .iter()
        .map(|a| {
            let cell =
                |b: &Mapped| a.factor * b.factor * fit.covariance[a.coefficient][b.coefficient];
            mapped.iter().map(cell).collect()
        })
        .collect();
    let found = Estimates {
        estimates: vec![Estimate {
            source: source(&shown, &fit),
            parameters: mapped.into_iter().map(|m| m.parameter).collect(),
            covariance,
        }],
    };
    let problems = found.problems(&shown, world);
    if problems.is_empty() {
        Ok(found)
    } else {
        Err(problems.into())
    }
}

/// File, formula and sample.
fn source(shown: &str, fit: &Fit) -> String {
    let mut conditions: Vec<String> = fit.sample.subset.iter().map(|(c, _)| c.clone()).collect();
    let of = fit.sample.of.iter();
    conditions.extend(of.map(|(column, level)| format!("{column} = {level}")));
    let sample = if conditions.is_empty() {
        String::new()
    } else {
        format!(", rows with {}", conditions.join(" and "))
    };
    format!("{shown}, {}{sample}", fit.formula)
}

/// What to say of a fit without a mapping.
fn unmapped(shown: &str, fit: &Fit) -> String {
    let mut text = format!(
        "{shown} is a fit, and does not say what its coefficients stand for: add --parameter \
         WHAT=NAME\nits coefficients (standard errors) are"
    );
    for c in &fit.coefficients {
        text.push_str(&format!(
            "\n  {}: {:.4} ({:.4})",
            c.name, c.estimate, c.standard_error
        ));
    }
    text.push_str("\neach can stand for");
    for (what, of) in WHAT {
        text.push_str(&format!("\n  {what}, if it is on {of}"));
    }
    let holds = |word: &str| fit.coefficients.iter().find(|c| c.name.contains(word));
    let example = holds("tariff").or_else(|| holds("duty"));
    if let Some(tariff) = example {
        text.push_str(&format!(
            "\nas --parameter 'trade_elasticity={}'",
            tariff.name
        ));
    }
    text
}

/// One `WHAT[:SECTORS]=NAME`.
fn map(
    text: &str,
    sectors: &[String],
    fit: &Fit,
    world: &World,
    valued: Valued,
) -> Result<Mapped, Vec<String>> {
    let words = WHAT.map(|(what, _)| what);
    let Some((left, name)) = text.split_once('=') else {
        return Err(vec![format!(
            "must be WHAT=NAME, with WHAT one of {}",
            words.join(", ")
        )]);
    };
    let mut mistakes = Vec::new();
    let (what, own) = match left.split_once(':') {
        Some((what, codes)) => (what, Some(codes)),
        None => (left, None),
    };
    let b = match coefficient(fit, name) {
        Ok(at) => Some(at),
        Err(message) => {
            mistakes.push(message);
            None
        }
    };
    let value = b.map_or(f64::NAN, |at| fit.coefficients[at].estimate);
    let shown = b.map_or(name, |at| fit.coefficients[at].name.as_str());
    let (kind, constant, factor, how) = match (what, valued) {
        ("trade_elasticity", Valued::Net) => (
            EstimatedKind::TradeElasticity,
            -1.0,
            -1.0,
            format!("−b − 1, b on {shown}, trade net of duty"),
        ),
        ("trade_elasticity", Valued::DutyPaid) => (
            EstimatedKind::TradeElasticity,
            0.0,
            -1.0,
            format!("−b, b on {shown}, trade duty paid"),
        ),
        ("value_of_time", _) => (
            EstimatedKind::DayEffect,
            0.0,
            -24.0,
            format!("−24 b, b on {shown} in hours"),
        ),
        ("value_of_time_per_day", _) => (
            EstimatedKind::DayEffect,
            0.0,
            -1.0,
            format!("−b, b on {shown} in days"),
        ),
        _ => {
            let more = format!("there are {}", words.join(", "));
            mistakes.push(CommandError::unknown("parameter", what, words, &more).message);
            (EstimatedKind::DayEffect, 0.0, -1.0, String::new())
        }
    };
    let given: Vec<String> = own.map_or_else(
        || sectors.to_vec(),
        |codes| codes.split(',').map(|c| c.trim().to_owned()).collect(),
    );
    let all = given.is_empty() || given.iter().any(|code| code == "all");
    let sectors: Vec<String> = if all {
        let travelling = world.sectors.iter().filter(|s| s.freight.is_some());
        travelling.map(|s| s.code.clone()).collect()
    } else {
        given
    };
    for code in &sectors {
        if world.sector(code).is_none() {
            let codes: Vec<&str> = world.sectors.iter().map(|s| s.code.as_str()).collect();
            let more = format!("there are {}", codes.join(", "));
            mistakes.push(CommandError::unknown("sector", code, codes, &more).message);
        }
    }
    let value = constant + factor * value;
    if mistakes.is_empty() && value <= 0.0 {
        mistakes.push(format!(
            "{what} from {shown} is {value:.4} ({how}); it must be above 0"
        ));
    }
    match b {
        Some(coefficient) if mistakes.is_empty() => Ok(Mapped {
            coefficient,
            factor,
            parameter: EstimatedParameter {
                parameter: kind,
                sectors,
                coefficient: how,
                value,
            },
        }),
        _ => Err(mistakes),
    }
}

/// The coefficient of this name, or the only one in which a column of this name stands.
fn coefficient(fit: &Fit, name: &str) -> Result<usize, String> {
    let names: Vec<&str> = fit.coefficients.iter().map(|c| c.name.as_str()).collect();
    if let Some(at) = names.iter().position(|n| *n == name) {
        return Ok(at);
    }
    let words = |text: &'_ str| -> Vec<String> {
        text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
            .map(str::to_owned)
            .collect()
    };
    let holding: Vec<usize> = (0..names.len())
        .filter(|at| words(names[*at]).iter().any(|w| w == name))
        .collect();
    match holding.as_slice() {
        [one] => Ok(*one),
        [] => {
            if let Some(gone) = fit.dropped_regressors.iter().find(|d| d.name == name) {
                return Err(format!("{name} was dropped from the fit: {}", gone.reason));
            }
            let mut close = problem::closest(name, names.iter().copied(), 3);
            if close.is_empty() {
                close = names.iter().map(|n| (*n).to_owned()).collect();
            }
            Err(format!(
                "the fit has no coefficient \"{name}\"; it has {}",
                close.join(", ")
            ))
        }
        several => {
            let listed: Vec<&str> = several.iter().map(|at| names[*at]).collect();
            Err(format!(
                "several coefficients hold {name}: say which of {}",
                listed.join(", ")
            ))
        }
    }
}
