//! A strict reader of DER (ITU-T X.690): definite lengths in their shortest form, nothing else.
//!
//! It hands out the bytes of each value as they stand, because signatures are over them.

/// Values inside of values that any structure here needs.
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;

/// The tag of a context-specific constructed value.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// The bytes are not the structure that was expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not the DER structure that was expected")]
pub struct NotDer;

/// One value: its tag, its content, and both with the length between them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u8,
    pub(crate) value: &'a [u8],
    pub(crate) raw: &'a [u8],
}

/// A forward reader over values that follow each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next value, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Tlv<'a>, NotDer> {
        let [tag, first, rest @ ..] = self.0 else {
            return Err(NotDer);
        };
        // Tags of several bytes have no place in what is read here.
        if tag & 0x1f == 0x1f {
            return Err(NotDer);
        }
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x84 => {
                let (bytes, rest) = rest
                    .split_at_checked(usize::from(first & 0x7f))
                    .ok_or(NotDer)?;
                let length = bytes
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
                // A longer form than needed is a second spelling.
                if length < 0x80 || bytes.first() == Some(&0) {
                    return Err(NotDer);
                }
                (length, rest)
            }
            _ => return Err(NotDer),
        };
        let (value, rest) = rest.split_at_checked(length).ok_or(NotDer)?;
        let raw = self.0.get(..self.0.len() - rest.len()).ok_or(NotDer)?;
        self.0 = rest;
        Ok(Tlv {
            tag: *tag,
            value,
            raw,
        })
    }

    /// The next value, which must have this tag.
    pub(crate) fn take(&mut self, tag: u8) -> Result<Tlv<'a>, NotDer> {
        let value = self.any()?;
        (value.tag == tag).then_some(value).ok_or(NotDer)
    }

    /// The next value if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, NotDer> {
        match self.0.first() == Some(&tag) {
            true => self.any().map(Some),
            false => Ok(None),
        }
    }

    /// A reader of the values inside of the next one, which must have this tag.
    pub(crate) fn inside(&mut self, tag: u8) -> Result<Self, NotDer> {
        Ok(Self::new(self.take(tag)?.value))
    }

    /// Nothing may be left.
    pub(crate) const fn end(&self) -> Result<(), NotDer> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(NotDer),
        }
    }
}

/// The bytes of a bit string of whole bytes.
pub(crate) fn bits<'a>(value: Tlv<'a>) -> Result<&'a [u8], NotDer> {
    match value.value {
        [0, bytes @ ..] if value.tag == BIT_STRING => Ok(bytes),
        _ => Err(NotDer),
    }
}

/// A small number that is not negative.
pub(crate) fn small(value: Tlv<'_>) -> Result<u32, NotDer> {
    match value.value {
        [first, rest @ ..] if value.tag == INTEGER && *first < 0x80 && rest.len() < 4 => Ok(value
            .value
            .iter()
            .fold(0, |sum, byte| sum << 8 | u32::from(*byte))),
        _ => Err(NotDer),
    }
}

/// Writes a value.
pub(crate) fn write(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    let length = value.len().to_be_bytes();
    match value.len() {
        0..0x80 => bytes.push(value.len() as u8),
        _ => {
            let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
            bytes.push(0x80 | length.len() as u8);
            bytes.extend(length);
        }
    }
    bytes.extend_from_slice(value);
    bytes
}

/// An instant (RFC 5280, section 4.1.2.5; fractions of a second as RFC 3161 allows them).
pub(crate) fn time(value: Tlv<'_>) -> Result<seawall_base::Timestamp, NotDer> {
    let text = std::str::from_utf8(value.value).map_err(|_| NotDer)?;
    let text = text.strip_suffix('Z').ok_or(NotDer)?;
    let (date, fraction) = text.split_once('.').unwrap_or((text, ""));
    let year_digits = match value.tag {
        UTC_TIME => 2,
        GENERALIZED_TIME => 4,
        _ => return Err(NotDer),
    };
    let sound = date.len() == year_digits + 10 && date.bytes().all(|byte| byte.is_ascii_digit());
    if !sound || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotDer);
    }
    let (year, rest) = date.split_at_checked(year_digits).ok_or(NotDer)?;
    let year = match (value.tag, year.parse::<u16>().map_err(|_| NotDer)?) {
        (UTC_TIME, year) if year < 50 => 2000 + year,
        (UTC_TIME, year) => 1900 + year,
        (_, year) => year,
    };
    let pair = |at: usize| rest.get(at..at + 2).ok_or(NotDer);
    let text = format!(
        "{year:04}-{}-{}T{}:{}:{}Z",
        pair(0)?,
        pair(2)?,
        pair(4)?,
        pair(6)?,
        pair(8)?
    );
    text.parse().map_err(|_| NotDer)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_have_one_spelling() {
        let value = |bytes: &[u8]| Reader::new(bytes).any().map(|tlv| tlv.value.len());
        assert_eq!(value(&[4, 1, 9]), Ok(1));
        assert_eq!(value(&[4, 0x81, 1, 9]), Err(NotDer));
        assert_eq!(value(&[4, 0x80, 9, 0, 0]), Err(NotDer));
        assert_eq!(value(&[4, 2, 9]), Err(NotDer));
        let long = write(OCTET_STRING, &[7; 300]);
        assert_eq!(value(&long), Ok(300));
        assert_eq!(
            value(&[&[4, 0x83, 0, 1, 0x2c], [7; 300].as_slice()].concat()),
            Err(NotDer)
        );
    }

    #[test]
    fn instants_of_both_forms_are_read() {
        let read = |tag, text: &str| time(Reader::new(&write(tag, text.as_bytes())).any().unwrap());
        let expected = "2026-11-23T12:00:11Z".parse().unwrap();
        assert_eq!(read(UTC_TIME, "261123120011Z"), Ok(expected));
        assert_eq!(read(GENERALIZED_TIME, "20261123120011Z"), Ok(expected));
        assert_eq!(read(GENERALIZED_TIME, "20261123120011.25Z"), Ok(expected));
        for bad in [
            "261123120011",
            "261323120011Z",
            "2611231200Z",
            "26112312001é",
        ] {
            assert_eq!(read(UTC_TIME, bad), Err(NotDer), "{bad}");
        }
        assert_eq!(
            read(UTC_TIME, "500101000000Z").unwrap().to_string(),
            "1950-01-01T00:00:00Z"
        );
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = Reader::new(&bytes);
            while let Ok(value) = reader.any() {
                let read = (small(value).is_ok(), time(value).is_ok(), bits(value).is_ok());
                assert!(!(read.0 && read.1));
            }
        }
    }
}
