//! Which cities become places, and what they are called.

use super::assumptions::*;
use super::geo::{Point, haversine, plain, slug};
use super::read::Raw;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone)]
pub struct Place {
    pub id: String,
    pub name: String,
    pub aliases: String,
    pub iso3: String,
    pub at: Point,
    pub population: f64,
    pub weight: f64,
    /// Filled when the road graph is known.
    pub road_node: Option<i32>,
}

#[derive(Serialize)]
pub struct PlaceRow<'a> {
    id: &'a str,
    name: &'a str,
    aliases: &'a str,
    iso3: &'a str,
    lon: f64,
    lat: f64,
    population: u64,
    weight_in_economy: f64,
    road_node: Option<i32>,
}

impl Place {
    pub fn row(&self) -> PlaceRow<'_> {
        PlaceRow {
            id: &self.id,
            name: &self.name,
            aliases: &self.aliases,
            iso3: &self.iso3,
            lon: (self.at[0] * 1e4).round() / 1e4,
            lat: (self.at[1] * 1e4).round() / 1e4,
            population: self.population as u64,
            weight_in_economy: self.weight,
            road_node: self.road_node,
        }
    }
}

/// A city of the source with its common name.
pub struct Candidate {
    pub place: Place,
}

/// All cities of the source as candidates, largest first, and how many had population 0.
pub fn candidates(raw: &Raw) -> (Vec<Candidate>, usize) {
    let mut unknown = 0;
    let mut out: Vec<Candidate> = Vec::new();
    for city in &raw.cities {
        let Some(iso3) = raw.iso3_of_iso2.get(&city.countrycode) else {
            continue;
        };
        let known = COMMON_NAMES
            .iter()
            .find(|(c, source, _, _)| c == iso3 && *source == city.name);
        let (name, aliases) = match known {
            Some((_, _, name, aliases)) => ((*name).to_string(), (*aliases).to_string()),
            None => {
                let name = plain(&city.name);
                let alias = if name == city.name {
                    String::new()
                } else {
                    city.name.clone()
                };
                (name, alias)
            }
        };
        let aliases = aliases
            .split('|')
            .filter(|a| !a.is_empty() && *a != name)
            .collect::<Vec<_>>()
            .join("|");
        let population = if city.population > 0.0 {
            city.population
        } else {
            unknown += 1;
            UNKNOWN_POPULATION
        };
        out.push(Candidate {
            place: Place {
                id: String::new(),
                name,
                aliases,
                iso3: iso3.clone(),
                at: [city.longitude, city.latitude],
                population,
                weight: 0.0,
                road_node: None,
            },
        });
    }
    for (iso3, name, aliases, lon, lat, population) in ADDED_PLACES {
        out.push(Candidate {
            place: Place {
                id: String::new(),
                name: (*name).into(),
                aliases: (*aliases).into(),
                iso3: (*iso3).into(),
                at: [*lon, *lat],
                population: *population,
                weight: 0.0,
                road_node: None,
            },
        });
    }
    out.sort_by(|a, b| {
        let key = |c: &Candidate| {
            (
                -c.place.population,
                c.place.iso3.clone(),
                c.place.name.clone(),
            )
        };
        let (x, y) = (key(a), key(b));
        x.0.total_cmp(&y.0).then((x.1, x.2).cmp(&(y.1, y.2)))
    });
    (out, unknown)
}

/// Suburbs of a larger place within this distance are not places of their own.
fn spacing_km(iso3: &str, xinjiang: bool) -> f64 {
    if CENTRAL_ASIA.contains(&iso3) {
        12.0
    } else if iso3 == "CHN" && !xinjiang {
        40.0
    } else {
        25.0
    }
}

fn in_xinjiang(place: &Place) -> bool {
    place.iso3 == "CHN" && place.at[0] < 96.0 && place.at[1] > 35.5
}

struct Chooser<'a> {
    candidates: &'a [Candidate],
    chosen: BTreeSet<usize>,
    suburbs: usize,
    counts: BTreeMap<&'static str, usize>,
}

impl Chooser<'_> {
    fn take(&mut self, index: usize, reason: &'static str) {
        if self.chosen.insert(index) {
            *self.counts.entry(reason).or_default() += 1;
        }
    }

    /// Take the candidate unless a chosen place of its territory is too near.
    fn take_if_apart(&mut self, index: usize, reason: &'static str) {
        if self.chosen.contains(&index) {
            return;
        }
        let place = &self.candidates[index].place;
        let spacing = spacing_km(&place.iso3, in_xinjiang(place));
        let crowded = self.chosen.iter().any(|&other| {
            let other = &self.candidates[other].place;
            // A metropolis is no suburb of the small seat of government beside it.
            other.iso3 == place.iso3
                && other.population > 0.4 * place.population
                && haversine(other.at, place.at) < spacing
        });
        if crowded {
            self.suburbs += 1;
        } else {
            self.take(index, reason);
        }
    }
}

/// Choose about `PLACES` places; the report says how many by which rule.
pub fn choose(raw: &Raw, candidates: &[Candidate], unknown: usize) -> (Vec<Place>, Value) {
    let mut chooser = Chooser {
        candidates,
        chosen: BTreeSet::new(),
        suburbs: 0,
        counts: BTreeMap::new(),
    };
    let mut by_territory: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, c) in candidates.iter().enumerate() {
        by_territory.entry(&c.place.iso3).or_default().push(i);
    }
    let mut fallback = Vec::new();
    for (iso3, list) in &by_territory {
        let wanted = CAPITAL_NAMES
            .iter()
            .find(|(c, _)| c == iso3)
            .map(|(_, name)| *name)
            .or_else(|| {
                let code = raw.countries.iter().find(|c| c.iso3 == *iso3);
                code.map(|c| c.capital.as_str())
            })
            .unwrap_or("");
        let capital = list
            .iter()
            .find(|&&i| slug(&candidates[i].place.name) == slug(wanted));
        // A territory that is no economy of its own needs no place if it is small.
        let largest = candidates[list[0]].place.population;
        if !raw.economies.contains(*iso3) && largest < 15_000.0 {
            continue;
        }
        match capital {
            Some(&i) => chooser.take(i, "capitals"),
            None => {
                fallback.push((*iso3).to_string());
                chooser.take(list[0], "largest_city_where_the_capital_is_not_listed");
            }
        }
    }
    let mut not_found = Vec::new();
    for (iso3, name) in WANTED_PLACES {
        let list = by_territory.get(iso3).map_or(&[][..], Vec::as_slice);
        match list.iter().find(|&&i| candidates[i].place.name == *name) {
            Some(&i) => chooser.take(i, "named"),
            None => not_found.push(format!("{name} {iso3}")),
        }
    }
    for (i, c) in candidates.iter().enumerate() {
        let p = &c.place;
        if ADDED_PLACES.iter().any(|a| a.0 == p.iso3 && a.1 == p.name) {
            chooser.take(i, "added_border_towns");
        }
        if p.iso3 == "CHN" && CHINA_PROVINCE_SEATS.contains(&p.name.as_str()) && p.population > 1e5
        {
            // Fuzhou and Suzhou occur twice; the larger one comes first in the list.
            let first = by_territory["CHN"]
                .iter()
                .find(|&&j| candidates[j].place.name == p.name);
            if first == Some(&i) {
                chooser.take(i, "seats_of_chinese_provinces");
            }
        }
    }
    for (i, c) in candidates.iter().enumerate() {
        if c.place.population >= 1e6 {
            chooser.take_if_apart(i, "one_million_and_more");
        }
    }
    for (i, c) in candidates.iter().enumerate() {
        let p = &c.place;
        if p.population >= 1e5 && (CENTRAL_ASIA.contains(&p.iso3.as_str()) || in_xinjiang(p)) {
            chooser.take_if_apart(i, "central_asia_and_xinjiang_above_100000");
        }
    }
    for (iso3, list) in &by_territory {
        let eurasia = matches!(raw.region(iso3), "Asia" | "Europe");
        if raw.economies.contains(*iso3) {
            for &i in list.iter().take(if eurasia { 5 } else { 2 }) {
                if candidates[i].place.population >= 50_000.0 {
                    chooser.take_if_apart(i, "largest_of_each_economy");
                }
            }
        }
    }
    for (i, c) in candidates.iter().enumerate() {
        if chooser.chosen.len() >= PLACES || c.place.population < 300_000.0 {
            break;
        }
        if SCO_RELATED.contains(&c.place.iso3.as_str()) {
            chooser.take_if_apart(i, "large_cities_of_the_sco_family");
        }
    }
    for (i, c) in candidates.iter().enumerate() {
        if chooser.chosen.len() >= PLACES || c.place.population < 500_000.0 {
            break;
        }
        chooser.take_if_apart(i, "other_cities_above_500000");
    }
    let mut places: Vec<Place> = chooser
        .chosen
        .iter()
        .map(|&i| candidates[i].place.clone())
        .collect();
    name_and_weigh(raw, &mut places);
    let report = json!({
        "cities_in_source": raw.cities.len(),
        "population_0_replaced_by_15000": unknown,
        "chosen": places.len(),
        "chosen_by_rule": chooser.counts,
        "suburbs_passed_over": chooser.suburbs,
        "capital_not_listed_largest_city_taken": fallback,
        "wanted_but_not_in_source": not_found,
        "economies_without_place": raw
            .economies
            .iter()
            .filter(|e| !places.iter().any(|p| &p.iso3 == *e))
            .collect::<Vec<_>>(),
    });
    (places, report)
}

/// Ids (name and territory; a number where two places share both), weights within the economy.
fn name_and_weigh(raw: &Raw, places: &mut [Place]) {
    places.sort_by(|a, b| {
        (&a.iso3, &a.name)
            .cmp(&(&b.iso3, &b.name))
            .then(b.population.total_cmp(&a.population))
    });
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut totals: BTreeMap<String, f64> = BTreeMap::new();
    let economy = |iso3: &str| {
        if raw.economies.contains(iso3) {
            iso3.to_string()
        } else {
            "ROW".to_string()
        }
    };
    for place in places.iter_mut() {
        let base = format!("{}-{}", slug(&place.name), place.iso3.to_lowercase());
        let n = seen.entry(base.clone()).or_default();
        *n += 1;
        place.id = if *n == 1 { base } else { format!("{base}-{n}") };
        *totals.entry(economy(&place.iso3)).or_default() += place.population;
    }
    for place in places.iter_mut() {
        place.weight = place.population / totals[&economy(&place.iso3)];
    }
}
