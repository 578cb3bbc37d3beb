//! Sums that the calibration and the solver must take in the same order, so
//! that a world in which nothing changes is reproduced to the last bit.

/// Σ_i d_i u_i (1 + t_i) and Σ_i d_i u_i t_i: gross spending and tariff revenue
/// of one importer in one sector. Four lanes, always added in the same order.
pub(crate) fn row_sums(d: &[f64], u: &[f64], t: &[f64]) -> (f64, f64) {
    let mut net = [0.0_f64; 4];
    let mut tax = [0.0_f64; 4];
    let head = d.len() - d.len() % 4;
    let chunks = d[..head]
        .chunks_exact(4)
        .zip(u[..head].chunks_exact(4))
        .zip(t[..head].chunks_exact(4));
    for ((d, u), t) in chunks {
        for lane in 0..4 {
            let value = d[lane] * u[lane];
            net[lane] += value;
            tax[lane] += value * t[lane];
        }
    }
    for (lane, index) in (head..d.len()).enumerate() {
        let value = d[index] * u[index];
        net[lane] += value;
        tax[lane] += value * t[index];
    }
    let net = (net[0] + net[1]) + (net[2] + net[3]);
    let tax = (tax[0] + tax[1]) + (tax[2] + tax[3]);
    (net + tax, tax)
}

/// y += a x
pub(crate) fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

/// Σ x y with four lanes, always added in the same order.
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sum = [0.0_f64; 4];
    let head = x.len() - x.len() % 4;
    for (x, y) in x[..head].chunks_exact(4).zip(y[..head].chunks_exact(4)) {
        for lane in 0..4 {
            sum[lane] += x[lane] * y[lane];
        }
    }
    for (lane, index) in (head..x.len()).enumerate() {
        sum[lane] += x[index] * y[index];
    }
    (sum[0] + sum[1]) + (sum[2] + sum[3])
}

/// `[a][b]` to `[b][a]`, with `a` rows of `b` values.
pub(crate) fn transpose(source: &[f64], rows: usize, columns: usize, target: &mut [f64]) {
    for row in 0..rows {
        for column in 0..columns {
            target[column * rows + row] = source[row * columns + column];
        }
    }
}
