//! The preconditioner: blocks of small groups of levels, inverted exactly.

use std::ops::Range;

use rayon::prelude::*;

use super::{Absorber, BLOCK, Dense, Rest};
use crate::dense::{Cholesky, cholesky, factor};

/// Levels that are inverted together.
///
/// First, levels of one effect that the lead ties together, directly or by a chain:
/// for pairs as the lead, the years of one exporter. Then groups of two effects that
/// share much of their weight are joined: the years of one country as exporter and as
/// importer, which its sales at home tie to each other.
pub(super) struct Groups {
    groups: Vec<Group>,
    /// Position of each level of the rest in its group.
    local: Vec<u32>,
    /// Levels in the order in which the preconditioner has them: group after group, then
    /// those of effects without groups, which have the diagonal only.
    order: Vec<u32>,
    /// The place of each level in that order.
    places: Vec<u32>,
    /// Levels that are in groups.
    grouped: usize,
    /// Groups that are worked on together: about [`BLOCK`] levels.
    blocks: Vec<Range<usize>>,
    /// Groups whose blocks are made together: about as much work each.
    tasks: Vec<Range<usize>>,
}

struct Group {
    /// Levels: a range of the order.
    levels: Range<usize>,
    /// Effects with levels here.
    terms: Vec<usize>,
    /// Lead levels that meet the group, and which of its `terms` are met.
    leads: Vec<(u32, u8)>,
}

/// Groups of one effect.
struct Ties {
    /// Group of each level.
    of_level: Vec<u32>,
    /// Group of each lead level.
    of_lead: Vec<u32>,
    sizes: Vec<usize>,
}

/// Groups are joined when they share at least this part of their weight (the weight in
/// common over the geometric mean of their weights).
const SHARED: f64 = 0.1;

impl Groups {
    /// No groups: the diagonal everywhere.
    pub(super) fn none(rest: &[Rest]) -> Groups {
        let size = rest.last().map_or(0, |t| t.offset + t.levels) as u32;
        Groups {
            groups: Vec::new(),
            local: Vec::new(),
            order: (0..size).collect(),
            places: (0..size).collect(),
            grouped: 0,
            blocks: Vec::new(),
            tasks: Vec::new(),
        }
    }

    /// The place of each level in the order of the preconditioner.
    pub(super) fn places(&self) -> &[u32] {
        &self.places
    }

    /// `weight` of each lead level: about what the rows will weigh.
    pub(super) fn find(starts: &[usize], rest: &[Rest], weight: &[f64]) -> Groups {
        let rows = *starts.last().expect("not empty");
        let ties: Vec<Option<Ties>> = rest
            .par_iter()
            .map(|term| {
                term.values
                    .is_empty()
                    .then(|| Ties::find(starts, term))
                    .flatten()
            })
            .collect();
        // Number the groups of all effects in one row, and join some.
        let mut first = Vec::new();
        let mut count = 0;
        for t in &ties {
            first.push(count);
            count += t.as_ref().map_or(0, |t| t.sizes.len());
        }
        let mut joined: Vec<usize> = (0..count).collect();
        let mut taken = vec![false; count];
        for (a, b) in (0..rest.len()).flat_map(|b| (0..b).map(move |a| (a, b))) {
            if let (Some(one), Some(other)) = (&ties[a], &ties[b]) {
                for (g, h) in one.partners(other, weight, rows) {
                    let (g, h) = (first[a] + g, first[b] + h);
                    // A group joins one other only.
                    if !taken[g] && !taken[h] {
                        joined[h] = g;
                        taken[g] = true;
                        taken[h] = true;
                    }
                }
            }
        }
        let mut number = vec![usize::MAX; count];
        let mut groups: Vec<Group> = Vec::new();
        let mut levels: Vec<Vec<u32>> = Vec::new();
        for g in 0..count {
            if joined[g] == g {
                number[g] = groups.len();
                levels.push(Vec::new());
                groups.push(Group {
                    levels: 0..0,
                    terms: Vec::new(),
                    leads: Vec::new(),
                });
            }
        }
        for g in 0..count {
            number[g] = number[joined[g]];
        }
        let size = rest.last().map_or(0, |t| t.offset + t.levels);
        let mut local = vec![u32::MAX; size];
        for (t, term) in rest.iter().enumerate() {
            let Some(tie) = &ties[t] else { continue };
            for (level, &g) in tie.of_level.iter().enumerate() {
                let at = number[first[t] + g as usize];
                let (group, levels) = (&mut groups[at], &mut levels[at]);
                let position = term.offset + level;
                local[position] = levels.len() as u32;
                levels.push(position as u32);
                if group.terms.last() != Some(&t) {
                    group.terms.push(t);
                }
            }
        }
        for p in 0..starts.len() - 1 {
            for (t, tie) in ties.iter().enumerate() {
                let Some(tie) = tie else { continue };
                let group = &mut groups[number[first[t] + tie.of_lead[p] as usize]];
                let slot = group.terms.iter().position(|&u| u == t);
                let bit = 1 << slot.expect("a group knows its effects");
                match group.leads.last_mut() {
                    Some((lead, mask)) if *lead == p as u32 => *mask |= bit,
                    _ => group.leads.push((p as u32, bit)),
                }
            }
        }
        let mut order: Vec<u32> = Vec::with_capacity(size);
        let mut blocks: Vec<Range<usize>> = Vec::new();
        for (g, (group, levels)) in groups.iter_mut().zip(levels).enumerate() {
            group.levels = order.len()..order.len() + levels.len();
            match blocks.last_mut() {
                Some(block) if order.len() % BLOCK + levels.len() < BLOCK => block.end = g + 1,
                _ => blocks.push(g..g + 1),
            }
            order.extend(levels);
        }
        let tasks = tasks(&groups, starts);
        let grouped = order.len();
        for (term, _) in rest.iter().zip(&ties).filter(|(_, tie)| tie.is_none()) {
            order.extend((term.offset..term.offset + term.levels).map(|l| l as u32));
        }
        let mut places = vec![0u32; size];
        for (place, &level) in order.iter().enumerate() {
            places[level as usize] = place as u32;
        }
        Groups {
            groups,
            local,
            order,
            places,
            grouped,
            blocks,
            tasks,
        }
    }

    /// The inverse of each group's block of the Schur complement.
    fn factor(
        &self,
        starts: &[usize],
        rest: &[Rest],
        w: &[f64],
        inverse: &[f64],
        diagonal: &[f64],
    ) -> Vec<Cholesky> {
        let made = self.tasks.par_iter().with_max_len(1).map(|task| {
            let mut room = Room::default();
            let block = |group| self.block(group, starts, rest, w, inverse, diagonal, &mut room);
            self.groups[task.clone()].iter().map(block).collect()
        });
        let made: Vec<Vec<Cholesky>> = made.collect();
        made.into_iter().flatten().collect()
    }

    /// The inverse of one group's block.
    #[allow(clippy::too_many_arguments)]
    fn block(
        &self,
        group: &Group,
        starts: &[usize],
        rest: &[Rest],
        w: &[f64],
        inverse: &[f64],
        diagonal: &[f64],
        room: &mut Room,
    ) -> Cholesky {
        let s = group.levels.len();
        let Room {
            matrix,
            sums,
            scale,
            is_met,
            met,
        } = room;
        for (values, length) in [(&mut *matrix, s * s), (&mut *sums, s)] {
            values.clear();
            values.resize(length, 0.0);
        }
        is_met.clear();
        is_met.resize(s, false);
        scale.clear();
        let levels = &self.order[group.levels.clone()];
        scale.extend(levels.iter().map(|&level| diagonal[level as usize]));
        for (i, &d) in scale.iter().enumerate() {
            matrix[i * s + i] = d;
        }
        // Where the levels of each effect of the group are, by row and by level.
        let terms: Vec<(&[u32], &[u32])> = group
            .terms
            .iter()
            .map(|&t| (rest[t].codes.as_slice(), &self.local[rest[t].offset..]))
            .collect();
        for &(p, mask) in &group.leads {
            let p = p as usize;
            let rows = starts[p]..starts[p + 1];
            let index = |slot: usize, row: usize| {
                let (codes, local) = terms[slot];
                local[codes[row] as usize]
            };
            for slot in (0..terms.len()).filter(|s| mask >> s & 1 == 1) {
                let (codes, local) = terms[slot];
                let weighted = codes[rows.clone()].iter().zip(&w[rows.clone()]);
                for ((code, weight), row) in weighted.zip(rows.clone()) {
                    let i = local[*code as usize];
                    if !is_met[i as usize] {
                        is_met[i as usize] = true;
                        met.push(i);
                    }
                    sums[i as usize] += weight;
                    // Rows in levels of two effects of the group.
                    for other in (0..slot).filter(|s| mask >> s & 1 == 1) {
                        let j = index(other, row);
                        matrix[i.max(j) as usize * s + i.min(j) as usize] += weight;
                    }
                }
            }
            met.sort_unstable();
            for (a, &i) in met.iter().enumerate() {
                let scaled = sums[i as usize] * inverse[p];
                let line = &mut matrix[i as usize * s..];
                for &j in &met[..=a] {
                    line[j as usize] -= scaled * sums[j as usize];
                }
            }
            for &i in met.iter() {
                sums[i as usize] = 0.0;
                is_met[i as usize] = false;
            }
            met.clear();
        }
        factor(matrix, s, scale, 1e-11)
    }
}

/// Working memory for the block of a group.
#[derive(Default)]
struct Room {
    matrix: Vec<f64>,
    sums: Vec<f64>,
    scale: Vec<f64>,
    is_met: Vec<bool>,
    met: Vec<u32>,
}

/// Groups in a row that are about as much work: rows to read, and matrices to factor.
fn tasks(groups: &[Group], starts: &[usize]) -> Vec<Range<usize>> {
    const TASKS: usize = 128;
    let work: Vec<usize> = groups
        .iter()
        .map(|group| {
            let rows = |&(p, _): &(u32, u8)| starts[p as usize + 1] - starts[p as usize];
            group.leads.iter().map(rows).sum::<usize>() + group.levels.len().pow(3) / 8
        })
        .collect();
    let share = work.iter().sum::<usize>() / TASKS + 1;
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut done = 0;
    for (g, work) in work.iter().enumerate() {
        match out.last_mut() {
            Some(task) if done / share == (done + work) / share => task.end = g + 1,
            _ => out.push(g..g + 1),
        }
        done += work;
    }
    out
}

impl Ties {
    /// The groups of an effect, if they are small enough to be worth inverting.
    fn find(starts: &[usize], term: &Rest) -> Option<Ties> {
        let rows = term.codes.len();
        let leads = starts.len() - 1;
        let mut parent: Vec<u32> = (0..term.levels as u32).collect();
        fn root(parent: &mut [u32], mut a: u32) -> u32 {
            while parent[a as usize] != a {
                parent[a as usize] = parent[parent[a as usize] as usize];
                a = parent[a as usize];
            }
            a
        }
        // Work of one build: the square of the levels that each lead level meets.
        let mut seen = vec![u32::MAX; term.levels];
        let mut work = 0usize;
        for p in 0..leads {
            let codes = &term.codes[starts[p]..starts[p + 1]];
            let mut met = 0usize;
            for &code in codes {
                if seen[code as usize] != p as u32 {
                    seen[code as usize] = p as u32;
                    met += 1;
                }
                let (a, b) = (root(&mut parent, codes[0]), root(&mut parent, code));
                // The smaller level is the root, so that groups do not depend on order.
                if a != b {
                    parent[a.max(b) as usize] = a.min(b);
                }
            }
            work += met * met;
        }
        if work > 64 * rows + (1 << 20) {
            return None;
        }
        let mut number = vec![u32::MAX; term.levels];
        let mut of_level = vec![0u32; term.levels];
        let mut sizes: Vec<usize> = Vec::new();
        for level in 0..term.levels {
            let top = root(&mut parent, level as u32) as usize;
            if number[top] == u32::MAX {
                number[top] = sizes.len() as u32;
                sizes.push(0);
            }
            of_level[level] = number[top];
            sizes[number[top] as usize] += 1;
        }
        let cube: f64 = sizes.iter().map(|&s| (s as f64).powi(3)).sum();
        let square: usize = sizes.iter().map(|s| s * s).sum();
        if cube > 64.0 * rows as f64 + 2e6 || square > 4 * rows + (1 << 18) {
            return None;
        }
        let of_lead = (0..leads)
            .map(|p| of_level[term.codes[starts[p]] as usize])
            .collect();
        Some(Ties {
            of_level,
            of_lead,
            sizes,
        })
    }

    /// Groups of this effect and of another that share much, strongest first, each in
    /// one pair only.
    fn partners(&self, other: &Ties, weight: &[f64], rows: usize) -> Vec<(usize, usize)> {
        let mut own = vec![0.0; self.sizes.len()];
        let mut theirs = vec![0.0; other.sizes.len()];
        let mut cells: Vec<(u32, u32, f64)> = Vec::with_capacity(weight.len());
        for ((&g, &h), &w) in self.of_lead.iter().zip(&other.of_lead).zip(weight) {
            own[g as usize] += w;
            theirs[h as usize] += w;
            cells.push((g, h, w));
        }
        cells.sort_by_key(|c| (c.0, c.1));
        cells.dedup_by(|next, cell| {
            let same = (next.0, next.1) == (cell.0, cell.1);
            if same {
                cell.2 += next.2;
            }
            same
        });
        for (g, h, shared) in &mut cells {
            *shared /= (own[*g as usize] * theirs[*h as usize]).sqrt();
        }
        cells.retain(|c| c.2 >= SHARED);
        cells.sort_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
        let (mut used, mut used_there) = (vec![false; own.len()], vec![false; theirs.len()]);
        let mut out = Vec::new();
        for (g, h, _) in cells {
            let (g, h) = (g as usize, h as usize);
            let size = self.sizes[g] + other.sizes[h];
            if !used[g] && !used_there[h] && size * size <= rows {
                used[g] = true;
                used_there[h] = true;
                out.push((g, h));
            }
        }
        out
    }
}

/// An approximate inverse of the normal matrix, for one set of weights.
pub(crate) struct Preconditioner {
    blocks: Vec<Cholesky>,
    /// 1 / diagonal of the levels that are in no group; 0 where the diagonal is 0.
    inverse: Vec<f64>,
    dense: Option<Cholesky>,
}

impl Preconditioner {
    pub(crate) fn new(a: &Absorber, w: &[f64], lead: &[f64], dense: Dense) -> Preconditioner {
        let diagonal = a.level_sums(|row| w[row], true);
        let blocks = a.groups.factor(&a.starts, &a.rest, w, lead, &diagonal);
        let single = &a.groups.order[a.groups.grouped..];
        let mut out = Preconditioner {
            blocks,
            inverse: single
                .iter()
                .map(|&l| diagonal[l as usize])
                .map(|d| if d > 0.0 { 1.0 / d } else { 0.0 })
                .collect(),
            dense: None,
        };
        out.renew_dense(a, w, lead, dense);
        out
    }

    /// The part of the regressors for other weights or regressors, the part of the effects as
    /// it is.
    pub(crate) fn renew_dense(&mut self, a: &Absorber, w: &[f64], lead: &[f64], dense: Dense) {
        self.dense = (dense.k > 0).then(|| {
            let (gram, scale) = a.gram(w, lead, dense);
            cholesky(gram, dense.k, &scale, 1e-13)
        });
    }

    /// z = M⁻¹ r for the effects, z in the order of the preconditioner. Returns r'z.
    pub(super) fn solve<const M: usize>(
        &self,
        a: &Absorber,
        r: &[[f64; M]],
        z: &mut [[f64; M]],
    ) -> [f64; M] {
        let groups = &a.groups;
        let (mut grouped, single) = z.split_at_mut(groups.grouped);
        let mut parts: Vec<(&Range<usize>, &mut [[f64; M]])> =
            Vec::with_capacity(groups.blocks.len());
        for block in &groups.blocks {
            let of_block = &groups.groups[block.clone()];
            let levels = of_block.iter().map(|g| g.levels.len()).sum();
            let (head, tail) = grouped.split_at_mut(levels);
            parts.push((block, head));
            grouped = tail;
        }
        let mut products: Vec<[f64; M]> = parts
            .into_par_iter()
            .map(|(block, mut z)| {
                let mut product = [0.0; M];
                for g in block.clone() {
                    let levels = &groups.order[groups.groups[g].levels.clone()];
                    let (own, rest) = z.split_at_mut(levels.len());
                    z = rest;
                    for (z, &l) in own.iter_mut().zip(levels) {
                        *z = r[l as usize];
                    }
                    self.blocks[g].solve(own);
                    for (z, &l) in own.iter().zip(levels) {
                        for m in 0..M {
                            product[m] += z[m] * r[l as usize][m];
                        }
                    }
                }
                product
            })
            .collect();
        products.par_extend(
            single
                .par_chunks_mut(BLOCK)
                .zip(self.inverse.par_chunks(BLOCK))
                .zip(groups.order[groups.grouped..].par_chunks(BLOCK))
                .map(|((z, inverse), levels)| {
                    let mut product = [0.0; M];
                    for ((z, inverse), &l) in z.iter_mut().zip(inverse).zip(levels) {
                        let r = &r[l as usize];
                        for m in 0..M {
                            z[m] = r[m] * inverse;
                            product[m] += z[m] * r[m];
                        }
                    }
                    product
                }),
        );
        let mut total = [0.0; M];
        for product in products {
            for m in 0..M {
                total[m] += product[m];
            }
        }
        total
    }

    /// z = M⁻¹ r for the regressors.
    pub(super) fn solve_dense(&self, r: &[f64], z: &mut [f64]) {
        z.copy_from_slice(r);
        if let Some(factor) = &self.dense {
            let (z, _) = z.as_chunks_mut::<1>();
            factor.solve(z);
        }
    }
}

impl Absorber {
    /// X'W(I − P)X with P the means within the lead, and the diagonal of X'WX.
    pub(crate) fn gram(&self, w: &[f64], inverse: &[f64], dense: Dense) -> (Vec<f64>, Vec<f64>) {
        let k = dense.k;
        let partials = self.by_chunk(|_, chunk| {
            let mut gram = vec![0.0; k * k];
            let mut scale = vec![0.0; k];
            let mut mean = vec![0.0; k];
            let mut centred = vec![0.0; k];
            for p in chunk {
                mean.fill(0.0);
                for row in self.starts[p]..self.starts[p + 1] {
                    for (m, x) in mean.iter_mut().zip(&dense.x[row * k..(row + 1) * k]) {
                        *m += w[row] * x;
                    }
                }
                mean.iter_mut().for_each(|m| *m *= inverse[p]);
                for row in self.starts[p]..self.starts[p + 1] {
                    let x = &dense.x[row * k..(row + 1) * k];
                    for j in 0..k {
                        centred[j] = x[j] - mean[j];
                        scale[j] += w[row] * x[j] * x[j];
                    }
                    for i in 0..k {
                        let wx = w[row] * centred[i];
                        for j in 0..=i {
                            gram[i * k + j] += wx * centred[j];
                        }
                    }
                }
            }
            (gram, scale)
        });
        let mut gram = vec![0.0; k * k];
        let mut scale = vec![0.0; k];
        for (g, s) in &partials {
            gram.iter_mut().zip(g).for_each(|(a, b)| *a += b);
            scale.iter_mut().zip(s).for_each(|(a, b)| *a += b);
        }
        (gram, scale)
    }
}
