//! Converts model files and folders of shards to safetensors.
//!
//! The output is written beside its place under a temporary name, scanned, and only then moved there.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the I/O layer that reads models and writes converted files"
)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use seawall_artifact::{Conversion, Refusal, WriteError, plan_conversion};
use seawall_base::Limits;
use serde_json::{Value, json};

use crate::scan::FileSource;

/// Largest index of shards that is read.
const INDEX_BYTES_MAX: u64 = 32 << 20;

/// What was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Converted {
    /// The file.
    pub path: PathBuf,
    /// Names of its tensors.
    pub tensors: Vec<String>,
    /// Groups of names that share their numbers; each name got a copy.
    pub tied: Vec<Vec<String>>,
    /// Bytes written.
    pub bytes: u64,
}

/// Why nothing was converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// A file could not be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The refusal.
        #[source]
        source: io::Error,
    },
    /// The output is there already.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// The model is not one that can be converted.
    #[error("{} is not converted", path.display())]
    Refused {
        /// The model.
        path: PathBuf,
        /// Why.
        #[source]
        why: Refusal,
    },
    /// The folder holds no index of shards, or one that cannot be used.
    #[error("{} holds no usable index of shards: {why}", path.display())]
    Index {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The conversion stopped.
    #[error("cannot convert {}", path.display())]
    Write {
        /// The model.
        path: PathBuf,
        /// Why.
        #[source]
        source: WriteError,
    },
    /// What was written does not pass the scan, which is a fault of ours.
    #[error("{} does not pass the scan after the conversion", .0.display())]
    Output(PathBuf),
}

impl ConvertError {
    /// Whether the model itself is the reason.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Index { .. })
    }
}

/// Converts a file, or every shard of a folder with an index, and writes to `out` or beside it.
///
/// # Errors
/// When the model is refused, or something cannot be read or written. Nothing is left half-written.
pub fn convert(
    model: &Path,
    out: Option<&Path>,
    limits: &Limits,
) -> Result<Vec<Converted>, ConvertError> {
    if model.is_dir() {
        return shards(model, out.unwrap_or(model), limits);
    }
    let beside = model.with_extension("safetensors");
    file(model, out.unwrap_or(&beside), limits).map(|converted| vec![converted])
}

fn file(model: &Path, out: &Path, limits: &Limits) -> Result<Converted, ConvertError> {
    if out.exists() {
        return Err(ConvertError::Exists(out.to_owned()));
    }
    let source = FileSource::open(model).map_err(failed("open", model))?;
    let name = model.to_string_lossy();
    let refused = |why| ConvertError::Refused {
        path: model.to_owned(),
        why,
    };
    let conversion = plan_conversion(&name, &source, limits).map_err(refused)?;
    let partial = partial_name(out);
    let written = write(&conversion, &source, model, &partial)
        .and_then(|bytes| match source.has_changed() {
            true => Err(failed("read", model)(io::Error::other(
                "the file changed meanwhile",
            ))),
            false => check(&partial, limits).map(|()| bytes),
        })
        .and_then(|bytes| {
            fs::rename(&partial, out).map_err(failed("write", out))?;
            Ok(bytes)
        });
    if written.is_err() {
        // What is left of a failed conversion is of no use; that it was not there is no matter.
        drop(fs::remove_file(&partial));
    }
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    Ok(Converted {
        path: out.to_owned(),
        tensors: conversion.names().map(str::to_owned).collect(),
        tied: conversion.tied().into_iter().map(owned).collect(),
        bytes: written?,
    })
}

fn write(
    conversion: &Conversion,
    source: &FileSource,
    model: &Path,
    partial: &Path,
) -> Result<u64, ConvertError> {
    let output = File::create_new(partial).map_err(failed("write", partial))?;
    let mut output = BufWriter::new(output);
    let mut bytes = 0;
    let outcome = conversion
        .write(source, &mut |part| {
            bytes += part.len() as u64;
            output.write_all(part)
        })
        .and_then(|()| Ok(output.flush()?))
        .and_then(|()| Ok(output.get_ref().sync_all()?));
    outcome
        .map(|()| bytes)
        .map_err(|source| ConvertError::Write {
            path: model.to_owned(),
            source,
        })
}

/// The converted file is scanned like any other.
fn check(partial: &Path, limits: &Limits) -> Result<(), ConvertError> {
    let source = FileSource::open(partial).map_err(failed("open", partial))?;
    let report = seawall_artifact::scan("converted.safetensors", &source, limits);
    match report.findings.is_empty() && report.problems.is_empty() {
        true => Ok(()),
        false => Err(ConvertError::Output(partial.to_owned())),
    }
}

/// Converts the shards that an index names, and writes the index of the new ones.
fn shards(folder: &Path, out: &Path, limits: &Limits) -> Result<Vec<Converted>, ConvertError> {
    let index = |why| ConvertError::Index {
        path: folder.to_owned(),
        why,
    };
    let path = folder.join("pytorch_model.bin.index.json");
    let source =
        FileSource::open(&path).map_err(|_| index("pytorch_model.bin.index.json is missing"))?;
    let bytes = source
        .read_whole(INDEX_BYTES_MAX)
        .map_err(failed("read", &path))?;
    let bytes = bytes.ok_or_else(|| index("it is larger than the limit"))?;
    let parsed = seawall_base::json::parse(&bytes, &limits.json());
    let parsed: Value = parsed.map_err(|_| index("it is not JSON"))?;
    let map = parsed.get("weight_map").and_then(Value::as_object);
    let map = map.ok_or_else(|| index("it has no weight_map"))?;
    let mut renamed: BTreeMap<&str, String> = BTreeMap::new();
    for shard in map.values() {
        let shard = shard.as_str().ok_or_else(|| index("a shard is no name"))?;
        let plain = !shard.contains(['/', '\\']) && !shard.starts_with('.');
        let stem = shard.strip_suffix(".bin").filter(|_| plain);
        let stem = stem.ok_or_else(|| index("a shard is no plain file name ending in .bin"))?;
        let stem = stem.replacen("pytorch_model", "model", 1);
        renamed.insert(shard, format!("{stem}.safetensors"));
    }
    fs::create_dir_all(out).map_err(failed("write", out))?;
    let index_path = out.join("model.safetensors.index.json");
    if index_path.exists() {
        return Err(ConvertError::Exists(index_path));
    }
    let mut all = Vec::new();
    for (shard, name) in &renamed {
        all.push(file(&folder.join(shard), &out.join(name), limits)?);
    }
    let mut weights = BTreeMap::new();
    for converted in &all {
        let name = converted
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        for tensor in &converted.tensors {
            weights.insert(tensor.as_str(), name.clone());
        }
    }
    let total: u64 = all.iter().map(|converted| converted.bytes).sum();
    let text = json!({ "metadata": { "total_size": total }, "weight_map": weights });
    fs::write(&index_path, format!("{text:#}\n")).map_err(failed("write", &index_path))?;
    Ok(all)
}

fn partial_name(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    out.with_file_name(name)
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ConvertError {
    let path = path.to_owned();
    move |source| ConvertError::Io {
        action,
        path,
        source,
    }
}

#[cfg(test)]
mod tests;
