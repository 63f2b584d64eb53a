//! One slice of one account, as its holder sees it.

use std::sync::Arc;

use crate::account::Report;

/// A slice, or one that is being asked for.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Slice {
    pub(super) class: Arc<str>,
    pub(super) granted: u64,
    pub(super) reserved: u64,
    pub(super) settled: u64,
    pub(super) over: u64,
    pub(super) returned: u64,
    /// Until when it takes new calls, by this replica's clock.
    pub(super) until_ms: i64,
    /// What the account was last known to know.
    pub(super) reported: (u64, u64, u64),
    /// Whether a call has drawn on it since the last round.
    pub(super) used: bool,
    pub(super) asked: bool,
}

impl Slice {
    pub(super) const fn free(&self) -> u64 {
        self.granted
            .saturating_sub(self.settled)
            .saturating_sub(self.returned)
            .saturating_sub(self.reserved)
    }

    /// Begins a round: gives back what is to go back. False where there is nothing to report.
    pub(super) const fn turn(&mut self, now_ms: i64) -> bool {
        if !self.used || now_ms >= self.until_ms {
            self.returned = self.returned.saturating_add(self.free());
        }
        self.used = false;
        !self.asked
    }

    pub(super) const fn is_open(&self, now_ms: i64) -> bool {
        !self.asked && now_ms < self.until_ms
    }

    /// Whether the account knows that nothing is left of it.
    pub(super) const fn is_done(&self) -> bool {
        let (settled, over, returned) = self.reported;
        self.reserved == 0
            && over == self.over
            && settled == self.settled
            && returned == self.returned
            && settled.saturating_add(returned) >= self.granted
    }

    pub(super) const fn report(&self, lease: String) -> Report {
        Report {
            lease,
            settled: self.settled,
            over: self.over,
            returned: self.returned,
        }
    }
}
