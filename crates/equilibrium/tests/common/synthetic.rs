//! Random but consistent worlds: gravity flows, input–output shares in the
//! usual range, zeros where small flows would be.
#![allow(dead_code)]

use comity_equilibrium::{Calibration, Shock};

/// SplitMix64 (Steele, Lea & Flood 2014): enough for test data, the same everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
}

pub struct Recipe {
    pub economies: usize,
    pub sectors: usize,
    /// Share of cross-border flows that are zero.
    pub zeros: f64,
    pub theta: (f64, f64),
    pub tariff: f64,
}

/// A world whose accounts close: flows are drawn first and everything else
/// follows. Input shares are cut where an economy would use more of a good
/// than it buys.
pub fn world(recipe: &Recipe, seed: u64) -> Calibration {
    let mut random = Random(seed);
    let (n, j) = (recipe.economies, recipe.sectors);
    let size: Vec<f64> = (0..n).map(|_| random.between(-2.0, 3.0).exp()).collect();
    let place: Vec<(f64, f64)> = (0..n).map(|_| (random.unit(), random.unit())).collect();
    let mut trade = vec![0.0; j * n * n];
    let mut tariff = vec![0.0; j * n * n];
    for s in 0..j {
        // The last third of sectors are services: mostly domestic, no tariff.
        let service = j > 2 && s >= j - j / 3;
        let weight = random.between(0.2, 2.0);
        let strength: Vec<f64> = (0..n).map(|_| random.between(-1.0, 1.0).exp()).collect();
        for a in 0..n {
            for b in 0..n {
                let cell = (s * n + a) * n + b;
                let home = 100.0 * weight * size[a];
                if a == b {
                    trade[cell] = home * random.between(0.8, 1.2);
                    continue;
                }
                let drop = random.unit();
                let noise = random.between(-0.7, 0.7).exp();
                let duty = random.unit();
                // A ring of links stays, so that the world hangs together.
                let ring = s == 0 && (a + 1) % n == b;
                if drop < recipe.zeros && !ring {
                    continue;
                }
                let (dx, dy) = (place[a].0 - place[b].0, place[a].1 - place[b].1);
                let near = 0.05 / (0.05 + dx * dx + dy * dy);
                let openness = if service { 0.05 } else { 0.8 };
                let partner = size[b] / size.iter().sum::<f64>();
                trade[cell] = home * openness * near * partner * strength[b] * noise;
                if !service {
                    tariff[cell] = recipe.tariff * duty;
                }
            }
        }
    }
    let theta = (0..j)
        .map(|_| random.between(recipe.theta.0, recipe.theta.1))
        .collect();
    let mut input = vec![0.0; n * j * j];
    for a in 0..n {
        for using in 0..j {
            let total = random.between(0.2, 0.65);
            let draws: Vec<f64> = (0..j)
                .map(|k| random.unit().powi(3) + if k == using { 1.0 } else { 0.0 })
                .collect();
            let sum: f64 = draws.iter().sum();
            for k in 0..j {
                input[(a * j + k) * j + using] = total * draws[k] / sum;
            }
        }
    }
    for a in 0..n {
        for k in 0..j {
            let bought: f64 = (0..n)
                .map(|b| trade[(k * n + a) * n + b] * (1.0 + tariff[(k * n + a) * n + b]))
                .sum();
            let used: f64 = (0..j)
                .map(|s| {
                    let sold: f64 = (0..n).map(|b| trade[(s * n + b) * n + a]).sum();
                    input[(a * j + k) * j + s] * sold
                })
                .sum();
            if used > 0.9 * bought {
                for share in &mut input[(a * j + k) * j..][..j] {
                    *share *= 0.9 * bought / used;
                }
            }
        }
    }
    Calibration::new(n, j, trade, tariff, input, theta).expect("a synthetic world is consistent")
}

/// Trade costs, tariffs and productivity moved at random by up to `size`.
pub fn shock(world: &Calibration, size: f64, seed: u64) -> Shock {
    let mut random = Random(seed ^ 0xC0FF_EE00);
    let mut shock = Shock::none(world);
    let n = world.economies;
    for cell in 0..shock.trade_cost.len() {
        let domestic = cell / n % n == cell % n;
        let (cost, tariff) = (
            random.between(1.0 - size, 1.0 + size),
            random.between(1.0 - size, 1.0 + size),
        );
        if !domestic {
            shock.trade_cost[cell] = cost;
            shock.tariff[cell] *= tariff;
        }
    }
    for value in &mut shock.productivity {
        *value = random.between(1.0 - 0.2 * size, 1.0 + 0.2 * size);
    }
    shock
}
