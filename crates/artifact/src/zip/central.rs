//! The central directory: found from the end, read whole, with the fields of ZIP64.

use seawall_base::{ByteReader, Limits};

use super::{Archive, Flaw, FlawKind, Member, Unreadable, layout};
use crate::cursor::Cursor;
use crate::source::{ReadAt, read_up_to};

const END_BYTES: u64 = 22;
const COMMENT_MAX: u64 = 65_535;
/// Members kept (about 200 bytes each); far more than frameworks write.
const MEMBERS_MAX: u64 = 100_000;

struct EndRecord {
    offset: u64,
    entries: u64,
    directory_size: u64,
    directory_offset: u64,
}

/// Reads the directory of `source` and compares it with the local headers.
pub(crate) fn read(source: &dyn ReadAt, limits: &Limits) -> Result<Archive, Unreadable> {
    let mut archive = Archive::default();
    let end = find_end(source, &mut archive)?;
    // Bytes before the archive shift all of its offsets.
    let start = end
        .offset
        .checked_sub(end.directory_size)
        .ok_or(Unreadable::Broken(
            "the directory of the archive is larger than the file",
        ))?;
    let prefix = start
        .checked_sub(end.directory_offset)
        .ok_or(Unreadable::Broken(
            "the directory of the archive lies past its end",
        ))?;
    if prefix > 0 {
        archive.flaw(
            FlawKind::Ambiguous,
            0,
            format!(
                "{prefix} bytes stand before the archive, which some loaders read as another format"
            ),
        );
    }
    let mut cursor = Cursor::new(source, start);
    let members_max = limits.entries_max.min(MEMBERS_MAX);
    while cursor.position() < end.offset {
        if archive.members.len() as u64 >= members_max {
            archive.cut = true;
            break;
        }
        let member = member(&mut cursor, prefix)
            .ok_or(Unreadable::Broken("the directory of the archive is broken"))?;
        archive.members.push(member);
    }
    if !archive.cut && archive.members.len() as u64 != end.entries {
        archive.flaw(
            FlawKind::Ambiguous,
            end.offset,
            "the directory holds another number of members than its end says".to_owned(),
        );
    }
    layout::compare(source, &mut archive, start, limits)?;
    Ok(archive)
}

impl Archive {
    /// Adds a flaw, up to a bound.
    pub(super) fn flaw(&mut self, kind: FlawKind, offset: u64, what: String) {
        if self.flaws.len() < 256 {
            self.flaws.push(Flaw { kind, offset, what });
        }
    }
}

fn find_end(source: &dyn ReadAt, archive: &mut Archive) -> Result<EndRecord, Unreadable> {
    let size = source.size();
    let tail_start = size.saturating_sub(END_BYTES + COMMENT_MAX);
    let tail = read_up_to(source, tail_start, (END_BYTES + COMMENT_MAX) as usize)?;
    let mut found: Option<(u64, &[u8])> = None;
    let mut rivals = 0;
    for (index, window) in tail.windows(4).enumerate().rev() {
        if window != b"PK\x05\x06" {
            continue;
        }
        let record = tail.get(index..).unwrap_or_default();
        let Some([low, high]) = record.get(20..22) else {
            continue;
        };
        let comment = usize::from(u16::from_le_bytes([*low, *high]));
        let reaches_end = record.len() == 22 + comment;
        match found {
            None if !reaches_end => archive.flaw(
                FlawKind::Ambiguous,
                tail_start + index as u64,
                "bytes stand behind the end of the archive".to_owned(),
            ),
            None => {}
            // The end that was found lies in the comment of this one: readers pick either.
            Some(_) => rivals += u32::from(reaches_end),
        }
        found = found.or(Some((tail_start + index as u64, record)));
    }
    let Some((offset, record)) = found else {
        return Err(Unreadable::Broken("the end of the archive is missing"));
    };
    if rivals > 0 {
        archive.flaw(
            FlawKind::Ambiguous,
            offset,
            "more than one end of an archive is found, so readers may open different ones"
                .to_owned(),
        );
    }
    let short =
        parse_end(offset, record).ok_or(Unreadable::Broken("the end of the archive is cut"))?;
    let wide = find_wide_end(source, offset, archive)?;
    if let Some(wide) = &wide {
        let same = |short: u64, full: u64, wide: u64| short == full || short == wide;
        let agree = same(short.entries, 0xffff, wide.entries)
            && same(short.directory_size, 0xffff_ffff, wide.directory_size)
            && same(short.directory_offset, 0xffff_ffff, wide.directory_offset);
        if !agree {
            archive.flaw(
                FlawKind::Ambiguous,
                offset,
                "the long and the short form of the end of the archive disagree".to_owned(),
            );
        }
    }
    Ok(wide.unwrap_or(short))
}

fn parse_end(offset: u64, record: &[u8]) -> Option<EndRecord> {
    let mut reader = ByteReader::new(record);
    reader.take(10).ok()?;
    Some(EndRecord {
        offset,
        entries: u64::from(reader.u16_le().ok()?),
        directory_size: u64::from(reader.u32_le().ok()?),
        directory_offset: u64::from(reader.u32_le().ok()?),
    })
}

/// The end record of ZIP64, where its locator stands before the short one.
fn find_wide_end(
    source: &dyn ReadAt,
    short_offset: u64,
    archive: &mut Archive,
) -> Result<Option<EndRecord>, Unreadable> {
    let Some(locator_offset) = short_offset.checked_sub(20) else {
        return Ok(None);
    };
    let locator = read_up_to(source, locator_offset, 20)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    // The record has a fixed size in practice and ends where the locator begins; the offset in
    // the locator does not know about bytes before the archive.
    let offset = locator_offset.checked_sub(56);
    let record = match offset {
        Some(offset) => read_up_to(source, offset, 56)?,
        None => Vec::new(),
    };
    let parsed = (|| {
        let mut reader = ByteReader::new(&record);
        (reader.take(4).ok()? == b"PK\x06\x06").then_some(())?;
        reader.take(28).ok()?;
        Some((
            reader.u64_le().ok()?,
            reader.u64_le().ok()?,
            reader.u64_le().ok()?,
        ))
    })();
    let (Some((entries, directory_size, directory_offset)), Some(offset)) = (parsed, offset) else {
        archive.flaw(
            FlawKind::Ambiguous,
            locator_offset,
            "the long form of the end of the archive is broken, the short form is not".to_owned(),
        );
        return Ok(None);
    };
    Ok(Some(EndRecord {
        offset,
        entries,
        directory_size,
        directory_offset,
    }))
}

fn member(cursor: &mut Cursor<'_>, prefix: u64) -> Option<Member> {
    let fixed: [u8; 46] = cursor.take(46).ok()?.try_into().ok()?;
    let mut reader = ByteReader::new(&fixed);
    (reader.take(4).ok()? == b"PK\x01\x02").then_some(())?;
    reader.take(4).ok()?;
    let flags = reader.u16_le().ok()?;
    let method = reader.u16_le().ok()?;
    reader.take(4).ok()?;
    let crc = reader.u32_le().ok()?;
    let packed = reader.u32_le().ok()?;
    let size = reader.u32_le().ok()?;
    let name_size = reader.u16_le().ok()?;
    let extra_size = reader.u16_le().ok()?;
    let comment_size = reader.u16_le().ok()?;
    reader.take(4).ok()?;
    let attributes = reader.u32_le().ok()?;
    let header_offset = reader.u32_le().ok()?;
    let raw_name = cursor.take(usize::from(name_size)).ok()?.to_vec();
    let name = String::from_utf8_lossy(&raw_name).into_owned();
    let extra = cursor.take(usize::from(extra_size)).ok()?.to_vec();
    cursor.skip(u64::from(comment_size)).ok()?;
    let mut wide = WideFields::find(&extra);
    Some(Member {
        name,
        method,
        flags,
        crc,
        size: wide.or_wide(size)?,
        packed: wide.or_wide(packed)?,
        header_offset: wide.or_wide(header_offset)?.checked_add(prefix)?,
        data_offset: None,
        symlink: attributes >> 16 & 0o170_000 == 0o120_000,
        renamed: gives_name(&extra, &raw_name),
    })
}

/// Whether the Unicode path field (0x7075) names the member otherwise than its header does.
fn gives_name(extra: &[u8], name: &[u8]) -> bool {
    let mut reader = ByteReader::new(extra);
    while let (Ok(id), Ok(size)) = (reader.u16_le(), reader.u16_le()) {
        let Ok(body) = reader.take(usize::from(size)) else {
            return false;
        };
        if id == 0x7075 {
            return body.get(5..) != Some(name);
        }
    }
    false
}

/// The 64-bit fields of an extra field, in their fixed order.
pub(super) struct WideFields<'a>(Option<ByteReader<'a>>);

impl<'a> WideFields<'a> {
    pub(super) fn find(extra: &'a [u8]) -> Self {
        let mut reader = ByteReader::new(extra);
        while let (Ok(id), Ok(size)) = (reader.u16_le(), reader.u16_le()) {
            let Ok(body) = reader.take(usize::from(size)) else {
                break;
            };
            if id == 1 {
                return Self(Some(ByteReader::new(body)));
            }
        }
        Self(None)
    }

    /// `short`, or the next wide field where `short` says so.
    pub(super) fn or_wide(&mut self, short: u32) -> Option<u64> {
        if short != u32::MAX {
            return Some(u64::from(short));
        }
        match &mut self.0 {
            Some(reader) => reader.u64_le().ok(),
            None => Some(u64::from(short)),
        }
    }
}
