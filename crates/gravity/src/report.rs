//! What is reported of an estimate.

use crate::correction::Parameters;
use crate::error::GravityError;
use crate::estimate::Estimate;
use crate::fit::{
    Coefficient, Convergence, DroppedRegressor, EffectCount, Fit, Sample, Statistics,
};
use crate::formula::Factor;
use crate::frame::Frame;
use crate::incidental::{BiasCorrection, Panel, Parts};
use crate::model::{Correction, Covariance, Family};
use crate::statistics::statistics;
use crate::vcov::CovarianceMatrix;
use crate::wald;

impl Estimate {
    /// Everything that is reported, with one covariance.
    ///
    /// # Errors
    /// As [`Estimate::covariance`].
    pub fn fit(
        &self,
        frame: &Frame,
        kind: &Covariance,
        correction: Correction,
    ) -> Result<Fit, GravityError> {
        rayon::scope(|_| {
            let v = self.covariance(frame, kind, correction)?;
            self.report(&self.solution.coefficients, v, None)
        })
    }

    /// Everything that is reported, with the coefficients corrected for the bias that
    /// exporter–time, importer–time and pair effects leave in PPML, and errors clustered
    /// by pair and adjusted (Weidner & Zylkin 2021). `frame` is the table the model was
    /// estimated from; `pair` says which of the three effects is the pair.
    ///
    /// # Errors
    /// Not PPML, other effects, several rows of a pair in a period, too many levels.
    pub fn fit_corrected(&self, frame: &Frame, pair: &Factor) -> Result<Fit, GravityError> {
        if self.model.family != Family::Poisson {
            return Err(GravityError::BiasCorrection(
                "it is for PPML; least squares has no such bias".to_string(),
            ));
        }
        let panel = Panel::new(&self.design, &self.model.formula.effects, pair, frame)?;
        let means: Vec<f64> = (0..self.design.rows)
            .map(|r| self.design.weight(r) * self.solution.mu[r])
            .collect();
        let k = self.names.len();
        let corrected = panel.correct(&Parts {
            design: &self.design,
            x: &self.solution.x,
            k,
            means: &means,
            weighted_error: &self.weighted_error,
            bread: &self.bread,
        })?;
        let kind = Covariance::Cluster(vec![panel.pair_factor.clone()]);
        let plain = self.covariance(frame, &kind, Correction::Ppmlhdfe)?;
        let uncorrected = self.solution.coefficients.clone();
        let coefficients: Vec<f64> = uncorrected
            .iter()
            .zip(&corrected.bias)
            .map(|(b, bias)| b - bias)
            .collect();
        let note = panel.note(
            uncorrected,
            corrected.bias,
            (0..k).map(|j| plain.matrix[j * k + j].sqrt()).collect(),
            corrected.saturated,
        );
        let v = CovarianceMatrix {
            matrix: corrected.covariance,
            ..plain
        };
        self.report(&coefficients, v, Some(note))
    }

    fn report(
        &self,
        values: &[f64],
        v: CovarianceMatrix,
        bias_correction: Option<BiasCorrection>,
    ) -> Result<Fit, GravityError> {
        let k = self.names.len();
        let coefficients: Vec<Coefficient> = (0..k)
            .map(|j| {
                Coefficient::new(
                    self.names[j].clone(),
                    values[j],
                    v.matrix[j * k + j].max(0.0).sqrt(),
                    v.degrees_of_freedom,
                )
            })
            .collect();
        let d = &self.design.dropped;
        let by_effect = |list: &[(u32, usize)]| -> Vec<(String, usize)> {
            self.design
                .effects
                .iter()
                .enumerate()
                .map(|(f, e)| {
                    let count = list.iter().filter(|&&(_, g)| g == f).count();
                    (e.name.clone(), count)
                })
                .filter(|(_, count)| *count > 0)
                .collect()
        };
        let separated: usize = self.certificates.iter().map(|c| c.rows.len()).sum();
        let parameters = Parameters {
            design: &self.design,
            regressors: k,
        }
        .full();
        let all = self.names.iter().map(String::as_str);
        let all: Vec<(&str, f64)> = all
            .filter(|n| *n != "(Intercept)")
            .map(|n| (n, 0.0))
            .collect();
        let wald = if all.is_empty() {
            None
        } else {
            let given = wald::Given {
                names: &self.names,
                coefficients: values,
                covariance: &v.matrix,
                degrees_of_freedom: v.degrees_of_freedom,
                family: self.model.family,
            };
            Some(wald::test(&given, &all)?)
        };
        Ok(Fit {
            formula: self.model.formula.text.clone(),
            family: self.model.family,
            outcome: self.design.outcome_name.clone(),
            coefficients,
            covariance_kind: v.kind.to_string(),
            correction: v.correction,
            covariance: v.matrix.chunks(k.max(1)).map(<[f64]>::to_vec).collect(),
            clusters: v.clusters,
            degrees_of_freedom: v.degrees_of_freedom,
            covariance_repaired: v.repaired,
            bias_correction,
            sample: Sample {
                of: self.model.sample.clone(),
                subset: self
                    .model
                    .subset
                    .iter()
                    .enumerate()
                    .map(|(at, condition)| {
                        let count = d.subset.iter().filter(|(_, of)| *of == at).count();
                        (condition.to_string(), count)
                    })
                    .collect(),
                read: self.design.read,
                outside: d.outside,
                used: self.design.rows,
                missing: d.missing.len(),
                missing_by_column: d.missing_by_column.clone(),
                zero_weight: d.zero_weight.len(),
                singletons: d.singletons.len(),
                singletons_by_effect: by_effect(&d.singletons),
                separated: d.zero_levels.len() + separated,
                separated_in_zero_levels: by_effect(&d.zero_levels),
                separated_by_combination: separated,
            },
            certificates: self.certificates.clone(),
            dropped_regressors: self
                .solution
                .dropped
                .iter()
                .map(|(name, reason)| DroppedRegressor {
                    name: name.clone(),
                    reason: reason.clone(),
                })
                .collect(),
            effects: self
                .design
                .effects
                .iter()
                .map(|e| EffectCount {
                    name: e.name.clone(),
                    levels: e.levels.count(),
                    intercept: e.intercept,
                    slopes: e.slopes.iter().map(|(n, _)| n.clone()).collect(),
                })
                .collect(),
            statistics: self.statistics(parameters),
            wald,
            tests: Vec::new(),
            instruments: self.tests.clone(),
            bootstrap: None,
            convergence: Convergence {
                iterations: self.solution.iterations,
                inner_iterations: self.solution.inner_iterations,
                first_order_error: self.solution.first_order.error,
                first_order_place: self.solution.first_order.place.clone(),
            },
        })
    }

    fn statistics(&self, parameters: usize) -> Statistics {
        statistics(
            &self.design,
            self.model.family,
            &self.solution.eta,
            &self.solution.mu,
            self.squares,
            self.within_total,
            self.names.len(),
            parameters,
        )
    }
}
