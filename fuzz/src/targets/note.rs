//! A note that parses prints as itself.

use seawall_crypto::note::{Note, NoteVerifier};

pub(super) fn body(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(note) = Note::parse(text) {
        assert_eq!(note.to_string(), text);
    }
    if let Ok(verifier) = NoteVerifier::parse(text) {
        let again = NoteVerifier::parse(&verifier.to_string());
        assert!(again.is_ok_and(|again| again.to_string() == verifier.to_string()));
    }
}
