//! Writes the results of a saved outcome again:
//! `cargo run -p comity-report --example report OUTCOME.json OUTLINES.geojson FOLDER`.

use comity_appraisal::Outcome;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [outcome, outlines, folder] = arguments.as_slice() else {
        return Err("three arguments: OUTCOME.json OUTLINES.geojson FOLDER".into());
    };
    let outcome: Outcome = serde_json::from_slice(&std::fs::read(outcome)?)?;
    let outlines = std::fs::read_to_string(outlines)?;
    print!("{}", comity_report::terminal::render(&outcome, 110, false));
    let settings = serde_json::json!({});
    let folder = Path::new(folder);
    let written =
        comity_report::write::write_all(&outcome, &outlines, None, folder, false, settings)?;
    for path in written {
        eprintln!("{}", path.display());
    }
    Ok(())
}
