//! Tar archives, among them the first container of PyTorch: members in place, one after the other.

use seawall_base::Location;

use crate::report::Sink;
use crate::rules::archive_unsafe_path;
use crate::scan::{Depth, member};
use crate::source::{Part, ReadAt, read_up_to};

const BLOCK: u64 = 512;

/// Reads every member of `source`.
pub(crate) fn read(source: &dyn ReadAt, sink: &mut Sink<'_>, depth: Depth) {
    let mut position = 0;
    let mut count = 0;
    let mut long_name = None;
    while position < source.size() {
        let block = match read_up_to(source, position, 512) {
            Ok(block) => block,
            Err(error) => return sink.read_failed(&error),
        };
        if block.iter().all(|byte| *byte == 0) {
            return;
        }
        let place = Some(Location::at_byte(position));
        count += 1;
        if count > sink.limits().entries_max {
            return sink.broken(place, "the archive has more members than the limit");
        }
        let Some((name, size, kind)) = header(&block) else {
            return sink.broken(place, "a member of the archive has a broken header");
        };
        let start = position + BLOCK;
        let end = start.checked_add(size).filter(|end| *end <= source.size());
        let Some(end) = end else {
            return sink.broken(place, "a member reaches past the end of the archive");
        };
        if matches!(kind, b'x' | b'L' | b'K') {
            match extended(kind, &Part::new(source, start, size)) {
                Ok(name) => long_name = name.or(long_name),
                Err(what) => sink.broken(place, what),
            }
            position = end.div_ceil(BLOCK).saturating_mul(BLOCK);
            continue;
        }
        let name = long_name.take().unwrap_or(name);
        match kind {
            b'0' | 0 | b'7' => {
                archive_unsafe_path::check_name(&name, position, sink);
                member(&name, &Part::new(source, start, size), sink, depth);
            }
            b'5' => archive_unsafe_path::check_name(&name, position, sink),
            b'1' | b'2' => archive_unsafe_path::link(&name, position, sink),
            _ => sink.broken(
                place,
                "the archive holds a member of a kind that has no reader",
            ),
        }
        position = end.div_ceil(BLOCK).saturating_mul(BLOCK);
    }
    sink.broken(
        None,
        "the archive ends without its end mark, so members may be missing",
    );
}

/// What an extended header changes about the next member: its name. Whatever else readers may
/// understand differently, such as another size, is refused.
fn extended(kind: u8, content: &dyn ReadAt) -> Result<Option<String>, &'static str> {
    const BROKEN: &str = "an extended header of the archive is broken";
    if content.size() > EXTENDED_MAX as u64 {
        return Err("an extended header of the archive is larger than the limit");
    }
    let bytes = read_up_to(content, 0, EXTENDED_MAX).map_err(|_| BROKEN)?;
    if kind != b'x' {
        let name = text(&bytes);
        return Ok((kind == b'L').then_some(name));
    }
    let mut rest = std::str::from_utf8(&bytes).map_err(|_| BROKEN)?;
    let mut name = None;
    while !rest.is_empty() {
        let (size, _) = rest.split_once(' ').ok_or(BROKEN)?;
        let total: usize = size.parse().map_err(|_| BROKEN)?;
        let (record, behind) = rest.split_at_checked(total).ok_or(BROKEN)?;
        let record = record.get(size.len() + 1..).ok_or(BROKEN)?;
        let (key, value) = record.split_once('=').ok_or(BROKEN)?;
        let value = value.strip_suffix('\n').ok_or(BROKEN)?;
        match key {
            "path" if name.is_none() => name = Some(value.to_owned()),
            "path" | "size" | "linkpath" => {
                return Err("an extended header changes what readers may see differently");
            }
            _ if key.starts_with("GNU.") => return Err("the archive holds a sparse member"),
            _ => {}
        }
        rest = behind;
    }
    Ok(name)
}

/// Largest extended header.
const EXTENDED_MAX: usize = 64 << 10;

/// Name, size and type flag of a header whose checksum holds.
fn header(block: &[u8]) -> Option<(String, u64, u8)> {
    let field = |range: std::ops::Range<usize>| block.get(range);
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(index, byte)| {
            if (148..156).contains(&index) {
                32
            } else {
                u64::from(*byte)
            }
        })
        .sum();
    if octal(field(148..156)?)? != sum || block.len() != 512 {
        return None;
    }
    let prefix = text(field(345..500)?);
    let name = text(field(0..100)?);
    let name = if prefix.is_empty() {
        name
    } else {
        format!("{prefix}/{name}")
    };
    Some((name, octal(field(124..136)?)?, *block.get(156)?))
}

fn text(field: &[u8]) -> String {
    let end = field
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(field.len());
    String::from_utf8_lossy(field.get(..end).unwrap_or_default()).into_owned()
}

fn octal(field: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(field).ok()?;
    let digits = digits.trim_matches(|character| character == '\0' || character == ' ');
    u64::from_str_radix(digits, 8).ok()
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{ids, tar};

    /// A member in front of another one, without the mark that ends an archive.
    fn both(first: &[u8], second: &[u8]) -> Vec<u8> {
        [&first[..first.len() - 1024], second].concat()
    }

    #[test]
    fn long_names_of_both_dialects_are_read() {
        let evil = b"cos\nsystem\n(S'x'\ntR.";
        let gnu = both(
            &tar("././@LongLink", b'L', b"../x"),
            &tar("short", b'0', b"1"),
        );
        assert_eq!(ids("m.tar", &gnu), ["archive-unsafe-path"]);
        let pax = both(
            &tar("pax", b'x', b"12 path=a/b\n"),
            &tar("short", b'0', evil),
        );
        assert_eq!(ids("m.tar", &pax), ["pickle-dangerous-import"]);
    }

    #[test]
    fn headers_that_readers_understand_differently_never_pass() {
        for record in ["11 size=99\n", "14 linkpath=x\n", "9 path=a", "x"] {
            let pax = both(
                &tar("pax", b'x', record.as_bytes()),
                &tar("short", b'0', b"1"),
            );
            assert_eq!(ids("m.tar", &pax), ["could-not-analyse"], "{record}");
        }
    }
}
