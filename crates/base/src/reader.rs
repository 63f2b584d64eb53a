//! A bounded cursor over untrusted bytes: every read says what it wants and may be refused.

/// A cursor that never reads past its end and never panics.
#[derive(Clone, Debug)]
pub struct ByteReader<'a> {
    bytes: &'a [u8],
    position: usize,
}

/// The bytes end before what was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the bytes end {missing} short at offset {offset}")]
pub struct OutOfBounds {
    /// Where the read began.
    pub offset: usize,
    /// How many bytes are missing.
    pub missing: usize,
}

impl<'a> ByteReader<'a> {
    /// A cursor at the beginning of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Takes the next `count` bytes.
    ///
    /// # Errors
    /// When fewer are left; the cursor does not move then.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], OutOfBounds> {
        let end = self.position.saturating_add(count);
        match self.bytes.get(self.position..end) {
            Some(slice) => {
                self.position = end;
                Ok(slice)
            }
            None => Err(OutOfBounds {
                offset: self.position,
                missing: count - self.remaining(),
            }),
        }
    }

    /// Takes the next `N` bytes as an array.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], OutOfBounds> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// Takes one byte.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn u8(&mut self) -> Result<u8, OutOfBounds> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    /// Takes a little-endian 16-bit number.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn u16_le(&mut self) -> Result<u16, OutOfBounds> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// Takes a little-endian 32-bit number.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn u32_le(&mut self) -> Result<u32, OutOfBounds> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Takes a little-endian 64-bit number.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn u64_le(&mut self) -> Result<u64, OutOfBounds> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Moves to an absolute offset, at most the end.
    ///
    /// # Errors
    /// When the offset lies past the end; the cursor does not move then.
    pub const fn seek(&mut self, offset: usize) -> Result<(), OutOfBounds> {
        if offset > self.bytes.len() {
            return Err(OutOfBounds {
                offset: self.position,
                missing: offset - self.bytes.len(),
            });
        }
        self.position = offset;
        Ok(())
    }

    /// Bytes left.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// Offset from the beginning.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// What is left, without moving.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn reads_never_pass_the_end(bytes in proptest::collection::vec(any::<u8>(), 0..64), counts in proptest::collection::vec(any::<usize>(), 0..16)) {
            let mut reader = ByteReader::new(&bytes);
            for count in counts {
                let before = reader.position();
                match reader.take(count) {
                    Ok(slice) => prop_assert_eq!(slice.len(), count),
                    Err(error) => {
                        prop_assert_eq!(reader.position(), before);
                        prop_assert!(error.missing > 0);
                    }
                }
            }
        }
    }
}
