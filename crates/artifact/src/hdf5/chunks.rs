//! Values of datasets that do not lie in a row: chunks found, unpacked and put in their places.

use super::dataset::{Dataset, Filter, Index, Layout};
use super::slice::Slice;
use super::{Fault, Hdf5};
use crate::inflate::{self, Ended};

/// Bytes of one chunk, unpacked.
const CHUNK_MAX: u64 = 256 << 20;
/// Levels of a tree; one of more is no tree.
const LEVELS_MAX: u32 = 64;

/// A chunk: where its first value belongs, where it lies, and which filters it did not go through.
struct Chunk {
    origin: Vec<u64>,
    address: u64,
    size: u64,
    skipped: u32,
}

/// The array that the chunks make, and where they belong in it.
struct Frame<'s> {
    shape: &'s [u64],
    sides: &'s [u64],
    width: usize,
}

impl Hdf5<'_> {
    /// The values of `dataset` in a row, at most `bytes_max` of them.
    pub(crate) fn values(&self, dataset: &Dataset, bytes_max: u64) -> Result<Vec<u8>, Fault> {
        let shape = dataset.shape.as_deref().unwrap_or(&[0]);
        let width = dataset.width as u64;
        let total = volume(shape).saturating_mul(width);
        if total > bytes_max {
            return Err(Fault::Unread("a dataset larger than the limit"));
        }
        let mut values = filled(dataset, total);
        match &dataset.layout {
            Layout::Virtual => return Err(Fault::Unread("a dataset made of others")),
            Layout::Row { address: None, .. } => {}
            Layout::Row {
                address: Some(address),
                ..
            } => {
                let place = self.place(*address);
                let size = usize::try_from(total).unwrap_or(usize::MAX);
                values = crate::source::read_up_to(self.source, place, size)?;
                if values.len() != size {
                    return Err(Fault::Broken("a dataset reaches past the end"));
                }
            }
            Layout::Chunks { sides, index } => {
                let frame = Frame {
                    shape,
                    sides,
                    width: dataset.width,
                };
                self.chunks(dataset, &frame, index, &mut values)?;
            }
        }
        Ok(values)
    }

    fn chunks(
        &self,
        dataset: &Dataset,
        frame: &Frame<'_>,
        index: &Index,
        values: &mut [u8],
    ) -> Result<(), Fault> {
        let size = volume(frame.sides).saturating_mul(frame.width as u64);
        if frame.sides.len() != frame.shape.len() || size == 0 {
            return Err(Fault::Broken("chunks have no sound shape"));
        }
        if size > CHUNK_MAX {
            return Err(Fault::Unread("a chunk larger than the limit"));
        }
        let whole = |origin, address, size, skipped| Chunk {
            origin,
            address,
            size,
            skipped,
        };
        let first = vec![0; frame.shape.len()];
        let chunks = match index {
            Index::Nothing => Vec::new(),
            Index::Tree(root) => self.chunk_tree(*root, frame)?,
            Index::Single(at, None) => vec![whole(first, *at, size, u32::MAX)],
            Index::Single(at, Some((size, skipped))) => vec![whole(first, *at, *size, *skipped)],
            Index::Implicit(at) => self.row_of_chunks(*at, size, frame)?,
            Index::Unread(what) => return Err(Fault::Unread(what)),
        };
        for chunk in chunks {
            let bytes = self.chunk(dataset, &chunk, size)?;
            place(frame, &chunk.origin, &bytes, values);
        }
        Ok(())
    }

    fn chunk_tree(&self, root: u64, frame: &Frame<'_>) -> Result<Vec<Chunk>, Fault> {
        let rank = frame.shape.len();
        let (key, entry) = (8 + 8 * (rank + 1), 8 + 8 * (rank + 1) + self.offsets);
        let mut chunks = Vec::new();
        let mut waiting = vec![(root, LEVELS_MAX)];
        while let Some((address, above)) = waiting.pop() {
            let head_size = 8 + 2 * self.offsets as u64;
            let head = self.bytes(address, head_size)?;
            let mut head = Slice::new(&head);
            head.expect(b"TREE\x01")?;
            let level = u32::from(head.u8()?);
            if level >= above {
                return Err(Fault::Broken("a tree of chunks leads back to itself"));
            }
            let used = head.size(2)?;
            let start = address.saturating_add(head_size);
            let entries = self.bytes(start, (used * entry + key) as u64)?;
            let mut entries = Slice::new(&entries);
            for _ in 0..used {
                let chunk = self.chunk_key(&mut entries, rank)?;
                match level {
                    0 => chunks.push(chunk),
                    _ => waiting.push((chunk.address, level)),
                }
            }
        }
        Ok(chunks)
    }

    /// An entry of a tree: a chunk, or a node below.
    fn chunk_key(&self, entries: &mut Slice<'_>, rank: usize) -> Result<Chunk, Fault> {
        self.step()?;
        let (size, skipped) = (entries.number(4)?, entries.number(4)? as u32);
        let origin = (0..rank).map(|_| entries.number(8));
        let origin = origin.collect::<Result<_, _>>()?;
        entries.skip(8)?;
        let address = self
            .address(entries)?
            .ok_or(Fault::Broken("a tree of chunks leads nowhere"))?;
        Ok(Chunk {
            origin,
            address,
            size,
            skipped,
        })
    }

    fn row_of_chunks(&self, start: u64, size: u64, frame: &Frame<'_>) -> Result<Vec<Chunk>, Fault> {
        let counts: Vec<u64> = frame
            .shape
            .iter()
            .zip(frame.sides)
            .map(|(side, part)| side.div_ceil((*part).max(1)))
            .collect();
        let mut chunks = Vec::new();
        let mut index = vec![0; counts.len()];
        for number in 0..volume(&counts) {
            self.step()?;
            let origin = index.iter().zip(frame.sides).map(|(at, side)| at * side);
            chunks.push(Chunk {
                origin: origin.collect(),
                address: start.saturating_add(number.saturating_mul(size)),
                size,
                skipped: u32::MAX,
            });
            advance(&mut index, &counts);
        }
        Ok(chunks)
    }

    /// The bytes of a chunk as they were before its filters.
    fn chunk(&self, dataset: &Dataset, chunk: &Chunk, size: u64) -> Result<Vec<u8>, Fault> {
        // Packed bytes may be a little more than the plain ones.
        if chunk.size > size.saturating_mul(2).saturating_add(1 << 16) {
            return Err(Fault::Broken("a chunk is larger than its values"));
        }
        let packed = usize::try_from(chunk.size).unwrap_or(usize::MAX);
        let place = self.place(chunk.address);
        let mut bytes = crate::source::read_up_to(self.source, place, packed)?;
        if bytes.len() != packed {
            return Err(Fault::Broken("a chunk reaches past the end"));
        }
        for (index, filter) in dataset.filters.iter().enumerate().rev() {
            if chunk.skipped.checked_shr(index as u32).unwrap_or(0) & 1 == 1 {
                continue;
            }
            bytes = match filter {
                Filter::Deflate => inflated(&bytes, size)?,
                Filter::Shuffle => unshuffled(&bytes, dataset.width),
                Filter::Fletcher => bytes
                    .split_last_chunk::<4>()
                    .map(|(bytes, _)| bytes.to_vec())
                    .ok_or(Fault::Broken("a chunk has no checksum"))?,
                Filter::Other => return Err(Fault::Unread("a filter that is not known")),
            };
        }
        match bytes.len() as u64 == size {
            true => Ok(bytes),
            false => Err(Fault::Broken("a chunk holds more or less than its values")),
        }
    }
}

fn volume(sides: &[u64]) -> u64 {
    sides
        .iter()
        .fold(1, |volume: u64, side| volume.saturating_mul(*side))
}

fn filled(dataset: &Dataset, total: u64) -> Vec<u8> {
    let total = usize::try_from(total).unwrap_or(0);
    match &dataset.fill {
        Some(value) if value.iter().any(|byte| *byte != 0) => {
            value.iter().copied().cycle().take(total).collect()
        }
        _ => vec![0; total],
    }
}

fn inflated(bytes: &[u8], size: u64) -> Result<Vec<u8>, Fault> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    // A checksum may still follow behind the values.
    let unpacked = inflate::unpack(&bytes.to_vec(), 0, true, size.saturating_add(64))?;
    match unpacked.end {
        Ended::Complete => Ok(unpacked.bytes),
        Ended::Cut | Ended::Broken => Err(Fault::Broken("a chunk cannot be unpacked")),
    }
}

/// Puts the bytes of each value together again.
fn unshuffled(bytes: &[u8], width: usize) -> Vec<u8> {
    let count = bytes.len() / width.max(1);
    if width <= 1 || count == 0 {
        return bytes.to_vec();
    }
    let mut plain = bytes.to_vec();
    for (byte, row) in bytes.chunks_exact(count).take(width).enumerate() {
        for (slot, value) in plain.iter_mut().skip(byte).step_by(width).zip(row) {
            *slot = *value;
        }
    }
    plain
}

/// Copies the rows of a chunk, without what lies outside of the array.
fn place(frame: &Frame<'_>, origin: &[u64], bytes: &[u8], values: &mut [u8]) {
    let inside = origin.iter().zip(frame.shape).all(|(at, side)| at < side);
    let (Some(row), Some(outer)) = (
        frame.sides.last(),
        frame.sides.get(..frame.sides.len().saturating_sub(1)),
    ) else {
        // A single value has no sides.
        return values
            .iter_mut()
            .zip(bytes)
            .for_each(|(slot, byte)| *slot = *byte);
    };
    if !inside {
        return;
    }
    let row_bytes = usize::try_from(*row).unwrap_or(0) * frame.width;
    let mut index = vec![0; outer.len()];
    for source in bytes.chunks_exact(row_bytes.max(1)) {
        if let Some((start, length)) = target(frame, origin, &index) {
            let slots = values.get_mut(start..start + length).unwrap_or_default();
            slots
                .iter_mut()
                .zip(source)
                .for_each(|(slot, byte)| *slot = *byte);
        }
        advance(&mut index, outer);
    }
}

/// Where a row of a chunk belongs: offset and bytes; `None` where it lies outside.
fn target(frame: &Frame<'_>, origin: &[u64], index: &[u64]) -> Option<(usize, usize)> {
    let (first, last_side) = (origin.last()?, frame.shape.last()?);
    let mut at = 0_u64;
    for ((start, step), side) in origin.iter().zip(index).zip(frame.shape) {
        let place = start + step;
        if place >= *side {
            return None;
        }
        at = at * side + place;
    }
    let at = at.checked_mul(*last_side)?.checked_add(*first)?;
    let length = (*last_side - first).min(*frame.sides.last()?);
    let bytes = |count: u64| usize::try_from(count).ok()?.checked_mul(frame.width);
    Some((bytes(at)?, bytes(length)?))
}

fn advance(index: &mut [u64], sides: &[u64]) {
    for (at, side) in index.iter_mut().zip(sides).rev() {
        *at += 1;
        if *at < *side {
            return;
        }
        *at = 0;
    }
}
