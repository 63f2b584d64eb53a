//! Time and processor time. The only place of this tool that looks at a clock.
//!
//! What one core does is measured in processor time of the calling thread: the wall clock of a busy
//! machine would measure its neighbours. Latencies and disks need the wall clock, and say so.
#![expect(clippy::disallowed_methods, reason = "a bench is about the clock")]

use std::hint::black_box;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};
use seawall_base::Digest;

/// Samples of one measurement; a claim is the median of at least this many.
pub(crate) const SAMPLES: usize = 7;
/// A sample goes on for at least this much processor time, so that no single interruption counts.
const SAMPLE_SECONDS: f64 = 0.15;

/// How much per second of processor time of this thread: `amount` is done by each call of `work`.
pub(crate) fn per_second<T>(amount: f64, mut work: impl FnMut() -> T) -> Vec<f64> {
    black_box(work());
    (0..SAMPLES)
        .map(|_| {
            let start = thread_seconds();
            let mut done = 0.0;
            loop {
                black_box(work());
                done += amount;
                let took = thread_seconds() - start;
                if took >= SAMPLE_SECONDS {
                    return done / took;
                }
            }
        })
        .collect()
}

/// Starts a stopwatch that gives seconds of the wall clock.
pub(crate) fn stopwatch() -> impl Fn() -> f64 {
    let start = Instant::now();
    move || start.elapsed().as_secs_f64()
}

/// Processor seconds of this thread so far.
fn thread_seconds() -> f64 {
    seconds_of(ClockId::ThreadCPUTime)
}

fn seconds_of(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// SHA-256 over 1 MiB, in MB per second of processor time.
pub(crate) fn calibration() -> Vec<f64> {
    let bytes = vec![0x5a_u8; 1 << 20];
    per_second(1.048_576, || Digest::of(black_box(&bytes)))
}

/// How many tasks wanted a core in the last minute; wall-clock rows of a busy machine mean little.
pub(crate) fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text
        .split_whitespace()
        .next()
        .and_then(|first| first.parse().ok());
    first.unwrap_or(f64::NAN)
}

/// The middle of the sorted samples.
pub(crate) fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The value below which a share of the samples lies.
pub(crate) fn quantile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1) as f64;
    sorted
        .get((last * share).round() as usize)
        .copied()
        .unwrap_or(f64::NAN)
}
