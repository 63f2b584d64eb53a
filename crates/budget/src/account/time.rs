//! Time passes for an account: windows roll, leases that were not renewed lapse.

use super::{Account, Terms, charged_slot};
use crate::window::Window;

impl Account {
    /// Moves time on: windows roll, leases that were not renewed lapse. Time that goes back stands.
    pub fn advance(&mut self, terms: &Terms, now_ms: i64) {
        let fresh = self.now_ms == 0 && self.spent.is_empty() && self.leases.is_empty();
        self.now_ms = self.now_ms.max(now_ms);
        self.lapse(terms);
        let span = terms.window.span(self.now_ms);
        if fresh {
            self.slot = span.slot;
        }
        if span.slot > self.slot {
            self.roll(terms, span.slot);
        }
        // What lies before the window no longer counts, unless a lease of then still lives.
        let open = self.leases.values().filter(|lease| lease.rest() > 0);
        let live = open.map(|lease| lease.slot).min();
        let since = live.map_or(span.since, |live| live.min(span.since));
        self.spent = self.spent.split_off(&since);
    }

    fn lapse(&mut self, terms: &Terms) {
        let now_ms = self.now_ms;
        let held = terms.window == Window::Held;
        let forget_ms = terms.ttl_ms.saturating_mul(64).max(3_600_000);
        let mut lost = Vec::new();
        self.leases.retain(|_, lease| {
            if now_ms < lease.ends_ms {
                return true;
            }
            if held {
                // Nothing is spent by holding; the places are free again.
                return false;
            }
            let rest = lease.rest();
            if rest > 0 && !lease.lapsed {
                lease.lapsed = true;
                lost.push((lease.slot, rest));
            }
            // Closed ones are remembered too: an order that arrives once more is not granted anew.
            now_ms < lease.ends_ms.saturating_add(forget_ms)
        });
        for (slot, rest) in lost {
            let slot = charged_slot(terms, slot, now_ms);
            self.charge(slot, rest);
            self.lost = self.lost.saturating_add(rest);
        }
    }

    /// A new calendar window: what was left is carried over up to the agreed most, what was overrun
    /// is owed. A rolling window only moves.
    fn roll(&mut self, terms: &Terms, slot: i64) {
        if matches!(terms.window, Window::Calendar(..)) {
            let mut left = self.left_of(terms, self.slot);
            let limit = i64::try_from(terms.limit).unwrap_or(i64::MAX);
            let carry_max = i64::try_from(terms.carry_max).unwrap_or(i64::MAX);
            // Windows in which nothing happened: after a few of them nothing changes any more.
            let ends = terms.window.span(self.slot).ends.unwrap_or(slot);
            let mut next = ends;
            let mut idle = 0_u8;
            while next < slot && idle < 64 {
                left = limit.saturating_add(left.min(carry_max));
                next = terms.window.span(next).ends.unwrap_or(slot);
                idle += 1;
            }
            self.carried = left.min(carry_max);
        }
        self.slot = slot;
    }
}
