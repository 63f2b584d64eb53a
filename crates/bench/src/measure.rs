//! Time and processor time. The only place of this tool that looks at a clock.
#![expect(clippy::disallowed_methods, reason = "a bench is about the clock")]

use std::hint::black_box;
use std::time::Instant;

use seawall_base::Digest;

/// Samples of one measurement; a claim is the median of at least this many.
pub(crate) const SAMPLES: usize = 7;

/// Seconds that `work` takes, `SAMPLES` times after one warm-up.
pub(crate) fn seconds<T>(mut work: impl FnMut() -> T) -> Vec<f64> {
    black_box(work());
    (0..SAMPLES)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed().as_secs_f64()
        })
        .collect()
}

/// How much per second: `amount` done in each of the times of `work`.
pub(crate) fn per_second<T>(amount: f64, work: impl FnMut() -> T) -> Vec<f64> {
    seconds(work)
        .into_iter()
        .map(|time| amount / time.max(1e-9))
        .collect()
}

/// Starts a stopwatch that gives seconds.
pub(crate) fn stopwatch() -> impl Fn() -> f64 {
    let start = Instant::now();
    move || start.elapsed().as_secs_f64()
}

/// Processor seconds of this process so far, user and system; 0 where the system does not say.
pub(crate) fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields after the command's closing bracket; 14 and 15 of the whole, in ticks of 10 ms.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut ticks = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok());
    (ticks.next().unwrap_or(0.0) + ticks.next().unwrap_or(0.0)) / 100.0
}

/// SHA-256 over 1 MiB, in MB/s: how fast this machine is at this moment.
pub(crate) fn calibration() -> Vec<f64> {
    let bytes = vec![0x5a_u8; 1 << 20];
    per_second(1.048_576, || Digest::of(&bytes))
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
