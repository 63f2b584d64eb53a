//! Token buckets in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use seawall_base::Timestamp;
use seawall_budget::TokenBucket;
use seawall_ports::{BoxFuture, Counters, CountersError, Rate, Take, Taken};

use super::lock;

/// Buckets in memory.
#[derive(Debug, Default)]
pub struct MemoryCounters {
    buckets: Mutex<BTreeMap<String, TokenBucket>>,
}

impl MemoryCounters {
    /// What a bucket holds; none where nobody used it yet.
    #[must_use]
    pub fn level(&self, bucket: &str, now: Timestamp) -> Option<i64> {
        lock(&self.buckets)
            .get(bucket)
            .map(|bucket| bucket.level(now))
    }

    fn take_all(&self, takes: &[Take], now: Timestamp) -> Taken {
        let mut buckets = lock(&self.buckets);
        for take in takes {
            let bucket = bucket(&mut buckets, &take.bucket, take.rate, now);
            if let Err(refused) = bucket.check(take.cost, now) {
                return Taken::Refused {
                    bucket: take.bucket.clone(),
                    retry_after: refused.retry_after,
                };
            }
        }
        let mut remaining = Vec::with_capacity(takes.len());
        for take in takes {
            let bucket = bucket(&mut buckets, &take.bucket, take.rate, now);
            bucket.adjust(i64::try_from(take.cost).unwrap_or(i64::MAX), now);
            remaining.push(u64::try_from(bucket.level(now)).unwrap_or(0));
        }
        Taken::Granted { remaining }
    }
}

impl Counters for MemoryCounters {
    fn take(
        &self,
        takes: Vec<Take>,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Taken, CountersError>> {
        let taken = self.take_all(&takes, now);
        Box::pin(async move { Ok(taken) })
    }

    fn adjust(
        &self,
        name: String,
        more: i64,
        rate: Rate,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<(), CountersError>> {
        bucket(&mut lock(&self.buckets), &name, rate, now).adjust(more, now);
        Box::pin(async { Ok(()) })
    }
}

fn bucket<'b>(
    buckets: &'b mut BTreeMap<String, TokenBucket>,
    name: &str,
    rate: Rate,
    now: Timestamp,
) -> &'b mut TokenBucket {
    buckets
        .entry(name.to_owned())
        .or_insert_with(|| TokenBucket::new(rate.capacity, rate.period, now))
}
