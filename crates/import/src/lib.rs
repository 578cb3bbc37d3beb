//! Other people's networks in a world folder.
//!
//! A network is read from GMNS tables ([`gmns`]) or GeoJSON lines ([`geojson`]), brought into the
//! terms of a base world (classes, gauges, territories) and put in the place of the base's network
//! of that mode; places and terminals are attached anew ([`attach`]). Every mistake of the input
//! is reported at once; every row dropped, repaired or filled is counted with its reason.

mod attach;
mod build;
mod classes;
mod directions;
pub mod geojson;
pub mod gmns;
mod outlines;
mod raw;
mod report;
mod snap;
mod territories;
mod wkt;
mod write;

pub use raw::{FieldMap, Mapping};
pub use report::{Report, Unattached};

use comity_world::{Mode, Problem, Source, World, WorldError, problem};
use raw::Intake;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A folder with node.csv and link.csv of the General Modeling Network Specification.
    Gmns,
    /// A file of LineString features (RFC 7946).
    GeoJson,
}

/// How the territory of a node is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerritoryBy {
    /// That of the nearest node, place or terminal of the base.
    Nearest,
    /// That in whose outline it lies; outside all of them (the coast is coarse) as above.
    Outline,
}

/// How to read it.
#[derive(Clone, Debug)]
pub struct Options {
    pub kind: Kind,
    /// Rail or road.
    pub mode: Mode,
    /// Where fields come from, where not from the usual columns.
    pub map: FieldMap,
    /// Type of link in the input → class of the world.
    pub class_of: BTreeMap<String, String>,
    /// Class of links without a type and of types unknown.
    pub class: Option<String>,
    /// Gauge of rail links that give none, mm.
    pub gauge_mm: Option<u16>,
    /// Keep only links whose allowed uses name one of these, or none at all; empty: keep all.
    pub uses: Vec<String>,
    /// Hours from the free speed of GMNS links rather than from the speed of the class.
    pub free_speed: bool,
    /// Line ends closer than this are one node, km.
    pub snap_km: f64,
    /// Places and terminals farther than this from every node are not attached, km.
    pub attach_km: f64,
    /// Where the territory of a node comes from that does not say.
    pub territory: TerritoryBy,
    /// Coordinates are latitude first.
    pub swap: bool,
    /// Leave out and count rows with mistakes rather than stop.
    pub drop_bad_rows: bool,
    /// Title and licence of the network, for the world's list of sources.
    pub source: Option<(String, String)>,
}

impl Options {
    /// The usual choices.
    pub fn new(kind: Kind, mode: Mode) -> Options {
        Options {
            kind,
            mode,
            map: FieldMap::default(),
            class_of: BTreeMap::new(),
            class: None,
            gauge_mm: None,
            uses: vec![],
            free_speed: false,
            snap_km: 0.05,
            attach_km: 50.0,
            territory: TerritoryBy::Nearest,
            swap: false,
            drop_bad_rows: false,
            source: None,
        }
    }
}

/// A network that could not be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The input has mistakes.
    #[error("{}\nnothing was written; --drop-bad-rows leaves out rows with mistakes", problem::list(.0))]
    Rows(Vec<Problem>),
    /// The options or the input as a whole have mistakes.
    #[error("{}", problem::list(.0))]
    Invalid(Vec<Problem>),
    /// The base world cannot be read.
    #[error(transparent)]
    World(#[from] WorldError),
    #[error("cannot read {}: {source}", path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    /// A table could not be encoded: a mistake of the program.
    #[error("cannot write {table}: {message}")]
    Encode {
        table: &'static str,
        message: String,
    },
}

/// A world with the network in it.
#[derive(Debug)]
pub struct Imported {
    /// Every file of the new world folder but its manifest.
    pub files: Vec<(String, Vec<u8>)>,
    pub report: Report,
}

/// Read a network and put it into a base world.
///
/// # Errors
/// [`ImportError`], with all mistakes of a stage at once: those of the rows and those of classes
/// and gauges together.
pub fn import(from: &Path, base: &Source, options: &Options) -> Result<Imported, ImportError> {
    if !matches!(options.mode, Mode::Rail | Mode::Road) {
        let message = "only rail and road networks are imported";
        let problem = Problem::new("--mode", message).value(options.mode.label());
        return Err(ImportError::Invalid(vec![problem]));
    }
    let mut world = World::load(base)?;
    let mut intake = Intake::new(options);
    let raw = match options.kind {
        Kind::Gmns => gmns::read(from, options, &mut intake)?,
        Kind::GeoJson => geojson::read(from, options, &mut intake)?,
    };
    build::replace(&mut world, raw, options, &mut intake);
    let mut report = intake.finish(options.drop_bad_rows)?;
    report.notes.sort();
    let mode = options.mode;
    let nodes = world.network.nodes.iter().filter(|n| n.mode == mode);
    report.nodes_written = nodes.count();
    let links = world.network.links.iter();
    report.links_written = links.filter(|l| world.network.mode(l) == mode).count();
    if let Some((title, licence)) = &options.source {
        write::credit(&mut world, mode, title, licence);
    } else {
        let name = from.file_name().unwrap_or_default().to_string_lossy();
        write::credit(&mut world, mode, &name, "not stated");
    }
    let files = write::files(&world, base)?;
    Ok(Imported { files, report })
}
