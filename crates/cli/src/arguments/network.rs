//! What is asked of networks: `flows`.

use clap::Args;
use std::path::PathBuf;

/// Trade over a link, border, port or passage, by economy pair and place pair.
///
/// Goods trade of the base year whose cheapest journey by a main mode uses what is named, times the
/// share of that mode. Trade of an economy pair is spread over its places as trade costs do it.
/// With a scenario, before and after, the trade itself held as it is.
#[derive(Args)]
pub struct FlowsOptions {
    /// Over what, separated by commas; together, each journey once: a passage (suez), a border
    /// (KGZ-UZB, KGZ-UZB:rail), a port (port:CNSHA), the border links near a place
    /// (crossing:Khorgos), a link by its number (link:1234), the link of a mode nearest to a place
    /// (near:Osh:road), the one half way between two (between:Tashkent:Samarkand:rail).
    #[arg(required = true, value_delimiter = ',', value_name = "ITEM")]
    pub items: Vec<String>,
    /// World: a built-in name or a folder (default: the scenario's own).
    #[arg(long)]
    pub world: Option<String>,
    /// Scenario to compare with: a built-in name or a TOML file.
    #[arg(long)]
    pub scenario: Option<String>,
    /// Rows printed of each table.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub top: u16,
    /// Folder to write all economy pairs, all place pairs and a manifest into (default: none).
    #[arg(long, short)]
    pub out: Option<PathBuf>,
    /// Write into the folder even if it holds something that is not ours.
    #[arg(long, requires = "out")]
    pub force: bool,
}
