//! LZMA, xz and Zstandard, by libraries in safe Rust that are given a bounded reader.

use std::io::{self, Read};

use super::{Halt, Output, Packing};
use crate::cursor::{Cursor, Stop};
use crate::source::ReadError;

/// Memory that a window may take; the tools' default levels stay below it.
const WINDOW_MAX: u64 = 16 << 20;
const CHUNK_BYTES: usize = 32 << 10;

/// A cursor as the libraries want to read it.
struct Reader<'c, 'a>(&'c mut Cursor<'a>);

impl Read for Reader<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.remaining().min(buffer.len().min(CHUNK_BYTES) as u64);
        let count = usize::try_from(count).unwrap_or(0);
        match self.0.take(count) {
            Ok(bytes) => {
                if let Some(buffer) = buffer.get_mut(..count) {
                    buffer.copy_from_slice(bytes);
                }
                Ok(count)
            }
            Err(Stop::End) => Ok(0),
            Err(Stop::Read(error)) => Err(io::Error::other(error)),
        }
    }
}

/// Unpacks the stream; what follows behind it is left in the cursor.
pub(super) fn unpack(
    packing: Packing,
    cursor: &mut Cursor<'_>,
    output: &mut Output,
) -> Result<(), Halt> {
    let window_kib = u32::try_from(WINDOW_MAX >> 10).unwrap_or(u32::MAX);
    match packing {
        Packing::Lzma => {
            let reader = Reader(cursor);
            let decoder =
                lzma_rust2::LzmaReader::new_mem_limit(reader, window_kib, None).map_err(halt)?;
            drain(decoder, output)
        }
        Packing::Xz => {
            let reader = Reader(cursor);
            drain(
                lzma_rust2::XzReader::new_mem_limit(reader, true, window_kib),
                output,
            )
        }
        _ => zstd(cursor, output),
    }
}

/// One frame after the other, as the tools read them.
fn zstd(cursor: &mut Cursor<'_>, output: &mut Output) -> Result<(), Halt> {
    use ruzstd::decoding::StreamingDecoder;
    while cursor.remaining() > 0 {
        let reader = Reader(cursor);
        let decoder = StreamingDecoder::new_with_max_window_size(reader, WINDOW_MAX)
            .map_err(|_| Halt::Broken)?;
        drain(decoder, output)?;
    }
    Ok(())
}

fn drain(mut decoder: impl Read, output: &mut Output) -> Result<(), Halt> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match decoder.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(count) => output.extend(chunk.get(..count).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(halt(error)),
        }
    }
}

/// Whether the source failed or the stream is to blame.
fn halt(error: io::Error) -> Halt {
    let inner = error.into_inner();
    match inner.and_then(|inner| inner.downcast::<ReadError>().ok()) {
        Some(error) => Halt::Read(*error),
        None => Halt::Broken,
    }
}
