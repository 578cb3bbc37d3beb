//! The command on the tiny world, in a folder of its own.
#![allow(dead_code)]

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What a run writes.
pub const FILES: [&str; 6] = [
    "economies.csv",
    "journeys.geojson",
    "manifest.json",
    "pairs.parquet",
    "places.parquet",
    "report.html",
];

const SHORT_CUT: &str = r#"
name = "A short cut"
world = "tiny"
bloc = "Alliance"

[[modification]]
type = "build-link"
project = "Short cut"
mode = "rail"
from = "Alphaport"
to = { name = "Beta City", terminal = "gauge-change" }
gauge_mm = 1435
km = 560
kmh = 60

[[modification]]
type = "border"
mode = "road"
from = "XAA"
to = "XBB"
hours_factor = 0.5

[project."Short cut"]
cost_musd = 100
life_years = 30
discount_rate = 0.05
paid_by = { XAA = 0.5, XBB = 0.5 }
spent_in = { XAA = 0.5, XBB = 0.5 }
"#;

pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn tiny_world() -> PathBuf {
    repository().join("tests/reference/tiny_world")
}

/// An empty folder to run in, with a scenario beside it.
pub struct Desk {
    folder: TempDir,
    scenario: PathBuf,
    /// What lies beside: the scenario, and what the program keeps between runs.
    shelf: TempDir,
}

impl Desk {
    pub fn new() -> Desk {
        let shelf = tempfile::tempdir().expect("a temporary folder");
        let scenario = shelf.path().join("short-cut.toml");
        fs::write(&scenario, SHORT_CUT).expect("a scenario");
        Desk {
            folder: tempfile::tempdir().expect("a temporary folder"),
            scenario,
            shelf,
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn scenario(&self) -> &Path {
        &self.scenario
    }

    /// `comity …` in this folder.
    pub fn comity(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("comity").expect("the program is built");
        command.current_dir(self.path()).args(arguments);
        command.env("COMITY_CACHE", self.cache());
        command
    }

    /// Where runs in this folder keep what takes long to make: never the user's own.
    pub fn cache(&self) -> PathBuf {
        self.shelf.path().join("cache")
    }

    /// `comity appraise` of the short cut in the tiny world.
    pub fn appraise(&self, arguments: &[&str]) -> Command {
        let mut command = self.comity(&["appraise"]);
        command.arg(&self.scenario).arg("--world").arg(tiny_world());
        command.args(arguments);
        command
    }

    /// Any other command in the tiny world.
    pub fn in_tiny(&self, arguments: &[&str]) -> Command {
        let mut command = self.comity(arguments);
        command.arg("--world").arg(tiny_world());
        command
    }

    /// A copy of the tiny world, in the folder `copy` here.
    pub fn copy_of_tiny(&self) -> String {
        let copy = self.path().join("copy");
        fs::create_dir(&copy).expect("a folder");
        for entry in fs::read_dir(tiny_world()).expect("the tiny world") {
            let from = entry.expect("an entry").path();
            if from.is_file() {
                fs::copy(&from, copy.join(from.file_name().expect("a name"))).expect("a copy");
            }
        }
        copy.display().to_string()
    }

    /// The fit of trade that falls with duties and days, with noise by hand: about −5 on
    /// log1p(tariff), −0.04 on I(hours/24).
    pub fn fit_of_goods(&self) -> &'static str {
        let mut text = String::from("trade_usd,tariff,hours\n");
        for at in 0..60 {
            let tariff = 0.02 * f64::from(at % 7);
            let days = f64::from(at % 11);
            let noise = 0.02 * f64::from((at * 37) % 13 - 6);
            let trade = (9.0 - 5.0 * tariff.ln_1p() - 0.04 * days + noise).exp();
            text.push_str(&format!("{trade},{tariff},{}\n", 24.0 * days));
        }
        fs::write(self.path().join("goods.csv"), text).expect("a file");
        let formula = "trade_usd ~ log1p(tariff) + I(hours/24)";
        self.comity(&["gravity", "fit", formula, "--data", "goods.csv"])
            .args(["--out", "goods.json"])
            .assert()
            .success();
        "goods.json"
    }

    pub fn read(&self, file: &str) -> Vec<u8> {
        fs::read(self.path().join(file)).expect("a file")
    }

    /// Names in a folder, sorted, hidden ones too.
    pub fn names(&self, folder: &str) -> Vec<String> {
        names(&self.path().join(folder))
    }
}

pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}
