//! Groups: symbol tables of the older kind, and links inside of a header.

use super::heap::LocalHeap;
use super::slice::Slice;
use super::{Fault, Hdf5};

/// Levels of a tree; one of more is no tree.
const LEVELS_MAX: u32 = 64;

/// Where a link leads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Target {
    /// To the object whose header lies at this address.
    Hard(u64),
    /// To a path in this file.
    Soft(String),
    /// To an object of another file.
    External {
        /// The other file.
        file: String,
    },
    /// In a way that an application defines.
    Other(u8),
}

impl Target {
    /// Where the header of the object lies, if it is in this file.
    pub(super) const fn address(&self) -> Option<u64> {
        match self {
            Self::Hard(address) => Some(*address),
            Self::Soft(_) | Self::External { .. } | Self::Other(_) => None,
        }
    }
}

/// Whether a link info message says that the links lie in a heap.
pub(super) fn is_dense(file: &Hdf5<'_>, data: &[u8]) -> Result<bool, Fault> {
    let mut slice = Slice::new(data);
    slice.skip(1)?;
    if slice.u8()? & 1 != 0 {
        slice.skip(8)?;
    }
    Ok(file.address(&mut slice)?.is_some())
}

/// A link message.
pub(super) fn link(file: &Hdf5<'_>, data: &[u8]) -> Result<(String, Target), Fault> {
    let mut slice = Slice::new(data);
    if slice.u8()? != 1 {
        return Err(Fault::Unread("a link of a later version"));
    }
    let flags = slice.u8()?;
    let kind = if flags & 0x08 != 0 { slice.u8()? } else { 0 };
    if flags & 0x04 != 0 {
        slice.skip(8)?;
    }
    if flags & 0x10 != 0 {
        slice.skip(1)?;
    }
    let size = slice.size(1 << (flags & 3))?;
    let name = String::from_utf8_lossy(slice.take(size)?).into_owned();
    let target = match kind {
        0 => Target::Hard(
            file.address(&mut slice)?
                .ok_or(Fault::Broken("a link leads nowhere"))?,
        ),
        1 => {
            let size = slice.size(2)?;
            Target::Soft(String::from_utf8_lossy(slice.take(size)?).into_owned())
        }
        64 => {
            slice.skip(2 + 1)?;
            let file = String::from_utf8_lossy(slice.text()?).into_owned();
            Target::External { file }
        }
        other => Target::Other(other),
    };
    Ok((name, target))
}

/// A symbol table: a tree of nodes whose names lie in a heap.
pub(super) fn table(
    file: &Hdf5<'_>,
    data: &[u8],
    links: &mut Vec<(String, Target)>,
) -> Result<(), Fault> {
    let mut slice = Slice::new(data);
    let tree = file.address(&mut slice)?;
    let heap = file.address(&mut slice)?;
    let (Some(tree), Some(heap)) = (tree, heap) else {
        return Err(Fault::Broken("a group has no table of symbols"));
    };
    let heap = LocalHeap::open(file, heap)?;
    let mut waiting = vec![(tree, LEVELS_MAX)];
    while let Some((address, above)) = waiting.pop() {
        let head = file.bytes(address, 8 + 2 * file.offsets as u64)?;
        let mut head = Slice::new(&head);
        head.expect(b"TREE\0")?;
        let level = u32::from(head.u8()?);
        // Levels fall from node to node, so that no circle goes on for ever.
        if level >= above {
            return Err(Fault::Broken("a tree of symbols leads back to itself"));
        }
        let used = head.size(2)?;
        let entry = file.lengths + file.offsets;
        let start = address.saturating_add(8 + 2 * file.offsets as u64);
        let keys = file.bytes(start, (used * entry) as u64)?;
        let mut keys = Slice::new(&keys);
        for _ in 0..used {
            keys.skip(file.lengths)?;
            let child = file
                .address(&mut keys)?
                .ok_or(Fault::Broken("a tree of symbols leads nowhere"))?;
            match level {
                0 => symbols(file, child, &heap, links)?,
                _ => waiting.push((child, level)),
            }
        }
    }
    Ok(())
}

fn symbols(
    file: &Hdf5<'_>,
    address: u64,
    heap: &LocalHeap,
    links: &mut Vec<(String, Target)>,
) -> Result<(), Fault> {
    let head = file.bytes(address, 8)?;
    let mut head = Slice::new(&head);
    head.expect(b"SNOD")?;
    head.skip(2)?;
    let used = head.size(2)?;
    let entry = 2 * file.offsets + 24;
    let bytes = file.bytes(address.saturating_add(8), (used * entry) as u64)?;
    let mut entries = Slice::new(&bytes);
    for _ in 0..used {
        file.step()?;
        let name = heap.text(entries.size(file.offsets)?)?;
        let object = file.address(&mut entries)?;
        let cached = entries.number(4)?;
        entries.skip(4)?;
        let value = entries.size(4)?;
        entries.skip(12)?;
        let target = match (cached, object) {
            (2, _) => Target::Soft(heap.text(value)?),
            (_, Some(object)) => Target::Hard(object),
            (_, None) => return Err(Fault::Broken("a link leads nowhere")),
        };
        links.push((name, target));
    }
    Ok(())
}
