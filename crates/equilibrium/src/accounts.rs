//! Sums that the calibration and the solver must take in the same order, so
//! that a world in which nothing changes is reproduced to the last bit.

/// Partial sums that are kept apart and always added in the same order. An
/// addition waits for the one before it, so one sum alone would be slow.
const LANES: usize = 8;

fn total(lanes: [f64; LANES]) -> f64 {
    ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
        + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
}

/// Σ_i d_i u_i (1 + t_i) and Σ_i d_i u_i t_i: gross spending and tariff revenue
/// of one importer in one sector.
pub(crate) fn row_sums(d: &[f64], u: &[f64], t: &[f64]) -> (f64, f64) {
    let mut net = [0.0_f64; LANES];
    let mut tax = [0.0_f64; LANES];
    let head = d.len() - d.len() % LANES;
    let chunks = d[..head]
        .chunks_exact(LANES)
        .zip(u[..head].chunks_exact(LANES))
        .zip(t[..head].chunks_exact(LANES));
    for ((d, u), t) in chunks {
        for lane in 0..LANES {
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
    let (net, tax) = (total(net), total(tax));
    (net + tax, tax)
}

/// y += a x
pub(crate) fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

/// Σ x y, added in the order of [`row_sums`].
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sum = [0.0_f64; LANES];
    let head = x.len() - x.len() % LANES;
    let chunks = x[..head]
        .chunks_exact(LANES)
        .zip(y[..head].chunks_exact(LANES));
    for (x, y) in chunks {
        for lane in 0..LANES {
            sum[lane] += x[lane] * y[lane];
        }
    }
    for (lane, index) in (head..x.len()).enumerate() {
        sum[lane] += x[index] * y[index];
    }
    total(sum)
}

/// `[a][b]` to `[b][a]`, with `a` rows of `b` values.
pub(crate) fn transpose(source: &[f64], rows: usize, columns: usize, target: &mut [f64]) {
    for row in 0..rows {
        for column in 0..columns {
            target[column * rows + row] = source[row * columns + column];
        }
    }
}
