//! The tables of a world folder: which there are, which stage needs each, and their columns.
//! `datapackage.json` is generated from this, so the two cannot drift apart.

use crate::settings::Settings;
use serde_json::{Value, json};

/// A table.
pub struct TableSpec {
    /// File name without extension.
    pub stem: &'static str,
    pub title: &'static str,
    pub required: bool,
    pub must_have_rows: bool,
    /// The stage that cannot run without it.
    pub needed_by: &'static str,
    /// Columns that tell its rows apart.
    pub key: &'static [&'static str],
    /// Whether a cell of the key may be empty, so that it cannot be a primary key.
    pub key_may_be_empty: bool,
    pub columns: &'static [ColumnSpec],
}

/// A column: name, Frictionless type, meaning with unit.
pub struct ColumnSpec(pub &'static str, pub &'static str, pub &'static str);

macro_rules! table {
    ($stem:literal, $title:literal, $required:literal, $needed:literal, [$($key:literal),*],
     $columns:tt) => {
        table!($stem, $title, $required, $needed, [$($key),*], false, $columns)
    };
    ($stem:literal, $title:literal, $required:literal, $needed:literal, [$($key:literal),*],
     $empty:literal, [$(($name:literal, $kind:literal, $meaning:literal)),* $(,)?]) => {
        TableSpec {
            stem: $stem,
            title: $title,
            required: $required,
            must_have_rows: $required,
            needed_by: $needed,
            key: &[$($key),*],
            key_may_be_empty: $empty,
            columns: &[$(ColumnSpec($name, $kind, $meaning)),*],
        }
    };
}

/// All tables of a world folder.
pub const TABLES: &[TableSpec] = &[
    table!(
        "economies",
        "Economies",
        true,
        "every stage",
        ["iso3"],
        [
            ("iso3", "string", "ISO 3166-1 alpha-3 code"),
            ("name", "string", "name"),
            ("region", "string", "region"),
            ("gdp_musd", "number", "gross domestic product, million USD"),
            ("population", "number", "inhabitants"),
            (
                "border_export_hours",
                "number",
                "hours at the border, leaving"
            ),
            (
                "border_import_hours",
                "number",
                "hours at the border, entering"
            ),
            (
                "border_export_usd",
                "number",
                "fees at the border, leaving, USD per TEU"
            ),
            (
                "border_import_usd",
                "number",
                "fees at the border, entering, USD per TEU"
            ),
            (
                "in_input_output",
                "boolean",
                "false where the structure of production is imputed"
            ),
            (
                "remainder",
                "boolean",
                "true for the row that stands for the rest of the world"
            ),
        ]
    ),
    table!(
        "territories",
        "Territories",
        true,
        "journeys",
        ["iso3"],
        [
            ("iso3", "string", "ISO 3166-1 alpha-3 code"),
            ("name", "string", "name"),
            ("economy", "string", "the economy it belongs to"),
        ]
    ),
    table!(
        "sectors",
        "Sectors",
        true,
        "trade costs and the equilibrium",
        ["code"],
        [
            ("code", "string", "code"),
            ("name", "string", "name"),
            ("tradable", "boolean", "whether goods of the sector travel"),
            ("trade_elasticity", "number", "theta"),
            ("trade_elasticity_se", "number", "standard error of theta"),
            (
                "trade_elasticity_source",
                "string",
                "where theta comes from"
            ),
            (
                "time_value_percent_per_day",
                "number",
                "loss of value per day in transit, percent"
            ),
            (
                "time_value_low",
                "number",
                "low end of its range, percent per day"
            ),
            (
                "time_value_high",
                "number",
                "high end of its range, percent per day"
            ),
            ("usd_per_teu", "number", "value density, USD per TEU"),
            (
                "usd_per_teu_low",
                "number",
                "low end of its range, USD per TEU"
            ),
            (
                "usd_per_teu_high",
                "number",
                "high end of its range, USD per TEU"
            ),
            (
                "commodity_class",
                "string",
                "bulk, general or time-sensitive"
            ),
            ("note", "string", "what is an assumption"),
        ]
    ),
    table!(
        "elasticity_alternatives",
        "Other estimates of the trade elasticities",
        false,
        "sensitivity",
        ["sector", "source"],
        [
            ("sector", "string", "sector code"),
            ("source", "string", "source of the estimate"),
            ("trade_elasticity", "number", "theta"),
        ]
    ),
    table!(
        "trade",
        "Trade by sector, domestic sales included",
        true,
        "trade costs and the equilibrium",
        ["exporter", "importer", "sector"],
        [
            ("exporter", "string", "ISO code"),
            ("importer", "string", "ISO code"),
            ("sector", "string", "sector code"),
            ("value_musd", "number", "value net of tariff, million USD"),
            ("tariff_ad_valorem", "number", "tariff, 0.05 = 5 %"),
        ]
    ),
    table!(
        "trade_reported",
        "Bilateral trade as reported, untreated",
        false,
        "trade accounts",
        ["exporter", "importer"],
        [
            ("exporter", "string", "ISO code"),
            ("importer", "string", "ISO code"),
            ("value_musd", "number", "value, million USD"),
        ]
    ),
    table!(
        "trade_adjustments",
        "How trade departs from what is reported",
        false,
        "trade accounts",
        [],
        [
            ("kind", "string", "kind of treatment"),
            ("exporter", "string", "ISO code"),
            ("importer", "string", "ISO code"),
            ("from_musd", "number", "value before, million USD"),
            ("to_musd", "number", "value after, million USD"),
            ("note", "string", "why"),
        ]
    ),
    table!(
        "input_output",
        "Input shares",
        true,
        "the equilibrium",
        ["economy", "input_sector", "using_sector"],
        [
            ("economy", "string", "ISO code"),
            ("input_sector", "string", "sector code of the input"),
            ("using_sector", "string", "sector code of the user"),
            (
                "share",
                "number",
                "spending on the input per unit of gross output of the user, tariffs included"
            ),
        ]
    ),
    table!(
        "production",
        "Production",
        true,
        "the equilibrium",
        ["economy", "sector"],
        [
            ("economy", "string", "ISO code"),
            ("sector", "string", "sector code"),
            ("gross_output_musd", "number", "gross output, million USD"),
            ("value_added_musd", "number", "value added, million USD"),
            (
                "final_demand_musd",
                "number",
                "final demand, tariffs included, million USD"
            ),
        ]
    ),
    table!(
        "places",
        "Places",
        true,
        "journeys and trade costs",
        ["id"],
        [
            ("id", "string", "short name"),
            ("name", "string", "name"),
            ("aliases", "string", "other names, separated by |"),
            ("iso3", "string", "territory"),
            ("lon", "number", "degrees east"),
            ("lat", "number", "degrees north"),
            ("population", "number", "inhabitants"),
            (
                "weight_in_economy",
                "number",
                "share of the economy it stands for"
            ),
            ("road_node", "integer", "node where trucks reach it"),
        ]
    ),
    table!(
        "nodes",
        "Nodes of the networks",
        true,
        "journeys",
        ["node"],
        [
            ("node", "integer", "number"),
            ("mode", "string", "rail, road or sea"),
            ("iso3", "string", "territory; empty at sea"),
            ("lon", "number", "degrees east"),
            ("lat", "number", "degrees north"),
            ("gauge_mm", "integer", "track gauge, millimetres"),
        ]
    ),
    table!(
        "links",
        "Links of the networks, both ways",
        true,
        "journeys",
        ["link"],
        [
            ("link", "integer", "number"),
            ("from", "integer", "node"),
            ("to", "integer", "node"),
            ("mode", "string", "rail, road or sea"),
            ("class", "string", "class of modes.csv"),
            ("gauge_mm", "integer", "track gauge, millimetres"),
            ("km", "number", "length, kilometres"),
            (
                "hours_override",
                "number",
                "hours where known, instead of length by speed"
            ),
            ("passage", "string", "strait or canal"),
            ("status", "string", "open or closed"),
            (
                "shape",
                "string",
                "inner points, encoded polyline of precision 4"
            ),
        ]
    ),
    table!(
        "modes",
        "Speeds and freight rates",
        true,
        "journeys",
        ["mode", "class"],
        [
            ("mode", "string", "rail, road, sea or air"),
            ("class", "string", "class of links"),
            ("kmh", "number", "speed, kilometres per hour"),
            (
                "usd_per_teu_km",
                "number",
                "freight rate, USD per TEU-kilometre"
            ),
            ("fixed_hours", "number", "hours per link"),
            ("fixed_usd_per_teu", "number", "USD per TEU and link"),
            ("usd_low", "number", "low end of the freight rate"),
            ("usd_high", "number", "high end of the freight rate"),
            ("kmh_low", "number", "low end of the speed"),
            ("kmh_high", "number", "high end of the speed"),
            ("source", "string", "source, or assumption"),
        ]
    ),
    table!(
        "terminals",
        "Terminals",
        true,
        "journeys",
        ["id"],
        [
            ("id", "string", "short name"),
            ("kind", "string", "rail, port or airport"),
            ("name", "string", "name"),
            ("code", "string", "UN/LOCODE or IATA code"),
            ("iso3", "string", "territory"),
            ("lon", "number", "degrees east"),
            ("lat", "number", "degrees north"),
            ("road_node", "integer", "node where trucks reach it"),
            ("node", "integer", "node of its own network"),
            ("access_km", "number", "truck kilometres between the two"),
            ("hours", "number", "dwell and handling per passage, hours"),
            ("usd_per_teu", "number", "handling per passage, USD per TEU"),
            ("source", "string", "source, or assumption"),
        ]
    ),
    table!(
        "borders",
        "Border crossings by direction and mode",
        true,
        "journeys",
        ["iso3_from", "iso3_to", "mode"],
        [
            ("iso3_from", "string", "territory left"),
            ("iso3_to", "string", "territory entered"),
            ("mode", "string", "road, rail, sea or air"),
            ("hours", "number", "hours at the border"),
            ("usd_per_teu", "number", "fees, USD per TEU"),
            ("open", "boolean", "whether goods may cross"),
            ("source", "string", "source, or assumption"),
        ]
    ),
    table!(
        "blocs",
        "Blocs and their members",
        true,
        "the appraisal of a bloc",
        ["bloc", "iso3", "from"],
        true,
        [
            ("bloc", "string", "bloc"),
            ("iso3", "string", "economy"),
            ("tier", "string", "member, observer, dialogue partner, …"),
            ("from", "string", "since"),
            ("until", "string", "until"),
            ("source", "string", "source"),
        ]
    ),
    table!(
        "heritage",
        "Heritage sites",
        false,
        "maps",
        ["id"],
        [
            ("id", "string", "number"),
            ("name", "string", "name"),
            ("iso3", "string", "territory"),
            ("lon", "number", "degrees east"),
            ("lat", "number", "degrees north"),
            ("inscribed", "integer", "year"),
            ("source", "string", "source"),
        ]
    ),
];

/// The Frictionless Data Package v2 descriptor of a world; `files` are the table files present.
pub fn datapackage(settings: &Settings, files: &[String]) -> Value {
    let resources: Vec<Value> = TABLES
        .iter()
        .filter_map(|spec| {
            let file = files.iter().find(|f| {
                f.strip_prefix(spec.stem)
                    .is_some_and(|rest| rest == ".csv" || rest == ".parquet")
            })?;
            let fields: Vec<Value> = spec
                .columns
                .iter()
                .map(|ColumnSpec(name, kind, meaning)| {
                    json!({ "name": name, "type": kind, "description": meaning })
                })
                .collect();
            let mut schema = json!({ "fields": fields, "missingValues": [""] });
            if spec.key_may_be_empty {
                schema["uniqueKeys"] = json!([spec.key]);
            } else if !spec.key.is_empty() {
                schema["primaryKey"] = json!(spec.key);
            }
            let parquet = file.ends_with(".parquet");
            let mut resource = json!({
                "name": spec.stem.replace('_', "-"),
                "title": spec.title,
                "type": "table",
                "path": file,
                "format": if parquet { "parquet" } else { "csv" },
                "mediatype": if parquet { "application/vnd.apache.parquet" } else { "text/csv" },
                "schema": schema,
            });
            if !parquet {
                resource["encoding"] = json!("utf-8");
            }
            if let Some(source) = settings.sources.get(spec.stem) {
                resource["sources"] = json!([{ "title": source.title }]);
                let mut licence = json!({ "name": source.licence });
                if let Some(url) = &source.licence_url {
                    licence["path"] = json!(url);
                }
                resource["licenses"] = json!([licence]);
            }
            Some(resource)
        })
        .collect();
    json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": settings.name,
        "title": settings.title,
        "version": settings.version,
        "resources": resources,
    })
}
