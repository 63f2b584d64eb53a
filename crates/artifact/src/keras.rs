//! Keras: the layers that a `config.json` names, in a `.keras` archive, and what HDF5 files show.

use seawall_base::Limits;
use seawall_base::json;
use serde_json::Value;

use crate::report::Sink;
use crate::rules::{keras_foreign_module, keras_lambda, model_remote_code};
use crate::source::{ReadAt, read_up_to};
use crate::template;

/// Largest configuration that is read whole.
const CONFIG_MAX: u64 = 8 << 20;
/// Layers nest a few levels; the JSON reader bounds this as well.
const DEPTH_MAX: u32 = 64;

/// Reads a configuration that lies beside or inside of a model: Hugging Face or Keras.
pub(crate) fn config_file(source: &dyn ReadAt, sink: &mut Sink<'_>) {
    let Some(value) = parse(source, sink) else {
        return;
    };
    model_remote_code::check(&value, sink);
    template::check_settings(&value, sink);
    walk(&value, sink, 0);
}

fn parse(source: &dyn ReadAt, sink: &mut Sink<'_>) -> Option<Value> {
    if source.size() > CONFIG_MAX {
        sink.broken(None, "the configuration is larger than the limit");
        return None;
    }
    let bytes = match read_up_to(source, 0, usize::try_from(CONFIG_MAX).unwrap_or(0)) {
        Ok(bytes) => bytes,
        Err(error) => {
            sink.read_failed(&error);
            return None;
        }
    };
    match json::parse(&bytes, &Limits::default().json()) {
        Ok(value) => Some(value),
        Err(error) => {
            sink.broken(None, format!("the configuration cannot be read: {error}"));
            None
        }
    }
}

/// Visits every object that names a class.
fn walk(value: &Value, sink: &mut Sink<'_>, depth: u32) {
    if depth > DEPTH_MAX {
        return;
    }
    match value {
        Value::Object(fields) => {
            if value.get("class_name").is_some() {
                keras_lambda::check(value, sink);
                keras_foreign_module::check(value, sink);
            }
            for field in fields.values() {
                walk(field, sink, depth + 1);
            }
        }
        Value::Array(items) => {
            for item in items {
                walk(item, sink, depth + 1);
            }
        }
        _ => {}
    }
}

/// The metadata of a Keras `SavedModel` holds the layers as JSON inside of a protobuf.
pub(crate) fn metadata(source: &dyn ReadAt, sink: &mut Sink<'_>) {
    match keras_lambda::search(source) {
        Ok(found) => {
            if let Some(byte) = found.lambda {
                keras_lambda::report_bytes(sink, byte);
            }
        }
        Err(error) => sink.read_failed(&error),
    }
}

/// HDF5 is searched for what Keras writes about code; its structure is not read.
pub(crate) fn hdf5(source: &dyn ReadAt, sink: &mut Sink<'_>) {
    let found = match keras_lambda::search(source) {
        Ok(found) => found,
        Err(error) => return sink.read_failed(&error),
    };
    if let Some(byte) = found.lambda {
        keras_lambda::report_bytes(sink, byte);
    } else if found.model_config {
        sink.broken(
            None,
            "the HDF5 file holds a Keras model, and is searched but not read structure by structure",
        );
    }
}
