//! Numpy arrays: numbers in a row, or a pickle of objects behind the header.

use crate::pickle::{self, Context};
use crate::report::Sink;
use crate::scan::{Depth, report_stream};
use crate::source::{Part, ReadAt, read_up_to};

/// Headers are padded to 64 bytes; real ones hold a few hundred.
const HEADER_MAX: usize = 64 << 10;

/// Reads the header, and the pickle behind it where the array holds objects.
pub(crate) fn read(source: &dyn ReadAt, sink: &mut Sink<'_>, depth: Depth) {
    let head = match read_up_to(source, 0, HEADER_MAX + 12) {
        Ok(head) => head,
        Err(error) => return sink.read_failed(&error),
    };
    let Some((start, header)) = header(&head) else {
        sink.broken(None, "the header of the array is broken");
        return;
    };
    let Some(descriptor) = descriptor(header) else {
        sink.broken(None, "the header of the array does not say what it holds");
        return;
    };
    let holds_objects = descriptor.contains('O');
    if holds_objects {
        let part = Part::new(source, start, u64::MAX);
        let stream = pickle::read_stream(&part, sink.limits(), Context::Plain);
        report_stream(&part, &stream, sink, depth);
        return;
    }
    let left = source.size().saturating_sub(start);
    if numbers_size(header, descriptor).is_some_and(|needed| left < needed) {
        let place = Some(seawall_base::Location::at_byte(start));
        sink.broken(place, "the array is cut short");
    }
}

/// Bytes that an array of plain numbers or texts takes; `None` for records, whose fields may be
/// arrays of their own, and where the shape cannot be told.
fn numbers_size(header: &str, descriptor: &str) -> Option<u64> {
    let code = descriptor.trim().trim_end_matches(',');
    let code = code.strip_prefix('\'')?.strip_suffix('\'')?;
    let digits = code.find(|letter: char| letter.is_ascii_digit())?;
    let (kind, size) = code.split_at_checked(digits)?;
    let digits = size.split('[').next().unwrap_or_default();
    // A letter of a numpy text takes four bytes.
    let unit = if kind.ends_with('U') { 4 } else { 1 };
    let size = digits.parse::<u64>().ok()?.checked_mul(unit)?;
    let (_, shape) = header.split_once("'shape'")?;
    let (_, shape) = shape.split_once('(')?;
    let (shape, _) = shape.split_once(')')?;
    let mut lengths = shape
        .split(',')
        .map(str::trim)
        .filter(|length| !length.is_empty());
    lengths.try_fold(size, |size, length| {
        Some(size.saturating_mul(length.parse().ok()?))
    })
}

/// Where the content begins, and the header text.
fn header(head: &[u8]) -> Option<(u64, &str)> {
    let (size, start): (usize, usize) = match head.get(6)? {
        1 => (
            usize::from(u16::from_le_bytes([*head.get(8)?, *head.get(9)?])),
            10,
        ),
        2 | 3 => {
            let bytes: [u8; 4] = head.get(8..12)?.try_into().ok()?;
            (usize::try_from(u32::from_le_bytes(bytes)).ok()?, 12)
        }
        _ => return None,
    };
    let text = std::str::from_utf8(head.get(start..start.checked_add(size)?)?).ok()?;
    let trimmed = text.trim();
    let dictionary = trimmed.starts_with('{') && trimmed.ends_with('}');
    dictionary.then_some(((start + size) as u64, text))
}

/// The value of `descr`: a type code, or a list of fields.
fn descriptor(header: &str) -> Option<&str> {
    let rest = header
        .split_once("'descr'")?
        .1
        .trim_start()
        .strip_prefix(':')?;
    let end = rest
        .find("'fortran_order'")
        .or_else(|| rest.find("'shape'"));
    rest.get(..end.unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use crate::scan::scan_bytes;

    fn array(descriptor: &str, content: &[u8]) -> Vec<u8> {
        let header =
            format!("{{'descr': {descriptor}, 'fortran_order': False, 'shape': (1,), }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend_from_slice(&u16::try_from(header.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(content);
        bytes
    }

    #[test]
    fn numbers_pass_and_objects_are_read_as_a_pickle() {
        assert_eq!(scan_bytes("a.npy", &array("'<f8'", &[0; 8])).findings, []);
        let report = scan_bytes("a.npy", &array("'|O'", b"cos\nsystem\n(S'x'\ntR."));
        assert_eq!(report.findings[0].rule, "pickle-dangerous-import");
        let fields = array("[('a', '<f8'), ('b', '|O')]", b"\x80\x02]");
        assert_eq!(
            scan_bytes("a.npy", &fields).findings[0].rule,
            "could-not-analyse"
        );
    }
}
