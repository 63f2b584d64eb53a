//! What an account shows: what is left, when asking again may help, which alerts were passed.

use super::{Account, Alert, Lease, Terms, View, total};
use crate::runaway::{Forecast, forecast};
use crate::window::Window;

/// Shorter windows are not forecast.
const FORESEEN_MS: i64 = 3_600_000;

impl Account {
    /// What may be granted now.
    pub(super) fn left_for(&self, terms: &Terms, class: &str) -> i64 {
        let left = self.left_of(terms, self.slot);
        let Some(percent) = terms.shares.get(class) else {
            return left;
        };
        let kept = u128::from(terms.limit) * u128::from(100_u8.saturating_sub(*percent)) / 100;
        left.saturating_sub(i64::try_from(kept).unwrap_or(i64::MAX))
    }

    pub(super) fn left_of(&self, terms: &Terms, slot: i64) -> i64 {
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
    pub(super) fn retry_ms(&self, terms: &Terms, class: &str, need: u64) -> Option<i64> {
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

    pub(super) fn alerts(&mut self, terms: &Terms) -> Vec<Alert> {
        let (spent, _) = self.used(terms, self.slot);
        let (before, now) = (self.alerted, Self::reached(terms, spent));
        // It falls with a new window, or as a rolling one moves on, and may then rise again.
        self.alerted = now;
        let passed = terms.alerts.iter().copied();
        let passed = passed.filter(|percent| *percent > before && *percent <= now);
        let mut alerts: Vec<Alert> = passed.map(Alert::Passed).collect();
        if self.foreseen != Some(self.slot)
            && let Some(in_ms) = self.will_not_last(terms, spent)
        {
            self.foreseen = Some(self.slot);
            alerts.push(Alert::Forecast(in_ms));
        }
        alerts
    }

    /// The highest threshold that is reached.
    fn reached(terms: &Terms, spent: u64) -> u8 {
        let reached = |percent: &u8| {
            u128::from(spent) * 100 >= u128::from(terms.limit) * u128::from(*percent)
        };
        let passed = terms.alerts.iter().copied().filter(reached);
        passed.max().unwrap_or(0)
    }

    /// When the limit is used up at the pace of the window so far, where that is before its end.
    ///
    /// Of a window's first tenth nothing is said, nor of minutes, whose limits are there to be reached.
    fn will_not_last(&self, terms: &Terms, spent: u64) -> Option<i64> {
        let span = terms.window.span(self.now_ms);
        let length_ms = span.ends?.saturating_sub(span.slot);
        let elapsed_ms = self.now_ms.saturating_sub(span.slot);
        if length_ms < FORESEEN_MS || elapsed_ms < length_ms / 10 || spent >= terms.limit {
            return None;
        }
        let found = self.forecast(terms, spent)?;
        let is_beyond = u128::from(found.at_end) * 10 > u128::from(terms.limit) * 11;
        found.exhausted_in_ms.filter(|_| is_beyond)
    }

    fn forecast(&self, terms: &Terms, spent: u64) -> Option<Forecast> {
        if !matches!(terms.window, Window::Calendar(..)) {
            return None;
        }
        let span = terms.window.span(self.now_ms);
        let elapsed_ms = self.now_ms.saturating_sub(span.slot);
        let left_ms = span.ends?.saturating_sub(self.now_ms);
        forecast(spent, terms.limit, (spent, elapsed_ms), left_ms)
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
            alerted: Self::reached(terms, spent),
            forecast: account.forecast(terms, spent),
        }
    }
}
