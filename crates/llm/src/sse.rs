//! Server-sent events (WHATWG HTML, section 9.2.6): the same events however the bytes are cut.

/// One event of a stream.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Event {
    /// The `event` field, empty where there is none.
    pub name: String,
    /// The `data` fields, joined by line feeds.
    pub data: String,
}

/// Why a stream cannot be read further.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SseError {
    /// An event, or a line of one, is larger than the limit.
    #[error("an event is larger than {0} bytes")]
    TooLarge(usize),
    /// A line is not UTF-8.
    #[error("an event is not UTF-8")]
    NotUtf8,
    /// The stream ended inside an event.
    #[error("the stream ended inside an event")]
    Truncated,
}

/// Turns bytes into events.
#[derive(Clone, Debug)]
pub struct Decoder {
    event_bytes_max: usize,
    line: Vec<u8>,
    event: Event,
    has_data: bool,
    after_return: bool,
    at_start: bool,
    has_comment: bool,
}

impl Decoder {
    /// A decoder at the start of a stream whose events have at most `event_bytes_max` bytes.
    #[must_use]
    pub fn new(event_bytes_max: usize) -> Self {
        Self {
            event_bytes_max,
            line: Vec::new(),
            event: Event::default(),
            has_data: false,
            after_return: false,
            at_start: true,
            has_comment: false,
        }
    }

    /// Takes the next bytes and appends the events that they complete to `events`.
    ///
    /// # Errors
    /// When the stream is not readable; the decoder must not be used further then.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), SseError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            if std::mem::take(&mut self.after_return) {
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let Some(end) = end else {
                self.buffer(rest)?;
                break;
            };
            let (head, tail) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            self.after_return = tail.first() == Some(&b'\r');
            rest = tail.get(1..).unwrap_or_default();
            if self.line.is_empty() {
                // The common case: the whole line lies in these bytes and is not copied twice.
                self.check_size(head.len())?;
                self.take_line(head, events)?;
            } else {
                self.buffer(head)?;
                let line = std::mem::take(&mut self.line);
                self.take_line(&line, events)?;
            }
        }
        Ok(())
    }

    /// Whether a comment came since the last call. Upstreams send them to keep connections alive.
    pub const fn take_comment(&mut self) -> bool {
        std::mem::replace(&mut self.has_comment, false)
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// When it ends inside an event, which is not an event then.
    pub const fn finish(&self) -> Result<(), SseError> {
        if self.line.is_empty() && !self.has_data {
            Ok(())
        } else {
            Err(SseError::Truncated)
        }
    }

    fn buffer(&mut self, bytes: &[u8]) -> Result<(), SseError> {
        self.check_size(self.line.len().saturating_add(bytes.len()))?;
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    const fn check_size(&self, line_bytes: usize) -> Result<(), SseError> {
        if line_bytes.saturating_add(self.event.data.len()) > self.event_bytes_max {
            return Err(SseError::TooLarge(self.event_bytes_max));
        }
        Ok(())
    }

    fn take_line(&mut self, line: &[u8], events: &mut Vec<Event>) -> Result<(), SseError> {
        let line = std::str::from_utf8(line).map_err(|_| SseError::NotUtf8)?;
        let line = if std::mem::take(&mut self.at_start) {
            line.strip_prefix('\u{feff}').unwrap_or(line)
        } else {
            line
        };
        if line.is_empty() {
            if std::mem::take(&mut self.has_data) {
                events.push(std::mem::take(&mut self.event));
            } else {
                self.event.name.clear();
            }
            return Ok(());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
                self.has_data = true;
            }
            "event" => value.clone_into(&mut self.event.name),
            // The text of a comment is nobody's content; only that there was one is passed on.
            "" => self.has_comment = true,
            // Ids and retry hints are not content, and are not forwarded either.
            _ => {}
        }
        Ok(())
    }
}

/// Appends one event with this data to `out`.
pub fn encode(data: &str, out: &mut Vec<u8>) {
    for line in data.split('\n') {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out.push(b'\n');
}

/// Appends one event with this name and data to `out`. The name is one of the dialect's own.
pub fn encode_named(name: &str, data: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.push(b'\n');
    encode(data, out);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(pieces: &[&[u8]]) -> Result<Vec<String>, SseError> {
        let mut decoder = Decoder::new(64);
        let mut events = Vec::new();
        for piece in pieces {
            decoder.push(piece, &mut events)?;
        }
        decoder.finish()?;
        Ok(events.into_iter().map(|event| event.data).collect())
    }

    #[test]
    fn line_ends_comments_bom_and_joined_data_follow_the_standard() {
        let text = "\u{feff}data:a\r\ndata: b\r\r: note\ndata\n\nevent: x\n\nid: 1\ndata:  c\n\n";
        assert_eq!(decode(&[text.as_bytes()]).unwrap(), ["a\nb", "", " c"]);
        assert_eq!(decode(&[b"data: a\r", b"\ndata: b\n\n"]).unwrap(), ["a\nb"]);
    }

    #[test]
    fn endless_foreign_and_cut_streams_are_refused() {
        assert_eq!(decode(&[&[b'a'; 65]]), Err(SseError::TooLarge(64)));
        assert_eq!(decode(&[b"data: \xff\n\n"]), Err(SseError::NotUtf8));
        assert_eq!(decode(&[b"data: a\n"]), Err(SseError::Truncated));
        assert_eq!(decode(&[b"dat"]), Err(SseError::Truncated));
        let many = b"data: 0123456789\n".repeat(10);
        assert_eq!(decode(&[&many]), Err(SseError::TooLarge(64)));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_events(
            text in "(\u{feff})?((data:|event:|:|id:)? ?[é😀a]{0,4}(\r\n|\r|\n)){0,12}",
            cuts in proptest::collection::vec(0usize..200, 0..8),
        ) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(decode(&pieces), decode(&[bytes]));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(decode(&[&bytes]));
        }

        #[test]
        fn what_is_encoded_decodes_to_itself(data in "[^\r\u{feff}]{0,12}") {
            let mut bytes = Vec::new();
            encode(&data, &mut bytes);
            prop_assert_eq!(decode(&[&bytes]), Ok(vec![data]));
        }
    }
}
