//! A world folder: the base's tables as they are, but for those that the network is in.

use crate::ImportError;
use arrow_array::{ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray};
use comity_world::settings::TableSource;
use comity_world::{Mode, NodeId, Source, World, schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::sync::Arc;

/// Say in the world's settings where the network of a mode comes from.
pub(crate) fn credit(world: &mut World, mode: Mode, title: &str, licence: &str) {
    for table in ["nodes", "links"] {
        let credit = format!("{}: {title} ({licence})", mode.label());
        let sources = &mut world.settings.sources;
        match sources.get_mut(table) {
            Some(source) => {
                source.title = format!("{credit}; other modes: {}", source.title);
                source.licence = format!(
                    "{}: {licence}; other modes: {}",
                    mode.label(),
                    source.licence
                );
            }
            None => {
                let source = TableSource {
                    title: credit,
                    licence: licence.to_owned(),
                    licence_url: None,
                };
                sources.insert(table.to_owned(), source);
            }
        }
    }
}

/// Every file of the folder, with its contents.
pub(crate) fn files(world: &World, base: &Source) -> Result<Vec<(String, Vec<u8>)>, ImportError> {
    let settings = toml::to_string(&world.settings).map_err(|e| ImportError::Encode {
        table: "world.toml",
        message: e.to_string(),
    })?;
    let mut files = vec![("world.toml".to_owned(), settings.into_bytes())];
    for spec in schema::TABLES {
        let own = match spec.stem {
            "nodes" => Some(("nodes.parquet", nodes(world)?)),
            "links" => Some(("links.parquet", links(world)?)),
            "places" => Some(("places.csv", places(world)?)),
            "terminals" => Some(("terminals.csv", terminals(world)?)),
            _ => None,
        };
        if let Some((file, bytes)) = own {
            files.push((file.to_owned(), bytes));
            continue;
        }
        for extension in ["csv", "parquet"] {
            let file = format!("{}.{extension}", spec.stem);
            if let Some(bytes) = base.read(&file)? {
                files.push((file, bytes.to_vec()));
            }
        }
    }
    for file in ["outlines.geojson", comity_world::estimates::FILE] {
        if let Some(bytes) = base.read(file)? {
            files.push((file.to_owned(), bytes.to_vec()));
        }
    }
    let names: Vec<String> = files.iter().map(|f| f.0.clone()).collect();
    let package = schema::datapackage(&world.settings, &names);
    let text = serde_json::to_string_pretty(&package).map_err(|e| ImportError::Encode {
        table: "datapackage.json",
        message: e.to_string(),
    })?;
    files.push(("datapackage.json".to_owned(), (text + "\n").into_bytes()));
    Ok(files)
}

fn numbers(items: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(items.collect::<Float64Array>())
}

fn whole(items: impl Iterator<Item = Option<i32>>) -> ArrayRef {
    Arc::new(items.collect::<Int32Array>())
}

fn texts<'a>(items: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(items.collect::<StringArray>())
}

fn parquet(
    table: &'static str,
    columns: Vec<(&'static str, ArrayRef, bool)>,
) -> Result<Vec<u8>, ImportError> {
    let failed = |message: String| ImportError::Encode { table, message };
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns).map_err(|e| failed(e.to_string()))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties))
        .map_err(|e| failed(e.to_string()))?;
    writer.write(&batch).map_err(|e| failed(e.to_string()))?;
    writer.close().map_err(|e| failed(e.to_string()))?;
    Ok(bytes)
}

fn nodes(world: &World) -> Result<Vec<u8>, ImportError> {
    let nodes = &world.network.nodes;
    let iso3 = |n: &comity_world::Node| Some(world.territories[n.territory?.index()].iso3.as_str());
    parquet(
        "nodes",
        vec![
            (
                "node",
                whole((0..nodes.len()).map(|n| Some(n as i32))),
                false,
            ),
            (
                "mode",
                texts(nodes.iter().map(|n| Some(n.mode.label()))),
                false,
            ),
            ("iso3", texts(nodes.iter().map(iso3)), true),
            ("lon", numbers(nodes.iter().map(|n| Some(n.lon))), false),
            ("lat", numbers(nodes.iter().map(|n| Some(n.lat))), false),
            (
                "gauge_mm",
                whole(nodes.iter().map(|n| n.gauge_mm.map(i32::from))),
                true,
            ),
        ],
    )
}

fn links(world: &World) -> Result<Vec<u8>, ImportError> {
    let network = &world.network;
    let links = &network.links;
    let number = |node: NodeId| Some(node.index() as i32);
    let class = |l: &comity_world::Link| &network.classes[l.class.index()];
    // A change of gauge has none of its own.
    let gauge = |l: &comity_world::Link| {
        let of = |node: NodeId| network.nodes[node.index()].gauge_mm;
        let (a, b) = (of(l.from)?, of(l.to)?);
        (a == b && class(l).class != "gauge-change").then_some(i32::from(a))
    };
    let status = |l: &comity_world::Link| Some(if l.open { "open" } else { "closed" });
    parquet(
        "links",
        vec![
            (
                "link",
                whole((0..links.len()).map(|n| Some(n as i32))),
                false,
            ),
            ("from", whole(links.iter().map(|l| number(l.from))), false),
            ("to", whole(links.iter().map(|l| number(l.to))), false),
            (
                "mode",
                texts(links.iter().map(|l| Some(class(l).mode.label()))),
                false,
            ),
            (
                "class",
                texts(links.iter().map(|l| Some(class(l).class.as_str()))),
                false,
            ),
            ("gauge_mm", whole(links.iter().map(gauge)), true),
            ("km", numbers(links.iter().map(|l| Some(l.km))), false),
            (
                "hours_override",
                numbers(links.iter().map(|l| l.hours_override)),
                true,
            ),
            (
                "passage",
                texts(links.iter().map(|l| l.passage.as_deref())),
                true,
            ),
            ("status", texts(links.iter().map(status)), false),
            (
                "shape",
                texts(links.iter().map(|l| Some(l.shape.as_str()))),
                false,
            ),
        ],
    )
}

fn csv<const N: usize>(
    table: &'static str,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<Vec<u8>, ImportError> {
    let failed = |message: String| ImportError::Encode { table, message };
    let mut writer = csv::Writer::from_writer(vec![]);
    writer
        .write_record(header)
        .map_err(|e| failed(e.to_string()))?;
    for row in rows {
        writer
            .write_record(row)
            .map_err(|e| failed(e.to_string()))?;
    }
    writer.into_inner().map_err(|e| failed(e.to_string()))
}

fn node(node: Option<NodeId>) -> String {
    node.map_or(String::new(), |n| n.index().to_string())
}

fn places(world: &World) -> Result<Vec<u8>, ImportError> {
    let header = [
        "id",
        "name",
        "aliases",
        "iso3",
        "lon",
        "lat",
        "population",
        "weight_in_economy",
        "road_node",
    ];
    let rows = world.places.iter().map(|p| {
        [
            p.id.clone(),
            p.name.clone(),
            p.aliases.join("|"),
            world.territories[p.territory.index()].iso3.clone(),
            p.lon.to_string(),
            p.lat.to_string(),
            p.population.to_string(),
            p.weight.to_string(),
            node(p.road_node),
        ]
    });
    csv("places", header, rows)
}

fn terminals(world: &World) -> Result<Vec<u8>, ImportError> {
    let header = [
        "id",
        "kind",
        "name",
        "code",
        "iso3",
        "lon",
        "lat",
        "road_node",
        "node",
        "access_km",
        "hours",
        "usd_per_teu",
        "source",
    ];
    let rows = world.network.terminals.iter().map(|t| {
        [
            t.id.clone(),
            t.kind.label().to_owned(),
            t.name.clone(),
            t.code.clone(),
            world.territories[t.territory.index()].iso3.clone(),
            t.lon.to_string(),
            t.lat.to_string(),
            node(t.road_node),
            node(t.node),
            t.access_km.to_string(),
            t.hours.to_string(),
            t.usd_per_teu.to_string(),
            t.source.clone(),
        ]
    });
    csv("terminals", header, rows)
}
