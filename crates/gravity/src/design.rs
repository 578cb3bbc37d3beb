//! A model and a table into the arrays that are estimated.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::by_row;
use crate::check::{check_columns, check_values};
use crate::columns::{evaluate, regressor_columns};
use crate::error::{GravityError, rows};
use crate::formula::Factor;
use crate::frame::{Frame, Values};
use crate::levels::{Levels, combine, encode};
use crate::model::{Family, Model};
use crate::order::canonical_order;
use crate::prune::prune;
use crate::sample::{Candidates, Dropped};

/// One set of fixed effects over the rows in use.
#[derive(Debug, Clone)]
pub(crate) struct EffectData {
    pub name: String,
    pub levels: Levels,
    pub intercept: bool,
    /// Name and values of what has a slope in each level.
    pub slopes: Vec<(String, Vec<f64>)>,
}

/// The arrays of an estimation, rows in an order that does not depend on the file's.
#[derive(Debug, Clone)]
pub(crate) struct Design {
    pub rows: usize,
    pub outcome_name: String,
    pub y: Vec<f64>,
    /// Names of the regressors.
    pub names: Vec<String>,
    /// Endogenous regressors and instruments, the last columns of `x` in this order.
    pub endogenous: usize,
    pub instruments: usize,
    /// Regressors, row by row: `x[row * k + column]`.
    pub x: Vec<f64>,
    pub weights: Option<Vec<f64>>,
    pub offset: Option<Vec<f64>>,
    pub effects: Vec<EffectData>,
    /// The row of the table that each row is.
    pub source: Vec<u32>,
    /// Effect by whose levels the rows are sorted.
    pub lead: Option<usize>,
    pub dropped: Dropped,
    /// Rows of the table.
    pub read: usize,
    /// Regressors that were constant indicators and so on: name and reason.
    pub has_intercept: bool,
}

impl Design {
    pub(crate) fn new(model: &Model, frame: &Frame) -> Result<Design, GravityError> {
        check_columns(model, frame)?;
        let formula = &model.formula;
        let n = frame.rows();
        let mut sample = Candidates::new(model, frame)?;
        let outcome_name = formula.outcome.to_string();
        let y = evaluate(&formula.outcome, frame);
        sample.mark(&outcome_name, |r| !y[r].is_finite());
        let mut columns: Vec<(String, Cow<[f64]>)> = Vec::new();
        if formula.intercept && formula.effects.is_empty() {
            columns.push(("(Intercept)".to_string(), vec![1.0; n].into()));
        }
        regressor_columns(&formula.regressors, frame, &mut columns, &mut sample)?;
        for e in &formula.endogenous {
            let values = evaluate(e, frame);
            sample.mark(&e.to_string(), |r| !values[r].is_finite());
            columns.push((format!("fit_{e}"), values));
        }
        let before = columns.len();
        regressor_columns(&formula.instruments, frame, &mut columns, &mut sample)?;
        let instruments = columns.len() - before;
        for effect in &formula.effects {
            for (name, _) in &effect.factor.columns {
                sample.mark_absent(name, frame);
            }
        }
        let mut slopes: Vec<Vec<(String, Cow<[f64]>)>> = Vec::new();
        for effect in &formula.effects {
            let mut of_effect = Vec::new();
            for e in &effect.slopes {
                let values = evaluate(e, frame);
                sample.mark(&e.to_string(), |r| !values[r].is_finite());
                of_effect.push((e.to_string(), values));
            }
            slopes.push(of_effect);
        }
        let weights = model.weights.as_ref().map(|e| evaluate(e, frame));
        if let (Some(w), Some(e)) = (&weights, &model.weights) {
            sample.mark(&e.to_string(), |r| !w[r].is_finite());
        }
        let offset = model.offset.as_ref().map(|e| evaluate(e, frame));
        if let (Some(o), Some(e)) = (&offset, &model.offset) {
            sample.mark(&e.to_string(), |r| !o[r].is_finite());
        }
        for name in &model.also_needed {
            sample.mark_absent(name, frame);
        }
        check_values(
            model,
            &y,
            weights.as_deref(),
            &sample.ignored(),
            &outcome_name,
        )?;
        let (mut used, mut dropped) = sample.used(weights.as_deref())?;

        let mut factors: Vec<Levels> = formula
            .effects
            .par_iter()
            .map(|effect| factor_levels(&effect.factor, frame, &used))
            .collect();
        let used_y = by_row::pick(&y, &used);
        let with_intercept: Vec<usize> = (0..factors.len())
            .filter(|&f| formula.effects[f].intercept)
            .collect();
        let judged: Vec<&Levels> = with_intercept.iter().map(|&f| &factors[f]).collect();
        let pruned = prune(
            used.len(),
            &judged,
            matches!(model.family, Family::Poisson | Family::GaussianLog)
                .then_some(used_y.as_slice()),
            model.settings.drop_singletons,
        );
        let original = |list: &[(u32, usize)]| -> Vec<(u32, usize)> {
            list.iter()
                .map(|&(r, f)| (used[r as usize], with_intercept[f]))
                .collect()
        };
        dropped.singletons = original(&pruned.singletons);
        dropped.zero_levels = original(&pruned.zero_levels);
        if pruned.kept.is_empty() {
            let mut gone = Vec::new();
            for (list, what) in [
                (&dropped.singletons, "alone in their level of"),
                (
                    &dropped.zero_levels,
                    "where all outcomes are zero in the level of",
                ),
            ] {
                for (f, effect) in formula.effects.iter().enumerate() {
                    let count = list.iter().filter(|(_, of)| *of == f).count();
                    if count > 0 {
                        gone.push(format!("{count} {what} {}", effect.factor));
                    }
                }
            }
            return Err(GravityError::EmptySample(format!(
                "of {}, {}",
                rows(used.len()),
                gone.join(", ")
            )));
        }
        if pruned.kept.len() < used.len() {
            factors = factors.par_iter().map(|f| f.subset(&pruned.kept)).collect();
            used = by_row::pick(&used, &pruned.kept);
        }

        // The largest effect leads: it is eliminated exactly, and rows are sorted by it.
        let lead = (0..factors.len())
            .filter(|&f| formula.effects[f].intercept)
            .max_by_key(|&f| (factors[f].count(), usize::MAX - f));
        let extra: Vec<&[f64]> = std::iter::once(y.as_ref())
            .chain(columns.iter().map(|(_, v)| v.as_ref()))
            .chain(slopes.iter().flatten().map(|(_, v)| v.as_ref()))
            .chain(weights.as_deref())
            .chain(offset.as_deref())
            .collect();
        let order = canonical_order(&factors, lead, &extra, &used);
        let source = by_row::pick(&used, &order);
        let gather = |values: &[f64]| by_row::pick(values, &source);
        let k = columns.len();
        let mut x = vec![0.0; source.len() * k];
        if k > 0 {
            let rows = x.par_chunks_exact_mut(k).zip(&source);
            rows.with_min_len(1 << 12).for_each(|(x, &r)| {
                for (x, (_, values)) in x.iter_mut().zip(&columns) {
                    *x = values[r as usize];
                }
            });
        }
        let effects = factors
            .into_iter()
            .zip(&formula.effects)
            .zip(&slopes)
            .map(|((levels, effect), slopes)| EffectData {
                name: effect.factor.to_string(),
                levels: Levels {
                    codes: by_row::pick(&levels.codes, &order),
                    labels: levels.labels,
                },
                intercept: effect.intercept,
                slopes: slopes.iter().map(|(n, v)| (n.clone(), gather(v))).collect(),
            })
            .collect();
        Ok(Design {
            rows: source.len(),
            outcome_name,
            y: gather(&y),
            endogenous: formula.endogenous.len(),
            instruments,
            names: columns.into_iter().map(|(name, _)| name).collect(),
            x,
            weights: weights.as_deref().map(gather),
            offset: offset.as_deref().map(gather),
            effects,
            source,
            lead,
            dropped,
            read: n,
            has_intercept: formula.intercept && formula.effects.is_empty(),
        })
    }

    /// The weight of a row.
    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |w| w[row])
    }

    /// Number of regressors.
    pub(crate) fn k(&self) -> usize {
        self.names.len()
    }

    /// Keeps some rows and prunes what has become alone. Returns which row each row was,
    /// and which level each level of each effect was.
    pub(crate) fn keep(
        &mut self,
        kept: &[u32],
        drop_singletons: bool,
        drop_zero_levels: bool,
    ) -> Result<(Vec<u32>, Vec<Vec<u32>>), GravityError> {
        let subset: Vec<Levels> = self
            .effects
            .par_iter()
            .map(|e| e.levels.subset(kept))
            .collect();
        let with_intercept: Vec<usize> = (0..subset.len())
            .filter(|&f| self.effects[f].intercept)
            .collect();
        let judged: Vec<&Levels> = with_intercept.iter().map(|&f| &subset[f]).collect();
        let y = by_row::pick(&self.y, kept);
        let outcome = drop_zero_levels.then_some(y.as_slice());
        let pruned = prune(kept.len(), &judged, outcome, drop_singletons);
        for &(row, f) in &pruned.singletons {
            let row = kept[row as usize] as usize;
            self.dropped
                .singletons
                .push((self.source[row], with_intercept[f]));
        }
        for &(row, f) in &pruned.zero_levels {
            let row = kept[row as usize] as usize;
            self.dropped
                .zero_levels
                .push((self.source[row], with_intercept[f]));
        }
        let left = by_row::pick(kept, &pruned.kept);
        if left.is_empty() {
            return Err(GravityError::EmptySample(
                "every row is separated or alone in a level".to_string(),
            ));
        }
        let gather = |values: &[f64]| by_row::pick(values, &left);
        let k = self.k();
        self.x = by_row::pick_wide(&self.x, k, &left);
        self.y = gather(&self.y);
        self.weights = self.weights.as_deref().map(gather);
        self.offset = self.offset.as_deref().map(gather);
        let origins = self
            .effects
            .par_iter_mut()
            .map(|effect| {
                let (levels, origin) = effect.levels.subset_with_origin(&left);
                effect.levels = levels;
                for (_, values) in &mut effect.slopes {
                    *values = gather(values);
                }
                origin
            })
            .collect();
        self.source = by_row::pick(&self.source, &left);
        self.rows = left.len();
        Ok((left, origins))
    }
}

/// The levels of a factor over the rows given; none of them may be missing.
pub(crate) fn factor_levels(factor: &Factor, frame: &Frame, rows: &[u32]) -> Levels {
    combine(
        factor
            .columns
            .iter()
            .map(|(name, _)| encode(frame.column(name).expect("columns were checked"), rows))
            .collect(),
    )
}

pub(crate) fn is_absent(values: &Values, row: usize) -> bool {
    match values {
        Values::Number(v) => !v[row].is_finite(),
        Values::Whole(_) => false,
        Values::Text { codes, .. } => codes[row] == Values::MISSING,
    }
}
