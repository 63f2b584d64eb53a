//! Keras: the layers that a `config.json` names, in a `.keras` archive, and what HDF5 files show.

use std::collections::BTreeSet;

use seawall_base::Limits;
use seawall_base::json;
use serde_json::Value;

use crate::hdf5::{Fault, Hdf5, Text};
use crate::report::Sink;
use crate::rules::{
    hdf5_outside_file, keras_foreign_module, keras_lambda, keras_outside_file, keras_safe_mode,
    model_remote_code,
};
use crate::source::{ReadAt, read_up_to};
use crate::template;

/// Largest configuration that is read whole.
const CONFIG_MAX: u64 = 8 << 20;
/// Layers nest a few levels; the JSON reader bounds this as well.
const DEPTH_MAX: u32 = 64;

/// Reads a configuration that lies beside or inside of a model: Hugging Face or Keras.
pub(crate) fn config_file(source: &dyn ReadAt, sink: &mut Sink<'_>) {
    if source.size() > CONFIG_MAX {
        return sink.broken(None, "the configuration is larger than the limit");
    }
    let value = match read_up_to(source, 0, CONFIG_MAX as usize) {
        Ok(bytes) => parse(&bytes, sink),
        Err(error) => return sink.read_failed(&error),
    };
    let Some(value) = value else {
        return;
    };
    model_remote_code::check(&value, sink);
    template::check_settings(&value, sink);
    walk(&value, sink, 0);
}

fn parse(bytes: &[u8], sink: &mut Sink<'_>) -> Option<Value> {
    if bytes.len() as u64 > CONFIG_MAX {
        sink.broken(None, "the configuration is larger than the limit");
        return None;
    }
    match json::parse(bytes, &Limits::default().json()) {
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
                keras_outside_file::check(value, sink);
            }
            keras_safe_mode::check(value, sink);
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
        Ok(Some(byte)) => keras_lambda::report_bytes(sink, byte),
        Ok(None) => {}
        Err(error) => sink.read_failed(&error),
    }
}

/// Attributes in which Keras keeps JSON with names of classes and functions.
const CONFIGS: &[&str] = &["model_config", "training_config"];

/// HDF5: every group and dataset, and the configuration of a model where there is one.
pub(crate) fn hdf5(source: &dyn ReadAt, sink: &mut Sink<'_>) {
    let mut unread = BTreeSet::new();
    let outcome = Hdf5::open(source).and_then(|file| {
        file.walk(&mut |path, object| {
            hdf5_outside_file::check(path, object, sink);
            let texts = object.attributes.iter();
            for attribute in texts.filter(|item| CONFIGS.contains(&item.name.as_str())) {
                attribute_config(&attribute.text, sink);
            }
            unread.extend(object.unread.iter().copied());
            Ok(())
        })
    });
    let whole = outcome.is_ok() && unread.is_empty();
    for what in unread {
        sink.broken(
            None,
            format!("the HDF5 file holds what is not read: {what}"),
        );
    }
    match outcome {
        Ok(()) => {}
        Err(Fault::Broken(what)) => sink.broken(None, format!("the HDF5 file is broken: {what}")),
        Err(Fault::Unread(what)) => {
            sink.broken(
                None,
                format!("the HDF5 file holds what is not read: {what}"),
            );
        }
        Err(Fault::Read(error)) => return sink.read_failed(&error),
    }
    if !whole {
        metadata(source, sink);
    }
}

fn attribute_config(text: &Text, sink: &mut Sink<'_>) {
    let Text::Of(texts) = text else {
        return sink.broken(None, "the configuration of the model is not text");
    };
    keras_safe_mode::check_name(sink);
    for text in texts.iter().filter(|text| !text.is_empty()) {
        if let Some(value) = parse(text, sink) {
            walk(&value, sink, 0);
        }
    }
}
