//! Regressors that the fixed effects or other regressors already say.

use crate::absorb::{Absorber, Dense, Preconditioner};
use crate::by_row;
use crate::dense::cholesky;
use crate::design::Design;
use crate::error::GravityError;
use crate::model::Settings;

/// Share of a regressor's variance that must be left after the fixed effects. One
/// part in 10¹² is 10⁻⁶ of its standard deviation: less is noise of the data (single
/// precision has 10⁻⁷).
const WITHIN: f64 = 1e-12;
/// The same after the regressors before it.
const PARTIAL: f64 = 1e-10;
/// Below these the loose first pass is not trusted, and effects are taken out tightly.
const SUSPECT_WITHIN: f64 = 1e-5;
const SUSPECT_PARTIAL: f64 = 1e-3;

/// Regressors with the fixed effects taken out, and those that had to go.
pub(crate) struct Reduced {
    /// Columns of the design that stay.
    pub kept: Vec<usize>,
    /// Name and reason of those that go.
    pub dropped: Vec<(String, String)>,
    /// The kept columns after the fixed effects, row by row.
    pub x: Vec<f64>,
    /// What was taken out of them, by level of the rest: x = the column − D·levels −
    /// means within the lead.
    pub levels: Vec<f64>,
    pub iterations: usize,
    /// The preconditioner of the effects at the weights given.
    pub pre: Preconditioner,
}

/// Columns that earlier rounds kept, with most of the effects taken out already.
pub(crate) struct Start {
    pub kept: Vec<usize>,
    pub x: Vec<f64>,
    pub levels: Vec<f64>,
}

/// Takes the effects out of the regressors to the tolerance given, and leaves out
/// what has no variation of its own. The order of the regressors decides which of
/// two equal ones stays: the first.
pub(crate) fn reduce(
    design: &Design,
    a: &Absorber,
    w: &[f64],
    tolerance: f64,
    settings: &Settings,
    start: Option<Start>,
) -> Result<Reduced, GravityError> {
    let start = start.unwrap_or_else(|| Start {
        kept: (0..design.k()).collect(),
        x: by_row::map(design.x.len(), |i| design.x[i]),
        levels: vec![0.0; a.size * design.k()],
    });
    let (columns, mut x, mut levels) = (start.kept, start.x, start.levels);
    let k = columns.len();
    let inverse = a.lead_inverse(w);
    let pre = Preconditioner::new(a, w, &inverse, Dense::NONE);
    let most = settings.max_inner_iterations;
    let done = a.demean(w, &inverse, &pre, &mut x, k, tolerance, most);
    if !done.converged {
        return Err(not_converged(settings));
    }
    levels
        .iter_mut()
        .zip(&done.levels)
        .for_each(|(l, d)| *l += d);
    let mut iterations = done.iterations;
    let mut verdict = judge(design, a, w, &inverse, &columns, &x);
    if verdict.suspect && tolerance > 1e-8 {
        // Judge by the rows as they are, not by weights that may span many orders.
        let plain: Vec<f64> = (0..design.rows).map(|r| design.weight(r)).collect();
        let inverse = a.lead_inverse(&plain);
        let pre = Preconditioner::new(a, &plain, &inverse, Dense::NONE);
        let mut tight = x.clone();
        let done = a.demean(&plain, &inverse, &pre, &mut tight, k, 1e-9, most);
        if !done.converged {
            return Err(not_converged(settings));
        }
        iterations += done.iterations;
        verdict = judge(design, a, &plain, &inverse, &columns, &tight);
    }
    if verdict.kept.len() < k {
        let pick = |values: Vec<f64>| -> Vec<f64> {
            values
                .chunks_exact(k)
                .flat_map(|row| verdict.kept.iter().map(|&j| row[j]))
                .collect()
        };
        x = pick(x);
        levels = pick(levels);
    }
    Ok(Reduced {
        kept: verdict.kept.iter().map(|&j| columns[j]).collect(),
        dropped: verdict.dropped,
        x,
        levels,
        iterations,
        pre,
    })
}

fn not_converged(settings: &Settings) -> GravityError {
    GravityError::NotConverged {
        stage: "taking the fixed effects out of the regressors",
        iterations: settings.max_inner_iterations,
        diagnosis: "conjugate gradients stalled; the fixed effects are nearly nested in each other"
            .to_string(),
        trace: Vec::new(),
    }
}

struct Verdict {
    /// Positions among the columns judged.
    kept: Vec<usize>,
    dropped: Vec<(String, String)>,
    suspect: bool,
}

fn judge(
    design: &Design,
    a: &Absorber,
    w: &[f64],
    inverse: &[f64],
    columns: &[usize],
    x: &[f64],
) -> Verdict {
    let k = columns.len();
    let total = variances(design, w);
    let (gram, _) = a.gram(w, inverse, Dense { x, k });
    let mut verdict = Verdict {
        kept: Vec::new(),
        dropped: Vec::new(),
        suspect: false,
    };
    let has_effects = !design.effects.is_empty();
    let name = |j: usize| design.names[columns[j]].clone();
    for j in 0..k {
        let within = gram[j * k + j];
        let total = total[columns[j]];
        let share = if total > 0.0 { within / total } else { 0.0 };
        if has_effects {
            verdict.suspect |= share < SUSPECT_WITHIN;
        }
        if share <= WITHIN {
            let reason = if !has_effects {
                "zero in every row"
            } else if total == 0.0 {
                "constant in the sample"
            } else {
                "collinear with the fixed effects"
            };
            verdict.dropped.push((name(j), reason.to_string()));
            continue;
        }
        // What is left of it after the regressors before it, all scaled to one.
        let size = verdict.kept.len();
        let unit = |i: usize| gram[i * k + i].sqrt();
        let mut matrix = vec![0.0; size * size];
        for (r, &i) in verdict.kept.iter().enumerate() {
            for (c, &l) in verdict.kept[..=r].iter().enumerate() {
                matrix[r * size + c] = gram[i.max(l) * k + i.min(l)] / (unit(i) * unit(l));
            }
        }
        let factor = cholesky(matrix, size, &vec![1.0; size], 0.0);
        let right: Vec<f64> = verdict
            .kept
            .iter()
            .map(|&i| gram[j * k + i] / (unit(i) * unit(j)))
            .collect();
        let mut weights: Vec<[f64; 1]> = right.iter().map(|&v| [v]).collect();
        factor.solve(&mut weights);
        let explained: f64 = right.iter().zip(&weights).map(|(r, w)| r * w[0]).sum();
        verdict.suspect |= 1.0 - explained < SUSPECT_PARTIAL;
        if 1.0 - explained > PARTIAL {
            verdict.kept.push(j);
            continue;
        }
        let mut with: Vec<String> = verdict
            .kept
            .iter()
            .zip(&weights)
            .filter(|(_, w)| w[0].abs() > 1e-6)
            .map(|(&i, _)| name(i))
            .collect();
        if has_effects {
            with.push("the fixed effects".to_string());
        }
        verdict
            .dropped
            .push((name(j), format!("collinear with {}", with.join(", "))));
    }
    verdict
}

/// Σ w (x − mean)² where there are fixed effects, else Σ w x².
fn variances(design: &Design, w: &[f64]) -> Vec<f64> {
    let k = design.k();
    let mut mean = vec![0.0; k];
    let total = by_row::sum(w.len(), |r| w[r]);
    if !design.effects.is_empty() {
        mean = by_row::column_sums(&design.x, k, |r, row, sums| {
            let share = w[r] / total;
            sums.iter_mut().zip(row).for_each(|(m, x)| *m += share * x);
        });
    }
    let mut out = by_row::column_sums(&design.x, k, |r, row, sums| {
        for j in 0..k {
            sums[j] += w[r] * (row[j] - mean[j]).powi(2);
        }
    });
    // A mean that eats every digit leaves rounding errors only.
    for j in 0..k {
        let scale: f64 = mean[j] * mean[j] * total;
        if out[j] <= 1e-24 * scale {
            out[j] = 0.0;
        }
    }
    out
}
