//! What to estimate and how.

use serde::{Deserialize, Serialize};

use crate::error::{GravityError, suggestion};
use crate::formula::{Expression, Factor, Formula, parse_factors};
use crate::subset::Condition;

/// The estimator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Poisson pseudo-maximum likelihood: E(y|x) = exp(x'b) (Santos Silva & Tenreyro 2006).
    Poisson,
    /// Ordinary least squares.
    Ols,
    /// Gamma pseudo-maximum likelihood with a log link: variance in the square of the
    /// mean. Outcomes are positive.
    Gamma,
    /// Nonlinear least squares of exp(x'b): the Gaussian with a log link.
    GaussianLog,
}

/// A kind of covariance matrix.
#[derive(Debug, Clone, PartialEq)]
pub enum Covariance {
    /// Independent, identically distributed errors: the inverse Hessian for PPML.
    Iid,
    /// White's, without a correction.
    Hc0,
    /// White's times N / (N − K).
    Hc1,
    /// Clustered by one to four factors (Cameron, Gelbach & Miller 2011).
    Cluster(Vec<Factor>),
    /// Rows that share a country, as exporter or importer, are correlated (Aronow, Samii &
    /// Assenova 2015).
    Dyadic {
        /// The exporter, as a factor.
        exporter: Factor,
        /// The importer, with the same labels.
        importer: Factor,
    },
    /// Newey & West (1987) within each unit: Bartlett weights up to `lag` periods.
    NeweyWest {
        /// The unit, as a factor.
        unit: Factor,
        /// The column with whole periods.
        time: String,
        /// The longest lag.
        lag: usize,
    },
    /// Driscoll & Kraay (1998): Bartlett weights over the sums of each period.
    DriscollKraay {
        /// The column with whole periods.
        time: String,
        /// The longest lag.
        lag: usize,
    },
}

impl Covariance {
    /// Reads `iid`, `hc0`, `hc1`, `cluster:a^b+c`, `dyadic:exporter,importer`,
    /// `newey-west:unit,time,lag` or `driscoll-kraay:time,lag`.
    ///
    /// # Errors
    /// A kind that is none of these, or a factor that does not parse.
    pub fn parse(text: &str) -> Result<Self, GravityError> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        let fail = |reason: &str| GravityError::Covariance {
            kind: text.to_string(),
            reason: reason.to_string(),
        };
        let parts: Vec<&str> = rest.split(',').map(str::trim).collect();
        let lag = |text: &str| {
            text.parse::<usize>()
                .map_err(|_| fail(&format!("the lag {text} is not a whole number")))
        };
        match (kind.trim(), parts.as_slice()) {
            ("iid", _) => Ok(Covariance::Iid),
            ("hc0", _) => Ok(Covariance::Hc0),
            ("hc1" | "hetero" | "robust", _) => Ok(Covariance::Hc1),
            ("cluster", _) => {
                let factors = parse_factors(rest)?;
                if factors.len() > 4 {
                    return Err(fail("clusters go up to four ways"));
                }
                Ok(Covariance::Cluster(factors))
            }
            ("dyadic", [exporter, importer]) => Ok(Covariance::Dyadic {
                exporter: parse_factors(exporter)?.remove(0),
                importer: parse_factors(importer)?.remove(0),
            }),
            ("newey-west", [unit, time, l]) => Ok(Covariance::NeweyWest {
                unit: parse_factors(unit)?.remove(0),
                time: (*time).to_string(),
                lag: lag(l)?,
            }),
            ("driscoll-kraay", [time, l]) => Ok(Covariance::DriscollKraay {
                time: (*time).to_string(),
                lag: lag(l)?,
            }),
            (other, _) => {
                let kinds = [
                    "iid",
                    "hc0",
                    "hc1",
                    "cluster",
                    "dyadic",
                    "newey-west",
                    "driscoll-kraay",
                ];
                let meant = suggestion(other, kinds).filter(|_| !kinds.contains(&other));
                let meant = meant.map_or_else(String::new, |text| text + " ");
                Err(fail(&format!(
                    "{meant}give iid, hc0, hc1, cluster:a^b+c, dyadic:exporter,importer, \
                     newey-west:unit,time,lag or driscoll-kraay:time,lag"
                )))
            }
        }
    }

    /// The columns it needs.
    pub fn columns(&self) -> Vec<String> {
        let of = |factors: &[Factor]| -> Vec<String> {
            factors
                .iter()
                .flat_map(|f| f.columns.iter().map(|(n, _)| n.clone()))
                .collect()
        };
        match self {
            Covariance::Iid | Covariance::Hc0 | Covariance::Hc1 => Vec::new(),
            Covariance::Cluster(factors) => of(factors),
            Covariance::Dyadic { exporter, importer } => of(&[exporter.clone(), importer.clone()]),
            Covariance::NeweyWest { unit, time, .. } => {
                let mut names = of(std::slice::from_ref(unit));
                names.push(time.clone());
                names
            }
            Covariance::DriscollKraay { time, .. } => vec![time.clone()],
        }
    }
}

impl std::fmt::Display for Covariance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Covariance::Iid => write!(f, "iid"),
            Covariance::Hc0 => write!(f, "hc0"),
            Covariance::Hc1 => write!(f, "hc1"),
            Covariance::Cluster(factors) => {
                let names: Vec<String> = factors.iter().map(Factor::to_string).collect();
                write!(f, "cluster:{}", names.join("+"))
            }
            Covariance::Dyadic { exporter, importer } => write!(f, "dyadic:{exporter},{importer}"),
            Covariance::NeweyWest { unit, time, lag } => {
                write!(f, "newey-west:{unit},{time},{lag}")
            }
            Covariance::DriscollKraay { time, lag } => write!(f, "driscoll-kraay:{time},{lag}"),
        }
    }
}

/// Whose small-sample correction. N rows, K parameters, G clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Correction {
    /// No factor at all.
    None,
    /// fixest 0.14: (N−1)/(N−K) G/(G−1) with the smallest G; K counts every effect
    /// not nested in a cluster, less one for each effect after the first.
    #[default]
    Fixest,
    /// reghdfe: as fixest, with levels that the other effects make redundant not counted
    /// and each way of a multiway cluster with the smallest G.
    Reghdfe,
    /// ppmlhdfe: G/(G−1) for clusters, N/(N−1) for White's.
    Ppmlhdfe,
    /// Stata's ppml, poisson and glm: G/(G−1) for clusters, N/(N−1) for White's.
    StataPpml,
}

impl Correction {
    /// Reads the name as the documentation writes it.
    ///
    /// # Errors
    /// A name that is none of these.
    pub fn parse(text: &str) -> Result<Self, GravityError> {
        match text {
            "none" => Ok(Correction::None),
            "fixest" => Ok(Correction::Fixest),
            "reghdfe" => Ok(Correction::Reghdfe),
            "ppmlhdfe" => Ok(Correction::Ppmlhdfe),
            "stata-ppml" => Ok(Correction::StataPpml),
            _ => Err(GravityError::Correction {
                name: text.to_string(),
                help: suggestion(
                    text,
                    ["none", "fixest", "reghdfe", "ppmlhdfe", "stata-ppml"],
                ),
            }),
        }
    }

    /// The name as the documentation writes it.
    pub fn name(self) -> &'static str {
        match self {
            Correction::None => "none",
            Correction::Fixest => "fixest",
            Correction::Reghdfe => "reghdfe",
            Correction::Ppmlhdfe => "ppmlhdfe",
            Correction::StataPpml => "stata-ppml",
        }
    }
}

/// Settings of an estimation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Relative error allowed in each first-order condition at the solution:
    /// |Σ x (y − μ)| over Σ |x| (y + μ), for each regressor and each level. Default 1e-9.
    pub tolerance: f64,
    /// Newton steps allowed. Default 100.
    pub max_iterations: usize,
    /// Conjugate gradient steps allowed in one solve. Default 5000.
    pub max_inner_iterations: usize,
    /// Whether rows alone in a level are dropped, recursively. Default true.
    pub drop_singletons: bool,
    /// Whether separated rows are looked for and dropped. Default true.
    pub check_separation: bool,
    /// Whether the iterative rectifier looks for separated rows before the estimation.
    /// By default the estimation looks out for rows that run away, which costs nothing
    /// where there are none, and calls the rectifier only in doubt. Both find the same
    /// rows. Default false.
    pub rectifier_first: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            tolerance: 1e-9,
            max_iterations: 100,
            max_inner_iterations: 5000,
            drop_singletons: true,
            check_separation: true,
            rectifier_first: false,
        }
    }
}

/// What to estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Outcome, regressors and fixed effects.
    pub formula: Formula,
    /// The estimator.
    pub family: Family,
    /// Weights of the rows, not negative. They multiply each row's contribution.
    pub weights: Option<Expression>,
    /// A regressor with coefficient one.
    pub offset: Option<Expression>,
    /// Conditions that the rows must meet, all of them.
    pub subset: Vec<Condition>,
    /// The sample: a column and the level that its rows must have; none for all rows.
    pub sample: Option<(String, String)>,
    /// Columns that must not be missing although the formula does not name them,
    /// as those of the clusters.
    pub also_needed: Vec<String>,
    /// How to estimate.
    pub settings: Settings,
}

impl Model {
    /// A model without weights and offset.
    pub fn new(formula: Formula, family: Family) -> Self {
        Model {
            formula,
            family,
            weights: None,
            offset: None,
            subset: Vec::new(),
            sample: None,
            also_needed: Vec::new(),
            settings: Settings::default(),
        }
    }

    /// The columns it needs, each once: pass them to [`crate::Frame::read`].
    pub fn columns(&self) -> Vec<String> {
        let mut names = self.formula.columns();
        let mut more: Vec<String> = self.also_needed.clone();
        more.extend(self.sample.iter().map(|(column, _)| column.clone()));
        more.extend(self.subset.iter().map(|c| c.column().to_string()));
        for expression in [&self.weights, &self.offset].into_iter().flatten() {
            expression.columns(&mut |name, _| more.push(name.to_string()));
        }
        for name in more {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
