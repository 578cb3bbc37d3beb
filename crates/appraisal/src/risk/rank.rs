//! One closing after another, ranked by the market access that is lost.

use super::effect::{Effect, Ground, Shutter};
use super::income::{IncomeChange, Incomes};
use super::screen::{Candidate, Candidates, Screened, candidates};
use super::target::{Closing, Kind};
use super::{Base, RiskOptions, diagnostics};
use crate::Progress;
use crate::market_access::AccessParameters;
use crate::outcome::{Diagnostics, WorldSummary};
use crate::run::world_summary;
use crate::shock::AppraisalError;
use comity_network::values_of_time;
use comity_world::EconomyId;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Borders, ports and links tried for each row asked for, and at least.
const TRIED_FOR_EACH: usize = 3;
const TRIED_AT_LEAST: usize = 30;
/// A loss that is above its bound by no more than this share is not counted as such.
const ROUNDING: f64 = 1e-9;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct RankRequest {
    /// Rows whose real income is solved for, if at all; more are tried and ranked.
    pub top: usize,
    /// Empty: all.
    pub kinds: Vec<Kind>,
    /// Economies whose places count; empty: all.
    pub near: Vec<EconomyId>,
}

impl RankRequest {
    pub(super) fn most_tried(&self) -> usize {
        (TRIED_FOR_EACH * self.top).max(TRIED_AT_LEAST)
    }
}

/// What closes, ranked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RankOutcome {
    pub world: WorldSummary,
    pub scenario: Option<String>,
    /// ISO codes of the economies whose places count; empty: all.
    pub near: Vec<String>,
    pub access: AccessParameters,
    pub with_equilibrium: bool,
    pub screened: Screened,
    /// All that were tried, largest loss first.
    pub rows: Vec<RiskRow>,
    /// Economies of the bloc, ISO codes, for the map.
    pub bloc: Vec<String>,
    pub diagnostics: Diagnostics,
}

/// One closing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RiskRow {
    /// From 1.
    pub rank: usize,
    pub kind: Kind,
    /// What `comity risk close` takes.
    pub item: String,
    pub label: String,
    /// ISO codes of the territories it lies in or between.
    pub iso3: Vec<String>,
    /// Share of the market access of the places that count whose journeys run over it, each pair's
    /// split over its modes.
    pub use_percent: f64,
    /// Mean over the places that count, weighted by their size.
    pub market_access_change_percent: f64,
    /// Mean over pairs with a place that counts.
    pub cost_change_percent: Option<f64>,
    /// Pairs with a place that counts that lose their last journey; each direction counts.
    pub unreachable_pairs: usize,
    /// The economy that loses most market access, in percent; `None` if none loses any.
    pub hardest_hit: Option<(String, f64)>,
    /// Equivalent variation, million USD a year, of the economies that count; `None` if not
    /// solved for.
    pub real_income_change_musd: Option<f64>,
    /// The same as a share of their income.
    pub real_income_change_percent: Option<f64>,
    /// Points (lon, lat) of what closes.
    pub lines: Vec<Vec<(f64, f64)>>,
}

/// Close what is worth closing, one after another. Skims are dropped as soon as they are compared,
/// so that at most two are held.
///
/// # Errors
/// If the world's accounts are inconsistent. Where a closing leaves no equilibrium, as with an
/// economy cut off from all others, a warning says so.
pub fn rank_closings(
    base: &Base,
    request: &RankRequest,
    options: &RiskOptions,
    progress: &dyn Progress,
) -> Result<RankOutcome, AppraisalError> {
    let begun = Instant::now();
    let state = base.state();
    progress.stage("journeys, baseline", 0);
    let ground = Ground::new(state, options.access, values_of_time(base.world), &|| ());
    let counted: Vec<bool> = ground
        .markets
        .economies
        .iter()
        .map(|n| request.near.is_empty() || request.near.contains(&EconomyId::from_index(*n)))
        .collect();
    progress.stage("loads", 0);
    let (candidates, screened) = candidates(&ground, &counted, request);
    let screening = begun.elapsed().as_secs_f64();

    let mut shutter = Shutter::new(state);
    let trial = Trial {
        ground: &ground,
        counted: &counted,
        request,
        screened,
        ranked: vec![],
        losses: vec![],
    };
    let (mut ranked, screened) = trial.run(candidates, &mut shutter, progress);
    ranked.sort_by(|(_, a), (_, b)| {
        let change = |row: &RiskRow| row.market_access_change_percent;
        change(a)
            .total_cmp(&change(b))
            .then(b.unreachable_pairs.cmp(&a.unreachable_pairs))
            .then_with(|| (a.kind, &a.item).cmp(&(b.kind, &b.item)))
    });
    for (position, (_, row)) in ranked.iter_mut().enumerate() {
        row.rank = position + 1;
    }
    let bloc = state.bloc(&options.bloc, None, None);
    let mut bloc: Vec<String> = bloc
        .iter()
        .map(|m| state.economies[m.economy.index()].iso3.clone())
        .collect();
    bloc.sort_unstable();
    drop(ground);

    let mut warnings = vec![];
    if let Some(settings) = &options.equilibrium {
        let top = ranked.len().min(request.top);
        progress.stage("equilibria", top as u64);
        let incomes = Incomes::new(base, settings, &|| ())?;
        for (candidate, row) in ranked.iter_mut().take(top) {
            match incomes.change(shutter.shut([&candidate.closing])) {
                Ok(change) => fill_income(row, base, request, &change),
                Err(error) => warnings.push(format!("{}: {error}", row.item)),
            }
            progress.step();
        }
    }
    let mut made = diagnostics(state, &options.command, warnings);
    let seconds = begun.elapsed().as_secs_f64();
    made.seconds.insert("risk".to_owned(), seconds);
    made.seconds.insert("screening".to_owned(), screening);
    let label = |id: &EconomyId| state.economies[id.index()].iso3.clone();
    Ok(RankOutcome {
        world: world_summary(state),
        scenario: base.name(),
        near: request.near.iter().map(label).collect(),
        access: options.access,
        with_equilibrium: options.equilibrium.is_some(),
        screened,
        rows: ranked.into_iter().map(|(_, row)| row).collect(),
        bloc,
        diagnostics: made,
    })
}

/// Closings tried one after another.
struct Trial<'a> {
    ground: &'a Ground<'a>,
    counted: &'a [bool],
    request: &'a RankRequest,
    screened: Screened,
    ranked: Vec<(Candidate, RiskRow)>,
    /// What has been lost, percent, largest first.
    losses: Vec<f64>,
}

impl Trial<'_> {
    fn run(
        mut self,
        candidates: Candidates,
        shutter: &mut Shutter,
        progress: &dyn Progress,
    ) -> (Vec<(Candidate, RiskRow)>, Screened) {
        let Candidates {
            found,
            lines,
            whole,
        } = candidates;
        progress.stage("closings", found.len() as u64);
        for candidate in found {
            progress.step();
            // A kind is named even if nothing of it is tried.
            let kind = candidate.closing.kind.label().to_owned();
            self.screened.tried.entry(kind).or_default();
            if candidate.wanted || !self.is_behind(candidate.use_percent) {
                self.close(candidate, shutter);
            }
        }
        let Some(mut lines) = lines else {
            return (self.ranked, self.screened);
        };
        progress.stage("closings, links", 0);
        let kind = Kind::Link.label().to_owned();
        self.screened.tried.entry(kind).or_default();
        let least = self.request.most_tried();
        for at in 0.. {
            let Some((link, load, most)) = lines.next() else {
                break;
            };
            let bound = 100.0 * most / whole;
            if at >= least && (self.request.top == 0 || self.is_behind(bound)) {
                break;
            }
            let candidate = Candidate {
                closing: Closing::link(self.ground.state, link),
                use_percent: 100.0 * load / whole,
                wanted: false,
            };
            let loss = self.close(candidate, shutter);
            if loss > bound * (1.0 + ROUNDING) {
                self.screened.above_bound += 1;
                self.screened.most_above = self.screened.most_above.max(loss / bound);
            }
        }
        (self.ranked, self.screened)
    }

    /// Whether what loses no more than this is not among the rows asked for.
    fn is_behind(&self, bound: f64) -> bool {
        let last = self.request.top.checked_sub(1);
        let last = last.and_then(|at| self.losses.get(at));
        last.is_some_and(|loss| bound < *loss)
    }

    /// Close it and return what is lost, in percent.
    fn close(&mut self, candidate: Candidate, shutter: &mut Shutter) -> f64 {
        let kind = candidate.closing.kind.label().to_owned();
        *self.screened.tried.entry(kind).or_default() += 1;
        let closed = shutter.shut([&candidate.closing]);
        let effect = self.ground.effect(closed, self.counted);
        let row = row(self.ground, &candidate, &effect, self.counted);
        let loss = -row.market_access_change_percent;
        let at = self.losses.partition_point(|other| *other > loss);
        self.losses.insert(at, loss);
        self.ranked.push((candidate, row));
        loss
    }
}

fn row(ground: &Ground, candidate: &Candidate, effect: &Effect, counted: &[bool]) -> RiskRow {
    let state = ground.state;
    let closing = &candidate.closing;
    let hit = (0..state.economies.len())
        .filter_map(|n| {
            let of = |place: usize| ground.markets.economies[place] == n;
            Some((ground.mean_percent(effect, of)?, n))
        })
        .filter(|(change, _)| *change < 0.0)
        .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    RiskRow {
        rank: 0,
        kind: closing.kind,
        item: closing.item.clone(),
        label: closing.label.clone(),
        iso3: closing.iso3.clone(),
        use_percent: candidate.use_percent,
        market_access_change_percent: ground
            .mean_percent(effect, |place| counted[place])
            .unwrap_or(0.0),
        cost_change_percent: effect.cost_percent,
        unreachable_pairs: effect.unreachable.len(),
        hardest_hit: hit.map(|(change, n)| (state.economies[n].iso3.clone(), change)),
        real_income_change_musd: None,
        real_income_change_percent: None,
        lines: closing.lines(state),
    }
}

fn fill_income(row: &mut RiskRow, base: &Base, request: &RankRequest, change: &IncomeChange) {
    let counts =
        |n: &usize| request.near.is_empty() || request.near.contains(&EconomyId::from_index(*n));
    let of = || (0..base.world.economies.len()).filter(counts);
    let musd: f64 = of().map(|n| change.musd[n]).sum();
    row.real_income_change_musd = Some(musd);
    let product: f64 = of().map(|n| base.world.economies[n].gdp_musd).sum();
    row.real_income_change_percent = match of().collect::<Vec<_>>().as_slice() {
        [one] => Some(change.percent[*one]),
        _ => (product > 0.0).then(|| 100.0 * musd / product),
    };
}
