//! A token bucket in whole numbers, with injected time, whose level may go below zero.

use seawall_base::{SignedDuration, Timestamp};

/// A bucket that holds at most `capacity` and refills it once per `period`. It starts full.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenBucket {
    capacity: u64,
    period_ns: i128,
    /// Level times `period_ns`, so that refilling loses nothing to rounding.
    level: i128,
    at: Timestamp,
}

/// The bucket does not hold enough; nothing was taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Refused {
    /// How long until it will, or `None` where the cost exceeds the capacity.
    pub retry_after: Option<SignedDuration>,
}

impl TokenBucket {
    /// A full bucket.
    #[must_use]
    pub fn new(capacity: u64, period: SignedDuration, now: Timestamp) -> Self {
        let period_ns = period.as_nanos().max(1);
        Self {
            capacity,
            period_ns,
            level: i128::from(capacity).saturating_mul(period_ns),
            at: now,
        }
    }

    /// Whether the bucket fills as a bucket of these numbers would.
    #[must_use]
    pub fn fills_like(&self, capacity: u64, period: SignedDuration) -> bool {
        self.capacity == capacity && self.period_ns == period.as_nanos().max(1)
    }

    /// What the bucket holds, below zero after an overrun.
    #[must_use]
    pub fn level(&self, now: Timestamp) -> i64 {
        let level = self.refilled(now).div_euclid(self.period_ns);
        i64::try_from(level).unwrap_or(if level < 0 { i64::MIN } else { i64::MAX })
    }

    /// Whether `cost` could be taken now.
    ///
    /// # Errors
    /// Says how long to wait.
    pub fn check(&self, cost: u64, now: Timestamp) -> Result<(), Refused> {
        let cost_scaled = i128::from(cost).saturating_mul(self.period_ns);
        let missing = cost_scaled.saturating_sub(self.refilled(now));
        if missing <= 0 {
            return Ok(());
        }
        if cost > self.capacity {
            return Err(Refused { retry_after: None });
        }
        // Level grows by `capacity` (scaled) per nanosecond; round up, so that a retry succeeds.
        let rate = i128::from(self.capacity).max(1);
        let wait = missing.saturating_add(rate - 1).div_euclid(rate);
        let wait = i64::try_from(wait).unwrap_or(i64::MAX);
        Err(Refused {
            retry_after: Some(SignedDuration::from_nanos(wait)),
        })
    }

    /// Takes `cost`.
    ///
    /// # Errors
    /// Says how long to wait; nothing is taken then.
    pub fn take(&mut self, cost: u64, now: Timestamp) -> Result<(), Refused> {
        self.check(cost, now)?;
        self.adjust(i64::try_from(cost).unwrap_or(i64::MAX), now);
        Ok(())
    }

    /// Charges `more` even below zero; a negative `more` is given back, up to the capacity.
    pub fn adjust(&mut self, more: i64, now: Timestamp) {
        let full = i128::from(self.capacity).saturating_mul(self.period_ns);
        let change = i128::from(more).saturating_mul(self.period_ns);
        self.level = self.refilled(now).saturating_sub(change).min(full);
        // A clock that steps back must not refill the same time twice.
        self.at = self.at.max(now);
    }

    fn refilled(&self, now: Timestamp) -> i128 {
        let elapsed = now.duration_since(self.at).as_nanos().max(0);
        let full = i128::from(self.capacity).saturating_mul(self.period_ns);
        self.level
            .saturating_add(elapsed.saturating_mul(i128::from(self.capacity)))
            .min(full)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: SignedDuration = SignedDuration::from_secs(60);

    fn at(nanos: i64) -> Timestamp {
        Timestamp::from_nanosecond(i128::from(nanos)).unwrap()
    }

    #[test]
    fn an_overrun_is_paid_back_before_the_next_call() {
        let mut bucket = TokenBucket::new(60, MINUTE, at(0));
        bucket.take(10, at(0)).unwrap();
        bucket.adjust(80, at(0));
        assert_eq!(bucket.level(at(0)), -30);
        let refused = bucket.take(1, at(0)).unwrap_err();
        assert_eq!(refused.retry_after, Some(SignedDuration::from_secs(31)));
        assert!(bucket.take(1, at(30_999_999_999)).is_err());
        assert!(bucket.take(1, at(31_000_000_000)).is_ok());
    }

    #[test]
    fn what_never_fits_has_no_retry_and_refunds_stop_at_full() {
        let mut bucket = TokenBucket::new(5, MINUTE, at(0));
        assert_eq!(bucket.take(6, at(0)), Err(Refused { retry_after: None }));
        bucket.adjust(-100, at(0));
        assert_eq!(bucket.level(at(0)), 5);
        let closed = TokenBucket::new(0, MINUTE, at(0));
        assert!(closed.check(1, at(i64::MAX)).is_err());
    }

    proptest! {
        /// Over any run, what is granted never exceeds the start plus what time refilled.
        #[test]
        fn grants_never_exceed_the_rate(
            capacity in 1u64..1_000,
            steps in proptest::collection::vec((0i64..30_000_000_000, 0u64..1_200), 1..60),
        ) {
            let mut bucket = TokenBucket::new(capacity, MINUTE, at(0));
            let (mut now, mut granted) = (0i64, 0u128);
            for (step, cost) in steps {
                now += step;
                if bucket.take(cost, at(now)).is_ok() {
                    granted += u128::from(cost);
                }
                let refilled = u128::from(capacity) * u128::try_from(now).unwrap() / 60_000_000_000;
                prop_assert!(granted <= u128::from(capacity) + refilled);
            }
        }

        #[test]
        fn waiting_as_told_is_enough(capacity in 1u64..1_000, first in 0u64..1_000, cost in 0u64..1_000) {
            let mut bucket = TokenBucket::new(capacity, MINUTE, at(0));
            bucket.adjust(i64::try_from(first).unwrap(), at(0));
            if let Err(Refused { retry_after: Some(wait) }) = bucket.take(cost, at(0)) {
                let later = at(i64::try_from(wait.as_nanos()).unwrap());
                prop_assert!(bucket.take(cost, later).is_ok());
            }
        }

        #[test]
        fn a_clock_that_steps_back_refills_nothing(steps in proptest::collection::vec(0i64..1_000_000_000, 1..20)) {
            let mut bucket = TokenBucket::new(10, MINUTE, at(1_000_000_000));
            bucket.adjust(10, at(1_000_000_000));
            for step in steps {
                bucket.adjust(0, at(step));
            }
            prop_assert_eq!(bucket.level(at(1_000_000_000)), 0);
        }
    }
}
