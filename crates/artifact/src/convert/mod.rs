//! Conversion of model files to safetensors, without running anything.
//!
//! `jobs` calls [`plan`], which reads a file that its own scan passes and finds out where the bytes of
//! every tensor lie, and then [`Conversion::write`], which streams them. What safetensors cannot hold
//! is refused with the reason, never left out.

mod arrays;
mod containers;
mod element;
mod hdf5;
mod numpy;
mod pickled;
mod tensor;
mod write;

use std::collections::BTreeMap;

use seawall_base::{Limits, Severity};

use crate::inflate::{self, Ended, Inflated};
use crate::packed::{self, Packing};
use crate::scan::scan;
use crate::sniff::{Kind, sniff};
use crate::source::{ReadAt, ReadError};

pub use self::write::WriteError;

use self::tensor::Tensor;

/// Unpacked bytes of compressed files that are held while they are converted.
const UNPACKED_MAX: usize = 1 << 30;

/// Why a file is not converted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(String);

impl Refusal {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        Self(error.to_string())
    }
}

/// What will be written: the tensors with the places of their bytes, and the metadata.
#[derive(Debug, Default)]
pub struct Conversion {
    tensors: Vec<Tensor>,
    metadata: BTreeMap<String, String>,
    /// Bytes that were unpacked on the way.
    held: Vec<Vec<u8>>,
}

impl Conversion {
    /// Names of the tensors, in the order of the file that is written.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.iter().map(|tensor| tensor.name.as_str())
    }

    /// Groups of names that share their numbers; each name gets a copy.
    pub fn tied(&self) -> Vec<Vec<&str>> {
        let mut groups: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for tensor in self.tensors.iter().filter(|tensor| tensor.items() > 0) {
            let key = (tensor.place, &tensor.shape, &tensor.strides);
            groups.entry(key).or_default().push(&tensor.name);
        }
        groups
            .into_values()
            .filter(|names| names.len() > 1)
            .collect()
    }
}

/// Reads `source` and finds its tensors.
///
/// # Errors
/// When the scan of the file does not pass, or when it holds what safetensors cannot.
pub fn plan(path: &str, source: &dyn ReadAt, limits: &Limits) -> Result<Conversion, Refusal> {
    let report = scan(path, source, limits);
    let worst = report
        .findings
        .iter()
        .find(|finding| finding.severity >= Severity::High);
    if let Some(finding) = worst {
        let why = format!("the scan fails: {} ({})", finding.message, finding.rule);
        return Err(Refusal(why));
    }
    if let Some(problem) = report.problems.first() {
        return Err(Refusal(format!("the scan is open: {}", problem.message)));
    }
    let mut conversion = Conversion::default();
    let name = path.rsplit('/').next().unwrap_or(path);
    find(name, source, &mut conversion)?;
    conversion.finish()?;
    Ok(conversion)
}

fn find(name: &str, source: &dyn ReadAt, into: &mut Conversion) -> Result<(), Refusal> {
    let kind = sniff(name, source);
    match kind {
        Kind::Zip => containers::zip(source, into),
        Kind::Pickle => containers::pickle(source, into, None),
        Kind::NumpyArray => {
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            into.format("np");
            numpy::file(stem, source, None, into)
        }
        Kind::Hdf5 => hdf5::file(source, (None, 0), into),
        Kind::Gzip | Kind::Zlib | Kind::Bzip2 | Kind::Lz4 | Kind::Lzma | Kind::Xz | Kind::Zstd => {
            let bytes = unpacked(kind, source)?;
            if sniff(name, &bytes) != Kind::Pickle {
                return Err(Refusal::new("what is packed inside is no pickle"));
            }
            into.held.push(bytes);
            let bytes = into.held.pop().unwrap_or_default();
            let outcome = containers::pickle(&bytes, into, Some(0));
            into.held.insert(0, bytes);
            outcome
        }
        Kind::Safetensors => Err(Refusal::new("the file is safetensors already")),
        other => Err(Refusal(format!("{} has no converter", other.as_str()))),
    }
}

fn unpacked(kind: Kind, source: &dyn ReadAt) -> Result<Vec<u8>, Refusal> {
    let inflated: Inflated = match kind {
        Kind::Gzip => {
            let body = inflate::gzip_body(source);
            let body =
                body.ok_or_else(|| Refusal::new("the header of the gzip stream is broken"))?;
            inflate::unpack(source, body, false, UNPACKED_MAX)?
        }
        Kind::Zlib => inflate::unpack(source, 0, true, UNPACKED_MAX)?,
        Kind::Bzip2 => packed::unpack(Packing::Bzip2, source, UNPACKED_MAX)?,
        Kind::Lz4 => packed::unpack(Packing::Lz4, source, UNPACKED_MAX)?,
        Kind::Lzma => packed::unpack(Packing::Lzma, source, UNPACKED_MAX)?,
        Kind::Xz => packed::unpack(Packing::Xz, source, UNPACKED_MAX)?,
        _ => packed::unpack(Packing::Zstd, source, UNPACKED_MAX)?,
    };
    match inflated.end {
        Ended::Complete => Ok(inflated.bytes),
        Ended::Cut => Err(Refusal::new("it unpacks to more than the limit")),
        Ended::Broken => Err(Refusal::new("the compressed stream is broken")),
    }
}

#[cfg(test)]
mod tests;
