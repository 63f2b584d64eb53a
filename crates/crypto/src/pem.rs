//! PEM (RFC 7468) as `model-signing` and OpenSSL write it: 64 columns, `\n`, one trailing newline.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The longest text that is searched for a key.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// Writes one block.
pub(crate) fn encode(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (position, character) in body.chars().enumerate() {
        if position > 0 && position.is_multiple_of(64) {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}

/// The first block whose label is one of `labels`, with that label. OpenSSL writes curve parameters
/// before a key, so other blocks are passed over.
pub(crate) fn decode<'a>(text: &str, labels: &[&'a str]) -> Option<(&'a str, Vec<u8>)> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let mut lines = text.lines().map(str::trim);
    loop {
        let line = lines.next()?;
        let Some(label) = labels
            .iter()
            .find(|label| line == format!("-----BEGIN {label}-----"))
        else {
            continue;
        };
        let end = format!("-----END {label}-----");
        let mut body = String::new();
        for line in lines.by_ref() {
            if line == end {
                return STANDARD.decode(&body).ok().map(|der| (*label, der));
            }
            body.push_str(line);
        }
        return None;
    }
}

/// Every block of one label, in order; `None` where one is broken or the text is larger than any list
/// of certificates should be.
pub(crate) fn decode_all(text: &str, label: &str) -> Option<Vec<Vec<u8>>> {
    const LIST_BYTES_MAX: usize = 16 << 20;
    if text.len() > LIST_BYTES_MAX {
        return None;
    }
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while lines.by_ref().any(|line| line == begin) {
        let mut body = String::new();
        loop {
            match lines.next()? {
                line if line == end => break,
                line => body.push_str(line),
            }
        }
        blocks.push(STANDARD.decode(&body).ok()?);
    }
    Some(blocks)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn blocks_read_back(der in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = format!("-----BEGIN A-----\nAAAA\n-----END A-----\n{}", encode("B", &der));
            let all = decode_all(&format!("{text}{text}"), "B");
            prop_assert_eq!(all, Some(vec![der.clone(), der.clone()]));
            prop_assert_eq!(decode(&text, &["B"]), Some(("B", der)));
        }

        #[test]
        fn decode_never_panics(text in "(-----BEGIN A-----|-----END A-----|[A-Za-z=\n -]){0,20}") {
            drop(decode(&text, &["A"]));
            drop(decode_all(&text, "A"));
        }
    }
}
