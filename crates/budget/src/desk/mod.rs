//! A replica's side of the limits: spends from leased slices, without asking anybody.
//!
//! A desk is pure: what it needs from the shared accounts it hands out as orders, and somebody
//! carries them there and the replies back. Between [`Desk::reserve`] and [`Desk::settle`] nothing
//! waits, so a call costs two look-ups while its slices last.

mod rounds;
mod settle;
mod slice;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::slice::Slice;
use crate::account::Order;

/// One draw of a call on one account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Want {
    /// The account.
    pub account: Arc<str>,
    /// The class that the call belongs to; empty where there is none.
    pub class: Arc<str>,
    /// The upper bound of what the call uses.
    pub amount: u64,
    /// The slice that is asked for when there is none: what many such calls use.
    pub slice: u64,
}

/// What a call has reserved. Not `Clone`: it settles at most once.
#[derive(Debug, Eq, Hash, PartialEq)]
#[must_use = "a ticket that is not settled keeps its reservation until its slices lapse"]
pub struct Ticket {
    parts: Vec<Part>,
}

/// What was taken from one slice, for one of the wants.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Part {
    want: usize,
    account: Arc<str>,
    lease: u64,
    amount: u64,
}

/// Whether a call may go on.
#[derive(Debug, Eq, PartialEq)]
pub enum Reserved {
    /// It may.
    Granted(Ticket),
    /// First these orders have to be carried out; then ask again.
    Missing(Vec<(Arc<str>, Order)>),
}

/// What a settled call cost in one account.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Cost {
    /// What was reserved.
    pub reserved: u64,
    /// What is charged.
    pub charged: u64,
}

/// The slices of one replica.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Desk {
    holder: Arc<str>,
    next: u64,
    slices: BTreeMap<Arc<str>, BTreeMap<u64, Slice>>,
}

impl Desk {
    /// A desk without slices. `holder` must be unique among all replicas and all their starts.
    #[must_use]
    pub fn new(holder: &str) -> Self {
        Self {
            holder: holder.into(),
            next: 0,
            slices: BTreeMap::new(),
        }
    }

    /// Reserves all wants or none, out of slices that are there.
    #[must_use]
    pub fn reserve_warm(&mut self, wants: &[Want], now_ms: i64) -> Option<Ticket> {
        let owes = wants.iter().any(|want| self.owes(&want.account));
        if owes || self.short(wants, now_ms).next().is_some() {
            return None;
        }
        let mut parts = Vec::with_capacity(wants.len());
        for (position, want) in wants.iter().enumerate() {
            self.take(position, want, now_ms, &mut parts);
        }
        Some(Ticket { parts })
    }

    /// Reserves all wants or none; where slices are missing, says what to ask for. An overrun that
    /// its account does not know yet is told first. A want of nothing is granted without a slice.
    pub fn reserve(&mut self, wants: &[Want], now_ms: i64) -> Reserved {
        if let Some(ticket) = self.reserve_warm(wants, now_ms) {
            return Reserved::Granted(ticket);
        }
        let mut accounts: Vec<&Arc<str>> = wants.iter().map(|want| &want.account).collect();
        accounts.sort();
        accounts.dedup();
        let mut orders: Vec<_> = accounts
            .into_iter()
            .flat_map(|account| self.debts(account))
            .collect();
        let short: Vec<(Want, u64)> = self
            .short(wants, now_ms)
            .map(|(want, need)| (want.clone(), need))
            .collect();
        for (want, need) in short {
            let order = self.order(&want, need);
            orders.push((want.account, order));
        }
        Reserved::Missing(orders)
    }

    /// The wants that do not fit, and how much each is short of.
    fn short<'w>(
        &self,
        wants: &'w [Want],
        now_ms: i64,
    ) -> impl Iterator<Item = (&'w Want, u64)> + use<'_, 'w> {
        wants
            .iter()
            .enumerate()
            .filter_map(move |(position, want)| {
                // One account may be wanted twice: what the earlier draw takes is not there any more.
                let before = wants.iter().take(position);
                let before: u64 = before
                    .filter(|other| other.account == want.account && other.class == want.class)
                    .fold(0, |sum, other| sum.saturating_add(other.amount));
                let free = self.free(want, now_ms).saturating_sub(before);
                (free < want.amount).then(|| (want, want.amount.saturating_sub(free)))
            })
    }

    /// What may still be reserved for a want.
    fn free(&self, want: &Want, now_ms: i64) -> u64 {
        let slices = self.slices.get(&want.account);
        slices
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(|slice| slice.class == want.class && slice.is_open(now_ms))
            .fold(0, |sum, slice| sum.saturating_add(slice.free()))
    }

    fn order(&mut self, want: &Want, need: u64) -> Order {
        self.next += 1;
        let slice = Slice {
            class: Arc::clone(&want.class),
            granted: 0,
            reserved: 0,
            settled: 0,
            over: 0,
            returned: 0,
            until_ms: i64::MIN,
            reported: (0, 0, 0),
            used: true,
            asked: true,
        };
        let slices = self.slices.entry(Arc::clone(&want.account)).or_default();
        slices.insert(self.next, slice);
        Order::Lease {
            lease: self.name(self.next),
            class: want.class.as_ref().to_owned(),
            want: want.slice.max(need),
            need,
        }
    }

    fn name(&self, lease: u64) -> String {
        format!("{}/{lease}", self.holder)
    }

    fn number(&self, lease: &str) -> Option<u64> {
        let rest = lease.strip_prefix(self.holder.as_ref())?;
        rest.strip_prefix('/')?.parse().ok()
    }

    fn take(&mut self, position: usize, want: &Want, now_ms: i64, parts: &mut Vec<Part>) {
        let mut rest = want.amount;
        let Some(slices) = self.slices.get_mut(&want.account) else {
            return;
        };
        for (lease, slice) in slices.iter_mut() {
            if rest == 0 {
                return;
            }
            if slice.class != want.class || !slice.is_open(now_ms) {
                continue;
            }
            let amount = slice.free().min(rest);
            if amount == 0 {
                continue;
            }
            slice.reserved = slice.reserved.saturating_add(amount);
            slice.used = true;
            rest = rest.saturating_sub(amount);
            parts.push(Part {
                want: position,
                account: Arc::clone(&want.account),
                lease: *lease,
                amount,
            });
        }
    }

    /// What is reserved by open calls, over all accounts.
    #[must_use]
    pub fn reserved(&self) -> u64 {
        let slices = self.slices.values().flat_map(BTreeMap::values);
        slices.fold(0, |sum, slice| sum.saturating_add(slice.reserved))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Reply;

    fn want(account: &str, amount: u64) -> Want {
        Want {
            account: account.into(),
            class: "".into(),
            amount,
            slice: 100,
        }
    }

    /// Grants what is asked for, at most `most`.
    fn granting(desk: &mut Desk, wants: &[Want], most: u64) -> Option<Ticket> {
        let orders = match desk.reserve(wants, 0) {
            Reserved::Granted(ticket) => return Some(ticket),
            Reserved::Missing(orders) => orders,
        };
        for (account, order) in orders {
            let Order::Lease { want, need, .. } = &order else {
                continue;
            };
            let reply = if *need > most {
                Reply::Refused { retry_ms: None }
            } else {
                Reply::Granted {
                    amount: (*want).min(most),
                    usable_ms: 1_000,
                }
            };
            desk.take_reply(&account, &order, &reply, 0);
        }
        match desk.reserve(wants, 0) {
            Reserved::Granted(ticket) => Some(ticket),
            Reserved::Missing(_) => None,
        }
    }

    #[test]
    fn all_wants_are_reserved_or_none() {
        let mut desk = Desk::new("r1");
        let ticket = granting(&mut desk, &[want("key", 10), want("team", 20)], 100).unwrap();
        assert_eq!(desk.reserved(), 30);
        let costs = desk.settle(ticket, &[Some(4), None]);
        assert_eq!((costs[0].charged, costs[1].charged), (4, 20));
        assert_eq!(desk.reserved(), 0);
        assert!(granting(&mut desk, &[want("key", 10), want("team", 500)], 100).is_none());
        assert_eq!(desk.reserved(), 0);
    }

    #[test]
    fn the_same_account_wanted_twice_adds_up() {
        let mut desk = Desk::new("r1");
        let twice = [want("key", 60), want("key", 60)];
        let first = desk.reserve(&twice, 0);
        let Reserved::Missing(orders) = first else {
            panic!("granted without a slice");
        };
        let reply = Reply::Granted {
            amount: 100,
            usable_ms: 1_000,
        };
        let (account, order) = &orders[0];
        desk.take_reply(account, order, &reply, 0);
        assert!(matches!(desk.reserve(&twice, 0), Reserved::Missing(_)));
    }

    #[test]
    fn an_overrun_uses_up_what_is_free_and_is_owed_beyond() {
        let mut desk = Desk::new("r1");
        let ticket = granting(&mut desk, &[want("key", 30)], 100).unwrap();
        desk.settle(ticket, &[Some(150)]);
        assert_eq!(desk.reserve_warm(&[want("key", 0)], 0), None);
        let Reserved::Missing(orders) = desk.reserve(&[want("key", 0)], 0) else {
            panic!("granted before a debt was told");
        };
        let [(_, Order::Report(report))] = orders.as_slice() else {
            panic!("no debt");
        };
        assert_eq!((report.settled, report.over), (100, 50));
        assert!(matches!(
            desk.reserve(&[want("key", 1)], 0),
            Reserved::Missing(_)
        ));
    }

    #[test]
    fn slices_that_nobody_draws_on_go_back_and_are_forgotten() {
        let mut desk = Desk::new("r1");
        let ticket = granting(&mut desk, &[want("key", 30)], 100).unwrap();
        desk.settle(ticket, &[Some(10)]);
        for (returned, usable_ms) in [(0, 1_000), (90, 1_000)] {
            let orders = desk.round(1);
            let (account, order) = &orders[0];
            let Order::Report(report) = order else {
                panic!("not a report");
            };
            assert_eq!((report.settled, report.returned), (10, returned));
            desk.take_reply(account, order, &Reply::Noted { usable_ms }, 1);
        }
        assert_eq!(desk.round(2), []);
    }

    #[test]
    fn a_slice_that_ended_takes_no_new_calls_and_open_calls_still_settle() {
        let mut desk = Desk::new("r1");
        let ticket = granting(&mut desk, &[want("key", 30)], 100).unwrap();
        assert!(matches!(
            desk.reserve(&[want("key", 1)], 1_000),
            Reserved::Missing(_)
        ));
        desk.settle(ticket, &[Some(30)]);
        let orders = desk.round(1_001);
        let Order::Report(report) = &orders[0].1 else {
            panic!("not a report");
        };
        assert_eq!((report.settled, report.returned), (30, 70));
    }
}
