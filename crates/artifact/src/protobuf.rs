//! A bounded reader of the protobuf wire format that needs no schema and never allocates by length.

use crate::cursor::{Cursor, Stop};
use crate::source::{Part, ReadAt, ReadError};

/// One field of a message.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    Varint,
    Fixed,
    Bytes(Part<'a>),
}

/// Why a message cannot be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum WireError {
    /// Not the wire format.
    Broken,
    /// The source failed.
    Read(ReadError),
}

impl From<Stop> for WireError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::End => Self::Broken,
            Stop::Read(error) => Self::Read(error),
        }
    }
}

/// The fields of one message, in the order of the bytes.
pub(crate) struct Fields<'a> {
    cursor: Cursor<'a>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(source: &'a dyn ReadAt) -> Self {
        Self {
            cursor: Cursor::new(source, 0),
        }
    }

    /// The next field and its number; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Value<'a>)>, WireError> {
        if self.cursor.remaining() == 0 {
            return Ok(None);
        }
        let key = self.varint()?;
        let number = key >> 3;
        if number == 0 || number > 536_870_911 {
            return Err(WireError::Broken);
        }
        let value = match key & 7 {
            0 => {
                self.varint()?;
                Value::Varint
            }
            1 => {
                self.cursor.skip(8)?;
                Value::Fixed
            }
            2 => {
                let size = self.varint()?;
                let start = self.cursor.position();
                self.cursor.skip(size)?;
                Value::Bytes(Part::new(self.cursor.source(), start, size))
            }
            5 => {
                self.cursor.skip(4)?;
                Value::Fixed
            }
            // Groups are gone from the format that TensorFlow and ONNX use.
            _ => return Err(WireError::Broken),
        };
        Ok(Some((number, value)))
    }

    fn varint(&mut self) -> Result<u64, WireError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.cursor.u8()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(WireError::Broken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn never_panics_and_always_ends(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut fields = Fields::new(&bytes);
            let mut count = 0;
            while let Ok(Some(_)) = fields.next() {
                count += 1;
                prop_assert!(count <= bytes.len());
            }
        }
    }
}
