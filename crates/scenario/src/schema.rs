//! The JSON Schema of scenario files. It is generated from the types that read them, and it is
//! what the reader checks keys, types and ranges against.

use crate::scenario::ScenarioFile;
use serde_json::{Map, Value};

/// The JSON Schema (draft 2020-12) of a scenario file.
pub fn json_schema() -> Value {
    schema_of::<ScenarioFile>()
}

/// The schema of a table.
pub(crate) fn schema_of<T: schemars::JsonSchema>() -> Value {
    let mut schema = schemars::schema_for!(T).to_value();
    without_null(&mut schema);
    schema
}

/// TOML has no null: a key that may be left out is simply not required.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(without_null),
        Value::Object(object) => {
            object.values_mut().for_each(without_null);
            if object.get("default") == Some(&Value::Null) {
                object.remove("default");
            }
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|t| t != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(values)) = object.get_mut("enum") {
                values.retain(|v| !v.is_null());
            }
            for key in ["anyOf", "oneOf"] {
                let Some(Value::Array(branches)) = object.get_mut(key) else {
                    continue;
                };
                branches.retain(|b| b.get("type").and_then(Value::as_str) != Some("null"));
                if let [Value::Object(only)] = branches.as_slice() {
                    let only: Map<String, Value> = only.clone();
                    object.remove(key);
                    for (name, value) in only {
                        object.entry(name).or_insert(value);
                    }
                }
            }
        }
        _ => {}
    }
}
