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

mod draw;
mod look;
mod time;

use std::collections::BTreeMap;

use crate::runaway::Forecast;
use crate::window::Window;

/// Leases of one account; more replicas than this share nothing sensibly.
pub const LEASES_MAX: usize = 4_096;

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
    /// The window in which it was said that the limit will not last.
    pub(crate) foreseen: Option<i64>,
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

/// Something that the owner of a limit wants to know before it is used up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Alert {
    /// So many percent of the limit are spent.
    Passed(u8),
    /// At the pace of the window so far nothing is left in so many milliseconds, before it ends.
    Forecast(i64),
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
    /// The highest threshold that was passed in the window; zero where none was.
    pub alerted: u8,
    /// How a calendar window ends at its pace so far.
    pub forecast: Option<Forecast>,
}

impl Account {
    /// Moves time on and carries out one order. Each alert is raised once in a window.
    pub fn apply(&mut self, terms: &Terms, order: &Order, now_ms: i64) -> (Reply, Vec<Alert>) {
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
        assert_eq!(alerts, [Alert::Passed(50), Alert::Passed(100)]);
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
    fn a_limit_that_will_not_last_is_foreseen_once_in_its_window() {
        let mut terms = terms(1_000);
        terms.window = Window::Calendar(Period::Day, Zone::utc());
        terms.ttl_ms = i64::MAX / 2;
        let (mut account, hour) = (Account::default(), 3_600_000);
        lease(&mut account, &terms, "a", 1_000, hour);
        // Five percent of the limit in as much of the day: on pace.
        let (_, alerts) = account.apply(&terms, &report(50, 0, 0), 6 * hour / 5);
        assert_eq!(alerts, []);
        let mut account = Account::default();
        lease(&mut account, &terms, "a", 1_000, hour);
        let (_, alerts) = account.apply(&terms, &report(400, 0, 0), 6 * hour);
        assert_eq!(alerts, [Alert::Forecast(9 * hour)]);
        let (_, alerts) = account.apply(&terms, &report(450, 0, 0), 7 * hour);
        assert_eq!(alerts, []);
        let view = account.view(&terms, 7 * hour);
        assert!(view.forecast.unwrap().at_end > 1_000, "{view:?}");
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
