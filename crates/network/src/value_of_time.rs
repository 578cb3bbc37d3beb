//! What an hour is worth to a container of each commodity class.

use comity_world::{CommodityClass, Sector, Trade, World};

/// Value of time by commodity class, USD per TEU-hour, in the order of [`CommodityClass::ALL`].
///
/// A sector loses `time_value` percent of its value a day, so one of its containers loses
/// value density × percent ÷ 2400 an hour. A class is the mean over its sectors' containers in
/// international trade: Σ value × percent ÷ Σ containers ÷ 2400. A class without trade takes the
/// plain mean of its sectors, one without sectors is 0.
pub fn values_of_time(world: &World) -> [f64; 3] {
    values_of_time_for(&world.sectors, &world.trade)
}

/// The same for sectors with other numbers than the world's.
pub fn values_of_time_for(sectors: &[Sector], trade: &Trade) -> [f64; 3] {
    let economies = trade.economies;
    CommodityClass::ALL.map(|class| {
        let (mut lost, mut containers, mut plain, mut count) = (0.0, 0.0, 0.0, 0.0);
        for (j, sector) in sectors.iter().enumerate() {
            let Some(freight) = sector.freight.as_ref().filter(|f| f.class == class) else {
                continue;
            };
            let block = &trade.value_musd[j * economies * economies..][..economies * economies];
            let value: f64 = block
                .iter()
                .enumerate()
                .filter(|(at, _)| at / economies != at % economies)
                .map(|(_, v)| v)
                .sum();
            lost += value * freight.time_value_percent_per_day / 2400.0;
            containers += value / freight.usd_per_teu;
            plain += freight.usd_per_teu * freight.time_value_percent_per_day / 2400.0;
            count += 1.0;
        }
        if containers > 0.0 {
            lost / containers
        } else if count > 0.0 {
            plain / count
        } else {
            0.0
        }
    })
}
