//! Factors as dense codes, in the order of their labels, so that nothing
//! depends on the order of rows.

use crate::by_row;
use crate::frame::Values;

/// What the levels of a factor are called.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Labels {
    Whole(Vec<i64>),
    Number(Vec<f64>),
    Text(Vec<String>),
    /// Levels of several columns: their labels, and for each level its code in
    /// each column, mixed-radix.
    Combined(Vec<Labels>, Vec<u64>),
}

impl Labels {
    pub(crate) fn len(&self) -> usize {
        match self {
            Labels::Whole(v) => v.len(),
            Labels::Number(v) => v.len(),
            Labels::Text(v) => v.len(),
            Labels::Combined(_, keys) => keys.len(),
        }
    }

    /// The label of a level; combined ones are joined by `_`, as fixest does.
    pub(crate) fn label(&self, level: usize) -> String {
        match self {
            Labels::Whole(v) => v[level].to_string(),
            Labels::Number(v) => v[level].to_string(),
            Labels::Text(v) => v[level].clone(),
            Labels::Combined(parts, keys) => {
                let mut key = keys[level];
                let mut names: Vec<String> = Vec::with_capacity(parts.len());
                for part in parts.iter().rev() {
                    let radix = part.len() as u64;
                    names.push(part.label((key % radix) as usize));
                    key /= radix;
                }
                names.reverse();
                names.join("_")
            }
        }
    }

    fn pick(&self, kept: &[u32]) -> Labels {
        match self {
            Labels::Whole(v) => Labels::Whole(kept.iter().map(|&k| v[k as usize]).collect()),
            Labels::Number(v) => Labels::Number(kept.iter().map(|&k| v[k as usize]).collect()),
            Labels::Text(v) => Labels::Text(kept.iter().map(|&k| v[k as usize].clone()).collect()),
            Labels::Combined(parts, keys) => Labels::Combined(
                parts.clone(),
                kept.iter().map(|&k| keys[k as usize]).collect(),
            ),
        }
    }
}

/// A factor over the rows in use.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Levels {
    /// Level of each row.
    pub codes: Vec<u32>,
    pub labels: Labels,
}

impl Levels {
    pub(crate) fn count(&self) -> usize {
        self.labels.len()
    }

    /// The factor over some of its rows, with the levels that are left.
    pub(crate) fn subset(&self, rows: &[u32]) -> Levels {
        self.subset_with_origin(rows).0
    }

    /// The same, and which level each level was.
    pub(crate) fn subset_with_origin(&self, rows: &[u32]) -> (Levels, Vec<u32>) {
        let codes = by_row::pick(&self.codes, rows);
        let (codes, kept) = dense(&codes, self.count() as u64, |&c| u64::from(c));
        let kept: Vec<u32> = kept.into_iter().map(|k| k as u32).collect();
        let labels = if kept.len() == self.count() {
            self.labels.clone()
        } else {
            self.labels.pick(&kept)
        };
        (Levels { codes, labels }, kept)
    }
}

/// Codes 0, 1, … of the distinct keys in ascending order, and those keys.
/// `range` is above every key.
fn dense<T: Sync>(
    values: &[T],
    range: u64,
    key: impl Fn(&T) -> u64 + Sync,
) -> (Vec<u32>, Vec<u64>) {
    // A bit for each possible key, where that is not much more than a word a row.
    if range <= 64 * values.len() as u64 + (1 << 20) {
        let words = (range as usize).div_ceil(64).max(1);
        let mut bits = vec![0u64; words];
        for value in values {
            let k = key(value);
            bits[(k / 64) as usize] |= 1 << (k % 64);
        }
        let mut before = Vec::with_capacity(words);
        let mut total = 0u32;
        let mut distinct = Vec::new();
        for (index, &word) in bits.iter().enumerate() {
            before.push(total);
            total += word.count_ones();
            let mut left = word;
            while left != 0 {
                distinct.push(index as u64 * 64 + u64::from(left.trailing_zeros()));
                left &= left - 1;
            }
        }
        let codes = by_row::map(values.len(), |r| {
            let k = key(&values[r]);
            let index = (k / 64) as usize;
            before[index] + (bits[index] & ((1 << (k % 64)) - 1)).count_ones()
        });
        return (codes, distinct);
    }
    let keys: Vec<u64> = values.iter().map(key).collect();
    let mut distinct = keys.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let codes = keys
        .iter()
        .map(|k| distinct.partition_point(|d| d < k) as u32)
        .collect();
    (codes, distinct)
}

/// The factor of one column over the rows given; none of them is missing.
pub(crate) fn encode(values: &Values, rows: &[u32]) -> Levels {
    match values {
        Values::Whole(v) => {
            let picked = by_row::map(rows.len(), |r| i64::from(v[rows[r] as usize]));
            whole(&picked)
        }
        Values::Number(v) => {
            let picked: Vec<f64> = rows.iter().map(|&r| v[r as usize]).collect();
            let integral = picked
                .iter()
                .all(|x| x.fract() == 0.0 && x.abs() < 9_007_199_254_740_992.0);
            if integral {
                let picked: Vec<i64> = picked.iter().map(|&x| x as i64).collect();
                return whole(&picked);
            }
            // -0 and 0 are one level.
            let mut distinct: Vec<f64> = picked.iter().map(|x| x + 0.0).collect();
            distinct.sort_unstable_by(f64::total_cmp);
            distinct.dedup();
            let codes = picked
                .iter()
                .map(|x| distinct.partition_point(|d| d < x) as u32)
                .collect();
            Levels {
                codes,
                labels: Labels::Number(distinct),
            }
        }
        Values::Text { codes, labels } => {
            let mut order: Vec<u32> = (0..labels.len() as u32).collect();
            order.sort_unstable_by(|&a, &b| labels[a as usize].cmp(&labels[b as usize]));
            let mut rank = vec![0u32; labels.len()];
            for (position, &label) in order.iter().enumerate() {
                rank[label as usize] = position as u32;
            }
            let picked: Vec<u32> = rows
                .iter()
                .map(|&r| rank[codes[r as usize] as usize])
                .collect();
            let (codes, kept) = dense(&picked, labels.len() as u64, |&c| u64::from(c));
            let labels = kept
                .iter()
                .map(|&k| labels[order[k as usize] as usize].clone())
                .collect();
            Levels {
                codes,
                labels: Labels::Text(labels),
            }
        }
    }
}

fn whole(picked: &[i64]) -> Levels {
    let low = picked.iter().copied().min().unwrap_or(0);
    let high = picked.iter().copied().max().unwrap_or(0);
    let range = high.wrapping_sub(low) as u64;
    let (codes, distinct) = dense(picked, range.saturating_add(1), |&v| {
        v.wrapping_sub(low) as u64
    });
    Levels {
        codes,
        labels: Labels::Whole(distinct.iter().map(|&k| low + k as i64).collect()),
    }
}

/// The factor whose levels are the combinations that occur, ordered by the first
/// factor, then the second, and so on.
pub(crate) fn combine(parts: Vec<Levels>) -> Levels {
    if parts.len() == 1 {
        return parts.into_iter().next().expect("one part");
    }
    let radix: Vec<u64> = parts.iter().map(|p| p.count() as u64).collect();
    let range = radix.iter().fold(1u64, |a, &b| a.saturating_mul(b));
    let rows = parts[0].codes.len();
    if range == u64::MAX {
        // Too many columns for one key: combine the first two, then the rest.
        let mut parts = parts.into_iter();
        let first = combine(vec![
            parts.next().expect("a part"),
            parts.next().expect("a part"),
        ]);
        return combine(std::iter::once(first).chain(parts).collect());
    }
    let keys: Vec<u64> = (0..rows)
        .map(|r| {
            parts
                .iter()
                .zip(&radix)
                .fold(0u64, |key, (p, &l)| key * l + u64::from(p.codes[r]))
        })
        .collect();
    let (codes, distinct) = dense(&keys, range, |&k| k);
    Levels {
        codes,
        labels: Labels::Combined(parts.into_iter().map(|p| p.labels).collect(), distinct),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_their_labels_and_not_the_rows() {
        let text = Values::Text {
            codes: vec![0, 1, 0, 2],
            labels: vec!["c".into(), "a".into(), "b".into()],
        };
        let years = Values::Number(vec![2001.0, 2000.0, 2000.0, 2001.0]);
        let a = encode(&text, &[0, 1, 2, 3]);
        assert_eq!(a.codes, [2, 0, 2, 1]);
        let both = combine(vec![a, encode(&years, &[0, 1, 2, 3])]);
        assert_eq!(both.codes, [3, 0, 2, 1]);
        assert_eq!(both.labels.label(2), "c_2000");
        let fewer = both.subset(&[0, 3]);
        assert_eq!(fewer.codes, [1, 0]);
        assert_eq!(fewer.labels.label(0), "b_2001");
    }

    #[test]
    fn sparse_keys_are_sorted() {
        let values = Values::Number(vec![1e12, -5.0, 1e12, 7.0]);
        let levels = encode(&values, &[0, 1, 2, 3]);
        assert_eq!(levels.codes, [2, 0, 2, 1]);
        assert_eq!(levels.labels, Labels::Whole(vec![-5, 7, 1_000_000_000_000]));
    }
}
