//! The frame format of LZ4: blocks that refer back to what was unpacked before.

use super::{Halt, Output};
use crate::cursor::Cursor;

const MAGIC: u64 = 0x184d_2204;

/// Unpacks one frame after the other. The checksums, of a function that nothing else here needs, are
/// skipped: what the bytes unpack to is judged whatever they say.
pub(super) fn unpack(cursor: &mut Cursor<'_>, output: &mut Output) -> Result<(), Halt> {
    while cursor.remaining() > 0 {
        match cursor.number::<4>()? {
            MAGIC => frame(cursor, output)?,
            // Frames for other programs to keep notes in.
            skippable if skippable & !0xf == 0x184d_2a50 => {
                let size = cursor.number::<4>()?;
                cursor.skip(size)?;
            }
            _ => return Err(Halt::Broken),
        }
    }
    Ok(())
}

fn frame(cursor: &mut Cursor<'_>, output: &mut Output) -> Result<(), Halt> {
    let flags = cursor.u8()?;
    let sizes = cursor.u8()?;
    let block_max: u64 = match sizes >> 4 & 7 {
        4 => 64 << 10,
        5 => 256 << 10,
        6 => 1 << 20,
        7 => 4 << 20,
        _ => return Err(Halt::Broken),
    };
    // A dictionary lies outside of the file.
    if flags >> 6 != 1 || flags & 1 != 0 {
        return Err(Halt::Broken);
    }
    let size = match flags & 8 {
        0 => None,
        _ => Some(cursor.number::<8>()?),
    };
    cursor.skip(1)?;
    let start = output.bytes.len();
    loop {
        let head = cursor.number::<4>()?;
        if head == 0 {
            break;
        }
        let packed = head & 0x7fff_ffff;
        if packed > block_max {
            return Err(Halt::Broken);
        }
        let bytes = cursor.take(usize::try_from(packed).unwrap_or(0))?;
        match head >> 31 {
            1 => output.extend(bytes)?,
            _ => block(bytes, output)?,
        }
        if flags & 0x10 != 0 {
            cursor.skip(4)?;
        }
    }
    if flags & 4 != 0 {
        cursor.skip(4)?;
    }
    match size {
        Some(size) if (output.bytes.len() - start) as u64 != size => Err(Halt::Broken),
        _ => Ok(()),
    }
}

fn block(bytes: &[u8], output: &mut Output) -> Result<(), Halt> {
    let mut rest = bytes.iter();
    while let Some(token) = rest.next() {
        let literals = length(usize::from(token >> 4), &mut rest)?;
        let (copied, behind) = rest
            .as_slice()
            .split_at_checked(literals)
            .ok_or(Halt::Broken)?;
        output.extend(copied)?;
        rest = behind.iter();
        let Some(low) = rest.next() else {
            return Ok(());
        };
        let high = rest.next().ok_or(Halt::Broken)?;
        let distance = usize::from(u16::from_le_bytes([*low, *high]));
        let count = length(usize::from(token & 15), &mut rest)?;
        output.repeat(distance, count.saturating_add(4))?;
    }
    Ok(())
}

/// A length of four bits, continued in bytes where it is 15.
fn length(short: usize, rest: &mut std::slice::Iter<'_, u8>) -> Result<usize, Halt> {
    let mut length = short;
    if short == 15 {
        loop {
            let more = *rest.next().ok_or(Halt::Broken)?;
            length = length.saturating_add(usize::from(more));
            if more < 255 {
                break;
            }
        }
    }
    Ok(length)
}
