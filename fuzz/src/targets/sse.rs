//! The SSE decoder gives the same events however the bytes are cut.

use seawall_llm::sse::{Decoder, Event, SseError};

/// The first byte says where to cut the rest.
pub(super) fn body(bytes: &[u8]) {
    let (cut, rest) = bytes
        .split_first()
        .map_or((1, bytes), |(cut, rest)| (usize::from(*cut).max(1), rest));
    assert_eq!(decode(rest.chunks(cut)), decode(std::iter::once(rest)));
}

fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Vec<Event>, SseError> {
    let mut decoder = Decoder::new(256);
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut events)?;
    }
    decoder.finish()?;
    Ok(events)
}
