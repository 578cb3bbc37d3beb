//! Dense square tables: origin by destination, and sector by origin by destination.

/// `at(i, n)`: from exporter `i` to importer `n`.
#[derive(Clone)]
pub struct Matrix {
    pub n: usize,
    cells: Vec<f64>,
}

impl Matrix {
    pub fn zeros(n: usize) -> Self {
        Self {
            n,
            cells: vec![0.0; n * n],
        }
    }
    pub fn at(&self, exporter: usize, importer: usize) -> f64 {
        self.cells[exporter * self.n + importer]
    }
    pub fn at_mut(&mut self, exporter: usize, importer: usize) -> &mut f64 {
        &mut self.cells[exporter * self.n + importer]
    }
    /// Sales to everyone else.
    pub fn exports(&self, exporter: usize) -> f64 {
        (0..self.n)
            .filter(|&m| m != exporter)
            .map(|m| self.at(exporter, m))
            .sum()
    }
    /// Purchases from everyone else.
    pub fn imports(&self, importer: usize) -> f64 {
        (0..self.n)
            .filter(|&m| m != importer)
            .map(|m| self.at(m, importer))
            .sum()
    }
    pub fn total(&self) -> f64 {
        self.cells.iter().sum()
    }
}

/// One [`Matrix`] per sector.
#[derive(Clone)]
pub struct Cube {
    pub sectors: Vec<Matrix>,
}

impl Cube {
    pub fn zeros(sectors: usize, n: usize) -> Self {
        Self {
            sectors: vec![Matrix::zeros(n); sectors],
        }
    }
    pub fn at(&self, sector: usize, exporter: usize, importer: usize) -> f64 {
        self.sectors[sector].at(exporter, importer)
    }
    pub fn at_mut(&mut self, sector: usize, exporter: usize, importer: usize) -> &mut f64 {
        self.sectors[sector].at_mut(exporter, importer)
    }
}

/// Round to `decimals` places.
pub fn round(value: f64, decimals: i32) -> f64 {
    let scale = 10f64.powi(decimals);
    (value * scale).round() / scale
}
