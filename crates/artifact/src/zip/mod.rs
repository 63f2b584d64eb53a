//! A zip reader that looks at both directories: the central one and the local headers.
//!
//! Libraries read one and trust it; loaders differ in which. Every disagreement is kept as a
//! [`Flaw`], because a file that two readers see differently is how a payload hides.

mod central;
mod layout;

use crate::inflate::{self, Ended, HELD_MAX, Inflated};
use crate::packed::{self, Packing};
use crate::source::{Part, ReadAt, ReadError, read_up_to};

pub(crate) use self::central::read;

/// A member as the central directory describes it.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) crc: u32,
    pub(crate) packed: u64,
    pub(crate) size: u64,
    pub(crate) header_offset: u64,
    /// Where its bytes begin, by the local header; `None` where that is broken.
    pub(crate) data_offset: Option<u64>,
    pub(crate) symlink: bool,
    /// Whether an extra field gives it another name.
    pub(crate) renamed: bool,
}

/// What kind of trouble a flaw is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FlawKind {
    /// Two readers see different things.
    Ambiguous,
    /// Unpacking would write outside of its folder.
    UnsafePath,
    /// A member claims to unpack to far more than it holds.
    Bomb,
}

/// Something wrong with the archive.
#[derive(Clone, Debug)]
pub(crate) struct Flaw {
    pub(crate) kind: FlawKind,
    pub(crate) offset: u64,
    pub(crate) what: String,
}

/// An archive: its members in the order of the central directory, and its flaws.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    pub(crate) members: Vec<Member>,
    pub(crate) flaws: Vec<Flaw>,
    /// More members than the limit.
    pub(crate) cut: bool,
}

impl Archive {
    /// Takes back what was said about bytes before the archive, where a format puts them there.
    pub(crate) fn forgive_prefix(&mut self) {
        self.flaws
            .retain(|flaw| flaw.kind != FlawKind::Ambiguous || !flaw.what.contains(PREFIX));
    }
}

/// How the flaw of bytes before the archive is worded.
const PREFIX: &str = "bytes stand before the archive";

/// Why an archive or a member cannot be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Unreadable {
    Broken(&'static str),
    Read(ReadError),
}

impl From<ReadError> for Unreadable {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

/// The content of a member.
pub(crate) enum Content<'a> {
    /// Stored: readable in place, whatever its size.
    Stored(Part<'a>),
    /// Unpacked whole.
    Unpacked(Vec<u8>),
    /// Only the head of a member that is too large to hold.
    Head(Vec<u8>),
}

impl Member {
    /// Whether it stands for a folder.
    pub(crate) fn is_folder(&self) -> bool {
        self.name.ends_with('/') && self.size == 0
    }

    /// The content, unpacked if need be; `whole` is false where the checksum does not match.
    pub(crate) fn content<'a>(&self, source: &'a dyn ReadAt) -> Result<Content<'a>, Unreadable> {
        if self.flags & 1 != 0 {
            return Err(Unreadable::Broken("the member is encrypted"));
        }
        let start = self.data_offset.ok_or(Unreadable::Broken(
            "the local header of the member is missing or broken",
        ))?;
        if start
            .checked_add(self.packed)
            .is_none_or(|end| end > source.size())
        {
            return Err(Unreadable::Broken(
                "the member reaches past the end of the archive",
            ));
        }
        let part = Part::new(source, start, self.packed);
        match self.method {
            0 if self.packed == self.size => Ok(Content::Stored(part)),
            0 => Err(Unreadable::Broken(
                "a stored member has two different sizes",
            )),
            8 => {
                let inflated = inflate::unpack(&part, 0, false, HELD_MAX)?;
                self.unpacked(inflated)
            }
            12 | 93 => {
                let packing = match self.method {
                    12 => Packing::Bzip2,
                    _ => Packing::Zstd,
                };
                let inflated = packed::unpack(packing, &part, HELD_MAX)?;
                self.unpacked(inflated)
            }
            _ => Err(Unreadable::Broken(
                "the compression method of the member has no reader",
            )),
        }
    }

    /// Its bytes as they lie in the archive.
    pub(crate) fn packed_part<'a>(&self, source: &'a dyn ReadAt) -> Part<'a> {
        Part::new(source, self.data_offset.unwrap_or(u64::MAX), self.packed)
    }

    fn unpacked<'a>(&self, inflated: Inflated) -> Result<Content<'a>, Unreadable> {
        match inflated.end {
            Ended::Complete if inflated.bytes.len() as u64 != self.size => Err(Unreadable::Broken(
                "the member unpacks to another size than it says",
            )),
            Ended::Complete => Ok(Content::Unpacked(inflated.bytes)),
            Ended::Cut => Ok(Content::Head(inflated.bytes)),
            Ended::Broken => Err(Unreadable::Broken("the member does not unpack")),
        }
    }

    /// Whether the checksum holds; only asked of members that are read whole anyway.
    pub(crate) fn checksum_holds(&self, content: &Content<'_>) -> Result<bool, ReadError> {
        match content {
            Content::Unpacked(bytes) => Ok(inflate::crc32(bytes) == self.crc),
            Content::Stored(part) if part.size() <= HELD_MAX as u64 => {
                let size = usize::try_from(part.size()).unwrap_or(0);
                Ok(inflate::crc32(&read_up_to(part, 0, size)?) == self.crc)
            }
            // Reading gigabytes for a checksum that loaders ignore is not worth it.
            Content::Stored(_) | Content::Head(_) => Ok(true),
        }
    }
}
