//! Which rows of a table are in the sample, and why the others are not.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::by_row;
use crate::columns::outside;
use crate::design::is_absent;
use crate::error::{GravityError, rows};
use crate::frame::{Frame, Values};
use crate::model::Model;
use crate::subset::left_out;

/// Rows that were left out before the estimation, by reason.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dropped {
    /// Rows that do not meet the conditions: (row, condition)
    pub subset: Vec<(u32, usize)>,
    /// Rows that are not of the sample.
    pub outside: usize,
    /// Rows with a missing value, and how many each column misses.
    pub missing: Vec<u32>,
    pub missing_by_column: BTreeMap<String, usize>,
    pub zero_weight: Vec<u32>,
    /// (row, effect)
    pub singletons: Vec<(u32, usize)>,
    /// (row, effect)
    pub zero_levels: Vec<(u32, usize)>,
}

/// The rows of a table, while columns are looked through for missing values.
pub(crate) struct Candidates {
    outside: Vec<bool>,
    subset: Vec<(u32, usize)>,
    missing: Vec<bool>,
    missing_by_column: BTreeMap<String, usize>,
}

impl Candidates {
    /// All rows that the model's sample and conditions leave.
    pub(crate) fn new(model: &Model, frame: &Frame) -> Result<Candidates, GravityError> {
        let n = frame.rows();
        let mut outside = outside(&model.sample, frame)?;
        let subset = left_out(&model.subset, frame)?;
        if subset.len() == n {
            let shown: Vec<String> = model.subset.iter().map(|c| c.to_string()).collect();
            return Err(GravityError::EmptySample(format!(
                "none of {n} rows meets {}",
                shown.join(" and ")
            )));
        }
        for &(row, _) in &subset {
            outside[row as usize] = true;
        }
        Ok(Candidates {
            outside,
            subset,
            missing: vec![false; n],
            missing_by_column: BTreeMap::new(),
        })
    }

    /// Marks the rows where a column has no value, and counts those that are not outside.
    pub(crate) fn mark(&mut self, name: &str, absent: impl Fn(usize) -> bool + Sync) {
        let count: usize = self
            .missing
            .par_iter_mut()
            .with_min_len(1 << 13)
            .zip(&self.outside)
            .enumerate()
            .map(|(row, (missing, outside))| {
                let found = !outside && absent(row);
                *missing |= found;
                usize::from(found)
            })
            .sum();
        if count > 0 {
            self.missing_by_column.insert(name.to_string(), count);
        }
    }

    /// The same for a column of the table.
    pub(crate) fn mark_absent(&mut self, name: &str, frame: &Frame) {
        let values = frame.column(name).expect("columns were checked");
        if !matches!(values, Values::Whole(_)) {
            self.mark(name, |r| is_absent(values, r));
        }
    }

    /// The rows whose values do not matter.
    pub(crate) fn ignored(&self) -> Vec<bool> {
        by_row::map(self.missing.len(), |r| self.missing[r] || self.outside[r])
    }

    /// The rows in use, and what became of the others.
    ///
    /// # Errors
    /// No row is left.
    pub(crate) fn used(self, weights: Option<&[f64]>) -> Result<(Vec<u32>, Dropped), GravityError> {
        let n = self.missing.len();
        let (outside, missing) = (&self.outside, &self.missing);
        let weightless = |r: usize| weights.is_some_and(|w| w[r] == 0.0);
        let used = by_row::filter(n, |r| !outside[r] && !missing[r] && !weightless(r));
        let mut dropped = Dropped {
            // Those that do not meet a condition are listed there.
            outside: outside.iter().filter(|out| **out).count() - self.subset.len(),
            missing: by_row::filter(n, |r| !outside[r] && missing[r]),
            zero_weight: by_row::filter(n, |r| !outside[r] && !missing[r] && weightless(r)),
            subset: self.subset,
            ..Dropped::default()
        };
        dropped.missing_by_column = self.missing_by_column;
        if !used.is_empty() {
            return Ok((used, dropped));
        }
        let mut gone = Vec::new();
        for (count, what) in [
            (dropped.missing.len(), "a missing value"),
            (dropped.zero_weight.len(), "a weight of zero"),
        ] {
            if count > 0 {
                gone.push(format!("{count} with {what}"));
            }
        }
        for (column, count) in &dropped.missing_by_column {
            gone.push(format!("{column} is missing in {count}"));
        }
        Err(GravityError::EmptySample(format!(
            "of {}, {}",
            rows(n - dropped.outside - dropped.subset.len()),
            gone.join(", ")
        )))
    }
}
