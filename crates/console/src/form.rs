//! Reads `application/x-www-form-urlencoded` texts: query strings and form bodies.

/// The longest form that is read.
pub(crate) const FORM_BYTES_MAX: usize = 16 << 10;

/// The value of the first field with this name, decoded.
pub(crate) fn field(form: &str, name: &str) -> Option<String> {
    let pairs = form
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut named = pairs.filter(|(key, _)| decode(key) == name);
    named.next().map(|(_, value)| decode(value))
}

/// Decodes `+` and `%XX`; what is no escape stays as it is, what is no UTF-8 becomes U+FFFD.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = match tail {
            [high, low, ..] if *first == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_are_decoded_and_the_first_one_counts() {
        assert_eq!(field("a=1&b=x+y%2fz&b=2", "b").as_deref(), Some("x y/z"));
        assert_eq!(field("flag&a=%zz%4", "a").as_deref(), Some("%zz%4"));
        assert_eq!(field("flag", "flag").as_deref(), Some(""));
        assert_eq!(field("a=1", "b"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(form in "\\PC{0,60}", name in "[a-z%]{0,4}") {
            drop(field(&form, &name));
        }
    }
}
