//! A forward reader over the bytes of one structure.

use super::Fault;

pub(super) struct Slice<'a>(&'a [u8]);

impl<'a> Slice<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or(Fault::Broken("a structure is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn skip(&mut self, count: usize) -> Result<(), Fault> {
        self.take(count).map(drop)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Fault> {
        Ok(self.take(1)?.first().copied().unwrap_or(0))
    }

    /// A little-endian number of at most eight bytes.
    pub(super) fn number(&mut self, width: usize) -> Result<u64, Fault> {
        let bytes = self.take(width)?.iter().take(8).enumerate();
        Ok(bytes.fold(0, |value, (index, byte)| {
            value | u64::from(*byte) << (8 * index)
        }))
    }

    /// The same as a size in memory.
    pub(super) fn size(&mut self, width: usize) -> Result<usize, Fault> {
        usize::try_from(self.number(width)?).map_err(|_| Fault::Broken("a size is too large"))
    }

    pub(super) fn expect(&mut self, signature: &[u8]) -> Result<(), Fault> {
        match self.take(signature.len())? == signature {
            true => Ok(()),
            false => Err(Fault::Broken("a structure has another signature")),
        }
    }

    /// Text up to a zero byte, which is taken too.
    pub(super) fn text(&mut self) -> Result<&'a [u8], Fault> {
        let end = self.0.iter().position(|byte| *byte == 0);
        let end = end.ok_or(Fault::Broken("a name has no end"))?;
        let text = self.take(end)?;
        self.skip(1)?;
        Ok(text)
    }

    pub(super) const fn left(&self) -> usize {
        self.0.len()
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.0
    }
}
