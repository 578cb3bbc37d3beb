//! From a model and a table to an estimate.

use crate::absorb::{Absorber, Dense};
use crate::by_row;
use crate::dense::cholesky;
use crate::design::Design;
use crate::effects::{EffectValues, recover};
use crate::error::{GravityError, Problem};
use crate::fit::{DroppedRow, FittedRow};
use crate::frame::Frame;
use crate::iv::InstrumentTests;
use crate::model::{Correction, Covariance, Family, Model, Settings};
use crate::ols::LeastSquares;
use crate::poisson::{self, Outcome, Point, Solution};
use crate::separation::{self, Found};
use crate::vcov::{CovarianceMatrix, Ingredients, covariance};
use crate::{glm, ols};

/// Why rows are separated: a combination of regressors and effects that is zero
/// wherever the outcome is positive, and positive in these rows, whose outcome is zero.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Certificate {
    /// Rows of the table, counted from 1, and the value of the combination there
    /// (the largest is 1).
    pub rows: Vec<(usize, f64)>,
    /// Coefficients of the regressors.
    pub regressors: Vec<(String, f64)>,
    /// Coefficients of the effects, those of zero left out.
    pub effects: Vec<EffectValues>,
    /// The largest error of the combination over all rows.
    pub residual: f64,
}

/// An estimate with all that its covariances, effects and fitted values are made from.
pub struct Estimate {
    pub(crate) model: Model,
    pub(crate) design: Design,
    pub(crate) absorber: Absorber,
    pub(crate) solution: Solution,
    pub(crate) names: Vec<String>,
    /// w (y − μ), times what the family's score has: 1/μ for gamma, μ for GaussianLog.
    pub(crate) weighted_error: Vec<f64>,
    /// Inverse of X'WX at the weights of the last regression: w μ for PPML.
    pub(crate) bread: Vec<f64>,
    pub(crate) squares: f64,
    pub(crate) within_total: f64,
    pub(crate) tests: Option<InstrumentTests>,
    pub(crate) certificates: Vec<Certificate>,
}

/// Estimates a model.
///
/// ```
/// use comity_gravity::{Correction, Covariance, Family, Formula, Frame, Model, estimate};
///
/// let frame = Frame::from_csv("y,x,g\n1,0,a\n3,1,a\n2,0,b\n5,1,b\n1,0,c\n3,1,c\n")?;
/// let model = Model::new(Formula::parse("y ~ x | g")?, Family::Poisson);
/// let estimate = estimate(&model, &frame)?;
/// let fit = estimate.fit(&frame, &Covariance::Iid, Correction::None)?;
/// // Within each g, x multiplies the outcome by 11 / 4.
/// assert!((fit.coefficients[0].estimate - (11.0f64 / 4.0).ln()).abs() < 1e-9);
/// # Ok::<(), comity_gravity::GravityError>(())
/// ```
///
/// # Errors
/// Every mistake in the request at once; an empty sample; not converged.
pub fn estimate(model: &Model, frame: &Frame) -> Result<Estimate, GravityError> {
    if model.family != Family::Ols && !model.formula.endogenous.is_empty() {
        return Err(GravityError::Input(vec![
            Problem::new("instruments are for least squares")
                .help("choose ols as the family, or take the third part out of the formula"),
        ]));
    }
    // Begun on a thread of the pool, the many short parallel pieces need no handing over.
    rayon::scope(|_| from_design(model, Design::new(model, frame)?))
}

/// Estimates a model on the arrays given.
pub(crate) fn from_design(model: &Model, mut design: Design) -> Result<Estimate, GravityError> {
    let mut certificates = Vec::new();
    let mut watch = model.settings.check_separation && model.family == Family::Poisson;
    if design.k() > design.rows {
        return Err(GravityError::TooManyParameters {
            regressors: design.k(),
            rows: design.rows,
        });
    }
    if watch && model.settings.rectifier_first {
        loop {
            let absorber = Absorber::new(&design, true);
            let Some(found) = separation::find(&design, &absorber, &model.settings)? else {
                break;
            };
            let (certificate, rows) = certify(&design, found);
            certificates.push(certificate);
            leave_out(&mut design, &absorber, &rows, None, &model.settings)?;
        }
    }
    let mut from = None;
    loop {
        let absorber = Absorber::new(&design, model.family == Family::Poisson);
        let fitted = match model.family {
            Family::Ols => ols::fit(&design, &absorber, &model.settings)?,
            Family::Gamma | Family::GaussianLog => LeastSquares {
                solution: glm::fit(&design, &absorber, &model.settings, model.family)?,
                within_total: f64::NAN,
                tests: None,
            },
            Family::Poisson => {
                let outcome =
                    poisson::fit(&design, &absorber, &model.settings, watch, from.take())?;
                let (found, point) = match outcome {
                    Outcome::Solved(solution) => {
                        let fitted = LeastSquares {
                            solution: *solution,
                            within_total: f64::NAN,
                            tests: None,
                        };
                        return Ok(Estimate::assemble(
                            model.clone(),
                            design,
                            absorber,
                            fitted,
                            certificates,
                        ));
                    }
                    Outcome::Separated(both) => {
                        let (found, point) = *both;
                        (found, Some(point))
                    }
                    Outcome::Suspect => {
                        match separation::find(&design, &absorber, &model.settings)? {
                            Some(found) => (found, None),
                            None => {
                                watch = false;
                                continue;
                            }
                        }
                    }
                };
                let (certificate, rows) = certify(&design, found);
                certificates.push(certificate);
                from = leave_out(&mut design, &absorber, &rows, point, &model.settings)?;
                continue;
            }
        };
        return Ok(Estimate::assemble(
            model.clone(),
            design,
            absorber,
            fitted,
            certificates,
        ));
    }
}

/// Leaves rows out of the design, and out of the point that the iteration reached.
fn leave_out(
    design: &mut Design,
    a: &Absorber,
    rows: &[u32],
    point: Option<Point>,
    settings: &Settings,
) -> Result<Option<Point>, GravityError> {
    let mut gone = vec![false; design.rows];
    rows.iter().for_each(|&r| gone[r as usize] = true);
    let kept = by_row::filter(design.rows, |r| !gone[r]);
    let (left, origins) = design.keep(&kept, settings.drop_singletons, false)?;
    // Slopes are centred and scaled over the rows that are there, so what was taken out
    // of the regressors cannot be carried over.
    let slopes = a.rest.iter().any(|t| t.slope.is_some());
    let Some(mut point) = point.filter(|_| !slopes) else {
        return Ok(None);
    };
    let k = point.regressors.kept.len();
    point.eta = by_row::pick(&point.eta, &left);
    point.regressors.x = by_row::pick_wide(&point.regressors.x, k, &left);
    let levels = a.rest.iter().flat_map(|term| {
        let origins = origins[term.effect].iter();
        origins.map(move |&level| term.offset as u32 + level)
    });
    let levels: Vec<u32> = levels.collect();
    point.regressors.levels = by_row::pick_wide(&point.regressors.levels, k, &levels);
    Ok(Some(point))
}

/// The certificate in terms of the table, and the rows of the design.
fn certify(design: &Design, found: Found) -> (Certificate, Vec<u32>) {
    let rows = found.rows.iter().map(|&(r, _)| r).collect();
    let mut listed: Vec<(usize, f64)> = found
        .rows
        .iter()
        .map(|&(r, z)| (design.source[r as usize] as usize + 1, z))
        .collect();
    listed.sort_unstable_by_key(|&(row, _)| row);
    let certificate = Certificate {
        rows: listed,
        regressors: found.regressors,
        effects: (found.effects.into_iter())
            .filter(|e| !e.levels.is_empty())
            .collect(),
        residual: found.residual,
    };
    (certificate, rows)
}

impl Estimate {
    fn assemble(
        model: Model,
        design: Design,
        absorber: Absorber,
        fitted: LeastSquares,
        certificates: Vec<Certificate>,
    ) -> Estimate {
        let LeastSquares {
            solution,
            within_total,
            tests,
        } = fitted;
        let n = design.rows;
        let family = model.family;
        let error = |r: usize| design.y[r] - solution.mu[r];
        let weighted_error = by_row::map(n, |r| {
            design.weight(r) * error(r) * family.score_factor(solution.mu[r])
        });
        let w = by_row::map(n, |r| {
            design.weight(r) * family.working_weight(solution.mu[r])
        });
        let k = solution.kept.len();
        let inverse = absorber.lead_inverse(&w);
        let (gram, scale) = absorber.gram(&w, &inverse, Dense { x: &solution.x, k });
        let bread = cholesky(gram, k, &scale, 0.0).inverse();
        let squares = match family {
            // Not divided by the variance: of PPML no scale is made from it.
            Family::Poisson => by_row::sum(n, |r| design.weight(r) * error(r).powi(2)),
            _ => by_row::sum(n, |r| {
                design.weight(r) * error(r).powi(2) / family.variance(solution.mu[r])
            }),
        };
        let names = solution
            .kept
            .iter()
            .map(|&j| design.names[j].clone())
            .collect();
        Estimate {
            model,
            design,
            absorber,
            solution,
            names,
            weighted_error,
            bread,
            squares,
            within_total,
            tests,
            certificates,
        }
    }

    /// Names of the coefficients.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The coefficients.
    pub fn coefficients(&self) -> &[f64] {
        &self.solution.coefficients
    }

    /// Rows in the sample.
    pub fn rows(&self) -> usize {
        self.design.rows
    }

    /// Certificates of the separated rows that no single level of zeros explains.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// A covariance matrix of the coefficients. `frame` is the table the model was
    /// estimated from.
    ///
    /// # Errors
    /// A cluster that is not in the table or is missing in the sample; one cluster
    /// only; no degrees of freedom.
    pub fn covariance(
        &self,
        frame: &Frame,
        kind: &Covariance,
        correction: Correction,
    ) -> Result<CovarianceMatrix, GravityError> {
        let ingredients = Ingredients {
            design: &self.design,
            family: self.model.family,
            x: &self.solution.x,
            k: self.names.len(),
            weighted_error: &self.weighted_error,
            bread: &self.bread,
            squares: self.squares,
        };
        covariance(&ingredients, frame, kind, correction)
    }

    /// The values of the fixed effects.
    pub fn effects(&self) -> Vec<EffectValues> {
        let k = self.design.k();
        let sum: Vec<f64> = (0..self.design.rows)
            .map(|r| {
                let regressors: f64 = self
                    .solution
                    .kept
                    .iter()
                    .zip(&self.solution.coefficients)
                    .map(|(&j, b)| b * self.design.x[r * k + j])
                    .sum();
                let offset = self.design.offset.as_ref().map_or(0.0, |o| o[r]);
                self.solution.eta[r] - offset - regressors
            })
            .collect();
        recover(&self.design, &self.absorber, &sum, &self.model.settings).0
    }

    /// Fitted means, one for each row of the table; none for rows left out.
    pub fn fitted(&self) -> Vec<Option<f64>> {
        let mut out = vec![None; self.design.read];
        for (&r, &m) in self.design.source.iter().zip(&self.solution.mu) {
            out[r as usize] = Some(m);
        }
        out
    }

    /// Outcome and fitted mean of every row of the sample, in the order of the table.
    pub fn fitted_rows(&self) -> Vec<FittedRow> {
        let rows = self.design.source.iter().zip(&self.design.y);
        let mut out: Vec<FittedRow> = rows
            .zip(&self.solution.mu)
            .map(|((r, y), mean)| FittedRow {
                row: *r as usize + 1,
                outcome: *y,
                fitted: *mean,
            })
            .collect();
        out.sort_by_key(|d| d.row);
        out
    }

    /// Every row that was left out, with its reason, in the order of the table.
    pub fn dropped_rows(&self) -> Vec<DroppedRow> {
        let d = &self.design.dropped;
        let effect = |f: usize| self.design.effects[f].name.clone();
        let mut out: Vec<DroppedRow> = Vec::new();
        let mut add = |row: usize, reason: String| out.push(DroppedRow { row, reason });
        for &(r, at) in &d.subset {
            let condition = &self.model.subset[at];
            add(r as usize + 1, format!("not in the subset: {condition}"));
        }
        for &r in &d.missing {
            add(r as usize + 1, "missing value".to_string());
        }
        for &r in &d.zero_weight {
            add(r as usize + 1, "weight of zero".to_string());
        }
        for &(r, f) in &d.singletons {
            add(
                r as usize + 1,
                format!("alone in its level of {}", effect(f)),
            );
        }
        for &(r, f) in &d.zero_levels {
            add(
                r as usize + 1,
                format!(
                    "separated: every outcome in its level of {} is zero",
                    effect(f)
                ),
            );
        }
        for certificate in &self.certificates {
            for &(row, _) in &certificate.rows {
                add(
                    row,
                    "separated: by a combination of regressors and effects".to_string(),
                );
            }
        }
        out.sort_by_key(|d| d.row);
        out
    }
}
