//! A buffered forward cursor over a [`ReadAt`] that can skip without reading.

use crate::source::{ReadAt, ReadError};

const BUFFER_BYTES: u64 = 64 << 10;

/// Why a read did not succeed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Stop {
    /// The bytes end before what was asked for.
    End,
    /// The source failed.
    Read(ReadError),
}

/// A position in a source, with the bytes around it buffered.
pub(crate) struct Cursor<'a> {
    source: &'a dyn ReadAt,
    size: u64,
    position: u64,
    buffer: Vec<u8>,
    buffer_start: u64,
}

impl<'a> Cursor<'a> {
    /// A cursor at `position`.
    pub(crate) fn new(source: &'a dyn ReadAt, position: u64) -> Self {
        Self {
            source,
            size: source.size(),
            position,
            buffer: Vec::new(),
            buffer_start: 0,
        }
    }

    /// Takes one byte.
    pub(crate) fn u8(&mut self) -> Result<u8, Stop> {
        let index = self.position.wrapping_sub(self.buffer_start);
        let byte = match self
            .buffer
            .get(usize::try_from(index).unwrap_or(usize::MAX))
        {
            Some(byte) => *byte,
            None => *self.window(1)?.first().ok_or(Stop::End)?,
        };
        self.position += 1;
        Ok(byte)
    }

    /// Takes exactly `count` bytes, at most the size of the buffer.
    pub(crate) fn take(&mut self, count: usize) -> Result<&[u8], Stop> {
        self.window(count)?;
        let index = usize::try_from(self.position - self.buffer_start).unwrap_or(usize::MAX);
        self.position += count as u64;
        self.buffer
            .get(index..index.saturating_add(count))
            .ok_or(Stop::End)
    }

    /// Takes a little-endian number of `N` bytes, `N` at most 8.
    pub(crate) fn number<const N: usize>(&mut self) -> Result<u64, Stop> {
        let mut value = 0;
        for (index, byte) in self.take(N)?.iter().enumerate() {
            value |= u64::from(*byte) << (8 * index);
        }
        Ok(value)
    }

    /// Moves `count` bytes ahead without reading them.
    pub(crate) fn skip(&mut self, count: u64) -> Result<(), Stop> {
        let target = self.position.checked_add(count).ok_or(Stop::End)?;
        if target > self.size {
            return Err(Stop::End);
        }
        self.position = target;
        Ok(())
    }

    /// Moves past the next newline and says where the line began and how long it is without it.
    pub(crate) fn line(&mut self) -> Result<(u64, u64), Stop> {
        let start = self.position;
        loop {
            let window = self.window(1)?;
            match window.iter().position(|byte| *byte == b'\n') {
                Some(index) => {
                    self.position += index as u64 + 1;
                    return Ok((start, self.position - 1 - start));
                }
                None => self.position += window.len() as u64,
            }
        }
    }

    /// The bytes from the position on that are in the buffer already, perhaps none.
    pub(crate) fn buffered(&self) -> &[u8] {
        let index = self.position.wrapping_sub(self.buffer_start);
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        self.buffer.get(index..).unwrap_or_default()
    }

    /// Offset from the beginning of the source.
    pub(crate) const fn position(&self) -> u64 {
        self.position
    }

    /// Bytes left.
    pub(crate) const fn remaining(&self) -> u64 {
        self.size.saturating_sub(self.position)
    }

    /// The source itself, for reads elsewhere.
    pub(crate) const fn source(&self) -> &'a dyn ReadAt {
        self.source
    }

    /// The buffered bytes from the position on, at least `count` of them.
    fn window(&mut self, count: usize) -> Result<&[u8], Stop> {
        let buffered_end = self.buffer_start + self.buffer.len() as u64;
        let inside = self.position >= self.buffer_start
            && self.position.saturating_add(count as u64) <= buffered_end;
        if !inside {
            self.fill(count)?;
        }
        let index = usize::try_from(self.position - self.buffer_start).unwrap_or(usize::MAX);
        match self.buffer.get(index..) {
            Some(window) if window.len() >= count => Ok(window),
            _ => Err(Stop::End),
        }
    }

    fn fill(&mut self, count: usize) -> Result<(), Stop> {
        if (count as u64) > self.remaining() {
            return Err(Stop::End);
        }
        // Small first: a pickle that skips a large payload should not read 64 KiB around it.
        let wanted = match self.buffer.len() {
            0 => 4 << 10,
            _ => BUFFER_BYTES,
        };
        let wanted = wanted.max(count as u64).min(self.remaining());
        self.buffer_start = self.position;
        self.buffer.resize(usize::try_from(wanted).unwrap_or(0), 0);
        let mut filled = 0;
        while let Some(rest) = self
            .buffer
            .get_mut(filled..)
            .filter(|rest| !rest.is_empty())
        {
            let offset = self.position.saturating_add(filled as u64);
            match self.source.read_at(offset, rest).map_err(Stop::Read)? {
                0 => break,
                read => filled += read,
            }
        }
        self.buffer.truncate(filled);
        if filled < count {
            Err(Stop::End)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lines_and_skips_cross_buffer_edges() {
        let mut bytes = vec![b'x'; 200_000];
        bytes[150_000] = b'\n';
        bytes.extend_from_slice(&[1, 2, 3, 4]);
        let mut cursor = Cursor::new(&bytes, 0);
        assert_eq!(cursor.line(), Ok((0, 150_000)));
        cursor.skip(49_999).unwrap();
        assert_eq!(cursor.number::<4>(), Ok(0x0403_0201));
        assert_eq!(cursor.u8(), Err(Stop::End));
        assert_eq!(cursor.skip(1), Err(Stop::End));
        assert_eq!(cursor.remaining(), 0);
    }
}
