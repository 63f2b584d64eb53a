//! Lines of a source, one at a time, never more than a bounded part of one in memory.

use crate::source::{ReadAt, ReadError};

/// Bytes of a line that are kept; a longer record is told, not read.
pub(super) const LINE_MAX: usize = 4 << 20;

const BLOCK_BYTES: usize = 256 << 10;

/// One line without its end.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u32,
    pub(super) byte: u64,
    pub(super) bytes: Vec<u8>,
    /// Longer than what is kept.
    pub(super) cut: bool,
}

/// Reads lines forward.
pub(super) struct Lines<'a> {
    source: &'a dyn ReadAt,
    block: Vec<u8>,
    start: usize,
    block_offset: u64,
    number: u32,
}

impl<'a> Lines<'a> {
    pub(super) fn new(source: &'a dyn ReadAt) -> Self {
        Self {
            source,
            block: Vec::new(),
            start: 0,
            block_offset: 0,
            number: 0,
        }
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Line>, ReadError> {
        let byte = self.block_offset + self.start as u64;
        let mut line = Line {
            number: self.number.saturating_add(1),
            byte,
            bytes: Vec::new(),
            cut: false,
        };
        let mut seen = false;
        loop {
            let ended = self.start >= self.block.len() && !self.fill()?;
            if ended && !seen {
                return Ok(None);
            }
            if ended {
                break;
            }
            seen = true;
            let rest = self.block.get(self.start..).unwrap_or_default();
            let end = rest.iter().position(|byte| *byte == b'\n');
            let part = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            let room = LINE_MAX.saturating_sub(line.bytes.len());
            line.cut |= part.len() > room;
            line.bytes
                .extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
            self.start += part.len();
            if end.is_some() {
                self.start += 1;
                break;
            }
        }
        if line.bytes.last() == Some(&b'\r') {
            line.bytes.pop();
        }
        self.number = line.number;
        Ok(Some(line))
    }

    fn fill(&mut self) -> Result<bool, ReadError> {
        self.block_offset += self.block.len() as u64;
        self.start = 0;
        self.block.resize(BLOCK_BYTES, 0);
        let read = self.source.read_at(self.block_offset, &mut self.block)?;
        self.block.truncate(read);
        Ok(read > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_cross_blocks_and_the_last_needs_no_end() {
        let mut bytes = vec![b'a'; BLOCK_BYTES + 10];
        bytes.extend_from_slice(b"\r\nb\n\nc");
        let mut lines = Lines::new(&bytes);
        let first = lines.next().unwrap().unwrap();
        assert_eq!((first.number, first.bytes.len()), (1, BLOCK_BYTES + 10));
        let rest: Vec<_> = std::iter::from_fn(|| lines.next().unwrap())
            .map(|line| (line.number, String::from_utf8(line.bytes).unwrap()))
            .collect();
        assert_eq!(rest, [(2, "b".into()), (3, String::new()), (4, "c".into())]);
    }
}
