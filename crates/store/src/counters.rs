//! Token buckets of one process, in memory.
//!
//! They start full again after a restart: a limit per minute forgets at most one minute. Budgets
//! that must survive live elsewhere.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use seawall_base::{SignedDuration, Timestamp};
use seawall_ports::{BoxFuture, Counters, CountersError, Rate, Take, Taken};

/// Buckets kept at most; full ones are dropped first, since a full bucket is a fresh one.
const BUCKETS_MAX: usize = 100_000;

/// The counters of one process.
#[derive(Debug, Default)]
pub(crate) struct LocalCounters(Mutex<BTreeMap<String, Bucket>>);

/// A bucket: what it held at a time. Millionths, so that slow rates fill between requests.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    held: i128,
    at: Timestamp,
    rate: Rate,
}

const UNIT: i128 = 1_000_000;

impl Bucket {
    fn full(rate: Rate, now: Timestamp) -> Self {
        Self {
            held: i128::from(rate.capacity) * UNIT,
            at: now,
            rate,
        }
    }

    /// The bucket at `now`. A clock that goes back fills nothing.
    fn refilled(self, rate: Rate, now: Timestamp) -> Self {
        let elapsed = now.duration_since(self.at).as_micros().max(0);
        let period = rate.period.as_micros().max(1);
        let capacity = i128::from(rate.capacity) * UNIT;
        let filled = capacity.saturating_mul(elapsed) / period;
        Self {
            held: self.held.saturating_add(filled).min(capacity),
            at: now.max(self.at),
            rate,
        }
    }

    /// How long until the bucket holds `cost`, or `None` when it never will.
    fn wait(self, cost: i128) -> Option<SignedDuration> {
        let capacity = i128::from(self.rate.capacity) * UNIT;
        if cost > capacity {
            return None;
        }
        let missing = cost.saturating_sub(self.held);
        let period = self.rate.period.as_micros().max(1);
        let micros = missing.saturating_mul(period) / capacity.max(1) + 1;
        i64::try_from(micros).ok().map(SignedDuration::from_micros)
    }
}

impl LocalCounters {
    fn take_now(&self, takes: &[Take], now: Timestamp) -> Taken {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut buckets, now);
        // The same bucket may be named twice: draws add up before any is granted.
        let mut drawn: BTreeMap<&str, Bucket> = BTreeMap::new();
        let mut remaining = Vec::with_capacity(takes.len());
        for take in takes {
            let bucket = drawn.entry(&take.bucket).or_insert_with(|| {
                buckets.get(&take.bucket).map_or_else(
                    || Bucket::full(take.rate, now),
                    |bucket| bucket.refilled(take.rate, now),
                )
            });
            let cost = i128::from(take.cost) * UNIT;
            if bucket.held < cost {
                return Taken::Refused {
                    bucket: take.bucket.clone(),
                    retry_after: bucket.wait(cost),
                };
            }
            bucket.held -= cost;
            remaining.push(u64::try_from(bucket.held / UNIT).unwrap_or(0));
        }
        for (name, bucket) in drawn {
            buckets.insert(name.to_owned(), bucket);
        }
        Taken::Granted { remaining }
    }

    fn adjust_now(&self, name: String, more: i64, rate: Rate, now: Timestamp) {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry(name)
            .or_insert_with(|| Bucket::full(rate, now));
        *bucket = bucket.refilled(rate, now);
        let capacity = i128::from(rate.capacity) * UNIT;
        bucket.held = (bucket.held - i128::from(more) * UNIT).min(capacity);
    }
}

fn make_room(buckets: &mut BTreeMap<String, Bucket>, now: Timestamp) {
    if buckets.len() < BUCKETS_MAX {
        return;
    }
    buckets.retain(|_, bucket| {
        let capacity = i128::from(bucket.rate.capacity) * UNIT;
        bucket.refilled(bucket.rate, now).held < capacity
    });
}

impl Counters for LocalCounters {
    fn take(
        &self,
        takes: Vec<Take>,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Taken, CountersError>> {
        let taken = self.take_now(&takes, now);
        Box::pin(std::future::ready(Ok(taken)))
    }

    fn adjust(
        &self,
        bucket: String,
        more: i64,
        rate: Rate,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<(), CountersError>> {
        self.adjust_now(bucket, more, rate, now);
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn take(bucket: &str, cost: u64, capacity: u64) -> Take {
        Take {
            bucket: bucket.to_owned(),
            cost,
            rate: Rate::per_minute(capacity),
        }
    }

    fn after(seconds: i64) -> Timestamp {
        START + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_bucket_empties_says_when_and_fills_again() {
        let counters = LocalCounters::default();
        for left in [1, 0] {
            let taken = counters.take_now(&[take("k", 1, 2)], START);
            assert_eq!(
                taken,
                Taken::Granted {
                    remaining: vec![left]
                }
            );
        }
        let Taken::Refused { retry_after, .. } = counters.take_now(&[take("k", 1, 2)], START)
        else {
            panic!("granted beyond the limit");
        };
        let wait = retry_after.unwrap();
        assert_eq!(wait.as_secs(), 30);
        let later = START + wait;
        let taken = counters.take_now(&[take("k", 1, 2)], later);
        assert_eq!(taken, Taken::Granted { remaining: vec![0] });
    }

    #[test]
    fn several_buckets_are_taken_from_all_or_none() {
        let counters = LocalCounters::default();
        let both = [take("requests", 1, 2), take("tokens", 100, 60)];
        assert_eq!(
            counters.take_now(&both, START),
            Taken::Refused {
                bucket: "tokens".to_owned(),
                retry_after: None
            }
        );
        let taken = counters.take_now(&[take("requests", 2, 2)], START);
        assert_eq!(taken, Taken::Granted { remaining: vec![0] });
    }

    #[test]
    fn the_same_bucket_twice_adds_up() {
        let counters = LocalCounters::default();
        let twice = [take("k", 2, 3), take("k", 2, 3)];
        assert!(matches!(
            counters.take_now(&twice, START),
            Taken::Refused { .. }
        ));
    }

    #[test]
    fn overruns_are_charged_and_the_unused_given_back() {
        let counters = LocalCounters::default();
        let rate = Rate::per_minute(60);
        counters.take_now(&[take("k", 10, 60)], START);
        counters.adjust_now("k".to_owned(), 80, rate, START);
        assert!(matches!(
            counters.take_now(&[take("k", 1, 60)], after(30)),
            Taken::Refused { .. }
        ));
        counters.adjust_now("k".to_owned(), -1_000, rate, after(30));
        let taken = counters.take_now(&[take("k", 60, 60)], after(30));
        assert_eq!(taken, Taken::Granted { remaining: vec![0] });
    }

    #[test]
    fn a_clock_that_goes_back_fills_nothing() {
        let counters = LocalCounters::default();
        counters.take_now(&[take("k", 2, 2)], after(60));
        assert!(matches!(
            counters.take_now(&[take("k", 1, 2)], START),
            Taken::Refused { .. }
        ));
        assert!(matches!(
            counters.take_now(&[take("k", 2, 2)], after(61)),
            Taken::Refused { .. }
        ));
    }
}
