//! Types and shapes of values.

use super::slice::Slice;
use super::{Fault, Hdf5};

/// Types inside of types.
const DEPTH_MAX: u32 = 8;

/// The type of a value, as far as anybody here needs it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Datatype {
    pub(super) class: Class,
    /// Bytes of one value.
    pub(super) size: usize,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Class {
    Number(Number),
    /// Text of a fixed size.
    Text,
    /// Text of any size, in the global heap.
    LongText,
    /// Anything else, by its number.
    Other(u8),
}

/// A number as safetensors knows them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Number {
    /// Type code as numpy writes it, or `bf16`.
    pub(crate) code: &'static str,
    /// Whether the bytes stand in the order of big machines.
    pub(crate) swapped: bool,
}

pub(super) fn datatype(data: &[u8]) -> Result<Datatype, Fault> {
    nested(&mut Slice::new(data), 0)
}

fn nested(slice: &mut Slice<'_>, depth: u32) -> Result<Datatype, Fault> {
    if depth > DEPTH_MAX {
        return Err(Fault::Unread("types nest deeper than the limit"));
    }
    let class = slice.u8()?;
    let bits = [slice.u8()?, slice.u8()?, slice.u8()?];
    let size = slice.size(4)?;
    let number = |code: Option<&'static str>, swapped| match code {
        Some(code) => Class::Number(Number { code, swapped }),
        None => Class::Other(class & 0x0f),
    };
    let class = match class & 0x0f {
        0 => number(integer(slice, bits, size)?, bits[0] & 1 != 0),
        1 => number(float(slice, bits, size)?, bits[0] & 1 != 0),
        3 => Class::Text,
        8 => boolean(slice, (class >> 4, bits, size), depth)?,
        9 if bits[0] & 0x0f == 1 => Class::LongText,
        other => Class::Other(other),
    };
    Ok(Datatype { class, size })
}

fn integer(
    slice: &mut Slice<'_>,
    bits: [u8; 3],
    size: usize,
) -> Result<Option<&'static str>, Fault> {
    let (offset, precision) = (slice.size(2)?, slice.size(2)?);
    if offset != 0 || precision != size * 8 {
        return Ok(None);
    }
    let signed = bits[0] & 0x08 != 0;
    Ok(match (signed, size) {
        (true, 1) => Some("i1"),
        (true, 2) => Some("i2"),
        (true, 4) => Some("i4"),
        (true, 8) => Some("i8"),
        (false, 1) => Some("u1"),
        (false, 2) => Some("u2"),
        (false, 4) => Some("u4"),
        (false, 8) => Some("u8"),
        _ => None,
    })
}

/// Only what IEEE 754 defines, and bfloat16.
fn float(slice: &mut Slice<'_>, bits: [u8; 3], size: usize) -> Result<Option<&'static str>, Fault> {
    let (offset, precision) = (slice.size(2)?, slice.size(2)?);
    let exponent = (slice.u8()?, slice.u8()?);
    let mantissa = (slice.u8()?, slice.u8()?);
    let bias = slice.number(4)?;
    let other_order = bits[0] & 0x40 != 0;
    if offset != 0 || precision != size * 8 || usize::from(bits[1]) + 1 != precision || other_order
    {
        return Ok(None);
    }
    Ok(match (size, exponent, mantissa, bias) {
        (2, (10, 5), (0, 10), 15) => Some("f2"),
        (2, (7, 8), (0, 7), 127) => Some("bf16"),
        (4, (23, 8), (0, 23), 127) => Some("f4"),
        (8, (52, 11), (0, 52), 1023) => Some("f8"),
        _ => None,
    })
}

/// Booleans are written as an enumeration of FALSE and TRUE over one byte.
fn boolean(
    slice: &mut Slice<'_>,
    (version, bits, size): (u8, [u8; 3], usize),
    depth: u32,
) -> Result<Class, Fault> {
    let members = usize::from(bits[0]) | usize::from(bits[1]) << 8;
    let base = nested(slice, depth + 1)?;
    if members != 2 || size != 1 || base.size != 1 {
        return Ok(Class::Other(8));
    }
    let mut names = Vec::new();
    for _ in 0..members {
        let name = slice.text()?;
        if version < 3 {
            slice.skip((name.len() + 1).next_multiple_of(8) - name.len() - 1)?;
        }
        names.push(name);
    }
    let sound = names == [b"FALSE".as_slice(), b"TRUE"] && slice.take(2)? == [0, 1];
    Ok(match sound {
        true => Class::Number(Number {
            code: "b1",
            swapped: false,
        }),
        false => Class::Other(8),
    })
}

/// The sides of a value; `None` where there is none at all.
pub(super) fn dataspace(file: &Hdf5<'_>, data: &[u8]) -> Result<Option<Vec<u64>>, Fault> {
    let mut slice = Slice::new(data);
    let version = slice.u8()?;
    let rank = slice.u8()?;
    slice.skip(1)?;
    match version {
        1 => slice.skip(5)?,
        2 if slice.u8()? == 2 => return Ok(None),
        2 => {}
        _ => return Err(Fault::Unread("a shape of a later version")),
    }
    let sides = (0..rank).map(|_| file.length(&mut slice));
    sides.collect::<Result<_, _>>().map(Some)
}
