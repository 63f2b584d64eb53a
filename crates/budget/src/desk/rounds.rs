//! What goes to the accounts and comes back: replies, reports, orders whose replies were lost.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Desk;
use crate::account::{Order, Reply, Report};

impl Desk {
    /// Takes a reply. `sent_ms` is this replica's time when the order was sent, so that the way there
    /// and back shortens what the slice is used for and never lengthens it.
    pub fn take_reply(&mut self, account: &Arc<str>, order: &Order, reply: &Reply, sent_ms: i64) {
        match order {
            Order::Lease { lease, .. } => {
                let Some(number) = self.number(lease) else {
                    return;
                };
                match (reply, self.slice(account, number)) {
                    (Reply::Granted { amount, usable_ms }, Some(slice)) if slice.asked => {
                        slice.asked = false;
                        slice.granted = *amount;
                        slice.until_ms = sent_ms.saturating_add(*usable_ms);
                    }
                    (Reply::Refused { .. }, Some(slice)) if slice.asked => {
                        self.remove(account, number);
                    }
                    _ => {}
                }
            }
            Order::Report(report) => self.noted(account, report, reply, sent_ms),
        }
    }

    fn noted(&mut self, account: &Arc<str>, report: &Report, reply: &Reply, sent_ms: i64) {
        let Some(number) = self.number(&report.lease) else {
            return;
        };
        let Some(slice) = self.slice(account, number) else {
            return;
        };
        slice.reported = (report.settled, report.over, report.returned);
        if let Reply::Noted { usable_ms } = reply {
            let until_ms = sent_ms.saturating_add(*usable_ms);
            slice.until_ms = if *usable_ms == 0 { i64::MIN } else { until_ms };
        }
        if slice.is_done() {
            self.remove(account, number);
        }
    }

    fn remove(&mut self, account: &Arc<str>, number: u64) {
        if let Some(slices) = self.slices.get_mut(account) {
            slices.remove(&number);
            if slices.is_empty() {
                self.slices.remove(account);
            }
        }
    }

    /// The reports of one round: every slice tells its totals, which keeps it alive. What has not
    /// been drawn on since the last round, or takes no new calls, goes back. An order whose reply was
    /// lost is asked again, which tells what became of it.
    pub fn round(&mut self, now_ms: i64) -> Vec<(Arc<str>, Order)> {
        let holder = Arc::clone(&self.holder);
        let mut orders = Vec::new();
        for (account, slices) in &mut self.slices {
            let due = slices.iter_mut().filter_map(|(number, slice)| {
                let report = slice.turn(now_ms).then(|| format!("{holder}/{number}"));
                report.map(|lease| Order::Report(slice.report(lease)))
            });
            orders.extend(due.map(|order| (Arc::clone(account), order)));
        }
        orders
    }

    /// The orders whose replies never came. Whatever they were granted goes back in the next round.
    pub fn unanswered(&self) -> Vec<(Arc<str>, Order)> {
        let mut orders = Vec::new();
        for (account, slices) in &self.slices {
            for (number, slice) in slices.iter().filter(|(_, slice)| slice.asked) {
                let order = Order::Lease {
                    lease: self.name(*number),
                    class: slice.class.as_ref().to_owned(),
                    want: 0,
                    need: 0,
                };
                orders.push((Arc::clone(account), order));
            }
        }
        orders
    }

    /// Gives everything back that no call holds, for an orderly end.
    pub fn close(&mut self, now_ms: i64) -> Vec<(Arc<str>, Order)> {
        for slice in self.slices.values_mut().flat_map(BTreeMap::values_mut) {
            slice.used = false;
        }
        self.round(now_ms)
    }
}
