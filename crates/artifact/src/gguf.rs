//! GGUF: a header of typed keys and values, descriptions of tensors, then their bytes.

use std::collections::BTreeSet;

use crate::cursor::{Cursor, Stop};
use crate::report::Sink;
use crate::rules::gguf_malformed as rule;
use crate::source::{ReadAt, read_up_to};
use crate::template;

/// Keys and values, and tensors, that are looked at; real files hold a few thousand.
const PAIRS_MAX: u64 = 65_536;
const TENSORS_MAX: u64 = 200_000;
const NAME_MAX: u64 = 65_535;
const TEMPLATE_MAX: u64 = 1 << 20;
/// Arrays inside of arrays; writers use none.
const ARRAYS_MAX: u32 = 3;

/// Why reading ended early.
enum Fault {
    Stop(Stop),
    /// The file breaks the format.
    Lie(String),
    /// It goes beyond what is read.
    Limit(&'static str),
}

impl From<Stop> for Fault {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// Checks the structure of `source` and reads its chat templates.
pub(crate) fn read(source: &dyn ReadAt, sink: &mut Sink<'_>) {
    let mut cursor = Cursor::new(source, 4);
    match file(&mut cursor, sink) {
        Ok(()) => {}
        Err(Fault::Lie(what)) => rule::report(sink, cursor.position(), &what),
        Err(Fault::Limit(what)) => sink.broken(None, what),
        Err(Fault::Stop(Stop::End)) => sink.broken(None, "the file ends inside of its header"),
        Err(Fault::Stop(Stop::Read(error))) => sink.read_failed(&error),
    }
}

fn file(cursor: &mut Cursor<'_>, sink: &mut Sink<'_>) -> Result<(), Fault> {
    match cursor.number::<4>()? {
        2 | 3 => {}
        0x0200_0000 | 0x0300_0000 => {
            return Err(Fault::Limit("files of big-endian machines have no reader"));
        }
        _ => return Err(Fault::Limit("this version of the format has no reader")),
    }
    let tensors = cursor.number::<8>()?;
    let pairs = cursor.number::<8>()?;
    // The smallest pair and the smallest description say how many there can be at most.
    let room = cursor.remaining();
    if pairs.checked_mul(13).is_none_or(|size| size > room)
        || tensors.checked_mul(24).is_none_or(|size| size > room)
    {
        return Err(Fault::Lie(
            "the header promises more than the file can hold".to_owned(),
        ));
    }
    if pairs > PAIRS_MAX || tensors > TENSORS_MAX {
        return Err(Fault::Limit(
            "the header promises more entries than the limit",
        ));
    }
    let mut keys = BTreeSet::new();
    let mut alignment = 32;
    for _ in 0..pairs {
        let key = name(cursor)?;
        let kind = cursor.number::<4>()?;
        if key == "general.alignment" && kind == 4 {
            alignment = cursor.number::<4>()?;
        } else if kind == 8
            && (key == "tokenizer.chat_template" || key.starts_with("tokenizer.chat_template."))
        {
            chat_template(cursor, &key, sink)?;
        } else {
            skip_value(cursor, kind, 0)?;
        }
        if !keys.insert(key) {
            return Err(Fault::Lie("the header names a key twice".to_owned()));
        }
    }
    if !alignment.is_power_of_two() || alignment > 1 << 20 {
        return Err(Fault::Lie("the alignment is no power of two".to_owned()));
    }
    let ranges = descriptions(cursor, tensors)?;
    let start = cursor.position().next_multiple_of(alignment);
    tile(&ranges, start, alignment, cursor)
}

/// The ranges that the descriptions of the tensors claim, in the order of the file.
fn descriptions(cursor: &mut Cursor<'_>, count: u64) -> Result<Vec<(u64, u64)>, Fault> {
    let mut names = BTreeSet::new();
    let mut ranges = Vec::new();
    for _ in 0..count {
        if !names.insert(name(cursor)?) {
            return Err(Fault::Lie("the header names a tensor twice".to_owned()));
        }
        let dimensions = cursor.number::<4>()?;
        if dimensions > 8 {
            return Err(Fault::Lie(
                "a tensor has more dimensions than the format allows".to_owned(),
            ));
        }
        let mut items = Some(1_u64);
        for _ in 0..dimensions {
            let side = cursor.number::<8>()?;
            items = items.and_then(|items| items.checked_mul(side));
        }
        let kind = cursor.number::<4>()?;
        let offset = cursor.number::<8>()?;
        let Some((block, width)) = block_of(kind) else {
            return Err(Fault::Limit("a tensor has a type that has no reader"));
        };
        let bytes = items
            .filter(|items| items % block == 0)
            .and_then(|items| (items / block).checked_mul(width));
        let end = bytes.and_then(|bytes| offset.checked_add(bytes));
        match end {
            Some(end) => ranges.push((offset, end)),
            None => {
                return Err(Fault::Lie(
                    "the shape of a tensor does not fit its type".to_owned(),
                ));
            }
        }
    }
    ranges.sort_unstable();
    Ok(ranges)
}

/// The tensors follow each other, each padded to the alignment.
fn tile(
    ranges: &[(u64, u64)],
    start: u64,
    alignment: u64,
    cursor: &Cursor<'_>,
) -> Result<(), Fault> {
    let rest = (cursor.position() + cursor.remaining()).saturating_sub(start);
    let mut reached = 0;
    for (from, to) in ranges {
        let what = if *to > rest {
            return Err(Fault::Stop(Stop::End));
        } else if *from < reached {
            "two tensors share the same bytes"
        } else if *from > reached.next_multiple_of(alignment) {
            "bytes between tensors belong to none"
        } else {
            reached = *to;
            continue;
        };
        return Err(Fault::Lie(what.to_owned()));
    }
    if rest > reached.next_multiple_of(alignment) {
        return Err(Fault::Lie(
            "bytes behind the last tensor belong to none".to_owned(),
        ));
    }
    Ok(())
}

fn chat_template(cursor: &mut Cursor<'_>, key: &str, sink: &mut Sink<'_>) -> Result<(), Fault> {
    let size = cursor.number::<8>()?;
    if size > TEMPLATE_MAX {
        return Err(Fault::Limit("a chat template is larger than the limit"));
    }
    let start = cursor.position();
    cursor.skip(size)?;
    let bytes = read_up_to(cursor.source(), start, usize::try_from(size).unwrap_or(0))
        .map_err(|error| Fault::Stop(Stop::Read(error)))?;
    let name = key.strip_prefix("tokenizer.chat_template.");
    let text = String::from_utf8_lossy(&bytes);
    template::check(
        name.unwrap_or(template::DEFAULT),
        &text,
        &mut sink.member(key),
    );
    Ok(())
}

fn name(cursor: &mut Cursor<'_>) -> Result<String, Fault> {
    let size = cursor.number::<8>()?;
    if size > NAME_MAX {
        return Err(Fault::Lie(
            "a name is longer than the format allows".to_owned(),
        ));
    }
    let bytes = cursor.take(usize::try_from(size).unwrap_or(0))?;
    match std::str::from_utf8(bytes) {
        Ok(name) => Ok(name.to_owned()),
        Err(_) => Err(Fault::Lie("a name is not text".to_owned())),
    }
}

fn skip_value(cursor: &mut Cursor<'_>, kind: u64, depth: u32) -> Result<(), Fault> {
    if let Some(width) = scalar_width(kind) {
        return Ok(cursor.skip(width)?);
    }
    match kind {
        8 => {
            let size = cursor.number::<8>()?;
            Ok(cursor.skip(size)?)
        }
        9 if depth < ARRAYS_MAX => {
            let inner = cursor.number::<4>()?;
            let count = cursor.number::<8>()?;
            if let Some(width) = scalar_width(inner) {
                let size = count.checked_mul(width).ok_or(Stop::End)?;
                return Ok(cursor.skip(size)?);
            }
            // A string is at least its length, an array its type and its count.
            if count
                .checked_mul(8)
                .is_none_or(|size| size > cursor.remaining())
            {
                return Err(Fault::Lie(
                    "an array promises more than the file can hold".to_owned(),
                ));
            }
            for _ in 0..count {
                skip_value(cursor, inner, depth + 1)?;
            }
            Ok(())
        }
        9 => Err(Fault::Lie(
            "arrays nest deeper than any writer nests them".to_owned(),
        )),
        _ => Err(Fault::Lie(
            "a value has a type that the format does not define".to_owned(),
        )),
    }
}

const fn scalar_width(kind: u64) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// Items and bytes of one block of a type of tensor.
const fn block_of(kind: u64) -> Option<(u64, u64)> {
    Some(match kind {
        0 | 26 => (1, 4),
        1 | 25 | 30 => (1, 2),
        24 => (1, 1),
        27 | 28 => (1, 8),
        2 | 20 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        9 => (32, 40),
        39 => (32, 17),
        40 => (64, 36),
        41 => (128, 18),
        10 => (256, 84),
        11 | 21 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        16 | 35 => (256, 66),
        17 => (256, 74),
        18 => (256, 98),
        19 => (256, 50),
        22 => (256, 82),
        23 => (256, 136),
        29 => (256, 56),
        34 => (256, 54),
        _ => return None,
    })
}
