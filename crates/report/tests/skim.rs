//! Matrices as files: CSV and Parquet hold the same, and foreign files are left alone.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{Array, RecordBatch};
use comity_appraisal::{Silent, SkimRequest, skim};
use comity_report::ReportError;
use comity_report::skim::{SkimFile, may_write};
use comity_world::{CommodityClass, Mode, PlaceId, Source, World};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

const COLUMNS: &str = "from,to,class,mode,hours,usd_per_teu,km,generalised_usd_per_teu,share,\
                       composite_usd_per_teu";

fn tiny() -> World {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference/tiny_world");
    World::load(&Source::Folder(folder)).expect("the tiny world is valid")
}

fn write(world: &World, path: &Path, force: bool) -> Result<u64, ReportError> {
    let places: Vec<PlaceId> = (0..world.places.len()).map(PlaceId::from_index).collect();
    let request = SkimRequest {
        world,
        state: world,
        classes: &CommodityClass::ALL,
        modes: &Mode::ALL,
        from: &places,
        to: &places,
    };
    let mut file = SkimFile::create(path, world, "comity skim", force)?;
    let summary = skim(&request, &Silent, |block| file.write(block))?;
    file.finish()?;
    Ok(summary.rows)
}

/// A Parquet file as lines of CSV.
fn lines(path: &Path) -> Vec<String> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let names: Vec<String> = builder
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .collect();
    let mut lines = vec![names.join(",")];
    for batch in builder.build().unwrap() {
        let batch: RecordBatch = batch.unwrap();
        for row in 0..batch.num_rows() {
            let mut cells = vec![];
            for column in &batch.columns()[..4] {
                let column = column.as_dictionary::<Int32Type>();
                let texts = column.downcast_dict::<arrow_array::StringArray>().unwrap();
                let key = texts.keys().value(row) as usize;
                cells.push(texts.values().value(key).to_owned());
            }
            for column in &batch.columns()[4..] {
                let column = column.as_primitive::<Float64Type>();
                cells.push(if column.is_null(row) {
                    String::new()
                } else {
                    column.value(row).to_string()
                });
            }
            lines.push(cells.join(","));
        }
    }
    lines
}

#[test]
fn csv_and_parquet_hold_the_same_to_the_last_bit() {
    let world = tiny();
    let folder = tempfile::tempdir().unwrap();
    let [csv, parquet] = ["m.csv", "m.parquet"].map(|name| folder.path().join("new").join(name));
    let rows = write(&world, &csv, false).unwrap();
    assert_eq!(write(&world, &parquet, false).unwrap(), rows);
    assert_eq!(rows, 7 * 7 * 4 * 3);
    let text = fs::read_to_string(&csv).unwrap();
    let text: Vec<&str> = text.lines().collect();
    assert_eq!(text[0], COLUMNS);
    assert_eq!(text.len() as u64, rows + 1);
    assert_eq!(lines(&parquet), text);
    // An unreachable cell is empty.
    assert!(text.iter().any(|line| line.contains(",sea,,,,,0,")));
    assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 2);
    // The same again, the same bytes.
    let first = fs::read(&parquet).unwrap();
    write(&world, &parquet, false).unwrap();
    assert!(fs::read(&parquet).unwrap() == first);
}

#[test]
fn what_is_not_ours_stays() {
    let world = tiny();
    let folder = tempfile::tempdir().unwrap();
    for name in ["m.csv", "m.parquet"] {
        let path = folder.path().join(name);
        fs::write(&path, "mine").unwrap();
        let error = write(&world, &path, false).unwrap_err();
        assert!(matches!(error, ReportError::ForeignFile { .. }));
        assert!(error.is_user_error());
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        write(&world, &path, true).unwrap();
        may_write(&path, false).unwrap();
    }
    assert!(matches!(
        may_write(&folder.path().join("m.omx"), true),
        Err(ReportError::FileKind { .. })
    ));
    let taken = folder.path().join("folder.csv");
    fs::create_dir(&taken).unwrap();
    assert!(matches!(
        may_write(&taken, true),
        Err(ReportError::NotAFile { .. })
    ));
}

#[test]
fn what_is_not_finished_leaves_nothing() {
    let world = tiny();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.parquet");
    let file = SkimFile::create(&path, &world, "comity skim", false).unwrap();
    assert!(file.temporary().exists());
    drop(file);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
