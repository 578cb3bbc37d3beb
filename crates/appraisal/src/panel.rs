//! A world's own cross-section as a panel to estimate gravity from: a row for every exporter,
//! importer and sector, flows of zero and domestic flows included.

use crate::Progress;
use comity_network::{Engine, values_of_time};
use comity_world::transport::great_circle_km;
use comity_world::{EconomyId, Mode, PlaceId, SectorId, World};
use rayon::prelude::*;

/// What is asked.
pub struct PanelRequest<'a> {
    /// Trade, production and memberships come from here.
    pub world: &'a World,
    /// Journeys and tariffs come from here: the world after a scenario, or `world` again.
    pub state: &'a World,
    pub sectors: &'a [SectorId],
    /// Domestic flows, too.
    pub domestic: bool,
    /// The rest of the world, too, whose distances mean little.
    pub remainder: bool,
}

/// Geography and journeys of a pair of economies in one commodity class. Means over pairs of
/// places weigh both places' shares of their economies, as trade costs do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairRow {
    /// Harmonic mean of great circles between places, km (a CES mean with −1, as CEPII's distwces).
    /// Within a place: collection and delivery, twice `local-km`.
    pub distance_km: Option<f64>,
    /// Whether a land border is known between them.
    pub contiguous: bool,
    /// Whether both are full members of one bloc in the base year.
    pub common_bloc: bool,
    /// Means over modes by their shares, then over pairs of places with a journey.
    pub hours: Option<f64>,
    pub usd_per_teu: Option<f64>,
    /// Composite over modes.
    pub generalised_usd_per_teu: Option<f64>,
    /// In the order of [`Mode::ALL`].
    pub shares: Option<[f64; 4]>,
    /// Share of the pairs of places that have a journey.
    pub reached: f64,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct PanelRow {
    pub exporter: EconomyId,
    pub importer: EconomyId,
    pub sector: SectorId,
    /// USD a year net of duty.
    pub trade_usd: f64,
    /// Ad valorem.
    pub tariff: f64,
    /// Of the exporter in the sector, USD a year.
    pub production_usd: f64,
    /// Of the importer on the sector, duty paid, USD a year.
    pub expenditure_usd: f64,
    pub pair: PairRow,
}

/// The rows by exporter, importer and sector, and what was left out or is empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    pub rows: Vec<PanelRow>,
    /// Rows left out because the remainder is one of the two.
    pub remainder_rows: u64,
    /// Domestic rows left out.
    pub domestic_rows: u64,
    /// Rows without trade.
    pub zero_rows: u64,
    /// Rows of sectors that travel whose pair no journey connects: hours and costs are empty.
    pub unreached_rows: u64,
    /// Rows of sectors that do not travel: hours and costs are empty.
    pub rows_that_do_not_travel: u64,
}

/// Gather the panel. Journeys are searched once for all classes.
pub fn panel(request: &PanelRequest, progress: &dyn Progress) -> Panel {
    let (world, state) = (request.world, request.state);
    let engine = Engine::new(state, values_of_time(world));
    progress.stage("journeys", engine.searches());
    let skims = engine.skim(None, &|| progress.step());
    progress.stage("panel", 0);
    let n = world.economies.len();
    let mut places: Vec<Vec<(PlaceId, f64)>> = vec![vec![]; n];
    for (at, place) in world.places.iter().enumerate() {
        if place.weight > 0.0 {
            let id = PlaceId::from_index(at);
            places[world.economy_of_place(id).index()].push((id, place.weight));
        }
    }
    let neighbours = neighbours(state);
    let year_end = format!("{}-12-31", world.settings.base_year);
    let expenditure: Vec<f64> = (0..world.sectors.len() * n)
        .map(|at| {
            let cells = at * n..(at + 1) * n;
            cells
                .map(|c| world.trade.value_musd[c] * (1.0 + world.trade.tariff[c]))
                .sum()
        })
        .collect();
    let blocks: Vec<Panel> = (0..n)
        .into_par_iter()
        .map(|exporter| {
            let mut block = Panel::empty();
            for importer in 0..n {
                let count = request.sectors.len() as u64;
                let rest = |e: usize| world.economies[e].remainder;
                if !request.remainder && (rest(exporter) || rest(importer)) {
                    block.remainder_rows += count;
                    continue;
                }
                if !request.domestic && exporter == importer {
                    block.domestic_rows += count;
                    continue;
                }
                let base = PairRow {
                    distance_km: distance(world, &places[exporter], &places[importer]),
                    contiguous: neighbours[exporter * n + importer],
                    common_bloc: exporter != importer
                        && share_a_bloc(world, exporter, importer, &year_end),
                    ..PairRow::default()
                };
                let mut by_class: [Option<PairRow>; 3] = [None, None, None];
                for sector in request.sectors {
                    let id = |e: usize| EconomyId::from_index(e);
                    let at = world.trade.at(*sector, id(importer), id(exporter));
                    let pair = match &world.sectors[sector.index()].freight {
                        None => {
                            block.rows_that_do_not_travel += 1;
                            base.clone()
                        }
                        Some(freight) => {
                            let found = by_class[freight.class.index()].get_or_insert_with(|| {
                                let skim = skims.class(freight.class);
                                journeys(&base, skim, &places[exporter], &places[importer])
                            });
                            block.unreached_rows += u64::from(found.hours.is_none());
                            found.clone()
                        }
                    };
                    let value = world.trade.value_musd[at];
                    block.zero_rows += u64::from(value == 0.0);
                    let output = exporter * world.sectors.len() + sector.index();
                    block.rows.push(PanelRow {
                        exporter: id(exporter),
                        importer: id(importer),
                        sector: *sector,
                        trade_usd: 1e6 * value,
                        tariff: state.trade.tariff[at],
                        production_usd: 1e6 * world.accounts.gross_output_musd[output],
                        expenditure_usd: 1e6 * expenditure[sector.index() * n + importer],
                        pair,
                    });
                }
            }
            block
        })
        .collect();
    let mut all = Panel::empty();
    for block in blocks {
        all.rows.extend(block.rows);
        all.remainder_rows += block.remainder_rows;
        all.domestic_rows += block.domestic_rows;
        all.zero_rows += block.zero_rows;
        all.unreached_rows += block.unreached_rows;
        all.rows_that_do_not_travel += block.rows_that_do_not_travel;
    }
    all
}

impl Panel {
    fn empty() -> Panel {
        Panel {
            rows: vec![],
            remainder_rows: 0,
            domestic_rows: 0,
            zero_rows: 0,
            unreached_rows: 0,
            rows_that_do_not_travel: 0,
        }
    }
}

/// Pairs of economies with a border row by road or rail, open or closed, or a road or rail link
/// that joins their territories.
fn neighbours(world: &World) -> Vec<bool> {
    let n = world.economies.len();
    let mut found = vec![false; n * n];
    let mut mark = |a: EconomyId, b: EconomyId| {
        if a != b {
            found[a.index() * n + b.index()] = true;
            found[b.index() * n + a.index()] = true;
        }
    };
    let economy = |t: comity_world::TerritoryId| world.territories[t.index()].economy;
    for border in &world.network.borders {
        if matches!(border.mode, Mode::Road | Mode::Rail) {
            mark(economy(border.from), economy(border.to));
        }
    }
    let node = |id: comity_world::NodeId| world.network.nodes[id.index()].territory;
    for link in &world.network.links {
        let by_land = matches!(world.network.mode(link), Mode::Road | Mode::Rail);
        if let (true, Some(a), Some(b)) = (by_land, node(link.from), node(link.to)) {
            mark(economy(a), economy(b));
        }
    }
    found
}

fn share_a_bloc(world: &World, a: usize, b: usize, date: &str) -> bool {
    let held = world
        .blocs
        .iter()
        .filter(|m| m.has_voice() && m.holds_at(Some(date)));
    let of = |economy: usize| {
        held.clone()
            .filter(move |m| m.economy.index() == economy)
            .map(|m| &m.bloc)
    };
    of(a).any(|bloc| of(b).any(|other| other == bloc))
}

fn distance(world: &World, from: &[(PlaceId, f64)], to: &[(PlaceId, f64)]) -> Option<f64> {
    let within = 2.0 * world.settings.journeys.local_km;
    let (mut sum, mut total) = (0.0, 0.0);
    for (a, weight_a) in from {
        for (b, weight_b) in to {
            let (p, q) = (&world.places[a.index()], &world.places[b.index()]);
            let km = great_circle_km(p.lon, p.lat, q.lon, q.lat).max(within);
            sum += weight_a * weight_b / km;
            total += weight_a * weight_b;
        }
    }
    (sum > 0.0).then(|| total / sum)
}

fn journeys(
    base: &PairRow,
    skim: &comity_network::ClassSkims,
    from: &[(PlaceId, f64)],
    to: &[(PlaceId, f64)],
) -> PairRow {
    let (mut total, mut reached) = (0.0, 0.0);
    let mut sums = [0.0; 3];
    let mut shares = [0.0; 4];
    for (a, weight_a) in from {
        for (b, weight_b) in to {
            let weight = weight_a * weight_b;
            total += weight;
            let (Some(mean), Some(choice)) = (skim.mean(*a, *b), skim.choice(*a, *b)) else {
                continue;
            };
            reached += weight;
            sums[0] += weight * mean.hours;
            sums[1] += weight * mean.usd_per_teu;
            sums[2] += weight * choice.cost;
            for (sum, share) in shares.iter_mut().zip(choice.shares) {
                *sum += weight * share;
            }
        }
    }
    let mean = |sum: f64| (reached > 0.0).then(|| sum / reached);
    PairRow {
        hours: mean(sums[0]),
        usd_per_teu: mean(sums[1]),
        generalised_usd_per_teu: mean(sums[2]),
        shares: (reached > 0.0).then(|| shares.map(|s| s / reached)),
        reached: if total > 0.0 { reached / total } else { 0.0 },
        ..base.clone()
    }
}
