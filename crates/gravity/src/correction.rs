//! How many parameters count, by whose convention.

use crate::design::{Design, EffectData};
use crate::levels::Levels;
use crate::model::Correction;

/// Parameters of a model with K regressors in a sample of N rows.
pub(crate) struct Parameters<'a> {
    pub design: &'a Design,
    pub regressors: usize,
}

impl Parameters<'_> {
    /// Every level of every effect, less one for each effect after the first: what
    /// fixest and most statistics call the number of parameters.
    pub(crate) fn full(&self) -> usize {
        let (levels, effects, slopes) = self.levels(|_| true);
        self.regressors + slopes + levels - effects.saturating_sub(1)
    }

    fn levels(&self, counts: impl Fn(usize) -> bool) -> (usize, usize, usize) {
        let (mut levels, mut effects, mut slopes) = (0, 0, 0);
        for (f, effect) in self.design.effects.iter().enumerate() {
            slopes += effect.slopes.len() * effect.levels.count();
            if effect.intercept && counts(f) {
                levels += effect.levels.count();
                effects += 1;
            }
        }
        (levels, effects, slopes)
    }

    /// The count that goes with clusters.
    pub(crate) fn clustered(&self, correction: Correction, clusters: &[Levels]) -> usize {
        let nested: Vec<bool> = self
            .design
            .effects
            .iter()
            .map(|e| clusters.iter().any(|c| is_nested(&e.levels, c)))
            .collect();
        let any_nested = self
            .design
            .effects
            .iter()
            .zip(&nested)
            .any(|(e, n)| e.intercept && *n);
        match correction {
            Correction::Fixest => {
                // A nested effect counts one: its levels less one are left out.
                let (of_nested, count, _) = self.levels(|f| nested[f]);
                self.full() - (of_nested - count)
            }
            Correction::Reghdfe => {
                let (levels, _, slopes) = self.levels(|f| !nested[f]);
                let free: Vec<&EffectData> = self
                    .design
                    .effects
                    .iter()
                    .zip(&nested)
                    .filter(|(e, n)| e.intercept && !**n)
                    .map(|(e, _)| e)
                    .collect();
                self.regressors + slopes + levels - redundant(&free, any_nested)
                    + usize::from(any_nested)
            }
            _ => self.full(),
        }
    }

    /// The count without clusters.
    pub(crate) fn unclustered(&self, correction: Correction) -> usize {
        match correction {
            Correction::Reghdfe => self.clustered(correction, &[]),
            _ => self.full(),
        }
    }
}

/// Levels that other effects make redundant, as reghdfe counts them: for each effect
/// after the first, the connected parts it forms with an earlier one (the largest
/// number over the earlier ones); one where a nested effect has taken the constant.
fn redundant(effects: &[&EffectData], nested_before: bool) -> usize {
    let mut total = 0;
    for (j, effect) in effects.iter().enumerate() {
        let least = usize::from(j > 0 || nested_before);
        total += effects[..j]
            .iter()
            .map(|earlier| components(&earlier.levels, &effect.levels))
            .max()
            .unwrap_or(0)
            .max(least);
    }
    total
}

/// Connected parts of the graph whose nodes are levels and whose edges are rows.
pub(crate) fn components(a: &Levels, b: &Levels) -> usize {
    let mut parent: Vec<u32> = (0..(a.count() + b.count()) as u32).collect();
    fn root(parent: &mut [u32], mut i: u32) -> u32 {
        while parent[i as usize] != i {
            parent[i as usize] = parent[parent[i as usize] as usize];
            i = parent[i as usize];
        }
        i
    }
    let mut parts = a.count() + b.count();
    for (&i, &j) in a.codes.iter().zip(&b.codes) {
        let i = root(&mut parent, i);
        let j = root(&mut parent, j + a.count() as u32);
        if i != j {
            parent[i.max(j) as usize] = i.min(j);
            parts -= 1;
        }
    }
    parts
}

/// Whether each level lies within one cluster.
pub(crate) fn is_nested(levels: &Levels, cluster: &Levels) -> bool {
    let mut of = vec![u32::MAX; levels.count()];
    levels.codes.iter().zip(&cluster.codes).all(|(&l, &c)| {
        let seen = &mut of[l as usize];
        if *seen == u32::MAX {
            *seen = c;
        }
        *seen == c
    })
}
