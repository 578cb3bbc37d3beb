//! The least change that makes an economy's accounts add up.
//!
//! Given cross-border trade and GDP, the cells of an economy's supply and use table are chosen to
//! be as near as possible, in relative entropy, to a first guess, subject to: each activity's sales
//! equal its inputs and value added; each good's supply equals its uses; value added sums to GDP.
//! Domestic sales stand in both tables and so enter with a minus sign, which is why plain RAS does
//! not apply; the entropy problem it solves does (Golan, Judge & Robinson 1994). Its solution
//! x = x⁰ exp(Aᵀλ) keeps every cell positive, and zeros zero. λ maximises a concave function of
//! 2J + 1 unknowns, found by Newton's method with step halving.

use super::sectors::COUNT;

/// Constraints: J activities, J goods, GDP.
const ROWS: usize = 2 * COUNT + 1;
const STEPS: usize = 500;
/// Largest residual, as a share of GDP.
const TOLERANCE: f64 = 1e-13;
const ACCEPT: f64 = 1e-9;

/// The cells of one economy: inputs `[k][j]`, value added, final demand, domestic sales.
#[derive(Clone, Debug)]
pub struct Table {
    pub inputs: [[f64; COUNT]; COUNT],
    pub value_added: [f64; COUNT],
    pub final_demand: [f64; COUNT],
    pub domestic: [f64; COUNT],
}

/// What stays fixed: exports, imports with tariffs, GDP.
pub struct Fixed {
    pub exports: [f64; COUNT],
    pub imports: [f64; COUNT],
    pub gdp: f64,
}

/// Each cell with its constraints (row, sign).
fn cells(table: &Table) -> Vec<(f64, [(usize, f64); 2])> {
    let mut list = Vec::with_capacity(COUNT * (COUNT + 3));
    let (activity, good, gdp) = (|j: usize| j, |k: usize| COUNT + k, 2 * COUNT);
    for k in 0..COUNT {
        for j in 0..COUNT {
            list.push((table.inputs[k][j], [(activity(j), 1.0), (good(k), 1.0)]));
        }
    }
    for j in 0..COUNT {
        list.push((table.value_added[j], [(activity(j), 1.0), (gdp, 1.0)]));
        list.push((table.final_demand[j], [(good(j), 1.0), (good(j), 0.0)]));
        list.push((table.domestic[j], [(activity(j), -1.0), (good(j), -1.0)]));
    }
    list
}

fn from_cells(values: &[f64]) -> Table {
    let mut table = Table {
        inputs: [[0.0; COUNT]; COUNT],
        value_added: [0.0; COUNT],
        final_demand: [0.0; COUNT],
        domestic: [0.0; COUNT],
    };
    for k in 0..COUNT {
        table.inputs[k].copy_from_slice(&values[k * COUNT..(k + 1) * COUNT]);
        let tail = &values[COUNT * COUNT + 3 * k..];
        (
            table.value_added[k],
            table.final_demand[k],
            table.domestic[k],
        ) = (tail[0], tail[1], tail[2]);
    }
    table
}

/// Solve `a x = b` for a symmetric positive definite `a`, by Cholesky. `None` if it is not.
fn cholesky(mut a: [[f64; ROWS]; ROWS], mut b: [f64; ROWS]) -> Option<[f64; ROWS]> {
    for i in 0..ROWS {
        for j in 0..=i {
            let sum: f64 = a[i][j] - (0..j).map(|k| a[i][k] * a[j][k]).sum::<f64>();
            if i == j {
                if sum <= 0.0 {
                    return None;
                }
                a[i][i] = sum.sqrt();
            } else {
                a[i][j] = sum / a[j][j];
            }
        }
    }
    for i in 0..ROWS {
        b[i] = (b[i] - (0..i).map(|k| a[i][k] * b[k]).sum::<f64>()) / a[i][i];
    }
    for i in (0..ROWS).rev() {
        b[i] = (b[i] - (i + 1..ROWS).map(|k| a[k][i] * b[k]).sum::<f64>()) / a[i][i];
    }
    Some(b)
}

/// Balance `guess`. The error says how far off the accounts remained, as a share of GDP.
pub fn balance(guess: &Table, fixed: &Fixed) -> Result<Table, f64> {
    let scale = 1.0 / fixed.gdp;
    let cells: Vec<_> = cells(guess)
        .into_iter()
        .map(|(x, rows)| (x * scale, rows))
        .collect();
    let mut target = [0.0; ROWS];
    for j in 0..COUNT {
        target[j] = fixed.exports[j] * scale;
        target[COUNT + j] = fixed.imports[j] * scale;
    }
    target[2 * COUNT] = 1.0;

    let at = |lambda: &[f64; ROWS]| -> Vec<f64> {
        cells
            .iter()
            .map(|(x, rows)| x * rows.iter().map(|&(r, s)| s * lambda[r]).sum::<f64>().exp())
            .collect()
    };
    let objective = |lambda: &[f64; ROWS], x: &[f64]| {
        x.iter().sum::<f64>() - lambda.iter().zip(&target).map(|(l, t)| l * t).sum::<f64>()
    };
    let mut lambda = [0.0; ROWS];
    let mut x = at(&lambda);
    let mut worst = f64::INFINITY;
    for _ in 0..STEPS {
        let mut residual = target;
        let mut hessian = [[0.0; ROWS]; ROWS];
        for (value, (_, rows)) in x.iter().zip(&cells) {
            for &(r, s) in rows {
                residual[r] -= s * value;
                for &(q, t) in rows {
                    hessian[r][q] += s * t * value;
                }
            }
        }
        worst = residual.iter().fold(0.0, |a: f64, r| a.max(r.abs()));
        if worst <= TOLERANCE {
            break;
        }
        let mut ridge = 0.0;
        let step = loop {
            let mut h = hessian;
            for (r, row) in h.iter_mut().enumerate() {
                row[r] *= 1.0 + ridge;
                row[r] += 1e-300;
            }
            if let Some(step) = cholesky(h, residual) {
                break step;
            }
            ridge = if ridge == 0.0 { 1e-12 } else { ridge * 10.0 };
            if ridge > 1e3 {
                return Err(worst);
            }
        };
        let before = objective(&lambda, &x);
        let slope: f64 = -step.iter().zip(&residual).map(|(s, r)| s * r).sum::<f64>();
        let mut length = 1.0;
        let mut moved = false;
        for _ in 0..60 {
            let trial: [f64; ROWS] = std::array::from_fn(|r| lambda[r] + length * step[r]);
            let values = at(&trial);
            let after = objective(&trial, &values);
            // near the solution the objective is flat to rounding: accept a full step then
            if after.is_finite() && (after <= before + 1e-4 * length * slope || worst < 1e-7) {
                (lambda, x, moved) = (trial, values, true);
                break;
            }
            length /= 2.0;
        }
        if !moved {
            break;
        }
    }
    if worst > ACCEPT {
        return Err(worst);
    }
    let values: Vec<f64> = x.iter().map(|v| v * fixed.gdp).collect();
    Ok(from_cells(&values))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess() -> Table {
        Table {
            inputs: std::array::from_fn(|k| {
                std::array::from_fn(|j| 1.0 + ((3 * k + 5 * j) % 7) as f64)
            }),
            value_added: std::array::from_fn(|j| 30.0 + j as f64),
            final_demand: std::array::from_fn(|j| 25.0 + 2.0 * j as f64),
            domestic: std::array::from_fn(|j| 50.0 + j as f64),
        }
    }

    fn gap(table: &Table, fixed: &Fixed) -> f64 {
        let mut worst = (table.value_added.iter().sum::<f64>() - fixed.gdp).abs();
        for j in 0..COUNT {
            let inputs: f64 = table.inputs.iter().map(|row| row[j]).sum();
            let uses: f64 = table.inputs[j].iter().sum();
            worst = worst
                .max((inputs + table.value_added[j] - table.domestic[j] - fixed.exports[j]).abs());
            worst = worst
                .max((uses + table.final_demand[j] - table.domestic[j] - fixed.imports[j]).abs());
        }
        worst
    }

    #[test]
    fn accounts_add_up_and_stay_positive() {
        let fixed = Fixed {
            exports: [5.0, 80.0, 0.0, 7.0, 0.5, 20.0, 3.0, 11.0],
            imports: [40.0, 2.0, 60.0, 1.0, 30.0, 20.0, 9.0, 0.0],
            gdp: 300.0,
        };
        let table = balance(&guess(), &fixed).unwrap();
        assert!(gap(&table, &fixed) < 1e-8);
        let all = table
            .inputs
            .iter()
            .flatten()
            .chain(&table.value_added)
            .chain(&table.final_demand)
            .chain(&table.domestic);
        assert!(all.into_iter().all(|&x| x > 0.0));
    }

    #[test]
    fn balanced_accounts_do_not_move() {
        let start = guess();
        let fixed = Fixed {
            exports: [9.0; COUNT],
            imports: [12.0; COUNT],
            gdp: 280.0,
        };
        let once = balance(&start, &fixed).unwrap();
        let twice = balance(&once, &fixed).unwrap();
        for k in 0..COUNT {
            assert!((once.domestic[k] - twice.domestic[k]).abs() < 1e-8);
            assert!((once.value_added[k] - twice.value_added[k]).abs() < 1e-8);
        }
    }

    #[test]
    fn zeros_stay_zero() {
        let mut start = guess();
        start.inputs[2][3] = 0.0;
        let fixed = Fixed {
            exports: [9.0; COUNT],
            imports: [9.0; COUNT],
            gdp: 280.0,
        };
        assert_eq!(balance(&start, &fixed).unwrap().inputs[2][3], 0.0);
    }
}
