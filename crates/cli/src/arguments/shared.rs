//! Options that several commands have.

use super::finite;
use clap::Args;
use comity_appraisal::Draws;
use std::path::PathBuf;

/// How the uncertain parameters are drawn.
#[derive(Args)]
pub struct DrawOptions {
    /// Draw the uncertain parameters so many times: medians, 90 % intervals, probabilities.
    #[arg(
        id = "draws",
        long = "draws",
        value_name = "DRAWS",
        value_parser = clap::value_parser!(u32).range(10..=i64::from(Draws::MOST))
    )]
    count: Option<u32>,
    /// Seed of the draws: the same seed gives the same draws.
    #[arg(long, default_value_t = 1, requires = "draws")]
    seed: u32,
}

impl DrawOptions {
    pub fn draws(&self) -> Option<Draws> {
        self.count.map(|count| Draws {
            count,
            seed: self.seed,
        })
    }

    /// As typed, for the command that makes a result again; empty if nothing was.
    pub fn typed(&self) -> String {
        self.count.map_or_else(String::new, |count| {
            format!(" --draws {count} --seed {}", self.seed)
        })
    }
}

/// What members want before they agree.
#[derive(Args)]
pub struct Wanted {
    /// δ: the gain that every member wants before it agrees, percent of its income.
    #[arg(
        long,
        value_name = "PERCENT",
        default_value_t = 0.0,
        allow_negative_numbers = true,
        value_parser = finite
    )]
    pub delta: f64,
}

impl Wanted {
    /// As typed, for the command that makes a result again; empty if nothing was.
    pub fn typed(&self) -> String {
        if self.delta == 0.0 {
            String::new()
        } else {
            format!(" --delta {}", self.delta)
        }
    }
}

/// Where results go. A command names its own folder in the help of `--out`.
#[derive(Args)]
pub struct Output {
    /// Folder to write.
    #[arg(long, short)]
    out: Option<PathBuf>,
    /// Write into the folder even if it holds something that is not ours.
    #[arg(long)]
    pub force: bool,
    /// Write no files, only print.
    #[arg(long, conflicts_with_all = ["out", "force"])]
    pub no_files: bool,
}

impl Output {
    /// As typed, or else this folder in `out`.
    pub fn folder(&self, name: &str) -> PathBuf {
        let own = || PathBuf::from("out").join(name);
        self.out.clone().unwrap_or_else(own)
    }
}
