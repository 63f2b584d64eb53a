//! What a stream has used so far, as a lower bound that nobody can talk down.
//!
//! An upstream that keeps to `max_tokens` never reaches the end of its reservation. One that does not
//! is cut: each event that carries content is taken for at least one token, no token is taken to be
//! longer than [`TOKEN_BYTES_MAX`] bytes, and what the upstream itself reports on the way counts.

/// The longest token that is assumed. An upstream that sends several events per token is cut early,
/// never late.
pub const TOKEN_BYTES_MAX: u64 = 512;

/// The meter of one stream.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Meter {
    output_tokens_max: u64,
    events: u64,
    bytes: u64,
    reported: u64,
}

impl Meter {
    /// A meter for answers of at most so many tokens together.
    #[must_use]
    pub const fn new(output_tokens_max: u64) -> Self {
        Self {
            output_tokens_max,
            events: 0,
            bytes: 0,
            reported: 0,
        }
    }

    /// Counts content of so many bytes that one event carried. Nothing is no token.
    pub const fn content(&mut self, bytes: u64) {
        if bytes > 0 {
            self.events = self.events.saturating_add(1);
            self.bytes = self.bytes.saturating_add(bytes);
        }
    }

    /// Takes what the upstream reports on the way.
    pub const fn reported(&mut self, output_tokens: u64) {
        if output_tokens > self.reported {
            self.reported = output_tokens;
        }
    }

    /// The least number of tokens that the answers have.
    #[must_use]
    pub fn output_tokens_min(&self) -> u64 {
        self.events
            .max(self.bytes.div_ceil(TOKEN_BYTES_MAX))
            .max(self.reported)
    }

    /// Whether the reservation is used up and more: the stream is to be cut.
    #[must_use]
    pub fn is_used_up(&self) -> bool {
        self.output_tokens_min() > self.output_tokens_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_that_keeps_to_its_limit_is_never_cut() {
        let mut meter = Meter::new(3);
        for _ in 0..3 {
            meter.content(4);
            meter.content(0);
        }
        assert!(!meter.is_used_up());
        meter.content(1);
        assert!(meter.is_used_up());
    }

    #[test]
    fn one_long_event_and_a_report_count_too() {
        let mut meter = Meter::new(3);
        meter.content(3 * TOKEN_BYTES_MAX + 1);
        assert_eq!(meter.output_tokens_min(), 4);
        let mut meter = Meter::new(3);
        meter.reported(9);
        meter.reported(2);
        assert_eq!(meter.output_tokens_min(), 9);
    }
}
