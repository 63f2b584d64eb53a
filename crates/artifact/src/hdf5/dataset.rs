//! Datasets: type, shape and layout of their values.

use super::datatype::{Class, Number, dataspace, datatype};
use super::header::{self, Message, resolved};
use super::slice::Slice;
use super::{Fault, Hdf5};

/// Filters behind each other.
const FILTERS_MAX: u8 = 32;

/// An array of values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Dataset {
    /// Its sides; `None` where it holds no value at all.
    pub(crate) shape: Option<Vec<u64>>,
    /// Its numbers; `None` where it holds something else.
    pub(crate) number: Option<Number>,
    /// Bytes of one value.
    pub(crate) width: usize,
    pub(crate) layout: Layout,
    /// Filters that its chunks went through, the first one first.
    pub(super) filters: Vec<Filter>,
    /// What stands where nothing was written; zeros where it is not said.
    pub(super) fill: Option<Vec<u8>>,
    /// Whether its values lie in other files.
    pub(crate) external: bool,
}

/// Where values lie.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Layout {
    /// In a row from this address on; `None` where nothing was ever written.
    Row {
        /// The first byte.
        address: Option<u64>,
        /// How many bytes.
        size: u64,
    },
    /// In chunks of these sides.
    Chunks {
        /// Sides of a chunk, without the bytes of a value.
        sides: Vec<u64>,
        /// How they are found.
        index: Index,
    },
    /// Put together out of other datasets, perhaps of other files.
    Virtual,
}

/// How the chunks of a dataset are found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Index {
    /// Nothing was ever written.
    Nothing,
    /// A tree of the first version.
    Tree(u64),
    /// There is one; its packed size and the filters it did not go through, where it has any.
    Single(u64, Option<(u64, u32)>),
    /// All of them in a row, never packed.
    Implicit(u64),
    /// Another index.
    Unread(&'static str),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Filter {
    Deflate,
    Shuffle,
    /// A checksum behind the bytes.
    Fletcher,
    Other,
}

/// The dataset that the messages of an object describe, if they do.
pub(super) fn parse(file: &Hdf5<'_>, messages: &[Message]) -> Result<Option<Dataset>, Fault> {
    let find = |kind| messages.iter().find(|message| message.kind == kind);
    let (Some(layout), Some(space), Some(kind)) = (
        find(header::LAYOUT),
        find(header::DATASPACE),
        find(header::DATATYPE),
    ) else {
        return Ok(None);
    };
    let data = |message: &Message| match message.shared {
        true => resolved(file, &message.data, message.kind),
        false => Ok(message.data.clone()),
    };
    let kind = datatype(&data(kind)?)?;
    let number = match kind.class {
        Class::Number(number) => Some(number),
        Class::Text | Class::LongText | Class::Other(_) => None,
    };
    let filters = find(header::FILTERS).map(|message| filters(&data(message)?));
    let fill = find(header::FILL).map(|message| fill(&data(message)?));
    let fill = match (fill.transpose()?.flatten(), find(header::OLD_FILL)) {
        (None, Some(message)) => old_fill(&data(message)?)?,
        (fill, _) => fill,
    };
    Ok(Some(Dataset {
        shape: dataspace(file, &data(space)?)?,
        number,
        width: kind.size,
        layout: parse_layout(file, layout)?,
        filters: filters.transpose()?.unwrap_or_default(),
        fill: fill.filter(|value| value.len() == kind.size),
        external: find(header::EXTERNAL_FILES).is_some(),
    }))
}

fn parse_layout(file: &Hdf5<'_>, message: &Message) -> Result<Layout, Fault> {
    let mut slice = Slice::new(&message.data);
    let version = slice.u8()?;
    match version {
        1 | 2 => old_layout(file, &mut slice, message),
        3 | 4 => match slice.u8()? {
            0 => {
                let size = slice.number(2)?;
                Ok(compact(message, &slice, size))
            }
            1 => Ok(Layout::Row {
                address: file.address(&mut slice)?,
                size: file.length(&mut slice)?,
            }),
            2 if version == 3 => {
                let rank = slice.u8()?;
                let address = file.address(&mut slice)?;
                chunked(&mut slice, rank, address)
            }
            2 => indexed(file, &mut slice),
            3 => Ok(Layout::Virtual),
            _ => Err(Fault::Broken("a dataset has no sound layout")),
        },
        _ => Err(Fault::Unread("a layout of a later version")),
    }
}

/// The values stand in the message itself, from where the slice is.
fn compact(message: &Message, slice: &Slice<'_>, size: u64) -> Layout {
    let at = message.address + (message.data.len() - slice.left()) as u64;
    Layout::Row {
        address: Some(at),
        size: size.min(slice.left() as u64),
    }
}

fn old_layout(file: &Hdf5<'_>, slice: &mut Slice<'_>, message: &Message) -> Result<Layout, Fault> {
    let rank = slice.u8()?;
    let class = slice.u8()?;
    slice.skip(5)?;
    match class {
        0 => {
            slice.skip(4 * usize::from(rank))?;
            let size = slice.number(4)?;
            Ok(compact(message, slice, size))
        }
        1 => {
            let address = file.address(slice)?;
            // The sides stand here, and the size follows from the shape.
            Ok(Layout::Row {
                address,
                size: u64::MAX,
            })
        }
        2 => {
            let address = file.address(slice)?;
            chunked(slice, rank, address)
        }
        _ => Err(Fault::Broken("a dataset has no sound layout")),
    }
}

/// The last side is the size of a value.
fn chunked(slice: &mut Slice<'_>, rank: u8, address: Option<u64>) -> Result<Layout, Fault> {
    let sides = (1..rank).map(|_| slice.number(4));
    Ok(Layout::Chunks {
        sides: sides.collect::<Result<_, _>>()?,
        index: address.map_or(Index::Nothing, Index::Tree),
    })
}

fn indexed(file: &Hdf5<'_>, slice: &mut Slice<'_>) -> Result<Layout, Fault> {
    let flags = slice.u8()?;
    let rank = slice.u8()?;
    let width = usize::from(slice.u8()?);
    let sides = (0..rank).map(|_| slice.number(width));
    let mut sides: Vec<u64> = sides.collect::<Result<_, _>>()?;
    sides.pop();
    let kind = slice.u8()?;
    let packed = match kind {
        1 if flags & 2 != 0 => Some((file.length(slice)?, slice.number(4)? as u32)),
        _ => None,
    };
    let index = match kind {
        1 | 2 => match (file.address(slice)?, kind) {
            (None, _) => Index::Nothing,
            (Some(address), 1) => Index::Single(address, packed),
            (Some(address), _) => Index::Implicit(address),
        },
        3 => Index::Unread("chunks in a fixed array"),
        4 => Index::Unread("chunks in an extensible array"),
        5 => Index::Unread("chunks in a tree of the second version"),
        _ => return Err(Fault::Broken("a dataset has no sound index of chunks")),
    };
    Ok(Layout::Chunks { sides, index })
}

fn filters(data: &[u8]) -> Result<Vec<Filter>, Fault> {
    let mut slice = Slice::new(data);
    let version = slice.u8()?;
    let count = slice.u8()?;
    match version {
        _ if count > FILTERS_MAX => return Err(Fault::Broken("a dataset has too many filters")),
        1 => slice.skip(6)?,
        2 => {}
        _ => return Err(Fault::Unread("filters of a later version")),
    }
    (0..count)
        .map(|_| {
            let id = slice.number(2)?;
            let named = version == 1 || id >= 256;
            let name = if named { slice.size(2)? } else { 0 };
            slice.skip(2)?;
            let values = slice.size(2)?;
            let name = if version == 1 {
                name.next_multiple_of(8)
            } else {
                name
            };
            slice.skip(name)?;
            slice.skip(4 * values)?;
            if version == 1 && values % 2 == 1 {
                slice.skip(4)?;
            }
            Ok(match id {
                1 => Filter::Deflate,
                2 => Filter::Shuffle,
                3 => Filter::Fletcher,
                _ => Filter::Other,
            })
        })
        .collect()
}

fn fill(data: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let mut slice = Slice::new(data);
    let said = match slice.u8()? {
        1 => {
            slice.skip(3)?;
            true
        }
        2 => {
            slice.skip(2)?;
            slice.u8()? != 0
        }
        3 => slice.u8()? & 0x20 != 0,
        _ => return Err(Fault::Unread("a fill value of a later version")),
    };
    if !said {
        return Ok(None);
    }
    let size = slice.size(4)?;
    slice.take(size).map(|value| Some(value.to_vec()))
}

fn old_fill(data: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let mut slice = Slice::new(data);
    let size = slice.size(4)?;
    slice.take(size).map(|value| Some(value.to_vec()))
}
