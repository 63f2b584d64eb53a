//! Bounded inflation: a member is unpacked whole when it is small, else only its head.

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

use crate::cursor::{Cursor, Stop};
use crate::source::ReadAt;

/// Bytes of one unpacked member that are held in memory.
pub(crate) const HELD_MAX: usize = 16 << 20;

const CHUNK_BYTES: usize = 32 << 10;

/// What unpacking came to.
#[derive(Debug)]
pub(crate) struct Inflated {
    pub(crate) bytes: Vec<u8>,
    /// How many packed bytes were used.
    pub(crate) consumed: u64,
    pub(crate) end: Ended,
}

/// How unpacking ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ended {
    /// At the end of the packed stream.
    Complete,
    /// At `bytes_max`, with more to come.
    Cut,
    /// In bytes that are not a deflate stream, or that end too early.
    Broken,
}

/// Unpacks a raw (`zlib` false) or wrapped deflate stream at `offset`, at most `bytes_max` bytes.
pub(crate) fn unpack(
    source: &dyn ReadAt,
    offset: u64,
    zlib: bool,
    bytes_max: usize,
) -> Result<Inflated, crate::source::ReadError> {
    let format = if zlib {
        DataFormat::Zlib
    } else {
        DataFormat::Raw
    };
    let mut state = InflateState::new_boxed(format);
    let mut cursor = Cursor::new(source, offset);
    let mut bytes = Vec::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut consumed = 0;
    let end = loop {
        let count = cursor.remaining().min(CHUNK_BYTES as u64);
        let packed = match cursor.take(usize::try_from(count).unwrap_or(0)) {
            Ok(packed) => packed,
            Err(Stop::End) => break Ended::Broken,
            Err(Stop::Read(error)) => return Err(error),
        };
        let mut rest = packed;
        let ended = loop {
            let step = inflate(&mut state, rest, &mut chunk, MZFlush::None);
            consumed += step.bytes_consumed as u64;
            rest = rest.get(step.bytes_consumed..).unwrap_or_default();
            let room = bytes_max.saturating_sub(bytes.len());
            let written = chunk.get(..step.bytes_written).unwrap_or_default();
            bytes.extend_from_slice(written.get(..room.min(written.len())).unwrap_or_default());
            match step.status {
                _ if step.bytes_written > room => break Some(Ended::Cut),
                Ok(MZStatus::StreamEnd) => break Some(Ended::Complete),
                Ok(_) if step.bytes_consumed == 0 && step.bytes_written == 0 => break None,
                Ok(_) if rest.is_empty() && step.bytes_written < chunk.len() => break None,
                Ok(_) => {}
                Err(miniz_oxide::MZError::Buf) => break None,
                Err(_) => break Some(Ended::Broken),
            }
        };
        if let Some(ended) = ended {
            break ended;
        }
        if count == 0 {
            break Ended::Broken;
        }
    };
    Ok(Inflated {
        bytes,
        consumed,
        end,
    })
}

/// Where the deflate stream of a gzip member begins; `None` where the header is broken.
pub(crate) fn gzip_body(source: &dyn ReadAt) -> Option<u64> {
    let mut cursor = Cursor::new(source, 0);
    let flags = *cursor.take(10).ok()?.get(3)?;
    if flags & 0x04 != 0 {
        let size = cursor.number::<2>().ok()?;
        cursor.skip(size).ok()?;
    }
    for bit in [0x08, 0x10] {
        if flags & bit != 0 {
            while cursor.u8().ok()? != 0 {}
        }
    }
    if flags & 0x02 != 0 {
        cursor.skip(2).ok()?;
    }
    Some(cursor.position())
}

/// Bytes behind a gzip stream: the checksum and the size of what it held.
pub(crate) const GZIP_TRAILER: u64 = 8;

/// Whether the trailer at `offset` is that of `content`; false where it is cut short.
pub(crate) fn gzip_agrees(
    source: &dyn ReadAt,
    offset: u64,
    content: &[u8],
) -> Result<bool, crate::source::ReadError> {
    let mut cursor = Cursor::new(source, offset);
    let mut expect = |value: u64| match cursor.number::<4>() {
        Ok(found) => Ok(found == value),
        Err(Stop::End) => Ok(false),
        Err(Stop::Read(error)) => Err(error),
    };
    Ok(expect(u64::from(crc32(content)))? && expect(content.len() as u64 & 0xffff_ffff)?)
}

/// CRC-32 as zip and gzip use it.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacking_is_whole_cut_or_broken() {
        let plain = b"seawall ".repeat(10_000);
        let packed = miniz_oxide::deflate::compress_to_vec(&plain, 6);
        let whole = unpack(&packed, 0, false, 1 << 20).unwrap();
        assert_eq!(
            (whole.end, whole.bytes.len()),
            (Ended::Complete, plain.len())
        );
        assert_eq!(whole.consumed, packed.len() as u64);
        assert_eq!(unpack(&packed, 0, false, 100).unwrap().end, Ended::Cut);
        let short = packed[..packed.len() - 3].to_vec();
        assert_eq!(
            unpack(&short, 0, false, 1 << 20).unwrap().end,
            Ended::Broken
        );
        assert_eq!(
            unpack(&b"\xff\xff".to_vec(), 0, false, 9).unwrap().end,
            Ended::Broken
        );
    }

    #[test]
    fn crc_of_the_check_string() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
