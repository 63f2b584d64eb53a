//! Checksums inside of secrets.

/// CRC-32 of ISO/IEC 13239, reflected.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            sum >> 1 ^ if sum & 1 == 1 { 0xEDB8_8320 } else { 0 }
        })
    })
}

/// Six digits of base 62 at the end are the CRC-32 of what is before.
pub(super) fn base62_crc(body: &[u8]) -> bool {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let Some((text, sum)) = body.len().checked_sub(6).map(|at| body.split_at(at)) else {
        return false;
    };
    let wanted = crc32(text);
    sum.iter().rev().try_fold(wanted, |rest, digit| {
        let expected = DIGITS.get(rest as usize % 62)?;
        (expected == digit).then_some(rest / 62)
    }) == Some(0)
}

/// Eight hexadecimal digits behind the last `_` are the CRC-32 of what is before.
pub(super) fn hex_crc(body: &[u8]) -> bool {
    let Some((text, sum)) = body.len().checked_sub(9).map(|at| body.split_at(at)) else {
        return false;
    };
    let wanted = format!("_{:08x}", crc32(text));
    sum.eq_ignore_ascii_case(wanted.as_bytes())
}

/// Three parts, the first two of which begin as JSON objects do; the prefix is not in `body`.
pub(super) fn is_jwt(body: &[u8]) -> bool {
    let mut parts = body.split(|byte| *byte == b'.');
    let (head, claims, seal) = (parts.next(), parts.next(), parts.next());
    let long = |part: Option<&[u8]>| part.is_some_and(|part| part.len() >= 8);
    long(head) && long(claims) && seal.is_some() && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_hold_and_notice_a_change() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        let body = b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17";
        assert!(base62_crc(body));
        let mut other = *body;
        other[3] = b'Z';
        assert!(!base62_crc(&other) && !base62_crc(b"x"));
        let text = b"aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA";
        let sealed = [text.as_slice(), format!("_{:08x}", crc32(text)).as_bytes()].concat();
        assert!(hex_crc(&sealed) && !hex_crc(text));
    }
}
