//! The numbers that a result rests on, with their ranges and sources.

use crate::outcome::Assumption;
use comity_world::settings::ModeChoice;
use comity_world::{CommodityClass, EstimatedKind, EstimatedParameter, World};

pub(crate) fn list(world: &World, values_of_time: [f64; 3]) -> Vec<Assumption> {
    let mut list = Vec::new();
    let mut add = |what: String, value: String, range: String, source: &str| {
        list.push(Assumption {
            what,
            value,
            range,
            source: source.to_owned(),
        });
    };
    let journeys = &world.settings.journeys;
    let form = match journeys.mode_choice {
        ModeChoice::Log => "logit in the log of generalised cost, sigma",
        ModeChoice::Level => "logit in generalised cost, mu per USD",
    };
    add(
        format!("Choice between modes: {form}"),
        format!("{}", journeys.mode_choice_parameter),
        format!(
            "{} – {}",
            journeys.mode_choice_range.0, journeys.mode_choice_range.1
        ),
        "assumption",
    );
    for (class, value) in CommodityClass::ALL.into_iter().zip(values_of_time) {
        add(
            format!("Value of time, {} cargo", class.label()),
            format!("{value:.2} USD per TEU-hour"),
            String::new(),
            "computed from the sectors' value density and loss of value per day",
        );
    }
    for sector in &world.sectors {
        add(
            format!("Trade elasticity, {}", sector.name),
            format!("{:.2}", sector.trade_elasticity),
            format!("standard error {:.2}", sector.trade_elasticity_se),
            &sector.trade_elasticity_source,
        );
        if let Some(freight) = &sector.freight {
            add(
                format!("Value density, {}", sector.name),
                format!("{:.0} USD per TEU", freight.usd_per_teu),
                format!(
                    "{:.0} – {:.0}",
                    freight.usd_per_teu_range.0, freight.usd_per_teu_range.1
                ),
                "see the note in sectors.csv",
            );
            let estimated = world.estimates.estimates.iter().find_map(|e| {
                let day = |p: &&EstimatedParameter| {
                    p.parameter == EstimatedKind::DayEffect && p.sectors.contains(&sector.code)
                };
                let p = e.parameters.iter().find(day)?;
                Some(format!("estimate over θ: {}, {}", p.coefficient, e.source))
            });
            if let Some(source) = estimated {
                add(
                    format!("Loss of value in transit, {}", sector.name),
                    format!("{:.3} % a day", freight.time_value_percent_per_day),
                    String::new(),
                    &source,
                );
                continue;
            }
            add(
                format!("Loss of value in transit, {}", sector.name),
                format!("{} % a day", freight.time_value_percent_per_day),
                format!(
                    "{} – {}",
                    freight.time_value_range.0, freight.time_value_range.1
                ),
                "see the note in sectors.csv",
            );
        }
    }
    for class in &world.network.classes {
        let mut value = format!(
            "{} km/h, {} USD per TEU-km",
            class.kmh, class.usd_per_teu_km
        );
        if class.fixed_hours > 0.0 || class.fixed_usd_per_teu > 0.0 {
            value = format!(
                "{} h and {} USD per TEU each",
                class.fixed_hours, class.fixed_usd_per_teu
            );
        }
        add(
            format!("{} links, {}", class.mode.label(), class.class),
            value,
            format!(
                "{} – {} km/h, {} – {} USD",
                class.kmh_range.0, class.kmh_range.1, class.usd_range.0, class.usd_range.1
            ),
            &class.source,
        );
    }
    list
}
