//! Counters that several requests draw on: rate and token limits.

use seawall_base::{SignedDuration, Timestamp};

use crate::BoxFuture;

/// Token buckets by name. A bucket fills steadily to its capacity and starts full.
pub trait Counters: Send + Sync {
    /// Takes from all buckets or from none.
    ///
    /// # Errors
    /// When the counters cannot be read or written.
    fn take(&self, takes: Vec<Take>, now: Timestamp)
    -> BoxFuture<'_, Result<Taken, CountersError>>;

    /// Corrects what was taken once the real use is known: a positive `more` is charged even below
    /// zero, a negative one is given back up to the capacity.
    ///
    /// # Errors
    /// When the counters cannot be read or written.
    fn adjust(
        &self,
        bucket: String,
        more: i64,
        rate: Rate,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<(), CountersError>>;
}

/// One draw on one bucket.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Take {
    /// Name of the bucket, such as `key_01…/tokens`.
    pub bucket: String,
    /// How much.
    pub cost: u64,
    /// How the bucket fills.
    pub rate: Rate,
}

/// How a bucket fills: `capacity` in every `period`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    /// What a full bucket holds.
    pub capacity: u64,
    /// How long an empty bucket takes to fill.
    pub period: SignedDuration,
}

/// Whether a draw succeeded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Taken {
    /// All buckets held enough.
    Granted {
        /// What is left in each, in the order asked.
        remaining: Vec<u64>,
    },
    /// At least one did not; nothing was taken.
    Refused {
        /// Name of the first bucket that did not.
        bucket: String,
        /// When it will, or `None` where the cost exceeds the capacity.
        retry_after: Option<SignedDuration>,
    },
}

/// Why the counters did not answer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the counters are unavailable: {0}")]
pub struct CountersError(pub String);

impl Rate {
    /// `capacity` per minute.
    #[must_use]
    pub const fn per_minute(capacity: u64) -> Self {
        Self {
            capacity,
            period: SignedDuration::from_secs(60),
        }
    }
}
