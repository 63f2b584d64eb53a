//! A token bucket with injected time: a campaign never asks a target faster than agreed.

use seawall_base::{SignedDuration, Timestamp};

/// Requests per second, with a small burst.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    interval_ns: i64,
    burst: i64,
    /// When the bucket would be full again, were nothing taken any more.
    full_at: Option<Timestamp>,
}

impl Bucket {
    /// A bucket that grants `per_second` requests a second, and `burst` at once.
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        Self {
            interval_ns: 1_000_000_000 / i64::from(per_second.max(1)),
            burst: i64::from(burst.max(1)),
            full_at: None,
        }
    }

    /// Takes one request at `now`.
    ///
    /// # Errors
    /// When none is left: when there will be one.
    pub(crate) fn take(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        let full_at = self.full_at.map_or(now, |full_at| full_at.max(now));
        let after = later(full_at, self.interval_ns);
        let latest = later(now, self.interval_ns.saturating_mul(self.burst));
        if after > latest {
            return Err(later(now, nanoseconds(latest, after)));
        }
        self.full_at = Some(after);
        Ok(())
    }
}

fn later(from: Timestamp, nanoseconds: i64) -> Timestamp {
    from.saturating_add(SignedDuration::from_nanos(nanoseconds))
        .unwrap_or(from)
}

fn nanoseconds(from: Timestamp, to: Timestamp) -> i64 {
    i64::try_from(to.as_nanosecond().saturating_sub(from.as_nanosecond())).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_per_interval() {
        let start = Timestamp::from_second(100).unwrap();
        let mut bucket = Bucket::new(10, 3);
        assert_eq!((0..5).filter(|_| bucket.take(start).is_ok()).count(), 3);
        let wait = bucket.take(start).unwrap_err();
        assert_eq!(wait, later(start, 100_000_000));
        assert!(bucket.take(wait).is_ok() && bucket.take(wait).is_err());
        // An idle hour does not save up more than the burst.
        let later = later(start, 3_600_000_000_000);
        assert_eq!((0..9).filter(|_| bucket.take(later).is_ok()).count(), 3);
    }
}
