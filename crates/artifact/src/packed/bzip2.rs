//! bzip2: blocks of Huffman codes over move-to-front over the Burrows-Wheeler transform.

use super::bits::Bits;
use super::{Halt, Output};
use crate::cursor::Cursor;

const BLOCK: u64 = 0x3141_5926_5359;
const END: u64 = 0x1772_4538_5090;
const CODE_BITS_MAX: u32 = 20;

/// Unpacks one stream after the other, as the tools do.
pub(super) fn unpack(cursor: &mut Cursor<'_>, output: &mut Output) -> Result<(), Halt> {
    let mut bits = Bits::new(cursor);
    loop {
        stream(&mut bits, output)?;
        bits.align();
        if bits.remaining() == 0 {
            return Ok(());
        }
    }
}

fn stream(bits: &mut Bits<'_, '_>, output: &mut Output) -> Result<(), Halt> {
    let level = match bits.take(32)? {
        head if head >> 8 == 0x42_5a68 => head & 0xff,
        _ => return Err(Halt::Broken),
    };
    if !(0x31..=0x39).contains(&level) {
        return Err(Halt::Broken);
    }
    let size_max = (level as usize - 0x30) * 100_000;
    let mut total = 0_u32;
    loop {
        let magic = u64::from(bits.take(24)?) << 24 | u64::from(bits.take(24)?);
        let sum = bits.take(32)?;
        match magic {
            BLOCK => {
                let found = block(bits, size_max, output)?;
                if found != sum {
                    return Err(Halt::Broken);
                }
                total = total.rotate_left(1) ^ found;
            }
            END if sum == total => return Ok(()),
            _ => return Err(Halt::Broken),
        }
    }
}

/// Unpacks one block and gives its checksum.
fn block(bits: &mut Bits<'_, '_>, size_max: usize, output: &mut Output) -> Result<u32, Halt> {
    // Randomised blocks are of 1996; no writer has made them since.
    if bits.flag()? {
        return Err(Halt::Broken);
    }
    let origin = bits.take(24)? as usize;
    let symbols = symbols(bits)?;
    let tables = bits.take(3)? as usize;
    let selectors = bits.take(15)? as usize;
    if !(2..=6).contains(&tables) || selectors == 0 || symbols.is_empty() {
        return Err(Halt::Broken);
    }
    let selectors = front_codes(bits, selectors, tables)?;
    let codes = (0..tables)
        .map(|_| Code::read(bits, symbols.len() + 2))
        .collect::<Result<Vec<_>, _>>()?;
    let (transformed, counts) = runs(bits, &selectors, &codes, symbols, size_max)?;
    write_out(&transformed, &counts, origin, output)
}

/// The bytes that the block uses, in a table of tables of bits.
fn symbols(bits: &mut Bits<'_, '_>) -> Result<Vec<u8>, Halt> {
    let used = bits.take(16)?;
    let mut symbols = Vec::new();
    for high in 0..16_u8 {
        if used >> (15 - high) & 1 == 0 {
            continue;
        }
        let row = bits.take(16)?;
        symbols.extend(
            (0..16)
                .filter(|low| row >> (15 - low) & 1 == 1)
                .map(|low| high << 4 | low),
        );
    }
    Ok(symbols)
}

/// Which table codes which fifty symbols, written as move-to-front numbers in unary.
fn front_codes(bits: &mut Bits<'_, '_>, count: usize, tables: usize) -> Result<Vec<usize>, Halt> {
    let mut order: Vec<usize> = (0..tables).collect();
    let mut codes = Vec::with_capacity(count);
    for _ in 0..count {
        let mut place = 0;
        while bits.flag()? {
            place += 1;
            if place >= tables {
                return Err(Halt::Broken);
            }
        }
        let table = order.remove(place);
        order.insert(0, table);
        codes.push(table);
    }
    Ok(codes)
}

/// A canonical Huffman code.
struct Code {
    /// For each length: the first code and the index of its symbol; the count.
    lengths: Vec<(u32, usize, u32)>,
    order: Vec<u16>,
}

impl Code {
    fn read(bits: &mut Bits<'_, '_>, count: usize) -> Result<Self, Halt> {
        let mut length = bits.take(5)?;
        let mut lengths = Vec::with_capacity(count);
        for _ in 0..count {
            while bits.flag()? {
                length = match bits.flag()? {
                    true => length.saturating_sub(1),
                    false => length + 1,
                };
                in_range(length)?;
            }
            lengths.push(in_range(length)?);
        }
        let mut code = Self {
            lengths: Vec::new(),
            order: Vec::new(),
        };
        let mut first = 0_u32;
        for length in 1..=CODE_BITS_MAX {
            let start = code.order.len();
            let same = lengths
                .iter()
                .enumerate()
                .filter(|(_, other)| **other == length);
            code.order.extend(same.map(|(symbol, _)| symbol as u16));
            let count = (code.order.len() - start) as u32;
            code.lengths.push((first, start, count));
            first = (first + count) << 1;
        }
        Ok(code)
    }

    fn take(&self, bits: &mut Bits<'_, '_>) -> Result<u16, Halt> {
        let mut code = 0;
        for (first, start, count) in &self.lengths {
            code = code << 1 | bits.take(1)?;
            if let Some(place) = code.checked_sub(*first).filter(|place| place < count) {
                return self
                    .order
                    .get(start + place as usize)
                    .copied()
                    .ok_or(Halt::Broken);
            }
        }
        Err(Halt::Broken)
    }
}

fn in_range(length: u32) -> Result<u32, Halt> {
    match (1..=CODE_BITS_MAX).contains(&length) {
        true => Ok(length),
        false => Err(Halt::Broken),
    }
}

/// The transformed bytes, each with room for a link, and how often each byte comes.
fn runs(
    bits: &mut Bits<'_, '_>,
    selectors: &[usize],
    codes: &[Code],
    mut front: Vec<u8>,
    size_max: usize,
) -> Result<(Vec<u32>, [u32; 256]), Halt> {
    let end = front.len() as u16 + 1;
    let mut links: Vec<u32> = Vec::new();
    let mut counts = [0_u32; 256];
    let (mut run, mut weight) = (0_usize, 1_usize);
    let mut symbols = selectors
        .iter()
        .flat_map(|table| std::iter::repeat_n(*table, 50));
    loop {
        let table = symbols.next().ok_or(Halt::Broken)?;
        let symbol = codes.get(table).ok_or(Halt::Broken)?.take(bits)?;
        if symbol < 2 {
            run = run.saturating_add(weight << symbol);
            weight = weight.saturating_mul(2);
            if run > size_max {
                return Err(Halt::Broken);
            }
            continue;
        }
        if run > 0 {
            let byte = *front.first().ok_or(Halt::Broken)?;
            push(&mut links, &mut counts, byte, run, size_max)?;
            (run, weight) = (0, 1);
        }
        if symbol == end {
            return Ok((links, counts));
        }
        let place = usize::from(symbol) - 1;
        if place >= front.len() {
            return Err(Halt::Broken);
        }
        let byte = front.remove(place);
        front.insert(0, byte);
        push(&mut links, &mut counts, byte, 1, size_max)?;
    }
}

fn push(
    links: &mut Vec<u32>,
    counts: &mut [u32; 256],
    byte: u8,
    count: usize,
    max: usize,
) -> Result<(), Halt> {
    if links.len() + count > max {
        return Err(Halt::Broken);
    }
    links.resize(links.len() + count, u32::from(byte));
    if let Some(slot) = counts.get_mut(usize::from(byte)) {
        *slot += count as u32;
    }
    Ok(())
}

/// Undoes the transform and the runs of the first stage, and sums the bytes up.
fn write_out(
    transformed: &[u32],
    counts: &[u32; 256],
    origin: usize,
    output: &mut Output,
) -> Result<u32, Halt> {
    let mut starts = [0_u32; 256];
    let mut sum = 0;
    for (start, count) in starts.iter_mut().zip(counts) {
        *start = sum;
        sum += count;
    }
    let mut links = transformed.to_vec();
    for (index, byte) in transformed.iter().enumerate() {
        let start = starts.get_mut(*byte as usize).ok_or(Halt::Broken)?;
        let link = links.get_mut(*start as usize).ok_or(Halt::Broken)?;
        *link |= (index as u32) << 8;
        *start += 1;
    }
    let mut place = links.get(origin).ok_or(Halt::Broken)? >> 8;
    let mut crc = !0_u32;
    let (mut last, mut same) = (None, 0_u32);
    for _ in 0..links.len() {
        let link = *links.get(place as usize).ok_or(Halt::Broken)?;
        place = link >> 8;
        let byte = link as u8;
        if same == 4 {
            // Behind four of a kind stands how often they come once more.
            let again = last.unwrap_or(byte);
            for _ in 0..byte {
                crc = sum_up(crc, again);
                output.push(again)?;
            }
            (last, same) = (None, 0);
            continue;
        }
        same = if last == Some(byte) { same + 1 } else { 1 };
        last = Some(byte);
        crc = sum_up(crc, byte);
        output.push(byte)?;
    }
    Ok(!crc)
}

/// CRC-32 from the most significant bit on.
fn sum_up(crc: u32, byte: u8) -> u32 {
    let mut crc = crc ^ u32::from(byte) << 24;
    for _ in 0..8 {
        crc = if crc >> 31 == 1 {
            crc << 1 ^ 0x04c1_1db7
        } else {
            crc << 1
        };
    }
    crc
}
