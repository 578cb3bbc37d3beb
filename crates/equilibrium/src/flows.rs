//! Trade at the new wedges, and the passes over it (equations 2 and 3).

use rayon::prelude::*;

use crate::accounts::{axpy, row_sums};
use crate::calibration::Calibration;
use crate::shock::Shock;
use comity_powers::{LANES, power};

/// Below this many bilateral cells threads cost more than they save.
const PARALLEL_FROM: usize = 200_000;

/// Bilateral cells that one task handles. A sector of more is cut into blocks
/// of importers; sums over importers are taken block by block, in the same
/// order whatever the number of threads.
const BLOCK: usize = 1 << 16;

/// Importers in a block.
pub(crate) fn block_rows(economies: usize) -> usize {
    (BLOCK / economies).clamp(1, economies)
}

/// M (τ/τ′) (τ̂ κ̂)^(−θ): baseline flows at new wedges and old costs.
pub(crate) struct Flows<'a> {
    calibration: &'a Calibration,
    tariff: &'a [f64],
    /// `[j][n][i]`.
    values: Vec<f64>,
    /// Whether any new tariff in the row is not 0, `[j][n]`.
    taxed: Vec<bool>,
    pub(crate) parallel: bool,
}

/// What one pass finds, `[j][n]`, and the buffers it needs.
pub(crate) struct Pass {
    /// Y′.
    pub(crate) output: Vec<f64>,
    /// ln P̂.
    pub(crate) price: Vec<f64>,
    /// Tariff revenue.
    pub(crate) revenue: Vec<f64>,
    /// Share of domestic goods in spending, net of tariff.
    pub(crate) domestic: Vec<f64>,
    /// One row a block of importers: what it buys by exporter, then three
    /// numbers an importer.
    blocks: Vec<f64>,
}

impl Pass {
    pub(crate) fn new(calibration: &Calibration) -> Self {
        let (n_economies, n_sectors) = (calibration.economies, calibration.sectors);
        let zeros = || vec![0.0; n_economies * n_sectors];
        let rows = block_rows(n_economies);
        let blocks = n_sectors * n_economies.div_ceil(rows);
        Pass {
            output: zeros(),
            price: zeros(),
            revenue: zeros(),
            domestic: zeros(),
            blocks: vec![0.0; blocks * (n_economies + 3 * rows)],
        }
    }
}

impl<'a> Flows<'a> {
    pub(crate) fn new(calibration: &'a Calibration, shock: &'a Shock) -> Self {
        let n_economies = calibration.economies;
        let parallel = calibration.trade.len() >= PARALLEL_FROM;
        let mut values = vec![0.0; calibration.trade.len()];
        let mut taxed = vec![false; values.len() / n_economies];
        let wedge = |(row, (values, taxed)): (usize, (&mut [f64], &mut bool))| {
            let cells = row * n_economies..(row + 1) * n_economies;
            values.copy_from_slice(&calibration.trade[cells.clone()]);
            wedged(calibration, shock, row, values);
            *taxed = shock.tariff[cells].iter().any(|&tariff| tariff != 0.0);
        };
        if parallel {
            let rows = values.par_chunks_mut(n_economies).zip(&mut taxed);
            rows.enumerate().for_each(wedge);
        } else {
            let rows = values.chunks_mut(n_economies).zip(&mut taxed);
            rows.enumerate().for_each(wedge);
        }
        Flows {
            calibration,
            tariff: &shock.tariff,
            values,
            taxed,
            parallel,
        }
    }

    /// Prices, output and tariff revenue at `supply`, (ĉ/Â)^(−θ), and
    /// `spending`, X̂, all `[j][n]`.
    pub(crate) fn pass(&self, supply: &[f64], spending: &[f64], found: &mut Pass) {
        let (n_economies, n_sectors) = (self.calibration.economies, self.calibration.sectors);
        let rows = block_rows(n_economies);
        let per_sector = n_economies.div_ceil(rows);
        let width = n_economies + 3 * rows;
        let block = |(index, buffer): (usize, &mut [f64])| {
            let (j, first) = (index / per_sector, index % per_sector * rows);
            let last = (first + rows).min(n_economies);
            let supply = &supply[j * n_economies..][..n_economies];
            let (sold, by_importer) = buffer.split_at_mut(n_economies);
            sold.fill(0.0);
            for n in first..last {
                let baseline = self.calibration.expenditure(n, j);
                let importer = &mut by_importer[3 * (n - first)..][..3];
                if baseline == 0.0 {
                    importer.fill(0.0);
                    continue;
                }
                let cells = self.calibration.row(j, n);
                let flows = &self.values[cells.clone()];
                let (gross, tax) = if self.taxed[j * n_economies + n] {
                    row_sums(flows, supply, &self.tariff[cells])
                } else {
                    (crate::accounts::dot(flows, supply), 0.0)
                };
                let index = gross / baseline;
                let scale = spending[j * n_economies + n] / index;
                importer[0] = -index.ln() / self.calibration.theta[j];
                importer[1] = scale * tax;
                importer[2] = flows[n] * supply[n] / gross;
                axpy(scale, flows, sold);
            }
        };
        if self.parallel {
            let blocks = found.blocks.par_chunks_mut(width).enumerate();
            blocks.for_each(block);
        } else {
            found.blocks.chunks_mut(width).enumerate().for_each(block);
        }
        for j in 0..n_sectors {
            let sector = j * n_economies..(j + 1) * n_economies;
            let output = &mut found.output[sector.clone()];
            output.fill(0.0);
            let blocks = &found.blocks[j * per_sector * width..][..per_sector * width];
            for (index, buffer) in blocks.chunks(width).enumerate() {
                let (sold, by_importer) = buffer.split_at(n_economies);
                axpy(1.0, sold, output);
                let first = sector.start + index * rows;
                let last = (first + rows).min(sector.end);
                for (cell, importer) in (first..last).zip(by_importer.chunks(3)) {
                    found.price[cell] = importer[0];
                    found.revenue[cell] = importer[1];
                    found.domestic[cell] = importer[2];
                }
            }
            for (output, supply) in output.iter_mut().zip(&supply[sector]) {
                *output *= supply;
            }
        }
    }

    /// The new flows M′, given `supply` and `spending` as in [`Flows::pass`].
    /// They take the place of the flows, which are gone.
    pub(crate) fn take_trade(&mut self, supply: &[f64], spending: &[f64]) -> Vec<f64> {
        let n_economies = self.calibration.economies;
        let (calibration, tariff) = (self.calibration, self.tariff);
        let mut values = std::mem::take(&mut self.values);
        let taxed = &self.taxed;
        let row = |(row, flows): (usize, &mut [f64])| {
            let (j, n) = (row / n_economies, row % n_economies);
            let baseline = calibration.expenditure(n, j);
            if baseline == 0.0 {
                return;
            }
            let supply = &supply[j * n_economies..][..n_economies];
            let gross = if taxed[row] {
                row_sums(flows, supply, &tariff[calibration.row(j, n)]).0
            } else {
                crate::accounts::dot(flows, supply)
            };
            let scale = spending[row] / (gross / baseline);
            for (flow, supply) in flows.iter_mut().zip(supply) {
                *flow *= supply * scale;
            }
        };
        if self.parallel {
            let rows = values.par_chunks_mut(n_economies).enumerate();
            rows.for_each(row);
        } else {
            values.chunks_mut(n_economies).enumerate().for_each(row);
        }
        values
    }
}

/// Applies the new wedges to the flows of one importer and sector.
fn wedged(calibration: &Calibration, shock: &Shock, row: usize, flows: &mut [f64]) {
    let n_economies = calibration.economies;
    let cells = row * n_economies..(row + 1) * n_economies;
    let theta = calibration.theta[row / n_economies];
    let (old, new) = (
        &calibration.tariff[cells.clone()],
        &shock.tariff[cells.clone()],
    );
    let costs = &shock.trade_cost[cells];
    for (((flows, old), new), costs) in flows
        .chunks_mut(LANES)
        .zip(old.chunks(LANES))
        .zip(new.chunks(LANES))
        .zip(costs.chunks(LANES))
    {
        let mut tariffs = [1.0; LANES];
        let mut factors = [1.0; LANES];
        let mut moved = false;
        for (lane, flow) in flows.iter().enumerate() {
            let ratio = (1.0 + new[lane]) / (1.0 + old[lane]);
            tariffs[lane] = if old[lane] == new[lane] { 1.0 } else { ratio };
            // A flow of 0 stays 0 whatever its wedge.
            let wedge = tariffs[lane] * costs[lane];
            factors[lane] = if *flow == 0.0 { 1.0 } else { wedge };
            moved |= factors[lane] != 1.0;
        }
        if moved {
            power(&mut factors, -theta);
        }
        for ((flow, factor), tariffs) in flows.iter_mut().zip(factors).zip(tariffs) {
            *flow *= factor / tariffs;
        }
    }
}
