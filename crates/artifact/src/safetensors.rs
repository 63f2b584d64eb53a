//! Safetensors: a JSON header of names, types, shapes and ranges, then raw numbers.
//!
//! The header is read through a visitor that keeps a range per tensor and no more, so that a model
//! of a hundred thousand tensors costs a few megabytes.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error as _, MapAccess, Visitor};

use crate::report::Sink;
use crate::rules::safetensors_malformed as rule;
use crate::source::{ReadAt, read_up_to};

/// Headers beyond this are not read; the format allows 100 MB, real ones stay under two.
const HEADER_MAX: u64 = 24 << 20;
const TENSORS_MAX: usize = 400_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tensor<'a> {
    #[serde(borrow)]
    dtype: Cow<'a, str>,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

#[derive(Default)]
struct Header {
    ranges: Vec<(u64, u64)>,
    fault: Option<String>,
}

/// Validates the header of `source` against its size.
pub(crate) fn read(source: &dyn ReadAt, sink: &mut Sink<'_>) {
    let size = source.size();
    let length = match read_up_to(source, 0, 8) {
        Ok(bytes) => bytes,
        Err(error) => return sink.read_failed(&error),
    };
    let Ok(length) = <[u8; 8]>::try_from(length.as_slice()) else {
        return sink.broken(None, "the file is shorter than the length of its header");
    };
    let length = u64::from_le_bytes(length);
    if length.checked_add(8).is_none_or(|end| end > size) {
        return rule::report(sink, 0, "the header reaches past the end of the file");
    }
    if length > HEADER_MAX {
        return sink.broken(None, "the header is larger than the limit");
    }
    let bytes = match read_up_to(source, 8, usize::try_from(length).unwrap_or(0)) {
        Ok(bytes) => bytes,
        Err(error) => return sink.read_failed(&error),
    };
    if bytes.first() != Some(&b'{') {
        return rule::report(sink, 8, "the header does not begin with an object");
    }
    let mut header = Header::default();
    let mut deserializer = serde_json::Deserializer::from_slice(&bytes);
    let parsed = HeaderSeed(&mut header)
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    if let Some(fault) = header.fault {
        return rule::report(sink, 8, &fault);
    }
    if let Err(error) = parsed {
        let byte = 8 + error.column() as u64;
        return rule::report(
            sink,
            byte,
            "the header is not the JSON that the format defines",
        );
    }
    header.ranges.sort_unstable();
    tile(&header.ranges, size - 8 - length, 8 + length, sink);
}

/// The ranges must cover the rest of the file exactly, each byte once.
fn tile(ranges: &[(u64, u64)], rest: u64, start: u64, sink: &mut Sink<'_>) {
    let mut reached = 0;
    for (from, to) in ranges {
        if *to > rest {
            return rule::report(sink, start, "a tensor reaches past the end of the file");
        }
        if *from < reached {
            return rule::report(sink, start + from, "two tensors share the same bytes");
        }
        if *from > reached {
            return rule::report(
                sink,
                start + reached,
                "bytes between tensors belong to none",
            );
        }
        reached = *to;
    }
    if reached < rest {
        rule::report(
            sink,
            start + reached,
            "bytes behind the last tensor belong to none",
        );
    }
}

/// Bits per item of the types that the format defines.
fn item_bits(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "F4" => 4,
        "F6_E2M3" | "F6_E3M2" => 6,
        "BOOL" | "U8" | "I8" | "F8_E5M2" | "F8_E4M3" | "F8_E8M0" | "F8_E4M3FNUZ"
        | "F8_E5M2FNUZ" => 8,
        "I16" | "U16" | "F16" | "BF16" => 16,
        "I32" | "U32" | "F32" => 32,
        "I64" | "U64" | "F64" | "C64" => 64,
        "C128" => 128,
        _ => return None,
    })
}

/// What is wrong with one tensor, if anything is.
fn tensor_fault(tensor: &Tensor<'_>) -> Option<&'static str> {
    let (from, to) = tensor.data_offsets;
    let Some(length) = to.checked_sub(from) else {
        return Some("a tensor ends before it begins");
    };
    let Some(bits) = item_bits(&tensor.dtype) else {
        return Some("a tensor has a type that the format does not define");
    };
    let items = tensor
        .shape
        .iter()
        .try_fold(1_u64, |items, side| items.checked_mul(*side));
    match items.and_then(|items| items.checked_mul(bits)) {
        Some(total) if total % 8 == 0 && total / 8 == length => None,
        Some(_) => Some("the shape of a tensor does not fit its bytes"),
        None => Some("the shape of a tensor overflows"),
    }
}

struct HeaderSeed<'h>(&'h mut Header);

impl<'de> DeserializeSeed<'de> for HeaderSeed<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HeaderSeed<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a safetensors header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
            if names.len() >= TENSORS_MAX {
                self.0.fault = Some("the header names more tensors than the limit".to_owned());
                return Err(A::Error::custom("limit"));
            }
            let metadata = name == "__metadata__";
            if !names.insert(name) {
                self.0.fault = Some("the header names a tensor twice".to_owned());
                return Err(A::Error::custom("duplicate"));
            }
            if metadata {
                map.next_value::<Metadata>()?;
                continue;
            }
            let tensor: Tensor<'de> = map.next_value()?;
            if let Some(fault) = tensor_fault(&tensor) {
                self.0.fault = Some(fault.to_owned());
                return Err(A::Error::custom("tensor"));
            }
            self.0.ranges.push(tensor.data_offsets);
        }
        Ok(())
    }
}

/// A name, borrowed from the header where it has no escapes.
#[derive(Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// String to string, nothing kept.
struct Metadata;

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pairs)
    }
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Metadata;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a map of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if names.len() > 10_000 || !names.insert(name) {
                return Err(A::Error::custom("duplicate"));
            }
            map.next_value::<String>()?;
        }
        Ok(Metadata)
    }
}
