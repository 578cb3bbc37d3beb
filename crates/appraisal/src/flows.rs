//! What flows over a chosen link, border, port or passage.
//!
//! Goods trade of an economy pair is spread over its place pairs as trade costs do it, in
//! proportion to λ_a λ_b (1 + G_ab ÷ v_j)^(−θ_j) (`docs/method/journeys.md`), and over main modes by
//! their shares. What counts is the trade whose cheapest journey by a mode uses what was chosen,
//! times the share of the mode. Trade is that of the base year in both states; where it goes is
//! asked of each state.

use crate::outcome::{Diagnostics, WorldSummary};
use crate::progress::Progress;
use crate::risk::{Base, Closing, Kind, diagnostics, resolve};
use crate::run::world_summary;
use comity_network::{ClassSkims, Engine, LinkUse, Skims, values_of_time};
use comity_trade_costs::places_by_economy;
use comity_world::{CommodityClass, Mode, PlaceId, Problem, World};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Instant;

/// What was chosen, in both states; a state in which none of it is there has nothing.
pub struct Chosen {
    before: Vec<Closing>,
    after: Vec<Closing>,
    items: Vec<ChosenItem>,
}

/// Something chosen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChosenItem {
    pub item: String,
    pub kind: Kind,
    pub label: String,
    /// False where only the scenario brings it.
    pub there_before: bool,
    /// False where the scenario takes it away; the same as before without a scenario.
    pub there_after: bool,
}

/// What flows over the chosen, together: a journey that uses several of them counts once.
#[derive(Clone, Debug, Serialize)]
pub struct FlowsOutcome {
    pub world: WorldSummary,
    pub scenario: Option<String>,
    pub chosen: Vec<ChosenItem>,
    pub before: FlowTotals,
    /// `None` without a scenario.
    pub after: Option<FlowTotals>,
    /// Economy pairs with a flow in either state, the largest first; within one economy too.
    pub pairs: Vec<EconomyFlow>,
    /// Place pairs and main modes with a flow in either state, the largest first.
    pub places: Vec<PlaceFlow>,
    pub diagnostics: Diagnostics,
}

/// All flows of one state, million USD of goods a year.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FlowTotals {
    /// Trade between economies.
    pub abroad_musd: f64,
    /// Share of all goods trade between economies, percent.
    pub abroad_percent: f64,
    /// Sales within economies.
    pub domestic_musd: f64,
    /// Both, by main mode and by commodity class.
    pub by_mode_musd: BTreeMap<String, f64>,
    pub by_class_musd: BTreeMap<String, f64>,
    /// Place pairs and main modes with a flow, each direction counted.
    pub place_pairs: usize,
}

/// One economy sells to another, or within itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EconomyFlow {
    pub exporter: String,
    pub importer: String,
    /// All goods of the pair, million USD a year.
    pub goods_musd: f64,
    pub over_musd: f64,
    /// Of the pair's goods, percent.
    pub over_percent: f64,
    /// `None` without a scenario.
    pub over_after_musd: Option<f64>,
    pub over_after_percent: Option<f64>,
}

/// From one place to another by a main mode.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlaceFlow {
    pub from: String,
    pub from_iso3: String,
    pub to: String,
    pub to_iso3: String,
    pub mode: String,
    pub over_musd: f64,
    /// `None` without a scenario.
    pub over_after_musd: Option<f64>,
}

/// Find what is chosen in both states, by the names that [`resolve`] takes.
///
/// # Errors
/// Every item that is in neither state, with the closest names.
pub fn choose(base: &Base, items: &[&str]) -> Result<Chosen, Vec<Problem>> {
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    let mut problems = vec![];
    for item in items {
        let there = resolve(base.state(), &[*item]);
        // A name that means a link means the same link in both states.
        let same = there.as_ref().map_or(*item, |found| &found[0].item);
        let here = resolve(base.world, &[same]);
        match (here, there) {
            (Err(_), Err(found)) => problems.extend(found),
            (here, there) => {
                for (found, state) in [(here, &mut before), (there, &mut after)] {
                    let found = found.into_iter().flatten();
                    state.extend(found.map(|closing| (closing.item.clone(), closing)));
                }
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let all: BTreeMap<&String, &Closing> = before.iter().chain(&after).collect();
    let items = all.into_iter().map(|(item, closing)| ChosenItem {
        item: item.clone(),
        kind: closing.kind,
        label: closing.label.clone(),
        there_before: before.contains_key(item),
        there_after: after.contains_key(item),
    });
    Ok(Chosen {
        items: items.collect(),
        before: before.into_values().collect(),
        after: after.into_values().collect(),
    })
}

/// By exporter and importer, with the place pairs and main modes that make it up.
type ByPair = BTreeMap<(usize, usize), BTreeMap<LinkUse, f64>>;

/// What flows over the chosen, before and after a scenario.
pub fn flows(base: &Base, chosen: Chosen, command: &str, progress: &dyn Progress) -> FlowsOutcome {
    let begun = Instant::now();
    let values = values_of_time(base.world);
    let goods = Goods::new(base.world);
    let (mut before, mut after) = (State::default(), State::default());
    for class in CommodityClass::ALL {
        let one = [(class, values[class.index()])];
        let engine = Engine::for_classes(base.world, &one);
        progress.stage(
            &format!("journeys, {}", class.label()),
            base.scenario.iter().count() as u64 + 1,
        );
        let skims = engine.skim(None, &|| ());
        before.add(&goods, &engine, &skims, class, &chosen.before);
        progress.step();
        if let Some((_, changed)) = base.scenario {
            let engine = Engine::for_classes(changed, &one);
            let skims = engine.skim(Some(&skims), &|| ());
            after.add(&goods, &engine, &skims, class, &chosen.after);
            progress.step();
        }
    }
    let after = base.scenario.map(|_| after);
    let mut made = diagnostics(base.state(), command, vec![]);
    let seconds = begun.elapsed().as_secs_f64();
    made.seconds.insert("flows".to_owned(), seconds);
    FlowsOutcome {
        world: world_summary(base.state()),
        scenario: base.name(),
        chosen: chosen.items,
        before: before.totals(&goods),
        after: after.as_ref().map(|state| state.totals(&goods)),
        pairs: economy_flows(&goods, &before, after.as_ref()),
        places: place_flows(base.world, &before, after.as_ref()),
        diagnostics: made,
    }
}

/// The trade that travels.
struct Goods<'w> {
    world: &'w World,
    groups: Vec<Vec<(PlaceId, f64)>>,
    /// Million USD, `[exporter][importer]`.
    all: Vec<f64>,
}

impl<'w> Goods<'w> {
    fn new(world: &'w World) -> Goods<'w> {
        let n = world.economies.len();
        let mut all = vec![0.0; n * n];
        for (j, sector) in world.sectors.iter().enumerate() {
            if sector.freight.is_some() {
                for (at, value) in world.trade.value_musd[j * n * n..][..n * n]
                    .iter()
                    .enumerate()
                {
                    all[at % n * n + at / n] += value;
                }
            }
        }
        Goods {
            world,
            groups: places_by_economy(world),
            all,
        }
    }

    fn of(&self, exporter: usize, importer: usize) -> f64 {
        self.all[exporter * self.world.economies.len() + importer]
    }

    fn abroad(&self) -> f64 {
        let n = self.world.economies.len();
        let pairs = self.all.iter().enumerate();
        let abroad = pairs.filter(|(at, _)| at / n != at % n);
        abroad.map(|(_, value)| value).sum()
    }

    /// Million USD of one economy pair over the uses of it, in one commodity class.
    fn over(
        &self,
        skim: &ClassSkims,
        (exporter, importer): (usize, usize),
        uses: &[LinkUse],
    ) -> Vec<f64> {
        let n = self.world.economies.len();
        let mut over = vec![0.0; uses.len()];
        for (j, sector) in self.world.sectors.iter().enumerate() {
            let Some(freight) = sector.freight.as_ref().filter(|f| f.class == skim.class) else {
                continue;
            };
            let value = self.world.trade.value_musd[(j * n + importer) * n + exporter];
            if value <= 0.0 {
                continue;
            }
            let theta = sector.trade_elasticity;
            let term = |a: PlaceId, b: PlaceId, weight: f64| {
                let cost = skim.composite(a, b);
                cost.map_or(0.0, |g| {
                    weight * (1.0 + g / freight.usd_per_teu).powf(-theta)
                })
            };
            let (from, to) = (&self.groups[exporter], &self.groups[importer]);
            let all: f64 = from
                .iter()
                .flat_map(|a| to.iter().map(move |b| (a, b)))
                .map(|(a, b)| term(a.0, b.0, a.1 * b.1))
                .sum();
            for (over, used) in over.iter_mut().zip(uses) {
                let Some(choice) = skim.choice(used.from, used.to) else {
                    continue;
                };
                let weight = |place: PlaceId| self.world.places[place.index()].weight;
                let part = term(used.from, used.to, weight(used.from) * weight(used.to));
                *over += value * part / all * choice.shares[used.mode as usize];
            }
        }
        over
    }
}

/// The flows of one state.
#[derive(Default)]
struct State {
    by_pair: ByPair,
    by_class: BTreeMap<String, f64>,
}

impl State {
    /// Add those of one commodity class.
    fn add(
        &mut self,
        goods: &Goods,
        engine: &Engine,
        skims: &Skims,
        class: CommodityClass,
        chosen: &[Closing],
    ) {
        let selection = Closing::selection(engine.world(), chosen);
        let mut uses: BTreeMap<(usize, usize), Vec<LinkUse>> = BTreeMap::new();
        for used in engine.select(skims, &selection, class) {
            let economy = |place: PlaceId| goods.world.economy_of_place(place).index();
            let has_weight = |place: PlaceId| goods.world.places[place.index()].weight > 0.0;
            if has_weight(used.from) && has_weight(used.to) {
                let pair = (economy(used.from), economy(used.to));
                uses.entry(pair).or_default().push(used);
            }
        }
        let skim = skims.class(class);
        let uses: Vec<_> = uses.into_iter().collect();
        let over: Vec<Vec<f64>> = uses
            .par_iter()
            .map(|(pair, uses)| goods.over(skim, *pair, uses))
            .collect();
        let mut sum = 0.0;
        for ((pair, uses), over) in uses.into_iter().zip(over) {
            for (used, musd) in uses.into_iter().zip(over).filter(|o| o.1 > 0.0) {
                let of_pair = self.by_pair.entry(pair).or_default();
                *of_pair.entry(used).or_default() += musd;
                sum += musd;
            }
        }
        self.by_class.insert(class.label().to_owned(), sum);
    }

    fn of_pair(&self, pair: &(usize, usize)) -> f64 {
        let found = self.by_pair.get(pair);
        found.map_or(0.0, |uses| uses.values().sum())
    }

    fn totals(&self, goods: &Goods) -> FlowTotals {
        let mut totals = FlowTotals {
            by_class_musd: self.by_class.clone(),
            by_mode_musd: Mode::ALL.map(|mode| (mode.label().to_owned(), 0.0)).into(),
            ..FlowTotals::default()
        };
        for ((exporter, importer), uses) in &self.by_pair {
            let sum: f64 = uses.values().sum();
            if exporter == importer {
                totals.domestic_musd += sum;
            } else {
                totals.abroad_musd += sum;
            }
            for (used, musd) in uses {
                *totals
                    .by_mode_musd
                    .entry(used.mode.label().to_owned())
                    .or_default() += musd;
            }
            totals.place_pairs += uses.len();
        }
        let abroad = goods.abroad();
        if abroad > 0.0 {
            totals.abroad_percent = 100.0 * totals.abroad_musd / abroad;
        }
        totals
    }
}

fn economy_flows(goods: &Goods, before: &State, after: Option<&State>) -> Vec<EconomyFlow> {
    let label = |n: usize| goods.world.economies[n].iso3.clone();
    let mut pairs: Vec<&(usize, usize)> = before.by_pair.keys().collect();
    pairs.extend(after.into_iter().flat_map(|state| state.by_pair.keys()));
    pairs.sort_unstable();
    pairs.dedup();
    let row = |pair: &(usize, usize)| {
        let all = goods.of(pair.0, pair.1);
        let percent = |musd: f64| 100.0 * musd / all;
        let over = before.of_pair(pair);
        let over_after = after.map(|state| state.of_pair(pair));
        EconomyFlow {
            exporter: label(pair.0),
            importer: label(pair.1),
            goods_musd: all,
            over_musd: over,
            over_percent: percent(over),
            over_after_musd: over_after,
            over_after_percent: over_after.map(percent),
        }
    };
    let mut rows: Vec<EconomyFlow> = pairs.into_iter().map(row).collect();
    let most = |row: &EconomyFlow| row.over_musd.max(row.over_after_musd.unwrap_or(0.0));
    // Stable: pairs of the same size stay in the order of their codes.
    rows.sort_by(|a, b| most(b).total_cmp(&most(a)));
    rows
}

fn place_flows(world: &World, before: &State, after: Option<&State>) -> Vec<PlaceFlow> {
    let mut all: BTreeMap<LinkUse, (f64, f64)> = BTreeMap::new();
    for (used, musd) in before.by_pair.values().flatten() {
        all.entry(*used).or_default().0 = *musd;
    }
    for (used, musd) in after
        .iter()
        .flat_map(|state| state.by_pair.values())
        .flatten()
    {
        all.entry(*used).or_default().1 = *musd;
    }
    let mut all: Vec<(LinkUse, (f64, f64))> = all.into_iter().collect();
    let most = |flow: &(f64, f64)| flow.0.max(flow.1);
    all.sort_by(|a, b| most(&b.1).total_cmp(&most(&a.1)));
    let place = |id: PlaceId| &world.places[id.index()];
    let iso3 = |id: PlaceId| {
        let territory = place(id).territory;
        world.territories[territory.index()].iso3.clone()
    };
    let row = |(used, (old, new)): (LinkUse, (f64, f64))| PlaceFlow {
        from: place(used.from).name.clone(),
        from_iso3: iso3(used.from),
        to: place(used.to).name.clone(),
        to_iso3: iso3(used.to),
        mode: used.mode.label().to_owned(),
        over_musd: old,
        over_after_musd: after.map(|_| new),
    };
    all.into_iter().map(row).collect()
}
