//! Estimates a formula from a file and prints coefficients and times.
//!
//! `fit FILE FORMULA [poisson|ols] [COVARIANCE] [CORRECTION]`

use std::time::Instant;

use comity_gravity::{Correction, Covariance, Family, Formula, Frame, Model, estimate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |i: usize, default: &str| -> String {
        arguments.get(i).cloned().unwrap_or(default.to_string())
    };
    let family = match argument(3, "poisson").as_str() {
        "ols" => Family::Ols,
        _ => Family::Poisson,
    };
    let covariance = Covariance::parse(&argument(4, "iid"))?;
    let correction = Correction::parse(&argument(5, "fixest"))?;
    let mut model = Model::new(Formula::parse(&argument(2, ""))?, family);
    model.also_needed = covariance.columns();
    let started = Instant::now();
    let frame = Frame::read(argument(1, "").as_ref(), Some(&model.columns()))?;
    println!("read {:.3} s", started.elapsed().as_secs_f64());
    let started = Instant::now();
    let estimate = estimate(&model, &frame)?;
    println!("estimate {:.3} s", started.elapsed().as_secs_f64());
    let fit = estimate.fit(&frame, &covariance, correction)?;
    println!("with covariance {:.3} s", started.elapsed().as_secs_f64());
    for c in &fit.coefficients {
        println!(
            "{:20} {:.12} ({:.12})",
            c.name, c.estimate, c.standard_error
        );
    }
    println!("{:?}\n{:?}\n{:?}", fit.sample, fit.convergence, fit.effects);
    Ok(())
}
