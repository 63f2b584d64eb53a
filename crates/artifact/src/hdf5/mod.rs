//! HDF5 read structure by structure: superblocks 0 to 3, object headers 1 and 2, groups, attributes
//! and datasets, without the library.
//!
//! What stands here follows the "HDF5 File Format Specification Version 3.0". Parts that no framework
//! writes by default (dense storage, shared message tables, drivers of several files) are named in a
//! [`Fault::Unread`], so that the file never passes for what was not looked at. Checksums are not
//! compared: the library refuses a file with a wrong one, so nothing can hide behind it.

mod attribute;
mod chunks;
mod dataset;
mod datatype;
mod group;
mod header;
mod heap;
mod slice;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::BTreeSet;

use crate::source::{ReadAt, ReadError, read_up_to};

pub(crate) use self::attribute::{Attribute, Text};
pub(crate) use self::dataset::{Dataset, Layout};
pub(crate) use self::group::Target;

use self::header::Message;
use self::slice::Slice;

/// Structures looked at in one file.
const STEPS_MAX: u32 = 4 << 20;
/// Bytes of one structure that are read at once.
const STRUCTURE_MAX: u64 = 16 << 20;
/// Bytes of structures that are read in one file, however often they point at each other.
const READ_MAX: u64 = 512 << 20;
/// Groups inside of each other.
const DEPTH_MAX: usize = 64;

const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// Why a structure is not read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// It breaks the format.
    Broken(&'static str),
    /// The format knows it and this reader does not.
    Unread(&'static str),
    /// The source failed.
    Read(ReadError),
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

/// An open file: where addresses count from, and how wide they are.
pub(crate) struct Hdf5<'a> {
    source: &'a dyn ReadAt,
    base: u64,
    /// Bytes of an address.
    offsets: usize,
    /// Bytes of a length.
    lengths: usize,
    root: u64,
    steps: Cell<u32>,
    read: Cell<u64>,
}

/// A group, a dataset or both, as its header says.
#[derive(Debug, Default)]
pub(crate) struct Object {
    /// Links to others, by name.
    pub(crate) links: Vec<(String, Target)>,
    /// Attributes in the order of the header; a name may stand twice.
    pub(crate) attributes: Vec<Attribute>,
    /// The dataset, where it is one.
    pub(crate) dataset: Option<Dataset>,
    /// Parts that were not read.
    pub(crate) unread: Vec<&'static str>,
}

/// Where the superblock begins: at the start, or behind a block of the user's own.
pub(crate) fn start(source: &dyn ReadAt) -> Result<Option<u64>, ReadError> {
    let mut at = 0;
    while at < source.size() {
        if read_up_to(source, at, SIGNATURE.len())? == SIGNATURE {
            return Ok(Some(at));
        }
        at = if at == 0 { 512 } else { at.saturating_mul(2) };
    }
    Ok(None)
}

impl<'a> Hdf5<'a> {
    /// Reads the superblock.
    pub(crate) fn open(source: &'a dyn ReadAt) -> Result<Self, Fault> {
        let start = start(source)?.ok_or(Fault::Broken("it has no superblock"))?;
        let head = read_up_to(source, start, 128)?;
        let mut head = Slice::new(&head);
        head.skip(SIGNATURE.len())?;
        let version = head.u8()?;
        let mut file = Self {
            source,
            base: start,
            offsets: 8,
            lengths: 8,
            root: 0,
            steps: Cell::new(0),
            read: Cell::new(0),
        };
        match version {
            0 | 1 => file.old_superblock(&mut head, version)?,
            2 | 3 => file.new_superblock(&mut head)?,
            _ => return Err(Fault::Unread("a superblock of a later version")),
        }
        Ok(file)
    }

    fn old_superblock(&mut self, head: &mut Slice<'_>, version: u8) -> Result<(), Fault> {
        head.skip(4)?;
        self.widths(head)?;
        head.skip(1 + 2 + 2 + 4)?;
        if version == 1 {
            head.skip(4)?;
        }
        self.addresses_from(head)?;
        head.skip(self.offsets)?;
        self.ends(head)?;
        if self.address(head)?.is_some() {
            return Err(Fault::Unread("a file of several parts"));
        }
        // The symbol table entry of the root: offset of its empty name, then its header.
        head.skip(self.offsets)?;
        self.root = self
            .address(head)?
            .ok_or(Fault::Broken("it has no root group"))?;
        Ok(())
    }

    fn new_superblock(&mut self, head: &mut Slice<'_>) -> Result<(), Fault> {
        self.widths(head)?;
        head.skip(1)?;
        self.addresses_from(head)?;
        if let Some(extension) = self.address(head)? {
            self.extension(extension)?;
        }
        self.ends(head)?;
        self.root = self
            .address(head)?
            .ok_or(Fault::Broken("it has no root group"))?;
        Ok(())
    }

    /// The superblock says where the file ends, counted from its very start, and the library opens none
    /// that is shorter.
    fn ends(&self, head: &mut Slice<'_>) -> Result<(), Fault> {
        match self.address(head)? {
            Some(end) if end <= self.source.size() => Ok(()),
            _ => Err(Fault::Broken("it is shorter than it says")),
        }
    }

    /// The extension may move parts of the file elsewhere.
    fn extension(&self, address: u64) -> Result<(), Fault> {
        for message in header::messages(self, address)? {
            match message.kind {
                header::SHARED_TABLE => return Err(Fault::Unread("a table of shared messages")),
                header::DRIVER => return Err(Fault::Unread("a file of several parts")),
                _ => {}
            }
        }
        Ok(())
    }

    fn widths(&mut self, head: &mut Slice<'_>) -> Result<(), Fault> {
        let width = |width| match width {
            2 | 4 | 8 => Ok(usize::from(width)),
            _ => Err(Fault::Broken("its addresses have no sound width")),
        };
        self.offsets = width(head.u8()?)?;
        self.lengths = width(head.u8()?)?;
        Ok(())
    }

    /// The library takes the place of the superblock where the field disagrees with it.
    fn addresses_from(&self, head: &mut Slice<'_>) -> Result<(), Fault> {
        match head.number(self.offsets)? {
            base if base == self.base || base == 0 => Ok(()),
            _ => Err(Fault::Broken("its base address is not where it begins")),
        }
    }

    /// Reads an address; `None` where it is undefined, which is all ones.
    fn address(&self, slice: &mut Slice<'_>) -> Result<Option<u64>, Fault> {
        let value = slice.number(self.offsets)?;
        let undefined = match self.offsets {
            8 => u64::MAX,
            width => (1_u64 << (8 * width)) - 1,
        };
        Ok((value != undefined).then_some(value))
    }

    fn length(&self, slice: &mut Slice<'_>) -> Result<u64, Fault> {
        slice.number(self.lengths)
    }

    /// Where an address lies in the source.
    pub(crate) const fn place(&self, address: u64) -> u64 {
        self.base.saturating_add(address)
    }

    pub(crate) const fn source(&self) -> &'a dyn ReadAt {
        self.source
    }

    /// Bytes of a structure, all of them.
    fn bytes(&self, address: u64, size: u64) -> Result<Vec<u8>, Fault> {
        self.step()?;
        let read = self.read.get().saturating_add(size);
        self.read.set(read);
        if size > STRUCTURE_MAX || read > READ_MAX {
            return Err(Fault::Unread("a structure larger than the limit"));
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let bytes = read_up_to(self.source, self.place(address), size)?;
        match bytes.len() == size {
            true => Ok(bytes),
            false => Err(Fault::Broken("it ends in the middle of a structure")),
        }
    }

    fn step(&self) -> Result<(), Fault> {
        self.steps.set(self.steps.get() + 1);
        match self.steps.get() > STEPS_MAX {
            true => Err(Fault::Unread("more structures than the limit")),
            false => Ok(()),
        }
    }

    /// Visits every object once, with a path that leads to it; the root has the empty path.
    pub(crate) fn walk(
        &self,
        visit: &mut dyn FnMut(&str, &Object) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut seen = BTreeSet::from([self.root]);
        let mut waiting = vec![(self.root, String::new(), 0)];
        while let Some((address, path, depth)) = waiting.pop() {
            let object = self.object(address)?;
            visit(&path, &object)?;
            if depth > DEPTH_MAX {
                return Err(Fault::Unread("groups nest deeper than the limit"));
            }
            // The last first, so that objects come out in the order of their names.
            let inner = object.links.iter().rev().filter_map(|(name, target)| {
                let path = match path.is_empty() {
                    true => name.clone(),
                    false => format!("{path}/{name}"),
                };
                Some((target.address()?, path, depth + 1))
            });
            waiting.extend(inner.filter(|(address, ..)| seen.insert(*address)));
        }
        Ok(())
    }

    fn object(&self, address: u64) -> Result<Object, Fault> {
        let messages = header::messages(self, address)?;
        let mut object = Object::default();
        for message in &messages {
            self.read_message(message, &mut object)?;
        }
        object.dataset = dataset::parse(self, &messages)?;
        object.links.sort_by(|left, right| left.0.cmp(&right.0));
        Ok(object)
    }

    fn read_message(&self, message: &Message, object: &mut Object) -> Result<(), Fault> {
        match message.kind {
            header::ATTRIBUTE if message.shared => object.unread.push("a shared attribute"),
            header::ATTRIBUTE => {
                let attribute = attribute::parse(self, &message.data)?;
                object.attributes.push(attribute);
            }
            header::ATTRIBUTE_INFO if attribute::is_dense(self, &message.data)? => {
                object.unread.push("attributes in dense storage");
            }
            header::LINK => object.links.push(group::link(self, &message.data)?),
            header::LINK_INFO if group::is_dense(self, &message.data)? => {
                object.unread.push("links in dense storage");
            }
            header::SYMBOL_TABLE => group::table(self, &message.data, &mut object.links)?,
            _ => {}
        }
        Ok(())
    }
}
