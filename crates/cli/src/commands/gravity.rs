//! `comity gravity`: estimate gravity equations and set estimates side by side.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use comity_gravity::{
    Bootstrap, BootstrapWeights, Condition, Correction, Covariance, Family, Fit, Formula, Frame,
    GravityError, Model, Settings, TableFormat, estimate, parse_expression, table,
};

use super::gravity_files;
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
    /// Gamma pseudo-maximum likelihood with a log link.
    Gamma,
    /// Nonlinear least squares: the Gaussian with a log link.
    GaussianLog,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Law {
    /// −1 or 1.
    Rademacher,
    /// Six values, for few clusters.
    Webb,
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
    /// Formula: 'trade ~ rta + log(dist) | exporter^year + importer^year + exporter^importer'; a
    /// third part names endogenous regressors and instruments: 'y ~ x | fe | w ~ z'. Several at once:
    /// outcomes c(y1, y2); regressors csw(a, b) (a, then a + b), sw(a, b) (a, then b), csw0, sw0.
    pub formula: String,
    /// CSV or Parquet file with the data.
    #[arg(long)]
    pub data: PathBuf,
    /// Estimator.
    #[arg(long, value_enum, default_value_t = FamilyOption::Poisson)]
    pub family: FamilyOption,
    /// Standard errors: iid, hc0, hc1, cluster:a^b+c, dyadic:exporter,importer,
    /// newey-west:unit,time,lag or driscoll-kraay:time,lag.
    #[arg(long, default_value = "hc1")]
    pub vcov: String,
    /// Small-sample correction: none, fixest, reghdfe, ppmlhdfe or stata-ppml.
    #[arg(long, default_value = "fixest")]
    pub correction: String,
    /// Correct three-way PPML for its bias, with adjusted errors (Weidner & Zylkin 2021): effects
    /// exporter^year + importer^year + exporter^importer, --vcov cluster:exporter^importer.
    #[arg(long)]
    pub bias_correction: bool,
    /// Resample clusters: pairs:a^b, wild:a^b (least squares) or score:a^b (PPML).
    #[arg(long)]
    pub bootstrap: Option<String>,
    /// Draws of the bootstrap.
    #[arg(long, default_value_t = 999, requires = "bootstrap")]
    pub draws: usize,
    /// Seed of the bootstrap.
    #[arg(long, default_value_t = 1, requires = "bootstrap")]
    pub seed: u64,
    /// Random weights of the wild and score bootstraps.
    #[arg(long, value_enum, default_value_t = Law::Rademacher, requires = "bootstrap")]
    pub bootstrap_weights: Law,
    /// Weights of the rows, a column or an expression.
    #[arg(long)]
    pub weights: Option<String>,
    /// A regressor with coefficient one, a column or an expression.
    #[arg(long)]
    pub offset: Option<String>,
    /// Only rows that meet a condition: COLUMN=VALUE, with != < <= > or >= too, or COLUMN alone for
    /// rows that have a value there. May be repeated: all must hold.
    #[arg(long, value_name = "CONDITION")]
    pub subset: Vec<String>,
    /// Estimate each sample of rows with one level of this column.
    #[arg(long, value_name = "COLUMN", conflicts_with = "fsplit")]
    pub split: Option<String>,
    /// The same, after all rows together.
    #[arg(long, value_name = "COLUMN")]
    pub fsplit: Option<String>,
    /// Keep rows that are alone in a level of a fixed effect.
    #[arg(long)]
    pub keep_singletons: bool,
    /// Write the estimate with its covariance to this JSON file; of several, fit-1.json and so on.
    #[arg(long, short)]
    pub out: Option<PathBuf>,
    /// Write the values of the fixed effects to this CSV file.
    #[arg(long)]
    pub effects: Option<PathBuf>,
    /// Write outcome and fitted mean of every row of the sample to this file: Parquet if its name
    /// ends so, else CSV.
    #[arg(long)]
    pub fitted: Option<PathBuf>,
    /// Wald test that coefficients are zero, or NAME=VALUE: rta,ln_dist=-1. May be repeated: one test
    /// each.
    #[arg(long, value_name = "NAME,NAME=VALUE")]
    pub test: Vec<String>,
    /// Write every row that was left out, with its reason, to this CSV file.
    #[arg(long)]
    pub dropped: Option<PathBuf>,
    /// Replace files even if they are not ours.
    #[arg(long)]
    pub force: bool,
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
        FamilyOption::Gamma => Family::Gamma,
        FamilyOption::GaussianLog => Family::GaussianLog,
    };
    let covariance = Covariance::parse(&options.vcov)?;
    let correction = Correction::parse(&options.correction)?;
    let expression = |text: &Option<String>| text.as_deref().map(parse_expression).transpose();
    let (weights, offset) = (expression(&options.weights)?, expression(&options.offset)?);
    let bootstrap = options
        .bootstrap
        .as_deref()
        .map(Bootstrap::parse)
        .transpose()?
        .map(|bootstrap| Bootstrap {
            draws: options.draws,
            seed: options.seed,
            weights: match options.bootstrap_weights {
                Law::Rademacher => BootstrapWeights::Rademacher,
                Law::Webb => BootstrapWeights::Webb,
            },
            ..bootstrap
        });
    let subset = options.subset.iter().map(|text| Condition::parse(text));
    let subset: Vec<Condition> = subset.collect::<Result<_, _>>()?;
    let tests = options.test.iter().map(|text| hypotheses(text));
    let tests: Vec<Hypotheses> = tests.collect::<Result<_, _>>()?;
    let mut needed = covariance.columns();
    needed.extend(bootstrap.iter().flat_map(Bootstrap::columns));
    let models: Vec<Model> = Formula::parse_several(&options.formula)?
        .into_iter()
        .map(|formula| Model {
            weights: weights.clone(),
            offset: offset.clone(),
            also_needed: needed.clone(),
            subset: subset.clone(),
            settings: Settings {
                drop_singletons: !options.keep_singletons,
                ..Settings::default()
            },
            ..Model::new(formula, family)
        })
        .collect();
    let split = options.split.as_ref().or(options.fsplit.as_ref());
    let mut columns: Vec<String> = models.iter().flat_map(Model::columns).collect();
    columns.extend(split.cloned());
    columns.sort_unstable();
    columns.dedup();
    let frame = Frame::read(&options.data, Some(&columns))?;
    let mut samples = Vec::new();
    if options.split.is_none() {
        samples.push(None);
    }
    if let Some(column) = split {
        let levels = frame.levels(column, &subset);
        let levels = levels.map_err(|e| of_data(e, options))?;
        samples.extend(
            levels
                .into_iter()
                .map(|level| Some((column.clone(), level))),
        );
    }
    let count = samples.len() * models.len();
    let several = count > 1;
    gravity_files::may_write(options, several.then_some(count))?;
    let mut fits = Vec::new();
    for sample in samples {
        for model in &models {
            let model = Model {
                sample: sample.clone(),
                ..model.clone()
            };
            let number = several.then_some(fits.len() + 1);
            let errors = (&covariance, correction, bootstrap.as_ref());
            let fit = one(options, &model, &frame, errors, &tests, number);
            fits.push(fit.map_err(|e| name(e, &model, several))?);
        }
    }
    if console.json {
        return match fits.as_slice() {
            [fit] => console.print_json(fit),
            _ => console.print_json(&fits),
        };
    }
    let titled: Vec<(String, &Fit)> = fits
        .iter()
        .enumerate()
        .map(|(at, fit)| (format!("({})", at + 1), fit))
        .collect();
    console.print(&table(&titled, options.table.into(), false));
    Ok(())
}

/// Says which file it is that does not fit the request.
fn of_data(error: GravityError, options: &FitOptions) -> CommandError {
    use GravityError::{EmptySample, Input, NegativeOutcome, TooManyParameters};
    match error {
        Input(_) | NegativeOutcome { .. } | EmptySample(_) | TooManyParameters { .. } => {
            CommandError::user(format!("{}: {error}", options.data.display()))
        }
        other => other.into(),
    }
}

/// Says which of several estimations went wrong.
fn name(error: CommandError, model: &Model, several: bool) -> CommandError {
    if !several {
        return error;
    }
    let sample = match &model.sample {
        Some((column, level)) => format!(" where {column} = {level}"),
        None => String::new(),
    };
    CommandError {
        message: format!("{}{sample}: {}", model.formula.text, error.message),
        ..error
    }
}

/// One estimation and its files; one of several is numbered.
fn one(
    options: &FitOptions,
    model: &Model,
    frame: &Frame,
    (covariance, correction, bootstrap): (&Covariance, Correction, Option<&Bootstrap>),
    tests: &[Hypotheses],
    number: Option<usize>,
) -> Result<Fit, CommandError> {
    let estimate = estimate(model, frame).map_err(|e| of_data(e, options))?;
    let mut fit = match (options.bias_correction, covariance) {
        (false, _) => estimate.fit(frame, covariance, correction)?,
        (true, Covariance::Cluster(factors)) if factors.len() == 1 => {
            estimate.fit_corrected(frame, &factors[0])?
        }
        (true, _) => {
            return Err(CommandError::user(format!(
                "--bias-correction adjusts errors clustered by pair, not {covariance}; add --vcov \
                 cluster:exporter^importer, with the pair effect of the formula"
            )));
        }
    };
    if let Some(bootstrap) = bootstrap {
        fit.bootstrap = Some(estimate.bootstrap(frame, bootstrap)?);
    }
    for test in tests {
        fit.tests.push(fit.test(test)?);
    }
    gravity_files::write(options, &fit, &estimate, number)?;
    Ok(fit)
}

/// Coefficients and what they are tested to be.
type Hypotheses<'a> = Vec<(&'a str, f64)>;

/// `rta,ln_dist=-1`.
fn hypotheses(text: &str) -> Result<Hypotheses<'_>, CommandError> {
    let one = |part| {
        let Some((name, value)) = str::rsplit_once(part, '=') else {
            return Ok((part.trim(), 0.0));
        };
        let value = value.trim();
        let number = value
            .parse()
            .map_err(|_| CommandError::user(format!("--test {text}: {value:?} is no number")))?;
        Ok((name.trim(), number))
    };
    text.split(',').map(one).collect()
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
