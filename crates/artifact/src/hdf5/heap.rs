//! Heaps: names of the older groups, and values of variable length.

use super::slice::Slice;
use super::{Fault, Hdf5};

/// The names of a group.
pub(super) struct LocalHeap(Vec<u8>);

impl LocalHeap {
    pub(super) fn open(file: &Hdf5<'_>, address: u64) -> Result<Self, Fault> {
        let bytes = file.bytes(address, 8 + 2 * file.lengths as u64 + file.offsets as u64)?;
        let mut head = Slice::new(&bytes);
        head.expect(b"HEAP")?;
        head.skip(4)?;
        let size = file.length(&mut head)?;
        head.skip(file.lengths)?;
        let data = file
            .address(&mut head)?
            .ok_or(Fault::Broken("a heap of names lies nowhere"))?;
        file.bytes(data, size).map(Self)
    }

    /// The text at an offset, up to its zero.
    pub(super) fn text(&self, offset: usize) -> Result<String, Fault> {
        let rest = self.0.get(offset..);
        let rest = rest.ok_or(Fault::Broken("a name lies outside of its heap"))?;
        Ok(String::from_utf8_lossy(Slice::new(rest).text()?).into_owned())
    }
}

/// A value of the global heap: the collection it lies in and its number there.
pub(super) fn global(file: &Hdf5<'_>, address: u64, index: u64) -> Result<Vec<u8>, Fault> {
    let head = 8 + file.lengths as u64;
    let bytes = file.bytes(address, head)?;
    let mut slice = Slice::new(&bytes);
    slice.expect(b"GCOL")?;
    slice.skip(4)?;
    let size = file.length(&mut slice)?;
    let bytes = file.bytes(address, size)?;
    let mut slice = Slice::new(&bytes);
    slice.skip(8 + file.lengths)?;
    let entry = 8 + file.lengths;
    while slice.left() >= entry {
        file.step()?;
        let number = slice.number(2)?;
        slice.skip(6)?;
        let size = slice.size(file.lengths)?;
        if number == 0 {
            // What is left is free.
            break;
        }
        let value = slice.take(size)?;
        if number == index {
            return Ok(value.to_vec());
        }
        let padding = size.next_multiple_of(8) - size;
        slice.skip(padding.min(slice.left()))?;
    }
    Err(Fault::Broken(
        "a value of variable length is not in its heap",
    ))
}
