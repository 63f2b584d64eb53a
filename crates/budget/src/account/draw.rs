//! Orders: slices are leased, and reported on until they are used up.

use super::{Account, LEASES_MAX, Lease, Reply, Report, Terms, charged_slot};
use crate::window::Window;

/// Closed leases are remembered up to here, so that an order that arrives twice is answered alike.
const CLOSED_MAX: usize = 64;
/// A lease gets at most this part of what is left, so that one replica cannot starve the others.
const SHARE_OF_REST: u64 = 8;

impl Account {
    pub(super) fn lease(
        &mut self,
        terms: &Terms,
        id: &str,
        class: &str,
        [want, need]: [u64; 2],
    ) -> Reply {
        if let Some(lease) = self.leases.get(id) {
            return Reply::Granted {
                amount: lease.granted,
                usable_ms: self.usable_ms(terms, lease),
            };
        }
        if self.leases.len() >= CLOSED_MAX {
            self.leases.retain(|_, lease| lease.rest() > 0);
        }
        let left = u64::try_from(self.left_for(terms, class)).unwrap_or(0);
        if left < need || self.leases.len() >= LEASES_MAX {
            return Reply::Refused {
                retry_ms: self.retry_ms(terms, class, need),
            };
        }
        let amount = want.min(left / SHARE_OF_REST).max(need).min(left);
        if amount == 0 {
            return Reply::Refused {
                retry_ms: self.retry_ms(terms, class, 1),
            };
        }
        let lease = Lease {
            slot: self.slot,
            class: class.to_owned(),
            revision: terms.revision,
            granted: amount,
            settled: 0,
            over: 0,
            returned: 0,
            ends_ms: self.now_ms.saturating_add(terms.ttl_ms),
            lapsed: false,
        };
        let usable_ms = self.usable_ms(terms, &lease);
        self.leases.insert(id.to_owned(), lease);
        Reply::Granted { amount, usable_ms }
    }

    pub(super) fn report(&mut self, terms: &Terms, report: &Report) -> Reply {
        let (now_ms, held) = (self.now_ms, terms.window == Window::Held);
        let Some(lease) = self.leases.get_mut(&report.lease) else {
            // Forgotten long ago: all of it is spent, and an old report cannot change that.
            return Reply::Noted { usable_ms: 0 };
        };
        // Totals only grow, and a report cannot account for more than was granted.
        let settled = report.settled.clamp(lease.settled, lease.granted);
        let most = lease.granted.saturating_sub(settled);
        let returned = report.returned.min(most).max(lease.returned);
        let settled = settled.min(lease.granted.saturating_sub(returned));
        let over = report.over.max(lease.over);
        let more_settled = settled.saturating_sub(lease.settled);
        let more_over = over.saturating_sub(lease.over);
        let more_returned = returned.saturating_sub(lease.returned);
        (lease.settled, lease.returned, lease.over) = (settled, returned, over);
        let (slot, lapsed) = (lease.slot, lease.lapsed);
        if !lapsed {
            lease.ends_ms = lease.ends_ms.max(now_ms.saturating_add(terms.ttl_ms));
        }
        let lease = lease.clone();
        let slot = charged_slot(terms, slot, now_ms);
        if !held {
            self.charge(slot, more_over);
            self.overrun = self.overrun.saturating_add(more_over);
            if slot < self.slot && matches!(terms.window, Window::Calendar(..)) {
                // Its window is over and settled with; the next one pays.
                let owed = i64::try_from(more_over).unwrap_or(i64::MAX);
                self.carried = self.carried.saturating_sub(owed);
            }
        }
        if lapsed {
            self.refund(lease.slot, more_returned);
            let known = more_returned.saturating_add(more_settled);
            self.lost = self.lost.saturating_sub(known);
        } else if !held {
            self.charge(slot, more_settled);
        }
        Reply::Noted {
            usable_ms: self.usable_ms(terms, &lease),
        }
    }

    pub(super) fn charge(&mut self, slot: i64, amount: u64) {
        if amount > 0 {
            let spent = self.spent.entry(slot).or_default();
            *spent = spent.saturating_add(amount);
        }
    }

    /// Gives back from the slot at which a lapsed lease was charged: the first from its own on that
    /// holds enough.
    fn refund(&mut self, slot: i64, amount: u64) {
        let mut rest = amount;
        for (_, spent) in self.spent.range_mut(slot..) {
            let back = rest.min(*spent);
            *spent -= back;
            rest -= back;
            if rest == 0 {
                return;
            }
        }
    }

    /// How long a lease may be used for new calls.
    fn usable_ms(&self, terms: &Terms, lease: &Lease) -> i64 {
        let span = terms.window.span(self.now_ms);
        let calendar = matches!(terms.window, Window::Calendar(..));
        if lease.lapsed || lease.revision != terms.revision || (calendar && lease.slot != span.slot)
        {
            return 0;
        }
        let ends_ms = match span.ends {
            Some(ends_ms) if calendar => ends_ms.min(lease.ends_ms),
            _ => lease.ends_ms,
        };
        ends_ms.saturating_sub(self.now_ms).max(0)
    }
}
