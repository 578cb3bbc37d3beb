//! Lengths and hours that do not fit where a link runs.

use super::{Length, ModeAudit, Speed, Thresholds, link_at};
use crate::transport::great_circle_km;
use crate::{LinkId, Mode, World};

/// A measured length may be below the distance on the sphere by this share: the Earth is flattened
/// by 1/298, and a geodesic differs from the arc on the mean sphere by up to 0.56 %.
pub const SHORT_SHARE: f64 = 0.006;
/// And by this much more, for coordinates and lengths written with few decimals.
pub const SHORT_KM: f64 = 0.05;
/// A length within this share of the great circle was computed from it. Coordinates are often
/// written with four decimals (11 m), which on [`STRAIGHT_FROM_KM`] is 2 parts in a thousand, but
/// whoever computes a length does so from the coordinates as written.
const STRAIGHT_SHARE: f64 = 1e-5;
/// Lengths are often written in metres.
const STRAIGHT_KM: f64 = 0.0005;
/// Short links are straight more often than not.
const STRAIGHT_FROM_KM: f64 = 5.0;

pub(super) fn add(world: &World, links: &[LinkId], thresholds: &Thresholds, found: &mut ModeAudit) {
    let on_land = matches!(found.mode, Mode::Rail | Mode::Road);
    for id in links {
        let link = &world.network.links[id.index()];
        let class = &world.network.classes[link.class.index()];
        let (a, b) = (
            &world.network.nodes[link.from.index()],
            &world.network.nodes[link.to.index()],
        );
        let direct = great_circle_km(a.lon, a.lat, b.lon, b.lat);
        let length = || Length {
            link: link_at(world, *id),
            great_circle_km: direct,
        };
        // A change of gauge, a ferry ramp: paid by the passage, not by the kilometre.
        let passage = class.fixed_hours > 0.0 || class.fixed_usd_per_teu > 0.0;
        if link.km < direct * (1.0 - SHORT_SHARE) - SHORT_KM {
            found.too_short.push(length());
        } else if link.km == 0.0 && !passage {
            found.zero_length.push(link_at(world, *id));
        } else if on_land
            && direct >= STRAIGHT_FROM_KM
            && (link.km - direct).abs() <= STRAIGHT_SHARE * direct + STRAIGHT_KM
        {
            found.straight.push(length());
        }
        if on_land && link.km > thresholds.long_km {
            found.long.push(link_at(world, *id));
        }
        if let Some(hours) = link.hours_override {
            let (low, high) = class.kmh_range;
            let kmh = link.km / hours;
            // A passage takes its own time whatever its length.
            if !passage && !(low..=high).contains(&kmh) && (hours > 0.0 || link.km > 0.0) {
                found.speeds.push(Speed {
                    link: link_at(world, *id),
                    hours,
                    kmh: kmh.is_finite().then_some(kmh),
                    kmh_range: (low, high),
                });
            }
        }
    }
    let missing = |l: &Length| l.great_circle_km - l.link.km;
    found.long.sort_by(|a, b| b.km.total_cmp(&a.km));
    found
        .too_short
        .sort_by(|a, b| missing(b).total_cmp(&missing(a)));
    found
        .straight
        .sort_by(|a, b| b.link.km.total_cmp(&a.link.km));
    // Farthest outside the range first, in proportion.
    let beyond = |s: &Speed| match s.kmh {
        None => f64::INFINITY,
        Some(kmh) => (s.kmh_range.0 / kmh).max(kmh / s.kmh_range.1),
    };
    found.speeds.sort_by(|a, b| beyond(b).total_cmp(&beyond(a)));
}
