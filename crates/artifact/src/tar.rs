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
        match kind {
            b'0' | 0 | b'7' => {
                archive_unsafe_path::check_name(&name, position, sink);
                member(&name, &Part::new(source, start, size), sink, depth);
            }
            b'5' => archive_unsafe_path::check_name(&name, position, sink),
            b'1' | b'2' => archive_unsafe_path::link(&name, position, sink),
            // Extended headers rename what follows, so what is shown here may not be what unpacks.
            b'x' | b'g' | b'L' | b'K' => {
                sink.broken(
                    place,
                    "the archive uses extended headers, which have no reader yet",
                );
            }
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
