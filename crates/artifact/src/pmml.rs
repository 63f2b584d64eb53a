//! PMML: models as XML. The text is searched, not parsed: what it must not hold is plain to see.

use crate::inflate::HELD_MAX;
use crate::report::Sink;
use crate::rules::pmml_active_content as rule;
use crate::source::{ReadAt, read_up_to};

/// Markup that has a reader fetch, include or run something.
const ACTIVE: &[(&str, &str)] = &[
    (
        "<!doctype",
        "declares a document type, through which readers fetch files and addresses",
    ),
    (
        "<!entity",
        "declares an entity, through which readers fetch files and addresses",
    ),
    (
        "<?xml-stylesheet",
        "names a style sheet, which is a program",
    ),
    ("xi:include", "includes another document"),
    ("<script", "holds a script"),
    ("javascript:", "holds a script"),
    ("java.lang.", "names classes of Java to be run"),
];

/// Searches `source`, and reports whatever is not plain UTF-8 or not whole as not analysed.
pub(crate) fn read(source: &dyn ReadAt, sink: &mut Sink<'_>) {
    if source.size() > HELD_MAX as u64 {
        return sink.broken(None, "the document is larger than the limit");
    }
    let bytes = match read_up_to(source, 0, HELD_MAX) {
        Ok(bytes) => bytes,
        Err(error) => return sink.read_failed(&error),
    };
    let Ok(text) = String::from_utf8(bytes) else {
        return sink.broken(None, "the document is not UTF-8");
    };
    let text = text.to_ascii_lowercase();
    let head = text.get(..text.find("?>").unwrap_or(0)).unwrap_or_default();
    let foreign =
        head.contains("encoding=") && !head.contains("utf-8") && !head.contains("us-ascii");
    if foreign {
        return sink.broken(None, "the document declares another encoding than UTF-8");
    }
    for (mark, what) in ACTIVE {
        if let Some(byte) = text.find(mark) {
            rule::report(sink, byte as u64, what);
        }
    }
    if !text.trim_end().ends_with("</pmml>") {
        sink.broken(None, "the document does not end with its root element");
    }
}
