//! The matrices hold what `times` finds journey by journey.

use comity_appraisal::{Silent, SkimRequest, SkimRow, TimesRequest, skim, times};
use comity_world::{CommodityClass, Mode, PlaceId, Source, World};
use std::convert::Infallible;
use std::path::PathBuf;

fn tiny() -> World {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference/tiny_world");
    World::load(&Source::Folder(folder)).expect("the tiny world is valid")
}

const FASTER: &str = r#"
name = "A faster border"
world = "tiny"

[[modification]]
type = "border"
mode = "road"
from = "XAA"
to = "XBB"
hours_factor = 0.5
"#;

fn all_rows(request: &SkimRequest) -> Vec<(CommodityClass, PlaceId, SkimRow)> {
    let mut rows = vec![];
    let summary = skim(request, &Silent, |block| {
        rows.extend(
            block
                .rows
                .iter()
                .map(|r| (block.class, block.from, r.clone())),
        );
        Ok::<(), Infallible>(())
    });
    assert_eq!(summary.unwrap().rows as usize, rows.len());
    rows
}

#[test]
fn every_cell_is_a_journey() {
    let world = tiny();
    let (_, scenario) = comity_scenario::check("faster.toml", FASTER, &world).unwrap();
    let changed = scenario.apply(&world);
    let places: Vec<PlaceId> = (0..world.places.len()).map(PlaceId::from_index).collect();
    let request = SkimRequest {
        world: &world,
        state: &changed,
        classes: &CommodityClass::ALL,
        modes: &Mode::ALL,
        from: &places,
        to: &places,
    };
    let rows = all_rows(&request);
    assert_eq!(rows.len(), places.len() * places.len() * 4 * 3);
    let mut reached = 0;
    // The pairs of the first place and the last, in all classes.
    for (class, from, row) in rows.iter().filter(|r| r.1.index() % 3 == 0) {
        let found = times(
            &TimesRequest {
                world: &world,
                changed: Some(&changed),
                from: *from,
                to: row.to,
                modes: &[row.mode],
                class: *class,
                alternatives: 0,
            },
            &Silent,
        );
        let journey = &found.journeys[0].after;
        assert_eq!(row.hours.is_some(), journey.is_some());
        assert_eq!(row.composite_usd_per_teu, found.composite_after);
        let share = found.mode_shares_after.get(row.mode.label()).copied();
        assert_eq!(row.share.unwrap_or(0.0), share.unwrap_or(0.0));
        if let Some(journey) = journey {
            reached += 1;
            // A journey adds up leg by leg what the matrix adds up by network.
            let close = |a: Option<f64>, b: f64| (a.unwrap() - b).abs() <= 1e-9 * b.max(1.0);
            assert!(close(row.hours, journey.hours));
            assert!(close(row.usd_per_teu, journey.usd_per_teu));
            assert!(close(row.km, journey.km));
            assert!(close(
                row.generalised_usd_per_teu,
                journey.generalised_usd_per_teu
            ));
        }
    }
    assert!(reached > 50);
    // The scenario shows.
    let request = SkimRequest {
        state: &world,
        ..request
    };
    assert_ne!(all_rows(&request), rows);
}

#[test]
fn shares_add_to_one_and_what_is_unreachable_is_counted() {
    let mut world = tiny();
    // Without the sea and air, Gammaport is an island.
    world.network.terminals.retain(|t| t.id.starts_with("rail"));
    let places: Vec<PlaceId> = (0..world.places.len()).map(PlaceId::from_index).collect();
    let request = SkimRequest {
        world: &world,
        state: &world,
        classes: &[CommodityClass::General],
        modes: &Mode::ALL,
        from: &places,
        to: &places,
    };
    let rows = all_rows(&request);
    for pair in rows.chunks(4) {
        let shares: f64 = pair.iter().filter_map(|r| r.2.share).sum();
        match pair[0].2.composite_usd_per_teu {
            Some(composite) => {
                assert!((shares - 1.0).abs() < 1e-12);
                let costs = pair.iter().filter_map(|r| r.2.generalised_usd_per_teu);
                assert!(costs.fold(f64::INFINITY, f64::min) >= composite * (1.0 - 1e-12));
            }
            None => assert!(pair.iter().all(|r| {
                let row = &r.2;
                row.hours.is_none() && row.share.is_none() && row.km.is_none()
            })),
        }
    }
    let summary = skim(&request, &Silent, |_| Ok::<(), Infallible>(())).unwrap();
    // To and from Gammaport.
    assert_eq!(summary.unreachable_by_all["general"], 12);
    assert_eq!(summary.unreachable["general"]["sea"], 42);
    assert_eq!(summary.unreachable["general"]["road"], 12);
}

#[test]
fn the_first_error_stops_the_work() {
    let world = tiny();
    let places: Vec<PlaceId> = (0..world.places.len()).map(PlaceId::from_index).collect();
    let request = SkimRequest {
        world: &world,
        state: &world,
        classes: &CommodityClass::ALL,
        modes: &[Mode::Road],
        from: &places,
        to: &places[..2],
    };
    let mut blocks = 0;
    let result = skim(&request, &Silent, |block| {
        assert_eq!(block.rows.len(), 2);
        blocks += 1;
        if blocks == 3 { Err("full") } else { Ok(()) }
    });
    assert_eq!((result, blocks), (Err("full"), 3));
}
