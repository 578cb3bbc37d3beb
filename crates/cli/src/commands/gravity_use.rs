//! `comity gravity use`: coefficients of an estimate become parameters of a world, with their
//! covariance.

use crate::console::Console;
use crate::error::{CommandError, CommandResult};
use crate::lookup;
use clap::{Args, ValueEnum};
use comity_gravity::Fit;
use comity_world::{Estimate, EstimatedKind, EstimatedParameter, Estimates, Source, World};
use comity_world::{estimates, problem};
use std::path::{Path, PathBuf};

/// A fit whose first-order conditions are further off did not converge.
const CONVERGED: f64 = 1e-6;

/// Trade elasticity from the coefficient b on the logarithm of 1 + tariff: −b where trade is valued
/// duty paid, −b − 1 where it is net of duty. Value of time from the coefficient on hours.
#[derive(Args)]
pub struct UseOptions {
    /// File written by `comity gravity fit --out`.
    pub fit: PathBuf,
    /// What a coefficient stands for: trade_elasticity=NAME (on ln(1 + tariff)), value_of_time=NAME
    /// (on hours), value_of_time_per_day=NAME (on days). NAME is a coefficient or a column in one.
    /// With a sector, trade_elasticity:AGR=NAME. May be repeated.
    #[arg(long = "parameter", required = true, value_name = "WHAT=NAME")]
    pub parameters: Vec<String>,
    /// Sector it holds for (default: all that travel); may be repeated.
    #[arg(long)]
    pub sector: Vec<String>,
    /// How trade was valued (default: duty-paid for duty_paid_usd of `gravity panel`, else net).
    #[arg(long, value_enum)]
    pub valued: Option<Valued>,
    /// World: a built-in name or a folder. A folder gets the estimate.
    #[arg(long)]
    pub world: Option<String>,
    /// File to write (default: estimates.json, in the world's folder if it has one).
    #[arg(long, short)]
    pub out: Option<PathBuf>,
    /// Keep what the file holds of other sectors and parameters.
    #[arg(long)]
    pub add: bool,
    /// Replace the file even if it is not ours.
    #[arg(long)]
    pub force: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Valued {
    /// Customs values, before duty.
    Net,
    /// What the buyer pays, duty included.
    DutyPaid,
}

/// A parameter as a linear function of a coefficient: constant + factor × coefficient.
struct Mapped {
    coefficient: usize,
    factor: f64,
    parameter: EstimatedParameter,
}

pub fn run(options: &UseOptions, console: &Console) -> CommandResult {
    let fit = read_fit(&options.fit)?;
    let source = lookup::world_source(options.world.as_deref())?;
    let world = World::load(&source)?;
    let out = match (&options.out, &source) {
        (Some(out), _) => out.clone(),
        (None, Source::Folder(folder)) => folder.join(estimates::FILE),
        (None, Source::Archive { .. }) => PathBuf::from(estimates::FILE),
    };
    let before = read_before(&out, options)?;
    let valued = options
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
            "the fit did not converge: its first-order conditions are off by {error:.1e} ({})",
            fit.convergence.first_order_place
        ));
    }
    let mapped: Vec<Mapped> = options
        .parameters
        .iter()
        .filter_map(|text| match map(text, options, &fit, &world, valued) {
            Ok(found) => Some(found),
            Err(found) => {
                mistakes.extend(found);
                None
            }
        })
        .collect();
    let k = fit.coefficients.len();
    let square = fit.covariance.len() == k && fit.covariance.iter().all(|row| row.len() == k);
    if !square {
        mistakes.push(format!("the covariance has not {k} rows of {k} numbers"));
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
            source: format!("{}, {}", options.fit.display(), fit.formula),
            parameters: mapped.into_iter().map(|m| m.parameter).collect(),
            covariance,
        }],
    };
    let file = out.display().to_string();
    let problems = found.problems(&file, &world);
    if !problems.is_empty() {
        return Err(problems.into());
    }
    let said: Vec<String> = found.estimates[0]
        .parameters
        .iter()
        .zip(&found.estimates[0].covariance)
        .enumerate()
        .map(|(at, (p, row))| {
            format!(
                "{} of {}: {:.4}, standard error {:.4} ({})",
                p.parameter.label(),
                p.sectors.join(", "),
                p.value,
                row[at].max(0.0).sqrt(),
                p.coefficient
            )
        })
        .collect();
    let mut all = before;
    all.add(found);
    if console.json {
        console.print_json(&all)?;
    }
    let text = serde_json::to_string_pretty(&all)? + "\n";
    std::fs::write(&out, text).map_err(|e| CommandError::user(format!("{file}: {e}")))?;
    console.say(&said.join("\n"));
    console.say(&format!(
        "wrote {file}; `comity appraise SCENARIO --estimates {file} --draws 500` draws from it"
    ));
    Ok(())
}

/// One `WHAT[:SECTOR]=NAME`.
fn map(
    text: &str,
    options: &UseOptions,
    fit: &Fit,
    world: &World,
    valued: Valued,
) -> Result<Mapped, Vec<String>> {
    const WHAT: [&str; 3] = ["trade_elasticity", "value_of_time", "value_of_time_per_day"];
    let Some((left, name)) = text.split_once('=') else {
        return Err(vec![format!(
            "--parameter {text}: must be WHAT=NAME, with WHAT one of {}",
            WHAT.join(", ")
        )]);
    };
    let mut mistakes = Vec::new();
    let (what, own) = match left.split_once(':') {
        Some((what, sector)) => (what, Some(sector.to_owned())),
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
            let more = format!("there are {}", WHAT.join(", "));
            mistakes.push(CommandError::unknown("parameter", what, WHAT, &more).message);
            (EstimatedKind::DayEffect, 0.0, -1.0, String::new())
        }
    };
    let given: Vec<String> = own.map_or_else(|| options.sector.clone(), |code| vec![code]);
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

fn read_fit(path: &Path) -> Result<Fit, CommandError> {
    let shown = path.display();
    let text =
        std::fs::read_to_string(path).map_err(|e| CommandError::user(format!("{shown}: {e}")))?;
    serde_json::from_str(&text).map_err(|e| {
        CommandError::user(format!(
            "{shown} is no estimate of `comity gravity fit`: {e}"
        ))
    })
}

/// What the file to write holds that stays.
fn read_before(out: &Path, options: &UseOptions) -> Result<Estimates, CommandError> {
    let shown = out.display().to_string();
    let Ok(text) = std::fs::read_to_string(out) else {
        return Ok(Estimates::default());
    };
    match Estimates::parse(&shown, &text) {
        Ok(found) if options.add => Ok(found),
        Ok(_) => Ok(Estimates::default()),
        Err(_) if options.force => Ok(Estimates::default()),
        Err(_) => Err(CommandError::user(format!(
            "{shown} exists and holds no estimates: choose another file, or --force to replace it"
        ))),
    }
}

/// Let a world use the estimates of a file.
///
/// # Errors
/// Everything in it that does not fit the world.
pub fn read_into(world: &mut World, path: &Path) -> Result<(), CommandError> {
    let shown = path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|e| CommandError::user(format!("{shown}: {e}")))?;
    if serde_json::from_str::<Fit>(&text).is_ok() {
        return Err(CommandError::user(format!(
            "{shown} is an estimate, but does not say what its coefficients stand for: run \
             `comity gravity use {shown} --parameter trade_elasticity=NAME --out estimates.json` \
             and give that file"
        )));
    }
    let found = Estimates::parse(&shown, &text)?;
    world.use_estimates(&shown, found)?;
    world.hash_file(&shown, text.as_bytes());
    Ok(())
}
