//! Parameters estimated together are drawn together, with the covariance of their estimate.

use super::parameters::Parameter;
use comity_world::World;
use comity_world::estimates::factor;
use statrs::distribution::{ContinuousCDF, Normal};

/// The parameters of one estimate.
pub(crate) struct Joint {
    /// Positions in the list of parameters, by position in the estimate.
    members: Vec<usize>,
    /// By position in the estimate.
    mean: Vec<f64>,
    /// L with L L' = covariance.
    factor: Vec<Vec<f64>>,
}

impl Joint {
    /// The members' values of one draw: mean + L z, z the standard normal quantiles of the shares
    /// in the members' own dimensions.
    pub fn set(&self, shares: &[f64], values: &mut [f64]) {
        let normal = Normal::standard();
        let z: Vec<f64> = self
            .members
            .iter()
            .map(|at| normal.inverse_cdf(shares[*at]))
            .collect();
        for ((at, mean), row) in self.members.iter().zip(&self.mean).zip(&self.factor) {
            let sum: f64 = row.iter().zip(&z).map(|(l, z)| l * z).sum();
            values[*at] = mean + sum;
        }
    }
}

/// One for every estimate of the world, whose covariances [`World::use_estimates`] has checked.
pub(crate) fn joints(world: &World, parameters: &[Parameter]) -> Vec<Joint> {
    let estimates = world.estimates.estimates.iter().enumerate();
    estimates
        .filter_map(|(at, estimate)| {
            let of = |position: usize| {
                parameters
                    .iter()
                    .position(|p| p.estimate == Some((at, position)))
            };
            Some(Joint {
                members: (0..estimate.parameters.len())
                    .map(of)
                    .collect::<Option<_>>()?,
                mean: estimate.parameters.iter().map(|p| p.value).collect(),
                factor: factor(&estimate.covariance)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 4,096 scrambled Sobol points through L: means and covariances as asked.
    #[test]
    fn draws_have_the_covariance() {
        let v = [[1.44, -0.018, 0.3], [-0.018, 4e-4, 0.0], [0.3, 0.0, 0.25]];
        let rows: Vec<Vec<f64>> = v.iter().map(|row| row.to_vec()).collect();
        let joint = Joint {
            // The first of the estimate is the last of the list.
            members: vec![3, 0, 2],
            mean: vec![4.0, 0.06, -1.0],
            factor: factor(&rows).expect("a factor"),
        };
        let n = 4096;
        let draws: Vec<Vec<f64>> = (0..n)
            .map(|draw| {
                let share = |d| f64::from(sobol_burley::sample(draw, d, 5)).clamp(3e-8, 1.0 - 3e-8);
                let shares: Vec<f64> = (0..4).map(share).collect();
                let mut values = vec![f64::NAN; 4];
                joint.set(&shares, &mut values);
                assert!(values[1].is_nan(), "not of this estimate");
                joint.members.iter().map(|at| values[*at]).collect()
            })
            .collect();
        let mean = |i: usize| draws.iter().map(|d| d[i]).sum::<f64>() / f64::from(n);
        for i in 0..3 {
            // Scrambled Sobol points integrate a smooth function far better than n^(-1/2); a
            // thousandth of a standard deviation leaves room for the tails cut off.
            assert!((mean(i) - joint.mean[i]).abs() < 1e-3 * v[i][i].sqrt());
            for j in 0..3 {
                let product = |d: &Vec<f64>| (d[i] - mean(i)) * (d[j] - mean(j));
                let found = draws.iter().map(product).sum::<f64>() / f64::from(n);
                let scale = (v[i][i] * v[j][j]).sqrt();
                assert!((found - v[i][j]).abs() < 0.01 * scale, "{i} {j}: {found}");
            }
        }
    }
}
