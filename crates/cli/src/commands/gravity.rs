//! `comity gravity`: estimate gravity equations and set estimates side by side.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use comity_gravity::{
    Correction, Covariance, Estimate, Family, Fit, Formula, Frame, Model, Settings, TableFormat,
    estimate, parse_expression, table,
};

use super::gravity_panel::{self, PanelOptions};
use super::gravity_use::{self, UseOptions};
use crate::console::Console;
use crate::error::{CommandError, CommandResult};

#[derive(Subcommand)]
pub enum GravityAction {
    /// Estimate a formula from a CSV or Parquet file.
    Fit(Box<FitOptions>),
    /// Set estimates written by `fit --out` side by side.
    Table(TableOptions),
    /// Write a world's own cross-section as a panel to estimate from.
    Panel(PanelOptions),
    /// Let a world draw parameters from an estimate, with its covariance.
    Use(UseOptions),
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FamilyOption {
    /// Poisson pseudo-maximum likelihood.
    Poisson,
    /// Ordinary least squares.
    Ols,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    Markdown,
    Latex,
    Html,
    Csv,
}

impl From<Layout> for TableFormat {
    fn from(layout: Layout) -> Self {
        match layout {
            Layout::Markdown => TableFormat::Markdown,
            Layout::Latex => TableFormat::Latex,
            Layout::Html => TableFormat::Html,
            Layout::Csv => TableFormat::Csv,
        }
    }
}

#[derive(Args)]
pub struct FitOptions {
    /// Formula: 'trade ~ rta + log(dist) | exporter^year + importer^year + exporter^importer'.
    pub formula: String,
    /// CSV or Parquet file with the data.
    #[arg(long)]
    pub data: PathBuf,
    /// Estimator.
    #[arg(long, value_enum, default_value_t = FamilyOption::Poisson)]
    pub family: FamilyOption,
    /// Standard errors: iid, hc0, hc1, cluster:a^b+c, newey-west:unit,time,lag or
    /// driscoll-kraay:time,lag.
    #[arg(long, default_value = "hc1")]
    pub vcov: String,
    /// Small-sample correction: none, fixest, reghdfe, ppmlhdfe or stata-ppml.
    #[arg(long, default_value = "fixest")]
    pub correction: String,
    /// Weights of the rows, a column or an expression.
    #[arg(long)]
    pub weights: Option<String>,
    /// A regressor with coefficient one, a column or an expression.
    #[arg(long)]
    pub offset: Option<String>,
    /// Keep rows that are alone in a level of a fixed effect.
    #[arg(long)]
    pub keep_singletons: bool,
    /// Write the estimate with its covariance to this JSON file.
    #[arg(long, short)]
    pub out: Option<PathBuf>,
    /// Write the values of the fixed effects to this CSV file.
    #[arg(long)]
    pub effects: Option<PathBuf>,
    /// Write every row that was left out, with its reason, to this CSV file.
    #[arg(long)]
    pub dropped: Option<PathBuf>,
    /// Layout of the table on stdout.
    #[arg(long, value_enum, default_value_t = Layout::Markdown)]
    pub table: Layout,
}

#[derive(Args)]
pub struct TableOptions {
    /// Files written by `comity gravity fit --out`.
    #[arg(required = true)]
    pub fits: Vec<PathBuf>,
    /// Layout of the table.
    #[arg(long, value_enum, default_value_t = Layout::Markdown)]
    pub table: Layout,
    /// Mark p-values below 0.1, 0.05 and 0.01 with stars.
    #[arg(long)]
    pub stars: bool,
}

pub fn run(action: &GravityAction, console: &Console) -> CommandResult {
    match action {
        GravityAction::Fit(options) => fit(options, console),
        GravityAction::Table(options) => side_by_side(options, console),
        GravityAction::Panel(options) => gravity_panel::run(options, console),
        GravityAction::Use(options) => gravity_use::run(options, console),
    }
}

fn fit(options: &FitOptions, console: &Console) -> CommandResult {
    let family = match options.family {
        FamilyOption::Poisson => Family::Poisson,
        FamilyOption::Ols => Family::Ols,
    };
    let covariance = Covariance::parse(&options.vcov)?;
    let correction = Correction::parse(&options.correction)?;
    let expression = |text: &Option<String>| text.as_deref().map(parse_expression).transpose();
    let model = Model {
        weights: expression(&options.weights)?,
        offset: expression(&options.offset)?,
        also_needed: covariance.columns(),
        settings: Settings {
            drop_singletons: !options.keep_singletons,
            ..Settings::default()
        },
        ..Model::new(Formula::parse(&options.formula)?, family)
    };
    let frame = Frame::read(&options.data, Some(&model.columns()))?;
    let estimate = estimate(&model, &frame)?;
    let fit = estimate.fit(&frame, &covariance, correction)?;
    if let Some(path) = &options.out {
        write(path, &(serde_json::to_string_pretty(&fit)? + "\n"))?;
    }
    if let Some(path) = &options.effects {
        write(path, &effects(&estimate))?;
    }
    if let Some(path) = &options.dropped {
        let rows: String = estimate
            .dropped_rows()
            .iter()
            .map(|d| format!("{},\"{}\"\n", d.row, d.reason.replace('"', "\"\"")))
            .collect();
        write(path, &format!("row,reason\n{rows}"))?;
    }
    if console.json {
        console.print_json(&fit)?;
    } else {
        let titled = [("(1)".to_string(), &fit)];
        console.print(&table(&titled, options.table.into(), false));
    }
    Ok(())
}

/// effect,slope,level,value
fn effects(estimate: &Estimate) -> String {
    let mut out = String::from("effect,slope,level,value\n");
    for values in estimate.effects() {
        let slope = values.slope.unwrap_or_default();
        for (level, value) in values.levels {
            let level = level.replace('"', "\"\"");
            out.push_str(&format!("{},{slope},\"{level}\",{value}\n", values.effect));
        }
    }
    out
}

fn side_by_side(options: &TableOptions, console: &Console) -> CommandResult {
    let mut fits: Vec<(String, Fit)> = Vec::new();
    for path in &options.fits {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|e| CommandError::user(format!("{shown}: {e}")))?;
        let fit: Fit = serde_json::from_str(&text).map_err(|e| {
            CommandError::user(format!(
                "{shown} is no estimate of `comity gravity fit`: {e}"
            ))
        })?;
        let title = path
            .file_stem()
            .map_or(shown.to_string(), |s| s.to_string_lossy().into_owned());
        fits.push((title, fit));
    }
    let columns: Vec<(String, &Fit)> = fits.iter().map(|(t, f)| (t.clone(), f)).collect();
    console.print(&table(&columns, options.table.into(), options.stars));
    Ok(())
}

fn write(path: &Path, text: &str) -> CommandResult {
    std::fs::write(path, text).map_err(|e| CommandError::user(format!("{}: {e}", path.display())))
}
