//! Builds a world folder from raw tables. `comity-build-world all --raw DIR --out worlds/eurasia`.
//!
//! Two rooms: `economy` (economies, sectors, trade, input–output, blocs, heritage) and
//! `network` (places, nodes, links, modes, terminals, borders, outlines). Each writes its own
//! tables and its own part of the build report.

mod economy;
mod io;
mod join;
mod network;

use clap::{Parser, ValueEnum};
use std::path::PathBuf;

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Part {
    All,
    Economy,
    Network,
    /// Only what needs the tables of both.
    Join,
}

/// Build the default world from the raw tables.
#[derive(Parser)]
struct Arguments {
    /// Which tables to build.
    part: Part,
    /// Folder with the raw tables.
    #[arg(long)]
    raw: PathBuf,
    /// World folder to write.
    #[arg(long)]
    out: PathBuf,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.out)?;
    if matches!(arguments.part, Part::All | Part::Economy) {
        economy::build(&arguments.raw, &arguments.out)?;
    }
    if matches!(arguments.part, Part::All | Part::Network) {
        network::build(&arguments.raw, &arguments.out)?;
    }
    if matches!(arguments.part, Part::All | Part::Join) {
        join::join(&arguments.out)?;
    }
    Ok(())
}
