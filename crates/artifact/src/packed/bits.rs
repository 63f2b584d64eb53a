//! Bits from the most significant one on, as bzip2 packs them.

use super::Halt;
use crate::cursor::Cursor;

/// A reader of bits over a cursor.
pub(super) struct Bits<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    held: u64,
    count: u32,
}

impl<'c, 'a> Bits<'c, 'a> {
    pub(super) const fn new(cursor: &'c mut Cursor<'a>) -> Self {
        Self {
            cursor,
            held: 0,
            count: 0,
        }
    }

    /// Takes `count` bits, at most 32.
    pub(super) fn take(&mut self, count: u32) -> Result<u32, Halt> {
        while self.count < count {
            self.held = self.held << 8 | u64::from(self.cursor.u8()?);
            self.count += 8;
        }
        self.count -= count;
        let value = self.held >> self.count & ((1 << count) - 1);
        Ok(u32::try_from(value).unwrap_or(0))
    }

    pub(super) fn flag(&mut self) -> Result<bool, Halt> {
        Ok(self.take(1)? == 1)
    }

    /// Drops the bits up to the next byte.
    pub(super) const fn align(&mut self) {
        self.count -= self.count % 8;
    }

    /// Bytes left, including those held.
    pub(super) fn remaining(&self) -> u64 {
        self.cursor.remaining() + u64::from(self.count / 8)
    }
}
