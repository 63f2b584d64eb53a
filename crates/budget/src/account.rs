//! The shared side of one limit: what is spent, and which slices are leased to whom.
//!
//! An account is a value that a database keeps. Every change is one call of [`Account::apply`], which
//! is pure; a store loads the account, applies and saves it in one transaction, and that is all it
//! knows. Replicas spend from slices that were taken off the account before, so the ceiling holds
//! while the database is away:
//!
//! `spent + leased <= limit + carried`, but for overruns, which are spending that already happened.
//!
//! Reports carry totals, never differences, so that sending one twice or late changes nothing. A
//! lease that is not renewed *lapses*: all of it that was not reported counts as spent. Its holder
//! cannot have used more, so the ceiling holds however wrong the clocks are; and a holder that was
//! only slow reports later, which gives back what it did not use, once.

use std::collections::BTreeMap;

use crate::window::Window;

/// Leases of one account; more replicas than this share nothing sensibly.
pub const LEASES_MAX: usize = 4_096;
/// Closed leases are remembered up to here, so that an order that arrives twice is answered alike.
const CLOSED_MAX: usize = 64;
/// A lease gets at most this part of what is left, so that one replica cannot starve the others.
const SHARE_OF_REST: u64 = 8;

/// What an account has to know of its limit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Terms {
    /// The ceiling, in the smallest unit.
    pub limit: u64,
    /// The span of time it is about.
    pub window: Window,
    /// The most that an unused rest adds to the next calendar window.
    pub carry_max: u64,
    /// Percentages of the ceiling that raise an alert, ascending.
    pub alerts: Vec<u8>,
    /// Classes that stop before the ceiling: only granted while less than this percentage is used.
    pub shares: BTreeMap<String, u8>,
    /// How long a lease lives without a report.
    pub ttl_ms: i64,
    /// Counts the changes of the limit.
    pub revision: u64,
}

/// The state of one account.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Account {
    /// The latest time seen: time never goes back.
    pub(crate) now_ms: i64,
    /// The slot of that time.
    pub(crate) slot: i64,
    /// What the window before added, or still owes when negative.
    pub(crate) carried: i64,
    /// Spending by slot.
    pub(crate) spent: BTreeMap<i64, u64>,
    /// Leases by id.
    pub(crate) leases: BTreeMap<String, Lease>,
    /// The highest alert that was raised in this window.
    pub(crate) alerted: u8,
    /// Spending beyond what was leased, ever.
    pub(crate) overrun: u64,
    /// What lapsed leases cost without a report, ever; late reports take it back.
    pub(crate) lost: u64,
}

/// A slice that one holder may spend.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Lease {
    pub(crate) slot: i64,
    pub(crate) class: String,
    pub(crate) revision: u64,
    pub(crate) granted: u64,
    pub(crate) settled: u64,
    pub(crate) over: u64,
    pub(crate) returned: u64,
    pub(crate) ends_ms: i64,
    pub(crate) lapsed: bool,
}

/// What a replica asks of an account.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Order {
    /// A new slice. Asking again with the same id gives the same answer.
    Lease {
        /// Id, unique among all holders.
        lease: String,
        /// The class of the calls it is for; empty where there is none.
        class: String,
        /// What would be welcome.
        want: u64,
        /// What is needed at least.
        need: u64,
    },
    /// Totals of a slice since it was granted; keeps it alive.
    Report(Report),
}

/// Totals of a slice.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Report {
    /// Id of the lease.
    pub lease: String,
    /// What calls cost, within the slice.
    pub settled: u64,
    /// What calls cost beyond it.
    pub over: u64,
    /// What is given back.
    pub returned: u64,
}

/// What an account answers.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Reply {
    /// A slice is granted, or was before.
    Granted {
        /// Its size.
        amount: u64,
        /// How long it may be used for new calls.
        usable_ms: i64,
    },
    /// Nothing is granted.
    Refused {
        /// When asking again may help; `None` when it never will.
        retry_ms: Option<i64>,
    },
    /// A report was taken.
    Noted {
        /// How long the slice may still be used for new calls; zero when no longer.
        usable_ms: i64,
    },
}

/// What a look at an account shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct View {
    /// The ceiling with what was carried over.
    pub ceiling: i64,
    /// Spent in the window.
    pub spent: u64,
    /// Leased and not spent, in the window.
    pub leased: u64,
    /// What may still be granted; negative after an overrun or a lowered limit.
    pub left: i64,
    /// Leases that live.
    pub leases: usize,
    /// Spending beyond reservations, ever.
    pub overrun: u64,
    /// What lapsed leases cost without a report, ever.
    pub lost: u64,
    /// When the window ends.
    pub ends_ms: Option<i64>,
}

impl Account {
    /// Moves time on and carries out one order. The percentages that were passed are alerts.
    pub fn apply(&mut self, terms: &Terms, order: &Order, now_ms: i64) -> (Reply, Vec<u8>) {
        self.advance(terms, now_ms);
        let reply = match order {
            Order::Lease {
                lease,
                class,
                want,
                need,
            } => self.lease(terms, lease, class, [*want, *need]),
            Order::Report(report) => self.report(terms, report),
        };
        (reply, self.alerts(terms))
    }

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

    fn lease(&mut self, terms: &Terms, id: &str, class: &str, [want, need]: [u64; 2]) -> Reply {
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

    fn report(&mut self, terms: &Terms, report: &Report) -> Reply {
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

    fn charge(&mut self, slot: i64, amount: u64) {
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

    /// What may be granted now.
    fn left_for(&self, terms: &Terms, class: &str) -> i64 {
        let left = self.left_of(terms, self.slot);
        let Some(percent) = terms.shares.get(class) else {
            return left;
        };
        let kept = u128::from(terms.limit) * u128::from(100_u8.saturating_sub(*percent)) / 100;
        left.saturating_sub(i64::try_from(kept).unwrap_or(i64::MAX))
    }

    fn left_of(&self, terms: &Terms, slot: i64) -> i64 {
        let (spent, leased) = self.used(terms, slot);
        let used = spent.saturating_add(leased);
        let ceiling = i64::try_from(terms.limit)
            .unwrap_or(i64::MAX)
            .saturating_add(self.carried);
        ceiling.saturating_sub(i64::try_from(used).unwrap_or(i64::MAX))
    }

    /// What counts as spent and as leased in the window that `slot` is the last slot of.
    fn used(&self, terms: &Terms, slot: i64) -> (u64, u64) {
        let calendar = matches!(terms.window, Window::Calendar(..));
        let since = if calendar {
            slot
        } else {
            terms.window.span(self.now_ms).since
        };
        let spent = self.spent.range(since..).map(|(_, spent)| *spent);
        let counts = |lease: &&Lease| !lease.lapsed && (!calendar || lease.slot == slot);
        let leases = self.leases.values().filter(counts);
        (total(spent), total(leases.map(Lease::rest)))
    }

    /// When asking again may help: soon, where leases of others may come back; else when the window
    /// ends, unless the need is larger than the ceiling itself.
    fn retry_ms(&self, terms: &Terms, class: &str, need: u64) -> Option<i64> {
        let percent = terms.shares.get(class).copied().unwrap_or(100).min(100);
        let cap = u128::from(terms.limit) * u128::from(percent) / 100;
        let cap = u64::try_from(cap).unwrap_or(u64::MAX);
        if need > cap.saturating_add(terms.carry_max) {
            return None;
        }
        let (_, leased) = self.used(terms, self.slot);
        let could = self
            .left_for(terms, class)
            .saturating_add(i64::try_from(leased).unwrap_or(i64::MAX));
        if leased > 0 && u64::try_from(could).is_ok_and(|could| could >= need) {
            return Some(terms.ttl_ms.clamp(1, 1_000));
        }
        match (&terms.window, terms.window.span(self.now_ms).ends) {
            (Window::Held, _) => Some(1_000),
            (_, Some(ends_ms)) => Some(ends_ms.saturating_sub(self.now_ms).max(1)),
            (_, None) => None,
        }
    }

    fn alerts(&mut self, terms: &Terms) -> Vec<u8> {
        let (spent, _) = self.used(terms, self.slot);
        let reached = |percent: &u8| {
            u128::from(spent) * 100 >= u128::from(terms.limit) * u128::from(*percent)
        };
        let passed: Vec<u8> = terms.alerts.iter().copied().filter(reached).collect();
        let before = self.alerted;
        // It falls with a new window, or as a rolling one moves on, and may then rise again.
        self.alerted = passed.iter().copied().max().unwrap_or(0);
        passed
            .into_iter()
            .filter(|percent| *percent > before)
            .collect()
    }

    /// What the account shows at a time. Looking changes nothing.
    #[must_use]
    pub fn view(&self, terms: &Terms, now_ms: i64) -> View {
        let mut account = self.clone();
        account.advance(terms, now_ms);
        let (spent, leased) = account.used(terms, account.slot);
        let is_live = |lease: &&Lease| !lease.lapsed && lease.rest() > 0;
        let live = account.leases.values().filter(is_live);
        View {
            ceiling: i64::try_from(terms.limit)
                .unwrap_or(i64::MAX)
                .saturating_add(account.carried),
            spent,
            leased,
            left: account.left_of(terms, account.slot),
            leases: live.count(),
            overrun: account.overrun,
            lost: account.lost,
            ends_ms: terms.window.span(account.now_ms).ends,
        }
    }
}

impl Lease {
    /// What of it is neither spent nor given back.
    pub(crate) const fn rest(&self) -> u64 {
        self.granted
            .saturating_sub(self.settled)
            .saturating_sub(self.returned)
    }
}

/// A calendar window pays for what was reserved in it. In a rolling one spending counts from the time
/// it is known, which is later and so stricter.
fn charged_slot(terms: &Terms, slot: i64, now_ms: i64) -> i64 {
    match terms.window {
        Window::Rolling(_) => terms.window.span(now_ms).slot,
        Window::Calendar(..) | Window::Ever | Window::Held => slot,
    }
}

fn total(amounts: impl Iterator<Item = u64>) -> u64 {
    amounts.fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::{Period, Zone};

    const MINUTE: i64 = 60_000;

    fn terms(limit: u64) -> Terms {
        Terms {
            limit,
            window: Window::Calendar(Period::Minute, Zone::utc()),
            carry_max: 0,
            alerts: vec![50, 100],
            shares: BTreeMap::new(),
            ttl_ms: 10_000,
            revision: 1,
        }
    }

    fn lease(account: &mut Account, terms: &Terms, id: &str, need: u64, now_ms: i64) -> Reply {
        classed(account, terms, id, ("", need), now_ms)
    }

    fn classed(
        account: &mut Account,
        terms: &Terms,
        id: &str,
        (class, need): (&str, u64),
        now_ms: i64,
    ) -> Reply {
        let order = Order::Lease {
            lease: id.to_owned(),
            class: class.to_owned(),
            want: need,
            need,
        };
        account.apply(terms, &order, now_ms).0
    }

    fn report(settled: u64, over: u64, returned: u64) -> Order {
        Order::Report(Report {
            lease: "a".to_owned(),
            settled,
            over,
            returned,
        })
    }

    fn granted(reply: &Reply) -> u64 {
        match reply {
            Reply::Granted { amount, .. } => *amount,
            _ => 0,
        }
    }

    #[test]
    fn orders_and_reports_that_arrive_twice_count_once() {
        let (mut account, terms) = (Account::default(), terms(100));
        let first = lease(&mut account, &terms, "a", 60, MINUTE);
        assert_eq!(lease(&mut account, &terms, "a", 60, MINUTE), first);
        for _ in 0..2 {
            account.apply(&terms, &report(20, 0, 30), MINUTE);
        }
        let view = account.view(&terms, MINUTE);
        assert_eq!((view.spent, view.leased, view.left), (20, 10, 70));
        // An older report that comes late takes nothing back.
        account.apply(&terms, &report(10, 0, 0), MINUTE);
        assert_eq!(account.view(&terms, MINUTE), view);
    }

    #[test]
    fn what_is_not_reported_lapses_as_spent_and_a_late_report_corrects_it_once() {
        let (mut account, terms) = (Account::default(), terms(100));
        lease(&mut account, &terms, "a", 60, MINUTE);
        let view = account.view(&terms, MINUTE + 10_000);
        assert_eq!((view.spent, view.leased, view.lost), (60, 0, 60));
        for _ in 0..2 {
            let (reply, _) = account.apply(&terms, &report(25, 0, 35), MINUTE + 20_000);
            assert_eq!(reply, Reply::Noted { usable_ms: 0 });
            let view = account.view(&terms, MINUTE + 20_000);
            assert_eq!((view.spent, view.left, view.lost), (25, 75, 0));
        }
    }

    #[test]
    fn an_overrun_is_charged_even_beyond_the_limit_and_blocks_what_follows() {
        let (mut account, terms) = (Account::default(), terms(100));
        lease(&mut account, &terms, "a", 90, MINUTE);
        let (_, alerts) = account.apply(&terms, &report(90, 30, 0), MINUTE);
        assert_eq!(alerts, [50, 100]);
        let view = account.view(&terms, MINUTE);
        assert_eq!((view.spent, view.left, view.overrun), (120, -20, 30));
        let refused = lease(&mut account, &terms, "b", 1, MINUTE + 1_000);
        assert_eq!(
            refused,
            Reply::Refused {
                retry_ms: Some(59_000)
            }
        );
        // The next window still owes what went beyond.
        assert_eq!(account.view(&terms, 2 * MINUTE).ceiling, 80);
    }

    #[test]
    fn a_clock_that_goes_back_opens_no_window_and_revives_no_lease() {
        let (mut account, terms) = (Account::default(), terms(100));
        lease(&mut account, &terms, "a", 100, 5 * MINUTE);
        account.apply(&terms, &report(100, 0, 0), 5 * MINUTE);
        for now_ms in [4 * MINUTE, 0, -1] {
            let refused = lease(&mut account, &terms, "b", 1, now_ms);
            assert!(matches!(refused, Reply::Refused { .. }), "{now_ms}");
        }
        assert_eq!(granted(&lease(&mut account, &terms, "c", 1, 6 * MINUTE)), 1);
    }

    #[test]
    fn a_rest_is_carried_over_up_to_the_agreed_most() {
        let mut terms = terms(100);
        terms.carry_max = 30;
        let mut account = Account::default();
        lease(&mut account, &terms, "a", 90, MINUTE);
        account.apply(&terms, &report(90, 0, 0), MINUTE);
        assert_eq!(account.view(&terms, 2 * MINUTE).ceiling, 110);
        // After idle windows no more than the most is there.
        assert_eq!(account.view(&terms, 9 * MINUTE).ceiling, 130);
    }

    #[test]
    fn a_call_counts_in_the_window_in_which_it_was_reserved() {
        let (mut account, terms) = (Account::default(), terms(100));
        lease(&mut account, &terms, "a", 80, 2 * MINUTE - 1);
        assert_eq!(account.view(&terms, 2 * MINUTE).left, 100);
        let (reply, _) = account.apply(&terms, &report(80, 0, 0), 2 * MINUTE);
        assert_eq!(reply, Reply::Noted { usable_ms: 0 });
        assert_eq!(account.view(&terms, 2 * MINUTE).left, 100);
        // Beyond its reservation it is paid by the window in which that is known.
        account.apply(&terms, &report(80, 7, 0), 2 * MINUTE);
        assert_eq!(account.view(&terms, 2 * MINUTE).left, 93);
    }

    #[test]
    fn a_limit_below_what_is_spent_refuses_and_takes_slices_back() {
        let (mut account, mut terms) = (Account::default(), terms(100));
        lease(&mut account, &terms, "a", 60, MINUTE);
        account.apply(&terms, &report(50, 0, 0), MINUTE);
        (terms.limit, terms.revision) = (20, 2);
        assert_eq!(account.view(&terms, MINUTE).left, -40);
        let (reply, _) = account.apply(&terms, &report(50, 0, 10), MINUTE);
        assert_eq!(reply, Reply::Noted { usable_ms: 0 });
        assert!(matches!(
            lease(&mut account, &terms, "b", 1, MINUTE),
            Reply::Refused { .. }
        ));
        assert_eq!(account.view(&terms, MINUTE).left, -30);
    }

    #[test]
    fn a_class_stops_at_its_share_while_others_go_on() {
        let (mut account, mut terms) = (Account::default(), terms(100));
        terms.shares.insert("batch".to_owned(), 70);
        let mut ask = |id: &str, class: &str, need| {
            granted(&classed(&mut account, &terms, id, (class, need), MINUTE))
        };
        assert_eq!(ask("a", "batch", 70), 70);
        assert_eq!(ask("b", "batch", 1), 0);
        assert_eq!(ask("c", "", 30), 30);
        assert_eq!(ask("d", "", 1), 0);
    }

    #[test]
    fn what_can_never_fit_is_told_so_and_nothing_is_leased_at_zero() {
        let (mut account, terms) = (Account::default(), terms(100));
        let never = Reply::Refused { retry_ms: None };
        assert_eq!(lease(&mut account, &terms, "a", 101, MINUTE), never);
        let none = Terms { limit: 0, ..terms };
        assert_eq!(lease(&mut account, &none, "b", 1, MINUTE), never);
    }

    #[test]
    fn held_places_come_back_when_their_holder_is_gone() {
        let mut terms = terms(2);
        terms.window = Window::Held;
        let mut account = Account::default();
        lease(&mut account, &terms, "a", 2, MINUTE);
        assert!(matches!(
            lease(&mut account, &terms, "b", 1, MINUTE),
            Reply::Refused { .. }
        ));
        assert_eq!(granted(&lease(&mut account, &terms, "c", 2, 2 * MINUTE)), 2);
    }
}
