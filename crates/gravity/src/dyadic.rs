//! Errors of country pairs that are correlated with those of all pairs that share a
//! country, as exporter or importer (Aronow, Samii & Assenova 2015; Cameron & Miller 2014).

use std::collections::BTreeMap;

use crate::levels::{Labels, Levels};

/// Countries and unordered pairs of the rows.
pub(crate) struct Dyads {
    /// Both countries of each row, the same twice for trade at home.
    members: Vec<[u32; 2]>,
    /// Number of countries.
    pub countries: usize,
    /// The unordered pair of each row.
    pub pairs: Levels,
}

impl Dyads {
    /// Countries are one where their labels are.
    pub(crate) fn new(from: &Levels, to: &Levels) -> Dyads {
        let labels =
            |l: &Levels| -> Vec<String> { (0..l.count()).map(|c| l.labels.label(c)).collect() };
        let (from_labels, to_labels) = (labels(from), labels(to));
        let mut codes: BTreeMap<&String, u32> = from_labels
            .iter()
            .chain(&to_labels)
            .map(|l| (l, 0))
            .collect();
        codes
            .values_mut()
            .enumerate()
            .for_each(|(at, code)| *code = at as u32);
        let members: Vec<[u32; 2]> = from
            .codes
            .iter()
            .zip(&to.codes)
            .map(|(&a, &b)| {
                [
                    codes[&from_labels[a as usize]],
                    codes[&to_labels[b as usize]],
                ]
            })
            .collect();
        let unordered = |m: &[u32; 2]| (m[0].min(m[1]), m[0].max(m[1]));
        let mut seen: Vec<(u32, u32)> = members.iter().map(unordered).collect();
        seen.sort_unstable();
        seen.dedup();
        let pairs = members
            .iter()
            .map(|m| seen.partition_point(|s| *s < unordered(m)) as u32)
            .collect();
        Dyads {
            members,
            countries: codes.len(),
            pairs: Levels {
                codes: pairs,
                labels: Labels::Whole((0..seen.len() as i64).collect()),
            },
        }
    }

    /// Σ u_r u_s' over all rows r, s that share a country. Summed by country, rows that
    /// share two are counted twice, so the sums by unordered pair are taken off once.
    pub(crate) fn meat(&self, x: &[f64], k: usize, weighted_error: &[f64]) -> Vec<f64> {
        let mut by_country = vec![0.0; self.countries * k];
        let mut by_pair = vec![0.0; self.pairs.count() * k];
        for (r, &[a, b]) in self.members.iter().enumerate() {
            let row = &x[r * k..(r + 1) * k];
            let e = weighted_error[r];
            let add = |sums: &mut [f64], at: u32| {
                let sum = &mut sums[at as usize * k..(at as usize + 1) * k];
                sum.iter_mut().zip(row).for_each(|(s, x)| *s += x * e);
            };
            add(&mut by_country, a);
            if a != b {
                add(&mut by_country, b);
                add(&mut by_pair, self.pairs.codes[r]);
            }
        }
        let mut meat = vec![0.0; k * k];
        for (sums, sign) in [(by_country, 1.0), (by_pair, -1.0)] {
            for sum in sums.chunks_exact(k.max(1)) {
                for i in 0..k {
                    for j in 0..k {
                        meat[i * k + j] += sign * sum[i] * sum[j];
                    }
                }
            }
        }
        meat
    }
}
