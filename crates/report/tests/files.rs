//! Tables and folders read back as they were written.

mod common;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, RecordBatch};
use comity_appraisal::outcome::EconomyOutcome;
use comity_report::{ReportError, files, write};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

#[test]
fn csv_reads_back() {
    let outcome = common::outcome();
    let text = files::economies_csv(&outcome);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<EconomyOutcome> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(
        serde_json::to_value(&rows).unwrap(),
        serde_json::to_value(&outcome.economies).unwrap()
    );
    assert!(text.starts_with("iso3,name,region,tier,has_voice,income_musd,"));
}

fn read(bytes: Vec<u8>) -> RecordBatch {
    ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes))
        .unwrap()
        .build()
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
}

#[test]
fn parquet_reads_back() {
    let outcome = common::outcome();
    let pairs = read(files::pairs_parquet(&outcome).unwrap());
    assert_eq!(pairs.num_rows(), outcome.pairs.len());
    let hours = pairs["hours_before"].as_primitive::<Float64Type>();
    assert_eq!((hours.value(0), hours.is_null(1)), (120.4, true));
    assert_eq!(pairs["importer"].as_string::<i32>().value(1), "CCC");
    let places = read(files::places_parquet(&outcome).unwrap());
    assert_eq!(places.num_rows(), 3);
    assert!(places["hours_after"].is_null(2));
}

#[test]
fn draws_read_back() {
    let outcome = common::drawn();
    let uncertainty = outcome.uncertainty.as_ref().unwrap();
    let draws = read(files::draws_parquet(&outcome, uncertainty).unwrap());
    let economies = outcome.economies.len();
    assert_eq!(draws.num_rows(), 4 * economies);
    let musd = draws["net_change_musd"].as_primitive::<Float64Type>();
    assert_eq!(
        musd.value(3 * economies),
        2.0 * outcome.economies[0].net_change_musd
    );
    assert_eq!(
        draws["iso3"].as_string::<i32>().value(economies),
        outcome.economies[0].iso3
    );
    let parameters = read(files::parameters_parquet(uncertainty).unwrap());
    assert_eq!(parameters.num_rows(), 8);
    assert_eq!(
        parameters["value"].as_primitive::<Float64Type>().value(1),
        3.0
    );
    // They are files of a folder that has draws, and of no other.
    let home = tempfile::tempdir().unwrap();
    for (outcome, expected) in [(common::outcome(), 6), (outcome, 8)] {
        let folder = home.path().join("results");
        let paths = write::write_all(&outcome, "", None, &folder, false, json!({})).unwrap();
        assert_eq!(paths.len(), expected);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), expected);
    }
}

#[test]
fn geojson_has_a_feature_for_each_leg() {
    let value: Value = serde_json::from_str(&files::journeys_geojson(&common::outcome())).unwrap();
    let features = value["features"].as_array().unwrap();
    assert_eq!(features.len(), 6);
    assert!(features[0]["geometry"].is_null());
    assert_eq!(features[1]["geometry"]["type"], "LineString");
    assert_eq!(features[1]["properties"]["phase"], "before");
    assert_eq!(features[5]["properties"]["phase"], "scenario");
}

fn write(folder: &Path, force: bool) -> Result<Vec<std::path::PathBuf>, ReportError> {
    let settings = json!({ "seed": 7 });
    write::write_all(
        &common::outcome(),
        common::OUTLINES,
        None,
        folder,
        force,
        settings,
    )
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn writes_and_replaces_its_own_folder() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("out/pass-railway");
    let written = write(&folder, false).unwrap();
    assert_eq!(written.len(), 6);
    assert!(written.iter().all(|p| p.is_file()));
    let manifest: Value =
        serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["generator"], "comity");
    assert_eq!(manifest["settings"]["seed"], 7);
    fs::write(folder.join("report.html"), "old").unwrap();
    write(&folder, false).unwrap();
    assert!(
        fs::read_to_string(folder.join("report.html"))
            .unwrap()
            .len()
            > 1000
    );
    assert_eq!(names(&root.path().join("out")), ["pass-railway"]);
}

#[test]
fn keeps_what_others_put_into_its_folder() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("out");
    write(&folder, false).unwrap();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    write(&folder, false).unwrap();
    assert_eq!(
        fs::read_to_string(folder.join("notes.txt")).unwrap(),
        "mine"
    );
    assert_eq!(names(root.path()), ["out"]);
}

#[test]
fn refuses_a_foreign_folder() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("thesis");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("chapter1.tex"), "text").unwrap();
    fs::write(folder.join("manifest.json"), "{\"generator\": \"other\"}").unwrap();
    let error = write(&folder, false).unwrap_err();
    assert!(matches!(error, ReportError::ForeignFolder { .. }) && error.is_user_error());
    assert_eq!(names(&folder), ["chapter1.tex", "manifest.json"]);
    assert_eq!(names(root.path()), ["thesis"]);
    write(&folder, true).unwrap();
    assert!(folder.join("chapter1.tex").is_file() && folder.join("report.html").is_file());
    let file = root.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(matches!(
        write(&file, true),
        Err(ReportError::NotAFolder { .. })
    ));
}

#[test]
fn empty_folder_is_taken() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), false).unwrap();
    assert_eq!(names(root.path()).len(), 6);
}

#[test]
fn failure_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let mut broken = common::outcome();
    broken.verdict.world_net_musd = f64::INFINITY;
    let folder = root.path().join("out");
    write::write_all(&broken, "", None, &folder, false, json!({})).unwrap_err();
    assert!(names(root.path()).is_empty());
    // The folder cannot be moved into place: a file stands where its parent should be.
    fs::write(root.path().join("file"), "x").unwrap();
    write(&root.path().join("file/out"), false).unwrap_err();
    assert_eq!(names(root.path()), ["file"]);
}
