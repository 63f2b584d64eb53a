//! Attributes: their names, and what stands in those of text.

use super::datatype::{Class, Datatype, dataspace, datatype};
use super::header::{self, resolved};
use super::slice::Slice;
use super::{Fault, Hdf5, heap};

/// Texts of one attribute.
const TEXTS_MAX: u64 = 64 << 10;

/// A named value of an object.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) text: Text,
}

/// The text of an attribute.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Text {
    /// It holds these texts: one, or an array of them.
    Of(Vec<Vec<u8>>),
    /// It holds numbers or something else.
    Other,
}

/// Whether an attribute info message says that the attributes lie in a heap.
pub(super) fn is_dense(file: &Hdf5<'_>, data: &[u8]) -> Result<bool, Fault> {
    let mut slice = Slice::new(data);
    slice.skip(1)?;
    if slice.u8()? & 1 != 0 {
        slice.skip(2)?;
    }
    Ok(file.address(&mut slice)?.is_some())
}

pub(super) fn parse(file: &Hdf5<'_>, data: &[u8]) -> Result<Attribute, Fault> {
    let mut slice = Slice::new(data);
    let version = slice.u8()?;
    let flags = slice.u8()?;
    let (name, kind, space) = (slice.size(2)?, slice.size(2)?, slice.size(2)?);
    let padded = |size: usize| match version {
        1 => size.next_multiple_of(8),
        _ => size,
    };
    match version {
        1 | 2 => {}
        3 => slice.skip(1)?,
        _ => return Err(Fault::Unread("an attribute of a later version")),
    }
    let part = |slice: &mut Slice<'_>, size: usize| -> Result<Vec<u8>, Fault> {
        let bytes = slice.take(padded(size).min(slice.left()))?;
        Ok(bytes.get(..size).unwrap_or(bytes).to_vec())
    };
    let name = part(&mut slice, name)?;
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    let name = String::from_utf8_lossy(name).into_owned();
    let mut kind = part(&mut slice, kind)?;
    let mut space = part(&mut slice, space)?;
    if version > 1 && flags & 1 != 0 {
        kind = resolved(file, &kind, header::DATATYPE)?;
    }
    if version > 1 && flags & 2 != 0 {
        space = resolved(file, &space, header::DATASPACE)?;
    }
    let kind = datatype(&kind)?;
    let text = match dataspace(file, &space)? {
        Some(sides) => text(file, &kind, &sides, slice.rest())?,
        None => Text::Of(Vec::new()),
    };
    Ok(Attribute { name, text })
}

fn text(file: &Hdf5<'_>, kind: &Datatype, sides: &[u64], data: &[u8]) -> Result<Text, Fault> {
    let count = sides
        .iter()
        .fold(1_u64, |count, side| count.saturating_mul(*side));
    if count == 0 {
        return Ok(Text::Of(Vec::new()));
    }
    if !matches!(kind.class, Class::Text | Class::LongText) {
        return Ok(Text::Other);
    }
    if count > TEXTS_MAX {
        return Err(Fault::Unread("an attribute of more texts than the limit"));
    }
    let mut slice = Slice::new(data);
    let mut texts = Vec::new();
    for _ in 0..count {
        texts.push(match kind.class {
            Class::LongText => long(file, &mut slice)?,
            _ => {
                let bytes = slice.take(kind.size)?;
                let end = bytes.iter().position(|byte| *byte == 0);
                bytes
                    .get(..end.unwrap_or(bytes.len()))
                    .unwrap_or_default()
                    .to_vec()
            }
        });
    }
    Ok(Text::Of(texts))
}

fn long(file: &Hdf5<'_>, slice: &mut Slice<'_>) -> Result<Vec<u8>, Fault> {
    let size = slice.size(4)?;
    let address = file.address(slice)?;
    let index = slice.number(4)?;
    let Some(address) = address.filter(|_| size > 0) else {
        return Ok(Vec::new());
    };
    let mut value = heap::global(file, address, index)?;
    if value.len() < size {
        return Err(Fault::Broken("a text is shorter than it says"));
    }
    value.truncate(size);
    // Some writers count the zero at the end.
    while value.last() == Some(&0) {
        value.pop();
    }
    Ok(value)
}
