//! Compressed streams other than deflate: unpacked whole up to a bound, checksums compared.

mod bits;
mod bzip2;
mod foreign;
mod lz4;

use crate::cursor::{Cursor, Stop};
use crate::inflate::{Ended, Inflated};
use crate::source::{ReadAt, ReadError};

/// How a stream is packed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Packing {
    Bzip2,
    Lz4,
    /// LZMA without a container.
    Lzma,
    Xz,
    Zstd,
}

/// Why unpacking stopped before the end of the stream.
pub(crate) enum Halt {
    /// `bytes_max` was reached.
    Full,
    /// The stream is broken or cut short.
    Broken,
    /// The source failed.
    Read(ReadError),
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::End => Self::Broken,
            Stop::Read(error) => Self::Read(error),
        }
    }
}

/// Where unpacked bytes go, up to a bound.
pub(crate) struct Output {
    bytes: Vec<u8>,
    bytes_max: usize,
}

impl Output {
    fn push(&mut self, byte: u8) -> Result<(), Halt> {
        if self.bytes.len() >= self.bytes_max {
            return Err(Halt::Full);
        }
        self.bytes.push(byte);
        Ok(())
    }

    fn extend(&mut self, bytes: &[u8]) -> Result<(), Halt> {
        let room = self.bytes_max - self.bytes.len();
        let fits = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.bytes.extend_from_slice(fits);
        if fits.len() < bytes.len() {
            return Err(Halt::Full);
        }
        Ok(())
    }

    /// Repeats what stands `distance` back, as Lempel and Ziv do.
    fn repeat(&mut self, distance: usize, count: usize) -> Result<(), Halt> {
        let start = self.bytes.len().checked_sub(distance);
        let start = start.filter(|_| distance > 0).ok_or(Halt::Broken)?;
        for index in start..start.saturating_add(count) {
            let byte = *self.bytes.get(index).ok_or(Halt::Broken)?;
            self.push(byte)?;
        }
        Ok(())
    }
}

/// Unpacks `source`, at most `bytes_max` bytes.
pub(crate) fn unpack(
    packing: Packing,
    source: &dyn ReadAt,
    bytes_max: usize,
) -> Result<Inflated, ReadError> {
    let mut output = Output {
        bytes: Vec::new(),
        bytes_max,
    };
    let mut cursor = Cursor::new(source, 0);
    let outcome = match packing {
        Packing::Bzip2 => bzip2::unpack(&mut cursor, &mut output),
        Packing::Lz4 => lz4::unpack(&mut cursor, &mut output),
        Packing::Lzma | Packing::Xz | Packing::Zstd => {
            foreign::unpack(packing, &mut cursor, &mut output)
        }
    };
    let end = match outcome {
        Ok(()) => Ended::Complete,
        Err(Halt::Full) => Ended::Cut,
        Err(Halt::Broken) => Ended::Broken,
        Err(Halt::Read(error)) => return Err(error),
    };
    Ok(Inflated {
        bytes: output.bytes,
        consumed: cursor.position(),
        end,
    })
}

#[cfg(test)]
mod tests;
