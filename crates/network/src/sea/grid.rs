//! A dense matrix of costs with their generalised sum.

use crate::Cost;
use rayon::prelude::*;

const NOWHERE: Cost = Cost {
    hours: f64::INFINITY,
    usd_per_teu: f64::INFINITY,
};

/// A dense matrix of costs with their generalised sum.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grid {
    pub columns: usize,
    pub cost: Vec<Cost>,
    pub generalised: Vec<f64>,
}

/// An earlier grid, and which of its entries may be copied.
pub(super) type Copied<'a> = (&'a Grid, fn(usize, usize) -> bool);

impl Grid {
    pub fn new(
        rows: usize,
        columns: usize,
        value: f64,
        known: Option<(&Grid, impl Fn(usize, usize) -> bool + Sync)>,
        cell: impl Fn(usize, usize) -> Option<Cost> + Sync,
    ) -> Grid {
        let cost: Vec<Cost> = (0..rows * columns)
            .into_par_iter()
            .map(|at| {
                let (row, column) = (at / columns, at % columns);
                match &known {
                    Some((earlier, same)) if same(row, column) => earlier.cost[at],
                    _ => cell(row, column).unwrap_or(NOWHERE),
                }
            })
            .collect();
        let generalised = cost.iter().map(|c| c.generalised(value)).collect();
        Grid {
            columns,
            cost,
            generalised,
        }
    }

    pub fn row(&self, row: usize) -> &[f64] {
        &self.generalised[row * self.columns..][..self.columns]
    }

    pub fn at(&self, row: usize, column: usize) -> Cost {
        self.cost[row * self.columns + column]
    }
}
