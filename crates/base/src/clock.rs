//! Time as a value that is handed down: the real clock lives in the I/O layers.

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

/// Tells the time. Two implementations exist: the system clock of `telemetry`, and [`FixedClock`].
pub trait Clock: Send + Sync + 'static {
    /// The current instant.
    fn now(&self) -> Timestamp;
}

/// A clock that moves only when it is told to, for tests and repeatable runs.
#[derive(Debug)]
pub struct FixedClock(Mutex<Timestamp>);

impl FixedClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock by `step`, which may be negative; saturates at the ends of time.
    pub fn advance(&self, step: SignedDuration) {
        let mut now = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = now.saturating_add(step).unwrap_or(*now);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
