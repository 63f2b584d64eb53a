//! Numpy arrays: numbers in a row, or a pickle of objects behind the header.

use crate::pickle::{self, Context};
use crate::report::Sink;
use crate::rules::pickle_trailing_bytes;
use crate::scan::{Depth, report_stream};
use crate::source::{Part, ReadAt, read_up_to};
use crate::zip::Unreadable;

/// Headers are padded to 64 bytes; real ones hold a few hundred.
const HEADER_MAX: usize = 64 << 10;

/// What the header says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Array {
    /// The type code, such as `<f8`; records are written as a list of fields instead.
    pub(crate) code: String,
    /// Bytes of one item; `None` where items are objects.
    pub(crate) width: Option<u64>,
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<u64>,
    /// Where the content begins.
    pub(crate) start: u64,
}

impl Array {
    /// Bytes of all items.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.shape
            .iter()
            .try_fold(self.width?, |bytes, side| bytes.checked_mul(*side))
    }
}

/// Reads the header, and the pickle behind it where the array holds objects.
pub(crate) fn read(source: &dyn ReadAt, sink: &mut Sink<'_>, depth: Depth) {
    let array = match parse(source) {
        Ok(array) => array,
        Err(Unreadable::Broken(what)) => return sink.broken(None, what),
        Err(Unreadable::Read(error)) => return sink.read_failed(&error),
    };
    let Some(bytes) = array.bytes() else {
        if array.width.is_some() {
            return sink.broken(None, "the shape of the array overflows");
        }
        let part = Part::new(source, array.start, u64::MAX);
        let stream = pickle::read_stream(&part, sink.limits(), Context::Plain);
        return report_stream(&part, &stream, sink, depth);
    };
    let end = array.start.saturating_add(bytes);
    if end > source.size() {
        sink.broken(None, "the array is cut short");
    } else if end < source.size() {
        let message = format!("{} bytes follow behind the array", source.size() - end);
        pickle_trailing_bytes::report(sink, end, &message, false);
    }
}

/// Reads and checks the header.
pub(crate) fn parse(source: &dyn ReadAt) -> Result<Array, Unreadable> {
    let head = read_up_to(source, 0, HEADER_MAX + 12)?;
    let (start, text) =
        header(&head).ok_or(Unreadable::Broken("the header of the array is broken"))?;
    fields(text, start).ok_or(Unreadable::Broken(
        "the header of the array is not written as numpy writes it",
    ))
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

/// The three fields in the order and the spelling of numpy. Its reader takes any Python literal, with
/// escapes and with keys that come twice; what only that reader understands is refused.
fn fields(text: &str, start: u64) -> Option<Array> {
    if text.contains(['\\', '"', '#']) {
        return None;
    }
    let rest = text.trim().strip_prefix("{'descr': ")?;
    let (descriptor, rest) = rest.split_once(", 'fortran_order': ")?;
    let (fortran, rest) = rest.split_once(", 'shape': (")?;
    let (shape, rest) = rest.split_once(')')?;
    if !matches!(rest.trim(), "," | "" | ", }" | "}") || rest.contains('\'') {
        return None;
    }
    let shape = shape
        .split(',')
        .map(|side| side.trim().trim_end_matches('L'))
        .filter(|side| !side.is_empty())
        .map(|side| side.parse().ok())
        .collect::<Option<Vec<u64>>>()?;
    let (code, width) = item(descriptor)?;
    let fortran = match fortran {
        "True" => true,
        "False" => false,
        _ => return None,
    };
    Some(Array {
        code,
        width,
        fortran,
        shape,
        start,
    })
}

/// The type code and the width of an item: `'<f8'`, or a list of fields.
fn item(descriptor: &str) -> Option<(String, Option<u64>)> {
    let plain = descriptor
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    if let Some(code) = plain {
        return Some((code.to_owned(), width(code)?));
    }
    // Of records, every quoted word is a name or a code. One that could be the code of an object
    // makes the whole be read as objects; a code that is not understood makes it be refused.
    let inner = descriptor.strip_prefix('[')?.strip_suffix(']')?;
    let mut total = Some(0_u64);
    for field in inner.split("), (") {
        let field = field.trim_matches(['(', ')', ',', ' ']);
        let quoted: Vec<_> = field.split('\'').collect();
        let [_, _, separator, code, sides] = quoted.as_slice() else {
            return None;
        };
        if separator.trim() != "," {
            return None;
        }
        let count = sides
            .split(|character: char| !character.is_ascii_digit())
            .filter(|side| !side.is_empty())
            .try_fold(1_u64, |count, side| count.checked_mul(side.parse().ok()?))?;
        total = match (total, width(code)?) {
            (Some(total), Some(width)) => Some(total.checked_add(width.checked_mul(count)?)?),
            _ => None,
        };
    }
    Some((descriptor.to_owned(), total))
}

/// Bytes of one item; `Some(None)` for objects, `None` for a code that numpy does not write.
fn width(code: &str) -> Option<Option<u64>> {
    let code = code.strip_prefix(['<', '>', '=', '|']).unwrap_or(code);
    if code == "O" || code == "O8" || code == "O4" {
        return Some(None);
    }
    let (kind, rest) = code.split_at_checked(1)?;
    let digits = rest.split('[').next().unwrap_or_default();
    let count: u64 = digits.parse().ok()?;
    match kind {
        "b" | "i" | "u" | "f" | "c" | "S" | "a" | "V" | "m" | "M" => Some(Some(count)),
        "U" => Some(Some(count.checked_mul(4)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::scan::scan_bytes;

    fn array(descriptor: &str, content: &[u8]) -> Vec<u8> {
        let header =
            format!("{{'descr': {descriptor}, 'fortran_order': False, 'shape': (1,), }}    \n");
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
    #[test]
    fn headers_that_only_a_python_reader_understands_never_pass() {
        let evil = b"cos\nsystem\n(S'x'\ntR.";
        for descriptor in [
            r"'|\x4f'",
            "'object'",
            "'<f8', 'descr': '|O'",
            "\"|O\"",
            "[('a', '<f8'), ('b', 'object')]",
            "('|O', (2,))",
        ] {
            assert_ne!(
                scan_bytes("a.npy", &array(descriptor, evil)).problems,
                [],
                "{descriptor}"
            );
        }
    }

    #[test]
    fn the_content_is_as_large_as_the_header_says() {
        assert_ne!(scan_bytes("a.npy", &array("'<f8'", &[0; 7])).problems, []);
        assert_ne!(scan_bytes("a.npy", &array("'<f8'", &[0; 9])).problems, []);
        let records = array("[('a', '<f8'), ('b', '<i4', (2,))]", &[0; 16]);
        assert_eq!(scan_bytes("a.npy", &records).problems, []);
    }
}
