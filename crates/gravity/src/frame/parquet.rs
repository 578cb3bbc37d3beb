//! Parquet into columns.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use rayon::prelude::*;

use super::{Column, Frame, Values};
use crate::error::GravityError;

pub(super) fn read(path: &Path, wanted: Option<&[String]>) -> Result<Frame, GravityError> {
    let file = path.display().to_string();
    let fail = |message: String| GravityError::Read {
        file: file.clone(),
        message,
    };
    let handle = File::open(path).map_err(|e| fail(e.to_string()))?;
    let metadata = ArrowReaderMetadata::load(&handle, ArrowReaderOptions::default())
        .map_err(|e| fail(e.to_string()))?;
    let schema = metadata.schema().clone();
    let kept: Vec<usize> = (0..schema.fields().len())
        .filter(|&j| wanted.is_none_or(|w| w.contains(schema.field(j).name())))
        .filter(|&j| wanted.is_some() || readable(schema.field(j).data_type()))
        .collect();
    // Each column by itself, so that threads can share the work.
    let columns: Vec<Result<Column, GravityError>> = kept
        .par_iter()
        .with_max_len(1)
        .map(|&j| {
            let field = schema.field(j);
            let values = column(path, &metadata, j).map_err(&fail)?;
            Ok(Column {
                name: field.name().clone(),
                values,
            })
        })
        .collect();
    let columns = columns.into_iter().collect::<Result<_, _>>()?;
    let names = schema.fields().iter().map(|f| f.name().clone());
    Ok(Frame::new(columns)?.with_names(names))
}

/// The values of column `j`.
fn column(path: &Path, metadata: &ArrowReaderMetadata, j: usize) -> Result<Values, String> {
    let field = metadata.schema().field(j);
    let handle = File::open(path).map_err(|e| e.to_string())?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(handle, metadata.clone());
    let rows = builder.metadata().file_metadata().num_rows() as usize;
    let mask = ProjectionMask::roots(builder.parquet_schema(), [j]);
    let reader = builder
        .with_projection(mask)
        .with_batch_size(1 << 16)
        .build()
        .map_err(|e| e.to_string())?;
    let mut values = Builder::new(field.data_type(), rows);
    for batch in reader {
        let batch = batch.map_err(|e| e.to_string())?;
        values.push(batch.column(0)).ok_or_else(|| {
            format!(
                "column {} has type {}, which is neither number nor text",
                field.name(),
                field.data_type()
            )
        })?;
    }
    Ok(values.finish())
}

fn readable(kind: &DataType) -> bool {
    kind.is_numeric() && !matches!(kind, DataType::Decimal128(..) | DataType::Decimal256(..))
        || matches!(
            kind,
            DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Boolean
                | DataType::Date32
        )
        || matches!(kind, DataType::Dictionary(_, v) if readable(v))
}

enum Builder {
    Number(Vec<f64>),
    Whole(Vec<i32>),
    Text {
        codes: Vec<u32>,
        labels: Vec<String>,
        index: HashMap<String, u32>,
    },
}

/// Copies an Arrow array of numbers, null as NaN.
macro_rules! numbers {
    ($array:expr, $kind:ty, $out:expr) => {{
        let values = $array.as_primitive::<$kind>();
        if values.null_count() == 0 {
            $out.extend(values.values().iter().map(|&v| v as f64));
        } else {
            $out.extend(values.iter().map(|v| v.map_or(f64::NAN, |v| v as f64)));
        }
    }};
}

impl Builder {
    fn new(kind: &DataType, rows: usize) -> Self {
        match kind {
            DataType::Int8 | DataType::Int16 | DataType::Int32 => {
                Builder::Whole(Vec::with_capacity(rows))
            }
            DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Dictionary(..) => Builder::Text {
                codes: Vec::with_capacity(rows),
                labels: Vec::new(),
                index: HashMap::new(),
            },
            _ => Builder::Number(Vec::with_capacity(rows)),
        }
    }

    fn push(&mut self, array: &ArrayRef) -> Option<()> {
        if let (Builder::Whole(out), true) = (&*self, array.null_count() > 0) {
            // Whole numbers have no missing value, so the column becomes numbers.
            *self = Builder::Number(out.iter().map(|&v| f64::from(v)).collect());
        }
        match self {
            Builder::Whole(out) => match array.data_type() {
                DataType::Int8 => out.extend(
                    array
                        .as_primitive::<Int8Type>()
                        .values()
                        .iter()
                        .map(|&v| i32::from(v)),
                ),
                DataType::Int16 => out.extend(
                    array
                        .as_primitive::<Int16Type>()
                        .values()
                        .iter()
                        .map(|&v| i32::from(v)),
                ),
                DataType::Int32 => {
                    out.extend_from_slice(array.as_primitive::<Int32Type>().values())
                }
                _ => return None,
            },
            Builder::Number(out) => match array.data_type() {
                DataType::Float64 => numbers!(array, Float64Type, out),
                DataType::Float32 => numbers!(array, Float32Type, out),
                DataType::Int8 => numbers!(array, Int8Type, out),
                DataType::Int16 => numbers!(array, Int16Type, out),
                DataType::Int32 => numbers!(array, Int32Type, out),
                DataType::Int64 => numbers!(array, Int64Type, out),
                DataType::UInt8 => numbers!(array, UInt8Type, out),
                DataType::UInt16 => numbers!(array, UInt16Type, out),
                DataType::UInt32 => numbers!(array, UInt32Type, out),
                DataType::UInt64 => numbers!(array, UInt64Type, out),
                DataType::Date32 => numbers!(array, Date32Type, out),
                DataType::Boolean => out.extend(array.as_boolean().iter().map(|v| match v {
                    Some(true) => 1.0,
                    Some(false) => 0.0,
                    None => f64::NAN,
                })),
                _ => return None,
            },
            Builder::Text {
                codes,
                labels,
                index,
            } => {
                let mut add = |value: Option<&str>| match value {
                    None => codes.push(Values::MISSING),
                    Some(value) => {
                        let code = index.get(value).copied().unwrap_or_else(|| {
                            let code = labels.len() as u32;
                            labels.push(value.to_string());
                            index.insert(value.to_string(), code);
                            code
                        });
                        codes.push(code);
                    }
                };
                match array.data_type() {
                    DataType::Utf8 => array.as_string::<i32>().iter().for_each(&mut add),
                    DataType::LargeUtf8 => array.as_string::<i64>().iter().for_each(&mut add),
                    DataType::Utf8View => array.as_string_view().iter().for_each(&mut add),
                    DataType::Dictionary(_, value) => {
                        let dictionary = array.as_any_dictionary_opt()?;
                        let keys = dictionary.normalized_keys();
                        let values = dictionary.values();
                        let text: Vec<Option<&str>> = match value.as_ref() {
                            DataType::Utf8 => values.as_string::<i32>().iter().collect(),
                            DataType::LargeUtf8 => values.as_string::<i64>().iter().collect(),
                            DataType::Utf8View => values.as_string_view().iter().collect(),
                            _ => return None,
                        };
                        for (row, key) in keys.into_iter().enumerate() {
                            add(if array.is_null(row) { None } else { text[key] });
                        }
                    }
                    _ => return None,
                }
            }
        }
        Some(())
    }

    fn finish(self) -> Values {
        match self {
            Builder::Number(v) => Values::Number(v),
            Builder::Whole(v) => Values::Whole(v),
            Builder::Text { codes, labels, .. } => Values::Text { codes, labels },
        }
    }
}
