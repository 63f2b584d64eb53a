//! Object headers: the messages of an object, over all their blocks.

use super::slice::Slice;
use super::{Fault, Hdf5};

pub(super) const DATASPACE: u16 = 0x01;
pub(super) const LINK_INFO: u16 = 0x02;
pub(super) const DATATYPE: u16 = 0x03;
pub(super) const OLD_FILL: u16 = 0x04;
pub(super) const FILL: u16 = 0x05;
pub(super) const LINK: u16 = 0x06;
pub(super) const EXTERNAL_FILES: u16 = 0x07;
pub(super) const LAYOUT: u16 = 0x08;
pub(super) const FILTERS: u16 = 0x0b;
pub(super) const ATTRIBUTE: u16 = 0x0c;
pub(super) const SHARED_TABLE: u16 = 0x0f;
const CONTINUATION: u16 = 0x10;
pub(super) const SYMBOL_TABLE: u16 = 0x11;
pub(super) const DRIVER: u16 = 0x14;
pub(super) const ATTRIBUTE_INFO: u16 = 0x15;

/// Messages of one object, and blocks they lie in.
const MESSAGES_MAX: usize = 64 << 10;
const BLOCKS_MAX: usize = 4 << 10;

/// One message of a header.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) kind: u16,
    /// Whether the data only says where the message lies.
    pub(super) shared: bool,
    pub(super) data: Vec<u8>,
    /// Where the data lies, as an address.
    pub(super) address: u64,
}

/// A part of a header: address and size.
type Block = (u64, u64);

/// Every message of the object whose header lies at `address`.
pub(super) fn messages(file: &Hdf5<'_>, address: u64) -> Result<Vec<Message>, Fault> {
    let start = file.bytes(address, 5)?;
    let mut messages = Vec::new();
    let mut blocks;
    if start.starts_with(b"OHDR") {
        let (flags, block) = new_prefix(file, address)?;
        blocks = vec![block];
        let mut index = 0;
        while let Some(block) = blocks.get(index).copied() {
            new_block(file, block, flags, &mut messages)?;
            continuations(file, &messages, &mut blocks, b"OCHK".len() as u64)?;
            index += 1;
        }
    } else {
        blocks = vec![old_prefix(file, address)?];
        let mut index = 0;
        while let Some(block) = blocks.get(index).copied() {
            old_block(file, block, &mut messages)?;
            continuations(file, &messages, &mut blocks, 0)?;
            index += 1;
        }
    }
    messages.retain(|message| message.kind != CONTINUATION);
    Ok(messages)
}

/// Rebuilds the list of blocks from the continuations met so far, in their order.
fn continuations(
    file: &Hdf5<'_>,
    messages: &[Message],
    blocks: &mut Vec<Block>,
    signature: u64,
) -> Result<(), Fault> {
    let found = messages
        .iter()
        .filter(|message| message.kind == CONTINUATION);
    for message in found.skip(blocks.len().saturating_sub(1)) {
        let mut data = Slice::new(&message.data);
        let address = file
            .address(&mut data)?
            .ok_or(Fault::Broken("a header goes on nowhere"))?;
        let size = file.length(&mut data)?;
        if signature > 0 {
            file_signature(file, address)?;
        }
        let checksum = if signature > 0 { 4 } else { 0 };
        let size = size
            .checked_sub(signature + checksum)
            .ok_or(Fault::Broken("a part of a header is too small"))?;
        blocks.push((address.saturating_add(signature), size));
    }
    match blocks.len() > BLOCKS_MAX || messages.len() > MESSAGES_MAX {
        true => Err(Fault::Unread("a header of more parts than the limit")),
        false => Ok(()),
    }
}

fn file_signature(file: &Hdf5<'_>, address: u64) -> Result<(), Fault> {
    Slice::new(&file.bytes(address, 4)?).expect(b"OCHK")
}

fn old_prefix(file: &Hdf5<'_>, address: u64) -> Result<Block, Fault> {
    let bytes = file.bytes(address, 16)?;
    let mut prefix = Slice::new(&bytes);
    if prefix.u8()? != 1 {
        return Err(Fault::Broken("an object has no header"));
    }
    prefix.skip(1 + 2 + 4)?;
    Ok((address.saturating_add(16), prefix.number(4)?))
}

fn old_block(
    file: &Hdf5<'_>,
    (address, size): Block,
    messages: &mut Vec<Message>,
) -> Result<(), Fault> {
    let bytes = file.bytes(address, size)?;
    let mut block = Slice::new(&bytes);
    while block.left() >= 8 {
        let kind = block.number(2)? as u16;
        let size = block.size(2)?;
        let flags = block.u8()?;
        block.skip(3)?;
        let at = address + (bytes.len() - block.left()) as u64;
        push(messages, (kind, flags), block.take(size)?, at);
    }
    Ok(())
}

/// The flags and the first block of a header of the second version.
fn new_prefix(file: &Hdf5<'_>, address: u64) -> Result<(u8, Block), Fault> {
    let bytes = file.bytes(address, 6)?;
    let mut prefix = Slice::new(&bytes);
    prefix.expect(b"OHDR")?;
    if prefix.u8()? != 2 {
        return Err(Fault::Unread("an object header of a later version"));
    }
    let flags = prefix.u8()?;
    let times = if flags & 0x20 != 0 { 16 } else { 0 };
    let phases = if flags & 0x10 != 0 { 4 } else { 0 };
    let width = 1 << (flags & 3);
    let more = 6 + times + phases;
    let size = file.bytes(address.saturating_add(more), width)?;
    let size = Slice::new(&size).number(size.len())?;
    Ok((flags, (address.saturating_add(more + width), size)))
}

fn new_block(
    file: &Hdf5<'_>,
    (address, size): Block,
    header_flags: u8,
    messages: &mut Vec<Message>,
) -> Result<(), Fault> {
    let order = if header_flags & 0x04 != 0 { 2 } else { 0 };
    let bytes = file.bytes(address, size)?;
    let mut block = Slice::new(&bytes);
    // What is smaller than a message at the end of a block is a gap.
    while block.left() >= 4 + order {
        let kind = u16::from(block.u8()?);
        let size = block.size(2)?;
        let flags = block.u8()?;
        block.skip(order)?;
        let at = address + (bytes.len() - block.left()) as u64;
        push(messages, (kind, flags), block.take(size)?, at);
    }
    Ok(())
}

fn push(messages: &mut Vec<Message>, (kind, flags): (u16, u8), data: &[u8], address: u64) {
    messages.push(Message {
        kind,
        shared: flags & 0x02 != 0,
        data: data.to_vec(),
        address,
    });
}

/// Reads through a shared message to the one that it stands for.
pub(super) fn resolved(file: &Hdf5<'_>, data: &[u8], kind: u16) -> Result<Vec<u8>, Fault> {
    let mut slice = Slice::new(data);
    let (version, place) = (slice.u8()?, slice.u8()?);
    match version {
        1 => slice.skip(6)?,
        3 if place == 1 => return Err(Fault::Unread("a message in a shared table")),
        2 | 3 => {}
        _ => return Err(Fault::Broken("a shared message has no sound version")),
    }
    let address = file
        .address(&mut slice)?
        .ok_or(Fault::Broken("a shared message leads nowhere"))?;
    let found = messages(file, address)?
        .into_iter()
        .find(|message| message.kind == kind && !message.shared);
    found
        .map(|message| message.data)
        .ok_or(Fault::Broken("a shared message leads to another kind"))
}
