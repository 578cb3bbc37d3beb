//! Bootstraps over clusters.
//!
//! - *Pairs*: whole clusters are drawn with replacement and everything is estimated again,
//!   with the number of times a cluster came as its weight.
//! - *Wild*, for least squares: the residuals of the regression without the coefficient in
//!   question change sign (or size) by cluster; each time the t statistic is computed
//!   anew (Cameron, Gelbach & Miller 2008: WCR, the null imposed).
//! - *Score*, for PPML and least squares: clusters' contributions to the coefficients
//!   change sign (or size) by cluster (Kline & Santos 2012, without the null imposed);
//!   nothing is estimated again.
//!
//! Draw d takes its numbers from stream d of ChaCha8, clusters in the order of their
//! labels, so neither threads nor the order of rows matter.

mod multiplier;
mod pairs;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::design::{Design, factor_levels};
use crate::error::GravityError;
use crate::estimate::Estimate;
use crate::formula::{Factor, parse_factors};
use crate::frame::Frame;
use crate::levels::Levels;

/// How clusters are resampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BootstrapMethod {
    /// Clusters drawn with replacement.
    Pairs,
    /// Restricted residuals times a random weight for each cluster (least squares).
    Wild,
    /// Scores times a random weight for each cluster.
    Score,
}

/// The law of the random weights of the wild and score bootstraps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BootstrapWeights {
    /// −1 or 1. All combinations are gone through once if they are no more than the draws.
    #[default]
    Rademacher,
    /// ±√½, ±1, ±√(3/2) (Webb 2023), for few clusters.
    Webb,
}

/// A bootstrap to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// How.
    pub method: BootstrapMethod,
    /// The clusters.
    pub cluster: Factor,
    /// The law of the weights; not used by pairs.
    pub weights: BootstrapWeights,
    /// Number of draws.
    pub draws: usize,
    /// The seed.
    pub seed: u64,
}

/// One coefficient under the bootstrap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BootstrapCoefficient {
    /// The regressor.
    pub name: String,
    /// Standard deviation of the draws (pairs only).
    pub standard_error: Option<f64>,
    /// Percentiles 2.5 and 97.5 of the draws (pairs only).
    pub interval: Option<(f64, f64)>,
    /// Share of draws at least as far from what they vary around as the estimate is from
    /// zero: in t for wild and score, in the coefficient for pairs.
    pub p_value: f64,
}

/// What a bootstrap gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BootstrapResult {
    /// How.
    pub method: BootstrapMethod,
    /// The law of the weights; none for pairs.
    pub weights: Option<BootstrapWeights>,
    /// The clusters and their number.
    pub cluster: (String, usize),
    /// Draws made.
    pub draws: usize,
    /// Draws left out: the estimation failed, or a regressor had to go.
    pub failed: usize,
    /// Whether the draws are all combinations of signs, so that no seed plays a part.
    pub exhaustive: bool,
    /// The seed.
    pub seed: u64,
    /// The coefficients in their order.
    pub coefficients: Vec<BootstrapCoefficient>,
    /// Covariance of the draws (pairs only).
    pub covariance: Option<Vec<Vec<f64>>>,
}

impl Bootstrap {
    /// Reads `pairs:FACTOR`, `wild:FACTOR` or `score:FACTOR`, with 999 draws, seed 1 and
    /// Rademacher's weights.
    ///
    /// # Errors
    /// Another method, or a factor that does not parse.
    pub fn parse(text: &str) -> Result<Self, GravityError> {
        let (method, factor) = text.split_once(':').unwrap_or((text, ""));
        let method = match method.trim() {
            "pairs" => BootstrapMethod::Pairs,
            "wild" => BootstrapMethod::Wild,
            "score" => BootstrapMethod::Score,
            _ => {
                return Err(GravityError::Bootstrap(format!(
                    "there is no method {method}; give pairs:a^b, wild:a^b or score:a^b with the \
                     clusters"
                )));
            }
        };
        let mut factors = parse_factors(factor)?;
        if factors.len() > 1 {
            return Err(GravityError::Bootstrap(format!(
                "one set of clusters is resampled, not {}",
                factors.len()
            )));
        }
        Ok(Bootstrap {
            method,
            cluster: factors.remove(0),
            weights: BootstrapWeights::default(),
            draws: 999,
            seed: 1,
        })
    }

    /// The columns it needs.
    pub fn columns(&self) -> Vec<String> {
        self.cluster
            .columns
            .iter()
            .map(|(n, _)| n.clone())
            .collect()
    }

    /// The numbers of one draw.
    fn random(&self, draw: usize) -> ChaCha8Rng {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(draw as u64);
        random
    }

    /// The clusters over the rows of the design.
    fn clusters(&self, design: &Design, frame: &Frame) -> Result<Levels, GravityError> {
        let unknown: Vec<_> = self
            .columns()
            .iter()
            .filter(|n| frame.column(n).is_none())
            .map(|n| frame.unknown(n))
            .collect();
        if !unknown.is_empty() {
            return Err(GravityError::Input(unknown));
        }
        let missing = self.columns().iter().any(|n| {
            let values = frame.column(n).expect("looked for above");
            let absent = |r: &u32| crate::design::is_absent(values, *r as usize);
            design.source.iter().any(absent)
        });
        let fail = |reason: String| Err(GravityError::Bootstrap(reason));
        if missing {
            return fail(format!(
                "{} is missing in some rows of the sample; name it when estimating, so that they \
                 are left out",
                self.cluster
            ));
        }
        let levels = factor_levels(&self.cluster, frame, &design.source);
        if levels.count() < 2 {
            return fail(format!("{} has one cluster only", self.cluster));
        }
        if self.draws < 2 {
            return fail(format!(
                "{} draws tell nothing; ask for 99 or more",
                self.draws
            ));
        }
        Ok(levels)
    }
}

/// A whole number below `range`, each as likely.
fn below(random: &mut ChaCha8Rng, range: u64) -> u64 {
    ((u128::from(random.next_u64()) * u128::from(range)) >> 64) as u64
}

impl Estimate {
    /// Runs a bootstrap. `frame` is the table the model was estimated from.
    ///
    /// # Errors
    /// A method that is not for this estimator; clusters that are missing or only one;
    /// all draws failed.
    pub fn bootstrap(
        &self,
        frame: &Frame,
        bootstrap: &Bootstrap,
    ) -> Result<BootstrapResult, GravityError> {
        match bootstrap.method {
            BootstrapMethod::Pairs => pairs::run(self, frame, bootstrap),
            _ => multiplier::run(self, frame, bootstrap),
        }
    }
}
