//! Where bytes come from: random access with a known size, so that a reader can skip what it need
//! not see. `jobs` implements it over files; slices and parts of other sources implement it here.

/// Bytes that can be read at any offset.
pub trait ReadAt: Sync {
    /// How many bytes there are.
    fn size(&self) -> u64;

    /// Reads at `offset` into `buffer` and says how many bytes were read; 0 only at the end.
    ///
    /// # Errors
    /// When the source itself fails, which is not the fault of its content.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError>;
}

/// The source failed, or changed while it was read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("cannot read: {0}")]
pub struct ReadError(pub String);

/// A contiguous part of another source, such as a stored member of an archive.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    source: &'a dyn ReadAt,
    start: u64,
    size: u64,
}

impl<'a> Part<'a> {
    /// The part of `source` from `start`, at most `size` bytes and never past the end.
    #[must_use]
    pub fn new(source: &'a dyn ReadAt, start: u64, size: u64) -> Self {
        let start = start.min(source.size());
        Self {
            source,
            start,
            size: size.min(source.size() - start),
        }
    }
}

impl std::fmt::Debug for Part<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Part({}..+{})", self.start, self.size)
    }
}

impl ReadAt for Part<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let left = self.size.saturating_sub(offset);
        let wanted = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        match buffer.get_mut(..wanted) {
            Some(buffer) if wanted > 0 => self
                .source
                .read_at(self.start.saturating_add(offset), buffer),
            _ => Ok(0),
        }
    }
}

impl ReadAt for [u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.get(offset..))
            .unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(count)
    }
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> u64 {
        self.as_slice().size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        self.as_slice().read_at(offset, buffer)
    }
}

/// Reads up to `count` bytes at `offset`; fewer only where the source ends.
pub(crate) fn read_up_to(
    source: &dyn ReadAt,
    offset: u64,
    count: usize,
) -> Result<Vec<u8>, ReadError> {
    let left = usize::try_from(source.size().saturating_sub(offset)).unwrap_or(usize::MAX);
    let mut bytes = vec![0; count.min(left)];
    let mut filled = 0;
    while let Some(buffer) = bytes.get_mut(filled..).filter(|buffer| !buffer.is_empty()) {
        match source.read_at(offset.saturating_add(filled as u64), buffer)? {
            0 => break,
            read => filled += read,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_never_reach_past_their_range() {
        let bytes = b"0123456789".to_vec();
        let part = Part::new(&bytes, 3, 4);
        assert_eq!(read_up_to(&part, 0, 100).unwrap(), b"3456");
        assert_eq!(read_up_to(&part, 2, 1).unwrap(), b"5");
        assert_eq!(read_up_to(&part, 9, 1).unwrap(), b"");
        assert_eq!(Part::new(&bytes, 20, 5).size(), 0);
        assert_eq!(Part::new(&bytes, 8, u64::MAX).size(), 2);
    }
}
