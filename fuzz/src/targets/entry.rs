//! An entry that decodes encodes to bytes that decode and encode to themselves.

use seawall_evidence::verify::Auditor;
use seawall_evidence::{ENTRY_BYTES_MAX, Entry};

pub(super) fn body(bytes: &[u8]) {
    let mut auditor = Auditor::new();
    auditor.push(bytes, drop);
    assert_eq!(auditor.size(), 1);
    let Ok(entry) = Entry::decode(bytes) else {
        return;
    };
    assert!(bytes.len() <= ENTRY_BYTES_MAX);
    // Canonical numbers have one spelling, so the bytes are compared, not the values.
    if let Ok(encoded) = entry.encode() {
        let again = Entry::decode(&encoded).and_then(|again| again.encode());
        assert_eq!(again, Ok(encoded));
    }
}
