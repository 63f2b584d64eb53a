//! A stream releases the same however it is cut: whole, by single characters, and by pieces whose
//! size the input chooses. The first byte chooses the channel, the second the size.

use seawall_guard::{Channel, Guard};

use super::guard_inspect::{GUARD, parts};

pub(super) fn body(bytes: &[u8]) {
    let Some((size, rest)) = bytes.split_first() else {
        return;
    };
    let (Some(guard), Some((channel, text))) = (GUARD.as_ref(), parts(rest)) else {
        return;
    };
    let whole = run(guard, channel, &text, usize::MAX);
    assert_eq!(run(guard, channel, &text, 1), whole, "by characters");
    let size = usize::from(*size % 32) + 2;
    assert_eq!(run(guard, channel, &text, size), whole, "by {size}");
    // A redaction may be longer than what it replaces, by no more than its label.
    assert!(whole.0.len() <= 16 * text.len() + 64);
}

/// What is released, and whether the stream was stopped.
fn run(guard: &Guard, channel: Channel, text: &str, size: usize) -> (String, bool) {
    let mut stream = guard.stream(channel);
    let mut released = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let cut = rest
            .char_indices()
            .nth(size)
            .map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at(cut);
        let step = stream.push(piece);
        released.push_str(&step.release);
        if step.stop.is_some() {
            return (released, true);
        }
        rest = after;
    }
    let step = stream.finish();
    released.push_str(&step.release);
    (released, step.stop.is_some())
}
